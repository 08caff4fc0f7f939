"""The grammar of Atom accepts what RFC 4287 allows and refuses what it does not."""

from __future__ import annotations

import pytest

from referees.atom import atom_findings

ENTRY = """\
<entry>
  <id>urn:uuid:6a1b7b5e-3f4c-5b6d-8e9f-000000000001</id>
  <title type="html">A &lt;em>recording&lt;/em></title>
  <updated>2020-06-18T09:00:00+02:00</updated>
  <published>2020-06-18T07:00:00Z</published>
  <link href="https://example.org/a"/>
  <link rel="alternate" type="text/html" hreflang="en" href="https://example.org/en"/>
  <link rel="enclosure" type="video/mp4" length="12" href="https://example.org/a.mp4"/>
  <content type="html">&lt;p>Hello&lt;/p></content>
  <category term="cities"/>
</entry>"""
THE_ENTRY = "entry urn:uuid:6a1b7b5e-3f4c-5b6d-8e9f-000000000001"
FEED = f"""\
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:x="urn:x" xml:lang="en">
<id>urn:uuid:6a1b7b5e-3f4c-5b6d-8e9f-000000000000</id>
<title>Recordings</title>
<updated>2020-06-18T07:00:00Z</updated>
<author><name>An organisation</name><uri>https://example.org/</uri></author>
<link rel="self" type="application/atom+xml" href="https://example.org/recordings.atom"/>
<generator uri="https://example.org/" version="1">somebody</generator>
<x:complete x:really="yes"><x:deeper/></x:complete>
{ENTRY}
</feed>"""


def changed(old: str, new: str, count: int = -1) -> bytes:
    assert old in FEED
    return FEED.replace(old, new, count).encode()


def test_a_good_feed_is_accepted() -> None:
    assert atom_findings(FEED.encode()) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<content ", "<summary>in short</summary><content "),
        (ENTRY, ""),
        ('<content type="html">&lt;p>Hello&lt;/p></content>', ""),
        ('type="html">&lt;p>', 'type="text">&lt;p>'),
        (
            '<content type="html">&lt;p>Hello&lt;/p></content>',
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a<b/></div></content>',
        ),
        (
            '<content type="html">&lt;p>Hello&lt;/p></content>',
            '<content type="video/mp4" src="https://example.org/a.mp4"/>',
        ),
        ("2020-06-18T07:00:00Z</updated>", "2020-06-18T07:00:00.25-05:00</updated>"),
    ],
)
def test_what_the_standard_allows_is_accepted(old: str, new: str) -> None:
    assert atom_findings(changed(old, new)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("<id>urn:uuid:6a1b7b5e-3f4c-5b6d-8e9f-000000000000</id>", "", id="feed-id"),
        pytest.param("<id>urn:uuid:6a1b7b5e-3f4c-5b6d-8e9f-000000000001</id>", "", id="entry-id"),
        pytest.param("<title>Recordings</title>", "", id="feed-title"),
        pytest.param("<title>Recordings</title>", "<title>a</title><title>b</title>", id="titles"),
        pytest.param("<updated>2020-06-18T07:00:00Z</updated>", "", id="feed-updated"),
        pytest.param("<updated>2020-06-18T09:00:00+02:00</updated>", "", id="entry-updated"),
        pytest.param("T07:00:00Z</pub", "T07:00:00</pub", id="no-offset"),
        pytest.param("T07:00:00Z</pub", "T07:00Z</pub", id="no-seconds"),
        pytest.param("2020-06-18T07:00:00Z</pub", "2020-06-18</pub", id="no-time"),
        pytest.param("2020-06-18T07:00:00Z</pub", "2020-06-31T07:00:00Z</pub", id="31-June"),
        pytest.param("T07:00:00Z</pub", "t07:00:00z</pub", id="small-letters"),
        pytest.param("2020-06-18T07:00:00Z</pub", "Thu, 18 Jun 2020 07:00 GMT</pub", id="rfc-822"),
        pytest.param('<content type="html"', '<content type="CDATA"', id="type-cdata"),
        pytest.param("Hello&lt;/p>", "Hello<p/>", id="element-in-html"),
        pytest.param('href="https://example.org/a"', "", id="no-href"),
        pytest.param('length="12"', 'length="-1"', id="negative-length"),
        pytest.param("<name>An organisation</name>", "", id="nameless"),
        pytest.param('<category term="cities"/>', "<category/>", id="termless"),
        pytest.param("<generator", "<author/><generator", id="empty-author"),
        pytest.param("<content", "<speaker/><content", id="unknown-element"),
        pytest.param("<feed ", '<feed version="1.0" ', id="unknown-attribute"),
        pytest.param("</feed>", "</feeds>", id="not-xml"),
    ],
)
def test_what_the_grammar_forbids_is_refused(old: str, new: str) -> None:
    assert atom_findings(changed(old, new)) != []


def test_alternate_links_of_an_entry_differ_in_type_or_language() -> None:
    second = '<link type="text/html" hreflang="en" href="https://example.org/b"/><content '

    assert atom_findings(changed("<content ", second)) == [
        f"{THE_ENTRY}: 2 alternate links of type text/html, language en (4.1.1)"
    ]


def test_somebody_has_written_an_entry() -> None:
    author = "<author><name>An organisation</name><uri>https://example.org/</uri></author>"

    assert atom_findings(changed(author, "")) == [
        f"{THE_ENTRY}: neither it nor the feed has an author (4.1.2)"
    ]


def test_an_entry_has_content_or_says_where_it_is() -> None:
    feed = (
        FEED.replace('<content type="html">&lt;p>Hello&lt;/p></content>', "")
        .replace('<link href="https://example.org/a"/>', "")
        .replace('rel="alternate"', 'rel="related"')
    )

    assert atom_findings(feed.encode()) == [
        f"{THE_ENTRY}: neither content nor an alternate link (4.1.2)"
    ]


def test_an_id_is_absolute() -> None:
    assert atom_findings(changed("urn:uuid:6a1b7b5e-3f4c-5b6d-8e9f-000000000001", "first")) == [
        "entry first: an id is absolute (4.2.6)"
    ]


def test_two_entries_have_two_ids() -> None:
    assert atom_findings(changed(ENTRY, ENTRY + ENTRY)) == [
        f"{THE_ENTRY}: 2 entries have this id (4.1.1)"
    ]
