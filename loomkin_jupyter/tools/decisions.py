"""The decision graph as agents use it: log, ask, revise, change one's mind.

A node remembers the live variables and files that its words name, so that *why flights* finds it later.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec

from loomkin_jupyter.core.edges import back
from loomkin_jupyter.memory.graph.model import Node
from loomkin_jupyter.memory.pulse import pulse
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.declare import ALL, Plan, tool
from loomkin_jupyter.tools.result import Output

Confidence = Annotated[int, msgspec.Meta(ge=0, le=100)]
NodeType = Literal["goal", "decision", "option", "action", "outcome", "observation", "revisit"]
EdgeType = Literal[
    "leads_to", "chosen", "rejected", "requires", "blocks", "enables", "supersedes", "supports", "revises", "summarizes"
]
QueryType = Literal["recent", "search", "active_goals", "by_agent", "ancestors", "descendants", "path", "why", "pulse"]

_WORD = re.compile(r"[A-Za-z_]\w*")
_FILE = re.compile(r"[\w./\-]+\.\w{1,8}|[\w.\-]+(?:/[\w.\-]+)+")
_MOST_FILES = 20


def _plan(ctx: ToolContext, arguments: dict[str, Any]) -> Plan:
    return Plan(target=str(arguments.get("title") or arguments.get("node_id") or arguments.get("old_node_id") or ""))


@tool(kind="coordinate", roles=ALL, plan=_plan)
async def decision_log(
    ctx: ToolContext,
    node_type: NodeType,
    title: str,
    description: str | None = None,
    confidence: Confidence | None = None,
    parent_id: str | None = None,
    edge_type: EdgeType = "leads_to",
) -> Output:
    """Record a goal, decision, option, action, outcome or observation, joined to what led to it.

    Args:
        node_type: What it is.
        title: One sentence.
        description: Reasons, evidence, numbers.
        confidence: How sure you are, 0 to 100.
        parent_id: The node it follows from, such as D3.
        edge_type: How it follows from that node.
    """
    text = f"{title}\n{description or ''}"
    variables, files = await mentioned(ctx, text)
    node = await ctx.services.graph.log(
        node_type,
        title,
        description or "",
        confidence,
        parent_id,
        edge_type,
        caller=ctx.caller,
        task=ctx.caller.task,
        variables=variables,
        files=files,
        cell=ctx.cell,
        effect=(ctx.caller.call, lambda made: _logged(made, parent_id, edge_type)),
    )
    return Output(_logged(node, parent_id, edge_type), data={"id": node.handle})


@tool(kind="read", category="talk", roles=ALL, parallel=True)
async def decision_query(
    ctx: ToolContext,
    query_type: QueryType,
    search_term: str | None = None,
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 10,
) -> Output:
    """Ask the decision graph: recent, search, active_goals, by_agent, ancestors, descendants, path, why, pulse (what is missing or in doubt).

    Args:
        query_type: Which question.
        search_term: Words for search; an agent's name for by_agent; a handle such as D3 for ancestors and descendants; two handles for path; a variable, file or handle for why.
        limit: Most nodes to return.
    """
    await ctx.services.graph.load()
    if query_type == "pulse":
        found = pulse(ctx.services.graph.adjacency, ctx.services.clock.now())
        return Output("\n".join([found.text(), *found.lines()]), data=[])
    nodes = ctx.services.graph.query(query_type, search_term or "", limit)
    if not nodes:
        return Output(f"Nothing found for {query_type}{f' {search_term!r}' if search_term else ''}.", data=[])
    return Output("\n".join(node_line(node) for node in nodes), data=[node.handle for node in nodes])


@tool(kind="coordinate", roles=ALL, plan=_plan)
async def decision_revise(ctx: ToolContext, node_id: str, confidence: Confidence, reason: str) -> Output:
    """Change the confidence of a node. Below 50, what rests on it is flagged and its agents are told.

    Args:
        node_id: The node, such as D3.
        confidence: The new confidence, 0 to 100.
        reason: What changed your mind.
    """
    graph = ctx.services.graph
    node = await graph.revise(
        node_id,
        confidence,
        reason,
        ctx.caller.agent,
        caller=ctx.caller,
        effect=(ctx.caller.call, lambda made: f"{made.handle} has confidence {confidence} now."),
    )
    flagged = graph.flagged_by(node.handle)
    tail = f" Uncertain because of it: {', '.join(n.handle for n in flagged)}." if flagged else ""
    return Output(
        f"{node.handle} has confidence {confidence} now.{tail}", data={"flagged": [n.handle for n in flagged]}
    )


@tool(kind="coordinate", roles=ALL, plan=_plan)
async def pivot_decision(
    ctx: ToolContext, old_node_id: str, observation: str, new_approach: str, confidence: Confidence | None = None
) -> Output:
    """Change course: records the observation, the revisit and the new decision, which supersedes the old one.

    Args:
        old_node_id: The decision that no longer holds, such as D3.
        observation: What was seen that speaks against it.
        new_approach: What is decided instead.
        confidence: How sure you are of the new approach, 0 to 100.
    """
    done = await ctx.services.graph.pivot(
        old_node_id,
        observation,
        new_approach,
        confidence,
        caller=ctx.caller,
        effect=(ctx.caller.call, lambda made: _pivoted(made)),
    )
    return Output(_pivoted(done), data={"id": done.decision.handle})


def node_line(node: Node) -> str:
    """Return a node as one line for a model."""
    parts = [f"{node.handle} {node.kind}: {node.title}"]
    if node.confidence is not None:
        parts.append(f"confidence {node.confidence}")
    if node.status != "active":
        parts.append(node.status)
    if node.uncertain:
        parts.append(f"uncertain ({'; '.join(node.doubts.values())})")
    if node.agent:
        parts.append(f"by {node.agent}")
    line = ", ".join(parts)
    return f"{line}\n    {node.description}" if node.description else line


async def mentioned(ctx: ToolContext, text: str) -> tuple[list[str], list[str]]:
    """Return the live variables and the existing project files that ``text`` names."""
    words = set(_WORD.findall(text))
    # Not asked of the main thread: the user's cell may run for hours, and a decision is not held up by it.
    variables = [name for name in ctx.kernel.names() if name in words]
    confinement = ctx.services.confinement

    def files() -> list[str]:
        found: list[str] = []
        for word in dict.fromkeys(w.rstrip(".") for w in _FILE.findall(text)):
            verdict = confinement.verdict(word)
            if verdict.inside and not verdict.secret and verdict.path.is_file():
                found.append(verdict.relative)
        return found[:_MOST_FILES]

    return variables, await run_blocking(files)


def _logged(node: Node, parent: str | None, edge: str) -> str:
    joined = f" ({back(edge)} {parent})" if parent else ""
    return f"id: {node.handle}\nLogged {node.kind}: {node.title}{joined}"


def _pivoted(done: Any) -> str:
    return (
        f"id: {done.decision.handle}\n{done.old.handle} is superseded: observation {done.observation.handle}, "
        f"revisit {done.revisit.handle}, new decision {done.decision.handle}."
    )
