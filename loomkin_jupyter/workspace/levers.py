"""What a person can pull while a workspace works: stop, pause, go on, guide, message, edit what waits, take back.

Finds the team and passes the lever on. Every name that is wrong is refused with the nearest.
"""

from __future__ import annotations

from collections.abc import Sequence

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.core.messages import Envelope, JsonObject
from loomkin_jupyter.teams.queues import SQUASHABLE, Queues
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

    def waiting(self, agent: str = "") -> list[JsonObject]:
        """Return what waits for an agent, or for everybody, in the order in which it will be read."""
        if agent:
            self._teams.of(agent)  # an unknown name is refused
        found: list[JsonObject] = []
        for team in self._teams.open.values():
            for one in team.roster.agents.values():
                if agent in ("", one.name):
                    found += [_shown(envelope, place) for place, envelope in enumerate(one.inbox.waiting(), start=1)]
        return found

    async def edit_message(self, message: str, text: str) -> None:
        """Change a waiting message."""
        await self._queues(message).edit(self._id(message), text)

    async def delete_message(self, message: str) -> None:
        """Take a waiting message away."""
        await self._queues(message).delete(self._id(message))

    async def move_message(self, message: str, by: int = 0, *, place: int | None = None) -> None:
        """Move a waiting message ``by`` places (negative: earlier) in its queue, or to ``place`` (1 is read next)."""
        queues, key = self._queues(message), self._id(message)
        ids = [e.id for e in queues.holder(key).inbox.waiting()]
        wanted = ids.index(key) + by if place is None else place - 1
        await queues.move(key, max(0, min(len(ids) - 1, wanted)))

    async def squash_messages(self, messages: Sequence[str], agent: str = "") -> JsonObject:
        """Make the named messages one, or all of the person's own that wait for ``agent``; return it."""
        keys = [self._id(message) for message in messages]
        if not keys:
            waiting = self._teams.of(agent).roster.agents[agent].inbox.waiting()
            keys = [e.id for e in waiting if e.sender == "user" and e.kind in SQUASHABLE and e.due is None]
            if len(keys) < 2:
                what = "no message of yours waits" if not keys else "only one message of yours waits"
                raise UsageError(
                    f"For {agent} {what}: there is nothing to squash.", "loomkin queue list shows what waits."
                )
        queues = self._queues(keys[0])
        made = await queues.squash(keys)
        places = [e.id for e in queues.holder(made.id).inbox.waiting()]
        return _shown(made, places.index(made.id) + 1)

    async def restore_messages(self, message: str) -> list[str]:
        """Take a squashed message apart again; return the texts of its parts."""
        return [part.text for part in await self._queues(message).restore(self._id(message))]

    async def undo(self, path: str, by: str) -> str:
        """Take back the newest change of ``path``, or of any file."""
        return await undo_last(self._parts.store, self._parts.root, path, by)

    def _queues(self, message: str) -> Queues:
        return self._teams.waiting(self._id(message)).comms.queues

    def _id(self, message: str) -> str:
        """Return the id of a message that is named by it, or as ``AGENT:PLACE`` (``lead:1`` is what lead reads next)."""
        agent, colon, place = message.rpartition(":")
        if not colon or not place.isdecimal():
            return message
        waiting = self._teams.of(agent).roster.agents[agent].inbox.waiting()
        if not 1 <= int(place) <= len(waiting):
            raise UsageError(
                f"{message}: {len(waiting)} message{'s wait' if len(waiting) != 1 else ' waits'} for {agent}.",
                "loomkin queue list shows what waits.",
            )
        return waiting[int(place) - 1].id

    def _named(self, agent: str) -> list[str]:
        return [agent] if agent else self._teams.living()


def _shown(envelope: Envelope, place: int) -> JsonObject:
    """Return a waiting message as people see it."""
    return {
        "message": envelope.id,
        "name": f"{envelope.to}:{place}",
        "to": envelope.to,
        "sender": envelope.sender,
        "kind": envelope.kind,
        "priority": envelope.priority,
        "text": envelope.text,
        "due": envelope.due,
        "squashed": len(envelope.squashed),
    }
