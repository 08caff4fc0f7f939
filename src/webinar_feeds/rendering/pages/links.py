"""Addresses that pages offer: to add one session, to subscribe to a calendar, to the next page.

Knows what other calendars take in an address (W5–W8), and no words: templates say what a key is
called. None of these addresses is documented by those who answer at them, so a page always offers
the `.ics` beside them.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote

from webinar_feeds.model import OFF, Audience
from webinar_feeds.rendering import contentlines, markdown, wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from webinar_feeds.model import Entry, Session

# Octets after encoding. Together they stay below 2 kB, where some servers begin to refuse, and
# details below the 1 kB that Google takes from every browser (W5).
_TITLE, _DETAILS, _LINKS, _LOCATION = 600, 800, 650, 150
_ELLIPSIS = "…"
_DANGLING = " \n,;:.–-•"
_LONGEST = 40  # characters of a word that is none, but a text without spaces

WAYS: Mapping[str, str] = {
    "webcal": "webcal://{place}",
    "apple": "webcal://{place}",
    # Google does not take an https address here; threads of ten years say so (W8).
    "google": "https://calendar.google.com/calendar/render?cid={webcal}",
    # Outlook's own dialog asks for the https address; new Outlook mangles webcal.
    "outlook": "https://outlook.live.com/calendar/0/addfromweb?url={https}&name={name}",
    "office365": "https://outlook.office.com/calendar/0/addfromweb?url={https}&name={name}",
    # These two take `webcal` for http, and `webcals` for https (CalProtocolHandler of Thunderbird,
    # AddSubscriptionModel of ICSx5); a host that only speaks https would not answer.
    "thunderbird": "webcals://{place}",
    "icsx5": "webcals://{place}",
}
"""How each app is asked to subscribe: `{place}` is the calendar's address behind `https://`,
`{https}` and `{webcal}` the whole of it in that scheme and `{name}` the calendar's name, these
three percent-encoded. For scripts on pages whose address is not known when they are made."""


class Way(NamedTuple):
    """A link to offer: whose it is, and where it leads."""

    key: str
    href: str


def once(entry: Entry, page: str | None = None) -> tuple[Way, ...]:
    """Links that add one session, as it is today, to Google, Outlook.com, Microsoft 365 and Yahoo.

    A session that does not take place, or not on the day that it still bears, has none. The
    instants are UTC, because every other form is shifted by some of them (W5, W6).

    Args:
        entry: the session.
        page: the session's permalink, if the site's address is known.
    """
    session = entry.session
    if session.status in OFF:
        return ()
    title = _cut(wording.title(session), _TITLE)
    details = _details(entry, page)
    location = _cut(session.platform or "Online", _LOCATION)
    start, end = (each.astimezone(UTC) for each in (session.start, session.end))
    basic = contentlines.instant(start), contentlines.instant(end)
    google = {
        "action": "TEMPLATE",
        "text": title,
        "dates": "/".join(basic),
        "details": details,
        "location": location,
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "startdt": _extended(start),
        "enddt": _extended(end),
        "subject": title,
        "body": details,
        "location": location,
    }
    yahoo = {
        "v": "60",
        "TITLE": title,
        "ST": basic[0],
        "ET": basic[1],
        "DESC": details,
        "in_loc": location,
    }
    compose = "calendar/0/deeplink/compose"
    return (
        Way("google", _asking("https://calendar.google.com/calendar/render", google)),
        Way("outlook", _asking(f"https://outlook.live.com/{compose}", outlook)),
        Way("office365", _asking(f"https://outlook.office.com/{compose}", outlook)),
        Way("yahoo", _asking("https://calendar.yahoo.com/", yahoo)),
    )


def subscribe(address: str, name: str) -> tuple[Way, ...]:
    """Links that subscribe to a calendar in the apps that people have (W8).

    Args:
        address: the calendar's own, absolute, https (or http, on a machine of one's own).
        name: what Outlook will call the calendar.

    Raises:
        ValueError: the address is neither https nor http.
    """
    scheme, _, place = address.partition("://")
    if scheme not in ("https", "http") or not place:
        msg = f"not an address to subscribe to: {address!r}"
        raise ValueError(msg)
    told = {
        "place": place,
        "https": _encoded(address),
        "webcal": _encoded(f"webcal://{place}"),
        "name": _encoded(_cut(name, _TITLE)),
    }
    ways = (Way(key, pattern.format_map(told)) for key, pattern in WAYS.items())
    if scheme == "https":
        return tuple(ways)
    return tuple(Way(key, href.replace("webcals://", "webcal://", 1)) for key, href in ways)


def relative(from_path: str, to_path: str) -> str:
    """The address of one file of the output on the page of another.

    Args:
        from_path: the page, below the output folder: `open-science/sessions/one.html`.
        to_path: where the link leads, likewise: `open-science/calendar.ics`.

    Raises:
        ValueError: a path is not one below the output folder.
    """
    for path in (from_path, to_path):
        if not all(part not in ("", ".", "..") for part in path.split("/")):
            msg = f"not a path below the output folder: {path!r}"
            raise ValueError(msg)
    folder = from_path.split("/")[:-1]
    *parents, file = to_path.split("/")
    shared = 0
    while shared < min(len(folder), len(parents)) and folder[shared] == parents[shared]:
        shared += 1
    ups = [".."] * (len(folder) - shared)
    # Quoted as a whole: a colon in a first name would be taken for the end of a scheme.
    return "/".join((*ups, *(quote(part, safe="") for part in (*parents[shared:], file))))


def _extended(value: datetime) -> str:
    """`2020-06-17T11:00:00Z`: Outlook takes no other offset, and no basic form (W6)."""
    return f"{value.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _asking(address: str, values: Mapping[str, str]) -> str:
    return f"{address}?{'&'.join(f'{key}={_encoded(value)}' for key, value in values.items())}"


def _encoded(text: str) -> str:
    """Text in a query: a space is `%20`, because Outlook and Yahoo show a `+` as it stands (W6)."""
    return quote(text, safe="")


def _details(entry: Entry, page: str | None) -> str:
    """What the session is, cut where it is long, and whole links behind it.

    Line breaks are all there is to divide it: Outlook may drop them, and no calendar agrees with
    another about markup.
    """
    session = entry.session
    links = ""
    for line in _links(session, page):
        if len(_encoded(f"{links}\n{line}")) <= _LINKS:  # half an address leads nowhere
            links = f"{links}\n{line}"
    blocks = (
        wording.NOTICES.get(session.status, ""),
        f"When: {wording.when(session)}\nPart of “{entry.series.title}”",
        _about(session),
    )
    room = _DETAILS - len(_encoded(f"\n{links}"))
    text = _cut("\n\n".join(filter(None, blocks)), room)
    return f"{text}\n{links}".strip("\n")


def _links(session: Session, page: str | None) -> Iterator[str]:
    """A session's addresses, those first that one needs on the day; only what all may know."""
    if session.join is not None and session.join.audience is Audience.PUBLIC:
        yield f"Join: {session.join.url}"
    if session.registration is not None:
        yield f"Register: {session.registration}"
    if page is not None:
        yield f"Session page: {page}"
    elif session.page is not None:
        yield f"Session page: {session.page}"


def _about(session: Session) -> str:
    if session.summary:
        return markdown.to_text(session.summary)
    return "\n".join(f"• {talk.title}" for talk in session.talks)


def _cut(text: str, room: int) -> str:
    """A text that takes at most so many octets once encoded, cut behind a word."""
    encoded = _encoded(text[: room + 1])  # every character takes one at least
    if len(encoded) <= room:
        return text
    fitting = encoded[: room - len(_encoded(_ELLIPSIS))]
    if "%" in fitting[-2:]:
        fitting = fitting[: fitting.rindex("%")]
    head = unquote(fitting, errors="ignore")
    if not (text[len(head)].isspace() or head[-1:].isspace()):
        *others, word = head.rsplit(None, 1)
        # Chinese and Thai put no spaces between words; an address is one, however long.
        if others and (len(word) < _LONGEST or "://" in word):
            head = head[: -len(word)]
    return f"{head.rstrip(_DANGLING)}{_ELLIPSIS}"
