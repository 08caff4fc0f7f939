"""Readers that are programs of their own: started once, then asked line by line.

Knows that a question and its answer are one line of JSON each, nothing about calendars or feeds.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's gi is there and nowhere else
COMMANDS = {
    ".mjs": ("node",),
    ".py": (SYSTEM_PYTHON, "-s"),
}
# No session takes place here: whoever reads a time as the machine's own is found out.
ELSEWHERE = "Pacific/Kiritimati"


class Refused(ValueError):  # noqa: N818 - it is what the reader did, not what went wrong here
    """A reader does not read the document; the text is what it says about it."""


class Program:
    """A reader that waits for documents."""

    def __init__(self, name: str) -> None:
        command = [*COMMANDS[Path(name).suffix], str(HERE / name)]
        keep = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={**keep, "TZ": ELSEWHERE, "LC_ALL": "C.UTF-8"},
        )

    def ask(self, text: str) -> dict[str, Any]:
        """The program's answer about a document.

        Raises:
            Refused: The program does not read it.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"text": text}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            message = f"{self._process.args!r} ended: is what scripts/test installs there?"
            raise RuntimeError(message)
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer

    def stop(self) -> None:
        """Tell the program that nothing more comes, and wait until it has gone."""
        self._process.communicate()


@cache
def program(name: str) -> Program:
    """The reader in the file of that name, started when first asked for."""
    started = Program(name)
    atexit.register(started.stop)
    return started
