"""Tables as spreadsheets and webinar services export them: bytes to cells that know their place.

Knows encodings, separators and quotes (RFC 4180), and nothing of what the columns mean.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.diagnostics import Diagnostic, Location, Severity, declare
from webinar_feeds.reading.characters import REFUSED, plain_breaks, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from webinar_feeds.reading.characters import Source

unreadable_text = declare(
    "WF901",
    Severity.ERROR,
    "the file is not text that can be read: {why}",
    help="save it as “CSV UTF-8”; a workbook (`.xlsx`, `.ods`) has to be saved as CSV first",
)
open_quote = declare(
    "WF910",
    Severity.ERROR,
    "a quotation mark is opened here and never closed",
    help='write a second one where the cell ends; a quotation mark inside a cell is written `""`',
)
SEPARATORS = ";,\t"
_BINARY = ((b"PK\x03\x04", "it is a workbook or another archive"), (b"%PDF", "it is a PDF"))
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SAMPLE = 4096  # bytes that tell whether every second one is zero
_SAMPLE_LINES = 60  # among them the heading, whatever a service writes above it


class Cell(NamedTuple):
    """A cell: its text, without blanks at its ends, and where it begins and ends.

    Lines and columns count from 1, columns in characters; a cell of several lines ends, for a
    caret, with its first.
    """

    text: str
    line: int
    column: int
    end: int


class Table(NamedTuple):
    """A file of cells."""

    path: str
    rows: tuple[tuple[Cell, ...], ...]
    lines: tuple[str, ...]

    def place(self, cell: Cell) -> Location:
        """Where a cell stands."""
        text = printable(self.lines[cell.line - 1]) if cell.line <= len(self.lines) else None
        return Location(self.path, cell.line, cell.column, max(cell.end, cell.column + 1), text)


def read(
    source: Source, is_heading: Callable[[Sequence[str]], bool]
) -> tuple[Table | None, tuple[Diagnostic, ...]]:
    """The table in a file.

    Args:
        source: the file; UTF-8 with or without a byte order mark, UTF-16 or Windows-1252.
        is_heading: whether some cells are the row that names the columns; the separator is the one
            that gives such a row.

    Returns:
        The table, its rows without empty ones, None when there is none; and what is wrong.
    """
    text = _decoded(source.data)
    if isinstance(text, Exception):
        place = Location(source.path)
        return None, (unreadable_text.diagnostic(place, why=str(text)),)
    text = plain_breaks(text)
    lines = tuple(text.split("\n"))
    told = re.match(r'"?sep=(.)"?\n', text, re.IGNORECASE)
    candidates = (told[1],) if told else SEPARATORS
    separator = _separator(text, candidates, is_heading)
    cells, unclosed = _cells(text, separator)
    table = Table(source.path, tuple(row for row in cells if any(each.text for each in row)), lines)
    if unclosed is not None:
        return None, (open_quote.diagnostic(table.place(unclosed)),)
    return table, ()


def refused(text: str) -> str | None:
    """The first character of a text that no text may hold (S2), None where there is none."""
    found = REFUSED.search(text)
    return found[0] if found else None


def _decoded(data: bytes) -> str | Exception:
    """The text of a file, by its mark, its form, or as the one encoding that is left."""
    for start, what in _BINARY:
        if data.startswith(start):
            return ValueError(what)
    encodings = [name for mark, name in _MARKS if data.startswith(mark)]
    if not encodings:
        halves = data[:_SAMPLE:2].count(0), data[1:_SAMPLE:2].count(0)
        if sum(halves):
            encodings = ["utf-16-be" if halves[0] > halves[1] else "utf-16-le"]
        else:
            encodings = ["utf-8", "cp1252"]
    why = ""
    for name in encodings:
        try:
            return data.decode(name)
        except UnicodeDecodeError as error:
            why = f"byte {error.start + 1} is not {name.upper()}"
    return ValueError(why)


def _separator(
    text: str, candidates: Sequence[str], is_heading: Callable[[Sequence[str]], bool]
) -> str:
    """What stands between two cells: what gives the widest heading, or else the widest rows."""

    def width(separator: str) -> tuple[int, int]:
        rows, _ = _cells(beginning, separator)
        headings = (len(row) for row in rows if is_heading([cell.text for cell in row]))
        return max(headings, default=0), max(map(len, rows), default=0)

    beginning = "\n".join(text.split("\n", _SAMPLE_LINES)[:_SAMPLE_LINES])
    return max(candidates, key=width)


def _cells(text: str, separator: str) -> tuple[list[tuple[Cell, ...]], Cell | None]:
    """All rows; and, where a quotation mark is not closed, the cell that it opens."""
    walk = _Walk(text, separator)
    return list(walk.rows()), walk.unclosed


class _Walk:
    """One walk over a text, cell by cell."""

    def __init__(self, text: str, separator: str) -> None:
        self.text, self.separator = text, separator
        self.at, self.line, self.begun = 0, 1, 0
        self.plain = re.compile(f"[^{re.escape(separator)}\n]*")
        self.unclosed: Cell | None = None

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        row: list[Cell] = []
        while self.at < len(self.text):
            row.append(self._cell())
            ended = self.at >= len(self.text)
            if not ended and self.text[self.at] == "\n":
                self._break()
                ended = True
            elif not ended:
                self.at += 1
                if self.at == len(self.text):
                    row.append(Cell("", self.line, self.at - self.begun + 1, 0))
            if ended:
                yield tuple(row)
                row = []
        if row:
            yield tuple(row)

    def _break(self) -> None:
        self.at += 1
        self.line += 1
        self.begun = self.at

    def _cell(self) -> Cell:
        line, column = self.line, self.at - self.begun + 1
        if self.text.startswith('"', self.at):
            return self._quoted(line, column)
        found = self._until_separator()
        lead = len(found) - len(found.lstrip())
        text = found.strip()
        return Cell(text, line, column + lead, column + lead + len(text))

    def _quoted(self, line: int, column: int) -> Cell:
        parts: list[str] = []
        self.at += 1
        while True:
            end = self.text.find('"', self.at)
            if end < 0:
                self.unclosed = self.unclosed or Cell('"', line, column, column + 1)
                parts.append(self.text[self.at :])
                self._skip(len(self.text))
                break
            parts.append(self.text[self.at : end])
            self._skip(end + 1)
            if not self.text.startswith('"', self.at):
                break
            parts.append('"')
            self.at += 1
        stop = self.at - self.begun + 1
        parts.append(self._until_separator())  # what carelessly follows the closing mark
        last = column + 1 if self.line != line else stop
        return Cell("".join(parts).strip(), line, column, last)

    def _until_separator(self) -> str:
        found = self.plain.match(self.text, self.at)
        assert found is not None  # noqa: S101 - it matches nothing at all, too
        self.at = found.end()
        return found[0]

    def _skip(self, to: int) -> None:
        """Go on to a place behind some line breaks."""
        inside = self.text[self.at : to]
        if "\n" in inside:
            self.line += inside.count("\n")
            self.begun = self.at + inside.rfind("\n") + 1
        self.at = to
