"""YAML bytes to text nodes: the one room that imports yaml, and it takes only its events from it.

Knows what YAML should not do in an event file (S4). Every scalar stays the text that was written:
there are no numbers, dates or booleans here. Knows no key of the event file. Nothing in it
recurses, so no bytes can exhaust a stack.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml
from yaml import events as seen

from webinar_feeds.diagnostics import Diagnostic, Location, Related, Severity, declare
from webinar_feeds.reading.characters import (
    REFUSED,
    Lines,
    Source,
    plain_breaks,
    printable,
    refused,
    shortened,
    unfit,
)
from webinar_feeds.reading.mistakes import Stumble, escape, explain, no_space, without_space

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.diagnostics import Route, Rule

try:
    from yaml.cyaml import CParser as Events  # type: ignore[attr-defined]  # not in the stubs
except ImportError:  # pragma: no cover - libyaml is missing: the same grammar in Python
    from yaml import SafeLoader as Events  # type: ignore[assignment]

__all__ = [
    "Events",
    "Lines",
    "Mapping",
    "Node",
    "Parsed",
    "Scalar",
    "Sequence",
    "Source",
    "key_location",
    "locate",
    "location",
    "parse",
]

LIMIT: Final = 1 << 20
DEPTH: Final = 20
MOST: Final = 20  # of one kind: a binary file is told in 20 lines, not in a million

duplicate = declare(
    "WF019",
    Severity.ERROR,
    "the key `{key}` stands here twice",
    help="keep one `{key}` and delete the other",
)
anchor = declare(
    "WF020",
    Severity.ERROR,
    "`{name}` is a YAML anchor or alias, which event files do not use",
    help="write the value out; if it is text that starts with `{sign}`, put it in quotes",
)
tag = declare(
    "WF021",
    Severity.ERROR,
    "`{name}` is a YAML tag, which event files do not use",
    help="delete it; if it is text that starts with `!`, put it in quotes",
)
merge = declare(
    "WF022",
    Severity.ERROR,
    "`<<` merges another mapping in, which event files do not do",
    help="write the keys out",
)
documents = declare(
    "WF023",
    Severity.ERROR,
    "a second document starts here",
    help="delete the `---` line, or move what follows into a file of its own",
)
depth = declare(
    "WF024",
    Severity.ERROR,
    "this is nested more than {depth} levels deep",
    help="take a level out: no key of an event file lies that deep",
)
key_text = declare(
    "WF025",
    Severity.ERROR,
    "a key has to be plain text",
    help="write `key: value`; a value in brackets or braces stands after the colon",
)
empty = declare(
    "WF026",
    Severity.ERROR,
    "the file holds nothing",
    help="start with a line such as `title: Open science over lunch`",
)
not_mapping = declare(
    "WF027",
    Severity.ERROR,
    "the file is {found}, not a mapping of keys to values",
    help="start with a line such as `title: Open science over lunch`",
)
cut_off = declare(
    "WF028",
    Severity.WARNING,
    "`{comment}` is a comment, which nobody sees",
    help="if it belongs to the text, put the whole text in quotes; if it is a comment, write a "
    "space behind `#`",
)


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


class Parsed(NamedTuple):
    """What a source holds and what is wrong with it.

    `root` is None when it cannot be read as one mapping. When it is there beside diagnostics,
    refused things have been left out of it: the first of two equal keys stands, an alias is its
    own text, an anchor or a tag is gone.
    """

    root: Mapping | None
    diagnostics: tuple[Diagnostic, ...]
    lines: Lines


def parse(source: Source, *, limit: int = LIMIT) -> Parsed:
    """Read a YAML file of at most `limit` bytes into nodes (S2, S4).

    Text is NFC, every line break in it is LF. Whatever the bytes are, nothing is raised: what is
    wrong comes back as diagnostics, all that can be found in one run, in the order of the file.
    """
    lines = Lines(source)
    problem = unfit(source, limit, lines)
    if problem is not None:
        return Parsed(None, (problem,), lines)
    reading = _Reading(plain_breaks(source.data.decode("utf-8-sig")), lines)
    root = reading.run()
    return Parsed(root, tuple(sorted(reading.diagnostics, key=_place)), lines)


def location(node: Node, path: str, lines: Lines | None = None) -> Location:
    """Where a node stands; the span ends with its first line if it goes on over several."""
    text = None if lines is None else lines.text(node.line)
    end = node.end_column
    if node.end_line != node.line:
        end = node.column + 1 if text is None else max(node.column, len(text.rstrip())) + 1
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
    named: Node | None = None
    for step in route:
        child = _step(node, step)
        if child is None:
            return Location(path) if named is None else location(named, path, lines)
        named = node.keys[str(step)] if isinstance(node, Mapping) else child
        node = child
    return location(node, path, lines)


def _step(node: Node, step: str | int) -> Node | None:
    """The child of a node that one step of a route means."""
    if isinstance(node, Mapping):
        return node.items.get(step) if isinstance(step, str) else None
    if isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None


def _place(diagnostic: Diagnostic) -> tuple[int, int]:
    return diagnostic.location.line, diagnostic.location.column


_ESCAPE: Final = re.compile(
    r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL
)
_NAMED_ESCAPES: Final = {
    "0": "\0", "a": "\a", "b": "\b", "v": "\v", "f": "\f", "e": "\x1b",
    "N": "\x85", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
# A mark and a word without a space between: more often part of a text than a comment on it.
TIGHT: Final = re.compile(r"(?<=\S)[ \t]+(#[^\s#][^\n]*)")
_BEYOND_UNICODE: Final = re.compile(r"\\U(?!000|0010)[0-9A-Fa-f]{8}")
_LEFT_OUT: Final = "\0"  # the key of a value that is read and dropped: no text can hold it


class _Frame:
    """A collection that is open: in a mapping, the key that waits for its value, if one does."""

    __slots__ = ("items", "key", "node", "values")

    def __init__(self, node: Mapping | Sequence) -> None:
        self.node = node
        self.items: dict[str, Node] | None = node.items if isinstance(node, Mapping) else None
        self.key: str | None = None
        self.values: list[Node] = []


class _Reading:
    """One pass over the events of a text, with an explicit stack."""

    def __init__(self, text: str, lines: Lines) -> None:
        self.text = text
        self.lines = lines
        self.diagnostics: list[Diagnostic] = []
        self.counts: Counter[str] = Counter()
        self.stack: list[_Frame] = []
        self.root: Node | None = None
        self.words: dict[str, str] = {}  # each key's text once, however often it is written
        self.last: Scalar | None = None
        self.has_tight = TIGHT.search(text) is not None
        self.composed = text.isascii() or unicodedata.is_normalized("NFC", text)

    def run(self) -> Mapping | None:
        """The root mapping, or None when there is none to go on with."""
        for found in islice(REFUSED.finditer(self.text), MOST):
            self.put(refused(found.group(), self.span(found.start(), 1)))
        try:
            complete = self.follow(Events(printable(self.text)))
        except yaml.MarkedYAMLError as error:
            self.refuse_syntax(error)
            return None
        except (ValueError, OverflowError):  # the Python parser, where libyaml has its own error
            beyond = _BEYOND_UNICODE.search(self.text)
            place = self.span(beyond.start(), 10) if beyond else self.span(0, 0)
            self.put(escape.diagnostic(place, escape=beyond.group() if beyond else "\\U"))
            return None
        return self.mapping_or_none() if complete else None

    def follow(self, parser: Any) -> bool:  # noqa: ANN401 - two parsers without a common type
        """Build nodes from the events; False when it makes no sense to go on."""
        get, scalar = parser.get_event, self.scalar
        event = get()
        while event is not None:
            kind = type(event)
            if kind is seen.ScalarEvent:
                scalar(event)
            elif kind is seen.MappingEndEvent or kind is seen.SequenceEndEvent:
                self.close(event.end_mark)
            elif kind is seen.MappingStartEvent or kind is seen.SequenceStartEvent:
                if not self.open(event):
                    return False
            elif kind is seen.AliasEvent:
                self.alias(event)
            elif kind is seen.DocumentStartEvent and self.root is not None:
                self.put(documents.diagnostic(self.at(event.start_mark, 3)))
                return True
            event = get()
        return True

    def mapping_or_none(self) -> Mapping | None:
        """The root, if it is a mapping; says so if it is not."""
        root = self.root
        if isinstance(root, Mapping):
            return root
        if root is None or (isinstance(root, Scalar) and root.plain and not root.text):
            self.put(empty.diagnostic(Location(self.lines.path)))
            return None
        tight = without_space(root.text) if isinstance(root, Scalar) else None
        if tight:
            self.put(no_space.diagnostic(self.of(root), key=tight[0], better=tight[1]))
        else:
            found = "a list" if isinstance(root, Sequence) else "one text"
            self.put(not_mapping.diagnostic(self.of(root), found=found))
        return None

    # ---------------------------------------------------------------- from events to nodes

    def scalar(self, event: Any) -> None:  # noqa: ANN401 - yaml's events are untyped
        """A text: a key, a value, or the root."""
        text, style, start, end = event.value, event.style, event.start_mark, event.end_mark
        if style == '"':
            text = self.unescaped(text, event)
        elif not self.composed:
            text = unicodedata.normalize("NFC", text)
        line, end_line = start.line, end.line
        first = line + 1
        # One int for both lines where there is one line: memory counts more than a comparison.
        self.last = node = Scalar(
            text,
            first,
            start.column + 1,
            first if end_line == line else end_line + 1,
            end.column + 1,
            not style,
        )
        if event.anchor is not None or event.tag is not None:
            self.refuse_properties(event)
        if self.has_tight and not style and text:
            self.doubt_comment(end.index)
        self.add(node)

    def open(self, event: Any) -> bool:  # noqa: ANN401 - yaml's events are untyped
        """A collection starts; False when it lies too deep."""
        mark = event.start_mark
        if event.anchor is not None or event.tag is not None:
            self.refuse_properties(event)
        if len(self.stack) == DEPTH:
            self.put(depth.diagnostic(self.at(mark, 1), depth=DEPTH))
            return False
        line, column = mark.line + 1, mark.column + 1
        node: Mapping | Sequence
        if type(event) is seen.MappingStartEvent:
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
        if frame.items is None:
            frame.values.append(node)
        elif frame.key is None:
            frame.key = self.key(node, frame.node)
        else:
            if frame.key is not _LEFT_OUT:
                frame.items[frame.key] = node
            frame.key = None

    def key(self, node: Node, mapping: Mapping | Sequence) -> str:
        """The text of a key, `_LEFT_OUT` for one that is refused."""
        keys = mapping.keys if isinstance(mapping, Mapping) else {}
        if not isinstance(node, Scalar) or (node.plain and not node.text):
            self.put(key_text.diagnostic(self.of(node)))
            return _LEFT_OUT
        text = self.words.setdefault(node.text, node.text)
        if text in keys:
            if not self.enough(duplicate):
                first = Related("first written here", self.of(keys[text]))
                self.put(duplicate.diagnostic(self.of(node), first, key=shortened(text)))
            return _LEFT_OUT
        if text == "<<" and node.plain:
            self.put(merge.diagnostic(self.of(node)))
            return _LEFT_OUT
        node.text = text
        keys[text] = node
        return text

    def alias(self, event: Any) -> None:  # noqa: ANN401 - yaml's events are untyped
        """An alias: refused, and kept as its own text."""
        start, end, name = event.start_mark, event.end_mark, f"*{event.anchor}"
        node = Scalar(name, start.line + 1, start.column + 1, end.line + 1, end.column + 1, True)  # noqa: FBT003 - by position as everywhere
        if not self.enough(anchor):
            self.put(anchor.diagnostic(self.of(node), name=shortened(name), sign="*"))
        self.add(node)

    def unescaped(self, text: str, event: Any) -> str:  # noqa: ANN401 - yaml's events are untyped
        """The text of a double-quoted scalar, in which escapes may have made anything."""
        text = plain_breaks(text)
        if REFUSED.search(text):
            for index, length, character in islice(self.escapes(event), MOST):
                self.put(refused(character, self.span(index, length)))
            text = printable(text)
        return unicodedata.normalize("NFC", text)

    # ---------------------------------------------------------------- refusals

    def escapes(self, event: Any) -> Iterator[tuple[int, int, str]]:  # noqa: ANN401 - untyped
        """Index, length and result of the escapes that make a refused character."""
        start, end = event.start_mark.index, event.end_mark.index
        for found in _ESCAPE.finditer(self.text, start, end):
            *numbers, name = found.groups()
            digits = next(filter(None, numbers), None)
            made = chr(int(digits, 16)) if digits else _NAMED_ESCAPES.get(name, "")
            if REFUSED.match(made):
                yield found.start(), len(found.group()), made

    def refuse_properties(self, event: Any) -> None:  # noqa: ANN401 - yaml's events are untyped
        """The anchor and the tag before a node."""
        mark = event.start_mark
        text = self.lines.text(mark.line + 1) or ""
        for found in islice(re.finditer(r"\S+", text[mark.column :]), 2):
            name = found.group()
            place = self.lines.span(
                mark.line + 1, mark.column + found.start() + 1, mark.column + found.end() + 1
            )
            if name[0] == "&" and event.anchor is not None:
                self.put(anchor.diagnostic(place, name=shortened(name), sign="&"))
            elif name[0] == "!" and event.tag is not None:
                self.put(tag.diagnostic(place, name=shortened(name)))

    def doubt_comment(self, end: int) -> None:
        """What follows a text that ends there, if it looks like a part that was cut off."""
        found = TIGHT.match(self.text, end)
        if found:
            comment = found.group(1).rstrip()
            place = self.span(found.start(1), len(comment))
            self.put(cut_off.diagnostic(place, comment=shortened(comment)))

    def refuse_syntax(self, error: yaml.MarkedYAMLError) -> None:
        """What a syntax error means, unless its line has been complained about already."""
        place = self.pair(error.problem_mark) or self.pair(error.context_mark) or (1, 1)
        if any(each.location.line == place[0] for each in self.diagnostics):
            return
        last = self.last
        quoted = (
            (last.line, last.column, last.end_line, last.end_column)
            if last is not None and not last.plain
            else None
        )
        stumble = Stumble(
            words=f"{error.context} {error.problem}",
            place=place,
            context=self.pair(error.context_mark) or place,
            quoted=quoted,
            opened=[(frame.node.line, frame.node.column) for frame in self.stack],
        )
        self.put(explain(stumble, self.lines))

    def pair(self, mark: yaml.Mark | None) -> tuple[int, int] | None:
        """Line and column of one of yaml's marks, from 1, within the file.

        libyaml places the end of a text that has no last line break on a line of its own.
        """
        if mark is None:
            return None
        if self.lines.text(mark.line + 1) is None:
            return mark.line, len(self.lines.text(mark.line) or "") + 1
        return mark.line + 1, mark.column + 1

    def of(self, node: Node) -> Location:
        """Where a node stands."""
        return location(node, self.lines.path, self.lines)

    def at(self, mark: Any, length: int) -> Location:  # noqa: ANN401 - yaml's marks are untyped
        """What is `length` characters long and starts at one of yaml's marks."""
        column = mark.column + 1
        return self.lines.span(mark.line + 1, column, column + length)

    def span(self, index: int, length: int) -> Location:
        """What is `length` characters long and starts at an index of the text."""
        line = self.text.count("\n", 0, index) + 1
        column = index - self.text.rfind("\n", 0, index)
        return self.lines.span(line, column, column + length)

    def put(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic, unless there are enough of its kind."""
        if self.counts[diagnostic.code] < MOST:
            self.counts[diagnostic.code] += 1
            self.diagnostics.append(diagnostic)

    def enough(self, rule: Rule) -> bool:
        """Whether more of this kind would be left out, and need not be put into words."""
        return self.counts[rule.code] >= MOST
