from __future__ import annotations

import json

import pytest

from webinar_feeds.diagnostics import Diagnostic, Location, Related, Severity
from webinar_feeds.records import Member, Part, Record, dump, parse

LINE = "time: 13:00–14:30  # „Zoë“"
FULL = Record(
    (
        Member(
            1799926200, "preprints", 1800446400, (("topics/data", "Data"), ("speakers/zoe", "Zoë"))
        ),
        Member(-86400, "modems", 0, ()),
    ),
    {
        "calendar.ics": (
            Part(
                512, 801, 0xFFFFFFFF, (1799926200, "open-science", "preprints"), (None, 1995, 2027)
            ),
            Part(1313, 0, 0, (-86400, "a", "b"), ("Africa/Tunis", 1995, 1995, 5400)),
        ),
        "recordings.rss": (),
    },
    1802352600,
    (
        Diagnostic(
            "WF307", Severity.WARNING, "no address", Location("events/site.yaml"), "write it"
        ),
        Diagnostic(
            "WF203",
            Severity.NOTE,
            "“odd”\nin two lines",
            Location("events/a.yaml", 3, 7, 18, LINE),
            "",
            (Related("here", Location("events/b.yaml", 1, 1, 2, LINE)),),
        ),
    ),
    {"pages": "{}"},
    {"open-science/sessions/preprints.html": "0123abcd"},
)


@pytest.mark.parametrize("record", [FULL, Record((), {}, None, ())])
def test_a_record_is_read_as_it_was_written(record: Record) -> None:
    assert parse(dump(record)) == record


def test_what_is_read_can_be_compared_hashed_and_looked_up() -> None:
    """Facts and keys tell pieces apart, so they are tuples again, and diagnostics are values."""
    read = parse(dump(FULL))

    assert {part.facts: part.key for part in read.parts["calendar.ics"]} == {
        part.facts: part.key for part in FULL.parts["calendar.ics"]
    }
    assert dict.fromkeys(read.diagnostics) == dict.fromkeys(FULL.diagnostics)
    assert [type(each.severity) for each in read.diagnostics] == [Severity, Severity]
    assert read.members[0].subjects == (("topics/data", "Data"), ("speakers/zoe", "Zoë"))


def test_a_record_is_one_line_of_json_with_the_same_bytes_every_time() -> None:
    data = dump(FULL)

    assert (data.count(b"\n"), dump(FULL), dump(parse(data))) == (0, data, data)
    assert json.loads(data)[2] == 1802352600
    assert "Zoë".encode() in data
