"""Is there anything to do? What the last build saw and made, and whether all of it is still so.

Most builds change nothing, and then nothing else of the program need be loaded: this room knows
bytes, names and stamps of files, and imports next to nothing. What it keeps may be deleted at any
time. It trusts nothing that was made by another version of the program, of a library or of the tz
database; event files are compared by their bytes, files of ours by their stamps: size, inode and
the time of the last change, which no program can set back.
"""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

HOME = ".webinar-feeds"
LOCK = ".webinar-feeds.lock"  # as `locking` calls it
STATE = "state"
RECORDS = "records"
_MAGIC = "webinar-feeds state 4"
_NEVER = 1 << 62
_END = 253_402_300_800  # the year 10000, which no build can be told of
_SUM = 64
_BLOCK = 1 << 16  # more than most event files have
_ZONEINFO = "/usr/share/zoneinfo"
# What no program can set back, except on Windows, which has no such stamp.
CHANGED = "st_mtime_ns" if os.name == "nt" else "st_ctime_ns"


class Row(NamedTuple):
    """What is known of a series: a hash of its event file, and the stamps of its ledger and output.

    `name` is the file name of its event file, empty for some of the files that no series owns;
    `files` are the paths of its output below the output folder, with spaces between them; `due`
    is the second (since 1970, UTC) from which on it changes by itself; `record` the hash of what
    other parts of the site know of it.
    """

    name: str
    event: str
    files: str
    stamps: str
    due: int
    record: str


class State(NamedTuple):
    """What a build left: everything that its rows do not say.

    `site` is a hash of the site's own file, `ledgers` of the names of all ledgers; `manifest` are
    the manifest's own stamps; `artifacts` counts the files; `plain` and `styled` are what the build
    said.
    """

    program: str
    asked: str
    site: str
    ledgers: str
    manifest: str
    artifacts: int
    plain: str
    styled: str


class Kept:
    """What a build left, as long as it is open: its state, and its rows one after another.

    The rows of series are in the order of the series' ids, those of files without one come first.
    """

    def __init__(self, state: State, file: BinaryIO, offset: int, end: int) -> None:
        self.state = state
        self._file, self._offset, self._end = file, offset, end

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def rows(self) -> Iterator[Row]:
        """The rows; ask for one iteration at a time."""
        self._file.seek(self._offset)
        at = self._offset
        for line in self._file:
            at += len(line)
            if at > self._end:
                return
            yield row(line[:-1])


def digest(data: bytes) -> str:
    """A hash of bytes, for comparing."""
    return sha256(data).hexdigest()[:32]


def of_names(names: Iterable[str]) -> str:
    """A hash of a set of names."""
    return digest("\n".join(sorted(names)).encode("utf-8", "surrogateescape"))


def program(events: str) -> str:
    """All but bytes that may change what a build makes of the same files, and says of them.

    Code, libraries, Python and the tz database; the site's own templates; and what the folder of
    the event files is called, which is part of every diagnostic.
    """
    import webinar_feeds  # noqa: PLC0415 - its own face, which is loaded already

    tables = os.environ.get("PYTZ_TZDATADIR", "")
    seen = [events, sys.version, tables]
    # Where a distribution keeps the tz database apart from pytz, no version of a package tells.
    for folder in (tables or _ZONEINFO, _ZONEINFO):
        seen += (_size_and_age(f"{folder}/{name}") for name in ("zone.tab", "Europe/Berlin"))
    templates = f"{events}/templates"
    seen += (f"{name} {hash_of(f'{templates}/{name}')}" for name in sorted(_names(templates)))
    for folder in webinar_feeds.__path__:
        for path, _, files in sorted(os.walk(folder)):
            if not path.endswith(("__pycache__", "explanations")):
                for name in sorted(files):
                    seen.append(f"{path}/{name} {_size_and_age(f'{path}/{name}')}")
    for folder in sys.path:
        seen += sorted(name for name in _names(folder) if name.endswith(("-info", ".pth")))
    return digest("\n".join(seen).encode("utf-8", "surrogateescape"))


def asked(events: str, output: str) -> str:
    """What was asked for, in the words of which the build has spoken."""
    try:
        here = os.getcwd()  # noqa: PTH109 - pathlib is not loaded here
    except OSError:  # it has been removed
        here = ""
    return digest(f"{events}\0{output}\0{here}".encode("utf-8", "surrogateescape"))


def stamps(ledger: str, output: str, files: str) -> str:
    """The stamps of a ledger and of files below an output folder, whose names have no spaces."""
    seen: list[int | str] = []
    # This is most of what a build costs that has nothing to do.
    for path in (ledger, *[f"{output}/{name}" for name in files.split()]):
        try:
            found = os.lstat(path)
        except OSError:
            seen.append("-")
            continue
        seen += (found.st_size, getattr(found, CHANGED), found.st_ino)
    return digest(repr(seen).encode())


def load(output: str) -> Kept | None:
    """What the last build left in an output folder, None when that cannot be read.

    Whoever gets it closes it, as a context.
    """
    try:
        file = open(f"{output}/{HOME}/{STATE}", "rb")  # noqa: PTH123, SIM115 - closed by the caller
    except OSError:
        return None
    kept = None
    try:
        kept = _kept(file)
    except (OSError, ValueError):
        return None
    finally:  # also when Ctrl-C ends it
        if kept is None:
            file.close()
    return kept


def _kept(file: BinaryIO) -> Kept | None:
    """What stands in a state file whose bytes are those that were written."""
    end = file.seek(0, 2) - _SUM
    if end < 0:
        return None
    file.seek(0)
    seen, left = sha256(), end
    while left:
        block = file.read(min(_BLOCK, left))
        seen.update(block)
        left -= len(block)
    if file.read() != seen.hexdigest().encode():
        return None
    file.seek(0)
    head = [file.readline()[:-1].decode("utf-8", "surrogateescape") for _ in range(8)]
    magic, program_, asked_, site, ledgers, manifest, artifacts, sizes = head
    if magic != _MAGIC:
        return None
    plain, styled = (
        file.read(int(size)).decode("utf-8", "surrogateescape") for size in sizes.split()
    )
    state = State(program_, asked_, site, ledgers, manifest, int(artifacts), plain, styled)
    return Kept(state, file, file.tell(), end)


def dump(state: State) -> bytes:
    """The bytes of what a build leaves, before its rows."""
    said = (state.plain, state.styled)
    head = (
        *(_MAGIC, state.program, state.asked, state.site, state.ledgers),
        *(state.manifest, str(state.artifacts)),
        " ".join(str(len(_coded(each))) for each in said),
    )
    return _coded("\n".join(head) + "\n") + b"".join(map(_coded, said))


def line(each: Row) -> bytes:
    """The bytes of a row."""
    return _coded("\t".join(map(str, each)) + "\n")


def row(data: bytes) -> Row:
    """A row from its bytes, without the line's end."""
    name, event, files, seen, due, record = data.decode("utf-8", "surrogateescape").split("\t")
    return Row(name, event, files, seen, int(due), record)


def whole(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of a state file: those that are given, and a hash of them."""
    found = sha256()
    for block in blocks:
        found.update(block)
        yield block
    yield found.hexdigest().encode()


def _coded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def event_files(events: str) -> list[str]:
    """The names of a folder's event files, the site's included, in order."""
    return sorted(
        name
        for name in _names(events)
        if name.endswith((".yaml", ".yml")) and not name.startswith(".")
    )


def seconds(instant: float | None) -> int:
    """A moment as the state has it."""
    return _NEVER if instant is None else int(instant)


def is_fresh(known: Row, events: str, output: str, now: float) -> bool:
    """Whether a series' event file, ledger and output are as the last build left them.

    For a row without a name: the site's ledger and the files that no series owns.
    """
    return (not known.name or is_current(known, events, now)) and is_whole(known, events, output)


def is_current(known: Row, events: str, now: float) -> bool:
    """Whether a series' event file says what it said to the last build, and will now."""
    return now < known.due and hash_of(f"{events}/{known.name}") == known.event


def is_whole(known: Row, events: str, output: str) -> bool:
    """Whether the ledger and the output of a row are as the last build left them."""
    ledger = f"{events}/ledger/{stem(known.name) or 'site'}.jsonl"
    return stamps(ledger, output, known.files) == known.stamps


def answer(arguments: list[str]) -> State | None:
    """The state of an output folder when a build with these arguments would change nothing.

    Only the plainest ways to ask are understood; for all others, and whenever anything is not as
    the last build left it, the answer is None, and the build itself has to look.
    """
    given = _parsed(arguments)
    jobs = os.environ.get("WEBINAR_FEEDS_JOBS")
    if given is None or (jobs and not jobs.isdecimal()):
        return None
    kept = load(given[1])
    if kept is None:
        return None
    with kept:
        return kept.state if _is_as_left(kept, *given) else None


def _is_as_left(kept: Kept, events: str, output: str) -> bool:
    """Whether everything that a build depends on is as the last one left it."""
    state = kept.state
    if state.asked != asked(events, output) or state.program != program(events):
        return False
    # What is at work there, or was killed: a build waits for the one, and sweeps after the other.
    if any(map(os.path.lexists, (f"{output}/{LOCK}", f"{events}/ledger/{LOCK}"))):
        return False
    names = event_files(events)
    site = next((name for name in names if name in ("site.yaml", "site.yml")), None)
    listed = iter(sorted((name for name in names if name != site), key=stem))
    ledgers = (stem(name) for name in _names(f"{events}/ledger") if name.endswith(".jsonl"))
    now = _now()
    if (
        now is None
        or (site and (hash_of(f"{events}/{site}") or "unreadable")) != (state.site or None)
        or of_names(ledgers) != state.ledgers
    ):
        return False
    for each in kept.rows():
        if each.name and each.name != next(listed, None):
            return False
        if not is_fresh(each, events, output, now):
            return False
    return next(listed, None) is None


def stem(name: str) -> str:
    """The id of a series, by the file name of its event file."""
    return name.rpartition(".")[0]


def rings(arguments: list[str]) -> bool:
    """Say again what the last build said, if one with these arguments would change nothing.

    Returns:
        Whether that was all there was to do.
    """
    state = answer(arguments)
    if state is None:
        return False
    if sys.stdout is None or sys.stderr is None:  # they are closed
        return False
    terminal = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    if terminal and sys.platform == "win32":
        return False  # whose terminals need help with colours
    said = state.styled if terminal else state.plain
    summary = ""
    if not {"-q", "--quiet"}.intersection(arguments):
        summary = up_to_date(_parsed(arguments)[1], state.artifacts)  # type: ignore[index]  # it was parsed above
    for text, stream in ((said, sys.stderr), (summary, sys.stdout)):
        if not text.isascii() and (stream.encoding or "").lower().replace("-", "") != "utf8":
            return False
        if text != text.encode(errors="replace").decode():
            return False  # a name that is not text, which the command can show
    try:
        for text, stream in ((said, sys.stderr), (summary, sys.stdout)):
            stream.write(text)
            stream.flush()
    except OSError:
        # Nobody hears: what cannot be written now must not be tried again when the program ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise SystemExit(1) from None
    return True


def up_to_date(output: str, artifacts: int) -> str:
    """What a build says that had nothing to do."""
    return f"{output} is up to date: {artifacts} files, none changed.\n"


def hash_of(path: str) -> str:
    """The hash of a file's bytes; empty when there is no such file."""
    data = _bytes(path)
    return "" if data is None else digest(data)


def _parsed(arguments: list[str]) -> tuple[str, str] | None:
    """The folders of `build [EVENTS] [-o OUTPUT] [-q]`; None for anything else."""
    if arguments[:1] != ["build"]:
        return None
    events, output = [], "output"
    rest_ = iter(arguments[1:])
    for each in rest_:
        if each in ("-o", "--output"):
            output = next(rest_, "")
        elif each.startswith("--output="):
            output = each.removeprefix("--output=")
        elif each.startswith("-"):
            if each not in ("-q", "--quiet"):
                return None
        else:
            events.append(each)
    if len(events) > 1 or not output:
        return None
    return (*events, "events")[0], output


def _now() -> float | None:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is not None:
        # Whatever else stands there is the build's to refuse.
        return float(epoch) if epoch.isdecimal() and float(epoch) < _END else None
    import time  # noqa: PLC0415 - what decides never sees a clock; this only asks whether to wake it

    return time.time()


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - pathlib is not loaded here
    except OSError:
        return []


def _size_and_age(path: str) -> str:
    """What tells one version of an installed file from another."""
    try:
        found = os.stat(path)  # noqa: PTH116 - pathlib is not loaded here
    except OSError:
        return "-"
    return f"{found.st_size} {found.st_mtime_ns}"


def _bytes(path: str) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        data = os.read(descriptor, _BLOCK)
        if len(data) == _BLOCK:
            while block := os.read(descriptor, _BLOCK):
                data += block
    except OSError:  # it is a folder
        return None
    else:
        return data
    finally:
        os.close(descriptor)
