"""Pages in a real browser: what serves them, what opens them, and what nobody may ask for."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from growing_site import spread_out
from shown_site import ARGUMENTS, BUILT, CHROMIUM, PROGRAMME, SITE, serving
from webinar_feeds import api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime


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
