"""The team's plan: creating tasks, and completing them with a hand-off that others can build on."""

from __future__ import annotations

from typing import Annotated

import msgspec

from loomkin_jupyter.core.errors import ToolRetry
from loomkin_jupyter.core.messages import Handoff
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.declare import ALL, tool
from loomkin_jupyter.tools.result import Output

Priority = Annotated[int, msgspec.Meta(ge=1, le=5)]
_SHORTEST = 20


@tool(kind="coordinate", roles=ALL)
async def peer_create_task(
    ctx: ToolContext,
    title: str,
    description: str | None = None,
    priority: Priority = 3,
    depends_on_id: list[str] | None = None,
) -> Output:
    """Add a task to the team's plan.

    Args:
        title: What is to be done.
        description: How one knows that it is done, and what to start from.
        priority: 1 (first) to 5 (last).
        depends_on_id: Tasks that must be done before, such as T3.
    """
    if not title.strip():
        raise ToolRetry("`title` is empty. Say what is to be done.")
    task = await ctx.tasks.create(ctx.caller, title, description or "", priority, tuple(depends_on_id or ()))
    after = f", after {', '.join(task.depends_on)}" if task.depends_on else ""
    return Output(
        f"id: {task.handle}\nCreated task {task.handle}: {task.title} ({task.status}{after}).", data={"id": task.handle}
    )


@tool(kind="coordinate", roles=ALL)
async def peer_complete_task(
    ctx: ToolContext,
    task_id: str,
    result: str,
    actions_taken: list[str] | None = None,
    discoveries: list[str] | None = None,
    files_changed: list[str] | None = None,
    decisions_made: list[str] | None = None,
    open_questions: list[str] | None = None,
) -> Output:
    """Complete a task and hand over: what came out, what you did, found, changed and decided, what is open.

    Args:
        task_id: The task, such as T3.
        result: What came out, over 20 characters.
        actions_taken: What you did.
        discoveries: What you found out.
        files_changed: Paths of files you changed; they must exist.
        decisions_made: What was decided, with handles such as D3.
        open_questions: What is still open.
    """
    lists = (actions_taken, discoveries, files_changed, decisions_made, open_questions)
    if len(result.strip()) <= _SHORTEST:
        raise ToolRetry(f"`result` has {len(result.strip())} characters; say in more than {_SHORTEST} what came out.")
    if not any(entry for entries in lists for entry in entries or ()):
        raise ToolRetry(
            "The hand-off is empty: fill at least one of actions_taken, discoveries, files_changed, decisions_made, open_questions."
        )
    task = await ctx.tasks.complete(ctx.caller, task_id, Handoff(result, *(tuple(entries or ()) for entries in lists)))
    return Output(f"{task.handle} is {task.status}.", data={"id": task.handle, "status": task.status})
