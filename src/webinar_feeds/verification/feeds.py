"""Published feeds of recordings, element by element, beside what feedgen writes of the same items.

The order of the elements inside an item, white space between elements, and the prefixes of
namespaces do not count; the order of the items does (F8). JSON Feed, which feedgen does not know,
is held against the items themselves (F27).
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from lxml import etree

from webinar_feeds.verification.words import Found, apart, reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from webinar_feeds.model import MediaFile
    from webinar_feeds.rendering.feeds.items import Header, Item

_ATOM = "http://www.w3.org/2005/Atom"
_ENTRY, _ID = f"{{{_ATOM}}}entry", f"{{{_ATOM}}}id"
_NAMES = {
    _ATOM: "atom:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "http://search.yahoo.com/mrss/": "media:",
    "https://podcastindex.org/namespace/1.0": "podcast:",
    "http://www.w3.org/XML/1998/namespace": "xml:",
}


class Element(NamedTuple):
    """An element as it is compared: namespace and name, attributes, text, and what is in it."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    text: str
    inside: tuple[Element, ...]


# --- XML -----------------------------------------------------------------------------------------


def look(data: bytes, again: bytes) -> Found:
    """What differs between a published RSS or Atom feed and feedgen's of the same items.

    Args:
        data: the published file.
        again: what feedgen writes.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        ours = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        return Found((f"lxml cannot read it: {reason(error)}",))
    theirs = etree.fromstring(again, parser)
    items, name = ("channel/item", "guid") if theirs.tag == "rss" else (_ENTRY, _ID)
    here, there = (
        [(each.findtext(name), each) for each in x.findall(items)] for x in (ours, theirs)
    )
    told = {urn: _element(each) for urn, each in here}
    expected = {urn: _element(each) for urn, each in there}
    for _, each in (*here, *there):
        each.getparent().remove(each)
    said = [*_elements("the feed", _element(ours), _element(theirs))]
    said += _members([urn for urn, _ in here], [urn for urn, _ in there])
    for urn in filter(told.__contains__, expected):
        said += _elements(f"item {urn}", told[urn], expected[urn])
    return Found(tuple(said), len(here))


def _element(element: Any) -> Element:  # noqa: ANN401 - as above
    """An element without what does not count: the order of what is in it, and space around that."""
    inside = tuple(sorted(_element(each) for each in element if isinstance(each.tag, str)))
    text = "".join(element.itertext()) if not inside else _between(element)
    return Element(element.tag, tuple(sorted(element.attrib.items())), text, inside)


def _between(element: Any) -> str:  # noqa: ANN401 - as above
    """The text beside the elements in an element, which must be white space only."""
    return "".join(filter(None, (element.text, *(each.tail for each in element)))).strip()


def _elements(who: str, told: Element, expected: Element) -> Iterator[str]:
    """What is in an element, compared: what is too much or lacks, or is another."""
    if told[:3] != expected[:3]:
        yield f"{who}: {_said(told._replace(inside=()), expected._replace(inside=()))}"
    extra = Counter(told.inside) - Counter(expected.inside)
    lacking = Counter(expected.inside) - Counter(told.inside)
    for element in lacking.elements():
        other = next((each for each in extra if each.tag == element.tag), None)
        if other is None:
            yield f"{who} has no {_described(element)}, but feedgen writes one"
        else:
            extra -= Counter([other])
            yield from _elements(who, other, element)
    for element in extra.elements():
        yield f"{who} has {_described(element)}, but feedgen writes none"


def _said(told: Element, expected: Element) -> str:
    here, there = apart(_value(told), _value(expected))
    return f"{_tag(told.tag)} is {here}, but feedgen writes {there}"


def _described(element: Element) -> str:
    return f"{_tag(element.tag)} {apart(_value(element), None)[0]}"


def _value(element: Element) -> str:
    """What an element says, in one line."""
    attributes = (f"{_tag(name)}={value}" for name, value in element.attributes)
    inside = (f"{_tag(each.tag)} {_value(each)}" for each in element.inside)
    return " ".join(filter(None, (*attributes, element.text, *inside)))


def _tag(name: str) -> str:
    space, _, local = name.rpartition("}")
    return f"{_NAMES.get(space[1:], '')}{local}"


# --- JSON ----------------------------------------------------------------------------------------


def look_at_json(data: bytes, feed: Header, items: Sequence[Item]) -> Found:
    """What differs between a published JSON Feed and its items."""
    try:
        document = json.loads(data)
        held = document.pop("items")
        told = {each["id"]: each for each in held}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Found(("is no JSON Feed",))
    said = list(_keys("the feed", document, _head(feed)))
    said += _members([each["id"] for each in held], [item.urn for item in items])
    for item in items:
        if item.urn in told:
            said += _keys(f"item {item.urn}", told[item.urn], _object(item))
    return Found(tuple(said), len(held))


def _head(feed: Header) -> dict[str, object]:
    return _known(
        version="https://jsonfeed.org/version/1.1",
        title=feed.title,
        description=feed.description,
        language=feed.language,
        authors=[{"name": name} for name in feed.authors],
        home_page_url=feed.link,
        feed_url=feed.address,
    )


def _object(item: Item) -> dict[str, object]:
    return _known(
        id=item.urn,
        url=item.link,
        title=item.title,
        summary=item.summary,
        content_html=item.html,
        date_published=_stamp(item.published),
        date_modified=_stamp(item.updated),
        language=item.language,
        image=item.poster,
        authors=[{"name": name} for name in item.authors] or None,
        tags=[*item.topics] or None,
        attachments=[_attachment(file, item) for file in item.files] or None,
    )


def _attachment(file: MediaFile, item: Item) -> dict[str, object]:
    seconds = None if item.duration is None else item.duration.total_seconds()
    return _known(
        url=file.url,
        mime_type=file.media_type,
        size_in_bytes=file.size,
        duration_in_seconds=seconds,
    )


def _known(**values: object) -> dict[str, object]:
    return {key: value for key, value in values.items() if value is not None}


def _stamp(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _keys(who: str, told: Mapping[str, object], expected: Mapping[str, object]) -> Iterator[str]:
    for key in sorted({*told, *expected}):
        if told.get(key) != expected.get(key):
            here, there = apart(told.get(key), expected.get(key))
            yield f"{who} has the {key} {here}, but the event file says {there}"


# --- Both ----------------------------------------------------------------------------------------


def _members(told: Sequence[str | None], expected: Sequence[str | None]) -> Iterator[str]:
    """The same items, each once, in the same order."""
    here, there = Counter(told), Counter(expected)
    if here == there:
        if [*told] != [*expected]:
            yield "the items are not in the order in which they came, newest first"
        return
    yield from (f"item {each} is not in it" for each in there - here)
    yield from (f"item {each} should not be in it" for each in here - there)
