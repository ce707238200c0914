"""Seats in a team: agents are made here, new ones with their row and signal in one transaction, stored ones from it.

Who has a seat is in the roster; how somebody leaves is in ``endings``.
"""

from __future__ import annotations

import msgspec

from loomkin_jupyter.agents.agent import Agent
from loomkin_jupyter.agents.kit import AgentSpec, Kit, TeamPort
from loomkin_jupyter.agents.roles import Role, find_role, free_name
from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.core.messages import Envelope
from loomkin_jupyter.core.signals import AgentSpawned
from loomkin_jupyter.core.status import AgentStatus
from loomkin_jupyter.runtime.supervisor import Supervisor
from loomkin_jupyter.store import agents as rows
from loomkin_jupyter.store import inbox
from loomkin_jupyter.store.agents import AgentRecord
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.teams.comms import Comms
from loomkin_jupyter.teams.roster import Roster

CALLED_BACK = "You were called back for a new request. What stands above is your earlier work; your new task follows."


class Seats:
    """The seats of one team. ``own_team`` is what every agent made here knows of it."""

    def __init__(self, kit: Kit, roster: Roster, comms: Comms, supervisor: Supervisor) -> None:
        self._kit = kit
        self._store = kit.services.store
        self._roster = roster
        self._comms = comms
        self._supervisor = supervisor
        self.own_team: TeamPort

    async def start(self, spec: AgentSpec) -> Agent:
        """Make an agent and set it to work; its name is the role's when the spec gives none.

        :raises UsageError: for an unknown role or a name that is taken.
        """
        team, roster = self._roster.team, self._roster
        role = find_role(spec.role, self._kit.roles)
        name = spec.name or free_name(role.name, roster.taken())
        if roster.is_taken(name):
            raise UsageError(f"The name {name!r} is taken in team {team}.", "Choose another name.")
        spec = msgspec.structs.replace(spec, name=name, lead=spec.lead or not roster.lead)
        agent = Agent(spec, role, self._kit, self.own_team)
        before = roster.agents.get(name)
        roster.agents[name] = agent
        roster.retired.discard(name)
        try:
            back, waiting = await self._commit(agent, role)
        except BaseException:
            self._take_back(name, before)
            raise
        agent.history.fresh = not back
        self._supervisor.start(name, agent.run)
        self._comms.deliver(waiting)
        return agent

    def restore(self, record: AgentRecord) -> None:
        """Give a stored agent its place; it begins as ``starting``, or stays what ended it."""
        role = find_role(record.role, self._kit.roles)
        spec = AgentSpec(
            role=record.role, name=record.name, model=record.model, lead=record.lead,
            purpose=str(record.state.get("purpose", "")), run=str(record.state.get("run", "")),
        )  # fmt: skip
        status: AgentStatus = "failed" if record.status == "failed" else "starting"
        agent = Agent(spec, role, self._kit, self.own_team, status=status)
        if record.status == "paused":
            agent.steering.hold("paused before the restart")
        self._roster.agents[record.name] = agent

    async def _commit(self, agent: Agent, role: Role) -> tuple[bool, list[Envelope]]:
        """Write the agent's row and tell of it; one that was here before learns that it was called back.

        Return whether it was, and what has waited for it since.
        """
        team, spec, name = self._roster.team, agent.spec, agent.name
        tools = [tool.name for tool in self._kit.registry.for_role(role.name)]
        record = AgentRecord(
            team=team, name=name, role=role.name, model=spec.model, tier=role.tier, lead=spec.lead, tools=tools,
            state={"purpose": spec.purpose, "run": spec.run},
        )  # fmt: skip
        signal = AgentSpawned(
            role=role.name, model=agent.model, tier=role.tier, lead=spec.lead, tools=tools,
            team=team, agent=name, run=spec.run,
        )  # fmt: skip

        def work(tx: Tx) -> tuple[bool, list[Envelope]]:
            back = rows.known(tx.conn, team, name)
            rows.add(tx, record)
            if back:
                agent.history.write(tx, [agent.notice(CALLED_BACK, "recalled")])
            tx.emit(signal)
            return back, inbox.waiting(tx.conn, team, name) if back else []

        return await self._store.transact(work)

    def _take_back(self, name: str, before: Agent | None) -> None:
        """Take back a seat whose agent could not be committed."""
        if before is None:
            del self._roster.agents[name]
        else:
            self._roster.agents[name] = before
            self._roster.retired.add(name)
