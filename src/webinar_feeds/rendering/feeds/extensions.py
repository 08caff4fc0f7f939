"""What feedgen 1.0 leaves out or gets wrong, added by its own extension mechanism (4.3).

An extension sees each finished XML element once and mends it; feedgen itself stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from webinar_feeds.rendering import wording

if TYPE_CHECKING:
    from feedgen.entry import FeedEntry
    from feedgen.feed import FeedGenerator

    from webinar_feeds.rendering.feeds.items import Feed, Item

DC = "http://purl.org/dc/elements/1.1/"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
MEDIA = "http://search.yahoo.com/mrss/"
PODCAST = "https://podcastindex.org/namespace/1.0"
TRANSCRIPTS = {".vtt": "text/vtt", ".srt": "application/x-subrip", ".html": "text/html"}


class FeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen is untyped
    """The channel's part: the namespaces that are used, and podcast fields where there is media."""

    feed: Feed
    used: dict[str, str]

    def extend_ns(self) -> dict[str, str]:
        """The namespaces that this feed uses, and no others."""
        return self.used

    def extend_rss(self, feed: Any) -> Any:  # noqa: ANN401 - lxml is untyped
        """Podcast fields of the channel (F9)."""
        if self.feed.is_podcast:
            channel = feed[0]
            _add(channel, ITUNES, "author", wording.enumeration(self.feed.authors))
            _add(channel, ITUNES, "explicit", "false")
            _add(channel, PODCAST, "guid", self.feed.guid)
        return feed


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]  # feedgen is untyped
    """An entry's part: right Atom links, and what RSS says in namespaces of others."""

    item: Item

    def extend_atom(self, entry: Any) -> Any:  # noqa: ANN401 - lxml is untyped
        """Write the links again: feedgen drops rel, type and length of every one (4.3.1, F24)."""
        for link in entry.findall("link"):
            entry.remove(link)
        item = self.item
        if item.link is not None:
            _link(entry, "alternate", item.link, **_hreflang(item))
        if item.invite is not None:
            _link(entry, "related", item.invite, type="text/calendar", title="Calendar entry")
        for file in item.files:
            length = {} if file.size is None else {"length": str(file.size)}
            _link(entry, "enclosure", file.url, type=file.media_type, **length)
        return entry

    def extend_rss(self, entry: Any) -> Any:  # noqa: ANN401 - lxml is untyped
        """Authors by name (4.3.7), more files than RSS has room for (F5), podcast fields (F9)."""
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
            suffix = item.captions[item.captions.rfind(".") :].lower()
            kind = {"url": item.captions, "type": TRANSCRIPTS.get(suffix, "text/plain")}
            etree.SubElement(entry, f"{{{PODCAST}}}transcript", kind)
        if any(file.size is not None for file in item.files):
            if item.duration is not None:
                seconds = int(item.duration.total_seconds())
                _add(entry, ITUNES, "duration", str(seconds))
            _add(entry, ITUNES, "explicit", "false")
        return entry


def namespaces(feed: Feed) -> dict[str, str]:
    """The namespaces, beside its own, in which RSS says something of this feed."""
    used = {"dc": DC} if any(item.authors for item in feed.items) else {}
    if any(item.poster or len(item.files) > 1 for item in feed.items):
        used["media"] = MEDIA
    if any(item.captions for item in feed.items) or feed.is_podcast:
        used["podcast"] = PODCAST
    return used | ({"itunes": ITUNES} if feed.is_podcast else {})


def register(generator: FeedGenerator, feed: Feed, used: dict[str, str] | None = None) -> None:
    """Let a generator know our extensions, before it gets its entries."""
    generator.register_extension("ours", FeedExtension, EntryExtension)
    generator.ours.feed = feed
    generator.ours.used = used or {}


def attach(entry: FeedEntry, item: Item) -> None:
    """Tell an entry's extension which item it is."""
    entry.ours.item = item


def _add(parent: Any, namespace: str, tag: str, text: str) -> None:  # noqa: ANN401 - lxml is untyped
    etree.SubElement(parent, f"{{{namespace}}}{tag}").text = text


def _link(entry: Any, rel: str, href: str, **attributes: str) -> None:  # noqa: ANN401 - lxml is untyped
    etree.SubElement(entry, "link", {"rel": rel, "href": href, **attributes})


def _hreflang(item: Item) -> dict[str, str]:
    return {} if item.language is None else {"hreflang": item.language}
