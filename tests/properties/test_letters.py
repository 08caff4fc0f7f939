"""Whatever an organiser does and whoever answers what, people's calendars end up right.

A model of a calendar that takes letters as RFC 5546 §2.1.5 says: by UID, SEQUENCE, then DTSTAMP.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import event_files
from letter_rounds import NOW, heard
from webinar_feeds import ledger
from webinar_feeds.invitations import owed, programme
from webinar_feeds.invitations.attendees import Attendee
from webinar_feeds.invitations.letters import Method
from webinar_feeds.model import Site

if TYPE_CHECKING:
    from webinar_feeds.ledger import Ledger

SESSIONS = ("a", "b")
PEOPLE = ("ana@example.org", "bo@example.org")
STATES = ("confirmed", "confirmed", "confirmed", "tentative", "cancelled", "postponed")


class Shown(NamedTuple):
    """What a calendar shows of an event; `there` is whether it is there at all."""

    there: bool
    sequence: int
    stamp: datetime
    start: datetime
    title: str


class Letters(RuleBasedStateMachine):
    """An organiser, two people, their calendars and their answers."""

    @initialize()
    def begin(self) -> None:
        """One session, nobody on the list, nothing sent."""
        self.now = NOW
        self.past: Ledger | None = None
        self.told: programme.Programme
        self.file = {"a": (1, "confirmed", "First")}
        self.listed: dict[str, frozenset[str] | None] = {}
        self.known = owed.Known()
        self.calendars: dict[tuple[str, str], Shown] = {}
        self.ignored: list[str] = []
        self.publish()

    def publish(self) -> None:
        """Build."""
        self.now += timedelta(hours=1)
        rows = "".join(
            f"  - {{id: {key}, date: 2027-03-{day:02}, status: {status}, title: {title}}}\n"
            for key, (day, status, title) in self.file.items()
        )
        series = event_files.read(
            f"title: S\ntimezone: Europe/Berlin\ntime: 12:00–13:00\nsessions:\n{rows}"
        )
        self.past = ledger.revise(series, Site(), self.past, self.now).ledger
        told, _ = programme.of(series, Site(), self.past, self.now)
        assert told is not None
        self.told = told

    @rule(
        session=st.sampled_from(SESSIONS),
        day=st.integers(1, 2),
        status=st.sampled_from(STATES),
        title=st.sampled_from(["First", "Second"]),
    )
    def edit(self, session: str, day: int, status: str, title: str) -> None:
        """Change or add a session, and build."""
        self.file[session] = (day, status, title)
        self.publish()

    @rule(
        person=st.sampled_from(PEOPLE),
        sessions=st.none() | st.frozensets(st.sampled_from(SESSIONS)),
    )
    def enlist(self, person: str, sessions: frozenset[str] | None) -> None:
        """Put somebody on the list, or change what they are listed for."""
        self.listed[person] = sessions

    @rule(person=st.sampled_from(PEOPLE))
    def strike(self, person: str) -> None:
        """Take somebody off the list."""
        self.listed.pop(person, None)

    @rule(
        person=st.sampled_from(PEOPLE),
        session=st.sampled_from(SESSIONS),
        answer=st.sampled_from(["ACCEPTED", "TENTATIVE", "DECLINED"]),
    )
    def answer(self, person: str, session: str, answer: str) -> None:
        """Somebody answers."""
        uid = next((e.revision.uid for e in self.told.own if e.session.id == session), None)
        if uid is not None and (person, uid) in self.known.told:
            self.known = self.known._replace(answers={**self.known.answers, (person, uid): answer})

    @rule(update=st.booleans(), also_texts=st.booleans())
    def send(self, update: bool, also_texts: bool) -> None:
        """A round of letters, which all arrive."""
        self.now += timedelta(minutes=1)
        letters = list(
            owed.changes(self.round(), also_texts=also_texts)
            if update
            else owed.first_invitations(self.round())
        )
        for letter in letters:
            for item in letter.items:
                self.arrive(letter.attendee.address, item)
        self.known = heard(letters, self.known, self.now)

    def round(self) -> owed.Round:
        people = tuple(Attendee(who, who, sessions=some) for who, some in self.listed.items())
        return owed.Round(self.told, people, self.known, self.now)

    def arrive(self, person: str, item: owed.Item) -> None:
        part = item.part
        before = self.calendars.get((person, part.uid))
        if before is not None and (before.sequence, before.stamp) >= (part.sequence, self.now):
            self.ignored.append(f"{person} {part.uid} {part.sequence}")
            return
        there = part.method is Method.REQUEST
        if before is not None and (there, part.start) != (before.there, before.start):
            assert part.sequence > before.sequence  # I10: more than other words
        shown = Shown(there, part.sequence, self.now, part.start, part.title)
        self.calendars[person, part.uid] = shown

    @invariant()
    def no_letter_is_taken_for_an_old_one(self) -> None:
        assert self.ignored == []

    @rule()
    def catch_up(self) -> None:
        """After both rounds every calendar shows what is published, and nothing more is owed."""
        self.send(update=True, also_texts=True)
        self.send(update=False, also_texts=False)
        assert list(owed.changes(self.round(), also_texts=True)) == []
        assert list(owed.first_invitations(self.round())) == []
        for entry in self.told.own:
            for person in PEOPLE:
                self.check(person, entry.session.id)

    def check(self, person: str, session: str) -> None:
        entry = next(each for each in self.told.own if each.session.id == session)
        uid, status = entry.revision.uid, entry.session.status.value
        if self.known.answers.get((person, uid)) == "DECLINED":
            return
        shown = self.calendars.get((person, uid))
        some = self.listed.get(person, frozenset())
        invited = some is None or session in some
        if not invited or status == "cancelled":
            assert shown is None or not shown.there
        elif status != "postponed":
            assert shown is not None
            assert (shown.there, shown.start) == (True, entry.session.start)
            assert shown.title == entry.session.title
        elif shown is not None and shown.there:
            assert shown.start == entry.session.start


Letters.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestLetters = Letters.TestCase
