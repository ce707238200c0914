"""Getting back what left the window: keepers by handle or words, and what teammates know."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec

from loomkin_jupyter.core.errors import ToolRetry, nearest
from loomkin_jupyter.memory.window import render
from loomkin_jupyter.store import histories
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.declare import ALL, tool
from loomkin_jupyter.tools.result import Output

_MOST_ENTRIES = 40
_SNIPPET = 300
_EXCERPT = 1_500
_WORD = re.compile(r"\w+")


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
        agent: A teammate, or team/agent of another team; with a query, what they know of it; alone, all they said and did.
        keeper_id: A keeper, such as K2.
        mode: raw returns the words themselves; smart lets a fast model answer the query from them.
        offset: Where to start in raw mode, in characters.
    """
    if not query and not agent and not keeper_id:
        raise ToolRetry("Say what to look for: give `query`, `agent` or `keeper_id`.")
    caller = ctx.caller
    team, _, name = (agent or "").strip().rpartition("/")
    team = team or caller.team
    live = await _live(ctx, team, name, query or "") if name and not keeper_id else []
    try:
        found = await ctx.services.keepers.retrieve(
            query or "",
            name,
            keeper_id or "",
            mode,
            offset,
            int(ctx.services.setting("tools.result_chars")) // 4,
            team=team,
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


async def _live(ctx: ToolContext, team: str, agent: str, query: str) -> list[str]:
    """Return the live entries of an agent that fit, the latest ones when nothing is asked."""
    entries = await _entries(ctx, team, agent)
    words = [word.casefold() for word in query.split() if len(word) > 2]
    fitting = [e for e in entries if any(word in e.casefold() for word in words)] if words else entries
    shown = _best(fitting, query, int(ctx.services.setting("tools.result_chars")) // 2) if words else fitting
    shown = shown[-_MOST_ENTRIES:]
    if not shown:
        return []
    return [f"{agent} now ({len(fitting)} of {len(entries)} entries):\n" + "\n".join(shown)]


def _best(entries: list[str], query: str, most: int) -> list[str]:
    """Return the entries with the best lines for ``query`` within ``most`` characters, in order; long ones as excerpts."""
    wanted = set(_WORD.findall(query.casefold()))
    ranked: list[tuple[int, int, str]] = []
    for place, entry in enumerate(entries):
        lines = entry.splitlines()
        fits = [len(wanted & set(_WORD.findall(line.casefold()))) for line in lines]
        ranked.append((-max(fits, default=0), place, entry if len(entry) <= _EXCERPT else _excerpt(lines, fits)))
    chosen: list[tuple[int, str]] = []
    for _, place, text in sorted(ranked):
        if chosen and len(text) > most:
            continue
        chosen.append((place, text))
        most -= len(text)
    return [text for _, text in sorted(chosen)]


def _excerpt(lines: list[str], fits: list[int]) -> str:
    """Return the first line and those that fit best, in order, with a mark where something is left out."""
    left, kept = _EXCERPT, {0}
    for place in sorted(range(1, len(lines)), key=lambda one: (-fits[one], one)):
        if len(lines[place]) > left or not fits[place]:
            continue
        kept.add(place)
        left -= len(lines[place])
    parts: list[str] = []
    for place in sorted(kept):
        parts += ["…"] if place and place - 1 not in kept else []
        parts.append(lines[place][:_EXCERPT])
    return "\n".join(parts)


async def _entries(ctx: ToolContext, team: str, agent: str) -> list[str]:
    """Return what an agent has live: of a teammate from memory, of another team's agent as it is stored."""
    if team == ctx.caller.team:
        entries = ctx.peek.history_of(agent)
        if entries is None:
            names = ctx.comms.names()
            raise ToolRetry(f"Nobody is called {agent!r}.{nearest(agent, names)} Valid: {', '.join(sorted(names))}.")
        return entries
    stored = await ctx.services.store.read(lambda conn: histories.load_live(conn, team, agent))
    if not stored:
        raise ToolRetry(
            f"Nobody called {agent!r} has a history in a team {team!r}. Give a teammate's name or team/agent."
        )
    return [render(entry) for entry in stored]
