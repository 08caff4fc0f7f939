"""The way of a round of letters: what it starts from, what is shown, written and sent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import click

from webinar_feeds.cli import clock, posting, report, rounds, table
from webinar_feeds.cli.rounds import Series
from webinar_feeds.diagnostics import Severity, failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from webinar_feeds.cli.wishes import Wishes
    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.invitations.letters import Letter
    from webinar_feeds.invitations.memory import Memory
    from webinar_feeds.invitations.owed import Owed, Round
    from webinar_feeds.invitations.preparing import Invited, Prepared
    from webinar_feeds.invitations.sender import Sender
    from webinar_feeds.model import Template


class Work(NamedTuple):
    """A round that may start: its series, who sends it, and how it was asked for."""

    series: tuple[Series, ...]
    sender: Sender
    templates: tuple[Template, ...]
    said: tuple[Diagnostic, ...]
    wishes: Wishes
    now: datetime


def run(targets: tuple[str, ...], which: Callable[[Round], Iterator[Owed]], wishes: Wishes) -> None:
    """Show, write or send a round of letters; ends the program where something is wrong.

    Args:
        targets: the series and sessions that it is about.
        which: the letters that are owed.
        wishes: the options.
    """
    from webinar_feeds.diagnostics import Refused  # noqa: PLC0415 - start-up loads only what is used

    now = (wishes.now or clock.read()).replace(microsecond=0)
    prepared = _prepared(targets, wishes, now)
    assert prepared.sender is not None  # noqa: S101 - without one, it was an error
    with posting.memory(wishes) as memory:
        series = tuple(_series(each, memory, which, wishes, now) for each in prepared.series)
        said = (*prepared.diagnostics, *_doubts(series))
        work = Work(series, prepared.sender, prepared.templates, said, wishes, now)
        try:
            _check_templates(work)
            for each in series:
                click.echo("\n".join(rounds.block(each, wishes)))
            _say(_doubts(series), "")
            _write(work)
            if wishes.send:
                total = sum(each.tally.letters for each in series)
                posting.send(_letters(work), memory, posting.Round(wishes, work.sender, total))
        except Refused as refused:
            _say(refused.diagnostics, "nothing was sent")
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            click.echo(f"error: {place}{error.strerror or error}", err=True)
            raise SystemExit(3) from None
    if not wishes.send:
        click.echo(_not_sent(series, wishes))


# --- What it starts from -------------------------------------------------------------------------


def _prepared(targets: tuple[str, ...], wishes: Wishes, now: datetime) -> Prepared:
    """What the round starts from; ends the program where it cannot start."""
    from webinar_feeds.invitations import preparing  # noqa: PLC0415 - start-up loads only what is used

    places = preparing.Places(
        wishes.events, wishes.output, wishes.attendees, wishes.contacts, wishes.sender
    )
    _keep_private(wishes)
    prepared = preparing.prepare(targets, places, os.environ, now)
    if prepared.nowhere and not failed(prepared.diagnostics):
        names = ", ".join(f"`{each}`" for each in prepared.nowhere)
        msg = f"there is no series or session {names} in {wishes.events}"
        raise click.UsageError(msg)
    _say(prepared.diagnostics, "nothing was written or sent")
    return prepared


def _keep_private(wishes: Wishes) -> None:
    """Refuse to write what holds addresses where it would be published (S1)."""
    from webinar_feeds.invitations import privacy  # noqa: PLC0415 - start-up loads only what is used

    paths = [each for each in (wishes.outbox, wishes.preview) if each is not None]
    said = [found for path in paths for found in privacy.check(path, wishes.output)]
    _say(said, "nothing was written or sent")


def _series(
    invited: Invited,
    memory: Memory,
    which: Callable[[Round], Iterator[Owed]],
    wishes: Wishes,
    now: datetime,
) -> Series:
    from webinar_feeds.invitations import memory as memories  # noqa: PLC0415 - as above
    from webinar_feeds.invitations import owed, tally  # noqa: PLC0415 - as above

    programme = invited.programme
    known = memories.known(memory, programme.series.id)
    about = owed.Round(programme, invited.people, known, now, invited.sessions)
    split = wishes.one_message_per_session
    figures = tally.of(which(about), about, one_per_session=split)
    return Series(invited, lambda: which(about), figures)


def _check_templates(work: Work) -> None:
    """Write the first letter, so that a template's mistake is told before anything is sent."""
    from webinar_feeds.invitations import messages  # noqa: PLC0415 - start-up loads only what is used

    for each in work.series:
        for one in each.owed():
            messages.letter(one, work.sender, work.templates).make(work.now)
            break


# --- What is shown -------------------------------------------------------------------------------


def _say(diagnostics: Sequence[Diagnostic], ending: str) -> None:
    """Print what is to be said; ends the program when there is an error."""
    shown = tuple(each for each in diagnostics if each.severity is not Severity.NOTE)
    if shown:
        click.echo(report.text(shown), err=True)
    if failed(shown):
        click.echo(f"{report.summary(shown)} found; {ending}.", err=True)
        raise SystemExit(1)


def _doubts(found: Sequence[Series]) -> list[Diagnostic]:
    """What should be looked at before anything is sent."""
    from webinar_feeds.invitations import tally  # noqa: PLC0415 - start-up loads only what is used

    return [
        doubt
        for each in found
        for doubt in tally.doubts(each.invited.programme.series.id, each.tally)
    ]


def _not_sent(found: Sequence[Series], wishes: Wishes) -> str:
    if not any(each.tally.letters for each in found):
        return "Nothing is to be sent."
    look = "" if wishes.preview else ", or look first with `--preview letters.html`"
    return f"Nothing was sent. Add `--send` to send{look}."


# --- What is written -----------------------------------------------------------------------------


def _letters(work: Work) -> Iterator[Letter]:
    """All letters of the round, each made when it is asked for."""
    from webinar_feeds.invitations import messages  # noqa: PLC0415 - start-up loads only what is used

    split = work.wishes.one_message_per_session
    for each in work.series:
        yield from messages.letters(each.owed(), work.sender, work.templates, one_per_session=split)


def _write(work: Work) -> None:
    """Write the files that are asked for."""
    if work.wishes.preview is not None:
        _write_preview(work, work.wishes.preview)
    if work.wishes.outbox is not None:
        _write_outbox(work, work.wishes.outbox)


def _write_preview(work: Work, path: Path) -> None:
    from webinar_feeds.invitations import messages, outbox, preview  # noqa: PLC0415 - as above

    wishes = work.wishes
    parts: list[preview.Part] = []
    people: list[tuple[str, str]] = []
    for each in work.series:
        owed = messages.split(each.owed(), one_per_session=wishes.one_message_per_session)
        samples = preview.samples(owed, work.sender, work.templates, work.now)
        series = each.invited.programme.series
        parts.append(preview.Part(series.id, str(series.title), each.tally, tuple(samples)))
        if wishes.verbose or wishes.show_addresses:
            people += rounds.each_letter(each, wishes)
    outbox.put(path, preview.page(parts, work.said, people))
    click.echo(f"wrote {click.format_filename(path)}: look at it in a browser, then delete it")


def _write_outbox(work: Work, folder: Path) -> None:
    from webinar_feeds.invitations import outbox  # noqa: PLC0415 - start-up loads only what is used

    done = outbox.write(_letters(work), folder, work.now)
    shown = click.format_filename(folder)
    parts = [f"{done.written} written"] if done.written else []
    parts += [f"{done.unchanged} unchanged"] if done.unchanged else []
    click.echo(f"{shown}: {', '.join(parts) or 'nothing to write'}.")
    if done.others:
        words = f"{table.counted(len(done.others), 'other file')} there, such as {done.others[0]}"
        click.echo(f"hint: {words}: do not send letters of an earlier round again", err=True)
