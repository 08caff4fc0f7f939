"""CI builds from what was published, laptops from what was committed, and both see the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from webinar_feeds import api, ledger, published
from webinar_feeds.diagnostics import failed

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SITE = "title: Our webinars\nbase_url: https://w.example.org/\n"
SERIES = """\
title: Open science
timezone: Europe/Berlin
time: 13:00–14:30
join: {url: 'https://j.example.org/1', audience: registered}
sessions:
  - {id: preprints, date: 2027-06-16, title: Preprints, platform: Zoom}
  - {id: open-data, date: 2027-07-14, title: Open data}
"""
EDITS = [
    ("2027-06-16", "2027-06-17"),
    ("title: Preprints", "title: Preprints, summary: What happens then"),
    ("title: Preprints", "title: Preprints, status: cancelled"),
    ("title: Preprints", "title: Postings"),
    ("platform: Zoom", "platform: Jitsi"),
    ("org/1", "org/2"),
    ("title: Open science", "title: Open science over lunch"),
]


class Team:
    """A repository with its committed ledger, and what CI has published of it."""

    def __init__(self, folder: Path) -> None:
        self.events, self.web = folder / "events", folder / "web"
        self.events.mkdir()
        (self.events / "site.yaml").write_text(SITE, encoding="utf-8")
        self.write(SERIES)
        self.days = 0

    def write(self, text: str) -> None:
        (self.events / "open-science.yaml").write_text(text, encoding="utf-8")

    def at_home(self, output: Path) -> None:
        """A build whose ledger is committed and whose output is not published."""
        self.days += 1
        assert not failed(api.build(self.events, output, now=NOW + self.days * DAY).diagnostics)

    def in_ci(self) -> dict[str, int]:
        """A build on top of what was published; the SEQUENCEs that subscribers then see."""
        self.days += 1
        previous = published.open(str(self.web)).ledgers()
        now = NOW + self.days * DAY
        built = api.build(self.events, self.web, now=now, previous=previous)
        assert not failed(built.diagnostics)
        held, _ = ledger.parse((self.web / "open-science/ledger.jsonl").read_bytes(), "")
        assert held is not None
        return {name: row.sequence for name, row in held.rows.items()}

    def bytes(self) -> dict[str, bytes]:
        """Everything that is on the web."""
        return {
            path.relative_to(self.web).as_posix(): path.read_bytes()
            for path in self.web.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """A team that has published once from a laptop, and goes on in CI."""
    made = Team(tmp_path)
    made.at_home(made.web)
    return made


@pytest.mark.parametrize("edit", EDITS)
def test_a_committed_ledger_that_grows_old_disturbs_nobody(
    team: Team, edit: tuple[str, str]
) -> None:
    """CI never commits: the ledger in the repository stays behind what is on the web."""
    team.write(SERIES.replace(*edit))
    first = team.in_ci()
    published = team.bytes()

    assert [team.in_ci(), team.in_ci()] == [first, first]
    assert team.bytes() == published


@pytest.mark.parametrize("edit", EDITS[:4])
def test_a_draft_that_was_built_at_home_counts_once(
    team: Team, tmp_path: Path, edit: tuple[str, str]
) -> None:
    team.write(SERIES.replace(*edit))
    team.at_home(tmp_path / "draft")

    moved = edit in (EDITS[0], EDITS[2])
    assert team.in_ci() == {"preprints": 1 if moved else 0, "open-data": 0}


def test_what_both_have_moved_gets_a_sequence_above_either(team: Team, tmp_path: Path) -> None:
    team.write(SERIES.replace("2027-06-16", "2027-06-18"))
    team.at_home(tmp_path / "draft")
    ours = (team.events / "ledger/open-science.jsonl").read_bytes()
    (team.events / "ledger/open-science.jsonl").unlink()
    team.write(SERIES.replace("2027-06-16", "2027-06-17"))
    assert team.in_ci()["preprints"] == 1
    (team.events / "ledger/open-science.jsonl").write_bytes(ours)
    team.write(SERIES.replace("2027-06-16", "2027-06-18"))

    assert team.in_ci()["preprints"] == 2
    assert team.in_ci()["preprints"] == 2
