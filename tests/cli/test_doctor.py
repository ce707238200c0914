"""Doctor: what holds, where it comes from, what is wrong, and never a key's value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Loomkin

SECRET = "sk-very-secret-1234567890"


def test_json_names_versions_sources_and_keys_without_their_values(
    loomkin: Loomkin, project: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    (project / ".loomkin.toml").write_text("[agents]\nmost = 5\nmots = 1\n")
    code, out, err = loomkin("doctor", "--json")
    found = json.loads(out)
    assert code == 0
    assert SECRET not in out + err
    assert found["project"] == str(project)
    assert {"provider": "Anthropic", "key": "ANTHROPIC_API_KEY", "source": "environment"} in found["providers"]
    sources = {setting["key"]: setting["source"] for setting in found["settings"]}
    assert sources["agents.most"] == ".loomkin.toml"
    assert sources["model.default"] == "environment LOOMKIN_MODEL"
    assert any("mots" in problem for problem in found["problems"])
    assert found["trust"] == {"trusted": False, "control_files": True}
    assert not (project / ".loomkin").exists()


def test_people_read_the_same(loomkin: Loomkin, project: Path):
    code, out, _ = loomkin("doctor")
    assert code == 0
    for word in ("loomkin 0.", str(project), "not made yet", "sandbox", "agents.most", "openai/gpt-4o-mini"):
        assert word in out


def test_a_damaged_record_is_a_problem_not_a_crash(loomkin: Loomkin, project: Path):
    (project / ".loomkin").mkdir()
    (project / ".loomkin/loomkin.db").write_bytes(b"no database" * 500)
    code, out, _ = loomkin("doctor")
    assert code == 0
    assert "loomkin forget" in out
