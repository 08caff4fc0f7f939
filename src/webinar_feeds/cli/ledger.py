"""`webinar-feeds ledger`: what has been published, shown, brought back, merged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from webinar_feeds.cli import merging, rebuilding, report, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.ledger import Ledger, Row


@click.group("ledger")
def command() -> None:
    """Show, bring back or merge the memory of what has been published.

    EVENTS/ledger remembers which UID and SEQUENCE subscribers already have. It is written by
    `build` and committed with the event files.

    \b
    Examples:
      webinar-feeds ledger show
      webinar-feeds ledger rebuild --from https://webinars.example.org/
      webinar-feeds ledger merge
    """


command.add_command(rebuilding.command)
command.add_command(merging.command)


@command.command("show")
@click.argument("series", nargs=-1, metavar="[SERIES]...")
@click.option(
    "--events",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default="events",
    show_default=True,
    help="The folder of event files.",
)
def show(series: tuple[str, ...], events: Path) -> None:
    """Show what has been published of each session.

    SERIES is a series' id; without any, all are shown. SEQUENCE counts the changes that a
    participant has to follow; the last column is when calendars last saw any change (UTC).

    \b
    Examples:
      webinar-feeds ledger show
      webinar-feeds ledger show open-science
    """
    from webinar_feeds import ledger  # noqa: PLC0415 - start-up loads only what is used

    folder = events / merging.FOLDER
    files = {path.stem: path for path in sorted(folder.glob("*.jsonl"))}
    files.pop(rebuilding.SITE, None)
    for name in series:
        if name not in files:
            msg = f"there is no ledger of a series `{name}` in {folder}"
            raise click.UsageError(msg)
    if not files:
        click.echo(f"There is no ledger in {folder}: nothing has been published.")
    broken = False
    between = ""
    for name in series or files:
        held, said = ledger.parse(files[name].read_bytes(), files[name].as_posix())
        if held is None:
            click.echo(report.text(said), err=True)
            broken = True
            continue
        click.echo(between + "\n".join(_table(name, held)))
        between = "\n"
    raise SystemExit(1 if broken else 0)


def _table(name: str, held: Ledger) -> Iterator[str]:
    """A ledger's sessions in columns."""
    yield f"{click.style(name, bold=True)}: {table.counted(len(held.rows), 'session')}"
    yield from table.columns([_cells(*each) for each in table.by_start(held)])


def _cells(name: str, row: Row) -> tuple[str, ...]:
    remarks = ", ".join(_remarks(row))
    stamp = table.stamp(row.modified)
    return (name, f"SEQUENCE {row.sequence}", table.when(row.told), stamp, remarks)


def _remarks(row: Row) -> Iterator[str]:
    """What one should know of a session beside its time."""
    if row.removed is not None:
        yield "removed"
    elif row.told.status.value != "confirmed":
        yield row.told.status.value
    if row.left is not None:
        yield "has left the calendars"
    if row.recordings:
        yield table.counted(len(row.recordings), "recording")
    if row.formerly:
        yield f"formerly {', '.join(row.formerly)}"
