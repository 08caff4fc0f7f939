"""What is asked of the journal before a round of letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from webinar_feeds.invitations.letters import Kind
from webinar_feeds.invitations.owed import Known

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from webinar_feeds.invitations.letters import Told


class Memory(Protocol):
    """What was sent, and what came back."""

    def told(self, series: str, kind: Kind = Kind.INVITATION) -> Mapping[tuple[str, str], Told]:
        """The last letter of a kind about each session of a series, by (address, UID)."""
        ...

    def answers(self, series: str) -> Mapping[tuple[str, str], str]:
        """The last answers: PARTSTAT in capitals, by (address, UID)."""
        ...

    def opted_out(self) -> AbstractSet[str]:
        """The addresses of those who want no letters."""
        ...


class Nothing:
    """The memory where no letter was ever sent."""

    def told(self, series: str, kind: Kind = Kind.INVITATION) -> Mapping[tuple[str, str], Told]:
        """Nothing."""
        del series, kind
        return {}

    def answers(self, series: str) -> Mapping[tuple[str, str], str]:
        """None."""
        del series
        return {}

    def opted_out(self) -> AbstractSet[str]:
        """Nobody."""
        return frozenset()


def known(memory: Memory, series: str) -> Known:
    """What is known of the people of a series."""
    return Known(
        memory.told(series),
        memory.answers(series),
        memory.opted_out(),
        memory.told(series, Kind.REMINDER),
        memory.told(series, Kind.RECORDING),
    )
