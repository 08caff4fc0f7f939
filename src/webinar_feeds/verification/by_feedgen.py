"""RSS and Atom of the same items as feedgen writes them, to hold what was published against.

feedgen knows the formats and lxml the XML; what feedgen 1.0 leaves out or gets wrong (conformance
4.3) is mended on its finished elements, by its own extension mechanism. Knows nothing of how ours
are written.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feedgen.entry import FeedEntry

    from webinar_feeds.rendering.feeds.items import Header, Item
    from webinar_feeds.rendering.feeds.news import News

DC = "http://purl.org/dc/elements/1.1/"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
MEDIA = "http://search.yahoo.com/mrss/"
PODCAST = "https://podcastindex.org/namespace/1.0"
TRANSCRIPTS = {"vtt": "text/vtt", "srt": "application/x-subrip", "html": "text/html"}
MINUTES = 720


def rss(feed: Header, items: Sequence[Item]) -> bytes:
    """`recordings.rss` (F1 to F9)."""
    generator = _generator(feed, items)
    generator.description(escape(feed.description, quote=False))
    generator.ttl(MINUTES)
    if feed.address is not None:
        generator.link(href=feed.address, rel="self", type="application/rss+xml")
    if feed.hub is not None:
        generator.link(href=feed.hub, rel="hub")
    # Last, because feedgen takes the last link of any kind for the channel's (4.3.2).
    generator.link(href=feed.link or feed.urn, rel="alternate")
    for item in items:
        entry = _entry(generator, item)
        entry.guid(item.urn, permalink=False)
        entry.pubDate(item.published)
        # Readers take it for HTML, so the plain summary is escaped (F7).
        entry.description(escape(item.summary, quote=False))
        if item.link is not None:
            entry.link(href=item.link)
        playable = [one for one in item.files if one.media_type.startswith(("audio/", "video/"))]
        for file in playable[:1]:  # one, and 0 where nobody knows how long (F5)
            entry.enclosure(file.url, str(file.size or 0), file.media_type)
    data: bytes = generator.rss_str()
    return data


def atom(feed: Header, items: Sequence[Item]) -> bytes:
    """`recordings.atom` (F20 to F25)."""
    generator = _atom(feed, items)
    for item in items:
        entry = _entry(generator, item)
        entry.id(item.urn)
        entry.updated(item.updated)
        entry.published(item.published)
        entry.summary(item.summary)
        entry.ours.links = _links(item)
        if item.authors:
            entry.author([{"name": name} for name in item.authors])
    data: bytes = generator.atom_str()
    return data


def changes(feed: Header, told: Sequence[News]) -> bytes:
    """`changes.atom`."""
    generator = _atom(feed, ())
    for news in told:
        entry = generator.add_entry(order="append")
        entry.id(news.urn)
        entry.title(news.title)
        entry.updated(news.updated)
        entry.published(news.at)
        entry.content(news.html, type="html")
        if news.link is not None:
            entry.ours.links = [{"rel": "alternate", "href": news.link}]
    data: bytes = generator.atom_str()
    return data


def _atom(feed: Header, items: Sequence[Item]) -> FeedGenerator:
    generator = _generator(feed, items)
    generator.id(feed.urn)
    generator.subtitle(feed.description)
    generator.author([{"name": name} for name in feed.authors])
    if feed.link is not None:
        generator.link(href=feed.link, rel="alternate", type="text/html")
    if feed.address is not None:
        generator.link(href=feed.address, rel="self", type="application/atom+xml")
    if feed.hub is not None:
        generator.link(href=feed.hub, rel="hub")
    return generator


def _generator(feed: Header, items: Sequence[Item]) -> FeedGenerator:
    generator = FeedGenerator()
    generator.register_extension("ours", _OfFeed, _OfEntry)
    generator.ours.feed, generator.ours.items = feed, items
    generator.title(feed.title)
    generator.language(feed.language)
    generator.generator("webinar-feeds")
    generator.updated(feed.updated)  # else feedgen writes the time of the build (4.3.4)
    return generator


def _entry(generator: FeedGenerator, item: Item) -> FeedEntry:
    entry = generator.add_entry(order="append")
    entry.ours.item = item
    entry.title(item.title)
    entry.content(item.html, type="html")
    for topic in item.topics:
        entry.category(term=topic)
    return entry


class _OfFeed(BaseExtension):  # type: ignore[misc]  # feedgen is untyped
    """The channel's podcast fields, where an app can fetch a file (F9)."""

    feed: Header
    items: Sequence[Item]

    def extend_rss(self, feed: Any) -> Any:  # noqa: ANN401 - lxml is untyped
        if any(file.size is not None for item in self.items for file in item.files):
            *most, last = self.feed.authors
            _add(feed[0], ITUNES, "author", f"{', '.join(most)} and {last}" if most else last)
            _add(feed[0], ITUNES, "explicit", "false")
            _add(feed[0], PODCAST, "guid", self.feed.guid)
        return feed


class _OfEntry(BaseEntryExtension):  # type: ignore[misc]  # feedgen is untyped
    """Right links of Atom, and what RSS says in namespaces of others."""

    item: Item
    links: Sequence[dict[str, str | None]] = ()

    def extend_atom(self, entry: Any) -> Any:  # noqa: ANN401 - lxml is untyped
        """The links again: feedgen drops rel, type and length of every one (4.3.1, F24)."""
        for link in self.links:
            known = {name: value for name, value in link.items() if value is not None}
            etree.SubElement(entry, "link", known)
        return entry

    def extend_rss(self, entry: Any) -> Any:  # noqa: ANN401 - lxml is untyped
        """Authors by name (4.3.7), further files (F5), podcast fields (F9)."""
        item = self.item
        for author in item.authors:
            _add(entry, DC, "creator", author)
        if len(item.files) > 1:
            group = etree.SubElement(entry, f"{{{MEDIA}}}group")
            for file in item.files:
                size = {} if file.size is None else {"fileSize": str(file.size)}
                kind = {"url": file.url, "type": file.media_type, **size}
                etree.SubElement(group, f"{{{MEDIA}}}content", kind)
        if item.poster is not None:
            etree.SubElement(entry, f"{{{MEDIA}}}thumbnail", {"url": item.poster})
        if item.captions is not None:
            suffix = item.captions.rpartition(".")[2].lower()
            kind = {"url": item.captions, "type": TRANSCRIPTS.get(suffix, "text/plain")}
            etree.SubElement(entry, f"{{{PODCAST}}}transcript", kind)
        if any(file.size is not None for file in item.files):
            if item.duration is not None:
                _add(entry, ITUNES, "duration", str(int(item.duration.total_seconds())))
            _add(entry, ITUNES, "explicit", "false")
        return entry


def _add(parent: Any, namespace: str, tag: str, text: str) -> None:  # noqa: ANN401 - lxml is untyped
    etree.SubElement(parent, f"{{{namespace}}}{tag}").text = text


def _links(item: Item) -> list[dict[str, str | None]]:
    """Atom's links of a recording: its page, its session's invite, its files."""
    links: list[dict[str, str | None]] = []
    if item.link is not None:
        links.append({"rel": "alternate", "href": item.link, "hreflang": item.language})
    if item.invite is not None:
        told = {"type": "text/calendar", "title": "Calendar entry"}
        links.append({"rel": "related", "href": item.invite, **told})
    for file in item.files:
        size = None if file.size is None else str(file.size)
        kind = {"type": file.media_type, "length": size}
        links.append({"rel": "enclosure", "href": file.url, **kind})
    return links
