"""Keeping a shared CalDAV calendar equal to a series, beside whatever else is in it (RFC 4791).

An event is ours when our ledger has given it its UID; all others are never touched. Every write is
bound to the version that was read, so that a change by somebody else is never overwritten unseen.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urljoin, urlsplit
from xml.etree import ElementTree as ET

from webinar_feeds import ledger
from webinar_feeds.artifacts import LEDGER, MANIFEST, parse_manifest
from webinar_feeds.diagnostics import Location, Refused, Severity, declare
from webinar_feeds.locking import Trouble, lock
from webinar_feeds.publishing import remembering
from webinar_feeds.publishing.targets import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from caldav.davclient import DAVClient
    from caldav.response import DAVResponse

SCHEMES = {"caldav": "http", "caldavs": "https"}
TIMEOUT = 30  # seconds
PAUSES = (1.0, 4.0, 15.0)  # seconds between the tries of a request
ROUNDS = 3  # so often somebody else may change an event while we do
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_DAV, _CAL, _CS = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}", "{http://calendarserver.org/ns/}"
_WHICH = (
    '<propfind xmlns="DAV:" xmlns:s="http://calendarserver.org/ns/"><prop><resourcetype/>'
    "<s:getctag/></prop></propfind>"
)
_ALL = (
    '<c:calendar-query xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><getetag/>'
    '<c:calendar-data/></prop><c:filter><c:comp-filter name="VCALENDAR">'
    '<c:comp-filter name="VEVENT"/></c:comp-filter></c:filter></c:calendar-query>'
)
ahead = declare(
    "WF856",
    Severity.ERROR,
    "session `{session}` has SEQUENCE {theirs} in that calendar, and this output has {ours}",
    help="build again with `--previous` and the place where it was published last; if somebody has "
    "edited the event in the calendar, publish with `--all`",
)


class Event(NamedTuple):
    """A session as an event of its own: its id, and its bytes."""

    session: str
    data: bytes


class There(NamedTuple):
    """An event as it is in the collection: where, in which version, and what it says."""

    href: str
    etag: str
    data: bytes


class Verb(StrEnum):
    """What is done to an event."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"


class Deed(NamedTuple):
    """One thing to do; `there` is what it is done to, None for what is added."""

    verb: Verb
    uid: str
    session: str
    data: bytes = b""
    there: There | None = None


class Kept(NamedTuple):
    """What we know of an event from the last time: its version, and the hash of what we sent."""

    etag: str
    sha256: str


class Plan(NamedTuple):
    """A series: the events that are to be there by UID, and the ids of all that ever were."""

    events: Mapping[str, Event]
    known: Mapping[str, str]


# --- What is to be done --------------------------------------------------------------------------


def deeds(plan: Plan, theirs: Iterable[There], kept: Mapping[str, Kept]) -> Iterator[Deed]:
    """What makes a collection hold a series; nothing is done to the events of others.

    Args:
        plan: the series.
        theirs: all events of the collection.
        kept: what we know from the last time, by UID.
    """
    there = {uid: each for each in theirs if (uid := value(each.data, "UID")) in plan.known}
    for uid, event in plan.events.items():
        found = there.get(uid)
        if found is None:
            yield Deed(Verb.ADD, uid, event.session, event.data)
        elif not _is_same(event, found, kept.get(uid)):
            yield Deed(Verb.CHANGE, uid, event.session, event.data, found)
    for uid in sorted(there.keys() - plan.events.keys()):
        yield Deed(Verb.REMOVE, uid, plan.known[uid], there=there[uid])


def _is_same(ours: Event, theirs: There, kept: Kept | None) -> bool:
    """Whether nobody has changed it since we sent it, or it says the same all the same."""
    if kept == Kept(theirs.etag, sha256(ours.data).hexdigest()):
        return True
    return _said(ours.data) == _said(theirs.data)


def _said(data: bytes) -> list[str]:
    """The lines of an event in any order: servers fold and sort as they like."""
    event = re.search(r"(?ms)^BEGIN:VEVENT$(.+?)^END:VEVENT$", _unfolded(data))
    return sorted(event[1].split("\n")) if event else []


def value(data: bytes, name: str) -> str:
    """The value of an event's property, empty when it has none."""
    event = _unfolded(data).partition("BEGIN:VEVENT")[2]
    found = re.search(rf"(?m)^{name}(?:;[^:\n]*)?:(.*)$", event)
    return found[1].strip() if found else ""


def _unfolded(data: bytes) -> str:
    # By bytes: a line may be folded within a character.
    plain = re.sub(rb"\n[ \t]", b"", data.replace(b"\r\n", b"\n"))
    return plain.decode("utf-8", errors="replace")


def overtaken(found: Iterable[Deed]) -> Iterator[Deed]:
    """The changes that would lower a SEQUENCE (I13)."""
    for deed in found:
        if deed.verb is Verb.CHANGE and deed.there is not None:
            ours, theirs = value(deed.data, "SEQUENCE"), value(deed.there.data, "SEQUENCE")
            if _number(theirs) > _number(ours):
                yield deed


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


# --- What it is made from -------------------------------------------------------------------------


def plan_of(output: Path, series: str | None) -> Plan:
    """The events of a series of the output: its invites, by the UIDs of its ledger.

    Args:
        output: the folder that a build has made.
        series: its id; None where there is one only.

    Raises:
        Trouble: there is no such series.
    """
    try:
        listed = parse_manifest((output / MANIFEST).read_bytes()) or {}
    except OSError:
        listed = {}
    there = [path.partition("/")[0] for path in listed if path.endswith(f"/{LEDGER}")]
    if series is None and len(there) == 1:
        series = there[0]
    if series not in there:
        names = " or ".join(f"`--series {each}`" for each in sorted(there)[:8])
        what = f"write {names}" if there else "run `webinar-feeds build`"
        msg = f"a calendar is kept equal to one series of `{output.as_posix()}`: {what}"
        raise Trouble(msg)
    path = f"{series}/{LEDGER}"
    held, _ = ledger.parse((output / path).read_bytes(), path)
    rows = {} if held is None else held.rows
    events = {}
    for session, row in rows.items():
        invite = f"{series}/invites/{session}.ics"
        if invite in listed:
            events[row.uid] = Event(session, (output / invite).read_bytes())
    return Plan(events, {row.uid: session for session, row in rows.items()})


# --- Over the network ----------------------------------------------------------------------------


class _Differs(Exception):  # noqa: N818 - an answer, not a failure
    """Somebody has changed an event meanwhile."""


class Collection:
    """A calendar on a CalDAV server.

    Args:
        url: `caldavs://host/path/of/the/calendar/`.
        user: who we are there, None where nobody asks.
        password: theirs.
        pause: waits for so many seconds.

    Raises:
        Unavailable: the extra is not installed, or the address is not one to send a password to.
    """

    def __init__(
        self, url: str, user: str | None, password: str | None, pause: Callable[[float], None]
    ) -> None:
        parts = urlsplit(url)
        self.name = f"{parts.scheme}://{parts.hostname}{parts.path}"
        if parts.username or parts.password or not parts.hostname:
            msg = f"`{self.name}`: put name and password into CALDAV_USERNAME and CALDAV_PASSWORD"
            raise Unavailable(msg)
        if parts.scheme == "caldav" and password and parts.hostname not in _HERE:
            msg = f"`{self.name}` would show the password to anybody on the way: write `caldavs:`"
            raise Unavailable(msg)
        try:
            from caldav.davclient import DAVClient  # noqa: PLC0415 - an extra
            from caldav.lib.error import DAVError  # noqa: PLC0415 - an extra
        except ImportError:
            msg = (
                f'`{self.name}` needs one more package: run `pip install "webinar-feeds[publish]"`'
            )
            raise Unavailable(msg) from None
        self.errors = (DAVError, OSError)
        path = parts.path if parts.path.endswith("/") else f"{parts.path}/"
        self.url = f"{SCHEMES[parts.scheme]}://{parts.netloc}{path}"
        self.pause = pause
        self.client: DAVClient = DAVClient(
            self.url,
            username=user,
            password=password,
            timeout=TIMEOUT,
            enable_rfc6764=False,
            require_tls=parts.scheme == "caldavs",
        )

    def close(self) -> None:
        """Let go of the connection."""
        self.client.close()

    def tag(self) -> str | None:
        """What changes whenever anything in the collection does, None where the server has none."""
        answer = self._ask("PROPFIND", self.url, _WHICH, {"Depth": "0"})
        prop = self._tree(answer).find(f".//{_DAV}prop")
        if prop is None or prop.find(f"{_DAV}resourcetype/{_CAL}calendar") is None:
            msg = f"`{self.name}` is not a calendar: copy the address that its own settings show"
            raise Unavailable(msg)
        found = prop.findtext(f"{_CS}getctag")
        return found or None

    def events(self) -> list[There]:
        """Every event of the collection."""
        answer = self._ask("REPORT", self.url, _ALL, {"Depth": "1"})
        found = []
        for each in self._tree(answer).iter(f"{_DAV}response"):
            data = each.findtext(f".//{_CAL}calendar-data")
            if data:
                href = urljoin(self.url, each.findtext(f"{_DAV}href") or "")
                found.append(There(href, each.findtext(f".//{_DAV}getetag") or "", data.encode()))
        return found

    def do(self, deed: Deed) -> None:
        """Do it to the version that was read.

        Raises:
            _Differs: it is another version by now.
        """
        if deed.there is None:
            href = urljoin(self.url, f"{quote(deed.uid, safe='')}.ics")
            condition = {"If-None-Match": "*"}
        else:
            href = deed.there.href
            condition = {"If-Match": deed.there.etag}
        if deed.verb is Verb.REMOVE:
            self._ask("DELETE", href, "", condition)
        else:
            kind = {"Content-Type": "text/calendar; charset=utf-8", **condition}
            self._ask("PUT", href, deed.data.decode(), kind)

    def _tree(self, answer: DAVResponse) -> ET.Element:
        try:
            # It loads no entity from elsewhere, and limits what one may grow to (S8).
            return ET.fromstring(answer.raw)  # noqa: S314 - as above
        except ET.ParseError:
            msg = f"`{self.name}` does not answer as a calendar: check the address"
            raise Unavailable(msg) from None

    def _ask(self, method: str, href: str, body: str, headers: Mapping[str, str]) -> DAVResponse:
        """A request that is repeated while it may go better later."""
        sent = {"Content-Type": "application/xml; charset=utf-8", **headers}
        for wait in (*PAUSES, None):
            with self._told(final=wait is None):
                answer = self.client.request(href, method, body, sent)
                status = int(answer.status)
                if status in (200, 201, 204, 207) or (method == "DELETE" and status == 404):
                    return answer
                if status == 412:
                    raise _Differs(href)
                if wait is None or not (status in {408, 429} or status >= 500):
                    raise self._refused(status, str(answer.reason))
            self.pause(wait or 0)
        raise self._refused(0, "no answer")  # pragma: no cover - the last try has told why

    @contextmanager
    def _told(self, *, final: bool) -> Iterator[None]:
        from caldav.lib.error import AuthorizationError  # noqa: PLC0415 - an extra

        try:
            yield
        except AuthorizationError as error:
            raise self._refused(401, str(error.reason)) from error
        except self.errors as error:
            if final:
                msg = f"`{self.name}`: {_first_line(error)}: check the address, and publish again"
                raise Unavailable(msg) from error

    def _refused(self, status: int, reason: str) -> Unavailable:
        cure = "publish again later"
        if status in (401, 403):
            cure = "check CALDAV_USERNAME and CALDAV_PASSWORD, and who may write there"
        elif status == 404:
            cure = "copy the address that the calendar's own settings show"
        return Unavailable(f"`{self.name}`: the server says {status} {reason}: {cure}")


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


# --- A publication -------------------------------------------------------------------------------


def keep(
    output: Path,
    collection: Collection,
    series: str | None,
    *,
    everything: bool = False,
    dry_run: bool = False,
) -> tuple[Deed, ...]:
    """Make a calendar hold a series.

    Args:
        output: the folder that a build has made.
        collection: the calendar.
        series: the id of the series; None where there is one only.
        everything: also overwrite events whose SEQUENCE is higher there.
        dry_run: write nothing.

    Returns:
        What was done, or would be.

    Raises:
        Refused: it should not be done; nothing was written.
        Trouble: the server or the disk stood in the way; the next publication completes it.
    """
    with lock(output):
        plan = plan_of(output, series)
        name = f"{collection.name} {series or ''}"
        wanted = _hash(plan)
        seen = remembering.read(output, name) or {}
        tag = collection.tag()
        if (
            tag is not None
            and not everything
            and (seen.get("tag"), seen.get("series"))
            == (
                tag,
                wanted,
            )
        ):
            return ()
        kept = {
            uid: Kept(*row) for uid, row in dict(seen.get("events", {})).items() if len(row) == 2
        }
        done: list[Deed] = []
        for _ in range(ROUNDS):
            theirs = collection.events()
            found = tuple(deeds(plan, theirs, kept))
            if not everything:
                refuse(overtaken(found))
            if dry_run:
                return found
            sent = {deed.uid for deed in done}
            # A server may rewrite what it is sent: that is what it is, then.
            left = [deed for deed in found if deed.uid not in sent]
            if not left:
                _remember(output, name, collection, plan, theirs, wanted, tag if not done else None)
                return tuple(done)
            done += _done(collection, left)
        msg = f"`{collection.name}`: somebody else keeps changing it: publish again later"
        raise Unavailable(msg)


def _done(collection: Collection, left: Iterable[Deed]) -> Iterator[Deed]:
    for deed in left:
        try:
            collection.do(deed)
        except _Differs:
            continue
        yield deed


def refuse(found: Iterable[Deed]) -> None:
    """Refuse a publication for the sake of some changes.

    Raises:
        Refused: there are any.
    """
    said = [
        ahead.diagnostic(
            Location(deed.session),
            session=deed.session,
            ours=value(deed.data, "SEQUENCE") or 0,
            theirs=value(deed.there.data, "SEQUENCE"),
        )
        for deed in found
        if deed.there is not None
    ]
    if said:
        raise Refused(said)


def _remember(  # noqa: PLR0913, PLR0917 - what there is to be remembered
    output: Path,
    name: str,
    collection: Collection,
    plan: Plan,
    theirs: Iterable[There],
    wanted: str,
    tag: str | None,
) -> None:
    events = {}
    for each in theirs:
        uid = value(each.data, "UID")
        if uid in plan.events:
            events[uid] = (each.etag, sha256(plan.events[uid].data).hexdigest())
    held = {"tag": tag or collection.tag(), "series": wanted, "events": events}
    remembering.write(output, name, held)


def _hash(plan: Plan) -> str:
    held = sha256()
    for uid, event in sorted(plan.events.items()):
        held.update(f"{uid} {len(event.data)}\n".encode() + event.data)
    held.update(repr(sorted(plan.known)).encode())
    return held.hexdigest()
