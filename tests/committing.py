"""Commits of whatever files a test says, through the writer that builds use."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.artifacts import (
    MANIFEST_SEPARATOR,
    MANIFEST_TAIL,
    manifest_head,
    manifest_line,
)
from webinar_feeds.locking import trouble_told
from webinar_feeds.output import Writer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from webinar_feeds.artifacts import Artifact, Listed
    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.output import Committed

MADE_BY = ("test", "2026f")


class Planned(NamedTuple):
    """What a build would do: ledgers' bytes by file name, artifacts, and what is to be said."""

    memory: Mapping[str, bytes]
    artifacts: Iterable[Artifact]
    diagnostics: tuple[Diagnostic, ...] = ()


def commit(
    planned: Planned, folder: Path, *, ledger: Path, replace_foreign: bool = False
) -> Committed:
    """Make a folder what a plan says, as one unit."""
    with trouble_told(), Writer(folder, ledger, replace_foreign=replace_foreign) as writer:
        _take(writer, planned)
        return writer.finish(*MADE_BY)


def stale(planned: Planned, folder: Path, *, ledger: Path) -> tuple[str, ...]:
    """The paths that a commit of a plan would write or remove."""
    with trouble_told(), Writer(folder, ledger, compare=True) as writer:
        _take(writer, planned)
        return writer.stale(*MADE_BY)


def dump_manifest(listed: Mapping[str, Listed], generator: str, tz_database: str) -> bytes:
    """A manifest's bytes, from the pieces that the writer makes it of."""
    lines = (manifest_line(path, row) for path, row in sorted(listed.items()))
    head = manifest_head(generator, tz_database)
    return head + MANIFEST_SEPARATOR.join(lines) + MANIFEST_TAIL


def _take(writer: Writer, planned: Planned) -> None:
    for name, data in sorted(planned.memory.items()):
        writer.remember(name, (data,).__iter__)
    unit = writer.rest()
    for artifact in planned.artifacts:
        unit.put(artifact)
    writer.add(unit.batch())
