"""A series that is drawn where no folder of the build's can be seen: bytes go out, bytes come back.

An errand does nothing but compute, so it may be lost on the way, or be run twice at once, and
nothing depends on which of its runs is heard. Only the build itself writes, by the same rules as if
it had drawn the series. What is as the manifest lists it does not travel: the build has it already.
"""

from __future__ import annotations

import platform
import zlib
from collections import deque
from contextlib import contextmanager
from functools import lru_cache, partial
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import cluster, drawing, pipeline, records, rendering, workshop
from webinar_feeds.artifacts import Artifact, Listed, manifest_line
from webinar_feeds.diagnostics import Location, Refused, Severity, declare
from webinar_feeds.output.stage import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.model import Template
    from webinar_feeds.reading.nodes import Source
    from webinar_feeds.workshop import Done, Given, Seen, Task, Workshop

unlike = declare(
    "WF870",
    Severity.ERROR,
    "a worker of `{scheduler}` has {what} {theirs}, and this machine has {ours}",
    help="install the same on both, since it may make other bytes; or build without `--scheduler`",
)
# What has a part in drawing; Python's own tables of characters come with its version.
_PACKAGES = (
    *("email-validator", "icalendar", "jinja2", "markdown-it-py", "markupsafe", "mdurl"),
    *("nh3", "pytz", "pyyaml"),
)
_NONE = "none"
# Threads of one process share one interpreter: two series at once would only need more memory.
_ONE = Lock()


class Bench(NamedTuple):
    """What is the same for all errands of a build; `facts` are those of the build's machine."""

    site: Source | None
    templates: tuple[Template, ...]
    now: datetime
    facts: tuple[tuple[str, str], ...]


class Errand(NamedTuple):
    """A series to draw: what from, None when it could not be read, and the manifest's lines."""

    given: Given | None
    before: Mapping[str, bytes]


class Sent(NamedTuple):
    """A file that was drawn; without its bytes when it is as the manifest's line says."""

    path: str
    media_type: str
    modified: datetime | None
    sha256: str
    data: bytes | None


class Brought(NamedTuple):
    """What comes back: `facts` when the worker's are others, and then nothing else."""

    diagnostics: tuple[Diagnostic, ...] = ()
    memory: bytes = b""
    record: bytes = b""
    files: tuple[Sent, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


class _Tray:
    """Takes artifacts of a series, whose manifest lines from before are known."""

    def __init__(self, before: Mapping[str, bytes]) -> None:
        self.before = before
        self.files: list[Sent] = []

    def put(self, artifact: Artifact) -> Listed:
        """Render an artifact."""
        data = artifact.read()
        path, modified = artifact.path, artifact.modified
        row = Listed(sha256(data).hexdigest(), len(data), artifact.media_type, shown(modified))
        same = self.before.get(path) == manifest_line(path, row)
        kept = None if same else data
        self.files.append(Sent(path, artifact.media_type, modified, row.sha256, kept))
        return row

    def leave(self, artifact: Artifact) -> bool:
        """No file is here that could be left as it is."""
        del self, artifact
        return False


@contextmanager
def spread(scheduler: str, shop: Workshop) -> Iterator[Callable[[Iterable[Task]], Iterator[Done]]]:
    """The workers of a cluster, who draw the series of a build.

    Gives a function from tasks to what became of them, in their order.

    Args:
        scheduler: the address of the cluster's scheduler.
        shop: what the build knows of all of its series.

    Raises:
        Refused: a worker would make other bytes, or a series kills the workers that draw it.
        Trouble: the cluster cannot be reached, or has gone.
    """
    bench = Bench(shop.site, shop.templates, shop.now, facts(_formats(shop)))

    def drawn(tasks: Iterable[Task]) -> Iterator[Done]:
        out: deque[tuple[Task, Seen, tuple[Diagnostic, ...]]] = deque()

        def errands() -> Iterator[Errand]:
            for task in tasks:
                given, seen, said = workshop.read(shop, task)
                out.append((task, seen, said))
                yield Errand(given, task.before)

        for brought in send(errands()):
            if brought.facts:
                raise Refused(differing(bench.facts, brought.facts, scheduler))
            task, seen, said = out.popleft()
            yield workshop.Done(task.name, said) if said else take(shop, task, seen, brought)

    with cluster.spread(scheduler, partial(work, bench), _name, _weight) as send:
        yield drawn


def work(bench: Bench, errands: list[Errand]) -> list[Brought]:
    """Draw some series; this runs on a worker, and touches nothing but memory."""
    mine = facts(_formats(bench))
    if mine != bench.facts:
        return [Brought(facts=mine) for _ in errands]
    with _ONE:
        return [_drawn(bench, each) for each in errands]


def _drawn(bench: Bench, errand: Errand) -> Brought:
    if errand.given is None:
        return Brought()
    site = workshop.shared(bench.site, bench.templates)
    examined = workshop.examine(errand.given, site, bench.site, bench.now)
    tray = _Tray(errand.before)
    drawn = drawing.draw(examined, site.site, now=bench.now, stage=tray)
    if drawn.record is None:
        return Brought(drawn.diagnostics)
    record = records.dump(drawn.record)
    return Brought(drawn.diagnostics, drawn.memory, record, tuple(tray.files))


def take(shop: Workshop, task: Task, seen: Seen, brought: Brought) -> Done:
    """Stage what came back, as if it had been drawn here."""
    if not brought.record:
        return workshop.Done(task.name, brought.diagnostics)
    found = [_bytes(shop, each) for each in brought.files]
    if None in found:  # somebody has changed a file that was thought to be as it is listed
        return workshop.draw(shop, task)
    at_work = workshop.unit(shop, task)
    for each, data in zip(brought.files, found, strict=True):
        assert data is not None  # noqa: S101 - looked at above
        at_work.put(Artifact(each.path, each.media_type, (data,).__iter__, each.modified))
    done = workshop.keep(shop, task, seen, at_work, brought.memory)
    return done._replace(diagnostics=brought.diagnostics, record=brought.record)


def _bytes(shop: Workshop, sent: Sent) -> bytes | None:
    """The bytes of a file that was drawn, None when they are neither sent nor here."""
    if sent.data is not None:
        return sent.data
    try:
        data = Path(shop.output, sent.path).read_bytes()
    except OSError:
        return None
    return data if sha256(data).hexdigest() == sent.sha256 else None


def _name(errand: Errand) -> str:
    """How users call what is drawn."""
    return "" if errand.given is None else errand.given.source.path


def _weight(errand: Errand) -> int:
    """How many bytes there are to work on."""
    return 0 if errand.given is None else len(errand.given.source.data)


# --- What may make other bytes -------------------------------------------------------------------


def differing(
    ours: tuple[tuple[str, str], ...], theirs: tuple[tuple[str, str], ...], scheduler: str
) -> list[Diagnostic]:
    """What is to be said of a worker whose facts are not ours."""
    here, there = dict(ours), dict(theirs)
    return [
        unlike.diagnostic(
            Location(scheduler),
            scheduler=scheduler,
            what=what,
            ours=here.get(what, _NONE),
            theirs=there.get(what, _NONE),
        )
        for what in dict.fromkeys((*here, *there))
        if here.get(what) != there.get(what)
    ]


def _formats(of: Workshop | Bench) -> tuple[str, ...]:
    return tuple(workshop.shared(of.site, of.templates).site.formats)


@lru_cache(maxsize=8)
def facts(formats: tuple[str, ...] = ()) -> tuple[tuple[str, str], ...]:
    """Everything on a machine that bytes depend on: what it is called, and its version.

    The program's own code is told by its bytes: between two releases, a version says too little.

    Args:
        formats: the names of the site's formats, of which packages of others may offer some.
    """
    import webinar_feeds  # noqa: PLC0415 - its own face, which is loaded already

    code = sha256()
    for path in sorted(Path(webinar_feeds.__path__[0]).rglob("*")):
        if path.is_file() and not {"__pycache__", "explanations"}.intersection(path.parts):
            code.update(f"{path.name}\0".encode())
            code.update(sha256(path.read_bytes()).digest())
    return (
        ("webinar-feeds", f"{webinar_feeds.__version__}, code {code.hexdigest()[:12]}"),
        ("the tz database", pipeline.tz_database()),
        ("Python", ".".join(platform.python_version_tuple()[:2])),
        ("zlib", zlib.ZLIB_RUNTIME_VERSION),
        *((name, _version(name)) for name in _PACKAGES),
        *_offered(formats),
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return _NONE


def _offered(formats: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The packages that offer a site's formats."""
    for name in formats:
        if name in rendering.BUILT_IN:
            continue
        for point in metadata.entry_points(group=rendering.GROUP, name=name):
            offered = "" if point.dist is None else f"{point.dist.name} {point.dist.version}"
            yield f"the format `{name}` of", offered
