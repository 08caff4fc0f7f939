"""A site to be looked at in a browser: what it holds, what serves it, and Debian's Chromium."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

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
  - id: after-the-change
    date: 2027-03-30
    title: After the clocks have changed
    talks: [{title: Reading, speakers: [{name: Ana Lima, role: Biologist}]}]
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
def serving(folder: Path, types: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address at which a folder is served on loopback; `types` are media types by ending."""
    kind = type("_Typed", (_Quiet,), {"extensions_map": {**_Quiet.extensions_map, **(types or {})}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(kind, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
