"""The options that all commands have which write letters."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from webinar_feeds.cli import clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_FILE = click.Path(path_type=Path)


class Wishes(NamedTuple):
    """The options that all of these commands take; see `options`."""

    attendees: Path | None
    contacts: Path | None
    sender: Path | None
    events: Path
    output: Path
    outbox: Path | None
    preview: Path | None
    one_message_per_session: bool
    send: bool
    journal: str | None
    retry_refused: bool
    show_addresses: bool
    verbose: bool
    now: datetime | None


def options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a command that writes letters, given to it as `wishes`."""

    @wraps(command)
    def with_wishes(*arguments: Any, **values: Any) -> None:  # noqa: ANN401 - as click gives them
        wishes = Wishes(**{name: values.pop(name) for name in Wishes._fields})
        command(*arguments, **values, wishes=wishes)

    for option in reversed(_OPTIONS):
        with_wishes = option(with_wishes)
    return with_wishes


_OPTIONS = (
    click.option(
        "--attendees",
        type=_FILE,
        metavar="FILE",
        help="The list of people; without it, attendees/SERIES.csv.",
    ),
    click.option(
        "--contacts",
        type=_FILE,
        metavar="FILE",
        help="Speakers' addresses; without it, attendees/contacts.csv if it is there.",
    ),
    click.option(
        "--sender",
        type=_FILE,
        metavar="FILE",
        help="Who invites; without it, attendees/sender.yaml.",
    ),
    click.option(
        "--events",
        type=click.Path(exists=True, path_type=Path),
        default="events",
        show_default=True,
        help="The folder of event files.",
    ),
    click.option(
        *("-o", "--output"),
        type=_FILE,
        default="output",
        show_default=True,
        help="The folder that is published; no address may lie in it.",
    ),
    click.option(
        "--preview",
        type=_FILE,
        metavar="FILE.html",
        help="Write a page that shows a letter of each kind, and to how many each goes.",
    ),
    click.option(
        "--outbox",
        type=_FILE,
        metavar="FOLDER",
        help="Write each letter as .eml, and its calendar files, to send them yourself.",
    ),
    click.option(
        "--send/--dry-run",
        default=False,
        help="Send the letters. Without it, or with --dry-run, nothing is sent.",
    ),
    click.option(
        "--journal",
        metavar="FILE|URL",
        help="What was sent to whom; without it, WEBINAR_FEEDS_JOURNAL or "
        "attendees/journal.sqlite.",
    ),
    click.option(
        "--retry-refused",
        is_flag=True,
        help="Send also where the mail server refused this letter for good before.",
    ),
    click.option(
        "--one-message-per-session",
        is_flag=True,
        help="A letter for each session, so that mail programs show buttons for each.",
    ),
    click.option("-v", "--verbose", is_flag=True, help="A line for each letter."),
    click.option(
        "--show-addresses", is_flag=True, help="Addresses in full; otherwise as a…@example.org."
    ),
    click.option(
        "--now",
        callback=clock.instant,
        metavar="TIME",
        help="Decide as at this time (UTC). SOURCE_DATE_EPOCH does the same.",
    ),
)
