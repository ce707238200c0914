# pyright: basic
"""The sidebar's comm in a real kernel: snapshot, numbered deltas, commands, a snapshot again on request."""

from __future__ import annotations

import time
import uuid
from typing import Any

from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, in_order


class Page:
    """The page's end of a ``loomkin:feed`` comm."""

    def __init__(self, kernel: Any) -> None:
        self.client = kernel.client
        self.id = uuid.uuid4().hex
        self.seen: list[dict[str, Any]] = []
        self._send("comm_open", {"comm_id": self.id, "target_name": "loomkin:feed", "data": {}})

    def say(self, **command: Any) -> None:
        self._send("comm_msg", {"comm_id": self.id, "data": command})

    def close(self) -> None:
        self._send("comm_close", {"comm_id": self.id, "data": {}})

    def until(self, found: Any, timeout: float = 120.0) -> dict[str, Any]:
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            said = self.client.get_iopub_msg(timeout=timeout)
            if said["msg_type"] == "comm_msg" and said["content"]["comm_id"] == self.id:
                self.seen.append(said["content"]["data"])
                if found(self.seen[-1]):
                    return self.seen[-1]
        raise TimeoutError(self.seen)

    def _send(self, kind: str, content: dict[str, Any]) -> None:
        self.client.shell_channel.send(self.client.session.msg(kind, content))


def merge(target: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    made = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = merge(made.get(key), value)
    return made


def test_before_a_team_is_open_the_page_is_told_so_and_can_ask(kernel: Any, model: ScriptedServer) -> None:
    page = Page(kernel)
    assert page.until(lambda m: True) == {"kind": "closed"}
    page.say(do="stop", reply_to="r1")
    refused = page.until(lambda m: m["kind"] == "reply")
    assert (refused["reply_to"], refused["reply"]["ok"]) == ("r1", False)
    model.script = in_order(Reply(text="From the sidebar."))
    page.say(do="ask", request="Look at the frame", reply_to="r2")
    assert page.until(lambda m: m["kind"] == "reply")["reply"]["ok"] is True
    assert any(m["kind"] == "snapshot" for m in page.seen)
    assert "Look at the frame" in model.wait_for(1, timeout_s=120)[0].last
    page.close()


def test_deltas_are_numbered_and_lead_from_the_snapshot_to_the_state(kernel: Any, model: ScriptedServer) -> None:
    kernel.run("%loomkin status")
    page = Page(kernel)
    whole = page.until(lambda m: m["kind"] == "snapshot")
    state, seq = whole["state"], whole["seq"]
    model.script = in_order(Reply(text="Told as deltas."))
    kernel.send("%%loomkin --name run\nLook")

    def over(message: dict[str, Any]) -> bool:
        nonlocal state, seq
        if message["kind"] == "snapshot":
            state, seq = message["state"], message["seq"]
        elif message["kind"] == "delta":
            assert message["seq"] == seq + 1
            state, seq = merge(state, message["patch"]), message["seq"]
        return any(run["answer"] == "Told as deltas." for run in state["runs"].values())

    page.until(over)
    page.say(do="snapshot", reply_to="again")
    reply = page.until(lambda m: m["kind"] == "reply")["reply"]
    assert reply["ok"] is True
    assert reply["seq"] >= seq
    assert reply["state"]["runs"].keys() == state["runs"].keys()
    page.close()


def test_unloading_tells_the_pages_and_loading_again_serves_them(kernel: Any, model: ScriptedServer) -> None:
    for _ in range(2):
        kernel.run("%loomkin status")
        page = Page(kernel)
        page.until(lambda m: m["kind"] == "snapshot")
        kernel.send("%unload_ext loomkin_jupyter")
        page.until(lambda m: m["kind"] == "closed")
        kernel.client.get_shell_msg(timeout=120)
        assert "not found" in kernel.run("%loomkin status")["text"]
        assert not kernel.run("%load_ext loomkin_jupyter")["error"]
        page.close()
    assert not kernel.run("%loomkin status")["error"]
