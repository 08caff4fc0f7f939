"""The kinds of value that an event file holds: how each is read, and its JSON Schema.

A kind types a text node or says what is wrong with it, every problem and not the first. Knows
shapes and single values; which keys there are is declared in `webinar_feeds.reading.schema`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from webinar_feeds.artifacts import is_device
from webinar_feeds.diagnostics import Severity, declare
from webinar_feeds.model import Words
from webinar_feeds.reading import nodes
from webinar_feeds.reading.characters import shortened
from webinar_feeds.timezones import Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

    from webinar_feeds.diagnostics import Diagnostic, Location, Related, Rule
    from webinar_feeds.reading.nodes import Node

missing_key = declare(
    "WF101",
    Severity.ERROR,
    "this {what} has no `{key}`",
    help="add a line such as `{key}: {example}`",
)
wrong_shape = declare(
    "WF102",
    Severity.ERROR,
    "`{key}` should be {wanted}, but it is {found}",
    help="write, for example, {example}",
)
unknown_key = declare(
    "WF103", Severity.ERROR, "`{key}` is not a key that this {what} can have", help="{suggestion}"
)
private_key = declare(
    "WF104",
    Severity.ERROR,
    "`{key}`: people's addresses do not belong in event files, which public files are made from",
    help="remove `{key}` and keep the list of participants outside `events/`",
)
empty_value = declare(
    "WF105", Severity.ERROR, "`{key}` has no value", help="write, for example, `{key}: {example}`"
)
several_lines = declare(
    "WF106",
    Severity.ERROR,
    "`{key}` goes over several lines",
    help="write it on one line, or write `{key}: >-` above it, which joins its lines",
)
not_a_choice = declare(
    "WF107", Severity.ERROR, "`{text}` is not a word that `{key}` takes", help="write {choices}"
)
not_a_number = declare(
    "WF108", Severity.ERROR, "`{text}` is not a whole number", help="write `{key}: {example}`"
)
bad_id = declare(
    "WF109",
    Severity.ERROR,
    "`{text}` cannot be an id, which becomes part of addresses for ever",
    help="use small letters a–z, digits and hyphens, at most 64, such as `{example}`",
)
bad_address = declare(
    "WF110", Severity.ERROR, "`{text}` is not a web address: {why}", help="write `{key}: {example}`"
)
bad_language = declare(
    "WF111",
    Severity.ERROR,
    "`{text}` is not a language tag",
    help="write a tag such as `en`, `fr`, `pt-BR` or `ar`",
)
twice = declare(
    "WF118",
    Severity.ERROR,
    "`{key}` is given twice in the language `{text}`",
    help="keep one of the two",
)
bad_media_type = declare(
    "WF114",
    Severity.ERROR,
    "`{text}` is not a media type",
    help="write one such as `video/mp4`, `audio/mpeg` or `audio/mp4`",
)
bad_uid = declare(
    "WF115",
    Severity.ERROR,
    "`{text}` cannot be a UID",
    help="write the UID that the published calendar has: letters, digits and `-._@`, at most 255",
)

ID_FORM = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
LANGUAGE_FORM = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?")
MEDIA_TYPE_FORM = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
UID_FORM = re.compile(r"[A-Za-z0-9._@-]{1,255}")
_QUOTED = frozenset({"key", "text", "written"})  # values that are the organiser's words
# Nearly every address: a host of ordinary labels, and a path of characters that need no thought.
SIMPLE_ADDRESS = re.compile(
    r"https?://(?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}(?:/[A-Za-z0-9._~/?#&=%+:;,@!$'()*-]*)?"
)
_BLANK = re.compile(r"[\s\x00-\x1f\x7f<>\"{}|\\^`]")
PRIVATE = frozenset(
    {"attendee", "attendees", "participant", "participants", "email", "e-mail", "mail", "phone"}
)
SYNONYMS = {
    "organisers": "organizers",
    "organizer": "organizers",
    "organiser": "organizers",
    "speaker": "speakers",
    "presenters": "speakers",
    "tags": "topics",
    "categories": "topics",
    "zone": "timezone",
    "tz": "timezone",
    "time_zone": "timezone",
    "description": "summary",
    "abstract": "summary",
    "website": "page",
    "link": "page",
    "city_name": "city",
    "organisation": "affiliation",
    "organization": "affiliation",
    "university": "affiliation",
    "video": "recording",
    "zoom": "join",
    "start": "time",
    "end": "time",
    "when": "time",
    "events": "sessions",
    "webinars": "sessions",
}


class Missing:
    """The value of a key that was given, but wrongly; what is wrong has been said already."""


MISSING = Missing()
Schema = dict[str, Any]


class Reader:
    """Collects what is wrong with one file while it is read."""

    def __init__(self, path: str, lines: nodes.Lines) -> None:
        self.path = path
        self.lines = lines
        self.diagnostics: list[Diagnostic] = []
        self.languages: dict[str, Node] = {}  # those of texts in several, where each came first

    def place(self, node: Node) -> Location:
        """Where a node of this file stands."""
        return nodes.location(node, self.path, self.lines)

    def report(self, rule: Rule, node: Node, *related: Related, **values: object) -> Missing:
        """Say that `rule` applies to `node`; returns MISSING so that a kind can return it."""
        told = {name: _told(value) if name in _QUOTED else value for name, value in values.items()}
        self.diagnostics.append(rule.diagnostic(self.place(node), *related, **told))
        return MISSING

    def has_said(self, rule: Rule, node: Node) -> bool:
        """Whether `rule` has been applied to `node` before."""
        place = self.place(node)
        return any((each.code, each.location) == (rule.code, place) for each in self.diagnostics)

    def problem(self, problem: Problem, node: Node) -> Missing:
        """Say a problem that the text of `node` has."""
        return self.report(problem.rule, node, **problem.values)


class NotOrdinary(Exception):  # noqa: N818 - a way to go, and nobody's error
    """There may be something to say of a file that is read without places.

    It ends the quick reading of a file; the file is then read with places, to say it.
    """


class Quick(Reader):
    """The reader of a file without places: whatever it is asked to say raises `NotOrdinary`."""

    def __init__(self) -> None:
        super().__init__("", nodes.Lines(nodes.Source("", b"")))

    def place(self, node: Node) -> Location:  # noqa: ARG002 - as every reader
        """There is none."""
        raise NotOrdinary

    def report(self, rule: Rule, node: Node, *related: Related, **values: object) -> Missing:  # noqa: ARG002 - as every reader
        """Nothing is said."""
        raise NotOrdinary


QUICK = Quick()


class Values(dict[str, Any]):
    """The typed values of a mapping; a key that was not given, or wrongly, is not there.

    `at(key)` is the node to point at when something is wrong with `key`; `broken` are the keys
    that were given wrongly. A mapping that was read without places has no nodes.
    """

    mapping: nodes.Mapping | None = None
    broken: AbstractSet[str] = frozenset()

    @property
    def node(self) -> nodes.Mapping:
        """The mapping, with its place.

        Raises:
            NotOrdinary: it was read without places.
        """
        if self.mapping is None:
            raise NotOrdinary
        return self.mapping

    def at(self, key: str) -> Node:
        """The node of the value of `key`, or of the mapping's first key where it is not given."""
        return self.node.items.get(key) or first_key(self.node)


class Kind(Protocol):
    """What a value can be: how it is read, how an editor checks it, and an example."""

    @property
    def example(self) -> str:
        """A value of this kind as one would write it."""
        ...

    def read(self, node: Node, key: str, reader: Reader) -> Any:  # noqa: ANN401 - each kind its own type
        """The typed value of a node, or MISSING after saying what is wrong."""
        ...

    def schema(self) -> Schema:
        """The JSON Schema of the values that `read` accepts."""
        ...


class Word(Protocol):
    """A kind of value that is written as one text."""

    @property
    def example(self) -> str:
        """A value of this kind as one would write it."""
        ...

    def meant(self, text: str, key: str) -> Any:  # noqa: ANN401 - each kind its own type
        """The typed value of a text that is not empty and has no blanks around it, or a Problem."""
        ...


def read_word(word: Word, node: Node, key: str, reader: Reader, wanted: str = "text") -> Any:  # noqa: ANN401 - each kind its own type
    """What the text of a node means, or MISSING after saying what is wrong."""
    text = scalar(node, key, reader, word.example, wanted)
    if text is None:
        return MISSING
    value = word.meant(text, key)
    return reader.problem(value, node) if isinstance(value, Problem) else value


class Text(NamedTuple):
    """Text: on one line, unless `lines` lets it have several (then it is Markdown).

    `parse` types the text further, into a value or a problem.
    """

    example: str
    lines: bool = False
    parse: Callable[[str], Any] | None = None
    pattern: str | None = None

    def read(self, node: Node, key: str, reader: Reader) -> Any:  # noqa: ANN401 - as `parse` says
        """The text, stripped, or what `parse` makes of it."""
        return read_word(self, node, key, reader)

    def meant(self, text: str, key: str) -> Any:  # noqa: ANN401 - as `parse` says
        """The text, or what `parse` makes of it."""
        if not self.lines and "\n" in text:
            return Problem(several_lines, {"key": key})
        return text if self.parse is None else self.parse(text)

    def schema(self) -> Schema:
        """Text; numbers too, because an editor reads `010` or `2020` as one."""
        types = ["string"] if self.parse or self.lines else ["string", "number", "boolean"]
        found: Schema = {"type": types if len(types) > 1 else types[0]}
        return found | ({"pattern": self.pattern} if self.pattern else {})


class InWords(NamedTuple):
    """Words that people read: in one language, or in several by their tags.

    On one line, unless `lines` lets them have several (then they are Markdown).
    """

    example: str
    lines: bool = False

    def read(self, node: Node, key: str, reader: Reader) -> Any:  # noqa: ANN401 - text, or MISSING
        """The text, stripped; of several, the first, with all of them."""
        if not isinstance(node, nodes.Mapping) or not any(map(language_tag, node.items)):
            return read_word(self, node, key, reader)
        found: dict[str, str] = {}
        for written, value in node.items.items():
            tag = language_tag(written)
            if tag is None:
                reader.report(bad_language, node.keys[written], text=written, key=key)
                continue
            text = read_word(self, value, key, reader)
            if text is MISSING:
                continue
            if tag in found:
                reader.report(twice, node.keys[written], text=tag, key=key)
            found[tag] = text
            reader.languages.setdefault(tag, node.keys[written])
        return Words(next(iter(found.values())), found) if found else MISSING

    def meant(self, text: str, key: str) -> str | Problem:
        """The text."""
        if not self.lines and "\n" in text:
            return Problem(several_lines, {"key": key})
        return text

    def schema(self) -> Schema:
        """Text, or text by language."""
        one: Schema = {"type": "string" if self.lines else ["string", "number", "boolean"]}
        several = {
            "type": "object",
            "propertyNames": {"pattern": f"^(?:{LANGUAGE_FORM.pattern})$"},
            "additionalProperties": one,
            "minProperties": 1,
        }
        return {"anyOf": [one, several]}


class Token(NamedTuple):
    """Text that must look a certain way: an id, a language tag, a media type, a UID."""

    example: str
    pattern: re.Pattern[str]
    rule: Rule
    lower: bool = False

    def read(self, node: Node, key: str, reader: Reader) -> Any:  # noqa: ANN401 - text, or MISSING
        """The text, when it has the form."""
        return read_word(self, node, key, reader)

    def meant(self, text: str, key: str) -> str | Problem:
        """The text, when it has the form."""
        if not self.pattern.fullmatch(text) or (self.rule is bad_id and is_device(text)):
            example = self.example
            if self.rule is bad_id:
                example = id_like(text) or example
            return Problem(self.rule, {"text": text, "key": key, "example": example})
        return text.lower() if self.lower else text

    def schema(self) -> Schema:
        """Text of that form."""
        return {"type": ["string", "integer"], "pattern": f"^(?:{self.pattern.pattern})$"}


class Address(NamedTuple):
    """An http or https address with a host and without credentials (S5)."""

    example: str

    def read(self, node: Node, key: str, reader: Reader) -> Any:  # noqa: ANN401 - text, or MISSING
        """The address, in ASCII."""
        return read_word(self, node, key, reader, "a web address")

    def meant(self, text: str, key: str) -> str | Problem:
        """The address, in ASCII."""
        why = not_web(text)
        if why:
            example = address_like(text) or self.example
            values = {"text": text, "why": why, "key": key, "example": example}
            return Problem(bad_address, {**values})
        return ascii_address(text)

    def schema(self) -> Schema:
        """An address, as far as a pattern can tell."""
        return {"type": "string", "format": "uri", "pattern": "^https?://[^/@\\s]+"}


class Choice(NamedTuple):
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def example(self) -> str:
        """The first word."""
        return self.words[0]

    def read(self, node: Node, key: str, reader: Reader) -> Any:  # noqa: ANN401 - text, or MISSING
        """The word, in small letters."""
        return read_word(self, node, key, reader)

    def meant(self, text: str, key: str) -> str | Problem:
        """The word, in small letters."""
        word = {"canceled": "cancelled"}.get(text.lower(), text.lower())
        if word not in self.words:
            choices = " or ".join(f"`{key}: {each}`" for each in self.words)
            return Problem(not_a_choice, {"text": text, "key": key, "choices": choices})
        return word

    def schema(self) -> Schema:
        """The words."""
        return {"enum": list(self.words)}


class Count(NamedTuple):
    """A whole number, not negative."""

    example: str

    def read(self, node: Node, key: str, reader: Reader) -> Any:  # noqa: ANN401 - int, or MISSING
        """The number; digits may be grouped by spaces or underscores."""
        return read_word(self, node, key, reader, "a whole number")

    def meant(self, text: str, key: str) -> int | Problem:
        """The number; digits may be grouped by spaces or underscores."""
        if text.isascii() and text.isdigit() and len(text) <= 15:
            return int(text)
        digits = re.sub(r"(?<=\d)[ _](?=\d{3}(?!\d))", "", text)
        if not re.fullmatch(r"[0-9]{1,15}", digits):
            return Problem(not_a_number, {"text": text, "key": key, "example": self.example})
        return int(digits)

    def schema(self) -> Schema:
        """A whole number."""
        return {"type": "integer", "minimum": 0}


class Many(NamedTuple):
    """A list of one kind; where there is only one, it may stand without the list."""

    kind: Kind

    @property
    def example(self) -> str:
        """A list of one."""
        return f"[{self.kind.example}]"

    def read(self, node: Node, key: str, reader: Reader) -> tuple[Any, ...] | Missing:
        """The values that could be read; MISSING only where none could."""
        members = node.items if isinstance(node, nodes.Sequence) else (node,)
        values = [self.kind.read(each, key, reader) for each in members]
        good = tuple(each for each in values if each is not MISSING)
        return good if good or not members else MISSING

    def schema(self) -> Schema:
        """A list, or one member of it."""
        one = self.kind.schema()
        return {"anyOf": [{"type": "array", "items": one}, one]}


class Field(NamedTuple):
    """A key of a record: its kind, whether it must be there, and what it means."""

    key: str
    kind: Kind
    doc: str
    required: bool = False


class Record(NamedTuple):
    """A mapping with known keys. `shorthand` names the key that a bare text stands for.

    `shown` are the keys that an example of it has beside the required ones.
    """

    what: str
    doc: str
    fields: tuple[Field, ...]
    shorthand: str | None = None
    shown: tuple[str, ...] = ()

    @property
    def example(self) -> str:
        """What to write where the record as a whole is missing: all that it must have."""
        if self.is_short:
            return self.fields[0].kind.example
        return f"{{{', '.join(f'{each.key}: {each.kind.example}' for each in self.needed)}}}"

    @property
    def is_short(self) -> bool:
        """Whether an example of it is a bare text."""
        return self.shorthand == self.fields[0].key and not self.shown

    @property
    def needed(self) -> tuple[Field, ...]:
        """The fields of an example that is written out."""
        return tuple(each for each in self.fields if each.required or each.key in self.shown)

    def read(self, node: Node, key: str, reader: Reader) -> Values | Missing:
        """The values of every key that is there and right; problems of all the others are said."""
        if isinstance(node, nodes.Scalar) and self.shorthand is not None and node.text:
            node = _wrapped(self.shorthand, node)
        if not isinstance(node, nodes.Mapping):
            wanted = f"a {self.what} with keys such as `{self.fields[0].key}`"
            return reader.report(
                wrong_shape,
                node,
                key=key,
                wanted=wanted,
                found=described(node),
                example=f"`{self.fields[0].key}: {self.fields[0].kind.example}` below it",
            )
        return self._values(node, reader)

    def _values(self, node: nodes.Mapping, reader: Reader) -> Values:
        values = Values()
        values.mapping = node
        values.broken = broken = set()
        known = {field.key: field for field in self.fields}
        for key, value in node.items.items():
            field = known.get(key)
            if field is None:
                self._unknown(key, node, known, reader)
            elif isinstance(value, nodes.Scalar) and _is_empty(value):
                if field.required:
                    broken.add(key)
                    example = field.kind.example
                    reader.report(empty_value, node.keys[key], key=key, example=example)
            else:
                typed = field.kind.read(value, key, reader)
                if typed is MISSING:
                    broken.add(key)
                else:
                    values[key] = typed
        for field in self.fields:
            if field.required and field.key not in values and field.key not in broken:
                broken.add(field.key)
                reader.report(
                    missing_key,
                    first_key(node),
                    what=self.what,
                    key=field.key,
                    example=field.kind.example,
                )
        return values

    def _unknown(
        self, key: str, node: nodes.Mapping, known: dict[str, Field], reader: Reader
    ) -> None:
        from difflib import get_close_matches  # noqa: PLC0415 - for mistakes only

        place = node.keys[key]
        folded = key.lower().replace(" ", "_")
        if folded in PRIVATE:
            reader.report(private_key, place, key=key)
            return
        near = SYNONYMS.get(folded)
        if near not in known:
            near = next(iter(get_close_matches(folded, known, 1, 0.7)), None)
        suggestion = (
            f"did you mean `{near}`?" if near else f"its keys are: {', '.join(sorted(known))}"
        )
        reader.report(unknown_key, place, key=key, what=self.what, suggestion=suggestion)

    def schema(self) -> Schema:
        """An object with these keys and no others, or the shorthand."""
        whole: Schema = {
            "type": "object",
            "description": self.doc,
            "properties": {
                field.key: field.kind.schema()
                | {"description": field.doc, "examples": [sample(field.kind)]}
                for field in self.fields
            },
            "additionalProperties": False,
        }
        required = [field.key for field in self.fields if field.required]
        if required:
            whole["required"] = required
        if self.shorthand is None:
            return whole
        short = next(each.kind for each in self.fields if each.key == self.shorthand).schema()
        return {"anyOf": [whole, short]}


def sample(kind: Kind) -> object:
    """An example of a kind as a YAML reader sees it, for the JSON Schema."""
    match kind:
        case Count():
            return int(kind.example)
        case Many():
            return [sample(kind.kind)]
        case Record() if not kind.is_short:
            return {field.key: sample(field.kind) for field in kind.needed}
        case _:
            return kind.example


def scalar(node: Node, key: str, reader: Reader, example: str, wanted: str) -> str | None:
    """The text of a scalar, stripped; None after saying that it is something else or empty."""
    if not isinstance(node, nodes.Scalar):
        shown = f"`{key}: {example}`"
        reader.report(
            wrong_shape, node, key=key, wanted=wanted, found=described(node), example=shown
        )
        return None
    text = node.text.strip()
    if not text:
        reader.report(empty_value, node, key=key, example=example)
        return None
    return text


def described(node: Node) -> str:
    """What a node is, in an organiser's words."""
    match node:
        case nodes.Scalar():
            return f"the text `{_told(node.text)}`" if node.text else "empty"
        case nodes.Sequence():
            return "a list"
        case _:
            return "a group of keys"


def first_key(mapping: nodes.Mapping) -> Node:
    """The place to point at for a mapping as a whole: its first key."""
    return next(iter(mapping.keys.values()), mapping)


def is_id(text: str) -> bool:
    """Whether `text` can be an id: part of an address and of a path on every system (S6)."""
    return bool(ID_FORM.fullmatch(text)) and not is_device(text)


def id_like(text: str) -> str:
    """An id that resembles `text`, empty where there is none."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    like = re.sub(r"[^a-z0-9]+", "-", plain)[:64].strip("-")
    return like if is_id(like) else ""


def language_tag(text: str) -> str | None:
    """A language tag as it is usually spelled (`pt-BR`, `zh-Hant`), None when it is none."""
    if not LANGUAGE_FORM.fullmatch(text):
        return None
    language, *rest = text.split("-")
    spelled = (each.title() if len(each) == 4 else each.upper() for each in rest)
    return "-".join((language.lower(), *spelled))


def address_like(text: str) -> str:
    """The address that `text` becomes with `https://` in front, empty where it becomes none."""
    whole = f"https://{text}"
    return whole if re.match(r"[\w-]+\.[\w.-]+(/|$)", text) and not not_web(whole) else ""


def ascii_address(text: str) -> str:
    """An address as calendars and feeds must carry it: a URI of RFC 3986, not an IRI.

    Args:
        text: an address that `not_web` has nothing against.
    """
    if text.isascii():
        return text
    from urllib.parse import quote, urlsplit, urlunsplit  # noqa: PLC0415 - for few addresses only

    parts = urlsplit(text)
    host = (parts.hostname or "").encode("idna").decode()
    host = f"[{host}]" if ":" in host else host
    netloc = host if parts.port is None else f"{host}:{parts.port}"
    rest = (quote(each, safe="%/:?#[]@!$&'()*+,;=~") for each in parts[2:])
    return urlunsplit((parts.scheme, netloc, *rest))


def not_web(text: str) -> str:
    """Why `text` is not an address that we would publish, empty when it is one (S5)."""
    return "" if SIMPLE_ADDRESS.fullmatch(text) else looked_at(text)


def looked_at(text: str) -> str:  # noqa: PLR0911 - a reason a return
    """What `not_web` says of an address that is not simple."""
    from urllib.parse import urlsplit  # noqa: PLC0415 - most addresses are simple

    if _BLANK.search(text):
        return "it has a blank or another character that an address cannot have"
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return "its host or port cannot be read"
    if parts.scheme not in ("http", "https"):
        return "it does not begin with `https://`"
    if not parts.hostname or parts.hostname.startswith(".") or ".." in parts.hostname:
        return "it names no host"
    try:
        host = parts.hostname.encode("idna").decode()
    except UnicodeError:
        host = " "
    if _BLANK.search(host):  # which may come from a character that stands for several
        return "its host cannot be read"
    if parts.username is not None or parts.password is not None:
        return "it holds a user name or a password"
    return ""


def _wrapped(key: str, node: nodes.Scalar) -> nodes.Mapping:
    """The mapping that a bare text is short for."""
    place = (node.line, node.column, node.end_line, node.end_column)
    return nodes.Mapping({key: node}, {key: node}, *place)


def _told(text: object) -> str:
    """The organiser's words as one line of a message."""
    return shortened(str(text))


def _is_empty(node: nodes.Scalar) -> bool:
    """Whether nothing was written for a key: `summary:` or `summary: ~`."""
    return node.plain and node.text in ("", "~")
