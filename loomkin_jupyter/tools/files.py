"""Reading, writing and editing files of the project.

Owns the rules of shared files: read before write, staleness judged on the claimed region, atomic writes, the change
kept for undo. Paths come back from confinement resolved; what it returns is what is opened.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from loomkin_jupyter.core.errors import ToolFailed, ToolRetry
from loomkin_jupyter.core.signals import FileChanged
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.runtime.uninterrupted import uninterrupted
from loomkin_jupyter.store import changes, intents
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.data_files import describe_file, withheld
from loomkin_jupyter.tools.declare import ALL, CODER, LEAD, TESTER, Plan, tool
from loomkin_jupyter.tools.matching import replace_text
from loomkin_jupyter.tools.places import is_test_path, nearest_paths
from loomkin_jupyter.tools.result import Output, ToolRefused
from loomkin_jupyter.tools.text_file import (
    LARGEST,
    TextFile,
    decode,
    diff_of,
    is_binary,
    one_edit,
    read_bytes,
    write_atomic,
)
from loomkin_jupyter.tools.versions import Change, Edit, content_hash, touched

_LINES = 2000
_LINE_CHARS = 2000


@dataclass(frozen=True, slots=True)
class _Place:
    path: Path
    relative: str


def _read_plan(ctx: ToolContext, arguments: dict[str, Any]) -> Plan:
    return Plan(target=arguments["file_path"], paths=((arguments["file_path"], "read"),))


def _write_plan(ctx: ToolContext, arguments: dict[str, Any]) -> Plan:
    path = str(arguments["file_path"])
    place = _place(ctx, path)
    if ctx.caller.role == TESTER and not is_test_path(place.relative):
        raise ToolRefused(f"A tester writes tests only; {place.relative} is none. Ask a coder with peer_message.")
    whole = "content" in arguments
    return Plan(
        target=place.relative,
        paths=((path, "write"),),
        detail=_proposed(ctx, arguments),
        effect=f"{'writes' if whole else 'changes'} {place.relative}",
        writes=(place.relative,) if whole else (),
    )


def _proposed(ctx: ToolContext, arguments: dict[str, Any]) -> str:
    """Return what a person sees before saying yes."""
    if "content" in arguments:
        return ctx.services.redactor(str(arguments["content"]))[:8000]
    old, new = str(arguments["old_string"]), str(arguments["new_string"])
    shown = [f"-{line}" for line in old.splitlines()] + [f"+{line}" for line in new.splitlines()]
    return ctx.services.redactor("\n".join(shown))[:8000]


@tool(kind="read", roles=ALL, parallel=True, plan=_read_plan)
async def file_read(
    ctx: ToolContext,
    file_path: str,
    offset: Annotated[int, msgspec.Meta(ge=1)] | None = None,
    limit: Annotated[int, msgspec.Meta(ge=1)] | None = None,
) -> Output:
    """Read a text file of the project. Lines come numbered; a file must be read before it can be edited.

    Args:
        file_path: Path relative to the project, such as src/load.py.
        offset: First line to return, counted from 1.
        limit: Most lines to return.
    """
    place = _place(ctx, file_path)
    data = await _existing(ctx, place, file_path)
    if withheld(place.path, ctx.share):
        return Output(await run_blocking(lambda: describe_file(place.path, place.relative, ctx.share)))
    if is_binary(data):
        kind = place.path.suffix or "no ending"
        return Output(f"{place.relative} is a binary file ({len(data)} bytes, {kind}); its content is not shown.")
    file = decode(data)
    ctx.session.seen[place.relative] = file.hash
    return Output(_numbered(ctx, place, file, offset, limit))


@tool(kind="write", roles=(LEAD, CODER, TESTER), slot="write", own_intent=True, plan=_write_plan)
async def file_write(ctx: ToolContext, file_path: str, content: str) -> Output:
    """Write a whole file, new or existing (an existing one must have been read). To change a part, use file_edit.

    Args:
        file_path: Path relative to the project.
        content: The whole new content.
    """
    place = _place(ctx, file_path)
    async with ctx.services.versions.lock(place.relative):
        before = await _bytes(place)
        if before is not None and is_binary(before):
            raise ToolFailed(f"{place.relative} is a binary file; it is not overwritten with text.")
        old = decode(before) if before is not None else TextFile("", hash="")
        edit = one_edit(old.text, content.replace("\r\n", "\n") if old.newline != "\n" else content)
        ctx.claims.check_write(ctx.caller, place.relative, None, None)
        if before is not None:
            _check_fresh(ctx, place, old.hash, None)
        return await _write(ctx, "file_write", place, before, old, content, (edit,) if edit else ())


@tool(kind="write", roles=(LEAD, CODER, TESTER), slot="edit", own_intent=True, plan=_write_plan)
async def file_edit(
    ctx: ToolContext, file_path: str, old_string: str, new_string: str, replace_all: bool = False
) -> Output:
    """Replace a piece of text in a file that you have read. The text must be unique, unless replace_all is set.

    Args:
        file_path: Path relative to the project.
        old_string: The text to replace, copied exactly, without the line numbers of file_read.
        new_string: What takes its place.
        replace_all: Replace every occurrence.
    """
    place = _place(ctx, file_path)
    async with ctx.services.versions.lock(place.relative):
        before = await _existing(ctx, place, file_path)
        if is_binary(before):
            raise ToolFailed(f"{place.relative} is a binary file and cannot be edited as text.")
        old = decode(before)
        if place.relative not in ctx.session.seen:
            raise ToolRetry(f"{place.relative} has not been read yet. Call file_read first, then edit.")
        if old.newline != "\n":
            old_string, new_string = old_string.replace("\r\n", "\n"), new_string.replace("\r\n", "\n")
        try:
            done = await run_blocking(
                lambda: replace_text(old.text, old_string, new_string, every=replace_all, name=place.relative)
            )
        except ToolRetry:
            _check_fresh(ctx, place, old.hash, None)  # a stale reader is told so, not that the text is missing
            raise
        for edit in done.edits:
            _check_claim(ctx, place, edit)
        _check_fresh(ctx, place, old.hash, done.edits)
        note = " White space differed from old_string; the found text was replaced." if done.tolerant else ""
        times = f" ({done.count} places)" if done.count > 1 else ""
        return await _write(ctx, "file_edit", place, before, old, done.text, done.edits, times + note)


def _place(ctx: ToolContext, file_path: str) -> _Place:
    """Return where a path really leads; outside the project only what the gate has judged and let pass."""
    verdict = ctx.services.confinement.verdict(file_path)
    if not verdict.inside and ctx.decision is not None and verdict.path not in ctx.approved:
        ctx.services.confinement.check(file_path)
    return _Place(verdict.path, verdict.relative or str(verdict.path))


async def _bytes(place: _Place) -> bytes | None:
    def read() -> bytes | None:
        if place.path.is_dir():
            raise ToolRetry(f"{place.relative} is a directory. Use directory_list.")
        if place.path.exists() and not place.path.is_file():
            raise ToolRetry(f"{place.relative} is no regular file.")
        if place.path.is_file() and place.path.stat().st_size > LARGEST:
            size = place.path.stat().st_size
            raise ToolFailed(
                f"{place.relative} is huge ({size / 1e6:.0f} MB; the limit is {LARGEST / 1e6:.0f} MB). "
                "Use content_search, or read a part of it with shell or python_run."
            )
        return read_bytes(place.path)

    return await run_blocking(read)


async def _existing(ctx: ToolContext, place: _Place, given: str) -> bytes:
    data = await _bytes(place)
    if data is None:
        names = await run_blocking(lambda: nearest_paths(ctx.services.confinement, place.relative))
        raise ToolRetry(f"There is no file {given}.{names}")
    return data


def _numbered(ctx: ToolContext, place: _Place, file: TextFile, offset: int | None, limit: int | None) -> str:
    lines = file.text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    first = offset or 1
    if first > max(len(lines), 1):
        raise ToolRetry(f"{place.relative} has {len(lines)} lines; `offset` {first} is beyond its end.")
    room = int(ctx.services.setting("tools.result_chars")) - 300
    shown: list[str] = []
    for number in range(first, min(first + (limit or _LINES), len(lines) + 1)):
        line = lines[number - 1]
        text = f"{number:6}\t{line if len(line) <= _LINE_CHARS else line[:_LINE_CHARS] + f'… ({len(line)} characters)'}"
        room -= len(text) + 1
        if room < 0 and shown:
            break
        shown.append(text)
    last = first + len(shown) - 1
    kind = "" if file.encoding == "utf-8" and file.newline == "\n" else f", {file.encoding}, line ends {file.newline!r}"
    head = (
        f"{place.relative} ({len(lines)} lines{kind}), lines {first}–{last}:"
        if lines
        else f"{place.relative} is empty."
    )
    rest = len(lines) - last
    tail = [f"… {rest} more lines; go on with offset={last + 1}."] if lines and rest > 0 else []
    return "\n".join([head, *shown, *tail])


def _check_claim(ctx: ToolContext, place: _Place, edit: Edit) -> None:
    """Refuse lines that a teammate holds. An insertion belongs to a region only when both neighbours do."""
    if edit.removed:
        ctx.claims.check_write(ctx.caller, place.relative, edit.at, edit.at + edit.removed - 1)
        return
    try:
        ctx.claims.check_write(ctx.caller, place.relative, edit.at, edit.at)
    except ToolFailed:
        if edit.at == 1:
            return
        try:
            ctx.claims.check_write(ctx.caller, place.relative, edit.at - 1, edit.at - 1)
        except ToolFailed as failed:
            raise failed from None


def _check_fresh(ctx: ToolContext, place: _Place, now: str, edits: Sequence[Edit] | None) -> None:
    """Refuse a write that is based on text which others have changed since, judged on the claimed region.

    ``edits`` None: the whole file is written.
    """
    seen = ctx.session.seen.get(place.relative)
    if seen is None:
        raise ToolRetry(f"{place.relative} exists and has not been read yet. Call file_read first.")
    if seen == now:
        return
    since = ctx.services.versions.since(place.relative, seen, now)
    if since is None:
        raise ToolRetry(f"{place.relative} was changed outside the team since you read it. Read it again, then repeat.")
    others = [c for c in since if c.agent != ctx.caller.agent]
    regions = [(c.start or 1, c.end or 10**9) for c in ctx.claims.held(place.relative) if c.holder == ctx.caller.agent]
    foreign = touched(since, ctx.caller.agent)
    within = edits is not None and all(
        any(low <= e.at and e.at + max(e.removed, 1) - 1 <= high for low, high in regions) for e in edits
    )
    clean = not any(low <= end and start <= high for low, high in regions for start, end in foreign)
    if not foreign or (within and clean):
        return
    names = ", ".join(sorted({c.agent for c in others}))
    raise ToolRetry(
        f"{place.relative} was changed by {names} since you read it. Read it again, then repeat; "
        "claim the region you work on (peer_claim_region) to work beside others in one file."
    )


async def _write(
    ctx: ToolContext,
    name: str,
    place: _Place,
    before: bytes | None,
    old: TextFile,
    text: str,
    edits: tuple[Edit, ...],
    note: str = "",
) -> Output:
    """Intent, file, record: in this order, and to the end even when the caller is cancelled in between."""
    data = old.encode(text)
    if before == data:
        return Output(f"{place.relative} already has this content; nothing was written.")
    return await uninterrupted(_write_through(ctx, name, place, before, old, text, data, edits, note))


async def _write_through(
    ctx: ToolContext,
    name: str,
    place: _Place,
    before: bytes | None,
    old: TextFile,
    text: str,
    data: bytes,
    edits: tuple[Edit, ...],
    note: str,
) -> Output:
    caller, path = ctx.caller, place.relative
    was, now = old.hash, content_hash(data)
    diff, added, removed = await run_blocking(lambda: diff_of(path, old.text, text))
    change = changes.Change(
        call=caller.call, agent=caller.agent, team=caller.team, run=caller.run, path=path, before=was, after=now
    )

    def begin(tx: Tx) -> int:
        intents.begin(tx, caller.call, caller.agent, caller.team, name, path, path=path, before=was, after=now)
        return changes.add(tx, change, before)

    def fail(tx: Tx) -> None:
        changes.drop(tx, number)
        intents.finish(tx, caller.call, "failed", agent=caller.agent, team=caller.team)

    number = await ctx.services.store.transact(begin)
    try:
        await run_blocking(lambda: write_atomic(place.path, data, was))
    except ToolFailed:
        await ctx.services.store.transact(fail)
        raise
    warning = await run_blocking(lambda: _syntax(path, text))
    verb = "Created" if before is None else "Wrote" if name == "file_write" else "Edited"
    result = f"{verb} {path} (+{added} −{removed} lines).{note}{warning}"
    signal = FileChanged(
        call=caller.call,
        path=path,
        before=was,
        after=now,
        added=added,
        removed=removed,
        diff=ctx.services.redactor(diff),
        **ctx.scope(),
    )

    def record(tx: Tx) -> None:
        tx.emit(signal)
        intents.effect(tx, caller.call, result, agent=caller.agent, team=caller.team)
        intents.finish(tx, caller.call, "ok", agent=caller.agent, team=caller.team)

    await ctx.services.store.transact(record)
    _remember(ctx, path, was, now, edits)
    return Output(f"{result}\n{diff}" if name == "file_edit" else result)


def _remember(ctx: ToolContext, path: str, was: str, now: str, edits: tuple[Edit, ...]) -> None:
    """Move claims along and note who changed what. Who was up to date stays so; who was behind stays behind."""
    for edit in edits:
        ctx.claims.moved(path, edit.at, edit.removed, edit.added, by=ctx.caller.agent)
    ctx.services.versions.note(path, Change(was, now, ctx.caller.agent, edits))
    if not was or ctx.session.seen.get(path) == was:
        ctx.session.seen[path] = now


def _syntax(path: str, text: str) -> str:
    """Return a warning when a Python file does not parse; the edit stands."""
    if not path.endswith(".py"):
        return ""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError) as failed:
        line = getattr(failed, "lineno", None)
        return f"\nWarning: {path} does not parse now: {getattr(failed, 'msg', failed)}{f' (line {line})' if line else ''}."
    return ""
