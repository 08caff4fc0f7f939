"""What the table of headers says of all files, put so that a server can be told in advance (H1-H8).

A server knows a file by its name, so each rule is a list of endings, names or media types. They are
found by asking the table, and cannot say anything else than it does.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from webinar_feeds import headers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webinar_feeds.hosting import Place

# Where the how-to guides and `publish` put a site on a server of one's own.
ROOT: Final = "/var/www/webinars"
ALLOWED: Final = "Access-Control-Allow-Origin"
# A calendar is small, and one client that many have could not read it compressed (H8).
_AS_IT_IS: Final = "text/calendar"
_TEXTS: Final = frozenset({"application/json", "application/jsonl", "application/xml"})


class Address(NamedTuple):
    """A site's address in parts: `scheme` and `host` are None when nothing says where it is.

    `port` is None where the scheme says it; `folder` is the path without its last slash.
    """

    scheme: str | None
    host: str | None
    port: int | None
    folder: str

    @property
    def origin(self) -> str:
        """What stands before the path of an address."""
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


def address(place: Place) -> Address:
    """The parts of a place's address; the root of a server that has no name without one."""
    if place.base_url is None:
        return Address(None, None, None, "")
    parts = urlsplit(place.base_url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return Address(parts.scheme, host, parts.port, safe(parts.path.rstrip("/")))


def safe(text: str) -> str:
    """An address without what servers' configurations take for their own, in percent signs."""
    return "".join(f"%{ord(each):02X}" if each in "$'\"{}\\`" else each for each in text)


def lasting() -> tuple[str, ...]:
    """Endings of what may be used for an hour (H4)."""
    short = headers.cache_control("x", headers.UNKNOWN)
    return _endings(lambda path, found: headers.cache_control(path, found) != short)


def for_an_hour() -> str:
    """The `Cache-Control` of what is lasting."""
    path = f"x.{lasting()[0]}"
    return headers.cache_control(path, headers.media_type(path))


def for_minutes() -> str:
    """The `Cache-Control` of everything else."""
    return headers.cache_control("x", headers.UNKNOWN)


def shared() -> tuple[str, ...]:
    """Endings of what other sites' pages may read (H7)."""
    return _endings(lambda path, found: ALLOWED in headers.of_the_file(path, found))


def feeds() -> tuple[str, ...]:
    """Endings of feeds; those that are named are in `headers.NAMED` (F10)."""
    return _endings(lambda _, found: headers.kind(found) in headers.FEEDS)


def types() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each media type, without its character set, with its endings (H1, H2)."""
    rows = sorted((headers.kind(found), ending) for ending, found in headers.TYPES.items())
    for found, group in groupby(rows, key=lambda row: row[0]):
        yield found, tuple(ending for _, ending in group)


def in_utf8() -> tuple[str, ...]:
    """Media types that say that they are UTF-8 (H1)."""
    found = {*headers.TYPES.values(), *headers.NAMED.values()}
    told = (each for each in found if "charset=utf-8" in headers.content_type(each))
    return tuple(sorted({headers.kind(each) for each in told}))


def compressed() -> tuple[str, ...]:
    """Media types that become smaller on their way, when the reader says that it can (H8)."""
    found = {headers.kind(each) for each in (*headers.TYPES.values(), *headers.NAMED.values())}
    return tuple(sorted(each for each in found if _shrinks(each)))


def packable() -> tuple[str, ...]:
    """Endings of what becomes smaller on its way (H8)."""
    return _endings(lambda _, found: _shrinks(headers.kind(found)))


def _shrinks(media_type: str) -> bool:
    is_text = media_type.startswith("text/") or media_type in _TEXTS
    return (is_text or media_type.endswith(("+xml", "+json"))) and media_type != _AS_IT_IS


def _endings(holds: Callable[[str, str], bool]) -> tuple[str, ...]:
    return tuple(
        ending for ending, found in sorted(headers.TYPES.items()) if holds(f"x.{ending}", found)
    )
