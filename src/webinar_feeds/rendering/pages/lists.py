"""What machines read of a site beside its pages: OPML, sitemaps, and what robots may do.

Each of them names addresses, so there is none of them as long as nobody has said where the site
will be (C33).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webinar_feeds.rendering.markup import element, empty

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from webinar_feeds.model import Publication
    from webinar_feeds.rendering.pages.cards import Card

_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"


def opml(title: str, base_url: str, told: Iterable[Card]) -> str:
    """The feeds of all series, for feed readers to take in at once (OPML 2.0).

    Args:
        title: the site's.
        base_url: where the site is; ends in a slash.
        told: its series, in the order of the list.
    """
    lines = [f'{_HEAD}<opml version="2.0">', f"<head>{element('title', title)}</head>", "<body>"]
    for card in told:
        folder = f"{base_url}{card.path}/"
        lines.append(
            empty(
                "outline",
                ("type", "rss"),
                ("text", card.title),
                ("title", card.title),
                ("language", card.language),
                ("xmlUrl", f"{folder}recordings.rss"),
                ("htmlUrl", folder),
            )
        )
    return "\n".join([*lines, "</body>", "</opml>", ""])


def of_series(publication: Publication, base_url: str) -> str:
    """The pages of a series, with the last change of each (sitemaps.org)."""
    folder = f"{base_url}{publication.path}/"
    lines = [
        _url(f"{folder}sessions/{entry.session.id}.html", entry.revision.modified)
        for entry in publication.entries
    ]
    head = f'{_HEAD}<urlset xmlns="{_SITEMAPS}">'
    return "\n".join([head, _url(folder, publication.modified), *lines, "</urlset>", ""])


def _url(address: str, modified: datetime) -> str:
    changed = element("lastmod", modified.date().isoformat())
    return f"<url>{element('loc', address)}{changed}</url>"


def of_site(base_url: str, told: Iterable[Card]) -> str:
    """The sitemaps of all series (sitemaps.org)."""
    lines = [
        f"<sitemap>{element('loc', f'{base_url}{card.path}/sitemap.xml')}</sitemap>"
        for card in told
    ]
    head = f'{_HEAD}<sitemapindex xmlns="{_SITEMAPS}">'
    return "\n".join([head, *lines, "</sitemapindex>", ""])


def robots(base_url: str) -> str:
    """Everybody may read everything, and finds the rest from here (RFC 9309)."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {base_url}sitemap.xml\n"
