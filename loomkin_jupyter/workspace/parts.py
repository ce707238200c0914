"""The parts of one open workspace, as ``build.py`` has put them together. Data only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loomkin_jupyter.agents.kit import Kit
from loomkin_jupyter.core.clock import Clock
from loomkin_jupyter.core.ports import KernelPort, ModelPort, NotebookPort
from loomkin_jupyter.memory.graph.graph import Graph
from loomkin_jupyter.memory.keepers import Keepers
from loomkin_jupyter.memory.recorder import Recorder
from loomkin_jupyter.models.keys import Keys
from loomkin_jupyter.policy.budget import Budget
from loomkin_jupyter.policy.gate import Gate
from loomkin_jupyter.policy.release import ReleaseGate
from loomkin_jupyter.policy.sandbox import SandboxState
from loomkin_jupyter.policy.trust import FolderTrust
from loomkin_jupyter.project.settings import Settings
from loomkin_jupyter.runtime.bus import Bus
from loomkin_jupyter.runtime.schedule import Schedule
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.tools.registry import Registry
from loomkin_jupyter.tools.run import Toolbox
from loomkin_jupyter.workspace.questions import Questions
from loomkin_jupyter.workspace.runs import Runs


@dataclass(slots=True)
class Parts:
    """Everything a workspace owns. ``reload`` reads settings, rules and trust again and puts them into force;
    ``stored`` are the workspace's own settings by key, which ``reload`` reads too. ``let_go`` ends what was made here.
    """

    root: Path
    workspace_id: str
    clock: Clock
    bus: Bus
    store: Store
    settings: Settings
    stored: dict[str, Any]
    keys: Keys
    sandbox: SandboxState
    trust: FolderTrust
    graph: Graph
    keepers: Keepers
    recorder: Recorder
    registry: Registry
    toolbox: Toolbox
    gate: Gate
    budget: Budget
    release: ReleaseGate
    questions: Questions
    models: ModelPort
    kernel: KernelPort
    notebook: NotebookPort
    runs: Runs
    kit: Kit
    schedule: Schedule
    look_at_variables: Callable[[], Awaitable[None]]
    reload: Callable[[], None]
    let_go: Callable[[], None]
