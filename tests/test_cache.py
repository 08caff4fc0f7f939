from __future__ import annotations

import errno
import json
import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from growing_site import FILES, NOW, SITE, build, built_and_planned, edit, published, spread_out
from webinar_feeds import api, cache, freshness, rendering
from webinar_feeds.artifacts import Artifact
from webinar_feeds.model import Scope
from webinar_feeds.rendering.wording import when

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webinar_feeds.model import Publication, Site

DAY = timedelta(days=1)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a site that has been built."""
    spread_out(tmp_path)
    build(tmp_path)
    return tmp_path


def drawn(root: Path, **options: object) -> int:
    """How many series a build draws; the others are taken from what the last one left."""
    counted: list[int] = []
    api.build(
        root / "events",
        root / "output",
        now=NOW + DAY,
        jobs=1,
        progress=lambda done, _: counted.append(done),
        **options,  # type: ignore[arg-type]  # what a test adds
    )
    return sum(counted)


def home(root: Path) -> Path:
    """Where a build keeps what it knows."""
    return root / "output" / freshness.HOME


# --- what is used again -------------------------------------------------------------------------


def test_only_a_series_that_has_changed_is_drawn(site: Path) -> None:
    assert drawn(site) == 0
    edit(site / "events/data.yaml", "title: Closing", "title: The end")
    assert drawn(site) == 1
    assert drawn(site) == 0


def test_a_build_leaves_a_record_of_each_series_and_nothing_else(site: Path) -> None:
    found = sorted(path.relative_to(home(site)).as_posix() for path in home(site).rglob("*"))

    assert found == [
        "records",
        "records/data.json",
        "records/early.json",
        "records/late.json",
        "records/open-science.json",
        "records/views",
        "state",
    ]


def test_the_record_of_a_series_that_is_gone_goes(site: Path) -> None:
    for path in ("events/early.yml", "events/ledger/early.jsonl"):
        (site / path).unlink()

    assert drawn(site) == 0
    assert sorted(path.name for path in (home(site) / "records").iterdir()) == [
        "data.json",
        "late.json",
        "open-science.json",
        "views",
    ]


def test_what_a_killed_build_left_among_the_records_goes_with_the_state(site: Path) -> None:
    (home(site) / "state").unlink()
    (home(site) / "records/gone.json").write_text("[]")
    (home(site) / "records/folder").mkdir()

    build(site)

    assert sorted(path.name for path in (home(site) / "records").iterdir()) == [
        "data.json",
        "early.json",
        "late.json",
        "open-science.json",
        "views",
    ]


def test_a_build_that_saw_the_same_writes_no_state(site: Path) -> None:
    before = (home(site) / "state").stat()
    build(site)
    after = (home(site) / "state").stat()

    assert (after.st_ino, after.st_ctime_ns) == (before.st_ino, before.st_ctime_ns)


def test_a_state_is_younger_than_every_file_that_it_knows(site: Path) -> None:
    """Else a file that is changed at once could have the stamp that the state knows."""
    known = [path for path in (site / "output").rglob("*.*") if ".webinar-feeds" not in path.parts]
    stamps = [path.stat().st_ctime_ns for path in known if path.is_file()]

    assert (home(site) / "state").stat().st_ctime_ns > max(stamps)


# --- what is not --------------------------------------------------------------------------------


def flip(path: Path) -> None:
    """Damage a file in its middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    """Leave half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    """Leave nothing of a file but its name."""
    path.write_bytes(b"")


def remove(path: Path) -> None:
    """Leave nothing at all."""
    path.unlink()


def folder(path: Path) -> None:
    """Put a folder where a file was."""
    path.unlink()
    (path / "inner").mkdir(parents=True)


DAMAGE = [flip, cut, empty, remove, folder]


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize(
    ("path", "redrawn"),
    [("state", 4), ("records/data.json", 1), ("records/views", 0)],
)
def test_what_is_damaged_is_not_used(
    site: Path, path: str, redrawn: int, damage: Callable[[Path], None]
) -> None:
    before = published(site)
    damage(home(site) / path)

    assert drawn(site) == redrawn
    assert published(site) == before
    assert drawn(site) == 0


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("path", ["state", "records/data.json", "records/views"])
def test_what_is_damaged_does_not_mislead_a_build_that_has_something_to_do(
    site: Path, path: str, damage: Callable[[Path], None]
) -> None:
    edit(site / "events/late.yaml", "topics: cables", "topics: [cables, data]")
    damage(home(site) / path)

    found, wanted = built_and_planned(site, NOW + DAY)

    assert found == wanted


def test_records_that_are_gone_are_made_again(site: Path) -> None:
    shutil.rmtree(home(site) / "records")

    assert drawn(site) == 4
    assert drawn(site) == 0


def test_a_file_in_the_place_of_the_records_makes_room(site: Path) -> None:
    shutil.rmtree(home(site) / "records")
    (home(site) / "records").write_text("a file")

    assert drawn(site) == 4
    assert drawn(site) == 0


@pytest.mark.parametrize("is_new", [True, False])
def test_a_link_in_the_place_of_the_records_is_not_followed(site: Path, is_new: bool) -> None:
    """Whatever it points to is somebody's."""
    (site / "precious").mkdir()
    (site / "precious/letter.txt").write_text("yours")
    shutil.rmtree(home(site) / "records")
    (home(site) / "records").symlink_to(site / "precious")
    if is_new:
        (home(site) / "state").unlink()

    assert drawn(site) == 4
    assert [path.name for path in (site / "precious").iterdir()] == ["letter.txt"]
    assert not (home(site) / "records").is_symlink()
    assert drawn(site) == 0


@pytest.mark.parametrize("kind", ["folder", "link"])
@pytest.mark.parametrize("name", ["clock", "state", "state.new", "records/views.new"])
def test_nothing_in_the_place_of_our_own_files_stops_a_build(
    site: Path, name: str, kind: str
) -> None:
    (site / "precious").write_text("yours")
    path = home(site) / name
    path.unlink(missing_ok=True)
    if kind == "folder":
        (path / "inner").mkdir(parents=True)
    else:
        path.symlink_to(site / "precious")
    edit(site / "events/data.yaml", "title: Closing", "title: The end")

    drawn(site)

    assert (site / "precious").read_text() == "yours"
    assert drawn(site) == 0


def test_a_record_of_another_series_is_not_taken_for_ones_own(site: Path) -> None:
    records = home(site) / "records"
    shutil.copyfile(records / "late.json", records / "early.json")

    assert drawn(site) == 1
    found, wanted = built_and_planned(site)
    assert found == wanted


@pytest.mark.parametrize("name", ["program", "site", "manifest"])
def test_what_was_made_from_something_else_is_not_used(
    site: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "program":
        monkeypatch.setattr(freshness, "program", lambda _: "another")
    elif name == "site":
        edit(site / "events/site.yaml", "language: en\n", "language: en\nfeed_length: 50\n")
    else:
        (site / "output/manifest.json").touch()

    assert drawn(site) == 4
    assert drawn(site) == 0


def test_a_folder_that_is_called_otherwise_is_called_so_in_what_is_said(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record holds what is to be said of a series, with the name that the folder had."""
    with (site / "events/early.yml").open("a", encoding="utf-8") as file:
        file.write("announced_sessions: 7\n")
    monkeypatch.chdir(site)
    for folder in ("events", "./events/../events", "events"):
        said = api.build(folder, "output", now=NOW, jobs=1).diagnostics

        assert [each.location.file for each in said] == [f"{Path(folder).as_posix()}/early.yml"]


def test_without_a_sites_file_a_site_is_still_the_same(site: Path) -> None:
    (site / "events/site.yaml").unlink()
    assert drawn(site) == 4
    assert drawn(site) == 0
    (site / "events/site.yaml").touch()
    assert drawn(site) == 4


@pytest.mark.parametrize(
    "path",
    ["events/ledger/data.jsonl", "output/data/calendar.ics", "output/data/ledger.jsonl"],
)
def test_a_series_whose_files_are_not_as_they_were_left_is_drawn(site: Path, path: str) -> None:
    before = published(site)
    if path.startswith("output"):
        (site / path).write_bytes(b"something else")
    else:
        (site / path).touch()

    assert drawn(site) == 1
    assert published(site) == before


def test_a_view_that_is_not_as_it_was_left_is_made_again(site: Path) -> None:
    before = published(site)
    (site / "output/topics/data/calendar.ics").write_bytes(b"something else")
    done = build(site).committed

    assert done is not None
    assert done.written == ("topics/data/calendar.ics",)
    assert published(site) == before


def test_a_site_that_gets_another_uid_gets_it_everywhere(site: Path) -> None:
    """A ledger that another branch began names other calendars."""
    ledger = site / "events/ledger/site.jsonl"
    head = json.loads(ledger.read_text(encoding="utf-8").split("\n")[0])
    other = "7b5a3c0e-34a5-5f0c-8d6f-3d1f0a3c1b11"
    edit(ledger, head["uid"], other)

    found, wanted = built_and_planned(site, NOW + DAY)

    assert found == wanted
    assert f"X-WR-RELCALID:{other}".encode() in found["output/calendar.ics"]


def test_what_stands_in_a_ledger_elsewhere_leaves_nothing_to_trust(site: Path) -> None:
    previous = {"data": (site / "output/data/ledger.jsonl").read_bytes()}

    assert drawn(site, previous=previous) == 4
    assert not home(site).exists()
    assert drawn(site) == 4


def test_forgetting_what_was_never_known_is_no_trouble(tmp_path: Path) -> None:
    cache.discard(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_is_changed_while_a_build_has_read_it_is_read_by_the_next(site: Path) -> None:
    """As a pull does beside a build: what was built is not what stands there."""
    edit(site / "events/data.yaml", "languages: fr", "languages: fr  # as they speak")
    ledger = site / "events/ledger/data.jsonl"

    def pull(_done: int, _of: int) -> None:
        ledger.write_bytes(ledger.read_bytes() + b"\n")

    api.build(site / "events", site / "output", now=NOW + DAY, jobs=1, progress=pull)
    assert ledger.read_bytes().endswith(b"\n\n")

    assert drawn(site) == 1
    assert drawn(site) == 0


def test_a_disk_that_is_full_after_the_last_file_is_no_trouble(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    edit(site / "events/data.yaml", "title: Closing", "title: The end")
    with monkeypatch.context() as patched:
        patched.setattr(cache, "_beside", full)
        assert drawn(site) == 1

    found, wanted = built_and_planned(site, NOW + DAY)
    assert found == wanted


def test_the_record_of_a_series_that_another_one_replaces_goes(site: Path) -> None:
    (site / "events/early.yml").rename(site / "events/earlier.yaml")
    edit(site / "events/site.yaml", "base_url", "removed: early\nbase_url")
    build(site)
    (site / "events/earlier.yaml").rename(site / "events/earliest.yaml")
    (site / "events/ledger/earlier.jsonl").unlink()
    build(site)

    assert sorted(path.name for path in (home(site) / "records").glob("ear*")) == ["earliest.json"]


def test_on_a_disk_whose_stamps_stand_still_nothing_is_trusted(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some network file systems have no time of the last change; and nobody waits for it."""
    monkeypatch.setattr(cache.Cache, "_tick", lambda _: 0)
    monkeypatch.setattr("time.sleep", lambda _: None)
    edit(site / "events/data.yaml", "title: Closing", "title: The end")

    assert drawn(site) == 1
    assert drawn(site) == 4
    found, wanted = built_and_planned(site, NOW + DAY)
    assert found == wanted


# --- formats of others --------------------------------------------------------------------------


class Programme:
    """The format of the how-to, for every scope."""

    name = "programme"
    draws = frozenset(Scope)

    @staticmethod
    def render(publication: Publication, site: Site) -> Iterator[Artifact]:
        """The sessions of a publication, a line each."""
        del site

        def lines() -> Iterator[bytes]:
            for entry in publication.entries:
                yield f"{when(entry.session)}  {entry.session.title}\n".encode()

        folder = f"{publication.path}/" if publication.path else ""
        yield Artifact(f"{folder}programme.txt", "text/plain; charset=utf-8", lines)


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A site with a format that an installed package offers."""
    from webinar_feeds import drawing  # noqa: PLC0415 - only to forget what it found

    find = rendering.find
    monkeypatch.setattr(
        rendering, "find", lambda name: Programme() if name == "programme" else find(name)
    )
    drawing.renderers.cache_clear()
    formats = f"{SITE}formats: [calendar, feeds, programme]\n"
    spread_out(tmp_path, {**FILES, "events/site.yaml": formats})
    yield tmp_path
    drawing.renderers.cache_clear()


def test_a_format_of_others_is_given_every_entry_of_every_view(plugged: Path) -> None:
    found, wanted = built_and_planned(plugged, jobs=2)

    assert found == wanted
    text = found["output/topics/data/programme.txt"].decode()
    titles = [line.rpartition("  ")[2] for line in text.splitlines()]
    assert titles == ["Modems", "Opening", "Data that others can use", "Closing"]
    assert found["output/programme.txt"].count(b"\n") == 7


def test_with_a_format_of_others_nothing_is_taken_for_known(plugged: Path) -> None:
    assert drawn(plugged) == 4
    assert drawn(plugged) == 4
    assert not home(plugged).exists()


def test_a_format_of_others_that_is_made_of_pieces_is_not_taken_for_known_either(
    plugged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody looks whether its code has changed."""
    monkeypatch.setattr(Programme, "streams", (), raising=False)
    monkeypatch.setattr(Programme, "beside", lambda *_: (), raising=False)

    assert drawn(plugged) == 4
    assert drawn(plugged) == 4
    assert not home(plugged).exists()


def test_what_is_known_is_forgotten_when_a_format_of_others_joins(plugged: Path) -> None:
    spread_out(plugged)
    build(plugged)
    assert home(plugged).exists()
    (plugged / "events/site.yaml").write_text(f"{SITE}formats: [calendar, programme]\n")

    assert drawn(plugged) == 4
    assert not home(plugged).exists()


def test_the_programme_follows_what_changes(plugged: Path) -> None:
    build(plugged)
    edit(plugged / "events/data.yaml", "title: Closing", "title: The end")

    found, wanted = built_and_planned(plugged, NOW + DAY)

    assert found == wanted


def test_a_format_of_others_is_given_the_scopes_that_it_draws(
    plugged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Programme, "draws", frozenset({Scope.SITE}))

    found, wanted = built_and_planned(plugged)

    assert found == wanted
    assert [path for path in found if path.endswith(".txt")] == ["output/programme.txt"]
