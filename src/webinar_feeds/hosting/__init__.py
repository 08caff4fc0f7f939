"""What a host has to be told, as files that are kept beside the events.

Each host is a module of its name with `files(place)`; it is imported when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final, NamedTuple

HOSTS: Final = ("caddy", "github", "gitlab", "netlify", "nginx", "s3")


class Place(NamedTuple):
    """Where a site is built and shown.

    `events` and `output` are folders relative to the working folder, in POSIX; `base_url` is where
    readers find the site, None when nothing says so; `hub` is the WebSub hub, None without one.
    """

    events: str
    output: str
    base_url: str | None
    hub: str | None = None


class File(NamedTuple):
    """A file to write: its path relative to the working folder, and its text."""

    path: str
    text: str


def files(host: str, place: Place) -> tuple[File, ...]:
    """What `host`, one of HOSTS, has to be told of a place. ValueError when it is none of them."""
    if host not in HOSTS:
        msg = f"`{host}` is not one of {', '.join(HOSTS)}"
        raise ValueError(msg)
    made: tuple[File, ...] = import_module(f"webinar_feeds.hosting.{host}").files(place)
    return made
