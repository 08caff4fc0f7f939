"""The table of RFC 5546 §3.2, by libical's reading of it and by our own where that is blind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import event_files
from letter_rounds import LATER, NOW, SENDER, SERIES, about, address, as_published, heard
from referees import calendars, plain
from webinar_feeds import ledger
from webinar_feeds.invitations import itip, owed
from webinar_feeds.invitations.addresses import Address
from webinar_feeds.invitations.headings import Role
from webinar_feeds.invitations.letters import Method
from webinar_feeds.model import Site
from webinar_feeds.reading.characters import REFUSED
from webinar_feeds.rendering import calendar

if TYPE_CHECKING:
    from webinar_feeds.invitations.owed import Item
    from webinar_feeds.invitations.sender import Sender

ANA = Address("ana@example.org", "Ana@example.org", "Ana Lima")
CHANGES = {
    "moved": SERIES.replace("2027-01-14", "2027-01-21"),
    "cancelled": SERIES.replace("id: preprints", "id: preprints\n    status: cancelled"),
    "postponed": SERIES.replace("id: preprints", "id: preprints\n    status: postponed"),
    "changed": SERIES.replace("meet.example.org/42", "meet.example.org/43"),
}
TENTATIVE = SERIES.replace("id: preprints", "id: preprints\n    status: tentative")
ZONES = {
    "Africa/Casablanca": SERIES.replace("Europe/Berlin", "Africa/Casablanca"),
    "UTC": SERIES.replace("Europe/Berlin", "UTC"),
}


def invited(text: str = SERIES) -> Item:
    told, _ = as_published(text)
    (letter,) = owed.first_invitations(about(told, "ana@example.org", sessions=["preprints"]))
    return letter.items[0]


def changed(kind: str) -> Item:
    told, held = as_published()
    who = about(told, "ana@example.org", sessions=["preprints"])
    known = heard(owed.first_invitations(who))
    if kind == "uninvited":
        (letter,) = owed.changes(who._replace(people=(), known=known))
        return letter.items[0]
    told, _ = as_published(CHANGES[kind], held, LATER)
    (letter,) = owed.changes(who._replace(programme=told, known=known, now=LATER))
    return letter.items[0]


def written(
    item: Item,
    attendee: Address = ANA,
    role: Role = Role.PARTICIPANT,
    sender: Sender = SENDER,
) -> bytes:
    return itip.calendar_object(
        item.entry,
        method=item.part.method,
        sequence=item.part.sequence,
        issued=LATER,
        sender=sender,
        attendee=attendee,
        role=role,
        answer=item.answer,
    )


def event(data: bytes) -> plain.Component:
    (found,) = plain.calendar(data).parts("VEVENT")
    return found


KINDS = ["invited", "uninvited", *CHANGES]


@pytest.fixture(params=KINDS)
def told(request: pytest.FixtureRequest) -> Item:
    return invited() if request.param == "invited" else changed(request.param)


def test_libical_has_nothing_against_it(told: Item) -> None:
    assert calendars.libical_findings(written(told)) == []


@pytest.mark.parametrize("zone", ZONES)
def test_libical_has_nothing_against_it_in_other_zones(zone: str) -> None:
    data = written(invited(ZONES[zone]))

    assert calendars.libical_findings(data) == []
    assert b"TZID" not in data
    assert calendars.ical_js(data)[0].start == invited(ZONES[zone]).part.start


def test_what_libical_is_blind_to(told: Item) -> None:
    """One VEVENT, its UID, no alarm, and STATUS by the table (§3.2.2, §3.2.5)."""
    data = written(told)
    found = event(data)

    assert found.one("UID").value == told.part.uid
    assert len(found.all("ATTENDEE")) == len(found.all("ORGANIZER")) == 1
    assert found.components == []
    assert plain.calendar(data).one("METHOD").value == told.part.method.value
    assert found.one("SEQUENCE").value == str(told.part.sequence)
    assert found.one("DTSTAMP").value == "20261205T090000Z"  # when it was issued (I12)
    statuses = [line.value for line in found.all("STATUS")]
    if told.news is owed.News.CANCELLED:
        assert statuses == ["CANCELLED"]
    elif told.part.method is Method.CANCEL:
        assert statuses == []
    else:
        assert statuses in (["CONFIRMED"], ["TENTATIVE"])


def test_a_cancel_repeats_when_and_what_and_not_where(told: Item) -> None:
    data = written(told)
    start = event(data).one("DTSTART")

    assert (start.value[:8], start.parameters) == (
        f"{told.entry.session.start:%Y%m%d}",
        {"TZID": "Europe/Berlin"},
    )
    assert event(data).one("SUMMARY").value.endswith("who reads them")
    has_link = b"meet.example.org" in data.replace(b"\r\n ", b"")
    off = told.part.method is Method.CANCEL or told.news is owed.News.POSTPONED
    assert has_link is not off


def test_other_readers_see_the_same_instants(told: Item) -> None:
    data = written(told)
    wanted = (told.part.uid, told.part.start, told.part.end)

    for read in (calendars.ical_js, calendars.node_ical, calendars.libical):
        (found,) = read(data)
        assert (found.uid, found.start, found.end) == wanted
        assert found.sequence in (None, told.part.sequence)


def test_the_people_are_told_in_the_form_that_shows_buttons() -> None:
    found = event(written(invited()))

    assert found.one("ORGANIZER") == (
        "ORGANIZER",
        {"CN": "The Library"},
        "mailto:library@example.org",
    )
    assert found.one("ATTENDEE") == (
        "ATTENDEE",
        {
            "CUTYPE": "INDIVIDUAL",
            "ROLE": "REQ-PARTICIPANT",
            "PARTSTAT": "NEEDS-ACTION",
            "RSVP": "TRUE",
            "CN": "Ana Lima",
        },
        "mailto:Ana@example.org",
    )


@pytest.mark.parametrize(
    ("role", "meant"),
    [
        (Role.HOST, "CHAIR"),
        (Role.SPEAKER, "REQ-PARTICIPANT"),
        (Role.PARTICIPANT, "REQ-PARTICIPANT"),
        (Role.OPTIONAL, "OPT-PARTICIPANT"),
    ],
)
def test_roles_are_those_of_icalendar(role: Role, meant: str) -> None:
    attendee = event(written(invited(), role=role)).one("ATTENDEE")

    assert attendee.parameters["ROLE"] == meant


def test_who_sends_for_the_organiser_is_named() -> None:
    robot = SENDER._replace(sent_by=address("robot@example.org"))
    found = event(written(invited(), sender=robot)).one("ORGANIZER")

    assert found.parameters["SENT-BY"] == "mailto:robot@example.org"
    assert found.value == "mailto:library@example.org"
    assert calendars.libical_findings(written(invited(), sender=robot)) == []


@pytest.mark.parametrize(
    ("kind", "answer", "said"),
    [
        ("moved", "NEEDS-ACTION", ("NEEDS-ACTION", "TRUE")),
        ("postponed", "NEEDS-ACTION", ("NEEDS-ACTION", "FALSE")),
        ("changed", "ACCEPTED", ("ACCEPTED", "FALSE")),
        ("changed", "NEEDS-ACTION", ("NEEDS-ACTION", "TRUE")),
    ],
)
def test_an_answer_is_asked_for_where_there_is_something_to_answer(
    kind: str, answer: str, said: tuple[str, str]
) -> None:
    found = event(written(changed(kind)._replace(answer=answer))).one("ATTENDEE").parameters

    assert (found["PARTSTAT"], found["RSVP"]) == said


@pytest.mark.parametrize("kind", ["cancelled", "uninvited"])
def test_a_cancel_asks_nobody_anything(kind: str) -> None:
    found = event(written(changed(kind))).one("ATTENDEE").parameters

    assert {"RSVP", "PARTSTAT"} & found.keys() == set()


def test_a_date_that_is_not_sure_is_tentative() -> None:
    assert event(written(invited(TENTATIVE))).one("STATUS").value == "TENTATIVE"


def test_the_event_is_that_of_the_published_calendar() -> None:
    """Same UID, times and words; only stamps, people and the join link are other (C11, I2)."""
    text = SERIES.replace("audience: registered", "audience: public")
    publication = ledger.revise(event_files.read(text), Site(), None, NOW).publication
    item = invited(text)
    (piece,) = (
        each.data
        for each in calendar.CALENDAR.pieces(publication, Site())
        if item.part.uid.encode() in each.data
    )
    ours, theirs = (set(plain.unfolded(data)) for data in (written(item), piece))

    assert {line.partition(":")[0] for line in theirs - ours} == {"DTSTAMP"}


@pytest.mark.parametrize(
    ("role", "audience", "told"),
    [
        (Role.PARTICIPANT, "registered", True),
        (Role.OPTIONAL, "registered", True),
        (Role.SPEAKER, "hosts", True),
        (Role.PARTICIPANT, "hosts", False),
        (Role.HOST, "hosts", True),
        (Role.PARTICIPANT, "public", True),
    ],
)
def test_a_join_link_is_for_whom_it_is_for(role: Role, audience: str, *, told: bool) -> None:
    text = SERIES.replace("audience: registered", f"audience: {audience}")
    published, _ = as_published(text)
    who = about(published, "ana@example.org", sessions=["preprints"])
    person = who.people[0]._replace(role=role)
    (letter,) = owed.first_invitations(who._replace(people=(person,)))

    data = written(letter.items[0], role=role).replace(b"\r\n ", b"")

    assert (b"CONFERENCE;VALUE=URI;FEATURE=VIDEO" in data) is told
    assert (b"meet.example.org" in data) is told


names = st.text(st.characters(codec="utf-8")).filter(lambda text: not REFUSED.search(text))


@given(names, names)
def test_no_name_adds_a_line_or_a_parameter(name: str, organizer: str) -> None:
    data = written(invited(), ANA._replace(name=name), sender=SENDER._replace(name=organizer))
    found = event(data)

    assert [line.name for line in found.lines] == NAMES
    assert set(found.one("ATTENDEE").parameters) == {"CUTYPE", "ROLE", "PARTSTAT", "RSVP", "CN"}
    assert set(found.one("ORGANIZER").parameters) == {"CN"}


NAMES = [line.name for line in event(written(invited())).lines]


@pytest.mark.parametrize(
    "evil", ["\r\nATTENDEE:mailto:eve@example.com", "\nX:1", "\x85X:1", "\u2028X"]
)
def test_not_even_what_no_list_lets_in_begins_a_line(evil: str) -> None:
    """What reading refuses is dropped here once more (S3)."""
    data = written(invited(), ANA._replace(name=f"Ana{evil}"))

    assert [line.name for line in event(data).lines] == NAMES
