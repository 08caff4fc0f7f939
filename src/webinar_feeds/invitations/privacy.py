"""Where people's addresses may lie: anywhere but in what is published (S1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webinar_feeds.diagnostics import Location, Severity, declare

if TYPE_CHECKING:
    from pathlib import Path

    from webinar_feeds.diagnostics import Diagnostic

in_public = declare(
    "WF924",
    Severity.ERROR,
    "`{path}` lies in `{folder}`, and everything there is published",
    help="keep people's addresses elsewhere, such as in `attendees/`",
)
_OURS = b'"generator": "webinar-feeds'
_HEAD = 4096


def public_folder(path: Path, output: Path) -> Path | None:
    """The published folder that a path lies in, or is; None when it lies in none.

    Args:
        path: a file or a folder that need not exist.
        output: the folder that is known to be published; others are known by their manifest.
    """
    real, known = path.resolve(), output.resolve()
    for folder in (real, *real.parents):
        if folder == known or _is_built(folder / "manifest.json"):
            return folder
    return None


def check(path: Path, output: Path) -> tuple[Diagnostic, ...]:
    """What there is to say of a place for addresses: an error when it is published."""
    folder = public_folder(path, output)
    if folder is None:
        return ()
    shown = path.as_posix()
    name = output.as_posix() if folder == output.resolve() else folder.name
    return (in_public.diagnostic(Location(shown), path=shown, folder=name),)


def _is_built(manifest: Path) -> bool:
    try:
        with manifest.open("rb") as file:
            return _OURS in file.read(_HEAD)
    except OSError:
        return False
