"""Letters as files: a folder of `.eml` and `.ics`, for who sends them with a program of their own.

Writing a letter is not sending it: nothing is remembered but what lies in the folder. A letter that
lies there keeps the instant at which it was issued, so that writing it again changes no byte.
"""

from __future__ import annotations

import os
import re
from datetime import UTC
from email.parser import BytesHeaderParser
from email.policy import SMTPUTF8
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.invitations import mime

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from webinar_feeds.invitations.letters import Letter

_UNSAFE = re.compile(r"[^\w.@+-]")
_OWNER_ALONE = 0o600
_READ = 64 * 1024  # bytes; headers are shorter


class Written(NamedTuple):
    """How many files were written, how many were so already, and what else lies in the folder."""

    written: int
    unchanged: int
    others: tuple[str, ...]


def write(letters: Iterable[Letter], folder: Path, now: datetime) -> Written:
    """Write each letter as a message, and what it holds for calendars beside it.

    Args:
        letters: the letters.
        folder: where to; it is made, for its owner alone, if it is not there.
        now: when letters are issued that do not lie there yet, UTC.

    Raises:
        OSError: the disk or its permissions do not let it.
        Refused: a template of the organiser's cannot be used.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written, unchanged = 0, 0
    ours: set[str] = set()
    for letter in letters:
        stem = name(letter)
        data = letter.make(_issued(folder / f"{stem}.eml") or now)
        files = {f"{stem}.eml": data}
        files |= {f"{stem}.{file}": told for file, told in mime.files(data)}
        for file, content in files.items():
            ours.add(file)
            if put(folder / file, content):
                written += 1
            else:
                unchanged += 1
    others = sorted({each.name for each in folder.iterdir()} - ours)
    return Written(written, unchanged, tuple(others))


def name(letter: Letter) -> str:
    """What a letter's files are called: whom it is for, and which of theirs it is."""
    return f"{_UNSAFE.sub('_', letter.address)[:100]}.{letter.key[:12]}"


def _issued(path: Path) -> datetime | None:
    """When a letter that lies there was issued, None when none does."""
    try:
        with path.open("rb") as file:
            headers = BytesHeaderParser(policy=SMTPUTF8).parsebytes(file.read(_READ))
        return parsedate_to_datetime(str(headers["Date"])).astimezone(UTC)
    except (OSError, ValueError, TypeError):
        return None


def put(path: Path, data: bytes) -> bool:
    """Write a private file, whole or not at all; whether it had to be written."""
    try:
        if path.read_bytes() == data:
            return False
    except OSError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE), "wb") as file:
        file.write(data)
    part.replace(path)
    return True
