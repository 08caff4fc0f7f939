"""What a publication moves: everything at first, then one changed session, then nothing.

    .venv/bin/python benchmarks/publishing.py [--series 10000] [--sessions 10] [--s3]
        [--markdown FILE --date 2027-01-31]

Counts the storage operations and the bytes of each publication, to a folder or, with `--s3`, to a
real server of the S3 interface on this machine (moto, as in the tests: slow, so ask for fewer).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import generate
from run import machine, place, versions

from webinar_feeds import api, publishing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webinar_feeds.publishing.targets import Answer, Found, If, Stamp, Target

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Counting:
    """A place, and how often it is asked for what."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.name, self.at_once = target.name, target.at_once
        self.asked: Counter[str] = Counter()
        self.turn = Lock()

    def _count(self, what: str, size: int = 0) -> None:
        with self.turn:
            self.asked[what] += 1
            self.asked["bytes"] += size

    def read(self, path: str, known: Stamp | None = None) -> Found | Answer | None:
        """As the place does."""
        self._count("read" if known is None else "conditional read")
        return self.target.read(path, known)

    def put(self, path: str, data: bytes, headers: Mapping[str, str], only: If | Stamp) -> Stamp:
        """As the place does."""
        self._count("put", len(data))
        return self.target.put(path, data, headers, only)

    def delete(self, path: str) -> None:
        """As the place does."""
        self._count("delete")
        self.target.delete(path)


class Cost(NamedTuple):
    """A publication: files that travelled, operations by kind, bytes written, seconds of CPU."""

    files: int
    asked: Counter[str]
    seconds: float


def published(output: Path, address: str) -> Cost:
    """Publish an output folder."""
    target = Counting(publishing.open_target(address))
    begun = time.process_time()
    order = publishing.Order(output, target, "benchmark", time.monotonic, time.sleep)
    done = publishing.publish(order)
    return Cost(len(done.steps), target.asked, time.process_time() - begun)


def measured(root: Path, address: str, series: int, sessions: int) -> dict[str, Cost]:
    """The three publications of a site of so many series."""
    events, output = root / "events", root / "output"
    generate.write(events, series, sessions)
    costs = {}
    api.build(events, output, now=NOW)
    costs["everything, for the first time"] = published(output, address)
    generate.change(events, 1)
    api.build(events, output, now=NOW)
    costs["one session retitled"] = published(output, address)
    costs["nothing changed"] = published(output, address)
    return costs


def at_s3(root: Path, series: int, sessions: int) -> dict[str, Cost]:
    """The same to the S3 server of the tests."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    import places  # noqa: PLC0415 - it needs what the tests need

    with places.s3() as endpoint:
        os.environ.update(places.KEYS | {"AWS_ENDPOINT_URL": endpoint})
        return measured(root, "s3://webinars/", series, sessions)


def row(work: str, cost: Cost) -> str:
    """A line of the table."""
    asked = cost.asked
    kinds = ", ".join(f"{asked[each]} × {each}" for each in sorted(asked) if each != "bytes")
    return f"| {work} | {cost.files} | {kinds} | {asked['bytes']} | {cost.seconds:.2f} s |"


def main() -> None:
    """Print the table, and write it if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--series", type=int, default=10_000)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--s3", action="store_true")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--date")
    asked = parser.parse_args()
    scratch, _ = place()
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        root, size = Path(folder), (asked.series, asked.sessions)
        costs = at_s3(root, *size) if asked.s3 else measured(root, str(root / "public"), *size)
    where = "an S3 server on the same machine" if asked.s3 else "a folder"
    lines = [
        f"Measured {asked.date or 'just now'}: {machine()}; {versions().partition('. Peers')[0]}.",
        f"{asked.series} series of {asked.sessions} sessions, to {where}.",
        "",
        "| Published | Files that travelled | Storage operations | Bytes written | CPU |",
        "|---|---|---|---|---|",
        *(row(work, cost) for work, cost in costs.items()),
    ]
    print("\n".join(lines))
    if asked.markdown:
        asked.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
