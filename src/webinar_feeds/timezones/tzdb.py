"""The tz database: which zones there are, their clocks, and the changes of their offsets.

The only room that knows pytz; others see zone names (an IANA id, `UTC`, or a fixed offset such as
`UTC+01:00`), aware datetimes, and the changes that a zone's own TZif file lists (RFC 9636).
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import pytz
from pytz.tzfile import build_tzinfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1970, 2037
_GEOGRAPHIC = frozenset(
    {
        *("Africa", "America", "Antarctica", "Arctic", "Asia"),
        *("Atlantic", "Australia", "Europe", "Indian", "Pacific"),
    }
)
OFFSET = re.compile(
    r"(?:utc|gmt)? ?(?P<sign>[+-]) ?(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-9]{2}))?"
)


@cache
def canonical_ids() -> dict[str, str]:
    """The ids that we accept, by their lower-case form."""
    return {name.casefold(): name for name in names()}


def same_place(kept: str) -> str:
    """The id of a place whose history is the same as that of a name kept for old programs."""
    if footer_of(kept) in {"UTC0", "GMT0"} and len(transitions_of(kept)) == 1:
        return "UTC"
    countries = {name: code for code, name in pytz.country_names.items()}
    if kept in countries:
        return pytz.country_timezones[countries[kept]][0]
    same = [each for each in names() if _bytes(each) == _bytes(kept)]
    return next((each for each in same if each in pytz.common_timezones_set), same[0])


def offset_name(offset: timedelta) -> str:
    """The name of a fixed offset: `UTC+01:00`, or `UTC` for none."""
    if not offset:
        return "UTC"
    minutes = abs(offset) // timedelta(minutes=1)
    return f"UTC{'+' if offset > timedelta() else '-'}{minutes // 60:02}:{minutes % 60:02}"


@cache
def names() -> Sequence[str]:
    """The IANA ids that name a place; the only ones ever written as a TZID (T1)."""
    return tuple(each for each in pytz.all_timezones if each.split("/")[0] in _GEOGRAPHIC)


@cache
def tabled() -> frozenset[str]:
    """The ids in the database's own table of places, `zone.tab`: nearly all that anybody writes.

    Reading it takes a fraction of a millisecond; before pytz answers for a name, it opens every
    file that it has.
    """
    with pytz.open_resource("zone.tab") as file:  # type: ignore[attr-defined]  # not in the stubs
        rows = file.read().decode("ascii").splitlines()
    return frozenset(row.split("\t")[2] for row in rows if not row.startswith("#"))


def known(zone: str) -> bool:
    """Whether this is an IANA id of a place, in its own spelling."""
    return zone in tabled() or canonical_ids().get(zone.casefold()) == zone


def database_version() -> str:
    """The release of the time zone database that everything here is computed from (T11)."""
    return str(pytz.OLSON_VERSION)  # type: ignore[attr-defined]  # the stubs leave it out


@lru_cache(maxsize=1024)
def clock_of(zone: str) -> tzinfo:
    """The tzinfo of a zone name; a pytz one may only be given to `astimezone` and `localize`."""
    if zone == "UTC":
        return UTC
    if offset := OFFSET.fullmatch(zone.casefold()):
        length = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"] or 0))
        return timezone(length if offset["sign"] == "+" else -length)
    if zone not in tabled():
        return pytz.timezone(zone)
    with pytz.open_resource(zone) as file:  # type: ignore[attr-defined]  # not in the stubs
        clock: tzinfo = build_tzinfo(zone, file)
    return clock


def at(instant: datetime, zone: str) -> datetime:
    """An instant as the clocks of a zone show it.

    Args:
        instant: aware.
        zone: an IANA id, `UTC`, or a fixed offset such as `UTC+01:00`.
    """
    return instant.astimezone(clock_of(zone))


@lru_cache(maxsize=1024)
def seconds(instant: datetime) -> int:
    """The whole seconds since 1970 of an aware instant; asked for several times of each."""
    return int(instant.timestamp())


def shifted(wall: datetime, by: timedelta) -> datetime:
    """A wall time moved by an offset, as an instant in UTC."""
    return (wall + by).replace(tzinfo=UTC)


class Change(NamedTuple):
    """A change of offset: when, and from what to what."""

    instant: datetime
    before: timedelta
    after: timedelta


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = EPOCH.toordinal()
_NEAR = 4  # days: three lie between


@lru_cache(maxsize=1024)
def _bytes(zone: str) -> bytes:
    with pytz.open_resource(zone) as file:  # type: ignore[attr-defined]  # not in the stubs
        data: bytes = file.read()
    return data


def footer_of(zone: str) -> str:
    """The POSIX TZ string at the end of a TZif file (RFC 9636 §3.3)."""
    return _bytes(zone).rstrip(b"\n").rsplit(b"\n", 1)[-1].decode("ascii")


class _Listed(NamedTuple):
    """What a TZif file lists: instants (seconds since 1970), and the offset (seconds) from each.

    `first` is the offset before all of them. Instants at which only a name changes are listed too.
    """

    first: int
    instants: tuple[int, ...]
    offsets: tuple[int, ...]


@lru_cache(maxsize=1024)
def _listed(zone: str) -> _Listed:
    """The 64-bit block of a zone's file."""
    data = _bytes(zone)
    *_, leaps, times, types, letters = counts = struct.unpack_from(">6l", data, 20)
    utc, standard = counts[0], counts[1]
    # RFC 9636 §3: the second header follows the first, 32-bit block
    second = 44 + times * 5 + types * 6 + letters + leaps * 8 + standard + utc
    *_, times, types, letters = struct.unpack_from(">6l", data, second + 20)
    start = second + 44
    instants = struct.unpack_from(f">{times}q", data, start)
    kinds = data[start + times * 8 : start + times * 9]
    offsets = [
        struct.unpack_from(">l", data, start + times * 9 + 6 * kind)[0] for kind in range(types)
    ]
    return _Listed(offsets[0], instants, tuple(offsets[kind] for kind in kinds))


@lru_cache(maxsize=1024)
def transitions_of(zone: str) -> tuple[tuple[int, int], ...]:
    """Changes of offset as (seconds since 1970, seconds east of UTC), from the 64-bit block.

    The first is the offset before all others, at minus infinity's stand-in.
    """
    first, instants, offsets = _listed(zone)
    changes = [(-(2**62), first)]
    for instant, offset in zip(instants, offsets, strict=True):
        if offset != changes[-1][1]:
            changes.append((instant, offset))
    return tuple(changes)


def _seconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(seconds=1)


def offset_at(zone: str, instant: datetime) -> timedelta:
    """The offset of a zone at an instant up to 2037."""
    changes = transitions_of(zone)
    place = bisect_right(changes, (_seconds(instant), 2**62)) - 1
    return timedelta(seconds=changes[place][1])


def changes_between(zone: str, since: datetime, until: datetime) -> Iterator[Change]:
    """The changes of offset of a zone from one instant to before another."""
    changes = transitions_of(zone)
    first, last = (bisect_left(changes, (_seconds(each),)) for each in (since, until))
    for (_, before), (instant, after) in pairwise(changes[first - 1 : last]):
        when = EPOCH + timedelta(seconds=instant)
        yield Change(when, timedelta(seconds=before), timedelta(seconds=after))


def steady_clock(day: date, zone: str) -> Steady | None:
    """The one clock by which every wall time of a day and of the next happens, each once.

    Args:
        day: in the zone.
        zone: an IANA id, `UTC`, or a fixed offset such as `UTC+01:00`.

    Returns:
        None where the zone's file lists something on one of the three days before or after (no
        zone is further than 26 hours from UTC), and before 1970: there it takes a closer look to
        tell how often the clocks show a time.
    """
    days = _listed_days(zone)
    here = day.toordinal()
    place = bisect_right(days, here - _NEAR)
    if here < _FIRST or (place < len(days) and days[place] < here + _NEAR):
        return None
    return _clock_before(zone, place)


@lru_cache(maxsize=1024)
def _listed_days(zone: str) -> list[int]:
    """The days, in UTC and as ordinals, on which something is listed."""
    if isinstance(clock_of(zone), timezone):
        return []
    return [_FIRST + instant // 86400 for instant in _listed(zone).instants]


class Steady(NamedTuple):
    """A clock, and its offset, which is always the same."""

    clock: tzinfo
    offset: timedelta


@lru_cache(maxsize=4096)
def _clock_before(zone: str, place: int) -> Steady:
    """The clock in force until the change at this place of the list, in 1970 or later."""
    clock = clock_of(zone)
    if isinstance(clock, timezone):
        return Steady(clock, clock.utcoffset(None))
    instants = _listed(zone).instants
    since = max(instants[place - 1], 0) if place else 0
    shown = at(EPOCH + timedelta(seconds=since), zone)
    assert shown.tzinfo is not None  # noqa: S101 - it is aware
    return Steady(shown.tzinfo, shown.replace(tzinfo=UTC) - shown)
