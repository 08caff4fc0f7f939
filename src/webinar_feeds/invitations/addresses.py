"""Mail addresses: which text is one, in which form it travels, and how persons are told apart.

`email-validator` decides, and never asks the network (S9). Internationalised addresses are
addresses (RFC 6531): a domain travels in its ASCII form, a local part as it is.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote

from email_validator import EmailNotValidError, validate_email

from webinar_feeds.diagnostics import Severity, declare
from webinar_feeds.reading.characters import shortened
from webinar_feeds.timezones import Problem

not_an_address = declare(
    "WF903",
    Severity.ERROR,
    "`{text}` is not a mail address: {why}",
    help="correct it, or remove the line; it looks like `ana.lima@example.org`",
)
# `Ana Lima <ana@example.org>`, as address books copy it
_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]+)>")
# Where a sentence of the library's begins; here they are parts of one of ours.
_SENTENCE = re.compile(r"\.( )([A-Z])")
# RFC 6068 §2: what may stand in a `mailto:` without being encoded, besides letters and digits
_PLAIN = "!$'*+-._~@"


class Address(NamedTuple):
    """A mail address.

    `key` is what is the same for one person's address however it is written; `recipient` is the
    form that travels; `name` is the name that stood beside it, empty where there was none.
    """

    key: str
    recipient: str
    name: str = ""

    @property
    def uri(self) -> str:
        """The address as a calendar has it, a `mailto:` URI (I20; RFC 6068)."""
        return f"mailto:{quote(self.recipient, safe=_PLAIN)}"

    @property
    def domain(self) -> str:
        """What stands behind the @, in ASCII."""
        return self.recipient.rpartition("@")[2]

    @property
    def hidden(self) -> str:
        """`a…@example.org`: for lists that somebody may look at over a shoulder."""
        return hidden(self.recipient)


def understand(text: str) -> Address | Problem:
    """The address that a text is, alone or as `Name <address>`.

    Returns:
        The address, or the rule that says why it is none.
    """
    named = _NAMED.fullmatch(text.strip())
    name = named["name"].strip().strip('"') if named else ""
    bare = (named["address"] if named else text).strip()
    if bare[:7].lower() == "mailto:":
        bare = bare[7:]
    try:
        found = validate_email(bare, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        why = _SENTENCE.sub(lambda found: f";{found[1]}{found[2].lower()}", f". {error}")
        why = shortened(why.removeprefix("; ").rstrip("."))
        return Problem(not_an_address, {"text": shortened(text), "why": why})
    local, domain = found.local_part, (found.ascii_domain or found.domain).lower()
    # Small letters alone: folding would take one person's ß for another's ss.
    return Address(f"{local.lower()}@{domain}", f"{local}@{domain}", name)


def hidden(address: str) -> str:
    """`a…@example.org`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
