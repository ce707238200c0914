"""The arithmetic of limits: as many output tokens as the money pays for, never one more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.usage import NANO, Price, Usage
from loomkin_jupyter.policy.budget_scope import Need, Scope, fits

PRICE = Price(1e-6, 2e-6)  # dollars per token: 1,000 and 2,000 nano-dollars
prices = st.builds(Price, st.floats(1e-9, 1e-4), st.floats(1e-9, 1e-4))


@given(
    price=prices,
    prompt=st.integers(0, 100_000),
    output=st.integers(1, 10_000),
    nano=st.integers(0, 2 * NANO),
)
def test_what_the_money_pays_for_is_exact(price: Price, prompt: int, output: int, nano: int) -> None:
    need = Need(prompt, output, 256, price)
    most = need.output_for(nano)
    if most < 0:
        assert need.cost(0) > nano
        return
    assert need.cost(most) <= nano
    assert most == output or need.cost(most + 1) > nano


@given(
    prompt=st.integers(0, 10_000),
    output=st.integers(1, 5_000),
    limit=st.integers(0, NANO // 10),
    bills=st.lists(st.tuples(st.integers(0, NANO // 100), st.integers(0, 5_000)), max_size=5),
    held=st.integers(0, NANO // 100),
)
def test_a_call_that_fits_stays_below_the_limit(
    prompt: int, output: int, limit: int, bills: list[tuple[int, int]], held: int
) -> None:
    scope = Scope("run")
    for nano, tokens in bills:
        scope.count(nano, Usage(tokens, 0))
    scope.hold(held, 0)
    scope.limit_nano = limit
    need = Need(prompt, output, min(256, output), PRICE)
    most, tightest = fits(need, [scope])
    if most >= need.least:
        assert scope.nano + scope.held + need.cost(most) <= limit
    assert (tightest is None) is (most == output)


def test_the_tightest_scope_names_itself() -> None:
    run, agent = Scope("run"), Scope("agent")
    run.limit_nano, agent.limit_nano = 10 * NANO, 1_000_000
    need = Need(500, 4_096, 256, PRICE)
    most, tightest = fits(need, [run, agent])
    assert (most, tightest) == (250, agent)
    name, limit, _, needed = agent.words(need)
    assert (name, limit[:1], needed[:1]) == ("agent", "$", "$")


def test_of_equally_tight_scopes_the_one_with_open_calls_comes_first() -> None:
    quiet, busy = Scope("run"), Scope("agent")
    busy.hold(0, 0)
    for scope in (quiet, busy):
        scope.limit_tokens = 600
    assert fits(Need(500, 4_096, 256, PRICE), [quiet, busy]) == (100, busy)


def test_what_is_free_is_held_by_token_limits_only() -> None:
    scope = Scope("run", nano=5, tokens=900)
    scope.limit_nano, scope.limit_tokens = 0, 1_000
    free = Need(40, 4_096, 256, PRICE, free=True)
    assert scope.output_left(free) == 60
    assert scope.words(free) == ("run", "1,000 tokens", "900 tokens", "296 tokens")
    scope.limit_tokens = None
    assert scope.output_left(free) == 4_096


def test_what_was_held_comes_back() -> None:
    scope = Scope("run")
    scope.hold(7, 70)
    scope.hold(3, 30)
    scope.let_go(7, 70)
    assert (scope.held, scope.held_tokens, scope.open) == (3, 30, 1)
    scope.count(None, Usage(1, 2))
    assert (scope.nano, scope.tokens) == (0, 3)
