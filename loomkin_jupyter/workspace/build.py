"""Puts a workspace together: the only file that picks concrete classes. Reads the disk before it starts anything."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loomkin_jupyter import library
from loomkin_jupyter.agents.kit import Kit
from loomkin_jupyter.core.clock import SYSTEM_CLOCK, Clock
from loomkin_jupyter.core.numbering import Numbering
from loomkin_jupyter.core.ports import KernelPort, ModelPort, NotebookPort
from loomkin_jupyter.core.redaction import Redactor
from loomkin_jupyter.core.signals import ErrorReported, LogWritten, Signal, WorkspaceOpened
from loomkin_jupyter.memory.graph.graph import Graph
from loomkin_jupyter.memory.keepers import Keepers
from loomkin_jupyter.memory.recorder import TYPES, Recorder
from loomkin_jupyter.models.client import GatewayClient
from loomkin_jupyter.models.playbook import PlaybookProvider
from loomkin_jupyter.models.playbook.loading import load_folder
from loomkin_jupyter.models.router import Router
from loomkin_jupyter.policy import sandbox
from loomkin_jupyter.policy.budget import Budget, limits_of
from loomkin_jupyter.policy.gate import Gate
from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.policy.release import ReleaseGate
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
from loomkin_jupyter.workspace.identity import WORKSPACE_KEY, new_workspace, prepare_folder
from loomkin_jupyter.workspace.live import Live
from loomkin_jupyter.workspace.namespace import Namespace, NoNotebook
from loomkin_jupyter.workspace.parts import Parts
from loomkin_jupyter.workspace.questions import Questions
from loomkin_jupyter.workspace.record import database_of
from loomkin_jupyter.workspace.runs import Runs
from loomkin_jupyter.workspace.variables import Variables
from loomkin_jupyter.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _Ground:
    """What stands before the parts are put together."""

    root: Path
    clock: Clock
    numbering: Numbering
    bus: Bus
    store: Store
    live: Live
    sandbox: sandbox.SandboxState


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
    await run_blocking(prepare_folder, root)
    numbering = Numbering(clock)
    bus = Bus(clock, numbering)
    for listener in listeners:
        bus.listen(listener)
    store = Store.open(database_of(root), clock=clock, numbering=numbering)
    store.deliver_to(portal.loop, bus.publish_all)
    try:
        await store.ready()
        stored = await store.read(setting_rows.load)
        numbering.workspace = str(stored.get(WORKSPACE_KEY) or await store.transact(new_workspace))
        live = await run_blocking(Live, root, overrides or {}, environment, stored)
        state = await run_blocking(sandbox.available, str(live.settings["sandbox.use"]))
        ground = _Ground(root, clock, numbering, bus, store, live, state)
        parts = await _assemble(ground, kernel, notebook or NoNotebook(), attended, models)
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
    ground: _Ground,
    kernel: KernelPort | None,
    notebook: NotebookPort,
    attended: Callable[[], bool],
    models: ModelPort | None,
) -> Parts:
    store, clock, bus, live = ground.store, ground.clock, ground.bus, ground.live
    services = _services(ground, Redactor.from_environment(live.keys.environment))
    await services.graph.load()
    recorder = Recorder(services.graph)
    bus.listen(recorder.hear, types=TYPES)
    runs = Runs(store, clock, live.tiers, live.policy)
    own = None if kernel is not None else Namespace()
    used = kernel if kernel is not None else own
    assert used is not None
    questions, variables = Questions(store, clock, attended), Variables(used)
    registry = Registry.load()
    kit = Kit(
        services=services,
        models=models or _models(live, clock, services.redactor),
        budget=Budget(store, limits_of(live.settings)),
        registry=registry,
        toolbox=Toolbox(registry),
        human=questions,
        kernel=used,
        notebook=notebook,
        root=ground.root,
        bus=bus,
        schedule=Schedule(clock),
        policy_of=runs.policy_of,
        model_of=runs.model_of,
        cell_of=lambda run: found.record.cell if (found := runs.get(run)) else "",
        decisions=services.graph.prompt_context,
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
        parts.budget.configure(limits_of(live.settings))
        parts.gate.configure(
            rules=live.rules,
            policies=live.policies,
            auto_approve=live.settings.auto_approve,
            trusted=live.trusted,
        )

    parts = Parts(
        root=ground.root,
        workspace_id=ground.numbering.workspace,
        clock=clock,
        bus=bus,
        store=store,
        settings=live.settings,
        stored=live.stored,
        keys=live.keys,
        sandbox=ground.sandbox,
        trust=live.trust,
        graph=services.graph,
        keepers=services.keepers,
        recorder=recorder,
        registry=registry,
        toolbox=kit.toolbox,
        gate=services.gate,
        budget=kit.budget,
        release=services.release,
        questions=questions,
        models=kit.models,
        kernel=used,
        notebook=notebook,
        runs=runs,
        kit=kit,
        schedule=kit.schedule,
        look_at_variables=variables.look,
        reload=reload,
        let_go=let_go,
    )
    return parts


def _services(ground: _Ground, redactor: Redactor) -> Services:
    """Return what all agents share."""
    store, bus, live = ground.store, ground.bus, ground.live
    confinement = Confinement(ground.root)
    gate = Gate(
        store,
        confinement,
        clock=ground.clock,
        rules=live.rules,
        policies=live.policies,
        auto_approve=live.settings.auto_approve,
        trusted=live.trusted,
        redact=redactor,
        timeout_s=float(live.settings["gates.timeout_s"]),
    )

    def publish(signal: Signal) -> None:
        store.journal(bus.publish(signal))

    return Services(
        store=store,
        clock=ground.clock,
        graph=Graph(store),
        keepers=Keepers(store),
        gate=gate,
        release=ReleaseGate(store),
        confinement=confinement,
        slots=Slots(),
        redactor=redactor,
        sandbox=ground.sandbox,
        publish=publish,
        code=project_code(confinement, confinement.root / ".loomkin" / "code.msgpack"),
        setting=lambda key: live.settings[key],
    )


def _models(live: Live, clock: Clock, redactor: Redactor) -> ModelPort:
    gateway = GatewayClient(
        environment=live.keys.environment,
        clock=clock,
        redactor=redactor,
        attempts=int(live.settings["model.attempts"]),
        timeout_s=float(live.settings["model.timeout_s"]),
    )
    return Router(gateway, PlaybookProvider(load_folder(Path(library.__file__).parent / "playbooks")))


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
