"""What a letter says, in the language of its reader: values for templates, and no markup.

The pages' languages know dates, names and zones (`rendering.pages.language`); the letters' own
messages lie in `words/`, apart from the pages', so that no build loads them.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.invitations.letters import Kind, Method
from webinar_feeds.invitations.owed import News
from webinar_feeds.model import OFF, Status
from webinar_feeds.rendering import wording
from webinar_feeds.rendering.pages.language import language as language_of_pages
from webinar_feeds.rendering.pages.language import msgid
from webinar_feeds.timezones import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.invitations.owed import Item, Owed
    from webinar_feeds.model import Session
    from webinar_feeds.rendering.pages.language import Language

WORDS = Path(__file__).parent / "words"
SUBJECTS = {
    News.INVITED: msgid("Invitation: {title}"),
    News.MOVED: msgid("New time: {title}"),
    News.POSTPONED: msgid("Postponed: {title}"),
    News.CANCELLED: msgid("Cancelled: {title}"),
    News.UNINVITED: msgid("No longer invited: {title}"),
    News.CHANGED: msgid("Changed: {title}"),
    News.REMINDER: msgid("Reminder: {title}"),
    News.RECORDING: msgid("Recording: {title}"),
}
CHANGES = msgid("Changes: {title}")
LABELS = {
    News.INVITED: msgid("Invitation"),
    News.MOVED: msgid("New time"),
    News.POSTPONED: msgid("Postponed"),
    News.CANCELLED: msgid("Cancelled"),
    News.UNINVITED: msgid("You are no longer invited"),
    News.CHANGED: msgid("Changed"),
}
TONES = {
    News.MOVED: "moved",
    News.POSTPONED: "moved",
    News.CANCELLED: "off",
    News.UNINVITED: "off",
}
INTROS = {
    News.INVITED: msgid("You are invited:"),
    News.REMINDER: msgid("This begins soon:"),
    News.RECORDING: msgid("You can watch it now:"),
}
CHANGED = msgid("Something has changed:")
NO_DATE = msgid("A new date has not been set yet. Your calendar keeps the old one until then.")
UNCONFIRMED = msgid("The date is not confirmed yet.")
ANSWER = msgid(
    "Please answer with the buttons of your mail program. To decline without them, reply to this "
    "letter."
)
NO_ANSWER = msgid("Your calendar takes it over; you need not answer.")


class Second(NamedTuple):
    """The time on a second clock: whose it is, what it shows, and which it is."""

    label: str
    text: str
    zone: str = ""


class Link(NamedTuple):
    """A link and what it is called."""

    label: str
    url: str


class Told(NamedTuple):
    """A session as a letter tells it; what does not apply is empty."""

    label: str
    tone: str
    title: str
    date: str
    times: str
    zone: str
    second: Second | None
    before: str
    notice: str
    people: str
    summary: str
    links: tuple[Link, ...]


@lru_cache
def language(tag: str) -> Language:
    """The language of letters for a tag: the pages', which says the letters' messages too."""
    found = language_of_pages(tag)
    path = WORDS / f"{found.tag}.json"
    if not path.exists():
        return found
    return found.with_messages(json.loads(path.read_bytes())["messages"])


def subject(owed: Owed) -> str:
    """What the letter is called: by its session if it has one, by the series if it has several."""
    words = language(owed.language)
    news = {item.news for item in owed.items}
    (first, *more) = owed.items
    if more:
        message = SUBJECTS[first.news] if len(news) == 1 else CHANGES
        return words.text(message, title=str(first.entry.series.title))
    return words.text(SUBJECTS[first.news], title=str(first.entry.session.title))


def intro(owed: Owed) -> str:
    """The sentence above the sessions."""
    news = {item.news for item in owed.items}
    alone = INTROS.get(news.pop()) if len(news) == 1 else None
    return language(owed.language).text(alone or CHANGED)


def answer(owed: Owed) -> str:
    """How to answer, or that there is no need to; empty where nothing comes for the calendar."""
    if owed.kind is not Kind.INVITATION:
        return ""
    asks = any(
        item.part.method is Method.REQUEST and item.entry.session.status not in OFF
        for item in owed.items
    )
    return language(owed.language).text(ANSWER if asks else NO_ANSWER)


def greeting(owed: Owed) -> str:
    """`Dear Ana Lima,`; without a name, `Hello,`."""
    words, name = language(owed.language), owed.attendee.name
    return words.text("Dear {name},", name=name) if name else words.text("Hello,")


def part_of(owed: Owed) -> str:
    """Of what the sessions are a part, and who holds it."""
    words, series = language(owed.language), owed.items[0].entry.series
    title = words.quoted(str(series.title))
    if not series.organizers:
        return words.text("Part of {title}", title=title)
    names = words.enumeration(str(each.name) for each in series.organizers)
    return words.text("Part of {title}, organised by {names}", title=title, names=names)


def why(owed: Owed) -> str:
    """Why somebody gets this letter."""
    words, series = language(owed.language), owed.items[0].entry.series
    title = words.quoted(str(series.title))
    return words.text("You get this letter because you are on the list of {title}.", title=title)


def sessions(owed: Owed) -> tuple[Told, ...]:
    """The sessions of a letter, by their start."""
    words = language(owed.language)
    labelled = any(item.news is not News.INVITED for item in owed.items)
    return tuple(_told(item, words, owed.attendee.zone, labelled=labelled) for item in owed.items)


def _told(item: Item, words: Language, zone: str | None, *, labelled: bool) -> Told:
    session, news = item.entry.session, item.news
    label = LABELS.get(news)
    off = TONES.get(news) == "off"
    people = list(dict.fromkeys(map(wording.name, wording.speakers(session))))
    return Told(
        words.text(label) if label is not None and labelled else "",
        TONES.get(news, "good"),
        str(session.title),
        words.date(session.start),
        words.times(session.start, session.end),
        words.zone(session.start, session.zone),
        None if news is News.RECORDING else _second(session, words, zone),
        _before(item, words),
        _notice(item, words),
        words.enumeration(people) if people and not off else "",
        str(session.summary) if session.summary and news is News.INVITED else "",
        () if off else tuple(_links(item, words)),
    )


def _second(session: Session, words: Language, zone: str | None) -> Second | None:
    """The session on the reader's own clock, or by UTC; None where that shows the same (I35)."""
    start, end = (at(each, zone or "UTC") for each in (session.start, session.end))
    if start.utcoffset() == session.start.utcoffset():
        return None
    text = words.times(start, end)
    if start.date() != session.start.date():
        text = f"{words.date(start)}, {text}"
    if zone is None:
        return Second("UTC", text)
    return Second(words.text("Your time"), text, words.zone(start, zone))


def _before(item: Item, words: Language) -> str:
    """When a session that has moved was before, on the clock that it is told on now."""
    if item.news is not News.MOVED or item.before is None:
        return ""
    part, zone = item.before.part, item.entry.session.zone
    start, end = at(part.start, zone), at(part.end, zone)
    return f"{words.date(start)}, {words.times(start, end)}"


def _notice(item: Item, words: Language) -> str:
    if item.news is News.POSTPONED:
        return words.text(NO_DATE)
    is_open = item.entry.session.status is Status.TENTATIVE and TONES.get(item.news) != "off"
    return words.text(UNCONFIRMED) if is_open else ""


def _links(item: Item, words: Language) -> Iterator[Link]:
    """What one follows first stands first."""
    session, series = item.entry.session, item.entry.series
    if item.news is News.RECORDING:
        for each in session.recordings:
            if each.url is not None:
                yield Link(str(each.title or words.text("Watch the recording")), each.url)
    elif session.status not in OFF:
        if session.join is not None:
            yield Link(words.text("Join the session"), session.join.url)
        if session.registration is not None:
            yield Link(words.text("Register"), session.registration)
    page = session.page or series.page
    if page is not None:
        yield Link(words.text("Read more"), page)
