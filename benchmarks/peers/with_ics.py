"""One calendar by `ics`, as its documentation shows: times in UTC.

python benchmarks/peers/with_ics.py JSON OUT
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ics import Calendar, Event  # type: ignore[import-not-found]  # lives in an environment apart


def main(source: str, out: str) -> None:
    """Read the sessions and write the calendar."""
    series = json.loads(Path(source).read_bytes())
    calendar = Calendar()
    for each in series["events"]:
        event = Event(
            name=each["summary"],
            begin=each["begin"],
            end=each["end"],
            uid=each["uid"],
            description=each["description"],
            location=each["location"],
            url=each["url"],
        )
        calendar.events.add(event)
    with Path(out).open("w", encoding="utf-8", newline="") as file:
        file.writelines(calendar.serialize_iter())


if __name__ == "__main__":
    main(*sys.argv[1:])
