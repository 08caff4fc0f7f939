"""A time zone as calendars need it: a VTIMEZONE of yearly rules (RFC 5545 §3.6.5).

Knows how the rules are written; whether they are true is `timezones.yearly`'s to prove. Refuses
RDATE lists, which a widespread calendar ignores (V3), and any zone that would need them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from webinar_feeds import timezones

if TYPE_CHECKING:
    from datetime import timedelta

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# V4: the first onsets lie before every event, as clients disagree about what held before them
_SINCE = 1970


@lru_cache(maxsize=1024)
def lines(zone: str, first: int, last: int) -> tuple[str, ...] | None:
    """The content lines of a zone's VTIMEZONE, unfolded, without line breaks (V1 to V6).

    Args:
        zone: an IANA id.
        first: the year of the earliest event.
        last: the year of the latest event.

    Returns:
        ASCII lines, or None when no yearly rules are true from the year before `first` to the
        year after `last`; the events must then be written in UTC (V10).
    """
    rules = timezones.yearly(zone, first, last)
    if rules is None:
        return None
    daylight = [] if rules.daylight is None else _observance("DAYLIGHT", rules.daylight)
    return (
        "BEGIN:VTIMEZONE",
        f"TZID:{zone}",
        f"X-LIC-LOCATION:{zone}",
        *daylight,
        *_observance("STANDARD", rules.standard),
        "END:VTIMEZONE",
    )


def _observance(name: str, onset: timezones.Onset) -> list[str]:
    """One sub-component. V2: its DTSTART is a wall time of the offset that it leaves."""
    if onset.on is None:
        when = [f"DTSTART:{_SINCE}0101T000000"]
    else:
        day = f"{onset.on.week}{_DAYS[onset.on.weekday]}"
        when = [
            f"DTSTART:{onset.on.of(_SINCE):%Y%m%dT%H%M%S}",
            f"RRULE:FREQ=YEARLY;BYMONTH={onset.on.month};BYDAY={day}",
        ]
    return [
        f"BEGIN:{name}",
        *when,
        f"TZNAME:{onset.name}",
        f"TZOFFSETFROM:{_offset(onset.before)}",
        f"TZOFFSETTO:{_offset(onset.after)}",
        f"END:{name}",
    ]


def _offset(offset: timedelta) -> str:
    """An offset as RFC 5545 §3.3.14 writes it, without seconds (V5)."""
    sign = "-" if offset.days < 0 else "+"
    hours, seconds = divmod(abs(offset).seconds, 3600)
    return f"{sign}{hours:02}{seconds // 60:02}"
