"""Who is in a team: the agents by name, and which of them leads. Shared by the team's parts; only ``Team`` changes it."""

from __future__ import annotations

from dataclasses import dataclass, field

from loomkin_jupyter.agents.agent import Agent
from loomkin_jupyter.core.errors import UsageError, nearest

RETIRED = "the work is done"
NOBODYS = frozenset({"user", "loomkin", "team"})
DEAD = frozenset({"failed", "stopped"})
BUSY = frozenset({"starting", "working", "waiting", "healing"})


@dataclass(slots=True)
class Roster:
    """``team`` is the team's name; ``agents`` keeps those that failed or were stopped, so that their names stay theirs.

    ``retired`` names those that rest because their run is over: they can be called back under their names.
    """

    team: str
    agents: dict[str, Agent] = field(default_factory=dict[str, Agent])
    retired: set[str] = field(default_factory=set[str])

    @property
    def lead(self) -> str:
        """The lead's name, or '' before it started."""
        return next((name for name, agent in self.agents.items() if agent.spec.lead), "")

    def taken(self) -> set[str]:
        """Return the names that a new agent may not have."""
        return {*self.agents, *NOBODYS} - self.retired

    def is_taken(self, name: str) -> bool:
        """Return whether a new agent may not have this name."""
        return name not in self.retired and (name in self.agents or name in NOBODYS)

    def find(self, name: str) -> Agent:
        """Return the agent of that name.

        :raises UsageError: naming the nearest, when nobody has it.
        """
        found = self.agents.get(name)
        if found is None:
            raise UsageError(
                f"There is no agent {name!r} in team {self.team}.{nearest(name, self.agents)}",
                f"Agents: {', '.join(self.agents) or 'none yet'}.",
            )
        return found

    def wake(self, name: str) -> None:
        """Have an agent look into its inbox, if there is one of that name."""
        agent = self.agents.get(name)
        if agent is not None:
            agent.inbox.wake()

    def living(self) -> list[Agent]:
        """Return the agents that can still work."""
        return [agent for agent in self.agents.values() if agent.state.status not in DEAD]

    def alive(self, name: str) -> bool:
        """Return whether there is a living agent of that name."""
        agent = self.agents.get(name)
        return agent is not None and agent.state.status not in DEAD

    def busy(self) -> list[Agent]:
        """Return the agents that work, wait in the middle of a turn, or have something to take."""
        return [
            agent
            for agent in self.living()
            if agent.state.status in BUSY or agent.state.status == "paused" or agent.inbox.ready()
        ]

    def specialists(self, run: str) -> list[Agent]:
        """Return the living agents made for ``run`` that are neither lead nor concierge."""
        others = [a for a in self.living() if not a.spec.lead and a.own_role.name not in ("lead", "concierge")]
        return [agent for agent in others if agent.spec.run == run]

    def orchestrating(self, name: str) -> bool:
        """Return whether the agent is a lead with specialists."""
        agent = self.agents.get(name)
        return agent is not None and agent.own_role.name == "lead" and bool(self.specialists(agent.run_id))
