"""A hub is told of changed feeds, and those who follow them get them from it."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

import places
from webinar_feeds.publishing import hubs
from webinar_feeds.publishing.hubs import Reply, Told, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HUB = "https://hub.example.org/"
ONE, TWO = "https://w.example.org/one.atom", "https://w.example.org/two.atom"
FINE = Reply(204, "204 No Content")
BUSY = Reply(503, "503 Service Unavailable")


class Post:
    """A hub that answers as a test says, the last answer again and again."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.sent: list[tuple[str, bytes]] = []

    def __call__(self, hub: str, body: bytes) -> Reply:
        self.sent.append((hub, body))
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def told(post: Post, *topics: str) -> tuple[list[Told], list[float]]:
    waits: list[float] = []
    return list(tell(HUB, topics, pause=waits.append, post=post)), waits


def test_f10_a_hub_is_told_of_each_feed_by_its_own_address() -> None:
    post = Post(FINE)

    assert told(post, ONE, TWO) == (
        [Told(ONE, FINE.words, False), Told(TWO, FINE.words, False)],
        [],
    )
    assert post.sent == [
        (HUB, b"hub.mode=publish&hub.url=https%3A%2F%2Fw.example.org%2Fone.atom"),
        (HUB, b"hub.mode=publish&hub.url=https%3A%2F%2Fw.example.org%2Ftwo.atom"),
    ]


def test_a_hub_that_is_busy_is_asked_again_after_growing_pauses() -> None:
    assert told(Post(BUSY, Reply(0, "refused"), FINE), ONE) == (
        [Told(ONE, FINE.words, False)],
        [1.0, 4.0],
    )


def test_a_hub_says_how_long_to_wait() -> None:
    assert told(Post(BUSY._replace(wait=7.0), FINE), ONE)[1] == [7.0]
    assert told(Post(BUSY._replace(wait=3600.0), FINE), ONE) == (
        [Told(ONE, BUSY.words, True)],
        [],
    )


def test_of_a_hub_that_is_down_every_feed_is_owed_and_it_is_waited_for_once() -> None:
    done, waits = told(Post(BUSY), ONE, TWO)

    assert [(each.topic, each.owed) for each in done] == [(ONE, True), (TWO, True)]
    assert waits == list(hubs.PAUSES)


def test_what_a_hub_refuses_for_good_is_not_owed() -> None:
    post = Post(Reply(400, "400 Bad Request"))

    assert told(post, ONE) == ([Told(ONE, "400 Bad Request", False)], [])
    assert len(post.sent) == 1


# --- Over the network ----------------------------------------------------------------------------


@contextmanager
def listening(handle: Callable[[BaseHTTPRequestHandler, bytes], int]) -> Iterator[str]:
    """A server that answers every request with the status that `handle` gives; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(handle(self, body))
            self.send_header("Retry-After", "2")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        running = threading.Thread(target=server.serve_forever, args=(0.02,))
        running.start()
        yield f"http://127.0.0.1:{server.server_port}/hub?key=1"
        server.shutdown()
        running.join()


def test_a_subscriber_gets_the_feed_that_was_published(first: places.Site) -> None:
    """A hub as WebSub describes it: told of a topic, it fetches it and hands it on."""
    got: list[bytes] = []

    def deliver(handler: BaseHTTPRequestHandler, body: bytes) -> int:
        assert handler.headers["Link"] is not None
        got.append(body)
        return 200

    with listening(deliver) as subscriber:

        def hub(handler: BaseHTTPRequestHandler, body: bytes) -> int:
            assert handler.path == "/hub?key=1"
            form = parse_qs(body.decode())
            assert form["hub.mode"] == ["publish"]
            topic = form["hub.url"][0]
            feed = first.files()[topic.removeprefix("https://w.example.org/")].decode()
            # What a subscriber discovers: the feed's own address, and the hub's.
            assert f'rel="self" href="{topic}"' in feed
            assert 'rel="hub" href="https://hub.example.org/"' in feed
            connection_port = int(re.findall(r":(\d+)/", subscriber)[0])
            assert post(connection_port, feed.encode(), f'<{topic}>; rel="self"') == 200
            return 202

        with listening(hub) as address:
            topic = "https://w.example.org/open-science/recordings.atom"
            done = list(tell(address, [topic], pause=lambda _: None))

    assert done == [Told(topic, "202 Accepted", False)]
    assert got == [first.files()["open-science/recordings.atom"]]


def post(port: int, body: bytes, link: str) -> int:
    from http.client import HTTPConnection  # noqa: PLC0415 - by the hub of the test above alone

    connection = HTTPConnection("127.0.0.1", port, timeout=places.PATIENCE)
    try:
        connection.request("POST", "/callback", body, {"Link": link})
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_hub_that_fails_or_is_not_there_is_waited_for() -> None:
    waits: list[float] = []
    statuses = [503, 204]
    with listening(lambda *_: statuses.pop(0)) as address:
        assert list(tell(address, [ONE], pause=waits.append)) == [
            Told(ONE, "204 No Content", False)
        ]
    assert waits == [2.0]

    (gone,) = tell(f"http://127.0.0.1:{places.free_port()}/", [ONE], pause=waits.append)
    assert (gone.owed, gone.said) == (True, "Connection refused")


@pytest.mark.parametrize("name", ["recordings.rss", "recordings.atom", "changes.atom"])
def test_f10_every_feed_names_the_hub(first: places.Site, name: str) -> None:
    feed = first.files()[f"open-science/{name}"].decode()

    assert re.findall(r'<(?:atom:)?link rel="hub" href="([^"]+)"/>', feed) == [HUB]


def test_f10_a_json_feed_names_the_hub_as_its_format_does(first: places.Site) -> None:
    feed = first.files()["open-science/recordings.json"].decode()

    assert '"hubs": [{"type": "WebSub", "url": "https://hub.example.org/"}]' in feed
