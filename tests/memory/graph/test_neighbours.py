"""Neighbours against a plain definition: lists."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.memory.graph.neighbours import Neighbours

_SIZE = 7
_STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, _SIZE - 1), st.integers(0, _SIZE - 1)), max_size=80)


def _made(steps: list[tuple[bool, int, int]]) -> tuple[Neighbours, list[list[int]]]:
    neighbours, plain = Neighbours(), [list[int]() for _ in range(_SIZE)]
    for _ in range(_SIZE):
        neighbours.grow()
    for add, at, other in steps:
        if add:
            neighbours.join(at, other)
            plain[at].append(other)
        elif other in plain[at]:
            neighbours.cut(at, other)
            plain[at].remove(other)
    return neighbours, plain


@given(_STEPS)
def test_joining_and_cutting_keep_the_order(steps: list[tuple[bool, int, int]]) -> None:
    neighbours, plain = _made(steps)
    assert [neighbours.of(at) for at in range(_SIZE)] == plain


@given(_STEPS, st.integers(0, 5))
def test_walks_go_level_by_level(steps: list[tuple[bool, int, int]], depth: int) -> None:
    neighbours, plain = _made(steps)
    for start in range(_SIZE):
        order, levels = [start], {start: 0}
        for at in order:
            for other in plain[at]:
                if other not in levels:
                    levels[other] = levels[at] + 1
                    order.append(other)
        assert neighbours.reach(start) == order
        assert neighbours.reach_near(start, depth) == [at for at in order if levels[at] <= depth]
