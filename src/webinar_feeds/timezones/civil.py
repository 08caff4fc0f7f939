"""When a wall time happens: a date and a clock's hands to instants, and back.

Refuses hours that do not exist, asks about hours that happen twice, and says what nobody can know
(T3, T7, T8, T10). Refuses to know files, fields and calendars.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Literal, NamedTuple

import pytz

from webinar_feeds.diagnostics import Severity, declare
from webinar_feeds.model import Form
from webinar_feeds.timezones.labels import Problem, Zone
from webinar_feeds.timezones.rules import yearly
from webinar_feeds.timezones.tzdb import (
    DAY,
    FIRST_YEAR,
    HOUR,
    LAST_YEAR,
    Steady,
    at,
    changes_between,
    clock_of,
    offset_at,
    shifted,
    steady_clock,
)

skipped_time = declare(
    "WF221",
    Severity.ERROR,
    "`{wall}` does not exist in {zone}: the clocks go from {before} to {after}",
    help="write `{earlier}` or `{later}` as the {which}",
)
repeated_time = declare(
    "WF222",
    Severity.ERROR,
    "`{wall}` happens twice in {zone}: at {earlier} and, after the clocks go back, at {later}",
    help="write `fold: earlier` for {earlier} or `fold: later` for {later}",
)
impossible_duration = declare(
    "WF223",
    Severity.ERROR,
    "`{duration}` is no length for a session: it lasts more than nothing and at most 24 hours",
    help="write an end that is at most 24 hours after the start, or a duration such as `1h30m`",
)
clocks_change = declare(
    "WF224",
    Severity.WARNING,
    "the clocks in {zone} change in this session: `{start}` to `{end}` really lasts {duration}",
    help="write `duration: {duration}` with the start, or another end, if you mean another length",
)
too_late = declare(
    "WF225",
    Severity.ERROR,
    "`{day}` is too far ahead: nobody knows what the clocks will show after 2037",
    help="check the year; the last day that can be announced is `2037-12-31`",
)
too_early = declare(
    "WF226",
    Severity.ERROR,
    "`{day}` is too long ago: calendars count from 1970",
    help="check the year; the first day that can be announced is `1970-01-01`",
)
said_in_utc = declare(
    "WF227",
    Severity.NOTE,
    "calendars get this session's times in UTC, as no yearly rule tells how {zone} set its clocks "
    "around {year}",
    help="nothing to do: the instants are right, and every calendar shows them in local time",
)


_NOTHING, _MIDNIGHT = timedelta(), time()


class Localized(NamedTuple):
    """A session's instants, aware in its zone, and how a calendar can say them.

    `literal_start` is the UTC instant that the label's letters mean, None when it is the same as
    `start`'s (T3). `notices` are warnings and notes; none of them stops anything.
    """

    start: datetime
    end: datetime
    form: Form
    literal_start: datetime | None
    notices: tuple[Problem, ...]


def readings(wall: datetime, zone: str) -> tuple[datetime, ...]:
    """Every instant at which the clocks of a zone show a wall time, in order: none, one or two.

    Args:
        wall: a datetime without a zone.
        zone: an IANA id, `UTC`, or a fixed offset such as `UTC+01:00`.
    """
    if (steady := steady_clock(wall.date(), zone)) is not None:
        return (wall.replace(tzinfo=steady.clock),)
    clock = clock_of(zone)
    if isinstance(clock, timezone):
        return (wall.replace(tzinfo=clock),)
    try:
        return (_localized(wall, clock),)
    except pytz.InvalidTimeError:
        found = (at(shifted(wall, -offset), zone) for offset in _offsets_near(wall, zone))
        return tuple(sorted(each for each in found if each.replace(tzinfo=None) == wall))


def _localized(wall: datetime, clock: tzinfo) -> datetime:
    """The one place where pytz meets a wall time: it must say when it does not know (T7)."""
    localized: datetime = clock.localize(wall, is_dst=None)  # type: ignore[attr-defined]  # pytz only
    return localized


def _offsets_near(wall: datetime, zone: str) -> list[timedelta]:
    """The offsets in force up to 26 hours before and after a wall time, the earlier first."""
    here = wall.replace(tzinfo=UTC)
    seen = [offset_at(zone, here - 26 * HOUR)]
    seen += [each.after for each in changes_between(zone, here - 26 * HOUR, here + 26 * HOUR)]
    return list(dict.fromkeys(seen))


def start_of_day(day: date, zone: str) -> datetime:
    """The first instant of a day in a zone, in UTC, also where midnight is skipped or repeated."""
    if (steady := steady_clock(day, zone)) is not None:
        return datetime.combine(day, _MIDNIGHT, UTC) - steady.offset
    midnight = datetime.combine(day, _MIDNIGHT)
    if found := readings(midnight, zone):
        return found[0].astimezone(UTC)
    return _gap(midnight, zone).instant


def localize(  # noqa: PLR0911 - each way out is one of the organiser's mistakes
    day: date,
    start: time,
    end: time | timedelta,
    zone: Zone,
    *,
    fold: Literal["earlier", "later"] | None = None,
) -> Localized | Problem:
    """The instants of a session that is announced in wall-clock words (T3, T4, T7, T8, T10).

    Args:
        day: the day of the start.
        start: wall time in `zone`.
        end: wall time in `zone`, on the next day unless it is later than `start`; or how long
            the session really lasts.
        zone: as understood.
        fold: which of two instants is meant where the clocks go back.

    Returns:
        Aware instants with what a calendar needs to say them, or the first error.
    """
    if problem := out_of_range(day):
        return problem
    steady = steady_clock(day, zone.name)
    begins = _moment(day, start, zone.name, fold, "start", steady)
    if isinstance(begins, Problem):
        return begins
    finishes: datetime | Problem
    if isinstance(end, timedelta):
        if not _NOTHING < end <= DAY:
            return Problem(impossible_duration, {"duration": spelled(end)})
        finishes = at(begins.astimezone(UTC) + end, zone.name) if steady is None else begins + end
    else:
        last = day + DAY if end <= start else day
        finishes = _moment(last, end, zone.name, fold, "end", steady)
    if isinstance(finishes, Problem):
        return finishes
    if problem := out_of_range(finishes.date()):
        return problem
    if not _NOTHING < finishes - begins <= DAY:
        return Problem(impossible_duration, {"duration": spelled(finishes - begins)})
    # without these, both wall times have been found to happen once
    asked = steady is None and (fold is not None or isinstance(end, timedelta))
    form, notices = _form(begins, finishes, zone.name, repeated=asked)
    return Localized(begins, finishes, form, _literal_start(begins, zone), notices)


def out_of_range(day: date) -> Problem | None:
    """The error of a day before 1970 or after 2037, when pytz knows no transitions (T10)."""
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return None
    return Problem(too_late if day.year > LAST_YEAR else too_early, {"day": day.isoformat()})


def _wall(instant: datetime) -> datetime:
    return instant.replace(tzinfo=None)


def _literal_start(start: datetime, zone: Zone) -> datetime | None:
    """The other instant that the label could mean (T3)."""
    if zone.literal is None or zone.literal == start.utcoffset():
        return None
    return shifted(_wall(start), -zone.literal)


def spelled(duration: timedelta) -> str:
    """A duration as an event file says it: `1h30m`."""
    seconds = abs(duration) // timedelta(seconds=1)
    sign = "-" if duration < timedelta() else ""
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return sign + ("".join(f"{count}{unit}" for count, unit in parts if count) or "0m")


def form(start: datetime, end: datetime, zone: str) -> Form:
    """How a calendar says two instants that the clocks of a zone show (V10, T7)."""
    return _form(start, end, zone, repeated=True)[0]


def _form(
    start: datetime, end: datetime, zone: str, *, repeated: bool
) -> tuple[Form, tuple[Problem, ...]]:
    """How a calendar says these instants, and what is to be told about it (V10, T7, T8).

    `repeated`: one of the wall times may happen twice.
    """
    if isinstance(start.tzinfo, timezone):
        return Form.UTC, ()
    notices: list[Problem] = []
    form = Form.ZONED
    if start.tzinfo is not end.tzinfo and start.utcoffset() != end.utcoffset():
        values = {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}
        duration = spelled(end - start)
        notices.append(Problem(clocks_change, {"zone": zone, **values, "duration": duration}))
    if repeated and any(len(readings(_wall(each), zone)) > 1 for each in (start, end)):
        form = Form.UTC  # a wall time that happens twice cannot be said as a local time (T7)
    elif yearly(zone, start.year, end.year) is None:
        form = Form.UTC
        notices.append(Problem(said_in_utc, {"zone": zone, "year": start.year}))
    return form, tuple(notices)


def _moment(  # noqa: PLR0913, PLR0917 - the words of one question
    day: date,
    clock: time,
    zone: str,
    fold: Literal["earlier", "later"] | None,
    which: str,
    steady: Steady | None,
) -> datetime | Problem:
    """The instant of a wall time, or why there is not exactly one (T7).

    `steady` is the zone's clock when it is the only one in these days.
    """
    if steady is not None:
        return datetime.combine(day, clock, steady.clock)
    wall = datetime.combine(day, clock)
    found = readings(wall, zone)
    if len(found) == 1:
        return found[0]
    if not found:
        gap = _gap(wall, zone)
        form = "%H:%M" if gap.before.date() == gap.after.date() else "%Y-%m-%d %H:%M"
        near = {"earlier": wall - gap.length, "later": wall + gap.length}
        edges = {"before": gap.before, "after": gap.after}
        if near["earlier"].date() != near["later"].date():
            form = "%Y-%m-%d %H:%M"
        shown: dict[str, object] = {name: f"{each:{form}}" for name, each in (near | edges).items()}
        return Problem(
            skipped_time, {"wall": f"{wall:%Y-%m-%d %H:%M}", "zone": zone, "which": which, **shown}
        )
    if fold is not None:
        return found[0] if fold == "earlier" else found[-1]
    return Problem(
        repeated_time,
        {
            "wall": f"{wall:%Y-%m-%d %H:%M}",
            "zone": zone,
            "earlier": f"{found[0].astimezone(UTC):%H:%M} UTC",
            "later": f"{found[-1].astimezone(UTC):%H:%M} UTC",
        },
    )


class _Gap(NamedTuple):
    """Where the clocks go forward: the instant, and the wall times on its two sides."""

    instant: datetime
    before: datetime
    after: datetime

    @property
    def length(self) -> timedelta:
        return self.after - self.before


def _gap(wall: datetime, zone: str) -> _Gap:
    """The gap that a wall time lies in."""
    here = wall.replace(tzinfo=UTC)
    for change in changes_between(zone, here - 26 * HOUR, here + 26 * HOUR):
        before, after = (_wall(change.instant + each) for each in (change.before, change.after))
        if before <= wall < after:
            return _Gap(change.instant, before, after)
    msg = f"{wall} lies in no gap of {zone}"
    raise ValueError(msg)
