"""What other parts of a site have to know of a series: its sessions, and where their pieces are.

A view's file is put together from pieces of its series' files. A record says which sessions a
series has, what they are about, and where in its files each piece lies, so that views can be made
without reading any event file again. Kept beside the output, and never without its hash.
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from webinar_feeds.diagnostics import Diagnostic, Location, Related, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Member(NamedTuple):
    """A session as views see it.

    `start` and `modified` are seconds since 1970; `subjects` are the paths and names of the views
    that it may be in: `("topics/health", "Health")`.
    """

    start: int
    id: str
    modified: int
    subjects: tuple[tuple[str, str], ...]


class Part(NamedTuple):
    """A piece of a file: where its bytes are, how it sorts, and what a file's head must know.

    `sum` is the CRC-32 of the bytes, to tell two pieces apart.
    """

    offset: int
    size: int
    sum: int
    key: tuple[Any, ...]
    facts: tuple[Any, ...]


class Record(NamedTuple):
    """A series for others: its sessions in order, the parts of its files by file name.

    `due` is the second from which on it changes by itself, None when it does not; `diagnostics`
    are what is to be said of its event file in every build; `told` is what the site's own files
    have to know of it, by the name of the format that makes them; `made` are hashes of what those
    files were made from that are not made again while it is the same, by their paths.
    """

    members: tuple[Member, ...]
    parts: dict[str, tuple[Part, ...]]
    due: int | None
    diagnostics: tuple[Diagnostic, ...]
    told: Mapping[str, str] = MappingProxyType({})
    made: Mapping[str, str] = MappingProxyType({})


def dump(record: Record) -> bytes:
    """A record's bytes."""
    said = [_said(each) for each in record.diagnostics]
    document = [
        record.members,
        record.parts,
        record.due,
        said,
        dict(record.told),
        dict(record.made),
    ]
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # Diagnostics name files, whose names need not be text; `json` reads it back by itself.
    return text.encode("utf-8", "surrogatepass")


def parse(data: bytes) -> Record:
    """A record from bytes that `dump` wrote; their hash has been compared."""
    members, parts, due, said, told, made = json.loads(data)
    return Record(
        tuple(
            Member(start, identifier, modified, tuple(map(tuple, subjects)))
            for start, identifier, modified, subjects in members
        ),
        {
            file: tuple(
                Part(offset, size, crc, tuple(key), tuple(facts))
                for offset, size, crc, key, facts in held
            )
            for file, held in parts.items()
        },
        due,
        tuple(map(_heard, said)),
        told,
        made,
    )


def _said(each: Diagnostic) -> list[Any]:
    return [each.code, each.severity.value, each.message, each.location, each.help, each.related]


def _heard(said: Iterable[Any]) -> Diagnostic:
    code, severity, message, location, cure, related = said
    others = tuple(Related(words, Location(*place)) for words, place in related)
    return Diagnostic(code, Severity(severity), message, Location(*location), cure, others)
