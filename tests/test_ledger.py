from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from event_files import site_of, sound, with_session
from webinar_feeds import ledger
from webinar_feeds.ledger import Ledger, RecordingRow, Row
from webinar_feeds.model import Organizer, Publication, Revision, Series, Site

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
BERLIN = "time: 13:00–14:30\ntimezone: Europe/Berlin"
PATH = "events/ledger/open-science.jsonl"


def publish(
    told: Series, past: Ledger | None = None, now: datetime = NOW, site: Site | None = None
) -> tuple[Publication, Ledger]:
    revised = ledger.revise(told, site or Site(), past, now)
    return revised.publication, revised.ledger


def one(own: str = "", above: str = BERLIN) -> Series:
    """A series of one session."""
    return sound(with_session(own, above))


def after(
    own: str, before: str = "", above: str = BERLIN, now: datetime = NOW + DAY
) -> tuple[Revision, Revision]:
    """A session's revisions before and after an edit that is built a day later."""
    first, past = publish(one(before, above))
    second, _ = publish(one(own, above), past, now)
    return first.entries[0].revision, second.entries[0].revision


def shown(publication: Publication) -> list[str]:
    """The ids of the recordings that are in the feeds."""
    return [each.id for entry in publication.entries for each in entry.session.recordings]


# --- UIDs (C11, C12) ----------------------------------------------------------------------------


def test_a_uid_is_a_uuid_of_its_own() -> None:
    publication, _ = publish(
        sound(
            """
            title: T
            time: 13:00–14:00 UTC
            sessions:
              - {id: a, title: A, date: 2020-07-08}
              - {id: b, title: B, date: 2020-07-09}
            """
        )
    )

    uids = [publication.uid, *(entry.revision.uid for entry in publication.entries)]
    assert [len(each) for each in uids] == [36, 36, 36]
    assert len(set(uids)) == 3


def test_a_uid_survives_every_change_once_it_is_published() -> None:
    site = site_of("base_url: https://old.example.org/\npublisher: The Library")
    first, past = publish(one(), site=site)
    other = sound(
        """
        title: Another title
        organizers: [Other people]
        page: https://new.example.org/
        sessions:
          - {id: preprints, title: New, date: 2021-01-01, time: 9:00–10:00 UTC, platform: Big Room}
        """
    )
    second, _ = publish(other, past, NOW + DAY, site_of("base_url: https://new.example.org/"))

    assert second.uid == first.uid
    assert second.entries[0].revision.uid == first.entries[0].revision.uid


def test_before_it_is_published_a_uid_does_not_come_from_title_date_or_time() -> None:
    site = site_of("base_url: https://old.example.org/")
    first, _ = publish(one(), site=site)
    second, _ = publish(one("title: New\ndate: 2021-01-01", "time: 9:00–9:30 UTC"), site=site)

    assert second.uid == first.uid
    assert second.entries[0].revision.uid == first.entries[0].revision.uid


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (Site(base_url="https://a.example.org/"), Site(base_url="https://b.example.org/")),
        (Site(publisher=Organizer("A")), Site(publisher=Organizer("B"))),
        (Site(publisher=Organizer("A")), Site()),
    ],
)
def test_series_of_the_same_id_on_two_sites_get_different_uids(here: Site, there: Site) -> None:
    first, second = (publish(one(), site=site)[0] for site in (here, there))

    assert first.uid != second.uid
    assert first.entries[0].revision.uid != second.entries[0].revision.uid


def test_without_a_site_the_organisers_names_tell_series_apart() -> None:
    first, second = (
        publish(one("", f"{BERLIN}\norganizers: {name}"))[0] for name in ("The Library", "A Club")
    )

    assert first.uid != second.uid


def test_a_uid_that_was_published_elsewhere_is_adopted() -> None:
    first, past = publish(one("uid: 1@old.example.org", f"{BERLIN}\nuid: series@old.example.org"))
    again, _ = publish(one(), past, NOW + DAY)

    for each in (first, again):
        assert each.uid == "series@old.example.org"
        assert each.entries[0].revision.uid == "1@old.example.org"


def test_a_derived_uid_follows_from_two_names_alone() -> None:
    space = "5e2d9d1c-6f5b-5d0a-9a37-0c6a2f0b7d11"

    assert ledger.derived_uid(space, "a") == ledger.derived_uid(space.upper(), "a")
    assert ledger.derived_uid(space, "a") != ledger.derived_uid(space, "b")
    assert ledger.derived_uid("1@old.example.org", "a") == ledger.derived_uid(
        "1@old.example.org", "a"
    )


# --- SEQUENCE and stamps (C13–C15, D2, D3, D7, I10, I11) ----------------------------------------


def test_the_first_publication_is_stamped_with_its_time() -> None:
    publication, _ = publish(one(), now=datetime(2027, 3, 1, 12, 0, 0, 999, tzinfo=UTC))

    assert publication.entries[0].revision[1:4] == (0, NOW, NOW)
    assert publication.modified == NOW


def test_the_time_of_a_build_counts_in_utc() -> None:
    tokyo = datetime.fromisoformat("2027-03-01T21:00:00+09:00")

    assert publish(one(), now=tokyo) == publish(one(), now=NOW)
    assert publish(one(), now=tokyo)[0].modified.tzinfo is UTC


@pytest.mark.parametrize(
    ("before", "own"),
    [
        ("", "date: 2020-07-09"),
        ("", "time: 13:30–14:30"),
        ("", "time: 13:00–15:00"),
        ("", "timezone: Europe/London"),
        ("", "status: cancelled"),
        ("status: cancelled", ""),
        ("status: tentative", "status: confirmed"),
        ("status: postponed", "status: tentative"),
        ("", "platform: Zoom"),
        ("platform: Zoom", "platform: Big Room"),
        ("", "join: {url: https://m.example.org/1, audience: public}"),
        ("", "join: {url: https://m.example.org/1, audience: registered}"),
        (
            "join: {url: https://m.example.org/1, audience: registered}",
            "join: {url: https://m.example.org/2, audience: registered}",
        ),
    ],
)
def test_what_a_participant_must_follow_raises_the_sequence(before: str, own: str) -> None:
    first, second = after(own, before)

    assert (first.sequence, second.sequence) == (0, 1)
    assert (second.modified, second.created) == (NOW + DAY, NOW)


@pytest.mark.parametrize(
    "own",
    [
        "title: Another title",
        "summary: What it is about.",
        "talks: [Welcome]",
        "topics: [review]",
        "language: fr",
        "page: https://www.example.org/open/1",
        "registration: https://www.example.org/register",
        "recording: https://v.example.org/1",
    ],
)
def test_a_text_changes_the_stamp_and_not_the_sequence(own: str) -> None:
    first, second = after(own)

    assert (first.sequence, second.sequence) == (0, 0)
    assert (second.modified, second.created) == (NOW + DAY, NOW)


@pytest.mark.parametrize(
    "own",
    [
        "# a comment\ndate: 8 July 2020",
        "time: 13:00–14:30 Europe/Berlin",
        "time: 1 pm – 2:30 pm\ntimezone: CET\nconfirmed_utc: 11:00",
        "time: 13:00\nduration: 90 minutes",
        "also: 12:00–13:30 Europe/London",
        "status: confirmed\ntitle: Preprints",
        "summary:",
    ],
)
def test_the_same_meaning_in_other_words_changes_nothing(own: str) -> None:
    first, second = after(own)

    assert first == second


def test_another_order_of_keys_and_sessions_changes_nothing() -> None:
    first = """
        title: T
        time: 13:00–14:00 UTC
        sessions:
          - {id: a, title: A, date: 2020-07-08}
          - {id: b, title: B, date: 2020-07-09}
        """
    second = """
        sessions:
          - {date: 2020-07-09, title: B, id: b}
          - {date: 2020-07-08, id: a, title: A, time: 13:00–14:00 UTC}
        time: 13:00–14:00 UTC
        title: T
        """
    told, past = publish(sound(first))
    again, memory = publish(sound(second), past, NOW + DAY)

    assert ledger.dump(memory, "t") == ledger.dump(past, "t")
    assert [each.revision for each in again.entries] == [each.revision for each in told.entries]
    assert again.modified == told.modified


def test_what_all_sessions_say_of_the_series_changes_them_all() -> None:
    told, past = publish(one())
    again, _ = publish(one("", f"{BERLIN}\norganizers: The Library"), past, NOW + DAY)

    assert again.entries[0].revision.modified == NOW + DAY
    assert again.entries[0].revision.sequence == told.entries[0].revision.sequence


def test_what_only_the_calendar_says_changes_the_calendar_alone() -> None:
    told, past = publish(one())
    again, _ = publish(one("", f"{BERLIN}\nsummary: About it."), past, NOW + DAY)

    assert again.entries[0].revision == told.entries[0].revision
    assert (told.modified, again.modified) == (NOW, NOW + DAY)


def test_a_new_session_does_not_touch_the_others() -> None:
    told, past = publish(one())
    new = replace(one().sessions[0], id="new", title="New")
    again, _ = publish(replace(one(), sessions=(*one().sessions, new)), past, NOW + DAY)

    assert [each.revision.modified for each in again.entries] == [NOW + DAY, NOW]
    assert again.entries[1].revision == told.entries[0].revision
    assert again.modified == NOW + DAY


def test_an_update_is_later_than_what_it_replaces_also_when_the_clock_has_gone_back() -> None:
    first, second = after("title: New", now=NOW - DAY)

    assert (first.modified, second.modified) == (NOW, NOW + SECOND)


def test_the_clock_alone_changes_nothing() -> None:
    for now in (NOW - DAY, NOW, NOW + 400 * DAY):
        first, second = after("", now=now)
        assert first == second


def test_a_series_edited_with_the_clock_gone_back_is_later_too() -> None:
    _, past = publish(one())
    again, _ = publish(one("", f"{BERLIN}\nsummary: About it."), past, NOW - DAY)

    assert again.modified == NOW + SECOND


def test_the_calendars_stamp_does_not_fall_when_its_newest_session_is_withdrawn() -> None:
    new = replace(one().sessions[0], id="new", title="New")
    _, past = publish(one())
    _, both = publish(replace(one(), sessions=(*one().sessions, new)), past, NOW + DAY)
    rows = {key: row for key, row in both.rows.items() if key != "new"}
    again, _ = publish(one(), both._replace(rows=rows), NOW + 2 * DAY)

    assert again.modified == NOW + DAY


def test_stamps_that_are_given_win() -> None:
    first, _ = publish(one("created: 2020-06-01T10:00Z\nupdated: 2020-06-10T10:00Z\nsequence: 4"))

    assert first.entries[0].revision[1:4] == (
        4,
        datetime(2020, 6, 1, 10, tzinfo=UTC),
        datetime(2020, 6, 10, 10, tzinfo=UTC),
    )


def test_a_session_was_not_created_after_it_changed() -> None:
    first, _ = publish(one("updated: 2020-06-10T10:00Z"))
    second, _ = publish(one("created: 2028-01-01"))

    assert first.entries[0].revision.created == datetime(2020, 6, 10, 10, tzinfo=UTC)
    assert second.entries[0].revision.created == NOW


def test_a_given_stamp_that_is_older_than_what_was_published_has_no_effect() -> None:
    first, second = after("updated: 2020-06-10")

    assert first == second


def test_a_given_stamp_that_is_newer_replaces_what_was_published() -> None:
    _, second = after("updated: 2027-03-01T18:00Z")

    assert second.modified == NOW + timedelta(hours=6)


def test_a_sequence_that_is_given_is_the_least() -> None:
    first, second = after("sequence: 7")
    _, lower = after("sequence: 2", "sequence: 7")

    assert (first.sequence, second.sequence, lower.sequence) == (0, 7, 7)


def test_a_sequence_that_rises_is_a_later_revision() -> None:
    """Two different SEQUENCEs must not bear the same DTSTAMP (C14)."""
    _, second = after("sequence: 7")

    assert second.modified == NOW + DAY


def test_a_change_raises_also_a_sequence_that_was_given() -> None:
    _, second = after("sequence: 7\nplatform: Zoom", "sequence: 7")

    assert second.sequence == 8


def test_every_change_counts() -> None:
    past: Ledger | None = None
    sequences = []
    for number, own in enumerate(
        ["", "status: cancelled", "", "date: 2020-07-09", "date: 2020-07-09"]
    ):
        told, past = publish(one(own), past, NOW + number * DAY)
        sequences.append(told.entries[0].revision.sequence)

    assert sequences == [0, 1, 2, 3, 3]


def test_sessions_that_are_gone_keep_their_rows() -> None:
    told, past = publish(one())
    _, without = publish(replace(one(), sessions=()), past, NOW + DAY)
    again, _ = publish(one(), without, NOW + 2 * DAY)

    assert without.rows == past.rows
    assert again.entries[0].revision == told.entries[0].revision


def test_entries_stand_in_the_order_of_their_start_then_their_id() -> None:
    told, _ = publish(
        sound(
            """
            title: T
            timezone: UTC
            sessions:
              - {id: c, title: C, date: 2020-07-09, time: 9:00–10:00}
              - {id: b, title: B, date: 2020-07-08, time: 9:00–10:00}
              - {id: a, title: A, date: 2020-07-08, time: 18:00–19:00 Asia/Tokyo}
            """
        )
    )

    assert [each.session.id for each in told.entries] == ["a", "b", "c"]


# --- recordings ---------------------------------------------------------------------------------

UPCOMING = "date: 2027-03-02\nrecording: https://v.example.org/1"
HELD = datetime(2027, 3, 2, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("published", "now", "expected"),
    [
        ("", NOW, []),
        ("", HELD - SECOND, []),
        ("", HELD, ["recording"]),
        ("2027-03-04T10:00Z", HELD, []),
        ("2027-03-04T10:00Z", datetime(2027, 3, 4, 10, tzinfo=UTC), ["recording"]),
        ("2027-03-01T10:00Z", NOW, []),
    ],
)
def test_a_recording_appears_when_its_session_is_over_and_its_day_has_come(
    published: str, now: datetime, expected: list[str]
) -> None:
    given = f", published: {published}" if published else ""
    own = f"date: 2027-03-02\nrecording: {{url: https://v.example.org/1{given}}}"

    assert shown(publish(one(own), now=now)[0]) == expected


def test_a_recording_that_has_appeared_stays_also_when_the_clock_goes_back() -> None:
    first, past = publish(one(UPCOMING), now=HELD)
    second, _ = publish(one(UPCOMING), past, NOW)

    assert (shown(first), shown(second)) == (["recording"], ["recording"])
    assert second.entries[0].revision == first.entries[0].revision


def test_a_recording_that_appears_changes_the_entry_and_not_its_sequence() -> None:
    first, past = publish(one(UPCOMING), now=NOW)
    second, _ = publish(one(UPCOMING), past, HELD)

    assert first.entries[0].revision[1:4] == (0, NOW, NOW)
    assert second.entries[0].revision[1:4] == (0, NOW, HELD)


def test_an_announced_recording_that_gets_its_address_is_the_same_item_changed() -> None:
    first, past = publish(one("recording: announced"))
    second, _ = publish(one("recording: https://v.example.org/1"), past, NOW + DAY)
    before, now = (each.entries[0].revision.recordings["recording"] for each in (first, second))

    assert (now.urn, now.published) == (before.urn, before.published) == (before.urn, NOW)
    assert (before.updated, now.updated) == (NOW, NOW + DAY)


def test_a_recordings_id_is_a_urn_that_is_not_the_sessions() -> None:
    told, _ = publish(one("recording: announced"))
    revision = told.entries[0].revision

    assert revision.recordings["recording"].urn.startswith("urn:uuid:")
    assert revision.uid not in revision.recordings["recording"].urn


def test_several_recordings_have_lives_of_their_own() -> None:
    own = "recordings: [{id: a, url: https://v.org/a}, {id: b, url: URL}]"
    first, past = publish(one(own.replace("URL", "announced")))
    second, _ = publish(one(own.replace("URL", "https://v.org/b")), past, NOW + DAY)
    lives = second.entries[0].revision.recordings

    assert shown(second) == ["a", "b"]
    assert lives["a"] == first.entries[0].revision.recordings["a"]
    assert lives["b"].updated == NOW + DAY
    assert lives["a"].urn != lives["b"].urn


def test_when_a_recording_was_published_can_be_said_later() -> None:
    _, past = publish(one("recording: https://v.example.org/1"))
    own = "recording: {url: https://v.example.org/1, published: 2020-07-09T10:00Z}"
    second, _ = publish(one(own), past, NOW + DAY)
    life = second.entries[0].revision.recordings["recording"]

    assert (life.published, life.updated) == (datetime(2020, 7, 9, 10, tzinfo=UTC), NOW)


def test_a_recording_was_not_updated_before_it_was_published() -> None:
    _, past = publish(one("recording: https://v.example.org/1"))
    own = "recording: {url: https://v.example.org/1, published: 2027-03-02T10:00Z}"
    life = publish(one(own), past, NOW + DAY)[0].entries[0].revision.recordings["recording"]

    assert life.published == life.updated == datetime(2027, 3, 2, 10, tzinfo=UTC)


def test_a_recording_that_is_taken_away_and_comes_back_is_the_same() -> None:
    first, past = publish(one("recording: announced"))
    without, past = publish(one(), past, NOW + DAY)
    again, _ = publish(one("recording: announced"), past, NOW + 2 * DAY)

    assert shown(without) == []
    assert again.entries[0].revision.recordings == first.entries[0].revision.recordings


# --- what is remembered -------------------------------------------------------------------------

INSTANTS = some.integers(0, 2**32).map(lambda each: datetime.fromtimestamp(each, UTC))
TEXTS = some.text(some.characters(exclude_characters="\ufffd", exclude_categories=["Cs"]))
ROWS = some.builds(
    Row,
    TEXTS,
    some.integers(0, 10**9),
    TEXTS,
    TEXTS,
    INSTANTS,
    INSTANTS,
    some.dictionaries(
        some.text("abc-", min_size=1),
        some.builds(RecordingRow, TEXTS, INSTANTS, INSTANTS),
        max_size=2,
    ),
)
LEDGERS = some.builds(
    Ledger, TEXTS, TEXTS, INSTANTS, INSTANTS, some.dictionaries(TEXTS, ROWS, max_size=3)
)


@given(LEDGERS)
def test_what_is_written_is_read_back(memory: Ledger) -> None:
    assert ledger.parse(ledger.dump(memory, "open-science"), PATH) == (memory, ())


@given(LEDGERS)
def test_lines_may_end_as_they_do_on_windows(memory: Ledger) -> None:
    data = ledger.dump(memory, "open-science").replace(b"\n", b"\r\n")

    assert ledger.parse(data, PATH) == (memory, ())


def test_a_ledger_has_a_line_a_session_sorted_by_id() -> None:
    told = one()
    sessions = tuple(replace(told.sessions[0], id=each) for each in ("b", "c", "a"))
    _, memory = publish(replace(told, sessions=sessions))
    lines = [json.loads(each) for each in ledger.dump(memory, "open-science").decode().split("\n\n")]

    assert [each.get("series") or each["id"] for each in lines] == ["open-science", "a", "b", "c"]


def test_a_build_after_a_read_is_the_build_without_it() -> None:
    _, past = publish(one("recording: announced"))
    read, _ = ledger.parse(ledger.dump(past, "open-science"), PATH)
    edited = one("date: 2020-07-09")

    assert publish(edited, read, NOW + DAY) == publish(edited, past, NOW + DAY)


@pytest.mark.parametrize("data", [b"", b"\n", b" \r\n\n"])
def test_an_empty_file_remembers_nothing(data: bytes) -> None:
    assert ledger.parse(data, PATH) == (None, ())


def lines_of(*changes: tuple[int, str, object]) -> bytes:
    """A ledger of a head and one row, in which some values have been replaced."""
    _, memory = publish(one("recording: announced"))
    records: list[dict[str, Any]] = [
        json.loads(each) for each in ledger.dump(memory, "open-science").decode().split("\n\n")
    ]
    for number, key, value in changes:
        records[number][key] = value
    return "\n".join(map(json.dumps, records)).encode()


@pytest.mark.parametrize("mark", ["<<<<<<< main", "=======", ">>>>>>> branch", "||||||| base"])
def test_an_unfinished_merge_is_said_at_its_first_mark(mark: str) -> None:
    memory, found = ledger.parse(lines_of() + f"\n{mark}\n".encode(), PATH)

    assert memory is None
    assert [(each.code, each.location[:2], each.location.text) for each in found] == [
        ("WF605", (PATH, 3), mark)
    ]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (lines_of() + b"\nnot JSON", 3),
        (lines_of() + b"\n[]", 3),
        (lines_of() + b"\n7", 3),
        (lines_of() + b'\n"a series"', 3),
        (lines_of() + b"\n" + b"[" * 100_000, 3),
        (lines_of() + b"\n{}", 3),
        (lines_of() + b"\n" + lines_of().splitlines()[1], 3),
        (lines_of((0, "uid", None)), 1),
        (lines_of((0, "uid", 7)), 1),
        (lines_of((0, "modified", "yesterday")), 1),
        (lines_of((1, "uid", None)), 2),
        (lines_of((1, "id", 7)), 2),
        (lines_of((1, "sequence", "0")), 2),
        (lines_of((1, "sequence", 1.5)), 2),
        (lines_of((1, "sequence", -1)), 2),
        (lines_of((1, "sequence", True)), 2),
        (lines_of((1, "sequence", float("inf"))), 2),
        (lines_of((1, "created", 5)), 2),
        (lines_of((1, "recordings", [])), 2),
        (lines_of((1, "recordings", {"a": {"content": "x"}})), 2),
        (lines_of((1, "uid", "PLACE")).replace(b"PLACE", b"\xff"), 2),
    ],
)
def test_a_line_that_cannot_be_read_is_an_error_there(data: bytes, line: int) -> None:
    memory, found = ledger.parse(data, PATH)

    assert memory is None
    assert [(each.code, each.location[:2]) for each in found] == [("WF603", (PATH, line))]


def test_a_ledger_has_to_name_its_series() -> None:
    memory, found = ledger.parse(lines_of().splitlines()[1], PATH)

    assert (memory, [(each.code, each.location.line) for each in found]) == (None, [("WF603", 0)])


@given(some.binary(max_size=200) | some.binary(max_size=40).map(lambda each: lines_of() + each))
def test_no_bytes_make_a_ledger_raise(data: bytes) -> None:
    memory, found = ledger.parse(data, PATH)

    assert memory is None or found == ()


# --- the site -----------------------------------------------------------------------------------


def test_the_sites_uid_is_remembered_from_its_first_build_on() -> None:
    uid, memory = ledger.site_uid(Site(base_url="https://old.example.org/"), None)

    assert ledger.site_uid(Site(base_url="https://new.example.org/"), memory) == (uid, memory)


@pytest.mark.parametrize(
    "past", [b"{", b"[]", b"7", b'{"uid": null}', b"[" * 100_000, b"\xff", b""]
)
def test_a_sites_memory_that_cannot_be_read_is_made_anew(past: bytes) -> None:
    site = Site(base_url="https://old.example.org/")

    assert ledger.site_uid(site, past) == ledger.site_uid(site, None)


def test_sites_differ_by_their_address_or_publisher() -> None:
    sites = [Site(), Site(base_url="https://a.org/"), Site(publisher=Organizer("A"))]

    assert len({ledger.site_uid(each, None)[0] for each in sites}) == 3


# --- digests ------------------------------------------------------------------------------------


def test_a_digest_is_over_the_meaning() -> None:
    berlin = one().sessions[0].start
    here = [berlin, timedelta(minutes=90), ("a",), None]

    assert ledger.digest(here) == ledger.digest(
        (berlin.astimezone(UTC), timedelta(hours=1.5), ["a"], None)
    )
    assert ledger.digest(here) != ledger.digest([berlin + SECOND, *here[1:]])
