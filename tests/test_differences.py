from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from event_files import sound
from webinar_feeds import differences, ledger
from webinar_feeds.differences import Difference, Kind, Seen
from webinar_feeds.model import Series, Site

if TYPE_CHECKING:
    from webinar_feeds.ledger import Ledger

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SITE = Site(base_url="https://w.example.org/")
FILE = """
title: Open science
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - {id: preprints, date: 2027-06-16, title: Preprints}
  - {id: open-data, date: 2027-07-14, title: Open data}
"""


def file(*edits: tuple[str, str]) -> Series:
    """The event file after some edits."""
    text = FILE
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return sound(text)


def published(told: Series, past: Ledger | None = None, now: datetime = NOW) -> Ledger:
    return ledger.revise(told, SITE, past, now).ledger


def seen(
    told: Series, past: Ledger | None, now: datetime = NOW + DAY, there: Ledger | None = None
) -> Seen:
    """What subscribers see when a series is published a day later."""
    elsewhere = None if there is None else lambda _: there
    known = {} if past is None else {told.id: past}
    (found,) = differences.of([told], SITE, known, now, elsewhere)
    return found


def told(
    found: Seen,
) -> dict[str, tuple[tuple[Kind, ...], tuple[str, ...], str, tuple[int | None, ...]]]:
    return {
        each.session: (each.kinds, each.words, each.effect, each.sequence)
        for each in found.sessions
    }


def after(*edits: tuple[str, str], before: tuple[tuple[str, str], ...] = ()) -> object:
    """What is seen of the one session that some edits change."""
    found = seen(file(*edits), published(file(*before)))
    assert (found.kinds, found.words) == ((), ())
    (only,) = told(found).values()
    return only


OWN = "title: Preprints"


def test_where_nothing_is_edited_nothing_is_seen() -> None:
    found = seen(file(), published(file()))

    assert found == Seen("open-science", "Open science", (), (), ())
    assert not found


def test_what_a_build_would_do_is_not_done() -> None:
    past = published(file())

    assert seen(file(("2027-06-16", "2027-06-17")), past) == seen(
        file(("2027-06-16", "2027-06-17")), past
    )


def test_a_new_series_is_told_with_all_its_sessions() -> None:
    found = seen(file(), None)

    assert (found.kinds, found.words) == (
        (Kind.NEW,),
        ("a new series, with a calendar of its own",),
    )
    assert told(found) == {
        "preprints": (
            (Kind.NEW,),
            ("new session, Wed 16 June 2027, 13:00–14:30 CEST",),
            "appears in calendars",
            (None, 0),
        ),
        "open-data": (
            (Kind.NEW,),
            ("new session, Wed 14 July 2027, 13:00–14:30 CEST",),
            "appears in calendars",
            (None, 0),
        ),
    }


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            ("date: 2027-06-16", "date: 2027-06-17, time: 15:00–16:30"),
            (
                (Kind.MOVED,),
                ("moved from Wed 16 June 13:00 CEST to Thu 17 June 15:00 CEST",),
                "subscribers' calendars move it",
                (0, 1),
            ),
        ),
        (
            (OWN, f"{OWN}, status: cancelled"),
            ((Kind.CANCELLED,), ("cancelled",), "calendars show it as cancelled", (0, 1)),
        ),
        (
            ("2027-06-16, title: Preprints", "2027-06-17, title: Preprints, status: cancelled"),
            ((Kind.CANCELLED,), ("cancelled",), "calendars show it as cancelled", (0, 1)),
        ),
        (
            (OWN, f"{OWN}, status: postponed"),
            (
                (Kind.POSTPONED,),
                ("postponed, the new date is not known yet",),
                "calendars show it as postponed, and as free time",
                (0, 1),
            ),
        ),
        (
            ("2027-06-16, title: Preprints", "2027-06-17, title: Preprints, status: tentative"),
            (
                (Kind.MOVED, Kind.TENTATIVE),
                (
                    (
                        "moved from Wed 16 June 13:00 CEST to Thu 17 June 13:00 CEST; "
                        "the date is not certain any more"
                    ),
                ),
                "calendars show it as tentative, subscribers' calendars move it",
                (0, 1),
            ),
        ),
        (
            (OWN, "title: Postings"),
            (
                (Kind.RETITLED,),
                ("renamed from “Preprints”",),
                "calendars show the new title",
                (0, 0),
            ),
        ),
        (
            (OWN, f"{OWN}, summary: What happens then"),
            ((Kind.EDITED,), ("description edited, no notice",), "", (0, 0)),
        ),
        (
            (OWN, f"{OWN}, platform: Zoom"),
            (
                (Kind.PLACE,),
                ("place or join link changed",),
                "calendars show the new one",
                (0, 1),
            ),
        ),
        (
            (OWN, f"{OWN}, join: {{url: 'https://j.example.org', audience: registered}}"),
            ((Kind.PLACE,), ("the join link that is not public changed",), "", (0, 1)),
        ),
        (
            (OWN, f"{OWN}, sequence: 5"),
            ((Kind.EDITED,), ("SEQUENCE raised by hand",), "", (0, 5)),
        ),
        (
            ("id: preprints", "id: postings, formerly: preprints"),
            (
                (Kind.RENAMED,),
                ("its id was preprints",),
                "nothing changes for subscribers",
                (0, 0),
            ),
        ),
        (
            ("id: preprints, date: 2027-06-16", "id: p, date: 2027-06-17, formerly: preprints"),
            (
                (Kind.MOVED, Kind.RENAMED),
                (
                    "moved from Wed 16 June 13:00 CEST to Thu 17 June 13:00 CEST",
                    "its id was preprints",
                ),
                "subscribers' calendars move it",
                (0, 1),
            ),
        ),
        (
            (
                "sessions:",
                "sessions:\n  - {id: late, date: 2027-08-11, title: Late, status: tentative}",
            ),
            (
                (Kind.NEW,),
                ("new session, tentative, Wed 11 August 2027, 13:00–14:30 CEST",),
                "appears in calendars",
                (None, 0),
            ),
        ),
    ],
)
def test_each_kind_of_edit_has_its_words(edit: tuple[str, str], expected: object) -> None:
    assert after(edit) == expected


def test_a_session_that_takes_place_after_all() -> None:
    assert after(before=((OWN, f"{OWN}, status: cancelled"),)) == (
        (Kind.CONFIRMED,),
        ("takes place again, Wed 16 June 2027, 13:00–14:30 CEST",),
        "calendars show it as taking place",
        (0, 1),
    )


def test_a_removed_session_is_shown_as_cancelled() -> None:
    removed = file(
        ("  - {id: preprints, date: 2027-06-16, title: Preprints}\n", ""),
        ("sessions:", "removed: preprints\nsessions:"),
    )

    assert told(seen(removed, published(file()))) == {
        "preprints": (
            (Kind.CANCELLED,),
            ("cancelled",),
            "calendars show it as cancelled",
            (0, 1),
        )
    }


def test_a_cancelled_session_leaves_by_itself() -> None:
    cancelled = file((OWN, f"{OWN}, status: cancelled"))
    past = published(cancelled)

    assert told(seen(cancelled, past, datetime(2027, 7, 16, 12, 30, tzinfo=UTC))) == {
        "preprints": (
            (Kind.LEFT,),
            ("leaves the calendars (cancelled, its date was 30 days ago)",),
            "",
            (0, 0),
        )
    }


def test_a_recording_is_told_of_also_when_its_session_has_left() -> None:
    recorded = f"{OWN}, recording: announced"
    past = published(file((OWN, recorded)), now=datetime(2027, 6, 17, tzinfo=UTC))
    off = f"{OWN}, status: cancelled, recording:"
    past = published(file((OWN, f"{off} announced")), past, datetime(2027, 6, 18, tzinfo=UTC))
    later = datetime(2027, 9, 1, tzinfo=UTC)
    past = published(file((OWN, f"{off} announced")), past, later)
    found = seen(file((OWN, f"{off} 'https://v.example.org/1'")), past, later + DAY)

    assert told(found)["preprints"][:2] == (
        (Kind.RECORDING,),
        ("recording edited in the feeds",),
    )


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (timedelta(hours=3), "leaves the calendars (cancelled)"),
        (DAY, "leaves the calendars (cancelled, its date was 1 day ago)"),
        (-DAY, "leaves the calendars (cancelled)"),
    ],
)
def test_how_long_ago_a_session_was_is_told_in_days(ended: timedelta, words: str) -> None:
    cancelled = file((OWN, f"{OWN}, status: cancelled"))
    past = published(cancelled)
    left = past.rows["preprints"]._replace(left=NOW)
    now = left.told.end + ended

    found = differences.between(
        "s", "T", past, past._replace(rows={**past.rows, "preprints": left}), now
    )

    assert [each.words for each in found.sessions] == [(words,)]


def test_a_session_that_left_may_come_back() -> None:
    cancelled = file((OWN, f"{OWN}, status: cancelled"))
    late = datetime(2027, 12, 1, tzinfo=UTC)
    past = published(cancelled, published(cancelled), late)

    assert told(seen(file(("2027-06-16", "2028-06-14")), past, late + DAY)) == {
        "preprints": (
            (Kind.MOVED, Kind.RETURNED, Kind.CONFIRMED),
            (
                "comes back into the calendars",
                "takes place again, Wed 14 June 2028, 13:00–14:30 CEST",
            ),
            "calendars show it as taking place, subscribers' calendars move it",
            (0, 1),
        )
    }


def test_what_has_left_is_not_told_of_any_more() -> None:
    cancelled = file((OWN, f"{OWN}, status: cancelled"))
    late = datetime(2027, 12, 1, tzinfo=UTC)
    past = published(cancelled, published(cancelled), late)
    renamed = file((OWN, "title: Postings, status: cancelled"))

    assert not seen(cancelled, past, late + DAY)
    assert told(seen(renamed, past, late + DAY)) == {}
    assert told(seen(cancelled, None, late)) == {
        "open-data": (
            (Kind.NEW,),
            ("new session, Wed 14 July 2027, 13:00–14:30 CEST",),
            "appears in calendars",
            (None, 0),
        )
    }


# --- Recordings -----------------------------------------------------------------------------------

HELD = ("2027-06-16", "2026-06-17")
ONE = (OWN, f"{OWN}, recording: https://v.example.org/1")
BOTH = "[{id: en, url: https://v.example.org/1}, {id: de, url: https://v.example.org/2}]"
TWO = ("title: Preprints}", f"title: Preprints, recordings: {BOTH}}}")


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ((HELD,), (HELD, ONE), "new recording in the feeds"),
        ((HELD,), (HELD, TWO), "2 new recordings in the feeds"),
        ((HELD, ONE), (HELD, ONE, ("/1", "/9")), "recording edited in the feeds"),
    ],
)
def test_recordings_are_told(
    before: tuple[tuple[str, str], ...], now: tuple[tuple[str, str], ...], words: str
) -> None:
    assert after(*now, before=before) == ((Kind.RECORDING,), (words,), "", (0, 0))


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (ONE, HELD, "recording taken out of the feeds"),
        (TWO, HELD, "2 recordings taken out of the feeds"),
    ],
)
def test_recordings_that_are_taken_out_are_told_once(
    before: tuple[str, str], now: tuple[str, str], words: str
) -> None:
    past, without = published(file(HELD, before)), file(now)
    kept = "readers keep what they have fetched"

    assert told(seen(without, past)) == {"preprints": ((Kind.RECORDING,), (words,), kept, (0, 0))}
    assert not seen(without, published(without, past))
    assert told(seen(file(HELD, before), published(without, past)))["preprints"][1][0].endswith(
        "in the feeds"
    )


def test_a_recording_appears_when_its_session_is_over() -> None:
    told_now = file(ONE)
    past = published(told_now)

    assert not seen(told_now, past)
    assert told(seen(told_now, past, datetime(2027, 6, 17, tzinfo=UTC))) == {
        "preprints": ((Kind.RECORDING,), ("new recording in the feeds",), "", (0, 0))
    }


# --- The series itself ----------------------------------------------------------------------------

EDITED = "the series itself is edited (title, summary, page, organisers or reminders)"


def test_an_edited_series_is_told_once() -> None:
    """Its title stands in the description of every session."""
    found = seen(
        file(("title: Open science", "title: Science"), ("2027-07-14", "2027-07-15")),
        published(file()),
    )

    assert (found.kinds, found.words, list(told(found))) == (
        (Kind.EDITED,),
        (f"{EDITED}, and with it the description of 1 session; no notice",),
        ["open-data"],
    )


def test_an_edited_series_may_leave_its_sessions_alone() -> None:
    found = seen(file(("timezone:", "summary: A word\ntimezone:")), published(file()))

    assert (found.kinds, found.words, found.sessions) == (
        (Kind.EDITED,),
        (f"{EDITED}; no notice",),
        (),
    )


def test_descriptions_that_follow_a_series_are_counted() -> None:
    found = seen(file(("title: Open science", "title: Science")), published(file()))

    assert found.words == (f"{EDITED}, and with it the description of 2 sessions; no notice",)


def test_another_uid_of_a_series_is_told() -> None:
    past = published(file())
    found = differences.between("s", "T", past, past._replace(uid="new"), NOW)

    assert (found.kinds, found.words) == (
        (Kind.GONE,),
        (f"its UID is no longer {past.uid}: programs take it for another calendar",),
    )


def test_a_session_that_is_no_longer_told_of_is_said() -> None:
    past = published(file())
    rest = {name: row for name, row in past.rows.items() if name != "preprints"}
    found = differences.between("s", "T", past, past._replace(rows=rest), NOW)

    assert told(found) == {
        "preprints": (
            (Kind.GONE,),
            ("is no longer told of",),
            "subscribers' calendars delete it without a word",
            (0, None),
        )
    }
    assert [each.title for each in found.sessions] == ["Preprints"]


def test_a_session_that_had_left_cannot_be_taken_away() -> None:
    past = published(file())
    left = past.rows["preprints"]._replace(left=NOW)
    rest = {name: row for name, row in past.rows.items() if name != "preprints"}
    before = past._replace(rows={**past.rows, "preprints": left})

    assert not differences.between("s", "T", before, past._replace(rows=rest), NOW)


def test_a_published_copy_does_not_know_private_links() -> None:
    private = (OWN, f"{OWN}, join: {{url: 'https://j.example.org', audience: registered}}")
    past = published(file(private))
    copy = {name: row._replace(private=None) for name, row in past.rows.items()}
    raised = file((OWN, f"{private[1]}, sequence: 2"))

    assert [each.words for each in seen(raised, past._replace(rows=copy)).sessions] == [
        ("SEQUENCE raised by hand",)
    ]


def test_a_series_without_its_file_is_taken_away() -> None:
    assert differences.withdrawn("health") == Seen(
        "health",
        "health",
        (Kind.GONE,),
        ("its event file is gone: its calendar and feeds are taken away",),
        (),
    )


# --- Against what was published elsewhere ---------------------------------------------------------


def test_what_was_built_here_and_not_published_is_told_against_the_site() -> None:
    there = published(file())
    moved = file(("2027-06-16", "2027-06-17"))
    here = published(moved, there, NOW + DAY)

    assert not seen(moved, here)
    assert told(seen(moved, here, there=there)) == {
        "preprints": (
            (Kind.MOVED,),
            ("moved from Wed 16 June 13:00 CEST to Thu 17 June 13:00 CEST",),
            "subscribers' calendars move it",
            (0, 1),
        )
    }


def test_what_was_published_elsewhere_is_enough() -> None:
    there = published(file())

    assert not seen(file(), None, there=there)


def test_another_series_at_that_address_has_another_uid() -> None:
    there = published(file())._replace(uid="old")
    found = seen(file(), published(file()), there=there)

    assert found.kinds == (Kind.GONE,)


def test_what_cannot_be_compared_is_stamped_anew() -> None:
    """A ledger that was brought back from a calendar knows no texts."""
    past = published(file())
    rows = {name: row._replace(content="") for name, row in past.rows.items()}
    found = seen(file(), past._replace(content="", rows=rows))

    assert (found.kinds, found.words) == ((), ())
    assert told(found) == dict.fromkeys(
        ["preprints", "open-data"], ((Kind.EDITED,), ("stamped anew, no notice",), "", (0, 0))
    )


def test_what_two_branches_have_told_otherwise_is_told_anew() -> None:
    past = published(file())
    rows = {name: row._replace(schedule="", content="") for name, row in past.rows.items()}

    assert told(seen(file(), past._replace(rows=rows)))["preprints"] == (
        (Kind.EDITED,),
        ("told anew",),
        "",
        (0, 1),
    )


def test_hashes_of_another_making_are_not_compared() -> None:
    past = published(file(("title: Open science", "title: Science")))

    assert not seen(file(), past._replace(hashes=0))


def test_sessions_are_told_in_the_order_of_their_start() -> None:
    both = file(("2027-06-16", "2028-06-16"), ("2027-07-14", "2027-07-15"))

    assert list(told(seen(both, published(file())))) == ["open-data", "preprints"]


def test_a_difference_is_called_as_it_is_told_last() -> None:
    past = published(file())
    found = seen(file((OWN, "title: Postings")), past).sessions[0]

    assert isinstance(found, Difference)
    assert (found.title, found.before, found.after) == (
        "Postings",
        past.rows["preprints"].told,
        past.rows["preprints"].told._replace(title="Postings"),
    )


def test_only_a_zone_with_the_same_instants_is_no_move() -> None:
    past = published(file())
    row = past.rows["preprints"]
    rows = {**past.rows, "preprints": row._replace(told=row.told._replace(zone="Europe/Paris"))}

    assert not seen(file(), past._replace(rows=rows))
