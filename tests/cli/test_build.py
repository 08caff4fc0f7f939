"""`build` when the world is not as it should be: the clock, the disk, another build."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from webinar_feeds import output as writer

if TYPE_CHECKING:
    from pathlib import Path

SERIES = """\
title: Open science
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - {id: preprints, date: 2027-01-14, title: Preprints}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with a folder of events in it."""
    (tmp_path / "events").mkdir()
    (tmp_path / "events/site.yaml").write_text("base_url: https://w.example.org/\n")
    (tmp_path / "events/open-science.yaml").write_text(SERIES, encoding="utf-8")
    return tmp_path


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "webinar_feeds", *arguments]


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize("epoch", ["", "soon", "1.5", "9" * 12, "9" * 17, "9" * 40])
@pytest.mark.parametrize("arguments", [("build",), ("build", "--check")])
def test_an_epoch_that_is_no_time_is_wrong_usage(
    folder: Path, arguments: tuple[str, ...], epoch: str
) -> None:
    done = run(folder, *arguments, SOURCE_DATE_EPOCH=epoch)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == (
        "Error: SOURCE_DATE_EPOCH is not a number of seconds since 1970"
    )
    assert not (folder / "output").exists()


@pytest.mark.parametrize("now", ["soon", "0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"])
def test_a_time_that_is_none_is_wrong_usage(folder: Path, now: str) -> None:
    done = run(folder, "build", "--now", now)

    assert done.returncode == 2
    assert f"{now!r} is not a time such as 2020-06-01T12:00:00Z" in done.stderr
    assert not (folder / "output").exists()


def test_where_ci_keeps_no_ledgers_a_check_goes_by_what_was_published(folder: Path) -> None:
    run(folder, "build", "-q", "-o", "web")
    shutil.rmtree(folder / "events/ledger")
    shutil.copytree(folder / "web", folder / "output")
    same = run(folder, "build", "--check", "--previous", "web")
    text = SERIES.replace("2027-01-14", "2027-01-15")
    (folder / "events/open-science.yaml").write_text(text, encoding="utf-8")
    moved = run(folder, "build", "--check", "--previous", "web")

    assert (same.returncode, same.stdout, same.stderr) == (0, "output is up to date.\n", "")
    assert moved.returncode == 1
    assert "  open-science/calendar.ics\n" in moved.stdout
    assert "  ledger/" not in moved.stdout
    assert not (folder / "events/ledger").exists()


def test_a_disk_without_room_has_a_status_of_its_own(folder: Path) -> None:
    """No file may grow past 512 bytes here: the calendars do, whoever one is."""
    limited = ["bash", "-c", 'ulimit -f 1; trap "" XFSZ; exec "$@"', "limited", *command("build")]
    done = subprocess.run(limited, cwd=folder, capture_output=True, encoding="utf-8", check=False)

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert not (folder / "output/calendar.ics").exists()


@pytest.mark.parametrize(
    ("output", "status", "words"),
    [
        ("loop", 1, "error[WF705]: `loop` is where a folder should be"),
        ("a" * 300, 3, "File name too long"),
    ],
)
def test_an_output_folder_that_cannot_be_is_told(
    folder: Path, output: str, status: int, words: str
) -> None:
    (folder / "loop").symlink_to("loop")

    done = run(folder, "build", "-o", output)

    assert done.returncode == status
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_format_whose_package_is_broken_is_told_with_the_package(folder: Path) -> None:
    about = folder / "formats_of_others-2.1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: formats-of-others\nVersion: 2.1\n")
    (about / "entry_points.txt").write_text("[webinar_feeds.renderers]\nown = no_such_module\n")
    with (folder / "events/site.yaml").open("a") as site:
        site.write("formats: [calendar, own]\n")

    for arguments in (("build",), ("build", "--check"), ("check",)):
        done = run(folder, *arguments)

        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            "error: the format `own` of formats-of-others 2.1 cannot be used: ModuleNotFoundError: "
            "No module named 'no_such_module'; update the package or remove the format\n"
        )
    assert not (folder / "output").exists()


def test_who_waits_for_another_build_is_told_so(folder: Path) -> None:
    with writer.lock(folder / "output", folder / "events/ledger"):
        waiting = subprocess.Popen(
            command("build"), cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert waiting.stderr is not None
        said = waiting.stderr.readline()
        time.sleep(0.1)
        assert waiting.poll() is None
    done, _ = waiting.communicate()

    assert said == "another build is using events/ledger, waiting …\n"
    assert (waiting.returncode, done) == (0, "output: 14 written.\n")


@pytest.mark.parametrize(
    ("audience", "told"), [("public", True), ("registered", False), ("hosts", False)]
)
def test_a_link_that_is_not_for_all_is_in_no_file_that_a_build_writes(
    folder: Path, audience: str, told: bool
) -> None:
    link = "https://meet.example.org/4711"
    join = f"join: {{url: '{link}', audience: {audience}}}\nalarms: 15 minutes\n"
    source = folder / "events/open-science.yaml"
    source.write_text(SERIES + join, encoding="utf-8")

    assert run(folder, "build", "--verbose").returncode == 0

    written = [path for path in folder.rglob("*") if path.is_file() and path != source]
    holders = [path.name for path in written if link in unfolded(path)]
    assert len(written) > 8
    assert sorted({*holders}) == (
        ["calendar-alarms.ics", "calendar.ics", "preprints.ics"] if told else []
    )


def unfolded(path: Path) -> str:
    return path.read_bytes().replace(b"\r\n ", b"").decode()
