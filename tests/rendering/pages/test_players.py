"""How a recording is shown, by where it is."""

from __future__ import annotations

import pytest

from webinar_feeds.model import MediaFile, Recording
from webinar_feeds.rendering.pages.players import Player, beside, player

YOUTUBE = "https://www.youtube-nocookie.com/embed/abc_DEF-123"
VIMEO = "https://player.vimeo.com/video/76979871?dnt=1"


@pytest.mark.parametrize(
    ("url", "src", "host"),
    [
        ("https://youtu.be/abc_DEF-123?si=x", YOUTUBE, "YouTube"),
        ("https://www.youtube.com/watch?v=abc_DEF-123&t=90", YOUTUBE, "YouTube"),
        ("https://m.youtube.com/watch?app=desktop&v=abc_DEF-123", YOUTUBE, "YouTube"),
        ("https://youtube.com/embed/abc_DEF-123", YOUTUBE, "YouTube"),
        ("https://youtube.com/live/abc_DEF-123", YOUTUBE, "YouTube"),
        ("https://www.youtube.com/shorts/abc_DEF-123", YOUTUBE, "YouTube"),
        ("https://www.youtube-nocookie.com/embed/abc_DEF-123", YOUTUBE, "YouTube"),
        ("https://vimeo.com/76979871", VIMEO, "Vimeo"),
        ("https://vimeo.com/76979871/", VIMEO, "Vimeo"),
    ],
)
def test_a_film_of_youtube_or_vimeo_has_a_frame_without_cookies(
    url: str, src: str, host: str
) -> None:
    assert player(Recording("a", url)) == Player("frame", src, host)


@pytest.mark.parametrize(
    "url",
    [
        "https://video.example.org/watch?v=abc_DEF-123",
        "https://youtube.com.example.org/watch?v=abc_DEF-123",
        "https://notyoutube.com/watch?v=abc_DEF-123",
        "https://www.youtube.com/watch",
        "https://www.youtube.com/playlist?list=abc_DEF-123",
        "https://www.youtube.com/watch?v=a%22%3E%3Cscript%3E",
        "https://youtu.be/../x",
        "https://youtu.be/",
        "https://vimeo.com/channels/staffpicks/76979871",
        "https://vimeo.com/٧٦٩٧",
    ],
)
def test_everything_else_is_a_link(url: str) -> None:
    assert player(Recording("a", url)) == Player("link")


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        (["video/mp4"], "video"),
        (["audio/mpeg"], "audio"),
        (["audio/mpeg", "video/webm"], "video"),
        (["application/pdf"], "link"),
    ],
)
def test_a_file_is_played_where_a_browser_can(types: list[str], kind: str) -> None:
    files = tuple(MediaFile("https://media.example.org/1", each) for each in types)

    assert player(Recording("a", "https://video.example.org/1", files=files)).kind == kind


def test_what_is_only_announced_is_not_shown() -> None:
    assert player(Recording("a")) == Player("none")


@pytest.mark.parametrize(
    ("address", "base", "found"),
    [
        ("https://w.example.org/assets/1.jpg", "https://w.example.org/", "../assets/1.jpg"),
        ("https://w.example.org.evil.example/1.jpg", "https://w.example.org/", ""),
        ("https://i.example.net/1.jpg", "https://w.example.org/", ""),
        ("https://w.example.org/assets/1.jpg", None, ""),
        (None, "https://w.example.org/", ""),
    ],
)
def test_only_a_file_of_the_site_lies_beside_a_page(
    address: str | None, base: str | None, found: str
) -> None:
    assert beside(address, base, "../") == found
