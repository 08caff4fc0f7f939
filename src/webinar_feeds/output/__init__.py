"""The one writer: carries a build out so that nothing published is ever lost or half there.

Everything is rendered into a stage first; only when the last renderer has finished, the ledgers
are written, then files are renamed into place, then our stale ones removed, then the manifest. A
kill before the ledgers changes nothing; after them, the next build makes the same bytes. Knows
bytes, names and folders, and nothing of what they mean (D5, S6).
"""

from webinar_feeds.locking import Refused, Trouble, lock
from webinar_feeds.output.batches import Committed
from webinar_feeds.output.stage import Batch, Unit
from webinar_feeds.output.writer import HOME, Writer, stage_ledger, write

__all__ = [
    "HOME",
    "Batch",
    "Committed",
    "Refused",
    "Trouble",
    "Unit",
    "Writer",
    "lock",
    "stage_ledger",
    "write",
]
