"""From an events folder to series that have been read and checked.

The one place that opens event files; everything behind it is a function of bytes and of the time
that is passed in.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import (
    __version__,
    checks,
    freshness,
    ledger,
    rendering,
    site_ledger,
    timezones,
)
from webinar_feeds.diagnostics import Location, Related, Severity, declare
from webinar_feeds.model import Template
from webinar_feeds.reading.nodes import Source
from webinar_feeds.reading.series import locate, places, read_series, read_site
from webinar_feeds.reading.sessions import duplicate_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.model import Series, Site
    from webinar_feeds.reading.series import Shared

LEDGER = "ledger"
TEMPLATES = "templates"
SITE = "site"
COPY = "ledger.jsonl"
no_files = declare(
    "WF801",
    Severity.ERROR,
    "there are no event files in `{folder}`",
    help="write one, such as `{folder}/my-series.yaml`; `webinar-feeds build FOLDER` reads another",
)
unreadable = declare(
    "WF802",
    Severity.ERROR,
    "the file cannot be read: {why}",
    help="check that it is a file, and its permissions",
)
unknown_format = declare(
    "WF803",
    Severity.ERROR,
    "`{name}` is not a format that is installed",
    help="write `formats: [calendar, feeds]`, or install the package that offers it",
)
no_base_url = declare(
    "WF307",
    Severity.WARNING,
    "it is not said where the output will be found, so feeds cannot name their own address",
    help="write `base_url: https://…` into `{path}`",
)
series_gone = declare(
    "WF608",
    Severity.ERROR,
    "the series `{id}` has been published, but its event file is gone",
    help="restore `{id}.yaml`; to withdraw the series from everybody, write `removed: [{id}]` into "
    "`{path}`",
)
memory_lost = declare(
    "WF606",
    Severity.WARNING,
    "the ledger `{ledger}` is missing; UIDs and SEQUENCE are taken from what was published",
    help="restore the file from version control if you can",
)


class Events(NamedTuple):
    """The bytes of an events folder: what a check depends on.

    `ledgers`, `calendars` and `copies` (what the output folder holds of them, for a ledger that
    was lost) are by series id; `folder` is the events folder as the user named it.
    """

    folder: str
    site: Source | None
    series: tuple[Source, ...]
    ledgers: Mapping[str, bytes]
    calendars: Mapping[str, bytes]
    diagnostics: tuple[Diagnostic, ...] = ()
    copies: Mapping[str, bytes] = MappingProxyType({})


class Survey(NamedTuple):
    """What lies in an events folder, of which only what belongs to the site has been read.

    `names` are the file names of the event files, by the ids of their series; `ledgers` the ids
    that have a ledger.
    """

    folder: str
    site: Source | None
    names: tuple[str, ...]
    ledgers: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]
    templates: tuple[Template, ...] = ()


class Memory(NamedTuple):
    """What is known of a series from earlier builds.

    `data` are the bytes of its ledger, empty when there is none, and `path` where that is, as
    users should see it. `calendar` and `copy` are what was published, the copy of the ledger
    among it, for a ledger that was lost. `elsewhere` is the copy of a published site that the
    user has named; it is believed beside the ledger.
    """

    path: str
    data: bytes = b""
    calendar: bytes | None = None
    copy: bytes | None = None
    elsewhere: bytes = b""


class Examined(NamedTuple):
    """A series that has been read and checked: None when it cannot be read.

    `past` is what has been published of it, None when nothing has; `diagnostics` are all that is
    to be said.
    """

    series: Series | None
    past: ledger.Ledger | None
    diagnostics: tuple[Diagnostic, ...]


class Loaded(NamedTuple):
    """What an events folder holds: the site and those series that have no error.

    `past` is what has been published of them, `diagnostics` all that is to be said, in order.
    """

    site: Site
    series: tuple[Series, ...]
    past: Mapping[str, ledger.Ledger]
    diagnostics: tuple[Diagnostic, ...]


def has_series(folder: Path) -> bool:
    """Whether there is any event file of a series in a folder."""
    return any(freshness.stem(name) != SITE for name in freshness.event_files(str(folder)))


def survey(folder: Path) -> Survey:
    """What lies in an events folder.

    Args:
        folder: holds `*.yaml`, `site.yaml` and `ledger/`; or one event file, to check it alone.
    """
    only = folder.name if folder.is_file() else None
    root = folder.parent if only else folder
    diagnostics: list[Diagnostic] = []
    names: list[str] = []
    name_of_site = None
    for name in sorted(freshness.event_files(str(root)), key=freshness.stem):
        stem = freshness.stem(name)
        if stem == SITE and name_of_site is None:
            name_of_site = name  # another one is read as a series, which it cannot be: that is said
        elif stem != SITE and only not in (None, name):
            continue
        elif stem != SITE and names and freshness.stem(names[-1]) == stem:
            first = Related("the other one", Location((root / names[-1]).as_posix()))
            values = {"key": "file name", "id": stem, "what": "series"}
            place = Location((root / name).as_posix())
            diagnostics.append(duplicate_id.diagnostic(place, first, **values))
        else:
            names.append(name)
    site = None
    if name_of_site is not None:
        data = read(root / name_of_site, diagnostics)
        site = None if data is None else Source((root / name_of_site).as_posix(), data)
    own = None if only is None else f"{freshness.stem(only)}.jsonl"
    ledgers = frozenset(
        freshness.stem(name)
        for name in _inside(root / LEDGER, diagnostics)
        if name.endswith(".jsonl") and own in (None, name)
    )
    if not names and not diagnostics:
        shown = root.as_posix()
        diagnostics.append(no_files.diagnostic(Location(shown), folder=shown))
    templates = tuple(_templates(root / TEMPLATES, diagnostics))
    return Survey(root.as_posix(), site, tuple(names), ledgers, tuple(diagnostics), templates)


def _templates(folder: Path, diagnostics: list[Diagnostic]) -> Iterator[Template]:
    """The site's own templates, by name."""
    for path in (folder / name for name in _inside(folder, diagnostics)):
        if path.name.startswith(".") or path.is_dir():
            continue
        data = read(path, diagnostics)
        if data is not None:
            yield Template(path.name, path.as_posix(), data)


def _inside(folder: Path, diagnostics: list[Diagnostic]) -> list[str]:
    """What lies in a folder that need not exist; what keeps it from being seen is said."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - this one raises
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        place = Location(folder.as_posix())
        diagnostics.append(unreadable.diagnostic(place, why=error.strerror or str(error)))
        return []


def gather(folder: Path, output: Path | None = None) -> Events:
    """The bytes of an events folder, and of what lies in an output folder for lost ledgers.

    Args:
        folder: holds `*.yaml`, `site.yaml` and `ledger/`; or one event file, to check it alone.
        output: where the last build went, to find what was published when a ledger is missing.
    """
    seen = survey(folder)
    root = Path(seen.folder)
    diagnostics = list(seen.diagnostics)
    sources = []
    for name in seen.names:
        data = read(root / name, diagnostics)
        if data is not None:
            sources.append(Source((root / name).as_posix(), data))
    memories = {
        Path(name).stem: remembered(root, Path(name).stem, output, diagnostics)
        for name in (*seen.names, *(f"{each}.yaml" for each in seen.ledgers))
    }
    return Events(
        seen.folder,
        seen.site,
        tuple(sources),
        {key: each.data for key, each in memories.items() if each.data},
        {key: each.calendar for key, each in memories.items() if each.calendar is not None},
        tuple(diagnostics),
        {key: each.copy for key, each in memories.items() if each.copy is not None},
    )


def remembered(
    root: Path, series: str, output: Path | None, diagnostics: list[Diagnostic]
) -> Memory:
    """What is known of a series from earlier builds; what cannot be read is said.

    Args:
        root: the events folder.
        series: the id of the series; `site` for the site itself.
        output: where the last build went, None when nobody knows.
        diagnostics: takes what is to be said.
    """
    path = f"{root.as_posix()}/{LEDGER}/{series}.jsonl"
    data = _if_there(path, diagnostics)
    if data is not None and data.strip():
        return Memory(path, data)
    if output is None:  # an empty ledger is a lost one
        return Memory(path)
    folder = output.as_posix() if series == SITE else f"{output.as_posix()}/{series}"
    copy = _if_there(f"{folder}/{COPY}", diagnostics)
    return Memory(path, b"", _if_there(f"{folder}/calendar.ics", diagnostics), copy)


def _if_there(path: str, diagnostics: list[Diagnostic]) -> bytes | None:
    """The bytes of a file that need not exist."""
    return read(path, diagnostics) if os.path.exists(path) else None  # noqa: PTH110 - thousands of times


def load(events: Events, now: datetime | None = None) -> Loaded:
    """Read and check everything, with all diagnostics of all files in one go.

    Args:
        events: the bytes.
        now: the time, aware; without it, nothing is said that another day would not say.
    """
    diagnostics = list(events.diagnostics)
    shared, said = read_site(events.site)
    assert shared is not None  # noqa: S101 - what could not be read of a site is its defaults
    ids = frozenset(Path(source.path).stem for source in events.series)
    diagnostics += said
    diagnostics += site_findings(events.folder, shared, ids, events.ledgers.keys())
    of_site = f"{events.folder}/{LEDGER}/{SITE}.jsonl"
    diagnostics += site_ledger.parse(events.ledgers.get(SITE, b""), of_site)[1]
    past: dict[str, ledger.Ledger] = {}
    series = []
    for source in events.series:
        identifier = Path(source.path).stem
        memory = Memory(
            f"{events.folder}/{LEDGER}/{identifier}.jsonl",
            events.ledgers.get(identifier, b""),
            events.calendars.get(identifier),
            events.copies.get(identifier),
        )
        one, held, said = examine(source, memory, shared, events.site, now)
        diagnostics += said
        if held is not None:
            past[identifier] = held
        if one is not None:
            series.append(one)
    return Loaded(shared.site, tuple(series), past, in_order(diagnostics))


def examine(
    source: Source,
    memory: Memory,
    shared: Shared,
    site: Source | None,
    now: datetime | None = None,
) -> Examined:
    """Read and check one series.

    Args:
        source: its event file.
        memory: what has been published of it.
        shared: the site, and what its file gives every series as a default.
        site: the site's own file, to point at what is inherited from it.
        now: the time, aware; without it, nothing is said that another day would not say.
    """
    series, said = read_series(source, shared)
    past, told = _past(memory, series)
    if series is None:
        return Examined(None, past, (*said, *told))
    findings = tuple(checks.check(series, past, now))
    if findings:
        above = () if site is None else (site,)
        found = places((finding.route for finding in findings), source, *above)
        told += tuple(each.located(at) for each, at in zip(findings, found, strict=True))
    return Examined(series, past, (*said, *told))


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each diagnostic once, by file and place."""
    return tuple(sorted(dict.fromkeys(diagnostics), key=lambda each: each.order))


def clock() -> datetime:
    """The time of a build: `SOURCE_DATE_EPOCH` if it is set, else the machine's clock (D3).

    Raises:
        ValueError: `SOURCE_DATE_EPOCH` is not a number of seconds.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is not None:
        try:
            return datetime.fromtimestamp(int(epoch), UTC)
        except (OverflowError, OSError) as error:
            raise ValueError(str(error)) from error
    return datetime.now(UTC)  # noqa: TID251 - the one place that reads the clock


def generator() -> str:
    """What made the output, for the manifest: `webinar-feeds 0.1.0`."""
    return f"webinar-feeds {__version__}"


def tz_database() -> str:
    """The version of the tz database that times were computed with: `2026f` (T11)."""
    return timezones.database_version()


def read(path: Path | str, diagnostics: list[Diagnostic]) -> bytes | None:
    """A file's bytes; None after saying why they cannot be had."""
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - thousands of times
            return file.readall()
    except OSError as error:
        why = error.strerror or str(error)
        place = Location(path if isinstance(path, str) else path.as_posix())
        diagnostics.append(unreadable.diagnostic(place, why=why))
        return None


def site_findings(
    folder: str,
    shared: Shared,
    series: AbstractSet[str],
    ledgers: AbstractSet[str],
    elsewhere: AbstractSet[str] = frozenset(),
) -> Iterator[Diagnostic]:
    """What is to be said of the site as a whole.

    Args:
        folder: the events folder.
        shared: what was read of the site's own file.
        series: the ids of the series that have an event file.
        ledgers: the ids that have a ledger.
        elsewhere: the ids that have one where the user has said that the site is published.
    """
    site, source = shared.site, shared.source
    path = source.path if source else f"{folder}/site.yaml"
    broken = shared.level is not None and "base_url" in shared.level.values.broken
    if site.base_url is None and series and not broken:
        yield no_base_url.diagnostic(Location(path), path=path)
    for number, name in enumerate(site.formats):
        if name not in rendering.BUILT_IN and rendering.find(name) is None and source:
            place = locate(("formats", number), source)
            yield unknown_format.diagnostic(place, name=name)
    for identifier in sorted((ledgers | elsewhere) - series - {SITE, *site.removed}):
        here = f"{LEDGER}/{identifier}.jsonl" if identifier in ledgers else f"{identifier}.yaml"
        yield series_gone.diagnostic(Location(f"{folder}/{here}"), id=identifier, path=path)


def _past(
    memory: Memory, series: Series | None
) -> tuple[ledger.Ledger | None, tuple[Diagnostic, ...]]:
    """What has been published of a series: from its ledger, or from what lies there (D4)."""
    if memory.elsewhere:
        return _merged(memory)
    if memory.data.strip():  # an empty one is a lost one
        return ledger.parse(memory.data, memory.path)
    recovered = None
    if memory.copy is not None:
        recovered, _ = ledger.parse(memory.copy, memory.path)
    if recovered is None and memory.calendar is not None and series is not None:
        from webinar_feeds import recovery  # noqa: PLC0415 - few ledgers are ever lost

        recovered = recovery.recover(memory.calendar, series)
    if recovered is None:
        return None, ()
    return recovered, (memory_lost.diagnostic(Location(memory.path), ledger=memory.path),)


def _merged(memory: Memory) -> tuple[ledger.Ledger | None, tuple[Diagnostic, ...]]:
    """The ledger here and the one that was published, whichever of them there is."""
    here, said = ledger.parse(memory.data, memory.path)
    # Where it is nobody has told; below the address it is called so.
    there, told = ledger.parse(memory.elsewhere, f"{Path(memory.path).stem}/{COPY}")
    if here is None or there is None or said or told:
        return here or there, (*said, *told)
    return ledger.merge(there, here), ()
