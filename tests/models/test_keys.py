"""Where keys are found, in which order, and what is said without one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from loomkin_jupyter.core.errors import ModelFailed
from loomkin_jupyter.models.keys import check_key, find_keys


def test_the_environment_goes_before_the_file(tmp_path: Path):
    (tmp_path / ".env").write_text("OPENAI_API_KEY=from-file-123\nANTHROPIC_API_KEY='file-456'\nOTHER=x\n")
    keys = find_keys({"OPENAI_API_KEY": "from-env-1234"}, tmp_path, keyring=False)
    assert keys.environment["OPENAI_API_KEY"] == "from-env-1234"
    assert keys.environment["ANTHROPIC_API_KEY"] == "file-456"
    assert "OTHER" not in keys.environment
    assert keys.sources == {"OPENAI_API_KEY": "environment", "ANTHROPIC_API_KEY": ".env"}
    assert [provider.name for provider in keys.providers()] == ["anthropic", "openai"]
    assert "file-456" in keys.secrets


def test_a_file_under_version_control_is_not_used(tmp_path: Path):
    (tmp_path / ".env").write_text("OPENAI_API_KEY=from-file-123\n")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "add", ".env"], check=True)
    keys = find_keys({}, tmp_path, keyring=False)
    assert keys.sources == {}
    assert "version control" in keys.notices[0]


def test_a_missing_key_names_the_way_out():
    with pytest.raises(ModelFailed) as raised:
        check_key("gemini", {})
    assert "GEMINI_API_KEY" in raised.value.remedy
    assert "loomkin/playbook" in raised.value.remedy
    check_key("ollama", {})
    check_key("openai", {"OPENAI_BASE_URL": "http://localhost:1/v1"})
