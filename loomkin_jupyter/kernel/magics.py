# pyright: basic
"""``%%loomkin`` and ``%loomkin``: parsing, errors as sentences, completion. What they do lives in the other modules."""

from __future__ import annotations

import re
import sys
from typing import Any

from IPython.core.magic import Magics, line_cell_magic, magics_class

from loomkin_jupyter.core.errors import LoomkinError, UsageError, nearest
from loomkin_jupyter.kernel.options import FLAGS, parse, parser

SUB_NAMES = (
    "ask", "status", "team", "agents", "tasks", "queue", "graph", "why", "cost", "budget", "model", "trust", "share", "approve",
    "deny", "pause", "resume", "stop", "steer", "undo", "sent", "settings", "export", "doctor", "help", "keepers", "panel", "grants", "revoke",
)  # fmt: skip

BARE = frozenset({"status", "team", "agents", "tasks", "cost", "keepers", "grants", "doctor"})
"""Those that take nothing after their name."""

_QUESTION = re.compile(r"%loomkin\s+ask\s.*\?\s*$")


@magics_class
class LoomkinMagics(Magics):
    """The two magics of one shell."""

    def __init__(self, shell: Any, host: Any) -> None:
        super().__init__(shell)
        self._host = host

    @line_cell_magic
    def loomkin(self, line: str, cell: str | None = None) -> Any:
        """Give a team of agents a request (%%loomkin), or look at it and command it (%loomkin help)."""
        try:
            return self._command(line) if cell is None else self._request(line, cell)
        except LoomkinError as error:
            raise _Shown(error) from None

    def _request(self, line: str, cell: str) -> Any:
        options, first = parse(line)
        if options.help:
            self._say(parser().format_help())
            return None
        return self._ask(options, f"{first}\n{cell}".strip() if first else cell.strip())

    def _ask(self, options: Any, request: str) -> Any:
        from loomkin_jupyter.kernel.asking import ask

        if not request:
            raise UsageError("The request is empty.", "Write what the team should do below %%loomkin.")
        run = ask(self._host, request, options)
        # In a terminal its value would be an empty Out[n]; --name keeps it.
        return run if self._host.kernel is not None else None

    def _command(self, line: str) -> Any:
        name, _, rest = line.strip().partition(" ")
        name = name or "status"
        if name in ("--help", "-h"):
            name = "help"
        if name == "ask":
            options, request = parse(rest)
            return self._ask(options, request)
        if name == "panel":
            from loomkin_jupyter.kernel.api import panel

            return panel(rest.strip() or "sidebar")
        from loomkin_jupyter.kernel.subcommands import SUBCOMMANDS

        if name not in SUBCOMMANDS:
            raise UsageError(f"%loomkin has no {name!r}.{nearest(name, SUB_NAMES)}", "%loomkin help lists everything.")
        if name in BARE and rest.strip():
            raise UsageError(f"%loomkin {name} takes nothing more, got {rest.strip()!r}.", f"Write %loomkin {name}.")
        self._say(SUBCOMMANDS[name](self._host, rest.strip()))
        return None

    def _say(self, answer: Any) -> None:
        if isinstance(answer, str):
            sys.stdout.write(answer.rstrip() + "\n")
            return
        from IPython.core.display_functions import display

        display(answer)


LoomkinMagics.loomkin.__doc__ = f"{LoomkinMagics.loomkin.__doc__}\n\n{parser().format_help()}"
"""What ``%%loomkin?`` shows."""


def keep_questions(lines: list[str]) -> list[str]:
    """Let ``%loomkin ask …?`` reach us: IPython reads a question mark at the end of a line as a wish for help."""
    if lines and lines[0].startswith("%%loomkin") and not "".join(lines[1:]).strip():
        if lines[0].removeprefix("%%loomkin").strip() in ("?", "??"):
            return lines  # that one is IPython's own help
        # IPython refuses a cell magic without a body before we could answer ``%%loomkin --help``.
        return [f"get_ipython().run_cell_magic('loomkin', {lines[0].removeprefix('%%loomkin').strip()!r}, ' ')\n"]
    if not lines or lines[0].startswith("%%"):
        return lines
    return [_as_call(line) if _QUESTION.match(line) else line for line in lines]


def _as_call(line: str) -> str:
    return f"get_ipython().run_line_magic('loomkin', {line.strip().removeprefix('%loomkin').strip()!r})\n"


class _Shown(Exception):
    """A LoomkinError in a cell: shown as a sentence, the cell still fails (so that Run All stops)."""

    def __init__(self, error: LoomkinError) -> None:
        super().__init__(str(error))
        self.error = error

    def _render_traceback_(self) -> list[str]:
        lines = [f"Loomkin: {self.error.message}"]
        return [*lines, self.error.remedy] if self.error.remedy else lines


def complete(host: Any, event: Any) -> list[str]:
    """Return completions for a line that begins with one of the magics."""
    line: str = event.line
    if line.startswith("%%"):
        words = line.split()
        previous = words[-1] if line.endswith(" ") else (words[-2] if len(words) > 1 else "")
        return _values(previous) or list(FLAGS)
    words = line.split()
    if len(words) < 2 or (len(words) == 2 and not line.endswith(" ")):
        return list(SUB_NAMES)
    return _arguments(host, words[1])


def _values(option: str) -> list[str]:
    from loomkin_jupyter.core.status import PRESETS, SHARING_LEVELS
    from loomkin_jupyter.kernel.options import SAVE_LEVELS

    if option == "--roles":
        from loomkin_jupyter.agents.roles import BUILT_IN

        return list(BUILT_IN)
    return list({"--trust": PRESETS, "--share": SHARING_LEVELS, "--save": SAVE_LEVELS}.get(option, ()))


def _arguments(host: Any, name: str) -> list[str]:
    if name in ("trust", "share"):
        return _values(f"--{name}")
    if name == "panel":
        from loomkin_jupyter.panels.sidebar import PARTS

        return ["sidebar", "card", "graph", *PARTS]
    if name == "help":
        return list(SUB_NAMES)
    if name == "settings":
        from loomkin_jupyter.core.settings import BY_KEY

        return list(BY_KEY)
    return _found(host.pump.state(), name) if host.pump is not None else []


def _found(state: Any, name: str) -> list[str]:
    """Return what there is to name in this workspace."""
    if name in ("approve", "deny"):
        return [q["handle"] for q in state["questions"].values() if q["state"] == "open"]
    if name in ("pause", "resume", "stop", "steer", "sent"):
        return list(state["agents"])
    if name == "queue":
        return ["edit", "move", "delete", "squash", "restore", *state["agents"]]
    if name == "undo":
        return [path for path, change in state["changes"].items() if not change.get("undone")]
    return list(state["decisions"]["nodes"]) if name == "why" else []
