"""A table of ratios, measured side by side in one run.

    python benchmarks/run.py                     the whole table, some minutes
    python benchmarks/run.py --small             the same on little data: only shows that it runs
    python benchmarks/run.py --markdown FILE --date 2027-01-31

Every figure is the median of rounds in which the two commands take turns; time is the CPU's (user
and system, of the whole process), memory the peak of the process.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import NamedTuple

import generate

HERE = Path(__file__).resolve().parent
EVENTS = HERE.parent / "events"
PACKAGES = ("icalendar", "pytz", "PyYAML", "feedgen", "click")
CLICK = (sys.executable, "-c", "import click")


class Cost(NamedTuple):
    """What one run of a command cost: CPU seconds, and peak memory in megabytes."""

    cpu: float
    memory: float


class Row(NamedTuple):
    """A line of the table."""

    work: str
    against: str
    ratio: str
    ours: str


def run(command: tuple[str, ...]) -> Cost:
    """Run a command to its end, and what that cost."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"failed with {process.returncode}: {' '.join(command)}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def turns(rounds: int, *commands: tuple[str, ...], fresh: Path | None = None) -> list[Cost]:
    """The medians of commands that take turns; `fresh` is removed before each."""
    costs: list[list[Cost]] = [[] for _ in commands]
    for number in range(rounds + 1):
        for command, held in zip(commands, costs, strict=True):
            if fresh is not None:
                shutil.rmtree(fresh, ignore_errors=True)
            cost = run(command)
            if number:  # the first round warms the disk's cache up
                held.append(cost)
    return [Cost(*(median(each) for each in zip(*held, strict=True))) for held in costs]


def build(events: Path, out: Path) -> tuple[str, ...]:
    """The command that builds, as users run it."""
    return (sys.executable, "-m", "webinar_feeds", "build", str(events), "-o", str(out), "-q")


def peer(name: str, events: Path, out: Path) -> tuple[str, ...]:
    """The command of a peer."""
    return (sys.executable, str(HERE / "peers.py"), name, str(events), str(out))


def table(folder: Path, *, sessions: int, rounds: int) -> list[Row]:
    """Measure everything; scratch files go into `folder`."""
    out = folder / "out"
    rows = []

    def ratio(work: str, against: str, ours: Cost, theirs: Cost) -> None:
        rows.append(Row(work, against, f"{ours.cpu / theirs.cpu:.2f}", f"{ours.cpu:.3f} s"))

    real = folder / "real"
    shutil.copytree(EVENTS, real)
    first, click = turns(rounds, build(real, out), CLICK, fresh=out)
    ratio("real series, full build", "`import click`", first, click)
    run(build(real, out))
    again, click = turns(rounds, build(real, out), CLICK)
    ratio("real series, nothing changed", "`import click`", again, click)

    many, one = folder / "many", folder / "one"
    generate.write(many, 10, sessions // 10)
    shutil.rmtree(out)
    clean, events = turns(rounds, build(many, out), peer("yaml-events", many, folder), fresh=out)
    ratio(f"10 series, {sessions} sessions, clean build", "bare `yaml.parse`", clean, events)

    generate.write(one, 1, sessions)
    with (one / "site.yaml").open("a", encoding="utf-8") as file:
        file.write("formats: [calendar]\n")
    whole, plain, least = turns(
        rounds,
        build(one, out),
        peer("icalendar", one, out),
        peer("f-strings", one, out),
        fresh=out,
    )
    work = f"one series, {sessions} sessions, calendars and invites"
    ratio(work, "icalendar, one calendar", whole, plain)
    ratio(work, "f-strings, one calendar", whole, least)

    recordings = folder / "recordings"
    shutil.copytree(one, recordings)
    site = recordings / "site.yaml"
    site.write_text(site.read_text().replace("[calendar]", "[feeds]"))
    shutil.rmtree(recordings / "ledger", ignore_errors=True)
    ours, theirs = turns(
        rounds, build(recordings, out), peer("feedgen", recordings, out), fresh=out
    )
    ratio(f"one series, {sessions} sessions, feeds", "feedgen, RSS and Atom", ours, theirs)

    large = folder / "large"
    generate.write(large, 1, 10 * sessions)
    with (large / "site.yaml").open("a", encoding="utf-8") as file:
        file.write("formats: [calendar]\n")
    small, big = turns(1, build(one, out), build(large, out), fresh=out)
    exponent = math.log10(big.cpu / small.cpu)
    rows.append(
        Row(
            f"{sessions} → {10 * sessions} sessions, CPU",
            "exponent of growth",
            f"{exponent:.2f}",
            f"{big.cpu:.3f} s",
        )
    )
    growth = (big.memory - small.memory) * 1024 / (9 * sessions)
    rows.append(
        Row(
            f"{10 * sessions} sessions, peak memory",
            "kB a session",
            f"{growth:.2f}",
            f"{big.memory:.0f} MB",
        )
    )
    return rows


def markdown(rows: list[Row], date: str) -> str:
    """The table with what it was measured on."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    machine = f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores"
    python = f"Python {platform.python_version()}"
    lines = [
        f"Measured {date or 'just now'}: {python}, {machine}; {packages}.",
        "",
        "| Work | Against | Ratio | Ours |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="only show that it runs")
    parser.add_argument("--markdown", type=Path, help="write the table into this file too")
    parser.add_argument("--date", default="", help="the day of the measurement, for the table")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = table(
            Path(folder),
            sessions=20 if given.small else 1000,
            rounds=1 if given.small else 5,
        )
    text = markdown(rows, given.date)
    sys.stdout.write(text)
    if given.markdown:
        given.markdown.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
