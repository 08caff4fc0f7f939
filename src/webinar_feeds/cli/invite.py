"""`webinar-feeds invite`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from webinar_feeds.cli import letters
from webinar_feeds.cli.wishes import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.cli.wishes import Wishes
    from webinar_feeds.invitations.owed import Owed, Round


@click.command("invite")
@click.argument("targets", nargs=-1, required=True, metavar="SERIES[/SESSION]...")
@click.option(
    "--update",
    is_flag=True,
    help="Write to those who were invited, about all that has changed since.",
)
@click.option(
    "--also-texts", is_flag=True, help="With --update: other words alone are worth a letter too."
)
@options
def command(targets: tuple[str, ...], *, update: bool, also_texts: bool, wishes: Wishes) -> None:
    """Invite people to sessions by mail, and tell them what has changed.

    SERIES is the id of a series, SESSION that of one of its sessions. The people stand in
    `attendees/SERIES.csv`, as Zoom, Eventbrite, a form or a spreadsheet exports them; who invites
    stands in `attendees/sender.yaml`. Letters tell what was published last, so build first.

    Without --send nothing is sent: it is shown who would get what.

    \b
    Examples:
      webinar-feeds invite open-science --preview letters.html
      webinar-feeds invite open-science --send
      webinar-feeds invite open-science/preprints --outbox letters
      webinar-feeds invite open-science --update --send

    Exit status: 0 all is well, 1 errors in the files, 2 wrong usage, 3 trouble with the disk, its
    permissions or the mail server.
    """
    if also_texts and not update:
        msg = "--also-texts is about changes: add --update"
        raise click.UsageError(msg)
    from webinar_feeds.invitations import owed  # noqa: PLC0415 - start-up loads only what is used

    def which(about: Round) -> Iterator[Owed]:
        if update:
            return owed.changes(about, also_texts=also_texts)
        return owed.first_invitations(about)

    letters.run(targets, which, wishes)
