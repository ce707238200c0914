"""The run card in a real JupyterLab: it draws, and no key that is meant for it reaches the notebook."""

from __future__ import annotations

import json
import shutil

from playwright.sync_api import Page

from tests.browser.conftest import Lab
from tests.browser.stories.server import STATIC
from tests.browser.stories.states import running

CARD = """
import anywidget, json, pathlib, traitlets

class Card(anywidget.AnyWidget):
    _esm = 'export default async () => (await import(location.origin + "/files/static/run_card.js")).default'
    snapshot = traitlets.Dict().tag(sync=True)
    run = traitlets.Unicode("").tag(sync=True)

Card(snapshot={"kind": "snapshot", "seq": 0, "state": json.loads(pathlib.Path("state.json").read_text())})
"""

CELLS = "window.jupyterapp.shell.currentWidget.content.widgets.length"


def test_pressing_d_twice_on_any_control_keeps_the_cell(lab: Lab, page: Page) -> None:
    shutil.copytree(STATIC, lab.folder / "static", dirs_exist_ok=True)
    (lab.folder / "state.json").write_text(json.dumps(running()))
    lab.open(page, lab.notebook("card.ipynb", CARD, "1 + 1"))
    lab.run_cell(page, 0)
    page.wait_for_selector(".jp-OutputArea .lk-card [data-control=question-allow-once]", timeout=60_000)
    page.evaluate("document.querySelectorAll('.lk-card details').forEach(part => { part.open = true; })")
    assert page.evaluate(CELLS) == 2
    controls = page.locator(".lk-card [data-control]:visible, .lk-card [tabindex]:visible")
    count = controls.count()
    assert count > 10
    for index in range(count):
        controls.nth(index).focus()
        page.evaluate("window.jupyterapp.shell.currentWidget.content.mode = 'command'")
        controls.nth(index).focus()
        page.keyboard.press("d")
        page.keyboard.press("d")
        name = controls.nth(index).get_attribute("data-control")
        assert page.evaluate(CELLS) == 2, f"d d on {name} deleted a cell"
