"""Publishing to a folder: a web server's, or one that another program carries on."""

from __future__ import annotations

import os
from contextlib import suppress
from email.utils import parsedate_to_datetime
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING

from webinar_feeds.locking import lock, trouble_told
from webinar_feeds.output.names import parents
from webinar_feeds.output.stage import remove_empty
from webinar_feeds.publishing.leases import HOME
from webinar_feeds.publishing.targets import Answer, Differs, Found, If, Stamp, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

_BINARY = getattr(os, "O_BINARY", 0)


class Folder:
    """A folder of this machine, or one that is mounted here. A version is the hash of its bytes.

    Args:
        folder: it need not exist yet.
    """

    at_once = 1  # a disk does not get faster by being asked for several things

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.resolve().as_posix()
        self.writing = Lock()

    def read(self, path: str, known: Stamp | None = None) -> Found | Answer | None:
        """A file as it is now."""
        place = self._place(path)
        with trouble_told():
            try:
                data = place.read_bytes()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return None
        stamp = _stamp(data)
        return Answer.UNCHANGED if stamp == known else Found(data, stamp)

    def put(self, path: str, data: bytes, headers: Mapping[str, str], only: If | Stamp) -> Stamp:
        """Write beside it, then rename: readers find the old file or the new one."""
        # A web server gives files their headers, by its own configuration; but what it says of
        # their age it takes from them (H3).
        modified = (
            parsedate_to_datetime(headers["Last-Modified"]) if "Last-Modified" in headers else None
        )
        with trouble_told():
            if only is If.ANY:
                return self._write(path, data, modified)
            with lock(self.folder):
                found = self.read(path)
                there = found.stamp if isinstance(found, Found) else If.NONE
                if there != only:
                    raise Differs(path)
                return self._write(path, data, modified)

    def delete(self, path: str) -> None:
        """Remove a file, and the folders that it leaves empty."""
        place = self._place(path)
        with trouble_told():
            with suppress(FileNotFoundError, NotADirectoryError):
                place.unlink()
            remove_empty(self.folder, path)

    def _write(self, path: str, data: bytes, modified: datetime | None) -> Stamp:
        place = self._place(path)
        # A name that follows from the path: what a kill leaves is overwritten when it is repeated.
        beside = self._place(f"{HOME}/.new-{sha256(path.encode()).hexdigest()[:16]}")
        with self.writing:
            for each in (place, beside):
                each.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY
            with os.fdopen(os.open(beside, flags, 0o644), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            wanted = None if modified is None else modified.timestamp()
            told = _age(place, data, wanted, beside.stat().st_mtime)
            os.utime(beside, (told, told))
            beside.replace(place)
            with suppress(OSError):  # the lock of a publication is in it
                beside.parent.rmdir()
        return _stamp(data)

    def _place(self, path: str) -> Path:
        """Where a path is; a link on the way could lead out of the folder (S6)."""
        place = self.folder / path
        if any((self.folder / each).is_symlink() for each in (path, *parents(path))):
            msg = f"`{place.as_posix()}` is a link, or in one: put a folder or file in its place"
            raise Unavailable(msg)
        return place


def _age(place: Path, data: bytes, modified: float | None, written: float) -> float:
    """The time that a file gets with new bytes: when its content changed, or it was written.

    Web servers take time and size for a file's version, and count in seconds (H3). Bytes may change
    when the content does not, with another template say, and twice in a second: other bytes are
    always later ones.
    """
    wanted = written if modified is None else modified
    try:
        found = place.stat()
        same = found.st_size == len(data) and place.read_bytes() == data
    except OSError:
        return wanted
    if same:
        return found.st_mtime
    before = int(found.st_mtime)
    return wanted if int(wanted) > before else max(written, before + 1)


def _stamp(data: bytes) -> Stamp:
    return Stamp(sha256(data).hexdigest())
