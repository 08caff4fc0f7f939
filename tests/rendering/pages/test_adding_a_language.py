"""A language is added by adding a file: nothing else in the package names the languages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from growing_site import spread_out
from made_pages import SITE, every, html, text

if TYPE_CHECKING:
    from pathlib import Path

ESPERANTO = """\
msgid ""
msgstr ""
"Language: eo\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=n != 1;\\n"

msgid "Programme"
msgstr "Programo"

msgid "{n} session"
msgid_plural "{n} sessions"
msgstr[0] "{n} kunveno"
msgstr[1] "{n} kunvenoj"

msgid "Your time: {time}"
msgstr "Via horo: {time}"
"""
SERIES = """\
title: {en: Open science, eo: Malferma scienco}
timezone: Europe/Berlin
time: 13:00–14:30
sessions:
  - {id: one, date: 2027-01-14, title: {en: Data, eo: Datumoj}}
"""


@pytest.fixture
def elsewhere(tmp_path: Path, repository: Path) -> Path:
    """A copy of the package and of the script, without anything that was compiled."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(repository / "src", tmp_path / "src", ignore=ignored)
    (tmp_path / "scripts").mkdir()
    shutil.copy(repository / "scripts/generate_catalogues.py", tmp_path / "scripts")
    spread_out(tmp_path, {"events/site.yaml": SITE, "events/open.yaml": SERIES})
    return tmp_path


def run(elsewhere: Path, *arguments: str) -> None:
    """Run a Python there, on what lies there."""
    subprocess.run(
        [sys.executable, *arguments],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(elsewhere / "src")},
        check=True,
        capture_output=True,
    )


def test_a_page_speaks_a_language_whose_file_was_added(elsewhere: Path) -> None:
    pages = elsewhere / "src/webinar_feeds/rendering/pages"
    before = {path: path.read_bytes() for path in pages.rglob("*") if path.is_file()}
    (pages / "catalogues/eo.po").write_text(ESPERANTO, encoding="utf-8")

    run(elsewhere, "scripts/generate_catalogues.py")
    run(elsewhere, "-m", "webinar_feeds", "build", "--now", "2027-01-10T00:00:00Z")

    changed = {
        path.name
        for path in pages.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and before.get(path) != path.read_bytes()
    }
    assert changed == {"eo.po", "eo.json", "eo.zones.json"}
    page = html((elsewhere / "output/open/eo/index.html").read_bytes())
    assert (page.get("lang"), page.get("dir")) == ("eo", "ltr")
    assert text(next(every(page, "h2"))) == "Programo"
    kicker = next(each for each in every(page, "p") if each.get("class") == "kicker")
    assert text(kicker).startswith("1 kunveno · 14 ")
    (words,) = [each for each in every(page, "script") if each.get("id") == "words"]
    assert json.loads(words.text or "")["Your time: {time}"] == "Via horo: {time}"
    assert "ĵaŭdo" in text(page)  # 14 January 2027, as CLDR calls the day
    english = html((elsewhere / "output/open/index.html").read_bytes())
    assert [each.get("hreflang") for each in every(english, "a") if each.get("hreflang")] == [
        *("en", "eo"),
    ]
    assert "Esperanto" in text(english)
