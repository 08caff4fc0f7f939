"""Builds whose events and output lie in object storage: stopped anywhere, and two at once."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import contextmanager
from copy import copy
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import pytest

from places import Clock, Memory, Reader, Site
from webinar_feeds import afar, api, freshness, publishing
from webinar_feeds.artifacts import MANIFEST
from webinar_feeds.diagnostics import Refused
from webinar_feeds.locking import Trouble
from webinar_feeds.publishing import Unavailable
from webinar_feeds.publishing.carrying import STATE
from webinar_feeds.publishing.leases import LEASE
from webinar_feeds.publishing.targets import Answer, Found, If, Stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

FIRST = datetime(2027, 1, 20, 12, tzinfo=UTC)
SECOND = datetime(2027, 1, 21, 12, tzinfo=UTC)
THIRD = datetime(2027, 1, 22, 12, tzinfo=UTC)
SITE_FILE = "title: Ours\nbase_url: https://w.example.org/\n"
OPEN_SCIENCE = """\
title: Open science
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - {id: preprints, date: 2027-02-14, title: Preprints}
  - {id: open-data, date: 2027-02-21, title: Data that others can use}
"""
DATA = """\
title: Data days
timezone: America/New_York
time: 09:00–10:00
sessions:
  - {id: opening, date: 2027-02-12, title: Opening}
"""
EVENTS, OUTPUT = "s3://bucket/events", "s3://bucket/output"


class Listed(Memory):
    """A place that says what lies in it, in no order."""

    def listed(self) -> Iterator[tuple[str, Stamp]]:
        with self.guard:
            self.asked.append(("list", ""))
            found = {path: each.stamp for path, each in self.files.items()}
        yield from reversed(found.items())


class Watched:
    """A place of which something is called before and after every request."""

    at_once = 1

    def __init__(
        self, place: Listed, before: Callable[[str], None], after: Callable[[], None]
    ) -> None:
        self.place, self.before, self.after = place, before, after
        self.name = place.name

    @contextmanager
    def _request(self, path: str = "") -> Iterator[None]:
        self.before(f"{self.name.rpartition('/')[2]}/{path}")
        yield
        self.after()

    def listed(self) -> Iterator[tuple[str, Stamp]]:
        with self._request():
            found = list(self.place.listed())
        yield from found

    def read(self, path: str, known: Stamp | None = None) -> Found | Answer | None:
        with self._request():
            return self.place.read(path, known)

    def put(self, path: str, data: bytes, headers: Mapping[str, str], only: If | Stamp) -> Stamp:
        with self._request(path):
            return self.place.put(path, data, headers, only)

    def delete(self, path: str) -> None:
        with self._request(path):
            self.place.delete(path)


class Bucket:
    """Where the events and the output are, and who reads there."""

    def __init__(self) -> None:
        self.events, self.output = Listed(EVENTS), Listed(OUTPUT)
        self.reader = Reader(self.fetch)
        self.clock = Clock()  # time passes for everybody
        self.write("site.yaml", SITE_FILE)
        self.write("open-science.yaml", OPEN_SCIENCE)
        self.write("data.yaml", DATA)

    def write(self, path: str, text: str) -> None:
        self.events.put(path, text.encode(), {}, If.ANY)

    def edit(self, path: str, old: str, new: str) -> None:
        text = self.events.files[path].data.decode()
        assert old in text
        self.write(path, text.replace(old, new))

    def fetch(self, path: str) -> bytes | None:
        found = self.output.files.get(path)
        return None if found is None else found.data

    def look(self) -> None:
        """What readers find is whole, and never older; and the ledgers know all of it."""
        self.reader.look()
        for path, found in list(self.output.files.items()):
            series = re.fullmatch(r"([a-z-]+)/ledger\.jsonl", path)
            if series is not None:
                told = _sequences(found.data)
                known = _sequences(self.events.files[f"ledger/{series[1]}.jsonl"].data)
                assert all(known[each] >= told[each] for each in told)

    def holds(self) -> dict[str, bytes]:
        """Everything but what tells publications from each other."""
        places = {"events": self.events, "output": self.output}
        return {
            f"{name}/{path}": found.data
            for name, place in places.items()
            for path, found in sorted(place.files.items())
            if not path.startswith(".")
        }


def _sequences(data: bytes) -> dict[str, int]:
    rows = [json.loads(line) for line in data.splitlines() if line]
    return {row["id"]: row["sequence"] for row in rows if "id" in row}


class Builder(NamedTuple):
    """Somebody who builds, with a working folder of their own."""

    bucket: Bucket
    work: Path

    def build(
        self,
        now: datetime,
        name: str = "one",
        through: Callable[[Listed], Listed | Watched] = lambda place: place,
        *,
        events: str = EVENTS,
        output: str = OUTPUT,
        always: bool = False,
    ) -> afar.Ended:
        places = {EVENTS: through(self.bucket.events), OUTPUT: through(self.bucket.output)}
        clock = self.bucket.clock
        order = afar.Order(
            events,
            output,
            self.work,
            name,
            clock.read,
            clock.pause,
            open=places.__getitem__,
        )

        def make(here: afar.Here) -> bool:
            built = api.build(here.events, here.output, now=now, jobs=1, speak=lambda _: ("", ""))
            return built.committed is not None

        return afar.build(afar.Site(order), make, always=always)


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def builder(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builder:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(FIRST.timestamp())))
    return Builder(bucket, tmp_path / "work")


@pytest.fixture
def other(bucket: Bucket, tmp_path: Path) -> Builder:
    return Builder(bucket, tmp_path / "other")


# --- What travels --------------------------------------------------------------------------------


def test_a_build_afar_makes_what_a_build_here_makes(
    bucket: Bucket, builder: Builder, tmp_path: Path
) -> None:
    here = tmp_path / "here"
    (here / "events").mkdir(parents=True)
    for name, text in (("site", SITE_FILE), ("open-science", OPEN_SCIENCE), ("data", DATA)):
        (here / f"events/{name}.yaml").write_text(text, encoding="utf-8")
    api.build(here / "events", here / "output", now=FIRST, jobs=1)
    builder.build(FIRST)

    files = [path for path in here.rglob("*") if path.is_file()]
    wanted = {path.relative_to(here).as_posix(): path.read_bytes() for path in files}
    assert bucket.holds() == {
        path: data for path, data in wanted.items() if "/.webinar-feeds/" not in path
    }


def test_nothing_changed_costs_one_listing_and_one_conditional_read(
    bucket: Bucket, builder: Builder
) -> None:
    builder.build(FIRST)
    bucket.events.asked.clear()
    bucket.output.asked.clear()

    ended = builder.build(FIRST, "two")

    assert ended.state is not None
    assert ended.state.artifacts == len(json.loads(bucket.output.files[MANIFEST].data)["artifacts"])
    assert bucket.events.asked == [("list", "")]
    assert bucket.output.asked == [("read", STATE)]


def test_one_changed_file_is_fetched_and_its_ledger_goes_back(
    bucket: Bucket, builder: Builder
) -> None:
    builder.build(FIRST)
    bucket.edit("data.yaml", "2027-02-12", "2027-02-13")
    bucket.events.asked.clear()
    bucket.output.asked.clear()
    builder.build(SECOND, "two")

    asked = [each for each in bucket.events.asked if each[1] != LEASE]
    assert asked == [
        *(("list", ""), ("list", ""), ("read", "data.yaml")),
        *(("put", "ledger/data.jsonl"), ("put", "ledger/site.jsonl")),
    ]
    sent = [path for deed, path in bucket.output.asked if deed == "put" and path[0] != "."]
    assert "data/calendar.ics" in sent
    assert [path for path in sent if path.startswith("open-science/")] == []
    assert _sequences(bucket.events.files["ledger/data.jsonl"].data) == {"opening": 1}
    assert LEASE not in bucket.events.files
    bucket.look()


def test_who_has_no_copies_publishes_only_what_differs(
    bucket: Bucket, builder: Builder, other: Builder
) -> None:
    """As in CI, where every build begins in a new folder."""
    builder.build(FIRST)
    before = bucket.holds()
    bucket.output.asked.clear()
    ended = other.build(SECOND, "two")

    assert ended.published is not None
    assert ended.published.steps == ()
    assert bucket.holds() == before


def test_what_is_no_event_file_is_left_where_it_is(bucket: Bucket, builder: Builder) -> None:
    for path in (
        *("notes.txt", "old/data.yaml", ".hidden.yaml", "ledger/deep/data.jsonl", "con.yaml"),
        *("ledger/notes.md", "templates/.swp", "ledger/.jsonl", "a:b.yaml", "ledger"),
    ):
        bucket.write(path, "title: [")
    bucket.write("templates/banner.html", "<p>Ours</p>")
    builder.build(FIRST)

    found = [path for path in (builder.work / "events").rglob("*") if path.is_file()]
    assert sorted(path.relative_to(builder.work / "events").as_posix() for path in found) == [
        *("data.yaml", "ledger/data.jsonl", "ledger/open-science.jsonl", "ledger/site.jsonl"),
        *("open-science.yaml", "site.yaml", "templates/banner.html"),
    ]


def test_what_has_gone_there_goes_here_and_so_does_what_nobody_knows(
    bucket: Bucket, builder: Builder
) -> None:
    bucket.write("late.yaml", DATA.replace("Data days", "Late days"))
    builder.build(FIRST)
    for path in ("late.yaml", "ledger/late.jsonl"):
        bucket.events.delete(path)
    stray = builder.work / "events/ledger/stray.jsonl"
    stray.write_bytes((builder.work / "events/ledger/data.jsonl").read_bytes())
    builder.build(SECOND, "two")

    assert not stray.exists()
    assert "ledger/stray.jsonl" not in bucket.events.files
    assert [path for path in bucket.output.files if path.startswith("late/")] == []
    assert not (builder.work / "events/late.yaml").exists()


@pytest.mark.parametrize("damage", ["changed", "removed", "linked", "index", "foreign index"])
def test_a_copy_that_is_not_what_it_was_is_made_anew(
    bucket: Bucket, builder: Builder, damage: str, tmp_path: Path
) -> None:
    builder.build(FIRST)
    copy, index = builder.work / "events/data.yaml", builder.work / "events.index"
    if damage in ("removed", "linked"):
        copy.unlink()
    if damage == "linked":
        (tmp_path / "theirs").write_text("theirs", encoding="utf-8")
        copy.symlink_to(tmp_path / "theirs")
    if damage == "changed":
        copy.write_text(DATA.replace("Data days", "Mine"), encoding="utf-8")
    if damage == "index":
        index.write_bytes(index.read_bytes()[:-9])
    if damage == "foreign index":
        index.write_bytes(index.read_bytes().replace(b"bucket", b"basket"))
    before = bucket.holds()
    builder.build(SECOND, "two")

    assert bucket.holds() == before
    assert copy.read_text(encoding="utf-8") == DATA
    assert not copy.is_symlink()
    if damage == "linked":
        assert (tmp_path / "theirs").read_text(encoding="utf-8") == "theirs"


def test_a_file_that_goes_while_it_is_fetched_is_not_there(
    bucket: Bucket, builder: Builder
) -> None:
    bucket.write("late.yaml", DATA.replace("Data days", "Late days"))

    class Leaving(Watched):
        def read(self, path: str, known: Stamp | None = None) -> Found | Answer | None:
            return None if path == "late.yaml" else super().read(path, known)

    builder.build(FIRST, through=lambda place: Leaving(place, lambda _: None, lambda: None))

    assert "data/calendar.ics" in bucket.output.files
    assert "late/calendar.ics" not in bucket.output.files
    assert not (builder.work / "events/late.yaml").exists()
    builder.build(FIRST, "two")
    assert "late/calendar.ics" in bucket.output.files


@pytest.mark.parametrize("lost", ["output", "output/manifest.json", "events/ledger", "."])
def test_a_working_folder_may_be_removed_at_any_time(
    bucket: Bucket, builder: Builder, lost: str
) -> None:
    builder.build(FIRST)
    before = bucket.holds()
    path = builder.work / lost
    path.unlink() if path.is_file() else shutil.rmtree(path)
    ended = builder.build(SECOND, "two")

    assert ended.state is None
    assert ended.published is not None
    assert ended.published.steps == ()
    assert bucket.holds() == before


def test_a_ledger_whose_answer_was_lost_is_ours_all_the_same(
    bucket: Bucket, builder: Builder
) -> None:
    """The store's client repeats what was not answered, and meets what it has written."""

    class Repeating(Watched):
        def put(
            self, path: str, data: bytes, headers: Mapping[str, str], only: If | Stamp
        ) -> Stamp:
            if path.startswith("ledger/"):
                super().put(path, data, headers, only)
            return super().put(path, data, headers, only)

    def through(place: Listed) -> Watched:
        return Repeating(place, lambda _: None, lambda: None)

    builder.build(FIRST, through=through)
    bucket.edit("data.yaml", "2027-02-12", "2027-02-13")
    builder.build(SECOND, "two", through)

    assert _sequences(bucket.events.files["ledger/data.jsonl"].data) == {"opening": 1}
    bucket.look()


def test_a_store_that_tells_no_tags_is_read_each_time(bucket: Bucket, builder: Builder) -> None:
    builder.build(FIRST)
    bucket.events.files = {
        path: found._replace(stamp=Stamp()) for path, found in bucket.events.files.items()
    }
    bucket.events.asked.clear()
    builder.build(FIRST, "two")

    assert ("read", "data.yaml") in bucket.events.asked


def test_only_the_events_or_only_the_output_may_lie_there(
    bucket: Bucket, builder: Builder, tmp_path: Path
) -> None:
    output = tmp_path / "output"
    ended = builder.build(FIRST, output=str(output))
    assert ended.published is None
    assert (output / "data/calendar.ics").is_file()
    assert bucket.output.files == {}
    bucket.events.asked.clear()
    assert builder.build(FIRST, output=str(output)).state is not None
    assert bucket.events.asked == [("list", "")]

    events = tmp_path / "events"
    events.mkdir()
    (events / "data.yaml").write_text(DATA, encoding="utf-8")
    bucket.events.asked.clear()
    ended = builder.build(FIRST, events=str(events))
    assert ended.published is not None
    assert bucket.output.files["data/calendar.ics"].data
    assert (events / "ledger/data.jsonl").is_file()
    assert bucket.events.asked == []
    bucket.output.asked.clear()
    assert builder.build(FIRST, events=str(events)).state is not None
    assert bucket.output.asked == [("read", STATE)]


def test_errors_in_event_files_publish_nothing_and_let_others_in(
    bucket: Bucket, builder: Builder
) -> None:
    builder.build(FIRST)
    before = bucket.holds()
    bucket.edit("data.yaml", "timezone: America/New_York", "timezone: America/New_Yrok")
    ended = builder.build(SECOND, "two")

    assert ended == afar.Ended(None)
    bucket.edit("data.yaml", "timezone: America/New_Yrok", "timezone: America/New_York")
    assert bucket.holds() == before
    assert LEASE not in bucket.events.files


@pytest.mark.parametrize(
    ("events", "output"),
    [("s3://b/site", "s3://b"), ("s3://b", "s3://b/site"), ("s3://b/site", "s3://b/site")],
)
def test_event_files_are_not_to_be_published(events: str, output: str, tmp_path: Path) -> None:
    clock = Clock()
    order = afar.Order(
        events, output, tmp_path / "work", "one", clock.read, clock.pause, open=Listed
    )
    with pytest.raises(Trouble, match="event files are not for everybody: name another place"):
        afar.build(afar.Site(order), lambda _: True)


# --- Stopped anywhere ----------------------------------------------------------------------------


def built_twice(tmp_path: Path) -> dict[str, bytes]:
    """What is there when nothing is stopped."""
    bucket = Bucket()
    builder = Builder(bucket, tmp_path / "undisturbed")
    builder.build(FIRST)
    bucket.edit("data.yaml", "2027-02-12", "2027-02-13")
    builder.build(SECOND, "two")
    return bucket.holds()


def killed(builder: Builder, number: int, *, after: bool) -> bool:
    """A build that dies before or after its request of a certain number; whether it came so far."""
    begun = count(1)
    is_dead = False

    def before(_: str) -> None:
        nonlocal is_dead
        is_dead = is_dead or (next(begun) == number and not after)
        if is_dead:
            raise Unavailable(number)

    def behind() -> None:
        nonlocal is_dead
        builder.bucket.look()
        is_dead = next(copy(begun)) > number
        if is_dead:
            raise Unavailable(number)

    try:
        builder.build(SECOND, "killed", lambda place: Watched(place, before, behind))
    except Unavailable:
        return True
    return False


@pytest.mark.parametrize("after", [False, True])
def test_whatever_stops_a_build_the_next_one_completes_it(tmp_path: Path, *, after: bool) -> None:
    """At each of its requests; every other time, the next one is another's."""
    wanted = built_twice(tmp_path)
    for number in range(1, 1000):
        bucket = Bucket()
        builder = Builder(bucket, tmp_path / f"work-{number}")
        builder.build(FIRST)
        bucket.edit("data.yaml", "2027-02-12", "2027-02-13")
        was_killed = killed(builder, number, after=after)
        next_one = builder if number % 2 else Builder(bucket, tmp_path / f"other-{number}")
        next_one.build(SECOND, "next")

        bucket.look()
        assert bucket.holds() == wanted, number
        assert LEASE not in bucket.events.files
        if not was_killed:
            break
    assert number >= 30


# --- Two at once ---------------------------------------------------------------------------------


class Asleep:
    """A build that sleeps before its request of a certain number, while another one works.

    The other one builds what has changed meanwhile, after it has waited for the sleeper's lock to
    end. `written` is what the sleeper was about to write, and `there` what the other one left.
    """

    def __init__(self, builder: Builder, other: Builder, number: int) -> None:
        self.bucket, self.other, self.number = builder.bucket, other, number
        self.begun = count(1)
        self.written = self.ended = ""
        self.there: dict[str, bytes] | None = None
        try:
            builder.build(
                SECOND, "asleep", lambda place: Watched(place, self._before, lambda: None)
            )
        except (Unavailable, Refused) as error:
            self.ended = type(error).__name__

    def _before(self, path: str) -> None:
        if next(self.begun) != self.number:
            return
        self.bucket.edit("site.yaml", "title: Ours", "title: Everybody's")
        if self.number % 2:
            self.bucket.edit("data.yaml", "2027-02-13", "2027-02-15")
        self.other.build(THIRD, "other")
        self.bucket.look()
        self.written, self.there = path, self.bucket.holds()


def test_who_was_asleep_undoes_nothing(tmp_path: Path) -> None:
    """Whenever it was: what the other has published stays, byte for byte.

    But for the one file that was on its way already: no store lets a lock keep that back.
    """
    ends = set()
    for number in range(1, 1000):
        bucket = Bucket()
        builder = Builder(bucket, tmp_path / f"work-{number}")
        other = Builder(bucket, tmp_path / f"other-{number}")
        builder.build(FIRST)
        bucket.edit("data.yaml", "2027-02-12", "2027-02-13")
        sleeper = Asleep(builder, other, number)
        if sleeper.there is None:
            break
        ends.add(sleeper.ended)
        now = bucket.holds()
        differing = {path for path in now if now[path] != sleeper.there.get(path)}
        assert now.keys() == sleeper.there.keys(), number
        assert differing <= ({sleeper.written} - {"output/manifest.json"}), number
        assert [path for path in differing if path.startswith("events/")] == []
    assert number >= 30
    assert "Unavailable" in ends


def test_a_lock_of_others_is_waited_for(bucket: Bucket, builder: Builder) -> None:
    builder.build(FIRST)
    bucket.edit("data.yaml", "2027-02-12", "2027-02-13")
    bucket.events.put(LEASE, b'{"publisher": "theirs", "beat": 1}', {}, If.NONE)
    said: list[str] = []
    clock = Clock()
    places = {EVENTS: bucket.events, OUTPUT: bucket.output}
    order = afar.Order(
        *(EVENTS, OUTPUT, builder.work, "two", clock.read, clock.pause),
        waiting=lambda: said.append("waiting"),
        open=places.__getitem__,
    )
    afar.build(afar.Site(order), lambda _: False)

    assert said == ["waiting"]
    assert sum(clock.waits) >= 59


def test_a_lock_that_our_own_killed_build_left_is_nobodys(bucket: Bucket, builder: Builder) -> None:
    builder.build(FIRST)
    bucket.edit("data.yaml", "2027-02-12", "2027-02-13")
    killed(builder, 8, after=False)
    assert LEASE in bucket.events.files
    clock = Clock()
    places = {EVENTS: bucket.events, OUTPUT: bucket.output}
    order = afar.Order(
        *(EVENTS, OUTPUT, builder.work, "two", clock.read, clock.pause), open=places.__getitem__
    )
    afar.build(afar.Site(order), lambda _: False)

    assert clock.waits == []


def test_a_long_build_says_that_it_is_at_work(bucket: Bucket, builder: Builder) -> None:
    """Its lock is renewed while it draws, though it asks for nothing meanwhile."""
    import threading  # noqa: PLC0415 - by this alone
    import time  # noqa: PLC0415 - as above

    renewed = threading.Event()
    before = bucket.events.put

    def put(path: str, *rest: object) -> Stamp:
        if path == LEASE and b'"beat": 2' in rest[0]:  # type: ignore[operator]  # its bytes
            renewed.set()
        return before(path, *rest)  # type: ignore[arg-type]  # as they came

    bucket.events.put = put  # type: ignore[method-assign,assignment]  # looked at
    places = {EVENTS: bucket.events, OUTPUT: bucket.output}
    order = afar.Order(
        *(EVENTS, OUTPUT, builder.work, "two", time.monotonic, time.sleep),
        term=0.8,
        open=places.__getitem__,
    )
    afar.build(afar.Site(order), lambda _: not renewed.wait(60))

    assert renewed.is_set()
    assert LEASE not in bucket.events.files


def test_freshness_is_asked_with_the_folders_that_were_built(builder: Builder) -> None:
    """A relative working folder means the same folder to both."""
    builder.build(FIRST)
    here = [(builder.work / each).as_posix() for each in ("events", "output")]

    assert freshness.answer(["build", here[0], "-o", here[1]]) is not None


def test_a_place_stands_as_long_as_it_is_known_to(first: Site, bucket: Bucket) -> None:
    order = first.order(bucket.output)
    assert publishing.stands(order) is None
    done = publishing.publish(order)
    assert publishing.stands(order) == publishing.Done((), done.feeds)

    manifest = first.output / MANIFEST
    kept = manifest.read_bytes()
    manifest.write_bytes(kept + b"\n")
    assert publishing.stands(order) is None
    manifest.unlink()
    assert publishing.stands(order) is None
    manifest.write_bytes(kept)
    assert publishing.stands(order) is not None
    bucket.output.put(STATE, b"{}", {}, If.ANY)
    assert publishing.stands(order) is None
