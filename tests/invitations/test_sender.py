from __future__ import annotations

import pytest

import event_files
from letter_rounds import address
from webinar_feeds.invitations import sender
from webinar_feeds.invitations.sender import Sender

PATH = "attendees/sender.yaml"
WHOLE = """\
name: The Library
email: library@example.org
sent_by: robot@example.org
reply_to: ask@example.org
unsubscribe: leave@example.org
"""


def read(text: str | None, **environment: str) -> tuple[Sender | None, list[tuple[str, str]]]:
    source = None if text is None else event_files.source(text, PATH)
    found, said = sender.read(source, environment, PATH)
    return found, event_files.said(said)


def test_a_file_says_who_invites() -> None:
    assert read(WHOLE) == (
        Sender(
            "The Library",
            address("library@example.org"),
            address("robot@example.org"),
            address("ask@example.org"),
            "mailto:leave@example.org?subject=unsubscribe",
        ),
        [],
    )
    assert read("name: L\nemail: l@example.org\n") == (Sender("L", address("l@example.org")), [])


@pytest.mark.parametrize(
    ("written", "name"), [("The Library <l@example.org>", "The Library"), ("l@example.org",) * 2]
)
def test_the_environment_says_so_too(written: str, name: str) -> None:
    found, said = read(None, WEBINAR_FEEDS_SENDER=written)

    assert said == []
    assert found is not None
    assert (found.name, found.email.recipient) == (name, "l@example.org")


def test_the_environment_counts_more_than_the_file_which_says_the_rest() -> None:
    found, _ = read(WHOLE, WEBINAR_FEEDS_SENDER="Other <other@example.org>")

    assert found is not None
    assert (found.name, found.email.key) == ("Other", "other@example.org")
    assert found.reply_to == address("ask@example.org")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, [("WF920", PATH)]),
        ("name: L\n", [("WF101", "name")]),
        ("name: L\nemail: l@\n", [("WF903", "l@")]),
        ("name: L\nemail: l@example.org\nsent_bye: x\n", [("WF103", "sent_bye")]),
        (
            "name: L\nemail: l@example.org\nunsubscribe: nowhere\n",
            [("WF921", "nowhere")],
        ),
        (
            "name: L\nemail: l@example.org\nunsubscribe: https://\n",
            [("WF921", "https://")],
        ),
        ("- x\n", [("WF027", "- x")]),
    ],
)
def test_mistakes_are_shown_where_they_stand(text: str | None, said: list[tuple[str, str]]) -> None:
    found, codes = read(text)

    assert (found, codes) == (None, said)


def test_a_page_for_leaving_is_an_address() -> None:
    found, _ = read("name: L\nemail: l@example.org\nunsubscribe: https://example.org/leave\n")

    assert found is not None
    assert found.unsubscribe == "https://example.org/leave"


def test_a_variable_that_is_no_address_is_said() -> None:
    assert read(None, WEBINAR_FEEDS_SENDER="nobody") == (
        None,
        [("WF922", "WEBINAR_FEEDS_SENDER")],
    )
