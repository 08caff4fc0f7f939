"""How a recording is shown on a page; what belongs to others is asked for only after a click."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from webinar_feeds.model import Recording

_NAME = re.compile(r"[A-Za-z0-9_-]{5,20}")


class Player(NamedTuple):
    """How a recording is shown: `kind` is `video`, `audio`, `frame`, `link` or `none`.

    `src` is the address of a frame, which is loaded only when the visitor asks for it; `host` names
    who will be asked. `poster` leads to a still image that lies beside the page.
    """

    kind: str
    src: str = ""
    host: str = ""
    poster: str = ""
    captions: str = ""


def beside(address: str | None, base_url: str | None, root: str) -> str:
    """Where a file of the site is, from a page on; empty when it is somebody else's, or none.

    A still image of others would be asked for before any click (W11), and browsers show captions
    of other hosts only where both they and the film are sent for everybody's use (CORS), which
    nobody can know here.

    Args:
        address: the file's.
        base_url: where the site is, ending in a slash; None when nobody knows.
        root: leads from the page to the site's folder.
    """
    if address is None or base_url is None or not address.startswith(base_url):
        return ""
    return root + address.removeprefix(base_url)


def player(recording: Recording) -> Player:
    """How a recording is shown: in our own player, in a frame after a click, or by its link."""
    kinds = {file.media_type.partition("/")[0] for file in recording.files}
    if kinds & {"audio", "video"}:
        return Player("video" if "video" in kinds else "audio")
    if recording.url is None:
        return Player("none")
    parts = urlsplit(recording.url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    first, _, rest = parts.path.strip("/").partition("/")
    if host == "vimeo.com" and first.isascii() and first.isdigit():
        return Player("frame", f"https://player.vimeo.com/video/{first}?dnt=1", "Vimeo")
    if host == "youtu.be":
        found = first
    elif host in ("youtube.com", "youtube-nocookie.com"):
        found = rest if first in ("embed", "live", "shorts") else _asked(parts.query)
    else:
        return Player("link")
    if not _NAME.fullmatch(found):
        return Player("link")
    return Player("frame", f"https://www.youtube-nocookie.com/embed/{found}", "YouTube")


def _asked(query: str) -> str:
    return next(iter(parse_qs(query).get("v", ())), "")
