"""Published calendars as icalendar reads them, held against entries.

Times are read twice, by the rules that icalendar knows by a zone's name and by the file's own
VTIMEZONE: programs do either, and both must come to the same instant (C16, V1 to V10). What an
entry should look like is said here once more, from the requirements; the words alone are
`rendering.wording`'s.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import icalendar

from webinar_feeds.ledger import derived_uid
from webinar_feeds.model import Audience, Form, Status
from webinar_feeds.rendering import markdown, wording
from webinar_feeds.verification.words import Found, apart, reason, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import tzinfo

    from webinar_feeds.model import Entry, Publication, Site

_STATUSES = {
    Status.CONFIRMED: "CONFIRMED",
    Status.TENTATIVE: "TENTATIVE",
    Status.CANCELLED: "CANCELLED",
    Status.POSTPONED: "TENTATIVE",  # iCalendar has no word for it; its title says it (C20)
}
_SHOUTED = {Status.CANCELLED: "CANCELLED: ", Status.POSTPONED: "POSTPONED: "}
_OF_THE_LEDGER = frozenset({"SEQUENCE", "LAST-MODIFIED", "DTSTAMP", "CREATED", "X-WR-RELCALID"})
_OPENING = {
    "VERSION": "2.0",
    "PRODID": "-//webinar-feeds//webinar-feeds 1//EN",
    "CALSCALE": "GREGORIAN",
}
_NESTED = re.compile(rb"^(BEGIN|END):([^\r\n]*)", re.MULTILINE)
_ELSEWHERE = frozenset({"UID", "DTSTART", "DTEND"})  # what is compared as something else


class Expected(NamedTuple):
    """What a calendar should hold: its properties, entries, and how long before each it reminds."""

    entries: tuple[Entry, ...]
    head: Mapping[str, object]
    alarm: timedelta | None = None


def calendar(
    publication: Publication, site: Site, path: str, alarm: timedelta | None = None
) -> Expected:
    """A calendar to subscribe to (C6, C7, C30 to C34, C38).

    Args:
        publication: what it tells.
        site: says where the output will be found.
        path: the calendar's own below that address.
        alarm: how long before each session it reminds.
    """
    title, uid = publication.title, publication.uid
    if alarm is not None:
        title, uid = f"{title} (with reminders)", derived_uid(uid, "reminders")
    summary = None if publication.summary is None else markdown.to_text(publication.summary)
    head = _OPENING | {
        "NAME": title,
        "X-WR-CALNAME": title,
        "X-WR-RELCALID": uid,
        "DESCRIPTION": summary,
        "X-WR-CALDESC": summary,
        "LAST-MODIFIED": publication.modified,
        "SOURCE": None if site.base_url is None else f"{site.base_url}{path}",
        "URL": publication.page,
        "REFRESH-INTERVAL": timedelta(hours=12),
        "X-PUBLISHED-TTL": "PT12H",
    }
    return Expected(publication.entries, head, alarm)


def invite(entry: Entry) -> Expected:
    """One session to add; without a name, for which Outlook would make a new calendar (I1, I2)."""
    return Expected((entry,), _OPENING)


def look(data: bytes, expected: Expected) -> Found:
    """What of a published calendar is not as it should be."""
    try:
        read: Any = icalendar.Calendar.from_ical(data)
        if read.name != "VCALENDAR" or not _is_nested(data):
            return Found(("is no calendar",))
        events = [(str(event["UID"]), event) for event in read.walk("VEVENT")]
        zones = {str(each["TZID"]): _zone(each) for each in read.walk("VTIMEZONE")}
        said = [*_compared("the calendar", read, expected.head)]
    except Exception as error:  # noqa: BLE001 - whatever a broken file does to it is told
        return Found((f"icalendar cannot read it: {reason(error)}",))
    others = {each.name for each in read.subcomponents} - {"VEVENT", "VTIMEZONE"}
    said += (f"has a {name}" for name in sorted(others))
    said += _members(expected.entries, [uid for uid, _ in events])
    entries = {entry.revision.uid: entry for entry in expected.entries}
    for uid, event in events:
        if uid in entries:
            who = f"session {entries[uid].session.id}"
            try:
                said += _event(who, event, entries[uid], zones, expected.alarm)
            except Exception as error:  # noqa: BLE001 - whatever a broken file does to it is told
                said.append(f"{who} cannot be understood by icalendar: {reason(error)}")
    return Found(tuple(said), len(events))


def _is_nested(data: bytes) -> bool:
    """Whether what begins ends, and in order; icalendar takes any END for that of what is open."""
    opened: list[bytes] = []
    for kind, name in _NESTED.findall(data):
        if kind == b"BEGIN":
            opened.append(name)
        elif not opened or opened.pop() != name:
            return False
    return not opened


def _members(entries: tuple[Entry, ...], uids: list[str]) -> Iterator[str]:
    """The same set of UIDs, each once."""
    counted = Counter(uids)
    for entry in entries:
        number = counted.pop(entry.revision.uid, 0)
        if number != 1:
            times = f"is in it {number} times" if number else "is not in it"
            yield f"session {entry.session.id} {times} (UID {entry.revision.uid})"
    yield from (f"has an event with the UID {uid}, which no session has" for uid in counted)


def _event(
    who: str,
    event: Any,  # noqa: ANN401 - icalendar's components are untyped
    entry: Entry,
    zones: Mapping[str, tzinfo],
    alarm: timedelta | None,
) -> Iterator[str]:
    yield from _compared(who, event, _expected(entry))
    broken = dict(event.errors)
    for name, instant in (("DTSTART", entry.session.start), ("DTEND", entry.session.end)):
        if name not in broken:
            yield from _instant(f"{who} has the {name}", event[name], instant, entry, zones)
    off = entry.session.status in _SHOUTED
    before = [] if alarm is None or off else [-alarm]
    reminders = [each["TRIGGER"].dt for each in event.walk("VALARM")]
    if reminders != before:
        here, there = shown(reminders or None), shown(before or None)
        yield f"{who} has as reminder {here}, but the event file says {there}"


def _expected(entry: Entry) -> dict[str, object]:
    """What icalendar should read of an entry, beside its times and UID (C10 to C24)."""
    session, revision = entry.session, entry.revision
    off = session.status in _SHOUTED
    join = session.join
    is_open = join is not None and join.audience is Audience.PUBLIC and not off
    return {
        "SUMMARY": f"{_SHOUTED.get(session.status, '')}{session.title}",
        "STATUS": _STATUSES[session.status],
        "SEQUENCE": revision.sequence,
        "LAST-MODIFIED": revision.modified,
        "DTSTAMP": revision.modified,
        "CREATED": revision.created,
        "DESCRIPTION": wording.description(entry),
        "LOCATION": session.platform or "Online",
        "URL": session.page or entry.series.page,
        "CATEGORIES": session.topics or None,
        "TRANSP": "TRANSPARENT" if off else "OPAQUE",
        "CONFERENCE": join.url if join is not None and is_open else None,
    }


def _instant(
    what: str,
    told: Any,  # noqa: ANN401 - as above
    instant: datetime,
    entry: Entry,
    zones: Mapping[str, tzinfo],
) -> Iterator[str]:
    """An instant, by the zone's name and by the calendar's own rules, and the zone itself."""
    expected = instant.astimezone(UTC)
    value, tzid = told.dt, told.params.get("TZID")
    if not isinstance(value, datetime) or value.tzinfo is None:
        yield f"{what} {value}, which is no instant, but the event file says {shown(expected)}"
        return
    zone = entry.session.zone if entry.session.form is Form.ZONED else "UTC"
    # A zone that a calendar cannot tell is not in it, and its sessions are in UTC (V10).
    if (tzid or "UTC") != zone and (tzid is not None or zone in zones):
        yield f"{what} in the zone {tzid or 'UTC'}, but the event file says {zone}"
    here, by = value.astimezone(UTC), ""
    if tzid is not None and tzid not in zones:
        yield f"{what} in {tzid}, of which the calendar does not tell the rules"
    elif tzid is not None and here == expected:
        here, by = value.replace(tzinfo=zones[tzid]).astimezone(UTC), " by its own VTIMEZONE"
    if here != expected:
        yield f"{what} {shown(here)}{by}, but the event file says {shown(expected)}"


_zones: dict[bytes, tzinfo] = {}


def _zone(component: Any) -> tzinfo:  # noqa: ANN401 - as above
    """A VTIMEZONE as a zone that follows its rules and no others; thousands of files tell one."""
    told: bytes = component.to_ical()
    if told not in _zones:
        _zones[told] = component.to_tz(lookup_tzid=False)
    return _zones[told]


def _property(component: Any, name: str) -> object:  # noqa: ANN401 - as above
    """A property's value as Python has it; None when there is none, a list when there are more."""
    value = component.get(name)
    if value is None:
        return None
    if isinstance(value, list):
        return [str(each) for each in value]
    if name == "CATEGORIES":
        return tuple(str(each) for each in value.cats)
    if name == "SEQUENCE":
        return int(value)
    if type(value).__name__ == "vUnknown":
        # icalendar takes NAME and what begins with X- as it stands; it stands in for a TEXT.
        return _as_text(str(value))
    return getattr(value, "dt", None) or str(value)


def _as_text(value: str) -> str:
    """What icalendar reads of a value where it expects a TEXT."""
    read = icalendar.Event.from_ical(f"BEGIN:VEVENT\r\nSUMMARY:{value}\r\nEND:VEVENT\r\n")
    return str(read["SUMMARY"])


def _compared(
    who: str,
    component: Any,  # noqa: ANN401 - as above
    expected: Mapping[str, object],
) -> Iterator[str]:
    """The properties that should be there, and all others that are."""
    broken = dict(component.errors)
    for name, why in broken.items():
        yield f"{who}: icalendar does not understand the {name}: {why}"
    for name in sorted({*expected, *component} - _ELSEWHERE - broken.keys()):
        found, value = _property(component, name), expected.get(name)
        if found != value:
            source = "the ledger" if name in _OF_THE_LEDGER else "the event file"
            here, there = apart(found, value)
            yield f"{who} has the {name} {here}, but {source} says {there}"
