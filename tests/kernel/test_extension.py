# pyright: basic
"""Loading, unloading and loading again, without a kernel: magics come and go, nothing is opened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CODE = """
import sys, threading
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for _ in range(2):
    shell.run_line_magic("load_ext", "loomkin_jupyter")
    assert "loomkin" in shell.magics_manager.magics["cell"]
    assert len(shell.input_transformers_cleanup) == len(set(map(id, shell.input_transformers_cleanup)))
    hooks = len(shell.events.callbacks["post_run_cell"])
    shell.run_line_magic("unload_ext", "loomkin_jupyter")
    assert "loomkin" not in shell.magics_manager.magics["cell"]
    assert len(shell.events.callbacks["post_run_cell"]) == hooks - 1
ours = [thread.name for thread in threading.enumerate() if "loomkin" in thread.name]
assert not ours, ours
heavy = {"pandas", "sqlalchemy", "litellm", "anywidget", "loomkin_jupyter.workspace.workspace"} & set(sys.modules)
assert not heavy, heavy
print("fine")
"""


def test_loading_is_light_and_can_be_taken_back(environment: dict[str, str], folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.endswith("fine\n"), done.stderr
