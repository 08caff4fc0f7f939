from __future__ import annotations

import csv
import io
from datetime import timedelta

from posts import NOW, part
from webinar_feeds.invitations import attendance
from webinar_feeds.invitations.letters import Method, Told

ANA, BO, CORA = "ana@example.org", "bo@example.org", "cora@example.org"
UID = "preprints@uid"


def test_people_are_counted_by_what_they_answered() -> None:
    told = {(each, UID): Told(part(), NOW) for each in (BO, CORA, ANA)}
    answers = {(ANA, UID): "ACCEPTED", (BO, UID): "DECLINED", ("x@example.org", UID): "ACCEPTED"}

    (meeting,) = attendance.meetings(told, answers, {})

    assert [(row.address, row.answer) for row in meeting.people] == [
        (ANA, "yes"),
        (BO, "no"),
        (CORA, "no answer"),
    ]
    assert list(meeting.counts.items()) == [("yes", 1), ("no", 1), ("no answer", 1)]


def test_who_was_uninvited_is_not_among_the_people() -> None:
    told = {
        (ANA, UID): Told(part(sequence=1, method=Method.CANCEL), NOW),
        (BO, UID): Told(part(), NOW),
    }

    (meeting,) = attendance.meetings(told, {(ANA, UID): "ACCEPTED"}, {})

    assert [row.address for row in meeting.people] == [BO]


def test_a_meeting_is_as_the_last_letter_told_it() -> None:
    moved = part(sequence=1)._replace(start=part().start + timedelta(days=1), title="Moved")
    told = {
        (ANA, UID): Told(moved, NOW),
        (BO, UID): Told(part(), NOW),
        (BO, "data@uid"): Told(part("data"), NOW),
    }

    found = list(attendance.meetings(told, {}, {}))

    assert [(each.session, each.title) for each in found] == [
        ("data", "Data"),
        ("preprints", "Moved"),
    ]


def test_no_cell_of_the_table_is_a_formula() -> None:
    told = {("=cmd@example.org", UID): Told(part()._replace(title="Preprints, now"), NOW)}
    comments = {("=cmd@example.org", UID): '+1 "late"'}

    text = attendance.as_csv(attendance.meetings(told, {}, comments))

    head, row = csv.reader(io.StringIO(text, newline=""))
    assert tuple(head) == attendance.HEADER
    assert row == [
        "open-science",
        "preprints",
        "2027-01-14T11:30:00Z",
        "Preprints, now",
        "'=cmd@example.org",
        "no answer",
        '\'+1 "late"',
    ]
    assert text.endswith("\r\n")
