"""A build: which series have changed, drawing those, gathering views, and the commit.

A series whose event file, ledger and output are as the last build left them is not read again;
what others need to know of it stands in its record. Every result is what a build from nothing
would make, because nothing is taken from a cache that was made by another program or from other
bytes. Memory holds one series at a time, and some bytes for each session of the site.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from webinar_feeds import drawing, freshness, pipeline, records, rendering
from webinar_feeds import output as writing
from webinar_feeds.cache import Cache, discard
from webinar_feeds.diagnostics import Severity, failed
from webinar_feeds.locking import trouble_told
from webinar_feeds.pipeline import SITE
from webinar_feeds.reading.nodes import Source
from webinar_feeds.reading.series import read_site
from webinar_feeds.views import Views

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.model import Entry, Template
    from webinar_feeds.output import Batch, Committed
    from webinar_feeds.reading.series import Shared
    from webinar_feeds.records import Record

_MANY = 200  # from so many changed series on, further processes pay for themselves


class Order(NamedTuple):
    """What a build is asked for.

    Args:
        events, output: the folders.
        now: the time that stamps what has changed, aware.
        strict: take warnings for errors.
        replace_foreign: overwrite files of others that stand where ours belong.
        jobs: how many processes may work at once; 0 lets the build decide.
        previous: ledgers of what was published elsewhere, by series id; with them, nothing is
            written beside the event files.
        draft: a preview. What subscribers have been told is what the ledgers say and nothing else;
            nothing is written beside the event files, and no other build believes what it made.
        progress: called for each series that has been drawn with 1 and how many there will be.
        speak: what the build says of its diagnostics, plain and styled, to be said again when a
            later build has nothing to do.
    """

    events: Path
    output: Path
    now: datetime
    strict: bool = False
    replace_foreign: bool = False
    jobs: int = 0
    previous: Mapping[str, bytes] | None = None
    draft: bool = False
    progress: Callable[[int, int], None] | None = None
    speak: Callable[[tuple[Diagnostic, ...]], tuple[str, str]] | None = None


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


def build(order: Order) -> tuple[tuple[Diagnostic, ...], Committed | None]:
    """Build the output folder: all of it, or nothing when there is an error.

    Hold the locks of the output folder and of the ledgers' folder.

    Returns:
        The diagnostics, and what was written; None when errors kept it from writing anything.

    Raises:
        webinar_feeds.output.Refused: the output folder holds something that a build may not touch.
        webinar_feeds.output.Trouble: the disk or its permissions do not let it.
    """
    with trouble_told():
        work = _Build(order, compare=False)
        with work.writer, work:
            if not work.prepare():
                return work.said(), None
            done = work.writer.finish(pipeline.generator(), pipeline.tz_database())
            work.remember()
        return work.said(), done


def stale(order: Order) -> tuple[tuple[Diagnostic, ...], tuple[str, ...]]:
    """The diagnostics, and what a build would write or remove; nothing is written (D5).

    Nothing is taken from a cache: everything is rendered and compared.
    """
    with trouble_told():
        work = _Build(order, compare=True)
        with work.writer, work:
            if not work.prepare():
                return work.said(), ()
            return work.said(), work.writer.stale(pipeline.generator(), pipeline.tz_database())


def draw(shop: Workshop, task: Task) -> Done:
    """Draw one series; the task that processes are given.

    Everything that it needs is in its arguments and in the folders that they name.
    """
    diagnostics: list[Diagnostic] = []
    events, output = _folder(shop.events), _folder(shop.output)
    path = f"{events.as_posix()}/{task.name}"
    data = pipeline.read(path, diagnostics)
    series = task.name.rpartition(".")[0]
    seen = freshness.stamps(f"{events.as_posix()}/{pipeline.LEDGER}/{series}.jsonl", "", "")
    memory = pipeline.remembered(events, series, output, diagnostics)
    if data is None or diagnostics:
        return Done(task.name, tuple(diagnostics))
    if task.previous:
        memory = memory._replace(copy=None, calendar=None, elsewhere=task.previous)
    if shop.draft:  # what lies there was never published
        memory = memory._replace(copy=None, calendar=None)
    event = freshness.digest(data)
    unit = writing.Unit(
        output,
        _folder(shop.stage),
        series,
        task.before,
        task.pending,
        replace_foreign=shop.replace_foreign,
    )
    shared = _shared(shop.site, shop.templates)
    known = freshness.digest(memory.data)
    examined = pipeline.examine(Source(path, data), memory, shared, shop.site, shop.now)
    del data, memory  # of a long series they are as large as what is made of them
    made = records.parse(task.record).made if task.record else {}
    drawn = drawing.draw(examined, shared.site, now=shop.now, stage=unit, known=made)
    if drawn.record is None:
        return Done(task.name, drawn.diagnostics)
    learnt = shop.remembers and freshness.digest(drawn.memory) != known
    if learnt and shop.writes:
        ledgers = _folder(f"{shop.events}/{pipeline.LEDGER}")
        writing.stage_ledger(ledgers, f"{series}.jsonl", (drawn.memory,))
    return Done(
        task.name,
        drawn.diagnostics,
        event,
        "" if learnt else seen,
        learnt,
        unit.batch(),
        records.dump(drawn.record),
        drawn.record,
        drawn.publication.entries if shop.needs_entries and drawn.publication else (),
    )


_folder = lru_cache(maxsize=8)(Path)  # a build has few, and asks for them for every series


@lru_cache(maxsize=1)
def _shared(site: Source | None, templates: tuple[Template, ...]) -> Shared:
    """The site as every series inherits it; read once a process."""
    shared = read_site(site).value
    assert shared is not None  # noqa: S101 - what could not be read of a site is its defaults
    return shared._replace(site=replace(shared.site, templates=templates))


class _Build:
    """One build at work."""

    def __init__(self, order: Order, *, compare: bool) -> None:
        self.order = order
        self.compare = compare
        self.survey = pipeline.survey(order.events)
        self.diagnostics: list[Diagnostic] = list(self.survey.diagnostics)
        self.events = Path(self.survey.folder)
        self.writer = writing.Writer(
            order.output,
            self.events / pipeline.LEDGER,
            replace_foreign=order.replace_foreign,
            compare=compare,
        )
        self.opened = ExitStack()
        self.remembers = order.previous is None and not order.draft

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.opened.close()

    def said(self) -> tuple[Diagnostic, ...]:
        """Everything that is to be said, in order."""
        return pipeline.in_order(self.diagnostics)

    def failed(self) -> bool:
        """Whether anything that has been said keeps the build from going on."""
        found = self.diagnostics
        return failed(found) or (
            self.order.strict and any(each.severity is Severity.WARNING for each in found)
        )

    def prepare(self) -> bool:
        """Draw everything; False when there is an error."""
        survey = self.survey
        self.diagnostics += read_site(survey.site).diagnostics
        shared = _shared(survey.site, survey.templates)
        self.diagnostics += pipeline.site_findings(
            survey.folder,
            shared,
            frozenset(map(freshness.stem, survey.names)),
            survey.ledgers,
            frozenset(self.order.previous or ()),
        )
        renderers = drawing.renderers(shared.site.formats)
        # What formats of others make is never taken for known: their code is not looked at.
        self.keeps = self.order.previous is None and rendering.BUILT_IN.keys() >= {
            *shared.site.formats
        }
        order, writer = self.order, self.writer
        self.cache = Cache(
            order.output,
            self.events,
            self._seen_of_the_site(),
            writer.stage,
            usable=self.keeps and not self.compare,
        )
        self.opened.callback(self.cache.close)
        views = self.opened.enter_context(Views(shared.site, renderers, writer, self.cache))
        elsewhere = (order.previous or {}).get(SITE, b"")
        self.diagnostics += views.past.read(elsewhere.split(b"\n"), pipeline.COPY)
        published = None if order.draft else order.output
        self.diagnostics += views.past.learn(self.events, published)
        for series, record, entries in self._series(needs_entries=bool(views.of_others)):
            views.add(series, record, entries)
        if self.failed() or not survey.names:
            return False
        views.draw(order.now, remembers=self.remembers)
        return True

    def _seen_of_the_site(self) -> bytes | None:
        """The bytes of the site's own file; a draft's are like those of no file."""
        site = self.survey.site
        if self.order.draft:
            return b"\0draft " + (site.data if site else b"")
        return site.data if site else None

    def remember(self) -> None:
        """Keep for the next build what this one saw and made."""
        order = self.order
        if not self.keeps:
            discard(order.output)
            return
        asked, said = "", ("", "")
        if order.speak is not None:
            asked = freshness.asked(str(order.events), str(order.output))
            said = order.speak(self.said())
        # Everything is in place; without what is kept, the next build is only slower.
        with suppress(OSError):
            self.cache.save(
                asked=asked,
                artifacts=self.writer.artifacts,
                said=said,
                ledgers=self._ledgers(),
            )

    def _ledgers(self) -> Iterator[str]:
        """The ids that have a ledger now, each once."""
        known = self.survey.ledgers
        yield from known
        made = (*map(freshness.stem, self.survey.names), SITE)
        yield from (each for each in made if each not in known)

    # ------------------------------------------------------------------------------- the series

    def _series(self, *, needs_entries: bool) -> Iterator[tuple[str, Record, tuple[Entry, ...]]]:
        """Every series, in the order of ids: as it was, or drawn anew."""
        names = self.survey.names
        fresh = self.cache.look(names, self.order.now.timestamp())
        stale = (number for number, is_fresh in enumerate(fresh) if not is_fresh)
        count = fresh.count(0)
        with self._drawn(stale, count, needs_entries=needs_entries) as drawn:
            for name, is_fresh in zip(names, fresh, strict=True):
                series = freshness.stem(name)
                if is_fresh:
                    record = records.parse(self.cache.record(name))
                    self.writer.keep(series)
                    self.diagnostics += record.diagnostics
                    yield series, record, ()
                    continue
                result = next(drawn)
                if self.order.progress is not None:
                    self.order.progress(1, count)
                self.diagnostics += result.diagnostics
                if result.batch is not None and not self.failed():
                    yield series, self._take(result, result.batch), result.entries

    def _take(self, result: Done, batch: Batch) -> Record:
        """Add what was drawn to the commit."""
        self.writer.add(batch)
        if result.learnt:
            self.writer.learnt.append(f"{batch.folder}.jsonl")
        record = records.parse(result.record) if result.known is None else result.known
        if not self.compare:
            due = freshness.seconds(record.due)
            files = " ".join(batch.paths)
            row = freshness.Row(result.name, result.event, files, result.ledger, due, "")
            self.cache.take(row, result.record)
        return record

    @contextmanager
    def _drawn(
        self, numbers: Iterable[int], count: int, *, needs_entries: bool
    ) -> Iterator[Iterator[Done]]:
        """Draw some series, so many, in several processes where that pays."""
        order = self.order
        shop = Workshop(
            str(self.events),
            str(order.output),
            str(self.writer.stage),
            self.survey.site,
            self.survey.templates,
            order.now,
            replace_foreign=order.replace_foreign,
            draft=order.draft,
            remembers=self.remembers,
            writes=not self.compare,
            needs_entries=needs_entries,
        )
        tasks = map(self._task, numbers)
        if order.jobs == 1 or needs_entries or count < (2 if order.jobs else _MANY):
            yield (draw(shop, task) for task in tasks)
            return
        from webinar_feeds import processes  # noqa: PLC0415 - only large builds need it

        jobs = processes.useful(order.jobs, count)
        with processes.spread(jobs, partial(_draw_all, shop)) as spread:
            yield spread(tasks)

    def _task(self, number: int) -> Task:
        name = self.survey.names[number]
        series = name.rpartition(".")[0]
        before, pending = self.writer.known(series)
        previous = (self.order.previous or {}).get(series, b"")
        record = self.cache.record(name) if self.cache.whole[number] else b""
        return Task(name, before, pending, previous, record)


def _draw_all(shop: Workshop, tasks: list[Task]) -> list[Done]:
    # A record's bytes are what travels best.
    return [draw(shop, task)._replace(known=None) for task in tasks]
