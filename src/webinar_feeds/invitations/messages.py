"""Letters as mail has them: headers, text, HTML and calendar parts (RFC 5322, 2045, 6047; I30–I36).

The same letter, issued at the same instant, is the same bytes: boundaries and identifiers are
hashes of what the letter says, and Date is when it was issued (I34).
"""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.parser import Parser
from email.utils import format_datetime
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    select_autoescape,
)
from markupsafe import Markup

from webinar_feeds.diagnostics import Severity, declare
from webinar_feeds.invitations import headers, mime, wording
from webinar_feeds.invitations.addresses import Address
from webinar_feeds.invitations.itip import calendar_object
from webinar_feeds.invitations.letters import Kind, Letter, Method
from webinar_feeds.model import OFF
from webinar_feeds.rendering import markdown
from webinar_feeds.rendering.pages.templating import own_loader, refusing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from webinar_feeds.invitations.owed import Item, Owed
    from webinar_feeds.invitations.sender import Sender
    from webinar_feeds.model import Template

unusable = declare(
    "WF940",
    Severity.ERROR,
    "the letter's template cannot be used: {why}",
    help="correct it, or remove `{path}`: the letter is then made by the template that we have",
)
TEMPLATES = Path(__file__).parent / "templates"
NAMES = ("letter.txt", "letter.html")
_THREAD = 20  # identifiers of earlier letters; a header line may not grow without end


def letters(
    owed: Iterable[Owed],
    sender: Sender,
    own: tuple[Template, ...] = (),
    *,
    one_per_session: bool = False,
) -> Iterator[Letter]:
    """The letters that are owed, each made when it is asked for.

    Args:
        owed: who is told what.
        sender: who invites.
        own: templates of the organiser's in place of ours.
        one_per_session: write one for each session, so that mail programs show buttons for each.
    """
    for each in split(owed, one_per_session=one_per_session):
        yield letter(each, sender, own)


def split(owed: Iterable[Owed], *, one_per_session: bool) -> Iterator[Owed]:
    """The letters, each session in one of its own if that is asked for."""
    for each in owed:
        if one_per_session:
            yield from (each._replace(items=(item,)) for item in each.items)
        else:
            yield each


def letter(owed: Owed, sender: Sender, own: tuple[Template, ...] = ()) -> Letter:
    """One letter.

    Its `make` raises `Refused` when a template of the organiser's cannot be used.
    """
    parts = tuple(item.part for item in owed.items)
    person = owed.attendee
    make = partial(message, owed, sender, own)
    return Letter(owed.kind, owed.series, person.address, person.recipient, parts, make)


def message(owed: Owed, sender: Sender, own: tuple[Template, ...], issued: datetime) -> bytes:
    """The bytes of a letter, with CRLF.

    Args:
        owed: who is told what.
        sender: who invites.
        own: the organiser's templates.
        issued: when it is issued, UTC, whole seconds.

    Raises:
        Refused: a template of the organiser's cannot be used.
    """
    text, html = (_body(name, owed, sender, own) for name in NAMES)
    calendars = [
        (item, _calendar(item, owed, sender, issued))
        for item in owed.items
        if item.part.method is not Method.NONE
    ]
    salt = f"{_key(owed)} {issued:%Y%m%dT%H%M%SZ}"
    parts = [mime.body("plain", text), mime.body("html", html)]
    if calendars:
        # One session's alone: alternatives must tell the same event (I30, I33).
        acting, told = next((each for each in calendars if _asks(each[0])), calendars[0])
        parts.append(mime.calendar(told, acting.part.method))
    body = mime.multipart("alternative", _boundary(salt, "alternative"), parts)
    if calendars:
        attached = (
            mime.file(data, f"{owed.series}-{item.part.session}.ics") for item, data in calendars
        )
        body = mime.multipart("mixed", _boundary(salt, "mixed"), (body, *attached))
    head = "\r\n".join(_headers(owed, sender, issued))
    return b"\r\n".join((head.encode(), body))


def _asks(item: Item) -> bool:
    """Whether a session asks for an answer, so that buttons are of use."""
    return item.part.method is Method.REQUEST and item.entry.session.status not in OFF


def _headers(owed: Owed, sender: Sender, issued: datetime) -> Iterator[str]:
    """The headers, but for those of the content.

    They are ASCII, unless an address has a local part that is not (RFC 6532).
    """
    person, domain = owed.attendee, sender.email.domain
    yield headers.mailbox("From", sender.name, (sender.sent_by or sender.email).recipient)
    yield headers.mailbox("To", person.name, person.recipient)
    answers = sender.reply_to or (sender.email if sender.sent_by is not None else None)
    if answers is not None:
        yield headers.mailbox("Reply-To", sender.name, answers.recipient)
    yield headers.unstructured("Subject", wording.subject(owed))
    yield f"Date: {format_datetime(issued)}"
    yield f"Message-ID: <{identifier(owed)}@{domain}>"
    before = [f"<{_root(uid, person.address)}@{domain}>" for uid in owed.follows[:_THREAD]]
    if before:
        yield f"In-Reply-To: {before[-1]}"
        yield headers.words("References", before)
    yield headers.words("List-Unsubscribe", [f"<{unsubscribe(sender)}>"])
    yield f"Content-Language: {wording.language(owed.language).tag}"
    yield "MIME-Version: 1.0"


def identifier(owed: Owed) -> str:
    """What stands before the @ of a Message-ID.

    The first that somebody is told of some sessions has an identifier that later letters can name
    without knowing anything but the sessions, so that mail programs show them together.
    """
    first = owed.items[0]
    if owed.kind is Kind.INVITATION and all(item.before is None for item in owed.items):
        return _root(first.part.uid, owed.attendee.address)
    return _key(owed)[:40]


def unsubscribe(sender: Sender) -> str:
    """Where somebody writes or goes who wants no more letters (RFC 2369)."""
    return sender.unsubscribe or f"{(sender.reply_to or sender.email).uri}?subject=unsubscribe"


def _root(uid: str, address: str) -> str:
    return sha256(f"{uid}\0{address}".encode()).hexdigest()[:40]


def _key(owed: Owed) -> str:
    parts = tuple(item.part for item in owed.items)
    return Letter(owed.kind, owed.series, owed.attendee.address, "", parts, _never).key


def _never(issued: datetime) -> bytes:
    raise NotImplementedError(issued)


def _boundary(salt: str, name: str) -> str:
    """What no body can hold: `=_` is in no base64, and in no quoted-printable either."""
    return f"=_{sha256(f'{salt} {name}'.encode()).hexdigest()[:32]}"


def _calendar(item: Item, owed: Owed, sender: Sender, issued: datetime) -> bytes:
    person = owed.attendee
    return calendar_object(
        item.entry,
        method=item.part.method,
        sequence=item.part.sequence,
        issued=issued,
        sender=sender,
        attendee=Address(person.address, person.recipient, person.name),
        role=person.role_in(item.part.session),
        answer=item.answer,
    )


def _body(name: str, owed: Owed, sender: Sender, own: tuple[Template, ...]) -> str:
    """A letter's text or HTML."""
    words = wording.language(owed.language)
    contact = sender.reply_to or sender.email
    link = Markup('<a href="{}" style="color:#0b5cad">{}</a>')
    uri = unsubscribe(sender)
    values = {
        "_": words.text,
        "answer": wording.answer(owed),
        "contact": contact.recipient,
        "contact_link": link.format(contact.uri, contact.recipient),
        "direction": words.direction,
        "greeting": wording.greeting(owed),
        "intro": wording.intro(owed),
        "kind": owed.kind.value,
        "part_of": wording.part_of(owed),
        "person": owed.attendee,
        "sender": sender,
        "series": owed.items[0].entry.series,
        "sessions": wording.sessions(owed),
        "subject": wording.subject(owed),
        "tag": words.tag,
        "unsubscribe": uri.removeprefix("mailto:").partition("?")[0],
        "unsubscribe_uri": uri,
        "why": wording.why(owed),
    }
    with refusing(own, unusable):
        return _environment(own).get_template(name).render(values)


@lru_cache(maxsize=4)
def _environment(own: tuple[Template, ...]) -> Environment:
    from markupsafe import Markup  # noqa: PLC0415 - as above

    ours = FileSystemLoader(TEMPLATES)
    made = Environment(
        loader=ChoiceLoader([own_loader(own), ours, PrefixLoader({"ours": ours})]),
        auto_reload=False,
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "html": lambda text: Markup(markdown.to_html(text)),  # noqa: S704 - made safe there
        "text": markdown.to_text,
    }
    return made


def said(data: bytes) -> tuple[dict[str, str], str, str]:
    """What somebody reads of a message: its headers, its text, its HTML."""
    # As text: of bytes, Python's reader would not understand headers in UTF-8.
    found = Parser(EmailMessage, policy=policy.default).parsestr(data.decode())
    bodies = [found.get_body((kind,)) for kind in ("plain", "html")]
    text, html = ("" if each is None else str(each.get_content()) for each in bodies)
    return {name: str(value) for name, value in found.items()}, text, html
