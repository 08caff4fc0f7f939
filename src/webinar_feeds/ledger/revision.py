"""What is published now, given what was published before.

Hashes are over values, not over how they were written, and never over anything private but in a
field of its own. The clock is an argument that only counts when something has changed (D3).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha1, sha256
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import timezones
from webinar_feeds.ledger.rows import HASHES, Ledger, RecordingRow, Row, Was, stamp
from webinar_feeds.model import (
    Audience,
    Change,
    Entry,
    Form,
    Publication,
    RecordingRevision,
    Revision,
    Scope,
    Session,
    Status,
    Told,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webinar_feeds.model import Recording, Series, Site

SECOND = timedelta(seconds=1)
# RFC 4122, appendix C: the namespace of UUIDs that come from an address
OF_ADDRESSES = "6ba7b811-9dad-11d1-80b4-00c04fd430c8"
# Between two values of a hash; no text that was read can hold them.
_NEXT, _INSIDE, _DEEPER = "\x1f", "\x1e", "\x1d"


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
        former ids, and in which removed sessions are cancelled ones until they leave; the ledger
        that remembers it, with the rows of all sessions that ever were; and when it changes by
        itself.
    """
    now = now.astimezone(UTC).replace(microsecond=0)
    uid = series.uid or (past.uid if past else _series_uid(series, site))
    work = _Work(series, past, uid, now)
    content = _series_content(series)
    created = past.created if past else now
    modified = past.modified if past else now
    if past and past.hashes == HASHES and past.content != content:
        modified = _later(now, past.modified)
    entries = sorted(work.entries(), key=order)
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
    digest = sha1(_space(namespace) + name.encode(), usedforsecurity=False).digest()
    text = digest[:16].hex()
    # RFC 4122 §4.3, as uuid.uuid5 does it, without its objects
    version = f"5{text[13:16]}"
    variant = f"{int(text[16], 16) & 0x3 | 0x8:x}{text[17:20]}"
    return f"{text[:8]}-{text[8:12]}-{version}-{variant}-{text[20:]}"


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
        self.due: list[datetime] = []
        self.ids = {row.uid: identifier for identifier, row in self.rows.items()}

    def entries(self) -> Iterable[Entry]:
        """An entry for each session that is shown; the rows are then complete."""
        listed = {session.id for session in self.series.sessions}
        for session in self.series.sessions:
            past, former = self._past(session, listed)
            row, shown = self._revised(session, past, former)
            self.rows[session.id] = row
            if row.left is None:
                yield Entry(self.series, shown, _revision(row))
        for identifier, known in list(self.rows.items()):
            if identifier in listed:
                continue
            if identifier not in self.series.removed and known.removed is None:
                continue  # a build says that it is gone, and goes no further
            former = _free(known.formerly, listed)
            row, shown = self._withdrawn(identifier, known._replace(formerly=former))
            self.rows[identifier] = row
            if row.left is None:
                yield Entry(self.series, shown, _revision(row))

    def _past(self, session: Session, listed: set[str]) -> tuple[Row | None, tuple[str, ...]]:
        """What was published of a session, under whichever of its ids; and its former ids.

        One that is given a published UID is that event, also when it does not say its old id.
        """
        past = self.rows.get(session.id)
        former = past.formerly if past else ()
        by_uid = None if session.uid is None else self.ids.get(session.uid)
        for identifier in (*session.formerly, *(() if by_uid is None else (by_uid,))):
            if past is None and identifier not in listed and identifier in self.rows:
                past = self.rows.pop(identifier)
                former = (*past.formerly, identifier)
        return past, _free(former, listed)

    def _revised(
        self, session: Session, past: Row | None, former: tuple[str, ...]
    ) -> tuple[Row, Session]:
        """A session's new row, and the session with those recordings that have appeared."""
        now = self.now
        recordings = dict(past.recordings) if past else {}
        if session.recordings:
            shown = tuple(self._appeared(session, recordings))
            if len(shown) != len(session.recordings):
                session = replace(session, recordings=shown)
        if session.formerly != former:
            session = replace(session, formerly=former)
        told = Told(
            session.title,
            session.start.astimezone(UTC),
            session.end.astimezone(UTC),
            session.zone,
            session.status,
        )
        planned, private = schedule(session), _private(session)
        content = _content(self.series, session)
        if past is None:
            uid, sequence, modified = session.uid or self._new_uid(session), 0, now
        else:
            uid = session.uid or past.uid
            sequence = past.sequence + self._is_moved(past, told, planned, private)
            modified = past.modified
        changes = past.changes if past else ()
        sequence = max(sequence, session.sequence or 0)
        left = self._left(told, past)
        if past and (
            sequence != past.sequence
            or differ(told, past.told)
            or (self.comparable and content != past.content)
            or (past.left is not None and left is None)
        ):
            modified = _later(now, max(past.modified, past.left or past.modified))
            if differ(told, past.told):
                changes = (*changes, Was(modified, sequence, past.told))
        updated = session.updated
        if updated is not None and updated <= now and (past is None or updated > past.modified):
            modified = updated.astimezone(UTC)
        created = session.created or (past.created if past else None) or min(now, modified)
        row = Row(
            uid=uid,
            sequence=sequence,
            told=told,
            schedule=planned,
            content=content,
            private=private,
            created=min(created.astimezone(UTC), modified),
            modified=modified,
            recordings=recordings,
            changes=changes,
            left=left,
            formerly=former,
        )
        return row, session

    def _is_moved(self, past: Row, told: Told, planned: str, private: str) -> bool:
        """Whether a participant must follow: time, status or place have changed (I10)."""
        if past.removed is not None:
            return True
        if not self.comparable:
            return (told.start, told.end, told.status) != (
                past.told.start,
                past.told.end,
                past.told.status,
            )
        return planned != past.schedule or past.private not in (None, private)

    def _withdrawn(self, identifier: str, past: Row) -> tuple[Row, Session]:
        """A session that has left the programme: cancelled, as long as it is shown."""
        told = past.told._replace(status=Status.CANCELLED)
        session = Session(
            id=identifier,
            title=told.title,
            start=timezones.at(told.start, told.zone),
            end=timezones.at(told.end, told.zone),
            zone=told.zone,
            form=Form.UTC if told.zone.startswith("UTC") else Form.ZONED,
            written="",
            status=Status.CANCELLED,
            formerly=past.formerly,
        )
        content, changes, modified = _content(self.series, session), past.changes, past.modified
        # Without a hash, another branch may have told something else under the same SEQUENCE.
        is_told = past.told.status is Status.CANCELLED and past.schedule != ""
        sequence = past.sequence + (not is_told)
        left = self._left(told, past)
        if (
            sequence != past.sequence
            or (self.comparable and content != past.content)
            or (past.left is not None and left is None)
        ):
            modified = _later(self.now, max(past.modified, past.left or past.modified))
        if sequence != past.sequence:
            changes = (*changes, Was(modified, sequence, past.told))
        row = past._replace(
            sequence=sequence,
            told=told,
            schedule=schedule(session),
            content=content,
            private="",
            modified=modified,
            changes=changes,
            removed=past.removed or modified,
            left=left,
        )
        return row, session

    def _left(self, told: Told, past: Row | None) -> datetime | None:
        """When a session left the calendars, None while it is shown (C24).

        One that took place stays for ever; a cancelled one for some time after its date.
        """
        keep = self.series.keep_cancelled
        if told.status is not Status.CANCELLED or keep == timedelta.max:
            return None
        try:
            until = told.end + keep
        except OverflowError:
            return None
        if until > self.now:
            self.due.append(until)
            return None
        if past is None:
            return self.now
        return past.left or _later(self.now, past.modified)

    def _appeared(self, session: Session, rows: dict[str, RecordingRow]) -> Iterable[Recording]:
        """The recordings that are in the feeds, their rows brought up to date.

        One appears once its session is over and its date of publication has come, and then it
        stays: never an upcoming session in a feed.
        """
        now = self.now
        given = {recording.id for recording in session.recordings}
        for recording in session.recordings:
            content = _recording_content(session, recording)
            past = rows.get(recording.id)
            if past is None:
                past = _under_another_id(recording, rows, given)
            if past is None:
                end = session.end.astimezone(UTC)
                due = end if recording.published is None else max(end, recording.published)
                if due > now:
                    self.due.append(due.astimezone(UTC))
                    continue
                published = (recording.published or now).astimezone(UTC)
                row = RecordingRow(content, published, published, recording.id, recording.url)
            else:
                published = (recording.published or past.published).astimezone(UTC)
                same = past.content == content or not self.comparable
                updated = past.updated if same else _later(now, past.updated)
                row = RecordingRow(
                    content, published, max(updated, published), past.name, recording.url
                )
            rows[recording.id] = row
            yield recording

    def _new_uid(self, session: Session) -> str:
        """The UID of a session that is new; never one that a renamed session has taken along."""
        uid = derived_uid(self.uid, session.id)
        if uid in self.ids:
            uid = derived_uid(self.uid, f"{session.id} {stamp(self.now)}")
        self.ids[uid] = session.id
        return uid


def schedule(session: Session) -> str:
    """The hash of what a participant must follow: time, status, public place (I10)."""
    join = session.join
    return _hash(
        str(session.start.timestamp()),
        str(session.end.timestamp()),
        session.status.value,
        session.platform or "",
        join.url if join is not None and join.audience is Audience.PUBLIC else "",
    )


def _private(session: Session) -> str:
    """The hash of where one joins when that is not for everybody, else nothing."""
    join = session.join
    if join is None or join.audience is Audience.PUBLIC:
        return ""
    return _hash(join.url, join.audience.value)


def _content(series: Series, session: Session) -> str:
    """The hash of all that a calendar entry says, the series' part of it included."""
    join = session.join
    values = [
        str(session.start.timestamp()),
        str(session.end.timestamp()),
        session.zone,
        session.form.value,
        session.status.value,
        session.title,
        session.summary or "",
        session.platform or "",
        join.url if join is not None and join.audience is Audience.PUBLIC else "",
        session.registration or "",
        session.page or "",
        _INSIDE.join(session.languages),
        _INSIDE.join(session.topics),
        series.title,
        series.page or "",
        _INSIDE.join(f"{each.name}{_DEEPER}{each.url or ''}" for each in series.organizers),
    ]
    for talk in session.talks:
        values += (_INSIDE, talk.title, talk.summary or "")
        for one in talk.speakers:
            values += (_DEEPER, one.name, one.prefix or "", one.role or "")
            values += (one.affiliation or "", one.city or "", one.zone or "")
    for recording in session.recordings:
        values += (_INSIDE, _INSIDE, _recording_content(session, recording))
    return _hash(*values)


def _recording_content(session: Session, recording: Recording) -> str:
    """The hash of all that a feed says of a recording in particular."""
    duration = recording.duration
    values = [
        session.title,
        recording.id,
        recording.url or "",
        recording.title or "",
        recording.language or "",
        "" if duration is None else str(duration.total_seconds()),
        recording.captions or "",
        recording.poster or "",
    ]
    for file in recording.files:
        values += (_INSIDE, file.url, file.media_type, str(file.size))
    return _hash(*values)


def _series_content(series: Series) -> str:
    """The hash of what a calendar says of the series as a whole."""
    return _hash(
        series.title,
        series.summary or "",
        series.page or "",
        series.language,
        str(series.alarm),
        *(f"{each.name}{_DEEPER}{each.url or ''}" for each in series.organizers),
    )


def _hash(*values: str) -> str:
    return sha256(_NEXT.join(values).encode()).hexdigest()[:20]


def differ(one: Told, two: Told) -> bool:
    """Whether subscribers saw a change that they would act upon; another name of a zone is none."""
    return one._replace(zone="") != two._replace(zone="")


def _free(former: tuple[str, ...], listed: set[str]) -> tuple[str, ...]:
    """The former ids of a session, without one that is a session's own now."""
    return tuple(each for each in former if each not in listed) if former else former


def _under_another_id(
    recording: Recording, rows: dict[str, RecordingRow], given: set[str]
) -> RecordingRow | None:
    """The row of a recording that had another id, such as before a second one came.

    Followers know it by its lasting id, and would see it twice under another.
    """
    for identifier, row in rows.items():
        if identifier not in given and row.url is not None and row.url == recording.url:
            return rows.pop(identifier)
    return None


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
