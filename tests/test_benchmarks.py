"""The benchmarks run, and what they are set against is pinned; no figure is asserted."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

WORK = {
    "1": [
        "real series, full build / `import click`",
        "real series with pages, full build / `import click`",
    ],
    "2": ["real series, nothing changed / `import click`"],
    "3": [
        "30 sessions, whole build / yaml2ics",
        "30 sessions, the calendar alone / yaml2ics",
        "30 sessions, the calendar alone / `ics`",
        "30 sessions, the calendar alone / ical-generator",
        "30 sessions, the calendar alone / icalendar and `yaml.safe_load`",
        "30 sessions, the calendar alone / icalendar",
        "30 sessions, the calendar alone / f-strings",
    ],
    "4": [
        "clean build of 3 series × 4, peak memory / –",
        "clean build of 12 series × 4, peak memory / –",
        "from 3 series × 4 to 12 series × 4, growth of the peak / a session",
        "clean build of one series of 30 sessions, peak memory / –",
    ],
    "5": ["clean build of 3 series × 4, all outputs / bare `yaml.parse`"],
    "6": ["from 3 series × 4 to 12 series × 4, growth of the CPU time / exponent"],
    "7": ["12 series × 4, nothing changed / a session"],
    "8": ["12 series × 4, one session changed / its clean build"],
    "9": ["clean build of 12 series × 4 with 2 processes, wall clock / 1 process"],
    "10": [
        "10 recordings, whole build / feedgen",
        "10 recordings, RSS and Atom alone / feedgen",
        "`webinar-feeds --version` / `import click`",
    ],
}


def run(repository: Path, program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, f"benchmarks/{program}", *arguments],
        cwd=repository,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return done.stdout


def table(text: str) -> dict[str, list[str]]:
    """Work and opponent of each row, by its number."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("| ") and not line.startswith("|  |"):
            number, work, against = (cell.strip() for cell in line.split("|")[1:4])
            found.setdefault(number, []).append(f"{work} / {against}")
    return found


def test_the_table_of_ratios_can_be_measured(repository: Path, tmp_path: Path) -> None:
    """The small form also proves that builds touch only what they should: it fails otherwise."""
    target = tmp_path / "table.md"

    told = run(
        *(repository, "run.py", "--small"),
        *("--markdown", str(target), "--date", "2027-01-31"),
    )

    assert target.read_text(encoding="utf-8") == told
    assert told.startswith("Measured 2027-01-31: ")
    assert table(told) == WORK


def test_rows_can_be_chosen(repository: Path) -> None:
    told = run(repository, "run.py", "--small", "--rows", "2")

    assert table(told) == {"2": WORK["2"]}


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_arguments_make_the_same_series(repository: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        run(repository, "generate.py", str(folder), "--series", "2", "--sessions", "3")

    assert files(one) == files(other)
    assert sorted(files(one)) == ["series-0.yaml", "series-1.yaml", "site.yaml"]


def test_a_change_is_the_title_of_one_session_that_has_a_recording(
    repository: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "events"
    run(repository, "generate.py", str(folder), "--series", "3", "--sessions", "4")
    before = files(folder)

    told = run(repository, "generate.py", str(folder), "--change", "7")

    assert told == "series-1 session-3\n"
    assert before["series-1.yaml"].rfind(b"recording:") > before["series-1.yaml"].find(b"Session 3")
    after = files(folder)
    revised = re.sub(rb'"Session 3: ', b'"Session 3, revised 7: ', before["series-1.yaml"])
    assert after == {**before, "series-1.yaml": revised}


def test_each_form_holds_the_same_sessions(repository: Path, tmp_path: Path) -> None:
    sizes = ("--sessions", "3", "--plain")
    ours, theirs, data = tmp_path / "ours", tmp_path / "theirs.yaml", tmp_path / "data.json"
    run(repository, "generate.py", str(ours), "--series", "1", *sizes)
    run(repository, "generate.py", str(theirs), "--as", "yaml2ics", *sizes)
    run(repository, "generate.py", str(data), "--as", "json", *sizes)

    events = json.loads(data.read_text(encoding="utf-8"))["events"]
    titles = [each["summary"] for each in events]
    pattern = r'(?:title|summary): "(.+)"'
    assert len(titles) == 3
    assert re.findall(pattern, (ours / "series-0.yaml").read_text(encoding="utf-8")) == titles
    assert re.findall(pattern, theirs.read_text(encoding="utf-8")) == titles
    # A Wednesday in January at 13:00 in Berlin.
    assert events[0]["begin"] == "2015-01-07T12:00:00+00:00"
    assert events[0]["end"] == "2015-01-07T13:30:00+00:00"


@pytest.fixture
def benchmarks(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Modules of benchmarks/ by name; they are programs that find each other beside them."""
    monkeypatch.syspath_prepend(repository / "benchmarks")
    return importlib.import_module


@pytest.fixture
def lab(benchmarks: Callable[[str], ModuleType]) -> ModuleType:
    return benchmarks("lab")


def test_a_file_is_touched_when_it_comes_goes_is_written_or_replaced(
    lab: ModuleType, tmp_path: Path
) -> None:
    below = tmp_path / "below"
    below.mkdir()
    kept, gone, written, replaced, came = (
        below / name for name in ("kept", "gone", "written", "replaced", "came")
    )
    for path in (kept, gone, written, replaced):
        path.write_text("same", encoding="utf-8")
        os.utime(path, ns=(0, 0))
    before = lab.stamps(tmp_path)

    gone.unlink()
    written.write_text("same", encoding="utf-8")
    came.write_text("new", encoding="utf-8")
    twin = below / "twin"
    twin.write_text("same", encoding="utf-8")
    os.utime(twin, ns=(0, 0))
    twin.replace(replaced)

    told = lab.touched(before, lab.stamps(tmp_path))
    assert told == sorted(str(each) for each in (gone, written, replaced, came))


def test_folders_differ_in_bytes_and_names_but_not_in_a_build_s_own_business(
    lab: ModuleType, tmp_path: Path
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder, text in ((one, "1"), (other, "2")):
        (folder / ".cache").mkdir(parents=True)
        (folder / "below").mkdir()
        (folder / ".cache" / "state").write_text(text, encoding="utf-8")
        (folder / "below" / "differs").write_text(text, encoding="utf-8")
        (folder / "below" / "same").write_text("same", encoding="utf-8")
    (other / "more").write_text("more", encoding="utf-8")

    assert lab.differing(one, other) == ["below/differs", "more"]


# Takes the arguments of `webinar-feeds build EVENTS -o OUTPUT`, and behind them what to write.
BUILDER = """
import pathlib, sys
mode, events, out = sys.argv[1], pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[5])

def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    held = path.read_bytes() if path.is_file() else None
    if held is None or mode == "everything" or (mode == "what differs" and held != text):
        path.write_bytes(text)

for source in events.glob("*.yaml"):
    for number in range(4):
        event = b"BEGIN:VEVENT\\r\\nUID:%s-%d\\r\\n" % (source.stem.encode(), number)
        write(out / source.stem / "invites" / ("session-%d.ics" % number), event)
    write(out / source.stem / "calendar.ics", source.read_bytes())
    write(events / "ledger" / (source.stem + ".jsonl"), b"")
write(out / "manifest.json", b"{}")
"""


@pytest.fixture
def judged(
    benchmarks: Callable[[str], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str], str]:
    """What a row says is wrong with a builder of ours that writes a certain choice of files."""
    lab, rows = benchmarks("lab"), benchmarks("rows")
    program, folder = tmp_path / "builder.py", tmp_path / "lab"
    program.write_text(BUILDER, encoding="utf-8")
    folder.mkdir()

    def judge(row: str, mode: str) -> str:
        monkeypatch.setattr(lab, "OURS", (sys.executable, str(program), mode))
        (told,) = getattr(rows, row)(lab.Lab(folder, lab.SMALL))
        return str(told.wrong)

    return judge


@pytest.mark.parametrize(
    ("mode", "wrong"),
    [
        ("everything", "touched: events/ledger/learning-cities-recovery.jsonl, 13 in all"),
        ("what differs", ""),
    ],
)
def test_a_build_without_changes_may_touch_nothing(
    judged: Callable[[str, str], str], mode: str, wrong: str
) -> None:
    assert judged("real_unchanged", mode) == wrong


@pytest.mark.parametrize(
    ("mode", "wrong"),
    [
        (
            "everything",
            (
                "written as before: manifest.json, 65 in all; "
                "written that does not hold the session: series-0/calendar.ics, 60 in all"
            ),
        ),
        ("what differs", ""),
        ("what is missing", "not what a clean build makes: series-6/calendar.ics, 1 in all"),
    ],
)
def test_a_build_after_a_change_writes_what_differs_and_nothing_else(
    judged: Callable[[str, str], str], mode: str, wrong: str
) -> None:
    assert judged("changed", mode) == wrong


@pytest.mark.parametrize(
    ("limit", "least", "value", "verdict"),
    [
        (3.2, False, 3.2, "met"),
        (3.2, False, 4.0, "missed by 25%"),
        (3.2, False, 9.6, "missed: 3.0 × the bar"),
        (1.5, True, 1.5, "met"),
        (1.5, True, 1.2, "missed by 20%"),
    ],
)
def test_a_bar_is_reached_or_missed_by_so_much(
    benchmarks: Callable[[str], ModuleType], limit: float, least: bool, value: float, verdict: str
) -> None:
    assert benchmarks("rows").Bar(limit, str(limit), least=least).verdict(value) == verdict


def test_a_measured_command_s_workers_are_counted(repository: Path, tmp_path: Path) -> None:
    program = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(3_000_000))'])"
    )
    out = tmp_path / "out"

    told = json.loads(run(repository, "measure.py", str(out), sys.executable, "-c", program))

    assert told["status"] == 0
    assert sorted(told) == ["cpu", "memory", "status", "wall", "workers"]
    assert min(told["cpu"], told["wall"], told["memory"], told["workers"]) > 0


def test_hotspots_are_told_by_module_and_function(repository: Path, tmp_path: Path) -> None:
    run(repository, "generate.py", str(tmp_path / "events"), "--series", "5", "--sessions", "10")

    told = run(
        *(repository, "hotspots.py", "build", str(tmp_path / "events")),
        *("-o", str(tmp_path / "output"), "-q"),
    )

    assert re.fullmatch(
        r"\d+\.\d\d s of CPU time, \d+ looks\n\n"
        r"(?: *\d+\.\d%  [\w.]+\n)+\n"
        r"(?: *\d+\.\d%  [\w.]+: .+\n)+",
        told,
    )


def test_the_floor_writes_what_was_built_once_more_and_leaves_nothing(
    repository: Path, tmp_path: Path
) -> None:
    events, output = tmp_path / "events", tmp_path / "output"
    events.mkdir()
    (events / "a.yaml").write_text("title: A\n", encoding="utf-8")
    (output / "a/invites").mkdir(parents=True)
    (output / "a/invites/one.ics").write_bytes(b"12345")
    (output / "calendar.ics").write_bytes(b"123")
    (output / ".webinar-feeds").mkdir()
    (output / ".webinar-feeds/state").write_bytes(b"not published")

    told = run(repository, "floor.py", str(events), str(output))

    assert re.findall(r"(?m)[\d.]+ s +[\d.]+  (.+)$", told) == [
        "events of the parser",
        "hash of 2 files",
        "write of 8 bytes",
        "together",
    ]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["events", "output"]


@pytest.mark.parametrize("name", ["yaml2ics", "ics"])
def test_the_python_peers_are_pinned_by_hash_and_no_address(repository: Path, name: str) -> None:
    text = (repository / f"benchmarks/peers/{name}.lock").read_text(encoding="utf-8")

    pinned = re.findall(r"(?m)^([a-z0-9._-]+)==\S+(?: ; [^\\\n]+)? \\\n +--hash=sha256:", text)
    assert name in pinned
    assert len(pinned) == len(re.findall(r"(?m)^[a-z]", text))
    assert re.findall(r"https?:|file:|--index|--find-links|(?m:^/)", text) == []


def test_the_npm_peer_is_pinned_by_hash_and_no_address(repository: Path) -> None:
    text = (repository / "benchmarks/peers/package-lock.json").read_text(encoding="utf-8")

    assert text.count('"node_modules/') == 1
    assert text.count('"integrity": "sha512-') == 1
    assert "resolved" not in text


def test_letters_a_second_can_be_measured(repository: Path) -> None:
    """It runs; how fast is said by benchmarks/mail.md."""
    command = [sys.executable, str(repository / "benchmarks/mail.py")]
    ran = subprocess.run(
        [*command, "--letters", "20", "--rounds", "1"], capture_output=True, text=True, check=True
    )

    assert ran.stdout.splitlines()[-1].startswith("| 20 | ")


def test_servers_can_be_loaded(repository: Path, tmp_path: Path) -> None:
    """Each answers what it is asked, mostly that nothing is new; see benchmarks/serving.md."""
    target = tmp_path / "table.md"
    told = run(
        *(repository, "serving.py", "--seconds", "1", "--rounds", "1", "--connections", "2"),
        *("--markdown", str(target), "--date", "2027-01-31"),
    )

    assert target.read_text(encoding="utf-8") == told
    assert told.startswith("Measured 2027-01-31: ")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in told.splitlines()[-3:]]
    assert [row[0] for row in rows] == ["nginx", "caddy", "`webinar-feeds serve`"]
    for _, rate, share, size, _, wrong in rows:
        assert int(rate) > 0
        assert 50 < float(share.removesuffix(" %")) < 95
        assert int(size) > 100
        assert wrong == "0"


def test_what_a_publication_moves_can_be_counted(repository: Path) -> None:
    """One session moves the files that hold it, nothing costs one question (H4)."""
    told = [
        run(repository, "publishing.py", "--series", count, *where).splitlines()[-3:]
        for count, where in (("2", ["--s3"]), ("6", []))
    ]
    few, many = ([[cell.strip() for cell in row.split("|")] for row in rows] for rows in told)

    assert int(many[0][2]) > 2 * int(few[0][2])
    assert few[1][2:4] == many[1][2:4]
    assert few[2][2:5] == many[2][2:5] == ["0", "1 × conditional read", "0"]


def test_a_cluster_and_processes_make_the_same_bytes(repository: Path) -> None:
    """The program compares them, and ends with an error where they differ."""
    told = run(repository, "cluster.py", "--series", "30", "--sessions", "2").splitlines()

    assert [line.split("|")[1].strip() for line in told[-3:]] == [
        "one process",
        "two processes",
        "a Dask cluster of two workers",
    ]
