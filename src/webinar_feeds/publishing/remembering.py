"""What the last publication from here to a place was: a cache that may be deleted at any time.

It lies in the output's own folder for such things, which is never published.
"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from webinar_feeds.publishing.leases import HOME
from webinar_feeds.publishing.targets import Stamp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Memory(NamedTuple):
    """How far we came: `manifest` is the hash of what was published, empty until all was done.

    `tokens` are those of publications from here that did not come to their end, if any, and of the
    last one: the locks that they left are nobody's. `stamp` is which version of the place's own
    note that was. `owed` are
    the addresses of changed feeds that a hub has not yet been told of.
    """

    tokens: tuple[str, ...] = ()
    manifest: str = ""
    stamp: Stamp | None = None
    owed: tuple[str, ...] = ()


def load(output: Path, name: str) -> Memory | None:
    """What is remembered of a place, None when nothing is or it cannot be read."""
    row = read(output, name)
    try:
        if row is None:
            return None
        stamp = None if row["stamp"] is None else Stamp(*row["stamp"])
        tokens, owed = tuple(map(str, row["tokens"])), tuple(map(str, row["owed"]))
        return Memory(tokens, str(row["manifest"]), stamp, owed)
    except (KeyError, TypeError):
        return None


def save(output: Path, name: str, memory: Memory) -> None:
    """Remember it, as a whole or not at all."""
    write(output, name, memory._asdict())


def read(output: Path, name: str) -> dict[str, Any] | None:
    """What was written of a place, None when nothing was or it cannot be read."""
    try:
        row = json.loads(_path(output, name).read_bytes())
    except (OSError, ValueError):
        return None
    return row if isinstance(row, dict) else None


def write(output: Path, name: str, row: Mapping[str, object]) -> None:
    """Write what is to be remembered of a place, as a whole or not at all."""
    path = _path(output, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), "w") as file:
        json.dump({"target": name, **row}, file)
    beside.replace(path)


def _path(output: Path, name: str) -> Path:
    return output / HOME / "published" / f"{sha256(name.encode()).hexdigest()[:20]}.json"
