from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

import webinar_feeds
from webinar_feeds import build, check, load

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
