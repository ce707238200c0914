"""The quickstart needs no key, no network and no Node: it runs where there is neither, in a namespace of its own (L6)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_RUN = """
import pathlib, shutil, socket, sys

try:
    socket.create_connection(("192.0.2.1", 80), timeout=2)
except OSError:
    pass
else:
    sys.exit("there is a network here: this would prove nothing")
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname(), timeout=5).close()
if shutil.which("node") or shutil.which("npm"):
    sys.exit("there is a Node on the PATH: this would prove nothing")

import nbformat
from nbclient import NotebookClient

book = nbformat.read(sys.argv[1], 4)
NotebookClient(book, timeout=240, resources={"metadata": {"path": sys.argv[2]}}).execute()
texts = [o.text for c in book.cells if c.cell_type == "code" for o in c.outputs if o.output_type == "stream"]
print("\\n".join(texts))
"""


def test_L6_the_quickstart_runs_without_key_network_and_node(tmp_path: Path) -> None:
    launcher = shutil.which("bwrap")
    if launcher is None:
        pytest.fail("there is no bubblewrap; install it: apt-get install bubblewrap")
    programs = tmp_path / "bin"
    programs.mkdir()
    # The interpreter by its real place in the environment: a link to it elsewhere would not know its packages.
    environment = Path(sys.executable).parent
    for name in ("python", "python3", "jupyter"):
        if (environment / name).exists():
            (programs / name).symlink_to(environment / name)
    (tmp_path / "home").mkdir()
    book = tmp_path / "quickstart.ipynb"
    shutil.copy(ROOT / "notebooks" / "00_quickstart.ipynb", book)
    variables = {"PATH": str(programs), "HOME": str(tmp_path / "home"), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    settings = [word for name, value in variables.items() for word in ("--setenv", name, value)]
    command = [launcher, "--unshare-net", "--die-with-parent", "--dev-bind", "/", "/", "--clearenv", *settings]
    done = subprocess.run(
        [*command, sys.executable, "-c", _RUN, str(book), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "done" in done.stdout
    assert "flights can be used after repairs" in done.stdout
