"""Header lines of a message: RFC 5322 §2.2, RFC 2047.

Our own, because the bytes have to be the same under every version of Python, whose folding changes
and loses spaces between some words. Values arrive as texts; what a person wrote can only end up
inside an encoded word, a quoted string or printable ASCII, so no text begins a header (S9).
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING

from webinar_feeds.reading.characters import REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LINE = 76  # characters of a line, without its break
_OCTETS = 45  # of text in an encoded word, which is then no longer than the 75 that it may be
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_BREAKS = re.compile("[\r\n\t]")


def unstructured(name: str, value: str) -> str:
    """A header that is text (RFC 5322 §2.2.1): `Subject: …`."""
    value = _clean(value)
    if _is_plain(value):
        return _folded(f"{name}:", value.split(" "))
    return _folded(f"{name}:", _encoded(value))


def mailbox(name: str, person: str, address: str) -> str:
    """A header that is one mailbox: `To: Ana Lima <ana@example.org>`.

    Args:
        name: the header's.
        person: the person's name, or nothing.
        address: a mail address that is one.
    """
    person = _clean(person)
    if not person:
        return f"{name}: {address}"
    if not _is_plain(person):
        words = [*_encoded(person)]
    elif _ATOMS.fullmatch(person):
        words = person.split(" ")
    else:
        escaped = person.replace("\\", "\\\\").replace('"', '\\"')
        words = f'"{escaped}"'.split(" ")
    return _folded(f"{name}:", [*words, f"<{address}>"])


def words(name: str, values: Iterable[str]) -> str:
    """A header that is a list of words, such as identifiers, with spaces between them."""
    return _folded(f"{name}:", values)


def _clean(value: str) -> str:
    """What was refused when it was read, dropped once more."""
    return REFUSED.sub("", _BREAKS.sub(" ", value)).strip()


def _is_plain(value: str) -> bool:
    """Whether a text may stand as it is: ASCII, no word too long, nothing like an encoded word."""
    if not value.isascii() or not value.isprintable() or "=?" in value:
        return False
    # A line of spaces alone would end the headers for some readers.
    return "  " not in value and max(map(len, value.split(" ")), default=0) < _LINE - 12


def _encoded(value: str) -> Iterator[str]:
    """A text in encoded words, none of which divides a character."""
    held = b""
    for each in value:
        octets = each.encode()
        if len(held) + len(octets) > _OCTETS:
            yield _word(held)
            held = b""
        held += octets
    yield _word(held)


def _word(octets: bytes) -> str:
    return f"=?utf-8?b?{b64encode(octets).decode()}?="


def _folded(start: str, words: Iterable[str]) -> str:
    """A header over as many lines as it needs, broken at spaces."""
    lines = [start]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > _LINE and lines[-1] != start:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)
