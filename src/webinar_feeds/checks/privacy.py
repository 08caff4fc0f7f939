"""Rules about what should not be read by everybody: passcodes, private links, addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from webinar_feeds.diagnostics import Severity, declare
from webinar_feeds.model import Audience

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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

_PASSCODE = (
    r"(?:pass(?:code|word)|kennwort|passwort|mot de passe|contraseña|clave|\bpin|meeting id)"
    r"\s*(?:is|:|=)\s*\S+"
)
_PASSCODE_IN_LINK = r"[?&](?:pwd|passcode|password|pw|pin)=[^&#\s]+"
# What cannot be missing where one of the two is found, in small letters: see `_near_passcode`.
_SIGNS = rb"pass|pw|kennwort|contrase|clave|meeting id|pin(?:[\s:=\x80-\xff]|is)"
# Letters that are `s`, `i` and `k` where capitals do not count.
_UNUSUAL = "\u017f\u0130\u0131\u212a"
# It begins where a word does: trying at every letter of a long one would take minutes.
_MAIL = r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_AFTER_LINK = r"[\w%~-]"
_WHO = {Audience.REGISTERED: "registered participants", Audience.HOSTS: "hosts"}


def published(series: Series) -> Iterator[Finding]:
    """Nothing that is published holds a passcode, a private link or somebody's mail address.

    Nearly no text does: most sessions are let pass after a glance at all of their text at once.
    """
    links = _Links(series)
    suspects = [
        number
        for number, text in _glances(series)
        if "@" in text or _near_passcode(text) or (links and _links_in(text, links))
    ]
    if suspects:
        texts = list(_public(series, suspects))
        yield from passcodes(texts)
        yield from private_links(texts, links)
        yield from mail_addresses(texts)


def passcodes(texts: Iterable[tuple[Route, str]]) -> Iterator[Finding]:
    """No passcode stands in published text or in a published link (S10)."""
    for route, text in texts:
        found = re.search(_PASSCODE, text, re.IGNORECASE) or re.search(
            _PASSCODE_IN_LINK, text, re.IGNORECASE
        )
        if found:
            yield passcode.at(*route, text=found[0].lstrip("?&"))


def private_links(texts: Iterable[tuple[Route, str]], links: _Links) -> Iterator[Finding]:
    """A join link that is not public does not stand in published text either."""
    for route, text in texts:
        found = _links_in(text, links)
        for link in (each for each in links if each in found) if found else ():
            yield private_link.at(*route, audience=_WHO[links[link]])


def mail_addresses(texts: Iterable[tuple[Route, str]]) -> Iterator[Finding]:
    """Nobody's mail address is published (S13)."""
    for route, text in texts:
        found = re.search(_MAIL, text) if "@" in text else None
        if found and not text.startswith(("http://", "https://")):
            yield mail_address.at(*route, text=found[0])


def _near_passcode(text: str) -> bool:
    """Whether a passcode may stand in a text; False where there certainly is none."""
    if re.search(_SIGNS, text.encode().lower()):
        return True
    return not text.isascii() and any(each in text for each in _UNUSUAL)


class _Links(dict[str, Audience]):
    """Addresses that begin with `http://` or `https://`, and who may see each."""

    def __init__(self, series: Series) -> None:
        """The join links that not everybody may see, in the order of the sessions."""
        for session in series.sessions:
            if session.join is not None and session.join.audience is not Audience.PUBLIC:
                self[session.join.url] = session.join.audience
        self.lengths = {len(each) for each in self}


def _links_in(text: str, links: _Links) -> set[str]:
    """Those of the links that stand in a text and do not go on there."""
    found: set[str] = set()
    sign = text.find("://")
    while sign >= 0:
        for start in (sign - 4, sign - 5):
            for length in links.lengths:
                link = text[start : start + length] if start >= 0 else ""
                if link in links and not re.match(_AFTER_LINK, text[start + length :][:1]):
                    found.add(link)
        sign = text.find("://", sign + 1)
    return found


def _glances(series: Series) -> Iterator[tuple[int, str]]:
    """All text that is published of the series itself (number −1) and of each session."""
    yield -1, " ".join(filter(None, (series.title, series.summary, series.page)))
    for number, session in enumerate(series.sessions):
        texts = [session.title, session.summary, session.platform, session.page]
        texts.append(session.registration)
        if session.join is not None and session.join.audience is Audience.PUBLIC:
            texts.append(session.join.url)
        for talk in session.talks:
            texts += (talk.title, talk.summary)
            for each in talk.speakers:
                texts += (each.role, each.affiliation, each.name)
        for recording in session.recordings:
            texts += (recording.title, recording.url)
            texts += [file.url for file in recording.files]
        yield number, " ".join(filter(None, texts))


def _public(series: Series, numbers: Iterable[int]) -> Iterator[tuple[Route, str]]:
    """Every text and address that ends up in a published file, and where it was written.

    Args:
        series: of which all its own texts are given.
        numbers: of the sessions to look at; what is not one of a session is no matter.
    """
    yield ("title",), series.title
    yield ("summary",), series.summary or ""
    yield ("page",), series.page or ""
    for number in numbers:
        if number < 0:
            continue
        session = series.sessions[number]
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
