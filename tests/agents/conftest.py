"""A real team over a real store, gateway and loopback endpoint; only the model is scripted."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.agents.kit import AgentSpec, Kit
from loomkin_jupyter.core.clock import SYSTEM_CLOCK, Clock
from loomkin_jupyter.core.ports import Evaluation
from loomkin_jupyter.core.redaction import Redactor
from loomkin_jupyter.core.settings import BY_KEY
from loomkin_jupyter.core.signals import Signal
from loomkin_jupyter.memory.graph.graph import Graph
from loomkin_jupyter.memory.keepers import Keepers
from loomkin_jupyter.models.client import GatewayClient
from loomkin_jupyter.policy.budget import Budget, Limits
from loomkin_jupyter.policy.gate import Gate
from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.policy.release import ReleaseGate
from loomkin_jupyter.policy.run_policy import RunPolicy
from loomkin_jupyter.policy.sandbox import SandboxState
from loomkin_jupyter.runtime.bus import Bus
from loomkin_jupyter.runtime.limits import Slots
from loomkin_jupyter.runtime.schedule import Schedule
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.teams.quiet import RunOutcome
from loomkin_jupyter.teams.team import Team
from loomkin_jupyter.testing.person import Person
from loomkin_jupyter.testing.script import Step, steps
from loomkin_jupyter.testing.scripted import ScriptedServer
from loomkin_jupyter.tools.code import project_code
from loomkin_jupyter.tools.context import Services
from loomkin_jupyter.tools.registry import Registry
from loomkin_jupyter.tools.run import Toolbox
from loomkin_jupyter.workspace.namespace import NoNotebook
from tests.agents.model import OwnModel


class EmptyKernel:
    """A namespace without variables."""

    live = False

    def names(self) -> list[str]:
        return []

    async def call(self, work: Any, *, agent: str, limit_s: float = 0.2) -> Any:
        return work({})

    async def evaluate(self, code: str, *, agent: str, limit_s: float = 10.0) -> Evaluation:
        return Evaluation(ok=True)


@dataclass
class World:
    """A team and everything around it, with every signal that was published."""

    team: Team
    kit: Kit
    store: Store
    root: Path
    person: Person
    server: ScriptedServer | OwnModel
    settings: dict[str, Any]
    signals: list[Signal] = field(default_factory=list[Signal])
    outcomes: list[RunOutcome] = field(default_factory=list[RunOutcome])

    def script(self, script: dict[str, Sequence[Step]]) -> None:
        """Set what the model answers, by agent."""
        self.server.script = steps(script)

    async def request(self, text: str = "Do it.", run: str = "run_1") -> RunOutcome:
        """Ask and wait for the end."""
        await self.begin(text, run)
        return await self.team.outcome(run)

    async def begin(self, text: str = "Do it.", run: str = "run_1") -> None:
        """Ask; the lead is made when there is none."""
        if not self.team.roster.lead:
            await self.team.seats.start(AgentSpec(role="lead", run=run))
        await self.team.ask(run, text)

    async def until(self, holds: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait for a condition on the signals, woken by each of them."""
        changed = asyncio.Event()
        listener = self.kit.bus.listen(lambda _: changed.set())
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    changed.clear()
                    await changed.wait()
        finally:
            listener.close()

    def of(self, kind: type[Signal]) -> list[Any]:
        """Return the signals of a kind, in order."""
        return [signal for signal in self.signals if isinstance(signal, kind)]


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    """A scripted endpoint; each test sets its script."""
    with ScriptedServer() as running:
        yield running


def make_kit(
    store: Store,
    root: Path,
    server: ScriptedServer | OwnModel,
    person: Person,
    settings: dict[str, Any],
    clock: Clock = SYSTEM_CLOCK,
) -> Kit:
    """Put real parts together."""
    bus = Bus(clock, store.numbering)
    path = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    confinement = Confinement(root)
    services = Services(
        store=store,
        clock=clock,
        graph=Graph(store),
        keepers=Keepers(store),
        gate=Gate(store, confinement),
        release=ReleaseGate(store),
        confinement=confinement,
        slots=Slots(),
        redactor=Redactor(["a-very-secret-value"]),
        sandbox=SandboxState("none", "tests"),
        publish=lambda signal: (bus.publish(signal), None)[1],
        code=project_code(confinement),
        setting=lambda key: settings.get(key, BY_KEY[key].default),
    )
    registry = Registry.load()
    return Kit(
        services=services,
        models=server
        if isinstance(server, OwnModel)
        else GatewayClient(environment={**path, **server.environment()}, attempts=2, seed=1),
        budget=Budget(store, Limits(run_usd=5.0)),
        registry=registry,
        toolbox=Toolbox(registry),
        human=person,
        kernel=EmptyKernel(),  # type: ignore[arg-type]
        notebook=NoNotebook(),
        root=root,
        bus=bus,
        schedule=Schedule(clock),
        policy_of=lambda run: RunPolicy(run=run, preset=settings.get("preset", "full")),
        model_of=lambda role, run: "openai/gpt-4o-mini",
    )


@pytest.fixture
async def world(tmp_path: Path, server: ScriptedServer) -> AsyncIterator[World]:
    """An open team without agents."""
    async with opened(tmp_path, server) as made:
        yield made


@pytest.fixture
async def quick(tmp_path: Path) -> AsyncIterator[World]:
    """A team whose model runs in the test's own loop."""
    async with opened(tmp_path, OwnModel()) as made:
        yield made


@contextlib.asynccontextmanager
async def opened(
    tmp_path: Path, server: ScriptedServer | OwnModel, clock: Clock = SYSTEM_CLOCK
) -> AsyncGenerator[World]:
    """A team on ``tmp_path``; opened again there it finds what was committed."""
    root = tmp_path / "project"
    root.mkdir(exist_ok=True)
    store = Store.open(tmp_path / "loomkin.db", clock=clock)
    await store.ready()
    person, settings = Person(), dict[str, Any]()
    kit = make_kit(store, root, server, person, settings, clock)
    outcomes: list[RunOutcome] = []

    async def ended(outcome: RunOutcome) -> None:
        outcomes.append(outcome)

    team = Team("main", kit, ended=ended)
    world = World(team, kit, store, root, person, server, settings, outcomes=outcomes)
    kit.bus.listen(world.signals.append)
    store.deliver_to(asyncio.get_running_loop(), kit.bus.publish_all)
    await kit.services.graph.load()
    await team.open()
    try:
        yield world
    finally:
        await team.close()
        await kit.models.close()
        await store.close()
