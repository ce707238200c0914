"""Teams, the messages between their agents, and the regions of files they claim."""

from __future__ import annotations

from loomkin_jupyter.core.signals.base import Signal


class TeamStarted(Signal, frozen=True, kw_only=True, tag="team.started"):
    PUBLISHER = "teams"
    READERS = "journal"
    name: str
    purpose: str = ""


class MessageSent(Signal, frozen=True, kw_only=True, tag="collaboration.message_sent"):
    """``message`` is the envelope's id. ``kind`` as in Envelope; ``due`` is the moment from which it can be read."""

    PUBLISHER = "teams"
    message: str
    sender: str
    to: str
    kind: str
    text: str
    priority: str = "normal"
    task: str = ""
    due: float | None = None


class MessageConsumed(Signal, frozen=True, kw_only=True, tag="collaboration.message_consumed"):
    """The agent has read these messages: they are part of its history now."""

    PUBLISHER = "agents"
    messages: list[str]


class QueueEdited(Signal, frozen=True, kw_only=True, tag="collaboration.queue_edited"):
    """A person changed a waiting message: ``change`` is edited, deleted, moved, squashed (others became part of
    it) or restored (taken apart again)."""

    PUBLISHER = "teams"
    message: str
    change: str
    text: str = ""


class DiscoveryShared(Signal, frozen=True, kw_only=True, tag="collaboration.discovery_shared"):
    PUBLISHER = "teams"
    content: str
    kind: str = "discovery"
    to: list[str] = []


class RegionClaimed(Signal, frozen=True, kw_only=True, tag="collaboration.region_claimed"):
    PUBLISHER = "teams"
    claim: str
    path: str
    start: int | None = None
    end: int | None = None
    symbol: str = ""
    intent: str = ""


class RegionReleased(Signal, frozen=True, kw_only=True, tag="collaboration.region_released"):
    PUBLISHER = "teams"
    claim: str
    path: str
    reason: str = ""


class ClaimRefused(Signal, frozen=True, kw_only=True, tag="collaboration.claim_refused"):
    """A claim or a write met a region that somebody else holds."""

    PUBLISHER = "teams"
    path: str
    holder: str
    attempt: str
