"""Two people edit and build on branches of their own, and git merges what they have done (I13).

The ledger lies in the repository, so it has to merge as the event files do: what does not touch
merges by itself, and what does touch is told (WF605) and has an answer that nobody has to think of.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest
from click.testing import CliRunner

from stories.following import read
from webinar_feeds import ledger
from webinar_feeds.cli.main import cli

if TYPE_CHECKING:
    from pathlib import Path

    from stories.following import Event

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")

ATTRIBUTES = "events/ledger/site.jsonl merge=union\n"
SERIES = """\
title: Open science
page: https://www.example.org/
timezone: Europe/Berlin
time: 13:00–14:30

sessions:
  - id: archives
    date: 2027-05-04
    title: Archives

  - id: licences
    date: 2027-05-11
    title: Licences

  - id: preprints
    date: 2027-05-18
    title: Preprints

  - id: reviews
    date: 2027-05-25
    title: Reviews
"""
FIRST = "2027-03-01T12:00:00Z"
SECOND = "2027-03-02T12:00:00Z"
THIRD = "2027-03-03T12:00:00Z"
LAST = "2027-03-04T12:00:00Z"


class Built(NamedTuple):
    """What became of a build: whether it went through, and what was said."""

    ok: bool
    said: str


class Office:
    """A repository of event files, on whose branches people build."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events = folder / "events"
        self.file = self.events / "open-science.yaml"
        self.ledger = self.events / "ledger" / "open-science.jsonl"
        self.events.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        (folder / ".gitattributes").write_text(ATTRIBUTES, encoding="utf-8")
        (folder / ".gitignore").write_text("output/\n.webinar-feeds*\n", encoding="utf-8")
        self.file.write_text(SERIES, encoding="utf-8")
        self.built(FIRST)
        self.commit()

    def git(self, *words: str, may_fail: bool = False) -> subprocess.CompletedProcess[str]:
        """Run git without anybody's settings."""
        settings = {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "A",
            "GIT_AUTHOR_EMAIL": "a@example.org",
            "GIT_COMMITTER_NAME": "A",
            "GIT_COMMITTER_EMAIL": "a@example.org",
        }
        done = subprocess.run(
            ["git", *words],
            check=False,
            cwd=self.folder,
            env=os.environ | settings,
            capture_output=True,
            encoding="utf-8",
        )
        assert may_fail or done.returncode == 0, done.stdout + done.stderr
        return done

    def commit(self) -> None:
        """Commit all that was edited and built."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=edit")

    def build(self, now: str) -> Built:
        """Build at that time, as the command line does."""
        words = ["build", str(self.events), "-o", str(self.folder / "output"), "--now", now]
        done = CliRunner().invoke(cli, words)
        return Built(done.exit_code == 0, done.output)

    def built(self, now: str) -> dict[str, Event]:
        """The events that a build publishes, by session."""
        done = self.build(now)
        assert done.ok, done.said
        return self.published()

    def published(self) -> dict[str, Event]:
        """The events of the calendar as it lies there, by the ids of their sessions."""
        path = "open-science/calendar.ics"
        events = read(path, (self.folder / "output" / path).read_bytes())
        memory, _ = ledger.parse(self.ledger.read_bytes(), "")
        assert memory is not None
        return {name: events[row.uid] for name, row in memory.rows.items() if row.uid in events}

    def branch(self, name: str, now: str, *edits: tuple[str, str]) -> dict[str, Event]:
        """Edit and build on a new branch of `main`; what that branch publishes."""
        self.git("switch", "--quiet", "--create", name, "main")
        for old, new in edits:
            text = self.file.read_text(encoding="utf-8")
            assert text.count(old) == 1
            self.file.write_text(text.replace(old, new), encoding="utf-8")
        told = self.built(now)
        self.commit()
        return told

    def merge(self, ours: str, theirs: str) -> list[str]:
        """Merge one branch into another; the files that git leaves with marks."""
        self.git("switch", "--quiet", ours)
        self.git("merge", "--quiet", "--no-edit", theirs, may_fail=True)
        return self.git("diff", "--name-only", "--diff-filter=U").stdout.split()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def sequences(events: dict[str, Event]) -> dict[str, int]:
    return {name: event.sequence for name, event in events.items()}


def days(events: dict[str, Event]) -> dict[str, str]:
    """When each event is: month and day."""
    return {name: f"{event.plan.start:%m-%d}" for name, event in events.items()}


NEW = "  - id: {id}\n    date: {date}\n    title: {id}\n\n"


def test_changes_of_neighbouring_sessions_merge_by_themselves(office: Office) -> None:
    base = office.published()
    ours = office.branch("ours", SECOND, ("2027-05-11", "2027-05-12"))
    theirs = office.branch("theirs", THIRD, ("2027-05-18", "2027-05-19"))

    assert office.merge("ours", "theirs") == []
    merged = office.built(LAST)

    assert merged == base | {"licences": ours["licences"], "preprints": theirs["preprints"]}
    assert sequences(merged) == {"archives": 0, "licences": 1, "preprints": 1, "reviews": 0}


def test_new_sessions_and_another_page_of_the_series_merge_by_themselves(office: Office) -> None:
    office.branch(
        "ours",
        SECOND,
        ("timezone: Europe/Berlin", "summary: Over lunch.\ntimezone: Europe/Berlin"),
        ("  - id: preprints", NEW.format(id="maps", date="2027-05-14") + "  - id: preprints"),
    )
    theirs = office.branch(
        "theirs",
        THIRD,
        ("title: Reviews\n", "title: Reviews\n\n" + NEW.format(id="zines", date="2027-06-01")),
    )

    assert office.merge("ours", "theirs") == []
    merged = office.built(LAST)

    assert sorted(merged) == ["archives", "licences", "maps", "preprints", "reviews", "zines"]
    assert merged["zines"] == theirs["zines"]
    assert set(sequences(merged).values()) == {0}
    assert merged["maps"].modified < merged["zines"].modified


def test_a_build_after_a_merge_is_all_that_it_takes(office: Office) -> None:
    """What it writes is then stable: a second one changes nothing."""
    office.branch("ours", SECOND, ("2027-05-11", "2027-05-12"))
    office.branch("theirs", THIRD, ("title: Preprints", "title: On preprints"))
    office.merge("ours", "theirs")
    office.built(LAST)
    memory = office.ledger.read_bytes()

    office.built("2027-03-05T12:00:00Z")

    assert office.ledger.read_bytes() == memory


def mend(office: Office) -> None:
    """Merge the two sides of the ledger, as `webinar-feeds ledger merge` does."""
    ours, theirs = (ledger.parse(side, "")[0] for side in ledger.sides(office.ledger.read_bytes()))
    assert ours is not None
    assert theirs is not None
    office.ledger.write_bytes(ledger.dump(ledger.merge(ours, theirs), "open-science"))


@pytest.mark.parametrize("day", ["2027-05-12", "2027-05-13", "2027-05-14"])
def test_a_session_that_both_have_moved_is_raised_above_both(office: Office, day: str) -> None:
    """Whichever day the merged file says: their subscribers were told two different ones."""
    ours = office.branch("ours", SECOND, ("2027-05-11", "2027-05-12"))
    theirs = office.branch("theirs", THIRD, ("2027-05-11", "2027-05-13"))

    assert office.merge("ours", "theirs") == [
        "events/ledger/open-science.jsonl",
        "events/open-science.yaml",
    ]
    office.file.write_text(SERIES.replace("2027-05-11", day), encoding="utf-8")
    assert "[WF605]" in office.build(LAST).said
    mend(office)
    merged = office.built(LAST)

    assert (ours["licences"].sequence, theirs["licences"].sequence) == (1, 1)
    assert sequences(merged) == {"archives": 0, "licences": 2, "preprints": 0, "reviews": 0}
    assert days(merged)["licences"] == day[5:]
    assert merged["licences"].uid == ours["licences"].uid == theirs["licences"].uid
    assert merged["licences"].modified > theirs["licences"].modified


def test_one_who_moved_a_session_twice_is_above_the_other_too(office: Office) -> None:
    office.branch("ours", SECOND, ("2027-05-11", "2027-05-12"))
    office.file.write_text(SERIES.replace("2027-05-11", "2027-05-20"), encoding="utf-8")
    ours = office.built(THIRD)
    office.commit()
    theirs = office.branch("theirs", SECOND, ("2027-05-11", "2027-05-13"))
    office.merge("ours", "theirs")
    office.file.write_text(SERIES.replace("2027-05-11", "2027-05-13"), encoding="utf-8")
    mend(office)
    merged = office.built(LAST)

    assert (ours["licences"].sequence, theirs["licences"].sequence) == (2, 1)
    assert merged["licences"].sequence == 3
    assert days(merged)["licences"] == "05-13"


def test_a_series_that_got_another_name_touches_all_of_its_events(office: Office) -> None:
    """Every event tells its series, so all rows change; no session has to be followed for it."""
    office.branch("ours", SECOND, ("title: Open science", "title: Open research"))
    theirs = office.branch("theirs", THIRD, ("2027-05-11", "2027-05-12"))

    assert office.merge("ours", "theirs") == ["events/ledger/open-science.jsonl"]
    mend(office)
    merged = office.built(LAST)

    assert sequences(merged) == {"archives": 0, "licences": 1, "preprints": 0, "reviews": 0}
    assert days(merged) == days(theirs)
    assert merged["licences"].modified > theirs["licences"].modified
    assert "Open research" in "".join(merged["licences"].lines)


def test_a_session_that_one_renames_and_the_other_moves_is_one_event(office: Office) -> None:
    ours = office.branch("ours", SECOND, ("id: licences", "id: cc\n    formerly: licences"))
    theirs = office.branch("theirs", THIRD, ("2027-05-11", "2027-05-12"))

    assert "events/ledger/open-science.jsonl" in office.merge("ours", "theirs")
    renamed = SERIES.replace("id: licences", "id: cc\n    formerly: licences")
    office.file.write_text(renamed.replace("2027-05-11", "2027-05-12"), encoding="utf-8")
    mend(office)
    merged = office.built(LAST)

    assert sorted(merged) == ["archives", "cc", "preprints", "reviews"]
    assert merged["cc"].uid == ours["cc"].uid == theirs["licences"].uid
    assert merged["cc"].sequence == 1
    assert days(merged)["cc"] == "05-12"
