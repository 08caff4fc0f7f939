"""Rules about the programme: how many sessions, when, and whether their labels say so."""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from itertools import chain
from typing import TYPE_CHECKING

from webinar_feeds.diagnostics import Severity, declare
from webinar_feeds.reading import times
from webinar_feeds.timezones import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.diagnostics import Finding
    from webinar_feeds.model import Series, Session

_MOST = 20

label_differs = declare(
    "WF220",
    Severity.WARNING,
    "`{label}` is read as local time ({here}); to the letter it would be another hour on {dates}",
    help="confirm each with `confirmed_utc: {example}` or another city's time under `also:`, "
    "or write `timezone: {zone}`; for the other hour write `zone_reading: literal`",
)
count_differs = declare(
    "WF301",
    Severity.WARNING,
    "`announced_sessions` says {announced}, but the file lists {found}",
    help="write `announced_sessions: {found}`, or list the sessions that are missing",
)
twice = declare(
    "WF302",
    Severity.WARNING,
    "sessions `{first}` and `{second}` have the same title and the same time",
    help="remove one of them, or correct its date",
)
topic_spelled = declare(
    "WF303",
    Severity.WARNING,
    "the topic `{this}` is also written `{other}`",
    help="write `{other}` everywhere: each topic is one calendar",
)


def label_and_clock(series: Series) -> Iterator[Finding]:
    """A label such as CET means another instant in summer when it is read to the letter (T3)."""
    doubtful = [
        (number, session)
        for number, session in enumerate(series.sessions)
        if session.literal_start is not None
    ]
    if not doubtful:
        return
    number, first = doubtful[0]
    dates = ", ".join(_both(session) for _, session in doubtful[:_MOST])
    if len(doubtful) > _MOST:
        dates += f" and {len(doubtful) - _MOST} more"
    yield label_differs.at(
        *("sessions", number, "timezone"),
        label=_label(first),
        here=f"{first.start.tzname()}, the clock of {first.zone}",
        dates=dates,
        example=f"{first.start.astimezone(UTC):%H:%M}",
        zone=first.zone,
    )


def announced_count(series: Series) -> Iterator[Finding]:
    """The announcement and the programme agree on how many sessions there are."""
    if series.announced_sessions not in (None, len(series.sessions)):
        yield count_differs.at(
            "announced_sessions",
            announced=series.announced_sessions,
            found=len(series.sessions),
        )


def said_twice(series: Series) -> Iterator[Finding]:
    """No session is listed twice under two ids."""
    titles = {session.title.casefold() for session in series.sessions}
    if len(titles) == len(series.sessions):
        return
    seen: dict[object, Session] = {}
    for number, session in enumerate(series.sessions):
        first = seen.setdefault((session.title.casefold(), session.start), session)
        if first is not session:
            yield twice.at("sessions", number, "title", first=first.id, second=session.id)


def topics_spelled_alike(series: Series) -> Iterator[Finding]:
    """Each topic is written in one way, the one that is used most."""
    topics = set(chain.from_iterable([session.topics for session in series.sessions]))
    if len(set(map(_folded, topics))) == len(topics):
        return
    uses = Counter(topic for session in series.sessions for topic in session.topics)
    best: dict[str, str] = {}
    for topic in sorted(uses, key=lambda each: (-uses[each], each)):
        best.setdefault(_folded(topic), topic)
    for number, session in enumerate(series.sessions):
        for place, topic in enumerate(session.topics):
            other = best[_folded(topic)]
            if other != topic:
                yield topic_spelled.at("sessions", number, "topics", place, this=topic, other=other)


def _folded(topic: str) -> str:
    return " ".join(topic.casefold().replace("-", " ").split())


def _label(session: Session) -> str:
    """The words of the zone behind a written time."""
    written = times.parse_range(session.written)
    return session.written if isinstance(written, Problem) else written.zone or session.written


def _both(session: Session) -> str:
    """A date with the instant that is meant and the one that its label says."""
    start, literal = session.start.astimezone(UTC), session.literal_start
    return f"{session.start:%Y-%m-%d} ({start:%H:%M} UTC, not {literal:%H:%M})"
