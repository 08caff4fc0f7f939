from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

import plain_build
from event_files import site_of, sound
from webinar_feeds import ledger, publications
from webinar_feeds.model import Organizer, Publication, Scope, Series, Site
from webinar_feeds.output import names
from webinar_feeds.site_ledger import SiteLedger

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
SITE_UID = "0f6e3660-d4f5-53a4-9ce9-a9a76c250c55"
SITE = Site(
    title="Our webinars", base_url="https://w.example.org/", publisher=Organizer("The Library")
)


def published(*told: Series, now: datetime = NOW) -> list[Publication]:
    return [ledger.revise(each, SITE, None, now)[0] for each in told]


def views_of(publications: list[Publication], site: Site = SITE) -> list[Publication]:
    return plain_build.with_views(publications, site, SiteLedger(SITE_UID, {}), NOW)[0]


def views(*told: Series, site: Site = SITE) -> list[Publication]:
    return views_of(published(*told), site)


def series(sessions: str, name: str = "open-science") -> Series:
    """A series whose sessions are told line by line: the id, the day, and more keys."""
    lines = [each.strip().split(" ", 2) for each in sessions.strip().splitlines()]
    body = "\n".join(
        f"  - {{id: {each[0]}, title: {each[0]}, date: {each[1]}"
        + (f", {each[2]}}}" if len(each) > 2 else "}")
        for each in lines
    )
    return sound(f"title: {name}\ntime: 13:00–14:00 UTC\nsessions:\n{body}", name=f"{name}.yaml")


def listed(found: list[Publication]) -> list[tuple[str, list[str]]]:
    """Each publication's path and the ids of its sessions."""
    return [(each.path, [entry.session.id for entry in each.entries]) for each in found]


def test_nothing_is_published_of_no_series() -> None:
    assert views() == []


def test_the_site_gathers_every_session_in_order() -> None:
    first = series("b 2020-07-08\nd 2020-07-10")
    second = series("a 2020-07-08\nc 2020-07-09", "zoology")

    (site,) = views(first, second)

    assert (site.scope, site.path, site.uid, site.title) == (
        Scope.SITE,
        "",
        SITE_UID,
        "Our webinars",
    )
    assert [(each.series.id, each.session.id) for each in site.entries] == [
        ("open-science", "b"),
        ("zoology", "a"),
        ("zoology", "c"),
        ("open-science", "d"),
    ]
    assert (site.language, site.page, site.organizers, site.summary, site.alarm) == (
        "en",
        "https://w.example.org/",
        (Organizer("The Library"),),
        None,
        None,
    )


def test_views_hold_the_same_entries_as_the_series() -> None:
    """The same UIDs, SEQUENCEs and stamps: whoever follows two calendars sees a session once."""
    (own,) = published(
        series("a 2020-07-08 topics: [x], language: en\nb 2020-07-09 language: fr, topics: [x]")
    )

    entries = {id(each) for each in own.entries}
    found = views_of([own])
    assert len(found) == 4
    assert {id(entry) for each in found for entry in each.entries} == entries


def test_topics_languages_and_speakers_have_views() -> None:
    told = series(
        """
        a 2020-07-08 language: en, topics: [Open Data, review], talks: {title: T, speakers: Ana}
        b 2020-07-09 language: fr, topics: [review], talks: {title: T, speakers: [Ana, Bo Ek]}
        """
    )

    assert listed(views(told)) == [
        ("", ["a", "b"]),
        ("languages/en", ["a"]),
        ("languages/fr", ["b"]),
        ("speakers/ana", ["a", "b"]),
        ("topics/open-data", ["a"]),
        ("topics/review", ["a", "b"]),
    ]


def test_a_site_of_one_language_has_no_view_of_it() -> None:
    told = series("a 2020-07-08 language: en\nb 2020-07-09 language: EN")

    assert listed(views(told)) == [("", ["a", "b"])]


def test_a_session_in_two_languages_is_in_both_views() -> None:
    told = series("a 2020-07-08 languages: [fr, en]\nb 2020-07-09 language: en")

    assert listed(views(told))[1:] == [("languages/en", ["a", "b"]), ("languages/fr", ["a"])]


def test_a_speaker_has_a_view_from_the_second_session_on() -> None:
    twice_in_one = "talks: [{title: T, speakers: Ana}, {title: U, speakers: Ana}]"

    assert listed(views(series(f"a 2020-07-08 {twice_in_one}"))) == [("", ["a"])]
    assert listed(
        views(
            series(f"a 2020-07-08 {twice_in_one}"),
            series("b 2020-07-09 talks: {title: T, speakers: Ana}", "zoology"),
        )
    )[1:] == [("speakers/ana", ["a", "b"])]


def test_two_spellings_of_a_name_are_one_view() -> None:
    told = series("a 2020-07-08 topics: [Open Data]\nb 2020-07-09 topics: [open-data, Öpen data]")

    (_, view) = views(told)
    assert (view.path, view.title, len(view.entries)) == (
        "topics/open-data",
        "Our webinars: Open Data",
        2,
    )


def test_the_uids_of_views_differ_and_follow_from_the_sites() -> None:
    told = series("a 2020-07-08 topics: [x, y], languages: [x, en]".replace("[x, en]", "[en, fr]"))
    found = views(told)
    other = views_of(published(told), site_of("title: Other"))

    assert len({each.uid for each in found}) == len(found) == 5
    assert [each.uid for each in other] == [each.uid for each in found]
    assert found[1].uid == ledger.derived_uid(SITE_UID, found[1].path)


def test_a_view_changed_when_the_newest_of_its_series_did() -> None:
    first = published(series("a 2020-07-08 topics: [x]"), now=NOW)
    second = published(series("b 2020-07-09 topics: [y]", "zoology"), now=NOW + timedelta(days=1))

    found = views_of([*first, *second])

    assert {each.path: each.modified for each in found} == {
        "": NOW + timedelta(days=1),
        "topics/x": NOW,
        "topics/y": NOW + timedelta(days=1),
    }


def test_a_site_without_publisher_and_address_invents_none() -> None:
    (site,) = views(series("a 2020-07-08"), site=Site())

    assert (site.title, site.organizers, site.page) == ("Webinars", (), None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Open Data", "open-data"),
        ("  Health & well-being! ", "health-well-being"),
        ("C", "c"),
        ("C++", "c-plus-plus"),
        ("C#", "c-sharp"),
        ("Éducation à distance", "education-a-distance"),
        ("Straße", "strasse"),
        ("pt-BR", "pt-br"),
        ("Łódź", "odz"),
        ("a" * 80, "a" * 64),
        ("../../etc", "etc"),
        ("ＦＵＬＬ width", "full-width"),
    ],
)
def test_a_name_becomes_part_of_an_address(text: str, expected: str) -> None:
    assert publications.slug(text) == expected


@pytest.mark.parametrize("text", ["教育", "Образование", "التعليم", "Ω mega 学习学习", "!!!", "🎓"])
def test_a_name_in_another_script_becomes_a_short_hash(text: str) -> None:
    found = publications.slug(text)

    assert (found[:2], len(found), found.isascii()) == ("x-", 14, True)
    assert publications.slug(text.casefold()) == found


@pytest.mark.parametrize("text", ["Con", "AUX", "LPT0", "com1", "Prn!"])
def test_a_name_that_windows_takes_for_a_device_becomes_a_short_hash(text: str) -> None:
    """S6: a folder of that name could not be made there."""
    found = publications.slug(text)

    assert (found[:2], len(found)) == ("x-", 14)
    assert names.why_unsafe(f"topics/{found}/calendar.ics") is None


def test_hashes_of_different_names_differ() -> None:
    assert len({publications.slug(each) for each in ("教育", "健康", "Образование", "!!!")}) == 4


@given(some.text())
def test_every_text_becomes_a_name_of_a_folder(text: str) -> None:
    found = publications.slug(text)

    assert 0 < len(found) <= 64
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert found == publications.slug(text.upper().lower().casefold()) or not text.isascii()
