"""Several processes at one task after another, through the standard library's executors."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from webinar_feeds.locking import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_CHUNK = 10  # tasks that travel together; their results wait in memory
_WORTH = 25  # tasks for which a process is worth its start
_MOST = 61  # what Windows can wait for, and more than any disk keeps up with
_AHEAD = 2  # chunks a process may have waiting, so that none is idle and few results pile up
T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # pragma: no cover - systems that do not tell


def useful(asked: int, tasks: int) -> int:
    """How many processes to start for so many tasks: none that would have nothing to do.

    Args:
        asked: how many the user wants; 0 for one a processor.
        tasks: how many there are, at least one.
    """
    return min(asked or cores(), -(-tasks // _WORTH), _MOST)


@contextmanager
def spread(
    jobs: int, work: Callable[[list[T]], list[R]]
) -> Iterator[Callable[[Iterable[T]], Iterator[R]]]:
    """Processes that do some work, chunk by chunk; the results come in the order of the tasks.

    Where the system has no room for what they share, this process does the work.

    Args:
        jobs: how many.
        work: what each does with a chunk of tasks; it, the tasks and the results can be pickled.

    Raises:
        Trouble: a process was killed.
    """
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - only large builds need it
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - as above

    def results(tasks: Iterable[T]) -> Iterator[R]:
        left = iter(tasks)
        waiting: deque[object] = deque()
        while True:
            while len(waiting) < jobs * _AHEAD and (chunk := list(islice(left, _CHUNK))):
                waiting.append(pool.submit(work, chunk))
            if not waiting:
                return
            yield from waiting.popleft().result()  # type: ignore[attr-defined]  # a future

    def alone(tasks: Iterable[T]) -> Iterator[R]:
        left = iter(tasks)
        while chunk := list(islice(left, _CHUNK)):
            yield from work(chunk)

    try:
        pool = ProcessPoolExecutor(jobs, initializer=_serve)
    except (OSError, ImportError, NotImplementedError):  # full or forbidden, or never there
        yield alone
        return
    try:
        yield results
    except BrokenProcessPool as error:
        msg = "a process of the build was killed; nothing was published: build again, or --jobs 1"
        raise Trouble(msg) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _serve() -> None:
    """An interrupted build is the first process's to tell; and nobody works on for a killed one.

    Whoever lives on holds the lock of that build, and the next one would wait for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    first = multiprocessing.parent_process()
    assert first is not None  # noqa: S101 - only processes that were started come here

    def follow() -> None:
        first.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
