"""One publisher at a time: a lock that is a file at the place itself.

Whoever makes the file has the lock, and says from time to time that it is still at work by writing
the file anew. A lock that nobody has written for a term is that of a publisher who is no more, and
may be taken over; each of these writes is conditional, so only one can succeed. Time is measured
by each for itself: clocks need not agree.
"""

from __future__ import annotations

import json
from threading import Lock
from typing import TYPE_CHECKING

from webinar_feeds.publishing.targets import Answer, Differs, Found, If, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from webinar_feeds.publishing.targets import Stamp, Target

HOME = ".webinar-feeds"
LEASE = f"{HOME}/publishing.json"
TERM = 60.0  # seconds; longer than any one request may take
HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store"}


class Lease:
    """The lock of a place.

    Args:
        target: the place.
        token: tells this publisher apart from all others.
        clock: seconds that never go back.
        pause: waits for so many seconds.
        term: how long a lock lasts that nobody renews (seconds).
    """

    def __init__(
        self,
        target: Target,
        token: str,
        clock: Callable[[], float],
        pause: Callable[[float], None],
        term: float = TERM,
    ) -> None:
        self.target, self.token, self.term = target, token, term
        self.clock, self.pause = clock, pause
        self.beats = 0
        self.renewed = 0.0
        self.stamp: Stamp | None = None
        self.guard = Lock()

    def acquire(
        self, dead: Container[str | None], waiting: Callable[[], None] | None = None
    ) -> None:
        """Wait until nobody else publishes there, and keep others out.

        Args:
            dead: the tokens of publishers that are known to be no more.
            waiting: called once before waiting.

        Raises:
            Unavailable: the place cannot be asked.
        """
        seen: tuple[Stamp | None, float] = (None, 0.0)
        while True:
            asked = self.clock()
            try:
                self._write(If.NONE)
                break
            except Differs:
                found = self.target.read(LEASE)
            if not isinstance(found, Found):
                continue
            if _token(found.data) == self.token:  # its making was answered too late to be heard
                self.stamp, self.renewed = found.stamp, asked
                break
            if found.stamp != seen[0]:
                seen = (found.stamp, self.clock())
            if _token(found.data) in dead or self.clock() - seen[1] >= self.term:
                try:
                    self._write(found.stamp)
                    break
                except Differs:
                    continue
            if waiting is not None:
                waiting()
                waiting = None
            self.pause(self.term / 20)
        # A place that knows no conditions lets both write; the second is the one that stays.
        held = self.target.read(LEASE)
        if not isinstance(held, Found) or _token(held.data) != self.token:
            raise _lost(self.target)

    def keep(self) -> None:
        """Say that we are still at work, when it is time to; to be called before every write.

        Raises:
            Unavailable: another publisher has taken over, after we had been silent for too long.
        """
        with self.guard:
            if self.clock() - self.renewed < self.term / 4:
                return
            assert self.stamp is not None  # noqa: S101 - it is acquired before anything is written
            try:
                self._write(self.stamp)
            except Differs:
                found = self.target.read(LEASE)
                # A write that was repeated because its answer was lost meets itself.
                if not isinstance(found, Found) or found.data != self._body():
                    raise _lost(self.target) from None
                self.stamp = found.stamp

    def release(self) -> None:
        """Let others in."""
        found = self.target.read(LEASE, self.stamp)
        if found is Answer.UNCHANGED or (
            isinstance(found, Found) and _token(found.data) == self.token
        ):
            self.target.delete(LEASE)

    def _write(self, only: If | Stamp) -> None:
        self.beats += 1
        begun = self.clock()
        self.stamp = self.target.put(LEASE, self._body(), HEADERS, only)
        self.renewed = begun

    def _body(self) -> bytes:
        return json.dumps({"publisher": self.token, "beat": self.beats}).encode()


def _token(data: bytes) -> str | None:
    try:
        return str(json.loads(data)["publisher"])
    except (ValueError, KeyError, TypeError):
        return None


def _lost(target: Target) -> Unavailable:
    return Unavailable(
        f"`{target.name}`: another publisher has taken over; publish again, and what it left "
        "undone is done"
    )
