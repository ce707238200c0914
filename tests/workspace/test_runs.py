"""Runs: terms settled at the start, ended once with the ledger's sum, found again after a kill."""

from __future__ import annotations

import pytest

from loomkin_jupyter.core.clock import SYSTEM_CLOCK
from loomkin_jupyter.core.errors import LoomkinError, ModelFailed
from loomkin_jupyter.core.ports import AnswerBill
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.models.keys import Keys
from loomkin_jupyter.models.tiers import choose_tiers
from loomkin_jupyter.policy.run_policy import RunPolicy
from loomkin_jupyter.store import ledger
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.workspace.options import RunOptions
from loomkin_jupyter.workspace.runs import Run, Runs


def policy(options: RunOptions) -> RunPolicy:
    return RunPolicy(preset="full" if options.trust == "full" else "balanced", share="stats")


@pytest.fixture
def runs(store: Store) -> Runs:
    """Runs of a machine without keys."""
    return Runs(store, SYSTEM_CLOCK, lambda model: choose_tiers({}, Keys({}, {}), model), policy)


async def begun(runs: Runs, store: Store, **options: object) -> Run:
    run = runs.new("Look.", RunOptions(**options), 5.0, None)  # type: ignore[arg-type]
    runs.add(run)
    await store.transact(lambda tx: runs.write(tx, run))
    return run


async def test_a_run_ends_once_with_the_sum_of_its_bills(runs: Runs, store: Store):
    run = await begun(runs, store)
    for number, nano in enumerate((1, 2_000_000_001)):
        bill = AnswerBill(
            call=f"c{number}", agent="lead", run=run.id, model="m", usage=Usage(input=10, output=1), cost_nano=nano
        )
        await store.transact(lambda tx, bill=bill: ledger.add(tx, bill))
    first = await runs.finish(run.id, "main", "done", "Twelve.", "")
    assert first is not None
    assert (first.cost_usd, first.tokens.input, first.agents) == (2.000000002, 20, 1)
    assert await runs.finish(run.id, "main", "failed", "", "too late") is None
    assert run.status == "running"  # its outcome is still to be written into the graph
    runs.told(run.id)
    assert await run.wait() == first
    assert (run.status, runs.current()) == ("done", [])


async def test_an_unknown_run_gets_the_strictest_terms(runs: Runs, store: Store):
    await begun(runs, store, trust="full")
    unknown = runs.policy_of("run_unknown")
    assert (unknown.preset, unknown.share, unknown.run) == ("strict", "schema", "run_unknown")
    assert await runs.finish("run_unknown", "main", "done", "", "") is None


async def test_an_interrupted_run_goes_on_under_the_terms_it_was_given(runs: Runs, store: Store):
    run = await begun(runs, store, trust="full", roles=("coder",), model="openai/gpt-4o")
    later = Runs(store, SYSTEM_CLOCK, lambda model: choose_tiers({}, Keys({}, {}), model), policy)
    (record,) = await later.interrupted("main")
    assert await later.interrupted("other") == []
    revived = later.revive(record)
    later.add(revived)
    assert revived.policy == run.policy
    assert revived.options == run.options
    assert revived.tiers == run.tiers
    assert await later.interrupted("main") == []


@pytest.mark.parametrize(("request_text", "model"), [("  ", ""), ("Look.", "gpt-4o"), ("Look.", "opnai/gpt-4o")])
def test_what_cannot_begin_is_refused_before_anything_is_written(runs: Runs, request_text: str, model: str):
    with pytest.raises((LoomkinError, ModelFailed)) as failed:
        runs.new(request_text, RunOptions(model=model), None, None)
    assert failed.value.remedy
    assert runs.latest() is None
