"""Five hundred malformed answers against real teams through one gateway: nothing crashes, nothing hangs, all is told."""

from __future__ import annotations

import re
import threading
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.testing.malformed import Malformed, malformed
from loomkin_jupyter.testing.script import Reply, ScriptRequest
from loomkin_jupyter.testing.scripted import ScriptedServer
from tests.scenarios.conftest import Opened, workspace_of

COUNT = 500
TEAMS = 10
IN_A_ROW = 2  # one less than what ends a turn: each answer must really be mended or borne
LONG = 600.0
_CASE = re.compile(r"case (\d+)\.")


class Misbehaving:
    """A model whose answers to case N are the malformed ones with that number, then a proper one."""

    def __init__(self, cases: dict[int, list[Malformed]]) -> None:
        self._left = {number: deque(case) for number, case in cases.items()}
        self._lock = threading.Lock()
        self.given: Counter[str] = Counter()

    def __call__(self, request: ScriptRequest) -> Reply | str:
        number = int(_CASE.findall(str(request.messages))[-1])
        with self._lock:
            if not self._left[number]:
                return f"Case {number} is done."
            item = self._left[number].popleft()
            self.given[item.kind] += 1
        return item.reply


def run_team(opened: Opened, team: int, numbers: list[int]) -> list[s.RunFinished]:
    """Give one team its cases, one after the other."""
    ends: list[s.RunFinished] = []
    for number in numbers:
        run = opened.start(f"Bear case {number}.", team=f"team-{team}")
        ends.append(opened.heard.wait(s.RunFinished, lambda end, run=run: end.run == run, LONG))
    return ends


@pytest.mark.timeout(LONG)
def test_every_malformed_answer_is_borne_and_every_run_ends_with_a_reason(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    items = list(malformed(COUNT, seed=11, tool="file_read"))
    cases = {n: items[at : at + IN_A_ROW] for n, at in enumerate(range(0, COUNT, IN_A_ROW))}
    model = Misbehaving(cases)
    settings = {"model.default": "openai/gpt-4o-mini", "model.attempts": 3, "budget.run_usd": 1000.0}
    with (
        ScriptedServer(model) as server,
        workspace_of(project, server, **settings, **{"budget.agent_usd": 1000.0}) as opened,
        ThreadPoolExecutor(TEAMS) as pool,
    ):
        shares = [[n for n in cases if n % TEAMS == team] for team in range(TEAMS)]
        ends = [end for share in pool.map(run_team, [opened] * TEAMS, range(TEAMS), shares) for end in share]
        crashes = [*opened.heard.of(s.AgentRestarted), *opened.heard.of(s.ErrorReported)]
        client = opened.workspace.parts.models._gateway  # type: ignore[attr-defined] # pyright: ignore
        gateways = client.statistics()["gateways"]  # pyright: ignore
    assert crashes == []
    assert gateways == 1
    assert len(ends) == len(cases)
    assert sum(model.given.values()) == COUNT
    statuses = Counter(end.status for end in ends)
    assert set(statuses) <= {"done", "failed"}
    assert all(end.answer if end.status == "done" else end.reason for end in ends)
    with capsys.disabled():
        print(f"\n{COUNT} malformed answers of {len(model.given)} kinds in {len(ends)} runs: {dict(statuses)}")
