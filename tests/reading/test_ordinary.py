"""An ordinary file is read without places, and never differently."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as some

from event_files import source, with_session
from webinar_feeds.model import Site
from webinar_feeds.reading import kinds, ordinary, schema
from webinar_feeds.reading.characters import MARKS
from webinar_feeds.reading.nodes import LIMIT, Source
from webinar_feeds.reading.series import (
    Shared,
    ordinary_series,
    read_series,
    read_site,
    series_with_places,
    site_with_places,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hypothesis.strategies import DataObject, SearchStrategy


SERIES = ordinary.plan(schema.SERIES)
A_LOT = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


def is_ordinary(file: Source) -> bool:
    """Whether a file is read without places."""
    try:
        ordinary.read(file, SERIES, LIMIT)
    except kinds.NotOrdinary:
        return False
    return True


def test_a_file_with_a_doubtful_comment_is_read_with_places() -> None:
    assert is_ordinary(source(with_session("page: https://www.example.org/ # of ours")))
    assert not is_ordinary(source(with_session("platform: Zoom #ours")))


def agree(series: Source, site: Source | None = None) -> None:
    """Both ways of reading understand the same of a series and of a site, and say the same."""
    found = read_site(site)
    assert found.value is not None
    if site is not None:
        other = site_with_places(site)
        assert other.value is not None
        assert other.value.site == found.value.site
        assert other.diagnostics == found.diagnostics
        assert other.value.limit == found.value.limit
        assert other.value.level is not None
        assert found.value.level is not None
        assert other.value.level.values == found.value.level.values
    assert read_series(series, found.value) == series_with_places(series, found.value)


# --- what is ordinary ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "session",
    [
        "summary: |\n  Two lines\n  of Markdown",
        "talks:\n  - One\n  - {title: Two, speakers: Ana Lima}",
        "talks: [One, {title: Two, speakers: [Ana, {name: Zoë, city: Bogotá}]}]",
        "title: Questions & answers, at last!",
        'title: "A \\"quote\\", a tab\\tand \\u00e9"',
        "recording: announced",
        "recording: {url: https://media.example/1.mp4, published: 2020-07-10, size: 10}",
        "recordings: [{id: a, url: https://a.example/}, {id: b, url: https://b.example/}]",
        "also: 12:00–13:30 Europe/London",
        "also: [12:00–13:30 Europe/London, 07:00–08:30 America/New_York]",
        "confirmed_utc: 11:00",
        "topics: open science",
        "title: Nguyễn Văn An",
        "title: ọ́jọ́ is NFC with a mark",
        "join: {url: https://meet.example/, audience: public}",
        "title: 'it''s'",
        "summary: plain text\n  on two lines",
    ],
)
def test_what_organisers_write_is_ordinary(session: str) -> None:
    text = unicodedata.normalize("NFC", with_session(session))

    assert is_ordinary(source(text))
    agree(source(text))


@pytest.mark.parametrize("before", ["", "\ufeff", "---\n", "# a comment\n", "%YAML 1.1\n---\n"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_how_a_file_is_saved_makes_no_difference(before: str, line_break: str) -> None:
    text = before + with_session("summary: >\n  One\n  two\n\n  three\n")
    file = Source("events/open-science.yaml", text.replace("\n", line_break).encode())

    assert is_ordinary(file)
    agree(file)


@pytest.mark.parametrize(
    "session",
    [
        "title: &a One",
        "title: *a",
        "title: !!str One",
        "title: ! One",
        "talks: &a [One]",
        "talks: !!seq [One]",
        "join: &a {url: https://meet.example/, audience: public}",
        "join: !x {url: https://meet.example/, audience: public}",
        "summary: One\nsummary: Two",
        "summary: ''",
        "summary:",
        "summary: ~",
        "summary: [One]",
        "summary: {one: two}",
        "talks: [One, '']",
        "talks: [One, ~]",
        "talks: [[One]]",
        "talks: {titel: One}",
        "talks: [{summary: One}]",
        "join: https://meet.example/",
        "recording: {files: [https://media.example/1.mp4]}",
        "organizers: One",
        "? [a]\n: b",
        "? {a: b}\n: b",
        "<<: {summary: One}",
        "topics: [cafe\u0301]",
        'title: "cafe\\u0301"',
        'title: "\\u202e"',
        'title: "\\ufeffOne"',
        'title: "One\\rTwo"',
        'title: "One\\nTwo"',
        "title: a\u200e\u202eb",
        "title: a\x07b",
        "title: 'open",
        "summary: a\n\tb: c",
        "date: 2020-13-01",
        "duration: often",
        "sequence: many",
        "status: maybe",
        "page: www.example.org",
    ],
)
def test_what_may_need_words_is_left_to_the_reader_with_places(session: str) -> None:
    file = source(with_session(session))

    assert not read_quickly(file)
    agree(file)


def read_quickly(file: Source) -> bool:
    """Whether a file needs no places, neither for its values nor for what they say together."""
    try:
        ordinary_series(file, Shared(Site()))
    except kinds.NotOrdinary:
        return False
    return True


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfea\x00",
        b"title: caf\xe9\n",
        b"- title: One\n",
        b"One\n",
        b"# nothing\n",
        b"title: One\n---\ntitle: Two\n",
        b"title: One\n...\nmore\n",
        b"title: [One\n",
        b"[" * 5000,
        b"- " * 5000 + b"a",
        b"title: One\n" + b"#" * LIMIT,
        b'title: "\\ud800"\nsessions: []\n',
        b'title: "\\U00110000"\nsessions: []\n',
    ],
    ids=range(14),
)
def test_a_file_that_is_no_mapping_of_ordinary_text_is_left_too(data: bytes) -> None:
    file = Source("events/open-science.yaml", data)

    assert not read_quickly(file)
    agree(file)


def test_ascii_composes_with_the_marks_alone() -> None:
    decompositions = [unicodedata.decomposition(chr(each)) for each in range(sys.maxunicode + 1)]
    seconds = {
        chr(int(second, 16))
        for first, second in (
            each.split() for each in decompositions if re.fullmatch(r"\w+ \w+", each)
        )
        if int(first, 16) < 128
    }

    assert len(seconds) > 20
    assert [each for each in sorted(seconds) if not MARKS.fullmatch(each)] == []


# --- both ways, side by side --------------------------------------------------------------------


def fences(repository: Path) -> Iterator[str]:
    """Every block of code in the pages of the project."""
    for page in sorted((*repository.glob("docs/**/*.md"), *repository.glob("src/**/*.md"))):
        yield from re.findall(
            r"```\w*[^\n]*\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL
        )


def test_the_files_and_pages_of_the_project_are_read_alike(repository: Path) -> None:
    files = [path.read_bytes() for path in sorted(repository.glob("events/*.yaml"))]
    files += [block.encode() for block in fences(repository)]

    for data in files:
        agree(Source("events/open-science.yaml", data), Source("events/site.yaml", data))
    assert len(files) > 200
    assert sum(is_ordinary(Source("events/open-science.yaml", data)) for data in files) > 20


PIECES = [
    *(
        "",
        " ",
        "\n",
        "\t",
        ":",
        ": ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "'",
        '"',
        "|",
        ">",
        "&a",
        "*a",
        "!!x",
    ),
    *(
        "---\n",
        "...\n",
        "<<: ",
        "? ",
        "#",
        "%",
        "@",
        "~",
        "\\",
        "\\r",
        "\\n",
        "\\u0301",
        "\r",
        "\r\n",
    ),
    *("\x00", "\x85", "\u2028", "\ufeff", "\u202e", "\u0301", "NO", "010", "13:00", "24:00", "é"),
    *("2020-02-30", "2020-03-29", "02:30", "CET", "Europe/London", "timezone: Africa/Casablanca"),
    *("\n    status: cancelled", "\n    duration: 1h", "\n    id: inclusion", ", ", "announced"),
]


SPELLED = """
a|b c|en|2020-07-10|10|1h|13:00|13:00 CET|11:00|https://a.example/1|https://b.example/é.mp4|video/mp4
Europe/London|cancelled|public|announced|civil|earlier|30 days|~|| |
"""
WORDS = some.sampled_from([*re.split(r"[|\n]", SPELLED), "two\nlines"])


def value_of(kind: kinds.Kind) -> SearchStrategy[Any]:
    """A value of a kind: its example, any of a few words, or one of another shape."""
    if isinstance(kind, kinds.Many):
        one = some.deferred(lambda: value_of(kind.kind))
        return some.lists(one, min_size=1, max_size=2) | one
    if isinstance(kind, kinds.Record):
        return record_of(kind)
    right = some.just(kind.example.replace("…", "é"))
    return some.integers(0, 29).flatmap(lambda chance: WORDS if chance == 0 else right)


def record_of(record: kinds.Record) -> SearchStrategy[Any]:
    """Some of the keys of a record; nearly always those that it needs."""
    every = {each.key: value_of(each.kind) for each in record.fields}
    needed = [each.key for each in record.fields if each.required]
    return some.lists(some.sampled_from(sorted(every)), max_size=4, unique=True).flatmap(
        lambda keys: some.fixed_dictionaries({key: every[key] for key in (*needed, *keys)})
    )


@A_LOT
@given(record_of(schema.SERIES), some.none() | record_of(schema.SITE))
def test_no_file_of_known_keys_is_read_otherwise(
    series: dict[str, Any], site: dict[str, Any] | None
) -> None:
    event("ordinary" if is_ordinary(as_yaml(series, "open-science")) else "with places")
    agree(as_yaml(series, "open-science"), None if site is None else as_yaml(site, "site"))


def as_yaml(value: object, name: str) -> Source:
    """JSON is YAML."""
    return Source(f"events/{name}.yaml", json.dumps(value, ensure_ascii=False, indent=1).encode())


@A_LOT
@given(some.data())
def test_no_edit_of_a_real_file_is_read_otherwise(repository: Path, data: DataObject) -> None:
    text = (repository / "events/learning-cities-recovery.yaml").read_text(encoding="utf-8")[:2500]
    for _ in range(data.draw(some.integers(0, 3))):
        at = data.draw(some.integers(0, len(text)))
        cut = data.draw(some.integers(0, 12))
        piece = data.draw(some.sampled_from(PIECES) | some.text(max_size=3))
        text = text[:at] + piece + text[at + cut :]
    site = data.draw(
        some.sampled_from(
            [None, b"timezone: CET\ntime: 13:00", b"time: '25:00'", b"keep_cancelled: 9 days"]
        )
    )

    agree(
        Source("events/open-science.yaml", text.encode("utf-8", "surrogatepass")),
        None if site is None else Source("events/site.yaml", site),
    )
