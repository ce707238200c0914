"""The run card in a real JupyterLab: it draws, and no key that is meant for it reaches the notebook."""

from __future__ import annotations

import json
import shutil

from playwright.sync_api import Page, TimeoutError

from tests.browser.conftest import Lab
from tests.browser.stories.server import STATIC
from tests.browser.stories.states import running

CARD = """
import anywidget, json, pathlib, traitlets

class Card(anywidget.AnyWidget):
    _esm = 'export default async () => (await import(location.origin + "/lab/extensions/loomkin-stories/run_card.js")).default'
    snapshot = traitlets.Dict().tag(sync=True)
    run = traitlets.Unicode("").tag(sync=True)

Card(snapshot={"kind": "snapshot", "seq": 0, "state": json.loads(pathlib.Path("state.json").read_text())})
"""

CELLS = "window.jupyterapp.shell.currentWidget.content.widgets.length"


def test_pressing_d_twice_on_any_control_keeps_the_cell(lab: Lab, page: Page) -> None:
    # JupyterLab serves every folder of its extensions: the bundle comes from the real server, without a runtime behind it.
    shutil.copytree(STATIC, lab.folder.parent / "data" / "labextensions" / "loomkin-stories", dirs_exist_ok=True)
    (lab.folder / "state.json").write_text(json.dumps(running()))
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    lab.open(page, lab.notebook("card.ipynb", CARD, "1 + 1"))
    lab.run_cell(page, 0)
    try:
        page.wait_for_selector(".jp-OutputArea .lk-card [data-control=question-allow-once]", timeout=30_000)
    except TimeoutError as error:
        raise AssertionError(f"the card was not drawn; the page said: {said[-10:]}") from error
    page.evaluate("document.querySelectorAll('.lk-card details').forEach(part => { part.open = true; })")
    assert page.evaluate(CELLS) == 2
    tried = 0
    for control in page.query_selector_all(".lk-card [data-control], .lk-card [tabindex]"):
        if not control.is_visible():
            continue
        page.evaluate("window.jupyterapp.shell.currentWidget.content.mode = 'command'")
        control.focus()
        page.keyboard.press("d")
        page.keyboard.press("d")
        assert page.evaluate(CELLS) == 2, f"d d on {control.get_attribute('data-control')} deleted a cell"
        tried += 1
    assert tried > 10
