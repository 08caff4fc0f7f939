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
from webinar_feeds.verification import by_feedgen, calendars, feeds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from webinar_feeds.ledger import Ledger, Revised
    from webinar_feeds.model import Entry, Publication, Series, Site
    from webinar_feeds.pipeline import Loaded
    from webinar_feeds.published import Published
    from webinar_feeds.rendering.feeds.items import Item
    from webinar_feeds.rendering.feeds.news import News
    from webinar_feeds.site_ledger import SiteLedger
    from webinar_feeds.verification.words import Found

SITE = "site"
# What a manifest may list of what is looked at here; other formats' files have other names.
_OURS = re.compile(
    r"(.+/)?(calendar(-alarms)?\.ics|invites/[^/]+\.ics|recordings\.(rss|atom|json)|changes\.atom)"
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
    found = [
        (each, ledger.revise(each, loaded.site, loaded.past.get(each.id), now))
        for each in sorted(loaded.series, key=lambda each: each.id)
    ]
    # Where a build would publish something new, it would remember that.
    stale = [
        each.id
        for each, revised in found
        if each.id not in loaded.past
        or _copy(revised.ledger, each.id) != _copy(loaded.past[each.id], each.id)
    ]
    if stale:
        raise Stale(*stale)
    return _looks(found, loaded.site, shown or site_ledger.begun(loaded.site), there, whole=whole)


def _looks(
    found: Sequence[tuple[Series, Revised]],
    site: Site,
    shown: SiteLedger,
    there: Published,
    *,
    whole: bool,
) -> Iterator[Look]:
    seen: set[str] = set()
    everything = _Told((), ())
    entries: list[Entry] = []
    for series, (own, memory, _) in found:
        languages = publications.as_published(own, series.written_in, site)
        in_each = [(each, _told(each, site)) for each in languages]
        files = (file for each, told in in_each for file in _files(each, site, told))
        look = _look(series.id, files, there, seen)
        copy = f"{series.id}/ledger.jsonl"
        if there.read(copy) != _copy(memory, series.id):
            words = "is not the copy of the ledger that a build puts there"
            look = look._replace(differences=(*look.differences, Difference(copy, words)))
        yield look
        entries += languages[0].entries
        told = in_each[0][1]
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


def _copy(memory: Ledger, series: str) -> bytes:
    """A ledger as it is published."""
    return ledger.published(ledger.dump(memory, series), memory, series)


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


def _told(publication: Publication, site: Site) -> _Told:
    told = _Told(items.items_of(publication, site), tuple(news.of(publication)))
    return told.newest(site.feed_length)


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
        yield from _feeds(publication, site, folder, told)


def _feeds(
    publication: Publication, site: Site, folder: str, told: _Told
) -> Iterator[tuple[str, Callable[[bytes], Found]]]:
    """The feeds of a series or of the site, and how each is looked at."""
    newest = max((_of(one.updated) for one in told.items), default=None)
    heads = {
        kind: items.header(publication, site, f"{folder}recordings.{kind}", "recordings", newest)
        for kind in ("rss", "atom", "json")
    }
    again = by_feedgen.rss(heads["rss"], told.items)
    yield f"{folder}recordings.rss", partial(feeds.look, again=again)
    again = by_feedgen.atom(heads["atom"], told.items)
    yield f"{folder}recordings.atom", partial(feeds.look, again=again)
    compared = partial(feeds.look_at_json, feed=heads["json"], items=told.items)
    yield f"{folder}recordings.json", compared
    path = f"{folder}{news.FILE}"
    newest = max((_of(one.updated) for one in told.news), default=None)
    head = items.header(publication, site, path, "changes", newest)
    yield path, partial(feeds.look, again=by_feedgen.changes(head, told.news))


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
