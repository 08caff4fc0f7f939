"""`webinar-feeds times`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from webinar_feeds.cli import columns
from webinar_feeds.diagnostics import failed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from webinar_feeds.model import Session

LEFT_OUT = "Some files have errors and are left out: see `webinar-feeds check`."


class Row(NamedTuple):
    """A session's time in one zone: where, the day, the clock, the zone there and a remark."""

    place: str
    day: str
    clock: str
    zone: str
    remark: str = ""


@click.command("times")
@click.argument("sessions", nargs=-1, metavar="[SESSION]...")
@click.option(
    "--in", "zones", multiple=True, metavar="ZONE", help="A zone to show; repeat it for more."
)
@click.option(
    "--events",
    type=click.Path(exists=True, path_type=Path),
    default="events",
    show_default=True,
    help="The folder of event files.",
)
def command(sessions: tuple[str, ...], zones: tuple[str, ...], events: Path) -> None:
    """Show when each session is, in any time zones.

    SESSION is a session's id, or SERIES/SESSION, or a series' id; without any, all are shown.
    Without --in, each is shown in its own zone, in UTC, on your clock, and on the clock of each
    speaker whose zone is given. For the programme itself, see `webinar-feeds show`.

    \b
    Examples:
      webinar-feeds times
      webinar-feeds times inclusion --in Asia/Seoul
      webinar-feeds times inclusion --in Asia/Seoul --in America/New_York
    """
    from webinar_feeds.api import load  # noqa: PLC0415 - start-up loads only what is used

    loaded = load(events)
    wanted = [zone(each, "--in") for each in zones]
    shown = [
        (series.id, session)
        for series in loaded.series
        for session in sorted(series.sessions, key=lambda each: (each.start, each.id))
        if not sessions or {series.id, session.id, f"{series.id}/{session.id}"} & set(sessions)
    ]
    found = {each for one, session in shown for each in (one, session.id, f"{one}/{session.id}")}
    for name in sessions:
        if name not in found:
            msg = f"there is no session or series `{name}` in {events}"
            if failed(loaded.diagnostics):
                msg += "; some files have errors: see `webinar-feeds check`"
            raise click.UsageError(msg)
    if shown:
        click.echo("\n\n".join("\n".join(_block(session, wanted)) for _, session in shown))
    if failed(loaded.diagnostics):
        click.echo(LEFT_OUT, err=True)
        raise SystemExit(1)


def zone(written: str, option: str) -> str:
    """The zone that somebody means who has written this behind an option.

    Raises:
        click.BadParameter: nobody can know which.
    """
    from webinar_feeds import timezones  # noqa: PLC0415 - start-up loads only what is used

    found = timezones.understand(written)
    if isinstance(found, timezones.Problem):
        said = found.rule.message.format(**found.values)
        msg = f"{said}; {found.rule.help.format(**found.values)}"
        raise click.BadParameter(msg, param_hint=option)
    return found.name


def there(session: Session, place: str, remark: str = "") -> Row:
    """A session's time by the clocks of a zone."""
    from webinar_feeds import timezones  # noqa: PLC0415 - start-up loads only what is used

    start, end = (timezones.at(each, place) for each in (session.start, session.end))
    return _row(start, end, place, remark)


def _row(start: datetime, end: datetime, place: str, remark: str = "") -> Row:
    from webinar_feeds.rendering import wording  # noqa: PLC0415 - start-up loads only what is used

    day = f"{wording.DAYS[start.weekday()][:3]} {start.day} {wording.MONTHS[start.month - 1]}"
    clock = wording.clock(start, end)
    return Row(place, f"{day} {start.year}", clock, wording.abbreviation(start), remark)


def _block(session: Session, zones: list[str]) -> Iterator[str]:
    from webinar_feeds.rendering import wording  # noqa: PLC0415 - start-up loads only what is used

    rows = list(_rows(session, zones))
    widths = [max(columns.width(row[column]) for row in rows) for column in range(4)]
    yield f"{click.style(session.id, bold=True)}  {wording.title(session)}"
    for row in rows:
        cells = map(columns.padded, row[:4], widths)
        yield f"  {'  '.join(cells)}  {row.remark}".rstrip()


def _rows(session: Session, zones: list[str]) -> Iterator[Row]:
    yield there(session, session.zone)
    if zones:
        yield from (there(session, each) for each in zones if each != session.zone)
        return
    if session.zone != "UTC":
        yield there(session, "UTC")
    yield _row(session.start.astimezone(), session.end.astimezone(), "your clock")
    for each, cities in _speakers(session).items():
        yield there(session, each, ", ".join(cities))


def _speakers(session: Session) -> dict[str, list[str]]:
    """The speakers' zones, and who is there."""
    zones: dict[str, list[str]] = {}
    for talk in session.talks:
        for speaker in talk.speakers:
            if speaker.zone is not None:
                held = zones.setdefault(speaker.zone, [])
                place = speaker.city or speaker.name
                if place not in held:
                    held.append(place)
    return zones
