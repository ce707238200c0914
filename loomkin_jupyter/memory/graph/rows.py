"""The graph's rows: load everything, write one draft with its signals inside a running transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.signals import (
    ConfidenceRevised,
    DecisionLinked,
    DecisionLogged,
    DecisionStatusChanged,
    DoubtCleared,
    DoubtSpread,
)
from loomkin_jupyter.memory.graph.cascade import Spread
from loomkin_jupyter.memory.graph.draft import Draft
from loomkin_jupyter.memory.graph.model import Edge, Node
from loomkin_jupyter.store.prepared import Prepared
from loomkin_jupyter.store.tables.decisions import edges as edge_table
from loomkin_jupyter.store.tables.decisions import nodes as node_table
from loomkin_jupyter.store.transaction import Tx

_INSERT_NODE = Prepared(sa.insert(node_table), [column.name for column in node_table.c])
_INSERT_EDGE = Prepared(sa.insert(edge_table), [column.name for column in edge_table.c])
_UPDATE_NODE = Prepared(
    sa.update(node_table)
    .where(node_table.c.id == sa.bindparam("node"))
    .values(
        confidence=sa.bindparam("sure"),
        status=sa.bindparam("state"),
        uncertain=sa.bindparam("doubts"),
        updated=sa.bindparam("now"),
    )
)


class Written(msgspec.Struct, frozen=True):
    """What a committed draft became: nodes with their handles, edges, and the new states of older nodes."""

    new: list[Node]
    edges: list[Edge]
    changed: list[Node]


def write(tx: Tx, draft: Draft, ids: Mapping[str, str]) -> Written:
    """Write ``draft`` and emit its signals. ``ids`` maps the handles of older nodes that edges touch to their ids."""
    names = {node.handle: tx.handle("D") for node in draft.new}
    now = tx.time
    new = [_named(node, names, now) for node in draft.new]
    changed = [_named(node, names, 0.0, updated=now) for node in draft.changed.values()]
    edges = [
        Edge(names.get(e.source, e.source), names.get(e.target, e.target), e.kind, e.rationale, now)
        for e in draft.edges
    ]
    if new:
        _INSERT_NODE.run_many(tx.conn, [_row(node) for node in new])
    if edges:
        known = {**ids, **{node.handle: node.id for node in new}}
        _INSERT_EDGE.run_many(tx.conn, [_edge_row(edge, known) for edge in edges])
    if changed:
        _UPDATE_NODE.run_many(tx.conn, [_changes(node) for node in changed])
    _emit(tx, draft, new, edges, [_spread(item, names) for item in draft.spreads])
    return Written(new, edges, changed)


def _emit(tx: Tx, draft: Draft, new: list[Node], edges: list[Edge], spreads: list[Spread]) -> None:
    scope: Mapping[str, Any] = draft.scope
    for node in new:
        tx.emit(
            DecisionLogged(
                node=node.id, handle=node.handle, kind=node.kind, title=node.title, description=node.description,
                confidence=node.confidence, auto=node.auto, task=node.task, variables=list(node.variables),
                files=list(node.files), cell=node.cell, team=node.team, agent=node.agent, run=node.run,
                cause=scope.get("cause", ""),
            )
        )  # fmt: skip
    for edge in edges:
        tx.emit(
            DecisionLinked(source=edge.source, target=edge.target, kind=edge.kind, rationale=edge.rationale, **scope)
        )
    if draft.revised is not None:
        seen = draft.revised
        tx.emit(
            ConfidenceRevised(
                handle=seen.handle, was=seen.was, confidence=seen.confidence, reason=seen.reason, by=seen.by, **scope
            )
        )
    for handle, status, was in draft.statuses:
        tx.emit(DecisionStatusChanged(handle=handle, status=status, was=was, **scope))
    for item in spreads:
        if item.flagged:
            flagged = item.flagged
            tx.emit(DoubtSpread(handle=item.source, flagged=list(flagged), paths=list(flagged.values()), **scope))
        if item.cleared:
            tx.emit(DoubtCleared(handle=item.source, cleared=list(item.cleared), **scope))


def load(conn: sa.Connection) -> tuple[list[Node], list[Edge]]:
    """Return every node in the order of logging and every edge."""
    nodes = [_node(row) for row in conn.execute(sa.select(node_table)).mappings()]
    nodes.sort(key=lambda node: int(node.handle[1:]))
    handles = {node.id: node.handle for node in nodes}
    table = edge_table.c
    query = sa.select(table.source, table.target, table.kind, table.rationale, table.created).order_by(
        table.created, table.id
    )
    edges = [Edge(handles[a], handles[b], kind, why, time) for a, b, kind, why, time in conn.execute(query)]
    return nodes, edges


def mark(conn: sa.Connection) -> tuple[int, float, int]:
    """Return numbers that differ when somebody else wrote: nodes, latest change, edges."""
    query = sa.select(sa.func.count(), sa.func.max(node_table.c.updated)).select_from(node_table)
    count, latest = conn.execute(query).one()
    edges = conn.execute(sa.select(sa.func.count()).select_from(edge_table)).scalar_one()
    return count, latest or 0.0, edges


def _named(node: Node, names: Mapping[str, str], created: float, *, updated: float = 0.0) -> Node:
    doubts = {names.get(source, source): _renamed(path, names) for source, path in node.doubts.items()}
    return msgspec.structs.replace(
        node,
        handle=names.get(node.handle, node.handle),
        doubts=doubts,
        created=node.created or created,
        updated=updated or created,
    )


def _spread(item: Spread, names: Mapping[str, str]) -> Spread:
    flagged = {names.get(handle, handle): _renamed(path, names) for handle, path in item.flagged.items()}
    return Spread(source=names.get(item.source, item.source), flagged=flagged, cleared=item.cleared)


def _renamed(path: str, names: Mapping[str, str]) -> str:
    if "?" not in path:
        return path
    for stand_in, handle in names.items():
        path = path.replace(stand_in, handle)
    return path


def _row(node: Node) -> dict[str, Any]:
    return {
        "id": node.id, "handle": node.handle, "kind": node.kind, "title": node.title, "description": node.description,
        "confidence": node.confidence, "status": node.status, "uncertain": list(node.doubts.items()), "auto": node.auto,
        "team": node.team, "agent": node.agent, "run": node.run, "task": node.task, "keeper": node.keeper,
        "cell": node.cell, "variables": list(node.variables), "files": list(node.files), "commit": node.commit,
        "change": "", "created": node.created, "updated": node.updated,
    }  # fmt: skip


def _changes(node: Node) -> dict[str, Any]:
    return {
        "node": node.id,
        "sure": node.confidence,
        "state": node.status,
        "doubts": list(node.doubts.items()),
        "now": node.updated,
    }


def _edge_row(edge: Edge, ids: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": new_id("edge"), "source": ids[edge.source], "target": ids[edge.target], "kind": edge.kind,
        "rationale": edge.rationale, "created": edge.created,
    }  # fmt: skip


def _node(row: Mapping[Any, Any]) -> Node:
    return Node(
        id=row["id"], handle=row["handle"], kind=row["kind"], title=row["title"], description=row["description"],
        confidence=row["confidence"], status=row["status"], doubts=dict(row["uncertain"]),
        auto=row["auto"], team=row["team"], agent=row["agent"], run=row["run"], task=row["task"], keeper=row["keeper"],
        cell=row["cell"], variables=tuple(row["variables"]), files=tuple(row["files"]), commit=row["commit"],
        created=row["created"], updated=row["updated"],
    )  # fmt: skip
