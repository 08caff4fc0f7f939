"""A client of the preview: plain requests over real connections, and the stream of events."""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 30  # seconds that a slow machine may take


class Reply(NamedTuple):
    """An answer: names of headers in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(port: int, target: str, method: str = "GET", /, **headers: str) -> Reply:
    """Ask for a path exactly as it is written; `If_None_Match` stands for `If-None-Match`.

    A header `Host` replaces the one that is sent of itself, and an empty one leaves it out.
    """
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.putrequest(
            method, target, skip_host="Host" in headers, skip_accept_encoding=True
        )
        for name, value in headers.items():
            if value:
                connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, told, answer.read())


@contextmanager
def listen(port: int, **headers: str) -> Iterator[Iterator[dict[str, Any]]]:
    """The states that the stream tells, as they come."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("GET", "/.serve/events", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/event-stream"
        yield _states(iter(answer.readline, b""))


def _states(lines: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    quiet = 0
    for line in lines:
        if line.startswith(b"data: "):
            quiet = 0
            yield json.loads(line[6:])
        elif line.startswith(b":"):
            quiet += 1
            assert quiet < 3, "nothing is told any more"
