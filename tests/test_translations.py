from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import icalendar
import pytest

from event_files import series, sound, with_session
from growing_site import NOW, SITE, build, built_and_planned, edit, published, spread_out
from webinar_feeds import ledger, translations
from webinar_feeds.model import Site, Words
from webinar_feeds.publications import as_published

if TYPE_CHECKING:
    from pathlib import Path

    from webinar_feeds.model import Publication

FILE = """\
title: {en: Open science, fr: Science ouverte, pt-br: Ciência aberta}
summary:
  fr: |
    En deux

    paragraphes.
organizers: [{name: {en: The Library, fr: La bibliothèque}}, Ours]
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - id: preprints
    date: 2027-01-14
    title: {fr: Prépublications, en: Preprints}
    talks:
      - title: {en: Posting, fr: Déposer}
        speakers: [{name: Ana Lima, role: {en: Biologist, fr: Biologiste}, city: Lisbon}]
      - Questions
    recording: {url: "https://v.example.org/1", title: {fr: En français}, language: fr}
  - id: data
    date: 2027-02-11
    title: Data
"""


def told(text: str = FILE) -> tuple[Publication, ...]:
    """A series' publication in each of its languages."""
    read = sound(text)
    revised = ledger.revise(read, Site(), None, NOW)
    return as_published(revised.publication, read.written_in, Site())


# --- reading ------------------------------------------------------------------------------------


def test_a_series_is_written_in_its_own_language_first_and_in_those_of_its_title() -> None:
    assert sound(FILE).written_in == ("en", "fr", "pt-BR")
    assert sound(f"language: fr\n{FILE}").written_in == ("fr", "en", "pt-BR")
    assert sound(f"language: de\n{FILE}").written_in == ("de", "en", "fr", "pt-BR")
    assert sound(FILE.replace("{en: Open science, fr: ", "{fr: ")).written_in[:2] == ("en", "fr")


def test_a_text_is_read_in_the_language_of_the_series() -> None:
    english, french = sound(FILE), sound(f"language: fr\n{FILE}")

    assert (english.title, french.title) == ("Open science", "Science ouverte")
    assert (english.sessions[0].title, french.sessions[0].title) == ("Preprints", "Prépublications")
    assert english.summary == french.summary == "En deux\n\nparagraphes."


def test_a_series_in_one_language_holds_plain_text() -> None:
    read = sound(with_session())

    assert (type(read.title), type(read.sessions[0].title)) == (str, str)
    assert read.written_in == ("en",)


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("{a: b}", "WF102"),
        ("{en: T, English: T}", "WF111"),
        ("{en: T, EN: U}", "WF118"),
        ("{en: [T]}", "WF102"),
        ("{en: ''}", "WF105"),
        ('{en: "two\\nlines"}', "WF106"),
        ("{}", "WF102"),
    ],
)
def test_what_is_wrong_with_a_text_in_several_languages_is_said(title: str, code: str) -> None:
    text = FILE.replace("{en: Open science, fr: Science ouverte, pt-br: Ciência aberta}", title)

    assert code in [each.code for each in series(text).diagnostics]


def test_a_text_in_a_language_without_a_title_is_noticed_once() -> None:
    text = FILE.replace(", pt-br: Ciência aberta", "").replace("fr: ", "it: ", 3)
    found = series(text).diagnostics

    assert [(each.code, each.location.line) for each in found] == [("WF119", 13)]


# --- publishing ---------------------------------------------------------------------------------


def test_each_language_has_a_publication_of_the_same_sessions_elsewhere() -> None:
    english, french, portuguese = told()

    assert [each.path for each in told()] == [
        "open-science",
        "open-science/fr",
        "open-science/pt-br",
    ]
    assert [each.language for each in told()] == ["en", "fr", "pt-BR"]
    assert len({each.uid for each in told()}) == 3
    assert french.title == "Science ouverte"
    assert french.organizers[0].name == "La bibliothèque"
    assert french.entries[0].session.talks[0].title == "Déposer"
    assert french.entries[0].session.talks[0].speakers[0].role == "Biologiste"
    assert [each.session.title for each in portuguese.entries] == ["Preprints", "Data"]
    assert [each.revision for each in french.entries] == [each.revision for each in english.entries]
    assert [each.session.start for each in french.entries] == [
        each.session.start for each in english.entries
    ]
    where = (
        ("en", "open-science"),
        ("fr", "open-science/fr"),
        ("pt-BR", "open-science/pt-br"),
    )
    assert {each.translations for each in told()} == {where}


def test_a_text_knows_its_language_now() -> None:
    _, french, portuguese = told()
    title = portuguese.entries[0].session.title

    assert isinstance(title, Words)
    assert title.language == "en"
    assert french.title.language == "fr"  # type: ignore[attr-defined]  # it is a Words
    assert pickle.loads(pickle.dumps(title)).in_languages == title.in_languages  # noqa: S301


def test_one_language_is_one_publication() -> None:
    (only,) = told(with_session())

    assert (only.path, only.translations) == ("open-science", ())


def test_what_is_in_no_language_stays_itself() -> None:
    assert translations.in_language(("a", 1, None), "fr") == ("a", 1, None)


# --- what subscribers get -----------------------------------------------------------------------


def test_a_calendar_and_feeds_in_each_language_hold_the_same_events(tmp_path: Path) -> None:
    spread_out(tmp_path, {"events/site.yaml": SITE, "events/series.yaml": FILE})

    found, wanted = built_and_planned(tmp_path)
    own, french = (
        icalendar.Calendar.from_ical(found[f"output/series/{path}calendar.ics"])
        for path in ("", "fr/")
    )

    assert found == wanted
    assert (own["NAME"], french["NAME"]) == ("Open science", "Science ouverte")
    for one, other in zip(own.walk("VEVENT"), french.walk("VEVENT"), strict=True):
        for name in ("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND"):
            assert one[name] == other[name]
    assert french.walk("VEVENT")[0]["SUMMARY"] == "Prépublications"
    assert "Science ouverte" in found["output/series/fr/recordings.rss"].decode()
    assert "output/series/fr/invites/preprints.ics" in found


def test_a_corrected_translation_is_a_change_that_moves_nobody(tmp_path: Path) -> None:
    spread_out(tmp_path, {"events/site.yaml": SITE, "events/series.yaml": FILE})
    build(tmp_path)
    before = published(tmp_path)
    edit(tmp_path / "events/series.yaml", "Déposer", "Dépôts")

    found, wanted = built_and_planned(tmp_path)

    assert found == wanted
    event = icalendar.Calendar.from_ical(found["output/series/fr/invites/preprints.ics"])
    assert event.walk("VEVENT")[0]["SEQUENCE"] == 0
    assert "Dépôts" in str(event.walk("VEVENT")[0]["DESCRIPTION"])
    other = "output/series/fr/invites/data.ics"
    assert found[other] == before[other]
