"""JSON Feed 1.1 (F27)."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from webinar_feeds.model import MediaFile
    from webinar_feeds.rendering.feeds.items import Header, Item

VERSION = "https://jsonfeed.org/version/1.1"
TAIL = b"\n  ]\n}\n"
SEPARATOR = b",\n"
_encode = json.JSONEncoder(ensure_ascii=False).encode


def head(feed: Header) -> bytes:
    """What stands before the items, which are written an item a line."""
    document = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.link,
        "feed_url": feed.address,
        "description": feed.description,
        "language": feed.language,
        "authors": [{"name": name} for name in feed.authors],
        "hubs": None if feed.hub is None else [{"type": "WebSub", "url": feed.hub}],
    }
    lines = (f"  {_encode(key)}: {_encode(value)},\n" for key, value in _known(document).items())
    return f'{{\n{"".join(lines)}  "items": [\n'.encode()


def item(found: Item) -> bytes:
    """One recording."""
    document = _known(
        {
            "id": found.urn,
            "url": found.link,
            "title": found.title,
            "summary": found.summary,
            "content_html": found.html,
            "date_published": _instant(found.published),
            "date_modified": _instant(found.updated),
            "language": found.language,
            "image": found.poster,
            "authors": [{"name": name} for name in found.authors] or None,
            "tags": list(found.topics) or None,
            "attachments": [_attachment(file, found) for file in found.files] or None,
        }
    )
    return f"    {_encode(document)}".encode()


def _attachment(file: MediaFile, found: Item) -> dict[str, Any]:
    seconds = None if found.duration is None else int(found.duration.total_seconds())
    return _known(
        {
            "url": file.url,
            "mime_type": file.media_type,
            "size_in_bytes": file.size,
            "duration_in_seconds": seconds,
        }
    )


def _known(values: dict[str, Any]) -> dict[str, Any]:
    """Without the keys that nothing is known for."""
    return {key: value for key, value in values.items() if value is not None}


@lru_cache(maxsize=1024)
def _instant(value: datetime) -> str:
    return f"{value.isoformat()[:19]}Z"
