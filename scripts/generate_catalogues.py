#!/usr/bin/env python3
"""Make what the pages know of languages, of translations (.po) and of CLDR, as Babel has it.

    scripts/generate_catalogues.py              write catalogues/*.json; list what they lack
    scripts/generate_catalogues.py --check      write nothing; exit with 1 when a file is not up to
                                                date or a message has no translation
    scripts/generate_catalogues.py --extract    print, for each language, the messages that lack a
                                                translation, ready to be put at the end of its .po

The letters' own messages lie apart, in the `words/` of invitations: only what they say, no dates.

A language is added by adding `catalogues/<tag>.po`. Its header's `Language` says which of CLDR's
locales dates and names come from (`pt.po` may say `pt_BR`), its `Plural-Forms` how many forms a
message with a number has. English needs none: its messages stand in the code and the templates.

Messages are found in calls of `_`, `n_`, `p_`, `text`, `text_in`, `plural` and `msgid` in code and
templates, in what `{% trans %}` holds, and in calls of `say` in the pages' scripts. A `.pot` among
the catalogues lists messages that nothing says yet.

Needs what `pip install --group test` brings. May be called from any folder.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from datetime import UTC, datetime
from gettext import c2py
from itertools import chain
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from babel import Locale  # noqa: E402 - found only now, like what follows
from babel.core import get_global  # noqa: E402
from babel.dates import format_datetime, match_skeleton, tokenize_pattern  # noqa: E402
from babel.localedata import locale_identifiers  # noqa: E402
from babel.messages import Catalog  # noqa: E402
from babel.messages.extract import extract  # noqa: E402
from babel.messages.pofile import read_po, write_po  # noqa: E402
from jinja2 import TemplateSyntaxError  # noqa: E402

from webinar_feeds.rendering.pages.language import (  # noqa: E402
    CONTEXT_END,
    ENGLISH,
    FIELDS,
    PLURALS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from babel.messages.catalog import Message

PAGES = ROOT / "src/webinar_feeds/rendering/pages"
LETTERS = ROOT / "src/webinar_feeds/invitations"
# Dates as the whole product writes them: the day before the month, and 24 hours.
ENGLISH_LOCALE = "en_GB"
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "text", "msgid"), None),
    **dict.fromkeys(("n_", "ngettext", "plural"), (1, 2)),
    **dict.fromkeys(("p_", "pgettext", "text_in"), ((1, "c"), 2)),
}
METHODS = {
    ".py": ("python", KEYWORDS),
    ".html": ("jinja2.ext:babel_extract", KEYWORDS),
    ".txt": ("jinja2.ext:babel_extract", KEYWORDS),
    ".js": ("javascript", {"say": None}),
}
DIGITS = {
    "latn": "", "arab": "٠١٢٣٤٥٦٧٨٩", "arabext": "۰۱۲۳۴۵۶۷۸۹",
    "beng": "০১২৩৪৫৬৭৮৯",  # codespell:ignore beng
    "deva": "०१२३४५६७८९", "mymr": "၀၁၂၃၄၅၆၇၈၉",
}  # fmt: skip
# Spanish says `e` before the sound of an i (RAE), which CLDR's patterns cannot say.
CHANGED = {"es": {"before": r"í|i(?![aeou])|hi(?![aeo])|y(?![aeiou])", "changed": "{0} e {1}"}}
# Datetimes that show all names: months, days from Monday, halves of a day.
MONTHS = [datetime(2024, month, 1, tzinfo=UTC) for month in range(1, 13)]
DAYS = [datetime(2024, 1, day, tzinfo=UTC) for day in range(1, 8)]
HALVES = [datetime(2024, 1, 1, hour, tzinfo=UTC) for hour in (6, 18)]
SAMPLES = {
    **dict.fromkeys(("MMM", "MMMM", "LLL", "LLLL"), MONTHS),
    **dict.fromkeys(("E", "EEEE", "cccc"), DAYS),
    "a": HALVES,
}


class Said(NamedTuple):
    """A message that is in use: its plural, if it goes with a number, and where it is said."""

    plural: str | None
    places: tuple[str, ...]


class CatalogueError(Exception):
    """A catalogue cannot be made; says why."""


def fail(why: str) -> NoReturn:
    """Give up."""
    raise CatalogueError(why)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the catalogues, or compare them with what lies there."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if not up to date")
    parser.add_argument("--extract", action="store_true", help="print what lacks a translation")
    parser.add_argument("--pages", type=Path, default=PAGES, help="the folder of the pages")
    options = parser.parse_args(arguments)
    found = catalogue(options.pages, "catalogues", files, options)
    if options.pages == PAGES:
        found |= catalogue(LETTERS, "words", words, options)
    return found


def catalogue(
    said_in: Path,
    name: str,
    made_of: Callable[[Mapping[str, Catalog], Mapping[Key, Said]], dict[str, bytes]],
    options: argparse.Namespace,
) -> int:
    """Write or compare what a folder's catalogues say; 1 when they are not as they should be."""
    folder: Path = said_in / name
    try:
        used = messages(said_in)
        catalogues = {path.stem: read(path) for path in sorted(folder.glob("*.po"))}
        if options.extract:
            for tag, catalogue in catalogues.items():
                print(lacking(catalogue, used), end="")
                for key in sorted(known(catalogue) - used.keys(), key=str):
                    place = f" (as: {key[0]})" if key[0] else ""
                    print(f"# {tag}.po has, and nothing says: {key[1]!r}{place}")
            return 0
        made = made_of(catalogues, used)
    except CatalogueError as error:
        print(error, file=sys.stderr)
        return 1
    return settle(folder, made, catalogues, used, check=options.check)


def settle(
    folder: Path,
    made: dict[str, bytes],
    catalogues: Mapping[str, Catalog],
    used: Mapping[Key, Said],
    *,
    check: bool,
) -> int:
    """Write files, or say which are not up to date, and which messages lack a translation."""
    failed = False
    for name in sorted({path.name for path in folder.glob("*.json")} - made.keys()):
        failed = True
        if check:
            print(f"{name} belongs to no catalogue", file=sys.stderr)
        else:
            (folder / name).unlink()
    for name, data in made.items():
        path = folder / name
        if check and (not path.exists() or path.read_bytes() != data):
            failed = True
            print(f"{name} is not what scripts/generate_catalogues.py makes", file=sys.stderr)
        elif not check:
            path.write_bytes(data)
            print(f"{name}: {len(data)} bytes")
    for tag, catalogue in catalogues.items():
        for context, msgid in sorted(used.keys() - known(catalogue), key=str):
            failed = True
            (first, *_) = used[context, msgid].places
            print(f"{tag}.po has no translation of {msgid!r} ({first})", file=sys.stderr)
    return int(failed and check)


# -------------------------------------------------------------------------------------- messages

Key = tuple[str, str]  # a message's context, empty where it has none, and its English text


def messages(pages: Path) -> dict[Key, Said]:
    """All messages that the pages' code and templates say, in order of their places."""
    found: dict[Key, Said] = {}
    for place, context, singular, plural in _said(pages):
        before = found.get((context, singular), Said(plural, ()))
        if plural is not None and before.plural not in (None, plural):
            fail(f"{place}: {singular!r} has another plural than before")
        found[context, singular] = Said(before.plural or plural, (*before.places, place))
    return found


def _said(pages: Path) -> Iterator[tuple[str, str, str, str | None]]:
    for path in sorted(pages.rglob("*")):
        name = path.relative_to(pages).as_posix()
        if path.suffix in METHODS:
            method, keywords = METHODS[path.suffix]
            with path.open("rb") as file:
                try:
                    found = [*extract(method, file, keywords, (), {"silent": "false"})]
                except TemplateSyntaxError as error:
                    fail(f"{name}:{error.lineno}: {error}")
            for line, msgid, _, context in found:
                some = (msgid,) if isinstance(msgid, str) else msgid
                yield f"{name}:{line}", context or "", some[0], some[1] if some[1:] else None
        elif path.suffix == ".pot":
            for message in read(path):
                if message.id:
                    yield name, message.context or "", *_both(message)


def _both(message: Message) -> tuple[str, str | None]:
    """The English of a message: alone, or for one and for several."""
    if isinstance(message.id, str):
        return message.id, None
    singular, plural = message.id
    return singular, plural


def read(path: Path) -> Catalog:
    """A file of messages."""
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def known(catalogue: Catalog) -> set[Key]:
    """The messages that a catalogue translates."""
    return {
        (message.context or "", _both(message)[0])
        for message in catalogue
        if message.id and not message.fuzzy and all(_forms(message))
    }


def _forms(message: Message) -> tuple[str, ...]:
    told = message.string
    return (told,) if isinstance(told, str) else tuple(told or ("",))


def lacking(catalogue: Catalog, used: Mapping[Key, Said]) -> str:
    """The messages without a translation, as entries of a .po."""
    new = Catalog(locale=catalogue.locale)
    there = known(catalogue)
    for (context, singular), (plural, places) in used.items():
        if (context, singular) not in there:
            new.add(
                singular if plural is None else (singular, plural),
                context=context or None,
                auto_comments=places,
            )
    if not len(new):
        return ""
    told = io.BytesIO()
    write_po(told, new, omit_header=True, width=0)
    return f"# --- {catalogue.locale}\n\n{told.getvalue().decode()}\n"


def _placeholders(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text)} - {None}


def translations(tag: str, catalogue: Catalog, used: Mapping[Key, Said]) -> dict[str, Any]:
    """What a catalogue says for the messages in use, by gettext's keys."""
    told: dict[str, Any] = {}
    there = known(catalogue)
    for message in catalogue:
        singular, plural = _both(message) if message.id else ("", None)
        key = (message.context or "", singular)
        if key not in there or key not in used:
            continue
        forms = _forms(message)
        if (used[key].plural is not None) != (plural is not None):
            fail(f"{tag}.po: {singular!r} goes with a number in one place and not in another")
        for form in forms:
            spare = {"n"} if plural is not None else set()
            if _placeholders(singular) - spare != _placeholders(form) - spare:
                fail(f"{tag}.po: {form!r} has other values than {singular!r}")
            if [form[:1].isspace(), form[-1:].isspace()] != [
                singular[:1].isspace(), singular[-1:].isspace(),
            ]:  # fmt: skip
                fail(f"{tag}.po: {form!r} begins or ends otherwise than {singular!r}")
        name = f"{message.context}{CONTEXT_END}{singular}" if message.context else singular
        told[name] = forms[0] if plural is None else list(forms)
    return told


def plural_forms(tag: str, rule: Callable[[int], int], count: int) -> str:
    """The plural forms of the numbers below `PLURALS`, one digit each; their end must recur."""
    half = PLURALS // 2
    listed = [rule(n) for n in range(PLURALS)]
    for n in (*range(PLURALS, 10 * PLURALS), *range(10**5, 10**5 + half)):
        if rule(n) != listed[half + n % half]:
            fail(f"{tag}.po: its plural forms do not recur after {PLURALS}: see {n}")
    if not set(listed) <= set(range(count)):
        fail(f"{tag}.po: its rule for plurals has other forms than {count}")
    return "".join(map(str, listed))


# ------------------------------------------------------------------------------------------ CLDR


def files(catalogues: Mapping[str, Catalog], used: Mapping[Key, Said]) -> dict[str, bytes]:
    """All files, by their names."""
    made: dict[str, bytes] = {}
    for tag, catalogue in {ENGLISH: None, **catalogues}.items():
        if catalogue is None:
            locale, told, rule, count = Locale.parse(ENGLISH_LOCALE), {}, "n != 1", 2
        else:
            if catalogue.locale is None:
                fail(f"{tag}.po: its header names no `Language` that CLDR knows")
            locale = catalogue.locale
            rule, count = catalogue.plural_expr, catalogue.num_plurals
            told = translations(tag, catalogue, used)
        data = {
            "tag": tag,
            "locale": _for_browsers(locale),
            "direction": locale.text_direction,
            "digits": _digits(locale),
            "plural_forms": plural_forms(tag, c2py(rule), count),
            **times_and_dates(tag, locale),
            "list": {
                part: locale.list_patterns["standard"][part]
                for part in ("start", "middle", "end", "2")
            }
            | CHANGED.get(locale.language, {}),
            "languages": dict(_languages(locale)),
            "territories": {
                code: name for code, name in sorted(locale.territories.items()) if len(code) == 2
            },
            "messages": told,
        }
        made[f"{tag}.json"] = dump(data)
        made[f"{tag}.zones.json"] = dump(zones(locale))
    made["autonyms.json"] = dump(dict(_autonyms()))
    made["zones.json"] = dump({
        "aliases": dict(sorted(get_global("zone_aliases").items())),
        "metazone_of": dict(sorted(get_global("meta_zones").items())),
    })  # fmt: skip
    return made


def words(catalogues: Mapping[str, Catalog], used: Mapping[Key, Said]) -> dict[str, bytes]:
    """Files that hold messages alone, by their names."""
    return {
        f"{tag}.json": dump({"messages": translations(tag, told, used)})
        for tag, told in catalogues.items()
    }


def times_and_dates(tag: str, locale: Locale) -> dict[str, Any]:
    """Patterns, and the names that they need."""
    skeletons, intervals = locale.datetime_skeletons, locale.interval_formats

    def skeleton(name: str) -> str:
        found = skeletons[name if name in skeletons else match_skeleton(name, skeletons)]
        return pattern(tag, found.pattern)

    def interval(name: str, fields: str) -> dict[str, list[str]]:
        told = intervals[name if name in intervals else match_skeleton(name, intervals)]
        return {
            field: [pattern(tag, part) for part in told[field]] for field in fields if field in told
        }

    time = pattern(tag, locale.time_formats["short"].pattern)
    patterns = {
        "full": pattern(tag, locale.date_formats["full"].pattern),
        "long": pattern(tag, locale.date_formats["long"].pattern),
        "time": time,
        **{name: skeleton(name) for name in ("MMMMd", "yMMMM", "yMMMd")},
        "interval": intervals[None],
        "variant": "{0} ({1})",
    }
    spans = interval("yMMMd", "yMd")
    times = interval("Hm" if "H" in time else "hm", "ahHm")
    intervals_too = chain(*spans.values(), *times.values())
    everything = " ".join(chain(patterns.values(), intervals_too))
    names = {
        letters: [format_datetime(each, letters, locale=locale) for each in some]
        for letters, some in SAMPLES.items()
        if f"{{{letters}}}" in everything or letters == "cccc"
    }
    return {"patterns": patterns, "spans": spans, "times": times, "names": names}


def pattern(tag: str, told: str) -> str:
    """One of CLDR's patterns for `str.format`: `{EEEE}, {d} {MMMM} {y}`."""
    parts = []
    for _, value in tokenize_pattern(told):
        if isinstance(value, str):
            parts.append(value.replace("{", "{{").replace("}", "}}"))
            continue
        letter, count = value
        letters = "E" if letter == "E" and count < 4 else letter * count
        if letters not in FIELDS:
            fail(f"{tag}.po: the pages cannot write {letters!r}, as in {told!r}")
        parts.append(f"{{{letters}}}")
    return "".join(parts)


def zones(locale: Locale) -> dict[str, Any]:
    """Names of time zones, for standard time and for summer time, and of their cities."""

    def long(names: Any) -> list[str | None]:  # noqa: ANN401 - Babel does not say
        told = names.get("long", {}) if names else {}
        return [
            name if (name := told.get(variant)) and name != "∅∅∅" else None
            for variant in ("standard", "daylight")
        ]

    metazones = {name: long(locale.meta_zones[name]) for name in sorted(locale.meta_zones)}
    metazone_of = get_global("meta_zones")
    places = {}
    for name in sorted(locale.time_zones):
        own = long(locale.time_zones[name])
        if any(own):
            shared = metazones.get(metazone_of.get(name), [None, None])
            places[name] = [one or other for one, other in zip(own, shared, strict=True)]
    cities = {
        name: city
        for name in sorted(locale.time_zones)
        if (city := locale.time_zones[name].get("city"))
        and city != name.rpartition("/")[2].replace("_", " ")
    }
    return {
        "cities": cities,
        "zones": places,
        "metazones": {name: both for name, both in metazones.items() if any(both)},
    }


def _languages(locale: Locale) -> Iterator[tuple[str, str]]:
    """The languages that have two letters or data in CLDR, and their written variants."""
    written = _written()
    for code, name in sorted(locale.languages.items()):
        language = code.partition("_")[0]
        if (len(language) == 2 or language in written) and name != code:
            yield code.replace("_", "-"), name


def _autonyms() -> Iterator[tuple[str, str]]:
    for code in sorted(_written()):
        name = Locale(code).languages.get(code)
        if name and name != code:
            yield code, name


def _written() -> set[str]:
    return {name for name in locale_identifiers() if "_" not in name and name != "root"}


def _for_browsers(locale: Locale) -> str:
    """The tag with which a browser's `Intl` writes as we do.

    Some browsers' own data is older than ours and has other digits for some languages (Arabic's
    were Eastern ones until CLDR 46), so a language that has digits of its own says which.
    """
    tag = str(locale).replace("_", "-")
    own = locale.other_numbering_systems.get("native", "latn")
    return tag if own == "latn" else f"{tag}-u-nu-{locale.default_numbering_system}"


def _digits(locale: Locale) -> str:
    system = locale.default_numbering_system
    if system not in DIGITS:
        fail(f"{locale}: the digits {system!r} are not known here")
    return DIGITS[system]


def dump(data: dict[str, Any]) -> bytes:
    """JSON, with a line for each message and for each key; compact, since builds wait for it."""

    def told(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def lines(some: Iterable[tuple[str, object]]) -> str:
        return "{\n" + ",\n".join(f"{told(key)}:{told(value)}" for key, value in some) + "\n}"

    parts = [
        f"{told(key)}:{lines(value.items()) if key == 'messages' and value else told(value)}"
        for key, value in data.items()
    ]
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


if __name__ == "__main__":
    sys.exit(main())
