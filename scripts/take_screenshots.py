#!/usr/bin/env python3
"""Take the pictures of docs/images: pages of the example in docs/images/events, in Chromium.

    scripts/take_screenshots.py

Needs what `scripts/test` installs, and the fonts that a visitor is likely to have something like:
Debian's fonts-urw-base35 (P052) and fonts-noto-core. Colours are reduced to a palette, so that a
picture takes some tens of kilobytes.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from shown_site import ARGUMENTS, CHROMIUM, serving  # noqa: E402 - found only now
from webinar_feeds import api  # noqa: E402

IMAGES = ROOT / "docs/images"
NOW = datetime(2027, 3, 9, 9, 5, tzinfo=UTC)
EXAMPLE = IMAGES / "events"
READING = "reading-together"
# The picture's name, the page, the width and height of the window, the scheme, the visitor's zone.
PICTURES = (
    ("series-1280", f"{READING}/index.html", 1280, 1000, "light", "America/Bogota"),
    ("series-768-dark", f"{READING}/index.html", 768, 1000, "dark", "Asia/Seoul"),
    ("series-360", f"{READING}/index.html", 360, 780, "light", "Australia/Melbourne"),
    ("series-ar-768", f"{READING}/ar/index.html", 768, 1000, "light", "Asia/Amman"),
    ("series-ar-360", f"{READING}/ar/index.html", 360, 780, "light", "Asia/Amman"),
    ("session-768", f"{READING}/sessions/beginnings.html", 768, 1250, "light", "America/Bogota"),
    (
        "session-on-now-360-dark",
        f"{READING}/sessions/evenings.html",
        360,
        780,
        "dark",
        "Asia/Seoul",
    ),
    ("site-1280-dark", "index.html", 1280, 720, "dark", "Europe/Berlin"),
    ("speaker-768", "speakers/ines-duarte/index.html", 768, 900, "light", "Europe/Lisbon"),
)


def main() -> None:
    """Build the example, and take its pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        events, output = Path(folder, "events"), Path(folder, "output")
        shutil.copytree(EXAMPLE, events)
        built = api.build(events, output, now=datetime(2027, 2, 10, tzinfo=UTC))
        assert built.committed, built.diagnostics  # noqa: S101 - the example has no errors
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS])
        with serving(output) as address:
            for name, path, width, height, scheme, zone in PICTURES:
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme="dark" if scheme == "dark" else "light",
                    timezone_id=zone,
                )
                page = context.new_page()
                page.clock.set_fixed_time(NOW)
                # No film is waited for: what turns meanwhile looks different in every picture.
                page.route("https://**", lambda asked: asked.abort())
                page.goto(address + path)
                taken = Path(folder, f"{name}.png")
                page.screenshot(path=taken)
                context.close()
                reduced = (
                    Image.open(taken)
                    .convert("RGB")
                    .quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
                )
                reduced.save(IMAGES / f"{name}.png", optimize=True)
        browser.close()
    _beside("three", ("series-360", "session-on-now-360-dark", "series-ar-360"))


def _beside(name: str, parts: tuple[str, ...]) -> None:
    """One picture of several beside each other."""
    shown = [Image.open(IMAGES / f"{each}.png").convert("RGB") for each in parts]
    gap = 24
    wide = sum(each.width for each in shown) + gap * (len(shown) - 1)
    made = Image.new("RGB", (wide, max(each.height for each in shown)), "#d9d5cc")
    left = 0
    for each in shown:
        made.paste(each, (left, 0))
        left += each.width + gap
    made.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        IMAGES / f"{name}.png", optimize=True
    )


if __name__ == "__main__":
    main()
