"""The files beside the pages: stylesheet, scripts and icon, as they lie in the package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from webinar_feeds.artifacts import Artifact
from webinar_feeds.rendering.pages.overrides import ENDING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from webinar_feeds.model import Template

_FOLDER = Path(__file__).parent / "assets"
FILES = {
    "icon.svg": "image/svg+xml",
    "style.css": "text/css; charset=utf-8",
    "times.js": "text/javascript; charset=utf-8",
    "webinar-series.js": "text/javascript; charset=utf-8",
}


def artifacts(own: Iterable[Template]) -> Iterator[Artifact]:
    """An artifact for each file.

    Args:
        own: what the site has of its own, which replaces ours or lies beside them.
    """
    theirs = {each.name: each.data for each in own if not each.name.endswith(ENDING)}
    for name in sorted(FILES.keys() | theirs.keys()):
        yield _artifact(name, theirs.get(name))


def _artifact(name: str, data: bytes | None) -> Artifact:
    media_type = FILES.get(name) or _guessed(name) or "application/octet-stream"

    def chunks() -> tuple[bytes]:
        return (_FOLDER.joinpath(name).read_bytes() if data is None else data,)

    return Artifact(f"assets/{name}", media_type, chunks)


def _guessed(name: str) -> str | None:
    """The media type of a name by Python's own table: the machine's says other things elsewhere."""
    from mimetypes import MimeTypes  # noqa: PLC0415 - few sites have files of their own

    return MimeTypes().guess_type(name)[0]
