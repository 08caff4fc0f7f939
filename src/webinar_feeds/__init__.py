"""Webinar series as calendars, invites and feeds that show everyone the right time.

    from webinar_feeds import load, build

    loaded = load("events")            # what the files say, and what is wrong with them
    seen = diff("events")              # what subscribers will see if that is published
    built = build("events", "output")  # the same, published into a folder

Importing this package loads nothing else of it: each name is fetched when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webinar_feeds.api import Built, Compared, build, check, diff, load
    from webinar_feeds.diagnostics import Diagnostic, Location, Severity
    from webinar_feeds.model import (
        Audience,
        Join,
        MediaFile,
        Organizer,
        Recording,
        Series,
        Session,
        Site,
        Speaker,
        Status,
        Talk,
    )
    from webinar_feeds.pipeline import Loaded

__version__ = "0.1.0"

_HOMES = {
    "api": ("Built", "Compared", "build", "check", "diff", "load"),
    "pipeline": ("Loaded",),
    "diagnostics": ("Diagnostic", "Location", "Severity"),
    "model": (
        *("Audience", "Join", "MediaFile", "Organizer", "Recording", "Series"),
        *("Session", "Site", "Speaker", "Status", "Talk"),
    ),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [  # noqa: RUF022 - what one calls first, then what it returns
    "load",
    "check",
    "build",
    "diff",
    "Built",
    "Compared",
    "Loaded",
    "Diagnostic",
    "Location",
    "Severity",
    "Audience",
    "Join",
    "MediaFile",
    "Organizer",
    "Recording",
    "Series",
    "Session",
    "Site",
    "Speaker",
    "Status",
    "Talk",
]


def __getattr__(name: str) -> object:
    """Fetch a public name from its module when it is first used (PEP 562)."""
    if name not in _HOME:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    # Not importlib.import_module, whose import costs as much as this whole package's
    return getattr(__import__(f"{__name__}.{_HOME[name]}", fromlist=[name]), name)
