"""People who follow what nginx and Caddy serve: vdirsyncer, khal, newsboat and curl."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

import web_servers
from hosted_site import PLACE, Site, begun
from places import request
from referees import feedparser_items, newsboat_items
from shown_site import BUILT, PROGRAMME
from stories.subscriber import Subscriber

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from web_servers import Host

CALENDAR = "/open-science/calendar.ics"
FEEDS = ("recordings.rss", "recordings.atom", "changes.atom")
MOVED = PROGRAMME.replace("2027-07-07", "2027-07-08")


@pytest.fixture
def own(tmp_path: Path, repository: Path) -> Site:
    """A published site to change."""
    return begun(tmp_path / "site", repository)


@pytest.fixture
def served(host: Host, own: Site, tmp_path: Path) -> Iterator[int]:
    """Where a web server shows it."""
    with web_servers.serving(host, PLACE, own.www, tmp_path / "server") as port:
        yield port


def test_a_subscribed_calendar_follows_a_change(served: int, own: Site, tmp_path: Path) -> None:
    """It is fetched again only when it is another one; `webcal` is http to those who speak it."""
    subscriber = Subscriber(tmp_path / "reader", f"127.0.0.1:{served}", CALENDAR)
    subscriber.sync()
    before = subscriber.agenda()
    assert ("2027-07-07 21:30Z", "Over midnight", "CONFIRMED") in before
    assert subscriber.fetch() == 304

    own.publish(MOVED, BUILT + timedelta(days=1))

    seen = subscriber.sync()
    assert (len(seen.changed), seen.added, seen.removed) == (1, frozenset(), frozenset())
    after = subscriber.agenda()
    assert set(after) - set(before) == {("2027-07-08 21:30Z", "Over midnight", "CONFIRMED")}
    assert subscriber.fetch() == 304


@pytest.mark.parametrize("name", FEEDS)
def test_newsboat_reads_the_feeds(served: int, own: Site, name: str) -> None:
    items = newsboat_items(f"http://127.0.0.1:{served}/open-science/{name}")

    assert items
    told = feedparser_items((own.www / "open-science" / name).read_bytes())
    assert {each.title for each in items} == {each.title for each in told}


def test_curl_fetches_a_calendar_once(served: int, own: Site, tmp_path: Path) -> None:
    """By its tag, as curl remembers it, and by its time."""
    address = f"http://127.0.0.1:{served}{CALENDAR}"
    tag, copy = str(tmp_path / "tag"), tmp_path / "copy.ics"

    def fetch(*options: str) -> str:
        command = ["curl", "--silent", "--fail", "--compressed", "--write-out", "%{http_code}"]
        command += [*options, "--output", str(tmp_path / "got"), address]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    by_tag = ("--etag-save", tag, "--etag-compare", tag)
    assert fetch(*by_tag) == "200"
    (tmp_path / "got").rename(copy)
    assert copy.read_bytes() == (own.www / CALENDAR[1:]).read_bytes()
    assert fetch(*by_tag) == "304"
    assert fetch("--remote-time") == "200"
    (tmp_path / "got").rename(copy)
    assert fetch("--time-cond", str(copy)) == "304"

    own.publish(MOVED, BUILT + timedelta(days=1))

    assert fetch(*by_tag) == "200"
    assert fetch("--time-cond", str(copy)) == "200"


def test_h3_what_a_change_does_not_touch_stays_known(served: int, own: Site) -> None:
    """Also what has other bytes, in the same number and of the same content, is new."""
    tags = {path: request(served, "HEAD", f"/{path}")[1]["etag"] for path in own.listed()}
    before = {path: (own.www / path).read_bytes() for path in tags}

    own.publish(MOVED.replace("Our webinars", "Our seminars"), BUILT + timedelta(days=1))

    changed = 0
    for path, tag in tags.items():
        status = request(served, "GET", f"/{path}", {"If-None-Match": tag})[0]
        same = (own.www / path).read_bytes() == before[path]
        assert (path, status) == (path, 304 if same else 200)
        changed += not same
    assert 10 < changed < len(tags) - 10


def test_h3_a_template_that_changes_no_size_is_seen(served: int, own: Site) -> None:
    page = "/open-science/index.html"
    templates = own.folder / "events/templates"
    templates.mkdir()
    for colour in ("red", "tan"):
        (templates / "series.html").write_text(f"<p>{colour}</p>", encoding="utf-8")
        own.publish(PROGRAMME)
        status, told, body = request(served, "GET", page)
        assert (status, colour.encode() in body) == (200, True)
        if colour == "red":
            known = {"If-None-Match": told["etag"], "If-Modified-Since": told["last-modified"]}
    assert request(served, "GET", page, known)[0] == 200
