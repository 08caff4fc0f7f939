"""RFC 5545 content lines: values to text, escaping, folding.

Knows §3.1 and §3.3 of RFC 5545 and nothing about events. Values arrive as Python values; what a
person wrote can end up only inside a TEXT value, a quoted parameter or a checked URI, so no text
can begin a line of its own (S3).
"""

from __future__ import annotations

import re
from datetime import UTC
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

_OCTETS = 75
# §3.1 CONTROL, and every other character that some reader takes for a line break.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")
_NO_URI = re.compile("[\x00-\x20\x7f\x85\u2028\u2029]")
_TWO = tuple(f"{number:02}" for number in range(60))
_UNQUOTED = re.compile(r"[^:;,]*")


def escape(text: str) -> str:
    r"""TEXT as RFC 5545 §3.3.11 writes it (C4): `\`, `;`, `,` and newlines escaped, `:` never.

    Args:
        text: any text; control characters (C5) were refused when it was read and are dropped
            here once more, so that a caller's slip cannot break a calendar.
    """
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    text = text.replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    return text if text.isprintable() else _FORBIDDEN.sub("", text)


def parameter(name: str, value: str) -> str:
    """`;NAME=value`, quoted where §3.2 asks for it.

    A parameter cannot hold a double quote; it becomes a single one rather than RFC 6868's `^'`,
    which old clients show as it stands (I24).
    """
    clean = _FORBIDDEN.sub("", value).replace("\n", " ").replace('"', "'")
    quoted = clean if _UNQUOTED.fullmatch(clean) else f'"{clean}"'
    return f";{name}={quoted}"


def uri(address: str) -> str:
    """A URI as it stands behind a property's name, §3.3.13: never quoted, never escaped.

    It was checked when it was read (S5); what no URI holds is dropped once more, so that even
    here a slip cannot begin a line of its own.
    """
    return _NO_URI.sub("", address)


def instant(value: datetime) -> str:
    """A UTC date-time, §3.3.5 form 2: `20200617T110000Z`.

    Raises:
        ValueError: the datetime is not in UTC; a naive one would silently shift (C13).
    """
    if value.tzinfo is not UTC:
        offset = value.utcoffset()
        if offset is None or offset:
            msg = f"not an instant in UTC: {value!r}"
            raise ValueError(msg)
    return _instant(value)


@lru_cache(maxsize=4096)
def _instant(value: datetime) -> str:
    return f"{wall(value)}Z"


def wall(value: datetime) -> str:
    """A local date-time, §3.3.5 form 3, to stand behind a TZID: `20200617T130000`."""
    day = f"{value.year:04}{_TWO[value.month]}{_TWO[value.day]}"  # five times as fast as strftime
    return f"{day}T{_TWO[value.hour]}{_TWO[value.minute]}{_TWO[value.second]}"


def duration(value: timedelta) -> str:
    """A duration of whole seconds, §3.3.6: `PT12H`, `PT1H30M`, `-PT15M`."""
    seconds = int(value.total_seconds())
    sign = "-" if seconds < 0 else ""
    minutes, second = divmod(abs(seconds), 60)
    hour, minute = divmod(minutes, 60)
    parts = [
        f"{count}{unit}" for count, unit in ((hour, "H"), (minute, "M"), (second, "S")) if count
    ]
    return f"{sign}PT{''.join(parts) or '0S'}"


def fold(line: str) -> bytes:
    """One content line as bytes: at most 75 octets a physical line, each ended by CRLF (C1, C2).

    A fold never splits a character, and never a backslash from what it escapes: Google drops
    events with such a fold (C3).
    """
    return lines((line,))


def lines(content: Iterable[str]) -> bytes:
    """Content lines as the bytes of a calendar, each folded as `fold` says."""
    written = [
        line if len(line) <= _OCTETS and line.isascii() else _folded(line) for line in content
    ]
    written.append("")
    return "\r\n".join(written).encode()


def _folded(line: str) -> str:
    """A content line with its folds, without its end."""
    if line.isascii() and "\\" not in line:
        room = _OCTETS - 1
        rest = [line[cut : cut + room] for cut in range(_OCTETS, len(line), room)]
        return "\r\n ".join((line[:_OCTETS], *rest))
    data = line.encode()
    pieces: list[bytes] = []
    start, room = 0, _OCTETS
    while len(data) - start > room:
        cut = start + room
        while data[cut] & 0xC0 == 0x80:
            cut -= 1
        piece = data[start:cut]
        if piece.endswith(b"\\") and (len(piece) - len(piece.rstrip(b"\\"))) % 2:
            cut -= 1
        pieces.append(data[start:cut])
        start, room = cut, _OCTETS - 1
    pieces.append(data[start:])
    return b"\r\n ".join(pieces).decode()
