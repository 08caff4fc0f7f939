#!/usr/bin/env python3
"""Cut the type that preview pictures are set in: glyphs as pixels, from outlines, once.

    scripts/cut_type.py            write src/webinar_feeds/rendering/pages/type/*.cut
    scripts/cut_type.py --check    write nothing; exit with 1 when a cut is not what it would be

Needs what `pip install --group type` brings: two openly licensed families (LICENSES/OFL-1.1.txt)
and what reads them. Run by whoever changes a size, a weight or the characters; a build never does.

The form of a file, all numbers little-endian:

    height, baseline, glyphs, glyphs in a block, left classes, right classes    6 × u16
    for all glyphs: code points u16, advances u16 in 1/64 px, left edges of the ink i8 in px,
        widths of the ink u8 in px, its first row u8, the row after its last u8,
        left classes u8, right classes u8
    kerning for each left class and each right class                            i8 in 1/4 px
    for all blocks: their lengths                                               u32
    the blocks: zlib streams of their glyphs' pixels, column after column from left to right,
        each from top to bottom, two pixels a byte, 0 (paper) to 7 (ink)
"""

from __future__ import annotations

import io
import math
import re
import struct
import sys
import unicodedata
import zlib
from importlib.metadata import files
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import uharfbuzz
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(__file__).resolve().parent.parent / "src/webinar_feeds/rendering/pages/type"
FINE = 8  # outlines are drawn this much larger, and every pixel is the mean of FINE × FINE
LEVELS = 7
BLOCK = 16

# Pairs are measured as letters beside each other, without ligatures.
PLAIN = dict.fromkeys(("liga", "clig", "calt", "ccmp", "locl", "rlig"), False)

DIGITS = [*range(0x30, 0x3A)]
# Latin with all European, African and Vietnamese letters, Greek, Cyrillic, and the signs of prose.
LETTERS = [
    *range(0x20, 0x7F), *range(0xA0, 0x180), 0x181, 0x186, 0x189, 0x18A, 0x18E, 0x18F, 0x190, 0x191,
    0x192, 0x193, 0x194, 0x197, 0x198, 0x199, 0x19D, 0x1A0, 0x1A1, 0x1AF, 0x1B0, 0x1B2, 0x1B3,
    0x1B4, 0x1B7, *range(0x1C4, 0x1DE), *range(0x1E4, 0x1EC), 0x1EE, 0x1EF,
    *range(0x1F8, 0x220), *range(0x226, 0x234),
    0x253, 0x254, 0x256, 0x257, 0x259, 0x25B, 0x260, 0x263, 0x268, 0x269, 0x272, 0x28B, 0x292,
    0x2B9, 0x2BA, 0x2BB, 0x2BC, 0x2C6, 0x2C7, *range(0x2D8, 0x2DE),
    *range(0x384, 0x3CF), 0x3D7, *range(0x400, 0x460), *range(0x48A, 0x530),
    *range(0x1E00, 0x1F00), *range(0x2010, 0x2016), *range(0x2018, 0x2023), 0x2026, 0x2030,
    0x2032, 0x2033, 0x2039, 0x203A, 0x2044, *range(0x2070, 0x207A), *range(0x2080, 0x208A),
    0x20A6, 0x20A9, 0x20AA, 0x20AB, 0x20AC, 0x20B4, 0x20B9, 0x20BA, 0x20BD, 0x2116, 0x2122,
    *range(0x2190, 0x2194), 0x2212, 0x2215, 0x2248, 0x2260, 0x2264, 0x2265,
]  # fmt: skip


# Arabic as it is joined (presentation forms A and B): letters of Arabic, Persian, Urdu and Kurdish.
JOINED = [
    code
    for code in chain(range(0xFB50, 0xFBB2), range(0xFBD3, 0xFC00), range(0xFE80, 0xFEFD))
    if re.fullmatch(r"<(isolated|final|initial|medial)> (?!0020)[0-9A-F]{4}( [0-9A-F]{4})?",
                    unicodedata.decomposition(chr(code)))
    and (code < 0xFC00 or code > 0xFDFF)
]  # fmt: skip
ARABIC = [
    *JOINED, 0x60C, 0x61B, 0x61F, 0x640, *range(0x660, 0x66E), 0x6D4, *range(0x6F0, 0x6FA),
]  # fmt: skip


class Cut(NamedTuple):
    """A face at a size, in pixels an em, for some characters."""

    sources: Sequence[Source]
    size: int
    characters: Sequence[int]


class Source(NamedTuple):
    """Outlines: a family, its axes, and what makes its small letters as tall as the first's.

    What the first source of a cut lacks, the next gives.
    """

    family: str
    axes: dict[str, float]
    scale: float = 1
    style: str = ""


def serif(optical_size: int) -> list[Source]:
    """The face of titles; its second source has the rarer letters, from Skolt Sami to Hausa."""
    return [
        Source("fontpkg-source-serif-4", {"opsz": optical_size, "wght": 600}),
        Source("fontpkg-noto-serif", {"wdth": 90, "wght": 580}, 0.89),
        Source("fontpkg-amiri", {}, 1.12, "Bold"),
    ]


def sans(optical_size: int, weight: int) -> list[Source]:
    """The face of everything else."""
    return [
        Source("fontpkg-inter", {"opsz": optical_size, "wght": weight}),
        Source("fontpkg-noto-sans-arabic", {"wdth": 100, "wght": weight}),
    ]


CUTS = {
    "title-large": Cut(serif(48), 76, LETTERS + ARABIC),
    "title": Cut(serif(36), 56, LETTERS + ARABIC),
    "strong": Cut(sans(28, 600), 38, LETTERS + ARABIC),
    "text": Cut(sans(24, 500), 30, LETTERS + ARABIC),
    "day": Cut(serif(60)[:1], 184, DIGITS),
}


class Glyph(NamedTuple):
    """One character as it is printed; `columns` are its pixels as the file has them."""

    advance: int
    left: int
    width: int
    top: int
    bottom: int
    columns: bytes


def main() -> int:
    """Write the cuts, or compare them with what lies there."""
    check = "--check" in sys.argv[1:]
    stale = []
    FOLDER.mkdir(exist_ok=True)
    for name, cut in CUTS.items():
        path, made = FOLDER / f"{name}.cut", cut_face(cut)
        if check and (not path.exists() or path.read_bytes() != made):
            stale.append(path.name)
        if not check:
            path.write_bytes(made)
            print(f"{path.name}: {len(made)} bytes")
    for file in stale:
        print(f"{file} is not what scripts/cut_type.py makes", file=sys.stderr)
    return bool(stale)


def cut_face(cut: Cut) -> bytes:
    """The file of a cut."""
    fonts = [_Font(source, cut.size) for source in cut.sources]
    chosen = {
        code: font
        for code in sorted(set(cut.characters))
        if (font := next((font for font in fonts if code in font.known), None))
    }
    boxes = [font.box(code) for code, font in chosen.items()]
    baseline = -min(top for _, top, _, _ in boxes)
    height = baseline + max(bottom for _, _, _, bottom in boxes)
    height += height % 2
    glyphs = [font.glyph(code, height, baseline) for code, font in chosen.items()]
    left, right, kerning = _kerning(chosen)
    blocks = [
        zlib.compress(b"".join(glyph.columns for glyph in glyphs[first : first + BLOCK]), 9)
        for first in range(0, len(glyphs), BLOCK)
    ]
    count, columns = len(glyphs), len(kerning[0])
    return b"".join([
        struct.pack("<6H", height, baseline, count, BLOCK, len(kerning), columns),
        struct.pack(f"<{count}H", *chosen),
        struct.pack(f"<{count}H", *(glyph.advance for glyph in glyphs)),
        struct.pack(f"<{count}b", *(glyph.left for glyph in glyphs)),
        struct.pack(f"<{count}B", *(glyph.width for glyph in glyphs)),
        bytes(glyph.top for glyph in glyphs),
        bytes(glyph.bottom for glyph in glyphs),
        bytes(left),
        bytes(right),
        struct.pack(f"<{len(kerning) * columns}b", *chain.from_iterable(kerning)),
        struct.pack(f"<{len(blocks)}I", *map(len, blocks)),
        *blocks,
    ])  # fmt: skip


class _Font:
    """A source at a size: what it knows, what it measures, what it draws."""

    def __init__(self, source: Source, size: int) -> None:
        font = TTFont(_outlines(source))
        if source.axes:
            font = instantiateVariableFont(font, source.axes)
        saved = io.BytesIO()
        font.save(saved)
        self.known = frozenset(font.getBestCmap())
        self._face = uharfbuzz.Face(saved.getvalue())
        self._shaper = uharfbuzz.Font(self._face)
        self._size = size * source.scale
        self._pen = ImageFont.truetype(
            io.BytesIO(saved.getvalue()), self._size * FINE, layout_engine=ImageFont.Layout.BASIC
        )

    def width(self, text: str, *, kern: bool = False) -> float:
        """How far the pen goes, in px."""
        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        uharfbuzz.shape(self._shaper, buffer, {**PLAIN, "kern": kern})
        units: int = sum(position.x_advance for position in buffer.glyph_positions)
        return float(units * self._size / self._face.upem)

    def box(self, code: int) -> tuple[int, int, int, int]:
        """The ink's left, top, right and bottom in px, from the pen on the baseline."""
        left, top, right, bottom = self._pen.getbbox(chr(code), anchor="ls")
        return (
            int(left // FINE), int(top // FINE), int(-(-right // FINE)), int(-(-bottom // FINE)),
        )  # fmt: skip

    def glyph(self, code: int, height: int, baseline: int) -> Glyph:
        """A character as it is printed.

        Joined letters are as wide as whole pixels, for which they are drawn a little wider or
        narrower: so their strokes meet without a gap.
        """
        left, _, right, _ = self.box(code)
        advance = self.width(chr(code))
        image = Image.new("L", (max(right - left, 1) * FINE, height * FINE))
        ImageDraw.Draw(image).text(
            (-left * FINE, baseline * FINE), chr(code), fill=255, font=self._pen, anchor="ls"
        )
        if code in JOINED and round(advance):
            whole = round(advance)
            stretched = whole / advance
            first, last = math.floor(left * stretched), math.ceil(right * stretched)
            image = image.transform(
                ((last - first) * FINE, height * FINE),
                Image.Transform.AFFINE,
                (1 / stretched, 0, (first / stretched - left) * FINE, 0, 1, 0),
                Image.Resampling.BILINEAR,
            )
            left, advance = first, whole
        # Turned over, its rows are the columns that the file wants.
        rows = image.reduce(FINE).transpose(Image.Transpose.TRANSPOSE).tobytes()
        columns = [rows[first : first + height] for first in range(0, len(rows), height)]
        columns = [bytes(round(grey * LEVELS / 255) for grey in column) for column in columns]
        while columns and not any(columns[-1]):
            columns.pop()
        while columns and not any(columns[0]):
            columns.pop(0)
            left += 1
        inked = [row for row in range(height) if any(column[row] for column in columns)]
        pixels = b"".join(columns)
        return Glyph(
            round(advance * 64),
            left if columns else 0,
            len(columns),
            min(inked, default=baseline),
            max(inked, default=baseline - 1) + 1,
            bytes(high << 4 | low for high, low in zip(pixels[::2], pixels[1::2], strict=True)),
        )


def _outlines(source: Source) -> str:
    """Where the upright outlines of a source lie."""
    (path,) = (
        file
        for file in files(source.family) or ()
        if file.suffix == ".ttf"
        and "Italic" not in file.name
        and (not source.style or file.stem.endswith("-" + source.style))
    )
    return str(path.locate())


def _kerning(chosen: dict[int, _Font]) -> tuple[list[int], list[int], list[tuple[int, ...]]]:
    """Each character's class as the left and as the right of a pair, and the classes' kerning."""
    alone = {code: font.width(chr(code)) for code, font in chosen.items()}

    def kern(one: int, other: int) -> int:
        if chosen[one] is not chosen[other]:
            return 0
        if one in JOINED and other in JOINED:  # set from the left, read from the right
            one, other = other, one
        pair = chosen[one].width(chr(one) + chr(other), kern=True)
        return round((pair - alone[one] - alone[other]) * 4)

    rows = [tuple(kern(one, other) for other in chosen) for one in chosen]
    lefts, few = _classes(rows)
    rights, matrix = _classes(list(zip(*few, strict=True)))
    return lefts, rights, list(zip(*matrix, strict=True))


def _classes(rows: list[tuple[int, ...]]) -> tuple[list[int], list[tuple[int, ...]]]:
    """The number of each row among the different ones, and these."""
    different = list(dict.fromkeys(rows))
    return [different.index(row) for row in rows], different


if __name__ == "__main__":
    sys.exit(main())
