"""Two memories of the same series, made one: nothing that either has published is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webinar_feeds.ledger.rows import Ledger, RecordingRow, Row

if TYPE_CHECKING:
    from collections.abc import Mapping


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
    rows = {**theirs.rows, **ours.rows}
    named = {uid: key for key, uid in ((key, row.uid) for key, row in theirs.rows.items())}
    for identifier, row in ours.rows.items():
        other = named.get(row.uid)
        if other is None:
            continue
        merged = _row(row, theirs.rows[other])
        if other != identifier:  # one side has given it another id
            # The side that changed it knows the other's as a former one.
            renamed = identifier if other in row.formerly else other
            rows.pop(identifier)
            rows.pop(other, None)
            rows[renamed] = merged
        else:
            rows[identifier] = merged
    newest = max(ours, theirs, key=lambda each: each.modified)
    same = ours.content == theirs.content or ours.modified != theirs.modified
    return Ledger(
        ours.uid,
        newest.content if same and ours.hashes == theirs.hashes else "",
        min(ours.created, theirs.created),
        max(ours.modified, theirs.modified),
        rows,
        min(ours.hashes, theirs.hashes),
    )


def sides(data: bytes) -> tuple[bytes, bytes]:
    """The two sides of a file that git has left with conflict marks, also those of `diff3` style.

    Returns:
        Ours and theirs; both are the whole file when it has no marks.
    """
    ours: list[bytes] = []
    theirs: list[bytes] = []
    into: tuple[list[bytes], ...] = (ours, theirs)
    for line in data.splitlines(keepends=True):
        if line.startswith(b"<<<<<<<"):
            into = (ours,)
        elif line.startswith(b"|||||||"):
            into = ()
        elif line.startswith(b"======="):
            into = (theirs,)
        elif line.startswith(b">>>>>>>"):
            into = (ours, theirs)
        else:
            for side in into:
                side.append(line)
    return b"".join(ours), b"".join(theirs)


def _row(ours: Row, theirs: Row) -> Row:
    newest = max(ours, theirs, key=lambda row: (row.modified, row.sequence))
    oldest = theirs if newest is ours else ours
    same = ours.schedule == theirs.schedule or newest.sequence > oldest.sequence
    alike = ours.content == theirs.content or ours.modified != theirs.modified
    changes = {(each.at, each.sequence): each for each in (*theirs.changes, *ours.changes)}
    return newest._replace(
        sequence=max(ours.sequence, theirs.sequence),
        schedule=newest.schedule if same else "",
        content=newest.content if alike else "",
        # A published copy does not know it; what is older may have been followed since.
        private=oldest.private
        if newest.private is None and ours.modified == theirs.modified
        else newest.private,
        created=min(ours.created, theirs.created),
        recordings=_recordings(ours.recordings, theirs.recordings),
        changes=tuple(changes[key] for key in sorted(changes)),
        formerly=tuple(dict.fromkeys((*ours.formerly, *theirs.formerly))),
    )


def _recordings(
    ours: Mapping[str, RecordingRow], theirs: Mapping[str, RecordingRow]
) -> dict[str, RecordingRow]:
    merged = {**theirs, **ours}
    for identifier in ours.keys() & theirs.keys():
        one, two = ours[identifier], theirs[identifier]
        newest = max(one, two, key=lambda row: row.updated)
        merged[identifier] = newest._replace(
            content=newest.content
            if one.content == two.content or one.updated != two.updated
            else "",
            published=min(one.published, two.published),
        )
    return merged
