from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webinar_feeds.cli import columns

ACUTE = "\N{COMBINING ACUTE ACCENT}"
FSI, PDI = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
AGREES = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=FSI + PDI))


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("Goyang", 6),
        ("고양", 4),
        ("講演", 4),
        ("ﾌﾟ", 2),
        ("Ｆ", 2),
        ("é", 1),
        (f"e{ACUTE}", 1),
        ("हि", 2),
        ("\u1112\u1161\u11ab", 2),
        ("א\u05b0", 1),
        ("soft\N{SOFT HYPHEN}", 5),
        ("\N{ZERO WIDTH NON-JOINER}\N{WORD JOINER}", 0),
        (f"{FSI}سلام{PDI}", 4),
        ("🎓", 2),
    ],
)
def test_a_text_is_as_wide_as_a_terminal_draws_it(text: str, width: int) -> None:
    assert columns.width(text) == width


def test_texts_are_filled_up_to_columns_and_not_to_characters() -> None:
    assert [columns.padded(each, 5) for each in ("고양", "abc", "longer")] == [
        *("고양 ", "abc  ", "longer")
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        (" \n ", []),
        ("one two three", ["one two", "three"]),
        ("one  two\nthree", ["one two", "three"]),
        ("12345678 9", ["12345678", "9"]),
        ("incomprehensible", ["incompre", "hensible"]),
        ("an incomprehensible", ["an", "incompre", "hensible"]),
        ("see https://www.example.org/a here", ["see", "https://www.example.org/a", "here"]),
        ("Ms\N{NO-BREAK SPACE}Kim Lee", ["Ms\N{NO-BREAK SPACE}Kim", "Lee"]),
        (f"e{ACUTE}" * 9, [f"e{ACUTE}" * 8, f"e{ACUTE}"]),
        ("学習都市の回復力", ["学習都市", "の回復力"]),
        ("研究の実、再生", ["研究の", "実、再生"]),
        ("研究の「実践」", ["研究の", "「実践」"]),
        ("on学習都市", ["on学習都", "市"]),
        ("고양시 학습도시", ["고양시", "학습도시"]),
        ("고양시학습도시", ["고양시학", "습도시"]),
    ],
)
def test_lines_end_where_readers_of_a_script_expect_it(text: str, lines: list[str]) -> None:
    assert columns.wrapped(text, 8) == lines


@given(AGREES, st.integers(2, 30))
def test_no_line_is_too_wide_and_no_character_is_lost(text: str, room: int) -> None:
    lines = columns.wrapped(text.replace("://", ""), room)

    assert [line for line in lines if columns.width(line) > room] == []
    spaces = str.maketrans(dict.fromkeys(" \t\r\n"))
    assert "".join(lines).translate(spaces) == text.replace("://", "").translate(spaces)


def test_a_title_leaves_no_word_alone_on_its_last_line() -> None:
    title = "The challenge of measurement, planning and evaluation in learning cities"

    assert columns.wrapped(title, 66)[1:] == ["cities"]
    assert columns.balanced(title, 66) == [
        *("The challenge of measurement, planning", "and evaluation in learning cities")
    ]
    assert columns.balanced("", 66) == []
    assert columns.balanced("a b", 1) == ["a", "b"]


def test_only_what_is_written_from_right_to_left_is_isolated() -> None:
    assert columns.isolated("Kim 고양") == "Kim 고양"
    assert columns.isolated("مدن التعلم") == f"{FSI}مدن التعلم{PDI}"
    assert columns.isolated("ערי למידה") == f"{FSI}ערי למידה{PDI}"


def test_what_is_isolated_is_so_on_each_of_its_lines() -> None:
    assert columns.wrapped(f"Kim, {columns.isolated('ערי למידה')}, Lee", 9) == [
        *(f"Kim, {FSI}ערי{PDI}", f"{FSI}למידה{PDI},", "Lee")
    ]
