from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webinar_feeds.rendering import contentlines

CONTROLS = "".join(map(chr, (*range(0x09), *range(0x0B, 0x20), 0x7F, 0x85, 0x2028, 0x2029)))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain: ‘text’", "plain: ‘text’"),
        ("a,b;c", "a\\,b\\;c"),
        ("back\\slash", "back\\\\slash"),
        ("\\n is not a newline", "\\\\n is not a newline"),
        ("two\nlines\n\n", "two\\nlines\\n\\n"),
        ("a\ttab", "a\ttab"),
        (f"x{CONTROLS}y", "xy"),
        ("x\r\nATTENDEE:mailto:evil@x", "x\\nATTENDEE:mailto:evil@x"),
    ],
)
def test_text_is_escaped_where_it_has_to_be_and_nowhere_else(text: str, written: str) -> None:
    assert contentlines.escape(text) == written


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("https://e.example/a?b=1&c=2,3;d#e", "https://e.example/a?b=1&c=2,3;d#e"),
        ("https://e.example/\r\nATTENDEE:x y\t", "https://e.example/ATTENDEE:xy"),
        (f"https://e.example/{CONTROLS}", "https://e.example/"),
    ],
)
def test_an_address_is_neither_escaped_nor_able_to_end_its_line(address: str, written: str) -> None:
    assert contentlines.uri(address) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Join the session", ";LABEL=Join the session"),
        ("", ";LABEL="),
        ("a:b", ';LABEL="a:b"'),
        ("a;b", ';LABEL="a;b"'),
        ("a,b", ';LABEL="a,b"'),
        ('the "page"', ";LABEL=the 'page'"),
        ("a\r\nb", ";LABEL=a b"),
    ],
)
def test_a_parameter_is_quoted_where_it_has_to_be(value: str, written: str) -> None:
    assert contentlines.parameter("LABEL", value) == written


def test_an_instant_is_in_utc_and_says_so() -> None:
    assert contentlines.instant(datetime(2020, 6, 17, 11, tzinfo=UTC)) == "20200617T110000Z"


@pytest.mark.parametrize(
    "zone", [None, timezone(timedelta(hours=1)), timezone(-timedelta(seconds=1))]
)
def test_what_is_not_in_utc_is_no_instant(zone: timezone | None) -> None:
    with pytest.raises(ValueError, match="not an instant in UTC"):
        contentlines.instant(datetime(2020, 6, 17, 11, tzinfo=zone))


def test_a_wall_clock_is_what_the_clock_on_the_wall_shows() -> None:
    here = timezone(timedelta(hours=2))

    assert contentlines.wall(datetime(2020, 6, 17, 13, tzinfo=here)) == "20200617T130000"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (timedelta(hours=12), "PT12H"),
        (timedelta(days=1, minutes=30), "PT24H30M"),
        (timedelta(minutes=-15), "-PT15M"),
        (timedelta(seconds=90), "PT1M30S"),
        (timedelta(), "PT0S"),
    ],
)
def test_a_duration_has_its_t(value: timedelta, written: str) -> None:
    assert contentlines.duration(value) == written


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("x" * 75, b"x" * 75 + b"\r\n"),
        ("x" * 76, b"x" * 75 + b"\r\n x\r\n"),
        ("x" * 150, b"x" * 75 + b"\r\n " + b"x" * 74 + b"\r\n x\r\n"),
        ("x" * 74 + "é", b"x" * 74 + "\r\n é\r\n".encode()),
        ("x" * 73 + "é", b"x" * 73 + "é\r\n".encode()),
        ("x" * 74 + "\\,", b"x" * 74 + b"\r\n \\,\r\n"),
        ("x" * 73 + "\\\\\\,", b"x" * 73 + b"\\\\\r\n \\,\r\n"),
        ("x" * 72 + "👩🏽‍🏫", b"x" * 72 + "\r\n 👩🏽‍🏫\r\n".encode()),
        ("", b"\r\n"),
    ],
)
def test_a_line_is_folded_after_75_octets_at_most(line: str, written: bytes) -> None:
    assert contentlines.fold(line) == written


@given(st.text(st.sampled_from("\\\\\\,;xé長👩🏽\u200d \t"), max_size=400))
def test_a_fold_splits_no_character_and_no_escape_and_is_undone_by_unfolding(text: str) -> None:
    line = f"SUMMARY:{contentlines.escape(text)}"

    data = contentlines.fold(line)

    pieces = data.removesuffix(b"\r\n").split(b"\r\n")
    assert max(map(len, pieces)) <= 75
    assert [(len(each) - len(each.rstrip(b"\\"))) % 2 for each in pieces] == [0] * len(pieces)
    first, *others = (piece.decode() for piece in pieces)
    assert first + "".join(other.removeprefix(" ") for other in others) == line


def test_lines_are_one_after_the_other() -> None:
    assert contentlines.lines(["BEGIN:VEVENT", "x" * 76]) == (
        b"BEGIN:VEVENT\r\n" + b"x" * 75 + b"\r\n x\r\n"
    )
