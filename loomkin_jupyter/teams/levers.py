"""What people do to the agents of a running team: pause, go on, stop, guide, leave a message for later, end for good.

Every lever takes an agent's name and refuses one that nobody has, with the nearest.
"""

from __future__ import annotations

from loomkin_jupyter.core.clock import Clock
from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.core.ports import Receipt
from loomkin_jupyter.teams.comms import USER, Comms
from loomkin_jupyter.teams.endings import Endings
from loomkin_jupyter.teams.quiet import Quiet
from loomkin_jupyter.teams.roster import Roster


class Levers:
    """The levers of one team."""

    def __init__(self, clock: Clock, roster: Roster, comms: Comms, endings: Endings, quiet: Quiet) -> None:
        self._clock = clock
        self._roster = roster
        self._comms = comms
        self._endings = endings
        self._quiet = quiet

    async def pause(self, agent: str, reason: str = "paused by the user") -> str:
        """Pause an agent; return its name."""
        one = self._roster.find(agent)
        await one.steering.pause(reason)
        return one.name

    async def resume(self, agent: str, guidance: str = "") -> str:
        """Let an agent go on; ``guidance`` is the first thing it reads. Returns its name."""
        one = self._roster.find(agent)
        if guidance:
            await self.steer(one.name, guidance)
        self._endings.goes_on()
        await one.steering.resume()
        self._quiet.touch()
        return one.name

    async def stop_turn(self, agent: str, reason: str = "stopped by the user") -> bool:
        """Stop what an agent is doing; it stays in the team. The lead's stop ends its run. False: it did nothing."""
        return await self._roster.find(agent).steering.stop(reason)

    async def stop_agent(self, agent: str, reason: str = "stopped by the user") -> None:
        """End one agent for good; its tasks go back to the lead, its claims are released. The lead's end ends its run."""
        await self._endings.stop(self._roster.find(agent), reason)

    async def steer(self, agent: str, text: str) -> Receipt:
        """Give guidance that the agent reads at its next checkpoint."""
        one = self._roster.find(agent or self._roster.lead)
        receipt = self._comms.receipt(one.name)
        envelope = self._comms.envelope(one.name, text, sender=USER, kind="guidance", priority="urgent", run=one.run_id)
        await self._comms.post([envelope])
        return receipt

    async def schedule(self, agent: str, text: str, due: float, *, sender: str = USER) -> str:
        """Leave a message that the agent reads at ``due`` (seconds since the epoch), also after a restart; return its id.

        It belongs to no run: it keeps none from ending and ends with none.

        :raises UsageError: for an unknown agent or a moment that has passed.
        """
        name, now = self._roster.find(agent).name, self._clock.now()
        if not now < due < float("inf"):
            raise UsageError(
                f"A message cannot be scheduled for {due!r}; now is {now:.0f}.",
                "Give `due` as a later time in seconds since the epoch.",
            )
        envelope = self._comms.envelope(name, text, sender=sender, kind="message", due=due)
        await self._comms.post([envelope])
        return envelope.id
