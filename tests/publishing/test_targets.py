"""Every place that one can publish to keeps the contract, on real servers where it has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import places
from contracts import target
from webinar_feeds.publishing import Unavailable, open_target
from webinar_feeds.publishing.targets import If

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from webinar_feeds.publishing.targets import Target


@pytest.mark.parametrize("clause", target.CLAUSES, ids=lambda each: each.__name__)
@pytest.mark.parametrize("kind", ["memory", "folder", "s3"])
def test_every_place_keeps_the_contract(
    kind: str,
    clause: Callable[[Target], None],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    if kind == "memory":
        clause(places.Memory())
    elif kind == "folder":
        clause(open_target(str(tmp_path / "www")))
    else:
        clause(open_target(request.getfixturevalue("bucket")()))


# --- Folders -------------------------------------------------------------------------------------


def test_a_folder_is_left_without_empty_folders_and_traces(tmp_path: Path) -> None:
    place = open_target(str(tmp_path))
    (tmp_path / "a").mkdir()
    (tmp_path / "a/theirs.txt").write_text("theirs")
    for path in ("a/b/c.ics", "d/e.ics"):
        place.put(path, b"x", {}, If.ANY)
        place.delete(path)

    assert sorted(each.name for each in tmp_path.rglob("*")) == ["a", "theirs.txt"]


def test_h3_a_file_in_a_folder_is_as_old_as_its_content(tmp_path: Path) -> None:
    """A web server makes Last-Modified of it, and the day of publication is nobody's affair."""
    place = open_target(str(tmp_path))
    place.put("a.ics", b"x", {"Last-Modified": "Wed, 20 Jan 2027 12:00:00 GMT"}, If.ANY)

    assert (tmp_path / "a.ics").stat().st_mtime == 1800446400


def test_h3_other_bytes_of_the_same_content_are_another_version(tmp_path: Path) -> None:
    """Servers know a version by its time and size; a 304 for other bytes would last for ever."""
    place = open_target(str(tmp_path))
    then = {"Last-Modified": "Wed, 20 May 2026 12:00:00 GMT"}
    place.put("a.html", b"old", then, If.ANY)
    place.put("a.html", b"old", then, If.ANY)
    again = (tmp_path / "a.html").stat().st_mtime

    place.put("a.html", b"new", then, If.ANY)

    assert again == 1779278400
    assert (tmp_path / "a.html").read_bytes() == b"new"
    assert (tmp_path / "a.html").stat().st_mtime > 1779278400


@pytest.mark.parametrize("headers", [{}, {"Last-Modified": "Wed, 20 May 2026 12:00:00 GMT"}])
def test_h3_every_version_is_of_another_second(tmp_path: Path, headers: dict[str, str]) -> None:
    place = open_target(str(tmp_path))
    seen = []
    for number in b"1234":
        place.put("manifest.json", bytes([number]), headers, If.ANY)
        seen.append(int((tmp_path / "manifest.json").stat().st_mtime))

    assert seen == sorted(set(seen))


@pytest.mark.parametrize("path", ["link/calendar.ics", "calendar.ics"])
def test_s6_no_link_leads_out_of_a_folder(tmp_path: Path, path: str) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/calendar.ics").write_text("theirs")
    (tmp_path / "www/link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "www/calendar.ics").symlink_to(tmp_path / "elsewhere/calendar.ics")
    place = open_target(str(tmp_path / "www"))

    for write in (lambda: place.put(path, b"x", {}, If.ANY), lambda: place.delete(path)):
        with pytest.raises(Unavailable, match="link"):
            write()
    assert (tmp_path / "elsewhere/calendar.ics").read_text() == "theirs"


# --- Object storage ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["s3://", "s3:///folder", "http://example.org/", "ftp://example.org/", "nonsense://x"]
)
def test_what_is_no_place_is_told_in_a_sentence(url: str) -> None:
    with pytest.raises(Unavailable, match=r"is not a place to publish to: name a folder, `s3://"):
        open_target(url)


@pytest.mark.parametrize("url", ["s3://key:secret@bucket/x", "s3://bucket/x?key=secret"])
def test_keys_do_not_stand_in_an_address_and_are_not_repeated(url: str) -> None:
    with pytest.raises(Unavailable) as told:
        open_target(url)

    assert str(told.value) == ("`s3://bucket/x` is not such an address: write `s3://bucket/folder`")


def test_a_store_that_refuses_us_is_told_with_a_cure(bucket: Callable[[], str]) -> None:
    place = open_target(bucket().replace("webinars", "of-somebody-else"))

    with pytest.raises(Unavailable, match="publish again"):
        place.put("a.ics", b"x", {}, If.ANY)


def test_a_store_that_is_not_there_is_waited_for_and_told(
    monkeypatch: pytest.MonkeyPatch, bucket: Callable[[], str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{places.free_port()}")
    place = open_target(bucket())

    with pytest.raises(Unavailable, match=r"manifest\.json`: .+: publish again"):
        place.read("manifest.json")


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "obstore", None)

    with pytest.raises(Unavailable, match=r'run `pip install "webinar-feeds\[publish\]"`'):
        open_target("s3://bucket")
