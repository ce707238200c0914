"""Five hundred malformed answers against real teams through one gateway: nothing crashes, nothing hangs, all is told."""

from __future__ import annotations

import re
import threading
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.testing.malformed import Malformed, malformed
from loomkin_jupyter.testing.script import Reply, ScriptRequest
from loomkin_jupyter.testing.scripted import ScriptedServer
from tests.scenarios.conftest import Opened, workspace_of

COUNT = 500
TEAMS = 20
IN_A_ROW = 2  # one less than what ends a turn: each answer must really be mended or borne
LONG = 600.0
_CASE = re.compile(r"case (\d+)\.")


class Misbehaving:
    """A model that answers each case with the next malformed answers, then with a proper one."""

    def __init__(self, items: list[Malformed]) -> None:
        self._left = deque(items)
        self._cases: Counter[int] = Counter()
        self._lock = threading.Lock()
        self.given: Counter[str] = Counter()

    def __call__(self, request: ScriptRequest) -> Reply | str:
        number = int(_CASE.findall(str(request.messages))[-1])
        with self._lock:
            if self._cases[number] == IN_A_ROW or not self._left:
                return f"Case {number} is done."
            self._cases[number] += 1
            item = self._left.popleft()
            self.given[item.kind] += 1
        return item.reply

    def has_more(self) -> bool:
        """Whether some were not given yet."""
        return bool(self._left)


def run_team(opened: Opened, model: Misbehaving, team: int) -> list[s.RunFinished]:
    """Give one team cases, one after the other, as long as there are answers."""
    ends: list[s.RunFinished] = []
    while model.has_more():
        run = opened.start(f"Bear case {team * COUNT + len(ends)}.", team=f"team-{team}")
        ends.append(opened.heard.wait(s.RunFinished, lambda end, run=run: end.run == run, LONG))
    return ends


@pytest.mark.timeout(LONG)
def test_every_malformed_answer_is_borne_and_every_run_ends_with_a_reason(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    model = Misbehaving(list(malformed(COUNT, seed=11, tool="file_read")))
    settings: dict[str, Any] = {
        "model.default": "openai/gpt-4o-mini",
        "model.attempts": 3,
        "budget.run_usd": 1e3,
        "budget.agent_usd": 1e3,
    }
    with (
        ScriptedServer(model) as server,
        workspace_of(project, server, **settings) as opened,
        ThreadPoolExecutor(TEAMS) as pool,
    ):
        ends = [end for share in pool.map(run_team, [opened] * TEAMS, [model] * TEAMS, range(TEAMS)) for end in share]
        crashes = [*opened.heard.of(s.AgentRestarted), *opened.heard.of(s.ErrorReported)]
        client = opened.workspace.parts.models._gateway  # type: ignore[attr-defined] # pyright: ignore
        gateways = client.statistics()["gateways"]  # pyright: ignore
    assert crashes == []
    assert gateways == 1
    assert len(ends) >= COUNT / IN_A_ROW
    assert sum(model.given.values()) == COUNT
    statuses = Counter(end.status for end in ends)
    assert set(statuses) <= {"done", "failed"}
    assert all(end.answer if end.status == "done" else end.reason for end in ends)
    with capsys.disabled():
        print(f"\n{COUNT} malformed answers of {len(model.given)} kinds in {len(ends)} runs: {dict(statuses)}")
