"""A model within the test's own loop: the same scripts as behind the real endpoint, without a process or a socket.

A step may also be an exception, which is raised, or an async function, which is awaited.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator
from typing import Any

from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import ToolCall
from loomkin_jupyter.core.ports import ModelAnswer, ModelEvent, ModelLimits, ModelRequest, TextDelta
from loomkin_jupyter.core.usage import Price, Usage
from loomkin_jupyter.testing.script import Call, Reply, Script, ScriptRequest, address, steps
from loomkin_jupyter.testing.wire import flat


class OwnModel:
    """A ModelPort that runs a script."""

    def __init__(self) -> None:
        self.script: Script = steps({})
        self.requests: list[ScriptRequest] = []
        self.window = 128_000

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        system = flat(request.messages[0]["content"])
        agent, role, team = address(system)
        asked = ScriptRequest(
            len(self.requests), "openai", request.model, request.messages, [], True, {}, {}, agent, role, team
        )
        self.requests.append(asked)
        reply: Any = self.script(asked)
        if inspect.isasyncgen(reply):
            async for event in reply:
                if not isinstance(event, (Reply, str)):
                    yield event  # pyright: ignore[reportReturnType]
                else:
                    reply = event
                    break
        if inspect.isawaitable(reply):
            reply = await reply
        if isinstance(reply, Exception):
            raise reply
        answer = Reply(reply) if isinstance(reply, str) else reply
        assert isinstance(answer, Reply)
        if answer.text:
            yield TextDelta(answer.text)
        calls = [given if isinstance(given, Call) else Call(*given) for given in answer.calls]
        yield ModelAnswer(
            text=answer.text,
            calls=tuple(
                ToolCall(new_id("call"), c.name, c.arguments if isinstance(c.arguments, str) else _json(c.arguments))
                for c in calls
            ),
            finish=answer.finish or ("tool_calls" if calls else "stop"),
            model=request.model,
            usage=answer.usage or Usage(input=100, output=10),
            cost_nano=1_000,
        )

    async def limits(self, model: str) -> ModelLimits:
        return ModelLimits(model=model, window=self.window, price=Price(input=1e-7, output=1e-6), known=True)

    async def count(self, model: str, text: str) -> int:
        return len(text) // 4

    async def close(self) -> None:
        """Nothing is open."""


def _json(value: Any) -> str:
    import json

    return json.dumps(dict(value))
