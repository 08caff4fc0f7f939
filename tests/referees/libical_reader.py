"""What libical reads in calendars: one JSON line in, one out, until the input ends.

Run by the system's Python, which has libical's GObject face (python3-gi, gir1.2-ical-3.0). Text
values and what libical complains about come from the bytes as they are; instants from a copy in
which every zone has another name, so that the file's own VTIMEZONE is all that libical knows.
"""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import gi

gi.require_version("ICalGLib", "3.0")
from gi.repository import ICalGLib  # noqa: E402 - only there once its version is asked for

if TYPE_CHECKING:
    from collections.abc import Iterator

KIND = ICalGLib.ComponentKind
PROPERTY = ICalGLib.PropertyKind


def children(component: Any, kind: Any) -> Iterator[Any]:
    """The components of a kind directly inside another."""
    child = component.get_first_component(kind)
    while child is not None:
        yield child
        child = component.get_next_component(kind)


def properties(component: Any, kind: Any = PROPERTY.ANY_PROPERTY) -> Iterator[Any]:
    """A component's properties of a kind."""
    found = component.get_first_property(kind)
    while found is not None:
        yield found
        found = component.get_next_property(kind)


def parsed(text: str) -> Any:
    """The one VCALENDAR in a text."""
    component = ICalGLib.Component.new_from_string(text)
    if component is None or component.isa() != KIND.VCALENDAR_COMPONENT:
        message = "not one VCALENDAR"
        raise ValueError(message)
    return component


def renamed(text: str) -> str:
    """The text with names of zones that no database has."""
    unfolded = re.sub(r"\r?\n[ \t]", "", text)
    unlocated = re.sub(r"(?m)^X-LIC-LOCATION:.*\r?\n", "", unfolded)
    named = re.sub(r"(?m)^TZID:", "TZID:the-files-own-", unlocated)
    return re.sub(r"(?m)^([A-Z-]+;(?:[^:\r\n]*;)?TZID=\"?)", r"\1the-files-own-", named)


def instant(event: Any, kind: Any, zones: dict[str, Any]) -> int | None:
    """The instant of DTSTART or DTEND in seconds since 1970."""
    found = event.get_first_property(kind)
    if found is None:
        return None
    time = ICalGLib.Value.new_from_string(
        ICalGLib.ValueKind.DATETIME_VALUE, found.get_value_as_string()
    ).get_datetime()
    parameter = found.get_first_parameter(ICalGLib.ParameterKind.TZID_PARAMETER)
    if parameter is not None:
        return int(time.as_timet_with_zone(zones[parameter.get_tzid()]))
    if not time.is_utc():
        message = f"a floating time: {found.as_ical_string()}"
        raise ValueError(message)
    return int(time.as_timet())


def instants(text: str) -> list[tuple[int | None, int | None]]:
    """Start and end of every VEVENT, by the file's own zones."""
    calendar = parsed(renamed(text))
    zones = {}
    for component in children(calendar, KIND.VTIMEZONE_COMPONENT):
        zone = ICalGLib.Timezone.new()
        tzid = component.get_first_property(PROPERTY.TZID_PROPERTY).get_tzid()
        zone.set_component(component.clone())
        zones[tzid] = zone
    return [
        (
            instant(event, PROPERTY.DTSTART_PROPERTY, zones),
            instant(event, PROPERTY.DTEND_PROPERTY, zones),
        )
        for event in children(calendar, KIND.VEVENT_COMPONENT)
    ]


def told(found: Any) -> str:
    """A property's value, unescaped when it is a text."""
    held = found.get_value()
    kind = held.isa()
    if kind == ICalGLib.ValueKind.TEXT_VALUE:
        return str(held.get_text())
    if kind == ICalGLib.ValueKind.X_VALUE:
        return str(held.get_x())
    return str(held.as_ical_string())


def value(component: Any, kind: Any) -> str | None:
    """The value of a component's first property of a kind."""
    found = component.get_first_property(kind)
    return None if found is None else told(found)


def errors(component: Any) -> Iterator[str]:
    """What libical noted about a component and all that is in it."""
    for found in properties(component, PROPERTY.XLICERROR_PROPERTY):
        yield str(found.get_value_as_string())
    for child in children(component, KIND.ANY_COMPONENT):
        yield from errors(child)


def read(text: str) -> dict[str, Any]:
    """A calendar's events, its own properties, and libical's complaints."""
    calendar = parsed(text)
    events = []
    for event, (start, end) in zip(
        children(calendar, KIND.VEVENT_COMPONENT), instants(text), strict=True
    ):
        sequence = value(event, PROPERTY.SEQUENCE_PROPERTY)
        events.append(
            {
                "uid": value(event, PROPERTY.UID_PROPERTY),
                "start": start,
                "end": end,
                "summary": value(event, PROPERTY.SUMMARY_PROPERTY),
                "description": value(event, PROPERTY.DESCRIPTION_PROPERTY),
                "location": value(event, PROPERTY.LOCATION_PROPERTY),
                "status": value(event, PROPERTY.STATUS_PROPERTY),
                "sequence": None if sequence is None else int(sequence),
                "categories": None,  # it does not part them at their commas
                "url": value(event, PROPERTY.URL_PROPERTY),
            }
        )
    names = [(found.get_property_name(), told(found)) for found in properties(calendar)]
    ICalGLib.restriction_check(calendar)
    return {"events": events, "properties": names, "findings": list(errors(calendar))}


def main() -> None:
    """Answer every line until there are no more."""
    for line in sys.stdin:
        answer: dict[str, Any]
        try:
            answer = read(json.loads(line)["text"])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


main()
