"""A session as one person may know it, and what it is that they were told.

What somebody may know is, for them, public: once the join link of an entry is marked so, every
renderer tells it. Nothing that is made from such an entry may be published.
"""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from webinar_feeds.invitations.headings import Role
from webinar_feeds.model import Audience, Entry, Join, Revision, Session, Status
from webinar_feeds.timezones import at, form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webinar_feeds.invitations.letters import Told
    from webinar_feeds.model import Series

_SIZE = 16  # hexadecimal digits of each half of a digest


def known_to(entry: Entry, role: Role) -> Entry:
    """A session with the join link if somebody of this role may have it, and without it if not.

    Who is invited by name has registered; links for hosts are for hosts and speakers (S10).
    """
    join = entry.session.join
    if join is None or join.audience is Audience.PUBLIC:
        return entry
    if join.audience is Audience.HOSTS and role not in {Role.HOST, Role.SPEAKER}:
        told = None
    else:
        told = Join(join.url, Audience.PUBLIC)
    return entry._replace(session=replace(entry.session, join=told))


def uninvited(entry: Entry) -> Entry:
    """A session without what nobody needs who does not come, or not any more."""
    return entry._replace(session=replace(entry.session, join=None, registration=None))


def vanished(told: Told, series: Series) -> Entry:
    """A session that the ledger does not know any more, as somebody was told of it: cancelled."""
    part = told.part
    start, end = at(part.start, "UTC"), at(part.end, "UTC")
    session = Session(
        id=part.session,
        title=part.title,
        start=start,
        end=end,
        zone="UTC",
        form=form(start, end, "UTC"),
        written="",
        status=Status.CANCELLED,
    )
    revision = Revision(part.uid, part.sequence, told.issued, told.issued, {})
    return Entry(series, session, revision)


def digest(entry: Entry) -> str:
    """What somebody is told of a session, as a hash of two halves that `follows` tells apart.

    The first is over what they must follow: time, state and place, the join link among it (I10).
    The second is over everything else. Neither depends on how letters are worded.
    """
    session = entry.session
    planned = [
        f"{at(session.start, 'UTC'):%Y-%m-%dT%H:%M:%S}",
        f"{at(session.end, 'UTC'):%Y-%m-%dT%H:%M:%S}",
        session.status,
        session.platform,
        session.join.url if session.join is not None else None,
    ]
    said = [
        entry.series.title,
        session.title,
        session.summary,
        session.registration,
        session.page or entry.series.page,
        session.zone,
        [
            [talk.title, talk.summary, [[*_words(each)] for each in talk.speakers]]
            for talk in session.talks
        ],
    ]
    return f"{_hash(planned)}{_hash(said)}"


def is_same_plan(one: str, other: str) -> bool:
    """Whether two digests tell the same time, state and place."""
    return one[:_SIZE] == other[:_SIZE]


def _words(speaker: object) -> list[str | None]:
    names = ("name", "prefix", "role", "affiliation", "city")
    return [getattr(speaker, each) for each in names]


def _hash(values: Sequence[object]) -> str:
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:_SIZE]
