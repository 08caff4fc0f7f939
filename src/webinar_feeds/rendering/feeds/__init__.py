"""Recordings as RSS, Atom and JSON Feed: one list of items, written three times; and the changes.

The items are made once, without a format in mind, so that ids, dates and texts are the same in
all three (F28). The feed of changes tells what became of the sessions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webinar_feeds.artifacts import Artifact
from webinar_feeds.model import Scope
from webinar_feeds.rendering.feeds import atom, items, jsonfeed, news, rss
from webinar_feeds.rendering.feeds.items import Used
from webinar_feeds.rendering.streams import Piece, composed, ordered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from webinar_feeds.model import Publication, Site
    from webinar_feeds.rendering.feeds.items import Header, Item
    from webinar_feeds.rendering.streams import Facts, Key, Stream

name = "feeds"
draws = frozenset({Scope.SERIES, Scope.SITE})


class Feed:
    """A feed of recordings, newest first (F8); what it is written as is given to it.

    The facts of a piece are a `Used`.
    """

    draws = draws

    def __init__(  # noqa: PLR0913 - what one feed differs by from the others
        self,
        suffix: str,
        media_type: str,
        *,
        item: Callable[[Item], bytes],
        head: Callable[[Header, Used], bytes],
        tail: bytes,
        separator: bytes = b"",
    ) -> None:
        self.file = f"recordings.{suffix}"
        self.media_type = media_type
        self.separator = separator
        self._item, self._head, self._tail = item, head, tail

    def limit(self, site: Site) -> int:
        """A feed holds the newest; the rest can be found on the page."""
        return site.feed_length

    def pieces(self, publication: Publication, site: Site) -> Iterator[Piece]:
        """An item for each recording that has appeared, for as many as a feed holds."""
        for key, used, item in _ITEMS.of(publication, site):
            yield Piece(key, used, self._item(item))

    def head(
        self, publication: Publication, site: Site, path: str, facts: Iterable[Facts]
    ) -> bytes:
        """What is said of the feed as a whole; it is as new as its newest item."""
        found = [*facts]
        uses = Used(*map(max, zip(*found, strict=True))) if found else Used(0, *4 * (False,))
        updated = uses.updated if found else None
        return self._head(items.header(publication, site, path, "recordings", updated), uses)

    def fitting(self, facts: Iterable[Facts]) -> None:
        """An item is the same in every feed."""
        del facts

    def tail(self, publication: Publication) -> bytes:
        """The end of the feed."""
        del publication
        return self._tail

    def modified(self, publication: Publication, facts: Iterable[Facts]) -> datetime:
        """The publication's own stamp, which covers the texts of the head as well."""
        del facts
        return publication.modified


class _Items:
    """The items of the publication that was asked for last, made once for all three feeds."""

    def __init__(self) -> None:
        self.asked: tuple[Publication, Site] | None = None
        self.found: tuple[tuple[Key, Used, Item], ...] = ()

    def of(self, publication: Publication, site: Site) -> tuple[tuple[Key, Used, Item], ...]:
        """The items of a publication, each with its key and its facts."""
        if self.asked is None or self.asked[0] is not publication or self.asked[1] is not site:
            found = items.items_of(publication, site)
            self.found = tuple((items.key(each), items.used(each), each) for each in found)
            self.asked = publication, site
        return self.found


_ITEMS = _Items()
streams: tuple[Stream, ...] = (
    Feed("rss", "application/rss+xml", item=rss.item, head=rss.head, tail=rss.TAIL),
    Feed(
        "atom",
        "application/atom+xml",
        item=atom.entry,
        head=lambda feed, _: atom.head(feed),
        tail=atom.TAIL,
    ),
    Feed(
        "json",
        "application/feed+json",
        item=jsonfeed.item,
        head=lambda feed, _: jsonfeed.head(feed),
        tail=jsonfeed.TAIL,
        separator=jsonfeed.SEPARATOR,
    ),
    news.Changes(),
)


def render(publication: Publication, site: Site) -> Iterator[Artifact]:
    """The feeds of a series or of the site (H2).

    The changes of a site are gathered from those of its series, so a site that is rendered from
    its entries has none.
    """
    folder = f"{publication.path}/" if publication.path else ""
    for stream in streams:
        if stream.file == news.FILE and publication.scope is not Scope.SERIES:
            continue
        yield _artifact(stream, publication, site, f"{folder}{stream.file}")


def _artifact(stream: Stream, publication: Publication, site: Site, path: str) -> Artifact:
    def chunks() -> Iterator[bytes]:
        return composed(stream, publication, site, path, ordered(stream, publication, site))

    return Artifact(path, stream.media_type, chunks, stream.modified(publication, ()))


def beside(
    publication: Publication, site: Site, pieces: Mapping[str, Sequence[Piece]]
) -> tuple[Artifact, ...]:
    """Nothing: every feed is made of pieces."""
    del publication, site, pieces
    return ()
