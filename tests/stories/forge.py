"""A program that builds on request and may be told to die on the way.

Run as a program it has loaded everything already and forks for each build, so that a kill falls
into the build and not into Python's start. Each line of its input is a `Request` as JSON, each
line of its output an `Outcome`.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

# What changes a disk, as Python tells an audit hook; opening a file to write is told apart.
CHANGES = frozenset(
    {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "shutil.rmtree", "os.link"}
)


class Request(NamedTuple):
    """A command line at a time (`SOURCE_DATE_EPOCH`), and what is to happen to it.

    `seconds` after its start it is killed from outside; before its change number `step` to the
    disk it dies; no file that it writes may be longer than `longest` bytes.
    """

    argv: list[str]
    epoch: int
    seconds: float | None = None
    step: int | None = None
    longest: int | None = None


class Outcome(NamedTuple):
    """How a build ended: its exit status, negative for a signal, and what it had printed.

    `steps` is how many changes to the disk it has begun, `seconds` how long it took.
    """

    status: int
    printed: str
    steps: int
    seconds: float


class Forge:
    """The program, started."""

    def __init__(self) -> None:
        root = Path(__file__).parents[1]
        path = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
        kept = {key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "stories.forge"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={**kept, "PYTHONPATH": path},
        )

    def build(
        self,
        folder: Path,
        now: str,
        *,
        seconds: float | None = None,
        step: int | None = None,
        longest: int | None = None,
    ) -> Outcome:
        """Build `folder/events` into `folder/output` at `now`; the rest is as in a `Request`.

        The time comes from the environment: with `--now`, a build would look at more than it does
        when nobody asks for anything.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        argv = ["build", str(folder / "events"), "-o", str(folder / "output")]
        epoch = int(datetime.fromisoformat(now).timestamp())
        request = Request(argv, epoch, seconds, step, longest)
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return Outcome(*json.loads(self._process.stdout.readline()))

    def stop(self) -> None:
        """Let the program end."""
        self._process.communicate()


@cache
def forge() -> Forge:
    """The program, started when first asked for."""
    started = Forge()
    atexit.register(started.stop)
    return started


def serve() -> None:
    """Answer requests until there are no more."""
    from webinar_feeds import __main__ as program  # noqa: PLC0415 - only the forge itself builds
    from webinar_feeds import build  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="forge-") as folder:
        # What a build loads on its way is loaded before the first one that counts.
        events = Path(folder, "events")
        events.mkdir()
        text = "title: A\ntimezone: UTC\ntime: 13:00–14:00\nsessions:\n  - {id: a, title: A, date: "
        (events / "a.yaml").write_text(f"{text}2026-01-01, recording: announced}}\n", "utf-8")
        build(events, Path(folder, "output"))
        printed = Path(folder, "printed")
        counted = Path(folder, "counted")
        for line in sys.stdin:
            request = Request(*json.loads(line))
            started = time.monotonic()
            child = os.fork()
            if not child:
                _prepare(request, printed, counted)
                _run(program.main, request.argv)
            seconds = _wait(child, request, started)
            _, told = os.waitpid(child, 0)
            _wait_for_others(child)
            steps = counted.stat().st_size
            said = printed.read_text(encoding="utf-8")
            outcome = Outcome(os.waitstatus_to_exitcode(told), said, steps, seconds)
            print(json.dumps(outcome), flush=True)  # noqa: T201 - the answer


def _prepare(request: Request, printed: Path, counted: Path) -> None:
    """In the child: a group and a terminal of its own, and whatever is to befall it."""
    os.setpgid(0, 0)
    os.environ["SOURCE_DATE_EPOCH"] = str(request.epoch)
    out = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    count = os.open(counted, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    if request.longest is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (request.longest, request.longest))
    done = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal done
        writes = event == "open" and int(str(arguments[2])) & (os.O_WRONLY | os.O_RDWR)
        if not writes and event not in CHANGES:
            return
        if done == request.step:
            os.kill(os.getpid(), signal.SIGKILL)
        done += 1
        os.write(count, b".")

    sys.addaudithook(watch)


def _run(main: Callable[[], None], argv: list[str]) -> NoReturn:
    """End the child as the program ends, without what the forge itself would do at its end."""
    sys.argv = ["webinar-feeds", *argv]
    status = 70
    try:
        main()
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - what a traceback is printed for, and then it is over
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        os._exit(status)


def _wait(child: int, request: Request, started: float) -> float:
    """Wait for the child's end, or kill it when its time has come; returns how long it ran."""
    if request.seconds is not None:
        left = request.seconds - (time.monotonic() - started)
        if left > 0:
            time.sleep(left)
        os.kill(child, signal.SIGKILL)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    return time.monotonic() - started


def _wait_for_others(group: int) -> None:
    """Wait for what a killed build had started itself, and end it if it does not end."""
    for _ in range(500):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, 0)
            time.sleep(0.01)
            continue
        return
    os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    serve()
