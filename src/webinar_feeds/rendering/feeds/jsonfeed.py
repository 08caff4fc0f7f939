"""JSON Feed 1.1 (F27)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from webinar_feeds.model import MediaFile
    from webinar_feeds.rendering.feeds.items import Feed, Item

VERSION = "https://jsonfeed.org/version/1.1"


def write(feed: Feed) -> bytes:
    """The bytes of `recordings.json`."""
    document = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.link,
        "feed_url": feed.address,
        "description": feed.description,
        "language": feed.language,
        "authors": [{"name": name} for name in feed.authors],
        "items": [_item(item) for item in feed.items],
    }
    return f"{json.dumps(_known(document), ensure_ascii=False, indent=2)}\n".encode()


def _item(item: Item) -> dict[str, Any]:
    return _known(
        {
            "id": item.urn,
            "url": item.link,
            "title": item.title,
            "summary": item.summary,
            "content_html": item.html,
            "date_published": _instant(item.published),
            "date_modified": _instant(item.updated),
            "language": item.language,
            "image": item.poster,
            "authors": [{"name": name} for name in item.authors] or None,
            "tags": list(item.topics) or None,
            "attachments": [_attachment(file, item) for file in item.files] or None,
        }
    )


def _attachment(file: MediaFile, item: Item) -> dict[str, Any]:
    seconds = None if item.duration is None else int(item.duration.total_seconds())
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


def _instant(value: datetime) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}"
