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
from itertools import chain, islice
from typing import TYPE_CHECKING

from webinar_feeds import publications, site_ledger
from webinar_feeds.gathering.files import File, Long, Short, Told, View, Viewed
from webinar_feeds.gathering.sessions import WIDTH, Sessions, Subjects, hashed
from webinar_feeds.model import Scope
from webinar_feeds.output.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from webinar_feeds.artifacts import Artifact
    from webinar_feeds.gathering.files import Read
    from webinar_feeds.gathering.sessions import Row, Subject
    from webinar_feeds.model import Site
    from webinar_feeds.records import Record
    from webinar_feeds.rendering import Renderer
    from webinar_feeds.site_ledger import Shown

_FEW = 512  # rows that are taken apart at once


class Gathering:
    """Gather the records of all series, in the order of their ids; then ask for views and files.

    Args:
        site: what the series belong to.
        formats: those that make the files of views from what records say.
        stage: the folder for what does not stay in memory; nobody else removes it before `close`.
    """

    def __init__(self, site: Site, formats: Iterable[Renderer], stage: Path) -> None:
        self.site = site
        self.told: list[Told] = []
        self.viewed: list[Viewed] = []
        self.long: list[Long] = []
        self.short: list[Short] = []
        for each in formats:
            if hasattr(each, "of_site"):
                self.told.append(Told(each.name, each.of_site))
            if hasattr(each, "of_view"):
                self.viewed.append(Viewed(each.name, each.of_view))
            for stream in each.streams:  # type: ignore[attr-defined]  # these formats have it
                limit = stream.limit(site)
                if limit is None:
                    self.long.append(
                        Long(stream, len(self.long), Spool(stage / f".pieces-{len(self.long)}"))
                    )
                else:
                    self.short.append(Short(stream, limit))
        self.series: list[str] = []
        self.counts = array("I")
        self.sessions = Sessions(Spool(stage / ".sessions"), len(self.long))
        self.subjects = Subjects(stage)

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
        rows: list[Row] = []
        for number, (member, *pieces) in enumerate(
            zip(record.members, *columns, strict=True), self.sessions.count
        ):
            start, identifier, modified, about = member
            mark = hashed(f"{series}\0{identifier}\0{modified}")
            rows.append((start, modified, mark, place, *chain.from_iterable(pieces)))
            for path, name in about:
                subjects.setdefault(path, (name, []))[1].append(number)
        self.sessions.add(rows)
        for path, (name, numbers) in subjects.items():
            self.subjects.add(path, name, numbers)
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
        spoken = len(self.subjects.languages)
        for (path, name, numbers), past in _joined(self._found(), iter(published)):
            if (
                past is not None
                or not path
                or publications.is_worthwhile(path, len(numbers), spoken)
            ):
                yield self._view(path, name if past is None else past.name, numbers, past, uid, now)

    def _found(self) -> Iterator[Subject]:
        """The site, and then each subject with its sessions, by path."""
        if self.sessions.count:
            yield "", "", array("I", range(self.sessions.count))
        yield from self.subjects

    def _view(  # noqa: PLR0913, PLR0917 - what a view is, and was
        self,
        path: str,
        name: str,
        numbers: array[int],
        past: Shown | None,
        uid: str,
        now: datetime,
    ) -> View:
        order, stored = self.sessions.ordered(numbers)
        rows = stored()
        content = self._head(path, name)
        newest: int | None = None
        pieces = [(blake2b(digest_size=16), array("I")) for _ in self.long]
        while block := [*islice(rows, _FEW)]:
            _, modified, marks, _, *rest = zip(*block, strict=True)
            content.update(array("Q", marks).tobytes())
            newest = max(modified) if newest is None else max(newest, *modified)
            for number, (sums, kinds) in enumerate(pieces):
                sums.update(array("I", rest[WIDTH * number + 2]).tobytes())
                kinds.extend(rest[WIDTH * number + 3])
        held = content.hexdigest()
        last = None if newest is None else datetime.fromtimestamp(newest, UTC)
        shown = site_ledger.revised(past, name, held, last, now)
        publication = publications.view(path, shown.name, self.site, uid, shown.modified)
        told = tuple((sums.hexdigest(), kinds) for sums, kinds in pieces)
        return View(publication, order, stored, held, shown, told)

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
        files: list[Long | Short] = [*self.long, *self.short]
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


def _joined(
    found: Iterator[Subject], published: Iterator[tuple[str, Shown]]
) -> Iterator[tuple[Subject, Shown | None]]:
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


__all__ = ["File", "Gathering", "View"]
