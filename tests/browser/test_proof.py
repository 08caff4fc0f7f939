"""What others say of our pages: the Nu checker, Lighthouse, a keyboard, a printer, an attacker."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

import shown_site
from growing_site import spread_out
from referees.programs import HERE as REFEREES
from webinar_feeds import api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    Opened = Callable[..., AbstractContextManager[Page]]

NU = REFEREES / "node_modules/vnu-jar/build/dist/vnu.jar"
LIGHTHOUSE = REFEREES / "node_modules/lighthouse/cli/index.js"
# Speed is measured by benchmarks/pages.py, where nothing else is running.
CATEGORIES = ("accessibility", "best-practices", "seo")
HOSTILE = (
    "\"><script>hit()</script><img src=x onerror=hit()><svg onload=hit()>' {{ 111 * 111 }} </title>"
)
# Everything that a person writes; Markdown is where it may be one.
ATTACK = f"""\
title: {{en: {json.dumps(HOSTILE)}, ar: {json.dumps(HOSTILE)}}}
summary: {json.dumps(HOSTILE + " [x](javascript:hit()) ![x](x:y)")}
organizers: [{{name: {json.dumps(HOSTILE)}}}]
timezone: Europe/Berlin
time: 12:30–13:15
topics: [{json.dumps(HOSTILE)}]
sessions:
  - id: one
    date: 2027-03-26
    title: {json.dumps(HOSTILE)}
    summary: {json.dumps(HOSTILE + " <iframe srcdoc='<script>parent.hit()</script>'></iframe>")}
    platform: {json.dumps(HOSTILE)}
    talks:
      - title: {json.dumps(HOSTILE)}
        summary: {json.dumps(HOSTILE)}
        speakers:
          - name: {json.dumps(HOSTILE)}
            prefix: {json.dumps(HOSTILE)}
            role: {json.dumps(HOSTILE)}
            affiliation: {json.dumps(HOSTILE)}
            city: {json.dumps(HOSTILE)}
            timezone: Asia/Seoul
    recordings:
      - {{id: film, url: "https://youtu.be/abcdefghijk", title: {json.dumps(HOSTILE)}}}
  - {{id: two, date: 2027-07-07, title: {json.dumps(HOSTILE)}}}
"""
REACHED = """\
() => {
  const all = [...document.querySelectorAll('a[href], button, select, audio, video')];
  return all.filter(each => each.checkVisibility()).length;
}"""
FOCUSED = """\
async () => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const isInside = (box) =>
    box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  // A browser takes some frames to scroll.
  for (let frame = 0; frame < 60 && !isInside(it.getClientRects()[0]); frame += 1)
    await new Promise(requestAnimationFrame);
  const all = [...document.querySelectorAll('*')];
  const style = getComputedStyle(it);
  const box = it.getClientRects()[0];
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return {
    place: all.indexOf(it),
    name: it.outerHTML.slice(0, 80),
    outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    inside: isInside(box),
    media: ['AUDIO', 'VIDEO'].includes(it.tagName),
    covered: Boolean(top) && !it.contains(top) && !top.contains(it),
  };
}"""


def pages(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


def built(here: Path, events: dict[str, str]) -> Path:
    """The output of some event files, which have no errors."""
    spread_out(here, events)
    done = api.build(here / "events", here / "output", now=shown_site.BUILT)
    assert done.committed is not None, done.diagnostics
    return here / "output"


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a series that an attacker wrote, every field of it."""
    here = tmp_path_factory.mktemp("attacked")
    return built(here, {"events/site.yaml": shown_site.SITE, "events/one.yaml": ATTACK})


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a site is served that knows its own address."""
    here = tmp_path_factory.mktemp("known")
    with shown_site.serving(here / "output") as address:
        site = f"{shown_site.SITE}base_url: {address}\n"
        built(here, {"events/site.yaml": site, "events/open-science.yaml": shown_site.PROGRAMME})
        yield address


# --- programs of others -------------------------------------------------------------------------


def test_the_nu_checker_finds_no_error(folder: Path, attacked: Path) -> None:
    """W10: pages in each language, and those of a series in which everything is hostile."""
    checked = [str(each) for each in (*pages(folder), *pages(attacked))]
    command = ["java", "-jar", str(NU), "--format", "json", "--stdout", *checked]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    told = json.loads(ran.stdout)["messages"]

    assert len(checked) > 20
    assert [each for each in told if each["type"] != "info"] == []


def test_the_nu_checker_finds_what_is_wrong(tmp_path: Path) -> None:
    """So that its silence above means something."""
    wrong = tmp_path / "wrong.html"
    wrong.write_text("<!doctype html><html lang=en><title>x</title><p><div></p>", encoding="utf-8")
    command = ["java", "-jar", str(NU), "--format", "json", "--stdout", str(wrong)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert any(each["type"] == "error" for each in json.loads(ran.stdout)["messages"])


@pytest.mark.parametrize(
    "path",
    [
        "",
        "subscribe.html",
        "recordings.html",
        "open-science/",
        "open-science/ar/",
        "open-science/sessions/before-the-change.html",
    ],
)
def test_lighthouse_gives_100(known: str, path: str) -> None:
    """In accessibility, best practices and search."""
    flags = " ".join(("--headless", *shown_site.ARGUMENTS))
    command = [
        *("node", str(LIGHTHOUSE), known + path, "--output=json", "--quiet"),
        *("--no-enable-error-reporting", f"--only-categories={','.join(CATEGORIES)}"),
        f"--chrome-flags={flags}",
    ]
    environment = {**os.environ, "CHROME_PATH": shown_site.CHROMIUM}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ran.returncode == 0, ran.stderr[-2000:]
    report: dict[str, Any] = json.loads(ran.stdout)

    failed = [name for name, each in report["audits"].items() if each["score"] not in (None, 1)]
    scores = {name: report["categories"][name]["score"] for name in CATEGORIES}
    assert scores == dict.fromkeys(CATEGORIES, 1), failed


# --- a keyboard ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["open-science/index.html", "open-science/sessions/before-the-change.html", "index.html"],
)
def test_the_keyboard_alone_reaches_everything_in_order_and_sees_where_it_is(
    opened: Opened, path: str
) -> None:
    """WCAG 2.1.1, 2.1.2, 2.4.3, 2.4.7 and 2.4.11 (W10)."""
    with opened(path) as page:
        expected = page.evaluate(REACHED)
        found: list[dict[str, Any]] = []
        for _ in range(expected + 20):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            if focused is None:
                break
            if not found or found[-1]["place"] != focused["place"]:  # a player has parts of its own
                found.append(focused)

    assert focused is None, "the focus never leaves the page"
    places = [each["place"] for each in found]
    assert places == sorted(set(places))
    assert len(places) == expected
    assert [each["name"] for each in found if not (each["outlined"] or each["media"])] == []
    assert [each["name"] for each in found if not each["inside"] or each["covered"]] == []


# --- paper --------------------------------------------------------------------------------------


def test_the_programme_of_the_real_series_is_one_sheet(browser: Browser, tmp_path: Path) -> None:
    real = next(each for each in REFEREES.parents if (each / "events").is_dir()) / "events"
    text = (real / "learning-cities-recovery.yaml").read_text(encoding="utf-8")
    folder = built(tmp_path, {"events/site.yaml": shown_site.SITE, "events/real.yaml": text})

    with shown_site.serving(folder) as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}real/index.html")
        sheets = page.pdf(format="A4")
        page.emulate_media(media="print")
        told = page.locator("main").inner_text()
        context.close()

    assert len(re.findall(rb"/Type\s*/Page\b", sheets)) == 1
    assert told.count("13:00–14:30") == 6
    assert "Google Calendar" not in told


# --- an attacker --------------------------------------------------------------------------------


def test_no_script_of_a_text_runs_and_nothing_breaks_out(browser: Browser, attacked: Path) -> None:
    """S2, S7 and W4, in the browser that people have."""
    seen = 0
    with shown_site.serving(attacked) as address:
        context = browser.new_context()
        hits: list[str] = []
        complaints: list[str] = []
        requests: list[str] = []
        context.expose_function("hit", lambda: hits.append("hit"))
        page = context.new_page()
        page.on("dialog", lambda dialog: hits.append(dialog.message))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda told: complaints.append(told.text))
        page.on("request", lambda asked: requests.append(asked.url))
        for path in pages(attacked):
            page.goto(address + path.relative_to(attacked).as_posix())
            assert page.locator("iframe, object, embed, base, [onerror], [onload]").count() == 0
            assert page.locator("svg:not(.qr svg)").count() == 0
            assert page.locator("img").count() == 0
            assert (
                page.locator("script").evaluate_all(
                    "all => all.filter(each => !each.type && !each.src).length"
                )
                == 0
            )
            assert "12321" not in page.locator("main").inner_text()
            seen += page.locator("main").inner_text().count("<script>hit()</script>")
            assert page.evaluate("typeof hit") == "function"  # any page could have called it
        context.close()

    assert (hits, complaints) == ([], [])
    assert [each for each in requests if not each.startswith(address)] == []
    assert seen > 20
