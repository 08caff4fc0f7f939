"""The table of headers, without a manifest at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hosted_site import begun
from webinar_feeds import headers

if TYPE_CHECKING:
    from pathlib import Path


def test_h1_h2_names_tell_the_same_types_as_the_manifest(repository: Path, tmp_path: Path) -> None:
    """So a server that knows only names sends every file as its renderer wants it sent."""
    listed = begun(tmp_path, repository).listed()

    by_name = {path: headers.content_type(headers.media_type(path)) for path in listed}

    assert by_name == {path: headers.content_type(row.media_type) for path, row in listed.items()}


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("a/recordings.json", "application/feed+json"),
        ("a/more-recordings.json", "application/json"),
        ("PICTURE.PNG", "image/png"),
        ("a.ics/README", "application/octet-stream"),
        ("a.unheard-of", "application/octet-stream"),
    ],
)
def test_a_type_follows_from_the_name(path: str, media_type: str) -> None:
    assert headers.media_type(path) == media_type


def test_h4_what_publishers_read_is_asked_for_each_time() -> None:
    told = {
        path: headers.cache_control(path, headers.media_type(path))
        for path in ("manifest.json", "a/ledger.jsonl", "a/programme.json", "a/old-manifest.json")
    }

    assert list(told.values()) == ["no-cache", "no-cache", *["public, max-age=300"] * 2]
