"""What lies beside pages: OPML, sitemaps, what robots may do, and how browsers show feeds.

The first three name addresses, so there is none of them as long as nobody has said where the site
will be (C33).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from webinar_feeds.rendering.markup import element, empty, quoted
from webinar_feeds.rendering.pages.language import msgid

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from webinar_feeds.model import Publication
    from webinar_feeds.rendering.pages.cards import Card
    from webinar_feeds.rendering.pages.language import Language

_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_RECORDINGS, _CHANGES = msgid("Recordings"), msgid("Changes")
_SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"


def opml(title: str, words: Language, base_url: str, told: Iterable[Card]) -> str:
    """The feeds of all series, for feed readers to take in at once (OPML 2.0).

    There are two folders: what is recorded, and what moves. The site's own feeds say the same
    again, so they are in neither.

    Args:
        title: the site's.
        words: its language.
        base_url: where the site is; ends in a slash.
        told: its series, in the order of the list.
    """
    held = [*told]
    lines = [f'{_HEAD}<opml version="2.0">', f"<head>{element('title', title)}</head>", "<body>"]
    for name, file in (
        (words.text(_RECORDINGS), "recordings.rss"),
        (words.text(_CHANGES), "changes.atom"),
    ):
        lines.append(f"<outline text={quoted(name)}>")
        for card in held:
            folder = f"{base_url}{card.path}/"
            lines.append(
                empty(
                    "outline",
                    ("type", "rss"),  # of a feed in whatever format
                    ("text", card.title),
                    ("title", card.title),
                    ("language", card.language),
                    ("xmlUrl", f"{folder}{file}"),
                    ("htmlUrl", folder),
                )
            )
        lines.append("</outline>")
    return "\n".join([*lines, "</body>", "</opml>", ""])


def of_series(publication: Publication, base_url: str) -> str:
    """The pages of a series in all its languages, with their last change (sitemaps.org)."""
    folders = [path for _, path in publication.translations] or [publication.path]
    lines = [f'{_HEAD}<urlset xmlns="{_SITEMAPS}">']
    for path in folders:
        folder = f"{base_url}{path}/"
        lines.append(_url(folder, publication.modified))
        lines += (
            _url(f"{folder}sessions/{entry.session.id}.html", entry.revision.modified)
            for entry in publication.entries
        )
    return "\n".join([*lines, "</urlset>", ""])


def _url(address: str, modified: datetime) -> str:
    changed = element("lastmod", modified.date().isoformat())
    return f"<url>{element('loc', address)}{changed}</url>"


def of_pages(base_url: str, paths: Iterable[str]) -> str:
    """The site's own pages (sitemaps.org)."""
    lines = [f"<url>{element('loc', f'{base_url}{path}')}</url>" for path in paths]
    return "\n".join([f'{_HEAD}<urlset xmlns="{_SITEMAPS}">', *lines, "</urlset>", ""])


def of_site(base_url: str, told: Iterable[Card]) -> str:
    """The sitemaps of the site's own pages and of all series (sitemaps.org)."""
    paths = ["site-sitemap.xml", *(f"{card.path}/sitemap.xml" for card in told)]
    lines = [f"<sitemap>{element('loc', f'{base_url}{path}')}</sitemap>" for path in paths]
    head = f'{_HEAD}<sitemapindex xmlns="{_SITEMAPS}">'
    return "\n".join([head, *lines, "</sitemapindex>", ""])


def robots(base_url: str) -> str:
    """Everybody may read everything, and finds the rest from here (RFC 9309)."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {base_url}sitemap.xml\n"


def feed_style(words: Language) -> str:
    """How a browser shows the feeds of a folder: as a page that says what they are for.

    The sheet lies in `assets/feed.css`, with names in braces for what depends on the language.
    """
    values = {each: _quoted(words.text(each)) for each in _ON_FEEDS}
    values["direction"] = words.direction
    sheet = (Path(__file__).parent / "assets/feed.css").read_text(encoding="utf-8")
    return re.sub(r": \{(.+?)\};", lambda found: f": {values[found[1]]};", sheet)


def _quoted(text: str) -> str:
    """A text as CSS writes it (CSS Syntax 3 §4.3.5)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\a ")
    return f'"{escaped}"'


_ON_FEEDS = (
    msgid("This is a feed"),
    msgid(
        "A feed is for feed readers and podcast apps: copy its address into yours, and everything "
        "new comes to you by itself."
    ),
    msgid("The address of this feed"),
)
