"""What a tool is given: who calls, what it may use, and what this agent's earlier calls left behind.

Built by the workspace for each agent; nothing in it can be set by a model. Owns no resources.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loomkin_jupyter.core.clock import Clock
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.ports import (
    AgentPeek,
    Caller,
    ClaimsPort,
    CommsPort,
    HumanPort,
    KernelPort,
    NotebookPort,
    SpawnPort,
    TasksPort,
)
from loomkin_jupyter.core.redaction import Redactor
from loomkin_jupyter.core.settings import BY_KEY
from loomkin_jupyter.core.signals import Signal, ToolOutput
from loomkin_jupyter.core.status import Sharing
from loomkin_jupyter.tools.versions import FileVersions

if TYPE_CHECKING:
    from loomkin_jupyter.memory.graph.graph import Graph
    from loomkin_jupyter.memory.keepers import Keepers
    from loomkin_jupyter.policy.gate import Decision, Gate
    from loomkin_jupyter.policy.paths import Confinement
    from loomkin_jupyter.policy.release import ReleaseGate
    from loomkin_jupyter.policy.run_policy import RunPolicy
    from loomkin_jupyter.policy.sandbox import SandboxState
    from loomkin_jupyter.project.code.repo_map import RepoMap
    from loomkin_jupyter.runtime.limits import Slots
    from loomkin_jupyter.store.store import Store
    from loomkin_jupyter.store.transaction import Tx


@dataclass(slots=True)
class AgentSession:
    """What persists for one agent between calls: working directory, exported variables, files it has read.

    ``seen`` maps a path relative to the project to the hash of the content the agent knows. ``environment`` is None
    until a command ran; then it is the whole environment that command left behind.
    """

    cwd: Path
    environment: dict[str, str] | None = None
    seen: dict[str, str] = field(default_factory=dict[str, str])
    last_question: float | None = None


@dataclass(slots=True)
class Services:
    """What all agents of a workspace share. ``setting`` returns a setting's value by its key."""

    store: Store
    clock: Clock
    graph: Graph
    keepers: Keepers
    gate: Gate
    release: ReleaseGate
    confinement: Confinement
    slots: Slots
    redactor: Redactor
    sandbox: SandboxState
    publish: Callable[[Signal], None]
    code: RepoMap
    setting: Callable[[str], Any] = lambda key: BY_KEY[key].default
    versions: FileVersions = field(default_factory=FileVersions)


@dataclass(slots=True)
class ToolContext:
    """One agent's view. ``caller.call`` names the call under way; everything else is the same from call to call.

    ``policy`` is the run's own; ``share`` its sharing level; ``local_model``: the model runs on this machine and may
    see everything; ``orchestrating``: a lead with specialists, who keeps only reading, coordinating and talking. ``decision`` and
    ``approved`` (real paths the gate has judged) are set by the pipeline for the call under way.
    """

    caller: Caller
    root: Path
    services: Services
    session: AgentSession
    kernel: KernelPort
    notebook: NotebookPort
    tasks: TasksPort
    comms: CommsPort
    claims: ClaimsPort
    spawn: SpawnPort
    human: HumanPort
    peek: AgentPeek
    policy: RunPolicy
    local_model: bool = False
    orchestrating: bool = False
    cell: str = ""
    decision: Decision | None = None
    approved: frozenset[Path] = frozenset()

    @property
    def share(self) -> Sharing:
        """What of the data this call's model may see."""
        return "full" if self.local_model else self.policy.share

    def for_call(self, call: str) -> ToolContext:
        """Return the same view for another call."""
        return replace(self, caller=replace_caller(self.caller, call=call), decision=None, approved=frozenset())

    def output(self, text: str) -> None:
        """Show a piece of what the tool prints, while it prints it; secrets are taken out."""
        shown = self.services.redactor(text)
        caller = self.caller
        self.services.publish(
            ToolOutput(
                call=caller.call, text=shown, team=caller.team, agent=caller.agent, run=caller.run, cause=caller.call
            )
        )

    def tool_effect(self, tx: Tx, text: str) -> None:
        """Note the result text in the transaction of the change itself, so that a kill between the two cannot repeat it."""
        tx.effect(self.caller.call, text)

    def scope(self) -> JsonObject:
        """Return the fields of a signal that say where it belongs."""
        caller = self.caller
        return {"team": caller.team, "agent": caller.agent, "run": caller.run, "cause": caller.call}


def replace_caller(caller: Caller, **changes: str) -> Caller:
    """Return the caller with other fields."""
    fields = {name: getattr(caller, name) for name in caller.__struct_fields__}
    return Caller(**{**fields, **changes})
