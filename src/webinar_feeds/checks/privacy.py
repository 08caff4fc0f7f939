"""Rules about what should not be read by everybody: passcodes, private links, addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from webinar_feeds.diagnostics import Severity, declare
from webinar_feeds.model import Audience

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.diagnostics import Finding, Route
    from webinar_feeds.model import Series

passcode = declare(
    "WF402",
    Severity.WARNING,
    "`{text}` looks like a passcode, and this text is published",
    help="remove it here; who registers gets it from you",
)
private_link = declare(
    "WF403",
    Severity.ERROR,
    "the join link is for {audience}, but this text publishes it",
    help="remove the link from this text, or write `audience: public`",
)
mail_address = declare(
    "WF404",
    Severity.WARNING,
    "`{text}` is a mail address, and this text is published",
    help="remove it, or name a contact page instead",
)

_PASSCODE = re.compile(
    r"(?:pass(?:code|word)|kennwort|passwort|mot de passe|contraseña|clave|\bpin|meeting id)"
    r"\s*(?:is|:|=)\s*\S+",
    re.IGNORECASE,
)
_PASSCODE_IN_LINK = re.compile(r"[?&](?:pwd|passcode|password|pw|pin)=[^&#\s]+", re.IGNORECASE)
# It begins where a word does: trying at every letter of a long one would take minutes.
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_WHO = {Audience.REGISTERED: "registered participants", Audience.HOSTS: "hosts"}


def passcodes(series: Series) -> Iterator[Finding]:
    """No passcode stands in published text or in a published link (S10)."""
    for route, text in _public(series):
        found = _PASSCODE.search(text) or _PASSCODE_IN_LINK.search(text)
        if found:
            yield passcode.at(*route, text=found[0].lstrip("?&"))


def private_links(series: Series) -> Iterator[Finding]:
    """A join link that is not public does not stand in published text either."""
    links = {
        session.join.url: (
            re.compile(rf"{re.escape(session.join.url)}(?![\w%~-])"),
            session.join.audience,
        )
        for session in series.sessions
        if session.join is not None and session.join.audience is not Audience.PUBLIC
    }
    for route, text in _public(series) if links else ():
        if "://" not in text:
            continue
        for link, audience in links.values():
            if link.search(text):
                yield private_link.at(*route, audience=_WHO[audience])


def mail_addresses(series: Series) -> Iterator[Finding]:
    """Nobody's mail address is published (S13)."""
    for route, text in _public(series):
        found = _MAIL.search(text)
        if found and not text.startswith(("http://", "https://")):
            yield mail_address.at(*route, text=found[0])


def _public(series: Series) -> Iterator[tuple[Route, str]]:
    """Every text and address that ends up in a published file, and where it was written."""
    yield ("title",), series.title
    yield ("summary",), series.summary or ""
    yield ("page",), series.page or ""
    for number, session in enumerate(series.sessions):
        at: Route = ("sessions", number)
        yield (*at, "title"), session.title
        yield (*at, "summary"), session.summary or ""
        yield (*at, "platform"), session.platform or ""
        yield (*at, "page"), session.page or ""
        yield (*at, "registration"), session.registration or ""
        if session.join is not None and session.join.audience is Audience.PUBLIC:
            yield (*at, "join"), session.join.url
        for place, talk in enumerate(session.talks):
            yield (*at, "talks", place, "title"), talk.title
            yield (*at, "talks", place, "summary"), talk.summary or ""
            for seat, speaker in enumerate(talk.speakers):
                told = f"{speaker.role or ''} {speaker.affiliation or ''} {speaker.name}"
                yield (*at, "talks", place, "speakers", seat), told
        several = len(session.recordings) > 1
        for place, recording in enumerate(session.recordings):
            key: Route = ("recordings", place) if several else ("recording",)
            yield (*at, *key, "title"), recording.title or ""
            yield (*at, *key, "url"), recording.url or ""
            for file in recording.files:
                yield (*at, *key, "files"), file.url
