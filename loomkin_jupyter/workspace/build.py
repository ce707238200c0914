"""Puts a workspace together: the only file that picks concrete classes. Reads the disk before it starts anything."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from loomkin_jupyter import library
from loomkin_jupyter.agents.kit import Kit
from loomkin_jupyter.core.clock import SYSTEM_CLOCK, Clock
from loomkin_jupyter.core.errors import StoreError, ToolFailed
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.numbering import Numbering
from loomkin_jupyter.core.ports import KernelPort, ModelPort, NotebookPort
from loomkin_jupyter.core.redaction import Redactor
from loomkin_jupyter.core.signals import ErrorReported, LogWritten, Signal, WorkspaceOpened
from loomkin_jupyter.core.status import PRESETS, SHARING_LEVELS
from loomkin_jupyter.memory.graph.graph import Graph
from loomkin_jupyter.memory.keepers import Keepers
from loomkin_jupyter.memory.recorder import TYPES, Recorder
from loomkin_jupyter.models.client import GatewayClient
from loomkin_jupyter.models.keys import Keys, find_keys, has_key
from loomkin_jupyter.models.playbook import PlaybookProvider
from loomkin_jupyter.models.playbook.loading import load_folder
from loomkin_jupyter.models.router import Router
from loomkin_jupyter.models.tiers import Tiers, choose_tiers
from loomkin_jupyter.policy import sandbox
from loomkin_jupyter.policy.budget import Budget, limits_of
from loomkin_jupyter.policy.gate import Gate
from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.policy.release import ReleaseGate
from loomkin_jupyter.policy.rules import Policy, read_policies
from loomkin_jupyter.policy.run_policy import RunPolicy
from loomkin_jupyter.policy.trust import FolderTrust, tightened
from loomkin_jupyter.project.loomkin_md import ProjectRules, read_rules
from loomkin_jupyter.project.settings import Settings, load_settings
from loomkin_jupyter.runtime.bus import Bus
from loomkin_jupyter.runtime.limits import Slots
from loomkin_jupyter.runtime.portal import Portal, run_blocking
from loomkin_jupyter.runtime.schedule import Schedule
from loomkin_jupyter.store import settings as setting_rows
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.tools.code import project_code
from loomkin_jupyter.tools.context import Services
from loomkin_jupyter.tools.registry import Registry
from loomkin_jupyter.tools.run import Toolbox
from loomkin_jupyter.workspace.namespace import Namespace
from loomkin_jupyter.workspace.options import RunOptions
from loomkin_jupyter.workspace.parts import Parts
from loomkin_jupyter.workspace.questions import Questions
from loomkin_jupyter.workspace.record import database_of
from loomkin_jupyter.workspace.runs import Runs
from loomkin_jupyter.workspace.workspace import Workspace

_WORKSPACE_KEY = "workspace.id"
_LOOK_S = 1.0


class NoNotebook:
    """The NotebookPort of the command line: there is no notebook, proposals are shown as text only."""

    path = ""

    def propose(self, proposal: JsonObject) -> None:
        """Nothing to show it in: the signal reaches whoever looks."""


class Live:
    """Settings, rules, keys and trust as they hold now; read again when they change."""

    def __init__(
        self, root: Path, overrides: Mapping[str, Any], environment: Mapping[str, str], stored: Mapping[str, Any]
    ) -> None:
        self.root = root
        self.trust = FolderTrust()
        self._overrides = dict(overrides)
        self._environment = dict(environment)
        self.stored = dict(stored)
        self.settings: Settings
        self.rules: ProjectRules
        self.policies: tuple[Policy, ...]
        self.trusted = False
        self.problems: list[str] = []
        self.read()
        self.keys: Keys = self._find_keys()

    def _find_keys(self) -> Keys:
        """Return the keys; the keyring, which is slow and may ask for a password, only when a key is missing."""
        keys = find_keys(self._environment, self.root, keyring=False)
        chosen = [m for m in (str(self.settings[f"model.{tier}"]) for tier in ("default", "fast", "strong")) if m]
        found = (
            all(has_key(m.partition("/")[0], keys.environment) for m in chosen) if chosen else bool(keys.providers())
        )
        return keys if found else find_keys(self._environment, self.root)

    def read(self) -> None:
        """Read the project's files and the person's own."""
        self.trusted = self.trust.is_trusted(self.root)
        self.settings = load_settings(
            self.root,
            arguments=self._overrides,
            environment=self._environment,
            workspace={k: v for k, v in self.stored.items() if k != _WORKSPACE_KEY},
            trusted=self.trusted,
        )
        self.rules = read_rules(self.root)
        self.problems = [str(problem) for problem in self.settings.problems] + list(self.rules.problems)
        found: list[Policy] = []
        for source, table in self.settings.policies:
            policies, wrong = read_policies([table], source)
            own = source != ".loomkin.toml"
            found += tightened(policies, own or self.trusted)
            self.problems += wrong
        self.policies = tuple(found)

    def values(self) -> dict[str, Any]:
        """Return every setting's value by key."""
        return {value.key: value.value for value in self.settings.all()}

    def tiers(self, model: str) -> Tiers:
        """Return the models of a run that asked for ``model`` ('' leaves it to settings and keys)."""
        return choose_tiers(self.values(), self.keys, model)

    def policy(self, options: RunOptions) -> RunPolicy:
        """Return what one request may do: its own options, else the settings. Those of a person count over settings,
        but a rule of the project that is stricter holds (files may tighten).
        """
        preset = options.trust or str(self.settings["permissions.preset"])
        share = options.share or str(self.settings["sharing.level"])
        return RunPolicy(
            preset=_stricter(preset, self._pinned("permissions.preset"), PRESETS),  # type: ignore[arg-type]
            share=_stricter(share, self._pinned("sharing.level"), SHARING_LEVELS),  # type: ignore[arg-type]
        )

    def _pinned(self, key: str) -> str:
        """Return the value that a file of the project set, or ''."""
        return str(self.settings[key]) if self.settings.source(key) == ".loomkin.toml" else ""


def _stricter(chosen: str, pinned: str, order: tuple[str, ...]) -> str:
    return order[min(order.index(chosen), order.index(pinned))] if pinned else chosen


async def open_workspace(
    root: Path,
    *,
    portal: Portal,
    kernel: KernelPort | None = None,
    notebook: NotebookPort | None = None,
    attended: Callable[[], bool] = lambda: False,
    overrides: Mapping[str, Any] | None = None,
    clock: Clock = SYSTEM_CLOCK,
    environment: Mapping[str, str] | None = None,
    models: ModelPort | None = None,
    listeners: Sequence[Callable[[Signal], None]] = (),
) -> Workspace:
    """Open the workspace of ``root`` on the portal's loop and return it; close it with ``close``.

    ``attended`` says whether somebody can answer questions now. ``overrides`` are settings by key. ``listeners`` hear
    every signal from the first one on.

    :raises LoomkinError: when the store or a setting cannot be used.
    """
    environment = dict(os.environ if environment is None else environment)
    await run_blocking(_prepare_folder, root)
    numbering = Numbering(clock)
    bus = Bus(clock, numbering)
    for listener in listeners:
        bus.listen(listener)
    store = Store.open(database_of(root), clock=clock, numbering=numbering)
    store.deliver_to(portal.loop, bus.publish_all)
    try:
        await store.ready()
        stored = await store.read(setting_rows.load)
        numbering.workspace = str(stored.get(_WORKSPACE_KEY) or await store.transact(_new_workspace))
        live = await run_blocking(Live, root, overrides or {}, environment, stored)
        state = await run_blocking(sandbox.available, str(live.settings["sandbox.use"]))
        parts = await _assemble(
            root, numbering.workspace, clock, bus, store, live, state, kernel, notebook, attended, models
        )
    except BaseException:
        await store.close()
        raise
    workspace = Workspace(parts)
    try:
        await workspace.open()
        await store.transact(lambda tx: _tell_opened(tx, parts, live))
    except BaseException:
        await workspace.close()
        raise
    return workspace


async def _assemble(
    root: Path,
    workspace_id: str,
    clock: Clock,
    bus: Bus,
    store: Store,
    live: Live,
    state: sandbox.SandboxState,
    kernel: KernelPort | None,
    notebook: NotebookPort | None,
    attended: Callable[[], bool],
    models: ModelPort | None,
) -> Parts:
    settings = live.settings
    redactor = Redactor.from_environment(live.keys.environment)
    confinement = Confinement(root)
    gate = Gate(
        store,
        confinement,
        clock=clock,
        rules=live.rules,
        policies=live.policies,
        auto_approve=settings.auto_approve,
        trusted=live.trusted,
        redact=redactor,
        timeout_s=float(settings["gates.timeout_s"]),
    )
    graph, keepers, release = Graph(store), Keepers(store), ReleaseGate(store)
    await graph.load()
    recorder = Recorder(graph)
    bus.listen(recorder.hear, types=TYPES)
    budget = Budget(store, limits_of(settings))
    questions = Questions(store, clock, attended)
    registry = Registry.load()
    toolbox = Toolbox(registry)
    runs = Runs(store, clock, live.tiers, live.policy)
    own = None if kernel is not None else Namespace()
    kernel = kernel or own
    assert kernel is not None
    notebook = notebook or NoNotebook()
    router = models or _models(live, clock, redactor)

    def publish(signal: Signal) -> None:
        store.journal(bus.publish(signal))

    services = Services(
        store=store,
        clock=clock,
        graph=graph,
        keepers=keepers,
        gate=gate,
        release=release,
        confinement=confinement,
        slots=Slots(),
        redactor=redactor,
        sandbox=state,
        publish=publish,
        code=project_code(confinement, root / ".loomkin" / "code.msgpack"),
        setting=lambda key: live.settings[key],
    )
    variables = _Variables(kernel)
    schedule = Schedule(clock)
    kit = Kit(
        services=services,
        models=router,
        budget=budget,
        registry=registry,
        toolbox=toolbox,
        human=questions,
        kernel=kernel,
        notebook=notebook,
        root=root,
        bus=bus,
        schedule=schedule,
        policy_of=runs.policy_of,
        model_of=runs.model_of,
        cell_of=lambda run: found.record.cell if (found := runs.get(run)) else "",
        decisions=graph.prompt_context,
        rules=lambda: live.rules.prompt(),
        variables=variables.text,
        notebook_text=lambda: f"The notebook is {notebook.path}." if notebook.path else "",
    )

    unfollow = registry.follow()

    def let_go() -> None:
        unfollow()
        if own is not None:
            own.close()

    def reload() -> None:
        live.read()
        parts.settings = live.settings
        budget.configure(limits_of(live.settings))
        gate.configure(
            rules=live.rules,
            policies=live.policies,
            auto_approve=live.settings.auto_approve,
            trusted=live.trusted,
        )

    parts = Parts(
        root=root,
        workspace_id=workspace_id,
        clock=clock,
        bus=bus,
        store=store,
        settings=settings,
        stored=live.stored,
        keys=live.keys,
        sandbox=state,
        trust=live.trust,
        graph=graph,
        keepers=keepers,
        recorder=recorder,
        registry=registry,
        toolbox=toolbox,
        gate=gate,
        budget=budget,
        release=release,
        questions=questions,
        models=router,
        kernel=kernel,
        notebook=notebook,
        runs=runs,
        kit=kit,
        schedule=schedule,
        look_at_variables=variables.look,
        reload=reload,
        let_go=let_go,
    )
    return parts


class _Variables:
    """The names and types of the user's variables for prompts, as they were when the last request came."""

    def __init__(self, kernel: KernelPort) -> None:
        self._kernel = kernel
        self._text = ""

    def text(self) -> str:
        return self._text

    async def look(self) -> None:
        """Look again, unless a cell keeps the kernel busy: a request does not wait for it."""
        try:
            async with asyncio.timeout(_LOOK_S):
                self._text = await self._kernel.call(_names_and_types, agent="loomkin")
        except (TimeoutError, ToolFailed):
            return  # the names of before are still good for a prompt


def _names_and_types(namespace: dict[str, Any]) -> str:
    lines = [
        f"- {name}: {type(value).__name__}"
        for name, value in namespace.items()
        if not name.startswith("_")
        and name not in ("In", "Out", "exit", "quit", "get_ipython", "open")
        and type(value).__name__ not in ("module", "function", "type", "builtin_function_or_method", "method")
    ]
    return "\n".join(sorted(lines)[:100])


def _models(live: Live, clock: Clock, redactor: Redactor) -> ModelPort:
    gateway = GatewayClient(
        environment=live.keys.environment,
        clock=clock,
        redactor=redactor,
        attempts=int(live.settings["model.attempts"]),
        timeout_s=float(live.settings["model.timeout_s"]),
    )
    return Router(gateway, PlaybookProvider(load_folder(Path(library.__file__).parent / "playbooks")))


def _prepare_folder(root: Path) -> None:
    folder = root / ".loomkin"
    try:
        folder.mkdir(exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as failed:
        raise StoreError(
            f"{folder} cannot be written: {failed.strerror or failed}.",
            "Give a --project folder that you may write to, or change its permissions.",
        ) from None


def _new_workspace(tx: Tx) -> str:
    found = setting_rows.load(tx.conn).get(_WORKSPACE_KEY)
    if found:
        return str(found)
    workspace = new_id("ws")
    setting_rows.put(tx, _WORKSPACE_KEY, workspace, "loomkin")
    return workspace


def _tell_opened(tx: Tx, parts: Parts, live: Live) -> None:
    tx.emit(
        WorkspaceOpened(
            root=str(parts.root),
            database=str(parts.store.path),
            host=os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", ""),
            pid=os.getpid(),
            sandbox=parts.sandbox.kind if parts.sandbox.ok else f"none: {parts.sandbox.reason}",
        )
    )
    for problem in (*live.problems, *parts.registry.problems):
        tx.emit(ErrorReported(where="configuration", message=problem, remedy="loomkin doctor shows what holds."))
    for notice in live.keys.notices:
        tx.emit(LogWritten(text=notice))
    if not live.trusted:
        tx.emit(
            LogWritten(
                text="This folder's LOOMKIN.md, .loomkin.toml and skills may only tighten what agents may do until you "
                "trust it: loomkin trust, or %loomkin trust folder."
            )
        )
