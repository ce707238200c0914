# pyright: basic
"""A pump on the test's own loop and commands that answer at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.panels.pump import Pump
from loomkin_jupyter.views.projection import Projection


def logged(handle: str, **fields: Any) -> s.DecisionLogged:
    values: dict[str, Any] = {"node": handle, "handle": handle, "kind": "goal", "title": handle, "run": "r", **fields}
    return s.DecisionLogged(**values)


@pytest.fixture
async def pump() -> AsyncIterator[Pump]:
    """A pump that has begun, with one run and two decisions."""
    pump = Pump(asyncio.get_running_loop())
    pump.begin(Projection(), (0, 0))
    pump.take(s.RunStarted(run="r", request="Audit"))
    pump.take(logged("D1"))
    pump.take(logged("D2", kind="decision"))
    pump.take(s.DecisionLinked(source="D1", target="D2", kind="chosen"))
    pump.flush()
    yield pump
    pump.close()
