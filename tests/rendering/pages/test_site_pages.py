"""The site's own pages, what they offer, and the lists beside them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import feedparser
import icalendar
import pytest

from growing_site import build, edit, published, spread_out
from made_pages import SITE, classed, every, html, made, text

if TYPE_CHECKING:
    from pathlib import Path
    from xml.etree.ElementTree import Element

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


# --- what comes next, what can be watched -------------------------------------------------------


def ends(page: Element) -> dict[str, list[str]]:
    """When the sessions of each series on the list are over."""
    return {
        text(next(every(each, "h2"))): (each.get("data-ends") or "").split()
        for each in classed(page, "card")
    }


def test_the_list_says_when_each_series_is_over(site: Path) -> None:
    """Not when a session ends that does not take place: the series would seem to go on."""
    page = html(made(site)["index.html"])

    assert ends(page) == {
        "Data days": ["2027-01-12T15:00:00Z", "2027-03-30T16:00:00Z"],
        "Open science": ["2027-01-14T13:30:00Z", "2027-02-11T13:30:00Z"],
    }


def daily(count: int, more: str = "") -> str:
    """A series of a session a day."""
    days = [datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=each) for each in range(count)]
    return "title: Daily\ntimezone: UTC\ntime: 13:00–14:00\nsessions:\n" + "".join(
        f"  - {{id: s{number}, date: {each:%Y-%m-%d}, title: Number {number}{more}}}\n"
        for number, each in enumerate(days)
    )


def test_of_a_long_series_the_list_knows_the_last_sessions(tmp_path: Path) -> None:
    spread_out(tmp_path, {"events/site.yaml": SITE, "events/daily.yaml": daily(30)})
    page = html(made(tmp_path)["index.html"])

    assert ends(page)["Daily"] == [
        *(f"2026-06-{day}T14:00:00Z" for day in range(23, 31)),
    ]


def test_the_site_has_a_gallery_of_the_newest_recordings(site: Path) -> None:
    found = made(site)
    page = html(found["recordings.html"])
    (gallery,) = classed(page, "gallery")
    told = [[text(each) for each in every(film, "p")] for film in every(gallery, "li")]
    names = [text(each) for each in classed(gallery, "name")]

    assert names == ["Preprints", "Opening", "Opening"]  # the others are not over yet
    assert told == [
        ["Open science", "14 January 2027"],
        ["Data days", "12 January 2027", "English"],
        ["Data days", "12 January 2027", "58 min · French"],
    ]
    assert [each.get("href") for each in every(gallery, "a")] == [
        "open-science/sessions/preprints.html#recordings",
        *["data/sessions/opening.html#recordings"] * 2,
    ]
    assert [each.get("lang") for each in classed(gallery, "name")] == [None] * 3
    first = html(found["index.html"])
    assert [text(each) for each in classed(classed(first, "gallery")[0], "name")] == names
    for path in ("index.html", "open-science/index.html", "data/fr/index.html"):
        (link,) = (
            each.get("href")
            for each in every(html(found[path]), "a")
            if text(each) in ("All recordings", "Tous les enregistrements")
        )
        assert link == "../" * path.count("/") + "recordings.html"


def test_a_title_in_another_language_than_the_sites_says_so_in_its_gallery(site: Path) -> None:
    edit(
        site / "events/data.yaml",
        "title: {en: Data days, fr: Journées des données}",
        "title: Journées des données\nlanguage: fr",
    )
    (gallery,) = classed(html(made(site)["recordings.html"]), "gallery")

    assert [each.get("lang") for each in classed(gallery, "name")] == [None, "fr", "fr"]
    series = [next(every(film, "p")) for film in every(gallery, "li")]
    assert [each.get("lang") for each in series] == [None, "fr", "fr"]


def test_many_recordings_stay_one_small_page_with_the_newest(tmp_path: Path) -> None:
    more = ', recording: "https://v.example.org/1"'
    files = {
        f"events/{name}.yaml": daily(45, more).replace("Daily", f"{name} {'long ' * 20}")
        for name in ("one", "three", "two")
    }
    # Without an address there are no preview pictures to wait for.
    here = SITE.replace("base_url: https://w.example.org/\n", "")
    spread_out(tmp_path, {"events/site.yaml": here, **files})
    found = made(tmp_path)
    (gallery,) = classed(html(found["recordings.html"]), "gallery")
    names = [text(each) for each in classed(gallery, "name")]

    # Of each day three, and the newest forty of the 135.
    assert names == [f"Number {day}" for day in range(44, 30, -1) for _ in range(3)][:40]
    assert text(gallery).endswith("Older recordings are on the pages of their series.")
    assert len(found["recordings.html"]) < 60_000


def test_the_newest_recordings_are_found_whatever_order_series_come_in(tmp_path: Path) -> None:
    """So many series that those which cannot be among the newest are let go of on the way."""
    files = {}
    for number in range(12):
        day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=(number * 5) % 12)
        sessions = "".join(
            f"  - {{id: s{each}, date: {day + timedelta(days=30 * each):%Y-%m-%d}, "
            f"title: T, recording: 'https://v.example.org/1'}}\n"
            for each in range(10)
        )
        files[f"events/s{number:02}.yaml"] = (
            f"title: S\ntimezone: UTC\ntime: 13:00–14:00\nsessions:\n{sessions}"
        )
    here = SITE.replace("base_url: https://w.example.org/\n", "")
    spread_out(tmp_path, {"events/site.yaml": here, **files})
    (gallery,) = classed(html(made(tmp_path)["recordings.html"]), "gallery")
    told = [each.get("datetime") for each in every(gallery, "time")]

    last = datetime(2026, 1, 1, 13, tzinfo=UTC) + timedelta(days=270)
    wanted = [
        last + timedelta(days=day - 30 * month) for month in range(4) for day in range(11, -1, -1)
    ]
    assert told == [f"{each:%Y-%m-%dT%H:%M:%SZ}" for each in wanted][:40]


def test_a_site_without_recordings_has_no_gallery(tmp_path: Path) -> None:
    spread_out(tmp_path, {"events/site.yaml": SITE, "events/daily.yaml": daily(2)})
    found = made(tmp_path)

    assert "recordings.html" not in found
    assert not classed(html(found["index.html"]), "gallery")


def test_what_has_no_recording_leaves_the_gallery_alone(site: Path) -> None:
    build(site)
    before = published(site)
    edit(site / "events/open-science.yaml", "title: Data that others can use", "title: Data")
    built = build(site)

    assert built.committed is not None
    changed = {*built.committed.written}
    assert "open-science/index.html" in changed
    assert not changed & {"index.html", "recordings.html", "subscribe.html", "404.html"}
    edit(site / "events/open-science.yaml", "title: Preprints", "title: Preprints, read")
    build(site)
    after = published(site)
    assert before["output/recordings.html"] != after["output/recordings.html"]


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
