"""What is published of sessions, in columns and in words for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from webinar_feeds.ledger import Ledger, Row
    from webinar_feeds.model import Told


def columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows as a table: every column as wide as its widest cell, empty ones left out."""
    shown = [tuple(map(plain, row)) for row in rows]
    widths = [max(map(len, cells)) for cells in zip(*shown, strict=True)]
    for row in shown:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True) if width)
        yield f"  {'  '.join(cells)}".rstrip()


def by_start(held: Ledger) -> list[tuple[str, Row]]:
    """A ledger's sessions with their ids, in the order of their start."""
    return sorted(held.rows.items(), key=lambda each: (each[1].told.start, each[0]))


def when(told: Told) -> str:
    """`Wed 17 Jun 2020 13:00 CEST`: short, and of one width where zones are alike."""
    from webinar_feeds import changes, timezones  # noqa: PLC0415 - start-up loads only what is used

    start = timezones.at(told.start, told.zone)
    day, month = changes.DAYS[start.weekday()][:3], changes.MONTHS[start.month - 1][:3]
    clock = f"{start.hour:02}:{start.minute:02} {changes.abbreviation(start)}"
    return f"{day} {start.day:2} {month} {start.year} {clock}"


def stamp(instant: datetime) -> str:
    """`2026-11-23 21:13`."""
    return f"{instant:%Y-%m-%d %H:%M}"


def counted(number: int, one: str) -> str:
    """`1 session`, `2 sessions`."""
    return f"{number} {one}{'' if number == 1 else 's'}"


def plain(words: str) -> str:
    """A text that no terminal takes for a command; what was published may be anybody's (S2)."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in words)
