"""What a team remembers: decisions across sessions, doubt that spreads, every byte beyond the window."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.store import agents as agent_rows
from loomkin_jupyter.store import histories
from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, ScriptRequest, steps
from loomkin_jupyter.testing.wire import flat
from tests.scenarios.conftest import LONG, CommandLine, in_store, project_with, workspace_of

MODEL = "openai/gpt-4o"
KINDS = ("goal", "decision", "option", "action", "outcome", "observation", "revisit")


def node(kind: str, title: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "decision_log", {"node_type": kind, "title": title, **more}


def test_M1_decisions_of_every_kind_are_found_in_the_next_session(project: Path) -> None:
    first = [node("goal", "Know the fleet", confidence=90)]
    later = [
        node(kind, f"A {kind} of note", parent_id="D2", edge_type=edge, confidence=40 + place)
        for place, (kind, edge) in enumerate(
            zip(KINDS[1:], ("leads_to", "chosen", "rejected", "enables", "supports", "requires"), strict=True)
        )
    ]
    asked = [("decision_query", {"query_type": "search", "search_term": "note", "limit": 50})]
    script = steps({"lead": [Reply(calls=first), Reply(calls=later), "Noted.", Reply(calls=asked), "Still known."]})
    with ScriptedServer(script) as server:
        line = CommandLine(project, server)
        try:
            noted = line.run("run", "Note it", "--model", MODEL)
            assert noted.returncode == 0, noted.stderr
            again = line.run("run", "What was noted?", "--model", MODEL)
            assert again.returncode == 0 and again.stdout.strip() == "Still known.", again.stderr
            graph = json.loads(line.run("graph", "--format", "json").stdout)
        finally:
            line.close()
        told = server.requests[-1].results[-1]
    assert told[0] == "decision_query" and all(f"A {kind} of note" in told[1] for kind in KINDS[1:])
    assert sorted(n["kind"] for n in graph["nodes"]) == sorted(KINDS)
    assert {n["title"]: n.get("confidence") for n in graph["nodes"]}["Know the fleet"] == 90
    kinds = {(e["source"], e["kind"]) for e in graph["edges"]}
    assert kinds == {("D2", k) for k in ("leads_to", "chosen", "rejected", "enables", "supports", "requires")}


def test_M2_doubt_spreads_both_ways_tells_the_agent_and_clears(project: Path) -> None:
    script = steps(
        {
            "lead": [
                Reply(calls=[node("decision", "Join on tail numbers", confidence=80)]),
                Reply(calls=[node("decision", "Tail numbers are unique", parent_id="D2", edge_type="requires", confidence=90)]),
                Reply(calls=[node("action", "Plot delays by age", parent_id="D2", edge_type="enables")]),
                "Decided.",
            ]
        },
        last="Understood.",
    )  # fmt: skip
    with ScriptedServer(script) as server, workspace_of(project, server) as opened:
        assert opened.ask("Decide", model=MODEL).status == "done"
        assert opened.command(do="revise", node="D3", confidence=20, reason="two aircraft share one")["ok"]
        # D2 requires D3: doubt comes up to it; what D2 enables is reached by way of it.
        up = opened.heard.wait(s.DoubtSpread)
        assert up.handle == "D3" and "D2" in up.flagged and any("D2" in path for path in up.paths)
        notice = opened.heard.wait(s.MessageSent, lambda m: m.to == "lead" and "doubtful" in m.text)
        assert "Join on tail numbers" in notice.text
        server.wait_for(5, agent="lead", timeout_s=LONG)
        assert any("doubtful" in flat(m.get("content")) for m in server.by("lead")[-1].messages)
        assert opened.command(do="revise", node="D3", confidence=85, reason="they are unique per year")["ok"]
        assert "D2" in opened.heard.wait(s.DoubtCleared).cleared
        assert not [n for n in opened.workspace.graph.nodes() if n.uncertain]
        assert opened.command(do="revise", node="D2", confidence=10, reason="the join doubles rows")["ok"]
        down = opened.heard.wait(s.DoubtSpread, lambda d: d.handle == "D2")
        assert down.flagged == ["D4"] and opened.workspace.graph.get("D4").uncertain


FILES = 10
LINES = 520


def text_of(number: int) -> str:
    """Return about 100 KB that occur nowhere else: some 25,000 tokens."""
    return "".join(f"file {number} line {line}: {'wing and engine ' * 11}{number * line}\n" for line in range(LINES))


class Reader:
    """A model that reads one file after the other and refuses a request beyond its window."""

    def __init__(self) -> None:
        self.read = 0
        self.largest = 0

    def __call__(self, request: ScriptRequest) -> Reply:
        self.largest = max(self.largest, len(json.dumps(request.body)) // 4)
        if self.read == FILES:
            return Reply(text="All read.")
        self.read += 1
        return Reply(calls=[("file_read", {"file_path": f"part{self.read - 1}.txt"})])


def test_M7_a_window_of_128K_takes_in_more_than_228K_and_every_byte_is_kept(tmp_path: Path) -> None:
    root = project_with(tmp_path, {"LOOMKIN.md": "# Rules\n", **{f"part{n}.txt": text_of(n) for n in range(FILES)}})
    total = sum(len(text_of(n)) for n in range(FILES))
    assert total / 4 >= 228_000
    reader = Reader()
    settings: dict[str, Any] = {"tools.result_chars": 200_000, "budget.run_usd": 100.0, "budget.agent_usd": 100.0}
    with ScriptedServer(reader) as server, workspace_of(root, server, **settings) as opened:
        finished = opened.ask("Read everything", model=MODEL)
        assert (finished.status, finished.answer) == ("done", "All read."), finished
        assert reader.largest <= 128_000
        moved = opened.heard.of(s.KeeperCreated)
        assert moved, "nothing was offloaded"
        keepers = opened.workspace.parts.keepers
        kept = [opened.portal.run(keepers.load(one.keeper), LONG) for one in moved]
    live = in_store(root, live_text)
    for number in range(FILES):
        for line in text_of(number).splitlines():
            assert any(line in text for text in (*kept, live)), f"lost: {line[:40]}"


def live_text(conn: sa.Connection) -> str:
    entries = histories.load_live(conn, "main", "lead")
    return "\n".join(getattr(entry, "text", "") for entry in entries)


def test_M14_a_workspace_outlives_the_processes_that_opened_it(project: Path) -> None:
    script = steps({"lead": ["The answer is 42.", "As I said: 42."]})
    with ScriptedServer(script) as server:
        line = CommandLine(project, server)
        try:
            first = line.start("run", "What is the answer?", "--model", MODEL)
            assert first.wait() == 0, first.said()
            second = line.start("run", "What did you say?", "--model", MODEL)
            assert second.wait() == 0, second.said()
        finally:
            line.close()
        shown = [flat(m.get("content")) for m in server.requests[-1].messages]
    one, two = (process.heard.of(s.RunFinished)[0] for process in (first, second))
    assert one.workspace == two.workspace and one.run != two.run
    assert one.epoch < two.epoch
    assert "The answer is 42." in shown and any("What is the answer?" in text for text in shown)
    joined = in_store(project, lambda conn: [a.name for a in agent_rows.of_team(conn, "main")])
    assert joined == ["lead"]
