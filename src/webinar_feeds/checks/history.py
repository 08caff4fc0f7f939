"""Rules about what subscribers already have: nothing vanishes and nothing changes its identity."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from webinar_feeds.diagnostics import Severity, declare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.diagnostics import Finding
    from webinar_feeds.ledger import Ledger
    from webinar_feeds.model import Series

session_gone = declare(
    "WF601",
    Severity.ERROR,
    "session `{id}` has been published, but it is no longer listed",
    help="list it again with `status: cancelled`; to take it out of everybody's calendar, also "
    "delete its line from the ledger, `{ledger}`",
)
uid_changed = declare(
    "WF602",
    Severity.ERROR,
    "`uid` differs from the one that was published, `{published}`",
    help="remove the line `uid: {uid}`: with another UID every subscriber would see it twice",
)
sequence_lower = declare(
    "WF604",
    Severity.WARNING,
    "`sequence: {given}` is lower than what was published, {published}, and has no effect",
    help="remove the line `sequence: {given}`",
)


def sessions_gone(series: Series, past: Ledger) -> Iterator[Finding]:
    """A published session is cancelled, not deleted (C24)."""
    listed = {session.id for session in series.sessions}
    ledger = PurePosixPath(series.source).with_name("ledger") / f"{series.id}.jsonl"
    for identifier in sorted(past.rows.keys() - listed):
        yield session_gone.at("sessions", id=identifier, ledger=ledger)


def identifiers_changed(series: Series, past: Ledger) -> Iterator[Finding]:
    """UIDs never change and SEQUENCE never falls (C11, I13)."""
    if series.uid not in (None, past.uid):
        yield uid_changed.at("uid", uid=series.uid, published=past.uid)
    for number, session in enumerate(series.sessions):
        row = past.rows.get(session.id)
        if row is None:
            continue
        at = ("sessions", number)
        if session.uid not in (None, row.uid):
            yield uid_changed.at(*at, "uid", uid=session.uid, published=row.uid)
        if session.sequence is not None and session.sequence < row.sequence:
            yield sequence_lower.at(*at, "sequence", given=session.sequence, published=row.sequence)
