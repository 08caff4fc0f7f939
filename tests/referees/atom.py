"""What RFC 4287 asks of an Atom feed: the grammar in atom.rng, and what no grammar can say."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

ATOM = "{http://www.w3.org/2005/Atom}"


def atom_findings(data: bytes) -> list[str]:
    """What is wrong with an Atom feed, a sentence each; [] is good."""
    # Nothing outside the document is looked at: no DTD, no entities, no network (S8).
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        feed = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        return [f"not XML: {error}"]
    grammar = _grammar()
    if not grammar.validate(feed):
        return [f"line {error.line}: {error.message}" for error in grammar.error_log]
    return list(_beyond_grammar(feed))


@cache
def _grammar() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))


def _beyond_grammar(feed: etree._Element) -> Iterator[str]:
    entries = feed.findall(f"{ATOM}entry")
    for element in (feed, *entries):
        name = f"{etree.QName(element).localname} {_text(element, 'id')}"
        if not urlsplit(_text(element, "id")).scheme:
            yield f"{name}: an id is absolute (4.2.6)"
        yield from (f"{name}: {finding}" for finding in _links(element))
    for identifier, times in Counter(_text(entry, "id") for entry in entries).items():
        if times > 1:
            yield f"entry {identifier}: {times} entries have this id (4.1.1)"
    for entry in entries:
        if feed.find(f"{ATOM}author") is None and entry.find(f"{ATOM}author") is None:
            yield f"entry {_text(entry, 'id')}: neither it nor the feed has an author (4.1.2)"
        if entry.find(f"{ATOM}content") is None and not _alternates(entry):
            yield f"entry {_text(entry, 'id')}: neither content nor an alternate link (4.1.2)"


def _links(element: etree._Element) -> Iterator[str]:
    for (media_type, language), times in Counter(_alternates(element)).items():
        if times > 1:
            yield f"{times} alternate links of type {media_type}, language {language} (4.1.1)"


def _alternates(element: etree._Element) -> list[tuple[str | None, str | None]]:
    return [
        (link.get("type"), link.get("hreflang"))
        for link in element.findall(f"{ATOM}link")
        if link.get("rel", "alternate") == "alternate"
    ]


def _text(element: etree._Element, name: str) -> str:
    return element.findtext(f"{ATOM}{name}") or ""
