"""HTML that a sanitiser leaves alone and that no model text can break."""

from __future__ import annotations

import re
from typing import Any

from loomkin_jupyter.views.static.document import Prose, Sentence, run_document
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
