#!/usr/bin/env python3
"""Write the files that follow from the code: reference pages, and JSON Schemas for editors.

    scripts/generate.py            write them
    scripts/generate.py --check    write nothing; exit with 1 when one is not up to date

Needs what webinar-feeds itself needs, and may be called from any folder.
"""

from __future__ import annotations

import re
import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from click import Context, Group  # noqa: E402 - found only now
from click.testing import CliRunner  # noqa: E402 - as above

from webinar_feeds.cli.explain import PAGES, catalogue  # noqa: E402
from webinar_feeds.cli.main import COMMANDS, cli  # noqa: E402
from webinar_feeds.reading import schema  # noqa: E402
from webinar_feeds.reading.kinds import Choice, Field, Kind, Many, Record  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NOTE = (
    "<!-- Written by scripts/generate.py: change the code that it describes, not this file. -->\n\n"
)
GROUPS = {
    "WF0": "The file itself",
    "WF1": "Keys and values",
    "WF2": "Dates, times and time zones",
    "WF3": "The programme",
    "WF4": "Who may know what",
    "WF5": "Recordings",
    "WF6": "What has been published",
    "WF7": "The output folder",
    "WF8": "The events folder, and publishing",
    "WF9": "Letters",
}
EXAMPLE = """\
# events/open-science.yaml: the name of the file is the id of the series. It never changes.
title: Open science over lunch            # what people see as the calendar's name
summary: Short talks on how research is shared, with **time for questions**.    # Markdown
organizers:
  - The Library                           # a name alone, or
  - {name: Graduate School, url: https://www.example.org/graduates}
page: https://www.example.org/open-science
language: en                              # of these texts
announced_sessions: 3                     # checked against the list below

# What follows holds for every session that does not say otherwise.
timezone: Europe/Berlin                   # or words, such as Central European Time
time: 12:30–13:15                         # by the clock there
platform: Zoom
registration: https://www.example.org/register
topics: [open science]

sessions:
  - id: preprints                         # part of addresses; it never changes
    date: 14 January 2027                 # or 2027-01-14
    title: Preprints, and who reads them
    summary: What happens between a posting and a journal.
    also: 11:30–12:15 Europe/London       # announced there too; checked
    talks:
      - Welcome                           # a title alone, or
      - title: What happened after we posted ours
        speakers:
          - name: Ana Lima
            role: Biologist
            city: Lisbon
            timezone: Europe/Lisbon       # the session's time is told in it too
    recording: https://video.example.org/preprints

  - id: open-data
    date: 11 February 2027
    time: 17:00–18:00                     # this session only
    title: Data that others can use
    languages: [en, fr]
    join: {url: https://meet.example.org/42, audience: public}
    recordings:                           # several need ids that never change
      - {id: english, language: en, url: announced}     # its address is not known yet
      - id: french
        language: fr
        url: https://media.example.org/open-data.mp3
        size: 19922944                    # bytes
        published: 2027-02-12 09:30
        duration: 58m

  - id: peer-review
    date: 11 March 2027
    title: Reviewing in the open
    status: postponed                     # or cancelled, tentative; confirmed unless it is given
"""
EVENT_FILE = """\
# The event file

One YAML file a series, in the folder `events/`. What stands above `sessions:` holds for all
sessions of the series; what stands in `events/site.yaml` holds for all series of the folder.

```yaml
{example}```

Editors that know YAML complete the keys and mark mistakes when the first line names the schema:
`# yaml-language-server: $schema=.series.schema.json`, the file that `webinar-feeds schema` prints.

**Values are text.** `2027-01-14`, `12:30` and `no` mean what they look like; quotes are needed only
where a text holds a colon followed by a space, or begins with a sign such as `@` or `[`. Where a
list has one member only, the list may be left out: `topics: data`. Of YAML itself, anchors, tags
and merges are not used. Keys that are not listed here are mistakes.

## What is inherited

From the site to the series to the session, the nearest one counts: {inherited}.

From the series to its sessions: `topics`. From the site to the series: `language`. A session is
held in its `languages`, in its `language`, or in those of the series or the site. An empty list
(`topics: []`, `languages: []`) takes nothing from above.

"""
CLI = """\
# Commands

`webinar-feeds --help` and `webinar-feeds COMMAND --help` print what stands here.

Without colours: set `NO_COLOR`. To make builds repeatable, set `SOURCE_DATE_EPOCH` or use
`webinar-feeds build --now`.

"""
DIAGNOSTICS = """\
# Diagnostics

What `webinar-feeds` says about event files, with an example each. `webinar-feeds explain CODE`
prints the same in the terminal. Errors keep a build from writing anything; warnings do not, unless
it is called with `--strict`; notes are shown with `--verbose`.

"""


def generated() -> dict[str, str]:
    """Every generated file: its path in the repository, and its text."""
    return {
        "docs/reference/diagnostics.md": diagnostics(),
        "docs/reference/event-file.md": event_file(),
        "docs/reference/cli.md": commands(),
        "src/webinar_feeds/schemas/series.schema.json": schema.dump(schema.SERIES),
        "src/webinar_feeds/schemas/site.schema.json": schema.dump(schema.SITE),
    }


# --- Diagnostics ---------------------------------------------------------------------------------


def diagnostics() -> str:
    """All explanations on one page, with a table in front."""
    return NOTE + DIAGNOSTICS + "\n".join((*_overview(), *_explanations()))


def _overview() -> Iterator[str]:
    for group, codes in groupby(catalogue().items(), key=lambda each: each[0][:3]):
        yield f"**{GROUPS[group]}**\n\n| Code | | Message |\n|---|---|---|"
        for code, rule in codes:
            message = re.sub(r"\{[^}]*\}", "…", rule.message).replace("|", "\\|")
            yield f"| [{code}](#{code.lower()}) | {rule.severity.value} | {message} |"
        yield ""


def _explanations() -> Iterator[str]:
    titles = _titles()
    for group, codes in groupby(catalogue(), key=lambda code: code[:3]):
        yield f"## {GROUPS[group]}\n"
        for code in codes:
            text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
            text = re.sub(r"(?m)^## (.+)$", r"**\1**", text)
            yield f'<a id="{code.lower()}"></a>\n\n##{_linked(text, titles)}'


def _titles() -> dict[str, str]:
    """The pages that an explanation may name, as seen from the page of diagnostics."""
    found = {"The event file": "event-file.md"}
    for path in sorted((ROOT / "docs").glob("*/*.md")):
        if path.parent.name in ("how-to", "explanation"):
            title = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
            found[title] = f"../{path.parent.name}/{path.name}"
    return found


def _linked(text: str, titles: Mapping[str, str]) -> str:
    """The text with each page that it names in quotes as a link."""
    for title, path in titles.items():
        words = re.escape(title.replace("“", "‘").replace("”", "’")).replace(r"\ ", r"\s")
        text = re.sub(f"“({words})”", rf"[\1]({path})", text)
    return text


# --- The event file ------------------------------------------------------------------------------


def event_file() -> str:
    """Every key of every record, as declared."""
    shared = [each.key for each in schema.SESSION.fields if _is_shared(each)]
    head = EVENT_FILE.format(example=EXAMPLE, inherited=", ".join(f"`{key}`" for key in shared))
    records = {each.what: each for top in (schema.SERIES, schema.SITE) for each in _records(top)}
    return NOTE + head + "\n".join(line for each in records.values() for line in _table(each))


def _is_shared(field: Field) -> bool:
    return field in schema.SITE.fields and field in schema.SERIES.fields


def _records(record: Record) -> Iterator[Record]:
    """A record, and those that its keys hold."""
    yield record
    for field in record.fields:
        kind = _member(field.kind)
        if isinstance(kind, Record):
            yield from _records(kind)


def _member(kind: Kind) -> Kind:
    return kind.kind if isinstance(kind, Many) else kind


def _table(record: Record) -> Iterator[str]:
    yield f'<a id="{_anchor(record)}"></a>\n\n## {_heading(record)}\n\n{record.doc}\n'
    yield "| Key | Required | Meaning | Example |\n|---|---|---|---|"
    for field in record.fields:
        required = "yes" if field.required else ""
        example = f"`{field.key}: {field.kind.example}`".replace("|", "\\|")
        yield f"| `{field.key}` | {required} | {_meaning(field)} | {example} |"
    yield ""


def _meaning(field: Field) -> str:
    kind = _member(field.kind)
    more = ""
    if isinstance(kind, Record):
        more = f" {_article(kind).capitalize()} [{kind.what}](#{_anchor(kind)})"
        more += ", or a list of them." if isinstance(field.kind, Many) else "."
    elif isinstance(kind, Choice):
        more = f" One of {', '.join(f'`{word}`' for word in kind.words)}."
    elif isinstance(field.kind, Many):
        more = " One, or a list."
    return f"{field.doc}{more}".replace("|", "\\|")


def _anchor(record: Record) -> str:
    return record.what.replace(" ", "-")


def _heading(record: Record) -> str:
    if record is schema.SITE:
        return "The site: `site.yaml`"
    if record is schema.SERIES:
        return "The series"
    return f"{_article(record).capitalize()} {record.what}"


def _article(record: Record) -> str:
    return "an" if record.what[0] in "aeiou" else "a"


# --- Commands ------------------------------------------------------------------------------------


def commands() -> str:
    """What every command's `--help` prints."""
    return NOTE + CLI + "\n".join(_help(*name) for name in ((), *_names()))


def _names() -> Iterator[tuple[str, ...]]:
    """Every command as it is called, those of a group behind it."""
    for name in COMMANDS:
        yield (name,)
        command = cli.get_command(Context(cli), name)
        if isinstance(command, Group):
            yield from ((name, each) for each in command.commands)


def _help(*name: str) -> str:
    shown = CliRunner().invoke(cli, [*name, "--help"], prog_name="webinar-feeds", terminal_width=80)
    return f"## {' '.join(('webinar-feeds', *name))}\n\n```text\n{shown.output.rstrip()}\n```\n"


# --- The command line ----------------------------------------------------------------------------


def main(arguments: list[str]) -> int:
    """Write the files that differ, or say which do."""
    stale = []
    for name, text in generated().items():
        path = ROOT / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    for name in stale:
        print(f"{name} is not up to date" if "--check" in arguments else f"wrote {name}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
