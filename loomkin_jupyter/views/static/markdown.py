"""Blocks as Markdown, for Markdown viewers and exports. Values cannot become markup; raw HTML in an answer is text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from loomkin_jupyter.views.static.document import Block, Heading, Listing, Picture, Prose, Sentence, Table

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")
_CODE = re.compile(
    r"(^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^(?P=fence)[`~]*[ \t]*$|\Z)|(?P<tick>`+)(?!`).+?(?<!`)(?P=tick)(?!`))",
    re.S | re.M,
)
_BAD_LINK = re.compile(r"(\]\(\s*<?\s*|^\s*\[[^\]]*\]:\s*<?)(?=(?:javascript|vbscript|data|file)\s*:)", re.I | re.M)


def to_markdown(blocks: Sequence[Block]) -> str:
    """Return the document as Markdown."""
    return "\n\n".join(_block(block) for block in blocks) + "\n"


def escaped(text: str) -> str:
    """Return plain text so that Markdown shows it as it is, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def defused(text: str) -> str:
    """Return a model's Markdown without raw HTML, images and dangerous links; code stays as it is."""
    pieces: list[str] = []
    at = 0
    for code in _CODE.finditer(text):
        pieces += [_defuse(text[at : code.start()]), code.group(0)]
        at = code.end()
    return "".join([*pieces, _defuse(text[at:])])


def _defuse(text: str) -> str:
    text = text.replace("<", "&lt;").replace("![", "!\\[")
    return _BAD_LINK.sub(r"\1unsafe:", text)


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {escaped(block.text)}"
    if isinstance(block, Prose):
        return defused(block.text)
    if isinstance(block, Sentence):
        return f"**{escaped(block.text)}**" if block.strong else escaped(block.text)
    if isinstance(block, Table):
        rows = [block.head, ("---",) * len(block.head)]
        lines = ["| " + " | ".join(rows[0]) + " |", "| " + " | ".join(rows[1]) + " |"]
        return "\n".join([*lines, *("| " + " | ".join(escaped(cell) for cell in row) + " |" for row in block.rows)])
    if isinstance(block, Listing):
        return "\n".join(f"{number}. {escaped(item)}" for number, item in enumerate(block.items, start=1))
    assert isinstance(block, Picture)
    return f"![{escaped(block.words)}]({block.uri})"
