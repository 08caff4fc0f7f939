"""The referees agree on a right calendar, and each that can see a planted mistake says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from referees import (
    Event,
    Refused,
    dateutil_instants,
    feedparser_items,
    feedsmith_items,
    ical_js,
    icalendar_events,
    khal_list,
    libical,
    libical_findings,
    libical_properties,
    newsboat_items,
    node_ical,
    outlook_instants,
)
from referees.feeds import Item, served

if TYPE_CHECKING:
    from pathlib import Path

Reader = Callable[[bytes], list[Event]]

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
EVENT = """\
BEGIN:VEVENT
UID:7d9c1f9e-0f0e-5f64-9f5b-{number:012d}
DTSTAMP:20200601T080000Z
SEQUENCE:{number}
DTSTART;TZID=Europe/Berlin:{day}T130000
DTEND;TZID=Europe/Berlin:{day}T143000
SUMMARY:Ours\\, yours\\; everybody’s: “cities”
DESCRIPTION:Two\\nlines
LOCATION:Online
STATUS:CONFIRMED
CATEGORIES:cities,health
URL:https://example.org/{day}?a=1
END:VEVENT
"""
DAYS = ("20200617", "20200708", "20200916", "20201021", "20201118", "20201216")
GOLDEN = (
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//example//EN\n"
    "NAME:Ours\\, yours\nX-WR-CALNAME:Ours\\, yours\n"
    + BERLIN
    + "".join(EVENT.format(number=number, day=day) for number, day in enumerate(DAYS))
    + "END:VCALENDAR\n"
)
INSTANTS = [
    (datetime(2020, 6, 17, 11, 0, tzinfo=UTC), datetime(2020, 6, 17, 12, 30, tzinfo=UTC)),
    (datetime(2020, 7, 8, 11, 0, tzinfo=UTC), datetime(2020, 7, 8, 12, 30, tzinfo=UTC)),
    (datetime(2020, 9, 16, 11, 0, tzinfo=UTC), datetime(2020, 9, 16, 12, 30, tzinfo=UTC)),
    (datetime(2020, 10, 21, 11, 0, tzinfo=UTC), datetime(2020, 10, 21, 12, 30, tzinfo=UTC)),
    (datetime(2020, 11, 18, 12, 0, tzinfo=UTC), datetime(2020, 11, 18, 13, 30, tzinfo=UTC)),
    (datetime(2020, 12, 16, 12, 0, tzinfo=UTC), datetime(2020, 12, 16, 13, 30, tzinfo=UTC)),
]

BY_THE_FILES_ZONE: list[Reader] = [ical_js, libical, dateutil_instants, outlook_instants]
BY_THE_ZONES_NAME: list[Reader] = [node_ical, icalendar_events]
TEXTS: list[Reader] = [ical_js, libical, node_ical, icalendar_events]


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def changed(*changes: tuple[str, str]) -> bytes:
    text = GOLDEN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return crlf(text)


def instants(events: list[Event]) -> list[tuple[datetime, datetime]]:
    return [(event.start, event.end) for event in events]


@pytest.mark.parametrize("reader", BY_THE_FILES_ZONE + BY_THE_ZONES_NAME)
def test_every_reader_finds_the_golden_instants(reader: Reader) -> None:
    assert instants(reader(crlf(GOLDEN))) == INSTANTS


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_khal_shows_the_golden_instants_wherever_one_lives(zone: str) -> None:
    assert instants(khal_list(crlf(GOLDEN), zone)) == INSTANTS


@pytest.mark.parametrize("reader", TEXTS)
def test_every_reader_unescapes_the_texts(reader: Reader) -> None:
    first = reader(crlf(GOLDEN))[0]

    assert first._replace(categories=None) == Event(
        uid="7d9c1f9e-0f0e-5f64-9f5b-000000000000",
        start=INSTANTS[0][0],
        end=INSTANTS[0][1],
        summary="Ours, yours; everybody’s: “cities”",
        description="Two\nlines",
        location="Online",
        status="CONFIRMED",
        sequence=0,
        url="https://example.org/20200617?a=1",
    )


@pytest.mark.parametrize("reader", [ical_js, node_ical, icalendar_events])
def test_categories_are_parted_at_their_commas(reader: Reader) -> None:
    assert {event.categories for event in reader(crlf(GOLDEN))} == {("cities", "health")}


@pytest.mark.parametrize("reader", [ical_js, libical, icalendar_events])
def test_a_written_backslash_is_no_line_break(reader: Reader) -> None:
    event = reader(changed(("DESCRIPTION:Two\\nlines", "DESCRIPTION:C:\\\\new")))[0]

    assert event.description == "C:\\new"


def test_libical_unescapes_the_calendars_names() -> None:
    assert libical_properties(crlf(GOLDEN)) == [
        ("VERSION", "2.0"),
        ("PRODID", "-//example//EN"),
        ("NAME", "Ours, yours"),
        ("X-WR-CALNAME", "Ours, yours"),
    ]


def test_libical_has_nothing_against_a_right_calendar() -> None:
    assert libical_findings(crlf(GOLDEN)) == []


@pytest.mark.parametrize(
    "change",
    [
        ("DTEND;TZID=Europe/Berlin:20200617T143000\n", "DURATION:PT1H\nDTEND:20200617T123000Z\n"),
        ("DTSTART;TZID=Europe/Berlin:20200617T130000", "DTSTART:tomorrow"),
        ("VERSION:2.0\n", "VERSION:2.0\nMETHOD:PUBLISH\n"),
        ("PRODID:-//example//EN\n", ""),
    ],
)
def test_libical_holds_something_against_a_wrong_one(change: tuple[str, str]) -> None:
    assert libical_findings(changed(change)) != []


@pytest.mark.parametrize("reader", BY_THE_FILES_ZONE)
def test_a_zone_that_is_an_hour_off_is_seen(reader: Reader) -> None:
    """The file's rules count, not those that the reader knows under the zone's name."""
    an_hour_off = changed(
        ("TZOFFSETFROM:+0200", "TZOFFSETFROM:+0300"),
        ("TZOFFSETTO:+0200", "TZOFFSETTO:+0300"),
    )
    hour = timedelta(hours=1)

    assert instants(reader(an_hour_off)) == [
        (start - hour, end - hour) if start.month < 11 else (start, end) for start, end in INSTANTS
    ]


@pytest.mark.parametrize("reader", BY_THE_FILES_ZONE)
def test_a_change_of_the_clock_on_the_wrong_day_is_seen(reader: Reader) -> None:
    """Winter that begins in September instead of October moves one session."""
    early = changed(("19701025T030000", "19700927T030000"), ("BYMONTH=10", "BYMONTH=9"))
    moved = [start for start, _ in instants(reader(early))]

    assert [number for number, (start, _) in enumerate(INSTANTS) if start != moved[number]] == [3]


@pytest.mark.parametrize("reader", BY_THE_FILES_ZONE + BY_THE_ZONES_NAME)
def test_a_session_that_is_an_hour_late_is_seen(reader: Reader) -> None:
    late = changed(("20201021T130000", "20201021T140000"))

    assert instants(reader(late))[3] == (
        datetime(2020, 10, 21, 12, 0, tzinfo=UTC),
        datetime(2020, 10, 21, 12, 30, tzinfo=UTC),
    )


def test_khal_shows_a_session_that_is_an_hour_late() -> None:
    late = changed(("20201021T130000", "20201021T140000"))

    assert khal_list(late, "Europe/Berlin")[3].start == datetime(2020, 10, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("reader", [*BY_THE_FILES_ZONE, icalendar_events])
def test_a_time_without_a_zone_is_refused(reader: Reader) -> None:
    with pytest.raises(Refused):
        reader(changed((";TZID=Europe/Berlin:2020", ":2020")))


@pytest.mark.parametrize("reader", BY_THE_FILES_ZONE)
def test_a_zone_that_the_file_does_not_tell_is_refused(reader: Reader) -> None:
    with pytest.raises(Refused):
        reader(changed((BERLIN, "")))


def test_outlook_keeps_only_the_last_of_several_rules() -> None:
    """A zone told change by change, as other libraries do it, is an hour off for Outlook."""
    listed = changed(
        ("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "RDATE:20200329T020000,20210328T020000"),
        ("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "RDATE:20201025T030000,20211031T030000"),
    )

    assert [start.hour for start, _ in instants(outlook_instants(listed))] == [12] * 6
    assert instants(dateutil_instants(listed)) == INSTANTS


def test_outlook_refuses_rules_that_it_cannot_hold() -> None:
    with pytest.raises(Refused):
        outlook_instants(changed(("BYMONTH=10;BYDAY=-1SU", "BYMONTH=10;BYDAY=SU,MO")))


RSS = """\
<rss version="2.0"><channel>
<title>Recordings</title><link>https://example.org/</link><description>All</description>
<item><title>Ours &amp; yours</title><link>https://example.org/1</link>
<guid isPermaLink="false">urn:uuid:1</guid><pubDate>Thu, 18 Jun 2020 07:00:00 +0000</pubDate>
<enclosure url="https://example.org/1.mp4" length="12" type="video/mp4"/></item>
</channel></rss>
"""
ATOM = """\
<feed xmlns="http://www.w3.org/2005/Atom">
<id>urn:uuid:0</id><title>Recordings</title><updated>2020-06-18T07:00:00Z</updated>
<author><name>Us</name></author>
<entry><id>urn:uuid:1</id><title>Ours &amp; yours</title><link href="https://example.org/1"/>
<link rel="enclosure" href="https://example.org/1.mp4" length="12" type="video/mp4"/>
<published>2020-06-18T09:00:00+02:00</published><updated>2020-06-18T07:00:00Z</updated></entry>
</feed>
"""
JSON_FEED = """\
{"version": "https://jsonfeed.org/version/1.1", "title": "Recordings", "items": [
 {"id": "urn:uuid:1", "title": "Ours & yours", "url": "https://example.org/1",
  "date_published": "2020-06-18T07:00:00Z", "date_modified": "2020-06-18T07:00:00Z",
  "content_text": "", "attachments": [{"url": "https://example.org/1.mp4",
  "mime_type": "video/mp4"}]}]}
"""
MORNING = datetime(2020, 6, 18, 7, 0, tzinfo=UTC)
ITEM = Item(
    id="urn:uuid:1",
    title="Ours & yours",
    link="https://example.org/1",
    published=MORNING,
    updated=MORNING,
    enclosures=("https://example.org/1.mp4",),
)


def test_both_parsers_read_the_same_in_every_kind_of_feed() -> None:
    """RSS has no word for when an item was changed last."""
    in_rss = ITEM._replace(updated=None)

    assert feedparser_items(RSS.encode()) == [in_rss]
    assert feedsmith_items(RSS.encode()) == [in_rss]
    assert feedparser_items(ATOM.encode()) == [ITEM]
    assert feedsmith_items(ATOM.encode()) == [ITEM]
    assert feedsmith_items(JSON_FEED.encode()) == [ITEM]


@pytest.mark.parametrize("name", ["feed.rss", "feed.atom"])
def test_newsboat_fetches_and_shows_the_item(tmp_path: Path, name: str) -> None:
    (tmp_path / "feed.rss").write_text(RSS, encoding="utf-8")
    (tmp_path / "feed.atom").write_text(ATOM, encoding="utf-8")

    with served(tmp_path) as address:
        assert newsboat_items(f"{address}/{name}") == [ITEM._replace(updated=None)]


def test_a_feed_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "feed.rss").write_text("<rss", encoding="utf-8")

    with pytest.raises(Refused):
        feedparser_items(b"<rss")
    with pytest.raises(Refused):
        feedsmith_items(b"<rss")
    with served(tmp_path) as address, pytest.raises(Refused):
        newsboat_items(f"{address}/feed.rss")
