"""Who is invited: lists of people, as spreadsheets and webinar services export them.

Takes bytes and opens no file; what is wrong comes back as diagnostics, by line and column, all in
one go. A list that has an error invites nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import timezones
from webinar_feeds.diagnostics import Location, Related, Severity, declare, failed
from webinar_feeds.invitations import addresses, tables
from webinar_feeds.invitations.headings import (
    Column,
    Role,
    column,
    is_all,
    is_heading,
    is_not_coming,
    plain,
    role,
)
from webinar_feeds.reading.characters import shortened
from webinar_feeds.reading.kinds import language_tag
from webinar_feeds.timezones import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from webinar_feeds.diagnostics import Diagnostic, Rule
    from webinar_feeds.invitations.addresses import Address
    from webinar_feeds.invitations.programme import Programme
    from webinar_feeds.invitations.tables import Cell, Table
    from webinar_feeds.reading.characters import Source

no_addresses = declare(
    "WF902",
    Severity.ERROR,
    "no column of this list is one of mail addresses",
    help="name the columns in the first line, such as `name,email,sessions,language,timezone`",
)
no_address = declare(
    "WF904",
    Severity.WARNING,
    "this line has no mail address, and is left out",
    help="write the address into its column, or remove the line",
)
duplicate = declare(
    "WF905",
    Severity.WARNING,
    "`{text}` is in the list twice; both lines are taken together",
    help="remove one of the two; a person gets one letter in any case",
)
unknown_session = declare(
    "WF906",
    Severity.ERROR,
    "`{text}` is not a session of `{series}`",
    help="{suggestion}",
)
unknown_language = declare(
    "WF907",
    Severity.ERROR,
    "`{text}` is not a language",
    help="write its tag, such as `en`, `fr`, `pt-BR` or `ar`, or leave the cell empty",
)
unknown_role = declare(
    "WF908",
    Severity.WARNING,
    "`{text}` is not a role; a participant is meant",
    help="write `participant`, `optional`, `speaker` or `host`, or name the column otherwise",
)
column_twice = declare(
    "WF909",
    Severity.ERROR,
    "two columns are taken for the {what}: `{one}` and `{other}`",
    help="rename the one that is not meant",
)
bad_character = declare(
    "WF911",
    Severity.ERROR,
    "the cell holds {name}, which cannot be shown",
    help="delete it; copying from another program may have brought it in",
)
no_name = declare(
    "WF914",
    Severity.WARNING,
    "`{text}` is no name, as it holds an address, and is left out of the letter",
    help="write the person's name; whoever registers may write anything there, and your letter "
    "would carry it",
)
ROLES = tuple(Role)
# What mail programs make a link of: a letter from a trusted sender must not carry a stranger's.
_LINK = re.compile(
    r"://|\bwww\.|@|\b[\w-]+\.(?:com|net|org|info|biz|io|ru|cn|top|xyz)\b", re.IGNORECASE
)
_LIMIT = 200  # characters of a name; no person has a longer one, and an attack may


class Attendee(NamedTuple):
    """A person who is invited.

    `sessions` are the ids of those they are invited to, None for all, `speaks` of those they speak
    in; `role` is what they are to all of them at least. `language` is a tag (BCP 47) and `zone` a
    zone's name, each None where they are not known.
    """

    address: str
    recipient: str
    name: str = ""
    role: Role = Role.PARTICIPANT
    sessions: frozenset[str] | None = None
    language: str | None = None
    zone: str | None = None
    speaks: frozenset[str] = frozenset()

    def role_in(self, session: str) -> Role:
        """What they are to a session, by its id: more than elsewhere in one that they speak in."""
        return (
            max(self.role, Role.SPEAKER, key=ROLES.index) if session in self.speaks else self.role
        )

    def is_invited_to(self, session: str) -> bool:
        """Whether they are invited to a session, by its id."""
        return self.sessions is None or session in self.sessions


class Listed(NamedTuple):
    """What a list says: the people by their address, all that is to be said, and who is left out.

    `away` counts those of whom the list itself says that they do not come.
    """

    people: tuple[Attendee, ...]
    diagnostics: tuple[Diagnostic, ...]
    away: int = 0


def read(source: Source, programme: Programme, *, names_sessions: bool = True) -> Listed:
    """The people in a list.

    Args:
        source: the file, CSV in any of the forms that `tables` knows.
        programme: the series that they are invited to.
        names_sessions: whether it may say which sessions; a list for several series does not.

    Returns:
        Each person once, in the order of the list; nobody when there is an error.
    """
    table, said = tables.read(source, is_heading)
    if table is None:
        return Listed((), said)
    return _Reading(table, programme, names_sessions=names_sessions).listed()


def merged(people: Iterable[Attendee]) -> tuple[Attendee, ...]:
    """Each person once: invited to all that any of their lines says, as the most that they are."""
    found: dict[str, Attendee] = {}
    for each in people:
        known = found.get(each.address)
        found[each.address] = each if known is None else _both(known, each)
    return tuple(found.values())


def _both(one: Attendee, other: Attendee) -> Attendee:
    sessions = None
    if one.sessions is not None and other.sessions is not None:
        sessions = one.sessions | other.sessions
    return one._replace(
        name=one.name or other.name,
        role=max(one.role, other.role, key=ROLES.index),
        sessions=sessions,
        language=one.language or other.language,
        zone=one.zone or other.zone,
        speaks=one.speaks | other.speaks,
    )


class _Reading:
    """One list while it is read."""

    def __init__(self, table: Table, programme: Programme, *, names_sessions: bool) -> None:
        self.table, self.programme, self.names_sessions = table, programme, names_sessions
        self.diagnostics: list[Diagnostic] = []
        self.first: dict[str, Cell] = {}
        self.away = 0
        self.known = {plain(each): each for each in programme.titles}
        for identifier, titles in programme.titles.items():
            self.known |= {plain(title): identifier for title in titles}

    def listed(self) -> Listed:
        rows = iter(self.table.rows)
        heading = next((row for row in rows if is_heading([cell.text for cell in row])), None)
        if heading is None:
            place = Location(self.table.path)
            if self.table.rows:
                cell = self.table.rows[0][0]
                place = self.table.place(cell)
            return Listed((), (no_addresses.diagnostic(place),))
        columns = self._columns(heading)
        people = [person for row in rows if (person := self._person(row, columns)) is not None]
        said = tuple(self.diagnostics)
        return Listed(() if failed(said) else merged(people), said, self.away)

    def _columns(self, heading: Sequence[Cell]) -> dict[Column, int]:
        """Which column holds what; `Name` beside a first name is the last one."""
        meant = [column(cell.text) for cell in heading]
        if Column.NAME in meant and Column.FIRST in meant and Column.LAST not in meant:
            meant[meant.index(Column.NAME)] = Column.LAST
        # `Nombre` and `Nome` alone are whole names, as `Nom` is.
        for one, other in ((Column.FIRST, Column.LAST), (Column.LAST, Column.FIRST)):
            if one in meant and other not in meant and Column.NAME not in meant:
                meant[meant.index(one)] = Column.NAME
        found: dict[Column, int] = {}
        for number, each in enumerate(meant):
            if each is None or (each is Column.SESSIONS and not self.names_sessions):
                continue
            if each in found and each is not Column.STATUS:
                two = heading[found[each]], heading[number]
                values = {"what": _WHAT[each], "one": two[0].text, "other": two[1].text}
                self._say(column_twice, two[1], **values)
            found.setdefault(each, number)
        return found

    def _person(self, row: Sequence[Cell], columns: Mapping[Column, int]) -> Attendee | None:
        cells = {each: row[at] for each, at in columns.items() if at < len(row)}
        if not self._are_clean(cells.values()):
            return None
        if (status := cells.get(Column.STATUS)) is not None and is_not_coming(status.text):
            self.away += 1
            return None
        cell = cells.get(Column.EMAIL)
        if cell is None or not cell.text:
            self._say(no_address, cell or row[0])
            return None
        address = addresses.understand(cell.text)
        if isinstance(address, Problem):
            self._problem(address, cell)
            return None
        self._told_once(address, cell)
        return Attendee(
            address.key,
            address.recipient,
            self._name(cells, address.name, cell),
            self._role(cells.get(Column.ROLE)),
            self._sessions(cells.get(Column.SESSIONS)),
            self._language(cells.get(Column.LANGUAGE)),
            self._zone(cells.get(Column.ZONE)),
        )

    def _name(self, cells: Mapping[Column, Cell], beside: str, address: Cell) -> str:
        """A person's name, empty where what stands there is none."""
        name = _name(cells) or " ".join(beside.split())[:_LIMIT]
        if not _LINK.search(name):
            return name
        columns = (Column.NAME, Column.FIRST, Column.LAST)
        found = (cells[each] for each in columns if each in cells and cells[each].text)
        self._say(no_name, next(found, address), text=shortened(name))
        return ""

    def _are_clean(self, cells: Iterable[Cell]) -> bool:
        clean = True
        for cell in cells:
            character = tables.refused(cell.text)
            if character is not None:
                self._say(bad_character, cell, name=f"U+{ord(character):04X}")
                clean = False
        return clean

    def _told_once(self, address: Address, cell: Cell) -> None:
        first = self.first.setdefault(address.key, cell)
        if first is not cell:
            related = Related("the first time", self.table.place(first))
            place = self.table.place(cell)
            text = shortened(cell.text)
            self.diagnostics.append(duplicate.diagnostic(place, related, text=text))

    def _role(self, cell: Cell | None) -> Role:
        if cell is None or not cell.text:
            return Role.PARTICIPANT
        found = role(cell.text)
        if found is None:
            self._say(unknown_role, cell, text=shortened(cell.text))
        return found or Role.PARTICIPANT

    def _sessions(self, cell: Cell | None) -> frozenset[str] | None:
        """The sessions that a cell names: by ids or by titles, one or several of them."""
        if cell is None or not cell.text or is_all(cell.text):
            return None
        found: set[str] = set()
        for text in _pieces(cell.text, self.known):
            identifier = self.known.get(plain(text))
            if identifier is None:
                self._say(
                    unknown_session,
                    cell,
                    text=shortened(text),
                    series=self.programme.series.id,
                    suggestion=self._suggestion(text),
                )
            else:
                found.add(identifier)
        return frozenset(found)

    def _suggestion(self, text: str) -> str:
        from difflib import get_close_matches  # noqa: PLC0415 - for mistakes only

        near = get_close_matches(plain(text), self.known, 1, 0.6)
        if near:
            return f"did you mean `{self.known[near[0]]}`?"
        return f"its sessions are: {', '.join(self.programme.titles)}; an empty cell means all"

    def _language(self, cell: Cell | None) -> str | None:
        if cell is None or not cell.text:
            return None
        tag = language_tag(cell.text.replace("_", "-"))
        if tag is None:
            from webinar_feeds.rendering.pages.language import tag_of  # noqa: PLC0415 - few lists have names

            tag = tag_of(cell.text)
        if tag is None:
            self._say(unknown_language, cell, text=shortened(cell.text))
        return tag

    def _zone(self, cell: Cell | None) -> str | None:
        if cell is None or not cell.text:
            return None
        found = timezones.understand(cell.text)
        if isinstance(found, Problem):
            self._problem(found, cell)
            return None
        return found.name

    def _say(self, rule: Rule, cell: Cell, **values: object) -> None:
        self.diagnostics.append(rule.diagnostic(self.table.place(cell), **values))

    def _problem(self, problem: Problem, cell: Cell) -> None:
        self._say(problem.rule, cell, **problem.values)


_WHAT = {each: each.value for each in Column} | {
    Column.EMAIL: "mail address",
    Column.ZONE: "time zone",
}


def _name(cells: Mapping[Column, Cell]) -> str:
    """A person's name, on one line."""
    whole = cells.get(Column.NAME)
    parts = [whole] if whole is not None and whole.text else []
    parts = parts or [cells[each] for each in (Column.FIRST, Column.LAST) if each in cells]
    return " ".join(" ".join(cell.text for cell in parts).split())[:_LIMIT]


def _pieces(text: str, known: Mapping[str, str]) -> Iterator[str]:
    """What a cell names: the whole of it, or its parts; a title may hold what parts them."""
    if plain(text) in known:
        yield text
        return
    rest = text
    for separator in "\n;|":
        if separator in text:
            for piece in filter(None, (each.strip() for each in text.split(separator))):
                yield from _pieces(piece, known)
            return
    parts = [each.strip() for each in rest.split(",") if each.strip()]
    while parts:
        # The longest run of parts that is a title, as forms join titles that hold commas.
        size = next(
            (n for n in range(len(parts), 0, -1) if plain(", ".join(parts[:n])) in known), 1
        )
        yield ", ".join(parts[:size])
        parts = parts[size:]
