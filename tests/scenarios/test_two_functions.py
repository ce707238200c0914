"""A team mends two functions of one file at the same time, from request to answer, by the parts people use."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.usage import NANO
from loomkin_jupyter.store import ledger
from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, ScriptRequest
from tests.scenarios import two_functions as two
from tests.scenarios.conftest import LONG, Opened, Recorded, project_with, workspace_of


class Held:
    """The scenario's script, but the first edits of ada and ben wait until both have been asked for."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self._editing: set[str] = set()
        self._changed = threading.Condition()

    def __call__(self, request: ScriptRequest) -> Reply:
        reply = two.script(request)
        if request.agent not in ("ada", "ben") or [name for name, _ in reply.calls] != ["file_edit"]:  # type: ignore[misc]
            return reply
        with self._changed:
            self._editing.add(request.agent)
            self._changed.notify_all()
        return dataclasses.replace(reply, hold=self.go)

    def wait_for_both(self) -> None:
        """Block until both models are about to answer with their edit."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._editing == {"ada", "ben"}, LONG), self._editing


@dataclasses.dataclass(frozen=True)
class Told:
    """What one run left behind."""

    root: Path
    heard: Recorded
    finished: s.RunFinished
    requests: list[ScriptRequest]
    claimed_together: list[tuple[str, str]]
    ledger_nano: int | None


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The scenario, played once; the person approves through the workspace's commands."""
    root = project_with(tmp_path_factory.mktemp("two"), two.FILES)
    script = Held()
    with ScriptedServer(script) as server, workspace_of(root, server, attended=True) as opened:
        opened.answer_everything()
        run = opened.start(two.REQUEST, model=two.MODEL)
        script.wait_for_both()
        together = held_now(opened.heard)
        script.go.set()
        finished = opened.finish(run)
        nano, _ = opened.portal.run(opened.workspace.store.read(lambda conn: ledger.spent(conn, run)), LONG)
        return Told(root, opened.heard, finished, list(server.requests), together, nano)


def held_now(heard: Recorded) -> list[tuple[str, str]]:
    """Return (agent, symbol) of the regions that are claimed and not released."""
    released = {signal.claim for signal in heard.of(s.RegionReleased)}
    return sorted((c.agent, c.symbol) for c in heard.of(s.RegionClaimed) if c.claim not in released)


def test_a_request_becomes_a_team_s_result(told: Told) -> None:
    assert (told.finished.status, told.finished.answer) == ("done", two.ANSWER)
    assert (told.root / "shapes.py").read_text() == two.FINISHED
    assert (told.root / two.COUNTER).read_text() == f"{two.COUNTER_LINE}\n"
    assert (told.finished.agents, told.finished.tasks, told.finished.decisions) == (5, 5, 6)


def test_T22_two_agents_edit_two_functions_of_one_file_at_once_and_a_third_is_refused(told: Told) -> None:
    assert told.claimed_together == [("ada", "area"), ("ben", "perimeter")]
    refused = told.heard.of(s.ClaimRefused)
    assert [(r.attempt, r.holder, r.path) for r in refused] == [("cy", "ada", "shapes.py")]
    attempt = next(f for f in told.heard.of(s.ToolFinished) if f.agent == "cy" and f.tool == "peer_claim_region")
    assert attempt.status == "failed" and "claimed by ada" in attempt.summary
    changes = [change.agent for change in told.heard.of(s.FileChanged) if change.path == "shapes.py"]
    assert sorted(changes) == ["ada", "ada", "ben"]
    assert (told.root / "shapes.py").read_text() == two.FINISHED


def test_T26_nobody_joins_before_the_person_approved_the_spawn(told: Told) -> None:
    order = told.heard.signals
    asked = next(q for q in told.heard.of(s.QuestionAsked) if q.kind == "spawn")
    answered = next(a for a in told.heard.of(s.QuestionAnswered) if a.question == asked.question)
    joined = [signal for signal in told.heard.of(s.AgentSpawned) if signal.agent != "lead"]
    assert all(name in asked.detail for name in two.TEAM) and "$" in asked.effect
    assert (answered.answer, answered.by) == ("allow_once", "user")
    assert [agent.agent for agent in joined] == list(two.TEAM)
    assert order.index(asked) < order.index(answered) < order.index(joined[0])


def test_the_graph_holds_goal_decision_with_chosen_and_rejected_options_actions_and_outcome(told: Told) -> None:
    nodes = {n.title: n for n in told.heard.of(s.DecisionLogged)}
    kinds = {title: nodes[title].kind for title in (two.GOAL, two.DECISION, two.CHOSEN, two.REJECTED)}
    assert list(kinds.values()) == ["goal", "decision", "option", "option"]
    edges = {(e.source, e.target): e.kind for e in told.heard.of(s.DecisionLinked)}
    decision = nodes[two.DECISION].handle
    assert edges[nodes[two.GOAL].handle, decision] == "leads_to"
    assert edges[decision, nodes[two.CHOSEN].handle] == "chosen"
    assert edges[decision, nodes[two.REJECTED].handle] == "rejected"
    own = [n for n in nodes.values() if not n.auto]
    assert [n.kind for n in own] == ["goal", "decision", "option", "option", "action", "outcome"]
    assert edges[decision, own[4].handle] == edges[own[4].handle, own[5].handle] == "leads_to"


def test_a_rejected_review_gives_the_work_back_and_the_next_one_approves(told: Told) -> None:
    order = told.heard.signals
    first, second = [c for c in told.heard.of(s.TaskCompleted) if c.agent == "rita"]
    done = next(c for c in told.heard.of(s.TaskCompleted) if c.agent == "ada")
    edits = [change for change in told.heard.of(s.FileChanged) if change.agent == "ada"]
    assert first.result.startswith("REJECTED") and second.result.startswith("APPROVED")
    places = [order.index(signal) for signal in (edits[0], first, edits[1], second, done)]
    assert places == sorted(places)


def test_L4_the_cost_is_exactly_the_sum_of_the_metered_calls(told: Told) -> None:
    metered = told.heard.of(s.CallMetered)
    assert len(metered) == len(told.requests)
    assert all(m.usage == two.USAGE and m.cost_nano == two.CALL_NANO and not m.estimated for m in metered)
    assert told.ledger_nano == sum(m.cost_nano or 0 for m in metered) == len(told.requests) * two.CALL_NANO
    assert told.finished.cost_usd is not None
    assert round(told.finished.cost_usd * NANO) == told.ledger_nano
    assert told.finished.tokens.input == len(told.requests) * two.USAGE.input
    assert told.finished.tokens.output == len(told.requests) * two.USAGE.output


@pytest.fixture
def half(told: Told, tmp_path: Path) -> Iterator[tuple[Opened, ScriptedServer, int]]:
    """The same project with half of the money that the first run took."""
    root = project_with(tmp_path, two.FILES)
    assert told.ledger_nano is not None
    with ScriptedServer(two.script) as server, workspace_of(root, server, attended=True) as opened:
        opened.answer_everything()
        yield opened, server, told.ledger_nano // 2


def test_with_half_of_the_money_the_run_ends_before_the_call_that_would_exceed(
    half: tuple[Opened, ScriptedServer, int],
) -> None:
    opened, server, budget = half
    finished = opened.ask(two.REQUEST, model=two.MODEL, budget_usd=budget / NANO)
    assert finished.status == "limit", finished
    assert opened.heard.of(s.BudgetReached)
    metered = opened.heard.of(s.CallMetered)
    nano, _ = opened.portal.run(opened.workspace.store.read(lambda conn: ledger.spent(conn, finished.run)), LONG)
    assert nano == sum(m.cost_nano or 0 for m in metered) == len(metered) * two.CALL_NANO
    assert nano is not None and 0 < nano <= budget
    assert finished.cost_usd is not None and round(finished.cost_usd * NANO) == nano
    opened.portal.run(opened.workspace.close(), LONG)
    assert len(server.requests) == len(metered)  # no request that was not paid for, none after the limit
