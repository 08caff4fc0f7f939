"""A round of letters in figures: how many, about what, to whom not and why not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.diagnostics import Location, Severity, declare
from webinar_feeds.invitations.letters import Method
from webinar_feeds.invitations.owed import News

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from webinar_feeds.diagnostics import Diagnostic
    from webinar_feeds.invitations.owed import Owed, Round

another_list = declare(
    "WF932",
    Severity.WARNING,
    "{leaving} of the {invited} people who are invited are not on the list any more, and would be "
    "told so",
    help="if it is another list by mistake, name the right one with `--attendees`",
)
_ORDER = list(News)
# So many of those who are invited may leave a list at once before somebody is asked to look.
_FEW, _SHARE = 3, 0.5


class Row(NamedTuple):
    """How many letters tell one news of one session."""

    news: News
    session: str
    title: str
    letters: int


class Tally(NamedTuple):
    """A round in figures.

    `letters` counts messages, `people` who gets one; `languages` counts letters by language;
    `told` are those on the list who get none, `opted_out` those of them who want none.
    `leaving` are those who were invited and are no longer on the list, `invited` all who were.
    """

    letters: int
    people: int
    rows: tuple[Row, ...]
    languages: Mapping[str, int]
    listed: int
    told: int
    opted_out: int
    leaving: int
    invited: int


def of(owed: Iterable[Owed], about: Round, *, one_per_session: bool) -> Tally:
    """A round in figures.

    Args:
        owed: its letters.
        about: what it goes by.
        one_per_session: whether a letter tells of one session only.
    """
    letters = 0
    people: set[str] = set()
    languages: Counter[str] = Counter()
    rows: Counter[tuple[int, int, str]] = Counter()
    titles: dict[str, str] = {}
    for each in owed:
        many = len(each.items) if one_per_session else 1
        letters += many
        languages[each.language] += many
        people.add(each.attendee.address)
        for item in each.items:
            titles.setdefault(item.part.session, item.part.title)
            when = int(item.part.start.timestamp())
            rows[_ORDER.index(item.news), when, item.part.session] += 1
    listed = {person.address for person in about.people}
    invited = {
        address
        for (address, _), told in about.known.told.items()
        if told.part.method is Method.REQUEST and told.part.end > about.now
    }
    told_rows = tuple(
        Row(_ORDER[news], session, titles[session], count)
        for (news, _, session), count in sorted(rows.items())
    )
    return Tally(
        letters,
        len(people),
        told_rows,
        dict(languages.most_common()),
        len(listed),
        len(listed - people),
        len(listed & about.known.opted_out),
        len(invited - listed),
        len(invited),
    )


def doubts(series: str, figures: Tally) -> tuple[Diagnostic, ...]:
    """What should be looked at before anything is sent.

    Args:
        series: the id of the series.
        figures: the round in figures.
    """
    if figures.leaving < _FEW or figures.leaving <= _SHARE * figures.invited:
        return ()
    values = {"leaving": figures.leaving, "invited": figures.invited}
    return (another_list.diagnostic(Location(series), **values),)
