"""The library: what each command does, as one call with a typed result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import output as writer
from webinar_feeds import pipeline
from webinar_feeds.diagnostics import failed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from os import PathLike

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.output import Committed
    from webinar_feeds.pipeline import Loaded


class Built(NamedTuple):
    """What a build did: `committed` is None when errors kept it from writing anything."""

    diagnostics: tuple[Diagnostic, ...]
    committed: Committed | None


def load(events: str | PathLike[str] = "events") -> Loaded:
    """Read and check the event files of a folder, or one event file.

    Args:
        events: the folder, or the path of one file in it.

    Returns:
        The site, the series that have no error, and the diagnostics of all files.
    """
    return pipeline.load(pipeline.gather(Path(events)))


def check(events: str | PathLike[str] = "events") -> tuple[Diagnostic, ...]:
    """Everything that is wrong or worth knowing about the event files, by file and place."""
    return load(events).diagnostics


def build(  # noqa: PLR0913 - what the command offers, by keyword
    events: str | PathLike[str] = "events",
    output: str | PathLike[str] = "output",
    *,
    now: datetime | None = None,
    strict: bool = False,
    replace_foreign: bool = False,
    waiting: Callable[[Path], None] | None = None,
) -> Built:
    """Build `output` from `events`: all of it, or nothing when there is an error.

    Args:
        events: the folder of event files; its `ledger/` remembers what has been published.
        output: the folder to publish. Files in it that a build did not make are never touched.
        now: the time that stamps what has changed, aware; default: `SOURCE_DATE_EPOCH`, then the
            clock.
        strict: take warnings for errors.
        replace_foreign: overwrite files of others that stand where ours belong.
        waiting: called once with the folder that another build is using, before waiting for it.

    Returns:
        The diagnostics, and what was written.

    Raises:
        webinar_feeds.output.Refused: the output folder holds something that a build may not touch.
        webinar_feeds.output.Trouble: the disk or its permissions do not let it.
    """
    source, target = Path(events), Path(output)
    memory = source / pipeline.LEDGER
    early = pipeline.gather(source, target)
    if not early.series:
        return Built(pipeline.load(early).diagnostics, None)
    with writer.lock(target, memory, waiting=waiting):
        planned = pipeline.plan(pipeline.gather(source, target), now or pipeline.clock())
        if failed(planned.diagnostics) or (strict and warned(planned.diagnostics)):
            return Built(planned.diagnostics, None)
        committed = writer.commit(
            planned,
            target,
            ledger=memory,
            generator=pipeline.generator(),
            tz_database=pipeline.tz_database(),
            replace_foreign=replace_foreign,
        )
    return Built(planned.diagnostics, committed)


def stale(
    events: str | PathLike[str] = "events",
    output: str | PathLike[str] = "output",
    *,
    now: datetime | None = None,
) -> tuple[tuple[Diagnostic, ...], tuple[str, ...]]:
    """The diagnostics, and what a build would write or remove; nothing is written (D5)."""
    source, target = Path(events), Path(output)
    planned = pipeline.plan(pipeline.gather(source, target), now or pipeline.clock())
    if failed(planned.diagnostics):
        return planned.diagnostics, ()
    paths = writer.stale(
        planned,
        target,
        ledger=source / pipeline.LEDGER,
        generator=pipeline.generator(),
        tz_database=pipeline.tz_database(),
    )
    return planned.diagnostics, paths


def warned(diagnostics: tuple[Diagnostic, ...]) -> bool:
    """Whether any of them is a warning."""
    return any(each.severity == "warning" for each in diagnostics)
