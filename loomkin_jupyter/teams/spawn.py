"""Growing the team, through the spawn gate: a person, or under autonomous and full the budget that is left.

Knows what an agent is likely to cost; starts nobody itself: ``start`` is the team's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from loomkin_jupyter.agents.kit import AgentSpec, Kit
from loomkin_jupyter.agents.roles import Role, free_name
from loomkin_jupyter.core.errors import ToolFailed, ToolRetry, nearest
from loomkin_jupyter.core.ports import Caller, Question, SpawnSpec
from loomkin_jupyter.core.usage import Usage, money_text
from loomkin_jupyter.teams.roster import Roster
from loomkin_jupyter.teams.tasks import Tasks

TURN = Usage(input=12_000, output=1_500)
"""Tokens of a small piece of work of one agent: the estimate of the spawn gate."""


class Spawn:
    """The SpawnPort."""

    def __init__(self, kit: Kit, roster: Roster, tasks: Tasks, start: Callable[[AgentSpec], Awaitable[object]]) -> None:
        self._kit = kit
        self._roster = roster
        self._tasks = tasks
        self._start = start
        self._lock = asyncio.Lock()

    async def spawn(self, caller: Caller, team_name: str, purpose: str, roles: Sequence[SpawnSpec]) -> list[str]:
        """Pass the gate, start the agents, return their names; ToolFailed when refused."""
        async with self._lock:
            specs = self._specs(caller, purpose, roles)
            await self._gate(caller, team_name, purpose, specs)
            for spec in specs:
                await self._start(spec)
            names = [spec.name for spec in specs]
            text = f"Started {', '.join(names)}."
            await self._kit.services.store.transact(lambda tx: tx.effect(caller.call, text))
            return names

    def progress(self) -> str:
        """Return who does what, tasks and cost, as text for a model."""
        lines = ["Agents:"]
        for agent in self._roster.agents.values():
            state = agent.state
            task = self._tasks.task_of(agent.name)
            doing = f", {state.activity} {state.detail}".rstrip() if state.activity else ""
            waiting = f", {len(agent.inbox)} waiting" if len(agent.inbox) else ""
            lines.append(
                f"- {agent.name} ({agent.own_role.name}): {state.status}{doing}{f', on {task}' if task else ''}{waiting}"
            )
        lines.append("Tasks:")
        for view in self._tasks.all():
            waits = self._tasks.plan.unmet(view)
            extra = f", waits for {', '.join(waits)}" if waits and view.status not in ("completed", "discarded") else ""
            lines.append(f"- {view.handle} {view.title}: {view.status}, {view.owner or 'nobody'}{extra}")
        if len(lines) == len(self._roster.agents) + 2:
            lines.append("- none")
        lead = self._roster.agents.get(self._roster.lead)
        nano, tokens = self._kit.budget.remaining(lead.run_id if lead else "")
        lines.append(f"Left of the budget: {_left(nano, tokens)}.")
        return "\n".join(lines)

    def _specs(self, caller: Caller, purpose: str, roles: Sequence[SpawnSpec]) -> list[AgentSpec]:
        """Return the agents to be made, named; every mistake is the model's to mend."""
        if not roles:
            raise ToolRetry(f"`roles` is empty; name at least one of {', '.join(sorted(self._kit.roles))}.")
        most = int(self._kit.services.setting("agents.most"))
        if len(self._roster.living()) + len(roles) > most:
            raise ToolFailed(f"A team has at most {most} agents and this one has {len(self._roster.living())}.")
        taken = self._roster.taken()
        specs: list[AgentSpec] = []
        for wanted in roles:
            role = self._role(self._kit.roles, wanted.role)
            name = wanted.name.strip() or free_name(role.name, taken)
            if name in taken:
                raise ToolRetry(f"The name {name!r} is taken; choose another or leave it out.")
            taken.add(name)
            specs.append(AgentSpec(role=role.name, name=name, purpose=purpose, run=caller.run))
        return specs

    @staticmethod
    def _role(roles: Mapping[str, Role], name: str) -> Role:
        role = roles.get(name.strip().lower()) or roles.get(name.strip())
        if role is None:
            raise ToolRetry(f"There is no role {name!r}.{nearest(name, roles)} Roles: {', '.join(sorted(roles))}.")
        if role.name == "lead":
            raise ToolRetry("A team has one lead. Choose the roles of those who do the work.")
        return role

    async def _gate(self, caller: Caller, team_name: str, purpose: str, specs: Sequence[AgentSpec]) -> None:
        """Return when the agents may start; raise ToolFailed when not."""
        preset = self._kit.policy_of(caller.run).preset
        nano, tokens = await self._estimate(caller.run, specs)
        if preset in ("autonomous", "full") and self._fits(caller.run, nano, tokens):
            return
        who = ", ".join(f"{spec.name} ({spec.role})" for spec in specs)
        answer = await self._kit.human.ask(
            Question(
                kind="spawn",
                title=f"{caller.agent} wants to start {len(specs)} agent{'s' if len(specs) > 1 else ''}: {who}",
                detail=f"Team: {team_name}\nPurpose: {purpose}\nRoles: {who}",
                effect=f"About {money_text(nano)} and {tokens:,} tokens for a first piece of work.",
                options=("allow_once", "deny"),
                timeout_s=float(self._kit.services.setting("gates.timeout_s")),
                agent=caller.agent,
                team=caller.team,
                run=caller.run,
                tool="team_spawn",
                call=caller.call,
            )
        )
        if answer.allowed:
            return
        if answer.by == "nobody":
            why = "nobody can answer here. Run with --trust autonomous to let teams grow within the budget"
        elif answer.by == "timeout":
            why = "nobody answered in time"
        else:
            why = f"the user said no{f': {answer.reason}' if answer.reason else ''}"
        raise ToolFailed(f"The team was not enlarged: {why}. Go on with the agents there are.")

    async def _estimate(self, run: str, specs: Sequence[AgentSpec]) -> tuple[int | None, int]:
        """Return (nano-dollars or None, tokens) of a first piece of work of each agent."""
        total: int | None = 0
        for spec in specs:
            limits = await self._kit.models.limits(spec.model or self._kit.model_of(self._kit.roles[spec.role], run))
            cost = 0 if limits.local else limits.price.cost(TURN)
            total = None if cost is None or total is None else total + cost
        return total, TURN.total * len(specs)

    def _fits(self, run: str, nano: int | None, tokens: int) -> bool:
        """Whether the estimate fits what is left; what has no limit always does."""
        money_left, tokens_left = self._kit.budget.remaining(run)
        if nano == 0:
            return True
        if tokens_left is not None and tokens > tokens_left:
            return False
        return money_left is None or nano is None or nano <= money_left


def _left(nano: int | None, tokens: int | None) -> str:
    parts = [money_text(max(nano, 0))] if nano is not None else []
    parts += [f"{max(tokens, 0):,} tokens"] if tokens is not None else []
    return " and ".join(parts) or "no limit"
