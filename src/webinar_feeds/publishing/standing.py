"""How a place stands, asked before there is anything to publish: one small read each."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from webinar_feeds.artifacts import MANIFEST
from webinar_feeds.publishing import remembering
from webinar_feeds.publishing.carrying import STATE, Done, Note
from webinar_feeds.publishing.targets import Answer, Found

if TYPE_CHECKING:
    from webinar_feeds.publishing.carrying import Order


def noted(order: Order) -> Note:
    """Which publication was the last one there.

    Raises:
        Trouble: the place cannot be asked.
    """
    found = order.target.read(STATE)
    return Note(found.stamp if isinstance(found, Found) else None)


def stands(order: Order) -> Done | None:
    """What is owed where a place is known to hold the output folder; one conditional read.

    Returns:
        None when it may hold something else.

    Raises:
        Trouble: the place cannot be asked.
    """
    memory = remembering.load(order.output, order.target.name)
    if memory is None or memory.stamp is None:
        return None
    try:
        digest = sha256((order.output / MANIFEST).read_bytes()).hexdigest()
    except OSError:
        return None
    if memory.manifest != digest:
        return None
    state = order.target.read(STATE, memory.stamp)
    return Done((), memory.owed) if state is Answer.UNCHANGED else None
