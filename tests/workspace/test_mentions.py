"""Who and what a request names with ``@``: agents are addressed, unknown names are told before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.workspace.mentions import addressed, check_mentions, mentions


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        ("@ada look", ["ada"]),
        ("Look, @ada. And @bob, too; @ada!", ["ada", "bob"]),
        ("See @src/clean.py, @../x.py", ["src/clean.py", "../x.py"]),
        ("@cell[-1] and @In[3]", ["cell[-1]", "In[3]"]),
        ("mail me@example.org about it", []),
        ("what does `@property` do in ```\n@cached\n```?", []),
        ("https://example.org/@someone", []),
        ("@", []),
        ("Context of the request:\n@old — x\n\nRequest:\nAsk @ada", ["ada"]),
    ],
)
def test_the_users_own_words_are_read(request_: str, names: list[str]):
    assert mentions(request_) == names


def test_agents_are_addressed_whatever_the_case_and_the_lead_is_not():
    agents = ["lead", "ada", "coder-2"]
    assert addressed("@Ada and @CODER-2, please", agents) == ("ada", "coder-2")
    assert addressed("@lead and @user and @nobody", agents) == ()


def test_a_name_that_nobody_has_is_told_with_the_nearest(tmp_path: Path):
    (tmp_path / "clean.py").write_text("")
    check_mentions("@ada, @lead: look at @clean.py and @flights", ["ada"], ["flights"], tmp_path)
    with pytest.raises(UsageError, match="Did you mean ada") as wrong:
        check_mentions("@adda look", ["ada"], [], tmp_path)
    assert "Nothing was sent" in wrong.value.remedy
    with pytest.raises(UsageError, match="in a notebook only"):
        check_mentions("see @error", [], [], tmp_path)
    with pytest.raises(UsageError, match="names no agent"):
        check_mentions(f"@{'x' * 5000}", [], [], tmp_path)


@given(
    request=st.text() | st.text(alphabet="@ab`./-[]1 \n"), agents=st.lists(st.sampled_from(["a", "b", "ab", "lead"]))
)
def test_only_agents_are_addressed_and_nothing_breaks_it(request: str, agents: list[str]):
    found = addressed(request, agents)
    assert set(found) <= set(agents) - {"lead"}
    assert len(set(found)) == len(found)
    assert all(name.casefold() in {mention.casefold() for mention in mentions(request)} for name in found)
