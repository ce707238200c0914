"""Running the project's tests with pytest, in a clean interpreter."""

from __future__ import annotations

import re
import sys
from typing import Any

from loomkin_jupyter.core.errors import ToolRetry
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.policy import sandbox
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.declare import CODER, LEAD, REVIEWER, TESTER, Plan, tool
from loomkin_jupyter.tools.launch import limit_of, outcome, run_command, sandboxed
from loomkin_jupyter.tools.result import Output

_LIMIT_S = 600.0
_COUNTS = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|deselected)\b")
# Options that make pytest load code, write elsewhere or talk to the network are not for a test run.
_REFUSED = ("-p", "--pdb", "--trace", "-c", "--rootdir", "--confcutdir", "--basetemp", "--junitxml", "--junit-xml", "--pastebin",
            "--override-ini", "-o", "--debug", "--report-log", "--log-file", "--import-mode", "--config-file", "--pyargs")  # fmt: skip


def _plan(ctx: ToolContext, arguments: dict[str, Any]) -> Plan:
    path = str(arguments.get("path") or ".")
    words = " ".join(arguments.get("args") or ())
    return Plan(
        target=f"pytest {path} {words}".strip(),
        paths=((path.split("::")[0], "read"),),
        detail=f"python -m pytest {words} {path}",
        effect="runs the project's tests",
        sandboxed=sandboxed(ctx),
    )


@tool(
    kind="execute",
    category="tests",
    roles=(LEAD, CODER, TESTER, REVIEWER),
    slot="shell",
    deadline_exempt=True,
    plan=_plan,
)
async def run_tests(ctx: ToolContext, path: str | None = None, args: list[str] | None = None) -> Output:
    """Run tests with pytest and return its report with the true exit code.

    Args:
        path: File, directory or test id (tests/test_x.py::test_y); everything when left out.
        args: More options of pytest, such as -x or -k.
    """
    options = _options(args or [])
    target: list[str] = []
    if path:
        file, colons, rest = path.partition("::")
        real = ctx.services.confinement.resolve(file)
        if not real.exists():
            raise ToolRetry(f"There is no {file}. Use file_search to find the tests.")
        target = [f"{ctx.services.confinement.relative(real)}{colons}{rest}"]
    limit = max(limit_of(ctx, None), _LIMIT_S)
    finished = await run_command(
        ctx,
        [sys.executable, "-m", "pytest", "-q", "--color=no", "-p", "no:cacheprovider", *options, *target],
        limit_s=limit,
        environment=sandbox.cleaned({"PYTHONDONTWRITEBYTECODE": "1"}),
    )
    return Output(outcome(ctx, finished, limit), data={"exit_code": finished.code, **counts(finished.text)})


def counts(report: str) -> JsonObject:
    """Return passed, failed, errors … of pytest's last line."""
    last = next((line for line in reversed(report.splitlines()) if _COUNTS.search(line)), "")
    return {word if word != "error" else "errors": int(number) for number, word in _COUNTS.findall(last)}


def _options(args: list[str]) -> list[str]:
    for word in args:
        name = word.split("=")[0]
        short = word[:2] in ("-p", "-c", "-o") and not word.startswith("--")
        if name in _REFUSED or short or "\0" in word:
            raise ToolRetry(
                f"`args`: {word} is not allowed in a test run. Valid are options such as -x, -k, -m, -v, --lf."
            )
        if not word.startswith("-") and ("/" in word or ".." in word):
            raise ToolRetry(f"`args`: {word} looks like a path; give it as `path`.")
    return list(args)
