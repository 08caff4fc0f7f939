"""What is added to pages, and that it keeps to their policy (W11)."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from webinar_feeds.serving import live

FOLDER = Path(live.__file__).parent


def test_the_script_stands_at_the_end_of_the_head() -> None:
    page = b"<head><title>A</title></HEAD ><body></head></body>"

    assert live.listening(page, "v") == (
        b'<head><title>A</title><script src="/.serve/live.js?since=v" defer></script>\n'
        b"</HEAD ><body></head></body>"
    )


@pytest.mark.parametrize("quote", [b'"', b"'", b""])
def test_a_pages_own_policy_is_found_however_it_is_written(quote: bytes) -> None:
    name = quote + b"content-security-policy" + quote

    assert live.policy(b"<META http-equiv=%b content=\"img-src 'self'\">" % name) == (
        "img-src 'self'"
    )


def test_a_page_without_a_policy_has_none() -> None:
    assert live.policy(b"<meta http-equiv=refresh content=1>") is None


@pytest.mark.parametrize("text", ["a&#10;Set-Cookie: b", "a\nSet-Cookie: b", "é", "a\x7f"])
def test_what_could_be_no_header_is_no_policy(text: str) -> None:
    meta = f'<meta http-equiv="Content-Security-Policy" content="{text}">'

    assert live.policy(meta.encode()) is None


def test_what_is_wrong_is_shown_as_text_and_never_as_markup() -> None:
    script = (FOLDER / "live.js").read_text(encoding="utf-8")

    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(|\.style\b"
    )
    assert re.findall(forbidden, script) == []


def test_the_overlay_asks_nobody_for_anything() -> None:
    for name in ("live.js", "overlay.css"):
        text = (FOLDER / name).read_text(encoding="utf-8")
        assert re.findall(r"https?:|url\(|@import|@font-face", text) == []


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_the_script_is_a_script() -> None:
    subprocess.run(["node", "--check", str(FOLDER / "live.js")], check=True)


def test_each_of_the_previews_files_is_there_and_nothing_else_is() -> None:
    assert all(live.asset(path) for path in live.ASSETS)
    assert live.asset("/.serve/../live.py") is None
