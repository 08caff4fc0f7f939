"""`webinar-feeds init`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import click

from webinar_feeds import hosting
from webinar_feeds.cli import report, sites
from webinar_feeds.diagnostics import Severity
from webinar_feeds.hosting import HOSTS, File, Place


@click.command("init")
@click.option(
    "--host",
    type=click.Choice(HOSTS),
    help="Where the site will be: writes what that host has to be told.",
)
@click.option(
    "--events",
    type=click.Path(file_okay=False, path_type=Path),
    default="events",
    show_default=True,
    help="The folder of event files; its site.yaml says the address.",
)
@click.option(
    *("-o", "--output"),
    type=click.Path(file_okay=False, path_type=Path),
    default="output",
    show_default=True,
    help="The folder that `build` makes.",
)
@click.option("--force", is_flag=True, help="Replace files that are there and differ.")
@click.option("--dry-run", is_flag=True, help="Print the files; write nothing.")
def command(host: str | None, events: Path, output: Path, *, force: bool, dry_run: bool) -> None:
    """Begin: a first series, or what a host has to be told.

    Without --host it writes site.yaml and an example of a series with remarks, unless there are
    event files already. With --host it writes the configuration or workflow of that host, made for
    the address in site.yaml. A file that is there and differs is left alone.

    \b
    Examples:
      webinar-feeds init                        a first series in events/
      webinar-feeds init --host nginx
      webinar-feeds init --host github --dry-run
    """
    files, after = _starter(events) if host is None else _of_host(host, events, output)
    if dry_run:
        for file in files:
            click.echo(f"# {file.path}\n{file.text}")
        return
    _write(files, force=force)
    for line in after:
        click.echo(line)


def _starter(events: Path) -> tuple[tuple[File, ...], tuple[str, ...]]:
    """The first event files, and what to do with them."""
    from webinar_feeds.cli import starter  # noqa: PLC0415 - start-up loads only what is used

    folder = _relative(events, "--events")
    own = {sites.NAMES[0]: starter.SITE, starter.SERIES_NAME: starter.SERIES}
    others = sorted(
        each.name for each in events.glob("*.y*ml") if each.name not in own and not _hidden(each)
    )
    if others:
        _refuse(
            f"there are event files in `{folder}` already: {', '.join(others)}",
            "write the next series beside them; for a host, run `webinar-feeds init --host …`",
        )
    return (
        tuple(File(f"{folder}/{name}", text) for name, text in own.items()),
        (
            f"Next: name {folder}/{starter.SERIES_NAME} after your series, and write into it;",
            f"`webinar-feeds check {folder}` says what is wrong, `webinar-feeds serve` shows it.",
        ),
    )


def _of_host(host: str, events: Path, output: Path) -> tuple[tuple[File, ...], tuple[str, ...]]:
    """What a host has to be told, and what is missing for it."""
    said = sites.read(events)
    errors = tuple(each for each in said.diagnostics if each.severity is Severity.ERROR)
    if errors:
        click.echo(report.text(errors), err=True)
        click.echo(f"{report.summary(errors)} found; nothing was written.", err=True)
        raise SystemExit(1)
    place = Place(
        _relative(events, "--events"),
        _relative(output, "--output"),
        said.site.base_url,
        said.site.hub,
    )
    files = hosting.files(host, place)
    after = ["Next: do what the files say at their top, or follow the guide for the host."]
    if place.base_url is None:
        after.append(
            f"`base_url` in {place.events}/site.yaml does not say yet where the site will be: "
            "write it there, and run this again."
        )
    return files, tuple(after)


def _write(files: tuple[File, ...], *, force: bool) -> None:
    """Write what is not there yet; nothing at all where something else would be lost."""
    before = {file.path: _bytes(Path(file.path)) for file in files}
    new = [file for file in files if before[file.path] != file.text.encode()]
    others = [file.path for file in new if before[file.path] is not None]
    if others and not force:
        _refuse(
            f"other files are there already: {', '.join(others)}",
            "compare them with `--dry-run`, and replace them with `--force`",
        )
    for file in files:
        if file in new:
            _replace(Path(file.path), file.text.encode())
        click.echo(f"{'wrote    ' if file in new else 'unchanged'}  {file.path}")


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        _trouble(path, error)


def _replace(path: Path, data: bytes) -> None:
    """Write a file beside its place first, so that what was there is whole until then."""
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        _trouble(path, error)


def _relative(path: Path, option: str) -> str:
    """A folder as files of the working folder name it, wherever that is taken."""
    found = os.path.relpath(path)
    if path.is_absolute() or found == ".." or found.startswith(f"..{os.sep}"):
        msg = (
            f"{option} has to be a folder below this one, as in `{option} {path.name or 'events'}`"
        )
        raise click.UsageError(msg)
    return Path(found).as_posix()


def _hidden(path: Path) -> bool:
    return path.name.startswith(".")


def _refuse(what: str, cure: str) -> NoReturn:
    click.echo(f"error: {what}\n  = help: {cure}", err=True)
    raise SystemExit(1)


def _trouble(path: Path, error: OSError) -> NoReturn:
    click.echo(f"error: `{path.as_posix()}`: {error.strerror or error}", err=True)
    raise SystemExit(3) from None
