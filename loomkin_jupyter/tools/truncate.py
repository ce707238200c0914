"""Cutting long results: what was left out is counted, and the keeper that holds the whole is named."""

from __future__ import annotations

from loomkin_jupyter.tools.context import ToolContext

_HEAD_PART = 2 / 3


async def truncate(ctx: ToolContext, tool: str, text: str, tail: str = "") -> tuple[str, str]:
    """Return (text that fits the setting, handle of the keeper or ''). ``tail`` is kept whole when it fits half."""
    limit = int(ctx.services.setting("tools.result_chars"))
    whole = f"{text}\n{tail}" if tail else text
    if len(whole) <= limit:
        return whole, ""
    keeper = await ctx.services.keepers.keep(
        ctx.caller.agent, whole, f"result of {tool}", team=ctx.caller.team, run=ctx.caller.run, origin="tool"
    )
    kept_tail = tail if len(tail) <= limit // 2 else ""
    body = text if kept_tail else whole
    note = f"context_retrieve(keeper_id={keeper!r}, mode='raw', offset=…) reads the whole in {keeper}"
    shown = cut(body, max(limit - len(kept_tail), limit // 4), note)
    return (f"{shown}\n{kept_tail}" if kept_tail else shown), keeper


def cut(text: str, limit: int, note: str) -> str:
    """Return the beginning and the end of ``text``, at line ends where possible, with the count of what is missing."""
    if len(text) <= limit:
        return text
    head = text[: int(limit * _HEAD_PART)]
    tail = text[len(text) - (limit - len(head)) :]
    newline = head.rfind("\n")
    if newline > len(head) // 2:
        head = head[: newline + 1]
    newline = tail.find("\n")
    if 0 <= newline < len(tail) // 2:
        tail = tail[newline + 1 :]
    missing = len(text) - len(head) - len(tail)
    lines = text.count("\n") - head.count("\n") - tail.count("\n")
    return f"{head}\n… {missing} characters ({lines} lines) left out; {note} …\n{tail}"
