"""What is said to an organiser, and where: rules, findings, diagnostics.

A *rule* is a code with its words, declared beside the function that applies it. A rule that is
applied to a field gives a *finding* (a route, no place); a finding that has been located is a
*diagnostic*. Knows no YAML, no file and no terminal.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

Route = tuple[str | int, ...]


class Severity(StrEnum):
    """How much it matters: errors stop a build, warnings do not, notes are only for `--verbose`."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Location(NamedTuple):
    """A span in a file; lines and columns count from 1, columns in characters.

    `text` is the source line without its line break, None when there is no line to show.
    `line` 0 means the file as a whole.
    """

    file: str
    line: int = 0
    column: int = 0
    end_column: int = 0
    text: str | None = None


class Related(NamedTuple):
    """A second place that belongs to a diagnostic, and why."""

    message: str
    location: Location


class Diagnostic(NamedTuple):
    """One thing an organiser should know, with its place and its cure."""

    code: str
    severity: Severity
    message: str
    location: Location
    help: str
    related: tuple[Related, ...] = ()

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """The key by which reports sort: file, then place, then code."""
        place = self.location
        return (place.file, place.line, place.column, self.code, self.message)


class Finding(NamedTuple):
    """A rule applied to the field at `route` of an event file; its place is looked up later."""

    rule: Rule
    route: Route
    values: dict[str, object]

    def located(self, location: Location) -> Diagnostic:
        """The diagnostic that this finding is, now that its place is known."""
        return self.rule.diagnostic(location, **self.values)


class Rule(NamedTuple):
    """A code with its severity and its words. `{names}` in the words are filled in on use."""

    code: str
    severity: Severity
    message: str
    help: str

    def at(self, *route: str | int, **values: object) -> Finding:
        """This rule, applied to the field at `route`."""
        return Finding(self, route, values)

    def diagnostic(self, location: Location, /, *related: Related, **values: object) -> Diagnostic:
        """This rule, applied at a place that is already known."""
        return Diagnostic(
            self.code,
            self.severity,
            self.message.format(**values),
            location,
            self.help.format(**values),
            related,
        )


CATALOGUE: dict[str, Rule] = {}


def declare(code: str, severity: Severity, message: str, *, help: str) -> Rule:  # noqa: A002 - the word compilers use
    """Declare a diagnostic code, once, beside the rule that uses it.

    Raises:
        ValueError: the code is taken.
    """
    if code in CATALOGUE:
        msg = f"{code} is declared twice"
        raise ValueError(msg)
    CATALOGUE[code] = rule = Rule(code, severity, message, help)
    return rule


def failed(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any of them is an error."""
    return any(each.severity is Severity.ERROR for each in diagnostics)


class Refused(Exception):  # noqa: N818 - it is the answer, not a failure
    """The output folder holds something that a build must not touch; nothing was written."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(each.message for each in self.diagnostics))

    def __reduce__(self) -> tuple[type[Refused], tuple[tuple[Diagnostic, ...]]]:
        return Refused, (self.diagnostics,)
