"""The parts of a workspace: all there, each the same one wherever it is used, and put into force again by ``reload``."""

from __future__ import annotations

import dataclasses

from loomkin_jupyter.workspace.parts import Parts
from tests.scenarios.conftest import Opened


def test_everything_is_there_and_shared(opened: Opened):
    parts = opened.workspace.parts
    assert [field.name for field in dataclasses.fields(Parts) if getattr(parts, field.name) is None] == []
    services = parts.kit.services
    assert (services.store, services.graph, services.gate) == (parts.store, parts.graph, parts.gate)
    assert (services.keepers, services.release, services.clock) == (parts.keepers, parts.release, parts.clock)
    kit = parts.kit
    assert (kit.models, kit.budget, kit.registry) == (parts.models, parts.budget, parts.registry)
    assert (kit.toolbox, kit.human, kit.kernel) == (parts.toolbox, parts.questions, parts.kernel)
    assert (kit.bus, kit.schedule, kit.root) == (parts.bus, parts.schedule, parts.root)


def test_a_stored_setting_holds_after_a_reload_and_not_before(opened: Opened):
    parts = opened.workspace.parts
    parts.stored["budget.run_usd"] = 0.25
    assert parts.settings["budget.run_usd"] != 0.25
    parts.reload()
    assert parts.settings["budget.run_usd"] == 0.25
    assert parts.settings.source("budget.run_usd") == "workspace"


def test_rules_of_the_project_are_read_again(opened: Opened):
    parts = opened.workspace.parts
    before = parts.kit.rules()
    (parts.root / "LOOMKIN.md").write_text("# Rules\n\nSay please.\n")
    assert parts.kit.rules() == before
    parts.reload()
    assert "Say please." in parts.kit.rules()
