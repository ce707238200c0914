"""Finding files by name and text by pattern, and listing directories. Confined; secrets never show.

ripgrep does the work where it is installed, else Python with the same rules: ``.gitignore`` holds, links are not
followed, binary and huge files are skipped and said. Rows of data files are no text to search below sharing ``full``.
"""

from __future__ import annotations

import datetime
import os
import re
from pathlib import Path
from typing import Any

import pathspec

from loomkin_jupyter.core.errors import ToolRetry
from loomkin_jupyter.core.status import Sharing
from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.tools import ripgrep
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.data_files import holds_data
from loomkin_jupyter.tools.declare import ALL, Plan, tool
from loomkin_jupyter.tools.grep import LARGEST, grep, literal
from loomkin_jupyter.tools.listing import all_files, few_files, list_files, regular
from loomkin_jupyter.tools.places import nearest_paths
from loomkin_jupyter.tools.result import Output

_MOST_FILES = 300
_MOST_HITS = 200
_MOST_ENTRIES = 500
_SHORT_LITERAL = 3


def _plan(ctx: ToolContext, arguments: dict[str, Any]) -> Plan:
    path = str(arguments.get("path") or ".")
    return Plan(target=str(arguments.get("pattern") or path), paths=((path, "read"),))


@tool(kind="read", roles=ALL, parallel=True, plan=_plan)
async def file_search(ctx: ToolContext, pattern: str, path: str | None = None) -> Output:
    """Find files by a glob pattern, newest first. A pattern without a slash is looked for in every folder.

    Args:
        pattern: Such as **/*.py or test_*.
        path: Directory to look in; the project's root when left out.
    """
    confinement = ctx.services.confinement
    confinement.pattern(pattern)
    base = await _directory(ctx, path)
    found = await run_blocking(lambda: _matching(confinement, base, pattern))
    if not found:
        return Output(f"No files match {pattern!r}{f' in {path}' if path else ''}.")
    shown = found[:_MOST_FILES]
    more = f"\n… {len(found) - len(shown)} more; use a narrower pattern." if len(found) > len(shown) else ""
    return Output(f"{len(found)} files:\n" + "\n".join(shown) + more)


@tool(kind="read", roles=ALL, parallel=True, plan=_plan)
async def content_search(ctx: ToolContext, pattern: str, path: str | None = None, glob: str | None = None) -> Output:
    """Search the content of files for a regular expression; returns file:line:text.

    Args:
        pattern: Regular expression, such as def \\w+_load.
        path: File or directory to search; the whole project when left out.
        glob: Only files that fit, such as *.py.
    """
    confinement = ctx.services.confinement
    if glob:
        confinement.pattern(glob)
    try:
        expression = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as failed:
        raise ToolRetry(
            f"`pattern` {pattern!r} is no regular expression ({failed}). Escape special characters."
        ) from None
    base = confinement.resolve(path) if path else confinement.root
    if not base.exists():
        raise ToolRetry(f"There is no {path}." + await run_blocking(lambda: nearest_paths(confinement, str(path))))
    return Output(await run_blocking(lambda: _search(confinement, base, expression, glob, ctx.share)))


@tool(kind="read", roles=ALL, parallel=True, plan=_plan)
async def directory_list(ctx: ToolContext, path: str) -> Output:
    """List a directory: type, size, time of change, name. Not recursive.

    Args:
        path: Directory relative to the project; . is its root.
    """
    base = await _directory(ctx, path)
    return Output(await run_blocking(lambda: _listing(ctx.services.confinement, base)))


async def _directory(ctx: ToolContext, path: str | None) -> Path:
    confinement = ctx.services.confinement
    base = confinement.resolve(path) if path else confinement.root
    if base.is_file():
        raise ToolRetry(f"{path} is a file. Use file_read.")
    if not base.is_dir():
        raise ToolRetry(
            f"There is no directory {path}." + await run_blocking(lambda: nearest_paths(confinement, str(path)))
        )
    return base


def _matching(confinement: Confinement, base: Path, pattern: str) -> list[str]:
    wanted = _glob(pattern)
    inside = "" if base == confinement.root else confinement.relative(base) + "/"
    names = [n for n in list_files(confinement, base) if wanted(n.removeprefix(inside)) or wanted(n)]
    found = [n for n in names if confinement.glob_stays_inside(confinement.root / n) and not _is_link(confinement, n)]
    return sorted(found, key=lambda n: -_time(confinement.root / n))


def _is_link(confinement: Confinement, name: str) -> bool:
    return (confinement.root / name).is_symlink()


def _glob(pattern: str) -> Any:
    spec = pathspec.GitIgnoreSpec.from_lines([pattern.removeprefix("./")])
    return spec.match_file


def _time(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _search(confinement: Confinement, base: Path, expression: re.Pattern[str], glob: str | None, share: Sharing) -> str:
    root, pattern = confinement.root, expression.pattern
    program = ripgrep.program()
    counting = None
    if base.is_file():
        names = [confinement.relative(base)]
    elif program is None:
        names = list_files(confinement, base)
    else:
        few = few_files(confinement, base)
        # Few files in which one text must occur are searched before another program has begun.
        if few is None or len(literal(pattern)) < _SHORT_LITERAL:
            inside = "" if base == root else confinement.relative(base)
            counting = ripgrep.count_lines(
                program, root, inside, pattern, glob=glob or "", share=share, largest=LARGEST
            )
        names = all_files(confinement, base) if few is None else few
    if glob:
        wanted = _glob(glob)
        names = [n for n in names if wanted(n)]
    names, notes = _searchable(root, names, share)
    counts = counting() if counting is not None else None
    candidates = names if counts is None else [n for n in names if n in counts or n.endswith(".pub")]
    found = grep(
        root,
        sorted(candidates),
        expression,
        most=_MOST_HITS,
        counted=counts,
        allowed=lambda name: confinement.glob_stays_inside(root / name),
    )
    if found.binary:
        notes.append(f"{found.binary} binary files were skipped")
    left = found.matches - len(found.lines)
    head = (
        f"{found.matches} matches for {pattern!r}:"
        if found.matches
        else f"No matches for {pattern!r} in {len(names)} files."
    )
    more = [f"… {left} more; use a narrower pattern, path or glob."] if left else []
    return "\n".join([head, *found.lines, *more, *(f"({note})" for note in notes)])


def _searchable(root: Path, names: list[str], share: Sharing) -> tuple[list[str], list[str]]:
    """Return the names of the files to search, and what to say of the others."""
    notes: list[str] = []
    data = set[str]() if share == "full" else {n for n in names if n.endswith(".ipynb") or holds_data(root, n)}
    if data:
        notes.append(
            f"{len(data)} data files and notebooks were not searched (sharing level {share}; see notebook_read)"
        )
    sizes = {n: regular(root, n) for n in names if n not in data}
    huge = [n for n, size in sizes.items() if size > LARGEST]
    if huge:
        notes.append(f"{len(huge)} files over {LARGEST // 1_000_000} MB were not searched: {', '.join(huge[:5])}")
    return [n for n, size in sizes.items() if 0 <= size <= LARGEST], notes


def _listing(confinement: Confinement, base: Path) -> str:
    rows: list[str] = []
    for entry in sorted(os.scandir(base), key=lambda e: e.name):
        try:
            info = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        kind = "link" if entry.is_symlink() else "dir" if entry.is_dir() else "file"
        when = datetime.datetime.fromtimestamp(info.st_mtime, datetime.UTC).strftime("%Y-%m-%d %H:%M")
        rows.append(f"{kind:4}  {info.st_size:>10}  {when}  {entry.name}{'/' if kind == 'dir' else ''}")
    shown = rows[:_MOST_ENTRIES]
    more = [f"… {len(rows) - len(shown)} more entries"] if len(rows) > len(shown) else []
    return "\n".join([f"{confinement.relative(base)}/ ({len(rows)} entries)", *shown, *more])
