"""Bytes that are written once and read back in parts, and lines that come back sorted.

What a large site needs for a while lies on the disk, in memory while it is little. Whoever makes a
spool removes its file, which is the stage's.
"""

from __future__ import annotations

import os
from array import array
from heapq import merge
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

_FEW = 1 << 15
_BLOCK = 1 << 12
# Of the lines that are sorted at once; an object and its place in a list cost some more.
_RUN = 1 << 19
_OBJECT = 50


class Span(NamedTuple):
    """A part of a file: where it begins and how many bytes it has."""

    offset: int
    size: int


class Spool:
    """Appended bytes; beyond some thousand they are in a file, which its owner removes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self.held = bytearray()
        self.file: BinaryIO | None = None
        self.number = -1

    def add(self, data: bytes) -> Span:
        """Append some bytes, and say where they are."""
        span = Span(self.size, len(data))
        self.size += len(data)
        self.held += data
        if len(self.held) > _FEW:
            if self.file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.file = self.path.open("w+b", buffering=0)
                self.number = self.file.fileno()
            self._flush()
        return span

    def read(self, span: Span) -> bytes:
        """The bytes of a part."""
        return self.part(span.offset, span.size)

    def part(self, offset: int, size: int) -> bytes:
        """So many bytes from a place on."""
        if self.file is None:
            return bytes(self.held[offset : offset + size])
        if self.held:
            self._flush()
        return _read(self.number, size, offset)

    def blocks(self) -> Iterator[bytes]:
        """All of it, in order."""
        for offset in range(0, self.size, _FEW):
            yield self.part(offset, min(_FEW, self.size - offset))

    def lines(self, offset: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The lines of a part, without their ends; each line of it has one."""
        rest = b""
        end = self.size if end is None else end
        while offset < end:
            data = self.part(offset, min(_BLOCK, end - offset))
            offset += len(data)
            *whole, rest = (rest + data).split(b"\n")
            yield from whole

    def close(self) -> None:
        """Let go of the file."""
        if self.file is not None:
            self.file.close()

    def _flush(self) -> None:
        assert self.file is not None  # noqa: S101 - it is opened before anything is flushed
        self.file.seek(0, 2)
        self.file.write(self.held)
        self.held.clear()


class Sorted:
    """Lines that are given in any order and come back in that of their bytes.

    Memory holds some thousand of them: they are sorted in runs, and the runs are merged.
    """

    def __init__(self, path: Path) -> None:
        self.spool = Spool(path)
        self.ends = array("Q")
        self.held: list[bytes] = []
        self.size = 0

    def add(self, line: bytes) -> None:
        """Take a line, which has no line's end."""
        self.held.append(line)
        self.size += len(line) + _OBJECT
        if self.size > _RUN:
            self._spill()

    def __iter__(self) -> Iterator[bytes]:
        self.held.sort()
        if not self.ends:
            return iter(self.held)
        if self.held:
            self._spill()
        return merge(*map(self.spool.lines, (0, *self.ends), self.ends))

    def close(self) -> None:
        """Let go of the file."""
        self.spool.close()

    def _spill(self) -> None:
        self.held.sort()
        self.held.append(b"")
        self.spool.add(b"\n".join(self.held))
        self.ends.append(self.spool.size)
        self.held.clear()
        self.size = 0


if hasattr(os, "pread"):
    _read = os.pread  # a call for every piece of every view: it is not wrapped in another

else:  # pragma: no cover - Windows has no such call

    def _read(number: int, size: int, offset: int) -> bytes:
        os.lseek(number, offset, os.SEEK_SET)
        return os.read(number, size)
