"""The seven families of status: one table for word, glyph, colours and order, and the rule that picks one.

``silent`` is the eighth, honest state: somebody who should be busy has given no sign for 45 seconds. It never looks
like idle. Colours were measured to stay apart under the three colour-vision deficiencies.
"""

from __future__ import annotations

from typing import Any

import msgspec

SILENT_AFTER_S = 45.0


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """How one family looks: never by colour alone. ``order`` 0 comes first."""

    key: str
    word: str
    glyph: str
    shape: str
    light: str
    dark: str
    order: int


_NEUTRAL = ("#2b2b2b", "#909090")

FAMILIES: dict[str, Family] = {
    family.key: family
    for family in (
        Family(
            key="needs_you",
            word="needs you",
            glyph="⍰",
            shape="filled square with !",
            light="#5c3000",
            dark="#ffc857",
            order=0,
        ),
        Family(key="failed", word="failed", glyph="⊗", shape="x in octagon", light="#cc3a22", dark="#ff6b6b", order=1),
        Family(
            key="silent", word="no sign", glyph="◌", shape="dotted circle", light="#5c3000", dark="#ffc857", order=2
        ),
        Family(
            key="working", word="working", glyph="▶", shape="right triangle", light="#0b3fd4", dark="#64a5f2", order=3
        ),
        Family(
            key="waiting", word="waiting", glyph="◐", shape="half circle", light=_NEUTRAL[0], dark=_NEUTRAL[1], order=4
        ),
        Family(key="paused", word="paused", glyph="⏸", shape="two bars", light=_NEUTRAL[0], dark=_NEUTRAL[1], order=5),
        Family(key="done", word="done", glyph="✓", shape="tick", light="#0b655d", dark="#a8f0df", order=6),
        Family(key="idle", word="idle", glyph="○", shape="hollow circle", light=_NEUTRAL[0], dark=_NEUTRAL[1], order=7),
    )
}

_NEEDS_A_PERSON = frozenset({"permission", "approval", "answer"})
_BY_STATUS = {
    "starting": "working",
    "healing": "working",
    "working": "working",
    "waiting": "waiting",
    "paused": "paused",
    "idle": "idle",
    "stopped": "done",
    "failed": "failed",
}
_WORDS = {"starting": "starting", "healing": "repairing itself", "stopped": "stopped"}
_ACTIVITY = {
    "thinking": "thinking",
    "streaming": "writing",
    "tool": "using {}",
    "permission": "waiting for your permission",
    "approval": "waiting for your approval",
    "answer": "waiting for your answer",
    "kernel": "waiting for the kernel to be free",
    "teammate": "waiting for {}",
    "budget": "waiting for budget",
}


def family_of(
    status: str, activity: str = "", *, silent_s: float = 0.0, needs_you: bool = False, finished: bool = False
) -> str:
    """Return the family's key. ``silent_s`` is the time without a sign; ``finished``: its run is over."""
    if needs_you or (activity in _NEEDS_A_PERSON and status in ("working", "waiting")):
        return "needs_you"
    if status == "working" and activity in ("teammate", "kernel", "budget"):
        return "waiting"
    family = _BY_STATUS.get(status, "idle")
    if family == "working" and silent_s >= SILENT_AFTER_S:
        return "silent"
    if family == "idle" and finished:
        return "done"
    return family


def word_of(family: str, status: str, activity: str = "", detail: str = "", silent_s: float = 0.0) -> str:
    """Return the words for a status: ``working``, ``waiting for Ada``, ``no sign for 50 s``."""
    if family == "silent":
        return f"no sign for {int(silent_s)} s"
    if family == "waiting":
        return activity_words(activity, detail) or "waiting"
    if status in _WORDS:
        return _WORDS[status]
    return FAMILIES[family].word


def activity_words(activity: str, detail: str = "") -> str:
    """Return what an agent does now, in words."""
    words = _ACTIVITY.get(activity, activity)
    if "{}" in words:
        return words.format(detail or ("a tool" if activity == "tool" else "a teammate"))
    return f"{words}: {detail}" if detail and words else words


def table() -> list[dict[str, Any]]:
    """Return the table for the front end."""
    return [msgspec.to_builtins(family) for family in FAMILIES.values()]
