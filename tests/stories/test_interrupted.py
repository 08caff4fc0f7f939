"""Builds that are killed, meet a full or a read-only disk, each other, or a clock that goes back.

After each, output and ledger are a consistent earlier or later state, and the next build heals
(D5, D7, S6). How the writer itself dies step by step is in `tests/test_output_recovery.py`; here
whole builds do, through the command line.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import webinar_feeds
from stories.following import Follower, assert_whole
from stories.forge import forge
from stories.programme import Programme, Session, site
from stories.workshop import arguments, build, command, desk, environment, tree

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = ".webinar-feeds"
FIRST, THEN, LATER = "2026-05-20T08:00:00Z", "2026-05-21T08:00:00Z", "2026-05-22T08:00:00Z"
MAY = date(2026, 5, 6)


def programme(number: int, changed: bool) -> Programme:
    """A series with what a change can do: a move, a text, a new session, and a file that goes."""
    opening = Session("opening", MAY, f"Opening {number}", recordings=["opening"])
    plan = Session("plan", MAY + timedelta(28 + number), f"Plan {number}", topics=["plans"])
    goal = Session("goal", MAY + timedelta(56 + number), f"Goal {number}", topics=["old goals"])
    if not changed:
        return Programme(f"Series {number}", [opening, plan, goal], alarms="15 minutes")
    opening.summary = "Told in other words."
    plan.day += timedelta(1)
    goal.topics = ["new goals"]
    new = Session("new", MAY + timedelta(70), f"New {number}", topics=["plans"])
    return Programme(f"Series {number}", [opening, plan, goal, new])


def write(events: Path, series: int, *, changed: int) -> None:
    """Write the event files of so many series, the first ones of them with a change."""
    events.mkdir(parents=True, exist_ok=True)
    (events / "site.yaml").write_text(site("Open seminars"), encoding="utf-8")
    for number in range(series):
        text = programme(number, changed=number < changed).yaml()
        (events / f"series-{number}.yaml").write_text(text, encoding="utf-8")


class Case(NamedTuple):
    """Two neighbouring states of a folder: before a build that is disturbed, and after it."""

    before: Path
    after: Path

    @property
    def command(self) -> list[str]:
        """The build that makes the later state, to be run in a folder of its own."""
        return arguments(Path("events"), Path("output"), THEN)


def case(root: Path, series: int, *, published: bool, changed: int) -> Case:
    """The states before and after a build of so many series, so many of which are changed."""
    before, after = root / "before", root / "after"
    write(before / "events", series, changed=0)
    if published:
        build(before / "events", before / "output", FIRST)
    write(before / "events", series, changed=changed)
    shutil.copytree(before, after)
    build(after / "events", after / "output", THEN)
    return Case(before, after)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A change to one of two series that have been published."""
    return case(tmp_path_factory.mktemp("few"), 2, published=True, changed=1)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The first build of two series."""
    return case(tmp_path_factory.mktemp("first"), 2, published=False, changed=1)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A change to twenty of thirty series that have been published."""
    return case(tmp_path_factory.mktemp("many"), 30, published=True, changed=20)


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder that is quick to write to."""
    with desk() as folder:
        yield folder


def restored(folder: Path, state: Path) -> Path:
    """A folder made what another one is, whatever it was."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(state, folder)
    return folder


def here(folder: Path, now: str = THEN) -> list[str]:
    """The command line that builds in a folder."""
    return arguments(folder / "events", folder / "output", now)


def assert_between(folder: Path, case: Case) -> None:
    """Each file is wholly of the earlier or of the later state, and none is ahead of its ledger.

    So everything parses, and nothing has changed without its stamps: both states are read once,
    in `test_the_two_states_are_what_a_follower_may_see`.
    """
    earlier, later = tree(case.before), tree(case.after)
    found = {path: data for path, data in tree(folder).items() if not path.endswith(".lock")}
    assert found.keys() <= earlier.keys() | later.keys()
    assert found.keys() >= earlier.keys() & later.keys()
    for path, data in found.items():
        assert data in (earlier.get(path), later.get(path)), path
    moved = {
        path.removeprefix("output/")
        for path in later
        if path.startswith("output/") and found.get(path) == later[path] != earlier.get(path)
    }
    for series in (path.stem for path in case.after.glob("events/series-*.yaml")):
        ledger = f"events/ledger/{series}.jsonl"
        if any(path.startswith(f"{series}/") or not path.startswith("series-") for path in moved):
            assert found[ledger] == later[ledger]
    if "manifest.json" in moved:
        assert found == later


def assert_healed(folder: Path, case: Case, now: str = THEN) -> None:
    """One more build makes what a build from the same ledger into an empty folder makes."""
    clean = folder.with_name("clean")
    same = now == THEN
    if not same:
        shutil.rmtree(clean, ignore_errors=True)
        shutil.copytree(folder / "events", clean / "events")
        assert forge()(here(clean, now)).status == 0
    assert forge()(here(folder, now)).status == 0
    assert tree(folder) == tree(case.after if same else clean)
    assert_whole(tree(folder / "output"))
    assert not list(folder.rglob("*.lock"))


@pytest.mark.parametrize("name", ["few", "first", "many"])
def test_the_two_states_are_what_a_follower_may_see(
    name: str, request: pytest.FixtureRequest
) -> None:
    case: Case = request.getfixturevalue(name)
    follower = Follower()

    for state in (case.before, case.after):
        follower.read(tree(state / "output"))
        if (state / "output").exists():
            assert_whole(tree(state / "output"))
    assert tree(case.before) != tree(case.after)


@pytest.mark.parametrize(
    ("name", "kills"),
    [pytest.param("few", 85), pytest.param("first", 55), pytest.param("many", 20)],
)
def test_a_kill_at_a_random_moment_is_healed(
    name: str, kills: int, request: pytest.FixtureRequest, memory: Path
) -> None:
    """Some builds die on top of what another dead one has left."""
    case: Case = request.getfixturevalue(name)
    chance = random.Random(f"{name} 2026")  # noqa: S311 - chance that can be repeated
    folder = restored(memory / "work", case.before)
    undisturbed = forge()(here(folder))
    assert undisturbed.status == 0
    longest, died = undisturbed.seconds, 0
    restored(folder, case.before)
    while died < kills:
        killed = forge()(here(folder), seconds=chance.uniform(0, longest))

        assert_between(folder, case)
        if killed.status == 0:  # it was faster than the one before, and came away
            longest = min(longest, killed.seconds)
        else:
            assert killed.status == -signal.SIGKILL
            died += 1
        if chance.random() < 0.4:
            assert_healed(folder, case, chance.choice([THEN, LATER]))
            restored(folder, case.before)
        elif killed.status == 0 or chance.random() < 0.5:
            restored(folder, case.before)


@pytest.mark.parametrize(("name", "kills"), [pytest.param("few", 25), pytest.param("first", 15)])
def test_a_kill_before_a_change_to_the_disk_is_healed(
    name: str, kills: int, request: pytest.FixtureRequest, memory: Path
) -> None:
    """Moments that the clock hardly ever hits: the ones between two changes."""
    case: Case = request.getfixturevalue(name)
    chance = random.Random(f"{name} 2026")  # noqa: S311 - chance that can be repeated
    folder = restored(memory / "work", case.before)
    steps = forge()(here(folder)).steps
    assert steps > kills
    for step in sorted(chance.sample(range(steps), kills)):
        restored(folder, case.before)

        killed = forge()(here(folder), step=step)

        assert killed.status == -signal.SIGKILL
        assert_between(folder, case)
        assert_healed(folder, case, chance.choice([THEN, LATER]))


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """A disk of its own in a folder, of so many bytes; skips where none may be mounted."""
    folder.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_leaves_what_was_there_whole(few: Case, tmp_path: Path) -> None:
    """The disk is full later and later in the build, until it is not."""
    disk = tmp_path / "disk"
    ends = set()
    with small_disk(disk, 2 << 20):
        folder, filler = disk / "work", disk / "filler"
        for room in range(0, 1 << 18, 8 << 10):
            restored(folder, few.before)
            filler.write_bytes(bytes(shutil.disk_usage(disk).free - room))

            ended = forge()(here(folder))

            assert_between(folder, few)
            ends.add(ended.status)
            if ended.status == 0:
                assert tree(folder) == tree(few.after)
                break
            assert (ended.status, "No space left on device" in ended.printed) == (3, True)
            filler.unlink()
            assert_healed(folder, few)
    assert ends == {0, 3}


def test_a_file_that_may_not_grow_leaves_what_was_there_whole(few: Case, tmp_path: Path) -> None:
    """Like a full disk, for those who may not make one (`ulimit -f`)."""
    folder = tmp_path / "work"
    largest = max(path.stat().st_size for path in few.after.rglob("*") if path.is_file())
    ends = set()
    for longest in range(1024, largest + 512, 512):  # what is printed fits into the first
        restored(folder, few.before)

        ended = forge()(here(folder), longest=longest)

        assert_between(folder, few)
        ends.add(ended.status)
        if ended.status == 0:
            assert tree(folder) == tree(few.after)
            break
        assert_healed(folder, few)
    assert ends == {0, 3}


@pytest.mark.parametrize("part", ["output", "events"])
def test_a_folder_that_nobody_may_write_to_stays_as_it_is(
    few: Case, tmp_path: Path, part: str
) -> None:
    folder, disk = tmp_path / "work", tmp_path / "work" / part
    restored(folder, few.before)
    shutil.rmtree(disk)
    with small_disk(disk, 2 << 20):
        shutil.copytree(few.before / part, disk, dirs_exist_ok=True)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)

        ended = forge()(here(folder))

        assert (ended.status, "Read-only file system" in ended.printed) == (3, True)
        assert tree(folder) == tree(few.before)
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        assert_healed(folder, few)


def test_builds_at_once_make_what_one_makes(few: Case, tmp_path: Path) -> None:
    """They wait for each other; the first one stamps what has changed, the others find it done."""
    folder = restored(tmp_path / "work", few.before)

    builds = [
        subprocess.Popen(
            command(folder / "events", folder / "output", THEN),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        for _ in range(4)
    ]

    said = [build.communicate(timeout=60)[1] for build in builds]
    assert [build.returncode for build in builds] == [0, 0, 0, 0], said
    assert_healed(folder, few)


def test_a_build_beside_an_edit_is_followed_by_one_that_is_right(tmp_path: Path) -> None:
    """Whatever a running build has read of a file, the next one sees what it says now."""
    folder = tmp_path / "work"
    write(folder / "events", 2, changed=0)
    build(folder / "events", folder / "output", FIRST)
    follower = Follower()
    follower.read(tree(folder / "output"))
    for hour in range(3):
        running = [
            subprocess.Popen(
                command(folder / "events", folder / "output", f"2026-05-21T{hour:02}:00:0{n}Z"),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment(),
            )
            for n in range(2)
        ]
        moved = programme(0, changed=False)
        moved.sessions[1].day += timedelta(hour + 1)
        (folder / "events/.new").write_text(moved.yaml(), encoding="utf-8")
        (folder / "events/.new").replace(folder / "events/series-0.yaml")
        assert [each.wait(60) for each in running] == [0, 0]
        follower.read(tree(folder / "output"))

        build(folder / "events", folder / "output", f"2026-05-21T{hour:02}:30:00Z")

        assert_whole(tree(folder / "output"))
        follower.read(tree(folder / "output"))
        clean = restored(tmp_path / "clean/events", folder / "events").parent
        shutil.rmtree(clean / "output", ignore_errors=True)
        assert forge()(here(clean, LATER)).status == 0
        assert tree(folder) == tree(clean)


def test_a_clock_that_goes_back_takes_nothing_back(few: Case, tmp_path: Path) -> None:
    """What changes is stamped after what subscribers have; what does not keeps its bytes (D7)."""
    folder = restored(tmp_path / "work", few.after)
    follower = Follower()
    follower.read(tree(folder / "output"))

    again = forge()(here(folder, "2026-01-01T00:00:00Z"))

    assert (again.status, tree(folder)) == (0, tree(few.after))
    write(folder / "events", 2, changed=2)
    assert forge()(here(folder, "2026-01-01T00:00:00Z")).status == 0
    assert_whole(tree(folder / "output"))
    follower.read(tree(folder / "output"))
    changed = restored(tmp_path / "changed", folder)
    assert forge()(here(changed, LATER)).status == 0
    assert tree(changed) == tree(folder)


def damaged(data: bytes) -> Iterator[bytes]:
    """A file as it is not meant to be: empty, cut, other bytes, of another version, text, JSON."""
    yield b""
    yield data[: len(data) // 2]
    yield data[:-1]
    yield bytes(byte ^ 0x5A for byte in data)
    yield data.replace(b"webinar-feeds 0", b"webinar-feeds 9").replace(b"2026", b"1999")
    yield b"no cache of ours\n"
    yield b"{}"
    yield b"[]"
    yield b"null"


def caches(folder: Path) -> list[Path]:
    """The files that a build keeps for the next one, by their paths in the folder."""
    root = folder / "output" / OWN
    return sorted(path.relative_to(folder) for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize("published", ["before", "after"])
def test_what_a_build_keeps_for_itself_may_be_damaged(
    few: Case, tmp_path: Path, published: str
) -> None:
    """Before a build that changes nothing, and before one that changes something."""
    folder = tmp_path / "work"
    start: Path = getattr(few, published)
    for path in caches(start):
        for data in (None, *damaged((start / path).read_bytes())):
            restored(folder, start)
            (folder / path).unlink()
            if data is not None:
                (folder / path).write_bytes(data)

            ended = forge()(here(folder))

            assert (ended.status, str(path), data) == (0, str(path), data), ended.printed
            assert tree(folder) == tree(few.after), (path, data)


def test_what_a_build_keeps_for_itself_may_be_deleted(few: Case, tmp_path: Path) -> None:
    for start in (few.before, few.after):
        folder = restored(tmp_path / "work", start)
        shutil.rmtree(folder / "output" / OWN, ignore_errors=True)

        assert forge()(here(folder)).status == 0

        assert tree(folder) == tree(few.after)


def test_what_a_build_keeps_for_itself_may_be_of_another_day(few: Case, tmp_path: Path) -> None:
    """Restored from a backup, copied from another machine: it tells of another state."""
    for state, other in ((few.before, few.after), (few.after, few.before)):
        folder = restored(tmp_path / "work", state)
        shutil.rmtree(folder / "output" / OWN, ignore_errors=True)
        if (other / "output" / OWN).exists():
            shutil.copytree(other / "output" / OWN, folder / "output" / OWN)

        assert forge()(here(folder)).status == 0

        assert tree(folder) == tree(few.after)


def test_a_published_file_that_somebody_changed_or_deleted_is_made_again(
    few: Case, tmp_path: Path
) -> None:
    """Also when its size and its date are what they were: nothing is taken for right unseen."""
    folder = restored(tmp_path / "work", few.after)
    for path in sorted(tree(folder / "output")):
        file = folder / "output" / path
        told = file.stat()
        for data in (None, b"", file.read_bytes().replace(b"e", b"a")):
            file.unlink()
            if data is not None:
                file.write_bytes(data)
                os.utime(file, ns=(told.st_atime_ns, told.st_mtime_ns))

            assert forge()(here(folder)).status == 0

            assert tree(folder)[f"output/{path}"] == tree(few.after)[f"output/{path}"], (path, data)
    assert tree(folder) == tree(few.after)


def test_an_edit_is_seen_whatever_size_and_date_the_file_has(few: Case, tmp_path: Path) -> None:
    """Right after a build, too: a file's date is no finer than the machine's clock ticks."""
    folder = restored(tmp_path / "work", few.after)
    file = folder / "events/series-0.yaml"
    invite = folder / "output/series-0/invites/opening.ics"
    told = file.stat()
    for word in ("Openers", "Opened.", "Opening", "Openers"):
        text = re.sub(r"Open(ing|ers|ed\.)", word, file.read_text(encoding="utf-8"))
        file.write_text(text, encoding="utf-8")
        os.utime(file, ns=(told.st_atime_ns, told.st_mtime_ns))

        assert forge()(here(folder, LATER)).status == 0

        assert f"SUMMARY:{word} 0".encode() in invite.read_bytes()


def test_an_edit_right_after_a_build_is_seen(few: Case, tmp_path: Path) -> None:
    """In one process and at once, many times: a build may not trust a date that is still young."""
    folder = restored(tmp_path / "work", few.after)
    file = folder / "events/series-0.yaml"
    invite = folder / "output/series-0/invites/opening.ics"
    text = file.read_text(encoding="utf-8")
    now = datetime(2026, 5, 22, tzinfo=UTC)
    for number in range(100, 140):
        file.write_text(text.replace("Opening 0", f"Open {number}"), encoding="utf-8")

        webinar_feeds.build(folder / "events", folder / "output", now=now)

        assert f"SUMMARY:Open {number}\r\n".encode() in invite.read_bytes()
