from __future__ import annotations

import email
from email import policy
from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webinar_feeds.invitations import headers
from webinar_feeds.reading.characters import REFUSED

# All that a list or an event file lets in, on one line.
one_line = (
    st.text(st.characters(codec="utf-8"), max_size=300)
    .filter(lambda text: not REFUSED.search(text))
    .map(lambda text: " ".join(text.split()))
)


def read(line: str, name: str) -> Any:
    found = email.message_from_string(f"{line}\r\n\r\n", policy=policy.default)
    assert found.keys() == [name]
    return found[name]


def lines_of(written: str) -> list[str]:
    lines = written.split("\r\n")
    assert all(line.isprintable() and line.isascii() and line.strip() for line in lines)
    assert all(line.startswith(" ") for line in lines[1:])
    assert max(map(len, lines)) <= 98
    return lines


@given(one_line)
def test_any_text_comes_back(value: str) -> None:
    written = headers.unstructured("Subject", value)

    assert "\n" not in written.replace("\r\n ", "")
    if value:
        lines_of(written)
    assert read(written, "Subject") == value


@given(one_line)
def test_any_name_comes_back(name: str) -> None:
    written = headers.mailbox("To", name, "ana@example.org")
    lines_of(written)
    # The older of Python's readers: the newer one keeps the space between encoded words.
    found, address = parseaddr(written.replace("\r\n", "").removeprefix("To: "))

    assert (str(make_header(decode_header(found))), address) == (name, "ana@example.org")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("", "To: ana@example.org"),
        ("Ana Lima", "To: Ana Lima <ana@example.org>"),
        ("Lima, Ana", 'To: "Lima, Ana" <ana@example.org>'),
        ('Ana "Al" Lima', 'To: "Ana \\"Al\\" Lima" <ana@example.org>'),
        ("back\\slash", 'To: "back\\\\slash" <ana@example.org>'),
        ("Jörg", "To: =?utf-8?b?SsO2cmc=?= <ana@example.org>"),
        ("=?utf-8?q?x?=", "To: =?utf-8?b?PT91dGYtOD9xP3g/PQ==?= <ana@example.org>"),
    ],
)
def test_a_mailbox_is_written_as_it_is_known(name: str, written: str) -> None:
    assert headers.mailbox("To", name, "ana@example.org") == written


@pytest.mark.parametrize("evil", ["\r\n", "\n", "\r", "\x00", "\x85", "\u2028", "\x0b"])
def test_what_no_list_lets_in_begins_no_header(evil: str) -> None:
    for written in (
        headers.unstructured("Subject", f"a{evil}Bcc: eve@example.com"),
        headers.mailbox("Subject", f"a{evil}Bcc: eve@example.com", "ana@example.org"),
    ):
        assert email.message_from_string(written, policy=policy.default).keys() == ["Subject"]


def test_long_lists_are_folded() -> None:
    identifiers = [f"<{number:040}@example.org>" for number in range(20)]
    written = headers.words("References", identifiers)

    assert lines_of(written)[1:] == [f" {each}" for each in identifiers[1:]]
    assert str(read(written, "References")).split() == identifiers
