from __future__ import annotations

import json

import click
import pytest

from webinar_feeds.cli import report
from webinar_feeds.diagnostics import Diagnostic, Location, Related, Severity

PLACE = Location("events/a,b.yaml", 12, 9, 14, "    date: Friday")
ERROR = Diagnostic("WF216", Severity.ERROR, "`Friday` is 100% no: day", PLACE, "write\n`x`")
WARNING = Diagnostic("WF307", Severity.WARNING, "nothing said", Location("events/site.yaml"), "say")
NOTE = Diagnostic(
    "WF227",
    Severity.NOTE,
    "it is so",
    Location("e.yaml", 1, 1, 3, "ab"),
    "nothing to do",
    (Related("the other one", Location("e.yaml", 2, 1, 2, "c")),),
)


def plain(*diagnostics: Diagnostic) -> list[str]:
    return click.unstyle(report.text(diagnostics)).split("\n")


def test_text_shows_place_line_caret_and_cure() -> None:
    assert plain(ERROR._replace(help="write `x`"), WARNING, NOTE) == [
        "events/a,b.yaml:12:9: error[WF216]: `Friday` is 100% no: day",
        "   |",
        "12 |     date: Friday",
        "   |         ^^^^^",
        "   = help: write `x`",
        "",
        "events/site.yaml: warning[WF307]: nothing said",
        " = help: say",
        "",
        "e.yaml:1:1: note[WF227]: it is so",
        "  |",
        "1 | ab",
        "  | ^^",
        "e.yaml:2:1: the other one",
        "  |",
        "2 | c",
        "  | ^",
        "  = help: nothing to do",
        "",
    ]


@pytest.mark.parametrize(
    ("line", "column", "end", "caret"),
    [
        ("abc", 2, 3, " ^"),
        ("abc", 2, 2, " ^"),
        ("abc", 4, 4, "   ^"),
        ("\tabc", 2, 5, "\t^^^"),
        ("長い: x", 5, 6, "      ^"),
        ("ab 長い", 4, 6, "   ^^^^"),
        ("e\u0301e\u0301 x", 6, 7, "   ^"),
        ("", 1, 1, "^"),
    ],
)
def test_the_caret_stands_below_what_it_means(line: str, column: int, end: int, caret: str) -> None:
    there = WARNING._replace(location=Location("e.yaml", 1, column, end, line))

    assert plain(there)[2:4] == [f"1 | {line}", f"  | {caret}"]


def test_a_very_long_line_is_cut_around_the_place() -> None:
    line = f"{'a' * 500}HERE{'b' * 500}"
    there = WARNING._replace(location=Location("e.yaml", 1, 501, 505, line))

    assert plain(there)[2:4] == [f"1 | {'a' * 60}HERE{'b' * 56}", f"  | {' ' * 60}^^^^"]


def test_a_place_whose_line_is_not_known_has_no_excerpt() -> None:
    there = WARNING._replace(location=Location("e.yaml", 7, 1, 2))

    assert plain(there) == ["e.yaml:7:1: warning[WF307]: nothing said", "  = help: say", ""]


def test_json_says_the_same_to_programs() -> None:
    nowhere = {"line": 0, "column": 0, "end_column": 0}

    assert json.loads(report.as_json([ERROR, WARNING, NOTE])) == {
        "version": 1,
        "errors": 1,
        "warnings": 1,
        "notes": 1,
        "diagnostics": [
            {
                "code": "WF216",
                "severity": "error",
                "message": "`Friday` is 100% no: day",
                "help": "write\n`x`",
                "file": "events/a,b.yaml",
                "line": 12,
                "column": 9,
                "end_column": 14,
                "related": [],
            },
            {
                "code": "WF307",
                "severity": "warning",
                "message": "nothing said",
                "help": "say",
                "file": "events/site.yaml",
                **nowhere,
                "related": [],
            },
            {
                "code": "WF227",
                "severity": "note",
                "message": "it is so",
                "help": "nothing to do",
                "file": "e.yaml",
                "line": 1,
                "column": 1,
                "end_column": 3,
                "related": [
                    {
                        "message": "the other one",
                        "file": "e.yaml",
                        "line": 2,
                        "column": 1,
                        "end_column": 2,
                    }
                ],
            },
        ],
    }


def test_json_of_nothing_is_a_document_too() -> None:
    assert json.loads(report.as_json([])) == {
        "version": 1,
        "errors": 0,
        "warnings": 0,
        "notes": 0,
        "diagnostics": [],
    }


def test_github_gets_one_command_a_line_that_no_text_can_end() -> None:
    at = "file=events/a%2Cb.yaml,line=12,col=9,endColumn=14,title=WF216"

    assert report.github([ERROR, WARNING, NOTE]).split("\n") == [
        f"::error {at}::`Friday` is 100%25 no: day%0Awrite%0A`x`",
        "::warning file=events/site.yaml,title=WF307::nothing said%0Asay",
        "::notice file=e.yaml,line=1,col=1,endColumn=3,title=WF227::it is so%0Anothing to do",
    ]


@pytest.mark.parametrize(
    ("diagnostics", "words"),
    [
        ([], ""),
        ([NOTE], ""),
        ([ERROR], "1 error"),
        ([WARNING, WARNING], "2 warnings"),
        ([WARNING, ERROR, ERROR], "2 errors and 1 warning"),
    ],
)
def test_the_sum_is_said_in_words(diagnostics: list[Diagnostic], words: str) -> None:
    assert report.summary(diagnostics) == words


def test_strict_makes_errors_of_warnings_and_of_nothing_else() -> None:
    assert report.strict([ERROR, WARNING, NOTE]) == (
        ERROR,
        WARNING._replace(severity=Severity.ERROR),
        NOTE,
    )
