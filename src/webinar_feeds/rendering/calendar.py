"""`calendar.ics` to subscribe to, and an `.ics` a session to add once.

Knows which properties a calendar has and why (RFC 5545, 7986; C1–C39, I1, I2); how a line is
written is `contentlines`' business, how a zone is told `vtimezone`'s, the words are `wording`'s.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from webinar_feeds.artifacts import Artifact
from webinar_feeds.ledger import derived_uid
from webinar_feeds.model import Audience, Form, Scope, Status
from webinar_feeds.rendering import contentlines as content
from webinar_feeds.rendering import markdown, vtimezone, wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from webinar_feeds.model import Entry, Publication, Session, Site

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


def render(publication: Publication, site: Site) -> Iterator[Artifact]:
    """A publication's calendar; for a series its invites and, if asked for, one with alarms too."""
    folder = f"{publication.path}/" if publication.path else ""

    def calendar(path: str, alarm: timedelta | None = None) -> Artifact:
        return Artifact(
            path,
            MEDIA_TYPE,
            lambda: _calendar(publication, site, path, alarm),
            publication.modified,
        )

    if publication.scope is Scope.SERIES:
        for entry in publication.entries:
            yield _invite(f"{folder}invites/{entry.session.id}.ics", entry)
        if publication.alarm is not None:
            yield calendar(f"{folder}calendar-alarms.ics", publication.alarm)
    yield calendar(f"{folder}calendar.ics")


def _invite(path: str, entry: Entry) -> Artifact:
    """One session to add; with a calendar's name Outlook would make a new calendar (I1, I2)."""

    def chunks() -> Iterator[bytes]:
        zones, told = _zones((entry,))
        yield content.lines([*_opening(), *zones])
        yield _event(entry, told, None)
        yield b"END:VCALENDAR\r\n"

    return Artifact(path, MEDIA_TYPE, chunks, entry.revision.modified)


def _calendar(
    publication: Publication, site: Site, path: str, alarm: timedelta | None
) -> Iterator[bytes]:
    """The calendar's own properties first (C8), then its zones, then its sessions."""
    zones, told = _zones(publication.entries)
    yield content.lines([*_opening(), *_properties(publication, site, path, alarm), *zones])
    for entry in publication.entries:
        yield _event(entry, told, alarm)
    yield b"END:VCALENDAR\r\n"


def _opening() -> tuple[str, ...]:
    # No METHOD: a static host could not repeat it in the Content-Type, as it would have to (C38).
    return ("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN")


def _properties(
    publication: Publication, site: Site, path: str, alarm: timedelta | None
) -> Iterator[str]:
    """What a client shows of a calendar, by its standard name and by the one it knows (C30–C34)."""
    title = publication.title if alarm is None else f"{publication.title} (with reminders)"
    # C34: the calendar with reminders is another calendar, though its sessions are the same.
    uid = publication.uid if alarm is None else derived_uid(publication.uid, "reminders")
    yield f"UID:{content.escape(uid)}"
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


def _zones(entries: Iterable[Entry]) -> tuple[list[str], frozenset[str]]:
    """The VTIMEZONEs of the zones that are in use, by name (V8, V9), and which zones those are.

    A zone that cannot be told for all the years of its sessions is left out, and its sessions are
    written in UTC (V10).
    """
    years: dict[str, tuple[int, int]] = {}
    for entry in entries:
        session = entry.session
        if session.form is Form.ZONED and session.zone != "UTC":
            first, last = years.get(session.zone, (session.start.year, session.end.year))
            years[session.zone] = min(first, session.start.year), max(last, session.end.year)
    lines: list[str] = []
    told = set()
    for zone, (first, last) in sorted(years.items()):
        component = vtimezone.lines(zone, first, last)
        if component is not None:
            lines += component
            told.add(zone)
    return lines, frozenset(told)


def _event(entry: Entry, zones: frozenset[str], alarm: timedelta | None) -> bytes:
    """A session as a VEVENT (C10–C24)."""
    return content.lines(_event_lines(entry, zones, alarm))


def _event_lines(entry: Entry, zones: frozenset[str], alarm: timedelta | None) -> Iterator[str]:
    session, revision = entry.session, entry.revision
    modified = content.instant(revision.modified)
    off = session.status in (Status.CANCELLED, Status.POSTPONED)
    yield "BEGIN:VEVENT"
    yield f"UID:{content.escape(revision.uid)}"
    yield f"DTSTAMP:{modified}"  # without METHOD it is the time of the last revision (C14)
    yield f"CREATED:{content.instant(revision.created)}"
    yield f"LAST-MODIFIED:{modified}"
    yield f"SEQUENCE:{revision.sequence}"
    yield from _span(session, zones)
    yield f"SUMMARY:{content.escape(wording.title(session))}"
    yield f"DESCRIPTION:{content.escape(wording.description(entry))}"
    yield f"LOCATION:{content.escape(session.platform or 'Online')}"
    page = session.page or entry.series.page
    if page is not None:
        yield f"URL:{content.uri(page)}"
    if session.join is not None and session.join.audience is Audience.PUBLIC and not off:
        label = content.parameter("LABEL", "Join the session")
        yield f"CONFERENCE;VALUE=URI;FEATURE=VIDEO{label}:{content.uri(session.join.url)}"
    if session.topics:
        yield f"CATEGORIES:{','.join(map(content.escape, session.topics))}"
    yield f"STATUS:{STATUSES[session.status]}"
    yield f"TRANSP:{'TRANSPARENT' if off else 'OPAQUE'}"
    if alarm is not None and not off:
        yield from _alarm(session, alarm)
    yield "END:VEVENT"


def _span(session: Session, zones: frozenset[str]) -> Iterator[str]:
    """Start and end, both on the zone's clock or both in UTC (C16–C18)."""
    for label, value in (("DTSTART", session.start), ("DTEND", session.end)):
        if session.form is Form.ZONED and session.zone in zones:
            yield f"{label};TZID={session.zone}:{content.wall(value)}"
        else:
            yield f"{label}:{content.instant(value.astimezone(UTC))}"


def _alarm(session: Session, before: timedelta) -> Iterator[str]:
    yield "BEGIN:VALARM"
    yield "ACTION:DISPLAY"
    yield f"DESCRIPTION:{content.escape(session.title)}"
    yield f"TRIGGER:{content.duration(-before)}"
    yield "END:VALARM"
