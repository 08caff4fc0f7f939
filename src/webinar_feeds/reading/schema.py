"""The event file, declared once: what each key is called, holds and means.

The same declaration types the nodes of a file and writes the JSON Schema that editors use and the
reference page. What depends on several keys (a time and its zone, say) is put together in
`webinar_feeds.reading.series`.
"""

from __future__ import annotations

import json

from webinar_feeds.reading import times
from webinar_feeds.reading.kinds import (
    ID_FORM,
    LANGUAGE_FORM,
    MEDIA_TYPE_FORM,
    UID_FORM,
    Address,
    Choice,
    Count,
    Field,
    InWords,
    Many,
    Record,
    Schema,
    Text,
    Token,
    bad_id,
    bad_language,
    bad_media_type,
    bad_uid,
)

_URL = "https://www.example.org/…"
LANGUAGE = Token("en", LANGUAGE_FORM, bad_language)
SPEAKER = Record(
    "speaker",
    "A person who speaks. A bare text is the name.",
    (
        Field(
            "name",
            Text("Aminata Diawara"),
            "The name, spelled as the person spells it.",
            required=True,
        ),
        Field("prefix", Text("Ms"), "What stands before the name: Ms, Dr, Prof."),
        Field("role", InWords("Secretary of Education"), "The person's profession or office."),
        Field("affiliation", InWords("University of Glasgow"), "Where the person works."),
        Field("city", InWords("Medellin, Colombia"), "Where the person is."),
        Field(
            "timezone",
            Text("America/Bogota"),
            "The time zone there; the session's time is then told in it too.",
        ),
    ),
    shorthand="name",
)
TALK = Record(
    "talk",
    "One part of a session's programme. A bare text is the title.",
    (
        Field("title", InWords("Opening address"), "What the talk is called.", required=True),
        Field("speakers", Many(SPEAKER), "Who gives it."),
        Field(
            "summary", InWords("What it is about.", lines=True), "What it is about, in Markdown."
        ),
    ),
    shorthand="title",
)
ORGANIZER = Record(
    "organizer",
    "Who holds the series. A bare text is the name.",
    (
        Field(
            "name",
            InWords("PASCAL International Observatory"),
            "The organisation's name.",
            required=True,
        ),
        Field("url", Address(_URL), "The organisation's own page."),
    ),
    shorthand="name",
)
MEDIA_TYPE = Token("video/mp4", MEDIA_TYPE_FORM, bad_media_type, lower=True)
FILE = Record(
    "file",
    "A file that a player can open.",
    (
        Field(
            "url",
            Address("https://www.example.org/inclusion.mp4"),
            "Where the file is.",
            required=True,
        ),
        Field("media_type", MEDIA_TYPE, "Its media type.", required=True),
        Field("size", Count("184549376"), "Its size in bytes."),
    ),
)
CHAPTER = Record(
    "chapter",
    "A part of a recording.",
    (
        Field(
            "start",
            Text("12:30", parse=times.parse_offset),
            "Where it begins: minutes and seconds from the beginning on, or hours too.",
            required=True,
        ),
        Field("title", InWords("Questions"), "What it is about.", required=True),
    ),
)
RECORDING = Record(
    "recording",
    "A recording of the session. `announced` says that there is one on the series page whose own "
    "address is not known; a bare address is its `url`.",
    (
        Field("url", Text(_URL), "Its address (a page or a file), or `announced`."),
        Field(
            "id",
            Token("english", ID_FORM, bad_id),
            "What tells several recordings apart. It never changes.",
        ),
        Field(
            "title", InWords("English interpretation"), "What tells it from the others, in words."
        ),
        Field("language", LANGUAGE, "The language that is spoken in it."),
        Field(
            "published",
            Text("2020-06-18 09:30"),
            "When it was published: a date, or a date and a time.",
        ),
        Field("duration", Text("1h28m", parse=times.parse_duration), "How long it is."),
        Field("media_type", MEDIA_TYPE, "The media type, when `url` is a file and not a page."),
        Field("size", Count("184549376"), "The file's size in bytes."),
        Field("files", Many(FILE), "The files, when there are several of one recording."),
        Field(
            "captions",
            Address("https://www.example.org/inclusion.vtt"),
            "Captions, for players to show.",
        ),
        Field(
            "transcript",
            Address("https://www.example.org/inclusion.html"),
            "What was said, to read.",
        ),
        Field("chapters", Many(CHAPTER), "What it is about from when on."),
        Field("poster", Address("https://www.example.org/inclusion.jpg"), "A still image of it."),
    ),
    shorthand="url",
)
JOIN = Record(
    "join link",
    "Where one joins, and who may know it.",
    (
        Field("url", Address("https://meet.example.org/inclusion"), "The address.", required=True),
        Field(
            "audience",
            Choice(("public", "registered", "hosts")),
            "Who may see the address: it has to be said. Only `public` ones are ever published.",
        ),
    ),
    shorthand="url",
    shown=("audience",),
)
_TIME = (
    Field(
        "time",
        Text("13:00–14:30", parse=times.parse_range),
        "Start and end by the clock of the zone, with or without the zone's name behind it.",
    ),
    Field(
        "duration",
        Text("90 minutes", parse=times.parse_duration),
        "How long, where `time` has no end.",
    ),
    Field(
        "timezone",
        Text("Europe/Berlin"),
        "The zone of `time`: an IANA name, or words such as Central European Time.",
    ),
    Field(
        "zone_reading",
        Choice(("civil", "literal")),
        "How a label such as CET is read in summer: by the clock on the wall (the default), or as "
        "UTC+1 always.",
    ),
    Field(
        "civil_zone",
        Text("Europe/Berlin"),
        "Whose clock on the wall a label such as CET means: Berlin's unless it is said.",
    ),
)
_SHARED = (
    *_TIME,
    Field("platform", Text("Zoom"), "What it is held on."),
    Field("languages", Many(LANGUAGE), "The languages that are spoken."),
    Field("join", JOIN, "Where one joins."),
    Field("registration", Address("https://www.example.org/register"), "Where one registers."),
)
KEEP_CANCELLED = Field(
    "keep_cancelled",
    Text("30 days", parse=times.parse_period),
    "How long a cancelled session stays in calendars as cancelled, after its date or after it was "
    "cancelled, whichever is later: 30 days unless it is said; `forever`, or `0 days` to take it "
    "out at once.",
)
TOPICS = Field("topics", Many(Text("inclusion")), "What it is about, in a word or two each.")
UID = Token("5e2d9d1c-6f5b-5d0a-9a37-0c6a2f0b7d11", UID_FORM, bad_uid)
SESSION = Record(
    "session",
    "One event of the series.",
    (
        Field(
            "id",
            Token("inclusion", ID_FORM, bad_id),
            "The session's name in addresses. It never changes.",
            required=True,
        ),
        Field("title", InWords("The challenge of inclusion"), "What it is called.", required=True),
        Field(
            "formerly",
            Many(Token("opening", ID_FORM, bad_id)),
            "The `id` under which it was published before, when that had to change; its own `id` "
            "to confirm that it is still the same session.",
        ),
        Field(
            "date",
            Text("2020-06-17", parse=times.parse_date),
            "The day, as 2020-06-17 or 17 June 2020.",
            required=True,
        ),
        *_SHARED,
        Field(
            "fold",
            Choice(("earlier", "later")),
            "Which of the two is meant when the clocks go back and the time happens twice.",
        ),
        Field("confirmed_utc", Text("11:00"), "The start in UTC, to confirm it; checked."),
        Field(
            "also",
            Many(Text("12:00–13:30 Europe/London", parse=times.parse_range)),
            "The same session's time as announced in other zones; checked.",
        ),
        Field(
            "status",
            Choice(("confirmed", "tentative", "cancelled", "postponed")),
            "Whether it takes place: `confirmed` unless it is said.",
        ),
        Field("language", LANGUAGE, "The language that is spoken, where it is one."),
        Field(
            "summary", InWords("What it is about.", lines=True), "What it is about, in Markdown."
        ),
        Field("talks", Many(TALK), "The programme."),
        TOPICS,
        Field("page", Address(_URL), "The session's own page."),
        Field("recording", RECORDING, "Its recording, or `announced`."),
        Field("recordings", Many(RECORDING), "Its recordings, when there are several."),
        Field(
            "recordings_removed",
            Many(Token("english", ID_FORM, bad_id)),
            "The ids of recordings that were published and have been taken down; that of an only "
            "one is `recording`, unless it had another.",
        ),
        Field("uid", UID, "The UID of the event, when it was published before by another tool."),
        Field(
            "created", Text("2020-06-01"), "When it was first published, when that was elsewhere."
        ),
        Field(
            "updated",
            Text("2020-06-10"),
            "When it last changed, to say it otherwise than we would.",
        ),
        Field(
            "sequence", Count("1"), "The least SEQUENCE to publish, when others published before."
        ),
    ),
)
SERIES = Record(
    "series",
    "A webinar series: what its sessions share, and the sessions.",
    (
        Field(
            "title",
            InWords("Learning cities’ recovery"),
            "What the series is called.",
            required=True,
        ),
        Field("sessions", Many(SESSION), "The sessions, in any order.", required=True),
        Field(
            "summary", InWords("What it is about.", lines=True), "What it is about, in Markdown."
        ),
        Field("organizers", Many(ORGANIZER), "Who holds it."),
        Field("page", Address(_URL), "The page of the series."),
        Field("language", LANGUAGE, "The language that its texts are written in."),
        *_SHARED,
        TOPICS,
        Field("announced_sessions", Count("6"), "How many sessions were announced; checked."),
        Field(
            "removed",
            Many(Token("opening", ID_FORM, bad_id)),
            "The ids of sessions that were published and are no longer part of the programme: "
            "they are cancelled in everybody's calendar.",
        ),
        KEEP_CANCELLED,
        Field(
            "alarms",
            Text("15 minutes", parse=times.parse_duration),
            "Publish a second calendar that reminds this long before each session.",
        ),
        Field("uid", UID, "The UID of the calendar, when it was published before by another tool."),
    ),
)
SITE = Record(
    "site",
    "What the series of a folder share.",
    (
        Field("title", Text("Our webinars"), "What the site is called."),
        Field(
            "base_url", Address("https://webinars.example.org/"), "Where `output/` will be found."
        ),
        Field(
            "hub",
            Address("https://hub.example.org/"),
            "The WebSub hub that `publish` tells of changed feeds.",
        ),
        Field("publisher", ORGANIZER, "Who publishes it."),
        Field("language", LANGUAGE, "The language of its texts, unless a series says otherwise."),
        *_SHARED,
        KEEP_CANCELLED,
        Field(
            "removed",
            Many(Token("open-science", ID_FORM, bad_id)),
            "The ids of series that were published and are withdrawn from everybody: their event "
            "files are gone.",
        ),
        Field(
            "formats",
            Many(Text("calendar")),
            "What to build: `calendar`, `feeds` (both unless it is said), `pages`, or a plug-in's.",
        ),
        Field(
            "feed_length",
            Count("100"),
            "How many recordings a feed holds at most: 100 unless it is said.",
        ),
        Field(
            "max_file_size",
            Text("1 MB"),
            "How large an event file may be: 1 MB unless it is said.",
        ),
    ),
)


def json_schema(record: Record) -> Schema:
    """The JSON Schema (2020-12) of an event file or a site file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"webinar-feeds {record.what} file",
        **record.schema(),
    }


def dump(record: Record) -> str:
    """The JSON Schema as the text that is shipped and printed."""
    return f"{json.dumps(json_schema(record), indent=2, ensure_ascii=False)}\n"
