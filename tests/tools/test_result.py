"""Results are plain values."""

from __future__ import annotations

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.tools.result import Output, ToolRefused, ToolResult


def test_defaults() -> None:
    assert Output("x").tail == "" and ToolResult("x").status == "ok" and not ToolResult("x").mistake
    assert issubclass(ToolRefused, ToolFailed)
