"""The same events give the same bytes: on any day, machine, folder, locale and clock (D1)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EVENTS = ROOT / "events"
OUTPUT = ROOT / "output"


def tree(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, by its path in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".webinar-feeds" not in path.relative_to(folder).parts
    }


def build(events: Path, output: Path, *before: str, umask: int = 0o022, **settings: str) -> None:
    """Build as a person would, in a folder of their own, under other settings of the machine."""
    elsewhere = output.parent / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    done = subprocess.run(
        [*before, sys.executable, "-m", "webinar_feeds", "build", str(events), "-o", str(output)],
        check=False,
        cwd=elsewhere,
        env={**kept, "HOME": str(elsewhere), **settings},
        umask=umask,
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr


def copied(tmp_path: Path) -> tuple[Path, Path]:
    """A copy of the real events with what they remember, and a place for the output."""
    shutil.copytree(EVENTS, tmp_path / "events")
    return tmp_path / "events", tmp_path / "output"


def test_the_real_series_remembers_what_it_has_published() -> None:
    """Without the ledger, the builds below would prove nothing."""
    ledgers = {path.name for path in (EVENTS / "ledger").iterdir()}

    assert {f"{path.stem}.jsonl" for path in EVENTS.glob("*.yaml")} <= ledgers


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_zone_locale_hash_seed_and_umask_change_nothing(tmp_path: Path, seed: str) -> None:
    events, output = copied(tmp_path)

    build(
        *(events, output),
        umask=0o077,
        TZ="Asia/Tokyo",
        LC_ALL="de_DE.UTF-8",
        LANG="de_DE.UTF-8",
        PYTHONHASHSEED=seed,
    )

    assert tree(output) == tree(OUTPUT)
    assert tree(events) == tree(EVENTS)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_a_locale_without_our_letters_changes_nothing(tmp_path: Path, locale: str) -> None:
    events, output = copied(tmp_path)

    build(events, output, LC_ALL=locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")

    assert tree(output) == tree(OUTPUT)


def test_a_year_later_nothing_has_changed(tmp_path: Path) -> None:
    events, output = copied(tmp_path)

    build(events, output, "faketime", "-f", "+400d", TZ="America/St_Johns")

    assert tree(output) == tree(OUTPUT)
    assert tree(events) == tree(EVENTS)


def test_a_second_build_touches_no_file(tmp_path: Path) -> None:
    events, output = copied(tmp_path)
    build(events, output)
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*") if path.is_file()}

    build(events, output, "faketime", "-f", "+1d")

    after = {path: path.stat().st_mtime_ns for path in output.rglob("*") if path.is_file()}
    assert after == before


def test_the_first_build_ever_does_not_depend_on_the_machine_either(tmp_path: Path) -> None:
    """Without a ledger the clock enters, and nothing else."""
    trees = []
    for number, zone in enumerate(("Asia/Tokyo", "America/St_Johns")):
        folder = tmp_path / str(number)
        shutil.copytree(EVENTS, folder / "events", ignore=shutil.ignore_patterns("ledger"))
        build(
            *(folder / "events", folder / "output"),
            TZ=zone,
            PYTHONHASHSEED=str(number),
            SOURCE_DATE_EPOCH="1767225600",
        )
        trees.append((tree(folder / "output"), tree(folder / "events")))

    assert trees[0] == trees[1]
