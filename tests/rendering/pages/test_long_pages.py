"""What is long is cut into pages, so that each stays below 60 kB."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from growing_site import spread_out
from made_pages import SITE, every, html, made, text

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 60_000
ENGLISH = "The challenge of measurement, planning and evaluation in learning cities, part"
ARABIC = "تحدي القياس والتخطيط والتقييم في مدن التعلم بعد الجائحة، الجزء رقم"
# Without an address there are no preview pictures to wait for.
QUICK = SITE.replace("base_url: https://w.example.org/\n", "")


def told(number: int, title: str, speaker: str) -> str:
    """A session of which all is known that organisers tell."""
    day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
    return f"""\
  - id: session-{number}
    date: {day:%Y-%m-%d}
    title: {title}
    join: {{url: "https://video.example.org/j/86422222222", audience: public}}
    recording:
      url: https://youtu.be/abcdefghijk
      duration: 1h28m
      language: en
      captions: https://v.example.org/{number}.vtt
      chapters: [{{start: 0:00, title: Welcome}}]
    talks:
      - {{title: First, speakers: [{{name: {speaker}, prefix: Dr, role: Head}}, Bo Ek {number}]}}
      - {{title: Second, speakers: [Aminata Diawara {number}]}}
"""


def sizes(found: dict[str, bytes]) -> dict[str, int]:
    """The sizes of the pages that are too large."""
    return {
        path: len(data)
        for path, data in found.items()
        if path.endswith(".html") and len(data) >= LIMIT
    }


def on_page(data: bytes) -> list[str]:
    """The sessions of a page, by their titles."""
    return [text(each) for each in every(html(data), "h3")]


def test_a_series_of_two_hundred_sessions_has_small_pages(tmp_path: Path) -> None:
    head = (
        f"title: Learning cities\nsummary: {'Short talks about what cities can do. ' * 12}\n"
        "timezone: Europe/Berlin\ntime: 13:00–14:30\ntopics: [cities]\nsessions:\n"
    )
    sessions = "".join(told(number, f"{ENGLISH} {number}", "Ana Lima") for number in range(200))
    spread_out(tmp_path, {"events/site.yaml": SITE, "events/cities.yaml": head + sessions})
    found = made(tmp_path)
    pages = [path for path in found if re.fullmatch(r"cities/page-\d+.html", path)]
    pages.sort(key=lambda path: int(path[len("cities/page-") : -len(".html")]))

    assert sizes(found) == {}
    assert len(pages) > 4
    titles = [title for path in (*pages, "cities/index.html") for title in on_page(found[path])]
    assert titles == [f"{ENGLISH} {number}" for number in range(200)]
    (view,) = {path.rpartition("/")[0] for path in found if path.startswith("topics/")}
    assert sum(len(on_page(found[path])) for path in found if path.startswith(view)) == 200


def test_a_speaker_of_a_hundred_sessions_has_small_pages_in_any_script(tmp_path: Path) -> None:
    head = f"title: {ARABIC}\nlanguage: ar\ntimezone: UTC\ntime: 23:00–00:30\nsessions:\n"
    sessions = "".join(told(number, f"{ARABIC} {number}", "أميناتا") for number in range(100))
    spread_out(tmp_path, {"events/site.yaml": QUICK, "events/cities.yaml": head + sessions})
    found = made(tmp_path)
    (index,) = (path for path in found if re.fullmatch(r"speakers/x-\w+/index.html", path))
    folder = index.removesuffix("index.html")
    pages = [f"{folder}page-{number}.html" for number in range(1, 5)]

    assert sizes(found) == {}
    assert [title for path in (*pages, index) for title in on_page(found[path])] == [
        f"{ARABIC} {number}" for number in range(100)
    ]


def test_a_session_of_thirty_talks_is_one_small_page(tmp_path: Path) -> None:
    talks = "".join(
        f"""\
      - title: {ENGLISH} {number}
        summary: {"What it is about, in a sentence of some length. " * 4}
        speakers:
          - {{name: Ana Lima {number}, role: Secretary, city: Lisbon, timezone: Europe/Lisbon}}
          - {{name: Bo Ek {number}, role: Head of Department, affiliation: Uppsala University}}
"""
        for number in range(30)
    )
    series = (
        "title: One day\ntimezone: Europe/Berlin\ntime: 9:00–18:00\nsessions:\n"
        f"  - id: day\n    date: 2026-05-05\n    title: A day\n    talks:\n{talks}"
    )
    spread_out(tmp_path, {"events/site.yaml": SITE, "events/one.yaml": series})
    found = made(tmp_path)

    assert sizes(found) == {}
    assert len(on_page(found["one/sessions/day.html"])) == 30


def test_a_list_of_many_series_is_several_small_pages(tmp_path: Path) -> None:
    series = {
        f"events/s{number}.yaml": (
            f"title: {ARABIC} {number}\nlanguage: ar\ntimezone: UTC\ntime: 13:00–14:30\n"
            f"summary: {'تحدي القياس والتخطيط ' * 30}\norganizers: [{ARABIC}]\nsessions:\n"
            + "".join(
                f"  - {{id: a{each}, date: 2027-01-{each:02}, title: A}}\n" for each in range(1, 12)
            )
        )
        for number in range(61)
    }
    spread_out(tmp_path, {"events/site.yaml": QUICK, **series})
    found = made(tmp_path)
    pages = ["index.html", "series-2.html", "series-3.html"]

    assert sizes(found) == {}
    assert [found[path].count(b'<li class="card"') for path in pages] == [30, 30, 1]


def test_sessions_stay_on_their_page_when_others_come(tmp_path: Path) -> None:
    head = "title: Long\ntimezone: UTC\ntime: 13:00–14:00\nsessions:\n"
    sessions = [
        f"  - {{id: s{number}, date: {day:%Y-%m-%d}, title: Number {number}}}\n"
        for number, day in enumerate(
            datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days) for days in range(100)
        )
    ]
    files = {"events/site.yaml": QUICK, "events/long.yaml": head + "".join(sessions[:85])}
    spread_out(tmp_path, files)
    before = made(tmp_path)
    (tmp_path / "events/long.yaml").write_text(head + "".join(sessions), encoding="utf-8")
    after = made(tmp_path)

    assert sizes(after) == {}
    for found, last in ((before, 85), (after, 100)):
        titles = [on_page(found[f"long/{file}.html"]) for file in ("page-1", "page-2", "index")]
        assert "long/page-3.html" not in found
        assert titles == [
            [f"Number {number}" for number in part]
            for part in (range(40), range(40, 80), range(80, last))
        ]


def test_pages_are_cut_at_the_same_sessions_in_all_languages(tmp_path: Path) -> None:
    """Or a page would lead to one that is not there in another language."""
    head = (
        f"title: {{en: Cities, ar: {ARABIC}}}\nsummary: {{en: Short., ar: {ARABIC * 9}}}\n"
        "timezone: UTC\ntime: 13:00–14:30\nsessions:\n"
    )
    sessions = "".join(
        told(number, f"{{en: Part {number}, ar: {ARABIC} {number}}}", "Ana Lima")
        for number in range(60)
    )
    spread_out(tmp_path, {"events/site.yaml": QUICK, "events/cities.yaml": head + sessions})
    found = made(tmp_path)
    pages = [path for path in found if re.fullmatch(r"cities/(ar/)?(page-\d+|index).html", path)]

    assert len(pages) > 4
    assert sizes(found) == {}
    for path in pages:
        for link in every(html(found[path]), "a"):
            if link.get("hreflang"):
                there = PurePosixPath(path).parent / (link.get("href") or "")
                assert str(there).replace("ar/../", "") in found
    assert {path.removeprefix("cities/") for path in pages if "/ar/" not in path} == {
        path.removeprefix("cities/ar/") for path in pages if "/ar/" in path
    }
