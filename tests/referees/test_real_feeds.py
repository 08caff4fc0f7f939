"""The published feeds, as parsers and a feed reader see them.

The announcement of the real series speaks of its recordings without saying where they are; items
with an address are asked of a series that is built here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from referees import Item, feedparser_items, feedsmith_items, newsboat_items
from referees.atom import atom_findings
from referees.feeds import served

OUTPUT = Path(__file__).resolve().parents[2] / "output"
REAL = OUTPUT / "learning-cities-recovery"
KINDS = ("rss", "atom", "json")
FEEDS = sorted({*(REAL / f"recordings.{kind}" for kind in KINDS), *OUTPUT.rglob("recordings.*")})
FEED_IDS = [path.relative_to(OUTPUT).as_posix() for path in FEEDS]

SITE = """\
title: Webinars & more
base_url: https://example.org/webinars/
"""
EVENTS = """\
title: "Ours, yours & everybody’s <cities>"
summary: What cities learn.
organizers: [A & B]
page: https://example.org/series
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - id: first
    date: 2020-06-17
    title: The first & “best”
    recording:
      url: https://video.example.org/first
      published: 2020-06-18T09:00:00+02:00
      duration: 1h28m
  - id: second
    date: 2020-07-08
    title: The second
    recording:
      url: https://video.example.org/second
      published: 2020-07-10T00:00:00Z
  - id: third
    date: 2020-09-16
    title: Not recorded
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a site with two recordings."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "events").mkdir()
    (folder / "events" / "site.yaml").write_text(SITE, encoding="utf-8")
    (folder / "events" / "cities.yaml").write_text(EVENTS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "webinar_feeds", "build", "--now", "2020-08-01T00:00:00Z"],
        check=False,
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return folder / "output"


def read(folder: Path, kind: str) -> list[Item]:
    return feedsmith_items((folder / "cities" / f"recordings.{kind}").read_bytes())


# The real series.


@pytest.mark.parametrize("path", FEEDS, ids=FEED_IDS)
def test_a_published_feed_has_an_item_for_each_announced_recording(path: Path) -> None:
    items = feedsmith_items(path.read_bytes())

    assert [item.id[:9] for item in items] == ["urn:uuid:"] * 6
    assert len({item.id for item in items}) == 6


@pytest.mark.parametrize("folder", [REAL, OUTPUT], ids=lambda folder: folder.name)
def test_published_rss_atom_and_json_hold_the_same_items(folder: Path) -> None:
    """F28. RSS has no word for when an item was changed last."""
    rss, atom, told = (
        feedsmith_items((folder / f"recordings.{kind}").read_bytes()) for kind in KINDS
    )

    assert told == atom
    assert rss == [item._replace(updated=None) for item in atom]


@pytest.mark.parametrize(
    "path", [path for path in FEEDS if path.suffix != ".json"], ids=lambda path: path.name
)
def test_feedparser_reads_in_a_published_feed_what_feedsmith_reads(path: Path) -> None:
    assert feedparser_items(path.read_bytes()) == feedsmith_items(path.read_bytes())


@pytest.mark.parametrize(
    "path", [path for path in FEEDS if path.suffix == ".atom"], ids=lambda path: path.parent.name
)
def test_published_atom_is_what_the_standard_asks_for(path: Path) -> None:
    assert atom_findings(path.read_bytes()) == []


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_newsboat_subscribes_to_the_real_feed(kind: str) -> None:
    wanted = feedsmith_items((REAL / f"recordings.{kind}").read_bytes())

    with served(OUTPUT) as address:
        shown = newsboat_items(f"{address}/{REAL.name}/recordings.{kind}")

    assert {(item.id, item.title) for item in shown} == {(item.id, item.title) for item in wanted}
    assert {item.published for item in shown} == {item.published for item in wanted}


# A series with recordings.


def test_there_is_an_item_for_each_recording_newest_first(built: Path) -> None:
    """F4, F8, F23."""
    shown = [(item.link, item.published) for item in read(built, "atom")]

    assert shown == [
        ("https://video.example.org/second", datetime(2020, 7, 10, 0, 0, tzinfo=UTC)),
        ("https://video.example.org/first", datetime(2020, 6, 18, 7, 0, tzinfo=UTC)),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_an_item_bears_its_sessions_title(built: Path, kind: str) -> None:
    second, first = (item.title or "" for item in read(built, kind))

    assert "The first & “best”" in first
    assert "The second" in second


def test_rss_atom_and_json_hold_the_same_items(built: Path) -> None:
    """F28. RSS has no word for when an item was changed last."""
    atom = read(built, "atom")

    assert read(built, "json") == atom
    assert read(built, "rss") == [item._replace(updated=None) for item in atom]


def test_feedparser_reads_what_feedsmith_reads(built: Path) -> None:
    for kind in ("rss", "atom"):
        data = (built / "cities" / f"recordings.{kind}").read_bytes()

        assert feedparser_items(data) == feedsmith_items(data)


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_newsboat_shows_the_same_items(built: Path, kind: str) -> None:
    """Newsboat keeps one date: when it was published in RSS, when it was changed in Atom."""
    wanted = [(item.id, item.title, item.link) for item in read(built, "atom")]

    with served(built) as address:
        shown = newsboat_items(f"{address}/cities/recordings.{kind}")

    assert [(item.id, item.title, item.link) for item in shown] == wanted


def test_an_id_is_a_uuid_urn_and_says_that_it_is_no_address(built: Path) -> None:
    """F3, F21."""
    rss = etree.fromstring((built / "cities" / "recordings.rss").read_bytes())

    assert [guid.get("isPermaLink") for guid in rss.iter("guid")] == ["false", "false"]
    assert {item.id[:9] for item in read(built, "rss")} == {"urn:uuid:"}
    assert len({item.id for item in read(built, "rss")}) == 2


def test_a_feed_names_its_own_address_and_its_page(built: Path) -> None:
    """F2, F24: `self` is where the file lies, the channel's link is the page."""
    atom = "{http://www.w3.org/2005/Atom}"
    rss = etree.fromstring((built / "cities" / "recordings.rss").read_bytes())
    feed = etree.fromstring((built / "cities" / "recordings.atom").read_bytes())
    told = json.loads((built / "cities" / "recordings.json").read_bytes())
    base = "https://example.org/webinars/cities/recordings"

    assert [one.get("href") for one in rss.findall(f"channel/{atom}link[@rel='self']")] == [
        f"{base}.rss"
    ]
    assert rss.findtext("channel/link") == "https://example.org/series"
    assert [one.get("href") for one in feed.findall(f"{atom}link[@rel='self']")] == [f"{base}.atom"]
    assert told["feed_url"] == f"{base}.json"
    assert told["home_page_url"] == "https://example.org/series"


def test_the_atom_feed_keeps_to_the_standard(built: Path) -> None:
    """F20, F22, F25."""
    names = ("cities/changes", "cities/recordings", "changes", "recordings")
    assert {
        path.relative_to(built).as_posix(): atom_findings(path.read_bytes())
        for path in built.rglob("*.atom")
    } == {f"{name}.atom": [] for name in names}


def test_the_sites_feed_holds_the_same_items(built: Path) -> None:
    for kind in KINDS:
        site = feedsmith_items((built / f"recordings.{kind}").read_bytes())

        assert [item.id for item in site] == [item.id for item in read(built, kind)]
