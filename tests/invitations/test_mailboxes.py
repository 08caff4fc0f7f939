from __future__ import annotations

import imaplib
import ssl
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import pytest
import trustme

import mail_servers
from webinar_feeds.invitations import mailboxes
from webinar_feeds.invitations.accounts import Account
from webinar_feeds.invitations.mailboxes import Unreadable
from webinar_feeds.invitations.replies import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "s3cret-word"  # noqa: S105 - the test's server has no other
ONE, TWO = b"Subject: one\r\n\r\nFirst\r\n", b"Subject: two\r\n\r\nSecond\r\n"


class Dovecot(NamedTuple):
    """Debian's Dovecot: its port with TLS, and the certificate's authority."""

    port: int
    authority: str

    def account(self, folder: str = "", password: str = PASSWORD) -> Account:
        return Account("localhost", self.port, True, "library", password, folder)

    def put(self, *messages: bytes, folder: str = "INBOX") -> None:
        context = ssl.create_default_context(cafile=self.authority)
        with imaplib.IMAP4_SSL("localhost", self.port, ssl_context=context) as server:
            server.login("library", PASSWORD)
            server.create(f'"{folder}"')
            for each in messages:
                status, said = server.append(f'"{folder}"', "", "", each)
                assert status == "OK", said


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    folder, authority = tmp_path_factory.mktemp("imap"), trustme.CA()
    certificate = authority.issue_cert("localhost")
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    chain = b"".join(each.bytes() for each in certificate.cert_chain_pems)
    with mail_servers.mail_system(folder, chain, certificate.private_key_pem.bytes()) as (_, port):
        found = Dovecot(port, str(path))
        found.put(ONE, TWO)
        yield found


@pytest.fixture(autouse=True)
def _trusting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "server" in request.fixturenames:
        monkeypatch.setenv("SSL_CERT_FILE", request.getfixturevalue("server").authority)


def read(account: Account, since: date | None = None) -> list[bytes]:
    return [each.data for each in mailboxes.imap(account, since)]


def test_a_folder_is_read_and_left_as_it_was(server: Dovecot) -> None:
    found = list(mailboxes.imap(server.account()))

    assert [each.data for each in found] == [ONE, TWO]
    assert [each.place for each in found] == ["INBOX (1)", "INBOX (2)"]
    context = ssl.create_default_context(cafile=server.authority)
    with imaplib.IMAP4_SSL("localhost", server.port, ssl_context=context) as looking:
        looking.login("library", PASSWORD)
        looking.select("INBOX", readonly=True)
        _, flags = looking.fetch("1:*", "(FLAGS)")
    assert len(flags) == 2
    assert not any(b"Seen" in bytes(each) for each in flags if isinstance(each, bytes))


def test_a_folder_may_have_any_name(server: Dovecot) -> None:
    server.put(TWO, folder='Team \\\\ \\"x\\"')

    assert read(server.account('Team \\ "x"')) == [TWO]


def test_only_what_arrived_since_a_day_is_read(server: Dovecot) -> None:
    assert read(server.account(), date(2000, 12, 31)) == [ONE, TWO]
    assert read(server.account(), date(2100, 1, 1)) == []


def test_what_is_too_large_is_not_fetched(server: Dovecot) -> None:
    server.put(b"A: b\r\n\r\n" + b"x" * 70 * 1000 + b"\r\n", folder="Large")
    small = read(server.account("Large"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mailboxes, "LARGEST", 50_000)
        large = read(server.account("Large"))

    assert [len(each) for each in small + large] == [70_010, 50_001]


@pytest.mark.parametrize(
    ("folder", "password", "why"),
    [
        ("Nowhere", PASSWORD, "Mailbox doesn't exist"),
        ("", "another", "[Aa]uthentication failed"),
    ],
)
def test_what_cannot_be_read_is_told(server: Dovecot, folder: str, password: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(server.account(folder, password))


def test_a_certificate_has_to_be_trusted(server: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")

    with pytest.raises(Unreadable, match="certificate is not to be trusted"):
        read(server.account())


def test_nobody_there_is_told() -> None:
    nobody = Account("localhost", mail_servers.free_port(), secure=False)

    with pytest.raises(Unreadable, match="localhost: Connection refused"):
        read(nobody)


def test_nothing_goes_to_another_machine_in_the_clear() -> None:
    with (
        mail_servers.talking("127.0.0.2", b"* OK [CAPABILITY IMAP4rev1] hello\r\n") as port,
        pytest.raises(Unreadable, match="offers no encryption"),
    ):
        read(Account("127.0.0.2", port, secure=False, user="u", password="p"))  # noqa: S106 - nobody's


# --- Files ---------------------------------------------------------------------------------------


def test_a_file_that_is_no_mbox_is_one_message(tmp_path: Path) -> None:
    path = tmp_path / "reply.eml"
    path.write_bytes(ONE)

    assert [each.data for each in mailboxes.at(path)] == [ONE]


def test_an_mbox_is_taken_apart(tmp_path: Path) -> None:
    path = tmp_path / "box"
    path.write_bytes(b"From a\n1\nFrom here on\n\n>From b\n>>From c\n\nFrom d\n2\n\n")

    first, second = mailboxes.at(path)

    assert first.data == b"1\nFrom here on\n\nFrom b\n>From c\n\n"
    assert (second.data, second.place) == (b"2\n\n", f"{path.as_posix()} (2)")


def test_no_message_of_a_file_is_held_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "box"
    path.write_bytes(b"From a\n" + b"x" * 999 + b"\n" * 2 + (b"y" * 999 + b"\n") * 12_000)
    other = tmp_path / "one.eml"
    other.write_bytes(bytes(LARGEST + 5000))

    assert [LARGEST < len(each.data) < LARGEST + 2000 for each in mailboxes.at(path)] == [True]
    assert [len(each.data) for each in mailboxes.at(other)] == [LARGEST + 1]


def test_a_folder_is_read_in_order_and_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b.ics", "a.eml", "c.EML", ".d.eml", "e.txt", "deep/f.eml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "g.eml").mkdir()

    found = [each.data for each in mailboxes.at(tmp_path)]

    assert found == [b"a.eml", b"b.ics", b"c.EML", b"deep/f.eml"]
