"""Git for agents. What an operation may do is decided by its name: reading, or writing to the repository."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.policy.secrets import secret_pathspecs
from loomkin_jupyter.project.git import Git, kind_of
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.data_files import DATA_ENDINGS
from loomkin_jupyter.tools.declare import ANALYST, CODER, LEAD, RESEARCHER, REVIEWER, TESTER, Plan, tool
from loomkin_jupyter.tools.result import Output, ToolRefused

_READ_ONLY = frozenset({RESEARCHER, REVIEWER, TESTER, ANALYST})


def _plan(ctx: ToolContext, arguments: dict[str, Any]) -> Plan:
    operation = str(arguments["operation"])
    words: list[str] = list(arguments.get("args") or ())
    writes = kind_of(operation) == "write"
    if writes and ctx.caller.role in _READ_ONLY:
        raise ToolRefused(
            f"git {operation} changes the repository; that is for lead and coder. Ask one with peer_message."
        )
    command = " ".join(["git", operation, *words])
    return Plan(
        target=command[:200],
        detail=command,
        effect="changes the repository" if writes else "reads the repository",
        kind="write" if writes else "read",
        category="write" if writes else "read",
    )


@tool(
    kind="execute",
    category="read",
    roles=(LEAD, CODER, TESTER, REVIEWER, RESEARCHER, ANALYST),
    slot="git",
    timeout_s=90.0,
    plan=_plan,
)
async def git(ctx: ToolContext, operation: str, args: list[str] | None = None) -> Output:
    """Run a git operation in the project: status, diff, log, show, blame, branch; add, commit, reset (unstages). No push.

    Args:
        operation: The operation, such as diff.
        args: Its arguments, one string each, such as ["--stat", "HEAD~1"].
    """
    hidden = secret_pathspecs()
    if operation in ("diff", "log", "show") and ctx.share != "full":
        hidden = (*hidden, *(f":(exclude,icase,glob)**/*{ending}" for ending in DATA_ENDINGS))
    runner = Git(ctx.services.confinement.root, ctx.services.confinement.check, hidden=hidden)
    done = await runner.run(operation, args or [])
    text = "\n".join(part for part in (done.output.rstrip(), done.error.rstrip()) if part)
    if not done.ok:
        raise ToolFailed(f"git {operation} failed with exit code {done.code}:\n{text}")
    return Output(text or f"git {operation}: nothing to show.", data={"exit_code": done.code})
