"""The one writer: carries a plan out so that nothing published is ever lost or half there.

Everything is rendered into a stage first; only when the last renderer has finished, the ledger is
written, then files are renamed into place, then our stale ones removed, then the manifest. A kill
before the ledger changes nothing; after it, the next build makes the same bytes. Knows bytes,
names and folders, and nothing of what they mean (D5, S6).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import unicodedata
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.artifacts import MANIFEST, Listed, appearance, dump_manifest, parse_manifest
from webinar_feeds.diagnostics import Location, Severity, declare, failed
from webinar_feeds.locking import Refused, Trouble, lock, missing, not_a_folder, trouble_told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from webinar_feeds.artifacts import Artifact, Planned
    from webinar_feeds.diagnostics import Diagnostic, Rule

_ERROR = Severity.ERROR
foreign = declare(
    "WF701",
    _ERROR,
    "another program made `{path}`, and a build would overwrite it",
    help="move the file away, or build with `--replace-foreign`",
)
link = declare(
    "WF702",
    _ERROR,
    "`{path}` is a symbolic link, and a build does not write through links",
    help="replace the link by a folder or remove it",
)
unsafe = declare(
    "WF703",
    _ERROR,
    "`{path}` is not a path that a build may write to",
    help="report this: the format that made it is at fault",
)
collision = declare(
    "WF704",
    _ERROR,
    "`{path}` and `{other}` are the same file where capitals do not count",
    help="give one of them another id",
)
tangled = declare(
    "WF706",
    _ERROR,
    "the event files are inside the output folder `{path}`, which is published",
    help="name another folder with `--output`",
)
obstructed = declare(
    "WF707",
    _ERROR,
    "`{path}` stands where a build makes a {wanted}",
    help="move it away",
)

__all__ = ["Committed", "Refused", "Trouble", "commit", "lock", "stale", "write"]

HOME = ".webinar-feeds"
PENDING = "pending.json"
# Only Windows has it.
_BINARY = getattr(os, "O_BINARY", 0)
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"}
)


class Committed(NamedTuple):
    """What a commit did: the paths that it wrote and removed, and how many were right already.

    The manifest counts among `written`, but not among `unchanged`; ledgers count nowhere.
    """

    written: tuple[str, ...]
    unchanged: int
    removed: tuple[str, ...]


def commit(  # noqa: PLR0913 - what a commit depends on, by keyword
    planned: Planned,
    folder: Path,
    *,
    ledger: Path,
    generator: str,
    tz_database: str,
    replace_foreign: bool = False,
) -> Committed:
    """Make `folder` what the plan says, touching only what differs.

    Args:
        planned: the plan; its artifacts are iterated once, and each is rendered once.
        folder: the output folder; hold its `lock`.
        ledger: the folder of the ledgers; hold its `lock`.
        generator: the program's name and version, for the manifest.
        tz_database: the version of the tz database, for the manifest.
        replace_foreign: overwrite files of others that stand where artifacts go.

    Returns:
        What was written and removed.

    Raises:
        Refused: something stands in the way that is not ours, or the plan holds errors; nothing
            was written.
        Trouble: the disk failed; every published file is whole, and the next build heals.
    """
    with trouble_told():
        work = _Commit(planned, folder, ledger, replace_foreign=replace_foreign)
        return work.run(generator, tz_database)


def stale(
    planned: Planned, folder: Path, *, ledger: Path, generator: str, tz_database: str
) -> tuple[str, ...]:
    """The paths that a commit of the plan would write or remove; writes nothing.

    Returns:
        Paths under `folder` in the order of their writing, then those of ledgers, which begin
        with the name of the ledgers' folder.

    Raises:
        Refused, Trouble: as `commit` does.
    """
    with trouble_told():
        work = _Commit(planned, folder, ledger, replace_foreign=False)
        work.compare(stage=False)
        manifest = work.manifest(generator, tz_database)
        paths = [*work.changed, *sorted(work.gone)]
        if not _holds(folder / MANIFEST, manifest):
            paths.append(MANIFEST)
        return (*paths, *(f"{ledger.name}/{name}" for name, _ in work.learnt()))


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
    (beside / path.name).replace(path)
    with suppress(OSError):
        beside.rmdir()
    _sync_folder(path.parent)


class _Commit:
    """One commit at work: what is ours, what differs, what is in the way."""

    def __init__(
        self, planned: Planned, folder: Path, ledger: Path, *, replace_foreign: bool
    ) -> None:
        if failed(planned.diagnostics):
            # Such a plan is empty, and carrying it out would remove everything.
            raise Refused(planned.diagnostics)
        self.planned = planned
        self.folder = folder
        self.ledger = ledger
        self.home = folder / HOME
        self.stage = self.home / "stage"
        self.missing = missing(folder)
        self.replace_foreign = replace_foreign
        self.listed: dict[str, Listed] = {}
        self.changed: list[str] = []
        self.forgotten: tuple[str, ...] = ()
        self.gone: tuple[str, ...] = ()
        self.refusals: list[Diagnostic] = []
        self.spellings: dict[str, tuple[str, bool]] = {}
        self.links: dict[str, Path | None] = {"": None}
        self._check_folders()
        self.before = parse_manifest(_bytes(folder / MANIFEST)) or {}
        self.pending = _parse_pending(_bytes(self.home / PENDING))

    def run(self, generator: str, tz_database: str) -> Committed:
        """Stage, intent, ledger, rename, remove, manifest: in this order."""
        try:
            self._sweep()
            self.compare(stage=True)
            if self.changed:
                self._announce()
            for name, data in self.learnt():
                write(self.ledger / name, data)
            self._appear()
            self._disappear(self.forgotten)
            manifest = self.manifest(generator, tz_database)
            differs = not _holds(self.folder / MANIFEST, manifest)
            if differs:
                write(self.folder / MANIFEST, manifest)
            # Only now: until the manifest stands, the record is how a next build knows its own.
            (self.home / PENDING).unlink(missing_ok=True)
        finally:
            self._sweep()
        written = (*self.changed, *((MANIFEST,) if differs else ()))
        return Committed(written, len(self.listed) - len(self.changed), tuple(sorted(self.gone)))

    def compare(self, *, stage: bool) -> None:
        """Render every artifact against what is there; stage what differs.

        Raises:
            Refused: with everything that is in the way, not only the first.
        """
        for artifact in self.planned.artifacts:
            problem = self._obstacle(artifact.path)
            if problem is not None:
                self.refusals.append(problem)
                continue
            self.listed[artifact.path], same = self._render(artifact, stage=stage)
            if same:
                continue
            self.changed.append(artifact.path)
            target = self.folder / artifact.path
            if target.is_file() and not (self.replace_foreign or self._owns(artifact.path)):
                self.refusals.append(_at(foreign, target))
        self._check_manifest()
        if self.refusals:
            raise Refused(self.refusals)
        self.changed.sort(key=appearance)
        self.forgotten = tuple(self._forgotten())
        self.gone = tuple(filter(self._owns, self.forgotten))

    def manifest(self, generator: str, tz_database: str) -> bytes:
        """The bytes of the manifest of what was compared."""
        return dump_manifest(self.listed, generator, tz_database)

    def learnt(self) -> Iterator[tuple[str, bytes]]:
        """The ledgers whose bytes differ from those on the disk."""
        for name, data in sorted(self.planned.memory.items()):
            if not _holds(self.ledger / name, data):
                yield name, data

    def _render(self, artifact: Artifact, *, stage: bool) -> tuple[Listed, bool]:
        """The artifact as the manifest lists it, and whether its target holds the same bytes.

        Rendered once. A copy is staged from the first byte on that differs, so that a build that
        changes nothing writes nothing.
        """
        target = self.folder / artifact.path
        digest = hashlib.sha256()
        size = 0
        with ExitStack() as opened:
            old = opened.enter_context(target.open("rb")) if target.is_file() else None
            same = old is not None
            copy: BinaryIO | None = None
            for chunk in chain(artifact.chunks(), (b"",)):
                if same and old is not None:
                    same = old.read(len(chunk)) == chunk if chunk else True
                if not same and stage and copy is None:
                    copy = opened.enter_context(self._copy(artifact.path, target, size))
                if copy is not None:
                    copy.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            if same and old is not None and old.read(1):
                same = False
                if stage:
                    opened.enter_context(self._copy(artifact.path, target, size))
        modified = artifact.modified
        shown = None if modified is None else f"{modified:%Y-%m-%dT%H:%M:%SZ}"
        return Listed(digest.hexdigest(), size, artifact.media_type, shown), same

    @contextmanager
    def _copy(self, path: str, target: Path, size: int) -> Iterator[BinaryIO]:
        """A staged file that begins with so many bytes of its target; its name needs no folders."""
        self.stage.mkdir(parents=True, exist_ok=True)
        with _created(self.stage / _staged_name(path)) as file:
            if size:
                with target.open("rb") as old:
                    file.write(old.read(size))
            yield file

    def _announce(self) -> None:
        """Record what is about to become ours, by hash: a name alone may be anybody's by then."""
        record = {path: set(hashes) for path, hashes in self.pending.items()}
        for path, row in self.listed.items():
            if path not in self.before:
                record.setdefault(path, set()).add(row.sha256)
        rows = {path: sorted(hashes) for path, hashes in sorted(record.items())}
        write(self.home / PENDING, json.dumps(rows).encode())

    def _appear(self) -> None:
        changed = set(self.changed)
        under = {parent for path in changed for parent in _parents(path)}
        # A file of ours where a folder goes now, or the other way round, cannot wait for its turn.
        self._disappear(
            path
            for path in self.forgotten
            if path in under or not changed.isdisjoint(_parents(path))
        )
        for path in self.changed:
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            (self.stage / _staged_name(path)).replace(target)

    def _disappear(self, paths: Iterable[str]) -> None:
        """Remove files of ours, and the folders that they leave empty.

        A killed build may have left an empty folder for a file that never came; the folder goes.
        """
        gone = frozenset(self.gone)
        for path in paths:
            # It may have made room already, and something new may stand there.
            if path in gone and (self.folder / path).is_file():
                (self.folder / path).unlink()
            for parent in _parents(path):
                try:
                    (self.folder / parent).rmdir()
                except FileNotFoundError:
                    continue
                except OSError:
                    break  # somebody's files are in it

    def _forgotten(self) -> list[str]:
        """What earlier builds made or announced and this one does not make.

        In the order opposite to appearing: nothing ever points to a file that has gone.
        """
        return sorted(
            (
                path
                for path in {*self.before, *self.pending} - self.listed.keys()
                if _why_unsafe(path) is None and self._link(path) is None and not self._kept(path)
            ),
            key=appearance,
            reverse=True,
        )

    def _kept(self, path: str) -> bool:
        """Whether a path is another spelling of one that is made, on a disk that says so."""
        other, _ = self.spellings.get(_folded(path), (path, True))
        one, two = self.folder / path, self.folder / other
        return other != path and one.exists() and two.exists() and one.samefile(two)

    def _owns(self, path: str) -> bool:
        """Whether a build of ours made the file that is there."""
        target = self.folder / path
        if not target.is_file():
            return False
        return path in self.before or _hash(target) in self.pending.get(path, ())

    def _obstacle(self, path: str) -> Diagnostic | None:
        """What keeps a path from being written: its form, its double, or what is there (S6)."""
        target = self.folder / path
        if _why_unsafe(path) is not None:
            return unsafe.diagnostic(Location(target.as_posix()), path=path)
        other = self._double(path)
        if other is not None:
            return collision.diagnostic(Location(target.as_posix()), path=path, other=other)
        found = self._link(path)
        if found is not None:
            return _at(link, found)
        for parent in _parents(path):
            there = self.folder / parent
            if there.exists() and not there.is_dir() and not self._owns(parent):
                return _at(obstructed, there, wanted="folder")
        if target.exists() and not target.is_file() and not self._only_ours(target):
            return _at(obstructed, target, wanted="file")
        return None

    def _double(self, path: str) -> str | None:
        """Another path of the plan that is this one where capitals do not count, or crosses it."""
        if path in self.listed:
            return path
        for part, is_file in ((path, True), *((parent, False) for parent in _parents(path))):
            known = self.spellings.setdefault(_folded(part), (part, is_file))
            if known != (part, is_file):
                return known[0]
        return None

    def _only_ours(self, folder: Path) -> bool:
        """Whether we made a folder and nobody put anything into it, so that it can make room."""
        if not folder.is_dir():
            return False
        here = folder.relative_to(self.folder).as_posix()
        if all(here not in _parents(path) for path in chain(self.before, self.pending)):
            return False
        found = [each for each in folder.rglob("*") if each.is_symlink() or not each.is_dir()]
        return all(
            not each.is_symlink() and self._owns(each.relative_to(self.folder).as_posix())
            for each in found
        )

    def _link(self, path: str) -> Path | None:
        """The first symbolic link on the way to a path, or the path itself if it is one."""
        parent = path.rpartition("/")[0]
        if parent not in self.links:
            self.links[parent] = self._link(parent)
        here = self.folder / path
        return self.links[parent] or (here if here.is_symlink() else None)

    def _check_folders(self) -> None:
        if self.folder.exists() and not self.folder.is_dir():
            raise Refused([_at(not_a_folder, self.folder)])
        if self.ledger.resolve().is_relative_to(self.folder.resolve()):
            raise Refused([_at(tangled, self.folder)])
        for name in self.planned.memory:
            if _why_unsafe(name) is not None:
                place = Location((self.ledger / name).as_posix())
                self.refusals.append(unsafe.diagnostic(place, path=name))
            elif (self.ledger / name).is_symlink():
                self.refusals.append(_at(link, self.ledger / name))
        if self.home.is_symlink():
            raise Refused([*self.refusals, _at(link, self.home)])

    def _check_manifest(self) -> None:
        """A damaged manifest of ours is replaced; a manifest of something else is somebody's."""
        path = self.folder / MANIFEST
        if path.is_symlink():
            self.refusals.append(_at(link, path))
        elif path.exists() and not path.is_file():
            self.refusals.append(_at(obstructed, path, wanted="file"))
        elif not self.replace_foreign and _of_another_kind(_bytes(path)):
            self.refusals.append(_at(foreign, path))

    def _sweep(self) -> None:
        """Remove what a build needs only while it works, this one's or that of a killed one."""
        for path in (self.stage, self.home / HOME, self.ledger / HOME):
            _remove_link(path)
            shutil.rmtree(path, ignore_errors=True)
        (self.home / MANIFEST).unlink(missing_ok=True)
        for folder in (self.home, *self.missing):
            with suppress(OSError):  # it holds something
                folder.rmdir()


def _at(rule: Rule, path: Path, **values: object) -> Diagnostic:
    shown = path.as_posix()
    return rule.diagnostic(Location(shown), path=shown, **values)


@contextmanager
def _created(path: Path) -> Iterator[BinaryIO]:
    """A new file with the mode of ordinary files, on the disk before anything is named after it.

    Without the sync, a power cut after the rename could leave an empty file under a published
    name. A build changes few files, and the first one pays a fraction of a millisecond for each.
    """
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        yield file
        file.flush()
        os.fsync(descriptor)


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove_link(path: Path) -> None:
    if path.is_symlink():
        path.unlink()


def _staged_name(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()


def _parents(path: str) -> Iterator[str]:
    """The folders of a path, the innermost first, without the root."""
    while path := path.rpartition("/")[0]:
        yield path


def _folded(path: str) -> str:
    """What is the same for two names that some system takes for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


def _parse_pending(data: bytes) -> dict[str, set[str]]:
    """The record of a killed build; one that cannot be read says nothing."""
    try:
        return {path: set(hashes) for path, hashes in json.loads(data).items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _of_another_kind(data: bytes) -> bool:
    """Whether a manifest is a sound file of another program, such as a web application's."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and bool(document) and "artifacts" not in document


def _why_unsafe(path: str) -> str | None:
    """Why a path cannot be under the output folder on every system, None when it can (S6)."""
    if not path or path.startswith("/") or path != str(PurePosixPath(path)):
        return "it is not relative and plain"
    if _folded(path) == MANIFEST:
        return "the manifest stands there"
    return next((why for part in path.split("/") if (why := _why_unsafe_name(part))), None)


def _why_unsafe_name(name: str) -> str | None:
    if name.startswith(".") or name.endswith((".", " ")):
        return "a name begins or ends with a dot or a space"
    if any(each in '\\:*?"<>|' or unicodedata.category(each) in {"Cc", "Cs"} for each in name):
        return "some systems refuse one of its characters"
    if name.partition(".")[0].rstrip().casefold() in _DEVICES:
        return "Windows takes it for a device"
    if len(name.encode()) > 255:
        return "a name is longer than 255 bytes"
    return None


def _sync_folder(folder: Path) -> None:
    """Make renames in a folder last. Windows has no such call and keeps their order itself."""
    if sys.platform != "win32":  # pragma: no branch - the tests run on the other systems
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
