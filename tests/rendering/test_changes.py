"""`changes.atom`: an entry for each thing that happened, whose id and date last."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from event_files import sound
from webinar_feeds import ledger
from webinar_feeds.model import Publication, Scope, Series, Site
from webinar_feeds.rendering import feeds
from webinar_feeds.rendering.feeds import news

if TYPE_CHECKING:
    from webinar_feeds.ledger import Ledger

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SITE = Site(base_url="https://w.example.org/")
ATOM = "{http://www.w3.org/2005/Atom}"
OWN = "{id: preprints, date: 2027-06-16, title: Preprints"
FILE = """
title: Open science
page: https://www.example.org/open-science
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - {id: preprints, date: 2027-06-16, title: Preprints}
  - {id: open-data, date: 2027-07-14, title: Open data}
"""


def file(*edits: tuple[str, str]) -> Series:
    """The event file after some edits."""
    text = FILE
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return sound(text)


def built(*steps: tuple[Series, datetime]) -> Publication:
    """What is published in the end, after a build of each file at its time."""
    past: Ledger | None = None
    for told, now in steps:
        publication, past, _ = ledger.revise(told, SITE, past, now)
    return publication


def feed(publication: Publication, site: Site = SITE) -> etree._Element:
    (found,) = (each for each in feeds.render(publication, site) if each.path.endswith(news.FILE))
    return etree.fromstring(found.read())


def entries(publication: Publication, site: Site = SITE) -> list[tuple[str, str]]:
    """The day and the title of each entry, in the order of the feed."""
    return [
        (each.findtext(f"{ATOM}updated", "")[:10], each.findtext(f"{ATOM}title", ""))
        for each in feed(publication, site).iter(f"{ATOM}entry")
    ]


def newest(publication: Publication, name: str) -> str:
    return str(feed(publication).findtext(f"{ATOM}entry/{ATOM}{name}"))


BEGUN = ("2027-01-01", "New series: Open science")
ADDED = (f"  - {OWN}}}", f"  - {OWN}}}\n  - {{id: late, date: 2027-08-11, title: Late}}")


def test_a_new_series_is_one_entry_with_its_programme() -> None:
    publication = built((file(), NOW))

    assert entries(publication) == [BEGUN]
    assert newest(publication, "content") == (
        "<p>2 sessions:</p>\n"
        "<ul><li><strong>Preprints</strong><br>Wed 16 June 2027, 13:00–14:30 CEST</li>"
        "<li><strong>Open data</strong><br>Wed 14 July 2027, 13:00–14:30 CEST</li></ul>"
    )


def test_a_series_of_one_session_counts_it() -> None:
    alone = file(("  - {id: open-data, date: 2027-07-14, title: Open data}\n", ""))

    assert newest(built((alone, NOW)), "content").startswith("<p>1 session:</p>")


def test_a_session_that_comes_later_is_an_entry_of_its_own() -> None:
    publication = built((file(), NOW), (file(ADDED), NOW + DAY))

    assert entries(publication) == [("2027-01-02", "New session: Late"), BEGUN]
    assert newest(publication, "content") == (
        "<p>Wed 11 August 2027, 13:00–14:30 CEST</p>\n"
        '<p>Part of “<a href="https://www.example.org/open-science">Open science</a>”.</p>'
    )


def test_a_programme_is_told_as_it_was_when_it_was_new() -> None:
    """What has changed since is an entry of its own."""
    first = built((file(), NOW))
    publication = built((file(), NOW), (file((OWN, f"{OWN}, status: cancelled")), NOW + DAY))
    (_, begun) = feed(publication).iter(f"{ATOM}entry")

    assert begun.findtext(f"{ATOM}content") == newest(first, "content")


@pytest.mark.parametrize(
    ("edit", "title", "content"),
    [
        (
            ("2027-06-16", "2027-06-17"),
            "Preprints: moved from Wed 16 June 13:00 CEST to Thu 17 June 13:00 CEST",
            (
                "<p>Moved from Wed 16 June 13:00 CEST to Thu 17 June 13:00 CEST.</p>\n"
                "<p>Now: Thu 17 June 2027, 13:00–14:30 CEST<br>"
                "Before: <del>Wed 16 June 2027, 13:00–14:30 CEST</del></p>\n"
            ),
        ),
        (
            ("title: Preprints", "title: <Preprints>"),
            "<Preprints>: renamed from “Preprints”",
            "<p>Renamed from “Preprints”.</p>\n",
        ),
        (
            ("title: Preprints", "title: Preprints, status: cancelled"),
            "Preprints: cancelled",
            "<p>Cancelled.</p>\n",
        ),
        (
            ("2027-06-16, title: Preprints", "2027-06-17, title: Preprints, status: cancelled"),
            "Preprints: cancelled",
            "<p>Cancelled.</p>\n",
        ),
        (
            ("2027-06-16, title: Preprints", "2027-06-17, title: Preprints, status: postponed"),
            "Preprints: postponed, the new date is not known yet",
            "<p>Postponed, the new date is not known yet.</p>\n",
        ),
    ],
)
def test_a_change_tells_what_was_and_what_is(
    edit: tuple[str, str], title: str, content: str
) -> None:
    publication = built((file(), NOW), (file(edit), NOW + DAY))

    assert entries(publication) == [("2027-01-02", title), BEGUN]
    assert newest(publication, "content").startswith(content)


def test_what_nobody_would_act_upon_is_no_news() -> None:
    edited = file((OWN, f"{OWN}, summary: New words, topics: [data]"))

    assert entries(built((file(), NOW), (edited, NOW + DAY))) == [BEGUN]


def test_news_keep_their_ids_and_dates_whatever_comes_after() -> None:
    moved = (file(("2027-06-16", "2027-06-17")), NOW + DAY)
    later = (file(ADDED, ("2027-06-16", "2027-06-18"), ("Open data", "Data")), NOW + 2 * DAY)

    def ids(publication: Publication) -> list[tuple[str, str]]:
        return [
            (each.findtext(f"{ATOM}id", ""), each.findtext(f"{ATOM}updated", ""))
            for each in feed(publication).iter(f"{ATOM}entry")
        ]

    before, after = ids(built((file(), NOW), moved)), ids(built((file(), NOW), moved, later))
    assert after[-len(before) :] == before
    assert len({each for each, _ in after}) == len(after) == 5


def test_changes_of_one_second_are_two_entries() -> None:
    """As two branches tell them that were built at one time, and then merged."""
    _, past, _ = ledger.revise(file(), SITE, None, NOW)
    branches = [
        ledger.revise(file(("2027-06-16", day)), SITE, past, NOW + DAY).ledger
        for day in ("2027-06-17", "2027-06-18")
    ]
    both, *_ = ledger.revise(file(("2027-06-16", "2027-06-18")), SITE, ledger.merge(*branches), NOW)
    ids = [each.findtext(f"{ATOM}id") for each in feed(both).iter(f"{ATOM}entry")]

    assert len(set(ids)) == len(ids) == 4


RECORDED = file((OWN, f"{OWN}, recording: announced"))
FOUND = file((OWN, f"{OWN}, recording: 'https://v.example.org/1?a&b'"))
HELD = datetime(2027, 6, 17, 9, tzinfo=UTC)


def test_a_recording_is_news_and_is_told_anew_when_its_address_is_known() -> None:
    announced = built((RECORDED, NOW), (RECORDED, HELD))
    found = built((RECORDED, NOW), (RECORDED, HELD), (FOUND, HELD + DAY))

    assert entries(announced) == [("2027-06-17", "Recording available: Preprints"), BEGUN]
    assert entries(found) == [("2027-06-18", "Recording available: Preprints"), BEGUN]
    assert newest(found, "id") == newest(announced, "id")
    assert newest(found, "published") == newest(announced, "published")
    assert [newest(each, "content").partition("\n")[0] for each in (announced, found)] == [
        "<p>The recording: announced on the series page; its own address is not known yet</p>",
        (
            '<p>The recording: <a href="https://v.example.org/1?a&amp;b">'
            "https://v.example.org/1?a&amp;b</a></p>"
        ),
    ]
    links = [each.find(f"{ATOM}entry/{ATOM}link") for each in map(feed, (announced, found))]
    assert [link.get("href") for link in links if link is not None] == [
        "https://www.example.org/open-science",
        "https://v.example.org/1?a&b",
    ]


def test_what_happened_stays_when_the_session_leaves_the_calendars() -> None:
    off = file((OWN, f"{OWN}, status: cancelled"))
    shown = ((file(), NOW), (off, NOW + DAY))
    left = built(*shown, (off, datetime(2028, 1, 1, tzinfo=UTC)))

    assert [entry.session.id for entry in left.entries] == ["open-data"]
    assert entries(left) == [("2027-01-02", "Preprints: cancelled"), BEGUN]
    assert etree.tostring(feed(left).findall(f"{ATOM}entry")[1]) == etree.tostring(
        feed(built(*shown)).findall(f"{ATOM}entry")[1]
    )


def test_where_no_page_is_known_no_address_is_made_up() -> None:
    """C33."""
    bare = file(("page: https://www.example.org/open-science\n", ""))
    publication = built(
        (bare, NOW), (file(("page: https://www.example.org/open-science\n", ""), ADDED), NOW + DAY)
    )

    assert feed(publication).findall(f"{ATOM}entry/{ATOM}link") == []
    assert newest(publication, "content").endswith("<p>Part of “Open science”.</p>")


def test_a_feed_holds_as_many_entries_as_the_site_says() -> None:
    publication = built((file(), NOW), (file(ADDED), NOW + DAY))

    assert entries(publication, Site(feed_length=1)) == [("2027-01-02", "New session: Late")]


def test_the_feed_is_as_new_as_its_newest_entry_and_one_without_any_is_whole() -> None:
    empty = replace(file(), sessions=())
    found = [built((file(), NOW), (file(ADDED), NOW + DAY)), built((empty, NOW))]

    assert [feed(each).findtext(f"{ATOM}updated", "")[:10] for each in found] == [
        "2027-01-02",
        "2027-01-01",
    ]
    assert entries(found[1]) == []
    assert [feed(each).findtext(f"{ATOM}title") for each in found] == ["Open science: changes"] * 2


def test_only_a_series_and_the_site_have_such_a_feed() -> None:
    assert news.Changes.draws == {Scope.SERIES, Scope.SITE}
