"""The headers that a published file is sent with, wherever it is sent from (H1-H8).

One table for every host: the preview, object storage, and the configurations of web servers.
"""

from __future__ import annotations

import re
from urllib.parse import quote

# What web viewers and other sites' pages read (H7).
SHARED = frozenset(
    {
        *("text/calendar", "text/x-opml", "text/javascript"),
        *("application/rss+xml", "application/atom+xml", "application/xml"),
        *("application/feed+json", "application/json"),
    }
)
# What a publisher or a build reads to learn what is there: it has to be asked for each time.
_ASKED_EACH_TIME = re.compile(r"(?:.*/)?(?:manifest\.json|ledger\.jsonl)")
_FEW_MINUTES = "public, max-age=300"
_AN_HOUR = "public, max-age=3600"
# What nobody subscribes to, and what hardly ever changes; the longest that H4 allows.
_LASTING = ("image/", "font/", "text/css", "text/javascript")


def kind(media_type: str) -> str:
    """A media type without its parameters."""
    return media_type.partition(";")[0].strip()


def content_type(media_type: str) -> str:
    """The `Content-Type`: text of ours is UTF-8 and says so (H1, H2)."""
    utf8 = media_type.startswith("text/") and "charset=" not in media_type
    return f"{media_type}; charset=utf-8" if utf8 else media_type


def cache_control(path: str, media_type: str) -> str:
    """The `Cache-Control`: how long a copy may be used without asking, an hour at most (H4)."""
    if _ASKED_EACH_TIME.fullmatch(path):
        return "no-cache"
    return _AN_HOUR if media_type.startswith(_LASTING) else _FEW_MINUTES


def content_disposition(path: str, media_type: str) -> str | None:
    """The `Content-Disposition`, None where there is none (H5).

    A session's own calendar is saved or opened; one to subscribe to is read where it is.
    """
    folder, _, name = path.rpartition("/")
    if kind(media_type) != "text/calendar" or folder.rpartition("/")[2] != "invites":
        return None
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def of_the_file(path: str, media_type: str) -> dict[str, str]:
    """The headers that follow from a file's path and media type, without what its bytes say."""
    headers = {"Content-Type": content_type(media_type)}
    disposition = content_disposition(path, media_type)
    if kind(media_type) in SHARED:
        headers["Access-Control-Allow-Origin"] = "*"
    if disposition is not None:
        headers["Content-Disposition"] = disposition
    return headers
