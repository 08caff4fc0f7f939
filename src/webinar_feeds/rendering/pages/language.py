"""The pages' own words, dates and names, in the languages that have a catalogue.

Everything that a language has to say lies in one file, `catalogues/<tag>.json`, that
`scripts/generate_catalogues.py` makes of a translation (`catalogues/<tag>.po`) and of CLDR; names
of time zones lie in a second one, because few pages need them. So no build imports Babel, and no
machine's locale has a say (D1). English stands in the code: its texts are the msgids.

Patterns are CLDR's, made ready for `str.format`; their fields have CLDR's letters (UTS 35).
"""

from __future__ import annotations

import json
import re
from copy import copy
from datetime import timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

FOLDER = Path(__file__).parent / "catalogues"
ENGLISH = "en"
CONTEXT_END = "\x04"  # between a message's context and its text, as in compiled gettext catalogues
PLURALS = 200  # forms are listed for so many numbers; the last hundred of them recurs for ever
_SHORTER = re.compile(r"(-[0-9A-Za-z])?-[0-9A-Za-z]+$")

Names: TypeAlias = "Mapping[str, Sequence[str]]"


class Language:
    """One language of the interface.

    Attributes:
        tag: that of its catalogue (BCP 47), for `lang`.
        locale: what a browser's `Intl` has to be given so that it writes as we do: the form of the
            language, and its digits.
        direction: `ltr` or `rtl`.
    """

    def __init__(self, name: str, folder: Path = FOLDER) -> None:
        self._folder, self._name = folder, name
        data: dict[str, Any] = json.loads((folder / f"{name}.json").read_bytes())
        self.tag: str = data["tag"]
        self.locale: str = data["locale"]
        self.direction: str = data["direction"]
        self._messages: dict[str, str | list[str]] = data["messages"]
        self._forms: str = data["plural_forms"]
        self._patterns: dict[str, str] = data["patterns"]
        self._spans: dict[str, list[str]] = data["spans"]
        self._times: dict[str, list[str]] = data["times"]
        self._names: dict[str, list[str]] = data["names"]
        self._list: dict[str, str] = data["list"]
        self._languages: dict[str, str] = data["languages"]
        self._territories: dict[str, str] = data["territories"]
        self._digits = str.maketrans("0123456789", data["digits"] or "0123456789")

    @property
    def known_languages(self) -> Mapping[str, str]:
        """What this language calls others, by their tags."""
        return self._languages

    def with_messages(self, more: Mapping[str, str | list[str]]) -> Language:
        """The same language, which says other messages as well."""
        other = copy(self)
        other._messages = {**self._messages, **more}  # noqa: SLF001 - of its own kind
        return other

    # ---------------------------------------------------------------------------------- messages

    def text(self, msgid: str, /, **values: object) -> str:
        """A message; where it has no translation, the English one, and `missing` says so.

        Values stand at their `{name}`; without any, braces stay as they are, for scripts to fill
        in. When a value is safe HTML (`__html__`), the result is safe HTML too, and the message
        and all other values are escaped.
        """
        return self._said(self._message(msgid, 0) or msgid, values)

    def text_in(self, context: str, msgid: str, /, **values: object) -> str:
        """A message that says different things in different places: gettext's `msgctxt`."""
        return self._said(self._message(context + CONTEXT_END + msgid, 0) or msgid, values)

    def plural(self, singular: str, plural: str, n: int, /, **values: object) -> str:
        """A message that goes with a number, which is its `{n}`."""
        msgid = plural if n != 1 else singular
        return self._said(self._message(singular, self.form(n)) or msgid, {"n": n, **values})

    def missing(self, msgid: str, context: str = "") -> bool:
        """Whether a message has no translation, so that it is said in English (WCAG 3.1.2)."""
        key = context + CONTEXT_END + msgid if context else msgid
        return self.tag != ENGLISH and key not in self._messages

    def form(self, n: int) -> int:
        """Which of a message's plural forms goes with a number."""
        return int(self._forms[n if n < PLURALS else PLURALS // 2 + n % (PLURALS // 2)])

    def number(self, n: int) -> str:
        """A whole number in the language's digits."""
        return str(n).translate(self._digits)

    def quoted(self, text: object) -> str:
        """A text between quotation marks."""
        return self.text("“{text}”", text=text)

    def _message(self, key: str, form: int) -> str | None:
        found = self._messages.get(key)
        return found[form] if isinstance(found, list) else found

    def _said(self, message: str, values: dict[str, object]) -> str:
        if not values:
            return message
        told = {
            name: self.number(value) if type(value) is int else value
            for name, value in values.items()
        }
        return _formatted(message, (), told)

    # ------------------------------------------------------------------------------ dates, times

    def date(self, value: datetime) -> str:
        """`Wednesday, 17 June 2020`: CLDR's full date."""
        return self._set(self._patterns["full"], value)

    def day(self, value: datetime) -> str:
        """`17 June 2020`: CLDR's long date."""
        return self._set(self._patterns["long"], value)

    def day_and_month(self, value: datetime) -> str:
        """`17 June`."""
        return self._set(self._patterns["MMMMd"], value)

    def month(self, value: datetime) -> str:
        """`June 2020`, as a title has it."""
        return self._set(self._patterns["yMMMM"], value)

    def weekday(self, value: datetime) -> str:
        """`Wednesday`, standing alone."""
        return self._set("{cccc}", value)

    def time(self, value: datetime) -> str:
        """`13:00`: CLDR's short time."""
        return self._set(self._patterns["time"], value)

    def times(self, start: datetime, end: datetime) -> str:
        """`13:00–14:30`, with the end's day where it is another: `23:00 – 00:30 (Thursday)`."""
        if end.date() == start.date():
            return self._interval(self._times, self._patterns["time"], start, end)
        near = end.date() - start.date() < timedelta(days=7)
        later = self.weekday(end) if near else self.day(end)
        return self._patterns["interval"].format(self.time(start), f"{self.time(end)} ({later})")

    def span(self, first: datetime, last: datetime) -> str:
        """`17 Jun – 21 Oct 2020`, `17–24 Jun 2020`, `17 Jun 2020`: the days from one to another."""
        return self._interval(self._spans, self._patterns["yMMMd"], first, last)

    def offset(self, value: datetime) -> str:
        """`UTC`, `UTC+2`, `UTC+5:30`, `UTC−3`: how far an aware datetime's clock is from UTC.

        CLDR would say GMT in most languages; calendars, feeds and pages all say UTC, and in London
        the two are not the same to everybody.
        """
        ahead = value.utcoffset() or timedelta()
        hours, minutes = divmod(abs(ahead) // timedelta(minutes=1), 60)
        if not hours and not minutes:
            return "UTC"
        sign = "−" if ahead < timedelta() else "+"
        return f"UTC{sign}{hours}{f':{minutes:02}' if minutes else ''}".translate(self._digits)

    def duration(self, value: timedelta) -> str:
        """`1 h 28 min`, `45 min`, `50 s`; seconds are left out where there are hours."""
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        hours, minutes = divmod(minutes, 60)
        parts = []
        if hours:
            parts.append(self.text("{n} h", n=hours))
        if minutes:
            parts.append(self.text("{n} min", n=minutes))
        if (seconds and not hours) or not parts:
            parts.append(self.text("{n} s", n=seconds))
        return " ".join(parts)

    def _set(self, pattern: str, value: datetime) -> str:
        return pattern.format_map(_Fields(value, self._names)).translate(self._digits)

    def _interval(
        self, forms: Mapping[str, Sequence[str]], one: str, start: datetime, end: datetime
    ) -> str:
        """Two datetimes by the form for the greatest field in which they differ (UTS 35)."""
        for field, differ in _GREATEST.items():
            if field in forms and differ(start) != differ(end):
                before, after = forms[field]
                return self._set(before, start) + self._set(after, end)
        return self._set(one, start)

    # ------------------------------------------------------------------------------------- names

    def enumeration(self, names: Iterable[object]) -> str:
        """`A`, `A and B`, `A, B and C`; safe HTML when any of them is, the others are escaped."""
        said, *more = names
        if not more:
            return _formatted("{0}", (said,), {})
        ends = self._list
        last = more[-1]
        changed = "before" in ends and re.match(ends["before"], str(last), re.IGNORECASE)
        end = ends["changed" if changed else "end" if len(more) > 1 else "2"]
        for place, name in enumerate(more[:-1]):
            said = _formatted(ends["middle" if place else "start"], (said, name), {})
        return _formatted(end, (said, last), {})

    def language_name(self, tag: str) -> str:
        """A language in this language: `français`, `français (Belgique)`; its tag if unknown."""
        language, *more = tag.replace("_", "-").split("-")
        language = language.lower()
        known = self._languages
        for size in range(len(more), 0, -1):
            name = known.get("-".join((language, *map(_cased, more[:size]))))
            if name is not None:
                return name
        name = known.get(language)
        if name is None:
            return tag
        regions = [self._territories.get(_cased(each)) for each in more]
        region = next(filter(None, regions), None)
        return self._patterns["variant"].format(name, region) if region else name

    def city(self, zone: str) -> str:
        """The place that a time zone is named after: `Lisbonne` for `Europe/Lisbon` in French."""
        canonical = self._zones["aliases"].get(zone, zone)
        city: str | None = self._zones["cities"].get(canonical)
        return city or zone.rpartition("/")[2].replace("_", " ")

    def zone(self, value: datetime, zone: str) -> str:
        """`Central European Summer Time (UTC+2)`: what clocks show, as people call it.

        Args:
            value: an aware datetime on the clock of the zone.
            zone: its IANA id; where CLDR has no name for it, the offset stands alone.
        """
        offset = self.offset(value)
        canonical = self._zones["aliases"].get(zone, zone)
        names = self._zones["zones"].get(canonical) or self._zones["metazones"].get(
            self._zones["metazone_of"].get(canonical)
        )
        name = names[bool(value.dst())] if names else None
        return f"{name} ({offset})" if name else offset

    @cached_property
    def _zones(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self._folder / "zones.json").read_bytes())
        told |= json.loads((self._folder / f"{self._name}.zones.json").read_bytes())
        return told


def language(tag: str, folder: Path = FOLDER) -> Language:
    """The language for a tag (BCP 47): its own, a wider one's (`fr` for `fr-CA`), or English."""
    known = tags(folder)
    wanted = tag.replace("_", "-").lower()
    while wanted and wanted not in known:
        shorter = _SHORTER.sub("", wanted)
        wanted = shorter if shorter != wanted else ""
    return _read(known[wanted or ENGLISH], folder)


@lru_cache
def tags(folder: Path = FOLDER) -> dict[str, str]:
    """The tags of the languages that there are, by their lower-case form."""
    found = (path.stem for path in sorted(folder.glob("*.json")))
    return {name.lower(): name for name in found if "." not in name and name not in _SHARED}


def autonym(tag: str) -> str:
    """A language as its speakers call it, `Deutsch`; its tag if unknown."""
    language, _, _ = tag.replace("_", "-").lower().partition("-")
    return _autonyms().get(language, tag)


def tag_of(name: str) -> str | None:
    """The tag of a language that somebody names, in it or in one that we speak; None if unknown."""
    wanted = name.strip().casefold()
    told = [_autonyms(), *(language(each).known_languages for each in tags())]
    for names in told:
        for tag, known in names.items():
            if known.casefold() == wanted:
                return tag
    return None


def msgid(text: str) -> str:
    """A message that is said elsewhere, marked where it stands, so that it is translated."""
    return text


_SHARED = {"autonyms", "zones"}


@lru_cache
def _autonyms() -> dict[str, str]:
    found: dict[str, str] = json.loads((FOLDER / "autonyms.json").read_bytes())
    return found


@lru_cache
def _read(name: str, folder: Path) -> Language:
    return Language(name, folder)


def _cased(subtag: str) -> str:
    """A subtag behind the language as it is usually written: `Hant`, `CA`, `419`."""
    return subtag.title() if len(subtag) == 4 else subtag.upper()


def _formatted(pattern: str, some: Sequence[object], named: Mapping[str, object]) -> str:
    """A pattern with its values: safe HTML, the rest escaped, when one of them is safe HTML."""
    if any(hasattr(value, "__html__") for value in (*some, *named.values())):
        from markupsafe import Markup, escape  # noqa: PLC0415 - who has safe HTML has loaded it

        return Markup(escape(pattern)).format(*some, **named)  # noqa: S704 - just escaped
    return pattern.format(*some, **named)


class _Fields:
    """The fields of a datetime by CLDR's letters, for `str.format_map`."""

    def __init__(self, value: datetime, names: Names) -> None:
        self._value, self._names = value, names

    def __getitem__(self, letters: str) -> str:
        return FIELDS[letters](self._value, self._names)


def _named(letters: str, part: Callable[[datetime], int]) -> Callable[[datetime, Names], str]:
    return lambda value, names: names[letters][part(value)]


def _month(value: datetime) -> int:
    return value.month - 1


def _half(value: datetime) -> int:
    return value.hour // 12


# All fields that a catalogue may have; names of days begin with Monday.
FIELDS: dict[str, Callable[[datetime, Names], str]] = {
    "y": lambda value, _: str(value.year),
    "M": lambda value, _: str(value.month),
    "MM": lambda value, _: f"{value.month:02}",
    "d": lambda value, _: str(value.day),
    "dd": lambda value, _: f"{value.day:02}",
    "H": lambda value, _: str(value.hour),
    "HH": lambda value, _: f"{value.hour:02}",
    "h": lambda value, _: str(value.hour % 12 or 12),
    "hh": lambda value, _: f"{value.hour % 12 or 12:02}",
    "m": lambda value, _: str(value.minute),
    "mm": lambda value, _: f"{value.minute:02}",
    **{letters: _named(letters, _month) for letters in ("MMM", "MMMM", "LLL", "LLLL")},
    **{letters: _named(letters, lambda each: each.weekday()) for letters in ("E", "EEEE", "cccc")},
    "a": _named("a", _half),
}
_GREATEST: dict[str, Callable[[datetime], int]] = {
    "y": lambda value: value.year,
    "M": _month,
    "d": lambda value: value.day,
    "a": _half,
    "h": lambda value: value.hour % 12,
    "H": lambda value: value.hour,
    "m": lambda value: value.minute,
}
