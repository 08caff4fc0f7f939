from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from webinar_feeds import __version__
from webinar_feeds.cli.explain import catalogue
from webinar_feeds.cli.main import COMMANDS, cli

SITE = "title: Our webinars\nbase_url: https://webinars.example.org/\n"
SERIES = """\
title: Open science
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - id: preprints
    date: 2027-01-14
    title: Preprints
    talks:
      - title: A talk
        speakers: [{name: Ana Lima, city: Lisbon, timezone: Europe/Lisbon}]
  - id: late
    date: 2027-07-14
    time: 23:30–00:30
    title: Late
"""
WRONG = SERIES.replace("date: 2027-01-14", "date: Friday, 14 January 2027")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An events folder with one series, and the working folder that holds it."""
    (tmp_path / "events").mkdir()
    (tmp_path / "events/site.yaml").write_text(SITE, encoding="utf-8")
    (tmp_path / "events/open-science.yaml").write_text(SERIES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    return tmp_path


def write(folder: Path, text: str, name: str = "open-science") -> None:
    (folder / f"events/{name}.yaml").write_text(text, encoding="utf-8")


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(cli, arguments, prog_name="webinar-feeds")


def test_help_lists_every_command_and_tells_the_exit_statuses() -> None:
    done = run("--help")

    assert done.exit_code == 0
    listed = done.output.partition("Commands:\n")[2]
    assert re.findall(r"(?m)^  (\S+)", listed) == [*COMMANDS]  # what goes on is further in
    assert "0 all is well, 1 errors" in done.output


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_has_an_example(command: str) -> None:
    done = run(command, "--help")

    assert done.exit_code == 0
    assert f"webinar-feeds {command}" in done.output.partition("\n")[2]


def test_the_version_is_told() -> None:
    assert run("--version").output == f"webinar-feeds {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("build", "--nonsense"), ("check", "nowhere")]
)
def test_wrong_usage_has_a_status_of_its_own(folder: Path, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2
    assert not (folder / "output").exists()


def test_the_module_is_the_same_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "webinar_feeds", "--version"],
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout == f"webinar-feeds {__version__}\n"


# --- check ---


def test_a_clean_check_says_so_kindly(folder: Path) -> None:
    done = run("check")

    assert (done.exit_code, done.output) == (0, "1 series, 2 sessions: all is well.\n")
    assert run("check", str(folder / "events/open-science.yaml")).exit_code == 0


def test_a_mistake_is_shown_with_its_line_a_caret_and_its_cure(folder: Path) -> None:
    write(folder, WRONG)

    done = run("check")

    assert done.exit_code == 1
    assert done.output == (
        "events/open-science.yaml:6:11: error[WF216]: "
        "`Friday, 14 January 2027`: 14 January 2027 is a Thursday\n"
        "  |\n"
        "6 |     date: Friday, 14 January 2027\n"
        "  |           ^^^^^^^^^^^^^^^^^^^^^^^\n"
        "  = help: write `Thursday, 14 January 2027`, or correct the date\n"
        "\n"
        "1 error found.\n"
    )


def test_all_mistakes_of_all_files_are_told_at_once(folder: Path) -> None:
    write(folder, WRONG.replace("title: Late", "titel: Late"))
    write(folder, "title: [\n", "other")

    found = json.loads(run("check", "--format", "json").stdout)["diagnostics"]

    assert [(Path(each["file"]).stem, each["line"], each["code"]) for each in found] == [
        ("open-science", 6, "WF216"),
        ("open-science", 11, "WF101"),
        ("open-science", 14, "WF103"),
        ("other", found[-1]["line"], found[-1]["code"]),
    ]


def test_json_has_all_fields_and_counts(folder: Path) -> None:
    write(folder, SERIES.replace("- id: late", "- id: preprints"))

    document = json.loads(run("check", "--format", "json").stdout)

    assert (document["version"], document["errors"], document["warnings"]) == (1, 1, 0)
    (found,) = document["diagnostics"]
    assert found == {
        "code": "WF112",
        "severity": "error",
        "message": found["message"],
        "help": found["help"],
        "file": "events/open-science.yaml",
        "line": 11,
        "column": 9,
        "end_column": 18,
        "related": [
            {
                "message": "the other one",
                "file": "events/open-science.yaml",
                "line": 5,
                "column": 9,
                "end_column": 18,
            }
        ],
    }


def test_a_second_place_is_shown_too(folder: Path) -> None:
    write(folder, SERIES.replace("- id: late", "- id: preprints"))

    lines = run("check").output.splitlines()

    assert "events/open-science.yaml:5:9: the other one" in lines


def test_github_gets_annotations_whose_text_cannot_break_out(folder: Path) -> None:
    write(folder, SERIES.replace("title: Late", "title: 100%, 50:50\n    status: maybe"))

    lines = run("check", "--format", "github").output.splitlines()

    assert lines == [
        "::error file=events/open-science.yaml,line=15,col=13,endColumn=18,title=WF107::"
        + lines[0].partition("title=WF107::")[2]
    ]
    assert "%0A" in lines[0]


def test_strict_takes_warnings_for_errors(folder: Path) -> None:
    write(folder, SERIES + "announced_sessions: 5\n")

    relaxed, strict = run("check"), run("check", "--strict")

    assert (relaxed.exit_code, strict.exit_code) == (0, 1)
    assert "warning[WF301]" in relaxed.output
    assert relaxed.output.endswith("1 series, 2 sessions: 1 warning, no errors.\n")
    assert "error[WF301]" in strict.output
    assert run("build", "--strict").exit_code == 1
    assert not (folder / "output").exists()


def test_notes_are_for_those_who_ask(folder: Path) -> None:
    write(folder, SERIES.replace("Europe/Berlin", "Africa/Cairo"))

    assert "note[" not in run("check").output
    assert "note[WF227]" in run("check", "--verbose").output


def test_a_long_line_is_cut_around_the_place_and_wide_letters_count_twice(folder: Path) -> None:
    write(folder, SERIES.replace("title: Late", f"{{title: {'長' * 150}, statuz: confirmed}}"))
    write(folder, SERIES.replace("title: Late", "title: ok\n    台北: 1"))

    lines = run("check").output.splitlines()

    at = next(number for number, line in enumerate(lines) if "台北: 1" in line)
    assert lines[at + 1].endswith("|     ^^^^")
    write(folder, SERIES.replace("Preprints", f"'{'x' * 300}', statuz: {'y' * 50}"))
    assert max(map(len, run("check").output.splitlines()[2:4])) < 140


@pytest.mark.parametrize(("environment", "colored"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_are_for_terminals_whose_users_want_them(
    folder: Path, environment: dict[str, str], colored: bool
) -> None:
    write(folder, WRONG)
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "webinar_feeds", "check"],
        stdout=theirs,
        check=False,
        env={key: value for key, value in os.environ.items() if key != "NO_COLOR"} | environment,
    )
    os.close(theirs)
    shown = os.read(ours, 4096)
    os.close(ours)

    assert (b"\x1b[" in shown) is colored
    assert b"\x1b[" not in run("check").stdout_bytes


# --- build ---


def test_a_build_says_what_it_did_and_the_next_that_nothing_changed(folder: Path) -> None:
    first, second = run("build"), run("build")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.output == "output: 15 written.\n"
    assert second.output == "output is up to date: 14 files, none changed.\n"
    assert (folder / "output/open-science/invites/preprints.ics").exists()


def test_a_change_is_counted_and_named(folder: Path) -> None:
    write(folder, "formats: [calendar]\n" + SITE, "site")
    run("build", "-q")
    write(folder, SERIES.replace("title: Late", "title: Later"))

    done = run("build", "--verbose")

    assert done.output.splitlines() == [
        "wrote    output/open-science/ledger.jsonl",
        "wrote    output/open-science/invites/late.ics",
        "wrote    output/open-science/calendar.ics",
        "wrote    output/ledger.jsonl",
        "wrote    output/calendar.ics",
        "wrote    output/manifest.json",
        "output: 6 written, 1 unchanged.",
    ]


def test_what_is_no_longer_made_is_removed_and_named(folder: Path) -> None:
    write(folder, SERIES + "alarms: 15 minutes\n")
    run("build", "-q")
    write(folder, SERIES)

    assert "removed  output/open-science/calendar-alarms.ics" in run("build", "-v").output


def test_an_error_keeps_a_build_from_writing_anything(folder: Path) -> None:
    write(folder, WRONG)

    done = run("build")

    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.endswith("1 error found; nothing was written.\n")
    assert not (folder / "output").exists()


def test_check_tells_whether_the_output_is_up_to_date_and_writes_nothing(folder: Path) -> None:
    before = run("build", "--check")
    assert before.exit_code == 1
    assert not (folder / "output").exists()
    run("build", "-q")

    assert run("build", "--check").output == "output is up to date.\n"
    assert run("build", "--check", "-q").output == ""
    write(folder, SERIES.replace("title: Late", "title: Later"))
    after = run("build", "--check")
    assert after.exit_code == 1
    assert after.output.splitlines()[:2] == [
        "output is not up to date; a build would change:",
        "  open-science/ledger.jsonl",
    ]
    write(folder, WRONG)
    assert run("build", "--check").exit_code == 1


def test_an_empty_folder_is_told_what_to_write(folder: Path) -> None:
    (folder / "events/open-science.yaml").unlink()

    done = run("build")

    assert done.exit_code == 1
    assert "WF801" in done.stderr


def test_files_of_others_are_refused_with_the_way_out(folder: Path) -> None:
    (folder / "output").mkdir()
    (folder / "output/calendar.ics").write_text("theirs")

    refused, replaced = run("build"), run("build", "--replace-foreign")

    assert refused.exit_code == 1
    assert "--replace-foreign" in refused.stderr
    assert replaced.exit_code == 0


def test_trouble_with_the_disk_has_a_status_of_its_own(folder: Path) -> None:
    (folder / "file").write_text("")

    done = run("build", "-o", "file/below")

    assert done.exit_code in (1, 3)
    assert "Traceback" not in done.output
    (folder / "events/ledger").write_text("a file where a folder should be")
    assert run("build").exit_code in (1, 3)


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("--now", "2026-12-01T08:00:00Z"), {}),
        (("--now", "2026-12-01T08:00"), {}),
        (("--now", "2026-12-01T09:00+01:00"), {"SOURCE_DATE_EPOCH": "1"}),
        ((), {"SOURCE_DATE_EPOCH": "1796112000"}),
    ],
)
def test_the_time_of_the_build_can_be_given(
    folder: Path, arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    assert run("build", "-q", *arguments, **environment).exit_code == 0

    calendar = (folder / "output/calendar.ics").read_bytes()
    assert b"DTSTAMP:20261201T080000Z" in calendar


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [(("--now", "soon"), {}), ((), {"SOURCE_DATE_EPOCH": "soon"})],
)
def test_a_time_that_is_none_is_wrong_usage(
    folder: Path, arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    assert run("build", *arguments, **environment).exit_code == 2
    assert not (folder / "output").exists()


# --- times ---


def test_times_are_shown_in_the_series_zone_utc_the_viewers_and_the_speakers(folder: Path) -> None:
    done = run("times", "preprints")

    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "preprints  Preprints",
        "  Europe/Berlin  Thu 14 January 2027  13:00–14:30  CET (UTC+1)",
        "  UTC            Thu 14 January 2027  12:00–13:30  UTC",
        *[line for line in done.output.splitlines() if "your clock" in line],
        "  Europe/Lisbon  Thu 14 January 2027  12:00–13:30  WET (UTC)    Lisbon",
    ]
    assert folder.exists()


def test_times_can_be_asked_for_in_any_zone(folder: Path) -> None:
    done = run("times", "open-science/late", "--in", "Asia/Seoul", "--in", "UTC-3")

    assert done.output.splitlines() == [
        "late  Late",
        "  Europe/Berlin  Wed 14 July 2027  23:30–00:30 (Thursday)  CEST (UTC+2)",
        "  Asia/Seoul     Thu 15 July 2027  06:30–07:30             KST (UTC+9)",
        "  UTC-03:00      Wed 14 July 2027  18:30–19:30             UTC−3",
    ]
    assert folder.exists()


def test_all_sessions_are_shown_in_order_of_time(folder: Path) -> None:
    shown = [line for line in run("times").output.splitlines() if line[:1].strip()]

    assert shown == ["preprints  Preprints", "late  Late"]
    assert run("times", "open-science").output == run("times").output
    assert folder.exists()


def test_an_unknown_session_or_zone_is_wrong_usage(folder: Path) -> None:
    assert run("times", "nobody").exit_code == 2
    wrong = run("times", "--in", "IST")
    assert wrong.exit_code == 2
    assert "Asia/Kolkata" in wrong.output
    write(folder, WRONG)
    assert "webinar-feeds check" in run("times", "preprints").output


def test_files_with_errors_are_left_out_and_said_to_be(folder: Path) -> None:
    write(folder, WRONG, "other")

    done = run("times")

    assert done.exit_code == 1
    assert "preprints  Preprints" in done.stdout
    assert "left out" in done.stderr


# --- explain, schema, completion ---


@pytest.mark.parametrize("code", ["WF203", "wf203", "[WF203]"])
def test_a_code_is_explained(code: str) -> None:
    done = run("explain", code)

    assert done.exit_code == 0
    assert done.output.startswith("# WF203")


def test_all_codes_are_listed_and_an_unknown_one_is_wrong_usage() -> None:
    listed = run("explain").output.splitlines()

    assert [line.split()[0] for line in listed] == list(catalogue())
    assert run("explain", "WF999").exit_code == 2


@pytest.mark.parametrize("file", ["series", "site"])
def test_the_schema_is_printed_as_it_is_shipped(repository: Path, file: str) -> None:
    shipped = repository / f"src/webinar_feeds/schemas/{file}.schema.json"

    assert run("schema", file).output == shipped.read_text(encoding="utf-8")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(shell: str) -> None:
    done = run("completion", shell)

    assert done.exit_code == 0
    assert "_WEBINAR_FEEDS_COMPLETE" in done.output


def test_a_shell_completes_commands() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from webinar_feeds.__main__ import main; main()"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ
        | {
            "_WEBINAR_FEEDS_COMPLETE": "bash_complete",
            "COMP_WORDS": "webinar-feeds ch",
            "COMP_CWORD": "1",
        },
    )

    assert done.stdout == "plain,check\n"
