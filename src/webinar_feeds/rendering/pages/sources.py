"""What a page is made from, as a hash: where that is the same, the page is not made again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from webinar_feeds.model import Entry, Publication, Series, Site

_NEVER = datetime(1, 1, 1, tzinfo=UTC)


def hashed(*values: object) -> str:
    """A hash of values, by how Python shows them: each of ours shows all that it holds."""
    return blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def of_sessions(
    publication: Publication,
    site: Site,
    known: Callable[[], Mapping[str, str]],
    tongues: Callable[[], frozenset[str]],
) -> Iterator[str]:
    """A hash for the page of each session of a series, in order.

    A page shows its session, texts of the series, the speakers and languages that have pages of
    their own, and what the sessions before and after it are called. A site's own templates may
    show anything: for them there are no hashes, and every page is made in every build.

    Args:
        publication: the series, in one language.
        site: what it belongs to; what its file says is not in the hashes.
        known: the pages of speakers, by name.
        tongues: the languages that have a page.
    """
    entries = publication.entries
    if site.templates:
        yield from ("" for _ in entries)
        return
    # When it changed last stands in the manifest and not on the page.
    own = replace(publication, entries=(), left=(), modified=_NEVER, created=None)
    above = hashed(own, sorted(known().items()), sorted(tongues()))
    series: tuple[Series | None, str] = None, ""
    for number, entry in enumerate(entries):
        if entry.series is not series[0]:
            series = entry.series, hashed(replace(entry.series, sessions=()))
        beside = [_name(entries, number - 1), _name(entries, number + 1)]
        yield hashed(above, series[1], entry.session, entry.revision, beside)


def _name(entries: Sequence[Entry], number: int) -> tuple[str, str] | None:
    """What another page says of a session, None when there is none."""
    if not 0 <= number < len(entries):
        return None
    session = entries[number].session
    return session.id, session.title
