"""The site's own pages: the list of its series and what helps, and the files beside all pages."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from heapq import nlargest
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from webinar_feeds.rendering.pages import assets, cards, films, lists
from webinar_feeds.rendering.pages.language import language, msgid
from webinar_feeds.rendering.pages.page import (
    Link,
    Page,
    address_of,
    artifact,
    beside,
    calendar_of,
    feeds_of,
    listed,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from webinar_feeds.artifacts import Artifact
    from webinar_feeds.model import Publication, Site
    from webinar_feeds.rendering.pages.cards import Card
    from webinar_feeds.rendering.pages.films import Film
    from webinar_feeds.rendering.pages.page import Told

OPML = "text/x-opml; charset=utf-8"
CSS = "text/css; charset=utf-8"
XML = "application/xml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
SUBSCRIBING = msgid(
    "Subscribe once, and every session is in your calendar at your own time. When one moves or is "
    "cancelled, your calendar follows by itself."
)
RECORDINGS = msgid("Recordings")
_SERIES = 30  # on one page of the list, so that it stays under 60 kB
_SOME = 3  # recordings on the list of series
_MUCH = 2  # how many times what is shown may be held before it is cut
HOW = msgid("How to subscribe")
NOTHING = msgid("This page does not exist")


class Recorded(NamedTuple):
    """A recording, and the series that it belongs to."""

    card: Card
    film: Film


def of_cards(publication: Publication, site: Site, told: Iterable[Card]) -> Iterator[Artifact]:
    """The site's own pages, and the files beside all pages.

    Args:
        publication: the site; its entries are not asked for.
        site: its names, and where it will be found.
        told: its series, in short.
    """
    seen, recorded = _taken(told)
    # What is held last comes first: without a clock it is the nearest to what is coming.
    newest = sorted(seen, key=_by_time, reverse=True)
    count = max(1, -(-len(newest) // _SERIES))
    parts = ["index.html", *(f"series-{number}.html" for number in range(2, count + 1))]
    for number, path in enumerate(parts):
        part = newest[number * _SERIES : (number + 1) * _SERIES]
        links = tuple(Link(each, str(n), each == path) for n, each in enumerate(parts, 1))
        yield artifact(
            publication, site, path, "site.html", partial(_index, path, part, links, recorded)
        )
    pages = parts[1:]
    if recorded:
        gallery = partial(_recordings, recorded)
        yield artifact(publication, site, "recordings.html", "recordings.html", gallery)
        pages.append("recordings.html")
    if "calendar" in site.formats:
        yield artifact(publication, site, "subscribe.html", "subscribe.html", _help)
        pages.append("subscribe.html")
    yield artifact(publication, site, "404.html", "404.html", _missing)
    yield from assets.artifacts(site.templates)
    yield from feed_styles(publication, site, "")
    base = site.base_url
    if base is not None:
        by_path = sorted(newest, key=lambda each: each.path)
        modified = publication.modified
        words = language(publication.language)
        if "feeds" in site.formats:
            opml = partial(lists.opml, site.title, words, base, by_path)
            yield beside("feeds.opml", OPML, modified, opml)
        own = partial(lists.of_pages, base, ["", *pages])
        yield beside("site-sitemap.xml", XML, modified, own)
        yield beside("sitemap.xml", XML, modified, partial(lists.of_site, base, by_path))
        yield beside("robots.txt", TEXT, modified, partial(lists.robots, base))


def _taken(told: Iterable[Card]) -> tuple[list[Card], list[Recorded]]:
    """The series that have sessions, and the newest recordings of all, the newest first."""
    seen: list[Card] = []
    recorded: list[Recorded] = []
    for card in told:
        if card.last is not None:
            series = card._replace(films=())
            seen.append(series)
            recorded += (Recorded(series, each) for each in card.films)
        if len(recorded) > _MUCH * cards.FILMS:
            recorded = nlargest(cards.FILMS, recorded, _held)
    return seen, nlargest(cards.FILMS, recorded, _held)


def _held(recorded: Recorded) -> tuple[datetime, str, str]:
    return datetime.fromisoformat(recorded.film.start), recorded.card.path, recorded.film.session


def _by_time(card: Card) -> tuple[datetime | None, str]:
    return card.last, card.path


def feed_styles(publication: Publication, site: Site, folder: str) -> Iterator[Artifact]:
    """How browsers show the feeds of a folder, if there are any."""

    def make() -> str:
        return lists.feed_style(language(publication.language))

    if "feeds" in site.formats:
        yield beside(f"{folder}feed.css", CSS, publication.modified, make)


def _index(  # noqa: PLR0913, PLR0917 - which page of the list
    path: str,
    part: Sequence[Card],
    links: tuple[Link, ...],
    recorded: Sequence[Recorded],
    publication: Publication,
    site: Site,
) -> Told:
    """A page of the list of all series."""
    page = Page(
        title=site.title,
        address=address_of(site, path),
        root="",
        description=listed(each.title for each in part),
        feeds=feeds_of(publication, site, ""),
        calendar=calendar_of(publication, site, ""),
        pages=links if len(links) > 1 else (),
    )
    return page, {"cards": part, "gallery": _shown(recorded[:_SOME], site)}


def _recordings(recorded: Sequence[Recorded], publication: Publication, site: Site) -> Told:
    """The newest recordings of all series."""
    words = language(site.language)
    page = Page(
        title=f"{words.text(RECORDINGS)} – {site.title}",
        address=address_of(site, "recordings.html"),
        root="",
        description=listed(dict.fromkeys(each.film.title for each in recorded)),
        trail=(Link("index.html", site.title),),
        feeds=feeds_of(publication, site, ""),
    )
    return page, {"gallery": _shown(recorded, site), "is_cut": len(recorded) == cards.FILMS}


def _shown(recorded: Iterable[Recorded], site: Site) -> list[films.Shown]:
    """Recordings in the words of the site."""
    words = language(site.language)
    return [
        films.shown(film, words, f"{card.path}/", "", site.base_url)._replace(
            series=card.title, series_tongue=card.language
        )
        for card, film in recorded
    ]


def _help(_: Publication, site: Site) -> Told:
    """How to subscribe in each app."""
    words = language(site.language)
    page = Page(
        title=f"{words.text(HOW)} – {site.title}",
        address=address_of(site, "subscribe.html"),
        root="",
        description=words.text(SUBSCRIBING),
        trail=(Link("index.html", site.title),),
    )
    return page, {}


def _missing(publication: Publication, site: Site) -> Told:
    """What a server shows in place of a page that is not there, at whatever address.

    Its links start at the host, which need not be the one of `base_url`: a preview is another.
    """
    del publication
    root = urlsplit(site.base_url or "/").path or "/"
    title = f"{language(site.language).text(NOTHING)} – {site.title}"
    return Page(title=title, root=root, trail=(Link(f"{root}index.html", site.title),)), {}
