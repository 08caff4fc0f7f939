"""A series as others see it: what the site's own pages say of it, kept in the series' record."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.model import OFF
from webinar_feeds.rendering import markdown, wording
from webinar_feeds.rendering.pages import films
from webinar_feeds.rendering.pages.films import Film

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webinar_feeds.model import Entry, Publication, Series

_SUMMARY = 280
_ENDS = 8  # so many say which comes next, unless more are planned ahead
FILMS = 40  # recordings on the site's page of them, so that it stays under 60 kB


class Card(NamedTuple):
    """A series in short: `first` and `last` are the starts of its first and last session.

    They are aware, and on the clock of their session's zone; None when there is no session. `ends`
    are when its last sessions that take place are over, UTC, by time; `films` its newest
    recordings.
    """

    path: str
    title: str
    language: str
    summary: str
    organizers: str
    sessions: int
    first: datetime | None
    last: datetime | None
    ends: tuple[datetime, ...] = ()
    films: tuple[Film, ...] = ()


def of(publication: Publication) -> Card:
    """The card of a series."""
    return _card(publication.path, publication, publication.entries)


def of_entries(entries: Sequence[Entry]) -> Card:
    """The card of a series of which only the entries are at hand; there is one at least."""
    series = entries[0].series
    return _card(series.id, series, entries)


def dump(card: Card) -> str:
    """A card as text."""
    *told, first, last, ends, films = card
    spanned = (each and each.isoformat() for each in (first, last))
    return json.dumps([*told, *spanned, [each.isoformat() for each in ends], films])


def parse(text: str) -> Card:
    """A card from what `dump` made of it."""
    *told, first, last, ends, films = json.loads(text)
    spanned = (each and datetime.fromisoformat(each) for each in (first, last))
    over = tuple(map(datetime.fromisoformat, ends))
    return Card._make((*told, *spanned, over, tuple(map(Film._make, films))))


def shortened(text: str, length: int) -> str:
    """A text that is no longer than so many characters, cut behind a word."""
    if len(text) <= length:
        return text
    head = text[: length - 1]
    return f"{head.rpartition(' ')[0].rstrip(' ,;:.–-') or head}…"


def _card(path: str, told: Publication | Series, entries: Sequence[Entry]) -> Card:
    summary = markdown.to_text(told.summary) if told.summary else ""
    starts = [entry.session.start for entry in entries]
    held = [entry.session.end for entry in entries if entry.session.status not in OFF]
    return Card(
        path,
        told.title,
        told.language,
        shortened(summary.partition("\n\n")[0], _SUMMARY),
        wording.organizers(told.organizers),
        len(starts),
        min(starts, default=None),
        max(starts, default=None),
        tuple(sorted(each.astimezone(UTC) for each in held)[-_ENDS:]),
        tuple(islice(films.of(entries, told.language), FILMS)),
    )
