from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import plain_build
from referees import ical_js, libical, libical_findings
from webinar_feeds import ledger, site_ledger, timezones
from webinar_feeds.model import (
    Audience,
    Form,
    Join,
    Organizer,
    Publication,
    Recording,
    Scope,
    Series,
    Session,
    Site,
    Speaker,
    Status,
    Talk,
)
from webinar_feeds.rendering import calendar, contentlines, vtimezone, wording

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
SITE = Site(title="Our webinars", base_url="https://webinars.example.org/")


def session(identifier: str = "one", zone: str = "Europe/Berlin", **how: Any) -> Session:
    day = how.pop("day", datetime(2027, 1, 14, 12, tzinfo=UTC))
    held: dict[str, Any] = {
        "id": identifier,
        "title": f"Session {identifier}",
        "start": timezones.at(day, zone),
        "end": timezones.at(day + timedelta(minutes=90), zone),
        "zone": zone,
        "form": Form.ZONED,
        "written": "13:00–14:30",
    }
    return Session(**(held | how))


def series(*sessions: Session, **how: Any) -> Series:
    held: dict[str, Any] = {
        "id": "open-science",
        "title": "Open science",
        "language": "en",
        "sessions": sessions or (session(),),
    }
    return Series(**(held | how))


def published(told: Series, past: ledger.Ledger | None = None, now: datetime = NOW) -> Publication:
    return ledger.revise(told, SITE, past, now)[0]


def drawn(publication: Publication, site: Site = SITE) -> dict[str, bytes]:
    return {each.path: each.read() for each in calendar.render(publication, site)}


def calendar_of(*sessions: Session, **how: Any) -> bytes:
    return drawn(published(series(*sessions, **how)))["open-science/calendar.ics"]


def invite_of(one: Session, **how: Any) -> bytes:
    return drawn(published(series(one, **how)))[f"open-science/invites/{one.id}.ics"]


def unfolded(data: bytes) -> list[str]:
    return data.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def value(data: bytes, name: str) -> str:
    (found,) = (line for line in unfolded(data) if re.match(rf"{name}[;:]", line))
    return found


def test_a_calendar_says_what_clients_show_of_it_before_its_events() -> None:
    data = calendar_of(summary="Short *talks*.", page="https://www.example.org/")
    lines = unfolded(data)
    before = lines[: lines.index("BEGIN:VTIMEZONE")]

    assert before == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//webinar-feeds//webinar-feeds 1//EN",
        "CALSCALE:GREGORIAN",
        before[4],
        "LAST-MODIFIED:20261201T080000Z",
        "NAME:Open science",
        "X-WR-CALNAME:Open science",
        "DESCRIPTION:Short talks.",
        "X-WR-CALDESC:Short talks.",
        "REFRESH-INTERVAL;VALUE=DURATION:PT12H",
        "X-PUBLISHED-TTL:PT12H",
        "SOURCE;VALUE=URI:https://webinars.example.org/open-science/calendar.ics",
        "URL:https://www.example.org/",
    ]
    assert re.fullmatch(r"X-WR-RELCALID:[0-9a-f-]{36}", before[4])


def test_an_invite_is_one_event_without_the_name_of_a_calendar() -> None:
    data = invite_of(session())

    names = {re.split("[;:]", line)[0] for line in unfolded(data)}
    assert names.isdisjoint({"NAME", "X-WR-CALNAME", "METHOD", "ORGANIZER", "ATTENDEE", "SOURCE"})
    assert unfolded(data).count("BEGIN:VEVENT") == 1
    assert libical_findings(data) == []


def test_the_event_of_an_invite_is_the_calendars_to_the_byte() -> None:
    publication = published(series(session("a"), session("b")))
    files = drawn(publication)

    for name in ("a", "b"):
        invite = files[f"open-science/invites/{name}.ics"]
        event = invite[invite.index(b"BEGIN:VEVENT") : invite.index(b"END:VCALENDAR")]
        assert event in files["open-science/calendar.ics"]


def test_every_view_has_the_same_events() -> None:
    told = series(session("a", topics=("health",)), session("b"))
    publication = published(told)
    site, topic = plain_build.with_views([publication], SITE, site_ledger.begun(SITE), NOW)[0]

    assert (site.scope, topic.scope) == (Scope.SITE, Scope.TOPIC)
    whole = drawn(publication)["open-science/calendar.ics"].split(b"BEGIN:VEVENT")[1:]
    assert drawn(site)["calendar.ics"].split(b"BEGIN:VEVENT")[1:] == whole
    (event,) = drawn(topic)["topics/health/calendar.ics"].split(b"BEGIN:VEVENT")[1:]
    assert event.startswith(whole[0].removesuffix(b"END:VCALENDAR\r\n"))


@pytest.mark.parametrize(
    ("status", "told", "transparency", "title"),
    [
        (Status.CONFIRMED, "CONFIRMED", "OPAQUE", "Session one"),
        (Status.TENTATIVE, "TENTATIVE", "OPAQUE", "Session one"),
        (Status.CANCELLED, "CANCELLED", "TRANSPARENT", "CANCELLED: Session one"),
        (Status.POSTPONED, "TENTATIVE", "TRANSPARENT", "POSTPONED: Session one"),
    ],
)
def test_a_status_is_told_to_clients_that_ignore_it_too(
    status: Status, told: str, transparency: str, title: str
) -> None:
    data = calendar_of(session(status=status))

    assert value(data, "STATUS") == f"STATUS:{told}"
    assert value(data, "TRANSP") == f"TRANSP:{transparency}"
    assert value(data, "SUMMARY") == f"SUMMARY:{title}"
    assert (wording.NOTICES.get(status, "When:")) in value(data, "DESCRIPTION")


@pytest.mark.parametrize("audience", Audience)
def test_only_a_public_join_link_is_published(audience: Audience) -> None:
    link = "https://meet.example.org/42"
    publication = published(series(session(join=Join(link, audience))))
    everything = b"".join(
        data.replace(b"\r\n ", b"") for data in drawn(publication).values()
    ).decode()

    assert (link in everything) is (audience is Audience.PUBLIC)
    if audience is Audience.PUBLIC:
        conference = "CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL=Join the session:" + link
        assert conference in everything.split("\r\n")
        assert f"\\nJoin: {link}" in everything


def test_a_session_that_is_off_invites_nobody() -> None:
    data = calendar_of(
        session(
            status=Status.CANCELLED,
            join=Join("https://meet.example.org/42", Audience.PUBLIC),
            registration="https://register.example.org/",
        ),
        alarm=timedelta(minutes=15),
    )

    assert b"meet.example" not in data
    assert b"register.example" not in data
    assert b"VALARM" not in data


def test_the_description_tells_what_one_needs_first() -> None:
    one = session(
        summary="What we found.\n\n- first\n- second",
        talks=(
            Talk("A talk", (Speaker("Ana Lima", "Dr", city="Lisbon", zone="Europe/Lisbon"),)),
            Talk("Another", (Speaker("Lee", zone="Asia/Seoul"), Speaker("Kim")), "On *data*."),
        ),
        registration="https://register.example.org/",
        recordings=(Recording("recording", "https://v.example.org/", duration=timedelta(hours=1)),),
        page="https://www.example.org/one",
    )
    told = series(one, organizers=(Organizer("The Library"), Organizer("The School")))
    entry = published(told, now=NOW + timedelta(days=90)).entries[0]

    assert wording.description(entry) == (
        "When: Thursday 14 January 2027, 13:00–14:30 CET (UTC+1) · 12:00–13:30 UTC\n"
        "Where the speakers are: Lisbon 12:00–13:30 · Seoul 21:00–22:30\n"
        "Register: https://register.example.org/\n"
        "Recording: https://v.example.org/ (1 h)\n"
        "Session page: https://www.example.org/one\n\n"
        "What we found.\n\n• first\n• second\n\n"
        "• A talk\n  Dr Ana Lima, Lisbon\n"
        "• Another\n  Lee\n  Kim\n  On data.\n\n"
        "Part of “Open science”, organised by The Library and The School."
    )


def test_one_event_one_life_a_recording_changes_neither_uid_nor_sequence() -> None:
    after = NOW + timedelta(days=90)
    announced = series(session(recordings=(Recording("recording"),)))
    real = series(session(recordings=(Recording("recording", "https://v.example.org/"),)))
    first, past, _ = ledger.revise(announced, SITE, None, after)
    second = ledger.revise(real, SITE, past, after + timedelta(days=1)).publication

    before, now = (drawn(each)["open-science/calendar.ics"] for each in (first, second))
    assert [value(before, name) for name in ("SEQUENCE", "DTSTART;TZID=Europe/Berlin")] == [
        value(now, name) for name in ("SEQUENCE", "DTSTART;TZID=Europe/Berlin")
    ]
    uids = [[line for line in unfolded(each) if line.startswith("UID:")] for each in (before, now)]
    assert uids[0] == uids[1]
    assert "its own address is not known yet" in value(before, "DESCRIPTION")
    assert "Recording: https://v.example.org/" in value(now, "DESCRIPTION")
    assert value(now, "DTSTAMP") > value(before, "DTSTAMP")


def test_an_alarm_is_in_a_second_calendar_only() -> None:
    files = drawn(published(series(alarm=timedelta(minutes=15))))

    assert b"VALARM" not in files["open-science/calendar.ics"]
    assert b"VALARM" not in files["open-science/invites/one.ics"]
    data = files["open-science/calendar-alarms.ics"]
    assert value(data, "TRIGGER") == "TRIGGER:-PT15M"
    assert value(data, "NAME") == "NAME:Open science (with reminders)"
    assert libical_findings(data) == []


def test_the_calendar_with_alarms_is_another_one_with_the_same_events() -> None:
    files = drawn(published(series(alarm=timedelta(minutes=15))))

    names = ("X-WR-RELCALID:", "UID:")
    uids = [
        [each for each in unfolded(files[f"open-science/{name}.ics"]) if each.startswith(names)]
        for name in ("calendar", "calendar-alarms")
    ]
    assert [len(set(pair)) for pair in zip(*uids, strict=True)] == [2, 1]


def test_only_events_have_a_uid() -> None:
    """Or vdirsyncer takes the calendar's for that of every event, and keeps one of them."""
    data = drawn(published(series(session("a"), session("b"))))["open-science/calendar.ics"]

    assert sum(line.startswith("UID:") for line in unfolded(data)) == 2
    assert data.index(b"UID:") > data.index(b"BEGIN:VEVENT")


def zones_of(data: bytes) -> list[str]:
    return [line[5:] for line in unfolded(data) if line.startswith("TZID:")]


def test_zones_in_use_are_told_once_in_order_and_no_others() -> None:
    data = calendar_of(
        session("a", "Europe/London"), session("b"), session("c", "UTC"), session("d")
    )

    assert zones_of(data) == ["Europe/Berlin", "Europe/London"]
    starts = [line for line in unfolded(data) if line.startswith("DTSTART") and "2027" in line]
    assert sorted(starts) == [
        "DTSTART:20270114T120000Z",
        "DTSTART;TZID=Europe/Berlin:20270114T130000",
        "DTSTART;TZID=Europe/Berlin:20270114T130000",
        "DTSTART;TZID=Europe/London:20270114T120000",
    ]


@pytest.mark.parametrize(
    "one",
    [
        session(zone="Africa/Cairo"),
        session(zone="UTC+01:00", form=Form.UTC),
        session(form=Form.UTC),
        session(zone="UTC"),
    ],
)
def test_what_no_yearly_rule_tells_is_in_utc(one: Session) -> None:
    data = invite_of(one)

    assert b"VTIMEZONE" not in data
    assert value(data, "DTSTART") == "DTSTART:20270114T120000Z"
    assert value(data, "DTEND") == "DTEND:20270114T133000Z"


def test_a_calendar_whose_years_no_rule_spans_is_in_utc_and_its_invites_are_not() -> None:
    early = session("early", day=datetime(1985, 1, 14, 12, tzinfo=UTC))
    assert vtimezone.lines("Europe/Berlin", 1985, 2027) is None

    files = drawn(published(series(early, session("late"))))

    assert zones_of(files["open-science/calendar.ics"]) == []
    assert zones_of(files["open-science/invites/late.ics"]) == ["Europe/Berlin"]


def test_a_file_changed_when_what_is_in_it_did() -> None:
    told = series(session("a"), session("b"))
    past = ledger.revise(told, SITE, None, NOW).ledger
    later = NOW + timedelta(days=1)
    changed = replace(told, sessions=(session("a"), session("b", title="Another")))
    publication = ledger.revise(changed, SITE, past, later).publication

    assert {each.path: each.modified for each in calendar.render(publication, SITE)} == {
        "open-science/invites/a.ics": NOW,
        "open-science/invites/b.ics": later,
        "open-science/calendar.ics": later,
    }


def test_nothing_claims_an_address_that_is_not_known() -> None:
    data = drawn(published(series()), Site())["open-science/calendar.ics"]

    assert b"http" not in data


# --- any text in any field, read back by software that is not ours ---

NONE = "\u2028\u2029\ufeff"
TEXT = (
    st.text(
        st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"], exclude_characters=NONE)
        | st.sampled_from('\\\\;,:"\n^\''),
        min_size=1,
        max_size=120,
    )
    .map(lambda text: text.strip())
    .filter(bool)
)  # fmt: skip
LINE = TEXT.map(lambda text: text.replace("\n", " ").strip()).filter(bool)


def physical(data: bytes) -> Iterator[bytes]:
    assert data.endswith(b"\r\n")
    body = data.replace(b"\r\n", b"")
    assert b"\r" not in body
    assert b"\n" not in body
    assert re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", body) is None
    yield from data.removesuffix(b"\r\n").split(b"\r\n")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(title=LINE, talk=LINE, name=LINE, role=LINE, topic=LINE, platform=LINE)
def test_any_text_survives_the_round_trip_through_two_readers(  # noqa: PLR0917 - a field each
    title: str, talk: str, name: str, role: str, topic: str, platform: str
) -> None:
    one = session(
        title=title,
        talks=(Talk(talk, (Speaker(name, role=role),)),),
        topics=(topic,),
        platform=platform,
    )
    publication = published(series(one, title=name, organizers=(Organizer(role),)))
    data = drawn(publication)["open-science/calendar.ics"]

    for line in physical(data):
        assert len(line) <= 75
        line.decode()
        assert (len(line) - len(line.rstrip(b"\\"))) % 2 == 0
    described = wording.description(publication.entries[0])
    for read in (ical_js, libical):
        (event,) = read(data)
        assert event.summary == title
        assert event.description == described
        assert event.location == platform


INJECTION = "x\r\nATTENDEE:mailto:evil@x\nATTENDEE:mailto:evil@x"


def test_no_text_can_begin_a_line_of_its_own() -> None:
    hostile = INJECTION
    one = session(
        title=hostile,
        summary=hostile,
        talks=(Talk(hostile, (Speaker(hostile, hostile, hostile, hostile, hostile),), hostile),),
        topics=(hostile,),
        platform=hostile,
    )
    told = series(one, title=hostile, summary=hostile, organizers=(Organizer(hostile),))
    for data in drawn(published(replace(told, alarm=timedelta(minutes=5)))).values():
        names = {re.split("[;:]", line)[0] for line in unfolded(data)}
        assert "ATTENDEE" not in names
        assert list(physical(data))


def test_a_time_that_is_not_in_utc_is_no_instant() -> None:
    for wrong in (datetime(2027, 1, 1), timezones.at(NOW, "Europe/Berlin")):  # noqa: DTZ001 - the point
        with pytest.raises(ValueError, match="not an instant"):
            contentlines.instant(wrong)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(hours=12), "PT12H"),
        (timedelta(hours=1, minutes=30), "PT1H30M"),
        (-timedelta(minutes=15), "-PT15M"),
        (timedelta(seconds=5), "PT5S"),
        (timedelta(), "PT0S"),
    ],
)
def test_durations(length: timedelta, text: str) -> None:
    assert contentlines.duration(length) == text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("plain", ";A=plain"),
        ("a:b;c", ';A="a:b;c"'),
        ('say "x"', ";A=say 'x'"),
        ("a\r\nb", ";A=a b"),
    ],
)
def test_parameters_are_quoted_and_hold_no_quotes(written: str, shown: str) -> None:
    assert contentlines.parameter("A", written) == shown


@pytest.mark.parametrize("tail", ["\\\\" * 40, "é" * 80, "🧑‍🏫" * 30, "a\\," * 40, "x" * 300])
@pytest.mark.parametrize("shift", range(4))
def test_a_fold_splits_neither_a_character_nor_an_escape(tail: str, shift: int) -> None:
    line = "SUMMARY:" + "y" * (60 + shift) + tail

    data = contentlines.fold(line)

    assert data.replace(b"\r\n ", b"").removesuffix(b"\r\n").decode() == line
    for each in data.removesuffix(b"\r\n").split(b"\r\n"):
        assert len(each) <= 75
        each.decode()
        assert (len(each) - len(each.rstrip(b"\\"))) % 2 == 0
