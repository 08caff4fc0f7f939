"""`<webinar-series>` on a page of somebody else's, in Chromium, from another origin."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

import shown_site
from referees.programs import HERE as REFEREES
from webinar_feeds import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

AXE = (REFEREES / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
BEFORE = datetime(2027, 3, 28, 12, tzinfo=UTC)
HOST = """\
<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<title>An organisation's own page</title>
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src {origin}; connect-src {origin}; style-src 'self'">
<script src="{origin}assets/webinar-series.js" defer></script>
</head>
<body>
<main>
<h1>What we do</h1>
<webinar-series src="{origin}{src}" {attributes}>
<a href="{origin}{src}">The programme</a>
</webinar-series>
</main>
</body>
</html>
"""


@pytest.fixture(scope="module")
def origin(folder: Path) -> Iterator[str]:
    """Where the series is served, as our own preview does: with the headers that a host needs."""
    with serving.Server(folder, 0) as server:
        server.start()
        yield server.address


@contextmanager
def embedded(  # what a host's page says, and who looks at it
    browser: Browser,
    origin: str,
    folder: Path,
    *,
    src: str = "open-science/programme.json",
    attributes: str = "",
    lang: str = "en",
    now: datetime = BEFORE,
    told: str = "",
    **options: Any,
) -> Iterator[Page]:
    """A host's page with a series in it; what is complained of has to be like `told`."""
    folder.mkdir()
    text = HOST.format(origin=origin, src=src, attributes=attributes, lang=lang)
    folder.joinpath("index.html").write_text(text, encoding="utf-8")
    with shown_site.serving(folder) as host:
        context = browser.new_context(**{"timezone_id": "Asia/Kolkata", **options})
        complaints: list[str] = []
        asked: list[str] = []
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text))
        page.clock.set_fixed_time(now)
        page.goto(host)
        yield page
        context.close()
    assert [each for each in asked if not each.startswith((host, origin))] == []
    assert [each for each in complaints if not (told and re.search(told, each))] == []


def test_a_series_is_shown_on_another_sites_page(
    browser: Browser, origin: str, tmp_path: Path
) -> None:
    with embedded(browser, origin, tmp_path / "host") as page:
        page.locator(".webinar-session").first.wait_for()
        groups = page.locator(".webinar-group").all_text_contents()
        titles = page.locator(".webinar-title").all_text_contents()
        first = page.locator(".webinar-session").first
        links = page.locator(".webinar-title a").evaluate_all("all => all.map(each => each.href)")
        when, yours = first.locator(".webinar-when"), first.locator(".webinar-yours")
        assert when.text_content() == "Tuesday, 30 March 2027 12:30–13:15 CEST (UTC+2)"
        assert yours.text_content() == "Your time: 16:00–16:45"
        assert first.locator(".webinar-state").text_content() == "Starts in 2 days"
        assert first.locator("time").get_attribute("datetime") == "2027-03-30T12:30:00+02:00"

    assert groups == ["Upcoming", "Past"]
    assert titles == [
        *("After the clocks have changed", "Over midnight", "Called off", "Put off", "In winter"),
        "Before the clocks change",
    ]
    assert links[0] == f"{origin}open-science/sessions/after-the-change.html"


def test_the_days_of_a_visitor_far_away_are_said(
    browser: Browser, origin: str, tmp_path: Path
) -> None:
    with embedded(browser, origin, tmp_path / "host", timezone_id="Asia/Seoul") as page:
        late = page.locator(".webinar-session", has_text="Over midnight")
        assert late.locator(".webinar-yours").text_content() == (
            "Your time: Thursday, 8 July 2027, 06:30–07:30"
        )


def test_what_is_on_now_can_be_joined(browser: Browser, origin: str, tmp_path: Path) -> None:
    now = datetime(2027, 7, 7, 21, 40, tzinfo=UTC)
    with embedded(browser, origin, tmp_path / "host", now=now) as page:
        on = page.locator("[data-status=now]")
        assert on.locator(".webinar-state").text_content() == "On now · Join"
        assert on.locator(".webinar-join").get_attribute("href") == "https://meet.example.org/42"


def test_as_many_as_are_asked_for_and_no_past(
    browser: Browser, origin: str, tmp_path: Path
) -> None:
    with embedded(browser, origin, tmp_path / "host", attributes="limit=2 past=none") as page:
        page.locator(".webinar-session").first.wait_for()
        assert page.locator(".webinar-session").count() == 2
        page.locator("webinar-series").evaluate("each => each.setAttribute('limit', '9')")
        assert page.locator(".webinar-session").count() == 5


def test_a_page_in_another_language_has_the_series_in_it(
    browser: Browser, origin: str, tmp_path: Path
) -> None:
    with embedded(browser, origin, tmp_path / "host", lang="ar-EG") as page:
        page.locator(".webinar-session").first.wait_for()
        series = page.locator(".webinar-series")
        assert (series.get_attribute("lang"), series.get_attribute("dir")) == ("ar", "rtl")
        href = page.locator(".webinar-title a").first.get_attribute("href")

    assert href == f"{origin}open-science/ar/sessions/after-the-change.html"


def test_a_programme_that_is_not_there_leaves_what_the_page_has(
    browser: Browser, origin: str, tmp_path: Path
) -> None:
    where, told = "no/programme.json", "CORS|ERR_FAILED|cannot be shown"
    with embedded(browser, origin, tmp_path / "host", src=where, told=told) as page:
        page.locator("webinar-series").evaluate("each => each.load()")
        assert page.locator("webinar-series").inner_text() == "The programme"


def test_axe_finds_nothing(browser: Browser, origin: str, tmp_path: Path) -> None:
    with embedded(browser, origin, tmp_path / "host") as page:
        page.locator(".webinar-session").first.wait_for()
        page.evaluate(AXE)
        report = page.evaluate("axe.run(document, {resultTypes: ['violations']})")

    assert report["violations"] == []


def test_nothing_that_a_file_says_breaks_out(browser: Browser, tmp_path: Path) -> None:
    """W4: as if somebody else had written the file."""
    hostile = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
    session = {
        **dict.fromkeys(("name", "date", "time", "zone", "state", "identifier"), hostile),
        **dict.fromkeys(("url", "join", "recording"), "javascript:alert(1)"),
        "startDate": "2027-03-28T11:00:00+02:00",
        "endDate": "2027-03-28T23:00:00+02:00",
        "status": "confirmed",
        "performer": [{"name": hostile, "honorificPrefix": hostile}],
    }
    told = {
        "version": 1,
        "inLanguage": "en",
        "locale": "en",
        "dir": "ltr",
        "url": "index.html",
        "words": dict.fromkeys(
            ("upcoming", "past", "yours", "now", "starts", "join", "recording", "subscribe"),
            hostile,
        ),
        "subEvent": [session, {**session, "identifier": "2", "status": "cancelled"}],
    }
    site = tmp_path / "site"
    site.mkdir()
    site.joinpath("programme.json").write_text(json.dumps(told), encoding="utf-8")
    ours = REFEREES.parents[1] / "src/webinar_feeds/rendering/pages/assets/webinar-series.js"
    site.joinpath("assets").mkdir()
    site.joinpath("assets/webinar-series.js").write_bytes(ours.read_bytes())
    with serving.Server(site, 0) as server:
        server.start()
        with embedded(browser, server.address, tmp_path / "host", src="programme.json") as page:
            page.locator(".webinar-session").first.wait_for()
            series = page.locator("webinar-series")
            assert series.locator("img, script").count() == 0
            assert series.locator("a[href^='javascript:' i]").count() == 0
            assert hostile in series.inner_text()
