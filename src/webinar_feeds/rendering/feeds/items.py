"""What a feed of recordings holds, whatever it is written as.

Knows recordings and their life in the feeds (the ledger's `RecordingRevision`); knows no XML and
no JSON. Text is plain, HTML is safe (F7, S7).
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from webinar_feeds.ledger import derived_uid
from webinar_feeds.rendering import markdown, wording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from webinar_feeds.model import Entry, MediaFile, Publication, Recording, Site


class Item(NamedTuple):
    """One recording. `urn` is its lasting id (F3, F21); `link` is None where nothing is known.

    `published` is when the recording came, `updated` when it last changed, both UTC; `held` is when
    the session began; `invite` is the address of its calendar entry.
    """

    urn: str
    title: str
    link: str | None
    summary: str
    html: str
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


class Feed(NamedTuple):
    """A feed: its items newest first, and what is said of it as a whole.

    `link` is the page of what it tells about, `address` the feed's own; each None where nobody
    has given it, and then nothing takes its place (C33).
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
    items: tuple[Item, ...]

    @property
    def is_podcast(self) -> bool:
        """Whether there is a file that a podcast app can fetch, with its size (F9)."""
        return any(file.size is not None for item in self.items for file in item.files)


def feed_of(publication: Publication, site: Site, path: str) -> Feed:
    """The feed of a publication's recordings, newest first (F8), valid also without any.

    Args:
        publication: its sessions hold only recordings that have appeared, so that no upcoming
            session can get in.
        site: where the output will be found, who publishes it, how long a feed may be.
        path: the feed's own path below `site.base_url`.
    """
    found = sorted(
        (item for entry in publication.entries for item in _items(entry, site)),
        key=lambda item: (-item.published.timestamp(), -item.held.timestamp(), item.urn),
    )
    items = tuple(found[: site.feed_length])
    people = publication.organizers or ((site.publisher,) if site.publisher else ())
    summary = markdown.to_text(publication.summary) if publication.summary else ""
    return Feed(
        urn=f"urn:uuid:{derived_uid(publication.uid, 'recordings')}",
        guid=derived_uid(publication.uid, "recordings"),
        title=f"{publication.title}: recordings",
        description=summary or f"The recordings of {publication.title}.",
        language=publication.language,
        # Atom wants an author (F20); where nobody is named, the publication speaks for itself.
        authors=tuple(each.name for each in people) or (publication.title,),
        link=publication.page or site.base_url,
        address=None if site.base_url is None else f"{site.base_url}{path}",
        updated=max((item.updated for item in items), default=publication.modified),
        items=items,
    )


def _items(entry: Entry, site: Site) -> Iterator[Item]:
    session, series = entry.session, entry.series
    several = len(session.recordings) > 1
    for recording in session.recordings:
        life = entry.revision.recordings[recording.id]
        page = session.page or series.page
        invite = None
        if site.base_url is not None:
            invite = f"{site.base_url}{series.id}/invites/{quote(session.id)}.ics"
        which = recording.title or recording.language or recording.id
        yield Item(
            urn=life.urn,
            title=f"{session.title} ({which})" if several else session.title,
            link=recording.url or page,
            summary=_summary(entry, recording),
            html=_html(entry, recording, page, invite),
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
