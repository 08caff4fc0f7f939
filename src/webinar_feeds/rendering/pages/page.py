"""What a page is, whatever it shows: its address, its language, what it offers, what it may load.

Templates are given a `Page` and what is particular to each. Jinja2 is imported when a page is
really rendered.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from webinar_feeds.artifacts import Artifact
from webinar_feeds.model import Words
from webinar_feeds.rendering import markdown, wording
from webinar_feeds.rendering.pages import cards, links
from webinar_feeds.rendering.pages.language import language, msgid
from webinar_feeds.rendering.pages.links import Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from webinar_feeds.model import Entry, Publication, Session, Site

MEDIA_TYPE = "text/html; charset=utf-8"
# What is on one page, so that it stays under 60 kB: sessions of a view, of which only the number is
# known; sessions of a series at most, and what they may take up.
OF_VIEW, OF_SERIES, ROOM = 20, 40, 46_000
_DESCRIPTION = 160
_RECORDINGS, _CHANGES = msgid("Recordings"), msgid("Changes")
_FEEDS = (
    ("recordings.rss", "application/rss+xml", "RSS", _RECORDINGS),
    ("recordings.atom", "application/atom+xml", "Atom", _RECORDINGS),
    ("recordings.json", "application/feed+json", "JSON Feed", _RECORDINGS),
    ("changes.atom", "application/atom+xml", "Atom", _CHANGES),
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
    """A feed that a page offers: `name` is its format, `title` what it holds, and of what.

    `holds` is `recordings` or `changes`.
    """

    href: str
    media_type: str
    name: str
    title: str
    holds: str


class Calendar(NamedTuple):
    """A calendar to subscribe to: beside the page, and at its address where that is known.

    `ways` are the links to offer; where the address is not known, the visitor's script makes them.
    `page` is the address of the page that tells of it, `title` what the calendar is called.
    """

    href: str
    address: str | None
    ways: tuple[Way, ...]
    page: str | None
    title: str


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


def artifact(  # noqa: PLR0913, PLR0917 - what a page is
    publication: Publication,
    site: Site,
    path: str,
    template: str,
    make: Callable[[Publication, Site], Told],
    made_from: str = "",
) -> Artifact:
    """A page, which is rendered when its bytes are asked for.

    Args:
        publication: whose page it is.
        site: what it belongs to.
        path: where it is, below the output folder.
        template: the name of what it looks like.
        make: what the template is given.
        made_from: a hash of all that `make` asks for, if anybody needs to know.
    """

    def chunks() -> tuple[bytes]:
        from webinar_feeds.rendering.pages import templating  # noqa: PLC0415 - it brings Jinja2

        page, values = make(publication, site)
        given = {"page": page, "site": site, **values}
        return (templating.render(template, publication.language, given),)

    return Artifact(path, MEDIA_TYPE, chunks, publication.modified, made_from)


def beside(path: str, media_type: str, modified: datetime, make: Callable[[], str]) -> Artifact:
    """A text that lies beside the pages, made when it is asked for."""
    return Artifact(path, media_type, lambda: (make().encode(),), modified)


def address_of(site: Site, path: str) -> str | None:
    """Where a page will be found; a folder stands for its index."""
    if site.base_url is None:
        return None
    return site.base_url + path.removesuffix("index.html")


def calendar_of(publication: Publication, site: Site, beside: str) -> Calendar | None:
    """The calendar of a publication, for a page from which `beside` leads to its folder.

    None where the site publishes no calendars.
    """
    if "calendar" not in site.formats:
        return None
    folder = f"{publication.path}/" if publication.path else ""
    address = address_of(site, f"{folder}calendar.ics")
    if address is None:
        ways = tuple(Way(key, "") for key in links.WAYS)
    else:
        ways = links.subscribe(address, publication.title)
    # One of the three keys that lead to `webcal:` is enough on a page.
    offered = tuple(each for each in ways if each.key != "webcal")
    return Calendar(
        f"{beside}calendar.ics", address, offered, address_of(site, folder), publication.title
    )


def feeds_of(publication: Publication, site: Site, beside: str) -> tuple[Feed, ...]:
    """The feeds of a publication, for a page from which `beside` leads to their folder.

    None where the site publishes no feeds.
    """
    if "feeds" not in site.formats:
        return ()
    words = language(publication.language)
    return tuple(
        Feed(
            f"{beside}{file}",
            media_type,
            form,
            f"{publication.title}: {words.text(holds)} ({form})",
            file.partition(".")[0],
        )
        for file, media_type, form, holds in _FEEDS
    )


def parts(entries: Sequence[Entry], room: int = ROOM) -> list[tuple[int, int]]:
    """How a programme is cut into pages: the numbers of the first session of each, and of the next.

    They are filled from the oldest session on, so that a session stays on its page when others
    come.

    Args:
        entries: the sessions, in their order.
        room: how many bytes they may take up on a page.
    """
    cuts = [0]
    taken = 0
    for number, entry in enumerate(entries):
        size = _size(entry.session)
        if number > cuts[-1] and (taken + size > room or number - cuts[-1] == OF_SERIES):
            cuts.append(number)
            taken = 0
        taken += size
    return [*pairwise((*cuts, len(entries)))]


def _size(session: Session) -> int:
    """About how many bytes a session takes up: its title stands in several places."""
    films = len(session.recordings)
    people = sum(len(each.name.encode()) + 8 for each in wording.speakers(session))
    join = len(session.join.url) if session.join else 0
    return 1000 + (3 + 2 * films) * size_of(session.title) + 2 * people + join + 350 * films


def size_of(text: str) -> int:
    """How many bytes a text has, in the language in which it is longest.

    So pages are cut at the same sessions in all languages, and lead to each other.
    """
    told = text.in_languages.values() if isinstance(text, Words) else (text,)
    return max(len(each.encode()) for each in told)


def numbers(number: int, last: int) -> tuple[Link, ...]:
    """The pages of something long, none where it is short."""
    if last == 1:
        return ()
    return tuple(
        Link(file_name(each, last), str(each), each == number) for each in range(1, last + 1)
    )


def file_name(number: int, count: int) -> str:
    """The file of one of the pages of something long: the last is what one sees first."""
    return "index.html" if number == count else f"page-{number}.html"


def beginning(summary: str | None) -> str:
    """The beginning of a text, for search engines and previews."""
    text = markdown.to_text(summary) if summary else ""
    return cards.shortened(" ".join(text.split()), _DESCRIPTION)


def listed(titles: Iterable[str]) -> str:
    """The first of some titles, for the same."""
    return cards.shortened(" · ".join(titles), _DESCRIPTION)


def origins(addresses: Iterable[str]) -> tuple[str, ...]:
    """The origins of some addresses, each once, for the page's policy (W11)."""
    found = (urlsplit(each) for each in addresses)
    return tuple(sorted({f"{each.scheme}://{each.netloc}" for each in found}))
