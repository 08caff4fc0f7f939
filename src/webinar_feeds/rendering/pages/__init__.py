"""The pages that people open: the site's, a series', a session's, and those that help.

Knows which pages there are, where, and what each is given to show; what they look like is the
templates' business, and Jinja2 is imported when one is really rendered. No page asks a clock:
what is coming and what is over, the visitor's own script says.
"""

from __future__ import annotations

from collections import Counter
from functools import cache, partial
from typing import TYPE_CHECKING

from webinar_feeds.artifacts import Artifact
from webinar_feeds.model import Scope, Status
from webinar_feeds.publications import slug
from webinar_feeds.rendering import wording
from webinar_feeds.rendering.pages import (
    cards,
    films,
    jsonld,
    links,
    lists,
    players,
    programme,
    sites,
    sources,
    views,
)
from webinar_feeds.rendering.pages.language import language, msgid
from webinar_feeds.rendering.pages.page import (
    OF_VIEW,
    ROOM,
    Link,
    Page,
    Translation,
    address_of,
    artifact,
    beginning,
    beside,
    calendar_of,
    feeds_of,
    file_name,
    listed,
    numbers,
    origins,
    parts,
    size_of,
)
from webinar_feeds.rendering.pages.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from webinar_feeds.model import Entry, Publication, Site
    from webinar_feeds.rendering.pages.page import Told
    from webinar_feeds.rendering.pages.views import Held

name = "pages"
streams = ()  # no page is made of pieces
draws = views.SCOPES | {Scope.SERIES, Scope.SITE}

STATES = {Status.CANCELLED: msgid("Cancelled"), Status.POSTPONED: msgid("Postponed")}


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
    yield from sites.of_cards(publication, site, map(cards.of_entries, by_series.values()))


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
    yield from sites.of_cards(publication, site, map(cards.parse, told))


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
    last = max(1, -(-count // OF_VIEW))
    for number in range(1, last + 1):
        path = f"{publication.path}/{file_name(number, last)}"
        make = partial(_view, number, last, count, told)
        yield artifact(publication, site, path, "view.html", make)


def _view(  # noqa: PLR0913, PLR0917 - which page of which view
    number: int,
    last: int,
    count: int,
    told: Callable[[int, int], Sequence[Held]],
    publication: Publication,
    site: Site,
) -> Told:
    """A page of a view: its sessions, with the series that each belongs to."""
    held = told((number - 1) * OF_VIEW, number * OF_VIEW)
    name, who = views.name(publication, site), views.speaker(publication, held)
    address = address_of(site, f"{publication.path}/{file_name(number, last)}")
    trail = ((site.title, site.base_url), (name, address_of(site, f"{publication.path}/")))
    calendar = calendar_of(publication, site, "")
    page = Page(
        title=f"{name} – {site.title}",
        address=address,
        root="../../",
        description=listed([name, *(each.session.title for each in held)]),
        data=jsonld.dump(
            *views.data(who, trail[1][1], held, site.base_url), jsonld.breadcrumbs(trail)
        ),
        trail=(Link("../../index.html", site.title),),
        # A code for each of many views would take more time than their pages.
        calendar=calendar and calendar._replace(page=None),
        pages=numbers(number, last),
    )
    return page, {"name": name, "who": who, "held": held, "total": count}


# -------------------------------------------------------------------------------------- a series


def _of_series(publication: Publication, site: Site) -> Iterator[Artifact]:
    """The programme, and a page for each session.

    Where the programme is long, its end is the first page; the others have numbers that count
    from the oldest session, so that each stays on its page when others come. A session that had
    another id keeps its page there as well (H10).
    """
    entries, folder = publication.entries, publication.path
    room = ROOM - size_of(publication.summary or "")
    cuts = parts(entries, room)
    for number, cut in enumerate(cuts, 1):
        path = f"{folder}/{file_name(number, len(cuts))}"
        make = partial(_programme, number, len(cuts), cut)
        yield artifact(publication, site, path, "series.html", make)
    known, tongues = cache(partial(_known, publication)), cache(partial(_tongues, publication))
    for number, made_from in enumerate(sources.of_sessions(publication, site, known, tongues)):
        session = entries[number].session
        for identifier in (session.id, *session.formerly):
            path = f"{folder}/sessions/{identifier}.html"
            make = partial(_session, number, known, tongues)
            yield artifact(publication, site, path, "session.html", make, made_from)
    here = f"{folder}/{programme.FILE}"
    others = {
        tag: links.relative(here, f"{path}/{programme.FILE}")
        for tag, path in publication.translations
        if path != folder
    }
    calendar = "calendar" in site.formats
    told = partial(programme.dump, publication, others, has_calendar=calendar)
    yield beside(here, programme.MEDIA_TYPE, publication.modified, told)
    yield from sites.feed_styles(publication, site, f"{folder}/")
    base = site.base_url
    if base is not None:
        # Who shows a preview asks for its whole address; without one there is nothing to ask for.
        yield from (_picture(publication, entry) for entry in entries)
        if not _is_translated(publication):  # one file tells of all languages
            told = partial(lists.of_series, publication, base)
            yield beside(f"{folder}/sitemap.xml", sites.XML, publication.modified, told)


def _programme(
    number: int, count: int, cut: tuple[int, int], publication: Publication, site: Site
) -> Told:
    """One page of a series' programme: its sessions from one number to another."""
    entries = publication.entries
    starts = [entry.session.start for entry in entries]
    part = entries[slice(*cut)]
    folder = address_of(site, f"{publication.path}/")
    up = "../" if _is_translated(publication) else ""
    words, own = language(publication.language), _own(publication)
    page = Page(
        title=publication.title,
        address=address_of(site, f"{publication.path}/{file_name(number, count)}"),
        root=f"{up}../",
        description=beginning(publication.summary),
        data=jsonld.dump(
            jsonld.series(publication, folder, entries=part),
            jsonld.breadcrumbs(((site.title, site.base_url), (publication.title, folder))),
        ),
        trail=(Link(f"{up}../index.html", site.title),),
        translations=tuple(_translations(publication, site, up, file_name(number, count))),
        feeds=feeds_of(publication, site, ""),
        calendar=calendar_of(publication, site, ""),
        pages=numbers(number, count),
    )
    return page, {
        "series": publication,
        "origin": entries[0].series.page if entries else None,
        "entries": part,
        "own": own,
        "gallery": [
            films.shown(each, words, "", f"{up}../", site.base_url) for each in films.of(part, own)
        ],
        "total": len(entries),
        "first": min(starts, default=None),
        "last": max(starts, default=None),
    }


def _session(
    number: int,
    known: Callable[[], Mapping[str, str]],
    tongues: Callable[[], frozenset[str]],
    publication: Publication,
    site: Site,
) -> Told:
    """The page of one session."""
    entries = publication.entries
    entry = entries[number]
    session = entry.session
    up = "../" if _is_translated(publication) else ""
    root = f"{up}../../"
    shown = [
        players.player(each)._replace(
            poster=players.beside(each.poster, site.base_url, root),
            captions=players.beside(each.captions, site.base_url, root),
        )
        for each in session.recordings
    ]
    folder = address_of(site, f"{publication.path}/")
    address = address_of(site, f"{publication.path}/sessions/{session.id}.html")
    image = address_of(site, f"{publication.path}/sessions/{session.id}.png")
    trail = ((site.title, site.base_url), (publication.title, folder), (session.title, address))
    page = Page(
        title=f"{wording.title(session)} – {publication.title}",
        address=address,
        root=root,
        description=beginning(session.summary or publication.summary),
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
        feeds=feeds_of(publication, site, "../"),
        calendar=calendar_of(publication, site, "../"),
        media=origins(file.url for each in session.recordings for file in each.files),
        frames=origins(each.src for each in shown if each.src),
    )
    return page, {
        "series": publication,
        "origin": entry.series.page,
        "session": session,
        "own": _own(publication),
        "known": known(),
        "tongues": tongues(),
        "players": shown,
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


def _tongues(publication: Publication) -> frozenset[str]:
    """The languages that have a page for what is spoken in this series alone."""
    found = {slug(tag) for entry in publication.entries for tag in entry.session.languages}
    return frozenset(found if len(found) > 1 else ())


def _picture(publication: Publication, entry: Entry) -> Artifact:
    """The picture that messengers and networks show of a session's page."""
    session = entry.session
    words = language(publication.language)
    texts = Texts(
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

    def chunks() -> tuple[bytes]:
        from webinar_feeds.rendering.pages import picture  # noqa: PLC0415 - few builds draw any

        return (picture.png(texts, entry.series.id),)

    path = f"{publication.path}/sessions/{session.id}.png"
    made_from = sources.hashed(texts, entry.series.id)
    return Artifact(path, "image/png", chunks, entry.revision.modified, made_from)


# ----------------------------------------------------------------------------------- what all need


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
        yield Translation(tag, href, address_of(site, f"{path}/{file}"))


def _is_translated(publication: Publication) -> bool:
    """Whether this is a series in another language than its first."""
    return bool(publication.translations) and publication.path != publication.translations[0][1]


def _own(publication: Publication) -> str:
    """The language of those texts of a series that are given in one language alone."""
    return publication.translations[0][0] if publication.translations else publication.language
