"""What a person can pull while a workspace works: stop, pause, go on, guide, message, edit what waits, take back.

Finds the team and passes the lever on. Every name that is wrong is refused with the nearest.
"""

from __future__ import annotations

from loomkin_jupyter.workspace.parts import Parts
from loomkin_jupyter.workspace.teams import Teams
from loomkin_jupyter.workspace.undo import undo_last


class Levers:
    """The levers of one workspace."""

    def __init__(self, parts: Parts, teams: Teams) -> None:
        self._parts = parts
        self._teams = teams

    async def stop(self, run: str, reason: str) -> str:
        """Stop a run, or every running one; what was done stays."""
        runs = [r for r in self._parts.runs.current() if not run or r.id == run]
        if not runs:
            return "Nothing is running."
        for one in runs:
            team = self._teams.open.get(one.team)
            if team is not None:
                await self._parts.questions.close_all(run=one.id)
                await team.stop_run(one.id, reason)
        return f"Stopped {len(runs)} run{'s' if len(runs) > 1 else ''}."

    async def stop_agent(self, agent: str, reason: str) -> str:
        """Stop what one agent is doing; it stays in the team. Stopping the lead ends its run."""
        team = self._teams.of(agent)
        await self._parts.questions.close_all(agent=agent, reason="The agent was stopped.")
        stopped = await team.levers.stop_turn(agent, reason)
        return f"{agent} stopped what it was doing." if stopped else f"{agent} was not doing anything."

    async def pause(self, agent: str, reason: str) -> list[str]:
        """Pause an agent, or everybody; return their names."""
        why = reason or "paused by the user"
        return [await self._teams.of(name).levers.pause(name, why) for name in self._named(agent)]

    async def unpause(self, agent: str, guidance: str) -> list[str]:
        """Let an agent, or everybody, go on, with a word of guidance if there is one."""
        return [await self._teams.of(name).levers.resume(name, guidance) for name in self._named(agent)]

    async def steer(self, agent: str, text: str) -> str:
        """Give a working agent guidance that it reads at its next checkpoint."""
        return (await self._teams.of(agent).levers.steer(agent, text)).state

    async def schedule(self, agent: str, text: str, due: float) -> str:
        """Leave a message that an agent reads at ``due`` (seconds since the epoch), restarts included; return its id."""
        return await self._teams.of(agent).levers.schedule(agent, text, due)

    async def message(self, agent: str, text: str) -> str:
        """Send a message of the user to an agent."""
        team = self._teams.of(agent)
        run = team.roster.agents[agent].run_id
        receipt = await team.comms.send("user", agent, text, kind="message", run=run)
        return receipt.note or receipt.state

    async def edit_message(self, message: str, text: str) -> None:
        """Change a waiting message."""
        await self._teams.waiting(message).comms.queues.edit(message, text)

    async def delete_message(self, message: str) -> None:
        """Take a waiting message away."""
        await self._teams.waiting(message).comms.queues.delete(message)

    async def move_message(self, message: str, by: int) -> None:
        """Move a waiting message ``by`` places (negative: earlier) in its queue."""
        team = self._teams.waiting(message)
        for agent in team.roster.agents.values():
            ids = [e.id for e in agent.inbox.waiting()]
            if message in ids:
                await team.comms.queues.move(message, max(0, min(len(ids) - 1, ids.index(message) + by)))

    async def undo(self, path: str, by: str) -> str:
        """Take back the newest change of ``path``, or of any file."""
        return await undo_last(self._parts.store, self._parts.root, path, by)

    def _named(self, agent: str) -> list[str]:
        return [agent] if agent else self._teams.living()
