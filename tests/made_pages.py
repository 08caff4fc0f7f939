"""Pages as a build makes them, read as browsers read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import html5lib

from growing_site import built_and_planned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

SITE = """\
title: Our webinars
base_url: https://w.example.org/
publisher: Ours
formats: [calendar, feeds, pages]
"""
HTML = "{http://www.w3.org/1999/xhtml}"


def made(folder: Path) -> dict[str, bytes]:
    """What a build makes, by path below the output folder; it is what rendering all makes."""
    found, wanted = built_and_planned(folder)
    assert found == wanted
    return {
        path.removeprefix("output/"): data
        for path, data in found.items()
        if path.startswith("output/")
    }


def html(data: bytes) -> Element:
    """A page as browsers read it."""
    found: Element = html5lib.parse(data, transport_encoding="utf-8")
    return found


def every(page: Element, name: str) -> Iterator[Element]:
    """The elements of a name."""
    return page.iter(f"{HTML}{name}")


def classed(page: Element, name: str) -> list[Element]:
    """The elements of a class."""
    return [each for each in page.iter() if name in (each.get("class") or "").split()]


def text(element: Element) -> str:
    """What an element says."""
    return " ".join("".join(element.itertext()).split())
