"""Event files as tests write them: a text in, what was understood and what was said of it out."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from webinar_feeds.reading.nodes import Source
from webinar_feeds.reading.series import read_series, read_site

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.model import Series, Session, Site
    from webinar_feeds.reading.series import Reading

HEAD = "title: Open science\npage: https://www.example.org/open\n"


def source(text: str, path: str = "events/open-science.yaml") -> Source:
    """A file of that text, which may be indented as a whole."""
    return Source(path, dedent(text).encode())


def series(text: str, site: str | None = None, name: str = "open-science.yaml") -> Reading[Series]:
    """What is understood of an event file beside a site's file, and what is wrong with both."""
    found = read_site(None if site is None else source(site, "events/site.yaml"))
    assert found.value is not None
    read = read_series(source(text, f"events/{name}"), found.value)
    return read._replace(diagnostics=(*found.diagnostics, *read.diagnostics))


def sound(text: str, site: str | None = None, name: str = "open-science.yaml") -> Series:
    """The series of an event file that nothing is wrong with."""
    read = series(text, site, name)
    assert said(read.diagnostics) == []
    assert read.value is not None
    return read.value


def site_of(text: str) -> Site:
    """The site of a file that nothing is wrong with."""
    read = read_site(source(text, "events/site.yaml"))
    assert said(read.diagnostics) == []
    assert read.value is not None
    return read.value.site


def with_session(session: str = "", above: str = "") -> str:
    """An event file of one session at 13:00–14:30 in Berlin, with more keys for it or above it.

    A key that is given replaces the one that is there otherwise.
    """
    own = {"date": "2020-07-08", "title": "Preprints", "id": "preprints"}
    for key in own:
        if f"\n{key}:" in f"\n{dedent(session).strip()}":
            own[key] = ""
    lines = [f"{key}: {value}" for key, value in own.items() if value]
    lines += dedent(session).strip().splitlines()
    body = "\n    ".join(line for line in lines if line)
    top = dedent(above).strip() or "time: 13:00–14:30\ntimezone: Europe/Berlin"
    return f"{HEAD}{top}\nsessions:\n  - {body}\n"


def session(own: str = "", above: str = "", site: str | None = None) -> Session:
    """The session of `with_session`, that nothing is wrong with."""
    (found,) = sound(with_session(own, above), site).sessions
    return found


def read(text: str, site: str | None = None) -> Series:
    """The series of an event file that has no error; it may have warnings."""
    found = series(text, site).value
    assert found is not None
    return found


def said(diagnostics: Iterable[Diagnostic]) -> list[tuple[str, str]]:
    """Each diagnostic as its code and the words of the file that it points at."""
    return [(each.code, pointed_at(each)) for each in diagnostics]


def pointed_at(diagnostic: Diagnostic) -> str:
    """The words of the file that a diagnostic points at, the file's name if none."""
    place = diagnostic.location
    if place.text is None:
        return place.file
    return place.text[place.column - 1 : place.end_column - 1]


def mistakes(own: str = "", above: str = "", site: str | None = None) -> list[tuple[str, str]]:
    """What is said of the file of `with_session`: codes, and the words they point at."""
    return said(series(with_session(own, above), site).diagnostics)
