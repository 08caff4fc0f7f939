"""Event folders of any size, realistic and always the same for the same arguments.

python benchmarks/generate.py --series 10 --sessions 100 FOLDER
"""

from __future__ import annotations

import argparse
import random
from datetime import date, timedelta
from pathlib import Path

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Melbourne", "Africa/Lagos")
NAMES = (
    "Ana Lima",
    "José Núñez",
    "Łukasz Żak",
    "Zoë Brönte",
    "李家成",
    "Nguyễn Văn An",
    "Siân Rhys",
)
CITIES = ("Lisbon", "Bogotá", "Kraków", "Leeds", "Shanghai", "Huế", "Cardiff")
TOPICS = ("inclusion", "health", "open science", "teaching", "data", "cities")
WORDS = [
    "learning",
    "cities",
    "share",
    "what",
    "they",
    "found",
    "about",
    "teaching",
    "and",
    "health",
    "with",
    "everybody",
    "who",
    "asks",
    "and",
    "some",
    "of",
    "it",
    "surprised",
    "those",
    "who",
    "had",
    "planned",
    "it",
    "for",
    "years",
    "while",
    "others",
    "only",
    "smiled",
]


def session(chance: random.Random, number: int, day: date) -> list[str]:
    """The lines of one session: two talks, a summary, a topic, sometimes a recording."""
    words = " ".join(chance.choices(WORDS, k=24))
    lines = [
        f"  - id: session-{number}",
        f"    date: {day}",
        f'    title: "Session {number}: {" ".join(chance.choices(WORDS, k=6))}"',
        f"    summary: {words.capitalize()}.",
        f"    topics: [{', '.join(chance.sample(TOPICS, 2))}]",
        "    talks:",
    ]
    for _ in range(2):
        who = chance.randrange(len(NAMES))
        lines += [
            f"      - title: {' '.join(chance.choices(WORDS, k=5)).capitalize()}",
            "        speakers:",
            f"          - name: {NAMES[who]}",
            f"            role: Professor of {chance.choice(TOPICS)}",
            f"            affiliation: University of {CITIES[who]}",
            f"            city: {CITIES[who]}",
        ]
    if chance.random() < 0.5:
        lines += [
            "    recording:",
            f"      url: https://media.example/{number}.mp4",
            f"      published: {day + timedelta(days=2)}",
            "      duration: 1h20m",
            "      media_type: video/mp4",
            f"      size: {chance.randrange(10**7, 10**9)}",
        ]
    return lines


def series(chance: random.Random, number: int, sessions: int) -> str:
    """One event file."""
    start = date(2015, 1, 7) + timedelta(days=number % 1000)
    lines = [
        f"title: Series {number}",
        "summary: Short talks on how research is shared.",
        "organizers: [The Library]",
        f"page: https://www.example/series-{number}",
        "language: en",
        f"timezone: {ZONES[number % len(ZONES)]}",
        "time: 13:00–14:30",
        "sessions:",
    ]
    for index in range(sessions):
        lines += session(chance, index, start + timedelta(days=index % 3650))
    return "\n".join(lines) + "\n"


def write(folder: Path, count: int, sessions: int, seed: int = 1) -> None:
    """Make a folder of `count` series with as many sessions each.

    Args:
        folder: made if it does not exist.
        count: how many event files.
        sessions: how many sessions in each of them.
        seed: another one gives other words, zones and recordings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    site = "title: Benchmarks\nbase_url: https://webinars.example/\nmax_file_size: 1 GB\n"
    (folder / "site.yaml").write_text(site, encoding="utf-8")
    for number in range(count):
        chance = random.Random(f"{seed} {number}")
        text = series(chance, number, sessions)
        (folder / f"series-{number}.yaml").write_text(text, encoding="utf-8")


def main() -> None:
    """Read the arguments and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--series", type=int, default=10)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write(given.folder, given.series, given.sessions, given.seed)


if __name__ == "__main__":
    main()
