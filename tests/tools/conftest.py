"""A project in a folder, one agent in it, and everything its tools use: real store, gate, graph, keepers, claims, git."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.core.clock import SYSTEM_CLOCK, Clock
from loomkin_jupyter.core.errors import ToolRetry
from loomkin_jupyter.core.messages import EnvelopeKind, Handoff, JsonObject, Priority, ToolCall
from loomkin_jupyter.core.ports import Answer, Caller, Receipt, SpawnSpec, TaskView
from loomkin_jupyter.core.redaction import Redactor
from loomkin_jupyter.core.settings import BY_KEY
from loomkin_jupyter.core.signals import Signal
from loomkin_jupyter.memory.graph.graph import Graph
from loomkin_jupyter.memory.keepers import Keepers
from loomkin_jupyter.policy.gate import Gate
from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.policy.release import ReleaseGate
from loomkin_jupyter.policy.run_policy import RunPolicy
from loomkin_jupyter.policy.sandbox import SandboxState
from loomkin_jupyter.runtime.limits import Slots
from loomkin_jupyter.store import changes, intents
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.teams.claims import Claims
from loomkin_jupyter.testing.person import Person
from loomkin_jupyter.tools.code import project_code
from loomkin_jupyter.tools.context import AgentSession, Services, ToolContext
from loomkin_jupyter.tools.registry import Registry
from loomkin_jupyter.tools.result import ToolResult
from loomkin_jupyter.tools.run import Toolbox
from loomkin_jupyter.workspace.namespace import Namespace


@dataclass
class Plans:
    """A plan of tasks in memory: the tools' side of TasksPort."""

    tasks: dict[str, TaskView] = field(default_factory=dict[str, TaskView])
    reviews: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])

    async def create(
        self, caller: Caller, title: str, description: str = "", priority: int = 3, depends_on: Sequence[str] = ()
    ) -> TaskView:
        for handle in depends_on:
            self.get(handle)
        task = TaskView(
            handle=f"T{len(self.tasks) + 1}", title=title, description=description, priority=priority,
            depends_on=tuple(depends_on), created_by=caller.agent,
        )  # fmt: skip
        self.tasks[task.handle] = task
        return task

    async def assign(self, caller: Caller, handle: str, agent: str) -> TaskView:
        task = self.get(handle)
        self.tasks[handle] = TaskView(handle=handle, title=task.title, owner=agent, status="assigned")
        return self.tasks[handle]

    async def create_and_assign(
        self, caller: Caller, title: str, description: str, agent: str, priority: int | None = None
    ) -> TaskView:
        made = await self.create(caller, title, description, priority or 3)
        return await self.assign(caller, made.handle, agent)

    async def complete(self, caller: Caller, handle: str, handoff: Handoff) -> TaskView:
        task = self.get(handle)
        self.tasks[handle] = TaskView(handle=handle, title=task.title, status="completed", handoff=handoff)
        return self.tasks[handle]

    async def request_review(self, caller: Caller, handle: str, path: str, question: str) -> str:
        self.reviews.append((handle, path, question))
        return "reviewer"

    def get(self, handle: str) -> TaskView:
        if handle not in self.tasks:
            raise ToolRetry(f"There is no task {handle!r}.")
        return self.tasks[handle]

    def all(self, run: str = "") -> list[TaskView]:
        return list(self.tasks.values())


@dataclass
class Post:
    """Messages in memory: the tools' side of CommsPort."""

    sent: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    effects: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

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
        if to not in ("ada", "bob", "user"):
            return Receipt("unknown")
        self.sent.append((sender, to, text))
        if effect:
            self.effects.append(effect)
        return Receipt("queued", 2) if to == "bob" else Receipt("delivered")

    async def discover(self, caller: Caller, content: str, kind: str) -> list[str]:
        return ["bob"]

    def names(self) -> list[str]:
        return ["ada", "bob"]


class Spawning:
    """Makes names for what is asked."""

    def __init__(self) -> None:
        self.asked: list[SpawnSpec] = []

    async def spawn(self, caller: Caller, team_name: str, purpose: str, roles: Sequence[SpawnSpec]) -> list[str]:
        self.asked += roles
        return [spec.name or spec.role for spec in roles]

    def progress(self) -> str:
        return "ada works on T1"


class Minds:
    """What teammates said lately."""

    def history_of(self, agent: str) -> list[str] | None:
        return ["found 3 duplicates in flights", "looked at weather"] if agent == "bob" else None


class Notebook:
    """A notebook's path, and what was proposed to it."""

    def __init__(self) -> None:
        self.path = ""
        self.proposals: list[JsonObject] = []

    def propose(self, proposal: JsonObject) -> None:
        self.proposals.append(proposal)


@dataclass
class Bench:
    """One agent with its tools. ``run`` calls a tool as a model would and returns the result."""

    root: Path
    ctx: ToolContext
    toolbox: Toolbox
    person: Person
    committed: list[Signal]
    published: list[Signal]
    settings: dict[str, Any]
    plans: Plans
    post: Post
    spawning: Spawning
    notebook: Notebook
    namespace: Namespace
    calls: int = 0

    async def run(self, tool: str, ctx: ToolContext | None = None, **arguments: Any) -> ToolResult:
        return await self.raw(tool, json.dumps(arguments), ctx)

    async def raw(self, tool: str, arguments: str, ctx: ToolContext | None = None) -> ToolResult:
        self.calls += 1
        return await self.toolbox.call(ctx or self.ctx, ToolCall(f"call_{self.calls}", tool, arguments))

    async def intent(self, call: str) -> Any:
        """Return the stored intent of a call, or None."""
        return await self.ctx.services.store.read(lambda conn: intents.get(conn, call))

    async def content_before(self, number: int) -> bytes | None:
        """Return what a file held before a change."""
        return await self.ctx.services.store.read(lambda conn: changes.content_before(conn, number))

    def agent(self, name: str, role: str = "coder", **changes: Any) -> ToolContext:
        """Return the context of another agent of the same workspace."""
        caller = Caller(team="main", agent=name, role=role, run="run_1", call="")
        return replace(self.ctx, caller=caller, session=AgentSession(cwd=self.root), **changes)

    def share(self, level: Any) -> ToolContext:
        """Return the context with another sharing level."""
        return replace(self.ctx, policy=RunPolicy(run="run_1", preset="full", share=level))

    def signals(self, kind: type[Signal]) -> list[Any]:
        return [s for s in (*self.committed, *self.published) if isinstance(s, kind)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def make_bench(root: Path, tmp_path: Path) -> Callable[..., Any]:
    async def make(
        *,
        role: str = "lead",
        preset: Any = "full",
        clock: Clock = SYSTEM_CLOCK,
        answer: str = "allow_once",
        by: str = "user",
    ) -> Bench:
        committed: list[Signal] = []
        published: list[Signal] = []
        settings: dict[str, Any] = {}
        store = Store.open(tmp_path / "loomkin.db", on_commit=committed.extend)
        await store.ready()
        confinement = Confinement(root)
        graph = Graph(store)
        await graph.load()
        person, plans, post, spawning = Person(Answer(choice=answer, by=by)), Plans(), Post(), Spawning()
        notebook, namespace = Notebook(), Namespace()

        def find(path: str, symbol: str) -> tuple[int, int]:
            lines = (root / path).read_text().splitlines()
            start = next(i for i, line in enumerate(lines, 1) if line.startswith(f"def {symbol}"))
            end = next((i for i in range(start, len(lines)) if lines[i].startswith("def ")), len(lines))
            return start, end

        services = Services(
            store=store,
            clock=clock,
            graph=graph,
            keepers=Keepers(store),
            gate=Gate(store, confinement),
            release=ReleaseGate(store),
            confinement=confinement,
            slots=Slots({"shell": 20, "write": 10, "edit": 10, "git": 5, "other": 10}, total=50),
            redactor=Redactor(["canary-secret-value"]),
            sandbox=SandboxState("none", "not in these tests"),
            publish=published.append,
            code=project_code(confinement),
            setting=lambda key: settings.get(key, BY_KEY[key].default),
        )
        ctx = ToolContext(
            caller=Caller(team="main", agent="ada", role=role, run="run_1", call=""),
            root=confinement.root,
            services=services,
            session=AgentSession(cwd=confinement.root),
            kernel=namespace,
            notebook=notebook,
            tasks=plans,
            comms=post,
            claims=Claims(store, clock, "main", find),
            spawn=spawning,
            human=person,
            peek=Minds(),
            policy=RunPolicy(run="run_1", preset=preset),
        )
        toolbox = Toolbox(Registry.load())
        return Bench(
            root, ctx, toolbox, person, committed, published, settings, plans, post, spawning, notebook, namespace
        )

    return make


@pytest.fixture
async def bench(make_bench: Callable[..., Any]) -> AsyncIterator[Bench]:
    made: Bench = await make_bench()
    yield made
    made.namespace.close()
    await made.ctx.services.store.close()


@pytest.fixture
def repository(root: Path) -> Path:
    """A git repository with one commit."""
    for command in (["init", "-q", "-b", "main"], ["config", "user.email", "a@b.c"], ["config", "user.name", "A"]):
        subprocess.run(["git", *command], cwd=root, check=True, capture_output=True)
    (root / "a.py").write_text("x = 1\n")
    subprocess.run(["git", "add", "a.py"], cwd=root, check=True, capture_output=True)
    subprocess.run(["git", "commit", "-q", "-m", "begin"], cwd=root, check=True, capture_output=True)
    return root
