"""What earlier builds made: the manifest that lies there, by folder, without holding it in memory.

A site of a hundred thousand files has a manifest of twenty megabytes. It is written a line an
artifact and sorted, so the lines of a folder lie together, and a build reads those that it needs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.artifacts import MANIFEST_SEPARATOR, manifest_line, parse_manifest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LINE = b'  "'
_BEHIND = b'": {"sha256": "'


class Span(NamedTuple):
    """A part of a file: where it begins and how many bytes it has."""

    offset: int
    size: int


class Before:
    """The artifacts that a manifest lists, by the first folder of their path (`""` for none)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spans: dict[str, Span] = {}
        self.roots: dict[str, bytes] = {}
        self.held: bytes | None = None
        self.is_ours = True
        if path.is_file() and not self._index():
            self._read()

    def folders(self) -> Iterable[str]:
        """The first folders of the paths, without the root."""
        return self.spans.keys()

    def rows(self, folder: str) -> dict[str, bytes]:
        """The lines below a first folder, or of those files without any, by path."""
        lines = self.lines(folder)
        return {path_of(line): line for line in lines.split(MANIFEST_SEPARATOR)} if lines else {}

    def lines(self, folder: str) -> bytes:
        """The lines of a first folder as they stand in the manifest; empty when there are none."""
        if not folder:
            return MANIFEST_SEPARATOR.join(self.roots.values())
        span = self.spans.get(folder)
        if span is None:
            return b""
        if self.held is not None:
            return self.held[span.offset : span.offset + span.size]
        with self.path.open("rb") as file:
            file.seek(span.offset)
            return file.read(span.size)

    def _index(self) -> bool:
        """Find the folders' lines; False when the file is not written as ours are."""
        offset = 0
        last = b""
        with self.path.open("rb") as file:
            offset += len(file.readline())
            for line in file:
                if not line.startswith(_LINE):
                    return line in (b"}}\n", b"\n")
                end = line.find(_BEHIND)
                quoted = line[3:end]
                if end < 0 or quoted <= last or b"\\" in quoted:
                    return False
                last = quoted
                self._take(quoted.decode("ascii", "replace"), line, offset)
                offset += len(line)
        return False

    def _take(self, path: str, line: bytes, offset: int) -> None:
        folder, slash, _ = path.partition("/")
        size = len(line.removesuffix(b"\n").removesuffix(b","))
        if not slash:
            self.roots[path] = line[:size]
            return
        held = self.spans.get(folder)
        start = offset if held is None else held.offset
        self.spans[folder] = Span(start, offset + size - start)

    def _read(self) -> None:
        """A manifest that is written otherwise, or damaged: what can be understood of it."""
        self.spans.clear()
        self.roots.clear()
        written = self.path.read_bytes()
        listed = parse_manifest(written)
        # A damaged one of ours is replaced; a sound file of another program is somebody's.
        self.is_ours = listed is not None or not _is_of_another_kind(written)
        data = bytearray()
        for path, row in sorted((listed or {}).items()):
            line = manifest_line(path, row)
            self._take(path, line, len(data))
            data += line + MANIFEST_SEPARATOR
        self.held = bytes(data)


def path_of(line: bytes) -> str:
    """The path that a manifest's line is about."""
    quoted = line[3 : line.index(_BEHIND)]
    if b"\\" not in quoted:
        return quoted.decode()
    path: str = json.loads(b'"%b"' % quoted)
    return path


def _is_of_another_kind(data: bytes) -> bool:
    """Whether a manifest is a sound file of another program, such as a web application's."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and bool(document) and "artifacts" not in document


class Pending:
    """What a build that was killed had announced as its own: paths with the hashes of their bytes.

    A name alone may be anybody's by now; a file with those very bytes is ours.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.hashes: dict[str, set[str]] = {}
        if not path.is_file():
            return
        for line in path.read_bytes().split(b"\n"):
            try:
                row = json.loads(line)
                self.hashes.setdefault(row["path"], set()).add(row["sha256"])
            except (ValueError, TypeError, KeyError, RecursionError):
                continue  # the last line of a build that was killed while it wrote

    def below(self, folder: str) -> dict[str, set[str]]:
        """Those of a first folder, or those without any."""
        return {
            path: hashes
            for path, hashes in self.hashes.items()
            if (path.partition("/")[0] if "/" in path else "") == folder
        }
