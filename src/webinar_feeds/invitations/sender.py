"""Who invites: the organiser's name and addresses, from a private file or the environment.

Event files are what public files are made from, so an organiser's address never stands there (S1,
S13). Takes bytes and opens no file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.diagnostics import Location, Severity, declare, failed
from webinar_feeds.invitations import addresses
from webinar_feeds.reading import kinds, nodes
from webinar_feeds.reading.kinds import Field, Record, Text
from webinar_feeds.timezones import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.invitations.addresses import Address
    from webinar_feeds.reading.characters import Source

no_sender = declare(
    "WF920",
    Severity.ERROR,
    "it is not said who invites, so no letter can be written",
    help="write `name:` and `email:` of the organiser into `{path}`, or set {variable}",
)
bad_unsubscribe = declare(
    "WF921",
    Severity.ERROR,
    "`{text}` is neither a mail address nor a web address",
    help="write `unsubscribe: leave@example.org` or `unsubscribe: https://…`",
)
bad_variable = declare(
    "WF922",
    Severity.ERROR,
    "the environment's {variable} cannot be used: {why}",
    help="write it as `The Library <library@example.org>`",
)
NAME = "sender.yaml"
VARIABLE = "WEBINAR_FEEDS_SENDER"


class Sender(NamedTuple):
    """Who invites.

    `email` is the organiser's address, to which answers go; `sent_by` another mailbox that sends
    for it; `reply_to` one that reads what people write; `unsubscribe` a URI for those who want no
    more letters. Where the last three are None, `email` stands for them.
    """

    name: str
    email: Address
    sent_by: Address | None = None
    reply_to: Address | None = None
    unsubscribe: str | None = None


def _unsubscribe(text: str) -> str | Problem:
    if text.lower().startswith(("http://", "https://")):
        if kinds.not_web(text):
            return Problem(bad_unsubscribe, {"text": text})
        return kinds.ascii_address(text)
    found = addresses.understand(text)
    if isinstance(found, Problem):
        return Problem(bad_unsubscribe, {"text": text})
    return f"{found.uri}?subject=unsubscribe"


SENDER = Record(
    "sender",
    "Who invites, and where answers go.",
    (
        Field("name", Text("The Library"), "What people see as the sender.", required=True),
        Field(
            "email",
            Text("library@example.org", parse=addresses.understand),
            "The organiser's address: letters come from it, and answers go to it.",
            required=True,
        ),
        Field(
            "sent_by",
            Text("robot@example.org", parse=addresses.understand),
            "Another mailbox that sends the letters for the organiser.",
        ),
        Field(
            "reply_to",
            Text("questions@example.org", parse=addresses.understand),
            "Where what people write back should go; without it, to the organiser.",
        ),
        Field(
            "unsubscribe",
            Text("leave@example.org", parse=_unsubscribe),
            "An address or a page for those who want no more letters; without it, the organiser's.",
        ),
    ),
)


def read(
    source: Source | None, environment: Mapping[str, str], path: str
) -> tuple[Sender | None, tuple[Diagnostic, ...]]:
    """Who invites.

    Args:
        source: the sender's file, None when there is none.
        environment: whose `WEBINAR_FEEDS_SENDER` counts more than the file's name and address.
        path: where the file is, or would be, as users should see it.

    Returns:
        The sender, None after an error; and what is wrong.
    """
    own: Sender | None = None
    said: tuple[Diagnostic, ...] = ()
    written = environment.get(VARIABLE, "").strip()
    if written:
        found = addresses.understand(written)
        if isinstance(found, Problem):
            why = found.rule.message.format(**found.values)
            place = Location(VARIABLE)
            return None, (bad_variable.diagnostic(place, variable=VARIABLE, why=why),)
        own = Sender(found.name or found.recipient, found)
    if source is not None:
        filed, said = _filed(source)
        if own is None or failed(said):
            own = filed
        elif filed is not None:
            own = filed._replace(name=own.name, email=own.email)
    elif own is None:
        said = (no_sender.diagnostic(Location(path), path=path, variable=VARIABLE),)
    return (None if failed(said) else own), said


def _filed(source: Source) -> tuple[Sender | None, tuple[Diagnostic, ...]]:
    parsed = nodes.parse(source)
    if parsed.root is None:
        return None, parsed.diagnostics
    reader = kinds.Reader(source.path, parsed.lines)
    values = SENDER.read(parsed.root, "sender", reader)
    said = (*parsed.diagnostics, *reader.diagnostics)
    if failed(said):
        return None, said
    assert isinstance(values, kinds.Values)  # noqa: S101 - the root is a mapping
    return Sender(**values), said
