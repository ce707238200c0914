"""The table of agent transitions is complete, and refuses what it does not list."""

from __future__ import annotations

import pytest

from loomkin_jupyter.core.status import (
    AGENT_STATUSES,
    TASK_ENDS,
    TASK_STATUSES,
    TRANSITIONS,
    IllegalTransition,
    check_transition,
)


def test_every_status_has_a_row_of_known_statuses() -> None:
    assert set(TRANSITIONS) == set(AGENT_STATUSES)
    assert all(targets <= set(AGENT_STATUSES) for targets in TRANSITIONS.values())
    assert set(TASK_STATUSES) >= TASK_ENDS


@pytest.mark.parametrize("was", AGENT_STATUSES)
@pytest.mark.parametrize("to", AGENT_STATUSES)
def test_the_table_is_what_is_checked(was: str, to: str) -> None:
    if was == to or to in TRANSITIONS[was]:
        check_transition(was, to)
    else:
        with pytest.raises(IllegalTransition, match=f"from {was} to {to}"):
            check_transition(was, to)
