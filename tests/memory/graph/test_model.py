"""Seven kinds of nodes, ten of edges, and what a node must have."""

from __future__ import annotations

import pytest

from loomkin_jupyter.core.errors import ToolRetry
from loomkin_jupyter.memory.graph import model
from loomkin_jupyter.memory.graph.model import Node


def test_the_vocabulary_is_complete() -> None:
    assert len(model.NODE_KINDS) == 7
    assert len(model.EDGE_KINDS) == 10
    assert set(model.EDGE_KINDS) > model.ACYCLIC
    assert model.NODE_STATUSES == ("active", "superseded", "abandoned")


@pytest.mark.parametrize(("confidence", "doubtful"), [(None, False), (0, True), (49, True), (50, False), (100, False)])
def test_doubt_begins_below_fifty(confidence: int | None, doubtful: bool) -> None:
    node = Node(id="1", handle="D1", kind="decision", title="x", confidence=confidence)
    assert node.doubtful is doubtful
    assert model.check_confidence(confidence) == confidence


def test_titles_are_one_line() -> None:
    assert model.check_title(" a\n b ") == "a b"
    with pytest.raises(ToolRetry, match="at most 500"):
        model.check_title("x" * 501)
    with pytest.raises(ToolRetry, match="confidence is True"):
        model.check_confidence(True)
