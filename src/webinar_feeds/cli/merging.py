"""`webinar-feeds ledger merge`: what two branches remember, made one."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webinar_feeds.cli import report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.ledger import Ledger

FOLDER = "ledger"


@click.command("merge")
@click.argument(
    "events", type=click.Path(exists=True, file_okay=False, path_type=Path), default="events"
)
@click.option(
    "--driver",
    nargs=3,
    type=click.Path(path_type=Path),
    metavar="BASE OURS THEIRS",
    help="As git's merge driver, with %O %A %B; the result goes to OURS.",
)
def command(events: Path, driver: tuple[Path, Path, Path] | None) -> None:
    """End the merges that git has left in ledgers.

    EVENTS is the folder of event files (default: events). Every session of both sides is kept; of
    one that both sides have changed, what was told last, and the higher SEQUENCE.

    \b
    Examples:
      webinar-feeds ledger merge
      git config merge.webinar-feeds.driver \\
        "webinar-feeds ledger merge --driver %O %A %B"
      and in .gitattributes:  events/ledger/*.jsonl merge=webinar-feeds

    Exit status: 0 nothing is left to merge; 1 a side cannot be read.
    """
    if driver is not None:
        _drive(driver[1], driver[2])
        return
    from webinar_feeds import locking, output  # noqa: PLC0415 - start-up loads only what is used
    from webinar_feeds.ledger import sides  # noqa: PLC0415 - as above

    paths = sorted((events / FOLDER).glob("*.jsonl"))
    marked = [path for path in paths if is_marked(path.read_bytes())]
    if not marked:
        click.echo(f"There is nothing to merge in {events / FOLDER}.")
        return
    whole = True
    try:
        with locking.lock(events / FOLDER):
            for path in marked:
                merged = _merged(*sides(path.read_bytes()), path.as_posix())
                if merged is None:
                    whole = False
                    continue
                output.write(path, merged)
                click.echo(f"wrote {path}; `git add` it to end the merge")
    except locking.Trouble as trouble:
        click.echo(f"error: {trouble}", err=True)
        raise SystemExit(3) from None
    raise SystemExit(0 if whole else 1)


def is_marked(data: bytes) -> bool:
    """Whether git has left its marks in a file."""
    return b"\n<<<<<<<" in b"\n" + data


def _drive(ours: Path, theirs: Path) -> None:
    """Do what git asks of a merge driver; where it cannot be done, leave both sides with marks."""
    from webinar_feeds import output  # noqa: PLC0415 - start-up loads only what is used

    mine, other = ours.read_bytes(), theirs.read_bytes()
    merged = _merged(mine, other, "ledger")
    marked = (b"<<<<<<< ours\n", mine, b"=======\n", other, b">>>>>>> theirs\n")
    output.write(ours, b"".join(marked) if merged is None else merged)
    raise SystemExit(1 if merged is None else 0)


def _merged(ours: bytes, theirs: bytes, path: str) -> bytes | None:
    """Two sides of a ledger made one, telling what was done; None after saying why not."""
    head = _head(ours) or _head(theirs)
    if "site" in head:
        return _merged_site(ours, theirs, path)
    from webinar_feeds import ledger  # noqa: PLC0415 - start-up loads only what is used

    one, said = ledger.parse(ours, path)
    two, told = ledger.parse(theirs, path)
    if _are_told(*said, *told):
        return None
    if one is None or two is None:  # one side has nothing yet
        return ours if two is None else theirs
    if one.uid != two.uid:
        click.echo(
            f"{path}: the sides remember different series, {one.uid} and {two.uid}", err=True
        )
        return None
    whole = ledger.merge(one, two)
    name = str(head["series"])
    click.echo("\n".join([f"{path}: {name}", *_done(one, two, whole)]))
    return ledger.dump(whole, name)


def _merged_site(ours: bytes, theirs: bytes, path: str) -> bytes | None:
    """The same for the site's own ledger."""
    from webinar_feeds import site_ledger  # noqa: PLC0415 - start-up loads only what is used

    one, said = site_ledger.parse(ours, path)
    two, told = site_ledger.parse(theirs, path)
    if _are_told(*said, *told):
        return None
    if one is None or two is None:
        return ours if two is None else theirs
    click.echo(f"{path}: the site's own, with the views of both sides")
    return site_ledger.dump(site_ledger.merge(one, two))


def _are_told(*diagnostics: Diagnostic) -> bool:
    """Say what is to be said, and whether that was anything."""
    if diagnostics:
        click.echo(report.text(diagnostics), err=True)
    return bool(diagnostics)


def _head(data: bytes) -> dict[str, object]:
    """The record that says whose ledger it is, empty when there is none."""
    for line in data.splitlines():
        with suppress(ValueError, RecursionError):
            record = json.loads(line)
            if isinstance(record, dict) and ("series" in record or "site" in record):
                return record
    return {}


def _done(ours: Ledger, theirs: Ledger, merged: Ledger) -> Iterator[str]:
    """What was done with each session; those that are the same on both sides are counted."""
    mine, other = ({row.uid: row for row in side.rows.values()} for side in (ours, theirs))
    same = 0
    for name, row in sorted(merged.rows.items()):
        one, two = mine.get(row.uid), other.get(row.uid)
        if one == two:
            same += 1
        elif one is None or two is None:
            yield f"  {name}: only on {'their' if one is None else 'our'} side"
        elif not row.schedule:
            after = f"the next build raises SEQUENCE above {row.sequence}"
            yield f"  {name}: changed on both sides; {after}"
        else:
            ours_is_later = (one.modified, one.sequence) > (two.modified, two.sequence)
            later = "our" if ours_is_later else "their"
            yield f"  {name}: {later} side is the later one, SEQUENCE {row.sequence}"
    if same:
        yield f"  {same} session{'' if same == 1 else 's'}: the same on both sides"
