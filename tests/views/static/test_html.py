"""HTML that a sanitiser leaves alone and that no model text can break."""

from __future__ import annotations

import re
from typing import Any

from loomkin_jupyter.views.static.document import Prose, Sentence, Table, run_document
from loomkin_jupyter.views.static.html import markdown_to_html, to_html


def test_only_plain_elements_are_used(state: dict[str, Any]) -> None:
    html = to_html(run_document(state, level="full"))
    tags = set(re.findall(r"<([a-z0-9]+)", html))
    assert tags <= {
        "h3",
        "h4",
        "p",
        "strong",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "ol",
        "ul",
        "li",
        "img",
        "em",
        "code",
        "pre",
        "a",
        "span",
        "div",
        "wbr",
    }
    for forbidden in (" style=", " role=", " aria-", " data-", " on", "<script", "<button", "<svg"):
        assert not re.search(
            rf"<[^>]*{re.escape(forbidden)}" if forbidden.startswith(" ") else re.escape(forbidden), html
        )
    assert "&lt;script&gt;" in html


def test_answers_lose_images_and_dangerous_links() -> None:
    html = markdown_to_html("![a](http://evil/p.png) [b](javascript:alert(1)) [c](https://ok.example)")
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert 'rel="noopener noreferrer"' in html


def test_every_img_is_inside_the_document(state: dict[str, Any]) -> None:
    assert all(
        source.startswith("data:image/svg+xml;base64,")
        for source in re.findall(r'<img src="([^"]*)"', to_html(run_document(state)))
    )


def test_a_summary_is_small(state: dict[str, Any]) -> None:
    assert len(to_html(run_document(state))) < 200_000


def test_two_amounts_of_money_are_no_formula() -> None:
    html = to_html([Sentence("cost $0.42 of $5.00"), Prose("from $1 to $2")])
    assert "cost <span>$</span>0.42 of <span>$</span>5.00" in html
    assert "from <span>$</span>1 to <span>$</span>2" in html


def test_text_is_on_the_left_and_only_numbers_are_not() -> None:
    html = to_html([Table(("Agent", "Tokens", "Cost"), (("lead", "1,200", "unknown"), ("coder", "7", "$0.02")))])
    assert '<th><div align="left">Agent</div></th><th>Tokens</th><th>Cost</th>' in html
    assert '<td><div align="left">lead</div></td><td>1,200</td><td>unknown</td>' in html


def test_a_long_word_in_a_table_can_be_broken_and_stays_the_same() -> None:
    word = "loomkin_jupyter/views/static/" + "x" * 40
    html = to_html([Table(("What",), ((word,),))])
    assert word not in html
    assert word in html.replace("<wbr>", "")
    assert max(len(part) for part in re.findall(r"[^<>]+", html.partition("<tbody>")[2])) <= 24
