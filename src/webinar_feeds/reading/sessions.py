"""One session of an event file: what it inherits, when it is, its talks and recordings.

Each question about the session is answered by a method of its own that says what is wrong where
it stands; nothing here is kept after the session has been made.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from typing import TYPE_CHECKING, Any, NamedTuple

from webinar_feeds import timezones
from webinar_feeds.diagnostics import Related, Severity, declare
from webinar_feeds.model import (
    Audience,
    Chapter,
    Join,
    MediaFile,
    Recording,
    Session,
    Speaker,
    Status,
    Talk,
)
from webinar_feeds.reading import kinds, nodes, times
from webinar_feeds.timezones import Problem
from webinar_feeds.timezones.civil import clocks_change, impossible_duration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from webinar_feeds.diagnostics import Rule
    from webinar_feeds.reading.kinds import Reader, Values
    from webinar_feeds.reading.nodes import Node
    from webinar_feeds.reading.times import Written

_ERROR = Severity.ERROR
no_end = declare(
    "WF203",
    _ERROR,
    "session `{id}` has a start, `{start}`, but no end",
    help="write `time: {start}–{example}`, or add `duration: 90 minutes`",
)
no_time = declare(
    "WF204",
    _ERROR,
    "session `{id}` has no time",
    help="add `time: 13:00–14:30` to it or the series",
)
disagrees = declare(
    "WF205",
    _ERROR,
    "`{text}` is {theirs}, but session `{id}` is at {ours}",
    help="correct the one that is wrong; this session would read `{expected}`",
)
no_zone = declare(
    "WF230",
    _ERROR,
    "the time of session `{id}` has no time zone",
    help="add `timezone: Europe/Berlin` to the series, with your own zone",
)
two_zones = declare(
    "WF231",
    _ERROR,
    "`time` says `{first}` and `timezone` says `{second}`",
    help="keep only the zone that is meant",
)
two_lengths = declare(
    "WF232",
    _ERROR,
    "`time` lasts {first}, but `duration` says {second}",
    help="remove `duration`, or the end from `time`",
)
unreadable_utc = declare(
    "WF233",
    _ERROR,
    "`{text}` is not a time in UTC",
    help="write the start in UTC, such as `confirmed_utc: 11:00`",
)
no_session_zone = declare(
    "WF234",
    _ERROR,
    "`{text}` names no time zone",
    help="put the zone behind it, such as `{text} Europe/London`",
)
no_audience = declare(
    "WF401",
    _ERROR,
    "it is not said who may see the join link `{url}`",
    help="write `join: {{url: {url}, audience: registered}}`; only `audience: public` is published",
)
no_recording_id = declare(
    "WF501",
    _ERROR,
    "session `{id}` has several recordings, and this one has no `id`",
    help="add an `id` that never changes, such as `id: {example}`",
)
size_alone = declare(
    "WF502",
    _ERROR,
    "the recording has a `size` but no `media_type`",
    help="add `media_type: video/mp4`, or remove `size`: the size of a page says nothing",
)
no_recording_address = declare(
    "WF503",
    _ERROR,
    "the recording has no `url`",
    help="add its `url`, or write `recording: announced` until it is known",
)
duplicate_id = declare(
    "WF112",
    _ERROR,
    "the {key} `{id}` is taken by another {what}",
    help="give each {what} its own `{key}`",
)
two_recording_keys = declare(
    "WF504",
    _ERROR,
    "session `{id}` has both `recording` and `recordings`",
    help="list all of them below `recordings`",
)

_UTC = frozenset({"UTC", "Z", "GMT"})
_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".webm": "video/webm",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
}


# What decides when a session is, besides its date and what concerns that date alone.
_TIMING = frozenset({"time", "duration", "timezone", "zone_reading", "civil_zone"})


class Level(NamedTuple):
    """A mapping in which a key may be found: a session, its series or the site."""

    values: Values
    reader: Reader


class Found(NamedTuple):
    """A value, where it is held, and how near to the session (0 is the session itself)."""

    value: Any
    key: str
    level: Level
    distance: int

    @property
    def node(self) -> Node:
        """The node of the value."""
        return self.level.values.at(self.key)

    def report(self, rule: Rule, **values: object) -> None:
        """Say that a rule applies to this value, in the file where it stands.

        What sessions inherit is said for the first of them only.
        """
        reader, node = self.level.reader, self.node
        if not (self.distance and reader.has_said(rule, node)):
            reader.report(rule, node, **values)


class Timing(NamedTuple):
    """When a session is, but for its day: what was found to say so, and what it says."""

    time: Found
    start: clock
    end: clock | timedelta
    zone: timezones.Zone
    words: str


class Above:
    """What the sessions of a series inherit: from the series, then from the site.

    What one session has found there is kept for the others.
    """

    def __init__(self, levels: Sequence[Level]) -> None:
        """Levels, the nearest first."""
        self.levels = levels
        series, self.reader = levels[0]
        self.topics: tuple[str, ...] = series.get("topics", ())
        self.timing: Timing | None = None
        self._found: dict[str, Found | None] = {}

    def find(self, key: str) -> Found | None:
        """The nearest value of an inheritable key; a broken one hides those farther away."""
        try:
            return self._found[key]
        except KeyError:
            self._found[key] = found = self._find(key)
            return found

    def _find(self, key: str) -> Found | None:
        for distance, level in enumerate(self.levels, 1):
            if key in level.values:
                return Found(level.values[key], key, level, distance)
            if key in level.values.broken:
                return None
        return None


class SessionReading:
    """One session while it is read: its own values, and those it inherits."""

    def __init__(self, values: Values, above: Above) -> None:
        self.values = values
        self.above = above
        self.reader = above.reader

    @property
    def id(self) -> str:
        """The session's id as it was written, for what is said of it."""
        written = self.values.node.items.get("id")
        return written.text if isinstance(written, nodes.Scalar) else "?"

    def find(self, key: str) -> Found | None:
        """The nearest value of an inheritable key; a broken one hides those farther away."""
        if key in self.values:
            return Found(self.values[key], key, Level(self.values, self.reader), 0)
        if key in self.values.broken:
            return None
        return self.above.find(key)

    def is_broken(self, key: str) -> bool:
        """Whether the key was given somewhere but could not be read, which has been said."""
        levels = (Level(self.values, self.reader), *self.above.levels)
        return any(key in level.values.broken for level in levels)

    def get(self, key: str) -> Any:  # noqa: ANN401 - as the schema types the key
        """The nearest value of an inheritable key."""
        found = self.find(key)
        return None if found is None else found.value

    def session(self) -> Session | None:
        """The session, None when something that it needs is missing or wrong."""
        values = self.values
        when = self.when()
        join = self.join()
        zone = "UTC" if when is None else when.zone
        recordings = self.recordings(zone)
        talks = tuple([self.talk(each) for each in values.get("talks", ())])
        created = self.instant("created", zone, values)
        updated = self.instant("updated", zone, values)
        if when is None or "title" not in values or "id" not in values:
            return None
        spoken = values.get("language")
        status = values.get("status")
        localized = when.localized
        return Session(
            id=values["id"],
            title=values["title"],
            start=localized.start,
            end=localized.end,
            zone=zone,
            form=localized.form,
            written=when.written,
            status=Status.CONFIRMED if status is None else Status(status),
            summary=values.get("summary"),
            talks=talks,
            languages=values.get("languages") or ((spoken,) if spoken else self.spoken()),
            topics=tuple(dict.fromkeys(values.get("topics", self.above.topics))),
            platform=self.get("platform"),
            join=join,
            registration=self.get("registration"),
            page=values.get("page"),
            recordings=recordings,
            literal_start=None if self.confirmed(when) else localized.literal_start,
            uid=values.get("uid"),
            created=created,
            updated=updated,
            sequence=values.get("sequence"),
            formerly=values.get("formerly", ()),
            recordings_removed=values.get("recordings_removed", ()),
        )

    def spoken(self) -> tuple[str, ...]:
        """The languages that the series or the site says are spoken, or its own."""
        found = self.find("languages") or self.find("language")
        if found is None:
            return ()
        return found.value if isinstance(found.value, tuple) else (found.value,)

    def when(self) -> _When | None:
        """The instants of the session, None after saying what stands in the way."""
        day: date | None = self.values.get("date")
        timing = self.timing()
        if day is None or timing is None:
            return None
        time, start, end, zone, words = timing
        if end == start != clock():
            # 00:00–24:00 is a whole day; 12:30–12:30 is a slip.
            time.report(impossible_duration, duration="0m")
            return None
        localized = timezones.localize(day, start, end, zone, fold=self.values.get("fold"))
        if isinstance(localized, Problem):
            self.said_at(time, localized)
            return None
        for notice in localized.notices:
            # Who writes a duration has said how long it really lasts.
            if notice.rule is not clocks_change or not isinstance(end, timedelta):
                self.said_at(time, notice)
        return _When(localized, zone.name, words)

    def timing(self) -> Timing | None:
        """When the session is, but for its day, None after saying what stands in the way."""
        values, above = self.values, self.above
        if not (_TIMING.isdisjoint(values) and _TIMING.isdisjoint(values.broken)):
            return self.understand_time()
        if above.timing is None:  # what cannot be understood is said for each session
            above.timing = self.understand_time()
        return above.timing

    def understand_time(self) -> Timing | None:
        """What the keys of a session's time say, None after saying what stands in the way."""
        time = self.find("time")
        if time is None:
            if not self.is_broken("time"):
                self.reader.report(no_time, kinds.first_key(self.values.node), id=self.id)
            return None
        end = self.end(time)
        zone = self.zone(time)
        if end is None or zone is None:
            return None
        written: Written = time.value
        words = written.text if written.zone is not None else f"{written.text} {zone.label}"
        return Timing(time, written.start, end, zone, words)

    def said_at(self, time: Found, problem: Problem) -> None:
        """Say a problem of this session's time: at its date when the time is the series'."""
        duration = self.find("duration")
        if problem.rule is impossible_duration and duration is not None and not duration.distance:
            duration.report(problem.rule, **problem.values)
        elif time.distance:
            self.reader.report(problem.rule, self.values.at("date"), **problem.values)
        else:
            time.report(problem.rule, **problem.values)

    def end(self, time: Found) -> Any:  # noqa: ANN401 - a time of day or a duration
        """The session's end by the clock or its duration: whichever was said nearer to it."""
        written: Written = time.value
        duration = self.find("duration")
        if written.end is None:
            if duration is None:
                if not self.is_broken("duration"):
                    start = f"{written.start:%H:%M}"
                    example = f"{(written.start.hour + 1) % 24:02}:30"
                    time.report(no_end, id=self.id, start=start, example=example)
                return None
            return duration.value
        if duration is None or duration.distance > time.distance:
            return written.end
        if duration.distance < time.distance:
            return duration.value
        length = timedelta(
            hours=written.end.hour - written.start.hour,
            minutes=written.end.minute - written.start.minute,
        ) % timedelta(days=1)
        if length != duration.value:
            first, second = (str(each)[:-3] for each in (length, duration.value))
            duration.report(two_lengths, first=first, second=second)
            return None
        return written.end

    def zone(self, time: Found) -> timezones.Zone | None:
        """The zone of the session's time: what stands behind it, or the nearest `timezone`."""
        written: Written = time.value
        named = self.find("timezone")
        behind = None
        if written.zone is not None and (named is None or named.distance >= time.distance):
            behind = self.understood(written.zone, time)
            if behind is None or named is None or named.distance > time.distance:
                return behind
        if named is None:
            if not self.is_broken("timezone"):
                time.report(no_zone, id=self.id)
            return None
        zone = self.understood(named.value, named)
        if behind is not None and zone is not None and zone.name != behind.name:
            named.report(two_zones, first=behind.label, second=zone.label)
            return None
        return behind or zone

    def understood(self, text: str, found: Found) -> timezones.Zone | None:
        """What the words of a zone mean here."""
        literally = self.get("zone_reading") == "literal"
        civil = self.find("civil_zone")
        name = "Europe/Berlin"
        if civil is not None:
            meant = timezones.understand(civil.value)
            if isinstance(meant, Problem):
                civil.report(meant.rule, **meant.values)
                return None
            name = meant.name
        zone = timezones.understand(text, civil_zone=name, literally=literally)
        if isinstance(zone, Problem):
            found.report(zone.rule, **zone.values)
            return None
        return zone

    def confirmed(self, when: _When) -> bool:
        """Whether the organiser has confirmed the instants; what disagrees is said (T5)."""
        values = self.values
        checks = [self.agrees_in_utc(when)] if "confirmed_utc" in values else []
        if "also" in values:
            checks += [self.agrees(*each, when) for each in enumerate(values["also"])]
        return any(checks)

    def agrees_in_utc(self, when: _When) -> bool:
        """Whether `confirmed_utc` is the session's start."""
        node = self.values.at("confirmed_utc")
        text: str = self.values["confirmed_utc"]
        dated = re.match(r"(\d{4}-\d{2}-\d{2})[T ]", text)
        bare = text[dated.end() :] if dated else text
        written = times.parse_range(re.sub(r"(?<=\d)Z\b", " UTC", bare))
        if isinstance(written, Problem) or (written.zone or "UTC").upper() not in _UTC:
            self.reader.report(unreadable_utc, node, text=text)
            return False
        start, end = (each.astimezone(UTC) for each in (when.localized.start, when.localized.end))
        theirs = f"{dated[1]} {written.start:%H:%M}" if dated else f"{written.start:%H:%M}"
        ours = f"{start:%Y-%m-%d %H:%M}" if dated else f"{start:%H:%M}"
        if written.end is not None:
            theirs, ours = f"{theirs}–{written.end:%H:%M}", f"{ours}–{end:%H:%M}"
        if theirs == ours:
            return True
        self.reader.report(
            disagrees,
            node,
            text=text,
            theirs=f"{theirs} UTC",
            id=self.id,
            ours=f"{ours} UTC",
            expected=f"confirmed_utc: {ours}",
        )
        return False

    def agrees(self, number: int, written: Written, when: _When) -> bool:
        """Whether a time announced elsewhere is the session's, on whatever day it is there.

        A label that leaves the same doubt as the session's own confirms nothing.
        """
        text = written.text
        if written.zone is None:
            self.reader.report(no_session_zone, self.announced(number), text=text)
            return False
        zone = timezones.understand(written.zone)
        if isinstance(zone, Problem):
            self.reader.problem(zone, self.announced(number))
            return False
        ours = when.localized
        start, end = (timezones.at(each, zone.name) for each in (ours.start, ours.end))
        agrees = start.time() == written.start and written.end in (None, end.time())
        if not agrees:
            length = written.end or timedelta(minutes=1)
            theirs = timezones.localize(start.date(), written.start, length, zone, fold="earlier")
            instant = ""
            if not isinstance(theirs, Problem):
                instant = f"{theirs.start.astimezone(UTC):%H:%M}"
                if written.end is not None:
                    instant += f"–{theirs.end.astimezone(UTC):%H:%M}"
                instant += " UTC"
            self.reader.report(
                disagrees,
                self.announced(number),
                text=text,
                theirs=instant or "no time that exists there",
                id=self.id,
                ours=f"{ours.start.astimezone(UTC):%H:%M}–{ours.end.astimezone(UTC):%H:%M} UTC",
                expected=f"{start:%H:%M}–{end:%H:%M} {written.zone}",
            )
        return agrees and zone.literal in (None, start.utcoffset())

    def announced(self, number: int) -> Node:
        """The node of one of the times that `also` lists, of those that can be read."""
        listed = self.values.at("also")
        members = listed.items if isinstance(listed, nodes.Sequence) else (listed,)
        texts = ((each, each.text.strip()) for each in members if isinstance(each, nodes.Scalar))
        good = [each for each, text in texts if not isinstance(times.parse_range(text), Problem)]
        return good[number]

    def join(self) -> Join | None:
        """The join link; who may see it has to be said (S10)."""
        found = self.find("join")
        if found is None or "url" not in found.value:
            return None
        if "audience" not in found.value:
            if "audience" not in found.value.broken:
                found.report(no_audience, url=found.value["url"])
            return None
        return Join(found.value["url"], Audience(found.value["audience"]))

    def talk(self, values: Values) -> Talk:
        """A talk and its speakers."""
        speakers = tuple([self.speaker(each) for each in values.get("speakers", ())])
        return Talk(values.get("title", ""), speakers, values.get("summary"))

    def speaker(self, values: Values) -> Speaker:
        """A speaker; their zone has to be one of the tz database."""
        zone = None
        if "timezone" in values:
            meant = timezones.understand(values["timezone"])
            if isinstance(meant, Problem):
                self.reader.problem(meant, values.at("timezone"))
            else:
                zone = meant.name
        get = values.get
        name, prefix, role = get("name", ""), get("prefix"), get("role")
        return Speaker(name, prefix, role, get("affiliation"), get("city"), zone)

    def recordings(self, zone: str) -> tuple[Recording, ...]:
        """The session's recordings; several need ids that tell them apart for ever."""
        if "recording" not in self.values and "recordings" not in self.values:
            return ()
        one = self.values.get("recording")
        several = self.values.get("recordings", ())
        if one is not None and several:
            self.reader.report(two_recording_keys, self.values.at("recordings"), id=self.id)
            return ()
        members = several or ((one,) if one is not None else ())
        seen: dict[str, Values] = {}
        made: list[Recording] = []
        for number, values in enumerate(members):
            if len(members) > 1 and "id" not in values and "id" not in values.broken:
                place = kinds.first_key(values.node)
                example = values.get("language") or f"part-{number + 1}"
                self.reader.report(no_recording_id, place, id=self.id, example=example)
                continue
            identifier = values.get("id", "recording")
            if identifier in seen:
                other, place = (kinds.first_key(each.node) for each in (seen[identifier], values))
                first = Related("the other one", self.reader.place(other))
                self.reader.report(
                    duplicate_id, place, first, key="id", id=identifier, what="recording"
                )
                continue
            seen[identifier] = values
            made.append(self.recording(values, identifier, zone))
        return tuple(made)

    def recording(self, values: Values, identifier: str, zone: str) -> Recording:
        """One recording, with its files."""
        get, url = values.get, self.address(values)
        return Recording(
            identifier,
            url,
            get("title"),
            get("language"),
            self.instant("published", zone, values),
            get("duration"),
            self.files(values, url),
            get("captions"),
            get("poster"),
            tuple(
                Chapter(each["start"], each["title"])
                for each in get("chapters", ())
                if "start" in each and "title" in each
            ),
            get("transcript"),
        )

    def address(self, values: Values) -> str | None:
        """A recording's address, None when it is only announced."""
        text: str | None = values.get("url")
        files = values.get("files", ())
        if text is None:
            if files:
                return str(files[0].get("url", ""))
            if "url" not in values.broken:
                self.reader.report(no_recording_address, kinds.first_key(values.node))
            return None
        if text.lower() == "announced":
            return None
        why = kinds.not_web(text)
        if why:
            example = "https://www.example.org/…` or `recording: announced"
            node = values.at("url")
            self.reader.report(
                kinds.bad_address, node, text=text, why=why, key="url", example=example
            )
            return None
        return kinds.ascii_address(text)

    def files(self, values: Values, url: str | None) -> tuple[MediaFile, ...]:
        """The media files of a recording: `url` itself when it is one, and those below `files`."""
        written: str = values.get("url", "")
        media_type = values.get("media_type") or _TYPES.get(_suffix(written))
        files = [
            MediaFile(each.get("url", ""), each.get("media_type", ""), each.get("size"))
            for each in values.get("files", ())
        ]
        if written and url is not None and media_type is not None:
            if url not in [each.url for each in files]:
                files.insert(0, MediaFile(url, media_type, values.get("size")))
        elif "size" in values and media_type is None and "media_type" not in values.broken:
            self.reader.report(size_alone, values.at("size"))
        return tuple(files)

    def instant(self, key: str, zone: str, held: Values) -> datetime | None:
        """A date, or a date and time, as an instant; a date alone begins in `zone`."""
        text = held.get(key)
        if text is None:
            return None
        instant = times.parse_instant(text, zone)
        if isinstance(instant, Problem):
            self.reader.problem(instant, held.at(key))
            return None
        return instant


def _suffix(address: str) -> str:
    """The end of a file's name in an address, such as `.mp4`; empty where it has none."""
    name = address.partition("?")[0].rstrip("/").rpartition("/")[2]
    stem, dot, end = name.rpartition(".")
    return f"{dot}{end.lower()}" if stem else ""


class _When(NamedTuple):
    localized: timezones.Localized
    zone: str
    written: str
