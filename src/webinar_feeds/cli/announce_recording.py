"""`webinar-feeds announce-recording`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from webinar_feeds.cli import letters
from webinar_feeds.cli.wishes import options

if TYPE_CHECKING:
    from webinar_feeds.cli.wishes import Wishes


@click.command("announce-recording")
@click.argument("targets", nargs=-1, required=True, metavar="SERIES[/SESSION]...")
@options
def command(targets: tuple[str, ...], *, wishes: Wishes) -> None:
    """Tell people that the recording of a session is there.

    Each person who is invited to a session is told once of what there is to watch. Who has
    declined it, or wants no letters, is left in peace. Without --send nothing is sent.

    \b
    Examples:
      webinar-feeds announce-recording open-science/preprints --preview letters.html
      webinar-feeds announce-recording open-science --send

    Exit status: 0 all is well, 1 errors in the files, 2 wrong usage, 3 trouble with the disk, its
    permissions or the mail server.
    """
    from webinar_feeds.invitations import owed  # noqa: PLC0415 - start-up loads only what is used

    letters.run(targets, owed.recordings, wishes)
