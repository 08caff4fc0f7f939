from __future__ import annotations

import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as some

from webinar_feeds.diagnostics import Location
from webinar_feeds.reading import nodes
from webinar_feeds.reading.characters import REFUSED, plain_breaks
from webinar_feeds.reading.nodes import Mapping, Scalar, Sequence, Source, key_location, parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from webinar_feeds.diagnostics import Diagnostic, Route
    from webinar_feeds.reading.nodes import Node, Parsed

PATH = "events/a.yaml"
PARSERS = (vars(nodes)["Events"], yaml.SafeLoader)  # libyaml's, and the one in Python


@pytest.fixture(params=PARSERS, ids=["libyaml", "python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either of the two parsers that a machine may have."""
    monkeypatch.setattr(nodes, "Events", request.param)


def read(text: str | bytes) -> Parsed:
    """What is read of a file of that text."""
    return parse(Source(PATH, text if isinstance(text, bytes) else text.encode()))


def place(location: Location) -> str:
    """A place as `line:column-end`."""
    return f"{location.line}:{location.column}-{location.end_column}"


def told(text: str | bytes) -> list[str]:
    """The code, the place and the words of everything that is wrong with a file."""
    return [f"{each.code} {place(each.location)} {each.message}" for each in read(text).diagnostics]


def cures(text: str | bytes) -> list[str]:
    """What is advised against everything that is wrong with a file."""
    return [each.help for each in read(text).diagnostics]


def plain(node: Node | None) -> object:
    """A node without its places."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.items.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.text if isinstance(node, Scalar) else None


def values(text: str | bytes) -> object:
    """What a file without any mistake holds."""
    parsed = read(text)
    assert parsed.diagnostics == ()
    return plain(parsed.root)


# ------------------------------------------------------------------------------- what is read


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    "text",
    [
        *("13:00", "9:30", "NO", "on", "yes", "010", "0x1F", "1_000", "1e3", ".inf", "~", "null"),
        *("2020-06-17", "2020-06-17 13:00:00", "=", "13:00–14:30", "C#", "a b", "-", "-1"),
    ],
)
def test_whatever_is_written_stays_text(text: str) -> None:
    written = '"-"' if text == "-" else text
    assert values(f"time: {written}\nlist: [{written}]\n") == {"time": text, "list": [text]}


@pytest.mark.usefixtures("parser")
def test_a_value_that_is_not_written_is_empty_text() -> None:
    assert read("a:\nb: ''\n").root == Mapping(
        {"a": Scalar("", 1, 3, 1, 3, plain=True), "b": Scalar("", 2, 4, 2, 6, plain=False)},
        {"a": Scalar("a", 1, 1, 1, 2, plain=True), "b": Scalar("b", 2, 1, 2, 2, plain=True)},
        *(1, 1, 3, 1),
    )


@pytest.mark.usefixtures("parser")
def test_places_count_characters_from_one() -> None:
    root = read("é😀: - ü\n".replace("- ", "") + "b:\n  - ñ: [x, '𝄞', y]\n").root
    assert root == Mapping(
        {
            "é😀": Scalar("ü", 1, 5, 1, 6, plain=True),
            "b": Sequence(
                (
                    Mapping(
                        {
                            "ñ": Sequence(
                                (
                                    Scalar("x", 3, 9, 3, 10, plain=True),
                                    Scalar("𝄞", 3, 12, 3, 15, plain=False),
                                    Scalar("y", 3, 17, 3, 18, plain=True),
                                ),
                                *(3, 8, 3, 19),
                            )
                        },
                        {"ñ": Scalar("ñ", 3, 5, 3, 6, plain=True)},
                        *(3, 5, 4, 1),
                    ),
                ),
                *(3, 3, 4, 1),
            ),
        },
        {
            "é😀": Scalar("é😀", 1, 1, 1, 3, plain=True),
            "b": Scalar("b", 2, 1, 2, 2, plain=True),
        },
        *(1, 1, 4, 1),
    )


@pytest.mark.usefixtures("parser")
def test_every_line_break_becomes_one_character() -> None:
    expected = {"a": "one\ntwo\n", "b": "x\ny"}
    assert values('a: |\n  one\n  two\nb: "x\\ny"\n') == expected
    assert values('a: |\r\n  one\r\n  two\r\nb: "x\\r\\ny"\r\n') == expected
    assert values('a: |\r  one\r  two\rb: "x\\ry"\r') == expected


@pytest.mark.usefixtures("parser")
def test_text_is_composed_wherever_it_was_decomposed() -> None:
    assert values("cafe\u0301: Zoe\u0308\n") == {"caf\xe9": "Zo\xeb"}
    assert values('a: "Zoe\\u0308"\n') == {"a": "Zo\xeb"}
    assert told("caf\xe9: 1\ncafe\u0301: 2\n") == [
        "WF019 2:1-6 the key `caf\xe9` stands here twice"
    ]


@pytest.mark.usefixtures("parser")
def test_a_byte_order_mark_goes_without_saying() -> None:
    assert values(b"\xef\xbb\xbftitle: x\n") == {"title": "x"}
    assert told(b"\xef\xbb\xbftitle: \xe9\n") == [
        "WF001 1:8-9 byte 0xE9 is not UTF-8, it was probably meant to be `é`"
    ]


@pytest.mark.usefixtures("parser")
def test_a_key_may_be_quoted_or_longer_than_a_line() -> None:
    assert values("'<<': 1\n\"a b\": 2\n'': 3\n? |\n  four\n  five\n: 4\n") == {
        "<<": "1",
        "a b": "2",
        "": "3",
        "four\nfive\n": "4",
    }


@pytest.mark.usefixtures("parser")
def test_one_document_may_say_where_it_starts_and_ends() -> None:
    assert values("%YAML 1.1\n---\ntitle: x\n...\n") == {"title": "x"}


# ------------------------------------------------------------------------------- bytes

MEANT = ", it was probably meant to be "


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a: caf\xe9\n", f"WF001 1:7-8 byte 0xE9 is not UTF-8{MEANT}`é`"),
        (b"a: 1\nb: \x93x\x94\n", f"WF001 2:4-5 byte 0x93 is not UTF-8{MEANT}`“`"),
        (b"a: 1\r\n\xc3\xa9\xc3\xa9: \xff", f"WF001 2:5-6 byte 0xFF is not UTF-8{MEANT}`ÿ`"),
        (b"a: \x81\n", "WF001 1:4-5 byte 0x81 is not UTF-8"),
        (b"a: \xed\xa0\x80\n", f"WF001 1:4-5 byte 0xED is not UTF-8{MEANT}`í`"),
        (b"a: \xc0\xaf\n", f"WF001 1:4-5 byte 0xC0 is not UTF-8{MEANT}`À`"),
        ("a: b".encode("utf-16"), "WF002 0:0-0 the file is saved as UTF-16, not as UTF-8"),
        (b"\xfe\xff\0a", "WF002 0:0-0 the file is saved as UTF-16, not as UTF-8"),
        ("a: b".encode("utf-16-le"), "WF002 0:0-0 the file is saved as UTF-16, not as UTF-8"),
        ("a: b".encode("utf-16-be"), "WF002 0:0-0 the file is saved as UTF-16, not as UTF-8"),
        ("a: b".encode("utf-32"), "WF002 0:0-0 the file is saved as UTF-32, not as UTF-8"),
        ("a: b".encode("utf-32-le"), "WF002 0:0-0 the file is saved as UTF-32, not as UTF-8"),
        ("a: b".encode("utf-32-be"), "WF002 0:0-0 the file is saved as UTF-32, not as UTF-8"),
    ],
)  # fmt: skip
def test_only_utf8_is_read(data: bytes, expected: str) -> None:
    assert told(data) == [expected]
    assert cures(data) == ["save the file as UTF-8"]


def test_a_file_may_be_as_large_as_the_limit_and_no_larger() -> None:
    source = Source(PATH, b"title: abc")
    assert parse(source, limit=10).diagnostics == ()
    (problem,) = parse(source, limit=9).diagnostics
    assert problem.location == Location(PATH)
    assert problem.message == "the file has 10 bytes, more than the 9 that are read"
    assert parse(Source(PATH, b"a: " + b"x" * (1 << 20))).root is None


# ------------------------------------------------------------------------------- characters

TURNS = ", which can make it read otherwise than it is"


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("character", "code", "name"),
    [
        ("\0", "WF004", "U+0000, which cannot be shown"),
        ("\x07", "WF004", "U+0007, which cannot be shown"),
        ("\x0b", "WF004", "U+000B, which cannot be shown"),
        ("\x0c", "WF004", "U+000C, which cannot be shown"),
        ("\x1b", "WF004", "U+001B, which cannot be shown"),
        ("\x7f", "WF004", "U+007F, which cannot be shown"),
        ("\x80", "WF004", "U+0080, which cannot be shown"),
        ("\x9f", "WF004", "U+009F, which cannot be shown"),
        ("\ufeff", "WF004", "U+FEFF, which cannot be shown"),
        ("\ufffe", "WF004", "U+FFFE, which cannot be shown"),
        ("\uffff", "WF004", "U+FFFF, which cannot be shown"),
        ("\u202a", "WF005", f"U+202A (left-to-right embedding){TURNS}"),
        ("\u202e", "WF005", f"U+202E (right-to-left override){TURNS}"),
        ("\u2066", "WF005", f"U+2066 (left-to-right isolate){TURNS}"),
        ("\u2069", "WF005", f"U+2069 (pop directional isolate){TURNS}"),
        ("\x85", "WF006", "U+0085, a line break of other systems"),
        ("\u2028", "WF006", "U+2028, a line separator"),
        ("\u2029", "WF006", "U+2029, a paragraph separator"),
    ],
)  # fmt: skip
def test_no_text_holds_what_cannot_be_seen(character: str, code: str, name: str) -> None:
    assert told(f"a: é\nb: x{character}y\n") == [f"{code} 2:5-6 the text holds {name}"]
    escaped = f"\\u{ord(character):04X}"
    assert told(f'a: é\nb: ["é", "x{escaped}y"]\n') == [f"{code} 2:12-18 the text holds {name}"]


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("escaped", "number"),
    [
        *(("0", 0), ("a", 7), ("b", 8), ("v", 11), ("f", 12), ("e", 0x1B)),
        *(("x1B", 0x1B), ("U0000001b", 0x1B), ("x7f", 0x7F)),
    ],
)
def test_no_escape_brings_a_control_character_in(escaped: str, number: int) -> None:
    written = f"\\{escaped}"
    start = 8 + len(escaped)
    place = f"1:{start}-{start + len(written)}"
    assert told(f'a: "\\\\{escaped} {written}"\n') == [
        f"WF004 {place} the text holds U+{number:04X}, which cannot be shown"
    ]


def test_half_a_character_is_refused_where_it_stands() -> None:
    half = "WF004 1:5-11 the text holds U+D83D, half a character, which cannot be shown"
    assert told('a: "\\ud83d\\ude00"\n') == [half]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nodes, "Events", yaml.SafeLoader)
        assert told('a: "\\ud83d\\ude00"\n') == [
            half,
            "WF004 1:11-17 the text holds U+DE00, half a character, which cannot be shown",
        ]


@pytest.mark.usefixtures("parser")
def test_every_character_that_is_wrong_is_told_in_one_run() -> None:
    assert [each[:11] for each in told('a: \x07\x1b\nb: "\\e"\nc: \u202e\nc: 1\n')] == [
        *("WF004 1:4-5", "WF004 1:5-6", "WF004 2:5-7"),
        *("WF005 3:4-5", "WF019 4:1-2"),
    ]


@pytest.mark.usefixtures("parser")
def test_a_binary_file_is_told_in_a_few_lines() -> None:
    assert len(told(b"a: " + bytes(range(1, 9)) * 1000)) == nodes.MOST


@pytest.mark.usefixtures("parser")
def test_what_windows_meant_is_offered() -> None:
    assert cures("a: it\x92s\n") == ["write `’` if that was meant, else delete it"]


@pytest.mark.usefixtures("parser")
def test_a_source_line_is_shown_without_what_would_harm_a_terminal() -> None:
    (problem,) = read("a: \x1b[31m\u202ered\n").diagnostics[:1]
    assert problem.location.text == "a: \ufffd[31m\ufffdred"


# ------------------------------------------------------------------------------- syntax

ELSE_KEY = "indent it two spaces deeper if it continues the line above, else write"


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "expected", "cure"),
    [
        (
            "title: Cities: a start\n",
            "WF009 1:14-15 the value of `title` holds a colon and has no quotes",
            'put the value in quotes: `title: "Cities: a start"`',
        ),
        (
            'sessions:\n  - title: Zoé\'s "art": one  # all\n',
            "WF009 2:23-24 the value of `title` holds a colon and has no quotes",
            'put the value in quotes: `title: "Zoé\'s \\"art\\": one"`',
        ),
        (
            "title: 'open\nb: c\n",
            "WF010 1:8-9 the quote that opens here is not closed",
            "end the value with `'`, or leave both quotes out",
        ),
        (
            'a: 1\ntitle: "open\nb: "c"\n',
            "WF010 2:8-9 the quote that opens here is not closed",
            'end the value with `"`, or leave both quotes out',
        ),
        (
            "a:\n   b: 1\n  c: 2\n",
            "WF011 3:3-7 this line starts after 2 spaces, where no line above lets it belong",
            "start it after 3 spaces, as line 2 does",
        ),
        (
            "title: a\n # why\n b: c\n",
            "WF011 3:2-6 this line starts after 1 space, where no line above lets it belong",
            "start it at the margin, as line 1 does",
        ),
        (
            "sessions:\n  - id: a\n   date: x\n",
            "WF011 3:4-11 this line starts after 3 spaces, where no line above lets it belong",
            "start it after 4 spaces, as line 2 does",
        ),
        (
            "summary: |\n  a\n b\nc: d\n",
            "WF011 3:2-3 this line starts after 1 space, where no line above lets it belong",
            "start it after 2 spaces, as line 2 does",
        ),
        (
            'title: "Hi" there\nb: c\n',
            "WF013 1:13-18 there is text after the closing quote",
            "quote all of it: `title: '\"Hi\" there'`",
        ),
        (
            "a: 'it's'\nb: c\n",
            "WF013 1:8-10 there is text after the closing quote",
            'quote all of it: `a: "it\'s"`',
        ),
        (
            'a: "C:\\path"\n',
            "WF014 1:7-9 `\\p` means nothing between double quotes",
            "write the backslash twice, or use single quotes",
        ),
        (
            'a: "\\xzz"\n',
            "WF014 1:5-7 `\\x` means nothing between double quotes",
            "write the backslash twice, or use single quotes",
        ),
        (
            'é: "\\U00110000"\n',
            "WF014 1:5-15 `\\U00110000` means nothing between double quotes",
            "write the backslash twice, or use single quotes",
        ),
        (
            'é: "\\UFFFFFFFF"\n',
            "WF014 1:5-15 `\\UFFFFFFFF` means nothing between double quotes",
            "write the backslash twice, or use single quotes",
        ),
        (
            "topics: [Online\nb: c\n",
            "WF015 1:9-10 `[` opens a list here that cannot be read to its end",
            'close it with `]`, or put the value in quotes: `topics: "[Online"`',
        ),
        (
            "a: {b: c\n",
            "WF015 1:4-5 `{` opens a list here that cannot be read to its end",
            'close it with `}`, or put the value in quotes: `a: "{b: c"`',
        ),
        (
            "title: a\nmore\nb: c\n",
            "WF016 2:1-5 `more` is neither `key: value` nor part of the line above",
            ELSE_KEY + " `key: more`",
        ),
        (
            "page:\nhttps://a.bc\nb: c\n",
            "WF016 2:1-13 `https://a.bc` is neither `key: value` nor part of the line above",
            ELSE_KEY + " `key: https://a.bc`",
        ),
        (
            "title: a\ntime:13:00\nb: c\n",
            "WF017 2:1-6 there is no space after the colon of `time`",
            "write `time: 13:00`",
        ),
        (
            "time:13:00\nb: c\n",
            "WF017 1:1-6 there is no space after the colon of `time`",
            "write `time: 13:00`",
        ),
        (
            "time:13:00\n",
            "WF017 1:1-11 there is no space after the colon of `time`",
            "write `time: 13:00`",
        ),
        (
            "title: a\n- id: b\n",
            "WF018 2:1-2 a list entry stands among keys",
            "write the list's own key above it, such as `sessions:`",
        ),
        (
            "a: 1\nb: [c",
            "WF015 2:4-5 `[` opens a list here that cannot be read to its end",
            'close it with `]`, or put the value in quotes: `b: "[c"`',
        ),
        (
            "a: [b,\n  c] d\n",
            "WF008 2:6-7 `d` cannot be read here",
            "write `key: value`, or put the value in quotes",
        ),
        (
            "a: b\n]\n",
            "WF008 2:1-2 `]` cannot be read here",
            "write `key: value`, or put the value in quotes",
        ),
        (
            "a: b\n...\nc\n",
            "WF008 3:1-2 `c` cannot be read here",
            "write `key: value`, or put the value in quotes",
        ),
        (
            "%YAML 3.0\n---\na: b\n",
            "WF008 1:1-2 `%YAML 3.0` cannot be read here",
            "write `key: value`, or put the value in quotes",
        ),
    ],
)
def test_a_slip_is_told_with_its_likely_cause(text: str, expected: str, cure: str) -> None:
    assert told(text) == [expected]
    assert cures(text) == [cure]
    assert read(text).root is None


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("start", list("@`%*&[{>|,]}?-!"))
def test_signs_of_yaml_cannot_start_a_value_without_quotes(start: str) -> None:
    value = {"[": "[x] y", "{": "{x} y", "!": "!x! y"}.get(start, f"{start} x")
    name = "a backtick" if start == "`" else f"`{start}`"
    text = f"é: 1\nb: {value}\nc: d\n"
    assert told(text) == [f"WF012 2:4-5 a value without quotes cannot start with {name}"]
    assert cures(text) == [f'put the value in quotes: `b: "{value}"`']


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("\ttitle: x\n", "1:1-2"),
        ("a:\n\tb: c\n", "2:1-2"),
        ("a:\n  b: c\n  \td: e\n", "3:3-4"),
        ("sessions:\n- id: a\n\tdate: x\n", "3:1-2"),
        ("a: b\n\tc\n", "2:1-2"),
        ("a: |\n\tb\n", "2:1-2"),
        ("a:\n-\tb: c\n", "2:2-3"),
    ],
)
def test_tabs_do_not_indent(text: str, at: str) -> None:
    assert told(text) == [f"WF007 {at} a tab stands where YAML wants spaces"]
    assert cures(text) == ["replace each tab with two spaces"]


@pytest.mark.usefixtures("parser")
def test_tabs_inside_a_text_are_text() -> None:
    assert values("a: 'x\ty'\nb: |\n  x\n  \ty\n") == {"a": "x\ty", "b": "x\n\ty\n"}


@pytest.mark.usefixtures("parser")
def test_what_came_before_a_syntax_error_is_still_told() -> None:
    assert told("a: 1\na: 2\nb: c: d\n") == [
        "WF019 2:1-2 the key `a` stands here twice",
        "WF009 3:5-6 the value of `b` holds a colon and has no quotes",
    ]


# ------------------------------------------------------------------------------- what YAML can do


@pytest.mark.usefixtures("parser")
def test_each_second_key_is_told_beside_the_first() -> None:
    parsed = read("a: 1\nb:\n  - c: 2\n    c: {d: 3, d: 4}\na: 5\na: 6\n")
    assert [
        (
            place(each.location),
            each.message,
            *((r.message, place(r.location)) for r in each.related),
        )
        for each in parsed.diagnostics
    ] == [
        ("4:5-6", "the key `c` stands here twice", ("first written here", "3:5-6")),
        ("4:15-16", "the key `d` stands here twice", ("first written here", "4:9-10")),
        ("5:1-2", "the key `a` stands here twice", ("first written here", "1:1-2")),
        ("6:1-2", "the key `a` stands here twice", ("first written here", "1:1-2")),
    ]
    assert plain(parsed.root) == {"a": "1", "b": [{"c": "2"}]}


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a: &x 1\nb: *x\n",
            [
                "WF020 1:4-6 `&x` is a YAML anchor or alias, which event files do not use",
                "WF020 2:4-6 `*x` is a YAML anchor or alias, which event files do not use",
            ],
        ),
        (
            "a: &x [*x]\n",
            [
                "WF020 1:4-6 `&x` is a YAML anchor or alias, which event files do not use",
                "WF020 1:8-10 `*x` is a YAML anchor or alias, which event files do not use",
            ],
        ),
        (
            "*x : 1\n",
            ["WF020 1:1-3 `*x` is a YAML anchor or alias, which event files do not use"],
        ),
        (
            "title: *x y\nb: c\n",
            ["WF020 1:8-10 `*x` is a YAML anchor or alias, which event files do not use"],
        ),
        ("a: !x 1\n", ["WF021 1:4-6 `!x` is a YAML tag, which event files do not use"]),
        ("a: ! 1\n", ["WF021 1:4-5 `!` is a YAML tag, which event files do not use"]),
        ("a: !!str 1\n", ["WF021 1:4-9 `!!str` is a YAML tag, which event files do not use"]),
        (
            "a: !!python/object:os.abort []\n",
            ["WF021 1:4-28 `!!python/object:os.abort` is a YAML tag, which event files do not use"],
        ),
        (
            "a: !x &y {}\n",
            [
                "WF021 1:4-6 `!x` is a YAML tag, which event files do not use",
                "WF020 1:7-9 `&y` is a YAML anchor or alias, which event files do not use",
            ],
        ),
        (
            "a:\n  <<: {b: 1}\n  c: 2\n",
            ["WF022 2:3-5 `<<` merges another mapping in, which event files do not do"],
        ),
        ("a: 1\n--- \nb: c: d\n", ["WF023 2:1-4 a second document starts here"]),
        ("[a]: b\nc: d\n", ["WF025 1:1-4 a key has to be plain text"]),
        ("? {a: b}\n: c\nd: e\n", ["WF025 1:3-9 a key has to be plain text"]),
        ("a:\n  ?\n  : b\n", ["WF025 2:4-4 a key has to be plain text"]),
        ("- a\n- b\n", ["WF027 1:1-4 the file is a list, not a mapping of keys to values"]),
        ("12\n", ["WF027 1:1-3 the file is one text, not a mapping of keys to values"]),
        ("''\n", ["WF027 1:1-3 the file is one text, not a mapping of keys to values"]),
        ("", ["WF026 0:0-0 the file holds nothing"]),
        ("# nothing yet\n", ["WF026 0:0-0 the file holds nothing"]),
        ("---\n", ["WF026 0:0-0 the file holds nothing"]),
    ],
)  # fmt: skip
def test_what_yaml_can_do_and_event_files_do_not(text: str, expected: list[str]) -> None:
    assert told(text) == expected


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: Learning #cities\n", ["WF028 1:13-20 `#cities` is a comment, which nobody sees"]),
        ("a: é  #b c \n", ["WF028 1:7-11 `#b c` is a comment, which nobody sees"]),
        ("a: [b #c\n, d]\n", ["WF028 1:7-9 `#c` is a comment, which nobody sees"]),
        ("a: b # c\n", []),
        ("a: b #\n", []),
        ("a: b ## c\n", []),
        ("a: C#\n#b: c\n  #d: e\n", []),
        ("a: 'b #c'\nd: \"e #f\"\ng: |\n  h #i\n", []),
        ("a: #b\n  c: d #e\n", ["WF028 2:8-10 `#e` is a comment, which nobody sees"]),
    ],
)
def test_a_comment_that_looks_like_text_is_doubted(text: str, expected: list[str]) -> None:
    assert told(text) == expected


@pytest.mark.usefixtures("parser")
def test_what_is_refused_is_left_out_and_the_rest_is_read() -> None:
    parsed = read("a: !x 1\nb: *y\n<<: {c: 2}\n[d]: {e: 3}\nf: 4\n")
    assert plain(parsed.root) == {"a": "1", "b": "*y", "f": "4"}
    assert plain(read('a: "x\\e\x07"\nb: \u202ey\n').root) == {"a": "x\ufffd\ufffd", "b": "\ufffdy"}


@pytest.mark.usefixtures("parser")
def test_twenty_levels_are_deep_enough() -> None:
    assert told(f"a: {'[' * 19}{']' * 19}\n") == []
    assert told(f"a: {'[' * 20}{']' * 20}\n") == [
        "WF024 1:23-24 this is nested more than 20 levels deep"
    ]


# ------------------------------------------------------------------------------- hostile files


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 1_000_000, id="brackets"),
        pytest.param("a: " + "{a: " * 200_000, id="braces"),
        pytest.param("- " * 500_000, id="lists"),
        pytest.param("? " * 500_000, id="keys"),
        pytest.param("a: x" + " " * 1_000_000 + "y: z\n", id="spaces before a colon"),
        pytest.param("a" + " " * 1_000_000 + "b: c: d\n", id="spaces in a key"),
        pytest.param("a: 'x' " + " " * 1_000_000 + "y\n", id="spaces after a quote"),
        pytest.param("a: b\n" + "\n" * 900_000 + " c: d\n", id="empty lines"),
        pytest.param("a: |\n" + " " * 1_000_000, id="a block of spaces"),
        pytest.param("a: " + "b" * 1_000_000 + ": c\n", id="a long value"),
        pytest.param("- " * 250_000 + "a: b: c\n", id="dashes before a colon"),
        pytest.param("a:b" * 300_000 + "\nc: d\n", id="colons without spaces"),
        pytest.param('a: "' + "\\e" * 500_000 + '"\n', id="escapes"),
        pytest.param("a: 1\n" * 200_000, id="the same key"),
        pytest.param("a: [" + "*a, " * 200_000 + "]\n", id="aliases"),
        pytest.param(
            "a: &a [x, x]\n"
            + "".join(f"{y}: &{y} [*{x}, *{x}]\n" for x, y in pairwise("abcdefghijklmnopqrst")),
            id="aliases of aliases",
        ),
    ],
)
def test_a_million_characters_are_read_to_the_end(text: str) -> None:
    """What is quadratic would take hours; no time is asserted, as machines differ."""
    assert {line.split()[0][:3] for line in told(text)} <= {"WF0"}


MARKS = some.sampled_from(
    [
        *"ab\n\n  :-?,[]{}#&*!|>'\"%@`\\\t\r\x00\x07\x85\u2028\ufeff\u202eéx0U~=.",
        *(": ", "\n  ", "\n- ", "a: ", "<<: ", "---\n", "...\n"),
        *("!!", "\\u", "\\U00110000", "e\u0301"),
    ]
)


@example("")
@example("!\n[")
@example('a: "\\UFFFFFFFF"')
@example("\r: \x85\n\u2028: 1")
@example("a: \ufeff\n\ufeffb: c")
@given(some.lists(MARKS, max_size=40).map("".join) | some.text())
def test_no_text_is_beyond_words(text: str) -> None:
    check_anything(text.encode("utf-8", errors="surrogatepass"))


@given(some.binary())
def test_no_bytes_are_beyond_words(data: bytes) -> None:
    check_anything(data)


def check_anything(data: bytes) -> None:
    """Either parser reads the bytes or says why not, at places that exist, in printable words."""
    for parser in PARSERS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(nodes, "Events", parser)
            parsed = read(data)
        assert parsed.root is not None or parsed.diagnostics
        for each in parsed.diagnostics:
            check_diagnostic(each, parsed)
        if parsed.root is not None:
            check_text(parsed.root)


def check_diagnostic(diagnostic: Diagnostic, parsed: Parsed) -> None:
    """Its words are one printable line each, its place lies in the file."""
    for words in (diagnostic.message, diagnostic.help):
        assert not REFUSED.search(words)
        assert "\n" not in words
    for location in (diagnostic.location, *(each.location for each in diagnostic.related)):
        if location.line == 0:
            assert location == Location(PATH)
            continue
        assert location.text == parsed.lines.text(location.line)
        assert location.text is not None
        assert 1 <= location.column <= location.end_column
        assert location.column <= len(location.text) + 1


def check_text(node: Node) -> None:
    """No text in a tree holds what is refused."""
    for _, each in walk(node):
        if isinstance(each, Scalar):
            assert not REFUSED.search(each.text)
            assert "\r" not in each.text


def walk(node: Node, route: Route = ()) -> Iterator[tuple[Route, Node]]:
    """Every node of a tree, with its route."""
    yield route, node
    if isinstance(node, Mapping):
        for key, value in node.items.items():
            yield from walk(value, (*route, key))
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from walk(item, (*route, index))


# ------------------------------------------------------------------------------- round trips


def distinct(keys: Collection[str]) -> bool:
    """Whether keys differ even when they are composed."""
    return len({*keys}) == len({unicodedata.normalize("NFC", key) for key in keys})


TEXTS = some.text(some.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"])).filter(
    lambda text: not REFUSED.search(text)
) | some.sampled_from(
    ["13:00", "NO", "~", "<<", "=", "a: b", "- x", "x\ny\n", "\n\n x", " ", "'", "#"]
)
DOCUMENTS = some.recursive(
    TEXTS,
    lambda inner: (
        some.lists(inner, max_size=4) | some.dictionaries(TEXTS, inner, max_size=4).filter(distinct)
    ),
    max_leaves=12,
)


def composed(value: object) -> object:
    """What reading makes of dumped values: NFC throughout."""
    if isinstance(value, dict):
        return {composed(key): composed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [composed(each) for each in value]
    return unicodedata.normalize("NFC", str(value))


@given(
    some.dictionaries(TEXTS, DOCUMENTS).filter(distinct),
    some.sampled_from([None, True, False]),
    some.booleans(),
    some.integers(min_value=20, max_value=200),
)
def test_any_text_that_is_dumped_is_read_back(
    document: dict[str, object], flow: bool | None, allow_unicode: bool, width: int
) -> None:
    written = yaml.safe_dump(
        document, default_flow_style=flow, allow_unicode=allow_unicode, width=width
    )
    assert values(written) == composed(document)


@given(
    some.dictionaries(TEXTS, DOCUMENTS).filter(distinct),
    some.sampled_from([None, True, False]),
    some.booleans(),
)
def test_every_value_is_found_where_the_parser_saw_it(
    document: dict[str, object], flow: bool | None, allow_unicode: bool
) -> None:
    """The marks are yaml's own, from its composer, which no part of the product uses."""
    written = yaml.safe_dump(document, default_flow_style=flow, allow_unicode=allow_unicode)
    parsed = read(written)
    assert parsed.diagnostics == ()
    marks = dict(composer_marks(yaml.compose(written, yaml.SafeLoader)))
    assert {
        route: (found.line, found.column)
        for route in marks
        if (found := nodes.locate(parsed, PATH, route)).line
    } == {route: place for route, place in marks.items() if route}


def composer_marks(
    node: yaml.Node | None, route: Route = ()
) -> Iterator[tuple[Route, tuple[int, int]]]:
    """The place of each value by its route, as yaml's composer tells it."""
    assert node is not None
    yield route, (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from composer_marks(value, (*route, str(composed(key.value))))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from composer_marks(item, (*route, index))


# ------------------------------------------------------------------------------- places

FILE = """\
title: "Open
  science"  # why
sessions:
  - id: preprints
    talks: [Welcome, {title: Ours}]
  -
"""


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("route", "at", "shown"),
    [
        ((), "0:0-0", None),
        (("title",), "1:8-13", 'title: "Open'),
        (("sessions",), "4:3-18", "  - id: preprints"),
        (("sessions", 0), "4:5-18", "  - id: preprints"),
        (("sessions", 0, "id"), "4:9-18", "  - id: preprints"),
        (("sessions", 0, "talks"), "5:12-36", "    talks: [Welcome, {title: Ours}]"),
        (("sessions", 0, "talks", 0), "5:13-20", "    talks: [Welcome, {title: Ours}]"),
        (("sessions", 0, "talks", 1), "5:22-35", "    talks: [Welcome, {title: Ours}]"),
        (("sessions", 0, "talks", 1, "title"), "5:30-34", "    talks: [Welcome, {title: Ours}]"),
        (("sessions", 1), "6:4-4", "  -"),
        # What is missing is told at the key of what should hold it.
        (("sessions", 0, "talks", 7, "title"), "5:5-10", "    talks: [Welcome, {title: Ours}]"),
        (("sessions", 0, "talks", -1), "5:5-10", "    talks: [Welcome, {title: Ours}]"),
        (("sessions", 0, "talks", "title"), "5:5-10", "    talks: [Welcome, {title: Ours}]"),
        (("sessions", 0, "time"), "4:5-18", "  - id: preprints"),
        (("sessions", 0, "id", "x"), "4:5-7", "  - id: preprints"),
        (("sessions", 9), "3:1-9", "sessions:"),
        (("title", 0), "1:1-6", 'title: "Open'),
        (("page",), "0:0-0", None),
        ((0,), "0:0-0", None),
    ],
)
def test_a_route_leads_to_its_value_or_to_what_should_hold_it(
    route: Route, at: str, shown: str | None
) -> None:
    found = nodes.locate(read(FILE), PATH, route)
    assert (found.file, place(found), found.text) == (PATH, at, shown)


def test_a_node_alone_knows_its_places_without_the_lines() -> None:
    root = read(FILE).root
    assert root is not None
    assert nodes.locate(root, PATH, ("sessions", 0, "id")) == Location(PATH, 4, 9, 18)
    assert nodes.locate(root, PATH, ("title",)) == Location(PATH, 1, 8, 9)
    assert nodes.locate(root, PATH, ("page",)) == Location(PATH)


def test_nothing_is_located_in_a_file_that_cannot_be_read() -> None:
    assert nodes.locate(read("a: b: c\n"), PATH, ("a",)) == Location(PATH)


def test_a_key_has_a_place_of_its_own() -> None:
    parsed = read(FILE)
    assert parsed.root is not None
    assert place(key_location(parsed.root, "sessions", PATH, parsed.lines)) == "3:1-9"
    assert place(key_location(parsed.root, "page", PATH, parsed.lines)) == "1:1-13"


def test_lines_count_alike_whatever_their_breaks_are() -> None:
    for breaks in ("\n", "\r\n", "\r"):
        text = "\ufeff" + FILE.replace("\n", breaks)
        lines = read(text).lines
        assert [lines.text(number) for number in range(8)] == [
            None,
            *FILE.split("\n"),
        ]
        assert plain_breaks(text) == "\ufeff" + FILE
