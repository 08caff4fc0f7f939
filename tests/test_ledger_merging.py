"""Two branches, real git, and a ledger in both."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some

from event_files import sound, with_session
from webinar_feeds import ledger
from webinar_feeds.model import Site, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from webinar_feeds.ledger import Ledger
    from webinar_feeds.model import Series, Session

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PATH = "open-science.jsonl"
BERLIN = "time: 13:00–14:30\ntimezone: Europe/Berlin"


def series(*sessions: Session, removed: tuple[str, ...] = (), summary: str | None = None) -> Series:
    return replace(sound(with_session()), sessions=sessions, removed=removed, summary=summary)


def session(identifier: str, own: str = "") -> Session:
    (found,) = sound(with_session(own, BERLIN)).sessions
    return replace(found, id=identifier)


def build(told: Series, past: Ledger | None, now: datetime) -> Ledger:
    return ledger.revise(told, Site(), past, now).ledger


FOUR = tuple(map(session, ("b", "d", "f", "h")))
BASE = build(series(*FOUR), None, NOW)
EDITED = session("d", "title: Another title")
MOVED = session("f", "date: 2020-07-09")


@pytest.fixture
def git(tmp_path: Path) -> Callable[..., str]:
    """Git in a repository of its own, untouched by how the machine's is set up."""
    nobody = (
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@example.org",
        "-c",
        "init.defaultBranch=main",
    )

    def run(*words: str) -> str:
        done = subprocess.run(
            ["git", *nobody, *words],
            cwd=tmp_path,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/"},
            capture_output=True,
            check=False,
            text=True,
        )
        return done.stdout

    run("init", "--quiet")
    return run


def merged(
    git: Callable[..., str], folder: Path, ours: Ledger, theirs: Ledger, *style: str
) -> bytes:
    """What git makes of a ledger that two branches have changed."""
    file = folder / PATH
    for branch, memory in (("main", BASE), ("theirs", theirs), ("ours", ours)):
        git("checkout", "--quiet", "main")
        git("checkout", "--quiet", "-B", branch)
        file.write_bytes(ledger.dump(memory, "open-science"))
        git("add", PATH)
        git("commit", "--quiet", "-m", branch)
    git(*style, "merge", "theirs")
    return file.read_bytes()


# --- what git merges by itself ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "theirs", "both"),
    [
        (
            series(FOUR[0], EDITED, *FOUR[2:]),
            series(*FOUR[:2], MOVED, FOUR[3]),
            series(FOUR[0], EDITED, MOVED, FOUR[3]),
        ),
        (
            series(*FOUR, session("c")),
            series(*FOUR, session("g")),
            series(*FOUR, session("c"), session("g")),
        ),
        (
            series(*FOUR, session("e")),
            series(FOUR[0], EDITED, *FOUR[2:]),
            series(FOUR[0], EDITED, *FOUR[2:], session("e")),
        ),
        (
            series(*FOUR, summary="About it."),
            series(replace(FOUR[0], title="Another title"), *FOUR[1:]),
            series(replace(FOUR[0], title="Another title"), *FOUR[1:], summary="About it."),
        ),
        (
            series(*FOUR[:3], removed=("h",)),
            series(*FOUR[:2], MOVED, FOUR[3]),
            series(*FOUR[:2], MOVED, removed=("h",)),
        ),
        (
            series(replace(FOUR[0], id="a", formerly=("b",)), *FOUR[1:]),
            series(*FOUR[:2], MOVED, FOUR[3]),
            series(replace(FOUR[0], id="a", formerly=("b",)), FOUR[1], MOVED, FOUR[3]),
        ),
    ],
    ids=["neighbours", "added", "added behind", "the series", "removed", "renamed"],
)
def test_git_merges_what_happened_to_different_sessions(
    git: Callable[..., str], tmp_path: Path, ours: Series, theirs: Series, both: Series
) -> None:
    one, two = build(ours, BASE, NOW + DAY), build(theirs, BASE, NOW + 2 * DAY)
    memory, said = ledger.parse(merged(git, tmp_path, one, two), PATH)

    assert said == ()
    assert memory == ledger.merge(one, two) == ledger.merge(two, one)
    assert build(both, memory, NOW + 3 * DAY) == memory


# --- what it does not ---------------------------------------------------------------------------


@pytest.mark.parametrize("style", [(), ("-c", "merge.conflictStyle=diff3")])
@pytest.mark.parametrize("later", ["ours", "theirs"])
def test_a_session_that_both_have_moved_is_a_conflict_that_merge_resolves(
    git: Callable[..., str], tmp_path: Path, style: Sequence[str], later: str
) -> None:
    dates = {"ours": "date: 2020-07-10", "theirs": "date: 2020-07-11"}
    one, two = (
        build(
            series(*FOUR[:2], session("f", own), FOUR[3]),
            BASE,
            NOW + (2 if name == later else 1) * DAY,
        )
        for name, own in dates.items()
    )
    conflict = merged(git, tmp_path, one, two, *style)

    assert [each.code for each in ledger.parse(conflict, PATH)[1]] == ["WF605"]
    assert resolved(conflict) == ledger.merge(one, two)
    for own in dates.values():
        told = series(*FOUR[:2], session("f", own), FOUR[3])
        row = build(told, resolved(conflict), NOW + 3 * DAY).rows["f"]
        assert (row.sequence, row.modified) == (2, NOW + 3 * DAY)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ((*FOUR, session("x"), session("y")), (*FOUR, session("y"), session("z")), "bdfhxyz"),
        ((*FOUR, session("c")), (FOUR[0], EDITED, *FOUR[2:]), "bcdfh"),
        ((*FOUR, session("x")), (*FOUR[:3], replace(FOUR[3], title="New")), "bdfhx"),
    ],
    ids=["in one place", "before another", "behind the last"],
)
def test_what_both_have_added_or_edited_in_one_place_is_all_there_after_it(
    git: Callable[..., str],
    tmp_path: Path,
    ours: tuple[Session, ...],
    theirs: tuple[Session, ...],
    expected: str,
) -> None:
    one, two = build(series(*ours), BASE, NOW + DAY), build(series(*theirs), BASE, NOW + 2 * DAY)
    conflict = merged(git, tmp_path, one, two)

    assert [each.code for each in ledger.parse(conflict, PATH)[1]] == ["WF605"]
    assert resolved(conflict) == ledger.merge(one, two)
    assert "".join(sorted(resolved(conflict).rows)) == expected


def resolved(conflict: bytes) -> Ledger:
    ours, theirs = (ledger.parse(each, PATH)[0] for each in ledger.sides(conflict))
    assert ours is not None
    assert theirs is not None
    return ledger.merge(ours, theirs)


def test_marks_inside_the_common_ancestor_are_no_sides() -> None:
    """Git writes longer ones there, when the branches have several ancestors."""
    data = (
        b"a\n<<<<<<< ours\nb1\n||||||| base\n<<<<<<<<< one\nb\n=========\nc\n>>>>>>>>> two\n"
        b"=======\nb2\n>>>>>>> theirs\n"
    )

    assert ledger.sides(data) == (b"a\nb1\n", b"a\nb2\n")


# --- what two memories are together -------------------------------------------------------------


def told_in(memory: Ledger, identifier: str = "f") -> list[tuple[Told, Told]]:
    return [(each.before, each.after) for each in ledger.changes(memory.rows[identifier])]


def test_what_the_one_told_is_what_people_had_when_the_other_told_the_next() -> None:
    dates = ("2020-07-08", "2020-07-10", "2020-07-11")
    first, second, third = (session("f", f"date: {each}") for each in dates)
    one = build(series(second), build(series(first), None, NOW), NOW + DAY)
    two = build(series(third), build(series(first), None, NOW), NOW + 2 * DAY)
    told = [memory.rows["f"].told for memory in (build(series(first), None, NOW), one, two)]

    for memory in (ledger.merge(one, two), ledger.merge(two, one)):
        assert told_in(memory) == [(told[0], told[1]), (told[1], told[2])]


def test_what_one_branch_told_last_is_what_the_other_is_told_from() -> None:
    """Also when it was the other that was built last, for something else."""
    dates = ("2020-07-08", "2020-07-10", "2020-07-11")
    first, moved, other = (session("f", f"date: {each}") for each in dates)
    base = build(series(first), None, NOW)
    two = build(series(other), base, NOW + 2 * DAY)
    one = build(
        series(replace(moved, platform="Zoom")),
        build(series(moved), base, NOW + DAY),
        NOW + 3 * DAY,
    )
    told = [memory.rows["f"].told for memory in (base, one, two, one)]

    memory = ledger.merge(one, two)
    again = build(series(replace(moved, platform="Zoom")), memory, NOW + 4 * DAY)

    assert told_in(memory) == [(told[0], told[1]), (told[1], told[2])]
    assert told_in(again) == [*told_in(memory), (told[2], told[3])]
    assert again.rows["f"].sequence == 2


def test_what_both_have_told_is_told_once() -> None:
    base = build(series(session("f")), None, NOW)
    moved = series(session("f", "date: 2020-07-10"))
    one, two = (build(moved, base, NOW + days * DAY) for days in (1, 2))

    assert told_in(ledger.merge(one, two)) == told_in(one)


def test_a_session_removed_by_one_and_moved_by_the_other_is_cancelled_anew() -> None:
    """Who saw it moved has the SEQUENCE of who saw it cancelled."""
    moved = build(series(*FOUR[:2], MOVED, FOUR[3]), BASE, NOW + DAY)
    removed = build(series(*FOUR[:2], FOUR[3], removed=("f",)), BASE, NOW + 2 * DAY)
    rows = build(series(*FOUR[:2], FOUR[3]), ledger.merge(moved, removed), NOW + 3 * DAY).rows

    assert (rows["f"].told.status.value, rows["f"].sequence) == ("cancelled", 2)
    assert rows["f"].modified == NOW + 3 * DAY


def test_an_id_that_was_renamed_and_given_anew_stays_two_sessions() -> None:
    base = build(series(session("a")), None, NOW)
    renamed = replace(session("a"), id="b", formerly=("a",))
    one = build(series(renamed), base, NOW + DAY)
    two = build(series(renamed, session("a", "title: A new one")), one, NOW + 2 * DAY)

    assert ledger.merge(two, base) == ledger.merge(base, two) == two


def test_sessions_of_one_id_and_two_uids_are_both_remembered() -> None:
    base = build(series(session("a")), None, NOW)
    one, two = (
        build(
            series(session("a"), replace(session("b"), uid=f"{each}@example.org")), base, NOW + DAY
        )
        for each in (1, 2)
    )

    memory = ledger.merge(one, two)

    assert {key: row.uid for key, row in memory.rows.items()} == {
        "a": base.rows["a"].uid,
        "b": "1@example.org",
        "b-2": "2@example.org",
    }


def test_a_session_that_both_have_renamed_remembers_every_id() -> None:
    base = build(series(session("a")), None, NOW)
    one, two = (
        build(series(replace(session("a"), id=each, formerly=("a",))), base, NOW + DAY)
        for each in ("b", "c")
    )

    (row,) = ledger.merge(one, two).rows.items()

    assert (row[0], row[1].formerly) == ("b", ("a", "c"))


def test_a_session_that_one_has_removed_stays_removed() -> None:
    removed = build(series(*FOUR[:3], removed=("h",)), BASE, NOW + DAY)
    edited = build(series(*FOUR[:3], replace(FOUR[3], title="New")), BASE, NOW + 2 * DAY)
    memory = ledger.merge(edited, removed)

    assert memory.rows["h"].removed == NOW + DAY
    row = build(series(*FOUR[:3]), memory, NOW + 3 * DAY).rows["h"]
    assert (row.told.status.value, row.sequence, row.removed) == ("cancelled", 2, NOW + DAY)


def test_a_session_that_is_listed_again_is_not_removed_by_an_old_memory() -> None:
    removed = build(series(*FOUR[:3], removed=("h",)), BASE, NOW + DAY)
    again = build(series(*FOUR), removed, NOW + 2 * DAY)

    assert ledger.merge(removed, again) == ledger.merge(again, removed) == again


def test_a_private_link_that_both_have_changed_is_to_be_followed() -> None:
    link = "join: {{url: https://m.example.org/{}, audience: registered}}"
    base, one, two = (series(session("a", link.format(each))) for each in range(3))
    first = build(base, None, NOW)
    memory = ledger.merge(build(one, first, NOW + DAY), build(two, first, NOW + 2 * DAY))

    assert build(two, memory, NOW + 3 * DAY).rows["a"].sequence == 2


@pytest.mark.parametrize("days", [-1, 40])
def test_who_has_left_stays_away_and_the_calendars_stamp_never_falls(days: int) -> None:
    off = session("a", "date: 2027-02-01\nstatus: cancelled")
    first = build(series(off), None, NOW)
    gone = build(series(off), first, NOW + 30 * DAY)
    edited = build(series(replace(off, title="New")), first, NOW + (5 if days < 0 else days) * DAY)

    for memory in (ledger.merge(gone, edited), ledger.merge(edited, gone)):
        revised = ledger.revise(series(replace(off, title="New")), Site(), memory, NOW + 50 * DAY)
        assert revised.publication.entries == ()
        assert revised.publication.modified >= max(
            each.rows["a"].left or NOW for each in (gone, edited)
        )


def test_a_recording_is_known_by_the_name_of_its_lasting_id() -> None:
    one = "recording: https://v.example.org/1"
    two = "recordings: [{id: en, url: https://v.example.org/1}, {id: fr, url: https://v.org/2}]"
    before = build(series(session("a", one)), None, NOW)
    later = build(series(session("a", two)), before, NOW + DAY)

    assert ledger.merge(before, later) == ledger.merge(later, before) == later


def test_recordings_of_one_id_and_two_names_do_not_meet() -> None:
    one = build(series(session("a", "recording: https://v.example.org/1")), None, NOW)
    two = build(series(session("a", "recordings: [{id: en, url: https://v.org/2}]")), None, NOW)
    rows = {"a": two.rows["a"]._replace(recordings={"recording": two.rows["a"].recordings["en"]})}

    memory = ledger.merge(one, two._replace(rows=rows))

    assert memory.rows["a"].recordings == one.rows["a"].recordings


def test_older_hashes_are_believed_where_the_same_was_told() -> None:
    old = BASE._replace(
        hashes=0,
        rows={key: row._replace(schedule="x", content="y") for key, row in BASE.rows.items()},
    )

    assert ledger.merge(old, BASE) == ledger.merge(BASE, old) == BASE


EDITS = ["", "date: 2020-07-09", "platform: Zoom", "title: New", "status: tentative", "summary: A"]


def history(edits: list[str], past: Ledger | None, hours: Iterator[int]) -> Ledger:
    """What is remembered after these edits, each of which was built, an hour after another."""
    for edit in edits:
        past = build(series(session("f", edit)), past, NOW + next(hours) * DAY / 24)
    assert past is not None
    return past


@given(
    common=some.lists(some.sampled_from(EDITS), min_size=1, max_size=3),
    branches=some.tuples(*[some.lists(some.sampled_from(EDITS), max_size=3)] * 2),
    last=some.sampled_from(EDITS),
    order=some.permutations([0, 1]),
)
def test_whatever_two_branches_did_nobody_sees_a_sequence_or_a_stamp_fall(
    *, common: list[str], branches: tuple[list[str], list[str]], last: str, order: list[int]
) -> None:
    hours = iter(range(99))
    base = history(common, None, hours)
    both = [history(each, base, hours) for each in branches]
    one, two = (both[each] for each in order)
    told = series(session("f", last))
    merged = ledger.revise(told, Site(), ledger.merge(one, two), NOW + 3 * DAY)
    (entry,) = merged.publication.entries
    now = merged.ledger.rows["f"]

    for side in (one, two):
        row = side.rows["f"]
        if row.schedule != now.schedule:  # who had this one has to follow
            assert now.sequence > row.sequence
        if row.content != now.content:
            assert now.modified > row.modified
        assert now.sequence >= row.sequence
        assert now.modified >= row.modified
        assert merged.publication.modified >= side.modified
    steps = entry.revision.changes
    assert [each.after for each in steps[:-1]] == [each.before for each in steps[1:]]
    assert [each for each in steps if each.before == each.after] == []
    for side in (one, two):  # an old memory beside the new one disturbs nothing
        again = ledger.revise(told, Site(), ledger.merge(merged.ledger, side), NOW + 9 * DAY)
        assert again == merged
