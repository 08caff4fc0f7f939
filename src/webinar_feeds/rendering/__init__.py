"""Renderers: modules that turn a publication into artifacts, and the table that knows them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from webinar_feeds.artifacts import Artifact
    from webinar_feeds.model import Publication, Scope, Site

BUILT_IN = {
    "calendar": "webinar_feeds.rendering.calendar",
    "feeds": "webinar_feeds.rendering.feeds",
    "pages": "webinar_feeds.rendering.pages",
}
GROUP = "webinar_feeds.renderers"


class Renderer(Protocol):
    """What a module offers to be a format: its name, the scopes it draws, and `render`."""

    @property
    def name(self) -> str:
        """What `formats` in `site.yaml` calls it."""
        ...

    @property
    def draws(self) -> AbstractSet[Scope]:
        """The scopes of the publications that it is given."""
        ...

    def render(self, publication: Publication, site: Site) -> Iterable[Artifact]:
        """The artifacts of a publication; nothing is rendered before their chunks are asked for."""
        ...


class Broken(Exception):  # noqa: N818 - a package's, not ours
    """A format that an installed package offers cannot be used; says which package, and why."""


def find(name: str) -> Renderer | None:
    """The renderer of that name: built in, or offered by an installed package (entry point).

    Only a name that is not built in costs the scan of what is installed.

    Raises:
        Broken: what the package offers cannot be imported, or is no renderer.
    """
    if name in BUILT_IN:
        return cast("Renderer", import_module(BUILT_IN[name]))
    from importlib.metadata import entry_points  # noqa: PLC0415 - half of click's whole import

    found = next(iter(entry_points(group=GROUP, name=name)), None)
    if found is None:
        return None
    try:
        made = found.load()
        for each in ("name", "draws", "render"):
            getattr(made, each)
    except Exception as error:
        package = f" of {found.dist.name} {found.dist.version}" if found.dist else ""
        msg = f"the format `{name}`{package} cannot be used: {type(error).__name__}: {error}"
        raise Broken(msg) from error
    return cast("Renderer", made)
