"""One series of a build: read, drawn and staged, in this process or another that sees its folders.

What is read, what is made of it, and what becomes of that are steps of their own, because the one
in the middle depends on no folder: `errands` does it where none of the build's can be seen.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import drawing, freshness, pipeline, records
from webinar_feeds import output as writing
from webinar_feeds.reading.nodes import Source
from webinar_feeds.reading.series import read_site

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.model import Entry, Template
    from webinar_feeds.output import Batch
    from webinar_feeds.pipeline import Examined, Memory
    from webinar_feeds.reading.series import Shared
    from webinar_feeds.records import Record


class Task(NamedTuple):
    """A series to draw: the name of its event file, and what lies there already.

    `record` is that of the last build where all that it left of the series is still as it left it;
    otherwise it is empty.
    """

    name: str
    before: Mapping[str, bytes]
    pending: Mapping[str, AbstractSet[str]]
    previous: bytes
    record: bytes = b""

    @property
    def series(self) -> str:
        """The id of the series."""
        return self.name.rpartition(".")[0]


class Done(NamedTuple):
    """A series that has been drawn, told so that another process can understand it.

    `event` is the hash of its event file, `ledger` the stamp of its ledger before that was read.
    """

    name: str
    diagnostics: tuple[Diagnostic, ...]
    event: str = ""
    ledger: str = ""
    learnt: bool = False
    batch: Batch | None = None
    record: bytes = b""
    known: Record | None = None
    entries: tuple[Entry, ...] = ()


class Workshop(NamedTuple):
    """What every process needs to draw any series."""

    events: str
    output: str
    stage: str
    site: Source | None
    templates: tuple[Template, ...]
    now: datetime
    replace_foreign: bool
    draft: bool
    remembers: bool
    writes: bool
    needs_entries: bool


class Given(NamedTuple):
    """What a series is drawn from: the bytes of its event file, and what was published of it."""

    source: Source
    memory: Memory


class Seen(NamedTuple):
    """What tells later whether a series was drawn from the same.

    `event` and `known` are hashes of the event file and of the ledger, `ledger` is the stamp that
    the ledger had before it was read.
    """

    event: str
    known: str
    ledger: str


def draw(shop: Workshop, task: Task) -> Done:
    """Draw one series; the task that processes are given.

    Everything that it needs is in its arguments and in the folders that they name.
    """
    given, seen, said = read(shop, task)
    if given is None:
        return Done(task.name, said)
    at_work = unit(shop, task)
    site = shared(shop.site, shop.templates)
    examined = examine(given, site, shop.site, shop.now)
    del given  # of a long series it is as large as what is made of it
    made = records.parse(task.record).made if task.record else {}
    drawn = drawing.draw(examined, site.site, now=shop.now, stage=at_work, known=made)
    if drawn.record is None:
        return Done(task.name, drawn.diagnostics)
    done = keep(shop, task, seen, at_work, drawn.memory)
    return done._replace(
        diagnostics=drawn.diagnostics,
        record=records.dump(drawn.record),
        known=drawn.record,
        entries=drawn.publication.entries if shop.needs_entries and drawn.publication else (),
    )


def draw_all(shop: Workshop, tasks: list[Task]) -> list[Done]:
    """Draw some series in another process, where a record's bytes are what travels best."""
    return [draw(shop, task)._replace(known=None) for task in tasks]


def read(shop: Workshop, task: Task) -> tuple[Given | None, Seen, tuple[Diagnostic, ...]]:
    """What a series is drawn from, None where the diagnostics tell that it cannot be read."""
    diagnostics: list[Diagnostic] = []
    events = _folder(shop.events)
    path = f"{events.as_posix()}/{task.name}"
    data = pipeline.read(path, diagnostics)
    stamp = freshness.stamps(f"{events.as_posix()}/{pipeline.LEDGER}/{task.series}.jsonl", "", "")
    memory = pipeline.remembered(events, task.series, _folder(shop.output), diagnostics)
    if data is None or diagnostics:
        return None, Seen("", "", stamp), tuple(diagnostics)
    if task.previous:
        memory = memory._replace(copy=None, calendar=None, elsewhere=task.previous)
    if shop.draft:  # what lies there was never published
        memory = memory._replace(copy=None, calendar=None)
    seen = Seen(freshness.digest(data), freshness.digest(memory.data), stamp)
    return Given(Source(path, data), memory), seen, ()


def examine(given: Given, site: Shared, of_site: Source | None, now: datetime) -> Examined:
    """Read and check what was given; `of_site` is the site's own file."""
    return pipeline.examine(given.source, given.memory, site, of_site, now)


def unit(shop: Workshop, task: Task) -> writing.Unit:
    """What stages the files of a series."""
    return writing.Unit(
        _folder(shop.output),
        _folder(shop.stage),
        task.series,
        task.before,
        task.pending,
        replace_foreign=shop.replace_foreign,
    )


def keep(shop: Workshop, task: Task, seen: Seen, at_work: writing.Unit, memory: bytes) -> Done:
    """What a series came to whose files are staged: its ledger is staged too, where it differs."""
    learnt = shop.remembers and freshness.digest(memory) != seen.known
    if learnt and shop.writes:
        folder = _folder(f"{shop.events}/{pipeline.LEDGER}")
        writing.stage_ledger(folder, f"{task.series}.jsonl", (memory,))
    ledger = "" if learnt else seen.ledger
    return Done(task.name, (), seen.event, ledger, learnt, at_work.batch())


_folder = lru_cache(maxsize=8)(Path)  # a build has few, and asks for them for every series


@lru_cache(maxsize=1)
def shared(site: Source | None, templates: tuple[Template, ...]) -> Shared:
    """The site as every series inherits it; read once a process."""
    found = read_site(site).value
    assert found is not None  # noqa: S101 - what could not be read of a site is its defaults
    return found._replace(site=replace(found.site, templates=templates))
