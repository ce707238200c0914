"""Blocks as plain semantic HTML that survives the untrusted-notebook sanitiser: no scripts, styles, roles, buttons."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html import escape as escape_markup
from typing import Any

from loomkin_jupyter.views.static.document import Block, Heading, Listing, Picture, Prose, Sentence, Table


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
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.head)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


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
