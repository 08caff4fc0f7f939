"""Readers of iCalendar, each with its own idea of zones, escapes and folds.

ical.js, libical and dateutil are held to the file's own VTIMEZONE; node-ical, khal and icalendar
use the rules they know by the zone's name. What a reader does not tell is None. Known of them:
node-ical takes a written backslash before an n for a line break, and parts categories at escaped
commas too; libical does not part categories; khal shows minutes.
"""

from __future__ import annotations

import io
import re
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import icalendar
from dateutil import tz as dateutil_tz

from referees import plain
from referees.programs import Refused, program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, tzinfo


class Event(NamedTuple):
    """What a reader understood of a VEVENT; instants in UTC."""

    uid: str
    start: datetime
    end: datetime
    summary: str | None = None
    description: str | None = None
    location: str | None = None
    status: str | None = None
    sequence: int | None = None
    categories: tuple[str, ...] | None = None
    url: str | None = None


def ical_js(data: bytes) -> list[Event]:
    """The events that ical.js reads, by the file's own zones."""
    return _asked("icaljs.mjs", data)


def node_ical(data: bytes) -> list[Event]:
    """The events that node-ical reads, by the zone's name."""
    return _asked("node_ical.mjs", data)


def libical(data: bytes) -> list[Event]:
    """The events that libical reads, by the file's own zones."""
    return _asked("libical_reader.py", data)


def libical_findings(data: bytes) -> list[str]:
    """What libical's parser and its tables of RFC 5546 hold against a calendar; [] is good.

    Blind to: no UID without METHOD, VALARM or STATUS in CANCEL, several UIDs in REQUEST.
    """
    findings: list[str] = program("libical_reader.py").ask(data.decode())["findings"]
    return findings


def libical_properties(data: bytes) -> list[tuple[str, str]]:
    """The calendar's own properties as libical reads them, names and texts, in order."""
    found = program("libical_reader.py").ask(data.decode())["properties"]
    return [(name, value) for name, value in found]


def dateutil_instants(data: bytes) -> list[Event]:
    """Every event's uid, start and end, by python-dateutil's reading of the file's zones."""
    # It refuses properties in a VTIMEZONE that it does not know, and X-LIC-LOCATION is one.
    zones = [re.sub(r"(?m)^X-.*\n", "", zone) for zone in plain.texts(data, "VTIMEZONE")]
    told = dateutil_tz.tzical(io.StringIO("\n".join(zones))) if zones else None

    def instant(line: plain.Line) -> datetime:
        wall = datetime.strptime(line.value.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - a wall clock
        if line.value.endswith("Z"):
            return wall.replace(tzinfo=UTC)
        tzid = line.parameters.get("TZID")
        if told is None or tzid not in told.keys():  # noqa: SIM118 - it is no mapping
            message = f"a time has a zone that the file tells: {line}"
            raise Refused(message)
        zone: tzinfo = told.get(tzid)
        return wall.replace(tzinfo=zone).astimezone(UTC)

    return [
        Event(event.one("UID").value, instant(event.one("DTSTART")), instant(event.one("DTEND")))
        for event in plain.calendar(data).parts("VEVENT")
    ]


def icalendar_events(data: bytes) -> list[Event]:
    """The events that icalendar reads, by the zone's name."""
    parsed = icalendar.Calendar.from_ical(data)
    assert isinstance(parsed, icalendar.Calendar)
    return [
        Event(
            uid=str(event["UID"]),
            start=_utc(event.start),
            end=_utc(event.end),
            summary=_text(event.get("SUMMARY")),
            description=_text(event.get("DESCRIPTION")),
            location=_text(event.get("LOCATION")),
            status=_text(event.get("STATUS")),
            sequence=event.get("SEQUENCE"),
            categories=tuple(str(one) for one in event.categories),
            url=_text(event.get("URL")),
        )
        for event in parsed.events
    ]


def khal_list(
    data: bytes, zone: str, first: str = "2020-01-01", last: str = "2021-01-01"
) -> list[Event]:
    """What khal shows a person who lives in `zone` between two days, by start.

    The calendar is imported, as a person would do it, and listed on the wall clock of the zone;
    the instants are what that clock means.
    """
    with tempfile.TemporaryDirectory(prefix="khal-") as folder:
        home = Path(folder)
        (home / "calendar.ics").write_bytes(data)
        _khal(home, zone, "import", "--batch", "-a", "events", str(home / "calendar.ics"))
        return khal_shown(home, zone, first, last)


def khal_shown(home: Path, zone: str, first: str, last: str) -> list[Event]:
    """What khal shows of the files in `home/events`, each one an event, as `khal_list` does."""
    fields = ("uid", "start-long", "end-long", "title", "location", "status", "url")
    form = "\x1f".join("{%s}" % field for field in fields) + "\x1e"  # noqa: UP031 - braces
    listing = _khal(home, zone, "list", "--day-format", "", "--format", form, first, last)
    # A session that goes on past midnight is listed on both days.
    shown = {_listed(row, ZoneInfo(zone)) for row in _rows(listing)}
    return sorted(shown, key=lambda event: (event.start, event.uid))


def _khal_config(home: Path, zone: str) -> str:
    return f"""\
[calendars]
[[events]]
path = {home}/events
[sqlite]
path = {home}/khal.db
[locale]
local_timezone = {zone}
default_timezone = {zone}
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
"""


def _khal(home: Path, zone: str, *arguments: str) -> str:
    config = home / "khal.conf"
    config.write_text(_khal_config(home, zone), encoding="utf-8")
    done = subprocess.run(
        ["khal", "--no-color", "-c", str(config), *arguments],
        check=False,
        capture_output=True,
        encoding="utf-8",
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        },
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        raise Refused(done.stderr)
    return done.stdout


def _rows(listing: str) -> Sequence[str]:
    return [row for part in listing.split("\x1e") if (row := part.strip("\n"))]


def _listed(row: str, zone: tzinfo) -> Event:
    uid, start, end, title, location, status, url = row.split("\x1f")
    wall = "%Y-%m-%d %H:%M"
    return Event(
        uid=uid,
        start=datetime.strptime(start, wall).replace(tzinfo=zone).astimezone(UTC),
        end=datetime.strptime(end, wall).replace(tzinfo=zone).astimezone(UTC),
        summary=title,
        location=location,
        status=status.strip(),
        url=url,
    )


def _asked(name: str, data: bytes) -> list[Event]:
    return [_event(one) for one in program(name).ask(data.decode())["events"]]


def _event(told: dict[str, Any]) -> Event:
    categories = told.pop("categories")
    start, end = told.pop("start"), told.pop("end")
    return Event(
        start=datetime.fromtimestamp(start, UTC),
        end=datetime.fromtimestamp(end, UTC),
        categories=None if categories is None else tuple(categories),
        **told,
    )


def _utc(value: date) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        message = f"a date, or a time without a zone: {value}"
        raise Refused(message)
    return value.astimezone(UTC)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
