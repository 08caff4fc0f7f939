"""What has been published: who has which UID and SEQUENCE, and when something last changed.

One JSON object a line, sorted by id, so that people can read it and git can merge it. Pure: bytes
come in and go out, and the clock is an argument that only counts when something has changed (D3).
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from webinar_feeds.diagnostics import Location, Severity, declare
from webinar_feeds.model import Entry, Publication, RecordingRevision, Revision, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.model import Recording, Series, Session, Site

_ERROR = Severity.ERROR
corrupt = declare(
    "WF603",
    _ERROR,
    "this line of the ledger cannot be read: {why}",
    help="restore the file from version control; it remembers what subscribers already have",
)
conflict = declare(
    "WF605",
    _ERROR,
    "the ledger holds the marks of a merge that is not finished",
    help="keep both sides' lines, for a session on both the one with the higher `sequence`, "
    "and remove the lines of `<`, `=` and `>`",
)
FORMAT = "%Y-%m-%dT%H:%M:%SZ"
SECOND = timedelta(seconds=1)
_NO_RECORD = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


class RecordingRow(NamedTuple):
    """A recording that has appeared in the feeds."""

    content: str
    published: datetime
    updated: datetime


class Row(NamedTuple):
    """A session that has been published: identifiers, hashes over its meaning, and stamps (D2)."""

    uid: str
    sequence: int
    schedule: str
    content: str
    created: datetime
    modified: datetime
    recordings: Mapping[str, RecordingRow]


class Ledger(NamedTuple):
    """What has been published of one series: the series itself, and its sessions by id."""

    uid: str
    content: str
    created: datetime
    modified: datetime
    rows: Mapping[str, Row]


def parse(data: bytes, path: str) -> tuple[Ledger | None, tuple[Diagnostic, ...]]:
    """A ledger from its bytes; without a first line that names the series there is none.

    Args:
        data: the file, which may be empty.
        path: the file's path as the user should see it in diagnostics.
    """
    head: Ledger | None = None
    rows: dict[str, Row] = {}
    for number, line in enumerate(data.decode("utf-8", errors="replace").split("\n"), 1):
        place = Location(path, number, 1, len(line) + 1, line)
        if line.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||")):
            return None, (conflict.diagnostic(place),)
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            if "series" in record:
                head = _head(record, rows)
            elif _text(record, "id") in rows:
                why = f"`{record['id']}` has another line above"
                return None, (corrupt.diagnostic(place, why=why),)
            else:
                rows[record["id"]] = _row(record)
        except _NO_RECORD as error:
            why = f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else str(error)
            return None, (corrupt.diagnostic(place, why=why),)
    if head is None:
        if not rows:
            return None, ()
        why = "the line that names the series is missing"
        return None, (corrupt.diagnostic(Location(path), why=why),)
    return head, ()


def dump(ledger: Ledger, series_id: str) -> bytes:
    """The ledger's bytes: the series first, then a line a session, sorted by id."""
    head = {
        "series": series_id,
        "uid": ledger.uid,
        "content": ledger.content,
        "created": stamp(ledger.created),
        "modified": stamp(ledger.modified),
    }
    lines = [head, *(_record(identifier, row) for identifier, row in sorted(ledger.rows.items()))]
    return "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in lines).encode()


def revise(
    series: Series, site: Site, past: Ledger | None, now: datetime
) -> tuple[Publication, Ledger]:
    """What is published of a series now, and the memory of it (C11–C15, I10, I11, D2–D4, D7).

    Args:
        series: the series as its file tells it.
        site: for the first publication only, a name that makes the UIDs the site's own.
        past: what has been published, None when nothing has.
        now: the time of this build, aware; it stamps only what differs from `past`.

    Returns:
        The publication, whose sessions hold only recordings that have appeared, and the ledger
        that remembers it. Sessions that are gone from the file keep their rows.
    """
    now = now.astimezone(UTC).replace(microsecond=0)
    uid = series.uid or (past.uid if past else _series_uid(series, site))
    content = digest([series.title, series.summary, series.organizers, series.page,
                      series.language, series.alarm])  # fmt: skip
    created = past.created if past else now
    modified = past.modified if past else now
    if past and past.content != content:
        modified = _later(now, past.modified)
    rows = dict(past.rows) if past else {}
    entries = []
    for session in series.sessions:
        row, shown = _revised(series, session, rows.get(session.id), uid, now)
        rows[session.id] = row
        entries.append(Entry(series, shown, _revision(row)))
    entries.sort(key=order)
    # The calendar's own stamp never falls, also when its newest session is withdrawn (D7).
    modified = max([modified, *(entry.revision.modified for entry in entries)])
    publication = Publication(
        scope=Scope.SERIES,
        path=series.id,
        uid=uid,
        title=series.title,
        language=series.language,
        entries=tuple(entries),
        modified=modified,
        summary=series.summary,
        page=series.page,
        organizers=series.organizers,
        alarm=series.alarm,
    )
    return publication, Ledger(uid, content, created, modified, rows)


def order(entry: Entry) -> tuple[datetime, str, str]:
    """The order of entries in everything that is published: start, series, id (D5)."""
    return entry.session.start, entry.series.id, entry.session.id


def derived_uid(namespace: str, name: str) -> str:
    """A UID that follows from two others' names and from nothing that can change (C12).

    `namespace` is a UUID, or any other UID that was adopted from elsewhere.
    """
    try:
        space = UUID(namespace)
    except ValueError:
        space = uuid5(NAMESPACE_URL, namespace)
    return str(uuid5(space, name))


def site_uid(site: Site, past: bytes | None) -> tuple[str, bytes]:
    """The site's own UID, remembered from its first build on, and the bytes that remember it."""
    if past:
        try:
            return _text(json.loads(past), "uid"), past
        except _NO_RECORD:
            pass  # nothing depends on it but the views' own UIDs
    uid = str(uuid5(NAMESPACE_URL, _name_of(site, "site")))
    return uid, f"{json.dumps({'site': True, 'uid': uid})}\n".encode()


def digest(meaning: object) -> str:
    """A short hash over values, not over how they were written (D2)."""
    text = json.dumps(_plain(meaning), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return sha256(text.encode()).hexdigest()[:20]


def schedule(session: Session) -> str:
    """The hash of what a participant must follow: time, status, place (I10)."""
    return digest([session.start, session.end, session.status, session.platform, session.join])


def stamp(instant: datetime) -> str:
    """An instant as the ledger writes it."""
    return instant.astimezone(UTC).strftime(FORMAT)


def _revised(
    series: Series, session: Session, past: Row | None, series_uid: str, now: datetime
) -> tuple[Row, Session]:
    """A session's new row, and the session with those recordings that have appeared."""
    uid = session.uid or (past.uid if past else derived_uid(series_uid, session.id))
    recordings = dict(past.recordings) if past else {}
    shown = tuple(_appeared(session, recordings, now))
    session = replace(session, recordings=shown)
    planned, content = schedule(session), _content(series, session)
    sequence = past.sequence if past else 0
    if past and planned != past.schedule:
        sequence += 1
    sequence = max(sequence, session.sequence or 0)
    modified = past.modified if past else now
    if past and (content, sequence) != (past.content, past.sequence):
        modified = _later(now, past.modified)
    if session.updated and (past is None or session.updated > past.modified):
        modified = session.updated.astimezone(UTC)
    created = session.created or (past.created if past else None) or min(now, modified)
    row = Row(
        uid=uid,
        sequence=sequence,
        schedule=planned,
        content=content,
        created=min(created.astimezone(UTC), modified),
        modified=modified,
        recordings=recordings,
    )
    return row, session


def _appeared(
    session: Session, recordings: dict[str, RecordingRow], now: datetime
) -> Iterable[Recording]:
    """The recordings that are in the feeds, their rows brought up to date.

    One appears once its session is over and its date of publication has come, and then it stays:
    never an upcoming session in a feed.
    """
    for recording in session.recordings:
        content = digest([session.title, replace(recording, published=None)])
        past = recordings.get(recording.id)
        if past is None:
            due = max(filter(None, (session.end, recording.published)))
            if due > now:
                continue
            published = (recording.published or now).astimezone(UTC)
            row = RecordingRow(content, published, published)
        else:
            published = (recording.published or past.published).astimezone(UTC)
            updated = past.updated if past.content == content else _later(now, past.updated)
            row = RecordingRow(content, published, max(updated, published))
        recordings[recording.id] = row
        yield recording


def _content(series: Series, session: Session) -> str:
    """The hash of all that a calendar entry says, the series' part of it included."""
    told = replace(
        session,
        written="",
        literal_start=None,
        uid=None,
        created=None,
        updated=None,
        sequence=None,
    )
    return digest([told, schedule(session), series.title, series.organizers, series.page])


def _later(now: datetime, than: datetime) -> datetime:
    """`now`, but always after what subscribers have, even when the clock has gone back (D7)."""
    return max(now, than + SECOND)


def _revision(row: Row) -> Revision:
    recordings = {
        identifier: RecordingRevision(
            f"urn:uuid:{derived_uid(row.uid, f'recording:{identifier}')}",
            each.published,
            each.updated,
        )
        for identifier, each in row.recordings.items()
    }
    return Revision(row.uid, row.sequence, row.created, row.modified, recordings)


def _series_uid(series: Series, site: Site) -> str:
    """A UID for a series that has never been published (C12).

    Its seed names the site, its publisher or the organisers, so that two sites' series of the same
    id differ; once published, the ledger keeps the UID whatever becomes of those names.
    """
    names = ", ".join(each.name for each in series.organizers) or series.title
    return str(uuid5(NAMESPACE_URL, f"{_name_of(site, names)}#{series.id}"))


def _name_of(site: Site, otherwise: str) -> str:
    if site.base_url:
        return site.base_url
    return f"urn:webinar-feeds:{site.publisher.name if site.publisher else otherwise}"


def _plain(value: object) -> object:
    """A value as JSON can hold it; instants in UTC, so that only the moment counts."""
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    if hasattr(value, "__slots__") and hasattr(value, "__dataclass_fields__"):
        return {
            name: _plain(getattr(value, name))
            for name in value.__dataclass_fields__
            if getattr(value, name) not in (None, ())
        }
    return value


def _text(record: dict[str, Any], key: str) -> str:
    value = record[key]
    if not isinstance(value, str) or "\ufffd" in value:
        msg = f"`{key}` is not a text"
        raise TypeError(msg)
    return value


def _instant(record: dict[str, Any], key: str) -> datetime:
    return datetime.strptime(_text(record, key), FORMAT).replace(tzinfo=UTC)


def _head(record: dict[str, Any], rows: Mapping[str, Row]) -> Ledger:
    return Ledger(
        uid=_text(record, "uid"),
        content=_text(record, "content"),
        created=_instant(record, "created"),
        modified=_instant(record, "modified"),
        rows=rows,
    )


def _row(record: dict[str, Any]) -> Row:
    sequence = record["sequence"]
    if type(sequence) is not int or sequence < 0:
        msg = "`sequence` is not a whole number"
        raise TypeError(msg)
    return Row(
        uid=_text(record, "uid"),
        sequence=sequence,
        schedule=_text(record, "schedule"),
        content=_text(record, "content"),
        created=_instant(record, "created"),
        modified=_instant(record, "modified"),
        recordings={
            identifier: RecordingRow(
                _text(each, "content"), _instant(each, "published"), _instant(each, "updated")
            )
            for identifier, each in record.get("recordings", {}).items()
        },
    )


def _record(identifier: str, row: Row) -> dict[str, Any]:
    record = {
        "id": identifier,
        "uid": row.uid,
        "sequence": row.sequence,
        "schedule": row.schedule,
        "content": row.content,
        "created": stamp(row.created),
        "modified": stamp(row.modified),
    }
    recordings = {
        key: {
            "content": each.content,
            "published": stamp(each.published),
            "updated": stamp(each.updated),
        }
        for key, each in sorted(row.recordings.items())
    }
    return record | ({"recordings": recordings} if recordings else {})
