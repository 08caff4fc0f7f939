"""What pages of the preview learn while they are open: that there is something new, or wrong."""

from __future__ import annotations

import html
import json
import re
from functools import lru_cache
from pathlib import Path
from threading import Condition
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webinar_feeds.diagnostics import Diagnostic, Location

# No artifact's name begins with a dot, so nothing that is published can be here.
HOME = "/.serve/"
EVENTS = f"{HOME}events"
ASSETS = {
    f"{HOME}live.js": ("live.js", "text/javascript; charset=utf-8"),
    f"{HOME}overlay.css": ("overlay.css", "text/css; charset=utf-8"),
}
_HEAD_ENDS = re.compile(rb"(?i)</head\s*>")
_POLICY = re.compile(
    rb"(?i)<meta\s+http-equiv=[\"']?Content-Security-Policy[\"']?\s+content=\"([^\"]*)\""
)


class State(NamedTuple):
    """What is to be seen: which output, and what kept a newer one from being built.

    `version` differs where the output does; `diagnostics` are those of the build that failed, and
    `trouble` is what the world did to it.
    """

    version: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    trouble: str = ""

    def message(self) -> bytes:
        """The state as an event (HTML standard, server-sent events)."""
        told = {
            "version": self.version,
            "failed": bool(self.diagnostics or self.trouble),
            "trouble": self.trouble,
            "diagnostics": [_told(each) for each in self.diagnostics],
        }
        return f"data: {json.dumps(told)}\n\n".encode("ascii")


class Live:
    """The state, and those who wait for it to change; for any number of threads."""

    def __init__(self) -> None:
        self.state = State()
        self.number = 0
        self.is_over = False
        self._changed = Condition()

    def tell(self, state: State) -> None:
        """Let everybody know the state."""
        with self._changed:
            self.state = state
            self.number += 1
            self._changed.notify_all()

    def end(self) -> None:
        """Let everybody go."""
        with self._changed:
            self.is_over = True
            self._changed.notify_all()

    def wait(self, seen: int, seconds: float) -> tuple[int, State]:
        """The state, and its number: when that is not the one seen, or after some seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.is_over or self.number != seen, seconds)
            return self.number, self.state


def listening(page: bytes, version: str) -> bytes:
    """A page that also learns what is new; the only thing about it that its host would not send.

    Args:
        page: HTML.
        version: that of the output that the page is from.
    """
    script = f'<script src="{HOME}live.js?since={version}" defer></script>\n'.encode()
    found = _HEAD_ENDS.search(page)
    place = found.start() if found else len(page)
    return page[:place] + script + page[place:]


def policy(page: bytes) -> str | None:
    """The Content-Security-Policy that a page asks for itself, None when it does not."""
    found = _POLICY.search(page)
    if found is None:
        return None
    text = html.unescape(found[1].decode("utf-8", "replace"))
    return text if text.isascii() and text.isprintable() else None


def nothing_here(paths: Iterable[str]) -> bytes:
    """A page for an output without one of its own: what else there is."""
    items = "".join(
        f'<li><a href="/{html.escape(each, quote=True)}">{html.escape(each)}</a></li>\n'
        for each in paths
    )
    published = f"<p>What there is:</p>\n<ul>\n{items}</ul>\n" if items else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>Not found</title>\n</head>\n<body>\n<h1>There is no page here</h1>\n{published}"
        "</body>\n</html>\n"
    ).encode()


@lru_cache(maxsize=8)
def asset(path: str) -> tuple[bytes, str] | None:
    """One of the preview's own files and its media type, by its path."""
    if path not in ASSETS:
        return None
    name, media_type = ASSETS[path]
    return Path(__file__).with_name(name).read_bytes(), media_type


def _told(diagnostic: Diagnostic) -> dict[str, object]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "help": diagnostic.help,
        **_place(diagnostic.location),
        "related": [
            {"message": each.message, **_place(each.location)} for each in diagnostic.related
        ],
    }


def _place(place: Location) -> dict[str, object]:
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_column": place.end_column,
        "text": place.text,
    }
