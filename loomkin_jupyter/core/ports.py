"""Ports: what a lower layer asks of a higher one. Implemented above, put in by ``workspace/build.py`` and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from loomkin_jupyter.core.messages import EnvelopeKind, Handoff, JsonObject, Priority, ToolCall
from loomkin_jupyter.core.status import TaskStatus
from loomkin_jupyter.core.usage import Price, Usage

T = TypeVar("T")


# --- models ---------------------------------------------------------------------------------------------------------


class ModelLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a model. ``window`` and ``max_output`` in tokens.

    ``local`` providers cost 0; what ``loopback`` endpoints are told never leaves this machine.
    """

    model: str
    window: int = 128_000
    max_output: int = 4_096
    tools: bool = True
    vision: bool = False
    price: Price = Price()
    local: bool = False
    loopback: bool = False
    known: bool = False


class ModelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One call. ``messages`` and ``tools`` are in the OpenAI chat format; ``max_output`` in tokens."""

    id: str
    model: str
    messages: list[JsonObject]
    tools: list[JsonObject] = []
    max_output: int = 4_096
    temperature: float | None = None
    agent: str = ""
    purpose: str = "turn"


class TextDelta(msgspec.Struct, frozen=True):
    """A piece of the answer; at most about 30 per second and call."""

    text: str
    reasoning: bool = False


class Retrying(msgspec.Struct, frozen=True):
    """The client will try again; text streamed so far no longer counts."""

    attempt: int
    wait_s: float
    reason: str


class ModelAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer and its bill; always the last event of a stream.

    ``finish`` is stop, tool_calls, length, filtered, or refused: nothing here can do what was asked, the text says what
    to do instead, and the run ends with status ``refused``.
    ``cost_nano`` is None when the price is unknown. ``wasted`` are bills of broken attempts (usage, cost), estimated.
    """

    text: str
    calls: tuple[ToolCall, ...] = ()
    finish: str = "stop"
    reasoning: str = ""
    model: str = ""
    usage: Usage = Usage()
    cost_nano: int | None = 0
    estimated: bool = False
    attempts: int = 1
    latency_s: float = 0.0
    first_token_s: float | None = None
    wasted: tuple[tuple[Usage, int | None], ...] = ()


ModelEvent = TextDelta | Retrying | ModelAnswer


class ModelPort(Protocol):
    """A model provider or the router in front of several."""

    def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Yield events, the last one a ModelAnswer.

        :raises ModelFailed: when the call failed for good. Closing the iterator cancels the call.
        """
        ...

    async def limits(self, model: str) -> ModelLimits:
        """Return window, output limit, price and abilities of ``model``."""
        ...

    async def count(self, model: str, text: str) -> int:
        """Return the tokens of ``text`` (an estimate where the tokenizer is unknown)."""
        ...

    async def close(self) -> None:
        """Release processes and connections."""
        ...


# --- people ---------------------------------------------------------------------------------------------------------

QuestionKind = Literal["permission", "spawn", "question", "budget", "release"]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Something only a person may decide. ``timeout_s`` from now; a time-out is never yes."""

    kind: QuestionKind
    title: str
    detail: str = ""
    effect: str = ""
    options: tuple[str, ...] = ()
    timeout_s: float | None = 300.0
    agent: str = ""
    team: str = ""
    run: str = ""
    tool: str = ""
    call: str = ""
    scopes: tuple[str, ...] = ()
    reversible: bool = True


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """``choice``: allow_once, allow_run, always, deny, or free text. ``by``: user, nobody, timeout, stop.

    ``scope`` is the chosen scope of *always*; ``reason`` is what the agent reads after a *deny*.
    """

    choice: str
    by: str = "user"
    where: str = ""
    reason: str = ""
    scope: str = ""

    @property
    def allowed(self) -> bool:
        """Whether this is one of the three ways of saying yes."""
        return self.choice in ("allow_once", "allow_run", "always")


class HumanPort(Protocol):
    """Reaches the person, wherever they are."""

    async def ask(self, question: Question) -> Answer:
        """Persist and publish the question, wait for the first answer from any face; *no* at once if nobody can answer."""
        ...


# --- the live kernel ------------------------------------------------------------------------------------------------


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """What a piece of code did. ``value`` is the repr of the last expression, '' if there was none."""

    ok: bool
    value: str = ""
    stdout: str = ""
    error: str = ""
    changed: tuple[str, ...] = ()
    duration_s: float = 0.0


class KernelPort(Protocol):
    """The user's namespace. Everything runs on its main thread, between cells, one thing at a time."""

    @property
    def live(self) -> bool:
        """Whether there is a notebook kernel behind it (False: a namespace of the command line)."""
        ...

    def names(self) -> Sequence[str]:
        """Return the user's variables as they were when the last cell began or ended; never waits, from any thread."""
        ...

    async def call(self, work: Callable[[dict[str, Any]], T], *, agent: str, limit_s: float = 0.2) -> T:
        """Run a short read ``work(namespace)`` and return its value; it must copy out what it returns."""
        ...

    async def evaluate(self, code: str, *, agent: str, limit_s: float = 10.0) -> Evaluation:
        """Run code in the namespace; leaves In, Out, ``_`` and the execution count alone."""
        ...


class NotebookPort(Protocol):
    """The notebook this workspace belongs to."""

    @property
    def path(self) -> str:
        """Its path relative to the project, or ''."""
        ...

    def propose(self, proposal: JsonObject) -> None:
        """Show a proposed change of a cell to the person; never changes a cell by itself."""
        ...


# --- the team -------------------------------------------------------------------------------------------------------


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """A task as tools and views see it. ``depends_on`` are handles; ``kind`` of each dependency in the same order."""

    handle: str
    title: str
    description: str = ""
    status: TaskStatus = "pending"
    owner: str = ""
    priority: int = 3
    depends_on: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    handoff: Handoff | None = None
    created_by: str = ""
    run: str = ""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls, from the runtime and never from the model. ``call`` is the tool call's id (idempotency key)."""

    team: str
    agent: str
    role: str
    run: str
    call: str
    task: str = ""


class TasksPort(Protocol):
    """The team's plan. Errors the model can mend are ToolRetry or ToolFailed."""

    async def create(
        self, caller: Caller, title: str, description: str = "", priority: int = 3, depends_on: Sequence[str] = ()
    ) -> TaskView: ...
    async def assign(self, caller: Caller, handle: str, agent: str) -> TaskView: ...
    async def create_and_assign(
        self, caller: Caller, title: str, description: str, agent: str, priority: int | None = None
    ) -> TaskView: ...
    async def complete(self, caller: Caller, handle: str, handoff: Handoff) -> TaskView: ...
    async def request_review(self, caller: Caller, handle: str, path: str, question: str) -> str: ...
    def get(self, handle: str) -> TaskView: ...
    def all(self, run: str = "") -> list[TaskView]: ...


class Receipt(msgspec.Struct, frozen=True):
    """What became of a message: delivered, queued, paused, dead or unknown; ``ahead`` messages wait before it."""

    state: str
    ahead: int = 0
    note: str = ""


class CommsPort(Protocol):
    """Messages between agents of a team, and to the user."""

    async def send(
        self,
        sender: str,
        to: str,
        text: str,
        *,
        kind: EnvelopeKind = "message",
        priority: Priority = "normal",
        task: str = "",
        run: str = "",
        effect: tuple[str, str] | None = None,
    ) -> Receipt:
        """Persist, then deliver. ``effect`` = (call id, tool result) is recorded in the same transaction."""
        ...

    async def discover(self, caller: Caller, content: str, kind: str) -> list[str]:
        """Tell the teammates it concerns; return their names."""
        ...

    def names(self) -> list[str]:
        """Return every address of the team."""
        ...


class ClaimView(msgspec.Struct, frozen=True, kw_only=True):
    """A held region: 1-based inclusive lines, or None for the whole file."""

    id: str
    path: str
    holder: str
    start: int | None = None
    end: int | None = None
    symbol: str = ""
    intent: str = ""


class ClaimsPort(Protocol):
    """Who may write which part of a file. Paths are relative to the project, with forward slashes."""

    async def claim(
        self,
        caller: Caller,
        path: str,
        start: int | None = None,
        end: int | None = None,
        symbol: str = "",
        intent: str = "",
    ) -> ClaimView: ...
    async def release(self, caller: Caller, path: str) -> int: ...
    def check_write(self, caller: Caller, path: str, start: int | None, end: int | None) -> None:
        """Raise ToolFailed naming the holder when lines ``start``–``end`` (None: the whole file) belong to another."""
        ...

    def moved(self, path: str, at: int, removed: int, added: int, *, by: str = "") -> None:
        """Tell that ``removed`` lines from line ``at`` (1-based) became ``added`` lines: regions below move along."""
        ...

    def held(self, path: str = "") -> list[ClaimView]: ...


class SpawnSpec(msgspec.Struct, frozen=True):
    """One agent to be made: a role, and a name or '' for the role's default."""

    role: str
    name: str = ""


class SpawnPort(Protocol):
    """Growing and looking at the team."""

    async def spawn(self, caller: Caller, team_name: str, purpose: str, roles: Sequence[SpawnSpec]) -> list[str]:
        """Pass the spawn gate, start the agents, return their names; ToolFailed when refused."""
        ...

    def progress(self) -> str:
        """Return who does what, tasks and cost, as text for a model."""
        ...


class AgentPeek(Protocol):
    """Reading other agents' minds: live history and what was offloaded."""

    def history_of(self, agent: str) -> list[str] | None:
        """Return the live entries of ``agent`` as text in order, or None when nobody has that name."""
        ...


class ModelLedger(Protocol):
    """Where the loop asks for money. Implemented by ``policy/budget.py``."""

    async def reserve(
        self, agent: str, run: str, prompt_tokens: int, max_output: int, limits: ModelLimits
    ) -> tuple[str, int]:
        """Return (reservation id, allowed output tokens), waiting for other reservations; raises LimitReached."""
        ...


class AnswerBill(msgspec.Struct, frozen=True, kw_only=True):
    """One metered call as the ledger keeps it."""

    call: str
    agent: str
    run: str
    model: str
    usage: Usage
    cost_nano: int | None
    estimated: bool = False
    purpose: str = "turn"
