"""Python code in a clean interpreter: the kernel's own executable, none of its variables."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import msgspec

from loomkin_jupyter.core.errors import ToolRetry
from loomkin_jupyter.policy import sandbox
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.declare import CODER, LEAD, TESTER, Plan, tool
from loomkin_jupyter.tools.launch import limit_of, outcome, run_command, sandboxed
from loomkin_jupyter.tools.result import Output

# The code comes as an argument-free file on a descriptor of its own: command lines are visible to every process.
_START = (
    "import sys; sys.path.insert(0, ''); exec(compile(open({fd}, encoding='utf-8').read(), '<python_run>', 'exec'))"
)


def _plan(ctx: ToolContext, arguments: dict[str, Any]) -> Plan:
    code = str(arguments["code"])
    first = next((line for line in code.splitlines() if line.strip()), "")
    return Plan(
        target=f"python: {first[:150]}",
        command=None,
        detail=code,
        effect="runs Python code in a clean interpreter",
        sandboxed=sandboxed(ctx),
    )


@tool(kind="execute", roles=(LEAD, CODER, TESTER), slot="shell", deadline_exempt=True, plan=_plan)
async def python_run(
    ctx: ToolContext, code: str, timeout: Annotated[float, msgspec.Meta(gt=0, le=86_400)] | None = None
) -> Output:
    """Run Python code in a new interpreter in the project's root, without the notebook's variables. Print what matters.

    Args:
        code: The program.
        timeout: Seconds after which it is killed.
    """
    if not code.strip():
        raise ToolRetry("`code` is empty. Give a Python program.")
    limit = limit_of(ctx, timeout)
    with tempfile.TemporaryFile() as source:
        source.write(code.encode("utf-8", "replace"))
        source.flush()
        source.seek(0)
        finished = await run_command(
            ctx,
            [sys.executable, "-c", _START.format(fd=source.fileno())],
            limit_s=limit,
            environment=sandbox.cleaned({"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}),
            pass_fds=(source.fileno(),),
        )
    return Output(
        outcome(ctx, finished, limit), data={"exit_code": finished.code, "interpreter": Path(sys.executable).name}
    )
