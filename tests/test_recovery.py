from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some

from event_files import sound, with_session
from webinar_feeds import ledger
from webinar_feeds.model import Publication, Series, Site
from webinar_feeds.recovery import recover
from webinar_feeds.rendering import calendar

if TYPE_CHECKING:
    from webinar_feeds.ledger import Ledger

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BERLIN = "time: 13:00–14:30\ntimezone: Europe/Berlin"
SITE = Site(base_url="https://w.example.org/")


def one(own: str = "", above: str = BERLIN) -> Series:
    return sound(with_session(own, above))


def built(
    told: Series, past: Ledger | None = None, now: datetime = NOW
) -> tuple[Publication, bytes]:
    """A publication, and its calendar as it lies in the output folder."""
    publication, _ = ledger.revise(told, SITE, past, now)
    (found,) = (
        each for each in calendar.render(publication, SITE) if each.path.endswith("/calendar.ics")
    )
    return publication, found.read()


def twice(before: str, own: str) -> tuple[Publication, Publication]:
    """What was published, and what is after an edit, a day later, when the ledger was lost."""
    first, data = built(one(before))
    memory = recover(data, one(own))
    assert memory is not None
    again, _ = built(one(own), memory, NOW + DAY)
    return first, again


def test_a_lost_ledger_is_found_in_the_calendar() -> None:
    first, data = built(one("sequence: 3\ncreated: 2026-01-01T00:00Z"))
    memory = recover(data, one())

    assert memory is not None
    row = memory.rows["preprints"]
    revision = first.entries[0].revision
    assert memory[:4] == (first.uid, "", datetime(2026, 1, 1, tzinfo=UTC), NOW)
    assert (row.uid, row.sequence, row.created, row.modified) == revision[:4]


def test_uids_survive_the_loss_also_when_the_site_has_moved() -> None:
    first, data = built(one())
    memory = recover(data, one())
    again, _ = ledger.revise(one(), Site(base_url="https://new.example.org/"), memory, NOW + DAY)

    assert (again.uid, again.entries[0].revision.uid) == (
        first.uid,
        first.entries[0].revision.uid,
    )


@pytest.mark.parametrize(
    "own",
    [
        "",
        "status: cancelled",
        "status: postponed",
        "status: tentative",
        "platform: A, B; C",
        "time: 13:00–14:30 UTC+1",
        "date: 2020-10-25\ntime: 01:30\nduration: 2h\nfold: later",
        "sequence: 12",
    ],
)
def test_what_has_not_changed_keeps_its_sequence(own: str) -> None:
    first, again = twice(own, own)

    assert again.entries[0].revision.sequence == first.entries[0].revision.sequence
    assert again.entries[0].revision.created == first.entries[0].revision.created
    assert again.entries[0].revision.modified > first.entries[0].revision.modified


@pytest.mark.parametrize(
    ("before", "own"),
    [
        ("", "date: 2020-07-09"),
        ("", "time: 13:00–15:00"),
        ("", "status: cancelled"),
        ("", "status: postponed"),
        ("", "status: tentative"),
        ("status: tentative", "status: postponed"),
        ("status: cancelled", ""),
        ("", "platform: Zoom"),
        ("sequence: 4", "date: 2020-07-09"),
    ],
)
def test_what_has_changed_while_it_was_lost_raises_the_sequence(before: str, own: str) -> None:
    first, again = twice(before, own)

    assert again.entries[0].revision.sequence == first.entries[0].revision.sequence + 1


def test_an_adopted_uid_is_recovered() -> None:
    first, again = twice("uid: 1@old.example.org", "uid: 1@old.example.org")

    assert again.entries[0].revision.uid == first.entries[0].revision.uid == "1@old.example.org"


def test_a_new_session_is_not_in_the_calendar_and_starts_anew() -> None:
    _, data = built(one())
    memory = recover(data, one("id: new"))

    assert memory is not None
    assert memory.rows == {}
    assert memory.created == NOW


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"<html></html>",
        b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\nUID:1\r\nLAST-MODIFIED:soon\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\n",
    ],
)
def test_what_is_no_calendar_of_ours_is_no_memory(data: bytes) -> None:
    assert recover(data, one()) is None


@pytest.mark.parametrize("name", [b"SEQUENCE", b"CREATED", b"DTSTART", b"STATUS", b"UID"])
def test_a_calendar_that_somebody_has_cut_is_no_memory(name: bytes) -> None:
    _, data = built(one())
    lines = data.split(b"\r\n")
    cut = [each for each in lines if not each.startswith(name) or b"PRODID" in each]

    assert recover(b"\r\n".join(cut), one()) is None


@given(some.data())
def test_no_damage_to_a_calendar_raises(data: some.DataObject) -> None:
    whole = CALENDAR
    at = data.draw(some.integers(0, len(whole)))
    cut = data.draw(some.integers(0, 40))
    put = data.draw(some.binary(max_size=10) | some.sampled_from(MARKS))
    damaged = whole[:at] + put + whole[at + cut :]

    memory = recover(damaged, one())

    assert memory is None or all(row.sequence >= 0 for row in memory.rows.values())


MARKS = [b"\r\nBEGIN:VEVENT\r\n", b"\r\nEND:VCALENDAR\r\n", b"\r\nDTSTART;VALUE=DATE:20200101\r\n",
         b";TZID=Nowhere", b"\r\nSEQUENCE:1e9\r\n", b"\r\nUID:x\r\n", b"99999999"]  # fmt: skip
CALENDAR = built(one("platform: Zoom"))[1]
