from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from event_files import series, site_of, sound, with_session
from webinar_feeds import ledger
from webinar_feeds.ledger import Ledger, RecordingRow, Row, Was
from webinar_feeds.model import (
    Audience,
    Change,
    Chapter,
    Form,
    Join,
    MediaFile,
    Organizer,
    Publication,
    Recording,
    Revision,
    Series,
    Session,
    Site,
    Speaker,
    Status,
    Talk,
    Told,
)

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
BERLIN = "time: 13:00–14:30\ntimezone: Europe/Berlin\nkeep_cancelled: forever"
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


def test_the_calendars_stamp_does_not_fall_when_its_newest_session_leaves() -> None:
    new = replace(one().sessions[0], id="new", title="New")
    _, past = publish(one())
    _, both = publish(replace(one(), sessions=(*one().sessions, new)), past, NOW + DAY)
    at_once = replace(one(), removed=("new",), keep_cancelled=timedelta())
    left, memory = publish(at_once, both, NOW + 2 * DAY)
    again, _ = publish(at_once, memory, NOW + 3 * DAY)

    assert [entry.session.id for entry in left.entries] == ["preprints"]
    assert left.modified == again.modified == memory.rows["new"].left == NOW + 2 * DAY


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


def test_a_given_stamp_that_is_still_to_come_has_no_effect() -> None:
    """Nothing is published that says it changed tomorrow (D3)."""
    first, second = after("updated: 2027-03-09T10:00Z")
    new, _ = publish(one("updated: 2027-03-09T10:00Z"))

    assert first == second
    assert new.entries[0].revision.modified == NOW


def test_a_given_stamp_that_is_still_to_come_counts_when_its_time_is_there() -> None:
    told = one("updated: 2027-03-09T10:00Z")
    moment = datetime(2027, 3, 9, 10, tzinfo=UTC)
    first = ledger.revise(told, Site(), None, NOW)
    then = ledger.revise(told, Site(), first.ledger, moment)

    assert first.due == moment
    assert then.publication.entries[0].revision.modified == moment
    assert then.due is None


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


@pytest.mark.parametrize("status", ["cancelled", "postponed"])
def test_a_recording_does_not_appear_while_its_session_is_off(status: str) -> None:
    told, memory = publish(one(f"{UPCOMING}\nstatus: {status}"), now=HELD + DAY)
    held, _ = publish(one(UPCOMING), memory, HELD + 2 * DAY)

    assert (shown(told), dict(memory.rows["preprints"].recordings)) == ([], {})
    assert shown(held) == ["recording"]


@pytest.mark.parametrize("status", ["cancelled", "postponed"])
def test_a_recording_that_has_appeared_stays_when_its_session_is_off_later(status: str) -> None:
    first, past = publish(one(UPCOMING), now=HELD)
    second, _ = publish(one(f"{UPCOMING}\nstatus: {status}"), past, HELD + DAY)

    assert (shown(first), shown(second)) == (["recording"], ["recording"])
    lives = [each.entries[0].revision.recordings["recording"] for each in (first, second)]
    assert lives[0] == lives[1]


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


def test_a_recording_that_is_there_is_not_dated_to_come() -> None:
    _, past = publish(one("recording: https://v.example.org/1"))
    own = "recording: {url: https://v.example.org/1, published: 2027-03-05T10:00Z}"
    day = datetime(2027, 3, 5, 10, tzinfo=UTC)
    soon = ledger.revise(one(own), Site(), past, NOW + DAY)
    then = ledger.revise(one(own), Site(), soon.ledger, day)
    lives = [each.ledger.rows["preprints"].recordings["recording"] for each in (soon, then)]

    assert [(each.published, each.updated) for each in lives] == [(NOW, NOW), (day, day)]
    assert (soon.due, then.due) == (day, None)


def test_a_recording_is_known_by_any_of_its_files() -> None:
    first, past = publish(one("recording: https://v.example.org/1.mp4"))
    file = "{url: https://v.example.org/1.mp4, media_type: video/mp4}"
    own = (
        f"recordings: [{{id: en, url: https://v.example.org/en, files: [{file}]}},"
        " {id: fr, url: https://v.example.org/fr}]"
    )
    second, _ = publish(one(own), past, NOW + DAY)
    lives = second.entries[0].revision.recordings

    assert lives["en"].urn == first.entries[0].revision.recordings["recording"].urn
    assert lives["fr"].urn != lives["en"].urn


def test_a_recording_that_is_taken_away_and_comes_back_is_the_same() -> None:
    first, past = publish(one("recording: announced"))
    without, past = publish(one(), past, NOW + DAY)
    again, _ = publish(one("recording: announced"), past, NOW + 2 * DAY)

    assert shown(without) == []
    assert again.entries[0].revision.recordings == first.entries[0].revision.recordings


def test_when_a_recording_was_taken_out_is_remembered_while_it_is_out() -> None:
    _, past = publish(one("recording: announced"))
    _, without = publish(one(), past, NOW + DAY)
    _, later = publish(one(), without, NOW + 2 * DAY)
    _, other = publish(one("recordings: [{id: en, url: announced}]"), without, NOW + 2 * DAY)
    _, withdrawn = publish(gone(), past, NOW + DAY)
    _, again = publish(one("recording: announced"), later, NOW + 3 * DAY)

    def out(memory: Ledger) -> dict[str, datetime | None]:
        (row,) = memory.rows.values()
        return {name: each.removed for name, each in row.recordings.items()}

    assert out(past) == out(again) == {"recording": None}
    assert out(without) == out(later) == out(withdrawn) == {"recording": NOW + DAY}
    assert out(other) == {"recording": NOW + DAY, "en": None}
    assert out(ledger.merge(past, without)) == out(ledger.merge(without, past)) == out(without)


def test_a_recording_that_gets_another_id_keeps_its_urn() -> None:
    """Such as when a second one comes: followers must not see the first one twice (I11)."""
    first, past = publish(one("recording: https://v.org/1"))
    both = "recordings: [{id: english, url: https://v.org/1}, {id: french, url: https://v.org/2}]"
    second, memory = publish(one(both), past, NOW + DAY)
    third, _ = publish(one(both.replace("/1", "/3")), memory, NOW + 2 * DAY)
    was = first.entries[0].revision.recordings["recording"]
    lives = [each.entries[0].revision.recordings for each in (second, third)]

    assert [each["english"].urn for each in lives] == [was.urn, was.urn]
    assert [each["english"].published for each in lives] == [NOW, NOW]
    assert lives[0]["french"].urn != was.urn
    assert sorted(memory.rows["preprints"].recordings) == ["english", "french"]
    assert memory.rows["preprints"].recordings["english"].name == "recording"


def test_a_recording_without_an_address_is_known_by_its_id_alone() -> None:
    first, past = publish(one("recordings: [{id: a, url: announced}]"))
    second, _ = publish(one("recordings: [{id: b, url: announced}]"), past, NOW + DAY)

    assert (
        first.entries[0].revision.recordings["a"].urn
        != second.entries[0].revision.recordings["b"].urn
    )


# --- what was told, and what changed (C24) ------------------------------------------------------


def told_of(publication: Publication, number: int = 0) -> tuple[Change, ...]:
    return publication.entries[number].revision.changes


START = datetime(2020, 7, 8, 11, tzinfo=UTC)
PREPRINTS = Told(
    "Preprints", START, START + timedelta(minutes=90), "Europe/Berlin", Status.CONFIRMED
)


# Nearly all characters that reading accepts; a test that had to refuse many would prove little.
TITLES = some.text(
    some.characters(exclude_categories=["Cc", "Cs"]) | some.sampled_from("\t\ufffd"), max_size=9
)


@given(TITLES)
def test_a_title_that_an_event_file_may_have_is_told_once(title: str) -> None:
    """Also one that holds U+FFFD, as a text does that was once read in the wrong encoding."""
    written = json.dumps(f"A{title}\ufffdB")
    read = series(with_session(f"title: {written}", BERLIN))
    assume(read.value is not None)
    assert read.value is not None
    _, past = publish(read.value)
    found, said = ledger.parse(ledger.dump(past, "open-science"), PATH)

    assert (found, said) == (past, ())


def test_what_was_told_is_in_the_row() -> None:
    assert publish(one())[1].rows["preprints"].told == PREPRINTS


def test_changes_are_told_from_what_to_what() -> None:
    _, past = publish(one())
    moved, past = publish(one("date: 2020-07-09"), past, NOW + DAY)
    titled, past = publish(one("date: 2020-07-09\ntitle: New"), past, NOW + 2 * DAY)
    off, _ = publish(one("date: 2020-07-09\ntitle: New\nstatus: cancelled"), past, NOW + 3 * DAY)
    later = PREPRINTS._replace(start=START + DAY, end=START + timedelta(days=1, minutes=90))
    new = later._replace(title="New")
    changes = (
        Change(NOW + DAY, 1, PREPRINTS, later),
        Change(NOW + 2 * DAY, 1, later, new),
        Change(NOW + 3 * DAY, 2, new, new._replace(status=Status.CANCELLED)),
    )

    assert told_of(moved) == changes[:1]
    assert told_of(titled) == changes[:2]
    assert told_of(off) == changes


@pytest.mark.parametrize(
    "own", ["summary: About it.", "platform: Zoom", "time: 12:00–13:30 Europe/London"]
)
def test_what_nobody_would_act_upon_is_no_change(own: str) -> None:
    _, past = publish(one())

    assert told_of(publish(one(own), past, NOW + DAY)[0]) == ()


def test_changes_are_remembered_by_what_was_before() -> None:
    _, past = publish(one())
    _, past = publish(one("date: 2020-07-09\ntime: 13:00–14:30 Europe/Rome"), past, NOW + DAY)
    _, past = publish(
        one("title: New\nstatus: postponed"),
        past,
        NOW + 2 * DAY,
    )
    record = json.loads(ledger.dump(past, "open-science").decode().split("\n\n")[1])

    assert record["changes"] == [
        {
            "at": "2027-03-02T12:00:00Z",
            "sequence": 1,
            "was": {
                "start": "2020-07-08T11:00:00Z",
                "end": "2020-07-08T12:30:00Z",
                "zone": "Europe/Berlin",
            },
        },
        {
            "at": "2027-03-03T12:00:00Z",
            "sequence": 2,
            "was": {
                "title": "Preprints",
                "start": "2020-07-09T11:00:00Z",
                "end": "2020-07-09T12:30:00Z",
                "zone": "Europe/Rome",
                "status": "confirmed",
            },
        },
    ]


# --- a session with another id (C11) ------------------------------------------------------------


def test_a_renamed_session_stays_the_event_that_it_is() -> None:
    first, past = publish(one())
    renamed, memory = publish(one("id: reviewed\nformerly: preprints"), past, NOW + DAY)
    again, _ = publish(one("id: reviewed"), memory, NOW + 2 * DAY)

    assert renamed.entries[0].revision == first.entries[0].revision
    assert again.entries[0].revision == first.entries[0].revision
    assert sorted(memory.rows) == ["reviewed"]
    assert memory.rows["reviewed"].formerly == ("preprints",)


def test_a_session_that_is_renamed_twice_remembers_both() -> None:
    _, past = publish(one())
    _, past = publish(one("id: b\nformerly: preprints"), past)
    _, past = publish(one("id: c\nformerly: b"), past)

    assert past.rows["c"].formerly == ("preprints", "b")


def test_a_session_that_is_given_a_published_uid_is_that_event() -> None:
    """It says which event it is, also without `formerly`, and its SEQUENCE does not fall."""
    own = "uid: 1@example.org\nsequence: 3"
    first, past = publish(one(own))
    second, memory = publish(one("id: b\nuid: 1@example.org"), past, NOW + DAY)

    assert second.entries[0].revision == first.entries[0].revision
    assert memory.rows["b"].formerly == ("preprints",)
    assert sorted(memory.rows) == ["b"]


def formerly(publication: Publication) -> dict[str, tuple[str, ...]]:
    """The former ids of the sessions that are shown, by their ids."""
    return {entry.session.id: entry.session.formerly for entry in publication.entries}


def test_a_former_id_is_shown_also_when_the_file_no_longer_names_it() -> None:
    """An invite keeps its address (H10)."""
    _, past = publish(one())
    first, past = publish(one("id: b\nformerly: preprints"), past)
    second, _ = publish(one("id: b"), past)

    assert formerly(first) == formerly(second) == {"b": ("preprints",)}


@pytest.mark.parametrize("names", ["preprints", "[never, preprints]"])
def test_an_own_id_and_one_that_was_never_published_are_no_former_ids(names: str) -> None:
    _, past = publish(one())

    assert formerly(publish(one(f"formerly: {names}"), past)[0]) == {"preprints": ()}


@pytest.mark.parametrize("removed", [(), ("b",)])
def test_a_former_id_that_is_given_anew_belongs_to_the_new_session(
    removed: tuple[str, ...],
) -> None:
    """Two invites must not have one address."""
    _, past = publish(one())
    _, past = publish(one("id: b\nformerly: preprints"), past)
    listed = () if removed else one("id: b").sessions
    new = one("date: 2020-09-01").sessions
    told, past = publish(replace(one(), sessions=(*listed, *new), removed=removed), past)
    renamed = one("date: 2020-09-01\nid: c\nformerly: preprints").sessions
    again, _ = publish(replace(one(), sessions=(*listed, *renamed), removed=removed), past)

    assert formerly(told) == {"b": (), "preprints": ()}
    assert formerly(again) == {"b": (), "c": ("preprints",)}


def test_no_two_events_share_a_uid_when_an_id_is_given_anew() -> None:
    _, past = publish(one())
    renamed = one("id: b\nformerly: preprints")
    _, past = publish(renamed, past)
    both = replace(renamed, sessions=(*renamed.sessions, *one("date: 2020-09-01").sessions))
    told, memory = publish(both, past, NOW + DAY)
    again, _ = publish(both, memory, NOW + 2 * DAY)
    uids = [entry.revision.uid for entry in told.entries]

    assert uids[0] == past.rows["b"].uid
    assert len(set(uids)) == 2
    assert [entry.revision.uid for entry in again.entries] == uids


@pytest.mark.parametrize("order", [1, -1])
def test_no_two_events_share_a_uid_in_whichever_order_they_stand(order: int) -> None:
    _, past = publish(one())
    sessions = (
        *one("id: b\nformerly: preprints").sessions,
        *one("date: 2020-09-01\nid: new").sessions,
    )
    told, _ = publish(replace(one(), sessions=sessions[::order]), past, NOW + DAY)

    assert [entry.revision.uid == past.rows["preprints"].uid for entry in told.entries] == [
        True,
        False,
    ]


def test_a_former_id_that_is_still_listed_is_left_alone() -> None:
    _, past = publish(one())
    sessions = (*one("id: b\nformerly: preprints").sessions, *one().sessions)
    _, memory = publish(replace(one(), sessions=sessions), past, NOW + DAY)

    assert memory.rows["preprints"] == past.rows["preprints"]
    assert memory.rows["b"].uid != past.rows["preprints"].uid


# --- sessions that are cancelled or removed, and leave (C24) ------------------------------------

OFF = "date: 2027-04-01\nstatus: cancelled"
END = datetime(2027, 4, 1, 12, 30, tzinfo=UTC)
ONE_DAY = "time: 13:00–14:30\ntimezone: Europe/Berlin\nkeep_cancelled: 1 day"


@pytest.mark.parametrize(
    ("keep", "now", "shown_then", "due"),
    [
        ("", END + 30 * DAY - SECOND, 1, END + 30 * DAY),
        ("", END + 30 * DAY, 0, None),
        ("keep_cancelled: 1 day", END + DAY - SECOND, 1, END + DAY),
        ("keep_cancelled: 1 day", END + DAY, 0, None),
        ("keep_cancelled: 0 days", END - SECOND, 1, END),
        ("keep_cancelled: 0 days", END, 0, None),
        ("keep_cancelled: forever", END + 4000 * DAY, 1, None),
        ("keep_cancelled: 36500 days", END + 4000 * DAY, 1, END + 36500 * DAY),
    ],
)
def test_a_cancelled_session_leaves_some_time_after_its_date(
    keep: str, now: datetime, shown_then: int, due: datetime | None
) -> None:
    told = one(OFF, f"time: 13:00–14:30\ntimezone: Europe/Berlin\n{keep}")
    _, past = publish(told)
    revised = ledger.revise(told, Site(), past, now)

    assert len(revised.publication.entries) == shown_then
    assert revised.due == due


def test_a_session_stays_for_ever_where_no_calendar_reaches_its_end() -> None:
    far = replace(one(OFF), keep_cancelled=timedelta(days=999_999_999 - 1))
    revised = ledger.revise(far, Site(), None, NOW)

    assert (len(revised.publication.entries), revised.due) == (1, None)


def test_a_session_that_took_place_never_leaves() -> None:
    _, past = publish(one("date: 2027-04-01", ONE_DAY))
    revised = ledger.revise(one("date: 2027-04-01", ONE_DAY), Site(), past, END + 4000 * DAY)

    assert (len(revised.publication.entries), revised.due) == (1, None)


def test_leaving_changes_the_calendar_and_not_the_session() -> None:
    told, past = publish(one(OFF, ONE_DAY))
    left, memory = publish(one(OFF, ONE_DAY), past, END + 2 * DAY)
    again, same = publish(one(OFF, ONE_DAY), memory, END + 3 * DAY)
    row = memory.rows["preprints"]

    assert (told.modified, left.modified, again.modified) == (NOW, END + 2 * DAY, END + 2 * DAY)
    assert (row.left, row.modified, row.sequence) == (END + 2 * DAY, NOW, 0)
    assert same == memory


def test_a_session_that_has_left_comes_back_as_a_later_revision() -> None:
    _, past = publish(one(OFF, ONE_DAY))
    _, past = publish(one(OFF, ONE_DAY), past, END + 2 * DAY)
    back, memory = publish(one(OFF), past, END + 2 * DAY)

    assert back.entries[0].revision.modified == END + 2 * DAY + SECOND
    assert memory.rows["preprints"].left is None


def test_who_has_left_does_not_come_back_with_a_clock_that_goes_back() -> None:
    _, past = publish(one(OFF, ONE_DAY))
    left, memory = publish(one(OFF, ONE_DAY), past, END + 2 * DAY)

    assert publish(one(OFF, ONE_DAY), memory, END - DAY) == (left, memory)


def test_a_given_stamp_is_none_when_the_session_left_after_it() -> None:
    _, past = publish(one(OFF, ONE_DAY))
    _, past = publish(one(OFF, ONE_DAY), past, END + 2 * DAY)
    back, _ = publish(one(f"{OFF}\nupdated: 2027-03-20T10:00Z"), past, END + 3 * DAY)

    assert back.entries[0].revision.modified == END + 3 * DAY


def gone(above: str = BERLIN) -> Series:
    """The series of one session, once that has been removed from it."""
    return replace(one("date: 2027-04-01", above), sessions=(), removed=("preprints",))


def test_a_removed_session_is_shown_as_cancelled() -> None:
    first, past = publish(one("date: 2027-04-01"))
    told, memory = publish(gone(), past, NOW + DAY)
    again, same = publish(gone(), memory, NOW + 2 * DAY)
    (entry,) = told.entries
    was = first.entries[0]

    assert (entry.session.title, entry.session.start) == ("Preprints", was.session.start)
    assert (entry.session.zone, entry.session.form) == (was.session.zone, was.session.form)
    assert entry.session.status is Status.CANCELLED
    assert entry.revision.uid == was.revision.uid
    assert (entry.revision.sequence, entry.revision.modified) == (1, NOW + DAY)
    assert [each.after.status for each in entry.revision.changes] == [Status.CANCELLED]
    assert memory.rows["preprints"].removed == NOW + DAY
    assert (again, same) == (told, memory)


def test_a_removed_session_needs_to_be_named_once() -> None:
    _, past = publish(one("date: 2027-04-01"))
    _, memory = publish(gone(), past, NOW + DAY)
    told, same = publish(replace(gone(), removed=()), memory, NOW + 2 * DAY)

    assert [each.session.status for each in told.entries] == [Status.CANCELLED]
    assert same == memory


def test_a_cancelled_session_that_is_removed_is_not_cancelled_again() -> None:
    _, past = publish(one(OFF))
    told, _ = publish(gone(), past, NOW + DAY)

    assert told.entries[0].revision.sequence == 0
    assert told_of(told) == ()


def test_a_removed_session_leaves_some_time_after_its_date() -> None:
    _, past = publish(one("date: 2027-04-01", ONE_DAY))
    kept = ledger.revise(gone(ONE_DAY), Site(), past, END)
    left = ledger.revise(gone(ONE_DAY), Site(), kept.ledger, END + DAY)
    back = ledger.revise(gone(), Site(), left.ledger, END + DAY)

    assert (len(kept.publication.entries), kept.due) == (1, END + DAY)
    assert (len(left.publication.entries), left.due) == (0, None)
    assert left.ledger.rows["preprints"].left == left.publication.modified == END + DAY
    assert [each.revision.modified for each in back.publication.entries] == [END + DAY + SECOND]


def test_a_removed_session_that_comes_back_is_to_be_followed() -> None:
    _, past = publish(one("date: 2027-04-01"))
    _, past = publish(gone(), past, NOW + DAY)
    back, memory = publish(one("date: 2027-04-01"), past, NOW + 2 * DAY)

    assert back.entries[0].revision[1:4] == (2, NOW, NOW + 2 * DAY)
    assert memory.rows["preprints"].removed is None


def test_a_removed_session_at_an_offset_is_written_in_utc() -> None:
    literal = "time: 13:00–14:30 UTC+3"
    first, past = publish(one("date: 2027-04-01", literal))
    told, _ = publish(gone(literal), past, NOW + DAY)

    assert told.entries[0].session.form is first.entries[0].session.form
    assert told.entries[0].session.zone == first.entries[0].session.zone


def test_a_removed_session_whose_hour_comes_twice_is_written_in_utc() -> None:
    """T7: no calendar can say which of the two hours is meant."""
    twice = "date: 2027-10-31\ntime: 2:30\nduration: 1h\nfold: later"
    _, past = publish(one(twice, "timezone: Europe/Berlin"))
    told, _ = publish(gone(), past, NOW + DAY)

    assert (told.entries[0].session.form, told.entries[0].session.zone) == (
        Form.UTC,
        "Europe/Berlin",
    )


def test_a_removed_session_in_a_zone_without_a_place_is_written_in_utc() -> None:
    _, past = publish(one("date: 2027-04-01"))
    row = past.rows["preprints"]
    strange = row._replace(told=row.told._replace(zone="CET"))
    told, _ = publish(gone(), past._replace(rows={"preprints": strange}), NOW + DAY)

    assert (told.entries[0].session.form, told.entries[0].session.zone) == (Form.UTC, "UTC")


def test_a_removed_session_without_a_hash_is_cancelled_anew() -> None:
    """Another branch may have told something else under the same SEQUENCE."""
    _, past = publish(one("date: 2027-04-01"))
    _, past = publish(gone(), past, NOW + DAY)
    row = past.rows["preprints"]._replace(schedule="")
    told, memory = publish(gone(), past._replace(rows={"preprints": row}), NOW + 2 * DAY)

    assert told.entries[0].revision[1:4] == (2, NOW, NOW + 2 * DAY)
    assert memory.rows["preprints"].changes == past.rows["preprints"].changes


def gone_by(publication: Publication) -> list[tuple[str, list[Status], list[str]]]:
    """The sessions that have left: their ids, what became of them, and their recordings."""
    return [
        (
            entry.session.id,
            [each.after.status for each in entry.revision.changes],
            [each.id for each in entry.session.recordings],
        )
        for entry in publication.left
    ]


def test_what_was_told_of_a_session_that_has_left_is_still_told() -> None:
    on = "date: 2027-04-01\nrecording: announced"
    _, past = publish(one(on, ONE_DAY), now=END)
    off, past = publish(one(f"{on}\nstatus: cancelled", ONE_DAY), past, END + DAY)
    away, past = publish(one(f"{on}\nstatus: cancelled", ONE_DAY), past, END + 9 * DAY)
    other = replace(one(above=ONE_DAY), sessions=())
    unlisted, _ = publish(other, past, END + 10 * DAY)

    assert (len(off.entries), off.left) == (1, ())
    assert (away.entries, gone_by(away)) == (
        (),
        [("preprints", [Status.CANCELLED], ["recording"])],
    )
    assert (unlisted.entries, gone_by(unlisted)) == (
        (),
        [("preprints", [Status.CANCELLED], [])],
    )


def test_what_was_told_of_a_removed_session_that_has_left_is_still_told() -> None:
    _, past = publish(one("date: 2027-04-01", ONE_DAY))
    _, past = publish(gone(ONE_DAY), past, END)
    away, _ = publish(gone(ONE_DAY), past, END + 9 * DAY)

    assert (away.entries, gone_by(away)) == ((), [("preprints", [Status.CANCELLED], [])])


def test_nothing_is_told_of_a_session_that_was_never_shown() -> None:
    first, past = publish(one(OFF, ONE_DAY), now=END + 9 * DAY)
    edited, _ = publish(one(f"{OFF}\ntitle: Another", ONE_DAY), past, END + 10 * DAY)

    assert [(each.entries, each.left) for each in (first, edited)] == [((), ())] * 2


def test_a_removed_session_that_was_never_published_is_nothing() -> None:
    told, memory = publish(gone())

    assert (told.entries, memory.rows) == ((), {})


# --- when it changes by itself ------------------------------------------------------------------


def test_what_is_due_first_is_told() -> None:
    sessions = (
        *one("id: a\ndate: 2027-06-01\nrecording: https://v.org/1").sessions,
        *one(
            "id: b\ndate: 2027-05-01\n"
            "recording: {url: https://v.org/2, published: 2027-05-09T10:00Z}"
        ).sessions,
    )
    told = replace(one(), sessions=sessions)
    dues = []
    now: datetime | None = NOW
    past: Ledger | None = None
    while now is not None:
        revised = ledger.revise(told, Site(), past, now)
        dues.append(revised.due)
        past, now = revised.ledger, revised.due

    assert dues == [
        datetime(2027, 5, 9, 10, tzinfo=UTC),
        datetime(2027, 6, 1, 12, 30, tzinfo=UTC),
        None,
    ]


# --- private and public -------------------------------------------------------------------------


def test_the_public_copy_holds_nothing_of_a_private_link() -> None:
    """Not even its hash, which could be tried against guesses (S10)."""
    _, memory = publish(one("join: {url: https://m.example.org/1, audience: registered}"))
    public = ledger.dump(memory, "open-science", public=True)
    private = memory.rows["preprints"].private
    assert private

    assert private.encode() in ledger.dump(memory, "open-science")
    assert private.encode() not in public
    assert json.loads(public.split(b"\n\n")[0])["public"] is True


def test_a_build_from_the_public_copy_does_not_move_what_it_cannot_know() -> None:
    own = "join: {url: https://m.example.org/1, audience: registered}"
    first, memory = publish(one(own))
    public, _ = ledger.parse(ledger.dump(memory, "open-science", public=True), PATH)
    second, again = publish(one(own), public, NOW + DAY)
    assert public is not None

    assert public.rows["preprints"].private is None
    assert second.entries[0].revision == first.entries[0].revision
    assert again == memory


def test_what_the_public_copy_does_not_know_is_not_known_later_either() -> None:
    """A ledger that was rebuilt from it is written and read before the next build."""
    own = "join: {url: https://m.example.org/1, audience: registered}"
    first, memory = publish(one(own))
    public, _ = ledger.parse(ledger.dump(memory, "open-science", public=True), PATH)
    assert public is not None
    rebuilt, _ = ledger.parse(ledger.dump(public, "open-science"), PATH)
    second, again = publish(one(own), rebuilt, NOW + DAY)

    assert rebuilt == public
    assert second.entries[0].revision == first.entries[0].revision
    assert again == memory
    assert ledger.published(ledger.dump(public, "a"), public, "a") == ledger.dump(
        public, "a", public=True
    )


def test_a_build_from_the_public_copy_moves_what_it_does_know() -> None:
    _, memory = publish(one())
    public, _ = ledger.parse(ledger.dump(memory, "open-science", public=True), PATH)

    assert publish(one("date: 2020-07-09"), public)[0].entries[0].revision.sequence == 1


@pytest.mark.parametrize("own", ["", "join: {url: https://m.example.org/1, audience: hosts}"])
@pytest.mark.parametrize("count", [0, 1])
def test_the_public_copy_is_the_same_from_the_ledgers_own_bytes(own: str, count: int) -> None:
    _, memory = publish(replace(one(own), sessions=one(own).sessions[:count]))
    data = ledger.dump(memory, "open-science")

    assert ledger.published(data, memory, "open-science") == ledger.dump(
        memory, "open-science", public=True
    )


# --- what counts (D2) ---------------------------------------------------------------------------

# What no calendar and no feed says, and what has a stamp or a hash of its own.
UNSAID = {
    *("written", "literal_start", "uid", "created", "updated", "sequence", "formerly"),
    "recordings_removed",
    "recordings.published",
}
FULL = replace(
    one("date: 2027-01-14").sessions[0],
    summary="What it is about.",
    talks=(Talk("A talk", (Speaker("Ana", "Dr", "Head", "School", "Lisbon", "UTC"),), "On data."),),
    languages=("en",),
    topics=("data",),
    platform="Zoom",
    join=Join("https://m.example.org/1", Audience.PUBLIC),
    registration="https://www.example.org/register",
    page="https://www.example.org/1",
    recordings=(
        Recording(
            "en",
            "https://v.example.org/1",
            "English",
            "en",
            NOW - DAY,
            timedelta(hours=1),
            (MediaFile("https://v.example.org/1.mp4", "video/mp4", 1),),
            "https://v.example.org/1.vtt",
            "https://v.example.org/1.jpg",
            (Chapter(timedelta(seconds=90), "Questions"),),
            "https://v.example.org/1.html",
        ),
    ),
    literal_start=NOW,
    uid="1@example.org",
    created=NOW - DAY,
    updated=NOW - DAY,
    sequence=1,
    formerly=("preprint",),
    recordings_removed=("fr",),
)
# Of each kind of value another one.
OTHERS: dict[type, Any] = {
    str: "another",
    int: 7,
    datetime: datetime(2027, 1, 14, 12, 45, tzinfo=UTC),
    timedelta: timedelta(minutes=1),
    Form: Form.UTC,
    Status: Status.TENTATIVE,
    Audience: Audience.HOSTS,
}


def varied(value: Any, route: str = "") -> list[tuple[str, Any]]:
    """The value, once for each field in it that is another one; and which field that is."""
    if isinstance(value, tuple):
        found = varied(value[0], route)
        return [(at, (other, *value[1:])) for at, other in found]
    if type(value) in OTHERS:
        return [(route, OTHERS[type(value)])]
    return [
        (at, replace(value, **{field.name: other}))
        for field in fields(value)
        for at, other in varied(getattr(value, field.name), f"{route}.{field.name}".strip("."))
    ]


@pytest.mark.parametrize(("route", "other"), varied(FULL)[1:])  # without its id it is another
def test_every_field_of_a_session_counts_or_is_named_above(route: str, other: Session) -> None:
    _, past = publish(replace(one(), sessions=(FULL,)))
    _, memory = publish(replace(one(), sessions=(other,)), past, NOW + DAY)
    first, second = past.rows["preprints"], memory.rows["preprints"]

    is_said = (first.content, first.private) != (second.content, second.private)
    assert is_said == (route not in UNSAID)


# --- hashes that were made in another way -------------------------------------------------------


def of_before(memory: Ledger) -> Ledger:
    """A ledger whose hashes are from another version of the program."""
    rows = {
        key: row._replace(
            schedule="x",
            content="y",
            recordings={at: each._replace(content="z") for at, each in row.recordings.items()},
        )
        for key, row in memory.rows.items()
    }
    return memory._replace(content="x", rows=rows, hashes=ledger.HASHES - 1)


def test_hashes_that_were_made_in_another_way_are_not_compared() -> None:
    first, memory = publish(one("recording: https://v.org/1"))
    second, again = publish(one("recording: https://v.org/1"), of_before(memory), NOW + DAY)

    assert second == first
    assert again == memory


@pytest.mark.parametrize(
    ("own", "sequence"),
    [
        ("date: 2020-07-09", 1),
        ("time: 13:00–15:00", 1),
        ("status: cancelled", 1),
        ("title: New", 0),
    ],
)
def test_without_hashes_what_was_told_is_compared(own: str, sequence: int) -> None:
    _, memory = publish(one())
    told, _ = publish(one(own), of_before(memory), NOW + DAY)

    assert told.entries[0].revision[1:4] == (sequence, NOW, NOW + DAY)


def test_without_any_hash_the_sequence_rises_also_then() -> None:
    _, memory = publish(one())
    old = of_before(memory)
    rows = {key: row._replace(schedule="") for key, row in old.rows.items()}
    told, _ = publish(one(), old._replace(rows=rows), NOW + DAY)

    assert told.entries[0].revision[1:4] == (1, NOW, NOW + DAY)


def test_a_ledger_without_a_number_of_hashes_is_not_compared_either() -> None:
    _, memory = publish(one())
    data = ledger.dump(memory, "open-science").replace(b'"hashes": 1, ', b"")
    read, found = ledger.parse(data, PATH)
    assert read is not None

    assert (read.hashes, found) == (0, ())


# --- two memories of one series (I13) -----------------------------------------------------------


def test_what_two_branches_have_published_is_remembered_together() -> None:
    _, base = publish(one())
    new, other = (one(f"id: {key}\ntitle: {key}").sessions[0] for key in ("new", "other"))
    _, ours = publish(replace(one(), sessions=(*one().sessions, new)), base, NOW + DAY)
    _, theirs = publish(replace(one(), sessions=(*one().sessions, other)), base, NOW + 2 * DAY)

    assert ledger.merge(ours, theirs) == ledger.merge(theirs, ours)
    assert ledger.merge(ours, theirs) == base._replace(rows={**ours.rows, **theirs.rows})


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("later", [0, 1])
def test_after_two_branches_told_different_times_the_sequence_is_above_both(
    *, swapped: bool, later: int
) -> None:
    _, base = publish(one())
    ours = publish(one("date: 2020-07-09"), base, NOW + DAY)[1]
    theirs = publish(one("date: 2020-07-10"), base, NOW + (1 + later) * DAY)[1]
    merged = ledger.merge(*((theirs, ours) if swapped else (ours, theirs)))

    for own in ("date: 2020-07-09", "date: 2020-07-10", "date: 2020-07-11"):
        told, _ = publish(one(own), merged, NOW + 3 * DAY)
        assert told.entries[0].revision[1:4] == (2, NOW, NOW + 3 * DAY)


def test_a_merge_with_what_it_went_on_from_changes_nothing() -> None:
    _, base = publish(one("recording: announced"))
    _, later = publish(
        one("date: 2020-07-09\nrecording: https://v.org/1", f"{BERLIN}\nsummary: About it."),
        base,
        NOW + DAY,
    )

    assert ledger.merge(base, later) == later
    assert ledger.merge(later, base) == later
    assert ledger.merge(later, later) == later


def test_a_merge_keeps_all_that_was_told() -> None:
    _, base = publish(one())
    _, ours = publish(one("date: 2020-07-09"), base, NOW + DAY)
    _, theirs = publish(one("title: New"), base, NOW + 2 * DAY)

    merged = ledger.merge(ours, theirs).rows["preprints"]
    assert [each.at for each in merged.changes] == [NOW + DAY, NOW + 2 * DAY]
    assert (merged.sequence, merged.modified, merged.told.title) == (1, NOW + 2 * DAY, "New")


def test_a_merge_knows_a_session_by_its_uid() -> None:
    _, base = publish(one())
    _, renamed = publish(one("id: b\nformerly: preprints"), base, NOW + DAY)
    _, moved = publish(one("date: 2020-07-09"), base, NOW + DAY)

    for merged in (ledger.merge(renamed, moved), ledger.merge(moved, renamed)):
        assert sorted(merged.rows) == ["b"]
        assert merged.rows["b"].sequence == 1
        assert merged.rows["b"].formerly == ("preprints",)


def test_a_merge_remembers_the_recordings_of_both() -> None:
    _, base = publish(one("recordings: [{id: a, url: announced}]"))
    _, ours = publish(one("recordings: [{id: a, url: https://v.org/1}]"), base, NOW + DAY)
    _, theirs = publish(
        one("recordings: [{id: a, url: https://v.org/2}, {id: b, url: https://v.org/3}]"),
        base,
        NOW + DAY,
    )
    merged = ledger.merge(ours, theirs).rows["preprints"].recordings

    assert sorted(merged) == ["a", "b"]
    assert (merged["a"].content, merged["a"].published) == ("", NOW)
    assert merged["b"] == theirs.rows["preprints"].recordings["b"]


def test_a_merge_with_the_public_copy_keeps_what_is_private() -> None:
    _, memory = publish(one("join: {url: https://m.example.org/1, audience: registered}"))
    public, _ = ledger.parse(ledger.dump(memory, "open-science", public=True), PATH)
    assert public is not None

    assert ledger.merge(memory, public) == memory
    assert ledger.merge(public, memory) == memory


def test_ledgers_of_two_series_are_not_merged() -> None:
    _, ours = publish(one())
    _, theirs = publish(one("", f"{BERLIN}\nuid: other@example.org"))

    with pytest.raises(ValueError, match=r"^they remember different series, .+ and other@example"):
        ledger.merge(ours, theirs)


@pytest.mark.parametrize("base", [b"", b"||||||| base\nb\n"])
def test_the_sides_of_a_conflict_are_told_apart(base: bytes) -> None:
    data = b"a\n<<<<<<< ours\nb1\n" + base + b"=======\nb2\nb3\n>>>>>>> theirs\n\nc\n"

    assert ledger.sides(data) == (b"a\nb1\n\nc\n", b"a\nb2\nb3\n\nc\n")


def test_a_file_without_marks_has_two_sides_that_are_the_same() -> None:
    assert ledger.sides(b"a\r\nb") == (b"a\r\nb", b"a\r\nb")


# --- what is remembered -------------------------------------------------------------------------

INSTANTS = some.integers(0, 2**32).map(lambda each: datetime.fromtimestamp(each, UTC))
IDS = some.from_regex("[a-z0-9][a-z0-9-]{0,9}", fullmatch=True)
# What reading lets through (S2).
TEXTS = some.text(
    some.characters(exclude_characters="\u2028\u2029\ufffd", exclude_categories=["Cs", "Cc"])
).map(lambda text: re.sub("[\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]", "", text).strip())
ZONES = some.sampled_from(["Europe/Berlin", "UTC", "UTC+05:45"])
TOLD = some.builds(Told, TEXTS, INSTANTS, INSTANTS, ZONES, some.sampled_from(Status))
ROWS = some.builds(
    Row,
    uid=TEXTS,
    sequence=some.integers(0, 10**9),
    told=TOLD,
    schedule=TEXTS,
    content=TEXTS,
    private=TEXTS,
    created=INSTANTS,
    modified=INSTANTS,
    recordings=some.dictionaries(
        some.text("abc-", min_size=1),
        some.builds(
            RecordingRow,
            TEXTS,
            INSTANTS,
            INSTANTS,
            TEXTS,
            some.none() | TEXTS,
            some.none() | INSTANTS,
        ),
        max_size=2,
    ),
    changes=some.lists(some.builds(Was, INSTANTS, some.integers(0, 99), TOLD), max_size=3).map(
        tuple
    ),
    removed=some.none() | INSTANTS,
    left=some.none() | INSTANTS,
    formerly=some.lists(IDS, max_size=2).map(tuple),
)
LEDGERS = some.builds(
    Ledger,
    TEXTS,
    TEXTS,
    INSTANTS,
    INSTANTS,
    some.dictionaries(IDS, ROWS, max_size=3),
    some.integers(0, 9),
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
    lines = ledger.dump(memory, "open-science").decode().split("\n\n")
    records = [json.loads(each) for each in lines]

    assert [each.get("series") or each["id"] for each in records] == ["open-science", "a", "b", "c"]


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
        (lines_of((1, "created", "2027-01-14T12:00:00+00")), 2),
        (lines_of((1, "created", "2027-13-14T12:00:00Z")), 2),
        (lines_of((0, "modified", "9999-12-31T23:59:59Z")), 1),
        (lines_of((1, "start", "0001-01-01T00:00:00Z")), 2),
        (lines_of((1, "end", "9999-12-31T23:59:59Z")), 2),
        (lines_of((1, "title", 7)), 2),
        (lines_of((1, "uid", "a\r\nATTENDEE:mailto:evil@x")), 2),
        (lines_of((1, "uid", "\ud800")), 2),
        (lines_of((1, "id", "../preprints")), 2),
        (lines_of((1, "status", "perhaps")), 2),
        (lines_of((1, "formerly", "preprint")), 2),
        (lines_of((1, "formerly", ["../preprint"])), 2),
        (lines_of((1, "formerly", [7])), 2),
        (lines_of((1, "changes", {})), 2),
        (lines_of((1, "recordings", [])), 2),
        (lines_of((1, "recordings", {"a": {"content": "x"}})), 2),
        (lines_of((1, "uid", "PLACE")).replace(b"PLACE", b"\xff"), 2),
    ],
)
def test_a_line_that_cannot_be_read_is_an_error_there(data: bytes, line: int) -> None:
    memory, found = ledger.parse(data, PATH)

    assert memory is None
    assert [(each.code, each.location[:2]) for each in found] == [("WF603", (PATH, line))]


def test_a_title_is_one_line_whatever_program_it_came_from() -> None:
    memory, _ = ledger.parse(lines_of((1, "title", " One\r\n\x00two\u202e\u2028")), PATH)

    assert memory is not None
    assert memory.rows["preprints"].told.title == "One   two"


@pytest.mark.parametrize("zone", ["Nowhere/Land", "UTC+99:99", "../../etc/passwd", ""])
def test_a_zone_that_is_not_known_today_is_utc(zone: str) -> None:
    memory, found = ledger.parse(lines_of((1, "zone", zone)), PATH)

    assert found == ()
    assert memory is not None
    assert memory.rows["preprints"].told.zone == "UTC"


def test_a_ledger_has_to_name_its_series() -> None:
    memory, found = ledger.parse(lines_of().splitlines()[1], PATH)

    assert (memory, [(each.code, each.location.line) for each in found]) == (None, [("WF603", 0)])


@given(some.binary(max_size=200) | some.binary(max_size=40).map(lambda each: lines_of() + each))
def test_no_bytes_make_a_ledger_raise(data: bytes) -> None:
    memory, found = ledger.parse(data, PATH)

    assert memory is None or found == ()
