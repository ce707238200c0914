"""Starting: time and memory of the import, of ``%load_ext`` in an IPython shell, and of a Jupyter server, each in processes
of their own against the same process without us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.measure import Row, row

_RUNS = 5
_TAIL = """
done = time.perf_counter()
import json, psutil
print(json.dumps([(done - begun) * 1e3, psutil.Process().memory_info().rss / 1e6]))
"""
_SHELL = """
import ipykernel.zmqshell
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
"""
_SERVER = """
from jupyter_server.serverapp import ServerApp
extensions = {"jupyter_server_terminals": False, "jupyterlab": False, "notebook_shim": False, "loomkin_jupyter": %s}
app = ServerApp()
app.initialize(["--no-browser", "--allow-root", "--port=0", f"--ServerApp.jpserver_extensions={extensions}"])
"""


def _measured(before: str, timed: str) -> tuple[list[float], list[float]]:
    """Return milliseconds of ``timed`` and megabytes afterwards, of several new processes."""
    times, sizes = list[float](), list[float]()
    code = f"{before}\nimport time\nbegun = time.perf_counter()\n{timed}\n{_TAIL}"
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(_RUNS):
            done = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder,
                env={**os.environ, "PYTHONPATH": str(Path.cwd()), "IPYTHONDIR": folder, "JUPYTER_CONFIG_DIR": folder},
            )  # fmt: skip
            took, size = json.loads(done.stdout.splitlines()[-1])
            times.append(took)
            sizes.append(size)
    return times, sizes


async def run() -> list[Row]:
    """Measure all three."""
    _, bare = _measured("", "")
    imported, with_import = _measured("", "import loomkin_jupyter")
    _, bare_shell = _measured(_SHELL, "")
    loaded, with_extension = _measured(_SHELL, "shell.run_line_magic('load_ext', 'loomkin_jupyter')")
    bare_server, server_size = _measured("", _SERVER % False)
    our_server, our_size = _measured("", _SERVER % True)
    return [
        row("import loomkin_jupyter", imported, "ms", target="< 150 ms"),
        row("import loomkin_jupyter: memory over a bare interpreter", with_import, "MB", baseline=bare),
        row("%load_ext", loaded, "ms", target="< 250 ms"),
        row("%load_ext: memory over a bare shell", with_extension, "MB", baseline=bare_shell, target="< 40 MB more"),
        row("server start with the extension", our_server, "ms", baseline=bare_server, target="< 100 ms more"),
        row("server memory with the extension", our_size, "MB", baseline=server_size, target="< 10 MB more"),
    ]
