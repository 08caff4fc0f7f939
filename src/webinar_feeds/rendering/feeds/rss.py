"""RSS 2.0, written by feedgen (F1–F9)."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from feedgen.feed import FeedGenerator

from webinar_feeds.rendering.feeds import extensions

if TYPE_CHECKING:
    from webinar_feeds.rendering.feeds.items import Feed, Item

MINUTES = 720


def write(feed: Feed) -> bytes:
    """The bytes of `recordings.rss`."""
    generator = FeedGenerator()
    extensions.register(generator, feed, extensions.namespaces(feed))
    generator.title(feed.title)
    generator.description(escape(feed.description, quote=False))
    generator.language(feed.language)
    generator.generator("webinar-feeds")
    generator.ttl(MINUTES)
    generator.updated(feed.updated)  # else feedgen writes the time of the build (4.3.4)
    if feed.address is not None:
        generator.link(href=feed.address, rel="self", type="application/rss+xml")
    # Last, because feedgen takes the last link of any kind for the channel's (4.3.2). RSS must have
    # one; where no page is known, the feed's identifier is at least true.
    generator.link(href=feed.link or feed.urn, rel="alternate")
    for item in feed.items:
        _add(generator, item)
    data: bytes = generator.rss_str(pretty=True)
    return data


def _add(generator: FeedGenerator, item: Item) -> None:
    entry = generator.add_entry(order="append")
    extensions.attach(entry, item)
    entry.title(item.title)
    entry.guid(item.urn, permalink=False)
    entry.pubDate(item.published)
    # Readers take both for HTML, so the plain summary is escaped (F7).
    entry.description(escape(item.summary, quote=False))
    entry.content(item.html, type="html")
    if item.link is not None:
        entry.link(href=item.link)
    for topic in item.topics:
        entry.category(term=topic)
    playable = [each for each in item.files if each.media_type.startswith(("audio/", "video/"))]
    if playable:
        file = playable[0]
        entry.enclosure(file.url, str(file.size or 0), file.media_type)  # one, 0 if unknown (F5)
