"""Pages and a kernel that is killed under them; two pages that show the same team."""

from __future__ import annotations

import json

import psutil
from playwright.sync_api import Page

from loomkin_jupyter.testing.scripted import ScriptedServer, steps
from tests.browser.conftest import LONG_MS, Lab
from tests.browser.test_live import ASK, CARD, LOAD, SIDEBAR, held, saved_outputs, team_of, write_notes

PLACE = ".jp-Notebook .jp-Cell:nth-of-type(2) .jp-OutputArea"
STATIC = ["text/html", "text/markdown", "text/plain"]


def kill_kernel(lab: Lab) -> None:
    """Kill the only kernel's process; it gets no chance to say anything."""
    kernel = lab.rest("GET", "/api/kernels")[0]["id"]
    written = json.loads((lab.folder.parent / "run" / f"loomkin-{kernel}.json").read_text())
    psutil.Process(int(written["pid"])).kill()


def test_a_page_whose_kernel_is_killed_shows_and_saves_the_record(lab: Lab, page: Page, model: ScriptedServer) -> None:
    model.script = steps({"lead": [held("killed")]})
    name = lab.project("killed", LOAD, ASK, "'unsaved'")
    lab.open(page, name)
    lab.finish_cell(page, 0)
    lab.run_cell(page, 1)
    model.wait_for(1)
    page.wait_for_selector(f"{CARD} [data-control=stop]", timeout=LONG_MS)
    page.evaluate("window.jupyterapp.shell.currentWidget.context.save()")
    # An edit that is not saved: the server must leave the file to the page.
    page.evaluate(
        "window.jupyterapp.shell.currentWidget.content.widgets[2].model.sharedModel.setSource('\"typed meanwhile\"')"
    )
    kill_kernel(lab)
    page.wait_for_selector(f"{PLACE} :text('Interrupted: the kernel died at')", timeout=LONG_MS)
    assert "loomkin resume goes on" in page.inner_text(PLACE)
    assert page.locator(CARD).count() == 0
    assert page.evaluate("window.jupyterapp.shell.currentWidget.context.model.dirty")
    assert "typed meanwhile" not in (lab.folder / name).read_text()
    page.evaluate("window.jupyterapp.shell.currentWidget.context.save()")
    assert [sorted(each["data"]) for each in saved_outputs(lab, name)] == [STATIC]
    assert "typed meanwhile" in (lab.folder / name).read_text()
    model.event("killed").set()


def test_two_pages_show_the_same_team(lab: Lab, page: Page, model: ScriptedServer) -> None:
    model.script = steps({"lead": [write_notes, "The notes are written."]})
    name = lab.project("tabs", LOAD, ASK)
    lab.open(page, name)
    lab.finish_cell(page, 0)
    lab.run_cell(page, 1)
    page.wait_for_selector(f"{CARD} [data-question]", timeout=LONG_MS)
    page.evaluate("window.jupyterapp.shell.currentWidget.context.save()")
    other = page.context.new_page()
    lab.open(other, name)
    other.wait_for_selector(f"{CARD} [data-question]", timeout=LONG_MS)
    other.wait_for_selector(f"{SIDEBAR} [data-question]", state="attached", timeout=LONG_MS)
    assert team_of(other) == team_of(page)
    words = [one.inner_text(f"{CARD} [data-part=needs]") for one in (page, other)]
    assert words[0].splitlines()[:2] == words[1].splitlines()[:2]
    other.click(f"{CARD} [data-control=question-allow-once]")
    for one in (page, other):
        one.wait_for_selector(CARD, state="detached", timeout=LONG_MS)
        one.wait_for_selector(f"{PLACE} :text('The notes are written.')", timeout=LONG_MS)
