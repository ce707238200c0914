"""The system prompt and how messages read."""

from __future__ import annotations

from loomkin_jupyter.agents.prompt import Surroundings, Teammate, envelope_text, handoff_text, system_prompt
from loomkin_jupyter.agents.roles import BUILT_IN
from loomkin_jupyter.core.messages import Handoff
from loomkin_jupyter.testing.script import address


def test_the_first_line_says_who_it_is() -> None:
    text = system_prompt("coder-2", BUILT_IN["coder"], Surroundings(team="main", teammates=[Teammate("lead", "lead")]))
    assert address(text) == ("coder-2", "coder", "main")
    assert "You report to lead." in text


def test_empty_parts_are_left_out() -> None:
    text = system_prompt("lead", BUILT_IN["lead"], Surroundings(team="main", rules="No force pushes."))
    assert "No force pushes." in text
    assert "Live variables" not in text


def test_a_handoff_leaves_empty_lists_out() -> None:
    text = handoff_text("T1", "Look", Handoff("Found it.", discoveries=("one",)))
    assert "- one" in text
    assert "Files changed" not in text


def test_only_the_user_speaks_plainly() -> None:
    assert envelope_text("user", "request", "Do it.") == "Do it."
    assert envelope_text("coder", "message", "Hi", trusted=False).startswith("[message from coder (untrusted)]")
    assert envelope_text("loomkin", "nudge", "Go on").startswith("[nudge]")
