"""Event files to `Site` and `Series`: defaults are inherited, times become instants.

Takes bytes and opens no file. Everything that is wrong comes back as diagnostics, in one go; a
value comes back only when nothing is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from webinar_feeds import translations
from webinar_feeds.diagnostics import Location, Related, Severity, declare, failed
from webinar_feeds.model import KEEP_CANCELLED, Organizer, Series, Session, Site, Words
from webinar_feeds.reading import kinds, nodes, ordinary, schema
from webinar_feeds.reading.sessions import Above, Level, SessionReading, duplicate_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from webinar_feeds.diagnostics import Diagnostic, Route
    from webinar_feeds.reading.kinds import Reader, Values
    from webinar_feeds.reading.nodes import Node, Source

_ERROR = Severity.ERROR
bad_name = declare(
    "WF113",
    _ERROR,
    "the name of the file is the id of the series, and `{name}` cannot be one",
    help="rename the file to small letters, digits and hyphens, such as `{example}.yaml`",
)
no_sessions = declare(
    "WF116",
    _ERROR,
    "the list of sessions is empty",
    help="list at least one, such as `sessions: {example}`",
)
no_title = declare(
    "WF119",
    Severity.WARNING,
    "there are texts in `{text}`, but the title of the series is not among them",
    help="write the title by language too, so that the series is published in `{text}`: "
    "`title: {{{own}: …, {text}: …}}`",
)
bad_size = declare(
    "WF117", _ERROR, "`{text}` is not a file size", help="write `max_file_size: 20 MB`"
)

_SITE = ordinary.plan(schema.SITE)
_SERIES = ordinary.plan(schema.SERIES)
RESERVED = frozenset({"topics", "languages", "speakers", "site", "ledger"})
T = TypeVar("T")


class Reading(NamedTuple, Generic[T]):
    """What was understood (None when anything stood in the way) and everything that was not."""

    value: T | None
    diagnostics: tuple[Diagnostic, ...]


class Shared(NamedTuple):
    """A site, and what its file, `source`, gives every series as a default."""

    site: Site
    level: Level | None = None
    limit: int = nodes.LIMIT
    source: Source | None = None


def read_site(source: Source | None) -> Reading[Shared]:
    """The site that `site.yaml` describes; without the file, a site of defaults.

    Args:
        source: the file's path as shown to the user, and its bytes.

    Returns:
        The site as far as it was understood, there beside errors too: a series is not to blame
        for what it would inherit from a file that is broken.
    """
    if source is None:
        return Reading(Shared(Site()), ())
    try:
        values = ordinary.read(source, _SITE, nodes.LIMIT)
        return Reading(_shared(Level(values, kinds.QUICK), source), ())
    except kinds.NotOrdinary:
        return site_with_places(source)


def site_with_places(source: Source) -> Reading[Shared]:
    """What `read_site` finds, always read with places."""
    parsed = nodes.parse(source)
    reader = kinds.Reader(source.path, parsed.lines)
    if parsed.root is None:
        nothing = kinds.Values()
        nothing.broken = frozenset(field.key for field in schema.SITE.fields)
        level = Level(nothing, reader)
        return Reading(Shared(Site(source=source.path), level, source=source), parsed.diagnostics)
    values = schema.SITE.read(parsed.root, "site", reader)
    assert isinstance(values, kinds.Values)  # noqa: S101 - the root is a mapping
    shared = _shared(Level(values, reader), source)
    return Reading(shared, (*parsed.diagnostics, *reader.diagnostics))


def _shared(level: Level, source: Source) -> Shared:
    """The site of the values of its file."""
    values, reader = level
    limit = nodes.LIMIT
    if "max_file_size" in values:
        wanted = _size(values["max_file_size"])
        if not wanted:
            reader.report(bad_size, values.at("max_file_size"), text=values["max_file_size"])
        limit = wanted or limit
    base = values.get("base_url")
    publisher = values.get("publisher")
    site = Site(
        title=values.get("title", "Webinars"),
        base_url=base if base is None or base.endswith("/") else f"{base}/",
        hub=values.get("hub"),
        publisher=None if publisher is None else _organizer(publisher),
        language=values.get("language", "en"),
        formats=values.get("formats", ("calendar", "feeds")),
        feed_length=values.get("feed_length", 100),
        removed=values.get("removed", ()),
        source=source.path,
    )
    return Shared(site, level, limit, source)


def read_series(source: Source, shared: Shared) -> Reading[Series]:
    """The series that an event file describes.

    Args:
        source: the file's path as shown to the user, and its bytes; its stem is the series' id.
        shared: the site, whose defaults the series inherits.

    Returns:
        The series, or None when there is an error, with all diagnostics; places may also be in
        the site's file when a default from there is what does not fit.
    """
    try:
        return Reading(ordinary_series(source, shared), ())
    except kinds.NotOrdinary:
        return series_with_places(source, shared)


def ordinary_series(source: Source, shared: Shared) -> Series | None:
    """The series of an event file that nothing is to be said about.

    Raises:
        NotOrdinary: something may have to be said.
    """
    levels = [Level(ordinary.read(source, _SERIES, shared.limit), kinds.QUICK)]
    if shared.level is not None:
        levels.append(Level(shared.level.values, kinds.QUICK))
    return _series(source, levels, shared.site)


def series_with_places(source: Source, shared: Shared) -> Reading[Series]:
    """What `read_series` finds, always read with places."""
    parsed = nodes.parse(source, limit=shared.limit)
    if parsed.root is None:
        return Reading(None, parsed.diagnostics)
    reader = kinds.Reader(source.path, parsed.lines)
    values = schema.SERIES.read(parsed.root, "series", reader)
    assert isinstance(values, kinds.Values)  # noqa: S101 - the root is a mapping
    levels = [Level(values, reader)]
    if shared.source is not None:
        above = site_with_places(shared.source).value
        assert above is not None and above.level is not None  # noqa: PT018, S101 - as for its own
        # The site's file is read once for all series: what is found here is said here.
        values, reader = above.level
        levels.append(Level(values, kinds.Reader(reader.path, reader.lines)))
    series = _series(source, levels, shared.site)
    found = (diagnostic for level in levels for diagnostic in level.reader.diagnostics)
    diagnostics = tuple(dict.fromkeys((*parsed.diagnostics, *found)))
    return Reading(None if failed(diagnostics) else series, diagnostics)


def _series(source: Source, levels: Sequence[Level], site: Site) -> Series | None:
    """The series of the values of its file, None when something that it needs is missing."""
    values, reader = levels[0]
    identifier = _series_id(source.path, reader)
    above = Above(levels)
    sessions = tuple(_sessions(values.get("sessions", ()), above))
    if values.get("sessions") == ():
        reader.report(
            no_sessions, values.at("sessions"), example=kinds.Many(schema.SESSION).example
        )
    if "title" not in values:
        return None
    language = values.get("language", site.language)
    written_in = _languages(values["title"], language, reader)
    keep = above.find("keep_cancelled")
    series = Series(
        id=identifier,
        title=values["title"],
        language=language,
        sessions=sessions,
        summary=values.get("summary"),
        organizers=tuple(map(_organizer, values.get("organizers", ()))),
        page=values.get("page"),
        topics=values.get("topics", ()),
        announced_sessions=values.get("announced_sessions"),
        alarm=values.get("alarms"),
        uid=values.get("uid"),
        removed=values.get("removed", ()),
        keep_cancelled=KEEP_CANCELLED if keep is None else keep.value,
        written_in=written_in,
        source=source.path,
    )
    return translations.settled(series) if reader.languages else series


def _languages(title: str, own: str, reader: Reader) -> tuple[str, ...]:
    """The languages that a series is published in: its own, and those in which it has a title."""
    found = (own, *(title.in_languages if isinstance(title, Words) else ()))
    for tag, node in reader.languages.items():
        if tag not in found:
            reader.report(no_title, node, text=tag, own=own)
    return tuple(dict.fromkeys(found))


def locate(route: Route, *sources: Source) -> Location:
    """The place of the field at `route` of an event file, found by reading the file once more.

    Args:
        route: keys and indexes, such as `("sessions", 3, "time")`.
        sources: the event file, then the site's file if there is one. A key that a session does
            not have is looked for in the series and in the site, as its value was.
    """
    return next(places((route,), *sources))


def places(routes: Iterable[Route], *sources: Source) -> Iterator[Location]:
    """The places of several fields, as `locate` finds each, with one reading of the files."""
    parsed = [(nodes.parse(each, limit=len(each.data)), each.path) for each in sources]
    for route in routes:
        yield _place(route, parsed)


def _place(route: Route, files: Sequence[tuple[nodes.Parsed, str]]) -> Location:
    own, path = files[0]
    if own.root is None:
        return Location(path)
    reached = len(route)
    while (written := _as_written(own.root, route[:reached])) is None:
        reached -= 1
    if reached == 2 < len(route) and route[0] == "sessions":  # a key that the session inherits
        for parsed, name in files:
            inherited = parsed.root and _as_written(parsed.root, route[2:])
            if inherited:
                return nodes.locate(parsed, name, inherited)
        if route[2] == "timezone":  # its words stand behind the time
            return _place((*route[:2], "time"), files)
    return nodes.locate(own, path, (*written, *route[reached:]))


def _as_written(root: Node, route: Route) -> Route | None:
    """A route as the file spells it, None when it leads nowhere."""
    found = _followed(root, route)
    if found is None and "recording" in route:  # which may also stand alone below `recordings`
        at = route.index("recording")
        found = _followed(root, (*route[:at], "recordings", 0, *route[at + 1 :]))
    return found


def _followed(root: Node, route: Route) -> Route | None:
    """The steps of a route that the file has: one member needs no list, a bare text no key."""
    node: Node = root
    written: list[str | int] = []
    for step in route:
        if isinstance(node, nodes.Scalar) or (step == 0 and isinstance(node, nodes.Mapping)):
            continue
        child: Node | None = None
        if isinstance(node, nodes.Mapping):
            child = node.items.get(str(step))
        elif isinstance(step, int) and step < len(node.items):
            child = node.items[step]
        if child is None:
            return None
        written.append(step)
        node = child
    return tuple(written)


def _series_id(path: str, reader: Reader) -> str:
    name = path.rpartition("/")[2]
    stem, _, ending = name.rpartition(".")
    identifier = stem if stem and ending else name
    if not kinds.is_id(identifier) or identifier in RESERVED:
        example = kinds.id_like(identifier) or "my-series"
        example = f"{example}-series" if example in RESERVED else example
        place = nodes.Mapping({}, {}, 0, 0, 0, 0)
        reader.report(bad_name, place, name=identifier, example=example)
    return identifier


def _sessions(listed: Iterable[Values], above: Above) -> Iterator[Session]:
    reader = above.reader
    seen: dict[tuple[str, str], Values] = {}
    for values in listed:
        for key in ("id", "uid"):
            if key not in values:
                continue
            other = seen.setdefault((key, values[key]), values)
            if other is not values:
                first = Related("the other one", reader.place(other.at(key)))
                node, what = values.at(key), "session"
                reader.report(duplicate_id, node, first, key=key, id=values[key], what=what)
        session = SessionReading(values, above).session()
        if values.mapping is None:
            values.clear()  # nobody will point at them: a series of any length is held once
        if session is not None:
            yield session


def _organizer(values: Values) -> Organizer:
    return Organizer(values.get("name", ""), values.get("url"))


def _size(text: str) -> int | None:
    """A file size in bytes: `20 MB`, `512 kB`, `1048576`."""
    found = re.fullmatch(r"(\d{1,12})\s*([kKmMgG]?)(?:i?[bB])?", text)
    if found is None:
        return None
    return int(found[1]) << {"": 0, "k": 10, "m": 20, "g": 30}[found[2].lower()]
