"""What differs is found, whichever field it is in, and said with both values."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from webinar_feeds import api, pipeline, published, site_ledger, verification
from webinar_feeds.verification import Look, Stale, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hypothesis.strategies import DataObject

NOW = datetime(2027, 1, 1, tzinfo=UTC)
SITE = """\
title: Our webinars
base_url: https://w.example.org/
publisher: The Library
"""
SERIES = r"""
title: {en: "Open science & <lunch>", fr: "Science ouverte, à midi"}
summary: {en: "Short *talks*; with, commas \\ and <tags>", fr: De **courts** exposés}
organizers: [The Library, {name: Graduate School, url: https://www.example.org/graduates}]
page: https://www.example.org/open-science
timezone: Europe/Berlin
time: 12:30–13:15
platform: Zoom
topics: [open science, "C++"]
alarms: 15m
sessions:
  - id: preprints
    date: 2026-01-14
    title: "Preprints; and “who” reads, them 🎓"
    formerly: pre-prints
    talks:
      - title: What happened
        speakers: [{name: Ana Lima, role: Biologist, city: Lisbon, timezone: Europe/Lisbon}]
    recording:
      url: https://video.example.org/preprints?a=1&b=2
      duration: 44m
      captions: https://video.example.org/preprints.vtt
      poster: https://video.example.org/preprints.jpg
      files:
        - {url: https://video.example.org/p.mp4, media_type: video/mp4, size: 12345678}
        - {url: https://video.example.org/p.mp3, media_type: audio/mpeg}
  - id: data
    date: 2026-02-11
    time: 17:00–18:00
    title: Data
    languages: [en, fr]
    talks: [{title: Data, speakers: [Ana Lima]}]
    recordings:
      - {id: english, language: en, url: announced}
      - id: french
        language: fr
        url: https://media.example.org/data.mp3
        size: 19922944
        published: 2026-02-12 09:30
        duration: 58m
  - {id: late, date: 2027-03-11, title: Late, status: postponed}
  - {id: off, date: 2027-03-12, title: Off, status: cancelled}
  - id: open
    date: 2027-03-13
    title: Open
    status: tentative
    join: {url: https://meet.example.org/2, audience: public}
  - {id: utc, date: 2027-04-13, time: 23:00–00:30, timezone: UTC, title: In UTC}
  - {id: rabat, date: 2027-04-14, time: 12:00–13:00, timezone: Africa/Casablanca, title: In Rabat}
"""
BARE = """\
title: Bare
sessions: [{id: one, date: 2027-05-01, time: 12:00–13:00, timezone: UTC, title: One}]
"""
CALENDAR = "open-science/calendar.ics"
ALARMS = "open-science/calendar-alarms.ics"
INVITE = "open-science/invites/data.ics"
RSS, ATOM, JSON = (f"open-science/recordings.{kind}" for kind in ("rss", "atom", "json"))
CHANGES = "changes.atom"
DTSTART = "DTSTART;TZID=Europe/Berlin:20260211T170000"
ITEM = r"item urn:uuid:[-\w]+"

Looked = Callable[[], list[Look]]


def build(root: Path, *series: tuple[str, str], site: str = SITE) -> Path:
    (root / "events").mkdir()
    (root / "events/site.yaml").write_text(site, encoding="utf-8")
    for name, text in series:
        (root / f"events/{name}.yaml").write_text(text, encoding="utf-8")
    done = api.build(root / "events", root / "output", now=NOW)
    assert [each for each in done.diagnostics if each.severity == "error"] == []
    return root


def looker(root: Path, now: datetime = NOW, *, whole: bool = True) -> Looked:
    """What looks at what has been built there; the event files are read only once."""
    loaded = pipeline.load(pipeline.gather(root / "events"))
    shown, _ = site_ledger.parse((root / "events/ledger/site.jsonl").read_bytes(), "site.jsonl")

    def looked() -> list[Look]:
        there = published.open(str(root / "output"))
        return list(verification.verify(loaded, shown, there, now, whole=whole))

    return looked


def differences(looks: list[Look]) -> list[tuple[str, str]]:
    return [(path, said) for look in looks for path, said in look.differences]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of two series with everything that can be in one."""
    return build(tmp_path_factory.mktemp("site"), ("open-science", SERIES), ("bare", BARE))


@pytest.fixture(scope="module")
def looked(root: Path) -> Looked:
    return looker(root)


@contextmanager
def instead(root: Path, path: str, data: bytes | None) -> Iterator[None]:
    """Other bytes in a file of the output, or no file, for a while."""
    file = root / "output" / path
    before = file.read_bytes()
    try:
        if data is None:
            file.unlink()
        else:
            file.write_bytes(data)
        yield
    finally:
        file.write_bytes(before)


def edited(root: Path, path: str, old: str, new: str) -> bytes:
    """A file with the first of some words replaced by others."""
    before = (root / "output" / path).read_bytes()
    after = before.replace(old.encode(), new.encode(), 1)
    assert after != before
    return after


# What is as it should be.


def test_everything_that_is_built_is_looked_at_and_is_equal(root: Path, looked: Looked) -> None:
    names = {"calendar.ics", "calendar-alarms.ics"}
    files = [path for path in (root / "output").rglob("*") if path.is_file()]
    calendars = [path for path in files if path.name in names or path.parent.name == "invites"]
    feeds = [path for path in files if path.stem in ("recordings", "changes")]
    looks = looked()

    assert [(each.name, each.differences) for each in looks] == [
        ("bare", ()),
        ("open-science", ()),
        ("site", ()),
    ]
    assert sum(each.calendars for each in looks) == len(calendars)
    assert sum(each.feeds for each in looks) == len(feeds)
    assert looks[0] == Look("bare", calendars=2, events=2, feeds=4, items=1, differences=())


def test_the_real_series_is_equal(repository: Path) -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)

    assert differences(looker(repository, now)()) == []


def test_a_site_without_address_calendar_or_feeds_is_equal(tmp_path: Path) -> None:
    for number, site in enumerate(("title: X", "formats: [feeds]", "formats: [calendar]")):
        folder = tmp_path / str(number)
        folder.mkdir()
        build(folder, ("bare", BARE), site=f"{site}\n")

        assert differences(looker(folder)()) == []


def test_what_has_been_removed_renamed_and_has_left_is_equal(tmp_path: Path) -> None:
    """The site's own ledger remembers views, and feeds what has left the calendars (H10, C24)."""
    build(tmp_path, ("open-science", SERIES))
    text = SERIES.replace("id: rabat", "id: morocco, formerly: rabat")
    text = re.sub(r"  - id: data\n.*?(?=  - \{id: late)", "", text, flags=re.DOTALL)
    text = text.replace("sessions:", "removed: [data]\nkeep_cancelled: 10d\nsessions:", 1)
    (tmp_path / "events/open-science.yaml").write_text(text, encoding="utf-8")
    later = NOW + timedelta(days=100)
    for now in (NOW + timedelta(days=1), later):
        done = api.build(tmp_path / "events", tmp_path / "output", now=now)
        assert [each for each in done.diagnostics if each.severity == "error"] == []

    assert differences(looker(tmp_path, later)()) == []


def test_one_series_is_looked_at_without_the_site(root: Path) -> None:
    loaded = pipeline.load(pipeline.gather(root / "events/bare.yaml"))
    there = published.open(str(root / "output"))

    looks = verification.verify(loaded, None, there, NOW, whole=False)

    assert [each.name for each in looks] == ["bare"]


def test_a_lost_memory_of_the_site_tells_the_same_views(root: Path) -> None:
    loaded = pipeline.load(pipeline.gather(root / "events"))
    there = published.open(str(root / "output"))

    assert differences(list(verification.verify(loaded, None, there, NOW, whole=True))) == []


# What differs in calendars.


def has(what: str, told: str, expected: str, source: str = "the event file") -> str:
    return f"session data has the {what} {told}, but {source} says {expected}"


START = "2026-02-11 16:00 UTC"
OTHER = "2026-01-01 00:00 UTC", "2027-01-01 00:00 UTC", "the ledger"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (DTSTART, DTSTART.replace("17", "18"), [has("DTSTART", "2026-02-11 17:00 UTC", START)]),
        (DTSTART, "DTSTART:20260211T160000Z", [has("DTSTART in the zone", "UTC", "Europe/Berlin")]),
        (
            DTSTART,
            DTSTART.replace("Berlin", "Paris"),
            [
                has("DTSTART in the zone", "Europe/Paris", "Europe/Berlin"),
                (
                    "session data has the DTSTART in Europe/Paris, of which the calendar does not "
                    "tell the rules"
                ),
            ],
        ),
        (
            DTSTART,
            "DTSTART;VALUE=DATE:20260211",
            [has("DTSTART", "2026-02-11, which is no instant", START)],
        ),
        (
            DTSTART,
            "DTSTART:20260211T170000",
            [has("DTSTART", "2026-02-11 17:00:00, which is no instant", START)],
        ),
        (
            DTSTART,
            "DTSTART:soon",
            [
                (
                    "session data: icalendar does not understand the DTSTART: Expected datetime, "
                    "date, or time. Got: 'soon'"
                )
            ],
        ),
        (
            f"{DTSTART}\r\n",
            "",
            ["session data cannot be understood by icalendar: 'DTSTART'"],
        ),
        (
            "DTEND;TZID=Europe/Berlin:20260211T180000",
            "DTEND;TZID=Europe/Berlin:20260211T183000",
            [has("DTEND", "2026-02-11 17:30 UTC", "2026-02-11 17:00 UTC")],
        ),
        (
            "TZOFFSETTO:+0100",
            "TZOFFSETTO:+0200",
            [
                has("DTSTART", "2026-02-11 15:00 UTC by its own VTIMEZONE", START),
                has("DTEND", f"{START} by its own VTIMEZONE", "2026-02-11 17:00 UTC"),
            ],
        ),
        ("SEQUENCE:0", "SEQUENCE:1", [has("SEQUENCE", "1", "0", "the ledger")]),
        (
            "SEQUENCE:0",
            "SEQUENCE:none",
            ["session data: icalendar does not understand the SEQUENCE: Expected int, got: none"],
        ),
        ("STATUS:CONFIRMED", "STATUS:CANCELLED", [has("STATUS", "“CANCELLED”", "“CONFIRMED”")]),
        ("SUMMARY:Data", "SUMMARY:Dada", [has("SUMMARY", "“Dada”", "“Data”")]),
        ("SUMMARY:Data\r\n", "", [has("SUMMARY", "nothing", "“Data”")]),
        (
            "SUMMARY:Data",
            "SUMMARY:Data\r\nSUMMARY:Dada",
            [has("SUMMARY", "“Data”, “Dada”", "“Data”")],
        ),
        ("LOCATION:Zoom", "LOCATION:Teams", [has("LOCATION", "“Teams”", "“Zoom”")]),
        (
            "URL:https://www.example.org/open-science",
            "URL:https://example.com/",
            [has("URL", "“https://example.com/”", "“https://www.example.org/open-science”")],
        ),
        (
            "CATEGORIES:open science,C++",
            "CATEGORIES:open science",
            [has("CATEGORIES", "“open science”", "“open science”, “C++”")],
        ),
        ("TRANSP:OPAQUE", "TRANSP:TRANSPARENT", [has("TRANSP", "“TRANSPARENT”", "“OPAQUE”")]),
        ("CREATED:2027", "CREATED:2026", [has("CREATED", *OTHER)]),
        ("DTSTAMP:2027", "DTSTAMP:2026", [has("DTSTAMP", *OTHER)]),
        ("LAST-MODIFIED:2027", "LAST-MODIFIED:2026", [has("LAST-MODIFIED", *OTHER)]),
        (
            "STATUS:",
            "ATTENDEE:mailto:ana@example.org\r\nSTATUS:",
            [has("ATTENDEE", "“mailto:ana@example.org”", "nothing")],
        ),
        (
            "END:VEVENT",
            "BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT",
            ["session data has as reminder -5 minutes, but the event file says nothing"],
        ),
        (
            "CALSCALE:",
            "METHOD:PUBLISH\r\nCALSCALE:",
            ["the calendar has the METHOD “PUBLISH”, but the event file says nothing"],
        ),
        (
            "END:VCALENDAR",
            "BEGIN:VTODO\r\nUID:1\r\nEND:VTODO\r\nEND:VCALENDAR",
            ["has a VTODO"],
        ),
        ("END:VEVENT", "END:VEVEN", ["is no calendar"]),
        (
            "END:VCALENDAR",
            "END:VCALENDAR\r\nEND:VCALENDAR",
            ["icalendar cannot read it: END encountered without an accompanying BEGIN!"],
        ),
        ("BEGIN:VCALENDAR", "BEGIN:VEVENT", ["is no calendar"]),
    ],
)
def test_another_value_in_an_event_is_found_and_named(
    root: Path, looked: Looked, old: str, new: str, expected: list[str]
) -> None:
    with instead(root, INVITE, edited(root, INVITE, old, new)):
        found = differences(looked())

    assert found == [(INVITE, words) for words in expected]


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (
            "open-science/fr/calendar.ics",
            "\r\nNAME:Science",
            "\r\nNAME:Sciences",
            (
                "the calendar has the NAME “Sciences ouverte, à midi”, but the event file says "
                "“Science ouverte, à midi”"
            ),
        ),
        (
            CALENDAR,
            "DURATION:PT12H",
            "DURATION:PT12M",
            "the calendar has the REFRESH-INTERVAL 12 minutes, but the event file says 720 minutes",
        ),
        (
            CALENDAR,
            "SOURCE;VALUE=URI:https://w.",
            "SOURCE;VALUE=URI:https://v.",
            (
                "the calendar has the SOURCE “https://v.example.org/open-science/calendar.ics”, "
                "but the event file says “https://w.example.org/open-science/calendar.ics”"
            ),
        ),
        (
            "calendar.ics",
            "LAST-MODIFIED:2027",
            "LAST-MODIFIED:2028",
            (
                "the calendar has the LAST-MODIFIED 2028-01-01 00:00 UTC, but the ledger says "
                "2027-01-01 00:00 UTC"
            ),
        ),
        (
            ALARMS,
            "TRIGGER:-PT15M",
            "TRIGGER:-PT5M",
            "session preprints has as reminder -5 minutes, but the event file says -15 minutes",
        ),
        (
            "open-science/invites/off.ics",
            "SUMMARY:CANCELLED: Off",
            "SUMMARY:Off",
            "session off has the SUMMARY “Off”, but the event file says “CANCELLED: Off”",
        ),
        (
            "open-science/invites/late.ics",
            "STATUS:TENTATIVE",
            "STATUS:CANCELLED",
            "session late has the STATUS “CANCELLED”, but the event file says “TENTATIVE”",
        ),
        (
            "open-science/invites/utc.ics",
            "DTSTART:20270413T230000Z",
            "DTSTART:20270413T223000Z",
            (
                "session utc has the DTSTART 2027-04-13 22:30 UTC, but the event file says "
                "2027-04-13 23:00 UTC"
            ),
        ),
        (
            CALENDAR,
            "END:VCALENDAR\r\n",
            "",
            (
                "icalendar cannot read it: Found no components where exactly one is required: "
                "b'BEGIN:VCALENDAR\\r\\nVERSION:2.0\\r\\nPRODID:-//web' [...]"
            ),
        ),
        (
            "open-science/ledger.jsonl",
            '"sequence": 0',
            '"sequence": 1',
            "is not the copy of the ledger that a build puts there",
        ),
    ],
)
def test_another_value_in_a_calendar_is_found_and_named(  # noqa: PLR0917 - as many columns
    root: Path, looked: Looked, path: str, old: str, new: str, expected: str
) -> None:
    with instead(root, path, edited(root, path, old, new)):
        found = differences(looked())

    assert found == [(path, expected)]


def test_another_description_is_shown_as_far_as_it_is_another(root: Path, looked: Looked) -> None:
    with instead(root, INVITE, edited(root, INVITE, "DESCRIPTION:", "DESCRIPTION:New: ")):
        ((where, said),) = differences(looked())

    assert where == INVITE
    assert re.fullmatch(
        "session data has the DESCRIPTION “New: .{55}…”, but the event file says “.{60}…”", said
    )


def test_a_public_join_link_is_compared(root: Path, looked: Looked) -> None:
    path = "open-science/invites/open.ics"
    data = re.sub(rb"CONFERENCE.*?(?=CATEGORIES)", b"", file(root, path), flags=re.DOTALL)
    with instead(root, path, data):
        found = differences(looked())

    assert found == [
        (
            path,
            (
                "session open has the CONFERENCE nothing, but the event file says "
                "“https://meet.example.org/2”"
            ),
        )
    ]


def file(root: Path, path: str) -> bytes:
    return (root / "output" / path).read_bytes()


def test_a_session_too_few_too_often_and_too_many_is_said(root: Path, looked: Looked) -> None:
    data = file(root, CALENDAR)
    first, *others, last = re.findall(rb"BEGIN:VEVENT\r\n.*?END:VEVENT\r\n", data, re.DOTALL)
    uid = re.search(rb"UID:(.*)\r\n", last)
    assert uid is not None
    of_another = last.replace(uid[1], b"another")
    events = b"".join((first, first, *others, of_another))
    with instead(root, CALENDAR, data[: data.index(first)] + events + b"END:VCALENDAR\r\n"):
        found = [words for _, words in differences(looked())]

    assert [re.sub(r"\(UID .*\)", "(UID …)", each) for each in found] == [
        "session preprints is in it 2 times (UID …)",
        "session rabat is not in it (UID …)",
        "has an event with the UID another, which no session has",
    ]


# What differs in feeds.


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (
            RSS,
            "<title>Open",
            "<title>Closed",
            (
                "the feed: title is “Closed science & <lunch>: recordings”, but feedgen writes "
                "“Open science & <lunch>: recordings”"
            ),
        ),
        (RSS, "<ttl>720</ttl>", "<ttl>7</ttl>", "the feed: ttl is “7”, but feedgen writes “720”"),
        (
            RSS,
            '"false">urn',
            '"true">urn',
            (
                rf"{ITEM}: guid is “isPermaLink=true urn:uuid:[-\w]+…”, but feedgen writes "
                r"“isPermaLink=false urn:uuid:[-\w]+…”"
            ),
        ),
        (
            RSS,
            "<pubDate>Fri, 01 Jan 2027",
            "<pubDate>Sat, 02 Jan 2027",
            (
                rf"{ITEM}: pubDate is “Sat, 02 Jan 2027 00:00:00 \+0000”, but feedgen writes “Fri, "
                r"01 Jan 2027 00:00:00 \+0000”"
            ),
        ),
        (
            RSS,
            'length="19922944"',
            'length="5"',
            (
                rf"{ITEM}: enclosure is “length=5 type=audio/mpeg url=.*”, but feedgen writes "
                "“length=19922944 type=audio/mpeg url=.*”"
            ),
        ),
        (
            RSS,
            'fileSize="12345678"',
            'fileSize="1"',
            rf"{ITEM}: media:content is “fileSize=1 .*”, but feedgen writes “fileSize=12345678 .*”",
        ),
        (
            RSS,
            "<dc:creator>Ana Lima</dc:creator>",
            "",
            f"{ITEM} has no dc:creator “Ana Lima”, but feedgen writes one",
        ),
        (
            RSS,
            "<item>",
            "<item><author>ana@example.org</author>",
            f"{ITEM} has author “ana@example.org”, but feedgen writes none",
        ),
        (RSS, "<item>", "<item>stray", f"{ITEM}: item is “stray”, but feedgen writes “”"),
        (RSS, "</rss>", "", "lxml cannot read it: Premature end of data in tag rss .*"),
        (
            ATOM,
            "<updated>2027",
            "<updated>2026",
            (
                r"the feed: atom:updated is “2026-01-01T00:00:00\+00:00”, but feedgen writes "
                r"“2027-01-01T00:00:00\+00:00”"
            ),
        ),
        (
            ATOM,
            'rel="enclosure"',
            'rel="related"',
            rf"{ITEM}: atom:link is “….*rel=related .*”, but feedgen writes “….*rel=enclosure .*”",
        ),
        (
            ATOM,
            "preprints?a=1",
            "preprints?a=2",
            (
                rf"{ITEM}: atom:link is “…\S+a=2&b=2 rel=alternate”, but feedgen writes "
                r"“…\S+a=1&b=2 rel=alternate”"
            ),
        ),
        (
            ATOM,
            'xml:lang="en"',
            'xml:lang="fr"',
            "the feed: atom:feed is “xml:lang=fr”, but feedgen writes “xml:lang=en”",
        ),
        (
            JSON,
            '"date_published": "2027',
            '"date_published": "2026',
            (
                f"{ITEM} has the date_published “2026-01-01T00:00:00Z”, but the event file says "
                "“2027-01-01T00:00:00Z”"
            ),
        ),
        (
            JSON,
            '"language": "en"',
            '"language": "de"',
            "the feed has the language “de”, but the event file says “en”",
        ),
        (JSON, '"items"', '"things"', "is no JSON Feed"),
        (
            CHANGES,
            "<title>New series: Open",
            "<title>Old series: Open",
            rf"{ITEM}: atom:title is “Old series: .*”, but feedgen writes “New series: .*”",
        ),
    ],
)
def test_another_value_in_a_feed_is_found_and_named(  # noqa: PLR0917 - as many columns
    root: Path, looked: Looked, path: str, old: str, new: str, expected: str
) -> None:
    with instead(root, path, edited(root, path, old, new)):
        ((where, said),) = differences(looked())

    assert where == path
    assert re.fullmatch(expected, said), said


@pytest.mark.parametrize(("path", "begin"), [(RSS, ">"), (ATOM, "<id>"), (JSON, '"id": "')])
def test_an_item_of_another_id_is_one_too_few_and_one_too_many(
    root: Path, looked: Looked, path: str, begin: str
) -> None:
    data = file(root, path)
    at = data.index(b"<item>" if path == RSS else b"<entry>" if path == ATOM else b'"items"')
    mine = re.search(rf"{begin}(urn:uuid:[-\w]+)".encode(), data[at:])
    assert mine is not None
    urn = mine[1].decode()
    with instead(root, path, data[:at] + data[at:].replace(urn.encode(), b"urn:x", 1)):
        found = differences(looked())

    assert found == [(path, f"item {urn} is not in it"), (path, "item urn:x should not be in it")]


def test_items_in_another_order_are_said(root: Path, looked: Looked) -> None:
    """F8."""
    data = file(root, RSS)
    first, second, *_ = re.findall(rb"    <item>\n.*?</item>\n", data, re.DOTALL)
    with instead(root, RSS, data.replace(first + second, second + first)):
        found = differences(looked())

    assert found == [(RSS, "the items are not in the order in which they came, newest first")]


# Files that are not what they should be at all.


@pytest.mark.parametrize("path", [CALENDAR, RSS, JSON, CHANGES, "open-science/ledger.jsonl"])
def test_a_file_that_is_not_there_is_said(root: Path, looked: Looked, path: str) -> None:
    with instead(root, path, None):
        found = [where for where, _ in differences(looked())]

    assert found == [path]


def test_a_file_that_nobody_asked_for_or_listed_is_said(root: Path, looked: Looked) -> None:
    path = "manifest.json"
    data = edited(root, path, f'"{INVITE}"', '"open-science/invites/other.ics"')
    with instead(root, path, data):
        found = differences(looked())

    assert found == [
        (INVITE, "is there, but the manifest does not list it"),
        ("open-science/invites/other.ics", "is there, but no event file asks for it"),
    ]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(some.data())
def test_whatever_a_file_has_become_it_is_said_and_not_raised(root: Path, data: DataObject) -> None:
    looked = looker(root, whole=False)
    path = data.draw(
        some.sampled_from([INVITE, RSS, ATOM, JSON, f"open-science/{CHANGES}", ALARMS])
    )
    was = file(root, path)
    start = data.draw(some.integers(0, len(was)))
    end = data.draw(some.integers(start, min(len(was), start + 40)))
    what = some.binary(max_size=20) | some.sampled_from(
        [b"\r\n", b"<", b'"', b"\0", b"BEGIN:X", was]
    )
    put = data.draw(what)
    with instead(root, path, was[:start] + put + was[end:]):
        found = {where for where, _ in differences(looked())}

    assert found <= {path}


@pytest.mark.parametrize("path", [INVITE, RSS, ATOM, JSON, CHANGES])
@pytest.mark.parametrize("what", [b"", b"[]", b"{}", b'{"items": [1]}', b"\xff\xfe", b"<a/>"])
def test_something_else_in_a_files_place_is_said(
    root: Path, looked: Looked, path: str, what: bytes
) -> None:
    with instead(root, path, what):
        found = {where for where, _ in differences(looked())}

    assert found == {path}


# What was built before.


def test_what_has_changed_since_the_last_build_is_not_called_a_difference(root: Path) -> None:
    loaded = pipeline.load(pipeline.gather(root / "events"))
    bare, other = loaded.series
    changed = loaded._replace(series=(replace(bare, title="Changed"), other))
    there = published.open(str(root / "output"))

    with pytest.raises(Stale) as raised:
        verification.verify(changed, None, there, NOW, whole=True)

    assert raised.value.args == ("bare",)


def test_what_was_never_built_is_not_called_a_difference(root: Path) -> None:
    loaded = pipeline.load(pipeline.gather(root / "events"))._replace(past={})
    there = published.open(str(root / "output"))

    with pytest.raises(Stale) as raised:
        verification.verify(loaded, None, there, NOW, whole=True)

    assert raised.value.args == ("bare", "open-science")


# Words.


def test_of_long_texts_the_part_is_shown_where_they_part() -> None:
    one = f"{'a' * 70}{'b' * 70}"
    other = f"{'a' * 70}\nc"

    assert words.apart(one, other) == (
        f"“…{'a' * 20}{'b' * 40}…”",
        f"“…{'a' * 20}⏎c”",
    )
    assert words.apart(one, one[:70]) == (f"“…{'a' * 20}{'b' * 40}…”", f"“…{'a' * 20}”")


def test_an_error_without_words_is_told_by_its_name() -> None:
    assert words.reason(ValueError("a\n b")) == "a b"
    assert words.reason(ValueError()) == "ValueError"
