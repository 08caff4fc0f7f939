"""The site and its views, put together from what the records of its series say.

Memory is a few bytes a session: what is known of each is a row on the stage, and who is in which
view comes from a sorted list there. The pieces' bytes are copied once from the files of the series
into a spool, and from there into every file that holds them.
"""

from __future__ import annotations

from array import array
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from itertools import groupby, islice
from struct import Struct
from typing import TYPE_CHECKING, Any, NamedTuple

from webinar_feeds import publications, site_ledger
from webinar_feeds.artifacts import Artifact
from webinar_feeds.model import Scope
from webinar_feeds.output.spool import Sorted, Spool
from webinar_feeds.rendering.streams import Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from webinar_feeds.model import Publication, Site
    from webinar_feeds.records import Part, Record
    from webinar_feeds.rendering import Renderer
    from webinar_feeds.rendering.streams import Facts, Stream
    from webinar_feeds.site_ledger import Shown

    Read = Callable[[str, int, int], bytes]

_MANY = 2048  # sessions of one view that are sorted at once
_FEW = 512  # rows that are taken apart at once
_BLOCK = 1 << 18
_MUCH = 4  # how many times its limit a short file's candidates may grow before they are cut
_ERA = 1 << 40  # makes every instant a whole number above zero


class View(NamedTuple):
    """A view that is published.

    Its header, the numbers of its sessions in order, a hash of them, and what is remembered of it;
    for each long file a hash of its pieces, and the number of what a head must know of each.
    """

    publication: Publication
    members: array[int]
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


class Gathering:
    """Gather the records of all series, in the order of their ids; then ask for views and files.

    Args:
        site: what the series belong to.
        formats: those that make the files of views from what records say.
        stage: the folder for what does not stay in memory; nobody else removes it before `close`.
    """

    def __init__(self, site: Site, formats: Iterable[Renderer], stage: Path) -> None:
        self.site = site
        self.told: list[_Told] = []
        self.viewed: list[_Viewed] = []
        self.long: list[_Long] = []
        self.short: list[_Short] = []
        for each in formats:
            if hasattr(each, "of_site"):
                self.told.append(_Told(each.name, each.of_site))
            if hasattr(each, "of_view"):
                self.viewed.append(_Viewed(each.name, each.of_view))
            for stream in each.streams:  # type: ignore[attr-defined]  # these formats have it
                limit = stream.limit(site)
                if limit is None:
                    self.long.append(
                        _Long(stream, len(self.long), Spool(stage / f".pieces-{len(self.long)}"))
                    )
                else:
                    self.short.append(_Short(stream, limit))
        self.series: list[str] = []
        self.counts = array("I")
        self.languages: set[str] = set()
        self.sessions = _Sessions(Spool(stage / ".sessions"), len(self.long))
        self.subjects = Sorted(stage / ".subjects")

    def close(self) -> None:
        """Let go of the files."""
        self.subjects.close()
        for each in (self.sessions.spool, *(long.spool for long in self.long)):
            each.close()

    def add(self, series: str, record: Record) -> None:
        """Take a series' record in."""
        place = len(self.series)
        self.series.append(series)
        self.counts.append(len(record.members))
        columns = [
            long.columns(record.parts.get(long.stream.file, ()), len(record.members))
            for long in self.long
        ]
        subjects: dict[str, tuple[str, list[int]]] = {}
        for member, *pieces in zip(record.members, *columns, strict=True):
            number = self.sessions.count
            mark = _hash(f"{series}\0{member.id}\0{member.modified}")
            values = (value for piece in pieces for value in piece)
            self.sessions.add(member.start, member.modified, mark, place, *values)
            for path, name in member.subjects:
                subjects.setdefault(path, (name, []))[1].append(number)
        for path, (name, numbers) in subjects.items():
            if path.startswith("languages/"):
                self.languages.add(path)
            self.subjects.add(_line(path, name, numbers))
        for short in self.short:
            short.add(place, record.parts.get(short.stream.file, ()))
        for told in self.told:
            told.add(record.told[told.name])
        for viewed in self.viewed:
            viewed.add(record.told[viewed.name])

    def views(
        self, uid: str, published: Iterable[tuple[str, Shown]], now: datetime
    ) -> Iterator[View]:
        """The site, then every view that is worth following or has been published before, by path.

        There is no site when there is no session at all, and never was one.

        Args:
            uid: the site's.
            published: the views that have been published, each with its path, sorted by these.
            now: the time of this build, aware; it stamps only what something has left.
        """
        spoken = len(self.languages)
        for (path, name, numbers), past in _joined(self._found(), iter(published)):
            if (
                past is not None
                or not path
                or publications.is_worthwhile(path, len(numbers), spoken)
            ):
                yield self._view(path, name if past is None else past.name, numbers, past, uid, now)

    def _found(self) -> Iterator[_Subject]:
        """The site, and then each subject with its sessions, by path."""
        if self.sessions.count:
            yield "", "", array("I", range(self.sessions.count))
        for path, lines in groupby(self.subjects, lambda line: line[: line.index(b"\t")]):
            name = b""
            numbers = array("I")
            for line in lines:
                _, first, called, others = line.split(b"\t")
                name = name or called
                numbers.append(int(first, 16))
                if others:
                    numbers.frombytes(bytes.fromhex(others.decode()))
            yield path.decode(), name.decode("unicode_escape"), numbers

    def _view(  # noqa: PLR0913, PLR0917 - what a view is, and was
        self,
        path: str,
        name: str,
        numbers: array[int],
        past: Shown | None,
        uid: str,
        now: datetime,
    ) -> View:
        order, rows = self.sessions.ordered(numbers)
        content = self._head(path, name)
        newest: int | None = None
        pieces = [(blake2b(digest_size=16), array("I")) for _ in self.long]
        while block := [*islice(rows, _FEW)]:
            _, modified, marks, _, *rest = zip(*block, strict=True)
            content.update(array("Q", marks).tobytes())
            newest = max(modified) if newest is None else max(newest, *modified)
            for number, (sums, kinds) in enumerate(pieces):
                sums.update(array("I", rest[_WIDTH * number + 2]).tobytes())
                kinds.extend(rest[_WIDTH * number + 3])
        held = content.hexdigest()
        last = None if newest is None else datetime.fromtimestamp(newest, UTC)
        shown = site_ledger.revised(past, name, held, last, now)
        publication = publications.view(path, shown.name, self.site, uid, shown.modified)
        told = tuple((sums.hexdigest(), kinds) for sums, kinds in pieces)
        return View(publication, order, held, shown, told)

    def _head(self, path: str, name: str) -> blake2b:
        site = self.site
        held_by = site.publisher and (site.publisher.name, site.publisher.url)
        head = repr((path, name, site.title, site.language, site.base_url, held_by))
        return blake2b(head.encode(), digest_size=10)

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
                yield File(path, each.fingerprint(head, view), make)
        for viewed in self.viewed:
            yield from viewed.files(self, head, view)
        if publication.scope is Scope.SITE:
            for told in self.told:
                digest = told.fingerprint(head)
                for artifact in told.artifacts(publication, site):
                    yield File(artifact.path, digest, partial(_made, artifact))

    def load(self, read: Read) -> None:
        """Copy the pieces of long files into a spool, so that they can be read from there.

        Args:
            read: some bytes of a file of the output: its path, from where, how many.
        """
        for long in self.long:
            long.load(self, read)


def _made(artifact: Artifact, _: Read) -> Artifact:
    return artifact


_Subject = tuple[str, str, "array[int]"]


def _line(path: str, name: str, numbers: list[int]) -> bytes:
    """What a series' sessions say of a subject: sorts by its path, then by the first of them."""
    others = array("I", numbers[1:]).tobytes().hex()
    called = name.encode("unicode_escape").decode("ascii")
    return f"{path}\t{numbers[0]:08x}\t{called}\t{others}".encode()


def _joined(
    found: Iterator[_Subject], published: Iterator[tuple[str, Shown]]
) -> Iterator[tuple[_Subject, Shown | None]]:
    """Subjects with what has been published of them, and those of which nothing else is left."""
    one, two = next(found, None), next(published, None)
    while one is not None or two is not None:
        if one is not None and (two is None or one[0] <= two[0]):
            past = two[1] if two is not None and two[0] == one[0] else None
            yield one, past
            one = next(found, None)
            two = two if past is None else next(published, None)
        elif two is not None:  # pragma: no branch - one of them is there
            yield (two[0], "", array("I")), two[1]
            two = next(published, None)


class _Sessions:
    """What is known of every session, by its number: rows of some forty bytes, on the stage.

    A row has when the session starts and was modified, its mark, the place of its series, and for
    each long file where its piece lies, how large it is, its sum, and the number of its facts.
    """

    def __init__(self, spool: Spool, files: int) -> None:
        self.spool = spool
        self.form = Struct(f"<qqQI{files * 'QIII'}")
        self.count = 0

    def add(self, *row: int) -> None:
        """Take the next session's row."""
        self.spool.add(self.form.pack(*row))
        self.count += 1

    def __getitem__(self, number: int) -> tuple[int, ...]:
        size = self.form.size
        return self.form.unpack(self.spool.part(number * size, size))

    def ordered(self, numbers: array[int]) -> tuple[array[int], Iterator[tuple[int, ...]]]:
        """Some sessions by their start, those of one start by number; and their rows.

        Args:
            numbers: of the sessions, which rise.
        """
        if len(numbers) <= _MANY:
            rows = {number: self[number] for number in numbers}
            order = array("I", sorted(rows, key=lambda each: rows[each][0]))
            return order, map(rows.__getitem__, order)
        path = self.spool.path.with_name(".order")
        lines = Sorted(path)
        for number in numbers:
            lines.add(b"%012x%08x" % (self[number][0] + _ERA, number))
        order = array("I", (int(line[12:], 16) for line in lines))
        lines.close()
        return order, map(self.__getitem__, order)


_FIRST, _WIDTH = 4, 4  # where the columns of long files begin, and how many each has


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


class _Long:
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
        column = _FIRST + _WIDTH * self.number
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
        publication, site, rows = view.publication, all_.site, all_.sessions
        stream = self.stream
        column = _FIRST + _WIDTH * self.number

        def facts() -> Iterator[Facts]:
            return map(self.facts.__getitem__, view.pieces[self.number][1])

        def chunks() -> Iterator[bytes]:
            yield stream.head(publication, site, path, facts())
            fit = stream.fitting(facts())
            between = b""
            for number in view.members:
                row = rows[number]
                offset, size, _, kind = row[column : column + _WIDTH]
                data = self.spool.part(offset + self.moved[row[3]], size)
                if fit is not None:
                    data = fit(Piece((row[0],), self.facts[kind], data))
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


class _Viewed:
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
        self.marks.append(_hash(text))

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
                series = sorted({rows[each][3] for each in members})
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
