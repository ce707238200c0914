"""Commands in the sandbox where there is one, and said where not."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.policy.sandbox import SandboxState
from loomkin_jupyter.tools.launch import limit_of, outcome
from loomkin_jupyter.tools.process import Finished


async def test_outcomes_tell_the_truth(bench: Any) -> None:
    assert outcome(bench.ctx, Finished(0, ""), 1.0) == "Exit code 0. (unsandboxed)\n(no output)"
    assert "time limit" in outcome(bench.ctx, Finished(None, "x"), 1.0)
    assert "signal 9" in outcome(bench.ctx, Finished(-9, "x"), 1.0)
    assert limit_of(bench.ctx, None) == 60.0 and limit_of(bench.ctx, 5.0) == 5.0


async def test_the_sandbox_confines_and_state_still_persists(bench: Any, sandboxed: SandboxState) -> None:
    bench.ctx.services.sandbox = sandboxed
    result = await bench.run("shell", command="export A=1; echo x > inside.txt; echo y > /usr/canary.txt; id -u")
    assert "unsandboxed" not in result.text and (bench.root / "inside.txt").exists()
    assert "canary.txt" in result.text  # the error names it
    assert "A=1" in (await bench.run("shell", command="echo A=$A")).text
    assert "42" in (await bench.run("python_run", code="print(6 * 7)")).text
