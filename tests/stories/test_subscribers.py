"""What people who subscribed see after each kind of change (C11, C14, C15, C20, C24, I10, F3, F21).

The event file is edited, the command line builds, vdirsyncer fetches, khal shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from referees import newsboat_items
from stories.subscriber import Seen, Subscriber, event_text, events, published
from stories.workshop import build, edit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SITE = """\
title: Open seminars
base_url: https://seminars.example.org/
"""
SERIES = """\
title: Open science
page: https://www.example.org/open
timezone: Europe/Berlin
time: 13:00–14:30
keep_cancelled: 30 days
sessions:
  - id: opening
    date: 2026-05-06
    title: Opening
    recording: https://www.example.org/opening
  - id: preprints
    date: 2026-06-17
    title: Preprints
    summary: What a preprint is.
  - id: licences
    date: 2026-07-08
    title: Licences
"""
FIRST, THEN, LATER = "2026-05-20T08:00:00Z", "2026-05-21T08:00:00Z", "2026-05-22T08:00:00Z"
# In the order of their starts.
IDS = ("opening", "preprints", "licences")
OPENING = ("2026-05-06 11:00Z", "Opening", "CONFIRMED")
PREPRINTS = ("2026-06-17 11:00Z", "Preprints", "CONFIRMED")
LICENCES = ("2026-07-08 11:00Z", "Licences", "CONFIRMED")
STAMPS = {"DTSTAMP", "LAST-MODIFIED"}
SPAN = {"DTSTART", "DTEND"}


class World(NamedTuple):
    """An organiser's folder, a subscriber, and the sessions' UIDs as they were first published."""

    events: Path
    output: Path
    subscriber: Subscriber
    address: str
    uids: dict[str, str]

    @property
    def series(self) -> Path:
        return self.events / "open-science.yaml"

    def calendar(self) -> dict[str, str]:
        """The published calendar's events by UID."""
        return events((self.output / "open-science/calendar.ics").read_bytes())

    def value(self, session: str, name: str) -> str:
        """What the published calendar says of a session, by the property's name."""
        (found,) = (
            line.partition(":")[2]
            for line in self.calendar()[self.uids[session]].split("\n")
            if line.startswith((f"{name}:", f"{name};"))
        )
        return found

    def change(self, old: str, new: str, now: str = THEN) -> Seen:
        """Edit the event file, build and sync; what the subscriber sees.

        Asserts, in `rebuild`, what holds after every change: each session is in the store once,
        as it is published, and those that did not change kept their bytes in all files.
        """
        edit(self.series, old, new)
        return self.rebuild(now)

    def rebuild(self, now: str) -> Seen:
        """Build what the event file says, and sync; asserts what holds always."""
        before, stored = self.calendar(), self.subscriber.files()
        build(self.events, self.output, now)
        seen = self.subscriber.sync()
        after = self.calendar()
        same = {uid for uid in before if before[uid] == after.get(uid)}
        assert same == before.keys() - seen.removed - seen.changed.keys()
        entries = self.subscriber.entries()
        assert {uid: event_text(data) for uid, data in entries.items()} == after
        files = self.subscriber.files()
        kept = [event_text(data) for _, (data, _) in stored.items() & files.items()]
        assert sorted(map(_plain, kept)) == sorted(_plain(before[uid]) for uid in same)
        assert len(files) == len(after)
        return seen

    def feed(self, name: str) -> list[str]:
        """The titles that newsboat shows of the series' feed, newest first."""
        items = newsboat_items(f"http://{self.address}/{self.output.name}/open-science/{name}")
        return [item.title or "" for item in items]

    def changed(self, session: str, *names: str) -> Seen:
        """That one session differs in some properties, and its stamps follow."""
        return Seen(changed={self.uids[session]: frozenset({*names, *STAMPS})})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder that is published, and its address."""
    root = tmp_path_factory.mktemp("published")
    with published(root) as address:
        yield root, address


@pytest.fixture
def world(site: tuple[Path, str], tmp_path: Path) -> World:
    """A series that has been published, and a person who has subscribed to it."""
    root, address = site
    output = root / tmp_path.name
    folder = tmp_path / "events"
    folder.mkdir()
    (folder / "site.yaml").write_text(SITE, encoding="utf-8")
    (folder / "open-science.yaml").write_text(SERIES, encoding="utf-8")
    build(folder, output, FIRST)
    path = f"/{output.name}/open-science/calendar.ics"
    subscriber = Subscriber(tmp_path / "subscriber", address, path)
    uids = dict(zip(IDS, events((output / path[1:].partition("/")[2]).read_bytes()), strict=True))
    assert subscriber.sync() == Seen(added=frozenset(uids.values()))
    return World(folder, output, subscriber, address, uids)


def _plain(text: str) -> str:
    """An event's text without its UID, which the subscription of vdirsyncer replaces."""
    return "\n".join(line for line in text.split("\n") if not line.startswith("UID:"))


def test_a_new_subscriber_sees_every_session_once(world: World) -> None:
    assert world.subscriber.agenda() == [OPENING, PREPRINTS, LICENCES]


def test_another_way_to_write_the_same_is_no_news_for_anybody(world: World) -> None:
    """Nobody even has to fetch the file again: its validators are the same."""
    stored = world.subscriber.files()

    seen = world.change("date: 2026-06-17\n", "# A Wednesday.\n    date: '17 June 2026'\n")

    assert (seen, world.subscriber.fetch()) == (Seen(), 304)
    assert world.subscriber.files() == stored


def test_a_session_that_moves_moves(world: World) -> None:
    seen = world.change("date: 2026-06-17", "date: 2026-06-18")

    assert seen == world.changed("preprints", *SPAN, "DESCRIPTION", "SEQUENCE")
    assert world.value("preprints", "SEQUENCE") == "1"
    assert world.value("preprints", "DTSTAMP") == "20260521T080000Z"
    moved = ("2026-06-18 11:00Z", "Preprints", "CONFIRMED")
    assert world.subscriber.agenda() == [OPENING, moved, LICENCES]


def test_a_new_title_is_told_without_a_new_sequence(world: World) -> None:
    seen = world.change("title: Preprints", "title: Preprints and peers")

    assert seen == world.changed("preprints", "SUMMARY")
    assert world.value("preprints", "SEQUENCE") == "0"
    assert world.value("preprints", "DTSTAMP") == "20260521T080000Z"
    renamed = ("2026-06-17 11:00Z", "Preprints and peers", "CONFIRMED")
    assert world.subscriber.agenda() == [OPENING, renamed, LICENCES]


def test_a_new_description_is_told_without_a_new_sequence(world: World) -> None:
    seen = world.change("What a preprint is.", "What a preprint is, and is not.")

    assert seen == world.changed("preprints", "DESCRIPTION")
    assert world.value("preprints", "SEQUENCE") == "0"
    assert world.subscriber.agenda() == [OPENING, PREPRINTS, LICENCES]


def test_a_cancelled_session_stays_as_cancelled_and_leaves_in_time(world: World) -> None:
    seen = world.change("title: Licences", "title: Licences\n    status: cancelled")

    assert seen == world.changed(
        *("licences", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "DESCRIPTION")
    )
    assert world.value("licences", "SEQUENCE") == "1"
    assert world.value("licences", "STATUS") == "CANCELLED"
    cancelled = ("2026-07-08 11:00Z", "CANCELLED: Licences", "CANCELLED")
    assert world.subscriber.agenda() == [OPENING, PREPRINTS, cancelled]

    assert world.rebuild("2026-08-07T11:00:00Z") == Seen()
    assert world.rebuild("2026-08-08T12:31:00Z") == Seen(
        removed=frozenset({world.uids["licences"]})
    )
    assert world.subscriber.agenda() == [OPENING, PREPRINTS]


def test_a_postponed_session_stays_at_its_date_and_keeps_nobody_busy(world: World) -> None:
    seen = world.change("title: Licences", "title: Licences\n    status: postponed")

    assert seen == world.changed(
        *("licences", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "DESCRIPTION")
    )
    assert world.value("licences", "SEQUENCE") == "1"
    assert world.value("licences", "TRANSP") == "TRANSPARENT"
    postponed = ("2026-07-08 11:00Z", "POSTPONED: Licences", "TENTATIVE")
    assert world.subscriber.agenda() == [OPENING, PREPRINTS, postponed]


@pytest.mark.parametrize("status", ["cancelled", "postponed"])
def test_a_session_that_is_back_on_is_the_same_one(world: World, status: str) -> None:
    """SEQUENCE rises again: an update with the old one would be ignored (I13)."""
    world.change("title: Licences", f"title: Licences\n    status: {status}")

    seen = world.change(f"    status: {status}\n", "", LATER)

    assert seen == world.changed(
        *("licences", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "DESCRIPTION")
    )
    assert world.value("licences", "SEQUENCE") == "2"
    assert world.subscriber.agenda() == [OPENING, PREPRINTS, LICENCES]


def test_a_new_session_comes(world: World) -> None:
    seen = world.change(
        "  - id: licences",
        "  - id: peers\n    date: 2026-07-01\n    title: Peers\n  - id: licences",
    )

    (uid,) = seen.added
    assert seen == Seen(added=frozenset({uid}))
    assert "\nSEQUENCE:0\n" in world.calendar()[uid]
    peers = ("2026-07-01 11:00Z", "Peers", "CONFIRMED")
    assert world.subscriber.agenda() == [OPENING, PREPRINTS, peers, LICENCES]


def test_a_removed_session_is_cancelled_before_it_leaves(world: World) -> None:
    written = "  - id: licences\n    date: 2026-07-08\n    title: Licences\n"

    seen = world.change(written, "removed: [licences]\n")

    assert seen == world.changed(
        *("licences", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "DESCRIPTION")
    )
    assert world.value("licences", "SEQUENCE") == "1"
    cancelled = ("2026-07-08 11:00Z", "CANCELLED: Licences", "CANCELLED")
    assert world.subscriber.agenda() == [OPENING, PREPRINTS, cancelled]

    assert world.rebuild("2026-08-07T11:00:00Z") == Seen()
    assert world.rebuild("2026-08-08T12:31:00Z") == Seen(
        removed=frozenset({world.uids["licences"]})
    )
    assert world.subscriber.agenda() == [OPENING, PREPRINTS]


def test_a_session_with_a_new_id_is_the_same_one(world: World) -> None:
    seen = world.change("id: licences", "id: open-licences\n    formerly: licences")

    assert seen == Seen()
    assert world.subscriber.agenda() == [OPENING, PREPRINTS, LICENCES]


def test_a_session_with_a_new_id_and_time_moves(world: World) -> None:
    seen = world.change(
        "id: licences\n    date: 2026-07-08",
        "id: open-licences\n    formerly: licences\n    date: 2026-07-09",
    )

    assert seen == world.changed("licences", *SPAN, "DESCRIPTION", "SEQUENCE")
    moved = ("2026-07-09 11:00Z", "Licences", "CONFIRMED")
    assert world.subscriber.agenda() == [OPENING, PREPRINTS, moved]


def test_a_recording_is_told_in_the_calendar_and_in_the_feed(world: World) -> None:
    held = "2026-06-18T08:00:00Z"

    seen = world.change(
        "title: Preprints",
        "title: Preprints\n    recording: https://www.example.org/preprints",
        held,
    )

    assert seen == world.changed("preprints", "DESCRIPTION")
    assert world.value("preprints", "SEQUENCE") == "0"
    assert world.feed("recordings.atom") == ["Preprints", "Opening"]


def test_past_sessions_stay_for_ever(world: World) -> None:
    assert world.rebuild("2027-12-01T00:00:00Z") == Seen()
    assert world.subscriber.agenda() == [OPENING, PREPRINTS, LICENCES]
