"""The names and types of the user's variables for prompts, as they were when the last request came."""

from __future__ import annotations

import asyncio
from typing import Any

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.core.ports import KernelPort

_LOOK_S = 1.0


class Variables:
    """What prompts say of one kernel's variables."""

    def __init__(self, kernel: KernelPort) -> None:
        self._kernel = kernel
        self._text = ""

    def text(self) -> str:
        """Return one line per variable."""
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
