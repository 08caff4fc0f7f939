"""`webinar-feeds serve`."""

from __future__ import annotations

import signal
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webinar_feeds.artifacts import MANIFEST
from webinar_feeds.cli import clock, report, table
from webinar_feeds.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.serving import State

PORT = 8000
OUTPUT = Path("output")


@click.command("serve")
@click.option(
    "--events",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default="events",
    show_default=True,
    help="The folder of event files.",
)
@click.option(
    *("-o", "--output"),
    type=click.Path(path_type=Path),
    help="The folder to build the preview in, and to keep; with --no-build, the folder to serve "
    "(default: output).",
)
@click.option(
    *("-p", "--port"),
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="The port on this machine; 0 takes any that is free.",
)
@click.option("--no-build", is_flag=True, help="Serve what is there; build nothing.")
@click.option("--open", "opens", is_flag=True, help="Open the browser.")
@click.option("-v", "--verbose", is_flag=True, help="Name every request.")
def command(  # noqa: PLR0913 - an option each
    events: Path, output: Path | None, *, port: int, no_build: bool, opens: bool, verbose: bool
) -> None:
    """Preview the site in the browser while you write.

    Builds the event files into a folder of its own, serves it to this machine alone, builds again
    whenever you save, and loads the open pages anew. What is wrong is shown in the page, with its
    line; what was right last stays behind it. Nothing is published and nothing is remembered:
    `webinar-feeds build` does that. Ctrl-C ends it.

    \b
    Examples:
      webinar-feeds serve --open
      webinar-feeds serve --port 0
      webinar-feeds serve --no-build            what `build` has made
    """
    from webinar_feeds import locking, serving  # noqa: PLC0415 - start-up loads only what is used

    if no_build and not (output or OUTPUT).is_dir():
        msg = f"there is no folder `{output or OUTPUT}`: run `webinar-feeds build` first"
        raise click.UsageError(msg)
    with ExitStack() as held:
        held.enter_context(_ended_kindly())
        if output is None:
            output = OUTPUT if no_build else _own_folder(held)
        try:
            server = held.enter_context(serving.Server(output, port, _heard if verbose else None))
        except locking.Trouble as trouble:
            click.echo(f"error: {trouble}", err=True)
            raise SystemExit(3) from None
        if no_build:
            preview = _Preview(output)
            watch = serving.Watch(files=(output / MANIFEST,))
        else:
            preview = _Preview(output, events)
            watch = serving.Watch(events)
        server.live.tell(preview.state())
        watch.due = preview.due()
        server.start()
        preview.jobs = 1  # processes that are split from one with threads may wait for ever
        click.echo(f"Serving {server.address} until you press Ctrl-C.")
        if opens:
            click.launch(server.address)
        for _ in watch.rings():
            state = preview.state()
            watch.due = preview.due()
            server.live.tell(state)  # last: whoever hears it may press Ctrl-C


class _Preview:
    """What is served: a folder, and the event files that it is built from if we build it."""

    def __init__(self, output: Path, events: Path | None = None) -> None:
        self.output = output
        self.events = events
        self.jobs = 0
        self.said: set[tuple[str, str, str]] = set()

    def state(self) -> State:
        """What is to be seen now, after a build if we build; the terminal is told of that."""
        from webinar_feeds import freshness, serving  # noqa: PLC0415 - start-up loads only what is used

        errors, trouble = ((), "") if self.events is None else self._build(self.events)
        return serving.State(freshness.hash_of(str(self.output / MANIFEST)), errors, trouble)

    def due(self) -> float | None:
        """When it changes by itself (seconds since 1970)."""
        from webinar_feeds import freshness  # noqa: PLC0415 - start-up loads only what is used

        seen = None if self.events is None else freshness.load(str(self.output))
        if seen is None:
            return None
        with seen:
            return min((row.due for row in seen.rows() if row.name), default=None)

    def _build(self, events: Path) -> tuple[tuple[Diagnostic, ...], str]:
        """Build a draft; the errors and the trouble that kept it from being written."""
        from webinar_feeds import api, output  # noqa: PLC0415 - start-up loads only what is used

        try:
            built = api.build(events, self.output, now=clock.read(), draft=True, jobs=self.jobs)
        except output.Refused as refused:
            found, done = refused.diagnostics, None
        except output.Trouble as trouble:
            click.echo(f"error: {trouble}", err=True)
            return (), str(trouble)
        else:
            found, done = built.diagnostics, built.committed
        self._say(found)
        if done is not None:
            changed = table.counted(done.count + len(done.removed), "file")
            click.echo(f"Built: {changed} changed, {done.unchanged} unchanged.")
            return (), ""
        errors = tuple(each for each in found if each.severity is Severity.ERROR)
        click.echo(
            f"{report.summary(errors)} found; what was right last is still served.", err=True
        )
        return errors, ""

    def _say(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Print errors at every save, and warnings once, wherever their lines move to."""
        for each in diagnostics:
            told = (each.code, each.location.file, each.message)
            if each.severity is Severity.ERROR or (
                each.severity is Severity.WARNING and told not in self.said
            ):
                click.echo(report.text((each,)), err=True)
            self.said.add(told)


def _heard(line: str) -> None:
    click.echo(line, err=True)


def _own_folder(held: ExitStack) -> Path:
    """A folder that is removed in the end."""
    made = tempfile.TemporaryDirectory(prefix="webinar-feeds-", ignore_cleanup_errors=True)
    return Path(held.enter_context(made)) / "preview"


@contextmanager
def _ended_kindly() -> Iterator[None]:
    """What ends the program without being a mistake: Ctrl-C, a closed terminal, a system's end."""

    def end(number: int, frame: object) -> None:
        del number, frame
        raise KeyboardInterrupt

    names = ("SIGTERM", "SIGHUP")  # Windows has no terminals that hang up
    asked = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {each: signal.getsignal(each) for each in asked}
    try:
        for each, held in before.items():
            if held is not signal.SIG_IGN:
                signal.signal(each, end)
        yield
    except KeyboardInterrupt:
        click.echo()
    finally:
        for each, held in before.items():
            signal.signal(each, held)
