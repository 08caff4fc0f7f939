"""What subscribers saw change, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from webinar_feeds import changes
from webinar_feeds.model import Status, Told

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
START = datetime(2020, 6, 17, 11, tzinfo=UTC)
TOLD = Told("Inclusion", START, START + HOUR, "Europe/Berlin", Status.CONFIRMED)


def moved(by: timedelta, told: Told = TOLD) -> Told:
    return told._replace(start=told.start + by, end=told.end + by)


def of(status: Status, told: Told = TOLD) -> Told:
    return told._replace(status=status)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (TOLD, ()),
        (TOLD._replace(zone="Europe/Paris"), ()),
        (TOLD._replace(title="Equity"), ("renamed from “Inclusion”",)),
        (
            moved(DAY + 2 * HOUR),
            ("moved from Wed 17 June 13:00 CEST to Thu 18 June 15:00 CEST",),
        ),
        (moved(2 * HOUR), ("moved from 13:00 to 15:00 CEST, Wed 17 June",)),
        (
            moved(2 * HOUR)._replace(zone="Europe/London"),
            ("moved from Wed 17 June 13:00 CEST to Wed 17 June 14:00 BST",),
        ),
        (
            moved(2 * HOUR)._replace(zone="Africa/Johannesburg"),
            ("moved from 13:00 to 15:00 SAST, Wed 17 June",),
        ),
        (
            moved(365 * DAY),
            ("moved from Wed 17 June 2020 13:00 CEST to Thu 17 June 2021 13:00 CEST",),
        ),
        (
            moved(180 * DAY),
            ("moved from Wed 17 June 13:00 CEST to Mon 14 December 12:00 CET",),
        ),
        (TOLD._replace(end=START + 2 * HOUR), ("now ends at 15:00 CEST",)),
        (
            moved(DAY)._replace(title="Equity"),
            (
                "renamed from “Inclusion”",
                "moved from Wed 17 June 13:00 CEST to Thu 18 June 13:00 CEST",
            ),
        ),
    ],
)
def test_a_session_that_takes_place_is_moved_or_renamed(after: Told, words: tuple[str]) -> None:
    assert changes.words(TOLD, after) == words


AGAIN = "Wed 17 June 2020, 13:00–14:00 CEST"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (Status.CONFIRMED, Status.CANCELLED, "cancelled"),
        (Status.TENTATIVE, Status.CANCELLED, "cancelled"),
        (Status.POSTPONED, Status.CANCELLED, "cancelled"),
        (Status.CONFIRMED, Status.POSTPONED, "postponed, the new date is not known yet"),
        (Status.CANCELLED, Status.POSTPONED, "postponed, the new date is not known yet"),
        (Status.CANCELLED, Status.CONFIRMED, f"takes place again, {AGAIN}"),
        (Status.POSTPONED, Status.CONFIRMED, f"takes place again, {AGAIN}"),
        (Status.POSTPONED, Status.TENTATIVE, f"may take place again, {AGAIN}"),
        (Status.TENTATIVE, Status.CONFIRMED, "the date is confirmed"),
        (Status.CONFIRMED, Status.TENTATIVE, "the date is not certain any more"),
    ],
)
def test_each_status_has_its_words(before: Status, after: Status, words: str) -> None:
    assert changes.words(of(before), of(after)) == (words,)


def test_what_becomes_certain_may_be_moved_at_once() -> None:
    assert changes.words(of(Status.TENTATIVE), moved(2 * HOUR)) == (
        "moved from 13:00 to 15:00 CEST, Wed 17 June",
        "the date is confirmed",
    )


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (Status.CANCELLED, Status.CANCELLED, ()),
        (Status.CONFIRMED, Status.CANCELLED, ("cancelled",)),
        (
            Status.POSTPONED,
            Status.POSTPONED,
            ("moved from Wed 17 June 13:00 CEST to Thu 18 June 13:00 CEST",),
        ),
    ],
)
def test_another_date_of_a_cancelled_session_is_no_move(
    before: Status, after: Status, words: tuple[str]
) -> None:
    assert changes.words(of(before), of(after, moved(DAY))) == words


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (TOLD, "Wed 17 June 2020, 13:00–14:00 CEST"),
        (TOLD._replace(zone="UTC"), "Wed 17 June 2020, 11:00–12:00 UTC"),
        (TOLD._replace(zone="UTC+05:45"), "Wed 17 June 2020, 16:45–17:45 UTC+05:45"),
        (TOLD._replace(zone="Asia/Kathmandu"), "Wed 17 June 2020, 16:45–17:45 UTC+05:45"),
        (TOLD._replace(zone="America/Sao_Paulo"), "Wed 17 June 2020, 08:00–09:00 UTC-03:00"),
        (
            TOLD._replace(end=START + 12 * HOUR),
            "Wed 17 June 2020, 13:00–Thu 18 June 01:00 CEST",
        ),
    ],
)
def test_when_is_told_by_the_clocks_of_the_sessions_zone(told: Told, words: str) -> None:
    assert changes.when(told) == words


def test_days_and_months_are_named_in_english_on_every_machine() -> None:
    """D1: no locale decides; Monday is the week's first day, as in `datetime.weekday`."""
    monday = datetime(2024, 1, 1, tzinfo=UTC)
    days = [f"{monday + number * DAY:%A}" for number in range(7)]
    months = [f"{datetime(2024, number, 1, tzinfo=UTC):%B}" for number in range(1, 13)]

    assert (days, months) == ([*changes.DAYS], [*changes.MONTHS])
