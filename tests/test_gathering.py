from __future__ import annotations

import gc
import os
import re
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import event_files
from growing_site import NOW, SITE, build, built_and_planned, edit, published, spread_out
from webinar_feeds.gathering import Gathering, View
from webinar_feeds.model import Scope
from webinar_feeds.records import Member, Part, Record
from webinar_feeds.rendering import calendar, feeds
from webinar_feeds.site_ledger import Shown, SiteLedger

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = timedelta(days=1)
NOWHERE = Path(os.devnull)  # so little is held in memory
OURS = event_files.site_of(SITE)
ALL = (*calendar.streams, *feeds.streams)
START = int(datetime(2027, 1, 14, 12, tzinfo=UTC).timestamp())
EMPTY = SiteLedger("8f4c9a55-6f1b-5d0a-9a37-0c6a2f0b7d11", {})
ANA = ("speakers/ana-lima", "Ana Lima")
DATA = ("topics/data", "Data")


def record(*sessions: tuple[int, int, tuple[tuple[str, str], ...]]) -> Record:
    """Sessions as start, last change and subjects, without any pieces."""
    members = tuple(
        Member(START + start, f"session-{number}", START + modified, subjects)
        for number, (start, modified, subjects) in enumerate(sessions)
    )
    return Record(members, {}, None, ())


def of(gathering: Gathering, past: SiteLedger, now: datetime) -> Iterator[View]:
    """The views, when a ledger tells what has been published."""
    return gathering.views(past.uid, sorted(past.views.items()), now)


def views(
    *records: Record, past: SiteLedger = EMPTY, now: datetime = NOW
) -> tuple[dict[str, list[int]], SiteLedger]:
    """The numbers of the sessions of each view, by path, and the ledger."""
    gathering = Gathering(OURS, (), NOWHERE)
    for number, each in enumerate(records):
        gathering.add(f"series-{number}", each)
    found = {view.publication.path: view for view in of(gathering, past, now)}
    shown = {path: view.shown for path, view in found.items()}
    return {path: list(view.members) for path, view in found.items()}, past._replace(views=shown)


# --- which views there are ----------------------------------------------------------------------


def test_a_view_holds_its_sessions_in_the_order_of_their_times() -> None:
    one = record((300, 0, (DATA,)), (100, 0, ()), (200, 0, (DATA, ANA)))
    two = record((150, 0, (ANA, DATA)))

    assert views(one, two)[0] == {
        "": [1, 3, 2, 0],
        "speakers/ana-lima": [3, 2],
        "topics/data": [3, 2, 0],
    }


def test_a_speakers_view_appears_with_the_second_session_and_stays() -> None:
    alone, _ = views(record((0, 0, (ANA,))))
    twice, known = views(record((0, 0, (ANA,)), (1, 0, (ANA,))))
    left, _ = views(record((0, 0, (ANA,))), past=known)
    gone, _ = views(record((0, 0, ())), past=known)

    assert [each.get("speakers/ana-lima") for each in (alone, twice, left, gone)] == [
        None,
        [0, 1],
        [0],
        [],
    ]


def test_languages_have_views_when_there_are_several() -> None:
    english, french = ("languages/en", "en"), ("languages/fr", "fr")

    assert list(views(record((0, 0, (english,))))[0]) == [""]
    assert list(views(record((0, 0, (english,)), (1, 0, (french,))))[0]) == [
        "",
        "languages/en",
        "languages/fr",
    ]


def test_a_language_that_was_published_and_is_spoken_no_more_is_not_counted() -> None:
    past = EMPTY._replace(views={"languages/fr": Shown("fr", "x", NOW)})

    assert list(views(record((0, 0, (("languages/en", "en"),))), past=past)[0]) == [
        "",
        "languages/fr",
    ]


def test_without_any_session_there_is_no_site_unless_there_was_one() -> None:
    past = EMPTY._replace(views={"": Shown("", "x", NOW)})

    assert views(record())[0] == {}
    assert views(record(), past=past)[0] == {"": []}


def test_a_view_keeps_the_name_under_which_it_was_published() -> None:
    first = views(record((0, 0, (DATA,))))[1]
    again = views(record((0, 0, (("topics/data", "DATA"),))), past=first)[1]

    assert (first.views["topics/data"].name, again.views["topics/data"].name) == ("Data", "Data")


def test_two_names_of_one_path_are_one_view() -> None:
    found, ledger = views(record((0, 0, (DATA,)), (1, 0, (("topics/data", "data"),))))

    assert found["topics/data"] == [0, 1]
    assert ledger.views["topics/data"].name == "Data"


def test_a_view_of_many_sessions_is_in_order_too(tmp_path: Path) -> None:
    """More than are sorted at once, some of them before 1970, and many at one time."""
    gathering = Gathering(OURS, (), tmp_path)
    starts = [each * 7919 % 2003 * 3600 * 24 * 365 // 12 - 2 * START for each in range(6000)]
    members = tuple(Member(start, str(each), 0, (DATA,)) for each, start in enumerate(starts))
    gathering.add("many", Record(members, {}, None, ()))

    found = {view.publication.path: list(view.members) for view in of(gathering, EMPTY, NOW)}

    wanted = sorted(range(6000), key=lambda each: starts[each])
    assert min(starts) < 0 < max(starts)
    assert found == {"": wanted, "topics/data": wanted}
    gathering.close()


# --- when they last changed ---------------------------------------------------------------------


def at(ledger: SiteLedger, path: str) -> int:
    """When a view last changed, in seconds after `START`."""
    return int(ledger.views[path].modified.timestamp()) - START


def test_a_view_changed_when_the_last_of_its_sessions_did() -> None:
    _, ledger = views(record((0, 50, (DATA,)), (1, 70, ()), (2, 60, (DATA,))))

    assert (at(ledger, ""), at(ledger, "topics/data")) == (70, 60)


def test_the_last_change_of_a_view_never_falls() -> None:
    _, before = views(record((0, 50, (DATA,)), (1, 60, (DATA,))))
    _, without = views(record((0, 50, (DATA,)), (1, 60, ())), past=before, now=NOW)
    early = datetime(2020, 1, 1, tzinfo=UTC)
    _, back = views(record((0, 50, (DATA,)), (1, 60, ())), past=before, now=early)
    _, same = views(record((0, 50, (DATA,)), (1, 60, (DATA,))), past=before, now=NOW + DAY)

    assert without.views["topics/data"].modified == NOW
    assert at(back, "topics/data") == 61
    assert same == before


@pytest.mark.parametrize(
    "other",
    [
        replace(OURS, title="Webinars"),
        replace(OURS, language="fr"),
        replace(OURS, base_url="https://elsewhere.example.org/"),
        replace(OURS, publisher=None),
    ],
)
def test_a_site_that_calls_itself_otherwise_has_changed(other: object) -> None:
    _, before = views(record((0, 50, (DATA,))))
    gathering = Gathering(other, (), NOWHERE)  # type: ignore[arg-type]  # a site
    gathering.add("series-0", record((0, 50, (DATA,))))

    assert [view.shown.modified for view in of(gathering, before, NOW)] == [NOW, NOW]


# --- fingerprints -------------------------------------------------------------------------------


def pieces(number: int, sum_: int, *, year: int = 2027) -> Record:
    """A series of one session, with a piece in each file."""
    member = Member(START + number, "only", START, (DATA,))
    part = Part(10, 20, sum_, (START, "s", "only"), ("Europe/Berlin", year, year, 5400))
    return Record((member,), {stream.file: (part,) for stream in ALL}, None, ())


def prints(*records: Record, past: SiteLedger = EMPTY) -> dict[str, str]:
    """What each file of the site and its views is made from."""
    gathering = Gathering(OURS, (calendar, feeds), NOWHERE)
    for number, each in enumerate(records):
        gathering.add(f"series-{number}", each)
    found: dict[str, str] = {}
    for view in of(gathering, past, NOW):
        found |= {each.path: each.made_from for each in gathering.files(view)}
    return found


def test_a_fingerprint_is_of_all_that_a_file_is_made_from() -> None:
    base = prints(pieces(0, 1), pieces(1, 2))
    others = [
        prints(pieces(0, 1), pieces(1, 3)),
        prints(pieces(0, 1), pieces(1, 2, year=1995)),
        prints(pieces(0, 1)),
        prints(pieces(0, 1), pieces(1, 2), past=EMPTY._replace(uid="another")),
    ]

    assert sorted(base) == [
        "calendar.ics",
        "changes.atom",
        "recordings.atom",
        "recordings.json",
        "recordings.rss",
        "topics/data/calendar.ics",
    ]
    assert prints(pieces(0, 1), pieces(1, 2)) == base
    for path in base:
        assert base[path] not in {other[path] for other in others}


def test_a_record_without_the_pieces_of_its_sessions_is_not_believed() -> None:
    gathering = Gathering(OURS, (calendar,), NOWHERE)

    with pytest.raises(ValueError, match=r"calendar\.ics has 0 pieces for 1 sessions"):
        gathering.add("series", record((0, 0, ())))


def test_a_short_file_holds_the_first_pieces_of_all_series(tmp_path: Path) -> None:
    """More candidates than a feed may hold, so that they are cut on the way."""
    site = SITE + "feed_length: 2\n"
    series = "title: Series {0}\ntimezone: UTC\ntime: 13:00–14:00\nsessions:\n"
    session = (
        "  - {{id: s{1}, date: 2026-{0:02}-{1:02}, title: Talk {0}-{1},"
        " recording: 'https://v.example.org/{0}-{1}'}}\n"
    )
    files = {
        f"events/s{n:02}.yaml": series.format(n)
        + "".join(session.format(n, day) for day in range(1, 6))
        for n in range(1, 11)
    }
    spread_out(tmp_path, {**files, "events/site.yaml": site})

    found, wanted = built_and_planned(tmp_path)

    assert found == wanted
    assert found["output/recordings.rss"].count(b"<item>") == 2


# --- as they are published ----------------------------------------------------------------------


def test_a_view_without_any_session_left_is_a_calendar(tmp_path: Path) -> None:
    """C6: a calendar without a component is none."""
    spread_out(tmp_path)
    build(tmp_path)
    edit(tmp_path / "events/late.yaml", "topics: cables", "topics: data")

    found, wanted = built_and_planned(tmp_path, NOW + DAY)
    lines = found["output/topics/cables/calendar.ics"].split(b"\r\n")

    assert found == wanted
    assert (lines[0], lines[-2:]) == (b"BEGIN:VCALENDAR", [b"END:VCALENDAR", b""])
    assert lines.count(b"BEGIN:VTIMEZONE") == 1
    assert lines.count(b"BEGIN:VEVENT") == 0
    assert b"LAST-MODIFIED:20270121T120000Z" in lines


def test_two_spellings_of_a_speaker_have_one_calendar(tmp_path: Path) -> None:
    spread_out(tmp_path)
    edit(tmp_path / "events/open-science.yaml", "speakers: [Ana Lima]}]", "speakers: [Zoe Ng]}]")

    found, wanted = built_and_planned(tmp_path)

    assert found == wanted
    assert "output/speakers/ana-lima/calendar.ics" not in found
    held = re.findall(rb"SUMMARY:(.*)\r\n", found["output/speakers/zoe-ng/calendar.ics"])
    assert held == [b"Opening", b"Data that others can use"]


def test_a_speaker_who_has_left_all_but_one_session_keeps_the_calendar(tmp_path: Path) -> None:
    spread_out(tmp_path)
    build(tmp_path)
    path = "output/speakers/ana-lima/calendar.ics"
    before = published(tmp_path)[path]
    edit(tmp_path / "events/open-science.yaml", "speakers: [Ana Lima]}]", "speakers: [Zoe Ng]}]")

    found, wanted = built_and_planned(tmp_path, NOW + DAY)

    assert found == wanted
    assert (before.count(b"BEGIN:VEVENT"), found[path].count(b"BEGIN:VEVENT")) == (2, 1)
    assert b"LAST-MODIFIED:20270121T120000Z" in found[path]


# --- memory -------------------------------------------------------------------------------------


def of_many(number: int) -> Record:
    """Ten sessions of speakers whom nobody else has, with their pieces."""
    members, parts = [], []
    for each in range(10):
        serial = 10 * number + each
        start = START + 3600 * serial
        speaker = (f"speakers/person-{serial}", f"Person {serial}")
        members.append(Member(start, f"s{each}", START, (DATA, speaker)))
        key = (start, f"series-{number}", f"s{each}")
        parts.append(Part(900 * each, 900, serial, key, ("Europe/Berlin", 2027, 2027, 5400)))
    return Record(tuple(members), {"calendar.ics": tuple(parts)}, None, ())


def test_a_session_costs_few_bytes(tmp_path: Path) -> None:
    gathering = Gathering(OURS, (calendar,), tmp_path)
    gathering.add("first", of_many(0))
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(1, 2001):
            gathering.add(f"series-{number}", of_many(number))
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert held / 20_000 < 30
    assert {Scope.SITE, Scope.TOPIC} == {
        view.publication.scope for view in gathering.views(EMPTY.uid, (), NOW)
    }
    gathering.close()
