from __future__ import annotations

import json
import shlex
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from webinar_feeds import api, ledger, locking, site_ledger
from webinar_feeds.cli.main import cli

if TYPE_CHECKING:
    from pathlib import Path

    from webinar_feeds.ledger import Ledger, Row

SITE = "title: Our webinars\nbase_url: https://w.example.org/\n"
SERIES = """\
title: Open science
timezone: Europe/Berlin
time: 13:00–14:30
topics: [science]
sessions:
  - id: preprints
    date: 2026-06-17
    title: Preprints
    recording: https://v.example.org/1

  - id: open-data
    date: 2027-07-14
    title: Open data

  - id: peer-review
    date: 2027-08-11
    title: Reviewing
    sequence: 3
"""
LEDGER = "events/ledger/open-science.jsonl"
SOUND = "site: events/ledger/site.jsonl is sound, and stays as it is\n"
TABLE = """\
  preprints    SEQUENCE 0  Wed 17 Jun 2026 13:00 CEST
  open-data    SEQUENCE 0  Wed 14 Jul 2027 13:00 CEST
  peer-review  SEQUENCE 3  Wed 11 Aug 2027 13:00 CEST
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a series that has been published."""
    (tmp_path / "events").mkdir()
    (tmp_path / "events/site.yaml").write_text(SITE, encoding="utf-8")
    (tmp_path / "events/open-science.yaml").write_text(SERIES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")  # 15 January 2027
    api.build()
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["ledger", *arguments], prog_name="webinar-feeds")


def edit(folder: Path, *edits: tuple[str, str]) -> None:
    text = (folder / "events/open-science.yaml").read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    (folder / "events/open-science.yaml").write_text(text, encoding="utf-8")


def held(folder: Path, name: str = LEDGER) -> Ledger:
    found, said = ledger.parse((folder / name).read_bytes(), name)
    assert (said, found is None) == ((), False)
    assert found is not None
    return found


def rows(folder: Path) -> dict[str, Row]:
    return dict(held(folder).rows)


def sequences(folder: Path) -> dict[str, int]:
    return {name: row.sequence for name, row in rows(folder).items()}


# --- show -----------------------------------------------------------------------------------------


def test_what_has_been_published_is_shown_as_a_table(folder: Path) -> None:
    done = run("show")

    assert (done.exit_code, done.stdout, done.stderr) == (
        0,
        """\
open-science: 3 sessions
  preprints    SEQUENCE 0  Wed 17 Jun 2026 13:00 CEST  2027-01-15 08:00  1 recording
  open-data    SEQUENCE 0  Wed 14 Jul 2027 13:00 CEST  2027-01-15 08:00
  peer-review  SEQUENCE 3  Wed 11 Aug 2027 13:00 CEST  2027-01-15 08:00
""",
        "",
    )
    assert run("show", "open-science").stdout == done.stdout
    assert (folder / LEDGER).is_file()


def test_the_table_says_what_became_of_sessions(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(
        folder,
        ("title: Open data", "title: Open data\n    status: postponed"),
        ("id: peer-review", "id: reviewing\n    formerly: peer-review"),
        ("sessions:", "removed: preprints\nsessions:"),
        (SERIES[SERIES.index("  - id: preprints") : SERIES.index("  - id: open")], ""),
    )
    api.build()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1810000000")  # four months later
    api.build()

    assert [line.rpartition("  ")[2] for line in run("show").stdout.splitlines()[1:]] == [
        "removed, has left the calendars, 1 recording",
        "postponed",
        "formerly peer-review",
    ]


def test_several_series_are_shown_one_after_the_other(folder: Path) -> None:
    (folder / "events/health.yaml").write_text(SERIES, encoding="utf-8")
    api.build()
    lines = run("show").stdout.splitlines()

    assert [lines[0], lines[4], lines[5]] == ["health: 3 sessions", "", "open-science: 3 sessions"]


def test_where_nothing_was_published_there_is_nothing_to_show(tmp_path: Path) -> None:
    done = run("show", "--events", str(tmp_path))

    assert (done.exit_code, done.stdout) == (
        0,
        f"There is no ledger in {tmp_path}/ledger: nothing has been published.\n",
    )


def test_a_series_that_does_not_exist_is_wrong_usage(folder: Path) -> None:
    done = run("show", "nonsense")

    assert done.exit_code == 2
    assert done.stderr.endswith(
        "Error: there is no ledger of a series `nonsense` in events/ledger\n"
    )
    assert (folder / LEDGER).is_file()


def test_a_damaged_ledger_is_said_and_the_others_are_shown(folder: Path) -> None:
    (folder / "events/ledger/health.jsonl").write_text("{}\n")
    done = run("show")

    assert (done.exit_code, done.stdout.splitlines()[0]) == (1, "open-science: 3 sessions")
    assert "error[WF603]" in done.stderr


# --- rebuild --------------------------------------------------------------------------------------


def lose(folder: Path) -> bytes:
    """Lose the ledger; its bytes."""
    data = (folder / LEDGER).read_bytes()
    (folder / LEDGER).unlink()
    return data


def without_copies(folder: Path, output: str = "output") -> None:
    """Make a published site one that knows no ledgers."""
    manifest = json.loads((folder / output / "manifest.json").read_text())
    for path in [path for path in manifest["artifacts"] if path.endswith("ledger.jsonl")]:
        del manifest["artifacts"][path]
        (folder / output / path).unlink()
    (folder / output / "manifest.json").write_text(json.dumps(manifest))


def test_a_lost_ledger_comes_back_to_the_byte(folder: Path) -> None:
    before = lose(folder)
    done = run("rebuild")

    assert (done.exit_code, done.stdout, done.stderr) == (
        0,
        f"open-science: 3 sessions, from the ledger in output\n{TABLE}wrote {LEDGER}\n{SOUND}",
        "",
    )
    assert (folder / LEDGER).read_bytes() == before
    assert [path.name for path in (folder / "events/ledger").iterdir() if path.name[0] == "."] == []


def test_a_join_link_that_nobody_published_does_not_count_as_changed(folder: Path) -> None:
    """Nobody can know, and a SEQUENCE that rises would tell participants to look again."""
    path = folder / "events/open-science.yaml"
    text = path.read_text(encoding="utf-8")
    join = "join: {url: https://m.example.org/1, audience: registered}\nsessions:"
    path.write_text(text.replace("sessions:", join), encoding="utf-8")
    api.build()
    before = lose(folder)
    run("rebuild")
    rebuilt = rows(folder)
    api.build()

    assert [each.private for each in rebuilt.values()] == [None] * 3
    assert (folder / LEDGER).read_bytes() == before


def test_a_dry_run_only_tells(folder: Path) -> None:
    lose(folder)
    done = run("rebuild", "--dry-run")

    assert (done.exit_code, done.stdout.splitlines()[-2]) == (0, f"{LEDGER} would be written")
    assert not (folder / LEDGER).exists()


def test_without_a_copy_the_calendar_will_do(folder: Path) -> None:
    before = rows(folder)
    lose(folder)
    without_copies(folder)
    done = run("rebuild")

    assert done.stdout == (
        f"open-science: 3 sessions, from the calendar in output\n{TABLE}wrote {LEDGER}\n{SOUND}"
    )
    after = rows(folder)
    assert {name: row[:3] for name, row in after.items()} == {
        name: row[:3] for name, row in before.items()
    }
    assert after["preprints"].recordings["recording"].published == (
        before["preprints"].recordings["recording"].published
    )


def test_the_sites_own_ledger_comes_back_too(folder: Path) -> None:
    before = (folder / "events/ledger/site.jsonl").read_bytes()
    (folder / "events/ledger/site.jsonl").unlink()
    done = run("rebuild")

    assert done.stdout == (
        f"open-science: {LEDGER} is sound, and stays as it is\n"
        "site: 2 views, from the ledger in output\n"
        "wrote events/ledger/site.jsonl\n"
    )
    assert (folder / "events/ledger/site.jsonl").read_bytes() == before


def test_a_site_that_published_no_ledger_of_its_own_begins_anew(folder: Path) -> None:
    (folder / "events/ledger/site.jsonl").unlink()
    without_copies(folder)

    assert run("rebuild").exit_code == 0
    assert not (folder / "events/ledger/site.jsonl").exists()


def test_a_sound_ledger_is_left_alone(folder: Path) -> None:
    before = (folder / LEDGER).read_bytes()
    edit(folder, ("2027-07-14", "2027-07-15"))
    api.build(output="web")
    later = (folder / LEDGER).read_bytes()
    (folder / LEDGER).write_bytes(before)

    assert run("rebuild", "--from", "web").exit_code == 0
    assert (folder / LEDGER).read_bytes() == before
    assert run("rebuild", "--from", "web", "--force").exit_code == 0
    assert (folder / LEDGER).read_bytes() == later
    assert run("rebuild", "--from", "output", "--force").exit_code == 0
    assert (folder / LEDGER).read_bytes() == later


def test_a_damaged_ledger_keeps_what_can_be_read(folder: Path) -> None:
    """It may be newer than what was published: no SEQUENCE falls (I13)."""
    edit(folder, ("2027-07-14", "2027-07-15"), ("2027-08-11", "2027-08-12"))
    api.build(output="draft")
    lines = (folder / LEDGER).read_bytes().splitlines(keepends=True)
    lines = [b"{broken\n" if b'"peer-review"' in line else line for line in lines]
    (folder / LEDGER).write_bytes(b"".join(lines))
    done = run("rebuild")

    number = 1 + next(at for at, line in enumerate(lines) if line == b"{broken\n")
    assert done.stdout.splitlines()[0].startswith(
        f"open-science: {LEDGER}:{number}: this line of the ledger cannot be read: "
    )
    assert sequences(folder) == {"preprints": 0, "open-data": 1, "peer-review": 3}


def test_a_ledger_without_its_first_line_is_rebuilt(folder: Path) -> None:
    lines = (folder / LEDGER).read_bytes().splitlines(keepends=True)
    (folder / LEDGER).write_bytes(b"".join(lines[1:]))
    done = run("rebuild")

    assert done.stdout.splitlines()[0] == (
        f"open-science: {LEDGER}: this line of the ledger cannot be read: "
        "the line that names the series is missing"
    )
    assert sequences(folder) == {"preprints": 0, "open-data": 0, "peer-review": 3}


def test_several_places_are_put_together(folder: Path) -> None:
    edit(folder, ("2027-07-14", "2027-07-15"))
    api.build(output="web")
    lose(folder)

    for places in (("output", "web"), ("web", "output")):
        (folder / LEDGER).unlink(missing_ok=True)
        run("rebuild", *(part for place in places for part in ("--from", place)))
        assert sequences(folder) == {"preprints": 0, "open-data": 1, "peer-review": 3}


def test_what_is_no_longer_in_the_event_file_is_said(folder: Path) -> None:
    edit(folder, (SERIES[SERIES.index("  - id: open-data") : SERIES.index("  - id: peer")], ""))
    lose(folder)
    done = run("rebuild")

    assert done.stdout.splitlines()[2] == (
        "  open-data    SEQUENCE 0  Wed 14 Jul 2027 13:00 CEST  not in the event file"
    )
    assert "open-data" in rows(folder)
    assert [each.code for each in api.check()] != []


def test_a_series_whose_event_file_is_gone_comes_back(folder: Path) -> None:
    (folder / "events/open-science.yaml").rename(folder / "events/health.yaml")
    lose(folder)
    without_copies(folder)
    done = run("rebuild")

    assert done.exit_code == 1
    assert "health: nothing was found in output\n" in done.stdout
    assert sequences(folder) == {"preprints": 0, "open-data": 0, "peer-review": 3}


def test_a_merge_in_the_middle_is_ended_first(folder: Path) -> None:
    data = (folder / LEDGER).read_bytes()
    (folder / LEDGER).write_bytes(b"<<<<<<< a\n" + data + b"=======\n" + data + b">>>>>>> b\n")
    done = run("rebuild", "--force")

    assert (done.exit_code, done.stdout.splitlines()[0]) == (
        1,
        f"open-science: {LEDGER} is in the middle of a merge; `webinar-feeds ledger merge` ends it",
    )


@pytest.mark.parametrize("where", ["nowhere", "events", "nowhere.ics", "http://127.0.0.1:9/"])
def test_a_place_that_cannot_be_read_has_a_status_of_its_own(folder: Path, where: str) -> None:
    done = run("rebuild", "--from", where)

    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert (folder / LEDGER).is_file()


# --- rebuild, from calendars alone ----------------------------------------------------------------

OLD = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Another//EN
BEGIN:VEVENT
UID:2@old.example.org
DTSTAMP:20260101T090000Z
SEQUENCE:7
DTSTART;TZID=Europe/Berlin:20270714T130000
DTEND;TZID=Europe/Berlin:20270714T143000
SUMMARY:Open data
END:VEVENT
BEGIN:VEVENT
UID:3@old.example.org
DTSTAMP:20260101T090000Z
DTSTART:20270715T130000Z
SUMMARY:Something else
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


TAKEN = f"""\
open-science: 2 sessions, from the calendar in old.ics
  open-data          SEQUENCE 7  Wed 14 Jul 2027 13:00 CEST
  3-old-example-org  SEQUENCE 0  Thu 15 Jul 2027 13:00 UTC   not in the event file
wrote {LEDGER}
"""


def test_the_calendar_of_another_program_is_taken_over(folder: Path) -> None:
    edit(folder, ("id: open-data", "id: open-data\n    uid: 2@old.example.org"))
    lose(folder)
    (folder / "old.ics").write_text(OLD, encoding="utf-8", newline="")
    done = run("rebuild", "--from", "old.ics", "--series", "open-science")

    assert (done.exit_code, done.stdout) == (0, TAKEN)
    edit(folder, ("sessions:", "removed: 3-old-example-org\nsessions:"))
    assert api.build(output="new").committed is not None
    after = rows(folder)
    assert (after["open-data"].uid, after["open-data"].sequence) == ("2@old.example.org", 7)
    assert after["3-old-example-org"].sequence == 1


def test_of_a_calendar_of_several_series_each_takes_its_own(folder: Path) -> None:
    edit(folder, ("id: open-data", "id: open-data\n    uid: 2@old.example.org"))
    health = SERIES.replace("id: open-data", "id: open-data\n    uid: 3@old.example.org")
    (folder / "events/health.yaml").write_text(health, encoding="utf-8")
    lose(folder)
    (folder / "old.ics").write_text(OLD, encoding="utf-8", newline="")
    done = run("rebuild", "--from", "old.ics")

    assert done.exit_code == 0
    assert list(rows(folder)) == ["open-data"]
    assert [row.uid for row in held(folder, "events/ledger/health.jsonl").rows.values()] == [
        "3@old.example.org"
    ]


def test_what_cannot_be_taken_over_is_said(folder: Path) -> None:
    lose(folder)
    weekly = OLD.replace("SUMMARY:S", "RRULE:FREQ=WEEKLY\r\nSUMMARY:S")
    (folder / "old.ics").write_text(weekly, encoding="utf-8", newline="")
    done = run("rebuild", "--from", "old.ics", "--series", "open-science")

    assert done.stdout.splitlines()[1] == (
        "  3@old.example.org repeats; only its first time is remembered"
    )


def test_another_series_is_left_out(folder: Path) -> None:
    mine = (folder / LEDGER).read_bytes()
    (folder / "old.ics").write_text(OLD.replace("PRODID", "UID:other\r\nPRODID"), newline="")
    done = run("rebuild", "--from", "old.ics", "--series", "open-science", "--force")

    assert done.stdout.splitlines()[1] == "  it is another series, other, and left out"
    assert (folder / LEDGER).read_bytes() == mine


# --- merge ----------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def repository(folder: Path) -> Path:
    """The working folder under version control, with its output left out."""
    (folder / ".gitignore").write_text("output/\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "a start")
    git(folder, "branch", "other")
    return folder


def driven(folder: Path) -> None:
    """Let git merge ledgers by the session, as the documentation says."""
    program = f"{shlex.quote(sys.executable)} -m webinar_feeds"
    (folder / ".gitattributes").write_text("events/ledger/*.jsonl merge=webinar-feeds\n")
    command = f"{program} ledger merge --driver %O %A %B"
    git(folder, "config", "merge.webinar-feeds.driver", command)


def branches(
    folder: Path, ours: list[tuple[str, str]], theirs: list[tuple[str, str]]
) -> subprocess.CompletedProcess[str]:
    """Edit and build on two branches, and merge the second one into the first."""
    for branch, edits, day in (("other", theirs, "1800200000"), ("main", ours, "1800100000")):
        git(folder, "checkout", "-q", branch)
        edit(folder, *edits)
        environment = {"SOURCE_DATE_EPOCH": day}
        done = CliRunner(env=environment).invoke(cli, ["build"])
        assert done.exit_code == 0, done.output
        git(folder, "commit", "-q", "-a", "-m", branch)
    return git(folder, "merge", "other")


OURS = [("2027-07-14", "2027-07-21"), ("2026-06-17", "2026-06-18")]
THEIRS = [("2027-08-11", "2027-08-18"), ("2026-06-17", "2026-06-19")]


def test_git_merges_two_branches_by_the_session(repository: Path) -> None:
    driven(repository)
    done = branches(repository, OURS[:1], THEIRS[:1])

    assert (done.returncode, done.stderr) == (0, "")
    assert sequences(repository) == {"preprints": 0, "open-data": 1, "peer-review": 4}
    assert api.build().committed is not None
    assert sequences(repository) == {"preprints": 0, "open-data": 1, "peer-review": 4}


def test_what_two_branches_have_moved_gets_a_sequence_above_both(repository: Path) -> None:
    driven(repository)
    done = branches(repository, OURS, THEIRS)

    assert "CONFLICT" in done.stdout  # the event file: only people can say which day it is
    assert "ledger" not in git(repository, "diff", "--name-only", "--diff-filter=U").stdout
    git(repository, "checkout", "--theirs", "events/open-science.yaml")
    assert sequences(repository)["preprints"] == 1
    api.build()
    assert sequences(repository)["preprints"] == 2


def test_without_the_driver_the_marks_are_resolved_by_hand(repository: Path) -> None:
    edits = [("title: Preprints", "title: Postings")], [("title: Preprints", "title: Postprints")]
    branches(repository, *edits)
    assert "<<<<<<<" in (repository / LEDGER).read_text(encoding="utf-8")
    git(repository, "checkout", "--theirs", "events/open-science.yaml")
    assert {each.code for each in api.check()} == {"WF605"}
    done = run("merge")

    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(
        f"{LEDGER}: open-science\n"
        "  preprints: their side is the later one, SEQUENCE 0\n"
        "  2 sessions: the same on both sides\n"
        f"wrote {LEDGER}; `git add` it to end the merge\n"
    )
    assert {each.code for each in api.check()} == set()
    assert rows(repository)["preprints"].told.title == "Postprints"
    assert run("merge").stdout == "There is nothing to merge in events/ledger.\n"


def conflicted(ours: bytes, theirs: bytes) -> bytes:
    return b"<<<<<<< HEAD\n" + ours + b"=======\n" + theirs + b">>>>>>> other\n"


def test_what_was_done_is_said_for_each_session(folder: Path) -> None:
    first = held(folder)
    edit(folder, ("2027-07-14", "2027-07-21"), ("2026-06-17", "2026-06-18"))
    ours = ledger.dump(revised(folder, first, 1), "open-science")
    edit(folder, ("2027-07-21", "2027-07-14"), ("2026-06-18", "2026-06-19"))
    edit(folder, ("id: peer-review", "id: late"))
    other = revised(folder, first, 2)
    rows = {name: row for name, row in other.rows.items() if name != "peer-review"}
    theirs = ledger.dump(other._replace(rows=rows), "open-science")
    (folder / LEDGER).write_bytes(conflicted(ours, theirs))
    done = run("merge")

    assert done.stdout == (
        f"{LEDGER}: open-science\n"
        "  late: only on their side\n"
        "  open-data: our side is the later one, SEQUENCE 1\n"
        "  peer-review: only on our side\n"
        "  preprints: changed on both sides; the next build raises SEQUENCE above 1\n"
        f"wrote {LEDGER}; `git add` it to end the merge\n"
    )


def revised(folder: Path, past: Ledger, days: int) -> Ledger:
    """The ledger after a build so many days later."""
    loaded = api.load(folder / "events")
    (series,) = loaded.series
    now = max(row.modified for row in past.rows.values()) + timedelta(days=days)
    return ledger.revise(series, loaded.site, past, now).ledger


def test_the_sites_own_ledger_is_merged_too(folder: Path) -> None:
    path = folder / "events/ledger/site.jsonl"
    data = path.read_bytes()
    found, _ = site_ledger.parse(data, "")
    assert found is not None
    more = found._replace(views={**found.views, "topics/x": found.views["topics/science"]})
    path.write_bytes(conflicted(data, site_ledger.dump(more)))
    done = run("merge")

    assert (done.exit_code, path.read_bytes()) == (0, site_ledger.dump(more))
    assert done.stdout.splitlines()[0] == (
        "events/ledger/site.jsonl: the site's own, with the views of both sides"
    )


@pytest.mark.parametrize("name", ["open-science", "site"])
def test_a_side_that_has_nothing_yet_gives_way(folder: Path, name: str) -> None:
    path = folder / f"events/ledger/{name}.jsonl"
    data = path.read_bytes()
    for sides in ((data, b""), (b"", data)):
        path.write_bytes(conflicted(*sides))
        assert run("merge").exit_code == 0
        assert path.read_bytes() == data


@pytest.mark.parametrize("name", ["open-science", "site"])
def test_a_side_that_cannot_be_read_is_said(folder: Path, name: str) -> None:
    path = folder / f"events/ledger/{name}.jsonl"
    whole = conflicted(path.read_bytes(), path.read_bytes() + b"{\n")
    path.write_bytes(whole)
    done = run("merge")

    assert (done.exit_code, path.read_bytes()) == (1, whole)
    assert "error[WF603]" in done.stderr


def test_two_series_cannot_be_made_one(folder: Path) -> None:
    mine = held(folder)
    data = ledger.dump(mine, "open-science")
    whole = conflicted(data, ledger.dump(mine._replace(uid="other"), "open-science"))
    (folder / LEDGER).write_bytes(whole)
    done = run("merge")

    assert (done.exit_code, (folder / LEDGER).read_bytes()) == (1, whole)
    assert done.stderr == (f"{LEDGER}: the sides remember different series, {mine.uid} and other\n")


def test_a_driver_that_fails_leaves_both_sides_with_their_marks(tmp_path: Path) -> None:
    """Git takes what lies in the file; a whole side there would hide the other one."""
    for name, data in (("base", b""), ("ours", b"{\n"), ("theirs", b"[]\n")):
        (tmp_path / name).write_bytes(data)
    done = run("merge", "--driver", *(str(tmp_path / each) for each in ("base", "ours", "theirs")))

    assert done.exit_code == 1
    assert (tmp_path / "ours").read_bytes() == (b"<<<<<<< ours\n{\n=======\n[]\n>>>>>>> theirs\n")


@pytest.mark.parametrize("arguments", [("rebuild",), ("merge",)])
def test_a_folder_that_cannot_be_written_has_a_status_of_its_own(
    folder: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = lose(folder)
    (folder / LEDGER).write_bytes(conflicted(data, data))
    (folder / "events/ledger" / locking.LOCK).mkdir()
    done = run(*arguments)

    assert (done.exit_code, done.stderr.count("\n")) == (3, 1)
    assert done.stderr.startswith("error: `events/ledger/")
    monkeypatch.undo()
