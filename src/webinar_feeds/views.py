"""The site and its views: which are published, and drawing those that are not as they would be.

Each view is a unit of its own, so that nothing is held of one when the next is drawn; the site
comes last. What has been published of them is read, sorted and written as a stream.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from functools import reduce
from itertools import groupby
from typing import TYPE_CHECKING, Self

from webinar_feeds import drawing, pipeline, site_ledger
from webinar_feeds.artifacts import Artifact
from webinar_feeds.diagnostics import Location
from webinar_feeds.gathering import Gathering
from webinar_feeds.output.spool import Sorted, Spool
from webinar_feeds.pipeline import SITE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from webinar_feeds.cache import Cache
    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.gathering import View
    from webinar_feeds.model import Entry, Site
    from webinar_feeds.output import Unit, Writer
    from webinar_feeds.records import Record
    from webinar_feeds.rendering import Renderer


class Past:
    """What has been published of the site: its UID, and its views on the stage.

    Args:
        stage: the folder for what does not stay in memory.
    """

    def __init__(self, stage: Path) -> None:
        self.uid: str | None = None
        self.found = Sorted(stage / ".published")
        self.count = 0

    def read(self, lines: Iterable[bytes], path: str) -> tuple[Diagnostic, ...]:
        """Take in a ledger of the site, beside those that have been read before.

        Its UID counts, unless an earlier one had one.

        Args:
            lines: of the file.
            path: its path as the user should see it in diagnostics.
        """

        def take(view: str, shown: site_ledger.Shown) -> None:
            told = json.dumps((shown.name, shown.content, shown.modified.isoformat()))
            self.found.add(f"{view}\t{self.count:08x}\t{told}".encode())
            self.count += 1

        uid, said = site_ledger.read(lines, path, take)
        self.uid = self.uid or uid
        return said

    def learn(self, events: Path, output: Path | None) -> tuple[Diagnostic, ...]:
        """Take in the site's ledger, or the copy of one that is missing.

        Args:
            events: the events folder.
            output: where the last build went, None when nothing there has been published.
        """
        path = events / pipeline.LEDGER / f"{SITE}.jsonl"
        before = self.count
        said = self._file(path, path)
        if output is not None and not said and self.count == before:
            said = self._file(output / pipeline.COPY, path)
        return said

    def _file(self, path: Path, shown: Path) -> tuple[Diagnostic, ...]:
        """Read a file that need not be there."""
        try:
            with path.open("rb") as lines:
                return self.read(lines, shown.as_posix())
        except FileNotFoundError:
            return ()
        except OSError as error:
            why = error.strerror or str(error)
            return (pipeline.unreadable.diagnostic(Location(path.as_posix()), why=why),)

    def views(self) -> Iterator[tuple[str, site_ledger.Shown]]:
        """The views, sorted by their paths; of what is told of one, the last change counts."""
        for path, lines in groupby(self.found, lambda line: line[: line.index(b"\t")]):
            told = (json.loads(line.split(b"\t", 2)[2]) for line in lines)
            found = (
                site_ledger.Shown(name, content, datetime.fromisoformat(modified))
                for name, content, modified in told
            )
            yield path.decode(), reduce(site_ledger.last, found)

    def close(self) -> None:
        """Let go of the file."""
        self.found.close()


class Views:
    """The site and its views at work: `add` every series, then `draw`.

    Used as a context: at its end the stage may be removed.

    Args:
        site: what they belong to.
        formats: all of the site's.
        writer: takes what is drawn.
        cache: knows what is as it would be.
    """

    def __init__(
        self, site: Site, formats: Sequence[Renderer], writer: Writer, cache: Cache
    ) -> None:
        self.site = site
        self.writer, self.cache = writer, cache
        self.of_others = [each for each in formats if not drawing.is_gathered(each)]
        self.gathering = Gathering(site, filter(drawing.is_gathered, formats), writer.stage)
        self.past = Past(writer.stage)
        self.remembered = Spool(writer.stage / ".ledger")
        self.entries: list[Entry] = []
        self.is_loaded = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as last:
            for each in (self.gathering, self.past, self.remembered):
                last.callback(each.close)

    def add(self, series: str, record: Record, entries: Iterable[Entry]) -> None:
        """Take a series in, in the order of ids; formats of others need its entries."""
        self.gathering.add(series, record)
        self.entries += entries

    def draw(self, now: datetime, *, remembers: bool) -> None:
        """Draw all that is not as it would be, and the site's ledger.

        Args:
            now: the time of the build, aware; it stamps only what something has left.
            remembers: whether the ledger is kept beside the event files.
        """
        writer, past = self.writer, self.past
        uid = past.uid or site_ledger.begun(self.site).uid
        # Formats of others may put files anywhere, so all have to be known together.
        rest = writer.rest() if self.of_others else None
        site: View | None = None

        def drawn() -> Iterator[tuple[str, site_ledger.Shown]]:
            nonlocal site
            for view in self.gathering.views(uid, past.views(), now):
                yield view.publication.path, view.shown
                if view.publication.path:
                    self._draw(rest, view)
                else:
                    site = view

        for line in site_ledger.written(uid, drawn()):
            self.remembered.add(line)
        rest = rest or writer.rest()
        if site is not None:
            self._draw(rest, site)
        rest.put(Artifact(pipeline.COPY, drawing.MEDIA_TYPE, self.remembered.blocks))
        if remembers:
            writer.remember(f"{SITE}.jsonl", self.remembered.blocks)
        self._add(rest)

    def _draw(self, rest: Unit | None, view: View) -> None:
        """Draw the files of a view, but for those that are as they would be.

        Args:
            rest: the unit that they belong to; None when the view has one of its own.
            view: the view.
        """
        folder = view.publication.path
        files = [*self.gathering.files(view)]
        known = {each.path for each in files if self.cache.view(folder, each.path, each.made_from)}
        unit = rest
        if unit is None:
            unit = self.writer.unit(folder, known if len(known) == len(files) else None)
        if unit is None:
            self.cache.keep(each.path for each in files)
            return
        for path, _, make in files:
            if path in known and unit.keep(path):
                continue
            if not self.is_loaded:
                self.gathering.load(self._read)
                self.is_loaded = True
            unit.put(make(self._read))
        for artifact in self._plugged_in(view):
            unit.put(artifact)
        if rest is None:
            self._add(unit)

    def _add(self, unit: Unit) -> None:
        """A unit is complete."""
        batch = unit.batch()
        self.cache.keep(batch.paths)
        self.writer.add(batch)

    def _plugged_in(self, view: View) -> Iterator[Artifact]:
        """What formats of others make of a view: they are given every entry."""
        for renderer in self.of_others:
            if view.publication.scope in renderer.draws:
                held = tuple(self.entries[number] for number in view.members)
                yield from renderer.render(replace(view.publication, entries=held), self.site)

    def _read(self, path: str, offset: int, size: int) -> bytes:
        """Some bytes of a series' file, staged or published."""
        try:
            file = open(f"{self.writer.stage}/{path}", "rb", 0)  # noqa: PTH123, SIM115 - thousands of times
        except OSError:
            file = open(f"{self.writer.folder}/{path}", "rb", 0)  # noqa: PTH123, SIM115 - as above
        with file:
            file.seek(offset)
            return file.read(size)
