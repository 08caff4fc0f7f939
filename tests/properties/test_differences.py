"""What `diff` says is what a build does: nothing where it writes the same bytes, else something."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from event_files import read
from webinar_feeds import differences, ledger
from webinar_feeds.model import Publication, Series, Site
from webinar_feeds.rendering import calendar, feeds

SITE = Site(base_url="https://w.example.org/")
NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)

sessions = some.fixed_dictionaries(
    {
        "id": some.sampled_from(["a", "b", "c"]),
        "date": some.sampled_from(["2026-06-17", "2027-06-16", "2027-12-01"]),
        "title": some.sampled_from(["Preprints", "Open data"]),
    },
    optional={
        "status": some.sampled_from(["cancelled", "postponed", "tentative"]),
        "summary": some.sampled_from(["What happens then", "What came before"]),
        "platform": some.sampled_from(["Zoom", "Jitsi"]),
        "topics": some.sampled_from(["science", "data"]),
        "recording": some.sampled_from(["announced", "https://v.example.org/1"]),
        "time": some.sampled_from(["15:00–16:00", "13:00–14:30"]),
    },
)
files = some.lists(sessions, min_size=1, max_size=3, unique_by=lambda each: each["id"])
titles = some.sampled_from(["Open science", "Science"])


def series(title: str, listed: list[dict[str, str]], removed: set[str]) -> Series:
    lines = [f"title: {title}", "timezone: Europe/Berlin", "time: 13:00–14:30"]
    if removed:
        lines.append(f"removed: [{', '.join(sorted(removed))}]")
    lines.append("sessions:")
    for each in listed:
        pairs = [f"{key}: '{value}'" for key, value in each.items()]
        lines.append(f"  - {{{', '.join(pairs)}}}")
    return read("\n".join(lines))


def rendered(publication: Publication) -> dict[str, bytes]:
    """Every calendar, invite and feed of recordings."""
    return {
        each.path: each.read()
        for renderer in (calendar, feeds)
        for each in renderer.render(publication, SITE)
    }


@given(titles, files, titles, files, some.sampled_from([0, 40, 400]))
def test_what_is_said_is_what_is_done(
    title: str,
    listed: list[dict[str, str]],
    other_title: str,
    other: list[dict[str, str]],
    days: int,
) -> None:
    gone = {each["id"] for each in listed} - {each["id"] for each in other}
    first = ledger.revise(series(title, listed, set()), SITE, None, NOW)
    edited = series(other_title, other, gone)
    now = NOW + DAY + timedelta(days=days)
    second = ledger.revise(edited, SITE, first.ledger, now)

    seen = differences.between("s", edited.title, first.ledger, second.ledger, now)

    # A session that is cancelled long after its date is in no calendar, and moves their stamp.
    same_stamp = replace(second.publication, modified=first.publication.modified)
    assert bool(seen) == (rendered(first.publication) != rendered(same_stamp))
