from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as some

from event_files import mistakes, said, series, session, sound, with_session
from webinar_feeds.reading import kinds, schema

LONG = "https://www.example.org/" + "a" * 3000


# --- keys -------------------------------------------------------------------------------------


def helped(own: str) -> list[tuple[str, str]]:
    """The codes of what is said of a session, and the cures."""
    return [(each.code, each.help) for each in series(with_session(own)).diagnostics]


@pytest.mark.parametrize(
    ("own", "meant"),
    [
        ("titel: T", "title"),
        ("Status: cancelled", "status"),
        ("time_zone: UTC", "timezone"),
        ("Time Zone: UTC", "timezone"),
        ("tz: UTC", "timezone"),
        ("start: 13:00", "time"),
        ("description: What it is", "summary"),
        ("tags: [a]", "topics"),
        ("zoom: https://zoom.example.org/", "join"),
        ("video: https://video.example.org/", "recording"),
    ],
)
def test_an_unknown_key_comes_with_the_one_that_may_be_meant(own: str, meant: str) -> None:
    assert helped(own) == [("WF103", f"did you mean `{meant}`?")]


def test_a_key_like_no_other_comes_with_all_there_are() -> None:
    read = series("title: T\norganizers: [{name: N, xyzzy: 1}]\nsessions: []")

    assert [each.help for each in read.diagnostics if each.code == "WF103"] == [
        "its keys are: name, url"
    ]


def test_a_synonym_is_offered_only_where_its_key_exists() -> None:
    assert helped("presenters: [Ana]")[0][1] != "did you mean `speakers`?"


@pytest.mark.parametrize("key", ["attendees", "Participants", "email", "e-mail", "phone"])
@pytest.mark.parametrize("where", ["", "talks: {title: T, speakers: {name: N, KEY: x}}"])
def test_peoples_addresses_are_refused_as_keys(key: str, where: str) -> None:
    own = where.replace("KEY", key) or f"{key}: x"

    assert mistakes(own) == [("WF104", key)]


def test_a_key_that_is_left_empty_is_not_there_unless_it_must_be() -> None:
    assert session("summary:\nplatform: ~\ntopics:\nstatus:") == session()
    assert mistakes("title:") == [("WF105", "title")]
    assert mistakes("summary: ''") == [("WF105", "''")]
    assert mistakes("topics: [a, '']") == [("WF105", "''")]


@pytest.mark.parametrize("missing", ["id", "date", "title"])
def test_a_session_without_what_it_needs_says_which(missing: str) -> None:
    text = with_session()
    line = next(each for each in text.splitlines() if f"{missing}: " in each[4:])
    read = series(text.replace(line, "  - platform: Zoom" if "- " in line else ""))

    assert [each.code for each in read.diagnostics] == ["WF101"]
    assert f"`{missing}`" in read.diagnostics[0].message


@pytest.mark.parametrize(
    ("own", "at"),
    [
        ("title: [a]", "[a]"),
        ("title: {a: b}", "{a: b}"),
        ("date: [2020-07-08]", "[2020-07-08]"),
        ("status: [cancelled]", "[cancelled]"),
        ("sequence: {}", "{}"),
        ("page: []", "[]"),
        ("talks: [[a]]", "[a]"),
        ("join: [https://m.example.org/]", "[https://m.example.org/]"),
        ("recording: []", "[]"),
        ("topics: [{a: b}]", "{a: b}"),
    ],
)
def test_a_value_of_another_shape_is_said_at_its_place(own: str, at: str) -> None:
    assert mistakes(own) == [("WF102", at)]


@pytest.mark.parametrize(
    ("above", "at"),
    [("organizers: [[a]]", "[a]"), ("sessions: text", "text"), ("sessions: [a, b]", "a")],
)
def test_what_should_be_a_group_of_keys_says_so(above: str, at: str) -> None:
    rest = "" if above.startswith("sessions") else "\nsessions: []"

    assert said(series(f"title: T\n{above}{rest}").diagnostics)[0] == ("WF102", at)


def test_a_text_of_one_line_is_not_several() -> None:
    assert mistakes("title: |\n  One\n  two") == [("WF106", "|")]
    assert session("title: >-\n  One\n  two").title == "One two"
    assert session("summary: |\n  One\n  two").summary == "One\ntwo"


# --- ids, tokens, choices, numbers --------------------------------------------------------------


@pytest.mark.parametrize("text", ["a", "0", "2020-07", "a" * 64, "con-1", "nul0"])
def test_an_id_is_small_letters_digits_and_hyphens(text: str) -> None:
    assert session(f"id: {text}").id == text


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("Opening", "opening"),
        ("Öffnung der Tür", "offnung-der-tur"),
        ("../../etc/passwd", "etc-passwd"),
        ("a_b", "a-b"),
        ("-a", "a"),
        ("a" * 65, "a" * 64),
        ("con", "inclusion"),
        ("lpt1", "inclusion"),
        ("会议", "inclusion"),
    ],
)
def test_what_cannot_be_an_id_comes_with_one_that_can(text: str, like: str) -> None:
    (found,) = series(with_session(f"id: {text}")).diagnostics

    assert (found.code, f"such as `{like}`" in found.help) == ("WF109", True)


@given(some.text(max_size=80))
def test_an_id_like_a_text_is_an_id_or_nothing(text: str) -> None:
    like = kinds.id_like(text)

    assert like == "" or kinds.is_id(like)


@pytest.mark.parametrize("text", ["en", "fr", "pt-BR", "zh-Hant-TW", "es-419", "gsw"])
def test_a_language_is_a_tag(text: str) -> None:
    assert session(f"language: {text}").languages == (text,)


@pytest.mark.parametrize("text", ["english", "en_GB", "e", "en-", "12"])
def test_what_is_no_language_tag_is_refused(text: str) -> None:
    assert mistakes(f"language: {text}") == [("WF111", text)]


@pytest.mark.parametrize(
    ("text", "size"), [("7", 7), ("007", 7), ("1 000 000", 1000000), ("1_000_000", 1000000)]
)
def test_a_number_may_be_grouped(text: str, size: int) -> None:
    held = session(f"recording: {{url: https://v.example.org/1.mp4, size: {text}}}")

    assert held.recordings[0].files[0].size == size


@pytest.mark.parametrize("text", ["-1", "1.5", "1e3", "ten", "1 00", "١", "1" * 16, "0x10"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    assert mistakes(f"sequence: {text}") == [("WF108", text)]


@pytest.mark.parametrize("text", ["5e2d9d1c-6f5b-5d0a-9a37-0c6a2f0b7d11", "event_1@example.org"])
def test_a_uid_is_kept_as_it_was_published(text: str) -> None:
    assert session(f"uid: {text}").uid == text


@pytest.mark.parametrize("text", ["a b", "a;b", "ü", "a" * 256])
def test_what_cannot_be_a_uid_is_refused(text: str) -> None:
    assert mistakes(f"uid: {text}") == [("WF115", text)]


# --- addresses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("https://www.example.org/a?b=c#d", "https://www.example.org/a?b=c#d"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/"),
        ("https://[::1]:80/a", "https://[::1]:80/a"),
        ("https://münchen.example/Straße", "https://xn--mnchen-3ya.example/Stra%C3%9Fe"),
        ("https://例え.テスト:8443/パス?q=値#端", None),
        ("https://www.example.org/100%25/ü", "https://www.example.org/100%25/%C3%BC"),
        ("https://[::1]/ü", "https://[::1]/%C3%BC"),
        ("https://www.example.org:0/ü", "https://www.example.org:0/%C3%BC"),
        (LONG, LONG),
    ],
)
def test_an_address_becomes_ascii(text: str, read: str | None) -> None:
    page = session(f"page: '{text}'").page

    assert page is not None
    assert page.isascii()
    assert kinds.not_web(page) == ""
    assert read in (None, page)


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.org/",
        "mailto:a@example.org",
        "www.example.org",
        "//www.example.org/",
        "https://",
        "https:///path",
        "https://.org/",
        "https://a..org/",
        "https://user@example.org/",
        "https://user:secret@example.org/",
        "https://:secret@example.org/",
        "https://example.org:port/",
        "https://example.org:99999/",
        "https://[::1/",
        "https://exa mple.org/",
        "https://example.org/a b",
        "https://example.org/<b>",
        'https://example.org/"',
        "https://example.org/\\",
        "https://" + "ü" * 64 + ".org/",
        "https://example.org\N{FULLWIDTH SOLIDUS}@evil.org/",
        "https://a\N{MACRON}b.org/",
    ],
)
def test_what_is_no_web_address_is_refused(text: str) -> None:
    assert [code for code, _ in mistakes(f"page: '{text}'")] == ["WF110"]
    assert [code for code, _ in mistakes(f"recording: '{text}'")] == ["WF110"]


def test_an_address_without_its_beginning_comes_with_it() -> None:
    (found,) = series(with_session("page: www.example.org/a")).diagnostics

    assert "`page: https://www.example.org/a`" in found.help


@given(some.text(max_size=60).map(lambda text: f"https://{text}"))
def test_an_address_that_is_accepted_is_ascii_and_still_accepted(text: str) -> None:
    if kinds.not_web(text) == "":
        read = kinds.ascii_address(text)
        assert (read.isascii(), kinds.not_web(read)) == (True, "")


# --- the JSON Schema ----------------------------------------------------------------------------


@pytest.mark.parametrize("record", [schema.SERIES, schema.SITE])
def test_the_schema_is_one(record: kinds.Record) -> None:
    written = schema.json_schema(record)

    jsonschema.Draft202012Validator.check_schema(written)
    assert json.loads(schema.dump(record)) == written


def every_field(record: kinds.Record) -> dict[str, Any]:
    return {field.key: kinds.sample(field.kind) for field in record.fields}


def test_the_examples_of_the_schema_are_valid_and_are_understood() -> None:
    """What editors offer and help texts say can be pasted."""
    held = every_field(schema.SERIES) | {"sessions": [every_field(schema.SESSION)]}
    one = held["sessions"][0]
    for key in ("recordings", "fold", "zone_reading"):
        del one[key]
    for each in (held, one):
        del each["duration"]
        each["time"] = "13:00–14:30 Europe/Berlin"
    addresses = json.dumps(held, ensure_ascii=False).replace("…", "page")
    held = json.loads(addresses)

    jsonschema.Draft202012Validator(schema.json_schema(schema.SERIES)).validate(held)
    # JSON is YAML
    assert len(sound(json.dumps(held, ensure_ascii=False)).sessions) == 1


def test_the_schema_refuses_an_unknown_key() -> None:
    validator = jsonschema.Draft202012Validator(schema.json_schema(schema.SERIES))

    assert [each.validator for each in validator.iter_errors({"titel": "T"})] == [
        "additionalProperties",
        "required",
        "required",
    ]


@given(some.from_regex(kinds.SIMPLE_ADDRESS, fullmatch=True))
def test_an_address_that_looks_simple_is_one(text: str) -> None:
    parts = urlsplit(text)

    assert kinds.looked_at(text) == ""
    assert (parts.scheme in ("http", "https"), parts.username, parts.port) == (True, None, None)
    assert parts.hostname
