"""Two memories of the same series, made one: nothing that either has published is forgotten."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from webinar_feeds.ledger.revision import changes, differ
from webinar_feeds.ledger.rows import Ledger, RecordingRow, Row, Was

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from webinar_feeds.model import Told

# A mark that git sets. Those of a conflict within the common ancestor are longer (`diff3` style).
_MARK = re.compile(rb"(<{7}|\|{7}|={7}|>{7})(?=\s|$)")


def merge(ours: Ledger, theirs: Ledger) -> Ledger:
    """What two branches, or a branch and a published site, remember together (I13, D7).

    Every session that either side has published is there. Where both have one, its SEQUENCE and
    its stamps are the highest, and what counts as told is what was told last. That is enough where
    the last had the higher SEQUENCE too, as it has when one side only went on from the other; where
    it had not, two have told different times, and no hash is kept, so that the next build raises
    SEQUENCE above both.

    Raises:
        ValueError: they are ledgers of two different series.
    """
    if ours.uid != theirs.uid:
        msg = f"they remember different series, {ours.uid} and {theirs.uid}"
        raise ValueError(msg)
    newest, oldest = (ours, theirs) if ours.modified >= theirs.modified else (theirs, ours)
    alike = newest.content == oldest.content or newest.modified != oldest.modified
    return Ledger(
        ours.uid,
        newest.content if alike else "",
        min(ours.created, theirs.created),
        newest.modified,
        _rows(ours, theirs),
        # What the side with older hashes knows alone is stamped once more, rather than never again.
        max(ours.hashes, theirs.hashes),
    )


def sides(data: bytes) -> tuple[bytes, bytes]:
    """The two sides of a file that git has left with conflict marks, also those of `diff3` style.

    Returns:
        Ours and theirs; both are the whole file when it has no marks.
    """
    ours: list[bytes] = []
    theirs: list[bytes] = []
    into: tuple[list[bytes], ...] = (ours, theirs)
    after = {b"<": (ours,), b"|": (), b"=": (theirs,), b">": (ours, theirs)}
    for line in data.splitlines(keepends=True):
        if _MARK.match(line):
            into = after[line[:1]]
        else:
            for side in into:
                side.append(line)
    return b"".join(ours), b"".join(theirs)


def _rows(ours: Ledger, theirs: Ledger) -> dict[str, Row]:
    """The sessions of both by id; the same one is known by its UID, whatever its id is now."""
    rows: dict[str, Row] = {}
    others = {row.uid: identifier for identifier, row in theirs.rows.items()}
    for identifier, row in ours.rows.items():
        other = others.pop(row.uid, None)
        if other is None:
            rows[identifier] = row
            continue
        counterpart = theirs.rows[other]
        if identifier in counterpart.formerly or other in row.formerly:
            name = identifier if other in row.formerly else other
        elif identifier != other and (identifier in theirs.rows or other in ours.rows):
            name = identifier if other in ours.rows else other  # the other id was given anew
        else:
            name = identifier if row.modified >= counterpart.modified else other
        merged = _row(row, counterpart, ours.hashes - theirs.hashes)
        former = (*row.formerly, *counterpart.formerly, identifier, other)
        rows[name] = merged._replace(formerly=tuple(dict.fromkeys(former)))
    for identifier in others.values():
        # Two sessions were given one id, each with a UID of its own: both have been published.
        rows[_free(identifier, rows.keys())] = theirs.rows[identifier]
    for identifier, row in rows.items():
        former = tuple(each for each in row.formerly if each not in rows)
        if former != row.formerly:
            rows[identifier] = row._replace(formerly=former)
    return rows


def _free(identifier: str, taken: AbstractSet[str]) -> str:
    """An id that no other session has: this one, or one with a number."""
    name, number = identifier, 2
    while name in taken:
        name, number = f"{identifier[:60]}-{number}", number + 1
    return name


def _row(ours: Row, theirs: Row, hashes: int) -> Row:
    """A session that both have published.

    Args:
        ours: one of them.
        theirs: the other.
        hashes: positive when our hashes are made in a newer way than theirs, 0 when in the same.
    """
    order = (ours.modified, ours.sequence, hashes), (theirs.modified, theirs.sequence, 0)
    newest, oldest = (ours, theirs) if order[0] >= order[1] else (theirs, ours)
    went_on = newest.sequence > oldest.sequence
    private = newest.private
    if private is None and newest.modified == oldest.modified:
        private = oldest.private  # a published copy does not know it
    same = ours.private in (None, theirs.private) or theirs.private is None
    same = same and (
        not differ(ours.told, theirs.told) if hashes else ours.schedule == theirs.schedule
    )
    alike = hashes != 0 or ours.content == theirs.content or ours.modified != theirs.modified
    history, told = _history(newest, oldest)
    return newest._replace(
        told=told,
        sequence=max(ours.sequence, theirs.sequence),
        schedule=newest.schedule if same or went_on else "",
        content=newest.content if alike else "",
        private=private,
        created=min(ours.created, theirs.created),
        recordings=_recordings(ours.recordings, theirs.recordings),
        changes=history,
        removed=newest.removed if went_on else newest.removed or oldest.removed,
        left=_left(newest, oldest),
    )


def _left(newest: Row, oldest: Row) -> datetime | None:
    """When a session left; who knows of a later revision knows better (the stamp never falls)."""
    if oldest.left is None or newest.modified >= oldest.left:
        return newest.left
    return oldest.left if newest.left is None else max(newest.left, oldest.left)


def _history(newest: Row, oldest: Row) -> tuple[tuple[Was, ...], Told]:
    """All that either has told, in the order of time, and what was told last.

    What one branch has told is what subscribers had when the other told the next.
    """
    found = {(each.at, each.sequence, each.after): each for each in changes(oldest)}
    found |= {(each.at, each.sequence, each.after): each for each in changes(newest)}
    every = sorted(found.values(), key=lambda each: (each.at, each.sequence))
    if not every:
        return (), newest.told
    kept: list[Was] = []
    before = every[0].before
    for change in every:
        if differ(before, change.after):
            kept.append(Was(change.at, change.sequence, before))
            before = change.after
    return tuple(kept), before if differ(before, newest.told) else newest.told


def _recordings(
    ours: Mapping[str, RecordingRow], theirs: Mapping[str, RecordingRow]
) -> dict[str, RecordingRow]:
    """The recordings of both by id; the same one is known by the name of its lasting id."""
    merged: dict[str, RecordingRow] = {}
    others = {row.name: identifier for identifier, row in theirs.items()}
    for identifier, row in ours.items():
        other = others.pop(row.name, None)
        if other is None:
            merged[identifier] = row
            continue
        counterpart = theirs[other]
        newest = row if row.updated >= counterpart.updated else counterpart
        alike = row.content == counterpart.content or row.updated != counterpart.updated
        # Its id was its name at first, so the one that differs is the later one.
        merged[other if identifier == row.name else identifier] = newest._replace(
            content=newest.content if alike else "",
            published=min(row.published, counterpart.published),
            removed=row.removed or counterpart.removed,
        )
    for identifier in others.values():
        merged.setdefault(identifier, theirs[identifier])
    return merged
