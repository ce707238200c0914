"""Signals as lines: NDJSON for programs, words for people. A reader of the bus like any other; never asks for anything."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TextIO

from rich.console import Console

from loomkin_jupyter.cli.text import PlainConsole, plain, short
from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.usage import money_text

_PLACES = {
    "terminal": "here",
    "command line": "in another terminal",
    "magic": "in a cell of the notebook",
    "panel": "in the notebook",
    "sidebar": "in the sidebar",
}
_WORDS = {
    "allow_once": "allowed",
    "allow_run": "allowed for this run",
    "always": "allowed from now on",
    "deny": "denied",
}


def answered_text(signal: s.QuestionAnswered) -> str:
    """Return in words who answered a question, where and how."""
    word = _WORDS.get(signal.answer, signal.answer)
    if signal.by != "user":
        return f"{'withdrawn' if signal.by == 'stop' else word}: {signal.reason or signal.by}"
    where = _PLACES.get(signal.where, f"in {signal.where}" if signal.where else "elsewhere")
    return f"answered {where}: {word}{f' ({signal.reason})' if signal.reason else ''}"


class JsonPrinter:
    """One signal per line, the last one the ``run.finished`` of the run that it follows.

    Other signals come in journal order; what the recorder logs after the run's end comes before that last line. Until
    ``follow`` names the run, every ``run.finished`` is held back. A reader that has left is not written to any more.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._run = ""
        self._held: list[s.RunFinished] = []
        self._left = False

    def __call__(self, signal: s.Signal) -> None:
        if isinstance(signal, s.RunFinished) and self._run in ("", signal.run):
            self._held.append(signal)
        else:
            self._write(signal)

    def follow(self, run: str) -> None:
        """Hold back this run's end only."""
        self._run = run
        held, self._held = self._held, []
        for signal in held:
            self(signal)

    def close(self) -> None:
        """Write what was held back: nothing comes after it."""
        held, self._held = self._held, []
        for signal in held:
            self._write(signal)

    def _write(self, signal: s.Signal) -> None:
        if self._left:
            return
        try:
            self._stream.write(s.encode(signal).decode() + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._left = True  # the pipe's other end is closed; the run goes on to its end without an audience


class LinePrinter:
    """What a person follows on a terminal: who does what, what was decided, what it cost. Goes to stderr.

    ``aside`` is entered around each line: who shows a prompt there takes it away meanwhile.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or PlainConsole(stderr=True)
        self._left = False
        self.aside: Callable[[], AbstractContextManager[None]] = nullcontext

    def __call__(self, signal: s.Signal) -> None:
        text = "" if self._left else self._line(signal)
        if not text:
            return
        try:
            with self.aside():
                self._console.print(text, soft_wrap=True)
        except (OSError, ValueError):
            self._left = True  # whoever looked has closed the terminal or the pipe; the run goes on to its end

    def follow(self, run: str) -> None:
        """Every run is shown."""

    def close(self) -> None:
        """Nothing is held back."""

    def _line(self, signal: s.Signal) -> str:
        who = f"[bold]{plain(signal.agent or 'loomkin')}[/bold]"
        match signal:
            case s.RunStarted():
                labels = f" [yellow]({plain(', '.join(signal.labels))})[/yellow]" if signal.labels else ""
                return f"[bold]▶[/bold] {short(signal.request, 120)}  [dim]model {plain(signal.model)}, trust {plain(signal.trust)}[/dim]{labels}"
            case s.AgentSpawned():
                return f"  {who} joined [dim]({plain(signal.role)})[/dim]"
            case s.ToolFinished():
                mark = "[green]✓[/green]" if signal.status == "ok" else f"[red]✗ {plain(signal.status)}[/red]"
                return f"  {who} {mark} {short(signal.tool, 60)} [dim]{short(signal.summary, 100)} ({signal.duration_s:.1f} s)[/dim]"
            case s.DecisionLogged(auto=False):
                sure = f" [dim]({signal.confidence} %)[/dim]" if signal.confidence is not None else ""
                return f"  {who} [cyan]{plain(signal.handle)} {plain(signal.kind)}[/cyan]: {short(signal.title, 120)}{sure}"
            case s.TaskCreated():
                return f"  {who} [magenta]{plain(signal.task)}[/magenta] planned: {short(signal.title, 100)}"
            case s.TaskCompleted():
                return f"  {who} [magenta]{plain(signal.task)}[/magenta] completed: {short(signal.result, 100)}"
            case s.MessageSent(kind="message"):
                return f"  {who} → {plain(signal.to)}: {short(signal.text, 100)}"
            case s.QuestionAsked():
                how = f"loomkin approve {plain(signal.handle)} · loomkin deny {plain(signal.handle)}"
                return f"[yellow]? {plain(signal.handle)}[/yellow] {plain(signal.title)} [dim]{how}[/dim]"
            case s.QuestionAnswered():
                return f"  [yellow]{plain(signal.handle)}[/yellow] {plain(answered_text(signal))}"
            case s.ModelRetried():
                return f"  {who} [dim]model: {short(signal.reason, 100).rstrip('.')}; trying again in {signal.wait_s:.1f} s[/dim]"
            case s.AgentStalled():
                return f"  {who} [yellow]gives no sign[/yellow] [dim]({plain(signal.activity)} for {signal.seconds:.0f} s)[/dim]"
            case s.AgentRestarted():
                return f"  {who} [red]crashed and was restarted[/red] [dim]{short(signal.error, 100)}[/dim]"
            case s.GuardTripped():
                return f"  {who} [yellow]{short(signal.text, 140)}[/yellow]"
            case s.AnswerCorrected():
                return f"  {who} [yellow]malformed answer ({plain(signal.problem)}), corrected[/yellow]"
            case s.BudgetReached():
                return (
                    f"  {who} [red]budget reached[/red] [dim]{plain(signal.spent)} of {plain(signal.limit)} spent[/dim]"
                )
            case s.ErrorReported():
                return f"  [red]{plain(signal.where)}: {plain(signal.message)}[/red] {plain(signal.remedy)}"
            case s.LogWritten():
                return f"  [dim]{plain(signal.text)}[/dim]"
            case s.WorkspaceResumed():
                return "\n".join(f"  [yellow]interrupted:[/yellow] {plain(line)}" for line in signal.interrupted)
            case s.RunFinished():
                return self._end(signal)
            case _:
                return ""

    def _end(self, run: s.RunFinished) -> str:
        """How it ended and what it took; the reason is the command's last word (``ending``)."""
        colour = "green" if run.status == "done" else "red"
        cost = "unknown" if run.cost_usd is None else money_text(round(run.cost_usd * 1e9))
        return (
            f"[bold {colour}]■ {run.status}[/bold {colour}] [dim]{run.duration_s:.1f} s, {_many(run.agents, 'agent')}, "
            f"{_many(run.tasks, 'task')}, {_many(run.decisions, 'decision')}, "
            f"{run.tokens.input:,} tokens in, {run.tokens.output:,} out, cost {cost}[/dim]"
        )


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
