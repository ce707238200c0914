"""Fixtures that every folder of tests shares: a portal, and a store in a folder of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from loomkin_jupyter.core.signals import Signal
from loomkin_jupyter.policy.sandbox import SandboxState, available
from loomkin_jupyter.runtime.portal import Portal
from loomkin_jupyter.store.store import Store


@pytest.fixture
def portal() -> Iterator[Portal]:
    """A running portal, closed after the test."""
    with Portal() as running:
        yield running


@pytest.fixture
def committed() -> list[Signal]:
    """What ``store`` committed, in order; complete after ``store.flush()``."""
    return []


@pytest.fixture
async def store(tmp_path: Path, committed: list[Signal]) -> AsyncIterator[Store]:
    """An open store on the test's own loop."""
    opened = Store.open(tmp_path / "loomkin.db", on_commit=committed.extend)
    await opened.ready()
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def sandboxed() -> SandboxState:
    """The sandbox of this machine. A machine without one cannot prove what the sandbox promises: the test fails."""
    found = available()
    assert found.ok, (
        f"{found.reason} These tests need bubblewrap: install it (apt install bubblewrap) and run them again."
    )
    return found
