"""`programme.json`: a series' sessions for other people's pages, which `webinar-series.js` shows.

The names are schema.org's as far as it has them. What depends on the language (dates, hours, states
and the words around them) is said as the pages say it, so that the script on a foreign page knows
no language; addresses are those of files beside this one, unless they are elsewhere.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from webinar_feeds import timezones
from webinar_feeds.model import OFF, Audience, Form, Join, Recording, Session, Speaker, Status, Talk
from webinar_feeds.rendering import wording
from webinar_feeds.rendering.pages.language import language, msgid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webinar_feeds.model import Publication
    from webinar_feeds.rendering.pages.language import Language

FILE = "programme.json"
MEDIA_TYPE = "application/json"
FORMAT = 1  # raised when a script that knows this one would misread it
_STATES = {
    Status.CANCELLED: msgid("Cancelled"),
    Status.POSTPONED: msgid("Postponed: a new date has not been set yet"),
    Status.TENTATIVE: msgid("The date is not confirmed yet"),
}
_WORDS = {
    "upcoming": msgid("Upcoming"),
    "past": msgid("Past"),
    "yours": msgid("Your time: {time}"),
    "now": msgid("On now"),
    "starts": msgid("Starts {when}"),
    "join": msgid("Join"),
    "recording": msgid("Recording"),
    "subscribe": msgid("Subscribe"),
}


def dump(publication: Publication, others: dict[str, str], *, has_calendar: bool) -> str:
    """The programme of a series, in its language.

    Args:
        publication: the series; its sessions are told in their order.
        others: where the same is told in other languages, by tag, from this file on.
        has_calendar: whether there is one beside it.
    """
    words = language(publication.language)
    found = {
        "@context": "https://schema.org",
        "@type": "EventSeries",
        "version": FORMAT,
        "name": publication.title,
        "inLanguage": publication.language,
        "locale": words.locale,
        "dir": words.direction,
        "url": "index.html",
        **({"calendar": "calendar.ics"} if has_calendar else {}),
        "workTranslation": others,
        "words": {key: words.text(each) for key, each in _WORDS.items()},
        "subEvent": [
            told(entry.session, entry.revision.uid, words) for entry in publication.entries
        ],
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def told(session: Session, uid: str, words: Language) -> dict[str, Any]:
    """A session: instants with their offset, and how they are said on the clock of its zone."""
    found: dict[str, Any] = {
        "@type": "EducationEvent",
        "identifier": uid,
        "id": session.id,
        "name": session.title,
        "url": f"sessions/{session.id}.html",
        "startDate": session.start.isoformat(),
        "endDate": session.end.isoformat(),
        "timezone": session.zone,
        "status": session.status.value,
        "date": words.date(session.start),
        "time": words.times(session.start, session.end),
        "zone": wording.abbreviation(session.start),
        "performer": [_person(each) for each in dict.fromkeys(wording.speakers(session))],
    }
    if session.status in _STATES:
        found["state"] = words.text(_STATES[session.status])
    join = session.join
    if join is not None and join.audience is Audience.PUBLIC and session.status not in OFF:
        found["join"] = join.url
    if any(each.url or each.files for each in session.recordings):
        found["recording"] = f"sessions/{session.id}.html#recordings"
    return found


def _person(speaker: Speaker) -> dict[str, str]:
    """A speaker, by schema.org's names for what is known of a person."""
    values = (speaker.name, speaker.prefix, speaker.role, speaker.affiliation, speaker.city)
    return {key: value for key, value in zip(_PERSON, values, strict=True) if value}


_PERSON = ("name", "honorificPrefix", "jobTitle", "affiliation", "homeLocation")


def heard(found: Mapping[str, Any]) -> Session:
    """A session as far as `told` has told it; its talks are its speakers, without titles."""
    zone = found["timezone"]
    start, end = (
        timezones.at(datetime.fromisoformat(found[key]), zone) for key in ("startDate", "endDate")
    )
    speakers = tuple(Speaker(*map(each.get, _PERSON)) for each in found["performer"])
    return Session(
        id=found["id"],
        title=found["name"],
        start=start,
        end=end,
        zone=zone,
        form=Form.ZONED,
        written="",
        status=Status(found["status"]),
        talks=(Talk("", speakers),) if speakers else (),
        join=Join(found["join"], Audience.PUBLIC) if "join" in found else None,
        recordings=(Recording("", found["recording"]),) if "recording" in found else (),
    )
