from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webinar_feeds.rendering import markdown


@pytest.mark.parametrize(
    ("written", "plain", "html"),
    [
        ("Just words.", "Just words.", "<p>Just words.</p>"),
        ("One\ntwo\n\n\nthree", "One two\n\nthree", "<p>One\ntwo</p>\n<p>three</p>"),
        ("AT&T", "AT&T", "<p>AT&amp;T</p>"),
        ("a *b* **c** `d`", "a b c d", "<p>a <em>b</em> <strong>c</strong> <code>d</code></p>"),
        (
            "[the page](https://e.example/x)",
            "the page (https://e.example/x)",
            '<p><a href="https://e.example/x" rel="noopener noreferrer">the page</a></p>',
        ),
        (
            "<https://e.example/x>",
            "https://e.example/x",
            '<p><a href="https://e.example/x" rel="noopener noreferrer">https://e.example/x</a></p>',
        ),
        ("# Head\n\ntext", "Head\n\ntext", "<h1>Head</h1>\n<p>text</p>"),
        ("---\n\ntext", "———\n\ntext", "<hr>\n<p>text</p>"),
        ("one\\\ntwo", "one\ntwo", "<p>one<br>\ntwo</p>"),
        ("- a\n- b\n\nc", "• a\n• b\n\nc", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<p>c</p>"),
        ("3. a\n4. b", "3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        (
            "- a\n  - b\\\n    c\n- d",
            "• a\n  • b\n    c\n• d",
            "<ul>\n<li>a\n<ul>\n<li>b<br>\nc</li>\n</ul>\n</li>\n<li>d</li>\n</ul>",
        ),
        ("```\nx\ny\n```\nz", "x\ny\n\nz", "<pre><code>x\ny\n</code></pre>\n<p>z</p>"),
        ("> quoted", "quoted", "<blockquote>\n<p>quoted</p>\n</blockquote>"),
    ],
)
def test_markdown_becomes_plain_text_and_html(written: str, plain: str, html: str) -> None:
    assert markdown.to_text(written) == plain
    assert markdown.to_html(written) == html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](https://e.example/track.gif)",
        '<a href="https://e.example" onclick="x()">y</a>',
    ],
)
def test_nothing_that_acts_or_loads_gets_into_html(hostile: str) -> None:
    html = markdown.to_html(hostile)

    tags = {part.split(">")[0].split()[0].strip("/") for part in html.split("<")[1:]}
    assert tags <= {"p"}


@given(st.text(max_size=200))
def test_no_text_is_too_odd(text: str) -> None:
    assert "<script" not in markdown.to_html(text)
    assert isinstance(markdown.to_text(text), str)


@given(st.text(st.sampled_from("abc é,.;:'\"()"), min_size=1).filter(str.strip))
def test_text_without_markup_means_itself(text: str) -> None:
    assert markdown.to_text(text) == text.strip()
