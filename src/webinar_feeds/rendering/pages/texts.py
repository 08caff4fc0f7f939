"""What a preview picture says; apart from what sets it, which few builds need."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date


class Texts(NamedTuple):
    """What a picture says, in the words of its page's language.

    Attributes:
        series: the series' title.
        title: the session's.
        day: the day it begins, where that is known; its number stands on the leaf.
        month: month and year, `June 2020`; unsettable, they become `2020-06`.
        weekday: its name.
        time: from when to when, `13:00–14:30`.
        zone: the zone of that time, short: `CEST (UTC+2)`.
        offset: the zone in figures, `UTC+2`, for where `zone` cannot be set.
        speakers: names.
        state: what is to be known before all, `Cancelled`; the leaf is grey then.
        rightward: whether the page's language is written from right to left; the picture is
            mirrored then.
    """

    series: str
    title: str
    day: date | None
    month: str = ""
    weekday: str = ""
    time: str = ""
    zone: str = ""
    offset: str = ""
    speakers: tuple[str, ...] = ()
    state: str = ""
    rightward: bool = False
