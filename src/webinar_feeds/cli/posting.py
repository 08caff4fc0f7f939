"""Where letters go, and what is remembered of them: the seam to the journal and to the mail server.

Until those are there, no letter was ever sent, and none can be.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from webinar_feeds.cli.wishes import Wishes
    from webinar_feeds.invitations.letters import Letter
    from webinar_feeds.invitations.memory import Memory


@contextmanager
def memory(wishes: Wishes) -> Iterator[Memory]:
    """What was sent and what came back, for as long as the round lasts.

    Raises:
        click.UsageError: letters are to be sent, and there is no way to send them.
    """
    from webinar_feeds.invitations.memory import Nothing  # noqa: PLC0415 - start-up loads only what is used

    if wishes.send:
        msg = "this version cannot send; write the letters with --outbox, and send them yourself"
        raise click.UsageError(msg)
    yield Nothing()


def send(letters: Iterable[Letter], known: Memory, wishes: Wishes) -> None:
    """Send letters and remember each; never called while `memory` refuses to."""
    raise NotImplementedError(letters, known, wishes)  # pragma: no cover - as said
