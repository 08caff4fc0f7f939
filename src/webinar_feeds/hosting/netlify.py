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
# A series has a folder of its own, and one below it in each further language.
_FOLDERS: Final = ("", "/:series", "/:series/:language")
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
    say of one header: so no two that can fit the same file say the same header.
    """
    named = {name.rpartition(".")[2] for name in headers.NAMED}
    lasting, shared = rules.lasting(), rules.shared()
    for ending, found in sorted(headers.TYPES.items()):
        values = {} if ending in named else {_TYPE: headers.content_type(found)}
        if ending in lasting:
            values[_CACHE] = rules.for_an_hour()
        if ending in shared:
            values[rules.ALLOWED] = "*"
        yield f"/*.{ending}", values
    for name, found in sorted(headers.NAMED.items()):
        for folder in _FOLDERS:
            yield f"{folder}/{name}", {_TYPE: headers.content_type(found)}
    for folder in _FOLDERS[1:]:
        yield f"{folder}/invites/*", {_SAVED: "attachment"}
