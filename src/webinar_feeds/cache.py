"""What a build keeps for the next one: its state, and the record of each series.

Everything here may be deleted or damaged at any time: what is not exactly what a build left is not
used. It is written last, when all that it speaks of is in place, so that a killed build leaves the
state of the one before, whose stamps no longer fit where anything has changed.
"""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

from webinar_feeds import freshness
from webinar_feeds.artifacts import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from webinar_feeds.freshness import State

_VIEWS = "views"  # no series has it as its record's name, which ends in .json


_PATIENCE = 5000  # milliseconds; the coarsest stamps in use, those of FAT, have two seconds


class Cache:
    """The cache of an output folder.

    Args:
        output: the output folder.
        events: the events folder.
        site: the bytes of the site's own file, empty when there is none.
        usable: whether what the last build left may be used at all.
    """

    def __init__(self, output: Path, events: Path, site: bytes | None, *, usable: bool) -> None:
        self.output, self.events = output, events
        self.home = output / freshness.HOME
        self.folder = self.home / freshness.RECORDS
        self.site = "" if site is None else freshness.digest(site)
        self.program = freshness.program(str(events))
        self.last: State | None = None
        self.rows: dict[str, freshness.Row] = {}
        self.new: list[str] = []
        self.waiting = ""
        if usable:
            state = freshness.load(str(output))
            seen = (self.program, self.site, self._stamps_of(MANIFEST))
            if state is not None and (state.program, state.site, state.manifest) == seen:
                self.last = state
        self._views: dict[str, tuple[str, str]] | None = None

    def is_fresh(self, name: str, now: float) -> bool:
        """Whether a series is as the last build left it, and its record too.

        Args:
            name: the file name of its event file.
            now: seconds since 1970.
        """
        if self.last is None:
            return False
        if not freshness.is_fresh(self.last, name, str(self.events), str(self.output), now):
            return False
        self.rows[name] = self.last.rows[name]
        return freshness.digest(self.record(name)) == self.rows[name].record

    def record(self, name: str) -> bytes:
        """The record of a series, empty when there is none."""
        return _bytes(self.folder / f"{_stem(name)}.json")

    def view(self, path: str, made_from: str) -> bool:
        """Whether a view's file is as the last build left it, and was made from the same."""
        if self.last is None:
            return False
        if self._views is None:
            lines = _bytes(self.folder / _VIEWS).decode("utf-8", "replace").split("\n")
            rows = (line.split("\t") for line in lines if line.count("\t") == 2)
            self._views = {each: (digest, stamps) for each, digest, stamps in rows}
        digest, stamps = self._views.get(path, ("", ""))
        return digest == made_from and stamps == self._stamps_of(path)

    def take(self, name: str, row: freshness.Row, record: bytes, stage: Path) -> None:
        """Keep a series that has been drawn; its record waits on the stage.

        Args:
            name: the file name of its event file.
            row: what is known of it; instead of all stamps that of its ledger as it was read,
                empty when the build writes it.
            record: its record.
            stage: where that waits.
        """
        if not self.new:
            (stage / ".records").mkdir(parents=True, exist_ok=True)
            self.waiting = str(stage / ".records")
        path = f"{self.waiting}/{_stem(name)}.json"
        with open(path, "wb", buffering=0) as file:  # noqa: PTH123 - thousands of times
            file.write(record)
        self.rows[name] = row._replace(record=freshness.digest(record))
        self.new.append(name)

    def save(  # noqa: PLR0913 - what is to be known of a build
        self,
        stage: Path,
        *,
        asked: str,
        artifacts: int,
        said: tuple[str, str],
        ledgers: Iterable[str],
        files: Callable[[str], Iterable[str]],
        views: Iterable[bytes],
    ) -> None:
        """Write down what this build saw and made; nothing when the last one saw the same.

        Args:
            stage: where records wait.
            asked: what the build was asked for, as `freshness.asked` tells it.
            artifacts: how many files the manifest lists.
            said: what the build said, plain and styled.
            ledgers: the ids that have a ledger now, those of series that were withdrawn too.
            files: gives the paths of a series' files, and with `""` of those that no series owns.
            views: for each file of a view its path, a tab, what it was made from, a line's end.
        """
        self._keep_records(stage)
        self.home.mkdir(parents=True, exist_ok=True)
        before = self._tick()
        for name in self.new:
            stem = _stem(name)
            held = " ".join(files(stem))
            read = self.rows[name].stamps
            # Somebody may have changed the ledger since, and that is not what was built from.
            is_same = read in ("", self._stamps(stem, ""))
            stamps = self._stamps(stem, held) if is_same else ""
            self.rows[name] = self.rows[name]._replace(files=held, stamps=stamps)
        rest = " ".join((*files(""), MANIFEST))
        state = freshness.State(
            self.program,
            asked,
            self.site,
            freshness.of_names(ledgers),
            rest,
            self._stamps("site", rest),
            self._stamps_of(MANIFEST),
            artifacts,
            *said,
            dict(sorted(self.rows.items(), key=lambda each: _stem(each[0]))),
        )
        if state == self.last:
            return
        _write(self.folder / _VIEWS, map(self._stamped, views))
        # Whoever touches a file from now on leaves a later stamp on it than those that were seen.
        for _ in range(_PATIENCE):
            if self._tick() != before:
                break
            time.sleep(0.001)
        else:
            # Stamps that stand still tell nothing: on such a disk every build has to look.
            _remove(self.home / freshness.STATE)
            return
        _write(self.home / freshness.STATE, (freshness.dump(state),))

    def _stamps(self, ledger: str, files: str) -> str:
        return freshness.stamps(f"{self.events}/ledger/{ledger}.jsonl", str(self.output), files)

    def _stamped(self, line: bytes) -> bytes:
        path, digest = line.decode()[:-1].split("\t")
        return f"{path}\t{digest}\t{self._stamps_of(path)}\n".encode()

    def _stamps_of(self, path: str) -> str:
        return freshness.stamps(f"{self.output}/{path}", "", "")

    def _keep_records(self, stage: Path) -> None:
        waiting = stage / ".records"
        # What a link points to is somebody's, and records are removed below.
        if self.folder.is_symlink() or not self.folder.is_dir():
            _remove(self.folder)
        if self.new and not self.folder.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            waiting.rename(self.folder)
        elif self.new:
            for name in self.new:
                stem = f"{_stem(name)}.json"
                _replace(waiting / stem, self.folder / stem)
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.last is None or not self.last.rows.keys() <= self.rows.keys():
            held = {f"{_stem(name)}.json" for name in self.rows}
            for path in self.folder.iterdir():
                if path.name not in held and path.name != _VIEWS:
                    _remove(path)

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


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _write(path: Path, lines: Iterable[bytes]) -> None:
    """Replace a file in one step; nothing but speed depends on it."""
    beside = path.with_name(f"{path.name}.new")
    _remove(beside)
    with beside.open("wb") as file:
        file.writelines(lines)
    _replace(beside, path)


def _replace(beside: Path, path: Path) -> None:
    """Rename a file to its place, whatever stands there."""
    try:
        os.replace(beside, path)  # noqa: PTH105 - thousands of times
    except OSError:
        _remove(path)
        os.replace(beside, path)  # noqa: PTH105 - as above


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


__all__ = ["Cache", "discard"]
