"""New nodes that only hang below others, several in one transaction: they can close no circle and move no doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from loomkin_jupyter.memory.graph import rows
from loomkin_jupyter.memory.graph.draft import Draft
from loomkin_jupyter.memory.graph.model import Edge, Node
from loomkin_jupyter.store.transaction import Tx


@dataclass(eq=False, slots=True)
class Leaf:
    """A node to be, with ``placeholder(0)`` for its handle, below a node that is there or a leaf before it.

    ``scope`` are the fields of its signals; ``handle`` is filled in when it is committed.
    """

    node: Node
    parent: str | Leaf = ""
    scope: Mapping[str, str] = field(default_factory=dict[str, str])
    handle: str = ""


def write(tx: Tx, leaves: Sequence[Leaf], ids: Mapping[str, str]) -> rows.Written:
    """Write ``leaves`` in their order with their signals. ``ids`` maps the handles of older parents to their ids."""
    done = rows.Written([], [], [])
    made: dict[Leaf, Node] = {}
    for leaf in leaves:
        draft = Draft(scope=leaf.scope, new=[leaf.node])
        known: Mapping[str, str] = ids
        above = leaf.parent
        if isinstance(above, Leaf):
            handle = made[above].handle if above in made else above.handle
            known = {handle: made[above].id} if above in made else ids
        else:
            handle = above
        if handle:
            draft.edges.append(Edge(handle, leaf.node.handle, "leads_to"))
        written = rows.write(tx, draft, known)
        made[leaf] = written.new[0]
        done.new.extend(written.new)
        done.edges.extend(written.edges)
    return done
