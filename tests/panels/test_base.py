# pyright: basic
"""What all panels share: stub, static siblings, commands, resync."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import Any

import pytest

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.panels.base import LoomkinPanel, stub
from loomkin_jupyter.panels.pump import Pump
from loomkin_jupyter.panels.run_card import RunCardPanel
from loomkin_jupyter.panels.sidebar import SidebarPanel
from loomkin_jupyter.views.projection import Projection


def answer(command: dict[str, Any]) -> Future[dict[str, Any]]:
    future: Future[dict[str, Any]] = Future()
    future.set_result({"ok": True, "did": command["do"]})
    return future


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What a panel sends to its page."""
    messages: list[Any] = []
    monkeypatch.setattr(LoomkinPanel, "send", lambda self, content, buffers=None: messages.append(content))  # type: ignore[misc]
    return messages


async def test_the_stub_is_small_and_loads_its_own_bundle(pump: Pump) -> None:
    panel = RunCardPanel(pump, answer)
    assert "loomkin/static/run_card.js?v=" in panel._esm  # pyright: ignore[reportPrivateUsage]
    assert "loomkin/static/sidebar.js?v=" in SidebarPanel(pump, answer)._esm  # pyright: ignore[reportPrivateUsage]
    assert len(stub("graph")) < 2_000


async def test_the_output_has_static_siblings_and_a_stable_repr(pump: Pump) -> None:
    panel = RunCardPanel(pump, answer, run="r")
    data, _ = panel._repr_mimebundle_()
    assert {"text/html", "text/markdown", "text/plain", "application/vnd.jupyter.widget-view+json"} <= set(data)
    assert "Running" in data["text/html"]
    assert repr(panel) == "<Loomkin run card>"


async def test_batches_go_to_the_page_until_it_is_closed(pump: Pump, sent: list[Any]) -> None:
    panel = RunCardPanel(pump, answer)
    pump.take(s.TaskCreated(task="T9", title="x"))
    pump.flush()
    assert sent[-1]["patch"]["tasks"]["T9"]["title"] == "x"
    panel.close()
    pump.take(s.TaskCreated(task="T10", title="x"))
    pump.flush()
    assert "T10" not in str(sent[-1])


async def test_a_reloaded_page_gets_the_state_of_now(pump: Pump) -> None:
    panel = RunCardPanel(pump, answer)
    pump.take(s.TaskCreated(task="T9", title="x"))
    pump.flush()
    assert panel.get_state()["snapshot"]["state"]["tasks"]["T9"]["title"] == "x"


async def test_commands_are_handed_on_and_answered(pump: Pump, sent: list[Any]) -> None:
    panel = RunCardPanel(pump, answer)
    panel._heard(panel, {"do": "stop", "reply_to": "7"}, [])  # pyright: ignore[reportPrivateUsage]
    assert sent[-1] == {"kind": "reply", "reply_to": "7", "reply": {"ok": True, "did": "stop"}}
    panel._heard(panel, {"event": "else"}, [])  # pyright: ignore[reportPrivateUsage]
    assert len(sent) == 1


async def test_words_for_hosts_without_our_server(pump: Pump) -> None:
    panel = RunCardPanel(pump, answer)
    panel.say()
    assert panel.words.startswith("Running")


async def test_a_card_that_was_there_first_follows_the_pump(pump: Pump, sent: list[Any]) -> None:
    early = Pump(asyncio.get_running_loop())
    early.begin(Projection(), (0, 0))
    early.take(s.RunStarted(run="r", request="Audit"))
    early.flush()
    panel = RunCardPanel(early, answer, run="r")
    panel.follow(pump)
    assert sent[-1]["kind"] == "snapshot"
    assert set(sent[-1]["state"]["decisions"]["nodes"]) == {"D1", "D2"}
    before = len(sent)
    early.take(s.TaskCreated(task="T1", title="of another feed"))
    early.flush()
    assert len(sent) == before
    pump.take(s.TaskCreated(task="T9", title="x"))
    pump.flush()
    assert sent[-1]["patch"]["tasks"]["T9"]["title"] == "x"
    early.close()
    panel.close()
