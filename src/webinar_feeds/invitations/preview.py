"""A page that shows a round of letters before it is sent: figures, and a sample of each kind.

One file that asks nobody for anything: its own Content-Security-Policy says so, and each sample is
framed without any rights. It holds names and addresses, so it is private.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from webinar_feeds.invitations import messages, mime
from webinar_feeds.invitations.owed import News
from webinar_feeds.rendering.pages.language import language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.invitations.owed import Owed
    from webinar_feeds.invitations.sender import Sender
    from webinar_feeds.invitations.tally import Tally
    from webinar_feeds.model import Template

HEADERS = ("From", "To", "Reply-To", "Subject", "List-Unsubscribe")
KINDS = {
    News.INVITED: "Invitation",
    News.MOVED: "New time",
    News.POSTPONED: "Postponed",
    News.CANCELLED: "Cancelled",
    News.UNINVITED: "No longer invited",
    News.CHANGED: "Changed",
    News.REMINDER: "Reminder",
    News.RECORDING: "Recording",
}
_MOST = 24  # samples; a page with more is read by nobody


class Sample(NamedTuple):
    """One letter of its kind, and how many there are like it."""

    kind: str
    language: str
    like: int
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    files: tuple[tuple[str, int], ...]


class Part(NamedTuple):
    """A series in a preview."""

    id: str
    title: str
    tally: Tally
    samples: tuple[Sample, ...]


def samples(
    owed: Iterable[Owed], sender: Sender, own: tuple[Template, ...], now: datetime
) -> Iterator[Sample]:
    """The first letter of each kind: those that tell the same news, in the same language.

    Raises:
        Refused: a template of the organiser's cannot be used.
    """
    first: dict[tuple[tuple[News, ...], bool, str], Owed] = {}
    counts: dict[tuple[tuple[News, ...], bool, str], int] = {}
    for each in owed:
        news = tuple(sorted({item.news for item in each.items}, key=list(News).index))
        kind = news, len(each.items) > 1, each.language
        first.setdefault(kind, each)
        counts[kind] = counts.get(kind, 0) + 1
    for (news, _, tag), each in list(first.items())[:_MOST]:
        data = messages.letter(each, sender, own).make(now)
        headers, text, html = messages.said(data)
        yield Sample(
            " · ".join(KINDS[one] for one in news),
            language("en").language_name(tag),
            counts[news, len(each.items) > 1, tag],
            tuple((name, headers[name]) for name in HEADERS if name in headers),
            text,
            html,
            tuple((name, len(told)) for name, told in mime.files(data)),
        )


def page(
    parts: Sequence[Part], diagnostics: Sequence[Diagnostic], people: Sequence[tuple[str, str]] = ()
) -> bytes:
    """The page.

    Args:
        parts: the series, with their figures and samples.
        diagnostics: what is to be said before anything is sent.
        people: addresses and what each is told, as far as they are to be listed.
    """
    environment = Environment(
        loader=FileSystemLoader(messages.TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    template = environment.get_template("preview.html")
    total = sum(part.tally.letters for part in parts)
    values = {"parts": parts, "diagnostics": diagnostics, "kinds": KINDS, "total": total}
    return template.render(people=people, **values).encode()
