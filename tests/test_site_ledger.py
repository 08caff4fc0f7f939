from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from webinar_feeds import site_ledger
from webinar_feeds.model import Organizer, Site
from webinar_feeds.site_ledger import Shown, SiteLedger

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
PATH = "events/ledger/site.jsonl"
LEDGER = SiteLedger(
    "5e2d9d1c-6f5b-5d0a-9a37-0c6a2f0b7d11",
    {"": Shown("Our webinars", "a", NOW), "topics/health": Shown("Health", "b", NOW + DAY)},
)

INSTANTS = some.integers(0, 2**32).map(lambda each: datetime.fromtimestamp(each, UTC))
TEXTS = some.text(some.characters(exclude_categories=["C", "Zl", "Zp"])).map(str.strip)
PATHS = some.just("") | some.from_regex(
    r"(topics|languages|speakers)/[a-z0-9][a-z0-9-]{0,63}", fullmatch=True
)
LEDGERS = some.builds(
    SiteLedger,
    TEXTS,
    some.dictionaries(PATHS, some.builds(Shown, TEXTS, TEXTS, INSTANTS), max_size=3),
)


# --- its bytes ----------------------------------------------------------------------------------


def nameless(memory: SiteLedger) -> SiteLedger:
    """The site's own view has no name in the ledger: its title is in the site's file."""
    views = {
        path: shown if path else shown._replace(name="") for path, shown in memory.views.items()
    }
    return memory._replace(views=views)


@given(LEDGERS)
def test_what_is_written_is_read_back(memory: SiteLedger) -> None:
    assert site_ledger.parse(site_ledger.dump(memory), PATH) == (nameless(memory), ())


@given(LEDGERS)
def test_lines_may_end_as_they_do_on_windows(memory: SiteLedger) -> None:
    data = site_ledger.dump(memory).replace(b"\n", b"\r\n")

    assert site_ledger.parse(data, PATH) == (nameless(memory), ())


def test_the_site_comes_first_and_views_stand_by_path_with_a_line_between() -> None:
    memory = LEDGER._replace(views={**LEDGER.views, "languages/fr": Shown("French", "c", NOW)})

    assert site_ledger.dump(memory).decode() == (
        '{"site": true, "uid": "5e2d9d1c-6f5b-5d0a-9a37-0c6a2f0b7d11", "content": "a", '
        '"modified": "2027-03-01T12:00:00Z"}\n'
        "\n"
        '{"view": "languages/fr", "name": "French", "content": "c", '
        '"modified": "2027-03-01T12:00:00Z"}\n'
        "\n"
        '{"view": "topics/health", "name": "Health", "content": "b", '
        '"modified": "2027-03-02T12:00:00Z"}\n'
    )


def test_a_site_whose_own_view_was_never_published_has_a_uid() -> None:
    memory = SiteLedger("a@example.org", {})

    assert json.loads(site_ledger.dump(memory)) == {"site": True, "uid": "a@example.org"}


@pytest.mark.parametrize("data", [b"", b"\n", b" \r\n\n"])
def test_an_empty_file_remembers_nothing(data: bytes) -> None:
    assert site_ledger.parse(data, PATH) == (None, ())


def lines_of(*changes: tuple[int, str, object]) -> bytes:
    """A ledger of the site and one view, in which some values have been replaced."""
    records: list[dict[str, Any]] = [
        json.loads(each) for each in site_ledger.dump(LEDGER).decode().split("\n\n")
    ]
    for number, key, value in changes:
        records[number][key] = value
    return "\n".join(map(json.dumps, records)).encode()


@pytest.mark.parametrize("mark", ["<<<<<<< main", "=======", ">>>>>>> branch", "||||||| base"])
def test_an_unfinished_merge_is_said_at_its_first_mark(mark: str) -> None:
    memory, found = site_ledger.parse(lines_of() + f"\n{mark}\n".encode(), PATH)

    assert memory is None
    assert [(each.code, each.location[:2]) for each in found] == [("WF605", (PATH, 3))]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (lines_of() + b"\nnot JSON", 3),
        (lines_of() + b"\n7", 3),
        (lines_of() + b"\n" + b"[" * 100_000, 3),
        (lines_of((0, "uid", None)), 1),
        (lines_of((0, "uid", "PLACE")).replace(b"PLACE", b"\xff"), 1),
        (lines_of((0, "modified", "yesterday")), 1),
        (lines_of((1, "content", 7)), 2),
        (lines_of((1, "view", 7)), 2),
        (lines_of((1, "view", "places/berlin")), 2),
        (lines_of((1, "view", "topics")), 2),
        (lines_of((1, "view", "topics/../../berlin")), 2),
        (lines_of((1, "view", "topics/Health")), 2),
        (lines_of((1, "name", 7)), 2),
        (lines_of().splitlines()[1], 0),
    ],
)
def test_a_line_that_cannot_be_read_is_an_error_there(data: bytes, line: int) -> None:
    memory, found = site_ledger.parse(data, PATH)

    assert memory is None
    assert [(each.code, each.location[:2]) for each in found] == [("WF603", (PATH, line))]


def test_a_name_is_one_line_whatever_has_become_of_the_file() -> None:
    memory, found = site_ledger.parse(lines_of((1, "name", "Health\r\nBEGIN:VEVENT\ufffd")), PATH)

    assert memory is not None
    assert (memory.views["topics/health"].name, found) == ("Health  BEGIN:VEVENT\ufffd", ())


def test_what_is_missing_is_named() -> None:
    data = site_ledger.dump(LEDGER).replace(b', "modified": "2027-03-02T12:00:00Z"', b"")

    assert [each.message for each in site_ledger.parse(data, PATH)[1]] == [
        "this line of the ledger cannot be read: `modified` is missing"
    ]


@given(some.binary(max_size=200) | some.binary(max_size=40).map(lambda each: lines_of() + each))
def test_no_bytes_make_a_ledger_raise(data: bytes) -> None:
    memory, found = site_ledger.parse(data, PATH)

    assert memory is None or found == ()


# --- the site's UID (C12) -----------------------------------------------------------------------


def test_sites_differ_by_their_address_or_publisher() -> None:
    sites = [
        Site(),
        Site(base_url="https://a.example.org/"),
        Site(base_url="https://b.example.org/"),
        Site(publisher=Organizer("A")),
        Site(publisher=Organizer("B")),
    ]

    assert len({site_ledger.begun(each).uid for each in sites}) == 5


def test_a_sites_title_does_not_change_its_uid() -> None:
    assert site_ledger.begun(Site(title="New")) == site_ledger.begun(Site())


# --- what has been published of a view (D7, H10) ------------------------------------------------

PAST = Shown("Health", "a", NOW)


def test_a_new_view_is_as_old_as_its_newest_session() -> None:
    assert site_ledger.revised(None, "Health", "a", NOW - DAY, NOW) == PAST._replace(
        modified=NOW - DAY
    )
    assert site_ledger.revised(None, "Health", "a", None, NOW) == PAST


def test_a_view_that_holds_the_same_is_not_touched() -> None:
    assert site_ledger.revised(PAST, "health", "a", NOW + DAY, NOW + 2 * DAY) == PAST


def test_a_view_keeps_the_name_that_it_was_published_with() -> None:
    assert site_ledger.revised(PAST, "health", "b", NOW + DAY, NOW + DAY).name == "Health"


@pytest.mark.parametrize(
    ("newest", "now", "expected"),
    [
        (NOW + DAY, NOW + 2 * DAY, NOW + DAY),
        (NOW, NOW + 2 * DAY, NOW + 2 * DAY),
        (NOW - DAY, NOW + 2 * DAY, NOW + 2 * DAY),
        (None, NOW + 2 * DAY, NOW + 2 * DAY),
        (NOW, NOW, NOW + SECOND),
        (None, NOW - DAY, NOW + SECOND),
    ],
)
def test_the_stamp_of_a_view_rises_with_every_change(
    newest: datetime | None, now: datetime, expected: datetime
) -> None:
    """Also when its newest session has left it, or the clock has gone back."""
    assert site_ledger.revised(PAST, "Health", "b", newest, now).modified == expected


# --- two memories of one site (I13) -------------------------------------------------------------


def test_every_view_that_either_has_published_is_remembered_with_its_last_change() -> None:
    ours = SiteLedger("u", {"a": Shown("A", "1", NOW), "b": Shown("B", "1", NOW + DAY)})
    theirs = SiteLedger(
        "v",
        {"a": Shown("A", "2", NOW + DAY), "b": Shown("B", "2", NOW), "c": Shown("C", "1", NOW)},
    )

    assert site_ledger.merge(ours, theirs) == SiteLedger(
        "u", {"a": theirs.views["a"], "b": ours.views["b"], "c": theirs.views["c"]}
    )


def test_of_two_contents_at_one_instant_neither_is_taken_for_the_one_that_is_shown() -> None:
    ours, theirs = (SiteLedger("u", {"a": Shown("A", each, NOW)}) for each in "12")
    merged = site_ledger.merge(ours, theirs).views["a"]

    assert merged == Shown("A", "", NOW)
    assert site_ledger.revised(merged, "A", "1", NOW, NOW).modified == NOW + SECOND


def test_lines_of_both_sides_of_a_merge_are_one_memory() -> None:
    """What git's `union` leaves, in whichever order."""
    later = LEDGER._replace(
        views={"": Shown("", "c", NOW + DAY), "topics/health": Shown("Health", "d", NOW)}
    )
    lines = [site_ledger.dump(each) for each in (nameless(LEDGER), later)]
    expected = (site_ledger.merge(nameless(LEDGER), later), ())

    assert site_ledger.parse(b"".join(lines), PATH) == expected
    assert site_ledger.parse(b"".join(reversed(lines)), PATH) == expected
