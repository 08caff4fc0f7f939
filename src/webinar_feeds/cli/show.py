"""`webinar-feeds show`."""

from __future__ import annotations

import json
import shutil
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from webinar_feeds.cli import clock, columns, times
from webinar_feeds.diagnostics import failed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from webinar_feeds.model import Recording, Series, Session, Site

NARROWEST, WIDEST = 40, 88  # columns; lines that are longer are hard to read
_MARGIN, _GAP = 2, 2
_KEPT = "\N{NO-BREAK SPACE}"
# How a state is said, and its colour, which never stands for it alone.
_STATES = {
    "cancelled": ("cancelled", "red"),
    "postponed": ("postponed", "yellow"),
    "tentative": ("to be confirmed", "yellow"),
}


class Part(NamedTuple):
    """A series, and those of its sessions that are shown, by start."""

    series: Series
    sessions: tuple[Session, ...]


@click.command("show")
@click.argument("series", nargs=-1, metavar="[SERIES]...")
@click.option(
    "--zone",
    "zones",
    multiple=True,
    metavar="ZONE",
    help="Add the time in this zone; repeat it for more.",
)
@click.option("--coming", is_flag=True, help="Only what is not over yet.")
@click.option(
    "--events",
    type=click.Path(exists=True, path_type=Path),
    default="events",
    show_default=True,
    help="The folder of event files, or one of them.",
)
@click.option(
    *("--format", "form"),
    type=click.Choice(["text", "json"]),
    default="text",
    help="text for people, json for programs.",
)
@click.option(
    "--now",
    callback=clock.instant,
    metavar="TIME",
    help="What is over, and what is on, at this time (UTC). SOURCE_DATE_EPOCH does the same.",
)
def command(  # noqa: PLR0913 - an option each
    series: tuple[str, ...],
    zones: tuple[str, ...],
    *,
    coming: bool,
    events: Path,
    form: str,
    now: datetime | None,
) -> None:
    """Show the programme: what, when, with whom.

    SERIES is a series' id; without any, all are shown. Each session is told in its own zone, as it
    is announced; --zone adds others. To see on which clock a session is at what time, for each of
    its speakers, ask `webinar-feeds times`.

    \b
    Examples:
      webinar-feeds show
      webinar-feeds show open-science --coming
      webinar-feeds show --zone Asia/Seoul --zone "Central European Time"
    """
    from webinar_feeds import api, translations  # noqa: PLC0415 - start-up loads only what is used

    loaded = api.load(events)
    wanted = tuple(dict.fromkeys(times.zone(each, "--zone") for each in zones))
    known = {each.id: translations.settled(each) for each in loaded.series}
    for name in series:
        if name not in known:
            msg = f"there is no series `{name}` in {events}"
            if failed(loaded.diagnostics):
                msg += "; some files have errors: see `webinar-feeds check`"
            raise click.UsageError(msg)
    moment = now or clock.read()
    chosen = [known[name] for name in dict.fromkeys(series)] if series else [*known.values()]
    parts = list(_parts(chosen, moment if coming else None))
    if form == "json":
        click.echo(_as_json(loaded.site, parts, wanted))
    elif parts:
        room = max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns))
        click.echo("\n".join(_programme(parts, wanted, moment, room)))
    elif chosen:
        click.echo("Nothing is coming." if coming else "There are no sessions.")
    if failed(loaded.diagnostics):
        click.echo(times.LEFT_OUT, err=True)
        raise SystemExit(1)


def _parts(chosen: Iterable[Series], now: datetime | None) -> Iterator[Part]:
    """The series that have something to show; with a time, only what ends after it."""
    for each in chosen:
        by_start = sorted(each.sessions, key=lambda session: (session.start, session.id))
        held = tuple(session for session in by_start if now is None or session.end > now)
        if held:
            yield Part(each, held)


# --- For people ----------------------------------------------------------------------------------


def _programme(
    parts: Sequence[Part], zones: tuple[str, ...], now: datetime, room: int
) -> Iterator[str]:
    for number, part in enumerate(parts):
        if number:
            yield from ("", "")
        yield from _head(part, room)
        for year, sessions in groupby(part.sessions, key=lambda session: session.start.year):
            yield from ("", click.style(str(year), bold=True))
            for place, session in enumerate(sessions):
                if place:
                    yield ""
                yield from _session(session, zones, now, room)


def _head(part: Part, room: int) -> Iterator[str]:
    """The title, who holds it, and how much of it there is and when."""
    from webinar_feeds.cli.table import counted  # noqa: PLC0415 - start-up loads only what is used
    from webinar_feeds.rendering import wording  # noqa: PLC0415 - as above

    for line in columns.balanced(columns.isolated(part.series.title), room):
        yield click.style(line, bold=True, underline=True)
    if part.series.organizers:
        names = [columns.isolated(each.name) for each in part.series.organizers]
        yield from columns.wrapped(wording.enumeration(names), room)
    first, last = part.sessions[0].start, part.sessions[-1].start
    days = [f"{each.day} {wording.MONTHS[each.month - 1]} {each.year}" for each in (first, last)]
    if first.year == last.year:
        days[0] = days[0].rpartition(" ")[0]
    span = " – ".join(days) if first.date() != last.date() else days[1]
    told = f"{part.series.id} · {counted(len(part.sessions), 'session')} · {span}"
    yield from (click.style(line, dim=True) for line in columns.wrapped(told, room))


def _session(session: Session, zones: tuple[str, ...], now: datetime, room: int) -> Iterator[str]:
    """The day at the left; at its right the times, the title, the people, the recordings."""
    from webinar_feeds.rendering import wording  # noqa: PLC0415 - start-up loads only what is used

    start = session.start
    month = wording.MONTHS[start.month - 1][:3]
    day = f"{wording.DAYS[start.weekday()][:3]} {start.day:2} {month}"
    space = " " * (_MARGIN + len(day) + _GAP)
    body = list(_body(session, zones, now, room - len(space)))
    yield f"{' ' * _MARGIN}{click.style(day, bold=True)}{' ' * _GAP}{body[0]}"
    yield from (f"{space}{line}" for line in body[1:])


def _body(session: Session, zones: tuple[str, ...], now: datetime, room: int) -> Iterator[str]:
    from webinar_feeds.rendering import wording  # noqa: PLC0415 - start-up loads only what is used

    own, *others = _clocks(session, zones, room)
    state = _state(session, now)
    if state is not None:
        said = click.style(state[0], fg=state[1], bold=True)
        fits = columns.width(f"{own[-1]} · {state[0]}") <= room
        own[-1:] = [f"{own[-1]} · {said}"] if fits else [own[-1], said]
    for lines in (own, *others):
        yield from lines
    for line in columns.balanced(columns.isolated(session.title), room):
        yield click.style(line, bold=True)
    names = dict.fromkeys(wording.name(each) for each in wording.speakers(session))
    # `Ms` belongs to the name behind it, on one line.
    people = ", ".join(columns.isolated(each.replace(" ", _KEPT, 1)) for each in names)
    yield from (line.replace(_KEPT, " ") for line in columns.wrapped(people, room))
    for recording in session.recordings:
        for line in columns.wrapped(_recording(recording, session), room):
            yield click.style(line.replace(_KEPT, " "), fg="cyan")


def _clocks(session: Session, zones: tuple[str, ...], room: int) -> list[list[str]]:
    """The lines of the time in the session's zone, then of those in what zones were asked for."""
    from webinar_feeds.rendering import wording  # noqa: PLC0415 - start-up loads only what is used

    rows = [times.there(session, each) for each in dict.fromkeys((session.zone, *zones))]
    if len(rows) == 1:
        # Nothing else is told that could be mistaken for it.
        return [columns.wrapped(wording.times(session).partition(" · ")[0], room)]
    days = ["" if row.day == rows[0].day else row.day.rpartition(" ")[0] for row in rows]
    told = [(row.clock, row.zone, row.place, day) for row, day in zip(rows, days, strict=True)]
    widths = [max(map(columns.width, cells)) for cells in zip(*told, strict=True)]
    lines = ["  ".join(map(columns.padded, row, widths)).rstrip() for row in told]
    if max(map(columns.width, lines)) <= room:
        return [[line] for line in lines]
    return [
        [
            *columns.wrapped(f"{clock} {zone}", room),
            *(f"  {line}" for line in columns.wrapped(f"{place} {day}", room - 2)),
        ]
        for clock, zone, place, day in told
    ]


def _state(session: Session, now: datetime) -> tuple[str, str] | None:
    """What is to be said of a session beside its time, and in which colour."""
    if session.status.value in _STATES:
        return _STATES[session.status.value]
    return ("on now", "green") if session.start <= now < session.end else None


def _recording(recording: Recording, session: Session) -> str:
    """Where a recording is, and which of several it is."""
    from webinar_feeds.rendering import wording  # noqa: PLC0415 - start-up loads only what is used

    lasting = wording.length(recording.duration) if recording.duration else ""
    lasting = lasting.replace(" ", _KEPT)
    own = recording.title or (recording.id if len(session.recordings) > 1 else None)
    titled = own and columns.isolated(own)
    inside = ", ".join(filter(None, (titled, recording.language, lasting)))
    where = "announced" if recording.url is None else recording.url
    return f"recording {where}{f' ({inside})' if inside else ''}"


# --- For programs --------------------------------------------------------------------------------


def _as_json(site: Site, parts: Sequence[Part], zones: tuple[str, ...]) -> str:
    """The same, whole; a join link only where everybody may know it (S10)."""
    document = {
        "version": 1,
        "site": site.title,
        "series": [
            {
                "id": part.series.id,
                "title": part.series.title,
                "language": part.series.language,
                "organizers": [each.name for each in part.series.organizers],
                "page": part.series.page,
                "sessions": [_session_as_json(each, zones) for each in part.sessions],
            }
            for part in parts
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _session_as_json(session: Session, zones: tuple[str, ...]) -> dict[str, object]:
    from webinar_feeds import timezones  # noqa: PLC0415 - start-up loads only what is used
    from webinar_feeds.model import Audience  # noqa: PLC0415 - as above
    from webinar_feeds.rendering import wording  # noqa: PLC0415 - as above

    def told(zone: str) -> dict[str, str]:
        start, end = (timezones.at(each, zone) for each in (session.start, session.end))
        return {"zone": zone, "start": start.isoformat(), "end": end.isoformat()}

    join = session.join
    return {
        "id": session.id,
        "title": session.title,
        **told(session.zone),
        "elsewhere": [told(zone) for zone in zones if zone != session.zone],
        "status": session.status.value,
        "languages": list(session.languages),
        "speakers": [*dict.fromkeys(wording.name(each) for each in wording.speakers(session))],
        "page": session.page,
        "registration": session.registration,
        "join": join.url if join is not None and join.audience is Audience.PUBLIC else None,
        "recordings": [
            {
                "id": each.id,
                "url": each.url,
                "title": each.title,
                "language": each.language,
                "seconds": None if each.duration is None else int(each.duration.total_seconds()),
            }
            for each in session.recordings
        ],
    }
