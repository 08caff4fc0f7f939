"""A folder is watched by its bytes: edits ring, and what changes nothing does not."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from webinar_feeds.serving import Watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What happens while the watch sleeps, one after the other; then it is over."""
    waiting: list[Callable[[], object]] = []

    def sleep(seconds: float) -> None:
        if not waiting:
            raise StopIteration
        assert seconds > 0
        waiting.pop(0)()

    monkeypatch.setattr(time, "sleep", sleep)
    return waiting


def nothing() -> None:
    """What usually happens."""


def rings(watch: Watch) -> int:
    count = 0
    try:
        for _ in watch.rings():
            count += 1
    except RuntimeError:  # of the StopIteration
        return count
    raise AssertionError


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """An events folder."""
    (tmp_path / "ledger").mkdir()
    for name in ("a.yaml", "ledger/a.jsonl", ".a.yaml.swp"):
        (tmp_path / name).write_text("a")
    return tmp_path


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "a.yaml").write_text("b"),
        lambda folder: (folder / "new.yaml").write_text("b"),
        lambda folder: (folder / "a.yaml").unlink(),
        lambda folder: (folder / "a.yaml").rename(folder / "b.yaml"),
        lambda folder: (folder / "ledger/a.jsonl").write_text("b"),
    ],
    ids=["edited", "new", "gone", "renamed", "built elsewhere"],
)
def test_a_change_rings_once(
    events: Path, sleeps: list[Callable[[], object]], change: Callable[[Path], object]
) -> None:
    watch = Watch(events)
    sleeps += [nothing, lambda: change(events), nothing, nothing, nothing]

    assert rings(watch) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: os.utime(folder / "a.yaml", (1, 1)),
        lambda folder: (folder / "a.yaml").write_text("a"),
        lambda folder: (folder / ".a.yaml.swp").write_text("b"),
        lambda folder: (folder / ".git").mkdir(),
        lambda folder: (folder / "empty").mkdir(),
    ],
    ids=["touched", "saved as it was", "an editor's own", "hidden", "an empty folder"],
)
def test_what_changes_no_bytes_rings_nothing(
    events: Path, sleeps: list[Callable[[], object]], change: Callable[[Path], object]
) -> None:
    watch = Watch(events)
    sleeps += [nothing, lambda: change(events), nothing, nothing]

    assert rings(watch) == 0


def test_an_edit_that_is_taken_back_rings_again(
    events: Path, sleeps: list[Callable[[], object]]
) -> None:
    watch = Watch(events)
    edit = (events / "a.yaml").write_text
    sleeps += [lambda: edit("b"), nothing, lambda: edit("a"), nothing, nothing]

    assert rings(watch) == 2


def test_a_change_while_something_is_done_about_the_one_before_is_not_lost(
    events: Path, sleeps: list[Callable[[], object]]
) -> None:
    watch = Watch(events)
    sleeps += [lambda: (events / "a.yaml").write_text("b"), nothing, nothing, nothing]
    bells = watch.rings()

    next(bells)
    (events / "a.yaml").write_text("c")
    next(bells)


def test_a_file_that_is_saved_in_pieces_rings_when_it_is_whole(
    events: Path, sleeps: list[Callable[[], object]]
) -> None:
    watch = Watch(events)
    save = (events / "a.yaml").write_text
    sleeps += [lambda: save("t"), lambda: save("ti"), lambda: save("tit"), nothing, nothing]

    assert rings(watch) == 1


def test_a_folder_that_never_settles_is_built_all_the_same(
    events: Path, sleeps: list[Callable[[], object]]
) -> None:
    texts = iter(range(1000))
    watch = Watch(events)
    sleeps += [lambda: (events / "a.yaml").write_text(f"{next(texts)}")] * 100

    next(watch.rings())

    assert len(sleeps) > 50


def test_what_changes_by_itself_rings_once_at_its_time(
    events: Path, sleeps: list[Callable[[], object]]
) -> None:
    watch = Watch(events)
    watch.due = time.time() + 3600
    sleeps += [nothing, lambda: setattr(watch, "due", time.time() - 1), nothing, nothing]

    assert rings(watch) == 1


def test_a_clock_that_stands_still_does_not_ring_for_ever(
    events: Path, sleeps: list[Callable[[], object]]
) -> None:
    watch = Watch(events)
    sleeps += [nothing, nothing]
    watch.due = 1.0
    heard = 0
    try:
        for _ in watch.rings():
            heard += 1
            watch.due = 1.0
    except RuntimeError:
        assert heard == 1


def test_a_single_file_is_watched_before_it_is_there(
    tmp_path: Path, sleeps: list[Callable[[], object]]
) -> None:
    manifest = tmp_path / "output/manifest.json"
    watch = Watch(files=(manifest,))
    sleeps += [manifest.parent.mkdir, lambda: manifest.write_text("{}"), nothing, nothing]

    assert rings(watch) == 1
