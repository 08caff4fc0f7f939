"""Streams: files made of one piece after another, whether for a series or for a view of many.

A calendar is a head, an event for each session, and a tail; a feed is a head, its newest items,
and a tail. A piece has the same bytes wherever it stands, so a view's file is put together from
the pieces of its series' files without making any of them again. Knows no format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from webinar_feeds.model import Publication, Scope, Site

# Each format's own: texts, whole numbers and None, which it alone takes apart.
Key = tuple[Any, ...]
Facts = tuple[Any, ...]


class Piece(NamedTuple):
    """One entry of a stream.

    `key` orders the pieces of every file that holds them, smallest first; `facts` is what a file's
    head must know of the pieces in it (zones and years, the newest stamp). Both hold only texts
    and whole numbers, so that they can be kept beside the file.
    """

    key: Key
    facts: Facts
    data: bytes


class Stream(Protocol):
    """What a format says of one of its files."""

    @property
    def file(self) -> str:
        """The file's name in the folder of a publication: `calendar.ics`."""
        ...

    @property
    def media_type(self) -> str:
        """Its media type, as a server should send it (H1, H2)."""
        ...

    @property
    def draws(self) -> AbstractSet[Scope]:
        """The scopes that have such a file."""
        ...

    @property
    def separator(self) -> bytes:
        """What stands between two pieces."""
        ...

    def limit(self, site: Site) -> int | None:
        """How many pieces such a file holds at most, None when it holds all."""
        ...

    def pieces(self, publication: Publication, site: Site) -> Iterable[Piece]:
        """The pieces of a series, in any order."""
        ...

    def head(
        self, publication: Publication, site: Site, path: str, facts: Iterable[Facts]
    ) -> bytes:
        """What stands before the pieces.

        Args:
            publication: a series or a view; its entries are not to be asked for.
            site: what it belongs to.
            path: the file's own path below the site's address.
            facts: of the pieces that the file holds, in their order; may be iterated once.
        """
        ...

    def fitting(self, facts: Iterable[Facts]) -> Callable[[Piece], bytes] | None:
        """How pieces with such facts must be changed to stand in one file, None when not at all."""
        ...

    def tail(self, publication: Publication) -> bytes:
        """What stands behind the pieces."""
        ...

    def modified(self, publication: Publication, facts: Iterable[Facts]) -> datetime:
        """When the file's content last changed (UTC), for `Last-Modified` (H3)."""
        ...


def ordered(stream: Stream, publication: Publication, site: Site) -> list[Piece]:
    """The pieces that a series' file holds: in order, and no more than its limit."""
    pieces = sorted(stream.pieces(publication, site), key=lambda piece: piece.key)
    return pieces[: stream.limit(site)]


def composed(
    stream: Stream, publication: Publication, site: Site, path: str, pieces: Sequence[Piece]
) -> Iterator[bytes]:
    """A file's bytes: its head, its pieces, its tail."""
    yield stream.head(publication, site, path, (piece.facts for piece in pieces))
    fit = stream.fitting(piece.facts for piece in pieces)
    between = b""
    for piece in pieces:
        yield between
        yield piece.data if fit is None else fit(piece)
        between = stream.separator
    yield stream.tail(publication)
