"""`calendar.ics` to subscribe to, and an `.ics` a session to add once.

Knows which properties a calendar has and why (RFC 5545, 7986; C1–C39, I1, I2); how a line is
written is `contentlines`' business, how a zone is told `vtimezone`'s, the words are `wording`'s.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from webinar_feeds.artifacts import Artifact
from webinar_feeds.ledger import derived_uid
from webinar_feeds.model import OFF, Audience, Form, Scope, Status
from webinar_feeds.rendering import contentlines as content
from webinar_feeds.rendering import markdown, vtimezone, wording
from webinar_feeds.rendering.streams import Piece, composed, ordered
from webinar_feeds.timezones import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from webinar_feeds.model import Entry, Publication, Session, Site
    from webinar_feeds.rendering.streams import Facts, Stream

name = "calendar"
draws = frozenset(Scope)

MEDIA_TYPE = "text/calendar; charset=utf-8"  # H1: no method=, because there is no METHOD
PRODUCT = "-//webinar-feeds//webinar-feeds 1//EN"  # C7: ours, and the same in every version
REFRESH = timedelta(hours=12)
STATUSES = {
    Status.CONFIRMED: "CONFIRMED",
    Status.TENTATIVE: "TENTATIVE",
    Status.CANCELLED: "CANCELLED",
    # iCalendar has no word for it. CANCELLED would make Google remove the entry without a word;
    # so it stays, says POSTPONED in its title, and keeps nobody's time busy.
    Status.POSTPONED: "TENTATIVE",
}
_LAST = b"END:VEVENT\r\n"
_END = b"END:VCALENDAR\r\n"
_ZONED = re.compile(rb"^(DTSTART|DTEND);TZID=[^\r]*\r\n", re.MULTILINE)


class Calendar:
    """`calendar.ics`: an event for each session, the same bytes in every calendar that has it.

    The facts of an event are its zone (None when it is written in UTC), the years of its start and
    end, and how many seconds it lasts.
    """

    file = "calendar.ics"
    media_type = MEDIA_TYPE
    draws = draws
    separator = b""

    def limit(self, site: Site) -> None:
        """A calendar holds every session."""
        del site

    def pieces(self, publication: Publication, site: Site) -> Iterator[Piece]:
        """An event for each session."""
        del site
        return map(_piece, publication.entries)

    def head(
        self, publication: Publication, site: Site, path: str, facts: Iterable[Facts]
    ) -> bytes:
        """The calendar's own properties first (C8), then its zones."""
        zones = _zones(facts)
        return content.lines([*_opening(), *_properties(publication, site, path, None), *zones])

    def fitting(self, facts: Iterable[Facts]) -> Callable[[Piece], bytes] | None:
        """Events of a zone that no yearly rule can tell for all its years are in UTC (V10)."""
        untold = {
            zone
            for zone, (first, last) in _years(facts).items()
            if vtimezone.lines(zone, first, last) is None
        }
        return (lambda piece: _fitted(piece, untold)) if untold else None

    def tail(self, publication: Publication) -> bytes:
        """The end of the calendar."""
        del publication
        return _END

    def modified(self, publication: Publication, facts: Iterable[Facts]) -> datetime:
        """The calendar's own stamp, which covers its sessions."""
        del facts
        return publication.modified


CALENDAR = Calendar()
streams: tuple[Stream, ...] = (CALENDAR,)


def render(publication: Publication, site: Site) -> Iterator[Artifact]:
    """A publication's calendar; for a series its invites and, if asked for, one with alarms too."""
    pieces = ordered(CALENDAR, publication, site)
    yield from beside(publication, site, {CALENDAR.file: pieces})
    path = f"{publication.path}/{CALENDAR.file}" if publication.path else CALENDAR.file
    yield Artifact(
        path,
        MEDIA_TYPE,
        lambda: composed(CALENDAR, publication, site, path, pieces),
        publication.modified,
    )


def beside(
    publication: Publication, site: Site, pieces: Mapping[str, Sequence[Piece]]
) -> Iterator[Artifact]:
    """What a series has beside its calendar: an invite a session, and the calendar with alarms.

    A session that had another id keeps its invite under the old one as well (H10).
    """
    if publication.scope is not Scope.SERIES:
        return
    events = pieces[CALENDAR.file]
    for entry, event in zip(publication.entries, events, strict=True):
        for identifier in (entry.session.id, *entry.session.formerly):
            yield _invite(f"{publication.path}/invites/{identifier}.ics", entry, event)
    if publication.alarm is not None:
        yield _with_alarms(publication, site, events, publication.alarm)


def _invite(path: str, entry: Entry, event: Piece) -> Artifact:
    """One session to add; with a calendar's name Outlook would make a new calendar (I1, I2)."""

    def chunks() -> tuple[bytes, ...]:
        zone, first, last, _ = event.facts
        head, fit = _invite_head(zone, first, last)
        return head, event.data if fit is None else fit(event), _END

    return Artifact(path, MEDIA_TYPE, chunks, entry.revision.modified)


@lru_cache(maxsize=256)
def _invite_head(
    zone: str | None, first: int, last: int
) -> tuple[bytes, Callable[[Piece], bytes] | None]:
    """What stands before the event of an invite, and how the event must be changed."""
    facts = ((zone, first, last, 0),)
    return content.lines([*_opening(), *_zones(facts)]), CALENDAR.fitting(facts)


def _with_alarms(
    publication: Publication, site: Site, events: Sequence[Piece], alarm: timedelta
) -> Artifact:
    path = f"{publication.path}/calendar-alarms.ics"

    def chunks() -> Iterator[bytes]:
        facts = [event.facts for event in events]
        properties = _properties(publication, site, path, alarm)
        yield content.lines([*_opening(), *properties, *_zones(facts)])
        fit = CALENDAR.fitting(facts)
        for entry, event in zip(publication.entries, events, strict=True):
            data = event.data if fit is None else fit(event)
            if entry.session.status not in OFF:
                reminder = content.lines(_alarm(entry.session, alarm))
                data = b"".join((data[: -len(_LAST)], reminder, _LAST))
            yield data
        yield _END

    return Artifact(path, MEDIA_TYPE, chunks, publication.modified)


def addressed(
    entry: Entry, method: str, people: Iterable[str], stamp: datetime, sequence: int
) -> bytes:
    """A calendar object for one person: an iTIP message about one session (RFC 5546 §3.2).

    Args:
        entry: the session, with what that person may know of it.
        method: REQUEST or CANCEL.
        people: the lines of ORGANIZER and ATTENDEE.
        stamp: when the message was made, UTC (I12).
        sequence: the SEQUENCE that it tells.

    Returns:
        The bytes of the object: its zone, and one VEVENT. A CANCEL has a STATUS only when the
        session is cancelled, and not when one person is no longer invited.
    """
    facts = _facts(entry)
    told = facts[0] is not None and CALENDAR.fitting((facts,)) is None
    status: str | None = STATUSES[entry.session.status]
    if method == "CANCEL" and entry.session.status is not Status.CANCELLED:
        status = None
    return content.lines(
        [
            *_opening(f"METHOD:{method}"),
            *(_zones((facts,)) if told else ()),
            "BEGIN:VEVENT",
            *_told(entry, stamp, sequence, status, zoned=told),
            *people,
            "END:VEVENT",
            "END:VCALENDAR",
        ]
    )


def _opening(*method: str) -> tuple[str, ...]:
    # Published files have no METHOD: a static host could not repeat it in the Content-Type, as it
    # would have to (C38).
    return ("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", *method)


def _properties(
    publication: Publication, site: Site, path: str, alarm: timedelta | None
) -> Iterator[str]:
    """What a client shows of a calendar, by its standard name and by the one it knows (C30–C34)."""
    title = publication.title if alarm is None else f"{publication.title} (with reminders)"
    # The calendar with reminders is another calendar, though its sessions are the same.
    uid = publication.uid if alarm is None else derived_uid(publication.uid, "reminders")
    # C34 by the name that Outlook has for it: a UID here (RFC 7986 §5.3) is taken for that of every
    # event by vdirsyncer, which then keeps one event of them all.
    yield f"X-WR-RELCALID:{content.escape(uid)}"
    yield f"LAST-MODIFIED:{content.instant(publication.modified)}"
    yield f"NAME:{content.escape(title)}"
    yield f"X-WR-CALNAME:{content.escape(title)}"
    if publication.summary is not None:
        summary = content.escape(markdown.to_text(publication.summary))
        yield f"DESCRIPTION:{summary}"
        yield f"X-WR-CALDESC:{summary}"
    yield f"REFRESH-INTERVAL;VALUE=DURATION:{content.duration(REFRESH)}"
    yield f"X-PUBLISHED-TTL:{content.duration(REFRESH)}"
    if site.base_url is not None:
        yield f"SOURCE;VALUE=URI:{content.uri(site.base_url + path)}"
    if publication.page is not None:
        yield f"URL:{content.uri(publication.page)}"


def _years(facts: Iterable[Facts]) -> dict[str, tuple[int, int]]:
    """The first and the last year of the sessions of each zone."""
    years: dict[str, tuple[int, int]] = {}
    for zone, first, last, _ in facts:
        if zone is None:
            continue
        held = years.get(zone)
        if held is None:
            years[zone] = first, last
        elif first < held[0] or last > held[1]:
            years[zone] = min(first, held[0]), max(last, held[1])
    return years


def _zones(facts: Iterable[Facts]) -> Sequence[str]:
    """The VTIMEZONEs of the zones that are in use, by name (V8, V9).

    A zone that cannot be told for all the years of its sessions is left out, and its sessions are
    written in UTC (V10). A calendar whose sessions have all left tells UTC, because a calendar
    without any component is none (C6).
    """
    facts = iter(facts)
    some = next(facts, None)
    if some is None:
        return vtimezone.lines("Etc/UTC", 2000, 2000) or ()
    lines: list[str] = []
    for zone, (first, last) in sorted(_years(chain((some,), facts)).items()):
        lines += vtimezone.lines(zone, first, last) or ()
    return lines


def _fitted(piece: Piece, untold: set[str]) -> bytes:
    """An event in UTC when its zone is one that the calendar cannot tell."""
    start, (zone, _, _, lasts) = piece.key[0], piece.facts
    if zone not in untold:
        return piece.data
    instants = {b"DTSTART": start, b"DTEND": start + lasts}

    def line(found: re.Match[bytes]) -> bytes:
        return f"{found[1].decode()}:{content.instant(_at(instants[found[1]]))}\r\n".encode()

    return _ZONED.sub(line, piece.data, count=2)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _piece(entry: Entry) -> Piece:
    """A session as a VEVENT (C10–C24)."""
    session, facts = entry.session, _facts(entry)
    return Piece(
        (seconds(session.start), entry.series.id, session.id),
        facts,
        content.lines(_event_lines(entry, zoned=facts[0] is not None)),
    )


def _facts(entry: Entry) -> Facts:
    """What a calendar's head must know of a session: see `Calendar`."""
    session = entry.session
    zoned = session.form is Form.ZONED and session.zone != "UTC"
    lasts = seconds(session.end) - seconds(session.start)
    return (session.zone if zoned else None, session.start.year, session.end.year, lasts)


def _event_lines(entry: Entry, *, zoned: bool) -> list[str]:
    """A session as everybody may know it; without METHOD, its stamp is its last revision (C14)."""
    revision, status = entry.revision, STATUSES[entry.session.status]
    told = _told(entry, revision.modified, revision.sequence, status, zoned=zoned)
    return ["BEGIN:VEVENT", *told, "END:VEVENT"]


def _told(
    entry: Entry, stamp: datetime, sequence: int, status: str | None, *, zoned: bool
) -> list[str]:
    """What a VEVENT says of a session, to whomever; `status` None where nothing is said of it."""
    series, session, revision = entry
    off = session.status in OFF
    lines = [
        f"UID:{content.escape(revision.uid)}",
        f"DTSTAMP:{content.instant(stamp)}",
        f"CREATED:{content.instant(revision.created)}",
        f"LAST-MODIFIED:{content.instant(revision.modified)}",
        f"SEQUENCE:{sequence}",
        *_span(session, zoned=zoned),
        f"SUMMARY:{content.escape(wording.title(session))}",
        f"DESCRIPTION:{content.escape(wording.description(entry))}",
        f"LOCATION:{content.escape(session.platform or 'Online')}",
    ]
    page = session.page or series.page
    if page is not None:
        lines.append(f"URL:{content.uri(page)}")
    if session.join is not None and session.join.audience is Audience.PUBLIC and not off:
        label = content.parameter("LABEL", "Join the session")
        join = content.uri(session.join.url)
        lines.append(f"CONFERENCE;VALUE=URI;FEATURE=VIDEO{label}:{join}")
    if session.topics:
        lines.append(f"CATEGORIES:{','.join(map(content.escape, session.topics))}")
    if status is not None:
        lines.append(f"STATUS:{status}")
    lines.append(f"TRANSP:{'TRANSPARENT' if off else 'OPAQUE'}")
    return lines


def _span(session: Session, *, zoned: bool) -> tuple[str, str]:
    """Start and end, both on the zone's clock or both in UTC (C16–C18)."""
    if zoned:
        zone = session.zone
        return (
            f"DTSTART;TZID={zone}:{content.wall(session.start)}",
            f"DTEND;TZID={zone}:{content.wall(session.end)}",
        )
    start, end = (each.astimezone(UTC) for each in (session.start, session.end))
    return f"DTSTART:{content.instant(start)}", f"DTEND:{content.instant(end)}"


def _alarm(session: Session, before: timedelta) -> Iterator[str]:
    yield "BEGIN:VALARM"
    yield "ACTION:DISPLAY"
    yield f"DESCRIPTION:{content.escape(session.title)}"
    yield f"TRIGGER:{content.duration(-before)}"
    yield "END:VALARM"
