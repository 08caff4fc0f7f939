"""`changes.atom`: what became of the sessions, for people who read feeds.

An entry for a new series, for a session that came later, for each change that was published, and
for each recording that appeared. Everything comes from the ledger, so that ids and dates last.
"""

from __future__ import annotations

from collections import Counter
from heapq import nsmallest
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import changes, timezones
from webinar_feeds.ledger import derived_uid, order
from webinar_feeds.model import OFF, Scope
from webinar_feeds.rendering import wording
from webinar_feeds.rendering.feeds import atom, items
from webinar_feeds.rendering.markup import data, element, escape, quoted
from webinar_feeds.rendering.streams import Piece

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from webinar_feeds.model import Change, Entry, Publication, RecordingRevision, Site
    from webinar_feeds.rendering.streams import Facts

FILE = "changes.atom"


class News(NamedTuple):
    """Something that happened: its lasting id, when (UTC), and how it is told.

    `updated` is when what is told of it changed last, UTC.
    """

    urn: str
    at: datetime
    updated: datetime
    title: str
    html: str
    link: str | None


class Changes:
    """The feed of changes, newest first. The fact of a piece is its last stamp."""

    file = FILE
    media_type = "application/atom+xml"
    draws = frozenset({Scope.SERIES, Scope.SITE})
    separator = b""

    def limit(self, site: Site) -> int:
        """A feed holds the newest."""
        return site.feed_length

    def pieces(self, publication: Publication, site: Site) -> Iterator[Piece]:
        """An entry for each thing that happened, for as many as a feed holds."""
        for news in nsmallest(site.feed_length, of(publication), _key):
            yield Piece(_key(news), (timezones.seconds(news.updated),), _entry(news))

    def head(
        self, publication: Publication, site: Site, path: str, facts: Iterable[Facts]
    ) -> bytes:
        """What is said of the feed as a whole."""
        updated = max((seconds for (seconds,) in facts), default=None)
        return atom.head(items.header(publication, site, path, "changes", updated))

    def fitting(self, facts: Iterable[Facts]) -> None:
        """An entry is the same in every feed."""
        del facts

    def tail(self, publication: Publication) -> bytes:
        """The end of the feed."""
        del publication
        return atom.TAIL

    def modified(self, publication: Publication, facts: Iterable[Facts]) -> datetime:
        """The publication's own stamp, which covers the texts of the head as well."""
        del facts
        return publication.modified


def _key(news: News) -> tuple[int, str]:
    return -timezones.seconds(news.at), news.urn


def of(publication: Publication) -> Iterator[News]:
    """Everything that happened in a series, in no order."""
    begun = publication.created
    entries = sorted((*publication.entries, *publication.left), key=order)
    together = [entry for entry in entries if entry.revision.created == begun]
    if together:
        yield _new_series(publication, together)
    for entry in entries:
        if entry.revision.created != begun:
            yield _new_session(entry)
        told: Counter[datetime] = Counter()
        for change in entry.revision.changes:
            words = changes.words(change.before, change.after)
            if words:
                yield _changed(entry, change, words, told[change.at])
                told[change.at] += 1
        for recording in entry.session.recordings:
            yield _came(entry, entry.revision.recordings[recording.id], recording.url)


def _new_series(publication: Publication, entries: list[Entry]) -> News:
    listed = "".join(f"<li>{_first(entry)}</li>" for entry in entries)
    created = entries[0].revision.created
    return News(
        _urn(publication.uid, "new series"),
        created,
        created,
        f"New series: {publication.title}",
        f"<p>{len(entries)} session{'s' if len(entries) > 1 else ''}:</p>\n<ul>{listed}</ul>",
        publication.page,
    )


def _new_session(entry: Entry) -> News:
    title, when = _first_told(entry)
    return News(
        _urn(entry.revision.uid, "new session"),
        entry.revision.created,
        entry.revision.created,
        f"New session: {title}",
        f"<p>{escape(when)}</p>\n{_part(entry)}",
        entry.session.page or entry.series.page,
    )


def _changed(entry: Entry, change: Change, words: tuple[str, ...], others: int) -> News:
    """A change; `others` were told at the same second, as on two branches that became one."""
    told = [f"<p>{escape(_sentence('; '.join(words)))}</p>"]
    before, after = changes.when(change.before), changes.when(change.after)
    if before != after and change.after.status not in OFF:
        told.append(f"<p>Now: {escape(after)}<br>Before: <del>{escape(before)}</del></p>")
    return News(
        _urn(entry.revision.uid, f"change:{change.at.isoformat()}" + f" {others}" * (others > 0)),
        change.at,
        change.at,
        f"{change.after.title}: {'; '.join(words)}",
        "\n".join((*told, _part(entry))),
        entry.session.page or entry.series.page,
    )


def _came(entry: Entry, life: RecordingRevision, url: str | None) -> News:
    page = entry.session.page or entry.series.page
    where = escape(wording.ANNOUNCED)
    if url is not None:
        where = f'<a href="{escape(url)}">{escape(url)}</a>'
    return News(
        _urn(entry.revision.uid, f"recording:{life.urn}"),
        life.published,
        life.updated,
        f"Recording available: {entry.session.title}",
        f"<p>The recording: {where}</p>\n{_part(entry)}",
        url or page,
    )


def _first(entry: Entry) -> str:
    title, when = _first_told(entry)
    return f"<strong>{escape(title)}</strong><br>{escape(when)}"


def _first_told(entry: Entry) -> tuple[str, str]:
    """What was told of a session when it first appeared: its title, and when it is."""
    for change in entry.revision.changes:
        return change.before.title, changes.when(change.before)
    session = entry.session
    return session.title, changes.shown(session.start, session.end)


def _part(entry: Entry) -> str:
    series = entry.series
    title = escape(series.title)
    if series.page is not None:
        title = f'<a href="{escape(series.page)}">{title}</a>'
    return f"<p>Part of “{title}”.</p>"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _urn(uid: str, what: str) -> str:
    return f"urn:uuid:{derived_uid(uid, f'changes:{what}')}"


def _entry(news: News) -> bytes:
    lines = [
        f"<id>{news.urn}</id>",
        element("title", news.title),
        f"<updated>{atom.rfc3339(news.updated)}</updated>",
        f"<published>{atom.rfc3339(news.at)}</published>",
    ]
    if news.link is not None:
        lines.append(f'<link rel="alternate" href={quoted(news.link)}/>')
    lines.append(f'<content type="html">{data(news.html)}</content>')
    return atom.indented(lines)
