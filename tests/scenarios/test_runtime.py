"""What agents run on: streams, signals and their readers, tools that misbehave, secrets, requests without a model."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from loomkin_jupyter import tool
from loomkin_jupyter.core import signals as s
from loomkin_jupyter.runtime.bus import Subscription
from loomkin_jupyter.store import journal
from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, steps
from loomkin_jupyter.tools.declare import DECLARED
from loomkin_jupyter.views.projection import Projection
from loomkin_jupyter.workspace.record import database_of, read_signals
from tests.scenarios.conftest import LONG, CommandLine, in_store, workspace_of

MODEL = "openai/gpt-4o"
SECRET = "correct-horse-battery-staple-1729"


def test_L3_the_answer_is_shown_while_it_comes(project: Path) -> None:
    text = "Rows by carrier, one after the other. " * 40
    script = steps({"lead": [Reply(text=text, hold="rest", hold_after=12)]})
    with ScriptedServer(script) as server, workspace_of(project, server) as opened:
        run = opened.start("Count", model=MODEL)
        first = opened.heard.wait(s.TextStreamed)
        assert first.text and text.startswith(first.text)
        assert not opened.heard.of(s.AnswerReceived), "the stream was shown only when it was over"
        server.event("rest").set()
        assert opened.finish(run).answer.strip() == text.strip()
        assert "".join(t.text for t in opened.heard.of(s.TextStreamed)).strip() == text.strip()


def test_S1_signals_are_typed_reach_their_topic_are_kept_and_played_again(project: Path) -> None:
    spawn = ("team_spawn", {"team_name": "crew", "purpose": "look", "roles": [{"role": "coder", "name": "ada"}]})
    assign = ("team_assign", {"title": "Look", "description": "Look.", "agent_name": "ada"})
    done = ("peer_complete_task", {"task_id": "T1", "result": "Looked at everything.", "actions_taken": ["looked"]})
    script = steps(
        {
            "lead": [Reply(calls=[spawn]), Reply(calls=[assign]), "I wait.", "Done."],
            "ada": [Reply(calls=[("directory_list", {"path": "."})]), Reply(calls=[done]), "Looked."],
        }
    )
    with ScriptedServer(script) as server, workspace_of(project, server) as opened:

        async def subscribe() -> list[Subscription]:
            bus = opened.workspace.bus
            return [
                bus.subscribe("*/main/ada"),
                bus.subscribe("*/main", types={"tool.finished"}),
                bus.subscribe("*/another"),
            ]

        readers = opened.portal.run(subscribe(), LONG)
        assert opened.ask("Look", model=MODEL, trust="full").status == "done"

        async def drain() -> list[list[s.Signal]]:
            return [reader.drain() for reader in readers]

        of_ada, tools, of_another = opened.portal.run(drain(), LONG)
    heard = opened.heard.signals
    assert [x.id for x in of_ada] == [x.id for x in heard if x.agent == "ada"][: len(of_ada)] and len(of_ada) > 5
    assert {type(x) for x in tools} == {s.ToolFinished} and {x.agent for x in tools} == {"lead", "ada"}
    assert not of_another
    numbers = [(x.epoch, x.seq) for x in heard]
    assert len(set(numbers)) == len(numbers), "a number was given twice"
    kept = {x.id: x for x in read_signals(project)}
    durable = [x for x in heard if not x.TRANSIENT]
    order = [(x.epoch, x.seq) for x in durable]
    assert order == sorted(order), "what is kept was not told in its order"
    assert [kept[x.id] for x in durable] == durable, "the journal holds something else than was told"
    assert [s.decode(s.encode(x)) for x in heard] == heard
    played = in_store(project, replay)
    assert played == sorted((x for x in kept.values() if x.epoch == played[0].epoch), key=lambda x: x.seq)
    assert {x.id for x in durable if x.epoch == played[0].epoch} <= {x.id for x in played} and len(played) > 50


def replay(conn: sa.Connection) -> list[s.Signal]:
    """Play the journal from its beginning, a few signals at a time, as a reader that comes back does."""
    played: list[s.Signal] = []
    epoch, last = journal.last(conn)
    for _ in range(last + 1):
        more = journal.read_from(conn, epoch, played[-1].seq if played else 0, limit=7)
        if not more:
            break
        played += more
    return played


def test_S2_a_view_rebuilt_from_the_journal_is_the_view_that_was_seen(project: Path) -> None:
    calls = [("decision_log", {"node_type": "goal", "title": "Look"}), ("peer_create_task", {"title": "Count"})]
    script = steps(
        {
            "lead": [
                Reply(calls=calls),
                Reply(
                    calls=[("peer_complete_task", {"task_id": "T1", "result": "x" * 30, "actions_taken": ["counted"]})]
                ),
                "Twelve.",
            ]
        }
    )
    with ScriptedServer(script) as server, workspace_of(project, server) as opened:
        assert opened.ask("Look", model=MODEL).status == "done"
        opened.portal.run(opened.workspace.parts.recorder.settle(), LONG)
    seen, rebuilt = Projection(), Projection()
    journal = read_signals(project)
    heard = {signal.id for signal in opened.heard.signals}
    for signal in opened.heard.signals:
        seen.apply(signal)
    for signal in journal:
        if signal.id in heard:
            rebuilt.apply(signal)
    durable = [signal.id for signal in opened.heard.signals if not signal.TRANSIENT]
    assert [signal.id for signal in journal if not signal.TRANSIENT and signal.id in heard] == durable
    one, other = seen.snapshot(), rebuilt.snapshot()
    for part in ("runs", "tasks", "questions", "decisions", "changes", "claims", "keepers"):
        assert one[part] == other[part], part
    assert one["tasks"]["T1"]["status"] == "completed"


def test_S3_a_reader_that_never_reads_harms_nobody_and_learns_what_it_missed(project: Path) -> None:
    script = steps({"lead": [Reply(calls=[("directory_list", {"path": "."})]), "Done."]})
    with ScriptedServer(script) as server, workspace_of(project, server) as opened:

        async def subscribe() -> Subscription:
            return opened.workspace.bus.subscribe(capacity=3)

        slow = opened.portal.run(subscribe(), LONG)
        assert opened.ask("Look", model=MODEL).status == "done"
        published = len(opened.heard.signals)

        async def read() -> list[s.Signal]:
            got = list[s.Signal]()
            while len(slow):
                got.append(await asyncio.wait_for(anext(slow), LONG))
            return got

        got = opened.portal.run(read(), LONG)
    gap = got[0]
    assert isinstance(gap, s.GapMarked) and gap.lost >= published - 3 > 10
    # After the gap it gets the newest, in their order; more may have been published by the time it reads.
    kept = [signal.id for signal in got if not isinstance(signal, s.GapMarked)]
    assert len(kept) >= 3
    assert kept == [signal.id for signal in opened.heard.signals[published - 3 :] if signal.id in kept]


def test_C12_a_secret_reaches_neither_the_model_nor_the_record(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_PASSWORD", SECRET)
    (project / "notes.txt").write_text(f"The warehouse opens with {SECRET}, every night.\n")
    script = steps(
        {
            "lead": [
                Reply(calls=[("file_read", {"file_path": "notes.txt"}), ("shell", {"command": "cat notes.txt"})]),
                "Read.",
            ]
        }
    )
    with ScriptedServer(script) as server:
        line = CommandLine(project, server)
        try:
            done = line.start("run", "Read the notes", "--model", MODEL, "--trust", "full")
            assert done.wait() == 0, done.said()
            told = "".join(s.encode(signal).decode() for signal in done.heard.signals)
        finally:
            line.close()
        sent = [json.dumps(request.body) for request in server.requests]
    assert "The warehouse opens with [redacted], every night." in sent[-1]
    assert not any(SECRET in text for text in (*sent, told))
    record = [path for path in project.joinpath(".loomkin").rglob("*") if path.is_file()]
    assert database_of(project) in record
    assert not [path for path in record if SECRET.encode() in path.read_bytes()]


@pytest.fixture
def own_tools() -> Iterator[None]:
    """Tools of a user's own that go wrong in every way."""
    before = dict(DECLARED.specs)

    @tool(kind="read", roles=("lead",))
    def scenario_raises() -> str:
        """Raise."""
        raise RuntimeError("the tool is broken")

    @tool(kind="read", roles=("lead",), timeout_s=0.5)
    async def scenario_hangs() -> str:
        """Never end."""
        await asyncio.Event().wait()
        return "never"

    @tool(kind="read", roles=("lead",), isolated=True)
    def scenario_dies() -> str:
        """Take its process down."""
        os.abort()

    yield
    DECLARED.specs.clear()
    DECLARED.specs.update(before)


def test_T29_a_tool_that_raises_hangs_or_dies_harms_nobody(project: Path, own_tools: None) -> None:
    names = ("scenario_raises", "scenario_hangs", "scenario_dies")
    script = steps({"lead": [*(Reply(calls=[(name, {})]) for name in names), "All three failed, I am fine."]})
    with ScriptedServer(script) as server, workspace_of(project, server) as opened:
        finished = opened.ask("Try them", model=MODEL)
        assert (finished.status, finished.answer) == ("done", "All three failed, I am fine.")
        results = dict(server.requests[-1].results)
        assert "the tool is broken" in results["scenario_raises"]
        assert "did not end within 0.5 s" in results["scenario_hangs"]
        assert list(results) == list(names)
        ended = {f.tool: f.status for f in opened.heard.of(s.ToolFinished)}
        assert ended == dict.fromkeys(names, "failed")
        assert not opened.heard.of(s.AgentRestarted)
        assert opened.ask("Still there?", model=MODEL).answer == "done."


def test_L6_a_team_answers_without_a_model_a_key_or_a_network(project: Path, tmp_path: Path) -> None:
    line = CommandLine(project)
    keep = tmp_path / "kept"
    try:
        done = line.demo("--json", "--keep", str(keep))
    finally:
        line.close()
    assert done.returncode == 0, done.stderr
    heard = [s.decode(text) for text in done.stdout.splitlines()]
    finished = heard[-1]
    assert isinstance(finished, s.RunFinished) and finished.status == "done" and finished.cost_usd == 0
    assert finished.agents >= 3 and finished.decisions > 0
    assert all("no language model" in m.model and m.cost_nano == 0 for m in heard if isinstance(m, s.CallMetered))
    started = next(signal for signal in heard if isinstance(signal, s.RunStarted))
    assert any("no language model" in label for label in started.labels)
