"""Files that are made of pieces: in order, as many as they may hold, with something between."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from webinar_feeds.model import Publication, Scope, Site
from webinar_feeds.rendering.streams import Piece, composed, ordered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from webinar_feeds.rendering.streams import Facts, Stream

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
SITE = Site(feed_length=2)
HERE = Publication(Scope.SERIES, "here", "a@example.org", "Here", "en", (), NOW)
ONE, TWO, THREE = (Piece((number,), (f"f{number}",), b"%d" % number) for number in (1, 2, 3))


class Words:
    """A stream that tells in its bytes what it was asked."""

    file = "words.txt"
    media_type = "text/plain"
    draws = frozenset(Scope)

    def __init__(
        self,
        pieces: Iterable[Piece] = (),
        *,
        separator: bytes = b"",
        most: int | None = None,
        fit: Callable[[Piece], bytes] | None = None,
    ) -> None:
        self.held, self.separator, self.most, self.fit = pieces, separator, most, fit
        self.asked: list[tuple[Facts, ...]] = []

    def limit(self, site: Site) -> int | None:
        return None if self.most is None else min(self.most, site.feed_length)

    def pieces(self, publication: Publication, site: Site) -> Iterable[Piece]:
        assert (publication, site) == (HERE, SITE)
        return iter(self.held)

    def head(
        self, publication: Publication, site: Site, path: str, facts: Iterable[Facts]
    ) -> bytes:
        told = ",".join(text for (text,) in facts)
        return f"<{publication.path} {site.feed_length} {path} {told}|".encode()

    def fitting(self, facts: Iterable[Facts]) -> Callable[[Piece], bytes] | None:
        self.asked.append(tuple(facts))
        return self.fit

    def tail(self, publication: Publication) -> bytes:
        return f"|{publication.path}>".encode()

    def modified(self, publication: Publication, facts: Iterable[Facts]) -> datetime:
        del facts
        return publication.modified


def written(stream: Stream, pieces: Sequence[Piece]) -> bytes:
    return b"".join(composed(stream, HERE, SITE, "a/words.txt", pieces))


@pytest.mark.parametrize("given", [*permutations((ONE, TWO, THREE))])
def test_pieces_stand_by_their_keys_however_they_come(given: tuple[Piece, ...]) -> None:
    assert ordered(Words(given), HERE, SITE) == [ONE, TWO, THREE]


@pytest.mark.parametrize(("most", "held"), [(None, 3), (0, 0), (1, 1), (9, 2)])
def test_a_file_holds_the_first_pieces_up_to_its_limit(most: int | None, held: int) -> None:
    found = ordered(Words((THREE, TWO, ONE), most=most), HERE, SITE)

    assert found == [ONE, TWO, THREE][:held]


@pytest.mark.parametrize(
    ("pieces", "separator", "expected"),
    [
        ((), b", ", b"<here 2 a/words.txt ||here>"),
        ((ONE,), b", ", b"<here 2 a/words.txt f1|1|here>"),
        ((ONE, THREE), b", ", b"<here 2 a/words.txt f1,f3|1, 3|here>"),
        ((ONE, THREE), b"", b"<here 2 a/words.txt f1,f3|13|here>"),
    ],
)
def test_a_file_is_its_head_its_pieces_and_its_tail(
    pieces: tuple[Piece, ...], separator: bytes, expected: bytes
) -> None:
    assert written(Words(separator=separator), pieces) == expected


def test_pieces_are_changed_where_they_would_not_fit_together() -> None:
    stream = Words(fit=lambda piece: piece.data * 2)

    assert written(stream, (ONE, TWO)) == b"<here 2 a/words.txt f1,f2|1122|here>"
    assert stream.asked == [(("f1",), ("f2",))]


def test_chunks_tell_where_each_piece_lies() -> None:
    """`drawing` relies on it: a head, then two chunks for each piece, then a tail."""
    chunks = list(composed(Words(separator=b"; "), HERE, SITE, "words.txt", (ONE, TWO)))

    assert chunks == [b"<here 2 words.txt f1,f2|", b"", b"1", b"; ", b"2", b"|here>"]
