"""The site and its views, put together from what the records of its series say.

Memory is some forty bytes a session: instants, places and memberships in arrays. The pieces'
bytes are copied once from the files of the series into a spool, and from there into every file
that holds them.
"""

from __future__ import annotations

from array import array
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from webinar_feeds import publications, site_ledger
from webinar_feeds.artifacts import Artifact
from webinar_feeds.model import Scope
from webinar_feeds.rendering.streams import Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from webinar_feeds.model import Publication, Site
    from webinar_feeds.output.spool import Spool
    from webinar_feeds.records import Part, Record
    from webinar_feeds.rendering import Renderer
    from webinar_feeds.rendering.streams import Facts, Stream
    from webinar_feeds.site_ledger import Shown, SiteLedger

_FILTER = 23  # bits of the address of a bit: a megabyte tells a hundred thousand speakers apart
_MUCH = 4  # how many times its limit a short file's candidates may grow before they are cut


class View(NamedTuple):
    """A view that is published.

    Its header, the numbers of its sessions in order, a hash of them, and what is remembered of it.
    """

    publication: Publication
    members: array[int]
    content: str
    shown: Shown


class File(NamedTuple):
    """A file of a view: its path, a hash of what it is made from, and how to make it.

    `make` takes the spool that `Gathering.load` has filled, and what reads a file of the output.
    """

    path: str
    made_from: str
    make: Callable[[Spool, Callable[[str], bytes]], Artifact]


class Gathering:
    """Gather the records of all series, in the order of their ids; then ask for views and files.

    Args:
        site: what the series belong to.
        formats: those that make the files of views from what records say.
    """

    def __init__(self, site: Site, formats: Iterable[Renderer]) -> None:
        self.site = site
        self.told: list[_Told] = []
        self.long: list[_Long] = []
        self.short: list[_Short] = []
        for each in formats:
            if hasattr(each, "of_site"):
                self.told.append(_Told(each.name, each.of_site))
            for stream in each.streams:  # type: ignore[attr-defined]  # these formats have it
                limit = stream.limit(site)
                if limit is None:
                    self.long.append(_Long(stream))
                else:
                    self.short.append(_Short(stream, limit))
        self.series: list[str] = []
        self.starts = array("q")
        self.modified = array("q")
        self.marks = array("Q")
        self.subjects = _Subjects()

    def add(self, series: str, record: Record) -> None:
        """Take a series' record in."""
        place = len(self.series)
        self.series.append(series)
        for member in record.members:
            number = len(self.starts)
            self.starts.append(member.start)
            self.modified.append(member.modified)
            self.marks.append(_hash(f"{series}\0{member.id}\0{member.modified}"))
            for path, name in member.subjects:
                self.subjects.add(path, name, number)
        for long in self.long:
            long.add(record.parts.get(long.stream.file, ()), len(record.members))
        for short in self.short:
            short.add(place, record.parts.get(short.stream.file, ()))
        for told in self.told:
            told.add(record.told[told.name])

    def views(self, past: SiteLedger, now: datetime) -> Iterator[View]:
        """The site, then every view that is worth following or has been published before, by path.

        There is no site when there is no session at all, and never was one.

        Args:
            past: what has been published of them.
            now: the time of this build, aware; it stamps only what something has left.
        """
        everything = array("I", range(len(self.starts)))
        if everything or "" in past.views:
            yield self._view("", everything, past, now)
        found = self.subjects.members(past.views)
        spoken = sum(path.startswith("languages/") and bool(held) for path, held in found)
        for path, held in found:
            if path in past.views or publications.is_worthwhile(path, len(held), spoken):
                yield self._view(path, held, past, now)

    def _view(self, path: str, unordered: array[int], past: SiteLedger, now: datetime) -> View:
        order = array("I", sorted(unordered, key=self.starts.__getitem__))
        name = past.views[path].name if path in past.views else self.subjects.name(path)
        content = self._content(path, name, order)
        newest = max((self.modified[number] for number in order), default=None)
        shown = site_ledger.revised(
            past.views.get(path),
            name,
            content,
            None if newest is None else datetime.fromtimestamp(newest, UTC),
            now,
        )
        publication = publications.view(path, shown.name, self.site, past.uid, shown.modified)
        return View(publication, order, content, shown)

    def _content(self, path: str, name: str, order: array[int]) -> str:
        site = self.site
        held_by = site.publisher and (site.publisher.name, site.publisher.url)
        head = repr((path, name, site.title, site.language, site.base_url, held_by))
        digest = blake2b(head.encode(), digest_size=10)
        digest.update(array("Q", map(self.marks.__getitem__, order)).tobytes())
        return digest.hexdigest()

    def files(self, view: View) -> Iterator[File]:
        """The files of a view."""
        publication, site = view.publication, self.site
        folder = f"{publication.path}/" if publication.path else ""
        head = f"{view.content} {publication.uid} {publication.modified.isoformat()}"
        files: list[_Long | _Short] = [*self.long, *self.short]
        for each in files:
            if publication.scope in each.stream.draws:
                path = f"{folder}{each.stream.file}"
                make = partial(each.artifact, self, view, path)
                yield File(path, each.fingerprint(head, view.members), make)
        if publication.scope is Scope.SITE:
            for told in self.told:
                digest = told.fingerprint(head)
                for artifact in told.artifacts(publication, site):
                    yield File(artifact.path, digest, lambda *_, made=artifact: made)

    def load(self, spool: Spool, read: Callable[[str], bytes]) -> None:
        """Copy the pieces of long files into a spool, so that they can be read from there.

        Args:
            spool: takes the bytes.
            read: the bytes of a file by its path below the output folder.
        """
        for long in self.long:
            long.load(self.series, spool, read)


class _Subjects:
    """What sessions are about, and who speaks: twelve bytes for each time that it is said.

    Most speakers speak once on a site, and a text for each of them would be most of the memory.
    So a subject is a hash, and only those have a text that may be worth a view: topics, languages,
    and speakers whose hash a small filter has seen before.
    """

    def __init__(self) -> None:
        self.hashes = array("Q")
        self.numbers = array("I")
        self.seen = bytearray(1 << _FILTER - 3)
        self.texts: dict[int, tuple[str, str]] = {}

    def add(self, path: str, name: str, number: int) -> None:
        """A session has a subject."""
        mark = _hash(path)
        self.hashes.append(mark)
        self.numbers.append(number)
        place, bit = mark >> 3 & (1 << _FILTER - 3) - 1, 1 << (mark & 7)
        if self.seen[place] & bit or not path.startswith("speakers/"):
            self.texts.setdefault(mark, (path, name))
        self.seen[place] |= bit

    def members(self, published: Iterable[str]) -> _Members:
        """The sessions of each subject that may be worth a view, and of those that have one.

        Args:
            published: the paths of the views that have been published before.
        """
        paths = {path for path, _ in self.texts.values()}
        return _Members(sorted(paths.union(filter(None, published))), self.hashes, self.numbers)

    def name(self, path: str) -> str:
        """What a subject is called."""
        return self.texts.get(_hash(path), (path, ""))[1]


class _Members:
    """The sessions of each subject, by path: four bytes for each time that it is said.

    Args:
        paths: the subjects' paths, sorted.
        hashes: of the path of each subject that a session has.
        numbers: the session that has it; those of one subject rise.
    """

    def __init__(self, paths: list[str], hashes: array[int], numbers: array[int]) -> None:
        self.paths = paths
        ranks = {_hash(path): rank for rank, path in enumerate(paths)}
        nobody = len(paths)
        held = array("I", (ranks.get(mark, nobody) for mark in hashes))
        # A counting sort: where each subject's sessions begin, then each session to its place.
        self.bounds = array("I", bytes(4 * (nobody + 2)))
        for rank in held:
            self.bounds[rank + 1] += 1
        for rank in range(nobody + 1):
            self.bounds[rank + 1] += self.bounds[rank]
        free = self.bounds[:]
        self.numbers = array("I", bytes(4 * len(numbers)))
        for rank, number in zip(held, numbers, strict=True):
            self.numbers[free[rank]] = number
            free[rank] += 1

    def __iter__(self) -> Iterator[tuple[str, array[int]]]:
        for rank, path in enumerate(self.paths):
            yield path, self.numbers[self.bounds[rank] : self.bounds[rank + 1]]


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


class _Long:
    """A file that holds a piece of every session, such as a calendar."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.offsets = array("Q")
        self.sizes = array("I")
        self.sums = array("I")
        self.kinds = array("I")
        self.facts: list[Facts] = []
        self.known: dict[Facts, int] = {}
        self.counts = array("I")

    def add(self, parts: tuple[Part, ...], sessions: int) -> None:
        """Take in the parts of a series' file."""
        if len(parts) != sessions:
            msg = f"{self.stream.file} has {len(parts)} pieces for {sessions} sessions"
            raise ValueError(msg)
        self.counts.append(sessions)
        for part in parts:
            kind = self.known.setdefault(part.facts, len(self.facts))
            if kind == len(self.facts):
                self.facts.append(part.facts)
            self.kinds.append(kind)
            self.offsets.append(part.offset)
            self.sizes.append(part.size)
            self.sums.append(part.sum)

    def fingerprint(self, head: str, order: array[int]) -> str:
        """A hash of what a view's file is made from."""
        digest = blake2b(head.encode(), digest_size=16)
        digest.update(array("I", map(self.sums.__getitem__, order)).tobytes())
        digest.update(
            repr(sorted({repr(self.facts[self.kinds[number]]) for number in order})).encode()
        )
        return digest.hexdigest()

    def load(self, series: list[str], spool: Spool, read: Callable[[str], bytes]) -> None:
        """Copy every series' pieces into the spool, and remember where they are there."""
        number = 0
        for name, count in zip(series, self.counts, strict=True):
            if not count:
                continue
            data = read(f"{name}/{self.stream.file}")
            first, last = self.offsets[number], number + count - 1
            end = self.offsets[last] + self.sizes[last]
            begin = spool.add(data[first:end]).offset
            for each in range(number, number + count):
                self.offsets[each] += begin - first
            number += count

    def artifact(
        self, all_: Gathering, view: View, path: str, spool: Spool, _: Callable[[str], bytes]
    ) -> Artifact:
        """The file of a view."""
        publication, site, order, starts = view.publication, all_.site, view.members, all_.starts
        stream = self.stream

        def facts() -> Iterator[Facts]:
            return (self.facts[self.kinds[number]] for number in order)

        def chunks() -> Iterator[bytes]:
            yield stream.head(publication, site, path, facts())
            fit = stream.fitting(facts())
            between = b""
            for number in order:
                data = spool.part(self.offsets[number], self.sizes[number])
                if fit is not None:
                    data = fit(Piece((starts[number],), self.facts[self.kinds[number]], data))
                yield between + data if between else data
                between = stream.separator
            yield stream.tail(publication)

        return Artifact(path, stream.media_type, chunks, stream.modified(publication, facts()))


class _Short:
    """A file that holds the first few pieces of all, such as a feed."""

    def __init__(self, stream: Stream, limit: int) -> None:
        self.stream, self.limit = stream, limit
        self.held: list[tuple[tuple[Any, ...], int, Part]] = []

    def add(self, place: int, parts: tuple[Part, ...]) -> None:
        """Take in the parts of a series' file."""
        self.held += ((part.key, place, part) for part in parts)
        if len(self.held) > _MUCH * (self.limit + 1):
            self._cut()

    def fingerprint(self, head: str, order: array[int]) -> str:
        """A hash of what the site's file is made from."""
        del order
        self._cut()
        held = repr((head, [(key, part.facts, part.sum) for key, _, part in self.held]))
        return blake2b(held.encode(), digest_size=16).hexdigest()

    def _cut(self) -> None:
        self.held.sort(key=lambda each: each[:2])
        del self.held[self.limit :]

    def artifact(
        self, all_: Gathering, view: View, path: str, _: Spool, read: Callable[[str], bytes]
    ) -> Artifact:
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
                data = read(f"{series[place]}/{stream.file}")
                yield between
                yield data[part.offset : part.offset + part.size]
                between = stream.separator
            yield stream.tail(publication)

        return Artifact(path, stream.media_type, chunks, stream.modified(publication, facts()))


class _Told:
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
