"""The headers that a published file is sent with, wherever it is sent from (H1-H8).

One table for every host: the preview, object storage, and the configurations of web servers.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

# Media types by ending, for what has to be said without a manifest at hand.
TYPES: Final = {
    "atom": "application/atom+xml",
    "avif": "image/avif",
    "css": "text/css; charset=utf-8",
    "gif": "image/gif",
    "htm": "text/html; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "ico": "image/vnd.microsoft.icon",
    "ics": "text/calendar; charset=utf-8",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/jsonl; charset=utf-8",
    "m4a": "audio/mp4",
    "mjs": "text/javascript; charset=utf-8",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "ogg": "audio/ogg",
    "opml": "text/x-opml; charset=utf-8",
    "pdf": "application/pdf",
    "png": "image/png",
    "rss": "application/rss+xml",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "webm": "video/webm",
    "webp": "image/webp",
    "woff2": "font/woff2",
    "xml": "application/xml; charset=utf-8",
}
# Names whose ending does not say it.
NAMED: Final = {"recordings.json": "application/feed+json"}
UNKNOWN: Final = "application/octet-stream"
# What readers follow; it has a hub and an address of its own (F10).
FEEDS: Final = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})
# What a page cannot ask for in its own head (W11).
FRAMES: Final = "frame-ancestors 'none'"
# What web viewers and other sites' pages read (H7).
SHARED = frozenset(
    {
        *("text/calendar", "text/x-opml", "text/javascript"),
        *("application/rss+xml", "application/atom+xml", "application/xml"),
        *("application/feed+json", "application/json"),
    }
)
# What a publisher or a build reads to learn what is there: it has to be asked for each time.
ASKED_EACH_TIME: Final = frozenset({"ledger.jsonl", "manifest.json"})
_FEW_MINUTES = "public, max-age=300"
_AN_HOUR = "public, max-age=3600"
# What nobody subscribes to, and what hardly ever changes; the longest that H4 allows.
_LASTING = ("image/", "font/", "text/css", "text/javascript")


def kind(media_type: str) -> str:
    """A media type without its parameters."""
    return media_type.partition(";")[0].strip()


def media_type(path: str) -> str:
    """The media type of a published file, by its name (H1, H2); the manifest knows it best."""
    name = path.rpartition("/")[2]
    return NAMED.get(name) or TYPES.get(name.rpartition(".")[2].lower(), UNKNOWN)


def content_type(media_type: str) -> str:
    """The `Content-Type`: text of ours is UTF-8 and says so (H1, H2)."""
    utf8 = media_type.startswith("text/") and "charset=" not in media_type
    return f"{media_type}; charset=utf-8" if utf8 else media_type


def cache_control(path: str, media_type: str) -> str:
    """The `Cache-Control`: how long a copy may be used without asking, an hour at most (H4)."""
    if path.rpartition("/")[2] in ASKED_EACH_TIME:
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
