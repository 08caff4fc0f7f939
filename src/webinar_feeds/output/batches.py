"""What units came to, waiting for its turn: batches, the lines of the manifest, what was done."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.artifacts import MANIFEST_SEPARATOR, appearance
from webinar_feeds.output.listing import path_of
from webinar_feeds.output.spool import Sorted, Span, Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from webinar_feeds.output.stage import Batch


class Waiting(NamedTuple):
    """A batch that changes something; when it is whole, its lines say which paths."""

    folder: str
    span: Span
    whole: bool
    changed: tuple[str, ...]


class Batches:
    """The batches of a build, on the stage; of each, memory holds what it forgets.

    A site has a unit for every series and every view, and most of them change at its first build.
    """

    def __init__(self, stage: Path) -> None:
        self.spool = Spool(stage / ".lines")
        self.waiting = Spool(stage / ".batches")
        self.blocks = Sorted(stage / ".blocks")
        self.changes = 0
        self.forgotten: list[str] = []
        self.gone: list[str] = []

    def add(self, batch: Batch) -> None:
        """Take a batch; they become visible in this order."""
        span = self.spool.add(batch.lines)
        if batch.folder and span.size:
            self._block(f"{batch.folder}/", span)
        elif span.size:
            offset = span.offset
            for line in batch.lines.split(MANIFEST_SEPARATOR):
                self._block(path_of(line), Span(offset, len(line)))
                offset += len(line) + len(MANIFEST_SEPARATOR)
        self.forgotten += batch.forgotten
        self.gone += batch.gone
        if batch.changed:
            self.changes += len(batch.changed)
            changed = () if batch.whole else batch.changed
            told = json.dumps((batch.folder, span, batch.whole, changed))
            self.waiting.add(f"{told}\n".encode())

    def keep(self, folder: str) -> None:
        """What lies in a folder stays, with its lines of the manifest that is there."""
        self.blocks.add(f"{folder}/\t".encode())

    def _block(self, path: str, span: Span) -> None:
        self.blocks.add(f"{path}\t{span.offset}\t{span.size}".encode())

    def changed(self) -> Iterator[Waiting]:
        """The batches that change something, in the order in which they were added."""
        for line in self.waiting.lines():
            folder, span, whole, changed = json.loads(line)
            yield Waiting(folder, Span(*span), whole, tuple(changed))

    def lines(self, batch: Waiting) -> list[bytes]:
        """The lines of the manifest that a batch has."""
        return self.spool.read(batch.span).split(MANIFEST_SEPARATOR)

    def paths(self, batch: Waiting) -> Iterable[str]:
        """The staged paths of a batch, in the order of their appearing."""
        if not batch.whole:
            return batch.changed
        return sorted(map(path_of, self.lines(batch)), key=appearance)

    def manifest(self, before: Callable[[str], bytes]) -> Iterator[bytes]:
        """All lines of the manifest, sorted by path, in blocks without a separator at their ends.

        Args:
            before: the lines of a folder that is kept.
        """
        for block in self.blocks:
            path, _, where = block.decode().partition("\t")
            if where:
                offset, size = map(int, where.split("\t"))
                yield self.spool.part(offset, size)
            else:
                yield before(path[:-1])

    def close(self) -> None:
        """Let go of the files."""
        for each in (self.spool, self.waiting, self.blocks):
            each.close()


class Committed:
    """What a commit did: the paths that it wrote and removed, and how many were right already.

    The manifest counts among `written`, but not among `unchanged`; ledgers count nowhere.
    """

    __slots__ = ("_written", "count", "removed", "unchanged")

    def __init__(self, written: Iterable[str], unchanged: int, removed: tuple[str, ...]) -> None:
        # A clean build of a large site writes more names than one wants to hold.
        packer = zlib.compressobj(1)
        packed = []
        self.count = 0
        for path in written:
            self.count += 1
            data = packer.compress(f"{path}\n".encode())
            if data:
                packed.append(data)
        self._written = b"".join((*packed, packer.flush()))
        self.unchanged = unchanged
        self.removed = removed

    @property
    def written(self) -> tuple[str, ...]:
        """The paths, in the order of their writing."""
        return tuple(zlib.decompress(self._written).decode().split("\n")[:-1])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Committed):
            return NotImplemented
        mine = (self._written, self.unchanged, self.removed)
        return mine == (other._written, other.unchanged, other.removed)

    __hash__ = None  # type: ignore[assignment]  # two that are equal are still two events

    def __repr__(self) -> str:
        return f"Committed({self.written!r}, {self.unchanged!r}, {self.removed!r})"
