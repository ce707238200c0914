"""A state with something of everything in it."""

from __future__ import annotations

from typing import Any

import pytest

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.views.projection import Projection

NASTY = "<script>alert(1)</script> ![x](http://evil/p.png) [click](javascript:alert(1)) **bold** <img src=x onerror=alert(1)>"


@pytest.fixture
def state() -> dict[str, Any]:
    """The state after a small run whose texts try to break out."""
    projection = Projection()

    def apply(signal: type[s.Signal], /, **fields: Any) -> None:
        values: dict[str, Any] = {"run": "r", "team": "t", "time": 1.0, **fields}
        projection.apply(signal(**values))

    apply(s.RunStarted, request="Audit", labels=["Scripted answers, no model was asked."], limit_usd=5.0)
    apply(s.AgentSpawned, agent="lead", role="lead", model="m")
    apply(s.TaskCreated, task="T1", title="Look | here <b>", agent="lead")
    apply(s.TaskCompleted, agent="lead", task="T1", result="fine")
    apply(s.DecisionLogged, agent="lead", node="1", handle="D1", kind="goal", title="Clean <script>")
    apply(s.DecisionLogged, agent="lead", node="2", handle="D2", kind="decision", title="Drop", confidence=70)
    apply(s.DecisionLinked, source="D1", target="D2", kind="chosen", rationale="few rows")
    apply(s.FileChanged, agent="lead", call="c", path="a.py", before="", after="x", added=3)
    apply(s.CallMetered, agent="lead", call="m", model="m", usage=Usage(100, 20), cost_nano=4_200_000)
    apply(s.RunFinished, status="done", answer=NASTY, cost_usd=0.0042, duration_s=2.0, tokens=Usage(100, 20))
    return projection.snapshot()
