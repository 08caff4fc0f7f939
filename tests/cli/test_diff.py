from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from click import unstyle
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as some
from markdown_it import MarkdownIt

from webinar_feeds import api, pipeline
from webinar_feeds.cli import diff
from webinar_feeds.cli.main import cli
from webinar_feeds.differences import Difference, Kind, Seen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SITE = "title: Our webinars\nbase_url: https://w.example.org/\n"
SERIES = """\
title: Open science over lunch
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - {id: preprints, date: 2027-06-16, title: Preprints}
  - {id: open-data, date: 2027-07-14, title: Data that others can use}
"""
MOVED = SERIES.replace("date: 2027-06-16", "date: 2027-06-17, time: 15:00–16:30")
MOVED = MOVED.replace("title: Data", "summary: New words, title: Data")
NOTHING = "Nothing changes for subscribers.\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a series that has been published."""
    (tmp_path / "events").mkdir()
    (tmp_path / "events/site.yaml").write_text(SITE, encoding="utf-8")
    write(tmp_path, SERIES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")  # 15 January 2027
    api.build()
    return tmp_path


def write(folder: Path, text: str, name: str = "open-science") -> None:
    (folder / f"events/{name}.yaml").write_text(text, encoding="utf-8")


def run(*arguments: str, color: bool = False) -> Result:
    return CliRunner().invoke(cli, ["diff", *arguments], prog_name="webinar-feeds", color=color)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a folder, as a static host serves it."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


TEXT = """\
Open science over lunch (open-science)
  preprints: moved from Wed 16 June 13:00 CEST to Thu 17 June 15:00 CEST;
    subscribers' calendars move it, SEQUENCE 0 → 1
  open-data: description edited, no notice

2 sessions of 1 series change for subscribers.
"""
MARKDOWN = """\
### What subscribers will see

**Open science over lunch** (open-science)

| Session | What changes | In subscribers’ programs |
|---|---|---|
| **Preprints** (preprints) | moved from Wed 16 June 13\\:00 CEST to Thu 17 June 15\\:00 CEST | \
subscribers' calendars move it, SEQUENCE 0 → 1 |
| **Data that others can use** (open-data) | description edited, no notice |  |

2 sessions of 1 series change for subscribers.
"""


def test_what_subscribers_will_see_is_said_in_words(folder: Path) -> None:
    write(folder, MOVED)
    before = files(folder)
    done = run()

    assert (done.exit_code, done.stdout, done.stderr) == (0, TEXT, "")
    assert files(folder) == before


def test_a_reviewer_reads_a_table(folder: Path) -> None:
    write(folder, MOVED)

    assert run("--format", "markdown").stdout == MARKDOWN


def test_programs_read_json(folder: Path) -> None:
    write(folder, SERIES.replace("2027-06-16", "2027-06-17"))
    document = json.loads(run("--format", "json").stdout)

    uid = document["series"][0]["sessions"][0].pop("uid")
    assert len(uid) == 36
    told = {
        "title": "Preprints",
        "start": "2027-06-16T11:00:00Z",
        "end": "2027-06-16T12:30:00Z",
        "timezone": "Europe/Berlin",
        "status": "confirmed",
        "sequence": 0,
    }
    assert document == {
        "version": 1,
        "changes": True,
        "series": [
            {
                "id": "open-science",
                "title": "Open science over lunch",
                "kinds": [],
                "words": [],
                "sessions": [
                    {
                        "id": "preprints",
                        "kinds": ["moved"],
                        "words": ["moved from Wed 16 June 13:00 CEST to Thu 17 June 13:00 CEST"],
                        "effect": "subscribers' calendars move it",
                        "before": told,
                        "after": {
                            **told,
                            "start": "2027-06-17T11:00:00Z",
                            "end": "2027-06-17T12:30:00Z",
                            "sequence": 1,
                        },
                    }
                ],
            }
        ],
    }


def test_where_nothing_changes_it_is_said(folder: Path) -> None:
    write(folder, SERIES.replace("title:", "# a comment\ntitle:", 1))

    assert run().stdout == NOTHING
    assert run("--format", "markdown").stdout == f"### What subscribers will see\n\n{NOTHING}"
    assert json.loads(run("--format", "json").stdout) == {
        "version": 1,
        "changes": False,
        "series": [],
    }


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_the_exit_status_says_whether_anything_changes_if_asked(folder: Path, form: str) -> None:
    same = run("--exit-code", "--format", form).exit_code
    write(folder, MOVED)

    assert (same, run("--exit-code", "--format", form).exit_code) == (0, 1)


def test_one_event_file_may_be_looked_at_alone(folder: Path) -> None:
    write(folder, MOVED)

    assert run("events/open-science.yaml").stdout == TEXT
    assert run("events/open-science.yaml", "--against", "output").stdout == TEXT


def test_the_time_of_the_build_may_be_given(folder: Path) -> None:
    write(folder, SERIES.replace("title: Preprints", "title: Preprints, recording: announced"))
    early = run("--now", "2027-06-16T12:00")
    late = run("--now", "2027-06-16T14:30+02:00")

    assert "preprints: description edited" not in early.stdout
    assert "preprints: new recording in the feeds" in late.stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (["--now", "soon"], {}, "'soon' is not a time such as 2020-06-01T12:00:00Z"),
        ([], {"SOURCE_DATE_EPOCH": "soon"}, "SOURCE_DATE_EPOCH is not a number of seconds"),
        (["nowhere"], {}, "does not exist"),
    ],
)
def test_wrong_usage_is_said(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    environment: dict[str, str],
    told: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = run(*arguments)

    assert (done.exit_code, done.stdout) == (2, "")
    assert told in done.stderr
    assert (folder / "events").is_dir()


def test_errors_in_the_event_files_are_said_as_check_says_them(folder: Path) -> None:
    write(folder, SERIES.replace("2027-06-16", "2027-13-16"))
    checked = CliRunner().invoke(cli, ["check"]).stdout
    for form in ("text", "json"):
        done = run("--format", form)

        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr.rpartition("\n1 error")[0] == checked.rpartition("\n1 error")[0]
        assert done.stderr.endswith("\n1 error found; nothing was compared.\n")


def test_warnings_are_left_to_check(folder: Path) -> None:
    (folder / "events/site.yaml").write_text("title: Our webinars\n")

    assert (run().stdout, run().stderr) == (NOTHING, "")


# --- Against what was published -------------------------------------------------------------------


def test_what_was_built_and_not_published_is_seen_against_the_site(folder: Path) -> None:
    (folder / "output").rename(folder / "web")
    write(folder, MOVED)
    api.build()

    assert run().stdout == NOTHING
    assert run("--against", "web").stdout == TEXT
    with serving(folder / "web") as url:
        assert run("--against", url).stdout == TEXT


def test_a_site_without_ledgers_is_compared_by_its_calendars(folder: Path) -> None:
    manifest = json.loads((folder / "output/manifest.json").read_text())
    for path in [path for path in manifest["artifacts"] if path.endswith("ledger.jsonl")]:
        del manifest["artifacts"][path]
        (folder / "output" / path).unlink()
    (folder / "output/manifest.json").write_text(json.dumps(manifest))
    write(folder, MOVED)

    with serving(folder / "output") as url:
        assert run("--against", url).stdout == TEXT.replace("description edited", "stamped anew")


def test_a_copy_that_is_damaged_gives_way_to_the_calendar(folder: Path) -> None:
    (folder / "output/open-science/ledger.jsonl").write_text("{}\n")

    assert "stamped anew" in run("--against", "output").stdout


def test_a_lost_ledger_is_no_new_beginning(folder: Path) -> None:
    """A build would take it from what it finds in the output folder (D4)."""
    (folder / "output").rename(folder / "web")
    (folder / "events/ledger/open-science.jsonl").unlink()

    assert run("--output", "web").stdout == NOTHING
    assert run().stdout.splitlines()[1] == "  a new series, with a calendar of its own"


def test_series_come_and_go(folder: Path) -> None:
    (folder / "events/open-science.yaml").rename(folder / "events/health.yaml")
    (folder / "events/ledger/open-science.jsonl").unlink()

    assert run("--against", "output").stdout == (
        "Open science over lunch (health)\n"
        "  a new series, with a calendar of its own\n"
        "  preprints: new session, Wed 16 June 2027, 13:00–14:30 CEST; appears in\n"
        "    calendars\n"
        "  open-data: new session, Wed 14 July 2027, 13:00–14:30 CEST; appears in\n"
        "    calendars\n"
        "\n"
        "open-science (open-science)\n"
        "  its event file is gone: its calendar and feeds are taken away\n"
        "\n"
        "2 sessions of 2 series change for subscribers.\n"
    )


@pytest.mark.parametrize("where", ["nowhere", "events", "http://127.0.0.1:9/"])
def test_what_cannot_be_read_has_a_status_of_its_own(folder: Path, where: str) -> None:
    done = run("--against", where)

    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert done.stderr.startswith("error: `")
    assert (folder / "output").is_dir()


# --- How it looks ---------------------------------------------------------------------------------


def difference(name: str, *words: str, kind: Kind = Kind.EDITED, effect: str = "") -> Difference:
    return Difference(name, "u", (kind,), words, effect, None, None, (0, 0))


def test_sessions_of_which_the_same_is_said_share_a_line() -> None:
    edited = [difference(f"s{number}", "description edited, no notice") for number in range(10)]
    other = difference("other", "cancelled", kind=Kind.CANCELLED)
    found = Seen("s", "T", (), (), (*edited[:4], other, *edited[4:7], *edited))

    assert unstyle(diff.text([found])).splitlines() == [
        "T (s)",
        "  s0, s1, s2, s3: description edited, no notice",
        "  other: cancelled",
        "  s4, s5, s6, s0, s1, s2, s3, s4 and 5 more: description edited, no notice",
        "",
        "18 sessions of 1 series change for subscribers.",
    ]
    assert unstyle(diff.text([found._replace(sessions=tuple(edited[:3]))])).splitlines()[1:4] == [
        "  s0: description edited, no notice",
        "  s1: description edited, no notice",
        "  s2: description edited, no notice",
    ]


@pytest.mark.parametrize(
    ("series", "sessions", "words"),
    [
        (1, 0, "1 series changes for subscribers."),
        (2, 0, "2 series change for subscribers."),
        (1, 1, "1 session of 1 series changes for subscribers."),
        (2, 1, "2 sessions of 2 series change for subscribers."),
    ],
)
def test_the_last_line_counts(series: int, sessions: int, words: str) -> None:
    one = Seen("s", "T", (Kind.EDITED,), ("w",), (difference("a", "b"),) * sessions)

    assert diff.text([one] * series).splitlines()[-1] == words


def test_only_what_matters_is_coloured(folder: Path) -> None:
    write(folder, MOVED)
    lines = run(color=True).stdout.splitlines()

    assert lines[0] == "\x1b[1mOpen science over lunch\x1b[0m (open-science)"
    assert lines[1].startswith("  \x1b[33m\x1b[1mpreprints\x1b[0m: moved from")
    assert lines[3].startswith("  \x1b[1mopen-data\x1b[0m: description")
    assert [len(each) for each in TEXT.splitlines() if len(each) > 80] == []


def test_a_published_ledger_cannot_speak_to_the_terminal() -> None:
    """It may come from anywhere; JSON can hold what no event file can (S2)."""
    found = Seen("s", "T\x1b[2J", (), (), (difference("a\x1b]0;x\x07", "said \x9b31m"),))

    assert unstyle(diff.text([found])).splitlines()[:2] == ["T�[2J (s)", "  a�]0;x�: said �31m"]


def test_a_comment_is_not_longer_than_hosts_allow() -> None:
    many = [difference(f"s{number}", f"edit {number}") for number in range(300)]
    one = Seen("s", "T", (), (), tuple(many))
    lines = diff.markdown([one, one]).splitlines()

    assert sum(line.startswith("| s") for line in lines) == 200
    assert [line for line in lines if line.startswith("…")] == [
        "… and 100 more sessions.",
        "… and 1 more series.",
    ]


def shown(markdown: str) -> str:
    """What a reader sees of one line of Markdown, and that it is nothing but text."""
    html: list[Any] = (
        MarkdownIt("gfm-like", {"linkify": False}).parseInline(markdown)[0].children or []
    )
    assert {token.type for token in html} <= {"text", "text_special"}
    return "".join(token.content for token in html).replace("\u200b", "")


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("@everyone #1", "\\@&#8203;everyone \\#&#8203;1"),
        ("![x](https://a.b/)", "\\!\\[x\\](https\\://a.b/)"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("a|b", "a\\|b"),
        ("www.example.org", "www\\.example.org"),
        ("two\nlines", "two lines"),
    ],
)
def test_no_title_does_anything_in_a_comment(title: str, written: str) -> None:
    assert diff.escaped(title) == written
    assert shown(written) == " ".join(title.split())


@given(some.text(some.characters(codec="utf-8")))
def test_every_text_is_shown_as_it_is(text: str) -> None:
    plain = "".join(each if each.isprintable() else "\ufffd" for each in " ".join(text.split()))

    assert shown(diff.escaped(text)) == plain


def test_a_table_has_one_cell_for_each_of_its_columns() -> None:
    found = Seen("s|s", "T|T", (Kind.EDITED,), ("w|w",), (difference("a|a", "b|b", effect="c|c"),))
    html = MarkdownIt("gfm-like", {"linkify": False}).render(diff.markdown([found]))

    assert html.count("<td>") == 3
    assert "<td>a|a</td>\n<td>b|b</td>\n<td>c|c</td>" in html


def test_the_clock_is_read_where_no_time_is_given(folder: Path) -> None:
    assert pipeline.clock().timestamp() == 1800000000
    assert run().exit_code == 0
    assert (folder / "events").is_dir()
