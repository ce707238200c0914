"""Finding files by name and text by pattern, and listing directories. Confined; secrets never show.

ripgrep does the work where it is installed, else Python with the same rules: ``.gitignore`` holds, links are not
followed, binary and huge files are skipped and said. Rows of data files are no text to search below sharing ``full``.
"""

from __future__ import annotations

import datetime
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pathspec

from loomkin_jupyter.core.errors import ToolFailed, ToolRetry
from loomkin_jupyter.core.status import Sharing
from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.data_files import withheld
from loomkin_jupyter.tools.declare import ALL, Plan, tool
from loomkin_jupyter.tools.places import SKIPPED_DIRECTORIES, nearest_paths
from loomkin_jupyter.tools.result import Output
from loomkin_jupyter.tools.text_file import decode, is_binary

_MOST_FILES = 300
_MOST_HITS = 200
_MOST_ENTRIES = 500
_LARGEST = 5_000_000
_LINE = 400
_LIMIT_S = 50


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
    return Output(await run_blocking(lambda: _search(confinement, base, pattern, expression, glob, ctx.share)))


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


def project_files(confinement: Confinement, base: Path) -> list[str]:
    """Return the project-relative paths of the files below ``base`` that are not ignored, links and secrets left out."""
    program = shutil.which("rg")
    if program is not None:
        command = [
            program,
            "--files",
            "--hidden",
            "--no-follow",
            "--no-messages",
            "--null",
            "--no-config",
            "--no-require-git",
        ]
        command += [f"--glob=!**/{name}/**" for name in sorted(SKIPPED_DIRECTORIES)]
        done = _run([*command, "--", str(base)])
        names = [confinement.relative(Path(os.fsdecode(n))) for n in done.split(b"\0") if n]
    else:
        names = list(_walk(confinement.root, base))
    return [
        n
        for n in names
        if not (confinement.root / n).is_symlink() and confinement.glob_stays_inside(confinement.root / n)
    ]


def _walk(root: Path, base: Path) -> Iterator[str]:
    """Yield files like ripgrep would: nested ``.gitignore`` files count, deeper ones over higher ones."""
    rules: dict[Path, Any] = {}

    def ignored(path: Path, folder: bool) -> bool:
        verdict = False
        for above in reversed([p for p in path.parents if p == root or root in p.parents]):
            if above not in rules:
                file = above / ".gitignore"
                lines = file.read_text("utf-8", "replace").splitlines() if file.is_file() else []
                rules[above] = pathspec.GitIgnoreSpec.from_lines(lines) if lines else None
            spec = rules[above]
            if spec is not None:
                result = spec.check_file(path.relative_to(above).as_posix() + ("/" if folder else ""))
                verdict = result.include if result.include is not None else verdict
        return verdict

    for folder, directories, files in os.walk(base):
        here = Path(folder)
        directories[:] = [d for d in directories if d not in SKIPPED_DIRECTORIES and not ignored(here / d, True)]
        for name in files:
            if not ignored(here / name, False):
                yield (here / name).relative_to(root).as_posix()


def _matching(confinement: Confinement, base: Path, pattern: str) -> list[str]:
    wanted = _glob(pattern)
    inside = "" if base == confinement.root else confinement.relative(base) + "/"
    found = [n for n in project_files(confinement, base) if wanted(n.removeprefix(inside)) or wanted(n)]
    return sorted(found, key=lambda n: -_time(confinement.root / n))


def _glob(pattern: str) -> Any:
    spec = pathspec.GitIgnoreSpec.from_lines([pattern.removeprefix("./")])
    return spec.match_file


def _time(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _search(
    confinement: Confinement, base: Path, pattern: str, expression: re.Pattern[str], glob: str | None, share: Sharing
) -> str:
    names = [confinement.relative(base)] if base.is_file() else project_files(confinement, base)
    if glob:
        wanted = _glob(glob)
        names = [n for n in names if wanted(n)]
    root = confinement.root
    data = [n for n in names if n.endswith(".ipynb") or withheld(root / n, share)] if share != "full" else []
    huge = [n for n in names if _size(root / n) > _LARGEST]
    names = [n for n in names if n not in set(data) | set(huge)]
    hits, binary = _grep(root, names, pattern, expression)
    notes: list[str] = []
    if data:
        notes.append(
            f"{len(data)} data files and notebooks were not searched (sharing level {share}; see notebook_read)"
        )
    if huge:
        notes.append(f"{len(huge)} files over {_LARGEST // 1_000_000} MB were not searched: {', '.join(huge[:5])}")
    if binary:
        notes.append(f"{binary} binary files were skipped")
    shown = hits[:_MOST_HITS]
    head = f"{len(hits)} matches for {pattern!r}:" if hits else f"No matches for {pattern!r} in {len(names)} files."
    more = [f"… {len(hits) - len(shown)} more; use a narrower pattern, path or glob."] if len(hits) > len(shown) else []
    return "\n".join([head, *shown, *more, *(f"({note})" for note in notes)])


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _grep(root: Path, names: list[str], pattern: str, expression: re.Pattern[str]) -> tuple[list[str], int]:
    """Return (file:line:text …, binary files). ripgrep finds the candidates; Python's own syntax decides."""
    candidates = _candidates(root, names, pattern)
    hits: list[str] = []
    binary = 0
    for name in sorted(candidates):
        try:
            content = (root / name).read_bytes()
        except OSError:
            continue
        if is_binary(content):
            binary += 1
            continue
        for number, line in enumerate(decode(content).text.split("\n"), 1):
            if expression.search(line[:20_000]):
                hits.append(f"{name}:{number}:{line.strip()[:_LINE]}")
    return hits, binary


def _candidates(root: Path, names: list[str], pattern: str) -> list[str]:
    """Let ripgrep name the files that match; all files when it is missing or reads the pattern differently."""
    program = shutil.which("rg")
    if program is None or not names or re.search(r"\(\?|\\[1-9ZzAbB]|\\\d", pattern):
        return names
    listed = "\0".join(names).encode("utf-8", "surrogateescape")
    command = ["xargs", "-0", program, "--files-with-matches", "--null", "--no-follow", "--no-messages", "--no-config", "--no-ignore",
               "--hidden", "--text", "--encoding=auto", "-e", pattern, "--"]  # fmt: skip
    try:
        done = subprocess.run(command, input=listed, capture_output=True, cwd=root, timeout=_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return names
    if done.stderr or done.returncode not in (0, 1, 123):
        return names
    return [os.fsdecode(n) for n in done.stdout.split(b"\0") if n]


def _run(command: list[str]) -> bytes:
    try:
        return subprocess.run(command, capture_output=True, timeout=_LIMIT_S, check=False).stdout
    except subprocess.TimeoutExpired:
        raise ToolFailed(f"The search took longer than {_LIMIT_S} s. Give a narrower path.") from None


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
