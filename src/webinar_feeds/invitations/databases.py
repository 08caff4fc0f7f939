"""The database that the journal lies in: a private SQLite file, or PostgreSQL by its URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.exc import NoSuchModuleError

from webinar_feeds.diagnostics import Location, Refused, Severity, declare

if TYPE_CHECKING:
    from pathlib import Path

unusable = declare(
    "WF950",
    Severity.ERROR,
    "the journal of sent letters cannot be used: {why}",
    help="{cure}",
)
VARIABLE = "WEBINAR_FEEDS_JOURNAL"
_NAME_ONE = "name a file, or `postgresql://host/database`"
_INSTALL = "run `pip install 'webinar-feeds[postgresql]'`"
_WAIT = 10  # seconds for which another program may hold the file


def opened(place: Path | str) -> tuple[str, sa.Engine]:
    """How a journal is called in words, and the way to it."""
    if not isinstance(place, str):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch(mode=0o600)  # nobody else's business
        return place.as_posix(), sqlite(place.as_posix(), _WAIT)
    try:
        url = sa.make_url(place)
        if url.get_backend_name() == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
            return url.render_as_string(hide_password=True), sa.create_engine(url)
    except ModuleNotFoundError as error:
        why, cure = f"the package {error.name} is not installed", _INSTALL
    except (NoSuchModuleError, sa.exc.ArgumentError):
        why, cure = "this is no address of a database", _NAME_ONE
    else:
        why, cure = "only PostgreSQL can be shared", _NAME_ONE
    raise Refused([unusable.diagnostic(Location(VARIABLE), why=why, cure=cure)])


def sqlite(path: str, wait: float) -> sa.Engine:
    """The way to a SQLite file; `wait` seconds for others, 0 for a file that is but a lock."""
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=path), connect_args={"timeout": wait}
    )

    @sa.event.listens_for(engine, "connect")
    def configure(connection: sa.engine.interfaces.DBAPIConnection, record: object) -> None:
        """What a letter's two entries rely on: order, durability, and that removed is gone."""
        del record
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            if wait:
                cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine
