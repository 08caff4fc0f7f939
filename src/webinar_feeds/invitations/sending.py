"""Letters to a mail server, one after the other, each remembered before and after (RFC 5321).

A letter is in the journal as in flight before its bytes go out, and as sent once the server has
said 250. So whatever ends the program, no letter is lost, and at most the one in flight is sent
twice: nobody can know whether the server had taken it. It is then the same letter, byte for byte,
with the same Message-ID, which many servers take once only.
"""

from __future__ import annotations

import smtplib
import ssl
from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.invitations import smtp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from webinar_feeds.invitations.accounts import Account
    from webinar_feeds.invitations.journal import Journal
    from webinar_feeds.invitations.letters import Letter

_HELD = 100  # letters that wait for a second try; the others wait for the next run
_SHOWN = 20  # refusals that are told in words
_TOO_OLD = "the server knows no international addresses (SMTPUTF8)"


class Settings(NamedTuple):
    """How letters are sent.

    `envelope` is the address that bounces go to; `per_minute` a limit, 0 for none; `tries` how
    often a connection is tried, each time after twice the `pause` (seconds); `timeout` in seconds.
    """

    account: Account
    envelope: str
    per_minute: int = 300
    tries: int = 5
    pause: float = 2
    timeout: float = 60
    retry_refused: bool = False


class World(NamedTuple):
    """What sending needs of the world: the time (aware), a clock that only grows, and patience."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


class Outcome(StrEnum):
    """What has become of a letter."""

    SENT = "sent"
    REPEATED = "repeated"  # sent, and perhaps for the second time
    KNOWN = "known"  # sent by an earlier run
    REFUSED = "refused"  # for good
    DEFERRED = "deferred"  # not now: the next run tries again


class Refusal(NamedTuple):
    """An address that a server does not deliver to, now or ever, and its words."""

    address: str
    reply: str
    for_good: bool


class Summary(NamedTuple):
    """How a run has ended.

    `repeated` are the addresses that may have got their letter twice; `stopped` says why nothing
    more was tried, and is empty when everything was; `refusals` are the first of them only.
    """

    sent: int = 0
    known: int = 0
    refused: int = 0
    deferred: int = 0
    repeated: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    stopped: str = ""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left for another run."""
        return not self.stopped and not self.deferred


class _Stopped(Exception):  # noqa: N818 - an answer for the summary
    """The server takes nothing from us."""


class _Lost(Exception):  # noqa: N818 - an answer for the next try
    """The connection is gone; `uncertain` when the server may have taken the letter."""

    def __init__(self, why: str, *, uncertain: bool = False) -> None:
        super().__init__(why)
        self.uncertain = uncertain


def deliver(
    letters: Iterable[Letter],
    journal: Journal,
    settings: Settings,
    progress: Callable[[Outcome], None],
    world: World,
) -> Summary:
    """Send letters; those that the journal has as sent are left out.

    Args:
        letters: each is asked for, made and sent before the next.
        journal: what is remembered; nobody else may send by it meanwhile.
        settings: the server, and how hard to try.
        progress: called once a letter.
        world: the clock.

    Raises:
        Busy: another run is sending by this journal.
        Refused: the journal cannot be written, or a template cannot be used.
    """
    with journal.sending():
        return _Delivery(journal, settings, progress, world).run(letters)


class _Delivery:
    """A run that is under way."""

    def __init__(
        self,
        journal: Journal,
        settings: Settings,
        progress: Callable[[Outcome], None],
        world: World,
    ) -> None:
        self.journal, self.settings = journal, settings
        self.progress, self.world = progress, world
        self.server: smtplib.SMTP | None = None
        self.due = world.monotonic()
        self.done = Summary()

    def run(self, letters: Iterable[Letter]) -> Summary:
        """Send all, those that were deferred once more at the end, and say how it went."""
        waiting: deque[tuple[Letter, str]] = deque()
        try:
            for letter in letters:
                reply = self._try(letter)
                if reply is not None and len(waiting) < _HELD:
                    waiting.append((letter, reply))
                elif reply is not None:
                    self._defer(letter, reply)
            if waiting:
                self.world.sleep(self.settings.pause)
            while waiting:
                letter, _ = waiting[0]
                reply = self._try(letter)
                waiting.popleft()
                if reply is not None:
                    self._defer(letter, reply)
        except _Stopped as stopped:
            self.done = self.done._replace(stopped=str(stopped))
        finally:
            self._leave()
        for letter, reply in waiting:
            self._defer(letter, reply)
        return self.done

    def _try(self, letter: Letter) -> str | None:
        """Send a letter if it is news; the server's words if it does not want it just now."""
        if self.journal.is_told(letter):
            self.done = self.done._replace(known=self.done.known + 1)
            self.progress(Outcome.KNOWN)
            return None
        before = None if self.settings.retry_refused else self.journal.refusal(letter)
        if before is not None:
            self._count_refused(letter, before)
            return None
        # A letter that was in flight is the same again, with the time of its first try (I12, I34).
        first = self.journal.issued_before(letter)
        issued = first or self.world.now().replace(microsecond=0)
        data = letter.make(issued)
        repeated, tries = first is not None, 0
        while True:
            server = self._connected()
            self._wait_for_turn()
            try:
                reply = self._hand_over(server, letter, issued, data, doubtful=repeated)
            except _Lost as lost:
                repeated = repeated or lost.uncertain
                self._drop()
                tries += 1
                if tries >= self.settings.tries:
                    raise _Stopped(str(lost)) from lost
                self.world.sleep(self.settings.pause * 2 ** (tries - 1))
                continue
            if reply is None:
                self._count_sent(letter, repeated=repeated)
            elif reply.for_good:
                self.journal.refuse(letter, issued, reply.reply)
                self._count_refused(letter, reply.reply)
            else:
                return reply.reply
            return None

    # --- One letter ------------------------------------------------------------------------------

    def _hand_over(
        self,
        server: smtplib.SMTP,
        letter: Letter,
        issued: datetime,
        data: bytes,
        *,
        doubtful: bool,
    ) -> Refusal | None:
        """A letter to the server; None when it has it, else its words.

        A letter that is `doubtful`, as an earlier try may have got through, stays in flight in the
        journal until the server has clearly taken or refused it.

        Raises:
            _Lost: the connection broke.
            _Stopped: the server takes no letters from this sender.
        """
        refused = self._envelope(server, letter, is_plain=data.isascii())
        if refused is not None:
            return refused
        number = self.journal.start(letter, issued)
        try:
            refused = self._data(server, letter, data)
        except _Lost as lost:
            if not (lost.uncertain or doubtful):
                self.journal.withdraw(number)
            raise
        if refused is None:
            self.journal.settle(number)
        elif not doubtful:
            self.journal.withdraw(number)
        return refused

    def _envelope(self, server: smtplib.SMTP, letter: Letter, *, is_plain: bool) -> Refusal | None:
        """From whom and to whom; None when the server agrees.

        Raises:
            _Lost: the connection broke.
            _Stopped: the server takes no letters from this sender.
        """
        if not smtp.travels(letter.recipient):
            return Refusal(letter.address, "this is no address that can be sent to", for_good=True)
        international = not f"{self.settings.envelope}{letter.recipient}".isascii()
        if international and not server.has_extn("smtputf8"):
            return Refusal(letter.address, _TOO_OLD, for_good=True)
        options = ["SMTPUTF8"] if international else []
        if server.has_extn("8bitmime") and not is_plain:
            options.append("BODY=8BITMIME")
        try:
            code, said = server.mail(self.settings.envelope, options)
            if code != 250:
                self._refused_sender(code, said)
            code, said = server.rcpt(letter.recipient)
            if code in (250, 251):
                return None
            refused = self._refusal(letter, code, said)
            server.rset()
        except (OSError, smtplib.SMTPException) as error:
            raise _Lost(smtp.why(error)) from error
        return refused

    def _data(self, server: smtplib.SMTP, letter: Letter, data: bytes) -> Refusal | None:
        """The bytes. Only what follows the last one leaves doubt whether the server has them."""
        try:
            code, said = server.docmd("DATA")
            if code != 354:
                refused = self._refusal(letter, code, said)
                server.rset()
                return refused
            server.send(smtp.quoted(data))
        except (OSError, smtplib.SMTPException) as error:
            raise _Lost(smtp.why(error)) from error
        try:
            code, said = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise _Lost(smtp.why(error), uncertain=True) from error
        return None if code == 250 else self._refusal(letter, code, said)

    def _refusal(self, letter: Letter, code: int, said: bytes) -> Refusal:
        """What a reply that is no consent means.

        Raises:
            _Lost: the server ends the conversation.
        """
        reply = smtp.reply(code, said)
        if code == 421:
            raise _Lost(reply)
        return Refusal(letter.address, reply, for_good=500 <= code < 600)

    def _refused_sender(self, code: int, said: bytes) -> None:
        if code == 421 or code < 500:
            raise _Lost(smtp.reply(code, said))
        msg = f"the server takes no letters from {self.settings.envelope}: {smtp.reply(code, said)}"
        raise _Stopped(msg)

    # --- The connection --------------------------------------------------------------------------

    def _connected(self) -> smtplib.SMTP:
        """The server, to which the way is tried a few times.

        Raises:
            _Stopped: there is none.
        """
        tries = 0
        while self.server is None:
            try:
                self.server = smtp.connect(self.settings.account, self.settings.timeout)
            except smtplib.SMTPAuthenticationError as error:
                msg = f"the server refuses user and password: {smtp.why(error)}"
                raise _Stopped(msg) from error
            except smtplib.SMTPNotSupportedError as error:
                raise _Stopped(str(error)) from error
            except ssl.SSLCertVerificationError as error:
                msg = f"the server's certificate is not to be trusted: {error.verify_message}"
                raise _Stopped(msg) from error
            except (OSError, smtplib.SMTPException) as error:
                tries += 1
                if tries >= self.settings.tries:
                    raise _Stopped(smtp.why(error)) from error
                self.world.sleep(self.settings.pause * 2 ** (tries - 1))
        return self.server

    def _wait_for_turn(self) -> None:
        if self.settings.per_minute:
            now = self.world.monotonic()
            if now < self.due:
                self.world.sleep(self.due - now)
            self.due = max(now, self.due) + 60 / self.settings.per_minute

    def _drop(self) -> None:
        if self.server is not None:
            self.server.close()
            self.server = None

    def _leave(self) -> None:
        """Take leave; whatever the server thinks of it, everything has been said."""
        if self.server is not None:
            try:
                self.server.quit()
            except (OSError, smtplib.SMTPException):
                self.server.close()
            self.server = None

    # --- The figures -----------------------------------------------------------------------------

    def _count_sent(self, letter: Letter, *, repeated: bool) -> None:
        more = (letter.address,) if repeated else ()
        self.done = self.done._replace(
            sent=self.done.sent + 1, repeated=(*self.done.repeated, *more)
        )
        self.progress(Outcome.REPEATED if repeated else Outcome.SENT)

    def _count_refused(self, letter: Letter, reply: str) -> None:
        self.done = self.done._replace(refused=self.done.refused + 1)
        self._tell(Refusal(letter.address, reply, for_good=True))
        self.progress(Outcome.REFUSED)

    def _defer(self, letter: Letter, reply: str) -> None:
        self.done = self.done._replace(deferred=self.done.deferred + 1)
        self._tell(Refusal(letter.address, reply, for_good=False))
        self.progress(Outcome.DEFERRED)

    def _tell(self, refusal: Refusal) -> None:
        if len(self.done.refusals) < _SHOWN:
            self.done = self.done._replace(refusals=(*self.done.refusals, refusal))
