"""Rules over what has been read: one function a rule, in one file a subject.

A rule is pure: it sees the series, the site and what has been published, and yields findings that
name a field by its route. What reading itself refuses never comes this far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webinar_feeds.checks import history, privacy, programme, recordings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from webinar_feeds.diagnostics import Finding
    from webinar_feeds.ledger import Ledger
    from webinar_feeds.model import Series

RULES: tuple[Callable[[Series], Iterable[Finding]], ...] = (
    programme.label_and_clock,
    programme.announced_count,
    programme.said_twice,
    programme.topics_spelled_alike,
    recordings.announced_where,
    recordings.of_a_session_that_is_off,
    recordings.published_too_early,
    recordings.file_without_size,
    recordings.chapters_in_order,
    privacy.published,
)
HISTORY: tuple[Callable[[Series, Ledger], Iterable[Finding]], ...] = (
    history.sessions_gone,
    history.identifiers_changed,
    history.ids_reused,
    history.recordings_gone,
)


def check(series: Series, past: Ledger | None, now: datetime | None = None) -> Iterator[Finding]:
    """Everything that is worth saying about a series.

    Args:
        series: the series as its file tells it.
        past: what has been published of it, None when nothing has.
        now: the time, aware; without it, nothing is said that another day would not say.
    """
    for rule in RULES:
        yield from rule(series)
    yield from history.removals(series, past)
    yield from history.former_ids(series, past)
    if now is not None:
        yield from history.stamps_to_come(series, now)
    if past is not None:
        for remembering in HISTORY:
            yield from remembering(series, past)
