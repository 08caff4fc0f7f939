"""The site's own pages, what they offer, and the lists beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import feedparser
import icalendar
import pytest

from growing_site import DATA, OPEN_SCIENCE, edit, spread_out
from made_pages import SITE, classed, every, html, made, text

if TYPE_CHECKING:
    from pathlib import Path

HERE = {
    "events/site.yaml": SITE,
    "events/open-science.yaml": OPEN_SCIENCE,
    "events/data.yaml": DATA,
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with two series, one of them in two languages."""
    spread_out(tmp_path, HERE)
    return tmp_path


# --- subscribing to everything ------------------------------------------------------------------


def test_all_series_can_be_subscribed_to_and_followed_at_once(site: Path) -> None:
    found = made(site)
    page = html(found["index.html"])
    (subscribe,) = classed(page, "subscribe")
    links = [each.get("href") or "" for each in every(subscribe, "a")]
    (feeds,) = classed(page, "feeds")

    assert text(next(every(subscribe, "h2"))) == "Subscribe to all series"
    assert "webcal://w.example.org/calendar.ics" in links
    assert "calendar.ics" in links
    assert [each.get("href") for each in every(feeds, "a")] == [
        *("recordings.rss", "recordings.atom", "recordings.json", "changes.atom"),
    ]
    uids = {
        str(event["UID"])
        for path in ("data/calendar.ics", "open-science/calendar.ics")
        for event in icalendar.Calendar.from_ical(found[path]).walk("VEVENT")
    }
    site_calendar = icalendar.Calendar.from_ical(found["calendar.ics"])
    assert {str(event["UID"]) for event in site_calendar.walk("VEVENT")} == uids


@pytest.mark.parametrize(
    ("path", "title", "folder"),
    [
        ("index.html", "Our webinars", ""),
        ("open-science/index.html", "Open science", ""),
        ("open-science/sessions/preprints.html", "Open science", "../"),
        ("data/fr/index.html", "Journées des données", ""),
    ],
)
def test_programs_find_the_feeds_and_the_calendar_of_a_page(
    site: Path, path: str, title: str, folder: str
) -> None:
    """F29: each by its media type, with a title, and it is there."""
    recordings, changes = {
        "data/fr/index.html": ("Enregistrements", "Changements"),
    }.get(path, ("Recordings", "Changes"))
    found = made(site)
    told = [
        (each.get("type"), each.get("title"), each.get("href"))
        for each in every(html(found[path]), "link")
        if each.get("rel") == "alternate" and each.get("hreflang") is None
    ]

    assert told == [
        ("text/calendar", title, f"{folder}calendar.ics"),
        ("application/rss+xml", f"{title}: {recordings} (RSS)", f"{folder}recordings.rss"),
        ("application/atom+xml", f"{title}: {recordings} (Atom)", f"{folder}recordings.atom"),
        (
            "application/feed+json",
            f"{title}: {recordings} (JSON Feed)",
            f"{folder}recordings.json",
        ),
        ("application/atom+xml", f"{title}: {changes} (Atom)", f"{folder}changes.atom"),
    ]


@pytest.mark.parametrize("formats", ["[pages]", "[calendar, pages]", "[feeds, pages]"])
def test_a_page_offers_only_what_is_published(site: Path, formats: str) -> None:
    edit(site / "events/site.yaml", "[calendar, feeds, pages]", formats)
    found = made(site)
    files = {path.rpartition("/")[2] for path in found}
    wanted = {
        *(("calendar.ics", "subscribe.html") if "calendar" in formats else ()),
        *(("recordings.rss", "changes.atom", "feeds.opml") if "feeds" in formats else ()),
    }
    offered = {
        (each.get("href") or "").partition("#")[0].rpartition("/")[2]
        for path, data in found.items()
        if path.endswith(".html")
        for name in ("a", "link")
        for each in every(html(data), name)
    }

    ours = {"calendar.ics", "subscribe.html", "recordings.rss", "changes.atom", "feeds.opml"}
    assert (files & ours, offered & ours) == (wanted, wanted)
    assert ("feed.css" in files) == ("feeds" in formats)
    assert (b'"calendar": "calendar.ics"' in found["data/programme.json"]) == (
        "calendar" in formats
    )
    assert any(b"invites/" in data for path, data in found.items() if path.endswith(".html")) == (
        "calendar" in formats
    )


def test_every_page_of_the_site_has_a_title_of_its_own(site: Path) -> None:
    """WCAG 2.4.2: a title tells one page from another."""
    found = made(site)
    titles = {
        path: text(next(every(html(data), "title")))
        for path, data in found.items()
        if path.endswith(".html") and not path.startswith("data/")  # the same in two languages
    }

    assert len({*titles.values()}) == len(titles)
    assert titles["subscribe.html"] == "How to subscribe – Our webinars"
    assert titles["404.html"] == "This page does not exist – Our webinars"


# --- lists --------------------------------------------------------------------------------------


def test_opml_holds_the_feeds_of_every_series_in_two_folders(site: Path) -> None:
    found = made(site)
    body = ET.fromstring(found["feeds.opml"]).find("body")  # noqa: S314 - our own
    assert body is not None

    told = {
        folder.get("text"): [(each.get("text"), each.get("xmlUrl")) for each in folder]
        for folder in body
    }
    base = "https://w.example.org/"
    assert told == {
        "Recordings": [
            ("Data days", f"{base}data/recordings.rss"),
            ("Open science", f"{base}open-science/recordings.rss"),
        ],
        "Changes": [
            ("Data days", f"{base}data/changes.atom"),
            ("Open science", f"{base}open-science/changes.atom"),
        ],
    }
    for feeds in told.values():
        for _, address in feeds:
            read = feedparser.parse(found[(address or "").removeprefix(base)])
            assert not read.bozo
            assert read.entries


def test_sitemaps_name_every_page_but_those_of_views(site: Path) -> None:
    found = made(site)
    base = "https://w.example.org/"

    def listed(data: bytes) -> list[str]:
        return [each.decode().removeprefix(base) for each in re.findall(rb"<loc>(.*?)</loc>", data)]

    maps = listed(found["sitemap.xml"])
    pages = [page for path in maps for page in listed(found[path])]

    assert maps == ["site-sitemap.xml", "data/sitemap.xml", "open-science/sitemap.xml"]
    assert [path for path in found if path.endswith("sitemap.xml")] == sorted(
        ["sitemap.xml", *maps]
    )
    views = ("languages/", "speakers/", "topics/")
    assert sorted(pages) == sorted(
        path.removesuffix("index.html")
        for path in found
        if path.endswith(".html") and path != "404.html" and not path.startswith(views)
    )
    assert found["robots.txt"].endswith(b"Sitemap: https://w.example.org/sitemap.xml\n")
    for path in pages:  # what is listed is what a page calls itself
        data = found[f"{path}index.html" if not path or path.endswith("/") else path]
        assert f'<link rel="canonical" href="{base}{path}">'.encode() in data
