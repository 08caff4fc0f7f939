from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import icalendar
import pytest

from growing_site import build, spread_out

if TYPE_CHECKING:
    from pathlib import Path

SITE = "title: Ours\nformats: [calendar, feeds, pages]\n"
SERIES = """\
title: {en: Open science, fr: Science ouverte}
timezone: Europe/Berlin
time: 12:30–13:15
sessions:
  - id: one
    date: 2027-01-14
    title: {en: Posting, fr: Publier}
    talks: [{title: A, speakers: [Ana Lima, Bo Ek]}, {title: B, speakers: [Ana Lima]}]
    join: {url: "https://meet.example.org/1", audience: public}
    recording: https://video.example.org/1
  - id: two
    date: 2027-03-30
    title: Two
    join: {url: "https://meet.example.org/2", audience: registered}
  - id: three
    date: 2027-04-30
    title: Three
    status: cancelled
    join: {url: "https://meet.example.org/3", audience: public}
  - {id: four, date: 2027-05-30, title: Four, status: tentative, recording: announced}
"""


@pytest.fixture
def output(tmp_path: Path) -> Path:
    spread_out(tmp_path, {"events/site.yaml": SITE, "events/a.yaml": SERIES})
    build(tmp_path)
    return tmp_path / "output"


def read(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.read_bytes())
    return told


def test_sessions_are_those_of_the_calendar(output: Path) -> None:
    told = read(output / "a/programme.json")["subEvent"]
    calendar = icalendar.Calendar.from_ical((output / "a/calendar.ics").read_bytes())

    assert [
        (each["identifier"], each["name"], each["startDate"], each["endDate"]) for each in told
    ] == [
        (
            str(each["UID"]),
            str(each["SUMMARY"]).removeprefix("CANCELLED: "),
            each.decoded("DTSTART").isoformat(),
            each.decoded("DTEND").isoformat(),
        )
        for each in calendar.walk("VEVENT")
    ]


def test_a_session_is_told_in_the_language_of_the_file(output: Path) -> None:
    french = read(output / "a/fr/programme.json")
    first = french["subEvent"][0]

    assert (french["name"], french["inLanguage"]) == ("Science ouverte", "fr")
    assert french["words"]["upcoming"] == "À venir"
    assert (first["name"], first["date"], first["zone"]) == (
        *("Publier", "jeudi 14 janvier 2027", "CET (UTC+1)"),
    )
    assert first["performer"] == [{"name": "Ana Lima"}, {"name": "Bo Ek"}]


def test_each_language_knows_where_the_others_are(output: Path) -> None:
    found = {tag: read(output / path)["workTranslation"] for tag, path in WHERE.items()}

    assert found == {"en": {"fr": "fr/programme.json"}, "fr": {"en": "../programme.json"}}


WHERE = {"en": "a/programme.json", "fr": "a/fr/programme.json"}


def test_only_what_everybody_may_use_is_told(output: Path) -> None:
    """S10: a link for those who registered, or to what does not take place, is nobody's here."""
    told = {each["name"]: each for each in read(output / "a/programme.json")["subEvent"]}

    assert {name: each.get("join") for name, each in told.items()} == {
        "Posting": "https://meet.example.org/1",
        "Two": None,
        "Three": None,
        "Four": None,
    }
    assert [each["status"] for each in told.values()] == [
        *("confirmed", "confirmed", "cancelled", "tentative"),
    ]
    assert {name: each.get("state") for name, each in told.items()} == {
        "Posting": None,
        "Two": None,
        "Three": "Cancelled",
        "Four": "The date is not confirmed yet",
    }
    assert (output / "a" / told["Posting"]["url"]).is_file()


def test_a_recording_is_linked_once_there_is_one(output: Path) -> None:
    told = {each["name"]: each.get("recording") for each in read(output / WHERE["en"])["subEvent"]}

    assert told["Four"] is None
    assert told["Posting"] == "sessions/one.html#recordings"
