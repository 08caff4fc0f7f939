from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from webinar_feeds.diagnostics import Refused
from webinar_feeds.invitations import accounts
from webinar_feeds.invitations.accounts import IMAP, SMTP, Account

STORED = {("webinar-feeds:mail.example.org", "lib@example.org"): "from the keyring"}


def read(variable: str, text: str, password: str = "") -> Account:
    environment = {variable: text, f"{variable}_PASSWORD": password}
    return accounts.account(environment, variable, lambda *key: STORED.get(key))


@pytest.mark.parametrize(
    ("variable", "text", "account"),
    [
        (SMTP, "smtp://localhost:2525", Account("localhost", 2525, secure=False)),
        (SMTP, " smtps://[::1]/ ", Account("::1", 465, secure=True)),
        (SMTP, "smtp://u@h.example", Account("h.example", 587, False, "u", "s3cret")),
        (IMAP, "imaps://u@h.example", Account("h.example", 993, True, "u", "s3cret")),
        (
            IMAP,
            "imap://u%40x@h.example/Team/In%20box",
            Account("h.example", 143, False, "u@x", "s3cret", "Team/In box"),
        ),
    ],
)
def test_a_server_is_named_by_one_address(variable: str, text: str, account: Account) -> None:
    assert read(variable, text, "s3cret") == account


def test_only_this_machine_is_here() -> None:
    hosts = ("localhost", "127.0.0.1", "::1", "localhost.example.org")

    assert [Account(each, 25, secure=False).is_here for each in hosts] == [True, True, True, False]


def test_the_environment_counts_more_than_the_keyring() -> None:
    text = "smtps://lib%40example.org@mail.example.org"

    assert read(SMTP, text).password == "from the keyring"  # noqa: S105 - the test's
    assert read(SMTP, text, "mine").password == "mine"  # noqa: S105 - the test's


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not said which mail server"),
        ("mail.example.org:587", "begins with neither"),
        ("imaps://mail.example.org", "begins with neither"),
        ("smtp://:25", "names no server"),
        ("smtp://host:port", "its port is no number"),
        ("smtp://host:99999", "its port is no number"),
        ("smtp://u:s3cret@host", "a password does not belong there"),
        ("smtp://u%0d%0aDATA@host", "characters that no address has"),
        ("smtp://u@host", "no password for u at host"),
    ],
)
def test_what_cannot_be_used_is_told_without_the_password(text: str, why: str) -> None:
    with pytest.raises(Refused, match=why) as refused:
        read(SMTP, text)

    assert "s3cret" not in str(refused.value)


def keyring(monkeypatch: pytest.MonkeyPatch, *, broken: bool) -> None:
    """A stand-in for the package, which is an extra: what it gives, or that its store is locked."""
    module = ModuleType("keyring")
    error = type("KeyringError", (Exception,), {})

    def get_password(service: str, user: str) -> str:
        if broken:
            raise error
        return f"{service} {user}"

    monkeypatch.setattr(module, "get_password", get_password, raising=False)
    monkeypatch.setattr(module, "errors", SimpleNamespace(KeyringError=error), raising=False)
    monkeypatch.setitem(sys.modules, "keyring", module)


def test_the_keyring_is_asked_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring(monkeypatch, broken=False)
    assert accounts.from_keyring("a", "b") == "a b"
    keyring(monkeypatch, broken=True)
    assert accounts.from_keyring("a", "b") is None
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert accounts.from_keyring("a", "b") is None
