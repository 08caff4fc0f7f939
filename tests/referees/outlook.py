"""A model of how Outlook reads the times in a calendar, from the import rules of MS-OXCICAL.

It is a model and not Outlook: it knows the published rules about zones (2.1.3.1.1.19 and below),
no others, and its answers are only as good as those. What Outlook refuses or has to guess is
`Refused` here.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from referees import plain
from referees.calendars import Event
from referees.programs import Refused

YEARLY = r"BYDAY=(-1|[1-4])(MO|TU|WE|TH|FR|SA|SU);BYMONTH=(\d{1,2});FREQ=YEARLY"
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Onset(NamedTuple):
    """The one rule that Outlook keeps of STANDARD or of DAYLIGHT.

    `month` 0: there is no rule, the change took place once, at `first`.
    """

    first: datetime
    before: timedelta
    after: timedelta
    month: int
    week: int
    weekday: int

    def inside(self, year: int) -> datetime | None:
        """The wall clock time of the change in a year, on the clock before it."""
        if not self.month:
            return self.first if self.first.year == year else None
        days = [
            day for week in calendar.monthcalendar(year, self.month) if (day := week[self.weekday])
        ]
        day = days[self.week if self.week < 0 else self.week - 1]
        return self.first.replace(year=year, month=self.month, day=day)


def outlook_instants(data: bytes) -> list[Event]:
    """Every event's uid, start and end, as Outlook's rules read them.

    Raises:
        Refused: The rules do not read the file, or would have to guess.
    """
    found = plain.components(data)
    if [component.name for component in found] != ["VCALENDAR"]:
        message = "a file holds one VCALENDAR"
        raise Refused(message)
    zones = {
        zone.one("TZID").value: _onsets(zone)
        for zone in found[0].components
        if zone.name == "VTIMEZONE"
    }
    return [
        Event(
            uid=event.one("UID").value,
            start=_instant(event.one("DTSTART"), zones),
            end=_instant(event.one("DTEND"), zones),
        )
        for event in found[0].parts("VEVENT")
    ]


def _onsets(zone: plain.Component) -> list[Onset]:
    """At most one STANDARD and one DAYLIGHT: the one that begins last (…19.2, …19.3)."""
    kept = []
    for name in ("STANDARD", "DAYLIGHT"):
        observances = zone.parts(name)
        if observances:
            kept.append(max((_onset(one) for one in observances), key=lambda onset: onset.first))
    if not any(zone.parts("STANDARD")):
        message = "a VTIMEZONE has a STANDARD"
        raise Refused(message)
    return kept


def _onset(observance: plain.Component) -> Onset:
    """DTSTART, the offsets and a yearly RRULE; an RDATE is not looked at (…19.2.1–5)."""
    first = datetime.strptime(observance.one("DTSTART").value, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - a wall clock
    before, after = (_offset(observance, name) for name in ("TZOFFSETFROM", "TZOFFSETTO"))
    rules = observance.all("RRULE")
    if not rules:
        return Onset(first, before, after, 0, 0, 0)
    found = re.fullmatch(YEARLY, ";".join(sorted(rules[0].value.split(";"))))
    if found is None:
        message = f"a rule is yearly, with one BYMONTH and one BYDAY: {rules[0].value}"
        raise Refused(message)
    week, day, month = found.groups()
    return Onset(first, before, after, int(month), int(week), WEEKDAYS.index(day))


def _offset(observance: plain.Component, name: str) -> timedelta:
    """Hours and minutes east of UTC; Exchange refuses a file that lacks TZOFFSETTO."""
    found = observance.all(name)
    if len(found) != 1:
        message = f"an observance has one {name}"
        raise Refused(message)
    value = found[0].value
    size = timedelta(hours=int(value[1:3]), minutes=int(value[3:5]))
    return -size if value.startswith("-") else size


def _instant(line: plain.Line, zones: dict[str, list[Onset]]) -> datetime:
    wall = datetime.strptime(line.value.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - a wall clock
    if line.value.endswith("Z"):
        return wall.replace(tzinfo=UTC)
    tzid = line.parameters.get("TZID")
    if tzid not in zones:
        message = f"a time has a zone that the file tells: {line}"
        raise Refused(message)
    return (wall - _offset_at(wall, zones[tzid])).replace(tzinfo=UTC)


def _offset_at(wall: datetime, onsets: list[Onset]) -> timedelta:
    """The offset after the last change before a wall clock time, within its year.

    As in Windows, a year's clock begins with the offset that its first change ends; standard time
    when no change falls into the year.
    """
    changes = sorted(
        (moment, onset) for onset in onsets if (moment := onset.inside(wall.year)) is not None
    )
    if not changes:
        return onsets[0].after
    passed = [onset.after for moment, onset in changes if moment <= wall]
    return passed[-1] if passed else changes[0][1].before
