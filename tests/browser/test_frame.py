"""What the frame around a notebook says of the team: status bar, notices, commands with keys."""

from __future__ import annotations

from playwright.sync_api import Page

from loomkin_jupyter.testing.scripted import ScriptedServer, steps
from tests.browser.conftest import LONG_MS, Lab
from tests.browser.test_live import ASK, CARD, LOAD, SIDEBAR, held, write_notes

STATUS = "#jp-main-statusbar .lk-status"
NOTICE = ".Toastify__toast:has-text('needs you')"


def test_status_bar_notice_and_keys(lab: Lab, page: Page, model: ScriptedServer) -> None:
    page.set_viewport_size({"width": 1400, "height": 900})
    model.script = steps({"lead": [write_notes, held("frame")]})
    lab.open(page, lab.project("frame", LOAD, ASK))
    assert not page.locator(STATUS).is_visible()
    lab.finish_cell(page, 0)
    lab.run_cell(page, 1)
    page.wait_for_selector(f"{STATUS}:has-text('1 needs you')", timeout=LONG_MS)
    assert "$" in page.inner_text(STATUS)
    page.wait_for_selector(f"{NOTICE}:has-text('lead needs you')")
    assert page.evaluate("document.activeElement.closest('.Toastify__toast, #loomkin-sidebar')") is None
    assert not page.locator(SIDEBAR).is_visible()
    page.keyboard.press("Alt+Shift+N")
    page.wait_for_selector(f"{SIDEBAR} [data-question]:focus")
    page.wait_for_selector(NOTICE, state="detached")
    page.keyboard.press("Alt+Shift+N")  # a key of ours counts within our own parts, too
    page.wait_for_selector(f"{SIDEBAR} [data-question]:focus")
    page.keyboard.press("y")
    model.wait_for(2)
    page.wait_for_selector(f"{STATUS}:has-text('1 working')", timeout=LONG_MS)
    assert "needs you" not in page.inner_text(STATUS)
    page.evaluate("window.jupyterapp.shell.collapseRight()")
    page.wait_for_selector(SIDEBAR, state="hidden")
    page.click(STATUS)
    page.wait_for_selector(SIDEBAR)
    page.evaluate("window.jupyterapp.shell.collapseRight()")
    page.keyboard.press("Alt+Shift+L")
    page.wait_for_selector(SIDEBAR)
    page.keyboard.press("Alt+Shift+Period")
    page.wait_for_selector(CARD, state="detached", timeout=LONG_MS)
    page.wait_for_selector(".jp-Notebook .jp-OutputArea :text('Stopped')", timeout=LONG_MS)
    model.event("frame").set()


def test_the_commands_are_in_the_palette(lab: Lab, page: Page) -> None:
    lab.open(page, lab.notebook("palette.ipynb", ""))
    page.evaluate("window.jupyterapp.commands.execute('apputils:activate-command-palette')")
    page.fill("#command-palette input, #modal-command-palette input", "loomkin")
    for words in ("Open Loomkin", "Stop all agents", "Go to the next thing that needs you"):
        # One that cannot be used now is in the palette, but hidden.
        page.wait_for_selector(f".lm-CommandPalette-itemLabel:text('{words}')", state="attached")
