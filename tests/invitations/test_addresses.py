from __future__ import annotations

import pytest

from letter_rounds import address
from webinar_feeds.invitations import addresses
from webinar_feeds.timezones import Problem


@pytest.mark.parametrize(
    ("text", "key", "recipient"),
    [
        ("ana@example.org", "ana@example.org", "ana@example.org"),
        (" Ana.Lima@Example.ORG ", "ana.lima@example.org", "Ana.Lima@example.org"),
        ("mailto:ana@example.org", "ana@example.org", "ana@example.org"),
        ("MAILTO:ana@example.org", "ana@example.org", "ana@example.org"),
        ("jörg@bücher.example", "jörg@xn--bcher-kva.example", "jörg@xn--bcher-kva.example"),
        ("用户@例子.公司", "用户@xn--fsqu00a.xn--55qx5d", "用户@xn--fsqu00a.xn--55qx5d"),
        ("Straße@example.org", "straße@example.org", "Straße@example.org"),
        ("a+tag@example.org", "a+tag@example.org", "a+tag@example.org"),
    ],
)
def test_an_address_has_one_key_and_one_form_to_travel_in(
    text: str, key: str, recipient: str
) -> None:
    found = address(text)

    assert (found.key, found.recipient) == (key, recipient)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ana Lima <ana@example.org>", "Ana Lima"),
        ('"Lima, Ana" <ana@example.org>', "Lima, Ana"),
        ("<ana@example.org>", ""),
    ],
)
def test_a_name_may_stand_beside_an_address(text: str, name: str) -> None:
    assert address(text) == ("ana@example.org", "ana@example.org", name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "ana@",
        "@example.org",
        "ana@example",
        "ana@example.org, bo@example.org",
        "ana@example.org\r\nBcc: eve@example.org",
        "ana@exam ple.org",
        "ana lima@example.org",
        '"ana lima"@example.org',
        "ana@[192.0.2.1]",
        "ana@example..org",
        "ana\x00@example.org",
        "ana@localhost",
        f"{'a' * 65}@example.org",
    ],
)
def test_what_is_no_address_is_said(text: str) -> None:
    found = addresses.understand(text)

    assert isinstance(found, Problem)
    assert found.rule.code == "WF903"
    assert "\n" not in found.rule.message.format(**found.values)


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("ana@example.org", "mailto:ana@example.org"),
        ("a+b@example.org", "mailto:a+b@example.org"),
        ("a&b=c%d?e@example.org", "mailto:a%26b%3Dc%25d%3Fe@example.org"),
        ("jörg@example.org", "mailto:j%C3%B6rg@example.org"),
        ("o'neil@example.org", "mailto:o'neil@example.org"),
    ],
)
def test_an_address_in_a_calendar_is_a_mailto_uri(text: str, uri: str) -> None:
    assert address(text).uri == uri


def test_an_address_can_be_shown_without_being_told() -> None:
    assert address("ana.lima@example.org").hidden == "a…@example.org"
    assert addresses.hidden("ليلى@example.org") == "ل…@example.org"
    assert address("ana@example.org").domain == "example.org"


def test_why_it_is_none_is_part_of_a_sentence() -> None:
    found = addresses.understand("ana@example")

    assert isinstance(found, Problem)
    assert found.values["why"] == (
        "the part after the @-sign is not valid; it should have a period"
    )
