"""Several processes at one task after another, through the standard library's executors.

`in_order` is all that is known here of an executor; `spread` gives it processes of this machine,
and `cluster.spread` gives it those of others.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from webinar_feeds.locking import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor, Future

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


def few(left: Iterator[T]) -> list[T]:
    """The tasks that travel together to a process of this machine."""
    return list(islice(left, _CHUNK))


def _taken(waiting: Future[list[R]], chunk: list[T]) -> list[R]:
    del chunk
    return waiting.result()


def in_order(  # noqa: PLR0913 - what differs between executors
    pool: Executor,
    work: Callable[[list[T]], list[R]],
    tasks: Iterable[T],
    *,
    ahead: Callable[[], int],
    some: Callable[[Iterator[T]], list[T]] = few,
    take: Callable[[Future[list[R]], list[T]], list[R]] = _taken,
) -> Iterator[R]:
    """The results of some work, in the order of its tasks, few of which are under way at a time.

    Args:
        pool: does the work.
        work: what is done with a chunk of tasks.
        tasks: asked for one after another, as there is room for them.
        ahead: how many chunks may be under way now, or wait for being taken.
        some: takes the next chunk off the tasks that are left.
        take: waits for a chunk's results, and raises what is to be said when there are none.
    """
    left = iter(tasks)
    waiting: deque[tuple[Future[list[R]], list[T]]] = deque()
    while True:
        while len(waiting) < ahead() and (chunk := some(left)):
            waiting.append((pool.submit(work, chunk), chunk))
        if not waiting:
            return
        yield from take(*waiting.popleft())


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

    def alone(tasks: Iterable[T]) -> Iterator[R]:
        left = iter(tasks)
        while chunk := few(left):
            yield from work(chunk)

    try:
        pool = ProcessPoolExecutor(jobs, initializer=_serve)
    except (OSError, ImportError, NotImplementedError):  # full or forbidden, or never there
        yield alone
        return
    try:
        yield partial(in_order, pool, work, ahead=lambda: jobs * _AHEAD)
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
