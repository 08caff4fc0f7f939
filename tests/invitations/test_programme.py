from __future__ import annotations

from datetime import UTC, datetime

import pytest

import event_files
from letter_rounds import LATER, SERIES, as_published, people, published
from webinar_feeds.invitations import attendees, contacts, programme
from webinar_feeds.invitations.headings import Role
from webinar_feeds.model import Site

MORE = f"{SERIES}  - {{id: reviewing, date: 2027-03-11, title: Reviewing in the open}}\n"
OVER = datetime(2027, 1, 15, tzinfo=UTC)
RECORDED = SERIES.replace("id: preprints", "id: preprints\n    recording: https://v.example.org/p")


def said(text: str, past: str | None = SERIES, now: datetime = LATER) -> list[str]:
    held = None if past is None else published(past)
    _, found = programme.of(event_files.read(text), Site(), held, now)
    return [each.message for each in found]


def test_a_series_that_was_never_built_invites_to_nothing() -> None:
    (message,) = said(SERIES, None)

    assert message.startswith("the series `open-science` has never been built")


@pytest.mark.parametrize(
    ("text", "sessions"),
    [
        (MORE, "`reviewing`"),
        (SERIES.replace("2027-01-14", "2027-01-15"), "`preprints`"),
        (SERIES.replace("meet.example.org/42", "meet.example.org/43"), "`preprints`"),
        (SERIES.replace("that others can use", "for all"), "`open-data`"),
        (SERIES.replace("The Library", "The Archive"), "`open-data`, `preprints`"),
    ],
)
def test_a_file_that_is_ahead_of_the_ledger_has_first_to_be_built(text: str, sessions: str) -> None:
    assert said(text) == [f"the event file says something else than was published of {sessions}"]


def test_what_a_build_would_not_change_is_published() -> None:
    assert said(SERIES) == []
    assert said(f"# a comment\n{SERIES}") == []


def test_a_recording_that_appears_by_itself_has_first_to_be_built() -> None:
    assert said(RECORDED, RECORDED) == []
    assert len(said(RECORDED, RECORDED, OVER)) == 1


def test_many_sessions_are_named_in_part() -> None:
    more = "".join(
        f"  - {{id: s{each}, date: 2027-04-0{each}, title: S}}\n" for each in range(1, 8)
    )

    assert said(SERIES + more)[0].endswith("of `s1`, `s2`, `s3`, `s4`, `s5` and 2 more")


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (None, "en"),
        ("de", "de"),
        ("de-AT", "de"),
        ("DE", "de"),
        ("fr", "en"),
        ("en-GB", "en"),
    ],
)
def test_the_readers_language_is_the_nearest_that_there_is(
    wanted: str | None, language: str
) -> None:
    assert as_published()[0].language(wanted) == language


def test_a_variant_stands_for_its_language() -> None:
    told, _ = as_published(SERIES.replace("de:", "pt-BR:"))

    assert told.language("pt") == "pt-BR"
    assert told.language("pt-PT") == "en"


def test_sessions_are_known_by_all_their_titles() -> None:
    told, _ = as_published()

    assert told.titles["preprints"] == [
        "Preprints, and who reads them",
        "Preprints und wer sie liest",
    ]


# --- Speakers ------------------------------------------------------------------------------------

BOOK = """\
name,email,role
ana lima,ana@example.org,
Dr Bo Olsen,bo@example.org,host
Nobody Else,nobody@example.org,
"""


def test_speakers_are_found_by_name_and_invited_to_what_they_speak_in() -> None:
    told, _ = as_published()
    found = contacts.speakers(people(BOOK, told), told)

    both = frozenset({"preprints"})
    assert [(each.recipient, each.sessions, each.speaks) for each in found.people] == [
        ("ana@example.org", both, both),
        ("bo@example.org", both, both),
    ]
    assert found.unknown == ()


def test_a_speaker_is_one_only_where_they_speak() -> None:
    told, _ = as_published()
    speakers = contacts.speakers(people(BOOK, told), told).people
    (ana, _) = attendees.merged((*people("email\nana@example.org\n", told), *speakers))

    assert (ana.sessions, ana.role) == (None, Role.PARTICIPANT)
    assert ana.role_in("preprints") is Role.SPEAKER
    assert ana.role_in("open-data") is Role.PARTICIPANT


def test_speakers_without_an_address_are_named_once() -> None:
    told, _ = as_published()

    assert contacts.speakers((), told).unknown == ("Ana Lima", "Bo Olsen")
