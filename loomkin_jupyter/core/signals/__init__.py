"""Every kind of thing that happens, declared once by family; here is the one list of them, and their JSON form.

A signal is a frozen record: name, payload, publisher, readers. Durable signals are written in the transaction that
changes the state they tell of and published after the commit; transient ones (``TRANSIENT``) are published first and
journalled in batches. Readers must skip types they do not know (``Unknown``).
"""

from __future__ import annotations

from typing import Any

import msgspec

from loomkin_jupyter.core.signals.agents import (
    ActivityChanged,
    AgentRestarted,
    AgentSpawned,
    AgentStalled,
    AgentStatusChanged,
    AnswerCorrected,
    GuardTripped,
)
from loomkin_jupyter.core.signals.approvals import (
    GrantChanged,
    PermissionDecided,
    QuestionAnswered,
    QuestionAsked,
)
from loomkin_jupyter.core.signals.base import VERSION, Signal, Unknown, type_of
from loomkin_jupyter.core.signals.collaboration import (
    ClaimRefused,
    DiscoveryShared,
    MessageConsumed,
    MessageSent,
    QueueEdited,
    RegionClaimed,
    RegionReleased,
    TeamStarted,
)
from loomkin_jupyter.core.signals.context import (
    ContextOffloaded,
    ContextRetrieved,
    KeeperCreated,
)
from loomkin_jupyter.core.signals.decisions import (
    ConfidenceRevised,
    DecisionLinked,
    DecisionLogged,
    DecisionStatusChanged,
    DoubtCleared,
    DoubtSpread,
)
from loomkin_jupyter.core.signals.models import (
    AnswerReceived,
    BudgetReached,
    CallMetered,
    ModelRetried,
    RequestSent,
    TextStreamed,
)
from loomkin_jupyter.core.signals.runs import (
    RunFinished,
    RunStarted,
)
from loomkin_jupyter.core.signals.tasks import (
    ReviewRequested,
    TaskAssigned,
    TaskCompleted,
    TaskCreated,
    TaskDependencyAdded,
    TaskStatusChanged,
)
from loomkin_jupyter.core.signals.tools import (
    CellProposed,
    ChangeUndone,
    FileChanged,
    ToolFinished,
    ToolOutput,
    ToolStarted,
)
from loomkin_jupyter.core.signals.workspace import (
    ErrorReported,
    GapMarked,
    LogWritten,
    SettingChanged,
    WorkspaceClosed,
    WorkspaceOpened,
    WorkspaceResumed,
)

SIGNALS: tuple[type[Signal], ...] = (
    WorkspaceOpened,
    WorkspaceResumed,
    WorkspaceClosed,
    SettingChanged,
    ErrorReported,
    GapMarked,
    LogWritten,
    RunStarted,
    RunFinished,
    AgentSpawned,
    AgentStatusChanged,
    ActivityChanged,
    AgentRestarted,
    AgentStalled,
    GuardTripped,
    AnswerCorrected,
    TextStreamed,
    AnswerReceived,
    ModelRetried,
    CallMetered,
    RequestSent,
    BudgetReached,
    ToolStarted,
    ToolOutput,
    ToolFinished,
    FileChanged,
    CellProposed,
    ChangeUndone,
    QuestionAsked,
    QuestionAnswered,
    PermissionDecided,
    GrantChanged,
    TaskCreated,
    TaskAssigned,
    TaskStatusChanged,
    TaskDependencyAdded,
    TaskCompleted,
    ReviewRequested,
    TeamStarted,
    MessageSent,
    MessageConsumed,
    QueueEdited,
    DiscoveryShared,
    RegionClaimed,
    RegionReleased,
    ClaimRefused,
    KeeperCreated,
    ContextRetrieved,
    ContextOffloaded,
    DecisionLogged,
    DecisionLinked,
    ConfidenceRevised,
    DecisionStatusChanged,
    DoubtSpread,
    DoubtCleared,
)
BY_TYPE: dict[str, type[Signal]] = {type_of(kind): kind for kind in SIGNALS}
_ENCODER = msgspec.json.Encoder()
_DECODERS: dict[str, msgspec.json.Decoder[Signal]] = {
    name: msgspec.json.Decoder(kind) for name, kind in BY_TYPE.items()
}


class _Head(msgspec.Struct):
    type: str
    v: int = VERSION


_HEAD = msgspec.json.Decoder(_Head)


def encode(signal: Signal) -> bytes:
    """Return the signal as one JSON object with ``type`` and ``v``."""
    if isinstance(signal, Unknown):
        return _ENCODER.encode(signal.payload)
    return _ENCODER.encode(signal)


def decode(data: bytes | str) -> Signal:
    """Return the signal of a JSON text; an unknown type or version becomes ``Unknown`` and keeps its payload.

    :raises msgspec.DecodeError: when ``data`` is no JSON object with a ``type``.
    """
    head = _HEAD.decode(data)
    decoder = _DECODERS.get(head.type)
    if decoder is not None and head.v <= VERSION:
        try:
            return decoder.decode(data)
        except msgspec.ValidationError:
            pass  # a damaged or foreign payload is kept, not lost
    payload: dict[str, Any] = msgspec.json.decode(data)
    envelope = {
        k: payload[k]
        for k in ("id", "seq", "epoch", "time", "workspace", "team", "run", "agent", "cause")
        if k in payload
    }
    try:
        return msgspec.convert({"type": "unknown", "name": head.type, "payload": payload, **envelope}, Unknown)
    except msgspec.ValidationError:
        return Unknown(name=head.type, payload=payload)
