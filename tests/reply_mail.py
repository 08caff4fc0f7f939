"""Replies in the shapes in which four mail programs send them, written for these tests.

What differs between them and matters: line ends, encodings, where the calendar part is, what is
in small letters, and which properties and parameters nobody else knows.
"""

from __future__ import annotations

import base64
import re

ANA = "ana@example.org"
UID = "preprints@uid"


def calendar(
    *,
    partstat: str = "ACCEPTED",
    attendee: str = f"mailto:{ANA}",
    more: str = "",
    stamp: str = "DTSTAMP:20261202T081530Z",
    sequence: str = "SEQUENCE:0",
    method: str = "REPLY",
    also: str = "X-PLAIN:1",
    uid: str = UID,
) -> str:
    """A reply, of which parts can be changed."""
    lines = (
        "BEGIN:VCALENDAR",
        "PRODID:-//Example//Client//EN",
        "VERSION:2.0",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        stamp,
        sequence,
        "DTSTART:20270114T113000Z",
        "DTEND:20270114T121500Z",
        "ORGANIZER;CN=The Library:mailto:library@example.org",
        f"ATTENDEE;CN=Ana Lima;PARTSTAT={partstat}{more}:{attendee}",
        "SUMMARY:Preprints\\, and who reads them",
        also,
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    return "\r\n".join(lines)


def wrapped(data: bytes) -> str:
    text = base64.b64encode(data).decode()
    return "\r\n".join(text[at : at + 76] for at in range(0, len(text), 76))


# A message of alternatives, the calendar part in base64 and attached once more; a comment.
_GMAIL = calendar(
    more=";X-NUM-GUESTS=0;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT",
    also="COMMENT:I may be five minutes late\r\nX-RESPONSE-COMMENT:I may be five minutes late",
).encode()
GMAIL = (
    f"""\
MIME-Version: 1.0
Sender: Calendar <calendar-notification@example.com>
From: Ana Lima <ana@example.org>
To: library@example.org
Subject: Accepted: Preprints, and who reads them @ Thu Jan 14, 2027
Content-Type: multipart/mixed; boundary="000000000000aa"

--000000000000aa
Content-Type: multipart/alternative; boundary="000000000000bb"

--000000000000bb
Content-Type: text/plain; charset="UTF-8"; format=flowed; delsp=yes
Content-Transfer-Encoding: base64

{wrapped(b"Ana Lima has accepted this invitation.")}

--000000000000bb
Content-Type: text/calendar; charset="UTF-8"; method=REPLY
Content-Transfer-Encoding: base64

{wrapped(_GMAIL)}
--000000000000bb--

--000000000000aa
Content-Type: application/ics; name="invite.ics"
Content-Disposition: attachment; filename="invite.ics"
Content-Transfer-Encoding: base64

{wrapped(_GMAIL)}
--000000000000aa--
""".replace("\r\n", "\n")
    .replace("\n", "\r\n")
    .encode()
)

# Addresses in capitals, a named zone of Windows, a comment in another language that is empty,
# many properties of its own.
OUTLOOK = (
    b"From: Ana Lima <Ana@EXAMPLE.org>\r\n"
    b"To: The Library <library@example.org>\r\n"
    b"Subject: Tentative: Preprints\r\n"
    b"X-MS-Has-Attach: \r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="_000_AB_"\r\n\r\n'
    b"--_000_AB_\r\n"
    b'Content-Type: text/plain; charset="us-ascii"\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n\r\n"
    b"--_000_AB_\r\n"
    b'Content-Type: text/calendar; charset="utf-8"; method=REPLY\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n"
    + wrapped(
        b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nPRODID:Example Exchange\r\nVERSION:2.0\r\n"
        b"BEGIN:VTIMEZONE\r\nTZID:W. Europe Standard Time\r\nBEGIN:STANDARD\r\n"
        b"DTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
        b"RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\n"
        b"BEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\n"
        b"TZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\r\n"
        b"END:DAYLIGHT\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n"
        b"ATTENDEE;PARTSTAT=TENTATIVE;CN=Ana Lima:MAILTO:ANA@EXAMPLE.ORG\r\n"
        b"COMMENT;LANGUAGE=en-GB:\\n\r\nUID:preprints@uid\r\n"
        b"SUMMARY;LANGUAGE=en-GB:Tentative: Preprints\r\n"
        b"DTSTART;TZID=W. Europe Standard Time:20270114T123000\r\n"
        b"DTEND;TZID=W. Europe Standard Time:20270114T131500\r\nCLASS:PUBLIC\r\nPRIORITY:5\r\n"
        b"DTSTAMP:20261202T081530Z\r\nTRANSP:OPAQUE\r\nSTATUS:CONFIRMED\r\nSEQUENCE:0\r\n"
        b"LOCATION;LANGUAGE=en-GB:\r\nX-MICROSOFT-CDO-APPT-SEQUENCE:0\r\n"
        b"X-MICROSOFT-CDO-OWNERAPPTID:-1\r\nX-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE\r\n"
        b"X-MICROSOFT-DISALLOW-COUNTER:FALSE\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()
    + b"\r\n--_000_AB_--\r\n"
)

# A calendar part that is attached, in quoted-printable, folded in an odd place, with LF only.
APPLE = b"""\
From: Ana Lima <ana@example.org>
Content-Type: multipart/alternative; boundary="Apple-Mail-1"
Subject: Declined: Preprints
Mime-Version: 1.0 (1.0)
To: library@example.org

--Apple-Mail-1
Content-Type: text/plain; charset=us-ascii
Content-Transfer-Encoding: 7bit

Declined
--Apple-Mail-1
Content-Type: text/calendar; method=REPLY; name=iCal-20261202.ics; charset=utf-8
Content-Disposition: attachment; filename=iCal-20261202.ics
Content-Transfer-Encoding: quoted-printable

BEGIN:VCALENDAR
CALSCALE:GREGORIAN
VERSION:2.0
METHOD:REPLY
PRODID:-//Example//Calendar//EN
BEGIN:VEVENT
ATTENDEE;CN=3D"Ana Lima";CUTYPE=3DINDIVIDUAL;EMAIL=3D"ana@example.org";PART=
STAT=3Ddeclined:mai
 lto:ana@example.org
UID:preprints@uid
DTSTART:20270114T113000Z
DTEND:20270114T121500Z
X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC
ORGANIZER;CN=3D"The Library":mailto:library@example.org
DTSTAMP:20261202T081530Z
SEQUENCE:0
SUMMARY:Preprints
END:VEVENT
END:VCALENDAR

--Apple-Mail-1--
""".replace(b"\n", b"\r\n")

# The calendar part is the second of a mixed message; unknown parameters, an RSVP that stayed.
THUNDERBIRD = b"""\
MIME-Version: 1.0
From: "Ana Lima" <ana@example.org>
To: library@example.org
Subject: Event Invitation Reply (Accepted): Preprints
Content-Type: multipart/mixed; boundary="----------C1"

------------C1
Content-Type: multipart/alternative; boundary="----------C2"

------------C2
Content-Type: text/plain; charset=UTF-8; format=flowed
Content-Transfer-Encoding: 8bit

Ana Lima has accepted your event invitation \xe2\x80\x94 see you.
------------C2
Content-Type: text/calendar; method=REPLY; charset=UTF-8
Content-Transfer-Encoding: 8bit

BEGIN:VCALENDAR
PRODID:-//Example//Example Calendar V1.1//EN
VERSION:2.0
METHOD:REPLY
BEGIN:VEVENT
CREATED:20261201T090000Z
LAST-MODIFIED:20261202T081530Z
DTSTAMP:20261202T081530Z
UID:preprints@uid
SUMMARY:Preprints \xe2\x80\x93 and who reads them
ORGANIZER;CN=The Library:mailto:library@example.org
ATTENDEE;RSVP=TRUE;CN=Ana Lima;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;X-OF=\
"a:b;c":mailto:ana@example.org
X-MOZ-RECEIVED-SEQUENCE:0
X-MOZ-RECEIVED-DTSTAMP:20261201T090000Z
DTSTART:20270114T113000Z
DTEND:20270114T121500Z
END:VEVENT
END:VCALENDAR

------------C2--

------------C1--
""".replace(b"\n", b"\r\n")


def about(shape: bytes, uid: str, address: str) -> bytes:
    """A reply of the same shape about another session, from somebody else."""

    def other(data: bytes) -> bytes:
        data = re.sub(rb"(?i)ana@example\.org", address.encode(), data)
        return data.replace(b"preprints@uid", uid.encode())

    def encoded(found: re.Match[bytes]) -> bytes:
        text = base64.b64decode(found[0])
        return wrapped(other(text)).encode() + b"\r\n" if b"VCALENDAR" in text else found[0]

    return re.sub(
        rb"(?m)(?:^[A-Za-z0-9+/=]{60,}\r\n)+(?:^[A-Za-z0-9+/=]+\r\n)?", encoded, other(shape)
    )
