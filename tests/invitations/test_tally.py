from __future__ import annotations

import pytest

from letter_rounds import LATER, SERIES, about, as_published, heard, people
from webinar_feeds.invitations import owed, preview, tally
from webinar_feeds.invitations.owed import News

SIX = "email,language\n" + "".join(
    f"{each}@example.org,{'de' if each in 'ab' else 'en'}\n" for each in "abcdef"
)


def test_a_round_is_counted_by_news_and_session() -> None:
    told, held = as_published()
    everybody = about(told, people(SIX, told))
    known = heard(owed.first_invitations(everybody))
    text = SERIES.replace("2027-01-14", "2027-01-21").replace(
        "id: open-data", "id: open-data\n    status: cancelled"
    )
    changed, _ = as_published(text, held, LATER)
    known = known._replace(opted_out=frozenset({"a@example.org"}))
    now = about(changed, people(SIX, told), known, LATER)

    found = tally.of(owed.changes(now), now, one_per_session=False)

    assert found == tally.Tally(
        letters=5,
        people=5,
        rows=(
            tally.Row(News.MOVED, "preprints", "Preprints und wer sie liest", 5),
            tally.Row(News.CANCELLED, "open-data", "Data that others can use", 5),
        ),
        languages={"en": 4, "de": 1},
        listed=6,
        told=1,
        opted_out=1,
        leaving=0,
        invited=6,
    )
    assert tally.of(owed.changes(now), now, one_per_session=True).letters == 10


@pytest.mark.parametrize(
    ("staying", "doubted"), [("abcdef", False), ("abc", False), ("ab", True), ("", True)]
)
def test_a_list_that_more_than_half_have_left_is_doubted(staying: str, *, doubted: bool) -> None:
    told, _ = as_published()
    some = people(SIX, told)
    known = heard(owed.first_invitations(about(told, some)))
    now = about(told, tuple(each for each in some if each.address[0] in staying), known)

    found = tally.of(owed.changes(now), now, one_per_session=False)

    assert [each.code for each in tally.doubts("open-science", found)] == ["WF932"] * doubted


def test_two_who_leave_are_no_other_list() -> None:
    told, _ = as_published()
    known = heard(owed.first_invitations(about(told, people("email\na@b.org\nc@b.org\n", told))))
    now = about(told, (), known)

    assert tally.doubts("x", tally.of(owed.changes(now), now, one_per_session=False)) == ()


def test_a_preview_of_a_round_that_tells_nobody_says_so() -> None:
    told, _ = as_published()
    now = about(told, ())
    figures = tally.of(iter(()), now, one_per_session=False)

    page = preview.page([preview.Part("open-science", "Open science", figures, ())], ()).decode()

    assert "<h1>0 letters would be sent</h1>" in page
    assert "<table>" not in page
