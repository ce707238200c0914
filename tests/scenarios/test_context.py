"""What agents have in mind: a window that is measured, histories that everybody may read, a record that keeps itself."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, ScriptRequest
from loomkin_jupyter.testing.wire import flat
from tests.scenarios.conftest import LONG, CommandLine, project_with, workspace_of

MODEL = "openai/gpt-4o"
Step = Reply | str | Callable[[ScriptRequest], "Reply | str"]
PARTS = 6
RICH: dict[str, Any] = {"budget.run_usd": 100.0}


class InTurn:
    """A model whose agents give their answers one after the other, whatever of the history they are shown."""

    def __init__(self, agents: Mapping[str, Sequence[Step]], last: str = "Done.") -> None:
        self._waiting = {name: list(answers) for name, answers in agents.items()}
        self._last = last
        self._lock = threading.Lock()

    def __call__(self, request: ScriptRequest) -> Reply | str:
        with self._lock:
            waiting = self._waiting.get(f"{request.team}/{request.agent}") or self._waiting.get(request.agent)
            step = waiting.pop(0) if waiting else self._last
        return step(request) if callable(step) else step

    def next(self, agent: str, *steps: Step) -> None:
        """Give an agent other answers from now on."""
        with self._lock:
            self._waiting[agent] = list(steps)


def part(number: int) -> str:
    """Return about 16 KB that occur nowhere else."""
    return "".join(f"part {number} line {line}: {'wing and engine ' * 8}{number * line}\n" for line in range(100))


def reading(*numbers: int) -> list[Step]:
    return [Reply(calls=[("file_read", {"file_path": f"part{n}.txt"})]) for n in numbers]


class Pages:
    """An agent that reads a history page by page to its end."""

    def __init__(self, agent: str) -> None:
        self.agent = agent
        self.pages: list[str] = []

    def __call__(self, request: ScriptRequest) -> Reply | str:
        if self.pages or (request.results and request.results[-1][0] == "context_retrieve"):
            self.pages.append(request.results[-1][1])
            if "that is all]" in self.pages[-1]:
                return "All read."
            offset = int(re.findall(r"go on with offset=(\d+)\]", self.pages[-1])[0])
            return Reply(calls=[("context_retrieve", {"agent": self.agent, "offset": offset})])
        return Reply(calls=[("context_retrieve", {"agent": self.agent})])

    def text(self) -> str:
        return "".join(page.partition("]\n")[2] for page in self.pages)


def test_M8_any_agent_reads_any_others_whole_history_in_its_order(tmp_path: Path) -> None:
    root = project_with(tmp_path, {"LOOMKIN.md": "# Rules\n", **{f"part{n}.txt": part(n) for n in range(PARTS)}})
    roles = [{"role": "coder", "name": name} for name in ("ada", "ben")]
    near, far = Pages("ada"), Pages("main/ada")
    done = {"task_id": "T1", "result": "Read every one of the parts.", "actions_taken": ["read"]}
    asks = ("context_retrieve", {"agent": "main/ada", "query": "last words"})
    searches = ("context_retrieve", {"agent": "main/ada", "query": "part 1 line 77"})
    nobody = ("context_retrieve", {"agent": "main/adam", "query": "x"})
    script = InTurn(
        {
            "main/lead": [
                Reply(calls=[("team_spawn", {"team_name": "crew", "purpose": "read", "roles": roles})]),
                Reply(calls=[("team_assign", {"title": "Read", "description": "Read all.", "agent_name": "ada"})]),
                "I wait.",
                Reply(calls=[("team_assign", {"title": "Retell", "description": "Tell.", "agent_name": "ben"})]),
            ],
            "ada": [*reading(*range(PARTS)), Reply(calls=[("peer_complete_task", done)]), "These are ada's last words."],
            "ben": [near] * 40,
            "night/lead": [*[far] * 20],
        }
    )  # fmt: skip
    settings: dict[str, Any] = {"context.window": 24_000, "tools.result_chars": 20_000}
    with ScriptedServer(script) as server, workspace_of(root, server, **settings) as opened:
        run = opened.start("Read and retell", model=MODEL, trust="full")
        opened.heard.wait(s.AnswerReceived, lambda a: a.agent == "ben" and a.text == "All read.")
        assert opened.command(do="stop", run=run)["ok"]
        opened.finish(run)
        assert [m.agent for m in opened.heard.of(s.ContextOffloaded)].count("ada") >= 1, "nothing had left ada's window"
        assert opened.ask("What did ada do?", model=MODEL, team="night").answer == "All read."
        script.next("night/lead", Reply(calls=[asks, searches, nobody]))
        assert opened.ask("And her last words?", model=MODEL, team="night").answer == "Done."
        found = [text for name, text in server.requests[-1].results if name == "context_retrieve"][-3:]
    for read in (near.text(), far.text()):
        places = [read.find(line) for n in range(PARTS) for line in part(n).splitlines()]
        assert places[0] > 0 and places == sorted(places), "a line is missing or out of order"
        assert read.find("These are ada's last words.") > places[-1]
    assert "These are ada's last words." in found[0] and "part 1 line 77:" in found[1] and "Nobody called" in found[2]


def size(request: ScriptRequest) -> int:
    return len(json.dumps(request.body)) // 4


class Counting:
    """A model that reads one part after the other and reports ``factor`` tokens for four characters."""

    def __init__(self, factor: float = 1.0, refuse: Sequence[int] = ()) -> None:
        self.factor = factor
        self.refuse = set(refuse)
        self.turn = 0
        self.asked = 0

    def __call__(self, request: ScriptRequest) -> Reply:
        self.asked += 1
        if self.asked in self.refuse:
            text = (
                "This model's maximum context length is 16385 tokens. However, your messages resulted in 20000 tokens."
            )
            return Reply(text=text, status=400)
        self.turn += 1
        usage = Usage(input=int(size(request) * self.factor), output=20, cached=min(self.turn - 1, 1) * 500)
        if self.turn > PARTS:
            return Reply(text="All read.", usage=usage)
        return Reply(calls=[("file_read", {"file_path": f"part{self.turn - 1}.txt"})], usage=usage)


def messages_of(request: ScriptRequest) -> list[str]:
    return [flat(m.get("content")) for m in request.messages]


def test_M13_the_window_is_the_models_own_measured_and_nothing_in_it_is_torn(tmp_path: Path) -> None:
    root = project_with(tmp_path, {"LOOMKIN.md": "# Rules\n", **{f"part{n}.txt": part(n)[:3500] for n in range(PARTS)}})
    requests: dict[str, list[ScriptRequest]] = {}
    offloads: dict[str, list[s.ContextOffloaded]] = {}
    cases = {
        "wide": ("openai/gpt-4o", Counting(), 128_000),
        "narrow": ("openai/gpt-3.5-turbo", Counting(), 16_385),
        "dense": ("openai/gpt-3.5-turbo", Counting(1.6), 16_385),
    }
    with ScriptedServer() as server, workspace_of(root, server, **RICH) as opened:
        for name, (model, counting, window) in cases.items():
            server.script = counting
            before, heard = len(server.requests), len(opened.heard.of(s.ContextOffloaded))
            finished = opened.ask(f"Read everything, {name}", model=model, team=name)
            assert (finished.status, finished.answer) == ("done", "All read."), finished
            requests[name] = server.requests[before:]
            offloads[name] = opened.heard.of(s.ContextOffloaded)[heard:]
            assert all(one.window == window for one in offloads[name])
            assert max(size(r) * counting.factor for r in requests[name]) + 256 < window, name
            assert finished.tokens.cached == 500 * (len(requests[name]) - 1), "cache hits are not metered"
    assert not offloads["wide"] and len(offloads["narrow"]) >= 1
    # What a provider counts corrects the estimate: a model that counts more gets less of the same text.
    assert max(map(size, requests["dense"][3:])) < 0.85 * max(map(size, requests["narrow"][3:]))
    for name, sent in requests.items():
        for request in sent:
            shown = messages_of(request)
            assert any(f"Read everything, {name}" in text for text in shown), "the request itself was pushed out"
            made: list[list[dict[str, Any]]] = [m.get("tool_calls") or [] for m in request.messages]
            calls = [call["id"] for calls in made for call in calls]
            results = [m["tool_call_id"] for m in request.messages if m.get("role") == "tool"]
            assert calls == results, "a call lost its result"
            lines = [int(n) for text in shown for n in re.findall(r"(?m)^\s*(?:\d+\s+)?part (\d) line 3:", text)]
            assert lines == sorted(lines), "the order was lost"
        for number, request in enumerate(sent[1:]):
            assert f"part {number} line 3:" in messages_of(request)[-1], "the newest was pushed out"
    for one, two in zip(requests["wide"], requests["wide"][1:], strict=False):
        assert two.messages[: len(one.messages)] == one.messages, "what a provider has cached was changed"


def test_M13_what_a_provider_finds_too_long_is_offloaded_further_and_asked_once_again(tmp_path: Path) -> None:
    root = project_with(tmp_path, {"LOOMKIN.md": "# Rules\n", **{f"part{n}.txt": part(n)[:9000] for n in range(PARTS)}})
    with ScriptedServer(Counting(refuse=[4])) as server, workspace_of(root, server) as opened:
        assert opened.ask("Read everything", model=MODEL).answer == "All read."
        refused, again = server.requests[3], server.requests[4]
        assert size(again) < size(refused) and len(opened.heard.of(s.ContextOffloaded)) == 1
        keepers = [opened.portal.run(opened.workspace.parts.keepers.load(k.keeper), LONG) for k in opened.heard.of(s.KeeperCreated)]  # fmt: skip
        gone = [line for line in part(0)[:9000].splitlines() if not any(line in text for text in messages_of(again))]
        assert gone and all(any(line in kept for kept in keepers) for line in gone), "what left the window is lost"
        server.script = Counting(refuse=[3, 4])
        before = len(server.requests)
        finished = opened.ask("Read everything again", model=MODEL, team="other")
        assert finished.status == "failed" and len(server.requests) - before == 4, "it was asked more than once again"


def committed(root: Path) -> None:
    for words in (["init", "-q"], ["config", "user.name", "a"], ["config", "user.email", "a@b"]):
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


def test_M3_what_happens_logs_itself_and_the_shown_graph_stays_free_of_it(project: Path) -> None:
    committed(project)
    done = {"task_id": "T1", "result": "Wrote the note that was asked for.", "actions_taken": ["wrote"]}
    roles = [{"role": "coder", "name": "ada"}]
    script = InTurn(
        {
            "lead": [
                Reply(calls=[("decision_log", {"node_type": "decision", "title": "Write it down"})]),
                Reply(calls=[("team_spawn", {"team_name": "crew", "purpose": "write", "roles": roles})]),
                Reply(calls=[("team_assign", {"title": "Write", "description": "Write.", "agent_name": "ada"})]),
                "I wait.",
                "Written.",
            ],
            "ada": [
                Reply(calls=[("file_read", {"file_path": "LOOMKIN.md"}), ("directory_list", {"path": "."})]),
                Reply(calls=[("file_write", {"file_path": "note.md", "content": "one\n"})]),
                Reply(calls=[("file_edit", {"file_path": "note.md", "old_string": "one", "new_string": "two"})]),
                Reply(calls=[("git", {"operation": "add", "args": ["note.md"]})]),
                Reply(calls=[("git", {"operation": "commit", "args": ["-m", "Keep the note"]})]),
                Reply(calls=[("peer_complete_task", done)]),
                "Done.",
            ],
        }
    )  # fmt: skip
    line = CommandLine(project)
    with ScriptedServer(script) as server:
        line.server = server
        try:
            assert line.run("run", "Keep a note", "--model", MODEL, "--trust", "full").returncode == 0
            shown = json.loads(line.run("graph", "--format", "json").stdout)
            every = json.loads(line.run("graph", "--format", "json", "--all").stdout)
        finally:
            line.close()
    assert [n["title"] for n in shown["nodes"]] == ["Write it down"]
    auto = {n["title"]: n for n in every["nodes"] if n.get("auto")}
    titles = list(auto)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=project, capture_output=True, text=True, check=True
    )
    wanted = {
        "Keep a note": "goal", "ada (coder) joined the team": "action", "Task T1: Write": "action",
        "ada changed note.md": "action", f"ada committed {commit.stdout.strip()}: Keep the note": "action",
        "Task T1 done: Wrote the note that was asked for.": "outcome", "done: Written.": "outcome",
    }  # fmt: skip
    assert {title: auto[title]["kind"] for title in wanted if title in auto} == wanted, titles
    assert len(auto) == len(wanted), f"more was logged than happened, or a read: {titles}"
    goal = auto["Keep a note"]["handle"]
    parents = {(e["source"], e["target"]) for e in every["edges"]}
    for title in ("Task T1: Write", "ada changed note.md", "done: Written."):
        assert (goal, auto[title]["handle"]) in parents
