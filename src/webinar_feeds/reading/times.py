"""The organiser's spelling of times: ranges, dates, durations and instants.

Knows what people write (`13:00–14:30, Central European Time`, `17 June 2020`, `1h28m`) and says
what to write where it can mean two things. Refuses to guess between day and month, and to know
what a zone's name means: that is `timezones`' to say.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from webinar_feeds import timezones
from webinar_feeds.diagnostics import Severity, declare
from webinar_feeds.timezones import Problem

unreadable_range = declare(
    "WF210",
    Severity.ERROR,
    "`{written}` is not a time of day, or two with a dash between them",
    help="write start, end and, if you like, a time zone: `13:00–14:30 Europe/Berlin`",
)
impossible_clock = declare(
    "WF211",
    Severity.ERROR,
    "`{written}`: no clock shows `{clock}`",
    help="write times from `00:00` to `23:59`; an end at midnight is `24:00`",
)
unclear_half = declare(
    "WF212",
    Severity.ERROR,
    "`{written}`: `{clock}` says neither am nor pm, `{other}` does",
    help="write `{morning}` or `{afternoon}`",
)
unreadable_date = declare(
    "WF213",
    Severity.ERROR,
    "`{written}` is not a date",
    help="write year, month and day: `2020-06-17`, or `17 June 2020`",
)
unclear_date = declare(
    "WF214",
    Severity.ERROR,
    "`{written}` is read as day and month in one country, as month and day in another",
    help="write {suggestion}",
)
impossible_date = declare(
    "WF215",
    Severity.ERROR,
    "`{written}` is no day of the calendar: {reason}",
    help="write {suggestion}",
)
wrong_weekday = declare(
    "WF216",
    Severity.ERROR,
    "`{written}`: {day} is a {weekday}",
    help="write `{weekday}, {day}`, or correct the date",
)
unreadable_duration = declare(
    "WF217",
    Severity.ERROR,
    "`{written}` is not a duration",
    help="write {suggestion}",
)
no_duration = declare(
    "WF218",
    Severity.ERROR,
    "`{written}` is no time at all",
    help="write how long it lasts, such as `1h28m`, or leave it out",
)
unreadable_instant = declare(
    "WF219",
    Severity.ERROR,
    "`{written}` is not one moment in time: {reason}",
    help="write a day, `2020-06-18`, or a time with its offset from UTC: `{suggestion}`",
)
unreadable_offset = declare(
    "WF228",
    Severity.ERROR,
    "`{written}` is not a place in a recording",
    help="write minutes and seconds after its beginning, `12:30`, or hours too, `1:02:30`",
)
unreadable_period = declare(
    "WF235",
    Severity.ERROR,
    "`{written}` does not say for how long",
    help="write a number of days, such as `30 days`, or `forever`",
)


class Written(NamedTuple):
    """A time as it was written: wall times, and the words of a zone if there were any.

    An `end` of 24:00 is midnight, `00:00`, of the next day. `end` is None when only a start was
    given. `text` is all of it.
    """

    start: time
    end: time | None
    zone: str | None
    text: str


# The patterns are compiled when they are first needed: most files need none of them.

# --- Times of day --------------------------------------------------------------------------------

_CLOCK = (
    r"(?P<{0}_hour>[0-9]{{1,2}})(?:(?P<{0}_by>[:.h]|h\s)(?P<{0}_minute>[0-9]{{2}}))?(?![0-9:])"
    r"\s*(?P<{0}_half>[ap]\.?\s?m\b\.?|uhr\b|h\b|hrs?\b|o['’]clock\b)?"
)
_RANGE = (
    r"(?i)(?:(?:from|von|de)\s+)?"
    + _CLOCK.format("start")
    + r"(?:\s*(?:[-‐‑‒–—−]|\b(?:to|until|till|til|bis|à)\b)\s*"
    + _CLOCK.format("end")
    + r")?\s*[,;]?\s*(?P<zone>.*)"
)

# Four letters and more behind a time are no `am`, `Uhr` or `hrs`.
_PLAIN_RANGE = (
    r"([01][0-9]|2[0-3]):([0-5][0-9])[-–]([01][0-9]|2[0-3]):([0-5][0-9])"
    r"(?: ([A-Za-z]{4,}(?:[ /_][A-Za-z]+)*))?"
)


def parse_range(written: str) -> Written | Problem:
    """A session's time as people write it: `13:00–14:30, Central European Time`.

    Args:
        written: a start, or a start and an end with a dash, `to`, `until` or `bis` between them,
            on a clock of 24 hours or with am and pm; then, if any, the words of a time zone.

    Returns:
        The wall times and the zone's words, or an error that quotes `written`.
    """
    return _range(written)


@lru_cache(maxsize=1024)
def _range(written: str) -> Written | Problem:
    if plain := _plain_range(written):
        return plain
    text = re.sub(r"\s+", " ", written).strip()
    found = re.fullmatch(_RANGE, text)
    if found is None or not _is_clock(found, "start"):
        return Problem(unreadable_range, {"written": text})
    if found["end_hour"] is not None and not _is_clock(found, "end"):
        return Problem(unreadable_range, {"written": text})
    zone = _zone_words(found["zone"])
    if zone is not None and not _may_be_zone(zone):
        return Problem(unreadable_range, {"written": text})
    read = _clocks(text, found, zone)
    return read if isinstance(read, Problem) else read._replace(text=written)


def _plain_range(written: str) -> Written | None:
    """The times of `13:00–14:30`, with or without a zone; None where a closer look is needed."""
    found = re.fullmatch(_PLAIN_RANGE, written)
    if found is None:
        return None
    hour, minute, end_hour, end_minute = map(int, found.groups()[:4])
    return Written(time(hour, minute), time(end_hour, end_minute), found[5], written)


def _half(found: re.Match[str], name: str) -> str:
    """`am`, `pm`, or nothing."""
    half = re.sub(r"[.\s]", "", found[f"{name}_half"] or "").casefold()
    return half if half in {"am", "pm"} else ""


def _is_clock(found: re.Match[str], name: str) -> bool:
    """Whether digits are a time of day: a bare number may be anything."""
    return bool(
        found[f"{name}_minute"]
        or found[f"{name}_half"]
        or (name == "start" and found["end_half"] and found["end_hour"])
    )


def _may_be_zone(words: str) -> bool:
    """Whether words behind a time can be a zone's: not another time, as in `CET – 14:30 CET`."""
    without_offset = re.sub(
        r"(?:^|(?<=UTC)|(?<=GMT))\s?[+\-−]\s?[0-9:]+", "", words, flags=re.IGNORECASE
    )
    begins = re.match(r"[^\W\d_]|[+\-−]", words)
    return begins is not None and re.search(r"[0-9][:.][0-9]", without_offset) is None


def _zone_words(text: str) -> str | None:
    """The words of a zone, out of the parentheses around them all."""
    words = text.strip().rstrip(",;").strip()
    if words.startswith("(") and words.find(")") == len(words) - 1:
        words = words[1:-1].strip()
    return words or None


def _clocks(text: str, found: re.Match[str], zone: str | None) -> Written | Problem:
    halves = {name: _half(found, name) for name in ("start", "end")}
    if found["end_hour"] is not None and bool(halves["start"]) != bool(halves["end"]):
        return _unclear(text, found, halves)
    start = _time(found, "start", halves["start"])
    if start is None:
        return Problem(impossible_clock, {"written": text, "clock": _shown(found, "start")})
    if found["end_hour"] is None:
        return Written(start, None, zone, text)
    end = _time(found, "end", halves["end"])
    if end is None:
        return Problem(impossible_clock, {"written": text, "clock": _shown(found, "end")})
    return Written(start, end, zone, text)


def _shown(found: re.Match[str], name: str) -> str:
    first, last = (
        found.start(f"{name}_hour"),
        max(found.end(f"{name}_{part}") for part in ("hour", "minute", "half")),
    )
    return found.string[first:last].strip()


def _time(found: re.Match[str], name: str, half: str) -> time | None:
    """A wall time, None when no clock shows it; midnight at the end of a day is 00:00."""
    hour, minute = int(found[f"{name}_hour"]), int(found[f"{name}_minute"] or 0)
    if half:
        if not 1 <= hour <= 12 or minute > 59:
            return None
        return time(hour % 12 + (12 if half == "pm" else 0), minute)
    if name == "end" and (hour, minute) == (24, 0):
        return time()
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _unclear(text: str, found: re.Match[str], halves: dict[str, str]) -> Problem:
    """One of two times says am or pm: the other may or may not mean the same."""
    which, said = ("start", "end") if halves["end"] else ("end", "start")
    choices = []
    for half in ("am", "pm"):
        pair = {which: _time(found, which, half), said: _time(found, said, halves[said])}
        start, end = pair["start"], pair["end"]
        if start is None or end is None:
            bad = which if pair[which] is None else said
            return Problem(impossible_clock, {"written": text, "clock": _shown(found, bad)})
        choices.append(f"{start:%H:%M}–{end:%H:%M}")
    return Problem(
        unclear_half,
        {
            "written": text,
            "clock": _shown(found, which),
            "other": _shown(found, said),
            "morning": choices[0],
            "afternoon": choices[1],
        },
    )


# --- Dates ---------------------------------------------------------------------------------------

_MONTHS = (
    "january januar jänner janvier enero",
    "february februar février febrero",
    "march märz maerz mars marzo",
    "april avril abril",
    "may mai mayo",
    "june juni juin junio",
    "july juli juillet julio",
    "august août agosto",
    "september septembre septiembre setiembre sept",
    "october oktober octobre octubre",
    "november novembre noviembre",
    "december dezember décembre diciembre",
)
_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS = (
    "monday montag lundi lunes",
    "tuesday dienstag mardi martes",
    "wednesday mittwoch mercredi miércoles",
    "thursday donnerstag jeudi jueves",
    "friday freitag vendredi viernes",
    "saturday samstag sonnabend samedi sábado",
    "sunday sonntag dimanche domingo",
)
_WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WORD = r"[^\W\d_]+\.?"
_ISO = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
_DAY_FIRST = (
    rf"(?i)(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th|er|\.|º)?\s*(?:(?:of|de)\s)?(?P<name>{_WORD})"
    r"\s*(?:de\s|,)?\s*(?P<year>[0-9]{4})"
)
_MONTH_FIRST = (
    rf"(?i)(?P<name>{_WORD})\s*(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?"
    r"(?:\s*,\s*|\s+)(?P<year>[0-9]{4})"
)
_NUMBERS = r"([0-9]{1,4})\s*([./-])\s*([0-9]{1,2})\s*\2\s*([0-9]{1,4})"
_WITH_WEEKDAY = rf"(?P<weekday>{_WORD})\s*,?\s*(?P<rest>.*)"


@lru_cache(maxsize=256)
def _plain(word: str) -> str:
    text = unicodedata.normalize("NFKD", word).casefold().rstrip(".")
    return "".join(each for each in text if not unicodedata.combining(each))


def _meant(word: str, names: tuple[str, ...], least: int) -> list[int]:
    """The places in a table of the names that begin with a word of at least `least` letters."""
    start = _plain(word)
    if len(start) < least:
        return []
    return [
        place
        for place, spellings in enumerate(names)
        if any(each.startswith(start) for each in _plain(spellings).split())
    ]


def parse_date(written: str) -> date | Problem:
    """A day as people write it, without a guess about the order of numbers.

    Args:
        written: `2020-06-17`, `17 June 2020`, `June 17, 2020`, with or without a weekday in front.

    Returns:
        The day, or an error that quotes `written` and says what to write.
    """
    if iso := _iso_day(written):
        return iso
    text = re.sub(r"\s+", " ", written).strip()
    found = _parts(text)
    weekdays: list[int] | None = None
    rest = text
    if found is None and (split := re.fullmatch(_WITH_WEEKDAY, text)):
        weekdays, rest = _meant(split["weekday"], _WEEKDAYS, 2), split["rest"]
        found = _parts(rest) if weekdays else None
    if found is None:
        return _numbers(text, rest if weekdays else text)
    day = _day(text, *found)
    if weekdays is not None and isinstance(day, date) and day.weekday() not in weekdays:
        right = _WEEKDAY_NAMES[day.weekday()]
        return Problem(wrong_weekday, {"written": text, "day": _long(day), "weekday": right})
    return day


def _iso_day(written: str) -> date | None:
    """The day of `2020-06-17`; None where a closer look is needed."""
    if len(written) != 10 or written[4] != "-" or written[7] != "-":
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _long(day: date) -> str:
    return f"{day.day} {_MONTH_NAMES[day.month - 1]} {day.year}"


def _parts(text: str) -> tuple[int, int, int] | None:
    """Year, month and day as written, possible or not; None when they cannot be told."""
    if iso := re.fullmatch(_ISO, text):
        return int(iso["year"]), int(iso["month"]), int(iso["day"])
    for form in (_DAY_FIRST, _MONTH_FIRST):
        if found := re.fullmatch(form, text):
            months = _meant(found["name"], _MONTHS, 3)
            if len(months) == 1:
                return int(found["year"]), months[0] + 1, int(found["day"])
    return None


def _day(text: str, year: int, month: int, day: int) -> date | Problem:
    """A day of the calendar, or why there is none."""
    suggestion = "year, month and day, as in `2020-06-17`"
    if year == 0:
        reason = "there is no year 0"
    elif not 1 <= month <= 12:
        reason = f"there is no month {month}"
        if 1 <= day <= 12 and _possible(year, day, month):
            suggestion = f"`{year:04}-{day:02}-{month:02}` if {month} is the day"
    elif _possible(year, month, day):
        return date(year, month, day)
    elif day == 0:
        reason, suggestion = "days count from 1", f"`{year:04}-{month:02}-01`, or another day"
    else:
        length = _days(year, month)
        name = _MONTH_NAMES[month - 1] + (f" {year}" if month == 2 else "")
        reason = f"{name} has {length} days"
        suggestion = f"`{year:04}-{month:02}-{length}`, or another day of {name}"
    return Problem(impossible_date, {"written": text, "reason": reason, "suggestion": suggestion})


def _possible(year: int, month: int, day: int) -> bool:
    return year > 0 and 1 <= month <= 12 and 1 <= day <= _days(year, month)


def _days(year: int, month: int) -> int:
    """How many days a month has."""
    return 31 if month == 12 else (date(year, month + 1, 1) - date(year, month, 1)).days


def _numbers(text: str, core: str) -> Problem:
    """A date in numbers alone: which days it may mean."""
    found = re.fullmatch(_NUMBERS, core)
    if found is None:
        return Problem(unreadable_date, {"written": text})
    first, between, second, third = found.groups()
    if len(first) == 4:
        orders = [(int(first), int(second), int(third))]
    else:
        year = int(third) + (2000 if len(third) <= 2 else 0)
        orders = [(year, int(second), int(first))]
        if between != ".":
            orders.append((year, int(first), int(second)))
    days = sorted({date(*each).isoformat() for each in orders if _possible(*each)})
    if not days:
        return Problem(unreadable_date, {"written": text})
    suggestion = " or ".join(f"`{each}`" for each in days)
    return Problem(unclear_date, {"written": text, "suggestion": suggestion})


# --- Durations -----------------------------------------------------------------------------------

_NUMBER = r"([0-9]{1,6}(?:[.,][0-9]{1,6})?)"
_ISO_DURATION = rf"(?i)P(?:{_NUMBER}D)?(?:T(?=[0-9])(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?"
_IN_WORDS = (
    rf"(?i)(?:{_NUMBER}\s*(?:d|days?|tage?|jours?|d[ií]as?)\b)?[\s,]*(?:and\s)?"
    rf"(?:{_NUMBER}\s*(?:hours?|hrs?|h|stunden?|std|heures?|horas?)(?![^\W\d_])\.?)?[\s,]*(?:and\s)?"
    rf"(?:{_NUMBER}\s*(?:minut[oe]s?|minuten|mins?|m)(?![^\W\d_])\.?)?[\s,]*(?:and\s)?"
    rf"(?:{_NUMBER}\s*(?:seconds?|secs?|sekunden?|secondes?|segundos?|s)(?![^\W\d_])\.?)?"
)
_HOURS_MINUTES = r"(?i)([0-9]{1,3})\s?h\s?([0-5][0-9])"
_COLONS = r"([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])"
_TWO_NUMBERS = r"([0-9]{1,3}):([0-5][0-9])"


def parse_duration(written: str) -> timedelta | Problem:
    """How long something lasts: `1h28m`, `90 minutes`, `1:28:00`, `1.5 hours`, `PT1H28M`.

    Returns:
        A duration in whole seconds, more than nothing, or an error that quotes `written`.
    """
    return _duration(written)


def parse_offset(written: str) -> timedelta | Problem:
    """How far into a recording something is, as players write it: `12:30`, `1:02:30`, `0:00`.

    Returns:
        A time of whole seconds from the beginning on, or an error that quotes `written`.
    """
    found = re.fullmatch(_OFFSET, written.strip())
    if found is None:
        return Problem(unreadable_offset, {"written": written.strip()})
    hours, minutes, seconds = (int(each or "0") for each in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


_OFFSET = r"(?:([0-9]{1,2}):(?=[0-5][0-9]:))?([0-9]{1,3}):([0-5][0-9])"


@lru_cache(maxsize=1024)
def _duration(written: str) -> timedelta | Problem:
    text = re.sub(r"\s+", " ", written).strip()
    parts = _counted(text)
    if parts is None:
        return Problem(unreadable_duration, {"written": text, "suggestion": _durations(text)})
    days, hours, minutes, seconds = (float((each or "0").replace(",", ".")) for each in parts)
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    whole = timedelta(seconds=round(length.total_seconds()))
    return whole or Problem(no_duration, {"written": text})


def _counted(text: str) -> tuple[str | None, ...] | None:
    """Days, hours, minutes and seconds as written."""
    if colons := (re.fullmatch(_COLONS, text) or re.fullmatch(_HOURS_MINUTES, text)):
        return ("0", *colons.groups(), "0")[:4]
    for form in (_ISO_DURATION, _IN_WORDS):
        if (found := re.fullmatch(form, text)) and any(found.groups()):
            return found.groups()
    return None


def _durations(text: str) -> str:
    """What a text that is no duration may have been meant to be."""
    if two := re.fullmatch(_TWO_NUMBERS, text):
        first, second = (int(each) for each in two.groups())
        return f"`{first}h{second}m` or `{first}m{second}s`"
    if re.fullmatch(r"[0-9]{1,6}", text):
        return f"`{int(text)}m` for minutes"
    return "hours and minutes, such as `1h28m`"


def parse_period(written: str) -> timedelta | Problem:
    """How long something is kept: `30 days`, `6 weeks`, `0 days`, `forever`.

    Returns:
        Whole days, `timedelta.max` for ever, or an error that quotes `written`.
    """
    text = re.sub(r"\s+", " ", written).strip().casefold()
    if text in {"forever", "for ever", "always"}:
        return timedelta.max
    found = re.fullmatch(_PERIOD, text)
    if found is None:
        return Problem(unreadable_period, {"written": written.strip()})
    return timedelta(days=int(found[1]) * (7 if found[2].startswith("w") else 1))


_PERIOD = r"([0-9]{1,5}) ?(d|days?|w|weeks?)"

# --- Instants ------------------------------------------------------------------------------------

_STAMP = (
    r"(?i)(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[T ]\s?(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.[0-9]+)?)?\s?"
    r"(?P<offset>Z|UTC|(?P<sign>[+\-−])(?P<hours>[0-9]{1,2}):?(?P<minutes>[0-9]{2})?)?"
)


def parse_instant(written: str, zone: str) -> datetime | Problem:
    """A moment such as when a recording appeared.

    Args:
        written: `2020-06-18`, the start of that day in `zone`; `2020-06-18 09:30`, a wall time
            there; or with an offset, `2020-06-18T09:30:00Z`.
        zone: an IANA id, `UTC`, or a fixed offset such as `UTC+01:00`.

    Returns:
        An instant in UTC, to the second (C13), or an error that quotes `written`.
    """
    if whole_day := _iso_day(written):
        return timezones.out_of_range(whole_day) or timezones.start_of_day(whole_day, zone)
    text = re.sub(r"\s+", " ", written).strip()
    found = re.fullmatch(_STAMP, text)
    day = parse_date(found["date"] if found else text)
    if isinstance(day, Problem):
        if day.rule is unreadable_date:
            return _no_instant(text, "it is neither a day nor a day with a time")
        return Problem(day.rule, day.values | {"written": text})
    if problem := timezones.out_of_range(day):
        return problem
    return _stamped(text, found, day, zone) if found else timezones.start_of_day(day, zone)


def _no_instant(text: str, reason: str, suggestion: str = "2020-06-18T09:30:00Z") -> Problem:
    values = {"written": text, "reason": reason, "suggestion": suggestion}
    return Problem(unreadable_instant, dict(values))


def _stamped(text: str, found: re.Match[str], day: date, zone: str) -> datetime | Problem:
    """The instant of a day with a time of day."""
    hour, minute, second = (int(found[each] or 0) for each in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 59:
        return _no_instant(text, "no clock shows this time of day")
    wall = datetime.combine(day, time(hour, minute, second))
    if found["offset"] is None:
        moments = timezones.readings(wall, zone)
        if len(moments) == 1:
            return moments[0].astimezone(UTC)
        if not moments:
            return _no_instant(text, f"the clocks in {zone} skip it")
        first = moments[0].isoformat()
        return _no_instant(text, f"it happens twice in {zone}", first)
    offset = timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    if offset > timedelta(hours=14) or int(found["minutes"] or 0) > 59:
        return _no_instant(text, "no clock uses this offset")
    east = found["sign"] == "+"
    return (wall - offset if east else wall + offset).replace(tzinfo=UTC)
