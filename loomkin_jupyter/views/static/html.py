"""Blocks as plain semantic HTML that survives the untrusted-notebook sanitiser: no scripts, styles, roles, buttons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape as escape_markup
from typing import Any

from loomkin_jupyter.views.static.document import Block, Heading, Listing, Picture, Prose, Sentence, Table

_NUMBER = re.compile(r"[+−-]?\$?\d[\d.,]*( ?%)?|\+\d+ −\d+")
_LONG = re.compile(r"\S{17,}")
_BREAK = "\x00"


def to_html(blocks: Sequence[Block]) -> str:
    """Return the document as an HTML fragment."""
    return "\n".join(_block(block) for block in blocks)


def markdown_to_html(text: str) -> str:
    """Return a model's Markdown as HTML: raw HTML is shown as text, images are words, links open without an opener."""
    return str(_parser().render(text))


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
    if isinstance(block, Prose):
        return markdown_to_html(block.text)
    if isinstance(block, Sentence):
        text = escape(block.text)
        return f"<p><strong>{text}</strong></p>" if block.strong else f"<p>{text}</p>"
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Listing):
        return "<ol>" + "".join(f"<li>{escape(item)}</li>" for item in block.items) + "</ol>"
    assert isinstance(block, Picture)
    return f'<p><img src="{escape(block.uri, quote=True)}" alt="{escape(block.words, quote=True)}"></p>'


def escape(text: str, quote: bool = False) -> str:
    """Return text that neither a browser nor a notebook's typesetter changes: two dollar signs are no formula."""
    safe = escape_markup(text, quote=quote)
    return safe if quote else safe.replace("$", "<span>$</span>")


def _table(table: Table) -> str:
    numbers = [_is_number_column([row[column] for row in table.rows]) for column in range(len(table.head))]
    head = "".join(_cell("th", cell, number) for cell, number in zip(table.head, numbers, strict=True))
    rows = "".join(
        "<tr>" + "".join(_cell("td", cell, number) for cell, number in zip(row, numbers, strict=False)) + "</tr>"
        for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(tag: str, text: str, number: bool) -> str:
    # JupyterLab's own style puts every cell's text to the right, and a sanitiser takes styles out: only what a cell
    # holds can have a side of its own.
    words = _LONG.sub(_breakable, text.replace(_BREAK, ""))
    inside = "<wbr>".join(escape(part) for part in words.split(_BREAK))
    return f"<{tag}>{inside}</{tag}>" if number else f'<{tag}><div align="left">{inside}</div></{tag}>'


def _breakable(found: re.Match[str]) -> str:
    """Return a long word with places where a narrow page may break it."""
    parts = re.findall(r"[^/_.\-]{1,16}[/_.\-]*|[/_.\-]+", found.group(0))
    return _BREAK.join(parts)


def _is_number_column(cells: Sequence[str]) -> bool:
    return any(_NUMBER.fullmatch(cell) for cell in cells) and all(
        _NUMBER.fullmatch(cell) or cell in ("", "unknown") for cell in cells
    )


@cache
def _parser() -> Any:
    # Imported late: the parser is only needed for a document with an answer, never on the way to the first panel.
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")

    def link_open(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
        tokens[index].attrSet("rel", "noopener noreferrer")
        return str(renderer.renderToken(tokens, index, options, env))

    def words(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
        return escape(tokens[index].content)

    parser.add_render_rule("link_open", link_open)
    parser.add_render_rule("text", words)
    return parser
