"""Memory outside the window: keepers made, read, and what was moved into them."""

from __future__ import annotations

from loomkin_jupyter.core.signals.base import Signal


class KeeperCreated(Signal, frozen=True, kw_only=True, tag="context.keeper_created"):
    PUBLISHER = "memory"
    keeper: str
    topic: str
    tokens: int
    entries: int = 0
    origin: str = "history"


class ContextRetrieved(Signal, frozen=True, kw_only=True, tag="context.retrieved"):
    PUBLISHER = "memory"
    READERS = "journal"
    keepers: list[str]
    mode: str
    query: str = ""


class ContextOffloaded(Signal, frozen=True, kw_only=True, tag="context.offloaded"):
    PUBLISHER = "memory"
    keeper: str
    before_tokens: int
    after_tokens: int
    window: int
