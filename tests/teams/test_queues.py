"""Queues that people edit: several messages become one and are taken apart again, whatever else happens meanwhile."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.errors import LoomkinError, UsageError
from loomkin_jupyter.core.messages import Envelope
from loomkin_jupyter.core.signals import QueueEdited
from loomkin_jupyter.store import inbox as rows
from loomkin_jupyter.teams.queues import Queues
from tests.agents.conftest import World


async def waiting_for_lead(world: World, *texts: str, sender: str = "user") -> Queues:
    """Have these texts wait for a lead that is paused."""
    if not world.team.roster.lead:
        for role in ("lead", "coder"):
            await world.team.seats.start(AgentSpec(role=role))
            await world.team.levers.pause(role)
    for text in texts:
        await world.team.comms.send(sender, "lead", text)
    return world.team.comms.queues


def queue(world: World, agent: str = "lead") -> list[Envelope]:
    return list(world.team.roster.agents[agent].inbox.waiting())


async def stored(world: World, agent: str = "lead") -> list[Envelope]:
    return await world.store.read(lambda conn: rows.waiting(conn, "main", agent))


async def test_messages_become_one_in_their_order_and_are_taken_apart_again(quick: World) -> None:
    queues = await waiting_for_lead(quick, "one", "two", "three", "four")
    before = queue(quick)
    made = await queues.squash([before[2].id, before[0].id])  # named in any order
    assert [e.text for e in queue(quick)] == ["one\n\nthree", "two", "four"]
    assert made.id == before[0].id
    assert await stored(quick) == queue(quick)
    await queues.squash([made.id, before[3].id])
    assert [e.text for e in queue(quick)] == ["one\n\nthree\n\nfour", "two"]
    parts = await queues.restore(made.id)
    assert [part.text for part in parts] == ["one", "three", "four"]
    assert [e.text for e in queue(quick)] == ["one", "three", "four", "two"]
    assert await stored(quick) == queue(quick)
    assert [e.change for e in quick.of(QueueEdited)] == [
        "edited", "squashed", "edited", "squashed", "edited", "restored", "restored",
    ]  # fmt: skip
    with pytest.raises(UsageError, match="not made of several"):
        await queues.restore(made.id)


async def test_only_a_persons_own_messages_to_one_agent_become_one(quick: World) -> None:
    queues = await waiting_for_lead(quick, "one", "two")
    mine = queue(quick)
    with pytest.raises(UsageError, match="two or more"):
        await queues.squash([mine[0].id, mine[0].id])
    await waiting_for_lead(quick, "from a teammate", sender="coder")
    with pytest.raises(UsageError, match="from coder cannot be squashed"):
        await queues.squash([mine[0].id, queue(quick)[-1].id])
    await quick.team.comms.send("user", "coder", "elsewhere")
    with pytest.raises(UsageError, match="Not all of these"):
        await queues.squash([mine[0].id, queue(quick, "coder")[0].id])
    later = await quick.team.levers.schedule("lead", "later", quick.kit.services.clock.now() + 3600)
    with pytest.raises(UsageError, match="scheduled"):
        await queues.squash([mine[0].id, later])
    with pytest.raises(LoomkinError, match="no longer waits"):
        await queues.squash(["msg_none", mine[0].id])
    assert [e.text for e in queue(quick)] == ["one", "two", "from a teammate", "later"]
    assert [e.id for e in await stored(quick)] == [e.id for e in queue(quick)]


async def test_what_was_read_meanwhile_is_not_changed_and_not_put_back(quick: World) -> None:
    queues = await waiting_for_lead(quick, "one", "two")
    first, second = queue(quick)
    await quick.store.transact(lambda tx: rows.consume(tx, "main", [first.id]))  # read, and not yet out of the inbox
    for change in (queues.edit(first.id, "uno"), queues.delete(first.id), queues.squash([first.id, second.id])):
        with pytest.raises(LoomkinError, match="no longer waits"):
            await change
    assert [e.text for e in await stored(quick)] == ["two"]
    assert not quick.of(QueueEdited)


async def test_a_squashed_message_survives_a_restart_with_its_parts(quick: World) -> None:
    queues = await waiting_for_lead(quick, "one", "two")
    made = await queues.squash([e.id for e in queue(quick)])
    (kept,) = await stored(quick)
    assert kept == made
    assert [part.text for part in kept.squashed] == ["one", "two"]


class Modelled:
    """What a queue must be: texts in order, some of several parts."""

    def __init__(self, texts: list[str]) -> None:
        self.items = [[text] for text in texts]

    def squash(self, places: list[int]) -> None:
        first = min(places)
        whole = [part for place in sorted(places) for part in self.items[place]]
        self.items = [
            whole if place == first else item
            for place, item in enumerate(self.items)
            if place == first or place not in places
        ]

    def restore(self, place: int) -> None:
        self.items[place : place + 1] = [[part] for part in self.items[place]]

    def texts(self) -> list[str]:
        return ["\n\n".join(item) for item in self.items]


STEPS = st.lists(
    st.tuples(st.sampled_from(["squash", "restore", "move", "delete"]), st.sets(st.integers(0, 5), min_size=1)),
    max_size=8,
)


async def test_any_series_of_changes_leaves_memory_and_store_as_the_model_says(quick: World) -> None:
    await waiting_for_lead(quick)
    cases: list[list[tuple[str, set[int]]]] = []

    @settings(max_examples=40, deadline=None)
    @given(steps=STEPS)
    def collect(steps: list[tuple[str, set[int]]]) -> None:
        cases.append(steps)

    collect()
    for steps in cases:
        await follow(quick, steps)


async def follow(world: World, steps: list[tuple[str, set[int]]]) -> None:
    """Do the steps to the real queue and to the model."""
    for old in queue(world):
        await world.team.comms.queues.delete(old.id)
    texts = [f"text {number}" for number in range(6)]
    queues, model = await waiting_for_lead(world, *texts), Modelled(texts)
    for what, chosen in steps:
        now = queue(world)
        places = sorted(place for place in chosen if place < len(now))
        if not places:
            continue
        if what == "squash" and len(places) > 1:
            await queues.squash([now[place].id for place in places])
            model.squash(places)
        elif what == "restore" and len(model.items[places[0]]) > 1:
            await queues.restore(now[places[0]].id)
            model.restore(places[0])
        elif what == "move":
            await queues.move(now[places[0]].id, places[-1])
            model.items.insert(places[-1], model.items.pop(places[0]))
        elif what == "delete":
            await queues.delete(now[places[0]].id)
            model.items.pop(places[0])
        assert [e.text for e in queue(world)] == model.texts(), steps
        assert [e.text for e in await stored(world)] == model.texts(), steps
