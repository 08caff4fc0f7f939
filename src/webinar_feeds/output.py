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
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.artifacts import MANIFEST, Listed, appearance, dump_manifest, parse_manifest
from webinar_feeds.diagnostics import Location, Severity, declare
from webinar_feeds.locking import Refused, Trouble, lock, not_a_folder, trouble_told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webinar_feeds.artifacts import Artifact, Planned
    from webinar_feeds.diagnostics import Diagnostic

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

__all__ = ["Committed", "Refused", "Trouble", "commit", "lock", "stale", "write"]

HOME = ".webinar-feeds"
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{each}{n}" for each in ("com", "lpt") for n in range(10))}
)


class Committed(NamedTuple):
    """What a commit did: the paths that it wrote and removed, and how many were right already."""

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
        planned: the plan; its artifacts are iterated once.
        folder: the output folder; hold its `lock`.
        ledger: the folder of the ledgers.
        generator: the program's name and version, for the manifest.
        tz_database: the version of the tz database, for the manifest.
        replace_foreign: overwrite files of others that stand where artifacts go.

    Returns:
        What was written and removed. The manifest counts, the ledger does not.

    Raises:
        Refused: something stands in the way that is not ours; nothing was written.
        Trouble: the disk failed; what was published before is whole, and the next build heals.
    """
    with trouble_told():
        return _Commit(folder, ledger, replace_foreign=replace_foreign).run(
            planned, generator, tz_database
        )


def stale(
    planned: Planned, folder: Path, *, ledger: Path, generator: str, tz_database: str
) -> tuple[str, ...]:
    """The paths that a commit of the plan would write or remove; writes nothing.

    Raises:
        Refused, Trouble: as `commit` does.
    """
    with trouble_told():
        work = _Commit(folder, ledger, replace_foreign=False)
        work.compare(planned.artifacts, stage=False)
        manifest = dump_manifest(work.listed, generator, tz_database)
        paths = [*work.changed, *work.gone()]
        if not _holds(folder / MANIFEST, manifest):
            paths.append(MANIFEST)
        paths += [
            f"{ledger.name}/{name}"
            for name, data in sorted(planned.memory.items())
            if not _holds(ledger / name, data)
        ]
        return tuple(paths)


def write(path: Path, data: bytes) -> None:
    """Write a file so that readers see the old bytes or the new ones, and nothing else.

    What cannot be made again (a ledger) must survive a loss of power too, hence the sync.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = _beside(path)
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


class _Commit:
    """One commit at work: what is ours, what differs, what is in the way."""

    def __init__(self, folder: Path, ledger: Path, *, replace_foreign: bool) -> None:
        self.folder = folder
        self.ledger = ledger
        self.home = folder / HOME
        self.stage = self.home / "stage"
        self.replace_foreign = replace_foreign
        self.listed: dict[str, Listed] = {}
        self.changed: list[str] = []
        self.refusals: list[Diagnostic] = []
        self.folded: dict[str, str] = {}
        self._check_folder()
        self.ours = self._ours()

    def run(self, planned: Planned, generator: str, tz_database: str) -> Committed:
        """Stage, ledger, rename, remove, manifest: in this order."""
        self._sweep()
        try:
            self.compare(planned.artifacts, stage=True)
        except BaseException:
            shutil.rmtree(self.stage, ignore_errors=True)
            if self.home.exists() and not (self.home / "pending.json").exists():
                self.home.rmdir()
            raise
        gone = self.gone()
        manifest = dump_manifest(self.listed, generator, tz_database)
        manifest_differs = not _holds(self.folder / MANIFEST, manifest)
        if self.changed or gone:
            write(self.home / "pending.json", json.dumps([*self.changed, *gone]).encode())
        for name, data in sorted(planned.memory.items()):
            if not _holds(self.ledger / name, data):
                write(self.ledger / name, data)
        for path in self.changed:
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            (self.stage / _staged_name(path)).replace(target)
        for path in gone:
            self._remove(path)
        if manifest_differs:
            write(self.folder / MANIFEST, manifest)
        shutil.rmtree(self.home, ignore_errors=True)
        written = (*self.changed, *((MANIFEST,) if manifest_differs else ()))
        return Committed(written, len(self.listed) - len(self.changed), gone)

    def _sweep(self) -> None:
        """Clear away what a killed build had begun; what it had finished is kept by `_ours`."""
        shutil.rmtree(self.stage, ignore_errors=True)
        for begun in (_beside(self.folder / MANIFEST), *self.ledger.glob(".*.jsonl.new")):
            begun.unlink(missing_ok=True)

    def compare(self, artifacts: Iterable[Artifact], *, stage: bool) -> None:
        """Render every artifact against what is there; stage what differs.

        Raises:
            Refused: with everything that is in the way, not only the first.
        """
        for artifact in artifacts:
            problem = self._obstacle(artifact.path)
            if problem is not None:
                self.refusals.append(problem)
                continue
            target = self.folder / artifact.path
            digest, size, same = _compared(artifact, target)
            modified = artifact.modified
            self.listed[artifact.path] = Listed(
                digest,
                size,
                artifact.media_type,
                None if modified is None else f"{modified:%Y-%m-%dT%H:%M:%SZ}",
            )
            if same:
                continue
            if os.path.lexists(target) and not self._may_replace(artifact.path, target):
                place = Location(target.as_posix())
                self.refusals.append(foreign.diagnostic(place, path=target.as_posix()))
                continue
            self.changed.append(artifact.path)
            if stage:
                self._stage(artifact)
        if self.refusals:
            raise Refused(self.refusals)
        self.changed.sort(key=appearance)

    def gone(self) -> tuple[str, ...]:
        """Files of ours that the plan no longer makes."""
        return tuple(
            sorted(
                path
                for path in self.ours - self.listed.keys()
                if _why_unsafe(path) is None
                and (self.folder / path).is_file()
                and self._link_on_the_way(path) is None
            )
        )

    def _may_replace(self, path: str, target: Path) -> bool:
        return target.is_file() and (path in self.ours or self.replace_foreign)

    def _stage(self, artifact: Artifact) -> None:
        """Render once more, to a file whose name needs no folders.

        It is not synced: should power fail right after the rename, the bytes are made again from
        the ledger, which is synced.
        """
        self.stage.mkdir(parents=True, exist_ok=True)
        with (self.stage / _staged_name(artifact.path)).open("wb") as file:
            for chunk in artifact.chunks():
                file.write(chunk)

    def _ours(self) -> set[str]:
        """What earlier builds made, one that was killed on the way included."""
        ours: set[str] = set()
        manifest = self.folder / MANIFEST
        if manifest.is_file():
            ours |= (parse_manifest(manifest.read_bytes()) or {}).keys()
        pending = self.home / "pending.json"
        if pending.is_file():
            ours |= set(json.loads(pending.read_bytes()))
        return ours

    def _check_folder(self) -> None:
        if self.folder.exists() and not self.folder.is_dir():
            path = self.folder.as_posix()
            raise Refused([not_a_folder.diagnostic(Location(path), path=path)])
        inside = self.ledger.resolve().is_relative_to(self.folder.resolve())
        if inside:
            path = self.folder.as_posix()
            raise Refused([tangled.diagnostic(Location(path), path=path)])

    def _obstacle(self, path: str) -> Diagnostic | None:
        """What keeps a path from being written: its form, its double, or a link on its way (S6)."""
        place = Location((self.folder / path).as_posix())
        if _why_unsafe(path) is not None:
            return unsafe.diagnostic(place, path=path)
        other = self.folded.setdefault(path.casefold(), path)
        if other != path or path in self.listed:
            return collision.diagnostic(place, path=path, other=other)
        found = self._link_on_the_way(path)
        if found is not None:
            shown = found.as_posix()
            return link.diagnostic(Location(shown), path=shown)
        for parent in list((self.folder / path).parents)[: path.count("/")]:
            if parent.exists() and not parent.is_dir():
                return foreign.diagnostic(Location(parent.as_posix()), path=parent.as_posix())
        return None

    def _link_on_the_way(self, path: str) -> Path | None:
        step = self.folder
        for part in PurePosixPath(path).parts:
            step = step / part
            if step.is_symlink():
                return step
        return None

    def _remove(self, path: str) -> None:
        """Remove a file of ours, and the folders that it leaves empty."""
        target = self.folder / path
        target.unlink(missing_ok=True)
        for parent in list(target.parents)[: path.count("/")]:
            try:
                parent.rmdir()
            except OSError:
                return  # others' files are in it


def _compared(artifact: Artifact, target: Path) -> tuple[str, int, bool]:
    """The hash and size of an artifact, and whether its target holds the same bytes."""
    digest = hashlib.sha256()
    size = 0
    file = target.open("rb") if target.is_file() else None
    same = file is not None
    try:
        for chunk in artifact.chunks():
            digest.update(chunk)
            size += len(chunk)
            same = same and file is not None and file.read(len(chunk)) == chunk
        same = same and file is not None and not file.read(1)
    finally:
        if file is not None:
            file.close()
    return digest.hexdigest(), size, same


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _staged_name(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data


def _why_unsafe(path: str) -> str | None:
    """Why a path cannot be under the output folder on every system, None when it can (S6)."""
    if not path or path != str(PurePosixPath(path)) or path.startswith("/"):
        return "not relative"
    if path.casefold() == MANIFEST:
        return "the manifest's own"
    for part in path.split("/"):
        if part.startswith(".") or part.endswith((".", " ")):
            return "hidden, or not the same on every system"
        if any(each in '\\:*?"<>|' or ord(each) < 32 for each in part):
            return "a character that some systems refuse"
        if part.split(".")[0].casefold() in _DEVICES:
            return "a device"
    return None
