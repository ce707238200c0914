"""A project to attack: files, secrets, links that lead out; a store; people who answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.core.clock import SYSTEM_CLOCK
from loomkin_jupyter.core.ports import Answer, Question
from loomkin_jupyter.core.signals import Signal
from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.store.store import Store

ATTACKS = Path(__file__).parent / "attacks"


def corpus(name: str) -> list[Any]:
    """Return one table of the corpus."""
    return json.loads((ATTACKS / f"{name}.json").read_text(encoding="utf-8"))


class Person:
    """Answers what it is told to, after ``gate`` opens; keeps the questions."""

    def __init__(self, answer: Answer | Callable[[Question], Answer], *, hold: bool = False) -> None:
        self.questions: list[Question] = []
        self.asked = asyncio.Event()
        self.open = asyncio.Event()
        self._answer = answer
        if not hold:
            self.open.set()

    async def ask(self, question: Question) -> Answer:
        self.questions.append(question)
        self.asked.set()
        await self.open.wait()
        return self._answer if isinstance(self._answer, Answer) else self._answer(question)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with everything that an attacker looks for."""
    root = tmp_path / "project"
    outside = tmp_path / "outside"
    for directory in ("src", "keys", "deep", "tests", "out", ".git/hooks"):
        (root / directory).mkdir(parents=True)
    outside.mkdir()
    (outside / "passwd").write_text("secret")
    (root / ".env").write_text("API_KEY=canary-value-1234\n")
    (root / "src" / ".env").write_text("X=1\n")
    (root / "keys" / "server.pem").write_text("key")
    (root / ".git" / "config").write_text("[core]\n")
    (root / "src" / "a.py").write_text("print(1)\n")
    (root / "a.py").write_text("print(1)\n")
    (root / "LOOMKIN.md").write_text("# x\n")
    (root / "link_out").symlink_to(outside)
    (root / "link_file").symlink_to(outside / "passwd")
    (root / "deep" / "link_up").symlink_to(tmp_path)
    (root / "innocent_name").symlink_to(root / ".env")
    (root / "link_git").symlink_to(root / ".git")
    return root


@pytest.fixture
def confinement(project: Path) -> Confinement:
    return Confinement(project)


@pytest.fixture
def committed() -> list[Signal]:
    return []


@pytest.fixture
async def store(tmp_path: Path, committed: list[Signal]) -> AsyncIterator[Store]:
    opened = Store.open(tmp_path / "store.db", clock=SYSTEM_CLOCK, on_commit=committed.extend)
    await opened.ready()
    yield opened
    await opened.close()
