"""The gateway's process as the client sees it: counts, death told to every open call."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from loomkin_jupyter.models import frames
from loomkin_jupyter.models.process import Died, GatewayProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway() -> AsyncIterator[GatewayProcess]:
    made = await GatewayProcess.start(os.environ)
    yield made
    await made.stop()


async def test_a_call_gets_its_frames_and_no_other(gateway: GatewayProcess) -> None:
    one, two = gateway.open(1), gateway.open(2)
    gateway.send(frames.CountTokens(2, "openai/gpt-4o-mini", "one two three"))
    counted = await asyncio.wait_for(two.get(), 60)
    assert isinstance(counted, frames.Counted) and counted.call == 2 and counted.tokens > 0
    assert one.empty() and gateway.open_calls == 2
    gateway.forget(1)
    gateway.forget(2)
    assert gateway.open_calls == 0


async def test_death_is_told_to_every_call_later_ones_too(gateway: GatewayProcess) -> None:
    waiting = [gateway.open(number) for number in (3, 4)]
    gateway.kill()
    for queue in waiting:
        assert isinstance(await asyncio.wait_for(queue.get(), 60), Died)
    assert not gateway.alive
    assert isinstance(gateway.open(5).get_nowait(), Died)
    gateway.send(frames.CancelCall(5))
    gateway.kill()
