"""Where commands are measured: folders in memory, turns, and what a build touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import generate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

HERE = Path(__file__).resolve().parent
PEERS = HERE / ".peers"
MEASURE = (sys.executable, "-I", "-S", str(HERE / "measure.py"))
CLICK = (sys.executable, "-c", "import click")
_BESIDE = Path(sys.executable).with_name("webinar-feeds")
OURS = (str(_BESIDE),) if _BESIDE.is_file() else (sys.executable, "-m", "webinar_feeds")
NOWHERE = Path(os.devnull)


class CommandError(Exception):
    """A command ended with an error; the argument is what it said."""


class Cost(NamedTuple):
    """What a command cost with all processes that it started.

    `cpu` (user and system) and `wall` are in seconds. `memory`, the largest peak of one process,
    and `workers`, the sum of the peaks of the processes below the first, are in bytes.
    """

    cpu: float
    wall: float
    memory: float
    workers: float


class Task(NamedTuple):
    """A command that takes turns with others: `before` is not measured."""

    command: tuple[str, ...]
    before: Callable[[], object] | None = None
    out: Path = NOWHERE
    environment: Mapping[str, str] = {}


class Sizes(NamedTuple):
    """How much of everything: rounds, sessions, recordings, series, sessions of each series."""

    least_rounds: int
    most_rounds: int
    calendar: int
    recordings: int
    few: int
    many: int
    each: int


FULL = Sizes(3, 12, calendar=10_000, recordings=1000, few=1000, many=10_000, each=10)
SMALL = Sizes(1, 1, calendar=30, recordings=10, few=3, many=12, each=4)
PATIENCE = 60  # seconds, after which no more than the least number of rounds is begun


class Site:
    """An events folder and what is built from it."""

    def __init__(self, folder: Path) -> None:
        self.events = folder / "events"
        self.out = folder / "output"
        self.sources: frozenset[Path] = frozenset()

    def settle(self) -> Site:
        """Whatever lies in the events folder now is its source."""
        self.sources = frozenset(self.events.iterdir())
        return self

    def clean(self) -> None:
        """Remove all that a build has ever made: output, ledger, caches, locks."""
        shutil.rmtree(self.out, ignore_errors=True)
        for path in set(self.events.iterdir()) - self.sources:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        for other in self.events.parent.iterdir():
            if other not in (self.events, self.out):
                shutil.rmtree(other)

    def build(self, *options: str) -> tuple[str, ...]:
        """The command that users run."""
        return (*OURS, "build", str(self.events), "-o", str(self.out), "-q", *options)


class Lab:
    """A folder of folders, and what several rows share."""

    def __init__(self, folder: Path, sizes: Sizes) -> None:
        self.folder = folder
        self.sizes = sizes
        self.cache = folder / "cache"
        self.environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder / "home"),
            "XDG_CACHE_HOME": str(self.cache),
            "LC_ALL": "C.UTF-8",
        }
        (folder / "home").mkdir()

    def run(self, task: Task) -> Cost:
        """Run a command once.

        Raises:
            CommandError: it ended with an error.
        """
        if task.before is not None:
            task.before()
        done = subprocess.run(
            (*MEASURE, str(task.out), *task.command),
            cwd=self.folder,
            env={**self.environment, **task.environment},
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        told = json.loads(done.stdout)
        if told["status"]:
            message = f"{' '.join(task.command)} ended with {told['status']}\n{done.stderr[-2000:]}"
            raise CommandError(message)
        return Cost(told["cpu"], told["wall"], told["memory"] * 1024, told["workers"] * 1024)

    def turns(self, *tasks: Task) -> list[Cost]:
        """The medians of commands that take turns.

        The first of more rounds than the least does not count: it fills the system's caches.
        """
        least, most, *_ = self.sizes
        rounds: list[list[Cost]] = []
        start = time.perf_counter()
        while len(rounds) < least or (
            len(rounds) < most and time.perf_counter() - start < PATIENCE
        ):
            rounds.append([self.run(task) for task in tasks])
        counted = rounds[len(rounds) > least :]
        return [
            Cost(*map(median, zip(*costs, strict=True))) for costs in zip(*counted, strict=True)
        ]

    def fresh(self, site: Site) -> Callable[[], None]:
        """What goes before each clean build of a site."""

        def remove() -> None:
            site.clean()
            shutil.rmtree(self.cache, ignore_errors=True)

        return remove

    def site(
        self,
        name: str,
        series: int,
        sessions: int,
        kind: generate.Kind = generate.FULL,
        lines: str = "",
    ) -> Site:
        """A new site of generated series."""
        site = Site(self.folder / name)
        generate.write(site.events, series, sessions, kind, lines)
        return site.settle()

    def beside(self, name: str) -> Path:
        """A folder for what others read and write."""
        folder = self.folder / f"{name}-peers"
        folder.mkdir()
        return folder

    @cached_property
    def few(self) -> Site:
        """The smaller of two sites that differ in size only."""
        return self.site("few", self.sizes.few, self.sizes.each)

    @cached_property
    def many(self) -> Site:
        """The larger one."""
        return self.site("many", self.sizes.many, self.sizes.each)

    @cached_property
    def clean_builds(self) -> list[Cost]:
        """A clean build of the smaller site, the bare parser on it, a clean build of the larger."""
        few, many = self.few, self.many
        parser = (sys.executable, str(HERE / "peers" / "plain.py"), "yaml-parse", str(few.events))
        return self.turns(
            Task(few.build(), self.fresh(few)),
            Task(parser),
            Task(many.build(), self.fresh(many)),
        )

    def built(self, site: Site) -> Site:
        """A site whose output is up to date."""
        self.run(Task(site.build()))
        return site


Stamp = tuple[int, int, int]


def stamps(*folders: Path) -> dict[str, Stamp]:
    """Size, time of the last change and inode of every file in folders."""
    found: dict[str, Stamp] = {}
    waiting = [os.fspath(each) for each in folders if each.is_dir()]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    told = entry.stat(follow_symlinks=False)
                    found[entry.path] = (told.st_size, told.st_mtime_ns, told.st_ino)
    return found


def touched(before: Mapping[str, Stamp], after: Mapping[str, Stamp]) -> list[str]:
    """The files that came, went, were replaced or written to."""
    names = before.keys() | after.keys()
    return sorted(name for name in names if before.get(name) != after.get(name))


def differing(one: Path, other: Path) -> list[str]:
    """The files that are not the same, byte for byte, in two folders: as paths below them.

    What begins with a dot is a build's own business.
    """
    names = set(_visible(one)) | set(_visible(other))
    return sorted(name for name in names if _content(one / name) != _content(other / name))


def _visible(folder: Path) -> Iterable[str]:
    for top, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        inside = os.path.relpath(top, folder)
        for name in files:
            if not name.startswith("."):
                yield os.path.normpath(os.path.join(inside, name))  # noqa: PTH118 - many of them


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
