"""Rules about recordings: where they are, when they came, what a player needs to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webinar_feeds import timezones
from webinar_feeds.diagnostics import Severity, declare
from webinar_feeds.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.diagnostics import Finding, Route
    from webinar_feeds.model import Recording, Series, Session

nowhere = declare(
    "WF305",
    Severity.WARNING,
    "{what} announced on the series page, but the series has no `page`",
    help="add `page: https://…` to the series, so that people can find them",
)
never_held = declare(
    "WF306",
    Severity.WARNING,
    "session `{id}` is {status} but has a recording",
    help="remove the recording, or the line `status: {status}`",
)
too_early = declare(
    "WF505",
    Severity.WARNING,
    "the recording is dated before the end of session `{id}`",
    help="correct `published`; the feeds show the recording once the session is over",
)
no_size = declare(
    "WF506",
    Severity.WARNING,
    "the file's size is not given, and podcast apps ask for it",
    help="add the number of bytes, such as `size: 184549376`",
)


def announced_where(series: Series) -> Iterator[Finding]:
    """What is announced on a page can be found: the page's address is known."""
    announced = [
        (number, recording)
        for number, session in enumerate(series.sessions)
        for recording in session.recordings
        if recording.url is None and series.page is None and session.page is None
    ]
    if announced:
        what = f"{len(announced)} recordings are" if len(announced) > 1 else "a recording is"
        yield nowhere.at("sessions", announced[0][0], "recording", what=what)


def of_a_session_that_is_off(series: Series) -> Iterator[Finding]:
    """A session that did not take place has no recording."""
    for route, session, _ in _all(series):
        if session.status in (Status.CANCELLED, Status.POSTPONED):
            yield never_held.at(*route, id=session.id, status=session.status.value)


def published_too_early(series: Series) -> Iterator[Finding]:
    """A recording is published after its session."""
    for route, session, recording in _all(series):
        if recording.published is None:
            continue
        # A day alone is the day of the session's own zone, and may be the session's.
        if timezones.at(recording.published, session.zone).date() < session.end.date():
            yield too_early.at(*route, "published", id=session.id)


def file_without_size(series: Series) -> Iterator[Finding]:
    """An enclosure says how many bytes it has (F5)."""
    for route, _, recording in _all(series):
        if any(each.size is None for each in recording.files):
            yield no_size.at(*route, "url")


def _all(series: Series) -> Iterator[tuple[Route, Session, Recording]]:
    for number, session in enumerate(series.sessions):
        several = len(session.recordings) > 1
        for place, recording in enumerate(session.recordings):
            key: Route = ("recordings", place) if several else ("recording",)
            yield ("sessions", number, *key), session, recording
