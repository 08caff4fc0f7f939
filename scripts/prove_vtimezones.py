"""Prove that every VTIMEZONE we write tells the same offsets as the time zone database.

    python scripts/prove_vtimezones.py --years 1972-2036
    python scripts/prove_vtimezones.py --zone Europe/Berlin --zone America/New_York

The emitted text is read by three readers that share nothing with the code that wrote it: the
small one below, python-dateutil, and libical through the system's Python where it is installed.
Exits with 1 when any of them finds an offset that pytz does not.
"""

from __future__ import annotations

import argparse
import calendar
import io
import json
import subprocess
import sys
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import pytz
from dateutil import tz as dateutil_tz

from webinar_feeds import timezones
from webinar_feeds.rendering import vtimezone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HALF_HOUR = 1800
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
LONG = ((1972, 2036), (1996, 2036), (2007, 2036), (2020, 2030))

LIBICAL = r"""
import json, sys
import gi
gi.require_version("ICalGLib", "3.0")
from gi.repository import ICalGLib
for line in sys.stdin:
    text, instants = json.loads(line)
    zone = ICalGLib.Timezone.new()
    zone.set_component(ICalGLib.Component.new_from_string(text))
    utc = ICalGLib.Timezone.get_utc_timezone()
    offsets = []
    for instant in instants:
        when = ICalGLib.Time.new_from_timet_with_zone(instant, 0, utc)
        offsets.append(zone.get_utc_offset_of_utc_time(when)[0])
    print(json.dumps(offsets), flush=True)
"""

Steps = list[tuple[int, int]]  # (seconds since 1970, seconds east of UTC from then on)
Span = tuple[int, int]  # seconds since 1970: from, to before


class Result(NamedTuple):
    """What the comparison of one zone has found."""

    compared: int
    mismatches: int
    first: str


def seconds(moment: datetime) -> int:
    """Seconds since 1970."""
    return (moment - EPOCH) // timedelta(seconds=1)


# --- The first reader: RFC 5545 §3.6.5, as much of it as we write ---------------------------------


def expanded(lines: list[str], until: int) -> Steps:
    """The steps that a VTIMEZONE's text describes, to the end of a year."""
    steps: Steps = []
    component: dict[str, str] = {}
    for line in lines:
        name, value = line.split(":", 1)
        if line in {"BEGIN:STANDARD", "BEGIN:DAYLIGHT"}:
            component = {}
        elif line in {"END:STANDARD", "END:DAYLIGHT"}:
            steps.extend(onsets(component, until))
        else:
            component[name] = value
    return sorted(steps)


def onsets(component: dict[str, str], until: int) -> Iterator[tuple[int, int]]:
    """The steps of one STANDARD or DAYLIGHT."""
    before, after = (offset(component[f"TZOFFSET{side}"]) for side in ("FROM", "TO"))
    start = datetime.strptime(component["DTSTART"], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    if "RRULE" not in component:
        yield seconds(start) - before, after
        return
    rule = dict(part.split("=") for part in component["RRULE"].split(";"))
    if set(rule) != {"FREQ", "BYMONTH", "BYDAY"} or rule["FREQ"] != "YEARLY":
        msg = f"a rule that this reader does not know: {rule}"
        raise ValueError(msg)
    nth, day = int(rule["BYDAY"][:-2]), DAYS[rule["BYDAY"][-2:]]
    for year in range(start.year, until + 1):
        weeks = calendar.Calendar().monthdatescalendar(year, int(rule["BYMONTH"]))
        days = [week[day] for week in weeks if week[day].month == int(rule["BYMONTH"])]
        chosen = days[nth - 1] if nth > 0 else days[nth]
        onset = start.replace(year=chosen.year, month=chosen.month, day=chosen.day)
        if onset >= start:
            yield seconds(onset) - before, after


def offset(text: str) -> int:
    """`+hhmm` in seconds."""
    return (int(text[1:3]) * 60 + int(text[3:5])) * 60 * (-1 if text[0] == "-" else 1)


def holds(steps: Steps, instant: int) -> int | None:
    """The offset in force at an instant, None before the first."""
    place = bisect_right(steps, instant, key=lambda step: step[0]) - 1
    return steps[place][1] if place >= 0 else None


# --- The database ---------------------------------------------------------------------------------


def database(zone: str) -> Steps:
    """Where pytz's offsets may change; the offsets themselves are always asked of its clock."""
    clock = pytz.timezone(zone)
    times = getattr(clock, "_utc_transition_times", [datetime.min])  # noqa: DTZ901 - pytz's own
    found = [seconds(each.replace(tzinfo=UTC)) for each in times if each.year >= 1969]
    return [(instant, asked(zone, instant)) for instant in [seconds(EPOCH), *found]]


def asked(zone: str, instant: int) -> int:
    """What pytz says of an instant."""
    local = (EPOCH + timedelta(seconds=instant)).astimezone(pytz.timezone(zone))
    return (local.utcoffset() or timedelta()) // timedelta(seconds=1)


# --- The comparison -------------------------------------------------------------------------------


def windows(first: int, last: int) -> list[tuple[int, int]]:
    """Each single year, and the long windows that lie within."""
    single = [(year, year) for year in range(first, last + 1)]
    return single + [each for each in LONG if first <= each[0] and each[1] <= last]


def spans(zone: str, first: int, last: int) -> tuple[list[str], list[Span], int]:
    """The text of a zone, the stretches of time in which it is used, and the windows refused."""
    text: list[str] = []
    used: list[Span] = []
    refused = 0
    for start, end in windows(first, last):
        lines = vtimezone.lines(zone, start, end)
        if lines is None:
            refused += 1
            continue
        if text and list(lines) != text:
            msg = f"{zone} has two texts"
            raise ValueError(msg)
        text = list(lines)
        edges = [datetime(year, 1, 1, tzinfo=UTC) for year in (start - 1, end + 2)]
        used.append((seconds(edges[0]), seconds(edges[1])))
    return text, merged(used), refused


def merged(used: Iterable[Span]) -> list[Span]:
    """Stretches of time without overlap."""
    whole: list[Span] = []
    for start, end in sorted(used):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        else:
            whole.append((start, end))
    return whole


def every_half_hour(zone: str, lines: list[str], used: list[Span]) -> Result:
    """Compare all half hours: both sides are constant between steps, so piece by piece is all."""
    said, true = expanded(lines, 2040), database(zone)
    compared = mismatches = 0
    first = ""
    for start, end in used:
        edges = {each for each, _ in said + true if start < each < end}
        for since, until in pairwise(sorted({start, end, *edges})):
            grid = range(-(-since // HALF_HOUR) * HALF_HOUR, until, HALF_HOUR)
            compared += len(grid)
            # a piece without a half hour in it counts too: it would be an error all the same
            wrong = [
                each
                for each in {since, until - 1, *grid[:1], *grid[-1:]}
                if asked(zone, each) != holds(said, each)
            ]
            if wrong:
                mismatches += len(grid) or 1
                first = first or f"{EPOCH + timedelta(seconds=min(wrong)):%Y-%m-%d %H:%MZ}"
    return Result(compared, mismatches, first)


def near_steps(zone: str, used: list[Span]) -> list[int]:
    """Every half hour up to two hours around each change, and one day of every month."""
    points = {instant + step * HALF_HOUR for instant, _ in database(zone) for step in range(-4, 5)}
    for year in range(1971, 2038):
        points |= {seconds(datetime(year, month, 15, tzinfo=UTC)) for month in range(1, 13)}
    return sorted(each for each in points if any(start <= each < end for start, end in used))


def by_dateutil(lines: list[str], instants: list[int]) -> list[int]:
    """The offsets that python-dateutil reads; it refuses X- lines, so they are left out."""
    kept = [line for line in lines if not line.startswith("X-")]
    text = "\r\n".join(["BEGIN:VCALENDAR", *kept, "END:VCALENDAR", ""])
    clock = dateutil_tz.tzical(io.StringIO(text)).get()
    return [
        ((EPOCH + timedelta(seconds=each)).astimezone(clock).utcoffset() or timedelta())
        // timedelta(seconds=1)
        for each in instants
    ]


class Libical:
    """libical in a process of the system's Python; without it, there are no answers."""

    def __init__(self, python: str) -> None:
        try:
            self._process: subprocess.Popen[str] | None = subprocess.Popen(
                [python, "-c", LIBICAL],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        except OSError:
            self._process = None

    def offsets(self, lines: list[str], instants: list[int]) -> list[int] | None:
        """The offsets that libical reads. A TZID that it knows would get its own rules."""
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            return None
        text = "\r\n".join("TZID:proof" if each.startswith("TZID:") else each for each in lines)
        text = text.replace("X-LIC-LOCATION:", "X-WAS:")
        try:
            self._process.stdin.write(json.dumps([text, instants]) + "\n")
            self._process.stdin.flush()
        except OSError:
            return None
        answer = self._process.stdout.readline()
        return [int(each) for each in json.loads(answer)] if answer else None

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate()


class Referees:
    """The two foreign readers; zones of the same rules are read once."""

    def __init__(self, python: str) -> None:
        self._libical = Libical(python)
        self._known: dict[tuple[str, tuple[str, ...], int], int] = {}
        self.compared = {"python-dateutil": 0, "libical": 0}

    def disagree(self, zone: str, lines: list[str], used: list[Span]) -> list[str]:
        """Where they read another offset than pytz's, in words."""
        rules = tuple(lines[3:])
        instants = near_steps(zone, used)
        wrong = []
        for name in self.compared:
            fresh = [each for each in instants if (name, rules, each) not in self._known]
            offsets = self._read(name, lines, fresh) if fresh else []
            if offsets is None:
                continue
            self._known.update(
                {(name, rules, at): to for at, to in zip(fresh, offsets, strict=True)}
            )
            self.compared[name] += len(instants)
            wrong += [
                f"{zone}: {name} reads {self._known[name, rules, each]} s at {each}"
                for each in instants
                if self._known[name, rules, each] != asked(zone, each)
            ]
        return wrong

    def _read(self, name: str, lines: list[str], instants: list[int]) -> list[int] | None:
        if name == "libical":
            return self._libical.offsets(lines, instants)
        return by_dateutil(lines, instants)

    def close(self) -> None:
        """End the process behind libical."""
        self._libical.close()


def prove(zones: Iterable[str], first: int, last: int, referees: Referees) -> int:
    """Compare, print a table of what was compared, and return the exit code."""
    said: list[str] = []
    partly: dict[str, int] = {}
    in_utc: list[str] = []
    instants = mismatches = 0
    complaints: list[str] = []
    for zone in zones:
        lines, used, refused = spans(zone, first, last)
        if not lines:
            in_utc.append(zone)
            continue
        said.append(zone)
        if refused:
            partly[zone] = refused
        result = every_half_hour(zone, lines, used)
        instants += result.compared
        mismatches += result.mismatches
        if result.mismatches:
            complaints.append(f"{zone}: {result.mismatches} half hours from {result.first}")
        wrong = referees.disagree(zone, lines, used)
        mismatches += len(wrong)
        complaints += wrong[:3]
    count = len(windows(first, last))
    print(f"time zone database       {timezones.database_version()}")
    print(f"windows                  {count} a zone, {first} to {last}, each with a year around it")
    print(f"zones                    {len(said) + len(in_utc)}")
    print(
        f"said in RRULE form       {len(said)} ({len(said) - len(partly)} of them in every window)"
    )
    print(f"always in UTC            {len(in_utc)}: {', '.join(in_utc) or 'none'}")
    print(
        f"half hours compared      {instants} (all in those windows; pytz against our own reader)"
    )
    for name, number in referees.compared.items():
        print(
            f"read by {name:<15}  {number} instants (changes, two hours around, the 15th at 0:00)"
        )
    print(f"mismatches               {mismatches}")
    for complaint in complaints[:40]:
        print(f"  {complaint}")
    return 1 if mismatches else 0


def year_span(text: str) -> tuple[int, int]:
    """`1972-2036` as two years; rules are not used before 1972, pytz knows nothing after 2037."""
    first, _, last = text.partition("-")
    return max(int(first), 1972), min(int(last or first), 2036)


def main() -> int:
    """Read the options and prove."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--years", type=year_span, default=(1972, 2036), metavar="FIRST-LAST")
    parser.add_argument("--zone", action="append", metavar="ID", help="only this one; repeatable")
    parser.add_argument("--quick", action="store_true", help="2018 to 2030, for the test-suite")
    parser.add_argument("--python", default="/usr/bin/python3", help="the Python that has libical")
    options = parser.parse_args()
    unknown = [each for each in options.zone or () if not timezones.known(each)]
    if unknown:
        parser.error(f"not a zone: {', '.join(unknown)}")
    first, last = (2018, 2030) if options.quick else options.years
    referees = Referees(options.python)
    try:
        return prove(options.zone or timezones.names(), first, last, referees)
    finally:
        referees.close()


if __name__ == "__main__":
    sys.exit(main())
