"""A round of letters in words for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from webinar_feeds.cli import columns, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webinar_feeds.cli.wishes import Wishes
    from webinar_feeds.invitations.owed import Owed
    from webinar_feeds.invitations.preparing import Invited
    from webinar_feeds.invitations.tally import Tally

NEWS = {
    "invited": "invitation",
    "moved": "new time",
    "postponed": "postponed",
    "cancelled": "cancelled",
    "uninvited": "no longer invited",
    "changed": "changed",
    "reminder": "reminder",
    "recording": "recording",
}
_COLORS = {"cancelled": "red", "no longer invited": "red", "new time": "yellow"}


class Series(NamedTuple):
    """A series of a round: who is invited, the letters that are owed, and their figures."""

    invited: Invited
    owed: Callable[[], Iterator[Owed]]
    tally: Tally


def block(each: Series, wishes: Wishes) -> Iterator[str]:
    """A series: who is on the list, a line for each news of each session, and who gets nothing."""
    from webinar_feeds.rendering.pages.language import language  # noqa: PLC0415 - start-up loads only what is used

    invited, tally = each.invited, each.tally
    series = invited.programme.series
    yield f"{click.style(table.plain(str(series.title)), bold=True)} ({series.id})"
    yield f"  {_on_the_list(invited, tally)}"
    rows = [(NEWS[row.news.value], str(row.letters), row.session) for row in tally.rows]
    widths = [max((columns.width(row[at]) for row in rows), default=0) for at in range(2)]
    for news, letters, session in rows:
        said = columns.padded(news, widths[0])
        colored = click.style(said, fg=_COLORS.get(news))
        yield f"    {colored}  {letters.rjust(widths[1])}  {table.plain(session)}"
    if wishes.verbose:
        for who, told in each_letter(each, wishes):
            yield f"      {table.plain(who)}  {table.plain(told)}"
    english = language("en")
    languages = ", ".join(
        f"{count} in {english.language_name(tag)}" for tag, count in tally.languages.items()
    )
    of = table.counted(tally.letters, "letter")
    people = "1 person" if tally.people == 1 else f"{tally.people} people"
    if not tally.letters:
        yield "  Nobody is owed a letter."
    elif len(tally.languages) > 1:
        yield f"  {of} to {people}: {languages}"
    else:
        yield f"  {of} to {people}"
    if invited.unknown:
        names = ", ".join(map(table.plain, invited.unknown[:5]))
        more = len(invited.unknown) - 5
        yield f"  no address in the contacts for {names}{f' and {more} more' if more > 0 else ''}"


def _on_the_list(invited: Invited, tally: Tally) -> str:
    parts = ["1 person" if tally.listed == 1 else f"{tally.listed} people"]
    if invited.speakers:
        parts.append(f"{table.counted(invited.speakers, 'speaker')} among them")
    if invited.away:
        parts.append(f"{invited.away} left out, who are not coming")
    if tally.opted_out:
        parts.append(f"{tally.opted_out} who want no letters")
    return f"on the list: {', '.join(parts)}"


def each_letter(each: Series, wishes: Wishes) -> Iterator[tuple[str, str]]:
    """To whom each letter goes, and what it tells."""
    from webinar_feeds.invitations.addresses import hidden  # noqa: PLC0415 - start-up loads only what is used

    for one in each.owed():
        address = one.attendee.recipient
        who = address if wishes.show_addresses else hidden(address)
        told = ", ".join(f"{NEWS[item.news.value]} {item.part.session}" for item in one.items)
        yield who, told
