"""Recordings as RSS, Atom and JSON Feed: one list of items, written three times.

The items are made once, without a format in mind, so that ids, dates and texts are the same in
all three (F28). Nothing of feedgen or lxml is imported before a feed's bytes are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webinar_feeds.artifacts import Artifact
from webinar_feeds.model import Scope
from webinar_feeds.rendering.feeds.items import Feed, feed_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webinar_feeds.model import Publication, Site

name = "feeds"
draws = frozenset({Scope.SERIES, Scope.SITE})


def render(publication: Publication, site: Site) -> Iterator[Artifact]:
    """`recordings.rss`, `.atom` and `.json` of a series or of the site (H2)."""
    folder = f"{publication.path}/" if publication.path else ""

    def artifact(suffix: str, media_type: str, write: Callable[[Feed], bytes]) -> Artifact:
        path = f"{folder}recordings.{suffix}"

        def chunks() -> Iterator[bytes]:
            yield write(feed_of(publication, site, path))

        return Artifact(path, media_type, chunks, publication.modified)

    yield artifact("rss", "application/rss+xml", _rss)
    yield artifact("atom", "application/atom+xml", _atom)
    yield artifact("json", "application/feed+json", _json)


def _rss(feed: Feed) -> bytes:
    from webinar_feeds.rendering.feeds import rss  # noqa: PLC0415 - feedgen is imported on use

    return rss.write(feed)


def _atom(feed: Feed) -> bytes:
    from webinar_feeds.rendering.feeds import atom  # noqa: PLC0415 - feedgen is imported on use

    return atom.write(feed)


def _json(feed: Feed) -> bytes:
    from webinar_feeds.rendering.feeds import jsonfeed  # noqa: PLC0415 - as the other two

    return jsonfeed.write(feed)
