"""What subscribers will see: two ledgers of a series, before and after, compared in words.

Pure: no file, no clock, no terminal. Sessions are matched by UID, as subscribers' calendars match
them, so a session that only has another id is the same one (C11).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import changes, ledger
from webinar_feeds.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from webinar_feeds.ledger import Ledger, Row
    from webinar_feeds.model import Series, Site, Told


class Kind(StrEnum):
    """What happens to a session or a series, the weightiest first.

    `left` is by the site's rule, some time after a cancelled session's date; `gone` is without one.
    """

    GONE = "gone"
    LEFT = "left"
    CANCELLED = "cancelled"
    POSTPONED = "postponed"
    MOVED = "moved"
    RETURNED = "returned"
    NEW = "new"
    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    RETITLED = "retitled"
    PLACE = "place"
    EDITED = "edited"
    RECORDING = "recording"
    RENAMED = "renamed"


class Difference(NamedTuple):
    """What subscribers see of a session.

    `words` say what changes, `effect` what their programs make of it, empty where the words do.
    `before` and `after` are what they were and will be told, None when they were or will be told
    nothing; so are the `sequence`s.
    """

    session: str
    uid: str
    kinds: tuple[Kind, ...]
    words: tuple[str, ...]
    effect: str
    before: Told | None
    after: Told | None
    sequence: tuple[int | None, int | None]

    @property
    def title(self) -> str:
        """The session's title, as it is told last."""
        told = self.after or self.before
        return "" if told is None else told.title


class Seen(NamedTuple):
    """What subscribers see of a series: of itself in `words`, and of its sessions by start."""

    series: str
    title: str
    kinds: tuple[Kind, ...]
    words: tuple[str, ...]
    sessions: tuple[Difference, ...]

    def __bool__(self) -> bool:
        """Whether there is anything to see."""
        return bool(self.kinds or self.sessions)


_EFFECTS = {
    Status.CANCELLED: (Kind.CANCELLED, "calendars show it as cancelled"),
    Status.POSTPONED: (Kind.POSTPONED, "calendars show it as postponed, and as free time"),
    Status.TENTATIVE: (Kind.TENTATIVE, "calendars show it as tentative"),
    Status.CONFIRMED: (Kind.CONFIRMED, "calendars show it as taking place"),
}


class _Mark(NamedTuple):
    """One thing that is seen: of which kind, in words, and what programs make of it."""

    kind: Kind
    words: str
    effect: str = ""


_ORDER = {kind: place for place, kind in enumerate(Kind)}


def of(
    every: Iterable[Series],
    site: Site,
    told: Mapping[str, Ledger],
    now: datetime,
    there: Callable[[Series], Ledger | None] | None = None,
) -> Iterator[Seen]:
    """What subscribers of each series see when it is published now, series by series.

    Args:
        every: the series, as their files tell them.
        site: what they belong to.
        told: what the last build has published of them, by their ids.
        now: the time of the build that is foreseen, aware.
        there: what has been published of a series elsewhere; it is then compared with that, and
            both are remembered.
    """
    for series in every:
        before = past = told.get(series.id)
        if there is not None:
            before = there(series)
            if past is None or before is None:
                past = before or past
            elif before.uid == past.uid:
                past = ledger.merge(before, past)
        after = ledger.revise(series, site, past, now).ledger
        yield between(series.id, series.title, before, after, now)


def withdrawn(series: str) -> Seen:
    """A series that was published and whose event file is gone."""
    words = "its event file is gone: its calendar and feeds are taken away"
    return Seen(series, series, (Kind.GONE,), (words,), ())


def between(series: str, title: str, before: Ledger | None, after: Ledger, now: datetime) -> Seen:
    """What subscribers of a series see when one ledger becomes the other.

    Args:
        series: the series' id.
        title: its title.
        before: what they have been told, None when nothing.
        after: what they will have been told.
        now: when, aware; says how long ago a session was to be that leaves.
    """
    if before is None:
        held: dict[str, tuple[str, Row]] = {}
        kinds, words = [Kind.NEW], ["a new series, with a calendar of its own"]
        comparable = True
    else:
        held = {row.uid: (name, row) for name, row in before.rows.items()}
        kinds, words = _of_series(before, after)
        comparable = before.hashes == after.hashes
    found = [
        _of_session(name, row, held.pop(row.uid, None), now, comparable=comparable)
        for name, row in after.rows.items()
    ]
    found += [_gone(name, row) for name, row in held.values() if row.left is None]
    sessions = [each for each in found if each is not None]
    if Kind.EDITED in kinds:
        alone = [each for each in sessions if each.kinds == (Kind.EDITED,)]
        sessions = [each for each in sessions if each.kinds != (Kind.EDITED,)]
        if alone:
            count = f"{len(alone)} session{'s' if len(alone) > 1 else ''}"
            words[-1] = f"{words[-1]}, and with it the description of {count}"
        words[-1] = f"{words[-1]}; no notice"
    return Seen(series, title, tuple(kinds), tuple(words), tuple(sorted(sessions, key=_place)))


def _of_series(before: Ledger, after: Ledger) -> tuple[list[Kind], list[str]]:
    """What is seen of a series itself."""
    if before.uid != after.uid:
        said = f"its UID is no longer {before.uid}: programs take it for another calendar"
        return [Kind.GONE], [said]
    known = before.content and before.hashes == after.hashes
    if known and before.content != after.content:
        said = "the series itself is edited (title, summary, page, organisers or reminders)"
        return [Kind.EDITED], [said]
    return [], []


def _of_session(
    name: str, after: Row, past: tuple[str, Row] | None, now: datetime, *, comparable: bool
) -> Difference | None:
    """What is seen of a session, None when nothing."""
    if past is None:
        return None if after.left else _new(name, after)
    was, before = past
    found: list[_Mark] = []
    if after.left and not before.left:
        found.append(_Mark(Kind.LEFT, _leaving(after.told, now)))
    if after.left:
        found += _recordings(before, after)
    else:
        if before.left:
            found.append(_Mark(Kind.RETURNED, "comes back into the calendars"))
        found += _told(before.told, after.told)
        found += _recordings(before, after)
        if not found:
            found += _otherwise(before, after, comparable=comparable)
    if name != was:
        alone = "" if found else "nothing changes for subscribers"
        found.append(_Mark(Kind.RENAMED, f"its id was {was}", alone))
    if not found:
        return None
    kinds = dict.fromkeys(each.kind for each in found)
    return Difference(
        name,
        after.uid,
        tuple(sorted(kinds, key=_ORDER.__getitem__)),
        tuple(each.words for each in found if each.words),
        ", ".join(dict.fromkeys(each.effect for each in found if each.effect)),
        before.told,
        after.told,
        (before.sequence, after.sequence),
    )


def _new(name: str, row: Row) -> Difference:
    status = row.told.status
    how = "" if status is Status.CONFIRMED else f", {status.value}"
    words = f"new session{how}, {changes.when(row.told)}"
    return Difference(
        name,
        row.uid,
        (Kind.NEW,),
        (words,),
        "appears in calendars",
        None,
        row.told,
        (None, row.sequence),
    )


def _gone(name: str, row: Row) -> Difference:
    words = "is no longer told of"
    effect = "subscribers' calendars delete it without a word"
    sequence = (row.sequence, None)
    return Difference(name, row.uid, (Kind.GONE,), (words,), effect, row.told, None, sequence)


def _leaving(told: Told, now: datetime) -> str:
    days = (now - told.end).days
    ago = f", its date was {days} day{'s' if days > 1 else ''} ago" if days > 0 else ""
    return f"leaves the calendars ({told.status.value}{ago})"


def _told(before: Told, after: Told) -> Iterator[_Mark]:
    """What is seen of a session's status, time and title."""
    words = changes.words(before, after)
    if not words:
        return
    marks = []
    if before.status is not after.status:
        marks.append(_EFFECTS[after.status])
    moved = (before.start, before.end) != (after.start, after.end)
    if moved and after.status is not Status.CANCELLED:
        marks.append((Kind.MOVED, "subscribers' calendars move it"))
    if before.title != after.title:
        marks.append((Kind.RETITLED, "calendars show the new title"))
    said = "; ".join(words)
    for kind, effect in marks:
        yield _Mark(kind, said, effect)
        said = ""


def _recordings(before: Row, after: Row) -> Iterator[_Mark]:
    """What is seen of a session's recordings; they are the same by their lasting names."""
    old = {each.name: each for each in before.recordings.values() if each.removed is None}
    new = {each.name: each for each in after.recordings.values() if each.removed is None}
    come, gone = len(new.keys() - old.keys()), len(old.keys() - new.keys())
    if come:
        words = "new recording in the feeds" if come == 1 else f"{come} new recordings in the feeds"
        yield _Mark(Kind.RECORDING, words)
    if any(new[name].updated != old[name].updated for name in new.keys() & old.keys()):
        yield _Mark(Kind.RECORDING, "recording edited in the feeds")
    if gone:
        words = "recording taken out" if gone == 1 else f"{gone} recordings taken out"
        yield _Mark(Kind.RECORDING, f"{words} of the feeds", "readers keep what they have fetched")


def _otherwise(before: Row, after: Row, *, comparable: bool) -> Iterator[_Mark]:
    """What is seen of a session that is called and held as before, and has no new recording."""
    known = comparable and before.schedule and before.content
    if before.sequence != after.sequence:
        if not known:
            yield _Mark(Kind.EDITED, "told anew")
        elif before.schedule != after.schedule:
            yield _Mark(Kind.PLACE, "place or join link changed", "calendars show the new one")
        elif before.private not in (None, after.private):
            yield _Mark(Kind.PLACE, "the join link that is not public changed")
        else:
            yield _Mark(Kind.EDITED, "SEQUENCE raised by hand")
    elif before.modified != after.modified:
        words = "description edited" if known else "stamped anew"
        yield _Mark(Kind.EDITED, f"{words}, no notice")


def _place(each: Difference) -> tuple[datetime, str]:
    told = each.after or each.before
    assert told is not None  # noqa: S101 - a session that nobody was told of makes no difference
    return told.start, each.session
