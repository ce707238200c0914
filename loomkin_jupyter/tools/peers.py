"""Talking to teammates and sharing files with them: messages, discoveries, reviews, claimed regions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from loomkin_jupyter.core.errors import ToolFailed, ToolRetry
from loomkin_jupyter.core.ports import Receipt
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.declare import ALL, Plan, tool
from loomkin_jupyter.tools.places import nearest_paths
from loomkin_jupyter.tools.result import Output

Line = Annotated[int, msgspec.Meta(ge=1)]


def _plan(ctx: ToolContext, arguments: dict[str, Any]) -> Plan:
    target = str(arguments.get("to") or arguments.get("file_path") or "")
    return Plan(target=target)


@tool(kind="coordinate", roles=ALL, plan=_plan)
async def peer_message(ctx: ToolContext, to: str, content: str) -> Output:
    """Send a message to a teammate by name, or to user. Say what you need or found; they read it at their next step.

    Args:
        to: A teammate's name, team/*, siblings, or user.
        content: The message.
    """
    if not content.strip():
        raise ToolRetry("`content` is empty. Write the message.")
    caller = ctx.caller
    receipt = await ctx.comms.send(
        caller.agent,
        to,
        content,
        task=caller.task,
        run=caller.run,
        effect=(caller.call, f"Sent to {to}."),
    )
    if receipt.state == "unknown":
        names = ", ".join(sorted(ctx.comms.names()))
        raise ToolRetry(f"Nobody is called {to!r}. {receipt.note or f'Valid: {names}, user.'}")
    return Output(_receipt(to, receipt), data={"state": receipt.state, "ahead": receipt.ahead})


@tool(kind="coordinate", roles=ALL)
async def peer_discovery(
    ctx: ToolContext, content: str, type: Literal["discovery", "warning", "blocker", "insight"] = "discovery"
) -> Output:
    """Tell the teammates whom it concerns what you found out.

    Args:
        content: What you found, with names of files, variables or tasks.
        type: What kind of news it is.
    """
    if not content.strip():
        raise ToolRetry("`content` is empty. Write what you found.")
    names = await ctx.comms.discover(ctx.caller, content, type)
    return Output(
        f"Told {', '.join(names)}." if names else "Recorded; it concerned no teammate at work now.", data=list(names)
    )


@tool(kind="coordinate", roles=ALL)
async def peer_review(
    ctx: ToolContext, task_id: str | None = None, file_path: str | None = None, question: str | None = None
) -> Output:
    """Ask for a review of a task or a file.

    Args:
        task_id: The task, such as T3.
        file_path: The file.
        question: What the reviewer should look at.
    """
    if not task_id and not file_path:
        raise ToolRetry("Say what to review: give `task_id` or `file_path`.")
    path = await _existing(ctx, file_path) if file_path else ""
    reviewer = await ctx.tasks.request_review(ctx.caller, task_id or "", path, question or "")
    return Output(f"Asked {reviewer} for a review of {task_id or path}.", data={"reviewer": reviewer})


@tool(kind="coordinate", roles=ALL, plan=_plan)
async def peer_claim_region(
    ctx: ToolContext,
    file_path: str,
    start_line: Line | None = None,
    end_line: Line | None = None,
    symbol: str | None = None,
) -> Output:
    """Claim a file, lines of it, or a function or class, so that teammates leave it alone until you are done.

    Args:
        file_path: Path relative to the project.
        start_line: First line, counted from 1.
        end_line: Last line, inclusive.
        symbol: A dotted name such as Loader.read instead of lines.
    """
    if symbol and (start_line or end_line):
        raise ToolRetry("Give either `symbol` or lines, not both.")
    if bool(start_line) != bool(end_line) or (start_line and end_line and end_line < start_line):
        raise ToolRetry("Give `start_line` and `end_line` together, the first not after the last.")
    confinement = ctx.services.confinement
    path = confinement.relative(confinement.resolve(file_path))
    claim = await ctx.claims.claim(ctx.caller, path, start_line, end_line, symbol or "", ctx.caller.task)
    where = f"lines {claim.start}–{claim.end} of " if claim.start else ""
    what = f" ({claim.symbol})" if claim.symbol else ""
    return Output(f"You hold {where}{claim.path}{what}. Release it with peer_release_region.")


@tool(kind="coordinate", roles=ALL, plan=_plan)
async def peer_release_region(ctx: ToolContext, file_path: str) -> Output:
    """Release everything you hold of a file.

    Args:
        file_path: Path relative to the project.
    """
    confinement = ctx.services.confinement
    path = confinement.relative(confinement.resolve(file_path))
    count = await ctx.claims.release(ctx.caller, path)
    if not count:
        raise ToolFailed(f"You hold nothing of {path}.")
    return Output(f"Released {count} region{'s' if count > 1 else ''} of {path}.")


async def _existing(ctx: ToolContext, file_path: str) -> str:
    confinement = ctx.services.confinement
    real = confinement.resolve(file_path)
    if not real.exists():
        raise ToolRetry(f"There is no {file_path}." + await run_blocking(lambda: nearest_paths(confinement, file_path)))
    return confinement.relative(real)


def _receipt(to: str, receipt: Receipt) -> str:
    texts = {
        "delivered": f"Delivered to {to}.",
        "queued": f"Queued for {to}: {receipt.ahead} message{'s' if receipt.ahead != 1 else ''} ahead of it.",
        "paused": f"{to} is paused and reads it when resumed.",
        "dead": f"{to} has stopped and will not read it.",
    }
    return f"{texts.get(receipt.state, receipt.state)} {receipt.note}".strip()
