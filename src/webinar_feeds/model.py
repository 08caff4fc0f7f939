"""The words of the product: a site, its series, their sessions, talks, speakers and recordings.

Knows no file, no library's types and no format. No value ever changes, and each was checked when it
was read, so nothing further in has to ask again. Instants are timezone-aware datetimes, made by
`webinar_feeds.timezones` alone.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import dataclass
    from datetime import datetime
else:

    def dataclass(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """A dataclass that is frozen for type checkers, and by agreement while the program runs.

        What enforces it would cost a twentieth of a small build's whole time, and the larger part
        of making a value.
        """
        from dataclasses import dataclass as made  # noqa: PLC0415 - under its own name

        # The words of a value are made when somebody asks for them, not for every class.
        found = made(slots=slots, unsafe_hash=frozen, repr=False, match_args=False)
        return lambda each: _with_repr(found(each))

    def _with_repr(each: type) -> type:
        each.__repr__ = _told
        return each

    def _told(self: object) -> str:
        from dataclasses import fields  # noqa: PLC0415 - as above

        told = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self))
        return f"{type(self).__name__}({told})"


# How long a cancelled session stays in calendars, unless a file says otherwise.
KEEP_CANCELLED = timedelta(days=30)


class Status(StrEnum):
    """What stands of a session (RFC 5545 §3.8.1.11 has no word for *postponed*)."""

    CONFIRMED = "confirmed"
    TENTATIVE = "tentative"
    CANCELLED = "cancelled"
    POSTPONED = "postponed"


# A session that is one of these does not take place when it says.
OFF = frozenset({Status.CANCELLED, Status.POSTPONED})


class Audience(StrEnum):
    """Who may see a join link. Only `PUBLIC` links ever reach a published file (S10)."""

    PUBLIC = "public"
    REGISTERED = "registered"
    HOSTS = "hosts"


class Scope(StrEnum):
    """What a publication gathers."""

    SERIES = "series"
    SITE = "site"
    TOPIC = "topic"
    LANGUAGE = "language"
    SPEAKER = "speaker"


class Form(StrEnum):
    """How a session's instants are written in a calendar (RFC 5545 §3.3.5)."""

    ZONED = "tzid"
    UTC = "utc"


class Words(str):
    """A text in several languages: itself in one of them, `in_languages` has it in each, by tag."""

    __slots__ = ("in_languages",)
    in_languages: Mapping[str, str]

    def __new__(cls, text: str, in_languages: Mapping[str, str]) -> Self:
        """The text as it is to be read now, and all that it may be read as."""
        made = super().__new__(cls, text)
        made.in_languages = in_languages
        return made

    def __reduce__(self) -> tuple[type[Words], tuple[str, Mapping[str, str]]]:
        return Words, (str(self), self.in_languages)

    @property
    def language(self) -> str:
        """The language that it is in now."""
        return next(tag for tag, text in self.in_languages.items() if text == self)

    def in_language(self, tag: str) -> Words:
        """The same text in another language; as it is where it is not given in that."""
        return Words(self.in_languages.get(tag, self), self.in_languages)


@dataclass(frozen=True, slots=True)
class Organizer:
    """Who holds a series: a name, and the address of their page if they gave one."""

    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person who speaks, as the organiser writes them. `zone` is an IANA id or None."""

    name: str
    prefix: str | None = None
    role: str | None = None
    affiliation: str | None = None
    city: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """One part of a session's programme. `summary` is Markdown."""

    title: str
    speakers: tuple[Speaker, ...] = ()
    summary: str | None = None


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file that a player can open: `media_type` is a MIME type, `size` is in bytes."""

    url: str
    media_type: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of a recording: how long after its beginning it starts, and what it is about."""

    start: timedelta
    title: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording of a session. `url` None: it is announced on the series page, no more."""

    id: str
    url: str | None = None
    title: str | None = None
    language: str | None = None
    published: datetime | None = None
    duration: timedelta | None = None
    files: tuple[MediaFile, ...] = ()
    captions: str | None = None
    poster: str | None = None
    chapters: tuple[Chapter, ...] = ()
    transcript: str | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """Where one joins, and who may know it."""

    url: str
    audience: Audience


@dataclass(frozen=True, slots=True)
class Session:
    """One event. `start` and `end` are aware and carry the zone they were written in.

    `zone` is an IANA id, `UTC`, or `UTC±hh:mm` for a literal offset; `form` says how a calendar
    writes the instants; `written` is the organiser's own wording of the time (T9);
    `literal_start` is the other instant that the label could mean, None when there is no doubt
    or the organiser has confirmed the time (T3). `uid` is given only to adopt one that was
    published before; `formerly` are ids under which it was published, `recordings_removed` those
    of recordings that have been taken down.
    """

    id: str
    title: str
    start: datetime
    end: datetime
    zone: str
    form: Form
    written: str
    status: Status = Status.CONFIRMED
    summary: str | None = None
    talks: tuple[Talk, ...] = ()
    languages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    platform: str | None = None
    join: Join | None = None
    registration: str | None = None
    page: str | None = None
    recordings: tuple[Recording, ...] = ()
    literal_start: datetime | None = None
    uid: str | None = None
    created: datetime | None = None
    updated: datetime | None = None
    sequence: int | None = None
    formerly: tuple[str, ...] = ()
    recordings_removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """A webinar series as its event file tells it; sessions in the file's order.

    `language` is that of its texts, `written_in` all that it is published in, that one first.
    `removed` are the ids of sessions that left the programme; `keep_cancelled` is how long a
    cancelled or removed session is still shown as cancelled, after its end or after it was
    cancelled, whichever is later; `timedelta.max` for ever.
    """

    id: str
    title: str
    language: str
    sessions: tuple[Session, ...]
    summary: str | None = None
    organizers: tuple[Organizer, ...] = ()
    page: str | None = None
    topics: tuple[str, ...] = ()
    announced_sessions: int | None = None
    alarm: timedelta | None = None
    uid: str | None = None
    removed: tuple[str, ...] = ()
    keep_cancelled: timedelta = KEEP_CANCELLED
    written_in: tuple[str, ...] = ()
    source: str = ""


class Template(NamedTuple):
    """A file of the site's own in place of one of ours: a template, or what lies beside pages.

    `path` is where it stands, as the user should see it.
    """

    name: str
    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Site:
    """What the series of one `events/` folder share.

    `base_url` ends in a slash and is where `output/` will be found; None when it is not known
    yet, and then nothing published guesses it (C33). `removed` are the ids of series that are
    withdrawn. `hub` is the WebSub hub that is told when a feed has changed.
    """

    title: str = "Webinars"
    base_url: str | None = None
    hub: str | None = None
    publisher: Organizer | None = None
    language: str = "en"
    formats: tuple[str, ...] = ("calendar", "feeds")
    feed_length: int = 100
    removed: tuple[str, ...] = ()
    templates: tuple[Template, ...] = ()
    source: str = ""


class RecordingRevision(NamedTuple):
    """A recording's life in the feeds: its lasting id (`urn:uuid:…`), when it came and changed."""

    urn: str
    published: datetime
    updated: datetime


class Told(NamedTuple):
    """What subscribers were told of a session that they would act upon.

    `start` and `end` are UTC; `zone` is the session's, as in `Session`.
    """

    title: str
    start: datetime
    end: datetime
    zone: str
    status: Status


class Change(NamedTuple):
    """One thing that subscribers saw change: when (UTC), under which SEQUENCE, from what to what.

    `before` and `after` differ in at least one field.
    """

    at: datetime
    sequence: int
    before: Told
    after: Told


class Revision(NamedTuple):
    """What has been published of a session; every instant is UTC, to the second (C13).

    `recordings` maps the ids of the recordings that have appeared to their life in the feeds;
    `changes` are all that were published, the oldest first.
    """

    uid: str
    sequence: int
    created: datetime
    modified: datetime
    recordings: Mapping[str, RecordingRevision]
    changes: tuple[Change, ...] = ()


class Entry(NamedTuple):
    """A session as it is published now. Its session holds only recordings that have appeared."""

    series: Series
    session: Session
    revision: Revision


@dataclass(frozen=True, slots=True)
class Publication:
    """Entries that are published together, by start and id: a series, or a view across series.

    `path` is the folder under `output/`, without slashes at its ends, empty for the site;
    `uid` and `modified` are the calendar's and the feeds' own; `created` is when a series was first
    published, None for a view. `left` are a series' sessions that have left the calendars, of which
    feeds still tell what they once told. `translations` are the languages in which a series is
    published and the folder of each, its own first, empty where there is only one. Renderers
    iterate over `entries` and never ask which scope they draw to choose other identifiers.
    """

    scope: Scope
    path: str
    uid: str
    title: str
    language: str
    entries: tuple[Entry, ...]
    modified: datetime
    summary: str | None = None
    page: str | None = None
    organizers: tuple[Organizer, ...] = ()
    alarm: timedelta | None = None
    created: datetime | None = None
    left: tuple[Entry, ...] = ()
    translations: tuple[tuple[str, str], ...] = ()
