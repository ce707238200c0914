"""What an agent's tools are given: its own session, its own way to people, a look into other histories."""

from __future__ import annotations

import pytest

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.errors import ToolRetry
from loomkin_jupyter.core.messages import AssistantEntry, ToolCall, ToolEntry, UserEntry
from loomkin_jupyter.core.ports import Question
from loomkin_jupyter.core.signals import AgentStatusChanged
from loomkin_jupyter.project.symbols import find_symbol
from loomkin_jupyter.teams.context import AskingAgent, entry_text
from tests.agents.conftest import World


async def test_each_agent_keeps_its_own_session(quick: World) -> None:
    lead = await quick.team.start_agent(AgentSpec(role="lead"))
    coder = await quick.team.start_agent(AgentSpec(role="coder"))
    first = quick.team.tool_context("lead", lead.caller("call_1"))
    assert quick.team.tool_context("lead", lead.caller("call_2")).session is first.session
    other = quick.team.tool_context("coder", coder.caller("call_3"))
    assert other.session is not first.session
    assert other.peek.history_of("lead") == []
    assert other.peek.history_of("nobody") is None


async def test_whoever_asks_a_person_is_shown_as_waiting(quick: World) -> None:
    lead = await quick.team.start_agent(AgentSpec(role="lead"))
    await quick.until(lambda: lead.state.status == "idle")
    await lead.state.become("working")
    await AskingAgent(lead, quick.person).ask(Question(kind="question", title="Which?"))
    assert [s.status for s in quick.of(AgentStatusChanged)][-2:] == ["waiting", "working"]


async def test_symbols_have_lines(quick: World) -> None:
    (quick.root / "a.py").write_text("x = 1\n\ndef f():\n    return x\n")
    desk = quick.team._desk  # pyright: ignore[reportPrivateUsage]
    assert desk.symbol_lines("a.py", "f", find_symbol) == (3, 4)
    with pytest.raises(ToolRetry, match="no symbol"):
        desk.symbol_lines("a.py", "g", find_symbol)


def test_entries_read_as_text() -> None:
    assert entry_text(UserEntry(id="u", text="Do it.")) == "user (request): Do it."
    assert "→ shell({})" in entry_text(AssistantEntry(id="a", text="", calls=(ToolCall("c", "shell", "{}"),)))
    assert entry_text(ToolEntry(id="t", call_id="c", name="shell", text="ok")) == "shell (ok): ok"
