"""Diagnostics as text for people, as JSON for programs, as annotations for GitHub."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from webinar_feeds.cli import columns
from webinar_feeds.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from webinar_feeds.diagnostics import Diagnostic, Location

COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
WIDTH = 120


def text(diagnostics: Iterable[Diagnostic]) -> str:
    """Each with its place, the source line over a caret, and what to do; styled for terminals."""
    return "\n".join("\n".join(_lines(each)) + "\n" for each in diagnostics)


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """One JSON object: the diagnostics, and how many errors and warnings there are."""
    rows = [
        {
            "code": each.code,
            "severity": each.severity.value,
            "message": each.message,
            "help": each.help,
            **_place(each.location),
            "related": [
                {"message": other.message, **_place(other.location)} for other in each.related
            ],
        }
        for each in diagnostics
    ]
    counts = {f"{each.value}s": count(diagnostics, each) for each in Severity}
    return json.dumps({"version": 1, **counts, "diagnostics": rows}, ensure_ascii=False, indent=2)


def github(diagnostics: Iterable[Diagnostic]) -> str:
    """Workflow commands that GitHub shows beside the lines of a change."""
    return "\n".join(_annotation(each) for each in diagnostics)


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors and 1 warning`, or nothing."""
    counted = [
        f"{number} {kind.value}{'s' if number > 1 else ''}"
        for kind in (Severity.ERROR, Severity.WARNING)
        if (number := count(diagnostics, kind))
    ]
    return " and ".join(counted)


def count(diagnostics: Iterable[Diagnostic], severity: Severity) -> int:
    """How many there are of a severity."""
    return sum(each.severity is severity for each in diagnostics)


def strict(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The same, warnings turned into errors."""
    return tuple(
        each._replace(severity=Severity.ERROR) if each.severity is Severity.WARNING else each
        for each in diagnostics
    )


def _lines(diagnostic: Diagnostic) -> Iterator[str]:
    color = COLORS[diagnostic.severity]
    kind = click.style(f"{diagnostic.severity.value}[{diagnostic.code}]", fg=color, bold=True)
    message = click.style(diagnostic.message, bold=True)
    yield f"{click.style(_where(diagnostic.location), bold=True)}: {kind}: {message}"
    yield from _excerpt(diagnostic.location, color)
    for other in diagnostic.related:
        yield f"{_where(other.location)}: {other.message}"
        yield from _excerpt(other.location, "blue")
    gutter = " " * len(str(diagnostic.location.line or ""))
    yield f"{gutter} {click.style('= help:', fg='green', bold=True)} {diagnostic.help}"


def _where(place: Location) -> str:
    return f"{place.file}:{place.line}:{place.column}" if place.line else place.file


def _excerpt(place: Location, color: str) -> Iterator[str]:
    """The source line with a caret below the place; a very long line is cut around it."""
    if place.text is None or not place.line:
        return
    start = max(0, place.column - 1 - WIDTH // 2) if len(place.text) > WIDTH else 0
    line = place.text[start : start + WIDTH]
    before = line[: max(0, place.column - 1 - start)]
    marked = line[len(before) : max(len(before) + 1, place.end_column - 1 - start)]
    number = str(place.line)
    bar = click.style("|", fg="blue")
    padding = "".join("\t" if each == "\t" else " " * columns.of(each) for each in before)
    caret = click.style("^" * max(1, columns.width(marked)), fg=color, bold=True)
    yield f"{' ' * len(number)} {bar}"
    yield f"{click.style(number, fg='blue')} {bar} {line}"
    yield f"{' ' * len(number)} {bar} {padding}{caret}"


def _place(place: Location) -> dict[str, object]:
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_column": place.end_column,
    }


def _annotation(diagnostic: Diagnostic) -> str:
    level = "notice" if diagnostic.severity is Severity.NOTE else diagnostic.severity.value
    place = diagnostic.location
    fields = [f"file={_property(place.file)}"]
    if place.line:
        fields += [f"line={place.line}", f"col={place.column}", f"endColumn={place.end_column}"]
    fields.append(f"title={_property(diagnostic.code)}")
    message = _data(f"{diagnostic.message}\n{diagnostic.help}")
    return f"::{level} {','.join(fields)}::{message}"


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
