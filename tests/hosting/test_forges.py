"""What forges are told is what they understand, and each of its steps does what it should."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from webinar_feeds import api, headers, hosting
from webinar_feeds.hosting import Place, steps
from webinar_feeds.hosting.netlify import rules_of_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hosted_site import Site

ROOT = Path(__file__).parents[2]
PLACE = Place("events", "output", "https://webinars.example.org/")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
SERIES = """\
title: Open science
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - {id: preprints, date: 2027-01-14, title: Preprints}
"""
MOVED = SERIES.replace("2027-01-14", "2027-01-15")


def told(host: str, place: Place = PLACE) -> str:
    (file,) = hosting.files(host, place)
    return file.text


def workflow(place: Place = PLACE) -> Any:
    return yaml.safe_load(told("github", place))


def scripts(job: str, name: str) -> tuple[str, dict[str, str]]:
    """A step of the workflow: its script, and what it finds in the environment."""
    found = workflow()
    step = next(each for each in found["jobs"][job]["steps"] if each.get("name") == name)
    return step["run"], found["env"] | step.get("env", {})


# --- what forges understand ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "name"),
    [("github-workflows", "github"), ("gitlab-ci", "gitlab"), ("github-actions", "action")],
)
@pytest.mark.parametrize("address", [None, "https://webinars.example.org/a b/"])
def test_it_is_what_the_forge_reads(
    tmp_path: Path, schema: str, name: str, address: str | None
) -> None:
    place = Place("our events", "out: put", address)
    text = (ROOT / "action.yml").read_text(encoding="utf-8") if name == "action" else ""
    path = tmp_path / f"{name}.yml"
    path.write_text(text or told(name, place), encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)

    assert done.stdout == "ok -- validation done\n"
    assert done.returncode == 0


def test_folders_and_addresses_are_written_as_they_are() -> None:
    odd = Place("our: events", "it's #out", "https://webinars.example.org/a%20b/")
    found = workflow(odd)
    pipeline = yaml.safe_load(told("gitlab", odd))
    settings = tomllib.loads(told("netlify", odd))

    assert found["env"] == {"EVENTS": odd.events, "OUTPUT": odd.output, "PUBLISHED": odd.base_url}
    assert found["jobs"]["publish"]["steps"][-2]["with"] == {"path": odd.output}
    assert pipeline["variables"]["EVENTS"] == odd.events
    assert settings["build"]["publish"] == odd.output
    assert "--output 'it'\"'\"'s #out'" in settings["build"]["command"]


def test_no_script_has_words_of_others_put_into_it() -> None:
    """A branch or a title that is put into a script could be a command of somebody else."""
    found = [job["steps"] for job in workflow()["jobs"].values()] + [ACTION["runs"]["steps"]]

    for step in (step for each in found for step in each if "run" in step):
        assert "${{" not in step["run"], step["name"]


def test_nobody_may_more_than_is_needed() -> None:
    jobs = workflow()["jobs"]

    assert workflow()["permissions"] == {"contents": "read"}
    assert jobs["check"]["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert jobs["publish"]["permissions"] == {
        "contents": "read",
        "pages": "write",
        "id-token": "write",
    }
    assert jobs["publish"]["concurrency"]["cancel-in-progress"] is False


@pytest.mark.parametrize("name", ["BUILD", "COMPARE", "SUMMARY", "COMMENT"])
def test_every_script_passes_shellcheck(name: str) -> None:
    script = f"#!/bin/bash\n{getattr(steps, name)}"
    ignored = "SC2154"  # variables that the forge gives
    command = ["shellcheck", "--exclude", ignored, "-"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)

    assert done.stdout == ""
    assert done.returncode == 0


def test_the_action_does_what_the_workflow_does() -> None:
    found = {step["name"]: step["run"] for step in ACTION["runs"]["steps"] if "name" in step}

    assert found.pop("Install").startswith('"$GITHUB_ACTION_PATH/scripts/install" runtime\n')
    assert found.pop("Check").strip() == 'webinar-feeds check "$EVENTS" --format github'
    assert found == {
        "Compare": steps.SUMMARY,
        "Comment": steps.COMMENT,
        "Build": steps.BUILD,
    }


def test_the_action_takes_from_its_inputs_what_scripts_look_for() -> None:
    asked = {"EVENTS", "OUTPUT", "PUBLISHED", "FIRST", "TOKEN", "NUMBER"}

    for step in ACTION["runs"]["steps"]:
        wanted = asked.intersection(re.findall(r"\$\{?([A-Z]+)", step.get("run", "")))
        assert wanted == step.get("env", {}).keys(), step
        for value in step.get("env", {}).values():
            found = re.fullmatch(r"\$\{\{ (?:inputs\.(\S+)|github\.event\.\S+) \}\}", value)
            assert found is not None
            assert found[1] is None or found[1] in ACTION["inputs"]


# --- what its steps do --------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with event files that were published to a folder, and then changed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "events").mkdir()
    write(SERIES)
    assert api.build("events", "published").committed is not None
    shutil.rmtree("events/ledger")
    write(MOVED)
    return tmp_path


def write(text: str) -> None:
    Path("events/open-science.yaml").write_text(text, encoding="utf-8")
    site = f"title: Ours\nbase_url: {PLACE.base_url}\n"
    Path("events/site.yaml").write_text(site, encoding="utf-8")


def run(
    script: str, environment: Mapping[str, str], shell: str = "bash"
) -> subprocess.CompletedProcess[str]:
    """Run a step as the forge does, our program on its path."""
    own = f"{Path(sys.executable).parent}{os.pathsep}/usr/bin{os.pathsep}/bin"
    given = {"PATH": own, "HOME": str(Path.cwd()), "RUNNER_TEMP": str(Path.cwd()), **environment}
    given = {"GITHUB_STEP_SUMMARY": "summary.md", "LC_ALL": "C.UTF-8", **given}
    command = [shell, "-e", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=given)


@pytest.mark.usefixtures("project")
def test_a_mistake_is_shown_beside_its_line() -> None:
    write(SERIES.replace("date: 2027-01-14", "date: 2027-13-14"))
    done = run(*scripts("check", "Check"))

    assert done.returncode == 1
    assert done.stdout.startswith("::error file=events/open-science.yaml,line=5,")


@pytest.mark.usefixtures("project")
def test_what_changes_is_said_in_the_summary_of_the_run() -> None:
    script, environment = scripts("check", "Compare")
    done = run(script, environment | {"PUBLISHED": "published"})
    said = Path("summary.md").read_text(encoding="utf-8")

    assert (done.returncode, done.stderr) == (0, "")
    assert said.startswith(f"{steps.MARK}\n### What subscribers will see\n")
    assert "moved from Thu 14 January 13\\:00 CET to Fri 15 January" in said
    assert Path("changes.md").read_text(encoding="utf-8") == said


@pytest.mark.usefixtures("project")
def test_where_nothing_is_published_yet_a_proposal_does_not_fail() -> None:
    script, environment = scripts("check", "Compare")
    done = run(script, environment | {"PUBLISHED": "nowhere"})

    assert done.returncode == 0
    assert "could not be read" in Path("changes.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("host", ["github", "gitlab", "netlify"])
def test_a_build_goes_on_with_what_was_published(host: str) -> None:
    shell = "bash"
    if host == "github":
        script, environment = scripts("publish", "Build")
        environment |= {"FIRST": "false"}
    elif host == "gitlab":
        pipeline = yaml.safe_load(told("gitlab"))
        (script,), environment = pipeline["pages"]["script"], pipeline["variables"]
        environment |= {"OUTPUT": "output"}
    else:
        command = tomllib.loads(told("netlify"))["build"]["command"]
        install, _, script = command.partition(" && ")
        assert install == steps.INSTALL.strip()
        script = script.replace(PLACE.base_url, "published")
        environment, shell = {}, "sh"
    published = {"PUBLISHED": "published"}
    first = run(script, environment | published | {"FIRST": "true"}, shell)
    begun = Path("output/open-science/calendar.ics").read_text(encoding="utf-8")
    shutil.rmtree("output")
    shutil.rmtree("events/ledger")
    again = run(script, environment | published, shell)
    went_on = Path("output/open-science/calendar.ics").read_text(encoding="utf-8")

    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert ("SEQUENCE:1" in begun, "SEQUENCE:1" in went_on) == (False, True)
    assert not Path("events/ledger").exists()


@pytest.mark.usefixtures("project")
def test_gitlab_says_what_changes_in_a_file() -> None:
    pipeline = yaml.safe_load(told("gitlab"))
    check, compare = pipeline["check"]["script"]
    environment = pipeline["variables"] | {"PUBLISHED": "published"}

    assert run(check, environment).returncode == 0
    assert "moved from" in run(compare, environment).stdout
    assert "moved from" in Path(pipeline["check"]["artifacts"]["paths"][0]).read_text("utf-8")


# --- the comment --------------------------------------------------------------------------------


class Forge:
    """What stands for GitHub's API: the comments of one pull request."""

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str]] = []

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, object]:
        self.asked.append((method, path))
        parts = urlsplit(path)
        if method == "GET" and parts.path == "/repos/o/r/issues/7/comments":
            query = parse_qs(parts.query)
            size, page = int(query["per_page"][0]), int(query["page"][0])
            return 200, self.comments[(page - 1) * size : page * size]
        text = json.loads(body)["body"]
        if method == "POST" and parts.path == "/repos/o/r/issues/7/comments":
            self.add("Bot", text)
            return 201, {}
        found = re.fullmatch(r"/repos/o/r/issues/comments/(\d+)", parts.path)
        if method == "PATCH" and found:
            self.comments[int(found[1])]["body"] = text
            return 200, {}
        return 404, {}

    def add(self, kind: str, body: str) -> None:
        self.comments.append({"id": len(self.comments), "user": {"type": kind}, "body": body})


@contextmanager
def served(forge: Forge) -> Iterator[str]:
    """The address of an API on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            assert self.headers["Authorization"] == "Bearer secret"
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, document = forge.answer(self.command, self.path, body)
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = respond  # noqa: N815 - as the library calls them

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def comment(address: str) -> subprocess.CompletedProcess[str]:
    script, _ = scripts("check", "Comment")
    given = {"GITHUB_API_URL": address, "GITHUB_REPOSITORY": "o/r", "NUMBER": "7"}
    return run(script, given | {"TOKEN": "secret"})


@pytest.mark.usefixtures("project")
def test_a_pull_request_has_one_comment_which_is_rewritten() -> None:
    forge = Forge()
    for number in range(105):
        forge.add("User", f"{steps.MARK} of a person" if number == 3 else "Fine.")
    with served(forge) as address:
        for text in ("“First” & $HOME `x`\n", "Second\n"):
            Path("changes.md").write_text(f"{steps.MARK}\n{text}", encoding="utf-8")
            done = comment(address)
            assert (done.returncode, done.stderr) == (0, "")
            assert len(forge.comments) == 106
            assert forge.comments[-1]["body"] == f"{steps.MARK}\n{text}"
    assert [method for method, _ in forge.asked] == ["GET", "GET", "POST", "GET", "GET", "PATCH"]


@pytest.mark.usefixtures("project")
def test_a_long_comment_is_cut_and_one_that_is_refused_fails() -> None:
    Path("changes.md").write_text(steps.MARK + "ä" * 70_000, encoding="utf-8")
    forge = Forge()
    with served(forge) as address:
        assert comment(address).returncode == 0
        refused = run(
            scripts("check", "Comment")[0],
            {"TOKEN": "secret", "NUMBER": "8"}
            | {"GITHUB_API_URL": address, "GITHUB_REPOSITORY": "o/r"},
        )

    assert len(forge.comments[0]["body"]) == 65_000
    assert refused.returncode != 0


# --- headers ------------------------------------------------------------------------------------


def fits(pattern: str, path: str) -> bool:
    """Whether a pattern fits a path, as Netlify's own parser of headers has it.

    `*` is anything and `:name` a folder; in a part with an asterisk a dot is any letter, and a
    slash may follow.
    """
    parts = []
    for part in pattern.strip("/").split("/"):
        if part.startswith(":"):
            parts.append("[^/]+")
        else:
            parts.append(part.replace("*", ".*") if "*" in part else re.escape(part))
    return re.fullmatch(f"/{'/'.join(parts)}/?", path) is not None


def sent_with(path: str) -> dict[str, str]:
    """The headers that Netlify is told for a path; it would join what two rules say of one."""
    fitting = [values for pattern, values in rules_of_paths() if fits(pattern, f"/{path}")]
    sent = {name: value for values in fitting for name, value in values.items()}
    assert len(sent) == sum(map(len, fitting)), path
    return sent


def test_netlify_sends_every_file_with_what_the_table_says(site: Site) -> None:
    """What programs read has its type and may be read from other sites (H1, H2, H5, H7)."""
    read = {"text/calendar", "text/x-opml", "application/json", "application/jsonl"}
    read |= {*headers.FEEDS, "application/xml"}
    listed = site.listed()
    kinds = set()
    for path, row in listed.items():
        sent, wanted = sent_with(path), headers.of_the_file(path, row.media_type)
        kind = headers.kind(row.media_type)
        kinds.add(kind)
        saved = wanted.get("Content-Disposition", "").partition(";")[0]

        assert sent.get("Content-Disposition", "") == saved, path
        if kind in read:
            assert sent["Content-Type"] == wanted["Content-Type"], path
            name = "Access-Control-Allow-Origin"
            assert sent.get(name) == wanted.get(name), path
        else:
            assert "Content-Type" not in sent, path
        if path.startswith("assets/"):
            assert sent["Cache-Control"] == "public, max-age=3600"
    assert read <= kinds


@pytest.mark.parametrize("page", ["topics/", "optics/", "topics/olympics/", "press/", "a/b.html"])
def test_no_page_is_sent_as_anything_else(page: str) -> None:
    assert sent_with(page) == {}


def test_netlify_reads_the_rules() -> None:
    found = tomllib.loads(told("netlify"))["headers"]

    assert [(each["for"], each["values"]) for each in found] == list(rules_of_paths())
