"""Recordings that can be watched, as galleries show them: a series' own, and the site's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.model import Words
from webinar_feeds.rendering.pages import players
from webinar_feeds.rendering.pages.language import msgid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from webinar_feeds.model import Entry, Recording
    from webinar_feeds.rendering.pages.language import Language

CAPTIONS, TRANSCRIPT = msgid("Captions"), msgid("Transcript")


class Film(NamedTuple):
    """What a gallery knows of a recording: plain values, so that a series' record can hold them.

    `title` is the session's, in the language `tongue`; `start` is when the session began, ISO 8601
    with the offset of its zone; `name` tells the recording from others of the session; `duration`
    is in seconds.
    """

    session: str
    title: str
    tongue: str
    start: str
    poster: str | None
    name: str | None
    duration: int | None
    language: str | None
    has_captions: bool
    has_transcript: bool


class Shown(NamedTuple):
    """A recording as a template shows it, with what is known of it in words.

    `series` is None where all recordings are of one; `tongue` is the language of its title.
    """

    href: str
    title: str
    tongue: str
    start: datetime
    poster: str
    facts: tuple[str, ...]
    series: str | None = None
    series_tongue: str = ""


def of(entries: Iterable[Entry], own: str) -> Iterator[Film]:
    """The recordings that can be watched, the newest session first.

    Args:
        entries: the sessions, by their start.
        own: the language of texts that are given in one alone.
    """
    for entry in reversed([*entries]):
        session = entry.session
        tongue = session.title.language if isinstance(session.title, Words) else own
        for each in session.recordings:
            if each.url is not None or each.files:
                yield _film(session.id, session.title, tongue, session.start, each)


def _film(identifier: str, title: str, tongue: str, start: datetime, told: Recording) -> Film:
    return Film(
        identifier,
        title,
        tongue,
        start.isoformat(),
        told.poster,
        told.title,
        int(told.duration.total_seconds()) if told.duration else None,
        told.language,
        told.captions is not None,
        told.transcript is not None,
    )


def shown(film: Film, words: Language, folder: str, root: str, base_url: str | None) -> Shown:
    """A recording in the words of a page.

    Args:
        film: the recording.
        words: the language of the page.
        folder: leads from the page to the folder of the series: empty, or with a slash at its end.
        root: leads from the page to the site's folder.
        base_url: where the site is, ending in a slash; None when nobody knows.
    """
    facts = (
        film.name,
        words.duration(timedelta(seconds=film.duration)) if film.duration else None,
        words.language_name(film.language) if film.language else None,
        words.text(CAPTIONS) if film.has_captions else None,
        words.text(TRANSCRIPT) if film.has_transcript else None,
    )
    return Shown(
        f"{folder}sessions/{film.session}.html#recordings",
        film.title,
        film.tongue,
        datetime.fromisoformat(film.start),
        players.beside(film.poster, base_url, root),
        tuple(filter(None, facts)),
    )
