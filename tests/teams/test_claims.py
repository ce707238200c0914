"""Claims: two agents edit two functions of one file, a third is refused; regions move and never lose their text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.errors import ToolFailed, ToolRetry
from loomkin_jupyter.core.ports import Caller
from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.teams.claims import HELD_S, Claims, move_region, symbol_lines
from loomkin_jupyter.testing.clock import JumpingClock


def caller(agent: str) -> Caller:
    return Caller(team="main", agent=agent, role="coder", run="run_1", call=f"call_{agent}")


def lines_of(path: str, symbol: str) -> tuple[int, int]:
    return {"first": (1, 5), "second": (7, 12)}[symbol]


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
def claims(store: Store, clock: JumpingClock) -> Claims:
    return Claims(store, clock, "main", lines_of)


async def test_two_agents_hold_two_functions_and_a_third_is_refused(claims: Claims) -> None:
    await claims.claim(caller("ada"), "a.py", symbol="first")
    await claims.claim(caller("bob"), "a.py", symbol="second", intent="rename")
    claims.check_write(caller("ada"), "a.py", 2, 3)
    with pytest.raises(ToolFailed, match=r"claimed by bob \(rename"):
        claims.check_write(caller("cy"), "a.py", 8, 8)
    with pytest.raises(ToolFailed, match="claimed by ada"):
        await claims.claim(caller("cy"), "a.py")
    assert claims.refused == 2


async def test_a_claim_ends_after_five_minutes_without_use(claims: Claims, clock: JumpingClock) -> None:
    await claims.claim(caller("ada"), "a.py")
    clock.jump(HELD_S - 1)
    claims.check_write(caller("ada"), "a.py", None, None)
    clock.jump(HELD_S - 1)
    assert claims.held("a.py")
    clock.jump(2)
    assert not claims.held("a.py")


async def test_claims_are_found_again_and_end_with_their_agent(
    store: Store, claims: Claims, clock: JumpingClock
) -> None:
    await claims.claim(caller("ada"), "a.py", 3, 4)
    claims.moved("a.py", 1, 0, 2)
    await store.flush()
    again = Claims(store, clock, "main", lines_of)
    await again.load()
    assert [(view.start, view.end) for view in again.held("a.py")] == [(5, 6)]
    await again.end(agent="ada")
    assert not again.held()


async def test_release_and_bad_lines(claims: Claims) -> None:
    await claims.claim(caller("ada"), "a.py", 3, 4)
    assert await claims.release(caller("ada"), "a.py") == 1
    assert await claims.release(caller("ada"), "a.py") == 0
    with pytest.raises(ToolRetry, match="no region"):
        await claims.claim(caller("ada"), "a.py", 4, 3)


@given(st.integers(1, 40), st.integers(0, 10), st.integers(1, 40), st.integers(0, 10), st.integers(0, 10))
def test_a_region_outside_an_edit_keeps_exactly_its_lines(
    start: int, more: int, at: int, removed: int, added: int
) -> None:
    end = start + more
    text = [f"line {n}" for n in range(1, 70)]
    edited = [*text[: at - 1], *["new"] * added, *text[at - 1 + removed :]]
    first, last = move_region(start, end, at, removed, added)
    assert 1 <= first <= last
    if at + removed - 1 < start or at > end:
        assert edited[first - 1 : last] == text[start - 1 : end]


def test_symbols_have_lines(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n\ndef f():\n    return x\n")
    here = Confinement(tmp_path)
    assert symbol_lines(here, "a.py", "f") == (3, 4)
    with pytest.raises(ToolRetry, match="no symbol"):
        symbol_lines(here, "a.py", "g")
    with pytest.raises(ToolRetry, match="cannot be read"):
        symbol_lines(here, "b.py", "f")
