"""Calls that were cut off: what is known about each is said, and none is run again."""

from __future__ import annotations

import hashlib

import pytest

from loomkin_jupyter.agents import recovery
from loomkin_jupyter.agents.agent import Agent
from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.messages import AssistantEntry, ToolCall, ToolEntry
from loomkin_jupyter.core.ports import Question
from loomkin_jupyter.core.signals import FileChanged, QuestionAnswered, ToolFinished, ToolStarted
from loomkin_jupyter.store import changes, intents, questions
from loomkin_jupyter.store.changes import Change
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.workspace.undo import undo_last
from tests.agents.conftest import World


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def cut_off(world: World, tool: str) -> Agent:
    """Return a paused lead whose last answer has a call without a result."""
    await world.team.seats.start(AgentSpec(role="lead"))
    lead = world.team.roster.agents["lead"]
    await world.until(lambda: lead.state.status == "idle")  # it has looked at its history, which is still empty
    await world.team.levers.pause("lead")
    await lead.history.add(AssistantEntry(id="a", text="", calls=(ToolCall("call_1", tool, "{}"),), run="run_1"))
    return lead


async def begun(world: World, tool: str, **more: str) -> None:
    await world.store.transact(lambda tx: intents.begin(tx, "call_1", "lead", "main", tool, "{}", **more))  # type: ignore[arg-type]


async def mended(world: World, agent: Agent) -> ToolEntry:
    await recovery.mend(agent)
    entry = agent.history.entries[-1]
    assert isinstance(entry, ToolEntry)
    assert not agent.history.open_calls()
    assert not await world.store.read(lambda conn: intents.open_intents(conn, "main"))
    assert not world.of(ToolStarted)
    assert world.of(ToolFinished)[-1].status == entry.status
    return entry


async def test_a_recorded_effect_is_the_result(quick: World) -> None:
    lead = await cut_off(quick, "peer_create_task")
    await begun(quick, "peer_create_task")
    await quick.store.transact(lambda tx: intents.effect(tx, "call_1", "id: T1"))
    entry = await mended(quick, lead)
    assert (entry.status, entry.text) == ("ok", "id: T1")


@pytest.mark.parametrize(
    ("now", "status", "says"),
    [
        ("new", "ok", "was written"),
        ("old", "interrupted", "was not written"),
        ("somebody else's", "interrupted", "neither the old nor the new"),
    ],
)
async def test_a_file_write_is_judged_by_the_content(quick: World, now: str, status: str, says: str) -> None:
    (quick.root / "a.txt").write_text(now)
    lead = await cut_off(quick, "file_write")
    await begun(quick, "file_write", path="a.txt", before=digest("old"), after=digest("new"))
    entry = await mended(quick, lead)
    assert entry.status == status
    assert says in entry.text
    assert (quick.root / "a.txt").read_text() == now


async def begun_write(world: World, path: str, before: bytes | None, after: bytes) -> int:
    """Leave the store as a write leaves it before it touches the file."""
    was = "" if before is None else hashlib.sha256(before).hexdigest()
    now = hashlib.sha256(after).hexdigest()
    change = Change(call="call_1", agent="lead", team="main", run="run_1", path=path, before=was, after=now)

    def work(tx: Tx) -> int:
        intents.begin(tx, "call_1", "lead", "main", "file_write", "{}", path=path, before=was, after=now)
        return changes.add(tx, change, before)

    return await world.store.transact(work)


@pytest.mark.parametrize("before", [None, b"one\ntwo\n"])
async def test_a_write_that_was_done_is_told_and_can_be_taken_back(quick: World, before: bytes | None) -> None:
    file = quick.root / "a.txt"
    file.write_bytes(b"one\nthree\n")
    lead = await cut_off(quick, "file_write")
    number = await begun_write(quick, "a.txt", before, b"one\nthree\n")
    assert (await mended(quick, lead)).status == "ok"
    (told,) = quick.of(FileChanged)
    assert (told.path, told.call, told.agent, told.run) == ("a.txt", "call_1", "lead", "run_1")
    assert (told.added, told.removed) == ((2, 0) if before is None else (1, 1)) and "+three" in told.diff
    assert [c.number for c in await quick.store.read(changes.standing)] == [number]
    await undo_last(quick.store, quick.root, "a.txt", "user")
    assert (file.read_bytes() if file.exists() else None) == before
    assert await recovery.mend(lead) == [] and len(quick.of(FileChanged)) == 1


@pytest.mark.parametrize("now", [b"old", b"somebody else's"])
async def test_a_write_that_was_not_done_leaves_nothing_to_take_back(quick: World, now: bytes) -> None:
    (quick.root / "a.txt").write_bytes(now)
    lead = await cut_off(quick, "file_write")
    await begun_write(quick, "a.txt", b"old", b"new")
    assert (await mended(quick, lead)).status == "interrupted"
    assert not await quick.store.read(changes.standing) and not quick.of(FileChanged)


async def test_a_new_file_that_was_not_written(quick: World) -> None:
    lead = await cut_off(quick, "file_write")
    await begun(quick, "file_write", path="new.txt", before="", after=digest("new"))
    assert "was not written" in (await mended(quick, lead)).text


async def test_everything_else_is_interrupted_with_an_unknown_outcome(quick: World) -> None:
    lead = await cut_off(quick, "shell")
    await begun(quick, "shell")
    entry = await mended(quick, lead)
    assert (entry.status, entry.text) == ("interrupted", recovery.UNKNOWN)


async def test_what_has_no_intent_was_not_run(quick: World) -> None:
    lead = await cut_off(quick, "shell")
    assert (await mended(quick, lead)).text == recovery.NOT_RUN
    assert await recovery.mend(lead) == []


async def asked(world: World, tool: str, kind: str) -> None:
    """Leave an open question of the call, as a killed process does."""
    question = Question(kind=kind, title="May I?", agent="lead", team="main", run="run_1", tool=tool, call="call_1")  # type: ignore[arg-type]
    await world.store.transact(lambda tx: questions.add(tx, "question_1", tx.handle("Q"), question))


@pytest.mark.parametrize(
    ("tool", "kind", "intent"),
    [
        ("file_write", "permission", False),
        ("ask_user", "question", True),
        ("team_spawn", "spawn", True),
        ("variable_inspect", "release", False),
    ],
)
async def test_a_call_that_waited_for_a_person_is_left_to_be_taken_up(
    quick: World, tool: str, kind: str, intent: bool
) -> None:
    lead = await cut_off(quick, tool)
    await asked(quick, tool, kind)
    if intent:
        await begun(quick, tool)
    assert await recovery.mend(lead, taken_up=True) == []
    assert [call.id for call in recovery.taken_up(lead)] == ["call_1"]
    assert await quick.store.read(questions.open_questions)


@pytest.mark.parametrize(("tool", "kind"), [("kernel_eval", "release"), ("shell", "permission")])
async def test_a_call_that_had_begun_is_not_taken_up_and_its_question_is_closed(
    quick: World, tool: str, kind: str
) -> None:
    lead = await cut_off(quick, tool)
    await asked(quick, tool, kind)
    await begun(quick, tool)
    await recovery.mend(lead, taken_up=True)
    assert not lead.history.open_calls()
    assert not await quick.store.read(questions.open_questions)
    (closed,) = quick.of(QuestionAnswered)
    assert (closed.handle, closed.by, closed.reason) == ("Q1", "stop", recovery.CUT_OFF)


async def test_calls_behind_the_one_that_waited_are_taken_up_with_it(quick: World) -> None:
    await quick.team.seats.start(AgentSpec(role="lead"))
    lead = quick.team.roster.agents["lead"]
    await quick.until(lambda: lead.state.status == "idle")
    await quick.team.levers.pause("lead")
    calls = tuple(ToolCall(f"call_{number}", "file_write", "{}") for number in range(3))
    await lead.history.add(AssistantEntry(id="a", text="", calls=calls, run="run_1"))
    await asked(quick, "file_write", "permission")
    await recovery.mend(lead, taken_up=True)
    assert [call.id for call in recovery.taken_up(lead)] == ["call_1", "call_2"]
    await recovery.mend(lead)
    assert not lead.history.open_calls()
