"""`webinar-feeds attendance`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from webinar_feeds.cli import books, clock, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.invitations.attendance import Meeting
    from webinar_feeds.invitations.journal import Journal

_FILE = click.Path(dir_okay=False, allow_dash=True, path_type=Path)


class _Attendance(click.Group):
    """A group that takes what is none of its commands for the name of a series."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `show` first where no command is named."""
        first = next((each for each in args if not each.startswith("-")), None)
        if first not in self.commands and not set(args) & {"-h", "--help"}:
            args.insert(0, "show")
        return super().parse_args(ctx, args)


@click.group("attendance", cls=_Attendance)
def command() -> None:
    """Show who comes, and forget a person.

    Without a command, it is `show`.

    \b
    Examples:
      webinar-feeds attendance
      webinar-feeds attendance open-science/preprints
      webinar-feeds attendance open-science --csv attendance.csv
      webinar-feeds attendance opt-out ana.lima@example.org
      webinar-feeds attendance forget ana.lima@example.org
    """


@command.command("show")
@click.argument("targets", nargs=-1, metavar="[SERIES[/SESSION]]...")
@click.option("--csv", "file", type=_FILE, metavar="FILE", help="Write a table; `-` prints it.")
@books.SHOW_ADDRESSES
@books.JOURNAL
@books.EVENTS
@books.OUTPUT
def show(  # noqa: PLR0913 - one for each option
    targets: tuple[str, ...],
    *,
    file: Path | None,
    show_addresses: bool,
    wished: str | None,
    events: Path,
    output: Path,
) -> None:
    """Show how many come to each session, and to SERIES/SESSION who.

    \b
    Examples:
      webinar-feeds attendance show open-science
      webinar-feeds attendance show open-science/preprints --show-addresses
    """
    from webinar_feeds.invitations import attendance  # noqa: PLC0415 - start-up loads only what is used

    where = books.place(wished, events, output)
    if not books.is_there(where):
        click.echo("Nobody was invited yet.")
        return
    with books.opened(where) as journal:
        found = list(_meetings(journal, targets))
        unsettled = journal.in_flight()
    if file is not None:
        _write(file, attendance.as_csv(found), output)
        return
    for each in found:
        click.echo("\n".join(_block(each, set(targets), in_full=show_addresses)))
    if not found:
        click.echo("Nobody was invited yet.")
    for one in unsettled:
        who = books.shown(one.address, in_full=show_addresses)
        line = f"{who}: may or may not have the {one.kind} of {', '.join(one.sessions)}"
        click.echo(f"hint: {line}; the next run sends it again", err=True)


def _meetings(journal: Journal, targets: tuple[str, ...]) -> Iterator[Meeting]:
    """The sessions that are asked for.

    Raises:
        click.UsageError: nobody was invited to one.
    """
    from webinar_feeds.invitations import attendance  # noqa: PLC0415 - start-up loads only what is used

    names = {each.partition("/")[0] for each in targets} or set(journal.series())
    missing = set(targets)
    for series in sorted(names):
        told, answers = journal.told(series), journal.answers(series)
        for each in attendance.meetings(told, answers, journal.comments(series)):
            mine = {each.series, f"{each.series}/{each.session}"}
            if not targets or mine & set(targets):
                missing -= mine
                yield each
    if missing:
        msg = f"nobody was invited to {', '.join(f'`{each}`' for each in sorted(missing))}"
        raise click.UsageError(msg)


def _block(each: Meeting, targets: set[str], *, in_full: bool) -> Iterator[str]:
    """A session in words: its counts, and who, where it was asked for by its name."""
    name = f"{each.series}/{each.session}"
    counts = ", ".join(f"{number} {word}" for word, number in each.counts.items())
    start = f"{table.stamp(each.start)} UTC"
    yield f"{click.style(name, bold=True)}  {start}  {table.plain(each.title)}"
    invited = "1 person" if len(each.people) == 1 else f"{len(each.people)} people"
    yield f"  {invited} invited: {counts}"
    if name in targets:
        yield from table.columns(
            [
                ("", row.answer, books.shown(row.address, in_full=in_full), row.comment)
                for row in each.people
            ]
        )


def _write(file: Path, text: str, output: Path) -> None:
    """Write the table, which holds addresses, anywhere but into the published folder (S1)."""
    from webinar_feeds.cli import report  # noqa: PLC0415 - start-up loads only what is used
    from webinar_feeds.invitations import outbox, privacy  # noqa: PLC0415 - as above

    if file == Path("-"):
        click.echo(text, nl=False)
        return
    said = privacy.check(file, output)
    if said:
        click.echo(report.text(said), err=True)
        raise SystemExit(1)
    try:
        outbox.put(file, text.encode("utf-8-sig"))  # the mark tells spreadsheets the encoding
    except OSError as error:
        click.echo(f"error: {click.format_filename(file)}: {error.strerror}", err=True)
        raise SystemExit(3) from None
    click.echo(f"wrote {click.format_filename(file)}: delete it when it is no longer needed")


@command.command("forget")
@click.argument("address")
@books.JOURNAL
@books.EVENTS
@books.OUTPUT
def forget(address: str, *, wished: str | None, events: Path, output: Path) -> None:
    """Remove a person from the journal: letters, answers, and that they wanted no letters.

    The lists in attendees/ are yours: it is said where the address still stands.
    """
    key = _key(address)
    where = books.place(wished, events, output)
    if books.is_there(where):
        with books.opened(where) as journal:
            gone = journal.forget(key)
        parts = [table.counted(gone.letters, "letter"), table.counted(gone.answers, "answer")]
        parts += ["an opt-out"] if gone.opted_out else []
        parts += [table.counted(gone.mentions, "mention")] if gone.mentions else []
        click.echo(f"Forgotten: {', '.join(parts)}.")
    else:
        click.echo("There is no journal; nothing was remembered.")
    left = list(_lines(key, events))
    for line in left:
        click.echo(f"{line}: the address still stands here; remove the line", err=True)
    raise SystemExit(1 if left else 0)


@command.command("opt-out")
@click.argument("address")
@click.option("--undo", is_flag=True, help="They want letters again.")
@books.JOURNAL
@books.EVENTS
@books.OUTPUT
def opt_out(address: str, *, undo: bool, wished: str | None, events: Path, output: Path) -> None:
    """Send a person no more letters. `webinar-feeds replies` does it for who asks by mail."""
    key = _key(address)
    with books.opened(books.place(wished, events, output)) as journal:
        changed = journal.opt_in(key) if undo else journal.opt_out(key, clock.read())
    words = "gets letters again" if undo else "gets no more letters"
    click.echo(
        f"{books.shown(key, in_full=True)} {words if changed else 'is as you want already'}."
    )


def _key(address: str) -> str:
    """The form by which a person is known."""
    from webinar_feeds.invitations import addresses  # noqa: PLC0415 - start-up loads only what is used

    found = addresses.understand(address)
    if not isinstance(found, addresses.Address):
        msg = found.rule.message.format(**found.values)
        raise click.BadParameter(msg, param_hint="ADDRESS")
    return found.key


def _lines(address: str, events: Path) -> Iterator[str]:
    """Where an address still stands in the private folder, as `file:line`."""
    from webinar_feeds.invitations.preparing import Places  # noqa: PLC0415 - as above

    for path in sorted(Places(events).private.glob("*.csv")):
        data = path.read_bytes()
        wide = data[:2] in {b"\xff\xfe", b"\xfe\xff"}
        text = data.decode("utf-16" if wide else "utf-8", "replace")
        for number, line in enumerate(text.splitlines(), 1):
            if address in line.casefold():
                yield f"{path.as_posix()}:{number}"
