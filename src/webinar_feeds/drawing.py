"""One series, from the bytes of its event file to staged files: the task that builds are made of.

Depends on nothing but what it is given, so that several processes can draw at once. What other
parts of the site need of a series goes into its record.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol
from zlib import crc32

from webinar_feeds import ledger, records, rendering, timezones
from webinar_feeds.artifacts import Artifact
from webinar_feeds.diagnostics import failed
from webinar_feeds.publications import as_published, subjects
from webinar_feeds.rendering.streams import composed, ordered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from webinar_feeds.artifacts import Listed
    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.model import Publication, Site
    from webinar_feeds.pipeline import Examined
    from webinar_feeds.rendering import Renderer
    from webinar_feeds.rendering.streams import Piece, Stream


class Stage(Protocol):
    """Where artifacts go."""

    def put(self, artifact: Artifact) -> Listed | None:
        """Render an artifact and stage it if it differs from what is there."""
        ...

    def leave(self, artifact: Artifact) -> bool:
        """Leave a file as it is, whose bytes are known to be the artifact's, if that can be."""
        ...


class Drawn(NamedTuple):
    """A series that has been drawn.

    `memory` are the ledger's new bytes; `record` is None, and nothing was staged, when there is an
    error among the diagnostics. `publication` is for formats that draw views from their entries.
    """

    diagnostics: tuple[Diagnostic, ...]
    memory: bytes = b""
    record: records.Record | None = None
    publication: Publication | None = None


def draw(
    examined: Examined,
    site: Site,
    *,
    now: datetime,
    stage: Stage,
    known: Mapping[str, str] = MappingProxyType({}),
) -> Drawn:
    """Revise and render a series.

    Args:
        examined: the series as `pipeline.examine` has read it, what has been published of it, and
            what is to be said.
        site: what it belongs to.
        now: the time of the build, aware; it stamps only what has changed.
        stage: takes the series' artifacts, its published ledger among them.
        known: what files that lie there as they were made were made from, by their paths.
    """
    series, past, diagnostics = examined
    if series is None or failed(diagnostics):
        return Drawn(diagnostics)
    revised, remembered, due = ledger.revise(series, site, past, now)
    publication, *translated = as_published(revised, series.written_in, site)
    parts: dict[str, tuple[records.Part, ...]] = {}
    told: dict[str, str] = {}
    made: dict[str, str] = {}

    def put(artifact: Artifact) -> None:
        if artifact.made_from:
            made[artifact.path] = artifact.made_from
            if known.get(artifact.path) == artifact.made_from and stage.leave(artifact):
                return
        stage.put(artifact)

    for renderer in renderers(site.formats):
        if hasattr(renderer, "card"):
            told[renderer.name] = renderer.card(publication)
        for artifact in _artifacts(renderer, publication, site, parts):
            put(artifact)
        for each in translated:
            for artifact in _artifacts(renderer, each, site, {}):
                put(artifact)
    data = ledger.dump(remembered, series.id)
    stage.put(_copy(publication, ledger.published(data, remembered, series.id)))
    members = tuple(
        records.Member(
            timezones.seconds(entry.session.start),
            entry.session.id,
            timezones.seconds(entry.revision.modified),
            subjects(entry.session),
        )
        for entry in publication.entries
    )
    turns = None if due is None else timezones.seconds(due)
    record = records.Record(members, parts, turns, diagnostics, told, made)
    return Drawn(diagnostics, data, record, publication)


@lru_cache(maxsize=8)
def renderers(formats: tuple[str, ...]) -> tuple[Renderer, ...]:
    """The renderers of a site's formats; a name that is not installed has been complained of."""
    found = (rendering.find(name) for name in dict.fromkeys(formats))
    return tuple(each for each in found if each is not None)


def is_gathered(renderer: Renderer) -> bool:
    """Whether a format's files of the site and its views are made from what records say."""
    return hasattr(renderer, "streams")


def streams(renderer: Renderer) -> tuple[Stream, ...]:
    """The files of a format that are made of pieces."""
    found: tuple[Stream, ...] = getattr(renderer, "streams", ())
    return found


def _artifacts(
    renderer: Renderer,
    publication: Publication,
    site: Site,
    parts: dict[str, tuple[records.Part, ...]],
) -> Iterator[Artifact]:
    """A series' artifacts in one format; where the pieces of its streams lie goes into `parts`."""
    if publication.scope not in renderer.draws:
        return
    made = streams(renderer)
    if not made:
        yield from renderer.render(publication, site)
        return
    held: dict[str, list[Piece]] = {}
    for stream in made:
        if publication.scope not in stream.draws:
            continue
        pieces = held[stream.file] = ordered(stream, publication, site)
        path = f"{publication.path}/{stream.file}"
        modified = stream.modified(publication, (piece.facts for piece in pieces))
        chunks = list(composed(stream, publication, site, path, pieces))
        yield Artifact(path, stream.media_type, chunks.__iter__, modified)
        parts[stream.file] = tuple(_parts(chunks, pieces))
    yield from renderer.beside(publication, site, held)  # type: ignore[attr-defined]  # who has streams has it


def _parts(chunks: list[bytes], pieces: Iterable[Piece]) -> Iterator[records.Part]:
    """Where the pieces lie among the chunks that `composed` gives: a head, and two for each."""
    offset = len(chunks[0])
    for number, piece in enumerate(pieces):
        offset += len(chunks[2 * number + 1])
        data = chunks[2 * number + 2]
        size = len(data)
        yield records.Part(offset, size, crc32(data), piece.key, piece.facts)
        offset += size


def _copy(publication: Publication, data: bytes) -> Artifact:
    """The ledger as it travels with what it remembers, without anything private."""
    path = f"{publication.path}/ledger.jsonl"
    return Artifact(path, MEDIA_TYPE, lambda: (data,), publication.modified)


MEDIA_TYPE = "application/jsonl; charset=utf-8"
