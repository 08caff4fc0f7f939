"""What is said to one person: a letter, and what it says of each session.

The words that who is owed (`owed`), what was sent (`journal`), and how it travels (`sending`)
share. Knows no file, no server and no clock.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class Kind(StrEnum):
    """Why somebody is written to."""

    INVITATION = "invitation"  # a first one, an update or a cancellation: what the methods say
    REMINDER = "reminder"
    RECORDING = "recording"


class Method(StrEnum):
    """The iTIP method of a calendar object (RFC 5546 §3.2); NONE for a letter that has none."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    NONE = ""


class Part(NamedTuple):
    """What a letter says of one session.

    `uid` and `sequence` are those of the calendar object; `sequence` is the one that this letter
    sends. `start` and `end` are UTC. `digest` is a hash of everything that the recipient is told
    of the session, without stamps: two letters with the same digests say the same.
    """

    series: str
    session: str
    uid: str
    method: Method
    sequence: int
    start: datetime
    end: datetime
    title: str
    digest: str


class Letter(NamedTuple):
    """One e-mail to one person.

    `address` is the recipient's, in the form by which persons are told apart; `recipient` as it
    stands in the envelope. `make` writes the message as RFC 5322 has it, with CRLF; it is given
    the instant (UTC, whole seconds) at which the letter was issued, which the journal keeps, so
    that a letter that is sent again is the same, byte for byte (I12, I34).
    """

    kind: Kind
    series: str
    address: str
    recipient: str
    parts: tuple[Part, ...]
    make: Callable[[datetime], bytes]

    @property
    def key(self) -> str:
        """What is the same for two letters that say the same to the same person."""
        said = [self.kind, self.series, self.address]
        for part in self.parts:
            said += [part.uid, part.method, str(part.sequence), part.digest]
        return sha256("\0".join(said).encode()).hexdigest()


class Told(NamedTuple):
    """The last that a person was told of a session, as the journal keeps it."""

    part: Part
    issued: datetime
