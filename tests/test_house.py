"""The house stands as its plan says: floors, pins and a start-up that loads little."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from importlinter import cli as import_linter
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PIN = re.compile(r"(?m)^([a-z0-9._-]+)==(\S+?)(?: ; [^\\\n]+)? \\\n((?: +--hash=sha256:\S+.*\n)+)")


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    return {found[1]: found[2] for found in PIN.finditer(text)}


def unmet(requirements: list[str], pinned: dict[str, str]) -> list[str]:
    return [
        text
        for text in requirements
        if (wanted := Requirement(text)).name.lower() not in pinned
        or not wanted.specifier.contains(pinned[wanted.name.lower()])
    ]


def imported(statement: str) -> set[str]:
    """The names of the packages that are loaded after a statement in a new Python."""
    program = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, encoding="utf-8"
    )
    return set(done.stdout.split())


def test_every_room_keeps_to_its_floor() -> None:
    status = import_linter.lint_imports(
        config_filename=str(ROOT / "pyproject.toml"), cache_dir=None, no_cache=True
    )

    assert status == import_linter.EXIT_STATUS_SUCCESS


def test_the_package_alone_loads_no_library() -> None:
    assert imported("import webinar_feeds") & {"click", "icalendar", "pytz", "yaml"} == set()


def test_asking_for_the_version_reads_no_event_file() -> None:
    """The command line loads what reads and writes only when a command wants it."""
    loaded = imported("from webinar_feeds.cli import main")

    assert loaded & {"feedgen", "icalendar", "lxml", "nh3", "pytz", "yaml"} == set()


def test_the_pins_are_what_the_project_asks_for() -> None:
    groups = project()["dependency-groups"]
    needed = project()["project"]["dependencies"]
    everything = [*needed, *groups["build"], *groups["test"], *groups["lint"]]

    assert unmet(needed, pins("runtime")) == []
    assert unmet(project()["build-system"]["requires"], pins("build")) == []
    assert unmet(groups["build"], pins("build")) == []
    assert unmet(everything, pins("development")) == []


def test_what_is_tested_is_what_is_built_with() -> None:
    development = pins("development")

    assert {**development, **pins("build"), **pins("runtime")} == development


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_pin_has_its_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")

    assert len(PIN.findall(text)) == text.count("==") - text.count("== ")
    assert re.findall(r"https?:|file:|--index|--find-links|(?m:^/)", text) == []


def test_the_npm_packages_have_hashes_and_no_address() -> None:
    text = (ROOT / "tests/referees/package-lock.json").read_text(encoding="utf-8")

    assert text.count('"integrity": "sha512-') == text.count('"node_modules/')
    assert "resolved" not in text
