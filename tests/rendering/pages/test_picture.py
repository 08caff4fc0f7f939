"""Preview pictures: what a decoder finds in them, and that nothing in them depends on a machine."""

from __future__ import annotations

import struct
import zlib
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops

from webinar_feeds.rendering.pages import picture
from webinar_feeds.rendering.pages.picture import png
from webinar_feeds.rendering.pages.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAF, BODY = (0, 0, 300, 630), (300, 0, 1200, 630)
TITLE, SPEAKERS = (300, 140, 1200, 480), (300, 500, 1200, 630)
SESSION = Texts(
    series="Learning Cities’ COVID-19 recovery",
    title="The challenge of inclusion in learning cities",
    day=date(2020, 6, 17),
    month="June 2020",
    weekday="Wednesday",
    time="13:00–14:30",
    zone="CEST (UTC+2)",
    offset="UTC+2",
    speakers=("Mike Osborne", "Alexandra Agudelo Ruiz"),
)


def seen(texts: Texts, seed: str = "learning-cities-recovery") -> Image.Image:
    """A picture as Pillow decodes it."""
    with Image.open(BytesIO(png(texts, seed))) as image:
        return image.convert("RGB")


def differing(one: Texts, other: Texts) -> tuple[int, int, int, int] | None:
    """Where two pictures are not the same."""
    return ImageChops.difference(seen(one), seen(other)).getbbox()


def within(box: tuple[int, int, int, int] | None, area: tuple[int, int, int, int]) -> bool:
    """Whether something differs, and nothing outside an area."""
    return box is not None and all(
        box[edge] >= area[edge] and box[edge + 2] <= area[edge + 2] for edge in (0, 1)
    )


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG, each checked against its checksum."""
    at = 8
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", data, at + 8 + size) == (zlib.crc32(kind + content),)
        yield kind, content
        at += size + 12


def test_it_is_a_png_of_the_size_that_previews_have() -> None:
    data = png(SESSION, "")
    with Image.open(BytesIO(data)) as image:
        assert (image.format, image.size, image.mode) == ("PNG", (1200, 630), "P")
    assert [kind for kind, _ in chunks(data)] == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]


def test_it_is_small() -> None:
    long = SESSION._replace(
        title="Learning, and learning how to learn " * 9, speakers=("Ada",) * 99
    )
    assert len(png(long, "")) < 60_000


def test_the_same_texts_are_the_same_bytes() -> None:
    assert zlib.crc32(png(SESSION, "")) == zlib.crc32(png(Texts(*SESSION), ""))


def test_its_pixels_are_the_same_on_every_machine() -> None:
    pixels = dict(chunks(png(SESSION, "")))[b"IDAT"]
    assert f"{zlib.crc32(zlib.decompress(pixels)):08x}" == "7b7dfa4b"


def test_its_bytes_are_those_of_every_run_length_encoder() -> None:
    assert f"{zlib.crc32(png(SESSION, '')):08x}" == "bdf4b45f"


@pytest.mark.parametrize(
    ("change", "area"),
    [
        ({"weekday": "Thursday"}, LEAF),
        ({"day": date(2020, 6, 18)}, LEAF),
        ({"month": "July 2020"}, LEAF),
        ({"time": "14:00–15:30"}, LEAF),
        ({"zone": "UTC+2"}, LEAF),
        ({"title": "Another one"}, TITLE),
        ({"series": "Another"}, (300, 0, 1200, 140)),
        ({"speakers": ("Candy Lugaz",)}, SPEAKERS),
    ],
    ids=str,
)
def test_every_text_stands_in_its_place(
    change: dict[str, object], area: tuple[int, int, int, int]
) -> None:
    assert within(differing(SESSION, SESSION._replace(**change)), area)  # type: ignore[arg-type]


def channel(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def luminance(colour: int) -> float:
    red, green, blue = (channel(colour >> shift & 255) for shift in (16, 8, 0))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", [*picture.ACCENTS, picture.OFF, picture.INK, 0x5C5B59])
def test_text_has_a_contrast_of_six_and_a_half_to_one(colour: int) -> None:
    lighter, darker = luminance(picture.PAPER), luminance(colour)
    assert (lighter + 0.05) / (darker + 0.05) >= 6.5


def test_grey_text_is_no_lighter_than_said() -> None:
    darkest, _ = seen(SESSION).crop(SPEAKERS).convert("L").getextrema()
    assert darkest == 0x5B


def test_a_series_has_a_colour_of_its_own() -> None:
    corners = {seen(SESSION, f"series-{number}").getpixel((0, 0)) for number in range(40)}
    assert corners == {
        (colour >> 16, colour >> 8 & 255, colour & 255) for colour in picture.ACCENTS
    }


def test_what_does_not_take_place_has_a_grey_leaf_and_says_so() -> None:
    off = seen(SESSION._replace(state="Cancelled"))
    assert off.getpixel((0, 0)) == (0x57, 0x53, 0x4D)
    assert within(
        differing(SESSION._replace(state="Cancelled"), SESSION._replace(state="Postponed")),
        (300, 110, 900, 170),
    )


def margins(image: Image.Image, area: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """How much of an area is empty at each of its edges."""
    part = image.crop(area)
    ground = Image.new("RGB", part.size, part.getpixel((0, 0)))
    left, top, right, bottom = ImageChops.difference(part, ground).getbbox() or (0, 0, 0, 0)
    return left, top, part.width - right, part.height - bottom


LONG = "The challenge of inclusion in learning cities, building on the work of the fourth one " * 3


@pytest.mark.parametrize(
    "texts",
    [
        SESSION,
        SESSION._replace(title=LONG, series=LONG, speakers=("Ada Lovelace",) * 30, state=LONG),
        SESSION._replace(title="W" * 300, series="W" * 300, speakers=("W" * 300, "Ada")),
        SESSION._replace(month="September 2020", weekday="Donnerstagnachmittag", zone=LONG),
        SESSION._replace(month="W" * 90, weekday="W" * 90, time="1:00 – 2:30 PM", zone="W" * 90),
        SESSION._replace(title="Ấ ỹ Ǻ Ģ " * 30, series="Ấ ỹ Ǻ Ģ " * 30),
    ],
    ids=["usual", "long", "without a space", "long on the leaf", "wide on the leaf", "tall"],
)
def test_whatever_it_says_there_is_a_margin(texts: Texts) -> None:
    image = seen(texts)
    assert margins(image, LEAF)[0] in {52, 53}
    assert margins(image, LEAF)[2] >= 20
    left, top, right, bottom = margins(image, BODY)
    assert left == 54
    assert (top >= 50, right >= 52, bottom >= 50) == (True, True, True)


def test_a_title_is_as_large_as_it_fits() -> None:
    def height(title: str) -> int:
        _, top, _, bottom = margins(seen(SESSION._replace(title=title)), TITLE)
        return 340 - top - bottom

    assert [height("Hail " * count) // 10 * 10 for count in (1, 8, 14, 20, 60)] == [
        50, 140, 230, 170, 240,
    ]  # fmt: skip


@pytest.mark.parametrize("title", ["日本語", "หัวข้อ", "शीर्षक"])
def test_the_time_stands_where_a_title_cannot_be_set(title: str) -> None:
    without = SESSION._replace(title=title)
    assert differing(without, without._replace(title="한국어")) is None
    assert within(differing(without, without._replace(time="14:00–15:30")), TITLE)
    assert within(differing(without, without._replace(zone="ICT")), TITLE)


def test_what_cannot_be_set_is_left_out_or_said_in_figures() -> None:
    thai = SESSION._replace(
        series="ซีรีส์", title="หัวข้อ", month="มิถุนายน 2020", weekday="วันพุธ", zone="เวลายุโรป",
        speakers=("สมชาย", "Mike Osborne"),
    )  # fmt: skip
    said = thai._replace(
        series="",
        title="",
        month="2020-06",
        weekday="",
        zone="UTC+2",
        speakers=("Mike Osborne", "…"),
    )
    assert differing(thai, said) is None


def test_a_zone_that_is_too_long_for_the_leaf_is_said_in_figures() -> None:
    long = SESSION._replace(zone="по центральноевропейскому времени")
    assert differing(long, SESSION._replace(zone="UTC+2")) is None


def test_names_that_have_no_room_are_left_out_whole() -> None:
    many = SESSION._replace(speakers=("Alexandra Agudelo Ruiz",) * 9)
    few = SESSION._replace(speakers=(*("Alexandra Agudelo Ruiz",) * 4, "…"))
    assert differing(many, few) is None


def test_where_little_is_known_little_is_said() -> None:
    image = seen(Texts(series="", title="To be announced", day=None))
    assert margins(image, LEAF) == (0, 0, 300, 630)
    assert margins(image, (300, 300, 1200, 630)) == (0, 0, 900, 330)
    image = seen(Texts(series="", title="", day=None))
    assert len(image.getcolors() or ()) == 2


ARABIC = SESSION._replace(
    series="تعافي مدن التعلم", title="تحدي الإدماج في مدن التعلم، بناءً على أعمال المؤتمر الدولي",
    month="يونيو ٢٠٢٠", weekday="الأربعاء", zone="توقيت وسط أوروبا",
    speakers=("مايك أوزبورن", "Alexandra Ruiz"), rightward=True,
)  # fmt: skip


def test_a_language_from_the_right_has_its_leaf_on_the_right() -> None:
    image = seen(ARABIC)
    left, _, right, _ = margins(image, (0, 0, 900, 630))
    assert (left > 54, right in {54, 55}) == (True, True)
    assert margins(image, (900, 0, 1200, 630))[2] in {52, 53}


def test_arabic_beside_latin_stays_where_it_is_read() -> None:
    leftward = ARABIC._replace(rightward=False)
    assert within(differing(leftward, leftward._replace(title="مدن")), (300, 130, 1200, 480))


def test_a_name_of_arabic_is_ordered_by_its_own_direction() -> None:
    one = SESSION._replace(speakers=("مايك", "Mike"), rightward=True)
    assert differing(one, one._replace(speakers=("Mike", "مايك"))) is not None
