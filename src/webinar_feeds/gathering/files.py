"""The files of views: long ones, which hold a piece of every session, short ones, and told ones."""

from __future__ import annotations

from array import array
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from webinar_feeds.artifacts import Artifact
from webinar_feeds.gathering.sessions import FIRST, WIDTH, hashed
from webinar_feeds.rendering.streams import Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webinar_feeds.gathering import Gathering
    from webinar_feeds.gathering.sessions import Row
    from webinar_feeds.model import Publication, Site
    from webinar_feeds.output.spool import Spool
    from webinar_feeds.records import Part
    from webinar_feeds.rendering.streams import Facts, Stream
    from webinar_feeds.site_ledger import Shown

    Read = Callable[[str, int, int], bytes]

_BLOCK = 1 << 18
_MUCH = 4  # how many times its limit a short file's candidates may grow before they are cut


class View(NamedTuple):
    """A view that is published.

    Its header, the numbers of its sessions in order and what gives their rows, a hash of them, and
    what is remembered of it; for each long file a hash of its pieces, and the number of what a head
    must know of each.
    """

    publication: Publication
    members: array[int]
    rows: Callable[[], Iterator[Row]]
    content: str
    shown: Shown
    pieces: tuple[tuple[str, array[int]], ...]


class File(NamedTuple):
    """A file of a view: its path, a hash of what it is made from, and how to make it.

    `make` takes what reads some bytes of a file of the output: its path, from where, how many.
    """

    path: str
    made_from: str
    make: Callable[[Read], Artifact]


class Long:
    """A file that holds a piece of every session, such as a calendar.

    Args:
        stream: the file.
        number: which of the long files it is.
        spool: takes its pieces.
    """

    def __init__(self, stream: Stream, number: int, spool: Spool) -> None:
        self.stream = stream
        self.number = number
        self.spool = spool
        self.facts: list[Facts] = []
        self.known: dict[Facts, int] = {}
        self.moved = array("q")

    def columns(self, parts: tuple[Part, ...], sessions: int) -> Iterator[tuple[int, ...]]:
        """What rows hold of the parts of a series' file."""
        if len(parts) != sessions:
            msg = f"{self.stream.file} has {len(parts)} pieces for {sessions} sessions"
            raise ValueError(msg)
        for part in parts:
            kind = self.known.setdefault(part.facts, len(self.facts))
            if kind == len(self.facts):
                self.facts.append(part.facts)
            yield part.offset, part.size, part.sum, kind

    def fingerprint(self, head: str, view: View) -> str:
        """A hash of what a view's file is made from."""
        sums, kinds = view.pieces[self.number]
        facts = sorted(repr(self.facts[kind]) for kind in {*kinds})
        return blake2b(f"{head} {sums} {facts}".encode(), digest_size=16).hexdigest()

    def load(self, all_: Gathering, read: Read) -> None:
        """Copy every series' pieces into the spool, and remember how far they have moved."""
        number = 0
        column = FIRST + WIDTH * self.number
        for name, count in zip(all_.series, all_.counts, strict=True):
            if not count:
                self.moved.append(0)
                continue
            begin = all_.sessions[number][column]
            number += count
            end = sum(all_.sessions[number - 1][column : column + 2])
            self.moved.append(self.spool.size - begin)
            for offset in range(begin, end, _BLOCK):
                size = min(_BLOCK, end - offset)
                self.spool.add(read(f"{name}/{self.stream.file}", offset, size))

    def artifact(self, all_: Gathering, view: View, path: str, _: Read) -> Artifact:
        """The file of a view."""
        publication, site, stream = view.publication, all_.site, self.stream
        column = FIRST + WIDTH * self.number

        def facts() -> Iterator[Facts]:
            return map(self.facts.__getitem__, view.pieces[self.number][1])

        def chunks() -> Iterator[bytes]:
            yield stream.head(publication, site, path, facts())
            fit = stream.fitting(facts())
            between = b""
            for row in view.rows():
                offset, size, _, kind = row[column : column + WIDTH]
                data = self.spool.part(offset + self.moved[row[3]], size)
                if fit is not None:
                    data = fit(Piece((row[0],), self.facts[kind], data))
                yield between + data if between else data
                between = stream.separator
            yield stream.tail(publication)

        return Artifact(path, stream.media_type, chunks, stream.modified(publication, facts()))


class Short:
    """A file that holds the first few pieces of all, such as a feed."""

    def __init__(self, stream: Stream, limit: int) -> None:
        self.stream, self.limit = stream, limit
        self.held: list[tuple[tuple[Any, ...], int, Part]] = []

    def add(self, place: int, parts: tuple[Part, ...]) -> None:
        """Take in the parts of a series' file."""
        self.held += ((part.key, place, part) for part in parts)
        if len(self.held) > _MUCH * (self.limit + 1):
            self._cut()

    def fingerprint(self, head: str, view: View) -> str:
        """A hash of what the site's file is made from."""
        del view
        self._cut()
        held = repr((head, [(key, part.facts, part.sum) for key, _, part in self.held]))
        return blake2b(held.encode(), digest_size=16).hexdigest()

    def _cut(self) -> None:
        self.held.sort(key=lambda each: each[:2])
        del self.held[self.limit :]

    def artifact(self, all_: Gathering, view: View, path: str, read: Read) -> Artifact:
        """The file of the site."""
        publication, site, series = view.publication, all_.site, all_.series
        self._cut()
        stream = self.stream

        def facts() -> Iterator[Facts]:
            return (part.facts for _, _, part in self.held)

        def chunks() -> Iterator[bytes]:
            yield stream.head(publication, site, path, facts())
            between = b""
            for _, place, part in self.held:
                yield between
                yield read(f"{series[place]}/{stream.file}", part.offset, part.size)
                between = stream.separator
            yield stream.tail(publication)

        return Artifact(path, stream.media_type, chunks, stream.modified(publication, facts()))


class Told:
    """The files of the site that a format makes from what each series tells it."""

    def __init__(
        self, name: str, of_site: Callable[[Publication, Site, list[str]], Iterator[Artifact]]
    ) -> None:
        self.name = name
        self.of_site = of_site
        self.texts: list[str] = []

    def add(self, text: str) -> None:
        """Take in what a series tells."""
        self.texts.append(text)

    def fingerprint(self, head: str) -> str:
        """A hash of what all of the files are made from."""
        return blake2b(repr((head, self.texts)).encode(), digest_size=16).hexdigest()

    def artifacts(self, publication: Publication, site: Site) -> Iterator[Artifact]:
        """The files."""
        return self.of_site(publication, site, self.texts)


class Viewed:
    """The files of views that a format makes from those of the series.

    Args:
        name: the format's.
        of_view: makes them of a view, the number of its sessions, a function that says where some
            of them are, and one that reads a file of the output.
    """

    def __init__(self, name: str, of_view: Callable[..., Iterator[Artifact]]) -> None:
        self.name = name
        self.of_view = of_view
        self.marks = array("Q")
        self.firsts = array("I", (0,))
        self.read: Read | None = None

    def add(self, text: str) -> None:
        """Take in what a series tells; only whether it changes is of interest."""
        self.marks.append(hashed(text))

    def files(self, all_: Gathering, head: str, view: View) -> Iterator[File]:
        """The files of a view."""
        rows, members = all_.sessions, view.members
        for count in all_.counts[len(self.firsts) - 1 :]:
            self.firsts.append(self.firsts[-1] + count)

        def places(first: int, last: int) -> Iterator[tuple[str, int]]:
            for number in members[first:last]:
                place = rows[number][3]
                yield all_.series[place], number - self.firsts[place]

        made = self.of_view(view.publication, all_.site, len(members), places, self._whole)
        for number, artifact in enumerate(made):
            if not number:
                series = sorted({row[3] for row in view.rows()})
                told = array("Q", (self.marks[place] for place in series))
                sums = blake2b(f"{head} {told.tobytes().hex()}".encode(), digest_size=16)
            yield File(artifact.path, sums.hexdigest(), partial(self._made, artifact))

    def _made(self, artifact: Artifact, read: Read) -> Artifact:
        self.read = read
        return artifact

    def _whole(self, path: str) -> bytes:
        """A file of the output; asked for once there is something to read it with."""
        assert self.read is not None  # noqa: S101 - `_made` came before
        return self.read(path, 0, -1)
