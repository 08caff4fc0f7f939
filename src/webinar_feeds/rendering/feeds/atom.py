"""Atom 1.0 (RFC 4287; F20–F25)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from webinar_feeds.rendering.markup import element, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from webinar_feeds.rendering.feeds.items import Header, Item

TAIL = b"</feed>\n"


def head(feed: Header) -> bytes:
    """What stands before the entries: the feed's own elements."""
    language = quoted(feed.language)
    lines = [
        f"<id>{feed.urn}</id>",
        element("title", feed.title),
        element("subtitle", feed.description),
        f"<updated>{rfc3339(feed.updated)}</updated>",
        *(f"<author>{element('name', name)}</author>" for name in feed.authors),
        "<generator>webinar-feeds</generator>",
    ]
    if feed.link is not None:
        lines.append(f'<link rel="alternate" href={quoted(feed.link)} type="text/html"/>')
    if feed.address is not None:
        kind = 'type="application/atom+xml"'
        lines.append(f'<link rel="self" href={quoted(feed.address)} {kind}/>')
    if feed.hub is not None:
        lines.append(f'<link rel="hub" href={quoted(feed.hub)}/>')
    inside = "".join(f"  {line}\n" for line in lines)
    opening = f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={language}>'
    return f"{feed.prolog}{opening}\n{inside}".encode()


def entry(item: Item) -> bytes:
    """One recording."""
    return indented(_lines(item))


def indented(lines: Iterable[str]) -> bytes:
    """An entry of such lines."""
    inside = "\n    ".join(lines)
    return f"  <entry>\n    {inside}\n  </entry>\n".encode()


@lru_cache(maxsize=1024)
def rfc3339(value: datetime) -> str:
    """A UTC instant as Atom writes it: `2026-11-23T21:13:07+00:00` (F23)."""
    return f"{value.isoformat()[:19]}+00:00"


def _lines(item: Item) -> Iterator[str]:
    yield f"<id>{item.urn}</id>"
    yield element("title", item.title)
    yield f"<updated>{rfc3339(item.updated)}</updated>"
    yield f"<published>{rfc3339(item.published)}</published>"
    for name in item.authors:
        yield f"<author>{element('name', name)}</author>"
    if item.link is not None:
        language = "" if item.language is None else f" hreflang={quoted(item.language)}"
        yield f'<link rel="alternate" href={quoted(item.link)}{language}/>'
    if item.invite is not None:
        told = 'type="text/calendar" title="Calendar entry"'
        yield f'<link rel="related" href={quoted(item.invite)} {told}/>'
    for file in item.files:
        length = "" if file.size is None else f' length="{file.size}"'
        kind = quoted(file.media_type)
        yield f'<link rel="enclosure" href={quoted(file.url)} type={kind}{length}/>'
    for topic in item.topics:
        yield f"<category term={quoted(topic)}/>"
    yield element("summary", item.summary)
    yield f'<content type="html">{item.markup}</content>'  # never CDATA, which it does not have
