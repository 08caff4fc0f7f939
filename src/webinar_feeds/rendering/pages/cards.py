"""A series as others see it: what the site's own pages say of it, kept in the series' record."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.rendering import markdown, wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webinar_feeds.model import Entry, Publication, Series

_SUMMARY = 280


class Card(NamedTuple):
    """A series in short: `first` and `last` are the starts of its first and last session.

    They are aware, and on the clock of their session's zone; None when there is no session.
    """

    path: str
    title: str
    language: str
    summary: str
    organizers: str
    sessions: int
    first: datetime | None
    last: datetime | None


def of(publication: Publication) -> Card:
    """The card of a series."""
    starts = [entry.session.start for entry in publication.entries]
    return _card(publication.path, publication, starts)


def of_entries(entries: Sequence[Entry]) -> Card:
    """The card of a series of which only the entries are at hand; there is one at least."""
    series = entries[0].series
    return _card(series.id, series, [entry.session.start for entry in entries])


def dump(card: Card) -> str:
    """A card as text."""
    *told, first, last = card
    return json.dumps([*told, first and first.isoformat(), last and last.isoformat()])


def parse(text: str) -> Card:
    """A card from what `dump` made of it."""
    *told, first, last = json.loads(text)
    spanned = (each and datetime.fromisoformat(each) for each in (first, last))
    return Card._make((*told, *spanned))


def shortened(text: str, length: int) -> str:
    """A text that is no longer than so many characters, cut behind a word."""
    if len(text) <= length:
        return text
    head = text[: length - 1]
    return f"{head.rpartition(' ')[0].rstrip(' ,;:.–-') or head}…"


def _card(path: str, told: Publication | Series, starts: list[datetime]) -> Card:
    summary = markdown.to_text(told.summary) if told.summary else ""
    return Card(
        path,
        told.title,
        told.language,
        shortened(summary.partition("\n\n")[0], _SUMMARY),
        wording.organizers(told.organizers),
        len(starts),
        min(starts, default=None),
        max(starts, default=None),
    )
