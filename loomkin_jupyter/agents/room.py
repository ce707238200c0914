"""The room an agent has in its model's window: the request within it, and what moves out to a keeper when it is full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomkin_jupyter.agents.prompt import system_prompt
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.ports import ModelLimits, ModelRequest
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.memory.offload import offload
from loomkin_jupyter.memory.tokens import Calibration
from loomkin_jupyter.memory.window import Plan, plan, window_of

if TYPE_CHECKING:
    from loomkin_jupyter.agents.agent import Agent

_MOST_ROUNDS = 8
_SHRINK = 0.5


class Room:
    """One request's plan. ``tokens`` is its estimated size."""

    def __init__(self, agent: Agent, limits: ModelLimits, calibration: Calibration) -> None:
        self._agent = agent
        self.limits = limits
        self._calibration = calibration
        self._tools: list[JsonObject] = []
        self.tokens = 0
        self._estimated = 0

    @classmethod
    async def of(cls, agent: Agent) -> Room:
        """Return the room in the window of the agent's present model."""
        agent.limits = await agent.kit.models.limits(agent.model)
        return cls(agent, agent.limits, agent.calibration)

    async def request(self) -> ModelRequest:
        """Return the next request; the oldest history moves to a keeper first when the window is too full."""
        agent, kit = self._agent, self._agent.kit
        role = agent.role
        planned = self._plan()
        for _ in range(_MOST_ROUNDS):
            if not planned.full or not await self._offload(float(kit.services.setting("context.offload_part"))):
                break
            planned = self._plan()
        self.tokens, self._estimated = planned.tokens, planned.estimated
        most = role.max_output or int(kit.services.setting("model.max_output"))
        return ModelRequest(
            id=new_id("ask"),
            model=agent.model,
            messages=planned.messages,
            tools=self._tools,
            max_output=min(most, self.limits.max_output) if self.limits.known else most,
            agent=agent.name,
        )

    async def shrink(self) -> None:
        """Move half of the history out: the provider found the request too long."""
        await self._offload(_SHRINK)

    def learn(self, usage: Usage) -> None:
        """Correct the next estimates by what the provider counted."""
        self._calibration.learn(self.limits.model, self._estimated, usage.input)

    def _plan(self) -> Plan:
        agent, kit = self._agent, self._agent.kit
        orchestrates = agent.team.orchestrating(agent.name)
        self._tools = kit.registry.schemas(agent.own_role.name, orchestrating=orchestrates) if self.limits.tools else []
        system = system_prompt(agent.name, agent.role, agent.team.surroundings(agent.name, agent.run_id))
        return plan(
            agent.history.entries, self.limits, system, self._tools, kit.services.setting, self._calibration,
            agent.history.rendering,
        )  # fmt: skip

    async def _offload(self, part: float) -> bool:
        """Move a part out; return whether anything moved."""
        agent = self._agent
        before = len(agent.history.entries), agent.history.entries[0].id if agent.history.entries else ""
        live = await offload(
            agent.store, agent.team.name, agent.name, agent.history.entries,
            window=window_of(self.limits, agent.kit.services.setting), part=part, run=agent.run_id, time=agent.clock.now(),
        )  # fmt: skip
        agent.history.replace(live)
        return before != (len(live), live[0].id if live else "")
