from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reply_mail
from posts import part
from reply_mail import ANA, APPLE, GMAIL, OUTLOOK, THUNDERBIRD, UID
from webinar_feeds.invitations import replies
from webinar_feeds.invitations.journal import Answer
from webinar_feeds.invitations.letters import Told
from webinar_feeds.invitations.replies import NoReply, OptOut, Refused, Why

STAMP = datetime(2026, 12, 2, 8, 15, 30, tzinfo=UTC)
NOW = datetime(2026, 12, 3, tzinfo=UTC)
YES = Answer(ANA, UID, "ACCEPTED", 0, STAMP)


@pytest.mark.parametrize(
    ("mail", "answer"),
    [
        pytest.param(GMAIL, YES._replace(comment="I may be five minutes late"), id="gmail"),
        pytest.param(OUTLOOK, YES._replace(partstat="TENTATIVE"), id="outlook"),
        pytest.param(APPLE, YES._replace(partstat="DECLINED"), id="apple"),
        pytest.param(THUNDERBIRD, YES, id="thunderbird"),
    ],
)
def test_what_mail_programs_send_is_understood(mail: bytes, answer: Answer) -> None:
    assert replies.read(mail) == answer
    assert replies.read(mail.replace(b"\r\n", b"\n")) == answer


def ics(**changes: str) -> bytes:
    return reply_mail.calendar(**changes).encode()


def mail(data: bytes, sender: str = f"Ana Lima <{ANA}>") -> bytes:
    head = f"From: {sender}\r\nTo: library@example.org\r\nSubject: Accepted\r\n"
    return f"{head}Content-Type: text/calendar; method=REPLY\r\n\r\n".encode() + data


def test_a_calendar_file_alone_is_believed() -> None:
    assert replies.read(ics()) == YES
    assert replies.read(b"\xef\xbb\xbf\r\n" + ics()) == YES


@pytest.mark.parametrize("written", ["accepted", "Accepted", "ACCEPTED"])
@pytest.mark.parametrize("scheme", ["mailto:", "MAILTO:", "Mailto:"])
def test_letters_may_be_small_or_large(written: str, scheme: str) -> None:
    assert replies.read(ics(partstat=written, attendee=f"{scheme}ANA@Example.Org")) == YES


@pytest.mark.parametrize("written", ["mailto:j%C3%B3se@example.org", "mailto:jóse@example.org"])
def test_an_international_address_may_be_encoded(written: str) -> None:
    assert replies.read(ics(attendee=written)) == YES._replace(address="jóse@example.org")


@pytest.mark.parametrize(
    "sender", ["eve@example.org", "ana@example.com", f"{ANA}, eve@example.org", "", "Ana Lima"]
)
def test_nobody_answers_for_others(sender: str) -> None:
    assert replies.read(mail(ics(), sender)) == Refused(Why.FORGED, ANA, UID)


def test_somebody_may_answer_for_another_who_says_so() -> None:
    delegate = ics(more=';SENT-BY="mailto:Desk@example.org"')

    assert replies.read(mail(delegate, "desk@example.org")) == YES
    assert replies.read(mail(delegate, ANA)) == YES
    assert replies.read(mail(delegate, "eve@example.org")) == Refused(Why.FORGED, ANA, UID)


@pytest.mark.parametrize(
    "changes",
    [
        {"partstat": "PERHAPS"},
        {"partstat": ""},
        {"stamp": "DTSTAMP:yesterday"},
        {"stamp": "DTSTAMP;VALUE=DATE:20261202"},
        {"stamp": "X-NOTHING:1"},
        {"sequence": "SEQUENCE:x"},
        {"sequence": "SEQUENCE:-1"},
        {"attendee": "http://example.org"},
        {"attendee": "mailto:"},
        {"also": "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bo@example.org"},
        {"also": "RECURRENCE-ID:20270114T113000Z"},
        {"also": "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:two"},
        {"uid": ""},
    ],
)
def test_what_says_nothing_certain_is_refused(changes: dict[str, str]) -> None:
    said = replies.read(ics(**changes))

    assert isinstance(said, Refused)
    assert said.why is Why.UNCLEAR


@pytest.mark.parametrize(
    "data", [b"BEGIN:VCALENDAR\r\nrubbish", b"BEGIN:VCALENDAR\r\n" + ics(), ics() + ics()]
)
def test_what_is_no_calendar_is_refused(data: bytes) -> None:
    assert replies.read(data) == Refused(Why.UNCLEAR)


def test_what_leaves_sequence_away_answers_the_first_invitation() -> None:
    assert replies.read(ics(sequence="X-NONE:1")) == YES


def test_a_proposal_of_another_time_is_for_people() -> None:
    assert replies.read(ics(method="COUNTER")) == Refused(Why.COUNTER, ANA, UID)


def test_other_mail_is_left_alone() -> None:
    assert replies.read(ics(method="REQUEST")) == NoReply()
    assert (
        replies.read(b"From: a@example.org\r\nSubject: Lunch?\r\n\r\nunsubscribe\r\n") == NoReply()
    )
    assert replies.read(b"") == NoReply()


@pytest.mark.parametrize("subject", ["unsubscribe", "Unsubscribe", "=?utf-8?q?unsubscribe?="])
def test_who_wants_no_letters_says_so_in_the_subject(subject: str) -> None:
    data = f"From: Ana <ANA@example.org>\r\nSubject: {subject}\r\n\r\n".encode()

    assert replies.read(data) == OptOut(ANA)


def test_nobody_knows_who_wants_no_letters_without_a_sender() -> None:
    assert replies.read(b"Subject: unsubscribe\r\n\r\n") == Refused(Why.UNCLEAR)


def test_what_is_too_large_is_not_read() -> None:
    assert replies.read(bytes(replies.LARGEST + 1)) == Refused(Why.TOO_LARGE)
    assert replies.read(ics(also=f"COMMENT:{'x' * 300_000}")) == Refused(Why.TOO_LARGE)


def test_a_comment_is_one_line_without_commands() -> None:
    said = replies.read(ics(also="COMMENT:Late\\nby \x1b[31mfive\r\nCOMMENT:minutes"))

    assert isinstance(said, Answer)
    assert said.comment == "Late by [31mfive minutes"


@given(st.binary(max_size=400) | st.binary(max_size=60).map(lambda noise: GMAIL[:900] + noise))
def test_no_bytes_stop_the_reading(data: bytes) -> None:
    assert isinstance(replies.read(data), (Answer, OptOut, Refused, NoReply))


@given(st.integers(0, len(GMAIL)), st.integers(0, 40), st.binary(max_size=8))
def test_no_damage_to_a_reply_stops_the_reading(at: int, less: int, more: bytes) -> None:
    damaged = GMAIL[:at] + more + GMAIL[at + less :]

    assert isinstance(replies.read(damaged), (Answer, OptOut, Refused, NoReply))


def test_an_answer_is_kept_when_it_is_the_newest_to_what_was_told() -> None:
    told = Told(part(sequence=1), STAMP)
    given_ = YES._replace(sequence=1)
    older, newer = (given_._replace(stamp=STAMP + timedelta(hours=each)) for each in (-1, 1))

    def judged(answer: Answer, last: Answer | None, told: Told | None = told) -> Why | None:
        found = replies.judge(answer, told, last, NOW, is_ours=True)
        return None if found is None else found.why

    assert judged(given_, None) is None
    assert judged(given_, given_) is None  # the same, read again
    assert judged(newer, given_) is None
    assert judged(given_._replace(partstat="DECLINED"), given_) is Why.STALE  # of one second
    assert judged(older, given_) is Why.STALE
    assert judged(given_._replace(sequence=0), None) is Why.STALE
    assert judged(older._replace(sequence=2), given_) is None
    assert judged(given_._replace(stamp=NOW + timedelta(days=2)), None) is Why.TOO_EARLY
    assert judged(given_, None, None) is Why.STRANGER
    refused = replies.judge(given_, None, None, NOW, is_ours=False)
    assert refused == Refused(Why.UNKNOWN, ANA, UID)
