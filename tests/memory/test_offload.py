"""Zero loss: an agent with a window of 128,000 tokens works through more than 228,000, and every byte can be had again."""

from __future__ import annotations

import random

from loomkin_jupyter.core.messages import AssistantEntry, Entry, ToolCall, ToolEntry, UserEntry
from loomkin_jupyter.core.ports import ModelLimits
from loomkin_jupyter.core.signals import ContextOffloaded, KeeperCreated, Signal
from loomkin_jupyter.memory.keepers import Keepers
from loomkin_jupyter.memory.offload import offload
from loomkin_jupyter.memory.tokens import estimate
from loomkin_jupyter.memory.window import is_pointer, plan
from loomkin_jupyter.store import histories
from loomkin_jupyter.store.store import Store
from tests.memory.conftest import to_messages

WINDOW = 128_000
LIMITS = ModelLimits(model="test/model", window=WINDOW)


def turn(number: int, words: int) -> list[Entry]:
    draw = random.Random(number)
    text = " ".join(f"w{draw.randrange(10**6)}" for _ in range(words))
    return [
        UserEntry(id=f"u{number}", text=f"request {number} ünï\n{text[:400]}"),
        AssistantEntry(id=f"a{number}", text="", calls=(ToolCall(f"c{number}", "shell", '{"command": "ls"}'),)),
        ToolEntry(id=f"t{number}", call_id=f"c{number}", name="shell", text=f"result {number}\n{text}"),
        AssistantEntry(id=f"f{number}", text=f"answer {number} 日本語"),
    ]


async def add(store: Store, entries: list[Entry]) -> None:
    await store.transact(lambda tx: histories.append(tx, "main", "worker", entries))


async def everything(store: Store) -> list[Entry]:
    return await store.read(lambda conn: histories.load_all(conn, "main", "worker"))


async def test_every_byte_is_kept_in_order(store: Store, heard: list[Signal]) -> None:
    said: list[Entry] = []
    live: list[Entry] = []
    number = total = 0
    while total < 260_000:
        number += 1
        new = turn(number, 700)
        await add(store, new)
        said += new
        live += new
        total += sum(estimate(entry.text) for entry in new)
        if plan(live, LIMITS, "You are worker.").full:
            live = await offload(store, "main", "worker", live, window=WINDOW)
        assert plan(live, LIMITS, "You are worker.").tokens < WINDOW * 0.7
    stored = [entry for entry in await everything(store) if not is_pointer(entry)]
    assert stored == said
    assert await store.read(lambda conn: histories.load_live(conn, "main", "worker")) == live

    keepers = Keepers(store)
    heads = await keepers.list(agent="worker")
    assert len(heads) == sum(isinstance(signal, KeeperCreated) for signal in heard) >= 2
    text = "\n\n".join([await keepers.load(head.handle) for head in heads])
    kept = said[: len(said) - sum(not is_pointer(entry) for entry in live)]
    position = -1
    for entry in kept:
        if entry.text:
            found = text.find(entry.text, position + 1)
            assert found > position
            position = found
    whole = await keepers.history("main", "worker")
    places = [whole.index(f"result {n}\n") for n in range(1, number + 1)]
    assert places == sorted(places)


async def test_the_pointer_says_what_where_and_how(store: Store, heard: list[Signal]) -> None:
    live = [entry for number in range(10) for entry in turn(number, 300)]
    await add(store, live)
    after = await offload(store, "main", "worker", live, window=WINDOW)
    pointer = after[0]
    assert is_pointer(pointer)
    assert "[keeper K1] request 0 ünï" in pointer.text
    assert "results of shell" in pointer.text
    assert "context_retrieve(keeper_id='K1')" in pointer.text
    assert after[1] == live[12]
    signal = heard[-1]
    assert isinstance(signal, ContextOffloaded)
    assert signal.after_tokens < signal.before_tokens


async def test_a_message_larger_than_the_window_goes_whole_to_a_keeper(store: Store) -> None:
    huge = UserEntry(id="big", text="start " + "x y z " * 200_000 + "end", pinned=True)
    live: list[Entry] = [*turn(1, 50), huge]
    await add(store, live)
    after = await offload(store, "main", "worker", live, window=WINDOW)
    assert plan(after, LIMITS, "s").tokens < WINDOW * 0.6
    assert any("[keeper K" in entry.text and entry.text.endswith("end") for entry in after)
    keepers = Keepers(store)
    texts = [await keepers.load(head.handle) for head in await keepers.list()]
    assert any(huge.text in text for text in texts)
    stored = [entry for entry in await everything(store) if entry.id in {e.id for e in live}]
    assert stored == live


async def test_a_large_result_keeps_its_call(store: Store) -> None:
    live = [*turn(1, 50), *turn(2, 50), *turn(3, 60_000)]
    await add(store, live)
    after = await offload(store, "main", "worker", live, window=WINDOW)
    messages = to_messages(after, "s")
    calls = [call["id"] for message in messages for call in message.get("tool_calls", [])]
    results = [message["tool_call_id"] for message in messages if message["role"] == "tool"]
    assert calls == results
    assert "interrupted" not in str(messages)
    assert plan(after, LIMITS, "s").tokens < WINDOW * 0.6


async def test_nothing_moves_where_there_is_nothing(store: Store) -> None:
    assert await offload(store, "main", "worker", [], window=WINDOW) == []
