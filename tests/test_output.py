from __future__ import annotations

import ast
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import committing
from committing import Planned
from webinar_feeds import output
from webinar_feeds.artifacts import Artifact, parse_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# So that a child finds the modules beside this one.
BESIDE = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}


def artifact(path: str, data: bytes = b"new") -> Artifact:
    return Artifact(path, "text/plain", lambda: iter([data[:1], data[1:]]))


def plan(files: Mapping[str, bytes], memory: Mapping[str, bytes] | None = None) -> Planned:
    return Planned(memory or {}, [artifact(path, data) for path, data in files.items()], ())


def commit(
    folder: Path, files: Mapping[str, bytes], memory: Mapping[str, bytes] | None = None, **how: bool
) -> output.Committed:
    return committing.commit(
        plan(files, memory),
        folder / "out",
        ledger=folder / "ledger",
        **how,
    )


def stale(folder: Path, files: Mapping[str, bytes], memory: Mapping[str, bytes]) -> tuple[str, ...]:
    return committing.stale(
        plan(files, memory),
        folder / "out",
        ledger=folder / "ledger",
    )


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def times(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}


def codes(refused: pytest.ExceptionInfo[output.Refused]) -> list[str]:
    return [each.code for each in refused.value.diagnostics]


def test_a_plan_becomes_files_a_ledger_and_a_manifest_that_lists_them(tmp_path: Path) -> None:
    done = commit(tmp_path, {"a/calendar.ics": b"one", "b.txt": b"two"}, {"a.jsonl": b"{}\n"})

    assert done.written == ("a/calendar.ics", "b.txt", "manifest.json")
    assert (done.unchanged, done.removed) == (0, ())
    listed = parse_manifest((tmp_path / "out/manifest.json").read_bytes())
    assert listed is not None
    assert sorted(tree(tmp_path)) == [
        "ledger/a.jsonl", "out/a/calendar.ics", "out/b.txt", "out/manifest.json",
    ]  # fmt: skip
    assert [(path, row.size, row.media_type) for path, row in listed.items()] == [
        ("a/calendar.ics", 3, "text/plain"),
        ("b.txt", 3, "text/plain"),
    ]


def test_nothing_is_touched_when_nothing_has_changed(tmp_path: Path) -> None:
    commit(tmp_path, {"a/x": b"one"}, {"a.jsonl": b"{}\n"})
    before = times(tmp_path)

    done = commit(tmp_path, {"a/x": b"one"}, {"a.jsonl": b"{}\n"})

    assert done == output.Committed((), 1, ())
    assert times(tmp_path) == before


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    commit(tmp_path, {"x": b"one", "y": b"two"})
    before = (tmp_path / "out/y").stat().st_mtime_ns

    done = commit(tmp_path, {"x": b"one more", "y": b"two"})

    assert done == output.Committed(("x", "manifest.json"), 1, ())
    assert (tmp_path / "out/x").read_bytes() == b"one more"
    assert (tmp_path / "out/y").stat().st_mtime_ns == before


@pytest.mark.parametrize("data", [b"on", b"one and more", b"ONE", b""])
def test_a_file_that_was_tampered_with_is_made_right(tmp_path: Path, data: bytes) -> None:
    commit(tmp_path, {"x": b"one"})
    (tmp_path / "out/x").write_bytes(data)

    assert commit(tmp_path, {"x": b"one"}).written == ("x",)
    assert (tmp_path / "out/x").read_bytes() == b"one"


def test_what_is_no_longer_made_is_removed_with_the_folders_that_it_leaves_empty(
    tmp_path: Path,
) -> None:
    commit(tmp_path, {"a/b/x": b"one", "a/y": b"two", "c/z": b"three"})
    (tmp_path / "out/c/notes.txt").write_text("somebody's own")

    done = commit(tmp_path, {"a/y": b"two"})

    assert done.removed == ("a/b/x", "c/z")
    assert sorted(tree(tmp_path / "out")) == ["a/y", "c/notes.txt", "manifest.json"]
    assert not (tmp_path / "out/a/b").exists()


def test_files_of_others_stop_the_build_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/x").write_text("theirs")
    (tmp_path / "out/y").mkdir()
    (tmp_path / "out/z").write_text("a file where a folder goes")

    with pytest.raises(output.Refused) as refused:
        commit(tmp_path, {"w": b"1", "x": b"2", "y": b"3", "z/a": b"4"}, {"a.jsonl": b"{}\n"})

    assert codes(refused) == ["WF701", "WF707", "WF707"]
    assert sorted(tree(tmp_path)) == ["out/x", "out/z"]
    assert (tmp_path / "out/x").read_text() == "theirs"
    assert not (tmp_path / "out/.webinar-feeds").exists()


def test_a_file_of_others_with_the_same_bytes_becomes_ours(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/x").write_bytes(b"same")

    assert commit(tmp_path, {"x": b"same"}).written == ("manifest.json",)
    assert commit(tmp_path, {"x": b"other"}).written == ("x", "manifest.json")


def test_a_file_of_others_is_replaced_when_one_says_so(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/x").write_text("theirs")

    commit(tmp_path, {"x": b"ours"}, replace_foreign=True)

    assert (tmp_path / "out/x").read_bytes() == b"ours"


@pytest.mark.parametrize("manifest", [b"", b"{", b"[]", b'{"artifacts": {"x": 1}}'])
def test_a_manifest_that_cannot_be_read_is_written_anew(tmp_path: Path, manifest: bytes) -> None:
    commit(tmp_path, {"x": b"one"})
    (tmp_path / "out/manifest.json").write_bytes(manifest)

    assert commit(tmp_path, {"x": b"one"}).written == ("manifest.json",)


@pytest.mark.parametrize("where", ["out/a", "out/a/x"])
def test_no_link_is_followed(tmp_path: Path, where: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "x").write_text("theirs")
    link = tmp_path / where
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere if where == "out/a" else elsewhere / "x")

    with pytest.raises(output.Refused) as refused:
        commit(tmp_path, {"a/x": b"ours"}, replace_foreign=True)

    assert codes(refused) == ["WF702"]
    assert (elsewhere / "x").read_text() == "theirs"


def test_a_stale_file_behind_a_link_is_left_alone(tmp_path: Path) -> None:
    commit(tmp_path, {"a/x": b"ours", "y": b"ours"})
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "out/a").rename(elsewhere)
    (tmp_path / "out/a").symlink_to(elsewhere)

    assert commit(tmp_path, {"y": b"ours"}).removed == ()
    assert (elsewhere / "x").exists()


@pytest.mark.parametrize(
    "path",
    [
        *("", "/etc/passwd", "../x", "a/../../x", "a//x", "./x", "a/", ".hidden", "a/.git/x"),
        *("con", "a/NUL.txt", "lpt1.ics", "a\\b", "c:x", "a\nb", "x.", "x ", "manifest.json"),
    ],
)
def test_a_path_that_is_not_safe_everywhere_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(output.Refused) as refused:
        commit(tmp_path, {path: b"1"})

    assert codes(refused) == ["WF703"]
    assert tree(tmp_path) == {}


def test_two_paths_that_differ_only_in_capitals_are_refused(tmp_path: Path) -> None:
    with pytest.raises(output.Refused) as refused:
        commit(tmp_path, {"a/x": b"1", "A/x": b"2"})

    assert codes(refused) == ["WF704"]


def test_the_same_path_twice_is_refused(tmp_path: Path) -> None:
    twice = Planned({}, [artifact("x", b"1"), artifact("x", b"2")], ())

    with pytest.raises(output.Refused) as refused:
        committing.commit(twice, tmp_path / "out", ledger=tmp_path / "l")

    assert codes(refused) == ["WF704"]


def test_a_file_in_the_output_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")

    with pytest.raises(output.Refused) as refused:
        commit(tmp_path, {"x": b"1"})
    assert codes(refused) == ["WF705"]
    with pytest.raises(output.Refused) as refused, output.lock(tmp_path / "out"):
        pass
    assert codes(refused) == ["WF705"]


def test_event_files_inside_the_output_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(output.Refused) as refused:
        committing.commit(
            plan({"x": b"1"}), tmp_path, ledger=tmp_path / "events/ledger",
        )  # fmt: skip

    assert codes(refused) == ["WF706"]
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("at", [0, 1])
def test_a_renderer_that_fails_leaves_everything_as_it_was(tmp_path: Path, at: int) -> None:
    commit(tmp_path, {"x": b"one", "y": b"two"}, {"a.jsonl": b"1"})
    before = tree(tmp_path)

    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ZeroDivisionError

    artifacts: list[Artifact] = [artifact("x", b"other")]
    artifacts.insert(at, Artifact("y", "text/plain", broken))
    with pytest.raises(ZeroDivisionError):
        committing.commit(
            Planned({"a.jsonl": b"2"}, artifacts, ()),
            tmp_path / "out",
            ledger=tmp_path / "ledger",
        )

    assert tree(tmp_path) == before


def test_what_a_commit_would_do_can_be_asked_without_doing_it(tmp_path: Path) -> None:
    commit(tmp_path, {"x": b"one", "y": b"two", "z": b"three"}, {"a.jsonl": b"1"})
    before = times(tmp_path)

    assert stale(tmp_path, {"x": b"one", "y": b"two", "z": b"three"}, {"a.jsonl": b"1"}) == ()
    changes = stale(tmp_path, {"x": b"one!", "y": b"two"}, {"a.jsonl": b"2"})

    assert changes == ("x", "z", "manifest.json", "ledger/a.jsonl")
    assert times(tmp_path) == before


def test_new_files_have_the_mode_that_the_umask_gives(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        commit(tmp_path, {"x": b"one"})
    finally:
        os.umask(before)

    assert (tmp_path / "out/x").stat().st_mode & 0o777 == 0o640


def test_the_disks_trouble_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(output.Trouble, match="Not a directory; what was published before is whole"):
        committing.commit(
            plan({"x": b"1"}, {"a": b"1"}), tmp_path / "out", ledger=tmp_path / "file/ledger",
        )  # fmt: skip
    assert not (tmp_path / "out/x").exists()


def test_a_full_disk_leaves_the_last_good_output_whole(tmp_path: Path) -> None:
    script = """
        import resource, sys
        from pathlib import Path
        from webinar_feeds import output
        import committing
        from committing import Planned
        from webinar_feeds.artifacts import Artifact
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        root = Path(sys.argv[1])
        def plan(size):
            data = b"x" * size
            made = [Artifact(f"{n}", "text/plain", lambda: [data]) for n in range(3)]
            return Planned({"a.jsonl": b"%d" % size}, made, ())
        how = dict(ledger=root / "ledger")
        committing.commit(plan(10), root / "out", **how)
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
        try:
            committing.commit(plan(10000), root / "out", **how)
        except output.Trouble as trouble:
            print("told:", trouble)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)], env=BESIDE,
        check=True, capture_output=True, text=True,
    )  # fmt: skip

    assert "told: " in done.stdout
    assert "File too large" in done.stdout
    assert (tmp_path / "ledger/a.jsonl").read_bytes() == b"10"
    assert {len(data) for path, data in tree(tmp_path / "out").items() if path.isdigit()} == {10}


def test_a_lock_keeps_the_next_build_waiting_and_leaves_no_file(tmp_path: Path) -> None:
    told: list[Path] = []
    entered = threading.Event()

    def second() -> None:
        with output.lock(tmp_path / "a", tmp_path / "b", waiting=told.append):
            entered.set()

    with output.lock(tmp_path / "b", tmp_path / "a"):
        thread = threading.Thread(target=second)
        thread.start()
        assert not entered.wait(0.3)
    thread.join(10)

    assert entered.is_set()
    assert told == [tmp_path / "a"]
    assert tree(tmp_path) == {}


CHILD = """
import sys
from pathlib import Path
from webinar_feeds import output
import committing
from committing import Planned
from webinar_feeds.artifacts import Artifact

root, version = Path(sys.argv[1]), int(sys.argv[2])
fatal = int(sys.argv[3]) if len(sys.argv) > 3 else None

def made(path):
    data = f"{path} {version}\\n".encode() * 50
    return Artifact(path, "text/plain", lambda: [data[:99], data[99:]])

def planned(version):
    paths = [f"s/invites/{n}" for n in range(4)] + ["s/calendar", "calendar"]
    paths.append(f"only/{version % 2}")
    return Planned({"s.jsonl": b"%d" % version}, [made(path) for path in paths], ())

if fatal is not None:
    import os
    steps = iter(range(10**6))
    def watch(event, args):
        if event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir") or (
            event == "open" and isinstance(args[1], str) and "w" in args[1]
        ):
            if next(steps) == fatal:
                os._exit(9)
    sys.addaudithook(watch)

while True:
    how = dict(ledger=root / "ledger")
    with output.lock(root / "out", root / "ledger"):
        committing.commit(planned(version), root / "out", **how)
    if len(sys.argv) > 3:
        break
    version += 1
"""


def run_child(folder: Path, *arguments: int) -> subprocess.Popen[bytes]:
    program = [sys.executable, "-c", CHILD, str(folder), *map(str, arguments)]
    return subprocess.Popen(program, env=BESIDE)


def is_consistent(folder: Path) -> None:
    """Every file is whole and of one build; the ledger is never behind."""
    remembered = int((folder / "ledger/s.jsonl").read_bytes() or b"0")
    files = tree(folder / "out")
    for path, data in files.items():
        if path.startswith(".") or path == "manifest.json":
            continue
        lines = data.decode().splitlines()
        assert len(lines) == 50
        assert set(lines) == {lines[0]}
        # After several kills in a row it may be older than the build before; newer it never is.
        assert int(lines[0].rpartition(" ")[2]) <= remembered
    if "manifest.json" in files:
        assert all(
            path in files or path.startswith("only/")
            for path in json.loads(files["manifest.json"])["artifacts"]
        )


def is_healed(folder: Path, version: int) -> None:
    assert run_child(folder, version, 10**6).wait(30) == 0
    files = tree(folder / "out")
    assert sorted(files) == [
        "calendar", "manifest.json", f"only/{version % 2}", "s/calendar",
        *(f"s/invites/{n}" for n in range(4)),
    ]  # fmt: skip
    assert tree(folder / "ledger") == {"s.jsonl": b"%d" % version}


def test_a_kill_at_any_step_leaves_a_state_that_the_next_build_heals(tmp_path: Path) -> None:
    """Every call that changes the disk is, in turn, the one before which the program dies."""
    step = 0
    while True:
        folder = tmp_path / str(step)
        assert run_child(folder, 1, 10**6).wait(30) == 0
        ended = run_child(folder, 2, step).wait(30)
        is_consistent(folder)
        is_healed(folder, 3)
        if ended == 0:
            break
        step += 1
    assert step > 15


def test_kills_at_random_moments_never_leave_half_a_file(tmp_path: Path) -> None:
    moments = random.Random(20200617)  # noqa: S311 - any moments will do, the same each time
    for _ in range(40):
        last = tmp_path / "ledger/s.jsonl"
        version = int(last.read_bytes()) if last.exists() else 0
        child = run_child(tmp_path, version + 1)
        while not last.exists():
            time.sleep(0.01)
        time.sleep(moments.uniform(0.08, 0.25))
        child.send_signal(signal.SIGKILL)
        child.wait()
        is_consistent(tmp_path)
    is_healed(tmp_path, int(last.read_bytes()) + 1)


def test_two_builds_at_once_take_turns(tmp_path: Path) -> None:
    children = [run_child(tmp_path, version, 10**6) for version in (1, 2, 1, 2)]

    assert [child.wait(30) for child in children] == [0, 0, 0, 0]
    version = int((tmp_path / "ledger/s.jsonl").read_bytes())
    files = tree(tmp_path / "out")
    assert {
        data.decode().split()[1] for path, data in files.items() if path != "manifest.json"
    } == {str(version)}


def test_no_other_module_writes_files() -> None:
    """One way to write: a module that opens a file for writing has taken a wrong turn."""
    package = Path(output.__file__).parent.parent
    # A folder that is published to is another place: it is written file by file, on conditions.
    # An outbox is private: whoever asked for letters names a folder for them.
    # What a host is told lies beside the event files, and is the organiser's from then on.
    # A copy of event files that lie elsewhere may be removed at any time.
    places = {
        package / "publishing/folder.py",
        package / "invitations/outbox.py",
        package / "cli/init.py",
        package / "publishing/mirroring.py",
    }
    guilty = [
        f"{path.relative_to(package)}:{node.lineno}"
        for path in sorted(package.rglob("*.py"))
        if path.parent.name != "output"
        and path.name not in ("locking.py", "cache.py")
        and path not in places
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("write_text", "write_bytes", "unlink")
    ]

    assert guilty == []
