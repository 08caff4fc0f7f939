"""What a build keeps for the next one: its state, and the record of each series.

Everything here may be deleted or damaged at any time: what is not exactly what a build left is not
used. It is written last, when all that it speaks of is in place, so that a killed build leaves the
state of the one before, whose stamps no longer fit where anything has changed.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from webinar_feeds import freshness
from webinar_feeds.artifacts import MANIFEST
from webinar_feeds.output.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

_VIEWS = "views"  # no series has it as its record's name, which ends in .json
_LAST = "~"  # the site among the views: no path is behind it
_SOME = 100  # files that share one hash of their stamps
_BLOCK = 1 << 16

_PATIENCE = 5000  # milliseconds; the coarsest stamps in use, those of FAT, have two seconds


class Cache:
    """The cache of an output folder, at work: close it at the end.

    Args:
        output: the output folder.
        events: the events folder.
        site: the bytes of the site's own file, empty when there is none.
        usable: whether what the last build left may be used at all.
        stage: where a build puts what it does not hold in memory.
    """

    def __init__(
        self, output: Path, events: Path, site: bytes | None, stage: Path, *, usable: bool
    ) -> None:
        self.output, self.events = output, events
        self.home = output / freshness.HOME
        self.folder = self.home / freshness.RECORDS
        self.site = "" if site is None else freshness.digest(site)
        self.program = freshness.program(str(events))
        self.last: freshness.Kept | None = None
        self.names: tuple[str, ...] = ()
        self.fresh = bytearray()
        self.whole = bytearray()
        self.has_gone = True
        self.waiting = stage / ".records"
        self.new = Spool(stage / ".rows")
        self.others = Spool(stage / ".others")
        self.made = Spool(stage / ".views")
        if usable:
            self.last = freshness.load(str(output))
            seen = (self.program, self.site, self._stamps_of(MANIFEST))
            if self.last is not None:
                state = self.last.state
                if (state.program, state.site, state.manifest) != seen:
                    self.last.close()
                    self.last = None
        self._views = _Views(self.folder / _VIEWS if self.last else None)

    def close(self) -> None:
        """Let go of the files."""
        for each in (self.new, self.others, self.made, self._views):
            each.close()
        if self.last is not None:
            self.last.close()

    def look(self, names: tuple[str, ...], now: float) -> bytearray:
        """Which series are as the last build left them, and their records too: a flag for each.

        `whole` tells the same of their files and ledgers alone, whatever their event files say.

        Args:
            names: the file names of their event files, in the order of their ids.
            now: seconds since 1970.
        """
        self.names = names
        self.fresh, self.whole = bytearray(len(names)), bytearray(len(names))
        if self.last is None:
            return self.fresh
        events, output = str(self.events), str(self.output)
        known = 0
        for number, row in self._known():
            known += 1
            self.whole[number] = (
                freshness.is_whole(row, events, output)
                and freshness.digest(self.record(row.name)) == row.record
            )
            self.fresh[number] = self.whole[number] and freshness.is_current(row, events, now)
        self.has_gone = known < sum(1 for row in self.last.rows() if row.name)
        return self.fresh

    def _known(self) -> Iterator[tuple[int, freshness.Row]]:
        """What the last build knew of series that are still there, with their numbers."""
        number = 0
        names = self.names
        for row in self.last.rows() if self.last is not None else ():
            stem = freshness.stem(row.name)
            while number < len(names) and freshness.stem(names[number]) < stem:
                number += 1
            if row.name and number < len(names) and names[number] == row.name:
                yield number, row

    def record(self, name: str) -> bytes:
        """The record of a series, empty when there is none."""
        return _bytes(f"{self.folder}/{freshness.stem(name)}.json")

    def view(self, view: str, path: str, made_from: str) -> bool:
        """Whether a view's file is as the last build left it, and was made from the same.

        Args:
            view: the view's own path; views are asked for in order, the site last.
            path: that of its file.
            made_from: a hash of what it is made from now.
        """
        self.made.add(f"{view or _LAST}\t{path}\t{made_from}\n".encode())
        if self.last is None:
            return False
        digest, stamps = self._views.of(view or _LAST).get(path, ("", ""))
        return digest == made_from and stamps == self._stamps_of(path)

    def take(self, row: freshness.Row, record: bytes) -> None:
        """Keep a series that has been drawn, in the order of ids; its record waits on the stage.

        Args:
            row: what is known of it; instead of all stamps that of its ledger as it was read,
                empty when the build writes it.
            record: its record.
        """
        if not self.new.size:
            self.waiting.mkdir(parents=True, exist_ok=True)
        path = f"{self.waiting}/{freshness.stem(row.name)}.json"
        with open(path, "wb", buffering=0) as file:  # noqa: PTH123 - thousands of times
            file.write(record)
        self.new.add(freshness.line(row._replace(record=freshness.digest(record))))

    def keep(self, paths: Iterable[str]) -> None:
        """Know some files that no series owns."""
        self.others.add("".join(f"{path}\n" for path in paths).encode())

    def save(
        self, *, asked: str, artifacts: int, said: tuple[str, str], ledgers: Iterable[str]
    ) -> None:
        """Write down what this build saw and made; nothing when the last one saw the same.

        Args:
            asked: what the build was asked for, as `freshness.asked` tells it.
            artifacts: how many files the manifest lists.
            said: what the build said, plain and styled.
            ledgers: the ids that have a ledger now, those of series that were withdrawn too.
        """
        self._keep_records()
        self.home.mkdir(parents=True, exist_ok=True)
        before = self._tick()
        state = freshness.State(
            self.program,
            asked,
            self.site,
            freshness.of_names(ledgers),
            self._stamps_of(MANIFEST),
            artifacts,
            *said,
        )
        path = self.home / freshness.STATE
        rows = map(freshness.line, chain(self._of_others(), self._of_series()))
        beside = _beside(path, freshness.whole(chain((freshness.dump(state),), rows)))
        if self.last is not None and _same(beside, path):
            beside.unlink()
            return
        _replace(
            _beside(self.folder / _VIEWS, map(self._stamped, self.made.lines())),
            self.folder / _VIEWS,
        )
        # Whoever touches a file from now on leaves a later stamp on it than those that were seen.
        for _ in range(_PATIENCE):
            if self._tick() != before:
                break
            time.sleep(0.001)
        else:
            # Stamps that stand still tell nothing: on such a disk every build has to look.
            beside.unlink()
            _remove(path)
            return
        _replace(beside, path)

    def _of_others(self) -> Iterator[freshness.Row]:
        """What is known of the files that no series owns."""
        paths = chain((MANIFEST,), (line.decode() for line in self.others.lines()))
        while some := " ".join(islice(paths, _SOME)):
            yield freshness.Row("", "", some, self._stamps("site", some), 0, "")

    def _of_series(self) -> Iterator[freshness.Row]:
        """What is known of each series now, in the order of ids."""
        new = map(freshness.row, self.new.lines())
        known = self._known()
        for number in range(len(self.names)):
            if self.fresh[number]:
                yield next(row for place, row in known if place == number)
                continue
            row = next(new)
            stem = freshness.stem(row.name)
            # Somebody may have changed the ledger since, and that is not what was built from.
            is_same = row.stamps in ("", self._stamps(stem, ""))
            yield row._replace(stamps=self._stamps(stem, row.files) if is_same else "")

    def _stamps(self, ledger: str, files: str) -> str:
        return freshness.stamps(f"{self.events}/ledger/{ledger}.jsonl", str(self.output), files)

    def _stamped(self, line: bytes) -> bytes:
        path = line.split(b"\t")[1].decode()
        return b"%b\t%b\n" % (line, self._stamps_of(path).encode())

    def _stamps_of(self, path: str) -> str:
        return freshness.stamps(f"{self.output}/{path}", "", "")

    def _keep_records(self) -> None:
        waiting = self.waiting
        # What a link points to is somebody's, and records are removed below.
        if self.folder.is_symlink() or not self.folder.is_dir():
            _remove(self.folder)
        if self.new.size and not self.folder.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            waiting.rename(self.folder)
        elif self.new.size:
            for line in self.new.lines():
                name = f"{freshness.stem(freshness.row(line).name)}.json"
                _replace(f"{waiting}/{name}", f"{self.folder}/{name}")
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.last is None or self.has_gone:
            held = {f"{freshness.stem(name)}.json" for name in self.names}
            for entry in os.scandir(self.folder):
                if entry.name not in held and entry.name != _VIEWS:
                    _remove(self.folder / entry.name)

    def _tick(self) -> int:
        """The stamp that a file gets which is written now."""
        probe = self.home / "clock"
        _remove(probe)
        probe.touch()
        found: int = getattr(probe.stat(), freshness.CHANGED)
        probe.unlink()
        return found


def discard(output: Path) -> None:
    """Forget all of it."""
    home = output / freshness.HOME
    shutil.rmtree(home / freshness.RECORDS, ignore_errors=True)
    (home / freshness.STATE).unlink(missing_ok=True)


class _Views:
    """What the last build knew of the files of views, read along with them."""

    def __init__(self, path: Path | None) -> None:
        self._file: BinaryIO | None = None
        with suppress(OSError):
            self._file = None if path is None else path.open("rb")
        self._view = ""
        self._held: dict[str, tuple[str, str]] = {}
        self._next: list[str] = []
        self._step()

    def of(self, view: str) -> dict[str, tuple[str, str]]:
        """Of what each file was made and its stamps, by path; views in the order of their paths."""
        if view != self._view:
            self._view = view
            self._held = {}
            while self._next and self._next[0] <= view:
                if self._next[0] == view:
                    _, path, digest, stamps = self._next
                    self._held[path] = digest, stamps
                self._step()
        return self._held

    def _step(self) -> None:
        self._next = []
        while self._file is not None and (line := self._file.readline()):
            found = line.rstrip(b"\n").decode("utf-8", "replace").split("\t")
            if len(found) == 4:
                self._next = found
                return

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - thousands of times
            return file.read()
    except OSError:
        return b""


def _beside(path: Path, lines: Iterable[bytes]) -> Path:
    """Write what a file will be; nothing but speed depends on it."""
    beside = path.with_name(f"{path.name}.new")
    _remove(beside)
    with beside.open("wb") as file:
        file.writelines(lines)
    return beside


def _same(one: Path, other: Path) -> bool:
    """Whether two files have the same bytes."""
    if not other.is_file() or one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as first, other.open("rb") as second:
        while block := first.read(_BLOCK):
            if second.read(_BLOCK) != block:
                return False
    return True


def _replace(beside: Path | str, path: Path | str) -> None:
    """Rename a file to its place, whatever stands there."""
    try:
        os.replace(beside, path)  # noqa: PTH105 - thousands of times
    except OSError:
        _remove(Path(path))
        os.replace(beside, path)  # noqa: PTH105 - as above


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


__all__ = ["Cache", "discard"]
