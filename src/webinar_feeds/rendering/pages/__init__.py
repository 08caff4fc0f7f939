"""The pages that people open: the site's, a series', a session's, and those that help.

Knows which pages there are, where, and what each is given to show; what they look like is the
templates' business, and Jinja2 is imported when one is really rendered. No page asks a clock:
what is coming and what is over, the visitor's own script says.
"""

from __future__ import annotations

from collections import Counter
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from webinar_feeds.artifacts import Artifact
from webinar_feeds.model import Scope, Status
from webinar_feeds.publications import slug
from webinar_feeds.rendering import markdown, wording
from webinar_feeds.rendering.pages import assets, cards, jsonld, links, lists, programme, views
from webinar_feeds.rendering.pages.language import language, msgid
from webinar_feeds.rendering.pages.links import Way
from webinar_feeds.rendering.pages.players import player, poster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from webinar_feeds.model import Entry, Publication, Session, Site
    from webinar_feeds.rendering.pages.cards import Card
    from webinar_feeds.rendering.pages.views import Held

name = "pages"
streams = ()  # no page is made of pieces
draws = views.SCOPES | {Scope.SERIES, Scope.SITE}

MEDIA_TYPE = "text/html; charset=utf-8"
OPML = "text/x-opml; charset=utf-8"
CSS = "text/css; charset=utf-8"
XML = "application/xml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
LENGTH = 40  # sessions or series on one page, so that it stays under 60 kB
_DESCRIPTION = 160
STATES = {Status.CANCELLED: msgid("Cancelled"), Status.POSTPONED: msgid("Postponed")}
SUBSCRIBING = msgid(
    "Subscribe once, and every session is in your calendar at your own time. When one moves or is "
    "cancelled, your calendar follows by itself."
)
_FEEDS = (
    ("recordings.rss", "application/rss+xml", "RSS"),
    ("recordings.atom", "application/atom+xml", "Atom"),
    ("recordings.json", "application/feed+json", "JSON Feed"),
)


class Link(NamedTuple):
    """A link with its words; `current` when it leads to the page that shows it."""

    href: str
    title: str
    current: bool = False


class Translation(NamedTuple):
    """The same page in a language: its tag, its name there, and where it is.

    `address` is None where nobody has said where the site is.
    """

    tag: str
    href: str
    address: str | None


class Feed(NamedTuple):
    """A feed that a page offers: `name` is its format, `title` what it holds."""

    href: str
    media_type: str
    name: str
    title: str


class Calendar(NamedTuple):
    """A calendar to subscribe to: beside the page, and at its address where that is known.

    `ways` are the links to offer; where the address is not known, the visitor's script makes them.
    """

    href: str
    address: str | None
    ways: tuple[Way, ...]
    page: str | None


class Page(NamedTuple):
    """What every template is given as `page`; `root` leads from the page to the site's folder.

    `address` is its own, None where nobody has said where the site is; `media` are the hosts of
    films and sounds, `frames` those of players that the visitor may ask for.
    """

    title: str
    root: str
    address: str | None = None
    description: str = ""
    image: str | None = None
    data: str = ""
    trail: tuple[Link, ...] = ()
    feeds: tuple[Feed, ...] = ()
    translations: tuple[Translation, ...] = ()
    calendar: Calendar | None = None
    pages: tuple[Link, ...] = ()
    media: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()

    @property
    def policy(self) -> str:
        """The page's Content-Security-Policy: nothing but its own files and its media (W11)."""
        media = " ".join(("'self'", *self.media))
        frames = f" frame-src {' '.join(self.frames)};" if self.frames else ""
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            f"connect-src 'self'; media-src {media};{frames} base-uri 'none'; form-action 'none'"
        )


Told: TypeAlias = tuple[Page, dict[str, Any]]


def render(publication: Publication, site: Site) -> Iterator[Artifact]:
    """The pages of a series, or of the site from the series that its entries name."""
    if publication.scope is Scope.SERIES:
        yield from _of_series(publication, site)
        return
    if publication.scope in views.SCOPES:
        told = partial(views.of_entries, publication.entries)
        yield from _of_view(publication, site, len(publication.entries), told)
        return
    by_series: dict[str, list[Entry]] = {}
    for entry in publication.entries:
        by_series.setdefault(entry.series.id, []).append(entry)
    yield from _of_site(publication, site, map(cards.of_entries, by_series.values()))


def card(publication: Publication) -> str:
    """What the site's pages have to know of a series."""
    return cards.dump(cards.of(publication))


def of_site(publication: Publication, site: Site, told: Iterable[str]) -> Iterator[Artifact]:
    """The site's own pages, and the files beside all pages.

    Args:
        publication: the site; its entries are not asked for.
        site: its names, and where it will be found.
        told: what `card` says of each of its series.
    """
    yield from _of_site(publication, site, map(cards.parse, told))


def _of_site(publication: Publication, site: Site, told: Iterable[Card]) -> Iterator[Artifact]:
    # What is held last comes first: without a clock it is the nearest to what is coming.
    newest = sorted((each for each in told if each.last), key=_by_time, reverse=True)
    count = max(1, -(-len(newest) // LENGTH))
    for number in range(1, count + 1):
        part = newest[(number - 1) * LENGTH : number * LENGTH]
        path = "index.html" if number == 1 else f"series-{number}.html"
        numbers = tuple(
            Link("index.html" if each == 1 else f"series-{each}.html", str(each), each == number)
            for each in range(1, count + 1)
        )
        yield _artifact(publication, site, path, "site.html", partial(_index, part, numbers))
    yield _artifact(publication, site, "subscribe.html", "subscribe.html", _help)
    yield _artifact(publication, site, "404.html", "404.html", _missing)
    yield from assets.artifacts(site.templates)
    yield _feed_style(publication, "")
    base = site.base_url
    if base is not None:
        by_path = sorted(newest, key=lambda each: each.path)
        modified = publication.modified
        yield _text("feeds.opml", OPML, modified, partial(lists.opml, site.title, base, by_path))
        yield _text("sitemap.xml", XML, modified, partial(lists.of_site, base, by_path))
        yield _text("robots.txt", TEXT, modified, partial(lists.robots, base))


def of_view(
    publication: Publication,
    site: Site,
    count: int,
    places: Callable[[int, int], Iterable[tuple[str, int]]],
    read: Callable[[str], bytes],
) -> Iterator[Artifact]:
    """The pages of a topic, a language or a speaker.

    Args:
        publication: the view; its entries are not asked for.
        site: its names, and where it will be found.
        count: how many sessions it has.
        places: for some of them, from the first up to the last, the folder of the series of each,
            and which of its sessions it is.
        read: the bytes of a file by its path below the output folder.
    """
    if publication.scope in views.SCOPES:
        yield from _of_view(publication, site, count, partial(views.of_files, places, read))


def _of_view(
    publication: Publication, site: Site, count: int, told: Callable[[int, int], Sequence[Held]]
) -> Iterator[Artifact]:
    last = max(1, -(-count // LENGTH))
    for number in range(1, last + 1):
        path = f"{publication.path}/{_file(number, last)}"
        make = partial(_view, number, last, count, told)
        yield _artifact(publication, site, path, "view.html", make)


def _view(  # noqa: PLR0913, PLR0917 - which page of which view
    number: int,
    last: int,
    count: int,
    told: Callable[[int, int], Sequence[Held]],
    publication: Publication,
    site: Site,
) -> Told:
    """A page of a view: its sessions, with the series that each belongs to."""
    held = told((number - 1) * LENGTH, number * LENGTH)
    name, who = views.name(publication, site), views.speaker(publication, held)
    address = _address(site, f"{publication.path}/{_file(number, last)}")
    trail = ((site.title, site.base_url), (name, _address(site, f"{publication.path}/")))
    page = Page(
        title=f"{name} – {site.title}",
        address=address,
        root="../../",
        description=_listed([name, *(each.session.title for each in held)]),
        data=jsonld.dump(
            *views.data(who, trail[1][1], held, site.base_url), jsonld.breadcrumbs(trail)
        ),
        trail=(Link("../../index.html", site.title),),
        # A code for each of many views would take more time than their pages.
        calendar=_calendar(publication, site, "")._replace(page=None),
        pages=_numbered(number, last),
    )
    return page, {"name": name, "who": who, "held": held, "total": count}


def _numbered(number: int, last: int) -> tuple[Link, ...]:
    """The pages of something long, none where it is short."""
    if last == 1:
        return ()
    return tuple(Link(_file(each, last), str(each), each == number) for each in range(1, last + 1))


def _by_time(card: Card) -> tuple[datetime | None, str]:
    return card.last, card.path


# -------------------------------------------------------------------------------------- a series


def _of_series(publication: Publication, site: Site) -> Iterator[Artifact]:
    """The programme, and a page for each session.

    Where the programme is long, its end is the first page; the others have numbers that count
    from the oldest session, so that a full page does not change any more. A session that had
    another id keeps its page there as well (H10).
    """
    entries, folder = publication.entries, publication.path
    count = max(1, -(-len(entries) // LENGTH))
    for number in range(1, count + 1):
        path = f"{folder}/{_file(number, count)}"
        make = partial(_programme, number, count)
        yield _artifact(publication, site, path, "series.html", make)
    known = cache(partial(_known, publication))
    for number, entry in enumerate(entries):
        for identifier in (entry.session.id, *entry.session.formerly):
            path = f"{folder}/sessions/{identifier}.html"
            yield _artifact(
                publication, site, path, "session.html", partial(_session, number, known)
            )
    here = f"{folder}/{programme.FILE}"
    others = {
        tag: links.relative(here, f"{path}/{programme.FILE}")
        for tag, path in publication.translations
        if path != folder
    }
    told = partial(programme.dump, publication, others)
    yield _text(here, programme.MEDIA_TYPE, publication.modified, told)
    yield _feed_style(publication, f"{folder}/")
    base = site.base_url
    if base is not None:
        # Who shows a preview asks for its whole address; without one there is nothing to ask for.
        yield from (_picture(publication, entry) for entry in entries)
        listed = partial(lists.of_series, publication, base)
        yield _text(f"{folder}/sitemap.xml", XML, publication.modified, listed)


def _feed_style(publication: Publication, folder: str) -> Artifact:
    """How browsers show the feeds of a folder."""

    def make() -> str:
        return lists.feed_style(language(publication.language))

    return _text(f"{folder}feed.css", CSS, publication.modified, make)


def _text(path: str, media_type: str, modified: datetime, make: Callable[[], str]) -> Artifact:
    return Artifact(path, media_type, lambda: (make().encode(),), modified)


def _programme(number: int, count: int, publication: Publication, site: Site) -> Told:
    """One page of a series' programme."""
    entries = publication.entries
    starts = [entry.session.start for entry in entries]
    part = entries[(number - 1) * LENGTH : number * LENGTH]
    folder = _address(site, f"{publication.path}/")
    up = "../" if _is_translated(publication) else ""
    page = Page(
        title=publication.title,
        address=_address(site, f"{publication.path}/{_file(number, count)}"),
        root=f"{up}../",
        description=_described(publication.summary),
        data=jsonld.dump(
            jsonld.series(publication, folder, entries=part),
            jsonld.breadcrumbs(((site.title, site.base_url), (publication.title, folder))),
        ),
        trail=(Link(f"{up}../index.html", site.title),),
        translations=tuple(_translations(publication, site, up, _file(number, count))),
        feeds=_feeds(publication, ""),
        calendar=_calendar(publication, site, ""),
        pages=_numbered(number, count),
    )
    return page, {
        "series": publication,
        "origin": entries[0].series.page if entries else None,
        "entries": part,
        "own": _own(publication),
        "gallery": [*_gallery(part, publication, site, f"{up}../")],
        "total": len(entries),
        "first": min(starts, default=None),
        "last": max(starts, default=None),
    }


class Film(NamedTuple):
    """A recording in a gallery: what is known of it, in words."""

    session: Session
    poster: str
    facts: tuple[str, ...]


def _gallery(
    entries: Iterable[Entry], publication: Publication, site: Site, root: str
) -> Iterator[Film]:
    """The recordings that can be watched, the newest first."""
    words = language(publication.language)
    for entry in reversed([*entries]):
        for each in entry.session.recordings:
            if each.url is None and not each.files:
                continue
            told = (
                each.title,
                words.duration(each.duration) if each.duration else None,
                words.language_name(each.language) if each.language else None,
                words.text(msgid("Captions")) if each.captions else None,
                words.text(msgid("Transcript")) if each.transcript else None,
            )
            where = poster(each, site.base_url, root)
            yield Film(entry.session, where, tuple(fact for fact in told if fact))


def _session(
    number: int, known: Callable[[], Mapping[str, str]], publication: Publication, site: Site
) -> Told:
    """The page of one session."""
    entries = publication.entries
    entry = entries[number]
    session = entry.session
    up = "../" if _is_translated(publication) else ""
    root = f"{up}../../"
    players = [
        player(each)._replace(poster=poster(each, site.base_url, root))
        for each in session.recordings
    ]
    folder = _address(site, f"{publication.path}/")
    address = _address(site, f"{publication.path}/sessions/{session.id}.html")
    image = _address(site, f"{publication.path}/sessions/{session.id}.png")
    trail = ((site.title, site.base_url), (publication.title, folder), (session.title, address))
    page = Page(
        title=f"{wording.title(session)} – {publication.title}",
        address=address,
        root=root,
        description=_described(session.summary or publication.summary),
        image=image,
        data=jsonld.dump(
            jsonld.event(entry, folder, image=image),
            *jsonld.videos(entry, folder),
            jsonld.breadcrumbs(trail),
        ),
        trail=(
            Link(f"{up}../../index.html", site.title),
            Link("../index.html", publication.title),
        ),
        translations=tuple(
            _translations(publication, site, f"{up}../", f"sessions/{session.id}.html")
        ),
        feeds=_feeds(publication, "../"),
        calendar=_calendar(publication, site, "../"),
        media=_hosts(file.url for each in session.recordings for file in each.files),
        frames=_hosts(each.src for each in players if each.src),
    )
    return page, {
        "series": publication,
        "origin": entry.series.page,
        "session": session,
        "own": _own(publication),
        "known": known(),
        "players": players,
        "once": links.once(entry, page.address),
        "before": entries[number - 1] if number else None,
        "after": entries[number + 1] if number + 1 < len(entries) else None,
    }


def _known(publication: Publication) -> Mapping[str, str]:
    """The pages of speakers who have one for what they do in this series alone, by their names.

    Of the others nobody knows, while a series is drawn, whether they speak in another one as well.
    """
    spoken = Counter(
        slug(name)
        for entry in publication.entries
        for name in {each.name for each in wording.speakers(entry.session)}
    )
    return {
        each.name: f"speakers/{slug(each.name)}"
        for entry in publication.entries
        for each in wording.speakers(entry.session)
        if spoken[slug(each.name)] > 1
    }


def _picture(publication: Publication, entry: Entry) -> Artifact:
    """The picture that messengers and networks show of a session's page."""
    session = entry.session

    def chunks() -> tuple[bytes]:
        from webinar_feeds.rendering.pages import picture  # noqa: PLC0415 - few builds draw any

        words = language(publication.language)
        texts = picture.Texts(
            series=publication.title,
            title=session.title,
            day=session.start.date(),
            month=words.month(session.start),
            weekday=words.weekday(session.start),
            time=words.times(session.start, session.end),
            zone=wording.abbreviation(session.start),
            offset=wording.offset(session.start),
            speakers=tuple(dict.fromkeys(each.name for each in wording.speakers(session))),
            state=words.text(STATES[session.status]) if session.status in STATES else "",
            rightward=words.direction == "rtl",
        )
        return (picture.png(texts, entry.series.id),)

    path = f"{publication.path}/sessions/{session.id}.png"
    return Artifact(path, "image/png", chunks, entry.revision.modified)


def _file(number: int, count: int) -> str:
    return "index.html" if number == count else f"page-{number}.html"


# ---------------------------------------------------------------------------------------- the site


def _index(part: Sequence[Card], numbers: tuple[Link, ...], _: Publication, site: Site) -> Told:
    """A page of the list of all series."""
    page = Page(
        title=site.title,
        address=_address(site, next((each.href for each in numbers if each.current), "index.html")),
        root="",
        description=_listed(each.title for each in part),
        pages=numbers if len(numbers) > 1 else (),
    )
    return page, {"cards": part}


def _help(_: Publication, site: Site) -> Told:
    """How to subscribe in each app."""
    page = Page(
        title=site.title,
        address=_address(site, "subscribe.html"),
        root="",
        description=language(site.language).text(SUBSCRIBING),
        trail=(Link("index.html", site.title),),
    )
    return page, {}


def _missing(publication: Publication, site: Site) -> Told:
    """What a server shows in place of a page that is not there, at whatever address.

    Its links start at the host, which need not be the one of `base_url`: a preview is another.
    """
    del publication
    root = urlsplit(site.base_url or "/").path or "/"
    return Page(title=site.title, root=root, trail=(Link(f"{root}index.html", site.title),)), {}


# ----------------------------------------------------------------------------------- what all need


def _artifact(
    publication: Publication,
    site: Site,
    path: str,
    template: str,
    make: Callable[[Publication, Site], Told],
) -> Artifact:
    def chunks() -> tuple[bytes]:
        from webinar_feeds.rendering.pages import templating  # noqa: PLC0415 - it brings Jinja2

        page, values = make(publication, site)
        given = {"page": page, "site": site, **values}
        return (templating.render(template, publication.language, given),)

    return Artifact(path, MEDIA_TYPE, chunks, publication.modified)


def _address(site: Site, path: str) -> str | None:
    """Where a page will be found; a folder stands for its index."""
    if site.base_url is None:
        return None
    return site.base_url + path.removesuffix("index.html")


def _calendar(publication: Publication, site: Site, beside: str) -> Calendar:
    address = _address(site, f"{publication.path}/calendar.ics")
    if address is None:
        ways = tuple(Way(key, "") for key in links.WAYS)
    else:
        ways = links.subscribe(address, publication.title)
    # One of the three keys that lead to `webcal:` is enough on a page.
    offered = tuple(each for each in ways if each.key != "webcal")
    page = _address(site, f"{publication.path}/")
    return Calendar(f"{beside}calendar.ics", address, offered, page)


def _feeds(publication: Publication, beside: str) -> tuple[Feed, ...]:
    return tuple(
        Feed(f"{beside}{file}", media_type, form, f"{publication.title} ({form})")
        for file, media_type, form in _FEEDS
    )


def _translations(
    publication: Publication, site: Site, up: str, file: str
) -> Iterator[Translation]:
    """The same page in each language of its series.

    Args:
        publication: the series, in the page's own language.
        site: where it will be found.
        up: leads from the page to the folder of the series in its first language.
        file: the page's path below the folder of each language.
    """
    for tag, path in publication.translations:
        below = path.removeprefix(publication.translations[0][1]).lstrip("/")
        href = f"{up}{below}/{file}" if below else f"{up}{file}"
        yield Translation(tag, href, _address(site, f"{path}/{file}"))


def _is_translated(publication: Publication) -> bool:
    """Whether this is a series in another language than its first."""
    return bool(publication.translations) and publication.path != publication.translations[0][1]


def _own(publication: Publication) -> str:
    """The language of those texts of a series that are given in one language alone."""
    return publication.translations[0][0] if publication.translations else publication.language


def _described(summary: str | None) -> str:
    """The beginning of a text, for search engines and previews."""
    text = markdown.to_text(summary) if summary else ""
    return cards.shortened(" ".join(text.split()), _DESCRIPTION)


def _listed(titles: Iterable[str]) -> str:
    """The first of some titles, for the same."""
    return cards.shortened(" · ".join(titles), _DESCRIPTION)


def _hosts(addresses: Iterable[str]) -> tuple[str, ...]:
    """The origins of some addresses, each once, for the page's policy (W11)."""
    found = (urlsplit(each) for each in addresses)
    return tuple(sorted({f"{each.scheme}://{each.netloc}" for each in found}))
