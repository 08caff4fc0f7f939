"""Letters as tests send them: short ones, that say who they are for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from webinar_feeds.invitations.accounts import Account
from webinar_feeds.invitations.letters import Kind, Letter, Method, Part
from webinar_feeds.invitations.sending import Outcome, Settings, Summary, World, deliver

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from webinar_feeds.invitations.journal import Journal

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
START = datetime(2027, 1, 14, 11, 30, tzinfo=UTC)


def part(
    session: str = "preprints",
    sequence: int = 0,
    method: Method = Method.REQUEST,
    digest: str = "a",
    series: str = "open-science",
) -> Part:
    end = START + timedelta(minutes=45)
    uid = f"{session}@uid"
    return Part(series, session, uid, method, sequence, START, end, session.title(), digest)


def letter(address: str, *parts: Part, kind: Kind = Kind.INVITATION) -> Letter:
    held = parts or (part(),)

    def make(issued: datetime) -> bytes:
        return f"To: {address}\r\nDate: {issued}\r\n\r\n.dot\r\n..\r\nHello\r\n".encode()

    return Letter(kind, held[0].series, address, address, held, make)


def people(number: int) -> Iterator[Letter]:
    for each in range(number):
        yield letter(f"p{each:05}@example.org")


class Clock:
    """A world in which waiting takes no time, and each look at the clock a second."""

    def __init__(self) -> None:
        self.passed, self.slept = 0.0, list[float]()
        self.world = World(self._now, lambda: self.passed, self._sleep)

    def _now(self) -> datetime:
        self.passed += 1
        return NOW + timedelta(seconds=self.passed)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed += seconds


def settings(port: int, *, per_minute: int = 0, tries: int = 3) -> Settings:
    account = Account("127.0.0.1", port, secure=False)
    return Settings(account, "library@example.org", per_minute, tries, timeout=2)


def send(
    letters: Iterable[Letter], journal: Journal, with_: Settings, clock: Clock | None = None
) -> tuple[Summary, list[str]]:
    """Send; how it ended, and what progress was told."""
    steps: list[Outcome] = []
    done = deliver(letters, journal, with_, steps.append, (clock or Clock()).world)
    return done, [each.value for each in steps]
