"""The library: what each command does, as one call with a typed result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import locking, pipeline, production

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
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
    jobs: int = 0,
    previous: Mapping[str, bytes] | None = None,
    waiting: Callable[[Path], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    speak: Callable[[tuple[Diagnostic, ...]], tuple[str, str]] | None = None,
) -> Built:
    """Build `output` from `events`: all of it, or nothing when there is an error.

    Args:
        events: the folder of event files; its `ledger/` remembers what has been published.
        output: the folder to publish. Files in it that a build did not make are never touched.
        now: the time that stamps what has changed, aware; default: `SOURCE_DATE_EPOCH`, then the
            clock.
        strict: take warnings for errors.
        replace_foreign: overwrite files of others that stand where ours belong.
        jobs: how many processes may work at once; 0 lets the build decide.
        previous: ledgers of what was published elsewhere, by series id (the site's is `site`);
            with them, nothing is written beside the event files.
        waiting: called once with the folder that another build is using, before waiting for it.
        progress: called for each series that has been drawn with 1 and how many there will be.
        speak: what is said of diagnostics, plain and styled, to be said again when a later build
            has nothing to do.

    Returns:
        The diagnostics, and what was written.

    Raises:
        webinar_feeds.output.Refused: the output folder holds something that a build may not touch.
        webinar_feeds.output.Trouble: the disk or its permissions do not let it.
    """
    source, target = Path(events), Path(output)
    order = production.Order(
        source,
        target,
        now or pipeline.clock(),
        strict=strict,
        replace_foreign=replace_foreign,
        jobs=jobs,
        previous=previous,
        progress=progress,
        speak=speak,
    )
    if not pipeline.survey(source).names:
        return Built(pipeline.load(pipeline.gather(source)).diagnostics, None)
    with locking.lock(target, source / pipeline.LEDGER, waiting=waiting):
        return Built(*production.build(order))


def stale(
    events: str | PathLike[str] = "events",
    output: str | PathLike[str] = "output",
    *,
    now: datetime | None = None,
) -> tuple[tuple[Diagnostic, ...], tuple[str, ...]]:
    """The diagnostics, and what a build would write or remove; nothing is written (D5)."""
    order = production.Order(Path(events), Path(output), now or pipeline.clock())
    return production.stale(order)
