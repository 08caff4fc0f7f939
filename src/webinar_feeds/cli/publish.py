"""`webinar-feeds publish`."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from webinar_feeds.cli import progress, report, sites, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.model import Site
    from webinar_feeds.publishing import Order, Step

LONG = 20  # so many files take some seconds over a network


@click.command("publish")
@click.argument("target")
@click.option(
    *("-o", "--output"),
    type=click.Path(path_type=Path),
    default="output",
    show_default=True,
    help="The folder that `build` has made.",
)
@click.option(
    "--events",
    type=click.Path(file_okay=False, path_type=Path),
    default="events",
    show_default=True,
    help="The folder of event files; its site.yaml says which hub is to be told.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done; write nothing.")
@click.option("--verify", is_flag=True, help="Read every file back in the end, and compare.")
@click.option("--all", "everything", is_flag=True, help="Send every file, whatever is there.")
@click.option(
    "--allow-removal", is_flag=True, help="Remove also most of what is published, if it has to be."
)
@click.option(
    "--replace-foreign",
    is_flag=True,
    help="Overwrite files that another program put where ours belong.",
)
@click.option("--series", metavar="ID", help="Which series a CalDAV calendar is kept equal to.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing when all is well.")
@click.option("-v", "--verbose", is_flag=True, help="Name every file that is sent or removed.")
def command(  # noqa: PLR0913 - an option each
    target: str,
    output: Path,
    events: Path,
    *,
    dry_run: bool,
    verify: bool,
    everything: bool,
    allow_removal: bool,
    replace_foreign: bool,
    series: str | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Bring the output to where people find it.

    TARGET is a folder; or object storage: `s3://bucket/folder`, `gs://…` or `az://…`; or a shared
    calendar, `caldavs://…`, which is kept equal to one series. Only what has changed is sent.
    Readers never see a name that is not there, and whatever stops a publication, the next one
    completes it. When feeds have changed, the hub of site.yaml is told.

    \b
    Examples:
      webinar-feeds publish /var/www/webinars
      webinar-feeds publish s3://webinars --dry-run
      webinar-feeds publish gs://webinars/2027 --verify
      webinar-feeds publish caldavs://cloud.example.org/dav/ana/webinars/ --series open-science

    Keys for object storage are taken from the environment, as its own tools take them:
    AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_ENDPOINT_URL for what speaks like S3;
    GOOGLE_APPLICATION_CREDENTIALS; AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY. For a
    calendar they are CALDAV_USERNAME and CALDAV_PASSWORD.
    """
    from webinar_feeds import diagnostics, locking, publishing  # noqa: PLC0415 - start-up loads only what is used

    if target.startswith(("caldav://", "caldavs://")):
        _keep(target, output, series, everything=everything, dry_run=dry_run, quiet=quiet)
        return
    site = sites.read(events).site  # its errors are `check`'s to tell
    try:
        with progress.bar("publishing", LONG, quiet=quiet) as drawn:
            order = publishing.Order(
                output,
                publishing.open_target(target),
                os.urandom(16).hex(),
                time.monotonic,
                time.sleep,
                where=site.base_url or "",
                everything=everything,
                allow_removal=allow_removal,
                replace_foreign=replace_foreign,
                progress=drawn,
                waiting=_say_that_it_waits,
            )
            if dry_run:
                steps, feeds = publishing.Done(publishing.would(order))
            else:
                steps, feeds = publishing.publish(order)
            damaged = publishing.verify(order) if verify and not dry_run else ()
    except diagnostics.Refused as refused:
        refuse(refused.diagnostics, "nothing was published")
    except locking.Trouble as trouble:
        click.echo(f"error: {trouble}", err=True)
        raise SystemExit(3) from None
    if verbose or dry_run:
        name(steps)
    if not quiet:
        click.echo(summary(steps, order.target.name, dry_run=dry_run))
    told = tell(order, site, feeds, quiet=quiet)
    if damaged:
        refuse(damaged, "publish again with `--all`")
    if verify and not dry_run and not quiet:
        click.echo("Read back: every file is there, with the bytes that were published.")
    if not told:
        raise SystemExit(3)


def _keep(  # noqa: PLR0913 - what the command offers for a calendar
    url: str, output: Path, series: str | None, *, everything: bool, dry_run: bool, quiet: bool
) -> None:
    """Keep a CalDAV calendar equal to a series."""
    from webinar_feeds import diagnostics, locking  # noqa: PLC0415 - start-up loads only what is used
    from webinar_feeds.publishing import collection  # noqa: PLC0415 - as above

    user, password = (os.environ.get(f"CALDAV_{each}") for each in ("USERNAME", "PASSWORD"))
    try:
        calendar = collection.Collection(url, user, password, time.sleep)
        try:
            done = collection.keep(output, calendar, series, everything=everything, dry_run=dry_run)
        finally:
            calendar.close()
    except diagnostics.Refused as refused:
        refuse(refused.diagnostics, "nothing was published")
    except locking.Trouble as trouble:
        click.echo(f"error: {trouble}", err=True)
        raise SystemExit(3) from None
    if quiet:
        return
    for deed in done:
        click.echo(f"{'would ' if dry_run else ''}{deed.verb} {deed.session}")
    if not done:
        click.echo(f"{calendar.name} is up to date.")


def tell(order: Order, site: Site, feeds: Sequence[str], *, quiet: bool) -> bool:
    """Tell the hub of changed feeds; whether nothing is owed in the end."""
    from webinar_feeds import publishing  # noqa: PLC0415 - start-up loads only what is used
    from webinar_feeds.publishing import hubs  # noqa: PLC0415 - as above

    if site.hub is None or site.base_url is None:
        return True
    owed = []
    for told in hubs.tell(
        site.hub, [f"{site.base_url}{path}" for path in feeds], pause=order.pause
    ):
        if told.owed:
            owed.append(told.topic.removeprefix(site.base_url))
            click.echo(
                f"error: `{site.hub}` could not be told of {told.topic}: {told.said}", err=True
            )
        elif not quiet:
            click.echo(f"told the hub of {told.topic}: {told.said}")
    publishing.settle(order, owed)
    if owed:
        click.echo("All is published; publish again later, and the hub is told.", err=True)
    return not owed


def _say_that_it_waits() -> None:
    click.echo("another publication is at work there, waiting …", err=True)


def name(steps: Sequence[Step]) -> None:
    """Name what each step does."""
    for step in steps:
        click.echo(f"{'send  ' if step.deed == 'put' else 'remove'}  {step.path}")


def summary(steps: Sequence[Step], where: str, *, dry_run: bool = False) -> str:
    """What a publication to a place did, in a sentence."""
    if not steps:
        return f"{where} is up to date."
    sent = sum(step.deed == "put" for step in steps)
    verb = ("would be sent", "would be removed") if dry_run else ("sent", "removed")
    parts = [f"{table.counted(sent, 'file')} {verb[0]}"]
    if len(steps) > sent:
        parts.append(f"{len(steps) - sent} {verb[1]}")
    return f"{where}: {', '.join(parts)}."


def refuse(found: Sequence[Diagnostic], ending: str) -> NoReturn:
    """Say what stands against it, and end."""
    click.echo(f"{report.text(found)}\n", err=True, nl=False)
    click.echo(f"{report.summary(tuple(found))} found; {ending}.", err=True)
    raise SystemExit(1)
