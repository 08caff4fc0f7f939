from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webinar_feeds.invitations import tables
from webinar_feeds.reading.characters import Source


def heading(cells: object) -> bool:
    return "email" in list(cells)  # type: ignore[call-overload]  # any row of texts


def cells(data: bytes) -> list[list[str]]:
    table, said = tables.read(Source("list.csv", data), heading)
    assert said == ()
    assert table is not None
    return [[cell.text for cell in row] for row in table.rows]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_the_separator_the_encoding_and_the_line_ends_are_found(
    separator: str, encoding: str, ending: str
) -> None:
    rows = [["name", "email"], ["Jörg", "joerg@example.org"], ["Zoë “Z”", "zoe@example.org"]]
    text = ending.join(separator.join(row) for row in rows)

    assert cells(text.encode(encoding)) == rows


def test_a_separator_in_text_before_the_heading_does_not_count() -> None:
    text = "Report, made today, by hand\nname;email\nA, B;a@example.org\n"

    assert cells(text.encode())[1:] == [["name", "email"], ["A, B", "a@example.org"]]


def test_excel_may_say_the_separator() -> None:
    assert cells(b"sep=|\nname|email\na;b|c,d\n")[1:] == [["name", "email"], ["a;b", "c,d"]]


def test_quotes_hold_separators_breaks_and_quotes() -> None:
    text = 'name,email\n"Lima, ""Ana""\nMaria",a@example.org\n'

    assert cells(text.encode()) == [["name", "email"], ['Lima, "Ana"\nMaria', "a@example.org"]]


def test_a_row_may_end_in_an_empty_cell_and_empty_rows_do_not_count() -> None:
    assert cells(b"email,x\n\n,\na@example.org,") == [["email", "x"], ["a@example.org", ""]]


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\x00")), min_size=2),
        max_size=5,
    )
)
def test_what_pythons_csv_writes_is_read(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["email", "b"], *rows])
    wanted = [[cell.strip() for cell in row] for row in rows]

    assert cells(out.getvalue().encode())[1:] == [row for row in wanted if any(row)]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"PK\x03\x04\x14", "it is a workbook or another archive"),
        (b"%PDF-1.7", "it is a PDF"),
        (b"\xff\xfea\x00\x00\xd8", "byte 5 is not UTF-16"),
        (b"email\n\x81\x8d", "byte 7 is not CP1252"),
    ],
)
def test_what_is_no_text_is_said(data: bytes, why: str) -> None:
    table, (said,) = tables.read(Source("list.csv", data), heading)

    assert table is None
    assert (said.code, said.location.file) == ("WF901", "list.csv")
    assert why in said.message


def test_a_quote_that_is_not_closed_is_shown_where_it_opens() -> None:
    table, (said,) = tables.read(Source("list.csv", b'email\n  x,"abc\ndef\n'), heading)

    assert table is None
    assert (said.code, said.location[:4]) == ("WF910", ("list.csv", 2, 5, 6))


def test_a_cell_knows_where_it_stands() -> None:
    table, _ = tables.read(Source("list.csv", 'email, b \n"x\ny", ü\n'.encode()), heading)

    assert table is not None
    places = [[table.place(cell)[1:4] for cell in row] for row in table.rows]
    assert places == [[(1, 1, 6), (1, 8, 9)], [(2, 1, 2), (3, 5, 6)]]
