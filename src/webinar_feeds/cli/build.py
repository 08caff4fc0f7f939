"""`webinar-feeds build`."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import click

from webinar_feeds.cli import clock, progress, report
from webinar_feeds.diagnostics import Severity, failed
from webinar_feeds.freshness import up_to_date

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from webinar_feeds.diagnostics import Diagnostic

LONG = 100  # so many series take some seconds


class Options(NamedTuple):
    """What a build is asked for beside its places."""

    now: datetime
    strict: bool
    replace_foreign: bool
    jobs: int
    scheduler: str
    previous: str | None
    quiet: bool
    verbose: bool


class _Place(click.Path):
    """A folder, or an address in object storage, which stays text."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path | str:
        """Check a folder, and leave an address to whoever goes there."""
        if isinstance(value, str) and "://" in value:
            return value
        found: Path = super().convert(value, param, ctx)  # type: ignore[assignment, arg-type]  # as `path_type` says
        return found


@click.command("build")
@click.argument(
    "events", type=_Place(exists=True, file_okay=False, path_type=Path), default="events"
)
@click.option(
    *("-o", "--output"),
    type=_Place(path_type=Path),
    default="output",
    show_default=True,
    help="The folder to publish, or the object storage where it is published.",
)
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    default="work",
    show_default=True,
    help="The folder for copies of what lies in object storage; it may be removed at any time.",
)
@click.option(
    *("--check", "only_check"),
    is_flag=True,
    help="Write nothing; exit with 1 when OUTPUT is not what a build would make.",
)
@click.option("--strict", is_flag=True, help="Take warnings for errors.")
@click.option(
    "--now",
    callback=clock.instant,
    metavar="TIME",
    help="Stamp what has changed with this time (UTC) instead of the clock's. "
    "SOURCE_DATE_EPOCH does the same.",
)
@click.option(
    "--replace-foreign",
    is_flag=True,
    help="Overwrite files that another program put where ours belong.",
)
@click.option(
    *("-j", "--jobs"),
    type=click.IntRange(min=0),
    default=0,
    envvar="WEBINAR_FEEDS_JOBS",
    metavar="N",
    help="How many processes may work at once; 0, the default, lets the build decide.",
)
@click.option(
    "--scheduler",
    default="",
    envvar="WEBINAR_FEEDS_SCHEDULER",
    metavar="ADDRESS",
    help="Let the workers of a Dask cluster draw, such as `tcp://10.0.0.5:8786`.",
)
@click.option(
    "--previous",
    metavar="FOLDER|URL",
    help="Take what has been published from this copy of the output, and write nothing beside "
    "the event files.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing when all is well.")
@click.option("-v", "--verbose", is_flag=True, help="Name every file that is written.")
def command(  # noqa: PLR0913 - an option each
    events: Path | str,
    output: Path | str,
    *,
    work: Path,
    only_check: bool,
    strict: bool,
    now: datetime | None,
    replace_foreign: bool,
    jobs: int,
    scheduler: str,
    previous: str | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Build the calendars, invites and feeds.

    EVENTS is the folder of event files (default: events). Only files that have changed are
    written, and none at all when there is an error. Events and output may both lie in object
    storage, at an address such as `s3://bucket/folder`.

    \b
    Examples:
      webinar-feeds build
      webinar-feeds build -o public
      webinar-feeds build --check        is output/ up to date?
      webinar-feeds build --scheduler tcp://10.0.0.5:8786
      webinar-feeds build s3://webinar-files/events -o s3://webinars

    Commit EVENTS/ledger with the event files: it remembers what subscribers already have.
    """
    from webinar_feeds import api, output as writer  # noqa: PLC0415, I001 - start-up loads only what is used

    # A build makes much and drops it at once, almost none of it in circles: looking for those that
    # often would cost a sixth of its time.
    gc.set_threshold(50_000, 20, 50)
    options = Options(
        now or clock.read(), strict, replace_foreign, jobs, scheduler, previous, quiet, verbose
    )
    if isinstance(events, str) or isinstance(output, str):
        from webinar_feeds.cli import afar  # noqa: PLC0415 - start-up loads only what is used

        if only_check or previous is not None:
            msg = "--check and --previous are for folders: name those of a working folder"
            raise click.UsageError(msg)
        afar.build(str(events), str(output), work, options, always=now is not None)
        return
    try:
        if only_check:
            said, paths = api.stale(events, output, now=options.now, previous=_previous(previous))
            say(said, strict=strict)
            _end_check(paths, output, quiet=quiet)
            return
        made(events, output, options)
    except writer.Refused as refused:
        say(refused.diagnostics, strict=False)
        raise  # pragma: no cover - a refusal always holds errors, and say has ended
    except writer.Trouble as trouble:
        end(trouble)


def made(events: Path, output: Path, options: Options) -> None:
    """Build between two folders, and say what was done; ends the program when there is an error.

    Raises:
        Refused, Trouble: as `api.build`.
    """
    from webinar_feeds import api  # noqa: PLC0415 - start-up loads only what is used

    with progress.bar("drawing", LONG, quiet=options.quiet) as drawn:
        built = api.build(
            events,
            output,
            now=options.now,
            strict=options.strict,
            replace_foreign=options.replace_foreign,
            jobs=options.jobs,
            scheduler=options.scheduler,
            previous=_previous(options.previous),
            waiting=_say_that_it_waits,
            progress=drawn,
            speak=spoken,
        )
    say(built.diagnostics, strict=options.strict)
    assert built.committed is not None  # noqa: S101 - without errors there is a commit
    done = built.committed
    if options.verbose:
        for path in done.written:
            click.echo(f"wrote    {click.format_filename(output / path)}")
        for path in done.removed:
            click.echo(f"removed  {click.format_filename(output / path)}")
    if not options.quiet:
        click.echo(_summary(done.count, len(done.removed), done.unchanged, output), nl=False)


def end(trouble: Exception) -> NoReturn:
    """Tell what stood in the way."""
    click.echo(f"error: {trouble}", err=True)
    raise SystemExit(3) from None


def _previous(where: str | None) -> Mapping[str, bytes] | None:
    """The ledgers of what was published elsewhere, None where nobody has said where."""
    if where is None:
        return None
    from webinar_feeds import published  # noqa: PLC0415 - start-up loads only what is used

    return published.open(where).ledgers()


def _say_that_it_waits(folder: Path) -> None:
    click.echo(f"another build is using {folder}, waiting …", err=True)


def spoken(diagnostics: tuple[Diagnostic, ...]) -> tuple[str, str]:
    """What a build says of these, plain and styled."""
    shown = tuple(each for each in diagnostics if each.severity is not Severity.NOTE)
    styled = f"{report.text(shown)}\n" if shown else ""
    return click.unstyle(styled), styled


def say(diagnostics: tuple[Diagnostic, ...], *, strict: bool) -> None:
    """Print what is to be said; ends the program when there is an error."""
    found = report.strict(diagnostics) if strict else diagnostics
    click.echo(spoken(found)[1], err=True, nl=False)
    if failed(found):
        click.echo(f"{report.summary(found)} found; nothing was written.", err=True)
        raise SystemExit(1)


def _end_check(paths: tuple[str, ...], output: Path, *, quiet: bool) -> None:
    shown = click.format_filename(output)
    if paths:
        click.echo(f"{shown} is not up to date; a build would change:")
        for path in paths:
            click.echo(f"  {path}")
        raise SystemExit(1)
    if not quiet:
        click.echo(f"{shown} is up to date.")


def _summary(written: int, removed: int, unchanged: int, output: Path) -> str:
    shown = click.format_filename(output)
    if not written and not removed:
        return up_to_date(shown, unchanged)
    parts = [f"{written} written" if written else "", f"{removed} removed" if removed else ""]
    parts.append(f"{unchanged} unchanged" if unchanged else "")
    return f"{shown}: {', '.join(filter(None, parts))}.\n"
