"""A build without a stage, a cache or pieces: every file rendered from every entry, in memory.

What the product builds must be the same, byte for byte.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from committing import Planned
from webinar_feeds import artifacts, drawing, ledger, pipeline, site_ledger
from webinar_feeds.diagnostics import failed
from webinar_feeds.gathering import Gathering
from webinar_feeds.publications import as_published, subjects
from webinar_feeds.records import Member, Record
from webinar_feeds.rendering import feeds
from webinar_feeds.rendering.streams import composed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from webinar_feeds.artifacts import Artifact
    from webinar_feeds.model import Entry, Publication, Series, Site
    from webinar_feeds.pipeline import Events


def plan(events: Events, now: datetime) -> Planned:
    """What a build of these bytes makes, ledgers by file name; empty when there is an error."""
    loaded = pipeline.load(events)
    if failed(loaded.diagnostics) or not events.series:
        return Planned({}, (), loaded.diagnostics)
    memory, publications = {}, []
    translated: list[Publication] = []
    drawn: list[Artifact] = []
    for series in sorted(loaded.series, key=lambda each: each.id):
        revised = ledger.revise(series, loaded.site, loaded.past.get(series.id), now)
        memory[f"{series.id}.jsonl"] = ledger.dump(revised.ledger, series.id)
        copy = ledger.dump(revised.ledger, series.id, public=True)
        drawn.append(of_bytes(f"{series.id}/ledger.jsonl", copy))
        own, *others = as_published(revised.publication, series.written_in, loaded.site)
        publications.append(own)
        translated += others
    past = events.ledgers.get("site") or events.copies.get("site") or b""
    known = site_ledger.parse(past, "site.jsonl")[0] or site_ledger.begun(loaded.site)
    views, remembered = with_views(publications, loaded.site, known, now)
    memory["site.jsonl"] = site_ledger.dump(remembered)
    drawn.append(of_bytes("ledger.jsonl", memory["site.jsonl"]))
    drawn += rendered((*publications, *translated, *views), loaded.site)
    drawn += changes_of(views[:1], publications, loaded.site)
    return Planned(memory, drawn, loaded.diagnostics)


def with_views(
    publications: Iterable[Publication], site: Site, past: site_ledger.SiteLedger, now: datetime
) -> tuple[list[Publication], site_ledger.SiteLedger]:
    """The views of some series with all their entries, and the site's new ledger."""
    gathering = Gathering(site, (), Path(os.devnull))
    entries: list[Entry] = []
    for publication in publications:
        members = tuple(
            Member(
                int(entry.session.start.timestamp()),
                entry.session.id,
                int(entry.revision.modified.timestamp()),
                tuple(subjects(entry.session)),
            )
            for entry in publication.entries
        )
        gathering.add(publication.path, Record(members, {}, None, ()))
        entries += publication.entries
    views = list(gathering.views(past.uid, sorted(past.views.items()), now))
    remembered = past._replace(views={each.publication.path: each.shown for each in views})
    found = [
        replace(each.publication, entries=tuple(entries[number] for number in each.members))
        for each in views
    ]
    return found, remembered


def views(told: Iterable[Series], site: Site, now: datetime) -> list[Publication]:
    """The views of series that have never been published."""
    published = [ledger.revise(each, site, None, now).publication for each in told]
    return with_views(published, site, site_ledger.begun(site), now)[0]


def rendered(publications: Iterable[Publication], site: Site) -> Iterator[Artifact]:
    """What every format of a site makes of publications."""
    for renderer in drawing.renderers(site.formats):
        for publication in publications:
            if publication.scope in renderer.draws:
                yield from renderer.render(publication, site)


def changes_of(
    site_view: list[Publication], publications: list[Publication], site: Site
) -> Iterator[Artifact]:
    """The site's feed of changes, which holds those of its series."""
    for view in site_view if "feeds" in site.formats else ():
        stream = next(each for each in feeds.streams if each.file == "changes.atom")
        found = sorted(
            (piece for each in publications for piece in stream.pieces(each, site)),
            key=lambda piece: piece.key,
        )[: site.feed_length]
        chunks = tuple(composed(stream, view, site, stream.file, found))
        yield artifacts.Artifact(stream.file, stream.media_type, chunks.__iter__, view.modified)


def of_bytes(path: str, data: bytes) -> Artifact:
    """A file of some bytes."""
    return artifacts.Artifact(path, drawing.MEDIA_TYPE, lambda: (data,))


def gathered(folder: Path) -> Events:
    """The event files of a folder `events`, with what lies in `output` beside it."""
    return pipeline.gather(folder / "events", folder / "output")
