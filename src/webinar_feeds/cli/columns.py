"""Texts in a terminal's columns: how wide they are, where they may be broken, how they align.

A terminal gives every character none, one or two columns, which is not how many characters or
bytes it is. Knows Unicode and nothing of what the texts say.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FSI, _PDI = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_JOINER, _SOFT_HYPHEN = "\N{ZERO WIDTH JOINER}", "\N{SOFT HYPHEN}"
# Chinese and Japanese break anywhere, but not before these and not after those (kinsoku).
_CLOSING = frozenset(
    "、。，．・：；？！）」』】〕］｝〉》ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ….,;:!?)]}»”’"
)
_OPENING = frozenset("（「『【〔［｛〈《([{«“‘")
# Spaces that keep what stands beside them together are no place to break.
_SPACES = re.compile(r"[ \t\r\n]+")


def of(character: str) -> int:
    """How many columns a terminal gives a character."""
    if character.isascii():
        return 1
    code = ord(character)
    # The vowels and endings of a Korean syllable that is written in parts stand in its first.
    if 0x1160 <= code <= 0x11FF:
        return 0
    if unicodedata.category(character) in {"Mn", "Me", "Cf"} and character != _SOFT_HYPHEN:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def width(text: str) -> int:
    """How many columns a text takes."""
    return len(text) if text.isascii() else sum(map(of, text))


def padded(text: str, columns: int) -> str:
    """A text, filled up with spaces to so many columns."""
    return text + " " * (columns - width(text))


def isolated(text: str) -> str:
    """A text whose direction cannot disturb what stands around it.

    Only those get the marks that need them: where a text is written from right to left, a terminal
    that orders it would move the neighbouring times and commas too (UAX #9, rule X5c).
    """
    if any(unicodedata.bidirectional(each) in {"R", "AL"} for each in text):
        return f"{_FSI}{text}{_PDI}"
    return text


def wrapped(text: str, columns: int) -> list[str]:
    """A text in lines of at most so many columns; an address is never broken, and may be longer.

    What `isolated` has marked stays so in each of its lines.
    """
    lines: list[str] = []
    line, used = "", 0
    for gap, piece in _pieces(text, columns):
        size = width(piece)
        if line and used + len(gap) + size > columns:
            lines.append(line)
            line, used = "", 0
        lead = gap if line else ""
        line += lead + piece
        used += len(lead) + size
    return list(_whole([*lines, line] if line else lines))


def balanced(text: str, columns: int) -> list[str]:
    """The same number of lines, as even as they can be: no word is left alone on the last."""
    lines = wrapped(text, columns)
    while columns > 1 and len(narrower := wrapped(text, columns - 1)) == len(lines):
        lines, columns = narrower, columns - 1
    return lines


def _pieces(text: str, columns: int) -> Iterator[tuple[str, str]]:
    """What no line break may divide, each with the space before it."""
    for word in filter(None, _SPACES.split(text)):
        held, gap = "", " "
        long = width(word) > columns and "://" not in word
        for cluster in _clusters(word):
            if held and (
                _may_break(held, cluster) or (long and width(held) + width(cluster) > columns)
            ):
                yield gap, held
                held, gap = "", ""
            held += cluster
        yield gap, held


def _clusters(word: str) -> Iterator[str]:
    """Characters with those that are written into or joined to them."""
    held = ""
    for each in word:
        joined = of(each) == 0 or held.endswith(_JOINER) or held == _FSI
        if held and (not joined or each == _FSI):
            yield held
            held = ""
        held += each
    yield held


def _may_break(before: str, after: str) -> bool:
    """Whether a line may end between two clusters without a space."""
    last = next((each for each in reversed(before) if of(each)), "")
    first = next((each for each in after if of(each)), "")
    if not first or first in _CLOSING or last in _OPENING:
        return False
    return _is_ideographic(last) or _is_ideographic(first)


def _is_ideographic(character: str) -> bool:
    """Whether it is wide, and of a script that puts no space between words, as Korean does."""
    return character != "" and of(character) == 2 and not 0xAC00 <= ord(character) <= 0xD7A3


def _whole(lines: list[str]) -> Iterator[str]:
    """Lines that each end what they isolate, and begin again what the line before had to end."""
    open_ = 0
    for line in lines:
        begun = _FSI * open_ + line
        open_ = begun.count(_FSI) - begun.count(_PDI)
        yield begun + _PDI * open_
