"""The calendar object of a letter: iTIP (RFC 5546) for one attendee, by the table of §3.2.

The session's own lines are those of every calendar (`rendering.calendar`); this room adds who
invites whom, and knows when they are asked for an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webinar_feeds.invitations.headings import Role
from webinar_feeds.invitations.letters import Method
from webinar_feeds.model import OFF
from webinar_feeds.rendering import calendar
from webinar_feeds.rendering import contentlines as content

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from webinar_feeds.invitations.addresses import Address
    from webinar_feeds.invitations.sender import Sender
    from webinar_feeds.model import Entry

ROLES = {  # I23
    Role.OPTIONAL: "OPT-PARTICIPANT",
    Role.PARTICIPANT: "REQ-PARTICIPANT",
    Role.SPEAKER: "REQ-PARTICIPANT",
    Role.HOST: "CHAIR",
}
UNANSWERED = "NEEDS-ACTION"


def calendar_object(  # noqa: PLR0913 - what an iTIP message says, by keyword
    entry: Entry,
    *,
    method: Method,
    sequence: int,
    issued: datetime,
    sender: Sender,
    attendee: Address,
    role: Role,
    answer: str,
) -> bytes:
    """The calendar object that a letter carries for one session.

    Args:
        entry: the session as the attendee may know it.
        method: REQUEST or CANCEL.
        sequence: the SEQUENCE that it tells (I10, I13).
        issued: when the letter was issued, UTC, whole seconds; DTSTAMP (I12).
        sender: who invites.
        attendee: the one who is invited; nobody else is named (I25).
        role: what they are to the session.
        answer: PARTSTAT: what they have answered to the same plan, or NEEDS-ACTION.
    """
    asks = method is Method.REQUEST and answer == UNANSWERED and entry.session.status not in OFF
    people = _people(sender, attendee, ROLES[role], answer, asks=asks, method=method)
    return calendar.addressed(entry, method, people, issued, sequence)


def _people(  # noqa: PLR0913 - the parameters of two properties
    sender: Sender, attendee: Address, role: str, answer: str, *, asks: bool, method: Method
) -> Iterator[str]:
    """ORGANIZER and ATTENDEE in the form that makes mail programs show buttons (I20–I24)."""
    organizer = content.parameter("CN", sender.name)
    if sender.sent_by is not None:
        organizer += f';SENT-BY="{sender.sent_by.uri}"'
    yield f"ORGANIZER{organizer}:{sender.email.uri}"
    told = ";CUTYPE=INDIVIDUAL" + content.parameter("ROLE", role)
    if method is Method.REQUEST:
        told += f";PARTSTAT={answer};RSVP={'TRUE' if asks else 'FALSE'}"
    told += content.parameter("CN", attendee.name or attendee.recipient)
    yield f"ATTENDEE{told}:{attendee.uri}"
