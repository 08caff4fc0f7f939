"""A person who follows a calendar: vdirsyncer fetches it over HTTP, khal shows it.

vdirsyncer subscribes in two ways, and one run does both. Its `http` storage is what its users
have; it gives each entry a UID of its own, made from the entry's text, so an entry that changes is
one that goes and one that comes. Its `singlefile` storage reads what was fetched as HTTP's caches
do (ETag, RFC 9110 §13.1.2), and knows entries by their UIDs, as most clients do. Both leave an
entry alone that differs in nothing but DTSTAMP, LAST-MODIFIED and CREATED.
"""

from __future__ import annotations

import functools
import http.client
import http.server
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from referees.calendars import khal_shown
from referees.plain import calendar, unfolded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from referees import Event

BERLIN = "Europe/Berlin"


class Seen(NamedTuple):
    """What one sync did to a store: entries that came, went, or changed, by UID.

    A changed entry maps to the names of the properties that differ.
    """

    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    changed: dict[str, frozenset[str]] = {}  # noqa: RUF012 - nobody writes to it


class Subscriber:
    """A person who has subscribed to one calendar, and what is in their stores now."""

    def __init__(self, home: Path, address: str, path: str) -> None:
        """Subscribe.

        Args:
            home: an empty folder for the person's own files.
            address: the server's `host:port`, on this machine.
            path: the calendar's path on it.
        """
        self.home = home
        self.address = address
        self.path = path
        self._validator: str | None = None
        for name in ("events", "copies"):
            (home / name).mkdir(parents=True)
        (home / "config").write_text(_config(home, f"http://{address}{path}"), encoding="utf-8")
        self.fetch()
        self._vdirsyncer("discover")

    def fetch(self) -> int:
        """Ask for the calendar, if it is another than the last time; returns the HTTP status."""
        connection = http.client.HTTPConnection(self.address, timeout=30)
        known = {} if self._validator is None else {"If-None-Match": self._validator}
        connection.request("GET", self.path, headers=known)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status == 200:
            self._validator = answer.headers["ETag"]
            (self.home / "fetched.ics").write_bytes(body)
        return answer.status

    def sync(self) -> Seen:
        """Bring both stores up to date; returns what changed for a client that goes by UIDs."""
        before = self.entries()
        self.fetch()
        self._vdirsyncer("sync")
        after = self.entries()
        return Seen(
            frozenset(after.keys() - before.keys()),
            frozenset(before.keys() - after.keys()),
            {
                uid: frozenset(_differing(before[uid], after[uid]))
                for uid in before.keys() & after.keys()
                if before[uid] != after[uid]
            },
        )

    def entries(self) -> dict[str, bytes]:
        """What a client has that knows entries by their UIDs: each entry's file, by its UID."""
        found = {path.stem: path.read_bytes() for path in sorted(self.home.glob("copies/*.ics"))}
        for uid, data in found.items():
            assert event(data)["UID"] == uid
        return found

    def files(self) -> dict[str, tuple[bytes, int]]:
        """What the subscription has stored: each file's bytes and when it was written."""
        return {
            path.name: (path.read_bytes(), path.stat().st_mtime_ns)
            for path in sorted(self.home.glob("events/*.ics"))
        }

    def agenda(self) -> list[tuple[str, str, str]]:
        """What khal shows on a clock in Berlin: start, title and status of each entry, by start."""
        shown: list[Event] = khal_shown(self.home, BERLIN, "2026-01-01", "2028-01-01")
        return [
            (f"{one.start:%Y-%m-%d %H:%M}Z", one.summary or "", one.status or "") for one in shown
        ]

    def _vdirsyncer(self, command: str) -> None:
        done = subprocess.run(
            ["vdirsyncer", "-v", "WARNING", "-c", str(self.home / "config"), command],
            check=False,
            capture_output=True,
            encoding="utf-8",
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.home), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def event_text(data: bytes) -> str:
    """The one VEVENT of a file as text, unfolded, as `events` gives it."""
    ((_, text),) = events(data).items()
    return text


def event(data: bytes) -> dict[str, str]:
    """The one VEVENT of a file, its properties' values by name, as they are written."""
    (found,) = calendar(data).parts("VEVENT")
    values = {line.name: line.value for line in found.lines}
    assert len(values) == len(found.lines), "a property stands twice"
    return values


def events(data: bytes) -> dict[str, str]:
    """The VEVENTs of a calendar as text, unfolded, by UID; no UID stands twice."""
    found: dict[str, str] = {}
    for text in "\n".join(unfolded(data)).split("BEGIN:VEVENT\n")[1:]:
        inner = text.partition("END:VEVENT")[0]
        (uid,) = (line[4:] for line in inner.split("\n") if line.startswith("UID:"))
        assert uid not in found, f"{uid} stands twice"
        found[uid] = inner
    return found


@contextmanager
def published(folder: Path) -> Iterator[str]:
    """The `host:port`, on this machine alone, at which a folder can be fetched meanwhile."""
    handler = functools.partial(_Static, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


class _Static(http.server.SimpleHTTPRequestHandler):
    """Static files as nginx serves them: an ETag of date and size, and 304 for who knows it."""

    extensions_map = {  # noqa: RUF012 - the base class's own way
        "": "application/octet-stream",
        ".ics": "text/calendar; charset=utf-8",
        ".atom": "application/atom+xml",
    }

    def do_GET(self) -> None:
        if self.headers.get("If-None-Match") == self._validator():
            self.send_response(304)
            self.end_headers()
            return
        super().do_GET()

    def end_headers(self) -> None:
        validator = self._validator()
        if validator is not None:
            self.send_header("ETag", validator)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: the test says what matters."""

    def _validator(self) -> str | None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            return None
        told = path.stat()
        return f'"{told.st_mtime_ns:x}-{told.st_size:x}"'


def _differing(before: bytes, after: bytes) -> set[str]:
    old, new = event(before), event(after)
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def _config(home: Path, url: str) -> str:
    pair = 'collections = null\nconflict_resolution = "a wins"\n'
    return f"""\
[general]
status_path = "{home}/status/"

[pair subscription]
a = "feed"
b = "events"
{pair}
[storage feed]
type = "http"
url = "{url}"

[storage events]
type = "filesystem"
path = "{home}/events"
fileext = ".ics"

[pair mirror]
a = "fetched"
b = "copies"
{pair}
[storage fetched]
type = "singlefile"
path = "{home}/fetched.ics"

[storage copies]
type = "filesystem"
path = "{home}/copies"
fileext = ".ics"
"""
