from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
import pytz
from hypothesis import given, settings
from hypothesis import strategies as some

from webinar_feeds import timezones
from webinar_feeds.model import Form
from webinar_feeds.timezones import Localized, Problem, Zone
from webinar_feeds.timezones.labels import _read
from webinar_feeds.timezones.tzdb import steady_clock, tabled

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CENTRAL_EUROPEAN_TIME = Zone("Europe/Berlin", HOUR, "Central European Time")


def told(problem: object) -> tuple[str, str]:
    """What the organiser is told, after its code, and how to put it right."""
    assert isinstance(problem, Problem)
    rule, values = problem
    return f"{rule.code} {rule.message.format(**values)}", rule.help.format(**values)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def localized(
    day: str, start: str, end: str, zone: Zone | str = CENTRAL_EUROPEAN_TIME
) -> Localized:
    named = Zone(zone, None, zone) if isinstance(zone, str) else zone
    found = timezones.localize(
        date.fromisoformat(day), time.fromisoformat(start), time.fromisoformat(end), named
    )
    assert isinstance(found, Localized)
    return found


@cache
def other_reading(zone: str) -> ZoneInfo:
    """The same bytes of the database, read by the standard library."""
    with pytz.open_resource(zone) as file:  # type: ignore[attr-defined]  # not in the stubs
        return ZoneInfo.from_file(file, key=zone)


# --- labels ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        *("Central European Time", "central european time", "CENTRAL  EUROPEAN TIME", "CET"),
        *("C.E.T.", "cet", "MEZ", "Mitteleuropäische Zeit", "mitteleuropaeische zeit"),
        *("heure d’Europe centrale", "Heure de l'Europe centrale", "hora central europea"),
        *("Central-European Time", "the Central European Time", "Central European Time (CET)"),
        *("CET (UTC+1)", "hora estándar de Europa Central", " CET "),
    ],
)
def test_central_european_time_is_the_time_on_the_clocks(written: str) -> None:
    assert timezones.understand(written) == Zone("Europe/Berlin", HOUR, written.strip())


@pytest.mark.parametrize(
    "written",
    [
        *("CEST", "cest", "MESZ", "Central European Summer Time", "mitteleuropäische Sommerzeit"),
        *("heure d'été d'Europe centrale", "hora de verano de Europa central", "CEST (UTC+2)"),
    ],
)
def test_central_european_summer_time_is_the_same_zone(written: str) -> None:
    assert timezones.understand(written) == Zone("Europe/Berlin", 2 * HOUR, written)


@pytest.mark.parametrize(
    "written", ["CET/CEST", "cet / cest", "MEZ/MESZ", "CE(S)T", "Europe/CET", "CET (CEST)"]
)
def test_a_label_that_names_both_leaves_no_doubt(written: str) -> None:
    assert timezones.understand(written) == Zone("Europe/Berlin", None, written)


def test_a_series_may_choose_its_civil_zone() -> None:
    assert timezones.understand("CET", civil_zone="Europe/Madrid").name == "Europe/Madrid"  # type: ignore[union-attr]  # would fail the test
    assert told(timezones.understand("CET", civil_zone="Madrid")) == (
        "WF201 `Madrid` is not a time zone",
        "write `Europe/Madrid`",
    )


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Central European Time", "UTC+01:00"),
        ("CEST", "UTC+02:00"),
        ("Central European Time (CET)", "UTC+01:00"),
        ("CET/CEST", "Europe/Berlin"),
        ("Europe/London", "Europe/London"),
    ],
)
def test_a_label_may_be_read_literally_where_it_says_an_offset(written: str, name: str) -> None:
    zone = timezones.understand(written, literally=True)
    assert zone == Zone(name, None, written)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        *[(each, "UTC+01:00") for each in ("UTC+1", "UTC+01:00", "utc +1", "GMT+1", "+01:00")],
        *[(each, "UTC-05:30") for each in ("UTC−5:30", "UTC-0530", "GMT –05:30", "-05:30")],
        *[(each, "UTC") for each in ("UTC", "utc", "GMT", "Z", "Etc/UTC", "UTC+0", "+00:00")],
        ("UTC+14", "UTC+14:00"),
        ("UTC-12", "UTC-12:00"),
    ],
)
def test_an_offset_is_a_fixed_zone(written: str, name: str) -> None:
    assert timezones.understand(written) == Zone(name, None, written)


@pytest.mark.parametrize("written", ["UTC+15", "UTC-13", "UTC+1:60", "+99:00"])
def test_an_offset_that_no_clock_uses_is_refused(written: str) -> None:
    assert told(timezones.understand(written)) == (
        f"WF207 `{written}` is no offset that clocks use: they lie between UTC−12:00 and UTC+14:00",
        "write an offset such as `UTC+01:00`, or the zone's id, such as `Europe/Berlin`",
    )


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        (" America/New York ", "America/New_York"),
        ("america/port-au-prince", "America/Port-au-Prince"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Central Europe Standard Time", "Europe/Budapest"),
        ("Romance Standard Time", "Europe/Paris"),
        ("GMT standard time", "Europe/London"),
    ],
)
def test_ids_and_windows_names_are_zones(written: str, name: str) -> None:
    assert timezones.understand(written) == Zone(name, None, written.strip())


def test_the_windows_name_that_reads_like_an_offset_is_warsaw_and_in_doubt() -> None:
    assert timezones.understand("Central European Standard Time") == Zone(
        "Europe/Warsaw", HOUR, "Central European Standard Time"
    )


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("EET", "Europe/Athens"),
        ("MET", "Europe/Berlin"),
        ("WET", "Europe/Lisbon"),
        ("EST5EDT", "America/New_York"),
        ("HST", "Pacific/Honolulu"),
        ("Etc/GMT-1", "UTC+01:00"),
        ("Etc/GMT+5", "UTC-05:00"),
        ("US/Eastern", "America/New_York"),
        ("GB", "Europe/London"),
        ("Singapore", "Asia/Singapore"),
        ("Zulu ", "UTC"),
    ],
)
def test_names_kept_for_old_programs_are_refused_with_the_right_one(
    written: str, zone: str
) -> None:
    if written == "Zulu ":
        assert timezones.understand(written) == Zone(zone, None, "Zulu")
        return
    assert told(timezones.understand(written)) == (
        f"WF206 `{written}` is kept in the time zone database for old programs only",
        f"write `{zone}`",
    )


@pytest.mark.parametrize(
    ("written", "zones"),
    [
        ("IST", "`Asia/Kolkata`, `Europe/Dublin` or `Asia/Jerusalem`"),
        ("BST", "`Europe/London`, `Asia/Dhaka` or `Pacific/Bougainville`"),
        ("EST", "`America/New_York`, `America/Panama` or `Australia/Sydney`"),
        ("EDT", "`America/New_York` or `Australia/Sydney`"),
    ],
)
def test_an_abbreviation_of_several_zones_is_asked_about(written: str, zones: str) -> None:
    assert told(timezones.understand(written)) == (
        f"WF202 `{written}` is what people in several time zones call theirs",
        f"write the zone's own id: {zones}",
    )


@pytest.mark.parametrize("written", ["CST", "AST", "PST", "MST", "ist", "Eastern Time"])
def test_ambiguous_names_never_pass(written: str) -> None:
    assert told(timezones.understand(written))[0].startswith("WF202 ")


@pytest.mark.parametrize(
    ("written", "write"),
    [
        ("Berlin", "`Europe/Berlin`"),
        ("New York", "`America/New_York`"),
        ("Europe/Kopenhagen", "`Europe/Copenhagen`"),
        ("nowhere at all", "a zone's id, such as `Europe/Berlin`, or `UTC`"),
        ("Local Time", "a zone's id, such as `Europe/Berlin`, or `UTC`"),
        ("CET (Berlin)", "a zone's id, such as `Europe/Berlin`, or `UTC`"),
    ],
)
def test_what_is_no_zone_is_answered_with_what_may_be_meant(written: str, write: str) -> None:
    assert told(timezones.understand(written)) == (
        f"WF201 `{written}` is not a time zone",
        f"write {write}",
    )


def test_a_label_that_contradicts_its_offset_is_refused() -> None:
    assert told(timezones.understand("CEST (UTC+1)")) == (
        "WF208 `CEST (UTC+1)` says two different things: `CEST` and `UTC+01:00`",
        "write `Europe/Berlin` for the time on the clocks there, or `UTC+01:00`",
    )


def test_only_places_and_utc_are_ever_emitted() -> None:
    understood = [timezones.understand(each) for each in pytz.all_timezones]
    found = {each.name for each in understood if isinstance(each, Zone)}
    assert {
        each for each in found if "/" not in each or each.split("/")[0] in {"Etc", "US", "SystemV"}
    } == {"UTC"}
    assert set(timezones.names()) <= found


@given(some.text())
def test_no_text_is_answered_with_an_exception(written: str) -> None:
    zone = timezones.understand(written)
    if isinstance(zone, Problem):
        told(zone)


# --- instants -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ("2020-06-17", "11:00", "12:30"),
        ("2020-07-08", "11:00", "12:30"),
        ("2020-09-16", "11:00", "12:30"),
        ("2020-10-21", "11:00", "12:30"),
        ("2020-11-18", "12:00", "13:30"),
        ("2020-12-16", "12:00", "13:30"),
    ],
)
def test_the_sessions_of_2020_start_when_their_clocks_said_13(
    day: str, start: str, end: str
) -> None:
    session = localized(day, "13:00", "14:30")
    assert (session.start, session.end) == (utc(f"{day} {start}"), utc(f"{day} {end}"))
    assert session.form is Form.ZONED
    assert session.notices == ()
    # read to the letter, every one of them would be at 12:00 UTC; in winter that is the same
    literal = utc(f"{day} 12:00")
    assert session.literal_start == (literal if session.start != literal else None)


def test_the_session_of_8_july_is_the_one_that_london_announced() -> None:
    here = localized("2020-07-08", "13:00", "14:30")
    london = localized("2020-07-08", "12:00", "13:30", "Europe/London")
    assert (here.start, here.end) == (london.start, london.end)


def test_winter_sessions_announced_in_summer_time_have_another_reading() -> None:
    cest = Zone("Europe/Berlin", 2 * HOUR, "CEST")
    assert localized("2020-11-18", "13:00", "14:30", cest).literal_start == utc("2020-11-18 11:00")
    assert localized("2020-06-17", "13:00", "14:30", cest).literal_start is None


def test_offsets_are_never_those_of_local_mean_time() -> None:
    session = localized("2020-06-17", "13:00", "14:30")
    assert (session.start.utcoffset(), session.end.utcoffset()) == (2 * HOUR, 2 * HOUR)
    assert session.start.tzname() == "CEST"


@pytest.mark.parametrize(
    ("zone", "start"),
    [("UTC", "13:00"), ("UTC+01:00", "12:00"), ("UTC-05:30", "18:30")],
)
def test_fixed_zones_are_emitted_in_utc(zone: str, start: str) -> None:
    session = localized("2020-06-17", "13:00", "14:30", zone)
    assert session.start == utc(f"2020-06-17 {start}")
    assert (session.form, session.literal_start, session.notices) == (Form.UTC, None, ())


def test_an_end_that_is_not_later_is_on_the_next_day() -> None:
    assert localized("2020-06-17", "23:00", "00:30").end == utc("2020-06-17 22:30")
    assert localized("2020-06-17", "13:00", "13:00").end == utc("2020-06-18 11:00")


def test_a_duration_is_real_time() -> None:
    session = timezones.localize(date(2020, 6, 17), time(13), 1.5 * HOUR, CENTRAL_EUROPEAN_TIME)
    assert session == localized("2020-06-17", "13:00", "14:30")


def test_a_session_across_a_change_of_the_clocks_is_told_its_real_duration() -> None:
    session = localized("2020-03-29", "01:30", "03:30")
    assert session.end - session.start == HOUR
    assert [told(each) for each in session.notices] == [
        (
            (
                "WF224 the clocks in Europe/Berlin change in this session: "
                "`01:30` to `03:30` really lasts 1h"
            ),
            "write `duration: 1h` with the start, or another end, if you mean another length",
        )
    ]
    longer = localized("2020-10-25", "01:30", "03:30")
    assert longer.end - longer.start == 3 * HOUR


@pytest.mark.parametrize(
    ("start", "end", "which"), [("02:30", "04:00", "start"), ("01:00", "02:30", "end")]
)
def test_a_time_that_the_clocks_skip_is_refused_with_its_neighbours(
    start: str, end: str, which: str
) -> None:
    times = (time.fromisoformat(start), time.fromisoformat(end))
    assert told(timezones.localize(date(2020, 3, 29), *times, CENTRAL_EUROPEAN_TIME)) == (
        (
            "WF221 `2020-03-29 02:30` does not exist in Europe/Berlin: "
            "the clocks go from 02:00 to 03:00"
        ),
        f"write `01:30` or `03:30` as the {which}",
    )


def test_a_day_that_a_country_skipped_is_refused_with_the_days_around_it() -> None:
    apia = Zone("Pacific/Apia", None, "Pacific/Apia")
    assert told(timezones.localize(date(2011, 12, 30), time(12), time(13), apia)) == (
        (
            "WF221 `2011-12-30 12:00` does not exist in Pacific/Apia: "
            "the clocks go from 2011-12-30 00:00 to 2011-12-31 00:00"
        ),
        "write `2011-12-29 12:00` or `2011-12-31 12:00` as the start",
    )


def test_a_time_that_happens_twice_is_asked_about() -> None:
    day, zone = date(2020, 10, 25), CENTRAL_EUROPEAN_TIME
    said = (
        (
            "WF222 `2020-10-25 02:30` happens twice in Europe/Berlin: "
            "at 00:30 UTC and, after the clocks go back, at 01:30 UTC"
        ),
        "write `fold: earlier` for 00:30 UTC or `fold: later` for 01:30 UTC",
    )
    assert told(timezones.localize(day, time(2, 30), time(4), zone)) == said
    assert told(timezones.localize(day, time(1), time(2, 30), zone)) == said


def test_a_time_that_happens_twice_is_emitted_in_utc_once_it_is_chosen() -> None:
    day, zone = date(2020, 10, 25), CENTRAL_EUROPEAN_TIME
    earlier = timezones.localize(day, time(2, 30), time(4), zone, fold="earlier")
    later = timezones.localize(day, time(2, 30), time(4), zone, fold="later")
    assert isinstance(earlier, Localized)
    assert isinstance(later, Localized)
    assert (earlier.start, later.start) == (utc("2020-10-25 00:30"), utc("2020-10-25 01:30"))
    assert (earlier.form, later.form) == (Form.UTC, Form.UTC)


def test_an_end_by_duration_that_happens_twice_is_emitted_in_utc() -> None:
    session = timezones.localize(date(2020, 10, 25), time(1, 30), HOUR, CENTRAL_EUROPEAN_TIME)
    assert isinstance(session, Localized)
    assert (session.end, session.form) == (utc("2020-10-25 00:30"), Form.UTC)


def test_a_fold_where_there_is_none_changes_nothing() -> None:
    day = date(2020, 6, 17)
    plain = timezones.localize(day, time(13), time(14), CENTRAL_EUROPEAN_TIME)
    assert timezones.localize(day, time(13), time(14), CENTRAL_EUROPEAN_TIME, fold="later") == plain


@pytest.mark.parametrize(
    ("length", "shown"),
    [(timedelta(), "0m"), (-HOUR, "-1h"), (timedelta(days=1, seconds=1), "24h1s")],
)
def test_a_session_lasts_at_most_a_day(length: timedelta, shown: str) -> None:
    assert told(timezones.localize(date(2020, 6, 17), time(13), length, CENTRAL_EUROPEAN_TIME)) == (
        (
            f"WF223 `{shown}` is no length for a session: it lasts more than nothing and at most "
            "24 hours"
        ),
        "write an end that is at most 24 hours after the start, or a duration such as `1h30m`",
    )


def test_a_day_of_25_hours_is_too_long() -> None:
    day = timezones.localize(date(2020, 10, 24), time(13), time(13), CENTRAL_EUROPEAN_TIME)
    assert told(day)[0].startswith("WF223 `25h` ")


@pytest.mark.parametrize(
    ("day", "start", "code"),
    [
        (date(2038, 1, 1), time(13), "WF225 `2038-01-01`"),
        (date(2037, 12, 31), time(23), "WF225 `2038-01-01`"),
        (date(1969, 12, 31), time(13), "WF226 `1969-12-31`"),
        (date.max, time(23), "WF225 `9999-12-31`"),
        (date.min, time(0), "WF226 `0001-01-01`"),
    ],
)
def test_days_of_which_the_database_knows_nothing_are_refused(
    day: date, start: time, code: str
) -> None:
    problem = timezones.localize(day, start, 2 * HOUR, CENTRAL_EUROPEAN_TIME)
    assert told(problem)[0].startswith(code)


def test_a_zone_without_yearly_rules_is_emitted_in_utc_with_a_note() -> None:
    session = localized("2026-06-17", "13:00", "14:30", "Africa/Cairo")
    assert (session.start, session.form) == (utc("2026-06-17 10:00"), Form.UTC)
    assert [told(each) for each in session.notices] == [
        (
            (
                "WF227 calendars get this session's times in UTC, as no yearly rule tells how "
                "Africa/Cairo set its clocks around 2026"
            ),
            "nothing to do: the instants are right, and every calendar shows them in local time",
        )
    ]


def test_a_day_starts_at_its_first_instant() -> None:
    assert timezones.start_of_day(date(2020, 6, 17), "Europe/Berlin") == utc("2020-06-16 22:00")
    assert timezones.start_of_day(date(2018, 11, 4), "America/Sao_Paulo") == utc("2018-11-04 03:00")
    assert timezones.start_of_day(date(2011, 12, 30), "Pacific/Apia") == utc("2011-12-30 10:00")
    assert timezones.start_of_day(date(2020, 6, 17), "UTC+01:00") == utc("2020-06-16 23:00")


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/Berlin", "2020-06-17T13:00:00+02:00"),
        ("UTC", "2020-06-17T11:00:00+00:00"),
        ("UTC+01:00", "2020-06-17T12:00:00+01:00"),
        ("UTC-05:30", "2020-06-17T05:30:00-05:30"),
    ],
)
def test_an_instant_is_shown_on_the_clocks_of_a_zone(zone: str, shown: str) -> None:
    assert timezones.at(utc("2020-06-17 11:00"), zone).isoformat() == shown


def test_the_database_says_which_it_is() -> None:
    assert timezones.database_version() == pytz.OLSON_VERSION  # type: ignore[attr-defined]  # not in the stubs


def test_a_zone_is_known_by_its_own_spelling() -> None:
    spelled = ["Europe/Berlin", "europe/berlin", "CET", "UTC", "Etc/GMT-1", ""]
    assert [each for each in spelled if timezones.known(each)] == ["Europe/Berlin"]


@given(
    some.sampled_from(timezones.names()),
    some.dates(date(1971, 1, 1), date(2037, 12, 30)),
    some.times(),
    some.sampled_from(["earlier", "later"]),
)
@settings(max_examples=300)
def test_the_start_is_the_wall_time_that_was_written(
    name: str, day: date, start: time, fold: str
) -> None:
    wall = datetime.combine(day, start.replace(second=0, microsecond=0, fold=0))
    chosen = "later" if fold == "later" else "earlier"
    zone = Zone(name, None, name)
    session = timezones.localize(wall.date(), wall.time(), HOUR, zone, fold=chosen)  # type: ignore[arg-type]  # mypy widens the literal
    there = wall.replace(tzinfo=other_reading(name), fold=int(fold == "later"))
    back = there.astimezone(UTC).astimezone(other_reading(name))
    if isinstance(session, Problem):
        # the standard library lands elsewhere when it comes back from a time that does not exist
        assert session.rule is timezones.skipped_time
        assert back.replace(tzinfo=None, fold=0) != wall
    elif name != "Africa/Monrovia":  # 44 minutes 30 seconds until 1972, which pytz rounds
        assert session.start == there.astimezone(UTC)
        assert session.end - session.start == HOUR


def test_times_around_changes_are_read_as_the_standard_library_reads_them() -> None:
    # a time exists once, twice or never; asked of 2 000 wall times near changes, in all zones
    chance = random.Random(2020)  # noqa: S311 - a repeatable choice
    wrong = []
    for _ in range(2000):
        name = chance.choice([each for each in timezones.names() if each != "Africa/Monrovia"])
        changes = [
            each
            for each in getattr(pytz.timezone(name), "_utc_transition_times", [])
            if 1971 <= each.year < 2037
        ]
        if not changes:
            continue
        steps = timedelta(minutes=15) * chance.randint(-56, 56)
        wall = chance.choice(changes).replace(second=0) + steps
        clock = other_reading(name)
        both = {wall.replace(tzinfo=clock, fold=fold).astimezone(UTC) for fold in (0, 1)}
        exist = sorted(
            each for each in both if each.astimezone(clock).replace(tzinfo=None, fold=0) == wall
        )
        if [each.astimezone(UTC) for each in timezones.readings(wall, name)] != exist:
            wrong.append((name, wall))
    assert wrong == []


def test_a_clock_far_from_its_changes_is_the_one_that_pytz_finds() -> None:
    # offset, name and share of summer time; asked of a wall time every 170 days, in all zones
    wrong = []
    for count, name in enumerate(timezones.names()):
        wall = datetime(1970, 1, 1, count % 24, 30)  # noqa: DTZ001 - a wall time has no zone
        clock = pytz.timezone(name)
        while wall.year < 2038:
            found = timezones.readings(wall, name)
            if len(found) == 1:
                theirs = clock.localize(wall, is_dst=None)
                both = [
                    (each, each.utcoffset(), each.dst(), each.tzname())
                    for each in (found[0], theirs)
                ]
                if both[0] != both[1]:
                    wrong.append((name, wall))
            wall += timedelta(days=170, hours=5)
    assert wrong == []


@pytest.mark.parametrize("change", [date(2020, 3, 29), date(2020, 10, 25)])
def test_only_near_a_change_is_a_wall_time_looked_at_closely(change: date) -> None:
    days = [
        each for each in range(-9, 10) if not steady_clock(change + each * DAY, "Europe/Berlin")
    ]

    assert days == [-3, -2, -1, 0, 1, 2, 3]


def test_a_wall_time_before_1970_is_looked_at_closely() -> None:
    wall = datetime(1969, 12, 30)  # noqa: DTZ001 - a wall time has no zone

    assert steady_clock(wall, "Europe/Berlin") is None
    assert [each.isoformat() for each in timezones.readings(wall, "Europe/Berlin")] == [
        "1969-12-30T00:00:00+01:00"
    ]


def test_ids_in_the_table_of_places_are_read_as_all_other_ids_are() -> None:
    other_way = {each: _read(each, "Europe/Berlin", literally=False) for each in tabled()}

    assert {each: timezones.understand(each) for each in tabled()} == other_way
    assert "Europe/Berlin" in tabled() < set(timezones.names())
