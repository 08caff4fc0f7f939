from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from growing_site import (
    EARLY,
    LATE,
    NOW,
    SITE,
    build,
    built_and_planned,
    edit,
    published,
    spread_out,
    stamps,
)
from webinar_feeds import api
from webinar_feeds.output import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = timedelta(days=1)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with the event files of a site that has never been built."""
    spread_out(tmp_path)
    return tmp_path


def written(root: Path, now: datetime = NOW + DAY) -> tuple[str, ...]:
    """What a build writes, sorted; it removes nothing."""
    done = build(root, now).committed
    assert done is not None
    assert done.removed == ()
    return tuple(sorted(done.written))


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """The files of which one state has other bytes than another, or none."""
    return sorted(path for path in before | after if before.get(path) != after.get(path))


# --- byte for byte ------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_build_makes_what_rendering_every_entry_makes(site: Path, jobs: int) -> None:
    found, wanted = built_and_planned(site, jobs=jobs)

    assert sorted(found) == sorted(wanted)
    assert found == wanted


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("data.yaml", "id: closing, date: 2027-03-30", "id: closing, date: 2027-03-31"),
        ("data.yaml", "title: Closing", "title: The end"),
        ("data.yaml", "speakers: [Bo Ek, Zoë Ng]", "speakers: [Ana Lima]"),
        ("data.yaml", "en: Data days", "en: Days of data"),
        ("data.yaml", "media.example.org/opening.mp3", "media.example.org/again.mp3"),
        ("early.yml", "topics: data", "topics: cables"),
        ("early.yml", "1995-07-08", "2026-07-08"),
        ("open-science.yaml", "    status: cancelled\n", ""),
        ("open-science.yaml", "title: Preprints\n", "title: Preprints\n    status: cancelled\n"),
        ("site.yaml", "title: Our webinars", "title: Webinars"),
        ("site.yaml", "language: en\n", "language: en\nfeed_length: 1\n"),
        ("site.yaml", "language: en\n", "language: en\nformats: calendar\n"),
    ],
)
def test_an_edit_makes_what_rendering_every_entry_makes(
    site: Path, file: str, old: str, new: str, jobs: int
) -> None:
    build(site)
    edit(site / "events" / file, old, new)

    found, wanted = built_and_planned(site, NOW + DAY, jobs)

    assert sorted(found) == sorted(wanted)
    assert found == wanted


def test_a_series_that_is_added_makes_what_rendering_every_entry_makes(site: Path) -> None:
    (site / "events/late.yaml").unlink()
    build(site)
    spread_out(site)

    found, wanted = built_and_planned(site, NOW + DAY)

    assert found == wanted


def test_a_series_that_is_withdrawn_leaves_no_trace_but_the_views_that_it_had(site: Path) -> None:
    build(site)
    for path in ("events/early.yml", "events/ledger/early.jsonl"):
        (site / path).unlink()

    found, wanted = built_and_planned(site, NOW + DAY)

    assert found == wanted
    assert [path for path in found if "early" in path] == []
    assert b"Modems" not in b"".join(found.values())


def test_a_zone_that_one_file_cannot_tell_for_all_its_years_is_told_in_those_that_can(
    tmp_path: Path,
) -> None:
    """V10: Tunis in 1995 and in 2027; between them its clocks were changed for some years."""
    spread_out(
        tmp_path,
        {"events/site.yaml": SITE, "events/early.yaml": EARLY, "events/late.yaml": LATE},
    )
    found, wanted = built_and_planned(tmp_path)

    def starts(path: str) -> list[bytes]:
        return re.findall(rb"(?m)^DTSTART.*:(?:1995|2027)0708T\d{6}Z?", found[f"output/{path}"])

    assert found == wanted
    assert starts("early/calendar.ics") == [b"DTSTART;TZID=Africa/Tunis:19950708T130000"]
    assert starts("late/calendar.ics") == [b"DTSTART;TZID=Africa/Tunis:20270708T130000"]
    assert starts("topics/cables/calendar.ics") == starts("late/calendar.ics")
    together = [b"DTSTART:19950708T120000Z", b"DTSTART:20270708T120000Z"]
    assert starts("calendar.ics") == together
    assert "output/languages/de/calendar.ics" not in found
    assert b"BEGIN:VTIMEZONE" not in found["output/calendar.ics"]


def test_the_time_of_the_build_is_in_nothing_that_has_not_changed(site: Path) -> None:
    build(site)
    before = published(site)

    found, wanted = built_and_planned(site, NOW + timedelta(hours=1), jobs=2)

    assert found == wanted
    assert found == before


# --- only what is affected ----------------------------------------------------------------------


def test_one_session_that_changes_changes_the_files_that_hold_it(site: Path) -> None:
    build(site)
    before = published(site)
    edit(site / "events/data.yaml", "title: Closing", "title: The end")

    paths = written(site)

    affected = (
        "calendar.ics",
        "changes.atom",
        "data/calendar.ics",
        "data/changes.atom",
        "data/fr/calendar.ics",
        "data/fr/changes.atom",
        "data/fr/invites/closing.ics",
        "data/invites/closing.ics",
        "data/ledger.jsonl",
        "languages/fr/calendar.ics",
        "ledger.jsonl",
        "manifest.json",
        "topics/data/calendar.ics",
    )
    assert paths == affected
    assert changed(before, published(site)) == sorted(
        ["events/ledger/data.jsonl", "events/ledger/site.jsonl"]
        + [f"output/{path}" for path in affected if path != "manifest.json"]
    )


def test_a_file_that_is_not_affected_is_not_touched(site: Path) -> None:
    build(site)
    before = stamps(site)
    edit(site / "events/data.yaml", "title: Closing", "title: The end")
    paths = written(site)

    after = stamps(site)

    touched = {f"output/{path}" for path in paths}
    ours = [path for path in before if path.startswith("output/") and "." in path.split("/")[-1]]
    kept = [path for path in ours if path not in touched and ".webinar-feeds" not in path]
    assert len(kept) > 30
    assert {path: after[path] for path in kept} == {path: before[path] for path in kept}


def test_a_build_that_has_nothing_to_do_touches_no_file_of_ours(site: Path) -> None:
    """The state is not written again, and no folder gains or loses a name for long."""
    build(site)
    before = stamps(site)

    assert written(site, NOW + timedelta(minutes=1)) == ()

    after = stamps(site)
    # Its lock comes and goes; whatever else stands there stays as it was.
    passing = {"output", "output/.webinar-feeds", "events/ledger"}
    assert after.keys() == before.keys()
    assert {path for path in after if after[path] != before[path]} <= passing


def test_a_file_that_somebody_changed_is_made_right_again(site: Path) -> None:
    build(site)
    before = published(site)
    for path in ("data/calendar.ics", "topics/data/calendar.ics", "calendar.ics", "ledger.jsonl"):
        (site / "output" / path).write_bytes(b"BEGIN:NOTHING")
    (site / "output/speakers/ana-lima/calendar.ics").unlink()

    assert written(site) == (
        "calendar.ics",
        "data/calendar.ics",
        "ledger.jsonl",
        "speakers/ana-lima/calendar.ics",
        "topics/data/calendar.ics",
    )
    assert published(site) == before


def test_a_recording_appears_when_its_session_is_over(site: Path) -> None:
    """Nothing has changed but the time: `due` wakes the series, and no other."""
    build(site)
    before = published(site)
    over = datetime(2027, 2, 11, 13, 30, tzinfo=UTC)

    assert written(site, over - timedelta(seconds=1)) == ()
    found, wanted = built_and_planned(site, over)

    assert found == wanted
    assert b"video.example.org/open-data" in found["output/recordings.rss"]
    assert [path for path in changed(before, found) if path.startswith("output/data/")] == []


def test_a_cancelled_session_leaves_when_its_time_is_up(site: Path) -> None:
    build(site)
    end = datetime(2027, 2, 20, 13, 30, tzinfo=UTC)  # thirty days after it

    build(site, end - timedelta(seconds=1))
    assert b"Reviewing" in published(site)["output/calendar.ics"]
    found, wanted = built_and_planned(site, end)

    assert found == wanted
    assert b"Reviewing" not in found["output/calendar.ics"]


# --- what is there already ----------------------------------------------------------------------


def test_a_manifest_that_is_set_otherwise_is_understood(site: Path) -> None:
    build(site)
    manifest = site / "output/manifest.json"
    before, data = published(site), manifest.read_bytes()
    manifest.write_text(json.dumps(json.loads(data), indent=4), encoding="utf-8")

    assert written(site) == ("manifest.json",)
    assert (published(site), manifest.read_bytes()) == (before, data)


def test_what_a_build_would_do_is_told_and_not_done(site: Path) -> None:
    def asked() -> tuple[str, ...]:
        said, paths = api.stale(site / "events", site / "output", now=NOW)
        assert said == ()
        return paths

    build(site)
    assert asked() == ()
    edit(site / "events/late.yaml", "title: Fibres", "title: Cables")
    (site / "output/calendar.ics").unlink()
    before = stamps(site)
    told = asked()

    assert stamps(site) == before
    done = build(site).committed
    assert done is not None
    learnt = ("ledger/late.jsonl", "ledger/site.jsonl")
    assert sorted(told) == sorted((*done.written, *learnt))


@pytest.mark.parametrize("make", [api.build, api.stale])
def test_a_mistake_keeps_a_build_from_everything(
    site: Path, make: Callable[..., tuple[Any, Any]]
) -> None:
    build(site)
    edit(site / "events/late.yaml", "title: Fibres", "titel: Fibres")
    edit(site / "events/data.yaml", "title: Closing", "title: The end")
    before = published(site)

    said, done = make(site / "events", site / "output", now=NOW)

    assert "WF103" in [each.code for each in said]
    assert not done
    assert published(site) == before


def test_what_was_published_elsewhere_is_gone_on_with(site: Path) -> None:
    """As CI does that keeps no ledger: views keep their names, calendars their UIDs."""
    build(site)
    before = published(site)
    names = ("data", "early", "late", "open-science")
    previous = {name: before[f"output/{name}/ledger.jsonl"] for name in names}
    previous["site"] = before["output/ledger.jsonl"]
    for path in ("output", "events/ledger"):
        shutil.rmtree(site / path)
    edit(site / "events/site.yaml", "https://w.example.org/", "https://elsewhere.example.org/")

    api.build(site / "events", site / "output", now=NOW + DAY, previous=previous)
    after = published(site)

    uids = re.compile(rb"(?m)^(?:UID|X-WR-RELCALID):.*")
    assert not (site / "events/ledger").exists()
    assert sorted(after) == sorted(path for path in before if path.startswith("output/"))
    for path in after:
        if path.endswith(".ics"):
            assert uids.findall(after[path]) == uids.findall(before[path])


def test_a_ledger_here_and_one_elsewhere_are_both_believed(site: Path) -> None:
    build(site)
    before = published(site)
    edit(site / "events/late.yaml", "2027-07-08", "2027-07-09")
    build(site, NOW + DAY)
    here = published(site)
    previous = {
        "late": before["output/late/ledger.jsonl"],
        "site": before["output/ledger.jsonl"],
    }

    api.build(site / "events", site / "output", now=NOW + 2 * DAY, previous=previous)

    assert published(site) == here


def test_a_series_that_was_published_elsewhere_is_not_deleted(site: Path) -> None:
    """As CI does that keeps no ledger: there is none here whose series could be missed."""
    build(site)
    before = published(site)
    previous = {"early": before["output/early/ledger.jsonl"]}
    for path in ("events/early.yml", "events/ledger/early.jsonl"):
        (site / path).unlink()
    built = api.build(site / "events", site / "output", now=NOW + DAY, previous=previous)
    edit(site / "events/site.yaml", "base_url", "removed: early\nbase_url")
    withdrawn = api.build(site / "events", site / "output", now=NOW + DAY, previous=previous)

    assert [(each.code, each.location.file) for each in built.diagnostics] == [
        ("WF608", (site / "events/early.yaml").as_posix())
    ]
    assert (built.committed, withdrawn.diagnostics) == (None, ())
    assert [path for path in published(site) if "early" in path] == []


@pytest.mark.parametrize("name", ["late", "site"])
def test_a_ledger_elsewhere_that_is_damaged_stops_the_build(site: Path, name: str) -> None:
    build(site)
    before = published(site)

    built = api.build(site / "events", site / "output", now=NOW, previous={name: b"<<<<<<< main\n"})

    assert [each.code for each in built.diagnostics] == ["WF605"]
    assert built.committed is None
    assert published(site) == before


def test_a_ledger_elsewhere_that_knows_more_is_believed(site: Path) -> None:
    """A clone whose ledgers are of yesterday: what was published since is not told as new."""
    build(site)
    shutil.copytree(site / "events/ledger", site / "yesterday")
    edit(site / "events/late.yaml", "2027-07-08", "2027-07-09")
    build(site, NOW + DAY)
    here = published(site)
    previous = {
        "late": here["output/late/ledger.jsonl"],
        "site": here["output/ledger.jsonl"],
    }
    shutil.rmtree(site / "events/ledger")
    (site / "yesterday").rename(site / "events/ledger")

    api.build(site / "events", site / "output", now=NOW + 2 * DAY, previous=previous)

    outputs = {path: data for path, data in here.items() if path.startswith("output/")}
    assert {path: published(site)[path] for path in outputs} == outputs


def test_a_view_that_only_a_sites_ledger_elsewhere_knows_is_published_on(site: Path) -> None:
    """A clone from before the view, with a site's ledger of its own; the view is worth none now."""
    build(site)
    previous = {"site": published(site)["output/ledger.jsonl"]}
    shutil.rmtree(site / "output")
    edit(site / "events/late.yaml", ", topics: cables", "")
    ledger = site / "events/ledger/site.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    ledger.write_bytes(b"".join(line for line in lines if b"topics/cables" not in line))
    assert ledger.read_bytes() != b"".join(lines)

    api.build(site / "events", site / "output", now=NOW + DAY, previous=previous)

    assert "output/topics/cables/calendar.ics" in published(site)


# --- what stands where views go -----------------------------------------------------------------


def said(root: Path) -> list[tuple[str, str]]:
    """What keeps a build from writing: codes, and where below a folder."""
    with pytest.raises(Refused) as refused:
        build(root)
    return [
        (each.code, Path(each.location.file).relative_to(root).as_posix())
        for each in refused.value.diagnostics
    ]


def test_a_file_of_somebodys_where_the_folder_of_topics_goes_is_named_once(site: Path) -> None:
    (site / "output").mkdir()
    (site / "output/topics").write_text("a list of topics")

    assert said(site) == [("WF707", "output/topics")]
    assert (site / "output/topics").read_text() == "a list of topics"
    assert not (site / "output/data").exists()


def test_no_view_is_written_through_a_link(site: Path) -> None:
    (site / "precious").mkdir()
    (site / "output").mkdir()
    (site / "output/topics").symlink_to(site / "precious")

    assert said(site) == [("WF702", "output/topics")]
    assert list((site / "precious").iterdir()) == []


def test_a_file_of_ours_makes_room_for_the_folder_of_a_view(site: Path) -> None:
    """As a format that is not used any more may have left it."""
    build(site)
    shutil.rmtree(site / "output/topics")
    (site / "output/topics").write_text("ours")
    manifest = site / "output/manifest.json"
    document = json.loads(manifest.read_bytes())
    listed = document["artifacts"]
    listed["topics"] = listed["calendar.ics"]
    document["artifacts"] = {
        path: row for path, row in sorted(listed.items()) if not path.startswith("topics/")
    }
    manifest.write_text(json.dumps(document))

    found, wanted = built_and_planned(site)

    assert found == wanted
    assert "output/topics/data/calendar.ics" in found


def test_a_killed_build_that_had_announced_a_view_is_healed(site: Path) -> None:
    build(site)
    before = published(site)
    stray = site / "output/topics/gone/calendar.ics"
    stray.parent.mkdir()
    stray.write_bytes(b"a topic that never was")
    digest = sha256(stray.read_bytes()).hexdigest()
    lines = [
        {"path": "topics/gone/calendar.ics", "sha256": digest},
        {"path": "topics/data/calendar.ics", "sha256": digest},
    ]
    pending = site / "output/.webinar-feeds/pending"
    pending.write_text("\n".join(map(json.dumps, lines)))

    assert build(site).committed is not None
    assert published(site) == before
    assert not stray.parent.exists()
    assert not pending.exists()


def test_a_folder_in_the_place_of_the_sites_ledger_is_said(site: Path) -> None:
    (site / "events/ledger/site.jsonl").mkdir(parents=True)

    assert ("WF802", (site / "events/ledger/site.jsonl").as_posix()) in [
        (each.code, each.location.file) for each in build(site).diagnostics
    ]
    assert not (site / "output/calendar.ics").exists()
