from __future__ import annotations

import email
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letter_rounds import (
    LATER,
    NOW,
    SENDER,
    SERIES,
    about,
    address,
    as_published,
    heard,
    people,
    written,
)
from referees import plain
from webinar_feeds.diagnostics import Refused
from webinar_feeds.invitations import messages, mime, owed
from webinar_feeds.invitations.attendees import Attendee
from webinar_feeds.model import Template
from webinar_feeds.reading.characters import REFUSED

ANA = Attendee("ana@example.org", "ana@example.org", "Ana Lima", zone="Europe/Lisbon")


def read(data: bytes) -> EmailMessage:
    # As text: of bytes, Python's reader would not understand headers in UTF-8.
    found = email.message_from_string(data.decode(), policy=policy.default)
    assert isinstance(found, EmailMessage)
    assert [part.defects for part in found.walk() if part.defects] == []
    return found


def first(person: Attendee = ANA, text: str = SERIES, *sessions: str) -> list[owed.Owed]:
    told, _ = as_published(text)
    return list(owed.first_invitations(about(told, (person,), sessions=sessions or None)))


def message(person: Attendee = ANA, text: str = SERIES, *sessions: str) -> EmailMessage:
    (letter,) = written(first(person, text, *sessions))
    return read(letter.make(NOW))


def types(found: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in found.walk()]


def content(found: EmailMessage, subtype: str) -> str:
    body = found.get_body((subtype,))
    assert body is not None
    text = body.get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")


# --- The layout of RFC 6047 ----------------------------------------------------------------------


def test_a_letter_has_text_html_a_calendar_and_a_file() -> None:
    assert types(message(ANA, SERIES, "preprints")) == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]


def test_a_letter_about_two_sessions_acts_for_the_first_and_has_a_file_for_each() -> None:
    found = message()
    names = [part.get_filename() for part in found.iter_attachments()]

    assert types(found)[-3:] == ["text/calendar", "application/ics", "application/ics"]
    assert names == ["open-science-preprints.ics", "open-science-open-data.ics"]


def test_a_letter_for_each_session_acts_for_each() -> None:
    letters = written(first(), one_per_session=True)

    assert [[part.session for part in each.parts] for each in letters] == [
        ["preprints"],
        ["open-data"],
    ]
    assert [types(read(each.make(NOW))).count("text/calendar") for each in letters] == [1, 1]
    assert len({each.key for each in letters}) == 2


def calendar_part(found: EmailMessage) -> EmailMessage:
    (part,) = (each for each in found.walk() if each.get_content_type() == "text/calendar")
    assert isinstance(part, EmailMessage)
    return part


def test_the_calendar_says_its_method_twice_and_is_no_attachment() -> None:
    part = calendar_part(message())
    data = part.get_payload(decode=True)

    assert isinstance(data, bytes)
    assert dict(part["Content-Type"].params) == {
        "method": "REQUEST",
        "charset": "UTF-8",
        "component": "VEVENT",
    }
    assert plain.calendar(data).one("METHOD").value == "REQUEST"
    assert part["Content-Disposition"] is None
    assert part["Content-Transfer-Encoding"] == "base64"


def test_the_calendar_and_the_file_are_the_same_bytes_with_crlf() -> None:
    found = message(ANA, SERIES, "preprints")
    (attached,) = found.iter_attachments()
    one, other = (part.get_payload(decode=True) for part in (calendar_part(found), attached))

    assert isinstance(one, bytes)
    assert one == other
    assert b"\n" not in one.replace(b"\r\n", b"")
    assert one.endswith(b"END:VCALENDAR\r\n")


def test_every_line_of_a_letter_ends_in_crlf_and_is_short_enough() -> None:
    (letter,) = written(first(ANA._replace(name="Ü" * 180, language="de")))
    data = letter.make(NOW)

    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert data.isascii()
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert max(map(len, data.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78


def test_one_person_is_named_and_nobody_else() -> None:
    """I25: no second address in any part, no Cc, no Bcc."""
    told, _ = as_published()
    some = people("email\nana@example.org\nbo@example.net\n", told)
    one, other = written(owed.first_invitations(about(told, some)))

    for letter, absent in ((one, b"bo@example.net"), (other, b"ana@example.org")):
        found = read(letter.make(NOW))
        parts = [part.get_payload(decode=True) for part in found.walk()]
        assert not any(absent in part for part in parts if isinstance(part, bytes))
        assert len(found["To"].addresses) == 1
        assert {"cc", "bcc"} & {name.lower() for name in found} == set()


# --- The same letter is the same bytes -----------------------------------------------------------


def test_a_letter_that_is_issued_again_is_the_same() -> None:
    (one,), (other,) = written(first()), written(first())

    assert one.make(NOW) == other.make(NOW)
    assert one.make(NOW) != one.make(LATER)


def test_its_date_is_when_it_was_issued() -> None:
    assert message()["Date"].datetime == NOW
    assert message()["Date"] == "Tue, 01 Dec 2026 09:00:00 +0000"


def test_no_boundary_stands_in_a_part() -> None:
    (letter,) = written(first())
    data = letter.make(NOW)
    found = read(data)

    boundaries = [part.get_boundary() for part in found.walk() if part.is_multipart()]
    assert len(set(boundaries)) == len(boundaries) == 2
    for each in boundaries:
        assert each is not None
        marks = [line for line in data.split(b"\r\n") if each.encode() in line]
        assert {line.strip(b"-").strip() for line in marks} == {
            each.encode(),
            f'boundary="{each}"'.encode(),
        }


def test_letters_about_the_same_session_belong_together() -> None:
    told, held = as_published()
    known = heard(owed.first_invitations(about(told, (ANA,))))
    moved, _ = as_published(SERIES.replace("2027-01-14", "2027-01-21"), held, LATER)
    (update,) = written(owed.changes(about(moved, (ANA,), known, LATER)))
    found = read(update.make(LATER))

    assert message()["References"] is None
    assert str(message()["Message-ID"]) in str(found["References"]).split()
    assert found["In-Reply-To"] in str(found["References"]).split()
    assert found["Message-ID"] not in str(found["References"]).split()


def test_letters_of_one_session_each_belong_together_too() -> None:
    told, held = as_published()
    one, other = (read(each.make(NOW)) for each in written(first(), one_per_session=True))
    known = heard(owed.first_invitations(about(told, (ANA,))))
    moved, _ = as_published(SERIES.replace("2027-02-11", "2027-02-18"), held, LATER)
    (update,) = written(owed.changes(about(moved, (ANA,), known, LATER)))

    assert one["Message-ID"] != other["Message-ID"]
    assert str(other["Message-ID"]) in str(read(update.make(LATER))["References"])


def test_a_message_id_is_ours_alone() -> None:
    bo = Attendee("bo@example.org", "bo@example.org")

    assert message()["Message-ID"] != message(bo)["Message-ID"]
    assert str(message()["Message-ID"]).endswith("@example.org>")
    assert "ana" not in str(message()["Message-ID"])


# --- Headers -------------------------------------------------------------------------------------


def test_it_comes_from_the_organiser_who_can_be_left() -> None:
    found = message()

    assert found["From"] == "The Library <library@example.org>"
    assert found["Reply-To"] is None
    assert found["List-Unsubscribe"] == "<mailto:library@example.org?subject=unsubscribe>"
    assert found["Content-Language"] == "en"


def test_another_mailbox_may_send_and_a_third_may_read() -> None:
    robot = SENDER._replace(sent_by=address("robot@example.org"))
    (letter,) = written(first(), robot)
    found = read(letter.make(NOW))
    assert found["From"] == "The Library <robot@example.org>"
    assert found["Reply-To"] == "The Library <library@example.org>"

    asks = robot._replace(reply_to=address("ask@example.org"), unsubscribe="https://example.org/l")
    (letter,) = written(first(), asks)
    found = read(letter.make(NOW))
    assert found["Reply-To"] == "The Library <ask@example.org>"
    assert found["List-Unsubscribe"] == "<https://example.org/l>"


@pytest.mark.parametrize(
    ("recipient", "utf8"),
    [("ana@xn--bcher-kva.example.org", False), ("jörg@example.org", True)],
)
def test_an_internationalised_address_is_told_as_mail_can(recipient: str, *, utf8: bool) -> None:
    (letter,) = written(first(Attendee(recipient, recipient, "Jörg")))
    data = letter.make(NOW)

    assert letter.recipient == recipient
    assert data.isascii() is not utf8
    assert read(data)["To"].addresses[0].addr_spec == recipient


one_line = (
    st.text(st.characters(codec="utf-8"), max_size=200)
    .filter(lambda text: not REFUSED.search(text))
    .map(lambda text: " ".join(text.split()))
)
BEGUN = first(ANA, SERIES, "preprints")[0]
KEYS = message(ANA, SERIES, "preprints").keys()


@settings(max_examples=20)
@given(one_line, one_line.filter(bool))
def test_no_name_and_no_title_adds_a_header(name: str, title: str) -> None:
    (item,) = BEGUN.items
    entry = item.entry._replace(session=replace(item.entry.session, title=title))
    person = ANA._replace(name=name)
    changed = BEGUN._replace(items=(item._replace(entry=entry),), attendee=person)
    found = read(messages.letter(changed, SENDER._replace(name=name)).make(NOW))

    assert found.keys() == KEYS
    assert [each.addr_spec for each in found["To"].addresses] == ["ana@example.org"]
    assert found["Subject"] == f"Invitation: {title}"


def test_markup_in_an_event_file_does_nothing() -> None:
    told, _ = as_published(
        SERIES.replace("summary: What happens", "summary: <script>alert(1)</script> What happens")
    )
    (letter,) = written(owed.first_invitations(about(told, (ANA,))))
    html = content(read(letter.make(NOW)), "html")

    assert "<script" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_the_html_is_html(language: str) -> None:
    parser = html5lib.HTMLParser()
    parser.parse(content(message(ANA._replace(language=language)), "html"))

    assert parser.errors == []


def test_markup_in_a_name_does_nothing() -> None:
    html = content(message(ANA._replace(name='<img src=x onerror="x">')), "html")

    assert "<img" not in html
    assert "&lt;img" in html


# --- What it says --------------------------------------------------------------------------------


def test_the_text_says_all_that_one_needs() -> None:
    """I35: the day, both clocks, the join link, whom to ask, and how to decline."""
    assert content(message(ANA, SERIES, "preprints"), "plain") == (
        "Dear Ana Lima,\n"
        "\n"
        "You are invited:\n"
        "\n"
        "Preprints, and who reads them\n"
        "Thursday, 14 January 2027\n"
        "12:30–13:15 Central European Standard Time (UTC+1)\n"
        "Your time: 11:30–12:15 Western European Standard Time (UTC)\n"
        "With Ana Lima and Dr Bo Olsen\n"
        "\n"
        "What happens between a posting and a journal.\n"
        "\n"
        "Join the session: https://meet.example.org/42\n"
        "Read more: https://www.example.org/open\n"
        "\n"
        "Please answer with the buttons of your mail program. To decline without them, reply to "
        "this letter.\n"
        "\n"
        "Part of “Open science over lunch”, organised by The Library\n"
        "Questions? Write to library@example.org\n"
        "\n"
        "-- \n"
        "You get this letter because you are on the list of “Open science over lunch”.\n"
        "No more letters: library@example.org\n"
    )


def test_a_letter_is_in_the_readers_language() -> None:
    found = message(ANA._replace(language="de", zone=None), SERIES, "preprints")
    text = content(found, "plain")

    assert found["Subject"] == "Einladung: Preprints und wer sie liest"
    assert found["Content-Language"] == "de"
    assert "Donnerstag, 14. Januar 2027" in text
    assert "UTC: 11:30–12:15" in text
    assert '<html lang="de" dir="ltr">' in content(found, "html")


def test_a_letter_about_changes_says_what_was_and_what_is() -> None:
    told, held = as_published()
    known = heard(owed.first_invitations(about(told, (ANA,))))
    text = SERIES.replace("2027-01-14", "2027-01-21").replace(
        "id: open-data", "id: open-data\n    status: cancelled"
    )
    changed, _ = as_published(text, held, LATER)
    (letter,) = written(owed.changes(about(changed, (ANA,), known, LATER)))
    found = read(letter.make(LATER))
    said = content(found, "plain")

    assert found["Subject"] == "Changes: Open science over lunch"
    assert "NEW TIME\nPreprints, and who reads them\nThursday, 21 January 2027\n" in said
    assert "Before: Thursday, 14 January 2027, 12:30–13:15\n" in said
    assert "CANCELLED\nData that others can use\n" in said
    assert "https://www.example.org/register" not in said
    assert [part["Content-Type"].params["name"] for part in found.iter_attachments()] == [
        "open-science-preprints.ics",
        "open-science-open-data.ics",
    ]


def test_the_buttons_of_a_letter_are_for_what_can_be_answered() -> None:
    """The first session is cancelled; the second has moved, and it is that which acts."""
    told, held = as_published()
    known = heard(owed.first_invitations(about(told, (ANA,))))
    text = SERIES.replace("2027-02-11", "2027-02-18").replace(
        "id: preprints", "id: preprints\n    status: cancelled"
    )
    changed, _ = as_published(text, held, LATER)
    (letter,) = written(owed.changes(about(changed, (ANA,), known, LATER)))
    part = calendar_part(read(letter.make(LATER)))
    data = part.get_payload(decode=True)

    assert isinstance(data, bytes)
    assert dict(part["Content-Type"].params)["method"] == "REQUEST"
    assert letter.parts[1].uid.encode() in data
    assert [each.method for each in letter.parts] == ["CANCEL", "REQUEST"]


@pytest.mark.parametrize(
    ("text", "subject", "asks"),
    [
        (("2027-01-14", "2027-01-21"), "New time: Preprints, and who reads them", True),
        (
            ("id: preprints", "id: preprints\n    status: cancelled"),
            "Cancelled: Preprints, and who reads them",
            False,
        ),
        (
            ("id: preprints", "id: preprints\n    status: postponed"),
            "Postponed: Preprints, and who reads them",
            False,
        ),
    ],
)
def test_a_letter_about_one_change_is_called_by_it(
    text: tuple[str, str], subject: str, *, asks: bool
) -> None:
    told, held = as_published()
    known = heard(owed.first_invitations(about(told, (ANA,))))
    changed, _ = as_published(SERIES.replace(*text), held, LATER)
    (letter,) = written(owed.changes(about(changed, (ANA,), known, LATER)))
    found = read(letter.make(LATER))

    assert found["Subject"] == subject
    assert ("Please answer" in content(found, "plain")) is asks


def test_a_cancellation_has_the_same_layout_with_its_method() -> None:
    told, _ = as_published()
    known = heard(owed.first_invitations(about(told, (ANA,), sessions=["preprints"])))
    (letter,) = written(owed.changes(about(told, (), known)))
    found = read(letter.make(LATER))

    assert found["Subject"] == "No longer invited: Preprints, and who reads them"
    assert dict(calendar_part(found)["Content-Type"].params)["method"] == "CANCEL"
    assert types(found)[-2:] == ["text/calendar", "application/ics"]


def test_reminders_and_recordings_have_no_calendar() -> None:
    eve, over = datetime(2027, 1, 13, 13, tzinfo=UTC), datetime(2027, 1, 15, tzinfo=UTC)
    text = SERIES.replace("id: preprints", "id: preprints\n    recording: https://v.example.org/p")
    told, held = as_published(text)
    round_ = about(told, (ANA,), now=eve)
    (reminder,) = written(owed.reminders(round_, timedelta(hours=24)))
    later, _ = as_published(text, held, over)
    (recording,) = written(owed.recordings(about(later, (ANA,), now=over)))
    found = [read(each.make(NOW)) for each in (reminder, recording)]

    assert [types(each) for each in found] == [
        ["multipart/alternative", "text/plain", "text/html"]
    ] * 2
    assert [each["Subject"] for each in found] == [
        "Reminder: Preprints, and who reads them",
        "Recording: Preprints, and who reads them",
    ]
    assert "Join the session: https://meet.example.org/42" in content(found[0], "plain")
    assert "Watch the recording: https://v.example.org/p" in content(found[1], "plain")
    assert "meet.example.org" not in content(found[1], "plain")


# --- Templates of the organiser's ----------------------------------------------------------------


def test_a_template_may_be_replaced() -> None:
    own = Template("letter.txt", "events/templates/letters/letter.txt", b"{{ greeting }} Hi!")
    (letter,) = messages.letters(first(), SENDER, (own,))
    found = read(letter.make(NOW))

    assert content(found, "plain").strip() == "Dear Ana Lima, Hi!"
    assert "You are invited" in content(found, "html")


def test_a_block_of_ours_may_be_replaced() -> None:
    html = b"""{% extends "ours/letter.html" %}
    {% block beginning %}<p>Hi & <b>{{ person.name }}</b></p>{% endblock %}"""
    own = Template("letter.html", "events/templates/letters/letter.html", html)
    (letter,) = messages.letters(first(ANA._replace(name="A<B")), SENDER, (own,))
    found = content(read(letter.make(NOW)), "html")

    assert "<b>A&lt;B</b>" in found
    assert "Preprints, and who reads them" in found


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        (b"x\n{{ nobody.name }}\n", (2, 1), "'nobody' is undefined"),
        (b"{% if %}", (1, 1), "Expected an expression"),
        (b"\xff", (1, 1), "it is not UTF-8"),
    ],
)
def test_a_mistake_in_a_template_is_shown_with_its_line(
    text: bytes, place: tuple[int, int], why: str
) -> None:
    own = Template("letter.txt", "events/templates/letters/letter.txt", text)
    (letter,) = messages.letters(first(), SENDER, (own,))

    with pytest.raises(Refused) as refused:
        letter.make(NOW)

    (said,) = refused.value.diagnostics
    assert (said.code, said.location[1:3]) == ("WF940", place)
    assert why in said.message


def test_what_is_asked_of_a_message_is_what_it_holds() -> None:
    (letter,) = written(first())
    data = letter.make(NOW)
    headers, text, html = messages.said(data)

    assert headers["Subject"] == "Invitation: Open science over lunch"
    assert (text.startswith("Dear"), "<!doctype html>" in html) == (True, True)
    assert [name for name, _ in mime.files(data)] == [
        "open-science-preprints.ics",
        "open-science-open-data.ics",
    ]
