"""What is published now, given what was published before.

The clock is an argument that only counts when something has changed (D3).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha1
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import timezones
from webinar_feeds.ledger import meaning
from webinar_feeds.ledger.rows import HASHES, Ledger, RecordingRow, Row, Was, stamp
from webinar_feeds.model import (
    OFF,
    Change,
    Entry,
    Publication,
    RecordingRevision,
    Revision,
    Scope,
    Session,
    Status,
    Told,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from webinar_feeds.model import Recording, Series, Site

SECOND = timedelta(seconds=1)
# RFC 4122 §4.1.1: of the digit that holds them, the two highest bits are 1 and 0.
_VARIANTS = dict(zip("0123456789abcdef", 4 * "89ab", strict=True))
# RFC 4122, appendix C: the namespace of UUIDs that come from an address
OF_ADDRESSES = "6ba7b811-9dad-11d1-80b4-00c04fd430c8"


class Revised(NamedTuple):
    """What a build publishes of a series, and the memory of it.

    `due` is the next instant (UTC) at which the same files would give something else, None when
    that never happens: a recording's date comes, or a cancelled session's time to leave.
    """

    publication: Publication
    ledger: Ledger
    due: datetime | None


def revise(series: Series, site: Site, past: Ledger | None, now: datetime) -> Revised:
    """What is published of a series now, and the memory of it (C11–C15, C24, I10, I11, D2–D4, D7).

    Args:
        series: the series as its file tells it.
        site: for the first publication only, a name that makes the UIDs the site's own.
        past: what has been published, None when nothing has.
        now: the time of this build, aware; it stamps only what differs from `past`.

    Returns:
        The publication, whose sessions hold only recordings that have appeared and all their
        former ids, and in which removed sessions are cancelled ones until they leave, and are in
        `left` from then on; the ledger that remembers it, with the rows of all sessions that ever
        were; and when it changes by itself.
    """
    now = now.astimezone(UTC).replace(microsecond=0)
    uid = series.uid or (past.uid if past else _series_uid(series, site))
    work = _Work(series, past, uid, now)
    content = meaning.series(series)
    created = past.created if past else now
    modified = past.modified if past else now
    if past and past.hashes == HASHES and past.content != content:
        modified = _later(now, past.modified)
    entries = [entry for _, _, entry in sorted(work.entries())]
    stamps = [modified]
    for row in work.rows.values():
        stamps.append(row.modified)
        if row.left is not None:
            stamps.append(row.left)
    publication = Publication(
        scope=Scope.SERIES,
        path=series.id,
        uid=uid,
        title=series.title,
        language=series.language,
        entries=tuple(entries),
        modified=max(stamps),
        summary=series.summary,
        page=series.page,
        organizers=series.organizers,
        alarm=series.alarm,
        created=created,
        left=tuple(work.left),
    )
    ledger = Ledger(uid, content, created, modified, work.rows)
    return Revised(publication, ledger, min(work.due, default=None))


def order(entry: Entry) -> tuple[datetime, str, str]:
    """The order of entries in everything that is published: start, series, id (D5)."""
    return entry.session.start, entry.series.id, entry.session.id


def derived_uid(namespace: str, name: str) -> str:
    """A UID that follows from two others' names and from nothing that can change (C12).

    `namespace` is a UUID, or any other UID that was adopted from elsewhere.
    """
    text = sha1(_space(namespace) + name.encode(), usedforsecurity=False).hexdigest()
    # RFC 4122 §4.3, as uuid.uuid5 does it, without its objects
    variant = f"{_VARIANTS[text[16]]}{text[17:20]}"
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}-{text[20:32]}"


@lru_cache(maxsize=1024)
def _space(namespace: str) -> bytes:
    """The bytes of a UUID; of any other UID those of the UUID that it has as an address."""
    digits = namespace.replace("-", "")
    try:
        space = bytes.fromhex(digits) if len(digits) == 32 else b""
    except ValueError:
        space = b""
    return space if len(space) == 16 else _space(derived_uid(OF_ADDRESSES, namespace))


class _Work:
    """One revision at work: the rows as they become, and when anything is due."""

    def __init__(self, series: Series, past: Ledger | None, uid: str, now: datetime) -> None:
        self.series = series
        self.uid = uid
        self.now = now
        self.rows: dict[str, Row] = dict(past.rows) if past else {}
        self.comparable = past is None or past.hashes == HASHES
        self.shared = meaning.of_series(series)
        self.due: list[datetime] = []
        self.left: list[Entry] = []
        self.ids = {row.uid: identifier for identifier, row in self.rows.items()}

    def entries(self) -> Iterator[tuple[datetime, str, Entry]]:
        """An entry for each session that is shown, behind what it sorts by.

        The rows, and `left`, are complete when all have been asked for.
        """
        series, rows = self.series, self.rows
        listed = {session.id for session in series.sessions}
        for each in series.sessions:
            past, former = self._past(each, listed)
            row, session = self._revised(each, past, former)
            rows[session.id] = row
            if row.left is None:
                yield row.told.start, session.id, Entry(series, session, _revision(row))
            else:
                self._leave(session, row)
        for identifier, known in list(rows.items()):
            if identifier in listed:
                continue
            if identifier not in series.removed and known.removed is None:
                if known.left is not None:
                    self._leave(_as_told(identifier, known.told, known.formerly), known)
                continue  # a build says of the others that they are gone, and goes no further
            former = _free(known.formerly, listed)
            row, session = self._withdrawn(identifier, known._replace(formerly=former))
            rows[identifier] = row
            if row.left is None:
                yield row.told.start, identifier, Entry(series, session, _revision(row))
            else:
                self._leave(session, row)

    def _leave(self, session: Session, row: Row) -> None:
        """Keep of a session that has left what people were told while it was there, if anything."""
        assert row.left is not None  # noqa: S101 - only such rows are given
        told = tuple(each for each in changes(row) if each.at <= row.left)
        if told or session.recordings:
            revision = _revision(row)._replace(changes=told)
            self.left.append(Entry(self.series, session, revision))

    def _past(self, session: Session, listed: set[str]) -> tuple[Row | None, tuple[str, ...]]:
        """What was published of a session, under whichever of its ids; and its former ids.

        One that is given a published UID is that event, also when it does not say its old id.
        """
        past = self.rows.get(session.id)
        former = past.formerly if past else ()
        if session.uid is None and not session.formerly:
            return past, _free(former, listed)
        by_uid = None if session.uid is None else self.ids.get(session.uid)
        for identifier in (*session.formerly, *(() if by_uid is None else (by_uid,))):
            if past is None and identifier not in listed and identifier in self.rows:
                past = self.rows.pop(identifier)
                former = (*past.formerly, identifier)
        return past, _free(former, listed)

    def _revised(
        self, session: Session, past: Row | None, former: tuple[str, ...]
    ) -> tuple[Row, Session]:
        """A session's new row, and the session with what of it has appeared and was published."""
        recordings: Mapping[str, RecordingRow] = {}
        if session.recordings:
            shown, recordings = self._appeared(session, past.recordings if past else {})
            if len(shown) != len(session.recordings):
                session = replace(session, recordings=shown)
        elif past is not None:
            recordings = self._taken_out(past.recordings)
        if session.formerly != former:
            session = replace(session, formerly=former)
        status = session.status
        start, end = session.start.astimezone(UTC), session.end.astimezone(UTC)
        told = Told(session.title, start, end, session.zone, status)
        planned = meaning.of_plan(start, end, status, meaning.place(session))
        private = "" if session.join is None else meaning.private(session)
        content = meaning.content(self.shared, planned, session)
        left = self._left(told, past) if status is Status.CANCELLED else None
        least = session.sequence or 0
        if past is None:
            uid, sequence = session.uid or self._new_uid(session), least
            changes: tuple[Was, ...] = ()
            modified = self._explicit(session.updated, None) or self.now
            created = min(self.now, modified)
        else:
            uid = session.uid or past.uid
            sequence = max(past.sequence + self._is_moved(past, told, planned, private), least)
            is_edited = self.comparable and content != past.content
            modified, changes = self._stamped(
                past, told, sequence, left, session.updated, is_edited=is_edited
            )
            created = past.created
        if session.created is not None:
            created = session.created.astimezone(UTC)
        row = Row(
            uid,
            sequence,
            told,
            planned,
            content,
            private,
            min(created, modified),
            modified,
            recordings,
            changes,
            None,
            left,
            former,
        )
        return row, session

    def _is_moved(self, past: Row, told: Told, planned: str, private: str) -> bool:
        """Whether a participant must follow: time, status or place have changed (I10)."""
        if past.removed is not None or past.schedule == "":  # nobody knows what else was told
            return True
        if self.comparable:
            return planned != past.schedule or past.private not in (None, private)
        was = past.told
        return (told.start, told.end, told.status) != (was.start, was.end, was.status)

    def _stamped(  # noqa: PLR0913 - what a revision is, and what it was
        self,
        past: Row,
        told: Told,
        sequence: int,
        left: datetime | None,
        updated: datetime | None = None,
        *,
        is_edited: bool,
    ) -> tuple[datetime, tuple[Was, ...]]:
        """When a published session was last modified, and all changes that were told of it."""
        is_another = differ(told, past.told)
        is_back = past.left is not None and left is None
        modified = self._explicit(updated, past)
        if modified is None:
            if not (is_another or is_edited or is_back or sequence != past.sequence):
                return past.modified, past.changes
            modified = _later(self.now, _seen(past))
        if not is_another:
            return modified, past.changes
        return modified, (*past.changes, Was(modified, sequence, past.told))

    def _explicit(self, updated: datetime | None, past: Row | None) -> datetime | None:
        """The stamp of an event file, if it is one: neither to come nor before another (D7).

        One that is to come counts as soon as its time is there.
        """
        if updated is None or (past is not None and updated <= _seen(past)):
            return None
        if updated > self.now:
            self.due.append(updated.astimezone(UTC))
            return None
        return updated.astimezone(UTC)

    def _withdrawn(self, identifier: str, past: Row) -> tuple[Row, Session]:
        """A session that has left the programme: cancelled, as long as it is shown."""
        told = past.told._replace(status=Status.CANCELLED)
        session = _as_told(identifier, told, past.formerly)
        planned = meaning.schedule(session)
        content = meaning.content(self.shared, planned, session)
        # Without a hash, another branch may have told something else under the same SEQUENCE.
        is_told = past.told.status is Status.CANCELLED and past.schedule != ""
        sequence = past.sequence + (not is_told)
        left = self._left(told, past)
        is_edited = self.comparable and content != past.content
        modified, changes = self._stamped(past, told, sequence, left, is_edited=is_edited)
        row = past._replace(
            sequence=sequence,
            told=told,
            schedule=planned,
            content=content,
            private="",
            modified=modified,
            recordings=self._taken_out(past.recordings),
            changes=changes,
            removed=past.removed or modified,
            left=left,
        )
        return row, session

    def _left(self, told: Told, past: Row | None) -> datetime | None:
        """When a cancelled session left the calendars, None while it is shown (C24).

        That is some time after its date, or after it was cancelled if that was later: nobody's
        entry vanishes without having said so. One that took place stays for ever. What has left
        does not come back because a clock has gone back.
        """
        known = None if past is None else past.left
        now = self.now if known is None else max(self.now, known)
        try:
            until = max(told.end, self._cancelled(past) or told.end) + self.series.keep_cancelled
        except OverflowError:
            return None
        if until > now:
            self.due.append(until)
            return None
        return known or (self.now if past is None else _later(self.now, past.modified))

    def _cancelled(self, past: Row | None) -> datetime | None:
        """When a session was cancelled, None when it was never told of otherwise."""
        if past is None:
            return None
        if past.told.status is not Status.CANCELLED:
            return self.now
        return max(
            (was.at for was in past.changes if was.told.status is not Status.CANCELLED),
            default=None,
        )

    def _appeared(
        self, session: Session, past: Mapping[str, RecordingRow]
    ) -> tuple[tuple[Recording, ...], dict[str, RecordingRow]]:
        """The recordings that are in the feeds, and the rows of all that ever were.

        One appears once its session is over and its date of publication has come, and then it
        stays, whatever becomes of the session: never an upcoming session in a feed, nor one that
        did not take place, and nothing leaves it.
        """
        shown = []
        rows = dict(past)
        for recording in session.recordings:
            known = rows.get(recording.id) or _under_another_id(recording, session, rows)
            row = self._recorded(session, recording, known)
            if row is not None:
                rows[recording.id] = row
                shown.append(recording)
        return tuple(shown), self._taken_out(rows, frozenset(each.id for each in shown))

    def _taken_out(
        self, rows: Mapping[str, RecordingRow], shown: AbstractSet[str] = frozenset()
    ) -> dict[str, RecordingRow]:
        """The rows of recordings, those marked that are no longer among the shown ones."""
        return {
            identifier: row
            if identifier in shown or row.removed
            else row._replace(removed=_later(self.now, row.updated))
            for identifier, row in rows.items()
        }

    def _recorded(
        self, session: Session, recording: Recording, past: RecordingRow | None
    ) -> RecordingRow | None:
        """A recording's new row, None when it has not appeared yet."""
        now, published = self.now, recording.published
        if published is not None:
            published = published.astimezone(UTC)
        if past is None:
            if session.status in OFF:
                return None
            end = session.end.astimezone(UTC)
            due = end if published is None else max(end, published)
            if due > now:
                self.due.append(due)
                return None
            first = published or now
            content = meaning.recording(session, recording)
            return RecordingRow(content, first, first, recording.id, recording.url)
        if published is None:
            published = past.published
        elif published > now:  # what is there already was not published later (D7)
            self.due.append(published)
            published = past.published
        content = meaning.recording(session, recording)
        is_edited = self.comparable and past.content != content
        updated = max(_later(now, past.updated) if is_edited else past.updated, published)
        return RecordingRow(content, published, updated, past.name, recording.url)

    def _new_uid(self, session: Session) -> str:
        """The UID of a session that is new; never one that a renamed session has taken along."""
        uid = derived_uid(self.uid, session.id)
        if uid in self.ids:
            uid = derived_uid(self.uid, f"{session.id} {stamp(self.now)}")
        self.ids[uid] = session.id
        return uid


def differ(one: Told, two: Told) -> bool:
    """Whether subscribers saw a change that they would act upon; another name of a zone is none."""
    return one != two and one._replace(zone="") != two._replace(zone="")


def _free(former: tuple[str, ...], listed: set[str]) -> tuple[str, ...]:
    """The former ids of a session, without one that is a session's own now."""
    return tuple(each for each in former if each not in listed) if former else former


def _under_another_id(
    recording: Recording, session: Session, rows: dict[str, RecordingRow]
) -> RecordingRow | None:
    """The row of a recording that had another id, taken out of the others.

    Who has one recording need not name it, and has to when a second comes. Followers know the
    first by its lasting id, and under another would see it twice; it is the one whose address is
    that of before.
    """
    addresses = {recording.url, *(file.url for file in recording.files)} - {None}
    given = {each.id for each in session.recordings}
    for identifier, row in rows.items():
        if identifier not in given and row.url in addresses:
            return rows.pop(identifier)
    return None


def _as_told(identifier: str, told: Told, former: tuple[str, ...]) -> Session:
    """A session of which nothing is known but what was told of it."""
    zone = told.zone if told.zone.startswith("UTC") or timezones.known(told.zone) else "UTC"
    start, end = timezones.at(told.start, zone), timezones.at(told.end, zone)
    return Session(
        id=identifier,
        title=told.title,
        start=start,
        end=end,
        zone=zone,
        form=timezones.form(start, end, zone),
        written="",
        status=told.status,
        formerly=former,
    )


def _seen(row: Row) -> datetime:
    """When calendars saw anything of a session last."""
    return row.modified if row.left is None else max(row.modified, row.left)


def _later(now: datetime, than: datetime) -> datetime:
    """`now`, but always after what subscribers have, even when the clock has gone back (D7)."""
    return max(now, than + SECOND)


def _revision(row: Row) -> Revision:
    recordings = {
        identifier: RecordingRevision(
            f"urn:uuid:{derived_uid(row.uid, f'recording:{each.name}')}",
            each.published,
            each.updated,
        )
        for identifier, each in row.recordings.items()
    }
    return Revision(row.uid, row.sequence, row.created, row.modified, recordings, changes(row))


def changes(row: Row) -> tuple[Change, ...]:
    """What subscribers saw change, the oldest first."""
    if not row.changes:
        return ()
    after = [*(each.told for each in row.changes[1:]), row.told]
    return tuple(
        Change(was.at, was.sequence, was.told, told)
        for was, told in zip(row.changes, after, strict=True)
    )


def _series_uid(series: Series, site: Site) -> str:
    """A UID for a series that has never been published (C12).

    Its seed names the site, its publisher or the organisers, so that two sites' series of the same
    id differ; once published, the ledger keeps the UID whatever becomes of those names.
    """
    names = ", ".join(each.name for each in series.organizers) or series.title
    return derived_uid(OF_ADDRESSES, f"{_name_of(site, names)}#{series.id}")


def _name_of(site: Site, otherwise: str) -> str:
    if site.base_url:
        return site.base_url
    return f"urn:webinar-feeds:{site.publisher.name if site.publisher else otherwise}"
