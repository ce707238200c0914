"""Signals as lines: NDJSON for programs, words for people. A reader of the bus like any other; never asks for anything."""

from __future__ import annotations

import sys
from typing import TextIO

from rich.console import Console
from rich.markup import escape

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.usage import money_text


class JsonPrinter:
    """One signal per line, in journal order, the last one ``run.finished``."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def __call__(self, signal: s.Signal) -> None:
        self._stream.write(s.encode(signal).decode() + "\n")
        self._stream.flush()


class LinePrinter:
    """What a person follows on a terminal: who does what, what was decided, what it cost. Goes to stderr."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._spent = 0
        self._unknown = False

    def __call__(self, signal: s.Signal) -> None:
        text = self._line(signal)
        if text:
            self._console.print(text, soft_wrap=True)

    def _line(self, signal: s.Signal) -> str:
        who = f"[bold]{escape(signal.agent)}[/bold]" if signal.agent else "[bold]loomkin[/bold]"
        match signal:
            case s.RunStarted():
                labels = f" [yellow]({escape(', '.join(signal.labels))})[/yellow]" if signal.labels else ""
                return f"[bold]▶[/bold] {escape(_short(signal.request, 120))}  [dim]model {escape(signal.model)}, trust {signal.trust}[/dim]{labels}"
            case s.AgentSpawned():
                return f"  {who} joined [dim]({escape(signal.role)})[/dim]"
            case s.ToolFinished():
                mark = "[green]✓[/green]" if signal.status == "ok" else f"[red]✗ {signal.status}[/red]"
                return f"  {who} {mark} {escape(signal.tool)} [dim]{escape(_short(signal.summary, 100))} ({signal.duration_s:.1f} s)[/dim]"
            case s.DecisionLogged(auto=False):
                sure = f" [dim]({signal.confidence} %)[/dim]" if signal.confidence is not None else ""
                return f"  {who} [cyan]{signal.handle} {escape(signal.kind)}[/cyan]: {escape(_short(signal.title, 120))}{sure}"
            case s.TaskCreated():
                return f"  {who} [magenta]{signal.task}[/magenta] planned: {escape(_short(signal.title, 100))}"
            case s.TaskCompleted():
                return f"  {who} [magenta]{signal.task}[/magenta] completed: {escape(_short(signal.result, 100))}"
            case s.MessageSent(kind="message"):
                return f"  {who} → {escape(signal.to)}: {escape(_short(signal.text, 100))}"
            case s.QuestionAsked():
                return f"[yellow]? {signal.handle}[/yellow] {escape(signal.title)} [dim]loomkin approve {signal.handle} · loomkin deny {signal.handle}[/dim]"
            case s.QuestionAnswered():
                return f"  [yellow]{signal.handle}[/yellow] answered: {escape(signal.answer)} [dim]({escape(signal.by)}{' ' + escape(signal.reason) if signal.reason else ''})[/dim]"
            case s.ModelRetried():
                return f"  {who} [dim]model: {escape(_short(signal.reason, 100))}; trying again in {signal.wait_s:.1f} s[/dim]"
            case s.GuardTripped() | s.AnswerCorrected():
                return f"  {who} [yellow]{escape(_short(getattr(signal, 'text', '') or getattr(signal, 'problem', ''), 140))}[/yellow]"
            case s.AgentRestarted():
                return f"  {who} [red]crashed and was restarted[/red] [dim]{escape(_short(signal.error, 100))}[/dim]"
            case s.ErrorReported():
                return f"  [red]{escape(signal.where)}: {escape(signal.message)}[/red] {escape(signal.remedy)}"
            case s.LogWritten():
                return f"  [dim]{escape(signal.text)}[/dim]"
            case s.WorkspaceResumed():
                return "\n".join(f"  [yellow]interrupted:[/yellow] {escape(line)}" for line in signal.interrupted)
            case s.RunFinished():
                return self._end(signal)
            case _:
                return ""

    def _end(self, run: s.RunFinished) -> str:
        colour = "green" if run.status == "done" else "red"
        cost = "unknown" if run.cost_usd is None else money_text(round(run.cost_usd * 1e9))
        why = f" {escape(run.reason)}" if run.reason else ""
        return (
            f"[bold {colour}]■ {run.status}[/bold {colour}]{why} [dim]{run.duration_s:.1f} s, {_many(run.agents, 'agent')}, "
            f"{_many(run.tasks, 'task')}, {_many(run.decisions, 'decision')}, "
            f"{run.tokens.input:,} tokens in, {run.tokens.output:,} out, cost {cost}[/dim]"
        )


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
