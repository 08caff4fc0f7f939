"""Rounds of letters as tests make them: series published again and again, and who is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import event_files
from webinar_feeds import ledger
from webinar_feeds.invitations import addresses, attendees, messages, owed, programme
from webinar_feeds.invitations.addresses import Address
from webinar_feeds.invitations.letters import Kind, Told
from webinar_feeds.invitations.sender import Sender
from webinar_feeds.model import Site
from webinar_feeds.reading.characters import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from webinar_feeds.invitations.attendees import Attendee, Listed
    from webinar_feeds.invitations.letters import Letter
    from webinar_feeds.invitations.owed import Known, Owed, Round
    from webinar_feeds.invitations.programme import Programme
    from webinar_feeds.ledger import Ledger

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 5, 9, 0, tzinfo=UTC)
SERIES = """\
title: {en: Open science over lunch, de: Offene Wissenschaft am Mittag}
page: https://www.example.org/open
language: en
organizers: [The Library]
timezone: Europe/Berlin
time: 12:30–13:15
sessions:
  - id: preprints
    date: 2027-01-14
    title: {en: "Preprints, and who reads them", de: Preprints und wer sie liest}
    summary: What happens **between** a posting and a journal.
    join: {url: "https://meet.example.org/42", audience: registered}
    talks: [{title: Welcome, speakers: [Ana Lima, {name: Bo Olsen, prefix: Dr}]}]
  - id: open-data
    date: 2027-02-11
    title: Data that others can use
    registration: https://www.example.org/register
"""


def address(text: str) -> Address:
    """A mail address that is one."""
    found = addresses.understand(text)
    assert isinstance(found, Address)
    return found


SENDER = Sender("The Library", address("library@example.org"))


def published(text: str = SERIES, past: Ledger | None = None, now: datetime = NOW) -> Ledger:
    """The ledger of a series once it has been built at a time."""
    return ledger.revise(event_files.read(text), Site(), past, now).ledger


def as_published(
    text: str = SERIES, past: Ledger | None = None, now: datetime = NOW
) -> tuple[Programme, Ledger]:
    """A series that has just been built at a time, and its ledger."""
    held = published(text, past, now)
    told, said = programme.of(event_files.read(text), Site(), held, now)
    assert said == ()
    assert told is not None
    return told, held


def listed(text: str, told: Programme | None = None, encoding: str = "utf-8") -> Listed:
    """What a list of people says."""
    source = Source("attendees/open-science.csv", text.encode(encoding))
    return attendees.read(source, told or as_published()[0])


def people(text: str, told: Programme | None = None) -> tuple[Attendee, ...]:
    """The people of a list that nothing is wrong with."""
    found = listed(text, told)
    assert event_files.said(found.diagnostics) == []
    return found.people


def about(
    told: Programme,
    who: str | tuple[Attendee, ...],
    known: Known | None = None,
    now: datetime = NOW,
    sessions: Iterable[str] | None = None,
) -> Round:
    """What a round goes by."""
    some = people(f"email\n{who}\n", told) if isinstance(who, str) else who
    wanted = None if sessions is None else frozenset(sessions)
    return owed.Round(told, some, known or owed.Known(), now, wanted)


def heard(letters: Iterable[Owed], known: Known | None = None, issued: datetime = NOW) -> Known:
    """What people know once they have got letters."""
    known = known or owed.Known()
    told: dict[Kind, dict[tuple[str, str], Told]] = {
        Kind.INVITATION: dict(known.told),
        Kind.REMINDER: dict(known.reminded),
        Kind.RECORDING: dict(known.announced),
    }
    for each in letters:
        for item in each.items:
            key = each.attendee.address, item.part.uid
            told[each.kind][key] = Told(item.part, issued)
    return known._replace(
        told=told[Kind.INVITATION],
        reminded=told[Kind.REMINDER],
        announced=told[Kind.RECORDING],
    )


def answered(known: Known, told: Programme, answers: Mapping[tuple[str, str], str]) -> Known:
    """What is known once people have answered, by address and session."""
    uids = {each.session.id: each.revision.uid for each in told.own}
    more = {(who, uids[session]): said for (who, session), said in answers.items()}
    return known._replace(answers={**known.answers, **more})


def news(letters: Iterable[Owed]) -> list[tuple[str, list[tuple[str, str, str, int]]]]:
    """Who is told what: address; news, session, method and SEQUENCE."""
    return [
        (
            each.attendee.address,
            [
                (item.news.value, item.part.session, item.part.method.value, item.part.sequence)
                for item in each.items
            ],
        )
        for each in letters
    ]


def written(
    letters: Iterable[Owed], sender: Sender = SENDER, *, one_per_session: bool = False
) -> list[Letter]:
    """The letters as they would be sent."""
    return list(messages.letters(letters, sender, one_per_session=one_per_session))
