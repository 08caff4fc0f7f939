"""What every renderer keeps: each clause is a function that fails for one that does not.

Knows no format. The publications are such as organisers' files give, with the texts, states and
zones that formats stumble over. Run as a program with a renderer's module, it says what that one
makes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib import import_module
from typing import TYPE_CHECKING, cast

import event_files
import plain_build
from webinar_feeds import ledger
from webinar_feeds.artifacts import MANIFEST
from webinar_feeds.model import Publication, Scope, Site
from webinar_feeds.site_ledger import SiteLedger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from webinar_feeds.artifacts import Artifact
    from webinar_feeds.rendering import Renderer

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
SITE = Site(title="Our <webinars> & more", base_url="https://webinars.example.org/")
SITE_UID = "0f1e2d3c-4b5a-5678-9abc-def012345678"
SECRET = "only-for-those-who-registered"  # noqa: S105 - a part of an address
HOSTILE = r"""title: "]]> <script>alert(1)</script> & \\ ; , : \" ' %s {} © 長 שלום 👩🏽‍🏫"
page: https://www.example.org/open?a=1&b=2
summary: |
  Not <b>ours</b>, *emphasis*, [a link](https://www.example.org/) and `]]>`.

  - BEGIN:VCALENDAR
  - a\, b\; c\n
organizers: ["R&D <Lab>", 'The "Library"']
timezone: Europe/Berlin
time: 23:30–00:45
languages: [en, fr]
topics: ["<health>", "a,b;c"]
alarms: 15 minutes
sessions:
  - id: confirmed
    date: 2027-01-14
    title: "<![CDATA[ & ]]> &amp; \\ , ;"
    summary: "<img src=x onerror=alert(1)> [x](javascript:alert(1))"
    join: {url: "https://meet.example.org/SECRET", audience: registered}
    talks:
      - title: </title><p>
        speakers: [{name: "Ana \"<Lima>\"", prefix: Dr, role: "a;b", timezone: Asia/Kolkata}]
    recordings:
      - {id: page, url: "https://v.example.org/1?a=1&b=2", title: "<English>", duration: 1h28m}
      - {id: file, url: "https://v.example.org/1.mp4", media_type: video/mp4, size: 5}
  - {id: tentative, date: 2027-04-14, title: x, status: tentative, zone_reading: literal}
  - {id: cancelled, date: 2027-05-14, title: x, status: cancelled, timezone: Africa/Cairo}
  - {id: postponed, date: 2027-06-14, title: x, status: postponed, timezone: UTC}
  - id: hosts
    date: 2027-07-14
    title: LONG
    join: {url: "https://meet.example.org/SECRET", audience: hosts}
""".replace("SECRET", SECRET).replace("LONG", "é" * 300)
PLAIN = """\
title: Open science
timezone: UTC
time: 11:30–12:15
sessions:
  - id: confirmed
    date: 2020-01-14
    title: A session of another series with the same id
    topics: ["<health>"]
    talks: [{title: x, speakers: ['Ana "<Lima>"']}]
"""


def _publications() -> list[Publication]:
    read = [event_files.series(HOSTILE, name="hostile.yaml"), event_files.series(PLAIN)]
    told = [each.value for each in read if each.value is not None]
    of_series = [ledger.revise(each, SITE, None, NOW)[0] for each in told]
    views, _ = plain_build.with_views(of_series, SITE, SiteLedger(SITE_UID, {}), NOW)
    return [*of_series, *views]


PUBLICATIONS = _publications()


def drawn(renderer: Renderer) -> Iterator[tuple[Publication, Artifact]]:
    """Everything that a renderer makes of the publications."""
    for publication in PUBLICATIONS:
        if publication.scope in renderer.draws:
            for artifact in renderer.render(publication, SITE):
                yield publication, artifact


def digests(renderer: Renderer) -> dict[str, str]:
    """The hash of every file, by its path."""
    return {each.path: sha256(each.read()).hexdigest() for _, each in drawn(renderer)}


def has_a_name_and_scopes(renderer: Renderer) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9-]*", renderer.name)
    assert {each.scope for each in PUBLICATIONS} == set(Scope)
    assert set(renderer.draws) <= set(Scope)
    assert digests(renderer) != {}


def keeps_to_the_folder_of_the_publication(renderer: Renderer) -> None:
    for publication, artifact in drawn(renderer):
        folder = f"{publication.path}/" if publication.path else ""
        assert artifact.path.startswith(folder)
        assert re.fullmatch(r"([a-z0-9][a-z0-9-]*/)*[a-z0-9][a-z0-9.-]*", artifact.path)


def gives_every_file_a_path_of_its_own(renderer: Renderer) -> None:
    paths = [artifact.path for _, artifact in drawn(renderer)]

    assert sorted({*paths, MANIFEST}) == sorted([*paths, MANIFEST])


def says_what_its_files_are(renderer: Renderer) -> None:
    for _, artifact in drawn(renderer):
        assert re.fullmatch(r"[a-z]+/[a-z0-9.+-]+(; charset=utf-8)?", artifact.media_type)


def says_when_they_last_changed_or_nothing(renderer: Renderer) -> None:
    for publication, artifact in drawn(renderer):
        if artifact.modified is not None:
            assert artifact.modified.utcoffset() == timedelta()
            assert artifact.modified <= publication.modified


def gives_the_same_bytes_as_often_as_it_is_asked(renderer: Renderer) -> None:
    for _, artifact in drawn(renderer):
        first, second = list(artifact.chunks()), list(artifact.chunks())
        assert first == second
        assert [type(chunk) for chunk in first] == [bytes] * len(first)
    assert digests(renderer) == digests(renderer)


def does_not_mix_files_that_are_read_side_by_side(renderer: Renderer) -> None:
    held = [(artifact, artifact.read()) for _, artifact in drawn(renderer)]
    side_by_side = [iter(artifact.chunks()) for artifact, _ in held]
    began = [next(chunks) for chunks in side_by_side]
    ended = [b"".join(chunks) for chunks in side_by_side]

    assert [a + b for a, b in zip(began, ended, strict=True)] == [data for _, data in held]


def writes_text_that_every_reader_can_read(renderer: Renderer) -> None:
    for _, artifact in drawn(renderer):
        if artifact.media_type.startswith("image/png"):
            continue
        text = artifact.read().decode("utf-8")
        assert re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]", text) is None


def keeps_private_links_to_itself(renderer: Renderer) -> None:
    for _, artifact in drawn(renderer):
        assert SECRET.encode() not in re.sub(rb"\r\n ", b"", artifact.read())


def draws_a_series_without_sessions(renderer: Renderer) -> None:
    for publication in PUBLICATIONS:
        if publication.scope in renderer.draws:
            empty = replace(publication, entries=())
            for artifact in renderer.render(empty, SITE):
                assert isinstance(artifact.read(), bytes)


def knows_neither_the_clock_nor_the_machine(renderer: Renderer) -> None:
    done = subprocess.run(
        ["faketime", "-f", "+400d", sys.executable, "-m", "contracts.renderer", module(renderer)],
        check=True,
        capture_output=True,
        cwd="/",
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYTHONHASHSEED": "7",
            "TZ": "Asia/Tokyo",
            "LC_ALL": "de_DE.UTF-8",
        },
    )

    assert json.loads(done.stdout) == digests(renderer)


def module(renderer: Renderer) -> str:
    """The name that a renderer is imported by: it is a module (a Protocol knows no such name)."""
    return cast("ModuleType", renderer).__name__


CLAUSES = (
    has_a_name_and_scopes,
    keeps_to_the_folder_of_the_publication,
    gives_every_file_a_path_of_its_own,
    says_what_its_files_are,
    says_when_they_last_changed_or_nothing,
    gives_the_same_bytes_as_often_as_it_is_asked,
    does_not_mix_files_that_are_read_side_by_side,
    writes_text_that_every_reader_can_read,
    keeps_private_links_to_itself,
    draws_a_series_without_sessions,
    knows_neither_the_clock_nor_the_machine,
)

if __name__ == "__main__":
    asked = cast("Renderer", import_module(sys.argv[1]))
    sys.stdout.write(json.dumps(digests(asked)))
