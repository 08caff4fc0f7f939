"""From the output folder to the world: a publication is a comparison of two manifests, carried out.

Only what differs travels; readers never see a name that is not there; two publishers cannot undo
each other; and whatever stops a publication, the next one completes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from webinar_feeds.publishing import collection
from webinar_feeds.publishing.carrying import Done, Order, publish, settle, verify, would
from webinar_feeds.publishing.planning import Deed, Step, steps
from webinar_feeds.publishing.standing import noted, stands
from webinar_feeds.publishing.targets import Unavailable

if TYPE_CHECKING:
    from webinar_feeds.publishing.targets import Target

__all__ = [
    "Deed",
    "Done",
    "Order",
    "Step",
    "Unavailable",
    "collection",
    "noted",
    "open_target",
    "publish",
    "settle",
    "stands",
    "steps",
    "verify",
    "would",
]


def open_target(where: str) -> Target:
    """The place that an address or a path means.

    Raises:
        Unavailable: it is not one that can be published to, or what it needs is not installed.
    """
    scheme, is_address, _ = where.partition("://")
    if not is_address:
        from webinar_feeds.publishing.folder import Folder  # noqa: PLC0415 - one kind is used

        return Folder(Path(where))
    from webinar_feeds.publishing.objects import SCHEMES, Objects  # noqa: PLC0415 - as above

    if scheme in SCHEMES and urlsplit(where).netloc:
        return Objects(where)
    msg = (
        f"`{where}` is not a place to publish to: name a folder, `s3://…`, `gs://…`, `az://…`, "
        "`caldav://…` or `caldavs://…`"
    )
    raise Unavailable(msg)
