from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from letter_rounds import (
    LATER,
    SERIES,
    about,
    answered,
    as_published,
    heard,
    news,
    people,
)
from webinar_feeds.invitations import owed
from webinar_feeds.invitations.letters import Kind

ANA = "ana@example.org"
TWO = "email,sessions\nana@example.org,\nbo@example.org,preprints\n"
FOUR = "email\n" + "".join(f"{each}@example.org\n" for each in "abcd")
MOVED = SERIES.replace("2027-01-14", "2027-01-21")
CANCELLED = SERIES.replace("id: preprints", "id: preprints\n    status: cancelled")
POSTPONED = SERIES.replace("id: preprints", "id: preprints\n    status: postponed")
REWORDED = SERIES.replace("Data that others can use", "Data that all can use")
LINKED = SERIES.replace("meet.example.org/42", "meet.example.org/43")
ONE_MORE = f"{SERIES}  - {{id: reviewing, date: 2027-03-11, title: Reviewing in the open}}\n"
ONE_LESS = SERIES.replace("sessions:\n", "removed: [open-data]\nsessions:\n").rpartition("  - id")[
    0
]
RECORDED = SERIES.replace("id: preprints", "id: preprints\n    recording: https://v.example.org/p")


def update(  # what happens after Ana was invited to both sessions
    text: str, *, also_texts: bool = False, answers: dict[str, str] | None = None
) -> list[tuple[str, list[tuple[str, str, str, int]]]]:
    first, held = as_published()
    known = heard(owed.first_invitations(about(first, ANA)))
    known = answered(known, first, {(ANA, key): said for key, said in (answers or {}).items()})
    told, _ = as_published(text, held, LATER)
    return news(owed.changes(about(told, ANA, known, LATER), also_texts=also_texts))


# --- First invitations ---------------------------------------------------------------------------


def test_each_person_is_invited_once_to_what_they_are_listed_for() -> None:
    told, _ = as_published()
    some = people(TWO, told)

    first = list(owed.first_invitations(about(told, some)))

    assert news(first) == [
        (
            ANA,
            [
                ("invited", "preprints", "REQUEST", 0),
                ("invited", "open-data", "REQUEST", 0),
            ],
        ),
        ("bo@example.org", [("invited", "preprints", "REQUEST", 0)]),
    ]
    assert list(owed.first_invitations(about(told, some, heard(first)))) == []


def test_a_round_may_be_about_one_session() -> None:
    told, _ = as_published()

    first = owed.first_invitations(about(told, ANA, sessions=["open-data"]))

    assert news(first) == [(ANA, [("invited", "open-data", "REQUEST", 0)])]


def test_what_was_sent_for_one_session_is_not_sent_for_all() -> None:
    told, _ = as_published()
    known = heard(owed.first_invitations(about(told, ANA, sessions=["open-data"])))

    first = owed.first_invitations(about(told, ANA, known))

    assert news(first) == [(ANA, [("invited", "preprints", "REQUEST", 0)])]


def test_nobody_is_invited_to_a_session_that_is_over() -> None:
    told, _ = as_published()
    end = datetime(2027, 1, 14, 12, 15, tzinfo=UTC)

    before = owed.first_invitations(about(told, ANA, now=end - timedelta(seconds=1)))
    after = owed.first_invitations(about(told, ANA, now=end))

    assert [len(sessions) for _, sessions in news(before)] == [2]
    assert [len(sessions) for _, sessions in news(after)] == [1]


@pytest.mark.parametrize("text", [CANCELLED, POSTPONED])
def test_nobody_is_invited_to_a_session_without_a_date(text: str) -> None:
    told, _ = as_published(text)

    assert news(owed.first_invitations(about(told, ANA))) == [
        (ANA, [("invited", "open-data", "REQUEST", 0)])
    ]


def test_who_wants_no_letters_gets_none() -> None:
    told, _ = as_published()
    known = owed.Known(opted_out=frozenset({ANA}))

    assert list(owed.first_invitations(about(told, ANA, known))) == []
    known = heard(owed.first_invitations(about(told, ANA)))._replace(opted_out=frozenset({ANA}))
    moved, _ = as_published(CANCELLED)
    assert list(owed.changes(about(moved, ANA, known))) == []


# --- Changes -------------------------------------------------------------------------------------


def test_nothing_is_owed_when_nothing_has_changed() -> None:
    assert update(SERIES, also_texts=True) == []


def test_a_move_is_a_request_with_a_higher_sequence() -> None:
    assert update(MOVED) == [(ANA, [("moved", "preprints", "REQUEST", 1)])]


def test_a_cancelled_session_is_a_cancel_with_a_higher_sequence() -> None:
    assert update(CANCELLED) == [(ANA, [("cancelled", "preprints", "CANCEL", 1)])]


def test_a_session_that_leaves_the_programme_is_a_cancel() -> None:
    assert update(ONE_LESS) == [(ANA, [("cancelled", "open-data", "CANCEL", 1)])]


def test_a_postponed_session_stays_in_calendars_as_uncertain() -> None:
    assert update(POSTPONED) == [(ANA, [("postponed", "preprints", "REQUEST", 1)])]


def test_another_join_link_is_told() -> None:
    assert update(LINKED) == [(ANA, [("changed", "preprints", "REQUEST", 1)])]


def test_a_typo_is_told_only_if_that_is_asked_for_and_keeps_the_sequence() -> None:
    assert update(REWORDED) == []
    assert update(REWORDED, also_texts=True) == [(ANA, [("changed", "open-data", "REQUEST", 0)])]


def test_a_new_session_is_a_change_for_who_was_invited_before() -> None:
    assert update(ONE_MORE) == [(ANA, [("invited", "reviewing", "REQUEST", 0)])]


def test_who_was_never_invited_is_told_of_no_change() -> None:
    told, _ = as_published(MOVED)

    assert list(owed.changes(about(told, ANA))) == []


def test_all_changes_of_a_run_are_one_letter() -> None:
    text = MOVED.replace("id: open-data", "id: open-data\n    status: cancelled")

    assert update(text) == [
        (ANA, [("moved", "preprints", "REQUEST", 1), ("cancelled", "open-data", "CANCEL", 1)])
    ]


def test_what_has_been_told_is_not_told_again() -> None:
    first, held = as_published()
    known = heard(owed.first_invitations(about(first, ANA)))
    told, _ = as_published(MOVED, held, LATER)
    known = heard(owed.changes(about(told, ANA, known, LATER)), known, LATER)

    assert list(owed.changes(about(told, ANA, known, LATER), also_texts=True)) == []
    assert list(owed.first_invitations(about(told, ANA, known, LATER))) == []


def test_nothing_is_told_of_a_session_that_is_over() -> None:
    first, held = as_published()
    known = heard(owed.first_invitations(about(first, ANA)))
    now = datetime(2027, 1, 20, tzinfo=UTC)
    told, _ = as_published(CANCELLED, held, now)

    assert list(owed.changes(about(told, ANA, known, now))) == []


def test_a_change_is_told_in_each_readers_language() -> None:
    some = people("email,language\nana@example.org,de-AT\nbo@example.org,fr\n")
    told, _ = as_published()

    first = owed.first_invitations(about(told, some))

    assert [(each.language, each.items[0].part.title) for each in first] == [
        ("de", "Preprints und wer sie liest"),
        ("en", "Preprints, and who reads them"),
    ]


# --- Who leaves the list, and comes back ---------------------------------------------------------


def test_who_leaves_the_list_is_told_so_and_may_be_invited_again() -> None:
    """Each message has a SEQUENCE above what that person was told (I10, I13)."""
    told, held = as_published()
    known = heard(owed.first_invitations(about(told, ANA)))

    gone = list(owed.changes(about(told, (), known)))
    known = heard(gone, known)
    assert news(gone) == [
        (
            ANA,
            [
                ("uninvited", "preprints", "CANCEL", 1),
                ("uninvited", "open-data", "CANCEL", 1),
            ],
        )
    ]
    assert list(owed.changes(about(told, (), known))) == []

    back = list(owed.first_invitations(about(told, ANA, known)))
    known = heard(back, known)
    assert news(back)[0][1][0] == ("invited", "preprints", "REQUEST", 2)

    moved, _ = as_published(MOVED, held, LATER)
    assert news(owed.changes(about(moved, ANA, known, LATER))) == [
        (ANA, [("moved", "preprints", "REQUEST", 3)])
    ]


def test_who_is_no_longer_listed_for_one_session_is_uninvited_from_that() -> None:
    told, _ = as_published()
    known = heard(owed.first_invitations(about(told, ANA)))
    some = people("email,sessions\nana@example.org,open-data\n", told)

    assert news(owed.changes(about(told, some, known))) == [
        (ANA, [("uninvited", "preprints", "CANCEL", 1)])
    ]


def test_a_round_about_one_session_uninvites_nobody_from_another() -> None:
    told, _ = as_published()
    known = heard(owed.first_invitations(about(told, ANA)))

    gone = owed.changes(about(told, (), known, sessions=["open-data"]))

    assert news(gone) == [(ANA, [("uninvited", "open-data", "CANCEL", 1)])]


def test_a_cancelled_session_that_takes_place_after_all_is_a_higher_request() -> None:
    first, held = as_published()
    known = heard(owed.first_invitations(about(first, ANA)))
    off = as_published(CANCELLED, held, LATER)
    known = heard(owed.changes(about(off[0], ANA, known, LATER)), known, LATER)
    on, _ = as_published(SERIES, off[1], LATER)

    assert news(owed.changes(about(on, ANA, known, LATER))) == [
        (ANA, [("invited", "preprints", "REQUEST", 2)])
    ]


def test_a_session_under_another_uid_is_cancelled_under_its_old_one() -> None:
    first, _ = as_published()
    known = heard(owed.first_invitations(about(first, ANA, sessions=["open-data"])))
    told, _ = as_published(SERIES.replace("id: open-data", "id: open-data\n    uid: adopted-1"))

    assert news(owed.changes(about(told, ANA, known, sessions=["open-data"]))) == [
        (ANA, [("cancelled", "open-data", "CANCEL", 1), ("invited", "open-data", "REQUEST", 0)])
    ]


# --- Answers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["DECLINED", "DELEGATED"])
def test_who_has_declined_is_told_of_a_cancellation_and_nothing_else(answer: str) -> None:
    answers = {"preprints": answer}

    assert update(MOVED, answers=answers) == []
    assert update(LINKED, answers=answers) == []
    assert update(POSTPONED, answers=answers) == []
    assert update(CANCELLED, answers=answers) == [(ANA, [("cancelled", "preprints", "CANCEL", 1)])]


def test_who_has_declined_is_not_told_that_they_left_the_list() -> None:
    told, _ = as_published()
    known = heard(owed.first_invitations(about(told, ANA)))
    known = answered(known, told, {(ANA, "preprints"): "DECLINED"})

    gone = owed.changes(about(told, (), known))

    assert news(gone) == [(ANA, [("uninvited", "open-data", "CANCEL", 1)])]


def test_who_declined_one_session_is_told_of_the_others() -> None:
    answers = {"preprints": "DECLINED"}

    assert update(ONE_MORE, answers=answers) == [(ANA, [("invited", "reviewing", "REQUEST", 0)])]


@pytest.mark.parametrize(
    ("text", "kept"), [(MOVED, False), (POSTPONED, False), (LINKED, True), (SERIES, None)]
)
@pytest.mark.parametrize("answer", ["ACCEPTED", "TENTATIVE"])
def test_an_answer_is_kept_unless_the_time_changes(
    text: str, kept: bool | None, answer: str
) -> None:
    first, held = as_published()
    known = heard(owed.first_invitations(about(first, ANA)))
    known = answered(known, first, {(ANA, "preprints"): answer})
    told, _ = as_published(text, held, LATER)

    found = [item.answer for each in owed.changes(about(told, ANA, known)) for item in each.items]

    assert found == ([] if kept is None else [answer if kept else "NEEDS-ACTION"])


# --- Reminders and recordings --------------------------------------------------------------------

EVE = datetime(2027, 1, 13, 13, 0, tzinfo=UTC)


def test_a_reminder_comes_once_for_what_begins_soon() -> None:
    told, _ = as_published()
    round_ = about(told, ANA, now=EVE)

    found = list(owed.reminders(round_, timedelta(hours=24)))

    assert news(found) == [(ANA, [("reminder", "preprints", "", 0)])]
    assert [each.kind for each in found] == [Kind.REMINDER]
    again = round_._replace(known=heard(found))
    assert list(owed.reminders(again, timedelta(hours=24))) == []
    assert list(owed.reminders(round_, timedelta(hours=1))) == []


def test_a_session_that_has_begun_is_not_reminded_of() -> None:
    told, _ = as_published()
    start = datetime(2027, 1, 14, 11, 30, tzinfo=UTC)

    assert list(owed.reminders(about(told, ANA, now=start), timedelta(hours=24))) == []


def test_a_reminder_comes_again_for_another_time() -> None:
    first, held = as_published()
    known = heard(owed.reminders(about(first, ANA, now=EVE), timedelta(hours=24)))
    told, _ = as_published(MOVED, held, EVE)

    found = owed.reminders(about(told, ANA, known, EVE + timedelta(days=7)), timedelta(hours=24))

    assert news(found) == [(ANA, [("reminder", "preprints", "", 1)])]


@pytest.mark.parametrize("text", [CANCELLED, POSTPONED])
def test_what_does_not_take_place_is_not_reminded_of(text: str) -> None:
    told, _ = as_published(text)

    assert list(owed.reminders(about(told, ANA, now=EVE), timedelta(hours=24))) == []


@pytest.mark.parametrize("answer", ["DECLINED", "DELEGATED"])
def test_who_has_declined_gets_neither_reminder_nor_recording(answer: str) -> None:
    over = datetime(2027, 1, 15, tzinfo=UTC)
    told, _ = as_published(RECORDED, now=over)
    known = answered(owed.Known(), told, {(ANA, "preprints"): answer})

    assert list(owed.reminders(about(told, ANA, known, EVE), timedelta(hours=24))) == []
    assert list(owed.recordings(about(told, ANA, known, over))) == []


def test_who_is_no_longer_invited_gets_no_reminder() -> None:
    told, _ = as_published()
    known = heard(owed.first_invitations(about(told, ANA)))
    known = heard(owed.changes(about(told, (), known)), known)

    assert list(owed.reminders(about(told, ANA, known, EVE), timedelta(hours=24))) == []


def test_a_recording_is_announced_once_and_another_one_too() -> None:
    over = datetime(2027, 1, 15, tzinfo=UTC)
    told, held = as_published(RECORDED, now=over)
    found = list(owed.recordings(about(told, ANA, now=over)))
    known = heard(found)

    assert news(found) == [(ANA, [("recording", "preprints", "", 0)])]
    assert found[0].kind is Kind.RECORDING
    assert list(owed.recordings(about(told, ANA, known, over))) == []

    two = SERIES.replace(
        "id: preprints",
        "id: preprints\n    recordings:\n      - {id: preprints, url: 'https://v.example.org/p'}\n"
        "      - {id: fr, url: 'https://v.example.org/fr'}",
    )
    told, _ = as_published(two, held, over + timedelta(days=1))
    assert len(list(owed.recordings(about(told, ANA, known, over + timedelta(days=1))))) == 1


def test_a_recording_that_is_only_announced_is_not_told() -> None:
    over = datetime(2027, 1, 15, tzinfo=UTC)
    text = SERIES.replace("id: preprints", "id: preprints\n    recording: announced")
    told, _ = as_published(text, now=over)

    assert list(owed.recordings(about(told, ANA, now=over))) == []


# --- What letters remember -----------------------------------------------------------------------


def test_a_letter_names_all_that_was_told_before() -> None:
    first, held = as_published()
    invited = list(owed.first_invitations(about(first, ANA)))
    known = heard(invited)
    told, _ = as_published(MOVED, held, LATER)

    (moved,) = owed.changes(about(told, ANA, known, LATER))

    assert invited[0].follows == ()
    assert moved.follows == tuple(item.part.uid for item in invited[0].items)
    assert moved.items[0].before == known.told[ANA, moved.items[0].part.uid]


def test_the_order_is_that_of_the_list_then_that_of_addresses() -> None:
    told, _ = as_published()
    known = heard(owed.first_invitations(about(told, people(FOUR, told))))
    some = people("email,sessions\nd@example.org,open-data\n", told)

    gone = [each.attendee.address[0] for each in owed.changes(about(told, some, known))]

    assert gone == ["d", "a", "b", "c"]
