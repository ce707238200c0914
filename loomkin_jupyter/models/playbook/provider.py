"""The playbook as a model: answers a ModelRequest from its messages alone, costs nothing, says that it is no model."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence

from loomkin_jupyter.core.errors import ModelFailed
from loomkin_jupyter.core.messages import ToolCall
from loomkin_jupyter.core.ports import ModelAnswer, ModelEvent, ModelLimits, ModelRequest, TextDelta
from loomkin_jupyter.core.usage import Price
from loomkin_jupyter.models.playbook import matching, transcript
from loomkin_jupyter.models.playbook.engine import Due, play
from loomkin_jupyter.models.playbook.schema import Playbook, PlaybookError
from loomkin_jupyter.models.providers import PLAYBOOK

LABEL = "playbook (no language model)"
_PIECE = 120


class PlaybookProvider:
    """A ModelPort over playbooks. ``loomkin/playbook`` finds one by the request, ``loomkin/playbook:NAME`` names it."""

    def __init__(self, playbooks: Sequence[Playbook]) -> None:
        self.playbooks = tuple(playbooks)

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Yield the text in a few pieces, then the answer; ``finish`` is refused when no playbook fits."""
        due, finish = self._answer(request)
        for start in range(0, len(due.text), _PIECE):
            yield TextDelta(due.text[start : start + _PIECE])
            await asyncio.sleep(0)
        # The ids are a function of the messages too: an answer that is computed again is the same answer.
        seed = hashlib.blake2s(repr(request.messages).encode(), digest_size=10).hexdigest()
        calls = tuple(ToolCall(f"call_{seed}_{i}", name, text) for i, (name, text) in enumerate(due.calls))
        yield ModelAnswer(text=due.text, calls=calls, finish=finish, model=LABEL)

    def _answer(self, request: ModelRequest) -> tuple[Due, str]:
        kind, _, name = request.model.partition(":")
        if kind != PLAYBOOK:
            raise ModelFailed("not_found", f"There is no model {request.model!r}.", f"Built in is {PLAYBOOK}.")
        script = transcript.read(request.messages)
        tools = [str((tool.get("function") or tool).get("name")) for tool in request.tools]
        try:
            found = matching.find(self.playbooks, script, name)
            if found is None:
                return Due(matching.none_fits(self.playbooks, script.start.text)), "refused"
            due = play(found[0], script, found[1], tools)
        except PlaybookError as error:
            raise ModelFailed("bad_request", error.message, error.remedy) from error
        return due, "tool_calls" if due.calls else "refused" if due.refused else "stop"

    async def limits(self, model: str) -> ModelLimits:
        """Return a window that is never full, at no price, on this machine."""
        return ModelLimits(
            model=model,
            window=10_000_000,
            max_output=100_000,
            price=Price(0.0, 0.0, 0.0),
            local=True,
            loopback=True,
            known=True,
        )

    async def count(self, model: str, text: str) -> int:
        """Return an estimate: a playbook has no tokens."""
        return len(text) // 4

    async def close(self) -> None:
        """Hold nothing, so release nothing."""
