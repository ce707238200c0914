"""Getting back what left the window: keepers by handle or words, and what teammates know."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from loomkin_jupyter.core.errors import ToolRetry, nearest
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.declare import ALL, tool
from loomkin_jupyter.tools.result import Output

_MOST_ENTRIES = 40
_SNIPPET = 300


@tool(kind="read", category="talk", roles=ALL, parallel=True)
async def context_retrieve(
    ctx: ToolContext,
    query: str | None = None,
    agent: str | None = None,
    keeper_id: str | None = None,
    mode: Literal["raw", "smart"] = "raw",
    offset: Annotated[int, msgspec.Meta(ge=0)] = 0,
) -> Output:
    """Get back what was moved out of a context: by words, by keeper, or what a teammate has been doing.

    Args:
        query: Words to look for.
        agent: A teammate; with a query, what they know of it; alone, what they did last.
        keeper_id: A keeper, such as K2.
        mode: raw returns the words themselves; smart lets a fast model answer the query from them.
        offset: Where to start in raw mode, in characters.
    """
    if not query and not agent and not keeper_id:
        raise ToolRetry("Say what to look for: give `query`, `agent` or `keeper_id`.")
    live = _live(ctx, agent, query or "") if agent and not keeper_id else []
    caller = ctx.caller
    try:
        found = await ctx.services.keepers.retrieve(
            query or "",
            agent or "",
            keeper_id or "",
            mode,
            offset,
            int(ctx.services.setting("tools.result_chars")) // 4,
            team=caller.team,
            reader=caller.agent,
            run=caller.run,
        )
    except ToolRetry:
        if not live:
            raise
        found = ""  # nothing of this teammate has been stored yet; what is live is all there is
    parts = [*(live if query or not found else []), found]
    return Output("\n\n".join(part for part in parts if part.strip()) or "Nothing was found.")


@tool(kind="read", category="talk", roles=ALL, parallel=True)
async def search_keepers(ctx: ToolContext, query: str) -> Output:
    """Search the keepers of the workspace: topics and passages, best first.

    Args:
        query: Words to look for.
    """
    if not query.strip():
        raise ToolRetry("`query` is empty. Give words to look for.")
    found = await ctx.services.keepers.search(query, 10)
    lines = [
        f"{hit.keeper}: {hit.topic} (by {hit.agent})\n    {' '.join(hit.text.split())[:_SNIPPET]}" for hit in found
    ]
    return Output(
        "\n".join(lines) or f"No keeper holds {query!r}.", data=list(dict.fromkeys(hit.keeper for hit in found))
    )


def _live(ctx: ToolContext, agent: str, query: str) -> list[str]:
    """Return the live entries of a teammate that fit, the latest ones when nothing is asked."""
    entries = ctx.peek.history_of(agent)
    if entries is None:
        names = ctx.comms.names()
        raise ToolRetry(f"Nobody is called {agent!r}.{nearest(agent, names)} Valid: {', '.join(sorted(names))}.")
    words = [word.casefold() for word in query.split() if len(word) > 2]
    fitting = [e for e in entries if any(word in e.casefold() for word in words)] if words else entries
    shown = fitting[-_MOST_ENTRIES:]
    if not shown:
        return []
    return [f"{agent} now ({len(fitting)} of {len(entries)} entries):\n" + "\n".join(shown)]
