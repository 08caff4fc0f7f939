"""`webinar-feeds replies`."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from webinar_feeds.cli import books, clock, table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from webinar_feeds.invitations.journal import Journal
    from webinar_feeds.invitations.mailboxes import Found


class _Read(NamedTuple):
    """What a message is counted as, and a line about it, empty where nothing is to be said."""

    word: str
    line: str = ""
    is_doubt: bool = False


@click.command("replies")
@click.argument("mail", nargs=-1, metavar="[MAIL]...", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Of the mail server's mailbox, read only what arrived from this day on.",
)
@click.option("-v", "--verbose", is_flag=True, help="A line for each answer.")
@books.SHOW_ADDRESSES
@books.JOURNAL
@books.EVENTS
@books.OUTPUT
@click.option(
    "--now",
    callback=clock.instant,
    metavar="TIME",
    help="Read as at this time (UTC). SOURCE_DATE_EPOCH does the same.",
)
def command(  # noqa: PLR0913 - one for each option
    mail: tuple[Path, ...],
    *,
    since: datetime | None,
    verbose: bool,
    show_addresses: bool,
    wished: str | None,
    events: Path,
    output: Path,
    now: datetime | None,
) -> None:
    """Read who accepts and who declines, and who wants no more letters.

    MAIL is a message (.eml), a calendar file (.ics), an mbox, a Maildir, or a folder of messages.
    Without any, the mailbox in WEBINAR_FEEDS_IMAP is read, and left as it is: nothing is deleted,
    moved or marked as seen. Reading a message twice does no harm.

    An answer that is forged, older than another, or from nobody who was invited is not counted;
    it is said which, and why.

    \b
    Examples:
      webinar-feeds replies
      webinar-feeds replies saved/reply.eml Maildir/
      webinar-feeds replies --since 2027-01-01 --verbose

    Exit status: 0 all is well, 1 errors in the settings, 2 wrong usage, 3 trouble with the disk or
    the mail server.
    """
    from webinar_feeds.invitations.mailboxes import Unreadable  # noqa: PLC0415 - start-up loads only what is used

    where = books.place(wished, events, output)
    if not books.is_there(where):
        msg = f"there is no journal at {where}, so nobody was invited; see `webinar-feeds invite`"
        raise click.UsageError(msg)
    at = now or clock.read()
    with books.opened(where) as journal:
        counts: Counter[str] = Counter()
        try:
            for found in _messages(mail, since):
                read = _take(found, journal, at, in_full=show_addresses)
                counts[read.word] += 1
                if read.is_doubt:
                    click.echo(f"{table.plain(found.place)}: {read.line}", err=True)
                elif verbose and read.line:
                    click.echo(read.line)
        except Unreadable as error:
            click.echo(f"error: {table.plain(str(error))}", err=True)
            raise SystemExit(3) from None
    del counts[""]
    said = ", ".join(f"{counts[word]} {word}" for word in _ORDER if counts[word])
    click.echo(f"{said or 'No answers'}.")


_ORDER = ("new", "known before", "not counted", "want no more letters", "overtaken by later ones")


def _messages(mail: tuple[Path, ...], since: datetime | None) -> Iterator[Found]:
    """The messages that are to be read."""
    from webinar_feeds.invitations import accounts, mailboxes  # noqa: PLC0415 - start-up loads only what is used

    for path in mail:
        yield from mailboxes.at(path)
    if not mail:
        account = accounts.account(os.environ, accounts.IMAP, accounts.from_keyring)
        yield from mailboxes.imap(account, since.date() if since else None)


def _take(found: Found, journal: Journal, now: datetime, *, in_full: bool) -> _Read:
    """Read a message and keep what it says."""
    from webinar_feeds.invitations import attendance, replies  # noqa: PLC0415 - start-up loads only what is used

    said = replies.read(found.data)
    if isinstance(said, replies.NoReply):
        return _Read("")
    if isinstance(said, replies.OptOut):
        is_new = journal.opt_out(said.address, now)
        who = books.shown(said.address, in_full=in_full)
        return _Read(_ORDER[3] if is_new else _ORDER[1], f"{who}: wants no more letters")
    if isinstance(said, replies.Refused):
        return _doubt(said, in_full=in_full)
    about, last = journal.known(said.uid), journal.answer(said.address, said.uid)
    told = journal.last_told(said.address, said.uid)
    refused = replies.judge(said, told, last, now, is_ours=about is not None)
    if refused is not None:
        return _doubt(refused, in_full=in_full)
    assert about is not None  # noqa: S101 - what a person was told, somebody was told
    who = books.shown(said.address, in_full=in_full)
    line = f"{who}: {attendance.WORDS[said.partstat]}, {'/'.join(about)}"
    if said == last:
        return _Read(_ORDER[1], line)
    journal.keep(said, about[0])
    return _Read(_ORDER[0], line)


def _doubt(refused: object, *, in_full: bool) -> _Read:
    from webinar_feeds.invitations.replies import Refused, Why  # noqa: PLC0415 - as above

    assert isinstance(refused, Refused)  # noqa: S101 - the type is not loaded at start-up
    who = f"{books.shown(refused.address, in_full=in_full)}: " if refused.address else ""
    # What an answer has overtaken lies in the mailbox for ever: that is no news each time.
    if refused.why is Why.STALE:
        return _Read(_ORDER[4], f"{who}{refused.why}")
    return _Read(_ORDER[2], f"{who}not counted: {refused.why}", is_doubt=True)
