"""Readers of RSS, Atom and JSON feeds: two parsers and a feed reader that people use.

A reader that does not tell something gives None. feedparser reads no JSON Feed, newsboat of
Debian 12 neither; newsboat keeps one date an item and puts Atom's `updated` there.
"""

from __future__ import annotations

import calendar
import functools
import http.server
import sqlite3
import subprocess
import tempfile
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import feedparser

from referees.programs import Refused, program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from time import struct_time


class Item(NamedTuple):
    """What a reader understood of an item; instants in UTC."""

    id: str
    title: str | None
    link: str | None
    published: datetime | None
    updated: datetime | None
    enclosures: tuple[str, ...]


def feedparser_items(data: bytes) -> list[Item]:
    """The items that feedparser reads in RSS or Atom, in the feed's order.

    Raises:
        Refused: feedparser finds the document ill-formed.
    """
    parsed = feedparser.parse(data)
    if parsed.bozo or not parsed.version:
        raise Refused(str(parsed.get("bozo_exception", "no feed")))
    return [
        Item(
            id=entry.id,
            title=entry.get("title"),
            # Without any link it would offer the id as one.
            link=entry.get("link") if entry.get("links") else None,
            published=_from_struct(dict.get(entry, "published_parsed")),
            updated=_from_struct(dict.get(entry, "updated_parsed")),
            enclosures=tuple(one.href for one in entry.get("enclosures", ())),
        )
        for entry in parsed.entries
    ]


def feedsmith_items(data: bytes) -> list[Item]:
    """The items that feedsmith reads in RSS, Atom or a JSON feed, in the feed's order."""
    answer = program("feedsmith.mjs").ask(data.decode())
    return [_item(told) for told in answer["items"]]


def newsboat_items(url: str, home: Path | None = None) -> list[Item]:
    """The items that newsboat shows after it has fetched a feed, newest first.

    Args:
        url: the feed's address.
        home: a folder in which newsboat remembers what it has seen before; it shows that too.

    Raises:
        Refused: newsboat has fetched nothing, or not understood it.
    """
    if home is None:
        with tempfile.TemporaryDirectory(prefix="newsboat-") as folder:
            return newsboat_items(url, Path(folder))
    (home / "urls").write_text(url + "\n", encoding="utf-8")
    (home / "config").write_text("download-retries 1\n", encoding="utf-8")
    done = subprocess.run(
        [
            *("newsboat", "-q", "-x", "reload"),
            *("-u", str(home / "urls"), "-C", str(home / "config")),
            *("-c", str(home / "cache.db")),
        ],
        check=False,
        capture_output=True,
        encoding="utf-8",
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    with closing(sqlite3.connect(home / "cache.db")) as cache:
        # A feed that was not understood has no title in the cache.
        known = cache.execute("select title from rss_feed where title != ''").fetchall()
        rows = cache.execute(
            "select guid, title, url, pubDate, enclosure_url from rss_item"
            " where deleted = 0 order by pubDate desc, id"
        ).fetchall()
    if not known:
        raise Refused(done.stdout + done.stderr)
    return [
        Item(
            guid,
            title,
            link,
            datetime.fromtimestamp(date, UTC),
            None,
            (enclosure,) * bool(enclosure),
        )
        for guid, title, link, date, enclosure in rows
    ]


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address, on this machine alone, under which a folder can be fetched meanwhile."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012 - the base class's own way
        ".rss": "application/rss+xml",
        ".atom": "application/atom+xml",
        ".json": "application/feed+json",
        ".ics": "text/calendar; charset=utf-8",
    }

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: the test says what matters."""


def _item(told: dict[str, Any]) -> Item:
    return Item(
        id=told["id"],
        title=told["title"],
        link=told["link"],
        published=_date(told["published"]),
        updated=_date(told["updated"]),
        enclosures=tuple(told["enclosures"]),
    )


def _date(text: str | None) -> datetime | None:
    """A date as feeds write it: RFC 3339, or RFC 822 in RSS."""
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        parsed = parsedate_to_datetime(text)
    return parsed.astimezone(UTC)


def _from_struct(parsed: struct_time | None) -> datetime | None:
    return None if parsed is None else datetime.fromtimestamp(calendar.timegm(parsed), UTC)
