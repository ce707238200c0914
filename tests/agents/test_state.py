"""Status: only legal transitions, durable before they are believed; activity: transient."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from loomkin_jupyter.agents.state import AgentState
from loomkin_jupyter.core.errors import StoreError
from loomkin_jupyter.core.signals import ActivityChanged, Signal
from loomkin_jupyter.core.status import IllegalTransition
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.tables.journal import journal
from loomkin_jupyter.testing.clock import JumpingClock


@pytest.fixture
def published() -> list[Signal]:
    return []


@pytest.fixture
def state(store: Store, published: list[Signal]) -> AgentState:
    return AgentState(store, JumpingClock(), published.append, "main", "ada")


async def test_a_change_is_written_and_told_once(store: Store, state: AgentState) -> None:
    changes = list[str]()
    state.changed = lambda: changes.append(state.status)
    await state.become("idle")
    await state.become("idle")
    assert changes == ["idle"]
    types = await store.read(lambda conn: conn.execute(sa.select(journal.c.type)).scalars().all())
    assert list(types) == ["agent.status_changed"]


async def test_an_illegal_transition_raises(state: AgentState) -> None:
    with pytest.raises(IllegalTransition):
        await state.become("waiting")
    assert state.status == "starting"


async def test_a_change_that_cannot_be_written_did_not_happen(store: Store, state: AgentState) -> None:
    await store.close()
    with pytest.raises(StoreError):
        await state.become("idle")
    assert state.status == "starting"


async def test_activity_is_told_when_it_changes_and_comes_back(state: AgentState, published: list[Signal]) -> None:
    state.doing("thinking")
    state.doing("thinking")
    with state.activity_of("permission", "shell"):
        assert state.statistics()["activity"] == "permission"
    told = [signal.activity for signal in published if isinstance(signal, ActivityChanged)]
    assert told == ["thinking", "permission", "thinking"]
