"""What scenarios share: projects in folders of their own, an opened workspace whose signals are kept, the command line."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
import sqlalchemy as sa

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.runtime.portal import Portal
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.testing.scripted import ScriptedServer
from loomkin_jupyter.workspace.build import open_workspace
from loomkin_jupyter.workspace.record import database_of
from loomkin_jupyter.workspace.workspace import Workspace

LONG = 120.0
T = TypeVar("T", bound=s.Signal)
R = TypeVar("R")


class Recorded:
    """Every signal of a workspace in order; ``wait`` blocks the test's thread until one comes. Thread-safe."""

    def __init__(self) -> None:
        self.signals: list[s.Signal] = []
        self._changed = threading.Condition()

    def __call__(self, signal: s.Signal) -> None:
        with self._changed:
            self.signals.append(signal)
            self._changed.notify_all()

    def of(self, kind: type[T]) -> list[T]:
        """Return the signals of one type, oldest first."""
        return [signal for signal in list(self.signals) if isinstance(signal, kind)]

    def wait(self, kind: type[T], where: Callable[[T], bool] = lambda signal: True, timeout_s: float = LONG) -> T:
        """Return the first signal of a type for which ``where`` holds, waiting for it."""
        found: list[T] = []

        def there() -> bool:
            found[:] = [signal for signal in self.of(kind) if where(signal)]
            return bool(found)

        with self._changed:
            if not self._changed.wait_for(there, timeout_s):
                last = [type(signal).__name__ for signal in self.signals[-12:]]
                raise TimeoutError(f"no {kind.__name__} within {timeout_s} s; the last signals: {last}")
        return found[0]


class Opened:
    """A workspace on its portal, as the command line opens it, with everything it said."""

    def __init__(self, portal: Portal, workspace: Workspace, heard: Recorded) -> None:
        self.portal = portal
        self.workspace = workspace
        self.heard = heard

    def command(self, **command: Any) -> dict[str, Any]:
        """Send one command through the workspace's door of commands."""
        return self.portal.run(self.workspace.command(command), LONG)

    def start(self, request: str, **options: Any) -> str:
        """Give the team a request and return its run at once."""
        reply = self.command(do="ask", request=request, options=options)
        assert reply["ok"], reply
        return str(reply["run"])

    def finish(self, run: str) -> s.RunFinished:
        """Wait until a run has ended, for those who hear its signal and for those who wait for it."""
        finished = self.heard.wait(s.RunFinished, lambda signal: signal.run == run)
        known = self.workspace.parts.runs.get(run)
        if known is not None:
            self.portal.run(known.wait(), LONG)
        return finished

    def ask(self, request: str, **options: Any) -> s.RunFinished:
        """Give the team a request and wait for its end."""
        return self.finish(self.start(request, **options))

    def answer_everything(self, choice: str = "allow_run") -> None:
        """Be the person who approves whatever is asked (a spawn once)."""
        answering: set[asyncio.Task[Any]] = set()

        def on_loop(signal: s.Signal) -> None:
            if isinstance(signal, s.QuestionAsked):
                yes = "allow_once" if signal.kind == "spawn" else choice
                command = {"do": "answer", "question": signal.handle, "choice": yes}
                task = asyncio.ensure_future(self.workspace.command(command))
                answering.add(task)
                task.add_done_callback(answering.discard)

        self.portal.run(listen(self.workspace, on_loop), LONG)


@contextmanager
def workspace_of(
    root: Path, server: ScriptedServer | None = None, *, attended: bool = False, **settings: Any
) -> Generator[Opened]:
    """Open the workspace of ``root`` with a scripted model, under a home of its own."""
    heard = Recorded()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in isolated(root, server).items():
            patch.setenv(name, value)
        with Portal() as portal:
            workspace = portal.run(
                open_workspace(root, portal=portal, attended=lambda: attended, overrides=settings), LONG
            )
            portal.run(listen(workspace, heard), LONG)
            try:
                yield Opened(portal, workspace, heard)
            finally:
                portal.run(workspace.close(), LONG)


async def listen(workspace: Workspace, listener: Callable[[s.Signal], None]) -> None:
    """Let ``listener`` hear every signal from now on (called on the portal's loop)."""
    workspace.bus.listen(listener)


def isolated(root: Path, server: ScriptedServer | None = None) -> dict[str, str]:
    """Return the environment of a person who has nothing but this project and the scripted model."""
    home = root.parent / f"{root.name}-home"
    home.mkdir(exist_ok=True)
    keys = server.environment() if server is not None else {}
    return {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "LITELLM_LOCAL_MODEL_COST_MAP": "True", **keys}


class CommandLine:
    """The ``loomkin`` command on one project, each call a process of its own."""

    def __init__(self, root: Path, server: ScriptedServer | None = None) -> None:
        self.root = root
        self.server = server
        self._runtime = tempfile.mkdtemp(prefix="lk-")  # short: a socket's path has 100 characters
        self._running: list[Process] = []

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its processes."""
        return {**os.environ, **isolated(self.root, self.server), "XDG_RUNTIME_DIR": self._runtime}

    def run(self, *arguments: str, timeout_s: float = 2 * LONG) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "loomkin_jupyter.cli", *arguments, "--project", str(self.root)],
            env=self.environment, capture_output=True, text=True, timeout=timeout_s, check=False,
        )  # fmt: skip

    def demo(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``loomkin demo``, which has a folder of its own, without any key."""
        keyless = {name: value for name, value in self.environment.items() if not name.endswith("_API_KEY")}
        return subprocess.run(
            [sys.executable, "-m", "loomkin_jupyter.cli", "demo", *arguments],
            env=keyless, capture_output=True, text=True, timeout=2 * LONG, check=False,
        )  # fmt: skip

    def start(self, *arguments: str, watch: Callable[[Process, s.Signal], None] | None = None) -> Process:
        """Start one command with ``--json`` and read its signals as they come; ``watch`` hears each."""
        process = Process([*arguments, "--project", str(self.root), "--json"], self.environment, watch)
        self._running.append(process)
        return process

    def close(self) -> None:
        """End what still runs."""
        for process in self._running:
            process.close()
        shutil.rmtree(self._runtime, ignore_errors=True)


class Process:
    """A ``loomkin … --json`` in a process of its own; ``heard`` keeps its signals."""

    def __init__(
        self,
        arguments: list[str],
        environment: Mapping[str, str],
        watch: Callable[[Process, s.Signal], None] | None = None,
    ) -> None:
        self.heard = Recorded()
        self._watch = watch
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "loomkin_jupyter.cli", *arguments],
            env=dict(environment), stdout=subprocess.PIPE, stderr=self._errors,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._popen.pid

    def wait(self, timeout_s: float = 2 * LONG) -> int:
        """Wait for its end and return the exit code."""
        code = self._popen.wait(timeout_s)
        self._reader.join(LONG)
        return code

    def shoot(self) -> None:
        """End the whole process at once, as a crash would (SIGKILL)."""
        if self._popen.poll() is None:
            self._popen.kill()

    def close(self) -> None:
        """End what still runs and give the pipes back."""
        self.shoot()
        self._popen.wait(LONG)
        self._reader.join(LONG)
        if self._popen.stdout is not None:
            self._popen.stdout.close()
        self._errors.close()

    def said(self) -> str:
        """Return what it wrote to stderr."""
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace")

    def _read(self) -> None:
        assert self._popen.stdout is not None
        for line in self._popen.stdout:
            try:
                signal = s.decode(line)
            except msgspec.DecodeError:
                return  # the last line of a killed process may be cut off
            self.heard(signal)
            if self._watch is not None:
                self._watch(self, signal)


def in_store(root: Path, work: Callable[[sa.Connection], R]) -> R:
    """Read the project's database as it lies on disk, whoever wrote it."""

    async def read() -> R:
        store = Store.open(database_of(root))
        try:
            return await store.read(work)
        finally:
            await store.close()

    return asyncio.run(read())


def project_with(folder: Path, files: Mapping[str, str]) -> Path:
    """Return a new project folder with these files."""
    root = folder / "project"
    root.mkdir()
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project that knows that it is one."""
    return project_with(tmp_path, {"LOOMKIN.md": "# Rules\n"})


__all__ = [
    "LONG",
    "CommandLine",
    "Opened",
    "Process",
    "Recorded",
    "in_store",
    "isolated",
    "project_with",
    "workspace_of",
]
