"""How long a person waits while a cell blocks the kernel: medians of five, asserted at three times the figure."""

from __future__ import annotations

import statistics

from playwright.sync_api import Page

from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, ScriptRequest
from tests.browser.conftest import LONG_MS, Lab
from tests.browser.test_live import ASK, CARD, LOAD, PROMPTS, SLACK, STOP_S, TIMED_CLICK, write_notes

ROUNDS = 5
ANSWER_S = 1.0
"""From the key to a card that asks no more."""

BLOCK = (
    "import pathlib, time\nwhile not pathlib.Path('go').exists():\n    time.sleep(0.02)\npathlib.Path('go').unlink()"
)

# Counts from the next key that is pressed until the selector finds nothing.
TIMED_KEY = """
selector => {
    window.answered = new Promise((done, failed) => document.addEventListener('keydown', () => {
        const from = performance.now();
        const look = () => {
            if (!document.querySelector(selector)) return done((performance.now() - from) / 1000);
            if (performance.now() - from > 120000) return failed(new Error('it is still asked'));
            requestAnimationFrame(look);
        };
        look();
    }, { capture: true, once: true }));
}
"""


def _script(request: ScriptRequest) -> Reply:
    if request.messages[-1]["role"] == "tool":
        return Reply(text="Go on.", hold=f"round-{request.answers}")
    return write_notes(request)


def test_keys_and_stop_during_a_sleeping_cell(lab: Lab, page: Page, model: ScriptedServer) -> None:
    model.script = _script
    lab.open(page, lab.project("latency", LOAD, ASK, BLOCK))
    lab.finish_cell(page, 0)
    answers: list[float] = []
    stops: list[float] = []
    output = ".jp-Notebook .jp-Cell:nth-of-type(2) .jp-OutputArea"
    for _ in range(ROUNDS):
        lab.run_cell(page, 1)
        page.wait_for_selector(f"{CARD} [data-question]", timeout=LONG_MS)
        lab.run_cell(page, 2)
        page.wait_for_function(f"{PROMPTS}[2].includes('*')")
        asked = len(model.requests)
        page.focus(f"{CARD} [data-question]")
        page.evaluate(TIMED_KEY, f"{CARD} [data-question]")
        page.keyboard.press("y")
        answers.append(page.evaluate("window.answered"))
        model.wait_for(asked + 1)
        stops.append(page.evaluate(TIMED_CLICK, [f"{CARD} [data-control=stop]", output, "topped"]))
        assert "*" in page.evaluate(PROMPTS)[2], "the cell must still block the kernel"
        model.event(f"round-{model.requests[-1].answers}").set()
        page.wait_for_selector(CARD, state="detached", timeout=LONG_MS)
        (lab.folder / "latency" / "go").touch()
        page.wait_for_function(f"!{PROMPTS}[2].includes('*')", timeout=LONG_MS)
    for name, figure, took in (("approval by key", ANSWER_S, answers), ("stop", STOP_S, stops)):
        median = statistics.median(took)
        print(f"{name}: median {median:.2f} s of {[round(value, 2) for value in took]}, with a busy kernel")
        assert median <= figure * SLACK
