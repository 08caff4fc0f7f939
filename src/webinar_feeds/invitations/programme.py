"""A series as it is published: what letters may tell, and nothing that calendars do not.

Letters go by the ledger: an event file that says something else has first to be built and
published, or people would be told what no calendar shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import ledger
from webinar_feeds.diagnostics import Location, Severity, declare
from webinar_feeds.publications import as_published

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.ledger import Ledger
    from webinar_feeds.model import Entry, Series, Site

never_published = declare(
    "WF930",
    Severity.ERROR,
    "the series `{id}` has never been built, so there is nothing to invite to",
    help="run `webinar-feeds build` and publish the output, then invite",
)
is_ahead = declare(
    "WF931",
    Severity.ERROR,
    "the event file says something else than was published of {sessions}",
    help="run `webinar-feeds build` and publish the output, so that letters and calendars agree",
)
_NAMED = 5


class Programme(NamedTuple):
    """A series with its sessions as they are published.

    `entries` are by language (a tag), each in the order of their start, the series' own language
    first.
    """

    series: Series
    entries: Mapping[str, tuple[Entry, ...]]

    @property
    def own(self) -> tuple[Entry, ...]:
        """The sessions in the series' own language."""
        return next(iter(self.entries.values()))

    @property
    def titles(self) -> Mapping[str, Sequence[str]]:
        """What each session is called, in all languages, by its id."""
        found: dict[str, list[str]] = {}
        for some in self.entries.values():
            for entry in some:
                found.setdefault(entry.session.id, []).append(entry.session.title)
        return found

    def language(self, wanted: str | None) -> str:
        """The language to write to somebody in: theirs, a wider one, or the series' own."""
        own = next(iter(self.entries))
        if wanted is None:
            return own
        by_tag = {tag.lower(): tag for tag in self.entries}
        text = wanted.lower()
        while text:
            if text in by_tag:
                return by_tag[text]
            text = text.rpartition("-")[0]
        near = (tag for key, tag in by_tag.items() if key.partition("-")[0] == wanted.lower())
        return next(near, own)


def of(
    series: Series, site: Site, past: Ledger | None, now: datetime
) -> tuple[Programme | None, tuple[Diagnostic, ...]]:
    """A series as it is published.

    Args:
        series: as its event file tells it now.
        site: what it belongs to.
        past: what has been published of it, by the committed ledger.
        now: the time, aware; it only counts for what a build would publish by itself by now.

    Returns:
        The programme, None when it has never been published or the file is ahead of the ledger.
    """
    place = Location(series.source)
    if past is None:
        return None, (never_published.diagnostic(place, id=series.id),)
    revised = ledger.revise(series, site, past, now)
    ahead = [*_ahead(revised.ledger, past)]
    if ahead:
        more = len(ahead) - _NAMED
        named = ", ".join(f"`{each}`" for each in ahead[:_NAMED])
        sessions = f"{named} and {more} more" if more > 0 else named
        return None, (is_ahead.diagnostic(place, sessions=sessions),)
    published = as_published(revised.publication, series.written_in, site)
    return Programme(series, {each.language: each.entries for each in published}), ()


def _ahead(new: Ledger, past: Ledger) -> Iterator[str]:
    """The sessions of which a build would now tell something else."""
    for identifier, row in sorted(new.rows.items()):
        known = past.rows.get(identifier)
        if known is None or (row.uid, row.sequence, row.modified) != (
            known.uid,
            known.sequence,
            known.modified,
        ):
            yield identifier
