"""An organiser's folder: event files that are edited, and builds through the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def desk() -> Iterator[Path]:
    """A folder for hundreds of builds that nobody keeps: in memory, where the system offers it."""
    shared = Path("/dev/shm")  # noqa: S108 - the folder in it is private
    where = shared if os.access(shared, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="webinar-feeds-", dir=where))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def environment() -> dict[str, str]:
    """The machine's settings, without those that would change what a build makes."""
    return {key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH"}


def build(events: Path, output: Path, now: str, *options: str) -> str:
    """Build as a person would at `now`, and without a fault; returns what was printed."""
    done = attempt(events, output, now, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def attempt(
    events: Path, output: Path, now: str, *options: str
) -> subprocess.CompletedProcess[str]:
    """Build as a person would at `now`, whatever comes of it."""
    return subprocess.run(
        command(events, output, now, *options),
        check=False,
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        stdin=subprocess.DEVNULL,
        timeout=120,
    )


def command(events: Path, output: Path, now: str, *options: str) -> list[str]:
    """The command line of a build at `now`."""
    program = [sys.executable, "-m", "webinar_feeds"]
    return [*program, "build", str(events), "-o", str(output), "--now", now, *options]


def edit(path: Path, old: str, new: str) -> None:
    """Replace the one place in a file that says `old`."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def publish(output: Path, public: Path, now: str) -> None:
    """Copy what differs to where people read it, dated `now`.

    HTTP's dates have whole seconds, and a story takes place in few of them.
    """
    instant = datetime.fromisoformat(now).timestamp()
    files, there = tree(output), tree(public)
    for path, data in files.items():
        if there.get(path) != data:
            (public / path).parent.mkdir(parents=True, exist_ok=True)
            (public / path).write_bytes(data)
            os.utime(public / path, (instant, instant))
    for path in there.keys() - files.keys():
        (public / path).unlink()


def tree(folder: Path) -> dict[str, bytes]:
    """Every file under a folder by its path in it, but for what a build keeps for itself.

    The lock of a killed build is empty and free: what has nothing to do leaves it there.
    """
    own = {".webinar-feeds", ".webinar-feeds.lock"}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and own.isdisjoint(path.relative_to(folder).parts)
    }
