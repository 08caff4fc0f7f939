"""QR codes: an independent decoder reads what was written, however long it is."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageDraw

from webinar_feeds.rendering.pages import qr

ADDRESS = "webcal://webinars.example.org/learning-cities-recovery/calendar.ics"
SVG = "{http://www.w3.org/2000/svg}"
PIXELS = 4  # a module


def drawn(picture: str) -> Image.Image:
    """An SVG of our kind as pixels: each path fills by the even-odd rule."""
    root = ET.fromstring(picture)  # noqa: S314 - it is our own
    size = int(root.attrib["viewBox"].split()[2])
    shape = Image.new("1", (size * PIXELS,) * 2)
    ground, path = root.findall(f"{SVG}path")
    assert ground.attrib == {"fill": "#fff", "d": f"M0 0h{size}v{size}H0z"}
    assert path.attrib["fill-rule"] == "evenodd"
    for outline in re.findall(r"M([^z]*)z", path.attrib["d"]):
        start, *steps = re.findall(r"[hv]?-?\d+(?: \d+)?", outline)
        x, y = map(int, start.split())
        corners = [(x, y)]
        for step in steps:
            way = int(step[1:])
            x, y = (x + way, y) if step[0] == "h" else (x, y + way)
            corners.append((x, y))
        assert corners[-1] == corners[0]
        one = Image.new("1", shape.size)
        # Pillow draws the far edges too; so each polygon is a union of its rows' spans instead.
        filled(ImageDraw.Draw(one), corners)
        shape = ImageChops.logical_xor(shape, one)
    return ImageChops.invert(shape.convert("L"))


def filled(pen: ImageDraw.ImageDraw, corners: list[tuple[int, int]]) -> None:
    sides = [
        (x, *sorted((above, below)))
        for (x, above), (other, below) in pairwise(corners)
        if x == other
    ]
    for y in range(min(y for _, y in corners), max(y for _, y in corners)):
        crossed = sorted(x for x, top, bottom in sides if top <= y < bottom)
        for start, end in zip(crossed[::2], crossed[1::2], strict=True):
            box = (start * PIXELS, y * PIXELS, end * PIXELS - 1, (y + 1) * PIXELS - 1)
            pen.rectangle(box, fill=1)


def read(picture: Image.Image) -> list[tuple[str, str]]:
    return [(code.text, code.format.name) for code in zxingcpp.read_barcodes(picture)]


def matrix(rows: list[str]) -> Image.Image:
    picture = Image.new("L", (len(rows) + 2 * qr.QUIET,) * 2, 255)
    for y, row in enumerate(rows, qr.QUIET):
        for x, module in enumerate(row, qr.QUIET):
            picture.putpixel((x, y), 255 * (module == "0"))
    return picture.resize((picture.width * PIXELS,) * 2, Image.Resampling.NEAREST)


def said(picture: Image.Image) -> list[str]:
    return [text for text, _ in read(picture)]


def test_a_decoder_reads_the_address_in_the_picture() -> None:
    assert said(drawn(qr.svg(ADDRESS, "Subscribe"))) == [ADDRESS]


@pytest.mark.parametrize("mask", range(8))
def test_a_decoder_reads_every_mask(mask: int) -> None:
    assert said(matrix(qr.symbol(ADDRESS, mask))) == [ADDRESS]


@pytest.mark.parametrize(
    ("length", "version"),
    [(1, 1), (14, 1), (15, 2), (106, 6), (107, 7), (180, 9), (181, 10), (412, 15), (1528, 32),
     (2331, 40)],
)  # fmt: skip
def test_the_smallest_version_that_holds_it_is_taken(length: int, version: int) -> None:
    text = ("https://example.org/" + "aZ9-_" * 500)[:length]
    rows = qr.symbol(text)
    assert (len(rows), said(matrix(rows))) == (17 + 4 * version, [text])


def test_letters_beyond_ascii_are_read_as_they_are() -> None:
    assert said(matrix(qr.symbol("https://example.org/é/学"))) == ["https://example.org/é/学"]


def test_what_is_too_long_for_any_symbol_is_refused() -> None:
    with pytest.raises(ValueError, match="2332 bytes are more than a QR code holds"):
        qr.svg("x" * 2332, "")


def test_the_picture_has_a_name_and_no_size_of_its_own() -> None:
    root = ET.fromstring(qr.svg(ADDRESS, 'Subscribe to <A & "B">'))  # noqa: S314 - it is our own
    assert root.attrib == {"role": "img", "viewBox": "0 0 45 45"}
    assert root.findtext(f"{SVG}title") == 'Subscribe to <A & "B">'


def test_four_light_modules_are_all_around() -> None:
    picture = drawn(qr.svg(ADDRESS, ""))
    assert ImageChops.invert(picture).getbbox() == (16, 16, 41 * 4, 41 * 4)


def test_the_mask_that_is_easiest_to_read_is_chosen() -> None:
    tried = [qr.symbol(ADDRESS, mask) for mask in range(8)]
    points = [qr._penalty(rows) for rows in tried]  # noqa: SLF001 - table 11, by hand below
    assert qr.symbol(ADDRESS) == tried[points.index(min(points))]


@pytest.mark.parametrize(
    ("rows", "points"),
    [
        (["0101", "1010", "0101", "1010"], 0),
        (["1100", "1100", "0011", "0011"], 4 * 3),
        (["1" * 6] * 6, 12 * 4 + 25 * 3 + 10 * 10),
    ],
)
def test_points_are_as_the_standard_counts_them(rows: list[str], points: int) -> None:
    assert qr._penalty(rows) == points  # noqa: SLF001 - too hard to see in a whole symbol
