"""What was published, read with other programs' eyes and held against what it was made from.

icalendar reads the calendars, feedgen writes the feeds once more. Everything is compared with the
event files and the ledger, nothing with what our own writers would write now: they would make
their mistake twice. Reads, and changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import ledger, publications, site_ledger
from webinar_feeds.rendering.feeds import items, news
from webinar_feeds.verification import calendars, feeds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from webinar_feeds.ledger import Revised
    from webinar_feeds.model import Entry, Publication, Site
    from webinar_feeds.pipeline import Loaded
    from webinar_feeds.published import Published
    from webinar_feeds.rendering.feeds.items import Item
    from webinar_feeds.rendering.feeds.news import News
    from webinar_feeds.site_ledger import SiteLedger
    from webinar_feeds.verification.words import Found

SITE = "site"
# What a manifest may list of what is looked at here; other formats' files have other names.
_OURS = re.compile(
    r"(.+/)?calendar(-alarms)?\.ics|[^/]+/invites/[^/]+\.ics"
    r"|(.+/)?(recordings\.(rss|atom|json)|changes\.atom)"
)


class Difference(NamedTuple):
    """A file that says something else than it should: its path below the output, and in words."""

    path: str
    words: str


class Look(NamedTuple):
    """What was looked at of a series, or of the site and its views, and what differs.

    `name` is the id of the series; the numbers are how many files there are of each kind, and how
    many events and items these hold together.
    """

    name: str
    calendars: int
    events: int
    feeds: int
    items: int
    differences: tuple[Difference, ...]


class Stale(Exception):  # noqa: N818 - no error of anybody
    """Some series have changed since the last build; `args` are their ids."""


def verify(
    loaded: Loaded, shown: SiteLedger | None, there: Published, now: datetime, *, whole: bool
) -> Iterator[Look]:
    """Look at everything that was published of some series, one by one, and then at the site.

    Args:
        loaded: the series, without errors, and what the ledger knows of them.
        shown: what has been published of the site, None when nobody knows.
        there: the published files.
        now: the time of this look, aware; a recording whose date has come since the last build
            makes that stale.
        whole: these are all series of the site, so that its own files can be looked at as well.

    Raises:
        Stale: the event files say something else than the last build published.
        webinar_feeds.locking.Trouble: a file is there and cannot be read.
    """
    found = sorted(loaded.series, key=lambda each: each.id)
    revised = [ledger.revise(each, loaded.site, loaded.past.get(each.id), now) for each in found]
    stale = [each.publication.path for each in revised if _is_stale(each, loaded)]
    if stale:
        raise Stale(*stale)
    return _looks(revised, loaded.site, shown or site_ledger.begun(loaded.site), there, whole=whole)


def _is_stale(revised: Revised, loaded: Loaded) -> bool:
    """Whether a build would publish something new, so that the ledger would not be as it is."""
    return revised.ledger != loaded.past.get(revised.publication.path)


def _looks(
    revised: Sequence[Revised], site: Site, shown: SiteLedger, there: Published, *, whole: bool
) -> Iterator[Look]:
    seen: set[str] = set()
    everything = _Told((), ())
    entries: list[Entry] = []
    for publication, memory, _ in revised:
        told = _Told(items.items_of(publication, site), tuple(news.of(publication)))
        told = told.newest(site.feed_length)
        look = _look(publication.path, _files(publication, site, told), there, seen)
        copy = f"{publication.path}/ledger.jsonl"
        data = ledger.dump(memory, publication.path)
        if there.read(copy) != ledger.published(data, memory, publication.path):
            words = "is not the copy of the ledger that a build puts there"
            look = look._replace(differences=(*look.differences, Difference(copy, words)))
        yield look
        entries += publication.entries
        everything = _Told(everything.items + told.items, everything.news + told.news)
        everything = everything.newest(site.feed_length)
    if whole:
        views = _views(entries, site, shown)
        files = (file for each in views for file in _files(each, site, everything))
        look = _look(SITE, files, there, seen)
        extra = sorted(filter(_OURS.fullmatch, there.paths - seen))
        words = "is there, but no event file asks for it"
        surplus = (Difference(path, words) for path in extra)
        yield look._replace(differences=(*look.differences, *surplus))


def _look(
    name: str,
    files: Iterable[tuple[str, Callable[[bytes], Found]]],
    there: Published,
    seen: set[str],
) -> Look:
    """Look at some files; `seen` takes their paths."""
    counts = dict.fromkeys(("calendars", "events", "feeds", "items"), 0)
    differences: list[Difference] = []
    for path, compared in files:
        seen.add(path)
        data = there.read(path)
        if data is None:
            differences.append(Difference(path, "is not there"))
            continue
        if path not in there.paths:
            differences.append(Difference(path, "is there, but the manifest does not list it"))
        found = compared(data)
        differences += (Difference(path, words) for words in found.said)
        kind, held = ("calendars", "events") if path.endswith(".ics") else ("feeds", "items")
        counts[kind] += 1
        counts[held] += found.number
    return Look(name, **counts, differences=tuple(differences))


class _Told(NamedTuple):
    """What feeds tell: recordings, and changes."""

    items: tuple[Item, ...]
    news: tuple[News, ...]

    def newest(self, number: int) -> _Told:
        """The newest of both, as many as a feed holds, in its order (F8, D5)."""
        held = sorted(self.items, key=lambda one: (-_of(one.published), -_of(one.held), one.urn))
        told = sorted(self.news, key=lambda one: (-_of(one.at), one.urn))
        return _Told(tuple(held[:number]), tuple(told[:number]))


def _of(instant: datetime) -> int:
    return int(instant.timestamp())


def _files(
    publication: Publication, site: Site, told: _Told
) -> Iterator[tuple[str, Callable[[bytes], Found]]]:
    """The files of a series, of the site or of a view, and how each is looked at."""
    folder = f"{publication.path}/" if publication.path else ""
    is_series = publication.created is not None
    if "calendar" in site.formats:
        path = f"{folder}calendar.ics"
        yield path, partial(calendars.look, expected=calendars.calendar(publication, site, path))
        if publication.alarm is not None:
            path = f"{folder}calendar-alarms.ics"
            expected = calendars.calendar(publication, site, path, publication.alarm)
            yield path, partial(calendars.look, expected=expected)
        for entry in publication.entries if is_series else ():
            for identifier in (entry.session.id, *entry.session.formerly):
                path = f"{folder}invites/{identifier}.ics"
                yield path, partial(calendars.look, expected=calendars.invite(entry))
    if "feeds" in site.formats and (is_series or not publication.path):
        newest = max((_of(one.updated) for one in told.items), default=None)
        for kind, compared in (("rss", feeds.rss), ("atom", feeds.atom), ("json", feeds.json_feed)):
            path = f"{folder}recordings.{kind}"
            head = items.header(publication, site, path, "recordings", newest)
            yield path, partial(compared, feed=head, items=told.items)
        newest = max((_of(one.updated) for one in told.news), default=None)
        path = f"{folder}{news.FILE}"
        head = items.header(publication, site, path, "changes", newest)
        yield path, partial(feeds.changes, feed=head, told=told.news)


def _views(entries: Iterable[Entry], site: Site, past: SiteLedger) -> Iterator[Publication]:
    """The site and its views with their entries, by path.

    Those that must be there are those that are worth following, and those that were published
    before (`publications.is_worthwhile`, H10).
    """
    every = sorted(entries, key=ledger.order)
    members: dict[str, list[Entry]] = {"": every} if every or "" in past.views else {}
    members |= {path: [] for path in sorted(past.views) if path}
    names: dict[str, str] = {}
    for entry in every:
        for path, name in publications.subjects(entry.session):
            members.setdefault(path, []).append(entry)
            names.setdefault(path, name)
    spoken = sum(path.startswith("languages/") and bool(held) for path, held in members.items())
    for path, held in sorted(members.items()):
        known = past.views.get(path)
        if known is not None:
            name, modified = known.name, known.modified
        elif not path or publications.is_worthwhile(path, len(held), spoken):
            name = names.get(path, "")
            modified = max(entry.revision.modified for entry in held)
        else:
            continue
        publication = publications.view(path, name, site, past.uid, modified)
        yield replace(publication, entries=tuple(held))


__all__ = ["SITE", "Difference", "Look", "Stale", "verify"]
