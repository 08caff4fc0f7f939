from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

import growing_site
import webinar_feeds
from webinar_feeds import api, build, check, load, published

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = """\
title: Open science
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - {id: preprints, date: 2027-01-14, title: Preprints}
"""


@pytest.fixture
def events(tmp_path: Path) -> Path:
    folder = tmp_path / "events"
    folder.mkdir()
    (folder / "open-science.yaml").write_text(EVENTS, encoding="utf-8")
    return folder


def test_every_public_name_is_there() -> None:
    assert [name for name in webinar_feeds.__all__ if not hasattr(webinar_feeds, name)] == []


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = webinar_feeds.nonsense


def test_build_stays_a_function_whatever_is_imported() -> None:
    code = (
        "import webinar_feeds.pipeline, webinar_feeds.api, webinar_feeds.cli.build\n"
        "from webinar_feeds import build, load, check\n"
        "print(callable(build), callable(load), callable(check))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout == "True True True\n"


def test_loading_gives_typed_sessions_with_aware_instants(events: Path) -> None:
    loaded = load(events)

    ((session,),) = (series.sessions for series in loaded.series)
    assert session.start == datetime(2027, 1, 14, 12, tzinfo=UTC)
    assert session.start.tzname() == "CET"
    assert [each.code for each in loaded.diagnostics] == ["WF307"]
    assert check(events) == loaded.diagnostics


def test_building_gives_what_was_written(events: Path, tmp_path: Path) -> None:
    now = datetime(2026, 12, 1, 8, tzinfo=UTC)

    built = build(events, tmp_path / "out", now=now)

    assert built.committed is not None
    assert "open-science/calendar.ics" in built.committed.written
    assert b"DTSTAMP:20261201T080000Z" in (tmp_path / "out/calendar.ics").read_bytes()
    again = build(events, tmp_path / "out")
    assert again.committed is not None
    assert again.committed.written == ()


def test_an_error_or_a_warning_taken_for_one_writes_nothing(events: Path, tmp_path: Path) -> None:
    assert build(events, tmp_path / "out", strict=True).committed is None
    (events / "open-science.yaml").write_text("title: 1\n", encoding="utf-8")
    assert build(events, tmp_path / "out").committed is None
    assert not (tmp_path / "out/calendar.ics").exists()


def test_a_folder_without_event_files_is_not_an_empty_site(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()

    built = build(tmp_path / "events", tmp_path / "out")

    assert [each.code for each in built.diagnostics] == ["WF801"]
    assert not (tmp_path / "out").exists()


class Watched:
    """A published folder that keeps in mind what it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []

    def read(self, path: str) -> bytes | None:
        """A file's bytes."""
        self.asked.append(path)
        return (self.folder / path).read_bytes()

    def name(self, path: str) -> str:
        """A file as people should see it."""
        return path


def test_what_is_published_as_it_was_built_is_asked_for_no_more_than_its_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One manifest says of all series that their ledgers are the ones that are here."""
    growing_site.spread_out(tmp_path)
    growing_site.build(tmp_path)
    web = shutil.copytree(tmp_path / "output", tmp_path / "web")
    place = Watched(web)
    monkeypatch.setattr(published, "open", lambda _: published.Published(place))

    def seen() -> list[str]:
        """The series that change against the web."""
        now = growing_site.NOW
        where = "https://w.example.org/"
        found = api.diff(tmp_path / "events", against=where, output=tmp_path / "output", now=now)
        return [each.series for each in found.seen if each]

    assert (seen(), place.asked) == ([], ["manifest.json"])
    growing_site.edit(tmp_path / "events/data.yaml", "2027-03-30", "2027-03-31")
    growing_site.build(tmp_path)
    place.asked.clear()
    assert (seen(), place.asked) == (["data"], ["manifest.json", "data/ledger.jsonl"])
