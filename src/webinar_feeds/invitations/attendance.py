"""Who comes: what was told and what was answered, as rows. Pure."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.invitations.letters import Method

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from webinar_feeds.invitations.letters import Told

NO_ANSWER = "no answer"
# In the order in which counts are shown
WORDS = {
    "ACCEPTED": "yes",
    "TENTATIVE": "perhaps",
    "DECLINED": "no",
    "DELEGATED": "somebody else",
    "NEEDS-ACTION": NO_ANSWER,
}
HEADER = ("series", "session", "start", "title", "email", "answer", "comment")


class Row(NamedTuple):
    """A person who is invited to a session; `start` is UTC, `answer` one of `WORDS`."""

    series: str
    session: str
    start: datetime
    title: str
    address: str
    answer: str
    comment: str


class Meeting(NamedTuple):
    """A session with its people, in the order of their addresses."""

    series: str
    session: str
    start: datetime
    title: str
    people: tuple[Row, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many answered what; answers that nobody gave are left out."""
        found = Counter(each.answer for each in self.people)
        return {word: found[word] for word in WORDS.values() if found[word]}


def meetings(
    told: Mapping[tuple[str, str], Told],
    answers: Mapping[tuple[str, str], str],
    comments: Mapping[tuple[str, str], str],
) -> Iterator[Meeting]:
    """The sessions that people are invited to now, by start; who was uninvited is not among them.

    Args:
        told: what each person was told last, by (address, UID).
        answers: PARTSTATs in capitals, the same way.
        comments: what they wrote with them.
    """
    found: dict[str, list[tuple[Told, Row]]] = {}
    for key, last in sorted(told.items()):
        part = last.part
        if part.method is Method.REQUEST:
            answer = WORDS.get(answers.get(key, ""), NO_ANSWER)
            row = Row(
                part.series,
                part.session,
                part.start,
                part.title,
                key[0],
                answer,
                comments.get(key, ""),
            )
            found.setdefault(part.uid, []).append((last, row))
    # Not everybody has been told of the newest time and title yet: those of the last letter hold.
    heads = [
        (max(rows, key=lambda each: (each[0].issued, each[0].part.sequence))[1], rows)
        for rows in found.values()
    ]
    for head, rows in sorted(heads, key=lambda each: (each[0].start, each[0].session)):
        people = tuple(row for _, row in rows)
        yield Meeting(head.series, head.session, head.start, head.title, people)


def as_csv(found: Iterable[Meeting]) -> str:
    """All rows for a spreadsheet, with CRLF (RFC 4180).

    A cell that a spreadsheet would take for a formula begins with an apostrophe: comments are
    anybody's.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for meeting in found:
        for row in meeting.people:
            start = f"{row.start:%Y-%m-%dT%H:%M:%SZ}"
            cells = (row.series, row.session, start, *row[3:])
            writer.writerow(map(_cell, cells))
    return text.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
