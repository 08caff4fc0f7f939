"""Atom 1.0 (RFC 4287), written by feedgen (F20–F25)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedgen.feed import FeedGenerator

from webinar_feeds.rendering.feeds import extensions

if TYPE_CHECKING:
    from webinar_feeds.rendering.feeds.items import Feed, Item


def write(feed: Feed) -> bytes:
    """The bytes of `recordings.atom`."""
    generator = FeedGenerator()
    extensions.register(generator, feed)
    generator.id(feed.urn)
    generator.title(feed.title)
    generator.subtitle(feed.description)
    generator.language(feed.language)
    generator.generator("webinar-feeds")
    generator.updated(feed.updated)  # else feedgen writes the time of the build (4.3.4)
    generator.author([{"name": name} for name in feed.authors])
    if feed.link is not None:
        generator.link(href=feed.link, rel="alternate", type="text/html")
    if feed.address is not None:
        generator.link(href=feed.address, rel="self", type="application/atom+xml")
    for item in feed.items:
        _add(generator, item)
    data: bytes = generator.atom_str(pretty=True)
    return data


def _add(generator: FeedGenerator, item: Item) -> None:
    entry = generator.add_entry(order="append")
    extensions.attach(entry, item)  # writes the links
    entry.id(item.urn)
    entry.title(item.title)
    entry.updated(item.updated)
    entry.published(item.published)
    entry.summary(item.summary)
    entry.content(item.html, type="html")  # never CDATA, which Atom does not have (4.3.5)
    if item.authors:
        entry.author([{"name": name} for name in item.authors])
    for topic in item.topics:
        entry.category(term=topic)
