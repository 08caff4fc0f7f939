"""`webinar-feeds remind`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from webinar_feeds.cli import letters
from webinar_feeds.cli.wishes import options

if TYPE_CHECKING:
    from webinar_feeds.cli.wishes import Wishes


@click.command("remind")
@click.argument("targets", nargs=-1, required=True, metavar="SERIES[/SESSION]...")
@click.option(
    "--hours",
    type=click.FloatRange(0, 24 * 366, min_open=True),
    default=24.0,
    show_default=True,
    help="Remind of what begins within so many hours.",
)
@options
def command(targets: tuple[str, ...], *, hours: float, wishes: Wishes) -> None:
    """Remind people of the sessions that begin soon.

    Each person is reminded of a session once, and again only if it is moved. Who has declined it,
    or wants no letters, is left in peace. Without --send nothing is sent. Let a timer run this
    command every hour or so.

    \b
    Examples:
      webinar-feeds remind open-science --hours 24 --send
      webinar-feeds remind open-science/preprints --hours 2 --preview letters.html

    Exit status: 0 all is well, 1 errors in the files, 2 wrong usage, 3 trouble with the disk, its
    permissions or the mail server.
    """
    from webinar_feeds.invitations import owed  # noqa: PLC0415 - start-up loads only what is used

    within = timedelta(hours=hours)
    letters.run(targets, lambda about: owed.reminders(about, within), wishes)
