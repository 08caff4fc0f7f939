"""A shared calendar on a real CalDAV server holds the series, and everything of others."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

import places
from webinar_feeds.diagnostics import Refused
from webinar_feeds.locking import Trouble
from webinar_feeds.publishing import Unavailable, collection
from webinar_feeds.publishing.collection import Collection, Deed, Event, Kept, Plan, There, Verb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

THEIRS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//them//EN\r\nBEGIN:VEVENT\r\nUID:theirs\r\n"
    "DTSTAMP:20270101T000000Z\r\nDTSTART:20270105T090000Z\r\nSUMMARY:Team meeting\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a Radicale server."""
    with places.radicale(tmp_path_factory.mktemp("radicale")) as port:
        yield port


@pytest.fixture
def calendar(radicale: int, request: pytest.FixtureRequest) -> Iterator[Collection]:
    """A calendar with an event of somebody else."""
    path = f"/ana/{places.hash_of(request.node.nodeid.encode())[:12]}/"
    assert places.request(radicale, "MKCALENDAR", path, places.ANA)[0] == 201
    made = Collection(f"caldav://127.0.0.1:{radicale}{path}", "ana", "secret", lambda _: None)
    made.do(Deed(Verb.ADD, "theirs", "theirs", THEIRS.encode()))
    yield made
    made.close()


def held(calendar: Collection) -> dict[str, tuple[str, str, str]]:
    """Start, SEQUENCE and state of every event, by UID."""
    names = ("DTSTART", "SEQUENCE", "STATUS")
    return {
        collection.value(each.data, "UID"): tuple(collection.value(each.data, n) for n in names)  # type: ignore[misc]  # there are three
        for each in calendar.events()
    }


def wanted(site: places.Site) -> dict[str, tuple[str, str, str]]:
    plan = collection.plan_of(site.output, "open-science")
    names = ("DTSTART", "SEQUENCE", "STATUS")
    events = {
        uid: tuple(collection.value(event.data, n) for n in names)
        for uid, event in plan.events.items()
    }
    return {**events, "theirs": ("20270105T090000Z", "", "")}  # type: ignore[dict-item]  # as above


def keep(site: places.Site, calendar: Collection, **options: bool) -> list[tuple[str, str]]:
    done = collection.keep(site.output, calendar, "open-science", **options)
    return sorted((str(deed.verb), deed.session) for deed in done)


def test_a_calendar_follows_the_series_and_keeps_what_is_of_others(
    first: places.Site, second: places.Site, calendar: Collection
) -> None:
    assert keep(first, calendar) == [
        ("add", "open-data"),
        ("add", "peer-review"),
        ("add", "preprints"),
    ]
    assert held(calendar) == wanted(first)
    assert len(held(calendar)) == 4

    assert keep(second, calendar, dry_run=True) == [("add", "closing"), ("change", "open-data")]
    assert held(calendar) == wanted(first)
    assert keep(second, calendar) == [("add", "closing"), ("change", "open-data")]
    assert held(calendar) == wanted(second)


def test_nothing_changed_costs_one_request(
    first: places.Site, calendar: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(first, calendar)
    asked: list[str] = []
    ask = calendar._ask  # noqa: SLF001 - what is asked is what is tested

    def counting(method: str, *rest: object) -> object:
        asked.append(method)
        return ask(method, *rest)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(calendar, "_ask", counting)
    assert keep(first, calendar) == []
    assert asked == ["PROPFIND"]


def test_without_a_memory_nothing_is_sent_that_is_there(
    first: places.Site, calendar: Collection
) -> None:
    keep(first, calendar)
    for path in (first.output / ".webinar-feeds/published").iterdir():
        path.unlink()

    assert keep(first, calendar) == []


def test_what_somebody_has_changed_or_removed_is_put_right(
    first: places.Site, calendar: Collection
) -> None:
    keep(first, calendar)
    there = {collection.value(each.data, "UID"): each for each in calendar.events()}
    plan = collection.plan_of(first.output, "open-science")
    uids = {event.session: uid for uid, event in plan.events.items()}
    one, two = (there[uids[each]] for each in ("open-data", "preprints"))
    edited = one.data.replace(b"20270211T", b"20270212T")
    assert edited != one.data
    calendar.do(Deed(Verb.CHANGE, uids["open-data"], "", edited, one))
    calendar.do(Deed(Verb.REMOVE, uids["preprints"], "", there=two))

    assert keep(first, calendar) == [("add", "preprints"), ("change", "open-data")]
    assert held(calendar) == wanted(first)


def test_a_session_that_has_left_is_removed(first: places.Site, calendar: Collection) -> None:
    keep(first, calendar)
    path = first.output / "manifest.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("invites/preprints.ics", "invites/other.ics"), encoding="utf-8")

    assert keep(first, calendar) == [("remove", "preprints")]
    assert set(held(calendar)) == set(wanted(first))
    assert "theirs" in held(calendar)


def test_i13_a_calendar_that_is_ahead_is_not_set_back(
    first: places.Site, second: places.Site, calendar: Collection
) -> None:
    keep(second, calendar)
    with pytest.raises(Refused) as told:
        keep(first, calendar)

    assert [each.message for each in told.value.diagnostics] == [
        "session `open-data` has SEQUENCE 1 in that calendar, and this output has 0"
    ]
    assert held(calendar) == wanted(second)
    assert ("change", "open-data") in keep(first, calendar, everything=True)


def test_an_event_that_changes_meanwhile_is_read_again(
    first: places.Site, calendar: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each write is bound to the version that was read: somebody else's is not overwritten."""
    do, busy = calendar.do, [True]

    def disturbed(deed: Deed) -> None:
        if deed.session == "preprints" and busy.pop():
            busy.append(False)
            do(deed)
        do(deed)

    monkeypatch.setattr(calendar, "do", disturbed)
    keep(first, calendar)

    assert held(calendar) == wanted(first)


def test_somebody_who_keeps_changing_it_is_told_of(
    first: places.Site, calendar: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disturbed(deed: Deed) -> None:
        raise collection._Differs(deed.uid)  # noqa: SLF001 - what a server's 412 becomes

    monkeypatch.setattr(calendar, "do", disturbed)
    with pytest.raises(Unavailable, match="somebody else keeps changing it"):
        keep(first, calendar)


# --- What is to be done --------------------------------------------------------------------------


def event(uid: str, *lines: str) -> bytes:
    text = "\r\n".join(("BEGIN:VCALENDAR", "BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT"))
    return f"{text}\r\nEND:VCALENDAR\r\n".encode()


def test_order_and_folding_of_lines_are_the_servers_own_affair() -> None:
    ours = event("one", "SUMMARY:Preprints and data", "SEQUENCE:1")
    theirs = event("one", "SEQUENCE:1", "SUMMARY:Preprints \r\n and data")
    plan = Plan({"one": Event("preprints", ours)}, {"one": "preprints"})

    assert list(collection.deeds(plan, [There("/1", "e", theirs)], {})) == []


def test_what_a_server_has_rewritten_is_known_by_its_version() -> None:
    ours = event("one", "SUMMARY:Preprints")
    there = There("/1", "e", event("one", "SUMMARY:Preprints", "X-SERVER:1"))
    plan = Plan({"one": Event("preprints", ours)}, {"one": "preprints"})
    kept = {"one": Kept("e", places.hash_of(ours))}

    assert list(collection.deeds(plan, [there], kept)) == []
    changed = [there._replace(etag="f")]
    assert [deed.verb for deed in collection.deeds(plan, changed, kept)] == [Verb.CHANGE]


# --- What is wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("caldavs://ana:secret@cloud.example.org/x/", "CALDAV_USERNAME and CALDAV_PASSWORD"),
        ("caldav://cloud.example.org/x/", "write `caldavs:`"),
    ],
)
def test_a_password_does_not_travel_where_others_can_read_it(url: str, says: str) -> None:
    with pytest.raises(Unavailable, match=says) as told:
        Collection(url, "ana", "secret", lambda _: None)

    assert "secret" not in str(told.value)


def test_what_is_no_calendar_is_told_with_a_cure(radicale: int, first: places.Site) -> None:
    for path, says in {
        "/ana/": "is not a calendar",
        "/ana/nothing-here/": "the server says 404",
    }.items():
        there = Collection(f"caldav://127.0.0.1:{radicale}{path}", "ana", "x", lambda _: None)
        with pytest.raises(Unavailable, match=says):
            keep(first, there)
        there.close()


def test_a_server_that_is_not_there_is_waited_for_and_told(first: places.Site) -> None:
    waits: list[float] = []
    url = f"caldav://127.0.0.1:{places.free_port()}/x/"
    there = Collection(url, None, None, waits.append)
    with pytest.raises(Unavailable, match=r"check the address, and publish again"):
        keep(first, there)
    there.close()
    assert waits == list(collection.PAUSES)


def test_which_series_is_meant_has_to_be_said_where_there_are_several(
    first: places.Site, tmp_path: Path
) -> None:
    with pytest.raises(Trouble, match="write `--series data` or `--series open-science`"):
        collection.plan_of(first.output, None)
    with pytest.raises(Trouble, match="write `--series data`"):
        collection.plan_of(first.output, "nonsense")
    with pytest.raises(Trouble, match="run `webinar-feeds build`"):
        collection.plan_of(tmp_path, None)


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "caldav.davclient", None)

    with pytest.raises(Unavailable, match=r'run `pip install "webinar-feeds\[publish\]"`'):
        Collection("caldavs://cloud.example.org/x/", None, None, lambda _: None)


def test_of_a_server_in_trouble_more_is_asked_later(
    radicale: int, first: places.Site, monkeypatch: pytest.MonkeyPatch, calendar: Collection
) -> None:
    del radicale
    ask: Callable[..., object] = calendar.client.request
    left = [503, 429]

    class Busy:
        def __init__(self, status: int) -> None:
            self.status, self.reason, self.raw = status, "busy", ""

    monkeypatch.setattr(
        calendar.client, "request", lambda *each: Busy(left.pop()) if left else ask(*each)
    )
    assert len(keep(first, calendar)) == 3
