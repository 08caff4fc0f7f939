"""A real Dask cluster on this machine, whose workers may not see the folders of a build."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PATIENCE = 60  # seconds until a cluster that does not start is a failure
# What a worker opens or lists below a folder is a failure of its task: as if it were not there.
BLIND = """
import os, sys

FORBIDDEN = os.environ["FORBIDDEN"]

def refuse(event, values):
    if event in ("open", "os.listdir", "os.scandir", "os.mkdir", "os.rename", "os.remove"):
        if isinstance(values[0], (str, bytes)):
            if os.path.abspath(os.fsdecode(values[0])).startswith(FORBIDDEN):
                raise PermissionError(f"a worker has touched {values[0]}")

sys.addaudithook(refuse)
"""


@contextmanager
def running(folder: Path, forbidden: Path, workers: int = 2, failures: int = 3) -> Iterator[str]:
    """A scheduler and workers of one thread each, which are started again when they die.

    Args:
        folder: of theirs.
        forbidden: a folder that they cannot see into.
        workers: how many.
        failures: how many workers a task may be the end of.
    """
    where = f"tcp://127.0.0.1:{places.free_port()}"
    blind = folder / "blind.py"
    blind.write_text(BLIND, encoding="utf-8")
    environment = {
        **os.environ,
        "FORBIDDEN": str(forbidden),
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(failures),
        "DASK_DISTRIBUTED__WORKER__PRELOAD": str(blind),
        "PYTHONPATH": str(Path(__file__).parent),
    }
    with ExitStack() as started:
        started.enter_context(_program(folder, environment, "scheduler", where, _to_port(where)))
        for number in range(workers):
            home = folder / f"worker-{number}"
            home.mkdir()
            options = ("--nthreads", "1", "--local-directory", str(home))
            worker = _program(home, environment, "worker", where, (where, *options))
            started.enter_context(worker)
        yield where


def _to_port(where: str) -> tuple[str, ...]:
    return ("--host", "127.0.0.1", "--port", where.rpartition(":")[2])


@contextmanager
def _program(
    folder: Path, environment: Mapping[str, str], kind: str, where: str, options: tuple[str, ...]
) -> Iterator[None]:
    command = [sys.executable, "-m", "dask", kind, *options, "--no-dashboard"]
    with (folder / f"{kind}.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        if kind == "scheduler":
            _await(process, int(where.rpartition(":")[2]))
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    import socket  # noqa: PLC0415 - by this alone

    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    message = "the scheduler has not started"
    raise AssertionError(message)


def processes(where: str, workers: int = 0) -> dict[str, int]:
    """The ids of the workers' processes, by their addresses, once there are so many."""
    from distributed import Client  # noqa: PLC0415 - an extra

    with Client(where, timeout=PATIENCE, set_as_default=False) as client:  # type: ignore[no-untyped-call]  # theirs
        if workers:
            client.wait_for_workers(workers, timeout=PATIENCE)
        return dict(client.run(os.getpid))
