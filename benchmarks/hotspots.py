"""Where a build spends its time: by module, and by function.

    python benchmarks/hotspots.py build EVENTS -o OUTPUT
    python benchmarks/hotspots.py check EVENTS

runs a `webinar-feeds` command in this process and looks at it after every few milliseconds of CPU
time, which disturbs it less than a profiler that follows each call. What a library does counts for
the function of ours that called it. Worker processes are not seen: ask for one process.
"""

from __future__ import annotations

import signal
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

INTERVAL = 0.001  # seconds of CPU time; the kernel rounds it up to its tick
LINES = 25
PACKAGE = "webinar_feeds"


def main() -> None:
    """Run the command and print the table."""
    looks: Counter[tuple[str, str]] = Counter()

    def look(_: int, frame: FrameType | None) -> None:
        while frame is not None:
            module = frame.f_globals.get("__name__", "?")
            if module.startswith(PACKAGE):
                looks[module.removeprefix(f"{PACKAGE}."), frame.f_code.co_qualname] += 1
                return
            frame = frame.f_back
        looks["elsewhere", "start-up and imports"] += 1

    signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    from webinar_feeds.cli.main import cli  # noqa: PLC0415 - its import counts too

    try:
        cli(sys.argv[1:], prog_name="webinar-feeds")
    except SystemExit as ended:
        signal.setitimer(signal.ITIMER_PROF, 0)
        report(looks)
        sys.exit(ended.code)


def report(looks: Counter[tuple[str, str]]) -> None:
    """Shares of modules, then of functions."""
    total = max(looks.total(), 1)
    modules: Counter[str] = Counter()
    for (module, _), count in looks.items():
        modules[module] += count
    print(f"{time.process_time():.2f} s of CPU time, {total} looks\n")
    for module, count in modules.most_common(LINES):
        print(f"{count / total:6.1%}  {module}")
    print()
    for (module, function), count in looks.most_common(LINES):
        print(f"{count / total:6.1%}  {module}: {function}")


if __name__ == "__main__":
    main()
