"""Content lines, read as RFC 5545 §3.1 writes them and no further.

For the referees that read only a part (dateutil: VTIMEZONEs; the model of Outlook: rules) and for
the rules about bytes. Deliberately small, and nothing of it is shared with what writes the lines.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NAME = "[A-Za-z0-9-]+"
PARAMETER = rf';{NAME}=(?:"[^"]*"|[^";:])*'


class Line(NamedTuple):
    """A content line: its name, its parameters and its value, escapes left as they are."""

    name: str
    parameters: dict[str, str]
    value: str


class Component(NamedTuple):
    """A component: its name, its own lines, and the components in it, in the file's order."""

    name: str
    lines: list[Line]
    components: list[Component]

    def all(self, name: str) -> list[Line]:
        """Its own lines of a name."""
        return [line for line in self.lines if line.name == name]

    def one(self, name: str) -> Line:
        """Its only line of a name; ValueError when there are none or several."""
        (found,) = self.all(name)
        return found

    def parts(self, name: str) -> list[Component]:
        """The components of a name directly in it."""
        return [component for component in self.components if component.name == name]


def unfolded(data: bytes) -> list[str]:
    """The logical lines of a calendar."""
    return re.sub(rb"\r\n[ \t]", b"", data).decode().removesuffix("\r\n").split("\r\n")


def line(text: str) -> Line:
    """A logical line in its parts; a quoted parameter may hold `:`, `;` and `,`."""
    found = re.fullmatch(
        r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:])*)*):(.*)', text, re.DOTALL
    )
    if found is None:
        message = f"not a content line: {text!r}"
        raise ValueError(message)
    name, parameters, value = found.groups()
    pairs = (one.removeprefix(";").split("=", 1) for one in re.findall(PARAMETER, parameters))
    return Line(name, {key: told.strip('"') for key, told in pairs}, value)


def components(data: bytes) -> list[Component]:
    """The components at the top of a file."""
    return _inside(iter([line(text) for text in unfolded(data)]), Component("", [], [])).components


def calendar(data: bytes) -> Component:
    """The one VCALENDAR of a file."""
    (found,) = components(data)
    assert found.name == "VCALENDAR"
    return found


def _inside(lines: Iterator[Line], component: Component) -> Component:
    for one in lines:
        if one.name == "BEGIN":
            component.components.append(_inside(lines, Component(one.value, [], [])))
        elif one.name == "END":
            assert one.value == component.name
            return component
        else:
            component.lines.append(one)
    assert not component.name, f"{component.name} has no end"
    return component


def texts(data: bytes, name: str) -> Sequence[str]:
    """The components of a name as text, unfolded, in the file's order."""
    whole = "\n".join(unfolded(data))
    return re.findall(rf"(?ms)^BEGIN:{name}$.*?^END:{name}$", whole)
