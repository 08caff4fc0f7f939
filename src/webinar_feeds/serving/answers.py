"""What is answered about a file: status, headers and which of its bytes (RFC 9110).

A function of the file and of what was asked. The headers are those that a host should be taught
(H1-H8); only the time that a browser may keep something is none, so that a preview is never old.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple, Protocol

from webinar_feeds.headers import FRAMES, of_the_file

if TYPE_CHECKING:
    from datetime import datetime

# What pages of ours need and nothing else (W11).
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
)
_TAG = re.compile(r'(?:W/)?("[^"]*")')
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class Asked(Protocol):
    """The headers of a request."""

    def get(self, name: str, /) -> str | None:
        """A header's value; names are the same in any case."""
        ...


class Told(NamedTuple):
    """What there is to be said of the bytes that would be sent.

    `sha256` and `size` are theirs; `policy` is the page's own Content-Security-Policy.
    """

    path: str
    media_type: str
    size: int
    sha256: str
    modified: datetime | None = None
    policy: str | None = None


class Answer(NamedTuple):
    """A status, the headers, and which bytes follow: from `start` up to `stop`, without it."""

    status: HTTPStatus
    headers: dict[str, str]
    start: int
    stop: int


def answer(told: Told, asked: Asked) -> Answer:
    """The answer to a GET or HEAD of a file that is there.

    Args:
        told: the file.
        asked: the headers of the request.
    """
    headers = {**always(told.policy), **_of_the_file(told)}
    if _is_known(headers, asked):
        return Answer(HTTPStatus.NOT_MODIFIED, _without_body(headers), 0, 0)
    headers["Accept-Ranges"] = "bytes"
    span = _span(asked.get("Range") or "", told.size) if _may_be_part(headers, asked) else None
    if span is None:
        headers["Content-Length"] = str(told.size)
        return Answer(HTTPStatus.OK, headers, 0, told.size)
    start, stop = span
    if start >= stop:
        headers["Content-Range"] = f"bytes */{told.size}"
        headers["Content-Length"] = "0"
        status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        return Answer(status, headers, 0, 0)
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{told.size}"
    headers["Content-Length"] = str(stop - start)
    return Answer(HTTPStatus.PARTIAL_CONTENT, headers, start, stop)


def always(policy: str | None = None) -> dict[str, str]:
    """The headers of every answer."""
    return {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": f"{policy or POLICY}; {FRAMES}",
        "X-Content-Type-Options": "nosniff",
    }


def _of_the_file(told: Told) -> dict[str, str]:
    headers = {**of_the_file(told.path, told.media_type), "ETag": f'"{told.sha256}"'}
    if told.modified is not None:
        headers["Last-Modified"] = format_datetime(told.modified.astimezone(UTC), usegmt=True)
    return headers


def _without_body(headers: dict[str, str]) -> dict[str, str]:
    """What a 304 repeats: all but what speaks of the bytes that it does not send."""
    spoken = ("Content-Type", "Content-Disposition")
    return {name: value for name, value in headers.items() if name not in spoken}


def _is_known(headers: dict[str, str], asked: Asked) -> bool:
    """Whether the client has these bytes; its tags count before its date (H3, RFC 9110 §13.2.2)."""
    tags = asked.get("If-None-Match")
    if tags is not None:
        return tags.strip() == "*" or headers["ETag"] in _TAG.findall(tags)
    since = _date(asked.get("If-Modified-Since"))
    modified = _date(headers.get("Last-Modified"))
    return since is not None and modified is not None and modified <= since


def _may_be_part(headers: dict[str, str], asked: Asked) -> bool:
    """Whether a part of the file would fit to the one that the client has."""
    condition = asked.get("If-Range")
    return condition is None or condition in (headers["ETag"], headers.get("Last-Modified"))


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """The bytes that a request is about; None for all, and where several parts are asked for."""
    found = _RANGE.fullmatch(asked.strip())
    if found is None or found[0] == "bytes=-":
        return None
    if not found[1]:
        return max(0, size - int(found[2])), size
    start, last = int(found[1]), int(found[2] or size)
    # The first byte behind the last is asked for by nobody who can count: then it is no range.
    return None if found[2] and last < start else (start, min(size, last + 1))


def _date(written: str | None) -> datetime | None:
    with suppress(ValueError):
        found = parsedate_to_datetime(written or "")
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
