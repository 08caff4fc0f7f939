from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from webinar_feeds import ledger
from webinar_feeds.model import (
    Chapter,
    Form,
    MediaFile,
    Organizer,
    Publication,
    Recording,
    Series,
    Session,
    Site,
    Speaker,
    Status,
    Talk,
)
from webinar_feeds.rendering import feeds

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
SITE = Site(title="Our webinars", base_url="https://webinars.example.org/")
DC = "{http://purl.org/dc/elements/1.1/}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
MEDIA = "{http://search.yahoo.com/mrss/}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"
ATOM = "{http://www.w3.org/2005/Atom}"


def session(identifier: str = "one", **how: Any) -> Session:
    start = datetime(2027, 1, 14, 11, 30, tzinfo=UTC)
    held: dict[str, Any] = {
        "id": identifier,
        "title": f"Session {identifier}",
        "start": start,
        "end": start + timedelta(minutes=45),
        "zone": "UTC",
        "form": Form.UTC,
        "written": "11:30–12:15 UTC",
        "talks": (Talk("A talk", (Speaker("Ana Lima", role="Biologist"),)),),
        "topics": ("preprints",),
        "recordings": (Recording("recording", "https://video.example.org/1"),),
    }
    return Session(**(held | how))


def series(*sessions: Session, **how: Any) -> Series:
    held: dict[str, Any] = {
        "id": "open-science",
        "title": "Open science",
        "language": "en",
        "sessions": sessions or (session(),),
        "page": "https://www.example.org/open-science",
        "organizers": (Organizer("The Library"),),
    }
    return Series(**(held | how))


def published(
    told: Series, past: ledger.Ledger | None = None, now: datetime = NOW, site: Site = SITE
) -> tuple[Publication, ledger.Ledger]:
    return ledger.revise(told, site, past, now)[:2][:2]


def written(publication: Publication, site: Site = SITE) -> dict[str, bytes]:
    drawn = feeds.render(publication, site)
    return {
        each.path.rpartition(".")[2]: each.read() for each in drawn if "recordings." in each.path
    }


def written_of(told: Series, site: Site = SITE, now: datetime = NOW) -> dict[str, bytes]:
    return written(published(told, now=now, site=site)[0], site)


def in_rss(data: bytes) -> list[dict[str, Any]]:
    return [
        {
            "id": item.findtext("guid"),
            "title": item.findtext("title"),
            "link": item.findtext("link"),
            "html": item.findtext("{http://purl.org/rss/1.0/modules/content/}encoded"),
            "published": parsedate_to_datetime(item.findtext("pubDate")),
            "authors": [each.text for each in item.findall(f"{DC}creator")],
            "topics": [each.text for each in item.findall("category")],
        }
        for item in etree.fromstring(data).iter("item")
    ]


def in_atom(data: bytes) -> list[dict[str, Any]]:
    found = []
    for entry in etree.fromstring(data).iter(f"{ATOM}entry"):
        links = {each.get("rel"): each.get("href") for each in entry.findall(f"{ATOM}link")}
        found.append(
            {
                "id": entry.findtext(f"{ATOM}id"),
                "title": entry.findtext(f"{ATOM}title"),
                "link": links.get("alternate"),
                "html": entry.findtext(f"{ATOM}content"),
                "published": datetime.fromisoformat(entry.findtext(f"{ATOM}published")),
                "authors": [each.text for each in entry.findall(f"{ATOM}author/{ATOM}name")],
                "topics": [each.get("term") for each in entry.findall(f"{ATOM}category")],
            }
        )
    return found


def in_json(data: bytes) -> list[dict[str, Any]]:
    return [
        {
            "id": item["id"],
            "title": item["title"],
            "link": item.get("url"),
            "html": item["content_html"],
            "published": datetime.fromisoformat(item["date_published"]),
            "authors": [each["name"] for each in item.get("authors", [])],
            "topics": item.get("tags", []),
        }
        for item in json.loads(data)["items"]
    ]


def test_all_three_hold_the_same_items_newest_first() -> None:
    told = series(
        session("one", recordings=(Recording("recording", "https://v.example.org/1"),)),
        session(
            "two",
            recordings=(
                Recording("recording", "https://v.example.org/2", published=NOW - timedelta(5)),
            ),
        ),
        session("three", recordings=(Recording("recording"),)),
    )
    files = written_of(told)

    assert in_rss(files["rss"]) == in_atom(files["atom"]) == in_json(files["json"])
    # What was published now comes before what was published five days ago.
    assert [each["title"] for each in in_json(files["json"])][-1] == "Session two"


def test_paths_and_media_types_are_those_of_the_reference() -> None:
    one, _ = published(series())
    site_wide = replace(one, path="")

    assert [(each.path, each.media_type) for each in feeds.render(one, SITE)] == [
        ("open-science/recordings.rss", "application/rss+xml"),
        ("open-science/recordings.atom", "application/atom+xml"),
        ("open-science/recordings.json", "application/feed+json"),
        ("open-science/changes.atom", "application/atom+xml"),
    ]
    assert next(iter(feeds.render(site_wide, SITE))).path == "recordings.rss"


def test_an_id_survives_a_new_title_a_new_upload_and_a_new_host() -> None:
    first, past = published(series())
    moved = Site(base_url="https://elsewhere.example.net/")
    again = series(
        session(title="Renamed", recordings=(Recording("recording", "https://new.example.net/9"),)),
        title="Another name",
    )

    second, _ = published(again, past, NOW + timedelta(days=9), moved)

    before, after = (in_json(written(each)["json"])[0] for each in (first, second))
    assert after["id"] == before["id"]
    assert after["published"] == before["published"]
    assert after["link"] == "https://new.example.net/9"


def test_an_announced_recording_links_to_the_page_and_later_becomes_the_real_one() -> None:
    told = series(session(recordings=(Recording("recording"),)))
    first, past = published(told)
    real = series(session(recordings=(Recording("recording", "https://video.example.org/1"),)))

    second, _ = published(real, past, NOW + timedelta(days=3))

    announced, found = (written(each) for each in (first, second))
    item = in_atom(announced["atom"])[0]
    assert item["link"] == "https://www.example.org/open-science"
    assert "its own address is not known yet" in item["html"]
    assert in_atom(found["atom"])[0]["id"] == item["id"]
    assert in_atom(found["atom"])[0]["published"] == item["published"]
    assert in_atom(found["atom"])[0]["link"] == "https://video.example.org/1"
    updated = [
        etree.fromstring(files["atom"]).findtext(f"{ATOM}entry/{ATOM}updated")
        for files in (announced, found)
    ]
    assert updated == ["2027-03-01T12:00:00+00:00", "2027-03-04T12:00:00+00:00"]


def test_no_upcoming_session_is_in_a_feed() -> None:
    files = written_of(series(), now=datetime(2027, 1, 14, 12, tzinfo=UTC))

    assert [in_rss(files["rss"]), in_atom(files["atom"]), in_json(files["json"])] == [[], [], []]


def test_a_recording_stays_when_its_cancelled_session_leaves_the_calendars() -> None:
    """The calendar entry that it led to is gone; all else is as it was."""
    _, past = published(series())
    off = series(session(status=Status.CANCELLED))
    shown, past = published(off, past, NOW + timedelta(days=1))
    left, _ = published(off, past, NOW + timedelta(days=40))

    assert (len(shown.entries), len(left.entries)) == (1, 0)
    ids = [[each["id"] for each in in_rss(written(found)["rss"])] for found in (shown, left)]
    assert ids[0] == ids[1] != []
    assert b"/invites/one.ics" in written(shown)["rss"]
    assert b"/invites/one.ics" not in written(left)["rss"]


def test_a_feed_without_items_is_whole() -> None:
    files = written_of(series(session(recordings=())))

    channel = etree.fromstring(files["rss"])[0]
    assert channel.findtext("title") == "Open science: recordings"
    assert channel.findtext("link") == "https://www.example.org/open-science"
    assert channel.findtext("lastBuildDate") == "Mon, 01 Mar 2027 12:00:00 +0000"
    assert not feedparser.parse(files["atom"]).bozo
    assert feedparser.parse(files["atom"]).feed.id.startswith("urn:uuid:")
    assert json.loads(files["json"])["items"] == []


def test_a_feed_knows_its_own_address_its_page_its_author_and_its_language() -> None:
    files = written_of(series())

    rss, atom = etree.fromstring(files["rss"])[0], etree.fromstring(files["atom"])
    own = rss.find(f"{ATOM}link")
    assert (own.get("rel"), own.get("type"), own.get("href")) == (
        "self",
        "application/rss+xml",
        "https://webinars.example.org/open-science/recordings.rss",
    )
    links = {each.get("rel"): dict(each.attrib) for each in atom.findall(f"{ATOM}link")}
    assert links["self"]["href"] == "https://webinars.example.org/open-science/recordings.atom"
    assert links["alternate"]["href"] == "https://www.example.org/open-science"
    assert atom.findtext(f"{ATOM}author/{ATOM}name") == "The Library"
    assert (rss.findtext("language"), atom.get("{http://www.w3.org/XML/1998/namespace}lang")) == (
        "en",
        "en",
    )
    document = json.loads(files["json"])
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["feed_url"] == "https://webinars.example.org/open-science/recordings.json"
    assert document["home_page_url"] == "https://www.example.org/open-science"


def test_where_no_address_is_known_none_is_made_up() -> None:
    told = series(session(recordings=(Recording("recording"),)), page=None, organizers=())
    files = written_of(told, Site())

    channel = etree.fromstring(files["rss"])[0]
    assert channel.findtext("link").startswith("urn:uuid:")
    assert channel.find(f"{ATOM}link") is None
    assert [each["link"] for each in in_rss(files["rss"])] == [None]
    assert etree.fromstring(files["atom"]).findall(f".//{ATOM}link") == []
    assert etree.fromstring(files["atom"]).findtext(f"{ATOM}author/{ATOM}name") == "Open science"
    assert b"http" not in files["json"].replace(b"https://jsonfeed.org/version/1.1", b"")


def test_several_files_of_one_recording_are_one_entry() -> None:
    video = MediaFile("https://m.example.org/1.mp4", "video/mp4", 1000)
    audio = MediaFile("https://m.example.org/1.mp3", "audio/mpeg")
    slides = MediaFile("https://m.example.org/1.pdf", "application/pdf", 30)
    recording = Recording(
        "recording", "https://v.example.org/1", files=(slides, video, audio),
        duration=timedelta(hours=1, minutes=28), captions="https://m.example.org/1.vtt",
        poster="https://m.example.org/1.jpg",
    )  # fmt: skip
    files = written_of(series(session(recordings=(recording,))))

    (item,) = etree.fromstring(files["rss"]).iter("item")
    assert [dict(each.attrib) for each in item.findall("enclosure")] == [
        {"url": video.url, "length": "1000", "type": "video/mp4"}
    ]
    assert [each.get("url") for each in item.iter(f"{MEDIA}content")] == [
        slides.url,
        video.url,
        audio.url,
    ]
    assert item.find(f"{MEDIA}thumbnail").get("url") == recording.poster
    assert dict(item.find(f"{PODCAST}transcript").attrib) == {
        "url": recording.captions,
        "type": "text/vtt",
    }
    assert item.findtext(f"{ITUNES}duration") == "5280"
    (entry,) = feedparser.parse(files["atom"]).entries
    assert [(each.href, each.type, each.get("length")) for each in entry.enclosures] == [
        (slides.url, "application/pdf", "30"),
        (video.url, "video/mp4", "1000"),
        (audio.url, "audio/mpeg", None),
    ]
    assert entry.link == "https://v.example.org/1"
    (told,) = json.loads(files["json"])["items"]
    assert told["attachments"][1] == {
        "url": video.url,
        "mime_type": "video/mp4",
        "size_in_bytes": 1000,
        "duration_in_seconds": 5280,
    }
    assert told["image"] == recording.poster


def test_an_unknown_length_is_zero_and_makes_no_podcast() -> None:
    file = MediaFile("https://m.example.org/1.mp4", "video/mp4")
    recording = Recording("recording", file.url, files=(file,))
    data = written_of(series(session(recordings=(recording,))))["rss"]

    assert etree.fromstring(data).find(".//enclosure").get("length") == "0"
    assert b"itunes" not in data


def test_podcast_fields_are_there_when_an_app_can_fetch_a_file() -> None:
    file = MediaFile("https://m.example.org/1.mp3", "audio/mpeg", 5)
    recording = Recording("recording", file.url, files=(file,))
    publication, _ = published(series(session(recordings=(recording,))))
    channel = etree.fromstring(written(publication)["rss"])[0]

    assert channel.findtext(f"{ITUNES}author") == "The Library"
    assert channel.findtext(f"{ITUNES}explicit") == "false"
    assert channel.findtext(f"{PODCAST}guid") == ledger.derived_uid(publication.uid, "recordings")


def test_only_namespaces_in_use_are_declared() -> None:
    files = written_of(series(session(talks=())))

    assert set(etree.fromstring(files["rss"]).nsmap) == {"atom", "content"}
    assert set(etree.fromstring(files["atom"]).nsmap) == {None}


def test_several_recordings_are_several_entries_told_apart_by_their_titles() -> None:
    told = series(
        session(
            recordings=(
                Recording("en", "https://v.example.org/en", title="English"),
                Recording("fr", "https://v.example.org/fr", language="fr"),
                Recording("raw", "https://v.example.org/raw"),
            )
        )
    )
    items = in_json(written_of(told)["json"])

    assert {each["title"] for each in items} == {
        "Session one (English)",
        "Session one (fr)",
        "Session one (raw)",
    }
    assert len({each["id"] for each in items}) == 3


def test_the_entry_leads_back_to_the_session() -> None:
    files = written_of(series())
    invite = "https://webinars.example.org/open-science/invites/one.ics"

    (entry,) = feedparser.parse(files["atom"]).entries
    related = [(each.href, each.type) for each in entry.links if each.rel == "related"]
    assert related == [(invite, "text/calendar")]
    assert f'href="{invite}"' in in_rss(files["rss"])[0]["html"]


def test_a_feed_holds_as_many_items_as_the_site_says() -> None:
    told = series(*(session(str(number)) for number in range(5)))
    site = replace(SITE, feed_length=3)

    assert len(in_atom(written_of(told, site)["atom"])) == 3


def test_markup_is_kept_where_it_is_safe_and_nowhere_else() -> None:
    hostile = "**bold** <script>alert(1)</script> [x](javascript:alert(1)) [y](https://e.example)"
    html = in_json(written_of(series(session(summary=hostile)))["json"])[0]["html"]

    assert "<strong>bold</strong>" in html
    assert '<a href="https://e.example" rel="noopener noreferrer">y</a>' in html
    assert "<script" not in html
    assert 'href="javascript' not in html


HOSTILE = [
    "</title><script>alert(1)</script>", "]]>", "&amp; & &lt;", "<![CDATA[x]]>", "🧑‍🏫 👩🏽‍💻",
    "שלום عالم", '"quotes" \'single\'', "%s {0} {title}", "é e\u0301",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_any_title_and_name_is_text_in_all_three(text: str) -> None:
    told = series(
        session(title=text, talks=(Talk(text, (Speaker(text),)),), topics=(text,)),
        title=text,
        organizers=(Organizer(text),),
    )
    files = written_of(told)

    for items in (in_rss(files["rss"]), in_atom(files["atom"]), in_json(files["json"])):
        assert [(each["title"], each["authors"], each["topics"]) for each in items] == [
            (text, [text], [text])
        ]
        assert "<script" not in items[0]["html"]
    assert json.loads(files["json"])["title"] == f"{text}: recordings"


@settings(max_examples=40, deadline=None)
@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=40
    ).map(str.strip).filter(bool)
)  # fmt: skip
def test_any_text_survives_in_all_three(text: str) -> None:
    files = written_of(series(session(title=text)))

    titles = [in_rss(files["rss"]), in_atom(files["atom"]), in_json(files["json"])]
    assert [each[0]["title"] for each in titles] == [text, text, text]


def test_chunks_give_the_same_bytes_every_time() -> None:
    for artifact in feeds.render(published(series())[0], SITE):
        assert artifact.read() == artifact.read()


def test_an_entry_has_the_chapters_and_what_there_is_to_read() -> None:
    film = Recording(
        "recording",
        "https://video.example.org/1",
        captions="https://media.example.org/1.vtt?a=1&b=2",
        transcript="https://www.example.org/1-transcript",
        chapters=(
            Chapter(timedelta(), "Welcome"),
            Chapter(timedelta(hours=1, minutes=2), "<b>Questions</b> & more"),
        ),
    )
    files = written(published(series(session(recordings=(film,))))[0])
    (read,) = json.loads(files["json"])["items"]
    page = etree.HTML(read["content_html"])

    assert [each.xpath("string()") for each in page.findall(".//li")][:2] == [
        *("0:00 Welcome", "1:02:00 <b>Questions</b> & more"),
    ]
    links = {each.xpath("string()"): each.get("href") for each in page.findall(".//a")}
    assert links["Transcript"] == "https://www.example.org/1-transcript"
    assert links["Captions"] == "https://media.example.org/1.vtt?a=1&b=2"


def test_an_entry_without_chapters_says_nothing_of_them() -> None:
    files = written(published(series())[0])

    assert not any(word in files["json"] for word in (b"Chapters", b"Transcript", b"Captions"))
