"""What tests of publishing start from: versions of a site, and a server of the S3 interface."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

import places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FIRST = datetime(2027, 1, 20, 12, tzinfo=UTC)
SECOND = datetime(2027, 1, 21, 12, tzinfo=UTC)
OPEN_SCIENCE = """\
title: Open science
timezone: Europe/Berlin
time: 13:00–14:30
topics: [open science]
sessions:
  - {id: preprints, date: 2027-01-14, title: Preprints, recording: "https://v.example.org/p"}
  - {id: open-data, date: 2027-02-11, title: Data that others can use}
  - {id: peer-review, date: 2027-03-11, title: Reviewing in the open}
"""
DATA = """\
title: Data days
timezone: America/New_York
time: 09:00–10:00
sessions:
  - {id: opening, date: 2027-01-12, title: Opening, recording: "https://v.example.org/o"}
"""
# A session is moved, one is new, and a series is withdrawn.
CHANGED = OPEN_SCIENCE.replace("2027-02-11", "2027-02-18") + (
    "  - {id: closing, date: 2027-04-08, title: Closing, recording: announced}\n"
)


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folders of a site: as it was first, and as it was changed."""
    first = places.Site(tmp_path_factory.mktemp("first"))
    first.build(FIRST, **{"open-science": OPEN_SCIENCE, "data": DATA})
    second = places.Site(tmp_path_factory.mktemp("second") / "site")
    shutil.copytree(first.folder, second.folder)
    second.build(SECOND, **{"open-science": CHANGED})
    return first.folder, second.folder


@pytest.fixture
def first(versions: tuple[Path, Path], tmp_path: Path) -> places.Site:
    """The site as it was first, to do with as one likes."""
    return places.Site(shutil.copytree(versions[0], tmp_path / "first"))


@pytest.fixture
def second(versions: tuple[Path, Path], tmp_path: Path) -> places.Site:
    """The site as it was changed, to do with as one likes."""
    return places.Site(shutil.copytree(versions[1], tmp_path / "second"))


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of a server of the S3 interface with the bucket `webinars`."""
    with places.s3() as endpoint:
        yield endpoint


@pytest.fixture
def bucket(
    s3: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Callable[[], str]:
    """Gives addresses in the bucket that no other test uses, with keys in the environment."""
    for name, value in {**places.KEYS, "AWS_ENDPOINT_URL": s3}.items():
        monkeypatch.setenv(name, value)
    made: list[str] = []

    def make() -> str:
        made.append(f"s3://webinars/{places.hash_of(request.node.nodeid.encode())[:12]}{len(made)}")
        return made[-1]

    return make
