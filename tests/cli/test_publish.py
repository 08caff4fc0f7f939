"""`webinar-feeds publish`: what it says, what it refuses, and how it ends."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from click.testing import CliRunner, Result

import places
from webinar_feeds import api
from webinar_feeds.cli.main import cli
from webinar_feeds.publishing import hubs
from webinar_feeds.publishing.hubs import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

SITE = (
    "title: Ours\nbase_url: https://w.example.org/\nhub: https://hub.example.org/\n"
    "formats: [calendar, feeds]\n"
)
SERIES = """\
title: Open science
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - {id: preprints, date: 2027-01-14, title: Preprints}
"""


@pytest.fixture(autouse=True)
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """A working folder with one series that has been built, and what a hub is told."""
    monkeypatch.chdir(tmp_path)
    Path("events").mkdir()
    Path("events/site.yaml").write_text(SITE, encoding="utf-8")
    build(SERIES)
    sent: list[bytes] = []

    def post(hub: str, body: bytes) -> Reply:
        assert hub == "https://hub.example.org/"
        sent.append(body)
        return Reply(204, "204 No Content")

    monkeypatch.setattr(hubs, "_post", post)
    return sent


def build(text: str) -> None:
    Path("events/open-science.yaml").write_text(text, encoding="utf-8")
    assert api.build().committed is not None


def publish(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["publish", *arguments])


def shown(text: str) -> str:
    """What was said, without the folder of this test."""
    return text.replace(Path.cwd().resolve().as_posix(), "…")


def test_it_says_what_it_did_and_then_that_nothing_is_left_to_do(told: list[bytes]) -> None:
    done = publish("www")

    assert done.exit_code == 0
    assert re.sub(r"(?m)^told the hub of .+\n", "", shown(done.stdout)) == "…/www: 14 files sent.\n"
    assert len(told) == 8
    assert shown(publish("www").stdout) == "…/www is up to date.\n"
    assert len(told) == 8
    assert publish("www", "--quiet").output == ""


def test_of_a_change_every_file_is_named_if_one_likes(told: list[bytes]) -> None:
    publish("www")
    told.clear()
    build(SERIES.replace("id: preprints, date: 2027-01-14", "id: preprints, date: 2027-01-21"))
    would = publish("www", "--dry-run")
    done = publish("www", "-v")

    names = re.findall(r"(?m)^(send|remove) +(\S+)$", done.stdout)
    assert ("send", "open-science/invites/preprints.ics") in names
    assert names[-1] == ("send", "manifest.json")
    assert re.findall(r"(?m)^(send|remove) +(\S+)$", would.stdout) == names
    assert f"{len(names)} files would be sent." in would.stdout
    feeds = [name for _, name in names if name.endswith((".atom", ".rss", "recordings.json"))]
    topics = sorted(parse_qs(each.decode())["hub.url"][0] for each in told)
    assert topics == sorted(f"https://w.example.org/{name}" for name in feeds)


def test_a_hub_that_cannot_be_told_is_told_by_the_next_publication(
    told: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(hubs, "_post", lambda *_: Reply(503, "503 Service Unavailable"))
        patched.setattr(hubs, "PAUSES", ())
        done = publish("www")
    assert done.exit_code == 3
    assert "could not be told of https://w.example.org/changes.atom: 503" in done.stderr
    assert "All is published; publish again later, and the hub is told." in done.stderr

    assert publish("www").exit_code == 0
    assert len(told) == 8
    assert publish("www").exit_code == 0
    assert len(told) == 8


def test_without_a_hub_nobody_is_told(told: list[bytes]) -> None:
    Path("events/site.yaml").unlink()

    assert publish("www").exit_code == 0
    assert told == []


def test_a_refusal_is_printed_like_any_diagnostic_and_ends_with_1() -> None:
    Path("output/calendar.ics").write_text("by hand", encoding="utf-8")
    done = publish("www")

    assert done.exit_code == 1
    assert done.stderr.startswith("output/calendar.ics: error[WF853]: ")
    assert done.stderr.endswith("1 error found; nothing was published.\n")
    assert not Path("www/manifest.json").exists()


@pytest.mark.parametrize("where", ["http://example.org/", "output"])
def test_trouble_is_one_sentence_and_ends_with_3(where: str) -> None:
    done = publish(where)

    assert done.exit_code == 3
    assert re.fullmatch(r"error: `[^`]+` is .+\n", done.stderr)


def test_what_is_read_back_is_told_right_or_wrong() -> None:
    done = publish("www", "--verify")
    assert "Read back: every file is there, with the bytes that were published." in done.stdout

    Path("www/calendar.ics").write_text("damaged", encoding="utf-8")
    done = publish("www", "--verify")
    assert done.exit_code == 1
    assert "error[WF855]: `calendar.ics` was read back" in done.stderr
    assert publish("www", "--all", "--verify").exit_code == 0


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a CalDAV server."""
    with places.radicale(tmp_path_factory.mktemp("radicale")) as port:
        yield port


@pytest.fixture
def calendar(radicale: int, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty shared calendar."""
    path = f"/ana/{places.hash_of(request.node.nodeid.encode())[:12]}/"
    assert places.request(radicale, "MKCALENDAR", path, places.ANA)[0] == 201
    monkeypatch.setenv("CALDAV_USERNAME", "ana")
    monkeypatch.setenv("CALDAV_PASSWORD", "secret")
    return f"caldav://127.0.0.1:{radicale}{path}"


def test_what_becomes_of_each_session_of_a_shared_calendar_is_said(calendar: str) -> None:
    planned = publish(calendar, "--dry-run")
    first, second = publish(calendar), publish(calendar)
    build(SERIES.replace("13:00", "14:00").replace("14:30", "15:30"))
    moved = publish(calendar)

    assert planned.stdout == "would add preprints\n"
    assert first.stdout == "add preprints\n"
    assert second.stdout.endswith(" is up to date.\n")
    assert moved.stdout == "change preprints\n"
    assert publish(calendar, "--quiet").output == ""
    assert [each.exit_code for each in (planned, first, second, moved)] == [0, 0, 0, 0]


def test_a_calendar_of_several_series_asks_which(calendar: str) -> None:
    Path("events/other.yaml").write_text(SERIES, encoding="utf-8")
    assert api.build().committed is not None
    refused = publish(calendar)

    assert refused.exit_code == 3
    assert refused.stderr.startswith("error: ")
    assert "--series" in refused.stderr
    assert publish(calendar, "--series", "other").stdout == "add preprints\n"


def test_a_calendar_that_cannot_be_reached_is_trouble() -> None:
    done = publish(f"caldav://127.0.0.1:{places.free_port()}/ana/x/")

    assert done.exit_code == 3
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
