"""The ``loomkin`` command: finds the subcommand, turns every way out of it into an exit code with an account on stderr.

Exit codes: 0 done, 1 failed, 2 usage, 3 stopped by a limit, 4 refused, 130 stopped by the person. A bare request is
``run``. Imports a subcommand only when it is used, so that ``--help`` and completion cost nothing.
"""

from __future__ import annotations

import difflib
import importlib
import os
import select
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from loomkin_jupyter import __version__
from loomkin_jupyter.cli import ending
from loomkin_jupyter.cli.ending import Ending, Terminated
from loomkin_jupyter.core.errors import LoomkinError

# Name → (where it lives, the line of --help).
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("run:run", "Give the team a request and follow it to its end."),
    "resume": ("run:resume", "Go on where a killed or closed process stopped."),
    "demo": ("demo:demo", "A team audits real flight data, without a key."),
    "status": ("look:status", "Who runs, what needs you, which tasks are open."),
    "why": ("look:why", "Which decisions led to a variable, a file or a decision."),
    "graph": ("look:graph", "The decision graph, also as JSON, DOT or Mermaid."),
    "cost": ("look:cost", "What the model calls have cost."),
    "approve": ("control:approve", "Say yes to a question, or answer it in words."),
    "deny": ("control:deny", "Say no to a question, with a reason."),
    "stop": ("control:stop", "Stop the running request; what was done stays."),
    "queue": ("queue:queue", "What waits for the agents: list, edit, move, delete, squash, schedule."),
    "undo": ("control:undo", "Take back the team's last change of a file."),
    "trust": ("control:trust", "Let this folder's own rules widen what agents may do."),
    "doctor": ("doctor:doctor", "What is installed, configured and found here, and what is wrong."),
    "forget": ("forget:forget", "Delete this project's record."),
}
ALIASES = {"ask": "run"}
IN_A_NOTEBOOK = frozenset(
    {"team", "agents", "tasks", "budget", "model", "share", "pause", "steer", "sent", "settings", "export", "keepers", "grants",
     "revoke", "panel"}
)  # fmt: skip
"""Commands of ``%loomkin`` only: they reach into a running kernel. Never taken for the first word of a request."""

EPILOG = """A request in quotes is the same as run: loomkin "what is odd in flights.csv?" --data flights=flights.csv

Completion: add  eval "$(_LOOMKIN_COMPLETE=bash_source loomkin)"  to ~/.bashrc (zsh_source, fish_source likewise).

Exit codes: 0 done, 1 failed, 2 usage, 3 stopped by a limit, 4 refused, 130 stopped by you."""


class LoomkinGroup(click.Group):
    """Loads a subcommand's module only when it is used; an unknown first word of several is a request."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        home = COMMANDS.get(ALIASES.get(cmd_name, cmd_name))
        if home is None:
            return None
        module, _, name = home[0].partition(":")
        return getattr(importlib.import_module(f"loomkin_jupyter.cli.{module}"), name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list from the table, without importing what it names."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each line as it stands: they are to be copied."""
        formatter.write_paragraph()
        for line in EPILOG.splitlines():
            formatter.write(f"{line}\n")

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(name, help=text) for name, (_, text) in COMMANDS.items() if name.startswith(incomplete)]

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; what click would swallow (a broken pipe of any kind, an end of input) is carried past it."""
        try:
            return super().invoke(ctx)
        except (OSError, EOFError) as failed:
            raise Carried(failed) from failed

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        first = args[0]
        known = [*COMMANDS, *ALIASES]
        if first in IN_A_NOTEBOOK:
            ctx.fail(
                f'{first} is a command of notebooks: %loomkin {first}. A request is a sentence in quotes: loomkin run "…".'
            )
        if first not in known and not first.startswith("-"):
            # One mistyped word is a mistyped command; a sentence is a request.
            close = difflib.get_close_matches(first, known, n=2, cutoff=0.6)
            if " " not in first and (close or len(args) == 1):
                hint = f" Did you mean {' or '.join(close)}?" if close else ""
                ctx.fail(f'There is no command {first!r}.{hint} A request is a sentence in quotes: loomkin run "…".')
            return "run", self.get_command(ctx, "run"), args
        return super().resolve_command(ctx, args)


@click.group(cls=LoomkinGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="loomkin")
def cli() -> None:
    """A team of AI agents for data scientists: in a notebook (%%loomkin), or here."""


class Carried(Exception):
    """An error on its way past click, which takes every broken pipe for its reader's and ends without a word."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


def main(arguments: list[str] | None = None) -> None:
    """Run the command line, say how it ended if that was not well, and exit with its code."""
    with ending.ended_in_order():
        ended = _carry_out(arguments)
    ending.tell(ended)
    sys.exit(ended.code)


def _carry_out(arguments: list[str] | None) -> Ending:
    """Run the command line and return how it ended, whatever was raised."""
    try:
        result: object = cli.main(args=arguments, prog_name="loomkin", standalone_mode=False)
        _flush()
        return ending.of_result(result)
    except click.ClickException as wrong:
        return Ending(2, _usage(wrong))
    except (click.Abort, KeyboardInterrupt):
        return Ending(130, "stopped by you.", ending.RESUME)
    except Terminated as ended:
        return ending.of_signal(ended)
    except LoomkinError as failed:
        return ending.of_error(failed)
    except BaseException as raised:  # the process's own door: whatever it was, its account is told and kept
        defect = raised.error if isinstance(raised, Carried) else raised
        if isinstance(defect, OSError) and _reader_has_left():
            return Ending()
        if os.environ.get("LOOMKIN_DEBUG"):
            raise defect from None
        return _report(defect)


def _flush() -> None:
    """Have the reader get everything now, while an error can still be told."""
    try:
        sys.stdout.flush()
    except OSError:
        if not _reader_has_left():
            raise


def _usage(wrong: click.ClickException) -> str:
    """Return click's own message in our words, with how the command is used."""
    said = wrong.format_message().rstrip()
    context: click.Context | None = getattr(wrong, "ctx", None)
    if isinstance(wrong, click.exceptions.NoArgsIsHelpError):
        return f"a request or a command is missing.\n\n{said}"
    if context is None:
        return said
    return f"{said}\n{context.get_usage()}\n{context.command_path} --help explains it."


def _reader_has_left() -> bool:
    """Whether nobody reads our stdout any more (``| head``); then stdout is put aside, for the flush at exit."""
    try:
        number = sys.stdout.fileno()
        look = select.poll()
        look.register(number, 0)
        left = any(event & (select.POLLERR | select.POLLHUP) for _, event in look.poll(0))
        if left:
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
    except (OSError, ValueError, AttributeError):
        return False  # no descriptor behind it, or none that can be asked
    return left


def _report(defect: BaseException) -> Ending:
    """Return the account of something unforeseen, whose traceback is kept in a file."""
    ended = ending.of_defect(defect)
    log = _keep(defect)
    return Ending(ended.code, ended.account, f"{f'The details are in {log}. ' if log else ''}{ended.remedy}")


def _keep(defect: BaseException) -> Path | None:
    """Write the traceback, without secrets, where the user's logs are; None when that cannot be."""
    import platformdirs

    from loomkin_jupyter.core.redaction import Redactor

    try:
        text = "".join(traceback.format_exception(defect))
        log = Path(platformdirs.user_log_dir("loomkin")) / "error.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(Redactor.from_environment(dict(os.environ))(text), encoding="utf-8")
    except (OSError, ValueError, RuntimeError):
        return None  # an account without details is better than none
    return log


if __name__ == "__main__":
    main()
