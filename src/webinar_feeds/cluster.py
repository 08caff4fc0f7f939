"""The processes of a Dask cluster at one task after another, through its executor.

Dask keeps the queue, gives a lost worker's tasks to others, and gives up on a task that kills one
worker after another. It is an extra: nothing is imported before a build names a scheduler.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from webinar_feeds import processes
from webinar_feeds.diagnostics import Location, Refused, Severity, declare
from webinar_feeds.locking import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor, Future

T = TypeVar("T")
R = TypeVar("R")
deadly = declare(
    "WF871",
    Severity.ERROR,
    "one worker after another was lost while it drew `{path}`, {lost} in all",
    help="give the workers of `{scheduler}` more memory, or build without `--scheduler`",
)
_AHEAD = 4  # chunks a thread may have waiting: what a network takes is longer than what a disk does
_LEAST = 8  # chunks under way while a cluster has no worker yet
_OFTEN = 20  # chunks after which the threads are counted again: clusters grow and shrink
# A chunk costs some milliseconds on its way, as much as a short series does; so short ones travel
# together, and a long one alone.
_HEAVY = 1 << 16
_MANY = 25
_RETRIES = 2  # of a task that failed for a reason of its worker's
_ANSWER = 10  # seconds within which a scheduler answers
PATIENCE = 60.0  # seconds without any worker, after which nobody believes that one will come
_LOOK = 1.0


@contextmanager
def spread(
    scheduler: str,
    work: Callable[[list[T]], list[R]],
    name: Callable[[T], str] = str,
    weight: Callable[[T], int] = lambda _: 0,
    patience: float = PATIENCE,
) -> Iterator[Callable[[Iterable[T]], Iterator[R]]]:
    """The workers of a cluster do some work; the results come in the order of the tasks.

    Args:
        scheduler: its address, such as `tcp://10.0.0.5:8786`.
        work: what each does with a chunk of tasks; it, the tasks and the results can be pickled,
            and it does no harm when it is done twice.
        name: how users call a task.
        weight: how many bytes it has to work on, so that little ones can travel together.
        patience: how long a cluster may be without any worker (seconds).

    Raises:
        Refused: a task is the end of every worker that takes it.
        Trouble: the extra is not installed, the scheduler does not answer, or it has gone.
    """
    distributed = _library(scheduler)
    client = _client(distributed, scheduler)
    # Its members are told of by us, in one sentence; what goes on between them is in its own logs.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        pool = client.get_executor(pure=False, retries=_RETRIES)
        crew = _Crew(client, pool, scheduler, name, patience)
        try:
            take = partial(crew.take, work)
            some = partial(_some, weight=weight)
            yield partial(processes.in_order, pool, work, ahead=crew.ahead, some=some, take=take)
        finally:
            pool.shutdown(wait=False)
    finally:
        client.close(timeout=_ANSWER)


def _library(scheduler: str) -> Any:  # noqa: ANN401 - a module that need not be there
    try:
        import distributed  # noqa: PLC0415 - an extra
    except ImportError:
        msg = (
            f"`{scheduler}`: a cluster needs one more package: "
            'run `pip install "webinar-feeds[cluster]"`'
        )
        raise Trouble(msg) from None
    return distributed


def _client(distributed: Any, scheduler: str) -> Any:  # noqa: ANN401 - of such a module
    try:
        # A client that finds nobody does not let go of what it has begun: so we look first.
        # Ours has a thread, since whoever calls may run a loop of their own, as a notebook does.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(_greet(distributed, scheduler))).result()
        return distributed.Client(scheduler, timeout=_ANSWER, set_as_default=False)
    except Exception as error:  # whoever else listens there may say anything
        why = str(error).partition("\n")[0] or type(error).__name__
        msg = (
            f"`{scheduler}` does not answer as a scheduler: {why}: check the address, such as "
            "`tcp://10.0.0.5:8786`, and that `dask scheduler` runs there; or build without "
            "`--scheduler`"
        )
        raise Trouble(msg) from error


async def _greet(distributed: Any, scheduler: str) -> None:  # noqa: ANN401 - of such a module
    """Connect to a scheduler, and ask who is there."""
    arguments = distributed.Security().get_connection_args("client")
    async with distributed.rpc(scheduler, timeout=_ANSWER, connection_args=arguments) as there:
        told = await asyncio.wait_for(there.identity(), _ANSWER)
    if told.get("type") != "Scheduler":
        msg = f"it is a {told.get('type')}"
        raise ValueError(msg)


def _some(left: Iterator[T], weight: Callable[[T], int]) -> list[T]:
    """The tasks that travel together."""
    chunk: list[T] = []
    heavy = 0
    for each in left:
        chunk.append(each)
        heavy += weight(each)
        if heavy >= _HEAVY or len(chunk) >= _MANY:
            break
    return chunk


class _Crew:
    """The workers, as they come and go."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - as above
        pool: Executor,
        scheduler: str,
        name: Callable[[Any], str],
        patience: float,
    ) -> None:
        self.client, self.pool, self.scheduler = client, pool, scheduler
        self.name, self.patience = name, patience
        self.asked = 0
        self.room = 0

    def ahead(self) -> int:
        """How many tasks may be under way."""
        if self.asked % _OFTEN == 0:
            self.room = max(_LEAST, _AHEAD * self._threads())
        self.asked += 1
        return self.room

    def take(
        self, work: Callable[[list[T]], list[R]], future: Future[list[R]], chunk: list[T]
    ) -> list[R]:
        """Wait for results as long as there is anybody who may bring them."""
        last = time.monotonic()
        while not wait((future,), timeout=_LOOK).done:
            if self._threads():
                last = time.monotonic()
            elif time.monotonic() - last > self.patience:
                msg = (
                    f"`{self.scheduler}` has no workers; nothing was published: start some with "
                    f"`dask worker {self.scheduler}`, and build again"
                )
                raise Trouble(msg)
        try:
            return future.result()
        except CancelledError as error:
            raise self._gone() from error
        except Exception as error:
            if len(chunk) == 1:
                raise ended(error, self.name(chunk[0]), self.scheduler) from error
        # One of them is to blame; the others are not.
        return [
            result
            for each in chunk
            for result in self.take(work, self.pool.submit(work, [each]), [each])
        ]

    def _threads(self) -> int:
        try:
            return sum(self.client.nthreads().values())
        except (OSError, RuntimeError, ValueError, AttributeError) as error:
            raise self._gone() from error

    def _gone(self) -> Trouble:
        msg = f"`{self.scheduler}` is no more; nothing was published: start it, and build again"
        return Trouble(msg)


def ended(error: Any, path: str, scheduler: str) -> Exception:  # noqa: ANN401 - Dask's own, or anybody's
    """What is to be said of a task that no worker could do, and why.

    Args:
        error: what Dask has raised.
        path: how users call the task.
        scheduler: the address of the cluster's scheduler.
    """
    if type(error).__name__ == "KilledWorker":
        lost = getattr(error, "allowed_failures", 0) + 1
        return Refused(
            [deadly.diagnostic(Location(path), path=path, lost=lost, scheduler=scheduler)]
        )
    return Trouble(
        f"`{path}` could not be drawn by a worker of `{scheduler}`: "
        f"{type(error).__name__}: {error}; nothing was published: check that the workers have "
        "the same packages as this machine, or build without `--scheduler`"
    )
