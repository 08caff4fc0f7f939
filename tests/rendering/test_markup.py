"""Text in markup: whatever people write is character data or a value, and comes back (S7)."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as some
from lxml import etree

from webinar_feeds.rendering import markup

# What XML 1.0 §2.2 knows; the rest is dropped.
TEXTS = some.text(
    some.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | some.sampled_from("\t\n\r<>&\"'")
)


class Read(HTMLParser):
    """What a reader of HTML finds: elements with their values, and text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


def html(text: str) -> Read:
    read = Read()
    read.feed(text)
    read.close()
    return read


@given(TEXTS)
def test_text_in_xml_comes_back(text: str) -> None:
    found = etree.fromstring(markup.element("title", text).encode())

    assert (found.tag, found.text or "", len(found)) == ("title", text, 0)


@given(TEXTS)
def test_a_value_in_xml_comes_back(text: str) -> None:
    found = etree.fromstring(markup.empty("link", ("href", text), ("rel", "self")).encode())

    assert (dict(found.attrib), found.text) == ({"href": text, "rel": "self"}, None)


@given(some.text())
def test_any_text_makes_xml_that_can_be_read(text: str) -> None:
    whole = markup.element("title", text) + markup.empty("link", ("href", text))

    assert etree.fromstring(f"<feed>{whole}</feed>".encode()).tag == "feed"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\x00b", "ab"),
        ("a\x0bb\nc", "ab\nc"),
        ("\ufffe\uffff", ""),
        ("\ud800", ""),
        ("a\x85b", "a\x85b"),
        ("\U0001f393", "\U0001f393"),
    ],
)
def test_what_xml_does_not_know_is_dropped(text: str, left: str) -> None:
    assert markup.data(text) == left


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", ""),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("&amp;", "&amp;amp;"),
        ("]]>", "]]&gt;"),
        ("\r\n", "&#13;\n"),
        ("\"'", "\"'"),
    ],
)
def test_character_data_is_written_with_as_few_entities_as_will_do(text: str, written: str) -> None:
    assert markup.data(text) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a b", '"a b"'),
        ("\"'", '"&quot;\'"'),
        ("a\nb\tc", '"a&#10;b&#9;c"'),
        ("\r", '"&#13;"'),
    ],
)
def test_a_value_keeps_its_white_space(text: str, written: str) -> None:
    assert markup.quoted(text) == written


def test_values_that_are_none_are_left_out() -> None:
    assert markup.empty("link", ("rel", None), ("href", "")) == '<link href=""/>'
    assert markup.empty("br") == "<br/>"


@given(TEXTS.filter(lambda each: "\r" not in each))
def test_text_in_html_comes_back_and_begins_no_element(text: str) -> None:
    found = html(f'<p title="{markup.escape(text)}">{markup.escape(text)}</p>')

    assert (found.elements, found.text) == ([("p", [("title", text)])], text)


def test_quotes_are_left_alone_where_they_may_be() -> None:
    assert markup.escape("\"'<", quote=False) == "\"'&lt;"
    assert markup.escape("\"'<") == "&quot;&#x27;&lt;"
