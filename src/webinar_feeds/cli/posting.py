"""Where letters go: the journal that remembers them, and the mail server that takes them."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import click

from webinar_feeds.cli import books, progress, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from webinar_feeds.cli.wishes import Wishes
    from webinar_feeds.invitations.letters import Letter
    from webinar_feeds.invitations.memory import Memory
    from webinar_feeds.invitations.sender import Sender
    from webinar_feeds.invitations.sending import Settings, Summary

RATE = "WEBINAR_FEEDS_SMTP_PER_MINUTE"
ENVELOPE = "WEBINAR_FEEDS_SMTP_FROM"


class Round(NamedTuple):
    """What is to be sent: the options, who sends, and how many letters there are."""

    wishes: Wishes
    sender: Sender
    total: int


@contextmanager
def memory(wishes: Wishes) -> Iterator[Memory]:
    """What was sent and what came back, for as long as the round lasts.

    A journal is made by the first letter that is sent, not by looking.
    """
    from webinar_feeds.invitations.memory import Nothing  # noqa: PLC0415 - start-up loads only what is used

    where = books.place(wishes.journal, wishes.events, wishes.output)
    if not wishes.send and not books.is_there(where):
        yield Nothing()
        return
    with books.opened(where) as journal:
        yield journal


def send(letters: Iterable[Letter], known: Memory, about: Round) -> None:
    """Send letters, remember each, and say how it went; ends the program if some are left."""
    from webinar_feeds.invitations import sending  # noqa: PLC0415 - start-up loads only what is used
    from webinar_feeds.invitations.journal import Busy, Journal  # noqa: PLC0415 - as above

    assert isinstance(known, Journal)  # noqa: S101 - `memory` gives one to whoever sends
    if not about.total:
        click.echo("Nothing is to be sent.")
        return
    settings = _settings(about)
    world = sending.World(lambda: about.wishes.now or _now(), time.monotonic, time.sleep)
    in_full = about.wishes.show_addresses
    for each in known.in_flight():
        # Said before, as this run may be killed too.
        who = books.shown(each.address, in_full=in_full)
        click.echo(f"hint: {who}: a run ended while this was sent; it may come twice", err=True)
    bar = click.progressbar(
        length=about.total, label="Sending", file=sys.stderr, hidden=not progress.is_seen()
    )
    try:
        with bar:
            done = sending.deliver(letters, known, settings, lambda _: bar.update(1), world)
    except Busy:
        click.echo("error: another run is sending by this journal; wait until it ends", err=True)
        raise SystemExit(3) from None
    for line in _told(done, in_full=in_full):
        click.echo(line)
    for each in known.in_flight():
        who = books.shown(each.address, in_full=in_full)
        line = f"{who}: may or may not have the {each.kind} of {', '.join(each.sessions)}"
        click.echo(f"hint: {line}; the next run sends it again", err=True)
    if done.stopped:
        click.echo(f"error: {table.plain(done.stopped)}", err=True)
    if not done.is_done:
        click.echo(
            "Not everything was sent. Run the same command again to send the rest.", err=True
        )
        raise SystemExit(3)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the roof asks the clock, once for each letter


def _settings(about: Round) -> Settings:
    """The mail server; ends the program where it is not said, or wrong.

    Raises:
        click.UsageError: the environment's limit is no number.
    """
    from webinar_feeds.diagnostics import Refused  # noqa: PLC0415 - start-up loads only what is used
    from webinar_feeds.invitations import accounts, addresses, sending  # noqa: PLC0415 - as above

    try:
        account = accounts.account(os.environ, accounts.SMTP, accounts.from_keyring)
    except Refused as refused:
        books.refuse(refused)
    mailbox = about.sender.sent_by or about.sender.email
    written = os.environ.get(ENVELOPE, "").strip()
    if written:
        found = addresses.understand(written)
        if not isinstance(found, addresses.Address):
            msg = f"{ENVELOPE} is not a mail address"
            raise click.UsageError(msg)
        mailbox = found
    limit = os.environ.get(RATE, "").strip() or "300"
    if not (limit.isascii() and limit.isdigit()):
        msg = f"{RATE} is not a number of letters, such as 300; 0 is for no limit"
        raise click.UsageError(msg)
    return sending.Settings(
        account,
        mailbox.recipient,
        per_minute=int(limit),
        retry_refused=about.wishes.retry_refused,
    )


def _told(done: Summary, *, in_full: bool) -> Iterator[str]:
    """A run in words."""
    yield f"Sent {table.counted(done.sent, 'letter')}."
    if done.known:
        yield f"{table.counted(done.known, 'letter')} sent before."
    for address in done.repeated:
        yield f"{books.shown(address, in_full=in_full)}: may have got it twice, as the line broke"
    for number, words in ((done.refused, "refused for good"), (done.deferred, "put off")):
        if number:
            yield f"{table.counted(number, 'letter')} {words}:"
            shown = [each for each in done.refusals if each.for_good is (words != "put off")]
            for each in shown:
                who = books.shown(each.address, in_full=in_full)
                reply = each.reply if in_full else each.reply.replace(each.address, "…")
                yield f"  {who}  {table.plain(reply)}"
            if number > len(shown):
                yield f"  and {number - len(shown)} more"
