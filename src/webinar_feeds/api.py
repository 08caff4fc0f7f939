"""The library: what each command does, as one call with a typed result."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import locking, pipeline, production
from webinar_feeds.diagnostics import failed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from os import PathLike

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.differences import Seen
    from webinar_feeds.ledger import Ledger
    from webinar_feeds.model import Series
    from webinar_feeds.output import Committed
    from webinar_feeds.pipeline import Loaded
    from webinar_feeds.published import Published


class Compared(NamedTuple):
    """What subscribers will see: of each series, by id; nothing when there is an error."""

    diagnostics: tuple[Diagnostic, ...]
    seen: tuple[Seen, ...]


class Built(NamedTuple):
    """What a build did: `committed` is None when errors kept it from writing anything."""

    diagnostics: tuple[Diagnostic, ...]
    committed: Committed | None


def load(events: str | PathLike[str] = "events", *, now: datetime | None = None) -> Loaded:
    """Read and check the event files of a folder, or one event file.

    Args:
        events: the folder, or the path of one file in it.
        now: the time, aware; without it, nothing is said that another day would not say.

    Returns:
        The site, the series that have no error, and the diagnostics of all files.
    """
    return pipeline.load(pipeline.gather(Path(events)), now)


def check(
    events: str | PathLike[str] = "events", *, now: datetime | None = None
) -> tuple[Diagnostic, ...]:
    """Everything that is wrong or worth knowing about the event files, by file and place.

    Args:
        events: the folder, or the path of one file in it.
        now: the time, aware; without it, nothing is said that another day would not say.
    """
    return load(events, now=now).diagnostics


def build(  # noqa: PLR0913 - what the command offers, by keyword
    events: str | PathLike[str] = "events",
    output: str | PathLike[str] = "output",
    *,
    now: datetime | None = None,
    strict: bool = False,
    replace_foreign: bool = False,
    jobs: int = 0,
    scheduler: str = "",
    previous: Mapping[str, bytes] | None = None,
    draft: bool = False,
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
        scheduler: the address of a Dask cluster's scheduler, such as `tcp://10.0.0.5:8786`, whose
            workers draw instead of processes of this machine; needs the extra `cluster`.
        previous: ledgers of what was published elsewhere, by series id (the site's is `site`);
            with them, nothing is written beside the event files.
        draft: build a preview, which no subscriber will see: nothing is written beside the event
            files.
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
        scheduler=scheduler,
        previous=previous,
        draft=draft,
        progress=progress,
        speak=speak,
    )
    if not pipeline.has_series(source):
        return Built(pipeline.load(pipeline.gather(source), order.now).diagnostics, None)
    with locking.lock(target, source / pipeline.LEDGER, waiting=waiting):
        return Built(*production.build(order))


def stale(
    events: str | PathLike[str] = "events",
    output: str | PathLike[str] = "output",
    *,
    now: datetime | None = None,
    previous: Mapping[str, bytes] | None = None,
) -> tuple[tuple[Diagnostic, ...], tuple[str, ...]]:
    """The diagnostics, and what a build would write or remove; nothing is written (D5)."""
    order = production.Order(Path(events), Path(output), now or pipeline.clock(), previous=previous)
    return production.stale(order)


def diff(
    events: str | PathLike[str] = "events",
    *,
    against: str | None = None,
    output: str | PathLike[str] = "output",
    now: datetime | None = None,
) -> Compared:
    """What subscribers will see if the event files are published now; nothing is written.

    Args:
        events: the folder of event files, or one event file.
        against: a folder or an http(s) address where the output was published, to compare with;
            default: the ledger, which remembers the last build.
        output: where the last build went; it tells what a lost ledger knew.
        now: the time of the publication, aware; default: `SOURCE_DATE_EPOCH`, then the clock.

    Returns:
        The diagnostics; and, when there is no error among them, what is seen of each series.

    Raises:
        webinar_feeds.locking.Trouble: what was published cannot be read.
    """
    from webinar_feeds import differences, published  # noqa: PLC0415 - a build needs neither

    loaded = pipeline.load(pipeline.gather(Path(events), Path(output)))
    if failed(loaded.diagnostics):
        return Compared(loaded.diagnostics, ())
    there = None if against is None else published.open(against)
    # What lies on a disk is read; at an address, one manifest says of most series that they are
    # published as the last build left them.
    ours = loaded.past if against is not None and published.is_address(against) else {}
    remembered = None if there is None else partial(_published, there, ours)
    time = now or pipeline.clock()
    seen = list(differences.of(loaded.series, loaded.site, loaded.past, time, remembered))
    if there is not None and Path(events).is_dir():
        known = {series.id for series in loaded.series}
        seen += (differences.withdrawn(each) for each in there.series if each not in known)
    return Compared(loaded.diagnostics, tuple(seen))


def _published(there: Published, past: Mapping[str, Ledger], series: Series) -> Ledger | None:
    """What was published of a series: its ledger's copy, or what its calendar tells.

    `past` are ledgers that may have been published.
    """
    from webinar_feeds import ledger, published, recovery  # noqa: PLC0415 - as above

    own = past.get(series.id)
    known = b"" if own is None else ledger.dump(own, series.id, public=True)
    copy = there.ledger(series.id, known)
    held = None if copy is None else ledger.parse(copy, there.name(published.LEDGER))[0]
    if held is None:
        rebuilt = recovery.rebuild(there.remains(series.id), series, series.uid or series.id)
        held = None if rebuilt is None else rebuilt.ledger
    return held
