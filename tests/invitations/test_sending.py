from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme
from aiosmtpd.smtp import AuthResult

import mail_servers
from mail_servers import DROP, Postbox, postbox
from posts import NOW, Clock, letter, part, people, send, settings
from webinar_feeds.invitations.accounts import Account
from webinar_feeds.invitations.journal import Busy, Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webinar_feeds.invitations.letters import Letter

ANA, BO, CORA = "ana@example.org", "bo@example.org", "cora@example.org"
THREE = [letter(each) for each in (ANA, BO, CORA)]
ALL = [ANA, BO, CORA]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "journal.sqlite") as opened:
        yield opened


def at(step: str, *numbers: int, reply: str = DROP) -> Callable[[str, int], str | None]:
    """A plan: what happens when a step comes for the so-many-th time."""
    return lambda name, number: reply if name == step and number in numbers else None


def who(box: Postbox) -> list[str]:
    return [each for each, _ in box.taken]


def test_letters_arrive_as_they_were_written(journal: Journal) -> None:
    box = Postbox()
    with postbox(box) as port:
        done, steps = send(THREE, journal, settings(port))

    assert (done.sent, done.is_done, steps) == (3, True, ["sent"] * 3)
    assert who(box) == ALL
    assert box.taken[0][1] == b"To: ana@example.org\r\nDate: %s\r\n\r\n.dot\r\n..\r\nHello\r\n" % (
        str(NOW.replace(second=1)).encode()
    )
    assert {each for each, _ in journal.told("open-science")} == {*ALL}


def test_what_was_sent_is_not_sent_again(journal: Journal) -> None:
    box = Postbox()
    with postbox(box) as port:
        send(THREE[:2], journal, settings(port))
        done, steps = send(THREE, journal, settings(port))

    assert (done.known, done.sent, steps) == (2, 1, ["known", "known", "sent"])
    assert who(box) == ALL


@pytest.mark.parametrize("step", ["EHLO", "MAIL", "RCPT", "DATA", "LOST", "KEPT", "QUIT"])
@pytest.mark.parametrize("number", [0, 1])
def test_a_connection_that_is_lost_loses_no_letter(
    journal: Journal, step: str, number: int
) -> None:
    box = Postbox(at(step, number))
    with postbox(box) as port:
        done, _ = send(THREE, journal, settings(port))

    doubted = [ALL[number]] if step in {"LOST", "KEPT"} else []
    twice = doubted if step == "KEPT" else []
    assert sorted(who(box)) == sorted([*ALL, *twice])
    assert done.repeated == tuple(doubted)
    assert (done.sent, done.is_done, journal.in_flight()) == (3, True, ())
    if twice:
        first, second = (data for each, data in box.taken if each in twice)
        assert first == second


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "LOST", "KEPT"])
def test_a_server_that_is_leaving_is_called_again(journal: Journal, step: str) -> None:
    box = Postbox(at(step, 0, reply="421 going down"))
    clock = Clock()
    with postbox(box) as port:
        done, _ = send(THREE, journal, settings(port), clock)

    assert (done.sent, done.repeated, clock.slept) == (3, (), [2])


def test_a_server_that_stays_away_stops_the_run_and_the_next_goes_on(journal: Journal) -> None:
    clock = Clock()
    box = Postbox(lambda step, _: DROP if step == "KEPT" and len(box.taken) >= 2 else None)
    with postbox(box) as port:
        done, steps = send(THREE, journal, settings(port), clock)
        assert (done.sent, steps, clock.slept) == (1, ["sent"], [2, 4])
        assert "closed" in done.stopped
        assert [each.address for each in journal.in_flight()] == [BO]
        box.plan = mail_servers.ordinary
        done, steps = send(THREE, journal, settings(port))

    assert (steps, done.repeated, done.stopped) == (["known", "repeated", "sent"], (BO,), "")
    assert len({data for each, data in box.taken if each == BO}) == 1


def test_doubt_about_a_letter_stays_until_the_server_has_clearly_answered(
    journal: Journal,
) -> None:
    plan = {("KEPT", 0): DROP, ("DATA", 1): DROP, ("DATA", 2): DROP}
    box = Postbox(lambda step, number: plan.get((step, number)))
    with postbox(box) as port:
        first, _ = send([THREE[0]], journal, settings(port))
        assert [each.address for each in journal.in_flight()] == [ANA]
        second, _ = send([THREE[0]], journal, settings(port))

    assert bool(first.stopped) is True
    assert (second.sent, second.repeated) == (1, (ANA,))
    assert len({data for _, data in box.taken}) == 1


def test_nobody_there_is_tried_a_few_times(journal: Journal) -> None:
    clock = Clock()
    done, steps = send(THREE, journal, settings(mail_servers.free_port()), clock)

    assert (done.stopped, steps, clock.slept) == ("Connection refused", [], [2, 4])


@pytest.mark.parametrize("step", ["RCPT", "DATA", "LOST"])
def test_who_is_refused_for_good_is_not_tried_again(journal: Journal, step: str) -> None:
    box = Postbox(at(step, 1, reply="550 5.1.1 no\x1b such user"))
    with postbox(box) as port:
        done, steps = send(THREE, journal, settings(port))
        again, _ = send(THREE, journal, settings(port))

    assert (steps, who(box)) == (["sent", "refused", "sent"], [ANA, CORA])
    (refusal,) = done.refusals
    assert (refusal.address, refusal.for_good) == (BO, True)
    assert refusal.reply == "550 5.1.1 no\N{REPLACEMENT CHARACTER} such user"
    assert (again.known, again.refused, again.refusals) == (2, 1, done.refusals)
    assert box.steps["MAIL"] == 3


def test_a_refusal_may_be_doubted(journal: Journal) -> None:
    box = Postbox(at("RCPT", 0, reply="550 listed"))
    with postbox(box) as port:
        send(THREE[:1], journal, settings(port))
        done, _ = send(THREE[:1], journal, settings(port)._replace(retry_refused=True))

    assert (done.sent, journal.refusal(THREE[0])) == (1, None)


@pytest.mark.parametrize("step", ["RCPT", "DATA", "LOST"])
def test_who_cannot_be_reached_now_is_tried_once_more_at_the_end(
    journal: Journal, step: str
) -> None:
    box = Postbox(at(step, 0, reply="451 greylisted"))
    with postbox(box) as port:
        done, steps = send(THREE, journal, settings(port))

    assert (who(box), steps, done.deferred) == ([BO, CORA, ANA], ["sent"] * 3, 0)


def test_who_cannot_be_reached_at_all_today_is_left_for_the_next_run(journal: Journal) -> None:
    full = [letter(f"p{each}@example.org") for each in range(103)]
    box = Postbox(lambda step, _: "452 full" if step == "RCPT" else None)
    with postbox(box) as port:
        done, _ = send(full, journal, settings(port))
        assert (done.deferred, done.is_done, len(done.refusals)) == (103, False, 20)
        assert (journal.in_flight(), journal.told("open-science")) == ((), {})
        box.plan = mail_servers.ordinary
        done, _ = send(full, journal, settings(port))

    assert (done.sent, done.is_done, len(box.taken)) == (103, True, 103)


def test_a_sender_that_is_not_wanted_stops_the_run(journal: Journal) -> None:
    box = Postbox(at("MAIL", 0, reply="550 not yours"))
    with postbox(box) as port:
        done, steps = send(THREE, journal, settings(port))

    expected = "the server takes no letters from library@example.org: 550 not yours"
    assert (done.stopped, steps, journal.in_flight()) == (expected, [], ())


def test_a_server_that_says_nothing_is_not_waited_for_long(journal: Journal) -> None:
    import socket  # noqa: PLC0415 - for a server that never answers

    with socket.create_server(("127.0.0.1", 0)) as silent:
        quick = settings(silent.getsockname()[1], tries=2)._replace(timeout=0.2)
        done, _ = send(THREE, journal, quick)

    assert "timed out" in done.stopped


def test_letters_keep_their_distance(journal: Journal) -> None:
    clock = Clock()
    with postbox(Postbox()) as port:
        send(THREE, journal, settings(port, per_minute=6), clock)

    assert [round(each) for each in clock.slept] == [9, 9]  # and a second for each look at it


@pytest.mark.parametrize(
    "address",
    ["a@example.org>\r\nRCPT TO:<b@example.org", "a@example.org\nDATA", "a b@example.org", "a\0@b"],
)
def test_no_address_can_carry_a_command(journal: Journal, address: str) -> None:
    box = Postbox()
    with postbox(box) as port:
        done, steps = send([letter(address), THREE[0]], journal, settings(port))

    assert (steps, who(box), done.refused) == (["refused", "sent"], [ANA], 1)


def test_no_line_of_a_letter_can_end_it(journal: Journal) -> None:
    text = b"A: b\r\n\r\n.\r\nMAIL FROM:<x@example.org>\r\n..\r\n.\r\n"
    box = Postbox()
    with postbox(box) as port:
        send([THREE[0]._replace(make=lambda _: text)], journal, settings(port))

    assert box.taken == [(ANA, text)]


def test_an_international_address_needs_a_server_that_knows_them(journal: Journal) -> None:
    box = Postbox()
    with postbox(box) as port:
        done, _ = send([letter("josé@example.org")], journal, settings(port))

    assert (done.sent, who(box)) == (1, ["josé@example.org"])


def test_two_runs_do_not_send_at_once(journal: Journal) -> None:
    with journal.sending(), pytest.raises(Busy):
        send(THREE, journal, settings(1))


# --- Encryption ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def test_a_password_goes_by_a_verified_certificate_only(
    journal: Journal, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ssl  # noqa: PLC0415 - for this server alone

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    seen = []

    def login(
        server: object, session: object, envelope: object, how: str, data: object
    ) -> AuthResult:
        del server, session, envelope
        seen.append((how, data))
        right = getattr(data, "password", b"") == b"s3cret word"
        return AuthResult(success=right, handled=False)

    with postbox(
        Postbox(), tls_context=context, require_starttls=True, authenticator=login
    ) as port:
        account = Account("localhost", port, secure=False, user="lib", password="s3cret word")  # noqa: S106 - the test's
        right = settings(port)._replace(account=account)
        done, _ = send(THREE, journal, right)
        assert "certificate is not to be trusted" in done.stopped
        assert seen == []

        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        wrong = right._replace(account=account._replace(password="another"))  # noqa: S106 - the test's
        done, _ = send(THREE, journal, wrong)
        assert done.stopped.startswith("the server refuses user and password: 535")
        done, _ = send(THREE, journal, right)

    assert done.sent == 3


def test_nothing_goes_to_another_machine_in_the_clear(journal: Journal) -> None:
    box = Postbox()
    name = "127.0.0.2"  # this machine, by a name that does not say so
    with postbox(box, name) as port:
        done, _ = send(
            THREE, journal, settings(port)._replace(account=Account(name, port, secure=False))
        )

    assert "offers no encryption" in done.stopped
    assert "MAIL" not in box.steps


# --- Killed --------------------------------------------------------------------------------------

RUN = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from posts import NOW, people, settings
from webinar_feeds.invitations.journal import Journal
from webinar_feeds.invitations.sending import World, deliver
with Journal(Path(sys.argv[2])) as journal:
    for each in journal.in_flight():
        print(each.address)
    print("go", flush=True)
    world = World(lambda: NOW, time.monotonic, time.sleep)
    done = deliver(people(1000), journal, settings(int(sys.argv[3])), lambda _: None, world)
    print("done" if done.is_done else done.stopped, *done.repeated)
"""


def test_a_run_that_is_killed_loses_nothing_and_repeats_what_it_says(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - the same every time
    box, said, kills = Postbox(), set[str](), 0
    tests = str(Path(__file__).parent.parent)
    with postbox(box) as port:
        goals = sorted(chance.sample(range(1, 1000), 12))
        while True:
            command = [sys.executable, "-c", RUN, tests, str(tmp_path / "j.sqlite"), str(port)]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            assert process.stdout is not None
            said |= {line.strip() for line in iter(process.stdout.readline, "go\n")}
            if kills == len(goals):
                break
            while len(box.taken) < goals[kills]:
                assert process.poll() is None
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            kills += 1
        last, _ = process.communicate()

    word, *repeated = last.split()
    everybody = [each.recipient for each in people(1000)]
    taken = who(box)
    twice = {each for each in set(taken) if taken.count(each) > 1}
    assert word == "done"
    assert sorted(set(taken)) == everybody
    assert len(taken) - 1000 == len(twice) <= kills
    assert twice <= said | {*repeated}
    assert len(said) <= kills
    assert all(len({data for each, data in box.taken if each == one}) == 1 for one in twice)


# --- Many ----------------------------------------------------------------------------------------

MEASURE = """
import resource, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from posts import NOW, people, settings
from webinar_feeds.invitations.journal import Journal
from webinar_feeds.invitations.sending import World, deliver
peaks = []
def look(outcome):
    count[0] += 1
    if count[0] in (300, 1500):
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
count = [0]
with Journal(Path(sys.argv[2])) as journal:
    world = World(lambda: NOW, time.monotonic, time.sleep)
    deliver(people(1500), journal, settings(int(sys.argv[3])), look, world)
print(*peaks)
"""


def test_many_letters_take_no_more_memory_than_few(tmp_path: Path) -> None:
    tests = str(Path(__file__).parent.parent)
    with mail_servers.sink() as (port, taken):
        command = [sys.executable, "-c", MEASURE, tests, str(tmp_path / "j.sqlite"), str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)

    early, late = map(int, done.stdout.split())  # KiB
    assert taken() == 1_500
    assert late - early < 2_000


def test_a_letter_is_made_when_its_turn_comes(journal: Journal) -> None:
    made: list[int] = []

    def each(number: int) -> Letter:
        base = letter(f"p{number}@example.org", part())

        def make(_: object) -> bytes:
            made.append(number)
            assert len(box.taken) == number
            return b"A: b\r\n\r\nc\r\n"

        return base._replace(make=make)

    box = Postbox()
    with postbox(box) as port:
        send(map(each, range(5)), journal, settings(port))

    assert made == [0, 1, 2, 3, 4]
