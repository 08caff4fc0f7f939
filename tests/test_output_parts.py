"""What the writer is made of: large files, spooled bytes, manifests that are not as ours are."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from webinar_feeds.artifacts import (
    MANIFEST,
    MANIFEST_SEPARATOR,
    MANIFEST_TAIL,
    Artifact,
    Listed,
    manifest_head,
    manifest_line,
)
from webinar_feeds.output import HOME, Committed, write
from webinar_feeds.output.listing import Before, Pending, path_of
from webinar_feeds.output.spool import Sorted, Spool
from webinar_feeds.output.stage import Unit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEGABYTE = 1 << 20
LARGE = [bytes([number]) * MEGABYTE for number in range(3)]


# --- files that are too large to be held --------------------------------------------------------


def unit(root: Path) -> Unit:
    """A unit of a folder that has been built before."""
    return Unit(root / "output", root / "stage", "a", {"a/large.bin": b"a line"}, {})


def large(chunks: list[bytes]) -> Artifact:
    """A file of these chunks."""
    return Artifact("a/large.bin", "application/octet-stream", lambda: chunks)


def there(root: Path, data: bytes) -> None:
    """The file as the last build left it."""
    (root / "output/a").mkdir(parents=True)
    (root / "output/a/large.bin").write_bytes(data)


def test_a_large_file_is_staged(tmp_path: Path) -> None:
    made = unit(tmp_path)
    listed = made.put(large(LARGE))
    data = b"".join(LARGE)

    assert (tmp_path / "stage/a/large.bin").read_bytes() == data
    assert listed is not None
    assert (listed.sha256, listed.size) == (sha256(data).hexdigest(), len(data))
    assert made.batch().changed == ("a/large.bin",)


def test_a_large_file_that_is_the_same_is_not_staged(tmp_path: Path) -> None:
    data = b"".join(LARGE)
    there(tmp_path, data)
    made = unit(tmp_path)
    listed = made.put(large([LARGE[0], b"", *LARGE[1:]]))

    assert listed is not None
    assert (listed.sha256, listed.size) == (sha256(data).hexdigest(), len(data))
    assert made.batch().changed == ()
    assert not (tmp_path / "stage").exists()


@pytest.mark.parametrize(
    "old",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"".join(LARGE)[:-1], id="a byte less"),
        pytest.param(b"".join(LARGE) + b"x", id="a byte more"),
        pytest.param(b"x" + b"".join(LARGE)[1:], id="another first byte"),
        pytest.param(b"".join(LARGE)[:-1] + b"x", id="another last byte"),
        pytest.param(b"".join((*LARGE[:2], b"x" * MEGABYTE)), id="another last part"),
        pytest.param(b"".join(LARGE[:2]), id="a part less"),
    ],
)
def test_a_large_file_that_differs_anywhere_is_staged_whole(tmp_path: Path, old: bytes) -> None:
    there(tmp_path, old)
    made = unit(tmp_path)
    made.put(large(LARGE))

    assert (tmp_path / "stage/a/large.bin").read_bytes() == b"".join(LARGE)
    assert (tmp_path / "output/a/large.bin").read_bytes() == old
    assert made.batch().changed == ("a/large.bin",)


def test_what_nothing_lists_is_not_kept(tmp_path: Path) -> None:
    made = unit(tmp_path)

    assert (made.keep("a/large.bin"), made.keep("a/other.bin")) == (True, False)
    assert made.batch().lines == b"a line"


def test_a_file_that_is_left_is_listed_with_its_new_date(tmp_path: Path) -> None:
    old = Listed("0" * 64, 7, "text/html", "2026-01-01T00:00:00Z")
    held = {"a/page.html": manifest_line("a/page.html", old)}
    made = Unit(tmp_path / "output", tmp_path / "stage", "a", held, {})
    there(tmp_path, b"")
    (tmp_path / "output/a/page.html").write_bytes(b"as left")
    page = Artifact("a/page.html", "text/html", tuple, datetime(2026, 5, 4, tzinfo=UTC))

    assert made.leave(page)
    assert not made.leave(Artifact("a/other.html", "text/html", tuple))
    assert made.batch().lines == manifest_line(
        "a/page.html", old._replace(modified="2026-05-04T00:00:00Z")
    )
    assert made.batch().changed == ()
    assert not (tmp_path / "stage").exists()


def test_a_file_with_something_in_its_way_is_not_left(tmp_path: Path) -> None:
    held = {"a/page.html": manifest_line("a/page.html", Listed("0" * 64, 7, "text/html"))}
    there(tmp_path, b"")
    made = Unit(tmp_path / "output", tmp_path / "stage", "a", held, {})
    (tmp_path / "output/a/page.html").symlink_to("large.bin")

    assert not made.leave(Artifact("a/page.html", "text/html", tuple))


# --- spooled bytes ------------------------------------------------------------------------------


@pytest.mark.parametrize(("parts", "is_in_a_file"), [(3, False), (30, True)])
def test_spooled_bytes_are_read_as_they_were_added(
    tmp_path: Path, parts: int, is_in_a_file: bool
) -> None:
    spool = Spool(tmp_path / "folder/spool")
    added = [bytes([number]) * (4_500 + number) for number in range(parts)]
    spans = []
    for number, data in enumerate(added):
        spans.append(spool.add(data))
        earlier = number // 2
        assert spool.read(spans[earlier]) == added[earlier]
    spans.append(spool.add(b"the last"))

    assert [spool.read(span) for span in spans] == [*added, b"the last"]
    assert spool.part(spans[1].offset - 1, 3) == added[0][-1:] + added[1][:2]
    assert b"".join(spool.blocks()) == b"".join([*added, b"the last"])
    assert (tmp_path / "folder/spool").exists() is is_in_a_file
    spool.close()


@pytest.mark.parametrize("size", [3, 3_000])
def test_spooled_lines_are_read_one_by_one(tmp_path: Path, size: int) -> None:
    spool = Spool(tmp_path / "spool")
    lines = [str(number).encode() * size for number in range(100)]
    spans = [spool.add(line + b"\n") for line in lines]

    assert [*spool.lines()] == lines
    assert [*spool.lines(spans[7].offset, spans[9].offset)] == lines[7:9]
    spool.close()


@pytest.mark.parametrize("count", [0, 100, 40_000])
def test_lines_come_back_sorted_by_their_bytes_each_as_often_as_it_was_given(
    tmp_path: Path, count: int
) -> None:
    """40 000 are more than one run holds."""
    lines = [b"%d\t" % (each * 7919 % 10_007) * 3 for each in range(count)]
    found = Sorted(tmp_path / "lines")
    for line in lines:
        found.add(line)

    assert [*found] == sorted(lines)
    assert [*found] == sorted(lines)  # and again
    assert (tmp_path / "lines").exists() is (count > 1000)
    found.close()


# --- manifests ----------------------------------------------------------------------------------


def before(root: Path, data: bytes) -> Before:
    """What is read of a manifest."""
    (root / MANIFEST).write_bytes(data)
    return Before(root / MANIFEST)


def paths(found: Before) -> list[str]:
    """All that a manifest lists."""
    return sorted(found.unclaimed())


def rows(*paths: str) -> list[bytes]:
    """The lines of a manifest for these paths, in order."""
    return [manifest_line(path, Listed("0" * 64, 1, "text/plain")) for path in sorted(paths)]


def manifest(lines: list[bytes]) -> bytes:
    """A manifest with these lines."""
    head = manifest_head("webinar-feeds 0", "2026a")
    return head + MANIFEST_SEPARATOR.join(lines) + MANIFEST_TAIL


@pytest.mark.parametrize("form", [manifest, lambda lines: manifest(lines).replace(b"\n", b" \n")])
@pytest.mark.parametrize("many", [1, 500])
def test_a_folder_has_the_lines_below_it_and_no_others(
    tmp_path: Path, many: int, form: Callable[[list[bytes]], bytes]
) -> None:
    """Folders of which one begins as another does, in any order; blocks end anywhere in them.

    The other form is not written as ours is, and is held in memory.
    """
    folders = ["a", "a-b", "b/c", "b/c-d", "b/d", "c"]
    held = {each: [f"{each}/{n:03}/x.ics" for n in range(many)] for each in folders}
    everything = ["calendar.ics", "z.ics", *(path for paths in held.values() for path in paths)]
    found = before(tmp_path, form(rows(*everything)))

    for folder in ("b/d", "a", "a-b", "b/c", "b/c-d", "nothing", "", "b/c/000/x.ics"):
        wanted = MANIFEST_SEPARATOR.join(rows(*held.get(folder, ())))
        assert (found.claim(folder), found.lines(folder)) == (wanted, wanted)
    assert paths(found) == sorted(["calendar.ics", "z.ics", *held["c"]])
    found.claim("c")
    assert paths(found) == ["calendar.ics", "z.ics"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        manifest_head("webinar-feeds 0", "2026a"),
        manifest_head("webinar-feeds 0", "2026a") + b'  "no end',
        manifest_head("webinar-feeds 0", "2026a") + b'  "b": {"sha256": "x\n  "a": {"sha256": "x\n',
        manifest_head("webinar-feeds 0", "2026a") + b'  "\\u0061": {"sha256": "x\n',
    ],
)
def test_a_damaged_manifest_lists_nothing_and_is_replaced(tmp_path: Path, data: bytes) -> None:
    found = before(tmp_path, data)

    assert (paths(found), found.is_ours) == ([], True)


@pytest.mark.parametrize("document", [{"name": "An application"}, {"icons": [], "id": 1}])
def test_a_manifest_of_another_program_is_not_ours(tmp_path: Path, document: object) -> None:
    found = before(tmp_path, json.dumps(document).encode())

    assert (paths(found), found.is_ours) == ([], False)


def test_a_path_with_an_escape_is_read_as_json_reads_it() -> None:
    assert path_of(b'  "a/\\u00e9.ics": {"sha256": "x') == "a/é.ics"
    assert path_of(b'  "a/e.ics": {"sha256": "x') == "a/e.ics"


def test_what_was_announced_is_found_by_its_folder(tmp_path: Path) -> None:
    lines = [
        b'{"path": "a/b/one", "sha256": "1"}',
        b'{"path": "a/b/one", "sha256": "2"}',
        b'{"path": "one", "sha256": "3"}',
        b'{"path": "ab/one", "sha256": "4"}',
        b'{"path": "a/th',
        b"[]",
        b"",
    ]
    (tmp_path / "pending").write_bytes(b"\n".join(lines))
    found = Pending(tmp_path / "pending")

    assert found.below("a") == {"a/b/one": {"1", "2"}}
    assert found.below("a/b") == {"a/b/one": {"1", "2"}}
    assert found.beside({"a/b"}) == {"one": {"3"}, "ab/one": {"4"}}
    assert Pending(tmp_path / "none").hashes == {}


# --- what a commit did --------------------------------------------------------------------------


def test_two_commits_that_did_the_same_are_equal() -> None:
    one = Committed(iter(["a", "b/é"]), 3, ("c",))

    assert (one.written, one.count, one.unchanged, one.removed) == (("a", "b/é"), 2, 3, ("c",))
    assert one == Committed(["a", "b/é"], 3, ("c",))
    assert repr(one) == "Committed(('a', 'b/é'), 3, ('c',))"
    others = (Committed(["a"], 3, ("c",)), Committed(["a", "b/é"], 2, ("c",)), "another thing")
    assert [one == other for other in others] == [False, False, False]


def test_a_single_file_is_replaced_through_no_link(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "ledger").mkdir()
    (tmp_path / "ledger/a.jsonl").write_bytes(b"old")
    (tmp_path / "ledger" / HOME).symlink_to(tmp_path / "precious")

    write(tmp_path / "ledger/a.jsonl", b"new")

    assert (tmp_path / "ledger/a.jsonl").read_bytes() == b"new"
    assert [path.name for path in (tmp_path / "ledger").iterdir()] == ["a.jsonl"]
    assert list((tmp_path / "precious").iterdir()) == []
