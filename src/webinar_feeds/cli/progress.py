"""How far something long has come, for whoever looks at a terminal."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click._termui_impl import ProgressBar


def is_seen() -> bool:
    """Whether standard error is a terminal; it may also be closed, and then there is none."""
    return sys.stderr is not None and sys.stderr.isatty()


@contextmanager
def bar(label: str, least: int, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A bar for what takes long, on a terminal; it ends before anything else is said.

    Args:
        label: what is being done.
        least: how many steps take so long that a bar is worth it.
        quiet: whether nothing is to be shown.

    Yields:
        What is called with how many more steps are done, and how many there are in all; None where
        nobody would see a bar.
    """
    if quiet or not is_seen():
        yield None
        return
    with ExitStack() as shown:
        bars: list[ProgressBar[int]] = []

        def drawn(done: int, total: int) -> None:
            if total < least:
                return
            if not bars:
                made = click.progressbar(length=total, label=label, file=sys.stderr)
                bars.append(shown.enter_context(made))
            bars[0].update(done)

        yield drawn
