"""What a publication has to do, and whether it should: values in, values out."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import ledger
from webinar_feeds.artifacts import LEDGER, MANIFEST, appearance
from webinar_feeds.diagnostics import Location, Severity, declare
from webinar_feeds.headers import FEEDS, kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from webinar_feeds.artifacts import Listed
    from webinar_feeds.diagnostics import Diagnostic

_ERROR = Severity.ERROR
older = declare(
    "WF850",
    _ERROR,
    "session `{session}` has been published with SEQUENCE {theirs} at {then}, and this output has "
    "SEQUENCE {ours} of {now}",
    help="build again with `webinar-feeds build --previous {where}`, so that the ledger learns "
    "what subscribers already have",
)
forgotten = declare(
    "WF851",
    _ERROR,
    "session `{session}` has been published, and this output's ledger does not know it",
    help="build again with `webinar-feeds build --previous {where}`, so that the ledger learns "
    "what subscribers already have",
)
vanishing = declare(
    "WF852",
    _ERROR,
    "{gone} of the {theirs} published {what} would be removed",
    help="check that all event files are there, and build again; if this is what you mean, "
    "publish with `--allow-removal`",
)
_SESSION = re.compile(r"(?:.+/)?(?:invites/[^/]+\.ics|sessions/[^/]+/index\.html)")
_FEW = 3  # so many may go without a question


class Deed(StrEnum):
    """What a step does to a path."""

    PUT = "put"
    DELETE = "delete"


class Step(NamedTuple):
    """One thing to do. Steps of one `stage` may be done at once, and those of a later one after."""

    deed: Deed
    path: str
    stage: int
    is_new: bool = False


def steps(
    ours: Mapping[str, Listed],
    theirs: Mapping[str, Listed],
    touched: AbstractSet[str] = frozenset(),
) -> Iterator[Step]:
    """What makes a place hold our output, in the order that keeps its readers right.

    Files appear in the order in which the writer lets them appear on the disk: what others point
    to, then what points to it. Then comes the manifest; and only then goes what it no longer lists.

    Args:
        ours: what our manifest lists.
        theirs: what the published manifest lists.
        touched: what a publication that did not come to its end may have written or removed.

    Returns:
        The manifest is a step like the others, and always there.
    """
    changed = [
        path for path, row in ours.items() if path in touched or not _same(row, theirs.get(path))
    ]
    gone = [path for path in {*theirs, *touched} if path not in ours and path != MANIFEST]
    stage = 0
    for stage, path in sorted((*appearance(each),) for each in changed):
        yield Step(Deed.PUT, path, stage, path not in theirs and path not in touched)
    yield Step(Deed.PUT, MANIFEST, stage + 1)
    # What points elsewhere goes first, so that nothing ever points to what has gone.
    for back, path in sorted((-appearance(each)[0], each) for each in gone):
        yield Step(Deed.DELETE, path, stage + 100 + back)


def _same(ours: Listed, theirs: Listed | None) -> bool:
    """Whether a file would be sent as the published one is: its bytes and its media type."""
    return theirs is not None and (ours.sha256, ours.media_type) == (
        theirs.sha256,
        theirs.media_type,
    )


def feeds(done: Iterable[Step], ours: Mapping[str, Listed]) -> list[str]:
    """The paths of feeds that some steps change, in order."""
    return sorted(
        step.path
        for step in done
        if step.path in ours and kind(ours[step.path].media_type) in FEEDS
    )


def removals(ours: Iterable[str], theirs: Iterable[str], where: str) -> Diagnostic | None:
    """The objection to a publication that takes most of what is published away, None without one.

    Sessions are counted where there are any, and files otherwise.
    """
    theirs = set(theirs)
    sessions = {path for path in theirs if _SESSION.fullmatch(path)}
    counted, what = (sessions, "sessions' files") if sessions else (theirs, "files")
    gone = counted.difference(ours)
    all_gone = bool(gone) and len(gone) == len(counted)
    if not all_gone and (len(gone) <= _FEW or 2 * len(gone) <= len(counted)):
        return None
    return vanishing.diagnostic(Location(where), gone=len(gone), theirs=len(counted), what=what)


def ledgers(found: Iterable[Step]) -> list[str]:
    """The ledgers of series among the paths of some steps."""
    return [step.path for step in found if step.path.endswith(f"/{LEDGER}")]


def lowered(ours: bytes, theirs: bytes, path: str, where: str) -> Iterator[Diagnostic]:
    """The sessions that subscribers know better than our ledger does (I13).

    Args:
        ours: the copy of a series' ledger in the output.
        theirs: the published one; when it cannot be read it says nothing.
        path: of both, below the output.
        where: the name of the place, for the cure.
    """
    known, _ = ledger.parse(ours, path)
    told, _ = ledger.parse(theirs, path)
    if known is None or told is None:
        return
    rows = {row.uid: row for row in known.rows.values()}
    for session, row in sorted(told.rows.items()):
        mine = rows.get(row.uid)
        if mine is None:
            yield forgotten.diagnostic(Location(path), session=session, where=where)
        elif mine.sequence < row.sequence or mine.modified < row.modified:
            yield older.diagnostic(
                Location(path),
                session=session,
                ours=mine.sequence,
                now=ledger.stamp(mine.modified),
                theirs=row.sequence,
                then=ledger.stamp(row.modified),
                where=where,
            )
