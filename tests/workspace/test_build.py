"""Opening a workspace: whose settings count, what an untrusted folder may do, and that a failed opening leaves nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.core.signals import ErrorReported, LogWritten, Signal, WorkspaceOpened
from loomkin_jupyter.runtime.portal import Portal
from loomkin_jupyter.workspace.build import Live, open_workspace
from loomkin_jupyter.workspace.options import RunOptions


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person without settings and keys."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(home))
    return home


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


async def test_every_signal_is_heard_from_the_first_and_problems_are_told(project: Path):
    (project / ".loomkin.toml").write_text("[agents]\nmots = 5\n")
    heard: list[Signal] = []
    with Portal() as portal:
        workspace = portal.run(open_workspace(project, portal=portal, environment={}, listeners=[heard.append]), 120)
        first = workspace.id
        portal.run(workspace.close(), 120)
        again = portal.run(open_workspace(project, portal=portal, environment={}), 120)
        assert again.id == first
        portal.run(again.close(), 120)
    assert isinstance(heard[0], WorkspaceOpened)
    assert any("mots" in x.message for x in heard if isinstance(x, ErrorReported))
    assert any("loomkin trust" in x.text for x in heard if isinstance(x, LogWritten))
    assert (project / ".loomkin/.gitignore").read_text() == "*\n"


def test_a_failed_opening_leaves_no_thread(tmp_path: Path):
    root = tmp_path / "file"
    root.mkdir()
    (root / ".loomkin").write_text("a file where a folder should be")
    known = set(threading.enumerate())
    before = threading.active_count()
    with Portal() as portal, pytest.raises(LoomkinError) as failed:
        portal.run(open_workspace(root, portal=portal, environment={}), 120)
    assert failed.value.remedy
    # Threads of other tests that are on their way out are none of ours.
    fresh = [t.name for t in threading.enumerate() if t not in known]
    assert not [name for name in fresh if name in ("loomkin-namespace", "loomkin-portal")]
    assert threading.active_count() <= before + 8  # the shared pool's threads may have come
