from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import pytest
from click.testing import CliRunner

import committing
from webinar_feeds import api, cluster, errands, output, pipeline, publishing
from webinar_feeds.artifacts import Artifact
from webinar_feeds.cli import report
from webinar_feeds.cli.explain import PAGES, catalogue
from webinar_feeds.cli.main import cli
from webinar_feeds.diagnostics import Severity
from webinar_feeds.invitations import accounts, databases, messages, owed, preparing, tally
from webinar_feeds.invitations.attendees import Attendee
from webinar_feeds.invitations.journal import Journal
from webinar_feeds.invitations.letters import Told
from webinar_feeds.publishing import collection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from webinar_feeds.diagnostics import Diagnostic

CODES = list(catalogue())
NOW = datetime(2026, 11, 1, tzinfo=UTC)
FORM = re.compile(
    r"# (?P<code>WF\d{3}): (?P<name>[^\n]+[^\n.])\n\n"
    r"(?P<meaning>(?!#|```).+?)\n\n"
    r"## Example\n\n(?P<example>```.+?\n```)\n\n"
    r"## What webinar-feeds says\n\n```text\n(?P<says>.+?)\n```\n\n"
    r"## How to mend it\n\n(?P<cure>(?!#|```).+)\n",
    re.DOTALL,
)
BLOCK = re.compile(r"(?ms)^```\w+(?: (?P<info>[^\n]+))?\n(?P<text>.*?)\n```$")


class Page(NamedTuple):
    """An explanation: what it says, and the files before and after the mistake was mended."""

    code: str
    example: Mapping[str, bytes]
    says: str
    mended: Mapping[str, bytes]


def page(code: str) -> Page:
    parts = FORM.fullmatch((PAGES / f"{code}.md").read_text(encoding="utf-8"))
    assert parts is not None
    example, mended = files(parts["example"]), files(parts["cure"])
    return Page(parts["code"], example, parts["says"], example | mended if mended else {})


def files(markdown: str) -> dict[str, bytes]:
    r"""The files that the blocks with a path stand for.

    Behind the path, `encoding=…` says how the file was saved, and `escape` that `\xNN` is a byte.
    """
    found = {}
    for block in BLOCK.finditer(markdown):
        if block["info"] is None:
            continue
        path, _, how = block["info"].rpartition(" ")
        text = f"{block['text']}\n"
        if how == "escape":
            pieces = re.split(rb"\\x([0-9A-F]{2})", text.encode())
            pieces[1::2] = [bytes.fromhex(each.decode()) for each in pieces[1::2]]
            found[path] = b"".join(pieces)
        elif how.startswith("encoding="):
            found[path] = text.encode(how.removeprefix("encoding="))
        else:
            found[block["info"]] = text.encode()
    return found


def lay(folder: Path, written: Mapping[str, bytes]) -> None:
    for name, data in {**written, "events/ledger/.keep": b""}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def checked() -> tuple[Diagnostic, ...]:
    """Everything that is said about the folder of this test."""
    return pipeline.load(pipeline.gather(Path("events"), Path("output")), NOW).diagnostics


def shown(diagnostics: tuple[Diagnostic, ...], code: str) -> str:
    return click.unstyle(report.text(each for each in diagnostics if each.code == code)).rstrip()


# --- What only a build can say: what has to be there for it ------------------------------------


def built(events: str = "events", folder: str = "output") -> None:
    api.build(events, folder)


def into_a_link() -> None:
    for folder in ("elsewhere", "output"):
        Path(folder).mkdir()
    Path("output/open-science").symlink_to(Path("elsewhere").resolve())
    written("open-science/calendar.ics")


def onto_a_folder() -> None:
    Path("output/programme.txt").mkdir(parents=True)
    written("programme.txt")


def into_itself() -> None:
    event_file = page("WF307").example["events/open-science.yaml"]
    lay(Path(), {"public/events/open-science.yaml": event_file})
    built("public/events", "public")


def written(*paths: str) -> None:
    """What a format's paths lead to."""
    artifacts = [Artifact(path, "text/plain", lambda: iter([b"text"])) for path in paths]
    plan = committing.Planned({}, artifacts)
    committing.commit(plan, Path("output"), ledger=Path("l"))


# --- What only a publication can say ------------------------------------------------------------


def published(output: str) -> None:
    publishing.publish(order(output))


def order(output: str) -> publishing.Order:
    target = publishing.open_target("www")
    return publishing.Order(Path(output), target, output, lambda: 0.0, lambda _: None, where="www")


def built_on(day: int, folder: str = "") -> None:
    done = api.build(
        Path(folder, "events"), Path(folder, "output"), now=datetime(2026, 12, day, 9, tzinfo=UTC)
    )
    assert done.committed is not None


def elsewhere(old: str, new: str) -> None:
    """Published from another folder, with a change that this one does not know."""
    built_on(1)
    shutil.copytree("events", "other/events")
    path = Path("other/events/open-science.yaml")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new), encoding="utf-8")
    built_on(2, "other")
    published("other/output")
    published("output")


def withdrawn() -> None:
    built_on(1)
    published("output")
    Path("events/open-science.yaml").rename("events/over-tea.yaml")
    Path("events/site.yaml").write_text("removed: [open-science]\n", encoding="utf-8")
    built_on(2)
    published("output")


def changed_by_hand() -> None:
    built_on(1)
    Path("output/open-science/calendar.ics").write_text("by hand", encoding="utf-8")
    published("output")


def onto_theirs() -> None:
    built_on(1)
    lay(Path(), {"www/open-science/calendar.ics": b"theirs"})
    published("output")


def read_back() -> None:
    built_on(1)
    published("output")
    Path("www/open-science/calendar.ics").write_text("damaged", encoding="utf-8")
    raise output.Refused(publishing.verify(order("output")))


def edited_there() -> None:
    built_on(1)
    plan = collection.plan_of(Path("output"), None)
    theirs = [
        collection.There("/1", "1", each.data.replace(b"SEQUENCE:0", b"SEQUENCE:3"))
        for each in plan.events.values()
    ]
    collection.refuse(collection.overtaken(collection.deeds(plan, theirs, {})))


def on_unlike_workers() -> None:
    ours = (("the tz database", "2026b"), ("zlib", "1.3"), ("nh3", "0.3.1"))
    theirs = (("the tz database", "2024a"), ("zlib", "1.3"), ("nh3", "0.2.18"))
    raise output.Refused(errands.differing(ours, theirs, "tcp://10.0.0.5:8786"))


def on_lost_workers() -> None:
    """As Dask tells it, without the cluster of tests/test_cluster.py."""

    class KilledWorker(Exception):  # noqa: N818 - Dask's name
        allowed_failures = 3

    where = "tcp://10.0.0.5:8786"
    raise cluster.ended(KilledWorker(), "events/open-science.yaml", where)


ANOTHER = "\n  - id: open-data\n    date: 2027-02-11\n    title: Data that others can use"
TITLE = "title: Preprints, and who reads them"

BUILDS: dict[str, Callable[[], None]] = {
    "WF701": built,
    "WF702": into_a_link,
    "WF703": lambda: written("../programme.txt"),
    "WF704": lambda: written("programme.txt", "Programme.txt"),
    "WF705": lambda: written("programme.txt"),
    "WF706": into_itself,
    "WF707": onto_a_folder,
    "WF804": built,
    "WF850": lambda: elsewhere("2027-01-14", "2027-01-21"),
    "WF851": lambda: elsewhere(TITLE, f"{TITLE}{ANOTHER}"),
    "WF852": withdrawn,
    "WF853": changed_by_hand,
    "WF854": onto_theirs,
    "WF855": read_back,
    "WF856": edited_there,
    "WF870": on_unlike_workers,
    "WF871": on_lost_workers,
}

# --- What is said about letters: a series that has been built, and who is invited to it ---------

INVITED = {
    "events/site.yaml": b"base_url: https://www.example.org/\n",
    "events/open-science.yaml": """\
title: Open science over lunch
timezone: Europe/Berlin
time: 12:30–13:15
sessions:
  - {id: preprints, date: 2027-01-14, title: "Preprints, and who reads them"}
  - {id: open-data, date: 2027-02-11, title: Data that others can use}
""".encode(),
    "attendees/open-science.csv": b"email\nana.lima@example.org\n",
    "attendees/sender.yaml": b"name: The Library\nemail: library@example.org\n",
}
ABSENT = {"WF912": "attendees/open-science.csv", "WF920": "attendees/sender.yaml"}
BEFORE = datetime(2027, 1, 1, tzinfo=UTC)


def about_letters(code: str, mended: Mapping[str, bytes] | None = None) -> tuple[Diagnostic, ...]:
    """What is said before letters are sent, with the files of a page's example or of its cure."""
    lay(Path(), INVITED)
    if code != "WF930":
        api.build(now=BEFORE)
    if code in ABSENT:
        Path(ABSENT[code]).unlink()
    lay(Path(), page(code).example if mended is None else mended)
    people = Path("output/people.csv") if code == "WF924" else None
    environment = {"WEBINAR_FEEDS_SENDER": "The Library"} if code == "WF922" else {}
    places = preparing.Places(people=people)
    prepared = preparing.prepare(["open-science"], places, environment, BEFORE)
    if code in {"WF932", "WF940"} and mended is None:
        return _of_a_round(prepared)
    return prepared.diagnostics


def _of_a_round(prepared: preparing.Prepared) -> tuple[Diagnostic, ...]:
    """What is said only once letters are counted, or written."""
    (invited,) = prepared.series
    others = tuple(Attendee(each, each) for each in ("b@example.org", "c@example.org", "d@e.org"))
    everybody = owed.Round(invited.programme, (*invited.people, *others), owed.Known(), BEFORE)
    letters = list(owed.first_invitations(everybody))
    told = {
        (each.attendee.address, item.part.uid): Told(item.part, BEFORE)
        for each in letters
        for item in each.items
    }
    now = everybody._replace(people=invited.people, known=owed.Known(told))
    figures = tally.of(owed.changes(now), now, one_per_session=False)
    assert prepared.sender is not None
    try:
        messages.letter(letters[0], prepared.sender, prepared.templates).make(BEFORE)
    except output.Refused as refused:
        return refused.diagnostics
    return tally.doubts("open-science", figures)


def about_servers(code: str) -> tuple[Diagnostic, ...]:
    """What is said of the settings in a page's example, which are variables."""
    (text,) = page(code).example.values()
    environment = dict(line.split("=", 1) for line in text.decode().splitlines())
    try:
        if code == "WF950":
            Journal(environment[databases.VARIABLE])
        accounts.account(environment, accounts.SMTP, lambda *_: None)
    except output.Refused as refused:
        return refused.diagnostics
    return ()


def is_about_letters(code: str) -> bool:
    return "WF900" <= code < "WF950"


# Their cure is to move a file, or there is nothing to mend.
BY_HAND = frozenset(
    {
        *BUILDS,
        *("WF113", "WF227", "WF802"),
        *("WF922", "WF924", "WF930", "WF931", "WF932", "WF940"),
        *("WF950", "WF951", "WF952", "WF953"),
    }
)


def refusal(build: Callable[[], None]) -> tuple[Diagnostic, ...]:
    with pytest.raises(output.Refused) as refused:
        build()
    return refused.value.diagnostics


# --- The tests ---------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_there_is_a_page_for_every_code_and_none_besides() -> None:
    assert sorted(path.name for path in PAGES.iterdir()) == [f"{code}.md" for code in CODES]


@pytest.mark.parametrize("code", CODES)
def test_a_page_is_about_its_code(code: str) -> None:
    assert page(code).code == code


@pytest.mark.parametrize("code", CODES)
def test_the_example_makes_webinar_feeds_say_what_the_page_says(code: str) -> None:
    expected = page(code)
    if is_about_letters(code):
        said = about_letters(code)
    elif code >= "WF950":
        said = about_servers(code)
    else:
        lay(Path(), expected.example)
        said = refusal(BUILDS[code]) if code in BUILDS else checked()

    assert shown(said, code) == expected.says


@pytest.mark.parametrize("code", [code for code in CODES if code not in BY_HAND])
def test_the_cure_cures(code: str) -> None:
    cured = page(code).mended
    if is_about_letters(code):
        said = about_letters(code, cured)
    else:
        lay(Path(), cured)
        said = checked()

    assert cured
    assert [each.code for each in said if each.code == code] == []
    assert [each for each in said if each.severity is Severity.ERROR] == []


@pytest.mark.parametrize("code", ["WF203", "wf203", "[WF203]"])
def test_explain_prints_the_page(code: str) -> None:
    done = CliRunner().invoke(cli, ["explain", code])

    assert done.output == (PAGES / "WF203.md").read_text(encoding="utf-8")
    assert done.exit_code == 0


def test_check_prints_what_the_page_says() -> None:
    expected = page("WF203")
    lay(Path(), expected.example)

    done = CliRunner().invoke(cli, ["check"])

    assert done.output.startswith(f"{expected.says}\n\n")
    assert done.exit_code == 1


# --- How it is said ----------------------------------------------------------------------------

HEAD = "title: Open science over lunch\ntimezone: Europe/Berlin\n"
SESSIONS = """\
sessions:
  - {id: preprints, date: 2027-01-14, title: Preprints}
  - {id: open-data, date: 2027-02-11, title: Data}
"""


@pytest.mark.parametrize("code", CODES)
def test_a_message_is_one_line_without_a_full_stop(code: str) -> None:
    rule = catalogue()[code]

    assert [text for text in (rule.message, rule.help) if "\n" in text or text.endswith(".")] == []


def told(text: str) -> list[str]:
    """Line, column, code and message of what is said about an event file, but for WF307."""
    lay(Path(), {"events/open-science.yaml": text.encode()})
    return [
        f"{each.location.line}:{each.location.column} {each.code} {each.message}"
        for each in checked()
        if each.code != "WF307"
    ]


def test_a_mistake_that_all_sessions_inherit_is_said_once() -> None:
    assert told(f"{HEAD}time: 12:30\n{SESSIONS}") == [
        "3:7 WF203 session `preprints` has a start, `12:30`, but no end"
    ]


def test_words_over_several_lines_are_quoted_on_one() -> None:
    session = SESSIONS.replace("title: Data}", "title: Data, status: 'moved\n\n      away'}")

    assert told(f"{HEAD}time: 12:30–13:15\n{session}") == [
        "6:60 WF107 `moved away` is not a word that `status` takes"
    ]


@pytest.mark.parametrize(
    ("recording", "place"),
    [
        ("recording: {url: https://a.example/?pwd=1}", "6:74"),
        ("recordings: [{url: https://a.example/?pwd=1}]", "6:76"),
        ("recordings: [{id: a, url: announced}, {id: b, url: https://a.example/?pwd=1}]", "6:108"),
    ],
)
def test_a_passcode_is_shown_where_it_stands(recording: str, place: str) -> None:
    session = SESSIONS.replace("Preprints}", f"Preprints, {recording}}}")

    assert told(f"{HEAD}page: https://a.example/\ntime: 12:30–13:15\n{session}") == [
        f"{place} WF402 `pwd=1` looks like a passcode, and this text is published"
    ]


def test_two_sessions_do_not_share_a_uid() -> None:
    session = SESSIONS.replace("id: ", "uid: a@example.org, id: ")

    assert told(f"{HEAD}time: 12:30–13:15\n{session}") == [
        "6:11 WF112 the uid `a@example.org` is taken by another session"
    ]


def test_an_end_that_is_the_start_is_a_slip_and_a_whole_day_is_none() -> None:
    assert told(f"{HEAD}time: 12:30–12:30\n{SESSIONS}") == [
        "3:7 WF223 `0m` is no length for a session: it lasts more than nothing and at most 24 hours"
    ]
    assert told(f"{HEAD}time: 00:00–24:00\n{SESSIONS}") == []


def test_two_announcements_are_compared_to_the_end() -> None:
    session = SESSIONS.replace("Data}", "Data, also: 11:30–12:30 Europe/London}")

    assert told(f"{HEAD}time: 12:30–13:15\n{session}") == [
        (
            "6:58 WF205 `11:30–12:30 Europe/London` is 11:30–12:30 UTC, "
            "but session `open-data` is at 11:30–12:15 UTC"
        )
    ]
