"""A table of ratios, measured side by side in one run.

    python benchmarks/run.py                     the whole table
    python benchmarks/run.py --small             the same on little data: only shows that it runs
    python benchmarks/run.py --rows 1,2,5        some of the rows
    python benchmarks/run.py --markdown FILE --date 2027-01-31

What the rows mean stands in README.md beside this file. Exit status 1 when a build wrote what it
should not have, did not write what it should have, or failed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from importlib.metadata import distributions, version
from pathlib import Path
from typing import TYPE_CHECKING

from lab import FULL, PEERS, SMALL, CommandError, Lab
from rows import NPM, ROWS, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PACKAGES = (
    *("webinar-feeds", "icalendar", "pytz", "PyYAML", "feedgen", "click"),
    *("markdown-it-py", "nh3", "lxml"),
)
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder is made in it that is ours alone
NEEDED = 4_000_000_000  # bytes, for the full form
HEAD = ("", "Work", "Against", "Bar", "Measured", "", "Ours", "Theirs")


def measure(lab: Lab, numbers: list[int]) -> dict[int, list[Row]]:
    """The rows of the table, by their number; each is told on stderr as soon as it is known.

    A command that fails spoils its own rows only.
    """
    found: dict[int, list[Row]] = {}
    for number in numbers:
        for each in ROWS[number]:
            for row in _rows(each, lab):
                found.setdefault(number, []).append(row)
                said = f"{row.measured} ({row.bar}: {row.verdict}) {row.wrong}"
                print(f"{number}. {row.work} / {row.against}: {said}", file=sys.stderr)
    return found


def _rows(each: Callable[[Lab], Iterator[Row]], lab: Lab) -> Iterator[Row]:
    try:
        yield from each(lab)
    except CommandError as error:
        print(error, file=sys.stderr)
        first, *rest = str(error).replace(str(lab.folder), "…").strip().splitlines()
        yield Row(each.__name__, "–", "–", wrong=f"`{first}`, and said: {' '.join(rest[-1:])}")


def table(found: dict[int, list[Row]]) -> list[str]:
    """The rows as Markdown, with their notes below."""
    lines = [f"| {' | '.join(HEAD)} |", "|" + "---|" * len(HEAD)]
    notes: list[str] = []
    for number, rows in found.items():
        for row in rows:
            verdict = "**wrong**" if row.wrong else row.verdict
            cells = (row.work, row.against, row.bar, row.measured, verdict, row.ours, row.theirs)
            lines.append(f"| {number} | {' | '.join(cells)} |")
            told = (*row.notes, *((f"**Wrong:** {row.wrong}.",) if row.wrong else ()))
            notes += (f"- {number}: {note}" for note in told)
    return [*lines, "", *notes] if notes else lines


def machine() -> str:
    """What it was measured on."""
    return f"{platform.system()} {platform.release()}, {os.cpu_count()} cores of {_processor()}"


def versions() -> str:
    """What was measured."""
    ours = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    peers = [_peer(name) for name in ("yaml2ics", "ics")]
    if (NPM / "package.json").is_file():
        told = json.loads((NPM / "package.json").read_bytes())
        peers.append(f"ical-generator {told['version']} on {_node()}")
    there = ", ".join(each for each in peers if each) or "none installed (benchmarks/prepare)"
    return f"Python {platform.python_version()}; {ours}. Peers: {there}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _peer(name: str) -> str:
    """The version of a peer, and of the packages that do its work."""
    paths = [str(path) for path in (PEERS / name).glob("lib/python*/site-packages")]
    found = {each.name.lower(): each.version for each in distributions(path=paths)} if paths else {}
    if name not in found:
        return ""
    below = f" on ics {found['ics']}" if name != "ics" else ""
    return f"{name} {found[name]}{below}"


def _node() -> str:
    with os.popen("node --version") as told:  # noqa: S605 - no other words can come into it
        return f"Node {told.read().strip()}"


def place() -> tuple[str | None, str]:
    """Where scratch files go, and how the table names it."""
    try:
        if shutil.disk_usage(SHARED_MEMORY).free > NEEDED and os.access(SHARED_MEMORY, os.W_OK):
            return str(SHARED_MEMORY), "in memory (tmpfs)"
    except OSError:
        pass
    return None, "in the temporary folder, which may be on a disk"


def rows_wanted(text: str) -> list[int]:
    """`1,3,5` as numbers of rows."""
    numbers = [int(each) for each in text.split(",")]
    unknown = set(numbers) - ROWS.keys()
    if unknown:
        msg = f"there is no row {min(unknown)}"
        raise argparse.ArgumentTypeError(msg)
    return numbers


def _unjudged(row: Row) -> Row:
    return row._replace(bar="–", verdict="–")


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", action="store_true", help="only show that it runs")
    parser.add_argument("--rows", type=rows_wanted, default=list(ROWS), metavar="1,3,5")
    parser.add_argument("--markdown", type=Path, help="write the table into this file too")
    parser.add_argument("--date", default="", help="the day of the measurement, for the table")
    given = parser.parse_args()
    sizes = SMALL if given.small else FULL
    base, where = place()
    with tempfile.TemporaryDirectory(prefix="benchmarks-", dir=base) as folder:
        found = measure(Lab(Path(folder), sizes), given.rows)
    if given.small:
        found = {number: [_unjudged(row) for row in rows] for number, rows in found.items()}
    heading = f"Measured {given.date or 'just now'}: {machine()}; files {where}. {versions()}."
    text = "\n".join([heading, "", *table(found)]) + "\n"
    sys.stdout.write(text)
    if given.markdown:
        given.markdown.write_text(text, encoding="utf-8")
    if any(row.wrong for rows in found.values() for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
