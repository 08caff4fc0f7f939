"""The picture that a link to a session is shown with: a PNG of 1200 × 630, set in our own type.

On the left the day, as a leaf of a calendar in the colour of its series; on the right what it is.
The same texts make the same bytes everywhere: glyphs are pixels already (`typesetting`), and the
only compression is zlib's run-length strategy, which finds the same in zlib and in its faster kin.
"""

from __future__ import annotations

import struct
import zlib
from binascii import unhexlify
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.rendering.pages.typesetting import (
    cut,
    cut_short,
    has_rightward,
    lines,
    settable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from webinar_feeds.rendering.pages.texts import Texts
    from webinar_feeds.rendering.pages.typesetting import Cut

MEDIA_TYPE = "image/png"
WIDTH, HEIGHT = 1200, 630

# Colours as in style.css. All accents bear paper-coloured text, and are read on paper, at 7 : 1 or
# more (WCAG 1.4.6), and so is grey text.
PAPER, INK = 0xFDFCF9, 0x1C1B19
ACCENTS = (0x0B5A66, 0x7A2438, 0x2F4486, 0x1F5C38, 0x6B2F6B, 0x6D4409, 0x324D5C, 0x8A2B16)
OFF = 0x57534D  # the leaf of a session that does not take place as announced

# The 16 colours: paper to ink in 8 steps; the accent; the accent to paper in 6 steps between.
_ON_PAPER = bytes.maketrans(b"01234567", b"01234567")
_SOFT = bytes.maketrans(b"01234567", b"01123445")
_ACCENT = bytes.maketrans(b"01234567", b"0edcba98")
_ON_ACCENT = bytes.maketrans(b"01234567", b"89abcdef")

# Where things stand, in px: the leaf is a quarter of the picture, the body the rest of it.
_LEAF = 300
_LEFT, _INNER = 52, 228  # text on the leaf: from its edge, and its greatest width
_BODY, _MEASURE = 54, 790  # text beside it, likewise
_TOP, _DAY, _BOTTOM = 92, 246, 570  # baselines: the first, the day's number, the last


def png(texts: Texts, accent_seed: str) -> bytes:
    """The picture.

    Args:
        texts: what it says. A text with a letter that our type lacks is left out; without its
            title, a picture shows the time in its place.
        accent_seed: what chooses the colour, the same for all sessions of a series.
    """
    colour = OFF if texts.state else ACCENTS[zlib.crc32(accent_seed.encode()) % len(ACCENTS)]
    leaf = _Sheet(_LEAF, b"\x88", rightward=texts.rightward)
    body = _Sheet(WIDTH - _LEAF, b"\x00", rightward=texts.rightward)
    title = _title(texts.title)
    _set_leaf(leaf, texts, with_time=bool(title))
    _set_body(body, texts, title)
    first, second = (body, leaf) if texts.rightward else (leaf, body)
    pieces = [
        piece
        for left, right in zip(first.rows, second.rows, strict=True)
        for piece in (b"\0", *left, *right)
    ]
    return _png(pieces, colour)


class _Sheet:
    """Rows of pixels, two a byte; `ground` is the byte of what is not printed on.

    A row is pieces that follow one another, since most have one piece of text.
    """

    def __init__(self, width: int, ground: bytes, *, rightward: bool) -> None:
        self._ground, self._size, self.rightward = ground, width // 2, rightward
        self._blank = (ground * self._size,)
        self.rows: list[tuple[bytes, ...]] = [self._blank] * HEIGHT

    def print(self, text: str, face: Cut, indent: int, baseline: int, colours: bytes) -> None:
        """Set a line, which stands in visual order.

        Args:
            text: the line.
            face: the cut it is set in.
            indent: from the edge where reading begins to its ink, an even number of px.
            baseline: the row it stands on.
            colours: the digit for each depth of ink.
        """
        line = face.line(text)
        if line.width % 2:
            line = line._replace(columns=line.columns + b"0" * line.height)
        size = line.width // 2
        pixels = unhexlify(b"".join(line.rows()).translate(colours))
        start = self._size - indent // 2 - size if self.rightward else indent // 2
        before, after = self._ground * start, self._ground * (self._size - start - size)
        number = baseline - face.baseline + line.top
        for first in range(0, len(pixels), size):
            pieces = (before, pixels[first : first + size], after)
            under = self.rows[number]
            self.rows[number] = pieces if under is self._blank else self._over(under, pieces)
            number += 1

    def _over(self, under: tuple[bytes, ...], pieces: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """A row with another printed over it, as when a descender meets the next line's accent."""
        ground, one, other = (int.from_bytes(b"".join(row)) for row in (self._blank, under, pieces))
        both = (one ^ ground | other ^ ground) ^ ground
        return (both.to_bytes(self._size),)


class _Block(NamedTuple):
    """Lines in one cut; `above` px from the baseline before to the first, `lead` to the others."""

    face: Cut
    lines: list[str]
    colours: bytes
    lead: int
    above: int = 0


def _print(sheet: _Sheet, blocks: Sequence[_Block], indent: int, baseline: int) -> None:
    """Set blocks one below another, the first line on a baseline."""
    first = True
    for block in blocks:
        for number, line in enumerate(_visual(block.lines, rightward=sheet.rightward)):
            if not first:
                baseline += block.lead if number else block.above
            first = False
            sheet.print(line, block.face, indent, baseline, block.colours)


def _visual(logical: list[str], *, rightward: bool) -> list[str]:
    """The lines of a text, each in the order in which its signs stand."""
    text = " ".join(logical)
    if not rightward and not has_rightward(text):
        return logical
    from webinar_feeds.rendering.pages import direction  # noqa: PLC0415 - few texts need it

    rightward = direction.is_rightward(text, otherwise=rightward)
    return [direction.visual(line, rightward=rightward) for line in logical]


def _print_at_foot(sheet: _Sheet, blocks: Sequence[_Block], indent: int) -> None:
    """Set blocks one below another, the last line at the foot."""
    leads = [
        block.lead if number else block.above
        for block in blocks
        for number, _ in enumerate(block.lines)
    ]
    _print(sheet, blocks, indent, _BOTTOM - sum(leads[1:]))


# ------------------------------------------------------------------------------------- the leaf


def _set_leaf(sheet: _Sheet, texts: Texts, *, with_time: bool) -> None:
    """Weekday, day, month and year from the top; time and zone at the foot."""
    text, strong = cut("text"), cut("strong")
    if weekday := settable(texts.weekday, text):
        day_name = _Block(text, cut_short(weekday, text, _INNER, 1), _ON_ACCENT, 38)
        _print(sheet, [day_name], _LEFT, _TOP)
    if texts.day:
        number = _Block(cut("day"), [str(texts.day.day)], _ON_ACCENT, 0)
        month = settable(texts.month, strong) or f"{texts.day:%Y-%m}"
        _print(sheet, [number, _narrow(month)._replace(above=60)], _LEFT, _DAY)
    if with_time:
        time = settable(texts.time, strong)
        zone, offset = settable(texts.zone, text), settable(texts.offset, text)
        found = (zone and lines(zone, text, _INNER, 3)) or _filled(offset, text, _INNER, 3)
        foot = [
            *([_narrow(time)] if time else []),
            *([_Block(text, found, _ON_ACCENT, 38, 44)] if zone or offset else []),
        ]
        _print_at_foot(sheet, foot, _LEFT)


def _narrow(text: str) -> _Block:
    """Words for the leaf, strong on one line or two, or smaller where that is too wide."""
    strong, small = cut("strong"), cut("text")
    found = lines(text, strong, _INNER, 1) or lines(text, strong, _INNER, 2)
    if found:
        return _Block(strong, found, _ON_ACCENT, 46)
    return _Block(small, cut_short(text, small, _INNER, 2), _ON_ACCENT, 38)


# ------------------------------------------------------------------------------------- the body


def _set_body(sheet: _Sheet, texts: Texts, title: _Block | None) -> None:
    """The series at the top, what is to be known, the title; the speakers at the foot."""
    text, strong = cut("text"), cut("strong")
    top = []
    state, series = settable(texts.state, strong), settable(texts.series, text)
    if series:
        found = _filled(series, text, _MEASURE, 1 if state else 2)
        top.append(_Block(text, found, _ACCENT, 38))
    if state:
        top.append(_Block(strong, cut_short(state, strong, _MEASURE, 1), _ON_PAPER, 46, 64))
    top += [title] if title else _instead(texts)
    _print(sheet, top, _BODY, _TOP if series else _DAY)
    names = _names(texts.speakers, text, "، " if texts.rightward else ", ")
    _print_at_foot(sheet, [_Block(text, names, _SOFT, 38)], _BODY)


def _title(text: str) -> _Block | None:
    """The title, as large as it fits; None when it cannot be set."""
    large, small = cut("title-large"), cut("title")
    words = settable(text, small)
    if not words:
        return None
    # Arabic goes further above its baseline and below it.
    first, second = ((112, 2), (88, 3)) if has_rightward(words) else ((86, 3), (66, 4))
    lead, most = first
    if found := lines(words, large, _MEASURE, most):
        return _Block(large, found, _ON_PAPER, lead, 112)
    lead, most = second
    return _Block(small, _filled(words, small, _MEASURE, most), _ON_PAPER, lead, 90)


def _instead(texts: Texts) -> list[_Block]:
    """Time and zone, where the title would be."""
    large, strong = cut("title-large"), cut("strong")
    time = settable(texts.time, large)
    zone = settable(texts.zone, strong) or settable(texts.offset, strong)
    return [
        *([_Block(large, cut_short(time, large, _MEASURE, 1), _ON_PAPER, 86, 112)] if time else []),
        *([_Block(strong, cut_short(zone, strong, _MEASURE, 2), _SOFT, 46, 64)] if zone else []),
    ]


def _filled(text: str, face: Cut, measure: int, most: int) -> list[str]:
    """A text in lines of about one length, or as much of it as there is room for."""
    return lines(text, face, measure, most) or cut_short(text, face, measure, most)


def _names(speakers: Sequence[str], face: Cut, comma: str) -> list[str]:
    """Names on up to two lines, none of them broken; an ellipsis for those without room."""
    asked = [settable(name, face).replace(" ", "\u00a0") for name in speakers]
    names = [name for name in asked if name]
    left_out = len(names) < len(asked)
    while names:
        words = comma.join([*names, "…"] if left_out else names)
        if found := lines(words, face, _MEASURE, 2):
            return found
        names.pop()
        left_out = True
    return []


# -------------------------------------------------------------------------------------- the file


def _png(pieces: Iterable[bytes], accent: int) -> bytes:
    """A PNG (ISO/IEC 15948) of 16 colours from its rows, each after the byte of its filter."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 15, 6, zlib.Z_RLE)
    pixels = packer.compress(b"".join(pieces)) + packer.flush()
    colours = [
        *(_mixed(PAPER, INK, step) for step in range(8)),
        *(_mixed(accent, PAPER, step) for step in range(8)),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join([
        _chunk(b"IHDR", struct.pack(">2I5B", WIDTH, HEIGHT, 4, 3, 0, 0, 0)),
        _chunk(b"PLTE", b"".join(colour.to_bytes(3) for colour in colours)),
        _chunk(b"IDAT", pixels),
        _chunk(b"IEND", b""),
    ])  # fmt: skip


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _mixed(one: int, other: int, step: int) -> int:
    """A colour `step` sevenths of the way from one to the other."""
    mixed = 0
    for shift in (16, 8, 0):
        parts = (one >> shift & 255) * (7 - step) + (other >> shift & 255) * step
        mixed = mixed << 8 | (parts + 3) // 7
    return mixed
