"""The journal: what was sent to whom, what they answered, and who wants no more letters.

Instants are kept as text in UTC, so that a person can read the file too.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Self

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from webinar_feeds.diagnostics import Location, Refused
from webinar_feeds.invitations import databases
from webinar_feeds.invitations.letters import Kind, Method, Part, Told
from webinar_feeds.invitations.schema import (
    VERSION,
    answers,
    letters,
    metadata,
    opt_outs,
    parts,
    versions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from webinar_feeds.invitations.letters import Letter

NAME = "journal.sqlite"
IN_FLIGHT, SENT, REFUSED = "in flight", "sent", "refused"
_LOCK = 0x77656269  # of the sessions of PostgreSQL that send: "webi"


class Answer(NamedTuple):
    """What somebody answered: a PARTSTAT in capitals; `stamp` is the reply's DTSTAMP, UTC."""

    address: str
    uid: str
    partstat: str
    sequence: int
    stamp: datetime
    comment: str = ""


class Unsettled(NamedTuple):
    """A letter of which nobody knows whether it arrived: the program ended while it was sent."""

    address: str
    kind: Kind
    sessions: tuple[str, ...]
    issued: datetime


class Forgotten(NamedTuple):
    """How much was removed of a person, and of texts of others that named them."""

    letters: int
    answers: int
    opted_out: bool
    mentions: int


class Busy(Exception):  # noqa: N818 - it is an answer, not a failure
    """Another run is sending by this journal."""


class Journal:
    """A journal that is open. Use it in `with`, or close it."""

    def __init__(self, place: Path | str) -> None:
        """Open a journal; it is made where there is none.

        Args:
            place: a file, or the URL of a PostgreSQL database.

        Raises:
            Refused: it cannot be opened, or belongs to a newer version.
        """
        self._shown, self._engine = databases.opened(place)
        try:
            with self._trouble():
                self._migrate()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close it."""
        self._engine.dispose()

    # --- What was told ---------------------------------------------------------------------------

    def told(self, series: str, kind: Kind = Kind.INVITATION) -> dict[tuple[str, str], Told]:
        """The last letter of a kind about each session of a series, by (address, UID)."""
        wanted = (
            sa.select(letters.c.address, letters.c.issued, parts)
            .join(parts, parts.c.letter == letters.c.id)
            .where(parts.c.series == series, letters.c.kind == kind, letters.c.state == SENT)
            .order_by(letters.c.id)
        )
        with self._engine.connect() as open_, self._trouble():
            rows = open_.execute(wanted)
            return {(row.address, row.uid): Told(_part(row), _instant(row.issued)) for row in rows}

    def is_told(self, letter: Letter) -> bool:
        """Whether nothing in a letter is news: it was sent, or overtaken by a later one."""
        latest = self._latest(letter)
        for part in letter.parts:
            last = latest.get(part.uid)
            if last is None:
                return False
            if last.sequence > part.sequence:
                return True  # another run knew more
            if (last.method, last.sequence, last.digest) != (
                part.method,
                part.sequence,
                part.digest,
            ):
                return False
        return True

    def _latest(self, letter: Letter) -> dict[str, Part]:
        wanted = (
            sa.select(parts)
            .join(letters, parts.c.letter == letters.c.id)
            .where(
                letters.c.address == letter.address,
                letters.c.kind == letter.kind,
                letters.c.state == SENT,
            )
            .order_by(letters.c.id)
        )
        with self._engine.connect() as open_, self._trouble():
            return {row.uid: _part(row) for row in open_.execute(wanted)}

    def refusal(self, letter: Letter) -> str | None:
        """What the server said when it refused this very letter for good, None if it did not."""
        wanted = sa.select(letters.c.reply).where(
            letters.c.key == letter.key, letters.c.state == REFUSED
        )
        with self._engine.connect() as open_, self._trouble():
            return open_.execute(wanted.order_by(letters.c.id.desc())).scalars().first()

    def issued_before(self, letter: Letter) -> datetime | None:
        """When this very letter was issued by a run that ended while it was in flight."""
        wanted = sa.select(letters.c.issued).where(
            letters.c.key == letter.key, letters.c.state == IN_FLIGHT
        )
        with self._engine.connect() as open_, self._trouble():
            found = open_.execute(wanted.order_by(letters.c.id.desc())).scalars().first()
            return None if found is None else _instant(found)

    # --- Sending ---------------------------------------------------------------------------------

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Keep other runs from sending by this journal.

        Raises:
            Busy: one is at it. A run that was killed holds nobody up.
        """
        with self._engine.connect() as open_:
            if open_.dialect.name == "postgresql":
                # An advisory lock ends with its session, so a killed run leaves none behind.
                if not open_.scalar(sa.select(sa.func.pg_try_advisory_lock(_LOCK))):
                    raise Busy
                open_.commit()
                try:
                    yield
                finally:
                    open_.execute(sa.select(sa.func.pg_advisory_unlock(_LOCK)))
                    open_.commit()
                return
        # The kernel's lock on a second file of SQLite's own kind: it ends with the process too.
        guard = databases.sqlite(f"{self._engine.url.database}.sending", wait=0)
        try:
            with guard.connect() as held:
                try:
                    held.exec_driver_sql("BEGIN EXCLUSIVE")
                except DBAPIError:
                    raise Busy from None
                yield
        finally:
            guard.dispose()

    def start(self, letter: Letter, issued: datetime) -> int:
        """Remember that a letter is about to be handed over; what it is known by from here on."""
        with self._engine.begin() as open_, self._trouble():
            self._supersede(open_, letter)
            return self._add(open_, letter, IN_FLIGHT, issued, "")

    def settle(self, number: int) -> None:
        """Remember that the server has taken a letter."""
        with self._engine.begin() as open_, self._trouble():
            open_.execute(letters.update().where(letters.c.id == number).values(state=SENT))

    def withdraw(self, number: int) -> None:
        """Forget that a letter was about to be handed over: it certainly was not."""
        with self._engine.begin() as open_, self._trouble():
            open_.execute(parts.delete().where(parts.c.letter == number))
            open_.execute(letters.delete().where(letters.c.id == number))

    def refuse(self, letter: Letter, issued: datetime, reply: str) -> None:
        """Remember that a server refused a letter for good, and in which words."""
        with self._engine.begin() as open_, self._trouble():
            self._supersede(open_, letter)
            self._add(open_, letter, REFUSED, issued, reply)

    def in_flight(self) -> tuple[Unsettled, ...]:
        """The letters of which it is not known whether they arrived."""
        wanted = (
            sa.select(letters, parts.c.session)
            .join(parts, parts.c.letter == letters.c.id)
            .where(letters.c.state == IN_FLIGHT)
            .order_by(letters.c.id, parts.c.position)
        )
        found: dict[int, Unsettled] = {}
        with self._engine.connect() as open_, self._trouble():
            for row in open_.execute(wanted):
                before = found.get(row.id)
                sessions = (*(before.sessions if before else ()), row.session)
                issued = _instant(row.issued)
                found[row.id] = Unsettled(row.address, Kind(row.kind), sessions, issued)
        return tuple(found.values())

    def _supersede(self, open_: sa.Connection, letter: Letter) -> None:
        """Drop what never got further than this letter does: it tells the same sessions anew."""
        about = sa.select(parts.c.letter).where(
            parts.c.uid.in_([each.uid for each in letter.parts])
        )
        before = sa.select(letters.c.id).where(
            letters.c.address == letter.address,
            letters.c.kind == letter.kind,
            letters.c.state != SENT,
            letters.c.id.in_(about),
        )
        gone = open_.execute(before).scalars().all()
        open_.execute(parts.delete().where(parts.c.letter.in_(gone)))
        open_.execute(letters.delete().where(letters.c.id.in_(gone)))

    def _add(
        self, open_: sa.Connection, letter: Letter, state: str, issued: datetime, reply: str
    ) -> int:
        row = {
            "key": letter.key,
            "kind": letter.kind.value,
            "series": letter.series,
            "address": letter.address,
            "state": state,
            "issued": _text(issued),
            "reply": reply,
        }
        made = open_.execute(letters.insert().values(row).returning(letters.c.id))
        number: int = made.scalar_one()
        rows = [
            {**part._asdict(), "start": _text(part.start), "end": _text(part.end)}
            | {"letter": number, "position": position, "method": part.method.value}
            for position, part in enumerate(letter.parts)
        ]
        open_.execute(parts.insert(), rows)
        return number

    # --- What came back --------------------------------------------------------------------------

    def known(self, uid: str) -> tuple[str, str] | None:
        """The series and the session that a UID was last sent for, None if it never was."""
        wanted = sa.select(parts.c.series, parts.c.session).where(parts.c.uid == uid)
        with self._engine.connect() as open_, self._trouble():
            row = open_.execute(wanted.order_by(parts.c.letter.desc())).first()
            return None if row is None else (row.series, row.session)

    def last_told(self, address: str, uid: str) -> Told | None:
        """The last invitation, update or cancellation that somebody may have got of a session."""
        wanted = (
            sa.select(letters.c.issued, parts)
            .join(parts, parts.c.letter == letters.c.id)
            .where(
                letters.c.address == address,
                letters.c.kind == Kind.INVITATION.value,
                letters.c.state != REFUSED,
                parts.c.uid == uid,
            )
            .order_by(letters.c.id.desc())
        )
        with self._engine.connect() as open_, self._trouble():
            row = open_.execute(wanted).first()
            return None if row is None else Told(_part(row), _instant(row.issued))

    def answer(self, address: str, uid: str) -> Answer | None:
        """What somebody answered last about a session."""
        wanted = sa.select(answers).where(answers.c.address == address, answers.c.uid == uid)
        with self._engine.connect() as open_, self._trouble():
            row = open_.execute(wanted).first()
            return None if row is None else _answer(row)

    def answers(self, series: str) -> dict[tuple[str, str], str]:
        """The last answers to a series: PARTSTAT in capitals, by (address, UID)."""
        wanted = sa.select(answers).where(answers.c.series == series)
        with self._engine.connect() as open_, self._trouble():
            return {(row.address, row.uid): row.partstat for row in open_.execute(wanted)}

    def keep(self, given: Answer, series: str) -> None:
        """Keep an answer in place of the one before."""
        row = {**given._asdict(), "series": series, "stamp": _text(given.stamp)}
        with self._engine.begin() as open_, self._trouble():
            open_.execute(
                answers.delete().where(
                    answers.c.address == given.address, answers.c.uid == given.uid
                )
            )
            open_.execute(answers.insert().values(row))

    def comments(self, series: str) -> dict[tuple[str, str], str]:
        """What people wrote with their answers, by (address, UID)."""
        wanted = sa.select(answers).where(answers.c.series == series, answers.c.comment != "")
        with self._engine.connect() as open_, self._trouble():
            return {(row.address, row.uid): row.comment for row in open_.execute(wanted)}

    def series(self) -> tuple[str, ...]:
        """The series of which anything was sent, in order."""
        wanted = sa.select(letters.c.series).distinct().order_by(letters.c.series)
        with self._engine.connect() as open_, self._trouble():
            return tuple(open_.execute(wanted).scalars())

    def opt_out(self, address: str, since: datetime) -> bool:
        """Remember that somebody wants no letters; whether that is new."""
        if address in self.opted_out():
            return False
        with self._engine.begin() as open_, self._trouble():
            open_.execute(opt_outs.insert().values(address=address, since=_text(since)))
        return True

    def opt_in(self, address: str) -> bool:
        """Write to somebody again who wanted no letters; whether they had."""
        with self._engine.begin() as open_, self._trouble():
            done = open_.execute(opt_outs.delete().where(opt_outs.c.address == address))
            return done.rowcount > 0

    def opted_out(self) -> frozenset[str]:
        """The addresses of those who want no letters."""
        with self._engine.connect() as open_, self._trouble():
            return frozenset(open_.execute(sa.select(opt_outs.c.address)).scalars())

    # --- Forgetting ------------------------------------------------------------------------------

    def forget(self, address: str) -> Forgotten:
        """Remove a person everywhere, also from texts of others that name the address.

        What is removed is overwritten, and the write-ahead log emptied, so that no byte of a
        SQLite journal holds the address afterwards. Copies of the file, and what a PostgreSQL
        server archives, are their keepers' business.

        Raises:
            Refused: another program has the journal open, so traces would stay.
        """
        theirs = sa.select(letters.c.id).where(letters.c.address == address)
        with self._engine.begin() as open_, self._trouble():
            open_.execute(parts.delete().where(parts.c.letter.in_(theirs)))
            gone = Forgotten(
                open_.execute(letters.delete().where(letters.c.address == address)).rowcount,
                open_.execute(answers.delete().where(answers.c.address == address)).rowcount,
                open_.execute(opt_outs.delete().where(opt_outs.c.address == address)).rowcount > 0,
                _unname(open_, letters, letters.c.reply, address)
                + _unname(open_, answers, answers.c.comment, address),
            )
        self._scrub()
        return gone

    def _scrub(self) -> None:
        """Give back the room of what was removed, and leave nothing of it in any file."""
        with self._engine.connect() as open_, self._trouble():
            outside = open_.execution_options(isolation_level="AUTOCOMMIT")
            if open_.dialect.name == "postgresql":
                for table in metadata.sorted_tables:
                    outside.exec_driver_sql(f"VACUUM FULL {table.name}")
                return
            outside.exec_driver_sql("VACUUM")
            busy = outside.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").first()
        if busy is not None and busy[0]:
            why = "another program has it open, so traces of what was removed may be left"
            raise self._refused(why, "close the other program, then forget the address again")

    # --- The file --------------------------------------------------------------------------------

    def _migrate(self) -> None:
        """Bring the tables to this version, step by step, in one transaction."""
        with self._engine.begin() as open_:
            if open_.dialect.name == "postgresql":
                # Two programs that open a new database at once would both make its tables.
                open_.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK + 1)))
            if not sa.inspect(open_).has_table(versions.name):
                metadata.create_all(open_)
                open_.execute(versions.insert().values(version=VERSION))
            version: int = open_.execute(sa.select(versions.c.version)).scalar_one()
        if version > VERSION:
            why = f"a newer webinar-feeds has written it (its version {version} is above {VERSION})"
            raise self._refused(why, "update webinar-feeds")

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        """The database's errors in one sentence."""
        try:
            yield
        except DBAPIError as error:
            why = str(error.orig).strip().partition("\n")[0]
            cure = "see that it may be written, that there is room, and that nothing else holds it"
            raise self._refused(why, cure) from error

    def _refused(self, why: str, cure: str) -> Refused:
        return Refused([databases.unusable.diagnostic(Location(self._shown), why=why, cure=cure)])


def _unname(open_: sa.Connection, table: sa.Table, column: sa.Column[str], address: str) -> int:
    """Take an address out of texts of others; how many named it."""
    key = list(table.primary_key)
    found = open_.execute(sa.select(*key, column).where(column.icontains(address, autoescape=True)))
    rows = found.all()
    for *place, text in rows:
        said = re.sub(re.escape(address), "…", text, flags=re.IGNORECASE)
        where = [at == value for at, value in zip(key, place, strict=True)]
        open_.execute(table.update().where(*where).values({column: said}))
    return len(rows)


def _part(row: sa.Row[tuple[object, ...]]) -> Part:
    return Part(
        row.series,
        row.session,
        row.uid,
        Method(row.method),
        row.sequence,
        _instant(row.start),
        _instant(row.end),
        row.title,
        row.digest,
    )


def _answer(row: sa.Row[tuple[object, ...]]) -> Answer:
    stamp = _instant(row.stamp)
    return Answer(row.address, row.uid, row.partstat, row.sequence, stamp, row.comment)


def _text(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
