"""Who may write to a folder, and what stops them: the lock, and the two ways to be stopped.

The kernel holds the lock, so that a killed build leaves none behind.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from webinar_feeds.diagnostics import Location, Severity, declare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from webinar_feeds.diagnostics import Diagnostic

if sys.platform == "win32":  # pragma: no cover - the other branch runs on the machine of the tests
    import msvcrt

    def _seize(descriptor: int, *, wait: bool) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _seize(descriptor: int, *, wait: bool) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


not_a_folder = declare(
    "WF705",
    Severity.ERROR,
    "`{path}` is where a folder should be, but it is a file",
    help="name another folder with `--output`",
)

LOCK = ".webinar-feeds.lock"


class Refused(Exception):  # noqa: N818 - it is the answer, not a failure
    """The output folder holds something that a build must not touch; nothing was written."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(each.message for each in self.diagnostics))


class Trouble(Exception):  # noqa: N818 - the world's, not ours
    """The disk or its permissions stood in the way; what was published before is whole."""


@contextmanager
def lock(*folders: Path, waiting: Callable[[Path], None] | None = None) -> Iterator[None]:
    """Keep other builds out of some folders, which are made if they do not exist.

    The kernel holds the lock, so a killed build leaves none behind.

    Args:
        folders: what the build writes to.
        waiting: called once a folder when another build is at work there, before waiting for it.

    Raises:
        Refused: a folder's name is taken by a file.
        Trouble: a folder cannot be made or written to.
    """
    with ExitStack() as held:
        for folder in sorted({each.absolute() for each in folders}):
            held.enter_context(_locked(folder, waiting))
        yield


@contextmanager
def _locked(folder: Path, waiting: Callable[[Path], None] | None) -> Iterator[None]:
    with trouble_told():
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            shown = folder.as_posix()
            raise Refused([not_a_folder.diagnostic(Location(shown), path=shown)]) from None
        path = folder / LOCK
        descriptor = _acquire(path, folder, waiting)
    try:
        yield
    finally:
        # Unlinked while held: whoever waits for this file finds that its name is gone, or means
        # another file, and tries again.
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _acquire(path: Path, folder: Path, waiting: Callable[[Path], None] | None) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                _seize(descriptor, wait=False)
            except BlockingIOError:
                if waiting is not None:
                    waiting(folder)
                    waiting = None
                _seize(descriptor, wait=True)
            if os.fstat(descriptor).st_ino == path.stat().st_ino:
                return descriptor
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


@contextmanager
def trouble_told() -> Iterator[None]:
    """The world's errors, in one sentence with what to do."""
    try:
        yield
    except OSError as error:
        where = f"`{error.filename}`: " if error.filename else ""
        why = error.strerror or str(error)
        msg = f"{where}{why}; what was published before is whole: mend it and build again"
        raise Trouble(msg) from error
