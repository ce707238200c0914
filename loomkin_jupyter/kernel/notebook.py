# pyright: basic
"""The notebook behind the kernel, and the mentions in a request: ``@df @path @cell[3] @In[3] @error @out @Ada``.

Mentions become context in front of the request; an unknown one is an error before any money is spent. Nothing else of the
request is touched. Never changes a cell.
"""

from __future__ import annotations

import json
import os
import re
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from loomkin_jupyter.core.errors import UsageError, nearest
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.kernel.variables import describe

FILE_MOST = 20_000
_MENTION = re.compile(r"(?<![\w@.`])@(cell\[-?\d+\]|In\[-?\d+\]|[A-Za-z_~./][\w./\-]*)")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.S)


class Notebook:
    """NotebookPort over ``JPY_SESSION_NAME``; proposals are shown by the panels, which read the signal."""

    def __init__(self, root: Path, show: Callable[[JsonObject], Any] | None = None) -> None:
        self._root = root
        self._show = show

    @property
    def path(self) -> str:
        """Its path relative to the project, or ''."""
        file = session_notebook()
        if file is None:
            return ""
        try:
            return file.resolve().relative_to(self._root.resolve()).as_posix()
        except ValueError:
            return file.as_posix()

    def propose(self, proposal: JsonObject) -> None:
        """Hand the proposal to whoever shows it."""
        if self._show is not None:
            self._show(proposal)


def session_notebook() -> Path | None:
    """Return the notebook's file as Jupyter told the kernel, or None."""
    name = os.environ.get("JPY_SESSION_NAME", "")
    return Path(name) if name.endswith(".ipynb") else None


def with_mentions(request: str, *, shell: Any, root: Path, agents: Iterable[str] = ()) -> str:
    """Return the request with the context of its mentions in front.

    :raises UsageError: for a mention that names nothing.
    """
    bare = _CODE.sub(" ", request)
    wanted = list(dict.fromkeys(match.rstrip(".,;:") for match in _MENTION.findall(bare)))
    agents = list(agents)
    found = [text for mention in wanted if (text := _resolve(mention, shell, root, agents))]
    if not found:
        return request
    return "Context of the request:\n" + "\n\n".join(found) + "\n\nRequest:\n" + request


def _resolve(mention: str, shell: Any, root: Path, agents: list[str]) -> str:
    if mention.startswith(("cell[", "In[")):
        return _cell(mention, shell)
    if mention == "error":
        return _last_error()
    if mention == "out":
        return _last_output(shell)
    variables: dict[str, Any] = shell.user_ns
    if mention in variables and not mention.startswith("_"):
        return f"@{mention} — {describe(mention, variables[mention])}"
    if mention.casefold() in {"user", "lead", *(agent.casefold() for agent in agents)}:
        return ""  # whom the request is given to, the workspace sees itself
    if (file := _file(mention, root)) is not None:
        return file
    known = [*agents, *(name for name in variables if not name.startswith("_"))]
    raise UsageError(
        f"@{mention} names no variable, file, cell or agent.{nearest(mention, known)}",
        "Write @name for a variable, @path/file.py for a file of the project, @cell[3], @In[3], @error or @out; nothing was sent.",
    )


def _file(mention: str, root: Path) -> str | None:
    try:
        path = (root / mention).resolve()
        inside = path.is_relative_to(root.resolve())
    except (OSError, ValueError):
        return None
    if not path.is_file():
        return None
    if not inside:
        raise UsageError(
            f"@{mention} is outside the project {root}.", "Copy the file into the project, or open its folder."
        )
    if path.name == ".env" or path.name.startswith(".env.") or path.suffix in (".pem", ".key"):
        raise UsageError(f"@{mention} holds secrets and is not given to models.", "Mention another file.")
    if path.suffix in (".csv", ".parquet", ".xlsx", ".feather", ".pkl", ".tsv"):
        return f"@{mention} — a data file of {path.stat().st_size:,} bytes; load it to look at it"
    text = path.read_text(encoding="utf-8", errors="replace")
    more = "" if len(text) <= FILE_MOST else f"\n… ({len(text) - FILE_MOST} more characters)"
    return f"@{mention} — file:\n{text[:FILE_MOST]}{more}"


def _cell(mention: str, shell: Any) -> str:
    kind, number = mention.rstrip("]").split("[")
    index = int(number)
    if kind == "In":
        cells: list[str] = list(shell.user_ns.get("In", []))
        if not (-len(cells) <= index < len(cells)) or index == 0:
            raise UsageError(f"@{mention}: no cell has run with that number.", f"The last one is In[{len(cells) - 1}].")
        return f"@{mention} — cell:\n{cells[index]}"
    sources = _notebook_cells()
    if sources is None:
        raise UsageError(
            f"@{mention}: this kernel does not know its notebook.", "Use @In[n], the number beside a cell that ran."
        )
    place = index - 1 if index > 0 else len(sources) + index
    if index == 0 or not 0 <= place < len(sources):
        raise UsageError(
            f"@{mention}: the notebook has {len(sources)} cells.", "Count from 1, or from the end with -1."
        )
    return f"@{mention} — cell:\n{sources[place]}"


def _notebook_cells() -> list[str] | None:
    file = session_notebook()
    if file is None or not file.is_file():
        return None
    try:
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        return ["".join(cell.get("source", "")) for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _last_error() -> str:
    import sys

    error = getattr(sys, "last_value", None)
    if error is None:
        raise UsageError("@error: no cell has failed yet.", "Run the cell that fails, then ask.")
    # Where and of which type; the message itself may hold values of the user's data.
    frames = "".join(traceback.format_tb(error.__traceback__)[-6:])
    return f"@error — {type(error).__name__}\n{frames}"


def _last_output(shell: Any) -> str:
    value = shell.user_ns.get("_")
    if value is None or (isinstance(value, str) and not value):
        raise UsageError("@out: there is no last output.", "End a cell with an expression and run it.")
    return f"@out — {describe('the last output', value)}"
