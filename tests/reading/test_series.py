from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from event_files import (
    mistakes,
    pointed_at,
    said,
    series,
    session,
    site_of,
    sound,
    source,
    with_session,
)
from webinar_feeds.model import (
    Audience,
    Form,
    Join,
    MediaFile,
    Organizer,
    Recording,
    Series,
    Session,
    Site,
    Speaker,
    Status,
    Talk,
)
from webinar_feeds.reading.series import locate, places, read_series, read_site

BERLIN = "time: 13:00–14:30\ntimezone: Europe/Berlin"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(held: Session) -> str:
    """A session's instants: `2020-07-08 11:00–12:30`, in UTC."""
    start, end = held.start.astimezone(UTC), held.end.astimezone(UTC)
    return f"{start:%Y-%m-%d %H:%M}–{end:%H:%M}"


# --- what a file says -------------------------------------------------------------------------


def test_everything_that_a_file_says_is_in_the_series() -> None:
    read = sound(
        """
        title: Open science
        summary: |
          Two *lines*
          of Markdown.
        organizers: [The Library, {name: The University, url: https://u.example.org/}]
        page: https://www.example.org/open
        language: fr
        topics: science
        announced_sessions: 1
        alarms: 15 minutes
        uid: series@example.org
        time: 13:00–14:30 Europe/Berlin
        sessions:
          - id: preprints
            title: Preprints
            date: 8 July 2020
            status: tentative
            summary: What they are.
            languages: [en, es]
            topics: [preprints, review]
            platform: Zoom
            registration: https://www.example.org/register
            join: {url: https://meet.example.org/1, audience: registered}
            page: https://www.example.org/open/1
            talks:
              - Welcome
              - title: Review
                summary: How it works.
                speakers:
                  - Ana Lima
                  - {name: Bo Ek, prefix: Dr, role: Editor, affiliation: A Journal,
                     city: Lund, timezone: Europe/Stockholm}
            uid: session@example.org
            created: 2020-06-01
            updated: 2020-06-10 12:00
            sequence: 3
        """
    )

    (held,) = read.sessions
    assert (held.start.isoformat(), held.end.isoformat()) == (
        "2020-07-08T13:00:00+02:00",
        "2020-07-08T14:30:00+02:00",
    )
    assert read == Series(
        id="open-science",
        title="Open science",
        language="fr",
        written_in=("fr",),
        summary="Two *lines*\nof Markdown.",
        organizers=(
            Organizer("The Library"),
            Organizer("The University", "https://u.example.org/"),
        ),
        page="https://www.example.org/open",
        topics=("science",),
        announced_sessions=1,
        alarm=timedelta(minutes=15),
        uid="series@example.org",
        source="events/open-science.yaml",
        sessions=(
            Session(
                id="preprints",
                title="Preprints",
                start=utc("2020-07-08 11:00"),
                end=utc("2020-07-08 12:30"),
                zone="Europe/Berlin",
                form=Form.ZONED,
                written="13:00–14:30 Europe/Berlin",
                status=Status.TENTATIVE,
                summary="What they are.",
                talks=(
                    Talk("Welcome"),
                    Talk(
                        "Review",
                        (
                            Speaker("Ana Lima"),
                            Speaker(
                                "Bo Ek", "Dr", "Editor", "A Journal", "Lund", "Europe/Stockholm"
                            ),
                        ),
                        "How it works.",
                    ),
                ),
                languages=("en", "es"),
                topics=("preprints", "review"),
                platform="Zoom",
                join=Join("https://meet.example.org/1", Audience.REGISTERED),
                registration="https://www.example.org/register",
                page="https://www.example.org/open/1",
                uid="session@example.org",
                created=utc("2020-05-31 22:00"),
                updated=utc("2020-06-10 10:00"),
                sequence=3,
            ),
        ),
    )


def test_sessions_stay_in_the_order_of_the_file() -> None:
    read = sound(
        """
        title: T
        time: 13:00–14:00 UTC
        sessions:
          - {id: b, title: B, date: 2020-07-09}
          - {id: a, title: A, date: 2020-07-08}
        """
    )

    assert [each.id for each in read.sessions] == ["b", "a"]


def test_a_single_session_needs_no_list() -> None:
    read = sound("title: T\nsessions: {id: a, title: A, date: 2020-07-08, time: 13:00–14:00 UTC}")

    assert [each.id for each in read.sessions] == ["a"]


def test_everything_is_text() -> None:
    held = session("title: NO\nplatform: 010\ntopics: [on, 1.0, 2020-01-01]\nsummary: 13:00")

    assert (held.title, held.platform, held.topics, held.summary) == (
        "NO",
        "010",
        ("on", "1.0", "2020-01-01"),
        "13:00",
    )


# --- a site's file ----------------------------------------------------------------------------


def test_without_a_file_the_site_is_one_of_defaults() -> None:
    read = read_site(None)

    assert (read.value and read.value.site, read.diagnostics) == (Site(), ())


def test_everything_that_a_site_says_is_in_it() -> None:
    assert site_of(
        """
        title: Our webinars
        base_url: https://webinars.example.org/here
        publisher: {name: The Library, url: https://library.example.org/}
        language: de
        formats: [calendar]
        feed_length: 20
        max_file_size: 2 MB
        """
    ) == Site(
        title="Our webinars",
        base_url="https://webinars.example.org/here/",
        publisher=Organizer("The Library", "https://library.example.org/"),
        language="de",
        formats=("calendar",),
        feed_length=20,
        source="events/site.yaml",
    )


@pytest.mark.parametrize(
    ("text", "limit"), [("1 MB", 1 << 20), ("512 kB", 512 << 10), ("3G", 3 << 30), ("2048", 2048)]
)
def test_how_large_a_file_may_be_is_said_in_bytes_or_with_a_unit(text: str, limit: int) -> None:
    read = read_site(source(f"max_file_size: {text}"))

    assert (read.value and read.value.limit, said(read.diagnostics)) == (limit, [])


@pytest.mark.parametrize("text", ["large", "0", "-1", "20 miles"])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    assert said(read_site(source(f"max_file_size: {text}")).diagnostics) == [("WF117", text)]


def test_a_larger_file_is_not_read() -> None:
    assert said(series(with_session(), site="max_file_size: 20").diagnostics) == [
        ("WF003", "events/open-science.yaml")
    ]


def test_a_series_is_not_to_blame_for_what_is_wrong_with_the_site() -> None:
    broken = "timezone: Europe/Berlin\ntime: 13:00–14:30\nbase_url: nowhere"

    assert mistakes("", "topics: [a]", broken) == [("WF110", "nowhere")]


@pytest.mark.parametrize("broken", ["time: [13:00", "- time", ""])
def test_a_site_that_cannot_be_read_makes_no_false_complaints_about_series(broken: str) -> None:
    alone = said(read_site(source(broken, "events/site.yaml")).diagnostics)

    assert len(alone) == 1
    assert mistakes("", "topics: [a]", broken) == alone


# --- inheritance ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "above", "site", "expected"),
    [
        ("time: 9:00–10:00 UTC", BERLIN, "time: 8:00–9:00 UTC", "09:00–10:00"),
        ("", "time: 9:00–10:00 UTC", "time: 8:00–9:00 UTC", "09:00–10:00"),
        ("", "topics: [a]", "time: 8:00–9:00 UTC", "08:00–09:00"),
        ("duration: 2h", "time: 9:00\nduration: 1h\ntimezone: UTC", "duration: 3h", "09:00–11:00"),
        ("", "time: 9:00\nduration: 1h\ntimezone: UTC", "duration: 3h", "09:00–10:00"),
        ("", "time: 9:00\ntimezone: UTC", "duration: 3h", "09:00–12:00"),
        ("time: 9:00", "duration: 1h", "timezone: Europe/London", "08:00–09:00"),
        ("timezone: Asia/Tokyo", BERLIN, "timezone: UTC", "04:00–05:30"),
        ("", BERLIN, "timezone: UTC", "11:00–12:30"),
        ("", "time: 13:00–14:30", "timezone: Europe/Berlin", "11:00–12:30"),
    ],
)
def test_the_nearest_time_duration_and_zone_count(
    own: str, above: str, site: str, expected: str
) -> None:
    assert span(session(own, above, site)) == f"2020-07-08 {expected}"


@pytest.mark.parametrize(
    ("own", "above", "expected"),
    [
        # an end by the clock that is nearer than a duration is the end, and the other way round
        ("time: 9:00–10:00 UTC", "duration: 3h", "09:00–10:00"),
        ("duration: 3h", "time: 9:00–10:00 UTC", "09:00–12:00"),
        ("", "time: 9:00–10:00 UTC\nduration: 1h", "09:00–10:00"),
        # words behind the nearer time, and a nearer `timezone`
        ("time: 9:00–10:00 UTC", "timezone: Asia/Tokyo", "09:00–10:00"),
        ("timezone: UTC", "time: 9:00–10:00 Asia/Tokyo", "09:00–10:00"),
        ("", "time: 9:00–10:00 UTC\ntimezone: UTC", "09:00–10:00"),
    ],
)
def test_what_is_said_nearer_to_the_session_counts(own: str, above: str, expected: str) -> None:
    assert span(session(own, above)) == f"2020-07-08 {expected}"


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("platform", "Zoom", "Zoom"),
        ("languages", "[en, fr]", ("en", "fr")),
        ("registration", "https://r.example.org/", "https://r.example.org/"),
        (
            "join",
            "{url: https://m.example.org/, audience: public}",
            Join("https://m.example.org/", Audience.PUBLIC),
        ),
    ],
)
def test_where_and_how_it_is_held_is_inherited(key: str, value: str, read: object) -> None:
    line = f"{key}: {value}"
    other = {
        "platform": "platform: Big Room",
        "languages": "languages: [de]",
        "registration": "registration: https://other.example.org/",
        "join": "join: {url: https://other.example.org/, audience: hosts}",
    }[key]

    assert getattr(session("", BERLIN, line), key) == read
    assert getattr(session("", f"{BERLIN}\n{line}", other), key) == read
    assert getattr(session(line, f"{BERLIN}\n{other}", other), key) == read


def test_a_key_that_is_broken_hides_those_farther_away() -> None:
    """What the organiser meant here is not what stands above: one mistake, and no false time."""
    assert mistakes("time: noon", BERLIN) == [("WF210", "noon")]
    assert mistakes("duration: long", "time: 9:00 UTC\nduration: 1h") == [("WF217", "long")]
    assert mistakes("timezone: [UTC]", BERLIN) == [("WF102", "[UTC]")]
    assert mistakes("timezone: [UTC]", "time: 13:00–14:00\ntimezone: IST") == [("WF102", "[UTC]")]
    assert mistakes("languages: [english]", f"{BERLIN}\nlanguages: en") == [("WF111", "english")]
    assert mistakes("join: {audience: public}", f"{BERLIN}\nregistration: https://r.org/") == [
        ("WF101", "audience")
    ]


def test_what_is_wrong_above_is_said_once_where_it_stands() -> None:
    text = """
        title: T
        time: 13:00
        timezone: Central Time
        join: https://m.example.org/
        sessions:
          - {id: a, title: A, date: 2020-07-08}
          - {id: b, title: B, date: 2020-07-09}
        """

    assert said(series(text).diagnostics) == [
        ("WF203", "13:00"),
        ("WF202", "Central Time"),
        ("WF401", "https://m.example.org/"),
    ]


def test_what_is_wrong_in_the_site_points_into_the_site() -> None:
    read = series(with_session("", "time: 13:00"), "timezone: IST\nduration: 1h")

    assert [(each.code, each.location.file, pointed_at(each)) for each in read.diagnostics] == [
        ("WF202", "events/site.yaml", "IST")
    ]


@pytest.mark.parametrize(
    ("own", "above", "site", "spoken"),
    [
        ("language: fr", f"{BERLIN}\nlanguages: [en]", None, ("fr",)),
        ("language: fr\nlanguages: [de]", BERLIN, None, ("de",)),
        ("", f"{BERLIN}\nlanguage: es", "language: de", ("es",)),
        ("", BERLIN, "language: de", ("de",)),
        ("", f"{BERLIN}\nlanguage: es", "languages: [de, en]", ("de", "en")),
        ("languages: []", f"{BERLIN}\nlanguage: es", "languages: [de, en]", ()),
        ("", f"{BERLIN}\nlanguages: []", "languages: [de, en]", ()),
        ("", BERLIN, None, ()),
    ],
)
def test_the_languages_that_are_spoken(
    own: str, above: str, site: str | None, spoken: tuple[str, ...]
) -> None:
    assert session(own, above, site).languages == spoken


def test_topics_are_the_sessions_own_or_the_series_each_once() -> None:
    assert session("topics: [a, b, a]", f"{BERLIN}\ntopics: c").topics == ("a", "b")
    assert session("", f"{BERLIN}\ntopics: c").topics == ("c",)


def test_an_empty_list_of_topics_takes_none_of_the_series() -> None:
    assert session("topics: []", f"{BERLIN}\ntopics: c").topics == ()


# --- times ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("time: 13:00–14:30 Europe/Berlin", "2020-07-08 11:00–12:30"),
        ("time: 13:00–14:30, Central European Time", "2020-07-08 11:00–12:30"),
        ("time: 13:00–14:30 UTC+1", "2020-07-08 12:00–13:30"),
        ("time: 13:00–14:30\ntimezone: CET", "2020-07-08 11:00–12:30"),
        ("time: 13:00–14:30 CET\nzone_reading: literal", "2020-07-08 12:00–13:30"),
        ("time: 13:00–14:30 CET\nzone_reading: civil", "2020-07-08 11:00–12:30"),
        ("date: 2020-12-08\ntime: 13:00–14:30 CET", "2020-12-08 12:00–13:30"),
        ("time: 22:00–24:00 UTC", "2020-07-08 22:00–00:00"),
        ("time: 00:00–24:00 UTC", "2020-07-08 00:00–00:00"),
        ("time: 23:30–00:30 UTC", "2020-07-08 23:30–00:30"),
        ("time: 23:30 UTC\nduration: 90 minutes", "2020-07-08 23:30–01:00"),
    ],
)
def test_when_a_session_is(own: str, expected: str) -> None:
    assert span(session(own, "topics: [a]")) == expected


def test_a_session_over_midnight_ends_on_the_next_day() -> None:
    held = session("time: 23:30–00:30", BERLIN)

    assert (held.end - held.start, held.end.day - held.start.day) == (timedelta(hours=1), 1)


def test_a_literal_label_is_written_in_utc_and_leaves_no_doubt() -> None:
    held = session("time: 13:00–14:30 CET\nzone_reading: literal", "topics: [a]")

    assert (held.zone, held.form, held.literal_start) == ("UTC+01:00", Form.UTC, None)


def test_whose_wall_clock_a_label_means_can_be_said() -> None:
    held = session("", "time: 13:00–14:30 CET\ncivil_zone: Europe/Paris")

    assert (held.zone, span(held)) == ("Europe/Paris", "2020-07-08 11:00–12:30")


def test_a_civil_zone_has_to_be_one() -> None:
    above = "time: 13:00–14:30 CET\ncivil_zone: Paris, Europe"

    assert mistakes("", above) == [("WF201", "Paris, Europe")]


def test_the_other_meaning_of_a_label_is_kept_while_it_is_in_doubt() -> None:
    summer, winter = (
        session(f"date: {day}", "time: 13:00–14:30 CET") for day in ("2020-07-08", "2020-12-08")
    )

    assert (summer.literal_start, winter.literal_start) == (utc("2020-07-08 12:00"), None)


@pytest.mark.parametrize(
    "words",
    [
        "confirmed_utc: 11:00",
        "confirmed_utc: 11:00Z",
        "confirmed_utc: 11:00 utc",
        "confirmed_utc: 11:00–12:30",
        "confirmed_utc: 2020-07-08T11:00Z",
        "confirmed_utc: 2020-07-08 11:00",
        "also: 12:00–13:30 Europe/London",
        "also: 12:00 Europe/London",
        "also: [21:00–22:30 Australia/Melbourne, 06:00 America/Bogota]",
        # across the date line: on the day before and on the day after
        "also: 23:00–00:30 Pacific/Auckland",
        "also: 01:00–02:30 Pacific/Honolulu",
        "also: 13:00 CEST",
    ],
)
def test_a_time_announced_elsewhere_confirms_the_session(words: str) -> None:
    assert session(words, "time: 13:00–14:30 CET").literal_start is None


def test_another_day_elsewhere_is_the_same_session() -> None:
    """1:00 on Thursday in Auckland is 13:00 on Wednesday in Greenwich."""
    assert span(session("also: 01:00–02:00 Pacific/Auckland", "time: 13:00–14:00 UTC")) == (
        "2020-07-08 13:00–14:00"
    )
    assert span(session("also: 14:30–15:30 Pacific/Honolulu", "time: 00:30–01:30 UTC")) == (
        "2020-07-08 00:30–01:30"
    )


def test_the_same_doubtful_label_confirms_nothing() -> None:
    held = session("also: 13:00 MEZ", "time: 13:00–14:30 CET")

    assert held.literal_start == utc("2020-07-08 12:00")


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("also: 13:00–14:30 Europe/London", ("WF205", "13:00–14:30 Europe/London")),
        ("also: 12:00–13:00 Europe/London", ("WF205", "12:00–13:00 Europe/London")),
        ("also: 12:00–13:30", ("WF234", "12:00–13:30")),
        ("also: 12:00 Narnia", ("WF201", "12:00 Narnia")),
        ("confirmed_utc: 12:00", ("WF205", "12:00")),
        ("confirmed_utc: 11:00–13:00", ("WF205", "11:00–13:00")),
        ("confirmed_utc: 2020-07-09T11:00Z", ("WF205", "2020-07-09T11:00Z")),
        ("confirmed_utc: 13:00 CEST", ("WF233", "13:00 CEST")),
        ("confirmed_utc: eleven", ("WF233", "eleven")),
    ],
)
def test_a_time_announced_elsewhere_that_disagrees_is_an_error(
    own: str, expected: tuple[str, str]
) -> None:
    assert mistakes(own, "time: 13:00–14:30 CET") == [expected]


def test_where_several_are_announced_the_one_that_is_wrong_is_pointed_at() -> None:
    own = "also: [teatime, 12:00 Europe/London, 11:00 Europe/London]"

    assert mistakes(own) == [("WF210", "teatime"), ("WF205", "11:00 Europe/London")]


def test_a_disagreement_says_what_the_other_time_would_be() -> None:
    (found,) = series(
        with_session("also: 02:30 Europe/Berlin", "time: 00:00–01:00 UTC")
    ).diagnostics

    assert "`02:30 Europe/Berlin` is 00:30 UTC" in found.message


def test_a_time_elsewhere_that_no_clock_shows_is_said_so() -> None:
    own = "date: 2021-03-28\nalso: 02:30 Europe/Berlin"
    (found,) = series(with_session(own, "time: 00:00–01:00 UTC")).diagnostics

    assert (found.code, pointed_at(found)) == ("WF205", "02:30 Europe/Berlin")


@pytest.mark.parametrize(
    ("own", "above", "expected"),
    [
        ("", "topics: [a]", [("WF204", "date")]),
        ("time: 13:00", "topics: [a]", [("WF203", "13:00"), ("WF230", "13:00")]),
        ("time: 13:00–14:00", "topics: [a]", [("WF230", "13:00–14:00")]),
        (
            "time: 13:00–14:00 Europe/Berlin\ntimezone: Asia/Tokyo",
            "topics: [a]",
            [("WF231", "Asia/Tokyo")],
        ),
        ("time: 13:00–14:00\nduration: 90 min", BERLIN, [("WF232", "90 min")]),
        ("time: 13:00\nduration: 25 hours", BERLIN, [("WF223", "25 hours")]),
        ("time: 12:30–12:30", BERLIN, [("WF223", "12:30–12:30")]),
        ("", "time: 13:00\nduration: 25 hours\ntimezone: UTC", [("WF223", "2020-07-08")]),
        ("date: 2020-03-29\ntime: 02:30–03:30", BERLIN, [("WF221", "02:30–03:30")]),
        ("date: 2020-03-29", "time: 02:30–03:30 Europe/Berlin", [("WF221", "2020-03-29")]),
        ("date: 2020-10-25\ntime: 02:30–03:30", BERLIN, [("WF222", "02:30–03:30")]),
        ("date: 2038-01-01", BERLIN, [("WF225", "2038-01-01")]),
        ("date: 31 June 2020", BERLIN, [("WF215", "31 June 2020")]),
        ("timezone: Berlin/Europe", BERLIN, [("WF201", "Berlin/Europe")]),
        ("time: 13:00–14:00 BST", "topics: [a]", [("WF202", "13:00–14:00 BST")]),
    ],
)
def test_what_is_wrong_with_a_time_is_said_where_it_stands(
    own: str, above: str, expected: list[tuple[str, str]]
) -> None:
    assert mistakes(own, above) == expected


def test_a_change_of_clocks_inside_a_session_is_a_warning_unless_its_length_is_given() -> None:
    night = "date: 2020-10-25\ntime: 01:30–03:30"

    assert mistakes(night, BERLIN) == [("WF224", "01:30–03:30")]
    assert mistakes(night.replace("–03:30", "\nduration: 3h"), BERLIN) == []


@pytest.mark.parametrize(("fold", "expected"), [("earlier", "00:30"), ("later", "01:30")])
def test_a_time_that_happens_twice_needs_a_choice(fold: str, expected: str) -> None:
    held = session(f"date: 2020-10-25\ntime: 02:30\nduration: 30 min\nfold: {fold}", BERLIN)

    assert (held.form, f"{held.start.astimezone(UTC):%H:%M}") == (Form.UTC, expected)


def test_what_the_organiser_wrote_of_the_time_is_kept() -> None:
    assert session("time: 1 pm – 2 pm", BERLIN).written == "1 pm – 2 pm Europe/Berlin"
    assert session("time: 13:00–14:00 CET", "topics: [a]").written == "13:00–14:00 CET"


# --- status, join, ids ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("confirmed", Status.CONFIRMED),
        ("Tentative", Status.TENTATIVE),
        ("cancelled", Status.CANCELLED),
        ("canceled", Status.CANCELLED),
        ("POSTPONED", Status.POSTPONED),
    ],
)
def test_whether_a_session_takes_place(word: str, status: Status) -> None:
    assert session(f"status: {word}").status is status


def test_a_session_is_confirmed_unless_it_is_said() -> None:
    assert session().status is Status.CONFIRMED
    assert mistakes("status: moved") == [("WF107", "moved")]


@pytest.mark.parametrize(
    ("join", "code"),
    [
        ("https://meet.example.org/1", ("WF401", "https://meet.example.org/1")),
        ("{url: https://meet.example.org/1, audience: all}", ("WF107", "all")),
        ("{url: zoommtg://meet, audience: public}", ("WF110", "zoommtg://meet")),
    ],
)
def test_who_may_see_a_join_link_has_to_be_said(join: str, code: tuple[str, str]) -> None:
    assert mistakes(f"join: {join}") == [code]


def test_a_speakers_zone_has_to_be_one() -> None:
    own = "talks: [{title: T, speakers: [{name: N, timezone: Atlantis/City}]}]"

    assert mistakes(own) == [("WF201", "Atlantis/City")]


def test_two_sessions_cannot_have_one_id() -> None:
    read = series(
        """
        title: T
        time: 13:00–14:00 UTC
        sessions:
          - {id: a, title: A, date: 2020-07-08}
          - {id: a, title: B, date: 2020-07-09}
        """
    )

    (found,) = read.diagnostics
    assert (found.code, found.location.line, found.related[0].location.line) == ("WF112", 6, 5)


@pytest.mark.parametrize(
    "name", ["Open Science.yaml", "nul.yaml", "topics.yaml", "site.yaml", "é.yaml", f"{'a' * 65}.y"]
)
def test_the_name_of_the_file_has_to_be_an_id(name: str) -> None:
    assert said(series(with_session(), name=name).diagnostics) == [("WF113", f"events/{name}")]


def test_there_is_at_least_one_session() -> None:
    assert said(series("title: T\nsessions: []").diagnostics) == [("WF116", "[]")]
    assert said(series("title: T").diagnostics) == [("WF101", "title")]


def test_all_mistakes_are_said_at_once() -> None:
    text = """
        title: ""
        page: example.org
        time: 25:00–26:00
        sesions: []
        sessions:
          - {title: A, date: 2020-02-30}
          - {id: B, date: soon, spekers: [x]}
        """

    assert said(series(text).diagnostics) == [
        ("WF105", '""'),
        ("WF110", "example.org"),
        ("WF211", "25:00–26:00"),
        ("WF103", "sesions"),
        ("WF215", "2020-02-30"),
        ("WF101", "title"),
        ("WF109", "B"),
        ("WF213", "soon"),
        ("WF103", "spekers"),
        ("WF101", "id"),
    ]


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "title: [\n", "just words"])
def test_a_file_that_is_no_mapping_has_no_value(text: str) -> None:
    read = series(text)

    assert (read.value, len(read.diagnostics)) == (None, 1)


@pytest.mark.parametrize("key", ["created", "updated"])
def test_a_stamp_has_to_be_a_moment(key: str) -> None:
    assert mistakes(f"{key}: a while ago") == [("WF219", "a while ago")]


# --- recordings -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("recording: announced", (Recording("recording"),)),
        ("recording: Announced", (Recording("recording"),)),
        ("recordings: announced", (Recording("recording"),)),
        (
            "recording: https://v.example.org/1",
            (Recording("recording", "https://v.example.org/1"),),
        ),
        (
            "recording: https://v.example.org/Ü.MP4?x=1",
            (
                Recording(
                    "recording",
                    "https://v.example.org/%C3%9C.MP4?x=1",
                    files=(MediaFile("https://v.example.org/%C3%9C.MP4?x=1", "video/mp4"),),
                ),
            ),
        ),
        (
            "recording: {url: https://v.example.org/1, media_type: Audio/MPEG, size: 1 000}",
            [("WF114", "Audio/MPEG")],
        ),
        (
            "recording: {url: https://v.example.org/1, media_type: audio/mpeg, size: 1 000}",
            (
                Recording(
                    "recording",
                    "https://v.example.org/1",
                    files=(MediaFile("https://v.example.org/1", "audio/mpeg", 1000),),
                ),
            ),
        ),
        (
            "recording: {files: [{url: https://v.example.org/1.webm, media_type: video/webm}]}",
            (
                Recording(
                    "recording",
                    "https://v.example.org/1.webm",
                    files=(MediaFile("https://v.example.org/1.webm", "video/webm"),),
                ),
            ),
        ),
        (
            """
            recording:
              url: https://v.example.org/1.mp4
              files: {url: https://v.example.org/1.mp4, media_type: video/mp4, size: 5}
            """,
            (
                Recording(
                    "recording",
                    "https://v.example.org/1.mp4",
                    files=(MediaFile("https://v.example.org/1.mp4", "video/mp4", 5),),
                ),
            ),
        ),
        (
            "recordings: [{id: en, url: https://v.example.org/e}, {id: fr, url: announced}]",
            (Recording("en", "https://v.example.org/e"), Recording("fr")),
        ),
        ("recordings: []", ()),
        ("recording:", ()),
    ],
)
def test_recordings(own: str, expected: object) -> None:
    if isinstance(expected, list):
        assert mistakes(own) == expected
    else:
        assert session(own).recordings == expected


def test_everything_that_is_said_of_a_recording() -> None:
    own = """
        recording:
          id: english
          url: https://v.example.org/1
          title: English interpretation
          language: en
          published: 2020-07-09
          duration: 1h28m
          captions: https://v.example.org/1.vtt
          poster: https://v.example.org/1.jpg
        """

    assert session(own).recordings == (
        Recording(
            id="english",
            url="https://v.example.org/1",
            title="English interpretation",
            language="en",
            published=utc("2020-07-08 22:00"),
            duration=timedelta(hours=1, minutes=28),
            captions="https://v.example.org/1.vtt",
            poster="https://v.example.org/1.jpg",
        ),
    )


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("recording: 'https://[é'", [("WF110", "'https://[é'")]),
        ("recording: {url: 'ftp://v.org/a.mp4', size: 5}", [("WF110", "'ftp://v.org/a.mp4'")]),
        ("recording: {title: A}", [("WF503", "title")]),
        ("recording: {url: [a]}", [("WF102", "[a]")]),
        ("recording: {url: https://v.org/1, size: 5}", [("WF502", "5")]),
        ("recording: {url: https://v.org/1, size: 5, media_type: film}", [("WF114", "film")]),
        ("recording: {url: https://v.org/1, published: soon}", [("WF219", "soon")]),
        (
            "recordings: [https://v.org/1, {id: a, url: https://v.org/2}]",
            [("WF501", "https://v.org/1")],
        ),
        (
            "recordings: [{id: a, url: https://v.org/1}, {url: https://v.org/2, language: fr}]",
            [("WF501", "url")],
        ),
        (
            "recordings: [{id: a, url: https://v.org/1}, {id: a, url: https://v.org/2}]",
            [("WF112", "id")],
        ),
        ("recording: announced\nrecordings: [announced]", [("WF504", "[announced]")]),
    ],
)
def test_what_is_wrong_with_a_recording_is_said(own: str, expected: list[tuple[str, str]]) -> None:
    assert mistakes(own) == expected


# --- places -----------------------------------------------------------------------------------

WRITTEN = """\
title: The title of the series
time: 13:00–14:30 CET
platform: Zoom
topics: [one, two]
sessions:
  - id: a
    title: The title of A
    date: 2020-07-08
    talks: [Short talk, {title: Long talk, speakers: Ana Lima}]
    recordings:
      - {url: https://v.example.org/1, title: Alone}
  - id: b
    title: The title of B
    date: 2020-07-09
    topics: three
    recording: https://v.example.org/2
"""


@pytest.mark.parametrize(
    ("route", "pointed"),
    [
        (("title",), "The title of the series"),
        (("sessions", 1, "title"), "The title of B"),
        (("sessions", 0, "talks", 0, "title"), "Short talk"),
        (("sessions", 0, "talks", 1, "title"), "Long talk"),
        (("sessions", 0, "talks", 1, "speakers", 0), "Ana Lima"),
        (("sessions", 0, "talks", 1, "speakers", 0, "name"), "Ana Lima"),
        (("sessions", 0, "recording", "title"), "Alone"),
        (("sessions", 1, "recording", "url"), "https://v.example.org/2"),
        (("sessions", 1, "topics", 0), "three"),
        (("sessions", 0, "topics", 1), "two"),
        (("sessions", 0, "platform"), "Zoom"),
        (("sessions", 0, "time"), "13:00–14:30 CET"),
        (("sessions", 0, "timezone"), "13:00–14:30 CET"),
        (("sessions", 0, "join"), "https://m.example.org/"),
        (("sessions", 0, "registration"), "id: a"),
        (("sessions", 0, "recording", "poster"), "{url: https://v.example.org/1, title: Alone}"),
        (("sessions",), "- id: a"),
        (("summary",), "events/open-science.yaml"),
        ((), "events/open-science.yaml"),
        (("sessions", 7, "title"), "sessions"),
    ],
)
def test_a_field_is_found_where_its_value_came_from(
    route: tuple[str | int, ...], pointed: str
) -> None:
    own = source(WRITTEN)
    place = locate(route, own, source("join: https://m.example.org/", "events/site.yaml"))

    shown = (
        place.file if place.text is None else place.text[place.column - 1 : place.end_column - 1]
    )
    assert shown == pointed


def test_a_single_session_without_a_list_is_found() -> None:
    own = source("title: T\nsessions: {id: a, title: A}")

    assert locate(("sessions", 0, "title"), own)[1:3] == (2, 26)


def test_all_places_are_found_with_one_reading() -> None:
    own = source(WRITTEN)
    routes: list[tuple[str | int, ...]] = [("title",), ("sessions", 1, "id"), ("nothing",)]

    assert list(places(routes, own)) == [locate(each, own) for each in routes]


def test_nothing_is_found_in_a_file_that_cannot_be_read() -> None:
    assert locate(("title",), source("title: [")) == ("events/open-science.yaml", 0, 0, 0, None)


def test_a_series_may_be_read_twice_with_the_same_result() -> None:
    shared = read_site(source("timezone: IST", "events/site.yaml")).value
    assert shared is not None
    own = source(with_session("", "time: 13:00–14:00"))

    assert read_series(own, shared) == read_series(own, shared)
