"""Links to add and to subscribe: what they say is what the calendar says (W5–W8)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webinar_feeds import ledger, timezones
from webinar_feeds.model import (
    Audience,
    Entry,
    Form,
    Join,
    Revision,
    Series,
    Session,
    Site,
    Status,
    Talk,
)
from webinar_feeds.rendering import calendar
from webinar_feeds.rendering.pages import links

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
NOON = datetime(2020, 6, 17, 11, tzinfo=UTC)
PAGE = "https://w.example.org/open-science/sessions/one.html"
ADDRESS = "https://w.example.org/open-science/calendar.ics"


def session(start: datetime = NOON, zone: str = "Europe/Berlin", **how: Any) -> Session:
    held: dict[str, Any] = {
        "id": "one",
        "title": "Inclusion",
        "start": timezones.at(start, zone),
        "end": timezones.at(start + timedelta(minutes=90), zone),
        "zone": zone,
        "form": Form.ZONED,
        "written": "13:00–14:30",
    }
    return Session(**(held | how))


def entry(**how: Any) -> Entry:
    one = session(**how)
    series = Series("open-science", "Open science", "en", (one,))
    return Entry(series, one, Revision("uid", 0, NOON, NOON, {}))


def offered(told: Entry, page: str | None = None) -> dict[str, dict[str, str]]:
    """What each link hands over, by its key."""
    handed = {}
    for way in links.once(told, page):
        query = parse_qs(urlsplit(way.href).query, strict_parsing=True)
        handed[way.key] = {name: value for name, (value,) in query.items()}
    return handed


def details(told: Entry, page: str | None = None) -> str:
    """What the links say of a session, which is the same in all of them."""
    handed = offered(told, page)
    said = {handed["google"]["details"], handed["outlook"]["body"], handed["office365"]["body"]}
    (text,) = said | {handed["yahoo"]["DESC"]}
    return text


def instant(text: str) -> datetime:
    assert text.endswith("Z")
    return datetime.fromisoformat(text)


# ---------------------------------------------------------------------------------------- once


def test_every_link_hands_over_what_is_documented_of_it() -> None:
    assert [(way.key, way.href) for way in links.once(entry(title="A & B"))] == [
        (
            "google",
            (
                "https://calendar.google.com/calendar/render?action=TEMPLATE&text=A%20%26%20B"
                "&dates=20200617T110000Z%2F20200617T123000Z"
                "&details=When%3A%20Wednesday%2017%20June%202020%2C%2013%3A00%E2%80%9314%3A30%20CEST"
                "%20%28UTC%2B2%29%20%C2%B7%2011%3A00%E2%80%9312%3A30%20UTC%0A"
                "Part%20of%20%E2%80%9COpen%20science%E2%80%9D&location=Online"
            ),
        ),
        *(
            (
                key,
                (
                    f"https://{host}/calendar/0/deeplink/compose?path=%2Fcalendar%2Faction%2Fcompose"
                    "&rru=addevent&startdt=2020-06-17T11%3A00%3A00Z&enddt=2020-06-17T12%3A30%3A00Z"
                    "&subject=A%20%26%20B"
                    "&body=When%3A%20Wednesday%2017%20June%202020%2C%2013%3A00%E2%80%9314%3A30%20CEST"
                    "%20%28UTC%2B2%29%20%C2%B7%2011%3A00%E2%80%9312%3A30%20UTC%0A"
                    "Part%20of%20%E2%80%9COpen%20science%E2%80%9D&location=Online"
                ),
            )
            for key, host in (("outlook", "outlook.live.com"), ("office365", "outlook.office.com"))
        ),
        (
            "yahoo",
            (
                "https://calendar.yahoo.com/?v=60&TITLE=A%20%26%20B&ST=20200617T110000Z"
                "&ET=20200617T123000Z"
                "&DESC=When%3A%20Wednesday%2017%20June%202020%2C%2013%3A00%E2%80%9314%3A30%20CEST"
                "%20%28UTC%2B2%29%20%C2%B7%2011%3A00%E2%80%9312%3A30%20UTC%0A"
                "Part%20of%20%E2%80%9COpen%20science%E2%80%9D&in_loc=Online"
            ),
        ),
    ]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns", "Asia/Kolkata", "UTC"])
@pytest.mark.parametrize(
    "start",
    [
        datetime(2020, 3, 29, 0, 30, tzinfo=UTC),  # Berlin's clock jumps half an hour later
        datetime(2020, 10, 25, 0, 15, tzinfo=UTC),  # and is turned back while this one is on
        datetime(2020, 12, 31, 23, 0, tzinfo=UTC),
        NOON,
    ],
)
@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.TENTATIVE])
def test_title_place_and_instants_are_those_of_the_invite(
    zone: str, start: datetime, status: Status
) -> None:
    one = session(start, zone, status=status, platform="Zoom; room 2, “A”")
    one = replace(one, form=timezones.form(one.start, one.end, zone))
    series = Series("open-science", "Open science", "en", (one,))
    publication = ledger.revise(series, Site(), None, NOW)[0]
    invite = next(
        each.read() for each in calendar.render(publication, Site()) if "/invites/" in each.path
    )
    (event,) = icalendar.Calendar.from_ical(invite).walk("VEVENT")
    meant = (
        event.decoded("dtstart").astimezone(UTC),
        event.decoded("dtend").astimezone(UTC),
        str(event["summary"]),
        str(event["location"]),
    )

    handed = offered(publication.entries[0])
    google, yahoo = handed["google"], handed["yahoo"]
    begins, ends = google["dates"].split("/")
    assert (instant(begins), instant(ends), google["text"], google["location"]) == meant
    for key in ("outlook", "office365"):
        outlook = handed[key]
        told = (instant(outlook["startdt"]), instant(outlook["enddt"]))
        assert (*told, outlook["subject"], outlook["location"]) == meant
    told = (instant(yahoo["ST"]), instant(yahoo["ET"]))
    assert (*told, yahoo["TITLE"], yahoo["in_loc"]) == meant


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.POSTPONED])
def test_a_session_that_does_not_take_place_cannot_be_added(status: Status) -> None:
    assert links.once(entry(status=status), PAGE) == ()


def test_a_date_that_is_not_certain_is_said_first() -> None:
    assert details(entry(status=Status.TENTATIVE)).split("\n") == [
        "The date of this session is not confirmed yet.",
        "",
        "When: Wednesday 17 June 2020, 13:00–14:30 CEST (UTC+2) · 11:00–12:30 UTC",
        "Part of “Open science”",
    ]


def test_details_are_the_text_and_then_the_addresses_that_one_needs() -> None:
    told = entry(
        summary="Why *share*?",
        talks=(Talk("Posting"),),
        join=Join("https://join.example.org/1?pwd=a+b", Audience.PUBLIC),
        registration="https://r.example.org/",
        page="https://organiser.example.org/one",
    )

    assert details(told, PAGE).split("\n")[3:] == [
        "Why share?",
        "",
        "Join: https://join.example.org/1?pwd=a+b",
        "Register: https://r.example.org/",
        f"Session page: {PAGE}",
    ]
    assert details(told).split("\n")[-1] == "Session page: https://organiser.example.org/one"


def test_without_a_summary_the_programme_is_told() -> None:
    told = entry(talks=(Talk("Posting"), Talk("Questions")))

    assert details(told).split("\n")[2:] == ["", "• Posting", "• Questions"]


@pytest.mark.parametrize("audience", [Audience.REGISTERED, Audience.HOSTS])
def test_a_join_link_that_is_not_for_all_is_given_to_nobody(audience: Audience) -> None:
    hrefs = [way.href for way in links.once(entry(join=Join("https://secret.example", audience)))]

    assert [each for each in hrefs if "secret" in each] == []


def test_long_details_are_cut_behind_a_word_and_keep_their_links_whole() -> None:
    text = details(entry(summary="Wir lösen Zwölfsätze, und zwar schön. " * 60), PAGE)

    told, _, page = text.rpartition("\n\n")
    assert told.endswith(("Zwölfsätze…", "und…", "zwar…", "schön…", "Wir…", "lösen…"))
    assert page == f"Session page: {PAGE}"
    href = links.once(entry(summary="Wir lösen Zwölfsätze, und zwar schön. " * 60), PAGE)[0].href
    encoded = href.partition("&details=")[2].partition("&")[0]
    assert 760 < len(encoded) <= 800


def test_an_address_that_does_not_fit_is_left_out_rather_than_cut() -> None:
    long = f"https://join.example.org/{'x' * 700}"
    told = entry(join=Join(long, Audience.PUBLIC), summary=f"{'Read this first. ' * 20}{long} now")

    text = details(told, PAGE)
    assert "join.example.org" not in text
    assert text.endswith(f"first…\n\nSession page: {PAGE}")


def test_a_text_without_spaces_is_cut_between_two_characters() -> None:
    text = details(entry(summary="包容性学习城市" * 100), PAGE)

    assert text.split("\n")[3].startswith("包容性学习城市包容")
    assert text.split("\n")[3].endswith("…")


def test_a_long_title_is_cut_and_an_ordinary_one_is_not() -> None:
    ordinary = "The challenge of inclusion in learning cities, building on earlier work " * 2
    assert offered(entry(title=ordinary.strip()))["google"]["text"] == ordinary.strip()
    assert offered(entry(title="x" * 5000))["google"]["text"] == f"{'x' * 591}…"
    assert offered(entry(title=f"{'é ' * 1000}é"))["yahoo"]["TITLE"] == f"{'é ' * 65}é…"


@pytest.mark.parametrize("before", range(6))
def test_a_cut_splits_no_character_and_no_word(before: int) -> None:
    title = f"{'x' * before} {'ab ' * 1000}"
    assert re.fullmatch("x* (ab )+ab…", offered(entry(title=title))["google"]["text"])

    title = f"{'x' * before}{'é' * 1000}"
    assert re.fullmatch("x*é{90,98}…", offered(entry(title=title))["google"]["text"])

    assert offered(entry(platform="🎥" * 100))["google"]["location"] == f"{'🎥' * 11}…"


written = st.text(min_size=1, max_size=400)


@given(title=written, summary=written, platform=written, page=st.sampled_from([None, PAGE]))
def test_no_text_breaks_out_of_its_place_in_a_link(
    title: str, summary: str, platform: str, page: str | None
) -> None:
    told = entry(title=title, summary=summary, platform=platform)

    for way in links.once(told, page):
        assert way.href.isascii()
        assert len(way.href) < 2000
        assert set("+<>\"'`\\ #") & set(way.href) == set()
    names = {key: list(handed) for key, handed in offered(told, page).items()}
    outlook = ["path", "rru", "startdt", "enddt", "subject", "body", "location"]
    assert names == {
        "google": ["action", "text", "dates", "details", "location"],
        "outlook": outlook,
        "office365": outlook,
        "yahoo": ["v", "TITLE", "ST", "ET", "DESC", "in_loc"],
    }


@given(title=st.text(min_size=1, max_size=45))
def test_a_title_comes_back_as_it_was(title: str) -> None:
    assert {
        handed.get("text") or handed.get("subject") or handed["TITLE"]
        for handed in offered(entry(title=title)).values()
    } == {title}


# ----------------------------------------------------------------------------------- subscribing


def test_every_app_is_asked_in_its_own_way() -> None:
    assert links.subscribe(ADDRESS, "Open science & more") == (
        ("webcal", "webcal://w.example.org/open-science/calendar.ics"),
        ("apple", "webcal://w.example.org/open-science/calendar.ics"),
        (
            "google",
            (
                "https://calendar.google.com/calendar/render"
                "?cid=webcal%3A%2F%2Fw.example.org%2Fopen-science%2Fcalendar.ics"
            ),
        ),
        (
            "outlook",
            (
                "https://outlook.live.com/calendar/0/addfromweb"
                "?url=https%3A%2F%2Fw.example.org%2Fopen-science%2Fcalendar.ics"
                "&name=Open%20science%20%26%20more"
            ),
        ),
        (
            "office365",
            (
                "https://outlook.office.com/calendar/0/addfromweb"
                "?url=https%3A%2F%2Fw.example.org%2Fopen-science%2Fcalendar.ics"
                "&name=Open%20science%20%26%20more"
            ),
        ),
        ("thunderbird", "webcals://w.example.org/open-science/calendar.ics"),
        ("icsx5", "webcals://w.example.org/open-science/calendar.ics"),
    )


def test_a_calendar_without_encryption_is_not_asked_for_with_it() -> None:
    ways = dict(links.subscribe("http://localhost:8000/calendar.ics", "{place}"))

    assert ways["icsx5"] == ways["thunderbird"] == ways["webcal"]
    assert ways["webcal"] == "webcal://localhost:8000/calendar.ics"
    assert ways["outlook"] == (
        "https://outlook.live.com/calendar/0/addfromweb"
        "?url=http%3A%2F%2Flocalhost%3A8000%2Fcalendar.ics&name=%7Bplace%7D"
    )


@pytest.mark.parametrize("address", ["calendar.ics", "javascript://x", "webcal://x/", "https://"])
def test_only_an_address_can_be_subscribed_to(address: str) -> None:
    with pytest.raises(ValueError, match="not an address to subscribe to"):
        links.subscribe(address, "Open science")


# -------------------------------------------------------------------------------------- relative


@pytest.mark.parametrize(
    ("page", "target", "href"),
    [
        ("index.html", "index.html", "index.html"),
        ("index.html", "open-science/index.html", "open-science/index.html"),
        ("open-science/index.html", "index.html", "../index.html"),
        ("open-science/sessions/a.html", "open-science/calendar.ics", "../calendar.ics"),
        ("open-science/sessions/a.html", "open-science/sessions/b.html", "b.html"),
        ("open-science/fr/index.html", "open-science/index.html", "../index.html"),
        ("a/sessions/a.html", "b/sessions/a.html", "../../b/sessions/a.html"),
        ("a/b/c.html", "a/b", "../b"),
        ("index.html", "a b/x:y?.html", "a%20b/x%3Ay%3F.html"),
    ],
)
def test_a_page_leads_to_another_from_where_it_is(page: str, target: str, href: str) -> None:
    assert links.relative(page, target) == href


names = st.from_regex(r"[a-z:%é ]{1,3}", fullmatch=True)
paths = st.lists(names, min_size=1, max_size=4).map("/".join)


@given(paths, paths)
def test_a_browser_finds_the_file_that_was_meant(page: str, target: str) -> None:
    root = "https://w.example.org/site/"

    found = urljoin(root + links.relative("index.html", page), links.relative(page, target))
    assert found == root + links.relative("index.html", target)


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/"])
def test_a_path_stays_below_the_output_folder(path: str) -> None:
    for ends in ((path, "index.html"), ("index.html", path)):
        with pytest.raises(ValueError, match="not a path below the output folder"):
            links.relative(*ends)
