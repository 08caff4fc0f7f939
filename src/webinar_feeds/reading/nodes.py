"""YAML bytes to text nodes: the one room that imports yaml, and it takes only its events from it.

Knows what YAML should not do in an event file (S4) and which characters no text may hold (S2).
Every scalar stays the text that was written: there are no numbers, dates or booleans here. Knows
no key of the event file; nothing in it recurses, so no bytes can exhaust a stack.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml
from yaml import events as happened

from webinar_feeds.diagnostics import Diagnostic, Location, Related, Rule, Severity, declare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webinar_feeds.diagnostics import Route

try:
    from yaml.cyaml import CParser as Events  # type: ignore[attr-defined]  # not in the stubs
except ImportError:  # pragma: no cover - the same grammar in Python, where libyaml is missing
    from yaml import SafeLoader as Events  # type: ignore[assignment]

LIMIT: Final = 1 << 20
DEPTH: Final = 20
MOST: Final = 20  # of one kind: a binary file is told in 20 lines, not in a million

_ERROR: Final = Severity.ERROR
_QUOTE: Final = "put the value in quotes: `{better}`"

not_utf8 = declare(
    "WF001", _ERROR, "byte 0x{byte:02X} is not UTF-8{meant}", help="save the file as UTF-8"
)
wide = declare(
    "WF002", _ERROR, "the file is saved as {encoding}, not as UTF-8", help="save the file as UTF-8"
)
too_large = declare(
    "WF003",
    _ERROR,
    "the file has {size:,} bytes, more than the {limit:,} that are read",
    help="divide it into several series, or raise `max_file_size` in `site.yaml`",
)
control = declare("WF004", _ERROR, "the text holds {name}, which cannot be shown", help="{cure}")
direction = declare(
    "WF005",
    _ERROR,
    "the text holds {name}, which can make it read otherwise than it is",
    help="delete the invisible character; right-to-left text needs none",
)
separator = declare(
    "WF006", _ERROR, "the text holds {name}", help="replace it with an ordinary line break or space"
)
tab = declare(
    "WF007",
    _ERROR,
    "a tab stands where YAML wants spaces",
    help="replace each tab with two spaces",
)
unreadable = declare(
    "WF008",
    _ERROR,
    "this cannot be read: {problem}",
    help="write `key: value`, or put the value in quotes",
)
colon = declare(
    "WF009", _ERROR, "the value of `{key}` holds a colon and has no quotes", help=_QUOTE
)
open_quote = declare(
    "WF010",
    _ERROR,
    "the quote that opens here is never closed",
    help="end the value with {quote}, or leave both quotes out",
)
indentation = declare(
    "WF011",
    _ERROR,
    "this line starts after {found} spaces, where no line above lets it belong",
    help="start it after {wanted} spaces, as line {above} does",
)
sign = declare("WF012", _ERROR, "a value without quotes cannot start with `{sign}`", help=_QUOTE)
after_quote = declare(
    "WF013", _ERROR, "there is text after the closing quote", help="quote all of it: `{better}`"
)
escape = declare(
    "WF014",
    _ERROR,
    "`{escape}` means nothing between double quotes",
    help="write the backslash twice, or use single quotes",
)
bracket = declare(
    "WF015",
    _ERROR,
    "`{sign}` opens a list here that cannot be read to its end",
    help="close it with `{closing}`, or put the value in quotes: `{better}`",
)
lone = declare(
    "WF016",
    _ERROR,
    "`{text}` is neither `key: value` nor part of the line above",
    help="indent it two spaces deeper if it continues the line above, else write `key: {text}`",
)
space = declare(
    "WF017", _ERROR, "there is no space after the colon of `{key}`", help="write `{better}`"
)
duplicate = declare(
    "WF018",
    _ERROR,
    "the key `{key}` stands here twice",
    help="keep one `{key}` and delete the other",
)
anchor = declare(
    "WF019",
    _ERROR,
    "`{name}` is a YAML anchor or alias, which event files do not use",
    help="write the value out; if it is text that starts with `{sign}`, put it in quotes",
)
tag = declare(
    "WF020",
    _ERROR,
    "`{name}` is a YAML tag, which event files do not use",
    help="delete it; if it is text that starts with `!`, put it in quotes",
)
merge = declare(
    "WF021",
    _ERROR,
    "`<<` merges another mapping in, which event files do not do",
    help="write the keys out",
)
documents = declare(
    "WF022",
    _ERROR,
    "a second document starts here",
    help="delete the `---` line, or move what follows into a file of its own",
)
depth = declare(
    "WF023",
    _ERROR,
    "this is nested more than {depth} levels deep",
    help="take a level out: no key of an event file lies that deep",
)
key_text = declare(
    "WF024",
    _ERROR,
    "a key has to be plain text",
    help="write `key: value`; a value in brackets or braces stands after the colon",
)
empty = declare(
    "WF025", _ERROR, "the file holds nothing", help="start with `title: The name of the series`"
)
not_mapping = declare(
    "WF026",
    _ERROR,
    "the file is {found}, not a mapping of keys to values",
    help="start with `title: The name of the series`",
)


class Source(NamedTuple):
    """A file that has been read: its path as the user should see it (posix), and its bytes."""

    path: str
    data: bytes


# The nodes are not frozen only because a frozen one costs four times as much to make; nothing
# writes to them after `parse` has returned.
@dataclass(slots=True)
class Scalar:
    """A text and where it stands; lines and columns from 1, the end is the column after it.

    `plain` is False when it was written in quotes or as a block.
    """

    text: str
    line: int
    column: int
    end_line: int
    end_column: int
    plain: bool


@dataclass(slots=True)
class Sequence:
    """A list of nodes and where it stands."""

    items: tuple[Node, ...]
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(slots=True)
class Mapping:
    """Values by key in the order written, the keys' own places, and where the mapping stands."""

    items: dict[str, Node]
    keys: dict[str, Scalar]
    line: int
    column: int
    end_line: int
    end_column: int


Node = Scalar | Sequence | Mapping


class Lines:
    """The lines of a source, decoded when somebody first asks; safe to print."""

    __slots__ = ("_data", "_lines")

    def __init__(self, data: bytes) -> None:
        """Keep the bytes; nothing is decoded yet."""
        self._data = data
        self._lines: list[str] | None = None

    def text(self, number: int) -> str | None:
        """Line `number`, from 1, without its break; None when the file has no such line."""
        if self._lines is None:
            text = self._data.decode("utf-8-sig", errors="replace")
            self._lines = _printable(_plain_breaks(text)).split("\n")
        return self._lines[number - 1] if 0 < number <= len(self._lines) else None


class Parsed(NamedTuple):
    """What a source holds and what is wrong with it.

    `root` is None when it cannot be read as one mapping. When it is there beside diagnostics,
    refused things have been left out of it: the first of two equal keys stands, an alias is its
    own text.
    """

    root: Mapping | None
    diagnostics: tuple[Diagnostic, ...]
    lines: Lines


# Characters that no text may hold (S2), and the byte order mark inside a file.
_REFUSED: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
    "\ud800-\udfff]"
)
_DIRECTIONS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SEPARATORS: Final = {
    "\x85": "U+0085, a line break of other systems",
    "\u2028": "U+2028, a line separator",
    "\u2029": "U+2029, a paragraph separator",
}
_ESCAPE: Final = re.compile(
    r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL
)
_NAMED_ESCAPES: Final = {
    "0": "\0", "a": "\a", "b": "\b", "v": "\v", "f": "\f", "e": "\x1b",
    "N": "\x85", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_BEFORE_VALUE: Final = re.compile(
    r"\s*(?:-\s+)*(?P<key>[^\s:#'\"\[{][^:]*?|'[^']*'|\"[^\"]*\")\s*:\s+"
)
_TIGHT: Final = re.compile(r"(?:-\s+)*(?P<key>[\w-]+):(?P<value>\S.*)")


def parse(source: Source, *, limit: int = LIMIT) -> Parsed:
    """Read a YAML file of at most `limit` bytes into nodes (S2, S4).

    Text is NFC, every line break in it is LF. Whatever the bytes are, nothing is raised: what is
    wrong comes back as diagnostics, all that can be found in one run, in the order of the file.
    """
    lines = Lines(source.data)
    problem = _unfit(source, limit, lines)
    if problem is not None:
        return Parsed(None, (problem,), lines)
    text = _plain_breaks(source.data.decode("utf-8-sig"))
    reading = _Reading(source.path, text, lines)
    root = reading.run()
    return Parsed(root, tuple(sorted(reading.diagnostics, key=_order)), lines)


def location(node: Node, path: str, lines: Lines | None = None) -> Location:
    """Where a node stands; the span ends with its first line if it goes on over several."""
    text = None if lines is None else lines.text(node.line)
    end = node.end_column
    if node.end_line != node.line:
        end = node.column + 1 if text is None else max(node.column, len(text.rstrip()) + 1)
    return Location(path, node.line, node.column, end, text)


def key_location(mapping: Mapping, key: str, path: str, lines: Lines | None = None) -> Location:
    """Where a key of a mapping stands; the mapping's own place if it has no such key."""
    return location(mapping.keys.get(key, mapping), path, lines)


def locate(parsed: Parsed | Node, path: str, route: Route) -> Location:
    """The place of the value at `route`, a way of mapping keys and sequence indexes.

    Where the route's tail does not exist, the key of its deepest ancestor that does (an item of a
    list has no key: its own place). The file as a whole for an empty route, and where not even
    the first step exists. The line's text is given when `parsed` knows it.
    """
    root, lines = (parsed.root, parsed.lines) if isinstance(parsed, Parsed) else (parsed, None)
    if root is None or not route:
        return Location(path)
    node: Node = root
    place: Node | None = None
    for step in route:
        child = _step(node, step)
        if child is None:
            return Location(path) if place is None else location(place, path, lines)
        place = node.keys[step] if isinstance(node, Mapping) else child  # type: ignore[index]
        node = child
    return location(node, path, lines)


def _step(node: Node, step: str | int) -> Node | None:
    """The child of a node that one step of a route means."""
    if isinstance(node, Mapping):
        return node.items.get(step) if isinstance(step, str) else None
    if isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None


def _order(diagnostic: Diagnostic) -> tuple[int, int]:
    return diagnostic.location.line, diagnostic.location.column


def _plain_breaks(text: str) -> str:
    """CRLF and CR as LF, so that lines count alike everywhere."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _printable(text: str) -> str:
    """The text with each refused character as U+FFFD: one for one, so columns stay."""
    return _REFUSED.sub("\ufffd", text)


# ---------------------------------------------------------------------------- bytes


def _unfit(source: Source, limit: int, lines: Lines) -> Diagnostic | None:
    """Why the bytes cannot be read as text at all, if they cannot."""
    path, data = source
    if len(data) > limit:
        return too_large.diagnostic(Location(path), size=len(data), limit=limit)
    encoding = _wide_encoding(data)
    if encoding:
        return wide.diagnostic(Location(path), encoding=encoding)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _bad_byte(source, error.start, lines)
    return None


def _wide_encoding(data: bytes) -> str | None:
    """UTF-32 or UTF-16 by their byte order mark, or by a NUL beside the first letter."""
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff", b"\x00\x00\x00")):
        return "UTF-32"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    if data[1:4] == b"\x00\x00\x00":
        return "UTF-32"
    nul = [byte == 0 for byte in data[:4]]
    return "UTF-16" if nul in ([True, False] * 2, [False, True] * 2) else None


def _bad_byte(source: Source, at: int, lines: Lines) -> Diagnostic:
    """The first byte that is not UTF-8, and the character it is likely to stand for."""
    path, data = source
    before = _plain_breaks(data[:at].decode("utf-8-sig"))
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    try:
        data.decode("cp1252")
        meant = f", it was probably meant to be `{data[at : at + 1].decode('cp1252')}`"
    except UnicodeDecodeError:
        meant = ""
    place = Location(path, line, column, column + 1, lines.text(line))
    return not_utf8.diagnostic(place, byte=data[at], meant=meant)


# ---------------------------------------------------------------------------- events


class _Frame:
    """A collection that is open: what has come so far and the key that waits for its value."""

    __slots__ = ("count", "items", "key", "mapping", "node", "values")

    def __init__(self, node: Mapping | Sequence) -> None:
        self.node = node
        self.mapping = isinstance(node, Mapping)
        self.items: dict[str, Node] = node.items if isinstance(node, Mapping) else {}
        self.key: str | None = None  # None: a value that is read and then left out
        self.count = 0  # of keys and values so far
        self.values: list[Node] = []


class _Reading:
    """One pass over the events of a text, with an explicit stack."""

    def __init__(self, path: str, text: str, lines: Lines) -> None:
        self.path = path
        self.text = text
        self.lines = lines
        self.diagnostics: list[Diagnostic] = []
        self.stack: list[_Frame] = []
        self.root: Node | None = None
        self.words: dict[str, str] = {}  # each key's text once, however often it is written
        self.last: Scalar | None = None
        self.composed = text.isascii() or unicodedata.is_normalized("NFC", text)

    def run(self) -> Mapping | None:
        """The root mapping, or None when there is none to go on with."""
        self.refuse_characters()
        try:
            complete = self.follow(Events(_printable(self.text)))
        except yaml.MarkedYAMLError as error:
            self.refuse_syntax(error)
            return None
        except (ValueError, OverflowError):
            # Only the Python parser comes here, for an escape beyond U+10FFFF.
            self.report(unreadable, 0, 0, 0, problem="an escape stands for no character")
            return None
        if not complete:
            return None
        return self.mapping_or_none()

    def follow(self, parser: Any) -> bool:  # noqa: ANN401 - two parser classes without a common type
        """Build nodes from the events; False when it makes no sense to go on."""
        get, scalar = parser.get_event, self.scalar
        event = get()
        while event is not None:
            kind = type(event)
            if kind is happened.ScalarEvent:
                scalar(event)
            elif kind is happened.MappingStartEvent or kind is happened.SequenceStartEvent:
                if not self.open(event):
                    return False
            elif kind is happened.MappingEndEvent or kind is happened.SequenceEndEvent:
                self.close(event.end_mark)
            elif kind is happened.AliasEvent:
                self.alias(event)
            elif kind is happened.DocumentStartEvent and self.root is not None:
                self.at_mark(documents, event.start_mark, 3)
                break
            event = get()
        return True

    def mapping_or_none(self) -> Mapping | None:
        """The root, if it is a mapping; says so if it is not."""
        root = self.root
        if isinstance(root, Mapping):
            return root
        if root is None or (isinstance(root, Scalar) and not root.text and root.plain):
            self.diagnostics.append(empty.diagnostic(Location(self.path)))
        elif isinstance(root, Scalar) and (tight := _TIGHT.match(root.text)):
            better = f"{tight['key']}: {tight['value']}"
            place = location(root, self.path, self.lines)
            self.diagnostics.append(
                space.diagnostic(place, key=tight["key"], better=_short(better))
            )
        else:
            found = "a list" if isinstance(root, Sequence) else "one text"
            place = location(root, self.path, self.lines)
            self.diagnostics.append(not_mapping.diagnostic(place, found=found))
        return None

    def scalar(self, event: Any) -> None:  # noqa: ANN401 - yaml's events are untyped
        """A text: a key, a value, or the root."""
        text, style = event.value, event.style
        if style == '"':
            text = self.unescaped(text, event)
        elif not self.composed:
            text = unicodedata.normalize("NFC", text)
        start, end = event.start_mark, event.end_mark
        line = start.line + 1
        end_line = end.line + 1
        node = Scalar(
            text,
            line,
            start.column + 1,
            line if end_line == line else end_line,
            end.column + 1,
            not style,
        )
        self.last = node
        if event.anchor is not None or event.tag is not None:
            self.refuse_properties(event)
        self.add(node)

    def open(self, event: Any) -> bool:  # noqa: ANN401 - yaml's events are untyped
        """A collection starts; False when it lies too deep."""
        mark = event.start_mark
        if event.anchor is not None or event.tag is not None:
            self.refuse_properties(event)
        if len(self.stack) == DEPTH:
            self.at_mark(depth, mark, 1, depth=DEPTH)
            return False
        line, column = mark.line + 1, mark.column + 1
        node: Mapping | Sequence
        if type(event) is happened.MappingStartEvent:
            node = Mapping({}, {}, line, column, line, column)
        else:
            node = Sequence((), line, column, line, column)
        self.stack.append(_Frame(node))
        return True

    def close(self, mark: Any) -> None:  # noqa: ANN401 - yaml's marks are untyped
        """The collection on top of the stack is complete."""
        frame = self.stack.pop()
        node = frame.node
        node.end_line, node.end_column = mark.line + 1, mark.column + 1
        if isinstance(node, Sequence):
            node.items = tuple(frame.values)
        self.add(node)

    def add(self, node: Node) -> None:
        """Put a complete node where it belongs: under its key, into its list, or at the root."""
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        if not frame.mapping:
            frame.values.append(node)
            return
        frame.count += 1
        if frame.count & 1:
            frame.key = self.key(node, frame.node)  # type: ignore[arg-type]
        elif frame.key is not None:
            frame.items[frame.key] = node

    def key(self, node: Node, mapping: Mapping) -> str | None:
        """The text of a key; None when its value is to be left out."""
        if not isinstance(node, Scalar) or (node.plain and not node.text):
            self.at_node(key_text, node)
            return None
        text = self.words.setdefault(node.text, node.text)
        if text in mapping.keys:
            first = location(mapping.keys[text], self.path, self.lines)
            related = Related("first written here", first)
            self.at_node(duplicate, node, related, key=_short(text))
            return None
        if text == "<<" and node.plain:
            self.at_node(merge, node)
            return None
        mapping.keys[text] = node
        return text

    def alias(self, event: Any) -> None:  # noqa: ANN401 - yaml's events are untyped
        """An alias: refused, and kept as its own text."""
        start, end = event.start_mark, event.end_mark
        name = f"*{event.anchor}"
        node = Scalar(
            name, start.line + 1, start.column + 1, end.line + 1, end.column + 1, plain=True
        )
        self.at_node(anchor, node, name=_short(name), sign="*")
        self.add(node)

    # ------------------------------------------------------------------------ refusals

    def refuse_properties(self, event: Any) -> None:  # noqa: ANN401 - yaml's events are untyped
        """An anchor or a tag before a node."""
        mark = event.start_mark
        text = self.lines.text(mark.line + 1) or ""
        for written in text[mark.column :].split(maxsplit=2)[:2]:
            column = text.index(written, mark.column) + 1
            end = column + len(written)
            if written[0] == "&" and event.anchor is not None:
                self.report(anchor, mark.line + 1, column, end, name=_short(written), sign="&")
            elif written[0] == "!" and event.tag is not None:
                self.report(tag, mark.line + 1, column, end, name=_short(written))

    def refuse_characters(self) -> None:
        """Each refused character that stands in the file as itself."""
        for found in islice(_REFUSED.finditer(self.text), MOST):
            self.refuse_character(found.group(), found.start(), 1)

    def unescaped(self, text: str, event: Any) -> str:  # noqa: ANN401 - yaml's events are untyped
        """The text of a double-quoted scalar, in which escapes may have made anything."""
        if "\r" in text:
            text = _plain_breaks(text)
        if _REFUSED.search(text):
            for place, length, character in islice(self.escapes(event), MOST):
                self.refuse_character(character, place, length)
            text = _printable(text)
        return unicodedata.normalize("NFC", text)

    def escapes(self, event: Any) -> Iterator[tuple[int, int, str]]:  # noqa: ANN401 - untyped
        """Where the escapes of a double-quoted scalar stand that make a refused character."""
        source = self.text[event.start_mark.index : event.end_mark.index]
        for found in _ESCAPE.finditer(source):
            *numbers, name = found.groups()
            digits = next(filter(None, numbers), None)
            made = chr(int(digits, 16)) if digits else _NAMED_ESCAPES.get(name, "")
            if _REFUSED.match(made):
                yield event.start_mark.index + found.start(), len(found.group()), made

    def refuse_character(self, character: str, index: int, length: int) -> None:
        """One refused character: its rule depends on what it does."""
        name = f"U+{ord(character):04X}"
        line = self.text.count("\n", 0, index) + 1
        column = index - self.text.rfind("\n", 0, index)
        end = column + length
        if character in _SEPARATORS:
            self.report(separator, line, column, end, name=_SEPARATORS[character])
        elif character in _DIRECTIONS:
            name = f"{name} ({unicodedata.name(character).lower()})"
            self.report(direction, line, column, end, name=name)
        else:
            self.report(control, line, column, end, name=name, cure=_cure(character))

    def refuse_syntax(self, error: yaml.MarkedYAMLError) -> None:
        """What a syntax error means in an organiser's words."""
        mistake = _Mistake(error, self)
        line = mistake.place[0]
        if all(each.location.line != line for each in self.diagnostics):
            mistake.explain()

    def at_mark(self, rule: Rule, mark: Any, length: int, **values: object) -> None:  # noqa: ANN401
        """Report something `length` characters long that starts at one of yaml's marks."""
        self.report(rule, mark.line + 1, mark.column + 1, mark.column + 1 + length, **values)

    def at_node(self, rule: Rule, node: Node, *related: Related, **values: object) -> None:
        """Report something about a node."""
        place = location(node, self.path, self.lines)
        self.put(rule.diagnostic(place, *related, **values))

    def report(self, rule: Rule, line: int, column: int, end: int, **values: object) -> None:
        """Report something at a place."""
        place = Location(self.path, line, column, end, self.lines.text(line))
        self.put(rule.diagnostic(place, **values))

    def put(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic, unless there are enough of its kind."""
        alike = sum(each.code == diagnostic.code for each in self.diagnostics)
        if alike < MOST:
            self.diagnostics.append(diagnostic)


def _cure(character: str) -> str:
    """What to write instead of a control character."""
    if "\x80" <= character <= "\x9f":
        meant = character.encode("latin-1").decode("cp1252", errors="ignore")
        if meant:
            return f"write `{meant}` if that was meant, else delete it"
    return "delete it; copying from another program may have brought it in"


# ---------------------------------------------------------------------------- syntax


class _Mistake:
    """A syntax error, looked at beside the lines it stands in.

    libyaml and the Python parser word their errors differently but agree on the places, so the
    cause is read from the source; only words that both use choose where to look.
    """

    def __init__(self, error: yaml.MarkedYAMLError, reading: _Reading) -> None:
        self.reading = reading
        self.problem = str(error.problem)
        self.words = f"{error.context} {error.problem}"
        problem = error.problem_mark
        context = error.context_mark or problem
        self.place = (problem.line + 1, problem.column + 1) if problem else (1, 1)
        self.context = (context.line + 1, context.column + 1) if context else (1, 1)
        self.line = self.text_of(self.place[0])

    def text_of(self, number: int) -> str:
        """A line of the source, empty past its end."""
        return self.reading.lines.text(number) or ""

    def sign_at(self, place: tuple[int, int]) -> str:
        """The character at a place, empty at the end of a line."""
        return self.text_of(place[0])[place[1] - 1 : place[1]]

    def report(self, rule: Rule, place: tuple[int, int], length: int = 1, **values: object) -> None:
        """Report the mistake at a place."""
        line, column = place
        self.reading.report(rule, line, column, column + length, **values)

    def explain(self) -> None:
        """Find the cause and report it."""
        number, column = self.place
        indent = self.line[: len(self.line) - len(self.line.lstrip(" \t"))]
        if "\t" in indent:
            self.report(tab, (number, indent.index("\t") + 1))
        elif self.sign_at(self.place) == "\t":
            self.report(tab, (number, column))
        else:
            next(look for words, look in _LOOKS if words in self.words)(self)

    def unreadable(self) -> None:
        """Nothing more is known than what the parser says."""
        self.report(unreadable, self.place, problem=self.problem)

    def quote(self) -> None:
        """Something between quotes: an escape, or the closing quote is missing."""
        if "escape" not in self.words and "hexa" not in self.words:
            opening = self.sign_at(self.context)
            self.report(open_quote, self.context, quote=f"`{opening}`")
            return
        number, column = self.place
        start = self.line.rfind("\\", 0, column)
        found = _ESCAPE.match(self.line, start) if start >= 0 else None
        if found and found.group(4) is None and "\ud800" <= _character(found) <= "\udfff":
            name, cure = f"half a character, `{found.group()}`", "write the character itself"
            self.report(control, (number, start + 1), len(found.group()), name=name, cure=cure)
        else:
            written = found.group() if found else self.line[start : start + 2]
            self.report(escape, (number, max(start, 0) + 1), len(written), escape=_short(written))

    def colon(self) -> None:
        """A colon where no key can be."""
        column = self.place[1]
        value = _BEFORE_VALUE.match(self.line)
        if value and value.end() < column:
            self.report(colon, self.place, key=_short(value["key"]), better=_better(self.line))
            return
        above = self.above()
        tight = _TIGHT.match(self.text_of(above).strip())
        if tight and not _BEFORE_VALUE.match(self.text_of(above)):
            self.without_space(above, tight)
        else:
            self.indentation()

    def lone(self) -> None:
        """A line without a key and a colon."""
        text = self.text_of(self.context[0])[self.context[1] - 1 :].strip()
        tight = _TIGHT.match(text)
        if tight:
            self.without_space(self.context[0], tight)
        else:
            self.report(lone, self.context, len(text), text=_short(text))

    def without_space(self, number: int, tight: re.Match[str]) -> None:
        """`key:value`."""
        column = self.text_of(number).index(tight["key"]) + 1
        better = _short(f"{tight['key']}: {tight['value']}")
        length = len(tight["key"]) + 1
        self.report(space, (number, column), length, key=tight["key"], better=better)

    def sign(self) -> None:
        """A value that starts with a character that YAML keeps for itself."""
        self.starts_with(self.place)

    def sign_before(self) -> None:
        """The same, where the parser noticed only after that character."""
        self.starts_with(self.context)

    def starts_with(self, place: tuple[int, int]) -> None:
        """Report the character at a place as one that a value cannot start with."""
        start = self.sign_at(place)
        if start:
            self.report(sign, place, sign=start, better=_better(self.text_of(place[0])))
        else:
            self.bracket()

    def tag(self) -> None:
        """Something that starts with an exclamation mark."""
        written = self.text_of(self.context[0])[self.context[1] - 1 :].split()
        name = written[0] if written else "!"
        self.report(tag, self.context, len(name), name=_short(name))

    def bracket(self) -> None:
        """A list or mapping in brackets that does not end well."""
        for frame in reversed(self.reading.stack):
            place = (frame.node.line, frame.node.column)
            opening = self.sign_at(place)
            if opening and opening in "[{":
                closing = "]" if opening == "[" else "}"
                better = _better(self.text_of(place[0]))
                self.report(bracket, place, sign=opening, closing=closing, better=better)
                return
        self.unreadable()

    def misplaced(self) -> None:
        """Something that is no key where a key should be."""
        number, column = self.place
        before = self.line[: column - 1].rstrip()
        if not before:
            self.indentation_or_quote()
        elif before[-1] in "]}":
            at = self.line.find("[" if before[-1] == "]" else "{") + 1
            self.report(
                sign,
                (number, max(at, 1)),
                sign=self.line[max(at, 1) - 1],
                better=_better(self.line),
            )
        else:
            self.indentation_or_quote()

    def indentation_or_quote(self) -> None:
        """After a quoted value: text that should be inside; else a line at the wrong depth."""
        last = self.reading.last
        number, column = self.place
        if last is None or last.plain or last.end_line != number or last.end_column > column:
            self.indentation()
        elif last.line == number:
            length = len(self.line.rstrip()) - column + 1
            self.report(after_quote, self.place, max(length, 1), better=_better(self.line))
        else:
            opening = self.sign_at((last.line, last.column))
            self.report(open_quote, (last.line, last.column), quote=f"`{opening}`")

    def indentation(self) -> None:
        """A line that starts where nothing above lets it belong."""
        number = self.place[0]
        text = self.line.strip()
        found = len(self.line) - len(self.line.lstrip())
        above = self.above()
        upper = self.text_of(above)
        wanted = len(upper) - len(upper.lstrip())
        if not text.startswith("-"):
            wanted += len(upper.lstrip()) - len(upper.lstrip().lstrip("- "))
        if text and above and found != wanted:
            place = (number, found + 1)
            self.report(indentation, place, len(text), found=found, wanted=wanted, above=above)
        else:
            self.unreadable()

    def above(self) -> int:
        """The nearest line above that holds more than a comment; 0 when there is none."""
        for number in range(self.place[0] - 1, 0, -1):
            text = self.text_of(number).strip()
            if text and not text.startswith("#"):
                return number
        return 0


# Words of an error that both parsers use, and where to look then; the first that fits.
_LOOKS: Final[tuple[tuple[str, Callable[[_Mistake], None]], ...]] = (
    ("quoted scalar", _Mistake.quote),
    ("mapping values are not allowed", _Mistake.colon),
    ("simple key", _Mistake.lone),
    ("scanning a block scalar", _Mistake.sign_before),
    ("scanning an alias", _Mistake.sign_before),
    ("scanning an anchor", _Mistake.sign_before),
    ("ing a tag", _Mistake.tag),
    ("cannot start any token", _Mistake.sign),
    ("are not allowed", _Mistake.sign),
    ("parsing a flow", _Mistake.bracket),
    ("node content", _Mistake.sign),
    ("parsing a block", _Mistake.misplaced),
    ("", _Mistake.unreadable),
)


def _character(found: re.Match[str]) -> str:
    """The character that a numeric escape stands for; empty beyond Unicode."""
    code = int(next(filter(None, found.groups())), 16)
    return chr(code) if code <= 0x10FFFF else ""


def _short(text: str) -> str:
    """Text for a message: one line, printable, not long."""
    line = _printable(" ".join(text.split()))
    return line if len(line) <= 80 else f"{line[:79]}…"


def _better(line: str) -> str:
    """A line of the event file with its value in quotes, ready to be pasted."""
    value = _BEFORE_VALUE.match(line)
    text = line[value.end() :] if value else re.sub(r"^\s*(?:-\s+)*", "", line)
    text = re.sub(r"\s+#.*", "", text.rstrip())
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    quoted = _quoted(text)
    return _short(f"{value['key']}: {quoted}" if value else quoted)


def _quoted(text: str) -> str:
    """Text between quotes: double ones, or single ones where those need no escapes."""
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
