"""Turning what a tool returned into text for a model, without letting more of the data through than is shared."""

from __future__ import annotations

from typing import Any

import msgspec

from loomkin_jupyter.core.status import Sharing
from loomkin_jupyter.tools.describe import describe, is_described
from loomkin_jupyter.tools.result import Output


def show(value: Any, share: Sharing) -> Output:
    """Return any Python value as a tool's output: text as it is, frames and arrays described, the rest as JSON."""
    if value is None:
        return Output("Done.")
    if isinstance(value, str):
        return Output(value or "(empty)")
    if is_described(value):
        return Output(describe("result", value, share))
    try:
        plain = msgspec.to_builtins(value)
        return Output(msgspec.json.encode(plain).decode(), data=plain)
    except (TypeError, ValueError):
        return Output(str(value))


def json_text(value: Any) -> str:
    """Return data as JSON; what JSON has no word for becomes text."""
    return msgspec.json.encode(value, enc_hook=str).decode()
