"""The journal as commands find it, and its troubles in words."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from webinar_feeds.cli import report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.diagnostics import Refused
    from webinar_feeds.invitations.journal import Journal


def place(wished: str | None, events: Path, output: Path) -> Path | str:
    """Where the journal is: what is wished, what the environment says, or beside the lists.

    Ends the program when that is in the published folder (S1).
    """
    from webinar_feeds.invitations import databases, journal, preparing, privacy  # noqa: PLC0415 - start-up loads only what is used

    written = wished or os.environ.get(databases.VARIABLE, "").strip()
    if "://" in written:
        return written
    path = Path(written) if written else preparing.Places(events).private / journal.NAME
    said = privacy.check(path, output)
    if said:
        click.echo(report.text(said), err=True)
        raise SystemExit(1)
    return path


def is_there(where: Path | str) -> bool:
    """Whether anything can have been remembered; a database is asked itself."""
    return isinstance(where, str) or where.exists()


@contextmanager
def opened(where: Path | str) -> Iterator[Journal]:
    """The journal; ends the program where it cannot be used."""
    from webinar_feeds.diagnostics import Refused  # noqa: PLC0415 - start-up loads only what is used
    from webinar_feeds.invitations.journal import Journal  # noqa: PLC0415 - as above

    try:
        with Journal(where) as journal:
            yield journal
    except Refused as refused:
        refuse(refused)
    except OSError as error:
        shown = f"{error.filename}: " if error.filename else ""
        click.echo(f"error: {shown}{error.strerror or error}", err=True)
        raise SystemExit(3) from None


def refuse(refused: Refused) -> NoReturn:
    """Say what is wrong, and end the program."""
    click.echo(report.text(refused.diagnostics), err=True)
    raise SystemExit(1)


def shown(address: str, *, in_full: bool) -> str:
    """An address for a terminal, which somebody may look at over a shoulder."""
    from webinar_feeds.cli import table  # noqa: PLC0415 - as above
    from webinar_feeds.invitations.addresses import hidden  # noqa: PLC0415 - as above

    return table.plain(address if in_full else hidden(address))


EVENTS = click.option(
    "--events",
    type=click.Path(path_type=Path),
    default="events",
    show_default=True,
    help="The folder of event files; attendees/ lies beside it.",
)
OUTPUT = click.option(
    *("-o", "--output"),
    type=click.Path(path_type=Path),
    default="output",
    show_default=True,
    help="The folder that is published; no address may lie in it.",
)
JOURNAL = click.option(
    "--journal",
    "wished",
    metavar="FILE|URL",
    help="What was sent to whom; without it, WEBINAR_FEEDS_JOURNAL or attendees/journal.sqlite.",
)
SHOW_ADDRESSES = click.option(
    "--show-addresses", is_flag=True, help="Addresses in full; otherwise as a…@example.org."
)
