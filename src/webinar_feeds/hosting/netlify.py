"""Netlify: how it builds the site, and the headers that it sends with each file (H1-H8)."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Final

from webinar_feeds import headers
from webinar_feeds.hosting import File, rules, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.hosting import Place

PATH: Final = "netlify.toml"
# A series has a folder of its own, and one below it in each further language; a view has two.
_FOLDERS: Final = ("", "/:folder", "/:folder/:inner")
# What programs read; Netlify knows by itself what pages, pictures and styles are.
_NAMES: Final = (
    *("calendar.ics", "recordings.rss", "recordings.atom", "recordings.json", "changes.atom"),
    *("feeds.opml", "programme.json", "manifest.json", "ledger.jsonl"),
    *("sitemap.xml", "site-sitemap.xml"),
)
# Netlify asks for everything each time unless it is told otherwise, and answers with 304.
_TYPE, _CACHE, _SAVED = "Content-Type", "Cache-Control", "Content-Disposition"


def files(place: Place) -> tuple[File, ...]:
    """What Netlify reads in a repository that holds the event files."""
    return (File(PATH, "\n".join((*_settings(place), ""))),)


def _settings(place: Place) -> Iterator[str]:
    events, output = shlex.quote(place.events), shlex.quote(place.output)
    build = f"webinar-feeds build {events} --output {output}"
    if place.base_url is not None:
        again = f"{build} --previous {shlex.quote(place.base_url)}"
        build = f'if [ "$FIRST" = true ]; then {build}; else {again}; fi'
    yield "# Builds and publishes the site, and says which headers its files are sent with."
    yield "# `webinar-feeds init --host netlify` writes it anew."
    yield "#"
    yield "# What has been published is read at the site's own address. The first time there is"
    yield "# nothing: set the variable FIRST to true for that build, and take it away afterwards."
    yield "[build]"
    yield f"command = {json.dumps(f'{steps.INSTALL.strip()} && {build}')}"
    yield f"publish = {json.dumps(place.output)}"
    yield ""
    yield "[build.environment]"
    yield 'PYTHON_VERSION = "3.12"'
    for path, values in rules_of_paths():
        yield ""
        yield "[[headers]]"
        yield f"for = {json.dumps(path)}"
        yield "[headers.values]"
        yield from (f"{name} = {json.dumps(value)}" for name, value in values.items())


def rules_of_paths() -> Iterator[tuple[str, dict[str, str]]]:
    """The headers of each pattern of paths.

    Where several patterns fit a file, Netlify sends the headers of all, and joins what two of them
    say of one header: so no two that can fit the same file say the same header. Beside an asterisk
    it takes a dot for any letter, and lets a slash follow: `/*.ics` would send the page `/topics/`
    as a calendar. So files are named whole, below folders that are named by placeholders.
    """
    for name in _NAMES:
        found = headers.media_type(name)
        values = {_TYPE: headers.content_type(found)}
        if rules.ALLOWED in headers.of_the_file(name, found):
            values[rules.ALLOWED] = "*"
        for folder in _FOLDERS:
            yield f"{folder}/{name}", values
    invite = headers.of_the_file("invites/x.ics", headers.TYPES["ics"])
    for folder in _FOLDERS[1:]:
        yield f"{folder}/invites/*", {**invite, _SAVED: "attachment"}
    yield "/assets/*", {_CACHE: rules.for_an_hour(), rules.ALLOWED: "*"}
