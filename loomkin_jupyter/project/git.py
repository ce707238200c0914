"""Runs git for agents: allowed operations with confined arguments, in the project, without pager, editor or prompts.

Never pushes, never fetches, never runs a program that the repository's configuration names (filters of diffs, pagers,
file system monitors, hooks unless asked for).
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.project.git_rules import OPERATIONS, check

_SAFE = (
    "--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", "core.pager=cat", "-c", "protocol.allow=never",
    "-c", "core.editor=true", "-c", "commit.gpgSign=false", "-c", "log.showSignature=false",
    "-c", "core.quotePath=false", "-c", "color.ui=never",
)  # fmt: skip
_PASSED = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "USER",
    "LOGNAME",
    "TZ",
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
)


class GitResult(msgspec.Struct, frozen=True):
    """What git printed, and its exit code."""

    code: int
    output: str
    error: str

    @property
    def ok(self) -> bool:
        """Whether git succeeded."""
        return self.code == 0


def kind_of(operation: str) -> str:
    """Return read or write; what is not known counts as write."""
    rule = OPERATIONS.get(operation)
    return "write" if rule is None else rule.kind


class Git:
    """Git in one project. ``confine`` raises for paths that are not the agents' to see; ``hidden`` are pathspecs."""

    def __init__(
        self,
        root: Path,
        confine: Callable[[str], None],
        *,
        hidden: Sequence[str] = (),
        hooks: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.root = root
        self._confine = confine
        self._hidden = tuple(hidden)
        self._hooks = hooks
        self._source = os.environ if environment is None else environment

    def command(self, operation: str, args: Sequence[str]) -> list[str]:
        """Return the checked command line.

        :raises ToolRetry: for what is not allowed.
        """
        checked = check(operation, args, self._confine)
        safe = [*_SAFE, *(() if self._hooks else ("-c", "core.hooksPath=/dev/null"))]
        head = ["git", *safe]
        if OPERATIONS[operation].kind == "read":
            head.insert(1, "--no-optional-locks")
        extra: list[str] = []
        if operation in ("diff", "log", "show"):
            extra = ["--no-ext-diff", "--no-textconv"]
            checked = self._without_secrets(checked)
            head.remove("--literal-pathspecs")  # the exclusions are magic; check() keeps all other magic out
        elif operation == "add":
            checked = self._without_secrets(checked)
            head.remove("--literal-pathspecs")
        return [*head, operation, *extra, *checked]

    async def run(self, operation: str, args: Sequence[str], *, timeout_s: float = 60.0) -> GitResult:
        """Run one operation and return what it said.

        :raises ToolRetry: for what is not allowed.
        :raises ToolFailed: without git, outside a repository, after ``timeout_s``.
        """
        command = self.command(operation, args)
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=self.root,
                env=self._environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise ToolFailed("git is not installed; work with the file tools.") from error
        try:
            output, errors = await asyncio.wait_for(process.communicate(), timeout_s)
        except TimeoutError as error:
            raise ToolFailed(f"git {operation} did not finish within {timeout_s:.0f} s and was stopped.") from error
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        text = errors.decode("utf-8", errors="replace")
        if process.returncode == 128 and "not a git repository" in text:
            raise ToolFailed(f"{self.root} is not a git repository. `git init` in a shell makes one, with permission.")
        return GitResult(process.returncode or 0, output.decode("utf-8", errors="replace"), text)

    def _without_secrets(self, args: list[str]) -> list[str]:
        """Leave secrets out of what is shown or added, whatever else the arguments name."""
        if not self._hidden or any(":" in word and not word.startswith("-") for word in args if "--" not in args):
            return args
        if "--" in args:
            named = args.index("--") + 1 < len(args)
            return [*args, *(() if named else (".",)), *self._hidden]
        existing = [word for word in args if not word.startswith("-") and (self.root / word).exists()]
        others = [word for word in args if word not in existing]
        return [*others, "--", *(existing or ["."]), *self._hidden]

    def _environment(self) -> dict[str, str]:
        kept = {name: self._source[name] for name in _PASSED if name in self._source}
        return {
            **kept,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_EDITOR": "true",
            "GIT_PAGER": "cat",
            "GIT_ASKPASS": "true",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_CEILING_DIRECTORIES": str(self.root.parent),
        }
