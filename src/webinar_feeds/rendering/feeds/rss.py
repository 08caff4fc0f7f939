"""RSS 2.0 (F1–F9)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from webinar_feeds.rendering import wording
from webinar_feeds.rendering.markup import element, empty, escape, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from webinar_feeds.rendering.feeds.items import Header, Item, Used

MINUTES = 720
DOCS = "http://www.rssboard.org/rss-specification"
NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "podcast": "https://podcastindex.org/namespace/1.0",
}
TRANSCRIPTS = {".vtt": "text/vtt", ".srt": "application/x-subrip", ".html": "text/html"}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TAIL = b"  </channel>\n</rss>\n"


def head(feed: Header, used: Used) -> bytes:
    """What stands before the items: the channel's own elements."""
    told = ["atom", "content"]
    told += ["dc"] if used.authors else []
    told += ["itunes"] if used.files else []
    told += ["media"] if used.media else []
    told += ["podcast"] if used.files or used.captions else []
    spaces = "".join(f' xmlns:{name}="{NAMESPACES[name]}"' for name in told)
    lines = [
        # RSS must have a link; where no page is known, the feed's identifier is at least true.
        element("title", feed.title),
        element("link", feed.link or feed.urn),
        element("description", escape(feed.description, quote=False)),
        element("language", feed.language),
        f"<lastBuildDate>{rfc822(feed.updated)}</lastBuildDate>",
        f"<docs>{DOCS}</docs>",
        "<generator>webinar-feeds</generator>",
        f"<ttl>{MINUTES}</ttl>",
    ]
    if feed.address is not None:
        kind = 'type="application/rss+xml"'
        lines.append(f'<atom:link rel="self" href={quoted(feed.address)} {kind}/>')
    if feed.hub is not None:
        lines.append(f'<atom:link rel="hub" href={quoted(feed.hub)}/>')
    if used.files:
        lines.append(element("itunes:author", wording.enumeration(feed.authors)))
        lines.append("<itunes:explicit>false</itunes:explicit>")
        lines.append(f"<podcast:guid>{feed.guid}</podcast:guid>")
    channel = "".join(f"    {line}\n" for line in lines)
    opening = f'{feed.prolog}<rss version="2.0"{spaces}>\n  <channel>\n'
    return f"{opening}{channel}".encode()


def item(found: Item) -> bytes:
    """One recording."""
    inside = "\n      ".join(_lines(found))
    return f"    <item>\n      {inside}\n    </item>\n".encode()


@lru_cache(maxsize=1024)
def rfc822(value: datetime) -> str:
    """A UTC instant as RSS writes it, in English: `Mon, 23 Nov 2026 21:13:07 +0000` (F4)."""
    day, month = _DAYS[value.weekday()], _MONTHS[value.month - 1]
    return f"{day}, {value.day:02} {month} {value.year:04} {value.isoformat()[11:19]} +0000"


def _lines(found: Item) -> Iterator[str]:
    yield element("title", found.title)
    if found.link is not None:
        yield element("link", found.link)
    # Readers take both for HTML, so the plain summary is escaped (F7).
    yield element("description", escape(found.summary, quote=False))
    yield f"<content:encoded>{found.markup}</content:encoded>"
    yield f'<guid isPermaLink="false">{found.urn}</guid>'
    for topic in found.topics:
        yield element("category", topic)
    playable = [each for each in found.files if each.media_type.startswith(("audio/", "video/"))]
    if playable:
        file = playable[0]  # one, and 0 where the length is unknown (F5)
        told = f'length="{file.size or 0}" type={quoted(file.media_type)}'
        yield f"<enclosure url={quoted(file.url)} {told}/>"
    yield f"<pubDate>{rfc822(found.published)}</pubDate>"
    for author in found.authors:  # by name: RSS's own element wants a mail address (4.3.7)
        yield element("dc:creator", author)
    yield from _media(found)
    if found.captions is not None:
        suffix = found.captions[found.captions.rfind(".") :].lower()
        kind = TRANSCRIPTS.get(suffix, "text/plain")
        yield empty("podcast:transcript", ("url", found.captions), ("type", kind))
    if found.is_podcast:
        if found.duration is not None:
            yield f"<itunes:duration>{int(found.duration.total_seconds())}</itunes:duration>"
        yield "<itunes:explicit>false</itunes:explicit>"


def _media(found: Item) -> Iterator[str]:
    """What RSS has room for only in a namespace of others: more than one file, a picture (F9)."""
    if len(found.files) > 1:
        yield "<media:group>"
        for file in found.files:
            size = None if file.size is None else str(file.size)
            told = (("url", file.url), ("type", file.media_type), ("fileSize", size))
            yield f"  {empty('media:content', *told)}"
        yield "</media:group>"
    if found.poster is not None:
        yield empty("media:thumbnail", ("url", found.poster))
