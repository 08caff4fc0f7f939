"""Rules about recordings: where they are, when they came, what a player needs to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webinar_feeds import timezones
from webinar_feeds.diagnostics import Severity, declare
from webinar_feeds.model import OFF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.diagnostics import Finding, Route
    from webinar_feeds.model import Series, Session

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


chapter_misplaced = declare(
    "WF507",
    Severity.WARNING,
    "the chapter `{title}` begins {why}",
    help="correct its `start`, or put the chapters in the order in which they come",
)


def announced_where(series: Series) -> Iterator[Finding]:
    """What is announced on a page can be found: the page's address is known."""
    if series.page is not None:
        return
    announced = [
        (number, recording)
        for number, session in enumerate(series.sessions)
        for recording in session.recordings
        if recording.url is None and session.page is None
    ]
    if announced:
        what = f"{len(announced)} recordings are" if len(announced) > 1 else "a recording is"
        yield nowhere.at("sessions", announced[0][0], "recording", what=what)


def of_a_session_that_is_off(series: Series) -> Iterator[Finding]:
    """A session that did not take place has no recording."""
    for number, session in enumerate(series.sessions):
        if session.recordings and session.status in OFF:
            for place in range(len(session.recordings)):
                at = _route(number, session, place)
                yield never_held.at(*at, id=session.id, status=session.status.value)


def published_too_early(series: Series) -> Iterator[Finding]:
    """A recording is published after its session."""
    for number, session in enumerate(series.sessions):
        for place, recording in enumerate(session.recordings):
            published = recording.published
            # Two days of the calendar later it is no earlier day on any clock.
            if published is None or published.toordinal() > session.end.toordinal() + 1:
                continue
            # A day alone is the day of the session's own zone, and may be the session's.
            if timezones.at(published, session.zone).date() < session.end.date():
                at = _route(number, session, place)
                yield too_early.at(*at, "published", id=session.id)


def file_without_size(series: Series) -> Iterator[Finding]:
    """An enclosure says how many bytes it has (F5)."""
    for number, session in enumerate(series.sessions):
        for place, recording in enumerate(session.recordings):
            if any(each.size is None for each in recording.files):
                yield no_size.at(*_route(number, session, place), "url")


def chapters_in_order(series: Series) -> Iterator[Finding]:
    """Chapters follow each other, and begin before their recording ends."""
    for number, session in enumerate(series.sessions):
        for place, recording in enumerate(session.recordings):
            before = None
            for count, chapter in enumerate(recording.chapters):
                why = ""
                if before is not None and chapter.start <= before:
                    why = "no later than the one above it"
                elif recording.duration is not None and chapter.start >= recording.duration:
                    why = "when the recording is over"
                if why:
                    yield chapter_misplaced.at(
                        *(*_route(number, session, place), "chapters", count, "start"),
                        title=chapter.title,
                        why=why,
                    )
                before = chapter.start


def _route(number: int, session: Session, place: int) -> Route:
    """Where a recording of a session stands."""
    key: Route = ("recordings", place) if len(session.recordings) > 1 else ("recording",)
    return ("sessions", number, *key)
