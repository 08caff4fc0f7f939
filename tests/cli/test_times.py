from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from webinar_feeds.cli.main import cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERIES = """\
title: Open science
timezone: UTC
time: 13:00–14:30
sessions:
  - id: preprints
    date: 2027-01-14
    title: Preprints
    talks:
      - title: One
        speakers:
          - {name: Ana Lima, city: Lisbon, timezone: Europe/Lisbon}
          - {name: Rui Costa, timezone: Europe/Lisbon}
          - {name: Eva Sousa, city: Lisbon, timezone: Europe/Lisbon}
          - {name: Kim}
"""


@pytest.fixture(autouse=True)
def viewer_in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's clock is Tokyo's while a test runs, and its own again afterwards."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


def times(events: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["times", "--events", str(events), *arguments])


def test_speakers_who_share_a_clock_share_a_row(tmp_path: Path) -> None:
    (tmp_path / "open-science.yaml").write_text(SERIES, encoding="utf-8")

    assert times(tmp_path).output.splitlines() == [
        "preprints  Preprints",
        "  UTC            Thu 14 January 2027  13:00–14:30  UTC",
        "  your clock     Thu 14 January 2027  22:00–23:30  JST (UTC+9)",
        "  Europe/Lisbon  Thu 14 January 2027  13:00–14:30  WET (UTC)    Lisbon, Rui Costa",
    ]


def test_a_zone_is_not_shown_twice(tmp_path: Path) -> None:
    (tmp_path / "open-science.yaml").write_text(SERIES, encoding="utf-8")

    assert times(tmp_path, "--in", "UTC").output.splitlines() == [
        "preprints  Preprints",
        "  UTC  Thu 14 January 2027  13:00–14:30  UTC",
    ]


@pytest.mark.parametrize("files", [(), ("broken.yaml",)])
def test_where_nothing_can_be_shown_nothing_is_printed(
    tmp_path: Path, files: tuple[str, ...]
) -> None:
    for name in files:
        (tmp_path / name).write_text("title: [\n")

    done = times(tmp_path)

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == ("Some files have errors and are left out: see `webinar-feeds check`.\n")
