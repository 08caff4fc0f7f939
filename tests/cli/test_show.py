"""`webinar-feeds show`: the programme as people read it, and as programs do."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from webinar_feeds.cli import columns
from webinar_feeds.cli.main import cli

if TYPE_CHECKING:
    from pathlib import Path

SITE = "title: Our webinars\nbase_url: https://webinars.example.org/\n"
SERIES = """\
title: Open science over lunch
organizers: [The Library, Graduate School]
page: https://www.example.org/open-science
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - id: reviewing
    date: 2027-01-14
    title: Reviewing in the open
    status: postponed
  - id: preprints
    date: 2026-12-10
    title: Preprints, and who reads them before anybody else has had the time to
    languages: [en, fr]
    talks:
      - title: One
        speakers: [{name: Ana Lima, prefix: Ms}, {name: Kim}]
      - title: Two
        speakers: [{name: Kim}]
    join: {url: https://meet.example.org/42, audience: registered}
    recordings:
      - {id: english, title: Talks only, language: en, url: announced}
      - {id: french, url: "https://media.example.org/preprints.mp4", duration: 1h28m}
  - id: late
    date: 2027-02-11
    time: 23:30–00:30
    title: Late
    status: cancelled
    join: {url: https://meet.example.org/43, audience: public}
  - id: perhaps
    date: 2027-03-29
    title: Perhaps
    status: tentative
"""
DURING = "2026-12-10T12:30:00Z"


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """An events folder with one series."""
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    (tmp_path / "open-science.yaml").write_text(SERIES, encoding="utf-8")
    return tmp_path


def show(events: Path, *arguments: str, width: int = 80, now: str = DURING) -> Result:
    runner = CliRunner(env={"COLUMNS": str(width), "LINES": "24"})
    return runner.invoke(cli, ["show", "--events", str(events), "--now", now, *arguments])


def test_the_programme_is_set_by_date(events: Path) -> None:
    assert (
        show(events, width=60).output
        == """\
Open science over lunch
The Library and Graduate School
open-science · 4 sessions · 10 December 2026 – 29 March 2027

2026
  Thu 10 Dec  13:00–14:30 CET (UTC+1) · on now
              Preprints, and who reads them before
              anybody else has had the time to
              Ms Ana Lima, Kim
              recording announced (Talks only, en)
              recording
              https://media.example.org/preprints.mp4
              (french, 1 h 28 min)

2027
  Thu 14 Jan  13:00–14:30 CET (UTC+1) · postponed
              Reviewing in the open

  Thu 11 Feb  23:30–00:30 (Friday) CET (UTC+1) · cancelled
              Late

  Mon 29 Mar  13:00–14:30 CEST (UTC+2) · to be confirmed
              Perhaps
"""
    )


def test_what_is_over_is_not_coming(events: Path) -> None:
    after = "2027-02-11T23:00:00Z"

    assert (
        show(events, "--coming", now=after).output
        == """\
Open science over lunch
The Library and Graduate School
open-science · 2 sessions · 11 February – 29 March 2027

2027
  Thu 11 Feb  23:30–00:30 (Friday) CET (UTC+1) · cancelled
              Late

  Mon 29 Mar  13:00–14:30 CEST (UTC+2) · to be confirmed
              Perhaps
"""
    )
    assert show(events, "--coming", now="2028-01-01").output == "Nothing is coming.\n"


def test_zones_stand_below_each_other_with_their_day_where_it_is_another(events: Path) -> None:
    done = show(events, "--zone", "Asia/Seoul", "--zone", "Europe/Berlin", "--coming")

    lines = done.output.splitlines()
    first = next(place for place, line in enumerate(lines) if "Thu 14 Jan" in line)
    assert lines[first : first + 3] == [
        "  Thu 14 Jan  13:00–14:30  CET (UTC+1)  Europe/Berlin · postponed",
        "              21:00–22:30  KST (UTC+9)  Asia/Seoul",
        "              Reviewing in the open",
    ]
    assert "              07:30–08:30           KST (UTC+9)  Asia/Seoul     Fri 12 February" in (
        lines
    )


def test_where_zones_do_not_fit_beside_the_clock_they_stand_below_it(events: Path) -> None:
    done = show(events, "--zone", "America/Argentina/Buenos_Aires", width=60, now="2026-11-01")

    assert done.output.splitlines()[5:9] == [
        "  Thu 10 Dec  13:00–14:30 CET (UTC+1)",
        "                Europe/Berlin",
        "              09:00–10:30 UTC−3",
        "                America/Argentina/Buenos_Aires",
    ]


def test_a_state_that_does_not_fit_stands_below_the_time(events: Path) -> None:
    done = show(events, "--coming", width=40, now="2027-02-12")

    assert done.output.splitlines()[5:8] == [
        "  Mon 29 Mar  13:00–14:30 CEST (UTC+2)",
        "              to be confirmed",
        "              Perhaps",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_nothing_but_an_address_is_wider_than_the_terminal(events: Path, width: int) -> None:
    lines = show(events, "--zone", "Asia/Seoul", width=width).output.splitlines()

    assert [
        line for line in lines if columns.width(line) > min(width, 88) and "://" not in line
    ] == []


def test_wide_letters_and_those_from_right_to_left_keep_to_their_lines(events: Path) -> None:
    (events / "open-science.yaml").write_text(
        "title: 学習都市の回復力\ntimezone: Asia/Seoul\ntime: 13:00–14:30\nsessions:\n"
        "  - id: a\n    date: 2027-01-14\n    title: مدن التعلم من البحث إلى الممارسة\n"
        "    talks: [{title: A, speakers: [{name: 이재준}, {name: أحمد}, {name: Lee}]}]\n",
        encoding="utf-8",
    )

    assert show(events, width=40).output.splitlines()[-4:] == [
        "  Thu 14 Jan  13:00–14:30 KST (UTC+9)",
        "              \u2068مدن التعلم من\u2069",
        "              \u2068البحث إلى الممارسة\u2069",
        "              이재준, \u2068أحمد\u2069, Lee",
    ]


def test_several_series_stand_apart_and_one_can_be_asked_for(events: Path) -> None:
    other = SERIES.replace("Open science over lunch", "Another")
    (events / "another.yaml").write_text(other, encoding="utf-8")

    both, one = show(events).output, show(events, "open-science", "open-science").output

    assert both.startswith("Another\n")
    assert both.endswith(f"\n\n\n{one}")
    assert one.startswith("Open science over lunch\n")


def test_an_unknown_series_is_wrong_usage(events: Path) -> None:
    done = show(events, "closed-science")

    assert (done.exit_code, done.stdout) == (2, "")
    assert f"there is no series `closed-science` in {events}\n" in done.stderr


def test_files_with_errors_are_left_out_and_that_is_said(events: Path) -> None:
    (events / "broken.yaml").write_text("title: [\n", encoding="utf-8")

    done = show(events)

    assert done.exit_code == 1
    assert done.stdout == show(events, "open-science").stdout
    assert done.stderr == "Some files have errors and are left out: see `webinar-feeds check`.\n"
    assert "`webinar-feeds check`" in show(events, "broken").stderr


def test_a_zone_that_nobody_knows_is_wrong_usage(events: Path) -> None:
    done = show(events, "--zone", "Middle-earth")

    assert (done.exit_code, done.stdout) == (2, "")
    assert "Invalid value for --zone" in done.stderr


def test_programs_are_given_instants_with_their_offsets(events: Path) -> None:
    done = show(events, "--format", "json", "--zone", "Asia/Seoul", "--zone", "Europe/Berlin")

    document = json.loads(done.stdout)
    (series,) = document.pop("series")
    preprints, reviewing, late, _ = series.pop("sessions")
    assert document == {"version": 1, "site": "Our webinars"}
    assert series == {
        "id": "open-science",
        "title": "Open science over lunch",
        "language": "en",
        "organizers": ["The Library", "Graduate School"],
        "page": "https://www.example.org/open-science",
    }
    assert preprints == {
        "id": "preprints",
        "title": "Preprints, and who reads them before anybody else has had the time to",
        "zone": "Europe/Berlin",
        "start": "2026-12-10T13:00:00+01:00",
        "end": "2026-12-10T14:30:00+01:00",
        "elsewhere": [
            {
                "zone": "Asia/Seoul",
                "start": "2026-12-10T21:00:00+09:00",
                "end": "2026-12-10T22:30:00+09:00",
            }
        ],
        "status": "confirmed",
        "languages": ["en", "fr"],
        "speakers": ["Ms Ana Lima", "Kim"],
        "page": None,
        "registration": None,
        "join": None,
        "recordings": [
            {"id": "english", "url": None, "title": "Talks only", "language": "en"}
            | {"seconds": None},
            {"id": "french", "url": "https://media.example.org/preprints.mp4", "title": None}
            | {"language": None, "seconds": 5280},
        ],
    }
    assert (reviewing["status"], late["status"]) == ("postponed", "cancelled")
    assert late["join"] == "https://meet.example.org/43"


def on_a_terminal(events: Path, **environment: str) -> str:
    """What the command prints on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    own = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")}
    program = [sys.executable, "-m", "webinar_feeds", "show", "--events", str(events)]
    subprocess.run(
        [*program, "--now", DURING], stdout=theirs, env={**own, **environment}, check=True
    )
    os.close(theirs)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)
    return shown


def test_colours_are_for_terminals_and_for_those_who_want_them(events: Path) -> None:
    assert "\x1b[32m\x1b[1mon now" in on_a_terminal(events)
    assert "\x1b" not in on_a_terminal(events, NO_COLOR="1")
    assert "\x1b" not in show(events).output
