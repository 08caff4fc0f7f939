"""Headers and conditions, item by item of what hosts should be taught (H1-H8)."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

import pytest

from webinar_feeds.serving.answers import POLICY, Answer, Told, answer

TAG = f'"{"0" * 64}"'
MODIFIED = datetime(2026, 11, 23, 21, 13, 7, tzinfo=UTC)
DATE = "Mon, 23 Nov 2026 21:13:07 GMT"
CALENDAR = Told("talks/calendar.ics", "text/calendar; charset=utf-8", 10, "0" * 64, MODIFIED)


def asked(told: Told = CALENDAR, /, **headers: str) -> Answer:
    return answer(told, {name.replace("_", "-"): value for name, value in headers.items()})


def kind(media_type: str, path: str = "talks/file") -> dict[str, str]:
    return asked(Told(path, media_type, 10, "0" * 64)).headers


def test_a_calendar_is_sent_with_all_that_clients_go_by() -> None:
    assert asked() == Answer(
        HTTPStatus.OK,
        {
            "Cache-Control": "no-cache",
            "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Content-Type": "text/calendar; charset=utf-8",
            "ETag": TAG,
            "Last-Modified": DATE,
            "Access-Control-Allow-Origin": "*",
            "Accept-Ranges": "bytes",
            "Content-Length": "10",
        },
        0,
        10,
    )


def test_h2_types_are_sent_as_the_manifest_tells_them_and_text_has_its_charset() -> None:
    for told, sent in {
        "application/rss+xml": "application/rss+xml",
        "application/feed+json": "application/feed+json",
        "text/css": "text/css; charset=utf-8",
        "text/html; charset=utf-8": "text/html; charset=utf-8",
        "image/png": "image/png",
    }.items():
        assert kind(told)["Content-Type"] == sent


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If_None_Match": TAG}, 304),
        ({"If_None_Match": f"W/{TAG}"}, 304),
        ({"If_None_Match": f'"other", W/"more",{TAG}'}, 304),
        ({"If_None_Match": "*"}, 304),
        ({"If_None_Match": '"other"'}, 200),
        ({"If_None_Match": "nonsense"}, 200),
        ({"If_None_Match": ""}, 200),
        ({"If_Modified_Since": DATE}, 304),
        ({"If_Modified_Since": "Tue, 24 Nov 2026 00:00:00 GMT"}, 304),
        ({"If_Modified_Since": "Mon, 23 Nov 2026 21:13:06 GMT"}, 200),
        ({"If_Modified_Since": "Mon, 23 Nov 2026 21:13:07 -0000"}, 304),
        ({"If_Modified_Since": "yesterday"}, 200),
        ({"If_Modified_Since": "Mon, 99 Nov 2026 21:13:07 GMT"}, 200),
        ({"If_None_Match": '"other"', "If_Modified_Since": DATE}, 200),
        ({"If_None_Match": "", "If_Modified_Since": DATE}, 200),
        ({"If_None_Match": TAG, "If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 304),
        ({"If_None_Match": TAG, "Range": "bytes=0-1"}, 304),
    ],
)
def test_h3_a_file_is_sent_again_only_when_it_is_another(
    headers: dict[str, str], status: int
) -> None:
    assert asked(**headers).status == status


def test_h3_a_file_of_unknown_age_is_not_compared_by_its_age() -> None:
    told = CALENDAR._replace(modified=None)

    assert asked(told, If_Modified_Since=DATE).status == 200
    assert "Last-Modified" not in asked(told).headers


def test_h3_not_modified_says_what_still_holds_and_sends_nothing() -> None:
    assert asked(If_None_Match=TAG) == Answer(
        HTTPStatus.NOT_MODIFIED,
        {
            "Cache-Control": "no-cache",
            "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "ETag": TAG,
            "Last-Modified": DATE,
            "Access-Control-Allow-Origin": "*",
        },
        0,
        0,
    )


def test_h5_a_sessions_own_calendar_is_saved_under_its_name_and_a_subscription_is_not() -> None:
    ics = "text/calendar; charset=utf-8"

    assert kind(ics, "talks/invites/a-b.ics")["Content-Disposition"] == (
        "attachment; filename=\"a-b.ics\"; filename*=UTF-8''a-b.ics"
    )
    assert kind(ics, 'talks/invites/é".ics')["Content-Disposition"] == (
        "attachment; filename=\"__.ics\"; filename*=UTF-8''%C3%A9%22.ics"
    )
    assert "Content-Disposition" not in kind(ics, "talks/calendar.ics")
    assert "Content-Disposition" not in kind(ics, "invites/x/calendar.ics")
    assert "Content-Disposition" not in kind("text/html", "talks/invites/index.html")


def test_h7_calendars_feeds_and_data_may_be_read_by_pages_of_others_and_pages_not() -> None:
    origin = "Access-Control-Allow-Origin"

    for media_type in ("application/atom+xml", "application/json", "application/feed+json"):
        assert kind(media_type)[origin] == "*"
    for media_type in ("text/html; charset=utf-8", "image/png", "video/mp4"):
        assert origin not in kind(media_type)


def test_w11_a_page_may_have_a_policy_of_its_own() -> None:
    page = CALENDAR._replace(policy="default-src 'none'; media-src https://media.example.org")

    assert asked(page).headers["Content-Security-Policy"] == (
        "default-src 'none'; media-src https://media.example.org; frame-ancestors 'none'"
    )


@pytest.mark.parametrize(
    ("wanted", "status", "start", "stop", "told"),
    [
        ("bytes=0-3", 206, 0, 4, "bytes 0-3/10"),
        ("bytes=4-", 206, 4, 10, "bytes 4-9/10"),
        ("bytes=-3", 206, 7, 10, "bytes 7-9/10"),
        ("bytes=-99", 206, 0, 10, "bytes 0-9/10"),
        ("bytes=8-99", 206, 8, 10, "bytes 8-9/10"),
        ("bytes=9-9", 206, 9, 10, "bytes 9-9/10"),
        ("bytes=10-", 416, 0, 0, "bytes */10"),
        ("bytes=10-11", 416, 0, 0, "bytes */10"),
        ("bytes=-0", 416, 0, 0, "bytes */10"),
        ("bytes=3-2", 200, 0, 10, None),
        ("bytes=-", 200, 0, 10, None),
        ("bytes=0-1,3-4", 200, 0, 10, None),
        ("lines=0-1", 200, 0, 10, None),
        ("bytes=٣-٤", 200, 0, 10, None),
        pytest.param(f"bytes={'9' * 5000}-", 200, 0, 10, None, id="more than anybody has"),
    ],
)
def test_a_part_is_sent_when_one_part_is_asked_for(
    wanted: str, status: int, start: int, stop: int, told: str | None
) -> None:
    found = asked(Range=wanted)

    assert (found.status, found.start, found.stop) == (status, start, stop)
    assert found.headers.get("Content-Range") == told
    assert found.headers["Content-Length"] == str(stop - start)


@pytest.mark.parametrize(
    ("condition", "status"),
    [(TAG, 206), (DATE, 206), ('"other"', 200), (f"W/{TAG}", 200), ("nonsense", 200)],
)
def test_a_part_is_sent_only_of_the_file_that_the_client_has(condition: str, status: int) -> None:
    assert asked(Range="bytes=0-3", If_Range=condition).status == status
