from __future__ import annotations

import email
from email import policy
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from webinar_feeds.invitations import mime


def read(part: bytes) -> EmailMessage:
    found = email.message_from_bytes(part, policy=policy.default)
    assert isinstance(found, EmailMessage)
    assert found.defects == []
    return found


def is_sent_as_mail_is(part: bytes) -> bool:
    lines = part.split(b"\r\n")
    return part.isascii() and b"\n" not in b"".join(lines) and max(map(len, lines)) <= 78


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r")))
def test_any_text_comes_back(value: str) -> None:
    part = mime.body("plain", value)
    content = read(part).get_content()

    assert is_sent_as_mail_is(part)
    assert content.replace("\r\n", "\n").rstrip("\n") == value.rstrip("\n")


def test_a_mark_for_signatures_keeps_its_space() -> None:
    assert b"\r\n--=20\r\n" in mime.body("plain", "Hi\n-- \nAna\n")


@given(st.binary(max_size=500))
def test_any_calendar_comes_back_twice(data: bytes) -> None:
    inline, attached = mime.calendar(data, "REQUEST"), mime.file(data, "a-b.ics")
    whole = mime.multipart("mixed", "=_x", [inline, attached])

    assert read(inline).get_payload(decode=True) == data
    assert read(attached).get_payload(decode=True) == data
    assert read(attached).get_filename() == "a-b.ics"
    assert is_sent_as_mail_is(whole)
    if data:
        assert list(mime.files(b"X: y\r\n" + whole)) == [("a-b.ics", data)]
    parts = [part.get_content_type() for part in read(whole).iter_parts()]
    assert parts == ["text/calendar", "application/ics"]
