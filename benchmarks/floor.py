"""The least that row 5 can cost: the parser's events, and the same files with as many bytes.

    python benchmarks/floor.py EVENTS OUTPUT

takes an events folder and what was built from it, and says what it costs to ask for the events of
the YAML, to hash the files of the output once, and to write them, next to nothing else, into a
folder that is removed at the end. No build in Python that makes these files can cost less.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def main() -> None:
    """Print the three costs, in seconds of CPU time and as parts of the first."""
    events, output = map(Path, sys.argv[1:3])
    copy = output.with_name(f"{output.name}-floor")
    sources = [path.read_bytes() for path in sorted(events.glob("*.yaml"))]
    files = {
        path.relative_to(output): path.read_bytes()
        for path in sorted(output.rglob("*"))
        if path.is_file() and not path.relative_to(output).parts[0].startswith(".")
    }
    try:
        costs = {
            "events of the parser": _cost(lambda: _parse(sources)),
            f"hash of {len(files)} files": _cost(lambda: _hash(files)),
            f"write of {sum(map(len, files.values()))} bytes": _cost(lambda: _write(files, copy)),
        }
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    first = next(iter(costs.values()))
    for name, cost in costs.items():
        print(f"{cost:6.3f} s  {cost / first:5.2f}  {name}")
    print(f"{sum(costs.values()):6.3f} s  {sum(costs.values()) / first:5.2f}  together")


def _cost(work: Callable[[], None]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _parse(sources: list[bytes]) -> None:
    for data in sources:
        for _ in yaml.parse(data, Loader=yaml.CSafeLoader):
            pass


def _hash(files: dict[Path, bytes]) -> None:
    for data in files.values():
        sha256(data).hexdigest()


def _write(files: dict[Path, bytes], copy: Path) -> None:
    for folder in sorted({path.parent for path in files}):
        os.makedirs(copy / folder, exist_ok=True)  # noqa: PTH103 - thousands of times
    for path, data in files.items():
        descriptor = os.open(f"{copy}/{path}", NEW, 0o644)
        os.write(descriptor, data)
        os.close(descriptor)


if __name__ == "__main__":
    main()
