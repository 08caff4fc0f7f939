"""A site that grows: series that share topics, languages and speakers, built again and again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import plain_build
from webinar_feeds import api
from webinar_feeds.artifacts import MANIFEST
from webinar_feeds.freshness import HOME

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from webinar_feeds.api import Built

NOW = datetime(2027, 1, 20, 12, tzinfo=UTC)

SITE = "title: Our webinars\nbase_url: https://w.example.org/\npublisher: Ours\nlanguage: en\n"
OPEN_SCIENCE = """\
title: Open science
timezone: Europe/Berlin
time: 13:00–14:30
languages: en
topics: [open science]
sessions:
  - id: preprints
    date: 2027-01-14
    title: Preprints
    talks: [{title: Posting, speakers: [Ana Lima, Bo Ek]}]
    recording: https://video.example.org/preprints
  - id: open-data
    date: 2027-02-11
    title: Data that others can use
    languages: [en, fr]
    topics: [open science, data]
    talks: [{title: Data, speakers: [Ana Lima]}]
    recording: https://video.example.org/open-data
  - id: peer-review
    date: 2027-01-21
    title: Reviewing in the open
    status: cancelled
"""
DATA = """\
title: {en: Data days, fr: Journées des données}
timezone: America/New_York
time: 09:00–10:00
languages: fr
topics: data
sessions:
  - id: opening
    date: 2027-01-12
    title: Opening
    talks: [{title: Welcome, speakers: [Bo Ek, Zoë Ng]}]
    recordings:
      - {id: english, language: en, url: "https://video.example.org/opening"}
      - id: french
        language: fr
        url: https://media.example.org/opening.mp3
        size: 19922944
        published: 2027-01-13 09:30
        duration: 58m
  - {id: closing, date: 2027-03-30, title: Closing, time: "15:00–16:00", timezone: UTC}
"""
# One zone in years whose rules differ: each file tells it, and no file can tell both (V10).
EARLY = """\
title: Early days
timezone: Africa/Tunis
time: 13:00–14:30
languages: de
sessions:
  - {id: modems, date: 1995-07-08, title: Modems, topics: data}
"""
LATE = """\
title: Late days
timezone: Africa/Tunis
time: 13:00–14:30
languages: de
sessions:
  - {id: fibres, date: 2027-07-08, title: Fibres, topics: cables}
"""
FILES: Mapping[str, str] = {
    "events/data.yaml": DATA,
    "events/early.yml": EARLY,
    "events/late.yaml": LATE,
    "events/open-science.yaml": OPEN_SCIENCE,
    "events/site.yaml": SITE,
}


def spread_out(root: Path, files: Mapping[str, str] = FILES) -> None:
    """Write the files below a folder."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def edit(path: Path, old: str, new: str) -> None:
    """Replace the one place in a file that says `old`."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def build(root: Path, now: datetime = NOW, jobs: int = 1) -> Built:
    """Build `output` beside `events`."""
    return api.build(root / "events", root / "output", now=now, jobs=jobs)


def planned(root: Path, now: datetime = NOW) -> dict[str, bytes]:
    """Every file that a build from nothing would leave, rendered from entries, and the ledgers."""
    plan = plain_build.plan(plain_build.gathered(root), now)
    ledgers = {f"events/ledger/{name}": data for name, data in plan.memory.items()}
    return ledgers | {f"output/{each.path}": each.read() for each in plan.artifacts}


def published(root: Path) -> dict[str, bytes]:
    """The ledgers and every file of the output, but for what a build keeps for itself."""
    found = [*(root / "events/ledger").rglob("*"), *(root / "output").rglob("*")]
    names = {path: path.relative_to(root).as_posix() for path in found if path.is_file()}
    return {
        name: path.read_bytes()
        for path, name in sorted(names.items())
        if not name.startswith(f"output/{HOME}") and name != f"output/{MANIFEST}"
    }


def stamps(root: Path) -> dict[str, tuple[int, int, int]]:
    """Every file and folder below another: its inode, and the times of its last change."""
    found = {path.relative_to(root).as_posix(): path.lstat() for path in [root, *root.rglob("*")]}
    return {name: (at.st_ino, at.st_mtime_ns, at.st_ctime_ns) for name, at in found.items()}


def built_and_planned(
    root: Path, now: datetime = NOW, jobs: int = 1
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """What a build leaves, and what it ought to leave."""
    wanted = planned(root, now)
    build(root, now, jobs)
    return published(root), wanted
