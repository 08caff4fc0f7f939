"""A lost ledger, from the calendar that was published: what subscribers have is still there.

Reads with `icalendar`, which is imported only when a ledger is missing. What a calendar cannot
tell (what its texts were made from) counts as changed, so no SEQUENCE can fall (D4, I13).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from webinar_feeds.ledger import Ledger, Row, derived_uid, schedule
from webinar_feeds.model import Status, Told

if TYPE_CHECKING:
    from webinar_feeds.model import Series, Session


# How a calendar of ours says what stands of a session: STATUS and TRANSP.
_TOLD = {
    Status.CONFIRMED: ("CONFIRMED", "OPAQUE"),
    Status.TENTATIVE: ("TENTATIVE", "OPAQUE"),
    Status.CANCELLED: ("CANCELLED", "TRANSPARENT"),
    Status.POSTPONED: ("TENTATIVE", "TRANSPARENT"),
}


def recover(data: bytes, series: Series) -> Ledger | None:
    """The ledger of a series as far as its published calendar tells it.

    Args:
        data: the bytes of `calendar.ics`.
        series: the series as its file tells it now; only its sessions are looked for.

    Returns:
        The ledger, None when the bytes are no calendar of ours.
    """
    import icalendar  # noqa: PLC0415 - a tenth of a second that only a lost ledger costs

    try:
        calendar: Any = icalendar.Calendar.from_ical(data)
        uid = str(calendar["UID"])
        modified = _utc(calendar["LAST-MODIFIED"].dt)
        events = {str(each["UID"]): each for each in calendar.walk("VEVENT")}
        rows = {}
        for session in series.sessions:
            event = events.get(session.uid or derived_uid(uid, session.id))
            if event is not None:
                rows[session.id] = _row(event, session)
    except (ValueError, KeyError, AttributeError, IndexError, TypeError):
        return None
    created = min((row.created for row in rows.values()), default=modified)
    return Ledger(uid, "", created, modified, rows)


def _row(event: Any, session: Session) -> Row:  # noqa: ANN401 - icalendar's components are untyped
    status = (str(event["STATUS"]), str(event["TRANSP"]))
    same = (
        _utc(event["DTSTART"].dt) == session.start
        and _utc(event["DTEND"].dt) == session.end
        and status == _TOLD[session.status]
        and str(event["LOCATION"]) == (session.platform or "Online")
    )
    return Row(
        uid=str(event["UID"]),
        sequence=max(0, int(event["SEQUENCE"])),
        told=Told(
            session.title,
            _utc(event["DTSTART"].dt),
            _utc(event["DTEND"].dt),
            session.zone,
            {told: each for each, told in _TOLD.items()}[status],
        ),
        schedule=schedule(session) if same else "",
        content="",
        private=None,
        created=_utc(event["CREATED"].dt),
        modified=_utc(event["LAST-MODIFIED"].dt),
        recordings={},
    )


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)
