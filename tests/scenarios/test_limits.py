"""Limits that stop a call before it is made, and tools that change under an agent at work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter import tool
from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.usage import NANO, Usage
from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, ScriptRequest, steps
from loomkin_jupyter.tools.declare import DECLARED
from tests.scenarios.conftest import LONG, workspace_of

MODEL = "openai/gpt-4o"
USAGE = Usage(input=6_000, output=200)
INPUT_NANO, OUTPUT_NANO = 2_500, 10_000
"""What a token of gpt-4o costs."""
CALL_NANO = USAGE.input * INPUT_NANO + USAGE.output * OUTPUT_NANO


def looks(request: ScriptRequest) -> Reply:
    """Look at something new for ever: only a limit ends this."""
    return Reply(calls=[("file_search", {"pattern": f"*.{request.answers}"})], usage=USAGE)


def test_T21_a_limit_stops_a_run_exactly_before_the_call_that_would_exceed_it(project: Path) -> None:
    with ScriptedServer(looks) as server, workspace_of(project, server) as opened:
        limit = round(8.5 * CALL_NANO)
        finished = opened.ask("Look", model=MODEL, budget_usd=limit / NANO)
        reached = opened.heard.of(s.BudgetReached)[-1]
        spent = sum(m.cost_nano or 0 for m in opened.heard.of(s.CallMetered))
        assert (finished.status, reached.scope) == ("limit", "run")
        assert spent == len(server.requests) * CALL_NANO <= limit
        assert len(server.requests) >= 5, "it was stopped although there was enough"
        for number, request in enumerate(server.requests):
            left = limit - number * CALL_NANO
            assert request.body["max_tokens"] * OUTPUT_NANO <= left, "an answer as long as allowed would have exceeded"
        needed = float(reached.needed.strip("$")) * NANO
        assert spent + needed > limit, "the call that was stopped would have fitted"
        assert needed >= 256 * OUTPUT_NANO
        before = len(server.requests)
        assert opened.ask("Again", model=MODEL, budget_usd=4 * CALL_NANO / NANO).status == "limit"
        assert len(server.requests) > before, "a new request has a limit of its own"


def test_T21_a_limit_of_tokens_holds_where_the_price_is_unknown(project: Path) -> None:
    settings: dict[str, Any] = {"budget.tokens": 40_000}
    with ScriptedServer(looks) as server, workspace_of(project, server, **settings) as opened:
        finished = opened.ask("Look", model="openai/a-model-that-nobody-knows")
        assert finished.status == "limit" and finished.cost_usd is None
        assert 0 < len(server.requests) * USAGE.total <= 40_000
        assert any("unknown" in notice.text for notice in opened.heard.of(s.LogWritten))
        assert "tokens" in opened.heard.of(s.BudgetReached)[-1].limit


@pytest.fixture
def declared() -> Iterator[None]:
    before = dict(DECLARED.specs)
    yield
    DECLARED.specs.clear()
    DECLARED.specs.update(before)


def test_T28_a_tool_and_a_setting_change_under_an_agent_at_work(project: Path, declared: None) -> None:
    @tool(kind="read", roles=("lead",))
    def scenario_measure() -> str:  # pyright: ignore[reportRedeclaration]
        """Measure in feet."""
        return "12 feet"

    script = steps(
        {
            "lead": [
                Reply(calls=[("scenario_measure", {})]),
                Reply(calls=[("scenario_measure", {"unit": "m"})], hold="swap"),
                Reply(calls=[("directory_list", {"path": "."})], hold="last"),
                *(Reply(calls=[("file_search", {"pattern": f"*.{n}"})]) for n in range(9)),
            ]
        }
    )
    with ScriptedServer(script) as server, workspace_of(project, server) as opened:
        run = opened.start("Measure", model=MODEL)
        server.wait_for(2, timeout_s=LONG)

        @tool(kind="read", roles=("lead",))
        def scenario_measure(unit: str) -> str:
            """Measure in a unit of your choice.

            Args:
                unit: The unit.
            """
            return f"3.7 {unit}"

        server.event("swap").set()
        server.wait_for(3, timeout_s=LONG)
        assert opened.command(do="setting", key="agents.iterations", value=4)["ok"]
        server.event("last").set()
        finished = opened.finish(run)
        assert [text for name, text in server.requests[2].results if name == "scenario_measure"] == ["12 feet", "3.7 m"]
        described = {t["function"]["name"]: t["function"] for t in server.requests[2].body["tools"]}["scenario_measure"]
        assert "unit of your choice" in described["description"] and "unit" in described["parameters"]["properties"]
        # The new limit of steps ends the turn that was begun under the old one.
        assert finished.status == "failed" and "all 4 steps" in finished.reason and len(server.requests) == 4
        assert not opened.heard.of(s.AgentRestarted)
