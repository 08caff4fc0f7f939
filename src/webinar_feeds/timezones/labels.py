"""What the words of a written time zone mean.

Never guesses: what several zones call theirs, or what the database keeps for old programs only,
becomes a problem with the words to write instead (conformance 2.4: T1, T2, T4, T6, T12).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import pytz

from webinar_feeds.diagnostics import Rule, Severity, declare
from webinar_feeds.timezones.tzdb import (
    HOUR,
    OFFSET,
    canonical_ids,
    known,
    offset_name,
    same_place,
    tabled,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

unknown_zone = declare(
    "WF201",
    Severity.ERROR,
    "`{written}` is not a time zone",
    help="write {suggestion}",
)
ambiguous_name = declare(
    "WF202",
    Severity.ERROR,
    "`{written}` is what people in several time zones call theirs",
    help="write the zone's own id: {suggestion}",
)
deprecated_name = declare(
    "WF206",
    Severity.ERROR,
    "`{written}` is kept in the time zone database for old programs only",
    help="write {suggestion}",
)
impossible_offset = declare(
    "WF207",
    Severity.ERROR,
    "`{written}` is no offset that clocks use: they lie between UTC−12:00 and UTC+14:00",
    help="write an offset such as `UTC+01:00`, or the zone's id, such as `Europe/Berlin`",
)
contradictory_label = declare(
    "WF208",
    Severity.ERROR,
    "`{written}` says two different things: `{label}` and `{offset}`",
    help="write {suggestion}",
)


class Problem(NamedTuple):
    """A rule that applies to a text, with its values; the caller knows the text's place."""

    rule: Rule
    values: dict[str, object]


class Zone(NamedTuple):
    """What a written zone means.

    `name` is an IANA id, `UTC` or a fixed offset such as `UTC+01:00`. `literal` is the offset
    that the label says when it is read to the letter, None when it says none; `label` is the
    organiser's own wording, kept for people to read (T9).
    """

    name: str
    literal: timedelta | None
    label: str


_PLUS_ONE = """
cet | mez | hec | hnec | central european time | central europe time | central european winter time
middle european time | mitteleuropaische zeit | mitteleuropaeische zeit
mitteleuropaische winterzeit | mitteleuropaische normalzeit
heure d'europe centrale | heure de l'europe centrale | heure normale d'europe centrale
heure normale de l'europe centrale | heure d'hiver d'europe centrale
hora central europea | hora centroeuropea | hora de europa central
hora estandar de europa central | hora de invierno de europa central
"""
_PLUS_TWO = """
cest | cedt | mesz | haec | heec | central european summer time | central europe summer time
central european daylight time | central european daylight saving time
mitteleuropaische sommerzeit | mitteleuropaeische sommerzeit
heure d'ete d'europe centrale | heure avancee d'europe centrale
heure d'ete de l'europe centrale
hora de verano de europa central | hora central europea de verano | hora de verano centroeuropea
"""
_NEITHER = """
cet/cest | cest/cet | mez/mesz | mesz/mez | ce(s)t | me(s)z | europe/cet | europe/cest | europe/mez
europe/central european time | central european (summer) time
"""
_UTC_NAMES = frozenset(
    {
        *("utc", "gmt", "z", "zulu", "etc/utc", "etc/gmt", "universal time"),
        *("coordinated universal time", "greenwich mean time"),
    }
)
# The names that the tz database keeps "for compatibility with System V" and its own links (T6).
_DEPRECATED = {
    "met": "Europe/Berlin",
    "mest": "Europe/Berlin",
    "eet": "Europe/Athens",
    "eest": "Europe/Athens",
    "wet": "Europe/Lisbon",
    "west": "Europe/Lisbon",
    "hst": "Pacific/Honolulu",
    "est5edt": "America/New_York",
    "cst6cdt": "America/Chicago",
    "mst7mdt": "America/Denver",
    "pst8pdt": "America/Los_Angeles",
    # of several places with the same history, the one that is meant
    "gb": "Europe/London",
    "gb-eire": "Europe/London",
    "nz": "Pacific/Auckland",
    "us/arizona": "America/Phoenix",
    "us/samoa": "Pacific/Pago_Pago",
    "canada/eastern": "America/Toronto",
}
_AMBIGUOUS = {
    "ist": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "cst": ("America/Chicago", "America/Havana", "Asia/Shanghai"),
    "cdt": ("America/Chicago", "America/Havana"),
    "bst": ("Europe/London", "Asia/Dhaka", "Pacific/Bougainville"),
    "est": ("America/New_York", "America/Panama", "Australia/Sydney"),
    "edt": ("America/New_York", "Australia/Sydney"),
    "pst": ("America/Los_Angeles", "Asia/Manila"),
    "pdt": ("America/Los_Angeles", "America/Tijuana"),
    "mst": ("America/Denver", "America/Phoenix", "Asia/Kuala_Lumpur"),
    "mdt": ("America/Denver", "America/Edmonton"),
    "ast": ("America/Halifax", "America/Puerto_Rico", "Asia/Riyadh"),
    "adt": ("America/Halifax", "Atlantic/Bermuda"),
    "sst": ("Pacific/Pago_Pago", "Asia/Singapore"),
    "gst": ("Asia/Dubai", "Atlantic/South_Georgia"),
    "sast": ("Africa/Johannesburg", "Australia/Adelaide"),
    "msk": ("Europe/Moscow", "Europe/Minsk"),
    "jst": ("Asia/Tokyo", "Asia/Jerusalem"),
    "kst": ("Asia/Seoul", "Asia/Pyongyang"),
    "et": ("America/New_York", "America/Toronto"),
    "ct": ("America/Chicago", "America/Winnipeg"),
    "mt": ("America/Denver", "America/Edmonton"),
    "pt": ("America/Los_Angeles", "America/Vancouver", "Europe/Lisbon"),
    "eastern time": ("America/New_York", "America/Toronto", "Australia/Sydney"),
    "central time": ("America/Chicago", "America/Winnipeg"),
    "mountain time": ("America/Denver", "America/Edmonton"),
    "pacific time": ("America/Los_Angeles", "America/Vancouver"),
    "eastern european time": ("Europe/Athens", "Europe/Helsinki", "Europe/Kyiv"),
    "western european time": ("Europe/Lisbon", "Atlantic/Canary"),
    "european time": ("Europe/Berlin", "Europe/Athens", "Europe/Lisbon"),
}
_OLD_OFFSET = r"etc/gmt(?P<sign>[+-])(?P<hours>[0-9]{1,2})"
_WITH_PARENTHESIS = r"(?P<outer>[^()]+) \((?P<inner>[^()]+)\)"


@cache
def _labels() -> dict[str, timedelta | None]:
    """The names of Central European time, folded, and the offset each says literally (T2)."""
    table: dict[str, timedelta | None] = {}
    for names, literal in ((_PLUS_ONE, HOUR), (_PLUS_TWO, 2 * HOUR), (_NEITHER, None)):
        table |= dict.fromkeys(re.split(r" \| |\n", names.strip()), literal)
    return table


def _folded(written: str) -> str:
    """A label without what people vary: case, accents, dots, spacing, kinds of dash."""
    text = written.replace("’", "'").replace("ß", "ss")
    text = re.sub("[‐‑‒–—−]", "-", text)
    text = unicodedata.normalize("NFKD", text).casefold()
    text = "".join(each for each in text if not unicodedata.combining(each) and each != ".")
    text = re.sub(r"\s*/\s*", "/", re.sub(r"\s+", " ", text.replace("_", " ")))
    text = re.sub(r"(?<=[a-z]{3})-(?=[a-z])", " ", text)
    return text.strip().removeprefix("the ")


def understand(
    written: str, *, civil_zone: str = "Europe/Berlin", literally: bool = False
) -> Zone | Problem:
    """What the organiser's words for a zone mean (T1, T2, T4, T6, T12).

    Args:
        written: an IANA id, a name of Central European time, an offset, or a Windows name.
        civil_zone: the IANA id that names of Central European time stand for.
        literally: read such a name as the fixed offset that its letters say, where they do.

    Returns:
        The zone, or an error that says what to write instead.
    """
    return _understood(written, civil_zone, literally)


@lru_cache(maxsize=1024)
def _understood(written: str, civil_zone: str, literally: bool) -> Zone | Problem:  # noqa: FBT001 - a key of the cache
    name = written.strip()
    if name in tabled():
        return Zone(name, None, name)
    return _read(written, civil_zone, literally=literally)


def _read(written: str, civil_zone: str, *, literally: bool) -> Zone | Problem:
    """What words mean that are not an id in its own spelling."""
    text = _folded(written)
    if text in _labels():
        literal = _labels()[text]
        if literally and literal is not None:
            return Zone(offset_name(literal), None, written.strip())
        return _civil(written, civil_zone, literal)
    canonical = canonical_ids().get(re.sub(r"\s+", "_", written.strip()).casefold())
    name = "UTC" if text in _UTC_NAMES else canonical
    if name is not None:
        return Zone(name, None, written.strip())
    if offset := OFFSET.fullmatch(text):
        return _fixed(written, offset)
    if both := re.fullmatch(_WITH_PARENTHESIS, text):
        return _twice_said(written, both, civil_zone, literally=literally)
    return _windows(written, text) or _refused(written, text)


def _civil(written: str, civil_zone: str, literal: timedelta | None) -> Zone | Problem:
    if not known(civil_zone):
        return _refused(civil_zone, _folded(civil_zone))
    return Zone(civil_zone, literal, written.strip())


def _fixed(written: str, offset: re.Match[str]) -> Zone | Problem:
    """The zone of an offset that was written out (T4)."""
    hours, minutes = int(offset["hours"]), int(offset["minutes"] or 0)
    length = timedelta(hours=hours, minutes=minutes)
    if offset["sign"] == "-":
        length = -length
    if minutes > 59 or not -12 * HOUR <= length <= 14 * HOUR:
        return Problem(impossible_offset, {"written": written.strip()})
    return Zone(offset_name(length), None, written.strip())


def _twice_said(
    written: str, both: re.Match[str], civil_zone: str, *, literally: bool
) -> Zone | Problem:
    """A label that says itself twice, such as `Central European Time (CET)` or `CET (UTC+1)`."""
    outer, inner = both["outer"].strip(), both["inner"].strip()
    labels = _labels()
    if outer not in labels:
        return _refused(written, _folded(written))
    literal = labels[outer]
    if inner in labels:
        # `Central European Time (CEST)`: the letters disagree, so they say no offset
        literal = literal if labels[inner] == literal else None
    elif offset := OFFSET.fullmatch(inner):
        said = _fixed(inner, offset)
        if isinstance(said, Problem):
            return said
        if literal is None or offset_name(literal) != said.name:
            values = {"label": outer.upper() if len(outer) < 5 else outer, "offset": said.name}
            suggestion = f"`{civil_zone}` for the time on the clocks there, or `{said.name}`"
            return Problem(
                contradictory_label, {"written": written, **values, "suggestion": suggestion}
            )
    else:
        return _refused(written, _folded(written))
    if literally and literal is not None:
        return Zone(offset_name(literal), None, written.strip())
    return _civil(written, civil_zone, literal)


def _windows(written: str, text: str) -> Zone | None:
    """The zone of a name that Windows uses (T12); its words are no offset, but one's are taken so.

    `Central European Standard Time` is Warsaw to Windows, and UTC+1 to a reader of English.
    """
    if not text.endswith("time"):
        return None
    from icalendar.timezone.windows_to_olson import (  # noqa: PLC0415 - seldom needed, slow to load
        WINDOWS_TO_OLSON,
    )

    found = {_folded(name): zone for name, zone in WINDOWS_TO_OLSON.items()}.get(text)
    if found is None:
        return None
    name = canonical_ids().get(found.casefold())
    if name is None:
        return None
    literal = HOUR if text == "central european standard time" else None
    return Zone(name, literal, written.strip())


def _refused(written: str, text: str) -> Problem:
    """Why a text is no zone, and what to write instead (T6)."""
    values: dict[str, object] = {"written": written.strip()}
    if candidates := _AMBIGUOUS.get(text):
        return Problem(ambiguous_name, values | {"suggestion": _alternatives(candidates)})
    if replacement := _DEPRECATED.get(text):
        return Problem(deprecated_name, values | {"suggestion": f"`{replacement}`"})
    if old := re.fullmatch(_OLD_OFFSET, text):
        # POSIX counts west of Greenwich: Etc/GMT-1 is one hour ahead of UTC
        hours = int(old["hours"]) * HOUR
        suggestion = f"`{offset_name(hours if old['sign'] == '-' else -hours)}`"
        return Problem(deprecated_name, values | {"suggestion": suggestion})
    if kept := {each.casefold(): each for each in pytz.all_timezones}.get(
        written.strip().casefold()
    ):
        return Problem(deprecated_name, values | {"suggestion": f"`{same_place(kept)}`"})
    near = _near(written.strip())
    if not near:
        return Problem(
            unknown_zone, values | {"suggestion": "a zone's id, such as `Europe/Berlin`, or `UTC`"}
        )
    return Problem(unknown_zone, values | {"suggestion": _alternatives(near)})


def _alternatives(candidates: Sequence[str]) -> str:
    *others, last = (f"`{each}`" for each in candidates)
    return f"{', '.join(others)} or {last}" if others else last


def _near(written: str) -> tuple[str, ...]:
    """At most three ids that a misspelling may mean, by whole ids and by their last parts."""
    import difflib  # noqa: PLC0415 - for misspellings only

    text = re.sub(r"\s+", "_", written).casefold()
    ids = canonical_ids()
    cities: dict[str, list[str]] = {}
    for lower, name in ids.items():
        cities.setdefault(lower.rsplit("/", 1)[1], []).append(name)
    last = text.rsplit("/", 1)[-1]
    if last in cities:
        return tuple(cities[last][:3])
    found = [ids[each] for each in difflib.get_close_matches(text, ids, n=2, cutoff=0.75)]
    for city in difflib.get_close_matches(last, cities, n=2, cutoff=0.75):
        found.extend(cities[city])
    return tuple(dict.fromkeys(found))[:3]
