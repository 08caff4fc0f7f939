"""How many letters a second are sent, beside what Python's own SMTP client does with the same.

    .venv/bin/python benchmarks/mail.py [--letters 2000] [--rounds 5]

The server takes everything at once, so only the client's side is seen. Ours makes each letter (once
asked for), writes down before and after it what is under way, and may be killed between any two of
these; the bare client sends texts that are ready and remembers nothing.
"""

from __future__ import annotations

import argparse
import smtplib
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from mail_servers import sink
from posts import NOW, people, settings
from webinar_feeds.invitations.journal import Journal
from webinar_feeds.invitations.sending import World, deliver

WORLD = World(lambda: datetime.now(UTC), time.monotonic, time.sleep)  # noqa: TID251 - a real run's


def ours(number: int, folder: Path) -> float:
    """Letters a second, with a new journal."""
    with sink() as (port, count):
        began = time.perf_counter()
        with Journal(folder / "journal.sqlite") as journal:
            deliver(people(number), journal, settings(port), lambda _: None, WORLD)
        passed = time.perf_counter() - began
    assert count() == number  # noqa: S101 - else there is nothing to tell
    return number / passed


def bare(number: int) -> float:
    """The same letters, ready, by `smtplib` alone."""
    ready = [(each.recipient, each.make(NOW)) for each in people(number)]
    with sink() as (port, count):
        began = time.perf_counter()
        with smtplib.SMTP("127.0.0.1", port) as client:
            for recipient, message in ready:
                client.sendmail("library@example.org", [recipient], message)
        passed = time.perf_counter() - began
    assert count() == number  # noqa: S101 - else there is nothing to tell
    return number / passed


def main() -> None:
    """Print medians of rounds run in turn."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--letters", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    rates: list[tuple[float, float]] = []
    for _ in range(asked.rounds):
        with tempfile.TemporaryDirectory() as folder:
            rates.append((ours(asked.letters, Path(folder)), bare(asked.letters)))
    mine, theirs = (statistics.median(each) for each in zip(*rates, strict=True))
    print("| Letters | Ours, a second | smtplib, a second | Ratio |\n|---|---|---|---|")
    print(f"| {asked.letters} | {mine:.0f} | {theirs:.0f} | 1/{theirs / mine:.1f} |")


if __name__ == "__main__":
    main()
