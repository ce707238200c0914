"""The workspace and the system under it: opened, taken over, closed; settings, errors, notices, lost signals."""

from __future__ import annotations

from loomkin_jupyter.core.signals.base import Signal


class WorkspaceOpened(Signal, frozen=True, kw_only=True, tag="workspace.opened"):
    PUBLISHER = "workspace"
    root: str
    database: str
    host: str
    pid: int
    sandbox: str = ""


class WorkspaceResumed(Signal, frozen=True, kw_only=True, tag="workspace.resumed"):
    """A new process took the workspace over; ``interrupted`` says in words what was cut off."""

    PUBLISHER = "workspace"
    agents: list[str] = []
    tasks: list[str] = []
    interrupted: list[str] = []
    lost_variables: list[str] = []


class WorkspaceClosed(Signal, frozen=True, kw_only=True, tag="workspace.closed"):
    PUBLISHER = "workspace"
    READERS = "journal"


class SettingChanged(Signal, frozen=True, kw_only=True, tag="workspace.setting_changed"):
    PUBLISHER = "workspace"
    key: str
    value: str
    source: str = ""


class ErrorReported(Signal, frozen=True, kw_only=True, tag="system.error"):
    """Something failed that a person should know; ``remedy`` says what to do."""

    PUBLISHER = "every layer"
    where: str
    message: str
    remedy: str = ""


class GapMarked(Signal, frozen=True, kw_only=True, tag="system.gap"):
    """A slow subscriber lost ``lost`` signals and should take a snapshot."""

    TRANSIENT = True
    PUBLISHER = "runtime"
    READERS = "whoever subscribed"
    lost: int


class LogWritten(Signal, frozen=True, kw_only=True, tag="system.notice"):
    """A sentence for people that belongs to no other signal (sandbox missing, model chosen, data loaded again)."""

    PUBLISHER = "every layer"
    text: str
