"""A real database in a temporary folder, and a place that collects what was committed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from loomkin_jupyter.core.messages import Entry, JsonObject
from loomkin_jupyter.core.ports import Caller
from loomkin_jupyter.core.signals import Signal
from loomkin_jupyter.memory.graph.graph import Graph
from loomkin_jupyter.memory.rendering import Rendering
from loomkin_jupyter.store.store import Store

CALLER = Caller(team="main", agent="analyst", role="analyst", run="run_1", call="call_1")


@pytest.fixture
def heard() -> list[Signal]:
    """Every signal that was committed."""
    return []


@pytest.fixture
async def store(tmp_path: Path, heard: list[Signal]) -> AsyncIterator[Store]:
    opened = Store.open(tmp_path / "loomkin.db", on_commit=heard.extend)
    await opened.ready()
    yield opened
    await opened.close()


@pytest.fixture
async def graph(store: Store) -> Graph:
    made = Graph(store)
    await made.load()
    return made


@pytest.fixture
def caller() -> Caller:
    return CALLER


def to_messages(entries: Sequence[Entry], system: str, *, vision: bool = False) -> list[JsonObject]:
    """Return entries as a model reads them when nothing was rendered before."""
    return Rendering().render(entries, system, vision=vision)[0]
