from __future__ import annotations

import importlib.util
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
import yaml
from jsonschema import Draft202012Validator

from webinar_feeds import ledger, pipeline, rendering
from webinar_feeds.cli.explain import PAGES, catalogue
from webinar_feeds.cli.main import COMMANDS, cli
from webinar_feeds.model import Site
from webinar_feeds.reading import kinds, schema
from webinar_feeds.reading.nodes import Source
from webinar_feeds.reading.series import read_series, read_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
DOCS = sorted((ROOT / "docs").rglob("*.md"))
BLOCK = re.compile(r"(?ms)^```(?P<language>\w+)(?: (?P<path>[^\n]+))?\n(?P<text>.*?\n)```$")
FILES = {"series": schema.SERIES, "site": schema.SITE}


def reference(name: str) -> str:
    return (ROOT / "docs/reference" / name).read_text(encoding="utf-8")


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "scripts/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- What is generated -------------------------------------------------------------------------


def test_what_is_generated_is_fresh() -> None:
    written = {name: (ROOT / name).read_text(encoding="utf-8") for name in generator().generated()}

    assert written == generator().generated()


def test_the_generator_writes_what_is_stale_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    generate = generator()
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    site = "src/webinar_feeds/schemas/site.schema.json"

    assert generate.main(["--check"]) == 1
    assert list(tmp_path.iterdir()) == []
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    (tmp_path / site).write_text("{}")
    capsys.readouterr()
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out == f"{site} is not up to date\n"


# --- Nothing is undocumented -------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    section = reference("cli.md").partition(f"## webinar-feeds {name}\n")[2].partition("\n## ")[0]
    options = [
        text for each in command.params if isinstance(each, click.Option) for text in each.opts
    ]

    assert section
    assert [text for text in options if not re.search(rf"(?m)^ .*{text}\b", section)] == []


def test_every_key_of_the_event_file_is_documented() -> None:
    page = reference("event-file.md")

    for record in records():
        section = page.partition(f'<a id="{record.what.replace(" ", "-")}"></a>')[2]
        table = re.findall(r"(?m)^\| `(\w+)` \|", section.partition("<a id=")[0])
        assert table == [field.key for field in record.fields]


def test_every_code_is_documented() -> None:
    described = re.findall(r"(?m)^### (WF\d{3}): ", reference("diagnostics.md"))

    assert described == list(catalogue())


def test_the_extension_point_is_documented() -> None:
    how_to = (ROOT / "docs/how-to/write-a-format.md").read_text(encoding="utf-8")

    assert f'[project.entry-points."{rendering.GROUP}"]' in how_to


def records() -> list[kinds.Record]:
    """Every record of the event file and the site file."""
    found: dict[str, kinds.Record] = {}
    waiting = [schema.SERIES, schema.SITE]
    while waiting:
        record = waiting.pop()
        found[record.what] = record
        for field in record.fields:
            kind = field.kind.kind if isinstance(field.kind, kinds.Many) else field.kind
            if isinstance(kind, kinds.Record):
                waiting.append(kind)
    return list(found.values())


# --- What is shown works -----------------------------------------------------------------------


def test_the_annotated_event_file_has_no_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = BLOCK.search(reference("event-file.md"))
    assert shown is not None
    Path("events").mkdir()
    Path("events/open-science.yaml").write_text(shown["text"], encoding="utf-8")

    loaded = pipeline.load(pipeline.gather(Path("events")))

    assert [each.code for each in loaded.diagnostics] == ["WF307"]
    assert [len(each.sessions) for each in loaded.series] == [3]


@pytest.mark.parametrize("key", [field.key for field in schema.SITE.fields])
def test_a_sites_keys_take_their_examples(key: str) -> None:
    text = f"{key}: {example(schema.SITE, key)}\n"

    assert read_site(Source("site.yaml", text.encode())).diagnostics == ()


@pytest.mark.parametrize("key", [field.key for field in schema.SERIES.fields])
def test_a_series_keys_take_their_examples(key: str) -> None:
    keys = ("title", "timezone", "time", "sessions", key)
    text = "".join(f"{each}: {example(schema.SERIES, each)}\n" for each in dict.fromkeys(keys))

    assert said(text) == []


@pytest.mark.parametrize("key", [field.key for field in schema.SESSION.fields])
def test_a_sessions_keys_take_their_examples(key: str) -> None:
    keys = ("id", "title", "date", "timezone", "time", key)
    session = "".join(
        f"    {each}: {example(schema.SESSION, each)}\n" for each in dict.fromkeys(keys)
    )

    assert said(f"title: A series\nsessions:\n  -\n{session}") == []


@pytest.mark.parametrize(
    ("record", "key"),
    [
        (record, field.key)
        for record in (schema.SPEAKER, schema.TALK, schema.ORGANIZER, schema.RECORDING, schema.FILE)
        for field in record.fields
    ],
)
def test_the_keys_of_a_part_take_their_examples(record: kinds.Record, key: str) -> None:
    needed = {"url": "https://www.example.org/1", "media_type": "video/mp4"}
    needed = needed if record in (schema.RECORDING, schema.FILE) else {}
    needed |= {each.key: each.kind.example for each in record.fields if each.required}
    written = needed | {key: example(record, key)}
    part = ", ".join(f"{name}: {json.dumps(text)}" for name, text in written.items())
    if isinstance(field_of(record, key).kind, (kinds.Many, kinds.Record)):
        part = part.replace(json.dumps(written[key]), written[key])
    where = {
        schema.SPEAKER: "talks: [{title: A talk, speakers: %s}]",
        schema.TALK: "talks: %s",
        schema.ORGANIZER: "organizers: %s",
        schema.RECORDING: "recording: %s",
        schema.FILE: "recording: {files: [%s]}",
    }[record]
    text = where % f"{{{part}}}"
    head = "title: A series\ntimezone: UTC\ntime: 13:00–14:30\n"
    session = "sessions:\n  - id: a\n    title: A session\n    date: 2020-06-17\n"

    assert (
        said(head + (f"{text}\n{session}" if "organ" in text else f"{session}    {text}\n")) == []
    )


def field_of(record: kinds.Record, key: str) -> kinds.Field:
    return next(each for each in record.fields if each.key == key)


def example(record: kinds.Record, key: str) -> str:
    return field_of(record, key).kind.example


def said(text: str) -> list[str]:
    shared = read_site(None).value
    assert shared is not None
    found = read_series(Source("events/a-series.yaml", text.encode()), shared).diagnostics
    return [f"{each.code} {each.message}" for each in found]


def test_the_librarys_example_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    shown = BLOCK.search(reference("library.md"))
    assert shown is not None

    exec(shown["text"], {})  # noqa: S102 - it is ours

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "learning-cities-recovery inclusion 2020-06-17T13:00:00+02:00"
    assert len(lines) == 7


def test_the_format_of_the_how_to_draws_the_real_series() -> None:
    shown = BLOCK.search((ROOT / "docs/how-to/write-a-format.md").read_text(encoding="utf-8"))
    assert shown is not None
    module: dict[str, Any] = {}
    loaded = pipeline.load(pipeline.gather(ROOT / "events"))
    now = datetime(2027, 1, 1, tzinfo=UTC)
    publication = ledger.revise(loaded.series[0], Site(), None, now).publication

    exec(shown["text"], module)  # noqa: S102 - it is ours
    (artifact,) = module["render"](publication, Site())

    assert artifact.path == "learning-cities-recovery/programme.txt"
    titles = [each.session.title for each in publication.entries]
    assert [line.split("  ")[1] for line in artifact.read().decode().splitlines()] == titles


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    dead = []
    for target in re.findall(r"(?<=\]\()[^)\s]+", re.sub(r"(?ms)^```.*?^```$|`[^`\n]+`", "", text)):
        path, _, place = target.partition("#")
        if path.startswith(("http://", "https://")):
            continue
        other = (page.parent / path).resolve() if path else page
        there = other.exists() and (
            not place or f'<a id="{place}"></a>' in other.read_text(encoding="utf-8")
        )
        if not there:
            dead.append(target)

    assert dead == []


# --- What editors are told ---------------------------------------------------------------------


class Core(yaml.SafeLoader):
    """YAML as editors read it: the core schema of 1.2, which knows no dates and no `yes`."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own way


for _tag, _form in {
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+",
    "float": r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?",
}.items():
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_form})$"), None)
Core.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))


def shipped(name: str) -> dict[str, Any]:
    path = Path(schema.__file__).parent.parent / "schemas" / f"{name}.schema.json"
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def mistakes(name: str, text: str) -> list[str]:
    """What an editor marks in a file."""
    data = yaml.load(text, Core)  # noqa: S506 - a safe loader with fewer types
    return [each.message for each in Draft202012Validator(shipped(name)).iter_errors(data)]


def event_files() -> Iterator[Any]:
    """The real ones, and every whole one that the documentation shows as right."""
    for path in sorted((ROOT / "events").glob("*.yaml")):
        name = "site" if path.stem == "site" else "series"
        yield pytest.param(name, path.read_text(encoding="utf-8"), id=path.name)
    yield pytest.param("series", BLOCK.findall(reference("event-file.md"))[0][2], id="reference")
    for path in sorted(PAGES.iterdir()):
        cure = path.read_text(encoding="utf-8").partition("## How to mend it")[2]
        for language, name, text in BLOCK.findall(cure):
            if language == "yaml" and not name.startswith("attendees/"):
                kind = "site" if name == "events/site.yaml" else "series"
                yield pytest.param(kind, text, id=path.stem)


@pytest.mark.parametrize("name", FILES)
def test_a_schema_is_a_json_schema_of_2020(name: str) -> None:
    assert shipped(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(shipped(name))


@pytest.mark.parametrize(("name", "text"), list(event_files()))
def test_an_editor_has_nothing_against_a_right_event_file(name: str, text: str) -> None:
    assert mistakes(name, text) == []


def test_an_editor_reads_no_date_and_no_time_into_text() -> None:
    text = "[2020-06-17, 13:00, no, 010, 1_000, '5', 5, 1.5, true, null]"

    assert yaml.load(text, Core) == [  # noqa: S506 - a safe loader with fewer types
        *("2020-06-17", "13:00", "no", 10, "1_000", "5", 5, 1.5, True, None)
    ]


RIGHT = "title: A\nsessions:\n  - id: a\n    title: A\n    date: 2020-06-17\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("series", f"{RIGHT}platfrom: Zoom\n", id="unknown key of the series"),
        pytest.param("series", f"{RIGHT}    platfrom: Zoom\n", id="unknown key of a session"),
        pytest.param("series", RIGHT.removeprefix("title: A\n"), id="no title"),
        pytest.param("series", RIGHT.replace("    title: A\n", ""), id="no title of a session"),
        pytest.param("series", f"{RIGHT}    status: moved\n", id="unknown status"),
        pytest.param("series", RIGHT.replace("id: a", "id: A b"), id="id with a blank"),
        pytest.param("series", f"{RIGHT}page: www.example.org\n", id="half an address"),
        pytest.param("series", f"{RIGHT}announced_sessions: six\n", id="number in words"),
        pytest.param("site", "base: https://www.example.org/\n", id="unknown key of the site"),
    ],
)
def test_an_editor_marks_a_mistake(name: str, text: str) -> None:
    assert mistakes("series", RIGHT) == []
    assert mistakes(name, text) != []


@pytest.mark.parametrize("record", records(), ids=lambda record: record.what)
def test_the_examples_that_editors_show_fit_the_schema(record: kinds.Record) -> None:
    found = record.schema()
    properties = found.get("properties") or found["anyOf"][0]["properties"]

    for told in properties.values():
        assert list(Draft202012Validator(told).iter_errors(told["examples"][0])) == []


def test_nothing_generated_names_this_machine() -> None:
    for text in generator().generated().values():
        assert [word for word in (str(ROOT), sys.prefix) if word in text] == []


def test_every_guide_is_in_the_list_of_guides() -> None:
    folder = ROOT / "docs/how-to"
    text = (folder / "README.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"(?m)^- \[(.+)\]\((.+)\)$", text))
    guides = {
        path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# "): path.name
        for path in folder.glob("*.md")
        if path.name != "README.md"
    }

    assert listed == guides
