"""The notebook file: reading its cells, and proposing changes that only a person makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, cast

from loomkin_jupyter.core.errors import ToolFailed, ToolRetry, nearest
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.signals import CellProposed
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.declare import ALL, ANALYST, CODER, LEAD, Plan, tool
from loomkin_jupyter.tools.kernel import release
from loomkin_jupyter.tools.result import Output

_OUTPUT_CHARS = 2000
_PICTURES = ("image/png", "image/jpeg", "image/svg+xml")


def _plan(ctx: ToolContext, arguments: dict[str, Any]) -> Plan:
    path = str(arguments.get("path") or ctx.notebook.path or ".")
    return Plan(target=path, paths=((path, "read"),))


@tool(kind="read", roles=ALL, parallel=True, deadline_exempt=True, plan=_plan)
async def notebook_read(ctx: ToolContext, path: str | None = None) -> Output:
    """Read a notebook as it was last saved: cells with ids and positions, outputs, errors.

    Args:
        path: Notebook file; the one you work in when left out.
    """
    file = _file(ctx, path)
    cells = await run_blocking(lambda: read_cells(file))
    outputs = {i: text for i, cell in enumerate(cells) if (text := output_text(cell))}
    instead = await release(ctx, "notebook_read", "\n".join(outputs.values())) if outputs else ""
    name = ctx.services.confinement.relative(file)
    lines = [f"{name}: {len(cells)} cells (as last saved)"]
    for position, cell in enumerate(cells):
        lines.append(f"[{position}] {cell.get('cell_type', '?')} cell_id={cell.get('id', '')}")
        lines.append(source_of(cell))
        if position in outputs:
            lines.append(f"--- output{': ' + failure(cell) if instead else ''} ---")
            lines.append("(not shown)" if instead else outputs[position])
    return Output("\n".join(lines) + (f"\n{instead}" if instead else ""))


@tool(kind="coordinate", category="cells", roles=(LEAD, CODER, ANALYST))
async def cell_propose(
    ctx: ToolContext,
    action: Literal["insert", "replace", "delete"],
    cell_id: str | None = None,
    position: int | None = None,
    source: str | None = None,
    reason: str | None = None,
) -> Output:
    """Propose a change of the notebook. The user sees it as a diff and decides; nothing changes by itself.

    Args:
        action: insert a new cell, replace a cell's source, or delete a cell.
        cell_id: The cell to replace or delete, or the one to insert after.
        position: Its position instead of its id, counted from 0; for insert the position of the new cell.
        source: The new cell's whole source.
        reason: Why, in one sentence; the user reads it.
    """
    if action != "delete" and source is None:
        raise ToolRetry(f"`source` is missing: {action} needs the cell's whole source.")
    before, cell, place = "", cell_id or "", position
    path = ctx.notebook.path
    if path:
        cells = await run_blocking(lambda: read_cells(_file(ctx, path)))
        place = _find(cells, action, cell_id, position)
        if action != "insert":
            before = source_of(cells[place])
            cell = str(cells[place].get("id", cell))
    elif action != "insert" and not cell_id and position is None:
        raise ToolRetry("Say which cell: give `cell_id` or `position`.")
    proposal = new_id("prop")
    signal = CellProposed(
        call=ctx.caller.call, proposal=proposal, action=action, cell=cell, position=place, source=source or "", before=before,
        reason=reason or "", **ctx.scope(),
    )  # fmt: skip
    where = f"cell {place}" if place is not None else f"cell {cell}" if cell else "the end"
    text = f"id: {proposal[-6:]}\nProposed to {action} {where}. The user decides; go on without waiting for it."

    def work(tx: Any) -> None:
        tx.emit(signal)
        ctx.tool_effect(tx, text)

    await ctx.services.store.transact(work)
    shown: JsonObject = {
        "proposal": proposal, "action": action, "cell": cell, "position": place, "source": source or "", "before": before,
        "reason": reason or "", "agent": ctx.caller.agent,
    }  # fmt: skip
    ctx.notebook.propose(shown)
    return Output(text)


def read_cells(file: Path) -> list[JsonObject]:
    """Return the cells of a notebook file. Blocks."""
    try:
        value: Any = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise ToolRetry(f"There is no notebook {file.name}. Use file_search with **/*.ipynb.") from None
    except (OSError, ValueError, RecursionError) as failed:
        raise ToolFailed(f"{file.name} is no readable notebook ({type(failed).__name__}).") from None
    cells: Any = cast("JsonObject", value).get("cells") if isinstance(value, dict) else None
    if not isinstance(cells, list):
        raise ToolFailed(f"{file.name} has no list of cells; only notebooks of format 4 can be read.")
    return [cast("JsonObject", c) for c in cast("list[Any]", cells) if isinstance(c, dict)]


def source_of(cell: JsonObject) -> str:
    """Return a cell's source as one text."""
    source: Any = cell.get("source", "")
    return "".join(cast("list[str]", source)) if isinstance(source, list) else str(source)


def failure(cell: JsonObject) -> str:
    """Return the kind of error a cell ended with, without its message (which may quote data), or ''."""
    for output in cast("list[JsonObject]", cell.get("outputs") or []):
        if output.get("output_type") == "error":
            return str(output.get("ename", "error"))
    return ""


def output_text(cell: JsonObject) -> str:
    """Return a cell's outputs as text; pictures are named."""
    parts: list[str] = []
    for output in cast("list[JsonObject]", cell.get("outputs") or []):
        if output.get("output_type") == "error":
            parts.append(f"{output.get('ename', '')}: {output.get('evalue', '')}")
            continue
        data = cast("JsonObject", output.get("data") or {})
        text: Any = output.get("text") or data.get("text/plain") or ""
        parts.append("".join(cast("list[str]", text)) if isinstance(text, list) else str(text))
        parts += [f"[{kind}]" for kind in _PICTURES if kind in data]
    joined = "\n".join(part.rstrip() for part in parts if part.strip())
    return joined if len(joined) <= _OUTPUT_CHARS else f"{joined[:_OUTPUT_CHARS]}… ({len(joined)} characters)"


def _file(ctx: ToolContext, path: str | None) -> Path:
    given = path or ctx.notebook.path
    if not given:
        raise ToolRetry("There is no notebook here. Give `path`; file_search with **/*.ipynb finds them.")
    file = ctx.services.confinement.resolve(given)
    if file.suffix != ".ipynb":
        raise ToolRetry(f"{given} is no notebook. Use file_read.")
    return file


def _find(cells: list[JsonObject], action: str, cell_id: str | None, position: int | None) -> int:
    """Return the position that is meant; for insert it may be one past the end."""
    if cell_id:
        ids = [str(cell.get("id", "")) for cell in cells]
        if cell_id not in ids:
            raise ToolRetry(f"There is no cell {cell_id!r}.{nearest(cell_id, ids)} notebook_read shows the ids.")
        return ids.index(cell_id) + (1 if action == "insert" else 0)
    last = len(cells) if action == "insert" else len(cells) - 1
    if position is None:
        if action == "insert":
            return len(cells)
        raise ToolRetry("Say which cell: give `cell_id` or `position`.")
    if not 0 <= position <= last:
        raise ToolRetry(f"`position` {position} is outside the notebook; valid are 0 to {last}.")
    return position
