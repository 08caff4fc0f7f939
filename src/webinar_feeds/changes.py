"""What subscribers saw change, in words: for the feed of changes, and for `diff`.

Knows what was told of sessions before and after, and English; no format. Names of days and months
are ours, so that no machine's locale can change them (D1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webinar_feeds import timezones
from webinar_feeds.model import OFF, Status, Told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
TWO_DIGITS = tuple(f"{number:02}" for number in range(60))


def words(before: Told, after: Told) -> tuple[str, ...]:
    """What changed, in phrases that can stand behind a session's title.

    `moved from Wed 17 June 13:00 CEST to Thu 18 June 15:00 CEST`, `cancelled`, `renamed from “X”`;
    times are those of the session's own zone. Empty when nothing did that anybody would act upon.
    """
    return tuple(_words(before, after))


def when(told: Told) -> str:
    """`Wed 17 June 2020, 13:00–14:30 CEST`, by the clocks of the session's zone."""
    return shown(timezones.at(told.start, told.zone), timezones.at(told.end, told.zone))


def shown(start: datetime, end: datetime) -> str:
    """The same, of instants by the clocks that they are to be shown by."""
    until = _clock(end) if end.date() == start.date() else f"{_day(end)} {_clock(end)}"
    return f"{_day(start)} {start.year}, {_clock(start)}–{until} {abbreviation(start)}"


def abbreviation(value: datetime) -> str:
    """`CEST`; of zones that have no abbreviation but their offset, `UTC+05:45`."""
    name = value.tzname() or ""
    if name.isalpha():
        return name
    offset = value.utcoffset()
    assert offset is not None  # noqa: S101 - every datetime of the model is aware
    return timezones.offset_name(offset)


def _words(before: Told, after: Told) -> Iterator[str]:
    if before.title != after.title:
        yield f"renamed from “{before.title}”"
    if before.status is after.status:
        if after.status is not Status.CANCELLED:
            yield from _moved(before, after)
    elif after.status is Status.CANCELLED:
        yield "cancelled"
    elif after.status is Status.POSTPONED:
        yield "postponed, the new date is not known yet"
    elif before.status in OFF:
        again = "takes place again" if after.status is Status.CONFIRMED else "may take place again"
        yield f"{again}, {when(after)}"
    else:
        yield from _moved(before, after)
        sure = after.status is Status.CONFIRMED
        yield "the date is confirmed" if sure else "the date is not certain any more"


def _moved(before: Told, after: Told) -> Iterator[str]:
    """A move, in as few words as say it."""
    old, new = timezones.at(before.start, before.zone), timezones.at(after.start, after.zone)
    if old != new:
        years = old.year != new.year
        if (old.date(), old.utcoffset()) == (new.date(), new.utcoffset()):
            yield f"moved from {_clock(old)} to {_clock(new)} {abbreviation(new)}, {_day(new)}"
        else:
            yield f"moved from {_moment(old, years=years)} to {_moment(new, years=years)}"
    elif before.end != after.end:
        end = timezones.at(after.end, after.zone)
        yield f"now ends at {_clock(end)} {abbreviation(end)}"


def _moment(value: datetime, *, years: bool) -> str:
    year = f" {value.year}" if years else ""
    return f"{_day(value)}{year} {_clock(value)} {abbreviation(value)}"


def _day(value: datetime) -> str:
    return f"{DAYS[value.weekday()][:3]} {value.day} {MONTHS[value.month - 1]}"


def _clock(value: datetime) -> str:
    return f"{TWO_DIGITS[value.hour]}:{TWO_DIGITS[value.minute]}"
