"""Bytes to text: which bytes and which characters an event file may hold (S2).

Knows encodings, control characters and the ones that turn text around. Knows no YAML: where the
text stands in a file is all it says about places.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

from webinar_feeds.diagnostics import Diagnostic, Location, Severity, declare

not_utf8 = declare(
    "WF001",
    Severity.ERROR,
    "byte 0x{byte:02X} is not UTF-8{meant}",
    help="save the file as UTF-8",
)
wide = declare(
    "WF002",
    Severity.ERROR,
    "the file is saved as {encoding}, not as UTF-8",
    help="save the file as UTF-8",
)
too_large = declare(
    "WF003",
    Severity.ERROR,
    "the file has {size:,} bytes, more than the {limit:,} that are read",
    help="divide it into several series, or raise `max_file_size` in `site.yaml`",
)
control = declare(
    "WF004", Severity.ERROR, "the text holds {name}, which cannot be shown", help="{cure}"
)
direction = declare(
    "WF005",
    Severity.ERROR,
    "the text holds {name}, which can make it read otherwise than it is",
    help="delete the invisible character; right-to-left text needs none",
)
separator = declare(
    "WF006",
    Severity.ERROR,
    "the text holds {name}",
    help="replace it with an ordinary line break or a space",
)

# What no text may hold (S2), and the byte order mark, which is invisible inside a file.
REFUSED: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
    "\ud800-\udfff]"
)
# What an ASCII letter may compose with in NFC: no composite of Unicode begins otherwise.
MARKS: Final = re.compile("[\u0300-\u036f]")
_DIRECTIONS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SEPARATORS: Final = {
    "\x85": "U+0085, a line break of other systems",
    "\u2028": "U+2028, a line separator",
    "\u2029": "U+2029, a paragraph separator",
}


class Source(NamedTuple):
    """A file that has been read: its path as the user should see it (posix), and its bytes."""

    path: str
    data: bytes


class Lines:
    """The lines of a source, decoded when somebody first asks; safe to print."""

    __slots__ = ("_data", "_lines", "path")

    def __init__(self, source: Source) -> None:
        """Keep the bytes; nothing is decoded yet."""
        self.path = source.path
        self._data = source.data
        self._lines: list[str] | None = None

    def text(self, number: int) -> str | None:
        """Line `number`, from 1, without its break; None when the file has no such line."""
        if self._lines is None:
            text = self._data.decode("utf-8-sig", errors="replace")
            self._lines = printable(plain_breaks(text)).split("\n")
        return self._lines[number - 1] if 0 < number <= len(self._lines) else None

    def span(self, line: int, column: int, end: int) -> Location:
        """A part of one line: `end` is the column after it."""
        return Location(self.path, line, column, end, self.text(line))


def unfit(source: Source, limit: int, lines: Lines) -> Diagnostic | None:
    """Why the bytes cannot be read as text of at most `limit` bytes; None when they can."""
    path, data = source
    if len(data) > limit:
        return too_large.diagnostic(Location(path), size=len(data), limit=limit)
    encoding = _wide_encoding(data)
    if encoding:
        return wide.diagnostic(Location(path), encoding=encoding)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _bad_byte(data, error.start, lines)
    return None


def _wide_encoding(data: bytes) -> str | None:
    """UTF-32 or UTF-16, by the byte order mark or by NULs around the first letters."""
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff", b"\x00\x00\x00")):
        return "UTF-32"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    if data[1:4] == b"\x00\x00\x00":
        return "UTF-32"
    nul = [byte == 0 for byte in data[:4]]
    return "UTF-16" if nul in ([True, False] * 2, [False, True] * 2) else None


def _bad_byte(data: bytes, at: int, lines: Lines) -> Diagnostic:
    """The first byte that is not UTF-8, and the character it is likely to stand for."""
    before = plain_breaks(data[:at].decode("utf-8-sig"))
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    try:
        data.decode("cp1252")
        meant = f", it was probably meant to be `{data[at : at + 1].decode('cp1252')}`"
    except UnicodeDecodeError:
        meant = ""
    return not_utf8.diagnostic(lines.span(line, column, column + 1), byte=data[at], meant=meant)


def refused(character: str, place: Location) -> Diagnostic:
    """What is wrong with one of the `REFUSED` characters; its rule depends on what it does."""
    name = f"U+{ord(character):04X}"
    if character in _SEPARATORS:
        return separator.diagnostic(place, name=_SEPARATORS[character])
    if character in _DIRECTIONS:
        name = f"{name} ({unicodedata.name(character).lower()})"
        return direction.diagnostic(place, name=name)
    if "\ud800" <= character <= "\udfff":
        cure = "write the character itself instead of its halves"
        return control.diagnostic(place, name=f"{name}, half a character", cure=cure)
    return control.diagnostic(place, name=name, cure=_cure(character))


def _cure(character: str) -> str:
    """What to write instead of a control character."""
    if "\x80" <= character <= "\x9f":
        meant = character.encode("latin-1").decode("cp1252", errors="ignore")
        if meant:
            return f"write `{meant}` if that was meant, else delete it"
    return "delete it; copying from another program may have brought it in"


def plain_breaks(text: str) -> str:
    """CRLF and CR as LF, so that lines count alike everywhere."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def printable(text: str) -> str:
    """The text with each refused character as U+FFFD: one for one, so columns stay."""
    return REFUSED.sub("\ufffd", text)


def shortened(text: str) -> str:
    """Text for a message: one line, printable, at most 80 characters."""
    line = printable(" ".join(text[:1000].split()))
    return line if len(line) <= 80 else f"{line[:79]}…"
