"""The user's live variables: which there are, what they are, a frame's profile, and code in the kernel with permission.

Reads run on the kernel's main thread and copy out what they say, within the sharing level. What evaluated code prints
goes to a model only through the release gate.
"""

from __future__ import annotations

import types
from typing import Any

from loomkin_jupyter.core.errors import ToolRetry, nearest
from loomkin_jupyter.core.ports import Evaluation
from loomkin_jupyter.policy.sharing import View
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.declare import ALL, ANALYST, LEAD, Plan, tool
from loomkin_jupyter.tools.describe import describe, frames, one_line
from loomkin_jupyter.tools.describe.profile import profile_frame
from loomkin_jupyter.tools.result import Output
from loomkin_jupyter.tools.show import json_text

_HIDDEN = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open"})
_MOST = 200
_PROFILE_ROWS = 200_000
_READ_S = 5.0
_EVAL_S = 10.0


def visible_names(namespace: dict[str, Any]) -> list[str]:
    """Return the names a person would call their variables: no modules, nothing private, nothing of IPython's."""
    return [
        name
        for name, value in list(namespace.items())
        if not name.startswith("_") and name not in _HIDDEN and not isinstance(value, types.ModuleType)
    ]


@tool(kind="read", category="kernel_read", roles=ALL, parallel=True, deadline_exempt=True)
async def kernel_variables(ctx: ToolContext) -> Output:
    """List the variables that live in the user's notebook, with type and size."""

    def work(namespace: dict[str, Any]) -> list[tuple[str, str]]:
        names = visible_names(namespace)
        return [(name, one_line(name, namespace[name])) for name in names[:_MOST]] + [(n, n) for n in names[_MOST:]]

    found = await ctx.kernel.call(work, agent=ctx.caller.agent, limit_s=_READ_S)
    if not found:
        return Output("There are no variables in the notebook yet.", data=[])
    lines = [line for _, line in found[:_MOST]]
    more = [f"… and {len(found) - _MOST} more"] if len(found) > _MOST else []
    return Output("\n".join([f"{len(found)} variables:", *lines, *more]), data=[name for name, _ in found])


@tool(kind="read", category="kernel_read", roles=ALL, parallel=True, deadline_exempt=True)
async def variable_inspect(ctx: ToolContext, name: str) -> Output:
    """Describe one variable of the notebook: type, shape, columns, ranges, as far as the user shares.

    Args:
        name: The variable's name.
    """
    share = ctx.share

    def read(value: Any) -> str:
        return describe(name, value, share)

    return Output(await _with(ctx, name, read))


@tool(kind="read", category="kernel_read", roles=ALL, parallel=True, deadline_exempt=True)
async def dataframe_profile(ctx: ToolContext, name: str) -> Output:
    """Profile a data frame of the notebook: types, missing values, ranges, duplicates, outliers, keys, hints of trouble.

    Args:
        name: The frame's name.
    """
    share = ctx.share

    def take(value: Any) -> tuple[Any, int] | str:
        if frames.is_series(value):
            value = frames.to_pandas(value).to_frame()
        return frames.sampled(value, _PROFILE_ROWS) if frames.is_frame(value) else type(value).__name__

    taken = await _with(ctx, name, take)
    if isinstance(taken, str):
        raise ToolRetry(f"{name} is a {taken}, no data frame. Use variable_inspect.")
    part, rows = taken

    def work() -> Output:
        profile = {"name": name, **profile_frame(part, share, rows=rows)}
        text = frames.profile_text(name, profile, part, share)
        return Output(text, data=profile, tail=f"data: {json_text(profile)}")

    return await run_blocking(work)


def _eval_plan(ctx: ToolContext, arguments: dict[str, Any]) -> Plan:
    code = str(arguments["code"])
    first = next((line for line in code.splitlines() if line.strip()), "")
    return Plan(
        target=f"in the kernel: {first[:150]}",
        detail=code,
        effect="runs code with the notebook's variables; it can change them",
    )


@tool(kind="execute", category="kernel", roles=(LEAD, ANALYST), deadline_exempt=True, plan=_eval_plan)
async def kernel_eval(ctx: ToolContext, code: str) -> Output:
    """Run Python code in the user's notebook kernel, with its variables. The value of a last expression is returned.

    Args:
        code: Short code; it has 10 seconds. Do not change the user's variables unless asked to.
    """
    if not code.strip():
        raise ToolRetry("`code` is empty. Give Python code.")
    done = await ctx.kernel.evaluate(code, agent=ctx.caller.agent, limit_s=_EVAL_S)
    text = evaluation_text(done)
    changed = f"Changed variables: {', '.join(done.changed)}." if done.changed else "No variables were rebound."
    if text:
        instead = await release(ctx, "kernel_eval", text)
        if instead:
            kind = "" if done.ok else f" ({done.error.strip().splitlines()[-1].split(':')[0]})"
            text = instead
            head = "The code ran." if done.ok else f"The code failed{kind}."
            return Output(f"{head} {changed}\n{text}", data={"ok": done.ok})
    head = f"The code {'ran' if done.ok else 'failed'} in {done.duration_s:.2f} s. {changed}"
    return Output(f"{head}\n{text}" if text else f"{head}\n(no output)", data={"ok": done.ok, "value": done.value})


def evaluation_text(done: Evaluation) -> str:
    """Return what the code printed, its value and its error, as one text."""
    parts = [done.stdout.rstrip(), done.value.rstrip(), done.error.rstrip()]
    return "\n".join(part for part in parts if part)


async def release(ctx: ToolContext, name: str, text: str) -> str:
    """Return '' when output that can hold data may go to the model, else what the model reads instead."""
    caller = ctx.caller
    answer = await ctx.services.release.release(
        run=caller.run,
        team=caller.team,
        agent=caller.agent,
        tool=name,
        call=caller.call,
        model=ctx.policy.model,
        sample=ctx.services.redactor(text),
        view=View(ctx.share),
        human=ctx.human,
    )
    return "" if answer.allowed else answer.instead


async def _with(ctx: ToolContext, name: str, read: Any) -> Any:
    """Run ``read(value)`` on the thread that owns the namespace; unknown names come back with the nearest."""

    def work(namespace: dict[str, Any]) -> tuple[bool, Any]:
        if name not in namespace:
            return False, visible_names(namespace)
        return True, read(namespace[name])

    found, result = await ctx.kernel.call(work, agent=ctx.caller.agent, limit_s=_READ_S)
    if not found:
        raise ToolRetry(f"There is no variable {name!r}.{nearest(name, result) or ' Use kernel_variables.'}")
    return result
