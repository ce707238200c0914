"""What prompts say of the user's variables: names and types, without what IPython and imports put there."""

from __future__ import annotations

import asyncio
import math
from typing import Any

from loomkin_jupyter.workspace.namespace import Namespace
from loomkin_jupyter.workspace.variables import Variables


async def test_names_and_types_of_what_the_user_made() -> None:
    made: dict[str, Any] = {"b": 1, "a": "x", "_hidden": 2, "In": [], "math": math, "f": lambda: None, "print2": print}
    kernel = Namespace(made)
    try:
        variables = Variables(kernel)
        assert variables.text() == ""
        await variables.look()
        assert variables.text() == "- a: str\n- b: int"
    finally:
        kernel.close()


async def test_a_busy_kernel_keeps_nobody_waiting() -> None:
    kernel = Namespace({"a": 1})
    try:
        variables = Variables(kernel)
        await variables.look()
        kernel.call = _never  # type: ignore[method-assign]
        await asyncio.wait_for(variables.look(), 60)
        assert variables.text() == "- a: int"
    finally:
        kernel.close()


async def _never(*_: Any, **__: Any) -> Any:
    await asyncio.Event().wait()
