"""Random weeks of an organiser: edits, builds, lost files, a clock that is not to be trusted.

A model remembers what the organiser wants and what has been published; after each build the two
are compared (C11, C14, C24, D1–D7, I10, I13). A longer run: `WEBINAR_FEEDS_EDITS=2000 pytest
tests/stories/test_edits.py` tries so many weeks, other ones each time.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from itertools import count
from typing import TYPE_CHECKING

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

import webinar_feeds
from stories.following import Event, Follower, assert_whole, items, read
from stories.programme import Programme, Session, site
from stories.workshop import desk, tree
from webinar_feeds.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from webinar_feeds.output import Committed

EXAMPLES = os.environ.get("WEBINAR_FEEDS_EDITS")
NAMES = ("alpha", "beta")
BEGIN = datetime(2026, 2, 1, 8, tzinfo=UTC)
DAYS = st.integers(0, 180).map(lambda days: date(2026, 1, 10) + timedelta(days))
CLOCKS = st.sampled_from([time(9), time(13), time(13, 30)])
TITLES = st.sampled_from(["Preprints", "Licences", "Données, ouvertes; libres", "100 % «open»"])
TEXTS = st.sampled_from(["", "One line.", "**Strong** and\n\n- a list", "x" * 90])
TOPICS = st.lists(st.sampled_from(["data", "law", "peers"]), max_size=2, unique=True)
STATUSES = st.sampled_from(["confirmed", "tentative", "cancelled", "postponed"])
FORMATS = st.sampled_from(["", "calendar"])
PERIODS = {"0 days": timedelta(0), "30 days": timedelta(30), "forever": timedelta.max}
# A build may look at the clock before or after a moment that counts; a day is enough.
DOUBT = timedelta(days=1)
TOLD = {
    "confirmed": ("CONFIRMED", "OPAQUE"),
    "tentative": ("TENTATIVE", "OPAQUE"),
    "cancelled": ("CANCELLED", "TRANSPARENT"),
    "postponed": ("TENTATIVE", "TRANSPARENT"),
}


@dataclass(eq=False)
class Known:
    """A session that stays the same one whatever becomes of it; `uid` when it was published.

    `told` are the titles and starts that it was built and published with last.
    `edited`: something that its event says has changed since the last build, or may have.
    """

    series: str
    session: Session
    uid: str | None = None
    told: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    removed: bool = False
    edited: bool = True

    def is_another(self) -> bool:
        """Whether nothing tells that it is still the same: a build would ask (WF610)."""
        return any(
            self.session.title != title and self.session.start != start
            for title, start in self.told.values()
        )


class Weeks(RuleBasedStateMachine):
    """An organiser with two series."""

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.root = self.open.enter_context(desk())
        self.events, self.output = self.root / "events", self.root / "output"
        self.events.mkdir()
        self.now = self.latest = BEGIN
        self.titles = dict.fromkeys((*NAMES, "site"), "Open science")
        self.keep = "30 days"
        self.formats = ""
        self.known = [Known(name, Session("first", date(2026, 3, 4))) for name in NAMES]
        self.numbers = count(1)
        self.style = 0
        self.follower = Follower()
        self.public = Follower()
        self.built = False
        self.published: dict[str, bytes] = {}
        self.lost_ledger = self.meddled = False
        self.last: dict[str, bytes] = {}
        self.write()

    def teardown(self) -> None:
        self.open.close()

    @initialize(formats=FORMATS)
    def begin(self, formats: str) -> None:
        self.formats = formats
        self.write()

    # What the organiser does to the files.

    @rule(name=st.sampled_from(NAMES), day=DAYS, clock=CLOCKS, title=TITLES, topics=TOPICS)
    def add(self, name: str, day: date, clock: time, title: str, topics: list[str]) -> None:
        new = Session(f"session-{next(self.numbers)}", day, title, clock, topics=topics)
        self.known.append(Known(name, new))
        self.write()

    @rule(which=st.integers(0, 99), day=DAYS, clock=CLOCKS)
    def move(self, which: int, day: date, clock: time) -> None:
        session = self.edited(which)
        before = session.day, session.clock
        session.day, session.clock = day, clock
        if any(each.is_another() for each in self.listed()):
            session.day, session.clock = before
        self.write()

    @rule(which=st.integers(0, 99), title=TITLES, text=TEXTS)
    def retell(self, which: int, title: str, text: str) -> None:
        session = self.edited(which)
        before = session.title
        session.title, session.summary = title, text
        if any(each.is_another() for each in self.listed()):
            session.title = before
        self.write()

    @rule(which=st.integers(0, 99), topics=TOPICS)
    def classify(self, which: int, topics: list[str]) -> None:
        self.edited(which).topics = topics
        self.write()

    @rule(which=st.integers(0, 99), status=STATUSES)
    def decide(self, which: int, status: str) -> None:
        session = self.edited(which)
        # A recording leaves the feeds with a cancelled session; other ones stay for ever.
        if status != "cancelled" or not session.recordings:
            session.status = status
        self.write()

    @rule(which=st.integers(0, 99))
    def record(self, which: int) -> None:
        session = self.edited(which)
        if session.status != "cancelled":
            session.recordings.append(f"recording-{next(self.numbers)}")
        self.write()

    @rule(which=st.integers(0, 99))
    def rename(self, which: int) -> None:
        """What has been published keeps its former ids; nothing of its event changes."""
        one = self.listed()[which % len(self.listed())]
        if one.uid is not None:
            one.session.formerly.append(one.session.id)
        one.session.id = f"session-{next(self.numbers)}"
        self.write()

    @rule(which=st.integers(0, 99))
    def remove(self, which: int) -> None:
        one = self.listed()[which % len(self.listed())]
        if len([each for each in self.listed() if each.series == one.series]) == 1:
            return  # a series has a session
        if one.session.recordings:
            return  # they would go with it
        one.removed = one.edited = True
        if one.uid is None:
            self.known.remove(one)
        self.write()

    @precondition(lambda self: any(each.removed for each in self.known))
    @rule(which=st.integers(0, 99))
    def put_back(self, which: int) -> None:
        gone = [each for each in self.known if each.removed]
        one = gone[which % len(gone)]
        one.removed, one.edited = False, True
        self.write()

    @rule(name=st.sampled_from((*NAMES, "site")), title=TITLES)
    def retitle(self, name: str, title: str) -> None:
        self.titles[name] = title
        for each in self.known:
            each.edited |= each.series == name
        self.write()

    @rule(period=st.sampled_from(sorted(PERIODS)))
    def keep_cancelled(self, period: str) -> None:
        self.keep = period
        self.write()

    @rule(formats=FORMATS)
    def choose_formats(self, formats: str) -> None:
        self.formats = formats
        self.write()

    @rule(style=st.integers(0, 5), turn=st.integers(0, 5))
    def write_otherwise(self, style: int, turn: int) -> None:
        """Comments, quotes, order: what says the same."""
        self.style = style
        self.known = self.known[turn:] + self.known[:turn]
        self.write()

    # What happens to the files.

    @precondition(lambda self: self.built and not (self.lost_ledger or self.meddled))
    @rule()
    def publish(self) -> None:
        """Copy the output to where people read it; they need not see every state."""
        self.published = tree(self.output)
        self.public.read(self.published, recovered=True)
        for each in self.known:
            if "built" in each.told:
                each.told["published"] = each.told["built"]
        shutil.rmtree(self.root / "remembered", ignore_errors=True)
        shutil.copytree(self.events / "ledger", self.root / "remembered")

    @precondition(lambda self: self.built and not self.lost_ledger)
    @rule(which=st.integers(0, 99), data=st.sampled_from([None, b"", b"?"]))
    def meddle(self, which: int, data: bytes | None) -> None:
        """Delete a published file, or write something else into it."""
        self.meddled = True
        paths = sorted(tree(self.output).keys() - {"manifest.json"})
        file = self.output / paths[which % len(paths)]
        if data is None:
            file.unlink()
        else:
            file.write_bytes(data)

    @precondition(lambda self: self.built and not (self.lost_ledger or self.meddled))
    @rule()
    def lose_the_ledger(self) -> None:
        shutil.rmtree(self.events / "ledger")
        self.lost_ledger = True

    @precondition(lambda self: self.built and not self.lost_ledger)
    @rule()
    def lose_the_output(self) -> None:
        shutil.rmtree(self.output)
        self.built = False

    @precondition(lambda self: self.built)
    @rule(damage=st.sampled_from([None, b"", b"{}", b"?"]))
    def lose_the_caches(self, damage: bytes | None) -> None:
        for path in (self.output / ".webinar-feeds").rglob("*"):
            if path.is_file() and damage is None:
                path.unlink()
            elif path.is_file():
                path.write_bytes(damage or b"")

    # What a build makes of it.

    @rule(hours=st.sampled_from([0, 1, 24]))
    def build(self, hours: int) -> None:
        self.built_at(self.now + timedelta(hours=hours))

    @rule(days=st.integers(2, 60))
    def build_now_and_much_later(self, days: int) -> None:
        """What has become due in between comes or leaves by itself."""
        self.built_at(self.now)
        self.built_at(self.now + timedelta(days=days))

    @rule(days=st.integers(1, 60))
    def build_with_a_clock_that_goes_back(self, days: int) -> None:
        self.built_at(self.now - timedelta(days=days))

    @precondition(lambda self: self.published)
    @rule(hours=st.integers(0, 800))
    def build_from_what_is_published(self, hours: int) -> None:
        """Where nobody commits the ledger: the published one tells as much (D4)."""
        now = self.now + timedelta(hours=hours)
        found = []
        for name in ("with", "without"):
            folder = self.root / name
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(self.events, folder / "events", ignore=shutil.ignore_patterns("ledger"))
            if name == "with":
                shutil.copytree(self.root / "remembered", folder / "events/ledger")
            previous = {series: self.published[f"{series}/ledger.jsonl"] for series in NAMES}
            previous["site"] = self.published["ledger.jsonl"]
            given = None if name == "with" else previous
            build(folder / "events", folder / "output", now, previous=given)
            found.append(tree(folder / "output"))
        assert found[0] == found[1]

    def built_at(self, now: datetime) -> None:
        """Build, and compare what came out with what the organiser wants and what was before."""
        before = tree(self.output)
        clean = self.root / "clean"
        shutil.rmtree(clean, ignore_errors=True)
        shutil.copytree(self.events, clean / "events")
        recovered, self.lost_ledger, self.meddled = self.lost_ledger, False, False

        done = build(self.events, self.output, now)

        self.now = now
        after = tree(self.output)
        changed = {path for path, data in after.items() if before.get(path) != data}
        assert set(done.written) == changed
        assert set(done.removed) == before.keys() - after.keys()
        assert_whole(after)
        self.follower.read(after, recovered=recovered)
        self.compare(self.last, after, recovered=recovered)
        self.last = after
        for _ in range(2):  # the second time, it does not even look into the files
            assert "none changed" in by_command(self.events, self.output, now)
            assert tree(self.output) == after
        if recovered:
            # What was known of the lost ledger is in the new one.
            shutil.rmtree(clean)
            shutil.copytree(self.events, clean / "events")
        build(clean / "events", clean / "output", now)
        assert tree(clean / "output") == after
        assert tree(clean / "events") == tree(self.events)
        self.built = True

    def compare(
        self, before: dict[str, bytes], after: dict[str, bytes], *, recovered: bool
    ) -> None:
        """Each session is as the organiser wants it, and keeps what nobody has changed."""
        for series in NAMES:
            path = f"{series}/calendar.ics"
            was = read(path, before[path]) if path in before else {}
            shown = read(path, after[path])
            for one in self.known:
                if one.series == series:
                    self.compare_one(one, was, shown, after, recovered=recovered)
            wanted = {one.uid for one in self.known if one.series == series}
            assert shown.keys() <= wanted

    def compare_one(
        self,
        one: Known,
        was: dict[str, Event],
        shown: dict[str, Event],
        after: dict[str, bytes],
        *,
        recovered: bool,
    ) -> None:
        session = one.session
        invite = f"{one.series}/invites/{session.id}.ics"
        if one.uid is None:
            (one.uid,) = read(invite, after[invite])
        elif invite in after:
            assert read(invite, after[invite]).keys() == {one.uid}
        off = one.removed or session.status == "cancelled"
        left = self.leaves(session)
        event = shown.get(one.uid)
        if event is None:
            assert off
            assert left is not None
            # Once it has left, a clock that goes back does not bring it back.
            assert one.uid not in was or self.now > left - DOUBT
            # It was shown as cancelled until then, unless it was called off only after that time.
            assert one.edited or recovered or stated(was.get(one.uid)) == "CANCELLED"
        else:
            assert not off or left is None or self.now < left + DOUBT
            status = "cancelled" if off else session.status
            assert (event.plan.status, event.plan.busy) == TOLD[status]
            assert one.removed or (event.plan.start, event.plan.end) == (session.start, session.end)
            if one.uid in was and not (one.edited or recovered):
                assert event == was[one.uid]
        one.told["built"] = (session.title, session.start)
        # A recording appears when its time comes, without an edit.
        one.edited = bool(session.recordings)

    def leaves(self, session: Session) -> datetime | None:
        """When a cancelled session leaves the calendars, None for never."""
        period = PERIODS[self.keep]
        return None if period == timedelta.max else session.end + period

    # The files.

    def write(self) -> None:
        """Write down what the organiser wants."""
        for name in NAMES:
            mine = [each for each in self.known if each.series == name]
            programme = Programme(
                self.titles[name],
                [each.session for each in mine if not each.removed],
                [key for one in mine if one.removed for key in ids(one.session)],
                self.keep,
            )
            file = self.events / f"{name}.yaml"
            file.write_text(programme.yaml(self.style), encoding="utf-8")
        (self.events / "site.yaml").write_text(
            site(self.titles["site"], self.formats), encoding="utf-8"
        )

    def listed(self) -> list[Known]:
        """The sessions of the programme, in the order of the files."""
        return [each for each in self.known if not each.removed]

    def edited(self, which: int) -> Session:
        """One of the programme's sessions, marked as edited."""
        one = self.listed()[which % len(self.listed())]
        one.edited = True
        return one.session


def ids(session: Session) -> Iterable[str]:
    """Every id that a session has had: it may have a new one that has not been built."""
    return dict.fromkeys((session.id, *session.formerly))


def stated(event: Event | None) -> str:
    """An event's STATUS, as good as cancelled where there is none."""
    return "CANCELLED" if event is None else event.plan.status


def build(
    events: Path, output: Path, now: datetime, *, previous: dict[str, bytes] | None = None
) -> Committed:
    """Build through the library, and without a fault."""
    built = webinar_feeds.build(events, output, now=now, previous=previous)
    assert built.committed is not None, built.diagnostics
    return built.committed


def by_command(events: Path, output: Path, now: datetime) -> str:
    """Build through the command line, and without a fault; returns what it printed."""
    argv, sys.argv = sys.argv, ["webinar-feeds", "build", str(events), "-o", str(output)]
    os.environ["SOURCE_DATE_EPOCH"] = str(int(now.timestamp()))
    status: object = None
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as told:
        try:
            main()
        except SystemExit as ended:
            status = ended.code
        finally:
            sys.argv = argv
            del os.environ["SOURCE_DATE_EPOCH"]
    assert not status, told.getvalue()
    return out.getvalue()


TestWeeks = Weeks.TestCase
TestWeeks.settings = settings(
    max_examples=int(EXAMPLES or 20),
    stateful_step_count=30,
    derandomize=EXAMPLES is None,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def test_what_is_due_comes_and_leaves_without_an_edit() -> None:
    """A recording when its session is over, a cancelled session after its time (C24)."""
    weeks = Weeks()
    weeks.record(which=0)
    weeks.decide(which=1, status="cancelled")
    recordings, calendar = "alpha/recordings.atom", "beta/calendar.ics"
    weeks.built_at(BEGIN)
    assert (len(items(weeks.last[recordings])), len(read(calendar, weeks.last[calendar]))) == (0, 1)

    weeks.built_at(BEGIN + timedelta(days=100))

    assert (len(items(weeks.last[recordings])), len(read(calendar, weeks.last[calendar]))) == (1, 0)
    weeks.teardown()


def test_a_session_with_another_title_and_time_may_be_confirmed_as_the_same(
    tmp_path: Path,
) -> None:
    """What a build asks for when nothing of a session is as it was (WF610)."""
    events, path = tmp_path / "events", "alpha/invites/first.ics"
    events.mkdir()
    session = Session("first", date(2026, 3, 4), "Preprints")
    (events / "alpha.yaml").write_text(Programme("A", [session]).yaml(), encoding="utf-8")
    build(events, tmp_path / "output", BEGIN)
    (before,) = read(path, (tmp_path / "output" / path).read_bytes())
    new = Session("first", date(2026, 3, 5), "Licences", formerly=["first"])
    (events / "alpha.yaml").write_text(Programme("A", [new]).yaml(), encoding="utf-8")

    build(events, tmp_path / "output", BEGIN)

    ((uid, event),) = read(path, (tmp_path / "output" / path).read_bytes()).items()
    assert (uid, event.sequence, event.plan.start) == (before, 1, new.start)
