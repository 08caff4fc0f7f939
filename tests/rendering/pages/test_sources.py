"""A page that would be made from the same is not made again."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from growing_site import NOW, build, edit, published
from webinar_feeds.rendering.pages import picture, templating

if TYPE_CHECKING:
    from pathlib import Path

    from webinar_feeds.rendering.pages.texts import Texts

SESSIONS = "".join(
    f"  - id: s{number}\n"
    f"    date: 2027-01-{number:02}\n"
    f"    title: Part {number}\n"
    f"    talks: [{{title: T, speakers: [Ana Lima, Kim {number}]}}]\n"
    for number in range(10, 20)
)
SERIES = f"title: Long\ntimezone: Europe/Berlin\ntime: 13:00–14:00\nsessions:\n{SESSIONS}"
SITE = "base_url: https://www.example.org/\nformats: [calendar, pages]\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site of one series, built."""
    (tmp_path / "events").mkdir()
    (tmp_path / "events/site.yaml").write_text(SITE, encoding="utf-8")
    (tmp_path / "events/long.yaml").write_text(SERIES, encoding="utf-8")
    assert build(tmp_path).committed is not None
    return tmp_path


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is really rendered: the templates of pages, and the titles of pictures."""
    found: list[str] = []
    render, png = templating.render, picture.png

    def rendering(template: str, *given: object) -> bytes:
        found.append(template)
        return render(template, *given)  # type: ignore[arg-type]

    def drawing(texts: Texts, seed: str) -> bytes:
        found.append(texts.title)
        return png(texts, seed)

    monkeypatch.setattr(templating, "render", rendering)
    monkeypatch.setattr(picture, "png", drawing)
    return found


def from_nothing(site: Path) -> dict[str, bytes]:
    """What a build leaves that knows of no other, but for its ledgers."""
    shutil.rmtree(site / "output/.webinar-feeds")
    for page in site.rglob("*.html"):
        page.unlink()
    assert build(site).committed is not None
    return published(site)


@pytest.mark.parametrize(
    ("old", "new", "pages", "pictures"),
    [
        ("title: Part 15", "title: Part XV", 3, ["Part XV"]),  # its neighbours name it
        ("title: Part 10", "title: Part X", 2, ["Part X"]),
        ("    title: Part 15", "    summary: A word.\n    title: Part 15", 1, []),
        ("date: 2027-01-15", "date: 2027-01-15\n    platform: Zoom", 1, []),
        ("date: 2027-01-19", "date: 2027-02-19", 1, ["Part 19"]),
        ("Kim 15]", "Kim 14]", 10, ["Part 15"]),  # who speaks twice has a page
        ("title: Long", "title: Longer", 10, [f"Part {number}" for number in range(10, 20)]),
    ],
)
def test_what_has_not_changed_is_not_drawn_again(  # noqa: PLR0917 - as many columns as it needs
    site: Path, drawn: list[str], old: str, new: str, pages: int, pictures: list[str]
) -> None:
    edit(site / "events/long.yaml", old, new)
    build(site)
    found = published(site)

    assert drawn.count("session.html") == pages
    assert [each for each in drawn if not each.endswith(".html")] == pictures
    assert found == from_nothing(site)


def test_a_page_that_somebody_changed_is_drawn_again_with_all_others(
    site: Path, drawn: list[str]
) -> None:
    edit(site / "events/long.yaml", "title: Part 15", "title: Part XV")
    page = site / "output/long/sessions/s11.html"
    data = page.read_bytes()
    page.write_bytes(b"another")
    build(site)

    assert drawn.count("session.html") == 10
    assert page.read_bytes() == data


def test_for_own_templates_every_page_is_drawn(site: Path, drawn: list[str]) -> None:
    own = site / "events/templates"
    own.mkdir()
    (own / "session.html").write_text("{{ series.entries | length }}", encoding="utf-8")
    build(site)
    drawn.clear()
    edit(site / "events/long.yaml", "title: Part 15", "title: Part XV")
    build(site, NOW)

    assert drawn.count("session.html") == 10


PARTS = some.fixed_dictionaries(
    {
        "title": some.sampled_from(["Preprints, part A", "Preprints, part B", "Préprints, part A"]),
        "summary": some.sampled_from(["", "A **strong** line.", "A line."]),
        "status": some.sampled_from(["confirmed", "cancelled", "postponed"]),
        "speaker": some.sampled_from(["Ana Lima", "Kim"]),
        "languages": some.sampled_from(["en", "[en, fr]"]),
        "recording": some.sampled_from(["", "announced", "https://v.example.org/1.mp4"]),
    }
)
STATES = some.tuples(
    some.sampled_from(["Our webinars", "Other webinars"]),
    some.sampled_from(["Open science", "{en: Open science, fr: Science ouverte}"]),
    some.lists(PARTS, min_size=3, max_size=3),
    some.integers(0, 2),
)


def laid(root: Path, state: tuple[str, str, list[dict[str, str]], int]) -> None:
    """The event files of a state; the last sessions are listed in some states only."""
    site, title, sessions, fewer = state
    lines = [f"title: {title}", "timezone: Europe/Berlin", "time: 13:00–14:00", "sessions:"]
    for number, each in enumerate(sessions[: 3 - fewer]):
        lines += [f"  - id: s{number}", f"    date: 2026-01-1{number}"]
        lines += [f"    {key}: {each[key]}" for key in ("title", "status", "languages")]
        lines += [f"    {key}: {each[key]}" for key in ("summary", "recording") if each[key]]
        lines += [f"    talks: [{{title: T, speakers: [{each['speaker']}, Zoë]}}]"]
    gone = ", ".join(f"s{number}" for number in range(3 - fewer, 3))
    lines[1:1] = [f"removed: [{gone}]"] if gone else []
    (root / "events").mkdir(exist_ok=True)
    (root / "events/long.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (root / "events/site.yaml").write_text(f"title: {site}\n{SITE}", encoding="utf-8")


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(some.lists(STATES, min_size=2, max_size=3))
def test_whatever_is_edited_the_pages_are_those_of_a_build_from_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    states: list[tuple[str, str, list[dict[str, str]], int]],
) -> None:
    root = tmp_path_factory.mktemp("site")
    for number, state in enumerate(states):
        laid(root, state)
        assert build(root, NOW + number * timedelta(hours=1)).committed is not None
    found = published(root)
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(root / "events", copy / "events")
    assert build(copy, NOW + timedelta(hours=9)).committed is not None

    assert found == published(copy)
