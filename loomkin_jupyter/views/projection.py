"""Signals in, one state out: the only thing that any view shows. Pure: no I/O, no clock of its own, one thread.

``apply`` every signal in order, ``tick(now)`` and ``take_patch()`` at most 20 times a second, ``snapshot()`` for those who
come late. The state's shape is in ``board.empty_state`` and the handlers; unknown signals are skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.usage import NANO
from loomkin_jupyter.views.agents import Roster, add_tokens
from loomkin_jupyter.views.board import Board, clip
from loomkin_jupyter.views.work import Work

ANSWER_MOST = 20_000
RUNS_KEPT = 100
QUESTIONS_KEPT = 200
NOTICES_KEPT = 20

_ANSWERS = {
    "allow_once": "allowed once",
    "allow_run": "allowed for this run",
    "always": "allowed from now on",
    "deny": "denied",
}
_BY = {"user": "by you", "nobody": "as nobody could be asked", "timeout": "as nobody answered", "stop": "by the stop"}


class Projection:
    """The state of a workspace as people see it."""

    def __init__(self) -> None:
        self._board = Board()
        self._roster = Roster(self._board)
        self._work = Work(self._board, self._roster)
        self._handlers = self._table()
        self._applied = 0

    @property
    def state(self) -> JsonObject:
        """The live state, to read at once and not to keep or change."""
        return self._board.state

    def apply(self, signal: s.Signal) -> None:
        """Take one signal in."""
        self._applied += 1
        handler = self._handlers.get(type(signal))
        if handler is not None:
            handler(signal)
        if signal.agent:
            self._roster.sign(signal)

    def tick(self, now: float) -> None:
        """Tell the time (at most once a second counts): ages and silence follow."""
        if now - self._board.state["clock"] >= 1.0 or now < self._board.state["clock"]:
            self._board.merge((), {"clock": now})
            self._roster.tick(now)

    def take_patch(self) -> JsonObject | None:
        """Return the merge patch since the last call, or None when nothing changed."""
        self._work.place()
        return self._board.take_patch()

    def snapshot(self) -> JsonObject:
        """Return a copy of the whole state."""
        self._work.place()
        return self._board.snapshot()

    def statistics(self) -> dict[str, int]:
        """Return counts for ``doctor``."""
        sections = (
            "runs",
            "agents",
            "tasks",
            "questions",
            "feed",
            "changes",
            "proposals",
            "claims",
            "queue",
            "keepers",
        )
        counts = {name: len(self._board.section(name)) for name in sections}
        return {"applied": self._applied, **counts}

    def _table(self) -> dict[type[s.Signal], Callable[[Any], None]]:
        roster, work = self._roster, self._work
        return {
            s.WorkspaceOpened: self._opened,
            s.WorkspaceResumed: self._resumed,
            s.SettingChanged: self._setting,
            s.ErrorReported: self._error,
            s.LogWritten: self._notice,
            s.RunStarted: self._run_started,
            s.RunFinished: self._run_finished,
            s.RequestSent: roster.requested,
            s.CallMetered: self._metered,
            s.ModelRetried: self._retried,
            s.BudgetReached: self._budget,
            s.QuestionAsked: self._asked,
            s.QuestionAnswered: self._answered,
            s.AgentSpawned: roster.spawned,
            s.AgentStatusChanged: roster.status,
            s.ActivityChanged: roster.activity,
            s.AgentRestarted: roster.restarted,
            s.AgentStalled: roster.stalled,
            s.GuardTripped: roster.guard,
            s.AnswerCorrected: roster.corrected,
            s.TextStreamed: roster.streamed,
            s.AnswerReceived: roster.answered,
            s.ToolStarted: roster.tool_started,
            s.ToolFinished: roster.tool_finished,
            s.ContextOffloaded: roster.offloaded,
            s.TaskCreated: work.task_created,
            s.TaskAssigned: work.task_assigned,
            s.TaskStatusChanged: work.task_status,
            s.TaskDependencyAdded: work.task_depends,
            s.TaskCompleted: work.task_completed,
            s.ReviewRequested: work.review_requested,
            s.MessageSent: work.message_sent,
            s.MessageConsumed: work.message_consumed,
            s.QueueEdited: work.queue_edited,
            s.DiscoveryShared: work.discovery,
            s.RegionClaimed: work.claimed,
            s.RegionReleased: work.released,
            s.ClaimRefused: work.claim_refused,
            s.FileChanged: work.file_changed,
            s.ChangeUndone: work.change_undone,
            s.CellProposed: work.proposed,
            s.DecisionLogged: work.logged,
            s.DecisionLinked: work.linked,
            s.ConfidenceRevised: work.revised,
            s.DecisionStatusChanged: work.decision_status,
            s.DoubtSpread: work.doubt_spread,
            s.DoubtCleared: work.doubt_cleared,
            s.KeeperCreated: work.keeper_created,
        }

    # --- workspace -------------------------------------------------------------------------------------------------

    def _opened(self, signal: s.WorkspaceOpened) -> None:
        name = signal.root.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1]
        self._board.put("workspace", root=signal.root, name=name, sandbox=signal.sandbox)

    def _resumed(self, signal: s.WorkspaceResumed) -> None:
        parts = [*signal.interrupted]
        if signal.lost_variables:
            parts.append(f"variables that are gone: {', '.join(signal.lost_variables)}")
        self._note(signal, "Resumed. " + ("; ".join(parts) if parts else "Nothing was cut off."))

    def _setting(self, signal: s.SettingChanged) -> None:
        field = {"permissions.preset": "preset", "sharing.level": "share"}.get(signal.key)
        if field:
            self._board.put("workspace", **{field: signal.value})
        self._note(
            signal, f"{signal.key} is now {signal.value or 'empty'}" + (f" ({signal.source})" if signal.source else "")
        )

    def _error(self, signal: s.ErrorReported) -> None:
        text = f"{signal.where}: {signal.message} {signal.remedy}".strip()
        self._board.feed("problem", text, time=signal.time, agent=signal.agent, run=signal.run)

    def _notice(self, signal: s.LogWritten) -> None:
        self._note(signal, signal.text)

    def _note(self, signal: s.Signal, text: str) -> None:
        notices = self._board.section("workspace")["notices"]
        self._board.put("workspace", notices=[*(n for n in notices if n != text), clip(text, 500)][-NOTICES_KEPT:])

    # --- runs and money --------------------------------------------------------------------------------------------

    def _run_started(self, signal: s.RunStarted) -> None:
        self._board.put(
            "runs", signal.run, id=signal.run, request=clip(signal.request), status="running", answer="", reason="",
            started=signal.time, cost_nano=0, limit_usd=signal.limit_usd, limit_tokens=signal.limit_tokens,
            tokens={"input": 0, "output": 0, "cached": 0, "reasoning": 0}, labels=list(signal.labels), model=signal.model,
            duration_s=0.0, activity="starting", origin=signal.origin, cell=signal.cell, trust=signal.trust, share=signal.share,
            team=signal.team,
        )  # fmt: skip
        self._board.merge(("runs", signal.run, "agents"), {})
        self._board.merge(("runs", signal.run, "changes"), {})
        self._roster.run_started(signal.run)
        self._board.merge((), {"run": signal.run})
        self._board.put("workspace", preset=signal.trust, share=signal.share)
        runs = self._board.section("runs")
        for old in [key for key, run in runs.items() if run["status"] != "running"][: max(0, len(runs) - RUNS_KEPT)]:
            self._board.drop("runs", old)

    def _run_finished(self, signal: s.RunFinished) -> None:
        run = self._board.get("runs", signal.run)
        if run is None:
            return
        usage = signal.tokens
        tokens = {"input": usage.input, "output": usage.output, "cached": usage.cached, "reasoning": usage.reasoning}
        self._board.put(
            "runs", signal.run, status=signal.status, answer=clip(signal.answer, ANSWER_MOST), reason=signal.reason,
            finished=signal.time, cost_nano=None if signal.cost_usd is None else round(signal.cost_usd * NANO),
            tokens=tokens if usage.total else run["tokens"], duration_s=round(signal.duration_s, 3), activity="",
        )  # fmt: skip
        self._roster.run_ended(signal.run, signal.status)
        self._roster.rest(signal.team or run.get("team", ""), signal.time)
        kind = "result" if signal.status == "done" else "problem"
        text = f"run {signal.status}" + (f": {signal.reason}" if signal.reason else "")
        self._board.feed(kind, text, time=signal.time, run=signal.run)

    def _metered(self, signal: s.CallMetered) -> None:
        self._roster.metered(signal)
        cost = self._board.section("cost")
        fields: JsonObject = {"calls": cost["calls"] + 1, "cached": cost["cached"] + signal.usage.cached}
        if signal.cost_nano is None:
            fields["unknown"] = True
        else:
            agent = self._roster.key(signal) or "loomkin"
            fields["total_nano"] = cost["total_nano"] + signal.cost_nano
            fields["by_agent"] = {agent: cost["by_agent"].get(agent, 0) + signal.cost_nano}
            fields["by_model"] = {signal.model: cost["by_model"].get(signal.model, 0) + signal.cost_nano}
        self._board.merge(("cost",), fields)
        run = self._board.get("runs", signal.run)
        if run is not None and run["status"] == "running":
            known = signal.cost_nano is not None and "cost_nano" in run
            total = run["cost_nano"] + signal.cost_nano if known else None
            self._board.put("runs", signal.run, cost_nano=total, tokens=add_tokens(run["tokens"], signal.usage))

    def _retried(self, signal: s.ModelRetried) -> None:
        text = f"the model will be asked again in {signal.wait_s:.0f} s (try {signal.attempt}): {signal.reason}"
        self._board.feed("problem", text, time=signal.time, agent=self._roster.key(signal), run=signal.run)

    def _budget(self, signal: s.BudgetReached) -> None:
        text = f"the limit of this {signal.scope} is reached: {signal.spent} of {signal.limit} spent, the next call needs {signal.needed}"
        self._board.feed("problem", text, time=signal.time, agent=self._roster.key(signal), run=signal.run)

    # --- questions -------------------------------------------------------------------------------------------------

    def _asked(self, signal: s.QuestionAsked) -> None:
        # After a restart it is asked again under its id: it is still one question.
        known = (self._board.get("questions", signal.question) or {}).get("state") == "open"
        self._board.put(
            "questions", signal.question, id=signal.question, handle=signal.handle, kind=signal.kind, title=signal.title,
            detail=clip(signal.detail, ANSWER_MOST), effect=signal.effect, options=list(signal.options),
            scopes=list(signal.scopes), deadline=signal.deadline, agent=self._roster.key(signal), tool=signal.tool,
            reversible=signal.reversible, state="open", answer="", by="", where="", run=signal.run, time=signal.time,
        )  # fmt: skip
        if not known:
            self._roster.question(self._roster.key(signal), +1, signal.time)
            text = f"{signal.handle}: {signal.title}"
            self._board.feed("needs", text, time=signal.time, agent=self._roster.key(signal), run=signal.run)
        questions = self._board.section("questions")
        closed = [key for key, question in questions.items() if question["state"] != "open"]
        for old in closed[: max(0, len(questions) - QUESTIONS_KEPT)]:
            self._board.drop("questions", old)

    def _answered(self, signal: s.QuestionAnswered) -> None:
        question = self._board.get("questions", signal.question)
        if question is None or question["state"] != "open":
            return
        fields = {
            "state": "answered",
            "answer": signal.answer,
            "by": signal.by,
            "where": signal.where,
            "reason": signal.reason,
        }
        self._board.put("questions", signal.question, **fields)
        self._roster.question(question["agent"], -1, signal.time)
        word = _ANSWERS.get(signal.answer, f"answered: {signal.answer}")
        text = f"{signal.handle} {word} {_BY.get(signal.by, f'by {signal.by}')}"
        self._board.feed("result", text, time=signal.time, agent=question["agent"], run=question["run"])
