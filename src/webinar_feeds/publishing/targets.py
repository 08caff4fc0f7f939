"""What a place has to be able to do so that an output can be published there.

A target is one file: `read`, `put` and `delete`, each of one path and each whole or not at all.
Everything else is done above it, in the same way for all: order, lock, memory, comparison.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from webinar_feeds.locking import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping


class Stamp(NamedTuple):
    """Which version of a file is meant, as its place tells them apart; opaque to all others."""

    etag: str | None = None
    version: str | None = None


class Found(NamedTuple):
    """A file as it is there, and which version of it; `headers` where the place keeps any."""

    data: bytes
    stamp: Stamp
    headers: Mapping[str, str] | None = None


class Answer(Enum):
    """What there is instead of a file."""

    UNCHANGED = "the version that was named is still the one"


class If(Enum):
    """A condition of `put` that names no version."""

    ANY = "whatever is there"
    NONE = "only if there is nothing"


class Target(Protocol):
    """A place to publish to; its methods are called from several threads at once.

    `name` tells the place apart from all others and holds nothing secret; `at_once` is how many
    requests it likes at a time.
    """

    name: str
    at_once: int

    def read(self, path: str, known: Stamp | None = None) -> Found | Answer | None:
        """A file, `UNCHANGED` when it is still the version that is known, None when there is none.

        Raises:
            Unavailable: the place cannot be asked.
        """
        ...

    def put(self, path: str, data: bytes, headers: Mapping[str, str], only: If | Stamp) -> Stamp:
        """Write a file as a whole, under a condition, and say which version it now is.

        Raises:
            Differs: what is there does not meet the condition; nothing was written.
            Unavailable: the place cannot be asked; the file is the old or the new one.
        """
        ...

    def delete(self, path: str) -> None:
        """Remove a file; that there is none is no mistake.

        Raises:
            Unavailable: the place cannot be asked.
        """
        ...


class Unavailable(Trouble):
    """A place cannot be read or written; the words say where, why, and what to do."""


class Differs(Exception):  # noqa: N818 - an answer, not a failure
    """What lies at a path is not what a condition asked for."""
