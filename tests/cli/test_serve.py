"""`webinar-feeds serve`: from a save to the open page, and to the end by Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import pytest
from click.testing import CliRunner, Result

from serving.browser import PATIENCE, ask, listen
from webinar_feeds import api
from webinar_feeds.cli.main import cli
from webinar_feeds.serving import watching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SITE = "title: Our webinars\nbase_url: https://webinars.example.org/\n"
SERIES = """\
title: Open science
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - {id: preprints, date: 2027-01-14, title: Preprints}
"""
CALENDAR = "/open-science/calendar.ics"


@pytest.fixture(autouse=True)
def scratch(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where previews are built, here and in processes of their own."""
    place = tmp_path_factory.mktemp("scratch")
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return place


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An events folder with one series, the working folder that holds it, and no long waits."""
    (tmp_path / "events").mkdir()
    (tmp_path / "events/site.yaml").write_text(SITE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(watching, "EVERY", 0.01)
    save(SERIES)
    return tmp_path


def save(text: str, name: str = "open-science") -> None:
    """Save an event file as editors do: whole, or not at all."""
    Path(f"events/.{name}.new").write_text(text, encoding="utf-8")
    Path(f"events/.{name}.new").replace(f"events/{name}.yaml")


@pytest.fixture
def browse(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `serve`; the browser that it opens does what it is told, and then Ctrl-C is pressed."""

    def run(does: Callable[[int], object], *arguments: str) -> Result:
        failures: list[BaseException] = []

        def look(port: int) -> None:
            try:
                does(port)
            except BaseException as error:  # noqa: BLE001 - raised again where the test waits
                failures.append(error)
            finally:
                os.kill(os.getpid(), signal.SIGINT)

        def launch(url: str) -> int:
            port = int(url.rstrip("/").rpartition(":")[2])
            threading.Thread(target=look, args=(port,), daemon=True).start()
            return 0

        monkeypatch.setattr(click, "launch", launch)
        asked = ["serve", "--open", "--port", "0", *arguments]
        # Who runs tests in the background has Ctrl-C ignored.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            done = CliRunner().invoke(cli, asked, catch_exceptions=False)
        finally:
            signal.signal(signal.SIGINT, before)
        if failures:
            raise failures[0]
        return done

    return run


def text(port: int, path: str = CALENDAR) -> str:
    return ask(port, path).body.decode()


def starts(port: int) -> list[str]:
    return re.findall(r"DTSTART;[^:]*:(\d+)T", text(port))


# --- From a save to the page -------------------------------------------------------------------


def test_a_save_reaches_the_open_page(browse: Callable[..., Result]) -> None:
    seen: list[object] = []

    def visit(port: int) -> None:
        with listen(port) as states:
            seen.extend((next(states)["version"], starts(port)))
            save(SERIES.replace("2027-01-14", "2027-01-21"))
            seen.extend((next(states)["version"], starts(port)))

    done = browse(visit)

    first, before, second, after = seen
    assert (before, after) == (["20270114"], ["20270121"])
    assert first != second
    assert done.exit_code == 0
    assert re.fullmatch(
        r"Built: \d+ files changed, 0 unchanged\.\n"
        r"Serving http://127\.0\.0\.1:\d+/ until you press Ctrl-C\.\n"
        r"Built: \d+ files changed, \d+ unchanged\.\n\n",
        done.stdout,
    )


def test_only_what_was_saved_is_drawn_again(browse: Callable[..., Result]) -> None:
    save(SERIES, "other")

    def visit(port: int) -> None:
        with listen(port) as states:
            next(states)
            before = ask(port, "/other/calendar.ics").headers
            save(SERIES.replace("Preprints", "Reviews"))
            next(states)
            assert ask(port, "/other/calendar.ics").headers["etag"] == before["etag"]

    done = browse(visit)

    changed, unchanged = re.findall(r"Built: (\d+) files changed, (\d+) unchanged", done.stdout)[1]
    assert int(unchanged) > int(changed) / 2


def test_what_is_wrong_is_told_and_what_was_right_stays(browse: Callable[..., Result]) -> None:
    seen: list[dict[str, Any]] = []

    def visit(port: int) -> None:
        with listen(port) as states:
            seen.append(next(states))
            save(SERIES.replace("2027-01-14", "2027-02-31"))
            seen.append(next(states))
            assert starts(port) == ["20270114"]
            save(SERIES)
            seen.append(next(states))

    done = browse(visit)

    right, wrong, again = seen
    (said,) = wrong["diagnostics"]
    assert (wrong["version"], wrong["failed"], again) == (right["version"], True, right)
    assert (said["file"], said["line"], said["column"]) == ("events/open-science.yaml", 5, 27)
    assert said["text"] == "  - {id: preprints, date: 2027-02-31, title: Preprints}"
    assert said["message"]
    assert said["help"]
    assert "events/open-science.yaml:5:27: error[WF2" in done.stderr
    assert done.stderr.endswith("1 error found; what was right last is still served.\n")


def test_a_recording_appears_when_its_session_is_over(
    browse: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody saves anything, and yet the output changes at a time that is known."""
    link = "https://video.example.org/preprints"
    save(SERIES.replace("title: Preprints}", f"title: Preprints, recording: '{link}'}}"))
    feed = "/open-science/recordings.atom"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")  # 21 September 2026

    def visit(port: int) -> None:
        with listen(port) as states:
            next(states)
            assert link not in text(port, feed)
            monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")  # 15 January 2027
            monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0)
            next(states)
            assert link in text(port, feed)

    browse(visit)


def test_a_first_build_that_fails_has_a_page_to_say_so(browse: Callable[..., Result]) -> None:
    save("title: [\n")

    def visit(port: int) -> None:
        with listen(port) as states:
            assert next(states)["failed"]
            assert (ask(port, "/").status, "/.serve/live.js" in text(port, "/")) == (404, True)
            save(SERIES)
            assert not next(states)["failed"]
            assert starts(port) == ["20270114"]

    assert browse(visit).exit_code == 0


def test_what_has_been_said_is_not_said_at_every_save(browse: Callable[..., Result]) -> None:
    Path("events/site.yaml").write_text("title: Our webinars\n", encoding="utf-8")

    def visit(port: int) -> None:
        with listen(port) as states:
            next(states)
            save(SERIES.replace("Preprints", "Reviews"))
            next(states)

    assert browse(visit).stderr.count("WF307") == 1


def test_a_disk_that_refuses_is_told_in_the_page(browse: Callable[..., Result]) -> None:
    def visit(port: int) -> None:
        with listen(port) as states:
            state = next(states)
            assert (state["failed"], state["diagnostics"]) == (True, [])
            assert str(state["trouble"]).startswith("`/proc/")

    assert browse(visit, "--output", "/proc/preview").stderr.startswith("error: `/proc/")


def test_a_folder_that_is_a_file_is_told_in_the_page(
    browse: Callable[..., Result], folder: Path
) -> None:
    (folder / "preview").write_text("a file")

    def visit(port: int) -> None:
        with listen(port) as states:
            assert [each["code"] for each in next(states)["diagnostics"]] == ["WF705"]

    assert "error[WF705]" in browse(visit, "--output", "preview").stderr


# --- A preview publishes nothing ---------------------------------------------------------------


def test_a_preview_leaves_nothing_behind(
    browse: Callable[..., Result], folder: Path, scratch: Path
) -> None:
    before = sorted(folder.rglob("*"))

    def visit(port: int) -> None:
        assert ask(port, CALENDAR).status == 200
        assert len(list(scratch.glob("webinar-feeds-*/preview"))) == 1

    browse(visit)

    assert sorted(folder.rglob("*")) == before
    assert list(scratch.iterdir()) == []


def test_a_preview_can_be_kept(browse: Callable[..., Result], folder: Path) -> None:
    browse(lambda port: ask(port, "/"), "--output", "kept")

    assert (folder / "kept/open-science/calendar.ics").is_file()
    assert not (folder / "events/ledger").exists()


# --- Without a build ---------------------------------------------------------------------------


def test_what_a_build_made_is_served_and_the_next_build_reaches_the_page(
    browse: Callable[..., Result],
) -> None:
    api.build("events", "output")

    def visit(port: int) -> None:
        with listen(port) as states:
            next(states)
            save(SERIES.replace("2027-01-14", "2027-01-21"))
            assert starts(port) == ["20270114"]
            api.build("events", "output")
            next(states)
            assert starts(port) == ["20270121"]

    done = browse(visit, "--no-build")

    assert "Built" not in done.stdout
    assert (done.exit_code, done.stderr) == (0, "")


def test_h3_a_host_and_the_preview_agree_on_tags_and_dates(browse: Callable[..., Result]) -> None:
    api.build("events", "output")

    def visit(port: int) -> None:
        rows = json.loads(Path("output/manifest.json").read_bytes())["artifacts"]
        # A page bears the preview's script, too.
        files = {path: row for path, row in rows.items() if "html" not in row["media_type"]}
        for path, row in files.items():
            reply = ask(port, f"/{path}")
            assert reply.headers["etag"] == f'"{row["sha256"]}"'
            assert reply.headers["content-type"] == row["media_type"]
            date = reply.headers.get("last-modified")
            modified = date and parsedate_to_datetime(date).strftime("%Y-%m-%dT%H:%M:%SZ")
            assert modified == row.get("modified")
            again = ask(port, f"/{path}", If_Modified_Since=date or "")
            assert again.status == (304 if date else 200)

    browse(visit, "--no-build")


def test_nothing_to_serve_is_wrong_usage() -> None:
    done = CliRunner().invoke(cli, ["serve", "--no-build"])

    assert done.exit_code == 2
    assert "there is no folder `output`: run `webinar-feeds build` first" in done.stderr


# --- The port, and the end ---------------------------------------------------------------------


def test_a_port_that_is_taken_is_said_with_what_to_do(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = CliRunner().invoke(cli, ["serve", "--port", str(port)])

    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr.startswith(f"error: port {port} is taken by another program, ")
    assert "`--port`" in done.stderr
    assert sorted(each.name for each in folder.iterdir()) == ["events"]


def test_requests_are_named_when_asked_for(browse: Callable[..., Result]) -> None:
    done = browse(lambda port: ask(port, "/nothing"), "--verbose")

    assert '"GET /nothing HTTP/1.1" 404 -' in done.stderr


class Running(NamedTuple):
    """A preview in a process of its own."""

    process: subprocess.Popen[str]
    port: int


@contextmanager
def running(port: int = 0) -> Iterator[Running]:
    # As a terminal starts it, also when the tests themselves run where signals are ignored.
    program = ["env", "--default-signal=INT,HUP,TERM"]
    program += [sys.executable, "-m", "webinar_feeds", "serve", "--port", str(port)]
    own = {**os.environ, "PYTHONUNBUFFERED": "1"}
    pipe = subprocess.PIPE
    with subprocess.Popen(program, encoding="utf-8", env=own, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if line.startswith("Serving "))
        try:
            yield Running(process, int(re.findall(r":(\d+)/", line)[0]))
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_clean_while_pages_are_open(number: signal.Signals) -> None:
    with running() as (process, port), listen(port) as states:
        next(states)
        process.send_signal(number)

        _, said = process.communicate(timeout=PATIENCE)

    assert (process.returncode, said) == (0, "")


def test_a_hangup_that_was_to_be_ignored_is_ignored(browse: Callable[..., Result]) -> None:
    """As `nohup` asks for."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def visit(port: int) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        with listen(port) as states:
            next(states)
            save(SERIES.replace("2027-01-14", "2027-01-21"))
            next(states)

    try:
        assert browse(visit).exit_code == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_after_a_kill_the_port_is_free_and_nothing_is_broken(folder: Path) -> None:
    with running() as (process, port), listen(port) as states:
        next(states)
        process.kill()
        process.wait(PATIENCE)
        assert sorted(each.name for each in (folder / "events").iterdir()) == [
            *("open-science.yaml", "site.yaml")
        ]
        with running(port) as (_, again):
            assert again == port
            assert starts(port) == ["20270114"]
