"""Keys stay where they belong: planted in every source, looked for in everything that Loomkin writes, sends or starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, ScriptRequest, in_order
from tests.scenarios.conftest import CommandLine, isolated, project_with

IN_ENVIRONMENT = "canary-environment-8c1f2d7e90ab41"
IN_FILE = "canary-dotenv-51f0aa93be7712cd"
IN_KEYRING = "canary-keyring-77e1b2c4d58f9a30"
CANARIES = (IN_ENVIRONMENT, IN_FILE, IN_KEYRING)
MODEL = "openai/gpt-4o"
KEYRING = f"""
import keyring.backend
class Canaries(keyring.backend.KeyringBackend):
    priority = 9
    def get_password(self, service, name):
        return {IN_KEYRING!r} if (service, name) == ("loomkin", "OPENAI_API_KEY") else None
    def set_password(self, service, name, value):
        pass
    def delete_password(self, service, name):
        pass
"""
LOOK = """
import os, pathlib
found = sorted(n for n, v in os.environ.items() if "canary" in v)
for process in pathlib.Path("/proc").iterdir():
    try:
        found += [f"process {process.name}"] if b"canary" in (process / "environ").read_bytes() else []
    except OSError:
        pass
pathlib.Path("seen.txt").write_text(repr(found) + "\\n" + str("OPENAI_API_KEY" in os.environ))
"""


class Curious:
    """A model that looks for keys everywhere, and then repeats some, however it came to know them."""

    def __init__(self, *known: str) -> None:
        self.answer = f"The keys are {' '.join(known)}."

    def __call__(self, request: ScriptRequest) -> Reply | str:
        commands = ("python look.py", "env", "cat .env", "echo $OPENAI_API_KEY $GROQ_API_KEY")
        calls: list[tuple[str, dict[str, Any]]] = [
            *(("shell", {"command": command}) for command in commands),
            ("python_run", {"code": "import os; print(dict(os.environ))"}),
            ("file_read", {"file_path": ".env"}),
            ("file_read", {"file_path": "copied.txt"}),
            ("content_search", {"pattern": "canary"}),
            ("kernel_eval", {"code": "import os; dict(os.environ)"}),
        ]
        return self.answer if request.answers else Reply(calls=calls)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a key in its .env, a copy of it in an ordinary file, and one in the environment."""
    files = {
        ".env": f"OPENAI_API_KEY={IN_FILE}\n",
        "copied.txt": f"notes: {IN_FILE} {IN_ENVIRONMENT}\n",
        "look.py": LOOK,
    }
    return project_with(tmp_path, {"LOOMKIN.md": "# Rules\n", **files})


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(Curious(IN_ENVIRONMENT, IN_FILE)) as running:
        yield running


def environment(root: Path, server: ScriptedServer, **more: str) -> dict[str, str]:
    """Return the environment of somebody whose key is not in the environment, but another one is."""
    own = {k: v for k, v in {**os.environ, **isolated(root, server)}.items() if not k.endswith("_API_KEY")}
    return {**own, "GROQ_API_KEY": IN_ENVIRONMENT, **more}


def holding(folder: Path, but: tuple[str, ...] = (".env", "copied.txt")) -> list[str]:
    """Return the files below a folder that hold a canary, but for those that were planted."""
    files = [file for file in folder.rglob("*") if file.is_file() and file.name not in but]
    return [str(file) for file in files if any(key.encode() in file.read_bytes() for key in CANARIES)]


def keys_sent(server: ScriptedServer) -> set[str]:
    return {request.headers.get("authorization", "").removeprefix("Bearer ") for request in server.requests}


def nowhere(server: ScriptedServer, root: Path, *texts: str) -> None:
    """Assert that no key is in what was sent, written or said."""
    for text in (*(json.dumps(request.body) for request in server.requests), *texts):
        held = [
            line[max(0, line.find(key) - 200) : line.find(key) + 60]
            for line in text.splitlines()
            for key in CANARIES
            if key in line
        ]
        assert not held, "\n".join(held)
    assert holding(root) == [] and holding(Path(isolated(root)["HOME"])) == []


def seen(root: Path) -> tuple[str, str]:
    names, has_key = (root / "seen.txt").read_text().splitlines()
    return names, has_key


def test_L7_keys_of_file_and_environment_reach_the_provider_and_nothing_else(
    project: Path, server: ScriptedServer
) -> None:
    line = CommandLine(project, server)

    def loomkin(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "loomkin_jupyter.cli", *words, "--project", str(project)],
            env={**environment(project, server), "LOOMKIN_DEBUG": "1"}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    try:
        said = [loomkin("run", "Find the keys", "--model", MODEL, "--trust", "full", "--share", "full", "--json")]
        assert keys_sent(server) == {IN_FILE}, "the provider did not get the key of .env"
        said.append(loomkin("doctor", "--json"))
    finally:
        line.close()
    nowhere(server, project, *said)
    assert "The keys are [redacted] [redacted]." in said[0]
    assert "OPENAI_API_KEY" in said[1] and ".env" in said[1], "doctor names keys and where they are from"
    names, has_key = seen(project)
    assert has_key == "False" and "GROQ" not in names, "a command had a key in its environment"
    if json.loads(said[1].splitlines()[0])["sandbox"]["kind"] != "none":
        assert names == "[]", "a command could read a key of another process"
    server.requests.clear()
    server.script = in_order(Reply(status=401, text=f"Incorrect API key provided: {IN_FILE}."))
    done = subprocess.run(
        [sys.executable, "-m", "loomkin_jupyter.cli", "run", "Try", "--model", MODEL, "--project", str(project)],
        env=environment(project, server), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and "refused the key" in done.stdout + done.stderr
    nowhere(server, project, done.stdout, done.stderr)


def test_L7_a_key_of_the_keyring_reaches_the_provider_and_not_the_notebook(
    project: Path, server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / ".env").unlink()
    server.script = Curious(IN_ENVIRONMENT, IN_KEYRING)
    (project / "copied.txt").write_text(f"notes: {IN_ENVIRONMENT}\n")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "canary_ring.py").write_text(KEYRING)
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    own = {"PYTHON_KEYRING_BACKEND": "canary_ring.Canaries", "JUPYTER_RUNTIME_DIR": str(runtime)}
    path = os.pathsep.join(filter(None, [str(tmp_path / "own"), os.environ.get("PYTHONPATH", "")]))
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment(project, server, **own, PYTHONPATH=path).items():
        monkeypatch.setenv(name, value)
    cells = ["%load_ext loomkin_jupyter", f"%%loomkin --model {MODEL} --trust full --share full --name run\nFind the keys",
             "print(run.result.text)", "%loomkin sent", "%loomkin settings", "%loomkin status", "%loomkin export record.html"]  # fmt: skip
    book: Any = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])  # pyright: ignore
    NotebookClient(book, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(project)}}).execute()
    assert keys_sent(server) == {IN_KEYRING}, "the provider did not get the key of the keyring"
    text: Callable[[Any], str] = nbformat.writes  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    written = text(book)
    assert "The keys are [redacted] [redacted]." in written and (project / "record.html").is_file()
    nowhere(server, project, written)
    names, has_key = seen(project)
    assert has_key == "False" and "GROQ" not in names
