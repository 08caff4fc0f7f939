"""Where replies lie: files, folders, Maildir, mbox, IMAP.

Mail is only read: nothing is deleted, moved, or marked as seen (EXAMINE and BODY.PEEK, RFC 9051
§6.3.3, §6.4.5).
"""

from __future__ import annotations

import imaplib
import re
import ssl
from typing import TYPE_CHECKING, Any, NamedTuple

from webinar_feeds.invitations.replies import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from webinar_feeds.invitations.accounts import Account

_SUFFIXES = frozenset({".eml", ".ics"})
_FROM = b"From "
_QUOTED = re.compile(rb">+From ")
_MONTHS = (*("Jan", "Feb", "Mar", "Apr", "May", "Jun"), *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"))
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class Unreadable(Exception):  # noqa: N818 - the world's, not ours
    """A mailbox cannot be read; the text says why."""


class Found(NamedTuple):
    """A message: where it is, in words, and its bytes; no more than one over `LARGEST` of them."""

    place: str
    data: bytes


def at(path: Path) -> Iterator[Found]:
    """The messages of a file, an mbox, a Maildir, or a folder with `.eml` and `.ics` in it.

    Raises:
        OSError: it cannot be read.
    """
    if path.is_dir():
        inside = [path / each for each in ("cur", "new")]
        if all(each.is_dir() for each in inside):
            files = [each for folder in inside for each in folder.iterdir()]
        else:
            files = [each for each in path.rglob("*") if each.suffix.lower() in _SUFFIXES]
        for each in sorted(files):
            if each.is_file() and not each.name.startswith("."):
                yield Found(each.as_posix(), _start(each))
        return
    with path.open("rb") as file:
        if file.read(len(_FROM)) != _FROM:
            yield Found(path.as_posix(), _start(path))
            return
    for number, data in enumerate(_mbox(path), 1):
        yield Found(f"{path.as_posix()} ({number})", data)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _mbox(path: Path) -> Iterator[bytes]:
    """The messages of an mbox, one at a time (RFC 4155); `>From ` was `From `."""
    held: list[bytes] = []
    size, blank = 0, True
    with path.open("rb") as file:
        for line in file:
            if blank and line.startswith(_FROM):
                if held:
                    yield b"".join(held)
                held, size = [], 0
                continue
            blank = not line.strip()
            if size <= LARGEST:
                kept = line[1:] if _QUOTED.match(line) else line
                held.append(kept)
                size += len(kept)
    if held:
        yield b"".join(held)


def imap(account: Account, since: date | None = None, timeout: float = 60) -> Iterator[Found]:
    """The messages of an IMAP folder, which is opened for reading only.

    Args:
        account: the server, the user and the folder; without a folder, the INBOX.
        since: leave out what arrived before this day.
        timeout: how long to wait for the server, in seconds.

    Raises:
        Unreadable: it cannot be read.
    """
    folder = account.folder or "INBOX"
    try:
        with _open(account, timeout) as server:
            _wanted(server.login(account.user, account.password))
            name = folder.replace("\\", "\\\\").replace('"', '\\"')
            _wanted(server.select(f'"{name}"', readonly=True))
            (listed,) = _wanted(server.uid("SEARCH", *_criteria(since)))
            for uid in listed.split():
                yield Found(f"{folder} ({uid.decode()})", _fetch(server, uid.decode()))
    except ssl.SSLCertVerificationError as error:
        msg = f"{account.host}: its certificate is not to be trusted: {error.verify_message}"
        raise Unreadable(msg) from error
    except (imaplib.IMAP4.error, OSError) as error:
        text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        msg = f"{account.host}: {text.removeprefix('b')}"
        raise Unreadable(msg) from error


def _criteria(since: date | None) -> tuple[str, ...]:
    if since is None:
        return ("ALL",)
    # Not by strftime, which would name the month in the language of this machine.
    return ("SINCE", f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}")


def _open(account: Account, timeout: float) -> imaplib.IMAP4:
    """A connection with TLS; in the clear only to this machine."""
    context = ssl.create_default_context()
    if account.secure:
        return imaplib.IMAP4_SSL(account.host, account.port, ssl_context=context, timeout=timeout)
    server = imaplib.IMAP4(account.host, account.port, timeout=timeout)
    if "STARTTLS" in server.capabilities:
        server.starttls(context)
    elif not account.is_here:
        server.shutdown()
        msg = f"{account.host}: the server offers no encryption (STARTTLS)"
        raise Unreadable(msg)
    return server


def _fetch(server: imaplib.IMAP4, uid: str) -> bytes:
    """A message, or a stand-in of the same size where it is too large; empty when it is gone."""
    sizes = _wanted(server.uid("FETCH", uid, "(RFC822.SIZE)"))
    size = next((_SIZE.search(each) for each in sizes if isinstance(each, bytes)), None)
    if size is not None and int(size[1]) > LARGEST:
        return bytes(LARGEST + 1)
    for each in _wanted(server.uid("FETCH", uid, "(BODY.PEEK[])")):
        if isinstance(each, tuple):
            return bytes(each[1])
    return b""


def _wanted(answer: tuple[str, list[Any]]) -> list[Any]:
    """What a command gave.

    Raises:
        imaplib.IMAP4.error: the server has refused it.
    """
    status, said = answer
    if status != "OK":
        raise imaplib.IMAP4.error(b" ".join(filter(None, said)).decode("utf-8", "replace"))
    return said
