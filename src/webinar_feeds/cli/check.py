"""`webinar-feeds check`."""

from __future__ import annotations

from pathlib import Path

import click

from webinar_feeds.cli import clock, report
from webinar_feeds.diagnostics import Severity, failed

FORMATS = {"text": report.text, "json": report.as_json, "github": report.github}


@click.command("check")
@click.argument("events", type=click.Path(exists=True, path_type=Path), default="events")
@click.option(
    *("--format", "form"),
    type=click.Choice(list(FORMATS)),
    default="text",
    help="text for people, json for programs, github for annotations on a pull request.",
)
@click.option("--strict", is_flag=True, help="Take warnings for errors.")
@click.option("-v", "--verbose", is_flag=True, help="Show notes too.")
def command(events: Path, form: str, *, strict: bool, verbose: bool) -> None:
    """Say what is wrong in the event files, and how to mend it.

    EVENTS is the folder of event files, or one file in it (default: events).

    \b
    Examples:
      webinar-feeds check
      webinar-feeds check events/my-series.yaml
      webinar-feeds check --strict --format github

    Every problem of every file is reported, with its line. Exit status: 0 nothing is wrong, or
    only warnings; 1 there are errors.
    """
    from webinar_feeds.api import load  # noqa: PLC0415 - start-up loads only what is used

    loaded = load(events, now=clock.read())
    found = report.strict(loaded.diagnostics) if strict else loaded.diagnostics
    if not verbose:
        found = tuple(each for each in found if each.severity is not Severity.NOTE)
    if form != "text" or found:
        click.echo(FORMATS[form](found))
    if form == "text":
        sessions = sum(len(series.sessions) for series in loaded.series)
        held = f"{_counted(len(loaded.series), 'series', 'series')}, "
        held += _counted(sessions, "session", "sessions")
        said = report.summary(found)
        if failed(found):
            click.echo(f"{said} found.")
        else:
            click.echo(f"{held}: {said + ', no errors' if said else 'all is well'}.")
    raise SystemExit(1 if failed(found) else 0)


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
