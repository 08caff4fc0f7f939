"""The rows of the table: what is measured, against what, and which bar it has to reach."""

from __future__ import annotations

import math
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import generate
from lab import CLICK, HERE, OURS, PEERS, Site, Task, differing, stamps, touched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lab import Cost, Lab

EVENTS = HERE.parent / "events"
MEGA = 1_000_000
PLAIN = str(HERE / "peers" / "plain.py")
ALONE = str(HERE / "alone.py")
YAML2ICS = PEERS / "yaml2ics" / "bin" / "yaml2ics"
ICS = PEERS / "ics" / "bin" / "python"
NPM = PEERS / "npm" / "node_modules" / "ical-generator"
STAMPS = ("2027-01-31T12:00:00Z", "2027-02-01T12:00:00Z")
MANIFEST = "manifest.json"
CALENDARS = "formats: [calendar]\n"


class Bar(NamedTuple):
    """What is asked for: at most `limit`, or at least."""

    limit: float
    shown: str
    least: bool = False

    def verdict(self, value: float) -> str:
        """Whether it is reached, and else by how much not."""
        if value >= self.limit if self.least else value <= self.limit:
            return "met"
        times = value / self.limit
        return f"missed by {abs(times - 1):.0%}" if times < 2 else f"missed: {times:.1f} × the bar"


class Row(NamedTuple):
    """A line of the table; `wrong` says what makes the measurement worthless, if anything does."""

    work: str
    against: str
    measured: str
    bar: str = "–"
    verdict: str = "–"
    ours: str = "–"
    theirs: str = "–"
    notes: tuple[str, ...] = ()
    wrong: str = ""


# --- 1, 2: the real series -----------------------------------------------------------------------


PAGES = "base_url: https://w.example.org/\nformats: [calendar, feeds, pages]\n"


def real_clean(lab: Lab) -> Iterator[Row]:
    """A first build of the series in events/."""
    site = _real(lab)
    ours, click = lab.turns(Task(site.build(), lab.fresh(site)), Task(CLICK))
    bar = Bar(3.2, "3.2")
    yield _ratio("real series, full build", "`import click`", ours, click, bar)
    told = site.events / "site.yaml"
    told.write_text(told.read_text(encoding="utf-8") + PAGES, encoding="utf-8")
    site.settle()
    ours, click = lab.turns(Task(site.build(), lab.fresh(site)), Task(CLICK))
    bar = Bar(4.5, "4.5")
    yield _ratio("real series with pages, full build", "`import click`", ours, click, bar)


def real_unchanged(lab: Lab) -> Iterator[Row]:
    """The same again, with nothing to do."""
    site = lab.built(_real(lab))
    before = stamps(site.events, site.out)
    ours, click = lab.turns(Task(site.build()), Task(CLICK))
    wrong = _untouched(site, before)
    bar = Bar(1.5, "1.5")
    row = _ratio("real series, nothing changed", "`import click`", ours, click, bar)
    notes = () if wrong else (f"Of {len(before)} files none was touched.",)
    yield row._replace(wrong=wrong, notes=notes)


def _real(lab: Lab) -> Site:
    site = Site(lab.folder / "real")
    shutil.rmtree(site.events, ignore_errors=True)
    site.events.mkdir(parents=True)
    for path in EVENTS.glob("*.yaml"):
        shutil.copy(path, site.events)
    return site.settle()


def _untouched(site: Site, before: dict[str, tuple[int, int, int]]) -> str:
    files = touched(before, stamps(site.events, site.out))
    return _wrong("touched", {_below(site, each) for each in files})


# --- 3: one calendar -----------------------------------------------------------------------------


def calendar(lab: Lab) -> Iterator[Row]:
    """One calendar of many plain sessions, ours and that of everybody else."""
    count = lab.sizes.calendar
    folder = lab.beside("calendar")
    kind = generate.Kind(plain=True)
    site = lab.site("calendar", 1, count, kind, CALENDARS)
    as_yaml, as_json = (str(folder / f"sessions.{end}") for end in ("yaml", "json"))
    for path, form in ((as_yaml, generate.yaml2ics_file), (as_json, generate.json_file)):
        Path(path).write_text(form(generate.series(0, count, kind)), encoding="utf-8")
    out = str(folder / "peer.ics")
    alone = (ALONE, str(site.events), "series-0", "calendar", str(folder), "calendar.ics")
    peers = {
        "yaml2ics": Task((str(YAML2ICS), as_yaml), out=Path(out)),
        "`ics`": Task((str(ICS), str(HERE / "peers" / "with_ics.py"), as_json, out)),
        "ical-generator": Task(
            ("node", str(HERE / "peers" / "with_ical_generator.mjs"), as_json, out)
        ),
        "icalendar and `yaml.safe_load`": Task((sys.executable, PLAIN, "icalendar", as_yaml, out)),
        "icalendar": Task((sys.executable, PLAIN, "icalendar", as_json, out)),
        "f-strings": Task((sys.executable, PLAIN, "f-strings", as_json, out)),
    }
    installed = {"yaml2ics": YAML2ICS, "`ics`": ICS, "ical-generator": NPM}
    there = {name: task for name, task in peers.items() if installed.get(name, HERE).exists()}
    tasks = (
        Task(site.build(), lab.fresh(site)),
        Task((sys.executable, *alone)),
        *there.values(),
    )
    whole, only, *others = lab.turns(*tasks)
    costs = dict(zip(there, others, strict=True))
    bar = Bar(1 / 25, "1/25")
    note = "The whole build also writes an invite a session, the site's calendar and the ledger."
    works = (
        (f"{count} sessions, whole build", whole, ("yaml2ics",), (note,)),
        (f"{count} sessions, the calendar alone", only, tuple(peers), ()),
    )
    for work, ours, against, notes in works:
        for name in against:
            judged = bar if name == "yaml2ics" else None
            row = _ratio(work, name, ours, costs.get(name), judged, inverse=True)
            yield row._replace(notes=notes)


# --- 4, 5, 6: clean builds of sites --------------------------------------------------------------


def memory(lab: Lab) -> Iterator[Row]:
    """The peak of clean builds of two sites, how it grows, and that of one very long series."""
    sizes = lab.sizes
    few, _, many = lab.clean_builds
    bar = Bar(40 * MEGA, "40 MB")
    for cost, series in ((few, sizes.few), (many, sizes.many)):
        yield _memory(f"clean build of {_size(series, sizes.each)}, peak memory", cost, bar)
    sessions = (sizes.many - sizes.few) * sizes.each
    growth = (many.memory - few.memory) / sessions
    bar = Bar(200, "200 bytes")
    work = f"from {_size(sizes.few, sizes.each)} to {_size(sizes.many, sizes.each)}"
    yield Row(
        f"{work}, growth of the peak",
        "a session",
        f"{growth:.0f} bytes",
        bar.shown,
        bar.verdict(growth),
    )
    long = lab.site("long", 1, sizes.calendar)
    (cost,) = lab.turns(Task(long.build(), lab.fresh(long)))
    work = f"clean build of one series of {sizes.calendar} sessions, peak memory"
    yield _memory(work, cost, Bar(40 * MEGA, "40 MB"))


def _memory(work: str, cost: Cost, bar: Bar) -> Row:
    total = cost.memory + cost.workers
    measured = f"{cost.memory / MEGA:.1f} MB"
    note = f"With the peaks of all workers added, {total / MEGA:.1f} MB: {work}."
    row = Row(work, "–", measured, bar.shown, bar.verdict(cost.memory), _cost(cost))
    return row._replace(notes=(note,)) if cost.workers else row


def parsing(lab: Lab) -> Iterator[Row]:
    """A clean build against the least that reading its files can cost."""
    few, parser, _ = lab.clean_builds
    work = f"clean build of {_size(lab.sizes.few, lab.sizes.each)}, all outputs"
    yield _ratio(work, "bare `yaml.parse`", few, parser, Bar(2.5, "2.5"))


def growth(lab: Lab) -> Iterator[Row]:
    """How the cost of clean builds grows with the site."""
    sizes = lab.sizes
    few, _, many = lab.clean_builds
    exponent = math.log(many.cpu / few.cpu) / math.log(sizes.many / sizes.few)
    bar = Bar(1.05, "1.05")
    work = f"from {_size(sizes.few, sizes.each)} to {_size(sizes.many, sizes.each)}"
    yield Row(
        f"{work}, growth of the CPU time",
        "exponent",
        f"{exponent:.2f}",
        bar.shown,
        bar.verdict(exponent),
        _cost(many),
        _cost(few),
    )


# --- 7, 8: builds after a build ------------------------------------------------------------------


def unchanged(lab: Lab) -> Iterator[Row]:
    """Nothing to do on a large site."""
    sizes = lab.sizes
    site = lab.built(lab.many)
    before = stamps(site.events, site.out)
    (ours,) = lab.turns(Task(site.build()))
    wrong = _untouched(site, before)
    micro = 1e6 * ours.cpu / (sizes.many * sizes.each)
    bar = Bar(10, "10 µs")
    yield Row(
        f"{_size(sizes.many, sizes.each)}, nothing changed",
        "a session",
        f"{micro:.1f} µs",
        bar.shown,
        bar.verdict(micro),
        _cost(ours),
        notes=() if wrong else (f"Of {len(before)} files none was touched.",),
        wrong=wrong,
    )


def changed(lab: Lab) -> Iterator[Row]:
    """One session of a large site has another title."""
    sizes = lab.sizes
    _, _, clean = lab.clean_builds
    site = lab.many
    lab.run(Task(site.build("--now", STAMPS[0])))
    revisions = iter(range(1, 1000))
    (ours,) = lab.turns(
        Task(site.build("--now", STAMPS[0]), lambda: generate.change(site.events, next(revisions)))
    )
    note, wrong = _exactness(lab, site, next(revisions))
    work = f"{_size(sizes.many, sizes.each)}, one session changed"
    row = _ratio(work, "its clean build", ours, clean, Bar(0.2, "0.20"))
    yield row._replace(notes=(note,), wrong=wrong)


def _exactness(lab: Lab, site: Site, revision: int) -> tuple[str, str]:
    """Whether a build after a change writes all that differs, and nothing else.

    A clean build of the same events with the same ledger says what there should be; what was
    written and is as it was before is too much. A view counts as concerned when its calendar
    holds the session's UID.
    """
    earlier, clean = Site(lab.folder / "earlier"), Site(lab.folder / "again")
    series, session = generate.change(site.events, revision)
    shutil.copytree(site.events, clean.events)
    shutil.copytree(site.out, earlier.out)
    before = stamps(site.out, site.events)
    lab.run(Task(site.build("--now", STAMPS[1])))
    files = [_below(site, each) for each in touched(before, stamps(site.out, site.events))]
    written = {name.removeprefix("output/") for name in files if name.startswith("output/")}
    written = {name for name in written if not name.startswith(".")}
    lab.run(Task(clean.build("--now", STAMPS[1])))
    stale = [
        *differing(site.out, clean.out),
        *differing(site.events / "ledger", clean.events / "ledger"),
    ]
    needless = written - set(differing(earlier.out, site.out))
    uid = _uid(site.out / series / "invites" / f"{session}.ics")
    own = {name for name in written if name.startswith(f"{series}/")}
    views = {name for name in written - own if _holds(site.out / name, uid)}
    strays = written - own - views - {MANIFEST}
    for each in (earlier, clean):
        shutil.rmtree(each.events.parent)
    ledgers = [name for name in files if name.startswith("events/")]
    note = (
        f"Written: {len(own)} files of the series, {len(views)} of the views that hold the session,"
        f" {len(ledgers)} in the events folder{', the manifest' if MANIFEST in written else ''}."
    )
    told = (
        _wrong("not what a clean build makes", set(stale)),
        _wrong("written as before", needless),
        _wrong("written that does not hold the session", strays),
    )
    return note, "; ".join(filter(None, told))


def _wrong(what: str, names: set[str]) -> str:
    return f"{what}: {min(names)}, {len(names)} in all" if names else ""


def _uid(invite: Path) -> bytes:
    lines = invite.read_bytes().split(b"BEGIN:VEVENT\r\n")[1].split(b"\r\n")
    return next(line for line in lines if line.startswith(b"UID:"))


def _holds(path: Path, uid: bytes) -> bool:
    """Whether a file is a calendar with that UID, or lies beside one."""
    beside = path.parent / "calendar.ics"
    return path.name != MANIFEST and beside.is_file() and uid in beside.read_bytes()


# --- 9: processes --------------------------------------------------------------------------------


def processes(lab: Lab) -> Iterator[Row]:
    """The wall clock of a clean build with one process and with two."""
    sizes = lab.sizes
    bar = Bar(1.5, "1.5", least=True)
    work = f"clean build of {_size(sizes.many, sizes.each)} with 2 processes, wall clock"
    site = lab.many
    help_text = lab.folder / "help"
    lab.run(Task((*OURS, "build", "--help"), out=help_text))
    offered = help_text.read_text(encoding="utf-8")
    if "--jobs" in offered:
        one, two = (Task(site.build("--jobs", each), lab.fresh(site)) for each in "12")
    elif "WEBINAR_FEEDS_JOBS" in offered:
        one, two = (
            Task(site.build(), lab.fresh(site), environment={"WEBINAR_FEEDS_JOBS": each})
            for each in "12"
        )
    else:
        yield Row(work, "1 process", "not offered", bar.shown)
        return
    alone, both = lab.turns(one, two)
    faster = alone.wall / both.wall
    yield Row(
        work,
        "1 process",
        f"{faster:.2f} times as fast",
        bar.shown,
        bar.verdict(faster),
        f"{both.wall:.2f} s",
        f"{alone.wall:.2f} s",
        notes=(
            f"CPU time {both.cpu:.2f} s instead of {alone.cpu:.2f} s, on {os.cpu_count()} cores.",
        ),
    )


# --- 10: feeds, start-up -------------------------------------------------------------------------


def feeds(lab: Lab) -> Iterator[Row]:
    """RSS and Atom of many recordings."""
    count = lab.sizes.recordings
    kind = generate.Kind(plain=True, recorded=True)
    folder = lab.beside("feeds")
    site = lab.site("feeds", 1, count, kind, f"formats: [feeds]\nfeed_length: {count}\n")
    source = folder / "sessions.json"
    source.write_text(generate.json_file(generate.series(0, count, kind)), encoding="utf-8")
    peer = (PLAIN, "feedgen", str(source), str(folder / "peer.rss"), str(folder / "peer.atom"))
    names = ("recordings.rss", "recordings.atom")
    alone = (ALONE, str(site.events), "series-0", "feeds", str(folder), *names)
    whole, only, theirs = lab.turns(
        Task(site.build(), lab.fresh(site)),
        Task((sys.executable, *alone)),
        Task((sys.executable, *peer)),
    )
    note = "The whole build also writes JSON Feed, the site's three feeds and the ledger."
    row = _ratio(f"{count} recordings, whole build", "feedgen", whole, theirs)
    yield row._replace(notes=(note,))
    yield _ratio(f"{count} recordings, RSS and Atom alone", "feedgen", only, theirs)


def start_up(lab: Lab) -> Iterator[Row]:
    """The least that any command costs."""
    ours, click = lab.turns(Task((*OURS, "--version")), Task(CLICK))
    yield _ratio("`webinar-feeds --version`", "`import click`", ours, click)


# --- Words ---------------------------------------------------------------------------------------


def _ratio(  # noqa: PLR0913 - two names, two costs, and how to judge them
    work: str,
    against: str,
    ours: Cost,
    theirs: Cost | None,
    bar: Bar | None = None,
    *,
    inverse: bool = False,
) -> Row:
    shown = bar.shown if bar else "–"
    if theirs is None:
        return Row(work, against, "not installed", shown, ours=_cost(ours))
    ratio = ours.cpu / theirs.cpu
    return Row(
        work,
        against,
        f"1/{1 / ratio:.1f}" if inverse and ratio < 0.5 else f"{ratio:.2f}",
        shown,
        bar.verdict(ratio) if bar else "–",
        _cost(ours),
        _cost(theirs),
    )


def _cost(cost: Cost) -> str:
    seconds = f"{cost.cpu:.3f} s" if cost.cpu < 10 else f"{cost.cpu:.1f} s"
    return f"{seconds}, {cost.memory / MEGA:.0f} MB"


def _size(series: int, each: int) -> str:
    return f"{series} series × {each}"


def _below(site: Site, path: str) -> str:
    return os.path.relpath(path, site.events.parent)


ROWS: dict[int, tuple[Callable[[Lab], Iterator[Row]], ...]] = {
    1: (real_clean,),
    2: (real_unchanged,),
    3: (calendar,),
    4: (memory,),
    5: (parsing,),
    6: (growth,),
    7: (unchanged,),
    8: (changed,),
    9: (processes,),
    10: (feeds, start_up),
}
