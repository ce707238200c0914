"""What holds in an open workspace: whose settings count, what an untrusted folder may do, which models are used."""

from __future__ import annotations

from pathlib import Path

import pytest

from loomkin_jupyter.workspace.live import Live
from loomkin_jupyter.workspace.options import RunOptions

pytestmark = pytest.mark.usefixtures("own_home")


def live(root: Path, environment: dict[str, str] | None = None, **overrides: object) -> Live:
    return Live(root, overrides, environment or {}, {"agents.most": 9})


def test_argument_environment_workspace_file_default(project: Path):
    (project / ".loomkin.toml").write_text("[agents]\nmost = 5\n[tools]\ntimeout_s = 7\n")
    there = live(project, {"LOOMKIN_BUDGET": "0.5"}, **{"model.attempts": 2})
    sources = {
        key: there.settings.source(key) for key in ("model.attempts", "budget.run_usd", "tools.timeout_s", "save.level")
    }
    assert sources == {
        "model.attempts": "argument",
        "budget.run_usd": "environment LOOMKIN_BUDGET",
        "tools.timeout_s": ".loomkin.toml",
        "save.level": "default",
    }
    assert there.values()["agents.most"] == 5  # lower than the workspace's own: an untrusted folder may tighten


def test_an_untrusted_folder_only_tightens_until_it_is_trusted(project: Path):
    (project / ".loomkin.toml").write_text('[permissions]\npreset = "full"\n')
    there = live(project)
    assert there.policy(RunOptions()).preset == "balanced"
    assert any("not trusted" in problem for problem in there.problems)
    there.trust.trust(project)
    there.read()
    assert there.policy(RunOptions()).preset == "full"


def test_a_stricter_project_holds_against_an_option(project: Path):
    (project / ".loomkin.toml").write_text('[permissions]\npreset = "strict"\n[sharing]\nlevel = "schema"\n')
    policy = live(project).policy(RunOptions(trust="full", share="full"))
    assert (policy.preset, policy.share) == ("strict", "schema")
    (project / ".loomkin.toml").unlink()
    assert live(project).policy(RunOptions(trust="full", share="full")).preset == "full"


def test_models_follow_keys_options_and_settings(project: Path):
    assert live(project).tiers("").default == "loomkin/playbook"
    assert live(project, {"OPENAI_API_KEY": "k"}).tiers("").default.startswith("openai/")
    assert live(project, {"OPENAI_API_KEY": "k"}).tiers("ollama/llama3").models == ["ollama/llama3"]
