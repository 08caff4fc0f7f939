"""Whatever organisers write, others read: every text, through readers that are not ours.

Run as a program, it says which lines the calendars of hostile texts have (see below).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import plain_build
from referees import Event, ical_js, libical, libical_properties, plain
from webinar_feeds import ledger, pipeline, timezones
from webinar_feeds.model import (
    Audience,
    Form,
    Join,
    Organizer,
    Recording,
    Series,
    Session,
    Site,
    Speaker,
    Talk,
)
from webinar_feeds.reading.nodes import Source
from webinar_feeds.rendering import calendar

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
SITE = Site(title="Our webinars", base_url="https://webinars.example.org/")
CALENDAR = "open-science/calendar.ics"
INVITE = "open-science/invites/preprints.ics"

# What S2 lets through: no control but tab and newline, nothing that turns text around.
REFUSED = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
FRAGMENTS = [
    *("\\", "\\\\", "\\n", "\\N", "\\,", "\\;", ",", ";", ":", '"', "'", "^n", "^'", "=", "%0A"),
    *(" ", "  ", "\t", "\u00a0", "\u3000", "END:VEVENT", "BEGIN:VALARM", "x" * 70, "\\" * 80),
    *(
        "👩🏽‍🏫",
        "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
        "שלום",
        "مرحبا",
        "e\u0301",
        "ก็",
        "क्षि",
        "長" * 30,
        "\U0010fffd",
        "\u200d",
        "\u200f",
    ),
]
BROKEN = [*FRAGMENTS, "\n", "\n\n", "\nATTENDEE:mailto:evil@x", "\n DESCRIPTION:x"]


def texts(fragments: list[str]) -> st.SearchStrategy[str]:
    """Texts as they are once they have been read: no refused character, nothing at the ends."""
    letters = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=12)
    parts = st.lists(st.sampled_from(fragments) | letters, min_size=1, max_size=12)
    return parts.map(lambda each: re.sub(REFUSED, "", "".join(each)).strip()).filter(bool)


LINE = texts(FRAGMENTS)
ANY = texts(BROKEN)


def session(**how: Any) -> Session:
    start = datetime(2027, 1, 14, 12, tzinfo=UTC)
    held: dict[str, Any] = {
        "id": "preprints",
        "title": "Preprints",
        "start": timezones.at(start, "Europe/Berlin"),
        "end": timezones.at(start + timedelta(minutes=90), "Europe/Berlin"),
        "zone": "Europe/Berlin",
        "form": Form.ZONED,
        "written": "13:00–14:30",
    }
    return Session(**(held | how))


def files(told: Series) -> dict[str, bytes]:
    publication = ledger.revise(told, SITE, None, NOW).publication
    return {each.path: each.read() for each in calendar.render(publication, SITE)}


def physical_lines(data: bytes) -> list[bytes]:
    """The lines of a calendar, held to the rules about bytes: C1, C2, C3 and C5."""
    assert not data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\r\nEND:VCALENDAR\r\n")
    lines = data.removesuffix(b"\r\n").split(b"\r\n")
    for line in lines:
        line.decode()
        assert len(line) <= 75
        assert (len(line) - len(line.rstrip(b"\\"))) % 2 == 0
        assert re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line) is None
    return lines


def line_names(data: bytes) -> list[str]:
    return [line.name for line in map(plain.line, plain.unfolded(data))]


MEANT = {"n": "\n", "\\": "\\", ";": ";", ",": ","}


def unescaped(text: str) -> str:
    r"""A TEXT as RFC 5545 §3.3.11 reads it; anything else behind a backslash is an error."""
    return re.sub(r"\\(.?)", lambda found: MEANT[found[1]], text)


# ical.js takes the comma after an escaped backslash for an escaped one.
TOPIC = LINE.filter(lambda text: not text.endswith("\\"))
PEOPLE = st.builds(Speaker, LINE, st.none() | LINE, st.none() | LINE, st.none() | LINE, LINE)
TALKS = st.lists(st.builds(Talk, LINE, st.lists(PEOPLE, max_size=2).map(tuple)), max_size=2)


@settings(max_examples=100, deadline=None)
@given(
    title=ANY,
    talks=TALKS.map(tuple),
    topics=st.lists(TOPIC, min_size=1, max_size=3).map(tuple),
    platform=ANY,
    series_title=ANY,
    organizer=LINE,
)
@example(
    title="\\",
    talks=(),
    topics=("a,b", "\\c"),
    platform="\\\\n",
    series_title="x\\;",
    organizer=";",
)
def test_every_text_is_read_back_as_it_was_written(
    *,
    title: str,
    talks: tuple[Talk, ...],
    topics: tuple[str, ...],
    platform: str,
    series_title: str,
    organizer: str,
) -> None:
    one = session(title=title, talks=talks, topics=topics, platform=platform)
    told = Series("open-science", series_title, "en", (one,), organizers=(Organizer(organizer),))
    written = files(told)
    said = [text for talk in talks for text in spoken(talk)] + [series_title, organizer]

    for data in written.values():
        physical_lines(data)
        for read in (ical_js, libical):
            (event,) = read(data)
            assert (event.summary, event.location) == (title, platform)
            assert [text for text in said if text not in described(event)] == []
        assert read_categories(data) == topics
        assert described(ical_js(data)[0]) == described(libical(data)[0])
        assert described(ical_js(data)[0]) == unescaped(line_of(data, "DESCRIPTION"))
    names = dict(libical_properties(written[CALENDAR]))
    assert (names["NAME"], names["X-WR-CALNAME"]) == (series_title, series_title)
    assert unescaped(line_of(written[CALENDAR], "NAME")) == series_title


def spoken(talk: Talk) -> list[str]:
    people = [(each.name, each.prefix, each.role, each.affiliation) for each in talk.speakers]
    return [talk.title, *(text for person in people for text in person if text)]


def described(event: Event) -> str:
    assert event.description is not None
    return event.description


def read_categories(data: bytes) -> tuple[str, ...] | None:
    (event,) = ical_js(data)
    return event.categories


def line_of(data: bytes, name: str) -> str:
    """The value of the last line of a name: the event's own, where it has one."""
    return [line.value for line in map(plain.line, plain.unfolded(data)) if line.name == name][-1]


WORDS = st.text(st.sampled_from("abc déñ שלום 日本,;:.'\"()\u00a0"), min_size=1).map(str.strip)


@settings(max_examples=60, deadline=None)
@given(summary=st.lists(WORDS.filter(bool), min_size=1, max_size=4).map("\n\n".join))
@example("one, two; three: “four”\n\nfive")
def test_a_summary_without_markup_is_read_back_as_it_was_written(summary: str) -> None:
    told = Series("open-science", "Open science", "en", (session(summary=summary),), summary)

    data = files(told)[CALENDAR]

    physical_lines(data)
    for read in (ical_js, libical):
        assert f"\n\n{summary}\n\nPart of “Open science”" in described(read(data)[0])
    names = dict(libical_properties(data))
    assert (names["DESCRIPTION"], names["X-WR-CALDESC"]) == (summary, summary)


# --- S3: no text begins a line of its own, also where Python drops assertions ---

HOSTILE = "\r\nATTENDEE:mailto:evil@x\nBEGIN:VALARM\r\u2028ATTENDEE:mailto:evil@x\x85X:1"


def full(extra: str = "") -> Series:
    """A series with every text there is, each with more behind it."""
    person = Speaker(*(f"{word}{extra}" for word in ("Ana Lima", "Dr", "Head", "School", "Lisbon")))
    one = session(
        title=f"Preprints{extra}",
        summary=f"What we found.{extra}",
        talks=(Talk(f"A talk{extra}", (person,), f"On data.{extra}"),),
        topics=(f"health{extra}", f"data{extra}"),
        platform=f"Zoom{extra}",
        join=Join(f"https://meet.example.org/{extra}", Audience.PUBLIC),
        registration=f"https://register.example.org/{extra}",
        page=f"https://www.example.org/one{extra}",
        recordings=(
            Recording("recording", f"https://v.example.org/{extra}", title=f"English{extra}"),
        ),
        uid=f"adopted{extra}",
    )
    return Series(
        "open-science",
        f"Open science{extra}",
        "en",
        (one,),
        summary=f"All of it.{extra}",
        organizers=(Organizer(f"The Library{extra}", f"https://www.example.org/{extra}"),),
        page=f"https://www.example.org/{extra}",
        alarm=timedelta(minutes=15),
        uid=f"adopted-too{extra}",
    )


def names_in(written: dict[str, bytes]) -> dict[str, list[str]]:
    return {path: line_names(data) for path, data in written.items()}


def test_no_text_of_the_model_begins_a_line_of_its_own() -> None:
    written = files(full(HOSTILE))

    assert [len(physical_lines(data)) > 0 for data in written.values()] == [True] * 3
    assert names_in(written) == names_in(files(full()))


# Every key of both files, but for `recording`, which is short for `recordings`.
EVENT_FILE: dict[str, Any] = {
    "title": "Open science",
    "summary": "All of it.",
    "organizers": [{"name": "The Library", "url": "https://www.example.org/"}],
    "page": "https://www.example.org/",
    "language": "en",
    "time": "13:00–14:30",
    "timezone": "Europe/Berlin",
    "zone_reading": "civil",
    "civil_zone": "Europe/Berlin",
    "duration": "90 minutes",
    "platform": "Zoom",
    "languages": ["en"],
    "join": {"url": "https://meet.example.org/", "audience": "public"},
    "registration": "https://register.example.org/",
    "topics": ["health"],
    "announced_sessions": "1",
    "alarms": "15 minutes",
    "uid": "5e2d9d1c-6f5b-5d0a-9a37-0c6a2f0b7d11",
    "removed": ["opening"],
    "keep_cancelled": "30 days",
}
SESSION: dict[str, Any] = {
    "id": "preprints",
    "title": "Preprints",
    "date": "2027-01-14",
    "time": "13:00–14:30",
    "duration": "90 minutes",
    "timezone": "Europe/Berlin",
    "zone_reading": "civil",
    "civil_zone": "Europe/Berlin",
    "fold": "earlier",
    "confirmed_utc": "12:00",
    "also": ["12:00–13:30 Europe/London"],
    "status": "confirmed",
    "platform": "Zoom",
    "languages": ["en"],
    "language": "en",
    "join": {"url": "https://meet.example.org/1", "audience": "public"},
    "registration": "https://register.example.org/1",
    "summary": "What we found.",
    "topics": ["health"],
    "page": "https://www.example.org/1",
    "uid": "5e2d9d1c-6f5b-5d0a-9a37-0c6a2f0b7d12",
    "created": "2020-06-01",
    "updated": "2020-06-10",
    "sequence": "1",
    "formerly": ["preprint"],
    "recordings_removed": ["english"],
    "talks": [
        {
            "title": "A talk",
            "summary": "On data.",
            "speakers": [
                {
                    "name": "Ana Lima",
                    "prefix": "Dr",
                    "role": "Head",
                    "affiliation": "The School",
                    "city": "Lisbon",
                    "timezone": "Europe/Lisbon",
                }
            ],
        }
    ],
    "recordings": [
        {
            "id": "english",
            "url": "https://v.example.org/1",
            "title": "English",
            "language": "en",
            "published": "2027-01-15",
            "duration": "1h28m",
            "media_type": "video/mp4",
            "size": "1",
            "files": [
                {"url": "https://v.example.org/1.mp4", "media_type": "video/mp4", "size": "1"}
            ],
            "captions": "https://v.example.org/1.vtt",
            "poster": "https://v.example.org/1.jpg",
            "transcript": "https://v.example.org/1.html",
            "chapters": [{"start": "0:30", "title": "Questions"}],
        }
    ],
}
SITE_FILE: dict[str, Any] = {
    "title": "Our webinars",
    "base_url": "https://webinars.example.org/",
    "hub": "https://hub.example.org/",
    "publisher": {"name": "The Library", "url": "https://www.example.org/"},
    "formats": ["calendar"],
    "max_file_size": "1 MB",
    "feed_length": "100",
    **{key: EVENT_FILE[key] for key in ("language", "time", "timezone", "zone_reading")},
    **{key: EVENT_FILE[key] for key in ("duration", "civil_zone", "platform", "languages")},
    **{key: EVENT_FILE[key] for key in ("join", "registration", "keep_cancelled")},
}


def with_each_text_hostile(value: Any, more: str) -> list[tuple[str, Any]]:
    """The value, once for each text in it, with more behind that text; and where the text is."""
    if isinstance(value, str):
        return [("", value + more)]
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, held in pairs:
        for route, changed in with_each_text_hostile(held, more):
            copy = dict(value) if isinstance(value, dict) else list(value)
            copy[key] = changed
            found.append((f".{key}{route}", copy))
    return found


def calendars(series: Any, site: Any) -> dict[str, list[str]]:
    """The lines of the calendars that a build makes of two files, none when it refuses them."""
    sources = [
        Source(path, json.dumps(document, ensure_ascii=False).encode())  # JSON is YAML too
        for path, document in (("events/open-science.yaml", series), ("events/site.yaml", site))
    ]
    events = pipeline.Events("events", sources[1], (sources[0],), {}, {})
    planned = plain_build.plan(events, NOW)
    ours = [each for each in planned.artifacts if each.path.endswith(".ics")]
    return names_in({each.path: each.read() for each in ours})


def lines_by_changed_text(more: str) -> dict[str, dict[str, list[str]]]:
    """The calendars' lines with more behind one text of one file; `` is the files as they are."""
    held = {"series": {**EVENT_FILE, "sessions": [SESSION]}, "site": SITE_FILE}
    changed = {"": held} | dict(with_each_text_hostile(held, more))
    return {route: calendars(files["series"], files["site"]) for route, files in changed.items()}


def keys(schema: Any) -> set[str]:
    """The names of all properties that a JSON Schema tells of."""
    if isinstance(schema, list):
        return set().union(*map(keys, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", ())).union(*map(keys, schema.values()))


def keys_in(document: Any) -> set[str]:
    if isinstance(document, str):
        return set()
    held = document.values() if isinstance(document, dict) else document
    own = set(document) if isinstance(document, dict) else set()
    return own.union(*map(keys_in, held))


def test_the_files_below_have_every_key_there_is(repository: Path) -> None:
    schemas = [
        json.loads((repository / f"src/webinar_feeds/schemas/{name}.schema.json").read_text())
        for name in ("series", "site")
    ]

    held = keys_in([EVENT_FILE, SESSION, SITE_FILE])
    assert held | {"sessions", "recording"} == keys(schemas)


BREAKS = "\r\nATTENDEE:mailto:evil@x"
FEW = {""}  # the files as they are
SEVERAL_LINES = {
    *(".series.summary", ".series.sessions.0.summary"),
    ".series.sessions.0.talks.0.summary",
}


@pytest.mark.parametrize(("hostile", "accepted"), [(HOSTILE, FEW), (BREAKS, FEW | SEVERAL_LINES)])
def test_no_text_of_a_file_begins_a_line_of_its_own(hostile: str, accepted: set[str]) -> None:
    """It is refused; or, where a text may have several lines, it stays inside its value."""
    found = lines_by_changed_text(hostile)

    assert {route for route, lines in found.items() if lines} == accepted
    assert [found[route] for route in accepted] == [found[""]] * len(accepted)
    assert Counter(found[""]["open-science/calendar.ics"])["BEGIN"] == 5  # 3 of them the zone's


def test_none_does_where_python_drops_assertions_either(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-O", __file__],
        check=True,
        capture_output=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )

    assert json.loads(done.stdout) == [names_in(files(full())), lines_by_changed_text(BREAKS)]


if __name__ == "__main__":
    sys.stdout.write(json.dumps([names_in(files(full(HOSTILE))), lines_by_changed_text(BREAKS)]))
