"""`webinar-feeds ledger rebuild`: lost ledgers, from what was published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from webinar_feeds.cli import clock, table
from webinar_feeds.cli.merging import FOLDER, is_marked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from webinar_feeds.ledger import Ledger
    from webinar_feeds.pipeline import Loaded
    from webinar_feeds.recovery import Rebuilt, Remains

SITE = "site"


class Source(NamedTuple):
    """Where something was published.

    `name` is how the user calls it, `series` are the ids of what is there, `remains` tells of one
    of them, `site` is the site's own ledger; `shared`: a calendar that may hold several series.
    """

    name: str
    series: tuple[str, ...]
    remains: Callable[[str], Remains]
    site: Callable[[], bytes | None]
    shared: bool


@click.command("rebuild")
@click.argument(
    "events", type=click.Path(exists=True, file_okay=False, path_type=Path), default="events"
)
@click.option(
    "--from",
    "places",
    multiple=True,
    metavar="FOLDER|URL|FILE.ics",
    help="What was published; repeat it for more. Default: output.",
)
@click.option("--series", "only", metavar="ID", help="Bring back the ledger of this series only.")
@click.option(
    "--write/--dry-run", "writes", default=True, help="Write what was found, or only tell it."
)
@click.option(
    "--force",
    is_flag=True,
    help="Merge what was found into ledgers that are sound, too; no SEQUENCE falls.",
)
def command(
    events: Path, places: tuple[str, ...], only: str | None, *, writes: bool, force: bool
) -> None:
    """Bring lost or damaged ledgers back from what was published.

    EVENTS is the folder of event files (default: events). A copy of the ledger that was published
    is the best witness, a calendar the next: any program's will do.

    \b
    Examples:
      webinar-feeds ledger rebuild --dry-run
      webinar-feeds ledger rebuild --from https://webinars.example.org/
      webinar-feeds ledger rebuild --from old.ics --series open-science

    Exit status: 0 every ledger is there; 1 one is not, and nothing was found to bring it back from;
    3 what was published cannot be read.
    """
    from webinar_feeds import locking  # noqa: PLC0415 - start-up loads only what is used
    from webinar_feeds.api import load  # noqa: PLC0415 - as above

    try:
        sources = [_source(each, only) for each in places or ("output",)]
        work = _Rebuilding(load(events), events, sources, writes=writes, force=force)
        with locking.lock(events / FOLDER):
            lost = [name for name in work.names(only) if not work.bring_back(name)]
    except locking.Trouble as trouble:
        click.echo(f"error: {trouble}", err=True)
        raise SystemExit(3) from None
    raise SystemExit(1 if lost else 0)


def _source(where: str, only: str | None) -> Source:
    """A place where something was published, ready to be asked."""
    from webinar_feeds import published  # noqa: PLC0415 - start-up loads only what is used
    from webinar_feeds.recovery import Remains  # noqa: PLC0415 - as above

    if where.lower().partition("?")[0].endswith(".ics"):
        data = published.read(where)
        return Source(where, (), lambda _: Remains(calendar=data), lambda: None, only is None)
    found = published.open(where)
    return Source(where, found.series, found.remains, found.site_remains, shared=False)


class _Rebuilding:
    """Ledgers at their rebuilding."""

    def __init__(
        self, loaded: Loaded, events: Path, sources: Sequence[Source], *, writes: bool, force: bool
    ) -> None:
        self.loaded, self.events, self.sources = loaded, events, sources
        self.writes, self.force = writes, force
        self.series = {each.id: each for each in loaded.series}

    def names(self, only: str | None) -> Iterator[str]:
        """The ledgers that there should be."""
        if only is not None:
            yield only
            return
        names = {path.stem for path in (*self.events.glob("*.yaml"), *self.events.glob("*.yml"))}
        names |= {name for source in self.sources for name in source.series}
        yield from sorted(names - {SITE})
        if any(source.series for source in self.sources):
            yield SITE

    def bring_back(self, name: str) -> bool:
        """Bring one ledger back, telling what was found; False when there is none at the end."""
        path = self.events / FOLDER / f"{name}.jsonl"
        data = path.read_bytes() if path.is_file() else b""
        if is_marked(data):
            cure = "`webinar-feeds ledger merge` ends it"
            click.echo(f"{name}: {path} is in the middle of a merge; {cure}")
            return False
        found = self._site(path, data) if name == SITE else self._series(name, path, data)
        if found is None:
            return False
        if found == data:
            if data:
                click.echo(f"{name}: {path} is sound, and stays as it is")
        elif not self.writes:
            click.echo(f"{path} would be written")
        else:
            from webinar_feeds import output  # noqa: PLC0415 - start-up loads only what is used

            output.write(path, found)
            click.echo(f"wrote {path}")
        return True

    def _series(self, name: str, path: Path, data: bytes) -> bytes | None:
        """The bytes of a series' ledger, None after saying that nothing was found."""
        from webinar_feeds import ledger, recovery  # noqa: PLC0415 - start-up loads only what is used

        held, said = ledger.parse(data, path.as_posix())
        if held is not None and not self.force:
            return data
        if said:
            place = f"{path}:{said[0].location.line}" if said[0].location.line else str(path)
            click.echo(f"{name}: {place}: {said[0].message}")
            held = recovery.salvage(data)
        found = False
        for source in self.sources:
            uid = self._uid(name) if held is None else held.uid
            series = self.series.get(name)
            rebuilt = recovery.rebuild(source.remains(name), series, uid, shared=source.shared)
            if rebuilt is not None:
                held, found = _joined(name, held, rebuilt, source), True
        if held is None or not found:
            where = ", ".join(source.name for source in self.sources)
            click.echo(f"{name}: nothing was found in {where}")
            return None
        click.echo("\n".join(self._table(name, held)))
        return ledger.dump(self._settled(name, held), name)

    def _settled(self, name: str, held: Ledger) -> Ledger:
        """The ledger, in which only those sessions have an unknown join link that have one now."""
        from webinar_feeds.ledger import private  # noqa: PLC0415 - start-up loads only what is used

        series = self.series.get(name)
        sessions = series.sessions if series is not None else ()
        unknown = {session.id for session in sessions if private(session)}
        rows = {
            identifier: row._replace(private="")
            if row.private is None and unknown.isdisjoint((identifier, *row.formerly))
            else row
            for identifier, row in held.rows.items()
        }
        return held._replace(rows=rows)

    def _uid(self, name: str) -> str:
        """The UID that a series would have if it were new."""
        from webinar_feeds import ledger  # noqa: PLC0415 - start-up loads only what is used

        series = self.series.get(name)
        if series is None:
            return ledger.derived_uid("urn:webinar-feeds", name)
        return ledger.revise(series, self.loaded.site, None, clock.read()).ledger.uid

    def _table(self, name: str, held: Ledger) -> Iterator[str]:
        """What was found, session by session."""
        listed = {each.id for each in self.series[name].sessions} if name in self.series else None
        rows = []
        for identifier, row in table.by_start(held):
            gone = listed is not None and identifier not in listed and row.removed is None
            cells = (identifier, f"SEQUENCE {row.sequence}", table.when(row.told))
            rows.append((*cells, "not in the event file" if gone else ""))
        yield from table.columns(rows)

    def _site(self, path: Path, data: bytes) -> bytes | None:
        """The bytes of the site's own ledger, which a build can do without."""
        from webinar_feeds import site_ledger  # noqa: PLC0415 - start-up loads only what is used

        held, _ = site_ledger.parse(data, path.as_posix())
        if held is not None and not self.force:
            return data
        for source in self.sources:
            found, _ = site_ledger.parse(source.site() or b"", source.name)
            if found is not None:
                count = table.counted(len(found.views), "view")
                click.echo(f"{SITE}: {count}, from the ledger in {source.name}")
                held = found if held is None else site_ledger.merge(held, found)
        return data if held is None else site_ledger.dump(held)


def _joined(name: str, held: Ledger | None, rebuilt: Rebuilt, source: Source) -> Ledger:
    """What is known already and what a source tells, told and made one."""
    from webinar_feeds import ledger  # noqa: PLC0415 - start-up loads only what is used

    found = rebuilt.ledger
    count = table.counted(len(found.rows), "session")
    click.echo(f"{name}: {count}, from the {rebuilt.source} in {source.name}")
    for remark in rebuilt.remarks:
        click.echo(f"  {table.plain(remark)}")
    if held is None or held.uid == found.uid:
        return found if held is None else ledger.merge(held, found)
    click.echo(f"  it is another series, {table.plain(found.uid)}, and left out")
    return held
