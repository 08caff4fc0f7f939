"""`webinar-feeds verify`."""

from __future__ import annotations

import json
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webinar_feeds.cli import clock, report, table
from webinar_feeds.diagnostics import Severity, failed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.verification import Look

PROGRAMS = ("icalendar", "feedgen", "lxml")


@click.command("verify")
@click.argument("events", type=click.Path(exists=True, path_type=Path), default="events")
@click.option(
    *("-o", "--output"),
    metavar="FOLDER|URL",
    default="output",
    show_default=True,
    help="What to look at: what a build made, or where it was published.",
)
@click.option("-v", "--verbose", is_flag=True, help="Say everything that differs in a file.")
@click.option(
    *("--format", "form"),
    type=click.Choice(["text", "json"]),
    default="text",
    help="text for people, json for programs.",
)
@click.option(
    "--now",
    callback=clock.instant,
    metavar="TIME",
    help="Look as at this time (UTC), at which recordings appear. SOURCE_DATE_EPOCH does the same.",
)
def command(events: Path, output: str, *, verbose: bool, form: str, now: datetime | None) -> None:
    """Prove the output with programs that are not ours.

    EVENTS is the folder of event files, or one file in it (default: events). icalendar reads every
    calendar, feedgen writes every feed again, and what they find is held against the event files
    and the ledger: the sessions, their instants, texts, states and stamps; the recordings and
    changes, their dates, texts and files. Nothing is written.

    \b
    Examples:
      webinar-feeds verify
      webinar-feeds verify events/my-series.yaml
      webinar-feeds verify -o https://webinars.example.org/

    Exit status: 0 nothing differs; 1 something does; 2 there is nothing to verify: errors in the
    event files, or no output, or one that is older than they are.
    """
    from webinar_feeds import locking, verification  # noqa: PLC0415 - start-up loads only what is used

    looks = []
    try:
        for look in _looks(events, output, now or clock.read()):
            looks.append(look)
            if form == "text":
                for line in _lines(look, verbose=verbose):
                    click.echo(line)
    except verification.Stale as stale:
        names = ", ".join(stale.args)
        _refuse(f"{names} changed since the last build: run `webinar-feeds build` first")
    except locking.Trouble as trouble:
        _refuse(str(trouble))
    differs = any(look.differences for look in looks)
    click.echo(_as_json(looks) if form == "json" else _summary(looks))
    if differs:
        words = "if site.yaml has changed since the last build, run `webinar-feeds build` first"
        click.echo(f"hint: {words}", err=True)
    raise SystemExit(1 if differs else 0)


def _refuse(words: str) -> None:
    click.echo(f"error: {words}", err=True)
    raise SystemExit(2)


def _looks(events: Path, output: str, now: datetime) -> Iterator[Look]:
    """What was found, series by series.

    Raises:
        webinar_feeds.verification.Stale: the event files say something else than the last build.
        webinar_feeds.locking.Trouble: the output is not there, or cannot be read.
    """
    from webinar_feeds import (  # noqa: PLC0415 - start-up loads only what is used
        locking,
        pipeline,
        published,
        site_ledger,
        verification,
    )

    if not published.is_address(output) and not Path(output).exists():
        msg = f"`{output}` is not there: run `webinar-feeds build` first, or name it with `-o`"
        raise locking.Trouble(msg)
    there = published.open(output)
    gathered = pipeline.gather(events)
    names = [Path(each.path).stem for each in gathered.series]
    lost = [name for name in names if name not in gathered.ledgers]
    copies = {name: there.read(f"{name}/{pipeline.COPY}") for name in lost}
    known = {name: data for name, data in copies.items() if data is not None}
    loaded = pipeline.load(gathered._replace(copies=known))
    _stop(loaded.diagnostics)
    said: list[Diagnostic] = []
    memory = pipeline.remembered(Path(gathered.folder), pipeline.SITE, None, said)
    data = memory.data or there.read(pipeline.COPY) or b""
    shown, told = site_ledger.parse(data, memory.path)
    _stop((*said, *told))
    return verification.verify(loaded, shown, there, now, whole=events.is_dir())


def _stop(diagnostics: tuple[Diagnostic, ...]) -> None:
    """End the program where there are errors; what is only to be considered, `check` says."""
    if failed(diagnostics):
        errors = [each for each in diagnostics if each.severity is Severity.ERROR]
        click.echo(report.text(errors), err=True)
        click.echo(f"{report.summary(errors)} found; nothing was verified.", err=True)
        raise SystemExit(2)


def _lines(look: Look, *, verbose: bool) -> Iterator[str]:
    """A line a series, and one a file that differs: how, and in how many more ways."""
    held = [
        f"{table.counted(look.calendars, 'calendar')} with {table.counted(look.events, 'event')}",
        f"{table.counted(look.feeds, 'feed')} with {table.counted(look.items, 'item')}",
    ]
    files = [
        (path, [each.words for each in group])
        for path, group in groupby(look.differences, key=lambda each: each.path)
    ]
    end = f"{_differ(len(files))}:" if files else "nothing differs"
    yield f"{click.style(look.name, bold=True)}: {', '.join(held)}; {end}"
    for path, every in files:
        more = "" if verbose or len(every) == 1 else f" (and {len(every) - 1} more; -v)"
        for words in every if verbose else every[:1]:
            yield f"  {table.plain(path)}: {table.plain(words)}{more}"


def _summary(looks: list[Look]) -> str:
    """With what it was verified, in a sentence that ends in whether anything differs."""
    programs = ", ".join(f"{name} {metadata.version(name)}" for name in PROGRAMS)
    files = {each.path for look in looks for each in look.differences}
    return f"verified by {programs}: {_differ(len(files)) if files else 'nothing differs'}."


def _differ(files: int) -> str:
    return f"{table.counted(files, 'file')} {'differs' if files == 1 else 'differ'}"


def _as_json(looks: list[Look]) -> str:
    """For programs: everything that was looked at, and everything that differs."""
    document = {
        "version": 1,
        "equal": not any(look.differences for look in looks),
        "programs": {name: metadata.version(name) for name in PROGRAMS},
        "looks": [
            {**look._asdict(), "differences": [each._asdict() for each in look.differences]}
            for look in looks
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)
