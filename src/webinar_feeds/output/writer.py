"""Carrying out: the stage, then the ledgers, then everything in its order, the manifest last."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Self

from webinar_feeds.artifacts import (
    MANIFEST,
    MANIFEST_SEPARATOR,
    MANIFEST_TAIL,
    appearance,
    manifest_head,
)
from webinar_feeds.diagnostics import Location, Severity, declare
from webinar_feeds.locking import Refused, missing, not_a_folder
from webinar_feeds.output.batches import Batches, Committed
from webinar_feeds.output.listing import Before, Pending, counted, path_of, rows_of
from webinar_feeds.output.names import parents, why_unsafe
from webinar_feeds.output.stage import Unit, foreign, link, obstructed, remove_empty, unsafe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from typing import BinaryIO

    from webinar_feeds.diagnostics import Diagnostic, Rule
    from webinar_feeds.output.batches import Waiting
    from webinar_feeds.output.stage import Batch

tangled = declare(
    "WF706",
    Severity.ERROR,
    "the event files are inside the output folder `{path}`, which is published",
    help="name another folder with `--output`",
)

HOME = ".webinar-feeds"
PENDING = "pending"
_BINARY = getattr(os, "O_BINARY", 0)
# With more files than this, one call that brings all of the disk up to date is cheaper.
_FEW = 64


def write(path: Path, data: bytes) -> None:
    """Write a file so that readers see the old bytes or the new ones, also after a power cut.

    When this returns, the bytes will last: what is written next can rely on them. Hold the
    folder's `lock`.
    """
    beside = path.parent / HOME
    _remove_link(beside)
    beside.mkdir(parents=True, exist_ok=True)
    with _created(beside / path.name) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    (beside / path.name).replace(path)
    with suppress(OSError):
        beside.rmdir()
    _sync_folder(path.parent)


class Writer:
    """A commit at work: give it ledgers and batches, then let it `finish`.

    Used as a context: whatever happens, the stage is gone at its end.

    Args:
        folder: the output folder.
        ledger: the folder of the ledgers.
        replace_foreign: overwrite files of others that stand where artifacts go.
        compare: only find out what would be written; the stage is then in a temporary folder, and
            `finish` is not to be called.
    """

    def __init__(
        self, folder: Path, ledger: Path, *, replace_foreign: bool = False, compare: bool = False
    ) -> None:
        self.folder, self.ledger = folder, ledger
        self.home = folder / HOME
        self.compare = compare
        self.replace_foreign = replace_foreign
        self.missing = missing(folder)
        self.refusals: list[Diagnostic] = []
        self.learnt: list[str] = []
        self.artifacts = 0
        self.taken: set[str] = set()
        self._check_folders()
        self.stage = _temporary() if compare else self.home / "stage"

    def __enter__(self) -> Self:
        if not self.compare:
            self._sweep()
        self.before = Before(self.folder / MANIFEST)
        self.pending = Pending(self.home / PENDING)
        self.batches = Batches(self.stage)
        return self

    def __exit__(self, *_: object) -> None:
        self.batches.close()
        if self.compare:
            shutil.rmtree(self.stage, ignore_errors=True)
        else:
            self._sweep()

    # --------------------------------------------------------------------------- what it is given

    def remember(self, name: str, blocks: Callable[[], Iterable[bytes]]) -> bool:
        """Stage a ledger if its bytes differ from those on the disk; says whether they do.

        Args:
            name: of the file.
            blocks: gives its bytes, in parts; called twice where they differ.
        """
        path = self.ledger / name
        if why_unsafe(name) is not None:
            place = Location(path.as_posix())
            self.refusals.append(unsafe.diagnostic(place, path=name))
        elif path.is_symlink():
            self.refusals.append(_at(link, path))
        elif not _holds(path, blocks()):
            if not self.compare:
                stage_ledger(self.ledger, name, blocks())
            self.learnt.append(name)
            return True
        return False

    def known(self, folder: str) -> tuple[dict[str, bytes], dict[str, set[str]]]:
        """What lies in a folder that a unit of its own will fill, for that `Unit`.

        What stands where a folder above has to be is among it: it has to make room.

        Returns:
            The manifest's lines by path, and what a killed build had announced.
        """
        rows = rows_of(self.before.claim(folder))
        pending: dict[str, set[str]] = {}
        if self.pending.hashes:
            self.taken.add(folder)
            pending = self.pending.below(folder)
        for parent in parents(folder):
            if parent in self.before.roots:
                rows[parent] = self.before.roots[parent]
            if parent in self.pending.hashes:
                pending[parent] = self.pending.hashes[parent]
        return rows, pending

    def unit(self, folder: str, kept: AbstractSet[str] | None) -> Unit | None:
        """A unit for a folder, at work in this process.

        Args:
            folder: all of its paths are in it.
            kept: its paths when they are known to be right; where just these are listed, they are
                kept, and there is no unit.
        """
        before, pending = self.known(folder)
        if kept is None or pending or before.keys() != kept:
            return self._unit(folder, before, pending)
        self.artifacts += len(kept)
        self.batches.keep(folder)
        return None

    def rest(self) -> Unit:
        """The unit of everything that no other one has; ask for it when those are known."""
        return self._unit("", self.before.unclaimed(), self.pending.beside(self.taken))

    def _unit(
        self, folder: str, before: Mapping[str, bytes], pending: Mapping[str, AbstractSet[str]]
    ) -> Unit:
        replace = self.replace_foreign
        return Unit(self.folder, self.stage, folder, before, pending, replace_foreign=replace)

    def add(self, batch: Batch) -> None:
        """A unit is complete."""
        self.refusals += batch.refusals
        self.artifacts += len(batch.paths)
        self.batches.add(batch)

    def keep(self, folder: str) -> None:
        """A unit is as it was, and known to be right."""
        if self.pending.hashes:
            self.taken.add(folder)
        self.artifacts += counted(self.before.claim(folder))
        self.batches.keep(folder)

    # --------------------------------------------------------------------------- what it does

    def finish(self, generator: str, tz_database: str) -> Committed:
        """Intent, ledgers, rename, remove, manifest: in this order.

        Raises:
            Refused: with everything that is in the way, not only the first.
        """
        self._check()
        changes = self.batches.changes
        if changes or len(self.learnt) > _FEW:
            self._last()
        if changes:
            self._announce()
        self._learn()
        forgotten = sorted(set(self.batches.forgotten), key=appearance, reverse=True)
        gone = frozenset(self.batches.gone)
        for batch in self.batches.changed():
            self._appear(batch, forgotten, gone)
        self._disappear(forgotten, gone)
        differs = not _holds(self.folder / MANIFEST, self._manifest(generator, tz_database))
        if differs:
            self._write_manifest(generator, tz_database)
        # Only now: until the manifest stands, the record is how a next build knows its own.
        (self.home / PENDING).unlink(missing_ok=True)
        written = (path for batch in self.batches.changed() for path in self.batches.paths(batch))
        unchanged = self.artifacts - changes
        manifest = (MANIFEST,) if differs else ()
        return Committed(chain(written, manifest), unchanged, tuple(sorted(gone)))

    def stale(self, generator: str, tz_database: str) -> tuple[str, ...]:
        """What `finish` would write or remove, ledgers last; nothing is touched."""
        self._check()
        batches = self.batches
        paths = [path for batch in batches.changed() for path in batches.paths(batch)]
        paths += sorted(set(batches.gone))
        if not _holds(self.folder / MANIFEST, self._manifest(generator, tz_database)):
            paths.append(MANIFEST)
        return (*paths, *(f"{self.ledger.name}/{name}" for name in self.learnt))

    def _check(self) -> None:
        path = self.folder / MANIFEST
        if path.is_symlink():
            self.refusals.append(_at(link, path))
        elif path.exists() and not path.is_file():
            self.refusals.append(_at(obstructed, path, wanted="file"))
        elif not (self.replace_foreign or self.before.is_ours):
            self.refusals.append(_at(foreign, path))
        if self.refusals:
            raise Refused([*dict.fromkeys(self.refusals)])  # one thing may be in the way of many

    def _last(self) -> None:
        """Make what is staged last on the disk before anything is named after it.

        Without it, a power cut after a rename could leave an empty file under a published name.
        """
        if len(self.learnt) + self.batches.changes > _FEW:
            os.sync()
            return
        for batch in self.batches.changed():
            for path in self.batches.paths(batch):
                _sync(self.stage / path)

    def _announce(self) -> None:
        """Record what is about to become ours, by hash: a name alone may be anybody's by then."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / PENDING).open("ab") as file:
            for batch in self.batches.changed():
                wanted = frozenset(batch.changed)
                for line in self.batches.lines(batch):
                    if batch.whole or path_of(line) in wanted:
                        path, facts = line[2:].split(b": {", 1)
                        file.write(b'{"path": ' + path + b", " + facts + b"\n")
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(self.home)

    def _learn(self) -> None:
        beside = self.ledger / HOME
        for name in self.learnt:
            if len(self.learnt) <= _FEW:
                _sync(beside / name)
            os.replace(f"{beside}/{name}", f"{self.ledger}/{name}")  # noqa: PTH105 - thousands of times
        if self.learnt:
            with suppress(OSError):
                beside.rmdir()
            _sync_folder(self.ledger)

    def _appear(self, batch: Waiting, forgotten: list[str], gone: frozenset[str]) -> None:
        if batch.whole:
            # All of it at once: nobody can have pointed there.
            staged, target = f"{self.stage}/{batch.folder}", f"{self.folder}/{batch.folder}"
            try:
                os.rename(staged, target)  # noqa: PTH104 - thousands of times
            except OSError:
                above = frozenset(parents(batch.folder))
                self._disappear((p for p in forgotten if p in above), gone)
                Path(target).parent.mkdir(parents=True, exist_ok=True)
                os.rename(staged, target)  # noqa: PTH104 - as above
            return
        changed = set(batch.changed)
        under = {parent for path in changed for parent in parents(path)}
        # A file of ours where a folder goes now, or the other way round, cannot wait for its turn.
        self._disappear(
            (p for p in forgotten if p in under or not changed.isdisjoint(parents(p))), gone
        )
        for path in batch.changed:
            staged, target = f"{self.stage}/{path}", f"{self.folder}/{path}"
            with suppress(FileNotFoundError):
                os.replace(staged, target)  # noqa: PTH105 - thousands of times
                continue
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            os.replace(staged, target)  # noqa: PTH105 - as above

    def _disappear(self, paths: Iterable[str], gone: frozenset[str]) -> None:
        """Remove files of ours, and the folders that they leave empty.

        A killed build may have left an empty folder for a file that never came; the folder goes.
        """
        for path in paths:
            # It may have made room already, and something new may stand there.
            if path in gone and (self.folder / path).is_file():
                (self.folder / path).unlink()
            remove_empty(self.folder, path)

    def _manifest(self, generator: str, tz_database: str) -> Iterator[bytes]:
        """The manifest of everything, block by block, sorted by path."""
        yield manifest_head(generator, tz_database)
        between = b""
        for block in self.batches.manifest(self.before.lines):
            yield between
            yield block
            between = MANIFEST_SEPARATOR
        yield MANIFEST_TAIL

    def _write_manifest(self, generator: str, tz_database: str) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        staged = self.home / MANIFEST
        with _created(staged) as file:
            for block in self._manifest(generator, tz_database):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(self.folder / MANIFEST)
        _sync_folder(self.folder)

    def _check_folders(self) -> None:
        if self.folder.exists() and not self.folder.is_dir():
            raise Refused([_at(not_a_folder, self.folder)])
        if self.ledger.resolve().is_relative_to(self.folder.resolve()):
            raise Refused([_at(tangled, self.folder)])
        if self.home.is_symlink():
            raise Refused([_at(link, self.home)])

    def _sweep(self) -> None:
        """Remove what a build needs only while it works, this one's or that of a killed one."""
        for path in (self.stage, self.home / HOME, self.ledger / HOME):
            _remove_link(path)
            shutil.rmtree(path, ignore_errors=True)
        (self.home / MANIFEST).unlink(missing_ok=True)
        for folder in (self.home, *self.missing):
            with suppress(OSError):  # it holds something
                folder.rmdir()


def stage_ledger(ledger: Path, name: str, blocks: Iterable[bytes]) -> None:
    """Put a ledger beside where it belongs, until everything can appear."""
    path = f"{ledger}/{HOME}/{name}"
    try:
        file = _opened(path)
    except FileNotFoundError:
        (ledger / HOME).mkdir(parents=True, exist_ok=True)
        file = _opened(path)
    with file:
        file.writelines(blocks)


def _temporary() -> Path:
    from tempfile import mkdtemp  # noqa: PLC0415 - only a build that writes nothing needs it

    return Path(mkdtemp(prefix="webinar-feeds-"))


def _at(rule: Rule, path: Path, **values: object) -> Diagnostic:
    shown = path.as_posix()
    return rule.diagnostic(Location(shown), path=shown, **values)


@contextmanager
def _created(path: Path) -> Iterator[BinaryIO]:
    """A new file with the mode of ordinary files."""
    path.unlink(missing_ok=True)
    with _opened(path) as file:
        yield file


def _opened(path: Path | str) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o644), "wb")


def _holds(path: Path, blocks: Iterable[bytes]) -> bool:
    """Whether a file has these bytes, without holding them all."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return all(file.read(len(block)) == block for block in blocks) and not file.read(1)


def _remove_link(path: Path) -> None:
    if path.is_symlink():
        path.unlink()


def _sync(path: Path) -> None:
    """Make a file's bytes last."""
    descriptor = os.open(path, os.O_RDONLY | _BINARY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    """Make renames in a folder last. Windows has no such call and keeps their order itself."""
    if sys.platform != "win32":  # pragma: no branch - the tests run on the other systems
        _sync(folder)
