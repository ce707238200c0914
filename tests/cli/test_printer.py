"""Signals as lines: NDJSON ends with the run's end, words are safe to show."""

from __future__ import annotations

import io
import json

from rich.console import Console

from loomkin_jupyter.cli.printer import JsonPrinter, LinePrinter
from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.usage import Usage


def ended(run: str) -> s.RunFinished:
    return s.RunFinished(
        status="done",
        answer="x",
        cost_usd=None,
        tokens=Usage(),
        agents=1,
        tasks=2,
        decisions=0,
        duration_s=1.0,
        run=run,
    )


def test_the_runs_own_end_is_the_last_line():
    out = io.StringIO()
    printer = JsonPrinter(out)
    printer(ended("run_old"))
    printer(ended("run_1"))
    printer.follow("run_1")
    printer(ended("run_other"))
    printer(s.LogWritten(text="logged after the end"))
    printer.close()
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line.get("run") for line in lines] == ["run_old", "run_other", "", "run_1"]
    assert lines[-1]["type"] == "run.finished"


def test_a_reader_that_left_ends_nothing():
    class Left(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    printer = JsonPrinter(Left())
    printer(s.LogWritten(text="a"))
    printer(s.LogWritten(text="b"))
    printer.close()


def test_words_of_models_are_shown_letter_by_letter():
    console = Console(file=io.StringIO(), force_terminal=False, width=500)
    printer = LinePrinter(console)
    evil = "[red]x[/red]\x1b[2J[/bold]"
    for signal in (
        s.QuestionAsked(question="q", handle="Q1", kind="permission", title=evil),
        s.LogWritten(text=evil),
        s.ErrorReported(where=evil, message=evil, remedy=evil),
        s.MessageSent(message="m", sender="lead", to=evil, kind="message", text=evil, agent="lead"),
        s.ToolFinished(call="c", tool=evil, status="failed", summary=evil, agent=evil),
        ended("run_1"),
    ):
        printer(signal)
    printer.close()
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "[red]x[/red]\\x1b[2J" in text
    assert "\x1b" not in text
    assert "1 agent, 2 tasks, 0 decisions" in text
    assert "cost unknown" in text
