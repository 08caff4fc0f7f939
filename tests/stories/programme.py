"""A series as an organiser has it in mind, and the event file that says so."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

LENGTH = timedelta(minutes=90)
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class Session:
    """A session as it is planned now; `clock` is the start in Berlin, `recordings` are ids."""

    id: str
    day: date
    title: str = "A session"
    clock: time = time(13)
    status: str = "confirmed"
    summary: str = ""
    topics: Sequence[str] = ()
    recordings: list[str] = field(default_factory=list)
    formerly: list[str] = field(default_factory=list)

    @property
    def start(self) -> datetime:
        """The start in UTC."""
        return datetime.combine(self.day, self.clock, BERLIN).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """The end in UTC."""
        return self.start + LENGTH

    def lines(self, style: int = 0) -> list[str]:
        """The session as YAML, in another of several ways to write the same."""
        day = f"{self.day:%d %B %Y}".lstrip("0") if style % 2 else self.day.isoformat()
        told = [
            f"id: {self.id}",
            f"title: {_quoted(self.title)}",
            f"date: {day}",
            f"time: {_quoted(f'{self.clock:%H:%M}') if style % 3 else f'{self.clock:%H:%M}'}",
            *([f"status: {self.status}"] if self.status != "confirmed" or style % 2 else []),
            *([f"summary: {_quoted(self.summary)}"] if self.summary else []),
            *([f"topics: [{', '.join(map(_quoted, self.topics))}]"] if self.topics else []),
            *([f"formerly: [{', '.join(self.formerly)}]"] if self.formerly else []),
        ]
        if self.recordings:
            told.append("recordings:")
            for each in self.recordings:
                told.append(f"  - id: {each}")
                told.append(f"    url: https://www.example.org/{each}")
        return told


@dataclass
class Programme:
    """A series as it is planned now; its sessions are in the order of the file."""

    title: str
    sessions: list[Session]
    removed: list[str] = field(default_factory=list)
    keep_cancelled: str = "30 days"
    alarms: str = ""

    def yaml(self, style: int = 0) -> str:
        """The event file; `style` changes how it is written, and nothing of what it says."""
        remark = [f"# Remark {style}."] if style else []
        lines = [
            *remark,
            f"title: {_quoted(self.title)}",
            "page: https://www.example.org/series",
            "timezone: Europe/Berlin",
            f"duration: {LENGTH.seconds // 60} minutes",
            f"keep_cancelled: {self.keep_cancelled}",
            *([f"alarms: {self.alarms}"] if self.alarms else []),
            *([f"removed: [{', '.join(self.removed)}]"] if self.removed else []),
            "sessions:" if self.sessions else "sessions: []",
        ]
        for number, session in enumerate(self.sessions):
            first, *rest = session.lines(style and style + number)
            lines += [*(f"  {each}" for each in remark), f"  - {first}"]
            lines += (f"    {each}" for each in rest)
        return "\n".join(lines) + "\n"


def site(title: str, formats: str = "") -> str:
    """The site's file; `formats` are what is built, all that there are if it is empty."""
    told = f"formats: [{formats}]\n" if formats else ""
    return f"title: {_quoted(title)}\nbase_url: https://www.example.org/webinars/\n{told}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
