"""`webinar-feeds init`: the first series, and what hosts are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from webinar_feeds import hosting
from webinar_feeds.cli.main import cli
from webinar_feeds.hosting import Place

OURS = ("caddy", "nginx", "s3")
SITE = "title: Ours\nbase_url: https://w.example.org\nhub: https://hub.example.org/\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, prog_name="webinar-feeds")


def files() -> dict[str, str]:
    """Every file of the working folder, by its path."""
    found = (path for path in Path().rglob("*") if path.is_file())
    return {path.as_posix(): path.read_text(encoding="utf-8") for path in found}


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


# --- A first series ------------------------------------------------------------------------------


def test_a_new_folder_can_be_built_at_once() -> None:
    done = run("init")

    assert (done.exit_code, done.stderr) == (0, "")
    assert sorted(files()) == ["events/example-series.yaml", "events/site.yaml"]
    assert "wrote      events/site.yaml\n" in done.output
    assert "`webinar-feeds check events`" in done.output
    checked = run("check")
    assert checked.exit_code == 0
    assert checked.output.count("warning[") == 1  # that nobody knows yet where the site will be
    assert run("build").exit_code == 0
    assert Path("output/example-series/index.html").is_file()


@pytest.mark.parametrize("name", ["site.yaml", "example-series.yaml"])
def test_every_line_that_waits_in_the_starter_is_right(name: str) -> None:
    """What has to be uncommented is a key, and its value is one."""
    run("init")
    path = Path("events") / name
    text = path.read_text(encoding="utf-8")
    waiting = [line for line in text.splitlines() if line.lstrip().startswith("# ")]
    keys = [line for line in waiting if line.partition("# ")[2].partition(":")[0].isidentifier()]
    assert keys

    for line in keys:
        text = text.replace(line, line.replace("# ", "", 1))
    path.write_text(text, encoding="utf-8")

    checked = run("check")
    assert "error[" not in checked.output
    assert checked.exit_code == 0


def test_nothing_is_begun_where_somebody_has_begun() -> None:
    write("events/open-science.yaml", "title: Open science\n")

    done = run("init", "--force")

    assert done.exit_code == 1
    assert done.stderr.startswith(
        "error: there are event files in `events` already: open-science.yaml\n  = help: "
    )
    assert sorted(files()) == ["events/open-science.yaml"]


def test_another_folder_is_named_in_what_to_do_next() -> None:
    done = run("init", "--events", "seminars")

    assert sorted(files()) == ["seminars/example-series.yaml", "seminars/site.yaml"]
    assert "`webinar-feeds check seminars`" in done.output


# --- A host --------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", OURS)
def test_a_host_is_told_of_the_address_in_the_sites_file(host: str) -> None:
    write("events/site.yaml", SITE)

    done = run("init", "--host", host)

    assert (done.exit_code, done.stderr) == (0, "")
    place = Place("events", "output", "https://w.example.org/", "https://hub.example.org/")
    told = {file.path: file.text for file in hosting.files(host, place)}
    assert files() == {"events/site.yaml": SITE, **told}
    assert [line.split()[-1] for line in done.output.splitlines()[:-1]] == list(told)
    assert "base_url" not in done.output


@pytest.mark.parametrize("host", OURS)
def test_the_guide_shows_what_is_written(host: str, repository: Path) -> None:
    guide = (repository / f"docs/how-to/host-{host}.md").read_text(encoding="utf-8")

    done = run("init", "--host", host)

    wrote = [line for line in done.output.splitlines() if line.startswith("wrote")]
    shown = "\n".join((f"$ webinar-feeds init --host {host}", *wrote, "```"))
    assert f"```console\n{shown}\n" in guide


@pytest.mark.parametrize("host", OURS)
def test_without_an_address_it_says_that_one_is_missing(host: str) -> None:
    done = run("init", "--host", host, "--events", "seminars", "--output", "public")

    assert done.exit_code == 0
    assert "`base_url` in seminars/site.yaml does not say yet where" in done.output
    expected = hosting.files(host, Place("seminars", "public", None))
    assert files() == {file.path: file.text for file in expected}


def test_what_is_there_and_the_same_is_left_alone() -> None:
    run("init", "--host", "nginx")
    before = {path: Path(path).stat().st_mtime_ns for path in files()}

    done = run("init", "--host", "nginx")

    assert done.exit_code == 0
    assert done.output.count("unchanged  hosting/nginx") == 2
    assert {path: Path(path).stat().st_mtime_ns for path in files()} == before


def test_what_is_there_and_differs_is_replaced_only_by_force() -> None:
    write("hosting/nginx.conf", "theirs\n")

    refused = run("init", "--host", "nginx")

    assert refused.exit_code == 1
    assert refused.stderr == (
        "error: other files are there already: hosting/nginx.conf\n"
        "  = help: compare them with `--dry-run`, and replace them with `--force`\n"
    )
    assert files() == {"hosting/nginx.conf": "theirs\n"}
    forced = run("init", "--host", "nginx", "--force")
    assert forced.exit_code == 0
    told = {file.path: file.text for file in hosting.files("nginx", Place("e", "o", None))}
    assert files() == told


def test_a_dry_run_prints_the_files() -> None:
    write("hosting/Caddyfile", "theirs\n")

    done = run("init", "--host", "caddy", "--dry-run")

    assert done.exit_code == 0
    (file,) = hosting.files("caddy", Place("events", "output", None))
    assert done.output == f"# {file.path}\n{file.text}\n"
    assert files() == {"hosting/Caddyfile": "theirs\n"}


def test_a_mistake_in_the_sites_file_is_told_and_nothing_is_written() -> None:
    write("events/site.yaml", "title: Ours\nbase_url: w.example.org\n")

    done = run("init", "--host", "caddy")

    assert done.exit_code == 1
    assert "events/site.yaml:2:11: error[WF" in done.stderr
    assert done.stderr.endswith("1 error found; nothing was written.\n")
    assert sorted(files()) == ["events/site.yaml"]


@pytest.mark.parametrize("option", ["--events", "--output"])
@pytest.mark.parametrize("where", ["..", "../elsewhere", "/elsewhere"])
def test_folders_have_to_be_below(option: str, where: str) -> None:
    """The files go elsewhere with the folder that they are in."""
    done = run("init", "--host", "nginx", option, where)

    assert done.exit_code == 2
    assert f"{option} has to be a folder below this one" in done.stderr


def test_an_unknown_host_is_wrong_usage() -> None:
    done = run("init", "--host", "ftp")

    assert done.exit_code == 2
    assert "'caddy', 'github'" in done.stderr


@pytest.mark.parametrize("folder_at", ["", "hosting/nginx.conf", "hosting/.nginx.conf.new"])
def test_what_is_in_the_way_is_told(folder_at: str) -> None:
    """A folder where a file would be written, or a file where the folder would be."""
    if folder_at:
        Path(folder_at).mkdir(parents=True)
    else:
        write("hosting", "a file\n")

    done = run("init", "--host", "nginx")

    assert done.exit_code == 3
    assert done.stderr.startswith("error: `hosting/nginx.conf`: ")
    assert "Traceback" not in done.output
