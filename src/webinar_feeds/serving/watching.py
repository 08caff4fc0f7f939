"""When an events folder has changed: its files are looked at, again and again.

Looking is cheap: the stamps of some files, as a build's own doorbell compares them. A library that
is told by the system would save less than it costs, as decision 16 tells.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from webinar_feeds import freshness

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

EVERY = 0.25  # seconds between two looks
SETTLED = 0.05  # seconds without a change after which an editor has finished
_PATIENCE = 40  # so often a folder may go on changing before it is built all the same
_SHARE = 20  # looking takes no more than one part of this many of a processor


class Watch:
    """What changes below some folders, and when something changes by itself.

    Args:
        folders: watched with everything below them, but for names that begin with a dot.
        files: watched too; none of them need exist.
    """

    def __init__(self, *folders: Path, files: tuple[Path, ...] = ()) -> None:
        self.folders = folders
        self.files = files
        self.due: float | None = None
        self._rung: float | None = None
        self._stamps = self._look()
        self._hashes = {path: freshness.hash_of(path) for path in self._stamps}

    def rings(self) -> Iterator[None]:
        """Yields when files have other bytes than before, or the time `due` (seconds) has come.

        A change while something is done about the one before rings again.
        """
        while True:
            began = time.perf_counter()
            changed = self._has_changed()
            cost = time.perf_counter() - began
            if changed or self._is_due():
                yield
                continue
            time.sleep(max(EVERY, cost * _SHARE))

    def _is_due(self) -> bool:
        """Whether what changes by itself has to be looked at; said once of each time.

        Whose clock stands still would be told so for ever.
        """
        if self.due in (None, self._rung) or time.time() < (self.due or 0):
            return False
        self._rung = self.due
        return True

    def _has_changed(self) -> bool:
        stamps = self._look()
        if stamps == self._stamps:
            return False
        for _ in range(_PATIENCE):
            time.sleep(SETTLED)
            before, stamps = stamps, self._look()
            if stamps == before:
                break
        before, self._stamps = self._stamps, stamps
        hashes = {
            path: self._hashes[path] if before.get(path) == stamp else freshness.hash_of(path)
            for path, stamp in stamps.items()
        }
        changed = hashes != self._hashes
        self._hashes = hashes
        return changed

    def _look(self) -> Mapping[str, str]:
        """The stamps of all that is watched, by path."""
        found = [str(each) for each in self.files]
        for folder in self.folders:
            found += _below(str(folder))
        return {path: freshness.stamps(path, "", "") for path in found}


def _below(folder: str) -> Iterator[str]:
    """The files below a folder; names that begin with a dot are passed over.

    Whoever presses Ctrl-C does it here as likely as not, so nothing is left open in between.
    """
    try:
        names = os.listdir(folder)  # noqa: PTH208 - four times a second
    except OSError:  # it has just been removed
        return
    for name in names:
        path = f"{folder}/{name}"
        if name.startswith("."):
            continue
        if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114 - as above
            yield from _below(path)
        else:
            yield path
