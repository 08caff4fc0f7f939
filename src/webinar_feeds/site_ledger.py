"""What has been published of the site itself: its UID, and its views with their last change.

A view that was published once stays published, also when only one session is left in it, and its
LAST-MODIFIED never falls, whatever leaves it (D7, H10). One JSON object a line, like the ledgers
of series, with which it lies.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from webinar_feeds.diagnostics import Location
from webinar_feeds.ledger import (
    FORMAT,
    OF_ADDRESSES,
    conflict,
    corrupt,
    derived_uid,
    stamp,
    text_of,
    title_of,
)
from webinar_feeds.model import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.model import Site

_SECOND = timedelta(seconds=1)
# A view's path is a folder of the output: one that exists, and nothing outside of it (S6).
_FOLDERS = "|".join(f"{scope}s" for scope in (Scope.TOPIC, Scope.LANGUAGE, Scope.SPEAKER))
_PATH = re.compile(rf"(?:{_FOLDERS})/[a-z0-9][a-z0-9-]{{0,63}}")
_NO_RECORD = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


class Shown(NamedTuple):
    """A view that has been published: its name, a hash of what it held, and its last change."""

    name: str
    content: str
    modified: datetime


class SiteLedger(NamedTuple):
    """The site's UID, and its views by path; the site itself has the empty path."""

    uid: str
    views: Mapping[str, Shown]


def parse(data: bytes, path: str) -> tuple[SiteLedger | None, tuple[Diagnostic, ...]]:
    """The site's ledger from its bytes, None when they are empty or cannot be read.

    A view may have several lines, as git's merge `union` leaves them; the last change counts.

    Args:
        data: the file.
        path: its path as the user should see it in diagnostics.
    """
    views: dict[str, Shown] = {}

    def take(path: str, shown: Shown) -> None:
        views[path] = last(views[path], shown) if path in views else shown

    uid, said = read(data.split(b"\n"), path, take)
    return (None if uid is None else SiteLedger(uid, views)), said


def read(
    lines: Iterable[bytes], path: str, take: Callable[[str, Shown], None]
) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The site's UID, and one view after another, without holding them all.

    Args:
        lines: of the file, with or without their ends.
        path: its path as the user should see it in diagnostics.
        take: called with each line's view, by its path; a view may have several.

    Returns:
        The UID, None when there are no lines or they cannot be read; and why they cannot.
    """
    uid: str | None = None
    is_empty = True
    for number, data in enumerate(lines, 1):
        line = data.decode("utf-8", errors="replace").removesuffix("\n")
        place = Location(path, number, 1, len(line) + 1, line)
        if line.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||")):
            return None, (conflict.diagnostic(place),)
        if not line.strip():
            continue
        is_empty = False
        try:
            record = json.loads(line)
            if "site" in record:
                uid = text_of(record, "uid")
            if "content" in record:
                view = _path(record) if "view" in record else ""
                name = title_of(record, "name") if view else ""
                take(view, Shown(name, text_of(record, "content"), _instant(record)))
        except _NO_RECORD as error:
            why = f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else str(error)
            return None, (corrupt.diagnostic(place, why=why),)
    if uid is None and not is_empty:
        why = "the line that names the site is missing"
        return None, (corrupt.diagnostic(Location(path), why=why),)
    return uid, ()


def dump(ledger: SiteLedger) -> bytes:
    """Its bytes."""
    return b"".join(written(ledger.uid, sorted(ledger.views.items())))


def written(uid: str, views: Iterable[tuple[str, Shown]]) -> Iterator[bytes]:
    """A ledger's bytes, line by line: the site first, then a view a line.

    Empty lines help git to merge.

    Args:
        uid: the site's.
        views: each with its path, in the order of these; the site's own path is empty.
    """
    is_first = True
    for path, shown in views:
        head: dict[str, Any] = {"view": path, "name": shown.name}
        if not path:
            head = {"site": True, "uid": uid}
        elif is_first:
            yield _line({"site": True, "uid": uid})
            is_first = False
        if not is_first:
            yield b"\n"
        yield _line(head | {"content": shown.content, "modified": stamp(shown.modified)})
        is_first = False
    if is_first:
        yield _line({"site": True, "uid": uid})


def _line(record: dict[str, Any]) -> bytes:
    return f"{json.dumps(record, ensure_ascii=False)}\n".encode()


def begun(site: Site) -> SiteLedger:
    """The ledger of a site that has never been published; its UID comes from its names (C12)."""
    seed = site.base_url or f"urn:webinar-feeds:{site.publisher.name if site.publisher else 'site'}"
    return SiteLedger(derived_uid(OF_ADDRESSES, seed), {})


def merge(ours: SiteLedger, theirs: SiteLedger) -> SiteLedger:
    """What two branches or two copies remember: every view, each with its last change."""
    views = dict(ours.views)
    for path, shown in theirs.views.items():
        held = views.get(path)
        views[path] = shown if held is None else last(held, shown)
    return SiteLedger(ours.uid, views)


def revised(
    past: Shown | None, name: str, content: str, newest: datetime | None, now: datetime
) -> Shown:
    """A view as it is published now.

    Args:
        past: as it was published before, None when it was not.
        name: what it is called, if it has not been called otherwise before.
        content: a hash of what it holds.
        newest: the last change of any session in it, UTC; None when there is none.
        now: the time of this build; it stamps only what something has left.
    """
    if past is None:
        return Shown(name, content, newest or now)
    if past.content == content:
        return past
    if newest is not None and newest > past.modified:
        return Shown(past.name, content, newest)
    return Shown(past.name, content, max(now, past.modified + _SECOND))


def last(one: Shown, other: Shown) -> Shown:
    """The later of two that are told of a view; of two contents at one instant neither is shown."""
    if one.modified == other.modified:
        return one if one.content == other.content else one._replace(content="")
    return max(one, other, key=lambda each: each.modified)


def _instant(record: dict[str, Any]) -> datetime:
    text = text_of(record, "modified")
    with suppress(ValueError):
        found = datetime.fromisoformat(text)  # ten times as fast; it understands more than we write
        if stamp(found) == text:
            return found
    return datetime.strptime(text, FORMAT).replace(tzinfo=UTC)


def _path(record: dict[str, Any]) -> str:
    path = text_of(record, "view")
    if _PATH.fullmatch(path) is None:
        msg = f"`{path}` is not a view"
        raise ValueError(msg)
    return path
