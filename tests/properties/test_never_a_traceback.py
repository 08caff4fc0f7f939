"""Whatever an event file holds, it is answered with diagnostics that can be read and found."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

import plain_build
from event_files import with_session
from webinar_feeds import checks, pipeline
from webinar_feeds.diagnostics import CATALOGUE
from webinar_feeds.pipeline import Events
from webinar_feeds.reading import kinds, schema
from webinar_feeds.reading.characters import plain_breaks, printable
from webinar_feeds.reading.nodes import Source
from webinar_feeds.reading.series import locate

if TYPE_CHECKING:
    from pathlib import Path

    from hypothesis.strategies import DataObject, SearchStrategy

    from webinar_feeds.diagnostics import Location
    from webinar_feeds.pipeline import Loaded

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
SERIES, SITE = "events/open-science.yaml", "events/site.yaml"
LEDGER = "events/ledger/open-science.jsonl"
A_FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def loaded(series: bytes, site: bytes | None = None) -> Loaded:
    """What the pipeline makes of a folder; what it says has been seen to be in order."""
    held = {SERIES: series} | ({} if site is None else {SITE: site})
    above = None if site is None else Source(SITE, site)
    events = Events("events", above, (Source(SERIES, series),), {}, {})
    found = pipeline.load(events)
    for each in found.diagnostics:
        assert each.code in CATALOGUE
        assert each.message == " ".join(each.message.splitlines()), each
        assert not each.message.endswith("."), each
        for place in (each.location, *(related.location for related in each.related)):
            is_in(held, place)
    for one in found.series:
        sources = [Source(path, data) for path, data in held.items()]
        for finding in checks.check(one, None):
            is_in(held, locate(finding.route, *sources))
    if not any(each.severity == "error" for each in found.diagnostics):
        # what is understood can be published, all of it
        for artifact in plain_build.plan(events, NOW).artifacts:
            assert artifact.read()
    return found


def is_in(files: dict[str, bytes], place: Location) -> None:
    """A place names a file as a whole, or a span of one of its lines."""
    assert place.file in {*files, SITE}
    if place.line == 0:
        assert place == (place.file, 0, 0, 0, None)
        return
    text = files[place.file].decode("utf-8-sig", errors="replace")
    lines = printable(plain_breaks(text)).split("\n")
    assert 1 <= place.line <= len(lines), place
    line = lines[place.line - 1]
    assert place.text == line
    assert 1 <= place.column <= len(line) + 1, place
    assert place.column <= place.end_column <= len(line) + 4, place


# --- mutations of a real file -------------------------------------------------------------------

HOSTILE = [
    *("", " ", "\n", "\t", ":", "- ", "[", "]", "{", "}", "'", '"', "|", ">", "&a", "*a", "!!x"),
    *(
        "---\n",
        "...\n",
        "<<: ",
        "? ",
        "#",
        "%",
        "@",
        "`",
        "~",
        "\\",
        "\r",
        "\x00",
        "\x85",
        "\u2028",
    ),
    *("\ufeff", "\u202e", "\ud7ff", "NO", "010", "13:00", "24:00", "25:61", "2020-02-30", "CET"),
    *("https://[é", "https://¯", "javascript:", "{0}", "{key}", "%s", "é", "e\u0301", "🎓", "９"),
]


def mutated(text: str, data: DataObject) -> str:
    for _ in range(data.draw(some.integers(1, 4))):
        at = data.draw(some.integers(0, len(text)))
        cut = data.draw(some.integers(0, 30))
        piece = data.draw(some.sampled_from(HOSTILE) | some.text(max_size=4))
        text = text[:at] + piece + text[at + cut :]
    return text


@A_FEW
@given(some.data())
def test_no_edit_of_a_real_file_is_answered_with_a_traceback(
    repository: Path, data: DataObject
) -> None:
    text = (repository / "events/learning-cities-recovery.yaml").read_text(encoding="utf-8")

    loaded(mutated(text[:2500], data).encode("utf-8", "surrogatepass"))


@A_FEW
@given(some.data())
def test_no_edit_of_a_site_is_answered_with_a_traceback(data: DataObject) -> None:
    site = "title: Ours\nbase_url: https://w.example.org/\ntimezone: CET\ntime: 13:00–14:00\n"

    loaded(
        with_session("", "platform: Zoom").encode(),
        mutated(site, data).encode("utf-8", "surrogatepass"),
    )


@A_FEW
@given(some.binary(max_size=60), some.integers(0, 200))
def test_no_bytes_are_answered_with_a_traceback(put: bytes, at: int) -> None:
    whole = with_session().encode()

    loaded(whole[:at] + put + whole[at:])
    loaded(put, put)


# --- files built from the schema ----------------------------------------------------------------

WEIRD = some.sampled_from([*HOSTILE, "announced", "https://[é/", "http://user@x/", "a" * 300])


def value_of(kind: kinds.Kind) -> SearchStrategy[Any]:
    """A value of a kind as an organiser may give it: often right, sometimes anything."""
    wrong: SearchStrategy[Any] = (
        WEIRD | some.text(max_size=8) | some.just([]) | some.just({}) | some.just([[{}]])
    )
    right: SearchStrategy[Any]
    match kind:
        case kinds.Record():
            right = record(kind)
        case kinds.Many():
            one = some.deferred(lambda: value_of(kind.kind))
            right = some.lists(one, min_size=1, max_size=3) | one
        case kinds.Choice():
            right = some.sampled_from(kind.words)
        case _:
            right = some.just(kind.example.replace("…", "é"))
    return some.integers(0, 11).flatmap(lambda chance: wrong if chance == 0 else right)


def record(kind: kinds.Record) -> SearchStrategy[Any]:
    needed = {each.key: value_of(each.kind) for each in kind.fields if each.required}
    free = {each.key: value_of(each.kind) for each in kind.fields if not each.required}
    if not free:
        return some.fixed_dictionaries(needed)
    chosen = some.lists(some.sampled_from(sorted(free)), max_size=4, unique=True)
    return chosen.flatmap(
        lambda keys: some.fixed_dictionaries(needed | {key: free[key] for key in keys})
    )


RANGES = some.sampled_from(
    ["13:00–14:30", "13:00–14:30 CET", "23:30–00:30 UTC", "02:30–03:30 Europe/Berlin", "9:00"]
)
DAYS = some.sampled_from(["2020-07-08", "29 March 2020", "2020-10-25", "2037-12-31", "1970-01-01"])
SESSIONS = some.lists(
    some.tuples(record(schema.SESSION), DAYS, RANGES).map(
        lambda each: each[0] | {"date": each[1], "time": each[2]}
    ),
    min_size=1,
    max_size=3,
).map(lambda each: [one | {"id": f"s{number}"} for number, one in enumerate(each)])
FILES = some.tuples(record(schema.SERIES), SESSIONS).map(
    lambda each: {"timezone": "Europe/Berlin"} | each[0] | {"sessions": each[1]}
)


def as_yaml(value: object) -> bytes:
    """JSON is YAML; a lone surrogate becomes bytes that are not UTF-8."""
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")


@A_FEW
@given(FILES)
def test_no_file_of_known_keys_is_answered_with_a_traceback(file: dict[str, Any]) -> None:
    loaded(as_yaml(file))


@A_FEW
@given(FILES, record(schema.SITE))
def test_no_site_of_known_keys_is_answered_with_a_traceback(
    file: dict[str, Any], site: dict[str, Any]
) -> None:
    loaded(as_yaml(file), as_yaml(site))


@pytest.mark.parametrize(
    "text",
    [
        "sessions: " + "[" * 10_000,
        "a: " * 10_000,
        "- " * 10_000,
        '"' + "\\" * 9_999,
        with_session("summary: |\n  " + "(" * 5_000),
        with_session("title: " + "a" * 100_000),
        with_session("date: " + "1" * 5_000),
        with_session("time: " + "1:" * 5_000),
        with_session("recording: {url: https://v.org/1, duration: " + "9" * 5_000 + "h}"),
        with_session("page: https://" + "é" * 5_000),
        with_session("topics: [" + "a, " * 3_000 + "]"),
        with_session("time: 13:00–14:00 " + "C" * 5_000),
        with_session("a" * 5_000 + ": b"),
    ],
    ids=range(13),
)
def test_what_is_far_too_much_is_answered_too(text: str) -> None:
    loaded(text.encode())
