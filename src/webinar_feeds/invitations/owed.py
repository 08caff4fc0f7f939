"""Who is owed a letter, and what it tells: pure decisions, before anything is worded.

By what was published, who is on the list, what each was told last, and what they answered
(I10–I13, RFC 5546 §2.1.4, §3.2.2, §3.2.5).

- Nobody is told anything of a session that is over, and who wants no letters gets none.
- Who has declined a session is told if it is cancelled, as their calendar may still show it, and
  nothing else of it: neither of another time, nor a reminder, nor a recording.
- A CANCEL that is for one person has a SEQUENCE above what they were told, which may be above the
  ledger's; from then on, what they are told counts up from there.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.invitations import personal
from webinar_feeds.invitations.attendees import Attendee
from webinar_feeds.invitations.itip import UNANSWERED
from webinar_feeds.invitations.letters import Kind, Method, Part
from webinar_feeds.model import OFF, Status
from webinar_feeds.timezones import at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from datetime import datetime, timedelta

    from webinar_feeds.invitations.letters import Told
    from webinar_feeds.invitations.programme import Programme
    from webinar_feeds.model import Entry

_NOT_COMING = frozenset({"DECLINED", "DELEGATED"})
_KEPT = frozenset({"ACCEPTED", "TENTATIVE"})


class News(StrEnum):
    """What a letter says has become of a session."""

    INVITED = "invited"
    MOVED = "moved"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"
    UNINVITED = "uninvited"
    CHANGED = "changed"
    REMINDER = "reminder"
    RECORDING = "recording"


class Item(NamedTuple):
    """What a letter tells of one session.

    `entry` is the session as the person may know it, in their language; `before` the last that
    they were told of it, None when nothing; `answer` is the PARTSTAT that their calendar is given.
    """

    part: Part
    news: News
    entry: Entry
    before: Told | None = None
    answer: str = UNANSWERED


class Owed(NamedTuple):
    """A letter that somebody is owed.

    `follows` are the UIDs of all that they have been told of the series before, by start.
    """

    kind: Kind
    series: str
    attendee: Attendee
    language: str
    items: tuple[Item, ...]
    follows: tuple[str, ...] = ()


class Known(NamedTuple):
    """What is known of the people of a series, by (address, UID), and who wants no letters.

    `told` is the last that each was told for their calendar, `reminded` and `announced` the last
    reminder and the last word of a recording; `answers` are PARTSTATs in capitals.
    """

    told: Mapping[tuple[str, str], Told] = {}
    answers: Mapping[tuple[str, str], str] = {}
    opted_out: AbstractSet[str] = frozenset()
    reminded: Mapping[tuple[str, str], Told] = {}
    announced: Mapping[tuple[str, str], Told] = {}

    def by_address(self) -> dict[str, dict[str, Told]]:
        """What each person was told last, by UID."""
        found: dict[str, dict[str, Told]] = {}
        for (address, uid), told in self.told.items():
            found.setdefault(address, {})[uid] = told
        return found


class Round(NamedTuple):
    """What a round of letters goes by.

    `programme` is the series as it is published, `people` who is on the list, each once; `now` is
    aware; `sessions` are the ids of those that the round is about, None for all.
    """

    programme: Programme
    people: tuple[Attendee, ...]
    known: Known
    now: datetime
    sessions: AbstractSet[str] | None = None


def first_invitations(about: Round) -> Iterator[Owed]:
    """An invitation for each person to what they are invited to and were not told of yet."""
    for decide in _decisions(about):
        yield from decide.owed(
            [
                item
                for entry in decide.entries(about.sessions)
                if (item := decide.item(entry)) is not None and item.news is News.INVITED
            ]
        )


def changes(about: Round, *, also_texts: bool = False) -> Iterator[Owed]:
    """A letter for each person who was invited, with all that has changed since for them.

    Sessions that are new, moved, postponed or cancelled; those that they are no longer invited to;
    everything, for those who have left the list; and with `also_texts` what is only worded anew.
    """
    told = about.known.by_address()
    listed = {person.address for person in about.people}
    gone = (
        Attendee(address, address, sessions=frozenset()) for address in sorted(told.keys() - listed)
    )
    for decide in _decisions(about._replace(people=(*about.people, *gone))):
        if decide.told:
            yield from decide.owed(
                [
                    item
                    for entry in decide.entries(about.sessions, vanished=True)
                    if (item := decide.item(entry, also_texts=also_texts)) is not None
                ]
            )


def reminders(about: Round, within: timedelta) -> Iterator[Owed]:
    """A reminder for each person of what they are invited to and begins in less than `within`."""
    now = about.now

    def soon(entry: Entry) -> bool:
        starts = entry.session.start
        return now < starts <= now + within and entry.session.status not in OFF

    yield from _plain_letters(about, Kind.REMINDER, News.REMINDER, soon)


def recordings(about: Round) -> Iterator[Owed]:
    """A letter for each person about the recordings of what they were invited to."""

    def is_there(entry: Entry) -> bool:
        return any(each.url is not None for each in entry.session.recordings)

    yield from _plain_letters(about, Kind.RECORDING, News.RECORDING, is_there)


def _plain_letters(
    about: Round, kind: Kind, news: News, is_due: Callable[[Entry], bool]
) -> Iterator[Owed]:
    """A letter without a calendar for each person who is invited to a session and may come."""
    for decide in _decisions(about):
        items = [
            item
            for entry in decide.entries(about.sessions)
            if is_due(entry) and (item := decide.plain(entry, news)) is not None
        ]
        yield from decide.owed(items, kind)


def _decisions(about: Round) -> Iterator[_Decision]:
    """What is to be decided about each person, in the order of the list."""
    told = about.known.by_address()
    for person in about.people:
        yield _Decision(about, person, told.get(person.address, {}))


class _Decision:
    """What one person is owed."""

    def __init__(self, about: Round, person: Attendee, told: Mapping[str, Told]) -> None:
        self.programme, self.known, self.now = about.programme, about.known, about.now
        self.person, self.told = person, told
        self.language = about.programme.language(person.language)

    def entries(
        self, sessions: AbstractSet[str] | None, *, vanished: bool = False
    ) -> Iterator[Entry]:
        """The sessions to decide about, as the person may know them."""
        published = self.programme.entries[self.language]
        for entry in published:
            if sessions is None or entry.session.id in sessions:
                yield personal.known_to(entry, self.person.role_in(entry.session.id))
        if vanished:
            there = {entry.revision.uid for entry in published}
            for uid, told in sorted(self.told.items()):
                if uid not in there and (sessions is None or told.part.session in sessions):
                    yield personal.vanished(told, self.programme.series)

    def owed(self, items: list[Item], kind: Kind = Kind.INVITATION) -> Iterator[Owed]:
        """The letter with these items, if there are any and the person wants letters."""
        if not items or self.person.address in self.known.opted_out:
            return
        by_start = sorted(self.told.values(), key=lambda each: (each.part.start, each.part.uid))
        yield Owed(
            kind,
            self.programme.series.id,
            self.person,
            self.language,
            tuple(sorted(items, key=lambda each: (each.part.start, each.part.uid))),
            tuple(each.part.uid for each in by_start),
        )

    def may_come(self, entry: Entry) -> bool:
        """Whether the person is invited to a session and has not declined it."""
        before = self.told.get(entry.revision.uid)
        if before is not None and before.part.method is Method.CANCEL:
            return False
        return self.person.is_invited_to(entry.session.id) and not self._has_declined(entry)

    def item(self, entry: Entry, *, also_texts: bool = False) -> Item | None:
        """What is to be told of a session now, None when nothing."""
        before = self.told.get(entry.revision.uid)
        if entry.session.end <= self.now:
            return None
        if before is None or before.part.method is not Method.REQUEST:
            return self._invitation(entry, before)
        if entry.session.status is Status.CANCELLED:
            return self._item(personal.uninvited(entry), News.CANCELLED, before)
        if self._has_declined(entry):
            return None
        if not self.person.is_invited_to(entry.session.id):
            return self._item(personal.uninvited(entry), News.UNINVITED, before)
        return self._update(entry, before, also_texts=also_texts)

    def plain(self, entry: Entry, news: News) -> Item | None:
        """What a letter without a calendar tells of a session; None when it has been told before.

        A reminder comes once for a time, a recording once for what there is to watch.
        """
        if not self.may_come(entry):
            return None
        key = self.person.address, entry.revision.uid
        sequence, digest = entry.revision.sequence, personal.digest(entry)
        if news is News.RECORDING:
            there = sorted(each.id for each in entry.session.recordings if each.url is not None)
            digest = sha256("\0".join(there).encode()).hexdigest()[: len(digest)]
            last = self.known.announced.get(key)
            is_told = last is not None and last.part.digest == digest
        else:
            last = self.known.reminded.get(key)
            is_told = last is not None and last.part.sequence >= sequence
        if is_told:
            return None
        part = self._part(entry, Method.NONE, sequence, digest)
        return Item(part, news, entry, self.told.get(entry.revision.uid))

    def _invitation(self, entry: Entry, before: Told | None) -> Item | None:
        """An invitation of somebody who is not invited now, though they may have been."""
        if not self.person.is_invited_to(entry.session.id) or entry.session.status in OFF:
            return None
        return self._item(entry, News.INVITED, before)

    def _update(self, entry: Entry, before: Told, *, also_texts: bool) -> Item | None:
        """What has changed of a session that the person is invited to, None when nothing has."""
        digest, was = personal.digest(entry), before.part
        if personal.is_same_plan(digest, was.digest):
            if digest == was.digest or not also_texts:
                return None
            return self._item(entry, News.CHANGED, before, above=False, answer=self._answer(entry))
        if entry.session.status is Status.POSTPONED:
            return self._item(entry, News.POSTPONED, before)
        if (entry.session.start, entry.session.end) != (was.start, was.end):
            return self._item(entry, News.MOVED, before)
        return self._item(entry, News.CHANGED, before, answer=self._answer(entry))

    def _item(
        self,
        entry: Entry,
        news: News,
        before: Told | None,
        *,
        above: bool = True,
        answer: str = UNANSWERED,
    ) -> Item:
        """An item; with `above`, its SEQUENCE is above what the person was told (I10, I13)."""
        sequence = entry.revision.sequence
        if before is not None:
            sequence = max(sequence, before.part.sequence + above)
        off = news in (News.CANCELLED, News.UNINVITED)
        method = Method.CANCEL if off else Method.REQUEST
        part = self._part(entry, method, sequence, personal.digest(entry))
        return Item(part, news, entry, before, answer)

    def _part(self, entry: Entry, method: Method, sequence: int, digest: str) -> Part:
        session = entry.session
        return Part(
            self.programme.series.id,
            session.id,
            entry.revision.uid,
            method,
            sequence,
            at(session.start, "UTC"),
            at(session.end, "UTC"),
            str(session.title),
            digest,
        )

    def _answered(self, entry: Entry) -> str:
        return self.known.answers.get((self.person.address, entry.revision.uid), "")

    def _has_declined(self, entry: Entry) -> bool:
        return self._answered(entry) in _NOT_COMING

    def _answer(self, entry: Entry) -> str:
        """What the person's calendar keeps when the time has not changed."""
        answered = self._answered(entry)
        return answered if answered in _KEPT else UNANSWERED
