"""JSON-LD: what other programs read of a page is what the calendar says (W1–W4)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import extruct
import html5lib
import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webinar_feeds import ledger, timezones
from webinar_feeds.model import (
    Audience,
    Change,
    Entry,
    Form,
    Join,
    MediaFile,
    Organizer,
    Publication,
    Recording,
    RecordingRevision,
    Revision,
    Scope,
    Series,
    Session,
    Site,
    Speaker,
    Status,
    Talk,
    Told,
)
from webinar_feeds.rendering import calendar
from webinar_feeds.rendering.pages import jsonld

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
NOON = datetime(2020, 6, 17, 11, tzinfo=UTC)
DAY = timedelta(days=1)
FOLDER = "https://w.example.org/open-science/"
EVENT = {
    "@type": "EducationEvent",
    "@id": f"{FOLDER}sessions/one.html#event",
    "name": "Inclusion",
    "startDate": "2020-06-17T13:00:00+02:00",
}


def session(start: datetime = NOON, zone: str = "Europe/Berlin", **how: Any) -> Session:
    held: dict[str, Any] = {
        "id": "one",
        "title": "Inclusion",
        "start": timezones.at(start, zone),
        "end": timezones.at(start + timedelta(minutes=90), zone),
        "zone": zone,
        "form": Form.ZONED,
        "written": "13:00–14:30",
    }
    return Session(**(held | how))


def entry(
    *changes: Change, series: dict[str, Any] | None = None, uploaded: bool = True, **how: Any
) -> Entry:
    one = session(**how)
    held = Series("open-science", "Open science", "en", (one,), **(series or {}))
    lives = {each.id: RecordingRevision("urn", NOW, NOW) for each in one.recordings if uploaded}
    return Entry(held, one, Revision("uid", 0, NOON, NOON, lives, changes))


def moved(*starts: datetime, zone: str = "Europe/Berlin") -> tuple[Change, ...]:
    """The changes of a session that was told to begin at one time after the other."""
    told = [Told("Inclusion", each, each, zone, Status.CONFIRMED) for each in starts]
    return tuple(Change(NOW, 1, *pair) for pair in pairwise(told))


def read(*nodes: jsonld.Node) -> Any:
    """What an independent reader of pages finds of some nodes on one."""
    page = f'<!doctype html><script type="application/ld+json">{jsonld.dump(*nodes)}</script>'
    (found,) = extruct.extract(page, syntaxes=["json-ld"])["json-ld"]
    assert found.pop("@context") == "https://schema.org"
    return found


# --------------------------------------------------------------------------------------- sessions


def test_a_session_is_told_as_far_as_it_is_known() -> None:
    told = entry(
        series={"organizers": (Organizer("The Library", "https://lib.example"), Organizer("Us"))},
        summary="Why *share*?",
        platform="Zoom",
        languages=("en", "fr"),
        topics=("preprints",),
        talks=(
            Talk(
                "Posting",
                (
                    Speaker("Ana Lima", "Dr", "Biologist", "University of Lisbon", "Lisbon"),
                    Speaker("Bo Ek"),
                ),
            ),
            Talk("Questions", (Speaker("Ana Lima"),)),
        ),
        join=Join("https://join.example/1", Audience.PUBLIC),
    )

    speakers = {"Bo Ek": "https://w.example.org/speakers/bo-ek/"}
    image = f"{FOLDER}sessions/one.png"
    assert read(jsonld.event(told, FOLDER, image=image, speakers=speakers)) == {
        **EVENT,
        "endDate": "2020-06-17T14:30:00+02:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
        "location": {"@type": "VirtualLocation", "name": "Zoom", "url": "https://join.example/1"},
        "url": f"{FOLDER}sessions/one.html",
        "description": "Why share?",
        "image": image,
        "inLanguage": ["en", "fr"],
        "keywords": ["preprints"],
        "organizer": [
            {"@type": "Organization", "name": "The Library", "url": "https://lib.example"},
            {"@type": "Organization", "name": "Us"},
        ],
        "performer": [
            {
                "@type": "Person",
                "name": "Ana Lima",
                "honorificPrefix": "Dr",
                "jobTitle": "Biologist",
                "affiliation": {"@type": "Organization", "name": "University of Lisbon"},
            },
            {
                "@type": "Person",
                "@id": "https://w.example.org/speakers/bo-ek/#person",
                "name": "Bo Ek",
                "url": "https://w.example.org/speakers/bo-ek/",
            },
        ],
        "superEvent": {
            "@type": "EventSeries",
            "@id": f"{FOLDER}#series",
            "name": "Open science",
            "url": FOLDER,
        },
    }


def test_what_nobody_has_said_is_not_said() -> None:
    assert read(jsonld.event(entry(), None)) == {
        "@type": "EducationEvent",
        "name": "Inclusion",
        "startDate": "2020-06-17T13:00:00+02:00",
        "endDate": "2020-06-17T14:30:00+02:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
        "superEvent": {"@type": "EventSeries", "name": "Open science"},
    }


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/St_Johns", "Asia/Kolkata", "Australia/Melbourne", "UTC"]
)
@pytest.mark.parametrize(
    "start",
    [
        datetime(2020, 3, 29, 0, 30, tzinfo=UTC),  # Berlin's clock jumps half an hour later
        datetime(2020, 10, 25, 0, 15, tzinfo=UTC),  # and is turned back while this one is on
        datetime(2020, 12, 31, 23, 0, tzinfo=UTC),
        NOON,
    ],
)
def test_dates_are_the_instants_of_the_invite_on_the_sessions_own_clock(
    zone: str, start: datetime
) -> None:
    one = session(start, zone)
    one = replace(one, form=timezones.form(one.start, one.end, zone))
    series = Series("open-science", "Open science", "en", (one,))
    publication = ledger.revise(series, Site(), None, NOW)[0]
    invite = next(
        each.read() for each in calendar.render(publication, Site()) if "/invites/" in each.path
    )
    (event,) = icalendar.Calendar.from_ical(invite).walk("VEVENT")

    node = read(jsonld.event(publication.entries[0], FOLDER))
    begins, ends = (datetime.fromisoformat(node[name]) for name in ("startDate", "endDate"))
    assert (begins, ends) == (event.decoded("dtstart"), event.decoded("dtend"))
    assert (begins.utcoffset(), ends.utcoffset()) == (one.start.utcoffset(), one.end.utcoffset())


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (Status.CONFIRMED, "EventScheduled"),
        (Status.TENTATIVE, "EventScheduled"),
        (Status.CANCELLED, "EventCancelled"),
        (Status.POSTPONED, "EventPostponed"),
    ],
)
def test_a_status_is_told_and_the_date_kept(status: Status, told: str) -> None:
    node = read(jsonld.event(entry(status=status), FOLDER))

    assert node["eventStatus"] == f"https://schema.org/{told}"
    assert node["startDate"] == "2020-06-17T13:00:00+02:00"
    assert node["name"] == "Inclusion"


@pytest.mark.parametrize(
    ("starts", "before"),
    [
        ([NOON - DAY, NOON], ["2020-06-16T13:00:00+02:00"]),
        (
            [NOON - 100 * DAY, NOON - DAY, NOON - 100 * DAY, NOON],
            ["2020-03-09T12:00:00+01:00", "2020-06-16T13:00:00+02:00"],
        ),
        ([NOON, NOON + DAY, NOON], ["2020-06-18T13:00:00+02:00"]),
    ],
)
def test_a_session_that_moved_is_rescheduled_from_every_date_that_it_had(
    starts: list[datetime], before: list[str]
) -> None:
    node = read(jsonld.event(entry(*moved(*starts)), FOLDER))

    assert node["eventStatus"] == "https://schema.org/EventRescheduled"
    assert node["previousStartDate"] == before
    assert node["startDate"] == "2020-06-17T13:00:00+02:00"


def test_an_earlier_date_is_told_on_the_clock_that_it_was_told_on() -> None:
    changes = moved(NOON - DAY, NOON, zone="Asia/Kolkata")

    node = read(jsonld.event(entry(*changes), FOLDER))
    assert node["previousStartDate"] == ["2020-06-16T16:30:00+05:30"]


def test_other_changes_make_no_new_date() -> None:
    before = Told("Inclusoin", NOON, NOON + DAY, "Europe/Berlin", Status.POSTPONED)
    after = before._replace(title="Inclusion", end=NOON, status=Status.CONFIRMED)

    node = read(jsonld.event(entry(Change(NOW, 1, before, after)), FOLDER))
    assert node["eventStatus"] == "https://schema.org/EventScheduled"
    assert "previousStartDate" not in node


def test_a_session_that_moved_and_was_then_cancelled_is_cancelled() -> None:
    node = read(jsonld.event(entry(*moved(NOON - DAY, NOON), status=Status.CANCELLED), FOLDER))

    assert node["eventStatus"] == "https://schema.org/EventCancelled"
    assert "previousStartDate" not in node


JOIN = Join("https://join.example/1", Audience.PUBLIC)


@pytest.mark.parametrize(
    ("how", "page", "url"),
    [
        ({"join": JOIN, "registration": "https://r.example/"}, None, "https://join.example/1"),
        (
            {"join": Join("https://secret.example/", Audience.REGISTERED), "page": "https://p/"},
            "https://series.example/",
            "https://p/",
        ),
        (
            {"join": Join("https://secret.example/", Audience.HOSTS), "registration": "https://r/"},
            "https://series.example/",
            "https://r/",
        ),
        ({}, "https://series.example/", "https://series.example/"),
        ({}, None, f"{FOLDER}sessions/one.html"),
        (
            {"join": JOIN, "registration": "https://r/", "status": Status.CANCELLED},
            "https://series.example/",
            "https://series.example/",
        ),
    ],
)
def test_a_session_is_where_everybody_may_go(
    how: dict[str, Any], page: str | None, url: str
) -> None:
    told = entry(series={"page": page}, **how)

    assert read(jsonld.event(told, FOLDER))["location"] == {"@type": "VirtualLocation", "url": url}
    assert "secret" not in jsonld.dump(jsonld.event(told, FOLDER))


def test_where_the_site_is_not_known_the_organisers_page_is_the_sessions() -> None:
    node = read(jsonld.event(entry(page="https://organiser.example/one"), None))

    assert node["url"] == "https://organiser.example/one"
    assert "@id" not in json.dumps(node)


# ----------------------------------------------------------------------------------------- series


def publication(*entries: Entry, **how: Any) -> Publication:
    title = "Open science"
    return Publication(Scope.SERIES, "open-science", "uid", title, "en", entries, NOW, **how)


def test_a_series_names_its_sessions() -> None:
    told = publication(
        entry(),
        entry(id="two", title="Data"),
        summary="Short *talks*.",
        organizers=(Organizer("The Library"),),
    )

    assert read(jsonld.series(told, FOLDER, image=f"{FOLDER}image.png")) == {
        "@type": "EventSeries",
        "@id": f"{FOLDER}#series",
        "name": "Open science",
        "url": FOLDER,
        "description": "Short talks.",
        "image": f"{FOLDER}image.png",
        "organizer": [{"@type": "Organization", "name": "The Library"}],
        "subEvent": [
            EVENT,
            EVENT | {"@id": f"{FOLDER}sessions/two.html#event", "name": "Data"},
        ],
    }


def test_a_series_without_an_address_has_no_names_of_its_own() -> None:
    told = publication(entry(), page="https://organiser.example/")

    assert read(jsonld.series(told, None)) == {
        "@type": "EventSeries",
        "name": "Open science",
        "url": "https://organiser.example/",
        "subEvent": [{name: told for name, told in EVENT.items() if name != "@id"}],
    }


def test_a_page_of_a_long_series_names_its_own_sessions() -> None:
    one, two = entry(), entry(id="two")
    told = publication(one, two)

    nodes = read(jsonld.series(told, FOLDER, entries=[two]))["subEvent"]
    assert nodes == [EVENT | {"@id": f"{FOLDER}sessions/two.html#event"}]
    assert read(jsonld.series(told, FOLDER, entries=[])).keys() == {"@type", "@id", "name", "url"}


def test_what_a_series_names_is_what_its_sessions_pages_tell() -> None:
    told = entry()

    (named,) = read(jsonld.series(publication(told), FOLDER))["subEvent"]
    page = read(jsonld.event(told, FOLDER))
    assert {name: page[name] for name in named} == named
    assert page["superEvent"]["@id"] == read(jsonld.series(publication(told), FOLDER))["@id"]


# ------------------------------------------------------------------------------------- recordings


FILM = MediaFile("https://m.example/1.mp4", "video/mp4", 12)
SOUND = MediaFile("https://m.example/1.mp3", "audio/mpeg")
POSTER = "https://m.example/1.jpg"


def recorded(*recordings: Recording, **how: Any) -> list[Any]:
    told = entry(recordings=recordings, **how)
    return [read(each) for each in jsonld.videos(told, FOLDER)]


def test_a_film_of_our_own_is_told_with_its_file() -> None:
    recording = Recording(
        "main",
        url="https://v.example/1",
        language="en",
        duration=timedelta(minutes=88, seconds=5),
        files=(SOUND, FILM),
        captions="https://m.example/1.vtt",
        poster=POSTER,
    )

    assert recorded(recording) == [
        {
            "@type": "VideoObject",
            "name": "Inclusion",
            "description": "Recording of the session of Wednesday 17 June 2020",
            "thumbnailUrl": POSTER,
            "uploadDate": "2026-12-01T08:00:00+00:00",
            "duration": "PT1H28M5S",
            "contentUrl": "https://m.example/1.mp4",
            "encodingFormat": "video/mp4",
            "url": "https://v.example/1",
            "inLanguage": "en",
            "caption": {"@type": "MediaObject", "contentUrl": "https://m.example/1.vtt"},
            "recordedAt": EVENT,
        }
    ]


def test_a_film_elsewhere_is_told_with_its_player() -> None:
    recording = Recording("main", url="https://youtu.be/dQw4w9WgXcQ", title="Film", poster=POSTER)

    assert recorded(recording, summary="*Why*?") == [
        {
            "@type": "VideoObject",
            "name": "Film",
            "description": "Why?",
            "thumbnailUrl": POSTER,
            "uploadDate": "2026-12-01T08:00:00+00:00",
            "embedUrl": "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
            "url": "https://youtu.be/dQw4w9WgXcQ",
            "recordedAt": EVENT,
        }
    ]


def test_a_recording_without_pictures_is_no_video() -> None:
    (node,) = recorded(Recording("main", files=(SOUND,), poster=POSTER))

    assert (node["@type"], node["contentUrl"]) == ("AudioObject", "https://m.example/1.mp3")


def test_several_recordings_are_told_apart() -> None:
    recordings = (
        Recording("a", title="Talk", files=(FILM,), poster=POSTER),
        Recording("b", language="fr", files=(FILM,), poster=POSTER),
        Recording("c", files=(FILM,), poster=POSTER),
    )

    names = [each["name"] for each in recorded(*recordings)]
    assert names == ["Inclusion (Talk)", "Inclusion (fr)", "Inclusion (c)"]


@pytest.mark.parametrize(
    "recording",
    [
        Recording("main", files=(FILM,)),  # no picture
        Recording("main", poster=POSTER),  # announced, no more
        Recording("main", url="https://elsewhere.example/1", poster=POSTER),  # film or sound?
    ],
)
def test_a_recording_of_which_too_little_is_known_is_left_out(recording: Recording) -> None:
    assert recorded(recording) == []


def test_a_recording_is_as_old_as_it_was_told_or_else_as_it_says() -> None:
    recording = Recording("main", files=(FILM,), poster=POSTER)
    dated = replace(recording, published=timezones.at(NOON, "Europe/Berlin"))

    assert recorded(dated)[0]["uploadDate"] == "2026-12-01T08:00:00+00:00"
    assert recorded(dated, uploaded=False)[0]["uploadDate"] == "2020-06-17T13:00:00+02:00"
    assert recorded(recording, uploaded=False) == []


# --------------------------------------------------------------------------- speakers, breadcrumbs


def test_a_speakers_page_tells_who_they_are_and_where_they_speak() -> None:
    address = "https://w.example.org/speakers/ana-lima/"
    speaker = Speaker("Ana Lima", role="Biologist", city="Lisbon", zone="Europe/Lisbon")

    assert read(jsonld.person(speaker, address, [jsonld.mention(entry().session, FOLDER)])) == {
        "@type": "Person",
        "@id": f"{address}#person",
        "name": "Ana Lima",
        "jobTitle": "Biologist",
        "url": address,
        "performerIn": [EVENT],
    }


def test_breadcrumbs_count_from_the_first_page() -> None:
    trail = [("Our webinars", "https://w.example.org/"), ("Open science", None)]

    assert read(jsonld.breadcrumbs(trail)) == {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": 1,
                "name": "Our webinars",
                "item": "https://w.example.org/",
            },
            {"@type": "ListItem", "position": 2, "name": "Open science"},
        ],
    }


# ------------------------------------------------------------------------------------------- dump


def test_several_nodes_are_one_graph() -> None:
    trail = jsonld.breadcrumbs([("Here", None)])

    assert read(jsonld.event(entry(), None), trail) == {
        "@graph": [jsonld.event(entry(), None), trail]
    }


def test_nothing_in_a_text_can_end_the_script() -> None:
    hostile = "</script><!--<script>&amp;]]>\u2028\u2029\"\\'"
    text = jsonld.dump({"name": hostile})

    assert text == (
        '{"@context":"https://schema.org","name":"\\u003c/script\\u003e\\u003c!--\\u003cscript'
        '\\u003e\\u0026amp;]]\\u003e\\u2028\\u2029\\"\\\\\'"}'
    )
    assert read({"name": hostile}) == {"name": hostile}


HOSTILE = st.text(
    st.one_of(st.sampled_from("<>&/!-\"'\\\u2028\u2029\n{}[]"), st.characters()), max_size=40
) | st.sampled_from(["</script>", "<!--", "-->", "]]>", "<script", "&lt;"])
VALUES = st.recursive(
    HOSTILE | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False).map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(HOSTILE, VALUES, max_size=4))
def test_whatever_is_said_comes_back_as_it_was(node: dict[str, Any]) -> None:
    text = jsonld.dump(node)

    assert set("<>&\u2028\u2029") & set(text) == set()
    assert json.loads(text) == {"@context": "https://schema.org"} | node


@given(HOSTILE)
def test_a_browser_finds_one_script_whatever_is_said_in_it(text: str) -> None:
    said = jsonld.dump({"name": text})
    page = f'<!doctype html><script type="application/ld+json">{said}</script>'

    tree = html5lib.parse(page, namespaceHTMLElements=False)
    names = [each.tag for each in tree.iter()]
    assert names == ["html", "head", "script", "body"]
    assert json.loads(tree.find("head/script").text)["name"] == text


@pytest.mark.parametrize(
    "hostile", ["</script><script>alert(1)</script>", '"><img src=x onerror=x>']
)
def test_hostile_texts_stay_texts(hostile: str) -> None:
    told = entry(
        series={"organizers": (Organizer(hostile),)},
        title=hostile,
        platform=hostile,
        page="https://p.example/",
        topics=(hostile,),
        talks=(Talk(hostile, (Speaker(hostile, hostile, hostile, hostile),)),),
    )

    node = read(jsonld.event(told, FOLDER), jsonld.breadcrumbs([(hostile, None)]))
    event, trail = node["@graph"]
    assert event["name"] == event["location"]["name"] == hostile
    assert event["organizer"][0]["name"] == event["performer"][0]["name"] == hostile
    assert trail["itemListElement"][0]["name"] == hostile
