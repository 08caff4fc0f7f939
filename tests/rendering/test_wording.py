from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from webinar_feeds import timezones
from webinar_feeds.model import (
    Audience,
    Entry,
    Form,
    Join,
    Organizer,
    Recording,
    Revision,
    Series,
    Session,
    Speaker,
    Status,
    Talk,
)
from webinar_feeds.rendering import wording

NOON = datetime(2020, 6, 17, 11, tzinfo=UTC)


def session(
    start: datetime = NOON, minutes: int = 90, zone: str = "Europe/Berlin", **how: Any
) -> Session:
    held: dict[str, Any] = {
        "id": "inclusion",
        "title": "Inclusion",
        "start": timezones.at(start, zone),
        "end": timezones.at(start + timedelta(minutes=minutes), zone),
        "zone": zone,
        "form": Form.ZONED,
        "written": "13:00–14:30",
    }
    return Session(**(held | how))


def described(one: Session, **how: Any) -> list[str]:
    """The lines of a session's description."""
    series = Series("cities", "Learning cities", "en", (one,), **how)
    entry = Entry(series, one, Revision("uid", 0, NOON, NOON, {}))
    return wording.description(entry).split("\n")


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (Status.CONFIRMED, "Inclusion"),
        (Status.TENTATIVE, "Inclusion"),
        (Status.CANCELLED, "CANCELLED: Inclusion"),
        (Status.POSTPONED, "POSTPONED: Inclusion"),
    ],
)
def test_a_title_says_first_that_there_is_nothing_to_come_to(status: Status, title: str) -> None:
    assert wording.title(session(status=status)) == title


@pytest.mark.parametrize(
    ("start", "minutes", "zone", "words"),
    [
        (
            NOON,
            90,
            "Europe/Berlin",
            "Wednesday 17 June 2020, 13:00–14:30 CEST (UTC+2) · 11:00–12:30 UTC",
        ),
        (
            datetime(2020, 12, 16, 12, tzinfo=UTC),
            90,
            "Europe/Berlin",
            "Wednesday 16 December 2020, 13:00–14:30 CET (UTC+1) · 12:00–13:30 UTC",
        ),
        (NOON, 90, "UTC", "Wednesday 17 June 2020, 11:00–12:30 UTC"),
        (
            NOON,
            90,
            "Asia/Kolkata",
            "Wednesday 17 June 2020, 16:30–18:00 IST (UTC+5:30) · 11:00–12:30 UTC",
        ),
        (
            NOON,
            90,
            "America/Sao_Paulo",
            "Wednesday 17 June 2020, 08:00–09:30 UTC−3 · 11:00–12:30 UTC",
        ),
        (
            datetime(2020, 6, 17, 22, 30, tzinfo=UTC),
            60,
            "Australia/Melbourne",
            "Thursday 18 June 2020, 08:30–09:30 AEST (UTC+10) · Wednesday 22:30–23:30 UTC",
        ),
        (
            datetime(2020, 6, 17, 21, 30, tzinfo=UTC),
            60,
            "Europe/Berlin",
            "Wednesday 17 June 2020, 23:30–00:30 (Thursday) CEST (UTC+2) · 21:30–22:30 UTC",
        ),
        (
            datetime(2020, 3, 29, 0, 30, tzinfo=UTC),
            60,
            "Europe/Berlin",
            "Sunday 29 March 2020, 01:30 CET (UTC+1)–03:30 CEST (UTC+2) · 00:30–01:30 UTC",
        ),
        (
            datetime(2020, 1, 15, 12, tzinfo=UTC),
            60,
            "Europe/London",
            "Wednesday 15 January 2020, 12:00–13:00 GMT (UTC) · 12:00–13:00 UTC",
        ),
        (
            NOON,
            60,
            "UTC-03:30",
            "Wednesday 17 June 2020, 07:30–08:30 UTC−3:30 · 11:00–12:00 UTC",
        ),
    ],
)
def test_a_time_is_told_with_its_day_its_offset_and_in_utc(
    start: datetime, minutes: int, zone: str, words: str
) -> None:
    assert wording.when(session(start, minutes, zone)) == words


def test_speakers_elsewhere_are_told_their_own_time_once_a_place() -> None:
    talks = (
        Talk("One", (Speaker("A", city="Medellin, Colombia", zone="America/Bogota"),)),
        Talk(
            "Two",
            (
                Speaker("B", zone="Australia/Melbourne"),
                Speaker("C", city="Medellin, Colombia", zone="America/Bogota"),
                Speaker("D", city="Paris", zone="Europe/Paris"),
                Speaker("E", city="Nowhere"),
                Speaker("F", zone="America/New_York"),
            ),
        ),
    )
    late = datetime(2020, 6, 17, 15, tzinfo=UTC)

    assert list(wording.elsewhere(session(late, talks=talks))) == [
        ("Medellin, Colombia", "10:00–11:30"),
        ("Melbourne", "Thursday 01:00–02:30"),
        ("New York", "11:00–12:30"),
    ]


@pytest.mark.parametrize(
    ("speaker", "words"),
    [
        (Speaker("Mike Osborne", "Mr"), "Mr Mike Osborne"),
        (
            Speaker("Ana Lima", None, "Biologist", "The School", "Lisbon, Portugal"),
            "Ana Lima, Biologist, The School, Lisbon, Portugal",
        ),
        (
            Speaker("Ana Lima", affiliation="University of Lisbon", city="Lisbon, Portugal"),
            "Ana Lima, University of Lisbon",
        ),
    ],
)
def test_a_speaker_is_introduced_without_saying_a_city_twice(speaker: Speaker, words: str) -> None:
    assert wording.introduction(speaker) == words


@pytest.mark.parametrize(
    ("names", "words"),
    [((), ""), (("A",), "A"), (("A", "B"), "A and B"), (("A", "B", "C"), "A, B and C")],
)
def test_organisers_are_one_phrase(names: tuple[str, ...], words: str) -> None:
    assert wording.organizers(tuple(map(Organizer, names))) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (timedelta(hours=1, minutes=28, seconds=12), "1 h 28 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(minutes=45), "45 min"),
        (timedelta(minutes=4, seconds=5), "4 min 5 s"),
        (timedelta(seconds=50), "50 s"),
        (timedelta(), "0 s"),
    ],
)
def test_a_length_is_as_exact_as_people_say_it(value: timedelta, words: str) -> None:
    assert wording.length(value) == words


@pytest.mark.parametrize(
    ("recording", "page", "words"),
    [
        (
            Recording("r"),
            "https://e.example/",
            "announced on the series page (https://e.example/); its own address is not known yet",
        ),
        (Recording("r"), None, "announced on the series page; its own address is not known yet"),
        (Recording("r", "https://v.example.org/"), None, "https://v.example.org/"),
        (
            Recording("r", "https://v.example.org/", "English", duration=timedelta(minutes=88)),
            None,
            "https://v.example.org/ (English, 1 h 28 min)",
        ),
    ],
)
def test_a_recording_is_where_it_is_or_honestly_not_known(
    recording: Recording, page: str | None, words: str
) -> None:
    assert wording.recording_line(recording, page) == words


def test_a_description_begins_with_what_one_needs_on_the_day() -> None:
    one = session(
        summary="Who is left out?\n\n- children\n- the *old*",
        talks=(
            Talk(
                "Opening",
                (Speaker("Ana Lima", "Dr", "Head", city="Lisbon", zone="Europe/Lisbon"),),
                "Why now.\n\nWhy here.",
            ),
            Talk("Questions"),
        ),
        join=Join("https://meet.example.org/1", Audience.PUBLIC),
        registration="https://register.example.org/",
        page="https://www.example.org/1",
        recordings=(Recording("r", "https://v.example.org/"),),
    )

    assert described(one, organizers=(Organizer("The Lab"),), page="https://www.example.org/") == [
        "When: Wednesday 17 June 2020, 13:00–14:30 CEST (UTC+2) · 11:00–12:30 UTC",
        "Where the speakers are: Lisbon 12:00–13:30",
        "Join: https://meet.example.org/1",
        "Register: https://register.example.org/",
        "Recording: https://v.example.org/",
        "Session page: https://www.example.org/1",
        "",
        "Who is left out?",
        "",
        "• children",
        "• the old",
        "",
        "• Opening",
        "  Dr Ana Lima, Head, Lisbon",
        "  Why now.",
        "",
        "  Why here.",
        "• Questions",
        "",
        "Part of “Learning cities”, organised by The Lab.",
        "https://www.example.org/",
    ]


def test_a_bare_session_is_described_in_two_lines() -> None:
    assert described(session()) == [
        "When: Wednesday 17 June 2020, 13:00–14:30 CEST (UTC+2) · 11:00–12:30 UTC",
        "",
        "Part of “Learning cities”.",
    ]


@pytest.mark.parametrize(
    ("status", "first", "second"),
    [
        (Status.CANCELLED, "This session is cancelled.", "It was planned for: Wednesday"),
        (
            Status.POSTPONED,
            "This session is postponed. A new date has not been set yet.",
            "It was planned for: Wednesday",
        ),
        (
            Status.TENTATIVE,
            "The date of this session is not confirmed yet.",
            "When: Wednesday",
        ),
    ],
)
def test_a_doubtful_session_says_so_first(status: Status, first: str, second: str) -> None:
    lines = described(session(status=status))

    assert (lines[0], lines[2].partition(" 17 June")[0]) == (first, second)


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.POSTPONED])
def test_nobody_is_asked_to_join_what_does_not_take_place(status: Status) -> None:
    one = session(
        status=status,
        join=Join("https://meet.example.org/1", Audience.PUBLIC),
        registration="https://register.example.org/",
    )

    assert [line for line in described(one) if "example.org" in line] == []


@pytest.mark.parametrize("audience", [Audience.REGISTERED, Audience.HOSTS])
def test_a_link_that_is_not_public_is_never_described(audience: Audience) -> None:
    one = session(join=Join("https://meet.example.org/1", audience))

    assert described(one) == described(session())


def test_a_programme_in_html_shows_markup_of_names_as_text() -> None:
    one = session(talks=(Talk("A <b>", (Speaker("B & C"),), "On *data*."), Talk("D")))

    assert wording.programme_html(one) == (
        "<ul><li><strong>A &lt;b&gt;</strong><br>B &amp; C<p>On <em>data</em>.</p></li>"
        "<li><strong>D</strong></li></ul>"
    )
    assert wording.programme_html(session()) == ""
