"""What a published file may be called, so that it can exist on every system (S6)."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from webinar_feeds.artifacts import DEVICES, MANIFEST, is_device

if TYPE_CHECKING:
    from collections.abc import Iterator

# Most paths are like this, and none of them needs a closer look unless a device is in it.
_NAME = r"[a-z0-9][a-z0-9-]{0,99}(?:\.[a-z0-9]{1,9})?"
_ORDINARY = re.compile(f"(?:{_NAME}/)*{_NAME}")


def parents(path: str) -> Iterator[str]:
    """The folders of a path, the innermost first, without the root."""
    while path := path.rpartition("/")[0]:
        yield path


def folded(path: str) -> str:
    """What is the same for two names that some system takes for one."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


def why_unsafe(path: str) -> str | None:
    """Why a path cannot be under the output folder on every system, None when it can (S6)."""
    if not path or path.startswith("/") or path != str(PurePosixPath(path)):
        return "it is not relative and plain"
    if folded(path) == MANIFEST:
        return "the manifest stands there"
    return next((why for part in path.split("/") if (why := _why_unsafe_name(part))), None)


def is_ordinary(path: str) -> bool:
    """Whether a path is safe at first sight; one that is not may still be."""
    if _ORDINARY.fullmatch(path) is None or path == MANIFEST:
        return False
    return DEVICES.isdisjoint(path.replace(".", "/").split("/"))


def _why_unsafe_name(name: str) -> str | None:
    if name.startswith(".") or name.endswith((".", " ")):
        return "a name begins or ends with a dot or a space"
    if any(each in '\\:*?"<>|' or unicodedata.category(each) in {"Cc", "Cs"} for each in name):
        return "some systems refuse one of its characters"
    if is_device(name):
        return "Windows takes it for a device"
    if len(name.encode()) > 255:
        return "a name is longer than 255 bytes"
    return None
