"""Places to publish to, as tests have them: in memory, unreliable, and real ones, here."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import contextmanager
from hashlib import sha256
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import api
from webinar_feeds.artifacts import MANIFEST
from webinar_feeds.publishing import Order
from webinar_feeds.publishing.targets import Answer, Differs, Found, If, Stamp, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from typing import Any

    from webinar_feeds.publishing.targets import Target

KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "us-east-1",
}
PATIENCE = 30  # seconds until a server that does not start is a failure


class Memory:
    """A place in memory, with a number for every version."""

    at_once = 4

    def __init__(self, name: str = "memory://place") -> None:
        self.name = name
        self.files: dict[str, Found] = {}
        self.asked: list[tuple[str, str]] = []
        self.numbers = count(1)
        self.guard = Lock()

    def read(self, path: str, known: Stamp | None = None) -> Found | Answer | None:
        with self.guard:
            self.asked.append(("read", path))
            found = self.files.get(path)
            return Answer.UNCHANGED if found is not None and found.stamp == known else found

    def put(self, path: str, data: bytes, headers: Mapping[str, str], only: If | Stamp) -> Stamp:
        with self.guard:
            self.asked.append(("put", path))
            found = self.files.get(path)
            if only is not If.ANY and (If.NONE if found is None else found.stamp) != only:
                raise Differs(path)
            stamp = Stamp(f'"{next(self.numbers)}"')
            self.files[path] = Found(data, stamp, dict(headers))
            return stamp

    def delete(self, path: str) -> None:
        with self.guard:
            self.asked.append(("delete", path))
            self.files.pop(path, None)


class Unreliable:
    """A place that fails at a request of a certain number: before it is done, or after.

    With `stays` it is never reached again, as by a publisher that was killed. `seen` is
    called after every request, as readers come at any time.
    """

    def __init__(
        self,
        place: Target,
        fails_at: int,
        *,
        after: bool = False,
        stays: bool = False,
        error: Callable[[], BaseException] = lambda: Unavailable("no answer"),
        seen: Callable[[], None] = lambda: None,
    ) -> None:
        self.place, self.fails_at, self.after = place, fails_at, after
        self.stays, self.error, self.seen = stays, error, seen
        self.name, self.at_once = place.name, 1
        self.requests = 0

    @contextmanager
    def _request(self) -> Iterator[None]:
        self.requests += 1
        is_due = self.requests == self.fails_at
        is_over = self.stays and 0 < self.fails_at < self.requests
        if is_over or (is_due and not self.after):
            raise self.error()
        yield
        self.seen()
        if is_due:
            raise self.error()

    def read(self, path: str, known: Stamp | None = None) -> Found | Answer | None:
        with self._request():
            return self.place.read(path, known)

    def put(self, path: str, data: bytes, headers: Mapping[str, str], only: If | Stamp) -> Stamp:
        with self._request():
            return self.place.put(path, data, headers, only)

    def delete(self, path: str) -> None:
        with self._request():
            self.place.delete(path)


class Reader:
    """A subscriber who comes again and again, and must never be told less than before.

    Args:
        fetch: gives the bytes of a published path, None when there is nothing.
    """

    def __init__(self, fetch: Callable[[str], bytes | None]) -> None:
        self.fetch = fetch
        self.sequences: dict[str, int] = {}
        self.looks = 0

    def look(self) -> None:
        """Read the manifest, the calendars and the feeds, and follow what they name."""
        manifest = self.fetch(MANIFEST)
        if manifest is None:
            return
        self.looks += 1
        listed = json.loads(manifest)["artifacts"]
        held = {path: self.fetch(path) for path in listed}
        # The manifest may have been replaced meanwhile: then what the old one listed may be gone.
        if self.fetch(MANIFEST) != manifest:
            return
        assert [path for path, data in held.items() if data is None] == []
        for path, data in held.items():
            assert data is not None
            if path.endswith("calendar.ics"):
                self._calendar(path, data.decode())
            if path.endswith(".atom"):
                self._feed(data.decode())

    def _calendar(self, path: str, text: str) -> None:
        for uid, event in re.findall(r"(?ms)^UID:(\S+)$(.+?)^END:VEVENT", text.replace("\r", "")):
            found = re.search(r"(?m)^SEQUENCE:(\d+)$", event)
            sequence = int(found[1]) if found else 0
            # Each calendar for itself: those of topics are sent after those of series.
            assert sequence >= self.sequences.get(f"{path} {uid}", 0)
            self.sequences[f"{path} {uid}"] = sequence

    def _feed(self, text: str) -> None:
        for invite in re.findall(r'rel="related" href="https://w\.example\.org/([^"]+)"', text):
            assert self.fetch(invite) is not None, invite


class Clock:
    """Time that passes when somebody waits, and a little with every look at it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def read(self) -> float:
        self.now += 0.001
        return self.now

    def pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


class Site(NamedTuple):
    """An organiser's folder, for building one version after the other."""

    folder: Path

    @property
    def output(self) -> Path:
        return self.folder / "output"

    def build(self, now: datetime, /, **series: str) -> None:
        """Write event files, remove those of other series, and build."""
        events = self.folder / "events"
        events.mkdir(exist_ok=True)
        for path in events.glob("*.yaml"):
            path.unlink()
        (events / "site.yaml").write_text(
            "title: Ours\nbase_url: https://w.example.org/\nhub: https://hub.example.org/\n"
            "removed: [data]\n",
            encoding="utf-8",
        )
        for name, text in series.items():
            (events / f"{name}.yaml").write_text(text, encoding="utf-8")
        built = api.build(events, self.output, now=now, jobs=1)
        assert built.committed is not None, built.diagnostics

    def order(self, place: Target, name: str = "one", /, **options: Any) -> Order:
        clock = Clock()
        order = Order(self.output, place, name, clock.read, clock.pause)
        return order._replace(**options)

    def files(self) -> dict[str, bytes]:
        """What is to be published, by path."""
        listed = json.loads((self.output / MANIFEST).read_bytes())["artifacts"]
        return {path: (self.output / path).read_bytes() for path in (*listed, MANIFEST)}


def held(place: Memory) -> dict[str, bytes]:
    """What a place in memory holds for its readers, by path."""
    return {path: found.data for path, found in place.files.items() if not path.startswith(".")}


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


@contextmanager
def server(*command: str, port: int) -> Iterator[None]:
    """A server that is at work on a port of this machine, and ends with the tests."""
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and started.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
            except OSError:
                time.sleep(0.05)
        else:
            message = f"{command[0]} has not started"
            raise AssertionError(message)
        yield
    finally:
        started.kill()
        started.wait()


@contextmanager
def s3(bucket: str = "webinars") -> Iterator[str]:
    """A real server of the S3 interface, with a bucket; its address."""
    port = free_port()
    program = [sys.executable, str(Path(__file__).with_name("s3_server.py")), str(port)]
    with server(*program, port=port):
        assert request(port, "PUT", f"/{bucket}")[0] == 200
        yield f"http://127.0.0.1:{port}"


_RADICALE = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = none
[storage]
filesystem_folder = {folder}
[logging]
level = critical
"""
# Who has calendars there, with any password.
ANA = {"Authorization": "Basic " + b64encode(b"ana:secret").decode()}


@contextmanager
def radicale(folder: Path) -> Iterator[int]:
    """A real CalDAV server that keeps its calendars in a folder; its port."""
    port = free_port()
    config = folder / "config"
    told = _RADICALE.format(port=port, folder=folder / "collections")
    config.write_text(told, encoding="utf-8")
    with server(sys.executable, "-m", "radicale", "-C", str(config), port=port):
        # Who comes for the first time gets a folder of their own.
        assert request(port, "PROPFIND", "/ana/", ANA)[0] == 207
        yield port


def request(
    port: int, method: str, path: str, headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """A request to this machine: status, headers by their names in small letters, and body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, headers=dict(headers or {}))
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, told, answer.read()
    finally:
        connection.close()


def hash_of(data: bytes) -> str:
    return sha256(data).hexdigest()


def environment(endpoint: str) -> dict[str, str]:
    """The environment of a program that publishes to a server of this machine."""
    return {**os.environ, **KEYS, "AWS_ENDPOINT_URL": endpoint}
