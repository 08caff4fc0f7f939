"""Type for pictures: the glyphs of a cut, and lines of text made of them.

A cut is a face at one size, drawn to pixels once, by `scripts/cut_type.py`, which says how a file
is laid out; nothing here draws an outline, so that the same text is the same pixels everywhere.
Pixels are bytes, the digits `0` (paper) to `7` (ink), and stand column after column, each from top
to bottom: then a line of text is its glyphs' bytes put one after another, and a row of it is every
n-th byte.
"""

from __future__ import annotations

import struct
import zlib
from binascii import hexlify
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).parent / "type"
_ELLIPSIS = "…"
_UNIT = 64  # the pen goes in 1/64 px,
_HEAD = struct.Struct("<6H")
_KERN = 16  # and kerning is in 1/4 px
# What is set as something else or not at all: characters that only say where a line may break.
_PLAIN = str.maketrans({
    "\u00ad": None, "\u200b": None, "\u2060": None, "\ufeff": None,
    "\u2007": "\u00a0", "\u202f": "\u00a0", "\u2011": "-", "\u2010": "-",
    "\t": " ", "\n": " ", "\r": " ", "\u2009": " ", "\u200a": " ", "\u2028": " ", "\u2029": " ",
})  # fmt: skip


class Glyph(NamedTuple):
    """A character of a cut.

    Attributes:
        advance: how far the pen goes on, in 1/64 px.
        left: where its ink begins, in px from the pen.
        top: the first row with ink.
        bottom: the row after the last.
        columns: its pixels.
        left_class: where its kerning as the left of a pair begins.
        right_class: where in that the right of a pair stands.
    """

    advance: int
    left: int
    top: int
    bottom: int
    columns: bytes
    left_class: int
    right_class: int


class Line(NamedTuple):
    """A line of text: its pixels column after column, and which rows of these have ink."""

    columns: bytes
    height: int
    top: int
    bottom: int

    @property
    def width(self) -> int:
        """Its width in px."""
        return len(self.columns) // self.height

    def rows(self) -> list[bytes]:
        """Its pixels row by row, from `top` to `bottom`."""
        return [self.columns[row :: self.height] for row in range(self.top, self.bottom)]


class Cut:
    """A face at one size; `height` of its columns, `baseline` the row that letters stand on."""

    def __init__(self, data: bytes) -> None:
        self.height, self.baseline, count, self._block, lefts, self._rights = _HEAD.unpack_from(
            data
        )
        at = _HEAD.size
        codes, self._advances = (
            struct.unpack_from(f"<{count}H", data, at + count * table * 2) for table in range(2)
        )
        self._numbers = dict(zip(codes, range(count), strict=True))
        at += count * 4
        self._lefts, self._widths, self._tops, self._bottoms, self._left, self._right = (
            data[at + count * table : at + count * (table + 1)] for table in range(6)
        )
        at += count * 6
        self._kerning = memoryview(data).cast("b")[at : at + lefts * self._rights]
        at += lefts * self._rights
        blocks = -(-count // self._block)
        lengths = struct.unpack_from(f"<{blocks}I", data, at)
        self._blocks = tuple(accumulate(lengths, initial=at + blocks * 4))
        self._data = data
        self._unpacked: dict[int, bytes] = {}
        self._glyphs: dict[str, Glyph] = {}

    def has(self, character: str) -> bool:
        """Whether a character can be set."""
        return ord(character) in self._numbers

    def glyph(self, character: str) -> Glyph:
        """A character that the cut has."""
        found = self._glyphs.get(character)
        if found is None:
            number = self._numbers[ord(character)]
            found = self._glyphs[character] = Glyph(
                self._advances[number],
                (self._lefts[number] ^ 0x80) - 0x80,
                self._tops[number],
                self._bottoms[number],
                self._columns(number),
                self._left[number] * self._rights,
                self._right[number],
            )
        return found

    def _columns(self, number: int) -> bytes:
        """The pixels of a glyph, from the block that it is in."""
        block, place = divmod(number, self._block)
        if block not in self._unpacked:
            packed = self._data[self._blocks[block] : self._blocks[block + 1]]
            self._unpacked[block] = zlib.decompress(packed)
        before = sum(self._widths[number - place : number]) * self.height // 2
        size = self._widths[number] * self.height // 2
        return hexlify(self._unpacked[block][before : before + size])

    def width(self, text: str) -> int:
        """How far the pen goes, in 1/64 px."""
        glyphs = [*map(self.glyph, text)]
        kerning = self._kerning
        return sum([glyph.advance for glyph in glyphs]) + _KERN * sum(
            [kerning[one.left_class + other.right_class] for one, other in pairwise(glyphs)]
        )

    def line(self, text: str) -> Line:
        """A line; it begins with the ink of its first letter.

        Where two letters share columns, as `f` and `j` may, a pixel is the darker of theirs or
        a little more.
        """
        height, blank = self.height, b"0" * self.height
        line = bytearray()
        pen, top, bottom = 0, self.baseline, self.baseline
        before: Glyph | None = None
        for glyph in map(self.glyph, text):
            if before is None:
                pen = -glyph.left * _UNIT
            else:
                kern = self._kerning[before.left_class + glyph.right_class]
                pen += before.advance + kern * _KERN
            before = glyph
            if not glyph.columns:
                continue
            top, bottom = min(top, glyph.top), max(bottom, glyph.bottom)
            at = ((pen + _UNIT // 2) // _UNIT + glyph.left) * height
            gap = at - len(line)
            if gap >= 0:
                line += blank * (gap // height)
                line += glyph.columns
            else:
                at = max(at, 0)
                shared = bytes(line[at : at + len(glyph.columns)])
                line[at : at + len(shared)] = _over(shared, glyph.columns[: len(shared)])
                line += glyph.columns[len(shared) :]
        return Line(bytes(line), height, top, bottom)


def _over(one: bytes, other: bytes) -> bytes:
    """Two pieces of the same length printed over each other."""
    both = int.from_bytes(one) | int.from_bytes(other)
    return both.to_bytes(len(one))


@cache
def cut(name: str) -> Cut:
    """A cut by its name."""
    return Cut((_FOLDER / f"{name}.cut").read_bytes())


def has_rightward(text: str) -> bool:
    """Whether a text may have letters that are written from right to left."""
    return any("\u0590" <= sign <= "\u08ff" or "\ufb1d" <= sign <= "\ufefc" for sign in text)


def settable(text: str, face: Cut) -> str:
    """A text as a cut can set it: signs that it lacks are left out, Arabic letters are joined.

    Returns:
        the text as it is read, with single spaces; nothing when a letter or digit of it is
        lacking, since half a word says something else or nothing.
    """
    text = " ".join(word for word in text.translate(_PLAIN).split(" ") if word)
    if all(map(face.has, text)):
        return text
    from unicodedata import category, normalize  # noqa: PLC0415 - few texts need it

    text = normalize("NFC", text)
    if has_rightward(text):
        from webinar_feeds.rendering.pages.direction import joined  # noqa: PLC0415 - as above

        text = joined(text)
    kept = []
    for character in text:
        if face.has(character):
            kept.append(character)
        elif category(character)[0] in "LNM" and character not in "\ufe0e\ufe0f\u20e3":
            return ""
    return " ".join(word for word in "".join(kept).split(" ") if word)


def lines(text: str, face: Cut, measure: int, most: int) -> list[str] | None:
    """A text in lines of about one length.

    Args:
        text: what the cut can set.
        face: the cut.
        measure: the greatest width, in px.
        most: the greatest number of lines.

    Returns:
        the lines; None when there would be more, or a word is wider than the measure.
    """
    words = [(word, face.width(word)) for word in text.split(" ")]
    space = face.width(" ")
    widest = max(width for _, width in words)
    limit = measure * _UNIT
    if widest > limit:
        return None
    found = _broken(words, space, limit)
    if len(found) > most:
        return None
    # The narrowest measure that needs no line more: its lines are the most alike.
    low, high = widest, limit
    while high - low > 4 * _UNIT:
        middle = (low + high) // 2
        tried = _broken(words, space, middle)
        if len(tried) > len(found):
            low = middle
        else:
            found, high = tried, middle
    return found


def cut_short(text: str, face: Cut, measure: int, most: int) -> list[str]:
    """A text in lines of at most `measure` px, full ones, with an ellipsis for what is left over.

    A word that is wider than a line is broken where the line ends.
    """
    limit, space = measure * _UNIT, face.width(" ")
    words = []
    for word in text.split(" "):
        rest = word
        while (width := face.width(rest)) > limit and len(rest) > 1:
            size = len(rest) - 1
            while size > 1 and face.width(rest[:size]) > limit:
                size -= 1
            words.append((rest[:size], face.width(rest[:size])))
            rest = rest[size:]
        words.append((rest, width))
    found = _broken(words, space, limit)
    if len(found) <= most:
        return found
    last = found[most - 1]
    while last and face.width(last + _ELLIPSIS) > limit:
        shorter = last.rpartition(" ")[0]
        last = shorter or last[:-1]
    return [*found[: most - 1], last.rstrip(" ,;:.–—-،؛") + _ELLIPSIS]


def _broken(words: list[tuple[str, int]], space: int, limit: int) -> list[str]:
    """Words in lines, each as full as it can be."""
    found: list[str] = []
    current: list[str] = []
    used = 0
    for word, width in words:
        if current and used + space + width > limit:
            found.append(" ".join(current))
            current, used = [word], width
        else:
            used += width + (space if current else 0)
            current.append(word)
    return [*found, " ".join(current)]
