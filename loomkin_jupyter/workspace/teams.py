"""The teams that are open here: each under its lease, with a lead; found by their agents and by what waits for those."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.errors import LoomkinError, UsageError, nearest
from loomkin_jupyter.store import agents as rows
from loomkin_jupyter.teams.quiet import RunOutcome
from loomkin_jupyter.teams.team import Team
from loomkin_jupyter.workspace.parts import Parts
from loomkin_jupyter.workspace.runs import Run


class Teams:
    """``open`` has the open teams by name; ``ended`` is awaited with the outcome of each of their runs."""

    def __init__(self, parts: Parts, ended: Callable[[RunOutcome], Awaitable[None]]) -> None:
        self._parts = parts
        self._ended = ended
        self.open: dict[str, Team] = {}

    async def lease(self, team: str) -> None:
        """Take the team's lease, so that nobody else runs it.

        :raises StoreError: when another process runs it.
        """
        owner = "a notebook kernel" if self._parts.kernel.live else "the command line"
        await self._parts.store.take_lease(team, owner)

    async def take(self, name: str) -> Team:
        """Return the team of that name, taking its lease and loading it the first time (one caller at a time).

        :raises StoreError: when another process runs it.
        """
        team = self.open.get(name)
        if team is None:
            await self.lease(name)
            team = Team(name, self._parts.kit, ended=self._ended)
            try:
                await team.open()
            except BaseException:
                await team.close()
                raise
            self.open[name] = team
        return team

    async def staff(self, team: Team, run: Run) -> None:
        """See that the team has a lead, and the roles that the request wants."""
        if not team.roster.lead:
            await team.seats.start(AgentSpec(role="lead", lead=True, run=run.id))
        for role in run.options.roles:
            if not any(agent.own_role.name == role for agent in team.roster.living()):
                await team.seats.start(AgentSpec(role=role, run=run.id))
        for name in run.options.names:
            if not team.roster.alive(name):
                await self._call_back(team, name, run)

    async def _call_back(self, team: Team, name: str, run: Run) -> None:
        """Have one that rests, with its history, for a run in which it is asked.

        :raises UsageError: when it failed or was stopped.
        """
        gone = team.roster.agents.get(name)
        if gone is not None and name not in team.roster.retired:
            raise UsageError(f"{name} {gone.state.status} and cannot be asked.", "Ask the lead, or somebody else.")
        record = await self._parts.store.read(lambda conn: rows.get(conn, team.name, name))
        if record is None:
            raise UsageError(f"There is no agent {name!r} in team {team.name}.", "Ask the lead, or somebody else.")
        purpose = str(record.state.get("purpose", ""))
        await team.seats.start(AgentSpec(role=record.role, name=name, model=record.model, purpose=purpose, run=run.id))

    async def known(self, team: str) -> list[str]:
        """Return the names of the team's agents, also of those that rest, whether it is open or not."""
        found = await self._parts.store.read(lambda conn: rows.of_team(conn, team, stopped=True))
        return [record.name for record in found]

    def check_roles(self, roles: tuple[str, ...]) -> None:
        """Raise UsageError for a role that there is not."""
        known = self._parts.kit.roles
        for role in roles:
            if role not in known:
                raise UsageError(
                    f"There is no role {role!r}.{nearest(role, known)}", f"Roles: {', '.join(sorted(known))}."
                )

    def living(self) -> list[str]:
        """Return the names of all agents that can work."""
        return [agent.name for team in self.open.values() for agent in team.roster.living()]

    def of(self, agent: str) -> Team:
        """Return the team of an agent.

        :raises LoomkinError: naming the nearest, when nobody has that name.
        """
        for team in self.open.values():
            if agent in team.roster.agents:
                return team
        names = [name for team in self.open.values() for name in team.roster.agents]
        raise LoomkinError(
            f"There is no agent {agent!r}.{nearest(agent, names)}", f"Agents: {', '.join(names) or 'none yet'}."
        )

    def waiting(self, message: str) -> Team:
        """Return the team in which a message waits.

        :raises LoomkinError: when it was read or deleted.
        """
        for team in self.open.values():
            if any(e.id == message for a in team.roster.agents.values() for e in a.inbox.waiting()):
                return team
        raise LoomkinError("That message no longer waits: it was read or deleted.", "Send a new message instead.")
