"""Markdown in which values stay values."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from loomkin_jupyter.views.static.document import run_document
from loomkin_jupyter.views.static.markdown import defused, escaped, to_markdown


def test_tables_hold_their_cells(state: dict[str, Any]) -> None:
    markdown = to_markdown(run_document(state))
    row = next(line for line in markdown.splitlines() if line.startswith("| T1"))
    assert r"Look \| here \<b\>" in row


@given(st.text(alphabet="<>!ab`[]()\n ~*_", max_size=60))
def test_no_raw_html_survives_in_prose(text: str) -> None:
    def types(tokens: Any) -> set[str]:
        found: set[str] = set()
        for token in tokens:
            found.add(token.type)
            found |= types(token.children or ())
        return found

    assert not types(MarkdownIt("commonmark").parse(escaped(text))) & {
        "html_inline",
        "html_block",
        "image",
        "link_open",
    }


def test_code_is_left_alone_and_the_rest_defused() -> None:
    text = "a <b> `x < y`\n\n```python\nif a < b:\n    pass\n```\n\n![i](http://e) [l](javascript:x)"
    safe = defused(text)
    assert "&lt;b>" in safe
    assert "`x < y`" in safe
    assert "if a < b:" in safe
    assert "!\\[i]" in safe
    assert "(unsafe:javascript" in safe
