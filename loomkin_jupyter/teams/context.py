"""What an agent's tools are given: its own view of the team and the workspace (ToolContext), and its own way to people.

Keeps what persists for each agent between calls. Never runs a tool.
"""

from __future__ import annotations

from loomkin_jupyter.agents.agent import Agent
from loomkin_jupyter.agents.kit import Kit
from loomkin_jupyter.core.messages import AssistantEntry, Entry, ToolEntry
from loomkin_jupyter.core.ports import Answer, Caller, HumanPort, Question
from loomkin_jupyter.teams.claims import Claims
from loomkin_jupyter.teams.comms import Comms
from loomkin_jupyter.teams.roster import Roster
from loomkin_jupyter.teams.spawn import Spawn
from loomkin_jupyter.teams.tasks import Tasks
from loomkin_jupyter.tools.context import AgentSession, ToolContext

_ACTIVITY = {"permission": "permission", "spawn": "approval", "release": "permission", "budget": "budget"}


class AskingAgent:
    """A HumanPort that shows its agent as waiting while a person is asked."""

    def __init__(self, agent: Agent, human: HumanPort) -> None:
        self._agent = agent
        self._human = human
        self._open = 0

    async def ask(self, question: Question) -> Answer:
        """Ask; the agent's status is ``waiting`` as long as any of its questions is open."""
        state = self._agent.state
        self._open += 1
        try:
            if state.status == "working":
                await state.become("waiting", question.kind)
            with state.activity_of(_ACTIVITY.get(question.kind, "answer"), question.title):
                return await self._human.ask(question)
        finally:
            self._open -= 1
            if not self._open and state.status == "waiting":
                await state.become("working", "answered")


class Desk:
    """Makes ToolContexts. Also the AgentPeek: reading other agents' live histories."""

    def __init__(self, kit: Kit, roster: Roster, tasks: Tasks, comms: Comms, claims: Claims, spawn: Spawn) -> None:
        self._kit = kit
        self._roster = roster
        self._tasks = tasks
        self._comms = comms
        self._claims = claims
        self._spawn = spawn
        self._sessions: dict[str, AgentSession] = {}
        self._people: dict[str, AskingAgent] = {}

    def context(self, agent: str, caller: Caller) -> ToolContext:
        """Return the view of ``agent`` for one call."""
        kit, one = self._kit, self._roster.agents[agent]
        return ToolContext(
            caller=caller,
            root=kit.root,
            services=kit.services,
            session=self._sessions.setdefault(agent, AgentSession(cwd=kit.root)),
            kernel=kit.kernel,
            notebook=kit.notebook,
            tasks=self._tasks,
            comms=self._comms,
            claims=self._claims,
            spawn=self._spawn,
            human=self._people.setdefault(agent, AskingAgent(one, kit.human)),
            peek=self,
            policy=kit.policy_of(caller.run),
            local_model=one.limits is not None and one.limits.loopback,
            orchestrating=self._roster.orchestrating(agent),
            cell=kit.cell_of(caller.run),
        )

    def history_of(self, agent: str) -> list[str] | None:
        """Return the live entries of an agent as text, or None when nobody has that name."""
        one = self._roster.agents.get(agent)
        return None if one is None else [entry_text(entry) for entry in one.history.entries]


def entry_text(entry: Entry) -> str:
    """Return an entry as another agent reads it."""
    if isinstance(entry, AssistantEntry):
        calls = "".join(f"\n→ {call.name}({call.arguments})" for call in entry.calls)
        return f"assistant: {entry.text}{calls}"
    if isinstance(entry, ToolEntry):
        return f"{entry.name} ({entry.status}): {entry.text}"
    return f"{entry.sender} ({entry.kind}): {entry.text}"
