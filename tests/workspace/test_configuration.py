"""Settings and trust of an open workspace: kept, put into force at once, and refused when they cannot hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.core.signals import SettingChanged
from loomkin_jupyter.testing.scripted import ScriptedServer
from loomkin_jupyter.workspace.configuration import check_setting
from tests.scenarios.conftest import Opened, workspace_of


def test_a_setting_is_kept_and_forgotten(project: Path, server: ScriptedServer):
    with workspace_of(project, server) as opened:
        assert "agents.most is 7 (from workspace)" in opened.command(do="setting", key="agents.most", value=7)["text"]
        assert opened.heard.wait(SettingChanged).value == "7"
    with workspace_of(project, server) as opened:
        assert opened.workspace.settings["agents.most"] == 7
        assert "(from default)" in opened.command(do="setting", key="agents.most", value=None)["text"]


def test_a_wrong_setting_changes_nothing(opened: Opened):
    assert "Did you mean agents.most" in opened.command(do="setting", key="agents.mots", value=7)["error"]
    assert not opened.command(do="setting", key="agents.most", value="many")["ok"]
    assert opened.heard.of(SettingChanged) == []


@pytest.mark.parametrize("value", [-1, "many", None, [3]])
def test_what_is_not_valid_is_named(value: object):
    with pytest.raises(UsageError, match=r"agents\.most") as failed:
        check_setting("agents.most", value)
    assert failed.value.remedy


def test_a_model_that_names_no_provider_is_refused_at_once(opened: Opened):
    refused = opened.command(do="setting", key="model.default", value="xyz")
    assert "names no provider" in refused["error"]
    assert "provider/model" in refused["remedy"]
    assert opened.heard.of(SettingChanged) == []


def test_trust_lets_the_projects_files_loosen_and_distrust_takes_it_back(own_home: Path, opened: Opened):
    (opened.workspace.root / ".loomkin.toml").write_text('[permissions]\npreset = "full"\n')
    assert "is trusted" in opened.command(do="trust_folder")["text"]
    assert opened.workspace.settings["permissions.preset"] == "full"
    assert "not trusted any more" in opened.command(do="trust_folder", revoke=True)["text"]
    assert opened.workspace.settings["permissions.preset"] == "balanced"
