"""A publication: what travels, what readers see meanwhile, and what follows when it is stopped."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from places import Clock, Memory, Reader, Site, Unreliable, held
from webinar_feeds import publishing
from webinar_feeds.artifacts import MANIFEST
from webinar_feeds.diagnostics import Refused
from webinar_feeds.locking import Trouble
from webinar_feeds.publishing import Deed, Unavailable
from webinar_feeds.publishing.carrying import STATE
from webinar_feeds.publishing.leases import LEASE
from webinar_feeds.publishing.targets import Found, If

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def sent(place: Memory) -> list[str]:
    """What was written there, without what belongs to the publication itself."""
    return [path for deed, path in place.asked if deed == "put" and path not in (LEASE, STATE)]


def files_of(place: Memory) -> dict[str, bytes | None]:
    return dict(held(place))


def reader(place: Memory) -> Reader:
    def fetch(path: str) -> bytes | None:
        found = place.files.get(path)
        return None if found is None else found.data

    return Reader(fetch)


# --- What travels --------------------------------------------------------------------------------


def test_everything_travels_once_with_its_headers(first: Site) -> None:
    place = Memory()
    done = publishing.publish(first.order(place))

    assert held(place) == first.files()
    assert sorted(sent(place)) == sorted(first.files())
    assert "open-science/recordings.atom" in done.feeds
    headers = place.files["open-science/invites/preprints.ics"].headers
    assert headers == {
        "Content-Type": "text/calendar; charset=utf-8",
        "Access-Control-Allow-Origin": "*",
        "Content-Disposition": 'attachment; filename="preprints.ics"; '
        "filename*=UTF-8''preprints.ics",
        "Cache-Control": "public, max-age=300",
        "Last-Modified": "Wed, 20 Jan 2027 12:00:00 GMT",
    }


def test_nothing_changed_costs_one_conditional_read(first: Site) -> None:
    place = Memory()
    publishing.publish(first.order(place))
    place.asked.clear()

    assert publishing.publish(first.order(place, "two")).steps == ()
    assert place.asked == [("read", STATE)]


def test_where_nobody_remembers_the_place_itself_tells_that_nothing_changed(
    first: Site, tmp_path: Path
) -> None:
    """As in CI, where every publication comes from a new folder."""
    place = Memory()
    publishing.publish(first.order(place))
    place.asked.clear()
    copy = Site(tmp_path / "copy")
    for path, data in first.files().items():
        (copy.output / path).parent.mkdir(parents=True, exist_ok=True)
        (copy.output / path).write_bytes(data)

    assert publishing.publish(copy.order(place, "two")).steps == ()
    assert place.asked == [("read", STATE)]


def test_of_a_change_only_what_it_touches_travels(first: Site, second: Site) -> None:
    place = Memory()
    publishing.publish(first.order(place))
    place.asked.clear()
    done = publishing.publish(second.order(place))

    before, after = first.files(), second.files()
    assert held(place) == after
    assert set(sent(place)) == {path for path in after if before.get(path) != after[path]}
    assert "open-science/invites/preprints.ics" not in sent(place)
    assert {step.path for step in done.steps if step.deed is Deed.DELETE} == set(before) - set(
        after
    )


def test_a_dry_run_says_the_same_and_writes_nothing(first: Site, second: Site) -> None:
    place = Memory()
    publishing.publish(first.order(place))
    place.asked.clear()

    would = publishing.would(second.order(place))
    assert {deed for deed, _ in place.asked} == {"read"}
    assert would == publishing.publish(second.order(place)).steps
    assert publishing.would(second.order(place)) == ()


def test_another_generator_replaces_the_manifest_alone(first: Site) -> None:
    place = Memory()
    publishing.publish(first.order(place))
    place.asked.clear()
    path = first.output / MANIFEST
    path.write_bytes(path.read_bytes().replace(b"webinar-feeds 0", b"webinar-feeds 9"))
    publishing.publish(first.order(place))

    assert sent(place) == [MANIFEST]


def test_progress_counts_every_step(first: Site) -> None:
    counted: list[tuple[int, int]] = []
    order = first.order(Memory(), progress=lambda done, total: counted.append((done, total)))
    done = publishing.publish(order)

    assert counted == [(1, len(done.steps))] * len(done.steps)


# --- What it refuses -----------------------------------------------------------------------------


def refused(order: publishing.Order) -> list[str]:
    with pytest.raises(Refused) as told:
        publishing.publish(order)
    return [each.code for each in told.value.diagnostics]


def test_a_sequence_that_would_fall_is_refused(first: Site, second: Site) -> None:
    place = Memory()
    publishing.publish(second.order(place))
    before = files_of(place)

    assert set(refused(first.order(place, "two"))) == {"WF850", "WF851"}
    assert files_of(place) == before


def test_an_output_from_which_most_is_gone_needs_a_word(first: Site, tmp_path: Path) -> None:
    place = Memory()
    publishing.publish(first.order(place))
    empty = Site(tmp_path / "empty")
    empty.output.mkdir(parents=True)
    head = '{"version": 1, "generator": "x", "tz_database": "x", "artifacts": {}}'
    (empty.output / MANIFEST).write_text(head)
    before = files_of(place)

    assert refused(empty.order(place)) == ["WF852"]
    assert files_of(place) == before
    publishing.publish(empty.order(place, allow_removal=True))
    assert held(place) == {MANIFEST: head.encode()}


def test_a_file_that_somebody_has_changed_is_refused(first: Site) -> None:
    (first.output / "calendar.ics").write_text("changed by hand")
    (first.output / "open-science/calendar.ics").unlink()
    place = Memory()

    assert refused(first.order(place)) == ["WF853", "WF853"]
    assert place.files == {}


def test_a_file_of_somebody_else_is_not_overwritten(first: Site) -> None:
    place = Memory()
    place.put("calendar.ics", b"theirs", {}, If.ANY)

    assert refused(first.order(place)) == ["WF854"]
    assert refused(first.order(place, "two")) == ["WF854"]
    assert held(place)["calendar.ics"] == b"theirs"
    publishing.publish(first.order(place, "three", replace_foreign=True))
    assert held(place) == first.files()


def test_a_manifest_of_another_program_is_not_overwritten(first: Site) -> None:
    place = Memory()
    place.put(MANIFEST, b'{"name": "an app"}', {}, If.ANY)

    assert refused(first.order(place)) == ["WF854"]
    publishing.publish(first.order(place, replace_foreign=True))
    assert held(place) == first.files()


def test_there_is_nothing_to_publish_before_a_build(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="run `webinar-feeds build`"):
        publishing.publish(Site(tmp_path).order(Memory()))


def test_an_output_is_not_published_into_itself(first: Site) -> None:
    place = publishing.open_target(str(first.output))

    for deed in (publishing.publish, publishing.would):
        with pytest.raises(Trouble, match="is the output itself"):
            deed(first.order(place))


# --- Reading back --------------------------------------------------------------------------------


def test_what_is_read_back_is_compared_by_bytes_and_type(first: Site) -> None:
    place = Memory()
    publishing.publish(first.order(place))
    assert publishing.verify(first.order(place)) == ()

    calendar, invite = "calendar.ics", "open-science/invites/preprints.ics"
    place.put(calendar, b"damaged", {}, If.ANY)
    place.delete("changes.atom")
    place.put(invite, first.files()[invite], {"Content-Type": "text/plain"}, If.ANY)
    place.put(MANIFEST, b"{}", {}, If.ANY)
    said = {each.location.file: each.message for each in publishing.verify(first.order(place))}

    assert said == {
        calendar: "`calendar.ics` was read back, and its bytes are not those that were published",
        "changes.atom": "`changes.atom` was read back, and it is not there",
        invite: f"`{invite}` was read back, and it is sent as `text/plain` and not as "
        "`text/calendar; charset=utf-8`",
        MANIFEST: "`manifest.json` was read back, and it is not the manifest of this output",
    }


def test_all_sends_everything_again(first: Site) -> None:
    place = Memory()
    publishing.publish(first.order(place))
    place.put("calendar.ics", b"damaged", {}, If.ANY)
    publishing.publish(first.order(place, everything=True))

    assert held(place) == first.files()


# --- Two at once ---------------------------------------------------------------------------------


class Meanwhile:
    """A place at which somebody else does something just before a request of a certain kind."""

    def __init__(self, place: Memory, path: str, does: Callable[[], object]) -> None:
        self.place, self.path, self.does = place, path, does
        self.name, self.at_once = place.name, 1
        self.read, self.delete = place.read, place.delete
        self.is_due = True

    def put(self, path: str, *rest: object) -> object:
        if path == self.path and self.is_due:
            self.is_due = False
            self.does()
        return self.place.put(path, *rest)  # type: ignore[arg-type]  # handed on as it came


def test_who_has_waited_does_not_undo_what_was_published_meanwhile(
    first: Site, second: Site
) -> None:
    """The first looked before the second published; what it would have done is no longer right."""
    place = Memory()
    between = Meanwhile(place, LEASE, lambda: publishing.publish(second.order(place, "two")))

    with pytest.raises(Unavailable, match="somebody else has published meanwhile"):
        publishing.publish(first.order(between))  # type: ignore[arg-type]  # as above
    assert held(place) == second.files()


def test_who_has_waited_for_the_same_has_nothing_left_to_do(first: Site, tmp_path: Path) -> None:
    place = Memory()
    twin = Site(tmp_path / "twin")
    for path, data in first.files().items():
        (twin.output / path).parent.mkdir(parents=True, exist_ok=True)
        (twin.output / path).write_bytes(data)
    between = Meanwhile(place, LEASE, lambda: publishing.publish(twin.order(place, "two")))

    assert publishing.publish(first.order(between)).steps == ()  # type: ignore[arg-type]  # as above
    assert held(place) == first.files()


def test_a_manifest_that_another_has_replaced_stays(first: Site) -> None:
    """As where a lock was lost: the condition on the manifest holds all the same."""
    place = Memory()
    between = Meanwhile(place, MANIFEST, lambda: place.put(MANIFEST, b"theirs", {}, If.ANY))

    with pytest.raises(Unavailable, match="somebody else has published meanwhile"):
        publishing.publish(first.order(between))  # type: ignore[arg-type]  # as above
    assert held(place)[MANIFEST] == b"theirs"


# --- Stopped anywhere ----------------------------------------------------------------------------


class Killed(BaseException):
    """What no code of ours catches, as it does not catch a kill."""


def requests_of(first: Site, second: Site) -> int:
    """How many requests a publication of the change takes."""
    place = Memory()
    publishing.publish(first.order(place))
    counting = Unreliable(place, 0)
    publishing.publish(second.order(counting, "two"))
    return counting.requests


@pytest.mark.parametrize("after", [False, True], ids=["unheard", "unanswered"])
@pytest.mark.parametrize("error", [lambda: Unavailable("no answer"), Killed], ids=["lost", "kill"])
def test_stopped_at_any_request_nobody_sees_it_and_the_next_run_completes_it(
    first: Site, second: Site, *, after: bool, error: Callable[[], BaseException]
) -> None:
    requests = requests_of(first, second)
    assert requests > 20
    for number in range(1, requests + 1):
        place, memory = Memory(), second.output / ".webinar-feeds/published"
        publishing.publish(first.order(place))
        subscriber = reader(place)
        subscriber.look()
        broken = Unreliable(
            place, number, after=after, stays=error is Killed, error=error, seen=subscriber.look
        )
        # The last requests let others in, and their failure is nobody's.
        with suppress(Unavailable, Killed):
            publishing.publish(second.order(broken, "two"))
        assert broken.requests >= number

        # The next run from the same folder, or from one that remembers nothing.
        if number % 2:
            for path in memory.glob("*"):
                path.unlink()
        again = Unreliable(place, 0, seen=subscriber.look)
        publishing.publish(second.order(again, "three"))

        assert json.loads(place.files[STATE].data)["unfinished"] == []
        assert held(place) == second.files(), number
        assert subscriber.looks > 2


def test_what_a_killed_publication_touched_is_unknown_to_another_version(
    first: Site, second: Site
) -> None:
    """The change is taken back: the manifest says that nothing differs, and the files do."""
    place = Memory()
    publishing.publish(first.order(place))
    theirs = held(place)
    # Stopped after some files: what is in the ledgers comes first, and is not taken back.
    broken = Unreliable(place, requests_of(first, second) // 2, stays=True, error=Killed)
    with pytest.raises(Killed):
        publishing.publish(second.order(broken, "two"))
    assert json.loads(place.files[STATE].data)["unfinished"] != []
    assert held(place) != theirs

    assert set(refused(first.order(place, "three"))) == {"WF850", "WF851"}


def test_a_note_that_cannot_be_read_is_no_hindrance(first: Site) -> None:
    place = Memory()
    place.put(STATE, b"[", {}, If.ANY)
    publishing.publish(first.order(place))

    assert held(place) == first.files()


def test_a_hub_is_told_also_of_what_a_killed_publication_sent(first: Site, second: Site) -> None:
    place = Memory()
    publishing.publish(first.order(place))
    publishing.settle(first.order(place), ())
    requests = requests_of(first, second)
    broken = Unreliable(place, requests - 4, stays=True, error=Killed)
    with pytest.raises(Killed):
        publishing.publish(second.order(broken, "two"))
    done = publishing.publish(second.order(place, "three"))

    assert "open-science/changes.atom" in done.feeds


def test_what_a_hub_was_not_told_is_owed_until_it_is(first: Site) -> None:
    place = Memory()
    done = publishing.publish(first.order(place))
    assert publishing.publish(first.order(place)).feeds == done.feeds

    publishing.settle(first.order(place), done.feeds[:1])
    assert publishing.publish(first.order(place)).feeds == done.feeds[:1]
    publishing.settle(first.order(place), ())
    assert publishing.publish(first.order(place)).feeds == ()


def test_a_publisher_that_is_overtaken_stops(first: Site) -> None:
    """It slept for longer than a lock lasts, and somebody else has begun meanwhile."""
    place, clock = Memory(), Clock()

    def sleep() -> None:
        clock.now += 100
        place.put(LEASE, b'{"publisher": "another"}', {}, If.ANY)

    between = Meanwhile(place, "ledger.jsonl", sleep)
    order = first.order(between)._replace(clock=clock.read, pause=clock.pause)  # type: ignore[arg-type]  # as above
    with pytest.raises(Unavailable, match="another publisher has taken over"):
        publishing.publish(order)

    assert MANIFEST not in held(place)
    assert isinstance(place.read(LEASE), Found)
