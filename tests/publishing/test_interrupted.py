"""Publications through the command line to a real S3 server, killed anywhere while people read."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

import places
from webinar_feeds.publishing import open_target
from webinar_feeds.publishing.targets import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KILLS = 12


def publish(site: places.Site, where: str, endpoint: str, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "webinar_feeds", "publish", where, "-o", str(site.output)]
    return subprocess.Popen(
        [*command, "--events", str(site.folder / "none"), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=places.environment(endpoint),
    )


def finished(running: subprocess.Popen[str]) -> tuple[int, str]:
    with running:
        said, _ = running.communicate(timeout=100)
    return running.returncode, said


def reading(where: str) -> Callable[[str], bytes | None]:
    """How a reader gets files."""
    place = open_target(where)

    def fetch(path: str) -> bytes | None:
        found = place.read(path)
        return found.data if isinstance(found, Found) else None

    return fetch


@contextmanager
def polling(read: Callable[[str], bytes | None]) -> Iterator[places.Reader]:
    """A subscriber who reads all the time, in a thread of their own."""
    subscriber = places.Reader(read)
    stop = threading.Event()
    failures: list[BaseException] = []

    def look() -> None:
        try:
            while not stop.is_set():
                subscriber.look()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield subscriber
    finally:
        stop.set()
        thread.join()
    for each in failures:
        raise each


def is_there(site: places.Site, where: str) -> None:
    """Every file of a site is found there, as it is."""
    fetch = reading(where)
    for path, data in site.files().items():
        assert fetch(path) == data


def test_kill_9_anywhere_is_seen_by_nobody_and_the_next_run_completes_it(
    first: places.Site,
    second: places.Site,
    s3: str,
    bucket: Callable[[], str],
) -> None:
    where = bucket()
    assert finished(publish(first, where, s3))[0] == 0
    chance = random.Random("kill -9, 2027")  # noqa: S311 - chance that can be repeated
    killed = 0
    with (
        slow(s3) as endpoint,
        polling(reading(where)) as subscriber,
    ):
        for _ in range(KILLS):
            running = publish(second, where, endpoint)
            time.sleep(chance.uniform(0.15, 1.0))
            running.kill()
            killed += finished(running)[0] == -9
        looks = subscriber.looks
        assert finished(publish(second, where, s3, "--verify"))[0] == 0

    assert killed > KILLS // 3
    assert looks > 1
    is_there(second, where)
    fetch = reading(where)
    for path in first.files().keys() - second.files().keys():
        assert fetch(path) is None


@contextmanager
def slow(endpoint: str, *faults: str) -> Iterator[str]:
    """A way to the server on which every request takes a while and some meet a fault."""
    port = int(endpoint.rpartition(":")[2])
    left = list(faults)
    guard = threading.Lock()

    class Way(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _carry(self) -> None:
            from http.client import HTTPConnection  # noqa: PLC0415 - by this alone

            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size)
            with guard:
                fault = left.pop(0) if left else ""
            time.sleep(0.02)
            if fault == "drop":
                self.close_connection = True
                return
            if fault in ("500", "503", "403"):
                self._answer(int(fault), {}, b"")
                return
            way = HTTPConnection("127.0.0.1", port, timeout=places.PATIENCE)
            way.request(self.command, self.path, body, dict(self.headers.items()))
            answer = way.getresponse()
            data = answer.read()
            way.close()
            if fault == "lost":
                self.close_connection = True
                return
            self._answer(answer.status, dict(answer.getheaders()), data)

        do_GET = do_PUT = do_DELETE = do_POST = do_HEAD = _carry  # noqa: N815 - the library's names

        def _answer(self, status: int, headers: dict[str, str], data: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Who was killed does not wait for an answer."""

    with Server(("127.0.0.1", 0), Way) as server:
        running = threading.Thread(target=server.serve_forever, args=(0.02,))
        running.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        running.join()


@pytest.mark.parametrize("seed", range(3))
def test_faults_on_the_way_are_waited_out_and_change_nothing(
    seed: int,
    first: places.Site,
    second: places.Site,
    s3: str,
    bucket: Callable[[], str],
) -> None:
    """Connections that drop before or after the deed, a server in trouble: all at random."""
    where = bucket()
    assert finished(publish(first, where, s3))[0] == 0
    chance = random.Random(f"faults {seed}")  # noqa: S311 - chance that can be repeated
    faults = chance.choices(["", "drop", "lost", "500", "503"], [6, 1, 1, 1, 1], k=60)
    with slow(s3, *faults) as endpoint, polling(reading(where)):
        status, said = finished(publish(second, where, endpoint))
        if status:  # the store's client has had enough of it
            assert status == 3, said
            assert "publish again" in said
            assert finished(publish(second, where, s3))[0] == 0

    is_there(second, where)


def test_keys_that_expire_on_the_way_are_told_and_the_next_run_completes_it(
    first: places.Site,
    second: places.Site,
    s3: str,
    bucket: Callable[[], str],
) -> None:
    where = bucket()
    assert finished(publish(first, where, s3))[0] == 0
    with slow(s3, *[""] * 14, *["403"] * 500) as endpoint:
        status, said = finished(publish(second, where, endpoint))

    assert status == 3
    assert "check the keys, when they expire, and what they permit, and publish again" in said
    assert "Traceback" not in said
    # Its lock was left behind; the same folder knows that it is nobody's.
    begun = time.monotonic()
    assert finished(publish(second, where, s3))[0] == 0
    assert time.monotonic() - begun < 20
    is_there(second, where)


def test_two_at_once_end_with_one_of_both_and_nothing_between(
    first: places.Site,
    second: places.Site,
    s3: str,
    bucket: Callable[[], str],
) -> None:
    """The one with the older ledger is refused or overtaken, whichever comes first."""
    where = bucket()
    assert finished(publish(first, where, s3))[0] == 0
    with slow(s3) as endpoint:
        newer = publish(second, where, endpoint)
        older = publish(first, where, endpoint, "--all")
        ended = [finished(newer), finished(older)]

    if ended[0][0]:  # the older one was first: what the newer had seen was no longer so
        assert "somebody else has published meanwhile" in ended[0][1]
        assert finished(publish(second, where, s3))[0] == 0
    elif ended[1][0]:
        assert any(each in ended[1][1] for each in ("meanwhile", "WF850"))
    is_there(second, where)
