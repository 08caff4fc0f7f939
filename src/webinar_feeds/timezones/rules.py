"""A zone said in two rules that repeat every year, proved against the tz database (V3, V7).

Knows POSIX rules and nothing of iCalendar, which writes them down.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from webinar_feeds.timezones.tzdb import (
    DAY,
    EPOCH,
    FIRST_YEAR,
    HOUR,
    Change,
    changes_between,
    footer_of,
    offset_at,
    transitions_of,
)


class Weekday(NamedTuple):
    """A day of every year at a wall time: `week` counts from 1, −1 is the month's last.

    `weekday` counts from Monday, 0, as `date.weekday` does.
    """

    month: int
    week: int
    weekday: int
    at: time

    def of(self, year: int) -> datetime:
        """That day in a year, at its wall time, without a zone."""
        if self.week > 0:
            first = date(year, self.month, 1)
            days = (self.weekday - first.weekday()) % 7 + 7 * (self.week - 1)
            return datetime.combine(first + timedelta(days=days), self.at)
        last = date(year + self.month // 12, self.month % 12 + 1, 1) - DAY
        days = (last.weekday() - self.weekday) % 7
        return datetime.combine(last - timedelta(days=days), self.at)


class Onset(NamedTuple):
    """When an offset begins: `before` and `after` are the offsets, `on` is None when always."""

    name: str
    before: timedelta
    after: timedelta
    on: Weekday | None


class Yearly(NamedTuple):
    """A zone said in rules that repeat every year. `daylight` has the larger offset."""

    standard: Onset
    daylight: Onset | None


_NAME = r"(?:<([+-]?[0-9A-Za-z]+)>|([A-Za-z]{3,}))"
_HOURS = r"([+-]?[0-9]{1,3}(?::[0-9]{2}){0,2})"
_RULE = rf"M([0-9]+)\.([0-9])\.([0-9])(?:/{_HOURS})?"
_POSIX = re.compile(rf"{_NAME}{_HOURS}(?:{_NAME}{_HOURS}?,{_RULE},{_RULE})?")


def _length(text: str) -> timedelta:
    """A POSIX time of day or offset: `3`, `-1`, `5:30`."""
    hours, minutes, seconds, *_ = (*text.lstrip("+-").split(":"), "0", "0")
    length = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    return -length if text.startswith("-") else length


def _weekday(month: str, week: str, weekday: str, at: str | None) -> Weekday | None:
    """A POSIX `Mm.w.d/time`; None when its time lies outside the day, as RRULE cannot say that."""
    length = _length(at or "2")
    if not timedelta() <= length < DAY:
        return None
    clock = (datetime.combine(date(1970, 1, 1), time()) + length).time()
    return Weekday(int(month), -1 if week == "5" else int(week), (int(weekday) - 1) % 7, clock)


@lru_cache(maxsize=1024)
def _rules(zone: str) -> Yearly | None:
    """The footer of a zone as yearly rules, unproven; None when they cannot say it."""
    footer = _POSIX.fullmatch(footer_of(zone))
    if footer is None:
        return None
    bracketed, bare, west, summer_bracketed, summer_bare, summer_west, *rules = footer.groups()
    name, offset = bracketed or bare, -_length(west)  # POSIX counts west of Greenwich
    if offset % timedelta(minutes=1):
        return None  # V5: offsets without seconds
    if rules[0] is None:
        return Yearly(Onset(name, offset, offset, None), None)
    summer = summer_bracketed or summer_bare
    summer_offset = -_length(summer_west) if summer_west else offset + HOUR
    starts, ends = _weekday(*rules[:4]), _weekday(*rules[4:])
    if starts is None or ends is None:
        return None
    there = Onset(summer, offset, summer_offset, starts)
    back = Onset(name, summer_offset, offset, ends)
    # Dublin's law calls winter the exception; calendars expect DAYLIGHT to be the larger offset
    return Yearly(back, there) if summer_offset > offset else Yearly(there, back)


@lru_cache(maxsize=4096)
def yearly(zone: str, first: int, last: int) -> Yearly | None:
    """A zone as yearly rules that are true from the year before `first` to that after `last`.

    The rules are the footer's of the zone's TZif file; they are compared with every change of
    offset that the file lists in those years (V3, V7, conformance 2.2). None when they differ, when
    no yearly rule can say them, or before 1972: rules start in 1970, and what a client takes to
    hold before their first onset is its own affair (V4).
    """
    rules = _rules(zone)
    if rules is None or first < FIRST_YEAR + 2:
        return None
    since, until = datetime(first - 1, 1, 1, tzinfo=UTC), datetime(last + 2, 1, 1, tzinfo=UTC)
    listed = list(changes_between(zone, since, until))
    if rules.daylight is None:
        return None if listed or offset_at(zone, since) != rules.standard.after else rules
    # what the file does not list is the footer's own: there is nothing to compare it with
    end = min(until, EPOCH + timedelta(seconds=transitions_of(zone)[-1][0] + 1))
    said = sorted(
        Change((onset.on.of(year) - onset.before).replace(tzinfo=UTC), onset.before, onset.after)
        for onset in (rules.standard, rules.daylight)
        if onset.on is not None
        for year in range(first - 2, last + 3)
    )
    current = [each.after for each in said if each.instant < since][-1]
    inside = [each for each in said if since <= each.instant < end]
    return rules if inside == listed and current == offset_at(zone, since) else None
