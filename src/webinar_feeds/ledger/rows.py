"""What a ledger holds, and its bytes: one JSON object a line, sorted by id.

An empty line stands between two records, because git merges changes of lines that do not touch.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring as _quoted
from typing import TYPE_CHECKING, Any, NamedTuple

from webinar_feeds import timezones
from webinar_feeds.diagnostics import Location, Severity, declare
from webinar_feeds.model import Status, Told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from webinar_feeds.diagnostics import Diagnostic

_ERROR = Severity.ERROR
corrupt = declare(
    "WF603",
    _ERROR,
    "this line of the ledger cannot be read: {why}",
    help="restore the file from version control, or run `webinar-feeds ledger rebuild`; it "
    "remembers what subscribers already have",
)
conflict = declare(
    "WF605",
    _ERROR,
    "the ledger holds the marks of a merge that is not finished",
    help="run `webinar-feeds ledger merge`; it keeps for each session what was published last",
)
FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
# No text of ours holds these: controls, halves of characters, and what turns text around (S2).
_REFUSED = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
# What a byte that is no text is read as; a title may hold it as any other character.
_DAMAGED = "\ufffd"
# Raise it when hashes are made in another way; those of before are then not compared.
HASHES = 1
NO_RECORD = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
MARKS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
_encode = json.JSONEncoder(ensure_ascii=False).encode


class RecordingRow(NamedTuple):
    """A recording that has appeared in the feeds.

    `name` is what its lasting id was made from, which outlives a change of its own id; `url` is
    where it was last found, None when it was only announced; `removed` is when it was taken out of
    the feeds, None while it is in them.
    """

    content: str
    published: datetime
    updated: datetime
    name: str
    url: str | None = None
    removed: datetime | None = None


class Was(NamedTuple):
    """A change that was published: when, under which SEQUENCE, and what had been told before."""

    at: datetime
    sequence: int
    told: Told


class Row(NamedTuple):
    """A session that has been published: identifiers, what was told, hashes, and stamps (D2).

    `schedule` and `content` are hashes over meaning; `private` is one over what is not published,
    empty when there is nothing of that kind and None when it is not known. `removed` is when the
    session left the programme, `left` when it left the calendars; `formerly` are its former ids.
    """

    uid: str
    sequence: int
    told: Told
    schedule: str
    content: str
    private: str | None
    created: datetime
    modified: datetime
    recordings: Mapping[str, RecordingRow]
    changes: tuple[Was, ...] = ()
    removed: datetime | None = None
    left: datetime | None = None
    formerly: tuple[str, ...] = ()


class Ledger(NamedTuple):
    """What has been published of one series: the series itself, and its sessions by id.

    `modified` is when the series' own texts changed; `hashes` says how its hashes were made.
    """

    uid: str
    content: str
    created: datetime
    modified: datetime
    rows: Mapping[str, Row]
    hashes: int = HASHES


def parse(data: bytes, path: str) -> tuple[Ledger | None, tuple[Diagnostic, ...]]:
    """A ledger from its bytes; without a first line that names the series there is none.

    Args:
        data: the file, which may be empty; the public copy is read as well.
        path: the file's path as the user should see it in diagnostics.
    """
    head: dict[str, Any] | None = None
    rows: dict[str, Row] = {}
    for number, line in enumerate(data.decode("utf-8", errors="replace").split("\n"), 1):
        if line.startswith(MARKS):
            return None, (conflict.diagnostic(_place(path, number, line)),)
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            if "series" in record:
                head = record
                _head(head, rows)
            elif _id(record["id"]) in rows:
                why = f"`{record['id']}` has another line above"
                return None, (corrupt.diagnostic(_place(path, number, line), why=why),)
            else:
                is_public = head is not None and bool(head.get("public"))
                rows[record["id"]] = _row(record, is_public=is_public)
        except NO_RECORD as error:
            why = f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else str(error)
            return None, (corrupt.diagnostic(_place(path, number, line), why=why),)
    if head is None:
        if not rows:
            return None, ()
        why = "the line that names the series is missing"
        return None, (corrupt.diagnostic(Location(path), why=why),)
    return _head(head, rows), ()


def dump(ledger: Ledger, series_id: str, *, public: bool = False) -> bytes:
    """The ledger's bytes: the series first, then a line a session, sorted by id.

    Args:
        ledger: what has been published.
        series_id: of which series.
        public: leave out what is not for everybody; this copy travels with what is published.
    """
    lines = [_head_line(ledger, series_id, public=public)]
    for identifier, row in sorted(ledger.rows.items()):
        lines.append(_line(identifier, row, public=public))
    return ("\n\n".join(lines) + "\n").encode()


def published(data: bytes, ledger: Ledger, series_id: str) -> bytes:
    """The public copy of a ledger whose own bytes are at hand: mostly the same lines."""
    if any(row.private != "" for row in ledger.rows.values()):
        return dump(ledger, series_id, public=True)
    _, between, rest = data.partition(b"\n\n")
    head = _head_line(ledger, series_id, public=True).encode()
    return head + (between + rest or b"\n")


def _head_line(ledger: Ledger, series_id: str, *, public: bool) -> str:
    is_public = ', "public": true' if public else ""
    return (
        f'{{"series": {_quoted(series_id)}, "uid": {_quoted(ledger.uid)}, '
        f'"hashes": {ledger.hashes}{is_public}, "content": {_quoted(ledger.content)}, '
        f'"created": "{stamp(ledger.created)}", "modified": "{stamp(ledger.modified)}"}}'
    )


@lru_cache(maxsize=1024)
def stamp(instant: datetime) -> str:
    """An instant as the ledger writes it."""
    return _written(instant)


def _written(instant: datetime) -> str:
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return f"{instant.isoformat()[:19]}Z"


def _line(identifier: str, row: Row, *, public: bool) -> str:
    """A row as JSON; put together by hand, which takes a third of the time."""
    told = row.told
    line = (
        f'{{"id": {_quoted(identifier)}, "uid": {_quoted(row.uid)}, "sequence": {row.sequence}, '
        f'"title": {_quoted(told.title)}, "start": "{_written(told.start)}", '
        f'"end": "{_written(told.end)}", "zone": {_quoted(told.zone)}, "status": "{told.status}", '
        f'"schedule": {_quoted(row.schedule)}, "content": {_quoted(row.content)}'
    )
    if row.private != "" and not public:
        line += f', "private": {_encode(row.private)}'
    line += f', "created": "{stamp(row.created)}", "modified": "{stamp(row.modified)}"'
    if row.recordings:
        found = (_recording(key, each) for key, each in sorted(row.recordings.items()))
        line += f', "recordings": {{{", ".join(found)}}}'
    more: dict[str, Any] = {}
    if row.changes:
        more["changes"] = list(_changes(row))
    if row.removed:
        more["removed"] = stamp(row.removed)
    if row.left:
        more["left"] = stamp(row.left)
    if row.formerly:
        more["formerly"] = row.formerly
    return f"{line}, {_encode(more)[1:]}" if more else f"{line}}}"


def _recording(key: str, row: RecordingRow) -> str:
    """A recording's row behind its id."""
    name = "" if row.name == key else f', "name": {_quoted(row.name)}'
    url = "" if row.url is None else f', "url": {_quoted(row.url)}'
    removed = "" if row.removed is None else f', "removed": "{stamp(row.removed)}"'
    stamps = f'"published": "{stamp(row.published)}", "updated": "{stamp(row.updated)}"'
    content = _quoted(row.content)
    return f'{_quoted(key)}: {{"content": {content}, {stamps}{name}{url}{removed}}}'


def _changes(row: Row) -> Iterator[dict[str, Any]]:
    """The changes, each with those facts that were otherwise before it."""
    after = [*(each.told for each in row.changes[1:]), row.told]
    for was, told in zip(row.changes, after, strict=True):
        before = was.told
        facts: dict[str, Any] = {}
        if before.title != told.title:
            facts["title"] = before.title
        for key, old, new in (
            ("start", before.start, told.start),
            ("end", before.end, told.end),
        ):
            if old != new:
                facts[key] = stamp(old)
        if before.zone != told.zone:
            facts["zone"] = before.zone
        if before.status is not told.status:
            facts["status"] = before.status.value
        yield {"at": stamp(was.at), "sequence": was.sequence, "was": facts}


def _place(path: str, number: int, line: str) -> Location:
    return Location(path, number, 1, len(line) + 1, line)


def text_of(record: dict[str, Any], key: str) -> str:
    """A text of a record.

    Raises:
        KeyError, TypeError: there is none, or it holds what no text of ours does (S2).
    """
    value = record[key]
    if not isinstance(value, str) or _DAMAGED in value or _REFUSED.search(value):
        msg = f"`{key}` is not a text"
        raise TypeError(msg)
    return value


def _id(value: object) -> str:
    """An id, which is part of addresses and paths (S6)."""
    if not isinstance(value, str) or _ID.fullmatch(value) is None:
        msg = f"`{value}` is not an id"
        raise TypeError(msg)
    return value


def title_of(record: dict[str, Any], key: str = "title") -> str:
    """A title, in one line: a calendar of another program may have had more.

    Raises:
        KeyError, TypeError: there is none.
    """
    title = record[key]
    return _REFUSED.sub(" ", title).strip() if isinstance(title, str) else text_of(record, key)


@lru_cache(maxsize=256)
def _zone(name: str) -> str:
    """A zone; UTC for one that the tz database of today does not know."""
    try:
        timezones.at(_BEGINNING, name)
    except (ValueError, LookupError, OSError):
        return "UTC"
    return name


def _number(record: dict[str, Any], key: str) -> int:
    value = record[key]
    if type(value) is not int or value < 0:
        msg = f"`{key}` is not a whole number"
        raise TypeError(msg)
    return value


def _instant(record: dict[str, Any], key: str) -> datetime:
    text = text_of(record, key)
    is_one = len(text) == len("2027-01-14T12:00:00Z") and text[10] == "T" and text[19] == "Z"
    # At the ends of the calendar, other zones' clocks and a second later would be beyond it.
    if not is_one or text.startswith(("0001", "9999")):
        msg = f"`{key}` is not an instant"
        raise ValueError(msg)
    return datetime.fromisoformat(text)


def _perhaps(record: dict[str, Any], key: str) -> datetime | None:
    return _instant(record, key) if key in record else None


def _head(record: dict[str, Any], rows: Mapping[str, Row]) -> Ledger:
    return Ledger(
        uid=text_of(record, "uid"),
        content=text_of(record, "content"),
        created=_instant(record, "created"),
        modified=_instant(record, "modified"),
        rows=rows,
        hashes=_number(record, "hashes") if "hashes" in record else 0,
    )


def _row(record: dict[str, Any], *, is_public: bool) -> Row:
    told = Told(
        title_of(record),
        _instant(record, "start"),
        _instant(record, "end"),
        _zone(text_of(record, "zone")),
        Status(text_of(record, "status")),
    )
    private: str | None = ""
    if is_public or record.get("private", "") is None:
        private = None  # nobody knows, as after a rebuild from what was published
    elif "private" in record:
        private = text_of(record, "private")
    return Row(
        uid=text_of(record, "uid"),
        sequence=_number(record, "sequence"),
        told=told,
        schedule=text_of(record, "schedule"),
        content=text_of(record, "content"),
        private=private,
        created=_instant(record, "created"),
        modified=_instant(record, "modified"),
        recordings={
            identifier: RecordingRow(
                text_of(each, "content"),
                _instant(each, "published"),
                _instant(each, "updated"),
                text_of(each, "name") if "name" in each else identifier,
                text_of(each, "url") if "url" in each else None,
                _perhaps(each, "removed"),
            )
            for identifier, each in record.get("recordings", {}).items()
        },
        changes=_read_changes(_list(record, "changes"), told),
        removed=_perhaps(record, "removed"),
        left=_perhaps(record, "left"),
        formerly=tuple(map(_id, _list(record, "formerly"))),
    )


def _list(record: dict[str, Any], key: str) -> list[Any]:
    value = record.get(key, [])
    if not isinstance(value, list):
        msg = f"`{key}` is not a list"
        raise TypeError(msg)
    return value


def _read_changes(records: list[dict[str, Any]], told: Told) -> tuple[Was, ...]:
    """The changes with everything that had been told before each: from the newest back."""
    found: list[Was] = []
    for record in reversed(records):
        facts = record["was"]
        told = Told(
            title_of(facts) if "title" in facts else told.title,
            _perhaps(facts, "start") or told.start,
            _perhaps(facts, "end") or told.end,
            _zone(text_of(facts, "zone")) if "zone" in facts else told.zone,
            Status(text_of(facts, "status")) if "status" in facts else told.status,
        )
        found.append(Was(_instant(record, "at"), _number(record, "sequence"), told))
    return tuple(reversed(found))
