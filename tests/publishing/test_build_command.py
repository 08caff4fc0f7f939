"""`webinar-feeds build` from and to a real server of the S3 interface."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import places
from webinar_feeds import afar, api
from webinar_feeds.cli.main import cli
from webinar_feeds.publishing import hubs
from webinar_feeds.publishing.leases import LEASE
from webinar_feeds.publishing.objects import Objects
from webinar_feeds.publishing.targets import Found, If

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

KILLS = 8
EPOCH = 1_800_000_000
SITE = "title: Ours\nbase_url: https://w.example.org/\n"
SERIES = """\
title: Open science
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - {id: preprints, date: 2027-02-14, title: Preprints}
  - {id: open-data, date: 2027-02-21, title: Data that others can use}
"""
FILES: Mapping[str, str] = {
    "site.yaml": SITE,
    "open-science.yaml": SERIES,
    "data.yaml": SERIES.replace("Open science", "Data days"),
}


class There:
    """A place for events and one for output, and whoever builds there from a folder here."""

    def __init__(self, where: str, folder: Path, files: Mapping[str, str] = FILES) -> None:
        self.where, self.folder = where, folder
        self.events, self.output = Objects(f"{where}/events"), Objects(f"{where}/site")
        folder.mkdir(exist_ok=True)
        for path, text in files.items():
            self.events.put(path, text.encode(), {}, If.ANY)

    def begin(self, *options: str, epoch: int = EPOCH) -> subprocess.Popen[str]:
        places_ = (f"{self.where}/events", "-o", f"{self.where}/site", *options)
        return subprocess.Popen(
            [sys.executable, "-m", "webinar_feeds", "build", *places_],
            cwd=self.folder,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def build(self, *options: str, epoch: int = EPOCH) -> tuple[int, str, str]:
        arguments = ["build", f"{self.where}/events", "-o", f"{self.where}/site", *options]
        environment = {"SOURCE_DATE_EPOCH": str(epoch), "NO_COLOR": "1"}
        with contextlib.chdir(self.folder):
            done = CliRunner().invoke(cli, arguments, env=environment)
        return done.exit_code, done.stdout, done.stderr

    def holds(self) -> dict[str, bytes]:
        found = {}
        for name, place in (("events", self.events), ("output", self.output)):
            for path, _ in place.listed():
                file = place.read(path)
                assert isinstance(file, Found)
                if not path.startswith("."):
                    found[f"{name}/{path}"] = file.data
        return found


@pytest.fixture
def there(bucket: Callable[[], str], tmp_path: Path) -> There:
    return There(bucket(), tmp_path / "here")


def built_here(folder: Path, *changes: tuple[str, str]) -> dict[str, bytes]:
    """What builds between folders make of the same files."""
    for number, (old, new) in enumerate((("", ""), *changes)):
        for path, text in FILES.items():
            file = folder / "events" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.replace(old, new) if old else text, encoding="utf-8")
        now = datetime.fromtimestamp(EPOCH + number * 3600, UTC)
        assert api.build(folder / "events", folder / "output", now=now, jobs=1).committed
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "/.webinar-feeds/" not in path.as_posix()
    }


def test_a_build_goes_from_bucket_to_bucket(there: There, tmp_path: Path) -> None:
    status, told, said = there.build("-v")

    assert (status, said) == (0, "")
    assert "wrote    work/output/data/calendar.ics\n" in told
    assert f"{there.where}/site: " in told.splitlines()[-1]
    assert there.holds() == built_here(tmp_path / "twin")
    kept = there.output.read("data/calendar.ics")
    assert isinstance(kept, Found)
    assert kept.headers is not None
    assert kept.headers["Content-Type"] == "text/calendar; charset=utf-8"

    status, told, said = there.build()
    files = len([path for path in there.holds() if path.startswith("output/")]) - 1
    assert (status, said) == (0, "")
    assert told == f"{there.where}/site is up to date: {files} files, none changed.\n"
    assert there.build("-q") == (0, "", "")


def test_what_a_build_says_it_says_again(there: There) -> None:
    there.events.put("site.yaml", b"title: Ours\n", {}, If.ANY)
    first = there.build()
    assert first[0] == 0
    assert "warning[WF307]" in first[2]
    assert there.build()[2] == first[2]

    status, _, said = there.build("--strict")
    assert status == 1
    assert said.endswith("1 error found; nothing was written.\n")


def test_errors_end_it_with_nothing_published(there: There) -> None:
    there.events.put("data.yaml", b"title: [\n", {}, If.ANY)
    status, told, said = there.build()

    assert (status, told) == (1, "")
    assert "work/events/data.yaml" in said
    assert list(there.output.listed()) == []
    assert LEASE not in dict(there.events.listed())


def test_who_is_waited_for_is_told(there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(afar, "Order", partial(afar.Order, term=1.0))
    there.events.put(LEASE, b'{"publisher": "theirs", "beat": 1}', {}, If.NONE)
    status, _, said = there.build()

    assert status == 0
    assert said == "another build or publication is at work there, waiting …\n"


def test_the_hub_is_told_of_what_was_published(
    there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And when it could not be, the next build tells it, which has nothing else to do."""
    told: list[list[str]] = []
    owed = True

    def tell(hub: str, topics: list[str], **_: object) -> list[hubs.Told]:
        assert hub == "https://hub.example.org/"
        told.append(topics)
        return [hubs.Told(each, "no answer" if owed else "202", owed=owed) for each in topics]

    monkeypatch.setattr(hubs, "tell", tell)
    there.events.put("site.yaml", f"{SITE}hub: https://hub.example.org/\n".encode(), {}, If.ANY)
    status, _, said = there.build()
    assert status == 3
    assert "could not be told of https://w.example.org/" in said
    assert "https://w.example.org/data/recordings.atom" in told[0]

    owed = False
    status, shown, said = there.build()
    assert (status, said) == (0, "")
    assert "is up to date" in shown
    assert told[1] == told[0]
    there.build()
    assert told[2:] in ([], [[]])


def test_a_store_that_cannot_be_asked_is_told(there: There) -> None:
    place = f"http://127.0.0.1:{places.free_port()}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", place)
        patch.setattr("webinar_feeds.publishing.objects.PATIENCE", 1)
        status, told, said = there.build()

    assert (status, told) == (3, "")
    assert said.startswith(f"error: `{there.where}/events`: ")
    assert said.endswith("build again: what is missing then follows\n")


def test_what_speaks_against_a_publication_is_told(there: There) -> None:
    """Most of what is published would go: the ledgers know it, and readers see nothing."""
    assert there.build()[0] == 0
    before = there.holds()
    there.events.put("site.yaml", f"{SITE}removed: [data, open-science]\n".encode(), {}, If.ANY)
    there.events.put("other.yaml", SERIES.encode(), {}, If.ANY)
    for path in ("data.yaml", "open-science.yaml"):
        there.events.delete(path)
    status, _, said = there.build()

    assert status == 1
    assert "error[WF852]" in said
    assert said.endswith("1 error found; nothing was published.\n")
    after = there.holds()
    assert {each: after[each] for each in after if each.startswith("output/")} == {
        each: before[each] for each in before if each.startswith("output/")
    }
    allowed = [sys.executable, "-m", "webinar_feeds", "publish", f"{there.where}/site"]
    subprocess.run(
        [*allowed, "-o", "work/output", "--events", "work/events", "--allow-removal"],
        cwd=there.folder,
        check=True,
        capture_output=True,
    )
    assert there.build()[0] == 0
    assert [each for each in there.holds() if each.startswith("output/data/")] == []


def test_kill_9_anywhere_and_the_next_build_is_as_if_nothing_had_been(
    there: There, tmp_path: Path
) -> None:
    assert there.build()[0] == 0
    moved = SERIES.replace("2027-02-21", "2027-02-28")
    there.events.put("open-science.yaml", moved.encode(), {}, If.ANY)
    there.events.put("data.yaml", moved.replace("Open science", "Data days").encode(), {}, If.ANY)
    chance = random.Random("kill -9, afar")  # noqa: S311 - chance that can be repeated
    killed = 0
    for _ in range(KILLS):
        running = there.begin(epoch=EPOCH + 3600)
        time.sleep(chance.uniform(0.1, 0.9))
        running.kill()
        with running:
            running.communicate()
        killed += running.returncode == -9
    time.sleep(1)  # what the last of them had asked for still arrives
    begun = time.monotonic()
    status, _, said = there.build(epoch=EPOCH + 3600)

    assert (status, said) == (0, "")
    assert time.monotonic() - begun < 50  # nobody waits for a lock of our own dead
    assert killed > 0
    assert there.holds() == built_here(tmp_path / "twin", ("2027-02-21", "2027-02-28"))
    assert LEASE not in dict(there.events.listed())


def test_two_at_once_take_turns(there: There, tmp_path: Path) -> None:
    other = There(there.where, tmp_path / "other")
    running = [there.begin(), other.begin()]
    ended = []
    for each in running:
        with each:
            ended.append((*each.communicate(timeout=150), each.returncode))

    assert [status for _, _, status in ended] == [0, 0], ended
    assert there.holds() == built_here(tmp_path / "twin")


@pytest.mark.parametrize("option", ["--check", "--previous=output"])
def test_what_is_for_folders_is_refused(there: There, option: str) -> None:
    status, told, said = there.build(option)

    assert (status, told) == (2, "")
    assert said.endswith(
        "Error: --check and --previous are for folders: name those of a working folder\n"
    )
