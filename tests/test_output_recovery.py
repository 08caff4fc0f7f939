"""What the writer does when builds are killed, the disk is full, or others have been at work."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import committing
from committing import Planned
from webinar_feeds import output
from webinar_feeds.artifacts import Artifact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LINES = 400
HOME = ".webinar-feeds"


def plan(files: Mapping[str, bytes], memory: Mapping[str, bytes] | None = None) -> Planned:
    made = [
        Artifact(path, "text/plain", lambda data=data: iter([data[:1], data[1:]]))  # type: ignore[misc]
        for path, data in files.items()
    ]
    return Planned(memory or {}, made, ())


def commit(root: Path, planned: Planned, **how: bool) -> output.Committed:
    return committing.commit(
        planned,
        root / "out",
        ledger=root / "ledger",
        **how,
    )


def put(root: Path, files: Mapping[str, bytes], **how: bool) -> output.Committed:
    return commit(root, plan(files), **how)


def tree(folder: Path) -> dict[str, bytes | None]:
    """Files with their bytes, folders with None."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def codes(refused: pytest.ExceptionInfo[output.Refused]) -> list[str]:
    return [each.code for each in refused.value.diagnostics]


def version(number: int) -> Planned:
    """A plan that shares some paths with its neighbours and has some of its own."""
    paths = [*(f"s/invites/{n}.ics" for n in range(3)), "s/calendar.ics", "calendar.ics"]
    paths += [f"only/{number % 2}/x.ics", *(["swap"] if number % 2 else ["swap/x"])]
    files = {path: f"{number}\n".encode() * LINES for path in paths}
    return plan({**files, "same.txt": b"the same"}, {"s.jsonl": b"%d" % number})


def assert_whole(root: Path, *known: int) -> None:
    """Every file is wholly of a build that took place, and none is ahead of the ledger."""
    remembered = int((root / "ledger/s.jsonl").read_bytes())
    for path, data in tree(root / "out").items():
        if data is None or path.startswith(HOME) or path in ("manifest.json", "same.txt"):
            continue
        number, lines = data[: data.index(b"\n")], data.count(b"\n")
        assert (data, lines) == ((number + b"\n") * LINES, LINES), path
        assert int(number) <= remembered, path
        assert not known or int(number) in known, path
    listed = json.loads((root / "out/manifest.json").read_bytes())["artifacts"]
    lost = {path for path in listed if not (root / "out" / path).is_file()}
    assert {path for path in lost if not path.startswith(("only/", "swap"))} == set()


def assert_healed(root: Path, number: int, fresh: Path) -> None:
    """After one more build, the folder is what a build into an empty folder makes."""
    with output.lock(root / "out", root / "ledger"):
        commit(root, version(number))
    if not fresh.exists():
        commit(fresh, version(number))
    assert tree(root) == tree(fresh)


def die_at_every_step(root: Path) -> None:
    """In folders 0, 1, 2 …, kill a build before its nth change to the disk, until none is left."""
    watched = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}
    step, status = 0, 1
    while status:
        commit(root / f"{step}", version(1))
        child = os.fork()
        if not child:
            left = step

            def watch(event: str, arguments: tuple[object, ...]) -> None:
                nonlocal left
                writes = event == "open" and int(str(arguments[2])) & (os.O_WRONLY | os.O_RDWR)
                if writes or event in watched:
                    left -= 1
                    if left < 0:
                        os._exit(9)

            sys.addaudithook(watch)
            try:
                commit(root / f"{step}", version(2))
            finally:
                os._exit(sys.exception() is not None)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in (0, 9)
        step += 1


def build_for_ever(root: Path) -> None:
    number = int((root / "ledger/s.jsonl").read_bytes())
    while True:
        number += 1
        with output.lock(root / "out", root / "ledger"):
            commit(root, version(number))
            if number % 3 == 0:
                print(number, flush=True)  # noqa: T201 - the parent waits for a sign of life


def die_before_the_manifest(root: Path, files: str) -> None:
    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event == "os.rename" and str(arguments[1]).endswith("manifest.json"):
            os._exit(9)

    sys.addaudithook(watch)
    put(root, {path: text.encode() for path, text in json.loads(files).items()})


def run(command: str, root: Path, *more: str) -> subprocess.Popen[bytes]:
    program = [sys.executable, __file__, command, str(root), *more]
    return subprocess.Popen(program, stdout=subprocess.PIPE)


def killed(root: Path, files: Mapping[str, str]) -> None:
    """A build that has renamed everything into place and dies before the manifest says so."""
    with run("manifest", root, json.dumps(files)) as child:
        assert child.wait(30) == 9


def test_a_kill_before_any_change_to_the_disk_is_healed_by_either_plan(tmp_path: Path) -> None:
    with run("die", tmp_path) as child:
        assert child.wait(60) == 0
    folders = sorted(tmp_path.iterdir(), key=lambda each: int(each.name))
    for folder in folders:
        assert_whole(folder, 1, 2)
        # The last folder's build was not killed; of the others, some go on and some go back.
        number = 1 + int(folder.name) % 3
        assert_healed(folder, number, tmp_path / f"fresh-{number}")
    assert len(folders) > 40


def test_kills_at_random_moments_are_healed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    commit(root, version(0))
    for moment in range(40):
        with run("loop", root) as child:
            assert child.stdout is not None
            child.stdout.readline()
            # Neither equal nor random: a prime spreads the moments over a build's few milliseconds.
            with suppress(subprocess.TimeoutExpired):
                child.wait(moment * 37 % 40 / 1000 + 0.001)
            child.send_signal(signal.SIGKILL)
        assert_whole(root)
        if moment % 4 == 0:
            number = int((root / "ledger/s.jsonl").read_bytes()) + moment % 2
            assert_healed(root, number, tmp_path / f"fresh-{number}")


def test_what_two_killed_builds_made_is_still_ours(tmp_path: Path) -> None:
    """The second one had no need to write `x`, but must not forget whose it is."""
    put(tmp_path, {"a": b"1"})
    killed(tmp_path, {"a": "1", "x": "2"})
    killed(tmp_path, {"a": "3", "x": "2"})

    done = put(tmp_path, {"a": b"3", "x": b"4"})

    assert done == output.Committed(("x", "manifest.json"), 1, ())


def test_what_a_killed_build_made_is_removed_when_it_is_not_wanted(tmp_path: Path) -> None:
    killed(tmp_path, {"a": "1", "b/x": "2"})

    assert put(tmp_path, {"a": b"1"}).removed == ("b/x",)
    assert sorted(tree(tmp_path / "out")) == ["a", "manifest.json"]


def test_what_somebody_put_in_the_place_of_a_killed_builds_file_is_theirs(tmp_path: Path) -> None:
    killed(tmp_path, {"x": "ours", "y": "ours"})
    (tmp_path / "out/x").write_bytes(b"theirs")
    (tmp_path / "out/y").write_bytes(b"theirs")

    with pytest.raises(output.Refused) as refused:
        put(tmp_path, {"x": b"new"})

    assert codes(refused) == ["WF701"]
    (tmp_path / "out/x").unlink()
    assert put(tmp_path, {"x": b"new"}).removed == ()
    assert (tmp_path / "out/y").read_bytes() == b"theirs"


@pytest.mark.parametrize("record", [b"", b"{", b"[]", b"[1]", b'{"x": 1}', b"null", b"\xff"])
def test_a_damaged_record_of_a_killed_build_says_nothing(tmp_path: Path, record: bytes) -> None:
    (tmp_path / "out" / HOME).mkdir(parents=True)
    (tmp_path / "out" / HOME / "pending").write_bytes(record)

    assert put(tmp_path, {"x": b"1"}).written == ("x", "manifest.json")
    assert sorted(tree(tmp_path / "out")) == ["manifest.json", "x"]


def test_many_ledgers_are_brought_to_the_disk_also_when_nothing_else_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them were lost, and the calendars are as they were."""
    put(tmp_path, {"x": b"1"})
    synced: list[int] = []
    monkeypatch.setattr(os, "sync", lambda: synced.append(len(tree(tmp_path / "ledger"))))

    commit(tmp_path, plan({"x": b"1"}, {f"{number}.jsonl": b"{}" for number in range(65)}))

    assert synced == [66]  # those that wait, and their folder


def test_a_comparison_that_is_refused_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))

    with pytest.raises(output.Refused):
        committing.stale(plan({"x": b"1"}), tmp_path, ledger=tmp_path / "ledger")

    assert list((tmp_path / "temporary").iterdir()) == []


def test_every_artifact_is_rendered_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def planned(data: bytes) -> Planned:
        def chunks() -> Iterator[bytes]:
            asked.append("x")
            yield from (data[:2], b"", data[2:])

        return Planned({}, (Artifact("x", "text/plain", chunks),), ())

    commit(tmp_path, planned(b"one"))
    for data in (b"one", b"one more", b"on", b"other", b""):
        commit(tmp_path, planned(data))
        assert (tmp_path / "out/x").read_bytes() == data

    assert asked == ["x"] * 6


def test_a_build_that_changes_nothing_opens_no_file_for_writing(tmp_path: Path) -> None:
    put(tmp_path, {"a/x": b"1"})
    (tmp_path / "out").chmod(0o500)
    before = (tmp_path / "out").stat().st_mtime_ns

    assert put(tmp_path, {"a/x": b"1"}) == output.Committed((), 1, ())
    assert (tmp_path / "out").stat().st_mtime_ns == before


def test_the_manifest_of_another_program_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    theirs = b'{"name": "An application", "icons": []}'
    (tmp_path / "out/manifest.json").write_bytes(theirs)

    with pytest.raises(output.Refused) as refused:
        put(tmp_path, {"x": b"1"})

    assert codes(refused) == ["WF701"]
    assert tree(tmp_path / "out") == {"manifest.json": theirs}
    assert put(tmp_path, {"x": b"1"}, replace_foreign=True).written == ("x", "manifest.json")


@pytest.mark.parametrize("name", ["manifest.json", HOME])
def test_our_own_names_may_not_be_links_either(tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "out" / name).symlink_to(elsewhere)

    with pytest.raises(output.Refused) as refused:
        put(tmp_path, {"x": b"1"}, replace_foreign=True)

    assert codes(refused) == ["WF702"]
    assert tree(elsewhere) == {}


def test_a_ledger_that_is_a_link_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "ledger").mkdir()
    (tmp_path / "ledger/a.jsonl").symlink_to(tmp_path / "theirs")

    with pytest.raises(output.Refused) as refused:
        commit(tmp_path, plan({"x": b"1"}, {"a.jsonl": b"{}"}))

    assert codes(refused) == ["WF702"]
    assert not (tmp_path / "theirs").exists()
    assert not (tmp_path / "out").exists()


def test_a_folder_makes_room_for_a_file_and_a_file_for_a_folder(tmp_path: Path) -> None:
    put(tmp_path, {"a": b"1", "b/x": b"2", "b/y/z": b"3"})

    done = put(tmp_path, {"a/x": b"4", "b": b"5"})

    assert done.removed == ("a", "b/x", "b/y/z")
    assert {path: data for path, data in tree(tmp_path / "out").items() if data} == {
        "a/x": b"4",
        "b": b"5",
        "manifest.json": (tmp_path / "out/manifest.json").read_bytes(),
    }


def test_a_folder_with_somebodys_file_makes_no_room(tmp_path: Path) -> None:
    put(tmp_path, {"b/x": b"2"})
    (tmp_path / "out/b/notes").write_text("theirs")
    (tmp_path / "out/c").write_text("theirs")

    with pytest.raises(output.Refused) as refused:
        put(tmp_path, {"b": b"5", "c/x": b"6"}, replace_foreign=True)

    assert codes(refused) == ["WF707", "WF707"]
    assert (tmp_path / "out/b/x").read_bytes() == b"2"


@pytest.mark.parametrize(
    ("one", "two"),
    [("a", "a/b"), ("a/b", "a"), ("A/x", "a/y"), ("\u00e9", "e\u0301"), ("stra\u00dfe", "STRASSE")],
)
def test_paths_that_some_system_cannot_keep_apart_are_refused(
    tmp_path: Path, one: str, two: str
) -> None:
    with pytest.raises(output.Refused) as refused:
        put(tmp_path, {one: b"1", two: b"2"})

    assert codes(refused) == ["WF704"]
    assert tree(tmp_path) == {}


@pytest.mark.parametrize(
    "path", ["com\u00b9.txt", "CONOUT$", "aux .ics", "x\x85", "\udc80", "n" * 256, "Manifest.JSON"]
)
def test_a_path_that_some_system_refuses_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(output.Refused) as refused:
        put(tmp_path, {path: b"1"})

    assert codes(refused) == ["WF703"]


def test_a_ledgers_name_cannot_leave_its_folder(tmp_path: Path) -> None:
    with pytest.raises(output.Refused) as refused:
        commit(tmp_path, plan({"x": b"1"}, {"../a.jsonl": b"{}"}))

    assert codes(refused) == ["WF703"]
    assert tree(tmp_path) == {}


def test_a_manifest_that_lists_files_outside_removes_none_of_them(tmp_path: Path) -> None:
    put(tmp_path, {"x": b"1"})
    (tmp_path / "mine").write_text("keep")
    manifest = tmp_path / "out/manifest.json"
    manifest.write_text(manifest.read_text().replace('"x"', '"../mine"'))

    assert put(tmp_path, {"x": b"1"}).removed == ()
    assert (tmp_path / "mine").read_text() == "keep"


def test_files_disappear_in_the_order_opposite_to_appearing(tmp_path: Path) -> None:
    paths = ["calendar.ics", "index.html", "s/calendar.ics", "s/index.html", "s/invites/a.ics"]
    put(tmp_path, dict.fromkeys(paths, b"1"))
    with run("watch", tmp_path) as child:
        assert child.stdout is not None
        seen = child.stdout.read().decode().split()

    assert seen == [
        *("index.html", "calendar.ics", "s/index.html", "s/calendar.ics", "s/invites/a.ics"),
    ]


def watch_removals(root: Path) -> None:
    out = f"{root}/out/"

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        path = str(arguments[0]).removeprefix(out) if event == "os.remove" else "."
        if not path.startswith((".", "/")):
            print(path)  # noqa: T201 - the parent reads it

    sys.addaudithook(watch)
    put(root, {})


@pytest.mark.parametrize(("umask", "mode"), [(0o000, 0o644), (0o022, 0o644), (0o077, 0o600)])
def test_no_file_may_be_written_by_others(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        commit(tmp_path, plan({"a/x": b"1"}, {"a.jsonl": b"{}"}))
    finally:
        os.umask(before)

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name: path.stat().st_mode & 0o777 for path in files} == {
        "x": mode,
        "a.jsonl": mode,
        "manifest.json": mode,
    }


def test_one_folder_in_two_spellings_is_locked_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    signal.alarm(20)  # a build that waits for itself waits for ever
    with output.lock(tmp_path / "a/b", tmp_path / "a/b/c/..", tmp_path / "link/b"):
        assert sorted(tree(tmp_path / "a")) == ["b", "b/.webinar-feeds.lock"]
    signal.alarm(0)

    # What was made only to be locked has gone.
    assert tree(tmp_path / "a") == {}


@contextmanager
def small_disk(folder: Path, *options: str) -> Iterator[None]:
    """A file system of 64 kB on a folder; where mounting is not allowed, files stay that small."""
    folder.mkdir()
    size = ["-o", ",".join(("size=64k", *options))]
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", *size, "none", str(folder)], check=False, capture_output=True
    )
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    if mounted.returncode:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
        if not mounted.returncode:
            subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told_and_leaves_everything_as_it_was(tmp_path: Path) -> None:
    root = tmp_path / "disk"
    with small_disk(root):
        put(root, {"x": b"1" * 9000, "y": b"2" * 9000})
        before = tree(root)

        with pytest.raises(output.Trouble) as trouble:
            put(root, {"x": b"3" * 9000, "y": b"4" * 99000})

        assert tree(root) == before
        assert str(trouble.value).endswith("and build again")
        assert put(root, {"x": b"3"}).written == ("x", "manifest.json")


def test_a_place_that_may_not_be_written_to_is_told(tmp_path: Path) -> None:
    """`/proc` refuses new files even to an administrator."""
    with (
        pytest.raises(output.Trouble, match=r"^`/proc/webinars`: .*build again$"),
        output.lock(Path("/proc/webinars")),
    ):
        pass
    with pytest.raises(output.Trouble, match=r"^`/proc/webinars`: .*build again$"):
        committing.commit(
            plan({"x": b"1"}),
            Path("/proc/webinars"),
            ledger=tmp_path,
        )


if __name__ == "__main__":
    commands = {
        "die": die_at_every_step,
        "loop": build_for_ever,
        "manifest": die_before_the_manifest,
        "watch": watch_removals,
    }
    commands[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])  # type: ignore[operator]
