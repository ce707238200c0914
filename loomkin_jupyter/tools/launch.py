"""Starting commands of agents: in the sandbox where there is one, with a cleaned environment, said when unsandboxed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from loomkin_jupyter.policy import sandbox
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.process import Finished, run_program

UNSANDBOXED = "(unsandboxed)"
_LONGEST_S = 86_400.0


def limit_of(ctx: ToolContext, timeout: float | None) -> float:
    """Return the seconds a command may take: what was asked for, else the setting."""
    return min(timeout or float(ctx.services.setting("tools.timeout_s")), _LONGEST_S)


def sandboxed(ctx: ToolContext) -> bool:
    """Return whether commands of this workspace run confined."""
    return ctx.services.sandbox.ok


async def run_command(
    ctx: ToolContext,
    argv: Sequence[str],
    *,
    limit_s: float,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
    quiet: bool = False,
) -> Finished:
    """Run ``argv`` in the project; the gate's decision says what the sandbox opens for it."""
    where = cwd or ctx.root
    given = dict(environment) if environment is not None else sandbox.cleaned({})
    command = list(argv)
    if sandboxed(ctx):
        decision = ctx.decision
        command = await run_blocking(
            lambda: sandbox.wrap(
                argv,
                root=ctx.root,
                cwd=where,
                environment=given,
                network=decision is not None and decision.network,
                writable=decision.outside if decision is not None else (),
                program=shutil.which("bwrap") or "bwrap",
            )
        )
        given = sandbox.cleaned({})
    return await run_program(
        ctx, command, cwd=str(where), environment=given, limit_s=limit_s, pass_fds=pass_fds, quiet=quiet
    )


def outcome(ctx: ToolContext, finished: Finished, limit_s: float) -> str:
    """Return exit code and output as a model reads them; truth about limits and the sandbox first."""
    if finished.code is None:
        head = f"Stopped after {limit_s:g} s (time limit); the process group was killed."
    elif finished.code < 0:
        head = f"Ended by signal {-finished.code}."
    else:
        head = f"Exit code {finished.code}."
    if not sandboxed(ctx):
        head += f" {UNSANDBOXED}"
    return f"{head}\n{finished.text}" if finished.text.strip() else f"{head}\n(no output)"
