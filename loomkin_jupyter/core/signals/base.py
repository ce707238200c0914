"""The envelope that every signal has, and the signal that stands for those this version does not know."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

VERSION = 1


class Signal(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=False):
    """The envelope. ``seq`` and ``epoch`` are 0 until the writer or the bus has numbered the signal.

    ``agent`` is an agent's name within ``team``; ``cause`` is the id of the signal, task, call or question that led
    here; ``run`` is the id of the request this belongs to; ``time`` is in seconds since the epoch.
    """

    TRANSIENT: ClassVar[bool] = False
    PUBLISHER: ClassVar[str] = ""
    READERS: ClassVar[str] = "views"

    id: str = ""
    v: int = VERSION
    seq: int = 0
    epoch: int = 0
    time: float = 0.0
    workspace: str = ""
    team: str = ""
    run: str = ""
    agent: str = ""
    cause: str = ""


class Unknown(Signal, frozen=True, kw_only=True, tag="unknown"):
    """A stored signal of a type this version does not know: kept as it was, skipped by views."""

    name: str
    payload: dict[str, Any] = {}


def type_of(signal: Signal | type[Signal]) -> str:
    """Return the dotted name of a signal or of its kind, such as ``run.finished``."""
    return str(signal.__struct_config__.tag)
