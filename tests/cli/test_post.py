"""Letters really go out, and answers come back: Exim takes them, Dovecot has them."""

from __future__ import annotations

import mailbox
import re
import smtplib
import ssl
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import trustme
from click.testing import CliRunner, Result

import mail_servers
import posts
import reply_mail
from letter_rounds import SERIES
from webinar_feeds import api
from webinar_feeds.cli.main import cli
from webinar_feeds.invitations.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.invitations.letters import Part

FOUR = ("ana@example.org", "bo@example.org", "cora@example.org", "dora@example.org")
SENDER = "name: The Library\nemail: library@example.org\n"


class Post(NamedTuple):
    """The ports of mail out and in, the certificate's authority, and where mail lies."""

    smtp: int
    imap: int
    authority: Path
    folder: Path

    def letters(self, number: int) -> list[mailbox.MaildirMessage]:
        """What people have got, once it is so many."""
        for _ in range(100):
            found = list((self.folder / "mail/others/new").glob("*"))
            if len(found) >= number:
                break
            time.sleep(0.05)
        return [mailbox.MaildirMessage(each.read_bytes()) for each in sorted(found)]

    def answer(self, data: bytes) -> None:
        """Send a reply to the organiser."""
        context = ssl.create_default_context(cafile=self.authority)
        with smtplib.SMTP("localhost", self.smtp) as server:
            server.starttls(context=context)
            server.login("library", "s3cret-word")
            server.sendmail("someone@example.org", ["library@example.org"], data)


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    authority, folder = trustme.CA(), tmp_path / "post"
    certificate = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    chain = b"".join(each.bytes() for each in certificate.cert_chain_pems)
    folder.mkdir()
    key = certificate.private_key_pem.bytes()
    with mail_servers.mail_system(folder, chain, key) as (out, in_):
        yield Post(out, in_, tmp_path / "ca.pem", folder)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A series that is published, and four people to invite."""
    folder = tmp_path / "work"
    files = {
        "events/open-science.yaml": SERIES,
        "attendees/open-science.csv": "email\n" + "".join(f"{each}\n" for each in FOUR),
        "attendees/sender.yaml": SENDER,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1796000000")  # 29 November 2026
    for name in ("SENDER", "JOURNAL", "SMTP", "SMTP_PASSWORD", "IMAP", "IMAP_PASSWORD"):
        monkeypatch.delenv(f"WEBINAR_FEEDS_{name}", raising=False)
    monkeypatch.setenv("WEBINAR_FEEDS_SMTP_PER_MINUTE", "0")
    assert api.build().committed is not None
    return folder


@pytest.fixture
def connected(post: Post, monkeypatch: pytest.MonkeyPatch) -> Post:
    monkeypatch.setenv("SSL_CERT_FILE", str(post.authority))
    monkeypatch.setenv("WEBINAR_FEEDS_SMTP", f"smtp://library@localhost:{post.smtp}")
    monkeypatch.setenv("WEBINAR_FEEDS_SMTP_PASSWORD", "s3cret-word")
    monkeypatch.setenv("WEBINAR_FEEDS_IMAP", f"imaps://library@localhost:{post.imap}/INBOX")
    monkeypatch.setenv("WEBINAR_FEEDS_IMAP_PASSWORD", "s3cret-word")
    return post


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)


def replies_of_four(uid: str) -> list[bytes]:
    """The shapes of four programs, each from another person, about a session."""
    shapes = (reply_mail.GMAIL, reply_mail.OUTLOOK, reply_mail.APPLE, reply_mail.THUNDERBIRD)
    return [
        reply_mail.about(shape, uid, address) for shape, address in zip(shapes, FOUR, strict=True)
    ]


@pytest.mark.usefixtures("work")
def test_people_are_invited_once_and_their_answers_are_counted(connected: Post) -> None:
    sent = run("invite", "open-science", "--send")
    again = run("invite", "open-science", "--send")
    mail = connected.letters(4)

    assert (sent.exit_code, sent.stdout.endswith("Sent 4 letters.\n")) == (0, True)
    assert "Nothing is to be sent." in again.stdout
    assert sorted(each["Envelope-To"] for each in mail) == sorted(FOUR)
    assert [each["Envelope-To"] for each in mail] == [each["To"] for each in mail]

    with Journal(Path("attendees/journal.sqlite")) as journal:
        told = journal.told("open-science")
    uid = next(uid for (_, uid), last in told.items() if last.part.session == "preprints")
    for data in replies_of_four(uid):
        connected.answer(data)
    connected.answer(reply_mail.about(reply_mail.GMAIL, uid, FOUR[1]).replace(b"Ana", b"Eve"))
    connected.answer(reply_mail.about(reply_mail.GMAIL, uid, "eve@example.org"))
    box = connected.folder / "mail/library"
    for _ in range(100):
        if len(list((box / "new").glob("*"))) == 6:
            break
        time.sleep(0.05)
    before = sorted(
        each.name for each in box.rglob("*") if each.is_file() and "dovecot" not in each.name
    )

    read = run("replies", "--now", "2026-12-05T00:00:00Z")
    twice = run("replies", "--now", "2026-12-05T00:00:00Z")

    assert (read.exit_code, read.stdout) == (
        0,
        "4 new, 1 not counted, 1 overtaken by later ones.\n",
    )
    assert "e…@example.org: not counted: this address was not invited" in read.stderr
    assert twice.stdout == "4 known before, 1 not counted, 1 overtaken by later ones.\n"
    after = sorted(
        each.name.partition(":")[0]
        for each in box.rglob("*")
        if each.is_file() and "dovecot" not in each.name
    )
    assert after == [each.partition(":")[0] for each in before]
    assert not any(each.name.endswith("S") for each in box.rglob("*"))  # none is marked as seen

    shown = run("attendance", "open-science/preprints", "--show-addresses").stdout
    assert re.findall(r"  (\S.*?)  +(\w+@example\.org)", shown) == [
        ("yes", "ana@example.org"),
        ("perhaps", "bo@example.org"),
        ("no", "cora@example.org"),
        ("yes", "dora@example.org"),
    ]
    assert "ana@example.org" not in run("attendance", "open-science/preprints").stdout
    table = run("attendance", "--csv", "-").stdout
    assert 'preprints,2027-01-14T11:30:00Z,"Preprints, and who reads them",ana@' in table

    reminded = run("remind", "open-science", "--now", "2027-01-13T13:00:00Z", "--send")
    assert "Sent 3 letters." in reminded.stdout  # not to who has declined
    more = run("remind", "open-science", "--now", "2027-01-13T14:00:00Z", "--send")
    assert "Nothing is to be sent." in more.stdout


@pytest.mark.usefixtures("work", "connected")
def test_who_is_refused_is_named_and_the_others_get_theirs() -> None:
    Path("attendees/open-science.csv").write_text(
        "email\nnobody-here@example.org\nbo@example.org\n"
    )

    done = run("invite", "open-science", "--send")

    assert done.exit_code == 0
    assert done.stdout.endswith(
        "Sent 1 letter.\n1 letter refused for good:\n  n…@example.org  550 no such mailbox\n"
    )


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize(
    ("variables", "status", "said"),
    [
        ({}, 1, "WF952"),
        ({"SMTP": "mail.example.org"}, 1, "WF951"),
        ({"SMTP": "smtp://u@mail.example.org"}, 1, "WF953"),
        ({"SMTP": "smtp://localhost", "SMTP_PER_MINUTE": "ten"}, 2, "SMTP_PER_MINUTE"),
        ({"SMTP": "smtp://localhost", "SMTP_FROM": "me"}, 2, "SMTP_FROM"),
        ({"JOURNAL": "mysql://host/db"}, 1, "WF950"),
        ({"JOURNAL": "output/journal.sqlite"}, 1, "WF924"),
    ],
)
def test_settings_that_are_wrong_are_told(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], status: int, said: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"WEBINAR_FEEDS_{name}", value)

    done = run("invite", "open-science", "--send")

    assert (done.exit_code, said in done.stderr) == (status, True)


@pytest.mark.usefixtures("work")
def test_looking_makes_no_journal() -> None:
    assert run("invite", "open-science").exit_code == 0
    assert run("attendance").stdout == "Nobody was invited yet.\n"
    assert run("replies", "events").exit_code == 2
    assert not list(Path("attendees").glob("journal*"))


@pytest.mark.usefixtures("work")
def test_who_wants_no_letters_gets_none() -> None:
    assert run("attendance", "opt-out", "Ana@example.org").stdout == (
        "ana@example.org gets no more letters.\n"
    )
    assert "1 who want no letters" in run("invite", "open-science").stdout
    run("attendance", "opt-out", "ana@example.org", "--undo")
    assert "want no letters" not in run("invite", "open-science").stdout


@pytest.mark.usefixtures("work")
def test_a_person_is_forgotten_and_where_they_still_stand_is_said() -> None:
    run("attendance", "opt-out", "ana@example.org")

    done = run("attendance", "forget", "ANA@example.org")

    assert (done.exit_code, done.stdout) == (1, "Forgotten: 0 letters, 0 answers, an opt-out.\n")
    assert done.stderr.startswith("attendees/open-science.csv:2: the address still stands here")
    assert b"ana@" not in b"".join(each.read_bytes() for each in Path("attendees").glob("journal*"))


@pytest.mark.usefixtures("work")
def test_the_mailbox_may_be_a_folder_an_mbox_or_a_maildir() -> None:
    optout = b"From: %s\nSubject: unsubscribe\n\nPlease.\n>From now on.\n"
    run("attendance", "opt-out", "zoe@example.org")
    Path("box.mbox").write_bytes(
        b"".join(
            b"From x Thu\n" + optout % f"m{each}@example.org".encode() + b"\n" for each in "12"
        )
    )
    Path("Maildir/cur").mkdir(parents=True)
    Path("Maildir/new").mkdir()
    Path("Maildir/new/1.x").write_bytes(optout % b"n1@example.org")
    Path("saved/deep").mkdir(parents=True)
    Path("saved/deep/one.eml").write_bytes(optout % b"e1@example.org")
    Path("saved/notes.txt").write_bytes(optout % b"no@example.org")

    done = run("replies", "box.mbox", "Maildir", "saved", "--verbose")

    assert done.stdout.splitlines()[-1] == "4 want no more letters."
    with Journal(Path("attendees/journal.sqlite")) as journal:
        expected = {f"{each}@example.org" for each in ("zoe", "m1", "m2", "n1", "e1")}
        assert journal.opted_out() == expected


def kept(*parts: Part, address: str = "ana@example.org", settled: bool = True) -> None:
    """Remember a letter as sent, or as in flight."""
    with Journal(Path("attendees/journal.sqlite")) as journal:
        number = journal.start(posts.letter(address, *parts), posts.NOW)
        if settled:
            journal.settle(number)


@pytest.mark.usefixtures("work")
def test_a_table_is_written_anywhere_but_into_what_is_published() -> None:
    kept()

    done = run("attendance", "open-science", "--csv", "people.csv")
    public = run("attendance", "--csv", "output/people.csv")
    nowhere = run("attendance", "--csv", "events/open-science.yaml/people.csv")

    assert done.stdout == "wrote people.csv: delete it when it is no longer needed\n"
    assert Path("people.csv").read_bytes().startswith(b"\xef\xbb\xbfseries,session,")
    assert (public.exit_code, "WF924" in public.stderr) == (1, True)
    assert nowhere.exit_code == 3
    assert not Path("output/people.csv").exists()


@pytest.mark.usefixtures("work")
def test_only_what_is_asked_for_is_shown() -> None:
    kept()
    kept(posts.part("data"))

    assert run("attendance", "open-science/data").stdout == (
        "open-science/data  2027-01-14 11:30 UTC  Data\n"
        "  1 person invited: 1 no answer\n"
        "  no answer  a…@example.org\n"
    )
    wrong = run("attendance", "open-science/nothing", "open-science")
    assert (wrong.exit_code, "nobody was invited to `open-science/nothing`" in wrong.stderr) == (
        2,
        True,
    )
    assert "forget" in run("attendance", "--help").stdout


@pytest.mark.usefixtures("work")
def test_a_letter_of_which_nobody_knows_is_named() -> None:
    kept(settled=False)

    shown = run("attendance")

    assert shown.stdout == "Nobody was invited yet.\n"
    assert shown.stderr == (
        "hint: a…@example.org: may or may not have the invitation of preprints; the next run sends "
        "it again\n"
    )


@pytest.mark.usefixtures("work")
def test_only_an_address_can_be_forgotten() -> None:
    assert run("attendance", "forget", "ana").exit_code == 2
    assert run("attendance", "forget", "zoe@example.org").stdout == (
        "There is no journal; nothing was remembered.\n"
    )


@pytest.mark.usefixtures("work")
def test_a_journal_that_nobody_can_write_is_told() -> None:
    Path("taken").write_text("a file")

    done = run("invite", "open-science", "--send", "--journal", "taken/journal.sqlite")

    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr.startswith("error: taken")


@pytest.mark.usefixtures("work")
def test_a_mailbox_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    kept()
    monkeypatch.setenv("WEBINAR_FEEDS_IMAP", f"imap://localhost:{mail_servers.free_port()}")

    done = run("replies")

    assert (done.exit_code, done.stderr) == (3, "error: localhost: Connection refused\n")


@pytest.mark.usefixtures("work")
def test_other_mail_and_what_is_unclear_is_told_apart() -> None:
    kept()
    Path("box").mkdir()
    Path("box/a.eml").write_bytes(b"Subject: Lunch\r\n\r\n")
    Path("box/b.ics").write_bytes(b"BEGIN:VCALENDAR\r\n")

    done = run("replies", "box")

    assert (done.stdout, done.stderr) == (
        "1 not counted.\n",
        "box/b.ics: not counted: it cannot be understood\n",
    )


@pytest.mark.usefixtures("work")
def test_a_run_that_cannot_go_on_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("attendees/open-science.csv").write_text(
        "email\n" + "".join(f"p{each}@example.org\n" for each in range(25))
    )
    box = mail_servers.Postbox(
        lambda step, number: {"RCPT": "451 later", "KEPT": None}.get(step) if number else None
    )
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setenv("WEBINAR_FEEDS_SMTP_FROM", "bounces@example.org")
    with mail_servers.postbox(box) as port:
        monkeypatch.setenv("WEBINAR_FEEDS_SMTP", f"smtp://localhost:{port}")
        done = run("invite", "open-science", "--send")
        box.plan = lambda step, _: mail_servers.DROP if step == "MAIL" else None
        lost = run("invite", "open-science", "--send")
        box.plan = mail_servers.ordinary
        rest = run("invite", "open-science", "--send")

    assert done.exit_code == 3
    assert "Sent 1 letter.\n24 letters put off:\n  p…@example.org  451 later\n" in done.stdout
    assert "  and 4 more\n" in done.stdout
    assert "Run the same command again to send the rest." in done.stderr
    assert (lost.exit_code, "error: Connection unexpectedly closed" in lost.stderr) == (3, True)
    assert "Sent 24 letters.\n" in rest.stdout


@pytest.mark.usefixtures("work")
def test_a_letter_that_may_have_arrived_twice_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    box = mail_servers.Postbox(
        lambda step, number: mail_servers.DROP if (step, number) == ("KEPT", 0) else None
    )
    monkeypatch.setattr("time.sleep", lambda _: None)
    with mail_servers.postbox(box) as port:
        monkeypatch.setenv("WEBINAR_FEEDS_SMTP", f"smtp://localhost:{port}")
        done = run("invite", "open-science", "--send")

    assert done.stdout.endswith(
        "Sent 4 letters.\na…@example.org: may have got it twice, as the line broke\n"
    )


@pytest.mark.usefixtures("work")
def test_two_runs_do_not_send_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBINAR_FEEDS_SMTP", "smtp://localhost:1")
    with Journal(Path("attendees/journal.sqlite")) as other, other.sending():
        done = run("invite", "open-science", "--send")

    assert (done.exit_code, "another run is sending" in done.stderr) == (3, True)


@pytest.mark.usefixtures("work")
def test_a_recording_is_announced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    kept()
    recorded = SERIES.replace(
        "    summary: What", "    recording: {url: https://v.example.org/1}\n    summary: What"
    )
    Path("events/open-science.yaml").write_text(recorded, encoding="utf-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800100000")  # 16 January 2027
    assert api.build().committed is not None
    box = mail_servers.Postbox()
    with mail_servers.postbox(box) as port:
        monkeypatch.setenv("WEBINAR_FEEDS_SMTP", f"smtp://localhost:{port}")
        done = run("announce-recording", "open-science/preprints", "--send")
        again = run("announce-recording", "open-science/preprints", "--send")

    assert "Sent 4 letters." in done.stdout
    assert "Nothing is to be sent." in again.stdout
    assert all(b"https://v.example.org/1" in data for _, data in box.taken)


@pytest.mark.usefixtures("work")
def test_what_may_come_twice_is_said_before_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    box = mail_servers.Postbox(lambda step, _: mail_servers.DROP if step == "KEPT" else None)
    monkeypatch.setattr("time.sleep", lambda _: None)
    with mail_servers.postbox(box) as port:
        monkeypatch.setenv("WEBINAR_FEEDS_SMTP", f"smtp://localhost:{port}")
        cut = run("invite", "open-science", "--send")
        box.plan = mail_servers.ordinary
        done = run("invite", "open-science", "--send")

    assert cut.exit_code == 3
    assert "a…@example.org: may or may not have the invitation of preprints, open-data" in (
        cut.stderr
    )
    assert done.stderr == (
        "hint: a…@example.org: a run ended while this was sent; it may come twice\n"
    )
    assert len({data for who, data in box.taken if who == "ana@example.org"}) == 1
