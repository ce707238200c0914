"""Kill -9 at any moment, resume, perhaps again: the request ends as if nothing had happened, and nothing is done twice.

The moment comes from the seed: after the n-th request to the model, or after the n-th signal that was told. What the
model was shown is what was acknowledged, so every tool result in every request must be found in the store.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.messages import Entry, ToolEntry, UserEntry
from loomkin_jupyter.store import agents, changes, histories, intents, journal, ledger
from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, ScriptRequest
from loomkin_jupyter.testing.wire import flat
from loomkin_jupyter.workspace.record import database_of
from tests.scenarios import two_functions as two
from tests.scenarios.conftest import LONG, CommandLine, Process, in_store, isolated, project_with

CI_SEEDS = (1, 2, 3)
LONG_SEEDS = tuple(range(101, 121))
_REQUESTS, _SIGNALS = 45, 420
"""How many requests and signals the scenario has when nobody kills it, about."""


class Killer:
    """Shoots the process at the n-th ``request`` or ``signal`` of its life."""

    def __init__(self, moment: str, number: int) -> None:
        self.moment = moment
        self.number = number
        self.fired = False
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._process: Process | None = None

    def on_signal(self, process: Process, signal: s.Signal) -> None:
        self._process = process
        self._count("signal")

    def on_request(self) -> None:
        self._count("request")

    def _count(self, moment: str) -> None:
        with self._lock:
            self._counts[moment] += 1
            due = moment == self.moment and self._counts[moment] >= self.number and not self.fired
            if due and self._process is not None:
                self.fired = True
                self._process.shoot()


class Played:
    """The scenario under kills, to its end."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root = root
        self.seed = seed
        self.killed: list[str] = []
        self.told: list[s.Signal] = []
        self._killer: Killer | None = None
        with ScriptedServer(self._answer) as server:
            self.server = server
            self.line = CommandLine(root, server)
            try:
                self.last = self._play(random.Random(seed))
            finally:
                self.line.close()

    def _answer(self, request: ScriptRequest) -> Reply:
        if self._killer is not None:
            self._killer.on_request()
        return two.script(request)

    def _play(self, rng: random.Random) -> Process:
        for _ in range(rng.randint(1, 3)):
            moment, most = rng.choice((("request", _REQUESTS), ("signal", _SIGNALS)))
            self._killer = Killer(moment, rng.randint(1, most - most // 5))
            process = self._start(self._killer.on_signal)
            process.wait()
            self.told += process.heard.signals
            if self._killer.fired:
                self.killed.append(f"at {moment} {self._killer.number}")
        self._killer = None
        process = self._start(None)
        code = process.wait()
        self.told += process.heard.signals
        ended = process.heard.of(s.RunFinished)
        assert code == 0, f"{self.killed}: exit code {code}, {ended}\n{process.said()}"
        return process

    def _start(self, watch: Callable[[Process, s.Signal], None] | None) -> Process:
        if began(self.root):
            return self.line.start("resume", watch=watch)
        return self.line.start("run", two.REQUEST, "--model", two.MODEL, "--trust", "full", watch=watch)


def began(root: Path) -> bool:
    """Whether the request was taken: only then there is something to resume."""
    return database_of(root).exists() and any(
        isinstance(signal, s.RunStarted) for signal in in_store(root, all_signals)
    )


def all_signals(conn: sa.Connection) -> list[s.Signal]:
    return journal.all_signals(conn)


def all_entries(conn: sa.Connection) -> dict[str, list[Entry]]:
    return {a.name: list(histories.load_all(conn, "main", a.name)) for a in agents.of_team(conn, "main", stopped=True)}


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Callable[[int], Played]]:
    """Play the scenario with the kills of one seed; tells which they were."""

    def played(seed: int) -> Played:
        done = Played(project_with(tmp_path, two.FILES), seed)
        print(f"seed {seed}: killed {', '.join(done.killed) or 'never'}; {len(done.server.requests)} requests")
        return done

    yield played


@pytest.mark.parametrize("seed", CI_SEEDS)
def test_M15_a_killed_team_is_resumed_and_ends_as_if_nothing_had_happened(
    seed: int, play: Callable[[int], Played]
) -> None:
    check(play(seed))


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", LONG_SEEDS)
def test_M15_twenty_random_kills(seed: int, play: Callable[[int], Played]) -> None:
    check(play(seed))


def check(played: Played) -> None:
    """Everything that must hold however the process died."""
    signals = in_store(played.root, all_signals)
    check_the_end(played, signals)
    check_nothing_acknowledged_is_missing(played, signals)
    check_nothing_was_done_twice(played, signals)
    check_nothing_is_left_running(played.root)


def check_the_end(played: Played, signals: list[s.Signal]) -> None:
    finished = [signal for signal in signals if isinstance(signal, s.RunFinished)]
    assert [(f.status, f.answer) for f in finished] == [("done", two.ANSWER)], finished
    assert len([signal for signal in signals if isinstance(signal, s.RunStarted)]) == 1
    nano, _ = in_store(played.root, lambda conn: ledger.spent(conn, finished[0].run))
    metered = [signal.cost_nano or 0 for signal in signals if isinstance(signal, s.CallMetered)]
    assert nano == sum(metered) == len(metered) * two.CALL_NANO
    assert len(metered) <= len(played.server.requests)


def check_nothing_acknowledged_is_missing(played: Played, signals: list[s.Signal]) -> None:
    kept = {signal.id for signal in signals}
    lost = [signal for signal in played.told if not signal.TRANSIENT and signal.id not in kept]
    assert not lost, f"told and not in the journal: {lost[:3]}"
    entries = in_store(played.root, all_entries)
    results = {(a, e.call_id): e.text for a, known in entries.items() for e in known if isinstance(e, ToolEntry)}
    heard = {a: "\n\n".join(e.text for e in known if isinstance(e, UserEntry)) for a, known in entries.items()}
    for request in played.server.requests:
        for message in request.messages:
            text = flat(message.get("content"))
            if message.get("role") == "tool":
                assert results.get((request.agent, message["tool_call_id"])) == text, (request.agent, text)
            elif message.get("role") == "user":
                assert all(part in heard[request.agent] for part in text.split("\n\n")), (request.agent, text)


def check_nothing_was_done_twice(played: Played, signals: list[s.Signal]) -> None:
    root = played.root
    assert (root / "shapes.py").read_text() == two.FINISHED
    assert (root / two.COUNTER).read_text() == f"{two.COUNTER_LINE}\n", "the command ran more than once"
    told = Counter((f.path, f.before, f.after) for f in signals if isinstance(f, s.FileChanged))
    kept = Counter((c.path, c.before, c.after) for c in in_store(root, changes.standing))
    assert told == kept and set(told.values()) == {1} and len(told) == 3, f"told {told}, can be taken back {kept}"
    decided = Counter(n.title for n in signals if isinstance(n, s.DecisionLogged) and not n.auto)
    assert len(decided) == 6 and set(decided.values()) == {1}, decided
    planned = Counter(t.title for t in signals if isinstance(t, s.TaskCreated))
    review = f"Review T1 ({two.AREA})"
    wanted = {two.AREA: 1, two.PERIMETER: 1, two.TIDY: 1}
    reviews = sum(count for title, count in planned.items() if title.startswith("Review "))
    assert {t: c for t, c in planned.items() if not t.startswith("Review ")} == wanted, planned
    assert reviews == 2, (review, planned)
    said = Counter(m.text for m in signals if isinstance(m, s.MessageSent) and m.kind == "message")
    assert len(said) == 4 and set(said.values()) == {1}, said
    joined = Counter(a.agent for a in signals if isinstance(a, s.AgentSpawned))
    assert dict(joined) == dict.fromkeys(["lead", *two.TEAM], 1), joined


def check_nothing_is_left_running(root: Path) -> None:
    """No tool and no gateway outlives the team; intents are all settled."""
    assert not in_store(root, lambda conn: intents.open_intents(conn, "main"))
    home = isolated(root)["HOME"]
    ours = [process for process in psutil.process_iter() if _belongs(process, root, home)]
    _, alive = psutil.wait_procs(ours, timeout=LONG)
    assert not alive, [process.cmdline() for process in alive]


def _belongs(process: psutil.Process, root: Path, home: str) -> bool:
    try:
        return process.environ().get("HOME") == home or Path(process.cwd()).is_relative_to(root)
    except (psutil.Error, OSError):
        return False
