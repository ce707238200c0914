"""How signals about agents, their models and their tools change the board."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.views.board import Board, clip
from loomkin_jupyter.views.status_families import FAMILIES, activity_words, family_of, word_of

TAIL_MOST = 4_000
TAILS_TOGETHER = 40_000
TOOLS_SHOWN = 5
_ENDED = {"limit": "stopped"}
"""How the lead ended where it is not called like the run."""
_NO_TOKENS = {"input": 0, "output": 0, "cached": 0, "reasoning": 0}


class Roster:
    """Agents on the board. Keyed by name; a second team's agent of the same name gets its team in brackets."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._keys: dict[tuple[str, str], str] = {}
        self._streaming: set[str] = set()
        self._open_questions: dict[str, int] = {}
        self._resting: set[str] = set()
        self._running: dict[str, str] = {}
        self._early: dict[str, list[str]] = {}

    def key(self, signal: s.Signal) -> str:
        """Return the board's key for the agent of ``signal``; '' when it has none."""
        if not signal.agent:
            return ""
        pair = (signal.team, signal.agent)
        key = self._keys.get(pair)
        if key is None:
            taken = self._board.get("agents", signal.agent)
            live = (
                taken is not None
                and taken.get("team") != signal.team
                and taken.get("status") not in ("stopped", "failed")
            )
            key = self._keys[pair] = f"{signal.agent} ({signal.team})" if live else signal.agent
        return key

    def entry(self, signal: s.Signal) -> dict[str, Any] | None:
        """Return the agent's entry, making an honest blank one for an agent whose spawn was not seen."""
        key = self.key(signal)
        if not key:
            return None
        found = self._board.get("agents", key)
        if found is None or found.get("team") != signal.team:
            self._blank(key, signal)
            found = self._board.get("agents", key)
        return found

    def sign(self, signal: s.Signal) -> None:
        """Note a sign of life."""
        entry = self._board.get("agents", self._keys.get((signal.team, signal.agent), ""))
        if entry is not None and signal.time > entry.get("last_sign", 0.0):
            key = self.key(signal)
            self._board.put("agents", key, last_sign=signal.time)
            if entry.get("family") == "silent":
                self.refresh(key, signal.time)

    def refresh(self, key: str, now: float) -> None:
        """Work out family, word and glyph again."""
        entry = self._board.get("agents", key)
        if entry is None:
            return
        status, activity = entry["status"], entry["activity"]
        silent = max(0.0, now - entry["last_sign"])
        needs = self._open_questions.get(key, 0) > 0
        family = family_of(status, activity, silent_s=silent, needs_you=needs, finished=key in self._resting)
        word = word_of(family, status, activity, entry["detail"], silent)
        self._board.put("agents", key, family=family, word=word, glyph=FAMILIES[family].glyph)

    def tick(self, now: float) -> None:
        """Find those who have gone silent."""
        for key, entry in self._board.section("agents").items():
            if entry["family"] in ("working", "silent"):
                self.refresh(key, now)

    def question(self, key: str, change: int, now: float) -> None:
        """Count open questions of an agent: it needs the user while there are any."""
        if key:
            self._open_questions[key] = max(0, self._open_questions.get(key, 0) + change)
            self.refresh(key, now)

    def rest(self, team: str, now: float) -> None:
        """A run of ``team`` is over: those who are idle are done."""
        for (of, _), key in self._keys.items():
            if of == team:
                self._resting.add(key)
                self.refresh(key, now)

    # --- what an agent did in one run ------------------------------------------------------------------------------

    def joined(self, signal: s.Signal) -> dict[str, Any] | None:
        """Return what its run's record says of the agent of ``signal``; None for a run that is not known (yet)."""
        agent, key = self.entry(signal), self.key(signal)
        run = self._board.get("runs", signal.run)
        if agent is None or run is None:
            return None
        if key not in run["agents"]:
            fields = {name: agent[name] for name in ("name", "role", "model", "lead")}
            self._board.merge(
                ("runs", signal.run, "agents", key), {**fields, "tokens": dict(_NO_TOKENS), "cost_nano": 0}
            )
        return self._board.get("runs", signal.run, "agents", key)

    def run_started(self, run: str) -> None:
        """A run begins: those who were made for it before are of it."""
        for key in self._early.pop(run, ()):
            agent = self._board.get("agents", key)
            if agent is not None:
                fields = {name: agent[name] for name in ("name", "role", "model", "lead")}
                self._board.merge(("runs", run, "agents", key), {**fields, "tokens": dict(_NO_TOKENS), "cost_nano": 0})

    def run_ended(self, run: str, status: str) -> None:
        """Keep how the agents of a run ended, whatever they do in later ones: the last status of a turn comes after it."""
        usual = {"limit": "stopped", "stopped": "stopped"}.get(status, "done")
        for key, own in self._board.section("runs", run, "agents").items():
            failed = (self._board.get("agents", key) or {}).get("status") == "failed"
            asked = _ENDED.get(status, status) if own["lead"] else usual
            self._board.put("runs", run, "agents", key, word="failed" if failed else asked)

    # --- signals ---------------------------------------------------------------------------------------------------

    def spawned(self, signal: s.AgentSpawned) -> None:
        key = self.key(signal)
        self._blank(key, signal)
        self._board.put("agents", key, role=signal.role, model=signal.model, lead=signal.lead)
        if self.joined(signal) is None and signal.run:
            self._early.setdefault(signal.run, []).append(key)
        self._board.feed("plan", f"{signal.agent} joined as {signal.role}", time=signal.time, agent=key, run=signal.run)

    def status(self, signal: s.AgentStatusChanged) -> None:
        if self.entry(signal) is None:
            return
        key = self.key(signal)
        if signal.status != "idle":
            self._resting.discard(key)
        fields: dict[str, Any] = {"status": signal.status, "since": signal.time, "last_sign": signal.time}
        if signal.status not in ("working", "waiting"):
            fields |= {"activity": "", "detail": ""}
        if signal.status in ("failed", "paused", "stopped") and signal.reason:
            fields["detail"] = clip(signal.reason, 300)
        self._board.merge(("agents", key), fields)
        self.refresh(key, signal.time)
        if signal.status == "failed":
            text = f"{signal.agent} failed: {signal.reason}" if signal.reason else f"{signal.agent} failed"
            self._board.feed("problem", text, time=signal.time, agent=key, run=signal.run)

    def activity(self, signal: s.ActivityChanged) -> None:
        entry = self.entry(signal)
        if entry is None:
            return
        key = self.key(signal)
        fields: dict[str, Any] = {
            "activity": signal.activity,
            "detail": clip(signal.detail, 300),
            "last_sign": signal.time,
        }
        if signal.activity != entry["activity"]:
            fields["since"] = signal.time
        if signal.activity == "streaming" and entry["activity"] != "streaming":
            fields["text"] = ""
        self._board.merge(("agents", key), fields)
        self.refresh(key, signal.time)
        if signal.run and self._board.get("runs", signal.run) is not None:
            words = activity_words(signal.activity, signal.detail)
            self._board.put("runs", signal.run, activity=f"{signal.agent}: {clip(words, 200)}" if words else "")

    def restarted(self, signal: s.AgentRestarted) -> None:
        if self.entry(signal) is not None:
            self._board.put("agents", self.key(signal), restarts=signal.restarts)
            text = f"{signal.agent} was restarted after an error: {signal.error}"
            self._board.feed("problem", text, time=signal.time, agent=self.key(signal), run=signal.run)

    def stalled(self, signal: s.AgentStalled) -> None:
        text = (
            f"{signal.agent} gave no sign for {signal.seconds:.0f} s ({activity_words(signal.activity) or 'working'})"
        )
        self._board.feed("problem", text, time=signal.time, agent=self.key(signal), run=signal.run)

    def guard(self, signal: s.GuardTripped) -> None:
        self._board.feed("problem", signal.text, time=signal.time, agent=self.key(signal), run=signal.run)

    def corrected(self, signal: s.AnswerCorrected) -> None:
        text = f"an answer was not usable and went back: {signal.problem}"
        self._board.feed("problem", text, time=signal.time, agent=self.key(signal), run=signal.run)

    def streamed(self, signal: s.TextStreamed) -> None:
        entry = self.entry(signal)
        if entry is None or signal.reasoning:
            return
        key = self.key(signal)
        self._streaming.add(key)
        # Many streaming at once share one allowance: a batch of deltas stays small with 100 agents.
        most = max(400, min(TAIL_MOST, TAILS_TOGETHER // len(self._streaming)))
        text = entry["text"] + signal.text if self._running.get(key) == signal.call else signal.text
        self._running[key] = signal.call
        self._board.put("agents", key, text=text[-most:], last_sign=signal.time)

    def answered(self, signal: s.AnswerReceived) -> None:
        if self.entry(signal) is None:
            return
        key = self.key(signal)
        self._streaming.discard(key)
        self._running.pop(key, None)
        self._board.put("agents", key, text=signal.text[-TAIL_MOST:], last_sign=signal.time)

    def tool_started(self, signal: s.ToolStarted) -> None:
        entry = self.entry(signal)
        if entry is None:
            return
        call = {"tool": signal.tool, "call": signal.call, "status": "running", "summary": clip(signal.arguments, 200)}
        self._board.put(
            "agents", self.key(signal), tools=[*entry["tools"], call][-TOOLS_SHOWN:], task=signal.task or entry["task"]
        )

    def tool_finished(self, signal: s.ToolFinished) -> None:
        entry = self.entry(signal)
        if entry is None:
            return
        key = self.key(signal)
        call: dict[str, Any] = {"tool": signal.tool, "call": signal.call, "status": signal.status}
        call |= {"summary": clip(signal.summary, 300), "duration_s": round(signal.duration_s, 3)}
        rest = [t for t in entry["tools"] if t.get("call") != signal.call]
        self._board.put("agents", key, tools=[*rest, call][-TOOLS_SHOWN:])
        kind = "tool" if signal.status == "ok" else "problem"
        word = "" if signal.status == "ok" else f" ({signal.status})"
        text = f"{signal.tool}{word}: {signal.summary}" if signal.summary else f"{signal.tool}{word}"
        self._board.feed(kind, text, time=signal.time, agent=key, run=signal.run)

    def offloaded(self, signal: s.ContextOffloaded) -> None:
        if self.entry(signal) is not None and signal.window:
            self._board.put("agents", self.key(signal), context_fill=round(signal.after_tokens / signal.window, 3))

    def requested(self, signal: s.RequestSent) -> None:
        """The model of an agent is that of its latest call."""
        if self.entry(signal) is not None:
            self._model(signal, signal.model)

    def _model(self, signal: s.Signal, model: str) -> None:
        self._board.put("agents", self.key(signal), model=model)
        if self.joined(signal) is not None:
            self._board.put("runs", signal.run, "agents", self.key(signal), model=model)

    def metered(self, signal: s.CallMetered) -> None:
        entry = self.entry(signal)
        if entry is None:
            return
        cost = None if signal.cost_nano is None or "cost_nano" not in entry else entry["cost_nano"] + signal.cost_nano
        key = self.key(signal)
        self._board.put("agents", key, tokens=add_tokens(entry["tokens"], signal.usage), cost_nano=cost)
        self._model(signal, signal.model)
        own = self.joined(signal)
        if own is not None:
            known = signal.cost_nano is not None and "cost_nano" in own
            total = own["cost_nano"] + signal.cost_nano if known else None
            tokens = add_tokens(own["tokens"], signal.usage)
            self._board.put("runs", signal.run, "agents", key, tokens=tokens, cost_nano=total)

    def queued(self, key: str, change: int) -> None:
        """Count messages waiting for an agent."""
        entry = self._board.get("agents", key)
        if entry is not None:
            self._board.put("agents", key, queue=max(0, entry["queue"] + change))

    def _blank(self, key: str, signal: s.Signal) -> None:
        idle = FAMILIES["working"]
        self._resting.discard(key)
        self._board.put(
            "agents", key, name=signal.agent, role="", model="", status="starting", family="working", word="starting",
            glyph=idle.glyph, activity="", detail="", since=signal.time, last_sign=signal.time, task="", text="", tools=[],
            tokens=dict(_NO_TOKENS), cost_nano=0, queue=0, context_fill=0.0, lead=False, restarts=0, team=signal.team,
        )  # fmt: skip


def add_tokens(tokens: dict[str, int], usage: Usage) -> dict[str, int]:
    """Return ``tokens`` plus ``usage``."""
    return {
        "input": tokens["input"] + usage.input,
        "output": tokens["output"] + usage.output,
        "cached": tokens["cached"] + usage.cached,
        "reasoning": tokens["reasoning"] + usage.reasoning,
    }
