"""A lost ledger, from what was published: what subscribers have is still there.

A copy of the ledger travels with the site and is the best witness; without it the calendar tells
UIDs, SEQUENCEs and times, and the feed when recordings appeared. Any program's calendar will do.
What none of them can tell (what texts were made from) counts as changed, so that no SEQUENCE can
fall (D4, I13). Reads with `icalendar`, which is imported only when a calendar has to be read.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from webinar_feeds import ledger, timezones
from webinar_feeds.ledger import Ledger, RecordingRow, Row, derived_uid, schedule
from webinar_feeds.model import OFF, Audience, Status, Told
from webinar_feeds.publications import slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import date

    from webinar_feeds.model import Recording, Series, Session

_PRODUCT = "webinar-feeds"
_PREFIXES = {"CANCELLED: ": Status.CANCELLED, "POSTPONED: ": Status.POSTPONED}
_STATUSES = {"CANCELLED": Status.CANCELLED, "TENTATIVE": Status.TENTATIVE}
_ALWAYS = ("UID", "SEQUENCE", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND", "STATUS")
_RECORDING = "recording"  # the id of a session's only recording, unless its file says another
_LINES = 1000  # so many damaged lines are too many to believe the others
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # for a stamp that every calendar has to have
_BROKEN = (ValueError, KeyError, AttributeError, IndexError, TypeError, OverflowError)


class Remains(NamedTuple):
    """What is left of a series that was published; None or empty where there is nothing.

    `copy` is its ledger's, `calendar` and `feed` are the bytes of `calendar.ics` and
    `recordings.json`, `sessions` the ids that its invites are called by.
    """

    copy: bytes | None = None
    calendar: bytes | None = None
    feed: bytes | None = None
    sessions: tuple[str, ...] = ()


class Rebuilt(NamedTuple):
    """A ledger that was brought back, from what, and what is to be said of it in words."""

    ledger: Ledger
    source: str
    remarks: tuple[str, ...]


class _Event(NamedTuple):
    """An event as a calendar tells it; instants are UTC.

    `place` is its LOCATION and CONFERENCE, None where another program wrote them in its own way.
    """

    uid: str
    sequence: int
    created: datetime
    modified: datetime
    told: Told
    place: tuple[str, str] | None


class _Calendar(NamedTuple):
    """A calendar: its own UID and stamp, if it has them, its events by UID, and what is odd."""

    uid: str | None
    modified: datetime | None
    events: dict[str, _Event]
    remarks: tuple[str, ...]


def recover(data: bytes, series: Series) -> Ledger | None:
    """The ledger of a series as far as its published calendar tells it.

    Args:
        data: the bytes of `calendar.ics`.
        series: the series as its file tells it now.

    Returns:
        The ledger, None when the bytes are no whole calendar of ours.
    """
    try:
        calendar = _calendar(data, ours=True)
    except _BROKEN:
        return None
    if calendar is None or calendar.uid is None or calendar.modified is None:
        return None
    return _ledger(calendar, series, Remains(calendar=data), calendar.uid, everything=True)


def rebuild(
    remains: Remains, series: Series | None, uid: str, *, shared: bool = False
) -> Rebuilt | None:
    """The ledger of a series, from whatever is left of it.

    Args:
        remains: what was published.
        series: the series as its file tells it now, None when there is none; its sessions give
            events their ids.
        uid: the UID that the series gets if the calendar has none of its own.
        shared: the calendar holds the sessions of other series too, so events that are nobody's
            are left to them; otherwise those are sessions that have left the event file.

    Returns:
        The ledger; None when nothing in it is about this series.
    """
    remarks: list[str] = []
    held: Ledger | None = None
    if remains.copy is not None:
        held, said = ledger.parse(remains.copy, "ledger.jsonl")
        remarks += [f"the published copy of the ledger: {each.message}" for each in said]
    found = None
    if remains.calendar is not None:
        try:
            calendar = _calendar(remains.calendar, ours=False)
        except _BROKEN:
            calendar = None
        if calendar is None:
            remarks.append("the calendar is none, or it is damaged")
        else:
            own = None if shared else calendar.uid
            found = _ledger(calendar, series, remains, own or uid, everything=not shared)
            if held is None:
                remarks += calendar.remarks
    if held is not None:
        return Rebuilt(_raised(held, found), "ledger", tuple(remarks))
    if found is None or (shared and not found.rows):
        return None
    return Rebuilt(found, "calendar", tuple(remarks))


def salvage(data: bytes) -> Ledger | None:
    """What can still be read of a damaged ledger, None when that is nothing."""
    lines = data.split(b"\n")
    for _ in range(_LINES):
        held, said = ledger.parse(b"\n".join(lines), "ledger.jsonl")
        if not said:
            return held
        number = said[0].location.line
        if not number:
            break
        lines[number - 1] = b""
    return None


# --- Calendars -----------------------------------------------------------------------------------


def _calendar(data: bytes, *, ours: bool) -> _Calendar | None:
    """A calendar from its bytes, None when they are none.

    Args:
        data: the file.
        ours: refuse what lacks a property that we always write.

    Raises:
        ValueError, KeyError, …: it is damaged.
    """
    import icalendar  # noqa: PLC0415 - a tenth of a second that only a lost ledger costs

    whole: Any = icalendar.Calendar.from_ical(data)
    if whole.name != "VCALENDAR":
        return None
    events: dict[str, _Event] = {}
    remarks: list[str] = []
    made = _PRODUCT in str(whole.get("PRODID", ""))
    for each in whole.walk("VEVENT"):
        if ours and not all(name in each for name in _ALWAYS):
            return None
        event = _event(each, remarks, made=made)
        if event is not None:
            known = events.get(event.uid)
            if known is None or known.sequence <= event.sequence:
                events[event.uid] = event
    modified = whole.get("LAST-MODIFIED")
    return _Calendar(
        next((str(whole[name]) for name in ("X-WR-RELCALID", "UID") if name in whole), None),
        None if modified is None else _instant(modified.dt),
        events,
        tuple(remarks),
    )


def _event(each: Any, remarks: list[str], *, made: bool) -> _Event | None:  # noqa: ANN401 - icalendar's components are untyped
    """An event, None after saying why it cannot be one of a session's; `made`: by us."""
    title = str(each.get("SUMMARY", ""))
    uid = str(each.get("UID", ""))
    if not uid or "DTSTART" not in each:
        lacking = "DTSTART" if uid else "UID"
        remarks.append(f"an event without {lacking} is left out: {title or uid or 'no title'}")
        return None
    if "RECURRENCE-ID" in each:
        remarks.append(f"one occurrence of {uid} that differs from the others is left out")
        return None
    if "RRULE" in each:
        remarks.append(f"{uid} repeats; only its first time is remembered")
    start = _instant(each["DTSTART"].dt)
    end = start
    if "DTEND" in each:
        end = _instant(each["DTEND"].dt)
    elif "DURATION" in each:
        end = _instant(start + each["DURATION"].dt)
    status = _STATUSES.get(str(each.get("STATUS", "")).upper(), Status.CONFIRMED)
    for prefix, meant in _PREFIXES.items():
        if title.startswith(prefix) and status is not Status.CONFIRMED:
            title, status = title.removeprefix(prefix), meant
    zone = str(each["DTSTART"].params.get("TZID", "UTC"))
    stamps = [_instant(each[key].dt) for key in ("LAST-MODIFIED", "DTSTAMP") if key in each]
    created = _instant(each["CREATED"].dt) if "CREATED" in each else None
    modified = max(filter(None, (*stamps[:1], created)), default=_LONG_AGO)
    return _Event(
        uid,
        max(0, int(each.get("SEQUENCE", 0))),
        min(created or modified, modified),
        modified,
        Told(title, start, end, zone if timezones.known(zone) else "UTC", status),
        (str(each.get("LOCATION", "")), str(each.get("CONFERENCE", ""))) if made else None,
    )


def _instant(value: date) -> datetime:
    """A moment in UTC; what has no zone or no time is taken to be in UTC.

    None is at the ends of the calendar, as a ledger could not hold it.
    """
    value = value.replace(year=min(max(value.year, 2), 9998))
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value.astimezone(UTC)


# --- Ledgers -------------------------------------------------------------------------------------


def _ledger(
    calendar: _Calendar, series: Series | None, remains: Remains, uid: str, *, everything: bool
) -> Ledger | None:
    """What a calendar tells of a series; None when it is nothing."""
    if series is not None and series.uid is not None:
        uid = series.uid
    names = _names(series, remains.sessions, uid)
    sessions = {} if series is None else {each.id: each for each in series.sessions}
    lives, oldest = _lives(remains.feed)
    rows: dict[str, Row] = {}
    for event in sorted(calendar.events.values(), key=lambda each: each.uid not in names):
        name = names.get(event.uid)
        if name in rows or (name is None and everything):
            name = _made(event.uid, rows.keys() | sessions.keys())
        if name is not None:
            session = sessions.get(name)
            listed = () if session is None else session.recordings
            recordings = dict(_recordings(event, listed, lives, oldest))
            rows[name] = _row(event, session, recordings)
    modified = calendar.modified if everything else None
    stamps = [row.modified for row in rows.values()]
    if modified is None and not stamps:
        return None
    newest = max(filter(None, (modified, *stamps)))
    created = min((row.created for row in rows.values()), default=newest)
    return Ledger(uid, "", created, newest, rows)


def _names(series: Series | None, published: Sequence[str], uid: str) -> dict[str, str]:
    """The sessions' ids by their UIDs: as the event file says, or as they follow from the ids."""
    names: dict[str, str] = {}
    for session in () if series is None else series.sessions:
        if session.uid is not None:
            names[session.uid] = session.id
        for each in (session.id, *session.formerly):
            names.setdefault(derived_uid(uid, each), session.id)
    for each in published:
        names.setdefault(derived_uid(uid, each), each)
    return names


def _made(uid: str, taken: AbstractSet[str]) -> str:
    """An id for a session of which only the UID is known."""
    name = slug(uid)
    number = 2
    while name in taken:
        name, number = f"{slug(uid)[:58]}-{number}", number + 1
    return name


def _row(event: _Event, session: Session | None, recordings: dict[str, RecordingRow]) -> Row:
    told = event.told
    same = False
    if session is not None and (told.start, told.end) == (session.start, session.end):
        told = told._replace(zone=session.zone)
        same = told.status is session.status and event.place in (None, _place(session))
    return Row(
        uid=event.uid,
        sequence=event.sequence,
        told=told,
        schedule=schedule(session) if same and session is not None else "",
        content="",
        private=None,
        created=event.created,
        modified=event.modified,
        recordings=recordings,
    )


def _place(session: Session) -> tuple[str, str]:
    """A session's LOCATION and CONFERENCE, as a calendar of ours tells them."""
    join = session.join
    told = join is not None and join.audience is Audience.PUBLIC and session.status not in OFF
    return session.platform or "Online", join.url if told and join is not None else ""


def _raised(held: Ledger, found: Ledger | None) -> Ledger:
    """A ledger, with what a calendar that is newer knows better: no SEQUENCE may fall."""
    if found is None:
        return held
    names = {row.uid: name for name, row in held.rows.items()}
    rows = dict(held.rows)
    for name, row in found.rows.items():
        known = names.get(row.uid)
        if known is None:
            rows[_made(row.uid, rows.keys()) if name in rows else name] = row
        elif row.sequence > rows[known].sequence:
            rows[known] = rows[known]._replace(
                sequence=row.sequence, modified=max(row.modified, rows[known].modified)
            )
    return held._replace(rows=rows)


# --- Feeds ---------------------------------------------------------------------------------------


def _lives(data: bytes | None) -> tuple[dict[str, RecordingRow], datetime | None]:
    """When recordings appeared and changed, by the ids of a JSON Feed's items; and the oldest."""
    lives: dict[str, RecordingRow] = {}
    try:
        items: list[Any] = [] if data is None else json.loads(data)["items"]
        for item in items:
            published = _instant(datetime.fromisoformat(item["date_published"]))
            updated = _instant(datetime.fromisoformat(item["date_modified"]))
            lives[str(item["id"])] = RecordingRow("", published, max(published, updated), "")
    except (*_BROKEN, RecursionError):
        pass  # those that could be read are still right
    return lives, min((each.published for each in lives.values()), default=None)


def _recordings(
    event: _Event,
    listed: Iterable[Recording],
    lives: Mapping[str, RecordingRow],
    oldest: datetime | None,
) -> Iterator[tuple[str, RecordingRow]]:
    """The recordings of a session that have appeared.

    A feed holds the newest ones only. One that its session's file lists and the feed does not, of
    a session that was over before the oldest that the feed holds, has fallen out at its end.
    """
    known = {each.id: each for each in listed}
    for name in sorted(known.keys() | {_RECORDING}):
        life = lives.get(f"urn:uuid:{derived_uid(event.uid, f'recording:{name}')}")
        if life is None and name in known and oldest is not None:
            due = max(filter(None, (event.told.end, known[name].published)))
            if due < oldest:
                life = RecordingRow("", _instant(due), _instant(due), "")
        if life is not None:
            url = known[name].url if name in known else None
            yield name, life._replace(name=name, url=url)
