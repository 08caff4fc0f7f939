"""Webinar series of any size, realistic and always the same for the same arguments.

    python benchmarks/generate.py FOLDER --series 10 --sessions 100
    python benchmarks/generate.py FOLDER --change 1         another title for one session of it
    python benchmarks/generate.py FILE --as yaml2ics        one series, as that program reads it
    python benchmarks/generate.py FILE --as json            the same for programs without a format

A session has two talks, a summary, two topics and every second time a recording. The speakers of a
series are people of its own, and its host gives one talk in ten; its topic is one of 144, and each
session has another one besides. `--plain` leaves all that out but the summary: what every format
can hold. With `--recorded` every session has a recording.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Melbourne", "Africa/Lagos")
# Words of one string, because lists of so many literals are unreadable.
FIRST = "Ana José Zoë Siân Łukasz Vân Aminata Mike 家成 Nadia Olga Tunde Inés Søren Priya".split()  # noqa: SIM905
LAST = (  # noqa: SIM905
    "Lima Núñez Żak Brönte Rhys Nguyễn Diawara Osborne Lǐ Haddad Petrova Okafor Vega Ørsted Rao"
    " Clark Moreau Silva Tanaka Weiß Novák Kaya Mensah Byrne Costa Dahl Ivanov Jansen Khan Lund"
).split()
CITIES = ("Lisbon", "Bogotá", "Kraków", "Leeds", "Shanghai", "Huế", "Cardiff", "Lagos", "Pune")
FIELDS = (
    *("inclusion", "health", "open science", "teaching", "data", "climate", "literacy", "work"),
    *("entrepreneurship", "citizenship", "planning", "measurement"),
)
PLACES = (
    *("cities", "schools", "libraries", "museums", "hospitals", "villages", "universities"),
    *("families", "companies", "parliaments", "archives", "kitchens"),
)
TOPICS = tuple(f"{field} in {place}" for field in FIELDS for place in PLACES)
WORDS = (  # noqa: SIM905
    "learning cities share what they found about teaching and health with everybody who asks and"
    " some of it surprised those who had planned it for years while others only smiled"
).split()
SITE = "title: Benchmarks\nbase_url: https://webinars.example/\nmax_file_size: 1 GB\n"
ONE, HALF_PAST_TWO = time(13), time(14, 30)
CYCLE = 3650  # days, after which a very long series goes round again
_TITLE = re.compile(r'(?m)^    title: "Session (\d+)(?:, revised \d+)?: ')


class Talk(NamedTuple):
    """A talk and the one who gives it."""

    title: str
    speaker: str
    role: str
    city: str


class Recording(NamedTuple):
    """A session's recording."""

    url: str
    published: date
    size: int


class Session(NamedTuple):
    """A session, from one o'clock to half past two."""

    id: str
    day: date
    title: str
    summary: str
    topics: tuple[str, ...] = ()
    talks: tuple[Talk, ...] = ()
    recording: Recording | None = None


class Series(NamedTuple):
    """A series; its sessions are made while they are iterated."""

    id: str
    title: str
    summary: str
    page: str
    zone: str
    sessions: Iterator[Session]


class Kind(NamedTuple):
    """What sessions are made of; `seed` chooses words, people and recordings."""

    seed: int = 1
    plain: bool = False
    recorded: bool = False


FULL = Kind()


def series(number: int, sessions: int, kind: Kind = FULL) -> Series:
    """One series, the same at every call."""
    chance = random.Random(f"{kind.seed} {number}")
    made = (_plain if kind.plain else _full)(chance, number, sessions)
    if kind.recorded:
        made = (each._replace(recording=_recording(chance, number, each)) for each in made)
    return Series(
        id=f"series-{number}",
        title=f"Series {number}",
        summary="Short talks on how research is shared.",
        page=f"https://www.example/series-{number}",
        zone=ZONES[number % len(ZONES)],
        sessions=made,
    )


def _plain(chance: random.Random, number: int, count: int) -> Iterator[Session]:
    start = date(2015, 1, 7) + timedelta(days=number % 1000)
    for index in range(count):
        yield Session(
            id=f"session-{index}",
            day=start + timedelta(days=7 * index % CYCLE),
            title=f"Session {index}: {' '.join(chance.choices(WORDS, k=6))}",
            summary=f"{' '.join(chance.choices(WORDS, k=24)).capitalize()}.",
        )


def _full(chance: random.Random, number: int, count: int) -> Iterator[Session]:
    topic, host = chance.randrange(len(TOPICS)), _name(chance)
    for plain in _plain(chance, number, count):
        other = (topic + 1 + chance.randrange(len(TOPICS) - 1)) % len(TOPICS)
        yield plain._replace(
            topics=(TOPICS[topic], TOPICS[other]),
            talks=(_talk(chance, host), _talk(chance, host)),
            recording=_recording(chance, number, plain) if chance.random() < 0.5 else None,
        )


def _recording(chance: random.Random, number: int, session: Session) -> Recording:
    return Recording(
        url=f"https://media.example/{number}/{session.id}.mp4",
        published=session.day + timedelta(days=2),
        size=chance.randrange(10**7, 10**9),
    )


def _talk(chance: random.Random, host: str) -> Talk:
    return Talk(
        title=" ".join(chance.choices(WORDS, k=5)).capitalize(),
        speaker=host if chance.random() < 0.1 else _name(chance),
        role=f"Professor of {chance.choice(FIELDS)}",
        city=chance.choice(CITIES),
    )


def _name(chance: random.Random) -> str:
    initial = chance.choice("ABCDEFGHIJKLMNOPRSTUVWYZ")
    return f"{chance.choice(FIRST)} {initial}. {chance.choice(LAST)}-{chance.choice(LAST)}"


# --- What programs read --------------------------------------------------------------------------


def event_file(one: Series) -> str:
    """The series as our event file."""
    lines = [
        f"title: {one.title}",
        f"summary: {one.summary}",
        "organizers: [The Library]",
        f"page: {one.page}",
        "language: en",
        f"timezone: {one.zone}",
        "time: 13:00–14:30",
        "sessions:",
    ]
    for session in one.sessions:
        lines += _session_lines(session)
    return "\n".join(lines) + "\n"


def _session_lines(session: Session) -> Iterator[str]:
    yield f"  - id: {session.id}"
    yield f"    date: {session.day}"
    yield f'    title: "{session.title}"'
    yield f"    summary: {session.summary}"
    if session.topics:
        yield f"    topics: [{', '.join(session.topics)}]"
    if session.talks:
        yield "    talks:"
    for talk in session.talks:
        yield f"      - title: {talk.title}"
        yield "        speakers:"
        yield f"          - name: {talk.speaker}"
        yield f"            role: {talk.role}"
        yield f"            affiliation: University of {talk.city}"
        yield f"            city: {talk.city}"
    if session.recording is not None:
        yield "    recording:"
        yield f"      url: {session.recording.url}"
        yield f"      published: {session.recording.published}"
        yield "      duration: 1h20m"
        yield "      media_type: video/mp4"
        yield f"      size: {session.recording.size}"


def yaml2ics_file(one: Series) -> str:
    """The series as yaml2ics' example file shows it."""
    lines = [f"name: {one.title}", f"timezone: {one.zone}", "events:"]
    for session in one.sessions:
        lines += (
            f'  - summary: "{session.title}"',
            f"    uid: {session.id}@{one.id}",
            f"    begin: {session.day} 13:00:00",
            f"    end: {session.day} 14:30:00",
            "    description: |-",
            *(f"      {line}" for line in description(session).split("\n")),
            "    location: Online",
            f"    url: {one.page}",
        )
    return "\n".join(lines) + "\n"


def json_file(one: Series) -> str:
    """The series for libraries, which have no input format of their own; times are in UTC."""
    zone = ZoneInfo(one.zone)
    events = [
        {
            "uid": f"{session.id}@{one.id}",
            "begin": _utc(session.day, ONE, zone),
            "end": _utc(session.day, HALF_PAST_TWO, zone),
            "summary": session.title,
            "description": description(session),
            "location": "Online",
            "url": one.page,
            "recording": session.recording
            and {"url": session.recording.url, "size": session.recording.size},
        }
        for session in one.sessions
    ]
    about = {"name": one.title, "summary": one.summary, "page": one.page, "timezone": one.zone}
    return json.dumps({**about, "events": events}, ensure_ascii=False, indent=1) + "\n"


def _utc(day: date, clock: time, zone: ZoneInfo) -> str:
    return datetime.combine(day, clock, zone).astimezone(UTC).isoformat()


def description(session: Session) -> str:
    """What a plain script would write there."""
    talks = (f"{talk.title}: {talk.speaker}, {talk.role}, {talk.city}" for talk in session.talks)
    return "\n".join((session.summary, *talks))


FORMS: dict[str, Callable[[Series], str]] = {
    "webinar-feeds": event_file,
    "yaml2ics": yaml2ics_file,
    "json": json_file,
}


# --- Folders -------------------------------------------------------------------------------------


def write(folder: Path, count: int, sessions: int, kind: Kind = FULL, site: str = "") -> None:
    """Make an events folder of `count` series with as many sessions each.

    Args:
        folder: made if it does not exist.
        count: how many event files.
        sessions: how many sessions in each of them.
        kind: what the sessions are made of.
        site: more lines for `site.yaml`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "site.yaml").write_text(SITE + site, encoding="utf-8")
    for number in range(count):
        text = event_file(series(number, sessions, kind))
        (folder / f"series-{number}.yaml").write_text(text, encoding="utf-8")


def change(folder: Path, revision: int) -> tuple[str, str]:
    """Give one session of an events folder another title, and say which of which series.

    Args:
        folder: made by `write`.
        revision: another one gives another title.

    Returns:
        The ids of the series, which is the middle file, and of the session: its last one that has a
        recording, so that feeds change as well.
    """
    count = sum(1 for _ in folder.glob("series-*.yaml"))
    path = folder / f"series-{count // 2}.yaml"
    text = path.read_text(encoding="utf-8")
    recorded = max(text.rfind("\n    recording:"), 0) or len(text)
    *_, found = _TITLE.finditer(text, 0, recorded)
    title = f'    title: "Session {found[1]}, revised {revision}: '
    path.write_text(text[: found.start()] + title + text[found.end() :], encoding="utf-8")
    return path.stem, f"session-{found[1]}"


def main() -> None:
    """Read the arguments and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", type=Path, metavar="FOLDER|FILE")
    parser.add_argument("--series", type=int, default=10, help="how many; 10 unless it is said")
    parser.add_argument("--sessions", type=int, default=100, help="in each; 100 unless it is said")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="sessions without talks and the like")
    parser.add_argument("--as", dest="form", choices=FORMS, help="write one series into FILE")
    parser.add_argument("--change", type=int, metavar="N", help="change one session of FOLDER")
    parser.add_argument("--recorded", action="store_true", help="each has a recording")
    given = parser.parse_args()
    kind = Kind(given.seed, given.plain, given.recorded)
    if given.change is not None:
        print(*change(given.target, given.change))
    elif given.form is not None:
        text = FORMS[given.form](series(0, given.sessions, kind))
        given.target.write_text(text, encoding="utf-8")
    else:
        write(given.target, given.series, given.sessions, kind)


if __name__ == "__main__":
    main()
