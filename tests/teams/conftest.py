"""The team fixtures are the agents' own: one world for both layers."""

from __future__ import annotations

from tests.agents.conftest import quick, server, world

__all__ = ["quick", "server", "world"]
