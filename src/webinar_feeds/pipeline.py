"""The pipeline on one page: gather, read, check, revise, derive, render.

`gather` is the one place that opens event files; everything after it is a function of bytes and
of the time that is passed in. Writing is `webinar_feeds.output`'s work.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import (
    __version__,
    artifacts,
    checks,
    ledger,
    publications,
    recovery,
    rendering,
    timezones,
)
from webinar_feeds.diagnostics import Location, Related, Severity, declare, failed
from webinar_feeds.reading.nodes import Source
from webinar_feeds.reading.series import locate, places, read_series, read_site
from webinar_feeds.reading.sessions import duplicate_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from webinar_feeds.artifacts import Artifact, Planned
    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.model import Publication, Series, Site
    from webinar_feeds.reading.series import Shared
    from webinar_feeds.rendering import Renderer

LEDGER = "ledger"
SITE_MEMORY = "site.jsonl"
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
    help="restore `{id}.yaml`; to withdraw the series from everybody, delete `{ledger}`",
)
memory_lost = declare(
    "WF606",
    Severity.WARNING,
    "the ledger `{ledger}` is missing; UIDs and SEQUENCE are taken from the published calendar",
    help="restore the file from version control if you can",
)


class Events(NamedTuple):
    """The bytes of an events folder: what a build depends on besides the time.

    `ledgers` and `calendars` (what the output folder holds, for a ledger that was lost) are by
    series id; `folder` is the events folder as the user named it.
    """

    folder: str
    site: Source | None
    series: tuple[Source, ...]
    ledgers: Mapping[str, bytes]
    calendars: Mapping[str, bytes]
    diagnostics: tuple[Diagnostic, ...] = ()


class Loaded(NamedTuple):
    """What an events folder holds: the site and those series that have no error.

    `past` is what has been published of them, `diagnostics` all that is to be said, in order.
    """

    site: Site
    series: tuple[Series, ...]
    past: Mapping[str, ledger.Ledger]
    diagnostics: tuple[Diagnostic, ...]


def gather(folder: Path, output: Path | None = None) -> Events:
    """The bytes of an events folder, and of the calendars that lie in an output folder.

    Args:
        folder: holds `*.yaml`, `site.yaml` and `ledger/`; or one event file, to check it alone.
        output: where the last build went, to find what was published when a ledger is missing.
    """
    only = folder.name if folder.is_file() else None
    root = folder.parent if only else folder
    found: dict[str, Source] = {}
    diagnostics: list[Diagnostic] = []
    for path in sorted((*root.glob("*.yaml"), *root.glob("*.yml"))):
        if path.name.startswith(".") or (only not in (None, path.name) and path.stem != "site"):
            continue
        data = _bytes(path, diagnostics)
        if data is not None:
            found[path.name] = Source(path.as_posix(), data)
    site = found.pop("site.yaml", None) or found.pop("site.yml", None)
    ledgers: dict[str, bytes] = {}
    for path in sorted((root / LEDGER).glob("*.jsonl")):
        if only is not None and path.stem != Path(only).stem:
            continue
        data = _bytes(path, diagnostics)
        if data is not None and data.strip():  # an empty one is a lost one
            ledgers[path.stem] = data
    calendars: dict[str, bytes] = {}
    for stem in sorted({Path(name).stem for name in found} - ledgers.keys()):
        calendar = output / stem / "calendar.ics" if output else None
        data = _bytes(calendar, diagnostics) if calendar and calendar.is_file() else None
        if data is not None:
            calendars[stem] = data
    if not found and not diagnostics:
        shown = root.as_posix()
        diagnostics.append(no_files.diagnostic(Location(shown), folder=shown))
    return Events(
        root.as_posix(), site, tuple(found.values()), ledgers, calendars, tuple(diagnostics)
    )


def load(events: Events) -> Loaded:
    """Read and check everything, with all diagnostics of all files in one go."""
    diagnostics = list(events.diagnostics)
    shared, said = read_site(events.site)
    assert shared is not None  # noqa: S101 - what could not be read of a site is its defaults
    diagnostics += said
    diagnostics += _site_findings(events, shared)
    past: dict[str, ledger.Ledger] = {}
    series = []
    seen: dict[str, Source] = {}
    for source in events.series:
        one, said = read_series(source, shared)
        diagnostics += said
        identifier = Path(source.path).stem
        if seen.setdefault(identifier, source) is not source:
            other = Related("the other one", Location(seen[identifier].path))
            place = Location(source.path)
            values = {"key": "file name", "id": identifier, "what": "series"}
            diagnostics.append(duplicate_id.diagnostic(place, other, **values))
            continue
        memory, said = _memory(events, identifier, one)
        diagnostics += said
        if memory is not None:
            past[identifier] = memory
        if one is None:
            continue
        series.append(one)
        above = () if events.site is None else (events.site,)
        findings = list(checks.check(one, memory))
        found = places((finding.route for finding in findings), source, *above)
        diagnostics += (finding.located(at) for finding, at in zip(findings, found, strict=True))
    ordered = sorted(dict.fromkeys(diagnostics), key=lambda each: each.order)
    return Loaded(shared.site, tuple(series), past, tuple(ordered))


def plan(events: Events, now: datetime) -> Planned:
    """What a build would write: ledgers, and artifacts that are rendered when they are asked for.

    Args:
        events: the bytes of the events folder.
        now: the time of the build, aware; only what has changed is stamped with it.

    Returns:
        The plan; without artifacts and memory when there is an error among its diagnostics.
    """
    loaded = load(events)
    if failed(loaded.diagnostics):
        return artifacts.Planned({}, (), loaded.diagnostics)
    memory: dict[str, bytes] = {}
    published_series: list[Publication] = []
    for series in loaded.series:
        publication, remembered = ledger.revise(
            series, loaded.site, loaded.past.get(series.id), now
        )
        memory[f"{series.id}.jsonl"] = ledger.dump(remembered, series.id)
        published_series.append(publication)
    uid, memory[SITE_MEMORY] = ledger.site_uid(loaded.site, events.ledgers.get("site"))
    views = publications.views(published_series, loaded.site, uid)
    drawn = _drawn((*published_series, *views), loaded.site)
    return artifacts.Planned(memory, drawn, loaded.diagnostics)


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


def _bytes(path: Path, diagnostics: list[Diagnostic]) -> bytes | None:
    """A file's bytes; None after saying why they cannot be had."""
    try:
        return path.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        diagnostics.append(unreadable.diagnostic(Location(path.as_posix()), why=why))
        return None


def _drawn(all_of_them: tuple[Publication, ...], site: Site) -> Iterator[Artifact]:
    for name in dict.fromkeys(site.formats):
        renderer = _renderer(name)
        if renderer is None:
            continue
        for publication in all_of_them:
            if publication.scope in renderer.draws:
                yield from renderer.render(publication, site)


def _renderer(name: str) -> Renderer | None:
    return rendering.find(name)


def _site_findings(events: Events, shared: Shared) -> Iterator[Diagnostic]:
    site = shared.site
    path = events.site.path if events.site else f"{events.folder}/site.yaml"
    broken = shared.level is not None and "base_url" in shared.level.values.broken
    if site.base_url is None and events.series and not broken:
        yield no_base_url.diagnostic(Location(path), path=path)
    for number, name in enumerate(site.formats):
        if name not in rendering.BUILT_IN and _renderer(name) is None and events.site:
            place = locate(("formats", number), events.site)
            yield unknown_format.diagnostic(place, name=name)
    listed = {Path(source.path).stem for source in events.series}
    for identifier in sorted(events.ledgers.keys() - listed - {"site"}):
        path = f"{events.folder}/{LEDGER}/{identifier}.jsonl"
        yield series_gone.diagnostic(Location(path), id=identifier, ledger=path)


def _memory(
    events: Events, identifier: str, series: Series | None
) -> tuple[ledger.Ledger | None, tuple[Diagnostic, ...]]:
    """What has been published of a series: from its ledger, or from the calendar itself (D4)."""
    path = f"{events.folder}/{LEDGER}/{identifier}.jsonl"
    if identifier in events.ledgers:
        return ledger.parse(events.ledgers[identifier], path)
    if identifier in events.calendars and series is not None:
        recovered = recovery.recover(events.calendars[identifier], series)
        if recovered is not None:
            return recovered, (memory_lost.diagnostic(Location(path), ledger=path),)
    return None, ()
