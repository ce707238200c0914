"""The decision graph of a workspace: every change is one transaction with its signals, then memory follows the commit.

Used on the loop only. Changes that can meet another change (edges between older nodes, confidences, statuses) take turns;
a new leaf cannot close a circle or move a doubt, so logging one waits for nothing but its own commit.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import msgspec

from loomkin_jupyter.core.errors import ToolFailed, ToolRetry
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.ports import Caller
from loomkin_jupyter.memory.graph import rows, search
from loomkin_jupyter.memory.graph.adjacency import Adjacency
from loomkin_jupyter.memory.graph.context import context_text
from loomkin_jupyter.memory.graph.draft import Draft, Revised, placeholder, settle
from loomkin_jupyter.memory.graph.leaves import Leaf
from loomkin_jupyter.memory.graph.leaves import write as write_leaves
from loomkin_jupyter.memory.graph.model import (
    CARRIES_DOUBT,
    NODE_STATUSES,
    Edge,
    Node,
    check_confidence,
    check_edge_kind,
    check_kind,
    check_title,
)
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx

NodeEffect = tuple[str, Callable[[Node], str]]
"""A tool call's id, and what the tool says of the node that was written."""


class Pivot(msgspec.Struct, frozen=True):
    """The four nodes of a change of mind."""

    old: Node
    observation: Node
    revisit: Node
    decision: Node


class Graph:
    """One per workspace. Call ``load`` once after the store is open; reading is then immediate and never stale."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._graph = Adjacency()
        self._turn = asyncio.Lock()
        self._loaded = False
        self.witnesses: list[Callable[[Tx], None]] = []
        """Called inside each transaction of the graph, after its signals: on the store's thread, must not wait."""

    async def load(self) -> None:
        """Read everything that earlier sessions logged (once)."""
        async with self._turn:
            if not self._loaded:
                await self._reload()

    async def refresh(self) -> bool:
        """Pick up what another process wrote; return whether there was anything."""
        async with self._turn:
            count, latest, edges = await self._store.read(rows.mark)
            known = max((node.updated for node in self._graph.nodes.values()), default=0.0)
            if (count, edges) == (len(self._graph.nodes), len(self._graph.edges)) and latest <= known:
                return False
            await self._reload()
            return True

    async def _reload(self) -> None:
        nodes, edges = await self._store.read(rows.load)
        fresh = Adjacency()
        for node in nodes:
            fresh.put(node)
        for edge in edges:
            fresh.join(edge)
        # Leaves whose commit overtook the read are in memory only: they stay.
        for node in self._graph.nodes.values():
            if node.handle not in fresh.nodes:
                fresh.put(node)
        for edge in self._graph.edges.values():
            fresh.join(edge)
        self._graph, self._loaded = fresh, True

    # --- changing ---------------------------------------------------------------------------------------------------

    async def log(
        self,
        kind: str,
        title: str,
        description: str = "",
        confidence: int | None = None,
        parent: str | None = None,
        edge: str = "leads_to",
        *,
        caller: Caller | None = None,
        auto: bool = False,
        task: str = "",
        variables: Iterable[str] = (),
        files: Iterable[str] = (),
        cell: str = "",
        keeper: str = "",
        commit: str = "",
        rationale: str = "",
        effect: NodeEffect | None = None,
    ) -> Node:
        """Write a node and the edge from its parent (``edge`` of type parent → node) in one transaction.

        :raises ToolRetry: for an unknown kind, parent or confidence.
        """
        edge = check_edge_kind(edge or "leads_to")
        node = Node(
            id=new_id("dec"), handle=placeholder(0), kind=check_kind(kind), title=check_title(title),
            description=description.strip(), confidence=check_confidence(confidence), auto=auto,
            task=task or (caller.task if caller else ""), variables=tuple(variables), files=tuple(files), cell=cell,
            keeper=keeper, commit=commit, team=caller.team if caller else "", agent=caller.agent if caller else "",
            run=caller.run if caller else "",
        )  # fmt: skip
        if not self._loaded:
            await self.load()
        entangled = bool(parent) and (edge in CARRIES_DOUBT or edge == "supersedes")
        async with self._turn_if(entangled):
            draft = Draft(scope=_scope(caller), new=[node])
            if parent:
                above = self._graph.get(parent)
                draft.edges.append(Edge(above.handle, node.handle, edge, rationale))
                if edge == "supersedes":
                    draft.set_status(above, "superseded")
            if entangled:
                settle(self._graph, draft)
            written = await self._write(draft, _told(effect, lambda done: done.new[0]))
        return written.new[0]

    async def log_leaves(self, leaves: Sequence[Leaf]) -> list[Node]:
        """Write several leaves in one transaction, in their order; each then knows its handle.

        :raises ToolRetry: for an unknown parent.
        """
        if not self._loaded:
            await self.load()
        parents = [leaf.parent.handle if isinstance(leaf.parent, Leaf) else leaf.parent for leaf in leaves]
        ids = {handle: self._graph.get(handle).id for handle in parents if handle}
        written = await self._transact(lambda tx: write_leaves(tx, leaves, ids), None)
        for leaf, node in zip(leaves, written.new, strict=True):
            leaf.handle = node.handle
        return written.new

    async def link(
        self,
        source: str,
        target: str,
        kind: str = "leads_to",
        rationale: str = "",
        *,
        caller: Caller | None = None,
        effect: tuple[str, Callable[[Edge], str]] | None = None,
    ) -> Edge:
        """Join two nodes. Of *supersedes* the source is the older node, which becomes superseded.

        :raises ToolFailed: when the edge is there, joins a node to itself, or closes a circle (with its path).
        """
        kind = check_edge_kind(kind)
        await self.load()
        async with self._turn:
            older, newer = self._graph.get(source), self._graph.get(target)
            self._graph.check_edge(older.handle, newer.handle, kind)
            draft = Draft(scope=_scope(caller), edges=[Edge(older.handle, newer.handle, kind, rationale)])
            if kind == "supersedes":
                draft.set_status(older, "superseded")
            settle(self._graph, draft)
            written = await self._write(draft, _told(effect, lambda done: done.edges[0]))
        return written.edges[0]

    async def revise(
        self,
        handle: str,
        confidence: int,
        reason: str = "",
        by: str = "",
        *,
        caller: Caller | None = None,
        effect: NodeEffect | None = None,
    ) -> Node:
        """Give a node another confidence; doubt spreads or clears in the same transaction."""
        check_confidence(confidence)
        await self.load()
        async with self._turn:
            node = self._graph.get(handle)
            by = by or (caller.agent if caller else "")
            draft = Draft(scope=_scope(caller, node))
            draft.revised = Revised(node.handle, node.confidence, confidence, reason, by)
            draft.changed[node.handle] = msgspec.structs.replace(node, confidence=confidence)
            settle(self._graph, draft)
            written = await self._write(draft, _told(effect, lambda done: _of(done, node.handle)))
        return _of(written, node.handle)

    async def set_status(self, handle: str, status: str, *, caller: Caller | None = None) -> Node:
        """Make a node active, superseded or abandoned; doubt follows."""
        if status not in NODE_STATUSES:
            raise ToolRetry(f"status is {status!r}; it must be one of {', '.join(NODE_STATUSES)}.")
        await self.load()
        async with self._turn:
            node = self._graph.get(handle)
            draft = Draft(scope=_scope(caller, node))
            draft.set_status(node, status)
            if not draft.changed:
                return node
            settle(self._graph, draft)
            written = await self._write(draft, None)
        return _of(written, node.handle)

    async def pivot(
        self,
        old: str,
        observation: str,
        new_approach: str,
        confidence: int | None = None,
        *,
        caller: Caller | None = None,
        description: str = "",
        variables: Iterable[str] = (),
        effect: tuple[str, Callable[[Pivot], str]] | None = None,
    ) -> Pivot:
        """Change one's mind: old → observation → revisit → new decision, which supersedes the old one; one transaction.

        :raises ToolFailed: when the old node is not active any more.
        """
        seen, approach = check_title(observation), check_title(new_approach)
        check_confidence(confidence)
        await self.load()
        async with self._turn:
            node = self._graph.get(old)
            if node.status != "active":
                raise ToolFailed(f"{node.handle} is {node.status}; pivot from the decision that took its place.")
            draft = self._pivot_draft(node, seen, approach, confidence, _scope(caller, node))
            draft.new[2] = msgspec.structs.replace(
                draft.new[2], description=description, variables=tuple(variables) or node.variables
            )
            draft.new = [msgspec.structs.replace(new, **_who(caller)) for new in draft.new] if caller else draft.new
            settle(self._graph, draft)
            written = await self._write(draft, _told(effect, lambda done: Pivot(_of(done, node.handle), *done.new)))
        return Pivot(_of(written, node.handle), *written.new)

    @staticmethod
    def _pivot_draft(node: Node, seen: str, approach: str, confidence: int | None, scope: Mapping[str, str]) -> Draft:
        steps = (
            ("observation", seen, None),
            ("revisit", f"Reconsidering: {node.title}", None),
            ("decision", approach, confidence),
        )
        new = [
            Node(
                id=new_id("dec"), handle=placeholder(number), kind=kind, title=title, confidence=sure, team=node.team,
                agent=node.agent, run=node.run, task=node.task, keeper=node.keeper, cell=node.cell, files=node.files,
                variables=node.variables,
            )
            for number, (kind, title, sure) in enumerate(steps)
        ]  # fmt: skip
        chain = [node.handle, *(step.handle for step in new)]
        edges = [Edge(a, b, "leads_to") for a, b in itertools.pairwise(chain)]
        edges.append(Edge(node.handle, new[2].handle, "supersedes", f"Pivoted via: {seen}"))
        draft = Draft(scope=scope, new=new, edges=edges)
        draft.set_status(node, "superseded")
        return draft

    def _turn_if(self, needed: bool) -> AbstractAsyncContextManager[Any]:
        return self._turn if needed else nullcontext()

    async def _write(self, draft: Draft, tell: Callable[[Tx, rows.Written], None] | None) -> rows.Written:
        nodes = self._graph.nodes
        ids = {end: nodes[end].id for edge in draft.edges for end in (edge.source, edge.target) if end in nodes}
        return await self._transact(lambda tx: rows.write(tx, draft, ids), tell)

    async def _transact(
        self, write: Callable[[Tx], rows.Written], tell: Callable[[Tx, rows.Written], None] | None
    ) -> rows.Written:
        def work(tx: Tx) -> rows.Written:
            written = write(tx)
            if tell is not None:
                tell(tx, written)
            for witness in tuple(self.witnesses):
                witness(tx)
            return written

        future = asyncio.ensure_future(self._store.transact(work))
        future.add_done_callback(self._follow)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            # The commit cannot be called back: memory follows it before the next change takes its turn.
            await asyncio.wait({future})
            raise

    def _follow(self, future: asyncio.Future[rows.Written]) -> None:
        if future.cancelled() or future.exception() is not None:
            return
        written = future.result()
        for node in (*written.new, *written.changed):
            self._graph.put(node)
        for edge in written.edges:
            self._graph.join(edge)

    # --- reading ----------------------------------------------------------------------------------------------------

    @property
    def adjacency(self) -> Adjacency:
        """The graph in memory, to be read only."""
        return self._graph

    def get(self, handle: str) -> Node:
        """Return the node of a handle.

        :raises ToolRetry: when there is none.
        """
        return self._graph.get(handle)

    def nodes(self, *, auto: bool = True) -> list[Node]:
        """Return the nodes in the order of logging."""
        return [node for node in self._graph.nodes.values() if auto or not node.auto]

    def edges(self) -> list[Edge]:
        """Return the edges in the order of linking."""
        return list(self._graph.edges.values())

    def flagged_by(self, handle: str) -> list[Node]:
        """Return the nodes that are uncertain because of this one."""
        return [
            self._graph.nodes[other]
            for other in sorted(self._graph.flagged_by(self.get(handle).handle), key=search.number)
        ]

    def query(self, query_type: str, search_term: str = "", limit: int = 10) -> list[Node]:
        """Answer one of ``search.QUERIES``; see there for what each returns."""
        return search.query(self._graph, query_type, search_term, limit)

    def why(self, name: str, limit: int = 50) -> list[Node]:
        """Return the decisions about a variable, file, cell or handle, then what led to them."""
        return search.why(self._graph, name, limit)

    def prompt_context(self, run: str = "", budget_tokens: int = 1_024) -> str:
        """Return goals, recent decisions, doubts and lessons as text for a prompt."""
        return context_text(self._graph, run, budget_tokens)

    def statistics(self) -> dict[str, int]:
        """Return counts."""
        nodes = self._graph.nodes.values()
        return {
            "nodes": len(nodes),
            "edges": len(self._graph.edges),
            "auto": sum(node.auto for node in nodes),
            "uncertain": sum(node.uncertain for node in nodes),
            "superseded": sum(node.status == "superseded" for node in nodes),
        }


def _who(caller: Caller | None) -> dict[str, str]:
    return {} if caller is None else {"team": caller.team, "agent": caller.agent, "run": caller.run}


def _scope(caller: Caller | None, node: Node | None = None) -> dict[str, str]:
    if caller is not None:
        return {**_who(caller), "cause": caller.call}
    return {"team": node.team, "run": node.run} if node is not None else {}


def _of(written: rows.Written, handle: str) -> Node:
    return next(node for node in written.changed if node.handle == handle)


def _told(
    effect: tuple[str, Callable[[Any], str]] | None, pick: Callable[[rows.Written], Any]
) -> Callable[[Tx, rows.Written], None] | None:
    if effect is None:
        return None
    call, make_text = effect
    return lambda tx, written: tx.effect(call, make_text(pick(written)))
