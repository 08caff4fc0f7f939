from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from event_files import pointed_at, read, source, with_session
from webinar_feeds import checks, ledger
from webinar_feeds.checks import privacy
from webinar_feeds.model import (
    Audience,
    Join,
    MediaFile,
    Recording,
    Series,
    Site,
    Speaker,
    Talk,
)
from webinar_feeds.reading.series import locate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.diagnostics import Finding
    from webinar_feeds.ledger import Ledger

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BERLIN = "time: 13:00–14:30\ntimezone: Europe/Berlin"
ONE = read(with_session("", BERLIN)).sessions[0]


def found(text: str, past: Ledger | None = None, site: str | None = None) -> list[tuple[str, str]]:
    """What the rules say of a file: codes, and the words that they point at."""
    above = () if site is None else (source(site, "events/site.yaml"),)
    located = (
        finding.located(locate(finding.route, source(text), *above))
        for finding in checks.check(read(text, site), past)
    )
    return [(each.code, pointed_at(each)) for each in located]


def of_one(own: str = "", above: str = BERLIN, past: Ledger | None = None) -> list[tuple[str, str]]:
    return found(with_session(own, above), past)


def several(*sessions: str, above: str = BERLIN) -> str:
    """A file of sessions `{id: …}` on consecutive days."""
    listed = "\n".join(
        f"  - {{id: s{number}, date: 2020-07-{number:02}, {more}}}"
        for number, more in enumerate(sessions, 1)
    )
    return f"title: T\npage: https://www.example.org/\n{above}\nsessions:\n{listed}\n"


def published(text: str) -> Ledger:
    return ledger.revise(read(text), Site(), None, NOW).ledger


def test_nothing_is_said_of_a_file_that_is_as_it_should_be() -> None:
    assert of_one() == []


# --- the programme ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "above", "site", "expected"),
    [
        ("", "time: 13:00–14:30\ntimezone: CET", None, [("WF220", "CET")]),
        ("", "time: 13:00–14:30 CET", None, [("WF220", "13:00–14:30 CET")]),
        ("time: 13:00–14:30 CET", "platform: Zoom", None, [("WF220", "13:00–14:30 CET")]),
        ("", "time: 13:00–14:30", "timezone: CET", [("WF220", "CET")]),
        ("date: 2020-12-01", "time: 13:00–14:30\ntimezone: CET", None, []),
        ("date: 2020-12-01", "time: 13:00–14:30\ntimezone: CEST", None, [("WF220", "CEST")]),
        ("confirmed_utc: 11:00", "time: 13:00–14:30\ntimezone: CET", None, []),
        ("", "time: 13:00–14:30\ntimezone: CET\nzone_reading: literal", None, []),
    ],
)
def test_a_label_that_means_another_hour_to_the_letter_is_a_warning(
    own: str, above: str, site: str | None, expected: list[tuple[str, str]]
) -> None:
    assert found(with_session(own, above), site=site) == expected


def test_a_label_in_doubt_is_said_once_with_every_date() -> None:
    text = several(*(["title: A"] * 22), above="time: 1 pm – 2 pm CET")
    (finding,) = (each for each in checks.check(read(text), None) if each.rule.code == "WF220")

    assert finding.route == ("sessions", 0, "timezone")
    assert finding.values["label"] == "CET"
    assert str(finding.values["dates"]).startswith("2020-07-01 (11:00 UTC, not 12:00), 2020-07-02")
    assert str(finding.values["dates"]).endswith("2020-07-20 (11:00 UTC, not 12:00) and 2 more")


def test_as_many_sessions_are_listed_as_were_announced() -> None:
    assert found(several("title: A", "title: B", above=f"{BERLIN}\nannounced_sessions: 2")) == []
    assert found(several("title: A", "title: B", above=f"{BERLIN}\nannounced_sessions: 5")) == [
        ("WF301", "5")
    ]


def test_a_session_is_not_listed_twice() -> None:
    text = """
        title: T
        time: 13:00–14:00 UTC
        sessions:
          - {id: a, title: Same, date: 2020-07-08}
          - {id: b, title: SAME, date: 2020-07-08}
          - {id: c, title: Same, date: 2020-07-09}
        """

    assert found(text) == [("WF302", "SAME")]


def test_a_topic_is_written_in_one_way() -> None:
    text = several(
        "title: A, topics: [open data]",
        "title: B, topics: [other, Open-Data]",
        "title: C, topics: [open data]",
    )

    assert found(text) == [("WF303", "Open-Data")]


def test_an_inherited_topic_is_pointed_at_where_it_stands() -> None:
    text = several(
        "title: A, topics: [a b]",
        "title: B, topics: [a b]",
        "title: C",
        above=f"{BERLIN}\ntopics: A-b",
    )

    assert found(text) == [("WF303", "A-b")]


# --- recordings ---------------------------------------------------------------------------------


def test_what_is_announced_on_a_page_needs_the_page() -> None:
    text = several("title: A, recording: announced", "title: B, recordings: announced")
    without = text.replace("page: https://www.example.org/\n", "")

    assert found(text) == []
    assert found(without) == [("WF305", "announced")]
    assert found(without.replace("title: A,", "title: A, page: https://p.example.org/,")) == [
        ("WF305", "announced")
    ]


@pytest.mark.parametrize("status", ["cancelled", "postponed"])
def test_a_session_that_was_not_held_has_no_recording(status: str) -> None:
    own = f"status: {status}\nrecording: https://v.example.org/1"

    assert of_one(own) == [("WF306", "https://v.example.org/1")]
    assert of_one(own.replace(status, "confirmed")) == []


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2020-07-07", [("WF505", "2020-07-07")]),
        ("2020-07-07T23:00Z", []),  # the day of the session in Berlin
        ("2020-07-08", []),
        ("2020-07-09", []),
    ],
)
def test_a_recording_comes_after_its_session(date: str, expected: list[tuple[str, str]]) -> None:
    own = f"recording: {{url: https://v.example.org/1, published: {date}}}"

    assert of_one(own) == expected


@pytest.mark.parametrize(
    ("recording", "expected"),
    [
        ("https://v.example.org/1.mp4", [("WF506", "https://v.example.org/1.mp4")]),
        ("{url: https://v.example.org/1.mp4, size: 5}", []),
        ("https://v.example.org/1", []),
        ("{files: [{url: https://v.org/1, media_type: a/b}]}", [("WF506", "recording")]),
    ],
)
def test_a_file_has_a_size(recording: str, expected: list[tuple[str, str]]) -> None:
    assert of_one(f"recording: {recording}") == expected


def test_among_several_recordings_the_right_one_is_pointed_at() -> None:
    own = "recordings: [{id: a, url: https://v.org/a}, {id: b, url: https://v.org/b.mp4}]"

    assert of_one(own) == [("WF506", "https://v.org/b.mp4")]


@pytest.mark.parametrize(
    ("chapters", "expected"),
    [
        ("[{start: 0:00, title: A}, {start: 1:00, title: B}]", []),
        ("[{start: 0:30, title: A}, {start: 0:30, title: B}]", [("WF507", "0:30")]),
        ("[{start: 9:00, title: A}, {start: 1:00, title: B}]", [("WF507", "1:00")]),
        ("[{start: 9:59, title: A}]", []),
        ("[{start: 10:00, title: A}]", [("WF507", "10:00")]),
    ],
)
def test_chapters_follow_each_other_while_there_is_something_to_see(
    chapters: str, expected: list[tuple[str, str]]
) -> None:
    own = f"recording: {{url: https://v.org/a, duration: 10m, chapters: {chapters}}}"

    assert of_one(own) == expected


# --- what should not be read by everybody -------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "pointed"),
    [
        ("title: 'Preprints, passcode: 1234'", "'Preprints, passcode: 1234'"),
        ("summary: The password is secret.", "The password is secret."),
        ("platform: 'Zoom, Meeting ID: 123'", "'Zoom, Meeting ID: 123'"),
        ("talks: ['Welcome, PIN: 12']", "'Welcome, PIN: 12'"),
        ("talks: {title: T, summary: 'Kennwort: 12'}", "'Kennwort: 12'"),
        ("talks: {title: T, speakers: 'Ana, pin = 12'}", "'Ana, pin = 12'"),
        ("page: https://www.example.org/?pwd=12", "https://www.example.org/?pwd=12"),
        ("registration: https://www.example.org/?a=1&pin=2", "https://www.example.org/?a=1&pin=2"),
        ("recording: https://v.example.org/?pwd=12", "https://v.example.org/?pwd=12"),
        (
            "join: {url: https://m.example.org/?pwd=12, audience: public}",
            "{url: https://m.example.org/?pwd=12, audience: public}",
        ),
    ],
)
def test_a_passcode_in_what_is_published_is_a_warning(own: str, pointed: str) -> None:
    assert of_one(own) == [("WF402", pointed)]


@pytest.mark.parametrize(
    "own",
    [
        "title: Opinion and pinning",
        "summary: How to choose a password.",
        "join: {url: https://m.example.org/?pwd=12, audience: registered}",
    ],
)
def test_what_is_not_a_passcode_or_not_published_is_no_warning(own: str) -> None:
    assert of_one(own) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("summary: Join at https://m.example.org/1.", "Join at https://m.example.org/1."),
        ("page: https://m.example.org/1", "https://m.example.org/1"),
        ("page: https://m.example.org/1?x=1", "https://m.example.org/1?x=1"),
        ("page: https://m.example.org/1/", "https://m.example.org/1/"),
        ("page: https://m.example.org/12", None),
        ("page: https://m.example.org/1-public", None),
        ("page: https://m.example.org/", None),
    ],
)
def test_a_private_link_is_not_published_elsewhere(more: str, expected: str | None) -> None:
    for audience in ("registered", "hosts"):
        own = f"join: {{url: https://m.example.org/1, audience: {audience}}}\n{more}"
        assert of_one(own) == ([("WF403", expected)] if expected else [])


def test_a_public_link_may_stand_everywhere() -> None:
    own = "join: {url: https://m.example.org/1, audience: public}\nsummary: https://m.example.org/1"

    assert of_one(own) == []


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("summary: Write to ana@example.org.", [("WF404", "Write to ana@example.org.")]),
        ("talks: {title: T, speakers: ana@example.org}", [("WF404", "ana@example.org")]),
        ("page: https://www.example.org/@ana@example.org", []),
        ("title: We meet @ noon", []),
    ],
)
def test_a_mail_address_in_a_text_is_a_warning(own: str, expected: list[tuple[str, str]]) -> None:
    assert of_one(own) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("Passcode is 1", "PASSWORD: 1", "Kennwort=1", "Passwort: 1", "mot de passe : 1"),
        *("CONTRASEÑA: 1", "Clave: 1", "the PIN\xa0: 1", "pin is 1", "Meeting ID: 1"),
        *("https://a.example/?pwd=1", "https://a.example/?a=1&PW=1", "https://a.example/?pin=1"),
    ],
)
def test_every_word_for_a_passcode_is_known(text: str) -> None:
    (finding,) = privacy.published(Series("s", text, "en", ()))

    assert finding.rule is privacy.passcode


WORDS = some.sampled_from(
    [
        *("Kennwort", "PASSWORT", "passcode", "Password", "mot de passe", "pa\u017f\u017fword"),
        *("contraseña", "CONTRASEÑA", "clave", "CLAVE", "pin", "mapping", "P\u0131N", "p\u0130n"),
        *(
            "meeting ID",
            "meeting",
            "?pwd",
            "&PW",
            "&pin",
            "ana@example.org",
            "ana@",
            "http://a@b.c",
        ),
    ]
)
SIGNS = some.sampled_from(["is", "IS", " is ", ":", "\xa0: ", "=", " = ", "", " ", "/", "x"])
PASSCODES = some.tuples(WORDS, SIGNS, some.sampled_from(["1", "", " ", "is: a"])).map("".join)
LINKS = some.sampled_from(
    ["https://meet.example/1", "http://meet.example/12", "HTTPS://meet.example/1?a=%20"]
)
AROUND = some.sampled_from(["", " ", "http", "https://", "://", "1", "2", "%", "~", "é", "/", "?a"])
TEXTS = PASSCODES | some.tuples(AROUND, LINKS, AROUND, LINKS | AROUND).map("".join)


@settings(max_examples=300, deadline=None)
@given(
    *[some.lists(each, max_size=3) for each in (some.tuples(some.integers(0, 11), TEXTS), LINKS)]
)
def test_a_glance_lets_no_text_pass_that_a_closer_look_would_not(
    written: list[tuple[int, str]], links: list[str]
) -> None:
    sessions = []
    for place, text in written:
        texts: list[str] = [text if each == place else "" for each in range(12)]
        speaker = Speaker(texts[0], role=texts[1] or None, affiliation=texts[2] or None)
        sessions.append(
            replace(
                ONE,
                title=texts[3],
                summary=texts[4],
                platform=texts[5],
                page=texts[6] or None,
                registration=texts[7],
                talks=(Talk(texts[8], (speaker,), texts[9]),),
                recordings=(Recording("a", texts[10], files=(MediaFile(texts[11], "audio/ogg"),)),),
            )
        )
    sessions += [replace(ONE, join=Join(each, Audience.HOSTS)) for each in links]
    series = Series("s", "T", "en", tuple(sessions))

    assert list(privacy.published(series)) == list(closely(series))


@given(TEXTS, TEXTS, TEXTS, LINKS)
def test_the_texts_of_the_series_and_public_links_are_looked_at_too(
    title: str, summary: str, page: str, link: str
) -> None:
    public = replace(ONE, join=Join(f"{link}?pwd=x", Audience.PUBLIC))
    hidden = replace(ONE, join=Join(link, Audience.REGISTERED))
    series = Series("s", title, "en", (public, hidden), summary, page=page)

    assert list(privacy.published(series)) == list(closely(series))


def closely(series: Series) -> Iterator[Finding]:
    """What is said when every text is looked at."""
    texts = list(privacy._public(series, range(len(series.sessions))))  # noqa: SLF001 - all texts
    yield from privacy.passcodes(texts)
    links = {
        session.join.url: session.join.audience
        for session in series.sessions
        if session.join is not None and session.join.audience is not Audience.PUBLIC
    }
    for route, text in texts:
        for link, audience in links.items():
            if re.search(rf"{re.escape(link)}(?![\w%~-])", text):
                yield privacy.private_link.at(*route, audience=privacy._WHO[audience])  # noqa: SLF001 - its words
    yield from privacy.mail_addresses(texts)


def test_letters_that_are_ascii_where_capitals_do_not_count_are_known() -> None:
    others = "".join(chr(each) for each in range(128, sys.maxunicode + 1))

    assert set(re.findall("[a-z]", others, re.IGNORECASE)) == set(privacy._UNUSUAL)  # noqa: SLF001 - the letters of which a glance takes care


# --- what subscribers have ----------------------------------------------------------------------


def test_a_published_session_is_not_deleted() -> None:
    past = published(several("title: A", "title: B", "title: C"))
    findings = [
        (each.rule.code, each.route, each.values["id"])
        for each in checks.check(read(several("title: A")), past)
    ]

    assert findings == [("WF601", ("sessions",), "s2"), ("WF601", ("sessions",), "s3")]


def test_a_uid_does_not_change() -> None:
    past = published(with_session("uid: old@example.org", f"{BERLIN}\nuid: series@example.org"))
    same = "uid: old@example.org", f"{BERLIN}\nuid: series@example.org"

    assert of_one(*same, past=past) == []
    assert of_one(past=past) == []
    assert of_one("uid: new@example.org", f"{BERLIN}\nuid: 2@example.org", past) == [
        ("WF602", "2@example.org"),
        ("WF602", "new@example.org"),
    ]


def test_a_sequence_does_not_fall() -> None:
    past = published(with_session("sequence: 3"))

    assert of_one("sequence: 2", past=past) == [("WF604", "2")]
    assert of_one("sequence: 3", past=past) == []
    assert of_one("sequence: 2\nid: new", past=past) == [("WF609", "new")]


def raised(text: str, past: Ledger | None) -> list[tuple[str, str]]:
    """What the rules say of a file, with the place in it as a route."""
    return [
        (each.rule.code, "/".join(map(str, each.route))) for each in checks.check(read(text), past)
    ]


PROGRAMME = several("title: Preprints", "title: Open data", "title: Peer review")


def without(identifier: str, more: str = "", above: str = "") -> str:
    """The programme without one of its sessions, perhaps with another one behind."""
    lines = [each for each in PROGRAMME.splitlines() if f"id: {identifier}," not in each]
    return "\n".join([*([above] if above else []), *lines, *([f"  - {more}"] if more else [])])


def removed(identifier: str) -> Ledger:
    """What is remembered of the programme once a session has been removed from it."""
    left = read(without(identifier, above=f"removed: [{identifier}]"))
    return ledger.revise(left, Site(), published(PROGRAMME), NOW)[1]


def test_a_session_that_is_removed_in_words_is_not_missing() -> None:
    past = published(PROGRAMME)

    assert raised(without("s2"), past) == [("WF601", "sessions")]
    assert raised(without("s2", above="removed: [s2]"), past) == []
    assert raised(without("s2"), removed("s2")) == []


def test_a_session_that_was_removed_and_is_still_shown_needs_no_more_words() -> None:
    above = f"{BERLIN}\nkeep_cancelled: forever"
    text = several("title: A", "title: B", above=above)
    left = several("title: A", above=above)
    past = ledger.revise(read(f"removed: [s2]\n{left}"), Site(), published(text), NOW)[1]

    assert past.rows["s2"].left is None
    assert raised(left, past) == []


def test_a_session_that_has_left_the_calendars_may_leave_the_file() -> None:
    cancelled = PROGRAMME.replace("title: Open data", "title: Open data, status: cancelled")
    past = published(cancelled)

    assert past.rows["s2"].left is not None
    assert raised(without("s2"), past) == []


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("{id: new, date: 2020-09-01, title: OPEN DATA}", ("WF609", "sessions/2/id")),
        ("{id: new, date: 2020-09-01, title: Open dates}", ("WF609", "sessions/2/id")),
        ("{id: new, date: 2020-09-01, title: OPEN DATES}", ("WF609", "sessions/2/id")),
        ("{id: new, date: 2020-07-02, title: Another}", ("WF609", "sessions/2/id")),
        ("{id: new, date: 2020-09-01, title: Open days ahead}", ("WF601", "sessions")),
        ("{id: new, date: 2020-07-01, title: Another}", ("WF601", "sessions")),
    ],
)
def test_a_new_session_that_looks_like_one_that_is_gone_is_named(
    new: str, expected: tuple[str, str]
) -> None:
    assert raised(without("s2", new), published(PROGRAMME)) == [expected]


def test_a_likely_rename_says_what_to_write() -> None:
    new = "{id: open-data, date: 2020-07-02, title: Open data}"
    (finding,) = checks.check(read(without("s2", new)), published(PROGRAMME))

    assert finding.values == {"id": "s2", "new": "open-data"}
    assert finding.rule.help.startswith("write `formerly: {id}` in session `{new}`; or,")


def test_every_gone_session_has_a_new_one_of_its_own() -> None:
    """The same title and start come before the same start, whatever the order."""
    past = published(
        several("title: Preprints", "title: Open data").replace("07-02", "07-01"),
    )
    renamed = several("title: Open data", "title: Preprints").replace("07-02", "07-01")
    findings = checks.check(read(renamed.replace("id: s", "id: n")), past)

    assert [(each.values["id"], each.values["new"]) for each in findings] == [
        ("s1", "n2"),
        ("s2", "n1"),
    ]


def test_sessions_of_one_title_are_told_apart_by_their_start() -> None:
    past = published(several("title: Questions", "title: Questions"))
    new = several("title: Questions", "title: Questions")
    swapped = new.replace("s1", "n2").replace("s2", "n1").replace("07-01", "07-03")
    swapped = swapped.replace("07-02", "07-01").replace("07-03", "07-02")
    findings = checks.check(read(swapped), past)

    assert [(each.values["id"], each.values["new"]) for each in findings] == [
        ("s1", "n1"),
        ("s2", "n2"),
    ]


def test_a_new_session_that_has_ones_title_is_not_also_the_one_at_its_start() -> None:
    past = published(several("title: Open data", "title: Licences"))
    new = several("title: Open data").replace("id: s1", "id: new").replace("07-01", "07-02")

    assert raised(new, past) == [("WF609", "sessions/0/id"), ("WF601", "sessions")]


def test_one_new_session_is_not_taken_for_two() -> None:
    past = published(several("title: Open data 1", "title: Open data 2"))
    new = several("title: Open data").replace("id: s1", "id: new").replace("07-01", "09-01")

    assert raised(new, past) == [("WF609", "sessions/0/id"), ("WF601", "sessions")]


def test_very_many_titles_are_not_compared_letter_by_letter() -> None:
    def many(kind: str, title: str, later: timedelta) -> Series:
        one = read(with_session()).sessions[0]
        return replace(
            read(with_session()),
            sessions=tuple(
                replace(one, id=f"{kind}{number}", title=title.format(number), start=start, end=end)
                for number in range(101)
                for start, end in [(one.start + later + number * HOUR, one.end + 300 * HOUR)]
            ),
        )

    past = ledger.revise(many("a", "Data, part {}", 0 * HOUR), Site(), None, NOW)[1]
    alike = checks.check(many("b", "Dates, part {}", 200 * HOUR), past)
    same = checks.check(many("b", "Data, Part {}", 200 * HOUR), past)

    assert [each.rule.code for each in alike] == ["WF601"] * 101
    assert [each.rule.code for each in same] == ["WF609"] * 101


def test_a_session_that_names_its_former_id_is_the_same_one() -> None:
    past = published(PROGRAMME)
    renamed = PROGRAMME.replace("id: s2", "id: open-data, formerly: s2")
    after = ledger.revise(read(renamed), Site(), past, NOW)[1]

    assert raised(renamed, past) == []
    assert raised(renamed, after) == []
    assert raised(PROGRAMME.replace("id: s2", "id: open-data"), after) == []


def test_only_a_session_that_was_not_published_takes_the_place_of_another() -> None:
    text = without("s2").replace("id: s3", "id: s3, formerly: s2")

    assert raised(text, published(PROGRAMME)) == [("WF601", "sessions")]


def test_a_session_takes_one_place_only() -> None:
    text = without("s2").replace("id: s3", "id: new, formerly: [s2, s3]")

    assert raised(text, published(PROGRAMME)) == [("WF601", "sessions")]


def test_a_uid_and_a_sequence_are_compared_with_what_was_published_under_the_former_id() -> None:
    past = published(with_session("uid: 1@example.org\nsequence: 3"))

    assert of_one("id: new\nformerly: preprints\nuid: 2@example.org\nsequence: 2", past=past) == [
        ("WF602", "2@example.org"),
        ("WF604", "2"),
    ]
    assert of_one("id: new\nformerly: preprints\nuid: 1@example.org\nsequence: 3", past=past) == []


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("date: 2020-09-01\ntitle: Something else", [("WF610", "preprints")]),
        ("date: 2020-09-01\ntitle: Something else\nformerly: preprints", []),
        ("date: 2020-09-01\ntitle: Something else\nformerly: [preprints]", []),
        ("title: Something else", []),
        ("date: 2020-09-01", []),
        ("date: 2020-09-01\ntitle: On preprints, and data", []),
    ],
)
def test_an_id_is_not_given_to_another_session(own: str, expected: list[tuple[str, str]]) -> None:
    assert of_one(own, past=published(with_session())) == expected


def test_an_id_that_was_published_is_told_with_the_day_it_was_for() -> None:
    past = published(with_session("time: 23:30–23:45 America/New_York"))
    (finding,) = checks.check(
        read(with_session("date: 2020-09-01\ntitle: Something else")),
        past,
    )

    assert finding.values == {"id": "preprints", "title": "Preprints", "day": "2020-07-08"}


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        ("{id: s2, date: 2020-07-02, title: Open data}", []),
        ("{id: s2, date: 2020-09-01, title: Open data!}", []),
        ("{id: s2, date: 2020-07-02, title: Open doors}", [("WF610", "sessions/2/id")]),
        ("{id: s2, date: 2020-09-01, title: Licences}", [("WF610", "sessions/2/id")]),
        ("{id: s2, date: 2020-09-01, title: Licences, formerly: s2}", []),
    ],
)
def test_the_id_of_a_removed_session_is_kept_for_its_return(
    session: str, expected: list[tuple[str, str]]
) -> None:
    assert raised(without("s2", session), removed("s2")) == expected


@pytest.mark.parametrize("past", [None, published(PROGRAMME)])
def test_a_session_is_not_removed_and_listed(past: Ledger | None) -> None:
    assert raised(f"removed: [s2]\n{PROGRAMME}", past) == [("WF611", "removed/0")]
    assert found(f"removed: s2\n{PROGRAMME}", past) == [("WF611", "s2")]


def test_only_what_was_published_can_be_removed() -> None:
    past = published(PROGRAMME)

    assert raised(f"removed: [s9]\n{PROGRAMME}", past) == [("WF612", "removed/0")]
    assert raised(f"removed: [s9]\n{PROGRAMME}", None) == []


def test_a_session_is_not_removed_and_listed_under_another_id() -> None:
    past = published(PROGRAMME)
    renamed = f"removed: [s2]\n{PROGRAMME}".replace("id: s2", "id: open-data, formerly: s2")
    after = ledger.revise(read(renamed), Site(), past, NOW)[1]
    silent = renamed.replace(", formerly: s2", "")

    assert raised(renamed, None) == [("WF611", "removed/0")]
    assert raised(renamed, past) == [("WF611", "removed/0")]
    assert raised(silent, after) == [("WF611", "removed/0")]


def test_a_former_id_was_published() -> None:
    text = PROGRAMME.replace("id: s2", "id: s2, formerly: [s2, s9]")

    assert raised(text, published(PROGRAMME)) == [("WF613", "sessions/1/formerly/1")]
    assert raised(text, None) == []


def test_a_former_id_is_no_other_sessions() -> None:
    listed = PROGRAMME.replace("id: s2", "id: s2, formerly: s1")
    twice = without("s2").replace(", date: 2020", ", formerly: s2, date: 2020")

    for past in (None, published(PROGRAMME)):
        assert ("WF614", "sessions/1/formerly/0") in raised(listed, past)
        assert ("WF614", "sessions/1/formerly/0") in raised(twice, past)
    assert [
        each.values["why"] for text in (listed, twice) for each in checks.check(read(text), None)
    ] == ["that session is still listed", "session `s1` names it too"]


RECORDED = "recordings: [{id: english, url: https://v.org/1}, {id: french, url: https://v.org/2}]"


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (RECORDED, []),
        (RECORDED.replace("french", "fr").replace("/1", "/3"), []),
        ("recordings: [{id: english, url: https://v.org/1}]", ["french"]),
        ("recording: https://v.org/2", ["english"]),
        ("", ["english", "french"]),
        ("id: new\nformerly: preprints", ["english", "french"]),
        (f"id: new\nformerly: preprints\n{RECORDED}", []),
        ("recordings_removed: english", ["french"]),
        ("recordings_removed: [english, french]", []),
        ("recordings_removed: french\nrecording: https://v.org/1", []),
    ],
)
def test_a_recording_that_was_published_stays(own: str, expected: list[str]) -> None:
    findings = list(checks.check(read(with_session(own)), published(with_session(RECORDED))))

    assert [(each.rule.code, each.values["recording"]) for each in findings] == [
        ("WF615", each) for each in expected
    ]


@pytest.mark.parametrize(
    ("now", "expected"),
    [(NOW, ["WF617"]), (NOW + 24 * HOUR, []), (None, [])],
)
def test_a_session_was_not_changed_at_a_time_to_come(
    now: datetime | None, expected: list[str]
) -> None:
    told = read(with_session("updated: 2027-03-02T09:00Z"))

    assert [each.rule.code for each in checks.check(told, None, now)] == expected


def test_the_recordings_of_a_session_that_was_never_published_are_new() -> None:
    past = published(with_session(RECORDED))
    other = "  - {id: new, title: New, date: 2020-09-01, recording: https://v.org/9}\n"

    assert raised(with_session(RECORDED) + other, past) == []


def test_a_session_that_is_given_a_published_uid_is_that_session() -> None:
    past = published(with_session("uid: 1@example.org"))

    assert of_one("id: new\nuid: 1@example.org", past=past) == []
    assert of_one("id: new\nuid: 2@example.org", past=past) == [("WF609", "new")]


def test_a_new_session_is_not_given_the_uid_of_one_that_is_listed() -> None:
    past = published(with_session("uid: 1@example.org"))
    new = "  - {id: new, title: New, date: 2020-09-01, uid: 1@example.org}\n"
    findings = list(checks.check(read(with_session() + new), past))

    assert [(each.rule.code, each.route) for each in findings] == [
        ("WF616", ("sessions", 1, "uid"))
    ]
    assert findings[0].values == {"uid": "1@example.org", "id": "preprints"}
