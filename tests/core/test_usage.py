"""Tokens add up; money is exact, and unknown stays unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.usage import Price, Usage, dollars, money_text

_tokens = st.integers(0, 10**9)
_usages = st.builds(Usage, _tokens, _tokens, _tokens, _tokens)


@given(_usages, _usages)
def test_usage_adds(a: Usage, b: Usage) -> None:
    assert (a + b).total == a.total + b.total
    assert a + b == b + a
    assert a + Usage() == a


def test_cached_tokens_have_their_own_price() -> None:
    price = Price(input=3e-6, output=15e-6, cached=0.3e-6)
    assert price.cost(Usage(input=1000, output=100, cached=400)) == 3_420_000
    assert Price(input=3e-6, output=15e-6).cost(Usage(input=1000, output=100, cached=400)) == 4_500_000


def test_an_unknown_price_is_none_never_zero() -> None:
    assert Price(input=1e-6).cost(Usage(1, 1)) is None
    assert not Price(output=1e-6).known
    assert dollars(None) is None
    assert Price(0.0, 0.0).cost(Usage(5, 5)) == 0


@pytest.mark.parametrize(
    ("nano", "text"),
    [(None, "unknown"), (0, "$0.00"), (4_200_000, "$0.0042"), (1_200_000_000, "$1.20"), (100_000_000, "$0.10")],
)
def test_money_reads_well(nano: int | None, text: str) -> None:
    assert money_text(nano) == text
