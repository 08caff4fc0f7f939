"""Speakers' addresses, which stand in a private file and never in an event file (S13).

A contact is a person of that name; whoever speaks in a session under that name is invited to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.invitations.headings import Role, plain
from webinar_feeds.rendering import wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webinar_feeds.invitations.attendees import Attendee
    from webinar_feeds.invitations.programme import Programme

NAME = "contacts.csv"


class Speakers(NamedTuple):
    """The speakers of a series who can be invited, and the names of those who cannot."""

    people: tuple[Attendee, ...]
    unknown: tuple[str, ...]


def speakers(contacts: Iterable[Attendee], programme: Programme) -> Speakers:
    """The speakers of a series, each invited to the sessions that they speak in.

    Args:
        contacts: the people in the contacts file.
        programme: the series.
    """
    by_name: dict[str, Attendee] = {}
    for each in contacts:
        by_name.setdefault(plain(each.name), each)
    sessions: dict[str, set[str]] = {}
    unknown: dict[str, None] = {}
    for entry in programme.own:
        for speaker in wording.speakers(entry.session):
            names = (speaker.name, wording.name(speaker))
            found = next((key for key in map(plain, names) if key in by_name), None)
            if found is None:
                unknown[speaker.name] = None
            else:
                sessions.setdefault(found, set()).add(entry.session.id)
    people = tuple(
        by_name[key]._replace(
            role=Role.PARTICIPANT, sessions=frozenset(some), speaks=frozenset(some)
        )
        for key, some in sorted(sessions.items())
    )
    return Speakers(people, tuple(unknown))
