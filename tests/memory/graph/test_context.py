"""The prompt's part about decisions: what matters for this run first, within the budget, and honest about the rest."""

from __future__ import annotations

from loomkin_jupyter.core.ports import Caller
from loomkin_jupyter.memory.graph.graph import Graph
from loomkin_jupyter.memory.tokens import estimate


async def test_it_names_goals_decisions_doubts_and_lessons(graph: Graph, caller: Caller) -> None:
    assert graph.prompt_context("run_1") == ""
    await graph.log("goal", "old, reached")
    await graph.log("outcome", "there", parent="D1")
    await graph.log("goal", "Audit flights", caller=caller)
    await graph.log("decision", "Use the mean", confidence=60, parent="D3", caller=caller)
    await graph.log("action", "Averages", parent="D4", edge="enables")
    await graph.pivot("D4", "It is skewed", "Use the median", 85, caller=caller)
    text = graph.prompt_context("run_1")
    assert "- D3 goal: Audit flights" in text
    assert "old, reached" not in text
    assert "- D8 decision: Use the median (85 %)" in text
    assert "- D5 action: Averages ← D4 → D5" in text
    assert "- D4 decision: Use the mean (60 %) [superseded]" in text


async def test_it_keeps_to_its_budget_and_counts_the_rest(graph: Graph) -> None:
    for number in range(40):
        await graph.log("decision", f"decision {number} " + "word " * 60)
    text = graph.prompt_context("run_1", 300)
    assert estimate(text) <= 300
    assert "decision 39" in text
    assert "more; ask decision_query" in text
