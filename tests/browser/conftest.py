"""Pages in a real browser: what serves them, what opens them, and what nobody may ask for."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from growing_site import spread_out
from webinar_feeds import api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
BUILT = datetime(2027, 4, 1, tzinfo=UTC)  # the first session has been recorded by then
SITE = "title: Our webinars\npublisher: Ours\nformats: [calendar, feeds, pages]\n"
PROGRAMME = """\
title:
  en: Open science over lunch
  fr: La science ouverte au déjeuner
  ar: العلم المفتوح وقت الغداء
summary: {en: Short talks., fr: De courtes interventions., ar: عروض قصيرة.}
organizers: [{name: {en: The Library, ar: المكتبة}, url: "https://www.example.org/"}]
timezone: Europe/Berlin
time: 12:30–13:15
sessions:
  - id: before-the-change
    date: 2027-03-26
    title: Before the clocks change
    talks: [{title: Posting, speakers: [{name: Ana Lima, city: Lisbon, timezone: Europe/Lisbon}]}]
    recordings:
      - {id: film, url: "https://media.example.org/a.mp4", size: 5, duration: 44m, language: en}
      - {id: tube, url: "https://youtu.be/abcdefghijk", title: Elsewhere}
  - {id: after-the-change, date: 2027-03-30, title: After the clocks have changed}
  - id: late
    date: 2027-07-07
    time: 23:30–00:30
    title: Over midnight
    join: {url: "https://meet.example.org/42", audience: public}
  - {id: off, date: 2027-09-01, title: Called off, status: cancelled}
  - {id: later, date: 2027-11-05, title: Put off, status: postponed}
  - {id: winter, date: 2027-12-01, title: In winter, status: tentative}
"""


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is called there
        """Nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address at which a folder is served on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a series in three languages, one of them written from right to left."""
    here = tmp_path_factory.mktemp("site")
    spread_out(here, {"events/site.yaml": SITE, "events/open-science.yaml": PROGRAMME})
    built = api.build(here / "events", here / "output", now=BUILT)
    assert built.committed is not None
    return here / "output"


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    """Where it is served."""
    with serving(folder) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    assert Path(CHROMIUM).exists(), "scripts/test installs Debian's chromium; these tests need it"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS])
        yield found
        found.close()


@pytest.fixture
def opened(browser: Browser, address: str) -> Callable[..., AbstractContextManager[Page]]:
    """Opens a page, and fails when it asks for anything of others or complains of anything."""

    @contextmanager
    def opened(
        path: str, *, now: datetime | None = None, others: Sequence[str] = (), **options: Any
    ) -> Iterator[Page]:
        context = browser.new_context(**{"timezone_id": "Europe/Berlin", **options})
        asked: list[str] = []
        complaints: list[str] = []
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda told: complaints.append(f"{told.type}: {told.text}"))
        if now is not None:
            page.clock.set_fixed_time(now)
        page.goto(address + path)
        yield page
        context.close()
        assert [url for url in asked if not url.startswith((address, "data:", *others))] == []
        assert complaints == []

    return opened
