"""Bodies of a message: parts and what holds them, by RFC 2045 and 2046.

Our own like the header lines, and for the same reason; writing one takes a fifth of the standard
library's time. Every line ends in CRLF (I32), and every byte is ASCII (I31).
"""

from __future__ import annotations

import re
from base64 import b64decode, encodebytes
from binascii import b2a_qp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FILE = re.compile(
    rb'\r\nContent-Type: application/ics; name="([^"]+)"\r\n(?:[^\r\n]+\r\n)+\r\n'
    rb"((?:[A-Za-z0-9+/=]+\r\n)+)"
)


def body(subtype: str, value: str) -> bytes:
    """A part that is text in UTF-8: `plain` or `html`."""
    # The end of the first line decides how lines are ended that have to be cut: there must be one.
    ended = value if value.endswith("\n") else f"{value}\n"
    lines = ended.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    head = (f"Content-Type: text/{subtype}; charset=utf-8", "quoted-printable")
    return _part(head, b2a_qp(lines, istext=True))


def calendar(data: bytes, method: str) -> bytes:
    """The part that mail programs act on: `method` in its type, no disposition (I21, I30)."""
    kind = f"Content-Type: text/calendar; method={method}; charset=UTF-8;\r\n component=VEVENT"
    return _part((kind, "base64"), _base64(data))


def file(data: bytes, name: str) -> bytes:
    """A calendar as a file. `name` is ASCII without quotes."""
    head = (
        f'Content-Type: application/ics; name="{name}"',
        "base64",
        f'Content-Disposition: attachment; filename="{name}"',
    )
    return _part(head, _base64(data))


def multipart(subtype: str, boundary: str, parts: Iterable[bytes]) -> bytes:
    """Some parts as one: `alternative` or `mixed`; no part may hold the boundary."""
    mark = b"--" + boundary.encode()
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    return b"".join((head, *(b"%b\r\n%b\r\n" % (mark, part) for part in parts), mark, b"--\r\n"))


def files(message: bytes) -> Iterator[tuple[str, bytes]]:
    """The calendar files in a message of ours: their names and their bytes."""
    for name, body in _FILE.findall(message):
        yield name.decode(), b64decode(body)


def _part(head: tuple[str, ...], body: bytes) -> bytes:
    kind, encoding, *more = head
    lines = (kind, f"Content-Transfer-Encoding: {encoding}", *more, "", "")
    return "\r\n".join(lines).encode() + body


def _base64(data: bytes) -> bytes:
    return encodebytes(data).replace(b"\n", b"\r\n")
