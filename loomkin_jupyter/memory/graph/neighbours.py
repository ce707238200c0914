"""Which numbers lie beside which, for walks over a whole graph. Knows no nodes and no edges.

The first two neighbours of each number lie in flat arrays, the others in lists: most nodes have one or two, and a walk
over lists of 100,000 nodes spends most of its time on fetching them from all over the memory.
"""

from __future__ import annotations

from array import array

_NONE = -1
_MORE = -2


class Neighbours:
    """Neighbours of 0, 1, 2 … in the order in which they came; a neighbour may come twice."""

    def __init__(self) -> None:
        self._first = array("i")
        self._second = array("i")
        self._others: dict[int, list[int]] = {}

    def grow(self) -> None:
        """Take in the next number, which has no neighbours yet."""
        self._first.append(_NONE)
        self._second.append(_NONE)

    def join(self, at: int, other: int) -> None:
        """Put ``other`` beside ``at``."""
        if self._first[at] == _NONE:
            self._first[at] = other
        elif self._second[at] == _NONE:
            self._second[at] = other
        elif self._second[at] == _MORE:
            self._others[at].append(other)
        else:
            self._others[at] = [self._second[at], other]
            self._second[at] = _MORE

    def cut(self, at: int, other: int) -> None:
        """Take ``other`` away once."""
        beside = self.of(at)
        beside.remove(other)
        self._first[at] = self._second[at] = _NONE
        self._others.pop(at, None)
        for one in beside:
            self.join(at, one)

    def of(self, at: int) -> list[int]:
        """Return the neighbours of ``at``."""
        first, second = self._first[at], self._second[at]
        if second == _MORE:
            return [first, *self._others[at]]
        return [one for one in (first, second) if one != _NONE]

    def reach(self, start: int) -> list[int]:
        """Return ``start`` and everything that can be reached from it, level by level."""
        order = [start]
        add, first, second, others = order.append, self._first, self._second, self._others
        left = bytearray(b"\1") * (len(first) + 2)
        left[start] = left[_NONE] = left[_MORE] = 0  # the last two places stand for "none" and "more"
        for at in order:  # it grows meanwhile
            one = first[at]
            if left[one]:
                left[one] = 0
                add(one)
            one = second[at]
            if left[one]:
                left[one] = 0
                add(one)
            elif one == _MORE:
                for other in others[at]:
                    if left[other]:
                        left[other] = 0
                        add(other)
        return order

    def reach_near(self, start: int, depth: int) -> list[int]:
        """Return what can be reached in ``depth`` steps, ``start`` included; touches nothing of a graph's size."""
        order, begin = [start], 0
        seen = {start}
        for _ in range(depth):
            end = len(order)
            for at in order[begin:end]:
                for other in self.of(at):
                    if other not in seen:
                        seen.add(other)
                        order.append(other)
            begin = end
        return order
