from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, urlsplit

import icalendar
import pytest

from growing_site import OPEN_SCIENCE, build, edit, published, spread_out
from made_pages import SITE, classed, every, html, made, text
from webinar_feeds.locking import Refused

# --- which pages there are ----------------------------------------------------------------------


def test_there_is_a_page_for_the_site_each_series_and_each_session_in_each_language(
    site: Path,
) -> None:
    views = ("languages/", "speakers/", "topics/")
    found = made(site)

    assert sorted(
        path for path in found if path.endswith(".html") and not path.startswith(views)
    ) == [
        "404.html",
        "data/fr/index.html",
        "data/fr/sessions/closing.html",
        "data/fr/sessions/opening.html",
        "data/index.html",
        "data/sessions/closing.html",
        "data/sessions/opening.html",
        "index.html",
        "open-science/index.html",
        "open-science/sessions/open-data.html",
        "open-science/sessions/peer-review.html",
        "open-science/sessions/preprints.html",
        "recordings.html",
        "subscribe.html",
    ]


# --- topics, languages and speakers -------------------------------------------------------------


def test_each_view_has_a_page_with_the_sessions_of_its_calendar(site: Path) -> None:
    found = made(site)
    views = [
        path.removesuffix("/calendar.ics")
        for path in found
        if path.endswith("/calendar.ics")
        and path.startswith(("languages/", "speakers/", "topics/"))
    ]
    for view in views:
        calendar = icalendar.Calendar.from_ical(found[f"{view}/calendar.ics"])
        page = html(found[f"{view}/index.html"])
        told = [
            (datetime.fromisoformat(each.get("data-start", "")), text(next(every(each, "h3"))))
            for each in every(page, "article")
        ]
        assert told == [
            (
                each.decoded("DTSTART"),
                str(each["SUMMARY"]).removeprefix("CANCELLED: "),
            )
            for each in calendar.walk("VEVENT")
        ]

    assert {"languages/fr", "speakers/ana-lima", "speakers/bo-ek", "topics/data"} <= {*views}


def test_a_speaker_of_several_series_has_all_sessions_on_one_page(site: Path) -> None:
    found = made(site)
    page = html(found["speakers/bo-ek/index.html"])
    (node, _) = json.loads(text(next(every(page, "script"))))["@graph"]

    assert text(next(every(page, "h1"))) == "Bo Ek"
    assert [text(each) for each in every(page, "p") if each.get("class") == "series"] == [
        *("Data days", "Open science"),
    ]
    assert (node["@type"], node["name"]) == ("Person", "Bo Ek")
    assert node["url"] == "https://w.example.org/speakers/bo-ek/"
    assert [each["@id"] for each in node["performerIn"]] == [
        "https://w.example.org/data/sessions/opening.html#event",
        "https://w.example.org/open-science/sessions/preprints.html#event",
    ]


def test_a_session_leads_to_its_topics_and_to_who_speaks_again(site: Path) -> None:
    page = html(made(site)["open-science/sessions/preprints.html"])
    found = {text(each): each.get("href") for each in every(page, "a")}

    assert found["open science"] == "../../topics/open-science/index.html"
    assert found["Ana Lima"] == "../../speakers/ana-lima/index.html"
    assert "Bo Ek" not in found  # his other session is in another series
    assert found["English"] == "../../languages/en/index.html"


def test_a_series_in_one_language_leads_to_no_page_of_it(tmp_path: Path) -> None:
    """There is none, unless another series is in another language, which is not known here."""
    series = OPEN_SCIENCE.replace("languages: [en, fr]", "languages: en")
    spread_out(tmp_path, {"events/site.yaml": SITE, "events/open-science.yaml": series})
    found = made(tmp_path)
    page = html(found["open-science/sessions/preprints.html"])

    assert "languages/en/index.html" not in found
    assert "English" in text(page)
    assert not [each for each in every(page, "a") if "languages/" in (each.get("href") or "")]


def test_a_title_in_another_language_says_so(site: Path) -> None:
    edit(site / "events/data.yaml", "title: {en: Data days, fr: Journées des données}", TITLE)
    page = html(made(site)["speakers/bo-ek/index.html"])
    first, second = every(page, "article")

    assert next(every(first, "a")).get("lang") == "fr"
    assert next(every(second, "a")).get("lang") is None


TITLE = "title: Journées des données\nlanguage: fr"


def test_a_session_that_was_renamed_keeps_its_page(site: Path) -> None:
    build(site)
    edit(site / "events/data.yaml", "id: closing,", "id: end, formerly: closing,")

    found = made(site)

    assert found["data/sessions/closing.html"] == found["data/sessions/end.html"]
    (canonical,) = (
        each.get("href")
        for each in every(html(found["data/sessions/end.html"]), "link")
        if each.get("rel") == "canonical"
    )
    assert canonical == "https://w.example.org/data/sessions/end.html"


def test_series_that_are_held_last_come_first(site: Path) -> None:
    page = html(made(site)["index.html"])

    cards = next(each for each in every(page, "ul") if each.get("class") == "cards")
    assert [text(each) for each in every(cards, "h2")] == ["Data days", "Open science"]


# --- what they say ------------------------------------------------------------------------------


def test_every_time_is_that_of_the_calendar(site: Path) -> None:
    found = made(site)
    for series in ("data", "data/fr", "open-science"):
        events = icalendar.Calendar.from_ical(found[f"{series}/calendar.ics"]).walk("VEVENT")
        for event in events:
            start, end = (event.decoded(name).astimezone(UTC) for name in ("DTSTART", "DTEND"))
            (path,) = (
                path
                for path in found
                if path.startswith(f"{series}/sessions/")
                and path.endswith(".html")
                and f'data-start="{start:%Y-%m-%dT%H:%M:%SZ}"'.encode() in found[path]
            )
            page = html(found[path])
            (article,) = (each for each in every(page, "article"))
            assert article.get("data-end") == f"{end:%Y-%m-%dT%H:%M:%SZ}"
            header = next(every(article, "header"))
            told = {
                datetime.fromisoformat(each.get("datetime") or "").astimezone(UTC)
                for each in every(header, "time")
            }
            assert told == {start, end}


def test_json_ld_and_deep_links_have_the_same_instants(site: Path) -> None:
    page = html(made(site)["open-science/sessions/open-data.html"])
    (data,) = (
        json.loads(each.text or "")
        for each in every(page, "script")
        if each.get("type") == "application/ld+json"
    )
    event = next(each for each in data["@graph"] if each["@type"] == "EducationEvent")

    assert event["startDate"] == "2027-02-11T13:00:00+01:00"
    assert event["url"] == "https://w.example.org/open-science/sessions/open-data.html"
    asked = [parse_qs(urlsplit(each.get("href") or "").query) for each in every(page, "a")]
    assert [each["dates"] for each in asked if "dates" in each] == [
        ["20270211T120000Z/20270211T133000Z"]
    ]
    assert [each["enddt"] for each in asked if "enddt" in each] == [["2027-02-11T13:30:00Z"]] * 2


def test_a_cancelled_session_says_so_and_cannot_be_added(site: Path) -> None:
    found = made(site)
    page = html(found["open-science/sessions/peer-review.html"])

    assert any("Cancelled" in text(each) for each in every(page, "p"))
    assert not [each for each in every(page, "a") if "invites/" in (each.get("href") or "")]
    assert (
        b"calendar.google.com/calendar/render?action"
        not in found["open-science/sessions/peer-review.html"]
    )


def test_who_registers_is_told_that_the_link_will_come(site: Path) -> None:
    """S10: the link itself is on no page."""
    edit(
        site / "events/data.yaml",
        "- {id: closing,",
        "- {id: closing, registration: 'https://r.example.org/1',"
        " join: {url: 'https://meet.example.org/1', audience: registered},",
    )
    found = made(site)
    page = html(found["data/sessions/closing.html"])

    assert [text(each) for each in classed(page, "note")] == [
        "You receive the link to join after you have registered."
    ]
    assert not [path for path, data in found.items() if b"meet.example.org" in data]
    assert not classed(html(found["data/sessions/opening.html"]), "note")


def test_each_page_says_its_language_and_where_the_others_are(site: Path) -> None:
    found = made(site)
    for path, tag in (("data/index.html", "en"), ("data/fr/index.html", "fr")):
        page = html(found[path])
        assert page.get("lang") == tag
        assert {
            each.get("hreflang"): each.get("href")
            for each in every(page, "link")
            if each.get("hreflang")
        } == {"en": "https://w.example.org/data/", "fr": "https://w.example.org/data/fr/"}
    assert "Journées des données" in found["data/fr/index.html"].decode()


# --- links --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "root"),
    [
        ("base_url: https://w.example.org/\n", "/"),
        ("base_url: https://w.example.org/talks/\n", "/talks/"),
        ("", "/"),
    ],
)
def test_a_page_for_any_address_asks_the_host_that_shows_it(
    site: Path, base: str, root: str
) -> None:
    edit(site / "events/site.yaml", "base_url: https://w.example.org/\n", base)
    build(site)
    page = made(site)["404.html"].decode()

    assert f'<link rel="stylesheet" href="{root}assets/style.css">' in page
    assert f'<a class="door" href="{root}index.html">' in page


@pytest.mark.parametrize("base", ["base_url: https://w.example.org/\n", ""])
def test_every_link_leads_to_a_file_of_the_site(site: Path, base: str) -> None:
    edit(site / "events/site.yaml", "base_url: https://w.example.org/\n", base)
    found = made(site)
    for path, data in found.items():
        if not path.endswith(".html") or path == "404.html":
            continue
        page = html(data)
        anchors = {each.get("id") for each in page.iter()}
        for element in page.iter():
            for name in ("href", "src"):
                target = element.get(name)
                if target is None or re.match(r"[a-z]+:", target):
                    continue
                file, _, anchor = target.partition("#")
                if not file:
                    assert anchor in anchors
                    continue
                parts: list[str] = []
                for part in (PurePosixPath(path).parent / file).parts:
                    parts = parts[:-1] if part == ".." else [*parts, part]
                assert "/".join(parts) in found, (path, target)


def test_without_an_address_no_page_names_one(site: Path) -> None:
    edit(site / "events/site.yaml", "base_url: https://w.example.org/\n", "")
    found = made(site)

    assert not {"sitemap.xml", "robots.txt", "feeds.opml"} & found.keys()
    assert not [path for path in found if path.endswith(".png")]
    for path, data in found.items():
        if path.endswith(".html"):
            assert b"canonical" not in data
            assert b"w.example.org" not in data, path


def test_calendars_and_feeds_link_to_the_pages(site: Path) -> None:
    found = made(site)
    (event,) = (
        each
        for each in icalendar.Calendar.from_ical(found["data/fr/calendar.ics"]).walk("VEVENT")
        if each["SUMMARY"] == "Opening"
    )

    assert event["URL"] == "https://w.example.org/data/fr/sessions/opening.html"
    assert b"<link>https://w.example.org/data/</link>" in found["data/recordings.rss"]


# --- what they must not do ----------------------------------------------------------------------

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)> ' {{ 7 * 7 }} </title>"


class _Handlers(HTMLParser):
    """Collects what would run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self.found += [name for name in names if name.startswith("on") or name == "style"]
        if (
            tag == "script"
            and "src" not in names
            and names.get("type")
            not in (
                "application/json",
                "application/ld+json",
            )
        ):
            self.found.append("script")
        if tag in ("img", "iframe", "object", "embed"):
            self.found.append(tag)
        if (names.get("href") or "").lower().startswith("javascript:"):
            self.found.append("javascript:")


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    quoted = json.dumps(HOSTILE)
    event_file = f"""\
title: {quoted}
summary: {quoted}
organizers: [{quoted}]
timezone: UTC
time: 13:00–14:00
platform: {quoted}
topics: [{quoted}]
sessions:
  - id: one
    date: 2027-01-01
    title: {quoted}
    summary: "[x](javascript:alert(1)) {HOSTILE.replace('"', "'")}"
    join: {{url: "https://meet.example.org/1", audience: public}}
    talks: [{{title: {quoted}, summary: {quoted}, speakers: [{{name: {quoted}, role: {quoted}}}]}}]
    recording: {{url: "https://v.example.org/1", title: {quoted}}}
"""
    spread_out(
        tmp_path,
        {
            "events/site.yaml": SITE.replace("Our webinars", f"{quoted}"),
            "events/a.yaml": event_file,
        },
    )

    for path, data in made(tmp_path).items():
        if path.endswith(".html"):
            looking = _Handlers()
            looking.feed(data.decode())
            assert looking.found == [], path
            assert b"49" not in re.findall(rb"<h1>(.*?)</h1>", data, re.DOTALL)[0]


def test_the_policy_lets_nothing_in_but_own_files_and_the_media_of_a_page(site: Path) -> None:
    edit(
        site / "events/open-science.yaml",
        "recording: https://video.example.org/preprints",
        "recordings:\n"
        "      - {id: a, url: 'https://media.example.org/a.mp4'}\n"
        "      - {id: b, url: 'https://youtu.be/abcdefghijk'}",
    )
    found = made(site)
    policies = {
        path: next(
            each.get("content") or ""
            for each in every(html(data), "meta")
            if each.get("http-equiv") == "Content-Security-Policy"
        )
        for path, data in found.items()
        if path.endswith(".html")
    }

    own = policies.pop("open-science/sessions/preprints.html")
    assert "media-src 'self' https://media.example.org;" in own
    assert "frame-src https://www.youtube-nocookie.com;" in own
    assert not [each for each in policies.values() if "unsafe" in each or "frame" in each]
    assert {"http" in each for path, each in policies.items() if path[:4] != "data"} == {False}


# --- templates of the site's own ----------------------------------------------------------------


def own(site: Path, name: str, data: str) -> Path:
    """A template of the site's own."""
    path = site / "events/templates" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(data)
    return path


def test_a_template_of_the_sites_own_replaces_ours_alone(site: Path) -> None:
    build(site)
    before = published(site)
    own(site, "site.html", '{% extends "base.html" %}{% block main %}<h1>Mine</h1>{% endblock %}')
    own(site, "style.css", "body { color: red }")
    own(site, "logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")

    built = build(site)
    after = published(site)

    changed = {path for path in after if after[path] != before.get(path)}
    files = ("index.html", "assets/style.css", "assets/logo.svg")
    assert changed == {f"output/{each}" for each in files}
    assert built.committed is not None
    assert set(built.committed.written) == {*files, "manifest.json"}
    assert b"<h1>Mine</h1>" in after["output/index.html"]
    listed = json.loads((site / "output/manifest.json").read_bytes())["artifacts"]
    assert listed["assets/logo.svg"]["media_type"] == "image/svg+xml"


def test_a_template_that_was_changed_or_removed_changes_its_pages(site: Path) -> None:
    path = own(site, "404.html", "one")
    page = site / "output/404.html"
    build(site)
    first = page.read_text()
    path.write_text("two")
    build(site)
    second = page.read_text()
    path.unlink()
    build(site)

    assert (first, second) == ("one", "two")
    assert page.read_bytes() == made(site)["404.html"]


@pytest.mark.parametrize(
    ("template", "line", "why"),
    [
        ("fine\n{% if %}", 2, "Expected an expression"),
        ("fine\nfine\n{{ page.nothing }}", 3, "has no attribute 'nothing'"),
        ("{{ nobody }}", 1, "'nobody' is undefined"),
        ("\n{{ 1 / 0 }}", 2, "division by zero"),
        ("{% extends 'none.html' %}", 1, "none.html"),
    ],
)
def test_a_template_that_cannot_be_used_is_said_with_its_line(
    site: Path, template: str, line: int, why: str
) -> None:
    before = made(site)
    own(site, "series.html", template)

    with pytest.raises(Refused) as refused:
        build(site)

    (said,) = refused.value.diagnostics
    assert (said.code, Path(said.location.file).name, said.location.line) == (
        "WF804",
        "series.html",
        line,
    )
    assert why in said.message
    output = site / "output"
    assert {path: (output / path).read_bytes() for path in before} == before


def test_a_template_that_is_no_utf_8_is_said(site: Path) -> None:
    own(site, "404.html", "").write_bytes(b"\xff")

    with pytest.raises(Refused, match="it is not UTF-8"):
        build(site)


# --- recordings ---------------------------------------------------------------------------------


FILMS = """\
title: Films
timezone: Europe/Berlin
time: 13:00–14:00
sessions:
  - id: first
    date: 2027-01-11
    title: The first
    recording:
      url: https://media.example.org/first.mp4
      media_type: video/mp4
      size: 5
      duration: 1h4m
      language: fr
      poster: https://w.example.org/assets/first.jpg
      captions: https://media.example.org/first.vtt
      transcript: https://media.example.org/first.html
      chapters: [{start: 0:00, title: Welcome}, {start: 1:02:30, title: "<Questions>"}]
  - id: second
    date: 2027-01-12
    title: The second
    recording: {url: "https://youtu.be/abcdefghijk", poster: "https://i.example.net/2.jpg"}
  - {id: third, date: 2027-01-13, title: The third, recording: announced}
"""


@pytest.fixture
def films(tmp_path: Path) -> dict[str, bytes]:
    spread_out(tmp_path, {"events/site.yaml": SITE, "events/films.yaml": FILMS})
    return made(tmp_path)


def test_a_recording_is_shown_with_all_that_is_known_of_it(films: dict[str, bytes]) -> None:
    page = html(films["films/sessions/first.html"])
    (film,) = every(page, "video")
    chapters = [each for each in every(page, "ol") if each.get("class") == "chapters"]
    links = {text(each): each.get("href") for each in every(page, "a")}

    assert film.get("poster") == "../../assets/first.jpg"
    assert film.get("preload") == "none"
    assert [text(each) for each in chapters[0]] == ["0:00 Welcome", "1:02:30 <Questions>"]
    assert [each.get("data-at") for each in classed(chapters[0], "at")] == ["0", "3750"]
    assert links["Transcript"] == "https://media.example.org/first.html"
    assert links["Captions"] == "https://media.example.org/first.vtt"


@pytest.mark.parametrize(
    ("host", "wanted"), [("media.example.org", []), ("w.example.org", ["../../first.vtt"])]
)
def test_captions_are_in_the_film_where_browsers_show_them(
    tmp_path: Path, host: str, wanted: list[str]
) -> None:
    series = FILMS.replace("https://media.example.org/first.vtt", f"https://{host}/first.vtt")
    spread_out(tmp_path, {"events/site.yaml": SITE, "events/films.yaml": series})
    page = html(made(tmp_path)["films/sessions/first.html"])

    assert [each.get("src") for each in every(page, "track")] == wanted
    assert [each.get("srclang") for each in every(page, "track")] == ["fr"] * len(wanted)
    links = {text(each): each.get("href") for each in every(page, "a")}
    assert links["Captions"] == f"https://{host}/first.vtt"


def test_who_will_be_asked_for_a_film_is_said_before(films: dict[str, bytes]) -> None:
    notes = {
        name: [text(each) for each in classed(html(films[f"films/sessions/{name}.html"]), "note")]
        for name in ("first", "second", "third")
    }

    assert notes == {
        "first": [],
        "second": ["Nothing is loaded from YouTube before you choose to play."],
        "third": [],
    }


def test_an_image_of_others_is_not_asked_for(films: dict[str, bytes]) -> None:
    """W11: only what lies on the site itself is an image of a page."""
    for path, data in films.items():
        if path.endswith(".html"):
            assert b"i.example.net" not in data.partition(b"<body")[2], path


def test_a_series_has_a_gallery_of_what_can_be_watched(films: dict[str, bytes]) -> None:
    page = html(films["films/index.html"])
    (gallery,) = [each for each in every(page, "section") if each.get("class") == "gallery"]

    assert [each.get("href") for each in every(gallery, "a")] == [
        *("sessions/second.html#recordings", "sessions/first.html#recordings"),
        "../recordings.html",
    ]
    assert [each.get("src") for each in every(gallery, "img")] == ["../assets/first.jpg"]
    assert text(next(every(gallery, "p"))) == "1 h 4 min · French · Captions · Transcript"


def test_a_series_whose_recordings_are_only_announced_has_no_gallery(tmp_path: Path) -> None:
    announced = FILMS[: FILMS.index("  - id: first")] + FILMS[FILMS.index("  - {id: third") :]
    spread_out(tmp_path, {"events/site.yaml": SITE, "events/films.yaml": announced})
    page = html(made(tmp_path)["films/index.html"])

    assert "gallery" not in [each.get("class") for each in every(page, "section")]


# --- languages ----------------------------------------------------------------------------------


def test_a_text_that_is_not_in_the_language_of_the_page_says_so(site: Path) -> None:
    """WCAG 3.1.2: what is given in one language alone is marked on the pages of the others."""
    edit(site / "events/data.yaml", "title: Opening\n", "title: {en: Opening, fr: Ouverture}\n")
    found = made(site)
    english, french = (html(found[f"data/{each}index.html"]) for each in ("", "fr/"))
    titles = [next(every(each, "a")) for each in every(french, "h3")]

    assert [(text(each), each.get("lang")) for each in titles] == [
        *(("Ouverture", None), ("Closing", "en")),
    ]
    assert [next(every(each, "a")).get("lang") for each in every(english, "h3")] == [None, None]
    assert next(every(french, "a")).get("href") == "#main"
    (trail, *_) = [each for each in every(french, "a") if text(each) == "Our webinars"]
    assert trail.get("lang") == "en"


HEBREW = """\
title: סדרה על למידה
summary: שיחות על **למידה**.
language: he
timezone: Asia/Jerusalem
time: 13:00–14:00
sessions:
  - id: one
    date: 2027-01-11
    title: פתיחה
    talks: [{title: מבוא, speakers: [{name: Noa Levi, role: ספרנית}]}]
    recording: {url: "https://v.example.org/1", chapters: [{start: 0:00, title: התחלה}]}
"""


def test_a_series_in_a_language_without_a_catalogue_is_marked_on_an_english_page(
    tmp_path: Path,
) -> None:
    """WCAG 3.1.1, 3.1.2: neither is read out as if it were the other, and each runs its own way."""
    spread_out(tmp_path, {"events/site.yaml": SITE, "events/learning.yaml": HEBREW})
    found = made(tmp_path)
    marked = {}
    for path in ("learning/index.html", "learning/sessions/one.html", "index.html"):
        page = html(found[path])
        assert (page.get("lang"), page.get("dir")) == ("en", "ltr")
        body = next(every(page, "body"))
        marked[path] = [text(each) for each in body.iter() if each.get("lang") == "he"]
        hebrew = [each for each in body.iter() if re.match("[א-ת]", (each.text or "").strip())]
        assert hebrew
        inside = {id(each) for one in body.iter() if one.get("lang") == "he" for each in one.iter()}
        assert [text(each) for each in hebrew if id(each) not in inside] == []
        assert {each.get("dir") for each in body.iter() if each.get("lang")} == {"auto"}

    assert "Subscribe to all series" in text(html(found["index.html"]))
    assert marked["learning/index.html"] == [
        *("סדרה על למידה", "שיחות על למידה.", "פתיחה", "פתיחה", "פתיחה", "פתיחה"),
    ]


def test_a_series_in_a_variety_of_a_language_has_a_page_in_it(tmp_path: Path) -> None:
    series = HEBREW.replace("language: he", "language: fr-CA")
    spread_out(tmp_path, {"events/site.yaml": SITE, "events/learning.yaml": series})
    page = html(made(tmp_path)["learning/index.html"])

    assert page.get("lang") == "fr-CA"
    assert [each.get("lang") for each in every(page, "h1")] == [None]
    assert "S’abonner" in text(page)
