"""What workers of a cluster are given to do by tests: found there by its name."""

from __future__ import annotations

import os
import time
from pathlib import Path


def squared(numbers: list[int]) -> list[int]:
    return [number * number for number in numbers]


def read(paths: list[str]) -> list[str]:
    return [Path(path).read_text(encoding="utf-8") for path in paths]


def deadly(numbers: list[int]) -> list[int]:
    """Work that is the end of whoever does one part of it."""
    if 5 in numbers:
        os._exit(1)
    return numbers


def refusing(numbers: list[int]) -> list[int]:
    if 5 in numbers:
        msg = "five"
        raise ValueError(msg)
    return numbers


def slow(numbers: list[int]) -> list[int]:
    time.sleep(1.5)
    return numbers
