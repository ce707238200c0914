"""Blocks as plain text: for terminals, papermill's log and ``text/plain``. Control characters are taken out."""

from __future__ import annotations

from collections.abc import Sequence

from loomkin_jupyter.views.static.document import Block, Heading, Listing, Picture, Prose, Sentence, Table

SUMMARY_LINES = 12
CELL_MOST = 60
LAST_MOST = 300


def to_text(blocks: Sequence[Block]) -> str:
    """Return the whole document as text."""
    return "\n".join(line for block in blocks for line in _lines(block))


def summary(blocks: Sequence[Block], lines: int = SUMMARY_LINES) -> str:
    """Return the first ``lines`` lines, and how many more there are."""
    everything = [line for block in blocks for line in _lines(block) if line.strip()]
    if len(everything) <= lines:
        return "\n".join(everything)
    return "\n".join([*everything[: lines - 1], f"… {len(everything) - lines + 1} more lines"])


def plain(text: str) -> str:
    """Return text without terminal control characters."""
    return "".join(c for c in text if c in "\n\t" or (c >= " " and not "\x7f" <= c <= "\x9f"))


def _lines(block: Block) -> list[str]:
    if isinstance(block, Picture):
        return []
    if isinstance(block, Heading):
        return ["", plain(block.text)]
    if isinstance(block, Listing):
        return [f"  {number}. {plain(item)}" for number, item in enumerate(block.items, start=1)]
    if isinstance(block, Table):
        return _table(block)
    assert isinstance(block, Prose | Sentence)
    return plain(block.text).splitlines()


def _table(table: Table) -> list[str]:
    rows = [table.head, *table.rows]
    last = len(table.head) - 1
    cells = [[_cell(cell, LAST_MOST if n == last else CELL_MOST) for n, cell in enumerate(row)] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(table.head))]
    widths[-1:] = [0]  # nothing stands after the last column
    return ["  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=False)).rstrip() for row in cells]


def _cell(text: str, most: int) -> str:
    line = plain(" ".join(text.split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"
