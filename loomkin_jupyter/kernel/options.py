# pyright: basic
"""The options of a ``%%loomkin`` cell: parsed like a command line, with errors that name the argument. Pure."""

from __future__ import annotations

import argparse
import builtins
import keyword
import shlex
from typing import Any, NoReturn

from loomkin_jupyter.core.errors import UsageError, nearest
from loomkin_jupyter.core.status import PRESETS, SHARING_LEVELS

FLAGS = (
    "--team", "--roles", "--model", "--budget", "--trust", "--wait", "--name", "--share", "--data", "--project", "--save", "--help",
)  # fmt: skip
SAVE_LEVELS = ("none", "summary", "full")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        unknown = next((word for word in message.split() if word.startswith("--") and word not in FLAGS), "")
        raise UsageError(
            f"%%loomkin: {message}.{nearest(unknown, FLAGS) if unknown else ''}", "%%loomkin --help shows the options."
        )


def parser() -> argparse.ArgumentParser:
    """Return the parser of the cell's first line."""
    made = _Parser(prog="%%loomkin", description="Give the team a request.", add_help=False, allow_abbrev=False)
    made.add_argument("--team", default="main", help="which team works on it")
    made.add_argument("--roles", default="", help="roles that join at the start, as a,b")
    made.add_argument("--model", default="", help="provider/model for this request")
    made.add_argument("--budget", type=_dollars, default=None, help="most dollars this request may cost")
    made.add_argument("--trust", default="", help=f"what may be done without asking: {', '.join(PRESETS)}")
    made.add_argument("--share", default="", help=f"what models may see of your data: {', '.join(SHARING_LEVELS)}")
    made.add_argument("--wait", action="store_true", help="wait for the end; an interrupt pauses the run")
    made.add_argument("--name", default="", help="variable that gets the run")
    made.add_argument(
        "--data", action="append", default=[], metavar="NAME=FILE", help="load a data file into a variable"
    )
    made.add_argument("--project", default="", help="the project's folder")
    made.add_argument("--save", default="", choices=SAVE_LEVELS, help="how much of the run the notebook keeps")
    made.add_argument("--help", action="store_true", help="show this")
    return made


def parse(line: str) -> tuple[argparse.Namespace, str]:
    """Return the options and what else stands on the line (the beginning of the request).

    :raises UsageError: naming the option, what was given and what is valid.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"%%loomkin: the first line cannot be read: {error}.", "Close the quotation mark.") from None
    options, rest = parser().parse_known_args(words)
    for word in rest:
        if word.startswith("--"):
            raise UsageError(
                f"%%loomkin has no option {word}.{nearest(word, FLAGS)}", "%%loomkin --help shows the options."
            )
    _one_of("--trust", options.trust, PRESETS)
    _one_of("--share", options.share, SHARING_LEVELS)
    if options.name and (not options.name.isidentifier() or keyword.iskeyword(options.name)):
        raise UsageError(f"--name {options.name!r} cannot be a variable's name.", "Use letters, digits and _.")
    if options.name and hasattr(builtins, options.name):
        raise UsageError(
            f"--name {options.name!r} would hide Python's own {options.name}.", "Choose another, such as run."
        )
    options.data = dict(_pair(item) for item in options.data)
    options.roles = tuple(role.strip() for role in options.roles.split(",") if role.strip())
    return options, " ".join(rest)


def run_options(options: argparse.Namespace, cell: str, origin: str = "cell", run: str = "") -> Any:
    """Return the workspace's RunOptions: they bind to this run only; ``run`` is its id when it is on a card already."""
    from loomkin_jupyter.workspace.options import RunOptions

    return RunOptions(
        model=options.model, budget_usd=options.budget, trust=options.trust, share=options.share, roles=options.roles,
        team=options.team, name=options.name, data=options.data, origin=origin, cell=cell, id=run,
    )  # fmt: skip


def _one_of(option: str, given: str, valid: tuple[str, ...]) -> None:
    if given and given not in valid:
        raise UsageError(
            f"{option} {given!r} is not known.{nearest(given, valid)}", f"Choose one of {', '.join(valid)}."
        )


def _pair(item: str) -> tuple[str, str]:
    name, equals, file = item.partition("=")
    if not equals or not name.isidentifier() or not file:
        raise UsageError(f"--data {item!r} is not NAME=FILE.", "Such as --data flights=data/flights.csv.")
    return name, file


def _dollars(text: str) -> float:
    try:
        value = float(text.lstrip("$"))
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount of dollars of 0 or more, such as 1.50")
    return value
