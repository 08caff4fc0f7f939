"""What a build makes: artifacts, the manifest that lists them, and the order they appear in.

An artifact is a recipe for bytes, not the bytes: nothing is rendered before somebody asks.
Knows no folder and no host; the writer and, later, publishing carry its order out.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii as _quoted
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

MANIFEST = "manifest.json"
LEDGER = "ledger.jsonl"
DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"}
)

_OF_SESSIONS = frozenset({"invites", "sessions"})


def is_device(name: str) -> bool:
    """Whether Windows takes a file of that name for a device, whatever its ending is (S6)."""
    return name.partition(".")[0].rstrip().casefold() in DEVICES


class Artifact(NamedTuple):
    """A file to publish: its path under the root, its media type, and how to make its bytes.

    `chunks` may be called any number of times and yields the same bytes each time.
    `modified` is when its content last changed (UTC), for `Last-Modified` (H3). `made_from` is a
    hash of all that its bytes follow from, beside the program and what the site's own files say;
    empty where nobody needs to know, because to make it costs little.
    """

    path: str
    media_type: str
    chunks: Callable[[], Iterable[bytes]]
    modified: datetime | None = None
    made_from: str = ""

    def read(self) -> bytes:
        """All of its bytes."""
        return b"".join(self.chunks())


class Listed(NamedTuple):
    """An artifact as the manifest lists it: hash and size of its bytes."""

    sha256: str
    size: int
    media_type: str
    modified: str | None = None


def appearance(path: str) -> tuple[int, str]:
    """The sort key by which artifacts replace their predecessors.

    What was told comes first, since a SEQUENCE that subscribers have seen may not be forgotten:
    the copies of the ledgers. Then what others point to: what pages are drawn with, invites and
    pages of sessions, then calendars and feeds, then the page that names them; the whole site's
    after those of its parts. Whoever reads in between never finds a name that is not there.
    """
    folder, _, name = path.rpartition("/")
    if name == LEDGER:
        return -2, path
    if folder.startswith("assets") and folder.partition("/")[0] == "assets":
        return -1, path
    if folder and not _OF_SESSIONS.isdisjoint(folder.split("/")):
        return 0, path
    return (1 if folder else 3) + name.startswith("index."), path


def manifest_head(generator: str, tz_database: str) -> bytes:
    """What stands before a manifest's lines."""
    head = json.dumps({"version": 1, "generator": generator, "tz_database": tz_database})
    return f'{head[:-1]}, "artifacts": {{\n'.encode()


def manifest_line(path: str, row: Listed) -> bytes:
    """An artifact's line, without what separates it from the next."""
    digest, size, media_type, modified = row
    text = f'  {_quoted(path)}: {{"sha256": "{digest}", "size": {size}, "media_type": '
    stamp = f', "modified": "{modified}"' if modified else ""
    return f"{text}{_quoted(media_type)}{stamp}}}".encode()


MANIFEST_SEPARATOR = b",\n"
MANIFEST_TAIL = b"\n}}\n"


def parse_manifest(data: bytes) -> dict[str, Listed] | None:
    """The artifacts that a manifest lists, None when the bytes are not a manifest of ours."""
    try:
        document = json.loads(data)
        rows: dict[str, dict[str, str | int]] = document["artifacts"]
        return {path: _listed(row) for path, row in rows.items()}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def parse_manifest_line(line: bytes) -> Listed:
    """The artifact of a line that `manifest_line` has made."""
    ((_, row),) = json.loads(b"{%b}" % line).items()
    return _listed(row)


def _listed(row: dict[str, str | int]) -> Listed:
    return Listed(
        str(row["sha256"]),
        int(row["size"]),
        str(row["media_type"]),
        None if row.get("modified") is None else str(row["modified"]),
    )
