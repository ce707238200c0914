"""What a person may choose for one request. Bound to that request only, and kept with it, so that a resume has it too."""

from __future__ import annotations

from pathlib import Path

import msgspec

from loomkin_jupyter.core.errors import UsageError, nearest
from loomkin_jupyter.core.status import PRESETS, SHARING_LEVELS


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of one request; None or '' means: as configured.

    ``budget_usd`` in dollars, ``data`` maps a variable's name to a file, ``roles`` joins the team at the start,
    ``to`` names the agents that get it, separated by commas (the lead by default), ``origin`` is cell, cli, sidebar or api, ``labels`` are shown with the run (scripted, copy, …).
    ``id`` is the run's id where a face has shown the request before it begins.
    """

    model: str = ""
    budget_usd: float | None = None
    trust: str = ""
    share: str = ""
    roles: tuple[str, ...] = ()
    team: str = "main"
    to: str = ""
    name: str = ""
    data: dict[str, str] = {}
    origin: str = "api"
    cell: str = ""
    labels: tuple[str, ...] = ()
    seed: str = ""
    id: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names in ``to``."""
        return tuple(name.strip() for name in self.to.split(",") if name.strip())


def check_options(options: RunOptions) -> None:
    """Raise UsageError that names the option, what was given and what is valid."""
    if not options.team.strip():
        raise UsageError(f"--team {options.team!r} is no team's name.", "Give a name, or leave it out for main.")
    if options.trust and options.trust not in PRESETS:
        raise UsageError(
            f"--trust {options.trust!r} is no preset.{nearest(options.trust, PRESETS)}",
            f"Choose one of {', '.join(PRESETS)}.",
        )
    if options.share and options.share not in SHARING_LEVELS:
        raise UsageError(
            f"--share {options.share!r} is no sharing level.{nearest(options.share, SHARING_LEVELS)}",
            f"Choose one of {', '.join(SHARING_LEVELS)}.",
        )
    if options.budget_usd is not None and not 0 <= options.budget_usd < 1e9:
        raise UsageError(
            f"--budget {options.budget_usd:g} is no amount of dollars.", "Give a number of 0 or more, such as 1.50."
        )
    for name, file in options.data.items():
        if not name.isidentifier():
            raise UsageError(
                f"--data {name}={file}: {name!r} cannot be a variable's name.", "Use letters, digits and _."
            )
        if not Path(file).is_file():
            raise UsageError(f"--data {name}={file}: there is no such file.", "Give the path of a data file.")
