"""Event files that lie in object storage: a copy of them here, and the way back for the ledgers.

The place is the truth. The copy holds what the last listing named, and an index says of each file
which version of it that is, and what the copy looked like when it was made: whatever has changed
since, here or there, is fetched again. So a build that was killed leaves nothing that the next one
would believe. Memory holds no more than some hundred files and the names of all.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple, Protocol

from webinar_feeds.locking import trouble_told
from webinar_feeds.output.names import why_unsafe
from webinar_feeds.output.spool import Sorted
from webinar_feeds.publishing.targets import Differs, Found, If, Stamp, Target, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from pathlib import Path

LEDGERS = "ledger"
_FOLDERS = {LEDGERS: (".jsonl",), "templates": ("",)}
_FILES = (".yaml", ".yml")
_SOME = 256  # files that are under way at once
_HEADERS = {"Content-Type": "application/jsonl; charset=utf-8", "Cache-Control": "no-store"}


class Store(Target, Protocol):
    """A place that can say what lies in it."""

    def listed(self) -> Iterator[tuple[str, Stamp]]:
        """Every file and its version, in any order.

        Raises:
            Unavailable: the place cannot be asked.
        """
        ...


class _Row(NamedTuple):
    """A file of the copy: which version it is, and its size and age here (nanoseconds)."""

    path: str
    stamp: Stamp
    size: int
    age: int


class Mirror:
    """A copy of the events at a place.

    Args:
        place: where the events lie.
        folder: of the copy; `index` lies beside it.
    """

    def __init__(self, place: Store, folder: Path) -> None:
        self.place, self.folder = place, folder
        self.index = folder.with_name(f"{folder.name}.index")

    def is_current(self) -> bool:
        """Whether the place and the copy are as they were; costs one listing.

        Raises:
            Unavailable: the place cannot be asked.
        """
        with trouble_told(), closing(self._rows()) as rows:
            known = next(rows, None)
            for path, stamp in self._listing():
                if known is None or not self._is_same(known, path, stamp):
                    return False
                known = next(rows, None)
            return known is None

    def bring(self) -> None:
        """Make the copy what the place holds; only what differs is fetched.

        Raises:
            Unavailable: the place cannot be asked.
            Trouble: the disk does not let it.
        """
        with trouble_told():
            for folder in ("", *_FOLDERS):
                (self.folder / folder).mkdir(parents=True, exist_ok=True)
            self._write(self._brought())
            self._sweep()

    def give(self, keep: Callable[[], None]) -> None:
        """Take the ledgers back that a build has changed.

        Each goes only to where the version still lies that was built from.

        Args:
            keep: called before each of them.

        Raises:
            Unavailable: somebody else has changed one of them, or the place cannot be asked.
        """
        with trouble_told():
            self._write(self._given(keep))

    # ------------------------------------------------------------------------------- there

    def _listing(self) -> Iterator[tuple[str, Stamp]]:
        """What belongs to events there, in the order of the paths."""
        lines = Sorted(self.index.with_suffix(".listing"))
        try:
            for path, stamp in self.place.listed():
                if _is_wanted(path):
                    lines.add(f"{path}\t{json.dumps(stamp)}".encode())
            for line in lines:
                path, _, told = line.decode().partition("\t")
                yield path, Stamp(*json.loads(told))
        finally:
            lines.close()
            lines.spool.path.unlink(missing_ok=True)

    def _brought(self) -> Iterator[_Row]:
        """The rows of everything that is there, once it is here."""
        left = self._compared()
        with ThreadPoolExecutor(max_workers=self.place.at_once) as pool:
            while some := list(islice(left, _SOME)):
                fetched = pool.map(self._fetch, (each for each in some if isinstance(each, str)))
                for each in some:
                    row = next(fetched) if isinstance(each, str) else each
                    if row is not None:
                        yield row

    def _compared(self) -> Iterator[_Row | str]:
        """Of each file that is there, its row when the copy is right, and its path when not."""
        with closing(self._rows()) as rows:
            known = next(rows, None)
            for path, stamp in self._listing():
                while known is not None and known.path < path:
                    known = next(rows, None)
                if known is not None and self._is_same(known, path, stamp):
                    yield known
                else:
                    yield path

    def _given(self, keep: Callable[[], None]) -> Iterator[_Row]:
        """The rows of everything, once the ledgers that have changed are there."""
        ours = iter(sorted(f"{LEDGERS}/{name}" for name in self._names(LEDGERS)))
        mine = next(ours, None)
        for row in chain(self._rows(), (None,)):
            while mine is not None and (row is None or mine < row.path):
                keep()
                yield self._give(mine, If.NONE)
                mine = next(ours, None)
            if row is None:
                return
            if mine != row.path:
                yield row
                continue
            mine = next(ours, None)
            if self._looks(row.path) == (row.size, row.age):
                yield row
            else:
                keep()
                yield self._give(row.path, row.stamp)

    def _is_same(self, row: _Row, path: str, stamp: Stamp) -> bool:
        # A listing tells less of a version than a file does: the tag is what both tell.
        return (
            stamp.etag is not None
            and (row.path, row.stamp.etag) == (path, stamp.etag)
            and self._looks(path) == (row.size, row.age)
        )

    def _fetch(self, name: str) -> _Row | None:
        """Fetch a file; None when it has gone meanwhile."""
        found = self.place.read(name)
        if not isinstance(found, Found):
            return None
        path = self.folder / name
        if path.is_symlink():
            path.unlink()
        path.write_bytes(found.data)
        return self._row(name, found.stamp)

    def _give(self, path: str, only: If | Stamp) -> _Row:
        data = (self.folder / path).read_bytes()
        try:
            stamp = self.place.put(path, data, _HEADERS, only)
        except Differs:
            found = self.place.read(path)
            # Ours all the same: a request was repeated because its answer had been lost.
            if not isinstance(found, Found) or found.data != data:
                msg = (
                    f"`{self.place.name}/{path}`: somebody else has built meanwhile; nothing was "
                    "published: build again"
                )
                raise Unavailable(msg) from None
            stamp = found.stamp
        return self._row(path, stamp)

    # ------------------------------------------------------------------------------- here

    def _looks(self, path: str) -> tuple[int, int] | None:
        """Size and age of a file of the copy."""
        try:
            found = os.lstat(f"{self.folder}/{path}")
        except OSError:
            return None
        return found.st_size, found.st_mtime_ns

    def _row(self, path: str, stamp: Stamp) -> _Row:
        size, age = self._looks(path) or (0, 0)
        return _Row(path, stamp, size, age)

    def _names(self, folder: str) -> list[str]:
        with suppress(FileNotFoundError):
            return [
                name
                for name in os.listdir(f"{self.folder}/{folder}")  # noqa: PTH208 - names are enough
                if _is_wanted(f"{folder}/{name}".lstrip("/"))
            ]
        return []

    def _sweep(self) -> None:
        """Remove what the place does not hold: what it has lost, and what a killed build left."""
        left = {
            f"{folder}/{name}".lstrip("/")
            for folder in ("", *_FOLDERS)
            for name in self._names(folder)
        }
        left.difference_update(row.path for row in self._rows())
        for path in left:
            (self.folder / path).unlink()

    def _rows(self) -> Generator[_Row, None, None]:
        """The index, as far as it can be read."""
        with suppress(OSError, ValueError, TypeError), self.index.open("rb") as file:
            if file.readline() != self._head():
                return
            for line in file:
                path, _, told = line.decode().partition("\t")
                etag, version, size, age = json.loads(told)
                yield _Row(path, Stamp(etag, version), size, age)

    def _write(self, rows: Iterable[_Row]) -> None:
        """Write the index anew, as a whole or not at all."""
        beside = self.index.with_suffix(".new")
        with beside.open("wb") as file:
            file.write(self._head())
            for row in rows:
                told = json.dumps((*row.stamp, row.size, row.age))
                file.write(f"{row.path}\t{told}\n".encode())
        beside.replace(self.index)

    def _head(self) -> bytes:
        return f"{json.dumps([1, self.place.name])}\n".encode()


def _is_wanted(path: str) -> bool:
    """Whether a path is that of an event file, a ledger or a template."""
    folder, _, name = path.rpartition("/")
    if not name or name.startswith(".") or why_unsafe(path) is not None:
        return False
    return name.endswith(_FOLDERS.get(folder, ()) if folder else _FILES)
