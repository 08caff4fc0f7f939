"""The same work done without us, each as a program of its own, with what our environment holds.

    python benchmarks/peers/plain.py yaml-parse FOLDER          nothing but the parser's events
    python benchmarks/peers/plain.py icalendar SOURCE OUT       as icalendar's documentation shows
    python benchmarks/peers/plain.py f-strings SOURCE OUT       the practical limit
    python benchmarks/peers/plain.py feedgen SOURCE RSS ATOM    as feedgen's documentation shows

SOURCE is what `generate.py --as json` writes, or, for icalendar, the YAML that yaml2ics reads.
Imports stand in the functions, so that each pays for its own only.
"""

# ruff: noqa: PLC0415 - see above
from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable

STAMP = datetime(2027, 1, 31, 12, 0, tzinfo=UTC)


def yaml_parse(folder: str) -> None:
    """The least that reading YAML by libyaml can cost: its events, looked at by nobody."""
    import yaml

    for path in sorted(Path(folder).glob("*.yaml")):
        for _event in yaml.parse(path.read_bytes(), Loader=yaml.CSafeLoader):
            pass


def with_icalendar(source: str, out: str) -> None:
    """One calendar with its VTIMEZONE: escaped and folded, of typed values."""
    import icalendar

    series = _read(source)
    zone = ZoneInfo(series["timezone"])
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//peer//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", series["name"])
    for each in series["events"]:
        event = icalendar.Event()
        event.add("uid", each["uid"])
        event.add("dtstamp", STAMP)
        event.add("dtstart", _moment(each["begin"], zone))
        event.add("dtend", _moment(each["end"], zone))
        event.add("summary", each["summary"])
        event.add("description", each["description"])
        event.add("location", each["location"])
        event.add("url", each["url"])
        calendar.add_component(event)
    calendar.add_missing_timezones()
    Path(out).write_bytes(calendar.to_ical())


def with_f_strings(source: str, out: str) -> None:
    """One calendar in UTC: nothing is escaped, nothing folded, no zone told."""
    series = _read(source)
    stamp = f"{STAMP:%Y%m%dT%H%M%SZ}"
    head = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//peer//EN\r\nNAME:{series['name']}\r\n"
    with Path(out).open("w", encoding="utf-8", newline="") as file:
        file.write(head)
        for each in series["events"]:
            begin, end = each["begin"], each["end"]
            file.write(
                f"BEGIN:VEVENT\r\nUID:{each['uid']}\r\nDTSTAMP:{stamp}\r\n"
                f"DTSTART:{begin[:4]}{begin[5:7]}{begin[8:13]}{begin[14:16]}00Z\r\n"
                f"DTEND:{end[:4]}{end[5:7]}{end[8:13]}{end[14:16]}00Z\r\n"
                f"SUMMARY:{each['summary']}\r\nDESCRIPTION:{each['description']}\r\n"
                f"LOCATION:{each['location']}\r\nURL:{each['url']}\r\nEND:VEVENT\r\n"
            )
        file.write("END:VCALENDAR\r\n")


def with_feedgen(source: str, rss: str, atom: str) -> None:
    """RSS and Atom of the recordings."""
    from feedgen.feed import FeedGenerator

    series = _read(source)
    feed = FeedGenerator()
    feed.id(series["page"])
    feed.title(series["name"])
    feed.link(href=series["page"])
    feed.description(series["summary"])
    for each in series["events"]:
        recording = each["recording"]
        if recording is None:
            continue
        entry = feed.add_entry()
        entry.id(recording["url"])
        entry.title(each["summary"])
        entry.link(href=recording["url"])
        entry.published(each["end"])
        entry.updated(each["end"])
        entry.content(each["description"])
        entry.enclosure(recording["url"], str(recording["size"]), "video/mp4")
    feed.rss_file(rss, pretty=True)
    feed.atom_file(atom, pretty=True)


def _read(source: str) -> Any:  # noqa: ANN401 - it is JSON, or YAML
    data = Path(source).read_bytes()
    if source.endswith(".json"):
        return json.loads(data)
    import yaml

    return yaml.safe_load(data)


def _moment(value: str | datetime, zone: ZoneInfo) -> datetime:
    """JSON has times of UTC as text, YAML those of the zone."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(zone)
    return value.replace(tzinfo=zone)


PEERS: dict[str, Callable[..., None]] = {
    "yaml-parse": yaml_parse,
    "icalendar": with_icalendar,
    "f-strings": with_f_strings,
    "feedgen": with_feedgen,
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](*sys.argv[2:])
