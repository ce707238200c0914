"""The ``loomkin`` command: finds the subcommand, turns errors into exit codes. A bare request is ``run``.

Exit codes: 0 done, 1 failed, 2 usage, 3 stopped by a limit, 4 refused, 130 stopped by the person. Imports a subcommand
only when it is used, so that ``--help`` and completion cost nothing.
"""

from __future__ import annotations

import difflib
import importlib
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from loomkin_jupyter import __version__
from loomkin_jupyter.core.errors import LoomkinError, ModelFailed, UsageError

EXIT_CODES: dict[str, int] = {"done": 0, "failed": 1, "limit": 3, "refused": 4, "stopped": 130}

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
    "undo": ("control:undo", "Take back the team's last change of a file."),
    "trust": ("control:trust", "Let this folder's own rules widen what agents may do."),
    "doctor": ("doctor:doctor", "What is installed, configured and found here, and what is wrong."),
    "forget": ("forget:forget", "Delete this project's record."),
}
ALIASES = {"ask": "run"}

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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        first = args[0]
        known = [*COMMANDS, *ALIASES]
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


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    try:
        code: Any = cli.main(args=arguments, prog_name="loomkin", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as wrong:
        wrong.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        code = 130
    except LoomkinError as failed:
        click.echo(f"loomkin: {failed.message}", err=True)
        if failed.remedy:
            click.echo(failed.remedy, err=True)
        # A model that nobody knows is a mistake in the arguments like any other.
        wrong_model = isinstance(failed, ModelFailed) and failed.kind == "not_found"
        code = 2 if isinstance(failed, UsageError) or wrong_model else 1
    except BrokenPipeError:
        # Whoever read our output has left; the interpreter's own flush at exit must not fail over it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as defect:
        if os.environ.get("LOOMKIN_DEBUG"):
            raise
        code = _report(defect)
    sys.exit(code if isinstance(code, int) else 0)


def _report(defect: Exception) -> int:
    """Say that something unforeseen happened, without a traceback, and keep that in a file."""
    click.echo(f"loomkin: something went wrong inside Loomkin: {type(defect).__name__}: {defect}", err=True)
    log = _keep(defect)
    where = f"The details are in {log}. " if log else ""
    click.echo(f"{where}Please report it; LOOMKIN_DEBUG=1 shows the details here.", err=True)
    return 1


def _keep(defect: Exception) -> Path | None:
    """Write the traceback, without secrets, where the user's logs are; None when that cannot be."""
    import platformdirs

    from loomkin_jupyter.core.redaction import Redactor

    text = "".join(traceback.format_exception(defect))
    log = Path(platformdirs.user_log_dir("loomkin")) / "error.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(Redactor.from_environment(dict(os.environ))(text), encoding="utf-8")
    except OSError:
        return None
    return log


if __name__ == "__main__":
    main()
