"""What earlier builds made: the manifest that lies there, by folder, without holding it in memory.

A site of a hundred thousand files has a manifest of twenty megabytes. It is written a line an
artifact and sorted, so the lines of a folder stand together, and a build reads those that it needs.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from webinar_feeds.artifacts import MANIFEST_SEPARATOR, manifest_line, parse_manifest
from webinar_feeds.output.names import parents
from webinar_feeds.output.spool import Span

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

_LINE = b'  "'
_BEHIND = b'": {"sha256": "'
_BLOCK = 1 << 14


class Before:
    """The artifacts that a manifest lists; memory holds a path for each block of its lines.

    `claim` what a unit is going to make; what nobody has claimed is `unclaimed`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.roots: dict[str, bytes] = {}
        self.firsts: list[bytes] = []
        self.offsets = array("Q")
        self.count = 0
        self.claimed = array("Q")
        self.claims = 0
        self.others: _Held | None = None
        self.is_ours = True
        self._near: tuple[int, bytes] = (-1, b"")
        self._behind = 0
        if path.is_file() and not self._index():
            self._read()

    def claim(self, folder: str) -> bytes:
        """The lines below a folder as they stand in the manifest; empty when there are none."""
        if self.others is not None:
            return self.others.claim(folder)
        span = self._find(folder)
        if span.size:
            if self.claimed and self.claimed[-1] == span.offset:
                self.claimed[-1] += span.size
            else:
                self.claimed.extend((span.offset, span.offset + span.size))
        lines = self._bytes(span)
        self.claims += counted(lines)
        return lines

    def lines(self, folder: str) -> bytes:
        """The same, for somebody who has claimed them."""
        return self._bytes(self._find(folder)) if self.others is None else self.others.lines(folder)

    def unclaimed(self) -> dict[str, bytes]:
        """All lines that nobody has claimed, by path."""
        if self.others is not None:
            return {**self.roots, **self.others.unclaimed()}
        if self.claims == self.count:
            return dict(self.roots)
        rest = dict(self.roots)
        claimed = sorted(zip(self.claimed[::2], self.claimed[1::2], strict=True))
        claimed.append((self.offsets[-1], self.offsets[-1]))
        at = self.offsets[0]
        for begin, end in claimed:
            if begin > at:
                for line in _split(self._bytes(Span(at, begin - at))):
                    rest[path_of(line)] = line
            at = end
        return rest

    def _index(self) -> bool:
        """Find where blocks of lines begin; False when the file is not written as ours are."""
        last = b""
        with self.path.open("rb") as file:
            offset = len(file.readline())
            for line in file:
                if not line.startswith(_LINE):
                    self.offsets.append(offset)
                    return line in (b"}}\n", b"\n")
                end = line.find(_BEHIND)
                quoted = line[:end]
                if end < 0 or quoted <= last or b"\\" in quoted:
                    return False
                last = quoted
                if not self.offsets or offset - self.offsets[-1] > _BLOCK:
                    self.firsts.append(quoted)
                    self.offsets.append(offset)
                if b"/" in quoted:
                    self.count += 1
                else:
                    self.roots[quoted[3:].decode("ascii", "replace")] = _trimmed(line)
                offset += len(line)
        return False

    def _find(self, folder: str) -> Span:
        """Where the lines below a folder are; they stand together, because lines are sorted."""
        begins = _LINE + folder.encode("utf-8", "surrogatepass") + b"/"
        number = max(bisect_right(self.firsts, begins) - 1, 0)
        start = end = 0
        for each in range(number, len(self.firsts)):
            data = self._block(each)
            # Folders are asked for in an order much like that of the lines.
            at = self._behind - self.offsets[each]
            if not 0 <= at < len(data) or not data.startswith(begins, at):
                at = 0 if data.startswith(begins) else data.find(b"\n" + begins) + 1
            begin = at
            while data.startswith(begins, at):
                at = data.index(b"\n", at) + 1
            if at > begin:
                start = start or self.offsets[each] + begin
                end = self._behind = self.offsets[each] + at
                if at == len(data):
                    continue
            if each > number or end:
                break
        return Span(start, end - start)

    def _block(self, number: int) -> bytes:
        if self._near[0] != number:
            begin, end = self.offsets[number : number + 2]
            with self.path.open("rb") as file:
                file.seek(begin)
                self._near = number, file.read(end - begin)
        return self._near[1]

    def _bytes(self, span: Span) -> bytes:
        if not span.size:
            return b""
        number = bisect_right(self.offsets, span.offset) - 1
        first = span.offset - self.offsets[number]
        if number == self._near[0] and first + span.size <= len(self._near[1]):
            return _trimmed(self._near[1][first : first + span.size])
        with self.path.open("rb") as file:
            file.seek(span.offset)
            return _trimmed(file.read(span.size))

    def _read(self) -> None:
        """A manifest that is written otherwise, or damaged: what can be understood of it."""
        written = self.path.read_bytes()
        listed = parse_manifest(written)
        # A damaged one of ours is replaced; a sound file of another program is somebody's.
        self.is_ours = listed is not None or not _is_of_another_kind(written)
        found = {path: manifest_line(path, row) for path, row in sorted((listed or {}).items())}
        self.roots = {path: line for path, line in found.items() if "/" not in path}
        self.others = _Held({path: line for path, line in found.items() if "/" in path})


class _Held:
    """The lines of a manifest that cannot be searched where it is, in memory."""

    def __init__(self, rows: dict[str, bytes]) -> None:
        self.rows = rows
        self.paths = list(rows)
        self.free = dict(rows)

    def claim(self, folder: str) -> bytes:
        for path in self._below(folder):
            self.free.pop(path, None)
        return self.lines(folder)

    def lines(self, folder: str) -> bytes:
        return MANIFEST_SEPARATOR.join(map(self.rows.__getitem__, self._below(folder)))

    def unclaimed(self) -> dict[str, bytes]:
        return self.free

    def _below(self, folder: str) -> list[str]:
        return below(self.paths, folder)


def below(paths: list[str], folder: str) -> list[str]:
    """Those of some sorted paths that are below a folder."""
    return paths[bisect_left(paths, f"{folder}/") : bisect_left(paths, f"{folder}0")]


def rows_of(lines: bytes) -> dict[str, bytes]:
    """Some lines by path."""
    return {path_of(line): line for line in _split(lines)}


def counted(lines: bytes) -> int:
    """How many lines these are."""
    return lines.count(MANIFEST_SEPARATOR) + 1 if lines else 0


def _split(lines: bytes) -> list[bytes]:
    return lines.split(MANIFEST_SEPARATOR) if lines else []


def _trimmed(lines: bytes) -> bytes:
    return lines.removesuffix(b"\n").removesuffix(b",")


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
        self.paths: list[str] = []
        if not path.is_file():
            return
        for line in path.read_bytes().split(b"\n"):
            try:
                row = json.loads(line)
                self.hashes.setdefault(row["path"], set()).add(row["sha256"])
            except (ValueError, TypeError, KeyError, RecursionError):
                continue  # the last line of a build that was killed while it wrote
        self.paths = sorted(self.hashes)

    def below(self, folder: str) -> dict[str, set[str]]:
        """Those of a folder."""
        return {path: self.hashes[path] for path in below(self.paths, folder)}

    def beside(self, folders: Container[str]) -> dict[str, set[str]]:
        """Those that are in none of some folders."""
        return {
            path: hashes
            for path, hashes in self.hashes.items()
            if not any(parent in folders for parent in parents(path))
        }
