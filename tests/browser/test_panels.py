"""Every control of every panel does something; texts of models stay texts; the panels fit and stay small."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from loomkin_jupyter.views.static.bundle import bundle
from tests.browser.stories.server import STATIC
from tests.browser.stories.states import RUN, XSS, attack

Story = Callable[..., Page]

VIEWS = [("run_card", ""), ("sidebar", ""), ("graph", "")]
PARTS = ["agents", "approvals", "changes", "claims", "cost", "feed", "queue", "tasks"]
CARD_LIMIT = 60 * 1024


def sent(page: Page) -> list[dict[str, Any]]:
    """What went to the kernel, without the requests for a snapshot."""
    messages: list[dict[str, Any]] = page.evaluate("story.sent")
    return [message for message in messages if message["do"] != "snapshot"]


def unfold(page: Page) -> None:
    """Open every folded part."""
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    page.evaluate("() => new Promise(done => setTimeout(done, 50))")


def look(page: Page) -> str:
    """The page as text that changes when anything a person could notice changes."""
    return str(
        page.evaluate(
            """() => {
                const boxes = [...document.querySelectorAll('input, textarea, select')].map(b => b.value + b.checked);
                const hidden = [...document.querySelectorAll('[hidden], [open], [aria-pressed]')].map(e => e.outerHTML.slice(0, 200));
                const scrolled = [...document.querySelectorAll('.lk-feed')].map(e => e.scrollTop);
                const canvas = [...document.querySelectorAll('canvas')].map(c => { try { return c.toDataURL() } catch { return '' } });
                return [document.body.innerText, boxes, hidden, scrolled, document.activeElement?.dataset.control, canvas].join('|');
            }"""
        )
    )


def use(control: Locator) -> None:
    """Use a control as a person would."""
    tag = str(control.evaluate("e => e.tagName"))
    kind = control.get_attribute("type")
    if tag == "SELECT":
        control.select_option(index=1)
    elif tag == "TEXTAREA" or (tag == "INPUT" and kind in ("text", "search", "number")):
        control.fill("61" if kind == "number" else "drop")
    else:
        control.click()


def prepare(page: Page, name: str) -> None:
    """Bring a control into the situation in which it can be used."""
    openers = {
        "queue-text": "queue-edit",
        "queue-save": "queue-edit",
        "queue-cancel": "queue-edit",
        "question-scope": "question-always",
        "question-always-confirm": "question-always",
        "question-always-cancel": "question-always",
        "needs-previous": "needs-next",
    }
    name_of = re.sub(r"-(text|send)$", "", name) if re.match(r"agent-.*-(text|send)$", name) else openers.get(name, "")
    if name_of:
        page.locator(f"[data-control='{name_of}']:visible").first.click()
    if name.startswith(("revise", "walk")):
        page.locator("[data-control=graph-table]:visible").first.click()
        page.locator("[data-control=graph-row]").nth(1).click()
    if name == "graph-row":
        page.locator("[data-control=graph-table]:visible").first.click()
    fillers = {
        "agent-steer-send": "agent-steer-text",
        "agent-message-send": "agent-message-text",
        "ask-send": "ask-text",
        "question-send": "question-reason",
    }
    if name in fillers:
        page.locator(f"[data-control='{fillers[name]}']:visible").last.fill("look again")
    if name in ("graph-previous", "graph-next"):
        page.locator("[data-control=graph-search]:visible").first.fill("drop")


# Following a feed that is at its end has nothing to do; the copy goes to the clipboard.
SILENT = {"feed-newest", "proposal-copy"}


def controls(page: Page) -> list[str]:
    """The names of all controls, each once."""
    names: list[str] = page.evaluate(
        "[...new Set([...document.querySelectorAll('[data-control]')].map(e => e.dataset.control))]"
    )
    return names


@pytest.mark.parametrize(("view", "panel"), [*VIEWS, *(("sidebar", part) for part in PARTS)])
def test_every_control_changes_something_or_sends_a_command(story: Story, view: str, panel: str) -> None:
    page = story(view, "running", panel=panel)
    unfold(page)
    names = [name for name in controls(page) if name not in SILENT]
    assert names or panel in ("claims", "cost")
    late = {"question-always": ["question-scope", "question-always-confirm", "question-always-cancel"]}
    names += [more for name in list(names) for more in late.get(name, [])]
    if view == "graph":
        names += ["graph-row", "walk-why", "walk-so-what"]
    dead: list[str] = []
    for name in names:
        page = story(view, "running", panel=panel)
        unfold(page)
        prepare(page, name)
        found = page.locator(f"[data-control='{name}']:visible")
        if found.count() == 0:
            dead.append(f"{name} (never visible)")
            continue
        control = found.nth(1) if name == "question-scope" else found.first
        before, count = look(page), len(sent(page))
        use(control)
        try:
            page.wait_for_function(
                "([count]) => story.sent.filter(m => m.do !== 'snapshot').length > count", arg=[count], timeout=250
            )
        except Exception as error:
            if "Timeout" not in str(error):
                raise
            if look(page) == before:
                dead.append(name)
    assert not dead, f"controls without an effect in {view} {panel}: {dead}"


@pytest.mark.parametrize(("view", "panel"), VIEWS)
def test_every_control_keeps_the_keys_of_the_notebook_away(story: Story, view: str, panel: str) -> None:
    page = story(view, "running", panel=panel)
    unfold(page)
    page.evaluate("window.heard = 0; document.body.addEventListener('keydown', () => window.heard++)")
    unguarded = page.evaluate(
        """() => [...document.querySelectorAll('#here a, #here button, #here input, #here select, #here textarea, #here summary, #here [tabindex]')]
            .filter(e => !e.hasAttribute('data-lm-suppress-shortcuts')).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert unguarded == []
    page.locator("[data-control]:visible").first.focus()
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.evaluate("window.heard") == 0


def test_allow_once_names_the_question_and_the_choice(story: Story) -> None:
    page = story("run_card", "running")
    page.click("[data-control=question-allow-once]")
    assert {k: sent(page)[-1][k] for k in ("do", "question", "choice")} == {
        "do": "answer",
        "question": "Q4",
        "choice": "allow_once",
    }


def test_deny_sends_the_reason(story: Story) -> None:
    page = story("run_card", "running")
    page.fill("[data-control=question-reason]", "not this file")
    page.click("[data-control=question-deny]")
    assert (sent(page)[-1]["choice"], sent(page)[-1]["reason"]) == ("deny", "not this file")


def test_always_shows_its_scope_first_and_never_has_the_focus(story: Story) -> None:
    page = story("run_card", "running")
    page.click("[data-control=question-always]")
    assert sent(page) == []
    assert page.evaluate("document.activeElement.dataset.control") == "question-scope"
    page.locator("[data-control=question-scope]").nth(1).check()
    page.click("[data-control=question-always-confirm]")
    assert (sent(page)[-1]["choice"], sent(page)[-1]["scope"]) == ("always", "file_write in this folder")


@pytest.mark.parametrize(("key", "choice"), [("y", "allow_once"), ("n", "deny")])
def test_keys_answer_while_the_card_has_the_focus(story: Story, key: str, choice: str) -> None:
    page = story("run_card", "running")
    page.keyboard.press(key)
    assert sent(page) == []
    page.focus("[data-question=Q4]")
    page.keyboard.press(key)
    assert sent(page)[-1]["choice"] == choice


def test_key_d_folds_the_details_and_escape_leaves(story: Story) -> None:
    page = story("run_card", "running")
    page.focus("[data-question=Q4]")
    page.keyboard.press("d")
    assert not page.locator("[data-question=Q4] details").evaluate("e => e.open")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement === document.body")


def test_an_answer_given_elsewhere_says_where(story: Story) -> None:
    page = story("run_card", "running")
    page.evaluate(
        "story.tell({kind: 'delta', seq: 1, patch: {questions: {q_1: {state: 'answered', answer: 'allow_once', by: 'user', where: 'the command line'}}}})"
    )
    page.wait_for_selector("text=Q4 was answered in the command line")
    assert "Needs you (1 of 2)" in page.inner_text("[data-part=needs-heading]")


def test_a_gap_asks_for_a_snapshot_and_goes_on_from_it(story: Story) -> None:
    page = story("run_card", "calm")
    page.evaluate("story.tell({kind: 'delta', seq: 3, patch: {runs: {run_1: {activity: 'from the third batch'}}}})")
    page.wait_for_function("story.sent.some(m => m.do === 'snapshot')")
    page.evaluate(
        "story.tell({kind: 'snapshot', seq: 2, state: {run: 'run_1', clock: 1, runs: {run_1: {id: 'run_1', request: 'r', status: 'running', activity: 'second'}}}})"
    )
    page.wait_for_selector("text=from the third batch")


def test_a_busy_kernel_is_said_to_be_busy(story: Story) -> None:
    page = story("run_card", "running", reply="none")
    page.click("[data-control=stop]")
    page.wait_for_selector("[data-part=notice]:has-text('The kernel is busy')")
    assert page.locator("[data-control=stop]").get_attribute("aria-busy") == "true"


def test_a_refused_command_says_why_and_what_to_do(story: Story) -> None:
    page = story("run_card", "running", reply="error")
    page.click("[data-control=stop]")
    page.wait_for_selector("[data-part=notice]:has-text('Choose one of the team.')")


def test_stop_stays_in_its_place_and_enabled(story: Story) -> None:
    places: list[tuple[int, float]] = []
    for state in ("running", "calm", "ended", "limit", "empty"):
        box = story("run_card", state).locator("[data-control=stop]")
        assert box.is_enabled()
        place = box.bounding_box()
        assert place is not None
        places.append((round(place["x"]), place["width"]))
    assert len(set(places)) == 1, places


@pytest.mark.parametrize("view", ["run_card", "sidebar", "graph"])
def test_texts_of_models_never_run_or_load_anything(story: Story, page: Page, view: str) -> None:
    foreign: list[str] = []
    page.on("request", lambda request: foreign.append(request.url) if "127.0.0.1" not in request.url else None)
    page = story(view, "attack")
    unfold(page)
    if view == "graph":
        page.click("[data-control=graph-table]")
        page.locator("[data-control=graph-row]").first.click()
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    assert page.locator("#here img, #here script, #here iframe, #here form, #here object").count() == 0
    links = page.evaluate("[...document.querySelectorAll('#here a')].map(a => [a.protocol, a.rel])")
    assert all(protocol in ("http:", "https:", "mailto:") and "noopener" in rel for protocol, rel in links)
    handlers = page.evaluate(
        "[...document.querySelectorAll('#here *')].flatMap(e => e.getAttributeNames()).filter(n => n.startsWith('on'))"
    )
    assert handlers == []
    assert foreign == []
    assert XSS[0] in page.content() or "&lt;script&gt;" in page.content()


def test_texts_of_models_stay_texts_in_the_record_that_a_notebook_keeps(story: Story, page: Page) -> None:
    assert len(XSS) >= 30
    foreign: list[str] = []
    page.on("request", lambda request: foreign.append(request.url) if "127.0.0.1" not in request.url else None)
    page = story("run_card", "attack")
    record = bundle(attack(), RUN, "full")["text/html"]
    page.evaluate("record => { document.getElementById('here').innerHTML = record }", record)
    page.evaluate("() => new Promise(done => setTimeout(done, 200))")
    assert page.evaluate("window.hacked") is None
    pictures = page.evaluate("[...document.querySelectorAll('#here img')].map(img => img.src.slice(0, 15))")
    assert set(pictures) <= {"data:image/svg+"}
    assert page.locator("#here :is(script, iframe, form, object, svg, style, link, base, meta, video)").count() == 0
    links = page.evaluate("[...document.querySelectorAll('#here a')].map(a => [a.protocol, a.rel])")
    assert all(protocol in ("http:", "https:", "mailto:") and "noopener" in rel for protocol, rel in links)
    assert foreign == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", ["run_card", "sidebar", "graph"])
def test_nothing_sticks_out_at_320_pixels_and_targets_are_large_enough(
    story: Story, page: Page, view: str, theme: str
) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page = story(view, "running", theme=theme)
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    small = page.evaluate(
        """() => [...document.querySelectorAll('#here button, #here summary, #here select, #here input')].filter(e => e.offsetParent)
            .map(e => [e.dataset.control, e.getBoundingClientRect()]).filter(([, r]) => r.height < 23.9 || r.width < 23.9).map(([n]) => n)"""
    )
    assert small == []


def test_the_first_screenful_answers_a_newcomer(story: Story) -> None:
    text = story("run_card", "running").inner_text("#here")
    order = [
        "profiling flights.csv",
        "last sign",
        "Stop",
        "Needs you (1 of 3)",
        "Changes: 1 file",
        "Tasks 1/4",
        "now: T2",
        "Cost $0.42 of $5.00",
    ]
    places = [text.find(words) for words in order]
    assert -1 not in places and places == sorted(places), list(zip(order, places, strict=True))


def test_a_calm_card_stays_small(story: Story) -> None:
    box = story("run_card", "calm").locator(".lk-card").bounding_box()
    assert box is not None and box["height"] <= 220


@pytest.mark.parametrize(("state", "words"), [("ended", "Done."), ("limit", "Stopped by a limit.")])
def test_the_end_says_how_it_went(story: Story, state: str, words: str) -> None:
    page = story("run_card", state)
    assert words in page.inner_text("[data-part=outcome]")
    assert page.locator("[data-part=ending] table").count() == 3


def test_the_table_has_what_the_picture_has(story: Story) -> None:
    page = story("graph", "running")
    page.wait_for_selector("canvas")
    page.focus(".lk-canvas")
    page.keyboard.press("t")
    assert page.locator("[data-control=graph-row]").count() == 8


def test_a_confidence_can_be_revised(story: Story) -> None:
    page = story("graph", "running")
    page.click("[data-control=graph-table]")
    page.locator("[data-control=graph-row]").nth(3).click()
    page.fill("[data-control=revise-value]", "35")
    page.fill("[data-control=revise-reason]", "the later row is older")
    page.click("[data-control=revise-send]")
    expected = {"do": "revise", "node": "D4", "confidence": 35, "reason": "the later row is older"}
    assert {k: sent(page)[-1][k] for k in expected} == expected


def test_the_run_card_is_light() -> None:
    seen: set[str] = set()
    total = 0
    todo = ["run_card.js"]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        text = (STATIC / name).read_text()
        total += len(gzip.compress(text.encode(), 9))
        todo += [
            f"chunks/{found}"
            for found in re.findall(r"""(?:from|^import|;import)\s*["']\./(?:chunks/)?([\w.-]+\.js)["']""", text)
        ]
    assert len(seen) > 1
    assert total <= CARD_LIMIT


@pytest.mark.parametrize("width", [400, 1400])
def test_a_table_breaks_at_words_and_scrolls_in_its_own_box(story: Story, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page = story("graph", "running")
    page.click("[data-control=graph-table]")
    lines = page.evaluate(
        """() => [...document.querySelectorAll('.lk-tablebox th, .lk-tablebox td:not(.lk-wide)')].filter(cell => !/\\s/.test(cell.textContent.trim()))
            .map(cell => { const range = document.createRange(); range.selectNodeContents(cell); return new Set([...range.getClientRects()].map(r => Math.round(r.bottom / 8))).size })"""
    )
    assert lines and max(lines) <= 2  # the text and the button around it
    heads = page.evaluate(
        "[...document.querySelectorAll('.lk-tablebox th')].map(e => e.getBoundingClientRect().height)"
    )
    assert max(heads) < 40
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_answer_of_a_run_that_is_over_is_seen_without_scrolling_and_stop_is_quiet(story: Story) -> None:
    page = story("run_card", "ended")
    card = page.locator(".lk-card").bounding_box()
    answer = page.locator("[data-part=answer] .lk-text").bounding_box()
    assert card is not None and answer is not None
    assert answer["y"] + answer["height"] <= card["y"] + card["height"]
    assert page.locator("[data-control=stop][data-idle]").count() == 1
    assert story("run_card", "running").locator("[data-control=stop][data-idle]").count() == 0


def test_the_table_of_decisions_begins_with_the_first_and_counts_the_rest(story: Story) -> None:
    page = story("run_card", "ended")
    nodes = {
        f"D{n}": {"handle": f"D{n}", "kind": "goal", "title": f"t{n}", "time": n, "run": RUN} for n in range(20, 25)
    }
    page.evaluate("nodes => story.tell({kind: 'delta', seq: 1, patch: {decisions: {nodes}}})", nodes)
    page.wait_for_selector("[data-part=ending] :text-is('5 more')")


def test_the_detail_takes_no_width_before_a_decision_is_chosen(story: Story) -> None:
    page = story("graph", "running")
    wide = page.locator(".lk-canvas").bounding_box()
    page.click("[data-control=graph-table]")
    page.locator("[data-control=graph-row]").first.click()
    page.click("[data-control=graph-table]")
    narrow = page.locator(".lk-canvas").bounding_box()
    assert wide is not None and narrow is not None
    assert wide["width"] > 800 > narrow["width"]
