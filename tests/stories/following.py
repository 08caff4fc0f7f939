"""Somebody who reads everything that is published, each time, and never forgets.

Sees what no single state shows: a SEQUENCE that falls, an event that changes without saying so, a
session that vanishes, an item that goes (C11, C14, D7, I10, I11, I13, F3, F21).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from lxml import etree

from referees.plain import calendar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from referees.plain import Component, Line

ATOM = "{http://www.w3.org/2005/Atom}"


class Plan(NamedTuple):
    """What a participant has to follow (RFC 5546 §2.1.4, and where one joins)."""

    start: datetime
    end: datetime
    status: str
    busy: str
    place: str
    join: str


class Event(NamedTuple):
    """An event as one file tells it; instants in UTC, and all its lines."""

    uid: str
    sequence: int
    modified: datetime
    created: datetime
    plan: Plan
    lines: tuple[str, ...]


class Item(NamedTuple):
    """An entry of a feed: its times, as they are written."""

    published: str
    updated: str


class Follower:
    """Somebody who has read each state of an output folder."""

    def __init__(self) -> None:
        self.events: dict[str, Event] = {}
        self.present: AbstractSet[str] = set()
        self.items: dict[str, dict[str, Item]] = {}

    def read(self, files: Mapping[str, bytes], *, recovered: bool = False) -> None:
        """Read a state; asserts that nothing in it contradicts itself or an earlier one.

        Args:
            files: all published files by path.
            recovered: the ledger was lost before this state, and what a calendar cannot tell
                counts as changed; SEQUENCE may rise without need then, and never fall.
        """
        now: dict[str, Event] = {}
        for path, data in files.items():
            for uid, event in read(path, data).items():
                assert now.setdefault(uid, event) == event, f"{path} tells {uid} in another way"
        for uid, event in now.items():
            if uid in self.events:
                # One that comes back was called off meanwhile, and rightly has another SEQUENCE.
                unseen = recovered or uid not in self.present
                _compare(self.events[uid], event, recovered=unseen)
        self.present = now.keys()
        # One that has gone may come back: what was seen of it still counts.
        self.events |= now
        for path, data in files.items():
            if path.endswith(".atom"):
                found = items(data)
                for item, before in self.items.get(path, {}).items():
                    # They are the times of one format and one zone, so their texts are in order.
                    if item not in found and path.endswith("changes.atom"):
                        continue  # what is told of a session leaves with it
                    assert item in found, f"{path}: {item} is gone"
                    assert found[item].published == before.published, f"{path}: {item} is new again"
                    assert found[item].updated >= before.updated, f"{path}: {item} went back"
                self.items[path] = found


@cache
def read(path: str, data: bytes) -> dict[str, Event]:
    """The events of a published file by UID, none in a feed; asserts that it is well-formed."""
    if path.endswith(".ics"):
        return _events(data)
    if path.endswith(".atom"):
        items(data)
    elif path.endswith(".rss"):
        etree.fromstring(data)
    elif path.endswith(".json"):
        json.loads(data)
    return {}


@cache
def items(data: bytes) -> dict[str, Item]:
    """The entries of an Atom feed by their ids; asserts that none stands twice."""
    found: dict[str, Item] = {}
    for entry in etree.fromstring(data).iter(f"{ATOM}entry"):
        identifier = entry.findtext(f"{ATOM}id")
        assert identifier not in found, f"{identifier} stands twice"
        times = (entry.findtext(f"{ATOM}{name}", "") for name in Item._fields)
        found[identifier] = Item(*times)
    return found


def assert_whole(files: Mapping[str, bytes]) -> None:
    """The manifest lists exactly the files that are there, each with its hash and size."""
    files = dict(files)
    listed = json.loads(files.pop("manifest.json"))["artifacts"]
    assert {path: (row["sha256"], row["size"]) for path, row in listed.items()} == {
        path: (sha256(data).hexdigest(), len(data)) for path, data in files.items()
    }
    for path, data in files.items():
        read(path, data)


def _compare(old: Event, new: Event, *, recovered: bool) -> None:
    assert new.sequence >= old.sequence, f"{old.uid}: SEQUENCE fell"
    assert new.created == old.created, f"{old.uid}: CREATED changed"
    if new.lines == old.lines:
        return
    assert new.modified > old.modified, f"{old.uid}: it changed, LAST-MODIFIED did not rise"
    if new.plan != old.plan:
        assert new.sequence > old.sequence, f"{old.uid}: the plan changed, SEQUENCE did not rise"
    elif not recovered:
        assert new.sequence == old.sequence, f"{old.uid}: SEQUENCE rose without need"


def _events(data: bytes) -> dict[str, Event]:
    found: dict[str, Event] = {}
    for one in calendar(data).parts("VEVENT"):
        event = _event(one)
        assert event.uid not in found, f"{event.uid} stands twice"
        found[event.uid] = event
    return found


def _event(one: Component) -> Event:
    modified = _instant(one.one("LAST-MODIFIED"))
    assert _instant(one.one("DTSTAMP")) == modified  # C14
    return Event(
        uid=one.one("UID").value,
        sequence=int(one.one("SEQUENCE").value),
        modified=modified,
        created=_instant(one.one("CREATED")),
        plan=Plan(
            start=_instant(one.one("DTSTART")),
            end=_instant(one.one("DTEND")),
            status=one.one("STATUS").value,
            busy=one.one("TRANSP").value,
            place=one.one("LOCATION").value,
            join="".join(line.value for line in one.all("CONFERENCE")),
        ),
        lines=tuple(f"{line.name};{line.parameters}:{line.value}" for line in one.lines),
    )


def _instant(line: Line) -> datetime:
    if line.value.endswith("Z"):
        return datetime.strptime(line.value, "%Y%m%dT%H%M%S%z")
    zone = ZoneInfo(line.parameters["TZID"])
    local = datetime.strptime(line.value, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - the zone is beside it
    return local.replace(tzinfo=zone).astimezone(UTC)
