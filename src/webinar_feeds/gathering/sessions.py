"""What is known of every session and of what it is about, on the stage."""

from __future__ import annotations

from array import array
from hashlib import blake2b
from struct import Struct
from typing import TYPE_CHECKING

from webinar_feeds.output.spool import Sorted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from webinar_feeds.output.spool import Spool

_MANY = 2048  # sessions of one view that are sorted at once
_ERA = 1 << 40  # makes every instant a whole number above zero
# What a view may gather: its path, what it is called, and the numbers of its sessions, which rise.
Subject = tuple[str, str, "array[int]"]
Row = tuple[int, ...]
FIRST, WIDTH = 4, 4  # where the columns of long files begin, and how many each has


def hashed(text: str) -> int:
    """A number that tells a text from every other, but for one in many millions."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


class Sessions:
    """What is known of every session, by its number: rows of some forty bytes, on the stage.

    A row has when the session starts and was modified, its mark, the place of its series, and for
    each long file where its piece lies, how large it is, its sum, and the number of its facts.
    """

    def __init__(self, spool: Spool, files: int) -> None:
        self.spool = spool
        self.form = Struct(f"<qqQI{files * 'QIII'}")
        self.count = 0

    def add(self, rows: Iterable[Row]) -> None:
        """Take the next sessions' rows."""
        found = [self.form.pack(*row) for row in rows]
        self.spool.add(b"".join(found))
        self.count += len(found)

    def __getitem__(self, number: int) -> Row:
        size = self.form.size
        return self.form.unpack(self.spool.part(number * size, size))

    def ordered(self, numbers: array[int]) -> tuple[array[int], Callable[[], Iterator[Row]]]:
        """Some sessions by their start, those of one start by number; and what gives their rows.

        Args:
            numbers: of the sessions, which rise. The rows of many are read each time anew.
        """
        if len(numbers) <= _MANY:
            found = sorted([(self[number], number) for number in numbers], key=_when)
            rows = [row for row, _ in found]
            return array("I", (number for _, number in found)), rows.__iter__
        path = self.spool.path.with_name(".order")
        lines = Sorted(path)
        for number in numbers:
            lines.add(b"%012x%08x" % (self[number][0] + _ERA, number))
        order = array("I", (int(line[12:], 16) for line in lines))
        lines.close()
        return order, lambda: map(self.__getitem__, order)


def _when(found: tuple[Row, int]) -> int:
    return found[0][0]


class Subjects:
    """What sessions are about, and who speaks: a line for each series that says so, sorted."""

    def __init__(self, stage: Path) -> None:
        self.languages: set[str] = set()
        self._lines = Sorted(stage / ".subjects")

    def add(self, path: str, name: str, numbers: list[int]) -> None:
        """Some sessions of a series have a subject; series come in the order of their numbers."""
        if path.startswith("languages/"):
            self.languages.add(path)
        # It sorts by the path, then by the first of them.
        first, *others = numbers
        more = array("I", others).tobytes().hex().encode() if others else b""
        called = name.encode("unicode_escape")
        self._lines.add(b"%b\t%08x\t%b\t%b" % (path.encode(), first, called, more))

    def __iter__(self) -> Iterator[Subject]:
        path, name, numbers = b"", b"", array("I")
        for line in self._lines:
            subject, first, called, others = line.split(b"\t")
            if subject != path:
                if numbers:
                    yield path.decode(), name.decode("unicode_escape"), numbers
                path, name, numbers = subject, called, array("I")
            numbers.append(int(first, 16))
            if others:
                numbers.frombytes(bytes.fromhex(others.decode()))
        if numbers:
            yield path.decode(), name.decode("unicode_escape"), numbers

    def close(self) -> None:
        """Let go of the file."""
        self._lines.close()
