"""A draft is built like anything else, but nobody remembers it: not the ledger, not a build."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from webinar_feeds import api
from webinar_feeds.freshness import HOME

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2027, 1, 2, 9, tzinfo=UTC)
SITE = "title: Our webinars\nbase_url: https://webinars.example.org/\n"
SERIES = """\
title: Open science
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - {id: preprints, date: 2027-01-14, title: Preprints}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with an events folder of one series."""
    (tmp_path / "events").mkdir()
    (tmp_path / "events/site.yaml").write_text(SITE, encoding="utf-8")
    write(tmp_path, SERIES)
    return tmp_path


def write(root: Path, text: str, name: str = "open-science") -> None:
    (root / f"events/{name}.yaml").write_text(text, encoding="utf-8")


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and HOME not in path.parts
    }


def build(root: Path, output: str, *, draft: bool, minutes: int = 0) -> api.Built:
    now = NOW + timedelta(minutes=minutes)
    built = api.build(root / "events", root / output, now=now, draft=draft)
    assert built.diagnostics == ()
    return built


def sequence(root: Path, output: str) -> list[str]:
    text = (root / output / "open-science/calendar.ics").read_text(encoding="utf-8")
    return re.findall(r"SEQUENCE:(\d+)", text)


def test_a_draft_shows_what_a_build_would_publish(root: Path) -> None:
    build(root, "output", draft=False)
    write(root, SERIES.replace("2027-01-14", "2027-01-21"))

    build(root, "draft", draft=True, minutes=1)
    build(root, "output", draft=False, minutes=1)

    assert tree(root / "draft") == tree(root / "output")
    assert sequence(root, "draft") == ["1"]


def test_a_first_draft_shows_what_a_first_build_would_publish(root: Path) -> None:
    write(root, SERIES.replace("2027-01-14", "2027-01-13"))
    build(root, "draft", draft=True)
    write(root, SERIES)
    build(root, "draft", draft=True)
    assert sorted(tree(root / "events")) == ["open-science.yaml", "site.yaml"]

    build(root, "output", draft=False)

    assert tree(root / "draft") == tree(root / "output")


def test_no_draft_is_told_to_subscribers(root: Path) -> None:
    """However often one saves before it is right, participants see one change, or none."""
    build(root, "output", draft=False)
    before = tree(root / "events")
    for minutes, day in enumerate((15, 16, 17)):
        write(root, SERIES.replace("2027-01-14", f"2027-01-{day}"))
        build(root, "draft", draft=True, minutes=minutes)
        assert sequence(root, "draft") == ["1"]
    write(root, SERIES)

    build(root, "draft", draft=True, minutes=9)

    assert sequence(root, "draft") == ["0"]
    assert tree(root / "events") == before
    assert tree(root / "draft") == tree(root / "output")


def test_a_draft_draws_only_the_series_that_changed(root: Path) -> None:
    for name in ("one", "two"):
        write(root, SERIES, name)
    build(root, "draft", draft=True)
    drawn: list[int] = []

    write(root, SERIES.replace("Preprints", "Reviews"), "two")
    api.build(
        root / "events",
        root / "draft",
        now=NOW + timedelta(minutes=1),
        draft=True,
        progress=lambda _, total: drawn.append(total),
    )

    assert drawn == [1]


@pytest.mark.parametrize("named", [True, False], ids=["a site file", "no site file"])
def test_a_build_believes_no_draft_that_lies_where_it_builds(root: Path, named: bool) -> None:
    if not named:
        (root / "events/site.yaml").unlink()
    api.build(root / "events", root / "output", now=NOW, draft=True)

    api.build(root / "events", root / "output", now=NOW)

    assert sorted(tree(root / "events/ledger")) == ["open-science.jsonl", "site.jsonl"]
    shutil.rmtree(root / "events/ledger")
    api.build(root / "events", root / "output", now=NOW + timedelta(minutes=1), draft=True)
    assert not (root / "events/ledger").exists()
