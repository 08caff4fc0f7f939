"""Answers to invitations, as mail programs really send them (RFC 5546 §3.2.3, RFC 6047; I14, S11).

Pure: bytes in, what they say out; what cannot be used is refused with the reason. icalendar reads
the calendar part, whose lines are anybody's: it knows more of what is out there than we do.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from email.utils import getaddresses
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

import icalendar

from webinar_feeds.invitations import addresses
from webinar_feeds.invitations.addresses import Address
from webinar_feeds.invitations.journal import Answer

if TYPE_CHECKING:
    from email.message import EmailMessage

    from webinar_feeds.invitations.letters import Told

LARGEST = 10_000_000  # bytes of a message, all its attachments included
_CALENDAR = 256_000  # bytes of a calendar part
_COMMENT = 500
_TYPES = frozenset({"text/calendar", "application/ics"})
# RFC 5545 §3.2.12, for a VEVENT
_PARTSTATS = frozenset({"ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED", "NEEDS-ACTION"})
_AHEAD = timedelta(days=1)  # how far another clock may be wrong


class Why(StrEnum):
    """Why something that came back is not counted."""

    FORGED = "it comes from another address than the one it answers for"
    STALE = "it is older than what is known already"
    TOO_EARLY = "it is dated in the future"
    STRANGER = "this address was not invited"
    UNKNOWN = "nobody was invited to such a session"
    UNCLEAR = "it cannot be understood"
    COUNTER = "it proposes another time, which is for you to read"
    TOO_LARGE = "it is too large to be an answer"


class Refused(NamedTuple):
    """Something that was meant as an answer and is not counted; `address` as far as known."""

    why: Why
    address: str = ""
    uid: str = ""


class OptOut(NamedTuple):
    """Somebody wants no more letters."""

    address: str


class NoReply(NamedTuple):
    """Mail about something else."""


def read(data: bytes) -> Answer | OptOut | Refused | NoReply:
    """What a message (`.eml`) or a calendar object (`.ics`) says.

    A message is believed when it comes from the attendee, or from the mailbox that the reply says
    it was sent by. A calendar file has no sender: whoever has saved it vouches for it.
    """
    if len(data) > LARGEST:
        return Refused(Why.TOO_LARGE)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].upper() == b"BEGIN:VCALENDAR":
        return _of_calendar(data, None)
    message: EmailMessage = BytesParser(policy=policy.default).parsebytes(data)
    try:
        return _of_message(message)
    except (ValueError, LookupError, AttributeError, TypeError):
        # The library's own lazily read headers fail in all these ways on what no mail program
        # sends; one such message must not keep the others from being read.
        return Refused(Why.UNCLEAR)


def judge(
    given: Answer, told: Told | None, last: Answer | None, now: datetime, *, is_ours: bool
) -> Refused | None:
    """Whether an answer is to be kept; None when it is.

    Args:
        given: the answer.
        told: what the person was told last of the session, None when nothing.
        last: what they answered before.
        now: the time, aware.
        is_ours: whether anybody was invited to the session.
    """
    why = None
    if told is None:
        why = Why.STRANGER if is_ours else Why.UNKNOWN
    elif given.stamp > now + _AHEAD:
        why = Why.TOO_EARLY
    elif given.sequence < told.part.sequence or (
        last is not None
        and given != last
        # Of two answers of one second, the first that was read stands: else both would be new each
        # time that the mailbox is read.
        and (given.sequence, given.stamp) <= (last.sequence, last.stamp)
    ):
        why = Why.STALE
    return None if why is None else Refused(why, given.address, given.uid)


def _of_message(message: EmailMessage) -> Answer | OptOut | Refused | NoReply:
    senders = _senders(message)
    for part in message.walk():
        if part.get_content_type() in _TYPES:
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content.strip():
                return _of_calendar(content, senders)
    subject = " ".join(str(message.get("Subject", "")).split())
    if subject.casefold() == "unsubscribe":
        return OptOut(senders[0]) if len(senders) == 1 else Refused(Why.UNCLEAR)
    return NoReply()


def _senders(message: EmailMessage) -> list[str]:
    """The addresses that a message says it is from."""
    written = getaddresses([str(each) for each in message.get_all("From", [])])
    found = (addresses.understand(address) for _, address in written if address)
    return [each.key for each in found if isinstance(each, Address)]


def _of_calendar(data: bytes, senders: list[str] | None) -> Answer | Refused | NoReply:
    """What a calendar object says; `senders` are those of its message, None when it has none."""
    if len(data) > _CALENDAR:
        return Refused(Why.TOO_LARGE)
    try:
        found = icalendar.Calendar.from_ical(data, multiple=True)
    except (ValueError, LookupError, AttributeError, TypeError):
        # What icalendar raises on lines that are none differs with the line.
        return Refused(Why.UNCLEAR)
    if len(found) != 1:
        return Refused(Why.UNCLEAR)
    method = str(found[0].get("METHOD", "")).strip().upper()
    if method == "COUNTER":
        return _event(found[0], senders, refusing=Why.COUNTER)
    if method != "REPLY":
        return NoReply()
    return _event(found[0], senders)


def _event(
    calendar: icalendar.Component, senders: list[str] | None, refusing: Why | None = None
) -> Answer | Refused:
    events = calendar.walk("VEVENT")
    if len(events) != 1 or "RECURRENCE-ID" in events[0]:
        return Refused(Why.UNCLEAR)
    event = events[0]
    attendee, uid = event.get("ATTENDEE"), str(event.get("UID", "")).strip()
    who = _address(str(attendee)) if isinstance(attendee, icalendar.vCalAddress) else None
    if who is None or not uid or not isinstance(attendee, icalendar.vCalAddress):
        return Refused(Why.UNCLEAR, uid=uid)
    if refusing is not None:
        return Refused(refusing, who, uid)
    by = _address(str(attendee.params.get("SENT-BY", "")))
    if senders is not None and (len(senders) != 1 or senders[0] not in {who, by}):
        return Refused(Why.FORGED, who, uid)
    partstat = str(attendee.params.get("PARTSTAT", "")).strip().upper()
    stamp, sequence = _stamp(event), _sequence(event)
    if partstat not in _PARTSTATS or stamp is None or sequence is None:
        return Refused(Why.UNCLEAR, who, uid)
    return Answer(who, uid, partstat, sequence, stamp, _comment(event))


def _address(uri: str) -> str | None:
    """The key of a `mailto:` URI, however it is written."""
    scheme, colon, rest = uri.strip().partition(":")
    text = rest if colon and scheme.lower() == "mailto" else uri
    found = addresses.understand(unquote(text).partition("?")[0])
    return found.key if isinstance(found, Address) else None


def _stamp(event: icalendar.Component) -> datetime | None:
    written = event.get("DTSTAMP")
    found = written.dt if isinstance(written, icalendar.vDDDTypes) else None
    if not isinstance(found, datetime):
        return None
    # RFC 5545 §3.8.7.2 wants UTC; a client that leaves the Z away means it.
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _sequence(event: icalendar.Component) -> int | None:
    """The SEQUENCE that is answered; none means 0 (RFC 5545 §3.8.7.4)."""
    text = str(event.get("SEQUENCE", 0)).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _comment(event: icalendar.Component) -> str:
    said = event.get("COMMENT", "")
    text = " ".join(map(str, said)) if isinstance(said, list) else str(said)
    plain = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(plain.split())[:_COMMENT]
