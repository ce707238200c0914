"""What every agent of a workspace is given, put together by ``workspace/build.py``; and what an agent asks of its team."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec

from loomkin_jupyter.agents.prompt import Surroundings
from loomkin_jupyter.agents.roles import BUILT_IN, Role
from loomkin_jupyter.core.errors import StoreError
from loomkin_jupyter.core.messages import Envelope
from loomkin_jupyter.core.ports import Caller, HumanPort, KernelPort, ModelPort, NotebookPort
from loomkin_jupyter.policy.budget import Budget
from loomkin_jupyter.policy.run_policy import RunPolicy
from loomkin_jupyter.runtime.bus import Bus
from loomkin_jupyter.runtime.schedule import Schedule
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.tools.context import Services, ToolContext
from loomkin_jupyter.tools.registry import Registry
from loomkin_jupyter.tools.run import Toolbox


class AgentSpec(msgspec.Struct, frozen=True, kw_only=True):
    """An agent to be made. An empty name takes the role's; an empty model the one of the role's tier.

    ``role`` is the name of a role in ``Kit.roles``. ``run`` is the request it was made for.
    """

    role: str
    name: str = ""
    model: str = ""
    lead: bool = False
    purpose: str = ""
    run: str = ""


class TurnEnd(msgspec.Struct, frozen=True, kw_only=True):
    """How a turn ended: answered, failed, limit, refused or stopped. ``text`` is the answer or the account."""

    status: str
    text: str = ""
    reason: str = ""
    run: str = ""


def no_text() -> str:
    """Return nothing: the default where the workspace has nothing to say."""
    return ""


@dataclass(slots=True)
class Kit:
    """The shared parts. Functions are asked at each use, so that what they name can change while agents run.

    ``policy_of(run)`` is the run's policy; ``model_of(role, run)`` the model of a role's tier in that run;
    ``cell_of(run)`` is the cell that asked.
    ``schedule`` wakes who has a scheduled message.
    ``rules``, ``variables`` and ``notebook_text`` are texts for the prompt; ``decisions(run)`` the graph's context.
    """

    services: Services
    models: ModelPort
    budget: Budget
    registry: Registry
    toolbox: Toolbox
    human: HumanPort
    kernel: KernelPort
    notebook: NotebookPort
    root: Path
    bus: Bus
    policy_of: Callable[[str], RunPolicy]
    model_of: Callable[[Role, str], str]
    cell_of: Callable[[str], str] = lambda run: ""
    decisions: Callable[[str], str] = lambda run: ""
    rules: Callable[[], str] = no_text
    variables: Callable[[], str] = no_text
    notebook_text: Callable[[], str] = no_text
    schedule: Schedule = field(default_factory=Schedule)
    roles: dict[str, Role] = field(default_factory=lambda: dict(BUILT_IN))


class TeamPort(Protocol):
    """What an agent asks of its team."""

    @property
    def name(self) -> str:
        """The team's name."""
        ...

    def surroundings(self, agent: str, run: str) -> Surroundings:
        """Return what the agent's prompt tells of the world."""
        ...

    def orchestrating(self, agent: str) -> bool:
        """Return whether the agent is a lead with specialists."""
        ...

    def tool_context(self, agent: str, caller: Caller) -> ToolContext:
        """Return what the agent's tools are given."""
        ...

    def may_take(self, agent: str, envelope: Envelope) -> bool:
        """Return whether the envelope's turn has come (a request waits until the one before has ended)."""
        ...

    def task_of(self, agent: str) -> str:
        """Return the handle of the task the agent works on, or ''."""
        ...

    def taking(self, tx: Tx, agent: str, envelopes: Sequence[Envelope]) -> None:
        """Write, in the transaction that puts envelopes into the history, what reading them begins."""
        ...

    def taken(self, agent: str, envelopes: Sequence[Envelope]) -> None:
        """Follow after that transaction's commit."""
        ...

    def turn_ended(self, agent: str, end: TurnEnd) -> Awaitable[None]:
        """Hear how a turn ended; committed before the agent takes its next message."""
        ...

    async def goes_on(self, run: str) -> bool:
        """Wait until it is decided whether a run of an earlier process goes on; return whether it does."""
        ...

    def store_failed(self, agent: str, failed: StoreError) -> None:
        """Hear that nothing can be kept: the team stands still until it is resumed."""
        ...

    def touched(self) -> None:
        """Hear that something changed that may bring the run to its end."""
        ...
