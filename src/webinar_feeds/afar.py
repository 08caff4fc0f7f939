"""Events and output that lie in object storage: a build here, between two journeys.

Event files and ledgers are brought into a working folder, the build is the same as ever, the
ledgers go back, and only then is the output published: what is stopped in between has told nobody
anything that a ledger does not know. A lock at the events lets one build after the other work; and
should it be lost, ledgers and publications take only the place of what this build has seen.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from webinar_feeds import freshness, locking, publishing
from webinar_feeds.locking import Trouble
from webinar_feeds.publishing import remembering
from webinar_feeds.publishing.leases import TERM, Lease
from webinar_feeds.publishing.mirroring import Mirror
from webinar_feeds.publishing.objects import Objects
from webinar_feeds.publishing.targets import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webinar_feeds.freshness import State
    from webinar_feeds.publishing.mirroring import Store

B = TypeVar("B")
_FEW = 30  # locks of ours that a killed build may have left


class Order(NamedTuple):
    """What a build from or to object storage is asked for.

    `events` and `output` are addresses or folders, `work` is the folder for what is brought and
    built; `token` tells this build apart from all others. `clock` gives seconds that never go back
    and `pause` waits for some. `waiting` is called before waiting for others. `open` gives the
    place of an address.
    """

    events: str
    output: str
    work: Path
    token: str
    clock: Callable[[], float]
    pause: Callable[[float], None]
    term: float = TERM
    waiting: Callable[[], None] | None = None
    open: Callable[[str], Store] = lambda where: Objects(where, "build")


class Here(NamedTuple):
    """The folders of a build."""

    events: Path
    output: Path


class Ended(NamedTuple):
    """What became of it: `state` when there was nothing to do, else what the build made.

    `published` is None when nothing was to be published, or nothing was built.
    """

    state: State | None
    published: publishing.Done | None = None


def is_address(where: str) -> bool:
    """Whether something lies elsewhere, and not in a folder of this machine."""
    return "://" in where


def build(
    site: Site,
    make: Callable[[Here], bool],
    *,
    always: bool = False,
    publication: Callable[[publishing.Order], publishing.Order] = lambda each: each,
) -> Ended:
    """Bring, build, take back, publish; nothing of it when all is as the last build left it.

    Args:
        site: where everything lies.
        make: builds in these folders, and says whether it has written them.
        always: build even when nothing has changed.
        publication: adds what else is wanted of a publication.

    Raises:
        Refused: something should not be done.
        Trouble: a place or the disk stood in the way; building again completes it.
    """
    site.check()
    with locking.lock(site.asked.work):
        if not always and (ended := site.unchanged()) is not None:
            return ended
        with site.held() as keep:
            since = None if site.order is None else publishing.noted(site.order)
            if site.mirror is not None:
                site.mirror.bring()
            if not make(site.here):
                return Ended(None)
            if site.mirror is not None:
                site.mirror.give(keep)
            if site.order is None:
                return Ended(None)
            keep()
            wanted = publication(site.order._replace(since=since))
            return Ended(None, publishing.publish(wanted))


class Site:
    """The places of a build, and the folders that stand for them.

    `here` are these folders; `mirror` copies the events when they lie elsewhere, and `order` is the
    publication when the output does.

    Raises:
        Unavailable: an address is none, or what object storage needs is not installed.
    """

    def __init__(self, order: Order) -> None:
        self.asked = order
        self.mirror: Mirror | None = None
        self.order: publishing.Order | None = None
        events, output = Path(order.events), Path(order.output)
        if is_address(order.events):
            events = order.work / "events"
            self.mirror = Mirror(order.open(order.events), events)
        if is_address(order.output):
            output = order.work / "output"
            place = order.open(order.output)
            self.order = publishing.Order(
                output, place, order.token, order.clock, order.pause, waiting=order.waiting
            )
        self.here = Here(events, output)

    def check(self) -> None:
        """Refuse places of which one lies in the other.

        Raises:
            Trouble: they do; event files, which hold what is not for everybody, would be public.
        """
        if self.mirror is None or self.order is None:
            return
        one, other = (f"{each.name}/" for each in (self.mirror.place, self.order.target))
        if one.startswith(other) or other.startswith(one):
            msg = (
                f"`{self.order.target.name}` and `{self.mirror.place.name}` lie in each other, and "
                "event files are not for everybody: name another place for one of them"
            )
            raise Trouble(msg)

    def unchanged(self) -> Ended | None:
        """What the last build left, when nothing has changed since; None when there may be work."""
        if self.mirror is not None and not self.mirror.is_current():
            return None
        events, output = (each.as_posix() for each in self.here)
        state = freshness.answer(["build", events, "-o", output])
        if state is None or self.order is None:
            return None if state is None else Ended(state)
        done = publishing.stands(self.order)
        return None if done is None else Ended(state, done)

    @contextmanager
    def held(self) -> Iterator[Callable[[], None]]:
        """Keep other builds from the events; gives what is to be called before every write."""
        if self.mirror is None:
            yield lambda: None
            return
        order, place = self.asked, self.mirror.place
        row = remembering.read(order.work, place.name) or {}
        dead = tuple(map(str, row.get("tokens", ())))
        remembering.write(order.work, place.name, {"tokens": (*dead[-_FEW:], order.token)})
        lease = Lease(place, order.token, order.clock, order.pause, order.term)
        lease.acquire(dead, order.waiting)
        over = Event()

        def beat() -> None:
            while not over.wait(order.term / 8):
                with suppress(Unavailable):  # whoever writes next will hear of it
                    lease.keep()

        beating = Thread(target=beat, daemon=True)
        beating.start()
        try:
            yield lease.keep
        finally:
            over.set()
            beating.join()
            with suppress(Unavailable):  # it ends by itself
                lease.release()
        remembering.write(order.work, place.name, {"tokens": (order.token,)})
