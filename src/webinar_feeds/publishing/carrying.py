"""A publication at work: look, lock, carry, and leave a note of what is not yet done.

Before anything is written, a note at the place says which paths may be touched, and in the end,
which manifest is published. Whoever comes after a publication that was killed takes those paths for
unknown, and carries them again. Since every publication writes the note anew, who knows its version
knows that nobody has published since. Nothing in the order of the steps ever shows readers a name
that is not there.
"""

from __future__ import annotations

import json
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds import headers
from webinar_feeds.artifacts import MANIFEST, parse_manifest
from webinar_feeds.diagnostics import Location, Refused, Severity, declare
from webinar_feeds.locking import Trouble, lock, trouble_told
from webinar_feeds.publishing import planning, remembering
from webinar_feeds.publishing.leases import HEADERS, HOME, TERM, Lease
from webinar_feeds.publishing.planning import Deed
from webinar_feeds.publishing.remembering import Memory
from webinar_feeds.publishing.targets import Answer, Differs, Found, If, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from webinar_feeds.artifacts import Listed
    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.publishing.planning import Step
    from webinar_feeds.publishing.targets import Stamp, Target

_FEW = 30
STATE = f"{HOME}/published.json"
_ERROR = Severity.ERROR
unlike = declare(
    "WF853",
    _ERROR,
    "`{path}` is not the file that the manifest lists",
    help="build again, and publish what `webinar-feeds build` has made as it is",
)
foreign = declare(
    "WF854",
    _ERROR,
    "`{path}` is already there, and it is not one of ours",
    help="publish to another place, or with `--replace-foreign` to overwrite it",
)
damaged = declare(
    "WF855",
    _ERROR,
    "`{path}` was read back, and {what}",
    help="publish again with `--all`, which sends every file",
)


class Note(NamedTuple):
    """Which version of a place's own note was there at some time, None when there was none."""

    stamp: Stamp | None


class Order(NamedTuple):
    """What is wanted of a publication.

    `token` tells it apart from all others; `clock` gives seconds that never go back, and `pause`
    waits for some. `where` is where people find what is published, for what is said of it.
    With `since`, it is refused when anybody has published after that note.
    """

    output: Path
    target: Target
    token: str
    clock: Callable[[], float]
    pause: Callable[[float], None]
    where: str = ""
    everything: bool = False
    allow_removal: bool = False
    replace_foreign: bool = False
    term: float = TERM
    since: Note | None = None
    progress: Callable[[int, int], None] | None = None
    waiting: Callable[[], None] | None = None


class Done(NamedTuple):
    """What a publication did: its steps in order, none when there was nothing to do.

    `feeds` are the paths of the feeds of which a hub has to be told, with those owed from before.
    """

    steps: tuple[Step, ...]
    feeds: tuple[str, ...] = ()


class _Seen(NamedTuple):
    """The place as it was found, and which paths an unfinished publication may have touched."""

    manifest: Found | None
    touched: frozenset[str]
    note: Note


class _Equal(NamedTuple):
    """The place holds this output, and nothing that was begun is unfinished."""

    stamp: Stamp | None


def publish(order: Order) -> Done:
    """Make a place hold what the output folder holds.

    Raises:
        Refused: it should not be done; nothing was published.
        Trouble: the place or the disk stood in the way; the next publication completes it.
    """
    _check_apart(order)
    with lock(order.output):
        data, ours = _ours(order.output)
        digest = sha256(data).hexdigest()
        memory = remembering.load(order.output, order.target.name)
        dead, owed = ((), ()) if memory is None else (memory.tokens, memory.owed)
        mine = (order.token,)
        seen = _look(order, digest, memory)
        if isinstance(seen, _Equal):
            _remember(order, Memory(mine, digest, seen.stamp, owed))
            return Done((), owed)
        if order.since not in (None, seen.note):
            raise _overtaken(order)
        found = _plan(order, ours, seen)
        # Before the lock, so that it is known as ours whenever we are killed.
        _remember(order, Memory((*dead[-_FEW:], *mine), owed=owed))
        with _held(order, dead) as lease:
            now = _look(order, digest)
            if isinstance(now, _Equal):  # another has published the very same
                _remember(order, Memory(mine, digest, now.stamp, owed))
                return Done((), owed)
            if _stamp(now) != _stamp(seen) or order.since not in (None, now.note):
                raise _overtaken(order)
            if now.touched != seen.touched:
                found = _plan(order, ours, now)
            carrying = _Carrying(order, lease, data, ours, now)
            carrying.carry(found)
            told = tuple(sorted({*owed, *planning.feeds(found, ours)}))
            _remember(order, Memory(mine, owed=told))
            stamp = carrying.finish(digest)
            _remember(order, Memory(mine, digest, stamp, told))
    return Done(found, told)


def would(order: Order) -> tuple[Step, ...]:
    """What `publish` would do; nothing is written.

    Raises:
        Refused, Trouble: as `publish`.
    """
    _check_apart(order)
    with lock(order.output):
        data, ours = _ours(order.output)
        seen = _look(order, sha256(data).hexdigest())
        return () if isinstance(seen, _Equal) else _plan(order, ours, seen)


def settle(order: Order, owed: Iterable[str]) -> None:
    """The hub has been told; remember the paths of those feeds of which it has still to be."""
    memory = remembering.load(order.output, order.target.name)
    if memory is not None and memory.owed != tuple(owed):
        _remember(order, memory._replace(owed=tuple(owed)))


def verify(order: Order) -> tuple[Diagnostic, ...]:
    """Read back everything that is listed, and compare its bytes and its media type.

    Raises:
        Trouble: the place cannot be asked.
    """
    data, ours = _ours(order.output)
    files = sorted(ours)
    with ThreadPoolExecutor(max_workers=order.target.at_once) as pool:
        said = []
        for path, why in zip(
            files, pool.map(lambda each: _why(order, ours, each), files), strict=True
        ):
            if why is not None:
                said.append((path, why))
            if order.progress is not None:
                order.progress(1, len(files))
    found = order.target.read(MANIFEST)
    if not isinstance(found, Found) or found.data != data:
        said.append((MANIFEST, "it is not the manifest of this output"))
    return tuple(damaged.diagnostic(Location(path), path=path, what=what) for path, what in said)


def _why(order: Order, ours: Mapping[str, Listed], path: str) -> str | None:
    """What is wrong with a published file, None when nothing is."""
    found = order.target.read(path)
    if not isinstance(found, Found):
        return "it is not there"
    if sha256(found.data).hexdigest() != ours[path].sha256:
        return "its bytes are not those that were published"
    wanted = headers.content_type(ours[path].media_type)
    if found.headers is not None and found.headers.get("Content-Type", wanted) != wanted:
        return f"it is sent as `{found.headers['Content-Type']}` and not as `{wanted}`"
    return None


# --- What is decided before anything is written ---------------------------------------------------


def _check_apart(order: Order) -> None:
    if order.target.name == order.output.resolve().as_posix():
        msg = f"`{order.target.name}` is the output itself: name the folder that people read"
        raise Trouble(msg)


def _ours(output: Path) -> tuple[bytes, dict[str, Listed]]:
    with trouble_told():
        try:
            data = (output / MANIFEST).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            data = b""
    ours = parse_manifest(data)
    if ours is None:
        msg = (
            f"`{output.as_posix()}` holds nothing that can be published: run `webinar-feeds build`"
        )
        raise Trouble(msg)
    return data, ours


def _look(order: Order, digest: str, memory: Memory | None = None) -> _Seen | _Equal:
    """How the place is; where nobody has touched it since we did, one conditional read tells."""
    known = None
    if memory is not None and memory.manifest == digest and not order.everything:
        known = memory.stamp
    state = order.target.read(STATE, known)
    if state is Answer.UNCHANGED:
        return _Equal(known)
    touched: frozenset[str] = frozenset()
    if isinstance(state, Found):
        with suppress(ValueError, KeyError, TypeError):
            said = json.loads(state.data)
            touched = frozenset(map(str, said["unfinished"]))
            if said["manifest"] == digest and not touched and not order.everything:
                return _Equal(state.stamp)
    found = order.target.read(MANIFEST)
    note = Note(state.stamp if isinstance(state, Found) else None)
    return _Seen(found if isinstance(found, Found) else None, touched, note)


def _stamp(seen: _Seen) -> Stamp | None:
    return None if seen.manifest is None else seen.manifest.stamp


def _plan(order: Order, ours: dict[str, Listed], seen: _Seen) -> tuple[Step, ...]:
    """The steps, after everything that speaks against them.

    Raises:
        Refused: something does.
    """
    theirs = {} if seen.manifest is None else parse_manifest(seen.manifest.data)
    if theirs is None:
        if not order.replace_foreign:
            raise Refused([foreign.diagnostic(Location(MANIFEST), path=MANIFEST)])
        theirs = {}
    touched = seen.touched | (frozenset(ours) if order.everything else frozenset())
    found = tuple(planning.steps(ours, theirs, touched))
    where = order.where or order.target.name
    said = list(_unlike(order.output, ours, found))
    objection = planning.removals(ours, theirs, where)
    if objection is not None and not order.allow_removal:
        said.append(objection)
    for path in planning.ledgers(found):
        published = order.target.read(path) if path in ours else None
        if isinstance(published, Found):
            mine = (order.output / path).read_bytes()
            said += planning.lowered(mine, published.data, path, where)
    if said:
        raise Refused(said)
    return found


def _unlike(
    output: Path, ours: Mapping[str, Listed], found: Iterable[Step]
) -> Iterator[Diagnostic]:
    """The files to be sent that somebody has changed; all others are believed to be as listed."""
    for step in found:
        if step.path in ours and step.deed is Deed.PUT and _read(output, ours, step.path) is None:
            shown = (output / step.path).as_posix()
            yield unlike.diagnostic(Location(shown), path=shown)


def _read(output: Path, ours: Mapping[str, Listed], path: str) -> bytes | None:
    """A file of the output, None when it is not what the manifest lists."""
    try:
        data = (output / path).read_bytes()
    except OSError:
        return None
    return data if sha256(data).hexdigest() == ours[path].sha256 else None


def _overtaken(order: Order) -> Unavailable:
    if order.since is not None:
        return Unavailable(
            f"`{order.target.name}`: somebody else has published meanwhile: build again"
        )
    return Unavailable(
        f"`{order.target.name}`: somebody else has published meanwhile; look at what they did, "
        f"build with `--previous {order.where or order.target.name}`, and publish again"
    )


# --- What is done then ---------------------------------------------------------------------------


@contextmanager
def _held(order: Order, dead: tuple[str, ...]) -> Iterator[Lease]:
    lease = Lease(order.target, order.token, order.clock, order.pause, order.term)
    lease.acquire(dead, order.waiting)
    try:
        yield lease
    finally:
        with suppress(Unavailable):  # it ends by itself
            lease.release()


def _remember(order: Order, memory: Memory) -> None:
    with trouble_told():
        remembering.save(order.output, order.target.name, memory)


class _Carrying:
    """The steps, being done."""

    def __init__(
        self, order: Order, lease: Lease, manifest: bytes, ours: Mapping[str, Listed], seen: _Seen
    ) -> None:
        self.order, self.lease, self.ours = order, lease, ours
        self.manifest, self.seen = manifest, seen
        self.touched = set(seen.touched)

    def carry(self, found: tuple[Step, ...]) -> None:
        """Do all of them, stage by stage."""
        self.touched |= {step.path for step in found if step.path != MANIFEST}
        self._note()
        with ThreadPoolExecutor(max_workers=self.order.target.at_once) as pool:
            for _, stage in groupby(found, key=lambda step: step.stage):
                steps = list(stage)
                if steps[0].path == MANIFEST:
                    self._put_manifest()
                    self._count(len(found))
                    continue
                # Few at a time: what has begun is carried to its end when one of them fails.
                for begin in range(0, len(steps), 256):
                    waiting = [
                        pool.submit(self._do, step, len(found))
                        for step in steps[begin : begin + 256]
                    ]
                    done, others = wait(waiting, return_when=FIRST_EXCEPTION)
                    for each in others:
                        each.cancel()
                    for each in done:
                        each.result()

    def finish(self, digest: str) -> Stamp:
        """Note that nothing is unfinished; says which version of the note that is."""
        self.lease.keep()
        self.touched.clear()
        return self._note(digest)

    def _do(self, step: Step, total: int) -> None:
        self.lease.keep()
        if step.deed is Deed.DELETE:
            self.order.target.delete(step.path)
        else:
            self._put(step)
        self._count(total)

    def _count(self, total: int) -> None:
        if self.order.progress is not None:
            self.order.progress(1, total)

    def _put(self, step: Step) -> None:
        path, row = step.path, self.ours[step.path]
        data = _read(self.order.output, self.ours, path)
        if data is None:
            shown = (self.order.output / path).as_posix()
            raise Refused([unlike.diagnostic(Location(shown), path=shown)])
        only = If.NONE if step.is_new and not self.order.replace_foreign else If.ANY
        try:
            self.order.target.put(path, data, _headers(path, row.media_type, row.modified), only)
        except Differs:
            found = self.order.target.read(path)
            # Ours all the same: a request was repeated because its answer had been lost.
            if not isinstance(found, Found) or found.data != data:
                self.touched.discard(path)
                self._note()
                raise Refused([foreign.diagnostic(Location(path), path=path)]) from None

    def _put_manifest(self) -> None:
        self.lease.keep()
        before = self.seen.manifest
        only = If.NONE if before is None else before.stamp
        sent = _headers(MANIFEST, "application/json")
        try:
            self.order.target.put(MANIFEST, self.manifest, sent, only)
        except Differs:
            found = self.order.target.read(MANIFEST)
            if not isinstance(found, Found) or found.data != self.manifest:
                raise _overtaken(self.order) from None

    def _note(self, digest: str | None = None) -> Stamp:
        # The token makes every version another one, also where versions are told by their bytes.
        said = {
            "manifest": digest,
            "publisher": self.order.token,
            "unfinished": sorted(self.touched),
        }
        return self.order.target.put(STATE, json.dumps(said).encode(), HEADERS, If.ANY)


def _headers(path: str, media_type: str, modified: str | None = None) -> dict[str, str]:
    cached = headers.cache_control(path, media_type)
    sent = {**headers.of_the_file(path, media_type), "Cache-Control": cached}
    if modified is not None:
        written = datetime.fromisoformat(modified).astimezone(UTC)
        sent["Last-Modified"] = format_datetime(written, usegmt=True)
    return sent
