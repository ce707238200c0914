"""Money: never more than the limit is handed out, what was spent is the sum of the bills, a crash leaves nothing held."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from loomkin_jupyter.core.ports import AnswerBill, ModelLimits
from loomkin_jupyter.core.signals import LogWritten, Signal
from loomkin_jupyter.core.usage import NANO, Price, Usage
from loomkin_jupyter.policy.budget import Budget, BudgetStop, Limits, limits_of
from loomkin_jupyter.project.settings import load_settings
from loomkin_jupyter.store.store import Store

PRICED = ModelLimits(model="m", price=Price(1e-6, 1e-6), known=True)
UNPRICED = ModelLimits(model="m")
LOCAL = ModelLimits(model="m", local=True)


def bill(tokens: int, nano: int | None, call: str = "c", run: str = "r", agent: str = "a") -> AnswerBill:
    return AnswerBill(call=call, agent=agent, run=run, model="m", usage=Usage(tokens, 0), cost_nano=nano)


async def settle(store: Store, budget: Budget, reservation: str, one: AnswerBill) -> None:
    await store.transact(lambda tx: budget.settle(tx, reservation, one))


async def test_costs_are_the_exact_sum_and_survive_a_crash(store: Store) -> None:
    budget = Budget(store)
    await budget.open_run("r", usd=0.01)
    for number in range(7):
        reservation, _ = await budget.reserve("a", "r", 10, 300, PRICED)
        await settle(store, budget, reservation, bill(33, 33_333, f"c{number}"))
    await budget.reserve("a", "r", 10, 300, PRICED)
    assert await budget.spent("r") == (7 * 33_333, Usage(7 * 33, 0))
    after_crash = Budget(store)
    await after_crash.open_run("r", usd=0.01)
    assert after_crash.remaining("r") == (round(0.01 * NANO) - 7 * 33_333, None)


async def test_a_call_gets_what_is_left_and_the_next_one_stops(store: Store) -> None:
    budget = Budget(store)
    await budget.open_run("r", usd=0.001)
    reservation, output = await budget.reserve("a", "r", 500, 4096, PRICED)
    assert output == 500
    await settle(store, budget, reservation, bill(1200, 1_200_000))
    assert budget.remaining("r")[0] == -200_000
    with pytest.raises(BudgetStop, match="limit of"):
        await budget.reserve("a", "r", 1, 4096, PRICED)


async def test_a_call_waits_while_another_holds_the_money(store: Store) -> None:
    budget = Budget(store)
    await budget.open_run("r", usd=0.001)
    first, _ = await budget.reserve("a", "r", 100, 800, PRICED)
    second = asyncio.ensure_future(budget.reserve("b", "r", 100, 800, PRICED))
    while not budget.statistics()["waiting"]:  # noqa: ASYNC110 - the waiter is inside
        await asyncio.sleep(0.001)
    assert not second.done()
    await settle(store, budget, first, bill(10, 10_000))
    assert (await second)[1] == 800


async def test_less_than_256_tokens_is_no_call(store: Store) -> None:
    budget = Budget(store, Limits(agent_usd=None))
    await budget.open_run("r", usd=0.001)
    with pytest.raises(BudgetStop) as stopped:
        await budget.reserve("a", "r", 800, 4096, PRICED)
    assert stopped.value.scope == "run"
    assert (await budget.reserve("a", "r", 744, 4096, PRICED))[1] == 256


async def test_an_unknown_price_is_limited_by_tokens_and_said_once(store: Store, committed: list[Signal]) -> None:
    budget = Budget(store)
    await budget.open_run("r", usd=1.0)
    first, _ = await budget.reserve("a", "r", 1000, 4096, UNPRICED)
    await settle(store, budget, first, bill(199_000, None))
    second, output = await budget.reserve("a", "r", 500, 4096, UNPRICED)
    assert output == 500
    budget.release(second)
    assert budget.remaining("r") == (None, 1000)
    await store.flush()
    assert len([signal for signal in committed if isinstance(signal, LogWritten)]) == 1


async def test_local_models_cost_nothing(store: Store) -> None:
    budget = Budget(store)
    await budget.open_run("r", usd=0.0)
    assert (await budget.reserve("a", "r", 1_000_000, 4096, LOCAL))[1] == 4096


async def test_one_agent_has_a_limit_of_its_own(store: Store) -> None:
    budget = Budget(store, Limits(run_usd=5.0, agent_usd=0.001))
    with pytest.raises(BudgetStop) as stopped:
        await budget.reserve("a", "r", 900, 4096, PRICED)
    assert stopped.value.scope == "agent"


async def test_many_at_once_never_hold_more_than_the_limit(store: Store) -> None:
    budget = Budget(store, Limits(agent_usd=None))
    await budget.open_run("r", usd=0.01)

    async def call(number: int) -> int:
        try:
            reservation, output = await budget.reserve(f"a{number}", "r", 400, 1000, PRICED)
        except BudgetStop:
            return 0
        left = budget.remaining("r")[0]
        assert left is not None and left >= 0
        await settle(
            store, budget, reservation, bill(400 + output, (400 + output) * 1000, f"c{number}", agent=f"a{number}")
        )
        return (400 + output) * 1000

    paid = await asyncio.gather(*(call(number) for number in range(30)))
    assert sum(paid) <= round(0.01 * NANO)
    assert (await budget.spent("r"))[0] == sum(paid)
    assert budget.statistics()["reservations"] == 0


def test_limits_come_from_the_settings(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, arguments={"budget.run_usd": 2.0}, environment={}, user=tmp_path / "none.toml")
    assert limits_of(settings) == Limits(run_usd=2.0, agent_usd=1.0, tokens_unknown=200_000)
