"""What people see who follow the feeds over months: each thing once, and nothing is lost (F3, F21).

newsboat remembers what it has seen before, as feed readers do: an item whose id changed would
come twice, and one that was published under an old date would not be noticed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from referees import feedparser_items, newsboat_items
from stories.following import Follower
from stories.subscriber import published
from stories.workshop import build, edit, publish, tree

if TYPE_CHECKING:
    from pathlib import Path

SITE = "title: Open seminars\nbase_url: https://seminars.example.org/\n"
SERIES = """\
title: Open science
page: https://www.example.org/open
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - id: opening
    date: 2026-05-06
    title: Opening
    recording: https://www.example.org/opening
  - id: preprints
    date: 2026-06-17
    title: Preprints
    summary: What a preprint is.
  - id: licences
    date: 2026-07-08
    title: Licences
"""
A_YEAR_LATER = "2027-07-01T08:00:00Z"
PEERS = "  - id: peers\n    date: 2026-07-01\n    title: Peers\n"
# When something is edited, what, and the title that is new then in the feed of changes.
STORY = (
    (
        "2026-05-21T08:00:00Z",
        ("date: 2026-06-17", "date: 2026-06-18"),
        ("Preprints: moved from Wed 17 June 13:00 CEST to Thu 18 June 13:00 CEST",),
    ),
    (
        "2026-05-22T08:00:00Z",
        ("title: Preprints", "title: Preprints and peers"),
        ("Preprints and peers: renamed from “Preprints”",),
    ),
    ("2026-05-23T08:00:00Z", ("What a preprint is.", "What a preprint is, and is not."), ()),
    (
        "2026-05-24T08:00:00Z",
        ("title: Licences", "title: Licences\n    status: postponed"),
        ("Licences: postponed, the new date is not known yet",),
    ),
    ("2026-05-25T08:00:00Z", ("status: postponed", "status: cancelled"), ("Licences: cancelled",)),
    (
        "2026-05-26T08:00:00Z",
        ("    status: cancelled\n", ""),
        ("Licences: takes place again, Wed 8 July 2026, 13:00–14:30 CEST",),
    ),
    (
        "2026-05-27T08:00:00Z",
        ("  - id: licences", f"{PEERS}  - id: licences"),
        ("New session: Peers",),
    ),
    (
        "2026-05-28T08:00:00Z",
        (f"{PEERS}  - id: licences", "  - id: open-licences\n    formerly: licences"),
        ("Peers: cancelled",),
    ),
    (
        "2026-06-20T08:00:00Z",
        ("peers\n", "peers\n    recording: https://www.example.org/preprints\n"),
        ("Recording available: Preprints and peers",),
    ),
)


def test_every_change_comes_once_and_in_order(tmp_path: Path) -> None:
    """Also a year after the story, when what was cancelled has left the calendars."""
    events, output = tmp_path / "events", tmp_path / "output"
    for folder in (events, tmp_path / "changes", tmp_path / "recordings"):
        folder.mkdir()
    (events / "site.yaml").write_text(SITE, encoding="utf-8")
    (events / "open-science.yaml").write_text(SERIES, encoding="utf-8")
    build(events, output, "2026-05-20T08:00:00Z")
    follower = Follower()
    changes = ["Recording available: Opening", "New series: Open science"]
    public = tmp_path / "public"
    public.mkdir()
    with published(public) as address:
        for now, (old, new), titles in STORY:
            if "Peers: cancelled" in titles:
                edit(events / "open-science.yaml", "sessions:", "removed: [peers]\nsessions:")
            edit(events / "open-science.yaml", old, new)
            build(events, output, now)
            publish(output, public, now)
            follower.read(tree(output))
            changes = [*titles, *changes]
            assert shown(address, tmp_path, "changes") == sorted(changes)
            for path in ("changes.atom", "open-science/changes.atom"):
                items = feedparser_items((output / path).read_bytes())
                assert [item.title for item in items] == changes
        assert shown(address, tmp_path, "recordings") == ["Opening", "Preprints and peers"]

        build(events, output, A_YEAR_LATER)
        publish(output, public, A_YEAR_LATER)

        assert shown(address, tmp_path, "changes") == sorted(changes)
        assert shown(address, tmp_path, "recordings") == ["Opening", "Preprints and peers"]
    follower.read(tree(output))


def shown(address: str, home: Path, name: str) -> list[str]:
    """The titles that newsboat shows of one of the series' feeds, sorted."""
    items = newsboat_items(f"http://{address}/open-science/{name}.atom", home / name)
    return sorted(item.title or "" for item in items)
