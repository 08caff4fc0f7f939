"""What nginx and Caddy answer, told by `init`: the table of headers, and H1 to H10."""

from __future__ import annotations

import gzip
import re
import subprocess
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from places import request
from webinar_feeds import headers
from webinar_feeds.artifacts import MANIFEST

if TYPE_CHECKING:
    from hosted_site import Site
    from web_servers import Host

CALENDAR = "/open-science/calendar.ics"
SOMETIMES = ("access-control-allow-origin", "content-disposition")


def lowered(found: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in found.items()}


def expected(path: str, media_type: str) -> dict[str, str]:
    """What the table says of a file."""
    told = {
        **headers.of_the_file(path, media_type),
        "Cache-Control": headers.cache_control(path, media_type),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": headers.FRAMES,
    }
    return lowered(told)


def test_h1_to_h8_every_file_is_sent_as_the_table_says(port: int, site: Site) -> None:
    """Also with HEAD; and a reader who has it is told so, by its tag and by its date."""
    listed = site.listed()
    assert len({row.media_type for row in listed.values()}) > 10

    for path, row in listed.items():
        data = (site.www / path).read_bytes()
        status, told, body = request(port, "GET", f"/{quote(path)}")
        wanted = expected(path, row.media_type)
        assert (path, status, body == data) == (path, 200, True)
        assert {name: told.get(name) for name in wanted} == wanted
        assert {name for name in SOMETIMES if name in told} == wanted.keys() & set(SOMETIMES)
        assert re.fullmatch(r'"[^"]+"', told["etag"])
        assert told["accept-ranges"] == "bytes"
        if row.modified is not None:
            date = datetime.fromisoformat(row.modified).astimezone(UTC)
            assert parsedate_to_datetime(told["last-modified"]) == date, path

        head = request(port, "HEAD", f"/{quote(path)}")
        told.pop("date")
        head[1].pop("date")
        assert (head[0], head[1], head[2]) == (200, told, b"")
        for known in (
            {"If-None-Match": told["etag"]},
            {"If-None-Match": f'"other", {told["etag"]}'},
            {"If-Modified-Since": told["last-modified"]},
        ):
            status, again, body = request(port, "GET", f"/{quote(path)}", known)
            assert (status, again["etag"], body) == (304, told["etag"], b"")


def test_h3_a_304_is_the_truth(port: int) -> None:
    """Tags count before dates, and an older date is no knowledge."""
    told = request(port, "GET", CALENDAR)[1]
    since = parsedate_to_datetime(told["last-modified"])
    older = format_datetime(since - timedelta(seconds=1), usegmt=True)

    for known in (
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": told["last-modified"]},
        {"If-Modified-Since": older},
    ):
        assert request(port, "GET", CALENDAR, known)[0] == 200


def test_parts_of_files_are_sent(port: int, site: Site) -> None:
    data = (site.www / CALENDAR[1:]).read_bytes()
    tag = request(port, "HEAD", CALENDAR)[1]["etag"]

    for asked, part in (("0-9", data[:10]), ("100-", data[100:]), ("-7", data[-7:])):
        status, told, body = request(port, "GET", CALENDAR, {"Range": f"bytes={asked}"})
        assert (status, body) == (206, part)
        assert told["content-range"].endswith(f"/{len(data)}")
    ranged = {"Range": "bytes=0-9", "If-Range": tag}
    assert request(port, "GET", CALENDAR, ranged)[2] == data[:10]
    assert request(port, "GET", CALENDAR, {**ranged, "If-Range": '"other"'})[2] == data
    assert request(port, "GET", CALENDAR, {"Range": f"bytes={len(data)}-"})[0] == 416


def test_a_part_is_never_packed_as_if_it_were_the_whole(port: int, site: Site) -> None:
    path = "open-science/index.html"
    data = (site.www / path).read_bytes()
    asked = {"Range": "bytes=0-2999", "Accept-Encoding": "gzip"}

    status, told, body = request(port, "GET", f"/{path}", asked)

    if status == 206:
        assert (body, told.get("content-encoding")) == (data[:3000], None)
    else:  # a server may leave a range unheard
        assert (status, gzip.decompress(body)) == (200, data)


def test_h8_texts_are_packed_for_whom_it_suits_and_calendars_never(
    port: int, site: Site, host: Host
) -> None:
    for path, row in site.listed().items():
        kind = headers.kind(row.media_type)
        plain = (site.www / path).read_bytes()
        for coding in (*host.packs, "identity"):
            asked = {"Accept-Encoding": coding}
            status, told, body = request(port, "GET", f"/{quote(path)}", asked)
            packed = told.get("content-encoding")
            assert status == 200
            if kind == "text/calendar" or kind.startswith("image/png") or coding == "identity":
                assert (path, packed, body) == (path, None, plain)
            elif len(plain) > 1000 and kind != "application/pdf":
                assert (path, packed) == (path, coding)
                assert len(body) < len(plain)
                assert told["etag"].startswith('W/"')
                assert told["vary"] == "Accept-Encoding"
                assert coding != "gzip" or gzip.decompress(body) == plain
                known = {**asked, "If-None-Match": told["etag"]}
                assert request(port, "GET", f"/{quote(path)}", known)[0] == 304


def test_caches_are_told_that_it_depends_on_the_coding(port: int) -> None:
    told = request(port, "GET", "/open-science/index.html")[1]

    assert "content-encoding" not in told
    assert told["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_curl_unpacks_what_it_asked_for(port: int, site: Site, host: Host, coding: str) -> None:
    address = f"http://127.0.0.1:{port}/open-science/index.html"
    asked = ["curl", "--silent", "--fail", "--compressed", "--header", f"Accept-Encoding: {coding}"]

    got = subprocess.run([*asked, address], capture_output=True, check=True).stdout

    assert got == (site.www / "open-science/index.html").read_bytes()
    head = request(port, "GET", "/open-science/index.html", {"Accept-Encoding": coding})[1]
    assert head.get("content-encoding") == (coding if coding in host.packs else None)


def test_f10_feeds_name_their_hub_and_themselves(port: int, site: Site) -> None:
    named = set()
    for path, row in site.listed().items():
        link = request(port, "HEAD", f"/{quote(path)}")[1].get("link")
        if link is not None:
            address = f"https://w.example.org/{path}"
            assert link == f'<https://hub.example.org/>; rel="hub", <{address}>; rel="self"'
            named.add(path)
            assert headers.kind(row.media_type) in headers.FEEDS
    feeds = {p for p, row in site.listed().items() if headers.kind(row.media_type) in headers.FEEDS}
    assert named == feeds
    assert len(feeds) > 5


def test_folders_are_pages(port: int, site: Site) -> None:
    for target, path in (("/", "index.html"), ("/open-science/", "open-science/index.html")):
        status, told, body = request(port, "GET", target)
        wanted = expected(path, "text/html")
        assert (status, body) == (200, (site.www / path).read_bytes())
        assert {name: told.get(name) for name in wanted} == wanted
    status, told, _ = request(port, "GET", "/open-science")
    assert (status in (301, 308), told["location"]) == (True, "/open-science/")


@pytest.mark.parametrize(
    "target",
    [
        "/nothing.ics",
        "/nothing/",
        "/assets/",
        "/open-science/invites/nothing.ics",
        "/.webinar-feeds/published.json",
        "/%2ewebinar-feeds/published.json",
        "//.webinar-feeds/published.json",
        "/open-science/../.webinar-feeds/published.json",
        "/.webinar-feeds/recordings.json",
    ],
)
def test_what_is_not_there_or_not_for_readers_is_a_page_that_says_so(
    port: int, site: Site, target: str
) -> None:
    """What publishing keeps for itself is there, but not for readers; no folder is listed."""
    assert (site.www / ".webinar-feeds/published.json").is_file()

    status, told, body = request(port, "GET", target)

    assert (status, body) == (404, (site.www / "404.html").read_bytes())
    assert told["content-type"] == "text/html; charset=utf-8"
    for name in ("cache-control", "content-disposition", "access-control-allow-origin", "link"):
        assert name not in told


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nobody_writes(port: int, site: Site, method: str) -> None:
    before = (site.www / MANIFEST).read_bytes()

    assert request(port, method, f"/{MANIFEST}")[0] == 405
    assert (site.www / MANIFEST).read_bytes() == before
