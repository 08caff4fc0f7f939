from __future__ import annotations

import email
import os
import re
import stat
import subprocess
import sys
from email import policy
from pathlib import Path
from typing import TYPE_CHECKING

import html5lib
import pytest
from click.testing import CliRunner, Result

from letter_rounds import SERIES
from webinar_feeds import api
from webinar_feeds.cli.main import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

LIST = """\
name;email;language;timezone;sessions
Cora Diaz;Cora@example.org;en;Europe/Lisbon;
Jörg Müller;joerg@example.net;de;;preprints
;dora@example.com;;Asia/Tokyo;open-data
"""
BOOK = "name,email\nAna Lima,ana.lima@example.org\n"
SENDER = "name: The Library\nemail: library@example.edu\nreply_to: ask@example.edu\n"
ADDRESSES = (
    *("cora@example.org", "joerg@example.net", "dora@example.com", "ana.lima@example.org"),
    *("library@example.edu", "ask@example.edu"),
)
SHOWN = """\
Open science over lunch (open-science)
  on the list: 4 people, 1 speaker among them
    invitation  3  preprints
    invitation  2  open-data
  4 letters to 4 people: 3 in English, 1 in German
  no address in the contacts for Bo Olsen
"""
DRY = "Nothing was sent. Add `--send` to send, or look first with `--preview letters.html`.\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a series that has been built, and people to invite."""
    files = {
        "events/open-science.yaml": SERIES,
        "events/site.yaml": "base_url: https://w.example.org/\nformats: [calendar, feeds, pages]\n",
        "attendees/open-science.csv": LIST,
        "attendees/contacts.csv": BOOK,
        "attendees/sender.yaml": SENDER,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1796000000")  # 29 November 2026
    monkeypatch.delenv("WEBINAR_FEEDS_SENDER", raising=False)
    assert api.build().committed is not None
    return tmp_path


def invite(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["invite", *arguments], catch_exceptions=False)


def refused(*arguments: str) -> tuple[int, str, list[str]]:
    """The exit status, what is printed, and the codes of what is said."""
    done = invite(*arguments)
    return done.exit_code, done.stdout, re.findall(r"\[(WF\d+)\]", done.stderr)


def change(folder: Path, path: str, text: str | None) -> None:
    if text is None:
        (folder / path).unlink()
    else:
        (folder / path).write_text(text, encoding="utf-8")


# --- What is shown -------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
def test_without_send_it_is_shown_who_would_get_what() -> None:
    done = invite("open-science")

    assert (done.exit_code, done.stdout, done.stderr) == (0, SHOWN + DRY, "")


@pytest.mark.usefixtures("folder")
def test_no_address_is_shown_unless_it_is_asked_for() -> None:
    hidden, full = (
        invite("open-science", "-v").stdout,
        invite("open-science", "-v", "--show-addresses"),
    )

    assert "      C…@example.org  invitation preprints, invitation open-data\n" in hidden
    assert not any(each in hidden.lower() for each in ADDRESSES)
    assert "      Cora@example.org  invitation preprints, invitation open-data\n" in full.stdout


@pytest.mark.usefixtures("folder")
def test_one_session_may_be_asked_for_or_several() -> None:
    one = invite("open-science/open-data").stdout
    both = invite("open-science/open-data", "open-science/preprints").stdout
    all_of_it = invite("open-science/open-data", "open-science").stdout

    assert "invitation  2  open-data\n" in one
    assert "preprints" not in one
    assert both == all_of_it == SHOWN + DRY


@pytest.mark.usefixtures("folder")
def test_nobody_who_was_not_invited_is_told_of_changes() -> None:
    done = invite("open-science", "--update")

    assert "  Nobody is owed a letter.\n" in done.stdout
    assert done.stdout.endswith("Nothing is to be sent.\n")


@pytest.mark.usefixtures("folder")
def test_a_round_is_decided_as_at_its_time() -> None:
    done = invite("open-science", "--now", "2027-01-14T12:15:00Z")

    assert "invitation  2  open-data\n" in done.stdout
    assert "preprints" not in done.stdout


def test_who_does_not_come_and_who_has_no_address_is_counted(folder: Path) -> None:
    change(folder, "attendees/open-science.csv", "email,status\na@b.org,denied\nc@b.org,approved\n")
    change(folder, "attendees/contacts.csv", "name,email\nNobody,n@b.org\n")
    done = invite("open-science")

    assert "  on the list: 1 person, 1 left out, who are not coming\n" in done.stdout
    assert "  2 letters" not in done.stdout
    assert "  1 letter to 1 person\n  no address in the contacts for Ana Lima, Bo Olsen\n" in (
        done.stdout
    )


# --- What is refused -----------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing"], "no series or session `nothing`"),
        (["open-science/nothing"], "no series or session `open-science/nothing`"),
        (["open-science", "--also-texts"], "add --update"),
        ([], "Missing argument"),
        (["open-science", "--now", "soon"], "is not a time"),
    ],
)
def test_wrong_usage_is_said(arguments: list[str], words: str) -> None:
    done = invite(*arguments)

    assert done.exit_code == 2
    assert words in done.stderr


@pytest.mark.parametrize(
    ("path", "text", "codes"),
    [
        ("attendees/open-science.csv", "email\nx@\ny@\n", ["WF903", "WF903"]),
        ("attendees/contacts.csv", "name\nAna\n", ["WF902"]),
        ("attendees/sender.yaml", "name: L\nemail: l@\n", ["WF903"]),
        ("attendees/sender.yaml", None, ["WF920"]),
        ("events/open-science.yaml", SERIES.replace("2027-01-14", "2027-01-15"), ["WF931"]),
        ("events/open-science.yaml", "title: x\n", ["WF101"]),
        ("events/ledger/open-science.jsonl", "{", ["WF603"]),
    ],
)
@pytest.mark.parametrize("where", [[], ["--preview", "p.html"], ["--outbox", "box"], ["--send"]])
def test_with_an_error_nothing_is_shown_written_or_sent(
    folder: Path, path: str, text: str | None, codes: list[str], where: list[str]
) -> None:
    change(folder, path, text)

    assert refused("open-science", *where) == (1, "", codes)
    assert {each.name for each in folder.iterdir()} == {"attendees", "events", "output"}


def test_a_list_that_is_not_there_is_said_unless_there_are_speakers(folder: Path) -> None:
    change(folder, "attendees/open-science.csv", None)
    assert "on the list: 1 person, 1 speaker among them" in invite("open-science").stdout

    change(folder, "attendees/contacts.csv", None)
    assert refused("open-science") == (1, "", ["WF912"])
    assert refused("open-science", "--attendees", "no.csv") == (1, "", ["WF912"])


def test_the_organiser_is_not_invited(folder: Path) -> None:
    change(folder, "attendees/open-science.csv", "email\nLibrary@example.edu\nb@example.org\n")
    done = invite("open-science")

    assert re.findall(r"\[(WF\d+)\]", done.stderr) == ["WF913"]
    assert "on the list: 2 people" in done.stdout
    assert done.exit_code == 0


@pytest.mark.parametrize(
    "option", ["--preview", "--outbox", "--attendees", "--contacts", "--sender"]
)
@pytest.mark.parametrize("place", ["output", "output/open-science/x", "elsewhere/x", "link/x"])
def test_nothing_private_lies_where_it_is_published(folder: Path, option: str, place: str) -> None:
    """S1: neither in the output folder, nor in another that a build made, nor by a link."""
    api.build(output="elsewhere")
    (folder / "link").symlink_to("output")
    if not (folder / place).exists() and option in {"--attendees", "--contacts", "--sender"}:
        (folder / place).write_text("email\na@example.org\n", encoding="utf-8")
    before = sorted(folder.rglob("*"))

    code, said, codes = refused("open-science", option, place)

    assert (code, said, codes) == (1, "", ["WF924"])
    assert sorted(folder.rglob("*")) == before


def test_a_disk_that_does_not_let_it_is_trouble(folder: Path) -> None:
    (folder / "box").write_text("a file", encoding="utf-8")
    done = invite("open-science", "--outbox", "box")

    assert done.exit_code == 3
    assert done.stderr.startswith("error: box: ")


def test_a_template_with_a_mistake_is_told_before_anything_is_written(folder: Path) -> None:
    (folder / "events/templates/letters").mkdir(parents=True)
    change(folder, "events/templates/letters/letter.txt", "{{ nobody }}")
    assert api.build().committed is not None

    assert refused("open-science", "--outbox", "box") == (1, "", ["WF940"])
    assert not (folder / "box").exists()
    assert not any("letter" in each.name for each in (folder / "output").rglob("*"))


# --- What is written -----------------------------------------------------------------------------


def test_an_outbox_has_a_letter_for_each_and_its_calendars(folder: Path) -> None:
    done = invite("open-science", "--outbox", "box")
    letters = sorted((folder / "box").glob("*.eml"))
    found = [email.message_from_bytes(each.read_bytes(), policy=policy.default) for each in letters]

    assert "box: 9 written.\n" in done.stdout
    assert [str(each["To"]) for each in found] == [
        "Ana Lima <ana.lima@example.org>",
        "Cora Diaz <Cora@example.org>",
        "dora@example.com",
        "Jörg Müller <joerg@example.net>",
    ]
    assert len(list((folder / "box").glob("*.ics"))) == 5
    assert [
        path.name.split(".ics")[0][-9:] for path in sorted((folder / "box").glob("dora*.ics"))
    ] == ["open-data"]


def test_what_is_in_an_outbox_is_for_its_owner_alone(folder: Path) -> None:
    invite("open-science", "--outbox", "box", "--preview", "p.html")
    paths = [*(folder / "box").iterdir(), folder / "p.html"]

    assert {stat.S_IMODE(each.stat().st_mode) for each in paths} == {0o600}
    assert stat.S_IMODE((folder / "box").stat().st_mode) == 0o700


def test_an_outbox_that_is_written_again_does_not_change(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invite("open-science", "--outbox", "box")
    before = {each.name: each.read_bytes() for each in (folder / "box").iterdir()}
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1796999999")

    done = invite("open-science", "--outbox", "box")

    assert "box: 9 unchanged.\n" in done.stdout
    assert {each.name: each.read_bytes() for each in (folder / "box").iterdir()} == before


def test_letters_of_another_round_are_pointed_at(folder: Path) -> None:
    invite("open-science", "--outbox", "box")
    done = invite("open-science/open-data", "--outbox", "box")

    assert "hint: 7 other files there" in done.stderr
    assert len(list((folder / "box").iterdir())) == 11


@pytest.mark.usefixtures("folder")
def test_the_same_round_is_the_same_bytes_on_any_machine() -> None:
    """D1: neither the zone, the locale, the user nor the order of hashes has a say."""

    def written(where: str, **environment: str) -> dict[str, bytes]:
        subprocess.run(
            [sys.executable, "-m", "webinar_feeds", "invite", "open-science", "--outbox", where],
            check=True,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
        )
        return {each.name: each.read_bytes() for each in Path(where).iterdir()}

    one = written("one", TZ="Asia/Tokyo", LC_ALL="C.UTF-8", PYTHONHASHSEED="7")
    other = written("two", TZ="America/New_York", LC_ALL="C", PYTHONHASHSEED="8")

    assert one == other


def test_a_preview_shows_a_letter_of_each_kind_and_asks_nobody(folder: Path) -> None:
    done = invite("open-science", "--preview", "p.html")
    text = (folder / "p.html").read_text(encoding="utf-8")
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    page = parser.parse(text)

    assert "wrote p.html" in done.stdout
    assert "<h1>4 letters would be sent</h1>" in text
    frames = page.findall(".//iframe")
    assert [frame.get("sandbox") for frame in frames] == ["", "", ""]
    assert [len(page.findall(f".//{each}")) for each in ("script", "link", "img", "form")] == [
        0
    ] * 4
    assert "default-src 'none'" in text
    assert "Einladung: Preprints und wer sie liest" in text
    assert re.findall(r"One of \d like it|The only one", text) == [
        "The only one",
        "The only one",
        "One of 2 like it",
    ]
    assert parser.errors == []


def test_a_preview_lists_addresses_when_asked(folder: Path) -> None:
    invite("open-science", "--preview", "p.html", "-v")
    hidden = (folder / "p.html").read_text(encoding="utf-8")
    invite("open-science", "--preview", "p.html", "--show-addresses")
    full = (folder / "p.html").read_text(encoding="utf-8")

    assert "<td>d…@example.com</td><td>invitation open-data</td>" in hidden
    assert "<td>dora@example.com</td>" in full


def test_a_preview_shows_what_is_to_be_thought_about(folder: Path) -> None:
    change(folder, "attendees/open-science.csv", "email,role\na@example.org,<King>\n")
    invite("open-science", "--preview", "p.html")

    text = (folder / "p.html").read_text(encoding="utf-8")
    assert "WF908" in text
    assert "`&lt;King&gt;` is not a role" in text


# --- Nothing of anybody is published -------------------------------------------------------------


def published(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in (folder / "output").rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


@pytest.mark.parametrize("where", [["--outbox", "box"], ["--preview", "p.html"], ["-v"]])
def test_no_address_is_published_whatever_is_done(folder: Path, where: list[str]) -> None:
    """S1, C21: after building and inviting, no published byte holds an address or ATTENDEE."""
    assert invite("open-science", *where).exit_code == 0
    assert api.build().committed is not None

    found = [
        (path.name, word)
        for path, data in published(folder)
        for word in (*ADDRESSES, "attendee", "organizer:", "mailto:")
        if word.encode() in re.sub(rb"\r\n[ \t]", b"", data).lower()
    ]
    files = [path for path, _ in published(folder)]
    assert found == []
    assert len(files) > 20


@pytest.mark.parametrize("key", ["attendees: [a@example.org]", "participants: x", "email: a@b.org"])
@pytest.mark.parametrize("place", ["series", "session"])
def test_an_event_file_takes_no_addresses(folder: Path, key: str, place: str) -> None:
    text = f"{key}\n{SERIES}" if place == "series" else f"{SERIES}    {key}\n"
    change(folder, "events/open-science.yaml", text)
    done = CliRunner().invoke(cli, ["build"])

    assert done.exit_code == 1
    assert "[WF104]" in done.stderr


def test_a_build_loads_nothing_of_it(folder: Path) -> None:
    program = (
        "import sys; from webinar_feeds.cli.main import cli; "
        "cli(['build'], standalone_mode=False); "
        "print([name for name in sys.modules if 'invitations' in name or 'email_' in name])"
    )
    change(folder, "events/open-science.yaml", SERIES.replace("2027-01-14", "2027-01-15"))
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, encoding="utf-8"
    )

    assert done.stdout.splitlines()[-1] == "[]"
