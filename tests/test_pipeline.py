from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import plain_build
from event_files import said, with_session
from webinar_feeds import pipeline
from webinar_feeds.pipeline import Events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from committing import Planned

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SITE = "base_url: https://w.example.org/\n"
GOOD = {"events/site.yaml": SITE, "events/open-science.yaml": with_session()}


def folder(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """A folder of files under `root`; returns its `events`."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root / "events"


def told(root: Path, files: Mapping[str, str | bytes]) -> list[tuple[str, str]]:
    """What is said of a folder: codes and the words they point at, paths as below the folder."""
    events = pipeline.gather(folder(root, files), root / "output")
    found = said(pipeline.load(events).diagnostics)
    return [(code, words.replace(f"{root.as_posix()}/", "")) for code, words in found]


def planned(root: Path, now: datetime = NOW) -> Planned:
    return plain_build.plan(pipeline.gather(root / "events", root / "output"), now)


def written(plan: Planned, root: Path) -> dict[str, bytes]:
    """The files of a plan, after writing them and its memory as a build does."""
    artifacts = {each.path: each.read() for each in plan.artifacts}
    memory = {f"events/ledger/{name}": data for name, data in plan.memory.items()}
    folder(root, memory | {f"output/{path}": data for path, data in artifacts.items()})
    return artifacts


@pytest.mark.parametrize("name", ["ledger", "templates"])
def test_a_folder_that_may_not_be_read_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Ledgers that cannot be seen are not lost ones."""
    events = folder(tmp_path, GOOD)
    listed = os.listdir

    def refused(path: Path) -> list[str]:
        if Path(path).name == name:
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "listdir", refused)
    (said,) = pipeline.survey(events).diagnostics

    assert (said.code, said.location.file) == ("WF802", (events / name).as_posix())
    assert said.message == "the file cannot be read: Permission denied"


# --- what is read -------------------------------------------------------------------------------


def test_a_folder_is_a_site_and_its_series(tmp_path: Path) -> None:
    files = GOOD | {
        "events/zoology.yml": with_session(),
        "events/.hidden.yaml": "not: read",
        "events/notes.txt": "not read",
        "events/drafts/later.yaml": "not read",
    }
    loaded = pipeline.load(pipeline.gather(folder(tmp_path, files)))

    assert (loaded.site.base_url, loaded.past, loaded.diagnostics) == (
        "https://w.example.org/",
        {},
        (),
    )
    assert [each.id for each in loaded.series] == ["open-science", "zoology"]


def test_one_file_is_read_beside_its_site_alone(tmp_path: Path) -> None:
    files = GOOD | {"events/zoology.yaml": "broken", "events/site.yaml": f"{SITE}title: Ours"}
    events = folder(tmp_path, files)
    loaded = pipeline.load(pipeline.gather(events / "open-science.yaml"))

    assert ([each.id for each in loaded.series], loaded.site.title, loaded.diagnostics) == (
        ["open-science"],
        "Ours",
        (),
    )


@pytest.mark.parametrize("name", ["open-science.yaml", "open-science.yml"])
def test_one_file_is_read_beside_its_ledger_alone(tmp_path: Path, name: str) -> None:
    events = folder(
        tmp_path,
        {
            f"events/{name}": with_session(),
            "events/ledger/open-science.jsonl": "of this one",
            "events/ledger/zoology.jsonl": "of another",
            "events/ledger/site.jsonl": "of the site",
        },
    )

    assert pipeline.gather(events / name).ledgers == {"open-science": b"of this one"}


@pytest.mark.parametrize(
    ("ledger", "code"), [("of the site", "WF603"), ("<<<<<<< ours\n", "WF605")]
)
def test_the_sites_own_ledger_is_read(tmp_path: Path, ledger: str, code: str) -> None:
    found = told(
        tmp_path,
        {"events/open-science.yaml": with_session(), "events/ledger/site.jsonl": ledger},
    )

    assert (code, ledger.strip()) in found


def test_without_event_files_the_folder_is_named(tmp_path: Path) -> None:
    assert told(tmp_path, {"events/site.yaml": SITE}) == [("WF801", "events")]
    assert [
        each.code for each in pipeline.load(pipeline.gather(tmp_path / "nowhere")).diagnostics
    ] == ["WF801"]


def test_what_cannot_be_opened_is_said(tmp_path: Path) -> None:
    for path in ("events/a.yaml", "events/site.yaml", "events/ledger/open-science.jsonl"):
        (tmp_path / path).mkdir(parents=True)

    assert told(tmp_path, {"events/open-science.yaml": with_session()}) == [
        ("WF802", "events/a.yaml"),
        ("WF802", "events/ledger/open-science.jsonl"),
        ("WF307", "events/site.yaml"),
        ("WF802", "events/site.yaml"),
    ]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file that no one can read")
def test_a_calendar_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    """Only a ledger that is lost makes a build open it."""
    (tmp_path / "output/open-science").mkdir(parents=True)
    (tmp_path / "output/open-science/calendar.ics").symlink_to("/proc/self/mem")

    assert told(tmp_path, GOOD) == [("WF802", "output/open-science/calendar.ics")]


def test_two_files_cannot_be_one_series(tmp_path: Path) -> None:
    assert told(tmp_path, GOOD | {"events/open-science.yml": with_session()}) == [
        ("WF112", "events/open-science.yml")
    ]


def test_a_second_site_file_is_no_series(tmp_path: Path) -> None:
    assert ("WF113", "events/site.yml") in told(tmp_path, GOOD | {"events/site.yml": SITE})


def test_all_files_mistakes_are_said_at_once_in_order(tmp_path: Path) -> None:
    files = {
        "events/z.yaml": with_session("titel: T"),
        "events/a.yaml": with_session("status: off\npage: nowhere"),
        "events/site.yaml": "lang: en",
    }

    assert told(tmp_path, files) == [
        ("WF107", "off"),
        ("WF110", "nowhere"),
        ("WF307", "events/site.yaml"),
        ("WF103", "lang"),
        ("WF103", "titel"),
    ]


def test_a_default_of_the_site_that_is_wrong_is_said_once_for_all_series(tmp_path: Path) -> None:
    one = with_session("", "time: 13:00–14:00")
    files = {"events/a.yaml": one, "events/b.yaml": one, "events/site.yaml": f"{SITE}timezone: IST"}

    assert told(tmp_path, files) == [("WF202", "IST")]


def test_a_broken_site_does_not_hide_what_is_wrong_with_the_series(tmp_path: Path) -> None:
    files = GOOD | {"events/site.yaml": "title: [", "events/a.yaml": with_session("titel: T")}

    assert told(tmp_path, files) == [("WF103", "titel"), ("WF015", "[")]


@pytest.mark.parametrize("site", [{}, {"events/site.yaml": "title: Our webinars"}])
def test_an_address_that_is_not_known_is_a_warning(tmp_path: Path, site: dict[str, str]) -> None:
    files = site | {"events/open-science.yaml": with_session()}

    assert told(tmp_path, files) == [("WF307", "events/site.yaml")]


def test_an_address_that_is_wrong_is_not_missing_as_well(tmp_path: Path) -> None:
    assert told(tmp_path, GOOD | {"events/site.yaml": "base_url: here"}) == [("WF110", "here")]


def test_a_format_has_to_be_installed(tmp_path: Path) -> None:
    assert told(tmp_path, GOOD | {"events/site.yaml": f"{SITE}formats: [calendar, tapestry]"}) == [
        ("WF803", "tapestry")
    ]


def test_findings_of_the_rules_are_said_where_their_words_stand(tmp_path: Path) -> None:
    files = {
        "events/open-science.yaml": with_session("", "time: 13:00–14:30"),
        "events/site.yaml": f"{SITE}timezone: CET\nplatform: ana@example.org",
    }

    assert told(tmp_path, files) == [("WF220", "CET"), ("WF404", "ana@example.org")]


# --- what is remembered -------------------------------------------------------------------------


def test_a_series_that_was_published_is_not_deleted(tmp_path: Path) -> None:
    folder(tmp_path, GOOD | {"events/zoology.yaml": with_session()})
    written(planned(tmp_path), tmp_path)
    (tmp_path / "events/zoology.yaml").unlink()

    assert told(tmp_path, {}) == [("WF608", "events/ledger/zoology.jsonl")]
    assert told(tmp_path, {"events/site.yaml": f"{SITE}removed: zoology"}) == []


def test_a_ledger_that_cannot_be_read_stops_the_build(tmp_path: Path) -> None:
    files = GOOD | {"events/ledger/open-science.jsonl": "<<<<<<< main\n"}

    assert told(tmp_path, files) == [("WF605", "<<<<<<< main")]
    assert planned(tmp_path)[:2] == ({}, ())


@pytest.mark.parametrize("left", [None, b"", b"\n"])
def test_a_ledger_that_is_lost_is_found_in_the_published_calendar(
    tmp_path: Path, left: bytes | None
) -> None:
    folder(tmp_path, GOOD | {"events/open-science.yaml": with_session("sequence: 5")})
    written(planned(tmp_path), tmp_path)
    lost = tmp_path / "events/ledger/open-science.jsonl"
    lost.unlink()
    if left is not None:
        lost.write_bytes(left)
    moved = {"events/site.yaml": "base_url: https://elsewhere.example.org/"}

    assert told(tmp_path, moved | {"events/open-science.yaml": with_session("platform: Zoom")}) == [
        ("WF606", "events/ledger/open-science.jsonl")
    ]
    calendar = (tmp_path / "output/open-science/calendar.ics").read_bytes().split(b"\r\n")
    again = written(planned(tmp_path, NOW + DAY), tmp_path)["open-science/calendar.ics"]
    uids = [each for each in calendar if each.startswith(b"UID:")]
    assert [each for each in again.split(b"\r\n") if each.startswith(b"UID:")] == uids
    assert b"\r\nSEQUENCE:6\r\n" in again


def test_a_calendar_of_somebody_else_is_no_memory(tmp_path: Path) -> None:
    assert told(tmp_path, GOOD | {"output/open-science/calendar.ics": "hello"}) == []


# --- what is planned ----------------------------------------------------------------------------


def test_an_error_plans_nothing(tmp_path: Path) -> None:
    folder(tmp_path, GOOD | {"events/zoology.yaml": "broken"})
    plan = planned(tmp_path)

    assert (plan.memory, tuple(plan.artifacts), [each.code for each in plan.diagnostics]) == (
        {},
        (),
        ["WF027"],
    )


def test_a_plan_has_the_ledgers_and_every_format(tmp_path: Path) -> None:
    folder(tmp_path, GOOD)
    plan = planned(tmp_path)

    assert sorted(plan.memory) == ["open-science.jsonl", "site.jsonl"]
    assert sorted(written(plan, tmp_path)) == [
        "calendar.ics",
        "changes.atom",
        "ledger.jsonl",
        "open-science/calendar.ics",
        "open-science/changes.atom",
        "open-science/invites/preprints.ics",
        "open-science/ledger.jsonl",
        "open-science/recordings.atom",
        "open-science/recordings.json",
        "open-science/recordings.rss",
        "recordings.atom",
        "recordings.json",
        "recordings.rss",
    ]


def test_a_format_that_is_named_twice_is_drawn_once(tmp_path: Path) -> None:
    folder(tmp_path, GOOD | {"events/site.yaml": f"{SITE}formats: [calendar, calendar]"})

    assert sorted(each.path for each in planned(tmp_path).artifacts) == [
        "calendar.ics",
        "ledger.jsonl",
        "open-science/calendar.ics",
        "open-science/invites/preprints.ics",
        "open-science/ledger.jsonl",
    ]


def test_a_second_build_is_the_first_whatever_the_time(tmp_path: Path) -> None:
    folder(tmp_path, GOOD)
    first = planned(tmp_path)
    memory, files = first.memory, written(first, tmp_path)
    second = planned(tmp_path, NOW + 400 * DAY)

    assert (second.memory, written(second, tmp_path)) == (memory, files)


def test_a_plan_opens_no_file(tmp_path: Path) -> None:
    events = pipeline.gather(folder(tmp_path, GOOD))
    for path in ("open-science.yaml", "site.yaml"):
        (tmp_path / "events" / path).unlink()

    assert len(tuple(plain_build.plan(events, NOW).artifacts)) == 13


def test_an_empty_folder_plans_no_site_either() -> None:
    plan = plain_build.plan(Events("events", None, (), {}, {}), NOW)

    assert (tuple(plan.artifacts), plan.diagnostics) == ((), ())


# --- the clock ----------------------------------------------------------------------------------


def test_the_time_of_a_build_may_be_given_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1583020800")

    assert pipeline.clock() == datetime(2020, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "today", "1e9", "9" * 12, "9" * 30])
def test_a_time_that_is_no_number_of_seconds_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", text)

    with pytest.raises(ValueError):  # noqa: PT011 - Python's own words
        pipeline.clock()


def test_otherwise_the_machines_clock_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    before = datetime.now(UTC)  # noqa: TID251 - it is the clock that is tested

    assert timedelta() <= pipeline.clock() - before < timedelta(minutes=1)


def test_a_manifest_names_what_made_it() -> None:
    assert re.fullmatch(r"webinar-feeds [0-9]+\.[0-9]+\.[0-9]+", pipeline.generator())
    assert re.fullmatch(r"20[0-9]{2}[a-z]", pipeline.tz_database())
