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
from typing import TYPE_CHECKING, NamedTuple

import pytest

import webinar_feeds
from stories.following import Follower, assert_whole
from stories.forge import forge
from stories.programme import Programme, Session, site
from stories.workshop import build, command, desk, environment, tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


def write(events: Path, series: int, *, changed: int, formats: str = "") -> None:
    """Write the event files of so many series, the first ones of them with a change."""
    events.mkdir(parents=True, exist_ok=True)
    (events / "site.yaml").write_text(site("Open seminars", formats), encoding="utf-8")
    for number in range(series):
        text = programme(number, changed=number < changed).yaml()
        (events / f"series-{number}.yaml").write_text(text, encoding="utf-8")


class Case(NamedTuple):
    """Two neighbouring states of a folder: before a build that is disturbed, and after it."""

    before: Path
    after: Path
    formats: str

    def settle(self, folder: Path, *, changed: bool) -> None:
        """Bring a folder to the later state, or to the earlier one before its edit, by builds.

        So what builds keep for the next one is there and fits: in a copy it would not.
        """
        restored(folder, self.before)
        if not changed:
            write(folder / "events", 2, changed=0, formats=self.formats)
        assert forge().build(folder, THEN if changed else FIRST).status == 0
        assert caches(folder)
        write(folder / "events", 2, changed=1, formats=self.formats)


def case(root: Path, series: int, *, published: bool, changed: int, formats: str = "") -> Case:
    """The states before and after a build of so many series, so many of which are changed."""
    before, after = root / "before", root / "after"
    write(before / "events", series, changed=0, formats=formats)
    if published:
        build(before / "events", before / "output", FIRST)
    write(before / "events", series, changed=changed, formats=formats)
    shutil.copytree(before, after)
    build(after / "events", after / "output", THEN)
    return Case(before, after, formats)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A change to one of two series that have been published."""
    return case(tmp_path_factory.mktemp("few"), 2, published=True, changed=1)


@pytest.fixture(scope="module")
def calendars(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The same where only calendars are built."""
    root = tmp_path_factory.mktemp("calendars")
    return case(root, 2, published=True, changed=1, formats="calendar")


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


def assert_between(folder: Path, case: Case) -> None:
    """Each file is wholly of the earlier or of the later state, and none is ahead of its ledger.

    So everything parses, and nothing has changed without its stamps: both states are read once,
    in `test_the_two_states_are_what_a_follower_may_see`.
    """
    earlier, later = tree(case.before), tree(case.after)
    found = tree(folder)
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
        assert forge().build(clean, now).status == 0
    assert forge().build(folder, now).status == 0
    assert tree(folder) == tree(case.after if same else clean)
    assert_whole(tree(folder / "output"))


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
    undisturbed = forge().build(folder, THEN)
    assert undisturbed.status == 0
    longest, died = undisturbed.seconds, 0
    restored(folder, case.before)
    while died < kills:
        killed = forge().build(folder, THEN, seconds=chance.uniform(0, longest))

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
    steps = forge().build(folder, THEN).steps
    assert steps > kills
    for step in sorted(chance.sample(range(steps), kills)):
        restored(folder, case.before)

        killed = forge().build(folder, THEN, step=step)

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

            ended = forge().build(folder, THEN)

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

        ended = forge().build(folder, THEN, longest=longest)

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

        ended = forge().build(folder, THEN)

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
        assert forge().build(clean, LATER).status == 0
        assert tree(folder) == tree(clean)


def test_a_clock_that_goes_back_takes_nothing_back(few: Case, tmp_path: Path) -> None:
    """What changes is stamped after what subscribers have; what does not keeps its bytes (D7)."""
    folder = restored(tmp_path / "work", few.after)
    follower = Follower()
    follower.read(tree(folder / "output"))

    again = forge().build(folder, "2026-01-01T00:00:00Z")

    assert (again.status, tree(folder)) == (0, tree(few.after))
    write(folder / "events", 2, changed=2)
    assert forge().build(folder, "2026-01-01T00:00:00Z").status == 0
    assert_whole(tree(folder / "output"))
    follower.read(tree(folder / "output"))
    changed = restored(tmp_path / "changed", folder)
    assert forge().build(changed, LATER).status == 0
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


@pytest.fixture(params=["few", "calendars"])
def kept(request: pytest.FixtureRequest) -> Case:
    """Two states of a folder whose builds keep something for the next one."""
    case: Case = request.getfixturevalue(request.param)
    return case


@pytest.mark.parametrize("changed", [False, True], ids=["an edit", "no change"])
def test_what_a_build_keeps_for_itself_may_be_damaged(
    kept: Case, memory: Path, changed: bool
) -> None:
    folder = memory / "work"
    kept.settle(folder, changed=changed)
    for path in caches(folder):
        for data in (None, *damaged((folder / path).read_bytes())):
            kept.settle(folder, changed=changed)
            (folder / path).unlink()
            if data is not None:
                (folder / path).write_bytes(data)

            ended = forge().build(folder, THEN)

            assert (ended.status, str(path), data) == (0, str(path), data), ended.printed
            assert tree(folder) == tree(kept.after), (path, data)


@pytest.mark.parametrize("changed", [False, True], ids=["an edit", "no change"])
def test_what_a_build_keeps_for_itself_may_be_deleted(
    kept: Case, memory: Path, changed: bool
) -> None:
    folder = memory / "work"
    kept.settle(folder, changed=changed)
    shutil.rmtree(folder / "output" / OWN)

    assert forge().build(folder, THEN).status == 0

    assert tree(folder) == tree(kept.after)


@pytest.mark.parametrize("changed", [False, True], ids=["an edit", "no change"])
def test_what_a_build_keeps_for_itself_may_be_of_another_day(
    kept: Case, memory: Path, changed: bool
) -> None:
    """Restored from a backup: it tells of another state of the same folder."""
    folder = memory / "work"
    kept.settle(folder, changed=not changed)
    restored(memory / "other day", folder / "output" / OWN)
    kept.settle(folder, changed=changed)
    restored(folder / "output" / OWN, memory / "other day")

    assert forge().build(folder, THEN).status == 0

    assert tree(folder) == tree(kept.after)


@pytest.mark.parametrize(
    "has_site",
    [
        True,
        False,
    ],
)
def test_a_build_with_nothing_to_do_does_not_touch_the_disk(memory: Path, has_site: bool) -> None:
    """Not even to lock it: `steps` counts what it opens to write, makes, renames and removes."""
    folder = memory / "work"
    write(folder / "events", 2, changed=0)
    if not has_site:
        (folder / "events/site.yaml").unlink()
    assert forge().build(folder, THEN).status == 0

    again = forge().build(folder, THEN)

    assert (again.status, again.steps) == (0, 0)


def test_a_published_file_that_somebody_changed_or_deleted_is_made_again(
    kept: Case, memory: Path
) -> None:
    """Also when its size and its date are what they were: nothing is taken for right unseen."""
    folder = memory / "work"
    kept.settle(folder, changed=True)
    for path in sorted(tree(folder / "output").keys() - {"manifest.json"}):
        assert_made_again(folder, folder / "output" / path)
    assert tree(folder) == tree(kept.after)


def test_a_manifest_that_somebody_changed_or_deleted_is_made_again(
    kept: Case, memory: Path
) -> None:
    folder = memory / "work"
    kept.settle(folder, changed=True)
    assert_made_again(folder, folder / "output/manifest.json")
    assert tree(folder) == tree(kept.after)


def assert_made_again(folder: Path, file: Path) -> None:
    """That a build restores a file that is gone, empty, or other with the same size and date."""
    told, good = file.stat(), file.read_bytes()
    for data in (None, b"", good.replace(b"e", b"a")):
        if data is None:
            file.unlink()
        else:
            file.write_bytes(data)
            os.utime(file, ns=(told.st_atime_ns, told.st_mtime_ns))

        assert forge().build(folder, THEN).status == 0

        assert file.read_bytes() == good, (file, data)


def test_a_published_file_that_is_changed_right_after_a_build_is_made_again(
    kept: Case, memory: Path
) -> None:
    """At once, many times: a file's date is no finer than the machine's clock ticks."""
    folder = memory / "work"
    kept.settle(folder, changed=True)
    event, now = folder / "events/series-0.yaml", datetime(2026, 5, 22, tzinfo=UTC)
    text = event.read_text(encoding="utf-8")
    paths = ("manifest.json", "calendar.ics", "series-0/calendar.ics", "topics/plans/calendar.ics")
    for number in range(100, 140):
        event.write_text(text.replace("Opening 0", f"Open {number}"), encoding="utf-8")
        webinar_feeds.build(folder / "events", folder / "output", now=now)
        good = tree(folder)
        with (folder / "output" / paths[number % 4]).open("r+b") as file:
            file.write(b"?")

        webinar_feeds.build(folder / "events", folder / "output", now=now)

        assert tree(folder) == good


def test_an_edit_is_seen_whatever_size_and_date_the_file_has(kept: Case, memory: Path) -> None:
    folder = memory / "work"
    kept.settle(folder, changed=True)
    file = folder / "events/series-0.yaml"
    invite = folder / "output/series-0/invites/opening.ics"
    told = file.stat()
    for word in ("Openers", "Opened.", "Opening", "Openers"):
        text = re.sub(r"Open(ing|ers|ed\.)", word, file.read_text(encoding="utf-8"))
        file.write_text(text, encoding="utf-8")
        os.utime(file, ns=(told.st_atime_ns, told.st_mtime_ns))

        assert forge().build(folder, LATER).status == 0

        assert f"SUMMARY:{word} 0".encode() in invite.read_bytes()


def test_an_edit_right_after_a_build_is_seen(kept: Case, memory: Path) -> None:
    """In one process and at once, many times: a build may not trust a date that is still young."""
    folder = memory / "work"
    kept.settle(folder, changed=True)
    file = folder / "events/series-0.yaml"
    invite = folder / "output/series-0/invites/opening.ics"
    text = file.read_text(encoding="utf-8")
    now = datetime(2026, 5, 22, tzinfo=UTC)
    for number in range(100, 140):
        file.write_text(text.replace("Opening 0", f"Open {number}"), encoding="utf-8")

        webinar_feeds.build(folder / "events", folder / "output", now=now)

        assert f"SUMMARY:Open {number}\r\n".encode() in invite.read_bytes()
