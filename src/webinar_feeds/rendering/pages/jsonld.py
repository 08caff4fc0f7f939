"""What a page says to search engines and other programs: schema.org, as JSON-LD (W1–W4).

Only what is known is said: a session whose price, audience or place nobody has told has none here
either. Where the site's address is not known, nothing has an `@id`, because a name that changes
with the page's place is none.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from webinar_feeds import timezones
from webinar_feeds.model import OFF, Audience, Status
from webinar_feeds.rendering import contentlines, markdown, wording
from webinar_feeds.rendering.pages.players import player

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from webinar_feeds.model import (
        Entry,
        Organizer,
        Publication,
        Recording,
        Revision,
        Session,
        Speaker,
    )

Node: TypeAlias = dict[str, object]

_SCHEMA = "https://schema.org"
_STATUSES = {
    Status.CONFIRMED: "EventScheduled",
    Status.TENTATIVE: "EventScheduled",  # there is no word for a date that is not certain
    Status.CANCELLED: "EventCancelled",
    Status.POSTPONED: "EventPostponed",
}
# JSON knows each of these by its number as well, and HTML then finds no tag, no comment and no
# end of a script in it; U+2028 and U+2029 end a line for old JavaScript (W4).
_ESCAPED = str.maketrans({each: f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"})


def dump(*nodes: Node) -> str:
    """Nodes as the text of one `<script type="application/ld+json">`, to stand there as it is."""
    told: Node = {"@context": _SCHEMA}
    told |= nodes[0] if len(nodes) == 1 else {"@graph": nodes}
    text = json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_ESCAPED)


def series(
    publication: Publication,
    folder: str | None,
    *,
    entries: Iterable[Entry] | None = None,
    image: str | None = None,
) -> Node:
    """A series as an EventSeries, which names its sessions and leaves their pages to tell the rest.

    Args:
        publication: the series.
        folder: the address of its folder, which ends in a slash; None when nobody knows it.
        entries: the sessions that the page shows, where it does not show them all.
        image: the address of a picture of it.
    """
    shown = publication.entries if entries is None else entries
    return _known(
        {
            "@type": "EventSeries",
            "@id": _series_id(folder),
            "name": publication.title,
            "url": folder or publication.page,
            "description": _plain(publication.summary),
            "image": image,
            "organizer": _organizers(publication.organizers),
            "subEvent": [mention(entry.session, folder) for entry in shown],
        }
    )


def mention(session: Session, folder: str | None) -> Node:
    """A session in short, for what has to do with it.

    Args:
        session: the session.
        folder: the address of its series' folder, which ends in a slash; None when nobody knows it.
    """
    return _known(_short(session, folder))


def event(
    entry: Entry,
    folder: str | None,
    *,
    image: str | None = None,
    speakers: Mapping[str, str] | None = None,
) -> Node:
    """A session as an EducationEvent (W1).

    Dates bear the offset of the session's own zone. A session that has moved is rescheduled, with
    every date that it had; a cancelled or postponed one keeps its date. Its place is where one
    joins, if everybody may know that, or else where one registers or reads about it.

    Args:
        entry: the session.
        folder: the address of its series' folder, which ends in a slash; None when nobody knows it.
        image: the address of a picture of it.
        speakers: the addresses of the pages of speakers who have one, by their names.
    """
    session, told_in = entry.session, entry.series
    before = () if session.status in OFF else _earlier_starts(session, entry.revision)
    status = "EventRescheduled" if before else _STATUSES[session.status]
    page = _page(session, folder) or session.page
    people: dict[str, Speaker] = {}
    for speaker in wording.speakers(session):
        people.setdefault(speaker.name, speaker)
    return _known(
        {
            **_short(session, folder),
            "endDate": session.end.isoformat(),
            "previousStartDate": [each.isoformat() for each in before],
            "eventStatus": f"{_SCHEMA}/{status}",
            "eventAttendanceMode": f"{_SCHEMA}/OnlineEventAttendanceMode",
            "location": _place(entry, page),
            "url": page,
            "description": _plain(session.summary),
            "image": image,
            "inLanguage": list(session.languages),
            "keywords": list(session.topics),
            "organizer": _organizers(told_in.organizers),
            "performer": [
                person(each, (speakers or {}).get(each.name)) for each in people.values()
            ],
            "superEvent": _known(
                {
                    "@type": "EventSeries",
                    "@id": _series_id(folder),
                    "name": told_in.title,
                    "url": folder or told_in.page,
                }
            ),
        }
    )


def videos(entry: Entry, folder: str | None) -> Iterator[Node]:
    """A session's recordings as VideoObjects, or AudioObjects where there is nothing to see (W3).

    One without a picture, without the date it appeared, or whose film or sound nobody can reach
    from here is left out: search engines take it for a mistake.

    Args:
        entry: the session.
        folder: the address of its series' folder, which ends in a slash; None when nobody knows it.
    """
    for recording in entry.session.recordings:
        life = entry.revision.recordings.get(recording.id)
        uploaded = recording.published if life is None else life.published
        shown = player(recording)
        if recording.poster is None or uploaded is None or shown.kind in ("link", "none"):
            continue
        file = next((each for each in recording.files if _is(shown.kind, each.media_type)), None)
        lasting = recording.duration
        yield _known(
            {
                "@type": "AudioObject" if shown.kind == "audio" else "VideoObject",
                "name": _recording_name(entry.session, recording),
                "description": _plain(entry.session.summary) or _recorded(entry.session),
                "thumbnailUrl": recording.poster,
                "uploadDate": uploaded.isoformat(),
                "duration": contentlines.duration(lasting) if lasting else None,
                "contentUrl": file.url if file else None,
                "encodingFormat": file.media_type if file else None,
                "embedUrl": shown.src,
                "url": recording.url,
                "inLanguage": recording.language,
                "caption": recording.captions
                and {"@type": "MediaObject", "contentUrl": recording.captions},
                "recordedAt": mention(entry.session, folder),
            }
        )


def person(speaker: Speaker, address: str | None = None, sessions: Iterable[Node] = ()) -> Node:
    """A speaker as a Person, as far as the organiser introduces them.

    Args:
        speaker: the person, in one of their sessions.
        address: the speaker's own page on the site, if there is one.
        sessions: what they speak in, as `mention` tells it.
    """
    return _known(
        {
            "@type": "Person",
            "@id": address and f"{address}#person",
            "name": speaker.name,
            "honorificPrefix": speaker.prefix,
            "jobTitle": speaker.role,
            "affiliation": speaker.affiliation
            and {"@type": "Organization", "name": speaker.affiliation},
            "url": address,
            "performerIn": list(sessions),
        }
    )


def breadcrumbs(trail: Iterable[tuple[str, str | None]]) -> Node:
    """The way to a page as a BreadcrumbList.

    Args:
        trail: the name and the address of each page from the first to this one; an address that
            is not known is None.
    """
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            _known({"@type": "ListItem", "position": number, "name": name, "item": address})
            for number, (name, address) in enumerate(trail, 1)
        ],
    }


def _known(told: Mapping[str, object]) -> Node:
    """A node without what nobody has said."""
    return {key: value for key, value in told.items() if value not in (None, "", [], {})}


def _page(session: Session, folder: str | None) -> str | None:
    return folder and f"{folder}sessions/{session.id}.html"


def _series_id(folder: str | None) -> str | None:
    return folder and f"{folder}#series"


def _short(session: Session, folder: str | None) -> Node:
    """What every mention of a session says."""
    page = _page(session, folder)
    return {
        "@type": "EducationEvent",
        "@id": page and f"{page}#event",
        "name": session.title,
        "startDate": session.start.isoformat(),
    }


def _earlier_starts(session: Session, revision: Revision) -> tuple[datetime, ...]:
    """The starts that subscribers were told before, each once, on the clock they were told on."""
    told = (change.before for change in revision.changes)
    starts = {each.start: timezones.at(each.start, each.zone) for each in told}
    starts.pop(session.start, None)
    return tuple(starts.values())


def _place(entry: Entry, page: str | None) -> Node | None:
    """Where a session takes place: none without an address, which search engines refuse."""
    session = entry.session
    addresses: list[str | None] = [session.page, entry.series.page, page]
    if session.status not in OFF:
        addresses.insert(0, session.registration)
        if session.join is not None and session.join.audience is Audience.PUBLIC:
            addresses.insert(0, session.join.url)
    url = next(filter(None, addresses), None)
    if url is None:
        return None
    return _known({"@type": "VirtualLocation", "name": session.platform, "url": url})


def _organizers(held_by: Iterable[Organizer]) -> list[Node]:
    return [
        _known({"@type": "Organization", "name": each.name, "url": each.url}) for each in held_by
    ]


def _plain(text: str | None) -> str | None:
    return markdown.to_text(text) if text else None


def _is(kind: str, media_type: str) -> bool:
    return media_type.partition("/")[0] == kind


def _recording_name(session: Session, recording: Recording) -> str:
    if len(session.recordings) == 1:
        return recording.title or session.title
    return f"{session.title} ({recording.title or recording.language or recording.id})"


def _recorded(session: Session) -> str:
    return f"Recording of the session of {wording.day(session.start)}"
