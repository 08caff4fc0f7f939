"""Hashes over what is meant, by which a build sees what has changed (D2).

They are over values and not over how those were written: comments, order and formatting of an
event file never count. What is not for everybody has a hash of its own, so that the others may be
published (S10). Whoever changes what goes into a hash raises `rows.HASHES`.
"""

from __future__ import annotations

from datetime import UTC
from hashlib import sha256
from typing import TYPE_CHECKING

from webinar_feeds.model import Audience, Words

if TYPE_CHECKING:
    from datetime import datetime

    from webinar_feeds.model import Recording, Series, Session, Status

# Between two values of a hash; no text that was read can hold them.
_NEXT, _INSIDE, _DEEPER = "\x1f", "\x1e", "\x1d"


def schedule(session: Session) -> str:
    """The hash of what a participant must follow: time, status, public place (I10)."""
    start, end = session.start.astimezone(UTC), session.end.astimezone(UTC)
    return of_plan(start, end, session.status, place(session))


def of_plan(start: datetime, end: datetime, status: Status, where: str) -> str:
    """The same, from its parts: instants in UTC, and what `place` says."""
    return _hash(
        f"{start.toordinal()} {start.hour}:{start.minute}:{start.second}",
        f"{end.toordinal()} {end.hour}:{end.minute}:{end.second}",
        status,
        where,
    )


def place(session: Session) -> str:
    """Where a session is held, as far as everybody may know it."""
    join = session.join
    if join is not None and join.audience is Audience.PUBLIC:
        return f"{session.platform or ''}{_INSIDE}{join.url}"
    return session.platform or ""


def private(session: Session) -> str:
    """The hash of where one joins when that is not for everybody, else nothing."""
    join = session.join
    if join is None or join.audience is Audience.PUBLIC:
        return ""
    return _hash(join.url, join.audience)


def content(shared: str, planned: str, session: Session) -> str:
    """The hash of all that a calendar entry says.

    Args:
        shared: what the series says in every entry, from `of_series`.
        planned: the hash of the session's schedule.
        session: with those recordings that have appeared.
    """
    values = [
        shared,
        planned,
        session.zone,
        session.form,
        session.title,
        session.summary or "",
        session.registration or "",
        session.page or "",
        _INSIDE.join(session.languages),
        _INSIDE.join(session.topics),
    ]
    for talk in session.talks:
        values += (_INSIDE, talk.title, talk.summary or "")
        for one in talk.speakers:
            values += (
                *(_DEEPER, one.name, one.prefix or "", one.role or ""),
                *(one.affiliation or "", one.city or "", one.zone or ""),
            )
    for told in session.recordings:
        values += (_INSIDE, _of_recording(told))
    return _hash(*values)


def recording(session: Session, told: Recording) -> str:
    """The hash of all that a feed says of a recording in particular.

    When it was published is not in it: that is a stamp of its own.
    """
    return _hash(session.title, _of_recording(told))


def series(told: Series) -> str:
    """The hash of what a calendar says of the series as a whole."""
    return _hash(of_series(told), told.summary or "", told.language, str(told.alarm))


def of_series(told: Series) -> str:
    """What every entry says of its series, for `content`."""
    people = [f"{_whole(each.name)}{_DEEPER}{each.url or ''}" for each in told.organizers]
    return _INSIDE.join((_whole(told.title), told.page or "", *people))


def _of_recording(told: Recording) -> str:
    values = [
        told.id,
        told.url or "",
        _whole(told.title or ""),
        told.language or "",
        "" if told.duration is None else str(told.duration),
        told.captions or "",
        told.poster or "",
    ]
    for file in told.files:
        values += (_INSIDE, file.url, file.media_type, str(file.size))
    # What is not there is not said, so that ledgers from before there was such a thing hold.
    if told.transcript is not None:
        values += (_INSIDE, "transcript", told.transcript)
    for chapter in told.chapters:
        values += (_INSIDE, "chapter", str(chapter.start), _whole(chapter.title))
    return _DEEPER.join(values)


def _hash(*values: str) -> str:
    if Words in {*map(type, values)}:
        values = tuple(map(_whole, values))
    return sha256(_NEXT.join(values).encode()).hexdigest()[:20]


def _whole(text: str) -> str:
    """A text in all its languages."""
    if type(text) is Words:
        return _DEEPER.join((text, *(f"{tag}{_DEEPER}{said}" for tag, said in _by_tag(text))))
    return text


def _by_tag(text: Words) -> list[tuple[str, str]]:
    return sorted(text.in_languages.items())
