"""A gateway that the tests of a module share: LiteLLM takes seconds to load."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from loomkin_jupyter.models.client import GatewayClient
from loomkin_jupyter.testing.clock import JumpingClock
from loomkin_jupyter.testing.scripted import ScriptedServer


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    """A scripted server whose script each test sets."""
    with ScriptedServer() as scripted:
        yield scripted


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(server: ScriptedServer) -> AsyncIterator[GatewayClient]:
    """A client of both providers at the server, on a clock that never waits."""
    path = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    made = GatewayClient(
        environment={**path, **server.environment()}, clock=JumpingClock(auto=True), timeout_s=60, seed=1
    )
    yield made
    await made.close()
