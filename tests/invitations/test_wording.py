from __future__ import annotations

import json

import pytest

from letter_rounds import NOW, SERIES, about, as_published
from webinar_feeds.invitations import owed, wording
from webinar_feeds.invitations.attendees import Attendee
from webinar_feeds.rendering.pages.language import language, tags

LANGUAGES = sorted(set(tags().values()) - {"en"})


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_message_is_translated(tag: str) -> None:
    told = json.loads((wording.WORDS / f"{tag}.json").read_bytes())["messages"]
    english = {
        *wording.SUBJECTS.values(),
        *wording.LABELS.values(),
        *wording.INTROS.values(),
        wording.CHANGES,
        wording.CHANGED,
        wording.NO_DATE,
        wording.UNCONFIRMED,
        wording.ANSWER,
        wording.NO_ANSWER,
    }

    assert english - told.keys() == set()


def test_pages_do_not_say_what_letters_say() -> None:
    """No build loads the letters' messages."""
    assert language("de").missing("Dear {name},")
    assert not wording.language("de").missing("Dear {name},")
    assert wording.language("de").text("Skip to content") == "Zum Inhalt springen"


def test_a_language_without_messages_speaks_english() -> None:
    assert wording.language("en").text("Hello,") == "Hello,"
    assert wording.language("eo").tag == "en"


def told(zone: str | None, text: str = SERIES, **attendee: str) -> wording.Told:
    programme, _ = as_published(text)
    person = Attendee("a@example.org", "a@example.org", zone=zone, **attendee)  # type: ignore[arg-type]  # texts alone
    (letter,) = owed.first_invitations(about(programme, (person,), sessions=["preprints"]))
    return wording.sessions(letter)[0]


@pytest.mark.parametrize(
    ("zone", "second"),
    [
        (None, ("UTC", "11:30–12:15", "")),
        ("Europe/Paris", None),
        ("Asia/Tokyo", ("Your time", "20:30–21:15", "Japan Standard Time (UTC+9)")),
        (
            "Pacific/Auckland",
            (
                "Your time",
                "Friday, 15 January 2027, 00:30–01:15",
                "New Zealand Daylight Time (UTC+13)",
            ),
        ),
        ("UTC+05:30", ("Your time", "17:00–17:45", "UTC+5:30")),
    ],
)
def test_the_time_is_told_on_the_readers_own_clock(
    zone: str | None, second: tuple[str, str, str] | None
) -> None:
    assert told(zone).second == second


def test_a_session_in_utc_has_one_clock() -> None:
    assert told(None, SERIES.replace("Europe/Berlin", "UTC")).second is None


def test_a_date_that_is_not_sure_says_so() -> None:
    text = SERIES.replace("id: preprints", "id: preprints\n    status: tentative")

    assert told(None, text).notice == "The date is not confirmed yet."
    assert told(None).notice == ""


def test_a_series_without_organisers_names_none() -> None:
    programme, _ = as_published(SERIES.replace("organizers: [The Library]\n", ""))
    (letter,) = owed.first_invitations(about(programme, "a@example.org", now=NOW))

    assert wording.part_of(letter) == "Part of “Open science over lunch”"
    assert wording.greeting(letter) == "Hello,"
