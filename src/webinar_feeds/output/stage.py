"""The stage: where what differs is made ready, so that all of it can appear together.

A unit is what belongs together: a series' folder, or all the rest. Units do not know each other,
so several processes can fill the stage at once. Nothing outside the stage is written here.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from webinar_feeds.artifacts import (
    MANIFEST_SEPARATOR,
    Listed,
    appearance,
    manifest_line,
    parse_manifest_line,
)
from webinar_feeds.diagnostics import Location, Severity, declare
from webinar_feeds.output.names import folded, is_ordinary, parents, why_unsafe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from datetime import datetime
    from typing import BinaryIO

    from webinar_feeds.artifacts import Artifact
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
obstructed = declare(
    "WF707",
    _ERROR,
    "`{path}` stands where a build makes a {wanted}",
    help="move it away",
)
# Only Windows has it.
_BINARY = getattr(os, "O_BINARY", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
# What is smaller than this is made in memory and written in one go.
_SMALL = 1 << 18
# Of how many folders a unit keeps in mind what it has seen there; paths come in their order.
_NEAR = 1000


class Batch(NamedTuple):
    """What a unit came to: its lines of the manifest, and what has to happen on the disk.

    `paths` are those of all its artifacts, sorted; `changed` are the staged paths in the order of
    their appearing; when `whole`, the unit's folder is new and all of it is staged. `forgotten` are
    paths that earlier builds made or announced and this one does not make, `gone` those of them
    that exist and are ours.
    """

    folder: str
    lines: bytes
    paths: tuple[str, ...]
    changed: tuple[str, ...]
    whole: bool
    forgotten: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    refusals: tuple[Diagnostic, ...] = ()


class Unit:
    """A unit at work: `put` its artifacts one after another, then ask for its `batch`.

    Args:
        root: the output folder.
        stage: where to put what differs.
        folder: the folder that all of its paths are in, `""` for a unit without such a bound.
        before: what earlier builds made here: lines of the manifest by path.
        pending: what a killed build had announced here, by path, with hashes.
        replace_foreign: overwrite files of others that stand where artifacts go.
    """

    def __init__(  # noqa: PLR0913 - what a unit depends on
        self,
        root: Path,
        stage: Path,
        folder: str = "",
        before: Mapping[str, bytes] | None = None,
        pending: Mapping[str, AbstractSet[str]] | None = None,
        *,
        replace_foreign: bool = False,
    ) -> None:
        self.root, self.stage = str(root), str(stage)
        self.folder = folder
        self.before = before or {}
        self.pending = pending or {}
        self.replace_foreign = replace_foreign
        self.is_new = bool(folder) and not os.path.lexists(f"{self.root}/{folder}")
        self.rows: dict[str, bytes] = {}
        self.changed: list[str] = []
        self.refusals: list[Diagnostic] = []
        self.spellings: dict[str, str] = {}
        self.folders: dict[str, str] = {}
        self.entered: set[str] = set()
        self.links: dict[str, str | None] = {"": None}
        self.made: set[str] = set()
        self._is_free: Diagnostic | Literal[False] | None = None

    def put(self, artifact: Artifact) -> Listed | None:
        """Render an artifact, once, and stage it if it differs from what is there.

        Returns:
            The artifact as the manifest lists it; None when something is in its way.
        """
        path = artifact.path
        target = f"{self.root}/{path}"
        problem = self._obstacle(path, target)
        if problem is not None:
            self.refusals.append(problem)
            return None
        there = not self.is_new and os.path.isfile(target)  # noqa: PTH113 - thousands of times
        digest, size, same = self._render(artifact, target if there else None)
        row = Listed(digest, size, artifact.media_type, shown(artifact.modified))
        self.rows[path] = manifest_line(path, row)
        if not same:
            self.changed.append(path)
            if there and not (self.replace_foreign or self._owns(path)):
                self.refusals.append(_at(foreign, target))
        return row

    def keep(self, path: str) -> bool:
        """Leave an artifact as it is, which is known to be right; False when nothing lists it."""
        line = self.before.get(path)
        if line is None:
            return False
        self.rows[path] = line
        return True

    def leave(self, artifact: Artifact) -> bool:
        """Leave a file as it is, whose bytes are known to be those that the artifact would have.

        Returns:
            Whether it is left; False when nothing lists it or something is in its way, which
            `put` has to tell.
        """
        line = self.before.get(artifact.path)
        target = f"{self.root}/{artifact.path}"
        if line is None or self._obstacle(artifact.path, target) is not None:
            return False
        listed = parse_manifest_line(line)._replace(modified=shown(artifact.modified))
        self.rows[artifact.path] = manifest_line(artifact.path, listed)
        return True

    def batch(self) -> Batch:
        """What all of it came to."""
        forgotten = self._forgotten()
        paths = tuple(sorted(self.rows))
        return Batch(
            self.folder,
            MANIFEST_SEPARATOR.join(map(self.rows.__getitem__, paths)),
            paths,
            tuple(sorted(self.changed, key=appearance)),
            self.is_new and bool(self.rows),
            forgotten,
            tuple(filter(self._owns, forgotten)),
            tuple(self.refusals),
        )

    # ------------------------------------------------------------------------------- rendering

    def _render(self, artifact: Artifact, target: str | None) -> tuple[str, int, bool]:
        """The hash and size of an artifact, and whether its target holds the same bytes."""
        chunks = iter(artifact.chunks())
        held: list[bytes] = []
        size = 0
        for chunk in chunks:
            held.append(chunk)
            size += len(chunk)
            if size > _SMALL:
                return self._stream(artifact.path, chain(held, chunks), target)
        data = b"".join(held)
        same = target is not None and _holds(target, data)
        if not same:
            descriptor = os.open(self._staging(artifact.path), _NEW, 0o644)
            try:
                written = os.write(descriptor, data)
                while written < len(data):
                    written += os.write(descriptor, data[written:])
            finally:
                os.close(descriptor)
        return sha256(data).hexdigest(), size, same

    def _stream(
        self, path: str, chunks: Iterable[bytes], target: str | None
    ) -> tuple[str, int, bool]:
        """The same for what is too large to be held.

        A copy is staged from the first byte on that differs, so that nothing is written when
        nothing has changed.
        """
        digest = sha256()
        size = 0
        with ExitStack() as opened:
            old = None if target is None else opened.enter_context(Path(target).open("rb"))
            same = old is not None
            copy: BinaryIO | None = None
            for chunk in chain(filter(None, chunks), (b"",)):
                if same and old is not None:
                    # At the end there must not be more of the old one either.
                    same = old.read(len(chunk) or 1) == chunk
                if not same and copy is None:
                    copy = opened.enter_context(self._copy(path, target, size))
                if copy is not None:
                    copy.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        return digest.hexdigest(), size, same

    @contextmanager
    def _copy(self, path: str, target: str | None, size: int) -> Iterator[BinaryIO]:
        """A staged file that begins with so many bytes of its target."""
        descriptor = os.open(self._staging(path), _NEW, 0o644)
        with os.fdopen(descriptor, "wb") as file:
            if size and target is not None:
                with Path(target).open("rb") as old:
                    while size:
                        block = old.read(min(size, _SMALL))
                        file.write(block)
                        size -= len(block)
            yield file

    def _staging(self, path: str) -> str:
        """A path's place on the stage, whose folders exist."""
        folder = path.rpartition("/")[0]
        if folder not in self.made:
            if len(self.made) > _NEAR:
                self.made.clear()
            self.made.add(folder)
            try:
                os.mkdir(f"{self.stage}/{folder}")  # noqa: PTH102 - a path as text
            except OSError:
                os.makedirs(f"{self.stage}/{folder}", exist_ok=True)  # noqa: PTH103 - as above
        return f"{self.stage}/{path}"

    # ------------------------------------------------------------------------------- ownership

    def _forgotten(self) -> tuple[str, ...]:
        """In the order opposite to appearing: nothing ever points to a file that has gone."""
        made = {*self.before, *self.pending}
        return tuple(
            sorted(
                (
                    path
                    for path in made - self.rows.keys()
                    if why_unsafe(path) is None
                    and self._link(path) is None
                    and not self._kept(path)
                ),
                key=appearance,
                reverse=True,
            )
        )

    def _kept(self, path: str) -> bool:
        """Whether a path is another spelling of one that is made, on a disk that says so."""
        name = folded(path)
        other = self.spellings.get(name) or self.folders.get(name, path)
        if other == path:
            return False
        one, two = Path(self.root, path), Path(self.root, other)
        return one.exists() and two.exists() and one.samefile(two)

    def _owns(self, path: str) -> bool:
        """Whether a build of ours made the file that is there."""
        target = Path(self.root, path)
        if not target.is_file():
            return False
        return path in self.before or _hash(target) in self.pending.get(path, ())

    # ------------------------------------------------------------------------------- obstacles

    def _obstacle(self, path: str, target: str) -> Diagnostic | None:  # noqa: PLR0911 - a reason a return
        """What keeps a path from being written: its form, its double, or what is there (S6)."""
        folder, _, name = path.rpartition("/")
        unseen = name if folder in self.entered else path  # a folder was looked at with its first
        if not is_ordinary(unseen) and why_unsafe(path) is not None:
            return unsafe.diagnostic(Location(Path(target).as_posix()), path=path)
        other = self._double(path)
        if other is not None:
            return collision.diagnostic(Location(Path(target).as_posix()), path=path, other=other)
        if self.is_new and path.startswith(f"{self.folder}/"):
            if self._is_free is None:
                self._is_free = self._above(self.folder)
            return self._is_free or None
        found = self._link(path)
        if found is not None:
            return _at(link, found)
        above = self._above(path)
        if above:
            return above
        there = Path(target)
        if there.exists() and not there.is_file() and not self._only_ours(there):
            return _at(obstructed, target, wanted="file")
        return None

    def _above(self, path: str) -> Diagnostic | Literal[False]:
        """What stands where a folder of a path has to be."""
        for parent in parents(path):
            there = f"{self.root}/{parent}"
            if os.path.islink(there):  # noqa: PTH114 - as above
                return _at(link, there)
            if os.path.exists(there) and not os.path.isdir(there) and not self._owns(parent):  # noqa: PTH110, PTH112 - as above
                return _at(obstructed, there, wanted="folder")
        return False

    def _double(self, path: str) -> str | None:
        """Another path of the unit that is this one where capitals do not count, or crosses it."""
        name = folded(path)
        known = self.spellings.setdefault(name, path)
        if known != path or path in self.rows:
            return known
        if name in self.folders:
            return self.folders[name]
        folder = path.rpartition("/")[0]
        if folder not in self.entered:
            for parent in parents(path):
                name = folded(parent)
                known = self.spellings.get(name) or self.folders.setdefault(name, parent)
                if known != parent or name in self.spellings:
                    return known
            self.entered.add(folder)
        return None

    def _only_ours(self, folder: Path) -> bool:
        """Whether we made a folder and nobody put anything into it, so that it can make room."""
        if not folder.is_dir():
            return False
        here = folder.relative_to(self.root).as_posix()
        if all(here not in parents(path) for path in chain(self.before, self.pending)):
            return False
        found = [each for each in folder.rglob("*") if each.is_symlink() or not each.is_dir()]
        return all(
            not each.is_symlink() and self._owns(each.relative_to(self.root).as_posix())
            for each in found
        )

    def _link(self, path: str) -> str | None:
        """The first symbolic link on the way to a path, or the path itself if it is one."""
        parent = path.rpartition("/")[0]
        if parent not in self.links:
            if len(self.links) > _NEAR:
                self.links = {"": None}
            self.links[parent] = self._link(parent)
        here = f"{self.root}/{path}"
        return self.links[parent] or (here if os.path.islink(here) else None)  # noqa: PTH114 - as above


def _at(rule: Rule, path: str, **values: object) -> Diagnostic:
    shown = Path(path).as_posix()
    return rule.diagnostic(Location(shown), path=shown, **values)


@lru_cache(maxsize=256)
def shown(modified: datetime | None) -> str | None:
    """An instant as the manifest has it."""
    return None if modified is None else f"{modified.isoformat()[:19]}Z"


def _holds(target: str, data: bytes) -> bool:
    """Whether a file has these bytes."""
    with open(target, "rb", buffering=0) as file:  # noqa: PTH123 - thousands of times
        return os.fstat(file.fileno()).st_size == len(data) and file.readall() == data


def _hash(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(_SMALL):
            digest.update(block)
    return digest.hexdigest()


def remove_empty(root: Path, path: str) -> None:
    """Remove the folders that the file of a path has left empty, the innermost first."""
    for parent in parents(path):
        try:
            (root / parent).rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            break  # somebody's files are in it
