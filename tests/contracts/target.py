"""What every place to publish to keeps: each clause is a function that fails for one that does not.

Knows no kind of place. A clause is given one that is empty.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from webinar_feeds import headers
from webinar_feeds.publishing.targets import Answer, Differs, Found, If, Stamp

if TYPE_CHECKING:
    from webinar_feeds.publishing.targets import Target

PATH = "open-science/invites/preprints.ics"
SENT = {
    **headers.of_the_file(PATH, "text/calendar; charset=utf-8"),
    "Cache-Control": "public, max-age=300",
}


def read(target: Target, path: str) -> Found:
    found = target.read(path)
    assert isinstance(found, Found)
    return found


def what_is_not_there_is_none(target: Target) -> None:
    assert target.read(PATH) is None
    assert target.read(PATH, Stamp("one")) is None


def what_is_put_is_read(target: Target) -> None:
    stamp = target.put(PATH, b"BEGIN:VCALENDAR\r\n", SENT, If.ANY)

    assert read(target, PATH).data == b"BEGIN:VCALENDAR\r\n"
    assert read(target, PATH).stamp == stamp


def headers_are_kept_where_any_are(target: Target) -> None:
    target.put(PATH, b"x", SENT, If.ANY)

    kept = read(target, PATH).headers
    if kept is not None:
        wanted = ("Content-Type", "Cache-Control", "Content-Disposition")
        assert {name: kept.get(name) for name in wanted} == {name: SENT[name] for name in wanted}


def an_empty_file_is_a_file(target: Target) -> None:
    target.put(PATH, b"", SENT, If.ANY)

    assert read(target, PATH).data == b""


def what_is_known_is_not_sent_again(target: Target) -> None:
    stamp = target.put(PATH, b"one", SENT, If.ANY)
    assert target.read(PATH, stamp) is Answer.UNCHANGED

    target.put(PATH, b"two", SENT, If.ANY)
    found = target.read(PATH, stamp)
    assert isinstance(found, Found)
    assert found.data == b"two"


def nothing_is_overwritten_that_must_not_be_there(target: Target) -> None:
    target.put(PATH, b"one", SENT, If.NONE)
    with pytest.raises(Differs):
        target.put(PATH, b"two", SENT, If.NONE)

    assert read(target, PATH).data == b"one"


def a_version_is_replaced_by_who_knows_it(target: Target) -> None:
    first = target.put(PATH, b"one", SENT, If.ANY)
    second = target.put(PATH, b"two", SENT, first)
    with pytest.raises(Differs):
        target.put(PATH, b"three", SENT, first)

    assert (read(target, PATH).data, read(target, PATH).stamp) == (b"two", second)


def what_has_gone_is_no_version(target: Target) -> None:
    stamp = target.put(PATH, b"one", SENT, If.ANY)
    target.delete(PATH)
    with pytest.raises(Differs):
        target.put(PATH, b"two", SENT, stamp)

    assert target.read(PATH) is None


def deleting_is_done_when_there_is_nothing(target: Target) -> None:
    target.put(PATH, b"one", SENT, If.ANY)
    target.put("open-science/calendar.ics", b"other", SENT, If.ANY)
    target.delete(PATH)
    target.delete(PATH)

    assert target.read(PATH) is None
    assert read(target, "open-science/calendar.ics").data == b"other"


def of_many_who_make_a_file_one_has_made_it(target: Target) -> None:
    def make(number: int) -> bool:
        try:
            target.put(PATH, b"%d" % number, SENT, If.NONE)
        except Differs:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(make, range(8)))

    assert sum(made) == 1
    assert read(target, PATH).data == b"%d" % made.index(True)


def readers_find_the_old_file_or_the_new_one(target: Target) -> None:
    wholes = {bytes([letter]) * 200_000 for letter in b"ab"}
    target.put(PATH, min(wholes), SENT, If.ANY)

    def write(number: int) -> None:
        target.put(PATH, bytes([b"ab"[number % 2]]) * 200_000, SENT, If.ANY)

    with ThreadPoolExecutor(3) as pool:
        writing = [pool.submit(write, number) for number in range(10)]
        seen = {read(target, PATH).data for _ in range(20)}
        for each in writing:
            each.result()

    assert seen <= wholes


CLAUSES = (
    what_is_not_there_is_none,
    what_is_put_is_read,
    headers_are_kept_where_any_are,
    an_empty_file_is_a_file,
    what_is_known_is_not_sent_again,
    nothing_is_overwritten_that_must_not_be_there,
    a_version_is_replaced_by_who_knows_it,
    what_has_gone_is_no_version,
    deleting_is_done_when_there_is_nothing,
    of_many_who_make_a_file_one_has_made_it,
    readers_find_the_old_file_or_the_new_one,
)
