"""A series in each language that it is written in: the same sessions, ids and times, other words.

A text that is not given in a language stands there in the one it has, and knows that it does, so
that a page can say which language it is (WCAG 3.1.2).
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from webinar_feeds.model import Entry, Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from webinar_feeds.model import Publication, Series

T = TypeVar("T")


def settled(series: Series) -> Series:
    """A series as it was read, with its texts in its own language where they are given in it."""
    return in_language(series, series.language)


def in_language(value: T, tag: str) -> T:
    """A value of the model with its texts in a language, as far as they are given in it.

    Args:
        value: a series, a session, or anything in them.
        tag: the language (BCP 47).
    """
    translated: T = _made(value, lambda words: words.in_language(tag))
    return translated


def publication(told: Publication, tag: str, uid: str) -> Publication:
    """A series' publication in another of its languages, in a folder of its own.

    Args:
        told: the publication in the series' own language.
        tag: the other one.
        uid: that of the calendar in that language.
    """

    def entries(some: tuple[Entry, ...]) -> tuple[Entry, ...]:
        return tuple(
            Entry(series, in_language(each.session, tag), each.revision)
            for each in some
            for series in (replace(in_language(each.series, tag), language=tag),)
        )

    return replace(
        in_language(replace(told, entries=(), left=()), tag),
        path=folder(told.path, tag),
        uid=uid,
        language=tag,
        entries=entries(told.entries),
        left=entries(told.left),
    )


def folder(path: str, tag: str) -> str:
    """Where a series is published in another language, below the folder of its own."""
    return f"{path}/{tag.lower()}"


def _made(value: Any, chosen: Callable[[Words], str]) -> Any:  # noqa: ANN401 - whatever the model holds
    if isinstance(value, Words):
        return chosen(value)
    if type(value) is tuple:
        return tuple(_made(each, chosen) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        made = {each.name: _made(getattr(value, each.name), chosen) for each in fields(value)}
        changed = {name: new for name, new in made.items() if new is not getattr(value, name)}
        return replace(value, **changed) if changed else value
    return value
