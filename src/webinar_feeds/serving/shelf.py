"""Which file of the output folder the path of a request names, if any (S6).

What is served is a file that lies in the folder, under a name that a build could have given it.
Names that begin with a dot, names that mean another folder, and links that lead out of the folder
or to such names are as if there were nothing.
"""

from __future__ import annotations

import os
import stat
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote

from webinar_feeds import headers
from webinar_feeds.artifacts import MANIFEST, Listed, parse_manifest
from webinar_feeds.output.names import why_unsafe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import BufferedReader

INDEX = "index.html"
NOT_FOUND = "404.html"


class Held(NamedTuple):
    """A file as it lies there now, open for reading; `sha256` and `size` are of its bytes.

    `path` is below the output folder; `modified` is when its content last changed (UTC), None
    where nobody knows.
    """

    path: str
    file: BufferedReader
    media_type: str
    size: int
    sha256: str
    modified: datetime | None


class Elsewhere(NamedTuple):
    """A folder that was named like a file: where its links would be right, as an absolute path."""

    location: str


class Shelf:
    """The files of an output folder.

    Args:
        folder: the output folder; it need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._listed: tuple[object, Mapping[str, Listed]] = (None, {})
        self._hashes: dict[str, tuple[object, str]] = {}

    def find(self, target: str) -> Held | Elsewhere | None:
        """What the path of a request names; whoever gets a file has to close it.

        Args:
            target: an absolute path, percent-encoded, without a query.
        """
        path = named(target)
        if path is None:
            return None
        if not path or path.endswith("/"):
            return self._open(f"{path}{INDEX}")
        found = self._open(path)
        if found is None and self._open_if_there(f"{path}/{INDEX}"):
            return Elsewhere(f"/{quote(path)}/")
        return found

    def below(self, target: str) -> list[str]:
        """The published paths that begin as a request's path does, in order."""
        path = named(target)
        return (
            []
            if path is None
            else sorted(filter(lambda each: each.startswith(path), self.listed()))
        )

    def listed(self) -> Mapping[str, Listed]:
        """What the manifest lists now."""
        path = self.folder / MANIFEST
        try:
            found = _stamp(path.stat())
            if found != self._listed[0]:
                self._listed = (found, parse_manifest(path.read_bytes()) or {})
        except OSError:
            return {}
        return self._listed[1]

    def _open_if_there(self, path: str) -> bool:
        held = self._open(path)
        if held is not None:
            held.file.close()
        return held is not None

    def _open(self, path: str) -> Held | None:
        root = os.path.realpath(self.folder)
        real = os.path.realpath(f"{root}/{path}")
        inside = (
            os.path.relpath(real, root)
            if real.startswith(f"{root.rstrip(os.sep)}{os.sep}")
            else ".."
        )
        if any(part.startswith(".") for part in Path(inside).parts):
            return None
        try:
            # What waits for somebody to write to it must not keep a request waiting.
            file = os.fdopen(os.open(real, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb")
        except OSError:
            return None
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            file.close()
            return None
        sha256 = self._hash(path, file, _stamp(found))
        row = self.listed().get(path)
        # What no build has made is not listed.
        media_type = row.media_type if row else headers.media_type(path)
        modified = None
        if row is not None and row.sha256 == sha256 and row.modified is not None:
            modified = datetime.fromisoformat(row.modified)
        return Held(path, file, media_type, found.st_size, sha256, modified)

    def _hash(self, path: str, file: BufferedReader, stamp: object) -> str:
        """The hash of a file's bytes, which are read once for as long as nobody touches them."""
        seen, sha256 = self._hashes.get(path, (None, ""))
        if seen != stamp:
            sha256 = file_digest(file, "sha256").hexdigest()
            file.seek(0)
            self._hashes[path] = (stamp, sha256)
        return sha256


def named(target: str) -> str | None:
    """The path below the folder that a request's path names, None when it names nothing.

    It ends in a slash where a folder is named, and is empty for the output folder itself.
    """
    if not target.startswith("/"):
        return None
    try:
        parts = [unquote(part, errors="strict") for part in target[1:].split("/")]
    except UnicodeDecodeError:
        return None
    *folders, last = parts
    path = "/".join(folders + [last] * bool(last))
    # A slash that was written as %2F would name another file than the address says.
    if any("/" in part for part in parts) or not all(folders):
        return None
    if path and path != MANIFEST and why_unsafe(path):
        return None
    return path if last or not folders else f"{path}/"


def _stamp(found: os.stat_result) -> object:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
