"""A clean build by one process, by two, and by a Dask cluster of two workers, all on this machine.

    .venv/bin/python benchmarks/cluster.py [--series 10000] [--sessions 10] [--rounds 1]
        [--markdown FILE --date 2027-01-31]

Proves that all three make the same bytes, and says what the way to other processes costs: for the
cluster, everything that is drawn travels through it. Needs the extra `cluster`.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import generate
from lab import differing
from run import machine, place, versions

import clusters

if TYPE_CHECKING:
    from collections.abc import Iterable

EPOCH = "1767614400"


class Cost(NamedTuple):
    """Seconds by the clock, and of CPU: of the build and its processes, and of a cluster's."""

    wall: float
    cpu: float
    elsewhere: float = 0.0


def built(root: Path, how: tuple[str, ...], workers: Iterable[int] = ()) -> Cost:
    """A clean build of `root/events`, by `how`."""
    for folder in (root / "output", root / "events/ledger"):
        shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "webinar_feeds", "build", "events", "--quiet", *how]
    theirs, ours = sum(map(_seconds, workers)), resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    subprocess.run(command, cwd=root, env=environment, check=True, stderr=subprocess.DEVNULL)
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - ours.ru_utime - ours.ru_stime
    return Cost(wall, cpu, sum(map(_seconds, workers)) - theirs)


def _seconds(process: int) -> float:
    """The CPU time of a living process."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(root: Path, series: int, sessions: int, rounds: int) -> dict[str, list[Cost]]:
    """The builds in turn; all of them have to make the same."""
    generate.write(root / "events", series, sessions)
    (root / "cluster").mkdir()
    found: dict[str, list[Cost]] = {}
    with clusters.running(root / "cluster", root / "events") as scheduler:
        workers = clusters.processes(scheduler, 2).values()
        ways = {
            "one process": ("--jobs", "1"),
            "two processes": ("--jobs", "2"),
            "a Dask cluster of two workers": ("--scheduler", scheduler),
        }
        for _ in range(rounds):
            for name, how in ways.items():
                asked = workers if "--scheduler" in how else ()
                found.setdefault(name, []).append(built(root, how, asked))
                _compare(root, name)
    return found


def _compare(root: Path, name: str) -> None:
    """Keep the first output, and compare the others with it."""
    first, made = root / "first", root / "output"
    if not first.exists():
        made.rename(first)
    elif others := differing(first, made):
        message = f"{name} makes another {others[0]}"
        raise SystemExit(message)


def row(name: str, costs: list[Cost], alone: list[Cost], series: int) -> str:
    """A line of the table."""
    wall, cpu, elsewhere = (statistics.median(each) for each in zip(*costs, strict=True))
    base = [statistics.median(each) for each in zip(*alone, strict=True)]
    more = 1e3 * (cpu + elsewhere - base[1]) / series
    faster = f"{base[0] / wall:.2f}"
    return (
        f"| {name} | {wall:.1f} s | {faster} | {cpu:.1f} s | {elsewhere:.1f} s | {more:+.2f} ms |"
    )


def main() -> None:
    """Print the table, and write it if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--series", type=int, default=10_000)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--date")
    asked = parser.parse_args()
    scratch, _ = place()
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        found = measured(Path(folder), asked.series, asked.sessions, asked.rounds)
    alone = next(iter(found.values()))
    heading = (
        *("Built by", "Wall clock", "Times as fast", "CPU of the build and its processes"),
        *("CPU of the cluster's workers", "More CPU a series"),
    )
    lines = [
        "# What the way to other processes costs",
        "",
        f"Measured {asked.date or 'just now'}: {machine()}; {versions().partition('. Peers')[0]}.",
        f"{asked.series} series of {asked.sessions} sessions; every build made the same bytes.",
        "",
        f"| {' | '.join(heading)} |",
        "|---" * len(heading) + "|",
        *(row(name, costs, alone, asked.series) for name, costs in found.items()),
    ]
    print("\n".join(lines))
    if asked.markdown:
        asked.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
