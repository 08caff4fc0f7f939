"""What a written time zone means, and when a wall time happens in it.

The only room that knows pytz; others see aware datetimes and zone names: an IANA id, `UTC`, or a
fixed offset such as `UTC+01:00`. Refuses to know files, fields and calendars, and never guesses:
what it cannot tell apart becomes a problem with the words to write instead (conformance 2.4).
"""

from __future__ import annotations

import difflib
import re
import struct
import unicodedata
from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

import pytz

from webinar_feeds.diagnostics import Rule, Severity, declare
from webinar_feeds.model import Form

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1970, 2037

unknown_zone = declare(
    "WF201",
    Severity.ERROR,
    "`{written}` is not a time zone",
    help="write {suggestion}",
)
ambiguous_name = declare(
    "WF202",
    Severity.ERROR,
    "`{written}` is what people in several time zones call theirs",
    help="write the zone's own id: {suggestion}",
)
deprecated_name = declare(
    "WF206",
    Severity.ERROR,
    "`{written}` is kept in the time zone database for old programs only",
    help="write {suggestion}",
)
impossible_offset = declare(
    "WF207",
    Severity.ERROR,
    "`{written}` is no offset that clocks use: they lie between UTC−12:00 and UTC+14:00",
    help="write an offset such as `UTC+01:00`, or the zone's id, such as `Europe/Berlin`",
)
contradictory_label = declare(
    "WF208",
    Severity.ERROR,
    "`{written}` says two different things: `{label}` and `{offset}`",
    help="write {suggestion}",
)
skipped_time = declare(
    "WF221",
    Severity.ERROR,
    "`{wall}` does not exist in {zone}: the clocks go from {before} to {after}",
    help="write `{earlier}` or `{later}` as the {which}",
)
repeated_time = declare(
    "WF222",
    Severity.ERROR,
    "`{wall}` happens twice in {zone}: at {earlier} and, after the clocks go back, at {later}",
    help="write `fold: earlier` for {earlier} or `fold: later` for {later}",
)
impossible_duration = declare(
    "WF223",
    Severity.ERROR,
    "`{duration}` is no length for a session: it lasts more than nothing and at most 24 hours",
    help="write an end that is at most 24 hours after the start, or a duration such as `1h30m`",
)
clocks_change = declare(
    "WF224",
    Severity.WARNING,
    "the clocks in {zone} change in this session: `{start}` to `{end}` really lasts {duration}",
    help="write `duration: {duration}` with the start, or another end, if you mean another length",
)
too_late = declare(
    "WF225",
    Severity.ERROR,
    "`{day}` is too far ahead: nobody knows what the clocks will show after 2037",
    help="check the year; the last day that can be announced is `2037-12-31`",
)
too_early = declare(
    "WF226",
    Severity.ERROR,
    "`{day}` is too long ago: calendars count from 1970",
    help="check the year; the first day that can be announced is `1970-01-01`",
)
said_in_utc = declare(
    "WF227",
    Severity.NOTE,
    "calendars get this session's times in UTC, as no yearly rule tells how {zone} set its clocks "
    "around {year}",
    help="nothing to do: the instants are right, and every calendar shows them in local time",
)


class Problem(NamedTuple):
    """A rule that applies to a text, with its values; the caller knows the text's place."""

    rule: Rule
    values: dict[str, object]


class Zone(NamedTuple):
    """What a written zone means.

    `name` is an IANA id, `UTC` or a fixed offset such as `UTC+01:00`. `literal` is the offset
    that the label says when it is read to the letter, None when it says none; `label` is the
    organiser's own wording, kept for people to read (T9).
    """

    name: str
    literal: timedelta | None
    label: str


class Localized(NamedTuple):
    """A session's instants, aware in its zone, and how a calendar can say them.

    `literal_start` is the UTC instant that the label's letters mean, None when it is the same as
    `start`'s (T3). `notices` are warnings and notes; none of them stops anything.
    """

    start: datetime
    end: datetime
    form: Form
    literal_start: datetime | None
    notices: tuple[Problem, ...]


class Weekday(NamedTuple):
    """A day of every year at a wall time: `week` counts from 1, −1 is the month's last.

    `weekday` counts from Monday, 0, as `date.weekday` does.
    """

    month: int
    week: int
    weekday: int
    at: time

    def of(self, year: int) -> datetime:
        """That day in a year, at its wall time, without a zone."""
        if self.week > 0:
            first = date(year, self.month, 1)
            days = (self.weekday - first.weekday()) % 7 + 7 * (self.week - 1)
            return datetime.combine(first + timedelta(days=days), self.at)
        last = date(year + self.month // 12, self.month % 12 + 1, 1) - DAY
        days = (last.weekday() - self.weekday) % 7
        return datetime.combine(last - timedelta(days=days), self.at)


class Onset(NamedTuple):
    """When an offset begins: `before` and `after` are the offsets, `on` is None when always."""

    name: str
    before: timedelta
    after: timedelta
    on: Weekday | None


class Yearly(NamedTuple):
    """A zone said in rules that repeat every year. `daylight` has the larger offset."""

    standard: Onset
    daylight: Onset | None


# --- What a written zone means -------------------------------------------------------------------

_PLUS_ONE = """
cet | mez | hec | hnec | central european time | central europe time | central european winter time
middle european time | mitteleuropaische zeit | mitteleuropaeische zeit
mitteleuropaische winterzeit | mitteleuropaische normalzeit
heure d'europe centrale | heure de l'europe centrale | heure normale d'europe centrale
heure normale de l'europe centrale | heure d'hiver d'europe centrale
hora central europea | hora centroeuropea | hora de europa central
hora estandar de europa central | hora de invierno de europa central
"""
_PLUS_TWO = """
cest | cedt | mesz | haec | heec | central european summer time | central europe summer time
central european daylight time | central european daylight saving time
mitteleuropaische sommerzeit | mitteleuropaeische sommerzeit
heure d'ete d'europe centrale | heure avancee d'europe centrale
heure d'ete de l'europe centrale
hora de verano de europa central | hora central europea de verano | hora de verano centroeuropea
"""
_NEITHER = """
cet/cest | cest/cet | mez/mesz | mesz/mez | ce(s)t | me(s)z | europe/cet | europe/cest | europe/mez
europe/central european time | central european (summer) time
"""
_UTC_NAMES = frozenset(
    {
        *("utc", "gmt", "z", "zulu", "etc/utc", "etc/gmt", "universal time"),
        *("coordinated universal time", "greenwich mean time"),
    }
)
# The names that the tz database keeps "for compatibility with System V" and its own links (T6).
_DEPRECATED = {
    "met": "Europe/Berlin",
    "mest": "Europe/Berlin",
    "eet": "Europe/Athens",
    "eest": "Europe/Athens",
    "wet": "Europe/Lisbon",
    "west": "Europe/Lisbon",
    "hst": "Pacific/Honolulu",
    "est5edt": "America/New_York",
    "cst6cdt": "America/Chicago",
    "mst7mdt": "America/Denver",
    "pst8pdt": "America/Los_Angeles",
    # of several places with the same history, the one that is meant
    "gb": "Europe/London",
    "gb-eire": "Europe/London",
    "nz": "Pacific/Auckland",
    "us/arizona": "America/Phoenix",
    "us/samoa": "Pacific/Pago_Pago",
    "canada/eastern": "America/Toronto",
}
_AMBIGUOUS = {
    "ist": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "cst": ("America/Chicago", "America/Havana", "Asia/Shanghai"),
    "cdt": ("America/Chicago", "America/Havana"),
    "bst": ("Europe/London", "Asia/Dhaka", "Pacific/Bougainville"),
    "est": ("America/New_York", "America/Panama", "Australia/Sydney"),
    "edt": ("America/New_York", "Australia/Sydney"),
    "pst": ("America/Los_Angeles", "Asia/Manila"),
    "pdt": ("America/Los_Angeles", "America/Tijuana"),
    "mst": ("America/Denver", "America/Phoenix", "Asia/Kuala_Lumpur"),
    "mdt": ("America/Denver", "America/Edmonton"),
    "ast": ("America/Halifax", "America/Puerto_Rico", "Asia/Riyadh"),
    "adt": ("America/Halifax", "Atlantic/Bermuda"),
    "sst": ("Pacific/Pago_Pago", "Asia/Singapore"),
    "gst": ("Asia/Dubai", "Atlantic/South_Georgia"),
    "sast": ("Africa/Johannesburg", "Australia/Adelaide"),
    "msk": ("Europe/Moscow", "Europe/Minsk"),
    "jst": ("Asia/Tokyo", "Asia/Jerusalem"),
    "kst": ("Asia/Seoul", "Asia/Pyongyang"),
    "et": ("America/New_York", "America/Toronto"),
    "ct": ("America/Chicago", "America/Winnipeg"),
    "mt": ("America/Denver", "America/Edmonton"),
    "pt": ("America/Los_Angeles", "America/Vancouver", "Europe/Lisbon"),
    "eastern time": ("America/New_York", "America/Toronto", "Australia/Sydney"),
    "central time": ("America/Chicago", "America/Winnipeg"),
    "mountain time": ("America/Denver", "America/Edmonton"),
    "pacific time": ("America/Los_Angeles", "America/Vancouver"),
    "eastern european time": ("Europe/Athens", "Europe/Helsinki", "Europe/Kyiv"),
    "western european time": ("Europe/Lisbon", "Atlantic/Canary"),
    "european time": ("Europe/Berlin", "Europe/Athens", "Europe/Lisbon"),
}
_GEOGRAPHIC = frozenset(
    {
        *("Africa", "America", "Antarctica", "Arctic", "Asia"),
        *("Atlantic", "Australia", "Europe", "Indian", "Pacific"),
    }
)
_OFFSET = re.compile(
    r"(?:utc|gmt)? ?(?P<sign>[+-]) ?(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-9]{2}))?"
)
_OLD_OFFSET = re.compile(r"etc/gmt(?P<sign>[+-])(?P<hours>[0-9]{1,2})")
_WITH_PARENTHESIS = re.compile(r"(?P<outer>[^()]+) \((?P<inner>[^()]+)\)")


@cache
def _labels() -> dict[str, timedelta | None]:
    """The names of Central European time, folded, and the offset each says literally (T2)."""
    table: dict[str, timedelta | None] = {}
    for names, literal in ((_PLUS_ONE, HOUR), (_PLUS_TWO, 2 * HOUR), (_NEITHER, None)):
        table |= dict.fromkeys(re.split(r" \| |\n", names.strip()), literal)
    return table


def _folded(written: str) -> str:
    """A label without what people vary: case, accents, dots, spacing, kinds of dash."""
    text = written.replace("’", "'").replace("ß", "ss")
    text = re.sub("[‐‑‒–—−]", "-", text)
    text = unicodedata.normalize("NFKD", text).casefold()
    text = "".join(each for each in text if not unicodedata.combining(each) and each != ".")
    text = re.sub(r"\s*/\s*", "/", re.sub(r"\s+", " ", text.replace("_", " ")))
    text = re.sub(r"(?<=[a-z]{3})-(?=[a-z])", " ", text)
    return text.strip().removeprefix("the ")


@cache
def _canonical() -> dict[str, str]:
    """The ids that we accept, by their lower-case form."""
    return {name.casefold(): name for name in names()}


def understand(
    written: str, *, civil_zone: str = "Europe/Berlin", literally: bool = False
) -> Zone | Problem:
    """What the organiser's words for a zone mean (T1, T2, T4, T6, T12).

    Args:
        written: an IANA id, a name of Central European time, an offset, or a Windows name.
        civil_zone: the IANA id that names of Central European time stand for.
        literally: read such a name as the fixed offset that its letters say, where they do.

    Returns:
        The zone, or an error that says what to write instead.
    """
    text = _folded(written)
    if text in _labels():
        literal = _labels()[text]
        if literally and literal is not None:
            return Zone(offset_name(literal), None, written.strip())
        return _civil(written, civil_zone, literal)
    canonical = _canonical().get(re.sub(r"\s+", "_", written.strip()).casefold())
    name = "UTC" if text in _UTC_NAMES else canonical
    if name is not None:
        return Zone(name, None, written.strip())
    if offset := _OFFSET.fullmatch(text):
        return _fixed(written, offset)
    if both := _WITH_PARENTHESIS.fullmatch(text):
        return _twice_said(written, both, civil_zone, literally=literally)
    return _windows(written, text) or _refused(written, text)


def _civil(written: str, civil_zone: str, literal: timedelta | None) -> Zone | Problem:
    if not known(civil_zone):
        return _refused(civil_zone, _folded(civil_zone))
    return Zone(civil_zone, literal, written.strip())


def _fixed(written: str, offset: re.Match[str]) -> Zone | Problem:
    """The zone of an offset that was written out (T4)."""
    hours, minutes = int(offset["hours"]), int(offset["minutes"] or 0)
    length = timedelta(hours=hours, minutes=minutes)
    if offset["sign"] == "-":
        length = -length
    if minutes > 59 or not -12 * HOUR <= length <= 14 * HOUR:
        return Problem(impossible_offset, {"written": written.strip()})
    return Zone(offset_name(length), None, written.strip())


def _twice_said(
    written: str, both: re.Match[str], civil_zone: str, *, literally: bool
) -> Zone | Problem:
    """A label that says itself twice, such as `Central European Time (CET)` or `CET (UTC+1)`."""
    outer, inner = both["outer"].strip(), both["inner"].strip()
    labels = _labels()
    if outer not in labels:
        return _refused(written, _folded(written))
    literal = labels[outer]
    if inner in labels:
        # `Central European Time (CEST)`: the letters disagree, so they say no offset
        literal = literal if labels[inner] == literal else None
    elif offset := _OFFSET.fullmatch(inner):
        said = _fixed(inner, offset)
        if isinstance(said, Problem):
            return said
        if literal is None or offset_name(literal) != said.name:
            values = {"label": outer.upper() if len(outer) < 5 else outer, "offset": said.name}
            suggestion = f"`{civil_zone}` for the time on the clocks there, or `{said.name}`"
            return Problem(
                contradictory_label, {"written": written, **values, "suggestion": suggestion}
            )
    else:
        return _refused(written, _folded(written))
    if literally and literal is not None:
        return Zone(offset_name(literal), None, written.strip())
    return _civil(written, civil_zone, literal)


def _windows(written: str, text: str) -> Zone | None:
    """The zone of a name that Windows uses (T12); its words are no offset, but one's are taken so.

    `Central European Standard Time` is Warsaw to Windows, and UTC+1 to a reader of English.
    """
    if not text.endswith("time"):
        return None
    from icalendar.timezone.windows_to_olson import (  # noqa: PLC0415 - seldom needed, slow to load
        WINDOWS_TO_OLSON,
    )

    found = {_folded(name): zone for name, zone in WINDOWS_TO_OLSON.items()}.get(text)
    if found is None:
        return None
    name = _canonical().get(found.casefold())
    if name is None:
        return None
    literal = HOUR if text == "central european standard time" else None
    return Zone(name, literal, written.strip())


def _refused(written: str, text: str) -> Problem:
    """Why a text is no zone, and what to write instead (T6)."""
    values: dict[str, object] = {"written": written.strip()}
    if candidates := _AMBIGUOUS.get(text):
        return Problem(ambiguous_name, values | {"suggestion": _alternatives(candidates)})
    if replacement := _DEPRECATED.get(text):
        return Problem(deprecated_name, values | {"suggestion": f"`{replacement}`"})
    if old := _OLD_OFFSET.fullmatch(text):
        # POSIX counts west of Greenwich: Etc/GMT-1 is one hour ahead of UTC
        hours = int(old["hours"]) * HOUR
        suggestion = f"`{offset_name(hours if old['sign'] == '-' else -hours)}`"
        return Problem(deprecated_name, values | {"suggestion": suggestion})
    if kept := {each.casefold(): each for each in pytz.all_timezones}.get(
        written.strip().casefold()
    ):
        return Problem(deprecated_name, values | {"suggestion": f"`{_equal(kept)}`"})
    near = _near(written.strip())
    if not near:
        return Problem(
            unknown_zone, values | {"suggestion": "a zone's id, such as `Europe/Berlin`, or `UTC`"}
        )
    return Problem(unknown_zone, values | {"suggestion": _alternatives(near)})


def _alternatives(candidates: Sequence[str]) -> str:
    *others, last = (f"`{each}`" for each in candidates)
    return f"{', '.join(others)} or {last}" if others else last


def _near(written: str) -> tuple[str, ...]:
    """At most three ids that a misspelling may mean, by whole ids and by their last parts."""
    text = re.sub(r"\s+", "_", written).casefold()
    ids = _canonical()
    cities: dict[str, list[str]] = {}
    for lower, name in ids.items():
        cities.setdefault(lower.rsplit("/", 1)[1], []).append(name)
    last = text.rsplit("/", 1)[-1]
    if last in cities:
        return tuple(cities[last][:3])
    found = [ids[each] for each in difflib.get_close_matches(text, ids, n=2, cutoff=0.75)]
    for city in difflib.get_close_matches(last, cities, n=2, cutoff=0.75):
        found.extend(cities[city])
    return tuple(dict.fromkeys(found))[:3]


def _equal(kept: str) -> str:
    """The id of a place whose history is the same as that of a name kept for old programs."""
    if _footer(kept) in {"UTC0", "GMT0"} and len(_transitions(kept)) == 1:
        return "UTC"
    countries = {name: code for code, name in pytz.country_names.items()}
    if kept in countries:
        return pytz.country_timezones[countries[kept]][0]
    same = [each for each in names() if _bytes(each) == _bytes(kept)]
    return next((each for each in same if each in pytz.common_timezones_set), same[0])


def offset_name(offset: timedelta) -> str:
    """The name of a fixed offset: `UTC+01:00`, or `UTC` for none."""
    if not offset:
        return "UTC"
    minutes = abs(offset) // timedelta(minutes=1)
    return f"UTC{'+' if offset > timedelta() else '-'}{minutes // 60:02}:{minutes % 60:02}"


@cache
def names() -> Sequence[str]:
    """The IANA ids that name a place; the only ones ever written as a TZID (T1)."""
    return tuple(each for each in pytz.all_timezones if each.split("/")[0] in _GEOGRAPHIC)


def known(zone: str) -> bool:
    """Whether this is an IANA id of a place, in its own spelling."""
    return _canonical().get(zone.casefold()) == zone


def database_version() -> str:
    """The release of the time zone database that everything here is computed from (T11)."""
    return str(pytz.OLSON_VERSION)  # type: ignore[attr-defined]  # the stubs leave it out


# --- When a wall time happens --------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _clock(zone: str) -> tzinfo:
    """The tzinfo of a zone name; a pytz one may only be given to `astimezone` and `localize`."""
    if zone == "UTC":
        return UTC
    if offset := _OFFSET.fullmatch(zone.casefold()):
        length = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"] or 0))
        return timezone(length if offset["sign"] == "+" else -length)
    return pytz.timezone(zone)


def at(instant: datetime, zone: str) -> datetime:
    """An instant as the clocks of a zone show it.

    Args:
        instant: aware.
        zone: an IANA id, `UTC`, or a fixed offset such as `UTC+01:00`.
    """
    return instant.astimezone(_clock(zone))


def readings(wall: datetime, zone: str) -> tuple[datetime, ...]:
    """Every instant at which the clocks of a zone show a wall time, in order: none, one or two.

    Args:
        wall: a datetime without a zone.
        zone: an IANA id, `UTC`, or a fixed offset such as `UTC+01:00`.
    """
    clock = _clock(zone)
    if isinstance(clock, timezone):
        return (wall.replace(tzinfo=clock),)
    try:
        return (_localized(wall, clock),)
    except pytz.InvalidTimeError:
        found = (at(_shifted(wall, -offset), zone) for offset in _offsets_near(wall, zone))
        return tuple(sorted(each for each in found if each.replace(tzinfo=None) == wall))


def _localized(wall: datetime, clock: tzinfo) -> datetime:
    """The one place where pytz meets a wall time: it must say when it does not know (T7)."""
    localized: datetime = clock.localize(wall, is_dst=None)  # type: ignore[attr-defined]  # pytz only
    return localized


def _shifted(wall: datetime, by: timedelta) -> datetime:
    return (wall + by).replace(tzinfo=UTC)


def _offsets_near(wall: datetime, zone: str) -> list[timedelta]:
    """The offsets in force up to 26 hours before and after a wall time, the earlier first."""
    here = wall.replace(tzinfo=UTC)
    seen = [_offset(zone, here - 26 * HOUR)]
    seen += [each.after for each in _changes(zone, here - 26 * HOUR, here + 26 * HOUR)]
    return list(dict.fromkeys(seen))


def start_of_day(day: date, zone: str) -> datetime:
    """The first instant of a day in a zone, in UTC, also where midnight is skipped or repeated."""
    midnight = datetime.combine(day, time())
    if found := readings(midnight, zone):
        return found[0].astimezone(UTC)
    return _gap(midnight, zone).instant


def localize(  # noqa: PLR0911 - each way out is one of the organiser's mistakes
    day: date,
    start: time,
    end: time | timedelta,
    zone: Zone,
    *,
    fold: Literal["earlier", "later"] | None = None,
) -> Localized | Problem:
    """The instants of a session that is announced in wall-clock words (T3, T4, T7, T8, T10).

    Args:
        day: the day of the start.
        start: wall time in `zone`.
        end: wall time in `zone`, on the next day unless it is later than `start`; or how long
            the session really lasts.
        zone: as understood.
        fold: which of two instants is meant where the clocks go back.

    Returns:
        Aware instants with what a calendar needs to say them, or the first error.
    """
    opening = datetime.combine(day, start)
    if problem := out_of_range(day):
        return problem
    begins = _moment(opening, zone.name, fold, "start")
    if isinstance(begins, Problem):
        return begins
    if isinstance(end, timedelta):
        if not timedelta() < end <= DAY:
            return Problem(impossible_duration, {"duration": spelled(end)})
        finishes: datetime | Problem = at(begins.astimezone(UTC) + end, zone.name)
    else:
        next_day = DAY if end <= start else timedelta()
        finishes = _moment(datetime.combine(day, end) + next_day, zone.name, fold, "end")
    if isinstance(finishes, Problem):
        return finishes
    if problem := out_of_range(finishes.date()):
        return problem
    if not timedelta() < finishes - begins <= DAY:
        return Problem(impossible_duration, {"duration": spelled(finishes - begins)})
    # without these two, both wall times have been found to happen once
    asked = fold is not None or isinstance(end, timedelta)
    form, notices = _form(begins, finishes, zone.name, repeated=asked)
    return Localized(begins, finishes, form, _literal_start(begins, zone), notices)


def out_of_range(day: date) -> Problem | None:
    """The error of a day before 1970 or after 2037, when pytz knows no transitions (T10)."""
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return None
    return Problem(too_late if day.year > LAST_YEAR else too_early, {"day": day.isoformat()})


def _wall(instant: datetime) -> datetime:
    return instant.replace(tzinfo=None)


def _literal_start(start: datetime, zone: Zone) -> datetime | None:
    """The other instant that the label could mean (T3)."""
    if zone.literal is None or zone.literal == start.utcoffset():
        return None
    return _shifted(_wall(start), -zone.literal)


def spelled(duration: timedelta) -> str:
    """A duration as an event file says it: `1h30m`."""
    seconds = abs(duration) // timedelta(seconds=1)
    sign = "-" if duration < timedelta() else ""
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return sign + ("".join(f"{count}{unit}" for count, unit in parts if count) or "0m")


def _form(
    start: datetime, end: datetime, zone: str, *, repeated: bool
) -> tuple[Form, tuple[Problem, ...]]:
    """How a calendar says these instants, and what is to be told about it (V10, T7, T8).

    `repeated`: one of the wall times may happen twice.
    """
    if isinstance(_clock(zone), timezone):
        return Form.UTC, ()
    notices: list[Problem] = []
    form = Form.ZONED
    if start.utcoffset() != end.utcoffset():
        values = {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}
        duration = spelled(end - start)
        notices.append(Problem(clocks_change, {"zone": zone, **values, "duration": duration}))
    if repeated and any(len(readings(_wall(each), zone)) > 1 for each in (start, end)):
        form = Form.UTC  # a wall time that happens twice cannot be said as a local time (T7)
    elif yearly(zone, start.year, end.year) is None:
        form = Form.UTC
        notices.append(Problem(said_in_utc, {"zone": zone, "year": start.year}))
    return form, tuple(notices)


def _moment(
    wall: datetime, zone: str, fold: Literal["earlier", "later"] | None, which: str
) -> datetime | Problem:
    """The instant of a wall time, or why there is not exactly one (T7)."""
    found = readings(wall, zone)
    if len(found) == 1:
        return found[0]
    if not found:
        gap = _gap(wall, zone)
        form = "%H:%M" if gap.before.date() == gap.after.date() else "%Y-%m-%d %H:%M"
        near = {"earlier": wall - gap.length, "later": wall + gap.length}
        edges = {"before": gap.before, "after": gap.after}
        if near["earlier"].date() != near["later"].date():
            form = "%Y-%m-%d %H:%M"
        shown: dict[str, object] = {name: f"{each:{form}}" for name, each in (near | edges).items()}
        return Problem(
            skipped_time, {"wall": f"{wall:%Y-%m-%d %H:%M}", "zone": zone, "which": which, **shown}
        )
    if fold is not None:
        return found[0] if fold == "earlier" else found[-1]
    return Problem(
        repeated_time,
        {
            "wall": f"{wall:%Y-%m-%d %H:%M}",
            "zone": zone,
            "earlier": f"{found[0].astimezone(UTC):%H:%M} UTC",
            "later": f"{found[-1].astimezone(UTC):%H:%M} UTC",
        },
    )


class _Gap(NamedTuple):
    """Where the clocks go forward: the instant, and the wall times on its two sides."""

    instant: datetime
    before: datetime
    after: datetime

    @property
    def length(self) -> timedelta:
        return self.after - self.before


def _gap(wall: datetime, zone: str) -> _Gap:
    """The gap that a wall time lies in."""
    here = wall.replace(tzinfo=UTC)
    for change in _changes(zone, here - 26 * HOUR, here + 26 * HOUR):
        before, after = (_wall(change.instant + each) for each in (change.before, change.after))
        if before <= wall < after:
            return _Gap(change.instant, before, after)
    msg = f"{wall} lies in no gap of {zone}"
    raise ValueError(msg)


# --- The database's own words: TZif (RFC 9636) ---------------------------------------------------


class _Change(NamedTuple):
    """A change of offset: when, and from what to what."""

    instant: datetime
    before: timedelta
    after: timedelta


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=1024)
def _bytes(zone: str) -> bytes:
    with pytz.open_resource(zone) as file:  # type: ignore[attr-defined]  # not in the stubs
        data: bytes = file.read()
    return data


def _footer(zone: str) -> str:
    """The POSIX TZ string at the end of a TZif file (RFC 9636 §3.3)."""
    return _bytes(zone).rstrip(b"\n").rsplit(b"\n", 1)[-1].decode("ascii")


@lru_cache(maxsize=1024)
def _transitions(zone: str) -> tuple[tuple[int, int], ...]:
    """Changes of offset as (seconds since 1970, seconds east of UTC), from the 64-bit block.

    The first is the offset before all others, at minus infinity's stand-in.
    """
    data = _bytes(zone)
    *_, leaps, times, types, letters = counts = struct.unpack_from(">6l", data, 20)
    utc, standard = counts[0], counts[1]
    # RFC 9636 §3: the second header follows the first, 32-bit block
    second = 44 + times * 5 + types * 6 + letters + leaps * 8 + standard + utc
    *_, times, types, letters = struct.unpack_from(">6l", data, second + 20)
    start = second + 44
    instants = struct.unpack_from(f">{times}q", data, start)
    kinds = struct.unpack_from(f">{times}B", data, start + times * 8)
    offsets = [
        struct.unpack_from(">l", data, start + times * 9 + 6 * kind)[0] for kind in range(types)
    ]
    changes = [(-(2**62), offsets[0])]
    for instant, kind in zip(instants, kinds, strict=True):
        if offsets[kind] != changes[-1][1]:
            changes.append((instant, offsets[kind]))
    return tuple(changes)


def _seconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(seconds=1)


def _offset(zone: str, instant: datetime) -> timedelta:
    """The offset of a zone at an instant up to 2037."""
    changes = _transitions(zone)
    place = bisect_right(changes, (_seconds(instant), 2**62)) - 1
    return timedelta(seconds=changes[place][1])


def _changes(zone: str, since: datetime, until: datetime) -> Iterator[_Change]:
    """The changes of offset of a zone from one instant to before another."""
    for (_, before), (instant, after) in pairwise(_transitions(zone)):
        if _seconds(since) <= instant < _seconds(until):
            when = _EPOCH + timedelta(seconds=instant)
            yield _Change(when, timedelta(seconds=before), timedelta(seconds=after))


# --- A zone in yearly rules ----------------------------------------------------------------------

_NAME = r"(?:<([+-]?[0-9A-Za-z]+)>|([A-Za-z]{3,}))"
_HOURS = r"([+-]?[0-9]{1,3}(?::[0-9]{2}){0,2})"
_RULE = rf"M([0-9]+)\.([0-9])\.([0-9])(?:/{_HOURS})?"
_POSIX = re.compile(rf"{_NAME}{_HOURS}(?:{_NAME}{_HOURS}?,{_RULE},{_RULE})?")


def _length(text: str) -> timedelta:
    """A POSIX time of day or offset: `3`, `-1`, `5:30`."""
    hours, minutes, seconds, *_ = (*text.lstrip("+-").split(":"), "0", "0")
    length = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    return -length if text.startswith("-") else length


def _weekday(month: str, week: str, weekday: str, at: str | None) -> Weekday | None:
    """A POSIX `Mm.w.d/time`; None when its time lies outside the day, as RRULE cannot say that."""
    length = _length(at or "2")
    if not timedelta() <= length < DAY:
        return None
    clock = (datetime.combine(date(1970, 1, 1), time()) + length).time()
    return Weekday(int(month), -1 if week == "5" else int(week), (int(weekday) - 1) % 7, clock)


@lru_cache(maxsize=1024)
def _rules(zone: str) -> Yearly | None:
    """The footer of a zone as yearly rules, unproven; None when they cannot say it."""
    footer = _POSIX.fullmatch(_footer(zone))
    if footer is None:
        return None
    bracketed, bare, west, summer_bracketed, summer_bare, summer_west, *rules = footer.groups()
    name, offset = bracketed or bare, -_length(west)  # POSIX counts west of Greenwich
    if offset % timedelta(minutes=1):
        return None  # V5: offsets without seconds
    if rules[0] is None:
        return Yearly(Onset(name, offset, offset, None), None)
    summer = summer_bracketed or summer_bare
    summer_offset = -_length(summer_west) if summer_west else offset + HOUR
    starts, ends = _weekday(*rules[:4]), _weekday(*rules[4:])
    if starts is None or ends is None:
        return None
    there = Onset(summer, offset, summer_offset, starts)
    back = Onset(name, summer_offset, offset, ends)
    # Dublin's law calls winter the exception; calendars expect DAYLIGHT to be the larger offset
    return Yearly(back, there) if summer_offset > offset else Yearly(there, back)


@lru_cache(maxsize=4096)
def yearly(zone: str, first: int, last: int) -> Yearly | None:
    """A zone as yearly rules that are true from the year before `first` to that after `last`.

    The rules are the footer's of the zone's TZif file; they are compared with every change of
    offset that the file lists in those years (V3, V7, conformance 2.2). None when they differ, when
    no yearly rule can say them, or before 1972: rules start in 1970, and what a client takes to
    hold before their first onset is its own affair (V4).
    """
    rules = _rules(zone)
    if rules is None or first < FIRST_YEAR + 2:
        return None
    since, until = datetime(first - 1, 1, 1, tzinfo=UTC), datetime(last + 2, 1, 1, tzinfo=UTC)
    listed = list(_changes(zone, since, until))
    if rules.daylight is None:
        return None if listed or _offset(zone, since) != rules.standard.after else rules
    # what the file does not list is the footer's own: there is nothing to compare it with
    end = min(until, _EPOCH + timedelta(seconds=_transitions(zone)[-1][0] + 1))
    said = sorted(
        _Change((onset.on.of(year) - onset.before).replace(tzinfo=UTC), onset.before, onset.after)
        for onset in (rules.standard, rules.daylight)
        if onset.on is not None
        for year in range(first - 2, last + 3)
    )
    current = [each.after for each in said if each.instant < since][-1]
    inside = [each for each in said if since <= each.instant < end]
    return rules if inside == listed and current == _offset(zone, since) else None
