"""Markdown as organisers write it, to plain text and to HTML that is safe to publish.

CommonMark by `markdown-it-py`; raw HTML is not let in, and `nh3` keeps what comes out to an
allow-list (S7). Both are imported when a text needs them: most have no markup at all.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from webinar_feeds.rendering.markup import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_TAGS = frozenset(
    "p br em strong code pre blockquote ul ol li a h1 h2 h3 h4 h5 h6 hr".split()  # noqa: SIM905 - reads as a list of tags
)
_SIGNS = re.compile(r"[\\`*_\[\]<>&#~|!\t]")
_BEGINNING = re.compile(r"[-+= ]|\d+[.)]")

_LAST = frozenset(
    {
        *("paragraph_close", "heading_close", "bullet_list_close", "ordered_list_close"),
        *("hr", "code_block", "fence"),
    }
)


def to_html(text: str) -> str:
    """`text` as safe HTML: paragraphs, lists, emphasis, headings, quotes, code and links."""
    if _means_itself(text):
        paragraphs = (each.strip("\n") for each in _paragraphs(text) if each.strip())
        return "\n".join(f"<p>{escape(each, quote=False)}</p>" for each in paragraphs)
    import nh3  # noqa: PLC0415 - only texts with markup pay for it

    return nh3.clean(
        _parser().render(text),
        tags=set(_TAGS),
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    ).strip()


def to_text(text: str) -> str:
    """`text` as plain text: markup gone, links with their address behind them, lists with dots."""
    if _means_itself(text):
        paragraphs = (each.strip(" \n") for each in _paragraphs(text))
        return "\n\n".join(_one_line(each) for each in paragraphs if each)
    return "\n".join(_blocks(_parser().parse(text))).strip()


def _means_itself(text: str) -> bool:
    """Whether a text has no character and no blanks that Markdown gives a meaning to.

    No line may begin as a list, a heading's rule or an indented block does.
    """
    if _SIGNS.search(text) or text.endswith("  ") or "  \n" in text:
        return False
    return not any(map(_BEGINNING.match, text.split("\n")))


def _paragraphs(text: str) -> list[str]:
    return re.split(r"\n{2,}", text) if "\n\n" in text else [text]


def _one_line(text: str) -> str:
    return re.sub(r" *\n *", " ", text) if "\n" in text else text


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only texts with markup pay for it

    return MarkdownIt("commonmark", {"html": False})


def _blocks(tokens: Iterable[Token]) -> Iterable[str]:
    """The lines of a token stream, block by block, an empty line between two blocks."""
    lists: list[int | None] = []
    marker = ""
    for token in tokens:
        if token.type.endswith("_list_open"):
            start = token.attrGet("start") or 1
            lists.append(int(start) if token.type == "ordered_list_open" else None)
        elif token.type.endswith("_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            number = lists[-1]
            marker = "• " if number is None else f"{number}. "
            lists[-1] = None if number is None else number + 1
        else:
            yield from _lines(token, "  " * max(0, len(lists) - 1), marker)
            marker = marker if token.type.endswith("_open") else ""
        if not lists and token.type in _LAST:
            yield ""


def _lines(token: Token, indent: str, marker: str) -> Iterable[str]:
    """The lines of one block; those after the first hang below the text behind a marker."""
    if token.type == "hr":
        return ["———"]
    if token.type in ("code_block", "fence"):
        return token.content.rstrip("\n").split("\n")
    if token.type != "inline":
        return []
    first, *rest = _inline(token.children or []).split("\n")
    hang = indent + " " * len(marker)
    return [f"{indent}{marker}{first}", *(f"{hang}{line}" for line in rest)]


def _inline(tokens: Iterable[Token]) -> str:
    """The text of a paragraph; a link keeps its address where its words do not say it already."""
    words: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        match token.type:
            case "link_open":
                links.append((str(token.attrGet("href") or ""), len(words)))
            case "link_close":
                address, since = links.pop()
                if address not in ("", "".join(words[since:])):
                    words.append(f" ({address})")
            case "softbreak":
                words.append(" ")
            case "hardbreak":
                words.append("\n")
            case _:
                words.append(token.content)
    return "".join(words)
