"""What a publication has to do, and what speaks against it."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webinar_feeds.artifacts import MANIFEST, Listed, appearance
from webinar_feeds.diagnostics import Severity
from webinar_feeds.publishing import planning
from webinar_feeds.publishing.planning import Deed, Step, steps

PATHS = [
    "a/invites/one.ics",
    "a/invites/two.ics",
    "a/calendar.ics",
    "a/ledger.jsonl",
    "a/recordings.atom",
    "a/index.html",
    "calendar.ics",
    "index.html",
]
TYPES = {"ics": "text/calendar", "atom": "application/atom+xml", "html": "text/html"}


def listed(version: str, *paths: str) -> dict[str, Listed]:
    return {
        path: Listed(version * 64, 1, TYPES.get(path.rpartition(".")[2], "application/json"))
        for path in paths
    }


def deeds(*found: Step) -> list[str]:
    return [f"{step.deed} {step.path}" for step in found]


def test_only_what_differs_travels_and_the_manifest_comes_before_what_goes() -> None:
    theirs = listed("0", *PATHS, "b/invites/gone.ics", "b/calendar.ics")
    ours = {**listed("0", *PATHS), **listed("1", "a/invites/two.ics", "a/calendar.ics")}

    assert deeds(*steps(ours, theirs)) == [
        "put a/invites/two.ics",
        "put a/calendar.ics",
        "put manifest.json",
        "delete b/calendar.ics",
        "delete b/invites/gone.ics",
    ]


def test_a_file_is_sent_again_when_only_its_media_type_differs() -> None:
    theirs = {"a.json": Listed("0" * 64, 1, "application/json")}
    ours = {"a.json": Listed("0" * 64, 1, "application/feed+json")}

    assert deeds(*steps(ours, theirs)) == ["put a.json", "put manifest.json"]


def test_what_may_have_been_touched_is_sent_or_removed_whatever_the_manifest_says() -> None:
    same = listed("0", "a/calendar.ics", "calendar.ics")
    found = list(steps(same, same, frozenset({"a/calendar.ics", "b/calendar.ics", MANIFEST})))

    assert deeds(*found) == ["put a/calendar.ics", "put manifest.json", "delete b/calendar.ics"]
    assert not any(step.is_new for step in found)


def test_what_was_never_there_is_new() -> None:
    found = steps(listed("1", "a/calendar.ics", "calendar.ics"), listed("0", "calendar.ics"))

    assert {step.path for step in found if step.is_new} == {"a/calendar.ics"}


VERSIONS = st.dictionaries(st.sampled_from(PATHS), st.sampled_from("012"))


@given(VERSIONS, VERSIONS, st.sets(st.sampled_from(PATHS)))
def test_doing_the_steps_makes_a_place_ours_in_the_order_of_appearance(
    ours: dict[str, str], theirs: dict[str, str], touched: set[str]
) -> None:
    mine = {path: listed(version, path)[path] for path, version in ours.items()}
    there = {path: listed(version, path)[path] for path, version in theirs.items()}
    # What was touched may hold anything by now, or nothing.
    place: dict[str, object] = {**there, **dict.fromkeys(touched, "something else")}
    found = list(steps(mine, there, touched))

    for step in found:
        if step.path == MANIFEST:
            assert place == {**place, **mine}
        elif step.deed is Deed.PUT:
            place[step.path] = mine[step.path]
        else:
            place.pop(step.path, None)

    assert place == mine
    assert [step.path for step in found].count(MANIFEST) == 1
    assert all(one.stage <= other.stage for one, other in pairwise(found))
    sent = [step.path for step in found if step.deed is Deed.PUT][:-1]
    assert sent == sorted(sent, key=appearance)


def test_of_feeds_a_hub_is_told_and_of_nothing_else() -> None:
    ours = listed("1", *PATHS)

    assert planning.feeds(steps(ours, {}), ours) == ["a/recordings.atom"]
    assert planning.feeds(steps(ours, listed("1", *PATHS)), ours) == []
    assert planning.feeds(steps({}, ours), {}) == []


# --- What speaks against it -----------------------------------------------------------------------

SESSIONS = [f"a/invites/{number}.ics" for number in range(8)]


@pytest.mark.parametrize(
    ("theirs", "gone", "says"),
    [
        ([], 0, None),
        (SESSIONS, 0, None),
        (SESSIONS, 4, None),
        (SESSIONS, 5, "5 of the 8 published sessions' files would be removed"),
        (SESSIONS, 8, "8 of the 8 published sessions' files would be removed"),
        (SESSIONS[:4], 3, None),
        (SESSIONS[:1], 1, "1 of the 1 published sessions' files would be removed"),
        (["a.txt", "b.txt"], 2, "2 of the 2 published files would be removed"),
    ],
)
def test_it_is_asked_whether_most_sessions_should_go(
    theirs: list[str], gone: int, says: str | None
) -> None:
    found = planning.removals([*theirs[gone:], "calendar.ics"], [*theirs, "calendar.ics"], "there")
    if "a.txt" in theirs:
        found = planning.removals([], theirs, "there")

    assert (found and found.message) == says
    assert found is None or found.severity is Severity.ERROR


def ledger(*rows: tuple[str, int, int]) -> bytes:
    """A ledger's copy of sessions: id, SEQUENCE, and the day on which it was changed."""
    head = {"series": "a", "uid": "u", "hashes": 1, "content": ""}
    stamps = dict.fromkeys(("created", "modified"), "2027-01-01T00:00:00Z")
    lines = [json.dumps(head | stamps)]
    lines += [
        f'{{"id": "{name}", "uid": "uid-{name}", "sequence": {sequence}, "title": "T", '
        '"start": "2027-02-01T12:00:00Z", "end": "2027-02-01T13:00:00Z", "zone": "Europe/Berlin", '
        '"status": "confirmed", "schedule": "", "content": "", "created": "2027-01-01T00:00:00Z", '
        f'"modified": "2027-01-{day:02}T00:00:00Z"}}'
        for name, sequence, day in rows
    ]
    return "\n".join(lines).encode()


def objections(ours: bytes, theirs: bytes) -> list[str]:
    return [each.message for each in planning.lowered(ours, theirs, "a/ledger.jsonl", "there")]


def test_i13_what_subscribers_have_is_never_taken_back() -> None:
    published = ledger(("one", 2, 5), ("two", 1, 5))

    assert objections(published, published) == []
    assert objections(ledger(("one", 3, 6), ("two", 1, 5), ("three", 0, 6)), published) == []
    assert objections(ledger(("one", 2, 5)), published) == [
        "session `two` has been published, and this output's ledger does not know it"
    ]
    assert objections(ledger(("one", 1, 6), ("two", 1, 4)), published) == [
        f"session `{name}` has been published with SEQUENCE {theirs} at 2027-01-05T00:00:00Z, and "
        f"this output has SEQUENCE 1 of {ours}T00:00:00Z"
        for name, theirs, ours in (("one", 2, "2027-01-06"), ("two", 1, "2027-01-04"))
    ]


def test_a_ledger_that_cannot_be_read_says_nothing() -> None:
    assert objections(ledger(("one", 0, 1)), b"{") == []
    assert objections(b"", ledger(("one", 0, 1))) == []
