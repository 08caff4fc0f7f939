from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from growing_site import FILES, NOW, edit, spread_out, stamps
from webinar_feeds import api, freshness, locking
from webinar_feeds.freshness import LOCK, Row, State, answer, dump, load, rings

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = int(NOW.timestamp())
STATE = Path("output/.webinar-feeds/state")
PLAIN = "two\nlines, and Zoë\n"
STYLED = "\x1b[33mtwo\x1b[0m\nlines, and Zoë\n"


def build_here(events: str = "events", output: str = "output") -> None:
    """Build in the working folder, as the command line asks for it."""
    api.build(events, output, now=NOW, jobs=1, speak=lambda _: (PLAIN, STYLED))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a site that has been built, at the time of the build."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(SECONDS))
    spread_out(tmp_path)
    build_here()
    return tmp_path


def append(path: str) -> None:
    """A change of one byte at the end of a file."""
    with Path(path).open("ab") as file:
        file.write(b"\n")


def rewrite(path: str) -> None:
    """Another file with the same bytes and the same time, in the place of a file."""
    there = Path(path)
    found = there.stat()
    data = there.read_bytes()
    there.unlink()
    there.write_bytes(data)
    os.utime(there, ns=(found.st_atime_ns, found.st_mtime_ns))


def as_written() -> State:
    """The state that the build left."""
    found = load("output")
    assert found is not None
    with found:
        return found.state


# --- nothing to do ------------------------------------------------------------------------------


def test_a_folder_that_is_as_the_last_build_left_it_needs_no_build(here: Path) -> None:
    before = stamps(here)

    assert answer(["build"]) == as_written()
    assert stamps(here) == before


def test_a_state_knows_every_file_of_the_output(here: Path) -> None:
    """What it did not know, it could not miss."""
    state = as_written()
    kept_here = left_in(here / "output")
    assert kept_here is not None
    known = [each for row in kept_here[1] for each in row.files.split()]
    found = [
        path.relative_to(here / "output").as_posix()
        for path in (here / "output").rglob("*")
        if path.is_file() and ".webinar-feeds" not in path.parts
    ]

    assert sorted(known) == sorted(found)
    assert state.artifacts == len(found) - 1  # the manifest


@pytest.mark.parametrize("name", ["open.yaml", "open-science2.yaml", "open-science-x.yml"])
def test_one_id_may_begin_as_another_does(here: Path, name: str) -> None:
    """`open-science.yaml` comes before `open.yaml`, and `open-science` behind `open`."""
    (here / "events" / name).write_text(FILES["events/late.yaml"], encoding="utf-8")
    build_here()

    assert answer(["build"]) is not None


@pytest.mark.parametrize(
    "arguments",
    [
        ["build"],
        ["build", "events"],
        ["build", "-o", "output"],
        ["build", "--output=output"],
        ["build", "-q", "--output", "output", "events", "--quiet"],
        ["build", "-o", "elsewhere", "-o", "output"],
    ],
)
@pytest.mark.usefixtures("here")
def test_the_plainest_ways_to_ask_are_understood(arguments: list[str]) -> None:
    assert answer(arguments) == as_written()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["check"],
        ["-q", "build"],
        ["build", "--check"],
        ["build", "--strict"],
        ["build", "-v"],
        ["build", "--jobs", "2"],
        ["build", "--now", "2027-01-20"],
        ["build", "--help"],
        ["build", "--previous=x"],
        ["build", "events", "events"],
        ["build", "-o"],
        ["build", "--output="],
        ["build", "-o", "elsewhere"],
        ["build", "elsewhere"],
        ["build", "./events"],
        ["build", "--", "events"],
    ],
)
@pytest.mark.usefixtures("here")
def test_all_other_ways_to_ask_are_the_commands(arguments: list[str]) -> None:
    assert answer(["build"]) is not None
    assert answer(arguments) is None


# --- something to do ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda: append("events/data.yaml"), id="an event file"),
        pytest.param(lambda: append("events/site.yaml"), id="the site's file"),
        pytest.param(lambda: append("events/ledger/data.jsonl"), id="a ledger"),
        pytest.param(lambda: append("events/ledger/site.jsonl"), id="the site's ledger"),
        pytest.param(lambda: append("output/data/calendar.ics"), id="a file of a series"),
        pytest.param(lambda: append("output/calendar.ics"), id="a file of the site"),
        pytest.param(lambda: append("output/topics/data/calendar.ics"), id="a file of a view"),
        pytest.param(lambda: append("output/data/ledger.jsonl"), id="a published ledger"),
        pytest.param(lambda: append("output/manifest.json"), id="the manifest"),
        pytest.param(lambda: append(str(STATE)), id="the state"),
        pytest.param(lambda: rewrite("output/data/calendar.ics"), id="another file in its place"),
        pytest.param(lambda: rewrite("output/manifest.json"), id="another manifest in its place"),
        pytest.param(lambda: rewrite("events/ledger/data.jsonl"), id="another ledger"),
        pytest.param(lambda: Path("output/calendar.ics").chmod(0o600), id="a mode"),
        pytest.param(lambda: Path("events/data.yaml").unlink(), id="an event file is gone"),
        pytest.param(lambda: Path("events/site.yaml").unlink(), id="the site's file is gone"),
        pytest.param(lambda: Path("events/ledger/data.jsonl").unlink(), id="a ledger is gone"),
        pytest.param(lambda: Path("events/ledger/site.jsonl").unlink(), id="the site's is gone"),
        pytest.param(lambda: Path("output/data/invites/closing.ics").unlink(), id="a file is gone"),
        pytest.param(lambda: Path("output/manifest.json").unlink(), id="the manifest is gone"),
        pytest.param(STATE.unlink, id="the state is gone"),
        pytest.param(lambda: shutil.rmtree("output"), id="the output is gone"),
        pytest.param(lambda: shutil.rmtree("events/ledger"), id="all ledgers are gone"),
        pytest.param(lambda: shutil.rmtree("events"), id="the events are gone"),
        pytest.param(lambda: Path("events/new.yml").touch(), id="an event file more"),
        pytest.param(lambda: Path("events/data.yml").touch(), id="a second file of a series"),
        pytest.param(lambda: Path("events/site.yml").touch(), id="a second file of the site"),
        pytest.param(lambda: Path("events/ledger/new.jsonl").touch(), id="a ledger more"),
        pytest.param(lambda: Path("output", LOCK).touch(), id="a killed build's lock"),
        pytest.param(lambda: Path("events/ledger", LOCK).touch(), id="its lock of the ledgers"),
        pytest.param(
            lambda: Path("events/early.yml").rename("events/early.yaml"), id="another ending"
        ),
    ],
)
@pytest.mark.usefixtures("here")
def test_whatever_has_changed_needs_a_build(change: Callable[[], object]) -> None:
    assert answer(["build"]) is not None
    change()

    assert answer(["build"]) is None
    assert rings(["build"]) is False


def test_the_ledger_of_a_series_that_was_withdrawn_keeps_nobody_from_having_nothing_to_do(
    here: Path,
) -> None:
    """It stays: nobody may forget what has been published."""
    (here / "events/early.yml").unlink()
    edit(here / "events/site.yaml", "base_url", "removed: early\nbase_url")
    build_here()

    assert (here / "events/ledger/early.jsonl").exists()
    assert answer(["build"]) is not None
    (here / "events/ledger/early.jsonl").unlink()
    assert answer(["build"]) is None


@pytest.mark.parametrize(
    "path",
    ["events/notes.txt", "events/.draft.yaml", "events/ledger/README", "output/CNAME"],
)
def test_what_a_build_does_not_look_at_needs_none(here: Path, path: str) -> None:
    (here / path).write_text("anything", encoding="utf-8")

    assert answer(["build"]) is not None


def test_a_folder_in_the_place_of_the_sites_file_is_the_builds_to_refuse(here: Path) -> None:
    """There was none, and what cannot be read is another thing than none."""
    (here / "events/site.yaml").unlink()
    build_here()
    assert answer(["build"]) is not None
    (here / "events/site.yaml").mkdir()

    assert answer(["build"]) is None


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("jobs", "is_fine"), [("", True), ("2", True), ("x", False), ("-1", False)]
)
def test_a_number_of_jobs_that_is_none_is_the_commands_to_refuse(
    monkeypatch: pytest.MonkeyPatch, jobs: str, is_fine: bool
) -> None:
    monkeypatch.setenv("WEBINAR_FEEDS_JOBS", jobs)

    assert (answer(["build"]) is not None) is is_fine


@pytest.mark.usefixtures("here")
def test_the_lock_that_is_looked_for_is_the_one_that_builds_hold() -> None:
    with locking.lock(Path("output")):
        assert Path("output", LOCK).exists()


def test_a_folder_that_may_not_be_read_is_the_builds_to_tell(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = os.listdir

    def refused(folder: str) -> list[str]:
        if folder == "events":
            raise PermissionError(folder)
        return listed(folder)

    monkeypatch.setattr(os, "listdir", refused)

    assert answer(["build"]) is None
    assert (here / "events").is_dir()


def test_a_build_can_be_asked_for_from_a_folder_that_is_gone(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "gone").mkdir()
    monkeypatch.chdir(here / "gone")
    (here / "gone").rmdir()
    for _ in range(2):
        build_here(str(here / "events"), str(here / "output"))

    assert answer(["build", str(here / "events"), "-o", str(here / "output")]) is not None


@pytest.mark.usefixtures("here")
def test_another_program_builds_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness, "program", lambda _: "another")

    assert answer(["build"]) is None


def test_another_folder_is_another_site(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its words name other folders, although all files are the same."""
    (here / "elsewhere").mkdir()
    for name in ("events", "output"):
        (here / "elsewhere" / name).symlink_to(here / name)
    monkeypatch.chdir(here / "elsewhere")

    assert answer(["build"]) is None


@pytest.mark.usefixtures("here")
def test_a_build_that_nothing_is_known_of_is_not_asked_for_again() -> None:
    """The library's builds do not say what the command would say."""
    api.build("events", "output", now=NOW)

    assert answer(["build"]) is None


@pytest.mark.parametrize(
    ("seconds", "is_due"),
    [
        pytest.param(1802352600 - 1, False, id="a second before a session with a recording ends"),
        pytest.param(1802352600, True, id="it is over"),
        pytest.param(1802352600 + 86400, True, id="a day later"),
    ],
)
@pytest.mark.usefixtures("here")
def test_a_recording_that_is_due_needs_a_build(
    monkeypatch: pytest.MonkeyPatch, seconds: int, is_due: bool
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(seconds))

    assert (answer(["build"]) is None) is is_due


@pytest.mark.parametrize(
    ("seconds", "is_due"),
    [
        pytest.param(1803130200 - 1, False, id="a second before its thirty days are up"),
        pytest.param(1803130200, True, id="they are up"),
    ],
)
def test_a_cancelled_session_that_is_due_needs_a_build(
    here: Path, monkeypatch: pytest.MonkeyPatch, seconds: int, is_due: bool
) -> None:
    edit(
        here / "events/open-science.yaml",
        "    recording: https://video.example.org/open-data\n",
        "",
    )
    build_here()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(seconds))

    assert (answer(["build"]) is None) is is_due


@pytest.mark.parametrize("epoch", ["", "today", "1e9", "-5", "9" * 12, "9" * 400])
def test_a_time_that_is_none_is_the_commands_to_refuse(
    here: Path, monkeypatch: pytest.MonkeyPatch, epoch: str
) -> None:
    edit(here / "events/open-science.yaml", "    status: cancelled\n", "")
    edit(
        here / "events/open-science.yaml",
        "    recording: https://video.example.org/open-data\n",
        "",
    )
    build_here()
    assert answer(["build"]) is not None

    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)

    assert answer(["build"]) is None


@pytest.mark.usefixtures("here")
def test_without_a_given_time_the_clock_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    monkeypatch.setattr("time.time", lambda: 1802352600 - 0.5)
    assert answer(["build"]) is not None
    monkeypatch.setattr("time.time", lambda: 1802352600.0)
    assert answer(["build"]) is None


# --- the state ----------------------------------------------------------------------------------

WHOLE = State("program", "asked", "site", "ledgers", "manifest", 7, PLAIN, STYLED)
ROWS = (
    Row("", "", "calendar.ics manifest.json", "seen", 0, ""),
    Row("a.yaml", "event", "a/calendar.ics a/ledger.jsonl", "stamps", 1802352600, "record"),
    Row("b\udcff.yml", "other", "", "more", freshness.seconds(None), ""),
)


def written(state: State, rows: tuple[Row, ...] = ROWS) -> bytes:
    """The bytes of a state with some rows."""
    return b"".join(freshness.whole((dump(state), *map(freshness.line, rows))))


def left_in(folder: Path) -> tuple[State, list[Row]] | None:
    """The state and the rows that a folder's last build has left."""
    found = load(str(folder))
    if found is None:
        return None
    with found:
        return found.state, [*found.rows()]


def kept(folder: Path, data: bytes) -> tuple[State, list[Row]] | None:
    """What is read of a state's bytes."""
    home = folder / freshness.HOME
    home.mkdir()
    (home / freshness.STATE).write_bytes(data)
    return left_in(folder)


@pytest.mark.parametrize(
    "state",
    [
        WHOLE,
        WHOLE._replace(plain="", styled=""),
        WHOLE._replace(plain="\n\n", styled="\t\n"),
        WHOLE._replace(plain="x" * 70_000, styled="é" * 65_536),
    ],
)
def test_a_state_is_read_as_it_was_written(tmp_path: Path, state: State) -> None:
    assert kept(tmp_path, written(state)) == (state, [*ROWS])


def test_a_state_without_rows_has_none(tmp_path: Path) -> None:
    assert kept(tmp_path, written(WHOLE, ())) == (WHOLE, [])


def test_rows_can_be_asked_for_again(tmp_path: Path) -> None:
    kept(tmp_path, written(WHOLE))
    found = load(str(tmp_path))

    assert found is not None
    with found:
        assert next(found.rows()) == ROWS[0]
        assert [*found.rows()] == [*found.rows()] == [*ROWS]


@pytest.mark.parametrize("end", range(0, len(written(WHOLE)), 7))
def test_a_state_that_breaks_off_is_none(tmp_path: Path, end: int) -> None:
    assert kept(tmp_path, written(WHOLE)[:end]) is None


@pytest.mark.parametrize("place", range(0, len(written(WHOLE)), 5))
def test_a_state_with_a_wrong_byte_is_none(tmp_path: Path, place: int) -> None:
    data = bytearray(written(WHOLE))
    data[place] ^= 1

    assert kept(tmp_path, bytes(data)) is None


def test_a_state_of_another_version_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as other:
        other.setattr(freshness, "_MAGIC", "webinar-feeds state 2")
        data = written(WHOLE)

    assert kept(tmp_path, data) is None


def test_a_folder_in_the_states_place_is_none(tmp_path: Path) -> None:
    (tmp_path / freshness.HOME / freshness.STATE).mkdir(parents=True)

    assert load(str(tmp_path)) is None


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 200_000])
def test_a_files_hash_is_that_of_all_its_bytes(tmp_path: Path, size: int) -> None:
    data = bytes(each % 251 for each in range(size))
    (tmp_path / "file").write_bytes(data)

    assert freshness.hash_of(str(tmp_path / "file")) == freshness.digest(data)
    assert freshness.hash_of(str(tmp_path / "none")) == ""
    assert freshness.hash_of(str(tmp_path)) == ""


# --- the program --------------------------------------------------------------------------------


def test_the_program_is_its_code_its_libraries_and_its_tz_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, site = tmp_path / "webinar_feeds", tmp_path / "site-packages"
    (package / "cli").mkdir(parents=True)
    (package / "cli/main.py").write_text("one")
    (site / "pytz-2026.1.dist-info").mkdir(parents=True)
    monkeypatch.setattr("webinar_feeds.__path__", [str(package)])
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(site), str(tmp_path / "dist-packages")])
    monkeypatch.delenv("PYTZ_TZDATADIR", raising=False)
    seen = [freshness.program("events")]
    assert freshness.program("events") == seen[0]

    (package / "__pycache__").mkdir()
    (package / "__pycache__/main.pyc").write_text("nothing that is not in its source")
    (site / "pytz").mkdir()
    assert freshness.program("events") == seen[0]
    seen.append(freshness.program("webinars"))

    (package / "cli/main.py").write_text("three")
    seen.append(freshness.program("events"))
    (package / "new.py").touch()
    seen.append(freshness.program("events"))
    (package / "page.html").touch()  # what is not code may be a template
    seen.append(freshness.program("events"))
    (tmp_path / "vendored").mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "vendored")])
    (tmp_path / "vendored/PyYAML-6.0.dist-info").mkdir()
    seen.append(freshness.program("events"))
    (site / "pytz-2026.1.dist-info").rename(site / "pytz-2026.2.dist-info")
    seen.append(freshness.program("events"))
    (site / "extra.pth").touch()
    seen.append(freshness.program("events"))
    monkeypatch.setattr(freshness, "_ZONEINFO", str(tmp_path / "zoneinfo"))
    (tmp_path / "zoneinfo").mkdir()
    (tmp_path / "zoneinfo/zone.tab").write_text("of the system, which some pytz reads")
    seen.append(freshness.program("events"))
    monkeypatch.setenv("PYTZ_TZDATADIR", str(tmp_path / "elsewhere"))
    seen.append(freshness.program("events"))
    (tmp_path / "elsewhere/Europe").mkdir(parents=True)
    (tmp_path / "elsewhere/Europe/Berlin").write_text("of another release")
    seen.append(freshness.program("events"))
    monkeypatch.setattr(sys, "version", "4.0")
    seen.append(freshness.program("events"))

    assert len(set(seen)) == len(seen)


# --- as the command line says it ----------------------------------------------------------------

WARNED = FILES["events/site.yaml"].replace("base_url: https://w.example.org/\n", "")


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder whose build says a warning, built by the command line."""
    spread_out(tmp_path, {**FILES, "events/site.yaml": WARNED})
    assert command(tmp_path, "build").returncode == 0
    return tmp_path


def command(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder at the time of the build."""
    kept = {key: os.environ[key] for key in ("PATH",) if key in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "webinar_feeds", *arguments],
        cwd=folder,
        env={**kept, "LC_ALL": "C.UTF-8", "SOURCE_DATE_EPOCH": str(SECONDS), **settings},
        capture_output=True,
        encoding="utf-8",
        check=False,
        stdin=subprocess.DEVNULL,
    )


def loaded_by(folder: Path, *arguments: str, **settings: str) -> set[str]:
    """The rooms that a run of the command loads."""
    done = command(folder, *arguments, PYTHONPROFILEIMPORTTIME="1", **settings)
    assert done.returncode == 0
    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    return {name for name in names if name.startswith(("webinar_feeds", "click"))}


def full(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What the whole command says, which one of its ways to be asked makes it look for itself."""
    return command(folder, *arguments, "--jobs", "1")


@pytest.mark.parametrize("arguments", [(), ("-q",), ("events", "--output=output"), ("--quiet",)])
def test_the_doorbell_says_what_the_command_says(desk: Path, arguments: tuple[str, ...]) -> None:
    short, whole = command(desk, "build", *arguments), full(desk, "build", *arguments)

    assert (short.returncode, short.stdout, short.stderr) == (0, whole.stdout, whole.stderr)
    assert "warning[WF307]" in short.stderr
    said = "output is up to date: 52 files, none changed.\n"
    assert short.stdout == ("" if "-q" in arguments or "--quiet" in arguments else said)


def test_the_doorbell_loads_next_to_nothing(desk: Path) -> None:
    assert loaded_by(desk, "build") == {
        "webinar_feeds",
        "webinar_feeds.freshness",
    }
    assert "click" in loaded_by(desk, "build", "--jobs", "1")


def test_the_doorbell_touches_nothing(desk: Path) -> None:
    before = stamps(desk)
    done = command(desk, "build")

    assert done.returncode == 0
    assert stamps(desk) == before


@pytest.mark.parametrize(
    ("settings", "is_styled"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)]
)
def test_on_a_terminal_the_doorbell_speaks_as_the_command_does(
    desk: Path, settings: dict[str, str], is_styled: bool
) -> None:
    short = on_a_terminal(desk, "build", **settings)
    whole = on_a_terminal(desk, "build", "--jobs", "1", **settings)

    assert short == whole
    assert b"WF307" in short
    assert (b"\x1b[" in short) is is_styled


def on_a_terminal(folder: Path, *arguments: str, **settings: str) -> bytes:
    """What the command writes on a terminal."""
    import pty  # noqa: PLC0415 - not every system has it

    ours, theirs = pty.openpty()
    kept = {key: os.environ[key] for key in ("PATH",) if key in os.environ}
    with subprocess.Popen(
        [sys.executable, "-m", "webinar_feeds", *arguments],
        cwd=folder,
        env={**kept, "LC_ALL": "C.UTF-8", "SOURCE_DATE_EPOCH": str(SECONDS), **settings},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as running:
        os.close(theirs)
        said = b""
        try:
            while block := os.read(ours, 4096):
                said += block
        except OSError:  # so ends a terminal whose last program has ended
            pass
        os.close(ours)
    assert running.returncode == 0
    return said


class Stream:
    """A standard stream of some encoding, on a terminal or not."""

    def __init__(self, encoding: str | None, *, terminal: bool = False) -> None:
        self.encoding, self.terminal, self.said = encoding, terminal, ""

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> None:
        self.said += text

    def flush(self) -> None:
        """Nothing is held back."""


SUMMARY = "output is up to date: 52 files, none changed.\n"


@pytest.mark.parametrize(
    ("arguments", "terminal", "wanted"),
    [
        (["build"], (False, ""), (PLAIN, SUMMARY)),
        (["build"], (True, ""), (STYLED, SUMMARY)),
        (["build"], (True, "1"), (PLAIN, SUMMARY)),
        (["build", "-q"], (False, ""), (PLAIN, "")),
        (["build", "--quiet"], (True, ""), (STYLED, "")),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_was_said_is_said_again(
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    terminal: tuple[bool, str],
    wanted: tuple[str, str],
) -> None:
    is_one, no_color = terminal
    err, out = Stream("utf-8", terminal=is_one), Stream("UTF8")
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("NO_COLOR", no_color)

    assert rings(arguments) is True
    assert (err.said, out.said) == wanted


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", None])
@pytest.mark.usefixtures("here")
def test_what_a_stream_may_not_be_able_to_say_is_the_commands(
    monkeypatch: pytest.MonkeyPatch, encoding: str | None
) -> None:
    err, out = Stream(encoding), Stream("utf-8")
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(sys, "stdout", out)

    assert rings(["build"]) is False
    assert (err.said, out.said) == ("", "")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_stream_that_is_closed_is_the_commands(
    monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    monkeypatch.setattr(sys, closed, None)

    assert rings(["build"]) is False


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_the_command_needs_no_stream(desk: Path, closed: str) -> None:
    there = [sys.executable, "-m", "webinar_feeds", "build"]
    done = subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", *there], cwd=desk, check=False)

    assert done.returncode == 0


def test_who_no_longer_listens_gets_a_status_and_no_traceback(desk: Path) -> None:
    theirs, ours = os.pipe()
    os.close(theirs)
    done = subprocess.run(
        [sys.executable, "-m", "webinar_feeds", "build"],
        cwd=desk, stdout=ours, stderr=subprocess.PIPE, encoding="utf-8", check=False,
    )  # fmt: skip
    os.close(ours)

    assert done.returncode == 1
    assert "Error" not in done.stderr
    assert "warning[WF307]" in done.stderr


def test_names_that_are_no_text_can_be_built_from_and_to(tmp_path: Path) -> None:
    """POSIX has bytes for names; diagnostics, records, state and summary have them in them."""
    events, output = (os.fsdecode(each) for each in (b"ev\xff", b"o\xff"))
    folder = tmp_path / os.fsdecode(b"\xfe")
    folder.mkdir()
    spread_out(folder, {**FILES, "events/site.yaml": WARNED})
    (folder / "events").rename(folder / events)
    for said in ("o\ufffd: 53 written.\n", "o\ufffd is up to date: 52 files, none changed.\n"):
        done = command(folder, "build", events, "-o", output, PYTHONIOENCODING="utf-8:replace")

        assert (done.returncode, done.stdout) == (0, said)
        assert "warning[WF307]" in done.stderr


@pytest.mark.usefixtures("here")
def test_terminals_that_need_help_with_colours_are_the_commands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "stderr", Stream("utf-8", terminal=True))
    assert rings(["build"]) is False

    monkeypatch.setattr(sys, "stderr", Stream("utf-8"))
    monkeypatch.setattr(sys, "stdout", Stream("utf-8"))
    assert rings(["build"]) is True
