"""The ``loomkin`` command: finds the subcommand, turns errors into exit codes. A bare request is ``run``.

Exit codes: 0 done, 1 failed, 2 usage, 3 stopped by a limit, 4 refused, 130 stopped by the person.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from typing import Any

import click

from loomkin_jupyter import __version__
from loomkin_jupyter.core.errors import LoomkinError, UsageError

EXIT_CODES: dict[str, int] = {"done": 0, "failed": 1, "limit": 3, "refused": 4, "stopped": 130}

COMMANDS: dict[str, str] = {
    "run": "loomkin_jupyter.cli.run:run",
    "ask": "loomkin_jupyter.cli.run:run",
    "resume": "loomkin_jupyter.cli.run:resume",
    "demo": "loomkin_jupyter.cli.demo:demo",
    "status": "loomkin_jupyter.cli.look:status",
    "why": "loomkin_jupyter.cli.look:why",
    "graph": "loomkin_jupyter.cli.look:graph",
    "cost": "loomkin_jupyter.cli.look:cost",
    "approve": "loomkin_jupyter.cli.control:approve",
    "deny": "loomkin_jupyter.cli.control:deny",
    "stop": "loomkin_jupyter.cli.control:stop",
    "undo": "loomkin_jupyter.cli.control:undo",
    "trust": "loomkin_jupyter.cli.control:trust",
    "doctor": "loomkin_jupyter.cli.doctor:doctor",
    "forget": "loomkin_jupyter.cli.doctor:forget",
}


class LoomkinGroup(click.Group):
    """Loads a subcommand's module only when it is used; an unknown first word of several is a request."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        home = COMMANDS.get(cmd_name)
        if home is None:
            return None
        module, _, name = home.partition(":")
        return getattr(importlib.import_module(module), name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        first = args[0]
        if first not in COMMANDS and not first.startswith("-"):
            # One mistyped word is a mistyped command; a sentence is a request.
            close = difflib.get_close_matches(first, list(COMMANDS), n=2, cutoff=0.6)
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
        code = 2 if isinstance(failed, UsageError) else 1
    except BrokenPipeError:
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
