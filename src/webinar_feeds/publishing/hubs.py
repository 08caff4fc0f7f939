"""Telling a WebSub hub that feeds have changed, so that their readers need not ask (F10).

A hub is asked a few times, with growing pauses; what it could not be told is owed until it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode, urlsplit

from webinar_feeds import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

TIMEOUT = 20  # seconds
PAUSES = (1.0, 4.0, 15.0)  # seconds between the tries
LONGEST = 60.0  # seconds; a hub that asks for more is asked again by the next publication


class Told(NamedTuple):
    """A feed's address, and what the hub said to it; `owed` when it has to be told again."""

    topic: str
    said: str
    owed: bool


class Reply(NamedTuple):
    """A hub's answer: its status, 0 when there was none; the wait that it asks for (seconds)."""

    status: int
    words: str
    wait: float | None = None


def tell(
    hub: str,
    topics: Iterable[str],
    *,
    pause: Callable[[float], None],
    post: Callable[[str, bytes], Reply] | None = None,
) -> Iterator[Told]:
    """Tell a hub of feeds, one after the other.

    Args:
        hub: its address.
        topics: the feeds' own addresses, as their `rel="self"` links say them.
        pause: waits for so many seconds.
        post: sends a form to an address; default: over the network.
    """
    send = post or _post
    down = False
    for topic in topics:
        body = urlencode({"hub.mode": "publish", "hub.url": topic}).encode()
        pauses = () if down else PAUSES
        reply = send(hub, body)
        for each in pauses:
            if not _may_pass(reply.status):
                break
            if (reply.wait or 0) > LONGEST:
                break
            pause(reply.wait or each)
            reply = send(hub, body)
        # A hub that is down is not waited for once more with every feed.
        down = _may_pass(reply.status)
        yield Told(topic, reply.words, owed=down)


def _may_pass(status: int) -> bool:
    """Whether it may go better later."""
    return status in (0, 408, 425, 429) or status >= 500


def _post(hub: str, body: bytes) -> Reply:
    from http.client import (  # noqa: PLC0415 - only who has a hub waits for it
        HTTPConnection,
        HTTPException,
        HTTPSConnection,
    )

    parts = urlsplit(hub)
    made = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = made(parts.hostname or "", parts.port, timeout=TIMEOUT)
    query = f"?{parts.query}" if parts.query else ""
    sent = {
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": f"webinar-feeds/{__version__}",
    }
    try:
        connection.request("POST", f"{parts.path or '/'}{query}", body, sent)
        answer = connection.getresponse()
        answer.read(1 << 16)
        asked = answer.headers.get("Retry-After") or ""
        wait = float(asked) if asked.isascii() and asked.isdigit() else None
        return Reply(answer.status, f"{answer.status} {answer.reason}".strip(), wait)
    except (OSError, HTTPException) as error:
        return Reply(0, getattr(error, "strerror", None) or str(error) or type(error).__name__)
    finally:
        connection.close()
