"""Rules about what subscribers already have: nothing vanishes and nothing changes its identity."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import timezones
from webinar_feeds.diagnostics import Severity, declare

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping
    from datetime import datetime

    from webinar_feeds.diagnostics import Finding
    from webinar_feeds.ledger import Ledger, Row
    from webinar_feeds.model import Series, Session

session_gone = declare(
    "WF601",
    Severity.ERROR,
    "session `{id}` has been published, but it is no longer listed",
    help="list it again with `status: cancelled`, or write `removed: [{id}]` above the sessions: "
    "then it is cancelled in everybody's calendar",
)
uid_changed = declare(
    "WF602",
    Severity.ERROR,
    "`uid` differs from the one that was published, `{published}`",
    help="remove the line `uid: {uid}`: with another UID every subscriber would see it twice",
)
sequence_lower = declare(
    "WF604",
    Severity.WARNING,
    "`sequence: {given}` is lower than what was published, {published}, and has no effect",
    help="remove the line `sequence: {given}`",
)
session_renamed = declare(
    "WF609",
    Severity.ERROR,
    "session `{id}` has been published, but it is no longer listed; `{new}` looks like it",
    help="write `formerly: {id}` in session `{new}`; or, if it is another one, `removed: [{id}]` "
    "above the sessions",
)
id_reused = declare(
    "WF610",
    Severity.ERROR,
    "the id `{id}` was published for “{title}” on {day}",
    help="give the new session an id of its own and write `removed: [{id}]` above the sessions; "
    "or write `formerly: {id}` in it to confirm that it is the same session",
)
removed_but_listed = declare(
    "WF611",
    Severity.ERROR,
    "`removed` names `{id}`, but that session is still listed",
    help="remove `{id}` from `removed`, or take the session out of the list; one that is called "
    "off may stay there with `status: cancelled`",
)
removed_unknown = declare(
    "WF612",
    Severity.WARNING,
    "`removed` names `{id}`, but no session of that id has been published",
    help="remove `{id}` from `removed`, or write the id under which the session was published",
)
former_unknown = declare(
    "WF613",
    Severity.WARNING,
    "`formerly` names `{id}`, but no session of that id has been published",
    help="remove `{id}` from `formerly`, or write the id under which the session was published",
)
former_taken = declare(
    "WF614",
    Severity.ERROR,
    "`formerly` names `{id}`, but {why}",
    help="write `formerly: {id}` only in the one session that has taken the place of `{id}`",
)
recording_gone = declare(
    "WF615",
    Severity.WARNING,
    "recording `{recording}` of session `{id}` has been published, but it is no longer listed",
    help="list it again, under the same `id` or `url`; or, if it was taken down, write "
    "`recordings_removed: [{recording}]` in the session",
)

uid_taken = declare(
    "WF616",
    Severity.ERROR,
    "the uid `{uid}` was published for session `{id}`",
    help="remove the line `uid: {uid}`: two events of one UID are one in everybody's calendar",
)

stamp_to_come = declare(
    "WF617",
    Severity.WARNING,
    "`updated` is a time that has not come yet, {day}, and has no effect until then",
    help="write when the session was changed last; or leave the line out: a build notes the time "
    "of each change by itself",
)

# Titles are alike from this ratio on, and two different ones below the other (difflib's ratio).
_ALIKE = 0.8
_DIFFERENT = 0.5
# No more pairs of titles are compared letter by letter; the same ones are found all the same.
_MOST_PAIRS = 2_500
# No more of a title is compared.
_LONGEST = 200


class _Known(NamedTuple):
    """What has been published of a listed session: under which id, and its row."""

    id: str
    row: Row


def sessions_gone(series: Series, past: Ledger) -> Iterator[Finding]:
    """A published session is cancelled or removed in words, not deleted (C24)."""
    listed = {session.id for session in series.sessions}
    candidates = past.rows.keys() - listed - set(series.removed)
    if not candidates:
        return
    known = _known(series, past)
    candidates -= {each.id for each in known.values()}
    rows = {identifier: past.rows[identifier] for identifier in sorted(candidates)}
    # What nobody's calendar shows any more may be forgotten by the file.
    gone = {key: row for key, row in rows.items() if row.removed is None and row.left is None}
    fresh = {
        number: session for number, session in enumerate(series.sessions) if session.id not in known
    }
    renamed = _renamed(gone, fresh)
    for identifier in gone:
        number = renamed.get(identifier)
        if number is None:
            yield session_gone.at("sessions", id=identifier)
        else:
            new = fresh[number].id
            yield session_renamed.at("sessions", number, "id", id=identifier, new=new)


def identifiers_changed(series: Series, past: Ledger) -> Iterator[Finding]:
    """UIDs never change and SEQUENCE never falls (C11, I13)."""
    if series.uid not in (None, past.uid):
        yield uid_changed.at("uid", uid=series.uid, published=past.uid)
    given = [
        (number, session)
        for number, session in enumerate(series.sessions)
        if session.uid is not None or session.sequence is not None
    ]
    known = _known(series, past) if given else {}
    owners = {each.row.uid: owner for owner, each in known.items()}
    for number, session in given:
        found = known.get(session.id)
        at = ("sessions", number)
        if found is None:
            if session.uid in owners:
                yield uid_taken.at(*at, "uid", uid=session.uid, id=owners[session.uid])
            continue
        row = found.row
        if session.uid not in (None, row.uid):
            yield uid_changed.at(*at, "uid", uid=session.uid, published=row.uid)
        if session.sequence is not None and session.sequence < row.sequence:
            yield sequence_lower.at(*at, "sequence", given=session.sequence, published=row.sequence)


def ids_reused(series: Series, past: Ledger) -> Iterator[Finding]:
    """An id that was published is not given to another session (C11)."""
    for number, session in enumerate(series.sessions):
        row = past.rows.get(session.id)
        if row is None or session.title == row.told.title or session.id in session.formerly:
            continue
        if row.removed is None:
            if session.start == row.told.start or _ratio(session.title, row) >= _DIFFERENT:
                continue
        elif _ratio(session.title, row) >= _ALIKE:
            continue  # it is back
        day = timezones.at(row.told.start, row.told.zone).date()
        yield id_reused.at(
            "sessions", number, "id", id=session.id, title=row.told.title, day=day.isoformat()
        )


def removals(series: Series, past: Ledger | None) -> Iterator[Finding]:
    """What `removed` names has been published, and it is not listed, nor under another id (C24)."""
    if not series.removed:
        return
    rows = {} if past is None else past.rows
    listed = set()
    for session in series.sessions:
        listed |= {session.id, *session.formerly}
        if session.id in rows:
            listed.update(rows[session.id].formerly)
    published = _published(past)
    for number, identifier in enumerate(series.removed):
        if identifier in listed:
            yield removed_but_listed.at("removed", number, id=identifier)
        elif past is not None and identifier not in published:
            yield removed_unknown.at("removed", number, id=identifier)


def former_ids(series: Series, past: Ledger | None) -> Iterator[Finding]:
    """What `formerly` names has been published, and no other session has it (C11)."""
    if not any(session.formerly for session in series.sessions):
        return
    listed = {session.id for session in series.sessions}
    published = _published(past)
    taken: dict[str, str] = {}
    for number, session in enumerate(series.sessions):
        for index, identifier in enumerate(session.formerly):
            at = ("sessions", number, "formerly", index)
            if identifier == session.id:
                continue  # the confirmation that it is the same session
            first = taken.setdefault(identifier, session.id)
            if identifier in listed:
                yield former_taken.at(*at, id=identifier, why="that session is still listed")
            elif first != session.id:
                why = f"session `{first}` names it too"
                yield former_taken.at(*at, id=identifier, why=why)
            elif past is not None and identifier not in published:
                yield former_unknown.at(*at, id=identifier)


def stamps_to_come(series: Series, now: datetime) -> Iterator[Finding]:
    """Nothing has been changed at a time that is still to come (D7)."""
    for number, session in enumerate(series.sessions):
        if session.updated is not None and session.updated > now:
            day = session.updated.date().isoformat()
            yield stamp_to_come.at("sessions", number, "updated", day=day)


def recordings_gone(series: Series, past: Ledger) -> Iterator[Finding]:
    """A recording that was published stays, or it is said that it does not (D7)."""
    known: Mapping[str, _Known] | None = None
    for number, session in enumerate(series.sessions):
        row = past.rows.get(session.id)
        if row is None and (session.formerly or session.uid is not None):
            known = _known(series, past) if known is None else known
            row = known[session.id].row if session.id in known else None
        if row is None or not row.recordings:
            continue
        ids = {recording.id for recording in session.recordings}.union(session.recordings_removed)
        if row.recordings.keys() <= ids:
            continue
        urls = {recording.url for recording in session.recordings if recording.url is not None}
        for identifier, each in row.recordings.items():
            if identifier not in ids and each.url not in urls:
                yield recording_gone.at("sessions", number, recording=identifier, id=session.id)


def _known(series: Series, past: Ledger) -> Mapping[str, _Known]:
    """What was published of each listed session, by its id now.

    It was published under that id, under a former one, or with the UID that it is given.
    """
    listed = {session.id for session in series.sessions}
    by_uid = {row.uid: identifier for identifier, row in past.rows.items()}
    found = {}
    taken = set()
    for session in series.sessions:
        of_uid = () if session.uid is None else (by_uid.get(session.uid, session.id),)
        for identifier in (session.id, *session.formerly, *of_uid):
            row = past.rows.get(identifier)
            free = identifier not in listed and identifier not in taken
            if row is not None and (identifier == session.id or free):
                found[session.id] = _Known(identifier, row)
                taken.add(identifier)
                break
    return found


def _published(past: Ledger | None) -> set[str]:
    """All ids under which a session of the series was ever published."""
    rows = {} if past is None else past.rows
    return {*rows, *chain.from_iterable(row.formerly for row in rows.values())}


def _renamed(gone: Mapping[str, Row], fresh: Mapping[int, Session]) -> dict[str, int]:
    """Which new session is likely which gone one: the number of the one by the id of the other.

    The same title and start come first, then the same title, the same start, and titles that are
    alike. No session is taken twice.
    """
    left = dict(fresh)
    found: dict[str, int] = {}
    keys: tuple[Callable[[str, datetime], Hashable], ...] = (
        lambda title, start: (title.casefold(), start),
        lambda title, _: title.casefold(),
        lambda _, start: start,
    )
    for key in keys:
        by_key = {key(session.title, session.start): number for number, session in left.items()}
        for identifier, row in gone.items():
            if identifier in found:
                continue
            number = by_key.pop(key(row.told.title, row.told.start), None)
            if number is not None:
                found[identifier] = number
                del left[number]
    others = [identifier for identifier in gone if identifier not in found]
    if len(others) * len(left) > _MOST_PAIRS:
        return found
    for identifier in others:
        ratios = {number: _ratio(each.title, gone[identifier]) for number, each in left.items()}
        number = max(ratios, key=lambda each: ratios[each], default=None)
        if number is not None and ratios[number] >= _ALIKE:
            found[identifier] = number
            del left[number]
    return found


def _ratio(title: str, row: Row) -> float:
    """How alike two titles are: 1 when only capitals differ, 0 with no letter in common."""
    from difflib import SequenceMatcher  # noqa: PLC0415 - for what looks like a mistake only

    one, two = (each.casefold()[:_LONGEST] for each in (title, row.told.title))
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    most = matcher.quick_ratio()
    return most if most < _DIFFERENT else matcher.ratio()
