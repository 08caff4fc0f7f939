"""One publisher at a time, also where one is killed, sleeps, or speaks to a place that forgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from places import Clock, Memory
from webinar_feeds.publishing.leases import LEASE, Lease
from webinar_feeds.publishing.targets import Found, If, Stamp, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webinar_feeds.publishing.targets import Answer, Target


def lease(place: Target, token: str, clock: Clock) -> Lease:
    return Lease(place, token, clock.read, clock.pause, term=60)


def test_a_second_publisher_waits_until_the_first_is_done() -> None:
    place, clock = Memory(), Clock()
    one, two = lease(place, "one", clock), lease(place, "two", clock)
    one.acquire(())
    said: list[str] = []

    def pause(seconds: float) -> None:
        clock.pause(seconds)
        if len(clock.waits) == 3:
            one.release()

    two.pause = pause
    two.acquire((), lambda: said.append("waiting"))

    assert said == ["waiting"]
    assert clock.waits == [3.0, 3.0, 3.0]


def test_a_lock_that_nobody_renews_is_taken_over_after_a_term_and_not_before() -> None:
    place, clock = Memory(), Clock()
    lease(place, "one", clock).acquire(())
    begun = clock.now
    lease(place, "two", clock).acquire(())

    assert 60 <= clock.now - begun < 64


def test_a_lock_that_is_renewed_is_not_taken_over() -> None:
    place, clock = Memory(), Clock()
    one, two = lease(place, "one", clock), lease(place, "two", clock)
    one.acquire(())

    def pause(seconds: float) -> None:
        clock.pause(seconds)
        one.keep()
        if len(clock.waits) == 100:
            one.release()

    two.pause = pause
    two.acquire(())

    assert len(clock.waits) == 100


def test_who_is_known_to_be_no_more_is_not_waited_for() -> None:
    place, clock = Memory(), Clock()
    lease(place, "one", clock).acquire(())
    lease(place, "two", clock).acquire(["one"])

    assert clock.waits == []


def test_who_was_silent_for_too_long_does_not_go_on() -> None:
    place, clock = Memory(), Clock()
    one, two = lease(place, "one", clock), lease(place, "two", clock)
    one.acquire(())
    clock.now += 100
    two.acquire(["one"])

    with pytest.raises(Unavailable, match="another publisher has taken over"):
        one.keep()
    one.release()
    assert isinstance(place.read(LEASE), Found)


def test_keeping_costs_nothing_until_it_is_time_to() -> None:
    place, clock = Memory(), Clock()
    one = lease(place, "one", clock)
    one.acquire(())
    place.asked.clear()
    one.keep()
    assert place.asked == []
    clock.now += 16
    one.keep()
    assert place.asked == [("put", LEASE)]


def test_an_answer_that_is_lost_is_not_somebody_else() -> None:
    """A store's client repeats a request whose answer it did not get, and meets its own doing."""

    class Repeating(Memory):
        def put(
            self, path: str, data: bytes, headers: Mapping[str, str], only: If | Stamp
        ) -> Stamp:
            super().put(path, data, headers, only)
            return super().put(path, data, headers, only)

    place, clock = Repeating(), Clock()
    one = lease(place, "one", clock)
    one.acquire(())
    clock.now += 16
    one.keep()
    one.release()

    assert (clock.waits, place.files) == ([], {})


def test_a_place_without_conditions_lets_one_publish() -> None:
    """Some servers ignore conditions: both think that they have it, and the last one has."""

    class Forgetful(Memory):
        other: Lease | None = None

        def put(
            self, path: str, data: bytes, headers: Mapping[str, str], only: If | Stamp
        ) -> Stamp:
            del only
            stamp = super().put(path, data, headers, If.ANY)
            if self.other is not None:
                other, self.other = self.other, None
                other.acquire(())
            return stamp

    place, clock = Forgetful(), Clock()
    place.other = lease(place, "two", clock)

    with pytest.raises(Unavailable, match="another publisher has taken over"):
        lease(place, "one", clock).acquire(())


@pytest.mark.parametrize("data", [b"", b"[]", b"{}"])
def test_a_lock_that_cannot_be_read_is_waited_for_like_any(data: bytes) -> None:
    place, clock = Memory(), Clock()
    place.put(LEASE, data, {}, If.ANY)
    lease(place, "two", clock).acquire(())

    assert clock.now >= 60


def test_a_lock_that_goes_while_it_is_looked_at_is_tried_again() -> None:
    class Going(Memory):
        def read(self, path: str, known: Stamp | None = None) -> Found | Answer | None:
            if len(self.asked) == 2:
                self.delete(path)
            return super().read(path, known)

    place, clock = Going(), Clock()
    place.put(LEASE, b"", {}, If.ANY)
    lease(place, "two", clock).acquire(())

    assert clock.waits == []
