"""The site's own file, for commands that need what it says and read no series."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.model import Site

NAMES = ("site.yaml", "site.yml")


class Said(NamedTuple):
    """What the file says of the site, as far as it can be read, and what is wrong in it."""

    site: Site
    diagnostics: tuple[Diagnostic, ...]


def read(events: Path) -> Said:
    """What the site's file in an events folder says; a site of no words where there is none."""
    from webinar_feeds.model import Site  # noqa: PLC0415 - start-up loads only what is used
    from webinar_feeds.reading.nodes import Source  # noqa: PLC0415 - start-up loads only what is used
    from webinar_feeds.reading.series import read_site  # noqa: PLC0415 - as above

    for name in NAMES:
        path = events / name
        if path.is_file():
            found = read_site(Source(path.as_posix(), path.read_bytes()))
            return Said(Site() if found.value is None else found.value.site, found.diagnostics)
    return Said(Site(), ())
