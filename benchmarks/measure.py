"""What one command costs: CPU, wall clock and memory of its whole tree of processes.

    python -I -S benchmarks/measure.py OUT COMMAND...

runs the command with its standard output going to the file OUT, and prints the cost as JSON. It is
a program of its own, and imports next to nothing, for a reason: to the kernel, the peak memory of
a process begins with that of the process which started it, so a large starter hides small peaks.
"""

# ruff: noqa: PTH123, PTH208 - pathlib is one of the things not to import
from __future__ import annotations

import json
import os
import sys
import threading
import time

INTERVAL = 0.01  # seconds between two looks at the tree


class Tree:
    """The peaks of the processes below one process, by process id, in kB.

    The kernel tells of a dead child only the largest peak of all, so living ones are looked at; a
    process that grows in its last hundredth of a second is told slightly too small.
    """

    def __init__(self, root: int) -> None:
        self.root = root
        self.peaks: dict[int, int] = {}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def stop(self) -> dict[int, int]:
        """The peaks, once the command has ended."""
        self.over.set()
        self.thread.join()
        return self.peaks

    def _watch(self) -> None:
        while not self.over.wait(INTERVAL):
            for process in self._below(self.root):
                peak = _peak(process)
                if peak:
                    self.peaks[process] = peak

    def _below(self, process: int) -> list[int]:
        """A process and all that it started and that still live."""
        found = [process]
        try:
            for task in os.listdir(f"/proc/{process}/task"):
                with open(f"/proc/{process}/task/{task}/children", encoding="ascii") as file:
                    children = file.read().split()
                for child in children:
                    found += self._below(int(child))
        except OSError:
            pass  # it is gone, or the system does not tell
        return found


def _peak(process: int) -> int:
    try:
        with open(f"/proc/{process}/status", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def run(out: str, command: list[str]) -> dict[str, float]:
    """Run a command to its end.

    Args:
        out: the file that gets its standard output.
        command: the program and its arguments.

    Returns:
        `status`; `cpu` and `wall` in seconds; in kB `memory`, the largest peak of one process, and
        `workers`, the sum of the peaks of those that it started.
    """
    start = time.perf_counter()
    process = os.fork()
    if not process:
        try:
            target = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            os.dup2(target, 1)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
        except OSError as error:
            os.write(2, f"{command[0]}: {error}\n".encode())
        finally:
            os._exit(127)
    tree = Tree(process)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - start
    peaks = tree.stop()
    return {
        "status": os.waitstatus_to_exitcode(status),
        "cpu": usage.ru_utime + usage.ru_stime,
        "wall": wall,
        "memory": usage.ru_maxrss,
        "workers": sum(peak for each, peak in peaks.items() if each != process),
    }


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], sys.argv[2:])))
