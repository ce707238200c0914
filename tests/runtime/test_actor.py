"""An actor under a supervisor: told, crashed, told again."""

from __future__ import annotations

import asyncio

import pytest

from loomkin_jupyter.runtime.actor import Actor
from loomkin_jupyter.runtime.supervisor import Supervisor


class Adder(Actor[tuple[int, "asyncio.Future[int]"]]):
    """Keeps a sum across crashes; a negative number crashes it."""

    total = 0

    async def run(self) -> None:
        while True:
            number, reply = await self.mailbox.get()
            if number < 0:
                raise ValueError("negative")
            self.total += number
            reply.set_result(self.total)


async def test_an_actor_keeps_its_mailbox_and_state_across_a_crash() -> None:
    loop = asyncio.get_running_loop()
    adder = Adder("adder")
    supervisor = Supervisor("team")
    supervisor.start(adder.name, adder.run)
    replies = [loop.create_future() for _ in range(3)]
    for number, reply in zip([2, -1, 5], replies, strict=True):
        assert adder.tell((number, reply))
    assert await asyncio.wait_for(replies[2], 30) == 7
    assert adder.statistics()["received"] == 3
    assert await supervisor.close()


async def test_the_base_has_no_body() -> None:
    with pytest.raises(NotImplementedError, match="run"):
        await Actor[int]("empty").run()
