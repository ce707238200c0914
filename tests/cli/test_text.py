"""Text of models on a terminal: neither markup nor control characters get through."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from loomkin_jupyter.cli.text import plain, short, visible


def shown(markup: str) -> str:
    """Return what a colour terminal would be sent."""
    console = Console(file=io.StringIO(), force_terminal=True, width=10_000, highlight=False)
    console.print(markup, soft_wrap=True, end="")
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_markup_and_escapes_are_shown_as_they_stand():
    assert shown(plain("[red]no[/red] [link=x]y[/link]")) == "[red]no[/red] [link=x]y[/link]"
    assert shown(plain("\x1b[2J\x07\u202e")) == "\\x1b[2J\\x07\\u202e"
    assert visible("a\r\nb\tc") == "a\nb\tc"


@given(st.text())
def test_no_text_colours_or_closes_anything(text: str):
    assert "\x1b" not in shown(plain(text))


@given(st.text(), st.integers(2, 50))
def test_short_is_one_line(text: str, most: int):
    assert "\n" not in short(text, most)
