"""The same work done otherwise, each as a program of its own: what our figures are set against.

python benchmarks/peers.py yaml-events FOLDER
python benchmarks/peers.py icalendar FOLDER OUT
python benchmarks/peers.py f-strings FOLDER OUT
python benchmarks/peers.py feedgen FOLDER OUT
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator


def documents(folder: Path) -> Iterator[dict[str, Any]]:
    """The event files as PyYAML's C loader reads them."""
    for path in sorted(folder.glob("series-*.yaml")):
        document: dict[str, Any] = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        yield document


def instants(document: dict[str, Any], session: dict[str, Any]) -> tuple[datetime, datetime]:
    """Start and end in the series' zone."""
    zone = ZoneInfo(document["timezone"])
    day = session["date"]
    start = datetime(day.year, day.month, day.day, 13, 0, tzinfo=zone)
    return start, start + timedelta(minutes=90)


def description(session: dict[str, Any]) -> str:
    """What a plain script would put there."""
    talks = (f"{talk['title']}: {talk['speakers'][0]['name']}" for talk in session["talks"])
    return "\n".join((session["summary"], *talks))


def yaml_events(folder: Path, _: Path) -> None:
    """Nothing but the parser's events: the least that reading can cost."""
    for path in sorted(folder.glob("*.yaml")):
        for _event in yaml.parse(path.read_bytes(), Loader=yaml.CSafeLoader):
            pass


def with_icalendar(folder: Path, out: Path) -> None:
    """A calendar a series, by icalendar used as its documentation shows."""
    import icalendar  # noqa: PLC0415 - each peer pays for its own imports only

    for number, document in enumerate(documents(folder)):
        calendar = icalendar.Calendar()
        calendar.add("prodid", "-//peer//EN")
        calendar.add("version", "2.0")
        for session in document["sessions"]:
            start, end = instants(document, session)
            event = icalendar.Event()
            event.add("uid", f"{number}-{session['id']}")
            event.add("dtstamp", start.astimezone(ZoneInfo("UTC")))
            event.add("dtstart", start)
            event.add("dtend", end)
            event.add("summary", session["title"])
            event.add("description", description(session))
            calendar.add_component(event)
        (out / f"{number}.ics").write_bytes(calendar.to_ical())


def with_f_strings(folder: Path, out: Path) -> None:
    """The practical limit: no escaping of anything, no folding."""
    for number, document in enumerate(documents(folder)):
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//peer//EN"]
        for session in document["sessions"]:
            start, end = instants(document, session)
            lines.append(
                f"BEGIN:VEVENT\r\nUID:{number}-{session['id']}\r\nDTSTAMP:{start:%Y%m%dT%H%M%SZ}\r\n"
                f"DTSTART;TZID={document['timezone']}:{start:%Y%m%dT%H%M%S}\r\n"
                f"DTEND;TZID={document['timezone']}:{end:%Y%m%dT%H%M%S}\r\n"
                f"SUMMARY:{session['title']}\r\nDESCRIPTION:{description(session)}\r\nEND:VEVENT"
            )
        lines.append("END:VCALENDAR\r\n")
        (out / f"{number}.ics").write_text("\r\n".join(lines), encoding="utf-8")


def with_feedgen(folder: Path, out: Path) -> None:
    """RSS and Atom of the recordings by feedgen alone."""
    from feedgen.feed import FeedGenerator  # noqa: PLC0415 - as above

    for number, document in enumerate(documents(folder)):
        feed = FeedGenerator()
        feed.id(document["page"])
        feed.title(document["title"])
        feed.link(href=document["page"])
        feed.description(document["summary"])
        for session in document["sessions"][:100]:
            recording = session.get("recording")
            if recording:
                entry = feed.add_entry()
                entry.id(recording["url"])
                entry.title(session["title"])
                entry.link(href=recording["url"])
                entry.content(description(session))
                entry.enclosure(recording["url"], str(recording["size"]), recording["media_type"])
        (out / f"{number}.rss").write_bytes(feed.rss_str(pretty=True))
        (out / f"{number}.atom").write_bytes(feed.atom_str(pretty=True))


PEERS = {
    "yaml-events": yaml_events,
    "icalendar": with_icalendar,
    "f-strings": with_f_strings,
    "feedgen": with_feedgen,
}

if __name__ == "__main__":
    OUT = Path(sys.argv[3]) if len(sys.argv) > 3 else Path()
    OUT.mkdir(parents=True, exist_ok=True)
    PEERS[sys.argv[1]](Path(sys.argv[2]), OUT)
