"""What was found and what was expected, as people read it in one line."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

_LONG = 60  # characters of a text that are shown


class Found(NamedTuple):
    """What was found in a file: what differs, in words, and how many events or items it has."""

    said: tuple[str, ...]
    number: int = 0


def apart(one: object, other: object) -> tuple[str, str]:
    """Two values as people read them; of long texts the part where they part."""
    if not (isinstance(one, str) and isinstance(other, str)) or max(len(one), len(other)) <= _LONG:
        return shown(one), shown(other)
    same = next(
        (place for place, (a, b) in enumerate(zip(one, other)) if a != b),  # noqa: B905 - one may end earlier
        min(len(one), len(other)),
    )
    start = max(0, same - _LONG // 3)
    return _cut(one, start), _cut(other, start)


def _cut(text: str, start: int) -> str:
    piece = text[start : start + _LONG]
    before = "…" if start else ""
    after = "…" if start + _LONG < len(text) else ""
    return shown(f"{before}{piece}{after}")


def shown(value: object) -> str:
    """A value as people read it."""
    if value is None:
        return "nothing"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC".replace(":00 UTC", " UTC")
    if isinstance(value, timedelta):
        return f"{value.total_seconds() / 60:g} minutes"
    if isinstance(value, tuple | list):
        return ", ".join(map(shown, value))
    return f"“{value}”".replace("\n", "⏎") if isinstance(value, str) else str(value)


def reason(error: Exception) -> str:
    """Why another program refuses something, in one line."""
    return " ".join(str(error).split()) or type(error).__name__
