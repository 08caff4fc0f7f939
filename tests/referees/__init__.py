"""Referees: other people's readers of calendars and feeds, with one typed face.

Nothing here imports webinar_feeds, and nothing of webinar_feeds reads a calendar or a feed: what
a referee says was found out independently of the code that wrote the bytes. Each function takes
the published bytes; instants are UTC. A reader that refuses a document raises `Refused`.
"""

from __future__ import annotations

from referees.calendars import (
    Event,
    dateutil_instants,
    ical_js,
    icalendar_events,
    khal_list,
    libical,
    libical_findings,
    libical_properties,
    node_ical,
)
from referees.feeds import Item, feedparser_items, feedsmith_items, newsboat_items
from referees.outlook import outlook_instants
from referees.programs import Refused

__all__ = [
    "Event",
    "Item",
    "Refused",
    "dateutil_instants",
    "feedparser_items",
    "feedsmith_items",
    "ical_js",
    "icalendar_events",
    "khal_list",
    "libical",
    "libical_findings",
    "libical_properties",
    "newsboat_items",
    "node_ical",
    "outlook_instants",
]
