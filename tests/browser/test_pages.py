"""What visitors see and do, in Chromium: their time, their zone, and nothing of others (W9–W11)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import icalendar
import pytest

from growing_site import spread_out
from shown_site import BUILT, SITE, serving
from webinar_feeds import api

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from playwright.sync_api import Browser, Page, Route

    Opened = Callable[..., AbstractContextManager[Page]]

ZONES = (
    "America/Bogota",
    "Asia/Seoul",
    "Australia/Melbourne",
    "Africa/Kigali",
    "Asia/Kolkata",
    "America/St_Johns",
    "Europe/Berlin",
    "UTC",
)
PAGES = (
    "index.html",
    "subscribe.html",
    "404.html",
    "open-science/index.html",
    "open-science/fr/index.html",
    "open-science/ar/index.html",
    "open-science/sessions/before-the-change.html",
    "open-science/sessions/late.html",
    "open-science/sessions/off.html",
    "open-science/ar/sessions/before-the-change.html",
    "speakers/ana-lima/index.html",
    "recordings.html",
)
SERIES = "open-science/index.html"
BEFORE = datetime(2027, 3, 1, 12, tzinfo=UTC)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
AXE = Path(__file__).parents[1] / "referees/node_modules/axe-core/axe.min.js"


def told(start: datetime, end: datetime, zone: str) -> str:
    """What a visitor in a zone is to be told of a session that is held in Berlin's."""
    here, there = (
        [each.astimezone(ZoneInfo(name)) for each in (start, end)]
        for name in (zone, "Europe/Berlin")
    )
    if [each.utcoffset() for each in here] == [each.utcoffset() for each in there]:
        return ""
    text = f"{here[0]:%H:%M}–{here[1]:%H:%M}"
    if here[0].date() != there[0].date():
        text = f"{here[0]:%A}, {here[0].day} {here[0]:%B %Y}, {text}"
    elif here[0].date() != here[1].date():
        text += f" ({here[1]:%A}, {here[1].day} {here[1]:%B %Y})"
    return f"Your time: {text}"


def sessions(folder: Path) -> dict[str, tuple[datetime, datetime]]:
    """Start and end of each session that takes place, as its invite has them."""
    found = {}
    for path in (folder / "open-science/invites").iterdir():
        (event,) = icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")
        if path.stem not in ("off", "later"):
            found[path.stem] = (
                event.decoded("DTSTART").astimezone(UTC),
                event.decoded("DTEND").astimezone(UTC),
            )
    return found


# --- time ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
def test_a_visitor_sees_their_own_time(opened: Opened, folder: Path, zone: str) -> None:
    expected = {name: told(*span, zone) for name, span in sessions(folder).items()}

    with opened(SERIES, now=BEFORE, timezone_id=zone) as page:
        found = {name: page.locator(f"#{name} .yours").text_content() or "" for name in expected}
        shown = {name: page.locator(f"#{name} .yours").is_visible() for name in expected}

    assert found == expected
    assert shown == {name: bool(text) for name, text in expected.items()}


def test_the_chosen_zone_is_remembered(opened: Opened, folder: Path) -> None:
    span = sessions(folder)["late"]
    with opened(SERIES, now=BEFORE, timezone_id="America/Bogota") as page:
        page.get_by_label("Time zone").select_option("Australia/Adelaide")
        assert page.locator("#late .yours").text_content() == told(*span, "Australia/Adelaide")
        page.reload()
        assert page.locator("#late .yours").text_content() == told(*span, "Australia/Adelaide")
        page.get_by_label("Time zone").select_option("America/Bogota")
        page.reload()
        assert page.locator("#late .yours").text_content() == told(*span, "America/Bogota")


def test_a_browser_without_a_memory_shows_the_times_all_the_same(
    opened: Opened, folder: Path
) -> None:
    with opened("404.html", now=BEFORE, timezone_id="America/Bogota") as page:
        page.add_init_script("Object.defineProperty(window, 'localStorage', {get() {throw 1}})")
        page.goto(page.url.replace("404.html", SERIES))
        page.get_by_label("Time zone").select_option("Asia/Seoul")
        found = page.locator("#late .yours").text_content()

    assert found == told(*sessions(folder)["late"], "Asia/Seoul")


@pytest.mark.parametrize(
    ("after", "state", "joins"),
    [
        (timedelta(days=-30), "", 0),
        (timedelta(days=-3), "Starts in 3 days", 0),
        (timedelta(hours=-3), "Starts in 3 hours", 0),
        (timedelta(minutes=-20), "Starts in 20 minutes", 0),
        (timedelta(seconds=-10), "Starts in 1 minute", 0),
        (timedelta(0), "On now · Join", 1),
        (timedelta(minutes=59), "On now · Join", 1),
        (timedelta(minutes=60), "This session is over", 0),
    ],
)
def test_what_is_coming_on_or_over(
    opened: Opened, folder: Path, after: timedelta, state: str, joins: int
) -> None:
    now = sessions(folder)["late"][0] + after

    with opened("open-science/sessions/late.html", now=now) as page:
        place = page.locator(".state")
        assert place.text_content() == state
        assert page.locator(".state a[href='https://meet.example.org/42']").count() == joins


@pytest.mark.parametrize(
    ("zone", "now", "state"),
    [
        ("Europe/Berlin", datetime(2027, 7, 5, 23, tzinfo=UTC), "Commence demain"),
        ("Europe/Berlin", datetime(2027, 7, 5, 21, 50, tzinfo=UTC), "Commence après-demain"),
        ("Asia/Seoul", datetime(2027, 7, 5, 23, tzinfo=UTC), "Commence après-demain"),
        ("Europe/Berlin", datetime(2027, 7, 6, 10, tzinfo=UTC), "Commence dans 36 heures"),
    ],
)
def test_tomorrow_is_the_day_after_today_where_the_visitor_is(
    opened: Opened, zone: str, now: datetime, state: str
) -> None:
    """Of the session at 23:30 on 7 July in Berlin, which is the morning of the 8th in Seoul."""
    path = "open-science/fr/sessions/late.html"
    with opened(path, now=now, timezone_id=zone) as page:
        assert page.locator(".state").text_content() == state


def test_what_is_past_stands_below_what_is_coming(opened: Opened) -> None:
    with opened(SERIES, now=datetime(2027, 6, 1, tzinfo=UTC)) as page:
        order = page.locator(".programme > .group, .programme > article").evaluate_all(
            "all => all.map(each => each.id || each.textContent)"
        )

    assert order == [
        *("Upcoming", "late", "off", "later", "winter"),
        *("Past", "before-the-change", "after-the-change"),
    ]


def test_without_script_a_page_is_complete(opened: Opened) -> None:
    with opened(SERIES, java_script_enabled=False, timezone_id="Asia/Seoul") as page:
        assert page.locator("article .clock").all_text_contents()[0] == "12:30–13:15"
        assert page.locator("article .utc").count() == 6
        assert not page.locator(".yours, .state, #zone, .copy").filter(visible=True).count()
        assert page.get_by_role("link", name="Calendar file (.ics)").is_visible()


def test_where_the_address_is_not_known_the_browser_knows_it(opened: Opened) -> None:
    with opened(SERIES, now=BEFORE) as page:
        calendar = page.url.replace("index.html", "calendar.ics")
        assert page.locator("#address").text_content() == calendar
        apple = page.get_by_role("link", name="Apple Calendar").get_attribute("href")
        google = page.get_by_role("link", name="Google Calendar").get_attribute("href")

    assert apple == re.sub("^http", "webcal", calendar)
    assert google is not None
    assert google.startswith("https://calendar.google.com/calendar/render?cid=webcal%3A%2F%2F127")


# --- others -------------------------------------------------------------------------------------


def test_a_film_of_others_is_asked_for_only_after_a_click(opened: Opened) -> None:
    film = "https://www.youtube-nocookie.com/embed/abcdefghijk"
    with opened("open-science/sessions/before-the-change.html", others=[film]) as page:
        asked: list[str] = []

        def answer(route: Route) -> None:
            asked.append(route.request.url)
            route.fulfill(body="the film")

        page.context.route(f"{film}*", answer)
        assert page.locator("iframe").count() == 0
        assert asked == []
        page.get_by_role("link", name="Watch on YouTube").click()
        page.frame_locator("iframe").get_by_text("the film").wait_for()
        assert page.locator("iframe").get_attribute("title") == "Elsewhere"
        assert asked == [film]


def test_without_script_a_film_of_others_is_a_link(opened: Opened) -> None:
    path = "open-science/sessions/before-the-change.html"
    with opened(path, java_script_enabled=False) as page:
        link = page.get_by_role("link", name="Watch on YouTube")
        assert link.get_attribute("href") == "https://youtu.be/abcdefghijk"


# --- everybody ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_and_nothing_sticks_out(opened: Opened, path: str) -> None:
    """WCAG 2.2 AA in light and dark, and reflow (W10)."""
    found = []
    with opened(path, now=BEFORE, timezone_id="America/Bogota") as page:
        page.evaluate(AXE.read_text())
        for width, scheme in product((320, 768, 1280), SCHEMES):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            report = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            found += [
                f"{width} {scheme}: {each['id']} at {node['target']}: {node['failureSummary']}"
                for each in report["violations"]
                for node in each["nodes"]
            ]
            assert report["passes"]
            assert page.evaluate("document.scrollingElement.scrollWidth") <= width

    assert found == []


def test_the_keyboard_reaches_the_programme_first(opened: Opened) -> None:
    with opened(SERIES, now=BEFORE) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_a_chapter_starts_the_film_there(browser: Browser, tmp_path: Path) -> None:
    """In our own player, and in a frame that is then asked for."""
    events = """\
title: Films
timezone: Europe/Berlin
time: 13:00–14:00
sessions:
  - id: first
    date: 2027-01-11
    title: The first
    recordings:
      - id: own
        url: https://media.example.org/first.mp4
        media_type: video/mp4
        size: 5
        chapters: [{start: "1:02", title: Own}]
      - {id: tube, url: "https://youtu.be/abcdefghijk", chapters: [{start: "2:03", title: Tube}]}
"""
    spread_out(tmp_path, {"events/site.yaml": SITE, "events/films.yaml": events})
    assert api.build(tmp_path / "events", tmp_path / "output", now=BUILT).committed
    with serving(tmp_path / "output") as address:
        context = browser.new_context()
        page = context.new_page()
        asked: list[str] = []

        def answer(route: Route) -> None:
            asked.append(route.request.url)
            route.fulfill(body="")

        context.route(re.compile("media.example.org|youtube"), answer)
        page.goto(f"{address}films/sessions/first.html")
        assert asked == []
        page.get_by_role("button", name="1:02").click()
        assert page.locator("video").evaluate("film => film.currentTime") == 62
        page.get_by_role("button", name="2:03").click()
        page.wait_for_function("document.querySelector('iframe')")
        found = page.locator("iframe").get_attribute("src")
        context.close()

    assert found == "https://www.youtube-nocookie.com/embed/abcdefghijk?start=123"


@pytest.mark.parametrize("file", ["recordings.rss", "recordings.atom", "changes.atom"])
def test_a_feed_reads_as_a_page_that_says_what_it_is_for(
    browser: Browser, folder: Path, file: str
) -> None:
    """Sent as XML; under its own media type Chromium shows the text of any feed."""
    with serving(folder, {".rss": "application/xml", ".atom": "application/xml"}) as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}open-science/fr/{file}")
        said = page.evaluate("getComputedStyle(document.documentElement, '::before').content")
        shown = page.evaluate(
            "[...document.querySelectorAll('item, entry')].map(each => each.checkVisibility())"
        )
        hidden = page.evaluate(
            "[...document.querySelectorAll('guid, id, updated')].some(e => e.checkVisibility())"
        )
        context.close()

    assert said == '"Ceci est un flux"'
    assert shown
    assert all(shown)
    assert not hidden


def test_the_series_with_the_next_session_stands_first_and_those_that_are_over_last(
    browser: Browser, tmp_path: Path
) -> None:
    """However long a series has been going on; its last session counts until it is over."""
    events = {"events/site.yaml": SITE}
    for name, *days in (
        ("over", "2027-01-11", "2027-03-30"),
        ("next", "2027-05-11"),
        ("running", "2026-01-05", "2027-05-20", "2027-12-01"),
        ("later", "2027-06-11"),
        ("on", "2027-03-31"),
        ("called-off", "2027-02-01", "2027-04-20, status: cancelled"),
    ):
        sessions = "".join(
            f"  - {{id: s{number}, title: A, date: {day}}}\n" for number, day in enumerate(days)
        )
        events[f"events/{name}.yaml"] = (
            f"title: {name}\ntimezone: UTC\ntime: 23:00–01:00\nsessions:\n{sessions}"
        )
    spread_out(tmp_path, events)
    assert api.build(tmp_path / "events", tmp_path / "output", now=BUILT).committed
    with serving(tmp_path / "output") as address:
        context = browser.new_context()
        page = context.new_page()
        page.clock.set_fixed_time(datetime(2027, 4, 1, tzinfo=UTC))
        page.goto(address)
        order = page.locator(".group, .card h2").all_text_contents()
        context.close()

    assert order == [
        *("Upcoming", "on", "next", "running", "later"),
        *("Past", "called-off", "over"),
    ]
