"""What a feed of recordings holds, whatever it is written as.

Knows recordings and their life in the feeds (the ledger's `RecordingRevision`); knows no XML and
no JSON. Text is plain, HTML is safe (F7, S7).
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from heapq import nsmallest
from itertools import chain, starmap
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.ledger import derived_uid
from webinar_feeds.rendering import markdown, wording
from webinar_feeds.rendering.markup import data, escape
from webinar_feeds.timezones import seconds

if TYPE_CHECKING:
    from datetime import timedelta

    from webinar_feeds.model import Entry, MediaFile, Publication, Recording, Site

# What several feeds of one publication say.
_lasting = lru_cache(maxsize=8)(derived_uid)
_summed_up = lru_cache(maxsize=8)(markdown.to_text)


class Item(NamedTuple):
    """One recording. `urn` is its lasting id (F3, F21); `link` is None where nothing is known.

    `markup` is the HTML as XML holds it. `published` is when the recording came, `updated` when it
    last changed, both UTC; `held` is when the session began; `invite` is the address of its
    calendar entry.
    """

    urn: str
    title: str
    link: str | None
    summary: str
    html: str
    markup: str
    published: datetime
    updated: datetime
    held: datetime
    authors: tuple[str, ...]
    topics: tuple[str, ...]
    invite: str | None
    language: str | None
    files: tuple[MediaFile, ...]
    duration: timedelta | None
    captions: str | None
    poster: str | None

    @property
    def is_podcast(self) -> bool:
        """Whether there is a file that a podcast app can fetch, with its size (F9)."""
        return any(file.size is not None for file in self.files)


class Used(NamedTuple):
    """What an item makes use of, that a feed has to declare before its items.

    `updated` is when it last changed, in seconds since 1970; the others say whether there are
    authors, media of several kinds, captions, and files for podcast apps.
    """

    updated: int
    authors: bool
    media: bool
    captions: bool
    files: bool


class Header(NamedTuple):
    """What is said of a feed as a whole.

    `link` is the page of what it tells about, `address` the feed's own; each None where nobody
    has given it, and then nothing takes its place (C33). `styled` where a stylesheet lies beside
    the feed, so that a browser shows it as a page. `hub` tells readers of changes; it has to know
    the feed by its address (F10).
    """

    urn: str
    guid: str
    title: str
    description: str
    language: str
    authors: tuple[str, ...]
    link: str | None
    address: str | None
    updated: datetime
    styled: bool
    hub: str | None = None

    @property
    def prolog(self) -> str:
        """What XML begins with, and by what it is shown."""
        style = '<?xml-stylesheet type="text/css" href="feed.css"?>\n' if self.styled else ""
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{style}'


def header(
    publication: Publication, site: Site, path: str, name: str, updated: int | None
) -> Header:
    """What is said of a publication's feed; valid also for one without any item.

    Args:
        publication: what it tells of; its entries are not asked for.
        site: where the output will be found, and who publishes it.
        path: the feed's own path below `site.base_url`.
        name: what the feed holds, in a word: `recordings`.
        updated: its newest item's stamp, seconds since 1970; None when there is none.
    """
    people = publication.organizers or ((site.publisher,) if site.publisher else ())
    summary = _summed_up(publication.summary) if publication.summary else ""
    guid = _lasting(publication.uid, name)
    return Header(
        urn=f"urn:uuid:{guid}",
        guid=guid,
        title=f"{publication.title}: {name}",
        description=summary or f"The {name} of {publication.title}.",
        language=publication.language,
        # Atom wants an author (F20); where nobody is named, the publication speaks for itself.
        authors=tuple(each.name for each in people) or (publication.title,),
        link=publication.page or site.base_url,
        address=None if site.base_url is None else f"{site.base_url}{path}",
        updated=publication.modified if updated is None else datetime.fromtimestamp(updated, UTC),
        styled="pages" in site.formats,  # the format that writes the stylesheet
        hub=None if site.base_url is None else site.hub,
    )


def items_of(publication: Publication, site: Site) -> tuple[Item, ...]:
    """A publication's recordings that have appeared, newest first, as many as a feed holds (F8).

    Its sessions hold only such recordings, so that no upcoming session can get in. Those of a
    session that has left the calendars are among them; it has no invite any more.
    """
    found = chain(
        (
            (entry, each, site.base_url)
            for entry in publication.entries
            for each in entry.session.recordings
        ),
        ((entry, each, None) for entry in publication.left for each in entry.session.recordings),
    )
    # Most recordings of a long series are in no feed, and an item is the dearest part of one.
    newest = nsmallest(site.feed_length, found, lambda each: _order(*each[:2]))
    return tuple(starmap(_item, newest))


def key(item: Item) -> tuple[int, int, str]:
    """How items sort in every feed: the newest first, then those of later sessions."""
    return -seconds(item.published), -seconds(item.held), item.urn


def _order(entry: Entry, recording: Recording) -> tuple[int, int, str]:
    """The key of an item that has not been made."""
    life = entry.revision.recordings[recording.id]
    return -seconds(life.published), -seconds(entry.session.start), life.urn


def used(item: Item) -> Used:
    """What an item makes use of."""
    return Used(
        seconds(item.updated),
        bool(item.authors),
        item.poster is not None or len(item.files) > 1,
        item.captions is not None,
        item.is_podcast,
    )


def _item(entry: Entry, recording: Recording, base_url: str | None) -> Item:
    """A recording as an item; `base_url` is None when its session has no invite to lead to."""
    session, series = entry.session, entry.series
    life = entry.revision.recordings[recording.id]
    page = session.page or series.page
    invite = None
    if base_url is not None:
        invite = f"{base_url}{series.id}/invites/{session.id}.ics"
    html = _html(entry, recording, page, invite)
    which = recording.title or recording.language or recording.id
    return Item(
        urn=life.urn,
        title=f"{session.title} ({which})" if len(session.recordings) > 1 else session.title,
        link=recording.url or page,
        summary=_summary(entry, recording),
        html=html,
        markup=data(html),
        published=life.published,
        updated=life.updated,
        held=session.start,
        authors=tuple(dict.fromkeys(each.name for each in wording.speakers(session))),
        topics=session.topics,
        invite=invite,
        language=recording.language or (session.languages[0] if session.languages else None),
        files=recording.files,
        duration=recording.duration,
        captions=recording.captions,
        poster=recording.poster,
    )


def _summary(entry: Entry, recording: Recording) -> str:
    """One or two sentences as plain text."""
    held = f"Recording of the session of {wording.day(entry.session.start)}"
    if recording.url is None:
        return f"{held}: {wording.ANNOUNCED}."
    lasting = f", {wording.length(recording.duration)}" if recording.duration else ""
    return f"{held}{lasting}."


def _html(entry: Entry, recording: Recording, page: str | None, invite: str | None) -> str:
    """The whole entry as safe HTML, with absolute addresses only."""
    session, series = entry.session, entry.series
    held_by = wording.organizers(series.organizers)
    parts = [
        _where(recording, page),
        _reading(recording),
        _chapters(recording),
        f"<p>The session took place on {escape(wording.when(session))}.</p>",
        markdown.to_html(session.summary) if session.summary else "",
        wording.programme_html(session),
        f"<p>Part of “{escape(series.title)}”"
        + (f", organised by {escape(held_by)}.</p>" if held_by else ".</p>"),
        f'<p><a href="{escape(invite)}">Calendar entry of the session</a></p>' if invite else "",
    ]
    return "\n".join(filter(None, parts))


def _where(recording: Recording, page: str | None) -> str:
    """Where the recording is, or honestly that only its announcement is known."""
    if recording.url is None:
        words = "announced on the series page"
        linked = f'<a href="{escape(page)}">{words}</a>' if page else words
        return f"<p>The recording is {linked}; its own address is not known yet.</p>"
    lasting = f" ({wording.length(recording.duration)})" if recording.duration else ""
    return f'<p><a href="{escape(recording.url)}">The recording</a>{lasting}</p>'


def _reading(recording: Recording) -> str:
    """What there is to read of a recording."""
    told = ((recording.transcript, "Transcript"), (recording.captions, "Captions"))
    links = [f'<a href="{escape(url)}">{name}</a>' for url, name in told if url is not None]
    return f"<p>{' · '.join(links)}</p>" if links else ""


def _chapters(recording: Recording) -> str:
    """What a recording is about from when on; players find the times in the text."""
    lines = "".join(
        f"<li>{wording.position(each.start)} {escape(each.title)}</li>"
        for each in recording.chapters
    )
    return f"<p>Chapters:</p>\n<ul>{lines}</ul>" if lines else ""
