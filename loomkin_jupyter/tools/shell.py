"""The shell: one command at a time; working directory and exported variables persist per agent."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated, Any

import msgspec

from loomkin_jupyter.core.errors import ToolRetry
from loomkin_jupyter.policy import sandbox
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.declare import CODER, LEAD, TESTER, Plan, tool
from loomkin_jupyter.tools.launch import limit_of, outcome, run_command, sandboxed
from loomkin_jupyter.tools.result import Output

_STATE_LIMIT = 1_000_000
_NOT_KEPT = frozenset({"_", "SHLVL", "PWD", "OLDPWD", "LOOMKIN_STATE"})
# On the way out the shell writes its directory and its exported variables to a descriptor that only we hold.
_SCRIPT = (
    "trap '_loomkin_code=$?; {{ pwd -P; /usr/bin/env -0; }} >&{fd} 2>/dev/null; exit $_loomkin_code' EXIT\n"
    'eval "$1"\n'
)


def _plan(ctx: ToolContext, arguments: dict[str, Any]) -> Plan:
    command = str(arguments["command"])
    return Plan(
        target=command.strip().splitlines()[0][:200] if command.strip() else "",
        command=command,
        detail=command,
        effect=f"runs in {ctx.session.cwd}",
        sandboxed=sandboxed(ctx),
    )


@tool(kind="execute", roles=(LEAD, CODER, TESTER), slot="shell", deadline_exempt=True, plan=_plan)
async def shell(
    ctx: ToolContext, command: str, timeout: Annotated[float, msgspec.Meta(gt=0, le=86_400)] | None = None
) -> Output:
    """Run a bash command in the project. Directory and exported variables persist until your next command.

    Args:
        command: What to run. Standard input is empty: pass -y and the like.
        timeout: Seconds after which the command and everything it started are killed.
    """
    if not command.strip() or "\0" in command:
        raise ToolRetry("`command` is empty or holds a NUL character. Give a bash command.")
    limit = limit_of(ctx, timeout)
    session = ctx.session
    cwd = session.cwd if session.cwd.is_dir() else ctx.root
    environment = session.environment if session.environment is not None else sandbox.cleaned({})
    with tempfile.TemporaryFile() as state:
        script = _SCRIPT.format(fd=state.fileno())
        finished = await run_command(
            ctx,
            ["bash", "-c", script, "bash", command],
            limit_s=limit,
            cwd=cwd,
            environment=environment,
            pass_fds=(state.fileno(),),
        )
        left = await run_blocking(lambda: _read_state(state.fileno()))
    note = "" if left is None else _keep(ctx, *left)
    return Output(f"{outcome(ctx, finished, limit)}{note}", data={"exit_code": finished.code})


def _read_state(descriptor: int) -> tuple[Path, dict[str, str]] | None:
    """Return (directory, environment) that the shell left behind, or None when it was killed or replaced itself."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    data = os.read(descriptor, _STATE_LIMIT)
    cwd, newline, rest = data.partition(b"\n")
    if not newline:
        return None
    variables: dict[str, str] = {}
    for item in rest.split(b"\0"):
        name, equals, value = item.partition(b"=")
        if equals and name.decode("utf-8", "replace") not in _NOT_KEPT:
            variables[os.fsdecode(name)] = os.fsdecode(value)
    return Path(os.fsdecode(cwd)), variables


def _keep(ctx: ToolContext, cwd: Path, variables: dict[str, str]) -> str:
    """Take over directory and variables; a directory outside the project is not kept."""
    session, root = ctx.session, ctx.services.confinement.root
    session.environment = variables
    if cwd == root or root in cwd.parents:
        moved = cwd != session.cwd
        session.cwd = cwd
        return f"\n(directory is now {ctx.services.confinement.relative(cwd)})" if moved else ""
    return f"\n({cwd} is outside the project: the next command starts in {session.cwd})"
