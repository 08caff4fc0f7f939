"""Who may write to a folder, and what stops them: the lock, and the two ways to be stopped.

The kernel holds the lock, so that a killed build leaves none behind.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from webinar_feeds.diagnostics import Location, Severity, declare
from webinar_feeds.diagnostics import Refused as Refused  # noqa: PLC0414 - locks raise it too

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


# Windows and the others lock in different ways. `_seize` says whether it got the lock;
# `_release` removes the lock's file too, each system in the order that leaves no gap.
if sys.platform == "win32":  # pragma: no cover - the tests run on the other systems
    import msvcrt
    import time

    def _seize(descriptor: int, *, wait: bool) -> bool:
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            except PermissionError:
                if not wait:
                    return False
                time.sleep(0.1)  # the waiting form of the call gives up after ten seconds
            else:
                return True

    def _release(descriptor: int, path: Path) -> None:
        os.close(descriptor)
        with suppress(OSError):  # another build has opened it, and will remove it
            path.unlink()

else:
    import fcntl

    def _seize(descriptor: int, *, wait: bool) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def _release(descriptor: int, path: Path) -> None:
        # Unlinked while held: whoever waits for this file finds that its name is gone, or means
        # another file, and tries again.
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)


not_a_folder = declare(
    "WF705",
    Severity.ERROR,
    "`{path}` is where a folder should be, but it is a file",
    help="name another folder with `--output`",
)
LOCK = ".webinar-feeds.lock"
# A link in the lock's place is an error where the system can tell.
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_CURES = {
    errno.ENOSPC: "free some space and build again",
    errno.EDQUOT: "free some space and build again",
    errno.EFBIG: "allow larger files and build again",
    errno.EACCES: "check who may write there and build again",
    errno.EPERM: "check who may write there and build again",
    errno.EROFS: "make it writable, or name another folder, and build again",
}


class Trouble(Exception):  # noqa: N818 - the world's, not ours
    """The disk or its permissions stood in the way; every published file is whole, old or new."""


@contextmanager
def lock(*folders: Path, waiting: Callable[[Path], None] | None = None) -> Iterator[None]:
    """Keep other builds out of some folders, which are made if they do not exist.

    The kernel holds the lock, so a killed build leaves none behind. Folders that were made for
    the lock and are still empty at its end are removed again.

    Args:
        folders: what the build writes to, in any order and spelling.
        waiting: called once a folder when another build is at work there, before waiting for it.

    Raises:
        Refused: a folder's name is taken by a file.
        Trouble: a folder cannot be made or written to.
    """
    named = {os.path.realpath(each): each for each in folders}
    with ExitStack() as held:
        # One order for every build, so that two builds cannot each wait for the other.
        for _, folder in sorted(named.items()):
            held.enter_context(_locked(folder, waiting))
        yield


@contextmanager
def _locked(folder: Path, waiting: Callable[[Path], None] | None) -> Iterator[None]:
    with trouble_told():
        made = missing(folder)
        descriptor = _acquire(folder, waiting)
    try:
        yield
    finally:
        _release(descriptor, folder / LOCK)
        for each in made:
            with suppress(OSError):  # it holds something now
                each.rmdir()


def missing(folder: Path) -> list[Path]:
    """The folder and those above it that do not exist yet, the innermost first."""
    return [each for each in (folder, *folder.parents) if not each.exists()]


def _acquire(folder: Path, waiting: Callable[[Path], None] | None) -> int:
    """A descriptor of the folder's lock file, locked."""
    path = folder / LOCK
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            shown = folder.as_posix()
            raise Refused([not_a_folder.diagnostic(Location(shown), path=shown)]) from None
        with suppress(FileNotFoundError):  # the build before has taken file and folder away
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _NO_FOLLOW, 0o644)
            try:
                if not _seize(descriptor, wait=False):
                    if waiting is not None:
                        waiting(folder)
                        waiting = None
                    _seize(descriptor, wait=True)
                if _is_named(descriptor, path):
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)


def _is_named(descriptor: int, path: Path) -> bool:
    """Whether an open file is still what the path names."""
    return path.exists() and os.path.samestat(os.fstat(descriptor), path.stat())


@contextmanager
def trouble_told() -> Iterator[None]:
    """The world's errors in one sentence: where, what, and what to do."""
    try:
        yield
    except OSError as error:
        where = f"`{Path(os.fsdecode(error.filename)).as_posix()}`: " if error.filename else ""
        why = error.strerror or str(error)
        cure = _CURES.get(error.errno or 0, "mend it and build again")
        msg = f"{where}{why}; what was published before is whole: {cure}"
        raise Trouble(msg) from error
