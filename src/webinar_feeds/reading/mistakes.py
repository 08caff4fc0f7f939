"""Syntax errors in an organiser's words: what the parser stumbled over, and what to write.

Knows how YAML goes wrong when people write titles and times. libyaml and the Python parser word
their errors differently but agree on the places, so the cause is read from the source lines;
only words that both use choose where to look. Reads nothing, and builds no nodes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from webinar_feeds.diagnostics import Severity, declare
from webinar_feeds.reading.characters import refused, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from webinar_feeds.diagnostics import Diagnostic, Rule
    from webinar_feeds.reading.characters import Lines

_QUOTE: Final = "put the value in quotes: `{better}`"

tab = declare(
    "WF007",
    Severity.ERROR,
    "a tab stands where YAML wants spaces",
    help="replace each tab with two spaces",
)
unreadable = declare(
    "WF008",
    Severity.ERROR,
    "`{text}` cannot be read here",
    help="write `key: value`, or put the value in quotes",
)
colon = declare(
    "WF009",
    Severity.ERROR,
    "the value of `{key}` holds a colon and has no quotes",
    help=_QUOTE,
)
open_quote = declare(
    "WF010",
    Severity.ERROR,
    "the quote that opens here is not closed",
    help="end the value with `{quote}`, or leave both quotes out",
)
indentation = declare(
    "WF011",
    Severity.ERROR,
    "this line starts {found}, where no line above lets it belong",
    help="start it {wanted}, as line {above} does",
)
sign = declare(
    "WF012", Severity.ERROR, "a value without quotes cannot start with {sign}", help=_QUOTE
)
after_quote = declare(
    "WF013",
    Severity.ERROR,
    "there is text after the closing quote",
    help="quote all of it: `{better}`",
)
escape = declare(
    "WF014",
    Severity.ERROR,
    "`{escape}` means nothing between double quotes",
    help="write the backslash twice, or use single quotes",
)
bracket = declare(
    "WF015",
    Severity.ERROR,
    "`{sign}` opens a list here that cannot be read to its end",
    help="close it with `{closing}`, or put the value in quotes: `{better}`",
)
lone = declare(
    "WF016",
    Severity.ERROR,
    "`{text}` is neither `key: value` nor part of the line above",
    help="indent it two spaces deeper if it continues the line above, else write `key: {text}`",
)
no_space = declare(
    "WF017", Severity.ERROR, "there is no space after the colon of `{key}`", help="write `{better}`"
)
stray_entry = declare(
    "WF018",
    Severity.ERROR,
    "a list entry stands among keys",
    help="write the list's own key above it, such as `sessions:`",
)

# Lines are matched by their first 500 characters: backtracking over a line of a megabyte of
# spaces would take hours.
_ENOUGH: Final = 500
_BEFORE_VALUE: Final = re.compile(
    r"\s*(?:-\s+)*(?P<key>[^\s:#'\"\[{][^:]*?|'[^']*'|\"[^\"]*\")\s*:\s+"
)
_TIGHT: Final = re.compile(r"(?:-\s+)*(?P<key>[^\W\d][\w-]*):(?P<value>(?!//)\S.*)")
_ESCAPE: Final = re.compile(
    r"\\(?:x[0-9A-Fa-f]{0,2}|u(?P<u>[0-9A-Fa-f]{0,4})|U[0-9A-Fa-f]{0,8}|.?)"
)

Place = tuple[int, int]


class Stumble(NamedTuple):
    """Where a parser stopped and what it had read: places are (line, column) from 1.

    `words` are the parser's own, `context` is where what it was reading began; `quoted` is the
    span (line, column, end line, end column) of the last text if that was not plain, and `opened`
    are the places where the collections that are still open began.
    """

    words: str
    place: Place
    context: Place
    quoted: tuple[int, int, int, int] | None
    opened: Sequence[Place]


def explain(stumble: Stumble, lines: Lines) -> Diagnostic:
    """The most likely mistake behind a syntax error, with a cure that can be pasted."""
    return _Mistake(stumble, lines).explain()


def without_space(text: str) -> tuple[str, str] | None:
    """The key and the better line when a text is `key:value` without the space; else None."""
    tight = _TIGHT.match(text[:_ENOUGH])
    return (tight["key"], shortened(f"{tight['key']}: {tight['value']}")) if tight else None


class _Mistake:
    """A stumble beside the lines it happened in."""

    def __init__(self, stumble: Stumble, lines: Lines) -> None:
        self.lines = lines
        self.words, self.place, self.context, self.quoted, self.opened = stumble
        self.line = self.text_of(self.place[0])

    def text_of(self, number: int) -> str:
        """A line of the source, empty past its end."""
        return self.lines.text(number) or ""

    def sign_at(self, place: Place) -> str:
        """The character at a place, empty at the end of a line."""
        return self.text_of(place[0])[place[1] - 1 : place[1]]

    def report(self, rule: Rule, place: Place, length: int = 1, **values: object) -> Diagnostic:
        """The rule, at `length` characters from a place."""
        line, column = place
        return rule.diagnostic(self.lines.span(line, column, column + length), **values)

    def explain(self) -> Diagnostic:
        """Find the cause."""
        number = self.place[0]
        indent = self.line[: len(self.line) - len(self.line.lstrip(" \t"))]
        if "\t" in indent:
            return self.report(tab, (number, indent.index("\t") + 1))
        if self.sign_at(self.place) == "\t":
            return self.report(tab, self.place)
        look = next(look for words, look in _LOOKS if words in self.words)
        return look(self)

    def unreadable(self) -> Diagnostic:
        """Nothing more is known than where."""
        text = self.line[self.place[1] - 1 :].strip() or self.line.strip() or "the end of the file"
        return self.report(unreadable, self.place, text=shortened(text))

    def quote(self) -> Diagnostic:
        """Something between quotes: an escape, or the closing quote is missing."""
        if "escape" not in self.words and "hex" not in self.words:
            return self.report(open_quote, self.context, quote=self.sign_at(self.context))
        number, column = self.place
        start = max(self.line.rfind("\\", 0, column), 0)
        found = _ESCAPE.match(self.line, start)
        written = found.group() if found else self.sign_at(self.place)
        half = found and found["u"]
        if half and len(half) == 4 and 0xD800 <= int(half, 16) <= 0xDFFF:
            place = self.lines.span(number, start + 1, start + 1 + len(written))
            return refused(chr(int(half, 16)), place)
        return self.report(escape, (number, start + 1), len(written), escape=shortened(written))

    def colon(self) -> Diagnostic:
        """A colon where no key can be."""
        value = _BEFORE_VALUE.match(self.line[:_ENOUGH])
        if value and value.end() < self.place[1]:
            key = shortened(value["key"])
            return self.report(colon, self.place, key=key, better=_better(self.line))
        above = self.text_of(self.above())
        if without_space(above.strip()) and not _BEFORE_VALUE.match(above[:_ENOUGH]):
            return self.tight(self.above())
        return self.indentation()

    def lone(self) -> Diagnostic:
        """A line without a key and a colon."""
        number, column = self.context
        text = self.text_of(number)[column - 1 :].strip()
        if without_space(text):
            return self.tight(number)
        return self.report(lone, self.context, len(text), text=shortened(text))

    def tight(self, number: int) -> Diagnostic:
        """`key:value` on a line."""
        text = self.text_of(number)
        key, better = without_space(text.strip()) or ("", "")
        place = (number, text.index(f"{key}:") + 1)
        return self.report(no_space, place, len(key) + 1, key=key, better=better)

    def sign(self) -> Diagnostic:
        """A value that starts with a character that YAML keeps for itself."""
        return self.starts_with(self.place)

    def sign_before(self) -> Diagnostic:
        """The same, where the parser noticed only after that character."""
        return self.starts_with(self.context)

    def starts_with(self, place: Place) -> Diagnostic:
        """The character at a place is one that a value cannot start with."""
        start = self.sign_at(place)
        if not start:
            return self.bracket()
        name = "a backtick" if start == "`" else f"`{start}`"
        return self.report(sign, place, sign=name, better=_better(self.text_of(place[0])))

    def bracket(self) -> Diagnostic:
        """A list or mapping in brackets that does not end well."""
        for place in reversed(self.opened):
            opening = self.sign_at(place)
            if opening and opening in "[{":
                closing = "]" if opening == "[" else "}"
                better = _better(self.text_of(place[0]))
                return self.report(bracket, place, sign=opening, closing=closing, better=better)
        return self.unreadable()

    def misplaced(self) -> Diagnostic:
        """Something that is no key where a key should be."""
        number, column = self.place
        before = self.line[: column - 1].rstrip()
        if before.endswith(("]", "}")):
            opening = "[" if before[-1] == "]" else "{"
            return self.starts_with((number, self.line.find(opening) + 1))
        if self.quoted and self.quoted[2] == number and self.quoted[3] <= column:
            return self.after_quote(self.quoted[:2])
        if self.line.startswith("- ", column - 1) and "mapping" in self.words:
            return self.report(stray_entry, self.place)
        return self.indentation()

    def after_quote(self, opening: Place) -> Diagnostic:
        """Text after a quote that closes on this line: a quote too many, or one too few above."""
        number, column = self.place
        if opening[0] == number:
            length = len(self.line.rstrip()) - column + 1
            return self.report(after_quote, self.place, length, better=_better(self.line))
        if self.sign_at(opening) in {"'", '"'}:
            return self.report(open_quote, opening, quote=self.sign_at(opening))
        return self.indentation()  # it was a block of text

    def indentation(self) -> Diagnostic:
        """A line that starts where nothing above lets it belong."""
        text = self.line.strip()
        found = len(self.line) - len(self.line.lstrip())
        above = self.above()
        upper = self.text_of(above)
        wanted = len(upper) - len(upper.lstrip())
        if not text.startswith("-"):
            wanted = len(upper) - len(upper.lstrip("- "))
        if not text or not above or found == wanted:
            return self.unreadable()
        return self.report(
            indentation,
            (self.place[0], found + 1),
            len(text),
            found=_after(found),
            wanted=_after(wanted),
            above=above,
        )

    def above(self) -> int:
        """The nearest line above that holds more than a comment; 0 when there is none."""
        for number in range(self.place[0] - 1, 0, -1):
            text = self.text_of(number).strip()
            if text and not text.startswith("#"):
                return number
        return 0


# Words of an error that both parsers use, and where to look then; the first that fits.
_LOOKS: Final[tuple[tuple[str, Callable[[_Mistake], Diagnostic]], ...]] = (
    ("quoted scalar", _Mistake.quote),
    ("mapping values are not allowed", _Mistake.colon),
    ("simple key", _Mistake.lone),
    ("scanning a block scalar", _Mistake.sign_before),
    ("scanning an alias", _Mistake.sign_before),
    ("scanning an anchor", _Mistake.sign_before),
    ("ing a tag", _Mistake.sign_before),
    ("cannot start any token", _Mistake.sign),
    ("are not allowed", _Mistake.sign),
    ("parsing a flow", _Mistake.bracket),
    ("node content", _Mistake.sign),
    ("parsing a block", _Mistake.misplaced),
    ("", _Mistake.unreadable),
)


def _after(spaces: int) -> str:
    """Where a line starts, in words."""
    if spaces == 0:
        return "at the margin"
    return "after 1 space" if spaces == 1 else f"after {spaces} spaces"


def _better(line: str) -> str:
    """A line of the event file with its value in quotes, ready to be pasted."""
    line = line[:_ENOUGH]
    value = _BEFORE_VALUE.match(line)
    text = line[value.end() :] if value else re.sub(r"^\s*(?:-\s+)*", "", line)
    text = re.sub(r"\s#.*", "", text).strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    quoted = _quoted(text)
    return shortened(f"{value['key']}: {quoted}" if value else quoted)


def _quoted(text: str) -> str:
    """Text between quotes: double ones, or single ones where those need no escapes."""
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
