"""What tools return and what the loop receives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from loomkin_jupyter.core.errors import ToolFailed

ResultStatus = Literal["ok", "failed", "refused", "interrupted", "cancelled"]


class ToolRefused(ToolFailed):
    """The caller may not do this; nothing was done."""


@dataclass(frozen=True, slots=True)
class Output:
    """A tool's own result: text for the model, data for playbooks and panels, images as data URLs.

    ``tail`` is text that must survive truncation whole, such as the JSON at the end of a profile.
    """

    text: str
    data: Any = None
    images: tuple[str, ...] = ()
    tail: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What became of a call. ``keeper`` is the handle that holds the whole text when it was cut.

    ``mistake``: the call itself was wrong (unknown tool, arguments); the loop counts these towards its cap.
    """

    text: str
    status: ResultStatus = "ok"
    keeper: str = ""
    images: tuple[str, ...] = ()
    data: Any = None
    mistake: bool = False
