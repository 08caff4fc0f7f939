from __future__ import annotations

import json

import pytest

from committing import dump_manifest
from webinar_feeds.artifacts import Artifact, Listed, appearance, parse_manifest

CALENDAR = Listed("0" * 64, 12, "text/calendar; charset=utf-8", "2027-03-01T12:00:00Z")
PAGE = Listed("f" * 64, 0, "text/html; charset=utf-8")


def test_an_artifact_is_read_as_often_as_one_likes() -> None:
    made = Artifact("a.txt", "text/plain", lambda: iter([b"one ", b"two"]))

    assert (made.read(), made.read()) == (b"one two", b"one two")


def test_what_is_pointed_at_appears_before_what_points_at_it() -> None:
    """What was told, sessions, a series' calendars and feeds, its page, the site's, its page."""
    in_order = [
        "ledger.jsonl",
        "z-series/ledger.jsonl",
        "assets/style.css",
        "a-series/invites/one.ics",
        "a-series/sessions/one/index.html",
        "z-series/invites/one.ics",
        "a-series/calendar.ics",
        "topics/health/calendar.ics",
        "z-series/recordings.atom",
        "a-series/index.html",
        "calendar.ics",
        "recordings.rss",
        "index.html",
    ]

    shuffled = {*in_order}
    assert sorted(shuffled, key=appearance) == in_order


def test_a_manifest_lists_an_artifact_a_line_by_path() -> None:
    data = dump_manifest({"b/x.ics": CALENDAR, "a.html": PAGE}, "webinar-feeds 1", "2026f")

    page = f'{{"sha256": "{"f" * 64}", "size": 0, "media_type": "text/html; charset=utf-8"}}'
    rest = '"media_type": "text/calendar; charset=utf-8", "modified": "2027-03-01T12:00:00Z"'
    calendar = f'{{"sha256": "{"0" * 64}", "size": 12, {rest}}}'
    assert data.decode().split("\n") == [
        '{"version": 1, "generator": "webinar-feeds 1", "tz_database": "2026f", "artifacts": {',
        f'  "a.html": {page},',
        f'  "b/x.ics": {calendar}',
        "}}",
        "",
    ]
    assert list(json.loads(data)["artifacts"]) == ["a.html", "b/x.ics"]


@pytest.mark.parametrize("listed", [{}, {"a.html": PAGE}, {"b/x.ics": CALENDAR, "é": PAGE}])
def test_a_manifest_is_read_back(listed: dict[str, Listed]) -> None:
    assert parse_manifest(dump_manifest(listed, "webinar-feeds 1", "2026f")) == listed


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"artifacts": []}',
        b'{"artifacts": {"a": 1}}',
        b'{"artifacts": {"a": {"sha256": "0", "size": "x", "media_type": "t"}}}',
        b'{"artifacts": {"a": {"sha256": "0", "size": 1e999, "media_type": "t"}}}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_manifest_of_ours_is_none(data: bytes) -> None:
    assert parse_manifest(data) is None
