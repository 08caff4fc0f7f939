from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some

from event_files import sound, with_session
from webinar_feeds import ledger
from webinar_feeds.ledger import RecordingRow, derived_uid
from webinar_feeds.model import Publication, Series, Site, Status, Told
from webinar_feeds.recovery import Rebuilt, Remains, rebuild, recover
from webinar_feeds.rendering import calendar, feeds

if TYPE_CHECKING:
    from webinar_feeds.ledger import Ledger

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BERLIN = "time: 13:00–14:30\ntimezone: Europe/Berlin\nkeep_cancelled: forever"
SITE = Site(base_url="https://w.example.org/")


def one(own: str = "", above: str = BERLIN) -> Series:
    return sound(with_session(own, above))


def built(
    told: Series, past: Ledger | None = None, now: datetime = NOW
) -> tuple[Publication, bytes]:
    """A publication, and its calendar as it lies in the output folder."""
    publication, *_ = ledger.revise(told, SITE, past, now)
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
    again, *_ = ledger.revise(one(), Site(base_url="https://new.example.org/"), memory, NOW + DAY)

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


def test_a_join_link_that_has_changed_raises_the_sequence() -> None:
    first, again = twice(
        "join: {url: 'https://a.example.org/', audience: public}",
        "join: {url: 'https://b.example.org/', audience: public}",
    )

    assert again.entries[0].revision.sequence == first.entries[0].revision.sequence + 1


def test_a_join_link_that_stays_does_not() -> None:
    for audience in ("public", "registered"):
        own = f"join: {{url: 'https://a.example.org/', audience: {audience}}}"
        first, again = twice(own, own)
        assert again.entries[0].revision.sequence == first.entries[0].revision.sequence


def test_a_session_that_is_only_in_the_calendar_is_not_forgotten() -> None:
    """Where its id is not known, its UID is its id (C24)."""
    first, data = built(one())
    memory = recover(data, one("id: new"))

    uid = first.entries[0].revision.uid
    assert memory is not None
    assert [(name, row.uid, row.told.title) for name, row in memory.rows.items()] == [
        (uid, uid, "Preprints")
    ]


def test_a_session_that_was_renamed_keeps_its_uid() -> None:
    first, data = built(one())
    memory = recover(data, one("id: new\nformerly: preprints"))

    assert memory is not None
    assert {name: row.uid for name, row in memory.rows.items()} == {
        "new": first.entries[0].revision.uid
    }


@pytest.mark.parametrize(
    ("own", "status"),
    [
        ("", Status.CONFIRMED),
        ("title: 'CANCELLED: not'", Status.CONFIRMED),
        ("status: cancelled", Status.CANCELLED),
        ("status: postponed", Status.POSTPONED),
        ("status: tentative", Status.TENTATIVE),
    ],
)
def test_what_was_told_is_told_again(own: str, status: Status) -> None:
    told = one(own)
    first, data = built(told)
    memory = recover(data, told)

    assert memory is not None
    session = first.entries[0].session
    assert memory.rows["preprints"].told == (
        session.title,
        session.start.astimezone(UTC),
        session.end.astimezone(UTC),
        session.zone,
        status,
    )


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


# --- From whatever is left ------------------------------------------------------------------------

NEW = "11111111-1111-5111-8111-111111111111"
TWO = """
    title: Open science
    time: 13:00–14:30
    timezone: Europe/Berlin
    sessions:
      - {id: preprints, date: 2026-07-08, title: Preprints, recording: https://v.example.org/1}
      - {id: open-data, date: 2026-07-15, title: Open data, uid: 2@old.example.org, sequence: 4}
"""


def published(told: Series, past: Ledger | None = None, now: datetime = NOW) -> Remains:
    """What lies in the output folder after a build."""
    publication, memory, _ = ledger.revise(told, SITE, past, now)
    files = {
        each.path: each.read()
        for renderer in (calendar, feeds)
        for each in renderer.render(publication, SITE)
    }
    return Remains(
        ledger.dump(memory, told.id, public=True),
        files["open-science/calendar.ics"],
        files["open-science/recordings.json"],
        tuple(sorted(each.session.id for each in publication.entries)),
    )


def found(remains: Remains, told: Series | None, *, shared: bool = False) -> Rebuilt:
    rebuilt = rebuild(remains, told, NEW, shared=shared)
    assert rebuilt is not None
    return rebuilt


def test_the_copy_of_the_ledger_is_the_best_witness() -> None:
    told = sound(TWO)
    _, memory, _ = ledger.revise(told, SITE, None, NOW)

    assert found(published(told), told) == (
        memory._replace(
            rows={name: row._replace(private=None) for name, row in memory.rows.items()}
        ),
        "ledger",
        (),
    )


def test_the_copy_alone_will_do() -> None:
    told = sound(TWO)
    remains = published(told)

    assert found(Remains(remains.copy), None) == found(remains, told)


def test_a_calendar_that_is_newer_than_the_copy_raises_the_sequence() -> None:
    told = sound(TWO)
    remains = published(told)
    _, memory, _ = ledger.revise(told, SITE, None, NOW)
    moved = sound(TWO.replace("2026-07-15", "2026-07-16").replace("id: preprints", "id: late"))
    later = published(moved, memory, NOW + DAY)

    rows = found(later._replace(copy=remains.copy), told).ledger.rows

    assert rows["open-data"].sequence == 5
    assert rows["open-data"].modified == NOW + DAY
    assert sorted(row.uid for row in rows.values()) == sorted(
        [memory.rows["preprints"].uid, "2@old.example.org", derived_uid(memory.uid, "late")]
    )


def test_a_copy_that_is_damaged_gives_way_to_the_calendar() -> None:
    told = sound(TWO)
    remains = published(told)._replace(copy=b'{"series": 1}\n')

    rebuilt = found(remains, told)

    assert rebuilt.source == "calendar"
    assert rebuilt.remarks == (
        (
            "the published copy of the ledger: this line of the ledger cannot be read: "
            "`uid` is missing"
        ),
    )
    assert {name: row.sequence for name, row in rebuilt.ledger.rows.items()} == {
        "preprints": 0,
        "open-data": 4,
    }


def test_without_an_event_file_the_invites_tell_the_ids() -> None:
    told = sound(TWO)
    remains = published(told)._replace(copy=None)

    rows = found(remains, None).ledger.rows

    assert sorted(rows) == ["2-old-example-org", "preprints"]
    assert rows["preprints"].told.title == "Preprints"


def test_a_recording_keeps_its_first_date_and_its_lasting_id() -> None:
    told = sound(TWO)
    remains = published(told)._replace(copy=None)
    memory = found(remains, told).ledger

    again, *_ = ledger.revise(told, SITE, memory, NOW + DAY)
    first, *_ = ledger.revise(told, SITE, None, NOW)
    lives = [each.entries[0].revision.recordings["recording"] for each in (first, again)]
    assert lives[0][:2] == lives[1][:2]


def test_a_recording_that_has_fallen_out_of_a_full_feed_does_not_come_back_as_new() -> None:
    told = sound(
        """
        title: Open science
        time: 13:00–14:30 UTC
        sessions:
          - {id: old, date: 2024-07-08, title: Old, recording: https://v.example.org/1}
          - id: dated
            date: 2024-08-08
            title: Dated
            recording: {url: https://v.example.org/3, published: 2024-09-01 12:00}
          - {id: new, date: 2027-02-08, title: New, recording: https://v.example.org/2}
          - {id: next, date: 2027-02-28, title: Next, recording: https://v.example.org/4}
        """
    )
    remains = published(told)
    assert remains.feed is not None
    document = json.loads(remains.feed)
    uid = ledger.revise(told, SITE, None, NOW).ledger.rows["new"].uid
    document["items"] = [
        {
            "id": f"urn:uuid:{derived_uid(uid, 'recording:recording')}",
            "date_published": "2027-02-10T12:00:00Z",
            "date_modified": "2027-02-11T12:00:00Z",
        }
    ]
    cut = remains._replace(copy=None, feed=json.dumps(document).encode())

    rows = found(cut, told).ledger.rows

    assert {name: dict(row.recordings) for name, row in rows.items()} == {
        "old": {
            "recording": RecordingRow(
                "",
                datetime(2024, 7, 8, 14, 30, tzinfo=UTC),
                datetime(2024, 7, 8, 14, 30, tzinfo=UTC),
                "recording",
                "https://v.example.org/1",
            )
        },
        "dated": {
            "recording": RecordingRow(
                "",
                datetime(2024, 9, 1, 12, tzinfo=UTC),
                datetime(2024, 9, 1, 12, tzinfo=UTC),
                "recording",
                "https://v.example.org/3",
            )
        },
        "new": {
            "recording": RecordingRow(
                "",
                datetime(2027, 2, 10, 12, tzinfo=UTC),
                datetime(2027, 2, 11, 12, tzinfo=UTC),
                "recording",
                "https://v.example.org/2",
            )
        },
        "next": {},
    }


@pytest.mark.parametrize("feed", [b"", b"[]", b'{"items": [{"id": 1}]}', b'{"items": 5}', b"\xff"])
def test_a_feed_that_is_damaged_is_no_witness(feed: bytes) -> None:
    told = sound(TWO)
    remains = published(told)._replace(copy=None, feed=feed)

    assert found(remains, told).ledger.rows["preprints"].recordings == {}


def test_where_nothing_is_left_nothing_is_found() -> None:
    assert rebuild(Remains(), sound(TWO), NEW) is None
    assert rebuild(Remains(calendar=b"<html>"), sound(TWO), NEW) is None
    assert rebuild(Remains(calendar=b"BEGIN:VEVENT\r\nEND:VEVENT\r\n"), None, NEW) is None


# --- Calendars of other programs ------------------------------------------------------------------

OTHER = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Another//EN
X-WR-CALNAME:Our talks
BEGIN:VEVENT
UID:2@old.example.org
DTSTAMP:20260101T090000Z
SEQUENCE:7
DTSTART;TZID=Europe/Berlin:20260715T130000
DURATION:PT1H30M
SUMMARY:Open data
LOCATION:Somewhere
END:VEVENT
BEGIN:VEVENT
UID:3/x@old.example.org
DTSTAMP:20260102T090000Z
CREATED:20251224T090000Z
LAST-MODIFIED:20260103T090000Z
DTSTART;VALUE=DATE:20260716
STATUS:CANCELLED
SUMMARY:A day out
END:VEVENT
BEGIN:VEVENT
UID:4@old.example.org
DTSTAMP:20260102T090000Z
DTSTART;TZID=Nowhere/At all:20260717T100000
RRULE:FREQ=WEEKLY
SUMMARY:Weekly
END:VEVENT
BEGIN:VEVENT
UID:4@old.example.org
DTSTAMP:20260102T090000Z
RECURRENCE-ID:20260724T100000
DTSTART:20260724T110000
END:VEVENT
BEGIN:VEVENT
UID:5@old.example.org
DTSTAMP:20260102T090000Z
END:VEVENT
BEGIN:VEVENT
DTSTART:20260724T110000Z
SUMMARY:Without a UID
END:VEVENT
BEGIN:VEVENT
UID:3-X@old.example.org
DTSTART:20260717T100000Z
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n").encode()


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type,misc]  # a date's and a time's numbers


def test_the_calendar_of_another_program_is_remembered_by_its_uids() -> None:
    rebuilt = found(Remains(calendar=OTHER), sound(TWO))

    rows = rebuilt.ledger.rows
    assert {name: (row.uid, row.sequence) for name, row in rows.items()} == {
        "open-data": ("2@old.example.org", 7),
        "3-x-old-example-org": ("3/x@old.example.org", 0),
        "4-old-example-org": ("4@old.example.org", 0),
        "3-x-old-example-org-2": ("3-X@old.example.org", 0),
    }
    assert {name: row.told for name, row in rows.items()} == {
        "open-data": Told(
            "Open data",
            utc(2026, 7, 15, 11),
            utc(2026, 7, 15, 12, 30),
            "Europe/Berlin",
            Status.CONFIRMED,
        ),
        "3-x-old-example-org": Told(
            "A day out", utc(2026, 7, 16), utc(2026, 7, 16), "UTC", Status.CANCELLED
        ),
        "4-old-example-org": Told(
            "Weekly", utc(2026, 7, 17, 10), utc(2026, 7, 17, 10), "UTC", Status.CONFIRMED
        ),
        "3-x-old-example-org-2": Told(
            "", utc(2026, 7, 17, 10), utc(2026, 7, 17, 10), "UTC", Status.CONFIRMED
        ),
    }
    stamps = {name: (row.created, row.modified) for name, row in rows.items()}
    assert stamps["open-data"] == (utc(2026, 1, 1, 9), utc(2026, 1, 1, 9))
    assert stamps["3-x-old-example-org"] == (utc(2025, 12, 24, 9), utc(2026, 1, 3, 9))
    assert rebuilt.remarks == (
        "4@old.example.org repeats; only its first time is remembered",
        "one occurrence of 4@old.example.org that differs from the others is left out",
        "an event without DTSTART is left out: 5@old.example.org",
        "an event without UID is left out: Without a UID",
    )
    assert rebuilt.ledger.uid == NEW


@pytest.mark.parametrize("year", [b"0001", b"9999"])
def test_an_event_at_the_end_of_the_calendar_does_not_bring_a_build_down(year: bytes) -> None:
    _, data = built(one("date: 2027-07-08"), now=NOW)
    memory = recover(data.replace(b":20270708T", b":" + year + b"0101T"), one("date: 2027-07-08"))
    assert memory is not None

    assert ledger.parse(ledger.dump(memory, "open-science"), "ledger.jsonl") == (memory, ())
    assert built(one("date: 2027-07-08"), memory)[0].entries[0].revision.sequence == 1


@pytest.mark.parametrize("order", [1, -1])
def test_of_an_event_that_is_there_twice_the_newer_counts(order: int) -> None:
    one, two = (
        f"BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260717T100000Z\r\nSEQUENCE:{n}\r\nEND:VEVENT\r\n"
        for n in (1, 2)[::order]
    )
    text = f"BEGIN:VCALENDAR\r\nPRODID:x\r\n{one}{two}END:VCALENDAR\r\n"

    rows = found(Remains(calendar=text.encode()), None).ledger.rows
    assert [row.sequence for row in rows.values()] == [2]


def test_a_session_that_takes_over_a_uid_and_has_not_moved_keeps_its_sequence() -> None:
    """Other programs write a place in their own way, so it is not compared (I10)."""
    told = sound(TWO)
    memory = found(Remains(calendar=OTHER), told).ledger

    again, *_ = ledger.revise(told, SITE, memory, NOW)

    revisions = {each.session.id: each.revision for each in again.entries}
    assert (revisions["open-data"].uid, revisions["open-data"].sequence) == (
        "2@old.example.org",
        7,
    )


def test_of_a_calendar_that_others_share_only_its_own_sessions_are_taken() -> None:
    rebuilt = found(Remains(calendar=OTHER), sound(TWO), shared=True)

    assert list(rebuilt.ledger.rows) == ["open-data"]
    assert rebuild(Remains(calendar=OTHER), one(), NEW, shared=True) is None


def test_the_uid_of_the_event_file_is_the_series_own() -> None:
    told = sound(TWO.replace("title: Open science", "title: Open science\n    uid: mine"))

    assert found(Remains(calendar=OTHER), told).ledger.uid == "mine"


@given(some.data())
def test_no_damage_to_anything_that_was_published_raises(data: some.DataObject) -> None:
    whole = data.draw(some.sampled_from([CALENDAR, OTHER]))
    at = data.draw(some.integers(0, len(whole)))
    put = data.draw(some.binary(max_size=10) | some.sampled_from(MARKS))
    damaged = whole[:at] + put + whole[at + data.draw(some.integers(0, 40)) :]

    rebuilt = rebuild(Remains(calendar=damaged, copy=put, feed=put), one(), NEW)

    assert rebuilt is None or all(row.sequence >= 0 for row in rebuilt.ledger.rows.values())
