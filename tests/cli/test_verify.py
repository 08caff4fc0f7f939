from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib import metadata
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from referees.feeds import served
from webinar_feeds import api
from webinar_feeds.cli.main import cli

if TYPE_CHECKING:
    from pathlib import Path

SITE = "title: Our webinars\nbase_url: https://w.example.org/\n"
SERIES = """\
title: Open science
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - {id: preprints, date: 2026-06-17, title: Preprints, recording: https://v.example.org/1}
  - {id: open-data, date: 2027-07-14, title: Open data}
"""
INVITE = "output/open-science/invites/open-data.ics"
PROGRAMS = ("icalendar", "feedgen", "lxml")
BY = f"verified by {', '.join(f'{name} {metadata.version(name)}' for name in PROGRAMS)}"
EQUAL = f"""\
open-science: 3 calendars with 4 events, 4 feeds with 5 items; nothing differs
site: 1 calendar with 2 events, 4 feeds with 5 items; nothing differs
{BY}: nothing differs.
"""
HINT = "hint: if site.yaml has changed since the last build, run `webinar-feeds build` first\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a series that has been built."""
    (tmp_path / "events").mkdir()
    (tmp_path / "events/site.yaml").write_text(SITE, encoding="utf-8")
    write(tmp_path, SERIES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")  # 15 January 2027
    api.build()
    return tmp_path


def write(folder: Path, text: str) -> None:
    (folder / "events/open-science.yaml").write_text(text, encoding="utf-8")


def edit(folder: Path, path: str, old: str, new: str) -> None:
    data = (folder / path).read_bytes()
    assert old.encode() in data
    (folder / path).write_bytes(data.replace(old.encode(), new.encode()))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["verify", *arguments], prog_name="webinar-feeds")


def said(done: Result) -> tuple[int, str, str]:
    return done.exit_code, done.stdout, done.stderr


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in found}


def test_a_line_a_series_says_what_was_looked_at_and_nothing_is_written(folder: Path) -> None:
    before = files(folder)

    assert said(run()) == (0, EQUAL, "")
    assert files(folder) == before


def test_one_series_can_be_verified(folder: Path) -> None:
    first, _, last = EQUAL.splitlines(keepends=True)

    assert said(run(str(folder / "events/open-science.yaml"))) == (0, first + last, "")


def test_each_file_that_differs_has_a_line(folder: Path) -> None:
    edit(folder, INVITE, "SUMMARY:Open data", "SUMMARY:Open dada\r\nCLASS:PUBLIC")
    edit(folder, "output/recordings.rss", "<ttl>720</ttl>", "<ttl>7</ttl>")
    lines = """\
open-science: 3 calendars with 4 events, 4 feeds with 5 items; 1 file differs:
  open-science/invites/open-data.ics: session open-data has the CLASS “PUBLIC”, but the event file \
says nothing (and 1 more; -v)
site: 1 calendar with 2 events, 4 feeds with 5 items; 1 file differs:
  recordings.rss: the feed: ttl is “7”, but feedgen writes “720”
"""

    assert said(run()) == (1, f"{lines}{BY}: 2 files differ.\n", HINT)


def test_everything_that_differs_in_a_file_can_be_asked_for(folder: Path) -> None:
    edit(folder, INVITE, "SUMMARY:Open data", "SUMMARY:Open dada\r\nCLASS:PUBLIC")
    where = "  open-science/invites/open-data.ics: session open-data has the"

    assert run("-v").stdout.splitlines()[1:3] == [
        f"{where} CLASS “PUBLIC”, but the event file says nothing",
        f"{where} SUMMARY “Open dada”, but the event file says “Open data”",
    ]


def test_a_program_can_read_what_differs(folder: Path) -> None:
    edit(folder, INVITE, "SUMMARY:Open data", "SUMMARY:Open dada")
    done = run("--format", "json", "events/open-science.yaml")
    words = "session open-data has the SUMMARY “Open dada”, but the event file says “Open data”"

    assert done.exit_code == 1
    assert json.loads(done.stdout) == {
        "version": 1,
        "equal": False,
        "programs": {name: metadata.version(name) for name in PROGRAMS},
        "looks": [
            {
                "name": "open-science",
                "calendars": 3,
                "events": 4,
                "feeds": 4,
                "items": 5,
                "differences": [{"path": INVITE.removeprefix("output/"), "words": words}],
            }
        ],
    }


def test_what_was_published_rules_no_terminal(folder: Path) -> None:
    edit(folder, INVITE, "LOCATION:Online", "LOCATION:\x1b[2J")

    assert "has the LOCATION “\ufffd[2J”" in run().stdout


# What cannot be verified.


def test_where_nothing_was_built_it_is_said(folder: Path) -> None:
    shutil.rmtree(folder / "output")
    words = "`output` is not there: run `webinar-feeds build` first, or name it with `-o`"

    assert said(run()) == (2, "", f"error: {words}\n")


@pytest.mark.usefixtures("folder")
def test_a_folder_that_no_build_has_made_is_refused() -> None:
    done = run("-o", "events")

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("error: `events/manifest.json` is not there: ")


@pytest.mark.parametrize(
    ("text", "now"),
    [
        (SERIES.replace("2027-07-14", "2027-07-15"), "2027-01-15"),
        (SERIES.replace("title: Open data", "title: Open dada"), "2027-01-15"),
        (f"{SERIES}  - {{id: new, date: 2027-08-14, title: New}}\n", "2027-01-15"),
    ],
)
def test_event_files_that_are_newer_want_a_build_first(folder: Path, text: str, now: str) -> None:
    write(folder, text)
    words = "open-science changed since the last build: run `webinar-feeds build` first"

    assert said(run("--now", now)) == (2, "", f"error: {words}\n")


def test_a_recording_that_is_due_wants_a_build_first(folder: Path) -> None:
    recording = "recording: {url: https://v.example.org/2, published: 2027-07-20 09:00}"
    write(folder, SERIES.replace("title: Open data", f"title: Open data, {recording}"))
    api.build()

    assert run("--now", "2027-07-20T06:59:59Z").exit_code == 0
    assert run("--now", "2027-07-20T07:00:00Z").exit_code == 2


def test_a_comment_in_an_event_file_wants_no_build(folder: Path) -> None:
    write(folder, f"# Reviewed.\n{SERIES}")

    assert said(run("--now", "2027-02-01")) == (0, EQUAL, "")


def test_errors_in_the_event_files_are_said(folder: Path) -> None:
    write(folder, SERIES.replace("2027-07-14", "2027-07-32"))
    done = run()

    assert (done.exit_code, done.stdout) == (2, "")
    assert re.match(r"events/open-science\.yaml:6:\d+: error\[WF", done.stderr)
    assert done.stderr.endswith("1 error found; nothing was verified.\n")


def test_a_broken_ledger_of_the_site_is_said(folder: Path) -> None:
    (folder / "events/ledger/site.jsonl").write_text("{", encoding="utf-8")
    done = run()

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("events/ledger/site.jsonl:1:1: error[WF60")


def test_a_file_that_cannot_be_read_is_said(folder: Path) -> None:
    (folder / INVITE).unlink()
    (folder / INVITE).mkdir()
    done = run()

    assert done.exit_code == 2
    assert done.stderr == (
        f"error: `{INVITE}`: Is a directory: check that it is a file, and its permissions\n"
    )


def test_who_keeps_no_ledger_verifies_by_the_published_one(folder: Path) -> None:
    """As where everything is built in CI, and nothing committed back (`--previous`)."""
    shutil.rmtree(folder / "events/ledger")

    assert said(run("--now", "2027-02-01")) == (0, EQUAL, "")


def test_a_copy_elsewhere_can_be_verified(folder: Path) -> None:
    (folder / "output").rename(folder / "site")

    assert said(run("-o", "site")) == (0, EQUAL, "")


def test_what_was_published_can_be_verified_at_its_address(folder: Path) -> None:
    (folder / "output").rename(folder / "site")
    with served(folder / "site") as address:
        assert said(run("-o", f"{address}/")) == (0, EQUAL, "")


def test_only_who_verifies_loads_the_programs(folder: Path) -> None:
    """The other commands start as fast as if these were not installed."""
    program = (
        "import sys; from webinar_feeds.cli.main import cli\n"
        "try: cli(sys.argv[1:])\n"
        "except SystemExit: print(*{'icalendar', 'feedgen', 'lxml'}.intersection(sys.modules))"
    )
    loaded = {}
    for command in ("build", "check", "diff", "verify"):
        done = subprocess.run(
            [sys.executable, "-c", program, command],
            check=True,
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
        )
        loaded[command] = sorted(done.stdout.splitlines()[-1].split())

    assert loaded == {"build": [], "check": [], "diff": [], "verify": sorted(PROGRAMS)}
