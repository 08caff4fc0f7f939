"""What has been published: a copy of the output, in a folder or at an address.

The one room that opens a connection, and only when somebody names an address. It asks for files by
their paths below that address and for nothing else, and it believes what it gets no further than
that: whoever reads a ledger or a calendar checks it as they would check a file (S5, S6).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urlsplit, urlunsplit

from webinar_feeds import __version__
from webinar_feeds.artifacts import MANIFEST, parse_manifest
from webinar_feeds.locking import Trouble
from webinar_feeds.recovery import Remains

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.client import HTTPMessage, HTTPResponse
    from typing import IO
    from urllib.parse import SplitResult
    from urllib.request import OpenerDirector, Request  # noqa: TID251 - types only

SITE = "site"
LEDGER = "ledger.jsonl"
CALENDAR = "calendar.ics"
FEED = "recordings.json"
_WITNESSES = (LEDGER, CALENDAR, FEED)
TIMEOUT = 30  # seconds without a byte
LIMIT = 256 << 20  # bytes of one file; the ledger of a hundred thousand sessions has a quarter
_BLOCK = 1 << 16
_GZIP = 31  # zlib's number for a gzip header and the largest window
_GONE = (404, 410)
_SCHEMES = {"http": "http", "https": "https", "webcal": "https", "webcals": "https"}
_ID = r"[a-z0-9][a-z0-9-]{0,63}"
_SERIES = re.compile(rf"({_ID})/(?:{re.escape(LEDGER)}|{re.escape(CALENDAR)})")
_INVITE = re.compile(rf"({_ID})/invites/({_ID})\.ics")


class Unreachable(Trouble):
    """What was published cannot be read; the words say where, why, and what to do."""


class _Place(Protocol):
    """Where the files are."""

    def read(self, path: str) -> bytes | None:
        """A file's bytes, None when there is none."""
        ...

    def name(self, path: str) -> str:
        """A file as people should see it."""
        ...


class Published:
    """A copy of the output: its files by path, and what its manifest lists.

    Args:
        place: where the files are.

    Raises:
        Unreachable: there is no manifest there, or one that is not ours.
    """

    def __init__(self, place: _Place) -> None:
        self.place = place
        data = place.read(MANIFEST)
        shown = place.name(MANIFEST)
        if data is None:
            msg = (
                f"`{shown}` is not there: name the folder or address that holds it; "
                "where nothing has been published yet, there is nothing to read"
            )
            raise Unreachable(msg)
        listed = parse_manifest(data)
        if listed is None:
            msg = f"`{shown}` is not a manifest of webinar-feeds: name what `build` has made"
            raise Unreachable(msg)
        self.paths = frozenset(listed)
        self._sums = {path: row.sha256 for path, row in listed.items() if LEDGER in path}
        found = [match for match in map(_SERIES.fullmatch, self.paths) if match]
        self._sessions: dict[str, list[str]] = {match[1]: [] for match in found}
        for match in filter(None, map(_INVITE.fullmatch, self.paths)):
            self._sessions.setdefault(match[1], []).append(match[2])

    def read(self, path: str) -> bytes | None:
        """A file's bytes, None when there is none.

        Args:
            path: below the address, with slashes.

        Raises:
            ValueError: the path would leave the address.
            Unreachable: it cannot be read.
        """
        parts = path.split("/")
        if {"", ".", ".."}.intersection(parts) or "\\" in path or "\0" in path or ":" in parts[0]:
            msg = f"{path!r} is not a path below an address"
            raise ValueError(msg)
        return self.place.read(path)

    def name(self, path: str) -> str:
        """A file as people should see it."""
        return self.place.name(path)

    @property
    def series(self) -> tuple[str, ...]:
        """The ids of the series that have been published, in order."""
        return tuple(sorted(self._sessions))

    def sessions(self, series: str) -> tuple[str, ...]:
        """The ids of a series' published sessions, in order, as their invites are called."""
        return tuple(sorted(self._sessions.get(series, ())))

    def ledger(self, series: str, known: bytes = b"") -> bytes | None:
        """The published ledger of a series, or of the site; None when the manifest lists none.

        Args:
            series: its id, or `site`.
            known: what may have been published; where the manifest lists these very bytes, nobody
                is asked for them.
        """
        path = LEDGER if series == SITE else f"{series}/{LEDGER}"
        if known and self._sums.get(path) == sha256(known).hexdigest():
            return known
        return self._listed(path)

    def calendar(self, series: str) -> bytes | None:
        """The calendar of a series, or of the site; None when the manifest lists none."""
        return self._listed(CALENDAR if series == SITE else f"{series}/{CALENDAR}")

    def remains(self, series: str) -> Remains:
        """Everything that tells what has been published of a series, as far as it is still there.

        Raises:
            Unreachable: it cannot be read.
        """
        copy, calendar, feed = map(self._left, (f"{series}/{each}" for each in _WITNESSES))
        return Remains(copy, calendar, feed, self.sessions(series))

    def site_remains(self) -> bytes | None:
        """The published ledger of the site, None when it is not there."""
        return self._left(LEDGER)

    def _left(self, path: str) -> bytes | None:
        return self.place.read(path) if path in self.paths else None

    def ledgers(self) -> Mapping[str, bytes]:
        """The published ledgers by series id, the site's as `site`, each read when it is asked for.

        Raises:
            Unreachable: a series was published without a ledger, and building without its memory
                would tell subscribers less than they know; asking for one raises it too where what
                is there is not what the manifest lists.
        """
        lacking = [each for each in self.series if f"{each}/{LEDGER}" not in self.paths]
        if lacking:
            msg = (
                f"`{self.name(MANIFEST)}` lists no ledger for `{lacking[0]}`: bring it back with "
                f"`webinar-feeds ledger rebuild --from {self.name('')}`, and build and publish "
                "once without `--previous`"
            )
            raise Unreachable(msg)
        held = dict.fromkeys(self.series)
        if LEDGER in self.paths:
            held[SITE] = None
        return _Read(tuple(held), self._whole_ledger)

    def calendars(self) -> Mapping[str, bytes]:
        """The published calendars of series, by series id, each read when it is asked for."""
        held = tuple(each for each in self.series if f"{each}/{CALENDAR}" in self.paths)
        return _Read(held, self.calendar)

    def _whole_ledger(self, series: str) -> bytes | None:
        """A ledger to go on from: one that was cut off or is older would lower a SEQUENCE (I13)."""
        data = self.ledger(series)
        path = LEDGER if series == SITE else f"{series}/{LEDGER}"
        # A checkout on Windows may have other ends of lines.
        if data is None or sha256(data.replace(b"\r\n", b"\n")).hexdigest() == self._sums[path]:
            return data
        msg = (
            f"`{self.name(path)}` is not the file that `{MANIFEST}` lists: if it has just been "
            "published, try again later; otherwise bring it back with `webinar-feeds ledger "
            f"rebuild --from {self.name('')}`, and build and publish once without `--previous`"
        )
        raise Unreachable(msg)

    def _listed(self, path: str) -> bytes | None:
        if path not in self.paths:
            return None
        data = self.place.read(path)
        if data is None:
            msg = f"`{self.name(path)}` is not there, but `{MANIFEST}` lists it: publish it again"
            raise Unreachable(msg)
        return data


class _Read(Mapping[str, bytes]):
    """Files by name that are read when somebody asks, so that memory holds one at a time."""

    def __init__(self, names: tuple[str, ...], read: Callable[[str], bytes | None]) -> None:
        self._names, self._read = dict.fromkeys(names), read

    def __getitem__(self, name: str) -> bytes:
        if name not in self._names:
            raise KeyError(name)
        data = self._read(name)
        assert data is not None  # noqa: S101 - what is listed is there, or reading says that it is not
        return data

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def open(where: str) -> Published:  # noqa: A001 - what one does with an address
    """What has been published in a folder or at an address.

    Args:
        where: a folder, or an http, https, webcal or webcals URL of what a build has made; the
            name of the manifest there will do.

    Raises:
        Unreachable: it cannot be read, or a build has not made it.
    """
    address = _address(where)
    if address is None:
        folder = Path(where)
        return Published(_Folder(folder.parent if folder.name == MANIFEST else folder))
    path = address.path.removesuffix(MANIFEST)
    return Published(_Address(address._replace(path=path if path.endswith("/") else f"{path}/")))


def read(where: str) -> bytes:
    """One file, by its path or URL.

    Raises:
        Unreachable: it cannot be read.
    """
    address = _address(where)
    if address is not None:
        url = urlunsplit(address)
        data = _fetch(url, _opener())
        shown = _shown(url)
    else:
        data = _from_disk(Path(where))
        shown = Path(where).as_posix()
    if data is None:
        msg = f"`{shown}` is not there: check the name"
        raise Unreachable(msg)
    return data


def is_address(where: str) -> bool:
    """Whether this names something on the web, and not on the disk."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", where) is not None


def _address(where: str) -> SplitResult | None:
    """The address that is meant, None for a path.

    Raises:
        Unreachable: it is an address, but not one that can be read.
    """
    if not is_address(where):
        return None
    try:
        parts = urlsplit(where)
        known = _SCHEMES.get(parts.scheme)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        msg = f"this is not an address: {error}"
        raise Unreachable(msg) from None
    if known is None or not host:
        msg = f"`{where}` is not an address that can be read: write `https://…`, or a folder"
        raise Unreachable(msg)
    if parts.username is not None or parts.password is not None:
        msg = (
            f"the address on `{host}` holds a name or password, which would show in lists of "
            "processes: fetch the files in another way, and name their folder"
        )
        raise Unreachable(msg)
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~?")
    return parts._replace(scheme=known, path=path, query=query, fragment="")


# --- Folders -------------------------------------------------------------------------------------


class _Folder:
    """A folder on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not folder.is_dir():
            msg = f"`{folder.as_posix()}` is not a folder: check the name"
            raise Unreachable(msg)

    def read(self, path: str) -> bytes | None:
        found = self.folder / path
        if not found.resolve().is_relative_to(self.folder.resolve()):
            msg = f"`{found.as_posix()}` is a link that leads elsewhere: put the file in its place"
            raise Unreachable(msg)
        return _from_disk(found)

    def name(self, path: str) -> str:
        return (self.folder / path).as_posix()


def _from_disk(path: Path) -> bytes | None:
    try:
        if path.stat().st_size > LIMIT:
            raise _too_large(path.as_posix())
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        msg = f"`{path.as_posix()}`: {why}: check that it is a file, and its permissions"
        raise Unreachable(msg) from error


def _too_large(shown: str) -> Unreachable:
    return Unreachable(f"`{shown}` is larger than {LIMIT >> 20} MiB: it is not one of ours")


# --- Addresses -----------------------------------------------------------------------------------


class _Address:
    """A folder on the web; `base` ends in a slash, and its query, if any, goes with every path."""

    def __init__(self, base: SplitResult) -> None:
        self.base = base
        self.opener = _opener()

    def read(self, path: str) -> bytes | None:
        return _fetch(self._url(path), self.opener)

    def name(self, path: str) -> str:
        return _shown(self._url(path))

    def _url(self, path: str) -> str:
        return urlunsplit(self.base._replace(path=f"{self.base.path}{quote(path)}"))


def _shown(url: str) -> str:
    """An address without its query, which may hold a key."""
    return urlunsplit(urlsplit(url)._replace(query=""))


def _fetch(url: str, opener: OpenerDirector) -> bytes | None:
    """The bytes at a URL, None when there are none; caches on the way are asked to look again.

    Raises:
        Unreachable: the network, the server or its certificate does not let it.
    """
    from http.client import HTTPException  # noqa: PLC0415 - only who names an address waits for it
    from urllib.error import HTTPError, URLError  # noqa: PLC0415 - as above
    from urllib.request import Request  # noqa: PLC0415, TID251 - the one room that opens connections

    shown = _shown(url)
    asked = {
        "User-Agent": f"webinar-feeds/{__version__}",
        "Accept-Encoding": "gzip",
        "Cache-Control": "no-cache",
    }
    try:
        with opener.open(Request(url, headers=asked), timeout=TIMEOUT) as response:  # noqa: S310 - only http and https have a handler
            return _unpacked(response, shown)
    except HTTPError as error:
        with error:
            if error.code in _GONE:
                return None
            msg = f"`{shown}`: the server says {error.code} {error.reason}: {_cure(error.code)}"
        raise Unreachable(msg) from error
    except URLError as error:
        raise _unreachable(shown, error.reason) from error
    except (OSError, HTTPException, ValueError, zlib.error) as error:
        raise _unreachable(shown, error) from error


def _opener() -> OpenerDirector:
    """What opens http and https, by the proxies of the environment, and nothing else."""
    from urllib import request  # noqa: PLC0415, TID251 - the one room that opens connections

    class Redirects(request.HTTPRedirectHandler):
        """To the same scheme, or from http to https."""

        def redirect_request(  # noqa: PLR0913, PLR0917 - the library's own
            self,
            req: Request,
            fp: IO[bytes],
            code: int,
            msg: str,
            headers: HTTPMessage,
            newurl: str,
        ) -> Request | None:
            if urlsplit(newurl).scheme not in (req.type, "https"):
                fp.close()
                shown = _shown(req.full_url)
                why = f"`{shown}` leads to `{_shown(newurl)}`, which anybody on the way can change"
                what = f"{why}: name an address that stays with {req.type}"
                raise Unreachable(what)
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler(),
        request.HTTPHandler(),
        request.HTTPSHandler(),
        Redirects(),
        request.HTTPErrorProcessor(),
        request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _unpacked(response: HTTPResponse, shown: str) -> bytes:
    """The body of an answer, all of it and not more than is sensible."""
    coding = response.headers.get("Content-Encoding", "identity").lower()
    unpack = zlib.decompressobj(wbits=_GZIP) if coding in ("gzip", "x-gzip") else None
    if unpack is None and coding != "identity":
        msg = f"`{shown}` is sent as `{coding}`, which nobody asked for: mend the server's settings"
        raise Unreachable(msg)
    data = bytearray()
    while block := response.read(_BLOCK):
        data += block if unpack is None else unpack.decompress(block, LIMIT + 1 - len(data))
        if len(data) > LIMIT:
            raise _too_large(shown)
    if response.length or (unpack is not None and not unpack.eof):
        msg = "the answer breaks off"
        raise OSError(msg)
    return bytes(data)


def _cure(code: int) -> str:
    if code in (401, 403, 407):
        return "fetch the files in another way, and name their folder"
    if code == 429 or code >= 500:
        return "try again later"
    return "open it in a browser, and name the address where that ends"


def _unreachable(shown: str, reason: str | BaseException) -> Unreachable:
    """The network's errors in one sentence: where, why, and what to do."""
    from ssl import SSLCertVerificationError, SSLError  # noqa: PLC0415 - loaded with https anyway

    if isinstance(reason, SSLCertVerificationError):
        why = f"its certificate is not valid ({reason.verify_message})"
        cure = "renew it; an authority of your own is named by the variable SSL_CERT_FILE"
    elif isinstance(reason, SSLError):
        why = "it does not speak https"
        cure = f"write `http:{shown.partition(':')[2]}` if that is what you mean"
    elif isinstance(reason, TimeoutError):
        why, cure = f"there was no answer for {TIMEOUT} seconds", "try again later"
    else:
        why = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        cure = "check the address and your network, and try again"
    return Unreachable(f"`{shown}`: {why}: {cure}")
