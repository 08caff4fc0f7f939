"""A build: which series have changed, drawing those, gathering views, and the commit.

A series whose event file, ledger and output are as the last build left them is not read again;
what others need to know of it stands in its record. Every result is what a build from nothing
would make, because nothing is taken from a cache that was made by another program or from other
bytes. Memory holds one series at a time, and some bytes for each session of the site.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from webinar_feeds import drawing, freshness, pipeline, records, rendering, workshop
from webinar_feeds import output as writing
from webinar_feeds.cache import Cache, discard
from webinar_feeds.diagnostics import Severity, failed
from webinar_feeds.locking import trouble_told
from webinar_feeds.pipeline import SITE
from webinar_feeds.reading.series import read_site
from webinar_feeds.views import Views

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.model import Entry
    from webinar_feeds.output import Batch, Committed
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
        scheduler: the address of a Dask cluster's, whose workers draw instead of processes here.
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
    scheduler: str = ""
    previous: Mapping[str, bytes] | None = None
    draft: bool = False
    progress: Callable[[int, int], None] | None = None
    speak: Callable[[tuple[Diagnostic, ...]], tuple[str, str]] | None = None


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
        shared = workshop.shared(survey.site, survey.templates)
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

    def _take(self, result: workshop.Done, batch: Batch) -> Record:
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
    ) -> Iterator[Iterator[workshop.Done]]:
        """Draw some series, so many, in several processes where that pays."""
        order = self.order
        shop = workshop.Workshop(
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
        afar = bool(order.scheduler) and not needs_entries and count > 1
        if not afar and (order.jobs == 1 or needs_entries or count < (2 if order.jobs else _MANY)):
            yield (workshop.draw(shop, task) for task in tasks)
            return
        if afar:
            from webinar_feeds import errands  # noqa: PLC0415 - few builds have a cluster

            with errands.spread(order.scheduler, shop) as drawn:
                yield drawn(tasks)
            return
        from webinar_feeds import processes  # noqa: PLC0415 - only large builds need it

        jobs = processes.useful(order.jobs, count)
        with processes.spread(jobs, partial(workshop.draw_all, shop)) as spread:
            yield spread(tasks)

    def _task(self, number: int) -> workshop.Task:
        name = self.survey.names[number]
        series = name.rpartition(".")[0]
        before, pending = self.writer.known(series)
        previous = (self.order.previous or {}).get(series, b"")
        record = self.cache.record(name) if self.cache.whole[number] else b""
        return workshop.Task(name, before, pending, previous, record)
