"""Calls of tools, and what they changed or proposed to change."""

from __future__ import annotations

from loomkin_jupyter.core.signals.base import Signal


class ToolStarted(Signal, frozen=True, kw_only=True, tag="tool.started"):
    PUBLISHER = "agents"
    call: str
    tool: str
    arguments: str = ""
    task: str = ""


class ToolOutput(Signal, frozen=True, kw_only=True, tag="tool.output"):
    TRANSIENT = True
    PUBLISHER = "tools"
    READERS = "workspace (the watchdog: a tool that prints is not stalled)"
    call: str
    text: str


class ToolFinished(Signal, frozen=True, kw_only=True, tag="tool.finished"):
    """``status``: ok, failed, refused, interrupted or cancelled."""

    PUBLISHER = "agents"
    call: str
    tool: str
    status: str
    summary: str = ""
    duration_s: float = 0.0
    keeper: str = ""


class FileChanged(Signal, frozen=True, kw_only=True, tag="tool.file_changed"):
    """A tool wrote a file. Hashes are SHA-256 of the bytes, empty where there is no file."""

    PUBLISHER = "tools"
    call: str
    path: str
    before: str
    after: str
    added: int = 0
    removed: int = 0
    diff: str = ""


class CellProposed(Signal, frozen=True, kw_only=True, tag="tool.cell_proposed"):
    PUBLISHER = "tools"
    call: str
    proposal: str
    action: str
    cell: str = ""
    position: int | None = None
    source: str = ""
    before: str = ""
    reason: str = ""


class ChangeUndone(Signal, frozen=True, kw_only=True, tag="tool.change_undone"):
    PUBLISHER = "workspace"
    path: str
    by: str
