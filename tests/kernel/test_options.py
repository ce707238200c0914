# pyright: basic
"""The options of a cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.kernel.options import parse, run_options


def test_options_and_the_rest_of_the_line() -> None:
    options, rest = parse("--trust strict --budget $1.50 --roles coder,reviewer --data df=a.csv look here")
    assert (options.trust, options.budget, options.roles, options.data) == (
        "strict",
        1.5,
        ("coder", "reviewer"),
        {"df": "a.csv"},
    )
    assert rest == "look here"
    made = run_options(options, "cell-1")
    assert (made.origin, made.cell, made.budget_usd) == ("cell", "cell-1", 1.5)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--trst strict", "Did you mean --trust"),
        ("--trust bold", "balanced"),
        ("--budget -3", "dollars"),
        ("--budget lots", "lots"),
        ("--name 1x", "variable"),
        ("--name for", "variable"),
        ("--name print", "hide Python's own print"),
        ("--data df", "NAME=FILE"),
        ("--model 'x", "quotation"),
    ],
)
def test_errors_name_the_argument_and_the_remedy(line: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(line)
    assert words in str(caught.value)
    assert caught.value.remedy


@given(st.text(max_size=40))
def test_any_line_is_parsed_or_refused(line: str) -> None:
    try:
        parse(line)
    except UsageError as error:
        assert error.message
