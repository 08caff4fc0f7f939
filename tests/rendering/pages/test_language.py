"""The pages' languages, beside Babel: dates, plurals and names are CLDR's, for every input."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytz
from babel import Locale
from babel.dates import (
    format_date,
    format_datetime,
    format_interval,
    format_skeleton,
    format_time,
    get_timezone_gmt,
    get_timezone_location,
    get_timezone_name,
)
from babel.lists import format_list
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from webinar_feeds.rendering.pages.language import autonym, language, msgid, tags
from webinar_feeds.timezones import at
from webinar_feeds.timezones.tzdb import tabled

if TYPE_CHECKING:
    from types import ModuleType

    from webinar_feeds.rendering.pages.language import Language

ROOT = Path(__file__).parents[3]
LOCALES = {"en": "en_GB", "fr": "fr", "es": "es", "de": "de", "ar": "ar"}
WHEN = datetime(2020, 6, 17, 13, 5, tzinfo=UTC)

datetimes = st.builds(
    datetime.combine, st.dates(date(1000, 1, 1), date(9999, 12, 31)), st.times(), st.just(UTC)
)
each_language = pytest.mark.parametrize("tag", LOCALES)


# ------------------------------------------------------------------------------------------ dates


@each_language
@given(value=datetimes)
def test_dates_and_times_are_those_of_cldr(tag: str, value: datetime) -> None:
    words, locale = language(tag), LOCALES[tag]
    assert words.date(value) == format_date(value, "full", locale)
    assert words.day(value) == format_date(value, "long", locale)
    assert words.day_and_month(value) == format_skeleton("MMMMd", value, locale=locale)
    assert words.month(value) == format_skeleton("yMMMM", value, locale=locale)
    assert words.weekday(value) == format_datetime(value, "cccc", locale=locale)
    assert words.time(value) == format_time(value, "short", locale=locale)


@each_language
@given(some=st.tuples(datetimes, datetimes).map(sorted))
def test_the_days_from_one_to_another_are_told_as_cldr_does(tag: str, some: list[datetime]) -> None:
    first, last = some
    expected = format_interval(first.date(), last.date(), "yMMMd", locale=LOCALES[tag])
    assert language(tag).span(first, last) == expected


@each_language
@given(first=datetimes, days=st.integers(0, 40))
def test_spans_within_a_month_are_told_as_cldr_does(tag: str, first: datetime, days: int) -> None:
    last = min(first, datetime(9999, 11, 1, tzinfo=UTC)) + timedelta(days=days)
    first = last - timedelta(days=days)
    expected = format_interval(first.date(), last.date(), "yMMMd", locale=LOCALES[tag])
    assert language(tag).span(first, last) == expected


@each_language
@given(day=st.dates(), some=st.lists(st.times(), min_size=2, max_size=2).map(sorted))
def test_times_of_one_day_are_told_as_cldr_does(tag: str, day: date, some: list[Any]) -> None:
    start, end = (
        datetime.combine(day, each.replace(second=0, microsecond=0), UTC) for each in some
    )
    skeleton = "hm" if tag == "ar" else "Hm"
    told = language(tag).times(start, end)
    if start == end:
        assert told == format_time(start, "short", locale=LOCALES[tag])
    else:
        assert told == format_interval(start, end, skeleton, locale=LOCALES[tag])


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", "23:00 – 00:30 (Thursday)"),
        ("fr", "23:00 – 00:30 (jeudi)"),
        ("es", "23:00 – 0:30 (jueves)"),
        ("de", "23:00 – 00:30 (Donnerstag)"),
        ("ar", "11:00 م – 12:30 ص (الخميس)"),
    ],
)
def test_a_session_over_midnight_names_the_day_of_its_end(tag: str, expected: str) -> None:
    start = WHEN.replace(hour=23, minute=0)
    told = language(tag).times(start, start + timedelta(minutes=90))
    assert told.replace("\u2009", " ") == expected


def test_a_session_of_a_week_names_the_date_of_its_end() -> None:
    told = language("en").times(WHEN, WHEN + timedelta(days=7))
    assert told.replace("\u2009", " ") == "13:05 – 13:05 (24 June 2020)"


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(0, "UTC"), (120, "UTC+2"), (330, "UTC+5:30"), (-150, "UTC−2:30"), (-300, "UTC−5")],
)
def test_an_offset_is_one_from_utc(minutes: int, expected: str) -> None:
    there = WHEN.astimezone(timezone(timedelta(minutes=minutes)))
    assert language("de").offset(there) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (5280, ("1 h 28 min", "1 h 28 min", "1 Std. 28 Min.", "1 س 28 د")),
        (3600, ("1 h", "1 h", "1 Std.", "1 س")),
        (3630, ("1 h", "1 h", "1 Std.", "1 س")),
        (90, ("1 min 30 s", "1 min 30 s", "1 Min. 30 Sek.", "1 د 30 ث")),
        (0, ("0 s", "0 s", "0 Sek.", "0 ث")),
    ],
)
def test_a_duration_has_its_two_greatest_units(seconds: int, expected: tuple[str, ...]) -> None:
    told = (language(tag).duration(timedelta(seconds=seconds)) for tag in ("en", "fr", "de", "ar"))
    assert tuple(each.replace("\u00a0", " ") for each in told) == expected


# --------------------------------------------------------------------------------------- messages


@each_language
@given(n=st.integers(0, 999_999))
def test_a_number_takes_the_form_that_cldr_says(tag: str, n: int) -> None:
    rule = Locale.parse(LOCALES[tag]).plural_form
    order: list[str] = [
        name
        for name in ("zero", "one", "two", "few", "many", "other")
        if name in {*rule.tags, "other"}
        # Of whole numbers, only millions are `many` in these.
        and not (name == "many" and tag in {"fr", "es"})
    ]
    assert language(tag).form(n) == order.index(rule(n))


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (
            "en",
            ["0 sessions", "1 session", "2 sessions", "5 sessions", "11 sessions", "100 sessions"],
        ),
        ("fr", ["0 séance", "1 séance", "2 séances", "5 séances", "11 séances", "100 séances"]),
        ("ar", ["لا جلسات", "جلسة واحدة", "جلستان", "5 جلسات", "11 جلسة", "100 جلسة"]),
    ],
)
def test_sessions_are_counted_as_people_count_them(tag: str, expected: list[str]) -> None:
    told = [
        language(tag).plural("{n} session", "{n} sessions", n).replace("\u00a0", " ")
        for n in (0, 1, 2, 5, 11, 100)
    ]
    assert told == expected


def test_a_message_without_a_translation_is_english_and_says_so() -> None:
    french = language("fr")
    assert french.text("Good evening, {name}", name="Ana") == "Good evening, Ana"
    assert french.missing("Good evening, {name}")
    assert french.plural("{n} moon", "{n} moons", 0) == "0 moons"
    assert not french.missing("Subscribe")
    assert not language("en").missing("Good evening, {name}")
    assert french.missing("Subscribe", "a context that it is not said in")


def test_a_message_without_values_keeps_its_braces_for_scripts() -> None:
    assert language("de").text("Starts {when}") == "Beginnt {when}"


def test_a_value_may_be_safe_html_and_then_everything_else_is_escaped() -> None:
    name = Markup("<a>Ana & Co</a>")
    told = language("en").text("“{text}” & {other}", text=name, other="<b>")
    assert told == Markup("“<a>Ana & Co</a>” &amp; &lt;b&gt;")
    assert isinstance(told, Markup)
    assert not isinstance(language("en").text("{other}", other="<b>"), Markup)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("en", "“a”"), ("fr", "«\u00a0a\u00a0»"), ("es", "«a»"), ("de", "„a“"), ("ar", "«a»")],
)
def test_quotation_marks_are_the_languages_own(tag: str, expected: str) -> None:
    assert language(tag).quoted("a") == expected


# ------------------------------------------------------------------------------------------ names


@each_language
@given(names=st.lists(st.text("abcxz{}", min_size=1), min_size=1))
def test_names_are_listed_as_cldr_does(tag: str, names: list[str]) -> None:
    braced = [each.replace("{", "(").replace("}", ")") for each in names]
    assert language(tag).enumeration(braced) == format_list(braced, locale=LOCALES[tag])


@given(names=st.lists(st.text("a{}0", min_size=1), min_size=1, max_size=5))
def test_braces_in_names_are_only_braces(names: list[str]) -> None:
    *most, last = names
    expected = f"{', '.join(most)} and {last}" if most else last
    assert language("en").enumeration(names) == expected


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("Irene", "Ana e Irene"),
        ("Íñigo", "Ana e Íñigo"),
        ("Hilda", "Ana e Hilda"),
        ("Yves", "Ana e Yves"),
        ("Hierro", "Ana y Hierro"),
        ("Yolanda", "Ana y Yolanda"),
        ("Luis", "Ana y Luis"),
    ],
)
def test_spanish_says_e_before_the_sound_of_an_i(last: str, expected: str) -> None:
    assert language("es").enumeration(["Ana", last]) == expected


def test_a_list_with_safe_html_is_safe_html() -> None:
    told = language("fr").enumeration([Markup("<a>A</a>"), "B & C", "D"])
    assert told == Markup("<a>A</a>, B &amp; C et D")
    assert isinstance(told, Markup)


@pytest.mark.parametrize(
    ("tag", "named", "expected"),
    [
        ("fr", "de", "allemand"),
        ("de", "FR", "Französisch"),
        ("en", "pt-br", "Brazilian Portuguese"),
        ("en", "fr_BE", "French (Belgium)"),
        ("en", "zh-hant-TW", "Traditional Chinese"),
        ("ar", "en", "الإنجليزية"),
        ("en", "es-419", "Latin American Spanish"),
        ("en", "sr-Latn", "Serbian"),
        ("en", "tlh", "tlh"),
    ],
)
def test_languages_have_names(tag: str, named: str, expected: str) -> None:
    assert language(tag).language_name(named) == expected


@each_language
def test_every_language_of_two_letters_is_named_as_cldr_does(tag: str) -> None:
    names = {str(code): name for code, name in Locale.parse(LOCALES[tag]).languages.items()}
    codes = [code for code in names if len(code) == 2]
    assert [language(tag).language_name(code) for code in codes] == [names[code] for code in codes]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("de", "Deutsch"), ("fr-CA", "français"), ("ar", "العربية"), ("pt", "português"), ("x", "x")],
)
def test_a_language_calls_itself_something(tag: str, expected: str) -> None:
    assert autonym(tag) == expected


@each_language
@pytest.mark.parametrize("month", [1, 7])
def test_zones_are_named_as_cldr_does(tag: str, month: int) -> None:
    words, told = language(tag), {}
    expected = {}
    for zone in sorted(tabled()):
        there = at(datetime(2020, month, 15, 12, tzinfo=UTC), zone)
        named = get_timezone_name(there, locale=LOCALES[tag])
        offset = words.offset(there)
        nameless = named == get_timezone_gmt(there, locale=LOCALES[tag])
        expected[zone] = offset if nameless else f"{named} ({offset})"
        told[zone] = words.zone(there, zone)
    assert told == expected


def test_zones_without_a_name_give_their_offset() -> None:
    there = WHEN.astimezone(timezone(timedelta(hours=1)))
    assert language("fr").zone(there, "UTC+01:00") == "UTC+1"
    assert language("fr").zone(WHEN, "UTC") == "temps universel coordonné (UTC)"


@each_language
def test_cities_of_zones_are_named_as_cldr_does(tag: str) -> None:
    zones = sorted(tabled())
    assert {zone: language(tag).city(zone) for zone in zones} == {
        # The last part of an id stands for a name that there is not (UTS 35); Babel takes two.
        zone: get_timezone_location(
            pytz.timezone(zone), locale=LOCALES[tag], return_city=True
        ).rpartition("/")[2]
        for zone in zones
    }


# -------------------------------------------------------------------------------------- languages


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("fr", "fr"),
        ("FR", "fr"),
        ("fr-CA", "fr"),
        ("fr_CA", "fr"),
        ("de-Latn-x-dialect", "de"),
        ("it", "en"),
        ("", "en"),
        ("../zones", "en"),
        ("zones", "en"),
        ("fr.zones", "en"),
        ("autonyms", "en"),
    ],
)
def test_a_tag_leads_to_its_language_or_a_wider_one_or_english(tag: str, expected: str) -> None:
    assert language(tag).tag == expected


def test_a_language_is_read_once() -> None:
    assert language("fr-CA") is language("fr")


def test_direction_and_what_browsers_need_to_know() -> None:
    told = {tag: (language(tag).direction, language(tag).locale) for tag in sorted(tags())}
    assert told == {
        "ar": ("rtl", "ar-u-nu-latn"),
        "de": ("ltr", "de"),
        "en": ("ltr", "en-GB"),
        "es": ("ltr", "es"),
        "fr": ("ltr", "fr"),
    }


def test_no_build_imports_babel() -> None:
    program = (
        "import sys\n"
        "from datetime import UTC, datetime\n"
        "from webinar_feeds.rendering.pages.language import language\n"
        "when = datetime(2020, 6, 17, tzinfo=UTC)\n"
        "language('ar').date(when), language('ar').zone(when, 'Africa/Kigali')\n"
        "print(sorted({'babel', 'jinja2', 'markupsafe'} & sys.modules.keys()))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert ran.stdout == "[]\n"


# ------------------------------------------------------------------------------------- the script


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = spec_from_file_location("catalogues", ROOT / "scripts/generate_catalogues.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


PERSIAN = """\
msgid ""
msgstr ""
"Language: fa\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=n > 1;\\n"

msgid "Hello"
msgstr "سلام"

msgctxt "in a title"
msgid "Hello"
msgstr "درود"

msgid "{n} cat of {name}"
msgid_plural "{n} cats of {name}"
msgstr[0] "{n} گربهٔ {name}"
msgstr[1] "{n} گربهٔ {name}"
"""
TEMPLATE = """\
<p>{{ _("Hello") }} {{ p_("in a title", "Hello") }}</p>
{{ n_("{n} cat of {name}", "{n} cats of {name}", 3, name="Ana") }}
"""


class Pages:
    """A folder like that of the pages, and the script at work in it."""

    def __init__(self, folder: Path, script: ModuleType) -> None:
        self.folder, self._script = folder, script
        (folder / "templates").mkdir()
        (folder / "catalogues").mkdir()
        self.write("templates/page.html", TEMPLATE)
        self.write("catalogues/fa.po", PERSIAN)

    def write(self, path: str, text: str) -> None:
        (self.folder / path).write_text(text, encoding="utf-8")

    def run(self, *options: str) -> int:
        status: int = self._script.main([*options, "--pages", str(self.folder)])
        return status

    def language(self, tag: str) -> Language:
        return language(tag, self.folder / "catalogues")


@pytest.fixture
def pages(tmp_path: Path, script: ModuleType) -> Pages:
    return Pages(tmp_path, script)


def test_a_language_is_added_by_adding_a_file(pages: Pages) -> None:
    assert pages.run() == 0
    assert pages.run("--check") == 0
    persian = pages.language("fa-IR")
    assert (persian.tag, persian.direction, persian.locale) == ("fa", "rtl", "fa-u-nu-arabext")
    assert persian.text("Hello") == "سلام"
    assert persian.text_in("in a title", "Hello") == "درود"
    assert persian.plural("{n} cat of {name}", "{n} cats of {name}", 12, name="A1") == "۱۲ گربهٔ A1"
    eastern = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
    assert persian.date(WHEN) == format_date(WHEN, "full", "fa").translate(eastern)
    assert persian.time(WHEN) == format_time(WHEN, "short", locale="fa").translate(eastern)
    assert persian.enumeration("abc") == format_list("abc", locale="fa")
    assert persian.enumeration("ab") == format_list("ab", locale="fa")
    assert not persian.missing("Hello", "in a title")


def test_the_files_are_the_same_each_time(pages: Pages) -> None:
    pages.run()
    made = {path.name: path.read_bytes() for path in pages.folder.glob("catalogues/*.json")}
    pages.run()
    assert {path.name: path.read_bytes() for path in pages.folder.glob("catalogues/*.json")} == made
    assert sorted(made) == [
        "autonyms.json", "en.json", "en.zones.json", "fa.json", "fa.zones.json", "zones.json",
    ]  # fmt: skip


def test_a_message_that_lacks_a_translation_fails_the_check_and_is_listed(
    pages: Pages, capsys: pytest.CaptureFixture[str]
) -> None:
    pages.write("more.py", 'def f(words):\n    return words.text("Good night, {name}", name="A")\n')
    pages.write(
        "templates/more.html",
        '{% trans %}Sleep well{% endtrans %}{{ ngettext("a star", "stars", 2) }}',
    )
    assert pages.run() == 0
    capsys.readouterr()
    assert pages.run("--check") == 1
    assert capsys.readouterr().err.splitlines() == [
        "fa.po has no translation of 'Good night, {name}' (more.py:2)",
        "fa.po has no translation of 'Sleep well' (templates/more.html:1)",
        "fa.po has no translation of 'a star' (templates/more.html:1)",
    ]
    assert pages.run("--extract") == 0
    listed = capsys.readouterr().out
    assert 'msgid "Good night, {name}"\nmsgstr ""' in listed
    assert 'msgid "a star"\nmsgid_plural "stars"' in listed
    assert '"Hello"' not in listed
    assert pages.language("fa").missing("Sleep well")


@pytest.mark.parametrize(
    "lacking",
    [
        PERSIAN.replace('msgstr "سلام"', 'msgstr ""'),
        PERSIAN.replace('msgid "Hello"\nmsgstr "سلام"', '#, fuzzy\nmsgid "Hello"\nmsgstr "سلام"'),
    ],
)
def test_an_empty_or_a_guessed_translation_is_none(
    pages: Pages, capsys: pytest.CaptureFixture[str], lacking: str
) -> None:
    pages.write("catalogues/fa.po", lacking)
    pages.run()
    capsys.readouterr()
    assert pages.run("--check") == 1
    told = "fa.po has no translation of 'Hello' (templates/page.html:1)\n"
    assert capsys.readouterr().err == told
    assert pages.language("fa").text("Hello") == "Hello"


def test_what_nothing_says_any_more_is_left_out_and_named(
    pages: Pages, capsys: pytest.CaptureFixture[str]
) -> None:
    pages.write("templates/page.html", '{{ _("Hello") }}')
    assert pages.run() == 0
    assert pages.language("fa").missing("{n} cat of {name}")
    capsys.readouterr()
    assert pages.run("--extract") == 0
    assert capsys.readouterr().out.splitlines() == [
        "# fa.po has, and nothing says: '{n} cat of {name}'",
        "# fa.po has, and nothing says: 'Hello' (as: in a title)",
    ]


def test_messages_of_scripts_and_marked_ones_are_found(
    pages: Pages, capsys: pytest.CaptureFixture[str]
) -> None:
    pages.write("times.js", 'place.textContent = say("On {day}", { day }); other("No");')
    pages.write("states.py", f'STATES = {{"off": msgid("{msgid("Off")}"), "on": "On"}}\n')
    pages.run()
    capsys.readouterr()
    assert pages.run("--check") == 1
    assert capsys.readouterr().err.splitlines() == [
        "fa.po has no translation of 'Off' (states.py:1)",
        "fa.po has no translation of 'On {day}' (times.js:1)",
    ]


def test_a_template_of_messages_says_what_will_be_said(pages: Pages) -> None:
    pages.write("catalogues/soon.pot", PERSIAN.replace("Hello", "Bye").replace('"fa', '"en'))
    pages.run()
    assert pages.run("--check") == 1


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        (
            "templates/page.html",
            '{{ _("Hello" }}',
            "templates/page.html:1: unexpected '}', expected ')'",
        ),
        (
            "templates/more.html",
            '{{ n_("{n} cat of {name}", "{n} kittens of {name}", 2) }}',
            "templates/page.html:2: '{n} cat of {name}' has another plural than before",
        ),
        (
            "templates/more.html",
            '{{ n_("Hello", "Hellos", 2) }}',
            "fa.po: 'Hello' goes with a number in one place and not in another",
        ),
        (
            "catalogues/fa.po",
            PERSIAN.replace('[0] "{n} گربهٔ {name}', '[0] "{n} گربهٔ {nom}'),
            "fa.po: '{n} گربهٔ {nom}' has other values than '{n} cat of {name}'",
        ),
        (
            "catalogues/fa.po",
            PERSIAN.replace('"درود"', '"درود "'),
            "fa.po: 'درود ' begins or ends otherwise than 'Hello'",
        ),
        (
            "catalogues/fa.po",
            PERSIAN.replace("plural=n > 1", "plural=n % 1000 == 7"),
            "fa.po: its plural forms do not recur after 200: see 1007",
        ),
        (
            "catalogues/fa.po",
            PERSIAN.replace("plural=n > 1", "plural=n % 10"),
            "fa.po: its rule for plurals has other forms than 2",
        ),
        (
            "catalogues/fa.po",
            PERSIAN.replace("Language: fa", "Language: tlh"),
            "fa.po: its header names no `Language` that CLDR knows",
        ),
        (
            "catalogues/fa.po",
            PERSIAN.replace("Language: fa", "Language: th"),
            "fa.po: the pages cannot write 'G', as in 'EEEEที่ d MMMM G y'",
        ),
    ],
)
def test_what_cannot_be_made_is_said(
    pages: Pages, capsys: pytest.CaptureFixture[str], path: str, text: str, why: str
) -> None:
    pages.write(path, text)
    assert pages.run() == 1
    assert capsys.readouterr().err == f"{why}\n"


def test_stale_and_left_over_files_fail_the_check(
    pages: Pages, capsys: pytest.CaptureFixture[str]
) -> None:
    pages.run()
    pages.write("catalogues/en.json", "{}")
    pages.write("catalogues/xx.json", "{}")
    capsys.readouterr()
    assert pages.run("--check") == 1
    assert capsys.readouterr().err.splitlines() == [
        "xx.json belongs to no catalogue",
        "en.json is not what scripts/generate_catalogues.py makes",
    ]
    assert pages.run() == 0
    assert pages.run("--check") == 0
    assert not (pages.folder / "catalogues/xx.json").exists()
