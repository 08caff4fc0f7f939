"""The preview over real connections: who is answered, and what goes over the wire."""

from __future__ import annotations

import os
import socket
import threading
from hashlib import sha256
from socketserver import TCPServer
from typing import TYPE_CHECKING

import pytest

from serving.browser import Reply, ask, listen
from webinar_feeds.diagnostics import Diagnostic as Said
from webinar_feeds.diagnostics import Location, Related, Severity
from webinar_feeds.locking import Trouble
from webinar_feeds.serving import Server, State, server
from webinar_feeds.serving.answers import POLICY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = b"<!doctype html><html><head><title>Home</title></head><body>Home</body></html>"
SCRIPT = b'<script src="/.serve/live.js?since=v1" defer></script>\n'
LIVE_PAGE = PAGE.replace(b"</head>", SCRIPT + b"</head>")


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """An output folder with pages, and a secret beside it."""
    folder = tmp_path / "output"
    (folder / "talks/invites").mkdir(parents=True)
    (folder / "index.html").write_bytes(PAGE)
    (folder / "talks/index.html").write_bytes(PAGE)
    (folder / "talks/calendar.ics").write_bytes(b"BEGIN:VCALENDAR\r\n")
    (folder / "talks/invites/a.ics").write_bytes(b"BEGIN:VCALENDAR\r\n")
    (folder / ".webinar-feeds").mkdir()
    (folder / ".webinar-feeds/state").write_bytes(b"secret")
    (tmp_path / "secret").write_bytes(b"secret")
    return folder


@pytest.fixture
def served(output: Path) -> Iterator[Server]:
    """A server of that folder."""
    with Server(output, 0) as running:
        running.live.tell(State("v1"))
        running.start()
        yield running


def raw(served: Server, request: bytes) -> bytes:
    """Everything that is answered to some bytes."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def missing(reply: Reply) -> bool:
    return reply.status == 404 and b"secret" not in reply.body


# --- What is sent ------------------------------------------------------------------------------


def test_a_page_is_sent_with_the_script_that_keeps_it_new(served: Server) -> None:
    reply = ask(served.port, "/")

    assert (reply.status, reply.body) == (200, LIVE_PAGE)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["content-security-policy"] == f"{POLICY}; frame-ancestors 'none'"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["server"] == "webinar-feeds"
    assert reply.headers["content-length"] == str(len(LIVE_PAGE))


def test_h3_tags_are_hashes_of_what_is_sent(served: Server) -> None:
    for path in ("/", "/talks/calendar.ics"):
        reply = ask(served.port, path)
        assert reply.headers["etag"] == f'"{sha256(reply.body).hexdigest()}"'
        again = ask(served.port, path, If_None_Match=reply.headers["etag"])
        assert (again.status, again.body) == (304, b"")
        assert "content-length" not in again.headers


def test_h3_another_file_is_sent_again(served: Server, output: Path) -> None:
    before = ask(served.port, "/talks/calendar.ics")
    (output / "talks/calendar.ics").write_bytes(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")

    after = ask(served.port, "/talks/calendar.ics", If_None_Match=before.headers["etag"])

    assert (after.status, after.body[-15:]) == (200, b"END:VCALENDAR\r\n")


@pytest.mark.parametrize("path", ["/", "/talks/calendar.ics", "/nothing", "/.serve/live.js"])
def test_h6_head_is_answered_like_get_without_the_body(served: Server, path: str) -> None:
    full, head = ask(served.port, path), ask(served.port, path, "HEAD")

    assert (head.status, head.body) == (full.status, b"")
    assert {**head.headers, "date": ""} == {**full.headers, "date": ""}


def test_a_part_is_sent_of_pages_and_of_files(served: Server) -> None:
    for path, whole in {"/": LIVE_PAGE, "/talks/calendar.ics": b"BEGIN:VCALENDAR\r\n"}.items():
        reply = ask(served.port, path, Range="bytes=3-8")
        assert (reply.status, reply.body) == (206, whole[3:9])


def test_h8_nothing_is_compressed_and_no_host_differs_by_what_is_accepted(served: Server) -> None:
    reply = ask(served.port, "/talks/calendar.ics", Accept_Encoding="gzip, br")

    assert reply.body == b"BEGIN:VCALENDAR\r\n"
    assert {"content-encoding", "vary"} & reply.headers.keys() == set()


def test_a_page_keeps_its_own_policy(served: Server, output: Path) -> None:
    own = "default-src 'none'; script-src &#39;self&#39;; media-src https://media.example.org"
    meta = f'<meta http-equiv="Content-Security-Policy" content="{own}">'
    (output / "index.html").write_text(f"<head>{meta}</head>")
    (output / "talks/index.html").write_bytes(meta.replace("none", "é\n").encode())

    policies = [
        ask(served.port, path).headers["content-security-policy"] for path in ("/", "/talks/")
    ]

    assert policies == [
        f"{own.replace('&#39;', chr(39))}; frame-ancestors 'none'",
        f"{POLICY}; frame-ancestors 'none'",
    ]


def test_a_folder_without_its_slash_leads_to_the_one_with_it(served: Server) -> None:
    reply = ask(served.port, "/talks?x=//elsewhere.example")

    assert (reply.status, reply.headers["location"], reply.body) == (302, "/talks/", b"")


def test_what_is_missing_is_told_by_the_outputs_own_page(served: Server, output: Path) -> None:
    (output / "404.html").write_bytes(PAGE.replace(b"Home", b"Gone"))

    reply = ask(served.port, "/nothing", If_None_Match="*")

    assert (reply.status, reply.body) == (404, LIVE_PAGE.replace(b"Home", b"Gone"))
    assert reply.headers["content-type"] == "text/html; charset=utf-8"


def test_without_pages_there_is_a_list_of_what_there_is(served: Server, output: Path) -> None:
    row = '{"sha256": "", "size": 1, "media_type": "text/plain"}'
    names = ", ".join(f'"{name}": {row}' for name in ("talks/a&b.ics", "x.ics"))
    (output / "manifest.json").write_text(f'{{"artifacts": {{{names}}}}}')
    (output / "index.html").unlink()

    reply = ask(served.port, "/")

    assert reply.status == 404
    assert b'<a href="/talks/a&amp;b.ics">talks/a&amp;b.ics</a>' in reply.body
    assert SCRIPT in reply.body
    assert b"x.ics" not in ask(served.port, "/talks/none").body


def test_a_page_without_a_head_is_kept_new_too(served: Server, output: Path) -> None:
    (output / "index.html").write_bytes(b"<p>Short")

    assert ask(served.port, "/").body == b"<p>Short" + SCRIPT


def test_one_connection_serves_many_requests(served: Server) -> None:
    request = b"GET /talks/calendar.ics HTTP/1.1\r\nHost: localhost\r\n\r\n"

    assert raw(served, request * 3).count(b"HTTP/1.1 200 OK") == 3


def test_a_large_file_is_sent_whole(served: Server, output: Path) -> None:
    data = os.urandom(300_000)
    (output / "video.mp4").write_bytes(data)

    assert ask(served.port, "/video.mp4").body == data


# --- Who is answered ---------------------------------------------------------------------------


def test_only_this_machine_can_connect(served: Server) -> None:
    assert served.address == f"http://127.0.0.1:{served.port}/"
    with pytest.raises(OSError, match="refused"), socket.socket() as other:
        other.connect(("127.0.0.2", served.port))


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "evil.localhost"),
        *("127.0.0.1@evil.example", "[::1]", "127.0.0.1:", "127.0.0.1:x", "0", "127.1", " "),
    ],
)
def test_a_name_that_was_bent_to_this_machine_is_refused(served: Server, host: str) -> None:
    for path in ("/", "/.serve/events", "/.serve/live.js"):
        reply = ask(served.port, path, Host=host)
        assert (reply.status, b"Home" in reply.body) == (421, False)


@pytest.mark.parametrize("host", ["localhost", "LocalHost:9000", "127.0.0.1", "127.0.0.1:80"])
def test_this_machine_may_be_named_in_several_ways(served: Server, host: str) -> None:
    assert ask(served.port, "/", Host=host).status == 200


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n",
        b"GET * HTTP/1.1\r\nHost: localhost\r\n",
        b"nonsense\r\n",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n",
        b"GET / " + b"x" * 70_000,
    ],
)
def test_what_is_no_plain_request_is_refused(served: Server, head: bytes) -> None:
    answer = raw(served, head + b"\r\n")

    assert answer[:10] in (b"HTTP/1.1 4", b"HTTP/1.1 5")
    assert b"X-Content-Type-Options: nosniff" in answer
    assert b"Home" not in answer


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])
def test_nothing_but_reading_is_allowed(served: Server, method: str) -> None:
    reply = ask(served.port, "/", method)

    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")


def test_a_body_is_not_taken_for_the_next_request(served: Server) -> None:
    hidden = b"GET /talks/calendar.ics HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(hidden)

    assert raw(served, head + hidden).count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    "target",
    [
        *("/../secret", "/%2e%2e/secret", "/talks/..%2f..%2fsecret", "/..%5csecret", "//secret"),
        *("/.webinar-feeds/state", "/%2ewebinar-feeds/state", "/talks/../.webinar-feeds/state"),
        *("/.serve/../../secret", "/.serve/live.py", "/.serve/", "/.serve/..%2flive.js"),
    ],
)
def test_no_path_leads_out_of_the_output(served: Server, target: str) -> None:
    assert missing(ask(served.port, target))


def test_a_link_out_of_the_output_is_not_there(served: Server, output: Path) -> None:
    (output / "link").symlink_to("../secret")
    (output / "state.txt").symlink_to(".webinar-feeds/state")

    assert missing(ask(served.port, "/link"))
    assert missing(ask(served.port, "/state.txt"))


# --- What is live ------------------------------------------------------------------------------


def test_an_open_page_is_told_the_state_and_each_change(served: Server) -> None:
    other = Related("the other one", Location("events/b.yaml"))
    place = Location("events/a.yaml", 3, 7, 9, "  - id: ü")
    said = Said("WF101", Severity.ERROR, "wrong", place, "right", (other,))

    with listen(served.port) as states:
        first = next(states)
        served.live.tell(State("v1", (said,)))
        second = next(states)
        served.live.tell(State("v1", (), "the disk is full"))
        third = next(states)
        served.live.tell(State("v2"))
        fourth = next(states)

    assert first == {"version": "v1", "failed": False, "trouble": "", "diagnostics": []}
    assert second["failed"]
    assert second["diagnostics"] == [
        {
            "code": "WF101",
            "severity": "error",
            "message": "wrong",
            "help": "right",
            "file": "events/a.yaml",
            "line": 3,
            "column": 7,
            "end_column": 9,
            "text": "  - id: ü",
            "related": [
                {"message": "the other one", "file": "events/b.yaml", "line": 0, "column": 0}
                | {"end_column": 0, "text": None}
            ],
        }
    ]
    assert (third["failed"], third["trouble"]) == (True, "the disk is full")
    assert fourth == {**first, "version": "v2"}


def test_a_quiet_stream_says_that_it_is_alive(
    served: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEARTBEAT", 0.01)
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as connection:
        connection.sendall(b"GET /.serve/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        heard = b""
        while b"\n\n: still here\n\n" not in heard:
            heard += connection.recv(1 << 16)

    assert b"Cache-Control: no-store\r\n" in heard


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_is_wrong_is_not_told_to_pages_of_others(served: Server, site: str) -> None:
    assert ask(served.port, "/.serve/events", Sec_Fetch_Site=site).status == 403
    assert ask(served.port, "/.serve/events", "HEAD").status == 200
    with listen(served.port, **{"Sec-Fetch-Site": "same-origin"}) as states:
        assert next(states)["version"] == "v1"


@pytest.mark.parametrize(
    ("path", "media_type"), [("live.js", "text/javascript"), ("overlay.css", "text/css")]
)
def test_the_previews_own_files_lie_where_nothing_is_published(
    served: Server, path: str, media_type: str
) -> None:
    reply = ask(served.port, f"/.serve/{path}?since=1")

    assert (reply.status, reply.headers["content-type"]) == (200, f"{media_type}; charset=utf-8")
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_an_end_lets_open_pages_go(output: Path) -> None:
    with Server(output, 0) as running:
        running.start()
        streams = listen(running.port)
        states = streams.__enter__()
        next(states)
    rest = list(states)
    streams.__exit__(None, None, None)

    assert len(rest) <= 1
    with pytest.raises(OSError, match="refused"):
        ask(running.port, "/")


def test_who_asks_before_there_is_an_answer_waits_for_it(output: Path) -> None:
    replies: list[Reply] = []
    with Server(output, 0) as running:
        asking = threading.Thread(target=lambda: replies.append(ask(running.port, "/")))
        asking.start()
        asking.join(0.1)
        early = list(replies)
        running.live.tell(State("v1"))
        running.start()
        asking.join(30)

    assert early == []
    assert [each.body for each in replies] == [LIVE_PAGE]


# --- The port, and what is said ----------------------------------------------------------------


def test_a_port_that_is_taken_is_told_with_what_to_do(served: Server, output: Path) -> None:
    with pytest.raises(Trouble) as told:
        Server(output, served.port)

    assert str(told.value) == (
        f"port {served.port} is taken by another program, perhaps another preview: stop it, or "
        "name another one with `--port`, or `--port 0` to take any that is free"
    )


def test_a_port_that_is_not_ours_to_have_is_told_too(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(TCPServer, "server_bind", refused)
    with pytest.raises(Trouble, match=r"^port 80 cannot be had \(Permission denied\): name"):
        Server(output, 80)


def test_requests_are_told_to_whoever_wants_to_hear_and_command_no_terminal(output: Path) -> None:
    lines: list[str] = []
    heard = threading.Event()

    def hear(line: str) -> None:
        lines.append(line)
        heard.set()

    with Server(output, 0, hear) as running:
        running.start()
        raw(running, b"GET /\x1b[31m\x9b HTTP/1.1\r\nHost: localhost\r\n\r\n")
        heard.wait(30)

    assert lines == ['"GET /\ufffd[31m\ufffd HTTP/1.1" 404 -']


def test_a_browser_that_goes_is_not_spoken_of(
    served: Server, output: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (output / "video.mp4").write_bytes(bytes(8 << 20))
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.sendall(b"GET /video.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.recv(1)

    assert ask(served.port, "/").status == 200
    assert capfd.readouterr().err == ""
