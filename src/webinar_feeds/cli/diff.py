"""`webinar-feeds diff`."""

from __future__ import annotations

import json
import re
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from webinar_feeds.cli import clock, report, table
from webinar_feeds.diagnostics import Severity, failed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.differences import Difference, Kind, Seen
    from webinar_feeds.model import Told

NOTHING = "Nothing changes for subscribers."
WIDTH = 80
COLORS = {
    "gone": "red",
    "left": "red",
    "cancelled": "red",
    "postponed": "yellow",
    "moved": "yellow",
    "returned": "green",
    "new": "green",
}
_ALIKE = 4  # so many sessions of which the same is said share a line
_NAMED = 8
_MOST = 200  # rows of a comment; hosts refuse one that is too long
_SPECIAL = re.compile(r"[!#$&*:<>@\[\\\]^_`|~]|(?<=www)\.", re.IGNORECASE)
# A character without width keeps a name or a number from becoming a call to somebody, or a link.
_CALLS = re.compile(r"[@#](?=\w)")


# --- Text ----------------------------------------------------------------------------------------


def text(found: Sequence[Seen]) -> str:
    """For a terminal: a series, then a sentence a session; styled."""
    if not any(found):
        return NOTHING
    blocks = ["\n".join(_block(each)) for each in found if each]
    return "\n\n".join([*blocks, _summary(found)])


def _block(seen: Seen) -> Iterator[str]:
    title = click.style(table.plain(seen.title), bold=True)
    yield f"{title} ({table.plain(seen.series)})"
    for words in seen.words:
        yield from _wrapped(words)
    for names, one in _alike(seen.sessions):
        who = table.plain(_enumerated(names))
        lines = list(_wrapped(f"{who}: {table.plain(sentence(one))}"))
        color = COLORS.get(one.kinds[0].value)
        # What is coloured is what was wrapped: an escape sequence has no width.
        lines[0] = lines[0].replace(who, click.style(who, fg=color, bold=True), 1)
        yield from lines


def _wrapped(words: str) -> list[str]:
    return wrap(words, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def sentence(one: Difference) -> str:
    """`moved from … to …; subscribers' calendars move it, SEQUENCE 0 → 1`."""
    effect = ", ".join(filter(None, (one.effect, _sequence(one))))
    return "; ".join(filter(None, (*one.words, effect)))


def _sequence(one: Difference) -> str:
    before, after = one.sequence
    if before is None or after is None or before == after:
        return ""
    return f"SEQUENCE {before} → {after}"


def _alike(sessions: Iterable[Difference]) -> Iterator[tuple[list[str], Difference]]:
    """The sessions, those in a row of which the same is said together."""
    for _, run in groupby(sessions, key=lambda each: (each.kinds, sentence(each))):
        same = list(run)
        if len(same) >= _ALIKE:
            yield [each.session for each in same], same[0]
        else:
            yield from (([each.session], each) for each in same)


def _enumerated(names: list[str]) -> str:
    if len(names) <= _NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"


def _summary(found: Sequence[Seen]) -> str:
    series = sum(map(bool, found))
    sessions = sum(len(each.sessions) for each in found)
    of = f"{series} series {'changes' if series == 1 else 'change'}"
    if not sessions:
        return f"{of} for subscribers."
    count = table.counted(sessions, "session")
    return f"{count} of {series} series {'changes' if sessions == 1 else 'change'} for subscribers."


# --- Markdown ------------------------------------------------------------------------------------


def markdown(found: Sequence[Seen]) -> str:
    """For a comment on a pull request; whatever a title holds, it is shown and does nothing."""
    lines = ["### What subscribers will see", ""]
    if not any(found):
        return "\n".join([*lines, NOTHING])
    left = _MOST
    shown = [each for each in found if each]
    for number, seen in enumerate(shown):
        if left <= 0:
            lines += [f"… and {len(shown) - number} more series.", ""]
            break
        lines += [f"**{escaped(seen.title)}** ({escaped(seen.series)})", ""]
        lines += [line for words in seen.words for line in (f"- {escaped(words)}", "")]
        rows = list(_alike(seen.sessions))
        if rows:
            lines += ["| Session | What changes | In subscribers’ programs |", "|---|---|---|"]
            lines += [_row(names, one) for names, one in rows[:left]]
            lines.append("")
        if len(rows) > left:
            lines += [f"… and {len(rows) - left} more sessions.", ""]
        left -= len(rows) + 1
    return "\n".join([*lines, _summary(found)])


def _row(names: list[str], one: Difference) -> str:
    who = escaped(_enumerated(names))
    if len(names) == 1 and one.title:
        who = f"**{escaped(one.title)}** ({who})"
    effect = ", ".join(filter(None, (one.effect, _sequence(one))))
    return f"| {who} | {escaped('; '.join(one.words))} | {escaped(effect)} |"


def escaped(words: str) -> str:
    """A text that Markdown shows as it is."""
    shown = _SPECIAL.sub(r"\\\g<0>", table.plain(" ".join(words.split())))
    return _CALLS.sub(lambda found: f"{found[0]}&#8203;", shown)


# --- JSON ----------------------------------------------------------------------------------------


def as_json(found: Sequence[Seen]) -> str:
    """For programs: every series that changes, and of each every session that does."""
    rows = [
        {
            "id": seen.series,
            "title": seen.title,
            "kinds": _kinds(seen.kinds),
            "words": list(seen.words),
            "sessions": [_document(each) for each in seen.sessions],
        }
        for seen in found
        if seen
    ]
    document = {"version": 1, "changes": bool(rows), "series": rows}
    return json.dumps(document, ensure_ascii=False, indent=2)


def _document(one: Difference) -> dict[str, object]:
    before, after = one.sequence
    return {
        "id": one.session,
        "uid": one.uid,
        "kinds": _kinds(one.kinds),
        "words": list(one.words),
        "effect": one.effect,
        "before": _told(one.before, before),
        "after": _told(one.after, after),
    }


def _kinds(kinds: Iterable[Kind]) -> list[str]:
    return [each.value for each in kinds]


def _told(told: Told | None, sequence: int | None) -> dict[str, object] | None:
    if told is None:
        return None
    return {
        "title": told.title,
        "start": f"{told.start:%Y-%m-%dT%H:%M:%SZ}",
        "end": f"{told.end:%Y-%m-%dT%H:%M:%SZ}",
        "timezone": told.zone,
        "status": told.status.value,
        "sequence": sequence,
    }


# --- The command ---------------------------------------------------------------------------------

FORMATS = {"text": text, "json": as_json, "markdown": markdown}


@click.command("diff")
@click.argument("events", type=click.Path(exists=True, path_type=Path), default="events")
@click.option(
    "--against",
    metavar="FOLDER|URL",
    help="Compare with what was published there, and not with the ledger.",
)
@click.option(
    *("--format", "form"),
    type=click.Choice(list(FORMATS)),
    default="text",
    help="text for people, markdown for a comment on a pull request, json for programs.",
)
@click.option(
    *("-o", "--output"),
    type=click.Path(path_type=Path),
    default="output",
    show_default=True,
    help="Where the last build went; it tells what a lost ledger knew.",
)
@click.option("--exit-code", is_flag=True, help="Exit with 1 when something changes.")
@click.option(
    "--now",
    callback=clock.instant,
    metavar="TIME",
    help="Tell what a build at this time (UTC) would publish. SOURCE_DATE_EPOCH does the same.",
)
def command(  # noqa: PLR0913 - an option each
    events: Path,
    against: str | None,
    form: str,
    output: Path,
    *,
    exit_code: bool,
    now: datetime | None,
) -> None:
    """Say what subscribers will see if you publish now.

    EVENTS is the folder of event files, or one file in it (default: events). It is compared with
    the ledger, which remembers the last build; nothing is written.

    \b
    Examples:
      webinar-feeds diff
      webinar-feeds diff --against https://webinars.example.org/
      webinar-feeds diff --format markdown

    Exit status: 0 it was said what changes; 1 there are errors in the event files, or, with
    --exit-code, something changes; 3 what was published cannot be read.
    """
    from webinar_feeds import api, locking  # noqa: PLC0415 - start-up loads only what is used

    try:
        found = api.diff(events, against=against, output=output, now=now or clock.read())
    except locking.Trouble as trouble:
        click.echo(f"error: {trouble}", err=True)
        raise SystemExit(3) from None
    _stop(found.diagnostics)
    click.echo(FORMATS[form](found.seen))
    raise SystemExit(1 if exit_code and any(found.seen) else 0)


def _stop(diagnostics: tuple[Diagnostic, ...]) -> None:
    """End the program where there are errors; what is only to be considered, `check` says."""
    if failed(diagnostics):
        errors = [each for each in diagnostics if each.severity is Severity.ERROR]
        click.echo(report.text(errors), err=True)
        click.echo(f"{report.summary(errors)} found; nothing was compared.", err=True)
        raise SystemExit(1)
