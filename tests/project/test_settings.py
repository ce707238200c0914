"""Settings: who wins, what an untrusted folder may do, what is wrong and where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.core.settings import SETTINGS
from loomkin_jupyter.project.settings import Settings, load_settings
from loomkin_jupyter.project.settings_file import parse_file


def load(root: Path, text: str = "", **more: Any) -> Settings:
    (root / ".loomkin.toml").write_text(text)
    given: dict[str, Any] = {"environment": {}, "user": root / "none.toml", **more}
    return load_settings(root, **given)


def test_the_nearer_source_wins(tmp_path: Path) -> None:
    (tmp_path / "user.toml").write_text("[agents]\niterations = 5\nmost = 7\n")
    found = load(
        tmp_path,
        '[model]\ndefault = "openai:gpt"\n[agents]\nmost = 9\n',
        environment={"LOOMKIN_MODEL": "a/b"},
        workspace={"model.fast": "c/d"},
        user=tmp_path / "user.toml",
        trusted=True,
    )
    assert (found["model.default"], found.source("model.default")) == ("a/b", "environment LOOMKIN_MODEL")
    assert found["model.fast"] == "c/d"
    assert (found["agents.most"], found.source("agents.most")) == (9, ".loomkin.toml")
    assert found["agents.iterations"] == 5
    assert found.source("tools.timeout_s") == "default"


def test_permissions_take_the_strictest(tmp_path: Path) -> None:
    found = load(tmp_path, '[permissions]\npreset = "strict"\n', arguments={"permissions.preset": "full"}, trusted=True)
    assert found["permissions.preset"] == "strict"


def test_an_untrusted_folder_only_tightens(tmp_path: Path) -> None:
    text = (
        '[permissions]\npreset = "full"\nauto_approve = ["shell"]\n[budget]\nrun_usd = 99.0\n[sandbox]\nuse = "off"\n'
    )
    found = load(tmp_path, text)
    assert (found["permissions.preset"], found["budget.run_usd"], found["sandbox.use"]) == ("balanced", 5.0, "auto")
    assert found.auto_approve == ()
    assert len(found.problems) == 3
    assert load(tmp_path, "[budget]\nrun_usd = 1.0\n", arguments={"budget.run_usd": 3.0})["budget.run_usd"] == 1.0
    assert load(tmp_path, text, trusted=True)["permissions.preset"] == "full"


def test_the_originals_names_are_read(tmp_path: Path) -> None:
    text = '[model]\nweak = "a/fast"\narchitect = "a/strong"\n[permissions]\nauto_approve = ["file_read"]\n[healing]\nmax_attempts = 1\n'
    found = load(tmp_path, text, trusted=True)
    assert (found["model.fast"], found["model.strong"], found.auto_approve) == ("a/fast", "a/strong", ("file_read",))
    assert found.problems == ()


def test_mistakes_name_the_line_and_the_nearest_key(tmp_path: Path) -> None:
    found = load(tmp_path, '[agents]\niteratons = 5\nmost = 0\n\n[permissions]\npreset = "balansed"\n')
    texts = [str(problem) for problem in found.problems]
    assert "line 2" in texts[0] and "agents.iterations" in texts[0]
    assert "line 3" in texts[1] and "between 1 and 10000" in texts[1]
    assert "line 6" in texts[2] and "balanced" in texts[2]
    assert found["agents.most"] == 100


def test_a_wrong_argument_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one of strict"):
        load(tmp_path, arguments={"permissions.preset": "all"})
    with pytest.raises(UsageError, match="no setting"):
        load(tmp_path).get("model.defalt")


@given(text=st.text(max_size=200))
def test_any_text_is_read_or_reported(text: str) -> None:
    found = parse_file(text)
    assert set(found.values) <= {setting.key for setting in SETTINGS}


VALUES = st.one_of(
    st.booleans(), st.integers(-(10**12), 10**12), st.sampled_from(['"x"', '"strict"', "[1]", "inf", "nan", "1.5"])
)


@given(key=st.sampled_from([setting.key for setting in SETTINGS]), value=VALUES)
def test_values_are_valid_or_the_default_holds(key: str, value: Any) -> None:
    section, _, name = key.partition(".")
    written = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    found = parse_file(f"[{section}]\n{name} = {written}\n")
    assert (key in found.values) != bool(found.problems)
