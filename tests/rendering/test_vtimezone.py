from __future__ import annotations

import io
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dateutil import tz as dateutil_tz

from webinar_feeds import timezones
from webinar_feeds.rendering import vtimezone

ROOT = Path(__file__).parents[2]

BERLIN = """\
BEGIN:VTIMEZONE
TZID:Europe/Berlin
X-LIC-LOCATION:Europe/Berlin
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""


def said(zone: str, year: int = 2020) -> list[str]:
    lines = vtimezone.lines(zone, year, year)
    assert lines is not None
    return list(lines)


def test_berlin_is_the_golden_text() -> None:
    assert said("Europe/Berlin") == BERLIN.splitlines()


def test_a_zone_without_summer_time_is_one_standard() -> None:
    assert said("Asia/Kolkata") == [
        "BEGIN:VTIMEZONE",
        "TZID:Asia/Kolkata",
        "X-LIC-LOCATION:Asia/Kolkata",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZNAME:IST",
        "TZOFFSETFROM:+0530",
        "TZOFFSETTO:+0530",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]


def test_a_zone_without_a_name_keeps_the_number_it_has() -> None:
    assert said("America/Sao_Paulo", 2026)[3:9] == [
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZNAME:-03",
        "TZOFFSETFROM:-0300",
        "TZOFFSETTO:-0300",
        "END:STANDARD",
    ]


def test_dublin_has_its_larger_offset_in_daylight() -> None:
    assert said("Europe/Dublin")[3:17] == [
        "BEGIN:DAYLIGHT",
        "DTSTART:19700329T010000",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "TZNAME:IST",
        "TZOFFSETFROM:+0000",
        "TZOFFSETTO:+0100",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:19701025T020000",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "TZNAME:GMT",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0000",
        "END:STANDARD",
    ]


def test_weeks_count_from_the_first_where_the_law_says_so() -> None:
    assert [each for each in said("America/New_York") if each.startswith(("RRULE", "DTSTART"))] == [
        "DTSTART:19700308T020000",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
        "DTSTART:19701101T020000",
        "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
    ]


@pytest.mark.parametrize(
    ("zone", "year"),
    [
        ("Africa/Cairo", 2026),  # ends at 24:00
        ("America/Nuuk", 2026),  # changes at -1:00
        ("Asia/Gaza", 2026),  # changes at 50:00
        ("Africa/Casablanca", 2020),  # follows Ramadan
        ("Asia/Amman", 2020),  # has abolished the change since
        ("Europe/Berlin", 1990),  # went back in September then
        ("Europe/Berlin", 1971),  # its rules start in 1970 only
    ],
)
def test_a_zone_that_yearly_rules_cannot_say_is_not_said(zone: str, year: int) -> None:
    assert vtimezone.lines(zone, year, year) is None


def test_a_rule_must_hold_in_the_years_around_too() -> None:
    # the European Union's last Sunday of October dates from 1996
    assert [
        year for year in range(1994, 2000) if vtimezone.lines("Europe/Berlin", year, year) is None
    ] == [1994, 1995, 1996]


def test_every_zone_is_said_in_the_form_that_calendars_ask_for() -> None:
    def observance(name: str) -> str:
        return (
            rf"BEGIN:{name}\nDTSTART:1970\d{{4}}T\d{{6}}\n"
            r"(RRULE:FREQ=YEARLY;BYMONTH=\d+;BYDAY=(-1|[1-4])[A-Z]{2}\n)?"
            r"TZNAME:[A-Za-z0-9+-]+\nTZOFFSETFROM:[+-]\d{4}\nTZOFFSETTO:[+-]\d{4}\n"
            rf"END:{name}\n"
        )

    form = (
        r"BEGIN:VTIMEZONE\nTZID:(?P<zone>\S+)\nX-LIC-LOCATION:(?P=zone)\n"
        rf"({observance('DAYLIGHT')})?{observance('STANDARD')}END:VTIMEZONE\n"
    )
    texts = [vtimezone.lines(zone, 2026, 2026) for zone in timezones.names()]
    joined = ["\n".join([*lines, ""]) for lines in texts if lines is not None]
    assert [text for text in joined if not re.fullmatch(form, text)] == []
    assert len(joined) > 400


def test_dateutil_reads_every_half_hour_of_2020_as_the_database_has_it() -> None:
    text = BERLIN.replace("X-LIC-LOCATION:Europe/Berlin\n", "")
    clock = dateutil_tz.tzical(io.StringIO(f"BEGIN:VCALENDAR\n{text}END:VCALENDAR\n")).get()
    start = datetime(2020, 1, 1, tzinfo=UTC)
    instants = [start + step * timedelta(minutes=30) for step in range(366 * 48)]
    assert [
        each
        for each in instants
        if each.astimezone(clock).utcoffset() != timezones.at(each, "Europe/Berlin").utcoffset()
    ] == []


def test_independent_readers_agree_with_the_database_in_every_zone() -> None:
    proof = subprocess.run(
        [sys.executable, "scripts/prove_vtimezones.py", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (proof.returncode, proof.stderr) == (0, "")
    assert "mismatches               0\n" in proof.stdout
