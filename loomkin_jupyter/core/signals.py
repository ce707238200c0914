"""Every kind of thing that happens, declared once: name, payload, publisher, readers.

A signal is a frozen record. Durable signals are written in the transaction that changes the state they tell of and
published after the commit; transient ones (``TRANSIENT``) are published first and journalled in batches. Readers must
skip types they do not know (``Unknown``).
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from loomkin_jupyter.core.usage import Usage

VERSION = 1


class Signal(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=False):
    """The envelope. ``seq`` and ``epoch`` are 0 until the writer or the bus has numbered the signal.

    ``agent`` is an agent's name within ``team``; ``cause`` is the id of the signal, task, call or question that led
    here; ``run`` is the id of the request this belongs to; ``time`` is in seconds since the epoch.
    """

    TRANSIENT: ClassVar[bool] = False
    PUBLISHER: ClassVar[str] = ""
    READERS: ClassVar[str] = "views"

    id: str = ""
    v: int = VERSION
    seq: int = 0
    epoch: int = 0
    time: float = 0.0
    workspace: str = ""
    team: str = ""
    run: str = ""
    agent: str = ""
    cause: str = ""


# --- workspace and system -------------------------------------------------------------------------------------------


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
    PUBLISHER = "bus"
    lost: int


class LogWritten(Signal, frozen=True, kw_only=True, tag="system.notice"):
    """A sentence for people that belongs to no other signal (sandbox missing, model chosen, data loaded again)."""

    PUBLISHER = "every layer"
    text: str


# --- run ------------------------------------------------------------------------------------------------------------


class RunStarted(Signal, frozen=True, kw_only=True, tag="run.started"):
    """``origin`` is cell, cli, sidebar or api; ``labels`` says honestly what is scripted, recorded or a copy."""

    PUBLISHER = "workspace"
    request: str
    model: str = ""
    trust: str = "balanced"
    share: str = "stats"
    limit_usd: float | None = None
    limit_tokens: int | None = None
    origin: str = ""
    cell: str = ""
    labels: list[str] = []


class RunFinished(Signal, frozen=True, kw_only=True, tag="run.finished"):
    """``status``: done, failed, stopped, limit or refused. ``cost_usd`` is None when a price was unknown."""

    PUBLISHER = "workspace"
    status: str
    answer: str = ""
    cost_usd: float | None = 0.0
    tokens: Usage = Usage()
    agents: int = 0
    tasks: int = 0
    decisions: int = 0
    duration_s: float = 0.0
    reason: str = ""


# --- agent ----------------------------------------------------------------------------------------------------------


class AgentSpawned(Signal, frozen=True, kw_only=True, tag="agent.spawned"):
    PUBLISHER = "teams"
    role: str
    model: str = ""
    tier: str = ""
    lead: bool = False
    tools: list[str] = []


class AgentStatusChanged(Signal, frozen=True, kw_only=True, tag="agent.status_changed"):
    PUBLISHER = "agents"
    status: str
    was: str
    reason: str = ""


class ActivityChanged(Signal, frozen=True, kw_only=True, tag="agent.activity_changed"):
    """What a working agent does now: thinking, streaming, tool, permission, approval, answer, kernel, teammate, budget."""

    TRANSIENT = True
    PUBLISHER = "agents"
    activity: str
    detail: str = ""


class AgentRestarted(Signal, frozen=True, kw_only=True, tag="agent.restarted"):
    PUBLISHER = "teams"
    error: str
    restarts: int


class AgentStalled(Signal, frozen=True, kw_only=True, tag="agent.stalled"):
    PUBLISHER = "workspace"
    activity: str
    seconds: float


class GuardTripped(Signal, frozen=True, kw_only=True, tag="agent.guard_tripped"):
    """``action`` is warn or stop."""

    PUBLISHER = "agents"
    guard: str
    action: str
    text: str


class AnswerCorrected(Signal, frozen=True, kw_only=True, tag="agent.answer_corrected"):
    """A malformed model answer went back to the model with ``problem``; ``count`` in a row."""

    PUBLISHER = "agents"
    problem: str
    count: int


# --- model and cost -------------------------------------------------------------------------------------------------


class TextStreamed(Signal, frozen=True, kw_only=True, tag="agent.text_streamed"):
    """A piece of an answer on its way. ``call`` is the model call's id; reasoning is flagged."""

    TRANSIENT = True
    PUBLISHER = "agents"
    call: str
    text: str
    reasoning: bool = False


class AnswerReceived(Signal, frozen=True, kw_only=True, tag="agent.answer_received"):
    PUBLISHER = "agents"
    call: str
    text: str
    tools: list[str] = []
    finish: str = "stop"


class ModelRetried(Signal, frozen=True, kw_only=True, tag="cost.model_retried"):
    PUBLISHER = "agents"
    call: str
    attempt: int
    wait_s: float
    reason: str


class CallMetered(Signal, frozen=True, kw_only=True, tag="cost.call_metered"):
    """One model call's bill. ``cost_nano`` is None when the price is unknown; ``estimated`` marks broken streams."""

    PUBLISHER = "agents"
    call: str
    model: str
    usage: Usage
    cost_nano: int | None
    latency_s: float = 0.0
    first_token_s: float | None = None
    attempts: int = 1
    estimated: bool = False
    purpose: str = "turn"


class RequestSent(Signal, frozen=True, kw_only=True, tag="cost.request_sent"):
    """What left for a model: counts and the digest; ``messages`` is the redacted request for "What was sent"."""

    PUBLISHER = "agents"
    call: str
    model: str
    bytes: int
    messages: str = ""


class BudgetReached(Signal, frozen=True, kw_only=True, tag="cost.budget_reached"):
    """``scope`` is agent, team, run or workspace; the call that would have exceeded it was not made."""

    PUBLISHER = "agents"
    scope: str
    limit: str
    spent: str
    needed: str


# --- tools ----------------------------------------------------------------------------------------------------------


class ToolStarted(Signal, frozen=True, kw_only=True, tag="tool.started"):
    PUBLISHER = "agents"
    call: str
    tool: str
    arguments: str = ""
    task: str = ""


class ToolOutput(Signal, frozen=True, kw_only=True, tag="tool.output"):
    TRANSIENT = True
    PUBLISHER = "tools"
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


# --- approval -------------------------------------------------------------------------------------------------------


class QuestionAsked(Signal, frozen=True, kw_only=True, tag="approval.asked"):
    """A gate for people. ``kind``: permission, spawn, question, budget or release; ``deadline`` is an absolute time."""

    PUBLISHER = "workspace"
    READERS = "views, channels"
    question: str
    handle: str
    kind: str
    title: str
    detail: str = ""
    effect: str = ""
    options: list[str] = []
    deadline: float | None = None
    tool: str = ""
    scopes: list[str] = []
    reversible: bool = True


class QuestionAnswered(Signal, frozen=True, kw_only=True, tag="approval.answered"):
    """``answer``: allow_once, allow_run, always, deny, or free text; ``by``: user, nobody, timeout or stop."""

    PUBLISHER = "workspace"
    question: str
    handle: str
    answer: str
    by: str
    where: str = ""
    reason: str = ""


class PermissionDecided(Signal, frozen=True, kw_only=True, tag="approval.decided"):
    """The audit trail: every decision of the gate, automatic ones too. ``rule`` says what decided."""

    PUBLISHER = "policy"
    call: str
    tool: str
    target: str
    allowed: bool
    rule: str
    reason: str = ""


class GrantChanged(Signal, frozen=True, kw_only=True, tag="approval.grant_changed"):
    """``state`` is made, revoked or expired."""

    PUBLISHER = "policy"
    grant: str
    state: str
    tool: str
    scope: str


# --- task -----------------------------------------------------------------------------------------------------------


class TaskCreated(Signal, frozen=True, kw_only=True, tag="task.created"):
    PUBLISHER = "teams"
    task: str
    title: str
    description: str = ""
    priority: int = 3
    depends_on: list[str] = []


class TaskAssigned(Signal, frozen=True, kw_only=True, tag="task.assigned"):
    PUBLISHER = "teams"
    task: str
    owner: str


class TaskStatusChanged(Signal, frozen=True, kw_only=True, tag="task.status_changed"):
    PUBLISHER = "teams"
    task: str
    status: str
    was: str
    reason: str = ""


class TaskDependencyAdded(Signal, frozen=True, kw_only=True, tag="task.dependency_added"):
    PUBLISHER = "teams"
    task: str
    depends_on: str
    kind: str = "blocks"


class TaskCompleted(Signal, frozen=True, kw_only=True, tag="task.completed"):
    PUBLISHER = "teams"
    task: str
    result: str
    actions_taken: list[str] = []
    discoveries: list[str] = []
    files_changed: list[str] = []
    decisions_made: list[str] = []
    open_questions: list[str] = []


class ReviewRequested(Signal, frozen=True, kw_only=True, tag="task.review_requested"):
    PUBLISHER = "teams"
    task: str = ""
    reviewer: str
    question: str = ""
    path: str = ""


# --- collaboration --------------------------------------------------------------------------------------------------


class TeamStarted(Signal, frozen=True, kw_only=True, tag="team.started"):
    PUBLISHER = "teams"
    name: str
    purpose: str = ""


class TeamDissolved(Signal, frozen=True, kw_only=True, tag="team.dissolved"):
    PUBLISHER = "teams"
    reason: str = ""


class MessageSent(Signal, frozen=True, kw_only=True, tag="collaboration.message_sent"):
    """``message`` is the envelope's id. ``kind`` as in Envelope."""

    PUBLISHER = "teams"
    message: str
    sender: str
    to: str
    kind: str
    text: str
    priority: str = "normal"
    task: str = ""


class MessageConsumed(Signal, frozen=True, kw_only=True, tag="collaboration.message_consumed"):
    """The agent has read these messages: they are part of its history now."""

    PUBLISHER = "agents"
    messages: list[str]


class QueueEdited(Signal, frozen=True, kw_only=True, tag="collaboration.queue_edited"):
    """A person changed a waiting message: ``change`` is edited, deleted, moved or added."""

    PUBLISHER = "teams"
    message: str
    change: str
    text: str = ""


class DiscoveryShared(Signal, frozen=True, kw_only=True, tag="collaboration.discovery_shared"):
    PUBLISHER = "teams"
    content: str
    kind: str = "discovery"
    to: list[str] = []


class RegionClaimed(Signal, frozen=True, kw_only=True, tag="collaboration.region_claimed"):
    PUBLISHER = "teams"
    claim: str
    path: str
    start: int | None = None
    end: int | None = None
    symbol: str = ""
    intent: str = ""


class RegionReleased(Signal, frozen=True, kw_only=True, tag="collaboration.region_released"):
    PUBLISHER = "teams"
    claim: str
    path: str
    reason: str = ""


class ClaimRefused(Signal, frozen=True, kw_only=True, tag="collaboration.claim_refused"):
    """A claim or a write met a region that somebody else holds."""

    PUBLISHER = "teams"
    path: str
    holder: str
    attempt: str


# --- context --------------------------------------------------------------------------------------------------------


class KeeperCreated(Signal, frozen=True, kw_only=True, tag="context.keeper_created"):
    PUBLISHER = "memory"
    keeper: str
    topic: str
    tokens: int
    entries: int = 0
    origin: str = "history"


class ContextRetrieved(Signal, frozen=True, kw_only=True, tag="context.retrieved"):
    PUBLISHER = "memory"
    keepers: list[str]
    mode: str
    query: str = ""


class ContextOffloaded(Signal, frozen=True, kw_only=True, tag="context.offloaded"):
    PUBLISHER = "agents"
    keeper: str
    before_tokens: int
    after_tokens: int
    window: int


# --- decision -------------------------------------------------------------------------------------------------------


class DecisionLogged(Signal, frozen=True, kw_only=True, tag="decision.logged"):
    """A node. ``handle`` is D7; ``auto`` marks what the recorder wrote by itself."""

    PUBLISHER = "memory"
    node: str
    handle: str
    kind: str
    title: str
    description: str = ""
    confidence: int | None = None
    auto: bool = False
    task: str = ""
    variables: list[str] = []
    files: list[str] = []
    cell: str = ""


class DecisionLinked(Signal, frozen=True, kw_only=True, tag="decision.linked"):
    """An edge between two handles."""

    PUBLISHER = "memory"
    source: str
    target: str
    kind: str
    rationale: str = ""


class ConfidenceRevised(Signal, frozen=True, kw_only=True, tag="decision.confidence_revised"):
    PUBLISHER = "memory"
    handle: str
    was: int | None
    confidence: int
    reason: str = ""
    by: str = ""


class DecisionStatusChanged(Signal, frozen=True, kw_only=True, tag="decision.status_changed"):
    PUBLISHER = "memory"
    handle: str
    status: str
    was: str


class DoubtSpread(Signal, frozen=True, kw_only=True, tag="decision.doubt_spread"):
    """Nodes that rest on a doubtful one: ``flagged`` handles, ``paths`` as D1 → D2 texts, same order."""

    PUBLISHER = "memory"
    READERS = "views, teams (tells the agents)"
    handle: str
    flagged: list[str]
    paths: list[str]


class DoubtCleared(Signal, frozen=True, kw_only=True, tag="decision.doubt_cleared"):
    PUBLISHER = "memory"
    handle: str
    cleared: list[str]


class Unknown(Signal, frozen=True, kw_only=True, tag="unknown"):
    """A stored signal of a type this version does not know: kept as it was, skipped by views."""

    name: str
    payload: dict[str, Any] = {}


def _all() -> tuple[type[Signal], ...]:
    found: list[type[Signal]] = [s for s in Signal.__subclasses__() if s is not Unknown]
    return tuple(found)


SIGNALS: tuple[type[Signal], ...] = _all()
BY_TYPE: dict[str, type[Signal]] = {str(s.__struct_config__.tag): s for s in SIGNALS}
_ENCODER = msgspec.json.Encoder()
_DECODERS: dict[str, msgspec.json.Decoder[Signal]] = {
    name: msgspec.json.Decoder(kind) for name, kind in BY_TYPE.items()
}


class _Head(msgspec.Struct):
    type: str
    v: int = VERSION


_HEAD = msgspec.json.Decoder(_Head)


def type_of(signal: Signal) -> str:
    """Return the dotted name, such as ``run.finished``."""
    return str(signal.__struct_config__.tag)


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
