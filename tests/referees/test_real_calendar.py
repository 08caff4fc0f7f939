"""The published calendar and invites of the real series, as everybody else reads them.

Numbers such as C11 and I2 are the requirements this is held to; each test names those it proves.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from referees import (
    Event,
    dateutil_instants,
    ical_js,
    icalendar_events,
    khal_list,
    libical,
    libical_findings,
    libical_properties,
    node_ical,
    outlook_instants,
    plain,
)

OUTPUT = Path(__file__).resolve().parents[2] / "output"
SERIES = OUTPUT / "learning-cities-recovery"
CALENDAR = SERIES / "calendar.ics"
GOLDEN = {
    "inclusion": (
        datetime(2020, 6, 17, 11, 0, tzinfo=UTC),
        datetime(2020, 6, 17, 12, 30, tzinfo=UTC),
    ),
    "measurement": (
        datetime(2020, 7, 8, 11, 0, tzinfo=UTC),
        datetime(2020, 7, 8, 12, 30, tzinfo=UTC),
    ),
    "tvet": (datetime(2020, 9, 16, 11, 0, tzinfo=UTC), datetime(2020, 9, 16, 12, 30, tzinfo=UTC)),
    "sustainable-development": (
        datetime(2020, 10, 21, 11, 0, tzinfo=UTC),
        datetime(2020, 10, 21, 12, 30, tzinfo=UTC),
    ),
    "participatory-research": (
        datetime(2020, 11, 18, 12, 0, tzinfo=UTC),
        datetime(2020, 11, 18, 13, 30, tzinfo=UTC),
    ),
    "health": (
        datetime(2020, 12, 16, 12, 0, tzinfo=UTC),
        datetime(2020, 12, 16, 13, 30, tzinfo=UTC),
    ),
}
INVITES = [SERIES / "invites" / f"{identifier}.ics" for identifier in GOLDEN]
FILES = sorted({CALENDAR, *INVITES, *OUTPUT.rglob("*.ics")})
CALENDARS = sorted({CALENDAR, *OUTPUT.rglob("calendar*.ics")})

Reader = Callable[[bytes], list[Event]]
READERS: list[Reader] = [
    ical_js,
    libical,
    dateutil_instants,
    outlook_instants,
    node_ical,
    icalendar_events,
]
UTC_TIME = r"\d{8}T\d{6}Z"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def name(path: object) -> str:
    return path.relative_to(OUTPUT).as_posix() if isinstance(path, Path) else str(path)


every_file = pytest.mark.parametrize("path", FILES, ids=name)
every_calendar = pytest.mark.parametrize("path", CALENDARS, ids=name)
every_invite = pytest.mark.parametrize("path", INVITES, ids=name)


def instants(events: list[Event]) -> list[tuple[datetime, datetime]]:
    return [(event.start, event.end) for event in events]


def events(path: Path) -> list[plain.Component]:
    return plain.calendar(path.read_bytes()).parts("VEVENT")


# Instants (2.5): by the file's own zone, by the zone's name, and on people's screens.


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_finds_the_golden_instants_in_the_calendar(reader: Reader) -> None:
    assert instants(reader(CALENDAR.read_bytes())) == list(GOLDEN.values())


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("identifier", GOLDEN)
def test_every_reader_finds_the_golden_instants_in_an_invite(
    reader: Reader, identifier: str
) -> None:
    data = (SERIES / "invites" / f"{identifier}.ics").read_bytes()

    assert instants(reader(data)) == [GOLDEN[identifier]]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Bogota", "Asia/Kolkata"])
def test_khal_shows_the_golden_instants_wherever_one_lives(zone: str) -> None:
    assert instants(khal_list(CALENDAR.read_bytes(), zone)) == list(GOLDEN.values())


@pytest.mark.parametrize("identifier", GOLDEN)
def test_khal_shows_the_golden_instants_of_an_invite(identifier: str) -> None:
    data = (SERIES / "invites" / f"{identifier}.ics").read_bytes()

    assert instants(khal_list(data, "Australia/Melbourne")) == [GOLDEN[identifier]]


# What the readers understand is the same text, whoever reads it (C4).


@every_file
def test_the_readers_understand_the_same_texts(path: Path) -> None:
    """Libical parts no categories, and node-ical only escapes that hold no backslash."""
    data = path.read_bytes()
    parted = ical_js(data)

    assert libical(data) == [event._replace(categories=None) for event in parted]
    assert icalendar_events(data) == parted
    assert node_ical(data) == parted


@every_file
def test_libical_finds_nothing_to_complain_about(path: Path) -> None:
    assert libical_findings(path.read_bytes()) == []


# Bytes and lines (RFC 5545 §3.1).


@every_file
def test_lines_end_in_crlf_and_there_is_no_byte_order_mark(path: Path) -> None:
    """C1."""
    data = path.read_bytes()

    assert re.findall(rb"[\r\n]", data.replace(b"\r\n", b"")) == []
    assert data.startswith(b"BEGIN:VCALENDAR\r\n")
    assert data.endswith(b"\r\nEND:VCALENDAR\r\n")


@every_file
def test_no_line_is_longer_than_75_octets_or_parts_a_letter(path: Path) -> None:
    """C2."""
    lines = path.read_bytes().split(b"\r\n")

    assert [line for line in lines if len(line) > 75] == []
    assert b"\r\n".join(lines).decode() == "\r\n".join(line.decode() for line in lines)


@every_file
def test_no_fold_parts_an_escape(path: Path) -> None:
    r"""C3: Google drops an event whose `\n` begins on one line and ends on the next."""
    lines = path.read_bytes().split(b"\r\n")

    assert [line for line in lines if (len(line) - len(line.rstrip(b"\\"))) % 2] == []


@every_file
def test_there_are_no_control_characters(path: Path) -> None:
    """C5."""
    logical = b"".join(line.encode() for line in plain.unfolded(path.read_bytes()))

    assert re.findall(rb"[\x00-\x08\x0a-\x1f\x7f]", logical) == []


# The calendar object.


@every_file
def test_a_file_is_one_calendar_by_our_name(path: Path) -> None:
    """C6, C7, C38."""
    calendar = plain.calendar(path.read_bytes())

    assert [line.value for line in calendar.all("VERSION")] == ["2.0"]
    assert [line.value for line in calendar.all("PRODID")] == [
        "-//webinar-feeds//webinar-feeds 1//EN"
    ]
    assert calendar.all("METHOD") == []
    assert {part.name for part in calendar.components} <= {"VTIMEZONE", "VEVENT"}
    assert calendar.parts("VEVENT") != []


@every_file
def test_the_calendars_own_properties_come_first(path: Path) -> None:
    """C8: Outlook does not look at those that come later."""
    lines = plain.unfolded(path.read_bytes())
    first = next(
        number for number, line in enumerate(lines) if number and line.startswith("BEGIN:")
    )
    depths = [1]
    for line in lines[first:]:
        depths.append(depths[-1] + line.startswith("BEGIN:") - line.startswith("END:"))
    outside = [
        line
        for line, depth in zip(lines[first:], depths, strict=False)
        if depth == 1 and not line.startswith(("BEGIN:", "END:"))
    ]

    assert outside == []


@every_calendar
def test_a_calendar_says_its_name_twice_and_the_same(path: Path) -> None:
    """C30."""
    said = dict(libical_properties(path.read_bytes()))

    assert said["NAME"] == said["X-WR-CALNAME"] != ""
    assert said.get("DESCRIPTION") == said.get("X-WR-CALDESC")


@every_calendar
def test_a_calendar_asks_to_be_fetched_twice_a_day(path: Path) -> None:
    """C31, C32."""
    lines = plain.unfolded(path.read_bytes())

    assert [line for line in lines if line.startswith(("REFRESH", "X-PUB"))] == [
        "REFRESH-INTERVAL;VALUE=DURATION:PT12H",
        "X-PUBLISHED-TTL:PT12H",
    ]


@every_calendar
def test_a_calendar_names_its_own_address_only_if_it_is_known(path: Path) -> None:
    """C33: the address that is said ends in the place where the file lies."""
    calendar = plain.calendar(path.read_bytes())
    site = (OUTPUT.parent / "events" / "site.yaml").read_text(encoding="utf-8")
    base = re.search(r"(?m)^base_url: *[\"']?(https?://\S+?)/?[\"']?$", site)
    wanted = [f"{base[1]}/{path.relative_to(OUTPUT).as_posix()}"] if base else []

    assert [line.value for line in calendar.all("SOURCE")] == wanted
    assert {line.parameters.get("VALUE") for line in calendar.all("SOURCE")} <= {"URI"}


@every_calendar
def test_a_calendar_has_a_name_for_itself_and_was_last_modified_with_its_last_session(
    path: Path,
) -> None:
    """C34: or later, when the series itself was."""
    calendar = plain.calendar(path.read_bytes())
    sessions = [one.one("LAST-MODIFIED").value for one in calendar.parts("VEVENT")]

    assert re.fullmatch(UUID, calendar.one("X-WR-RELCALID").value)
    assert re.fullmatch(UTC_TIME, calendar.one("LAST-MODIFIED").value)
    assert calendar.one("LAST-MODIFIED").value >= max(sessions)


# Events.


@every_file
def test_an_event_has_once_what_it_has_to_have(path: Path) -> None:
    """C10, C15, C16."""
    once = ("UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "CREATED", "LAST-MODIFIED", "SUMMARY")
    counts = [[len(event.all(key)) for key in once] for event in events(path)]

    assert counts == [[1] * len(once)] * len(counts)
    assert [event.all("DURATION") for event in events(path)] == [[]] * len(counts)
    assert [event.one("SEQUENCE").value.isdecimal() for event in events(path)] == [True] * len(
        counts
    )


@every_file
def test_a_uid_is_a_uuid_and_nobody_elses(path: Path) -> None:
    """C12."""
    uids = [event.one("UID").value for event in events(path)]

    assert [uid for uid in uids if not re.fullmatch(UUID, uid)] == []
    assert len(set(uids)) == len(uids)


@every_file
def test_stamps_are_utc_and_the_time_of_the_last_revision(path: Path) -> None:
    """C13, C14."""
    for event in events(path):
        assert re.fullmatch(UTC_TIME, event.one("CREATED").value)
        assert re.fullmatch(UTC_TIME, event.one("LAST-MODIFIED").value)
        assert event.one("DTSTAMP") == event.one("LAST-MODIFIED")._replace(name="DTSTAMP")
        assert event.one("CREATED").value <= event.one("LAST-MODIFIED").value


@every_file
def test_an_event_ends_after_it_starts_and_on_the_same_clock(path: Path) -> None:
    """C16."""
    for event in events(path):
        assert event.one("DTEND").parameters == event.one("DTSTART").parameters
        assert event.one("DTEND").value.endswith("Z") == event.one("DTSTART").value.endswith("Z")
    assert [event for event in libical(path.read_bytes()) if event.end <= event.start] == []


@every_file
def test_no_time_floats_and_every_zone_is_told_once(path: Path) -> None:
    """C17, C18."""
    calendar = plain.calendar(path.read_bytes())
    used = set()
    for event in calendar.parts("VEVENT"):
        for line in (event.one("DTSTART"), event.one("DTEND")):
            if "TZID" in line.parameters:
                assert re.fullmatch(r"\d{8}T\d{6}", line.value)
                assert re.fullmatch(r"[A-Z][A-Za-z_]+(/[A-Za-z_+-]+)+", line.parameters["TZID"])
                used.add(line.parameters["TZID"])
            else:
                assert re.fullmatch(UTC_TIME, line.value)
    told = [zone.one("TZID").value for zone in calendar.parts("VTIMEZONE")]

    assert told == sorted(used)


def test_nobody_is_named_as_a_participant_in_anything_published() -> None:
    """C21: neither in calendars nor in anything else."""
    published = [path for path in OUTPUT.rglob("*") if path.is_file()]

    assert CALENDAR in published
    assert [
        name(path)
        for path in published
        if re.search(rb"(?im)^(ATTENDEE|ORGANIZER)\b|mailto:", path.read_bytes())
    ] == []


# Invites.


def test_there_is_an_invite_for_every_session_and_none_besides() -> None:
    assert sorted((SERIES / "invites").iterdir()) == sorted(INVITES)


@every_invite
def test_an_invite_does_not_name_a_calendar(path: Path) -> None:
    """I1: Outlook would make a new calendar for it."""
    lines = plain.calendar(path.read_bytes()).lines

    assert [line.name for line in lines] == ["VERSION", "PRODID", "CALSCALE"]


@every_invite
def test_an_invite_is_the_calendars_event(path: Path) -> None:
    """I2: what is added once and what is subscribed to are the same event."""
    (invited,) = events(path)

    assert invited in events(CALENDAR)
    assert plain.texts(path.read_bytes(), "VTIMEZONE") == plain.texts(
        CALENDAR.read_bytes(), "VTIMEZONE"
    )
