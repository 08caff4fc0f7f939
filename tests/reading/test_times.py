from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some

from webinar_feeds.reading import times
from webinar_feeds.reading.times import Written
from webinar_feeds.timezones import Problem

if TYPE_CHECKING:
    from collections.abc import Callable


def told(problem: object) -> tuple[str, str]:
    """What the organiser is told, after its code, and how to put it right."""
    assert isinstance(problem, Problem)
    rule, values = problem
    return f"{rule.code} {rule.message.format(**values)}", rule.help.format(**values)


@pytest.mark.parametrize(
    "written",
    [
        "13:00–14:30",
        "13:00-14:30",
        "13:00 - 14:30",
        "13:00 — 14:30",
        "13:00 to 14:30",
        "13:00 until 14:30",
        "from 13:00 till 14:30",
        "13:00 bis 14:30 Uhr",
        "von 13 Uhr bis 14:30 Uhr",
        "13.00–14.30",
        "13h00–14h30",
        "13h–14h30",
        "1 pm – 2:30 pm",
        "1pm-2:30pm",
        "1:00 p.m. to 2:30 P.M.",
        " 13:00\n–  14:30 ",
    ],
)
def test_a_range_may_be_spelled_in_many_ways(written: str) -> None:
    assert times.parse_range(written) == Written(time(13), time(14, 30), None, written)


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("13:00–14:30,Central European Time", "Central European Time"),
        ("13:00–14:30, Central European Time ", "Central European Time"),
        ("13:00–14:30 CET", "CET"),
        ("13:00–14:30 (CET/CEST)", "CET/CEST"),
        ("13:00–14:30 CET (UTC+1)", "CET (UTC+1)"),
        ("13:00-14:30 UTC+1", "UTC+1"),
        ("13:00-14:30 UTC+01:00", "UTC+01:00"),
        ("13:00-14:30 +02:00", "+02:00"),
        ("13:00-14:30 -05:00", "-05:00"),
        ("13:00-14:30 America/New_York", "America/New_York"),
        ("1 pm – 2:30 pm Europe/London", "Europe/London"),
        ("13:00–14:30Z", "Z"),
    ],
)
def test_the_words_of_a_zone_stand_behind_the_times(written: str, zone: str) -> None:
    assert times.parse_range(written) == Written(time(13), time(14, 30), zone, written)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("13:00", Written(time(13), None, None, "13:00")),
        ("13:00 Europe/London", Written(time(13), None, "Europe/London", "13:00 Europe/London")),
        ("13:00 +02:00", Written(time(13), None, "+02:00", "13:00 +02:00")),
        ("22:00–24:00", Written(time(22), time(0), None, "22:00–24:00")),
        ("22:00–00:30", Written(time(22), time(0, 30), None, "22:00–00:30")),
        ("12 am – 12 pm", Written(time(0), time(12), None, "12 am – 12 pm")),
        ("11:30 pm – 12:30 am", Written(time(23, 30), time(0, 30), None, "11:30 pm – 12:30 am")),
        ("9–17 Uhr", Written(time(9), time(17), None, "9–17 Uhr")),
    ],
)
def test_other_times_of_day(written: str, read: Written) -> None:
    assert times.parse_range(written) == read


@pytest.mark.parametrize(
    "written",
    [
        *("", "foo", "780", "13", "13-14", "13–14:30", "1300–1430", "–14:30", "13:00:00–14:30:00"),
        *("2020-06-17 13:00", "13:00–14:30–15:00", "13:00 a 14:30", "13:00 CET – 14:30 CET"),
        *("13:00–14:30 17 June", "13:00 and 15:00", "13:00–14:30 ?", "١٣:٠٠"),
    ],
)
def test_what_is_no_range_is_quoted(written: str) -> None:
    assert told(times.parse_range(written)) == (
        f"WF210 `{written}` is not a time of day, or two with a dash between them",
        "write start, end and, if you like, a time zone: `13:00–14:30 Europe/Berlin`",
    )


@pytest.mark.parametrize(
    ("written", "clock"),
    [
        ("24:00–01:00", "24:00"),
        ("13:60–14:30", "13:60"),
        ("13:00–24:30", "24:30"),
        ("13 pm", "13 pm"),
        ("0:30 am – 1 am", "0:30 am"),
        ("1–13:30 pm", "13:30 pm"),
    ],
)
def test_a_time_that_no_clock_shows_is_named(written: str, clock: str) -> None:
    assert told(times.parse_range(written)) == (
        f"WF211 `{written}`: no clock shows `{clock}`",
        "write times from `00:00` to `23:59`; an end at midnight is `24:00`",
    )


def test_am_or_pm_on_one_side_only_is_asked_about() -> None:
    assert told(times.parse_range("11:00–1:30 pm")) == (
        "WF212 `11:00–1:30 pm`: `11:00` says neither am nor pm, `1:30 pm` does",
        "write `11:00–13:30` or `23:00–13:30`",
    )
    assert told(times.parse_range("1 pm to 2:30")) == (
        "WF212 `1 pm to 2:30`: `2:30` says neither am nor pm, `1 pm` does",
        "write `13:00–02:30` or `13:00–14:30`",
    )


@given(some.times(), some.times(), some.sampled_from(["–", "-", " — ", " to ", " bis "]))
def test_any_range_of_minutes_is_read_as_written(start: time, end: time, dash: str) -> None:
    start, end = (each.replace(second=0, microsecond=0) for each in (start, end))
    written = f"{start:%H:%M}{dash}{end:%H:%M}, Central European Time"
    assert times.parse_range(written) == Written(start, end, "Central European Time", written)


@pytest.mark.parametrize(
    "written",
    [
        *("2020-06-17", "2020-6-17", "17 June 2020", "17 Jun 2020", "17 Jun. 2020", "17june2020"),
        *("June 17, 2020", "June 17 2020", "Jun 17th, 2020", "17th June 2020", "17th of June 2020"),
        *("Wednesday, 17 June 2020", "Wed 17 June 2020", "Wednesday 2020-06-17", "17. Juni 2020"),
        *("Mi, 17. Juni 2020", "mercredi 17 juin 2020", "miércoles, 17 de junio de 2020"),
    ],
)
def test_a_date_may_be_spelled_in_many_ways(written: str) -> None:
    assert times.parse_date(written) == date(2020, 6, 17)


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("17/06/2020", "`2020-06-17`"),
        ("06/17/20", "`2020-06-17`"),
        ("17.06.2020", "`2020-06-17`"),
        ("07.06.2020", "`2020-06-07`"),
        ("06/07/2020", "`2020-06-07` or `2020-07-06`"),
        ("6-7-20", "`2020-06-07` or `2020-07-06`"),
        ("06/06/2020", "`2020-06-06`"),
        ("2020/06/17", "`2020-06-17`"),
        ("Wednesday, 17/06/2020", "`2020-06-17`"),
    ],
)
def test_numbers_alone_are_answered_with_the_days_they_may_mean(written: str, days: str) -> None:
    assert told(times.parse_date(written)) == (
        f"WF214 `{written}` is read as day and month in one country, as month and day in another",
        f"write {days}",
    )


@pytest.mark.parametrize(
    ("written", "reason", "write"),
    [
        ("31 June 2020", "June has 30 days", "`2020-06-30`, or another day of June"),
        (
            "2021-02-29",
            "February 2021 has 28 days",
            "`2021-02-28`, or another day of February 2021",
        ),
        ("2020-13-01", "there is no month 13", "`2020-01-13` if 13 is the day"),
        ("2020-00-10", "there is no month 0", "year, month and day, as in `2020-06-17`"),
        ("2020-99-99", "there is no month 99", "year, month and day, as in `2020-06-17`"),
        ("0 June 2020", "days count from 1", "`2020-06-01`, or another day"),
        ("0000-06-17", "there is no year 0", "year, month and day, as in `2020-06-17`"),
        ("Monday, 31 June 2020", "June has 30 days", "`2020-06-30`, or another day of June"),
    ],
)
def test_an_impossible_date_says_why(written: str, reason: str, write: str) -> None:
    assert told(times.parse_date(written)) == (
        f"WF215 `{written}` is no day of the calendar: {reason}",
        f"write {write}",
    )


def test_a_wrong_weekday_is_told_the_right_one() -> None:
    assert told(times.parse_date("Thursday, 17 June 2020")) == (
        "WF216 `Thursday, 17 June 2020`: 17 June 2020 is a Wednesday",
        "write `Wednesday, 17 June 2020`, or correct the date",
    )


def test_a_weekday_that_is_short_for_two_may_be_either() -> None:
    # `di` is Dienstag and dimanche
    assert times.parse_date("Di, 16 June 2020") == date(2020, 6, 16)
    assert times.parse_date("di 14 juin 2020") == date(2020, 6, 14)


@pytest.mark.parametrize(
    "written",
    [
        *("", "soon", "17 June", "June 2020", "20200617", "17 jui 2020", "Xyz, 17 June 2020"),
        *("99/99/2020", "17 Ju 2020", "١٧ June 2020", "2020-06-17T13:00", "Monday", "17 June 20"),
    ],
)
def test_what_is_no_date_is_quoted(written: str) -> None:
    assert told(times.parse_date(written)) == (
        f"WF213 `{written}` is not a date",
        "write year, month and day: `2020-06-17`, or `17 June 2020`",
    )


@given(some.dates(), some.sampled_from(["{0:%Y-%m-%d}", "{1}", "{0:%A}, {1}", "{0:%a} {1}"]))
def test_any_date_is_read_as_written(day: date, form: str) -> None:
    iso = f"{day.year:04}-{day:%m-%d}"
    long = f"{day.day} {day:%B} {day.year:04}"
    written = form.replace("{0:%Y-%m-%d}", iso).format(day, long)
    assert times.parse_date(written) == day


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        *[(each, 88) for each in ("1h28m", "1 h 28 min", "1:28:00", "PT1H28M", "88m", "1h28")],
        *[(each, 90) for each in ("90 minutes", "1.5 hours", "1,5 h", "1 hour and 30 mins")],
        *[(each, 90) for each in ("1 hour, 30 minutes", "1 Stunde 30 Minuten", "PT90M", "90 min.")],
        *[(each, 24 * 60) for each in ("P1D", "24h", "1 day")],
    ],
)
def test_a_duration_may_be_spelled_in_many_ways(written: str, minutes: int) -> None:
    assert times.parse_duration(written) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("0:00", 0), ("12:30", 750), (" 1:02:30 ", 3750), ("90:00", 5400), ("10:00:00", 36000)],
)
def test_a_place_in_a_recording_is_written_as_players_show_it(written: str, seconds: int) -> None:
    assert times.parse_offset(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize("written", ["", "12", "12:3", "12:60", "1:60:00", "1:2:30", "half past"])
def test_what_is_no_place_in_a_recording_is_quoted(written: str) -> None:
    assert told(times.parse_offset(written)) == (
        f"WF228 `{written}` is not a place in a recording",
        "write minutes and seconds after its beginning, `12:30`, or hours too, `1:02:30`",
    )


def test_a_duration_keeps_its_seconds() -> None:
    assert times.parse_duration("1:28:05") == timedelta(hours=1, minutes=28, seconds=5)
    assert times.parse_duration("1h 28m 5s") == timedelta(hours=1, minutes=28, seconds=5)


@pytest.mark.parametrize("written", ["0m", "PT0S", "0:00:00", "0 hours", "0.2s"])
def test_no_time_at_all_is_no_duration(written: str) -> None:
    assert told(times.parse_duration(written)) == (
        f"WF218 `{written}` is no time at all",
        "write how long it lasts, such as `1h28m`, or leave it out",
    )


@pytest.mark.parametrize(
    ("written", "write"),
    [
        ("90", "`90m` for minutes"),
        ("1:28", "`1h28m` or `1m28s`"),
        ("1:75:00", "hours and minutes, such as `1h28m`"),
        *[
            (each, "hours and minutes, such as `1h28m`")
            for each in ("", "P", "PT", "P1DT", "-1h", "long", "1h foo", "9999999h", "28m 1h")
        ],
    ],
)
def test_what_is_no_duration_is_quoted(written: str, write: str) -> None:
    assert told(times.parse_duration(written)) == (
        f"WF217 `{written}` is not a duration",
        f"write {write}",
    )


@given(some.integers(1, 99 * 3600))
def test_any_duration_is_read_as_written(seconds: int) -> None:
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    for written in (f"{hours}:{minutes:02}:{rest:02}", f"PT{hours}H{minutes}M{rest}S"):
        assert times.parse_duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2020-06-18", datetime(2020, 6, 17, 22, tzinfo=UTC)),
        ("18 June 2020", datetime(2020, 6, 17, 22, tzinfo=UTC)),
        ("2020-12-18", datetime(2020, 12, 17, 23, tzinfo=UTC)),
        ("2020-06-18 09:30", datetime(2020, 6, 18, 7, 30, tzinfo=UTC)),
        ("2020-06-18T09:30:15", datetime(2020, 6, 18, 7, 30, 15, tzinfo=UTC)),
        ("2020-06-18T09:30:15.999Z", datetime(2020, 6, 18, 9, 30, 15, tzinfo=UTC)),
        ("2020-06-18 09:30 UTC", datetime(2020, 6, 18, 9, 30, tzinfo=UTC)),
        ("2020-06-18T09:30+02:00", datetime(2020, 6, 18, 7, 30, tzinfo=UTC)),
        ("2020-06-18T09:30:00−0530", datetime(2020, 6, 18, 15, tzinfo=UTC)),
    ],
)
def test_an_instant_is_given_in_utc(written: str, instant: datetime) -> None:
    read = times.parse_instant(written, "Europe/Berlin")
    assert read == instant
    assert isinstance(read, datetime)
    assert read.tzinfo is UTC


def test_a_day_starts_when_its_clocks_do() -> None:
    # midnight was skipped in São Paulo on that day
    assert times.parse_instant("2018-11-04", "America/Sao_Paulo") == datetime(
        2018, 11, 4, 3, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("written", "reason", "write"),
    [
        (
            "2020-10-25 02:30",
            "it happens twice in Europe/Berlin",
            "2020-10-25T02:30:00+02:00",
        ),
        ("2020-03-29 02:30", "the clocks in Europe/Berlin skip it", "2020-06-18T09:30:00Z"),
        ("2020-06-18 25:00", "no clock shows this time of day", "2020-06-18T09:30:00Z"),
        ("2020-06-18T09:30+15:00", "no clock uses this offset", "2020-06-18T09:30:00Z"),
        ("2020-06-18T09:30+01:99", "no clock uses this offset", "2020-06-18T09:30:00Z"),
        ("soon", "it is neither a day nor a day with a time", "2020-06-18T09:30:00Z"),
    ],
)
def test_what_is_no_instant_says_why(written: str, reason: str, write: str) -> None:
    assert told(times.parse_instant(written, "Europe/Berlin")) == (
        f"WF219 `{written}` is not one moment in time: {reason}",
        f"write a day, `2020-06-18`, or a time with its offset from UTC: `{write}`",
    )


def test_an_instant_on_an_impossible_day_is_told_as_a_date_is() -> None:
    assert told(times.parse_instant("2020-06-31 10:00", "UTC")) == (
        "WF215 `2020-06-31 10:00` is no day of the calendar: June has 30 days",
        "write `2020-06-30`, or another day of June",
    )
    assert told(times.parse_instant("2050-01-01", "UTC")) == (
        "WF225 `2050-01-01` is too far ahead: nobody knows what the clocks will show after 2037",
        "check the year; the last day that can be announced is `2037-12-31`",
    )


@pytest.mark.parametrize(
    "parse",
    [
        times.parse_range,
        times.parse_date,
        times.parse_duration,
        lambda text: times.parse_instant(text, "Europe/Berlin"),
    ],
)
@given(text=some.text() | some.text("0123456789:.-–/ aphmPTZ,+"))
def test_no_text_is_answered_with_an_exception(parse: Callable[[str], object], text: str) -> None:
    read = parse(text)
    if isinstance(read, Problem):
        told(read)


@given(
    *(some.integers(0, 29), some.integers(0, 69), some.sampled_from("-–")),
    some.sampled_from(
        ["", " Europe/Berlin", " Central European Time", " CET", " am", " pm/x", " hours"]
    )
    | some.from_regex(r"( [A-Za-z]{1,6})([ /_][A-Za-z]{1,5}){0,3}", fullmatch=True),
)
def test_a_range_without_blanks_is_read_as_any_other(
    hour: int, minute: int, dash: str, zone: str
) -> None:
    tight, wide = (
        f"{hour:02}:{minute:02}{each}{minute % 30:02}:{hour:02}{zone}"
        for each in (dash, f" {dash} ")
    )
    read, other = times.parse_range(tight), times.parse_range(wide)

    if isinstance(other, Problem):
        assert isinstance(read, Problem)
        assert read.rule is other.rule
    else:
        assert read == other._replace(text=tight)
