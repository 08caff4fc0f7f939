"""Whatever stands in a field, a letter has the headers and lines it has without it (S3, S9)."""

from __future__ import annotations

import csv
import email
import io
import json
from collections import Counter
from datetime import UTC, datetime
from email import policy
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from webinar_feeds import api
from webinar_feeds.cli.main import cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 12, 1, tzinfo=UTC)
EVENTS: dict[str, Any] = {
    "title": "Open science",
    "summary": "Short talks.",
    "organizers": [{"name": "The Library", "url": "https://www.example.org/"}],
    "page": "https://www.example.org/open",
    "timezone": "Europe/Berlin",
    "time": "12:30–13:15",
    "topics": ["open science"],
    "sessions": [
        {
            "id": "preprints",
            "date": "2027-01-14",
            "title": "Preprints",
            "summary": "Who reads them.",
            "platform": "Meet",
            "registration": "https://www.example.org/register",
            "join": {"url": "https://meet.example.org/1", "audience": "registered"},
            "talks": [
                {
                    "title": "Posting",
                    "summary": "What happens.",
                    "speakers": [
                        {
                            "name": "Ana Lima",
                            "prefix": "Dr",
                            "role": "Biologist",
                            "affiliation": "School",
                            "city": "Lisbon",
                        }
                    ],
                }
            ],
        }
    ],
}
PERSON = {
    "name": "Cora Diaz",
    "email": "cora@example.org",
    "role": "optional",
    "language": "en",
    "timezone": "Europe/Lisbon",
    "sessions": "preprints",
}
SENDER = {
    "name": "The Library",
    "email": "library@example.edu",
    "reply_to": "ask@example.edu",
    "unsubscribe": "https://www.example.org/no-more",
}
# What is put behind each text, and whether any field lets it in.
EVIL = (
    ("\r\nBcc: evil@example.net\r\nATTENDEE:mailto:evil@example.net", True),
    ("\nATTENDEE:mailto:evil@example.net", True),
    ('";CN="x":mailto:evil@example.net,', True),
    ("\u2028Bcc: evil@example.net\x85ATTENDEE:x", False),
    ("\\nATTENDEE:mailto:evil@example.net;,<script>", True),
)


def changed(value: Any, more: str) -> Iterator[tuple[str, Any]]:
    """The value, once for each text in it that has more in it."""
    if isinstance(value, str):
        yield "", value + more
        return
    held = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inside in held:
        for route, made in changed(inside, more):
            if isinstance(value, dict):
                yield f".{key}{route}", value | {key: made}
            else:
                yield f".{key}{route}", [*value[:key], made, *value[key + 1 :]]


def letters(folder: Path, events: Any, person: Any, sender: Any) -> list[tuple[Any, ...]] | None:
    """What each letter and calendar object is made of; None when a file was refused."""
    lines = io.StringIO()
    table = csv.DictWriter(lines, fieldnames=list(person))
    table.writeheader()
    table.writerow(person)
    files = {
        "events/open-science.yaml": json.dumps(events, ensure_ascii=False),
        "attendees/open-science.csv": lines.getvalue(),
        "attendees/sender.yaml": json.dumps(sender, ensure_ascii=False),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    if api.build(folder / "events", folder / "output", now=NOW).committed is None:
        return None
    ran = CliRunner().invoke(cli, ["invite", "open-science", "--outbox", "outbox"])
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exc_info
    if ran.exit_code:
        assert not (folder / "outbox").exists()
        return None
    return sorted(map(made_of, (folder / "outbox").iterdir()))


def made_of(path: Path) -> tuple[Any, ...]:
    """The names of a file's headers or lines, and to whom a letter goes."""
    data = path.read_bytes()
    if path.suffix == ".ics":
        unfolded = data.replace(b"\r\n ", b"").split(b"\r\n")
        names = Counter(line.partition(b":")[0].partition(b";")[0] for line in unfolded)
        return "ics", sorted(names.items())
    message = email.message_from_bytes(data, policy=policy.SMTP)
    told = [(part.get_content_type(), sorted(part.keys())) for part in message.walk()]
    return "eml", told, [each.addr_spec for each in message["To"].addresses]


@pytest.mark.parametrize(("more", "let_in"), EVIL)
def test_no_field_adds_a_header_or_a_line(
    more: str, let_in: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(NOW.timestamp())))
    every = [
        *((f"events{route}", (made, PERSON, SENDER)) for route, made in changed(EVENTS, more)),
        *((f"list{route}", (EVENTS, made, SENDER)) for route, made in changed(PERSON, more)),
        *((f"sender{route}", (EVENTS, PERSON, made)) for route, made in changed(SENDER, more)),
    ]
    found = {}
    for number, (route, given) in enumerate([("", (EVENTS, PERSON, SENDER)), *every]):
        here = tmp_path / str(number)
        here.mkdir()
        monkeypatch.chdir(here)
        found[route] = letters(here, *given)
    plain = found.pop("")

    assert plain is not None
    assert len(found) > 30
    assert {route for route, each in found.items() if each not in (None, plain)} == set()
    assert any(found.values()) == let_in
