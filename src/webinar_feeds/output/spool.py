"""Bytes that are written once and read back in parts: in memory while they are few."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webinar_feeds.output.listing import Span

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

_FEW = 1 << 18


class Spool:
    """Appended bytes; beyond some megabytes they are in a file, which its owner removes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self.held = bytearray()
        self.file: BinaryIO | None = None

    def add(self, data: bytes) -> Span:
        """Append some bytes, and say where they are."""
        span = Span(self.size, len(data))
        self.size += len(data)
        self.held += data
        if len(self.held) > _FEW:
            if self.file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.file = self.path.open("w+b", buffering=0)
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
        self.file.seek(offset)
        return self.file.read(size)

    def close(self) -> None:
        """Let go of the file."""
        if self.file is not None:
            self.file.close()

    def _flush(self) -> None:
        assert self.file is not None  # noqa: S101 - it is opened before anything is flushed
        self.file.seek(0, 2)
        self.file.write(self.held)
        self.held.clear()
