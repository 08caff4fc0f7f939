"""What has been published: who has which UID and SEQUENCE, and when something last changed.

Pure: bytes come in and go out, and the clock is an argument. `rows` knows the file, `revision`
what a build adds to it by what has changed its `meaning`, `merging` how two memories become one.
"""

from webinar_feeds.ledger.meaning import private, schedule
from webinar_feeds.ledger.merging import merge, sides
from webinar_feeds.ledger.revision import (
    OF_ADDRESSES,
    Revised,
    changes,
    derived_uid,
    order,
    revise,
)
from webinar_feeds.ledger.rows import (
    FORMAT,
    HASHES,
    Ledger,
    RecordingRow,
    Row,
    Was,
    conflict,
    corrupt,
    dump,
    parse,
    published,
    stamp,
    text_of,
    title_of,
)

__all__ = [
    "FORMAT",
    "HASHES",
    "OF_ADDRESSES",
    "Ledger",
    "RecordingRow",
    "Revised",
    "Row",
    "Was",
    "changes",
    "conflict",
    "corrupt",
    "derived_uid",
    "dump",
    "merge",
    "order",
    "parse",
    "private",
    "published",
    "revise",
    "schedule",
    "sides",
    "stamp",
    "text_of",
    "title_of",
]
