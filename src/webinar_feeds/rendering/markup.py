"""Text as it stands in markup: XML and HTML.

Text that people wrote can only end up inside character data or a quoted attribute, so none can
begin an element (S7). Small, because the standard library's modules for it load half a web client.
"""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=1)
def _forbidden() -> re.Pattern[str]:
    """What XML 1.0 §2.2 does not know; it was refused when it was read, and is dropped once more.

    Compiled on use, because that takes longer than all feeds of a small site.
    """
    return re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escape(text: str, *, quote: bool = True) -> str:
    """Text for HTML: as character data, and with `quote` for an attribute as well."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("'", "&#x27;") if quote else text


def data(text: str) -> str:
    """Text for XML: as character data, that comes back as it was."""
    if not (text.isprintable() or text.replace("\n", "").isprintable()):
        text = _forbidden().sub("", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\r", "&#13;")


def quoted(text: str) -> str:
    """Text for an XML attribute, with its quotes; white space in it comes back as it was."""
    inside = data(text).replace('"', "&quot;")
    if not text.isprintable():
        inside = inside.replace("\n", "&#10;").replace("\t", "&#9;")
    return f'"{inside}"'


def element(name: str, text: str) -> str:
    """`<name>text</name>`."""
    return f"<{name}>{data(text)}</{name}>"


def empty(name: str, *attributes: tuple[str, str | None]) -> str:
    """`<name one="…"/>`, without the attributes that are None."""
    told = "".join(f" {key}={quoted(value)}" for key, value in attributes if value is not None)
    return f"<{name}{told}/>"
