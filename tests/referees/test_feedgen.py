"""Our feeds beside feedgen's of the same series, whatever texts, times and recordings are in it.

`webinar-feeds verify` holds the feeds that were published against feedgen's; here it does so for
series that nobody would think of.
"""

from __future__ import annotations

import json
import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from lxml import etree

from webinar_feeds import api, pipeline, published, site_ledger, verification
from webinar_feeds.reading.characters import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
KINDS = ("recordings.rss", "recordings.atom", "recordings.json", "changes.atom")
KEYS = (
    some.text(some.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=30)
    | some.sampled_from(
        ["a & b", "<b>x</b>", "]]>", "&amp;", "“x”", "a\u00a0b", "Ω é 🎓", "x" * 300, "%2F?a=1&b=2"]
    )
).filter(lambda text: bool(text.strip()) and text == printable(text))
ADDRESSES = some.sampled_from(
    [
        "https://v.example.org/1",
        "https://v.example.org/a?x=1&y=2#t=3",
        "https://v.example.org/%C3%A9/'x'",
        "https://xn--bcher-kva.example/a;b",
    ]
)


def of_file(url: str, kind: str, size: int | None) -> dict[str, Any]:
    return {"url": f"{url}.{kind[-3:]}", "media_type": kind, "size": size}


FILES = some.builds(
    of_file,
    some.integers(1, 9).map("https://v.example.org/f{}".format),
    some.sampled_from(["video/mp4", "audio/mpeg", "video/webm", "application/pdf"]),
    some.none() | some.integers(1, 1 << 40),
)
RECORDINGS = some.fixed_dictionaries(
    {"url": ADDRESSES | some.just("announced")},
    optional={
        "title": KEYS,
        "language": some.sampled_from(["en", "fr", "zh-Hans"]),
        "published": some.sampled_from(["2026-06-01 10:00", "2020-01-01T00:00:00Z", "2027-02-01"]),
        "duration": some.sampled_from(["58m", "1h30m", "45s"]),
        "files": some.lists(FILES, max_size=3, unique_by=str),
        "captions": some.sampled_from(["vtt", "SRT", "html", "txt"]).map(
            "https://v.example.org/c.{}".format
        ),
        "poster": some.just("https://v.example.org/p.jpg?w=1&h=2"),
    },
)
SESSIONS = some.fixed_dictionaries(
    {
        "date": some.dates(datetime(2026, 1, 1).date(), datetime(2027, 3, 1).date()).map(str),  # noqa: DTZ001 - a day
        "title": KEYS,
    },
    optional={
        "summary": KEYS,
        "page": ADDRESSES,
        "topics": some.lists(KEYS, min_size=1, max_size=3, unique=True),
        "languages": some.lists(some.sampled_from(["en", "fr"]), min_size=1, unique=True),
        "talks": some.lists(
            some.fixed_dictionaries(
                {"title": KEYS, "speakers": some.lists(KEYS, min_size=1, max_size=2)}
            ),
            max_size=2,
        ),
        "status": some.sampled_from(["confirmed", "cancelled", "postponed", "tentative"]),
        "recordings": some.lists(RECORDINGS, min_size=1, max_size=3),
    },
)
SERIES = some.fixed_dictionaries(
    {"title": KEYS, "sessions": some.lists(SESSIONS, min_size=1, max_size=4)},
    optional={
        "summary": KEYS,
        "page": ADDRESSES,
        "organizers": some.lists(KEYS, min_size=1, max_size=3),
        "language": some.sampled_from(["en", "fr", "ar"]),
    },
)
SITES = some.fixed_dictionaries(
    {"title": KEYS, "feed_length": some.sampled_from([1, 2, 100])},
    optional={"base_url": some.just("https://w.example.org/a/"), "publisher": KEYS},
)


def event_file(told: dict[str, Any]) -> str:
    """An event file; JSON is YAML, once every session and recording has an id."""
    held = told | {"timezone": "Europe/Berlin", "time": "13:00–14:30"}
    held["sessions"] = numbered("s", told["sessions"])
    for session in held["sessions"]:
        session |= {"recordings": numbered("r", session.get("recordings", []))}
    return json.dumps(without(held), ensure_ascii=False)


def numbered(letter: str, values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each | {"id": f"{letter}{number}"} for number, each in enumerate(values)]


def without(value: Any) -> Any:
    """A value without what is nothing in it."""
    if isinstance(value, dict):
        return {name: without(each) for name, each in value.items() if each not in (None, [])}
    return [without(each) for each in value] if isinstance(value, list) else value


def build(root: Path, series: dict[str, Any], site: dict[str, Any], now: datetime) -> bool:
    """Whether what was drawn is a series and a site, and could be built."""
    (root / "events").mkdir(exist_ok=True)
    (root / "events/site.yaml").write_text(json.dumps(site, ensure_ascii=False), encoding="utf-8")
    (root / "events/series.yaml").write_text(event_file(series), encoding="utf-8")
    done = api.build(root / "events", root / "output", now=now)
    return not any(each.severity == "error" for each in done.diagnostics)


def differences(root: Path, now: datetime) -> Iterator[tuple[str, str]]:
    loaded = pipeline.load(pipeline.gather(root / "events"))
    shown, _ = site_ledger.parse((root / "events/ledger/site.jsonl").read_bytes(), "site.jsonl")
    there = published.open(str(root / "output"))
    for look in verification.verify(loaded, shown, there, now, whole=True):
        yield from look.differences


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(SERIES, SERIES, SITES)
def test_what_lxml_reads_of_ours_is_what_it_reads_of_feedgens(
    first: dict[str, Any], second: dict[str, Any], site: dict[str, Any]
) -> None:
    """F1 to F9, F20 to F28, also once everything has become something else."""
    with tempfile.TemporaryDirectory() as folder:
        root, later = Path(folder), NOW + timedelta(days=20)
        if build(root, first, site, NOW):
            assert list(differences(root, NOW)) == []
            if build(root, second, site, later):
                assert list(differences(root, later)) == []


def test_the_feeds_that_are_compared_have_everything_that_can_be_in_one() -> None:
    """Else the comparison above might be one of nothing with nothing."""
    file = {"media_type": "video/mp4", "size": 5}
    recording = {
        "url": "https://v.example.org/1",
        "duration": "58m",
        "files": [file | {"url": f"https://v.example.org/{number}.mp4"} for number in (1, 2)],
        "captions": "https://v.example.org/1.vtt",
        "poster": "https://v.example.org/1.jpg",
    }
    session = {
        "date": "2026-06-17",
        "title": "One",
        "topics": ["x"],
        "talks": [{"title": "T", "speakers": ["Ana"]}],
        "recordings": [recording],
    }
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        site = {"title": "S", "base_url": "https://w.example.org/"}
        assert build(root, {"title": "T", "sessions": [session]}, site, NOW)
        assert list(differences(root, NOW)) == []
        tags = {
            kind: {
                re.sub(r"\{.*\}", "", each.tag)
                for each in etree.fromstring((root / "output/series" / kind).read_bytes()).iter()
            }
            for kind in KINDS
            if not kind.endswith("json")
        }

    assert tags == {
        "recordings.rss": {
            *("rss", "channel", "title", "link", "description", "language", "lastBuildDate"),
            *("docs", "generator", "ttl", "author", "explicit", "guid", "item", "encoded"),
            *("category", "enclosure", "pubDate", "creator", "group", "content", "thumbnail"),
            *("transcript", "duration"),
        },
        "recordings.atom": {
            *("feed", "id", "title", "subtitle", "updated", "author", "name", "generator", "link"),
            *("entry", "published", "category", "summary", "content"),
        },
        "changes.atom": {
            *("feed", "id", "title", "subtitle", "updated", "author", "name", "generator", "link"),
            *("entry", "published", "content"),
        },
    }
