"""Growing the team, handing out work, and seeing how it stands."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from loomkin_jupyter.core.errors import ToolRetry
from loomkin_jupyter.core.ports import SpawnSpec
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.declare import CONCIERGE, LEAD, Plan, tool
from loomkin_jupyter.tools.result import Output

Priority = Annotated[int, msgspec.Meta(ge=1, le=5)]


class RoleWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One agent to make: its role, and a name of its own if wanted."""

    role: str
    name: str | None = None


def _spawn_plan(ctx: ToolContext, arguments: dict[str, Any]) -> Plan:
    roles = ", ".join(wanted.role for wanted in _wanted(arguments["roles"]))
    return Plan(target=roles, detail=str(arguments["purpose"]), effect=f"starts agents: {roles}")


@tool(kind="coordinate", category="team", roles=(LEAD, CONCIERGE), deadline_exempt=True, plan=_spawn_plan)
async def team_spawn(ctx: ToolContext, team_name: str, purpose: str, roles: list[RoleWanted | str]) -> Output:
    """Start specialists for the work at hand. The user may have to approve.

    Args:
        team_name: A short name for the group.
        purpose: What they are for.
        roles: One entry for each agent, as {"role": "analyst", "name": "ada"}; the name may be left out. Roles: researcher, coder, reviewer, tester, analyst.
    """
    wanted = _wanted(roles)
    if not wanted:
        raise ToolRetry('`roles` is empty. Give at least one, such as [{"role": "analyst"}].')
    specs = [SpawnSpec(one.role, one.name or "") for one in wanted]
    names = await ctx.spawn.spawn(ctx.caller, team_name, purpose, specs)
    lines = [f"- {name} ({spec.role})" for name, spec in zip(names, specs, strict=False)]
    return Output(
        "\n".join([f"Started {len(names)} agents; give them work with team_assign:", *lines]), data=list(names)
    )


@tool(kind="coordinate", category="team", roles=(LEAD, CONCIERGE))
async def team_assign(
    ctx: ToolContext, title: str, description: str, agent_name: str, priority: Priority | None = None
) -> Output:
    """Give work to an agent of the team, who starts at once, or when the tasks it waits for are completed.

    Args:
        title: What is to be done. The handle of a task of the plan, such as T3, or the exact title of one that nobody has, assigns that task; anything else makes a new one.
        description: What to start from, and how one knows that it is done; added to what a task of the plan says.
        agent_name: Who does it.
        priority: 1 (first) to 5 (last); 3 for a new task.
    """
    if not title.strip():
        raise ToolRetry("`title` is empty. Say what is to be done.")
    task = await ctx.tasks.create_and_assign(ctx.caller, title, description, agent_name, priority)
    waits = f" It starts when {', '.join(task.depends_on)} is done." if task.status == "blocked" else ""
    return Output(
        f"id: {task.handle}\nAssigned {task.handle} to {task.owner or agent_name}: {task.title}.{waits}",
        data={"id": task.handle, "owner": task.owner},
    )


@tool(kind="read", category="team", roles=(LEAD, CONCIERGE))
async def team_progress(ctx: ToolContext) -> Output:
    """See who does what, how the tasks stand, and what it has cost."""
    return Output(ctx.spawn.progress())


def _wanted(roles: list[RoleWanted | str]) -> list[RoleWanted]:
    return [RoleWanted(one) if isinstance(one, str) else one for one in roles]
