"""`webinar-feeds build` with events or output in object storage."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import click

from webinar_feeds.cli import build as building
from webinar_feeds.cli import progress, publish, sites
from webinar_feeds.freshness import up_to_date

if TYPE_CHECKING:
    from pathlib import Path

    from webinar_feeds.afar import Here
    from webinar_feeds.cli.build import Options
    from webinar_feeds.freshness import State
    from webinar_feeds.publishing import Done, Order


def build(events: str, output: str, work: Path, options: Options, *, always: bool) -> None:
    """Bring, build, take the ledgers back and publish, and say what was done.

    Args:
        events: the folder of event files, or where they lie in object storage.
        output: the folder to publish, or where it is published.
        work: the folder for copies.
        options: what else is asked for.
        always: build even when nothing has changed.
    """
    from webinar_feeds import afar, diagnostics, locking  # noqa: PLC0415 - start-up loads only what is used

    order = afar.Order(
        events,
        output,
        work,
        os.urandom(16).hex(),
        time.monotonic,
        time.sleep,
        waiting=_say_that_it_waits,
    )
    always = always or options.strict or options.replace_foreign
    try:
        with progress.bar("publishing", publish.LONG, quiet=options.quiet) as drawn:

            def make(here: Here) -> bool:
                building.made(here.events, here.output, options)
                return True

            def publication(each: Order) -> Order:
                return each._replace(
                    where=sites.read(place.here.events).site.base_url or "",
                    replace_foreign=options.replace_foreign,
                    progress=drawn,
                )

            place = afar.Site(order)
            ended = afar.build(place, make, always=always, publication=publication)
    except diagnostics.Refused as refused:
        publish.refuse(refused.diagnostics, "nothing was published")
    except locking.Trouble as trouble:
        building.end(trouble)
    if ended.state is not None:
        _say_again(ended.state, output, options)
    if ended.published is not None and place.order is not None:
        again = ended.state is not None
        _tell(place.order, ended.published, place.here, options, again=again)


def _say_again(state: State, output: str, options: Options) -> None:
    """Say what the last build said, since nothing has changed."""
    click.echo(state.styled, err=True, nl=False)
    if not options.quiet:
        click.echo(up_to_date(output, state.artifacts), nl=False)


def _tell(order: Order, done: Done, here: Here, options: Options, *, again: bool) -> None:
    """Say what was published, and tell the hub; `again`: only what is owed from before."""
    if options.verbose:
        publish.name(done.steps)
    if not options.quiet and (done.steps or not again):
        click.echo(publish.summary(done.steps, order.target.name))
    site = sites.read(here.events).site
    if not publish.tell(order, site, done.feeds, quiet=options.quiet):
        raise SystemExit(3)


def _say_that_it_waits() -> None:
    click.echo("another build or publication is at work there, waiting …", err=True)
