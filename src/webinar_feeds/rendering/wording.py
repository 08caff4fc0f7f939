"""Sessions in words: dates, times, names, programmes, as people read them.

Knows English and no format. Text comes out plain; HTML comes out safe. Names of days and months
are ours, so that no machine's locale can change them (D1).
"""

from __future__ import annotations

from datetime import UTC
from functools import lru_cache
from typing import TYPE_CHECKING

from webinar_feeds import timezones
from webinar_feeds.changes import DAYS as DAYS  # noqa: PLC0414 - they are words as well
from webinar_feeds.changes import MONTHS as MONTHS  # noqa: PLC0414 - as above
from webinar_feeds.changes import TWO_DIGITS
from webinar_feeds.model import OFF, Audience, Status
from webinar_feeds.rendering import markdown
from webinar_feeds.rendering.markup import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, timedelta

    from webinar_feeds.model import Entry, Organizer, Recording, Session, Speaker

PREFIXES = {Status.CANCELLED: "CANCELLED: ", Status.POSTPONED: "POSTPONED: "}
NOTICES = {
    Status.CANCELLED: "This session is cancelled.",
    Status.POSTPONED: "This session is postponed. A new date has not been set yet.",
    Status.TENTATIVE: "The date of this session is not confirmed yet.",
}
ANNOUNCED = "announced on the series page; its own address is not known yet"


def title(session: Session) -> str:
    """The session's title, behind what everybody must see first where it does not take place.

    Some clients ignore STATUS, so the title says it too (C20).
    """
    return f"{PREFIXES.get(session.status, '')}{session.title}"


def day(value: datetime) -> str:
    """`Wednesday 17 June 2020`."""
    return f"{DAYS[value.weekday()]} {value.day} {MONTHS[value.month - 1]} {value.year}"


def clock(start: datetime, end: datetime) -> str:
    """`13:00–14:30`, with the end's day where it is another: `23:00–00:30 (Thursday)`."""
    later = f" ({DAYS[end.weekday()]})" if end.date() != start.date() else ""
    return f"{hour(start)}–{hour(end)}{later}"


def hour(value: datetime) -> str:
    """`13:00`."""
    return f"{TWO_DIGITS[value.hour]}:{TWO_DIGITS[value.minute]}"


def offset(value: datetime) -> str:
    """`UTC`, `UTC+2`, `UTC+5:30`, `UTC−3`: the offset of an aware datetime."""
    return _of_seconds(int(_offset(value).total_seconds()))


@lru_cache(maxsize=256)
def _of_seconds(seconds: int) -> str:
    if not seconds:
        return "UTC"
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return f"UTC{'−' if seconds < 0 else '+'}{hours}{f':{minutes:02}' if minutes else ''}"


def abbreviation(value: datetime) -> str:
    """`CEST (UTC+2)`; zones whose abbreviation is only their offset give that alone."""
    return _abbreviated(value.tzname() or "", _offset(value))


@lru_cache(maxsize=256)
def _abbreviated(name: str, east: timedelta) -> str:
    told = _of_seconds(int(east.total_seconds()))
    return f"{name} ({told})" if name.isalpha() and name != "UTC" else told


def times(session: Session) -> str:
    """`13:00–14:30 CEST (UTC+2) · 11:00–12:30 UTC` (T9)."""
    start, end = session.start, session.end
    if _offset(start) == _offset(end):
        here = f"{clock(start, end)} {abbreviation(start)}"
    else:
        here = f"{hour(start)} {abbreviation(start)}–{hour(end)} {abbreviation(end)}"
    if session.zone == "UTC":
        return here
    begins, ends = start.astimezone(UTC), end.astimezone(UTC)
    other = f"{DAYS[begins.weekday()]} " if begins.date() != start.date() else ""
    return f"{here} · {other}{clock(begins, ends)} UTC"


def when(session: Session) -> str:
    """The day and the times of a session, in its zone and in UTC (T9)."""
    return f"{day(session.start)}, {times(session)}"


def elsewhere(session: Session) -> Iterator[tuple[str, str]]:
    """The session's time where its speakers are: (place, time), each place once, as they speak.

    Places that share the session's own wall clock are left out: they read the same.
    """
    told: set[str] = set()
    for speaker in speakers(session):
        if speaker.zone is None:
            continue
        place = speaker.city or speaker.zone.rpartition("/")[2].replace("_", " ")
        if place in told:
            continue
        told.add(place)
        start, end = (timezones.at(each, speaker.zone) for each in (session.start, session.end))
        if _offset(start) == _offset(session.start):
            continue
        other = f"{DAYS[start.weekday()]} " if start.date() != session.start.date() else ""
        yield place, f"{other}{clock(start, end)}"


def speakers(session: Session) -> Iterator[Speaker]:
    """Every speaker of a session, in order, each as often as they speak."""
    return (speaker for talk in session.talks for speaker in talk.speakers)


def name(speaker: Speaker) -> str:
    """`Ms Alexandra Agudelo Ruiz`."""
    return f"{speaker.prefix} {speaker.name}" if speaker.prefix else speaker.name


def introduction(speaker: Speaker) -> str:
    """A speaker with role, affiliation and city, as far as they are given.

    A city that the role or the affiliation names already is not said twice.
    """
    role, affiliation, city = speaker.role, speaker.affiliation, speaker.city
    if city is not None and city.partition(",")[0] in f"{role or ''} {affiliation or ''}":
        city = None
    return ", ".join(filter(None, (name(speaker), role, affiliation, city)))


def enumeration(names: Iterable[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def organizers(held_by: tuple[Organizer, ...]) -> str:
    """The organisers' names in one phrase, empty where none are given."""
    return enumeration(each.name for each in held_by) if held_by else ""


def length(value: timedelta) -> str:
    """`1 h 28 min`, `45 min`, `50 s`."""
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds if not hours else 0, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"


def position(value: timedelta) -> str:
    """How far into a recording something is, as players show it: `12:30`, `1:02:30`."""
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def recording_line(recording: Recording, page: str | None) -> str:
    """Where a recording is, or honestly that only its announcement is known."""
    if recording.url is None:
        return ANNOUNCED.replace("page", f"page ({page})", 1) if page else ANNOUNCED
    lasting = length(recording.duration) if recording.duration else None
    inside = ", ".join(each for each in (recording.title, lasting) if each)
    return f"{recording.url}{f' ({inside})' if inside else ''}"


def description(entry: Entry) -> str:
    """A session as plain text, for DESCRIPTION (C22): what one needs on the day comes first."""
    series, session = entry.series, entry.session
    blocks = [
        NOTICES.get(session.status, ""),
        "\n".join(_essentials(entry)),
        markdown.to_text(session.summary) if session.summary else "",
        "\n".join(_programme(session)),
    ]
    held_by = organizers(series.organizers)
    part = f"Part of “{series.title}”" + (f", organised by {held_by}." if held_by else ".")
    blocks.append("\n".join(filter(None, (part, series.page))))
    return "\n\n".join(filter(None, blocks))


def programme_html(session: Session) -> str:
    """The talks and their speakers as an HTML list, empty where there are none."""
    items = []
    for talk in session.talks:
        people = "".join(f"<br>{escape(introduction(each))}" for each in talk.speakers)
        more = markdown.to_html(talk.summary) if talk.summary else ""
        items.append(f"<li><strong>{escape(talk.title)}</strong>{people}{more}</li>")
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _essentials(entry: Entry) -> Iterator[str]:
    session = entry.session
    off = session.status in OFF
    yield f"{'It was planned for' if off else 'When'}: {when(session)}"
    there = [f"{place} {time}" for place, time in elsewhere(session)]
    if there:
        yield f"Where the speakers are: {' · '.join(there)}"
    if session.join is not None and session.join.audience is Audience.PUBLIC and not off:
        yield f"Join: {session.join.url}"
    if session.registration is not None and not off:
        yield f"Register: {session.registration}"
    for recording in session.recordings:
        yield f"Recording: {recording_line(recording, entry.series.page)}"
    if session.page is not None:
        yield f"Session page: {session.page}"


def _programme(session: Session) -> Iterator[str]:
    for talk in session.talks:
        yield f"• {talk.title}"
        yield from (f"  {introduction(each)}" for each in talk.speakers)
        if talk.summary:
            yield from (f"  {line}".rstrip() for line in markdown.to_text(talk.summary).split("\n"))


def _offset(value: datetime) -> timedelta:
    found = value.utcoffset()
    assert found is not None, "every datetime of the model is aware"  # noqa: S101 - the type cannot say it
    return found
