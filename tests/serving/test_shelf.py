"""Which file a path names, and that no path names anything else (S6)."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webinar_feeds.artifacts import (
    MANIFEST_SEPARATOR,
    MANIFEST_TAIL,
    Listed,
    manifest_head,
    manifest_line,
)
from webinar_feeds.serving.shelf import Elsewhere, Held, Shelf, named

if TYPE_CHECKING:
    from pathlib import Path

SECRET = b"nobody may read this"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """An output folder beside a secret, with what a build keeps for itself."""
    folder = tmp_path / "output"
    for path, data in {
        "index.html": b"home",
        "calendar.ics": b"calendar",
        "talks/index.html": b"talks",
        "talks/invites/a.ics": b"invite",
        ".webinar-feeds/state": SECRET,
        "talks/.hidden/x.html": SECRET,
        ".well-known/x": SECRET,
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    (tmp_path / "secret").write_bytes(SECRET)
    (tmp_path / "output-of-others").mkdir()
    (tmp_path / "output-of-others/x").write_bytes(SECRET)
    return folder


def listed(output: Path, rows: dict[str, Listed]) -> None:
    lines = [manifest_line(path, row) for path, row in sorted(rows.items())]
    head = manifest_head("webinar-feeds", "2026f")
    data = head + MANIFEST_SEPARATOR.join(lines) + MANIFEST_TAIL
    (output / "manifest.json").write_bytes(data)


def read(output: Path, target: str) -> bytes | Elsewhere | None:
    found = Shelf(output).find(target)
    if not isinstance(found, Held):
        return found
    with found.file:
        return found.file.read()


@pytest.mark.parametrize(
    ("target", "data"),
    [
        ("/", b"home"),
        ("/index.html", b"home"),
        ("/index%2Ehtml", b"home"),
        ("/calendar.ics", b"calendar"),
        ("/talks/", b"talks"),
        ("/talks/invites/a.ics", b"invite"),
        ("/talks", Elsewhere("/talks/")),
        ("/talks/invites", None),
        ("/talks/invites/", None),
        ("/nothing", None),
        ("/calendar.ics/", None),
    ],
)
def test_a_path_names_a_file_or_the_index_of_a_folder(
    output: Path, target: str, data: bytes | Elsewhere | None
) -> None:
    assert read(output, target) == data


@pytest.mark.parametrize(
    "target",
    [
        *("", "*", "secret", "//", "//secret", "///etc/passwd", "/talks//index.html"),
        *(
            "/../secret",
            "/talks/../../secret",
            "/%2e%2e/secret",
            "/..%2fsecret",
            "/talks/..%2f../x",
        ),
        *("/..\\secret", "/..%5csecret", "/talks/%2e%2e%5c..%5csecret", "/....//secret"),
        *("/%00", "/index.html%00.ics", "/index.html%0a", "/%ff", "/%", "/index.html%"),
        *("/.", "/./", "/./index.html", "/..", "/talks/..", "/talks/.", "/talks/%2e/index.html"),
        *("/.webinar-feeds/state", "/%2Ewebinar-feeds/state", "/.well-known/x"),
        *("/talks/.hidden/x.html", "/.webinar-feeds/", "/.webinar-feeds", "/.serve/live.py"),
        *("/C:/secret", "/c:secret", "/index.html::$DATA", "/nul", "/talks/con.html"),
        *("/index.html.", "/index.html%20", f"/{'a' * 300}", f"/{'a/' * 3000}"),
        *("/../output-of-others/x", "/file:///etc/passwd", "/~root", "/%uff0e%uff0e/secret"),
        "/\N{FULLWIDTH FULL STOP}\N{FULLWIDTH FULL STOP}/secret",
    ],
)
def test_no_path_leads_out_of_the_folder_or_to_what_is_hidden(output: Path, target: str) -> None:
    assert read(output, target) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                *("/", "..", ".", "%2e", "%2F", "%5c", "\\", "%00", "~", ":", "secret", "talks"),
                *("index.html", ".webinar-feeds", "state", "output-of-others", "x", "%", "output"),
            ]
        )
        | st.text(max_size=3),
        max_size=8,
    )
)
def test_whatever_is_asked_for_no_secret_is_sent(output: Path, parts: list[str]) -> None:
    assert read(output, "/" + "".join(parts)) != SECRET


@pytest.mark.parametrize(
    ("name", "leads_to"),
    [
        ("out.html", "../secret"),
        ("folder", "../output-of-others"),
        ("state.html", ".webinar-feeds/state"),
        ("hidden", ".webinar-feeds"),
        ("hidden-below", "talks/.hidden"),
        ("absolute", "/etc/passwd"),
        ("circle", "circle"),
        ("root", "."),
        ("nowhere", "nothing"),
    ],
)
def test_no_link_leads_there_either(output: Path, name: str, leads_to: str) -> None:
    (output / name).symlink_to(leads_to)

    for below in ("", "/", "/x", "/state", "/x.html", "/.webinar-feeds/state"):
        found = read(output, f"/{name}{below}")
        assert found in (None, b"home", Elsewhere("/root/"))
        assert found is None or name == "root"


def test_links_inside_the_folder_and_to_it_are_followed(output: Path, tmp_path: Path) -> None:
    (output / "now").symlink_to("talks")
    (tmp_path / "link").symlink_to(output)

    assert read(tmp_path / "link", "/now/") == b"talks"


def test_what_is_no_file_keeps_nobody_waiting(output: Path) -> None:
    os.mkfifo(output / "pipe.html")

    assert read(output, "/pipe.html") is None


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "output")

    assert (shelf.find("/"), shelf.below("/"), dict(shelf.listed())) == (None, [], {})


def test_types_and_times_are_the_manifests_and_hashes_those_of_the_bytes(output: Path) -> None:
    digest = sha256(b"calendar").hexdigest()
    row = Listed(digest, 8, "text/calendar; charset=utf-8", "2026-11-23T21:13:07Z")
    listed(output, {"calendar.ics": row})
    shelf = Shelf(output)

    first = shelf.find("/calendar.ics")
    assert isinstance(first, Held)
    first.file.close()
    (output / "calendar.ics").write_bytes(b"another one")
    second = shelf.find("/calendar.ics")
    assert isinstance(second, Held)
    second.file.close()

    assert (first.sha256, first.size, first.media_type) == (digest, 8, row.media_type)
    assert first.modified is not None
    assert first.modified.isoformat() == "2026-11-23T21:13:07+00:00"
    assert (second.sha256, second.size) == (sha256(b"another one").hexdigest(), 11)
    assert second.modified is None  # the manifest speaks of other bytes


def test_a_manifest_that_changes_is_read_again(output: Path) -> None:
    shelf = Shelf(output)
    listed(output, {"a/x.html": Listed("", 1, "text/html"), "ab": Listed("", 1, "text/plain")})
    before = shelf.below("/a/"), shelf.below("/"), shelf.below("/..")
    listed(output, {"b": Listed("", 1, "text/plain")})

    assert before == (["a/x.html"], ["a/x.html", "ab"], [])
    assert shelf.below("/") == ["b"]
    (output / "manifest.json").write_bytes(b"[]")
    assert shelf.below("/") == []


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.rss", "application/rss+xml"),
        ("A.PNG", "image/png"),
        ("a.unknown", "application/octet-stream"),
        ("name", "application/octet-stream"),
    ],
)
def test_files_of_others_have_the_types_of_their_names(
    output: Path, name: str, media_type: str
) -> None:
    (output / name).write_bytes(b"x")

    found = Shelf(output).find(f"/{name}")

    assert isinstance(found, Held)
    found.file.close()
    assert (found.media_type, found.modified) == (media_type, None)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/", ""),
        ("/a", "a"),
        ("/a/", "a/"),
        ("/a/b%20c.html", "a/b c.html"),
        ("/manifest.json", "manifest.json"),
        ("/%C3%A9", "é"),
    ],
)
def test_a_request_names_a_path(target: str, path: str) -> None:
    assert named(target) == path
