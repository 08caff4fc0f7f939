from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from webinar_feeds import locking, processes
from webinar_feeds.locking import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def squared(numbers: list[int]) -> list[int]:
    return [number * number for number in numbers]


def refusing(numbers: list[int]) -> list[int]:
    """Work that one task is wrong for."""
    if 60 in numbers:
        msg = "sixty"
        raise ValueError(msg)
    return numbers


def dying(numbers: list[int]) -> list[int]:
    """Work in whose midst a process is killed, as a system without memory does it."""
    if 60 in numbers:
        os.kill(os.getpid(), signal.SIGKILL)
    return numbers


def where(numbers: list[int]) -> list[tuple[int, object]]:
    """Who works, and what an interrupt does to them."""
    return [(os.getpid(), signal.getsignal(signal.SIGINT)) for _ in numbers]


@pytest.mark.parametrize("tasks", [0, 1, 25, 26, 1000])
def test_results_come_in_the_order_of_their_tasks(tasks: int) -> None:
    with processes.spread(2, squared) as spread:
        found = list(spread(range(tasks)))

    assert found == [number * number for number in range(tasks)]
    assert multiprocessing.active_children() == []


def test_tasks_are_asked_for_as_they_are_needed() -> None:
    """A site's tasks hold more than there is room for, and so do their results."""
    asked: list[int] = []

    def tasks() -> Iterator[int]:
        for number in count():
            asked.append(number)
            yield number

    with processes.spread(2, squared) as spread:
        found = list(islice(spread(tasks()), 30))

    assert found == [number * number for number in range(30)]
    assert len(asked) <= 2 * 2 * 10 + 2 * 10


def test_an_error_of_the_work_ends_it() -> None:
    seen: list[int] = []
    with (
        pytest.raises(ValueError, match="sixty"),
        processes.spread(2, refusing) as spread,
    ):
        seen.extend(spread(count()))

    assert seen == list(range(60))
    assert multiprocessing.active_children() == []


def test_an_error_of_who_takes_the_results_ends_the_work() -> None:
    with pytest.raises(ZeroDivisionError), processes.spread(2, squared) as spread:
        next(1 // number for number in spread(count()))

    assert multiprocessing.active_children() == []


def test_a_process_that_is_killed_is_told() -> None:
    with (
        pytest.raises(Trouble, match="a process of the build was killed; nothing was published"),
        processes.spread(2, dying) as spread,
    ):
        list(spread(count()))

    assert multiprocessing.active_children() == []


KILLED = """
import sys, time
from pathlib import Path
from webinar_feeds import locking, processes

def slow(numbers):
    Path(sys.argv[1], f"at-work-{numbers[0]}").touch()
    time.sleep(600)

with locking.lock(Path(sys.argv[1])), processes.spread(2, slow) as spread:
    list(spread(range(50)))
"""


def test_nobody_holds_the_lock_of_a_build_that_was_killed(tmp_path: Path) -> None:
    """Its other processes have inherited it, and must not outlive it."""
    import fcntl  # noqa: PLC0415 - not every system has it

    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)]) as build:
        until(lambda: len(list(tmp_path.glob("at-work-*"))) == 2)
        build.kill()

    def is_free() -> bool:
        with (tmp_path / locking.LOCK).open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    until(is_free)


def until(holds: Callable[[], bool]) -> None:
    """Wait for something, though not for ever."""
    for _ in range(1000):
        if holds():
            return
        time.sleep(0.02)
    pytest.fail("it never came")


def test_the_work_is_done_by_others_who_leave_interrupts_to_us() -> None:
    with processes.spread(2, where) as spread:
        found = set(spread(range(100)))

    assert os.getpid() not in {process for process, _ in found}
    assert {handler for _, handler in found} == {signal.SIG_IGN}


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ImportError()])
def test_where_processes_can_share_nothing_this_one_does_the_work(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """A container whose shared memory is full or switched off has no semaphores."""

    def refused(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("multiprocessing.synchronize.SemLock.__init__", refused)
    with processes.spread(2, where) as spread:
        found = list(spread(range(60)))

    assert {process for process, _ in found} == {os.getpid()}
    assert len(found) == 60


@pytest.mark.parametrize(
    ("asked", "tasks", "wanted"),
    [(2, 1000, 2), (2, 26, 2), (2, 25, 1), (100_000, 100, 4), (100_000, 100_000, 61)],
)
def test_no_process_is_started_that_would_have_nothing_to_do(
    asked: int, tasks: int, wanted: int
) -> None:
    assert processes.useful(asked, tasks) == wanted


def test_who_asks_for_no_number_gets_a_process_a_core() -> None:
    assert processes.useful(0, 100_000) == min(processes.cores(), 61)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says it there")
def test_there_are_as_many_cores_as_this_process_may_use() -> None:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    allowed = next(line for line in status.splitlines() if line.startswith("Cpus_allowed:"))

    assert processes.cores() == int(allowed.split()[1].replace(",", ""), 16).bit_count()
