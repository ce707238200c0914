"""The panels for people who do not use a mouse or see little: axe-core finds nothing, in light and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import ROOT

AXE = ROOT / "labextension" / "node_modules" / "axe-core" / "axe.min.js"

Story = Callable[..., Page]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("view", "state"),
    [
        ("run_card", "running"),
        ("run_card", "ended"),
        ("sidebar", "running"),
        ("sidebar", "empty"),
        ("graph", "running"),
    ],
)
def test_axe_finds_nothing(story: Story, view: str, state: str, theme: str) -> None:
    page = story(view, state, theme=theme)
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    if view == "graph":
        page.wait_for_selector("canvas")
    assert problems(page) == []
    if view == "graph":
        page.click("[data-control=graph-table]")
        page.locator("[data-control=graph-row]").nth(3).click()
        assert problems(page) == []
    if (view, state) == ("run_card", "running"):
        page.click("[data-control=question-always]")
        assert problems(page) == []


def problems(page: Page) -> list[str]:
    """What axe-core says of the panel in ``page``: every rule it has, the best practices too."""
    if not AXE.is_file():
        pytest.fail("axe-core is not there; install it: cd labextension && jlpm")
    page.add_script_tag(path=str(AXE))
    found: list[dict[str, Any]] = page.evaluate(
        "async () => (await axe.run('#here', { resultTypes: ['violations'] })).violations"
    )
    return [f"{one['id']}: {node['html'][:160]} {node['failureSummary']}" for one in found for node in one["nodes"]]
