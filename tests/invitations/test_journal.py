from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

import mail_servers
from posts import NOW, letter, part
from webinar_feeds.diagnostics import Refused
from webinar_feeds.invitations.journal import Answer, Busy, Forgotten, Journal, Unsettled
from webinar_feeds.invitations.letters import Kind, Method, Told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from webinar_feeds.invitations.letters import Letter

ANA, BO = "ana@example.org", "bo@example.org"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with mail_servers.database(tmp_path_factory.mktemp("pg")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where an empty journal is to be: in a file, or on Debian's PostgreSQL."""
    if request.param == "sqlite":
        return tmp_path / "attendees" / "journal.sqlite"
    url: str = request.getfixturevalue("server")
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as open_:
        open_.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    engine.dispose()
    return url


@pytest.fixture
def journal(place: Path | str) -> Iterator[Journal]:
    with Journal(place) as opened:
        yield opened


def sent(journal: Journal, each: Letter) -> None:
    journal.settle(journal.start(each, NOW))


def test_what_was_sent_is_there_when_it_is_opened_again(place: Path | str) -> None:
    with Journal(place) as first:
        sent(first, letter(ANA, part(), part("data", 3)))
    with Journal(place) as again:
        told = again.told("open-science")

    assert told == {
        (ANA, "preprints@uid"): Told(part(), NOW),
        (ANA, "data@uid"): Told(part("data", 3), NOW),
    }


def test_what_is_in_flight_or_refused_has_not_been_told(journal: Journal) -> None:
    journal.start(letter(ANA), NOW)
    journal.refuse(letter(BO), NOW, "550 no such user")

    assert journal.told("open-science") == {}
    assert journal.in_flight() == (Unsettled(ANA, Kind.INVITATION, ("preprints",), NOW),)
    assert journal.refusal(letter(BO)) == "550 no such user"
    assert journal.refusal(letter(ANA)) is None


def test_each_kind_of_letter_is_told_of_apart(journal: Journal) -> None:
    reminder = letter(ANA, part(method=Method.NONE), kind=Kind.REMINDER)
    sent(journal, letter(ANA))
    sent(journal, reminder)

    assert journal.told("open-science", Kind.REMINDER).keys() == {(ANA, "preprints@uid")}
    assert journal.told("open-science", Kind.RECORDING) == {}
    assert journal.told("another") == {}


def test_the_last_letter_counts_even_in_the_same_second(journal: Journal) -> None:
    for each in (part(), part(sequence=1, method=Method.CANCEL), part(sequence=2)):
        sent(journal, letter(ANA, each))

    assert journal.told("open-science")[ANA, "preprints@uid"].part == part(sequence=2)


def test_only_what_says_nothing_new_is_left_out(journal: Journal) -> None:
    sent(journal, letter(ANA, part(digest="a")))
    assert journal.is_told(letter(ANA, part(digest="a")))
    assert not journal.is_told(letter(ANA, part(digest="b")))
    assert not journal.is_told(letter(BO, part(digest="a")))
    assert not journal.is_told(letter(ANA, part(digest="a"), part("data")))

    sent(journal, letter(ANA, part(digest="b")))
    assert not journal.is_told(letter(ANA, part(digest="a")))  # said before, and again news

    sent(journal, letter(ANA, part(sequence=2)))
    assert journal.is_told(letter(ANA, part(sequence=1)))  # overtaken


def test_a_letter_that_was_in_flight_keeps_its_time(journal: Journal) -> None:
    journal.start(letter(ANA), NOW)

    assert journal.issued_before(letter(ANA)) == NOW
    assert journal.issued_before(letter(ANA, part(digest="b"))) is None


def test_a_later_letter_takes_the_place_of_one_in_flight(journal: Journal) -> None:
    journal.start(letter(ANA), NOW)
    journal.start(letter(BO), NOW)
    sent(journal, letter(ANA, part(sequence=1)))

    assert [each.address for each in journal.in_flight()] == [BO]


def test_what_was_withdrawn_is_gone(journal: Journal) -> None:
    journal.withdraw(journal.start(letter(ANA), NOW))

    assert (journal.in_flight(), journal.known("preprints@uid")) == ((), None)


def test_the_last_answer_takes_the_place_of_the_one_before(journal: Journal) -> None:
    first = Answer(ANA, "preprints@uid", "ACCEPTED", 0, NOW, "See you")
    second = first._replace(partstat="DECLINED", comment="")
    journal.keep(first, "open-science")
    assert journal.comments("open-science") == {(ANA, "preprints@uid"): "See you"}
    journal.keep(second, "open-science")

    assert journal.answer(ANA, "preprints@uid") == second
    assert journal.answers("open-science") == {(ANA, "preprints@uid"): "DECLINED"}
    assert journal.answers("another") == {}


def test_who_wants_no_letters_is_remembered_once(journal: Journal) -> None:
    assert [journal.opt_out(ANA, NOW), journal.opt_out(ANA, NOW)] == [True, False]
    assert journal.opted_out() == {ANA}
    assert [journal.opt_in(ANA), journal.opt_in(ANA)] == [True, False]
    assert journal.opted_out() == frozenset()


def test_two_runs_cannot_send_at_once(place: Path | str) -> None:
    with Journal(place) as first, Journal(place) as second:
        with first.sending():
            with pytest.raises(Busy), second.sending():
                pass
            sent(first, letter(ANA))  # the lock does not hold up its own run
            assert second.told("open-science")  # nor who only looks
        with second.sending():
            sent(second, letter(BO))


def test_a_person_is_forgotten_everywhere(journal: Journal) -> None:
    for who in (ANA, BO):
        sent(journal, letter(who))
        journal.refuse(letter(who, part("data")), NOW, f"550 {who}: no")
        journal.keep(Answer(who, "preprints@uid", "ACCEPTED", 0, NOW, "Ask Ana@Example.org"), "s")
        journal.opt_out(who, NOW)

    assert journal.forget(ANA) == Forgotten(2, 1, opted_out=True, mentions=1)
    assert journal.forget(ANA) == Forgotten(0, 0, opted_out=False, mentions=0)
    assert journal.told("open-science").keys() == {(BO, "preprints@uid")}
    assert journal.comments("s") == {(BO, "preprints@uid"): "Ask …"}
    assert journal.refusal(letter(BO, part("data"))) == f"550 {BO}: no"
    assert journal.opted_out() == {BO}


def test_no_byte_of_the_file_names_who_was_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with Journal(path) as journal:
        for number in range(60):
            sent(journal, letter(f"ana.{number}@example.org"))
            sent(journal, letter(f"bo.{number}@example.org"))
        assert b"ana.7@" in b"".join(each.read_bytes() for each in tmp_path.iterdir())
        for number in range(0, 60, 7):
            journal.forget(f"ana.{number}@example.org")
        left = b"".join(each.read_bytes() for each in tmp_path.iterdir())

    gone = [number for number in range(60) if f"ana.{number}@".encode() not in left]
    assert gone == list(range(0, 60, 7))


def test_what_cannot_be_wiped_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webinar_feeds.invitations.databases._WAIT", 0.1)
    path = tmp_path / "journal.sqlite"
    with Journal(path) as journal, Journal(path) as other:
        sent(journal, letter(ANA))
        with other._engine.connect() as reading:  # noqa: SLF001 - as another program would read
            reading.exec_driver_sql("BEGIN")
            reading.exec_driver_sql("SELECT * FROM letters").all()
            with pytest.raises(Refused, match=r"locked|another program has it open"):
                journal.forget(ANA)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "private" / "journal.sqlite"
    Journal(path).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_journal_of_a_newer_version_is_left_alone(place: Path | str) -> None:
    with Journal(place) as journal, journal._engine.begin() as open_:  # noqa: SLF001 - as a newer one would
        open_.exec_driver_sql("UPDATE schema_version SET version = 99")

    with pytest.raises(Refused, match="a newer webinar-feeds has written it"):
        Journal(place)


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("mysql://host/db", "only PostgreSQL"),
        ("nonsense://host/db", "only PostgreSQL"),
        ("://", "no address of a database"),
        ("postgresql://post@127.0.0.1:1/none", "onnection"),
    ],
)
def test_what_is_no_journal_is_refused(place: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        Journal(place)


def test_a_file_that_is_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"email\nana@example.org\n" * 60)

    with pytest.raises(Refused, match="not a database"):
        Journal(path)
    assert path.read_bytes() == b"email\nana@example.org\n" * 60
