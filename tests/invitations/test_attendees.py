from __future__ import annotations

import unicodedata

import pytest

import event_files
from letter_rounds import as_published, listed, people
from webinar_feeds.invitations import attendees
from webinar_feeds.invitations.attendees import Attendee
from webinar_feeds.invitations.headings import Column, Role, column, plain, role
from webinar_feeds.reading.characters import Source

ZOOM = """\
Registration Report
Report generated:,"Nov 30, 2026 09:12 AM"
Topic,Webinar ID,Scheduled Time,# Registered
Open science,123 4567 8901,"Jan 14, 2027 12:30 PM",3

Attendee Details,
First Name,Last Name,Email,Registration Time,Approval Status,
Ana,Lima,ana@example.org,"Nov 20, 2026 10:00 AM",approved,
Bo,Olsen,bo@example.org,"Nov 21, 2026 10:00 AM",denied,
Cora,Diaz,cora@example.net,"Nov 22, 2026 10:00 AM",approved,
"""
EVENTBRITE = """\
Order #,Order Date,First Name,Last Name,Email,Quantity,Ticket Type,Attendee Status
1,2026-11-20,Ana,Lima,ana@example.org,1,Free,Attending
2,2026-11-21,Bo,Olsen,bo@example.org,1,Free,Not Attending
3,2026-11-22,Cora,Diaz,cora@example.net,1,Free,Checked In
"""
FORMS = """\
Timestamp,Email Address,Your name,Which sessions?,Preferred language
2026/11/20 10:00:00 AM GMT+1,ana@example.org,Ana Lima,"Preprints, and who reads them",en
2026/11/22 10:00:00 AM GMT+1,cora@example.net,Cora Diaz,\
"Preprints, and who reads them, Data that others can use",Deutsch
"""


def names(text: str) -> list[tuple[str, str]]:
    return [(each.name, each.recipient) for each in listed(text).people]


@pytest.mark.parametrize("text", [ZOOM, EVENTBRITE, FORMS], ids=["zoom", "eventbrite", "forms"])
def test_exports_of_services_are_understood(text: str) -> None:
    assert names(text) == [("Ana Lima", "ana@example.org"), ("Cora Diaz", "cora@example.net")]
    assert listed(text).diagnostics == ()


@pytest.mark.parametrize(("text", "away"), [(ZOOM, 1), (EVENTBRITE, 1), (FORMS, 0)])
def test_who_is_in_a_list_and_does_not_come_is_left_out(text: str, away: int) -> None:
    assert listed(text).away == away


def test_a_form_names_sessions_by_their_titles_which_may_hold_commas() -> None:
    found = [(each.sessions, each.language) for each in listed(FORMS).people]

    assert found == [
        (frozenset({"preprints"}), "en"),
        (frozenset({"preprints", "open-data"}), "de"),
    ]


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("Vorname;Nachname;E-Mail-Adresse;Sprache;Zeitzone", "Ana;Lima;{0};de;MEZ"),
        ("Nom complet;Adresse e-mail;Langue;Fuseau horaire", "Ana Lima;{0};Deutsch;CET"),
        ("Nombre;Apellidos;Correo electrónico;Idioma;Zona horaria", "Ana;Lima;{0};de;{1}"),
        ("Nombre completo\tDirección de correo electrónico\tIdioma", "Ana Lima\t{0}\tDE"),
        ("Nome,Cognome,Indirizzo e-mail,Lingua,Fuso orario", "Ana,Lima,{0},German,{1}"),
        ("الاسم الكامل,البريد الإلكتروني,اللغة,المنطقة الزمنية", "Ana Lima,{0},الألمانية,{1}"),
        ("FULL NAME *,E-MAIL (required),Language:", "Ana Lima,{0},allemand"),
    ],
)
def test_headings_in_several_languages_are_known(heading: str, row: str) -> None:
    ana, berlin = "ana@example.org", "Europe/Berlin"
    (found,) = people(f"{heading}\n{row.format(ana, berlin)}\n")

    zone = berlin if "{1}" in row or "MEZ" in row or "CET" in row else None
    assert found == Attendee(ana, ana, "Ana Lima", language="de", zone=zone)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_list_may_come_in_the_encodings_of_spreadsheets(encoding: str) -> None:
    found = listed("Name;E-Mail\nJörg Müller;joerg@example.org\n", encoding=encoding)

    assert [each.name for each in found.people] == ["Jörg Müller"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("Host", Role.HOST),
        ("Moderatorin", Role.HOST),
        ("Panelist", Role.SPEAKER),
        ("Vortragende", Role.SPEAKER),
        ("attendee", Role.PARTICIPANT),
        ("Optional", Role.OPTIONAL),
        ("", Role.PARTICIPANT),
    ],
)
def test_roles_are_words(word: str, meant: Role) -> None:
    (found,) = people(f"email,role\na@example.org,{word}\n")

    assert found.role is meant


def test_a_session_is_named_by_its_id_by_its_title_or_by_all() -> None:
    text = """\
    email;sessions
    a@example.org;preprints, open-data
    b@example.org;Preprints und wer sie liest | open-data
    c@example.org;All sessions
    d@example.org;
    """

    told, _ = as_published()
    found = people("\n".join(line.strip() for line in text.splitlines()), told)

    both = frozenset({"preprints", "open-data"})
    assert [each.sessions for each in found] == [both, both, None, None]
    assert [each.is_invited_to("preprints") for each in found] == [True] * 4


def test_lines_of_one_person_are_taken_together_and_reported() -> None:
    found = listed(
        "name,email,role,sessions,language\n"
        ",Ana@example.org,,preprints,\n"
        "Ana Lima,ana@EXAMPLE.org,speaker,open-data,en\n"
    )

    assert event_files.said(found.diagnostics) == [("WF905", "ana@EXAMPLE.org")]
    assert found.diagnostics[0].related[0].location.line == 2
    assert found.people == (
        Attendee(
            "ana@example.org",
            "Ana@example.org",
            "Ana Lima",
            Role.SPEAKER,
            frozenset({"preprints", "open-data"}),
            "en",
        ),
    )


def test_who_is_invited_to_all_by_one_line_is_invited_to_all() -> None:
    found = listed("email,sessions\na@example.org,preprints\na@example.org,\n")

    assert [each.sessions for each in found.people] == [None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("email\nana@\n", [("WF903", "ana@")]),
        ("name,email\nAna,\n", [("WF904", "")]),
        ("email,sessions\na@example.org,preprint\n", [("WF906", "preprint")]),
        ("email,language\na@example.org,Klingon\n", [("WF907", "Klingon")]),
        ("email,role\na@example.org,King\n", [("WF908", "King")]),
        ("email,mail\na@example.org,b@example.org\n", [("WF909", "mail")]),
        ("name,phone\nAna,123\n", [("WF902", "name")]),
        ("name,email\nA\x07na,a@example.org\n", [("WF911", "A\ufffdna")]),
        ("name,email\nA\u202ena,a@example.org\n", [("WF911", "A\ufffdna")]),
        ("email,timezone\na@example.org,CST\n", [("WF202", "CST")]),
        ("email,timezone\na@example.org,Atlantis\n", [("WF201", "Atlantis")]),
        ("", [("WF902", "attendees/open-science.csv")]),
    ],
)
def test_each_mistake_is_shown_where_it_stands(text: str, said: list[tuple[str, str]]) -> None:
    assert event_files.said(listed(text).diagnostics) == said


def test_a_list_with_an_error_invites_nobody_and_all_its_mistakes_are_said() -> None:
    found = listed("email,language\nana@,xx-yy-zz\nb@example.org,Klingon\nc@,\n")

    assert found.people == ()
    assert [each.code for each in found.diagnostics] == ["WF903", "WF907", "WF903"]


def test_an_unknown_session_is_answered_with_the_nearest_or_with_all() -> None:
    near = listed("email,sessions\na@example.org,open dat\n").diagnostics[0]
    far = listed("email,sessions\na@example.org,zzz\n").diagnostics[0]

    assert near.help == "did you mean `open-data`?"
    assert far.help == "its sessions are: preprints, open-data; an empty cell means all"


def test_a_list_for_several_series_names_no_sessions() -> None:
    told, _ = as_published()
    found = attendees.read(
        Source("c.csv", b"email,sessions\na@example.org,elsewhere\n"), told, names_sessions=False
    )

    assert (found.people[0].sessions, found.diagnostics) == (None, ())


def test_a_name_is_one_line_and_no_longer_than_names_are() -> None:
    (found,) = people(f'name,email\n"Ana\n  Lima {"x" * 500}",a@example.org\n')

    assert found.name.startswith("Ana Lima xxx")
    assert len(found.name) == 200


def test_a_name_may_come_with_the_address() -> None:
    assert names("email\nAna Lima <ana@example.org>\n") == [("Ana Lima", "ana@example.org")]


@pytest.mark.parametrize(
    "name",
    [
        "Win https://evil.example/x",
        "see www.evil.example",
        "eve@evil.example",
        "Prize at evil.com now",
    ],
)
def test_a_letter_carries_no_strangers_link(name: str) -> None:
    """Who registers writes the name, and the letter is from a sender that people trust."""
    found = listed(f"name,email\n{name},a@example.org\n")

    assert [each.name for each in found.people] == [""]
    assert event_files.said(found.diagnostics) == [("WF914", name)]


@pytest.mark.parametrize("name", ["J. R. R. Tolkien", "Dr. Ana Lima", "Bo Olsen, M.Sc.", "李 小龍"])
def test_names_with_full_stops_are_names(name: str) -> None:
    assert names(f'name,email\n"{name}",a@example.org\n') == [(name, "a@example.org")]


@pytest.mark.parametrize("heading", ["Nombre", "Nom", "Vorname"])
def test_half_a_name_alone_is_the_name(heading: str) -> None:
    assert names(f"{heading},Mail\nAna Lima,a@example.org\n") == [("Ana Lima", "a@example.org")]


def test_a_last_name_may_be_called_name() -> None:
    assert names("Vorname,Name,Mail\nAna,Lima,a@example.org\n") == [("Ana Lima", "a@example.org")]


def test_words_are_compared_without_accents_and_signs() -> None:
    assert plain("  Adresse É-mail (obligatoire) * ") == "adresse e mail"
    assert column(unicodedata.normalize("NFD", "Prénom")) is Column.FIRST
    assert column("Buyer Email") is None
    assert role("Ко-ведущий") is None
