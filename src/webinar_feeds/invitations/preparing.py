"""Everything that a round of letters starts from, read from its files.

The one room of the wing that opens files to read them; what is wrong with any of them comes back in
one go. `webinar-feeds invite`, `remind` and `announce-recording` all begin here.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import pipeline
from webinar_feeds.diagnostics import Location, Severity, declare, failed
from webinar_feeds.invitations import attendees, contacts, privacy, programme, sender
from webinar_feeds.invitations.messages import NAMES as TEMPLATES
from webinar_feeds.model import Template
from webinar_feeds.reading.characters import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.invitations.attendees import Attendee, Listed
    from webinar_feeds.invitations.programme import Programme
    from webinar_feeds.invitations.sender import Sender

no_list = declare(
    "WF912",
    Severity.ERROR,
    "there is no list of the people to invite to `{series}`",
    help="put it there, as Zoom, Eventbrite or a spreadsheet exports it (CSV), or name another "
    "with `--attendees`",
)
is_organizer = declare(
    "WF913",
    Severity.WARNING,
    "`{text}` is the organiser's own address, which cannot be invited by itself, and is left out",
    help="remove the line, or invite under another address",
)
FOLDER = "attendees"
LETTERS = "letters"


class Places(NamedTuple):
    """Where the files of a round of letters are.

    `people`, `contacts` and `sender` are None where nobody has said; they then lie in the folder
    `attendees` beside the events.
    """

    events: Path = Path("events")
    output: Path = Path("output")
    people: Path | None = None
    contacts: Path | None = None
    sender: Path | None = None

    @property
    def private(self) -> Path:
        """The folder of what is private."""
        root = self.events.parent if self.events.is_file() else self.events
        return root.parent / FOLDER


class Invited(NamedTuple):
    """A series and the people who are invited to it.

    `sessions` are the ids that the round is about, None for all; `away` counts who is on the list
    and does not come, `speakers` who is there as a speaker; `unknown` are speakers without an
    address, empty too where there is no contacts file.
    """

    programme: Programme
    people: tuple[Attendee, ...]
    sessions: frozenset[str] | None = None
    away: int = 0
    speakers: int = 0
    unknown: tuple[str, ...] = ()


class Prepared(NamedTuple):
    """What a round starts from; with an error among the diagnostics, it must not start.

    `nowhere` are the names that nothing is called by.
    """

    series: tuple[Invited, ...]
    sender: Sender | None
    templates: tuple[Template, ...]
    diagnostics: tuple[Diagnostic, ...]
    nowhere: tuple[str, ...] = ()


def prepare(
    targets: Iterable[str], places: Places, environment: Mapping[str, str], now: datetime
) -> Prepared:
    """What a round of letters starts from.

    Args:
        targets: what it is about: `series`, or `series/session`.
        places: where the files are.
        environment: the variables that may say who invites.
        now: the time of the round, aware.
    """
    wanted = _wanted(targets)
    loaded = pipeline.load(pipeline.gather(places.events, places.output))
    said: list[Diagnostic] = [
        each for each in loaded.diagnostics if each.severity is Severity.ERROR
    ]
    series, nowhere = [], []
    for name, sessions in wanted.items():
        found = next((each for each in loaded.series if each.id == name), None)
        if found is None:
            nowhere.append(name)
            continue
        known = {each.id for each in found.sessions} | {*found.removed}
        nowhere += [f"{name}/{each}" for each in sorted((sessions or frozenset()) - known)]
        past = loaded.past.get(name)
        if past is None and any(each.location.file.endswith(f"/{name}.jsonl") for each in said):
            continue  # its ledger cannot be read, which is not the same as that there is none
        told, ahead = programme.of(found, loaded.site, past, now)
        said += ahead
        if told is not None:
            invited = _invited(told, places, sessions, said)
            series.append(invited)
    whose = _sender(places, environment, said)
    if whose is not None:
        series = [_without(each, whose, said) for each in series]
    templates = tuple(_templates(places, said))
    ordered = pipeline.in_order(said)
    return Prepared(tuple(series), whose, templates, ordered, tuple(nowhere))


def _wanted(targets: Iterable[str]) -> dict[str, frozenset[str] | None]:
    """The sessions that are asked for, by series; None for all of it."""
    found: dict[str, frozenset[str] | None] = {}
    for target in targets:
        series, _, session = target.partition("/")
        before = found.get(series, frozenset())
        found[series] = None if not session or before is None else before | {session}
    return found


def _invited(
    told: Programme, places: Places, sessions: frozenset[str] | None, said: list[Diagnostic]
) -> Invited:
    """Who is invited to a series: the list, and the speakers whose address is known."""
    path = places.people or places.private / f"{told.series.id}.csv"
    book = places.contacts or places.private / contacts.NAME
    listed, filed = None, None
    if places.contacts is not None or book.exists():
        filed = _people(book, places, told, said, names_sessions=False)
    speakers = contacts.speakers(filed.people if filed else (), told)
    if path.exists() or places.people is not None or not speakers.people:
        listed = _people(path, places, told, said)
    people = attendees.merged((*(listed.people if listed else ()), *speakers.people))
    return Invited(
        told,
        people,
        sessions,
        listed.away if listed else 0,
        len(speakers.people),
        speakers.unknown if filed else (),
    )


def _people(
    path: Path,
    places: Places,
    told: Programme,
    said: list[Diagnostic],
    *,
    names_sessions: bool = True,
) -> Listed | None:
    """The people in a file, None after saying why there are none."""
    if not path.exists():
        place = Location(path.as_posix())
        said.append(no_list.diagnostic(place, series=told.series.id))
        return None
    source = _read(path, places, said)
    if source is None:
        return None
    listed = attendees.read(source, told, names_sessions=names_sessions)
    said += listed.diagnostics
    return listed


def _read(path: Path, places: Places, said: list[Diagnostic]) -> Source | None:
    """A private file; what keeps it from being used is said, that it is public among it."""
    public = privacy.check(path, places.output)
    said += public
    data = None if public else pipeline.read(path, said)
    return None if data is None else Source(path.as_posix(), data)


def _sender(
    places: Places, environment: Mapping[str, str], said: list[Diagnostic]
) -> Sender | None:
    path = places.sender or places.private / sender.NAME
    source, before = None, len(said)
    if path.exists() or places.sender is not None:
        source = _read(path, places, said)
        if source is None and failed(said[before:]):
            return None
    whose, wrong = sender.read(source, environment, path.as_posix())
    said += wrong
    return whose


def _without(invited: Invited, whose: Sender, said: list[Diagnostic]) -> Invited:
    """The people without the organiser, who cannot be invited by themselves (I22)."""
    own = [each for each in invited.people if each.address == whose.email.key]
    if not own:
        return invited
    place = Location(invited.programme.series.id)
    said += [is_organizer.diagnostic(place, text=each.recipient) for each in own]
    people = tuple(each for each in invited.people if each not in own)
    return invited._replace(people=people)


def _templates(places: Places, said: list[Diagnostic]) -> Iterable[Template]:
    """The organiser's own templates; they are no secret, and lie with those of the pages."""
    root = places.events.parent if places.events.is_file() else places.events
    folder = root / pipeline.TEMPLATES / LETTERS
    for name in TEMPLATES:
        path = folder / name
        if os.path.lexists(path):
            data = pipeline.read(path, said)
            if data is not None:
                yield Template(name, path.as_posix(), data)
