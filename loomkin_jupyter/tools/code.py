"""What the project's code holds: a map for a task, where a name is defined, where it is used.

Reads the index of the workspace, which follows the files. Shows definitions and uses, never data.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec

from loomkin_jupyter.core.errors import ToolFailed, ToolRetry, nearest
from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.project.code.index import CodeIndex
from loomkin_jupyter.project.code.repo_map import BUDGET, RepoMap
from loomkin_jupyter.project.code.tags import Definition, lines_of_use
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.declare import ALL, Plan, tool
from loomkin_jupyter.tools.listing import list_files
from loomkin_jupyter.tools.result import Output

_MOST_PLACES = 60
_MOST_USES = 200
_LINE = 160
_RECENT_S = 3_600
_MOST_RECENT = 10


def project_code(confinement: Confinement, cache: Path | None = None) -> RepoMap:
    """Return the index and map of a project; ignored files and secrets are not in it. Nothing is read yet."""
    return RepoMap(CodeIndex(confinement.root, lambda: list_files(confinement, confinement.root), cache))


def _plan(ctx: ToolContext, arguments: dict[str, Any]) -> Plan:
    path = str(arguments.get("path") or ".")
    return Plan(target=str(arguments.get("name") or arguments.get("task") or path), paths=((path, "read"),))


@tool(kind="read", roles=ALL, parallel=True, plan=_plan)
async def repo_map(
    ctx: ToolContext,
    task: str | None = None,
    files: list[str] | None = None,
    budget: Annotated[int, msgspec.Meta(ge=100, le=20_000)] = BUDGET,
) -> Output:
    """Show the files and definitions of the project that matter for a task, most important first.

    Args:
        task: What you are about to do, in words; names of functions and files in it weigh most.
        files: Files you are at work on: what they use and what uses them comes first.
        budget: Most tokens of the map.
    """
    code = ctx.services.code

    def work() -> Output:
        code.index.refresh()
        known = code.index.files
        given = [ctx.services.confinement.relative(ctx.services.confinement.resolve(path)) for path in files or ()]
        if unknown := [path for path in given if path not in known]:
            near = nearest(unknown[0], known)
            raise ToolRetry(f"`files` names {unknown[0]!r}, which is no source file of the project.{near}")
        since = (ctx.services.clock.now() - _RECENT_S) * 1e9
        recent = sorted((p for p, k in known.items() if k.mtime > since), key=lambda p: -known[p].mtime)
        # After a clone everything is new, which says nothing.
        recent = recent[:_MOST_RECENT] if len(recent) * 2 < len(known) else []
        made = code.make(task or "", given, [*recent, *(p for p in ctx.session.seen if p in known)], budget)
        if not made.files:
            return Output("The project has no source files that I can read. file_search lists what there is.")
        return Output(f"{made.text}({made.shown} of {made.files} source files, about {made.tokens} tokens)")

    return await run_blocking(work)


@tool(kind="read", roles=ALL, parallel=True, plan=_plan)
async def symbol_find(ctx: ToolContext, name: str, path: str | None = None) -> Output:
    """Find where a function, class, method, type or module-level variable is defined.

    Args:
        name: Its name; Class.method finds the method within the class.
        path: Only in this file or folder.
    """
    code = ctx.services.code
    inside = _inside(ctx, path)

    def work() -> Output:
        code.index.refresh()
        found = [(p, d) for p, d in _defined(code, name) if inside(p)]
        if not found:
            near = nearest(name.rpartition(".")[2], code.index.names())
            where = f" in {path}" if path else ""
            raise ToolFailed(f"Nothing named {name!r} is defined{where}.{near or ' content_search finds other text.'}")
        shown = found[:_MOST_PLACES]
        lines = [
            f"{_at(p, d.cell, d.start)} {d.kind} {d.name}, {d.end - d.start + 1} lines: {line}"
            for (p, d), line in zip(shown, code.lines(shown), strict=True)
        ]
        more = f"\n… {len(found) - len(shown)} more; give `path`." if len(found) > len(shown) else ""
        return Output("\n".join(lines) + more, data=[{"path": p, "line": d.start} for p, d in found])

    return await run_blocking(work)


@tool(kind="read", roles=ALL, parallel=True, plan=_plan)
async def references_find(ctx: ToolContext, name: str, path: str | None = None) -> Output:
    """Find the lines that call, import or name a function, class or variable of the project.

    Args:
        name: Its name, without the class or module before it.
        path: Only in this file or folder.
    """
    code = ctx.services.code
    inside = _inside(ctx, path)
    bare = name.rpartition(".")[2]

    def work() -> Output:
        code.index.refresh()
        users = [p for p, _ in code.index.users(bare) if inside(p)]
        uses: list[str] = []
        for user in users:
            try:
                source = (ctx.services.confinement.root / user).read_bytes()
            except OSError:
                continue
            uses += [
                f"{_at(user, cell, line)} {text.strip()[:_LINE]}"
                for cell, line, text in lines_of_use(user, source, bare)
            ]
        if not uses:
            near = "" if _defined(code, bare) else nearest(bare, code.index.names())
            raise ToolFailed(f"Nothing uses {bare!r}{f' in {path}' if path else ''}.{near}")
        more = f"\n… {len(uses) - _MOST_USES} more; give `path`." if len(uses) > _MOST_USES else ""
        head = f"Used in {len(uses)} places, {len(users)} files:\n"
        return Output(head + "\n".join(uses[:_MOST_USES]) + more)

    return await run_blocking(work)


def _inside(ctx: ToolContext, path: str | None) -> Callable[[str], bool]:
    """Return whether a path is, or lies below, the one given."""
    confinement = ctx.services.confinement
    if not path:
        return lambda found: True
    base = confinement.resolve(path)
    if not base.exists():
        raise ToolRetry(f"`path` is {path!r}, which does not exist. directory_list shows what there is.")
    if base == confinement.root:
        return lambda found: True
    within = confinement.relative(base)
    return lambda found: found == within or found.startswith(within + "/")


def _defined(code: RepoMap, name: str) -> list[tuple[str, Definition]]:
    """Return the definitions of ``name``; of ``Outer.name`` those that lie within a definition of ``Outer``."""
    if whole := code.index.definitions(name):
        return whole  # also names that have a dot of their own, such as Elixir's modules
    outer, _, last = name.rpartition(".")
    found = code.index.definitions(last) if outer else []
    around = code.index.definitions(outer.rpartition(".")[2])
    return [
        (path, d)
        for path, d in found
        if any(p == path and o.cell == d.cell and o.start <= d.start and d.end <= o.end for p, o in around)
    ]


def _at(path: str, cell: int, line: int) -> str:
    return f"{path} cell {cell}:{line}" if cell else f"{path}:{line}"
