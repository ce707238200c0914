"""What an agent's tools are given: its own session, its own way to people, a look into other histories."""

from __future__ import annotations

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.messages import AssistantEntry, ToolCall, ToolEntry, UserEntry
from loomkin_jupyter.core.ports import Question
from loomkin_jupyter.core.signals import AgentStatusChanged
from loomkin_jupyter.teams.context import AskingAgent, entry_text
from tests.agents.conftest import World


async def test_each_agent_keeps_its_own_session(quick: World) -> None:
    lead = await quick.team.seats.start(AgentSpec(role="lead"))
    coder = await quick.team.seats.start(AgentSpec(role="coder"))
    first = quick.team.own_team.tool_context("lead", lead.caller("call_1"))
    assert quick.team.own_team.tool_context("lead", lead.caller("call_2")).session is first.session
    other = quick.team.own_team.tool_context("coder", coder.caller("call_3"))
    assert other.session is not first.session
    assert other.peek.history_of("lead") == []
    assert other.peek.history_of("nobody") is None


async def test_whoever_asks_a_person_is_shown_as_waiting(quick: World) -> None:
    lead = await quick.team.seats.start(AgentSpec(role="lead"))
    await quick.until(lambda: lead.state.status == "idle")
    await lead.state.become("working")
    await AskingAgent(lead, quick.person).ask(Question(kind="question", title="Which?"))
    assert [s.status for s in quick.of(AgentStatusChanged)][-2:] == ["waiting", "working"]


def test_entries_read_as_text() -> None:
    assert entry_text(UserEntry(id="u", text="Do it.")) == "user (request): Do it."
    assert "→ shell({})" in entry_text(AssistantEntry(id="a", text="", calls=(ToolCall("c", "shell", "{}"),)))
    assert entry_text(ToolEntry(id="t", call_id="c", name="shell", text="ok")) == "shell (ok): ok"
